//! Double entry in fen: what an event does to accounts.
//!
//! There are three books, and each entry sums to zero in each of them. An amount above zero is a debit, below zero a
//! credit. Quota and guarantees are no money, so they have books of their own.
//!
//! | event | debit | credit | book |
//! |---|---|---|---|
//! | loan disbursed | `loan_principal` of the loan | `bank_lending` | cash |
//! | loan repaid | `bank_repaid` | `loan_principal` | cash |
//! | loan renewed, the old one | `bank_renewed` | `loan_principal` of the old loan | cash |
//! | loan written off | `bank_written_off` | `loan_principal` | cash |
//! | written-off loan recovered | `bank_recovered` | `bank_written_off` | cash |
//! | fund paid in (taken out: the reverse) | `fund_cash` | `budget` | cash |
//! | bridge loan released (returned: the reverse) | `bridge_principal` | `fund_cash` of the pool | cash |
//! | bridge fee charged | `fund_cash` of the pool | `bridge_fees` | cash |
//! | guarantee issued (released: the reverse) | `guaranteed` | `guarantee_counter` | exposure |
//! | subsidy approved | `subsidy_granted` | `subsidy_payable` | cash |
//! | subsidy paid | `subsidy_payable` | `treasury` | cash |
//! | subsidy clawed back | `treasury` | `subsidy_clawed_back` | cash |
//! | scheme loan disbursed, its accrual | `quota` of the bank | `quota_granted` | quota |
//! | compensation paid, the government's part | `quota_used` | `quota` | quota |
//! | compensation paid, the fund's part | `compensation` | `fund_cash` of the compensation fund | cash |
//! | compensation paid, parts of city and district | `compensation` | `treasury` | cash |
//! | compensation recovered or clawed back | `fund_cash` or `treasury`, as it was paid | `compensation_returned` | cash |
//! | the same, where it refills the quota | `quota` | `quota_used` | quota |
//! | benefit approved | `benefit_granted` | `benefit_payable` | cash |
//! | benefit paid | `benefit_payable` | `treasury` | cash |
//! | benefit returned | `treasury` | `benefit_returned` | cash |
//! | reversal | what was credited | what was debited | as before |
//!
//! The others post nothing: they move no money, exposure or quota.

use crate::Refusal;
use crate::event::Fund;
use crate::id::{BankId, BenefitNo, BridgeNo, GuaranteeNo, GuarantorId};
use crate::record::LoanRef;
use policy::Code;
use primitives::Fen;
use serde::{Deserialize, Serialize};

policy::codes! {
    /// A book in which every entry sums to zero.
    Book, "book";
    Cash = "cash", "资金账", "book of cash";
    Exposure = "exposure", "担保责任账", "book of exposure";
    Quota = "quota", "补偿指标账", "book of quota";
}

/// An account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Account {
    /// Outstanding principal of a loan.
    LoanPrincipal(LoanRef),
    /// What a bank lent: where disbursements come from.
    BankLending(BankId),
    /// What came back to a bank.
    BankRepaid(BankId),
    /// What new loans of a bank repaid of old ones.
    BankRenewed(BankId),
    /// What a bank wrote off, less what came back of it.
    BankWrittenOff(BankId),
    /// What came back of that.
    BankRecovered(BankId),
    /// Cash of a fund.
    FundCash(Fund),
    /// The budget behind a fund.
    Budget(Fund),
    /// A bridge loan that is out.
    BridgePrincipal(BankId, BridgeNo),
    /// Fees for bridge loans.
    BridgeFees,
    /// A guarantee that stands.
    Guaranteed(GuarantorId, GuaranteeNo),
    /// The other side of guarantees.
    GuaranteeCounter(GuarantorId),
    /// Guarantee-fee subsidies granted to a guarantor.
    SubsidyGranted(GuarantorId),
    /// Those of them that are not yet paid.
    SubsidyPayable(GuarantorId),
    /// What was asked back of a guarantor.
    SubsidyClawedBack(GuarantorId),
    /// The compensation quota of a bank.
    Quota(BankId),
    /// What a bank's disbursements brought of quota.
    QuotaGranted(BankId),
    /// What a bank's payouts took of quota.
    QuotaUsed(BankId),
    /// Compensation paid to a bank.
    Compensation(BankId),
    /// What came back of it.
    CompensationReturned(BankId),
    /// A benefit that was granted.
    BenefitGranted(BenefitNo),
    /// As long as it is not paid.
    BenefitPayable(BenefitNo),
    /// What came back of it.
    BenefitReturned(BenefitNo),
    /// Money of the state outside the funds.
    Treasury,
}

/// What an event does to one account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Posting {
    /// The account.
    pub account: Account,
    /// A debit above zero, a credit below.
    pub amount_fen: i64,
}

impl Account {
    /// The book that it stands in.
    pub fn book(&self) -> Book {
        match self {
            Self::Guaranteed(..) | Self::GuaranteeCounter(_) => Book::Exposure,
            Self::Quota(_) | Self::QuotaGranted(_) | Self::QuotaUsed(_) => Book::Quota,
            _ => Book::Cash,
        }
    }
}

/// Debits one account and credits another with an amount that is above zero; nothing for zero.
pub(crate) fn pair(postings: &mut Vec<Posting>, debit: Account, credit: Account, amount: Fen) -> Result<(), Refusal> {
    let amount_fen = amount.get();
    if amount_fen == 0 {
        return Ok(());
    }
    let credited = amount_fen.checked_neg().ok_or(Refusal::Overflow { what: "posting" })?;
    postings.extend([Posting { account: debit, amount_fen }, Posting { account: credit, amount_fen: credited }]);
    Ok(())
}

/// That debits equal credits in each book.
///
/// # Errors
/// [`Refusal::Unbalanced`], [`Refusal::Overflow`].
pub(crate) fn balanced(postings: &[Posting]) -> Result<(), Refusal> {
    for book in Book::ALL {
        let of_book = postings.iter().filter(|p| p.account.book() == *book);
        let sum = of_book.map(|p| i128::from(p.amount_fen)).try_fold(0_i128, i128::checked_add);
        if sum.ok_or(Refusal::Overflow { what: "sum of an entry" })? != 0 {
            return Err(Refusal::Unbalanced { book: *book });
        }
    }
    Ok(())
}
