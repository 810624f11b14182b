//! `golden.csv`: the characteristics, then the expected score, grade and reasons.

use crate::model_check::rows_that_differ;
use anyhow::{Context, Result, bail, ensure};
use primitives::{Column, TextBuilder};
use scoring::Model;
use std::path::Path;
use table::{ColumnType, OutColumn, ReadOptions};
use training::{GoldenRow, golden_rows};

const EXPECTED: [&str; 3] = ["expected_score", "expected_grade", "expected_reasons"];

/// The text of the file with the golden rows of a model, which were read back as they are; `scratch` is a folder for it.
///
/// # Errors
/// A name or value that does not read back from a file.
pub(crate) fn made(model: &Model, scratch: &Path) -> Result<String> {
    let text = text(model, &golden_rows(model)?, scratch)?;
    let read_back = read(model, &scratch.join("golden.csv"))?;
    if let Some(first) = rows_that_differ(model, &read_back)?.first() {
        bail!(
            "a name or value does not read back from golden.csv, as one that looks missing (NA) or has spaces around \
             it: {first}; rename it, or leave the column out with columns.exclude"
        );
    }
    Ok(text)
}

/// The text of the file, written in the folder `scratch` as any other data file.
fn text(model: &Model, rows: &[GoldenRow], scratch: &Path) -> Result<String> {
    let mut columns: Vec<(String, Column)> = Vec::new();
    let column = |values: &mut dyn Iterator<Item = Option<&str>>| {
        let mut b = TextBuilder::default();
        values.for_each(|v| b.push(v));
        b.finish()
    };
    for (c, characteristic) in model.file().characteristics.iter().enumerate() {
        ensure!(
            !EXPECTED.contains(&characteristic.name.as_str()),
            "column {:?} has a name that golden.csv needs for itself: rename it, or leave it out with columns.exclude",
            characteristic.name
        );
        let mut values = rows.iter().map(|r| Some(r.values[c].as_str()).filter(|v| !v.is_empty()));
        columns.push((characteristic.name.clone(), column(&mut values)));
    }
    let scores: Vec<String> = rows.iter().map(|r| r.score.to_string()).collect();
    let reasons: Vec<String> = rows.iter().map(|r| reasons(&r.reasons)).collect();
    columns.push((EXPECTED[0].into(), column(&mut scores.iter().map(|s| Some(s.as_str())))));
    columns.push((EXPECTED[1].into(), column(&mut rows.iter().map(|r| Some(r.grade.as_str())))));
    columns.push((EXPECTED[2].into(), column(&mut reasons.iter().map(|s| Some(s.as_str())))));
    let path = scratch.join("golden.csv");
    let out: Vec<_> = columns.iter().map(|(n, c)| (n.clone(), OutColumn::Source(c))).collect();
    table::write(&path, &out)?;
    Ok(std::fs::read_to_string(&path)?)
}

/// Reason codes in one field.
pub(crate) fn reasons(codes: &[String]) -> String {
    codes.join(";")
}

/// The rows of a file, all as text. The reasons stay the one text that they are in the file, as
/// [`reasons`] makes it: the name of a column may have a semicolon in it.
pub(crate) fn read(model: &Model, path: &Path) -> Result<Vec<GoldenRow>> {
    let mut only: Vec<String> = model.file().characteristics.iter().map(|c| c.name.clone()).collect();
    only.extend(EXPECTED.map(str::to_owned));
    let types = only.iter().map(|n| (n.clone(), ColumnType::Text)).collect();
    let options = ReadOptions { types, only: Some(only.clone()), no_digest: true, ..ReadOptions::default() };
    let table = table::read(&[path.to_path_buf()], &options, &|_| {})?;
    let columns: Vec<Vec<Option<String>>> = only
        .iter()
        .map(|n| table.column(n).map(crate::input::texts).with_context(|| format!("no column {n:?}")))
        .collect::<Result<_>>()?;
    ensure!(table.rows() > 0, "{} has no row", path.display());
    let n = model.file().characteristics.len();
    (0..table.rows())
        .map(|row| {
            let cell = |c: usize| columns[c][row].clone().unwrap_or_default();
            let score = cell(n);
            Ok(GoldenRow {
                values: (0..n).map(cell).collect(),
                score: score.parse().with_context(|| format!("row {}: expected_score is {score:?}", row + 1))?,
                grade: cell(n + 1),
                reasons: vec![cell(n + 2)],
            })
        })
        .collect()
}
