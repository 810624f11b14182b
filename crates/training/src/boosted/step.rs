//! One step of a main effect: a few runs of codes, each moved by its own Newton step.

use scoring::Direction;

/// Sums of gradients and curvatures (second derivatives) of the log-loss over some rows.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Sums {
    pub(crate) gradient: f64,
    pub(crate) curvature: f64,
}

impl std::ops::AddAssign for Sums {
    fn add_assign(&mut self, other: Self) {
        self.gradient += other.gradient;
        self.curvature += other.curvature;
    }
}

impl std::ops::Sub for Sums {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self { gradient: self.gradient - other.gradient, curvature: self.curvature - other.curvature }
    }
}

impl Sums {
    /// The Newton step `-G / (H + l2)`.
    pub(crate) fn newton(self, l2: f64) -> f64 {
        -self.gradient / (self.curvature + l2)
    }

    /// Twice what the loss loses by that step: `G² / (H + l2)`.
    pub(crate) fn gain(self, l2: f64) -> f64 {
        self.gradient * self.gradient / (self.curvature + l2)
    }
}

/// What a step heeds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct StepRules {
    /// Share of the Newton step that is taken, in 0..1.
    pub(crate) rate: f64,
    /// Runs at most.
    pub(crate) leaves: usize,
    /// Penalty on the square of a run's step.
    pub(crate) l2: f64,
    /// Least sum of curvatures in a run: 1 is about four rows at even odds, fifteen where seven in a hundred are bad.
    pub(crate) curvature_min: f64,
}

/// Codes of a column as a step sees them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct StepColumn {
    /// Codes `0..ordered` are in order, or, of a text, in none.
    pub(crate) ordered: usize,
    pub(crate) is_text: bool,
    /// How the log-odds of good may go along the ordered codes.
    pub(crate) direction: Direction,
}

/// A run of the ordered codes and its step.
#[derive(Debug, Clone, Copy)]
struct Run {
    from: usize,
    to: usize,
    step: f64,
}

/// What is added to the log-odds of bad of each code.
///
/// The ordered codes are cut greedily into at most `leaves` runs, where the loss falls most; levels of a text are put in
/// the order of their own steps first. Every other code (special values, missing, unseen) moves by itself.
///
/// Where points must rise or fall along the codes no cut is made whose runs would step the other way: sums of such steps
/// keep the direction. A peak or valley is no matter of steps and is made afterwards.
///
/// # Source
/// Lou, Caruana and Gehrke (2012), "Intelligible models for classification and regression", section 3: shallow trees of one
/// column each, in turns.
pub(crate) fn step(column: StepColumn, sums: &[Sums], rules: &StepRules) -> Vec<f64> {
    let mut out = vec![0.0; sums.len()];
    let mut order: Vec<usize> = (0..column.ordered).collect();
    if column.is_text {
        order.retain(|&code| sums[code].curvature > 0.0);
        order.sort_by(|&a, &b| sums[a].newton(rules.l2).total_cmp(&sums[b].newton(rules.l2)));
    }
    let mut before = vec![Sums::default()];
    let mut total = Sums::default();
    for &code in &order {
        total += sums[code];
        before.push(total);
    }
    for run in runs(&before, column.direction, rules) {
        order[run.from..run.to].iter().for_each(|&code| out[code] = rules.rate * run.step);
    }
    for code in column.ordered..sums.len() {
        if sums[code].curvature > 0.0 {
            out[code] = rules.rate * sums[code].newton(rules.l2);
        }
    }
    out
}

/// `before[k]` are the sums of the codes before the `k`th.
fn runs(before: &[Sums], direction: Direction, rules: &StepRules) -> Vec<Run> {
    let of = |from: usize, to: usize| before[to] - before[from];
    let run = |from, to| Run { from, to, step: of(from, to).newton(rules.l2) };
    let mut runs = vec![run(0, before.len() - 1)];
    while runs.len() < rules.leaves {
        let mut best: Option<(f64, usize, [Run; 2])> = None;
        for (at, whole) in runs.iter().enumerate() {
            let gain = of(whole.from, whole.to).gain(rules.l2);
            for cut in whole.from + 1..whole.to {
                let (left, right) = (of(whole.from, cut), of(cut, whole.to));
                if left.curvature.min(right.curvature) < rules.curvature_min {
                    continue;
                }
                let gained = left.gain(rules.l2) + right.gain(rules.l2) - gain;
                if gained <= best.as_ref().map_or(1e-12, |b| b.0) {
                    continue;
                }
                let parts = [run(whole.from, cut), run(cut, whole.to)];
                let after = runs.get(at + 1).map(|r| r.step);
                let before = at.checked_sub(1).map(|k| runs[k].step);
                let around = [before, Some(parts[0].step), Some(parts[1].step), after];
                if keeps(direction, &around) {
                    best = Some((gained, at, parts));
                }
            }
        }
        let Some((_, at, parts)) = best else { break };
        runs.splice(at..=at, parts);
    }
    runs
}

/// Whether steps of neighbours, where there are such, go the way of a direction: points rise where log-odds of bad fall.
fn keeps(direction: Direction, steps: &[Option<f64>]) -> bool {
    let mut there = steps.iter().flatten();
    let Some(mut last) = there.next() else { return true };
    for next in there {
        let is_well = match direction {
            Direction::Rising => next <= last,
            Direction::Falling => next >= last,
            _ => true,
        };
        if !is_well {
            return false;
        }
        last = next;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULES: StepRules = StepRules { rate: 1.0, leaves: 3, l2: 0.0, curvature_min: 0.0 };

    fn sums(gradients: &[f64]) -> Vec<Sums> {
        gradients.iter().map(|&gradient| Sums { gradient, curvature: 1.0 }).collect()
    }

    #[test]
    fn cuts_are_made_where_the_loss_falls_most() {
        let column = StepColumn { ordered: 5, is_text: false, direction: Direction::Free };
        let found = step(column, &sums(&[1.0, 1.0, -4.0, -4.0, 2.0, 0.5]), &RULES);
        assert_eq!(found, [-1.0, -1.0, 4.0, 4.0, -2.0, -0.5], "the last code stands by itself");
        let two = step(column, &sums(&[1.0, 1.0, -4.0, -4.0, 2.0, 0.0]), &StepRules { leaves: 2, ..RULES });
        assert_eq!(two, [-1.0, -1.0, 2.0, 2.0, 2.0, 0.0]);
        let few = StepRules { curvature_min: 3.0, ..RULES };
        let one = step(column, &sums(&[1.0, 1.0, -4.0, -4.0, 2.0, 0.0]), &few);
        assert_eq!(one[..5], [0.8; 5], "no cut leaves three rows on either side");
    }

    #[test]
    fn levels_have_no_order_of_their_own() {
        let column = StepColumn { ordered: 4, is_text: true, direction: Direction::Free };
        let rules = StepRules { leaves: 2, ..RULES };
        assert_eq!(step(column, &sums(&[3.0, -3.0, 3.0, -3.0]), &rules), [-3.0, 3.0, -3.0, 3.0]);
    }

    #[test]
    fn no_step_goes_against_the_direction() {
        for (direction, sign) in [(Direction::Rising, -1.0), (Direction::Falling, 1.0)] {
            let column = StepColumn { ordered: 30, is_text: false, direction };
            for seed in 0..200_u64 {
                let gradient = |k: u64| (crate::random::at(seed, k) % 2_001) as f64 / 100.0 - 10.0;
                let gradients: Vec<f64> = (0..30).map(gradient).collect();
                let found = step(column, &sums(&gradients), &StepRules { leaves: 6, l2: 0.5, ..RULES });
                assert!(found.windows(2).all(|w| sign * (w[1] - w[0]) >= 0.0), "seed {seed}: {found:?}");
            }
        }
    }
}
