//! Names of enterprises, so that one can be looked for: the ledger knows codes alone.

use crate::words::{CODE_HEADINGS, NAME_HEADINGS};
use primitives::CreditCode;
use std::collections::HashMap;
use std::io::Read;

/// Enterprises that a search gives at most.
pub(crate) const FOUND_MAX: usize = 100;

/// A file of names can not be read.
#[non_exhaustive]
#[derive(Debug, thiserror::Error)]
pub enum NameError {
    /// It is no table of comma-separated values in UTF-8.
    #[error("names of enterprises can not be read")]
    Table(#[from] csv::Error),
    /// A column is missing.
    #[error("column {wanted:?} is missing, there are {found:?}")]
    Column {
        /// Its names, any of which would do.
        wanted: &'static [&'static str],
        /// The columns of the file.
        found: Vec<String>,
    },
}

/// Names by code. Cheap to look into: a search reads all of them once.
///
/// # Examples
/// ```
/// use dashboard::Names;
/// let file = "统一社会信用代码,企业名称\n91500000000000001X,渝中制造\n";
/// let names = Names::read(file.as_bytes()).unwrap();
/// assert_eq!(names.len(), 0, "a code whose check character is wrong is nobody's");
/// assert!(Names::read("a,b\n".as_bytes()).is_err());
/// ```
#[derive(Debug, Clone, Default)]
pub struct Names {
    all: Vec<(CreditCode, Box<str>)>,
    by_code: HashMap<CreditCode, u32>,
}

impl Names {
    /// Reads names from comma-separated values with the columns `enterprise_id`, `credit_code` or 统一社会信用代码, and
    /// `name` or 企业名称. Of two lines of a code the last holds; a line without a code or a name is left out.
    ///
    /// # Errors
    /// [`NameError`].
    pub fn read(from: impl Read) -> Result<Self, NameError> {
        let mut table = csv::ReaderBuilder::new().flexible(true).from_reader(from);
        let headings: Vec<String> =
            table.headers()?.iter().map(|h| h.trim_start_matches('\u{feff}').trim().to_owned()).collect();
        let place = |wanted: &'static [&'static str]| {
            let found = headings.iter().position(|h| wanted.contains(&h.as_str()));
            found.ok_or_else(|| NameError::Column { wanted, found: headings.clone() })
        };
        let (code, name) = (place(CODE_HEADINGS)?, place(NAME_HEADINGS)?);
        let mut names = Self::default();
        for record in table.records() {
            let record = record?;
            let (Some(code), Some(name)) = (record.get(code), record.get(name)) else { continue };
            let Ok(code) = code.trim().parse::<CreditCode>() else { continue };
            if !name.trim().is_empty() {
                names.add(code, name.trim());
            }
        }
        Ok(names)
    }

    fn add(&mut self, code: CreditCode, name: &str) {
        let next = u32::try_from(self.all.len()).unwrap_or(u32::MAX);
        let at = *self.by_code.entry(code).or_insert(next);
        match self.all.get_mut(at as usize) {
            Some(known) => known.1 = name.into(),
            None => self.all.push((code, name.into())),
        }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.all.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// The name of an enterprise.
    pub(crate) fn of(&self, code: CreditCode) -> Option<&str> {
        self.by_code.get(&code).and_then(|at| self.all.get(*at as usize)).map(|(_, name)| &**name)
    }

    /// Enterprises whose name has the text in it, in the order of the file.
    pub(crate) fn with(&self, text: &str) -> impl Iterator<Item = (CreditCode, &str)> {
        self.all.iter().filter(move |(_, name)| name.contains(text)).map(|(code, name)| (*code, &**name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_by_a_part_of_them() {
        let code = |n: u32| CreditCode::complete(&format!("9150000000000{n:04}")).expect("a code");
        let text =
            format!("\u{feff}name,x,credit_code\n渝中制造,1,{}\n,1,{}\n渝北商贸,1,{}\n", code(1), code(2), code(3));
        let names = Names::read(text.as_bytes()).expect("names");
        assert_eq!(names.len(), 2);
        assert_eq!(names.of(code(1)), Some("渝中制造"));
        assert_eq!(names.of(code(2)), None);
        assert_eq!(names.with("渝").count(), 2);
        assert_eq!(names.with("商贸").next(), Some((code(3), "渝北商贸")));
        let twice = format!("name,credit_code\na,{0}\nb,{0}\n", code(1));
        assert_eq!(Names::read(twice.as_bytes()).expect("names").of(code(1)), Some("b"));
        let error = Names::read("name,number\n".as_bytes()).expect_err("no code");
        assert!(error.to_string().contains("enterprise_id"), "{error}");
    }
}
