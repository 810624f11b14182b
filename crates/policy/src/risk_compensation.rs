//! Risk compensation (风险补偿): the quota (指标) that grows with what is lent, and who bears a confirmed loss of principal.
//!
//! Quota is a right and no money: what is accrued, paid and available here are sums of quota, and the cash that
//! leaves a fund is the ledger's. Interest is never compensated.
//!
//! # Source
//! The scheme's measures as reported, the mechanism of guaranteed small-micro loans (政银担), and for shares that were
//! not found the knowledge-value loan; every figure in `rules/risk_compensation.toml` has its own source.

mod waterfall;

#[cfg(test)]
mod tests;

pub use waterfall::{Payout, Waterfall, compensate};

use crate::book::{self, Span, shipped};
use crate::calendar::Calendar;
use crate::code::codes;
use crate::figure::Named;
use crate::finding::{Look, Relation, RuleId, Verdict};
use crate::party::Size;
use crate::split::{less, not_negative, share_down, sum};
use crate::{Code, Days, Error, Marked, Tool, WorkingDays};
use chrono::NaiveDate;
use primitives::{Fen, Ppm};
use serde::Deserialize;

shipped! { "risk_compensation.toml" }

codes! {
    /// How "the quota must not exceed 4 % of the balance" is read.
    CapReading, "reading of the quota cap";
    Unused = "unused", "未用指标不超过余额比例", "what is unused is capped: min(accrued - paid, cap)";
    Accrued = "accrued", "累计指标不超过余额比例", "what has accrued is capped: min(accrued, cap) - paid";
}

codes! {
    /// Which loans a waterfall is for.
    Scheme, "compensation scheme";
    CommercialValue = "commercial_value", "商业价值信用贷款", "commercial-value credit loan";
    Guaranteed = "guaranteed", "小微企业担保贷款（政银担）", "guaranteed small-micro loan";
}

codes! {
    /// Who bears a part of a loss.
    Party, "party";
    City = "city", "市级财政", "city";
    District = "district", "区县财政", "district";
    Fund = "fund", "风险补偿资金", "compensation fund";
    Bank = "bank", "银行", "bank";
    Guarantor = "guarantor", "担保机构", "guarantor";
}

/// What a version sets.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Terms {
    /// Quota that a disbursement brings.
    pub accrual_rate: Marked<Ppm>,
    /// The most quota, as a share of the loan balance.
    pub balance_cap: Marked<Ppm>,
    /// How that is read.
    pub cap_reading: Marked<CapReading>,
    /// Whether unused quota is carried into the next year.
    pub carry_forward: Marked<bool>,
    /// Whether what is recovered after a payout refills the quota.
    pub recovery_refills: Marked<bool>,
    /// Time of the first review (初审), from the claim.
    pub first_review: Marked<WorkingDays>,
    /// Time of the second review (复审), from the end of the first.
    pub second_review: Marked<WorkingDays>,
    /// Time of the transfer (划拨), from the end of the second.
    pub transfer: Marked<WorkingDays>,
    /// From this share of compensated in disbursed principal on, a bank's claims stop (熔断).
    pub breaker_share: Marked<Ppm>,
    waterfall: Vec<Waterfall>,
}

/// The quota of a bank up to a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quota {
    /// Sum of accruals, carried over where the version carries forward.
    pub accrued: Fen,
    /// Sum of payouts.
    pub paid: Fen,
    /// Sum of recoveries after payouts.
    pub recovered: Fen,
    /// Outstanding principal of the bank's scheme loans.
    pub balance: Fen,
}

/// A claim of compensation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claim {
    /// The day of the claim.
    pub on: NaiveDate,
    /// Which scheme.
    pub scheme: Scheme,
    /// Confirmed loss of principal.
    pub loss: Fen,
    /// The loan as it was granted.
    pub loan: Fen,
    /// Size of the enterprise; `None` where it is not certain.
    pub size: Option<Size>,
    /// The day on which recovery began.
    pub recovery_from: NaiveDate,
    /// Rate of the loan in a year.
    pub loan_rate: Ppm,
    /// Rate of the guarantee fee in a year, where there is a guarantee.
    pub fee_rate: Option<Ppm>,
    /// Quota available to the bank; `None` for a scheme without quota.
    pub available: Option<Fen>,
    /// Principal of the bank's loans that was compensated so far, this claim not counted.
    pub compensated: Fen,
    /// Principal that the bank disbursed so far.
    pub disbursed: Fen,
}

/// The last days of the steps of a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deadlines {
    /// Of the first review.
    pub first_review: NaiveDate,
    /// Of the second review, if the first took its whole time.
    pub second_review: NaiveDate,
    /// Of the transfer, if the reviews took their whole time.
    pub transfer: NaiveDate,
}

impl book::Terms for Terms {
    const TOOL: Tool = Tool::RiskCompensation;

    fn figures(&self) -> Vec<Named<'_>> {
        let mut figures = vec![
            self.accrual_rate.named("accrual_rate"),
            self.balance_cap.named("balance_cap"),
            self.cap_reading.named("cap_reading"),
            self.carry_forward.named("carry_forward"),
            self.recovery_refills.named("recovery_refills"),
            self.first_review.named("first_review"),
            self.second_review.named("second_review"),
            self.transfer.named("transfer"),
            self.breaker_share.named("breaker_share"),
        ];
        figures.extend(self.waterfall.iter().flat_map(Waterfall::figures));
        figures
    }

    fn check(&self, rule: Span) -> Result<(), Error> {
        let refuse = |what: String| Err(Error::Inconsistent { family: Self::TOOL.code(), from: rule.from, what });
        for scheme in Scheme::ALL {
            let count = self.waterfall.iter().filter(|w| w.scheme == *scheme).count();
            if count != 1 {
                return refuse(format!("{scheme} has {count} waterfalls, expected is 1"));
            }
        }
        match self.waterfall.iter().find_map(Waterfall::fault) {
            Some(what) => refuse(what),
            None => Ok(()),
        }
    }
}

impl Terms {
    /// Who bears the losses of a scheme.
    ///
    /// # Panics
    /// Where the terms were not read by [`Book::from_toml`], which refuses a file that does not have one for each
    /// scheme.
    pub fn waterfall(&self, scheme: Scheme) -> &Waterfall {
        self.waterfall.iter().find(|w| w.scheme == scheme).expect("a rule is read with one waterfall for each scheme")
    }
}

/// The quota that a disbursement brings: its rate, rounded down to the fen.
///
/// # Errors
/// [`Error::Argument`] for a negative amount.
///
/// # Examples
/// ```
/// use policy::risk_compensation::{accrual, book};
/// use primitives::Fen;
/// let rule = book()?.rule_on("2024-05-06".parse().unwrap())?;
/// assert_eq!(accrual(rule, Fen::from_yuan(3_000_000).unwrap())?, Fen::from_yuan(60_000).unwrap());
/// assert_eq!(accrual(rule, Fen::new(99))?, Fen::new(1));
/// # Ok::<(), policy::Error>(())
/// ```
pub fn accrual(rule: &Rule, disbursed: Fen) -> Result<Fen, Error> {
    share_down("disbursement", disbursed, rule.terms().accrual_rate.value)
}

/// The quota that is available, by a reading of the cap; never negative.
///
/// With `used = paid`, less `recovered` where recoveries refill the quota, and `cap = balance_cap * balance` rounded
/// down: [`CapReading::Unused`] is `min(accrued - used, cap)`, [`CapReading::Accrued`] is `min(accrued, cap) - used`.
///
/// # Errors
/// [`Error::Argument`] for a negative sum.
///
/// # Examples
/// ```
/// use policy::risk_compensation::{CapReading, Quota, available, book};
/// use primitives::Fen;
/// let quota = Quota { accrued: Fen::new(900), paid: Fen::new(300), recovered: Fen::ZERO, balance: Fen::new(10_000) };
/// let rule = book()?.rule_on("2024-05-06".parse().unwrap())?;
/// assert_eq!(available(rule, CapReading::Unused, quota)?, Fen::new(400));
/// assert_eq!(available(rule, CapReading::Accrued, quota)?, Fen::new(100));
/// # Ok::<(), policy::Error>(())
/// ```
pub fn available(rule: &Rule, reading: CapReading, quota: Quota) -> Result<Fen, Error> {
    let terms = rule.terms();
    not_negative("quota accrued", quota.accrued)?;
    not_negative("quota paid", quota.paid)?;
    not_negative("recoveries", quota.recovered)?;
    let cap = share_down("loan balance", quota.balance, terms.balance_cap.value)?;
    let used = if terms.recovery_refills.value { less(quota.paid, quota.recovered) } else { quota.paid };
    Ok(match reading {
        CapReading::Unused => less(quota.accrued, used).min(cap),
        CapReading::Accrued => less(quota.accrued.min(cap), used),
    })
}

/// Whether a claim may be paid under a version, rule by rule.
///
/// A claim passes while any quota is left: [`compensate`] says how much of it is paid. Quota and circuit breaker are
/// looked at where the scheme has a quota.
pub fn eligibility(rule: &Rule, claim: &Claim) -> Verdict {
    let terms = rule.terms();
    let waterfall = terms.waterfall(claim.scheme);
    let mut look = Look::under(rule);
    if let Some(document) = &waterfall.document {
        look.document(document);
    }
    look.compare_own(RuleId::RcAmount, claim.loss, Relation::AtLeast, Fen::new(1));
    look.compare_own(RuleId::RcAmount, claim.loss, Relation::AtMost, claim.loan);
    if let Some(sizes) = waterfall.sizes() {
        look.one_of(RuleId::RcKind, claim.size, &sizes);
    }
    if let Some(cap) = claim.size.and_then(|size| waterfall.loan_cap(size)) {
        look.compare(RuleId::RcLoanCap, Some(claim.loan), Relation::AtMost, cap);
    }
    let days = Days(claim.on.signed_duration_since(claim.recovery_from).num_days());
    look.compare(RuleId::RcRecovery, Some(days), Relation::AtLeast, &waterfall.recovery);
    if let Some(max) = &waterfall.loan_rate_max {
        look.compare(RuleId::RcLoanRate, Some(claim.loan_rate), Relation::AtMost, max);
    }
    if let Some(max) = &waterfall.fee_rate_max {
        look.compare(RuleId::RcFeeRate, claim.fee_rate, Relation::AtMost, max);
    }
    if let Some(available) = claim.available {
        look.document(&rule.document());
        look.compare_own(RuleId::RcQuota, available, Relation::AtLeast, Fen::new(1));
        let share = compensated_share(claim.compensated, claim.disbursed);
        look.compare(RuleId::RcBreaker, Some(share), Relation::Below, &terms.breaker_share);
    }
    look.done()
}

/// Compensated in disbursed principal, rounded down; all of it where nothing was disbursed and something compensated.
fn compensated_share(compensated: Fen, disbursed: Fen) -> Ppm {
    let whole = crate::split::WHOLE;
    let share = || {
        let product = i128::from(compensated.get()).checked_mul(whole.into())?;
        i64::try_from(product.checked_div(disbursed.get().into())?).ok()
    };
    Ppm::new(if compensated <= Fen::ZERO { 0 } else { share().unwrap_or(whole) })
}

/// The last days of a claim's steps, in working days one after the other.
///
/// # Errors
/// [`Error::UnknownYear`].
pub fn deadlines(rule: &Rule, calendar: &Calendar, claimed_on: NaiveDate) -> Result<Deadlines, Error> {
    let terms = rule.terms();
    let after = |day, days: &Marked<WorkingDays>| {
        calendar.add_working_days(day, u32::try_from(days.value.0).unwrap_or(u32::MAX))
    };
    let first_review = after(claimed_on, &terms.first_review)?;
    let second_review = after(first_review, &terms.second_review)?;
    let transfer = after(second_review, &terms.transfer)?;
    Ok(Deadlines { first_review, second_review, transfer })
}
