//! The public data sets that quality is measured on, and their folds.

use anyhow::{Context, Result, ensure};
use primitives::Column;
use std::collections::BTreeMap;
use std::path::Path;
use table::{ColumnType, ReadOptions, Table};

/// A data set: file name and the columns that are categories whatever they look like.
pub struct DataSet {
    /// Name of the file without `.csv.gz`, and of its folds without `.csv`.
    pub name: &'static str,
    /// Columns read as text.
    pub text: &'static [&'static str],
}

const SBA_TEXT: &[&str] = &["Bank", "BankState", "NAICS", "NewExist", "UrbanRural", "RevLineCr", "LowDoc"];

/// The sets with folds.
pub const SETS: [DataSet; 4] = [
    DataSet { name: "german", text: &[] },
    DataSet { name: "polish_5year", text: &[] },
    DataSet { name: "taiwan_card", text: &["SEX", "EDUCATION", "MARRIAGE"] },
    DataSet { name: "sba_case", text: SBA_TEXT },
];

/// Fit on the first, score the second: the hard case.
pub const OUT_OF_TIME: [DataSet; 2] =
    [DataSet { name: "sba_case_until2005", text: SBA_TEXT }, DataSet { name: "sba_case_2006to2008", text: SBA_TEXT }];

/// The outcome column of every set; 1 is bad.
pub const TARGET: &str = "bad";

impl DataSet {
    /// Reads the set from `folder`.
    ///
    /// # Errors
    /// As [`table::read`].
    pub fn read(&self, folder: &Path) -> Result<Table> {
        let path = folder.join(format!("{}.csv.gz", self.name));
        let types: BTreeMap<String, ColumnType> =
            self.text.iter().map(|c| ((*c).to_owned(), ColumnType::Text)).collect();
        let options = ReadOptions { types, ..ReadOptions::default() };
        table::read(&[path], &options, &|_| {}).with_context(|| format!("data set {}", self.name))
    }

    /// Fold per row, from `NAME.csv` with the columns `row` and `fold`.
    ///
    /// # Errors
    /// As [`table::read`], or when there is not one fold a row.
    pub fn folds(&self, folder: &Path, rows: usize) -> Result<Vec<usize>> {
        let path = folder.join(format!("{}.csv", self.name));
        let t = table::read(&[path], &ReadOptions::default(), &|_| {})?;
        let numbers = |name: &str| match t.column(name) {
            Some(Column::Number(v)) => Ok(v),
            _ => anyhow::bail!("the folds of {} have no numeric column {name:?}", self.name),
        };
        let (row, fold) = (numbers("row")?, numbers("fold")?);
        ensure!(row.len() == rows, "{} has {rows} rows, its folds {}", self.name, row.len());
        let mut out = vec![0; rows];
        for (r, f) in row.iter().zip(fold) {
            *out.get_mut(*r as usize).with_context(|| format!("row {r} of the folds of {}", self.name))? = *f as usize;
        }
        Ok(out)
    }
}

/// Whether each row is bad.
///
/// # Errors
/// When the target is absent or missing anywhere.
pub fn outcomes(t: &Table) -> Result<Vec<bool>> {
    let column = t.column(TARGET).context("no column \"bad\"")?;
    let all = training::outcome(TARGET, column, "1")?;
    all.into_iter().map(|o| o.context("a row without an outcome")).collect()
}

/// Some rows of a column.
pub fn pick(column: &Column, rows: &[usize]) -> Column {
    match column {
        Column::Number(v) => Column::Number(rows.iter().map(|&i| v[i]).collect()),
        Column::Text { codes, levels } => {
            Column::Text { codes: rows.iter().map(|&i| codes[i]).collect(), levels: levels.clone() }
        }
    }
}
