//! From when to when something was past due, made ahead: what held on a day is then read without what had ended.
//!
//! A schedule says of every instalment what would be past due if nothing were paid, and a repayment takes that back; most of
//! such facts are nothing together. Intervals hold what is left of them, by the month of their beginning, and in it the
//! one first that ends last.

use crate::figure::{BUCKET_ENDS, bucket};
use crate::kind::Kind;
use crate::loan::Loan;
use crate::rows::{Part, Row, Rows};
use primitives::calendar::month_of;
use rayon::prelude::*;
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// Something that holds from a day until the day before another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Interval {
    pub(crate) row: Row,
    pub(crate) until: i32,
}

impl Interval {
    /// Due day of the earliest instalment that is past due.
    pub(crate) fn anchor(&self) -> i32 {
        (self.row.aux as u32).cast_signed()
    }

    /// What it brings into buckets of days past due, and takes out of them.
    fn steps(&self, mut each: impl FnMut(Row)) {
        let (from, anchor) = (self.row.day, self.anchor());
        let mut begins = from;
        for at in bucket(i64::from(from) - i64::from(anchor))..=BUCKET_ENDS.len() {
            let next = BUCKET_ENDS.get(at).map_or(i32::MAX, |days| anchor.saturating_add(days + 1));
            let ends = next.min(self.until);
            if begins < ends {
                let row = Row { aux: at as u64, day: begins, ..self.row };
                each(row);
                if ends < i32::MAX {
                    each(Row { day: ends, ..row.opposite() });
                }
            }
            begins = begins.max(next);
        }
    }
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
    /// Whether there are so many new facts that making them again pays.
    pub(crate) fn is_due(&self, facts: usize) -> bool {
        facts - self.facts > self.facts / 4
    }

    /// The last line that they have, if a question up to a line may read them; else 0.
    pub(crate) fn known(&self, seq: u64) -> u64 {
        if self.seq <= seq { self.seq } else { 0 }
    }

    /// What is past due of loans as they stand after a line, and how many facts said so.
    pub(crate) fn of_loans(loans: &[Loan], seq: u64, facts: usize) -> Self {
        const LOANS: usize = 4_096;
        let of_chunk = |(chunk, loans): (usize, &[Loan])| {
            let mut found = Vec::new();
            for (loan, at) in loans.iter().zip((chunk * LOANS) as u32..) {
                loan.past_due(at, |interval| found.push(interval));
            }
            found
        };
        let chunks: Vec<Vec<Interval>> = loans.par_chunks(LOANS).enumerate().map(of_chunk).collect();
        let mut made = Self { seq, facts, months: BTreeMap::new() };
        chunks.into_iter().flatten().for_each(|interval| made.push(interval));
        made.sort();
        made
    }

    /// Steps of what is past due from bucket to bucket, by month: each known with the line of the intervals.
    pub(crate) fn steps(&self) -> BTreeMap<i32, Part> {
        let mut parts: BTreeMap<i32, Part> = BTreeMap::new();
        for interval in self.all() {
            interval.steps(|row| parts.entry(month_of(row.day)).or_default().push(self.seq, row));
        }
        parts
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
        made.sort();
        made
    }

    fn sort(&mut self) {
        for month in self.months.values_mut() {
            month.sort_unstable_by_key(|i| (Reverse(i.until), i.row.loan, i.row.day));
        }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dimension::Packed;
    use crate::figure::BUCKETS;

    #[test]
    fn steps_stand_in_the_bucket_of_each_day() {
        let day = 20_000;
        for (from, anchor, until) in
            [(day, day - 1, day + 7), (day, day - 1, i32::MAX), (day, day - 31, day + 400), (day, day - 300, day + 1)]
        {
            let aux = u64::from(anchor.cast_unsigned());
            let row = Row { key: Packed(5), amount: 700, aux, enterprise: 1, loan: 2, day: from, sign: 1 };
            let interval = Interval { row, until };
            for on in day - 2..day + 500 {
                let mut sums = [0; BUCKETS];
                interval.steps(|step| {
                    if step.day <= on {
                        sums[step.aux as usize] += step.amount;
                    }
                });
                let mut expect = [0; BUCKETS];
                if from <= on && on < until {
                    expect[bucket(i64::from(on - anchor))] = 700;
                }
                assert_eq!(sums, expect, "{from} {anchor} {until} on {on}");
            }
        }
    }
}
