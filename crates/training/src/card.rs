//! Columns into a fitted card: binning, selection, weights.

use crate::binning::{Binned, bin};
use crate::coding::Coded;
use crate::config::TrainConfig;
use crate::design::{CodedDesign, LookedUp, RowSet};
use crate::error::FitError;
use crate::newton::{FitOptions, LogisticFit, fit};
use crate::optimal::Counts;
use crate::selection::{self, Candidate};
use rayon::prelude::*;
use scoring::Removed;

/// The rows that a card is fitted on.
#[derive(Clone, Copy)]
pub(crate) struct FitRows<'a> {
    pub(crate) coded: &'a [Coded],
    /// Counts by column, fold and code.
    pub(crate) counts: &'a [Vec<Vec<Counts>>],
    /// The folds whose counts make the bins.
    pub(crate) folds: &'a [usize],
    /// Fold per row.
    pub(crate) fold: &'a [u8],
    /// The rows that make the weights.
    pub(crate) rows: RowSet<'a>,
    pub(crate) bad: &'a [bool],
    pub(crate) weight: Option<&'a [f64]>,
    /// Per row, whether it lies in the later half of the time column.
    pub(crate) later: Option<&'a [bool]>,
}

/// A fitted card.
#[derive(Debug, Clone)]
pub(crate) struct Card {
    pub(crate) columns: Vec<CardColumn>,
    /// Log-odds of bad where every WoE is zero.
    pub(crate) intercept: f64,
    pub(crate) removed: Vec<Removed>,
}

/// A column of a fitted card.
#[derive(Debug, Clone)]
pub(crate) struct CardColumn {
    /// Index into the coded columns.
    pub(crate) index: usize,
    pub(crate) binned: Binned,
    /// Weight of the WoE in the log-odds of good, over 0.
    pub(crate) coefficient: f64,
    pub(crate) standard_error: f64,
    pub(crate) p_value: f64,
}

/// Rows on which columns are compared, and on which a large fit starts.
const PILOT_ROWS: usize = 50_000;

/// Bins, selects and fits.
pub(crate) fn fit_card(data: &FitRows<'_>, config: &TrainConfig) -> Result<Card, CardError> {
    let mut removed = Vec::new();
    let binned: Vec<Option<Binned>> = data
        .coded
        .par_iter()
        .zip(data.counts)
        .map(|(coded, counts)| {
            let folds: Vec<&[Counts]> = data.folds.iter().map(|&f| counts[f].as_slice()).collect();
            bin(coded, &folds, &config.binning_rules(&coded.name))
        })
        .collect();
    let mut candidates: Vec<Candidate> = Vec::new();
    for (index, b) in binned.into_iter().enumerate() {
        let name = &data.coded[index].name;
        match b {
            Some(binned) => candidates.push(Candidate { index, name: name.clone(), binned }),
            None => removed.push(selection::removed(name, "bins", "no bin satisfies the constraints".into())),
        }
    }
    selection::by_value(&mut candidates, &mut removed, &config.selection);
    if let Some(later) = data.later {
        selection::by_stability(&mut candidates, &mut removed, data, later, config.selection.psi_max);
    }
    let pilot = pilot_rows(data.rows);
    let pilot = FitRows { rows: RowSet::Some(&pilot), ..*data };
    selection::by_correlation(&mut candidates, &mut removed, &pilot, &config.selection);
    if candidates.is_empty() {
        return Err(CardError::AllRemoved { removed });
    }

    let options = config.fit_options();
    let mut start: Option<Vec<f64>> = None;
    if data.rows.len() > 2 * pilot.rows.len() {
        // A start from a part of the rows saves whole passes over all of them.
        let rough = FitOptions { tolerance: 1e-6, ..options };
        start = fit_weights(&candidates, &pilot, rough, None).ok().map(|f| parameters(&f));
    }
    let mut fitted = fit_weights(&candidates, data, options, start.as_deref())?;
    loop {
        // A weight that would be negative is held at 0: with it the riskier bins would gain points.
        let worst = (0..candidates.len())
            .filter(|&j| fitted.coefficients[j] > 0.0)
            .map(|j| (fitted.p_values()[j], j))
            .max_by(|a, b| a.0.total_cmp(&b.0))
            .filter(|w| w.0 > config.selection.p_value_max);
        let mut keep = vec![true; candidates.len()];
        for (j, c) in candidates.iter().enumerate() {
            if fitted.coefficients[j] <= 0.0 {
                keep[j] = false;
                let detail = "with the other columns its weight would be negative".to_owned();
                removed.push(selection::removed(&c.name, "sign", detail));
            }
        }
        if let Some((p, j)) = worst {
            keep[j] = false;
            let detail = format!("p-value {p:.4} is over {}", config.selection.p_value_max);
            removed.push(selection::removed(&candidates[j].name, "p_value_max", detail));
        }
        let before = candidates.len();
        let mut flags = keep.iter();
        candidates.retain(|_| *flags.next().expect("one flag each"));
        if candidates.is_empty() {
            return Err(CardError::AllRemoved { removed });
        }
        if worst.is_none() {
            // Columns at the bound had no part in the fit: the rest stands as it is.
            let mut flags = keep.iter();
            let mut kept = |v: &mut Vec<f64>| {
                flags = keep.iter();
                v.retain(|_| *flags.next().expect("one flag each"));
            };
            if candidates.len() < before {
                kept(&mut fitted.coefficients);
                kept(&mut fitted.standard_errors);
            }
            break;
        }
        fitted = fit_weights(&candidates, data, options, None)?;
    }
    let p_values = fitted.p_values();
    let columns = candidates
        .into_iter()
        .enumerate()
        .map(|(j, c)| CardColumn {
            index: c.index,
            binned: c.binned,
            coefficient: fitted.coefficients[j],
            standard_error: fitted.standard_errors[j],
            p_value: p_values[j],
        })
        .collect();
    Ok(Card { columns, intercept: fitted.intercept, removed })
}

/// Why a card could not be fitted.
#[derive(Debug)]
pub(crate) enum CardError {
    AllRemoved { removed: Vec<Removed> },
    Fit(FitError),
}

impl From<FitError> for CardError {
    fn from(e: FitError) -> Self {
        Self::Fit(e)
    }
}

impl Card {
    /// Log-odds of bad per row.
    pub(crate) fn log_odds(&self, coded: &[Coded], rows: RowSet<'_>, held: bool) -> Vec<f64> {
        let column = |c: &CardColumn| {
            let codes = if held { &coded[c.index].held } else { &coded[c.index].codes };
            LookedUp::new(codes, c.binned.woe.iter().map(|w| -w))
        };
        let columns = self.columns.iter().map(column).collect();
        let weights: Vec<f64> = self.columns.iter().map(|c| c.coefficient).collect();
        CodedDesign { columns, rows }.predict(&weights, self.intercept)
    }
}

fn parameters(f: &LogisticFit) -> Vec<f64> {
    f.coefficients.iter().copied().chain([f.intercept]).collect()
}

/// Every k-th row, so that at most [`PILOT_ROWS`] are left.
fn pilot_rows(rows: RowSet<'_>) -> Vec<u32> {
    let stride = rows.len().div_ceil(PILOT_ROWS).max(1);
    match rows {
        RowSet::All(n) => (0..n as u32).step_by(stride).collect(),
        RowSet::Some(rows) => rows.iter().copied().step_by(stride).collect(),
    }
}

/// Weights of the candidates' WoE in the log-odds of bad, signs turned so that they are positive.
///
/// The WoE of a row comes from bins that were made without the row's fold. With the bins of all rows
/// a column of many thin categories would look stronger than it is, and take weight from honest ones.
fn fit_weights(
    candidates: &[Candidate],
    data: &FitRows<'_>,
    options: FitOptions,
    start: Option<&[f64]>,
) -> Result<LogisticFit, FitError> {
    let columns = candidates
        .iter()
        .map(|c| {
            let negated: Vec<Vec<f64>> = c.binned.crossed.iter().map(|w| w.iter().map(|w| -w).collect()).collect();
            let by_fold: Vec<(usize, &[f64])> =
                data.folds.iter().copied().zip(negated.iter().map(Vec::as_slice)).collect();
            LookedUp::by_fold(&data.coded[c.index].codes, data.fold, &by_fold)
        })
        .collect();
    let design = CodedDesign { columns, rows: data.rows };
    let bad = data.rows.gather(data.bad);
    let weight = data.weight.map(|w| data.rows.gather(w));
    fit(&design, &bad, weight.as_deref(), options, start)
}
