//! Why an event is not entered: each refusal names the rule, the value found and the value allowed.

mod text;

use crate::event::{Fund, Month, UnixMicros};
use crate::id::PersonId;
use crate::posting::Book;
use chrono::NaiveDate;
use policy::{Figure, Finding, VersionId, Word};
use primitives::region::ZoneCode;
use std::fmt;

/// Why an event is not entered. Nothing was changed.
///
/// [`Refusal::text`] gives it in both languages; no text names another bank.
#[non_exhaustive]
#[derive(Debug, Clone, PartialEq)]
pub enum Refusal {
    /// Rules of a document are not met: each with the value found, what is allowed, document and version.
    Rules(Vec<Finding>),
    /// The rule book has no answer: no rule on the day, or a year without working days.
    RuleBook(Box<policy::Error>),
    /// The life cycle does not go on like that.
    NotInState {
        /// Where it stands.
        state: Word,
        /// What was told.
        event: Word,
        /// What may follow the state.
        allowed: Vec<Word>,
    },
    /// There is none, or it belongs to another office: both read the same.
    NotFound {
        /// What.
        what: Thing,
        /// Its number as it was told.
        id: String,
    },
    /// The number is taken.
    Exists {
        /// What.
        what: Thing,
        /// Its number.
        id: String,
    },
    /// A number is outside its range; amounts in fen.
    Amount {
        /// Which field of the event.
        field: &'static str,
        /// The number.
        value: i64,
        /// Least allowed.
        lo: i64,
        /// Greatest allowed.
        hi: i64,
    },
    /// A value has to be another one.
    Differs {
        /// Which field of the event.
        field: &'static str,
        /// As it was told.
        found: Figure,
        /// What it has to be.
        expected: Figure,
    },
    /// A text that must say something is empty.
    Empty {
        /// Which field of the event.
        field: &'static str,
    },
    /// The day is before that of a fact which it rests on.
    BeforeFact {
        /// Which field of the event.
        field: &'static str,
        /// The day.
        on: NaiveDate,
        /// The earliest day allowed.
        earliest: NaiveDate,
    },
    /// The day is after the one on which it was recorded.
    Future {
        /// The day.
        on: NaiveDate,
        /// The day of recording, in Beijing.
        recorded_on: NaiveDate,
    },
    /// The last day of a period is before its first.
    DaysReversed {
        /// First day.
        from: NaiveDate,
        /// Last one.
        to: NaiveDate,
    },
    /// The day is in the closed time.
    ClosedPeriod {
        /// The day.
        on: NaiveDate,
        /// The last closed month.
        through: Month,
    },
    /// The recorded time is before that of the last entry.
    RecordedBackwards {
        /// The time.
        recorded_at: UnixMicros,
        /// That of the last entry.
        head: UnixMicros,
    },
    /// No region of the city on the day: unknown, abolished or not yet there.
    District {
        /// A [`Figure::Region`].
        found: Figure,
    },
    /// A development zone that is none on the day.
    Zone {
        /// The zone.
        zone: ZoneCode,
        /// The day.
        on: NaiveDate,
    },
    /// An indicator that no plan reports.
    Indicator {
        /// As it was told.
        found: String,
    },
    /// The office may not tell that.
    NotPermitted {
        /// Of what.
        what: Thing,
        /// Who may.
        allowed: Vec<Word>,
    },
    /// Maker and checker are one person.
    SamePerson {
        /// The person.
        person: PersonId,
        /// The field or step that the person did before.
        did: &'static str,
    },
    /// A loan's balance on a day is less than what is to be taken from it.
    AboveBalance {
        /// The first day on which it is.
        on: NaiveDate,
        /// What is to be taken.
        amount_fen: i64,
        /// The balance then.
        balance_fen: i64,
    },
    /// A payout of this day would take quota that a payout on a later one rests on.
    Quota {
        /// The first day that would be violated.
        on: NaiveDate,
        /// What was paid on it.
        paid_fen: i64,
        /// What would be available for it.
        available_fen: i64,
        /// The rule of the cap.
        version: VersionId,
        /// Its document.
        document: String,
    },
    /// A fund's cash on a day is less than what is to be paid.
    FundShort {
        /// The fund.
        fund: Fund,
        /// The first day on which it is.
        on: NaiveDate,
        /// What is to be paid.
        amount_fen: i64,
        /// The cash then.
        cash_fen: i64,
    },
    /// A sum goes beyond 64 bits of fen.
    Overflow {
        /// Which.
        what: &'static str,
    },
    /// Debits and credits of the entry differ: a fault of the ledger, never of the event.
    Unbalanced {
        /// In which book.
        book: Book,
    },
    /// The request was entered before, with this very content.
    Repeated {
        /// As this event.
        seq: u64,
    },
    /// The request was entered before, with other content.
    RequestConflict {
        /// As this event.
        seq: u64,
    },
    /// The event was reversed before.
    AlreadyReversed {
        /// The event.
        seq: u64,
        /// Its reversal.
        by: u64,
    },
    /// The kind of event is not reversed.
    NotReversible {
        /// The event.
        seq: u64,
        /// What is done instead.
        instead: &'static str,
    },
    /// A later event rests on the one to be reversed.
    RestsOn {
        /// The event.
        seq: u64,
        /// The last one that rests on it.
        by: u64,
    },
    /// A record is not of the kind that its key says: the store is damaged.
    Damaged {
        /// The text of the key.
        key: String,
    },
}

policy::codes! {
    /// What has a number.
    Thing, "thing";
    Loan = "loan", "贷款", "loan";
    Bridge = "bridge", "转贷业务", "bridge loan";
    Guarantee = "guarantee", "担保", "guarantee";
    Subsidy = "subsidy", "担保费补贴", "guarantee-fee subsidy";
    Claim = "claim", "风险补偿申请", "claim";
    Benefit = "benefit", "政策支持", "benefit";
    Rating = "rating", "评级", "rating";
    Decision = "decision", "授信决定", "decision";
    Figure = "figure", "上报指标", "reported figure";
    Event = "event", "记账事件", "event";
    Books = "books", "账簿", "set of books";
}

impl Refusal {
    /// Whether the event itself is at fault, whatever the ledger holds.
    pub fn is_invalid_input(&self) -> bool {
        matches!(
            self,
            Self::Amount { .. }
                | Self::Differs { .. }
                | Self::Empty { .. }
                | Self::BeforeFact { .. }
                | Self::Future { .. }
                | Self::DaysReversed { .. }
                | Self::District { .. }
                | Self::Zone { .. }
                | Self::Indicator { .. }
                | Self::Overflow { .. }
        )
    }

    /// Whether something is not there, or is another office's.
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::NotFound { .. })
    }

    /// Whether what was entered before stands against it.
    pub fn is_conflict(&self) -> bool {
        matches!(
            self,
            Self::Exists { .. }
                | Self::NotInState { .. }
                | Self::Repeated { .. }
                | Self::RequestConflict { .. }
                | Self::AlreadyReversed { .. }
                | Self::NotReversible { .. }
                | Self::RestsOn { .. }
                | Self::RecordedBackwards { .. }
        )
    }

    /// Whether a rule of a document or of the books refuses it.
    pub fn is_refused_by_policy(&self) -> bool {
        matches!(
            self,
            Self::Rules(_)
                | Self::RuleBook(_)
                | Self::SamePerson { .. }
                | Self::AboveBalance { .. }
                | Self::Quota { .. }
                | Self::FundShort { .. }
                | Self::ClosedPeriod { .. }
        )
    }

    /// Whether the office may not tell that.
    pub fn is_not_permitted(&self) -> bool {
        matches!(self, Self::NotPermitted { .. })
    }

    /// Whether a person must look: the ledger or its store is at fault.
    pub fn is_fault(&self) -> bool {
        matches!(self, Self::Unbalanced { .. } | Self::Damaged { .. })
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text(policy::Lang::En))
    }
}

impl std::error::Error for Refusal {}

impl From<policy::Error> for Refusal {
    fn from(error: policy::Error) -> Self {
        Self::RuleBook(Box::new(error))
    }
}
