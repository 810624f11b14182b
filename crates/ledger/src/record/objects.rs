//! Objects: what one life cycle has come to.

use crate::event::{Category, Decided, DeclineReason, Instalment, Profile, Renews, Reported, Scheme};
use crate::id::{BankId, GradeId, GuaranteeNo, LoanNo, PersonId, RatingId};
use crate::state::{BenefitState, BridgeState, ClaimState, GuaranteeState, LoanState, SubsidyState};
use crate::text::{industry, iso};
use chrono::NaiveDate;
use policy::credit_line::Label;
use policy::{Bank, Borrower, Product, Size, VersionId, benefit, bridge_loan, risk_compensation};
use primitives::region::ZoneCode;
use primitives::{CreditCode, Digest, Fen, Industry, Ppm, RegionCode};
use serde::{Deserialize, Serialize};

/// A loan, wherever it is named: numbers are the bank's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LoanRef {
    /// The bank.
    pub bank: BankId,
    /// Its number there.
    pub loan: LoanNo,
}

/// A profile with all of its fields: an event leaves out a zone that there is not, the packed bytes of a record can not.
#[derive(Serialize, Deserialize)]
#[serde(remote = "Profile", deny_unknown_fields)]
struct WholeProfile {
    enterprise: CreditCode,
    borrower: Borrower,
    district: RegionCode,
    #[serde(with = "industry")]
    industry: Industry,
    size: Option<Size>,
    label: Label,
    zone: Option<ZoneCode>,
}

/// The terms of a loan: what was asked for and granted. Its money is the [`Balance`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Loan {
    /// The last event that shaped it.
    pub last: u64,
    /// Who borrows.
    #[serde(with = "WholeProfile")]
    pub profile: Profile,
    /// Kind of bank.
    pub bank_kind: Bank,
    /// The product.
    pub product: Product,
    /// The scheme.
    pub scheme: Scheme,
    /// What was asked for.
    pub requested_fen: Fen,
    /// The day of the application.
    #[serde(serialize_with = "iso::serialize")]
    pub applied_on: NaiveDate,
    /// The day of complete documents.
    #[serde(serialize_with = "iso::option")]
    pub completed_on: Option<NaiveDate>,
    /// Why the bank declined.
    pub declined: Option<DeclineReason>,
    /// What the bank granted.
    pub grant: Option<Grant>,
}

/// What a bank granted, with the dimensions that totals are made by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// The grant date.
    #[serde(serialize_with = "iso::serialize")]
    pub on: NaiveDate,
    /// How much.
    pub amount_fen: Fen,
    /// The rate of a year.
    pub annual_rate_ppm: Ppm,
    /// The term.
    pub term_months: i64,
    /// The district on the grant date.
    pub district: RegionCode,
    /// The rating it rests on.
    pub rating: Option<RatingId>,
    /// The grade of that.
    pub grade: Option<GradeId>,
    /// The line that it recommended.
    pub recommended_fen: Option<Fen>,
    /// The loan that it repays.
    pub renews: Option<Renews>,
    /// Whether no loan of the borrower had been granted here before: first seen here, which is not first of all.
    pub first_seen: bool,
    /// The rule of the scheme that it was signed under.
    pub rule: Option<VersionId>,
    /// The rule of compensation on the grant date.
    pub compensation_rule: Option<VersionId>,
}

/// The money of a loan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Balance {
    /// The last event that shaped it.
    pub last: u64,
    /// Where the loan stands.
    pub state: LoanState,
    /// The last day of an event that it rests on.
    #[serde(serialize_with = "iso::serialize")]
    pub since: NaiveDate,
    /// Principal paid out.
    pub disbursed_fen: Fen,
    /// Principal that came back, by renewal too.
    pub repaid_fen: Fen,
    /// The part of it that new loans repaid.
    pub renewed_fen: Fen,
    /// Principal that the bank wrote off.
    pub written_off_fen: Fen,
    /// What came back of that.
    pub recovered_fen: Fen,
    /// What it repaid of old loans: no new financing.
    pub refinancing_fen: Fen,
    /// Loss of principal under claims that were not refused.
    pub claimed_fen: Fen,
    /// What the government paid for it.
    pub compensated_fen: Fen,
    /// Principal by day, earliest first, one a day.
    pub moves: Vec<Move>,
}

/// What a loan's principal did on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Move {
    /// The day.
    #[serde(serialize_with = "iso::serialize")]
    pub on: NaiveDate,
    /// Paid out.
    pub lent_fen: i64,
    /// Came back.
    pub repaid_fen: i64,
    /// Written off.
    pub off_fen: i64,
}

/// The schedules of a loan, the earliest first; on a day the last one holds that was set by then.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Schedule {
    /// The last event that shaped it.
    pub last: u64,
    /// Each with the day from which it holds.
    pub versions: Vec<(NaiveDate, Vec<Instalment>)>,
}

/// The bank's own view of a loan at the end of a month.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct BankStatus {
    /// The event that brought it.
    pub last: u64,
    /// Days past due by the bank's count.
    pub days_past_due: i64,
    /// Its class.
    pub category: Category,
}

/// A bridge loan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BridgeLoan {
    /// The last event that shaped it.
    pub last: u64,
    /// Where it stands.
    pub state: BridgeState,
    /// The last day of an event that it rests on.
    pub since: NaiveDate,
    /// Who entered it, and therefore does not release it.
    pub maker: PersonId,
    /// The enterprise.
    pub enterprise: CreditCode,
    /// Its district.
    pub district: RegionCode,
    /// The kind of borrower.
    pub kind: bridge_loan::Kind,
    /// How much.
    pub amount_fen: Fen,
    /// The loan to be repaid, where the ledger has it.
    pub old_loan: Option<LoanNo>,
    /// What is outstanding of that loan.
    pub old_loan_fen: Fen,
    /// The planned time of use in working days.
    pub working_days: i64,
    /// Whether the bank has committed itself to renew.
    pub committed: bool,
    /// The day of the release.
    pub released_on: Option<NaiveDate>,
    /// The last day in time.
    pub due_on: Option<NaiveDate>,
    /// The rule of the release.
    pub rule: Option<VersionId>,
    /// The new loan.
    pub new_loan: Option<LoanNo>,
    /// The day on which all was back.
    pub returned_on: Option<NaiveDate>,
    /// Whether it was noted as overdue.
    pub overdue: bool,
    /// The fee.
    pub fee_fen: Option<Fen>,
}

/// A guarantee.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Guarantee {
    /// The last event that shaped it.
    pub last: u64,
    /// Where it stands.
    pub state: GuaranteeState,
    /// The loan.
    pub loan: LoanRef,
    /// The district of the loan.
    pub district: RegionCode,
    /// What is guaranteed.
    pub amount_fen: Fen,
    /// The fee as a rate of a year.
    pub fee_rate_ppm: Ppm,
    /// Its first day.
    pub from: NaiveDate,
    /// Its last day by contract.
    pub to: NaiveDate,
    /// Whether it is batch guarantee.
    pub batch: bool,
    /// The day on which it was issued.
    pub issued_on: NaiveDate,
    /// The day on which it ended.
    pub released_on: Option<NaiveDate>,
}

/// A guarantee-fee subsidy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subsidy {
    /// The last event that shaped it.
    pub last: u64,
    /// Where it stands.
    pub state: SubsidyState,
    /// The last day of an event that it rests on.
    pub since: NaiveDate,
    /// The guarantee.
    pub guarantee: GuaranteeNo,
    /// The loan.
    pub loan: LoanRef,
    /// The district of the loan.
    pub district: RegionCode,
    /// First day that is subsidised.
    pub from: NaiveDate,
    /// Last one.
    pub to: NaiveDate,
    /// How much.
    pub amount_fen: Fen,
    /// Who made the claim.
    pub maker: PersonId,
    /// Who approved it.
    pub checker: Option<PersonId>,
    /// The rule of the claim.
    pub rule: VersionId,
    /// What was asked back.
    pub clawed_back_fen: Fen,
}

/// A claim of compensation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    /// The last event that shaped it.
    pub last: u64,
    /// Where it stands.
    pub state: ClaimState,
    /// The last day of an event that it rests on.
    pub since: NaiveDate,
    /// The loan.
    pub loan: LoanNo,
    /// The enterprise.
    pub enterprise: CreditCode,
    /// The scheme.
    pub scheme: risk_compensation::Scheme,
    /// The rule, that of the loan's grant date.
    pub rule: VersionId,
    /// Confirmed loss of principal.
    pub loss_fen: Fen,
    /// The day on which recovery began.
    pub recovery_from: NaiveDate,
    /// The rate of the guarantee fee.
    pub fee_rate_ppm: Option<Ppm>,
    /// The day of the claim.
    pub claimed_on: NaiveDate,
    /// Who made it.
    pub maker: PersonId,
    /// Who reviewed it first.
    pub first_by: Option<PersonId>,
    /// Who reviewed it again.
    pub second_by: Option<PersonId>,
    /// The last day of the next step, where the working days are known; a later step is kept and told
    /// ([`Note::Late`](crate::Note::Late)).
    pub due_on: Option<NaiveDate>,
    /// Who bears how much of the loss; they add up to it.
    pub parts: Vec<(risk_compensation::Party, Fen)>,
    /// What the government paid.
    pub government_fen: Fen,
    /// What came back of that.
    pub recovered_fen: Fen,
    /// What was asked back of the bank.
    pub clawed_back_fen: Fen,
}

/// A policy benefit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Benefit {
    /// The last event that shaped it.
    pub last: u64,
    /// Where it stands.
    pub state: BenefitState,
    /// The last day of an event that it rests on.
    pub since: NaiveDate,
    /// The tool.
    pub tool: benefit::Kind,
    /// Who has it.
    pub enterprise: CreditCode,
    /// The district.
    pub district: RegionCode,
    /// How much.
    pub amount_fen: Fen,
    /// First day of its period.
    pub from: NaiveDate,
    /// Last one.
    pub to: NaiveDate,
    /// The document that it rests on.
    pub document: String,
    /// Who made it.
    pub maker: PersonId,
    /// Who approved it.
    pub checker: Option<PersonId>,
    /// The rule.
    pub rule: VersionId,
}

/// A figure as it was reported.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportedFigure {
    /// The event that brought it.
    pub last: u64,
    /// The figure.
    pub figure: Reported,
    /// Who checked it.
    pub checker: PersonId,
}

/// A rating that was issued.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rating {
    /// The event that brought it.
    pub last: u64,
    /// The day of its issue.
    pub issued_on: NaiveDate,
    /// The enterprise.
    pub enterprise: CreditCode,
    /// The digest of the model.
    pub model: Digest,
    /// The score.
    pub score: i64,
    /// The grade.
    pub grade: GradeId,
    /// The recommended line.
    pub recommended_fen: Option<Fen>,
    /// First day of its validity.
    pub valid_from: NaiveDate,
    /// Last one.
    pub valid_to: NaiveDate,
    /// Whether the negative list had a hit.
    pub negative_hit: bool,
}

/// What a bank decided on a rating.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// The event that brought it.
    pub last: u64,
    /// How.
    pub decision: Decided,
    /// The line that it gives.
    pub amount_fen: Fen,
}
