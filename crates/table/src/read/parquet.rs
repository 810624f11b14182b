//! Parquet bytes to columns.
//!
//! Row groups are decoded in batches, the columns of a batch in parallel, and each decoded column is
//! dropped as soon as its values are taken over. So memory holds the table, the stored bytes and
//! little else.

pub(super) mod cells;
mod convert;
mod layout;
mod pages;

use crate::fill::FileColumns;
use crate::{Error, ReadOptions, names};
use convert::Filling;
pub(super) use convert::push_decimal;
pub(super) use layout::Batch;
use layout::{guarded, metadata};
use primitives::Column;
use rayon::prelude::*;
use std::path::Path;

/// Columns that one task decodes at most, and tasks that a batch of fewer columns is cut into.
const TASK_COLUMNS: usize = 128;
const TASKS: usize = 64;

pub(super) fn read(
    file: &Path,
    bytes: &[u8],
    options: &ReadOptions,
    progress: &dyn Fn(f64),
) -> Result<FileColumns, Error> {
    let Opened { names, mut columns, rows, batches } = open(file, bytes, options)?;
    columns.iter_mut().for_each(|c| c.reserve(rows));
    for batch in batches {
        fill(file, bytes, &batch, &mut columns)?;
        progress(batch.share_done());
    }
    Ok(FileColumns { names, columns: columns.into_iter().map(Filling::finish).collect(), rows })
}

/// Calls `each` with the columns of one batch of rows after the other, all of the same types; it gives back the columns
/// whose memory the next batch may have.
pub(super) fn read_batches<E: From<Error>>(
    file: &Path,
    bytes: &[u8],
    options: &ReadOptions,
    mut each: impl FnMut(&[String], Vec<Column>, &Batch) -> Result<Vec<Column>, E>,
) -> Result<(), E> {
    let Opened { names, columns: mut fillings, batches, .. } = open(file, bytes, options)?;
    for batch in batches {
        fill(file, bytes, &batch, &mut fillings)?;
        let mut columns = Vec::with_capacity(fillings.len());
        for (filling, name) in fillings.iter_mut().zip(&names) {
            columns.push(filling.take(file, name)?);
        }
        let used = each(&names, columns, &batch)?;
        fillings.iter_mut().zip(used).for_each(|(filling, column)| filling.reuse(column));
    }
    Ok(())
}

/// A file whose footer was read and found sound.
struct Opened {
    names: Vec<String>,
    columns: Vec<Filling>,
    rows: usize,
    batches: Vec<Batch>,
}

fn open(file: &Path, bytes: &[u8], options: &ReadOptions) -> Result<Opened, Error> {
    let metadata = metadata(file, bytes)?;
    let stored: Vec<String> = metadata.schema().fields().iter().map(|f| f.name().to_owned()).collect();
    names::check(file, stored.iter().map(String::as_str))?;
    let trimmed: Vec<String> = stored.iter().map(|n| n.trim().to_owned()).collect();
    names::check(file, trimmed.iter().map(String::as_str))?;
    let positions = names::wanted(file, &trimmed, options)?;
    if metadata.num_rows == 0 {
        return Err(Error::NoRows { file: file.to_owned() });
    }

    let chosen: Vec<&str> = positions.iter().map(|&p| stored[p].as_str()).collect();
    let metadata = layout::supported(file, metadata, &chosen)?;
    if !guarded(file, || Ok(pages::fit(bytes, &metadata)))? {
        return Err(Error::BadParquet { file: file.to_owned(), detail: "a page does not fit its column".to_owned() });
    }
    let columns =
        positions.iter().map(|&p| Filling::new(stored[p].clone(), options.types.get(&trimmed[p]).copied())).collect();
    let names = positions.into_iter().map(|p| trimmed[p].clone()).collect();
    Ok(Opened { names, columns, rows: metadata.num_rows, batches: Batch::all(metadata) })
}

/// Decodes one batch of rows into all columns; of several errors, that of the first column.
fn fill(file: &Path, bytes: &[u8], batch: &Batch, columns: &mut [Filling]) -> Result<(), Error> {
    let share = columns.len().div_ceil(TASKS).clamp(1, TASK_COLUMNS);
    let results: Vec<Result<(), Error>> = columns
        .par_chunks_mut(share)
        .map(|columns| {
            let names: Vec<&str> = columns.iter().map(|c| c.name.as_str()).collect();
            let mut decoded = batch.decode(file, bytes, &names)?;
            for column in columns {
                let series = decoded.remove(&column.name).ok_or_else(|| Error::BadParquet {
                    file: file.to_owned(),
                    detail: format!("column {:?} is lost", column.name),
                })?;
                guarded(file, || Ok(column.append(&series, batch.first_row)))?
                    .map_err(|refused| refused.error(file, &column.name))?;
            }
            Ok(())
        })
        .collect();
    results.into_iter().collect()
}
