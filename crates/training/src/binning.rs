//! One column: direction, bins and their WoE.

use crate::coding::{Coded, Shape};
use crate::optimal::{Constraints, Counts, bin_iv, optimal_partition, over_folds, woe};
use scoring::Direction;

/// What binning is told about a column.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct BinningRules {
    /// At most this many bins besides special values, missing and unseen.
    pub(crate) bins_max: usize,
    /// Least share of all rows in a bin, in 0..1.
    pub(crate) share_min: f64,
    /// Least weighted number of bads in a bin.
    pub(crate) bads_min: f64,
    /// Least weighted number of goods in a bin.
    pub(crate) goods_min: f64,
    /// Least difference of WoE between neighbours.
    pub(crate) woe_difference_min: f64,
    /// Pseudo-rows at the mix of the population in each bin.
    pub(crate) smoothing: f64,
    /// Fixed direction; `None` is `auto`.
    pub(crate) direction: Option<Direction>,
    /// `auto` takes a peak or valley where its out-of-fold IV gains more than this.
    pub(crate) shape_margin: f64,
}

/// A binned column.
#[derive(Debug, Clone)]
pub(crate) struct Binned {
    /// `None` for a text.
    pub(crate) direction: Option<Direction>,
    /// Pre-bins of each bin.
    pub(crate) bins: Vec<Vec<usize>>,
    /// WoE by code.
    pub(crate) woe: Vec<f64>,
    /// Information value over all bins, special values and missing included.
    pub(crate) iv: f64,
    /// Mean over folds of the information value of the bins of the other folds; `None` without folds.
    pub(crate) out_of_fold_iv: Option<f64>,
}

impl Binned {
    /// Bin of each code: the bins in order, then a bin for each code after the pre-bins.
    pub(crate) fn bin_by_code(&self, coded: &Coded) -> Vec<usize> {
        let mut bin = vec![0; coded.count()];
        self.bins.iter().enumerate().for_each(|(b, codes)| codes.iter().for_each(|&code| bin[code] = b));
        (coded.ordered..coded.count()).for_each(|code| bin[code] = self.bins.len() + code - coded.ordered);
        bin
    }
}

/// Bins a column on the counts of the given folds.
///
/// Without a direction the better of rising and falling is taken; a peak or valley takes its place
/// where its out-of-fold information value gains more than the margin. That is only looked at where
/// its value on its own rows gains as much: elsewhere it has nothing to confirm.
///
/// With `many_rows` the out-of-fold information value is left out and that of the bins on their own
/// rows decides: its optimism is about the number of bins by the number of bads.
///
/// `None` when not even one bin satisfies the constraints.
pub(crate) fn bin(coded: &Coded, folds: &[&[Counts]], rules: &BinningRules, many_rows: bool) -> Option<Binned> {
    let all = over_folds(folds.iter().copied());
    let total: Counts = all.iter().copied().sum();
    let partition = |direction| partition(coded, &all, total, rules, direction);
    let out_of_fold = |direction| match many_rows {
        true => None,
        false => out_of_fold_iv(coded, folds, &all, rules, direction),
    };
    let direction = match (&coded.shape, rules.direction) {
        (Shape::Text { .. }, _) => Some(Direction::Rising),
        (Shape::Number { .. }, direction) => direction,
    };
    if let Some(direction) = direction {
        let binned = partition(direction)?;
        return Some(Binned { out_of_fold_iv: out_of_fold(direction), ..binned });
    }
    let (rising, falling) = (partition(Direction::Rising), partition(Direction::Falling));
    let falls = match (&rising, &falling) {
        (Some(r), Some(f)) => f.iv > r.iv,
        (r, _) => r.is_none(),
    };
    let (mut best, direction) = if falls { (falling?, Direction::Falling) } else { (rising?, Direction::Rising) };
    best.out_of_fold_iv = out_of_fold(direction);
    let monotone_iv = best.iv;
    for direction in [Direction::Peak, Direction::Valley] {
        let Some(mut shape) = partition(direction).filter(|s| s.iv > monotone_iv + rules.shape_margin) else {
            continue;
        };
        shape.out_of_fold_iv = out_of_fold(direction);
        let gain = match (shape.out_of_fold_iv, best.out_of_fold_iv) {
            (Some(shape), Some(best)) => shape - best,
            _ => shape.iv - best.iv,
        };
        if gain > rules.shape_margin {
            best = shape;
        }
    }
    Some(best)
}

/// Bins for one direction.
fn partition(
    coded: &Coded,
    counts: &[Counts],
    total: Counts,
    rules: &BinningRules,
    direction: Direction,
) -> Option<Binned> {
    let text = matches!(coded.shape, Shape::Text { .. });
    // Pre-bins that hold no row (of these folds) join a neighbour by themselves; a text's groups are
    // put in order of their WoE, so that runs of groups are the only bins worth looking at.
    let mut order: Vec<usize> = (0..coded.ordered).collect();
    if text {
        let key = |g: &usize| woe(counts[*g], total, rules.smoothing.max(0.5)).unwrap_or(0.0);
        order.sort_by(|a, b| key(a).total_cmp(&key(b)));
    }
    let prebins: Vec<Counts> = order.iter().map(|&g| counts[g]).collect();
    let constraints = Constraints {
        bins_max: rules.bins_max,
        rows_min: rules.share_min * total.total(),
        bads_min: rules.bads_min,
        goods_min: rules.goods_min,
        direction,
        woe_difference_min: rules.woe_difference_min,
        smoothing: rules.smoothing,
    };
    // Where missing values leave too few rows for a single bin, one bin holds them all.
    let ends = match optimal_partition(&prebins, total, &constraints) {
        Some(p) => p.ends,
        // A text whose every level is a special value has no other bin.
        None if coded.ordered == 0 => Vec::new(),
        None => vec![coded.ordered],
    };
    let mut woe_by_code = vec![0.0; coded.count()];
    let mut iv = 0.0;
    let mut bins = Vec::with_capacity(ends.len());
    let mut start = 0;
    for end in ends {
        let members = order[start..end].to_vec();
        let counts = prebins[start..end].iter().copied().sum();
        let value = woe(counts, total, rules.smoothing).unwrap_or(0.0);
        members.iter().for_each(|&g| woe_by_code[g] = value);
        iv += bin_iv(counts, total, rules.smoothing).unwrap_or(0.0);
        bins.push(members);
        start = end;
    }
    for code in coded.ordered..=coded.missing() {
        woe_by_code[code] = woe(counts[code], total, rules.smoothing.max(0.5)).unwrap_or(0.0);
        iv += bin_iv(counts[code], total, rules.smoothing.max(0.5)).unwrap_or(0.0);
    }
    // What training did not see is rare by nature: the rare levels are its best likeness.
    if let (Some(unseen), Some(pooled)) = (coded.unseen(), coded.pooled()) {
        woe_by_code[unseen] = woe_by_code[pooled];
    }
    Some(Binned { direction: (!text).then_some(direction), bins, woe: woe_by_code, iv, out_of_fold_iv: None })
}

/// `sum over bins of (g_k/G_k - b_k/B_k) * woe` with the shares of fold `k` and the bins and WoE of the
/// other folds; mean over folds. `None` with fewer than two folds.
///
/// Unlike the information value of the bins on their own rows it does not grow with the mere number
/// of bins, and it is negative where the bins are noise.
fn out_of_fold_iv(
    coded: &Coded,
    folds: &[&[Counts]],
    all: &[Counts],
    rules: &BinningRules,
    direction: Direction,
) -> Option<f64> {
    let (mut sum, mut used) = (0.0, 0_u32);
    for fold in folds.iter().filter(|_| folds.len() > 1) {
        let rest: Vec<Counts> = all.iter().zip(*fold).map(|(&a, &f)| a - f).collect();
        let own: Counts = fold.iter().copied().sum();
        let total: Counts = rest.iter().copied().sum();
        if own.goods <= 0.0 || own.bads <= 0.0 || total.goods <= 0.0 || total.bads <= 0.0 {
            continue;
        }
        let woe = partition(coded, &rest, total, rules, direction)?.woe;
        sum += fold.iter().zip(&woe).map(|(c, w)| (c.goods / own.goods - c.bads / own.bads) * w).sum::<f64>();
        used += 1;
    }
    (used > 0).then(|| sum / f64::from(used))
}
