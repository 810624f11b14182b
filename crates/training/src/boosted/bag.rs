//! A bag: rows that it grows on, rows that it sets aside, and what it has grown.

use super::gram::Gram;
use super::step::Sums;
use crate::random;

/// Outcomes and weights of the rows of a fit.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Outcomes<'a> {
    pub(crate) bad: &'a [bool],
    pub(crate) weight: &'a [f32],
}

#[derive(Debug, Clone)]
pub(crate) struct Bag {
    /// Log-odds of bad where every effect is zero.
    pub(crate) intercept: f64,
    /// Effects grown so far: by column and code, or by pair and cell.
    pub(crate) tables: Vec<Vec<f64>>,
    /// Rows set aside.
    aside: Vec<bool>,
    /// Log-odds of bad by row.
    log_odds: Vec<f32>,
    /// Gradient and curvature of the log-loss by row, both 0 for a row set aside.
    derivatives: Vec<[f32; 2]>,
    /// Sums of both by place among the codes of all columns; gradients follow the steps since.
    gradients: Vec<f32>,
    curvatures: Vec<f32>,
    /// Steps that the log-odds of rows do not have yet, by column and code.
    since: Vec<Vec<f64>>,
    /// Share of the rows' weight that is grown on.
    share: f64,
}

impl Bag {
    /// Sets a share of either outcome aside, drawn by the seed.
    pub(crate) fn new(outcomes: Outcomes<'_>, counts: &[usize], share: f64, seed: u64) -> Self {
        let rows = outcomes.bad.len();
        let mut aside = vec![false; rows];
        for class in [false, true] {
            let mut own: Vec<(u64, usize)> = (0..rows)
                .filter(|&i| outcomes.bad[i] == class && outcomes.weight[i] > 0.0)
                .map(|i| (random::at(seed, i as u64), i))
                .collect();
            // One of either outcome at least, and one left to grow on.
            let count = ((share * own.len() as f64).round() as usize).clamp(1, own.len().saturating_sub(1).max(1));
            own.sort_unstable();
            own.iter().take(count.min(own.len())).for_each(|&(_, i)| aside[i] = true);
        }
        let (mut bads, mut all) = (0.0, 0.0);
        for i in (0..rows).filter(|&i| !aside[i]) {
            let w = f64::from(outcomes.weight[i]);
            all += w;
            bads += if outcomes.bad[i] { w } else { 0.0 };
        }
        let intercept = (bads / (all - bads)).ln().clamp(-20.0, 20.0);
        let tables: Vec<Vec<f64>> = counts.iter().map(|&n| vec![0.0; n]).collect();
        Self {
            intercept,
            since: tables.clone(),
            tables,
            gradients: Vec::new(),
            curvatures: Vec::new(),
            share: all / outcomes.weight.iter().map(|&w| f64::from(w)).sum::<f64>(),
            aside,
            log_odds: vec![intercept as f32; rows],
            derivatives: vec![[0.0; 2]; rows],
        }
    }

    /// Computes the derivatives at the log-odds as they are.
    pub(crate) fn begin_round(&mut self, outcomes: Outcomes<'_>) {
        for (i, d) in self.derivatives.iter_mut().enumerate() {
            let pd = 1.0 / (1.0 + (-self.log_odds[i]).exp());
            let weight = if self.aside[i] { 0.0 } else { outcomes.weight[i] };
            *d = [weight * (pd - f32::from(u8::from(outcomes.bad[i]))), weight * pd * (1.0 - pd)];
        }
    }

    /// Gives rows the steps taken since.
    pub(crate) fn settle(&mut self, codes: &[&[u8]]) {
        for (steps, codes) in self.since.iter_mut().zip(codes) {
            if steps.iter().any(|s| *s != 0.0) {
                add_by_code(&mut self.log_odds, codes, steps);
                steps.fill(0.0);
            }
        }
    }

    /// Brings the sums up to date with the log-odds of rows.
    pub(crate) fn refresh(&mut self, outcomes: Outcomes<'_>, codes: &[&[u8]], gram: &Gram) {
        self.begin_round(outcomes);
        self.gradients = vec![0.0; gram.size()];
        self.curvatures = vec![0.0; gram.size()];
        for (column, codes) in codes.iter().enumerate() {
            let places = gram.places(column);
            for (code, sums) in self.sums(codes, places.len()).into_iter().enumerate() {
                self.gradients[places.start + code] = sums[0];
                self.curvatures[places.start + code] = sums[1];
            }
        }
    }

    /// Sums of the derivatives by code.
    fn sums(&self, codes: &[u8], count: usize) -> Vec<[f32; 2]> {
        // Four tables take turns: neighbouring rows of one code need not wait for each other.
        const TURNS: usize = 4;
        let mut cells = vec![[[0.0_f32; 2]; TURNS]; count];
        for (i, (&code, d)) in codes.iter().zip(&self.derivatives).enumerate() {
            let cell = &mut cells[usize::from(code)][i % TURNS];
            cell[0] += d[0];
            cell[1] += d[1];
        }
        let sum = |cell: [[f32; 2]; TURNS]| [0, 1].map(|k| cell.iter().map(|c| c[k]).sum());
        cells.into_iter().map(sum).collect()
    }

    /// Sums by code of a column as they are after all steps, gradients to first order.
    pub(crate) fn column_sums(&self, gram: &Gram, column: usize) -> Vec<Sums> {
        let own = |place: usize| Sums {
            gradient: f64::from(self.gradients[place]),
            curvature: f64::from(self.curvatures[place]),
        };
        gram.places(column).map(own).collect()
    }

    /// Adds steps to a column. Gradients follow to first order until the next refreshing.
    pub(crate) fn take(&mut self, gram: &Gram, column: usize, steps: &[f64]) {
        self.tables[column].iter_mut().zip(steps).for_each(|(effect, step)| *effect += step);
        self.since[column].iter_mut().zip(steps).for_each(|(effect, step)| *effect += step);
        gram.follow(column, steps, self.share, &mut self.gradients);
    }

    /// Sums of the derivatives by cells of a pair.
    pub(crate) fn cell_sums(&self, groups: [&[u8]; 2], counts: [usize; 2]) -> Vec<Sums> {
        let mut cells = vec![Sums::default(); counts[0] * counts[1]];
        for ((&a, &b), &[gradient, curvature]) in groups[0].iter().zip(groups[1]).zip(&self.derivatives) {
            let cell = &mut cells[usize::from(a) * counts[1] + usize::from(b)];
            *cell += Sums { gradient: f64::from(gradient), curvature: f64::from(curvature) };
        }
        cells
    }

    /// Adds steps to the cells of a pair, and to the rows; their gradients follow to first order: `g + h * step`.
    pub(crate) fn take_cells(&mut self, table: usize, groups: [&[u8]; 2], columns: usize, steps: &[f64]) {
        self.tables[table].iter_mut().zip(steps).for_each(|(effect, step)| *effect += step);
        let rows = self.log_odds.iter_mut().zip(&mut self.derivatives);
        for ((log_odds, d), (&a, &b)) in rows.zip(groups[0].iter().zip(groups[1])) {
            let step = steps[usize::from(a) * columns + usize::from(b)] as f32;
            *log_odds += step;
            d[0] += d[1] * step;
        }
    }

    /// Log-odds from the intercept and the tables, as if grown anew.
    pub(crate) fn set_log_odds(&mut self, codes: &[&[u8]]) {
        self.log_odds.fill(self.intercept as f32);
        self.tables.iter().zip(codes).for_each(|(table, codes)| add_by_code(&mut self.log_odds, codes, table));
    }

    /// Log-loss of each row set aside, with its weight.
    pub(crate) fn losses_aside(&self, outcomes: Outcomes<'_>) -> Vec<[f64; 2]> {
        let loss = |i: usize| {
            let against = f64::from(if outcomes.bad[i] { -self.log_odds[i] } else { self.log_odds[i] });
            // ln(1 + e^x), without overflow.
            [against.max(0.0) + (-against.abs()).exp().ln_1p(), f64::from(outcomes.weight[i])]
        };
        (0..self.aside.len()).filter(|&i| self.aside[i]).map(loss).collect()
    }

    /// Mean log-loss of the rows set aside.
    pub(crate) fn loss_aside(&self, outcomes: Outcomes<'_>) -> f64 {
        let losses = self.losses_aside(outcomes);
        let (loss, all) = losses.iter().fold((0.0, 0.0), |(l, a), [loss, weight]| (l + weight * loss, a + weight));
        loss / all
    }
}

fn add_by_code(log_odds: &mut [f32], codes: &[u8], effects: &[f64]) {
    let mut by_code = [0.0_f32; 256];
    by_code.iter_mut().zip(effects).for_each(|(b, e)| *b = *e as f32);
    log_odds.iter_mut().zip(codes).for_each(|(l, &code)| *l += by_code[usize::from(code)]);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::boosted::gram::GramColumn;

    #[test]
    fn a_share_of_either_outcome_is_set_aside() {
        let bad: Vec<bool> = (0..400).map(|i| i % 20 == 0).collect();
        let weight = vec![1.0_f32; 400];
        let outcomes = Outcomes { bad: &bad, weight: &weight };
        let bag = Bag::new(outcomes, &[2], 0.15, 7);
        let aside = |class: bool| (0..400).filter(|&i| bad[i] == class && bag.aside[i]).count();
        assert_eq!((aside(true), aside(false)), (3, 57));
        assert_ne!(bag.aside, Bag::new(outcomes, &[2], 0.15, 8).aside);
        // One bad alone: it is set aside, and the log-odds stay finite.
        let one: Vec<bool> = (0..400).map(|i| i == 3).collect();
        assert!(Bag::new(Outcomes { bad: &one, weight: &weight }, &[2], 0.15, 7).intercept.is_finite());
    }

    #[test]
    fn steps_lower_the_loss_and_gradients_follow() {
        let bad: Vec<bool> = (0..300).map(|i| i % 3 == 0 || i % 7 == 0).collect();
        let codes: Vec<u8> = (0..300_u32).map(|i| u8::from(i % 3 == 0)).collect();
        let weight = vec![1.0_f32; 300];
        let outcomes = Outcomes { bad: &bad, weight: &weight };
        let mut bag = Bag::new(outcomes, &[2], 0.2, 1);
        let before = bag.loss_aside(outcomes);
        // Here the curvatures of its own rows; elsewhere those of all rows, times its share.
        bag.begin_round(outcomes);
        let curvature: Vec<f32> = bag.derivatives.iter().map(|d| d[1] / bag.share as f32).collect();
        let gram = Gram::new(&[GramColumn { codes: &codes, count: 2, summed: 2 }], &curvature);
        bag.refresh(outcomes, &[&codes], &gram);
        let sums = bag.column_sums(&gram, 0);
        let steps: Vec<f64> = sums.iter().map(|s| 0.1 * s.newton(1.0)).collect();
        bag.take(&gram, 0, &steps);
        let followed = bag.column_sums(&gram, 0);
        for (code, sums) in sums.iter().enumerate() {
            let expected = sums.gradient + sums.curvature * steps[code];
            assert!((followed[code].gradient - expected).abs() < 1e-3, "{code}");
        }
        bag.settle(&[&codes]);
        bag.refresh(outcomes, &[&codes], &gram);
        for (exact, followed) in bag.column_sums(&gram, 0).iter().zip(&followed) {
            assert!((exact.gradient - followed.gradient).abs() < 0.1 * exact.gradient.abs() + 0.1);
        }
        assert!(bag.loss_aside(outcomes) < before);
        let (tables, grown) = (bag.tables.clone(), bag.log_odds.clone());
        bag.set_log_odds(&[&codes]);
        assert_eq!(bag.tables, tables);
        assert!(bag.log_odds.iter().zip(&grown).all(|(a, b)| (a - b).abs() < 1e-5));
    }
}
