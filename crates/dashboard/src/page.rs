//! The pages: their addresses, names and who may see them.

use crate::role::Role;
use policy::codes;

codes! {
    /// A page.
    Page, "page";
    Overview = "overview", "总览", "Overview";
    Targets = "targets", "目标与进度", "Targets";
    Loans = "loans", "贷款", "Loans";
    Quality = "quality", "贷款质量", "Loan quality";
    Risk = "risk", "迁徙与违约", "Vintages and rolls";
    Banks = "banks", "银行", "Banks";
    Bridge = "bridge", "转贷应急", "Bridge loans";
    Subsidies = "subsidies", "担保费补贴", "Fee subsidies";
    Compensation = "compensation", "风险补偿", "Compensation";
    Benefits = "benefits", "其他政策支持", "Other benefits";
    Inclusive = "inclusive", "普惠小微", "Inclusive finance";
    Grades = "grades", "评级分布", "Rating distribution";
    Health = "health", "模型与数据健康", "Model and data health";
    Issues = "issues", "数据质量", "Data quality";
    Objections = "objections", "异议", "Objections";
    Imports = "imports", "文件导入", "Imports";
    Review = "review", "待办与复核", "To be checked";
    Bulletin = "bulletin", "月报", "Bulletin";
    LoanList = "loan-list", "贷款清单", "List of loans";
    Loan = "loan", "贷款", "Loan";
    Enterprise = "enterprise", "企业", "Enterprise";
    Case = "case", "办理经过", "Case";
}

/// The sections by the last part of their addresses, in the order in which pages list them.
///
/// # Examples
/// ```
/// assert_eq!(dashboard::sections().next(), Some("overview"));
/// assert!(dashboard::sections().any(|section| section == "review"));
/// ```
pub fn sections() -> impl Iterator<Item = &'static str> {
    use policy::Code;
    Page::ALL.iter().filter(|page| page.is_section()).map(|page| page.code())
}

/// What is kept beside the ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kept {
    Objections,
    Imports,
    Drafts,
}

impl Page {
    /// Whether it stands among the sections; others are reached from those.
    pub(crate) fn is_section(self) -> bool {
        !matches!(self, Self::LoanList | Self::Loan | Self::Case)
    }

    /// Whether it shows single enterprises: each look at it is a line of the audit.
    pub(crate) fn names_enterprises(self) -> bool {
        matches!(self, Self::LoanList | Self::Loan | Self::Enterprise | Self::Review | Self::Case)
    }

    /// Whether its rows can be made by another dimension.
    pub(crate) fn is_grouped(self) -> bool {
        use Page::{Benefits, Bridge, Compensation, Grades, Inclusive, Loans, Quality, Subsidies};
        matches!(self, Loans | Quality | Bridge | Subsidies | Compensation | Benefits | Inclusive | Grades)
    }

    /// Whether its rows are of the store beside the ledger, and which.
    pub(crate) fn kept(self) -> Option<Kept> {
        match self {
            Self::Objections => Some(Kept::Objections),
            Self::Imports | Self::Issues => Some(Kept::Imports),
            Self::Review | Self::Case => Some(Kept::Drafts),
            _ => None,
        }
    }

    pub(crate) fn path(self) -> String {
        use policy::Code;
        format!("/{}", self.code())
    }

    pub(crate) fn is_for(self, role: Role) -> bool {
        // A file has rows of all districts.
        role.sees_figures() && (self != Self::Imports || role.sees_files())
    }
}
