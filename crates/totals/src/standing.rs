//! Loans one by one: what each owed on a day, and since when it was bad.

use crate::Books;
use crate::dimension::Packed;
use crate::intervals::Intervals;
use crate::kind::{Kind, grant_month};
use crate::loan::Loan;
use crate::sums::facts;
use primitives::calendar::month_of;
use rustc_hash::FxHashMap;
use std::borrow::Cow;

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
    if seq == books.seq {
        return loans_now(books, on);
    }
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

/// The same of what is known now: loans have it themselves.
fn loans_now(books: &Books, on: i32) -> FxHashMap<u32, Standing> {
    let mut found = FxHashMap::default();
    for (loan, at) in books.loans.iter().zip(0..) {
        let (mut disbursed, mut owed) = (0, 0);
        for m in loan.moves.iter().take_while(|m| m.day <= on) {
            disbursed += i128::from(m.lent);
            owed += i128::from(m.lent) - i128::from(m.repaid) - i128::from(m.off);
        }
        let Some(grant) = loan.grant.filter(|_| disbursed > 0) else { continue };
        let Loan { key, enterprise, .. } = *loan;
        found.insert(at, Standing { key, enterprise, grant_month: month_of(grant.day), disbursed, owed });
    }
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
    let past_due = match seq {
        _ if seq == books.overdue.seq => Cow::Borrowed(&books.overdue),
        _ if seq == books.seq => Cow::Owned(Intervals::of_loans(&books.loans, seq, 0)),
        _ => Cow::Owned(Intervals::of(Kind::Overdue, &books.rows, seq)),
    };
    for interval in past_due.all() {
        let day = interval.row.day.max(interval.anchor().saturating_add(BAD_AFTER_DAYS + 1));
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
