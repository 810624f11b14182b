//! Whether a population still looks as it did: PSI of the score, CSI of a characteristic.

use crate::{Error, check};
use serde::{Deserialize, Serialize};

/// Share given to an empty bin when the caller has no reason for another.
pub const SHARE_FLOOR: f64 = 1e-4;

/// PSI of two samples over the same bins.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Psi {
    /// The index, 0 or more; `0` when the shares are equal.
    pub psi: f64,
    /// What it means under the thresholds given.
    pub severity: Severity,
    /// The floor used.
    pub share_floor: f64,
    /// How many bins were empty on either side and took the floor.
    pub floored_bins: u64,
    /// Per bin, in the order of the input.
    pub bins: Vec<PsiBin>,
}

/// One bin of a PSI.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct PsiBin {
    /// Share of the reference sample, in `0..=1`, before the floor.
    pub expected_share: f64,
    /// Share of the current sample, in `0..=1`, before the floor.
    pub actual_share: f64,
    /// The bin's part of the sum, 0 or more.
    pub contribution: f64,
}

/// What a PSI or CSI asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Below the first threshold.
    Stable,
    /// From the first to the second threshold, both included.
    Watch,
    /// Above the second threshold.
    Act,
}

/// Where a PSI stops being stable, and where it asks for action.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct PsiThresholds {
    /// Below it: stable.
    pub watch: f64,
    /// Above it: act.
    pub act: f64,
}

impl PsiThresholds {
    /// The rule of thumb: below 0.10 stable, 0.10 to 0.25 watch, above 0.25 act.
    pub const USUAL: Self = Self { watch: 0.10, act: 0.25 };

    /// The severity of one index.
    ///
    /// # Examples
    /// ```
    /// use validation::{PsiThresholds, Severity};
    /// assert_eq!(PsiThresholds::USUAL.severity(0.10), Severity::Watch);
    /// assert_eq!(PsiThresholds::USUAL.severity(0.25), Severity::Watch);
    /// assert_eq!(PsiThresholds::USUAL.severity(0.26), Severity::Act);
    /// ```
    pub fn severity(&self, psi: f64) -> Severity {
        match psi {
            _ if psi < self.watch => Severity::Stable,
            _ if psi <= self.act => Severity::Watch,
            _ => Severity::Act,
        }
    }
}

/// Population stability index of `actual` against `expected`.
///
/// `PSI = sum((a_i - e_i) * ln(a_i / e_i))` over shares; natural logarithm, no unit, exactly `0` when equal, and the
/// same to the bit in any order of bins. Applied to the bins of a characteristic it is called CSI.
///
/// - `expected`: counts per bin of the reference sample, length `k >= 2`; its bins are the bins of the comparison.
/// - `actual`: counts in the same bins, same length. Missing and special values are bins like others.
/// - `share_floor`: share given to an empty bin, in `(0, 1)`; the other bins keep theirs, so that a reader can redo
///   the sum by hand.
/// - `thresholds`: `0 <= watch <= act`.
///
/// # Errors
/// [`Error::LengthMismatch`] when lengths differ; [`Error::EmptySample`] when either sums to zero;
/// [`Error::NotFinite`] and [`Error::OutOfRange`] for counts below 0, fewer than two bins, a floor outside `(0, 1)` or
/// thresholds out of order.
///
/// # Examples
/// ```
/// use validation::{PsiThresholds, SHARE_FLOOR, Severity, psi};
/// let p = psi(&[8.0, 18.0, 32.0, 27.0, 15.0], &[10.0, 20.0, 30.0, 25.0, 15.0], SHARE_FLOOR, PsiThresholds::USUAL);
/// let p = p.unwrap();
/// assert!((p.psi - 0.009400072585).abs() < 1e-9);
/// assert_eq!(p.severity, Severity::Stable);
/// assert!(psi(&[1.0, 2.0], &[0.0, 0.0], SHARE_FLOOR, PsiThresholds::USUAL).is_err());
/// ```
/// # Source
/// Siddiqi, Intelligent Credit Scoring, 2nd edition (2017), chapter on monitoring.
pub fn psi(expected: &[f64], actual: &[f64], share_floor: f64, thresholds: PsiThresholds) -> Result<Psi, Error> {
    check::same_length("actual bins", expected.len(), actual.len())?;
    check::argument("number of bins", expected.len() as f64, 2.0, f64::MAX)?;
    check::counts("expected counts", expected)?;
    check::counts("actual counts", actual)?;
    check::argument("share floor", share_floor, f64::MIN_POSITIVE, 1.0 - f64::EPSILON)?;
    check::argument("psi threshold to act", thresholds.act, 0.0, f64::MAX)?;
    check::argument("psi threshold to watch", thresholds.watch, 0.0, thresholds.act)?;

    let (expected_total, actual_total) = (ordered_sum(expected), ordered_sum(actual));
    let mut floored_bins = 0;
    let mut bins = Vec::with_capacity(expected.len());
    for (e, a) in expected.iter().zip(actual) {
        let (expected_share, actual_share) = (e / expected_total, a / actual_total);
        floored_bins += u64::from(expected_share == 0.0 || actual_share == 0.0);
        let floored = |share: f64| if share == 0.0 { share_floor } else { share };
        let (e, a) = (floored(expected_share), floored(actual_share));
        bins.push(PsiBin { expected_share, actual_share, contribution: (a - e) * (a / e).ln() });
    }
    let contributions: Vec<f64> = bins.iter().map(|b| b.contribution).collect();
    // `+ 0.0`: no reader should meet a minus zero.
    let psi = ordered_sum(&contributions) + 0.0;
    Ok(Psi { psi, severity: thresholds.severity(psi), share_floor, floored_bins, bins })
}

/// A sum that does not depend on the order of its terms.
fn ordered_sum(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    sorted.iter().sum()
}

/// Edges that cut a reference sample into parts of nearly equal size.
///
/// Bin `j` holds scores above edge `j - 1` and up to edge `j`; the last bin holds those above the last edge. Edges are
/// values of the sample; equal ones are merged, so a sample with few distinct scores gives fewer bins.
///
/// - `reference`: scores, finite, length `n >= 1`. `bins`: at least 2; 10 gives deciles.
///
/// # Errors
/// [`Error::EmptySample`]; [`Error::NotFinite`]; [`Error::OutOfRange`] for `bins` below 2; [`Error::ConstantInput`]
/// when all scores are equal.
///
/// # Examples
/// ```
/// let reference: Vec<f64> = (1..=100).map(f64::from).collect();
/// let edges = validation::quantile_edges(&reference, 10).unwrap();
/// assert_eq!(edges, [10.0, 20.0, 30.0, 40.0, 50.0, 60.0, 70.0, 80.0, 90.0]);
/// assert_eq!(validation::counts_by_edges(&edges, &reference).unwrap(), [10.0; 10]);
/// assert!(validation::quantile_edges(&[5.0, 5.0], 10).is_err());
/// ```
pub fn quantile_edges(reference: &[f64], bins: usize) -> Result<Vec<f64>, Error> {
    check::argument("bins", bins as f64, 2.0, f64::MAX)?;
    check::finite("reference score", reference)?;
    let mut sorted = reference.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let (Some(first), Some(last)) = (sorted.first(), sorted.last()) else {
        return Err(Error::EmptySample { what: "reference score" });
    };
    if first == last {
        return Err(Error::ConstantInput { what: "reference score", value: *first });
    }
    let mut edges: Vec<f64> = (1..bins).map(|k| sorted[(k * sorted.len()).div_ceil(bins) - 1]).collect();
    edges.dedup();
    // An edge at the greatest value would leave the last bin empty for ever.
    edges.retain(|e| e < last);
    if edges.is_empty() {
        edges.push(sorted[sorted.partition_point(|v| v < last) - 1]);
    }
    Ok(edges)
}

/// Number of scores in each bin of [`quantile_edges`]: `edges.len() + 1` counts.
///
/// # Errors
/// [`Error::NotFinite`] for a score that is not a number.
///
/// # Examples
/// ```
/// assert_eq!(validation::counts_by_edges(&[2.0], &[1.0, 2.0, 3.0]).unwrap(), [2.0, 1.0]);
/// assert!(validation::counts_by_edges(&[2.0], &[f64::NAN]).is_err());
/// ```
pub fn counts_by_edges(edges: &[f64], scores: &[f64]) -> Result<Vec<f64>, Error> {
    check::finite("score", scores)?;
    let mut counts = vec![0.0; edges.len() + 1];
    for score in scores {
        counts[edges.partition_point(|e| e < score)] += 1.0;
    }
    Ok(counts)
}

/// PSI of scores, in bins cut from the reference sample alone.
///
/// `bins`, floor and thresholds as in [`quantile_edges`] and [`psi`].
///
/// # Errors
/// As [`quantile_edges`] and [`psi`].
///
/// # Examples
/// ```
/// use validation::{PsiThresholds, SHARE_FLOOR, psi_of_scores};
/// let scores: Vec<f64> = (0..500).map(|i| f64::from(i % 83)).collect();
/// assert_eq!(psi_of_scores(&scores, &scores, 10, SHARE_FLOOR, PsiThresholds::USUAL).unwrap().psi, 0.0);
/// ```
pub fn psi_of_scores(
    reference: &[f64],
    actual: &[f64],
    bins: usize,
    share_floor: f64,
    thresholds: PsiThresholds,
) -> Result<Psi, Error> {
    let edges = quantile_edges(reference, bins)?;
    psi(&counts_by_edges(&edges, reference)?, &counts_by_edges(&edges, actual)?, share_floor, thresholds)
}
