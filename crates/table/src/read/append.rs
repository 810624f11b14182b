//! The rows of one file below those of another.

use crate::fill::{FileColumns, Filled, Place};
use crate::{Error, SourceFile, Table};
use primitives::{Column, MISSING_CODE};
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// The files read so far, as one table.
#[derive(Default)]
pub(super) struct Appended {
    names: Vec<String>,
    columns: Vec<Growing>,
    rows: usize,
    sources: Vec<SourceFile>,
    first: PathBuf,
}

struct Growing {
    column: Column,
    valued: bool,
    inexact: Option<(PathBuf, Place)>,
    /// Numbers in one file and text in another.
    mixed: bool,
}

impl Appended {
    pub(super) fn append(&mut self, file: &Path, next: FileColumns, source: SourceFile) -> Result<(), Error> {
        let FileColumns { names, columns, rows } = next;
        if self.sources.is_empty() {
            self.first = file.to_owned();
            self.names = names;
            self.columns = columns.into_iter().map(|c| Growing::new(file, c)).collect();
        } else {
            let mut by_name: HashMap<String, Filled> = names.iter().cloned().zip(columns).collect();
            self.same_names(file, &names, &by_name)?;
            for (name, growing) in self.names.iter().zip(&mut self.columns) {
                growing.append(file, by_name.remove(name).expect("the names are the same"));
            }
        }
        self.rows += rows;
        self.sources.push(source);
        Ok(())
    }

    fn same_names(&self, file: &Path, names: &[String], by_name: &HashMap<String, Filled>) -> Result<(), Error> {
        let missing: Vec<_> = self.names.iter().filter(|n| !by_name.contains_key(*n)).cloned().collect();
        if missing.is_empty() && names.len() == self.names.len() {
            return Ok(());
        }
        let known: std::collections::HashSet<_> = self.names.iter().collect();
        let extra = names.iter().filter(|n| !known.contains(n)).cloned().collect();
        Err(Error::DifferentColumns { file: file.to_owned(), first_file: self.first.clone(), missing, extra })
    }

    /// Columns that are of numbers in one file and of text in another.
    pub(super) fn mixed(&self) -> Vec<String> {
        self.names.iter().zip(&self.columns).filter(|(_, c)| c.mixed).map(|(n, _)| n.clone()).collect()
    }

    pub(super) fn finish(self) -> Result<Table, Error> {
        let mut columns = Vec::with_capacity(self.columns.len());
        for (name, growing) in self.names.iter().zip(self.columns) {
            match growing.inexact {
                Some((file, place)) => return Err(place.not_exact(&file, name)),
                None => columns.push(growing.column),
            }
        }
        Ok(Table::new(self.names, columns, self.rows, self.sources))
    }
}

impl Growing {
    fn new(file: &Path, filled: Filled) -> Self {
        let Filled { column, valued, inexact } = filled;
        Self { column, valued, inexact: inexact.map(|place| (file.to_owned(), place)), mixed: false }
    }

    fn append(&mut self, file: &Path, next: Filled) {
        if self.inexact.is_none() {
            self.inexact = next.inexact.map(|place| (file.to_owned(), place));
        }
        let new_rows = next.column.len();
        match (&mut self.column, next.column) {
            _ if self.mixed => (),
            (Column::Number(all), Column::Number(more)) => all.extend(more),
            (Column::Text { codes, levels }, Column::Text { codes: more, levels: new }) => {
                append_text(codes, levels, &more, new);
            }
            (Column::Text { codes, .. }, Column::Number(_)) if !next.valued => {
                codes.extend(std::iter::repeat_n(MISSING_CODE, new_rows));
            }
            (Column::Number(all), Column::Text { codes: more, levels }) if !self.valued => {
                let mut codes = vec![MISSING_CODE; all.len()];
                codes.extend(more);
                self.column = Column::Text { codes, levels };
            }
            _ => self.mixed = true,
        }
        self.valued |= next.valued;
    }
}

fn append_text(codes: &mut Vec<u32>, levels: &mut Vec<String>, more: &[u32], new: Vec<String>) {
    let index: HashMap<&str, u32> = levels.iter().zip(0..).map(|(l, i)| (l.as_str(), i)).collect();
    let mut next = levels.len() as u32;
    let mut fresh = Vec::new();
    let mut recode = Vec::with_capacity(new.len());
    for level in new {
        recode.push(index.get(level.as_str()).copied().unwrap_or_else(|| {
            fresh.push(level);
            next += 1;
            next - 1
        }));
    }
    levels.extend(fresh);
    codes.extend(more.iter().map(|&c| if c == MISSING_CODE { c } else { recode[c as usize] }));
}
