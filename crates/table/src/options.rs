use std::collections::BTreeMap;

/// What the values of a column are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ColumnType {
    /// Numbers, held as doubles.
    Number,
    /// Categories, names, identifiers, dates.
    Text,
}

/// Which columns to read, and as what.
///
/// # Examples
/// ```
/// use table::{ColumnType, ReadOptions};
/// let options = ReadOptions {
///     types: [("industry".to_owned(), ColumnType::Text)].into(), // 0111 must keep its zero
///     only: Some(vec!["industry".into(), "revenue".into()]),
///     optional: vec!["weight".into()],
///     no_digest: true,
/// };
/// assert!(ReadOptions::default().only.is_none()); // every column, all types inferred
/// # let _ = options;
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReadOptions {
    /// Types that are known beforehand; a name that no file has is passed over.
    ///
    /// Other columns are numbers when every value that is not missing is a number, else text. A
    /// column without any value is of numbers. A Parquet column of text or booleans is text.
    pub types: BTreeMap<String, ColumnType>,
    /// Read only these columns, in this order; each must be there.
    pub only: Option<Vec<String>>,
    /// Read these too when they are there; without `only` all columns are read anyway.
    pub optional: Vec<String>,
    /// Leave out the digest of each file, which costs a tenth of reading it.
    pub no_digest: bool,
}

/// How far [`read`](crate::read()) has come.
///
/// `bytes_done` begins again at zero in the rare case that files must be read twice: a column that
/// is of numbers in one and of text in another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Files that are read to the end.
    pub files_done: usize,
    /// Files in all.
    pub files: usize,
    /// Bytes read, as stored.
    pub bytes_done: u64,
    /// Bytes of all files, as stored.
    pub bytes: u64,
}
