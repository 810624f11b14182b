//! A card's effects mixed into grown shapes.
//!
//! A card smooths what few rows say, shapes follow what many say; both are tables over the same codes, so that their
//! weighted mean is one too and no less readable. The share is found on rows that neither has seen.

use super::step::StepColumn;
use super::{Boosted, shape};
use crate::card::Card;
use crate::coding::Coded;
use crate::optimal::Counts;
use scoring::{Direction, Kind};

/// Shares of the card that are tried.
const STEPS: usize = 20;

/// The share of the card, at most `most`, under which `loss` of the mixed out-of-fold log-odds is least; of equals the
/// smallest.
pub(crate) fn card_share(boosted: &[f64], card: &[f64], most: f64, loss: impl Fn(&[f64]) -> f64) -> f64 {
    let tried = (0..=STEPS).map(|k| k as f64 / STEPS as f64).filter(|share| *share <= most);
    let losses = tried.map(|share| (loss(&mixed(boosted, card, share)), share));
    losses.min_by(|a, b| a.0.total_cmp(&b.0)).map_or(0.0, |(_, share)| share)
}

/// `(1 - share) * boosted + share * card`, row by row.
pub(crate) fn mixed(boosted: &[f64], card: &[f64], share: f64) -> Vec<f64> {
    boosted.iter().zip(card).map(|(b, c)| (1.0 - share) * b + share * c).collect()
}

impl Boosted {
    /// The weighted mean of this model and a card. `counts` are by column and code.
    ///
    /// Rising and falling shapes stay so; a peak or valley that was asked for is made one again, for a sum of two peaks may
    /// have two.
    pub(crate) fn mix(
        &mut self,
        card: &Card,
        share: f64,
        coded: &[Coded],
        counts: &[Vec<Counts>],
        direction: impl Fn(usize) -> Direction,
    ) {
        let shrunk = |effects: &mut Vec<f64>| effects.iter_mut().for_each(|e| *e *= 1.0 - share);
        self.shapes.iter_mut().for_each(shrunk);
        self.pairs.iter_mut().for_each(|pair| shrunk(&mut pair.cells));
        self.intercept = (1.0 - share) * self.intercept + share * card.intercept;
        for column in &card.columns {
            let j = column.index;
            if self.shapes[j].is_empty() {
                self.shapes[j] = vec![0.0; coded[j].count()];
            }
            // The card's effects are log-odds of good.
            let add = |(e, c): (&mut f64, &f64)| *e -= share * column.coefficient * c;
            self.shapes[j].iter_mut().zip(&column.effect).for_each(add);
            let weights: Vec<f64> = counts[j].iter().map(|c| c.total()).collect();
            if coded[j].kind() == Kind::Number {
                let own = StepColumn { ordered: coded[j].ordered, is_text: false, direction: direction(j) };
                self.shapes[j] = shape::directed(std::mem::take(&mut self.shapes[j]), own, &weights);
            }
            self.intercept += shape::centre(&mut self.shapes[j], &weights);
        }
        let used: Vec<&str> = self.used().map(|j| coded[j].name.as_str()).collect();
        self.removed.retain(|removed| !used.contains(&removed.column.as_str()));
    }
}

#[cfg(test)]
mod tests {
    use super::{card_share, mixed};

    #[test]
    fn the_share_of_the_least_loss() {
        let (boosted, card) = ([1.0, 3.0], [2.0, 1.0]);
        assert_eq!(mixed(&boosted, &card, 0.25), [1.25, 2.5]);
        // The sum is 4 - share: nearest to 3.6 at 0.4.
        let off = |l: &[f64]| (l.iter().sum::<f64>() - 3.6).abs();
        assert!((card_share(&boosted, &card, 0.9, off) - 0.4).abs() < 1e-12);
        assert!((card_share(&boosted, &card, 0.2, off) - 0.2).abs() < 1e-12, "as far as it may");
        assert_eq!(card_share(&boosted, &card, 0.0, off), 0.0);
        assert_eq!(card_share(&boosted, &card, 0.9, |_| 1.0), 0.0, "of equals the smallest");
    }
}
