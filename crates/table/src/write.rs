//! Columns to a file that is whole or not there.

mod csv;
mod parquet;
mod source;

use crate::format::Format;
use crate::{Error, names};
use flate2::{Compression, write::GzEncoder};
use primitives::Column;
use std::io::{BufWriter, Write};
use std::path::Path;
use tempfile::NamedTempFile;

/// A column to write, borrowed from wherever the caller keeps it.
#[derive(Debug, Clone, Copy)]
pub enum OutColumn<'a> {
    /// Numbers; one that is not finite is missing.
    Number(&'a [f64]),
    /// Whole numbers.
    Integer(&'a [i64]),
    /// Whole numbers, `None` where there is none.
    OptionalInteger(&'a [Option<i64>]),
    /// Texts, `None` where there is none.
    OptionalText(&'a [Option<&'a str>]),
    /// Dictionary-coded text.
    Coded {
        /// Per row an index into `levels`, or [`primitives::MISSING_CODE`].
        codes: &'a [u32],
        /// The distinct texts.
        levels: &'a [String],
    },
    /// A column as it was read.
    Source(&'a Column),
}

impl OutColumn<'_> {
    fn len(&self) -> usize {
        match self {
            Self::Number(v) => v.len(),
            Self::Integer(v) => v.len(),
            Self::OptionalInteger(v) => v.len(),
            Self::OptionalText(v) => v.len(),
            Self::Coded { codes, .. } => codes.len(),
            Self::Source(column) => column.len(),
        }
    }
}

/// Writes columns as `.csv`, `.csv.gz` or `.parquet`, as the name of `path` says.
///
/// A missing value is an empty field or a Parquet null. A number is written as the shortest text
/// that reads back equal, CSV is UTF-8 without a byte order mark.
///
/// The rows go to a temporary file in the same folder that takes the place of `path` when it is
/// complete: a run that is interrupted leaves an older file as it was.
///
/// # Errors
/// [`Error::UnknownExtension`], [`Error::EmptyColumnName`], [`Error::DuplicateColumn`];
/// [`Error::IsFolder`]; [`Error::Io`] when the system refuses.
///
/// # Panics
/// When there is no column, when the columns differ in length, or when a code has no level.
///
/// # Examples
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # use table::{OutColumn, write};
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("scored.csv");
/// let id = OutColumn::OptionalText(&[Some("A1"), Some("A, 2")]);
/// let pd = OutColumn::Number(&[0.0125, f64::NAN]);
/// write(&path, &[("id".into(), id), ("points".into(), OutColumn::Integer(&[612, 580])), ("pd_12m".into(), pd)])?;
/// assert_eq!(std::fs::read_to_string(&path)?, "id,points,pd_12m\nA1,612,0.0125\n\"A, 2\",580,\n");
///
/// assert!(write(&path.with_extension("xlsx"), &[("id".into(), id)]).is_err());
/// # Ok(())
/// # }
/// ```
pub fn write(path: &Path, columns: &[(String, OutColumn<'_>)]) -> Result<(), Error> {
    write_batches(path, |out| out.write(columns))
}

/// As [`write()`], with rows that come in batches: `fill` writes one after the other, and the file takes the place of
/// `path` when it returns without an error.
///
/// # Errors
/// As [`write()`], or what `fill` says; then `path` is as it was.
///
/// # Examples
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # use table::{OutColumn, write_batches};
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("scored.csv");
/// write_batches(&path, |out| {
///     out.write(&[("points".into(), OutColumn::Integer(&[612]))])?;
///     out.write(&[("points".into(), OutColumn::Integer(&[580]))])
/// })?;
/// assert_eq!(std::fs::read_to_string(&path)?, "points\n612\n580\n");
/// # Ok(())
/// # }
/// ```
pub fn write_batches<E: From<Error>>(
    path: &Path,
    fill: impl FnOnce(&mut BatchWriter<'_>) -> Result<(), E>,
) -> Result<(), E> {
    let format = Format::of(path)?;
    if path.is_dir() {
        return Err(Error::IsFolder { file: path.to_owned() }.into());
    }
    let io = |source| E::from(Error::Io { file: path.to_owned(), source });
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if !folder.is_dir() {
        let why = format!("there is no folder {}", folder.display());
        return Err(io(std::io::Error::new(std::io::ErrorKind::NotFound, why)));
    }
    let mut file = temporary(folder).map_err(io)?;
    let mut out = BufWriter::with_capacity(1 << 16, file.as_file_mut());
    {
        let mut batches = BatchWriter { path, names: Vec::new(), sink: Sink::Unopened(format, &mut out) };
        fill(&mut batches)?;
        batches.sink.finish().map_err(io)?;
    }
    out.flush().map_err(io)?;
    drop(out);
    file.as_file().sync_all().map_err(io)?;
    file.persist(path).map(drop).map_err(|e| io(e.error))
}

type Out<'f> = &'f mut (dyn Write + Send + 'f);

/// Writes the rows of one file, batch by batch.
pub struct BatchWriter<'f> {
    path: &'f Path,
    names: Vec<String>,
    sink: Sink<'f>,
}

impl BatchWriter<'_> {
    /// Whether no batch was written yet.
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// Appends rows.
    ///
    /// # Errors
    /// [`Error::EmptyColumnName`], [`Error::DuplicateColumn`]; [`Error::Io`] when the system refuses.
    ///
    /// # Panics
    /// When there is no column, when the columns differ in length, when a code has no level, or when names or types
    /// differ from those of the batch before.
    pub fn write(&mut self, columns: &[(String, OutColumn<'_>)]) -> Result<(), Error> {
        assert!(!columns.is_empty(), "a file needs a column");
        let rows = columns[0].1.len();
        assert!(columns.iter().all(|(_, c)| c.len() == rows), "columns differ in length");
        if self.names.is_empty() {
            names::check(self.path, columns.iter().map(|(name, _)| name.as_str()))?;
            self.names = columns.iter().map(|(name, _)| name.clone()).collect();
        }
        assert!(
            self.names.iter().eq(columns.iter().map(|(name, _)| name)),
            "the columns are those of the batch before"
        );
        self.sink.write(columns, rows).map_err(|source| Error::Io { file: self.path.to_owned(), source })
    }
}

/// A file by its format; it is opened when the columns are known.
enum Sink<'f> {
    Unopened(Format, Out<'f>),
    Csv(::csv::Writer<Out<'f>>),
    CsvGz(::csv::Writer<GzEncoder<Out<'f>>>),
    Parquet(parquet::Writer<Out<'f>>),
    /// Between the states above.
    Moved,
}

impl Sink<'_> {
    fn write(&mut self, columns: &[(String, OutColumn<'_>)], rows: usize) -> std::io::Result<()> {
        if let Self::Unopened(..) = self {
            *self = std::mem::replace(self, Self::Moved).open(columns)?;
        }
        match self {
            Self::Csv(out) => csv::write(out, columns, rows),
            Self::CsvGz(out) => csv::write(out, columns, rows),
            Self::Parquet(out) => out.write(columns, rows),
            Self::Unopened(..) | Self::Moved => unreachable!("it was opened"),
        }
    }

    fn open(self, columns: &[(String, OutColumn<'_>)]) -> std::io::Result<Self> {
        let Self::Unopened(format, out) = self else { return Ok(self) };
        let names = columns.iter().map(|(name, _)| name);
        Ok(match format {
            Format::Csv => {
                let mut csv = ::csv::Writer::from_writer(out);
                csv.write_record(names)?;
                Self::Csv(csv)
            }
            Format::CsvGz => {
                let mut csv = ::csv::Writer::from_writer(GzEncoder::new(out, Compression::default()));
                csv.write_record(names)?;
                Self::CsvGz(csv)
            }
            Format::Parquet => Self::Parquet(parquet::Writer::new(out, columns)?),
        })
    }

    fn finish(self) -> std::io::Result<()> {
        match self {
            Self::Csv(mut out) => out.flush(),
            Self::CsvGz(out) => out.into_inner().map_err(|e| e.into_error())?.finish().map(drop),
            Self::Parquet(out) => out.finish(),
            Self::Unopened(..) | Self::Moved => Ok(()),
        }
    }
}

fn temporary(folder: &Path) -> std::io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".table-").suffix(".part");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // As for any other new file; the system takes off what the user's mask forbids.
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    builder.tempfile_in(folder)
}
