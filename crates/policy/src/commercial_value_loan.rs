//! The commercial-value credit loan (中小企业商业价值信用贷款): who may have it, how much, by which bank and product.
//!
//! # Source
//! 渝经信发〔2018〕92号, 渝府办发〔2022〕122号 and the revised plan of 2023-11-30, as far as they are public: every figure in
//! `rules/commercial_value_loan.toml` says which of them it is from, or that it was chosen here.

#[cfg(test)]
mod tests;

use crate::book::{self, shipped};
use crate::code::codes;
use crate::credit_line::Label;
use crate::figure::{Figure, Named};
use crate::finding::{Look, Relation, RuleId, Verdict};
use crate::party::{Bank, Borrower, Districts, Product, Size};
use crate::split::half_even;
use crate::{Marked, Months, Tool, WorkingDays};
use chrono::NaiveDate;
use primitives::{Fen, Ppm, RegionCode};
use serde::Deserialize;

shipped! { "commercial_value_loan.toml" }

codes! {
    /// How the lending deviation (放贷偏离度) of a bank is computed.
    Deviation, "deviation formula";
    Absolute = "absolute", "偏离绝对值之和÷推荐额之和", "sum of |granted - recommended| over sum of recommended";
    Signed = "signed", "（授信额之和－推荐额之和）÷推荐额之和", "(sum of granted - sum of recommended) over sum of recommended";
}

/// What a version sets.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Terms {
    /// The most that one borrower may have.
    pub cap: Marked<Fen>,
    /// The most that a 专精特新 or 小巨人 enterprise may have.
    pub specialised_cap: Marked<Fen>,
    /// Kinds of borrowers.
    pub kinds: Marked<Vec<Borrower>>,
    /// Sizes of enterprises; an individual business is not asked for one.
    pub sizes: Marked<Vec<Size>>,
    /// Where it is open.
    pub districts: Marked<Districts>,
    /// Kinds of partner banks.
    pub banks: Marked<Vec<Bank>>,
    /// Products inside the system.
    pub products: Marked<Vec<Product>>,
    /// Whether a rating must be valid on the grant date.
    pub rating_required: Marked<bool>,
    /// Grades that are admitted, when a rating is required.
    pub grades: Marked<Vec<String>>,
    /// The most that the borrower pays in a year.
    pub annual_rate_cap: Marked<Ppm>,
    /// The longest term.
    pub term_months_max: Marked<Months>,
    /// Whether a loan may be renewed inside the scheme.
    pub renewal_allowed: Marked<bool>,
    /// The bank's time from complete documents to its decision.
    pub approval: Marked<WorkingDays>,
    /// How the deviation is computed.
    pub deviation: Marked<Deviation>,
    /// The most that the deviation of a bank may be, to either side.
    pub deviation_limit: Marked<Ppm>,
}

/// A rating as the rule looks at it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rating {
    /// The grade.
    pub grade: String,
    /// The first day on which it is valid.
    pub valid_from: NaiveDate,
    /// The last one.
    pub valid_to: NaiveDate,
    /// Whether the negative list (负面清单) had a hit.
    pub negative_hit: bool,
}

/// A loan to be granted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    /// The grant date.
    pub on: NaiveDate,
    /// What is to be granted.
    pub amount: Fen,
    /// Scheme loans of the borrower that are outstanding or committed, at all banks, without this one; a loan that
    /// this one repays is left out too.
    pub in_use: Fen,
    /// The recommended line; `None` where no rating recommends one: then it is not looked at.
    pub recommended: Option<Fen>,
    /// Kind of borrower.
    pub borrower: Borrower,
    /// Its size; `None` where it is not certain.
    pub size: Option<Size>,
    /// Its tier of the list of good SMEs on the grant date.
    pub label: Label,
    /// Its district.
    pub district: RegionCode,
    /// Kind of bank.
    pub bank: Bank,
    /// The product.
    pub product: Product,
    /// The rate of a year.
    pub annual_rate: Ppm,
    /// The term.
    pub term: Months,
    /// The rating it rests on.
    pub rating: Option<Rating>,
    /// Whether it renews a loan of the scheme.
    pub renewal: bool,
}

impl book::Terms for Terms {
    const TOOL: Tool = Tool::CommercialValueLoan;

    fn figures(&self) -> Vec<Named<'_>> {
        vec![
            self.cap.named("cap"),
            self.specialised_cap.named("specialised_cap"),
            self.kinds.named("kinds"),
            self.sizes.named("sizes"),
            self.districts.named("districts"),
            self.banks.named("banks"),
            self.products.named("products"),
            self.rating_required.named("rating_required"),
            self.grades.named("grades"),
            self.annual_rate_cap.named("annual_rate_cap").within(1..=360_000),
            self.term_months_max.named("term_months_max"),
            self.renewal_allowed.named("renewal_allowed"),
            self.approval.named("approval"),
            self.deviation.named("deviation"),
            self.deviation_limit.named("deviation_limit"),
        ]
    }
}

impl Terms {
    /// The most that one borrower of this tier may have, at all banks together.
    pub fn cap(&self, label: Label) -> &Marked<Fen> {
        match label {
            Label::Specialised | Label::LittleGiant => &self.specialised_cap,
            Label::None | Label::Innovative => &self.cap,
        }
    }
}

/// Whether a loan may be granted under a version, rule by rule.
///
/// What is in use counts at all banks: `in_use + amount` is held against the cap and against the recommended line. A
/// value that is not stated does not pass. The answer names no other bank.
///
/// # Examples
/// ```
/// use policy::commercial_value_loan::{Case, Rating, book, eligibility};
/// use policy::credit_line::Label;
/// use policy::{Bank, Borrower, Months, Product, Size};
/// use primitives::{Fen, Ppm};
/// let on = "2024-05-06".parse().unwrap();
/// let case = Case {
///     on,
///     amount: Fen::from_yuan(2_000_000).unwrap(),
///     in_use: Fen::from_yuan(1_500_000).unwrap(),
///     recommended: None,
///     borrower: Borrower::Enterprise,
///     size: Some(Size::Small),
///     label: Label::None,
///     district: "500103".parse().unwrap(),
///     bank: Bank::CommercialBank,
///     product: Product::PureCredit,
///     annual_rate: Ppm::new(45_000),
///     term: Months(12),
///     rating: Some(Rating { grade: "A".into(), valid_from: on, valid_to: on, negative_hit: false }),
///     renewal: false,
/// };
/// let verdict = eligibility(book()?.rule_on(on)?, &case);
/// let refused: Vec<String> = verdict.refusals().map(|f| f.to_string()).collect();
/// assert_eq!(refused.len(), 1);
/// let expect = "cap per borrower, at all banks: found 3500000.00 yuan, allowed is at most 3000000.00 yuan [cv.cap, ";
/// assert!(refused[0].starts_with(expect), "{refused:?}");
/// assert!(eligibility(book()?.rule_on(on)?, &Case { label: Label::Specialised, ..case }).passed());
/// # Ok::<(), policy::Error>(())
/// ```
pub fn eligibility(rule: &Rule, case: &Case) -> Verdict {
    let terms = rule.terms();
    let mut look = Look::under(rule);
    look.compare_own(RuleId::CvAmount, case.amount, Relation::AtLeast, Fen::new(1));
    look.one_of(RuleId::CvKind, Some(case.borrower), &terms.kinds);
    if case.borrower == Borrower::Enterprise {
        look.one_of(RuleId::CvSize, case.size, &terms.sizes);
    }
    look.district(RuleId::CvDistrict, case.district, case.on, Some(terms.districts.mark));
    look.one_of(RuleId::CvBank, Some(case.bank), &terms.banks);
    look.one_of(RuleId::CvProduct, Some(case.product), &terms.products);
    rating(&mut look, terms, case);
    // More than 64 bits hold is above every cap.
    let together = case.in_use.max(Fen::ZERO).checked_add(case.amount).unwrap_or(Fen::new(i64::MAX));
    look.compare(RuleId::CvCap, Some(together), Relation::AtMost, terms.cap(case.label));
    if let Some(recommended) = case.recommended {
        look.compare_own(RuleId::CvRecommended, together, Relation::AtMost, recommended);
    }
    look.compare(RuleId::CvRate, Some(case.annual_rate), Relation::AtMost, &terms.annual_rate_cap);
    look.compare(RuleId::CvTerm, Some(case.term), Relation::AtMost, &terms.term_months_max);
    if case.renewal {
        look.met(RuleId::CvRenewal, terms.renewal_allowed.value, Some(terms.renewal_allowed.mark));
    }
    look.done()
}

/// The rating, where the version requires one; a negative hit of a rating that is there counts in any case.
fn rating(look: &mut Look, terms: &Terms, case: &Case) {
    let required = &terms.rating_required;
    if required.value {
        let valid = case.rating.as_ref().is_some_and(|r| r.valid_from <= case.on && case.on <= r.valid_to);
        let found = case.rating.as_ref().map_or(Figure::Unknown, |r| Figure::Period(r.valid_from, r.valid_to));
        let allowed = (Figure::Date(case.on), Some(required.mark));
        look.at(RuleId::CvRating, found, Relation::Covers, allowed, valid);
        let grade = case.rating.as_ref().map(|r| &r.grade);
        let admitted = grade.is_some_and(|grade| terms.grades.value.contains(grade));
        let found = grade.map_or(Figure::Unknown, |grade| Figure::Text(grade.clone()));
        let allowed = (crate::Unit::figure(&terms.grades.value), Some(terms.grades.mark));
        look.at(RuleId::CvGrade, found, Relation::OneOf, allowed, admitted);
    }
    if let Some(rating) = &case.rating {
        look.met(RuleId::CvNegative, !rating.negative_hit, Some(required.mark));
    }
}

/// The lending deviation of a bank over loans, each as granted and recommended, by a formula.
///
/// - Absolute: `sum(|granted - recommended|) / sum(recommended)`.
/// - Signed: `(sum(granted) - sum(recommended)) / sum(recommended)`.
///
/// In parts per million, rounded half to even; `None` where nothing was recommended or the result is beyond 64 bits.
///
/// # Examples
/// ```
/// use policy::commercial_value_loan::{Deviation, deviation};
/// use primitives::{Fen, Ppm};
/// let loans = [(80, 100), (150, 100)].map(|(granted, recommended)| (Fen::new(granted), Fen::new(recommended)));
/// assert_eq!(deviation(Deviation::Absolute, loans), Some(Ppm::new(350_000)));
/// assert_eq!(deviation(Deviation::Signed, loans), Some(Ppm::new(150_000)));
/// assert_eq!(deviation(Deviation::Signed, []), None);
/// ```
pub fn deviation(formula: Deviation, loans: impl IntoIterator<Item = (Fen, Fen)>) -> Option<Ppm> {
    let (mut off, mut recommended) = (0_i128, 0_i128);
    for (granted, line) in loans {
        let (granted, line) = (i128::from(granted.get()), i128::from(line.get()));
        let difference = granted.checked_sub(line)?;
        off = off.checked_add(if formula == Deviation::Absolute { difference.checked_abs()? } else { difference })?;
        recommended = recommended.checked_add(line)?;
    }
    if recommended <= 0 {
        return None;
    }
    let size = half_even(off.checked_abs()?.checked_mul(crate::split::WHOLE.into())?, recommended)?;
    Some(Ppm::new(if off < 0 { size.checked_neg()? } else { size }))
}
