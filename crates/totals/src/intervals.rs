//! From when to when something was owed or past due, made ahead: what held on a day is then read without what had ended.
//!
//! A schedule says of every instalment what would be past due if nothing were paid, and a repayment takes that back; most of
//! such facts are nothing together. Intervals hold what is left of them, by the month of their beginning, and in it the
//! one first that ends last.

use crate::kind::Kind;
use crate::rows::{Row, Rows};
use primitives::calendar::month_of;
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// Something that holds from a day until the day before another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Interval {
    pub(crate) row: Row,
    pub(crate) until: i32,
}

/// Intervals of a kind.
#[derive(Debug, Clone, Default)]
pub(crate) struct Intervals {
    /// The last line that is in it.
    pub(crate) seq: u64,
    /// How many facts it was made of.
    facts: usize,
    months: BTreeMap<i32, Vec<Interval>>,
}

impl Intervals {
    /// Whether a kind has so many new facts that making them again pays.
    pub(crate) fn is_due(&self, kind: Kind, rows: &Rows) -> bool {
        let facts: usize = rows.of(kind).values().map(|part| part.len()).sum();
        facts - self.facts > self.facts / 4
    }

    /// What the facts of a kind come to, all up to a line.
    pub(crate) fn of(kind: Kind, rows: &Rows, seq: u64) -> Self {
        let parts = rows.of(kind).values();
        Self::of_facts(parts.flat_map(|part| (0..part.known(seq)).map(|at| part.row(at))).collect(), seq)
    }

    fn of_facts(mut all: Vec<Row>, seq: u64) -> Self {
        let name = |row: &Row| (row.loan, row.aux, row.amount.unsigned_abs(), row.key);
        all.sort_unstable_by_key(|row| (name(row), row.day));
        let mut made = Self { seq, facts: all.len(), months: BTreeMap::new() };
        for alike in all.chunk_by(|a, b| name(a) == name(b)) {
            let (mut open, mut holds): (Option<Row>, i64) = (None, 0);
            for of_day in alike.chunk_by(|a, b| a.day == b.day) {
                let change: i64 = of_day.iter().map(|row| i64::from(row.sign)).sum();
                if change == 0 {
                    continue;
                }
                if let Some(row) = open.take() {
                    made.push(Interval { row, until: of_day[0].day });
                }
                holds += change;
                // A loan's steps follow each other: of one that holds there is one.
                let amount = i64::try_from(of_day[0].amount.unsigned_abs()).unwrap_or(i64::MAX);
                open = (holds > 0).then_some(Row { amount, sign: 1, ..of_day[0] });
            }
            if let Some(row) = open {
                made.push(Interval { row, until: i32::MAX });
            }
        }
        for month in made.months.values_mut() {
            month.sort_unstable_by_key(|i| (Reverse(i.until), i.row.loan, i.row.day));
        }
        made
    }

    fn push(&mut self, interval: Interval) {
        self.months.entry(month_of(interval.row.day)).or_default().push(interval);
    }

    /// All of them.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Interval> {
        self.months.values().flatten()
    }

    /// What holds at the end of a day.
    pub(crate) fn on(&self, day: i32) -> impl Iterator<Item = &Row> {
        let months = self.months.range(..=month_of(day)).map(|(_, month)| month);
        months.flat_map(move |month| {
            let ended = month.partition_point(|i| i.until > day);
            month[..ended].iter().map(|i| &i.row).filter(move |row| row.day <= day)
        })
    }
}
