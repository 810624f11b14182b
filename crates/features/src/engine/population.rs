//! Whose features are computed, and what they have not authorised.

use super::Error;
use crate::record::key;
use crate::schema::sources;
use std::collections::HashMap;
use std::path::Path;
use table::{ColumnType, ReadOptions};

/// Enterprises named in a file, with what they have not authorised.
#[derive(Debug, Clone, Default)]
pub(super) struct Authorisations {
    /// Ids and, a bit for each source, what is not authorised.
    listed: Vec<(String, u32)>,
}

impl Authorisations {
    /// Reads a table with a column `enterprise_id` and perhaps `not_authorised`, in which ids of sources stand with `;`
    /// between. Public sources need no authorisation, so naming one is refused.
    ///
    /// # Errors
    /// [`Error::Table`], [`Error::Enterprises`].
    pub(super) fn read(file: &Path) -> Result<Self, Error> {
        let types = ["enterprise_id", "not_authorised"].map(|c| (c.to_owned(), ColumnType::Text)).into();
        let options = ReadOptions { types, ..Default::default() };
        let table = table::read(&[file.to_owned()], &options, &|_| ())?;
        let refuse = |row, column, problem| Error::Enterprises { file: file.to_owned(), row, column, problem };
        let Some(ids) = table.column("enterprise_id") else {
            return Err(Error::EnterprisesHeading {
                file: file.to_owned(),
                problem: "has no column enterprise_id".into(),
            });
        };
        // Taken for a column of no interest, it would withdraw nothing.
        let is_meant = |name: &&String| {
            *name != "not_authorised" && primitives::edits(&name.trim().to_lowercase(), "not_authorised") <= 3
        };
        if let Some(name) = table.names().iter().find(is_meant) {
            let problem = format!("has a column {name:?}: write not_authorised");
            return Err(Error::EnterprisesHeading { file: file.to_owned(), problem });
        }
        let not_authorised = table.column("not_authorised");
        let mut seen = HashMap::new();
        let mut listed = Vec::with_capacity(table.rows());
        for row in 0..table.rows() {
            let id = ids.text(row).map(str::trim).filter(|id| !id.is_empty());
            let id = id.ok_or_else(|| refuse(row + 1, "enterprise_id", "is empty".into()))?;
            if let Some(first) = seen.insert(id.to_owned(), row + 1) {
                return Err(refuse(row + 1, "enterprise_id", format!("{id:?} stands in row {first} already")));
            }
            let mut withheld = 0;
            let names = not_authorised.and_then(|c| c.text(row)).unwrap_or_default();
            for name in names.split([';', ',', '；', '，']).map(str::trim).filter(|n| !n.is_empty()) {
                let source = sources().iter().position(|s| s.id == name);
                let source = source.ok_or_else(|| {
                    let known: Vec<&str> = sources().iter().filter(|s| !s.public).map(|s| s.id.as_str()).collect();
                    let problem =
                        format!("there is no source {name:?}; those that need authorisation: {}", known.join(", "));
                    refuse(row + 1, "not_authorised", problem)
                })?;
                if sources()[source].public {
                    let problem = format!("{name:?} is public and needs no authorisation");
                    return Err(refuse(row + 1, "not_authorised", problem));
                }
                withheld |= 1 << source;
            }
            listed.push((id.to_owned(), withheld));
        }
        Ok(Self { listed })
    }
}

/// All enterprises of a run, ordered by id.
///
/// Those that are not asked for are computed too: they are peers, and members of groups, of those that are, so that what
/// is said of one enterprise does not depend on who else is asked for.
#[derive(Debug)]
pub(super) struct Population {
    all: Vec<(String, u64)>,
    /// Places of those that are asked for.
    asked: Vec<u32>,
    withheld: HashMap<u64, u32>,
    index: HashMap<u64, u32>,
}

impl Population {
    /// `names`: whoever has a record that is used.
    pub(super) fn new(names: Vec<(String, u64)>, authorisations: Option<Authorisations>) -> Self {
        let mut all = names;
        let Some(listed) = authorisations.map(|a| a.listed) else {
            let asked = (0..all.len() as u32).collect();
            let index = index(&all);
            return Self { all, asked, withheld: HashMap::new(), index };
        };
        let with_key = |(id, withheld): (String, u32)| (key(&id), id, withheld);
        let listed: Vec<(u64, String, u32)> = listed.into_iter().map(with_key).collect();
        all.extend(listed.iter().map(|(key, id, _)| (id.clone(), *key)));
        all.sort_unstable();
        all.dedup();
        let index = index(&all);
        let mut asked: Vec<u32> = listed.iter().map(|(key, ..)| index[key]).collect();
        asked.sort_unstable();
        let withheld = listed.into_iter().filter(|(.., w)| *w != 0).map(|(key, _, w)| (key, w)).collect();
        Self { all, asked, withheld, index }
    }

    /// Number of all that are computed.
    pub(super) fn len(&self) -> usize {
        self.all.len()
    }

    /// Places of those that are asked for, rising.
    pub(super) fn asked(&self) -> &[u32] {
        &self.asked
    }

    pub(super) fn id(&self, at: usize) -> &str {
        &self.all[at].0
    }

    pub(super) fn key(&self, at: usize) -> u64 {
        self.all[at].1
    }

    /// The id of a key, or the key where it is of no enterprise here.
    pub(super) fn name(&self, key: u64) -> String {
        self.index.get(&key).map_or_else(|| format!("{key:016x}"), |&at| self.all[at as usize].0.clone())
    }

    /// Whether a source is withheld by an enterprise.
    pub(super) fn withheld(&self, key: u64) -> u32 {
        self.withheld.get(&key).copied().unwrap_or(0)
    }
}

fn index(all: &[(String, u64)]) -> HashMap<u64, u32> {
    all.iter().enumerate().map(|(i, (_, key))| (*key, i as u32)).collect()
}
