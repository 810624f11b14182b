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
    let format = Format::of(path)?;
    assert!(!columns.is_empty(), "a file needs a column");
    let rows = columns[0].1.len();
    assert!(columns.iter().all(|(_, c)| c.len() == rows), "columns differ in length");
    names::check(path, columns.iter().map(|(name, _)| name.as_str()))?;
    if path.is_dir() {
        return Err(Error::IsFolder { file: path.to_owned() });
    }
    replace(path, |out| match format {
        Format::Csv => csv::write(out, columns, rows),
        Format::CsvGz => {
            let mut gz = GzEncoder::new(out, Compression::default());
            csv::write(&mut gz, columns, rows)?;
            gz.finish().map(drop)
        }
        Format::Parquet => parquet::write(out, columns, rows),
    })
    .map_err(|source| Error::Io { file: path.to_owned(), source })
}

/// Replaces the file at `path` by what `fill` writes, or leaves it as it is.
fn replace(
    path: &Path,
    fill: impl FnOnce(&mut BufWriter<&mut std::fs::File>) -> std::io::Result<()>,
) -> std::io::Result<()> {
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = temporary(folder)?;
    let mut out = BufWriter::with_capacity(1 << 16, file.as_file_mut());
    fill(&mut out)?;
    out.flush()?;
    drop(out);
    file.as_file().sync_all()?;
    file.persist(path)?;
    Ok(())
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
