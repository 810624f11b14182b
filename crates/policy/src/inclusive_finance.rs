//! Inclusive small-micro loans (普惠小微) by authority: the credit line (授信) of the borrower is tested, not the loan.
//!
//! # Source
//! Statistics of the People's Bank of China and of the banking regulator (CBIRC, then NFRA); their boundaries and
//! populations differ, so both are kept.

#[cfg(test)]
mod tests;

use crate::book::{self, Span, shipped};
use crate::code::codes;
use crate::figure::Named;
use crate::finding::{Look, Relation, RuleId, Verdict};
use crate::party::{Borrower, Size};
use crate::{Code, Error, Marked, Tool};
use primitives::Fen;
use serde::Deserialize;

shipped! { "inclusive_finance.toml" }

codes! {
    /// Who defines it.
    Authority, "authority";
    Pboc = "pboc", "人民银行", "People's Bank of China";
    Nfra = "nfra", "金融监管总局（原银保监会）", "National Financial Regulatory Administration (once CBIRC)";
}

/// What a version sets: one definition for each authority.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Terms {
    definition: Vec<Definition>,
}

/// What an authority counts.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Definition {
    /// The authority.
    pub authority: Authority,
    /// The bound of the credit line.
    pub credit_line: Marked<Fen>,
    /// Whether a line of just that amount counts.
    pub line_itself_counts: Marked<bool>,
    /// Sizes of enterprises that count.
    pub sizes: Marked<Vec<Size>>,
    /// Kinds of borrowers that count.
    pub borrowers: Marked<Vec<Borrower>>,
    /// Whether loans of individual businesses and owners must be for business.
    pub business_only: Marked<bool>,
}

/// A borrower with a loan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Case {
    /// Kind of borrower.
    pub borrower: Borrower,
    /// Size of an enterprise; `None` where it is not certain.
    pub size: Option<Size>,
    /// The credit line of the borrower, all loans together; `None` where it is not known.
    pub credit_line: Option<Fen>,
    /// Whether the loan is for business.
    pub for_business: bool,
}

impl book::Terms for Terms {
    const TOOL: Tool = Tool::InclusiveFinance;

    fn figures(&self) -> Vec<Named<'_>> {
        self.definition.iter().flat_map(Definition::figures).collect()
    }

    fn check(&self, rule: Span) -> Result<(), Error> {
        let twice = |a: &&Authority| self.definition.iter().filter(|d| d.authority == **a).count() != 1;
        match Authority::ALL.iter().find(twice) {
            None => Ok(()),
            Some(authority) => {
                let what = format!("{authority} has not one definition");
                Err(Error::Inconsistent { family: Self::TOOL.code(), from: rule.from, what })
            }
        }
    }
}

impl Definition {
    fn figures(&self) -> [Named<'_>; 5] {
        [
            self.credit_line.named("credit_line"),
            self.line_itself_counts.named("line_itself_counts"),
            self.sizes.named("sizes"),
            self.borrowers.named("borrowers"),
            self.business_only.named("business_only"),
        ]
    }
}

impl Terms {
    /// The definition of an authority.
    ///
    /// # Panics
    /// Where the terms were not read by [`Book::from_toml`], which refuses a file that does not have one for each
    /// authority.
    pub fn definition(&self, authority: Authority) -> &Definition {
        self.definition
            .iter()
            .find(|d| d.authority == authority)
            .expect("a rule is read with each authority's definition")
    }
}

/// Whether a loan counts as inclusive small-micro for an authority, rule by rule.
///
/// A line that is not known does not count: the total says how many were left out for that.
///
/// # Examples
/// ```
/// use policy::inclusive_finance::{Authority, Case, book, classify};
/// use policy::{Borrower, Size};
/// use primitives::Fen;
/// let rule = book()?.rule_on("2024-05-06".parse().unwrap())?;
/// let credit_line = Fen::from_yuan(10_000_000);
/// let case = Case { borrower: Borrower::Enterprise, size: Some(Size::Small), credit_line, for_business: true };
/// // Just 10,000,000 yuan: below for the one, at most for the other.
/// assert!(!classify(rule, Authority::Pboc, &case).passed());
/// assert!(classify(rule, Authority::Nfra, &case).passed());
/// # Ok::<(), policy::Error>(())
/// ```
pub fn classify(rule: &Rule, authority: Authority, case: &Case) -> Verdict {
    let definition = rule.terms().definition(authority);
    let mut look = Look::under(rule);
    look.one_of(RuleId::IfPopulation, Some(case.borrower), &definition.borrowers);
    if case.borrower == Borrower::Enterprise {
        look.one_of(RuleId::IfPopulation, case.size, &definition.sizes);
    } else if definition.business_only.value {
        look.met(RuleId::IfPurpose, case.for_business, Some(definition.business_only.mark));
    }
    let relation = if definition.line_itself_counts.value { Relation::AtMost } else { Relation::Below };
    look.compare(RuleId::IfCreditLine, case.credit_line, relation, &definition.credit_line);
    look.done()
}
