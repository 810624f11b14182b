//! The line of the commercial-value credit loan: caps by class and shares of sales and taxes.

mod file;
#[cfg(test)]
mod tests;

use crate::{Error, Marked};
use chrono::NaiveDate;
use primitives::{Fen, Ppm};
use std::sync::LazyLock;

/// The rules that are shipped, as a city would edit them.
pub const RULES: &str = include_str!("../rules/credit_line.toml");

/// The name of these rules in errors.
const FAMILY: &str = "credit_line";

static SHIPPED: LazyLock<Result<Book, Error>> = LazyLock::new(|| Book::from_toml(RULES));

/// Line rules in order of time, no two on one day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Book {
    rules: Vec<Rule>,
}

/// A line rule and the days on which it is in force.
///
/// Updates: none, a change of a document is another rule. Guarantees: caps and shares are above zero, every number
/// has a source, and the caps of 专精特新 enterprises lie within the rule's days without overlap.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    title: String,
    number: Option<String>,
    effective_from: Marked<NaiveDate>,
    effective_until: Option<NaiveDate>,
    cap: Marked<Fen>,
    specialised_caps: Vec<DatedCap>,
    sales_share: Marked<Ppm>,
    taxes_share: Marked<Ppm>,
}

/// A cap with days of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
struct DatedCap {
    cap: Marked<Fen>,
    from: NaiveDate,
    until: Option<NaiveDate>,
}

/// Which tier of the list of good SMEs (优质中小企业) an enterprise is in as of a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Label {
    /// In none.
    None,
    /// 创新型中小企业.
    Innovative,
    /// 专精特新.
    Specialised,
    /// 专精特新“小巨人”.
    LittleGiant,
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
    match &*SHIPPED {
        Ok(book) => book.rule_on(day),
        Err(e) => Err(e.clone()),
    }
}

impl Book {
    /// Reads a rule file and checks it whole.
    ///
    /// # Errors
    /// [`Error::Unreadable`], [`Error::Empty`], [`Error::Days`], [`Error::Overlap`], [`Error::NoSource`], or
    /// [`Error::OutOfRange`] for a cap outside 1 to 1,000,000,000 yuan or a share outside 1 to 100,000,000 ppm.
    pub fn from_toml(text: &str) -> Result<Self, Error> {
        file::read(text)
    }

    /// The rule in force on a day.
    ///
    /// # Errors
    /// [`Error::NoRule`] before the first rule, in a gap between two, or after the last.
    pub fn rule_on(&self, day: NaiveDate) -> Result<&Rule, Error> {
        let first = self.rules.first().ok_or(Error::Empty { family: FAMILY })?.effective_from.value;
        let rule = self.rules.iter().find(|r| holds(r.effective_from.value, r.effective_until, day));
        rule.ok_or(Error::NoRule { family: FAMILY, on: day, first })
    }

    /// The rules, earliest first.
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }
}

impl Rule {
    /// Title of the document.
    pub fn title(&self) -> &str {
        &self.title
    }

    /// Number of the document; `None` where it is not known.
    pub fn number(&self) -> Option<&str> {
        self.number.as_deref()
    }

    /// First day in force.
    pub fn effective_from(&self) -> &Marked<NaiveDate> {
        &self.effective_from
    }

    /// First day no longer in force; `None` while no end is known.
    pub fn effective_until(&self) -> Option<NaiveDate> {
        self.effective_until
    }

    /// The most that one borrower of this tier may have, on a day of the rule.
    ///
    /// 专精特新 and 小巨人 enterprises have a cap of their own on its days; all others, and they on other days, that of all.
    pub fn cap(&self, label: Label, day: NaiveDate) -> &Marked<Fen> {
        let own = match label {
            Label::Specialised | Label::LittleGiant => {
                self.specialised_caps.iter().find(|c| holds(c.from, c.until, day)).map(|c| &c.cap)
            }
            Label::None | Label::Innovative => None,
        };
        own.unwrap_or(&self.cap)
    }

    /// The line is at most this share of the sales declared in twelve months.
    pub fn sales_share(&self) -> &Marked<Ppm> {
        &self.sales_share
    }

    /// The line is at most this multiple of the taxes paid in twelve months.
    pub fn taxes_share(&self) -> &Marked<Ppm> {
        &self.taxes_share
    }
}

fn holds(from: NaiveDate, until: Option<NaiveDate>, day: NaiveDate) -> bool {
    from <= day && until.is_none_or(|until| day < until)
}
