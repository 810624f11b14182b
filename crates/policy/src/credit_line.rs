//! The line of the commercial-value credit loan: caps by class and shares of sales and taxes.

#[cfg(test)]
mod tests;

use crate::book::{self, Span, apart, shipped};
use crate::code::codes;
use crate::figure::Named;
use crate::{Code, Error, Marked, Tool};
use chrono::NaiveDate;
use primitives::{Fen, Ppm};
use serde::Deserialize;

shipped! { "credit_line.toml" }

/// Greatest share: a hundredfold.
const SHARE_PPM_MAX: i64 = 100_000_000;

/// What a line rule sets.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Terms {
    cap: Marked<Fen>,
    #[serde(default)]
    specialised_cap: Vec<DatedCap>,
    sales_share: Marked<Ppm>,
    taxes_share: Marked<Ppm>,
}

/// A cap with days of its own; without an end they last as long as the rule.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct DatedCap {
    cap: Marked<Fen>,
    effective_from: NaiveDate,
    effective_until: Option<NaiveDate>,
}

codes! {
    /// Which tier of the list of good SMEs (优质中小企业) an enterprise is in as of a date.
    Label, "label";
    None = "none", "无", "none";
    Innovative = "innovative", "创新型中小企业", "innovative SME";
    Specialised = "specialised", "专精特新", "specialised, refined, distinctive and novel";
    LittleGiant = "little_giant", "专精特新“小巨人”", "little giant";
}

/// The shipped rule in force on a day.
///
/// # Errors
/// [`Error::NoRule`] before the first rule or in a gap between two.
///
/// # Examples
/// ```
/// use policy::credit_line::{Label, rule_on};
/// let day = "2025-03-31".parse().unwrap();
/// let rule = rule_on(day)?;
/// assert_eq!(rule.cap(Label::None, day).value.to_string(), "3000000.00");
/// assert_eq!(rule.cap(Label::LittleGiant, day).value.to_string(), "10000000.00");
/// assert!(rule_on("2018-06-30".parse().unwrap()).unwrap_err().is_not_found());
/// # Ok::<(), policy::Error>(())
/// ```
pub fn rule_on(day: NaiveDate) -> Result<&'static Rule, Error> {
    book()?.rule_on(day)
}

impl book::Terms for Terms {
    const TOOL: Tool = Tool::CreditLine;

    fn figures(&self) -> Vec<Named<'_>> {
        let mut figures = vec![self.cap.named("cap")];
        figures.extend(self.specialised_cap.iter().map(|c| c.cap.named("specialised_cap")));
        figures.push(self.sales_share.named("sales_share").within(1..=SHARE_PPM_MAX));
        figures.push(self.taxes_share.named("taxes_share").within(1..=SHARE_PPM_MAX));
        figures
    }

    fn check(&self, rule: Span) -> Result<(), Error> {
        let (family, what) = (Self::TOOL.code(), "specialised_cap");
        for cap in &self.specialised_cap {
            Span { from: cap.effective_from, until: cap.effective_until }.within(family, what, rule)?;
        }
        apart(family, what, self.specialised_cap.iter().map(|c| c.days(rule)))
    }
}

impl DatedCap {
    fn days(&self, rule: Span) -> Span {
        Span { from: self.effective_from, until: self.effective_until.or(rule.until) }
    }
}

impl Rule {
    /// The most that one borrower of this tier may have, on a day of the rule.
    ///
    /// 专精特新 and 小巨人 enterprises have a cap of their own on its days; all others, and they on other days, that of all.
    pub fn cap(&self, label: Label, day: NaiveDate) -> &Marked<Fen> {
        let terms = self.terms();
        let own = match label {
            Label::Specialised | Label::LittleGiant => {
                terms.specialised_cap.iter().find(|c| c.days(self.days()).holds(day)).map(|c| &c.cap)
            }
            Label::None | Label::Innovative => None,
        };
        own.unwrap_or(&terms.cap)
    }

    /// The line is at most this share of the sales declared in twelve months.
    pub fn sales_share(&self) -> &Marked<Ppm> {
        &self.terms().sales_share
    }

    /// The line is at most this multiple of the taxes paid in twelve months.
    pub fn taxes_share(&self) -> &Marked<Ppm> {
        &self.terms().taxes_share
    }
}
