//! What a Parquet file says about itself: columns, types, row groups.

use crate::Error;
use polars::prelude::{
    ArrowDataType, ArrowSchema, FileMetadata, ParallelStrategy, ParquetReader, PlSmallStr, PolarsResult, SerReader,
    Series, infer_schema,
};
use std::collections::HashMap;
use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;

/// Runs a step of the Parquet library, which panics on some damaged files.
pub(super) fn guarded<T>(file: &Path, step: impl FnOnce() -> PolarsResult<T>) -> Result<T, Error> {
    let bad = |detail: String| Error::BadParquet { file: file.to_owned(), detail };
    match catch_unwind(AssertUnwindSafe(step)) {
        Ok(result) => result.map_err(|e| bad(e.to_string())),
        Err(_) => Err(bad("its parts contradict each other".to_owned())),
    }
}

/// The footer of the file, after the damages that are common are ruled out.
pub(super) fn metadata(file: &Path, bytes: &[u8]) -> Result<FileMetadata, Error> {
    const MAGIC: &[u8] = b"PAR1";
    let bad = |detail: &str| Error::BadParquet { file: file.to_owned(), detail: detail.to_owned() };
    if !bytes.starts_with(MAGIC) {
        return Err(bad("it does not begin with PAR1"));
    }
    if bytes.len() < 12 || !bytes.ends_with(MAGIC) {
        return Err(bad("it does not end with PAR1, so it is cut short"));
    }
    let metadata = guarded(file, || ParquetReader::new(Cursor::new(bytes)).get_metadata().map(|m| m.as_ref().clone()))?;
    let within = guarded(file, || {
        let ends = metadata.row_groups.iter().flat_map(|g| g.byte_ranges_iter()).map(|r| r.end);
        let rows = metadata.row_groups.iter().map(|g| g.num_rows()).sum::<usize>();
        Ok(ends.max().unwrap_or(0) <= bytes.len() as u64 && rows == metadata.num_rows)
    })?;
    match within {
        true => Ok(metadata),
        false => Err(bad("its footer does not fit its data")),
    }
}

/// The footer of only the columns `chosen`, which are all of types that can be read.
///
/// The schema that some writers add to the footer (`ARROW:schema`) is left out: without it a
/// dictionary is the text it stands for, and an instant is in UTC.
pub(super) fn supported(file: &Path, metadata: FileMetadata, chosen: &[&str]) -> Result<FileMetadata, Error> {
    let names: Vec<PlSmallStr> = chosen.iter().map(|&n| n.into()).collect();
    let pruned = guarded(file, || Ok(metadata.pruned(&names, &[])?))?;
    let plain = guarded(file, || infer_schema(&pruned))?;
    // But for that schema a duration is a plain integer. If it can not be read, it is ignored.
    let annotated = guarded(file, || infer_schema(&metadata)).unwrap_or_default();
    for &name in chosen {
        if let Some(found) = unsupported(name, &plain, &annotated) {
            return Err(Error::UnsupportedType { file: file.to_owned(), column: name.to_owned(), found });
        }
    }
    Ok(pruned)
}

/// The name of the type of column `name`, unless it can be read.
fn unsupported(name: &str, plain: &ArrowSchema, annotated: &ArrowSchema) -> Option<String> {
    use ArrowDataType as T;
    match annotated.get(name).map(|f| f.dtype()) {
        Some(T::Duration(_)) => return Some("duration".to_owned()),
        Some(T::Float16) => return Some("16-bit float".to_owned()),
        _ => (),
    }
    let found = match plain.get(name).map(|f| f.dtype()) {
        None => "struct without fields",
        Some(dtype) => match dtype {
            T::Null | T::Boolean | T::Float32 | T::Float64 | T::Utf8View | T::BinaryView => return None,
            T::Int8 | T::Int16 | T::Int32 | T::Int64 | T::UInt8 | T::UInt16 | T::UInt32 | T::UInt64 => return None,
            T::Date32 | T::Timestamp(..) => return None,
            T::Decimal(precision, _) if *precision <= 38 => return None,
            T::Decimal(..) => "decimal of more than 38 digits",
            T::LargeList(_) | T::List(_) | T::FixedSizeList(..) | T::Map(..) => "list",
            T::Struct(_) => "struct",
            T::Time32(_) | T::Time64(_) => "time of day without a date",
            T::FixedSizeBinary(_) => "bytes",
            T::Interval(_) => "interval",
            other => return Some(format!("{other:?}").to_lowercase()),
        },
    };
    Some(found.to_owned())
}

/// Neighbouring row groups that are decoded together.
pub(in crate::read) struct Batch {
    metadata: FileMetadata,
    /// Rows of the file before this batch.
    pub(super) first_row: usize,
    /// Rows of the file.
    rows_in_all: usize,
}

/// Fewer rows at once would be mostly overhead, more would be mostly memory that is touched for the first time.
const BATCH_ROWS: usize = 1 << 16;

impl Batch {
    /// All row groups of the file, in order.
    pub(super) fn all(mut metadata: FileMetadata) -> Vec<Self> {
        let mut batches: Vec<Self> = Vec::new();
        let (mut first_row, rows_in_all) = (0, metadata.num_rows);
        for group in std::mem::take(&mut metadata.row_groups) {
            let rows = group.num_rows();
            match batches.last_mut() {
                Some(last) if last.rows() + rows <= BATCH_ROWS => {
                    last.metadata.num_rows += rows;
                    last.metadata.row_groups.push(group);
                }
                _ => batches.push(Self {
                    metadata: FileMetadata { num_rows: rows, row_groups: vec![group], ..metadata.clone() },
                    first_row,
                    rows_in_all,
                }),
            }
            first_row += rows;
        }
        batches
    }

    /// Share of the rows of the file that lie in this batch or before it.
    pub(in crate::read) fn share_done(&self) -> f64 {
        (self.first_row + self.rows()) as f64 / self.rows_in_all as f64
    }

    pub(in crate::read) fn rows(&self) -> usize {
        self.metadata.num_rows
    }

    /// The columns `names` of this batch, by name.
    pub(super) fn decode(&self, file: &Path, bytes: &[u8], names: &[&str]) -> Result<HashMap<String, Series>, Error> {
        let names: Vec<PlSmallStr> = names.iter().map(|&n| n.into()).collect();
        let frame = guarded(file, || {
            // `None`: this runs on a thread of its own already.
            let mut reader = ParquetReader::new(Cursor::new(bytes)).read_parallel(ParallelStrategy::None);
            reader.set_metadata(Arc::new(self.metadata.pruned(&names, &[])?));
            reader.finish()
        })?;
        // The height of the frame is what the footer says, whatever its columns hold.
        if let Some(column) = frame.columns().iter().find(|c| c.len() != self.rows()) {
            return Err(Error::BadParquet {
                file: file.to_owned(),
                detail: format!("column {:?} has {} rows where {} are due", column.name(), column.len(), self.rows()),
            });
        }
        let columns = frame.into_columns();
        Ok(columns.into_iter().map(|c| (c.name().to_string(), c.take_materialized_series())).collect())
    }
}
