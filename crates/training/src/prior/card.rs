//! A card as the mean of a prior: what its bins say, and along what they may move.

use super::laplace::{Mode, Outcomes, by_columns, by_rows};
use crate::newton::triangle;
use scoring::{Attribute, Batch, Model, Table};

/// Neighbouring bins of a number move alike: correlation of what two of them may move by.
const NEIGHBOURS: f64 = 0.7;
/// Standard deviation of the intercept, which the prior says next to nothing of.
const INTERCEPT_SD: f64 = 10.0;

/// A table of the card.
#[derive(Debug, Clone)]
pub(crate) struct CardTable {
    /// Log-odds of bad by bin, or by cell of a pair, less their mean over the population.
    pub(crate) effect: Vec<f64>,
    /// That mean.
    pub(crate) mean: f64,
    /// Their standard deviation over the population.
    pub(crate) sd: f64,
    /// What each bin counts in the population; 0 where no source is authorised.
    pub(crate) weight: Vec<f64>,
    /// Intervals, which stand first; 0 on a text and on a pair.
    intervals: usize,
    /// Whether bins may move by themselves: those of a pair are too many.
    moves: bool,
}

/// How far coefficients may stand from their means.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Spread {
    /// Of the weight of the whole card.
    pub(crate) slope: f64,
    /// Of the weight of one table beside that.
    pub(crate) weight: f64,
    /// Of a bin beside that, in shares of its table's standard deviation.
    pub(crate) bin: f64,
}

/// The card in log-odds.
#[derive(Debug, Clone)]
pub(crate) struct PriorCard {
    pub(crate) tables: Vec<CardTable>,
    /// Log-odds of bad of one point, below 0.
    pub(crate) per_point: f64,
    /// Whether odds stand behind the points.
    pub(crate) has_odds: bool,
}

/// Per table and row the bin, or the cell of a pair.
pub(crate) type Bins = Vec<Vec<u32>>;

/// The bins of some rows of a table bound to the card.
pub(crate) fn bins_of(card: &Model, batch: &Batch<'_, '_>, rows: &[u32]) -> Result<Bins, scoring::Error> {
    let mut bins = vec![Vec::with_capacity(rows.len()); card.file().tables.len()];
    for &row in rows {
        let explanation = card.explain(&batch.values(row as usize))?;
        explanation.contributions.iter().zip(&mut bins).for_each(|(c, bins)| bins.push(c.bin as u32));
    }
    Ok(bins)
}

/// What each bin gives, a cell of a pair row by row.
pub(crate) fn points_of(table: &Table) -> Vec<i32> {
    match table {
        Table::OneWay { bins, .. } => bins.iter().map(|b| b.points).collect(),
        Table::TwoWay(pair) => pair.points.iter().flatten().copied().collect(),
    }
}

impl PriorCard {
    /// - `bins`: those of the rows that are fitted on: they stand for the population where the card has counts of none.
    pub(crate) fn new(card: &Model, bins: &Bins) -> Self {
        let file = card.file();
        let mut per_point = -1.0 / file.scale.factor();
        let has_odds = file.pd.is_some();
        let tables: Vec<CardTable> =
            file.tables.iter().zip(bins).map(|(table, bins)| CardTable::new(table, bins, per_point)).collect();
        let mut card = Self { tables, per_point, has_odds };
        if !has_odds {
            // Points without odds have no unit: that of their spread will do.
            let rows = bins.first().map_or(0, Vec::len);
            let score: Vec<f64> = (0..rows).map(|i| card.sum(bins, i)).collect();
            let mean = score.iter().sum::<f64>() / rows.max(1) as f64;
            let sd = (score.iter().map(|s| (s - mean).powi(2)).sum::<f64>() / rows.max(1) as f64).sqrt();
            if sd > 0.0 {
                per_point /= sd;
                for t in &mut card.tables {
                    t.effect.iter_mut().for_each(|e| *e /= sd);
                    (t.mean, t.sd) = (t.mean / sd, t.sd / sd);
                }
            }
            card.per_point = per_point;
        }
        card
    }

    /// What the card says of a row of `bins`, in log-odds of bad.
    pub(crate) fn sum(&self, bins: &Bins, row: usize) -> f64 {
        self.tables.iter().zip(bins).map(|(t, b)| t.effect[b[row] as usize]).sum()
    }
}

impl CardTable {
    fn new(table: &Table, bins: &[u32], per_point: f64) -> Self {
        let raw: Vec<f64> = points_of(table).iter().map(|p| per_point * f64::from(*p)).collect();
        let mut weight = vec![0.0; raw.len()];
        let (mut intervals, mut moves) = (0, false);
        if let Table::OneWay { bins, .. } = table {
            weight = bins.iter().map(|b| b.goods + b.bads).collect();
            intervals = bins.iter().filter(|b| matches!(b.attribute, Attribute::Interval(_))).count();
            moves = true;
        }
        if weight.iter().sum::<f64>() <= 0.0 {
            bins.iter().for_each(|&b| weight[b as usize] += 1.0);
        }
        let all: f64 = weight.iter().sum::<f64>().max(f64::MIN_POSITIVE);
        let mean = raw.iter().zip(&weight).map(|(r, w)| r * w).sum::<f64>() / all;
        let effect: Vec<f64> = raw.iter().map(|r| r - mean).collect();
        let sd = (effect.iter().zip(&weight).map(|(e, w)| w * e * e).sum::<f64>() / all).sqrt();
        Self { effect, mean, sd, weight, intervals, moves }
    }

    /// `correlation[b]` of bin `b` with all bins.
    fn correlation(&self, a: usize, b: usize) -> f64 {
        match a < self.intervals && b < self.intervals {
            true => NEIGHBOURS.powi(a.abs_diff(b) as i32),
            false => f64::from(u8::from(a == b)),
        }
    }

    /// What each bin moves by, given the sums of residuals in the bins: `bin² * sd² * correlation * sums`.
    pub(crate) fn moved(&self, sums: &[f64], bin: f64) -> Vec<f64> {
        if !self.moves || bin == 0.0 {
            return vec![0.0; sums.len()];
        }
        let variance = bin * bin * self.sd * self.sd;
        let row = |a: usize| variance * (0..sums.len()).map(|b| self.correlation(a, b) * sums[b]).sum::<f64>();
        (0..sums.len()).map(row).collect()
    }

    /// A root of the correlation of the bins: what rows of it have in common is how alike bins move.
    ///
    /// That of a first-order autoregression: `b` depends on `b - 1` and on news of its own.
    fn root(&self, bin: usize) -> Vec<(usize, f64)> {
        if bin >= self.intervals {
            return vec![(bin, 1.0)];
        }
        let news = (1.0 - NEIGHBOURS * NEIGHBOURS).sqrt();
        let part = |k: usize| NEIGHBOURS.powi((bin - k) as i32) * if k == 0 { 1.0 } else { news };
        (0..=bin).map(|k| (k, part(k))).collect()
    }
}

/// The coefficients of a fit and the values of rows on them, before the spread of the prior.
pub(crate) struct Basis {
    /// Per row the columns that are not zero, in order, and their values.
    rows: Vec<Vec<(u32, f64)>>,
    /// Which part of [`Spread`] each column has: the intercept, the slope, a weight, a bin.
    part: Vec<u8>,
    /// Kernels of the parts, lower triangles by rows, where there are fewer rows than columns.
    kernels: Option<[Vec<f64>; 4]>,
}

impl Basis {
    pub(crate) fn new(card: &PriorCard, bins: &Bins, rows: &[usize]) -> Self {
        let weights: Vec<usize> = (0..card.tables.len()).filter(|&t| card.tables[t].sd > 0.0).collect();
        let mut part = vec![0, 1];
        part.extend(weights.iter().map(|_| 2));
        let mut first = Vec::new();
        for &t in &weights {
            first.push(part.len());
            let count = if card.tables[t].moves { card.tables[t].effect.len() } else { 0 };
            part.extend(std::iter::repeat_n(3, count));
        }
        let row = |&i: &usize| {
            let mut row = vec![(0, INTERCEPT_SD), (1, card.sum(bins, i))];
            row.extend(
                weights.iter().enumerate().map(|(k, &t)| (2 + k as u32, card.tables[t].effect[bins[t][i] as usize])),
            );
            for (k, &t) in weights.iter().enumerate() {
                let table = &card.tables[t];
                if table.moves {
                    let own = table.root(bins[t][i] as usize).into_iter();
                    row.extend(own.map(|(b, x)| ((first[k] + b) as u32, table.sd * x)));
                }
            }
            row
        };
        let rows: Vec<Vec<(u32, f64)>> = rows.iter().map(row).collect();
        let mut basis = Self { rows, part, kernels: None };
        if basis.rows.len() < basis.part.len() {
            basis.kernels = Some(basis.kernels());
        }
        basis
    }

    fn kernels(&self) -> [Vec<f64>; 4] {
        let n = self.rows.len();
        let mut kernels: [Vec<f64>; 4] = std::array::from_fn(|_| vec![0.0; n * (n + 1) / 2]);
        let mut dense = vec![0.0; self.part.len()];
        for i in 0..n {
            self.rows[i].iter().for_each(|&(c, x)| dense[c as usize] = x);
            for j in 0..=i {
                for &(c, x) in &self.rows[j] {
                    let product = x * dense[c as usize];
                    if product != 0.0 {
                        kernels[usize::from(self.part[c as usize])][triangle(i, j)] += product;
                    }
                }
            }
            self.rows[i].iter().for_each(|&(c, _)| dense[c as usize] = 0.0);
        }
        kernels
    }

    /// The mode under a spread; `start` has the residuals of one like it.
    pub(crate) fn mode(&self, spread: Spread, y: Outcomes<'_>, start: Option<&[f64]>) -> Option<Mode> {
        let parts = [1.0, spread.slope, spread.weight, spread.bin];
        match &self.kernels {
            Some(kernels) => {
                let mut sum = kernels[0].clone();
                for (kernel, part) in kernels.iter().zip(parts).skip(1) {
                    sum.iter_mut().zip(kernel).for_each(|(s, k)| *s += part * part * k);
                }
                by_rows(&sum, y, start)
            }
            None => {
                let scaled = |row: &Vec<(u32, f64)>| {
                    let of = |&(c, x): &(u32, f64)| (c, x * parts[usize::from(self.part[c as usize])]);
                    row.iter().map(of).filter(|(_, x)| *x != 0.0).collect::<Vec<_>>()
                };
                let rows: Vec<Vec<(u32, f64)>> = self.rows.iter().map(scaled).collect();
                by_columns(&rows, self.part.len(), y, start)
            }
        }
    }

    /// The intercept at a mode, beside the offset.
    pub(crate) fn intercept(residual: &[f64]) -> f64 {
        INTERCEPT_SD * INTERCEPT_SD * residual.iter().sum::<f64>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What `moved` says in one formula and what the columns say is the same prior.
    #[test]
    fn the_root_is_one_of_the_correlation() {
        let table =
            CardTable { effect: vec![0.0; 7], mean: 0.0, sd: 1.0, weight: vec![1.0; 7], intervals: 5, moves: true };
        for a in 0..7 {
            for b in 0..7 {
                let (ra, rb) = (table.root(a), table.root(b));
                let product: f64 =
                    ra.iter().map(|(k, x)| x * rb.iter().find(|(l, _)| l == k).map_or(0.0, |(_, y)| *y)).sum();
                assert!((product - table.correlation(a, b)).abs() < 1e-12, "{a} {b}");
            }
        }
        let sums = [1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 2.0];
        let moved = table.moved(&sums, 0.5);
        assert!((moved[0] - 0.25).abs() < 1e-12 && (moved[1] - 0.25 * 0.7).abs() < 1e-12);
        assert!(moved[5] == 0.0 && (moved[6] - 0.5).abs() < 1e-12);
    }
}
