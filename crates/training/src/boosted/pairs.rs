//! Which pairs are worth a table, and what stands in it.

use super::bag::Bag;
use super::pair::{Axis, CellRules, cell_step, quadrants_gain};
use super::shape::mean_square;
use super::{GatheredRows, PairShape, Stop};
use crate::config::TrainConfig;
use rayon::prelude::*;
use std::collections::BTreeMap;

/// A column as pairs see it.
struct Side {
    axis: Axis,
    /// Group by row.
    groups: Vec<u8>,
}

/// Grows pairs of the columns `free` on top of shapes that are grown.
///
/// Each bag has the pairs that its own rows show; those of all bags together are averaged, and the ones with the largest
/// effects are kept. `loss` is what the rows set aside lose without pairs: where pairs do not lower it, there are none.
pub(crate) fn grow_pairs(
    rows: &GatheredRows<'_>,
    bags: &mut [Bag],
    columns: &[usize],
    free: &[usize],
    shapes: &[Vec<f64>],
    loss: f64,
    config: &TrainConfig,
) -> Vec<PairShape> {
    let rules = &config.boosted;
    let cell_rules = CellRules { rate: rules.pair_rate, l2: rules.l2, curvature_min: rules.curvature_min };
    let sides: BTreeMap<usize, Side> = free
        .par_iter()
        .map(|&j| {
            let axis = Axis::new(&rows.coded[j], &shapes[j], &rows.weights_by_code[j], rules.pair_bins);
            let groups = rows.codes[j].iter().map(|&code| axis.group[usize::from(code)]).collect();
            (j, Side { axis, groups })
        })
        .collect();
    let all: Vec<[usize; 2]> =
        free.iter().enumerate().flat_map(|(at, &a)| free[at + 1..].iter().map(move |&b| [a, b])).collect();
    if all.is_empty() {
        return Vec::new();
    }
    let outcomes = rows.outcomes();
    let codes: Vec<&[u8]> = columns.iter().map(|&j| rows.codes[j].as_slice()).collect();
    let groups = |pair: &[usize; 2]| pair.map(|j| sides[&j].groups.as_slice());
    let counts = |pair: &[usize; 2]| pair.map(|j| sides[&j].axis.count);
    let mut chosen: Vec<Vec<[usize; 2]>> = Vec::with_capacity(bags.len());
    let mut without: Vec<Vec<[f64; 2]>> = Vec::with_capacity(bags.len());
    for bag in bags.iter_mut() {
        bag.set_log_odds(&codes);
        bag.begin_round(outcomes);
        without.push(bag.losses_aside(outcomes));
        let gain = |pair: &[usize; 2]| {
            let [n, m] = counts(pair);
            (quadrants_gain(&bag.cell_sums(groups(pair), [n, m]), n, m, &cell_rules), *pair)
        };
        let mut gains: Vec<(f64, [usize; 2])> = all.par_iter().map(gain).collect();
        gains.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        let own: Vec<[usize; 2]> =
            gains.into_iter().filter(|(gain, _)| *gain > 0.0).take(rules.pairs).map(|(_, pair)| pair).collect();
        bag.tables = own.iter().map(|pair| vec![0.0; counts(pair).iter().product()]).collect();
        chosen.push(own);
    }

    let mut stop = Stop::new(bags, rules.patience, loss);
    while stop.checks < rules.rounds {
        bags.par_iter_mut().zip(&chosen).for_each(|(bag, own)| {
            bag.begin_round(outcomes);
            for (at, pair) in own.iter().enumerate() {
                let [n, m] = counts(pair);
                let steps = cell_step(&bag.cell_sums(groups(pair), [n, m]), n, m, &cell_rules);
                bag.take_cells(at, groups(pair), m, &steps);
            }
        });
        if stop.is_over(bags, outcomes, |bag| (bag.tables.clone(), bag.losses_aside(outcomes))) {
            break;
        }
    }
    let (grown, checks, _) = stop.best();
    let (tables, with): (Vec<_>, Vec<_>) = grown.into_iter().unzip();
    if checks == 0 || !is_beyond_noise(&without, &with) {
        return Vec::new();
    }
    let mut mean: BTreeMap<[usize; 2], Vec<f64>> = BTreeMap::new();
    for (own, tables) in chosen.iter().zip(&tables) {
        for (pair, table) in own.iter().zip(tables) {
            let sum = mean.entry(*pair).or_insert_with(|| vec![0.0; table.len()]);
            sum.iter_mut().zip(table).for_each(|(s, e)| *s += e / bags.len() as f64);
        }
    }
    let mut pairs: Vec<(f64, PairShape)> = mean
        .into_iter()
        .map(|(over, cells)| {
            let axes = over.map(|j| sides[&j].axis.clone());
            let pair = PairShape { over, axes, cells };
            (mean_square(&pair.cells, &weights_by_cell(&pair, rows)), pair)
        })
        .collect();
    pairs.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.over.cmp(&b.1.over)));
    pairs.truncate(rules.pairs);
    pairs.into_iter().map(|(_, pair)| pair).collect()
}

/// Standard errors that the mean loss must fall by: what is within the noise is not worth tables that are harder to read.
const STANDARD_ERRORS: f64 = 2.0;

/// Whether losses of the rows set aside, by bag, fall by more than chance would have them.
fn is_beyond_noise(without: &[Vec<[f64; 2]>], with: &[Vec<[f64; 2]>]) -> bool {
    let gains: Vec<[f64; 2]> =
        without.iter().flatten().zip(with.iter().flatten()).map(|(a, b)| [a[0] - b[0], a[1]]).collect();
    let all: f64 = gains.iter().map(|g| g[1]).sum();
    let mean = gains.iter().map(|g| g[0] * g[1]).sum::<f64>() / all;
    let squares: f64 = gains.iter().map(|g| (g[1] * (g[0] - mean)).powi(2)).sum();
    mean > STANDARD_ERRORS * squares.sqrt() / all
}

/// Sum of weights by cell.
pub(crate) fn weights_by_cell(pair: &PairShape, rows: &GatheredRows<'_>) -> Vec<f64> {
    let mut sums = vec![0.0; pair.cells.len()];
    let [a, b] = pair.over.map(|j| &rows.codes[j]);
    for ((&a, &b), &w) in a.iter().zip(b).zip(&rows.weight) {
        sums[pair.cell([a, b])] += f64::from(w);
    }
    sums
}
