//! Cyclic gradient boosting of additive shapes, then of a few pairs.
//!
//! Every column gets a shape, an effect for each of its codes, and some pairs of columns a table of effects. They are
//! grown in small steps, one column after another, round by round, in several bags at once: in each bag a part of the
//! rows, another one each time, takes no part and says when to stop. All bags stop at the round at which their mean
//! loss on rows set aside is least; what they have grown is averaged. Pairs are looked for in each bag on the rows that it
//! grows on, so that the rows set aside judge them fairly.
//!
//! # Source
//! Lou, Caruana, Gehrke and Hooker (2013), "Accurate intelligible models with pairwise interactions"; Nori, Jenkins, Koch
//! and Caruana (2019), "InterpretML: a unified framework for machine learning interpretability".

mod bag;
mod blend;
mod gram;
mod pair;
mod pairs;
mod prune;
mod shape;
mod step;
mod tables;

use crate::card::{CardError, FitRows};
use crate::coding::Coded;
use crate::config::TrainConfig;
use crate::design::RowSet;
use crate::optimal::{Counts, bin_iv, over_folds};
use crate::selection;
use bag::{Bag, Outcomes};
pub(crate) use blend::{card_share, mixed};
use gram::{Gram, GramColumn};
use pair::Axis;
use pairs::grow_pairs;
pub(crate) use prune::{Over, Pruned, UnseenRows, prunable};
use rayon::prelude::*;
use scoring::{Direction, Kind, Removed};
use step::{StepColumn, StepRules};

/// What is boosted on.
#[derive(Clone, Copy)]
pub(crate) struct BoostRows<'a> {
    pub(crate) coded: &'a [Coded],
    pub(crate) rows: RowSet<'a>,
    pub(crate) bad: &'a [bool],
    pub(crate) weight: Option<&'a [f64]>,
    pub(crate) seed: u64,
}

/// A boosted additive model before it becomes tables of points.
#[derive(Debug, Clone)]
pub(crate) struct Boosted {
    /// Log-odds of bad where every effect is zero.
    pub(crate) intercept: f64,
    /// Log-odds of bad by column and code; empty where the column has no part.
    pub(crate) shapes: Vec<Vec<f64>>,
    pub(crate) pairs: Vec<PairShape>,
    pub(crate) removed: Vec<Removed>,
}

/// Effects of a pair of columns.
#[derive(Debug, Clone)]
pub(crate) struct PairShape {
    /// Indices into the coded columns, the smaller first.
    pub(crate) over: [usize; 2],
    pub(crate) axes: [Axis; 2],
    /// Log-odds of bad by group of the first and group of the second, the second running faster.
    pub(crate) cells: Vec<f64>,
}

impl PairShape {
    /// Place of a row's cell.
    fn cell(&self, codes: [u8; 2]) -> usize {
        let [row, column] = [0, 1].map(|k| usize::from(self.axes[k].group[usize::from(codes[k])]));
        row * self.axes[1].count + column
    }
}

impl Boosted {
    /// Grows a model of at most `selection.characteristics_max` columns: of more, the third with the smallest effects goes
    /// and the others are grown again, until there are no more.
    ///
    /// # Errors
    /// [`CardError::AllRemoved`] when no column has an effect.
    pub(crate) fn fit(data: &BoostRows<'_>, counted: &FitRows<'_>, config: &TrainConfig) -> Result<Self, CardError> {
        let rows = GatheredRows::new(data);
        let unfit: Vec<Option<Removed>> = (0..data.coded.len()).map(|j| selection::unfit(counted, j)).collect();
        let mut sound: Vec<usize> = (0..unfit.len()).filter(|&j| unfit[j].is_none()).collect();
        let mut removed: Vec<Removed> = unfit.into_iter().flatten().collect();
        drop_least_telling(&mut sound, &mut removed, data.coded, counted, config.binning.smoothing);
        let all_removed = |removed: &[Removed]| Err(CardError::AllRemoved { removed: removed.to_vec() });
        if sound.is_empty() {
            return all_removed(&removed);
        }
        let name = |j: usize| data.coded[j].name.as_str();
        let most = config.selection.characteristics_max;
        let mut columns = sound;
        loop {
            let grown = grow(&rows, &columns, config);
            for &j in columns.iter().filter(|&&j| !grown.has(j)) {
                removed.push(selection::removed(name(j), "no_effect", "no step of it lowered the loss".into()));
            }
            columns.retain(|&j| grown.has(j));
            if columns.is_empty() {
                return all_removed(&removed);
            }
            if columns.len() <= most {
                return Ok(Self { removed, ..grown });
            }
            // Columns that say the same share its effect: of those, one has all of it only when the others are gone.
            let effect = grown.effects(&rows);
            columns.sort_by(|&a, &b| effect[b].total_cmp(&effect[a]).then(a.cmp(&b)));
            let left = most.max(columns.len() * 2 / 3);
            for j in columns.split_off(left) {
                let detail = format!("{left} columns beside it have larger effects, {most} may stay");
                removed.push(selection::removed(name(j), "characteristics_max", detail));
            }
            columns.sort_unstable();
        }
    }

    /// Whether a column has a part, alone or in a pair.
    fn has(&self, column: usize) -> bool {
        !self.shapes[column].is_empty()
    }

    /// By column: the mean square of its shape, and half of that of each pair that it is in.
    fn effects(&self, rows: &GatheredRows<'_>) -> Vec<f64> {
        let mut effects: Vec<f64> =
            self.shapes.iter().zip(&rows.weights_by_code).map(|(s, w)| shape::mean_square(s, w)).collect();
        for pair in &self.pairs {
            let of_pair = shape::mean_square(&pair.cells, &pairs::weights_by_cell(pair, rows));
            pair.over.iter().for_each(|&j| effects[j] += of_pair / 2.0);
        }
        effects
    }

    /// A model without any table.
    pub(crate) fn of_odds_alone(log_odds: f64, columns: usize, removed: Vec<Removed>) -> Self {
        Self { intercept: log_odds, shapes: vec![Vec::new(); columns], pairs: Vec::new(), removed }
    }

    /// Columns that have a part.
    pub(crate) fn used(&self) -> impl Iterator<Item = usize> {
        (0..self.shapes.len()).filter(|&j| self.has(j))
    }

    /// Log-odds of bad per row.
    pub(crate) fn log_odds(&self, coded: &[Coded], rows: RowSet<'_>) -> Vec<f64> {
        let mut out = vec![self.intercept; rows.len()];
        for j in self.used() {
            let shape = &self.shapes[j];
            out.iter_mut().zip(rows.iter()).for_each(|(o, i)| *o += shape[usize::from(coded[j].codes[i as usize])]);
        }
        for pair in &self.pairs {
            let [a, b] = pair.over.map(|j| &coded[j].codes);
            let cell = |i: usize| pair.cells[pair.cell([a[i], b[i]])];
            out.iter_mut().zip(rows.iter()).for_each(|(o, i)| *o += cell(i as usize));
        }
        out
    }
}

/// Codes of all columns together at most: the matrix between them has so many squared entries of four bytes.
const CODES_MAX: usize = 8_192;

/// Where columns have too many codes together, leaves those with the largest information value by itself.
fn drop_least_telling(
    columns: &mut Vec<usize>,
    removed: &mut Vec<Removed>,
    coded: &[Coded],
    counted: &FitRows<'_>,
    smoothing: f64,
) {
    if columns.iter().map(|&j| coded[j].count()).sum::<usize>() <= CODES_MAX {
        return;
    }
    let value = |j: usize| {
        let counts = over_folds(counted.folds.iter().map(|&f| counted.counts[j][f].as_slice()));
        let total: Counts = counts.iter().copied().sum();
        counts.iter().filter_map(|&c| bin_iv(c, total, smoothing.max(0.5))).sum::<f64>()
    };
    let mut by_value: Vec<(f64, usize)> = columns.iter().map(|&j| (value(j), j)).collect();
    by_value.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    let mut codes = 0;
    columns.clear();
    for (value, j) in by_value {
        codes += coded[j].count();
        if codes <= CODES_MAX {
            columns.push(j);
        } else {
            let detail =
                format!("columns of an IV over {value:.4} have {CODES_MAX} codes together, which is all there can be");
            removed.push(selection::removed(&coded[j].name, "codes_max", detail));
        }
    }
    columns.sort_unstable();
}

/// The rows of a fit, gathered once for all bags.
pub(crate) struct GatheredRows<'a> {
    coded: &'a [Coded],
    codes: Vec<Vec<u8>>,
    bad: Vec<bool>,
    weight: Vec<f32>,
    /// Sum of weights by column and code.
    weights_by_code: Vec<Vec<f64>>,
    seed: u64,
}

impl<'a> GatheredRows<'a> {
    fn new(data: &BoostRows<'a>) -> Self {
        let codes: Vec<Vec<u8>> = data.coded.par_iter().map(|c| data.rows.gather(&c.codes)).collect();
        let bad = data.rows.gather(data.bad);
        let weight: Vec<f32> = match data.weight {
            Some(w) => data.rows.gather(w).into_iter().map(|w| w as f32).collect(),
            None => vec![1.0; bad.len()],
        };
        let by_code = |(codes, coded): (&Vec<u8>, &Coded)| {
            let mut sums = vec![0.0; coded.count()];
            codes.iter().zip(&weight).for_each(|(&c, &w)| sums[usize::from(c)] += f64::from(w));
            sums
        };
        let weights_by_code = codes.par_iter().zip(data.coded).map(by_code).collect();
        Self { coded: data.coded, codes, bad, weight, weights_by_code, seed: data.seed }
    }

    fn outcomes(&self) -> Outcomes<'_> {
        Outcomes { bad: &self.bad, weight: &self.weight }
    }
}

/// How a column may be stepped. `auto` is free: what grows in small steps needs no shape to be guessed first.
fn step_column(coded: &Coded, config: &TrainConfig) -> StepColumn {
    let direction = config.binning_rules(&coded.name).direction.unwrap_or(Direction::Free);
    let is_text = coded.kind() == Kind::Text;
    StepColumn { ordered: coded.ordered, is_text, direction: if is_text { Direction::Free } else { direction } }
}

/// Grows shapes of these columns, then pairs of them.
fn grow(rows: &GatheredRows<'_>, columns: &[usize], config: &TrainConfig) -> Boosted {
    let rules = &config.boosted;
    let step_rules =
        StepRules { rate: rules.rate, leaves: rules.leaves, l2: rules.l2, curvature_min: rules.curvature_min };
    let stepped: Vec<StepColumn> = columns.iter().map(|&j| step_column(&rows.coded[j], config)).collect();
    let counts: Vec<usize> = columns.iter().map(|&j| rows.coded[j].count()).collect();
    let outcomes = rows.outcomes();
    // Of many rows one bag is much like another.
    let count = if outcomes.bad.len() > MANY_ROWS { rules.bags.div_ceil(4) } else { rules.bags };
    let mut bags: Vec<Bag> = (0..count)
        .into_par_iter()
        .map(|k| Bag::new(outcomes, &counts, rules.stop_share, crate::random::at(rows.seed, k as u64)))
        .collect();

    let codes: Vec<&[u8]> = columns.iter().map(|&j| rows.codes[j].as_slice()).collect();
    let gram = gram(rows, &codes, &counts, &stepped);
    let mut stop = Stop::new(&bags, rules.patience.div_ceil(ROUNDS_APART), f64::INFINITY);
    while stop.checks * ROUNDS_APART < rules.rounds {
        bags.par_iter_mut().for_each(|bag| {
            bag.refresh(outcomes, &codes, &gram);
            for _ in 0..ROUNDS_APART {
                for (column, own) in stepped.iter().enumerate() {
                    let steps = step::step(*own, &bag.column_sums(&gram, column), &step_rules);
                    bag.take(&gram, column, &steps);
                }
            }
            bag.settle(&codes);
        });
        if stop.is_over(&bags, outcomes, |bag| bag.tables.clone()) {
            break;
        }
    }
    let (tables, _, loss) = stop.best();
    for (bag, tables) in bags.iter_mut().zip(&tables) {
        bag.tables.clone_from(tables);
    }
    let mean = |at: usize| {
        let mut mean = vec![0.0; counts[at]];
        bags.iter().for_each(|bag| mean.iter_mut().zip(&bag.tables[at]).for_each(|(m, e)| *m += e / bags.len() as f64));
        mean
    };
    let mut shapes: Vec<Vec<f64>> = vec![Vec::new(); rows.coded.len()];
    for (at, &j) in columns.iter().enumerate() {
        shapes[j] = shape::directed(mean(at), stepped[at], &rows.weights_by_code[j]);
    }
    let mut intercept = bags.iter().map(|b| b.intercept).sum::<f64>() / bags.len() as f64;

    let free: Vec<usize> =
        (0..columns.len()).filter(|&at| !is_constrained(stepped[at].direction)).map(|at| columns[at]).collect();
    let mut pairs = match rules.pairs {
        0 => Vec::new(),
        _ => grow_pairs(rows, &mut bags, columns, &free, &shapes, loss, config),
    };
    for pair in &mut pairs {
        shape::purify(pair, &mut shapes, rows);
    }
    for &j in columns {
        intercept += shape::centre(&mut shapes[j], &rows.weights_by_code[j]);
        if shapes[j].iter().all(|e| e.abs() < NOTHING) && !pairs.iter().any(|p| p.over.contains(&j)) {
            shapes[j].clear();
        }
    }
    Boosted { intercept, shapes, pairs, removed: Vec::new() }
}

/// Rows over which a quarter of the bags do.
const MANY_ROWS: usize = 50_000;

/// Rounds from one look at the rows, and at the rows set aside, to the next: in between gradients follow to first order.
const ROUNDS_APART: usize = 4;

/// The matrix at the odds of all rows, for every bag: what its curvatures are off by is made good at each look at the rows.
fn gram(rows: &GatheredRows<'_>, codes: &[&[u8]], counts: &[usize], stepped: &[StepColumn]) -> Gram {
    let (mut bads, mut all) = (0.0, 0.0);
    for (&bad, &w) in rows.bad.iter().zip(&rows.weight) {
        all += f64::from(w);
        bads += if bad { f64::from(w) } else { 0.0 };
    }
    let rate = bads / all;
    let curvature: Vec<f32> = rows.weight.iter().map(|w| w * (rate * (1.0 - rate)) as f32).collect();
    let mut columns = Vec::with_capacity(codes.len());
    for ((&codes, &count), own) in codes.iter().zip(counts).zip(stepped) {
        columns.push(GramColumn { codes, count, summed: if own.is_text { 0 } else { own.ordered } });
    }
    Gram::new(&columns, &curvature)
}

/// Effects so small are none: a hundred thousandth of a point.
const NOTHING: f64 = 1e-7;

/// Whether points of a column must go some way; such a column enters no pair, in which they could go another.
fn is_constrained(direction: Direction) -> bool {
    direction != Direction::Free
}

/// When bags stop, and what they had grown at their best.
struct Stop<T> {
    checks: usize,
    patience: usize,
    best_check: usize,
    best_loss: f64,
    best: Vec<T>,
}

/// A mean loss must fall by so much to be less.
const LESS: f64 = 1e-6;

impl<T> Stop<T> {
    fn new(bags: &[Bag], patience: usize, loss: f64) -> Self
    where
        T: Default + Clone,
    {
        Self { checks: 0, patience, best_check: 0, best_loss: loss, best: vec![T::default(); bags.len()] }
    }

    /// After some rounds: whether the rows set aside have not gained for long.
    fn is_over(&mut self, bags: &[Bag], outcomes: Outcomes<'_>, grown: impl Fn(&Bag) -> T) -> bool {
        self.checks += 1;
        let losses: Vec<f64> = bags.par_iter().map(|bag| bag.loss_aside(outcomes)).collect();
        let loss = losses.iter().sum::<f64>() / losses.len() as f64;
        if loss < self.best_loss - LESS {
            (self.best_loss, self.best_check) = (loss, self.checks);
            self.best = bags.iter().map(grown).collect();
        }
        self.checks - self.best_check >= self.patience
    }

    /// What each bag had grown, after how many checks, and the mean loss then.
    fn best(self) -> (Vec<T>, usize, f64) {
        (self.best, self.best_check, self.best_loss)
    }
}
