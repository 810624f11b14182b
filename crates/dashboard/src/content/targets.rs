//! Targets of the plan beside what was reached: counted here, or as it is reported.

use super::{Asked, Block, Refused};
use crate::periods::Stretch;
use crate::sheet::{Column, Entry, Key, Line, Sheet, definitions, name_of};
use crate::unit::Cell;
use crate::words::Word;
use policy::targets::{self, Measure};
use policy::{Lang, Rule};
use totals::{Figure, Progress, Unit, Value};

/// The one target that the ledger itself counts.
const NEW_FINANCING: &str = "new_financing";

impl Asked<'_> {
    pub(super) fn targets(self) -> Result<Vec<Block>, Refused> {
        let sheet = self.target_sheet(|_| true)?;
        Ok(sheet.map(|sheet| Block { sheet, drawn: false }).into_iter().collect())
    }

    pub(super) fn target_of_financing(self) -> Result<Option<Sheet>, Refused> {
        self.target_sheet(|progress| progress.target.code == NEW_FINANCING)
    }

    /// The plan of the day, or the last one before it, which then is shown as it ended.
    fn plan(&self) -> Result<Option<&'static Rule<targets::Terms>>, Refused> {
        let begun = targets::book()?.rules().iter().filter(|rule| rule.days().from <= self.view.as_of);
        Ok(begun.max_by_key(|rule| rule.days().from))
    }

    fn target_sheet(self, of: impl Fn(&Progress) -> bool) -> Result<Option<Sheet>, Refused> {
        let Some(rule) = self.plan()? else { return Ok(None) };
        let lang = self.view.lang;
        let days = rule.days();
        let last = days.until.and_then(|until| until.pred_opt());
        let at = last.map_or(self.view.as_of, |last| last.min(self.view.as_of));
        let mut sheet = Sheet::new("targets", self.word(Word::Targets));
        sheet.keys = vec![("indicator".to_owned(), self.word(Word::Indicator).to_owned())];
        sheet.columns = [
            ("over", Word::PlanState),
            ("counted_in", Word::Measure),
            ("target", Word::Target),
            ("reached", Word::Reached),
            ("completion", Word::Completion),
            ("time_gone", Word::TimeGone),
            ("source", Word::Source),
        ]
        .into_iter()
        .map(|(code, name)| Column { code: code.to_owned(), name: self.word(name).to_owned(), unit: None })
        .collect();
        // Targets are the city's: what one district or bank reached is no share of them.
        let whole = self.scope.district().is_none() && self.view.filters().is_empty();
        for progress in self.facts.books.plan(at, self.view.recorded_at)?.iter().filter(|p| of(p)) {
            let target = &progress.target;
            let reached = match (whole, target.reported) {
                (true, _) => progress.reached.map_or(Value::None, Value::Whole),
                (false, false) => self.counted(Stretch { from: progress.over.0, to: at })?,
                (false, true) => Value::None,
            };
            let unit = if target.unit == Measure::Yuan { Unit::Fen } else { Unit::Count };
            let aim = match target.value().value {
                policy::Figure::Amount(fen) => Value::Whole(i128::from(fen.get())),
                policy::Figure::Count(count) => Value::Whole(i128::from(count)),
                _ => Value::None,
            };
            let source = match (target.reported, reached) {
                (false, _) => Word::Counted,
                (true, _) if !whole => Word::OfTheCity,
                (true, Value::None) => Word::NotReported,
                (true, _) => Word::ReportedBy,
            };
            let name = if lang == Lang::Zh { &target.name_zh } else { &target.name_en };
            let figure = |unit, value| Entry::Figure(Cell::new(unit, value));
            sheet.lines.push(Line {
                keys: vec![Key { code: target.code.clone(), text: name.clone(), href: None }],
                entries: vec![
                    Entry::Text(name_of(target.over, lang).to_owned()),
                    // Amounts are in the unit of the table.
                    Entry::Text(
                        if unit == Unit::Fen { self.word(Word::Amount) } else { name_of(target.unit, lang) }.to_owned(),
                    ),
                    figure(unit, aim),
                    figure(unit, reached),
                    figure(Unit::Share, if whole { progress.share } else { Value::None }),
                    figure(Unit::Share, progress.time),
                    Entry::Text(self.word(source).to_owned()),
                ],
                not_comparable: false,
            });
        }
        let state = if at < self.view.as_of { Word::PlanEnded } else { Word::PlanRuns };
        let to = last.map_or(String::new(), |last| last.to_string());
        let said =
            format!("{}: {} {} {to}. {}", rule.document(), days.from, self.word(Word::Through), self.word(state));
        sheet.notes.push(said);
        sheet.definitions = definitions(&[Figure::NetNewFinancing], lang);
        Ok(Some(sheet))
    }

    fn counted(self, days: Stretch) -> Result<Value, Refused> {
        let table = self.table(days, &[], &[Figure::NetNewFinancing])?;
        Ok(table.of_all(Figure::NetNewFinancing).unwrap_or(Value::None))
    }
}
