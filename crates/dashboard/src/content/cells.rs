//! Cells of lists, and the tables that lists are.

use super::Asked;
use crate::page::Page;
use crate::sheet::{Column, Entry, Key, Line, Sheet};
use crate::unit::Cell;
use crate::view::{View, shown_moment};
use crate::words::Word;
use ledger::event::UnixMicros;
use primitives::{CreditCode, RegionCode};
use totals::{Dimension, Unit, Value};

/// The heading of a column: its code, its name, its unit where it is of figures.
pub(super) type Heading = (&'static str, Word, Option<Unit>);

pub(super) fn money(fen: i64) -> Entry {
    Entry::Figure(Cell::new(Unit::Fen, Value::Whole(i128::from(fen))))
}

pub(super) fn count(n: impl TryInto<i128>) -> Entry {
    Entry::Figure(Cell::new(Unit::Count, n.try_into().map_or(Value::None, Value::Whole)))
}

/// A part of a whole; nothing where there is none.
pub(super) fn ratio(numerator: i128, denominator: i128) -> Value {
    if denominator > 0 { Value::Ratio { numerator, denominator } } else { Value::None }
}

pub(super) fn share(part: i128, whole: i128) -> Entry {
    Entry::Figure(Cell::new(Unit::Share, ratio(part, whole)))
}

/// An index without a unit, to millionths: it is shown as a share of 100 %.
pub(super) fn index(value: f64) -> Entry {
    let millionths = (value * 1e6).round();
    let value = match millionths.is_finite() && millionths.abs() < 1e18 {
        true => Value::Ratio { numerator: millionths as i128, denominator: 1_000_000 },
        false => Value::None,
    };
    Entry::Figure(Cell::new(Unit::Share, value))
}

/// No figure of a unit.
pub(super) fn none(unit: Unit) -> Entry {
    Entry::Figure(Cell::new(unit, Value::None))
}

pub(super) fn text(text: impl Into<String>) -> Entry {
    Entry::Text(text.into())
}

pub(super) fn moment(at: i64) -> Entry {
    Entry::Text(shown_moment(UnixMicros(at)))
}

pub(super) fn line(key: Key, entries: Vec<Entry>) -> Line {
    Line { keys: vec![key], entries, not_comparable: false }
}

/// Where an enterprise's page is.
pub(super) fn of_enterprise(view: &View, code: CreditCode) -> String {
    View { enterprise: Some(code), ..view.bare() }.href(&Page::Enterprise.path())
}

impl Asked<'_> {
    pub(super) fn columns(&self, of: &[Heading]) -> Vec<Column> {
        let column = |(code, name, unit): &Heading| Column {
            code: (*code).to_owned(),
            name: self.word(*name).to_owned(),
            unit: *unit,
        };
        of.iter().map(column).collect()
    }

    /// A table with one column of keys.
    pub(super) fn list(&self, code: &'static str, title: Word, key: (&str, Word), columns: &[Heading]) -> Sheet {
        let mut sheet = Sheet::new(code, self.word(title));
        sheet.keys = vec![(key.0.to_owned(), self.word(key.1).to_owned())];
        sheet.columns = self.columns(columns);
        sheet
    }

    /// A key by a dimension.
    pub(super) fn key(&self, dimension: Dimension, code: &str) -> Key {
        Key::of(dimension, code, self.view.lang)
    }

    pub(super) fn district_text(&self, district: Option<RegionCode>) -> Entry {
        let code = district.map_or(String::new(), |d| d.to_string());
        Entry::Text(Dimension::District.name(&code, self.view.lang))
    }

    pub(super) fn enterprise_link(&self, code: Option<CreditCode>) -> Entry {
        code.map_or_else(
            || Entry::Text(String::new()),
            |code| Entry::Link { text: code.to_string(), href: of_enterprise(self.view, code) },
        )
    }

    /// What a table has of the figures that it is made of.
    pub(super) fn define(&self, sheet: &mut Sheet, terms: &[(Word, Word)]) {
        let term = |(name, text): &(Word, Word)| (self.word(*name).to_owned(), self.word(*text).to_owned());
        sheet.definitions.extend(terms.iter().map(term));
    }
}
