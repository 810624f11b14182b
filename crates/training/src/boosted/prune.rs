//! Tables that are taken away again because hardly anything is lost without them.
//!
//! What a table is worth is measured on rows that its model has not seen: each fold's rows are scored by the fold's own
//! model, and a table's effects are taken from their log-odds. Pairs go first, being harder to read, then columns of which
//! no pair is left, each time in the order of what they cost alone; a table goes if all that went with it costs no more than
//! is allowed. A table that costs less than nothing goes too, but what is gained by it pays for no other.
//!
//! # Source
//! Breiman, Friedman, Olshen and Stone, *Classification and Regression Trees* (1984), chapter 3: grow first, then take away
//! what rows that had no part in growing do not miss. That a column stays as long as one of its pairs does is the principle
//! of marginality: Nelder (1977), "A reformulation of linear models".

use super::Boosted;
use crate::coding::Coded;
use crate::selection;
use rayon::prelude::*;

/// Of what a table is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Over {
    Pair([usize; 2]),
    One(usize),
}

/// A table that was taken away.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Pruned {
    pub(crate) over: Over,
    /// By how much the mean log-loss rose when it went, those before it being gone.
    pub(crate) cost: f64,
}

/// Rows, each with the model that has not seen it.
#[derive(Clone, Copy)]
pub(crate) struct UnseenRows<'a> {
    pub(crate) coded: &'a [Coded],
    /// Indices into the coded columns.
    pub(crate) rows: &'a [u32],
    /// By row of all: the fold, which is the place of its model.
    pub(crate) fold: &'a [u8],
    pub(crate) models: &'a [Boosted],
}

impl UnseenRows<'_> {
    /// Effects of a table on the rows at some places; 0 where the row's model does not have the table.
    pub(crate) fn effects(&self, over: Over, places: &[usize]) -> Vec<f64> {
        let one = |&place: &usize| {
            let row = self.rows[place] as usize;
            self.models[usize::from(self.fold[row])].effect(over, self.coded, row)
        };
        places.iter().map(one).collect()
    }
}

impl Boosted {
    /// The tables, pairs first.
    pub(crate) fn tables(&self) -> Vec<Over> {
        let mut pairs: Vec<Over> = self.pairs.iter().map(|p| Over::Pair(p.over)).collect();
        pairs.sort_unstable();
        pairs.into_iter().chain(self.used().map(Over::One)).collect()
    }

    fn effect(&self, over: Over, coded: &[Coded], row: usize) -> f64 {
        match over {
            Over::One(j) => self.shapes[j].get(usize::from(coded[j].codes[row])).copied().unwrap_or(0.0),
            Over::Pair(both) => {
                let cell = both.map(|j| coded[j].codes[row]);
                self.pairs.iter().find(|p| p.over == both).map_or(0.0, |p| p.cells[p.cell(cell)])
            }
        }
    }

    /// Takes tables away; a column of which nothing is left is named among the removed ones.
    pub(crate) fn without(&mut self, pruned: &[Pruned], coded: &[Coded], allowed: f64) {
        for Pruned { over, cost } in pruned {
            match *over {
                Over::Pair(both) => self.pairs.retain(|p| p.over != both),
                Over::One(j) => {
                    self.shapes[j].clear();
                    let detail = format!(
                        "without its table rows out of fold lose {cost:+.6} in log-loss each; all that went together may \
                         cost {allowed}"
                    );
                    self.removed.push(selection::removed(&coded[j].name, "prune_loss", detail));
                }
            }
        }
    }
}

/// The tables that may go, in the order in which they went. One table is left at least.
///
/// - `tables`: all tables of the model, pairs before columns.
/// - `log_odds`: log-odds of bad of the rows, all tables in them.
/// - `loss`: mean loss of such log-odds.
/// - `effects`: what a table adds to the log-odds of the same rows.
/// - `allowed`: what those that cost something may cost together, over 0.
pub(crate) fn prunable(
    tables: &[Over],
    log_odds: &[f64],
    loss: &(dyn Fn(&[f64]) -> f64 + Sync),
    effects: &(dyn Fn(Over) -> Vec<f64> + Sync),
    allowed: f64,
) -> Vec<Pruned> {
    let less = |from: &[f64], over: Over| -> Vec<f64> { from.iter().zip(effects(over)).map(|(l, e)| l - e).collect() };
    let full = loss(log_odds);
    let mut order: Vec<(bool, f64, Over)> = tables
        .par_iter()
        .map(|&over| (matches!(over, Over::One(_)), loss(&less(log_odds, over)) - full, over))
        .collect();
    order.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)).then(a.2.cmp(&b.2)));

    let mut kept: Vec<Over> = tables.to_vec();
    let (mut left, mut loss_left, mut spent) = (log_odds.to_vec(), full, 0.0);
    let mut gone = Vec::new();
    for (_, _, over) in order {
        let is_held = |pair: &Over| matches!((pair, over), (Over::Pair(both), Over::One(j)) if both.contains(&j));
        if kept.len() == 1 || kept.iter().any(is_held) {
            continue;
        }
        let without = less(&left, over);
        let loss_without = loss(&without);
        let cost = loss_without - loss_left;
        if spent + cost.max(0.0) > allowed {
            continue;
        }
        spent += cost.max(0.0);
        (left, loss_left) = (without, loss_without);
        kept.retain(|k| *k != over);
        gone.push(Pruned { over, cost });
    }
    gone
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Mean log-loss of log-odds of bad.
    fn log_loss(log_odds: &[f64], bad: &[bool]) -> f64 {
        let one = |(l, bad): (&f64, &bool)| if *bad { (-l).exp().ln_1p() } else { l.exp().ln_1p() };
        log_odds.iter().zip(bad).map(one).sum::<f64>() / bad.len() as f64
    }

    #[test]
    fn a_column_stays_as_long_as_a_pair_of_it_does() {
        // Rows at four corners: the pair tells everything, neither column anything.
        let bad = [true, false, false, true];
        let pair = [2.0, -2.0, -2.0, 2.0];
        let loss = |l: &[f64]| log_loss(l, &bad);
        let effects = |over: Over| match over {
            Over::Pair(_) => pair.to_vec(),
            Over::One(_) => vec![0.0; 4],
        };
        let tables = [Over::Pair([0, 1]), Over::One(0), Over::One(1), Over::One(2)];
        let gone = |allowed: f64| prunable(&tables, &pair, &loss, &effects, allowed).iter().map(|p| p.over).collect();
        let few: Vec<Over> = gone(1e-4);
        assert_eq!(few, [Over::One(2)]);
        let all: Vec<Over> = gone(10.0);
        assert_eq!(all, [Over::Pair([0, 1]), Over::One(0), Over::One(1)], "one is left");
    }

    #[test]
    fn a_gain_pays_for_no_other() {
        // The first table points the wrong way, the second the right way.
        let bad = [true, true, false, false];
        let loss = |l: &[f64]| log_loss(l, &bad);
        let effects = |over: Over| match over {
            Over::One(0) => vec![-1.0, -1.0, 1.0, 1.0],
            Over::One(1) => vec![0.1, 0.1, -0.1, -0.1],
            _ => vec![1.0, 1.0, -1.0, -1.0],
        };
        let sum = [0.1, 0.1, -0.1, -0.1];
        let tables = [Over::One(0), Over::One(1), Over::One(2)];
        let gone = prunable(&tables, &sum, &loss, &effects, 1e-3);
        assert_eq!(gone.len(), 1);
        assert!(gone[0].over == Over::One(0) && gone[0].cost < -0.1, "{gone:?}");
    }

    proptest! {
        #[test]
        fn what_went_costs_no_more_than_is_allowed(
            effects in prop::collection::vec(prop::collection::vec(-1.5..1.5_f64, 40), 1..8),
            bad in prop::collection::vec(any::<bool>(), 40),
            allowed in 1e-6..0.2_f64,
        ) {
            let tables: Vec<Over> = (0..effects.len()).map(Over::One).collect();
            let of = |over: Over| match over {
                Over::One(j) => effects[j].clone(),
                Over::Pair(_) => Vec::new(),
            };
            let sum: Vec<f64> = (0..40).map(|i| effects.iter().map(|e| e[i]).sum()).collect();
            let loss = |l: &[f64]| log_loss(l, &bad);
            let gone = prunable(&tables, &sum, &loss, &of, allowed);
            prop_assert!(gone.len() < tables.len());
            let mut left = sum.clone();
            for p in &gone {
                let before = loss(&left);
                left.iter_mut().zip(of(p.over)).for_each(|(l, e)| *l -= e);
                prop_assert!((loss(&left) - before - p.cost).abs() < 1e-12);
            }
            prop_assert!(loss(&left) <= loss(&sum) + allowed + 1e-12);
            // Nothing more goes where more is allowed than less would have let go at the same cost.
            prop_assert!(gone.iter().map(|p| p.cost.max(0.0)).sum::<f64>() <= allowed);
        }
    }
}
