//! Conditions, ready to be asked of a record.

use super::groups::Groups;
use super::layout::Layout;
use super::rows::Rows;
use crate::calendar::{Span, Window, last_day, month_of};
use crate::expression::{Comparison, Condition, Operand};
use crate::gate::Gate;
use crate::record::MISSING;
use crate::schema::{Kind, Source};

/// Where a column is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// The day of the event.
    Event,
    /// A kept column.
    Slot(usize),
}

impl Place {
    #[inline]
    pub(super) fn get(self, rows: &Rows, row: usize) -> i64 {
        match self {
            Self::Event => i64::from(rows.event[row]),
            Self::Slot(slot) => rows.slots[slot][row],
        }
    }
}

/// A condition in slots.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Test {
    And(Box<Test>, Box<Test>),
    Or(Box<Test>, Box<Test>),
    Not(Box<Test>),
    Value(Place, Comparison, i64),
    Column(Place, Comparison, Place),
    In(Place, Vec<i64>),
    Missing(Place),
    Within(Place, Span),
    MonthEnd(Place, i32),
    Multiple(Place, i64),
    SameController(Place),
    /// An earlier condition of the same source, by its bit.
    Bit(u32),
}

/// What a condition is resolved with.
pub(super) struct Resolver<'a> {
    pub(super) number: usize,
    pub(super) source: &'a Source,
    pub(super) layout: &'a Layout,
    pub(super) gate: &'a Gate,
    pub(super) as_of: i32,
}

impl Resolver<'_> {
    pub(super) fn place(&self, name: &str) -> Place {
        let column = self.source.column(name).expect("the catalogue was checked");
        if column == self.source.event {
            return Place::Event;
        }
        Place::Slot(self.layout.place(column).expect("what is used is kept"))
    }

    pub(super) fn test(&self, condition: &Condition) -> Test {
        let both = |a, b| (Box::new(self.test(a)), Box::new(self.test(b)));
        match condition {
            Condition::And(a, b) => {
                let (a, b) = both(a, b);
                Test::And(a, b)
            }
            Condition::Or(a, b) => {
                let (a, b) = both(a, b);
                Test::Or(a, b)
            }
            Condition::Not(a) => Test::Not(Box::new(self.test(a))),
            Condition::Missing(name) => Test::Missing(self.place(name)),
            Condition::SameController(name) => Test::SameController(self.place(name)),
            Condition::Within(name, months) => {
                Test::Within(self.place(name), Window::MonthsToDate(*months).span(self.as_of))
            }
            Condition::MonthEnd(name, days) => Test::MonthEnd(self.place(name), i32::from(*days)),
            Condition::Multiple(name, of) => Test::Multiple(self.place(name), self.steps(name, *of).max(1)),
            Condition::In(name, codes) => {
                let values = codes.iter().filter_map(|code| self.word(name, code)).collect();
                Test::In(self.place(name), values)
            }
            Condition::Compare(name, comparison, operand) => {
                let place = self.place(name);
                match operand {
                    Operand::AsOf => Test::Value(place, *comparison, i64::from(self.as_of)),
                    Operand::Number(n) => Test::Value(place, *comparison, self.steps(name, *n)),
                    Operand::Word(word) => match self.word(name, word) {
                        Some(value) => Test::Value(place, *comparison, value),
                        None if self.source.column(word).is_some() => {
                            Test::Column(place, *comparison, self.place(word))
                        }
                        // A text that no record has: equal to none.
                        None => Test::Value(place, *comparison, MISSING),
                    },
                }
            }
        }
    }

    /// A number in the unit of a column, as a slot.
    fn steps(&self, name: &str, number: f64) -> i64 {
        let column = &self.source.columns[self.source.column(name).expect("the catalogue was checked")];
        (number * column.unit().unwrap_or(1.0)).round() as i64
    }

    /// The slot of a code or a text.
    fn word(&self, name: &str, word: &str) -> Option<i64> {
        let index = self.source.column(name).expect("the catalogue was checked");
        let column = &self.source.columns[index];
        match column.kind {
            Kind::Code => column.code(word),
            Kind::Text | Kind::District | Kind::Industry => self.gate.slot(self.number, index, word),
            _ => None,
        }
    }
}

/// A record, and whose it is.
#[derive(Debug, Clone, Copy)]
pub(super) struct About<'a> {
    pub(super) rows: &'a Rows,
    pub(super) row: usize,
    pub(super) enterprise: u64,
    pub(super) groups: &'a Groups,
    /// Bits of the conditions that were asked before.
    pub(super) earlier: u64,
}

impl Test {
    pub(super) fn asks_for_controllers(&self) -> bool {
        match self {
            Self::And(a, b) | Self::Or(a, b) => a.asks_for_controllers() || b.asks_for_controllers(),
            Self::Not(a) => a.asks_for_controllers(),
            Self::SameController(_) => true,
            _ => false,
        }
    }

    /// Whether it holds for a record; a comparison with a missing value does not.
    pub(super) fn holds(&self, about: About<'_>) -> bool {
        let About { rows, row, enterprise, groups, .. } = about;
        match self {
            Self::And(a, b) => a.holds(about) && b.holds(about),
            Self::Or(a, b) => a.holds(about) || b.holds(about),
            Self::Not(a) => !a.holds(about),
            Self::Value(place, comparison, value) => compare(place.get(rows, row), *comparison, *value),
            Self::Column(place, comparison, other) => {
                let other = other.get(rows, row);
                other != MISSING && compare(place.get(rows, row), *comparison, other)
            }
            Self::In(place, values) => {
                let value = place.get(rows, row);
                value != MISSING && values.contains(&value)
            }
            Self::Missing(place) => place.get(rows, row) == MISSING,
            Self::Within(place, span) => {
                let day = place.get(rows, row);
                day != MISSING && i64::from(span.from) <= day && day <= i64::from(span.to)
            }
            Self::MonthEnd(place, days) => {
                let day = place.get(rows, row);
                day != MISSING && last_day(month_of(day as i32)) - days < day as i32
            }
            Self::Multiple(place, of) => {
                let value = place.get(rows, row);
                value != MISSING && value != 0 && value % of == 0
            }
            Self::Bit(bit) => about.earlier >> bit & 1 == 1,
            Self::SameController(place) => {
                let other = place.get(rows, row);
                other != MISSING && groups.share(enterprise, other as u64)
            }
        }
    }
}

#[inline]
fn compare(value: i64, comparison: Comparison, with: i64) -> bool {
    value != MISSING && comparison.holds(value, with)
}
