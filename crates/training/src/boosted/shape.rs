//! What is done with shapes once they are grown.

use super::pairs::weights_by_cell;
use super::step::StepColumn;
use super::{GatheredRows, PairShape};
use crate::direction::projected;
use scoring::Direction;

/// Mean square of effects, by weight.
pub(crate) fn mean_square(effects: &[f64], weights: &[f64]) -> f64 {
    let (mut sum, mut all) = (0.0, 0.0);
    for (e, w) in effects.iter().zip(weights) {
        sum += w * e * e;
        all += w;
    }
    if all > 0.0 { sum / all } else { 0.0 }
}

/// Takes the weighted mean from effects and gives it.
pub(crate) fn centre(effects: &mut [f64], weights: &[f64]) -> f64 {
    let all: f64 = weights.iter().sum();
    let mean = effects.iter().zip(weights).map(|(e, w)| e * w).sum::<f64>() / all;
    if !mean.is_finite() {
        return 0.0;
    }
    effects.iter_mut().for_each(|e| *e -= mean);
    mean
}

/// The nearest shape, in weighted squares, whose points have one peak or one valley, where that is asked for.
///
/// Rising and falling shapes are so already: sums and means of steps that rise, rise.
pub(crate) fn directed(mut effects: Vec<f64>, column: StepColumn, weights: &[f64]) -> Vec<f64> {
    if matches!(column.direction, Direction::Peak | Direction::Valley) {
        let points: Vec<f64> = effects[..column.ordered].iter().map(|e| -e).collect();
        let fitted = projected(&points, &weights[..column.ordered], column.direction);
        effects.iter_mut().zip(fitted).for_each(|(e, f)| *e = -f);
    }
    effects
}

/// Passes over rows and columns of a pair: each halves what is left at least where the weights are not far from even.
const PASSES: usize = 30;

/// Moves what a pair says of either of its columns alone into their shapes: its rows and columns then have a weighted mean
/// of zero, and the prediction of every row stays.
///
/// # Source
/// Lengerich, Tan, Chang, Hooker and Caruana (2020), "Purifying interaction effects with the functional ANOVA".
pub(crate) fn purify(pair: &mut PairShape, shapes: &mut [Vec<f64>], rows: &GatheredRows<'_>) {
    let weights = weights_by_cell(pair, rows);
    let [n, m] = [pair.axes[0].count, pair.axes[1].count];
    for _ in 0..PASSES {
        for side in 0..2 {
            let lines = if side == 0 { n } else { m };
            let at = |line: usize, k: usize| if side == 0 { line * m + k } else { k * m + line };
            let across = if side == 0 { m } else { n };
            let mut moved = vec![0.0; lines];
            for (line, moved) in moved.iter_mut().enumerate() {
                let all: f64 = (0..across).map(|k| weights[at(line, k)]).sum();
                if all > 0.0 {
                    *moved = (0..across).map(|k| weights[at(line, k)] * pair.cells[at(line, k)]).sum::<f64>() / all;
                    (0..across).for_each(|k| pair.cells[at(line, k)] -= *moved);
                }
            }
            let shape = &mut shapes[pair.over[side]];
            shape.iter_mut().zip(&pair.axes[side].group).for_each(|(e, &g)| *e += moved[usize::from(g)]);
        }
    }
}

/// The nearest steps: runs of at most `runs` neighbouring values, each at its weighted mean, with the least weighted squares
/// between. Gives the exclusive ends of the runs.
///
/// Means of runs of a rising sequence rise, so a direction is kept.
///
/// # Source
/// Fisher (1958), "On grouping for maximum homogeneity".
pub(crate) fn nearest_steps(values: &[f64], weights: &[f64], runs: usize) -> Vec<usize> {
    let n = values.len();
    let mut before = vec![[0.0; 3]];
    let mut last = [0.0; 3];
    for (&value, &rows) in values.iter().zip(weights) {
        // A value without rows counts a little, or it would join any run.
        let w = rows.max(1e-9);
        last = [last[0] + w, last[1] + w * value, last[2] + w * value * value];
        before.push(last);
    }
    let within = |from: usize, to: usize| {
        let [w, s, q] = [0, 1, 2].map(|k| before[to][k] - before[from][k]);
        (q - s * s / w).max(0.0)
    };
    // least[k][to]: the least squares of the first `to` values in `k + 1` runs, and where the last run begins.
    let mut least: Vec<Vec<(f64, usize)>> =
        vec![(0..=n).map(|to| (if to == 0 { 0.0 } else { within(0, to) }, 0)).collect()];
    for _ in 1..runs.min(n) {
        let above = least.last().expect("one run is there");
        let best = |to: usize| {
            let with = |from: usize| (above[from].0 + within(from, to), from);
            (1..to).map(with).fold(above[to], |best, other| if other.0 < best.0 - 1e-12 { other } else { best })
        };
        let next = (0..=n).map(|to| if to < 2 { above[to] } else { best(to) }).collect();
        least.push(next);
    }
    let mut ends = vec![n];
    let mut to = n;
    for k in (0..least.len()).rev() {
        let from = least[k][to].1;
        if from == 0 {
            break;
        }
        ends.push(from);
        to = from;
    }
    ends.reverse();
    ends
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_cut_where_values_jump() {
        let values = [0.0, 0.1, 0.0, 5.0, 5.1, 9.0];
        assert_eq!(nearest_steps(&values, &[1.0; 6], 3), [3, 5, 6]);
        assert_eq!(nearest_steps(&values, &[1.0; 6], 2), [3, 6]);
        assert_eq!(nearest_steps(&values, &[1.0; 6], 1), [6]);
        assert_eq!(nearest_steps(&[2.0; 4], &[1.0; 4], 3), [4], "nothing is cut where nothing differs");
        assert_eq!(nearest_steps(&[1.0, 2.0], &[1.0; 2], 9), [1, 2]);
    }

    #[test]
    fn the_best_steps_of_all() {
        for seed in 0..50 {
            let values: Vec<f64> = (0..8).map(|k| (crate::random::at(seed, k) % 100) as f64).collect();
            let weights: Vec<f64> = (0..8).map(|k| 1.0 + (crate::random::at(seed + 99, k) % 5) as f64).collect();
            let squares = |ends: &[usize]| {
                let (mut from, mut sum) = (0, 0.0);
                for &to in ends {
                    let all: f64 = weights[from..to].iter().sum();
                    let mean = (from..to).map(|k| weights[k] * values[k]).sum::<f64>() / all;
                    sum += (from..to).map(|k| weights[k] * (values[k] - mean).powi(2)).sum::<f64>();
                    from = to;
                }
                sum
            };
            let mut best = f64::INFINITY;
            for a in 1..7 {
                for b in a + 1..8 {
                    best = best.min(squares(&[a, b, 8]));
                }
            }
            let found = nearest_steps(&values, &weights, 3);
            assert!(found.len() <= 3 && (squares(&found) - best).abs() < 1e-6, "seed {seed}: {found:?}");
        }
    }

    #[test]
    fn a_peak_is_one_and_a_valley_too() {
        for (direction, sign) in [(Direction::Peak, -1.0), (Direction::Valley, 1.0)] {
            let column = StepColumn { ordered: 12, is_text: false, direction };
            for seed in 0..100 {
                let raw: Vec<f64> = (0..13).map(|k| (crate::random::at(seed, k) % 100) as f64).collect();
                let found = directed(raw.clone(), column, &[1.0; 13]);
                assert_eq!(found[12], raw[12], "what has no order stays");
                let rises: Vec<bool> =
                    found[..12].windows(2).filter(|w| w[0] != w[1]).map(|w| sign * (w[1] - w[0]) > 0.0).collect();
                assert!(rises.windows(2).all(|w| w[0] || !w[1]), "seed {seed}: {found:?}");
            }
        }
    }
}
