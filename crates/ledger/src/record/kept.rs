//! Keys and records of all kinds.

use super::objects::*;
use super::sums::*;
use crate::event::{Fund, Month, Office};
use crate::id::{
    BankId, BenefitNo, BridgeNo, ClaimNo, GuaranteeNo, GuarantorId, IndicatorId, RatingId, RequestId, SubsidyNo,
};
use chrono::NaiveDate;
use primitives::{CreditCode, RegionCode};
use serde::{Deserialize, Serialize};

/// What others may rest on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Subject {
    /// A loan: guarantees, bridge loans, renewals.
    Loan(LoanRef),
    /// A rating: loans and decisions.
    Rating(RatingId),
    /// A guarantee: subsidies.
    Guarantee(GuarantorId, GuaranteeNo),
}

/// A record of any kind.
#[allow(clippy::large_enum_variant, reason = "small ones are the many, large ones are boxed")]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Record {
    /// Under [`Key::Loan`].
    Loan(Box<Loan>),
    /// Under [`Key::Balance`].
    Balance(Box<Balance>),
    /// Under [`Key::Schedule`].
    Schedule(Schedule),
    /// Under [`Key::Status`].
    Status(BankStatus),
    /// Under [`Key::Bridge`].
    Bridge(Box<BridgeLoan>),
    /// Under [`Key::Guarantee`].
    Guarantee(Box<Guarantee>),
    /// Under [`Key::Subsidy`].
    Subsidy(Box<Subsidy>),
    /// Under [`Key::Claim`].
    Claim(Box<Claim>),
    /// Under [`Key::Benefit`].
    Benefit(Box<Benefit>),
    /// Under [`Key::Reported`].
    Reported(Box<ReportedFigure>),
    /// Under [`Key::Rating`].
    Rating(Box<Rating>),
    /// Under [`Key::Decision`].
    Decision(Decision),
    /// Under [`Key::Borrower`].
    Borrower(Borrower),
    /// Under [`Key::Quota`].
    Quota(Quota),
    /// Under [`Key::Fund`].
    Fund(CashFund),
    /// Under [`Key::Days`].
    Days(Days),
    /// Under [`Key::Subsidised`].
    Subsidised(Subsidised),
    /// Under [`Key::GuarantorYear`].
    GuarantorYear(GuarantorYear),
    /// Under [`Key::Links`].
    Links(Links),
    /// Under [`Key::Closed`].
    Closed(Closed),
    /// Under [`Key::Request`] and [`Key::Reversal`].
    Mark(Mark),
}

/// The name of a record. Its text ([`Key::to_text`]) never changes; a store keeps records under it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Key {
    /// The terms of a loan.
    Loan(LoanRef),
    /// The money of a loan.
    Balance(LoanRef),
    /// The schedules of a loan.
    Schedule(LoanRef),
    /// The bank's view of a loan at the end of a month.
    Status(LoanRef, Month),
    /// A bridge loan.
    Bridge(BankId, BridgeNo),
    /// A guarantee.
    Guarantee(GuarantorId, GuaranteeNo),
    /// A guarantee-fee subsidy.
    Subsidy(GuarantorId, SubsidyNo),
    /// A claim of compensation.
    Claim(BankId, ClaimNo),
    /// A policy benefit.
    Benefit(BenefitNo),
    /// A reported figure: indicator, district, first and last day.
    Reported(IndicatorId, RegionCode, NaiveDate, NaiveDate),
    /// A rating.
    Rating(RatingId),
    /// A bank's decision on a rating.
    Decision(RatingId, BankId),
    /// What a borrower has at all banks.
    Borrower(CreditCode),
    /// The quota of a bank.
    Quota(BankId),
    /// The cash of a fund.
    Fund(Fund),
    /// What the days of a month added to a line.
    Days(Owner, Month),
    /// Days of a loan for which a subsidy stands.
    Subsidised(LoanRef),
    /// Subsidies of a guarantor in the window of a year.
    GuarantorYear(GuarantorId, i32),
    /// How many rest on something.
    Links(Subject),
    /// The end of the closed time.
    Closed,
    /// The event of an office's request.
    Request(Office, RequestId),
    /// The reversal of an event, by the number of that.
    Reversal(u64),
}

impl Key {
    /// The text under which a store keeps the record: JSON on one line.
    pub fn to_text(&self) -> String {
        serde_json::to_string(self).expect("a key has texts and numbers only")
    }
}

impl Record {
    /// The text that a store keeps: JSON on one line.
    pub fn to_text(&self) -> String {
        serde_json::to_string(self).expect("a record has text keys only")
    }

    /// The last event that shaped an object; `None` for a sum.
    pub fn last(&self) -> Option<u64> {
        Some(match self {
            Self::Loan(r) => r.last,
            Self::Balance(r) => r.last,
            Self::Schedule(r) => r.last,
            Self::Status(r) => r.last,
            Self::Bridge(r) => r.last,
            Self::Guarantee(r) => r.last,
            Self::Subsidy(r) => r.last,
            Self::Claim(r) => r.last,
            Self::Benefit(r) => r.last,
            Self::Reported(r) => r.last,
            Self::Rating(r) => r.last,
            Self::Decision(r) => r.last,
            Self::Borrower(_) | Self::Quota(_) | Self::Fund(_) | Self::Days(_) | Self::Subsidised(_) => return None,
            Self::GuarantorYear(_) | Self::Links(_) | Self::Closed(_) | Self::Mark(_) => return None,
        })
    }

    /// A sum without the difference between `before` and `after`; `None` for an object, for records of unlike kinds, and
    /// beyond 64 bits.
    pub(crate) fn back(&self, before: Option<&Self>, after: &Self) -> Option<Self> {
        fn sum<T: Sum + Kept>(now: &T, before: Option<&Record>, after: &T) -> Option<Record> {
            let before = before.map_or_else(|| Some(T::default()), |b| T::of(b).cloned())?;
            now.back(&before, after).map(T::record)
        }
        match (self, after) {
            (Self::Borrower(now), Self::Borrower(after)) => sum(now, before, after),
            (Self::Quota(now), Self::Quota(after)) => sum(now, before, after),
            (Self::Fund(now), Self::Fund(after)) => sum(now, before, after),
            (Self::Days(now), Self::Days(after)) => sum(now, before, after),
            (Self::Subsidised(now), Self::Subsidised(after)) => sum(now, before, after),
            (Self::GuarantorYear(now), Self::GuarantorYear(after)) => sum(now, before, after),
            (Self::Links(now), Self::Links(after)) => sum(now, before, after),
            _ => None,
        }
    }
}

/// One kind of record.
pub(crate) trait Kept: Sized {
    /// The record of that kind.
    fn of(record: &Record) -> Option<&Self>;

    /// As a record of any kind.
    fn record(self) -> Record;
}

macro_rules! kept {
    ($($name:ident, $variant:ident $(, $boxed:ident)?;)+) => {$(
        impl Kept for $name {
            fn of(record: &Record) -> Option<&Self> {
                match record {
                    Record::$variant(r) => Some(r),
                    _ => None,
                }
            }

            fn record(self) -> Record {
                Record::$variant($($boxed::new)?(self))
            }
        }
    )+};
}

kept! {
    Loan, Loan, Box;
    Balance, Balance, Box;
    Schedule, Schedule;
    BankStatus, Status;
    BridgeLoan, Bridge, Box;
    Guarantee, Guarantee, Box;
    Subsidy, Subsidy, Box;
    Claim, Claim, Box;
    Benefit, Benefit, Box;
    ReportedFigure, Reported, Box;
    Rating, Rating, Box;
    Decision, Decision;
    Borrower, Borrower;
    Quota, Quota;
    CashFund, Fund;
    Days, Days;
    Subsidised, Subsidised;
    GuarantorYear, GuarantorYear;
    Links, Links;
    Closed, Closed;
    Mark, Mark;
}
