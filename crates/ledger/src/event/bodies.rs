//! What happened, by life cycle. Every amount is in whole fen and above zero where nothing else is said.

use super::Month;
use super::words::{Category, Decided, DeclineReason, Fund, Review, Scheme};
use crate::id::{
    BankId, BenefitNo, BridgeNo, ClaimNo, GradeId, GuaranteeNo, GuarantorId, IndicatorId, LoanNo, PersonId, RatingId,
    SubsidyNo,
};
use crate::text::industry;
use chrono::NaiveDate;
use policy::credit_line::Label;
use policy::{Bank, Borrower, Product, Size, benefit, bridge_loan};
use primitives::region::ZoneCode;
use primitives::{CreditCode, Digest, Fen, Industry, Ppm, RegionCode};
use serde::{Deserialize, Serialize};

/// What happened, and to what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Body {
    /// To a loan.
    Loan {
        /// Its bank.
        bank: BankId,
        /// Its number there.
        loan: LoanNo,
        /// What.
        did: LoanEvent,
    },
    /// To a bridge loan.
    Bridge {
        /// The bank of the loan that is renewed.
        bank: BankId,
        /// Its number there.
        bridge: BridgeNo,
        /// What.
        did: BridgeEvent,
    },
    /// To a guarantee.
    Guarantee {
        /// The guarantor.
        guarantor: GuarantorId,
        /// Its number there.
        guarantee: GuaranteeNo,
        /// What.
        did: GuaranteeEvent,
    },
    /// To a guarantee-fee subsidy.
    Subsidy {
        /// The guarantor that is paid.
        guarantor: GuarantorId,
        /// Its number there.
        subsidy: SubsidyNo,
        /// What.
        did: SubsidyEvent,
    },
    /// To a claim of compensation.
    Claim {
        /// The bank that claims.
        bank: BankId,
        /// Its number there.
        claim: ClaimNo,
        /// What.
        did: ClaimEvent,
    },
    /// To a policy benefit.
    Benefit {
        /// Its number.
        benefit: BenefitNo,
        /// What.
        did: BenefitEvent,
    },
    /// To a rating.
    Rating {
        /// Its id.
        rating: RatingId,
        /// What.
        did: RatingEvent,
    },
    /// A figure that has no system of its own; the actor has checked it.
    Reported(Reported),
    /// To a fund of the state; the actor has checked it.
    Fund {
        /// Which.
        fund: Fund,
        /// Who prepared it.
        maker: PersonId,
        /// What.
        did: FundEvent,
    },
    /// To the periods: the ledger is closed up to the end of a month, or opened again from its beginning.
    Period {
        /// The month.
        month: Month,
        /// What.
        did: PeriodEvent,
    },
    /// An earlier event did not happen.
    Reversal {
        /// Its number.
        of: u64,
        /// Why it stood there.
        reason: String,
    },
}

/// Who borrows, as stated with the application.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// The enterprise.
    pub enterprise: CreditCode,
    /// Kind of borrower.
    pub borrower: Borrower,
    /// Its district on the day.
    pub district: RegionCode,
    /// Its industry.
    #[serde(with = "industry")]
    pub industry: Industry,
    /// Its size class; `null` where it is not certain.
    pub size: Option<Size>,
    /// Its tier of the list of good SMEs.
    pub label: Label,
    /// The development zone that it belongs to, beside its district; absent where it is in none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<ZoneCode>,
}

/// What happens to a loan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum LoanEvent {
    /// An enterprise asks for it.
    Applied {
        /// Who.
        profile: Profile,
        /// Kind of bank.
        bank_kind: Bank,
        /// The product.
        product: Product,
        /// The scheme.
        scheme: Scheme,
        /// How much.
        requested_fen: Fen,
    },
    /// The documents are complete: from here the bank's time to decide runs.
    Completed,
    /// The bank declines.
    Declined {
        /// Why.
        reason: DeclineReason,
    },
    /// The enterprise no longer wants it.
    Withdrawn,
    /// The bank grants it.
    Granted {
        /// How much.
        amount_fen: Fen,
        /// The rate of a year.
        annual_rate_ppm: Ppm,
        /// The term.
        term_months: i64,
        /// The rating it rests on.
        rating: Option<RatingId>,
        /// The loan of the same bank that it will repay.
        renews: Option<Renews>,
        /// The district on this day, where it is no longer that of the application.
        district: Option<RegionCode>,
    },
    /// A part is paid out.
    Disbursed {
        /// How much.
        amount_fen: Fen,
    },
    /// The schedule of repayment is set or changed: all instalments of the loan, those that are past among them.
    Scheduled {
        /// By day, together what was disbursed.
        instalments: Vec<Instalment>,
    },
    /// Principal comes back.
    Repaid {
        /// How much.
        principal_fen: Fen,
    },
    /// A new loan of the same bank and enterprise repays a part of this one.
    Renewed {
        /// The new loan.
        new_loan: LoanNo,
        /// What it repays.
        part_fen: Fen,
    },
    /// The bank writes principal off.
    WrittenOff {
        /// How much.
        principal_fen: Fen,
    },
    /// Something comes back of what was written off.
    Recovered {
        /// How much.
        principal_fen: Fen,
    },
    /// The bank's own view at the end of a month; a second one of a month takes the place of the first.
    Status {
        /// The month.
        month: Month,
        /// Days past due by the bank's count.
        days_past_due: i64,
        /// Its class.
        category: Category,
    },
    /// The contract ends; what was not drawn is free again.
    Closed,
}

/// The loan that a new one repays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Renews {
    /// The old loan.
    pub loan: LoanNo,
    /// The part of the new loan that repays it.
    pub part_fen: Fen,
}

/// Principal that is due on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Instalment {
    /// The day.
    pub due_on: NaiveDate,
    /// How much.
    pub principal_fen: Fen,
}

/// What happens to a bridge loan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum BridgeEvent {
    /// An enterprise asks for it.
    Applied {
        /// Who.
        enterprise: CreditCode,
        /// Its district on the day.
        district: RegionCode,
        /// The kind of borrower.
        kind: bridge_loan::Kind,
        /// How much.
        amount_fen: Fen,
        /// The loan to be repaid, where the ledger has it.
        old_loan: Option<LoanNo>,
        /// What is outstanding of that loan.
        old_loan_fen: Fen,
        /// The planned time of use.
        working_days: i64,
    },
    /// The bank commits itself to renew (续贷承诺).
    Committed,
    /// The pool pays.
    Released,
    /// The old loan is repaid with it.
    OldLoanRepaid,
    /// The bank grants the new loan.
    NewLoanGranted {
        /// The new loan, where the ledger has it.
        new_loan: Option<LoanNo>,
    },
    /// The whole amount is back in the pool.
    Returned {
        /// How much.
        amount_fen: Fen,
    },
    /// It is not back in time.
    OverdueNoted,
    /// The fee for the working days of its use is paid; zero where it is waived.
    FeeCharged {
        /// How much.
        amount_fen: Fen,
    },
}

/// What happens to a guarantee.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum GuaranteeEvent {
    /// It is issued for a loan.
    Issued {
        /// The bank of the loan.
        bank: BankId,
        /// The loan.
        loan: LoanNo,
        /// The enterprise, which is the loan's.
        enterprise: CreditCode,
        /// What is guaranteed.
        amount_fen: Fen,
        /// The fee as a rate of a year.
        fee_rate_ppm: Ppm,
        /// Its first day.
        from: NaiveDate,
        /// Its last day.
        to: NaiveDate,
        /// Whether it is batch guarantee (总对总, 见贷即保).
        batch: bool,
    },
    /// It ends.
    Released,
}

/// What happens to a guarantee-fee subsidy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum SubsidyEvent {
    /// A guarantor claims it; the actor is its maker.
    Claimed {
        /// The guarantee.
        guarantee: GuaranteeNo,
        /// First day that is subsidised.
        from: NaiveDate,
        /// Last one.
        to: NaiveDate,
        /// How much.
        amount_fen: Fen,
    },
    /// Another person has checked it.
    Approved,
    /// It is paid.
    Paid,
    /// It is asked back; the actor has checked that.
    ClawedBack {
        /// How much.
        amount_fen: Fen,
        /// Who prepared it.
        maker: PersonId,
        /// Why.
        reason: Clawback,
    },
}

/// Why a subsidy is asked back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Clawback {
    /// The guarantee ended before its period: the amount follows from the rule.
    EarlyEnd,
    /// It should not have been paid.
    WronglyPaid,
}

/// What happens to a claim of compensation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum ClaimEvent {
    /// A bank claims it; the actor is its maker.
    Claimed {
        /// The loan.
        loan: LoanNo,
        /// Confirmed loss of principal.
        loss_fen: Fen,
        /// The day on which recovery began.
        recovery_from: NaiveDate,
        /// The rate of the guarantee fee, where there is a guarantee.
        fee_rate_ppm: Option<Ppm>,
    },
    /// The first review (初审).
    FirstReviewed {
        /// What it came to.
        result: Review,
    },
    /// The second review (复审), by another person.
    SecondReviewed {
        /// What it came to.
        result: Review,
    },
    /// The government's part is paid (划拨), within the quota.
    PaidOut,
    /// A part of that comes back from the debtor.
    Recovered {
        /// How much.
        amount_fen: Fen,
    },
    /// A part of that is asked back of the bank; the actor has checked it.
    ClawedBack {
        /// How much.
        amount_fen: Fen,
        /// Who prepared it.
        maker: PersonId,
    },
}

/// What happens to a policy benefit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum BenefitEvent {
    /// It is proposed; the actor is its maker.
    Proposed {
        /// The tool.
        tool: benefit::Kind,
        /// Who has it.
        enterprise: CreditCode,
        /// The district.
        district: RegionCode,
        /// How much.
        amount_fen: Fen,
        /// First day of its period.
        from: NaiveDate,
        /// Last one.
        to: NaiveDate,
        /// The document that it rests on.
        document: String,
    },
    /// Another person has checked it.
    Approved,
    /// It is paid.
    Paid,
    /// It came back; the actor has checked that.
    Returned {
        /// Who prepared it.
        maker: PersonId,
    },
}

/// What happens to a rating.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum RatingEvent {
    /// It is issued.
    Issued {
        /// The enterprise.
        enterprise: CreditCode,
        /// The digest of the model.
        model: Digest,
        /// The score.
        score: i64,
        /// The grade.
        grade: GradeId,
        /// The recommended line; `null` where there is none.
        recommended_fen: Option<Fen>,
        /// First day of its validity.
        valid_from: NaiveDate,
        /// Last one.
        valid_to: NaiveDate,
        /// Whether the negative list had a hit.
        negative_hit: bool,
        /// The probability of default within twelve months; absent where the model says none of that time.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pd_ppm: Option<Ppm>,
    },
    /// A bank decided on it.
    Decided {
        /// The bank.
        bank: BankId,
        /// How.
        decision: Decided,
        /// The line that it gives; zero where it does not lend.
        amount_fen: Fen,
    },
}

/// A plan indicator as it is reported.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reported {
    /// The indicator of `policy::targets`.
    pub indicator: IndicatorId,
    /// The district.
    pub district: RegionCode,
    /// First day of the period.
    pub from: NaiveDate,
    /// Last one.
    pub to: NaiveDate,
    /// The value: fen for an amount, else a count; zero or more.
    pub value: i64,
    /// The document that says so.
    pub document: String,
    /// Who prepared it.
    pub maker: PersonId,
}

/// What happens to a fund.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum FundEvent {
    /// Money of a budget comes in.
    PaidIn {
        /// How much.
        amount_fen: Fen,
    },
    /// Money goes back to the budget.
    TakenOut {
        /// How much.
        amount_fen: Fen,
    },
}

/// What happens to the periods.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum PeriodEvent {
    /// No event holds on a day up to the end of the month any more.
    Closed,
    /// From the first day of the month on they may again.
    Reopened,
}
