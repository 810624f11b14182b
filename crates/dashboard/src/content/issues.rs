//! What is wrong with the data: what was not stated, what banks report otherwise than their schedules say, and which
//! rules refused rows of files.

use super::cells::{count, line, share, text};
use super::risk::sheet_of;
use super::{Asked, Block, Refused};
use crate::periods::ends_month;
use crate::sheet::{Key, name_of};
use crate::words::Word;
use ledger::Month;
use policy::Code as _;
use std::collections::BTreeMap;
use totals::{Dimension, Figure, Money, Style, Unit, Value};

/// What an application or a grant may leave out.
const MAY_BE_MISSING: [(Dimension, Figure); 6] = [
    (Dimension::District, Figure::AppliedCount),
    (Dimension::Industry, Figure::AppliedCount),
    (Dimension::Size, Figure::AppliedCount),
    (Dimension::Product, Figure::AppliedCount),
    (Dimension::Tool, Figure::AppliedCount),
    (Dimension::Grade, Figure::GrantedCount),
];

impl Asked<'_> {
    pub(super) fn issues(self) -> Result<Vec<Block>, Refused> {
        let mut blocks = vec![self.not_stated()?, self.differences()?];
        // A file has rows of all districts.
        if self.scope.district().is_none() && self.view.filter.is_empty() {
            blocks.push(self.refused_by_rule());
        }
        Ok(blocks)
    }

    fn not_stated(&self) -> Result<Block, Refused> {
        let mut sheet = self.list(
            "not_stated",
            Word::NotStated,
            ("field", Word::Field),
            &[
                ("figure", Word::Item, None),
                ("all", Word::CountOfAll, Some(Unit::Count)),
                ("missing", Word::CountNotStated, Some(Unit::Count)),
                ("share", Word::ShareNotStated, Some(Unit::Share)),
            ],
        );
        for (dimension, figure) in MAY_BE_MISSING {
            let table = self.table(self.view.period(), &[dimension], &[figure])?;
            let whole = |value: Option<Value>| if let Some(Value::Whole(n)) = value { n } else { 0 };
            let all = whole(table.of_all(figure));
            let missing = whole(table.value(&[""], figure));
            let key = Key {
                code: dimension.code().to_owned(),
                text: name_of(dimension, self.view.lang).to_owned(),
                href: None,
            };
            let name = text(name_of(figure, self.view.lang));
            sheet.lines.push(line(key, vec![name, count(all), count(missing), share(missing, all)]));
        }
        sheet.definitions = crate::sheet::definitions(&[Figure::AppliedCount, Figure::GrantedCount], self.view.lang);
        self.define(&mut sheet, &[(Word::CountNotStated, Word::DefineNotStated)]);
        Ok(Block { sheet, drawn: false })
    }

    /// Statuses that differ, of the last month that has ended.
    fn differences(&self) -> Result<Block, Refused> {
        let as_of = self.view.as_of;
        let month = if ends_month(as_of) { Month::of(as_of) } else { Month::of(as_of).before() };
        let style = Style { lang: self.view.lang, money: Money::Yuan };
        let query = self.scope.query(self.view, self.view.period(), &[], &[]);
        let found = self.facts.books.status_differences(month, &query)?;
        let grid = style.status_differences(String::new(), &found);
        let title = format!("{} {month}", self.word(Word::Differences));
        Ok(Block { sheet: sheet_of("differences", &title, &grid), drawn: false })
    }

    fn refused_by_rule(&self) -> Block {
        let mut sheet = self.list(
            "rules",
            Word::RefusedByRule,
            ("rule", Word::Rule),
            &[
                ("event", Word::What, None),
                ("field", Word::Field, None),
                ("rows", Word::RowCount, Some(Unit::Count)),
                ("imports", Word::ImportCount, Some(Unit::Count)),
            ],
        );
        let mut rules: BTreeMap<(&str, &str, &str), (i128, Vec<i64>)> = BTreeMap::new();
        for (import, refusal) in &self.kept.refusals {
            let of = (refusal.rule.as_str(), refusal.event.as_str(), refusal.field.as_str());
            let (rows, imports) = rules.entry(of).or_default();
            *rows += 1;
            if imports.last() != Some(import) {
                imports.push(*import);
            }
        }
        let mut all = 0;
        for ((rule, event, field), (rows, imports)) in rules {
            let entries = vec![text(event), text(field), count(rows), count(imports.len() as i128)];
            sheet.lines.push(line(Key::text(rule), entries));
            all += rows;
        }
        let total = Key { text: self.word(Word::Total).to_owned(), ..Key::default() };
        sheet.total = Some(line(total, vec![text(""), text(""), count(all), text("")]));
        sheet.notes.push(self.word(Word::NoteRefused).to_owned());
        Block { sheet, drawn: false }
    }
}
