//! Files to columns and back: the one room of the product that opens data files.
//!
//! What counts as missing and what counts as a number is decided here once, so that train, score
//! and validate see the same table, whether it came as `.csv`, `.csv.gz` or `.parquet`:
//!
//! - Missing: an empty field, `NA`, `NaN` in any letter case, `?`, and whatever is infinite (`inf`,
//!   `1e999`; a code like `915001015724E14390` is not), after the spaces around are cut; in Parquet also null. As a column it is `NaN` or
//!   [`primitives::MISSING_CODE`], never zero and never an empty text.
//! - A number: digits with an optional sign, point and exponent. `1,234`, `12%` and `0x1f` are text.
//! - A whole number beyond 2^53 does not fit a double exactly, so it is refused as a number
//!   ([`Error::NotExact`]); read it as text. Identifiers are text.
//! - A column is of numbers when all its values are, unless [`ReadOptions::types`] says otherwise.
//!
//! Nothing here knows what a score is, and nothing is dropped or repaired in silence: a row with a
//! field too few is an error that names the file, the row and the line.
//!
//! # Examples
//! ```
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use primitives::Column;
//! use table::{OutColumn, ReadOptions, read, write};
//!
//! let folder = tempfile::tempdir()?;
//! let path = folder.path().join("firms.csv");
//! std::fs::write(&path, "id,revenue\nA1,100\nA2,NA\n")?;
//!
//! let firms = read(&[path], &ReadOptions::default(), &|_| ())?;
//! assert_eq!(firms.rows(), 2);
//! let Some(Column::Number(revenue)) = firms.column("revenue") else { unreachable!() };
//! assert!(revenue[0] == 100.0 && revenue[1].is_nan());
//!
//! let out = folder.path().join("scored.parquet");
//! let id = OutColumn::Source(firms.column("id").ok_or("no id")?);
//! write(&out, &[("id".into(), id), ("points".into(), OutColumn::Integer(&[612, 580]))])?;
//! # Ok(())
//! # }
//! ```

mod cell;
mod codes;
mod error;
mod fill;
mod format;
mod names;
mod number_text;
mod options;
mod read;
mod source;
mod table;
mod write;

pub use error::Error;
pub use options::{ColumnType, Progress, ReadOptions};
pub use read::cells::{Cell, CellBatch, CellColumn, CellFile, Cells, Ragged, TextCells};
pub use read::{read, read_batches};
pub use table::{SourceFile, Table};
pub use write::{BatchWriter, OutColumn, write, write_batches};

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests;
