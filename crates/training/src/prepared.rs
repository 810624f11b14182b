//! A table made ready: rows sorted out, columns coded and counted.

use crate::coding::{Coded, CodingRules, Rows, count};
use crate::config::{DirectionRule, TrainConfig};
use crate::error::{TrainError, WEIGHT_MAX};
use crate::optimal::Counts;
use crate::outcome::outcome;
use crate::period::Periods;
use crate::random;
use crate::train::TrainingTable;
use primitives::Column;
use rayon::prelude::*;
use scoring::Origin;

/// Everything that fitting reads: eight-bit codes, counts and outcomes. The table is not needed again.
pub(crate) struct Prepared {
    pub(crate) coded: Vec<Coded>,
    /// Counts by column, fold and code.
    pub(crate) counts: Vec<Vec<Vec<Counts>>>,
    /// Fold per row to fit on.
    pub(crate) fold: Vec<u8>,
    pub(crate) bad: Vec<bool>,
    pub(crate) held_bad: Vec<bool>,
    weights: Option<(Vec<f64>, Vec<f64>)>,
    /// Per row, whether it lies in the later half of the time column.
    pub(crate) later: Option<Vec<bool>>,
    /// First and last period of the rows to fit on.
    pub(crate) period: Option<[String; 2]>,
    pub(crate) rows_without_outcome: usize,
    /// Rows of the table that are fitted on, and those held out.
    pub(crate) rows: [Vec<u32>; 2],
}

impl Prepared {
    /// Leaves out rows without an outcome, holds out the last periods, codes and counts the candidates.
    pub(crate) fn new(table: &TrainingTable<'_>, config: &TrainConfig, seed: u64) -> Result<Self, TrainError> {
        let find = |column: &str, named_in: &str| {
            table.names.iter().position(|n| n == column).ok_or_else(|| TrainError::UnknownColumn {
                named_in: named_in.to_owned(),
                column: column.to_owned(),
                columns: table.names.to_vec(),
            })
        };
        let target = find(table.target, "--target")?;
        let outcomes = outcome(table.target, &table.columns[target], table.bad_value)?;
        let candidates = candidates(table, config, &find)?;
        let usable: Vec<u32> = (0..outcomes.len() as u32).filter(|&i| outcomes[i as usize].is_some()).collect();
        let periods = match config.columns.time.as_str() {
            "" => None,
            time => Some(Periods::new(&table.columns[find(time, "columns.time")?])),
        };
        let rows = match &periods {
            Some(p) => p.hold_out(&usable, config.holdout.share),
            None => Rows { fit: (usable.len() < outcomes.len()).then(|| usable.clone()), held: Vec::new() },
        };
        let fit_rows: &[u32] = rows.fit.as_deref().unwrap_or(&usable);
        let outcome_of = |rows: &[u32]| rows.iter().map(|&i| outcomes[i as usize] == Some(true)).collect::<Vec<bool>>();
        let (bad, held_bad) = (outcome_of(fit_rows), outcome_of(&rows.held));
        let bads = bad.iter().filter(|&&b| b).count();
        if bads == 0 || bads == bad.len() {
            return Err(TrainError::OneClass { target: table.target.into(), bad: table.bad_value.into() });
        }
        let folds = config.fit.folds;
        if bads < folds || bad.len() - bads < folds {
            return Err(TrainError::TooFewRows { goods: bad.len() - bads, bads, folds });
        }
        let weights = match config.columns.weight.as_str() {
            "" => None,
            column => Some(row_weights(column, &table.columns[find(column, "columns.weight")?], fit_rows, &rows.held)?),
        };
        let weight = weights.as_ref().map(|(fit, _)| fit.as_slice());

        let fold = random::stratified_folds(&bad, folds, seed);
        for class in [false, true] {
            // A fold's card is fitted on the other folds.
            let mut weighted = vec![false; folds];
            if let Some(weight) = weight {
                let own = (0..bad.len()).filter(|&i| bad[i] == class && weight[i] > 0.0);
                own.for_each(|i| weighted[usize::from(fold[i])] = true);
                if weighted.iter().filter(|&&w| w).count() < 2 {
                    return Err(TrainError::WeightlessClass { column: config.columns.weight.clone(), bad: class });
                }
            }
        }
        let no_special = Vec::new();
        let (coded, counts): (Vec<Coded>, Vec<Vec<Vec<Counts>>>) = candidates
            .par_iter()
            .map(|&i| {
                let rules = CodingRules {
                    prebins_max: config.prebins_max(bad.len(), candidates.len()),
                    level_rows_min: config.binning.level_rows_min,
                    special: config.columns.special.get(&table.names[i]).unwrap_or(&no_special),
                };
                let coded = Coded::new(&table.names[i], table.columns[i].view(), &rows, rules);
                let counts = count(&coded, &bad, weight, &fold, folds);
                (coded, counts)
            })
            .unzip();
        Ok(Self {
            later: periods.as_ref().and_then(|p| p.later_half(fit_rows)),
            period: periods.as_ref().and_then(|p| p.span(fit_rows)),
            rows_without_outcome: outcomes.len() - usable.len(),
            coded,
            counts,
            fold,
            bad,
            held_bad,
            weights,
            rows: [fit_rows.to_vec(), rows.held],
        })
    }

    /// Weights of the rows to fit on and of those held out.
    pub(crate) fn weights(&self) -> (Option<&[f64]>, Option<&[f64]>) {
        match &self.weights {
            Some((fit, held)) => (Some(fit), Some(held)),
            None => (None, None),
        }
    }

    /// Where a model of these rows comes from; nothing is removed yet.
    pub(crate) fn origin(&self, table: &TrainingTable<'_>, config: &TrainConfig, seed: u64) -> Origin {
        Origin {
            software: concat!("shangzhi ", env!("CARGO_PKG_VERSION")).into(),
            seed,
            configuration: config.to_toml(),
            data: table.files.to_vec(),
            target: table.target.to_owned(),
            bad_value: table.bad_value.to_owned(),
            rows: self.bad.len() as u64,
            bads: self.bad.iter().filter(|&&b| b).count() as u64,
            rows_without_outcome: self.rows_without_outcome as u64,
            rows_held_out: self.held_bad.len() as u64,
            period: self.period.clone(),
            protected: config.columns.protected.clone(),
            removed: Vec::new(),
            prior: None,
        }
    }
}

/// Indices of the columns that may enter; every column that the configuration names must exist.
fn candidates(
    table: &TrainingTable<'_>,
    config: &TrainConfig,
    find: &dyn Fn(&str, &str) -> Result<usize, TrainError>,
) -> Result<Vec<usize>, TrainError> {
    let c = &config.columns;
    for (list, named_in) in
        [(&c.include, "columns.include"), (&c.exclude, "columns.exclude"), (&c.protected, "columns.protected")]
    {
        list.iter().try_for_each(|column| find(column, named_in).map(drop))?;
    }
    let named = [
        (c.types.keys().collect::<Vec<_>>(), "columns.types"),
        (c.special.keys().collect(), "columns.special"),
        (c.direction.keys().collect(), "columns.direction"),
        (c.label_zh.keys().collect(), "columns.label_zh"),
        (c.label_en.keys().collect(), "columns.label_en"),
    ];
    for (columns, named_in) in named {
        columns.into_iter().try_for_each(|column| find(column, named_in).map(drop))?;
    }
    for (column, rule) in &c.direction {
        let is_text = matches!(table.columns[find(column, "columns.direction")?], Column::Text { .. });
        if is_text && *rule != DirectionRule::Auto {
            return Err(TrainError::DirectionOfText { column: column.clone() });
        }
    }
    let parts = [(&c.time, "columns.time"), (&c.weight, "columns.weight")];
    let protected = c.protected.iter().map(|p| (p, "columns.protected"));
    for (column, named_in) in parts.into_iter().chain(protected) {
        if column == table.target {
            return Err(TrainError::TargetNamed { named_in, column: column.clone() });
        }
    }
    let out = |name: &String| {
        name == table.target
            || *name == c.time
            || *name == c.weight
            || c.exclude.contains(name)
            || c.protected.contains(name)
            || !(c.include.is_empty() || c.include.contains(name))
    };
    let candidates: Vec<usize> = (0..table.names.len()).filter(|&i| !out(&table.names[i])).collect();
    if candidates.is_empty() { Err(TrainError::NoCandidates) } else { Ok(candidates) }
}

/// Weights of the rows to fit on and of those held out, scaled so that the former average 1.
fn row_weights(name: &str, column: &Column, fit: &[u32], held: &[u32]) -> Result<(Vec<f64>, Vec<f64>), TrainError> {
    let refused = |row: usize, value: String| TrainError::Weight { column: name.to_owned(), row: row + 1, value };
    let Column::Number(values) = column else {
        return Err(refused(0, "a text".into()));
    };
    for &i in fit.iter().chain(held) {
        let w = values[i as usize];
        if !(0.0..=WEIGHT_MAX).contains(&w) {
            let value = if w.is_nan() { "missing".into() } else { w.to_string() };
            return Err(refused(i as usize, value));
        }
    }
    let mean = fit.iter().map(|&i| values[i as usize]).sum::<f64>() / fit.len() as f64;
    if mean < 1.0 / WEIGHT_MAX {
        return Err(TrainError::Weights { column: name.to_owned(), average: mean });
    }
    let scaled = |rows: &[u32]| rows.iter().map(|&i| values[i as usize] / mean).collect();
    Ok((scaled(fit), scaled(held)))
}
