//! Targets of the cultivation plan by plan period, and which of its indicators enter as reported figures.
//!
//! # Source
//! 关于实施中小企业“万千百十”五年培育成长计划的通知, 2018-06-25.

#[cfg(test)]
mod tests;

use crate::book::{self, Span, shipped};
use crate::code::codes;
use crate::figure::Named;
use crate::{Code, Count, Error, Figure, Marked, Tool, Unit};
use primitives::Fen;
use serde::Deserialize;

shipped! { "targets.toml" }

/// Greatest target in yuan: ten thousand billion.
const AMOUNT_YUAN_MAX: i64 = 10_000_000_000_000;

codes! {
    /// Over which time a target is meant.
    Over, "time of a target";
    Period = "period", "计划期累计", "sum over the plan";
    Year = "year", "每年", "each year";
    Level = "level", "期末数", "level at the end of the plan";
}

codes! {
    /// What a target counts.
    Measure, "unit of a target";
    Yuan = "yuan", "元", "yuan";
    Enterprises = "enterprises", "户", "enterprises";
    Persons = "persons", "人次", "persons";
    Parks = "parks", "个", "parks";
    Bases = "bases", "个", "bases";
    Zones = "zones", "个", "zones";
}

/// What a plan sets.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Terms {
    target: Vec<Target>,
}

/// A target of a plan.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Target {
    /// The indicator, as reported figures and totals name it; it is the same in every plan.
    pub code: String,
    /// Chinese name.
    pub name_zh: String,
    /// English name.
    pub name_en: String,
    /// What is counted.
    pub unit: Measure,
    /// Over which time.
    pub over: Over,
    /// Whether it enters as a reported figure, because it has no system of its own.
    pub reported: bool,
    count: Option<Marked<Count>>,
    amount: Option<Marked<Fen>>,
}

impl book::Terms for Terms {
    const TOOL: Tool = Tool::Targets;

    fn figures(&self) -> Vec<Named<'_>> {
        self.target.iter().flat_map(Target::figures).collect()
    }

    fn check(&self, plan: Span) -> Result<(), Error> {
        for target in &self.target {
            let code = &target.code;
            let refuse = |what: &str| {
                let what = format!("target {code:?} {what}");
                Err(Error::Inconsistent { family: Self::TOOL.code(), from: plan.from, what })
            };
            let right = if target.unit == Measure::Yuan { target.amount.is_some() } else { target.count.is_some() };
            if !right || target.count.is_some() && target.amount.is_some() {
                return refuse("has not the one value of its unit: amount for yuan, else count");
            }
            if self.target.iter().filter(|t| t.code == *code).count() > 1 {
                return refuse("stands twice");
            }
            let lower = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
            if code.is_empty() || !code.chars().all(lower) {
                return refuse("is no code: allowed are a-z, 0-9 and _");
            }
        }
        Ok(())
    }
}

impl Target {
    fn figures(&self) -> Vec<Named<'_>> {
        let count = self.count.as_ref().map(|c| c.named("count"));
        let amount = self.amount.as_ref().map(|a| a.named("amount").within(1..=AMOUNT_YUAN_MAX));
        count.into_iter().chain(amount).collect()
    }

    /// The value that is aimed at: an amount in fen for yuan, else a count.
    pub fn value(&self) -> Marked<Figure> {
        let marked = |value, mark, source: &str| Marked { value, mark, source: source.to_owned() };
        match (&self.amount, &self.count) {
            (Some(a), _) => marked(a.value.figure(), a.mark, &a.source),
            (None, Some(c)) => marked(c.value.figure(), c.mark, &c.source),
            // A target is read with one of both.
            (None, None) => marked(Figure::Unknown, crate::Mark::Illustrative, "none"),
        }
    }
}

impl Terms {
    /// The targets in the order of the file.
    pub fn targets(&self) -> &[Target] {
        &self.target
    }

    /// The target of an indicator.
    pub fn target(&self, code: &str) -> Option<&Target> {
        self.target.iter().find(|t| t.code == code)
    }

    /// Indicators without a system of their own: they enter as indicator, district, period, value, source document,
    /// maker, checker.
    ///
    /// # Examples
    /// ```
    /// let plan = policy::targets::book()?.rule_on("2020-05-06".parse().unwrap())?;
    /// assert!(plan.terms().plan_indicators().any(|t| t.code == "reform_and_listing"));
    /// assert!(plan.terms().plan_indicators().all(|t| t.code != "new_financing"));
    /// # Ok::<(), policy::Error>(())
    /// ```
    pub fn plan_indicators(&self) -> impl Iterator<Item = &Target> {
        self.target.iter().filter(|t| t.reported)
    }
}
