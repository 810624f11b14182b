//! Whether one PD loses less than another on the same rows.

use crate::calibration::clipped;
use crate::distribution::{Z_95, normal_two_sided};
use crate::text::{Hypothesis, Reason};
use crate::{Error, Outcome, TestResult, check};
use serde::{Deserialize, Serialize};

/// What a PD loses on a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Loss {
    /// `-ln` of the probability that was given to what happened, as in [`crate::log_loss`].
    LogLoss,
    /// The square of the distance to what happened, as in [`crate::brier`].
    Brier,
}

/// Two losses of the same rows.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct LossComparison {
    /// Mean loss of the first less that of the second; below 0 where the first is better.
    pub difference: f64,
    /// Lower end of its 95% interval.
    pub lo: Outcome<f64>,
    /// Upper end of its 95% interval.
    pub hi: Outcome<f64>,
    /// The test; its statistic is a standard normal under H0.
    pub test: Outcome<TestResult>,
}

/// Paired test of the mean losses of two PDs of the same rows.
///
/// With `d_i` the loss of the first on row `i` less that of the second, `z = mean(d) / (sd(d) / sqrt(n))`, `sd` with
/// `n - 1`. H0: both lose the same on average; two-sided, rejected when `p < alpha`. Not applicable when no difference
/// varies: one row, or equal PDs. The interval is that of the normal law: of few rows it is too narrow.
///
/// - `pd_a`, `pd_b`: in `0..=1`, length `n`. `bad`: outcome per row, same length. `alpha`: in `0..=1`.
///
/// # Errors
/// [`Error::LengthMismatch`], [`Error::NotFinite`], [`Error::OutOfRange`]; [`Error::EmptySample`] without rows.
///
/// # Examples
/// ```
/// use validation::{Loss, paired_loss_test};
/// let bad = [true, false, false, true];
/// let c = paired_loss_test(&[0.7, 0.2, 0.1, 0.8], &[0.5, 0.5, 0.5, 0.5], &bad, Loss::Brier, 0.05).unwrap();
/// assert!((c.difference - (0.045 - 0.25)).abs() < 1e-12);
/// assert!(paired_loss_test(&[1.2], &[0.5], &[true], Loss::Brier, 0.05).is_err());
/// ```
/// # Source
/// Diebold and Mariano, Journal of Business and Economic Statistics 13 (1995), 253-263: of rows that do not depend on one
/// another it is the paired z test.
pub fn paired_loss_test(
    pd_a: &[f64],
    pd_b: &[f64],
    bad: &[bool],
    loss: Loss,
    alpha: f64,
) -> Result<LossComparison, Error> {
    check::argument("alpha", alpha, 0.0, 1.0)?;
    check::same_length("second pd", pd_a.len(), pd_b.len())?;
    check::same_length("bad", pd_a.len(), bad.len())?;
    check::in_range("pd", pd_a, 0.0, 1.0)?;
    check::in_range("second pd", pd_b, 0.0, 1.0)?;
    let n = pd_a.len() as f64;
    if pd_a.is_empty() {
        return Err(Error::EmptySample { what: "sample" });
    }
    let own = |pd: f64, bad: bool| match (loss, bad) {
        (Loss::LogLoss, true) => -clipped(pd).ln(),
        (Loss::LogLoss, false) => -(-clipped(pd)).ln_1p(),
        (Loss::Brier, _) => (pd - f64::from(u8::from(bad))).powi(2),
    };
    let differences = || pd_a.iter().zip(pd_b).zip(bad).map(|((a, b), bad)| own(*a, *bad) - own(*b, *bad));
    let difference = differences().sum::<f64>() / n;
    let squares: f64 = differences().map(|d| (d - difference).powi(2)).sum();
    let standard_error = (squares / (n - 1.0).max(1.0) / n).sqrt();
    // Differences that are all the same leave rounding only.
    if pd_a.len() < 2 || standard_error < 1e-15 {
        let none = Reason::ZeroVariance;
        return Ok(LossComparison { difference, lo: none.into(), hi: none.into(), test: none.into() });
    }
    let h0 = match loss {
        Loss::LogLoss => Hypothesis::EqualLogLoss,
        Loss::Brier => Hypothesis::EqualBrier,
    };
    let z = difference / standard_error;
    let end = |sign: f64| Outcome::Value(difference + sign * Z_95 * standard_error);
    let test = Outcome::Value(TestResult::new(h0, z, normal_two_sided(z), alpha));
    Ok(LossComparison { difference, lo: end(-1.0), hi: end(1.0), test })
}

#[cfg(test)]
mod tests {
    use super::{Loss, paired_loss_test};
    use crate::{brier, log_loss};
    use proptest::prelude::*;

    #[test]
    fn nothing_is_tested_where_nothing_varies() {
        for loss in [Loss::LogLoss, Loss::Brier] {
            let one = paired_loss_test(&[0.2], &[0.4], &[false], loss, 0.05).expect("a difference");
            assert!(one.test.value().is_none() && one.difference < 0.0);
            let same = paired_loss_test(&[0.2, 1.0], &[0.2, 1.0], &[true, false], loss, 0.05).expect("a difference");
            assert!(same.test.value().is_none() && same.lo.value().is_none() && same.difference == 0.0);
            // PDs of 0 and 1 that are wrong cost much, not without end.
            let wrong = paired_loss_test(&[1.0, 0.0], &[0.5, 0.4], &[false, true], loss, 0.05).expect("a difference");
            assert!(wrong.difference.is_finite() && wrong.difference > 0.0);
        }
        assert!(paired_loss_test(&[], &[], &[], Loss::Brier, 0.05).is_err());
        assert!(paired_loss_test(&[0.1], &[0.1, 0.2], &[true], Loss::Brier, 0.05).is_err());
    }

    proptest! {
        #[test]
        fn the_difference_is_that_of_the_means_and_turns_its_sign_with_the_order(
            rows in prop::collection::vec((0.0..=1.0_f64, 0.0..=1.0_f64, any::<bool>()), 1..60),
        ) {
            let (a, b): (Vec<f64>, Vec<f64>) = rows.iter().map(|r| (r.0, r.1)).unzip();
            let bad: Vec<bool> = rows.iter().map(|r| r.2).collect();
            let of = |loss, a: &[f64], b: &[f64]| paired_loss_test(a, b, &bad, loss, 0.05).expect("sound input");
            let log = |pd: &[f64]| log_loss(pd, &bad, None).expect("sound input");
            let square = |pd: &[f64]| brier(pd, &bad, None, 5).expect("sound input").brier;
            prop_assert!((of(Loss::LogLoss, &a, &b).difference - (log(&a) - log(&b))).abs() < 1e-9);
            prop_assert!((of(Loss::Brier, &a, &b).difference - (square(&a) - square(&b))).abs() < 1e-12);
            let (there, back) = (of(Loss::LogLoss, &a, &b), of(Loss::LogLoss, &b, &a));
            prop_assert!((there.difference + back.difference).abs() < 1e-9);
            if let (Some(t), Some(u)) = (there.test.value(), back.test.value()) {
                prop_assert!((t.statistic + u.statistic).abs() < 1e-6 && (t.p_value - u.p_value).abs() < 1e-9);
            }
        }
    }
}
