//! A PD for an expert card, from outcomes of enterprises it rated.

use crate::assemble::pd_entry;
use chrono::NaiveDate;
use scoring::commercial::CalibrationRecord;
use scoring::{DataFile, Edit, Model, ModelFile, PdTable, Scale, Table};
use thiserror::Error;
use validation::{auc, calibration_line};

/// Fewer rows are refused.
pub const ROWS_MIN: usize = 200;
/// Fewer bads, or goods, are refused.
pub const BADS_MIN: usize = 30;

/// Outcomes of enterprises that were rated.
#[derive(Debug, Clone)]
pub struct Observed<'a> {
    /// Scores.
    pub scores: &'a [i32],
    /// Whether each went bad; as long as `scores`.
    pub bad: &'a [bool],
    /// First and last as-of date.
    pub period: [NaiveDate; 2],
    /// Months over which bad was observed.
    pub horizon_months: u32,
    /// The files they come from.
    pub files: &'a [DataFile],
    /// The column of the outcome and the value that is bad.
    pub target: [&'a str; 2],
    /// Version of the calibrated model.
    pub version: &'a str,
    /// Who calibrates, and when.
    pub who: &'a str,
    /// The day.
    pub on: NaiveDate,
}

/// Why a card is not calibrated.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum CalibrateError {
    /// Too few to say anything.
    #[error(
        "{rows} ratings with an outcome, {bads} of them bad: at least {ROWS_MIN} with {BADS_MIN} bads and {BADS_MIN} goods are needed; wait for more outcomes, or pool more dates"
    )]
    TooFew {
        /// Ratings with an outcome.
        rows: usize,
        /// Bads among them.
        bads: usize,
    },
    /// The score does not tell goods from bads, or the wrong way round.
    #[error(
        "one point of score changes the log-odds of good by {slope:.5} [{lo:.5}, {hi:.5}]: the interval must lie above 0; the card does not rank these enterprises"
    )]
    NoSlope {
        /// The slope.
        slope: f64,
        /// Lower end of its 95 % interval.
        lo: f64,
        /// Upper end.
        hi: f64,
    },
    /// The regression or a figure could not be computed.
    #[error(transparent)]
    Figures(#[from] validation::Error),
    /// The model is no expert card.
    #[error("the model has no commercial section: a scorecard has its PD from training")]
    NoCard,
    /// The calibrated file does not hold together.
    #[error(transparent)]
    Model(#[from] scoring::Error),
}

/// One unit of the scale on which the regression runs; it falls out of the result.
const SCALE: Scale = Scale { points: 0.0, odds: 1.0, pdo: 69.314_718_055_994_53 };

/// Fits `logit PD = a - b * score` and gives the card a PD at each of its scores.
///
/// The file states how many outcomes of which period it rests on, and the 95 % interval of the slope.
///
/// # Errors
/// [`CalibrateError`].
pub fn calibrate(model: &Model, observed: &Observed<'_>) -> Result<ModelFile, CalibrateError> {
    let mut file = model.file().clone();
    let commercial = file.commercial.as_mut().ok_or(CalibrateError::NoCard)?;
    let rows = observed.scores.len();
    let bads = observed.bad.iter().filter(|b| **b).count();
    if rows < ROWS_MIN || bads < BADS_MIN || rows - bads < BADS_MIN {
        return Err(CalibrateError::TooFew { rows, bads });
    }
    // The middle of the scores keeps the odds within what a double holds.
    let middle = f64::from(observed.scores.iter().copied().min().unwrap_or(0)) / 2.0
        + f64::from(observed.scores.iter().copied().max().unwrap_or(0)) / 2.0;
    let pd: Vec<f64> = observed.scores.iter().map(|&s| SCALE.pd(f64::from(s) - middle)).collect();
    let line = calibration_line(&pd, observed.bad, None)?;
    // logit(pd) of SCALE is -(score - middle) / 100.
    let per_point = line.slope.value / 100.0;
    let interval = [line.slope.lo / 100.0, line.slope.hi / 100.0];
    if interval[0] <= 0.0 {
        return Err(CalibrateError::NoSlope { slope: per_point, lo: interval[0], hi: interval[1] });
    }
    let scores: Vec<f64> = observed.scores.iter().map(|&s| f64::from(s)).collect();
    let ranked = auc(&scores, observed.bad, None)?;
    commercial.calibration = Some(CalibrationRecord {
        count: rows as u64,
        bads: bads as u64,
        period: observed.period,
        horizon_months: observed.horizon_months,
        log_odds_per_point: per_point,
        interval,
        auc: ranked.auc,
        auc_interval: [ranked.lo, ranked.hi],
    });
    let (lowest, highest) = model.score_range();
    let scale = Scale { points: middle, odds: (-line.intercept.value).exp(), pdo: std::f64::consts::LN_2 / per_point };
    let by_score = (lowest..=highest).map(|score| pd_entry(scale, score)).collect();
    file.pd = Some(PdTable { lowest_score: lowest, by_score });
    file.scale = scale;
    observed.version.clone_into(&mut file.model_version);
    file.card.horizon_months = Some(observed.horizon_months);
    file.card.window = format!("{} to {}", observed.period[0], observed.period[1]);
    file.card.bad_definition = format!("{} = {}", observed.target[0], observed.target[1]);
    file.card.limits.retain(|l| !l.contains("model calibrate"));
    // A calibrated model is another one: who reviewed the card has not seen its PD.
    file.card.reviewer = None;
    file.edits.push(Edit {
        who: observed.who.to_owned(),
        on: observed.on,
        why: "outcomes of rated enterprises are there".into(),
        what: format!("PD fitted on {rows} outcomes, {bads} of them bad"),
        of: None,
        before: None,
        after: None,
    });
    file.origin.rows = rows as u64;
    file.origin.bads = bads as u64;
    file.origin.period = Some(observed.period.map(|d| d.to_string()));
    file.origin.data = observed.files.to_vec();
    observed.target[0].clone_into(&mut file.origin.target);
    observed.target[1].clone_into(&mut file.origin.bad_value);
    Model::from_file(file.clone())?;
    debug_assert!(file.tables.iter().all(|t| matches!(t, Table::OneWay { .. })));
    Ok(file)
}

/// The 0th to 100th percentile of scores, for [`scoring::commercial::Reference`]; the scores need not be in order.
///
/// The `p`th is the smallest score that at least `p` percent of the scores do not exceed.
pub fn percentiles(scores: &[i32]) -> Option<Vec<i32>> {
    let mut sorted = scores.to_vec();
    sorted.sort_unstable();
    let last = sorted.len().checked_sub(1)?;
    Some((0..=100).map(|p| sorted[(p * sorted.len()).div_ceil(100).saturating_sub(1).min(last)]).collect())
}

#[cfg(test)]
mod tests;
