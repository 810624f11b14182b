use crate::{Error, names};
use primitives::{Column, Digest};
use std::collections::HashMap;
use std::path::PathBuf;

/// A file that a table was read from, for the record of a model or a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceFile {
    /// Name of the file, without folders.
    pub name: String,
    /// SHA-256 of the bytes as stored; `None` when it was not asked for.
    pub digest: Option<Digest>,
    /// Number of data rows.
    pub rows: usize,
    /// Number of bytes as stored.
    pub bytes: u64,
}

/// Named columns of equal length, and the files they came from.
///
/// # Examples
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("firms.csv");
/// std::fs::write(&path, "id,revenue,bad\nA1,100,0\nA2,90,1\n")?;
/// let mut firms = table::read(&[path], &table::ReadOptions::default(), &|_| ())?;
/// assert_eq!(firms.names(), ["id", "revenue", "bad"]);
/// assert_eq!((firms.rows(), firms.sources()[0].rows), (2, 2));
///
/// let bad = firms.take_column("bad");
/// assert!(bad.is_some() && firms.column("bad").is_none());
/// let firms = firms.select(&["revenue", "id"])?;
/// assert_eq!(firms.names(), ["revenue", "id"]);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    names: Vec<String>,
    columns: Vec<Column>,
    index: HashMap<String, usize>,
    rows: usize,
    sources: Vec<SourceFile>,
}

impl Table {
    pub(crate) fn new(names: Vec<String>, columns: Vec<Column>, rows: usize, sources: Vec<SourceFile>) -> Self {
        assert_eq!(names.len(), columns.len());
        assert!(columns.iter().all(|c| c.len() == rows));
        let index = index(&names);
        Self { names, columns, index, rows, sources }
    }

    /// Names of the columns, in order.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The columns, in the order of [`names`](Self::names).
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// The column of that name.
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.index.get(name).map(|&i| &self.columns[i])
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The files, in the order of their rows.
    pub fn sources(&self) -> &[SourceFile] {
        &self.sources
    }

    /// The table of only the columns `names`, in that order; nothing is copied.
    ///
    /// # Errors
    /// [`Error::MissingColumn`], [`Error::DuplicateColumn`] when a name is asked for twice.
    pub fn select(mut self, names: &[&str]) -> Result<Self, Error> {
        let file = self.file();
        names::check(&file, names.iter().copied())?;
        if let Some(name) = names.iter().find(|n| !self.index.contains_key(**n)) {
            return Err(names::missing(&file, name, &self.names));
        }
        let empty = || Column::Number(Vec::new());
        let columns = names.iter().map(|n| std::mem::replace(&mut self.columns[self.index[*n]], empty())).collect();
        Ok(Self::new(names.iter().map(|&n| n.to_owned()).collect(), columns, self.rows, self.sources))
    }

    /// Takes the column of that name out of the table; the others keep their order.
    ///
    /// For a few columns such as the outcome; [`into_columns`](Self::into_columns) takes all at once.
    pub fn take_column(&mut self, name: &str) -> Option<Column> {
        let i = self.index.remove(name)?;
        self.names.remove(i);
        let column = self.columns.remove(i);
        self.index = index(&self.names);
        Some(column)
    }

    /// All columns with their names.
    pub fn into_columns(self) -> Vec<(String, Column)> {
        self.names.into_iter().zip(self.columns).collect()
    }

    /// What errors about the whole table call its file.
    fn file(&self) -> PathBuf {
        self.sources.iter().map(|s| s.name.as_str()).collect::<Vec<_>>().join(" + ").into()
    }
}

fn index(names: &[String]) -> HashMap<String, usize> {
    names.iter().enumerate().map(|(i, n)| (n.clone(), i)).collect()
}
