//! Which fields an event has, and the event that they make.
//!
//! A field is asked for by name and kind; where it stands in a file is the mapping's matter ([`super::mapping`]).

use super::cell::{Fault, Fields};
use ledger::event::{
    BenefitEvent, Body, BridgeEvent, ClaimEvent, FundEvent, GuaranteeEvent, Instalment, LoanEvent, PeriodEvent,
    Profile, RatingEvent, Renews, Reported, SubsidyEvent,
};

/// The kind of a field: how its text is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// An id, a word of a closed list, a credit code, a text.
    Text,
    /// Money.
    Amount,
    /// A rate of a year.
    Rate,
    /// A whole number.
    Whole,
    Date,
    Month,
    Flag,
    /// `2024-03-01=1000.00;2024-06-01=…`
    Instalments,
}

/// A field of an event.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Field {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    /// Whether an empty one is allowed.
    pub(crate) optional: bool,
}

/// An event by its word, with its fields beside those that all have.
pub(crate) struct Shape {
    pub(crate) word: &'static str,
    pub(crate) fields: &'static [Field],
    make: fn(&Fields<'_>) -> Result<Body, Fault>,
}

const fn field(name: &'static str, kind: Kind) -> Field {
    Field { name, kind, optional: false }
}

const fn maybe(name: &'static str, kind: Kind) -> Field {
    Field { name, kind, optional: true }
}

/// Fields that every event has.
pub(crate) const COMMON: [Field; 4] = [
    field("effective_on", Kind::Date),
    field("office", Kind::Text),
    field("person", Kind::Text),
    maybe("request_id", Kind::Text),
];

macro_rules! shapes {
    ($($word:literal [$($field:expr),* $(,)?] $make:expr;)+) => {
        /// All events that a file may hold.
        pub(crate) static SHAPES: &[Shape] = &[$(Shape { word: $word, fields: &[$($field),*], make: $make }),+];
    };
}

use Kind::{Amount, Date, Flag, Instalments, Rate, Text, Whole};

const BANK: Field = field("bank", Text);
const LOAN: Field = field("loan", Text);
const BRIDGE: Field = field("bridge", Text);
const GUARANTOR: Field = field("guarantor", Text);
const GUARANTEE: Field = field("guarantee", Text);
const SUBSIDY: Field = field("subsidy", Text);
const CLAIM: Field = field("claim", Text);
const BENEFIT: Field = field("benefit", Text);
const RATING: Field = field("rating", Text);
const AMOUNT: Field = field("amount", Amount);
const MAKER: Field = field("maker", Text);
const ENTERPRISE: Field = field("enterprise", Text);
const DISTRICT: Field = field("district", Text);
const FROM: Field = field("from", Date);
const TO: Field = field("to", Date);
const MONTH: Field = field("month", Kind::Month);
const DOCUMENT: Field = field("document", Text);

shapes! {
    "loan.applied" [
        BANK, LOAN, ENTERPRISE, maybe("borrower", Text), DISTRICT, field("industry", Text), maybe("size", Text),
        maybe("label", Text), maybe("zone", Text), field("bank_kind", Text), field("product", Text), field("scheme", Text), AMOUNT,
    ] |f| loan(f, LoanEvent::Applied {
        profile: Profile {
            enterprise: f.parse("enterprise")?,
            borrower: f.maybe("borrower")?.unwrap_or(policy::Borrower::Enterprise),
            district: f.parse("district")?,
            industry: f.parse("industry")?,
            size: f.maybe("size")?,
            label: f.maybe("label")?.unwrap_or(policy::credit_line::Label::None),
            zone: f.maybe("zone")?,
        },
        bank_kind: f.parse("bank_kind")?,
        product: f.parse("product")?,
        scheme: f.parse("scheme")?,
        requested_fen: f.amount("amount")?,
    });
    "loan.completed" [BANK, LOAN] |f| loan(f, LoanEvent::Completed);
    "loan.declined" [BANK, LOAN, field("reason", Text)] |f| loan(f, LoanEvent::Declined { reason: f.parse("reason")? });
    "loan.withdrawn" [BANK, LOAN] |f| loan(f, LoanEvent::Withdrawn);
    "loan.granted" [
        BANK, LOAN, AMOUNT, field("annual_rate", Rate), field("term_months", Whole), maybe("rating", Text),
        maybe("renews", Text), maybe("renews_part", Amount), maybe("district", Text),
    ] |f| loan(f, LoanEvent::Granted {
        amount_fen: f.amount("amount")?,
        annual_rate_ppm: f.rate("annual_rate")?,
        term_months: f.whole("term_months")?,
        rating: f.maybe("rating")?,
        renews: match f.maybe("renews")? {
            Some(loan) => Some(Renews { loan, part_fen: f.amount("renews_part")? }),
            None => None,
        },
        district: f.maybe("district")?,
    });
    "loan.disbursed" [BANK, LOAN, AMOUNT] |f| loan(f, LoanEvent::Disbursed { amount_fen: f.amount("amount")? });
    "loan.scheduled" [BANK, LOAN, field("instalments", Instalments)] |f| loan(f, LoanEvent::Scheduled {
        instalments: f.instalments("instalments")?.into_iter()
            .map(|(due_on, principal_fen)| Instalment { due_on, principal_fen }).collect(),
    });
    "loan.repaid" [BANK, LOAN, AMOUNT] |f| loan(f, LoanEvent::Repaid { principal_fen: f.amount("amount")? });
    "loan.renewed" [BANK, LOAN, field("new_loan", Text), AMOUNT] |f| loan(f, LoanEvent::Renewed {
        new_loan: f.parse("new_loan")?, part_fen: f.amount("amount")?,
    });
    "loan.written_off" [BANK, LOAN, AMOUNT] |f| loan(f, LoanEvent::WrittenOff { principal_fen: f.amount("amount")? });
    "loan.recovered" [BANK, LOAN, AMOUNT] |f| loan(f, LoanEvent::Recovered { principal_fen: f.amount("amount")? });
    "loan.status" [BANK, LOAN, MONTH, field("days_past_due", Whole), field("category", Text)]
    |f| loan(f, LoanEvent::Status {
        month: f.month("month")?, days_past_due: f.whole("days_past_due")?, category: f.parse("category")?,
    });
    "loan.closed" [BANK, LOAN] |f| loan(f, LoanEvent::Closed);
    "bridge.applied" [
        BANK, BRIDGE, ENTERPRISE, DISTRICT, field("kind", Text), AMOUNT, maybe("old_loan", Text),
        field("old_loan_amount", Amount), field("working_days", Whole),
    ] |f| bridge(f, BridgeEvent::Applied {
        enterprise: f.parse("enterprise")?,
        district: f.parse("district")?,
        kind: f.parse("kind")?,
        amount_fen: f.amount("amount")?,
        old_loan: f.maybe("old_loan")?,
        old_loan_fen: f.amount("old_loan_amount")?,
        working_days: f.whole("working_days")?,
    });
    "bridge.committed" [BANK, BRIDGE] |f| bridge(f, BridgeEvent::Committed);
    "bridge.released" [BANK, BRIDGE] |f| bridge(f, BridgeEvent::Released);
    "bridge.old_loan_repaid" [BANK, BRIDGE] |f| bridge(f, BridgeEvent::OldLoanRepaid);
    "bridge.new_loan_granted" [BANK, BRIDGE, maybe("new_loan", Text)]
    |f| bridge(f, BridgeEvent::NewLoanGranted { new_loan: f.maybe("new_loan")? });
    "bridge.returned" [BANK, BRIDGE, AMOUNT] |f| bridge(f, BridgeEvent::Returned { amount_fen: f.amount("amount")? });
    "bridge.overdue_noted" [BANK, BRIDGE] |f| bridge(f, BridgeEvent::OverdueNoted);
    "bridge.fee_charged" [BANK, BRIDGE, AMOUNT]
    |f| bridge(f, BridgeEvent::FeeCharged { amount_fen: f.amount("amount")? });
    "guarantee.issued" [
        GUARANTOR, GUARANTEE, BANK, LOAN, ENTERPRISE, AMOUNT, field("fee_rate", Rate), FROM, TO, maybe("batch", Flag),
    ] |f| guarantee(f, GuaranteeEvent::Issued {
        bank: f.parse("bank")?,
        loan: f.parse("loan")?,
        enterprise: f.parse("enterprise")?,
        amount_fen: f.amount("amount")?,
        fee_rate_ppm: f.rate("fee_rate")?,
        from: f.date("from")?,
        to: f.date("to")?,
        batch: f.flag("batch")?,
    });
    "guarantee.released" [GUARANTOR, GUARANTEE] |f| guarantee(f, GuaranteeEvent::Released);
    "subsidy.claimed" [GUARANTOR, SUBSIDY, GUARANTEE, FROM, TO, AMOUNT] |f| subsidy(f, SubsidyEvent::Claimed {
        guarantee: f.parse("guarantee")?, from: f.date("from")?, to: f.date("to")?, amount_fen: f.amount("amount")?,
    });
    "subsidy.approved" [GUARANTOR, SUBSIDY] |f| subsidy(f, SubsidyEvent::Approved);
    "subsidy.paid" [GUARANTOR, SUBSIDY] |f| subsidy(f, SubsidyEvent::Paid);
    "subsidy.clawed_back" [GUARANTOR, SUBSIDY, AMOUNT, MAKER, field("reason", Text)]
    |f| subsidy(f, SubsidyEvent::ClawedBack {
        amount_fen: f.amount("amount")?, maker: f.parse("maker")?, reason: f.clawback("reason")?,
    });
    "claim.claimed" [BANK, CLAIM, LOAN, AMOUNT, field("recovery_from", Date), maybe("fee_rate", Rate)]
    |f| claim(f, ClaimEvent::Claimed {
        loan: f.parse("loan")?,
        loss_fen: f.amount("amount")?,
        recovery_from: f.date("recovery_from")?,
        fee_rate_ppm: f.maybe_rate("fee_rate")?,
    });
    "claim.first_reviewed" [BANK, CLAIM, field("result", Text)]
    |f| claim(f, ClaimEvent::FirstReviewed { result: f.parse("result")? });
    "claim.second_reviewed" [BANK, CLAIM, field("result", Text)]
    |f| claim(f, ClaimEvent::SecondReviewed { result: f.parse("result")? });
    "claim.paid_out" [BANK, CLAIM] |f| claim(f, ClaimEvent::PaidOut);
    "claim.recovered" [BANK, CLAIM, AMOUNT] |f| claim(f, ClaimEvent::Recovered { amount_fen: f.amount("amount")? });
    "claim.clawed_back" [BANK, CLAIM, AMOUNT, MAKER]
    |f| claim(f, ClaimEvent::ClawedBack { amount_fen: f.amount("amount")?, maker: f.parse("maker")? });
    "benefit.proposed" [BENEFIT, field("tool", Text), ENTERPRISE, DISTRICT, AMOUNT, FROM, TO, DOCUMENT]
    |f| benefit(f, BenefitEvent::Proposed {
        tool: f.parse("tool")?,
        enterprise: f.parse("enterprise")?,
        district: f.parse("district")?,
        amount_fen: f.amount("amount")?,
        from: f.date("from")?,
        to: f.date("to")?,
        document: f.text("document")?,
    });
    "benefit.approved" [BENEFIT] |f| benefit(f, BenefitEvent::Approved);
    "benefit.paid" [BENEFIT] |f| benefit(f, BenefitEvent::Paid);
    "benefit.returned" [BENEFIT, MAKER] |f| benefit(f, BenefitEvent::Returned { maker: f.parse("maker")? });
    "rating.issued" [
        RATING, ENTERPRISE, field("model", Text), field("score", Whole), field("grade", Text), maybe("amount", Amount),
        FROM, TO, maybe("negative_hit", Flag), maybe("pd", Rate),
    ] |f| rating(f, RatingEvent::Issued {
        enterprise: f.parse("enterprise")?,
        model: f.digest("model")?,
        score: f.whole("score")?,
        grade: f.parse("grade")?,
        recommended_fen: f.maybe_amount("amount")?,
        valid_from: f.date("from")?,
        valid_to: f.date("to")?,
        negative_hit: f.flag("negative_hit")?,
        pd_ppm: f.maybe_rate("pd")?,
    });
    "rating.decided" [RATING, BANK, field("decision", Text), AMOUNT] |f| rating(f, RatingEvent::Decided {
        bank: f.parse("bank")?, decision: f.parse("decision")?, amount_fen: f.amount("amount")?,
    });
    "reported" [field("indicator", Text), DISTRICT, FROM, TO, field("value", Whole), DOCUMENT, MAKER]
    |f| Ok(Body::Reported(Reported {
        indicator: f.parse("indicator")?,
        district: f.parse("district")?,
        from: f.date("from")?,
        to: f.date("to")?,
        value: f.whole("value")?,
        document: f.text("document")?,
        maker: f.parse("maker")?,
    }));
    "fund.paid_in" [field("fund", Text), MAKER, AMOUNT]
    |f| fund(f, FundEvent::PaidIn { amount_fen: f.amount("amount")? });
    "fund.taken_out" [field("fund", Text), MAKER, AMOUNT]
    |f| fund(f, FundEvent::TakenOut { amount_fen: f.amount("amount")? });
    "period.closed" [MONTH] |f| Ok(Body::Period { month: f.month("month")?, did: PeriodEvent::Closed });
    "period.reopened" [MONTH] |f| Ok(Body::Period { month: f.month("month")?, did: PeriodEvent::Reopened });
    "reversal" [field("of", Whole), field("reason", Text)] |f| Ok(Body::Reversal {
        of: u64::try_from(f.whole("of")?).unwrap_or(0), reason: f.text("reason")?,
    });
}

impl Shape {
    /// The event with a word.
    pub(crate) fn of(word: &str) -> Option<&'static Self> {
        SHAPES.iter().find(|s| s.word == word)
    }

    /// Its own fields and those that all have.
    pub(crate) fn all_fields(&self) -> impl Iterator<Item = &'static Field> {
        COMMON.iter().chain(self.fields)
    }

    /// What the fields of a row say.
    pub(crate) fn body(&self, fields: &Fields<'_>) -> Result<Body, Fault> {
        (self.make)(fields)
    }
}

fn loan(f: &Fields<'_>, did: LoanEvent) -> Result<Body, Fault> {
    Ok(Body::Loan { bank: f.parse("bank")?, loan: f.parse("loan")?, did })
}

fn bridge(f: &Fields<'_>, did: BridgeEvent) -> Result<Body, Fault> {
    Ok(Body::Bridge { bank: f.parse("bank")?, bridge: f.parse("bridge")?, did })
}

fn guarantee(f: &Fields<'_>, did: GuaranteeEvent) -> Result<Body, Fault> {
    Ok(Body::Guarantee { guarantor: f.parse("guarantor")?, guarantee: f.parse("guarantee")?, did })
}

fn subsidy(f: &Fields<'_>, did: SubsidyEvent) -> Result<Body, Fault> {
    Ok(Body::Subsidy { guarantor: f.parse("guarantor")?, subsidy: f.parse("subsidy")?, did })
}

fn claim(f: &Fields<'_>, did: ClaimEvent) -> Result<Body, Fault> {
    Ok(Body::Claim { bank: f.parse("bank")?, claim: f.parse("claim")?, did })
}

fn benefit(f: &Fields<'_>, did: BenefitEvent) -> Result<Body, Fault> {
    Ok(Body::Benefit { benefit: f.parse("benefit")?, did })
}

fn rating(f: &Fields<'_>, did: RatingEvent) -> Result<Body, Fault> {
    Ok(Body::Rating { rating: f.parse("rating")?, did })
}

fn fund(f: &Fields<'_>, did: FundEvent) -> Result<Body, Fault> {
    Ok(Body::Fund { fund: f.parse("fund")?, maker: f.parse("maker")?, did })
}

/// The heading of a field by our own names.
pub(crate) fn heading(field: &Field) -> String {
    let name = match field.kind {
        Kind::Amount => format!("{}_yuan", field.name),
        Kind::Rate => format!("{}_percent", field.name),
        _ => field.name.to_owned(),
    };
    if field.optional { format!("[{name}]") } else { name }
}
