//! Scores and grades: the hidden risk with noise, on the scale of the shipped card.

use super::{Story, date, names, round_fen};
use crate::calendar::{Day, month_of_day};
use crate::constants as c;
use ledger::event::{Body, Decided, RatingEvent};
use ledger::{BankId, RatingId};
use primitives::{Digest, Fen};

/// Names of the grades and the lowest score of each, best first.
const GRADES: [(&str, i64); 7] =
    [("AAA", 850), ("AA", 780), ("A", 710), ("BBB", 640), ("BB", 570), ("B", 480), ("C", i64::MIN)];

/// A rating as a bank reads it.
#[derive(Clone, Copy)]
pub(super) struct Rated {
    pub(super) id: RatingId,
    /// Place of the grade, 0 the best.
    pub(super) grade: usize,
    /// The recommended line in fen.
    pub(super) line: Option<i64>,
}

impl Story<'_> {
    /// The log-risk of distress in the month of a day, against the average.
    pub(super) fn risk(&self, day: Day) -> f64 {
        let (firm, month) = (self.firm, month_of_day(day));
        let moved: f64 = (0..4).map(|k| c::DISTRESS_LOADING[k] * self.path.bad(k, month)).sum();
        let traits = c::TRAIT_LOADING[0] * firm.leverage + c::TRAIT_LOADING[1] * firm.concentration
            - c::TRAIT_LOADING[2] * firm.quality;
        let lasts = self.path.spells.iter().any(|s| s.from <= month && month < s.until);
        moved + traits + firm.industry().hazard + if lasts { c::SCORE_DISTRESS } else { 0.0 }
    }

    /// Issues a rating that is valid for a year.
    pub(super) fn rate(&mut self, day: Day) -> Rated {
        let seen = self.risk(day) + c::SCORE_NOISE * self.s.normal();
        let score = (c::SCORE[0] - c::SCORE[1] * seen).round().clamp(300.0, 1_000.0) as i64;
        let grade = GRADES.iter().position(|(_, from)| *from <= score).unwrap_or(GRADES.len() - 1);
        let cap = match self.label {
            policy::credit_line::Label::Specialised | policy::credit_line::Label::LittleGiant
                if date(day) >= names::REVISED =>
            {
                10_000_000.0
            }
            _ => 3_000_000.0,
        };
        let negative_hit = self.s.chance(0.01) || self.path.defaulted.is_some_and(|fell| fell <= day);
        let share = c::LINE_SHARE.get(grade).filter(|_| !negative_hit);
        let line = share.map(|share| round_fen((share * self.sales()).min(cap)));
        let id: RatingId = names::id(&self.number("评"));
        let did = RatingEvent::Issued {
            enterprise: self.code,
            model: Digest::sha256(b"a hidden score of a city that does not exist"),
            score,
            grade: names::id(GRADES[grade].0),
            recommended_fen: line.map(Fen::new),
            valid_from: date(day),
            valid_to: date(day + 364),
            negative_hit,
            // Nobody has calibrated the city's hidden score.
            pd_ppm: None,
        };
        self.telling.tell(day, names::platform(), Body::Rating { rating: id, did });
        Rated { id, grade, line }
    }

    /// A bank tells what it decided on a rating: the line that it gives, or none.
    pub(super) fn decide(&mut self, day: Day, rated: &Rated, bank: BankId, line: Option<i64>) {
        let decision = if line.is_some() { Decided::Accepted } else { Decided::Declined };
        let did = RatingEvent::Decided { bank, decision, amount_fen: Fen::new(line.unwrap_or(0)) };
        self.telling.tell(day, names::bank_checks(bank), Body::Rating { rating: rated.id, did });
    }
}
