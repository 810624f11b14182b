//! What else one could do with few outcomes: the card refitted, and a ridge regression of one's own.

use anyhow::{Context, Result};
use ndarray::{Array1, Array2, Axis};
use primitives::Column;
use scoring::{Attribute, Model, Table};
use training::{FitOptions, NewtonLogistic};
use validation::log_loss;

/// AUC and log-loss of a method on a sample.
#[derive(Debug, Clone, Copy)]
pub struct Outcome {
    /// Area under the ROC curve.
    pub auc: f64,
    /// Mean log-loss.
    pub log_loss: f64,
}

/// Rows that are drawn to learn from.
pub struct Sample {
    /// Their places, bads first.
    pub rows: Vec<usize>,
    /// Per row of all, whether it is one of them.
    pub holds: Vec<bool>,
    /// Log-odds of bad among them.
    pub log_odds: f64,
}

/// Draws bads and goods by a seed.
///
/// # Panics
/// Where there are not so many.
pub fn draw(bad: &[bool], [bads, goods]: [usize; 2], seed: u64) -> Sample {
    let mut rows = Vec::new();
    for (class, count) in [(true, bads), (false, goods)] {
        let mut of_class: Vec<(u64, usize)> =
            (0..bad.len()).filter(|&i| bad[i] == class).map(|i| (mixed(seed, i as u64), i)).collect();
        assert!(of_class.len() > count, "{} rows of one outcome, {count} are to be drawn", of_class.len());
        of_class.sort_unstable();
        rows.extend(of_class[..count].iter().map(|(_, i)| *i));
    }
    let mut holds = vec![false; bad.len()];
    rows.iter().for_each(|&i| holds[i] = true);
    Sample { rows, holds, log_odds: (bads as f64 / goods as f64).ln() }
}

/// SplitMix64 of a seed and a place.
fn mixed(seed: u64, index: u64) -> u64 {
    let mut z = (seed << 32 ^ index).wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// A card over a table: the bin of each row in each of its tables, and its log-odds of bad.
pub struct Cards<'a> {
    names: &'a [String],
    columns: &'a [Column],
    /// Per table, per row.
    bins: Vec<Vec<usize>>,
    /// Bins per table.
    counts: Vec<usize>,
    card: Vec<f64>,
}

impl<'a> Cards<'a> {
    /// Finds the bins.
    ///
    /// # Errors
    /// Where the columns do not fit the card.
    pub fn new(card: &Model, names: &'a [String], columns: &'a [Column]) -> Result<Self> {
        let views: Vec<_> = names.iter().map(String::as_str).zip(columns.iter().map(Column::view)).collect();
        let batch = card.bind(&views)?;
        let mut bins = vec![Vec::new(); card.file().tables.len()];
        for row in 0..batch.rows() {
            let parts = card.explain(&batch.values(row))?.contributions;
            parts.iter().zip(&mut bins).for_each(|(c, b)| b.push(c.bin));
        }
        let counts = card.file().tables.iter().map(|t| match t {
            Table::OneWay { bins, .. } => bins.len(),
            Table::TwoWay(pair) => pair.rows.len() * pair.columns.len(),
        });
        let mut cards = Self { names, columns, bins, counts: counts.collect(), card: Vec::new() };
        cards.card = cards.log_odds(card)?;
        Ok(cards)
    }

    /// Log-odds of bad of all rows by the integer points of a model.
    ///
    /// # Errors
    /// Where the columns do not fit it.
    pub fn log_odds(&self, model: &Model) -> Result<Vec<f64>> {
        let views: Vec<_> = self.names.iter().map(String::as_str).zip(self.columns.iter().map(Column::view)).collect();
        let batch = model.bind(&views)?;
        let mut scores = vec![0; batch.rows()];
        batch.score(0..batch.rows(), &mut scores)?;
        let scale = model.file().scale;
        let of = |s: i32| -((f64::from(s) - scale.points) / scale.factor() + scale.odds.ln());
        Ok(scores.into_iter().map(of).collect())
    }
}

/// The card with slope and intercept by maximum likelihood.
///
/// # Errors
/// Where the regression fails.
pub fn card_refitted(cards: &Cards<'_>, bad: &[bool], sample: &Sample) -> Result<Vec<f64>> {
    let x = Array2::from_shape_fn((cards.card.len(), 1), |(i, _)| cards.card[i]);
    // As good as no penalty, and an answer where the card parts the sample.
    fitted(&x, bad, &sample.rows, 1e-6).map(|fit| predicted(&x, &fit))
}

/// Penalties that are tried.
const PENALTIES: [f64; 8] = [0.05, 0.2, 1.0, 3.0, 10.0, 30.0, 100.0, 500.0];
const FOLDS: usize = 5;
/// Rows at the odds of the sample that are added to each bin, as `binning.smoothing` has it.
const SMOOTHING: f64 = 4.0;

/// Ridge regression on the WoE of the card's bins in the sample; the penalty is that of the least log-loss in five folds,
/// whose WoE are those of the other folds.
///
/// # Errors
/// Where a regression fails.
pub fn ridge_of_woe(cards: &Cards<'_>, bad: &[bool], sample: &Sample) -> Result<Vec<f64>> {
    let design = |rows: &[usize]| {
        let woe: Vec<Vec<f64>> = (0..cards.bins.len()).map(|t| woe(cards, t, bad, rows)).collect();
        Array2::from_shape_fn((bad.len(), woe.len()), |(i, t)| woe[t][cards.bins[t][i]])
    };
    crossed(&design, bad, sample)
}

/// The same on an indicator of each bin.
///
/// # Errors
/// Where a regression fails.
pub fn ridge_of_bins(cards: &Cards<'_>, bad: &[bool], sample: &Sample) -> Result<Vec<f64>> {
    let mut columns: Vec<(usize, usize)> = Vec::new();
    for (t, bins) in cards.bins.iter().enumerate() {
        let mut seen = vec![false; cards.counts[t]];
        sample.rows.iter().for_each(|&i| seen[bins[i]] = true);
        columns.extend((0..seen.len()).filter(|&b| seen[b]).map(|b| (t, b)));
    }
    let x = Array2::from_shape_fn((bad.len(), columns.len()), |(i, c)| {
        let (t, b) = columns[c];
        f64::from(u8::from(cards.bins[t][i] == b))
    });
    crossed(&|_| x.clone(), bad, sample)
}

/// `ln(share of bads / share of goods)` by bin: higher is riskier here, as the regression is of bad.
fn woe(cards: &Cards<'_>, t: usize, bad: &[bool], rows: &[usize]) -> Vec<f64> {
    let mut counts = vec![[0.0; 2]; cards.counts[t]];
    let mut all = [0.0; 2];
    for &i in rows {
        counts[cards.bins[t][i]][usize::from(bad[i])] += 1.0;
        all[usize::from(bad[i])] += 1.0;
    }
    let n = all[0] + all[1];
    let share = |own: f64, class: usize| (own + SMOOTHING * all[class] / n) / all[class];
    counts.iter().map(|c| (share(c[1], 1) / share(c[0], 0)).ln()).collect()
}

/// Fits with the penalty that predicts the folds best. `design` gives the columns of all rows, made from some.
fn crossed(design: &dyn Fn(&[usize]) -> Array2<f64>, bad: &[bool], sample: &Sample) -> Result<Vec<f64>> {
    // Bads stand first: every fifth of either.
    let fold = |at: usize| at % FOLDS;
    let mut losses = [0.0; PENALTIES.len()];
    for k in 0..FOLDS {
        let (own, rest): (Vec<usize>, Vec<usize>) = (0..sample.rows.len()).partition(|&at| fold(at) == k);
        let places = |at: &[usize]| at.iter().map(|&a| sample.rows[a]).collect::<Vec<usize>>();
        let (own, rest) = (places(&own), places(&rest));
        let x = design(&rest);
        let own_x = x.select(Axis(0), &own);
        let y: Vec<bool> = own.iter().map(|&i| bad[i]).collect();
        for (loss, l2) in losses.iter_mut().zip(PENALTIES) {
            let fit = fitted(&x, bad, &rest, l2)?;
            let pd: Vec<f64> = predicted(&own_x, &fit).iter().map(|eta| 1.0 / (1.0 + (-eta).exp())).collect();
            *loss += log_loss(&pd, &y, None)? * y.len() as f64;
        }
    }
    let best = (0..PENALTIES.len()).min_by(|&a, &b| losses[a].total_cmp(&losses[b])).context("a penalty")?;
    let x = design(&sample.rows);
    let fit = fitted(&x, bad, &sample.rows, PENALTIES[best])?;
    Ok(predicted(&x, &fit))
}

/// Intercept and coefficients.
type Line = (f64, Array1<f64>);

/// Ridge regression on some rows. Of more columns than rows the same minimum is found among the rows: at it the
/// coefficients are sums of rows, each times its residual by the penalty.
fn fitted(x: &Array2<f64>, bad: &[bool], rows: &[usize], l2: f64) -> Result<Line> {
    let y: Vec<bool> = rows.iter().map(|&i| bad[i]).collect();
    let options = FitOptions { l2, iterations_max: 200, tolerance: 1e-8, non_negative: false };
    let own = x.select(Axis(0), rows);
    if own.ncols() <= own.nrows() {
        let fit = NewtonLogistic::new(options).fit_weighted(&own, &y, None)?;
        return Ok((fit.intercept, Array1::from(fit.coefficients)));
    }
    let root = root_of(&own.dot(&own.t()));
    let fit = NewtonLogistic::new(options).fit_weighted(&root, &y, None)?;
    let pd = fit.predict_probabilities(&root);
    let residual: Array1<f64> = y.iter().zip(&pd).map(|(&y, p)| f64::from(u8::from(y)) - p).collect();
    Ok((fit.intercept, own.t().dot(&residual) / l2))
}

/// A lower triangle whose product with its transpose is `square`, but for a trifle on the diagonal.
fn root_of(square: &Array2<f64>) -> Array2<f64> {
    let n = square.nrows();
    let mut l = Array2::<f64>::zeros((n, n));
    for i in 0..n {
        for j in 0..=i {
            let dot: f64 = (0..j).map(|k| l[[i, k]] * l[[j, k]]).sum();
            let rest = square[[i, j]] - dot;
            l[[i, j]] = if i == j { (rest + 1e-9).max(1e-9).sqrt() } else { rest / l[[j, j]] };
        }
    }
    l
}

fn predicted(x: &Array2<f64>, (intercept, beta): &Line) -> Vec<f64> {
    x.dot(beta).iter().map(|eta| eta + intercept).collect()
}

/// A card whose every `step`th table says the opposite of what it should.
///
/// # Errors
/// Where the model does not hold together.
pub fn turned(card: &Model, step: usize) -> Result<Model> {
    changed(card, |t, points| if t % step == 0 { points.iter().map(|p| -p).collect() } else { points.to_vec() })
}

/// A card whose tables all have the spread that they have on average: an expert knows the order of bins, not the weights.
///
/// # Errors
/// Where the model does not hold together.
pub fn levelled(card: &Model) -> Result<Model> {
    let spread = |points: &[i32]| {
        let (low, high) = (points.iter().min().copied().unwrap_or(0), points.iter().max().copied().unwrap_or(0));
        f64::from(high - low)
    };
    let spreads: Vec<f64> = card.file().tables.iter().map(|t| spread(&points_of(t))).filter(|s| *s > 0.0).collect();
    let mean = spreads.iter().sum::<f64>() / spreads.len().max(1) as f64;
    changed(card, |_, points| {
        let own = spread(points);
        let by = if own > 0.0 { mean / own } else { 1.0 };
        points.iter().map(|p| (f64::from(*p) * by).round() as i32).collect()
    })
}

fn points_of(table: &Table) -> Vec<i32> {
    match table {
        Table::OneWay { bins, .. } => {
            bins.iter().filter(|b| b.attribute != Attribute::NotAuthorised).map(|b| b.points).collect()
        }
        Table::TwoWay(pair) => pair.points.iter().flatten().copied().collect(),
    }
}

/// A scorecard with other points in its one-way tables; what is not authorised has the fewest.
fn changed(card: &Model, change: impl Fn(usize, &[i32]) -> Vec<i32>) -> Result<Model> {
    let mut file = card.file().clone();
    for (t, table) in file.tables.iter_mut().enumerate() {
        let points = change(t, &points_of(table));
        let lowest = points.iter().min().copied().unwrap_or(0);
        let Table::OneWay { bins, .. } = table else { anyhow::bail!("a scorecard has one-way tables") };
        let mut points = points.into_iter();
        for bin in bins {
            let withheld = bin.attribute == Attribute::NotAuthorised;
            bin.points = if withheld { lowest } else { points.next().unwrap_or(lowest) };
        }
    }
    Ok(Model::from_file(file)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The minimum found among the rows is the one found among the columns.
    #[test]
    fn a_ridge_is_one_whichever_way_it_is_found() {
        let x = Array2::from_shape_fn((12, 20), |(i, j)| (mixed(i as u64, j as u64) % 100) as f64 / 50.0 - 1.0);
        let bad: Vec<bool> = (0..12).map(|i| mixed(9, i).is_multiple_of(2)).collect();
        let rows: Vec<usize> = (0..12).collect();
        let (intercept, beta) = fitted(&x, &bad, &rows, 0.7).expect("fitted");
        let options = FitOptions { l2: 0.7, iterations_max: 200, tolerance: 1e-10, non_negative: false };
        let direct = NewtonLogistic::new(options).fit_weighted(&x, &bad, None).expect("fitted");
        assert!((intercept - direct.intercept).abs() < 1e-4, "{intercept} {}", direct.intercept);
        for (a, b) in beta.iter().zip(&direct.coefficients) {
            assert!((a - b).abs() < 1e-4, "{a} {b}");
        }
    }

    #[test]
    fn samples_have_what_was_asked_for() {
        let bad: Vec<bool> = (0..500).map(|i| i % 5 == 0).collect();
        let sample = draw(&bad, [20, 60], 3);
        assert_eq!(sample.rows.iter().filter(|&&i| bad[i]).count(), 20);
        assert_eq!((sample.rows.len(), sample.holds.iter().filter(|h| **h).count()), (80, 80));
        assert_ne!(sample.rows, draw(&bad, [20, 60], 4).rows);
    }
}
