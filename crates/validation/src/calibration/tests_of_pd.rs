//! Tests of PDs: by groups, by rows, and of one PD for a grade or the portfolio.

use super::accuracy::{CalibrationBin, calibration_bins};
use crate::distribution::{beta_cdf, beta_quantile, chi_square_sf, normal_two_sided};
use crate::text::{Hypothesis, Reason};
use crate::{Error, Outcome, TestResult, check};
use serde::{Deserialize, Serialize};

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

/// Hosmer–Lemeshow test of PDs in groups of equal size.
///
/// `H = sum_k (O_k - E_k)^2 / (N_k p_k (1 - p_k))` with `E_k` the sum of PDs and `p_k` their mean; chi-square with
/// `groups` degrees of freedom, or `groups - 2` on the development sample. Rows count once each: the test knows no
/// weights. H0: each group's bad rate is as predicted; rejected when `p < alpha`. In samples of many thousand rows it
/// rejects differences of no importance: read it beside the calibration curve.
///
/// - `groups`: at least 3; groups are those of [`crate::calibration_bins`], fewer when rows are fewer.
///
/// Not applicable when a group expects no bads or only bads although it observed others.
///
/// # Errors
/// As [`crate::brier`]; [`Error::OutOfRange`] for `groups` below 3 or for `alpha`.
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
/// As [`crate::brier`]; [`Error::OutOfRange`] for `alpha`.
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

/// Two-sided Jeffreys interval of a bad rate: quantiles of `Beta(bads + 1/2, n - bads + 1/2)` at `(1 - level) / 2` from either
/// end; its lower end is 0 without any bad, its upper end 1 where all are.
///
/// - `n`: rows, above zero; `bads`: in `0..=n`; `level`: such as 0.95, in `0..=1`.
///
/// Not applicable for an empty grade (`n = 0`).
///
/// # Errors
/// [`Error::NotFinite`] and [`Error::OutOfRange`] for any argument outside its range.
///
/// # Examples
/// ```
/// // By Simpson's rule over the density and halving, elsewhere.
/// let (low, high) = validation::jeffreys_interval(100.0, 3.0, 0.95)?.value().copied().unwrap();
/// assert!((low - 0.008520283).abs() < 1e-8 && (high - 0.077887569).abs() < 1e-8);
/// assert_eq!(validation::jeffreys_interval(20.0, 0.0, 0.95)?.value().unwrap().0, 0.0);
/// # Ok::<(), validation::Error>(())
/// ```
/// # Source
/// Brown, Cai and DasGupta, Statistical Science 16 (2001), 101-133, section 4.1.1.
pub fn jeffreys_interval(n: f64, bads: f64, level: f64) -> Result<Outcome<(f64, f64)>, Error> {
    check_defaults(n, bads, 0.0, level)?;
    if n == 0.0 {
        return Ok(Reason::NoRows.into());
    }
    let tail = (1.0 - level) / 2.0;
    let (a, b) = (bads + 0.5, n - bads + 0.5);
    let low = if bads == 0.0 { 0.0 } else { beta_quantile(a, b, tail) };
    let high = if bads == n { 1.0 } else { beta_quantile(a, b, 1.0 - tail) };
    Ok(Outcome::Value((low, high)))
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
