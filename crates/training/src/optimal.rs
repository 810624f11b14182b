//! The partition of ordered pre-bins with the highest information value, under all constraints at once.
//!
//! A partition cuts `P` ordered pre-bins into runs. Its information value is the sum over runs of
//! `(g/G - b/B) * ln((g/G) / (b/B))`, so the best partition that ends in run `[i, j)` is that run and
//! the best partition of `[0, i)` whose last run may stand beside it. Whether two runs may be
//! neighbours depends on their WoE alone; with the runs that end at `i` sorted by WoE, the best
//! admissible one is a prefix (or suffix) maximum. The search is therefore exact in
//! `O(P² log P + K P²)` time and `O(K P²)` memory for `K` bins, where comparing every pair of
//! neighbours would take `O(K P³)`.

use scoring::Direction;

/// Goods and bads of a pre-bin, weighted.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Counts {
    /// Weighted number of goods.
    pub goods: f64,
    /// Weighted number of bads.
    pub bads: f64,
}

impl Counts {
    /// Both together.
    pub fn total(self) -> f64 {
        self.goods + self.bads
    }
}

impl std::ops::Add for Counts {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self { goods: self.goods + other.goods, bads: self.bads + other.bads }
    }
}

impl std::ops::Sub for Counts {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self { goods: self.goods - other.goods, bads: self.bads - other.bads }
    }
}

impl std::ops::AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl std::iter::Sum for Counts {
    fn sum<I: Iterator<Item = Self>>(iter: I) -> Self {
        iter.fold(Self::default(), |a, b| a + b)
    }
}

/// Counts by code over all folds; there is at least one fold.
pub(crate) fn over_folds<'a>(mut folds: impl Iterator<Item = &'a [Counts]>) -> Vec<Counts> {
    let mut all = folds.next().expect("there is a fold").to_vec();
    for fold in folds {
        all.iter_mut().zip(fold).for_each(|(a, &b)| *a += b);
    }
    all
}

/// What every bin, and every pair of neighbours, must satisfy.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Constraints {
    /// At most this many bins, at least 1.
    pub bins_max: usize,
    /// Each bin holds at least this weight of rows.
    pub rows_min: f64,
    /// Each bin holds at least this weight of bads.
    pub bads_min: f64,
    /// Each bin holds at least this weight of goods.
    pub goods_min: f64,
    /// How WoE moves along the bins.
    pub direction: Direction,
    /// The WoE of neighbours differs by at least this much, 0 or more.
    pub woe_difference_min: f64,
    /// Pseudo-rows, at the mix of the population, that are added to every bin; see [`woe`].
    pub smoothing: f64,
}

/// Weight of evidence: `ln((g' / G') / (b' / B'))` with `g' = g + s G / N`, `b' = b + s B / N`.
///
/// - `bin`: weighted counts of the bin.
/// - `total`: weighted counts of the column, both positive; `N = G + B`.
/// - `smoothing`: pseudo-rows `s`, 0 or more; they pull a thin bin towards 0, the population's odds.
///
/// Higher is safer. `None` when the bin has no good or no bad and nothing is smoothed.
///
/// # Examples
/// ```
/// use training::{Counts, woe};
/// let total = Counts { goods: 90.0, bads: 10.0 };
/// let bin = Counts { goods: 45.0, bads: 1.0 };
/// assert!((woe(bin, total, 0.0).unwrap() - 5.0_f64.ln()).abs() < 1e-12);
/// assert_eq!(woe(Counts { goods: 3.0, bads: 0.0 }, total, 0.0), None);
/// assert_eq!(woe(Counts::default(), total, 0.5), Some(0.0));
/// ```
/// # Source
/// Siddiqi, *Intelligent Credit Scoring*, 2nd edition (2017), chapter 10; the sign is share of goods
/// over share of bads.
pub fn woe(bin: Counts, total: Counts, smoothing: f64) -> Option<f64> {
    let rows = total.total();
    let goods = bin.goods + smoothing * total.goods / rows;
    let bads = bin.bads + smoothing * total.bads / rows;
    if goods <= 0.0 || bads <= 0.0 {
        return None;
    }
    // A bin at the population's odds is exactly 0, whatever the rounding of the shares.
    let value = ((goods / total.goods) / (bads / total.bads)).ln();
    Some(if value.abs() < 1e-14 { 0.0 } else { value })
}

/// Information value of one bin: `(g/G - b/B) * woe`, with the same smoothing as [`woe`].
pub fn bin_iv(bin: Counts, total: Counts, smoothing: f64) -> Option<f64> {
    let rows = total.total();
    let goods = (bin.goods + smoothing * total.goods / rows) / (total.goods + smoothing * total.goods / rows);
    let bads = (bin.bads + smoothing * total.bads / rows) / (total.bads + smoothing * total.bads / rows);
    woe(bin, total, smoothing).map(|w| (goods - bads) * w)
}

/// A partition of pre-bins.
#[derive(Debug, Clone, PartialEq)]
pub struct Partition {
    /// Exclusive ends of the runs, rising; the last is the number of pre-bins.
    pub ends: Vec<usize>,
    /// Sum of the bins' information values, as [`bin_iv`].
    pub iv: f64,
}

impl Partition {
    /// The counts of the runs.
    pub fn sums(&self, prebins: &[Counts]) -> Vec<Counts> {
        let mut start = 0;
        self.ends
            .iter()
            .map(|&end| {
                let sum = prebins[start..end].iter().copied().sum();
                start = end;
                sum
            })
            .collect()
    }
}

/// How the WoE of a run must relate to that of the run before it.
#[derive(Clone, Copy)]
enum Move {
    Up,
    Down,
    Either,
}

/// The partition with the highest information value.
///
/// - `prebins`: counts of the ordered pre-bins.
/// - `total`: counts of the whole column, missing and special values included; both classes positive.
/// - `constraints`: see [`Constraints`].
///
/// Among equal information values the partition with fewer bins wins, then the one whose last cuts
/// come first. `None` when no partition satisfies the constraints, not even one single bin.
///
/// # Examples
/// ```
/// use scoring::Direction;
/// use training::{Constraints, Counts, optimal_partition};
/// let c = |goods, bads| Counts { goods, bads };
/// let prebins = [c(10.0, 8.0), c(20.0, 9.0), c(30.0, 2.0), c(40.0, 3.0)];
/// let constraints = Constraints {
///     bins_max: 2, rows_min: 0.0, bads_min: 1.0, goods_min: 1.0,
///     direction: Direction::Rising, woe_difference_min: 0.0, smoothing: 0.0,
/// };
/// let best = optimal_partition(&prebins, c(100.0, 22.0), &constraints).unwrap();
/// assert_eq!(best.ends, [2, 4]);
/// ```
pub fn optimal_partition(prebins: &[Counts], total: Counts, constraints: &Constraints) -> Option<Partition> {
    let p = prebins.len();
    if p == 0 || total.goods <= 0.0 || total.bads <= 0.0 {
        return None;
    }
    let runs = Runs::new(prebins, total, constraints);
    // Each shape is a list of phases; a run continues its phase or moves to the next one.
    let phases: &[Move] = match constraints.direction {
        Direction::Rising => &[Move::Up],
        Direction::Falling => &[Move::Down],
        Direction::Peak => &[Move::Up, Move::Down],
        Direction::Valley => &[Move::Down, Move::Up],
        Direction::Free => &[Move::Either],
    };
    let search = Search { runs: &runs, phases, bins_max: constraints.bins_max.min(p) };
    match search.any_number() {
        None => None,
        Some(free) if free.ends.len() <= search.bins_max => Some(free),
        Some(_) => search.limited(),
    }
}

/// All runs `[i, j)` that a bin may be.
struct Runs {
    prebins: usize,
    /// Per end `j`, the admissible runs in order of their start.
    by_end: Vec<Vec<Run>>,
    /// Per end `j`, positions in `by_end[j]` sorted by WoE.
    sorted: Vec<Vec<u32>>,
}

struct Run {
    start: usize,
    iv: f64,
    woe: f64,
    /// Among the runs that end at `start`, sorted by WoE: how many lie low enough to precede a rise.
    below: u32,
    /// Among the same, the first that lies high enough to precede a fall.
    above: u32,
}

impl Runs {
    fn new(prebins: &[Counts], total: Counts, c: &Constraints) -> Self {
        let p = prebins.len();
        let mut prefix = vec![Counts::default(); p + 1];
        for (i, &counts) in prebins.iter().enumerate() {
            prefix[i + 1] = prefix[i] + counts;
        }
        let mut by_end: Vec<Vec<Run>> = Vec::with_capacity(p + 1);
        let mut sorted: Vec<Vec<u32>> = Vec::with_capacity(p + 1);
        by_end.push(Vec::new());
        sorted.push(Vec::new());
        for end in 1..=p {
            let mut runs = Vec::new();
            for start in 0..end {
                let sum = prefix[end] - prefix[start];
                // Sums of weights carry rounding: a bound that is met to 1e-9 of itself is met.
                let met = |value: f64, bound: f64| value >= bound - 1e-9 * bound.abs();
                if !met(sum.total(), c.rows_min) || !met(sum.bads, c.bads_min) || !met(sum.goods, c.goods_min) {
                    continue;
                }
                let (Some(woe), Some(iv)) = (woe(sum, total, c.smoothing), bin_iv(sum, total, c.smoothing)) else {
                    continue;
                };
                let order = &sorted[start];
                let before = &by_end[start];
                let below = order.partition_point(|&r| before[r as usize].woe <= woe - c.woe_difference_min) as u32;
                let above = order.partition_point(|&r| before[r as usize].woe < woe + c.woe_difference_min) as u32;
                runs.push(Run { start, iv, woe, below, above });
            }
            let mut order: Vec<u32> = (0..runs.len() as u32).collect();
            order.sort_by(|&a, &b| runs[a as usize].woe.total_cmp(&runs[b as usize].woe));
            by_end.push(runs);
            sorted.push(order);
        }
        Self { prebins: p, by_end, sorted }
    }
}

struct Search<'r> {
    runs: &'r Runs,
    phases: &'r [Move],
    bins_max: usize,
}

/// The best partition that ends in a run: its value and where the run before it stands.
#[derive(Clone, Copy)]
struct Best {
    iv: f64,
    /// Number of bins, the run among them.
    bins: u32,
    /// Phase and position, in `by_end[start]`, of the run before; `NONE` for a first run.
    before: (u8, u32),
}

const NONE: (u8, u32) = (u8::MAX, u32::MAX);
const IMPOSSIBLE: Best = Best { iv: f64::NEG_INFINITY, bins: u32::MAX, before: NONE };

impl Search<'_> {
    /// The best partition into any number of bins.
    ///
    /// Ends are visited in order, so all partitions of `[0, start)` are known when a run that begins at
    /// `start` is reached.
    fn any_number(&self) -> Option<Partition> {
        let p = self.runs.prebins;
        // best[phase][end][run], and the maxima over the runs of each end.
        let mut best: Vec<Vec<Vec<Best>>> = vec![vec![Vec::new()]; self.phases.len()];
        let mut maxima: Vec<Maxima> = self.phases.iter().map(|_| Maxima::default()).collect();
        maxima.iter_mut().for_each(|m| m.push(&[], &[]));
        for end in 1..=p {
            for to in 0..self.phases.len() {
                let of_run = |run: &Run| {
                    if run.start == 0 {
                        return if to == 0 { Best { iv: run.iv, bins: 1, before: NONE } } else { IMPOSSIBLE };
                    }
                    let mut slot = IMPOSSIBLE;
                    for from in to.saturating_sub(1)..=to {
                        let Some((value, r)) = maxima[from].admissible(run, self.phases[to]) else { continue };
                        let bins = best[from][run.start][r as usize].bins + 1;
                        let iv = value + run.iv;
                        if iv > slot.iv || (iv == slot.iv && bins < slot.bins) {
                            slot = Best { iv, bins, before: (from as u8, r) };
                        }
                    }
                    slot
                };
                let layer: Vec<Best> = self.runs.by_end[end].iter().map(of_run).collect();
                best[to].push(layer);
            }
            for (phase, maxima) in maxima.iter_mut().enumerate() {
                maxima.push(&self.runs.sorted[end], &best[phase][end]);
            }
        }
        let mut winner: Option<(Best, usize, usize)> = None;
        for (phase, by_end) in best.iter().enumerate() {
            for (r, b) in by_end[p].iter().enumerate().filter(|(_, b)| b.iv > f64::NEG_INFINITY) {
                if winner.as_ref().is_none_or(|w| b.iv > w.0.iv || (b.iv == w.0.iv && b.bins < w.0.bins)) {
                    winner = Some((*b, phase, r));
                }
            }
        }
        let (Best { iv, .. }, mut phase, mut r) = winner?;
        let (mut ends, mut end) = (Vec::new(), p);
        while end > 0 {
            ends.push(end);
            let before = best[phase][end][r].before;
            end = self.runs.by_end[end][r].start;
            (phase, r) = (usize::from(before.0), before.1 as usize);
        }
        ends.reverse();
        Some(Partition { ends, iv })
    }

    /// The best partition into at most `bins_max` bins.
    fn limited(&self) -> Option<Partition> {
        let p = self.runs.prebins;
        // layers[k][phase][end][run]: the best partition of [0, end) into k + 1 bins.
        let mut layers: Vec<Vec<Vec<Vec<Best>>>> = vec![self.first_layer()];
        let mut winner: Option<(f64, usize, usize, usize)> = None;
        loop {
            let k = layers.len() - 1;
            for (phase, by_end) in layers[k].iter().enumerate() {
                for (r, best) in by_end[p].iter().enumerate() {
                    if best.iv > winner.map_or(f64::NEG_INFINITY, |w| w.0) {
                        winner = Some((best.iv, k, phase, r));
                    }
                }
            }
            if layers.len() == self.bins_max {
                break;
            }
            let next = self.next_layer(&layers[k], layers.len() as u32 + 1);
            let alive = next.iter().flatten().flatten().any(|b| b.iv > f64::NEG_INFINITY);
            if !alive {
                break;
            }
            layers.push(next);
        }
        let (iv, mut k, mut phase, mut r) = winner?;
        let (mut ends, mut end) = (Vec::new(), p);
        loop {
            ends.push(end);
            let before = layers[k][phase][end][r].before;
            end = self.runs.by_end[end][r].start;
            if k == 0 {
                break;
            }
            (k, phase, r) = (k - 1, usize::from(before.0), before.1 as usize);
        }
        debug_assert_eq!(end, 0, "a partition starts at the first pre-bin");
        ends.reverse();
        Some(Partition { ends, iv })
    }

    fn first_layer(&self) -> Vec<Vec<Vec<Best>>> {
        let first = |phase: usize| {
            let of_run = |r: &Run| match (r.start, phase) {
                (0, 0) => Best { iv: r.iv, bins: 1, before: NONE },
                _ => IMPOSSIBLE,
            };
            self.runs.by_end.iter().map(|runs| runs.iter().map(of_run).collect()).collect()
        };
        (0..self.phases.len()).map(first).collect()
    }

    fn next_layer(&self, layer: &[Vec<Vec<Best>>], bins: u32) -> Vec<Vec<Vec<Best>>> {
        let blank: Vec<Vec<Best>> = self.runs.by_end.iter().map(|r| vec![IMPOSSIBLE; r.len()]).collect();
        let mut next = vec![blank; self.phases.len()];
        for (from, own) in layer.iter().enumerate() {
            let best = Maxima::new(self.runs, own);
            for (to, &step) in self.phases.iter().enumerate().skip(from).take(2) {
                for (runs, out) in self.runs.by_end.iter().zip(&mut next[to]) {
                    for (run, slot) in runs.iter().zip(out) {
                        let Some((iv, r)) = best.admissible(run, step) else { continue };
                        if iv + run.iv > slot.iv {
                            *slot = Best { iv: iv + run.iv, bins, before: (from as u8, r) };
                        }
                    }
                }
            }
        }
        next
    }
}

/// Prefix and suffix maxima over the runs that end at each place, in order of WoE.
#[derive(Default)]
struct Maxima {
    prefix: Vec<Vec<(f64, u32)>>,
    suffix: Vec<Vec<(f64, u32)>>,
}

impl Maxima {
    fn new(runs: &Runs, layer: &[Vec<Best>]) -> Self {
        let mut maxima = Self::default();
        runs.sorted.iter().zip(layer).for_each(|(order, best)| maxima.push(order, best));
        maxima
    }

    /// Adds the runs that end at the next place.
    fn push(&mut self, order: &[u32], best: &[Best]) {
        self.prefix.push(running_best(order.iter(), best));
        let mut from_end = running_best(order.iter().rev(), best);
        from_end.reverse();
        self.suffix.push(from_end);
    }

    /// The best partition whose last run may stand before `run`.
    fn admissible(&self, run: &Run, step: Move) -> Option<(f64, u32)> {
        let low = (run.below as usize).checked_sub(1).map(|at| self.prefix[run.start][at]);
        let high = self.suffix[run.start].get(run.above as usize).copied();
        let found = match step {
            Move::Up => low,
            Move::Down => high,
            Move::Either => match (low, high) {
                (Some(l), Some(h)) => Some(if h.0 > l.0 { h } else { l }),
                (l, h) => l.or(h),
            },
        };
        found.filter(|f| f.0 > f64::NEG_INFINITY)
    }
}

/// The best run so far, at each step along `order`.
fn running_best<'a>(order: impl Iterator<Item = &'a u32>, best: &[Best]) -> Vec<(f64, u32)> {
    let mut top = (f64::NEG_INFINITY, u32::MAX);
    order
        .map(|&r| {
            if best[r as usize].iv > top.0 {
                top = (best[r as usize].iv, r);
            }
            top
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Every partition, one by one.
    fn brute_force(prebins: &[Counts], total: Counts, c: &Constraints) -> Option<f64> {
        let p = prebins.len();
        let mut best: Option<f64> = None;
        for cuts in 0_u32..1 << (p - 1) {
            let ends: Vec<usize> = (1..=p).filter(|&e| e == p || cuts >> (e - 1) & 1 == 1).collect();
            let sums = Partition { ends: ends.clone(), iv: 0.0 }.sums(prebins);
            let woes: Option<Vec<f64>> = sums.iter().map(|&s| woe(s, total, c.smoothing)).collect();
            let Some(woes) = woes else { continue };
            let sized = sums.iter().all(|s| s.total() >= c.rows_min && s.bads >= c.bads_min && s.goods >= c.goods_min);
            let d = c.woe_difference_min;
            let up = |w: &[f64]| w.windows(2).all(|w| w[0] <= w[1] - d);
            let down = |w: &[f64]| w.windows(2).all(|w| w[0] >= w[1] + d);
            let shaped = match c.direction {
                Direction::Rising => up(&woes),
                Direction::Falling => down(&woes),
                Direction::Peak => (0..woes.len()).any(|t| up(&woes[..=t]) && down(&woes[t..])),
                Direction::Valley => (0..woes.len()).any(|t| down(&woes[..=t]) && up(&woes[t..])),
                Direction::Free => woes.windows(2).all(|w| w[0] <= w[1] - d || w[0] >= w[1] + d),
            };
            if !sized || !shaped || ends.len() > c.bins_max {
                continue;
            }
            let iv = sums.iter().map(|&s| bin_iv(s, total, c.smoothing).expect("woe exists")).sum();
            best = Some(best.map_or(iv, |b: f64| b.max(iv)));
        }
        best
    }

    fn direction() -> impl Strategy<Value = Direction> {
        prop_oneof![
            Just(Direction::Rising),
            Just(Direction::Falling),
            Just(Direction::Peak),
            Just(Direction::Valley),
            Just(Direction::Free)
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]
        #[test]
        fn equals_the_best_of_all_partitions(
            counts in prop::collection::vec((0_u32..30, 0_u32..12), 1..10),
            bins_max in 1_usize..8,
            share in prop_oneof![Just(0.0), 0.0..0.4],
            bads_min in 0_u32..6,
            difference in prop_oneof![Just(0.0), 0.0..1.0],
            smoothing in prop_oneof![Just(0.0), Just(0.5)],
            direction in direction(),
        ) {
            let prebins: Vec<Counts> =
                counts.iter().map(|&(g, b)| Counts { goods: f64::from(g), bads: f64::from(b) }).collect();
            // The column has a missing bin besides.
            let total = prebins.iter().fold(Counts { goods: 5.0, bads: 2.0 }, |a, &b| a + b);
            let constraints = Constraints {
                bins_max, rows_min: share * total.total(), bads_min: f64::from(bads_min), goods_min: 1.0,
                direction, woe_difference_min: difference, smoothing,
            };
            let found = optimal_partition(&prebins, total, &constraints);
            let expected = brute_force(&prebins, total, &constraints);
            match (&found, expected) {
                (Some(f), Some(e)) => {
                    prop_assert!((f.iv - e).abs() < 1e-12, "{f:?} against {e}");
                    // What it reports is what its bins have, and they keep the constraints.
                    let alone = Constraints { bins_max: f.ends.len(), ..constraints };
                    prop_assert!(brute_force(&f.sums(&prebins), total, &alone).is_some_and(|b| b >= f.iv - 1e-12));
                }
                (None, None) => {}
                _ => prop_assert!(false, "{found:?} against {expected:?}"),
            }
        }
    }

    #[test]
    fn a_column_of_one_class_has_no_partition() {
        let c = Constraints {
            bins_max: 5,
            rows_min: 0.0,
            bads_min: 0.0,
            goods_min: 0.0,
            direction: Direction::Free,
            woe_difference_min: 0.0,
            smoothing: 0.5,
        };
        let goods = [Counts { goods: 3.0, bads: 0.0 }; 4];
        assert_eq!(optimal_partition(&goods, Counts { goods: 12.0, bads: 0.0 }, &c), None);
        assert_eq!(optimal_partition(&[], Counts { goods: 12.0, bads: 1.0 }, &c), None);
    }
}
