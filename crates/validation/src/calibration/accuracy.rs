//! Scores of accuracy: Brier, log-loss, and the groups of a calibration curve.

use crate::ranking::Ranking;
use crate::{Error, check};
use serde::{Deserialize, Serialize};

/// Distance from 0 and 1 to which a PD is clipped before its logarithm is taken.
pub const PD_CLIP: f64 = 1e-15;

/// Groups of the expected calibration error and of the Brier decomposition in a [`crate::Headline`].
pub const CALIBRATION_BINS: usize = 10;

/// Rows of one group of similar PDs.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct CalibrationBin {
    /// Rows with a weight above zero.
    pub n: u64,
    /// Bads among them.
    pub bads: u64,
    /// Sum of their weights.
    pub weight: f64,
    /// Weighted mean PD.
    pub mean_pd: f64,
    /// Weighted share of bads.
    pub bad_rate: f64,
}

/// Brier score in parts: `brier = reliability - resolution + uncertainty + within_bin`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Brier {
    /// Mean of `(pd - bad)^2`; lower is better.
    pub brier: f64,
    /// Mean squared distance of a bin's mean PD from its bad rate; lower is better.
    pub reliability: f64,
    /// Mean squared distance of a bin's bad rate from the overall one; higher is better.
    pub resolution: f64,
    /// `r (1 - r)` of the overall bad rate `r`: the score of the best constant PD.
    pub uncertainty: f64,
    /// What PDs that differ inside a bin add: variance of the PDs less twice their covariance with the outcome.
    pub within_bin: f64,
    /// Bins used.
    pub bins: usize,
}

/// Checks a sample of PDs and sorts it by PD.
pub(crate) fn ranked_pd(pd: &[f64], bad: &[bool], weight: Option<&[f64]>) -> Result<Ranking, Error> {
    check::same_length("bad", pd.len(), bad.len())?;
    check::in_range("pd", pd, 0.0, 1.0)?;
    Ranking::new("pd", pd, bad, weight)
}

/// Brier score with Murphy's decomposition, extended so that the parts add up.
///
/// `BS = sum w (pd - bad)^2 / sum w = reliability - resolution + uncertainty + within_bin`. The classic three parts
/// add up only when all PDs of a bin are equal; `within_bin` is the rest.
///
/// - `pd`: in `0..=1`, length `n`. `bad`: same length. `weight`: 0 or more, rows of weight 0 take no part.
/// - `bins`: at least 1; rows are sorted by PD and split into that many equal parts (fewer when rows are fewer).
///
/// # Errors
/// [`Error::LengthMismatch`], [`Error::NotFinite`], [`Error::OutOfRange`], [`Error::NegativeWeight`],
/// [`Error::EmptySample`].
///
/// # Examples
/// ```
/// let b = validation::brier(&[0.1, 0.1, 0.6, 0.6], &[false, false, true, false], None, 2).unwrap();
/// assert!((b.brier - 0.135).abs() < 1e-15);
/// assert!((b.reliability - b.resolution + b.uncertainty + b.within_bin - b.brier).abs() < 1e-15);
/// assert!(validation::brier(&[1.2], &[true], None, 2).is_err());
/// ```
/// # Source
/// Murphy, Journal of Applied Meteorology 12 (1973); Stephenson, Coelho and Jolliffe, Weather and Forecasting 23
/// (2008), 752-757.
pub fn brier(pd: &[f64], bad: &[bool], weight: Option<&[f64]>, bins: usize) -> Result<Brier, Error> {
    let ranking = ranked_pd(pd, bad, weight)?;
    check::argument("bins", bins as f64, 1.0, f64::MAX)?;
    let parts = bins_of(&ranking, pd, bad, weight, bins);
    let total: f64 = parts.iter().map(|b| b.weight).sum();
    let rate = parts.iter().map(|b| b.weight * b.bad_rate).sum::<f64>() / total;
    let mean = |f: &dyn Fn(&CalibrationBin) -> f64| parts.iter().map(|b| b.weight * f(b)).sum::<f64>() / total;
    let brier = brier_of(&ranking);
    let reliability = mean(&|b| (b.mean_pd - b.bad_rate).powi(2));
    let resolution = mean(&|b| (b.bad_rate - rate).powi(2));
    let uncertainty = rate * (1.0 - rate);

    let mut within_bin = 0.0;
    for (rows, bin) in ranking.equal_parts(bins).into_iter().zip(&parts) {
        for row in rows {
            let (w, outcome) = (weight.map_or(1.0, |w| w[*row]), f64::from(u8::from(bad[*row])));
            let from_mean = pd[*row] - bin.mean_pd;
            within_bin += w * from_mean * (from_mean - 2.0 * (outcome - bin.bad_rate));
        }
    }
    Ok(Brier { brier, reliability, resolution, uncertainty, within_bin: within_bin / total, bins: parts.len() })
}

pub(crate) fn brier_of(ranking: &Ranking) -> f64 {
    let sum: f64 = ranking.groups.iter().map(|g| g.bads * (1.0 - g.value).powi(2) + g.goods * g.value.powi(2)).sum();
    sum / (ranking.bads + ranking.goods)
}

/// Mean negative log-likelihood of the outcomes.
///
/// `-sum w [bad ln pd + (1 - bad) ln(1 - pd)] / sum w`, natural logarithm, lower is better. PDs are clipped to
/// [`PD_CLIP`] from 0 and 1, so one impossible outcome costs 34.5 and not infinity.
///
/// Arguments as in [`brier`].
///
/// # Errors
/// As [`brier`].
///
/// # Examples
/// ```
/// let l = validation::log_loss(&[0.5, 0.5], &[true, false], None).unwrap();
/// assert!((l - 2f64.ln()).abs() < 1e-15);
/// assert!(validation::log_loss(&[f64::NAN], &[true], None).is_err());
/// ```
pub fn log_loss(pd: &[f64], bad: &[bool], weight: Option<&[f64]>) -> Result<f64, Error> {
    Ok(log_loss_of(&ranked_pd(pd, bad, weight)?))
}

pub(crate) fn log_loss_of(ranking: &Ranking) -> f64 {
    let mut sum = 0.0;
    for g in &ranking.groups {
        let p = clipped(g.value);
        // A class without weight is skipped: the logarithm is the slow part.
        if g.bads > 0.0 {
            sum -= g.bads * p.ln();
        }
        if g.goods > 0.0 {
            sum -= g.goods * (-p).ln_1p();
        }
    }
    sum / (ranking.bads + ranking.goods)
}

pub(crate) fn clipped(pd: f64) -> f64 {
    pd.clamp(PD_CLIP, 1.0 - PD_CLIP)
}

/// Groups of equal size by PD: the points of a calibration curve.
///
/// Rows are sorted by PD, equal PDs staying in order of rows, and split into `bins` parts whose sizes differ by at
/// most one row, longer ones first (as `numpy.array_split` does). Fewer rows than bins give one bin per row.
///
/// Arguments as in [`brier`].
///
/// # Errors
/// As [`brier`].
///
/// # Examples
/// ```
/// let bins = validation::calibration_bins(&[0.3, 0.1, 0.2], &[true, false, false], None, 2).unwrap();
/// assert_eq!((bins[0].n, bins[1].n), (2, 1));
/// assert_eq!(bins[1].bad_rate, 1.0);
/// assert!(validation::calibration_bins(&[], &[], None, 2).is_err());
/// ```
pub fn calibration_bins(
    pd: &[f64],
    bad: &[bool],
    weight: Option<&[f64]>,
    bins: usize,
) -> Result<Vec<CalibrationBin>, Error> {
    check::argument("bins", bins as f64, 1.0, f64::MAX)?;
    Ok(bins_of(&ranked_pd(pd, bad, weight)?, pd, bad, weight, bins))
}

pub(crate) fn bins_of(
    ranking: &Ranking,
    pd: &[f64],
    bad: &[bool],
    weight: Option<&[f64]>,
    bins: usize,
) -> Vec<CalibrationBin> {
    let bin = |rows: &[usize]| {
        let (mut pds, mut bads, mut total, mut bad_rows) = (0.0, 0.0, 0.0, 0);
        for row in rows {
            let w = weight.map_or(1.0, |w| w[*row]);
            total += w;
            pds += w * pd[*row];
            if bad[*row] {
                bads += w;
                bad_rows += 1;
            }
        }
        let n = rows.len() as u64;
        CalibrationBin { n, bads: bad_rows, weight: total, mean_pd: pds / total, bad_rate: bads / total }
    };
    ranking.equal_parts(bins).into_iter().map(bin).collect()
}

/// Expected calibration error.
///
/// `ECE = sum_k w_k |mean_pd_k - bad_rate_k| / sum_k w_k` over the groups of [`calibration_bins`]; in `0..=1`, lower
/// is better.
///
/// Arguments as in [`brier`].
///
/// # Errors
/// As [`brier`].
///
/// # Examples
/// ```
/// let e = validation::expected_calibration_error(&[0.2, 0.2, 0.8, 0.8], &[false, false, true, true], None, 2);
/// assert!((e.unwrap() - 0.2).abs() < 1e-15);
/// ```
pub fn expected_calibration_error(pd: &[f64], bad: &[bool], weight: Option<&[f64]>, bins: usize) -> Result<f64, Error> {
    Ok(ece_of(&calibration_bins(pd, bad, weight, bins)?))
}

pub(crate) fn ece_of(bins: &[CalibrationBin]) -> f64 {
    let total: f64 = bins.iter().map(|b| b.weight).sum();
    bins.iter().map(|b| b.weight * (b.mean_pd - b.bad_rate).abs()).sum::<f64>() / total
}
