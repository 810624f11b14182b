//! Several files to one table.

mod append;
pub(crate) mod cells;
mod csv;
mod decode;
mod parquet;
mod temporal;

use crate::fill::FileColumns;
use crate::format::Format;
use crate::{ColumnType, Error, Progress, ReadOptions, SourceFile, Table, source};
use append::Appended;
use std::path::{Path, PathBuf};

/// Reads files as one table, their rows one after another.
///
/// - `paths`: each `.csv`, `.csv.gz` or `.parquet`. CSV is UTF-8, with or without a byte order mark,
///   or GB18030; fields are parted by commas and quoted by `"`; the first row names the columns; blank lines are
///   passed over.
/// - `options`: which columns, and the types that are known.
/// - `progress`: is called now and then, on the calling thread; `&|_| ()` to hear nothing.
///
/// Columns are matched by name: a file may have them in another order, but must have the same ones.
/// A column that is of numbers in one file and of text in another is of text in all.
///
/// # Errors
/// Any of [`Error`], the first in the order of files, then of what a reader meets first: the file
/// itself, its header, its rows.
///
/// # Examples
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # use table::{ReadOptions, read};
/// # let folder = tempfile::tempdir()?;
/// # let (a, b) = (folder.path().join("2023.csv"), folder.path().join("2024.csv"));
/// std::fs::write(&a, "id,revenue\nA1,100\n")?;
/// std::fs::write(&b, "revenue,id\nmany,A2\n")?;
/// let both = read(&[a, b.clone()], &ReadOptions::default(), &|_| ())?;
/// assert_eq!(both.rows(), 2);
///
/// let typed = ReadOptions { types: [("revenue".into(), table::ColumnType::Number)].into(), ..Default::default() };
/// let refused = read(&[b], &typed, &|_| ()).unwrap_err().to_string();
/// assert!(refused.ends_with(r#"row 1 (line 2), column "revenue": "many" is not a number"#));
/// # Ok(())
/// # }
/// ```
pub fn read(paths: &[PathBuf], options: &ReadOptions, progress: &dyn Fn(Progress)) -> Result<Table, Error> {
    if paths.is_empty() {
        return Err(Error::NoFiles);
    }
    let mut files = Vec::with_capacity(paths.len());
    for path in paths {
        files.push(File { format: Format::of(path)?, path, bytes: source::size(path)? });
    }
    let first = read_all(&files, options, progress)?;
    let mixed = first.mixed();
    if mixed.is_empty() {
        return first.finish();
    }
    // The first spelling of a number is gone once it is parsed, so a column that turns out to be
    // text in a later file is read again, as text from the start.
    drop(first);
    let mut options = options.clone();
    options.types.extend(mixed.into_iter().map(|name| (name, ColumnType::Text)));
    read_all(&files, &options, progress)?.finish()
}

/// Reads one file in batches of rows, so that little of a large Parquet file is in memory at a time.
///
/// - `options`: as for [`read`]; the digest is not taken.
/// - `progress`: as for [`read`].
/// - `each`: is called with one table after the other, in the order of the rows. All have the same columns of the same
///   types; the levels of a column of text are those of its own rows. A CSV file is one batch, for the type of a column
///   is known only at its end.
///
/// A Parquet column of text that has no value is one of text, unlike in [`read`]. A Parquet file is mapped into memory,
/// not copied: whoever shortens it while it is read ends the program.
///
/// # Errors
/// As [`read`], or what `each` says. `each` may have been called before.
///
/// # Examples
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # use table::{ReadOptions, read_batches};
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("firms.csv");
/// std::fs::write(&path, "id,revenue\nA1,100\n")?;
/// let mut rows = 0;
/// read_batches(&path, &ReadOptions::default(), &|_| (), |batch| {
///     rows += batch.rows();
///     Ok::<(), table::Error>(())
/// })?;
/// assert_eq!(rows, 1);
/// # Ok(())
/// # }
/// ```
pub fn read_batches<E: From<Error>>(
    path: &Path,
    options: &ReadOptions,
    progress: &dyn Fn(Progress),
    mut each: impl FnMut(&Table) -> Result<(), E>,
) -> Result<(), E> {
    // A pipe can not be mapped.
    if Format::of(path)? != Format::Parquet || !path.is_file() {
        let options = ReadOptions { no_digest: true, ..options.clone() };
        return each(&read(&[path.to_owned()], &options, progress)?);
    }
    let size = source::size(path)?;
    let mapped = source::mapped(path)?;
    let bytes = mapped.as_ref();
    let source = |rows| SourceFile { name: source::name(path), digest: None, rows, bytes: size };
    parquet::read_batches(path, bytes, options, |names, columns, batch| {
        let table = Table::new(names.to_vec(), columns, batch.rows(), vec![source(batch.rows())]);
        each(&table)?;
        let share = batch.share_done();
        progress(Progress {
            files_done: usize::from(share == 1.0),
            files: 1,
            bytes_done: (size as f64 * share) as u64,
            bytes: size,
        });
        Ok(table.into_columns().into_iter().map(|(_, column)| column).collect())
    })
}

struct File<'a> {
    format: Format,
    path: &'a Path,
    bytes: u64,
}

fn read_all(files: &[File<'_>], options: &ReadOptions, progress: &dyn Fn(Progress)) -> Result<Appended, Error> {
    let bytes = files.iter().map(|f| f.bytes).sum();
    let mut table = Appended::default();
    let mut before = 0;
    for (i, file) in files.iter().enumerate() {
        let report = |share: f64, files_done| {
            let bytes_done = before + (file.bytes as f64 * share) as u64;
            progress(Progress { files_done, files: files.len(), bytes_done, bytes });
        };
        report(0.0, i);
        let (columns, source) = read_one(file, options, &|share| report(share, i))?;
        table.append(file.path, columns, source)?;
        report(1.0, i + 1);
        before += file.bytes;
    }
    Ok(table)
}

/// Reads one file; `progress` hears which share of it is done.
fn read_one(
    file: &File<'_>,
    options: &ReadOptions,
    progress: &dyn Fn(f64),
) -> Result<(FileColumns, SourceFile), Error> {
    let path = file.path;
    let bytes = source::bytes(path)?;
    let (columns, digest) = source::with_digest(&bytes, !options.no_digest, || match file.format {
        Format::Csv => csv::read(path, &decode::text(path, &bytes)?, options, progress),
        Format::CsvGz => {
            let plain = decode::gunzip(path, &bytes)?;
            csv::read(path, &decode::text(path, &plain)?, options, progress)
        }
        Format::Parquet => parquet::read(path, &bytes, options, progress),
    });
    let columns = columns?;
    let source = SourceFile { name: source::name(path), digest, rows: columns.rows, bytes: bytes.len() as u64 };
    Ok((columns, source))
}
