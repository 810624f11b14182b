//! How true the PDs are: scores of accuracy, the calibration line, and tests.
//!
//! Every PD is a number in `0..=1`. Where a logarithm is taken, a PD nearer than [`PD_CLIP`] to 0 or 1 counts as
//! that far away.

use crate::distribution::{beta_cdf, chi_square_sf, normal_two_sided};
use crate::error::ratio;
use crate::ranking::Ranking;
use crate::text::{Hypothesis, Reason};
use crate::{Error, Estimate, Outcome, TestResult, check};
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

/// Logistic regression of the outcome on the logit of the PD.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct CalibrationLine {
    /// 1 when the PDs spread as the outcomes do; below 1 they are too extreme.
    pub slope: Estimate,
    /// 0 when, at that slope, the level is right; on the logit scale.
    pub intercept: Estimate,
    /// Newton steps done.
    pub iterations: usize,
}

/// Whether the PDs have the right level on average.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct CalibrationInTheLarge {
    /// Weighted share of bads.
    pub observed: f64,
    /// Weighted mean PD.
    pub expected: f64,
    /// `observed - expected`.
    pub difference: f64,
    /// `observed / expected`.
    pub ratio: Outcome<f64>,
    /// Intercept of the logistic regression with the slope held at 1; above 0 the PDs are too low.
    pub intercept: Outcome<Estimate>,
}

/// Hosmer–Lemeshow test.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct HosmerLemeshow {
    /// Groups used.
    pub groups: usize,
    /// Degrees of freedom.
    pub df: u64,
    /// The test; its statistic is chi-square with `df` under H0.
    pub test: TestResult,
}

/// Which sample a Hosmer–Lemeshow test is about, which sets the degrees of freedom.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SampleKind {
    /// The sample on which the PDs were fitted: `groups - 2`.
    Development,
    /// Any other sample: `groups`.
    Validation,
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

fn clipped(pd: f64) -> f64 {
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

/// Calibration slope and intercept.
///
/// Maximum likelihood of `logit P(bad) = intercept + slope * logit(pd)` by Newton's method with step halving, started
/// at `(0, 1)`. Without weights the standard errors come from the inverse information; with weights (which are
/// scaled to mean 1) from the sandwich estimate, because weights are no counts of independent rows.
///
/// Arguments as in [`brier`].
///
/// # Errors
/// As [`brier`]; [`Error::OneClass`]; [`Error::ConstantInput`] when all PDs are equal; [`Error::Separated`] when no
/// PD of a bad lies below one of a good, or the other way round; [`Error::NotConverged`].
///
/// # Examples
/// ```
/// use validation::{Error, calibration_line};
/// let pd = [0.2, 0.2, 0.2, 0.2, 0.2, 0.5, 0.5];
/// let line = calibration_line(&pd, &[true, false, false, false, false, true, false], None).unwrap();
/// assert!((line.slope.value - 1.0).abs() < 1e-9 && line.intercept.value.abs() < 1e-9);
/// assert_eq!(calibration_line(&[0.1, 0.9], &[false, true], None), Err(Error::Separated));
/// ```
/// # Source
/// Cox, Biometrika 45 (1958), 562-565.
pub fn calibration_line(pd: &[f64], bad: &[bool], weight: Option<&[f64]>) -> Result<CalibrationLine, Error> {
    line_of(&ranked_pd(pd, bad, weight)?, weight.is_some())
}

/// One group of equal PDs, ready for Newton's method.
struct LogitGroup {
    x: f64,
    bads: f64,
    all: f64,
    bads_squared: f64,
    goods_squared: f64,
}

fn logit_groups(ranking: &Ranking) -> Vec<LogitGroup> {
    let scale = ranking.rows() as f64 / (ranking.bads + ranking.goods);
    let group = |g: &crate::ranking::TieGroup| {
        let p = clipped(g.value);
        LogitGroup {
            x: p.ln() - (-p).ln_1p(),
            bads: g.bads * scale,
            all: (g.bads + g.goods) * scale,
            bads_squared: g.bads_squared * scale * scale,
            goods_squared: g.goods_squared * scale * scale,
        }
    };
    ranking.groups.iter().map(group).collect()
}

/// Sums over a sample at one `(intercept, slope)`: log-likelihood, gradient, information.
#[derive(Default)]
struct Sums {
    log_likelihood: f64,
    gradient: [f64; 2],
    information: [f64; 3],
}

fn sums(groups: &[LogitGroup], intercept: f64, slope: f64) -> Sums {
    let mut s = Sums::default();
    for g in groups {
        let eta = intercept + slope * g.x;
        let e = (-eta.abs()).exp();
        let (small, large) = (e / (1.0 + e), 1.0 / (1.0 + e));
        let p = if eta < 0.0 { small } else { large };
        s.log_likelihood += g.bads * eta - g.all * (eta.max(0.0) + e.ln_1p());
        let residual = g.bads - g.all * p;
        s.gradient[0] += residual;
        s.gradient[1] += residual * g.x;
        let v = g.all * small * large;
        s.information[0] += v;
        s.information[1] += v * g.x;
        s.information[2] += v * g.x * g.x;
    }
    s
}

const ITERATIONS_MAX: usize = 60;

pub(crate) fn line_of(ranking: &Ranking, weighted: bool) -> Result<CalibrationLine, Error> {
    ranking.needs_both_classes("pd")?;
    if is_separated(ranking) {
        return Err(Error::Separated);
    }
    let mut groups = logit_groups(ranking);
    // Clipping may have made one value of two.
    if groups[0].x == groups[groups.len() - 1].x {
        return Err(Error::ConstantInput { what: "pd", value: ranking.groups[0].value });
    }
    // Newton runs on centred logits: the information matrix of PDs that hardly differ is near singular otherwise.
    let total: f64 = groups.iter().map(|g| g.all).sum();
    let centre = groups.iter().map(|g| g.all * g.x).sum::<f64>() / total;
    for g in &mut groups {
        g.x -= centre;
    }

    let not_converged = |iterations| Error::NotConverged { what: "calibration slope", iterations };
    let (mut a, mut b) = (centre, 1.0);
    let mut now = sums(&groups, a, b);
    for iteration in 1..=ITERATIONS_MAX {
        let [i0, i1, i2] = now.information;
        let determinant = i0 * i2 - i1 * i1;
        let step = [
            (i2 * now.gradient[0] - i1 * now.gradient[1]) / determinant,
            (i0 * now.gradient[1] - i1 * now.gradient[0]) / determinant,
        ];
        if !(step[0].is_finite() && step[1].is_finite()) {
            return Err(not_converged(iteration));
        }
        let size = (step[0].abs() / (1.0 + a.abs())).max(step[1].abs() / (1.0 + b.abs()));
        let mut part = 1.0;
        let mut next = sums(&groups, a + step[0], b + step[1]);
        // Near the optimum the likelihood is flat to rounding, so a small step is never halved.
        while size > 1e-6 && (next.log_likelihood.is_nan() || next.log_likelihood < now.log_likelihood) && part > 1e-9 {
            part *= 0.5;
            next = sums(&groups, a + part * step[0], b + part * step[1]);
        }
        a += part * step[0];
        b += part * step[1];
        now = next;
        if size < 1e-10 {
            let [var_a, cov, var_b] = covariance(&groups, a, b, now.information, weighted);
            // Back to logits that are not centred: intercept = a - slope * centre.
            let intercept_variance = var_a - 2.0 * centre * cov + centre * centre * var_b;
            return Ok(CalibrationLine {
                slope: Estimate::normal(b, var_b.max(0.0).sqrt()),
                intercept: Estimate::normal(a - b * centre, intercept_variance.max(0.0).sqrt()),
                iterations: iteration,
            });
        }
    }
    Err(not_converged(ITERATIONS_MAX))
}

/// Variance of the centred intercept, covariance, variance of the slope.
fn covariance(groups: &[LogitGroup], a: f64, b: f64, information: [f64; 3], weighted: bool) -> [f64; 3] {
    let [i0, i1, i2] = information;
    let determinant = i0 * i2 - i1 * i1;
    let inverse = [i2 / determinant, -i1 / determinant, i0 / determinant];
    if !weighted {
        return inverse;
    }
    let mut meat = [0.0; 3];
    for g in groups {
        let p = 1.0 / (1.0 + (-(a + b * g.x)).exp());
        let squares = g.bads_squared * (1.0 - p).powi(2) + g.goods_squared * p * p;
        meat[0] += squares;
        meat[1] += squares * g.x;
        meat[2] += squares * g.x * g.x;
    }
    let [u, v, w] = inverse;
    let [m0, m1, m2] = meat;
    // inverse * meat * inverse, all symmetric.
    let (r00, r01, r10, r11) = (u * m0 + v * m1, u * m1 + v * m2, v * m0 + w * m1, v * m1 + w * m2);
    [r00 * u + r01 * v, r00 * v + r01 * w, r10 * v + r11 * w]
}

fn is_separated(ranking: &Ranking) -> bool {
    let range = |pick: fn(&crate::ranking::TieGroup) -> f64| {
        let mut values = ranking.groups.iter().filter(|g| pick(g) > 0.0).map(|g| g.value);
        let first = values.next().unwrap_or(f64::NAN);
        (first, values.last().unwrap_or(first))
    };
    let (bad_least, bad_greatest) = range(|g| g.bads);
    let (good_least, good_greatest) = range(|g| g.goods);
    good_greatest <= bad_least || bad_greatest <= good_least
}

/// Observed bad rate against the mean PD.
///
/// `difference = observed - expected`; the intercept is the maximum likelihood of `logit P(bad) = a + logit(pd)`,
/// not applicable when there are no bads or no goods. Weights as in [`calibration_line`].
///
/// Arguments as in [`brier`].
///
/// # Errors
/// As [`brier`].
///
/// # Examples
/// ```
/// let c = validation::calibration_in_the_large(&[0.1, 0.3], &[false, true], None).unwrap();
/// assert!((c.difference - 0.3).abs() < 1e-15 && c.intercept.value().unwrap().value > 0.0);
/// ```
pub fn calibration_in_the_large(
    pd: &[f64],
    bad: &[bool],
    weight: Option<&[f64]>,
) -> Result<CalibrationInTheLarge, Error> {
    Ok(in_the_large_of(&ranked_pd(pd, bad, weight)?, weight.is_some()))
}

pub(crate) fn in_the_large_of(ranking: &Ranking, weighted: bool) -> CalibrationInTheLarge {
    let total = ranking.bads + ranking.goods;
    let observed = ranking.bads / total;
    let expected = ranking.groups.iter().map(|g| (g.bads + g.goods) * g.value).sum::<f64>() / total;
    CalibrationInTheLarge {
        observed,
        expected,
        difference: observed - expected,
        ratio: ratio(observed, expected),
        intercept: offset_intercept(ranking, weighted),
    }
}

fn offset_intercept(ranking: &Ranking, weighted: bool) -> Outcome<Estimate> {
    if ranking.bad_rows == 0 || ranking.good_rows == 0 {
        return Reason::OneClass.into();
    }
    let groups = logit_groups(ranking);
    // The gradient falls as the intercept grows, so the root can be bracketed: bisection can not fail.
    let gradient = |a: f64| sums(&groups, a, 1.0).gradient[0];
    let (mut lo, mut hi) = (-1.0, 1.0);
    while gradient(lo) < 0.0 && lo > -200.0 {
        lo *= 2.0;
    }
    while gradient(hi) > 0.0 && hi < 200.0 {
        hi *= 2.0;
    }
    let mut a = 0.0;
    for _ in 0..100 {
        let s = sums(&groups, a, 1.0);
        if s.gradient[0] > 0.0 {
            lo = a
        } else {
            hi = a
        }
        let newton = a + s.gradient[0] / s.information[0];
        let next = if lo < newton && newton < hi { newton } else { 0.5 * (lo + hi) };
        let moved = (next - a).abs();
        a = next;
        if moved < 1e-13 * (1.0 + a.abs()) {
            break;
        }
    }
    let s = sums(&groups, a, 1.0);
    let mut variance = 1.0 / s.information[0];
    if weighted {
        let square = |g: &LogitGroup| {
            let p = 1.0 / (1.0 + (-(a + g.x)).exp());
            g.bads_squared * (1.0 - p).powi(2) + g.goods_squared * p * p
        };
        variance *= variance * groups.iter().map(square).sum::<f64>();
    }
    if variance.is_finite() {
        Outcome::Value(Estimate::normal(a, variance.sqrt()))
    } else {
        Reason::NotConverged.into()
    }
}

/// Hosmer–Lemeshow test of PDs in groups of equal size.
///
/// `H = sum_k (O_k - E_k)^2 / (N_k p_k (1 - p_k))` with `E_k` the sum of PDs and `p_k` their mean; chi-square with
/// `groups` degrees of freedom, or `groups - 2` on the development sample. Rows count once each: the test knows no
/// weights. H0: each group's bad rate is as predicted; rejected when `p < alpha`. In samples of many thousand rows it
/// rejects differences of no importance: read it beside the calibration curve.
///
/// - `groups`: at least 3; groups are those of [`calibration_bins`], fewer when rows are fewer.
///
/// Not applicable when a group expects no bads or only bads although it observed others.
///
/// # Errors
/// As [`brier`]; [`Error::OutOfRange`] for `groups` below 3 or for `alpha`.
///
/// # Examples
/// ```
/// use validation::SampleKind;
/// let pd: Vec<f64> = (1..=60).map(|i| f64::from(i) / 100.0).collect();
/// let bad: Vec<bool> = (1..=60).map(|i| i % 3 == 0).collect();
/// let h = validation::hosmer_lemeshow(&pd, &bad, 10, SampleKind::Validation, 0.05).unwrap();
/// assert_eq!(h.value().unwrap().df, 10);
/// ```
/// # Source
/// Hosmer and Lemeshow, Applied Logistic Regression, 2nd edition (2000), 5.2.2.
pub fn hosmer_lemeshow(
    pd: &[f64],
    bad: &[bool],
    groups: usize,
    kind: SampleKind,
    alpha: f64,
) -> Result<Outcome<HosmerLemeshow>, Error> {
    check::argument("groups", groups as f64, 3.0, f64::MAX)?;
    check::argument("alpha", alpha, 0.0, 1.0)?;
    let bins = calibration_bins(pd, bad, None, groups)?;
    Ok(hosmer_lemeshow_of(&bins, kind, alpha))
}

pub(crate) fn hosmer_lemeshow_of(bins: &[CalibrationBin], kind: SampleKind, alpha: f64) -> Outcome<HosmerLemeshow> {
    let used = match kind {
        SampleKind::Development => 2,
        SampleKind::Validation => 0,
    };
    if bins.len() < 3 {
        return Reason::TooFewBins.into();
    }
    let mut statistic = 0.0;
    for b in bins {
        let off = b.bads as f64 - b.n as f64 * b.mean_pd;
        if off != 0.0 {
            statistic += off * off / (b.n as f64 * b.mean_pd * (1.0 - b.mean_pd));
        }
    }
    if !statistic.is_finite() {
        return Reason::ZeroVariance.into();
    }
    let df = bins.len() as u64 - used;
    let p = chi_square_sf(statistic, df as f64);
    let test = TestResult::new(Hypothesis::GroupRatesAsPredicted, statistic, p, alpha);
    Outcome::Value(HosmerLemeshow { groups: bins.len(), df, test })
}

/// Spiegelhalter's z test of calibration.
///
/// `z = sum (bad - pd)(1 - 2 pd) / sqrt(sum (1 - 2 pd)^2 pd (1 - pd))`, standard normal under H0, two-sided. Rows count
/// once each. H0: every PD is right. Not applicable when the variance is zero (all PDs are 0, 1/2 or 1).
///
/// # Errors
/// As [`brier`]; [`Error::OutOfRange`] for `alpha`.
///
/// # Examples
/// ```
/// let t = validation::spiegelhalter(&[0.1, 0.2, 0.7], &[false, false, true], 0.05).unwrap();
/// assert!(!t.value().unwrap().is_rejected());
/// ```
/// # Source
/// Spiegelhalter, Statistics in Medicine 5 (1986), 421-433.
pub fn spiegelhalter(pd: &[f64], bad: &[bool], alpha: f64) -> Result<Outcome<TestResult>, Error> {
    check::argument("alpha", alpha, 0.0, 1.0)?;
    check::same_length("bad", pd.len(), bad.len())?;
    check::in_range("pd", pd, 0.0, 1.0)?;
    if pd.is_empty() {
        return Err(Error::EmptySample { what: "pd" });
    }
    let (mut sum, mut variance) = (0.0, 0.0);
    for (p, bad) in pd.iter().zip(bad) {
        let lever = 1.0 - 2.0 * p;
        sum += (f64::from(u8::from(*bad)) - p) * lever;
        variance += lever * lever * p * (1.0 - p);
    }
    if variance <= 0.0 {
        return Ok(Reason::ZeroVariance.into());
    }
    let z = sum / variance.sqrt();
    Ok(Outcome::Value(TestResult::new(Hypothesis::Calibrated, z, normal_two_sided(z), alpha)))
}

fn check_defaults(n: f64, bads: f64, pd: f64, alpha: f64) -> Result<(), Error> {
    check::argument("n", n, 0.0, f64::MAX)?;
    check::argument("bads", bads, 0.0, n)?;
    check::argument("pd", pd, 0.0, 1.0)?;
    check::argument("alpha", alpha, 0.0, 1.0)
}

/// Jeffreys test of one PD, for a grade or for the portfolio.
///
/// `p = I_pd(bads + 1/2, n - bads + 1/2)`, the Beta distribution function at the PD; works without any bad. The
/// statistic is the observed bad rate. H0: the estimated PD is at least the true one; one-sided, rejected when
/// `p < alpha`.
///
/// - `n`: rows, or their weights' sum; `bads`: in `0..=n`. A row whose outcome is missing must be in neither, nor in
///   the mean PD. `pd`: in `0..=1`.
///
/// Not applicable for an empty grade (`n = 0`).
///
/// # Errors
/// [`Error::NotFinite`] and [`Error::OutOfRange`] for any argument outside its range.
///
/// # Examples
/// ```
/// let t = validation::jeffreys(100.0, 3.0, 0.02, 0.05).unwrap();
/// assert!((t.value().unwrap().p_value - 0.219043652108).abs() < 1e-9);
/// assert!(validation::jeffreys(10.0, 11.0, 0.02, 0.05).is_err());
/// ```
/// # Source
/// ECB, Instructions for reporting the validation results of internal models (2019), 2.5.2.
pub fn jeffreys(n: f64, bads: f64, pd: f64, alpha: f64) -> Result<Outcome<TestResult>, Error> {
    check_defaults(n, bads, pd, alpha)?;
    if n == 0.0 {
        return Ok(Reason::NoRows.into());
    }
    let p = beta_cdf(bads + 0.5, n - bads + 0.5, pd);
    Ok(Outcome::Value(TestResult::new(Hypothesis::PdNotTooLowJeffreys, bads / n, p, alpha)))
}

/// Binomial test of one PD.
///
/// `p = P(X >= bads)` for `X ~ Binomial(n, pd)`, which supposes independent defaults. The statistic is the observed
/// bad rate. H0: the estimated PD is at least the true one; one-sided, rejected when `p < alpha`.
///
/// Arguments as in [`jeffreys`]. Not applicable for an empty grade.
///
/// # Errors
/// As [`jeffreys`].
///
/// # Examples
/// ```
/// let t = validation::binomial_test(2.0, 1.0, 0.1, 0.05).unwrap();
/// assert!((t.value().unwrap().p_value - 0.19).abs() < 1e-12);
/// ```
/// # Source
/// Basel Committee, Studies on the Validation of Internal Rating Systems, Working Paper 14 (2005).
pub fn binomial_test(n: f64, bads: f64, pd: f64, alpha: f64) -> Result<Outcome<TestResult>, Error> {
    check_defaults(n, bads, pd, alpha)?;
    if n == 0.0 {
        return Ok(Reason::NoRows.into());
    }
    let p = if bads == 0.0 { 1.0 } else { beta_cdf(bads, n - bads + 1.0, pd) };
    Ok(Outcome::Value(TestResult::new(Hypothesis::PdNotTooLowBinomial, bads / n, p, alpha)))
}
