//! The bridge loan (转贷应急周转资金): caps by borrower and district, time of use in working days, fee per working day.
//!
//! # Source
//! 渝府办发〔2019〕1号, 渝财规〔2019〕4号, 渝财规〔2022〕11号 and what was reported of them; every figure in `rules/bridge_loan.toml` says
//! which, or that it was chosen here.

#[cfg(test)]
mod tests;

use crate::book::{self, Span, shipped};
use crate::calendar::Calendar;
use crate::code::codes;
use crate::figure::{Figure, Named};
use crate::finding::{Look, Relation, RuleId, Verdict};
use crate::split::{half_even, not_negative};
use crate::{Code, Error, Marked, Tool, Word, WorkingDays};
use chrono::NaiveDate;
use primitives::{Fen, Ppm, RegionCode};
use serde::Deserialize;

shipped! { "bridge_loan.toml" }

codes! {
    /// Who may use the pool.
    Kind, "kind of bridge-loan borrower";
    Sme = "sme", "中小微企业", "SME";
    IndividualBusiness = "individual_business", "个体工商户", "individual business";
    AgriculturalEntity = "agricultural_entity", "新型农业经营主体", "new agricultural business entity";
    LargePrivate = "large_private", "“双百”大型民营企业", "large private firm of the double-hundred list";
    Owner = "owner", "法定代表人或股东经营性贷款", "business loan of a legal representative or shareholder";
}

/// What a version sets.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Terms {
    /// Who may use the pool anywhere in the city; a district may name others.
    pub borrowers: Marked<Vec<Kind>>,
    /// The longest time of use.
    pub days_max: Marked<WorkingDays>,
    /// The fee of a working day, as a share of the amount; `0` while it is waived.
    pub fee_per_working_day: Marked<Ppm>,
    /// The days that are charged at least.
    pub fee_days_least: Marked<WorkingDays>,
    /// Whether the bank must have committed itself to renew (续贷承诺) before the release.
    pub commitment_required: Marked<bool>,
    /// Caps of a single use, one for each of `borrowers`.
    cap: Vec<Cap>,
    /// Caps of districts, which hold beside those of the city.
    #[serde(default)]
    district_cap: Vec<DistrictCap>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Cap {
    borrower: Kind,
    cap: Marked<Fen>,
}

/// The cap of a district for one kind of borrower.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DistrictCap {
    /// The district's document.
    pub document: String,
    /// The district.
    pub district: RegionCode,
    /// The kind of borrower.
    pub borrower: Kind,
    /// The first day of the cap.
    pub effective_from: NaiveDate,
    /// The first day without it; without one it lasts as long as the version.
    pub effective_until: Option<NaiveDate>,
    /// The most of a single use.
    pub cap: Marked<Fen>,
    /// The least that the loan to be repaid must be.
    pub old_loan_least: Option<Marked<Fen>>,
}

/// A bridge loan to be released.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    /// The day of the release.
    pub on: NaiveDate,
    /// What is to be released.
    pub amount: Fen,
    /// What is outstanding of the loan to be repaid.
    pub old_loan: Fen,
    /// The kind of borrower.
    pub borrower: Kind,
    /// The borrower's district.
    pub district: RegionCode,
    /// The planned time of use.
    pub days: WorkingDays,
    /// Whether the bank has committed itself to renew.
    pub commitment: bool,
}

/// What the use of the pool costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fee {
    /// Working days from the day after the release to the return, that day included.
    pub used: WorkingDays,
    /// Those that are charged.
    pub charged: WorkingDays,
    /// The fee.
    pub fee: Fen,
    /// Whether the pool was used for longer than the version allows.
    pub overdue: bool,
}

impl book::Terms for Terms {
    const TOOL: Tool = Tool::BridgeLoan;

    fn figures(&self) -> Vec<Named<'_>> {
        let mut figures = vec![
            self.borrowers.named("borrowers"),
            self.days_max.named("days_max"),
            self.fee_per_working_day.named("fee_per_working_day").within(0..=10_000),
            self.fee_days_least.named("fee_days_least").within(0..=15),
            self.commitment_required.named("commitment_required"),
        ];
        figures.extend(self.cap.iter().map(|c| c.cap.named("cap")));
        for c in &self.district_cap {
            figures.push(c.cap.named("district_cap"));
            figures.extend(c.old_loan_least.as_ref().map(|least| least.named("old_loan_least")));
        }
        figures
    }

    fn check(&self, rule: Span) -> Result<(), Error> {
        let family = Self::TOOL.code();
        let refuse = |what: String| Err(Error::Inconsistent { family, from: rule.from, what });
        for kind in Kind::ALL {
            let (caps, admitted) =
                (self.cap.iter().filter(|c| c.borrower == *kind).count(), self.borrowers.value.contains(kind));
            if caps != usize::from(admitted) {
                return refuse(format!("borrowers and caps disagree: {kind} has {caps} caps"));
            }
        }
        for c in &self.district_cap {
            Span { from: c.effective_from, until: c.effective_until }.within(family, "district_cap", rule)?;
        }
        Ok(())
    }
}

impl Terms {
    /// The city's cap of a single use; `None` for a kind that the city does not admit.
    pub fn cap(&self, borrower: Kind) -> Option<&Marked<Fen>> {
        self.cap.iter().find(|c| c.borrower == borrower).map(|c| &c.cap)
    }

    /// The district's cap on a day, if it has one for the kind.
    pub fn district_cap(&self, district: RegionCode, borrower: Kind, day: NaiveDate) -> Option<&DistrictCap> {
        let holds = |c: &&DistrictCap| Span { from: c.effective_from, until: c.effective_until }.holds(day);
        self.district_cap.iter().filter(holds).find(|c| c.district == district && c.borrower == borrower)
    }
}

/// Whether a bridge loan may be released under a version, rule by rule.
///
/// # Examples
/// ```
/// use policy::WorkingDays;
/// use policy::bridge_loan::{Case, Kind, book, eligibility};
/// use primitives::Fen;
/// let on = "2020-04-13".parse().unwrap();
/// let case = Case {
///     on,
///     amount: Fen::from_yuan(7_560_000).unwrap(),
///     old_loan: Fen::from_yuan(7_560_000).unwrap(),
///     borrower: Kind::Sme,
///     district: "500115".parse().unwrap(),
///     days: WorkingDays(3),
///     commitment: true,
/// };
/// let rule = book()?.rule_on(on)?;
/// assert!(eligibility(rule, &case).passed());
/// let verdict = eligibility(rule, &Case { commitment: false, ..case });
/// assert_eq!(verdict.refusals().map(|f| f.rule.to_string()).collect::<Vec<_>>(), ["br.commitment"]);
/// # Ok::<(), policy::Error>(())
/// ```
pub fn eligibility(rule: &Rule, case: &Case) -> Verdict {
    let terms = rule.terms();
    let mut look = Look::under(rule);
    look.compare_own(RuleId::BrAmount, case.amount, Relation::AtLeast, Fen::new(1));
    let district = terms.district_cap(case.district, case.borrower, case.on);
    let cap = terms.cap(case.borrower);
    look.district(RuleId::BrDistrict, case.district, case.on, None);
    let borrowers = (crate::Unit::figure(&terms.borrowers.value), Some(terms.borrowers.mark));
    let kind = Figure::Words(vec![Word::of(case.borrower)]);
    look.at(RuleId::BrKind, kind, Relation::OneOf, borrowers, cap.is_some() || district.is_some());
    if let Some(cap) = cap {
        look.compare(RuleId::BrCap, Some(case.amount), Relation::AtMost, cap);
    }
    if let Some(district) = district {
        look.document(&district.document);
        look.compare(RuleId::BrDistrictCap, Some(case.amount), Relation::AtMost, &district.cap);
        if let Some(least) = &district.old_loan_least {
            look.compare(RuleId::BrLoanFloor, Some(case.old_loan), Relation::AtLeast, least);
        }
        look.document(&rule.document());
    }
    look.compare_own(RuleId::BrOldLoan, case.amount, Relation::AtMost, case.old_loan);
    if terms.commitment_required.value {
        look.met(RuleId::BrCommitment, case.commitment, Some(terms.commitment_required.mark));
    }
    look.compare(RuleId::BrDays, Some(case.days), Relation::AtMost, &terms.days_max);
    look.done()
}

/// The fee of a use: `amount * rate * days`, rounded once, half to even, to the fen.
///
/// Days are working days from the day after the release to the return, that day included, and at least
/// [`Terms::fee_days_least`]; days beyond the limit are charged at the same rate.
///
/// # Errors
/// [`Error::Argument`] for a negative amount, [`Error::DaysReversed`] for a return before the release,
/// [`Error::UnknownYear`] where the working days are not known, [`Error::TooLarge`].
///
/// # Examples
/// ```
/// use policy::bridge_loan::{book, fee};
/// use policy::calendar;
/// use primitives::Fen;
/// let day = |text: &str| text.parse().unwrap();
/// let rule = book()?.rule_on(day("2020-04-30"))?;
/// // Over 1 to 5 May, which were off, and Saturday the 9th, which was worked: 6, 7, 8, 9 and 11 May.
/// let (released, returned) = (day("2020-04-30"), day("2020-05-11"));
/// let cost = fee(rule, calendar::shipped()?, Fen::from_yuan(1_000_000).unwrap(), released, returned)?;
/// assert_eq!((cost.used.0, cost.fee.to_string()), (5, "500.00".to_owned()));
/// # Ok::<(), policy::Error>(())
/// ```
pub fn fee(
    rule: &Rule,
    calendar: &Calendar,
    amount: Fen,
    released: NaiveDate,
    returned: NaiveDate,
) -> Result<Fee, Error> {
    let what = "bridge fee";
    let amount = i128::from(not_negative("amount of the bridge loan", amount)?);
    let used = calendar.working_days_between(released, returned)?;
    let terms = rule.terms();
    let charged = used.max(terms.fee_days_least.value.0);
    let rate = i128::from(terms.fee_per_working_day.value.get());
    let fen = amount.checked_mul(rate).and_then(|p| p.checked_mul(charged.into()));
    let fen = fen.and_then(|p| half_even(p, crate::split::WHOLE.into())).ok_or(Error::TooLarge { what })?;
    let overdue = used > terms.days_max.value.0;
    Ok(Fee { used: WorkingDays(used), charged: WorkingDays(charged), fee: Fen::new(fen), overdue })
}

/// The last day on which a use is in time.
///
/// # Errors
/// [`Error::UnknownYear`].
pub fn last_day(rule: &Rule, calendar: &Calendar, released: NaiveDate) -> Result<NaiveDate, Error> {
    let days = u32::try_from(rule.terms().days_max.value.0).unwrap_or(u32::MAX);
    calendar.add_working_days(released, days)
}
