//! Columns into a fitted card: binning, selection, weights.

use crate::assemble::spread;
use crate::binning::{Binned, bin};
use crate::coding::Coded;
use crate::config::TrainConfig;
use crate::design::{CodedDesign, LookedUp, RowSet};
use crate::error::FitError;
use crate::newton::{FitOptions, LogisticFit, Solution, Start, fit, minimise};
use crate::optimal::Counts;
use crate::random;
use crate::refine::{Effects, Outcomes, refine};
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
    /// The rows that make the weights.
    pub(crate) rows: RowSet<'a>,
    pub(crate) bad: &'a [bool],
    pub(crate) weight: Option<&'a [f64]>,
    /// Per row, whether it lies in the later half of the time column.
    pub(crate) later: Option<&'a [bool]>,
    /// What the card is for.
    pub(crate) purpose: Purpose,
}

impl FitRows<'_> {
    /// Outcomes and weights of the rows that make the weights, in their order.
    fn outcomes(&self) -> (Vec<bool>, Option<Vec<f64>>) {
        (self.rows.gather(self.bad), self.weight.map(|w| self.rows.gather(w)))
    }
}

/// What a card is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// To become the model.
    Model,
    /// To score a fold: no one reads its standard errors.
    Fold {
        /// Whether columns are judged by their IV on so many rows that out-of-fold IV tells no more.
        many_rows: bool,
    },
}

/// Columns that may enter, binned, with the weights of their WoE.
#[derive(Debug, Clone)]
pub(crate) struct Draft {
    candidates: Vec<Candidate>,
    /// Weight of the WoE in the log-odds of good; 0 where it would be negative.
    weights: Vec<f64>,
    removed: Vec<Removed>,
    /// The rows that the weights were found on, and that bins are refined on.
    pilot: Vec<u32>,
    /// What the fit of a like draft may start from.
    start: Start,
}

impl Draft {
    /// A start for other rows, if the columns are the same.
    fn start_for(&self, candidates: &[Candidate]) -> Option<&Start> {
        let same = self.candidates.iter().map(|c| c.index).eq(candidates.iter().map(|c| c.index));
        same.then_some(&self.start)
    }
}

/// A fitted card.
#[derive(Debug, Clone)]
pub(crate) struct Card {
    pub(crate) columns: Vec<CardColumn>,
    /// Log-odds of bad where every effect is zero.
    pub(crate) intercept: f64,
    pub(crate) removed: Vec<Removed>,
}

/// A column of a fitted card.
#[derive(Debug, Clone)]
pub(crate) struct CardColumn {
    /// Index into the coded columns.
    pub(crate) index: usize,
    pub(crate) binned: Binned,
    /// By code, what the weight is put on: the WoE, refined where that is asked for.
    pub(crate) effect: Vec<f64>,
    /// Weight of the effect in the log-odds of good, over 0.
    pub(crate) coefficient: f64,
    pub(crate) standard_error: f64,
    pub(crate) p_value: f64,
}

/// Rows on which columns are refined, and on which a large fit starts.
const PILOT_ROWS: usize = 36_000;
/// Of either outcome so many at least, where there are so many: effects can be told from a sample that has more bads than
/// all rows have, only the intercept can not.
const PILOT_OF_EACH: usize = 2_000;
/// Rows on which columns are compared: a correlation of 0.99 is known to 0.0002 from so many.
const CORRELATION_ROWS: usize = 12_000;

/// Bins and selects, and fits the weights of the WoE.
///
/// The weights do not depend on `like`, a draft of like rows: it shortens the way to them.
pub(crate) fn draft(data: &FitRows<'_>, config: &TrainConfig, like: Option<&Draft>) -> Result<Draft, CardError> {
    let mut removed = Vec::new();
    let binned: Vec<Option<Binned>> = data
        .coded
        .par_iter()
        .zip(data.counts)
        .map(|(coded, counts)| {
            let folds: Vec<&[Counts]> = data.folds.iter().map(|&f| counts[f].as_slice()).collect();
            let many_rows = data.purpose == Purpose::Fold { many_rows: true };
            bin(coded, &folds, &config.binning_rules(&coded.name), many_rows)
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
    selection::by_value(&mut candidates, &mut removed, data, config.selection.iv_min);
    if let Some(later) = data.later {
        selection::by_stability(&mut candidates, &mut removed, data, later, config.selection.psi_max);
    }
    let some = random::thinned(data.rows.iter(), CORRELATION_ROWS);
    let some = FitRows { rows: RowSet::Some(&some), ..*data };
    selection::by_correlation(&mut candidates, &mut removed, &some, &config.selection);
    if candidates.is_empty() {
        return Err(CardError::AllRemoved { removed });
    }
    let pilot = random::enriched(data.rows.iter(), data.bad, PILOT_ROWS, PILOT_OF_EACH);
    let on_pilot = FitRows { rows: RowSet::Some(&pilot), ..*data };
    let rough = FitOptions { tolerance: 1e-6, ..config.fit_options() };
    let woe: Vec<_> = candidates.iter().map(|c| (c.index, c.binned.woe.as_slice())).collect();
    let start = like.and_then(|l| l.start_for(&candidates));
    let start = rough_weights(&woe, &on_pilot, rough, start).map_err(|e| named(e, &woe, data))?.start(rough.l2);
    let weights = start.beta[..candidates.len()].to_vec();
    Ok(Draft { candidates, weights, removed, pilot, start })
}

/// Refines the effects of a draft of the same rows with a penalty, if one is given, and fits their weights.
pub(crate) fn finish(
    draft: &Draft,
    data: &FitRows<'_>,
    config: &TrainConfig,
    refine_l2: Option<f64>,
) -> Result<Card, CardError> {
    let pilot = FitRows { rows: RowSet::Some(&draft.pilot), ..*data };
    let mut removed = draft.removed.clone();
    let effects = match refine_l2 {
        Some(l2) => refined(draft, &pilot, l2),
        None => draft.candidates.iter().map(|c| c.binned.woe.clone()).collect(),
    };
    let mut columns: Vec<CardColumn> = draft
        .candidates
        .iter()
        .zip(effects)
        .map(|(c, effect)| CardColumn {
            index: c.index,
            binned: c.binned.clone(),
            effect,
            coefficient: 0.0,
            standard_error: 0.0,
            p_value: 1.0,
        })
        .collect();
    let sign = |removed: &mut Vec<Removed>, name: &str| {
        let detail = "beside the other columns its riskier bins would gain points".to_owned();
        removed.push(selection::removed(name, "sign", detail));
    };
    columns.retain(|c| {
        let flat = c.effect.iter().all(|e| *e == c.effect[0]);
        if flat {
            sign(&mut removed, &data.coded[c.index].name);
        }
        !flat
    });
    let options = config.fit_options();
    loop {
        if columns.is_empty() {
            return Err(CardError::AllRemoved { removed });
        }
        let effects: Vec<_> = columns.iter().map(|c| (c.index, c.effect.as_slice())).collect();
        // Refined effects are log-odds already: their weights are near 1.
        let mut start = refine_l2.map(|_| near_one(&effects, data));
        if start.is_none() && columns.len() == draft.candidates.len() {
            start = Some(draft.start.clone());
        }
        // A start from a part of the rows saves whole passes over all of them.
        if data.rows.len() > 2 * pilot.rows.len() {
            let rough = FitOptions { tolerance: 1e-6, ..options };
            start = rough_weights(&effects, &pilot, rough, start.as_ref()).ok().map(|s| s.start(options.l2));
        }
        let needs_errors = data.purpose == Purpose::Model || config.selection.p_value_max < 1.0;
        let intercept = if needs_errors {
            let fitted = fit_weights(&effects, data, options, start.as_ref()).map_err(|e| named(e, &effects, data))?;
            let p_values = fitted.p_values();
            for (j, c) in columns.iter_mut().enumerate() {
                c.coefficient = fitted.coefficients[j];
                c.standard_error = fitted.standard_errors[j];
                c.p_value = p_values[j];
            }
            fitted.intercept
        } else {
            let options = FitOptions { tolerance: options.tolerance.max(1e-6), ..options };
            let beta =
                rough_weights(&effects, data, options, start.as_ref()).map_err(|e| named(e, &effects, data))?.beta;
            columns.iter_mut().zip(&beta).for_each(|(c, &b)| c.coefficient = b);
            beta[beta.len() - 1]
        };
        // Columns at the bound had no part in the fit: the rest stands as it is.
        columns.retain(|c| {
            if c.coefficient <= 0.0 {
                sign(&mut removed, &data.coded[c.index].name);
            }
            c.coefficient > 0.0
        });
        let limit = config.selection.p_value_max;
        let worst = (0..columns.len()).max_by(|&a, &b| columns[a].p_value.total_cmp(&columns[b].p_value));
        match worst.filter(|&j| columns[j].p_value > limit) {
            Some(j) => {
                let c = columns.remove(j);
                let detail = format!("p-value {:.4} is over {limit}", c.p_value);
                removed.push(selection::removed(&data.coded[c.index].name, "p_value_max", detail));
            }
            None if columns.is_empty() => return Err(CardError::AllRemoved { removed }),
            None => return Ok(Card { columns, intercept, removed }),
        }
    }
}

/// Effects by candidate and code.
fn refined(draft: &Draft, data: &FitRows<'_>, l2: f64) -> Vec<Vec<f64>> {
    // Bins of one WoE move as one: it does not say which of them is the riskier.
    let steps: Vec<(Vec<f64>, Vec<usize>)> = draft.candidates.iter().map(|c| steps(&c.binned.woe)).collect();
    let columns: Vec<Effects> = draft
        .candidates
        .par_iter()
        .zip(&steps)
        .zip(&draft.weights)
        .map(|((c, (woe, step_of)), weight)| {
            let codes = data.rows.gather(&data.coded[c.index].codes);
            Effects {
                step: codes.iter().map(|&code| step_of[usize::from(code)] as u8).collect(),
                linear: woe.iter().map(|w| weight * w).collect(),
            }
        })
        .collect();
    let (bad, weight) = data.outcomes();
    let by_step = refine(&columns, Outcomes { bad: &bad, weight: weight.as_deref() }, l2);
    steps.iter().zip(by_step).map(|((_, step_of), effect)| step_of.iter().map(|&s| effect[s]).collect()).collect()
}

/// The distinct values in rising order, and the place of each value among them.
fn steps(woe: &[f64]) -> (Vec<f64>, Vec<usize>) {
    let mut distinct = woe.to_vec();
    distinct.sort_by(f64::total_cmp);
    distinct.dedup();
    let place = |w: &f64| distinct.partition_point(|d| d < w);
    let places = woe.iter().map(place).collect();
    (distinct, places)
}

/// Why a card could not be fitted.
#[derive(Debug, Clone)]
pub(crate) enum CardError {
    AllRemoved { removed: Vec<Removed> },
    Separated { column: String },
    Fit(FitError),
}

impl From<FitError> for CardError {
    fn from(e: FitError) -> Self {
        Self::Fit(e)
    }
}

impl Card {
    /// Highest less lowest log-odds.
    pub(crate) fn span(&self) -> f64 {
        self.columns.iter().map(|c| c.coefficient * spread(&c.effect)).sum()
    }

    /// Log-odds of bad per row.
    pub(crate) fn log_odds(&self, coded: &[Coded], rows: RowSet<'_>, held: bool) -> Vec<f64> {
        let column = |c: &CardColumn| {
            let codes = if held { &coded[c.index].held } else { &coded[c.index].codes };
            LookedUp::new(codes, c.effect.iter().map(|e| -e))
        };
        let columns = self.columns.iter().map(column).collect();
        let weights: Vec<f64> = self.columns.iter().map(|c| c.coefficient).collect();
        CodedDesign { columns, rows }.predict(&weights, self.intercept)
    }
}

/// Weights of 1 and the log-odds of the rows.
fn near_one(columns: &Valued<'_>, data: &FitRows<'_>) -> Start {
    let bad = data.rows.gather(data.bad);
    let bads = bad.iter().filter(|&&b| b).count() as f64;
    let mut beta = vec![1.0; columns.len()];
    beta.push((bads / (bad.len() as f64 - bads)).ln());
    Start { beta, hessian: None }
}

/// Columns, each given as its index and a value by code that rises with safety.
type Valued<'a> = [(usize, &'a [f64])];

fn design<'a>(columns: &Valued<'_>, data: &FitRows<'a>) -> CodedDesign<'a> {
    let columns = columns.iter().map(|(i, v)| LookedUp::new(&data.coded[*i].codes, v.iter().map(|v| -v))).collect();
    CodedDesign { columns, rows: data.rows }
}

/// An error of a fit that knows columns by number, with the name.
fn named(error: FitError, columns: &Valued<'_>, data: &FitRows<'_>) -> CardError {
    match (error, columns) {
        (FitError::Separation { column: None }, &[(index, _)]) => {
            CardError::Separated { column: data.coded[index].name.clone() }
        }
        (FitError::Separation { column: Some(j) }, _) => {
            CardError::Separated { column: data.coded[columns[j].0].name.clone() }
        }
        (other, _) => CardError::Fit(other),
    }
}

/// Weights of columns in the log-odds of good, with standard errors.
fn fit_weights(
    columns: &Valued<'_>,
    data: &FitRows<'_>,
    options: FitOptions,
    start: Option<&Start>,
) -> Result<LogisticFit, FitError> {
    let (bad, weight) = data.outcomes();
    fit(&design(columns, data), &bad, weight.as_deref(), options, start)
}

/// Weights alone.
fn rough_weights(
    columns: &Valued<'_>,
    data: &FitRows<'_>,
    options: FitOptions,
    start: Option<&Start>,
) -> Result<Solution, FitError> {
    let (bad, weight) = data.outcomes();
    minimise(&design(columns, data), &bad, weight.as_deref(), options, start)
}
