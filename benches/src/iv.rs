//! Out-of-fold information value of our bins beside those of another tool.
#![allow(clippy::print_stdout, reason = "a bench talks to people")]

use crate::sets::{TARGET, outcomes, pick};
use anyhow::{Context, Result};
use primitives::{Column, MISSING_CODE};
use scoring::Attribute;
use std::collections::BTreeMap;
use std::path::Path;
use table::Table;
use training::{ColumnBins, Counts, TrainConfig, TrainingTable, bin_table, woe as woe_of};

/// Prints the mean out-of-fold information value per column, ours and theirs.
///
/// `golden` holds `sets / NAME / columns / COLUMN / mean`.
///
/// # Errors
/// When the file can not be read or training refuses the table.
pub fn out_of_fold_iv(set: &str, t: &Table, fold: &[usize], config: &TrainConfig, golden: &Path) -> Result<()> {
    let text = std::fs::read_to_string(golden).with_context(|| golden.display().to_string())?;
    let theirs: serde_json::Value = serde_json::from_str(&text)?;
    let bad = outcomes(t)?;
    let folds = fold.iter().copied().max().unwrap_or(0) + 1;
    let mut ours: BTreeMap<String, f64> = BTreeMap::new();
    for k in 0..folds {
        let rest: Vec<usize> = (0..bad.len()).filter(|&i| fold[i] != k).collect();
        let own: Vec<usize> = (0..bad.len()).filter(|&i| fold[i] == k).collect();
        let part: Vec<Column> = t.columns().iter().map(|c| pick(c, &rest)).collect();
        let table = TrainingTable { names: t.names(), columns: &part, target: TARGET, bad_value: "1", files: &[] };
        for bins in bin_table(&table, config, 1)? {
            let column = t.column(&bins.column).context("a column of the table")?;
            *ours.entry(bins.column.clone()).or_default() += held_out_iv(&bins, column, &own, &bad) / folds as f64;
        }
    }
    let (mut sum_ours, mut sum_theirs, mut behind) = (0.0, 0.0, 0);
    for (column, value) in &ours {
        let other = theirs["sets"][set]["columns"][column]["mean"].as_f64().context("a figure per column")?;
        sum_ours += value;
        sum_theirs += other;
        behind += usize::from(*value < other);
    }
    let n = ours.len() as f64;
    println!(
        "out-of-fold IV, mean of {} columns: shangzhi {:.4}, optbinning {:.4}; behind on {behind} columns\n",
        ours.len(),
        sum_ours / n,
        sum_theirs / n
    );
    Ok(())
}

/// `sum over rows of WoE`, mean over goods less mean over bads: the information value of known bins.
///
/// The WoE is that of the counts as they are, 0 for a bin without goods or without bads, as the other tool has it:
/// smoothing draws every WoE in, and with it this figure, whatever the bins are worth.
fn held_out_iv(bins: &ColumnBins, column: &Column, rows: &[usize], bad: &[bool]) -> f64 {
    let total: Counts = bins.bins.iter().map(|b| b.1).sum();
    let woe = |row: usize| {
        let found = bins.bins.iter().find(|(a, ..)| match (a, column) {
            (Attribute::Interval(i), Column::Number(v)) => {
                v[row].is_finite() && i.from.is_none_or(|f| f <= v[row]) && i.to.is_none_or(|t| v[row] < t)
            }
            (Attribute::Levels(l), Column::Text { codes, levels }) => {
                levels.get(codes[row] as usize).is_some_and(|level| l.contains(level))
            }
            (Attribute::Missing, Column::Number(v)) => v[row].is_nan(),
            (Attribute::Missing, Column::Text { codes, .. }) => codes[row] == MISSING_CODE,
            _ => false,
        });
        found.and_then(|b| woe_of(b.1, total, 0.0)).unwrap_or(0.0)
    };
    let mut sums = [[0.0; 2]; 2];
    for &row in rows {
        let sum = &mut sums[usize::from(bad[row])];
        sum[0] += woe(row);
        sum[1] += 1.0;
    }
    sums[0][0] / sums[0][1] - sums[1][0] / sums[1][1]
}
