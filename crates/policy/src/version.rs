//! Which version of which tool's rules: what a loan keeps of the rule that it was signed under.

use crate::code::codes;
use crate::{Code, Error};
use chrono::NaiveDate;
use std::fmt;
use std::str::FromStr;

codes! {
    /// What the rule book has rules for.
    Tool, "policy tool";
    CreditLine = "credit_line", "授信额度", "credit line";
    CommercialValueLoan = "commercial_value_loan", "商业价值信用贷款", "commercial-value credit loan";
    BridgeLoan = "bridge_loan", "转贷应急", "bridge loan";
    GuaranteeFee = "guarantee_fee", "担保费补贴", "guarantee-fee subsidy";
    RiskCompensation = "risk_compensation", "风险补偿", "risk compensation";
    Benefit = "benefit", "其他政策支持", "other policy benefit";
    InclusiveFinance = "inclusive_finance", "普惠小微口径", "inclusive small-micro loans";
    Targets = "targets", "培育计划目标", "targets of the cultivation plan";
}

/// A version of a tool's rules: `tool@first day in force`, such as `bridge_loan@2019-01-02`.
///
/// No two versions of a tool begin on one day, so the text finds its rule again (`Book::find`). It serialises as that
/// text.
///
/// # Examples
/// ```
/// use policy::{Tool, VersionId};
/// let id: VersionId = "bridge_loan@2019-01-02".parse()?;
/// assert_eq!(id.tool, Tool::BridgeLoan);
/// assert_eq!(id.to_string(), "bridge_loan@2019-01-02");
/// assert!("bridge_loan".parse::<VersionId>().is_err());
/// assert!("bridge_loan@2019-1-2".parse::<VersionId>().is_err());
/// # Ok::<(), policy::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VersionId {
    /// The tool.
    pub tool: Tool,
    /// The first day in force.
    pub from: NaiveDate,
}

impl fmt::Display for VersionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{}@{}", self.tool.code(), self.from))
    }
}

impl FromStr for VersionId {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let not_an_id = || Error::NotAVersion { found: text.to_owned() };
        let (tool, from) = text.split_once('@').ok_or_else(not_an_id)?;
        let id = Self { tool: tool.parse()?, from: from.parse().map_err(|_| not_an_id())? };
        // One text for one version: a day without its zeros is another text.
        if id.to_string() == text { Ok(id) } else { Err(not_an_id()) }
    }
}

impl serde::Serialize for VersionId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for VersionId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        crate::code::read(deserializer)
    }
}
