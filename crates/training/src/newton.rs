//! Weighted logistic regression with an L2 penalty, by Newton's method with step halving.

use crate::error::FitError;

/// Rows of a block: its columns stay in the second-level cache.
const BLOCK: usize = 256;
/// Rows of a chunk: partial sums are added in the order of chunks, so that the result does not depend
/// on the number of threads.
const CHUNK: usize = 1 << 14;

/// The columns of a regression, wherever they are stored.
pub(crate) trait Design: Sync {
    fn rows(&self) -> usize;
    fn columns(&self) -> usize;
    /// Writes rows `start..start + out.len()` of a column.
    fn fill(&self, column: usize, start: usize, out: &mut [f64]);
}

/// How to fit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FitOptions {
    /// Penalty `l2 / 2 * sum of squared coefficients`; the intercept is free. 0 or more.
    pub l2: f64,
    /// Newton steps at most.
    pub iterations_max: usize,
    /// Converged when no component of the gradient exceeds this times the sum of weights.
    pub tolerance: f64,
    /// Coefficients may not be negative.
    pub non_negative: bool,
}

/// A fitted regression: `P(y = 1) = 1 / (1 + exp(-(intercept + x · coefficients)))`.
#[derive(Debug, Clone, PartialEq)]
pub struct LogisticFit {
    /// Log-odds of `y = 1` where every column is zero.
    pub intercept: f64,
    /// Change of the log-odds per unit of each column.
    pub coefficients: Vec<f64>,
    /// Standard error of the intercept, from the inverse of the penalised Hessian.
    pub intercept_standard_error: f64,
    /// Standard errors of the coefficients; 0 where a coefficient is held at its bound.
    pub standard_errors: Vec<f64>,
    /// Weighted log-likelihood without the penalty.
    pub log_likelihood: f64,
    /// Newton steps taken.
    pub iterations: usize,
}

impl LogisticFit {
    /// Two-sided Wald p-values of the coefficients. H0: the coefficient is zero. 1 where it is held at
    /// its bound.
    pub fn p_values(&self) -> Vec<f64> {
        let p = |(b, se): (&f64, &f64)| match *se > 0.0 {
            true => statrs::function::erf::erfc((b / se).abs() / std::f64::consts::SQRT_2),
            false => 1.0,
        };
        self.coefficients.iter().zip(&self.standard_errors).map(p).collect()
    }
}

/// Value, gradient and Hessian of the penalised negative log-likelihood.
struct Derivatives {
    loss: f64,
    /// Coefficients, then the intercept.
    gradient: Vec<f64>,
    /// Lower triangle by rows, intercept last; empty when it was not asked for.
    hessian: Vec<f64>,
}

/// Where a fit begins.
#[derive(Debug, Clone)]
pub(crate) struct Start {
    /// Coefficients, then the intercept.
    pub(crate) beta: Vec<f64>,
    /// Hessian without penalty, per unit of weight: that of a like problem will do. `None`: to be
    /// computed.
    pub(crate) hessian: Option<Vec<f64>>,
}

/// A minimum, and what a like problem may start from.
pub(crate) struct Solution {
    /// Coefficients, then the intercept.
    pub(crate) beta: Vec<f64>,
    /// Penalised negative log-likelihood.
    loss: f64,
    /// Hessian as it was last computed, penalty included.
    hessian: Vec<f64>,
    weight_sum: f64,
    iterations: usize,
}

impl Solution {
    /// The start of a fit of the same columns on other rows.
    pub(crate) fn start(&self, l2: f64) -> Start {
        let mut hessian = self.hessian.clone();
        (0..self.beta.len() - 1).for_each(|j| hessian[triangle(j, j)] -= l2);
        hessian.iter_mut().for_each(|h| *h /= self.weight_sum);
        Start { beta: self.beta.clone(), hessian: Some(hessian) }
    }
}

/// Fits `y` (true is 1) on the columns of `design`, with standard errors.
pub(crate) fn fit(
    design: &impl Design,
    y: &[bool],
    weight: Option<&[f64]>,
    options: FitOptions,
    start: Option<&Start>,
) -> Result<LogisticFit, FitError> {
    let p = design.columns();
    let Solution { beta, loss, iterations, .. } = minimise(design, y, weight, options, start)?;
    let problem = Problem { design, y, weight, l2: options.l2 };
    problem.refuse_separation(&beta)?;
    let hessian = problem.derivatives(&beta, true).hessian;
    let free: Vec<bool> = (0..=p).map(|j| j == p || !options.non_negative || beta[j] > 0.0).collect();
    let errors = standard_errors(&hessian, &free).ok_or(FitError::Singular { iterations })?;
    let penalty = options.l2 / 2.0 * beta[..p].iter().map(|b| b * b).sum::<f64>();
    Ok(LogisticFit {
        intercept: beta[p],
        intercept_standard_error: errors[p],
        standard_errors: errors[..p].to_vec(),
        log_likelihood: penalty - loss,
        coefficients: beta[..p].to_vec(),
        iterations,
    })
}

/// A Hessian serves for more steps while each brings the gradient down by this factor.
const HESSIAN_SERVES: f64 = 0.3;

/// Minimises the penalised negative log-likelihood.
///
/// The Hessian costs most of a pass over the rows and changes little near the minimum, so it is kept
/// as long as its steps go well. The minimum does not depend on it: only a gradient of zero ends the
/// search.
pub(crate) fn minimise(
    design: &impl Design,
    y: &[bool],
    weight: Option<&[f64]>,
    options: FitOptions,
    start: Option<&Start>,
) -> Result<Solution, FitError> {
    let (n, p) = (design.rows(), design.columns());
    check(n, y, weight, &options)?;
    let weight_sum: f64 = weight.map_or(n as f64, |w| w.iter().sum());
    let bads: f64 = (0..n).filter(|&i| y[i]).map(|i| weight.map_or(1.0, |w| w[i])).sum();
    let problem = Problem { design, y, weight, l2: options.l2 };
    let (mut beta, mut hessian) = match start {
        Some(s) => {
            let scaled = |h: &Vec<f64>| {
                let mut hessian: Vec<f64> = h.iter().map(|h| h * weight_sum).collect();
                (0..p).for_each(|j| hessian[triangle(j, j)] += options.l2);
                hessian
            };
            (s.beta.clone(), s.hessian.as_ref().map(scaled))
        }
        None => {
            let mut b = vec![0.0; p + 1];
            b[p] = (bads / (weight_sum - bads)).ln();
            (b, None)
        }
    };
    let bound = options.tolerance * weight_sum;
    let worst = |d: &Derivatives, beta: &[f64]| {
        (0..=p).map(|j| projected(d.gradient[j], beta[j], options.non_negative && j < p)).fold(0.0, f64::max)
    };
    let mut now = problem.derivatives(&beta, hessian.is_none());
    if hessian.is_none() {
        hessian = Some(std::mem::take(&mut now.hessian));
    }
    // Whether the Hessian belongs to `beta`.
    let mut fresh = start.is_none_or(|s| s.hessian.is_none());
    let mut steps = 0;
    let not_converged = |beta: &[f64], steps: usize, gradient: f64| {
        let separated = problem.refuse_separation(beta).err();
        separated.unwrap_or(FitError::NotConverged { iterations: steps, gradient: gradient / weight_sum })
    };
    loop {
        let gradient = worst(&now, &beta);
        if gradient <= bound {
            break;
        }
        if steps == options.iterations_max {
            return Err(not_converged(&beta, steps, gradient));
        }
        let curvature = hessian.get_or_insert_with(|| problem.derivatives(&beta, true).hessian);
        let step = newton_step(curvature, &now.gradient, &beta, p, options.non_negative);
        let Some(step) = step else {
            if fresh {
                return Err(match not_converged(&beta, steps, gradient) {
                    FitError::NotConverged { .. } => FitError::Singular { iterations: steps },
                    separated => separated,
                });
            }
            (hessian, fresh) = (None, true);
            continue;
        };
        let slope: f64 = step.iter().zip(&now.gradient).map(|(s, g)| s * g).sum();
        // Armijo, with room for the rounding of a sum of n terms.
        let room = 1e-12 * now.loss.abs();
        let mut scale = 1.0;
        let accepted = loop {
            let candidate: Vec<f64> = beta.iter().zip(&step).map(|(b, s)| b + scale * s).collect();
            let next = problem.derivatives(&candidate, false);
            if next.loss.is_finite() && next.loss <= now.loss + 1e-4 * scale * slope + room {
                break Some((candidate, next));
            }
            scale /= 2.0;
            // An old Hessian is replaced before its step is cut.
            if !fresh || scale < 1e-12 {
                break None;
            }
        };
        match accepted {
            Some((next_beta, next)) => {
                steps += 1;
                let went_well = worst(&next, &next_beta) <= HESSIAN_SERVES * gradient;
                (beta, now, fresh) = (next_beta, next, false);
                if !went_well {
                    (hessian, fresh) = (None, true);
                }
            }
            None if fresh => return Err(not_converged(&beta, steps, gradient)),
            None => (hessian, fresh) = (None, true),
        }
    }
    let hessian = hessian.unwrap_or_else(|| problem.derivatives(&beta, true).hessian);
    Ok(Solution { beta, loss: now.loss, hessian, weight_sum, iterations: steps })
}

fn check(n: usize, y: &[bool], weight: Option<&[f64]>, o: &FitOptions) -> Result<(), FitError> {
    if n == 0 {
        return Err(FitError::NoRows);
    }
    if y.len() != n || weight.is_some_and(|w| w.len() != n) {
        return Err(FitError::LengthMismatch { rows: n, outcomes: y.len(), weights: weight.map(<[f64]>::len) });
    }
    if let Some(row) = weight.and_then(|w| w.iter().position(|w| !w.is_finite() || *w < 0.0)) {
        return Err(FitError::Weight { row: row + 1, value: weight.map_or(0.0, |w| w[row]) });
    }
    let has = |class: bool| (0..n).any(|i| y[i] == class && weight.is_none_or(|w| w[i] > 0.0));
    if !has(true) || !has(false) {
        return Err(FitError::OneClass { bad: has(true) });
    }
    if !(o.l2.is_finite() && o.l2 >= 0.0 && o.tolerance > 0.0 && o.tolerance.is_finite()) {
        return Err(FitError::Options { l2: o.l2, tolerance: o.tolerance });
    }
    Ok(())
}

/// Size of a gradient component that can still lower the loss.
fn projected(gradient: f64, beta: f64, bounded: bool) -> f64 {
    if bounded && beta <= 0.0 { (-gradient).max(0.0) } else { gradient.abs() }
}

struct Problem<'a, D> {
    design: &'a D,
    y: &'a [bool],
    weight: Option<&'a [f64]>,
    l2: f64,
}

impl<D: Design> Problem<'_, D> {
    fn derivatives(&self, beta: &[f64], with_hessian: bool) -> Derivatives {
        use rayon::prelude::*;
        let (n, p) = (self.design.rows(), self.design.columns());
        let starts: Vec<usize> = (0..n).step_by(CHUNK).collect();
        let parts: Vec<Derivatives> =
            starts.par_iter().map(|&s| chunk::derivatives(self, beta, s, (s + CHUNK).min(n), with_hessian)).collect();
        let mut parts = parts.into_iter();
        let mut sum = parts.next().expect("there is a row, so there is a chunk");
        for part in parts {
            sum.loss += part.loss;
            sum.gradient.iter_mut().zip(&part.gradient).for_each(|(a, b)| *a += b);
            sum.hessian.iter_mut().zip(&part.hessian).for_each(|(a, b)| *a += b);
        }
        for (j, b) in beta[..p].iter().enumerate() {
            sum.loss += self.l2 / 2.0 * b * b;
            sum.gradient[j] += self.l2 * b;
            if with_hessian {
                sum.hessian[triangle(j, j)] += self.l2;
            }
        }
        sum
    }

    /// Without a penalty, separable data have no finite optimum: the fit runs away until every fitted
    /// probability of some group is 0 or 1 to rounding.
    fn refuse_separation(&self, beta: &[f64]) -> Result<(), FitError> {
        if self.l2 > 0.0 {
            return Ok(());
        }
        let (n, p) = (self.design.rows(), self.design.columns());
        let mut buffer = vec![0.0; n.min(CHUNK)];
        let mut eta = vec![beta[p]; n];
        let mut swing = vec![(f64::INFINITY, f64::NEG_INFINITY); p];
        for (j, swing) in swing.iter_mut().enumerate() {
            for start in (0..n).step_by(CHUNK) {
                let x = &mut buffer[..CHUNK.min(n - start)];
                self.design.fill(j, start, x);
                for (e, x) in eta[start..].iter_mut().zip(&*x) {
                    *e += beta[j] * x;
                    *swing = (swing.0.min(beta[j] * x), swing.1.max(beta[j] * x));
                }
            }
        }
        let counted = |i: &usize| self.weight.is_none_or(|w| w[*i] > 0.0);
        let highest_good =
            (0..n).filter(counted).filter(|&i| !self.y[i]).map(|i| eta[i]).fold(f64::NEG_INFINITY, f64::max);
        let lowest_bad = (0..n).filter(counted).filter(|&i| self.y[i]).map(|i| eta[i]).fold(f64::INFINITY, f64::min);
        if lowest_bad > highest_good && p > 0 {
            return Err(FitError::Separation { column: None });
        }
        // Odds of e^20 within the span of one column are not an estimate but a run to infinity.
        const SWING_MAX: f64 = 20.0;
        match swing.iter().position(|s| s.1 - s.0 > SWING_MAX) {
            Some(column) => Err(FitError::Separation { column: Some(column) }),
            None => Ok(()),
        }
    }
}

/// Place of row `i`, column `j <= i` in a lower triangle by rows.
#[inline]
pub(crate) fn triangle(i: usize, j: usize) -> usize {
    i * (i + 1) / 2 + j
}

/// Minimum of the quadratic model; `None` when the Hessian is not positive definite.
fn newton_step(hessian: &[f64], gradient: &[f64], beta: &[f64], p: usize, non_negative: bool) -> Option<Vec<f64>> {
    if !non_negative {
        let factor = cholesky(hessian, p + 1)?;
        let minus: Vec<f64> = gradient.iter().map(|g| -g).collect();
        return Some(solve(&factor, &minus));
    }
    // Coordinate descent on the model within the bounds: the model is small, the rows are not touched.
    let h = |i: usize, j: usize| hessian[if i >= j { triangle(i, j) } else { triangle(j, i) }];
    let mut step = vec![0.0; p + 1];
    let mut slope = gradient.to_vec(); // gradient of the model at `step`
    let scale = gradient.iter().fold(0.0_f64, |a, g| a.max(g.abs()));
    for _ in 0..10_000 {
        let mut moved = 0.0_f64;
        for j in 0..=p {
            let curvature = h(j, j);
            if curvature <= 0.0 {
                if j == p {
                    return None;
                }
                continue;
            }
            let mut delta = -slope[j] / curvature;
            if j < p {
                delta = delta.max(-(beta[j] + step[j]));
            }
            if delta != 0.0 {
                step[j] += delta;
                for (i, s) in slope.iter_mut().enumerate() {
                    *s += delta * h(i, j);
                }
                moved = moved.max(delta.abs() * curvature);
            }
        }
        if moved <= 1e-10 * scale {
            break;
        }
    }
    // A bound that is reached is reached exactly.
    for j in 0..p {
        if beta[j] + step[j] < 1e-12 {
            step[j] = -beta[j];
        }
    }
    Some(step)
}

/// Lower-triangular factor of a positive definite matrix; `None` when it is not.
fn cholesky(lower: &[f64], n: usize) -> Option<Vec<f64>> {
    let mut l = lower.to_vec();
    for i in 0..n {
        for j in 0..=i {
            let dot: f64 = (0..j).map(|k| l[triangle(i, k)] * l[triangle(j, k)]).sum();
            let rest = lower[triangle(i, j)] - dot;
            if i == j {
                // What is left of the diagonal after the columns before: nothing, if they explain it.
                if rest <= 1e-13 * lower[triangle(i, i)] || !rest.is_finite() {
                    return None;
                }
                l[triangle(i, i)] = rest.sqrt();
            } else {
                l[triangle(i, j)] = rest / l[triangle(j, j)];
            }
        }
    }
    Some(l)
}

pub(crate) fn solve(l: &[f64], b: &[f64]) -> Vec<f64> {
    let n = b.len();
    let mut x = b.to_vec();
    for i in 0..n {
        let dot: f64 = (0..i).map(|k| l[triangle(i, k)] * x[k]).sum();
        x[i] = (x[i] - dot) / l[triangle(i, i)];
    }
    for i in (0..n).rev() {
        let dot: f64 = (i + 1..n).map(|k| l[triangle(k, i)] * x[k]).sum();
        x[i] = (x[i] - dot) / l[triangle(i, i)];
    }
    x
}

/// Square roots of the diagonal of the inverse, over the free parameters alone.
fn standard_errors(hessian: &[f64], free: &[bool]) -> Option<Vec<f64>> {
    let places: Vec<usize> = (0..free.len()).filter(|&j| free[j]).collect();
    let m = places.len();
    let mut sub = vec![0.0; m * (m + 1) / 2];
    for i in 0..m {
        for j in 0..=i {
            sub[triangle(i, j)] = hessian[triangle(places[i], places[j])];
        }
    }
    let factor = cholesky(&sub, m)?;
    let mut errors = vec![0.0; free.len()];
    for (k, &place) in places.iter().enumerate() {
        let mut unit = vec![0.0; m];
        unit[k] = 1.0;
        errors[place] = solve(&factor, &unit)[k].sqrt();
    }
    Some(errors)
}

/// The pass over the rows of a chunk, compiled for more than one instruction set.
///
/// Sums run over eight lanes that are written out, so that they become vectors of any width; the
/// products of columns are a matrix product of ndarray's.
mod chunk {
    use super::{BLOCK, Derivatives, Design, Problem, triangle};
    use ndarray::linalg::general_mat_mul;
    use ndarray::{Array2, ArrayView2, s};

    /// Rows of the Hessian that are summed at a time: a multiple of what a matrix product works on.
    const PANEL: usize = 16;

    pub(super) fn derivatives<D: Design>(
        problem: &Problem<'_, D>,
        beta: &[f64],
        start: usize,
        end: usize,
        with_hessian: bool,
    ) -> Derivatives {
        #[cfg(target_arch = "x86_64")]
        {
            #[target_feature(enable = "avx2")]
            fn avx2<D: Design>(
                problem: &Problem<'_, D>,
                beta: &[f64],
                start: usize,
                end: usize,
                with_hessian: bool,
            ) -> Derivatives {
                pass(problem, beta, start, end, with_hessian)
            }
            if is_x86_feature_detected!("avx2") {
                // SAFETY: the machine has these instructions, as was just asked.
                return unsafe { avx2(problem, beta, start, end, with_hessian) };
            }
        }
        pass(problem, beta, start, end, with_hessian)
    }

    #[inline(always)]
    fn pass<D: Design>(
        problem: &Problem<'_, D>,
        beta: &[f64],
        start: usize,
        end: usize,
        with_hessian: bool,
    ) -> Derivatives {
        let p = problem.design.columns();
        let mut out = Derivatives {
            loss: 0.0,
            gradient: vec![0.0; p + 1],
            hessian: vec![0.0; if with_hessian { (p + 1) * (p + 2) / 2 } else { 0 }],
        };
        let mut x = vec![0.0; p * BLOCK];
        let mut scaled = vec![0.0; p * BLOCK];
        let mut gram = Array2::zeros((p, p));
        let (mut eta, mut residual, mut curvature) = ([0.0; BLOCK], [0.0; BLOCK], [0.0; BLOCK]);
        for from in (start..end).step_by(BLOCK) {
            let rows = BLOCK.min(end - from);
            // A short last block is padded with rows of weight zero.
            eta.fill(beta[p]);
            for j in 0..p {
                let column = &mut x[j * BLOCK..(j + 1) * BLOCK];
                problem.design.fill(j, from, &mut column[..rows]);
                column[rows..].fill(0.0);
                let b = beta[j];
                eta.iter_mut().zip(&*column).for_each(|(e, x)| *e += b * x);
            }
            residual.fill(0.0);
            curvature.fill(0.0);
            for i in 0..rows {
                let w = problem.weight.map_or(1.0, |w| w[from + i]);
                let y = problem.y[from + i];
                // One exponential gives the loss and the probability without overflow on either side.
                let small = (-eta[i].abs()).exp();
                let share = 1.0 / (1.0 + small);
                let probability = if eta[i] >= 0.0 { share } else { small * share };
                let margin = if y { -eta[i] } else { eta[i] };
                out.loss += w * (margin.max(0.0) + small.ln_1p());
                residual[i] = w * (probability - f64::from(u8::from(y)));
                curvature[i] = w * small * share * share;
            }
            out.gradient[p] += sum(&residual);
            for j in 0..p {
                out.gradient[j] += dot(&x[j * BLOCK..(j + 1) * BLOCK], &residual);
            }
            if !with_hessian {
                continue;
            }
            for j in 0..p {
                let column = &x[j * BLOCK..(j + 1) * BLOCK];
                let target = &mut scaled[j * BLOCK..(j + 1) * BLOCK];
                for ((s, x), d) in target.iter_mut().zip(column).zip(&curvature) {
                    *s = x * d;
                }
            }
            out.hessian[triangle(p, p)] += sum(&curvature);
            for j in 0..p {
                out.hessian[triangle(p, j)] += sum(&scaled[j * BLOCK..(j + 1) * BLOCK]);
            }
            let view = |a| ArrayView2::from_shape((p, BLOCK), a).expect("p columns of a block");
            let (scaled, x) = (view(&scaled), view(&x));
            // Of a symmetric matrix the panels on and under the diagonal will do.
            for from in (0..p).step_by(PANEL) {
                let to = (from + PANEL).min(p);
                let mut panel = gram.slice_mut(s![from..to, ..to]);
                general_mat_mul(1.0, &scaled.slice(s![from..to, ..]), &x.slice(s![..to, ..]).t(), 1.0, &mut panel);
            }
        }
        if with_hessian {
            for i in 0..p {
                (0..=i).for_each(|j| out.hessian[triangle(i, j)] += gram[[i, j]]);
            }
        }
        out
    }

    const LANES: usize = 8;

    #[inline(always)]
    fn sum(a: &[f64]) -> f64 {
        let mut lanes = [0.0; LANES];
        for a in a.chunks_exact(LANES) {
            for l in 0..LANES {
                lanes[l] += a[l];
            }
        }
        ((lanes[0] + lanes[1]) + (lanes[2] + lanes[3])) + ((lanes[4] + lanes[5]) + (lanes[6] + lanes[7]))
    }

    #[inline(always)]
    fn dot(a: &[f64], b: &[f64]) -> f64 {
        let mut lanes = [0.0; LANES];
        for (a, b) in a.chunks_exact(LANES).zip(b.chunks_exact(LANES)) {
            for l in 0..LANES {
                lanes[l] += a[l] * b[l];
            }
        }
        ((lanes[0] + lanes[1]) + (lanes[2] + lanes[3])) + ((lanes[4] + lanes[5]) + (lanes[6] + lanes[7]))
    }
}
