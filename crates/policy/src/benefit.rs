//! One generic policy benefit for the tools whose official rates are not public: 贷款贴息, 票据贴现, 新办鼓励类财政扶持.
//!
//! # Source
//! The notice of 2018-06-25 names them; it states no rate, and none is invented here.

#[cfg(test)]
mod tests;

use crate::book::{self, shipped};
use crate::code::codes;
use crate::figure::{Figure, Named};
use crate::finding::{Look, Relation, RuleId, Verdict};
use crate::{Marked, Tool};
use chrono::NaiveDate;
use primitives::Fen;
use serde::Deserialize;

shipped! { "benefit.toml" }

codes! {
    /// A tool that enters as a generic benefit.
    Kind, "benefit tool";
    InterestSubsidy = "interest_subsidy", "贷款贴息", "loan interest subsidy";
    BillDiscount = "bill_discount", "票据贴现", "bill discount";
    NewEncouragedEnterprise = "new_encouraged_enterprise", "新办鼓励类财政扶持", "fiscal support for newly established encouraged enterprises";
}

/// What a version sets.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Terms {
    /// The tools.
    pub tools: Marked<Vec<Kind>>,
    /// Whether a benefit names the document that it rests on.
    pub document_required: Marked<bool>,
    /// Whether maker and checker must be two persons.
    pub two_persons_required: Marked<bool>,
}

/// A benefit to be entered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    /// The tool.
    pub tool: Kind,
    /// The amount.
    pub amount: Fen,
    /// First day of its period.
    pub from: NaiveDate,
    /// Last day of its period.
    pub to: NaiveDate,
    /// Title or number of the document that it rests on; empty where none is named.
    pub document: String,
    /// Who entered it.
    pub maker: String,
    /// Who checked it; empty where nobody has.
    pub checker: String,
}

impl book::Terms for Terms {
    const TOOL: Tool = Tool::Benefit;

    fn figures(&self) -> Vec<Named<'_>> {
        vec![
            self.tools.named("tools"),
            self.document_required.named("document_required"),
            self.two_persons_required.named("two_persons_required"),
        ]
    }
}

/// Whether a benefit may be entered under a version, rule by rule.
///
/// Names of persons are compared as they are, without the blanks around them. For an example see [`Verdict`].
pub fn eligibility(rule: &Rule, case: &Case) -> Verdict {
    let terms = rule.terms();
    let mut look = Look::under(rule);
    look.one_of(RuleId::BnTool, Some(case.tool), &terms.tools);
    look.compare_own(RuleId::BnAmount, case.amount, Relation::AtLeast, Fen::new(1));
    let period = (Figure::Date(case.from), None);
    look.at(RuleId::BnPeriod, Figure::Date(case.to), Relation::AtLeast, period, case.from <= case.to);
    if terms.document_required.value {
        look.met(RuleId::BnDocument, !case.document.trim().is_empty(), Some(terms.document_required.mark));
    }
    if terms.two_persons_required.value {
        let (maker, checker) = (case.maker.trim(), case.checker.trim());
        let two = !maker.is_empty() && !checker.is_empty() && maker != checker;
        look.met(RuleId::BnPersons, two, Some(terms.two_persons_required.mark));
    }
    look.done()
}
