//! The guarantee-fee subsidy (担保费补贴) and its awards, paid to the guarantor for the loans that it guaranteed in a year.
//!
//! # Source
//! 渝财金〔2022〕19号, 2022-05-17, for 2021 to 2023; every figure in `rules/guarantee_fee.toml` has its own source.

#[cfg(test)]
mod tests;

use crate::book::{self, Span, shipped};
use crate::code::codes;
use crate::figure::{Figure, Named};
use crate::finding::{Look, Relation, RuleId, Verdict};
use crate::split::{down, half_even, in_range, less, not_negative, share_down, sum};
use crate::{Code, Count, Error, Marked, Tool};
use chrono::{Datelike, NaiveDate};
use primitives::{Fen, Ppm};
use serde::Deserialize;

shipped! { "guarantee_fee.toml" }

codes! {
    /// What a performance award is a share of.
    AwardBase, "base of awards";
    Qualifying = "qualifying", "符合条件的担保贷款", "the loans that earn it";
    All = "all", "全部计入的担保贷款", "all loans that are counted";
}

/// What a version sets.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Terms {
    /// First year of guarantee that it pays for.
    pub first_year: Marked<Count>,
    /// Last one.
    pub last_year: Marked<Count>,
    /// What batch guarantee (总对总, 见贷即保) counts of its amount.
    pub batch_weight: Marked<Ppm>,
    /// The most that a guarantor is paid in a year, subsidy and awards together.
    pub guarantor_cap: Marked<Fen>,
    /// The dearest guarantee that is subsidised, as a rate of a year.
    pub fee_rate_max: Marked<Ppm>,
    /// The rate of each performance award.
    pub award_rate: Marked<Ppm>,
    /// What it is a share of.
    pub award_base: Marked<AwardBase>,
    /// Up to this amount a loan is small for the first award.
    pub small_loan_max: Marked<Fen>,
    /// The share that small loans must make for it.
    pub small_loans_share: Marked<Ppm>,
    /// Up to this fee rate a guarantee is cheap for the third award.
    pub low_fee_rate_max: Marked<Ppm>,
    /// The rate of the one-off award for re-guarantee.
    pub reguarantee_rate: Marked<Ppm>,
    /// Whether what was paid for days after an early end is asked back.
    pub clawback: Marked<bool>,
    tier: Vec<Tier>,
    reguarantee_step: Vec<ReguaranteeStep>,
    window: Vec<Window>,
}

/// The rate from a share of small-micro and agricultural loans on.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tier {
    /// The share from which it holds.
    pub share_from: Marked<Ppm>,
    /// The rate.
    pub rate: Marked<Ppm>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct ReguaranteeStep {
    loan_max: Marked<Fen>,
    fee_rate_max: Marked<Ppm>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Window {
    year: i32,
    last_day: Marked<NaiveDate>,
}

/// New guaranteed loans of a guarantor in a year. The parts overlap: a loan may be small, first-time and cheap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Volume {
    /// Loans guaranteed one by one.
    pub direct: Fen,
    /// Loans under batch guarantee.
    pub batch: Fen,
    /// Small-micro and agricultural ones of both.
    pub small_micro_agricultural: Fen,
    /// Loans up to [`Terms::small_loan_max`], counted as [`Volume::direct`] and weighted batch are.
    pub small_loans: Fen,
    /// Loans of borrowers that were never guaranteed before, counted alike.
    pub first_time: Fen,
    /// Loans with a fee rate up to [`Terms::low_fee_rate_max`], counted alike.
    pub low_fee: Fen,
    /// Whether the guarantor is one of the government: only those earn awards.
    pub government: bool,
}

/// What a guarantor is paid for a year, and how it came about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Subsidy {
    /// Loans that are counted: direct ones and batch by its weight.
    pub counted: Fen,
    /// Share of small-micro and agricultural loans in all, rounded down.
    pub share: Ppm,
    /// The rate of the tier.
    pub rate: Ppm,
    /// The fee subsidy, before the cap.
    pub fee_subsidy: Fen,
    /// Awards for small loans, first-time borrowers and low fees, before the cap.
    pub awards: [Fen; 3],
    /// What is paid: the sum, at most the cap.
    pub paid: Fen,
}

/// A subsidy to be granted for one loan and period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    /// The day of the application.
    pub applied_on: NaiveDate,
    /// The guaranteed amount.
    pub amount: Fen,
    /// The guarantee fee, as a rate of a year.
    pub fee_rate: Ppm,
    /// The first day of the guarantee that is subsidised.
    pub from: NaiveDate,
    /// The last one.
    pub to: NaiveDate,
    /// Periods of this loan for which a subsidy stands, first and last day.
    pub subsidised: Vec<(NaiveDate, NaiveDate)>,
}

impl book::Terms for Terms {
    const TOOL: Tool = Tool::GuaranteeFee;

    fn figures(&self) -> Vec<Named<'_>> {
        let mut figures = vec![
            self.first_year.named("first_year").within(2_000..=2_100),
            self.last_year.named("last_year").within(2_000..=2_100),
            self.batch_weight.named("batch_weight").within(0..=1_000_000),
            self.guarantor_cap.named("guarantor_cap"),
            self.fee_rate_max.named("fee_rate_max").within(1..=100_000),
            self.award_rate.named("award_rate").within(0..=100_000),
            self.award_base.named("award_base"),
            self.small_loan_max.named("small_loan_max"),
            self.small_loans_share.named("small_loans_share"),
            self.low_fee_rate_max.named("low_fee_rate_max").within(1..=100_000),
            self.reguarantee_rate.named("reguarantee_rate").within(0..=100_000),
            self.clawback.named("clawback"),
        ];
        for tier in &self.tier {
            figures.push(tier.share_from.named("share_from").within(0..=1_000_000));
            figures.push(tier.rate.named("rate").within(0..=100_000));
        }
        for step in &self.reguarantee_step {
            figures.push(step.loan_max.named("loan_max"));
            figures.push(step.fee_rate_max.named("reguarantee_fee_rate_max").within(1..=100_000));
        }
        figures.extend(self.window.iter().map(|w| w.last_day.named("last_day")));
        figures
    }

    fn check(&self, rule: Span) -> Result<(), Error> {
        let refuse =
            |what: &str| Err(Error::Inconsistent { family: Self::TOOL.code(), from: rule.from, what: what.to_owned() });
        let shares: Vec<i64> = self.tier.iter().map(|t| t.share_from.value.get()).collect();
        if shares.first() != Some(&0) || !shares.is_sorted_by(|a, b| a < b) {
            return refuse("tiers begin at a share of 0 and rise");
        }
        if !self.reguarantee_step.is_sorted_by(|a, b| a.loan_max.value < b.loan_max.value) {
            return refuse("steps of the re-guarantee rise");
        }
        if !self.window.is_sorted_by(|a, b| a.year < b.year) {
            return refuse("windows stand by year, one a year");
        }
        if self.window.iter().any(|w| w.last_day.value.year() != w.year) {
            return refuse("the last day of a window lies in its year");
        }
        if self.last_year.value < self.first_year.value {
            return refuse("last_year is not before first_year");
        }
        Ok(())
    }
}

impl Terms {
    /// The tier of a share of small-micro and agricultural loans.
    pub fn tier(&self, share: Ppm) -> Option<&Tier> {
        self.tier.iter().rfind(|t| t.share_from.value <= share)
    }

    /// The last day on which an application of a year is accepted; `None` where the year has no window.
    pub fn window(&self, year: i32) -> Option<&Marked<NaiveDate>> {
        self.window.iter().find(|w| w.year == year).map(|w| &w.last_day)
    }
}

/// Whether a subsidy may be granted for one loan and period, rule by rule.
///
/// A second subsidy for a day that has one is refused: the finding shows the earlier period that meets this one.
pub fn eligibility(rule: &Rule, case: &Case) -> Verdict {
    let terms = rule.terms();
    let mut look = Look::under(rule);
    look.compare_own(RuleId::GfAmount, case.amount, Relation::AtLeast, Fen::new(1));
    let year = |day: NaiveDate| Some(Count(day.year().into()));
    look.compare(RuleId::GfYear, year(case.from), Relation::AtLeast, &terms.first_year);
    look.compare(RuleId::GfYear, year(case.to), Relation::AtMost, &terms.last_year);
    match terms.window(case.applied_on.year()) {
        Some(last) => look.compare(RuleId::GfWindow, Some(case.applied_on), Relation::AtMost, last),
        None => {
            let found = Figure::Date(case.applied_on);
            look.at(RuleId::GfWindow, found, Relation::AtMost, (Figure::Unknown, None), false);
        }
    }
    look.compare(RuleId::GfFeeRate, Some(case.fee_rate), Relation::AtMost, &terms.fee_rate_max);
    let meets = |(from, to): &&(NaiveDate, NaiveDate)| *from <= case.to && case.from <= *to;
    match case.subsidised.iter().find(meets) {
        Some((from, to)) => {
            look.at(RuleId::GfDouble, Figure::Period(*from, *to), Relation::Is, (Figure::Flag(true), None), false);
        }
        None => look.met(RuleId::GfDouble, case.from <= case.to, None),
    }
    look.done()
}

/// What a guarantor is paid for a year.
///
/// `fee_subsidy = rate(share) * counted`, `counted = direct + batch_weight * batch`; a performance award is
/// `award_rate * base`, the first only where small loans make enough of what is counted. Each is rounded down to the
/// fen, so nothing is above its rate. `paid` is their sum and at most the guarantor's cap less what the guarantor has
/// been paid for the year.
///
/// - `share = small_micro_agricultural / (direct + batch)`, rounded down: a tier is reached, never rounded up to.
///
/// # Errors
/// [`Error::Argument`] for a negative amount, or a part that is more than the whole; [`Error::TooLarge`].
///
/// # Examples
/// ```
/// use policy::guarantee_fee::{Volume, book, subsidy};
/// use primitives::Fen;
/// let yuan = |n| Fen::from_yuan(n).unwrap();
/// let volume = Volume {
///     direct: yuan(400_000_000),
///     batch: yuan(100_000_000),
///     small_micro_agricultural: yuan(450_000_000),
///     small_loans: yuan(0),
///     first_time: yuan(0),
///     low_fee: yuan(0),
///     government: false,
/// };
/// let rule = book()?.rule_on("2022-05-20".parse().unwrap())?;
/// let paid = subsidy(rule, &volume, Fen::ZERO)?;
/// // 90 %, so 1.3 % of 400 million and 30 % of 100 million.
/// assert_eq!(paid.paid, yuan(5_590_000));
/// # Ok::<(), policy::Error>(())
/// ```
pub fn subsidy(rule: &Rule, volume: &Volume, paid_before: Fen) -> Result<Subsidy, Error> {
    let (terms, what) = (rule.terms(), "guarantee-fee subsidy");
    not_negative("paid before", paid_before)?;
    let counted_batch = share_down("batch guarantee", volume.batch, terms.batch_weight.value)?;
    not_negative("direct guarantee", volume.direct)?;
    let counted = sum(what, [volume.direct, counted_batch])?;
    let all = sum(what, [volume.direct, volume.batch])?;
    let part = in_range("small-micro and agricultural loans", volume.small_micro_agricultural.get(), 0, all.get())?;
    let share = ratio_down(part, all);
    let rate = terms.tier(share).map_or(Ppm::new(0), |t| t.rate.value);
    let fee_subsidy = share_down(what, counted, rate)?;
    let awards = awards(terms, volume, counted)?;
    let together = sum(what, awards.into_iter().chain([fee_subsidy]))?;
    let paid = together.min(less(terms.guarantor_cap.value, paid_before));
    Ok(Subsidy { counted, share, rate, fee_subsidy, awards, paid })
}

fn awards(terms: &Terms, volume: &Volume, counted: Fen) -> Result<[Fen; 3], Error> {
    let mut awards = [Fen::ZERO; 3];
    let enough = ratio_down(volume.small_loans.get(), counted) >= terms.small_loans_share.value;
    let parts = [
        ("small loans", volume.small_loans, enough),
        ("loans of first-time borrowers", volume.first_time, volume.first_time > Fen::ZERO),
        ("loans with a low fee", volume.low_fee, volume.low_fee > Fen::ZERO),
    ];
    for (award, (what, part, earned)) in awards.iter_mut().zip(parts) {
        in_range(what, part.get(), 0, counted.get())?;
        if volume.government && earned {
            let base = if terms.award_base.value == AwardBase::All { counted } else { part };
            *award = share_down(what, base, terms.award_rate.value)?;
        }
    }
    Ok(awards)
}

/// The share of a part in a whole, rounded down; 0 where there is no whole.
fn ratio_down(part: i64, whole: Fen) -> Ppm {
    let product = i128::from(part).saturating_mul(crate::split::WHOLE.into());
    down(product, whole.get().into(), "share").map_or(Ppm::new(0), |share| Ppm::new(share.get()))
}

/// The one-off award for re-guarantee of a loan: its rate of the shared part, rounded down; nothing where the loan is
/// above the last step or the re-guarantee is dearer than its step allows.
///
/// # Errors
/// [`Error::Argument`] for a shared part that is negative or above the loan, [`Error::TooLarge`].
pub fn reguarantee_award(rule: &Rule, loan: Fen, shared: Fen, fee_rate: Ppm) -> Result<Fen, Error> {
    let terms = rule.terms();
    in_range("shared part", shared.get(), 0, loan.get())?;
    let step = terms.reguarantee_step.iter().find(|s| loan <= s.loan_max.value);
    match step.is_some_and(|s| fee_rate <= s.fee_rate_max.value) {
        true => share_down("re-guarantee award", shared, terms.reguarantee_rate.value),
        false => Ok(Fen::ZERO),
    }
}

/// What is asked back of a subsidy when the guarantee ends before its period.
///
/// `paid * days after the end / days of the period`, rounded half to even; nothing where the version asks nothing back.
///
/// - `from`, `to`: first and last day of the period; `ended_on`: last day of the guarantee.
///
/// # Errors
/// [`Error::Argument`] for a negative amount, [`Error::DaysReversed`] for an empty period.
pub fn clawback(rule: &Rule, paid: Fen, from: NaiveDate, to: NaiveDate, ended_on: NaiveDate) -> Result<Fen, Error> {
    let amount = not_negative("subsidy paid", paid)?;
    if to < from {
        return Err(Error::DaysReversed { what: "period of a subsidy", from, to });
    }
    if !rule.terms().clawback.value || to <= ended_on {
        return Ok(Fen::ZERO);
    }
    let days = |a: NaiveDate, b: NaiveDate| b.signed_duration_since(a).num_days();
    let whole = days(from, to).saturating_add(1);
    let unused = days(ended_on, to).min(whole);
    let product = i128::from(amount).saturating_mul(unused.into());
    half_even(product, whole.into()).map(Fen::new).ok_or(Error::TooLarge { what: "clawback" })
}
