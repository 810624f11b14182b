//! Logistic regression under a Gaussian prior: the mode, and how likely the outcomes are under the prior.

use crate::newton::{solve, triangle};

/// What is fitted: `log-odds of bad = offset + a Gaussian of known covariance`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Outcomes<'a> {
    pub(crate) bad: &'a [bool],
    /// Weight per row.
    pub(crate) weight: &'a [f64],
    /// Mean of the prior per row.
    pub(crate) offset: &'a [f64],
}

/// The mode of a posterior.
#[derive(Debug, Clone)]
pub(crate) struct Mode {
    /// Laplace's approximation to the log of the probability of the outcomes under the prior.
    pub(crate) log_evidence: f64,
    /// Per row `weight * (bad - PD)` at the mode. A coefficient of prior variance `v` on the values `x` stands at
    /// `v * sum x_i residual_i` from its mean, so these are the whole fit.
    pub(crate) residual: Vec<f64>,
}

const STEPS_MAX: usize = 60;
/// A step that gains less than this of log-posterior is the last.
const GAIN_MIN: f64 = 1e-8;

impl Outcomes<'_> {
    fn rows(&self) -> usize {
        self.bad.len()
    }

    /// Log-likelihood of the log-odds `eta`.
    fn log_likelihood(&self, eta: &[f64]) -> f64 {
        let row = |i: usize| {
            let margin = if self.bad[i] { -eta[i] } else { eta[i] };
            -self.weight[i] * (margin.max(0.0) + (-margin.abs()).exp().ln_1p())
        };
        (0..self.rows()).map(row).sum()
    }

    /// `weight * (bad - PD)` and the curvature `weight * PD * (1 - PD)`.
    fn derivatives(&self, eta: &[f64]) -> (Vec<f64>, Vec<f64>) {
        let row = |i: usize| {
            let p = 1.0 / (1.0 + (-eta[i]).exp());
            let bad = f64::from(u8::from(self.bad[i]));
            (self.weight[i] * (bad - p), (self.weight[i] * p * (1.0 - p)).max(1e-12))
        };
        (0..self.rows()).map(row).unzip()
    }
}

/// The mode where the covariance of the rows is given: for fewer rows than coefficients.
///
/// - `kernel`: the lower triangle by rows.
/// - `start`: residuals of a like problem, which shorten the way.
///
/// `None` where the numbers leave what a double holds.
///
/// # Source
/// Rasmussen and Williams, *Gaussian Processes for Machine Learning* (2006), algorithms 3.1 and 3.2.
pub(crate) fn by_rows(kernel: &[f64], y: Outcomes<'_>, start: Option<&[f64]>) -> Option<Mode> {
    let n = y.rows();
    let times = |a: &[f64]| -> Vec<f64> {
        let mut out = vec![0.0; n];
        for i in 0..n {
            let row = &kernel[triangle(i, 0)..triangle(i, i)];
            out[i] += dot(row, &a[..i]) + kernel[triangle(i, i)] * a[i];
            out[..i].iter_mut().zip(row).for_each(|(o, k)| *o += k * a[i]);
        }
        out
    };
    // `B = I + W^(1/2) K W^(1/2)`.
    let factor = |root: &[f64]| {
        let mut b = Vec::with_capacity(kernel.len());
        for i in 0..n {
            b.extend((0..=i).map(|j| root[i] * kernel[triangle(i, j)] * root[j]));
            b[triangle(i, i)] += 1.0;
        }
        cholesky(&b, n)
    };
    let roots = |curvature: &[f64]| curvature.iter().map(|w| w.sqrt()).collect::<Vec<f64>>();
    let mut alpha = vec![0.0; n];
    let mut eta = y.offset.to_vec();
    let objective = |alpha: &[f64], eta: &[f64]| {
        let penalty: f64 = (0..n).map(|i| alpha[i] * (eta[i] - y.offset[i])).sum();
        y.log_likelihood(eta) - penalty / 2.0
    };
    let mut now = objective(&alpha, &eta);
    if let Some(start) = start {
        let there: Vec<f64> = times(start).iter().zip(y.offset).map(|(k, o)| k + o).collect();
        let value = objective(start, &there);
        if value > now {
            (alpha, eta, now) = (start.to_vec(), there, value);
        }
    }
    for _ in 0..STEPS_MAX {
        let (residual, curvature) = y.derivatives(&eta);
        let root = roots(&curvature);
        let l = factor(&root)?;
        let b: Vec<f64> = (0..n).map(|i| curvature[i] * (eta[i] - y.offset[i]) + residual[i]).collect();
        let kb = times(&b);
        let right: Vec<f64> = (0..n).map(|i| root[i] * kb[i]).collect();
        let inner = solve(&l, &right);
        let target: Vec<f64> = (0..n).map(|i| b[i] - root[i] * inner[i]).collect();
        let step: Vec<f64> = (0..n).map(|i| target[i] - alpha[i]).collect();
        let moved = times(&step);
        let at = |part: f64| {
            let next: Vec<f64> = (0..n).map(|i| alpha[i] + part * step[i]).collect();
            let next_eta: Vec<f64> = (0..n).map(|i| eta[i] + part * moved[i]).collect();
            (objective(&next, &next_eta), (next, next_eta))
        };
        let Some((value, there)) = halved(now, at) else { break };
        let gain = value - now;
        ((alpha, eta), now) = (there, value);
        if gain <= GAIN_MIN * (1.0 + now.abs()) {
            break;
        }
    }
    let (residual, curvature) = y.derivatives(&eta);
    let l = factor(&roots(&curvature))?;
    let log_evidence = now - (0..n).map(|i| l[triangle(i, i)].ln()).sum::<f64>();
    log_evidence.is_finite().then_some(Mode { log_evidence, residual })
}

/// The same where coefficients of prior mean 0 and variance 1 are given: for more rows than coefficients.
///
/// - `features`: per row the columns that are not zero, and their values.
/// - `columns`: number of columns.
pub(crate) fn by_columns(
    features: &[Vec<(u32, f64)>],
    columns: usize,
    y: Outcomes<'_>,
    start: Option<&[f64]>,
) -> Option<Mode> {
    let n = y.rows();
    let predict = |beta: &[f64]| -> Vec<f64> {
        let row = |i: usize| y.offset[i] + features[i].iter().map(|&(c, x)| beta[c as usize] * x).sum::<f64>();
        (0..n).map(row).collect()
    };
    let hessian = |curvature: &[f64]| {
        let mut h = vec![0.0; columns * (columns + 1) / 2];
        for (row, w) in features.iter().zip(curvature) {
            for (k, &(a, x)) in row.iter().enumerate() {
                let start = triangle(a as usize, 0);
                for &(b, z) in &row[..=k] {
                    h[start + b as usize] += w * x * z;
                }
            }
        }
        (0..columns).for_each(|j| h[triangle(j, j)] += 1.0);
        h
    };
    let objective = |beta: &[f64], eta: &[f64]| y.log_likelihood(eta) - beta.iter().map(|b| b * b).sum::<f64>() / 2.0;
    let mut beta = vec![0.0; columns];
    let mut eta = predict(&beta);
    let mut now = objective(&beta, &eta);
    if let Some(start) = start {
        let mut there = vec![0.0; columns];
        for (row, r) in features.iter().zip(start) {
            row.iter().for_each(|&(c, x)| there[c as usize] += r * x);
        }
        let eta_there = predict(&there);
        let value = objective(&there, &eta_there);
        if value > now {
            (beta, eta, now) = (there, eta_there, value);
        }
    }
    for _ in 0..STEPS_MAX {
        let (residual, curvature) = y.derivatives(&eta);
        let mut gradient: Vec<f64> = beta.iter().map(|b| -b).collect();
        for (row, r) in features.iter().zip(&residual) {
            row.iter().for_each(|&(c, x)| gradient[c as usize] += r * x);
        }
        let step = solve(&cholesky(&hessian(&curvature), columns)?, &gradient);
        let at = |part: f64| {
            let next: Vec<f64> = beta.iter().zip(&step).map(|(b, s)| b + part * s).collect();
            let next_eta = predict(&next);
            (objective(&next, &next_eta), (next, next_eta))
        };
        let Some((value, there)) = halved(now, at) else { break };
        let gain = value - now;
        ((beta, eta), now) = (there, value);
        if gain <= GAIN_MIN * (1.0 + now.abs()) {
            break;
        }
    }
    let (residual, curvature) = y.derivatives(&eta);
    let l = cholesky(&hessian(&curvature), columns)?;
    let log_evidence = now - (0..columns).map(|j| l[triangle(j, j)].ln()).sum::<f64>();
    log_evidence.is_finite().then_some(Mode { log_evidence, residual })
}

/// The first of ever smaller parts of a step at which the objective does not fall below `now`, with its value; `None` where
/// there is none.
fn halved<T>(now: f64, at: impl Fn(f64) -> (f64, T)) -> Option<(f64, T)> {
    std::iter::successors(Some(1.0), |part| Some(part / 2.0))
        .take_while(|part| *part >= 1e-9)
        .map(at)
        .find(|(value, _)| *value >= now)
}

/// Lower-triangular factor of a positive definite matrix by rows; `None` when it is not. As `newton`'s, for matrices that
/// are large beside it, and never near singular.
fn cholesky(lower: &[f64], n: usize) -> Option<Vec<f64>> {
    let mut l = lower.to_vec();
    for i in 0..n {
        let (above, from) = l.split_at_mut(triangle(i, 0));
        let row = &mut from[..=i];
        for j in 0..i {
            let other = &above[triangle(j, 0)..=triangle(j, j)];
            row[j] = (row[j] - dot(&row[..j], &other[..j])) / other[j];
        }
        let rest = row[i] - dot(&row[..i], &row[..i]);
        if rest.is_nan() || rest <= 0.0 {
            return None;
        }
        row[i] = rest.sqrt();
    }
    Some(l)
}

/// Sum of products, in eight lanes: the processor need not wait for one sum.
fn dot(a: &[f64], b: &[f64]) -> f64 {
    const LANES: usize = 8;
    let mut lanes = [0.0; LANES];
    let (whole, tail) = (a.len() / LANES * LANES, a.len() % LANES);
    for (a, b) in a.chunks_exact(LANES).zip(b.chunks_exact(LANES)) {
        for l in 0..LANES {
            lanes[l] += a[l] * b[l];
        }
    }
    for l in 0..tail {
        lanes[l] += a[whole + l] * b[whole + l];
    }
    ((lanes[0] + lanes[1]) + (lanes[2] + lanes[3])) + ((lanes[4] + lanes[5]) + (lanes[6] + lanes[7]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// `log of the integral` over one coefficient, by a fine sum.
    #[test]
    fn the_evidence_is_near_the_integral() {
        let x = [-1.0, -0.5, 0.0, 0.3, 0.8, 1.2, -0.2, 0.6];
        let bad = [false, false, true, false, true, true, false, true];
        let y = Outcomes { bad: &bad, weight: &[1.0; 8], offset: &[0.1; 8] };
        let features: Vec<Vec<(u32, f64)>> = x.iter().map(|&x| vec![(0, x)]).collect();
        let mode = by_columns(&features, 1, y, None).expect("a mode");
        let density = |beta: f64| {
            let eta: Vec<f64> = x.iter().map(|x| 0.1 + beta * x).collect();
            (y.log_likelihood(&eta) - beta * beta / 2.0).exp() / std::f64::consts::TAU.sqrt()
        };
        let exact = (-8_000..8_000).map(|k| density(f64::from(k) / 1_000.0) / 1_000.0).sum::<f64>().ln();
        assert!((mode.log_evidence - exact).abs() < 0.02, "{} {exact}", mode.log_evidence);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]
        /// The two ways are one posterior.
        #[test]
        fn rows_and_columns_agree(
            x in prop::collection::vec(prop::collection::vec(-2.0..2.0_f64, 3), 6..14),
            seed in 0_u64..1_000,
        ) {
            let n = x.len();
            let draw = |k: usize| crate::random::at(seed, k as u64);
            let bad: Vec<bool> = (0..n).map(|i| draw(i) % 2 == 0).collect();
            let weight: Vec<f64> = (0..n).map(|i| 0.5 + (draw(100 + i) % 3) as f64).collect();
            let offset: Vec<f64> = (0..n).map(|i| (draw(200 + i) % 5) as f64 / 4.0 - 0.5).collect();
            let y = Outcomes { bad: &bad, weight: &weight, offset: &offset };
            let features: Vec<Vec<(u32, f64)>> =
                x.iter().map(|r| r.iter().enumerate().map(|(c, &x)| (c as u32, x)).collect()).collect();
            let mut kernel = Vec::new();
            for i in 0..n {
                kernel.extend((0..=i).map(|j| x[i].iter().zip(&x[j]).map(|(a, b)| a * b).sum::<f64>()));
            }
            let a = by_columns(&features, 3, y, None).expect("a mode");
            let b = by_rows(&kernel, y, None).expect("a mode");
            let warm = by_rows(&kernel, y, Some(&a.residual)).expect("a mode");
            prop_assert!((warm.log_evidence - b.log_evidence).abs() < 1e-5, "where it starts does not matter");
            prop_assert!((a.log_evidence - b.log_evidence).abs() < 1e-5, "{} {}", a.log_evidence, b.log_evidence);
            for (a, b) in a.residual.iter().zip(&b.residual) {
                prop_assert!((a - b).abs() < 1e-4, "{a} {b}");
            }
        }
    }
}
