//! A bag: rows that it grows on, rows that it sets aside, and what it has grown.

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
        Self {
            intercept,
            tables: counts.iter().map(|&n| vec![0.0; n]).collect(),
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

    /// Sums of the derivatives by code.
    pub(crate) fn sums(&self, codes: &[u8], count: usize) -> Vec<Sums> {
        // Two tables take turns: neighbouring rows of one code need not wait for each other.
        let mut cells = vec![[Sums::default(); 2]; count];
        for (i, (&code, &[gradient, curvature])) in codes.iter().zip(&self.derivatives).enumerate() {
            let cell = &mut cells[usize::from(code)][i & 1];
            *cell += Sums { gradient: f64::from(gradient), curvature: f64::from(curvature) };
        }
        cells
            .into_iter()
            .map(|[mut even, odd]| {
                even += odd;
                even
            })
            .collect()
    }

    /// As [`Self::sums`], by cells of a pair.
    pub(crate) fn cell_sums(&self, groups: [&[u8]; 2], counts: [usize; 2]) -> Vec<Sums> {
        let mut cells = vec![Sums::default(); counts[0] * counts[1]];
        for ((&a, &b), &[gradient, curvature]) in groups[0].iter().zip(groups[1]).zip(&self.derivatives) {
            let cell = &mut cells[usize::from(a) * counts[1] + usize::from(b)];
            *cell += Sums { gradient: f64::from(gradient), curvature: f64::from(curvature) };
        }
        cells
    }

    /// Adds steps to a column. Gradients follow to first order until the next round: `g + h * step`.
    pub(crate) fn take(&mut self, table: usize, codes: &[u8], steps: &[f64]) {
        self.tables[table].iter_mut().zip(steps).for_each(|(effect, step)| *effect += step);
        let mut by_code = [0.0_f32; 256];
        by_code.iter_mut().zip(steps).for_each(|(b, s)| *b = *s as f32);
        for ((log_odds, d), &code) in self.log_odds.iter_mut().zip(&mut self.derivatives).zip(codes) {
            let step = by_code[usize::from(code)];
            *log_odds += step;
            d[0] += d[1] * step;
        }
    }

    /// As [`Self::take`], to the cells of a pair.
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
        for (table, codes) in self.tables.iter().zip(codes) {
            self.log_odds.iter_mut().zip(*codes).for_each(|(l, &code)| *l += table[usize::from(code)] as f32);
        }
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

#[cfg(test)]
mod tests {
    use super::*;

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
        bag.begin_round(outcomes);
        let sums = bag.sums(&codes, 2);
        let steps: Vec<f64> = sums.iter().map(|s| 0.5 * s.newton(1.0)).collect();
        bag.take(0, &codes, &steps);
        let followed = bag.sums(&codes, 2);
        for (code, sums) in sums.iter().enumerate() {
            let expected = sums.gradient + sums.curvature * steps[code];
            assert!((followed[code].gradient - expected).abs() < 1e-3, "{code}");
        }
        assert!(bag.loss_aside(outcomes) < before);
        let (tables, grown) = (bag.tables.clone(), bag.log_odds.clone());
        bag.set_log_odds(&[&codes]);
        assert_eq!(bag.tables, tables);
        assert!(bag.log_odds.iter().zip(&grown).all(|(a, b)| (a - b).abs() < 1e-5));
    }
}
