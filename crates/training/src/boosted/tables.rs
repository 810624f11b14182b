//! Grown shapes and pairs as tables of points.

use super::shape::nearest_steps;
use super::{Boosted, PairShape};
use crate::assemble::{Calibration, Parts, PointsByCode, shorten, spread};
use crate::coding::Coded;
use crate::config::TrainConfig;
use crate::optimal::{Counts, bin_iv, woe};
use scoring::{Attribute, Bin, Direction, Kind, Table, TwoWayTable};

/// From log-odds of bad to points.
#[derive(Debug, Clone, Copy)]
struct Points {
    per_log_odds: f64,
}

impl Points {
    fn of(self, effect: f64) -> i32 {
        (-self.per_log_odds * effect).round() as i32
    }
}

impl Boosted {
    /// The parts of a model file; `counts` are by column and code, over the rows fitted on.
    pub(crate) fn parts(
        &self,
        coded: &[Coded],
        counts: &[Vec<Counts>],
        calibration: Calibration,
        config: &TrainConfig,
    ) -> Parts {
        let points = Points { per_log_odds: config.scale.factor() * calibration.slope };
        let (mut characteristics, mut tables, mut by_code) = (Vec::new(), Vec::new(), Vec::new());
        for j in self.used() {
            let rules = config.binning_rules(&coded[j].name);
            characteristics.push((j, direction(&coded[j], rules.direction)));
            let (table, codes) = one_way(&coded[j], &self.shapes[j], &counts[j], points, config);
            tables.push(table);
            by_code.push(PointsByCode::One { column: j, points: codes });
        }
        for pair in &self.pairs {
            let cells = neutral_where_unseen(pair, coded, counts);
            let by_cell: Vec<i32> = cells.iter().map(|&e| points.of(e)).collect();
            if by_cell.iter().all(|&p| p == 0) {
                continue;
            }
            tables.push(two_way(pair, coded, &by_cell));
            let [a, b] = &pair.axes;
            by_code.push(PointsByCode::Two {
                columns: pair.over,
                groups: [a.group.clone(), b.group.clone()],
                width: b.count,
                points: by_cell,
            });
        }
        Parts { method: "boosted", intercept: self.intercept, characteristics, tables, by_code }
    }

    /// Highest less lowest log-odds that tables could give.
    pub(crate) fn span(&self) -> f64 {
        let shapes = self.shapes.iter().map(|s| spread(s)).sum::<f64>();
        shapes + self.pairs.iter().map(|p| spread(&p.cells)).sum::<f64>()
    }
}

/// The direction that the model file states: none where none was asked for.
fn direction(coded: &Coded, fixed: Option<Direction>) -> Option<Direction> {
    (coded.kind() == Kind::Number).then(|| fixed.unwrap_or(Direction::Free))
}

/// A table, and points by code.
fn one_way(coded: &Coded, shape: &[f64], counts: &[Counts], points: Points, config: &TrainConfig) -> (Table, Vec<i32>) {
    let smoothing = config.binning.smoothing.max(0.5);
    let total: Counts = counts.iter().copied().sum();
    let mut order: Vec<usize> = (0..coded.ordered).collect();
    if coded.kind() == Kind::Text {
        order.sort_by(|&a, &b| shape[a].total_cmp(&shape[b]));
    }
    let values: Vec<f64> = order.iter().map(|&code| shape[code]).collect();
    let weights: Vec<f64> = order.iter().map(|&code| counts[code].total()).collect();
    let ends = if order.is_empty() { Vec::new() } else { nearest_steps(&values, &weights, config.binning.bins) };
    let mut by_code = vec![0; coded.count()];
    // Runs of one number of points are one bin.
    let mut runs: Vec<(Vec<usize>, i32)> = Vec::new();
    let mut from = 0;
    for to in ends {
        let (mut sum, mut all) = (0.0, 0.0);
        for k in from..to {
            let w = weights[k].max(1e-9);
            (sum, all) = (sum + w * values[k], all + w);
        }
        let own = points.of(sum / all);
        match runs.last_mut() {
            Some((codes, before)) if *before == own => codes.extend(&order[from..to]),
            _ => runs.push((order[from..to].to_vec(), own)),
        }
        from = to;
    }
    let mut bins = Vec::new();
    let mut iv = 0.0;
    let mut push = |attribute: Attribute, codes: &[usize], own: i32, by_code: &mut Vec<i32>| {
        let sum: Counts = codes.iter().map(|&code| counts[code]).sum();
        codes.iter().for_each(|&code| by_code[code] = own);
        iv += bin_iv(sum, total, smoothing).unwrap_or(0.0);
        let woe = shorten(woe(sum, total, smoothing).unwrap_or(0.0));
        bins.push(Bin { attribute, points: own, goods: sum.goods, bads: sum.bads, woe });
    };
    for (codes, own) in &runs {
        push(coded.attribute(codes), codes, *own, &mut by_code);
    }
    // What training did not see says nothing.
    let alone = |code: usize| if counts[code].total() > 0.0 { points.of(shape[code]) } else { 0 };
    for k in 0..coded.special_count() {
        let code = coded.ordered + k;
        push(coded.special(k), &[code], alone(code), &mut by_code);
    }
    push(Attribute::Missing, &[coded.missing()], alone(coded.missing()), &mut by_code);
    if let Some(unseen) = coded.unseen() {
        // What training did not see is rare by nature: the rare levels are its best likeness.
        let own = coded.pooled().map_or(0, |pooled| by_code[pooled]);
        push(Attribute::Unseen, &[unseen], own, &mut by_code);
    }
    // Whoever withdraws a source must not gain by it.
    let lowest = bins.iter().map(|b| b.points).min().unwrap_or(0);
    let woe = bins.iter().map(|b| b.woe).fold(0.0, f64::min);
    bins.push(Bin { attribute: Attribute::NotAuthorised, points: lowest, goods: 0.0, bads: 0.0, woe });
    let table = Table::OneWay {
        characteristic: coded.name.clone(),
        iv: Some(shorten(iv)),
        coefficient: None,
        standard_error: None,
        p_value: None,
        bins,
    };
    (table, by_code)
}

/// The cells, zero in the rows and columns of special, missing and unseen values that training did not see.
fn neutral_where_unseen(pair: &PairShape, coded: &[Coded], counts: &[Vec<Counts>]) -> Vec<f64> {
    let unseen = [0, 1].map(|side| {
        let (axis, j) = (&pair.axes[side], pair.over[side]);
        let rows = |codes: &Vec<usize>| codes.iter().map(|&code| counts[j][code].total()).sum::<f64>();
        axis.codes().iter().enumerate().map(|(g, codes)| g >= axis.ordered && rows(codes) == 0.0).collect::<Vec<bool>>()
    });
    debug_assert_eq!(coded[pair.over[0]].count(), pair.axes[0].group.len());
    let width = pair.axes[1].count;
    let cell = |(at, &e): (usize, &f64)| if unseen[0][at / width] || unseen[1][at % width] { 0.0 } else { e };
    pair.cells.iter().enumerate().map(cell).collect()
}

fn two_way(pair: &PairShape, coded: &[Coded], points: &[i32]) -> Table {
    let attributes = |side: usize| {
        let (axis, own) = (&pair.axes[side], &coded[pair.over[side]]);
        let one = |(g, codes): (usize, &Vec<usize>)| match g.checked_sub(axis.ordered) {
            None => own.attribute(codes),
            Some(k) if k < own.special_count() => own.special(k),
            Some(k) if k == own.special_count() => Attribute::Missing,
            Some(_) => Attribute::Unseen,
        };
        let mut all: Vec<Attribute> = axis.codes().iter().enumerate().map(one).collect();
        all.push(Attribute::NotAuthorised);
        all
    };
    // The row and the column that are not authorised are the lowest beside their like.
    let lowest = |row: &[i32]| row.iter().copied().min().unwrap_or(0);
    let mut lines: Vec<Vec<i32>> = points.chunks(pair.axes[1].count).map(<[i32]>::to_vec).collect();
    let last: Vec<i32> =
        (0..pair.axes[1].count).map(|k| lowest(&lines.iter().map(|l| l[k]).collect::<Vec<i32>>())).collect();
    lines.push(last);
    lines.iter_mut().for_each(|line| line.push(lowest(line)));
    Table::TwoWay(TwoWayTable {
        pair: pair.over.map(|j| coded[j].name.clone()),
        rows: attributes(0),
        columns: attributes(1),
        points: lines,
    })
}
