//! Slope and level of the PDs on the logit scale.

use super::accuracy::{clipped, ranked_pd};
use crate::error::ratio;
use crate::ranking::{Ranking, TieGroup};
use crate::text::Reason;
use crate::{Error, Estimate, Outcome};
use serde::{Deserialize, Serialize};

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

/// Calibration slope and intercept.
///
/// Maximum likelihood of `logit P(bad) = intercept + slope * logit(pd)` by Newton's method with step halving, started
/// at `(0, 1)`. Without weights the standard errors come from the inverse information; with weights (which are
/// scaled to mean 1) from the sandwich estimate, because weights are no counts of independent rows.
///
/// Arguments as in [`crate::brier`].
///
/// # Errors
/// As [`crate::brier`]; [`Error::OneClass`]; [`Error::ConstantInput`] when all PDs are equal; [`Error::Separated`] when no
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
    let group = |g: &TieGroup| {
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
    let range = |pick: fn(&TieGroup) -> f64| {
        let mut values = ranking.groups.iter().filter(|g| pick(g) > 0.0).map(|g| g.value);
        let first = values.next().unwrap_or(f64::NAN);
        (first, values.next_back().unwrap_or(first))
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
/// Arguments as in [`crate::brier`].
///
/// # Errors
/// As [`crate::brier`].
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
        variance = variance.powi(2) * groups.iter().map(square).sum::<f64>();
    }
    if variance.is_finite() {
        Outcome::Value(Estimate::normal(a, variance.sqrt()))
    } else {
        Reason::NotConverged.into()
    }
}
