//! A file as cells of the types it stores, block by block, for readers that have rules of their own.
//!
//! [`read`](super::read()) makes numbers or texts of a column and stops at the first fault. Raw records of departments
//! have dates, times and decimals, and one bad row must not lose the others: here each block of rows is handed over as
//! it is stored, on several threads at once, and what can not be read is handed over as lost.

mod column;
mod csv;

use super::parquet::cells::ParquetCells;
use crate::format::Format;
use crate::{Error, source};
pub(super) use column::Decoded;
pub use column::{Cell, CellColumn, Cells, TextCells};
use std::path::{Path, PathBuf};

/// A data file whose headings are known, and whose rows can be read.
///
/// A CSV file is mapped into memory, not copied, unless it is compressed or in GB18030; a Parquet file always is: whoever
/// shortens it while it is read ends the program.
///
/// # Examples
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use std::sync::atomic::{AtomicUsize, Ordering};
/// use table::{Cell, CellFile};
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("firms.csv");
/// std::fs::write(&path, "id,金额\nA1,100.50\nA2\n")?;
/// let file = CellFile::open(&path)?;
/// assert_eq!(file.headings(), ["id", "金额"]);
/// let ragged = AtomicUsize::new(0);
/// file.read(&[1], &|batch| {
///     assert_eq!(batch.columns[0].get(0), Cell::Text("100.50"));
///     ragged.fetch_add(batch.ragged.len(), Ordering::Relaxed);
/// })?;
/// assert_eq!(ragged.into_inner(), 1);
/// # Ok(())
/// # }
/// ```
pub struct CellFile {
    path: PathBuf,
    size: u64,
    content: Content,
}

enum Content {
    Csv(csv::CsvCells),
    Parquet(Box<ParquetCells>),
}

/// Neighbouring rows of a file.
pub struct CellBatch<'a> {
    /// Rows of the file above the first of these.
    pub first_row: usize,
    /// Number of rows.
    pub rows: usize,
    /// The columns that were asked for, in that order; none when the rows are lost.
    pub columns: Vec<CellColumn<'a>>,
    /// Rows of a CSV file that do not have as many fields as the header; their cells above are empty.
    pub ragged: &'a [Ragged],
    /// Why these rows can not be read.
    pub lost: Option<&'a Error>,
    /// About how many bytes of the file these rows take.
    pub bytes: u64,
}

/// A row of a CSV file that does not have as many fields as the header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ragged {
    /// Index of the row in its batch.
    pub index: usize,
    /// Its fields.
    pub fields: Vec<String>,
}

/// Rows of one call: their columns fit the caches of a core.
const BATCH_ROWS: usize = 1 << 15;

impl CellFile {
    /// Opens a `.csv`, `.csv.gz` or `.parquet` file and reads its headings.
    ///
    /// # Errors
    /// Those of [`read`](crate::read()) that are about the file, its encoding or its footer. Headings may be empty or
    /// equal, and there may be no row.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let format = Format::of(path)?;
        let size = source::size(path)?;
        let content = match format {
            Format::Csv | Format::CsvGz => Content::Csv(csv::CsvCells::open(path, format)?),
            Format::Parquet => Content::Parquet(Box::new(ParquetCells::open(path)?)),
        };
        Ok(Self { path: path.to_owned(), size, content })
    }

    /// The headings, without space around.
    pub fn headings(&self) -> &[String] {
        match &self.content {
            Content::Csv(csv) => csv.headings(),
            Content::Parquet(parquet) => parquet.headings(),
        }
    }

    /// Number of bytes, as stored.
    pub fn bytes(&self) -> u64 {
        self.size
    }

    /// Number of rows, where the file says so.
    pub fn rows(&self) -> Option<usize> {
        match &self.content {
            Content::Csv(_) => None,
            Content::Parquet(parquet) => Some(parquet.rows()),
        }
    }

    /// Whether the column at `position` has a name of its own and a type that can be read.
    pub fn is_readable(&self, position: usize) -> bool {
        match &self.content {
            Content::Csv(_) => true,
            Content::Parquet(parquet) => parquet.is_readable(&self.path, position),
        }
    }

    /// Calls `each` with all rows, in blocks, on several threads at once, about in the order of the file.
    ///
    /// - `columns`: positions among the headings.
    ///
    /// The rows of all batches together are all rows of the file, each once. Rows that can not be decoded come as a
    /// batch that is [`lost`](CellBatch::lost).
    ///
    /// # Errors
    /// Before any call: [`Error::UnsupportedType`], [`Error::DuplicateColumn`], [`Error::BadParquet`]. After the rows
    /// above: [`Error::UnclosedQuote`].
    pub fn read(&self, columns: &[usize], each: &(dyn Fn(CellBatch<'_>) + Sync)) -> Result<(), Error> {
        match &self.content {
            Content::Csv(csv) => csv.read(&self.path, columns, each),
            Content::Parquet(parquet) => parquet.read(&self.path, self.size, columns, each),
        }
    }
}

/// Calls `each` with the columns in slices of rows, in parallel.
pub(super) fn each_slice(
    decoded: &[Decoded],
    first_row: usize,
    rows: usize,
    bytes: u64,
    is_parallel: bool,
    each: &(dyn Fn(CellBatch<'_>) + Sync),
) {
    let slices = rows.div_ceil(BATCH_ROWS);
    let slice = |i: usize| {
        let start = i * BATCH_ROWS;
        let end = rows.min(start + BATCH_ROWS);
        each(CellBatch {
            first_row: first_row + start,
            rows: end - start,
            columns: decoded.iter().map(|d| d.slice(start, end)).collect(),
            ragged: &[],
            lost: None,
            bytes: bytes * (end - start) as u64 / rows as u64,
        });
    };
    match is_parallel {
        true => in_order(slices, slice),
        false => (0..slices).for_each(slice),
    }
}

/// Calls `work` with `0..count` on all threads, the next number first.
pub(super) fn in_order(count: usize, work: impl Fn(usize) + Sync) {
    let next = std::sync::atomic::AtomicUsize::new(0);
    let work = &work;
    let next = &next;
    rayon::scope(|scope| {
        for _ in 0..rayon::current_num_threads().min(count) {
            scope.spawn(move |_| {
                loop {
                    let i = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                    if count <= i {
                        break;
                    }
                    work(i);
                }
            });
        }
    });
}
