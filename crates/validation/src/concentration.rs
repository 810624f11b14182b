//! Whether too many enterprises, or too much money, sit in few grades.

use crate::distribution::normal_sf;
use crate::text::{Hypothesis, Reason};
use crate::{Error, Outcome, TestResult, check};
use serde::{Deserialize, Serialize};

/// Concentration over grades.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Concentration {
    /// Number of grades `K`, empty ones included.
    pub grades: usize,
    /// Coefficient of variation of the shares, 0 or more.
    pub cv: f64,
    /// Herfindahl index, scaled: 0 when all shares are equal, 1 when one grade holds everything.
    pub hi: f64,
}

/// Concentration of a distribution over grades.
///
/// With shares `R_i` of `K` grades: `CV = sqrt(K sum (R_i - 1/K)^2)`, `HI = 1 + ln((CV^2 + 1) / K) / ln K`.
///
/// - `amounts`: per grade the number of enterprises, or the sum of exposures; 0 or more, an empty grade counts in `K`.
///
/// Not applicable to one grade.
///
/// # Errors
/// [`Error::EmptySample`] when all are zero; [`Error::NotFinite`] and [`Error::OutOfRange`] for an amount below 0.
///
/// # Examples
/// ```
/// let c = validation::concentration(&[50.0, 120.0, 200.0, 300.0, 180.0, 100.0, 50.0]).unwrap();
/// let c = c.value().unwrap();
/// assert!((c.cv - 0.585320425066).abs() < 1e-9 && (c.hi - 0.151398579562).abs() < 1e-9);
/// assert!(validation::concentration(&[0.0, 0.0]).is_err());
/// ```
/// # Source
/// ECB, Instructions for reporting the validation results of internal models (2019), 2.5.5.3.
pub fn concentration(amounts: &[f64]) -> Result<Outcome<Concentration>, Error> {
    check::counts("amounts by grade", amounts)?;
    if amounts.len() < 2 {
        return Ok(Reason::OneGrade.into());
    }
    let (k, total) = (amounts.len() as f64, amounts.iter().sum::<f64>());
    let cv_squared = k * amounts.iter().map(|a| (a / total - 1.0 / k).powi(2)).sum::<f64>();
    // Rounding must not leave 0..=1 by one unit in the last place.
    let hi = (1.0 + ((cv_squared + 1.0) / k).ln() / k.ln()).clamp(0.0, 1.0);
    Ok(Outcome::Value(Concentration { grades: amounts.len(), cv: cv_squared.sqrt(), hi }))
}

/// Tests whether concentration rose since the initial validation.
///
/// `z = sqrt(K - 1) (CV - CV_initial) / sqrt(CV^2 (0.5 + CV^2))`, `p = 1 - Phi(z)`. H0: the current concentration is at
/// most the initial one; one-sided, rejected when `p < alpha`. Not applicable when the current CV is 0.
///
/// - `cv_initial`: 0 or more. `alpha`: in `0..=1`.
///
/// # Errors
/// [`Error::NotFinite`] and [`Error::OutOfRange`] for the two numbers.
///
/// # Examples
/// ```
/// let c = validation::concentration(&[50.0, 120.0, 200.0, 300.0, 180.0, 100.0, 50.0]).unwrap();
/// let t = validation::concentration_test(c.value().unwrap(), 0.5, 0.05).unwrap();
/// assert!((t.value().unwrap().p_value - 0.348646478765).abs() < 1e-9);
/// ```
/// # Source
/// ECB, Instructions for reporting the validation results of internal models (2019), 2.5.5.3.
pub fn concentration_test(current: &Concentration, cv_initial: f64, alpha: f64) -> Result<Outcome<TestResult>, Error> {
    check::argument("initial coefficient of variation", cv_initial, 0.0, f64::MAX)?;
    check::argument("alpha", alpha, 0.0, 1.0)?;
    let variance = current.cv.powi(2) * (0.5 + current.cv.powi(2));
    if variance <= 0.0 {
        return Ok(Reason::ZeroVariance.into());
    }
    let z = (current.grades as f64 - 1.0).sqrt() * (current.cv - cv_initial) / variance.sqrt();
    Ok(Outcome::Value(TestResult::new(Hypothesis::ConcentrationNotHigher, z, normal_sf(z), alpha)))
}
