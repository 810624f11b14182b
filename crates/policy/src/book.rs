//! The versions of one tool's rules: read from a file, checked whole, found by day or by id.

use crate::figure::Named;
use crate::{Code, Error, Marked, Tool, VersionId};
use chrono::NaiveDate;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::fmt;

/// The parameters of a tool: the table `terms` of a version in its rule file.
pub trait Terms: DeserializeOwned + fmt::Debug + Clone + PartialEq + Send + Sync + 'static {
    /// Whose they are.
    const TOOL: Tool;

    /// Every figure under its key; what is not listed here is neither checked nor shown.
    fn figures(&self) -> Vec<Named<'_>>;

    /// What a figure alone can not show: sums, orders, dates within the rule's days.
    ///
    /// # Errors
    /// [`Error::Inconsistent`], [`Error::Days`] or [`Error::Overlap`].
    fn check(&self, _days: Span) -> Result<(), Error> {
        Ok(())
    }
}

/// The versions of a tool's rules in order of time, no two on one day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Book<T> {
    rules: Vec<Rule<T>>,
}

/// One version of a tool's rules and the days on which it is in force.
///
/// Updates: none, a change of a document is another version. Guarantees: every figure has a source and lies in its
/// range.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule<T> {
    title: String,
    number: Option<String>,
    effective_from: Marked<NaiveDate>,
    effective_until: Option<NaiveDate>,
    terms: T,
}

/// Days from the first on, until the day before the second.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// The first day.
    pub from: NaiveDate,
    /// The first day that is no longer of it; `None` while no end is known.
    pub until: Option<NaiveDate>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, bound = "T: DeserializeOwned")]
struct RawBook<T> {
    #[serde(default = "Vec::new")]
    rule: Vec<RawRule<T>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, bound = "T: DeserializeOwned")]
struct RawRule<T> {
    title: String,
    number: String,
    effective_from: Marked<NaiveDate>,
    effective_until: Option<NaiveDate>,
    terms: T,
}

/// The shipped file of a tool whose module has a `Terms`: its text, its types and its checked rules.
macro_rules! shipped {
    ($file:literal) => {
        /// The rules that are shipped, as a city would edit them.
        pub const RULES: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/rules/", $file));

        /// Versions of this tool's rules, earliest first.
        pub type Book = $crate::Book<Terms>;

        /// One version of them.
        pub type Rule = $crate::Rule<Terms>;

        static SHIPPED: std::sync::LazyLock<Result<Book, $crate::Error>> =
            std::sync::LazyLock::new(|| Book::from_toml(RULES));

        /// The shipped rules, read when they are first asked for.
        ///
        /// # Errors
        /// None while the shipped file is whole, which the tests show.
        pub fn book() -> Result<&'static Book, $crate::Error> {
            SHIPPED.as_ref().map_err(Clone::clone)
        }
    };
}

pub(crate) use shipped;

impl<T: Terms> Book<T> {
    /// Reads a rule file and checks it whole.
    ///
    /// # Errors
    /// [`Error::Unreadable`], [`Error::Empty`], [`Error::Days`], [`Error::Overlap`], [`Error::NoSource`],
    /// [`Error::OutOfRange`], or [`Error::Inconsistent`] where two figures contradict each other.
    pub fn from_toml(text: &str) -> Result<Self, Error> {
        let family = T::TOOL.code();
        let raw: RawBook<T> = toml::from_str(text).map_err(|source| Error::Unreadable { family, source })?;
        let rules = raw.rule.into_iter().map(Rule::checked).collect::<Result<Vec<Rule<T>>, Error>>()?;
        if rules.is_empty() {
            return Err(Error::Empty { family });
        }
        apart(family, "the rule", rules.iter().map(Rule::days))?;
        Ok(Self { rules })
    }

    /// The version in force on a day.
    ///
    /// # Errors
    /// [`Error::NoRule`] before the first version, in a gap between two, or after the last.
    pub fn rule_on(&self, day: NaiveDate) -> Result<&Rule<T>, Error> {
        let family = T::TOOL.code();
        let first = self.rules.first().ok_or(Error::Empty { family })?.effective_from.value;
        self.rules.iter().find(|r| r.days().holds(day)).ok_or(Error::NoRule { family, on: day, first })
    }

    /// The version with an id, in force or not.
    ///
    /// # Errors
    /// [`Error::NoVersion`] when this book has none with it.
    pub fn find(&self, id: VersionId) -> Result<&Rule<T>, Error> {
        self.rules.iter().find(|r| r.id() == id).ok_or(Error::NoVersion { id })
    }

    /// The versions, earliest first.
    pub fn rules(&self) -> &[Rule<T>] {
        &self.rules
    }
}

impl<T: Terms> Rule<T> {
    fn checked(raw: RawRule<T>) -> Result<Self, Error> {
        let RawRule { title, number, effective_from, effective_until, terms } = raw;
        let number = Some(number).filter(|n| !n.is_empty());
        let rule = Self { title, number, effective_from, effective_until, terms };
        let (family, from) = (T::TOOL.code(), rule.effective_from.value);
        let first_day = rule.effective_from.named("effective_from");
        for figure in std::iter::once(first_day).chain(rule.terms.figures()) {
            let what = figure.name;
            if figure.source.trim().is_empty() {
                return Err(Error::NoSource { family, from, what });
            }
            if let Some((value, range)) = figure.out_of_range() {
                let (lo, hi) = (*range.start(), *range.end());
                return Err(Error::OutOfRange { family, from, what, value, lo, hi });
            }
        }
        rule.days().within(family, "the rule", rule.days())?;
        rule.terms.check(rule.days())?;
        Ok(rule)
    }

    /// What a stored event keeps of this version.
    pub fn id(&self) -> VersionId {
        VersionId { tool: T::TOOL, from: self.effective_from.value }
    }

    /// Every figure under its key in the rule file.
    pub fn figures(&self) -> Vec<Named<'_>> {
        self.terms.figures()
    }

    /// The days on which it is in force.
    pub fn days(&self) -> Span {
        Span { from: self.effective_from.value, until: self.effective_until }
    }
}

impl<T> Rule<T> {
    /// Title of the document.
    pub fn title(&self) -> &str {
        &self.title
    }

    /// Number of the document; `None` where it is not known.
    pub fn number(&self) -> Option<&str> {
        self.number.as_deref()
    }

    /// Title and number, for people.
    pub fn document(&self) -> String {
        match &self.number {
            Some(number) => format!("{}（{number}）", self.title),
            None => self.title.clone(),
        }
    }

    /// First day in force.
    pub fn effective_from(&self) -> &Marked<NaiveDate> {
        &self.effective_from
    }

    /// First day no longer in force; `None` while no end is known.
    pub fn effective_until(&self) -> Option<NaiveDate> {
        self.effective_until
    }

    /// Its parameters.
    pub fn terms(&self) -> &T {
        &self.terms
    }
}

impl Span {
    /// Whether a day is of it.
    pub fn holds(self, day: NaiveDate) -> bool {
        self.from <= day && self.until.is_none_or(|until| day < until)
    }

    /// Not empty, and within the days of a rule. What has no end lasts as long as its rule.
    pub(crate) fn within(self, family: &'static str, what: &'static str, rule: Self) -> Result<(), Error> {
        let last = self.until.or(rule.until);
        let inside = rule.from <= self.from && rule.until.is_none_or(|end| last.is_some_and(|last| last <= end));
        match inside && last.is_none_or(|last| self.from < last) {
            true => Ok(()),
            false => Err(Error::Days { family, from: rule.from, what, begins: self.from, ends: self.until }),
        }
    }
}

/// Earliest first and no two on one day.
pub(crate) fn apart(
    family: &'static str,
    what: &'static str,
    days: impl Iterator<Item = Span> + Clone,
) -> Result<(), Error> {
    for (first, second) in days.clone().zip(days.skip(1)) {
        if first.until.is_none_or(|ends| second.from < ends) {
            return Err(Error::Overlap { family, what, first: first.from, second: second.from });
        }
    }
    Ok(())
}
