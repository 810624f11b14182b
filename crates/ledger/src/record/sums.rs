//! Sums: what many events share, taken back by differences.

use crate::event::Month;
use crate::id::{GuarantorId, SubsidyNo};
use crate::text::iso;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// Sums that a [`Line`] can hold.
pub const SUMS: usize = 4;

/// Sums over time: the last ones here, what each day added under [`Key::Days`](crate::Key::Days), by month.
///
/// A question about a day at or after the last one is answered from here alone; an earlier one walks back through the
/// months.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Line {
    /// The last day that added something.
    #[serde(serialize_with = "iso::option")]
    pub last_on: Option<NaiveDate>,
    /// The sums after it. Which is which, the owner says.
    pub sums: [i64; SUMS],
}

/// Whose line it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Owner {
    /// A borrower's.
    Borrower(primitives::CreditCode),
    /// A bank's quota.
    Quota(crate::BankId),
    /// A fund's cash.
    Fund(crate::event::Fund),
}

/// What the days of a month added to a line: day of the month, earliest first, and differences.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Days(pub Vec<(u32, [i64; SUMS])>);

/// What a borrower has at all banks together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Borrower {
    /// Sums [`Borrower::IN_USE`] and [`Borrower::OUTSTANDING`].
    pub line: Line,
    /// Loans granted here.
    pub grants: i64,
    /// What the government paid for its loans.
    pub compensated_fen: i64,
}

impl Borrower {
    /// Place of: loans of the commercial-value scheme, outstanding or committed.
    pub const IN_USE: usize = 0;
    /// Place of: outstanding principal of all its loans.
    pub const OUTSTANDING: usize = 1;
}

/// The compensation quota (指标) of a bank: a right and no money.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Quota {
    /// Sums [`Quota::ACCRUED`], [`Quota::PAID`], [`Quota::RECOVERED`], [`Quota::BALANCE`].
    pub line: Line,
    /// Principal of scheme loans that was compensated.
    pub compensated_fen: i64,
    /// Principal of scheme loans that was disbursed.
    pub disbursed_fen: i64,
}

impl Quota {
    /// Place of: what disbursements brought.
    pub const ACCRUED: usize = 0;
    /// Place of: what payouts took, less what was asked back.
    pub const PAID: usize = 1;
    /// Place of: what recoveries brought back.
    pub const RECOVERED: usize = 2;
    /// Place of: outstanding principal of the bank's scheme loans.
    pub const BALANCE: usize = 3;
}

/// The cash of a fund.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct CashFund {
    /// Sum [`CashFund::CASH`].
    pub line: Line,
}

impl CashFund {
    /// Place of: cash.
    pub const CASH: usize = 0;
}

/// Days of a loan for which a subsidy stands.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Subsidised(pub Vec<SubsidisedPeriod>);

/// One of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubsidisedPeriod {
    /// First day.
    pub from: NaiveDate,
    /// Last one.
    pub to: NaiveDate,
    /// Whose.
    pub guarantor: GuarantorId,
    /// Which.
    pub subsidy: SubsidyNo,
}

/// Subsidies of a guarantor in the window of a year.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct GuarantorYear {
    /// Claimed, and neither taken back nor asked back.
    pub claimed_fen: i64,
}

/// How many events of other life cycles rest on something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Links {
    /// How many stand.
    pub count: i64,
    /// The last of them.
    pub last: u64,
}

/// The end of the closed time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Closed {
    /// The last closed month.
    pub through: Option<Month>,
}

/// That a number stands for an event: of a request, or of the reversal of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// The event.
    pub seq: u64,
}

/// `now - (after - before)` for each of the numbers; `None` beyond 64 bits.
fn back(now: i64, before: i64, after: i64) -> Option<i64> {
    now.checked_sub(after.checked_sub(before)?)
}

fn back_all(now: [i64; SUMS], before: [i64; SUMS], after: [i64; SUMS]) -> Option<[i64; SUMS]> {
    let mut sums = now;
    for ((sum, before), after) in sums.iter_mut().zip(before).zip(after) {
        *sum = back(*sum, before, after)?;
    }
    Some(sums)
}

impl Line {
    fn back(self, before: Self, after: Self) -> Option<Self> {
        Some(Self { sums: back_all(self.sums, before.sums, after.sums)?, ..self })
    }
}

/// A record that is taken back by the difference that an entry made.
pub(crate) trait Sum: Default + Clone {
    /// `self - (after - before)`; `None` beyond 64 bits.
    fn back(&self, before: &Self, after: &Self) -> Option<Self>;
}

impl Sum for Borrower {
    fn back(&self, before: &Self, after: &Self) -> Option<Self> {
        Some(Self {
            line: self.line.back(before.line, after.line)?,
            grants: back(self.grants, before.grants, after.grants)?,
            compensated_fen: back(self.compensated_fen, before.compensated_fen, after.compensated_fen)?,
        })
    }
}

impl Sum for Quota {
    fn back(&self, before: &Self, after: &Self) -> Option<Self> {
        Some(Self {
            line: self.line.back(before.line, after.line)?,
            compensated_fen: back(self.compensated_fen, before.compensated_fen, after.compensated_fen)?,
            disbursed_fen: back(self.disbursed_fen, before.disbursed_fen, after.disbursed_fen)?,
        })
    }
}

impl Sum for CashFund {
    fn back(&self, before: &Self, after: &Self) -> Option<Self> {
        Some(Self { line: self.line.back(before.line, after.line)? })
    }
}

impl Sum for GuarantorYear {
    fn back(&self, before: &Self, after: &Self) -> Option<Self> {
        Some(Self { claimed_fen: back(self.claimed_fen, before.claimed_fen, after.claimed_fen)? })
    }
}

impl Sum for Links {
    fn back(&self, before: &Self, after: &Self) -> Option<Self> {
        Some(Self { count: back(self.count, before.count, after.count)?, ..*self })
    }
}

impl Sum for Days {
    fn back(&self, before: &Self, after: &Self) -> Option<Self> {
        let mut days = self.clone();
        for (day, sums) in &after.0 {
            let was = before.0.iter().find(|(d, _)| d == day).map_or([0; SUMS], |(_, s)| *s);
            if let Some((_, now)) = days.0.iter_mut().find(|(d, _)| d == day) {
                *now = back_all(*now, was, *sums)?;
            }
        }
        Some(days)
    }
}

impl Sum for Subsidised {
    fn back(&self, before: &Self, after: &Self) -> Option<Self> {
        let mut periods = self.0.clone();
        periods.retain(|p| before.0.contains(p) || !after.0.contains(p));
        periods.extend(before.0.iter().filter(|p| !after.0.contains(p)));
        periods.sort_by_key(|p| (p.from, p.to));
        Some(Self(periods))
    }
}
