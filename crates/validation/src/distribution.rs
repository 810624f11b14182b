//! The few distribution functions that the tests of this crate need.

use statrs::function::{beta::beta_reg, erf::erfc, gamma::gamma_ur};
use std::f64::consts::SQRT_2;

/// 97.5% quantile of the standard normal: every interval of this crate is a two-sided 95% interval.
pub(crate) const Z_95: f64 = 1.959_963_984_540_054;

/// `P(Z <= z)` of a standard normal.
pub(crate) fn normal_cdf(z: f64) -> f64 {
    0.5 * erfc(-z / SQRT_2)
}

/// `P(Z > z)` of a standard normal, exact in the far tail.
pub(crate) fn normal_sf(z: f64) -> f64 {
    0.5 * erfc(z / SQRT_2)
}

/// `P(|Z| > |z|)` of a standard normal.
pub(crate) fn normal_two_sided(z: f64) -> f64 {
    erfc(z.abs() / SQRT_2)
}

/// `P(X > x)` of chi-square with `df > 0` degrees of freedom.
pub(crate) fn chi_square_sf(x: f64, df: f64) -> f64 {
    if x <= 0.0 { 1.0 } else { gamma_ur(df / 2.0, x / 2.0) }
}

/// Regularised incomplete beta function `I_x(a, b)` for `a, b > 0` and `0 <= x <= 1`.
pub(crate) fn beta_cdf(a: f64, b: f64, x: f64) -> f64 {
    match x {
        _ if x <= 0.0 => 0.0,
        _ if x >= 1.0 => 1.0,
        _ => beta_reg(a, b, x),
    }
}

/// The `x` at which [`beta_cdf`] is `p`, by halving until nothing lies between.
pub(crate) fn beta_quantile(a: f64, b: f64, p: f64) -> f64 {
    let (mut low, mut high) = (0.0, 1.0);
    loop {
        let middle = 0.5 * (low + high);
        if middle <= low || high <= middle {
            return middle;
        }
        if beta_cdf(a, b, middle) < p { low = middle } else { high = middle }
    }
}
