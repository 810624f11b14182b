//! A table of features to a snapshot.

use super::{Error, FIGURES, NewRow, TEXTS, Writer, Written};
use crate::catalogue::Catalogue;
use primitives::Column;
use std::path::Path;
use table::{ColumnType, Progress, ReadOptions, Table};

/// Makes a snapshot of a table of features, as [`compute`](crate::compute) writes it by the built-in catalogue.
///
/// A Parquet table goes through batch by batch; some fifty bytes of each row stay in memory. The same table gives the same
/// bytes.
///
/// - `table`: all columns of texts ([`TEXTS`]), figures ([`FIGURES`]) and features; others are passed over.
/// - `out`: where the snapshot shall stand; a file there is replaced when the new one is whole.
/// - `progress`: as of [`table::read_batches`].
///
/// # Errors
/// [`Error::Table`], [`Error::Column`], [`Error::Row`], [`Error::Empty`], [`Error::Io`]. Then `out` is as it was.
pub fn write(table: &Path, out: &Path, progress: &dyn Fn(Progress)) -> Result<Written, Error> {
    write_for(&Catalogue::built_in(), table, out, progress)
}

/// The same by any catalogue.
///
/// # Errors
/// As [`write()`].
pub fn write_for(
    catalogue: &Catalogue,
    table: &Path,
    out: &Path,
    progress: &dyn Fn(Progress),
) -> Result<Written, Error> {
    let features = catalogue.features.iter().map(|f| f.column.as_str());
    let numbers = FIGURES.into_iter().chain(features);
    let typed = TEXTS.into_iter().map(|n| (n, ColumnType::Text)).chain(numbers.map(|n| (n, ColumnType::Number)));
    let typed: Vec<(String, ColumnType)> = typed.map(|(name, of)| (name.to_owned(), of)).collect();
    let only = Some(typed.iter().map(|(name, _)| name.clone()).collect());
    let options = ReadOptions { types: typed.into_iter().collect(), only, no_digest: true, ..Default::default() };
    let mut writer = Writer::create(out, &catalogue.version, catalogue.features.len())?;
    table::read_batches(table, &options, progress, |batch| push_all(&mut writer, catalogue, table, batch))?;
    writer.finish()
}

fn push_all(writer: &mut Writer, catalogue: &Catalogue, file: &Path, batch: &Table) -> Result<(), Error> {
    let column = |name: &str, kind: &'static str| {
        let missing = || Error::Column { path: file.to_owned(), column: name.to_owned(), kind };
        batch.column(name).ok_or_else(missing)
    };
    let number = |name: &str| match column(name, "numbers")? {
        Column::Number(values) => Ok(values.as_slice()),
        Column::Text { .. } => Err(Error::Column { path: file.to_owned(), column: name.to_owned(), kind: "numbers" }),
    };
    let texts: Vec<&Column> = TEXTS.iter().map(|name| column(name, "texts")).collect::<Result<_, _>>()?;
    let figures: Vec<&[f64]> = FIGURES.iter().map(|name| number(name)).collect::<Result<_, _>>()?;
    let values: Vec<&[f64]> = catalogue.features.iter().map(|f| number(&f.column)).collect::<Result<_, _>>()?;
    let mut of_row = vec![0.0; values.len()];
    for row in 0..batch.rows() {
        of_row.iter_mut().zip(&values).for_each(|(to, column)| *to = column[row]);
        writer.push(&NewRow {
            texts: std::array::from_fn(|i| texts[i].text(row)),
            figures: std::array::from_fn(|i| figures[i][row]),
            values: &of_row,
        })?;
    }
    Ok(())
}
