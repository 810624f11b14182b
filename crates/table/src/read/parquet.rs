//! Parquet bytes to columns.
//!
//! Row groups are decoded in batches, the columns of a batch in parallel, and each decoded column is
//! dropped as soon as its values are taken over. So memory holds the table, the stored bytes and
//! little else.

mod convert;
mod layout;
mod pages;

use crate::fill::FileColumns;
use crate::{Error, ReadOptions, names};
use convert::Filling;
use layout::{Batch, guarded, metadata};
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
    let mut columns: Vec<Filling> = positions
        .iter()
        .map(|&p| Filling::new(stored[p].clone(), options.types.get(&trimmed[p]).copied(), metadata.num_rows))
        .collect();
    let rows = metadata.num_rows;
    for batch in Batch::all(metadata) {
        fill(file, bytes, &batch, &mut columns)?;
        progress((batch.first_row + batch.rows()) as f64 / rows as f64);
    }

    let names = positions.into_iter().map(|p| trimmed[p].clone()).collect();
    Ok(FileColumns { names, columns: columns.into_iter().map(Filling::finish).collect(), rows })
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
