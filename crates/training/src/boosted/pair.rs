//! Pairs of columns: their axes, what a pair could add, and a step over its cells.

use super::step::Sums;
use crate::coding::Coded;
use scoring::Kind;

/// The codes of a column in a few groups.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Axis {
    /// Group of each code: runs of the ordered codes first, then one group for each other code.
    pub(crate) group: Vec<u8>,
    /// Groups of ordered codes.
    pub(crate) ordered: usize,
    /// Groups.
    pub(crate) count: usize,
}

impl Axis {
    /// Runs of about equal weight, at most `groups` of them with the other codes that have rows; levels of a text in the order
    /// of their main effect.
    pub(crate) fn new(coded: &Coded, effect: &[f64], weights: &[f64], groups: usize) -> Self {
        let alone = weights[coded.ordered..].iter().filter(|w| **w > 0.0).count();
        let groups = groups.saturating_sub(alone).max(2);
        let mut order: Vec<usize> = (0..coded.ordered).collect();
        if coded.kind() == Kind::Text {
            order.sort_by(|&a, &b| effect[a].total_cmp(&effect[b]));
        }
        let total: f64 = order.iter().map(|&code| weights[code]).sum();
        let mut group = vec![0_u8; coded.count()];
        let (mut below, mut own, mut at) = (0.0, 0.0, 0);
        for &code in &order {
            let middle = below + weights[code] / 2.0;
            if own > 0.0 && at + 1 < groups && middle >= total * (at + 1) as f64 / groups as f64 {
                at += 1;
                own = 0.0;
            }
            group[code] = at as u8;
            below += weights[code];
            own += weights[code];
        }
        let ordered = if order.is_empty() { 0 } else { at + 1 };
        let others = coded.count() - coded.ordered;
        (0..others).for_each(|k| group[coded.ordered + k] = (ordered + k) as u8);
        Self { group, ordered, count: ordered + others }
    }

    /// Codes by group, each in rising order.
    pub(crate) fn codes(&self) -> Vec<Vec<usize>> {
        let mut codes = vec![Vec::new(); self.count];
        self.group.iter().enumerate().for_each(|(code, &g)| codes[usize::from(g)].push(code));
        codes
    }
}

/// Sums over all rectangles of a table of cells from four look-ups each.
struct Rectangles {
    below: Vec<Sums>,
    width: usize,
}

/// First and last (exclusive) row, first and last column.
type Rectangle = [usize; 4];

impl Rectangles {
    fn new(cells: &[Sums], rows: usize, columns: usize) -> Self {
        let width = columns + 1;
        let mut below = vec![Sums::default(); (rows + 1) * width];
        for row in 0..rows {
            let mut line = Sums::default();
            for column in 0..columns {
                line += cells[row * columns + column];
                let mut sum = below[row * width + column + 1];
                sum += line;
                below[(row + 1) * width + column + 1] = sum;
            }
        }
        Self { below, width }
    }

    fn sum(&self, [top, bottom, left, right]: Rectangle) -> Sums {
        let at = |row: usize, column: usize| self.below[row * self.width + column];
        let (outer, above) = (at(bottom, right) - at(top, right), at(bottom, left) - at(top, left));
        outer - above
    }
}

/// What a step over cells heeds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CellRules {
    /// Share of the Newton step that is taken, in 0..1.
    pub(crate) rate: f64,
    /// Penalty on the square of a rectangle's step.
    pub(crate) l2: f64,
    /// Least sum of curvatures in a rectangle.
    pub(crate) curvature_min: f64,
}

/// Twice what the loss can lose by one step for each of four quadrants, beyond that of one step for all; 0 where every
/// crossing leaves too little in some quadrant.
///
/// # Source
/// Lou, Caruana, Gehrke and Hooker (2013), "Accurate intelligible models with pairwise interactions", section 4: FAST.
pub(crate) fn quadrants_gain(cells: &[Sums], rows: usize, columns: usize, rules: &CellRules) -> f64 {
    let sums = Rectangles::new(cells, rows, columns);
    let whole = sums.sum([0, rows, 0, columns]).gain(rules.l2);
    let mut best = 0.0_f64;
    for row in 1..rows {
        for column in 1..columns {
            let quadrants =
                [[0, row, 0, column], [0, row, column, columns], [row, rows, 0, column], [row, rows, column, columns]];
            let parts = quadrants.map(|q| sums.sum(q));
            if parts.iter().all(|s| s.curvature >= rules.curvature_min) {
                best = best.max(parts.iter().map(|s| s.gain(rules.l2)).sum::<f64>() - whole);
            }
        }
    }
    best
}

/// What is added to the log-odds of bad of each cell: the table is cut once, and each part once more, along either axis,
/// where the loss falls most by all three cuts.
pub(crate) fn cell_step(cells: &[Sums], rows: usize, columns: usize, rules: &CellRules) -> Vec<f64> {
    let sums = Rectangles::new(cells, rows, columns);
    let gain = |r: Rectangle| sums.sum(r).gain(rules.l2);
    let whole = [0, rows, 0, columns];
    let mut best = (1e-12, vec![whole]);
    for parts in cuts(whole) {
        if parts.iter().any(|p| sums.sum(*p).curvature < rules.curvature_min) {
            continue;
        }
        let (mut gained, mut leaves) = (-gain(whole), Vec::with_capacity(4));
        for part in parts {
            let own = gain(part);
            let (mut most, mut kept) = (own, None);
            for halves in cuts(part) {
                let [one, other] = halves.map(|h| sums.sum(h));
                let both = one.gain(rules.l2) + other.gain(rules.l2);
                if both > most && one.curvature.min(other.curvature) >= rules.curvature_min {
                    (most, kept) = (both, Some(halves));
                }
            }
            gained += most;
            match kept {
                Some(halves) => leaves.extend(halves),
                None => leaves.push(part),
            }
        }
        if gained > best.0 {
            best = (gained, leaves);
        }
    }
    let mut out = vec![0.0; cells.len()];
    for leaf in best.1 {
        let step = rules.rate * sums.sum(leaf).newton(rules.l2);
        for row in leaf[0]..leaf[1] {
            out[row * columns + leaf[2]..row * columns + leaf[3]].fill(step);
        }
    }
    out
}

/// Both parts of a rectangle for each way to cut it in two.
fn cuts([top, bottom, left, right]: Rectangle) -> impl Iterator<Item = [Rectangle; 2]> {
    let across = (top + 1..bottom).map(move |row| [[top, row, left, right], [row, bottom, left, right]]);
    let down = (left + 1..right).map(move |column| [[top, bottom, left, column], [top, bottom, column, right]]);
    across.chain(down)
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULES: CellRules = CellRules { rate: 1.0, l2: 0.0, curvature_min: 0.5 };

    fn cells(gradients: &[f64]) -> Vec<Sums> {
        gradients.iter().map(|&gradient| Sums { gradient, curvature: 1.0 }).collect()
    }

    #[test]
    fn rectangles_add_up_as_cell_by_cell() {
        let gradients: Vec<f64> = (0..20).map(|k| (crate::random::at(3, k) % 100) as f64 - 50.0).collect();
        let sums = Rectangles::new(&cells(&gradients), 4, 5);
        for (top, bottom) in [(0, 4), (1, 3), (2, 4)] {
            for (left, right) in [(0, 5), (1, 4), (3, 5)] {
                let by_hand: f64 = (top..bottom).flat_map(|r| gradients[r * 5 + left..r * 5 + right].to_vec()).sum();
                let found = sums.sum([top, bottom, left, right]);
                assert_eq!((found.gradient, found.curvature), (by_hand, ((bottom - top) * (right - left)) as f64));
            }
        }
    }

    #[test]
    fn a_crossing_is_found_where_no_column_tells_anything_alone() {
        // Two against two: the sum over each row and column is zero.
        let crossed = cells(&[1.0, 1.0, -1.0, -1.0, 1.0, 1.0, -1.0, -1.0, -1.0, -1.0, 1.0, 1.0, -1.0, -1.0, 1.0, 1.0]);
        assert_eq!(quadrants_gain(&crossed, 4, 4, &RULES), 16.0);
        let steps = cell_step(&crossed, 4, 4, &RULES);
        assert!(steps.iter().zip(&crossed).all(|(s, c)| *s == -c.gradient), "{steps:?}");
        assert_eq!(quadrants_gain(&crossed, 4, 4, &CellRules { curvature_min: 5.0, ..RULES }), 0.0);
        assert_eq!(cell_step(&cells(&[0.0; 4]), 2, 2, &RULES), [0.0; 4]);
    }
}
