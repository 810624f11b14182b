//! What a bin says once the other columns have spoken.
//!
//! A weight on the WoE moves all bins of a column together. Refinement lets each bin move by itself:
//! it fits one effect per bin, for all columns at once, where the effects of a column must keep the
//! order of its WoE, so no riskier bin ever gets more points. Thin bins and bins whose news another
//! column has told already are drawn in by the penalty.

use crate::optimal::Counts;

/// One column of the additive model.
#[derive(Debug, Clone)]
pub(crate) struct Effects {
    /// Per row the place of its bin in the rising order of WoE; the effects must rise along it.
    pub(crate) step: Vec<u8>,
    /// Effect per step that the weight on the WoE gives.
    pub(crate) linear: Vec<f64>,
}

/// Rows of the fit.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Outcomes<'a> {
    pub(crate) bad: &'a [bool],
    pub(crate) weight: Option<&'a [f64]>,
}

const OUTER_MAX: usize = 25;
const SWEEPS_MAX: usize = 20;
/// Effects are log-odds; a thousandth of them is a tenth of a point.
const TOLERANCE: f64 = 1e-3;

/// Effects per column and bin, on the log-odds of good, that minimise
///
/// `sum w log(1 + exp(-s eta)) + l2 / 2 * sum over steps of (effect² + (effect - linear)²)`
///
/// with `eta = intercept + sum of effects` and `s = +1` for a good, under the order of each column.
/// The penalty pulls an effect as much towards nothing as towards the line of the WoE.
///
/// Block coordinate descent: with the curvature of the log-likelihood held, the best effects of a
/// column are a weighted isotonic regression, which pooling adjacent violators solves exactly.
///
/// # Source
/// Best and Chakravarti (1990), "Active set algorithms for isotonic regression".
pub(crate) fn refine(columns: &[Effects], outcomes: Outcomes<'_>, l2: f64) -> Vec<Vec<f64>> {
    let n = outcomes.bad.len();
    let weight = |i: usize| outcomes.weight.map_or(1.0, |w| w[i]);
    let mut total = Counts::default();
    for (i, &b) in outcomes.bad.iter().enumerate() {
        *(if b { &mut total.bads } else { &mut total.goods }) += weight(i);
    }
    let mut intercept = (total.goods / total.bads).ln();
    let mut value: Vec<Vec<f64>> = columns.iter().map(|c| c.linear.clone()).collect();
    let (mut residual, mut curvature) = (vec![0.0; n], vec![0.0; n]);
    let mut eta = vec![0.0; n];
    // `eta`, and the value of the objective.
    let evaluate = |intercept: f64, value: &[Vec<f64>], eta: &mut [f64]| {
        eta.fill(intercept);
        let mut loss = 0.0;
        for (c, v) in columns.iter().zip(value) {
            eta.iter_mut().zip(&c.step).for_each(|(e, &b)| *e += v[usize::from(b)]);
            loss += l2 / 2.0 * v.iter().zip(&c.linear).map(|(v, l)| v * v + (v - l) * (v - l)).sum::<f64>();
        }
        for (i, e) in eta.iter().enumerate() {
            let margin = if outcomes.bad[i] { *e } else { -*e };
            loss += weight(i) * (margin.max(0.0) + (-e.abs()).exp().ln_1p());
        }
        loss
    };
    let mut loss = evaluate(intercept, &value, &mut eta);
    for _ in 0..OUTER_MAX {
        for i in 0..n {
            let p = 1.0 / (1.0 + (-eta[i]).exp());
            residual[i] = weight(i) * (f64::from(u8::from(!outcomes.bad[i])) - p);
            curvature[i] = (weight(i) * p * (1.0 - p)).max(1e-12);
        }
        let (next_intercept, next) = quadratic(columns, intercept, &value, &mut residual, &curvature, l2);
        // The feasible effects are convex: a part of the step is feasible too.
        let mut part = 1.0;
        let moved = loop {
            let blend = |a: f64, b: f64| a + part * (b - a);
            let candidate: Vec<Vec<f64>> =
                value.iter().zip(&next).map(|(v, n)| v.iter().zip(n).map(|(&v, &n)| blend(v, n)).collect()).collect();
            let candidate_intercept = blend(intercept, next_intercept);
            let candidate_loss = evaluate(candidate_intercept, &candidate, &mut eta);
            if candidate_loss <= loss + 1e-12 * loss.abs() {
                let moved = value.iter().flatten().zip(candidate.iter().flatten()).map(|(a, b)| (a - b).abs());
                let moved = moved.fold(0.0, f64::max);
                (intercept, value, loss) = (candidate_intercept, candidate, candidate_loss);
                break moved;
            }
            part /= 2.0;
            if part < 1e-6 {
                return value;
            }
        };
        if moved < TOLERANCE {
            break;
        }
    }
    value
}

/// Minimum of the quadratic model by sweeps over the columns; `residual` is used up.
fn quadratic(
    columns: &[Effects],
    mut intercept: f64,
    start: &[Vec<f64>],
    residual: &mut [f64],
    curvature: &[f64],
    l2: f64,
) -> (f64, Vec<Vec<f64>>) {
    let mut value = start.to_vec();
    let curvature_sum: f64 = curvature.iter().sum();
    let hessian: Vec<Vec<f64>> = columns.iter().zip(start).map(|(c, v)| by_step(&c.step, curvature, v.len())).collect();
    for _ in 0..SWEEPS_MAX {
        let shift = residual.iter().sum::<f64>() / curvature_sum;
        intercept += shift;
        residual.iter_mut().zip(curvature).for_each(|(r, h)| *r -= h * shift);
        let mut moved = 0.0_f64;
        for ((c, v), h) in columns.iter().zip(&mut value).zip(&hessian) {
            let gradient = by_step(&c.step, residual, v.len());
            let weights: Vec<f64> = h.iter().map(|h| h + 2.0 * l2).collect();
            let target: Vec<f64> =
                (0..v.len()).map(|b| (h[b] * v[b] + gradient[b] + l2 * c.linear[b]) / weights[b].max(1e-12)).collect();
            let fitted = isotonic(&target, &weights);
            let delta: Vec<f64> = fitted.iter().zip(&*v).map(|(f, v)| f - v).collect();
            let largest = delta.iter().fold(0.0_f64, |m, d| m.max(d.abs()));
            if largest > 0.0 {
                for ((r, &b), h) in residual.iter_mut().zip(&c.step).zip(curvature) {
                    *r -= h * delta[usize::from(b)];
                }
            }
            moved = moved.max(largest);
            *v = fitted;
        }
        if moved < TOLERANCE {
            break;
        }
    }
    (intercept, value)
}

/// Sums of `x` by step.
fn by_step(step: &[u8], x: &[f64], steps: usize) -> Vec<f64> {
    // Two tables take turns: neighbouring rows of one step need not wait for each other.
    let mut sums = [[0.0; 256]; 2];
    for (pair, x) in step.chunks(2).zip(x.chunks(2)) {
        for (k, (&s, x)) in pair.iter().zip(x).enumerate() {
            sums[k][usize::from(s)] += x;
        }
    }
    (0..steps).map(|s| sums[0][s] + sums[1][s]).collect()
}

/// The rising sequence that is nearest to `target` in weighted squares.
pub(crate) fn isotonic(target: &[f64], weights: &[f64]) -> Vec<f64> {
    let mut blocks: Vec<(f64, f64, usize)> = Vec::with_capacity(target.len());
    for (&value, &weight) in target.iter().zip(weights) {
        let mut block = (value, weight, 1);
        while let Some(&(value, weight, count)) = blocks.last() {
            if value <= block.0 {
                break;
            }
            blocks.pop();
            let sum = weight + block.1;
            let mean = if sum > 0.0 { (value * weight + block.0 * block.1) / sum } else { value };
            block = (mean, sum, count + block.2);
        }
        blocks.push(block);
    }
    blocks.into_iter().flat_map(|(value, _, count)| std::iter::repeat_n(value, count)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn pooled_violators() {
        assert_eq!(isotonic(&[1.0, 3.0, 2.0, 4.0], &[1.0; 4]), [1.0, 2.5, 2.5, 4.0]);
        assert_eq!(isotonic(&[3.0, 2.0, 1.0], &[2.0, 1.0, 1.0]), [2.25, 2.25, 2.25]);
    }

    proptest! {
        #[test]
        fn isotonic_is_no_worse_than_any_rising_sequence(
            target in prop::collection::vec(-5.0..5.0_f64, 1..7),
            rival in prop::collection::vec(-5.0..5.0_f64, 7),
        ) {
            let weights: Vec<f64> = (0..target.len()).map(|i| 1.0 + i as f64 / 2.0).collect();
            let mut rival = rival[..target.len()].to_vec();
            rival.sort_by(f64::total_cmp);
            let cost = |x: &[f64]| -> f64 {
                x.iter().zip(&target).zip(&weights).map(|((x, t), w)| w * (x - t) * (x - t)).sum()
            };
            let found = isotonic(&target, &weights);
            prop_assert!(found.is_sorted());
            prop_assert!(cost(&found) <= cost(&rival) + 1e-12);
        }
    }

    /// Two columns that say the same: together they must not say it twice.
    #[test]
    fn a_copy_shares_the_effect() {
        let step: Vec<u8> = (0..400).map(|i| u8::from(i % 2 == 0)).collect();
        let bad: Vec<bool> = (0..400).map(|i| if i % 2 == 0 { i % 20 == 0 } else { i % 4 == 1 }).collect();
        let one = Effects { step, linear: vec![0.0, 0.0] };
        let outcomes = Outcomes { bad: &bad, weight: None };
        let spread = |v: &[Vec<f64>]| v.iter().map(|v| v[1] - v[0]).sum::<f64>();
        let alone = spread(&refine(std::slice::from_ref(&one), outcomes, 1e-6));
        let both = spread(&refine(&[one.clone(), one], outcomes, 1e-6));
        let exact = (0.9_f64 / 0.1).ln() - (0.5_f64 / 0.5).ln();
        assert!((alone - exact).abs() < 1e-2, "{alone} {exact}");
        assert!((both - exact).abs() < 1e-2, "{both} {exact}");
    }
}
