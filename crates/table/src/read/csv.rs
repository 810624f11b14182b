//! CSV text to columns.
//!
//! Rows are parsed in batches; while the next batch is parsed, the columns take over the values of
//! the last one in parallel. A column is of numbers until the first text. One whose first value is
//! text, as most are, is text from there on; one that began with numbers is filled by a second
//! pass over the file, because the spelling of those numbers is not kept.

mod filling;
mod rows;

use crate::fill::FileColumns;
use crate::{Error, ReadOptions, names};
use filling::Filling;
use rows::Rows;
use std::path::Path;

pub(super) fn read(
    file: &Path,
    text: &str,
    options: &ReadOptions,
    progress: &dyn Fn(f64),
) -> Result<FileColumns, Error> {
    if text.trim().is_empty() {
        return Err(Error::EmptyFile { file: file.to_owned() });
    }
    let (mut rows, header) = Rows::open(file, text)?;
    names::check(file, header.iter().map(String::as_str))?;
    let positions = names::wanted(file, &header, options)?;
    let new = |&position: &usize| Filling::new(position, options.types.get(&header[position]).copied());
    let mut columns: Vec<Filling> = positions.iter().map(new).collect();

    let line = |at| rows::line(text, at);
    let done = |bytes: usize| progress(bytes as f64 / text.len() as f64);
    let mut all: Vec<&mut Filling> = columns.iter_mut().collect();
    let count = rows.each_batch(&done, |batch| match filling::push_batch(&mut all, batch, &line) {
        None => Ok(()),
        Some((position, place)) => Err(place.not_a_number(file, &header[position])),
    })?;
    if count == 0 {
        return Err(Error::NoRows { file: file.to_owned() });
    }
    let mut late: Vec<&mut Filling> = columns.iter_mut().filter_map(Filling::begin_again).collect();
    if !late.is_empty() {
        Rows::open(file, text)?.0.each_batch(&|_| (), |batch| {
            filling::push_batch(&mut late, batch, &line);
            Ok(())
        })?;
    }

    let names = positions.iter().map(|&p| header[p].clone()).collect();
    Ok(FileColumns { names, columns: columns.into_iter().map(Filling::finish).collect(), rows: count })
}
