//! Reasons of an enterprise's ratings, one row each, as the service read them from what was stored.

use super::Asked;
use super::cells::{count, none, ratio, text};
use crate::reasons::{RatingRead, ReasonRead, Reasons, ReasonsRead, StoredRating};
use crate::register::{Known, Rated};
use crate::sheet::{Entry, Key, Line, Sheet};
use crate::unit::Cell;
use crate::words::Word;
use policy::Lang;
use primitives::CreditCode;
use totals::Unit;

impl Asked<'_> {
    /// The table, where a service is asked.
    pub(super) fn reasons_of(&self, code: CreditCode, known: Known) -> Option<Sheet> {
        let mut sheet = self.list(
            "reasons",
            Word::RatingReasons,
            ("issued_on", Word::IssuedOn),
            &[
                ("ledger_line", Word::LedgerLine, None),
                ("grade", Word::Grade, None),
                ("score", Word::Score, Some(Unit::Count)),
                ("pd", Word::DefaultProbability, Some(Unit::Share)),
                ("number", Word::ReasonNumber, Some(Unit::Count)),
                ("reason", Word::ReasonText, None),
                ("characteristic", Word::Characteristic, None),
                ("points_lost", Word::PointsLost, Some(Unit::Count)),
                ("model", Word::RatingModel, None),
            ],
        );
        match &self.kept.reasons {
            Reasons::None => return None,
            Reasons::Forbidden => sheet.notes.push(self.word(Word::NoteReasonsForbidden).to_owned()),
            Reasons::Read(read) => {
                for rated in self.facts.register.ratings(code, known) {
                    self.reasons_of_one(&mut sheet, rated, read);
                }
                if read.objection_open {
                    sheet.notes.push(self.word(Word::NoteObjectionOpen).to_owned());
                }
                if read.more {
                    sheet.notes.push(self.word(Word::NoteReasonsMore).to_owned());
                }
                sheet.notes.push(self.word(Word::NoteReasons).to_owned());
                self.define(
                    &mut sheet,
                    &[
                        (Word::PointsLost, Word::DefinePointsLost),
                        (Word::DefaultProbability, Word::DefineDefaultProbability),
                    ],
                );
            }
        }
        Some(sheet)
    }

    fn reasons_of_one(&self, sheet: &mut Sheet, rated: &Rated, read: &ReasonsRead) {
        let id = rated.rating.to_string();
        let stored = read.ratings.iter().find(|(rating, _)| *rating == id).map(|(_, stored)| stored);
        let mut push = |answered: Option<&RatingRead>, number: Option<usize>, of: [Entry; 3]| {
            let [reason, characteristic, lost] = of;
            let pd = answered.and_then(|a| a.pd_ppm).map_or(none(Unit::Share), |(ppm, _)| {
                Entry::Figure(Cell::new(Unit::Share, ratio(i128::from(ppm), 1_000_000)))
            });
            let model = answered.map_or(String::new(), |a| format!("{} {}", a.model, a.mark).trim().to_owned());
            sheet.lines.push(Line {
                keys: vec![Key::text(&rated.day.to_string())],
                entries: vec![
                    text(rated.seq.to_string()),
                    text(answered.map_or("", |a| &a.grade)),
                    answered.and_then(|a| a.score).map_or(none(Unit::Count), count),
                    pd,
                    number.map_or(none(Unit::Count), count),
                    reason,
                    characteristic,
                    lost,
                    text(model),
                ],
                not_comparable: false,
            });
        };
        let why = |word: Word| [text(self.word(word)), text(""), none(Unit::Count)];
        match stored {
            // Ratings that were not read for their number are not called foreign.
            None if read.more => {}
            None => push(None, None, why(Word::ReasonsElsewhere)),
            Some(StoredRating::Deleted) => push(None, None, why(Word::ReasonsDeleted)),
            Some(StoredRating::Revoked) => push(None, None, why(Word::ReasonsRevoked)),
            Some(StoredRating::Here(answered)) if answered.reasons.is_empty() => {
                push(Some(answered), None, why(Word::NoPointsLost));
            }
            Some(StoredRating::Here(answered)) => {
                for (reason, number) in answered.reasons.iter().zip(1..) {
                    let lost = reason.points_lost.map_or(none(Unit::Count), count);
                    push(
                        Some(answered),
                        Some(number),
                        [text(self.reason(reason)), text(reason.characteristic.clone()), lost],
                    );
                }
            }
        }
    }

    fn reason(&self, reason: &ReasonRead) -> String {
        let said = if self.view.lang == Lang::Zh { &reason.text_zh } else { &reason.text_en };
        if reason.points_lost.is_some() {
            return said.clone();
        }
        let best = match reason.best_grade.as_str() {
            "" => String::new(),
            grade => format!("{}{grade}", self.word(Word::BestGradeLeft)),
        };
        format!("{}{said}{best}", self.word(Word::OfNegativeList))
    }
}
