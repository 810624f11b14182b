use std::path::{Path, PathBuf};

/// Why a data file could not be read or written.
///
/// `file` is the path as the caller gave it; `row` is a data row of that file, from 1, the header
/// not counted; `line` is the line of a CSV file on which that row begins.
///
/// # Examples
/// ```
/// use table::{Error, ReadOptions, read};
/// let error = read(&["no-such-file.csv".into()], &ReadOptions::default(), &|_| ()).unwrap_err();
/// assert!(matches!(error, Error::NotFound { .. }));
/// assert_eq!(error.to_string(), "no-such-file.csv: no such file");
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
#[expect(missing_docs, reason = "most fields are said by their names; the others have a line")]
pub enum Error {
    /// The list of files is empty.
    #[error("no data file is named")]
    NoFiles,
    /// There is no such file.
    #[error("{}: no such file", file.display())]
    NotFound { file: PathBuf },
    /// The path is a folder.
    #[error("{}: is a folder, not a data file", file.display())]
    IsFolder { file: PathBuf },
    /// The name of the file does not tell a known format.
    #[error("{}: the name must end in .csv, .csv.gz or .parquet", file.display())]
    UnknownExtension { file: PathBuf },
    /// The file has no byte, or nothing but white space.
    #[error("{}: the file is empty", file.display())]
    EmptyFile { file: PathBuf },
    /// The file names its columns and has no row.
    #[error("{}: no data row below the header", file.display())]
    NoRows { file: PathBuf },
    /// A column has no name.
    #[error("{}: column {position} has no name (an index that was saved with the data?)", file.display())]
    EmptyColumnName {
        file: PathBuf,
        /// Position of the column, from 1.
        position: usize,
    },
    /// Two columns have one name.
    #[error("{}: columns {first} and {second} are both named {name:?}", file.display())]
    DuplicateColumn { file: PathBuf, name: String, first: usize, second: usize },
    /// A column that is asked for is not in the file.
    #[error("{}: no column {name:?}{}; columns: {}", file.display(), did_you_mean(nearest), list(columns))]
    MissingColumn {
        file: PathBuf,
        name: String,
        /// The columns there are.
        columns: Vec<String>,
        /// The one most like `name`, when it may be a slip of the hand.
        nearest: Option<String>,
    },
    /// Files that are to be read as one table do not have the same columns.
    #[error("{}: {}", file.display(), differences(missing, extra, first_file))]
    DifferentColumns {
        file: PathBuf,
        first_file: PathBuf,
        /// Columns of the first file that this one lacks.
        missing: Vec<String>,
        /// Columns of this file that the first one lacks.
        extra: Vec<String>,
    },
    /// A row has more or fewer fields than the header.
    #[error("{}: row {row} (line {line}) has {found} fields, the header has {expected}", file.display())]
    RaggedRow { file: PathBuf, row: usize, line: u64, expected: usize, found: usize },
    /// A quoted field runs on to the end of the file, and takes that many lines with it.
    #[error("{}: row {row} (line {line}) opens a quote that is never closed", file.display())]
    UnclosedQuote { file: PathBuf, row: usize, line: u64, lines: u64 },
    /// A value is not of the type that its column must have.
    #[error("{}: row {row}{}, column {column:?}: {value:?} is not {expected}", file.display(), on_line(line))]
    WrongType {
        file: PathBuf,
        row: usize,
        line: Option<u64>,
        column: String,
        /// The value, cut to 40 characters.
        value: String,
        /// What it must be, with its article.
        expected: &'static str,
    },
    /// A whole number is too large to be held exactly as a double.
    #[error(
        "{}: row {row}{}, column {column:?}: {value} is beyond 2^53 and would lose digits as a number; read it as text",
        file.display(), on_line(line)
    )]
    NotExact { file: PathBuf, row: usize, line: Option<u64>, column: String, value: String },
    /// A Parquet column has a type that is neither numbers nor text.
    #[error(
        "{}: column {column:?} is of type {found}; allowed: integers, floats, decimals, booleans, text, dates and times of day with a date",
        file.display()
    )]
    UnsupportedType { file: PathBuf, column: String, found: String },
    /// The bytes of a CSV file are neither UTF-8 nor GB18030.
    #[error("{}: byte {offset} (line {line}) is neither UTF-8 nor GB18030", file.display())]
    BadEncoding {
        file: PathBuf,
        /// Position of the first wrong byte after decompression, from 0.
        offset: usize,
        line: u64,
    },
    /// A `.csv.gz` file is not gzip, is cut short or fails its checksum.
    #[error("{}: not a whole gzip file", file.display())]
    BadGzip { file: PathBuf, source: std::io::Error },
    /// A `.parquet` file is damaged or is not Parquet.
    #[error("{}: not a whole Parquet file: {detail}", file.display())]
    BadParquet { file: PathBuf, detail: String },
    /// The operating system refused to read or write.
    #[error("{}", file.display())]
    Io { file: PathBuf, source: std::io::Error },
}

impl Error {
    /// Whether another content of the file, or other options, would help; `false` when the
    /// operating system refused.
    pub fn is_invalid_input(&self) -> bool {
        !matches!(self, Self::Io { .. })
    }

    /// Whether something that was named does not exist.
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::NotFound { .. } | Self::MissingColumn { .. })
    }
}

/// More names than this are a page, not a hint.
const NAMES_SHOWN: usize = 20;

fn list(names: &[String]) -> String {
    let mut shown = names.iter().take(NAMES_SHOWN).map(|n| cut(n)).collect::<Vec<_>>().join(", ");
    if let Some(more) = names.len().checked_sub(NAMES_SHOWN).filter(|&m| m > 0) {
        shown.push_str(&format!(" and {more} more"));
    }
    shown
}

fn did_you_mean(nearest: &Option<String>) -> String {
    nearest.as_ref().map_or_else(String::new, |n| format!("; did you mean {n:?}?"))
}

fn differences(missing: &[String], extra: &[String], first: &Path) -> String {
    let first = first.display();
    let lacks = || format!("lacks columns that {first} has: {}", list(missing));
    let has = || format!("has columns that {first} lacks: {}", list(extra));
    match (missing, extra) {
        (_, []) => lacks(),
        ([], _) => has(),
        (_, _) => format!("{}; {}", lacks(), has()),
    }
}

fn on_line(line: &Option<u64>) -> String {
    line.map_or_else(String::new, |l| format!(" (line {l})"))
}

/// The first 40 characters of `value`, which may be a whole file behind a lost quote.
pub(crate) fn cut(value: &str) -> String {
    match value.char_indices().nth(40) {
        None => value.to_owned(),
        Some((end, _)) => format!("{}…", &value[..end]),
    }
}
