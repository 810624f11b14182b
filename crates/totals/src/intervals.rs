//! From when to when something was past due.
//!
//! A schedule says of every instalment what would be past due if nothing were paid, and a repayment takes that back; most of
//! such facts are nothing together. Intervals hold what is left of them.

use crate::figure::{BUCKET_ENDS, bucket};
use crate::rows::Row;

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
    pub(crate) fn steps(&self, mut each: impl FnMut(Row)) {
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

/// What facts and their opposites leave: from when to when each holds.
pub(crate) fn intervals(mut all: Vec<Row>, mut each: impl FnMut(Interval)) {
    let name = |row: &Row| (row.loan, row.aux, row.amount.unsigned_abs(), row.key);
    all.sort_unstable_by_key(|row| (name(row), row.day));
    for alike in all.chunk_by(|a, b| name(a) == name(b)) {
        let (mut open, mut holds): (Option<Row>, i64) = (None, 0);
        for of_day in alike.chunk_by(|a, b| a.day == b.day) {
            let change: i64 = of_day.iter().map(|row| i64::from(row.sign)).sum();
            if change == 0 {
                continue;
            }
            if let Some(row) = open.take() {
                each(Interval { row, until: of_day[0].day });
            }
            holds += change;
            // A loan's steps follow each other: of one that holds there is one.
            let amount = i64::try_from(of_day[0].amount.unsigned_abs()).unwrap_or(i64::MAX);
            open = (holds > 0).then_some(Row { amount, sign: 1, ..of_day[0] });
        }
        if let Some(row) = open {
            each(Interval { row, until: i32::MAX });
        }
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
