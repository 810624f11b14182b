//! Loans one by one: what each owed on a day, and since when it was bad.

use crate::Books;
use crate::answer::facts;
use crate::dimension::Packed;
use crate::intervals::Intervals;
use crate::kind::{Kind, grant_month};
use rustc_hash::FxHashMap;

/// Days past due beyond which a loan is bad.
pub(crate) const BAD_AFTER_DAYS: i32 = 90;

/// A loan as it stood at the end of a day, as far as it was known.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Standing {
    pub(crate) key: Packed,
    pub(crate) enterprise: u32,
    pub(crate) grant_month: i32,
    pub(crate) disbursed: i128,
    pub(crate) owed: i128,
}

/// The loans that were paid out by a day.
pub(crate) fn loans(books: &Books, seq: u64, on: i32) -> FxHashMap<u32, Standing> {
    let mut found: FxHashMap<u32, Standing> = FxHashMap::default();
    facts(books, Kind::Disbursed, 0, seq, on, |fact| {
        let loan = found.entry(fact.loan).or_insert(Standing {
            key: fact.key,
            enterprise: fact.enterprise,
            grant_month: grant_month(fact.aux),
            disbursed: 0,
            owed: 0,
        });
        loan.disbursed += i128::from(fact.amount);
        loan.owed += i128::from(fact.amount);
    });
    for kind in [Kind::Repaid, Kind::Renewed, Kind::WrittenOff] {
        facts(books, kind, 0, seq, on, |fact| {
            if let Some(loan) = found.get_mut(&fact.loan) {
                loan.owed -= i128::from(fact.amount);
            }
        });
    }
    found.retain(|_, loan| loan.disbursed > 0);
    found
}

/// The day on which a loan was first more than 90 days past due or written off, by loan, up to a day.
pub(crate) fn first_bad(books: &Books, seq: u64, on: i32) -> FxHashMap<u32, i32> {
    let mut first: FxHashMap<u32, i32> = FxHashMap::default();
    let mut bad = |loan, day: i32| {
        if day <= on {
            first.entry(loan).and_modify(|first| *first = day.min(*first)).or_insert(day);
        }
    };
    for interval in Intervals::of(Kind::Overdue, &books.rows, seq).all() {
        let anchor = (interval.row.aux as u32).cast_signed();
        let day = interval.row.day.max(anchor.saturating_add(BAD_AFTER_DAYS + 1));
        if day < interval.until {
            bad(interval.row.loan, day);
        }
    }
    let mut off: FxHashMap<(u32, i32), i128> = FxHashMap::default();
    facts(books, Kind::WrittenOff, 0, seq, on, |fact| {
        *off.entry((fact.loan, fact.day)).or_default() += i128::from(fact.amount);
    });
    for ((loan, day), fen) in off {
        if fen > 0 {
            bad(loan, day);
        }
    }
    first
}
