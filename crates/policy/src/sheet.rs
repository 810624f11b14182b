//! Every figure of a version on a page, for people and for stored events that name it.

use crate::book::{Book, Rule, Terms};
use crate::figure::{Figure, Lang, Word};
use crate::{Error, Mark, Tool, VersionId};
use crate::{
    benefit, bridge_loan, commercial_value_loan, credit_line, guarantee_fee, inclusive_finance, risk_compensation,
    targets,
};
use chrono::NaiveDate;

/// A version of a tool's rules, whatever the tool, with all its figures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sheet {
    /// The version.
    pub version: VersionId,
    /// Title and number of its document.
    pub document: String,
    /// First day in force and its mark.
    pub effective_from: (NaiveDate, Mark),
    /// First day no longer in force; `None` while no end is known.
    pub effective_until: Option<NaiveDate>,
    /// Its figures in the order of the tool.
    pub lines: Vec<Line>,
}

/// A figure of a version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Its key in the rule file.
    pub name: &'static str,
    /// The figure.
    pub figure: Figure,
    /// How far it may be relied on.
    pub mark: Mark,
    /// Where it comes from.
    pub source: String,
}

/// The shipped version with an id, in force or not: a stored event finds the rule that it was made under.
///
/// # Errors
/// [`Error::NoVersion`].
///
/// # Examples
/// ```
/// let sheet = policy::sheet("bridge_loan@2020-04-01".parse()?)?;
/// assert!(sheet.text(policy::Lang::En).contains("fee_per_working_day: 0.01%\n"));
/// assert!(policy::sheet("bridge_loan@2020-04-02".parse()?).unwrap_err().is_not_found());
/// # Ok::<(), policy::Error>(())
/// ```
pub fn sheet(id: VersionId) -> Result<Sheet, Error> {
    let sheets = sheets(id.tool)?;
    sheets.into_iter().find(|s| s.version == id).ok_or(Error::NoVersion { id })
}

/// The shipped versions of a tool, earliest first.
///
/// # Errors
/// None while the shipped files are whole, which the tests show.
pub fn sheets(tool: Tool) -> Result<Vec<Sheet>, Error> {
    Ok(match tool {
        Tool::CreditLine => all(credit_line::book()?),
        Tool::CommercialValueLoan => all(commercial_value_loan::book()?),
        Tool::BridgeLoan => all(bridge_loan::book()?),
        Tool::GuaranteeFee => all(guarantee_fee::book()?),
        Tool::RiskCompensation => all(risk_compensation::book()?),
        Tool::Benefit => all(benefit::book()?),
        Tool::InclusiveFinance => all(inclusive_finance::book()?),
        Tool::Targets => all(targets::book()?),
    })
}

fn all<T: Terms>(book: &Book<T>) -> Vec<Sheet> {
    book.rules().iter().map(Sheet::of).collect()
}

impl Sheet {
    /// The page of a version, of a book of one's own too.
    pub fn of<T: Terms>(rule: &Rule<T>) -> Self {
        let line =
            |n: crate::Named<'_>| Line { name: n.name, figure: n.figure, mark: n.mark, source: n.source.to_owned() };
        let from = rule.effective_from();
        Self {
            version: rule.id(),
            document: rule.document(),
            effective_from: (from.value, from.mark),
            effective_until: rule.effective_until(),
            lines: rule.figures().into_iter().map(line).collect(),
        }
    }

    /// The page as text: a line for the version, its document and days, then one for each figure with its label and
    /// source.
    pub fn text(&self, lang: Lang) -> String {
        let (day, mark) = self.effective_from;
        let from = mark.label(&day.to_string(), lang);
        let until = self.effective_until.map(|d| d.to_string());
        let days = match (lang, until) {
            (Lang::Zh, Some(until)) => format!("{from} 起，至 {until} 前"),
            (Lang::Zh, None) => format!("{from} 起"),
            (Lang::En, Some(until)) => format!("from {from}, before {until}"),
            (Lang::En, None) => format!("from {from}"),
        };
        let tool = Word::of(self.version.tool).text(lang);
        let mut text = format!("{} {tool} {} {days}\n", self.version, self.document);
        for line in &self.lines {
            text.push_str(&format!("{}: {}\n    {}\n", line.name, line.text(lang), line.source));
        }
        text
    }
}

impl Line {
    /// The value with the label of its mark.
    pub fn text(&self, lang: Lang) -> String {
        self.mark.label(&self.figure.text(lang), lang)
    }
}
