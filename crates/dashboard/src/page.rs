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
    Bulletin = "bulletin", "月报", "Bulletin";
    LoanList = "loan-list", "贷款清单", "List of loans";
    Loan = "loan", "贷款", "Loan";
    Enterprise = "enterprise", "企业", "Enterprise";
}

impl Page {
    /// Whether it stands among the sections; others are reached from those.
    pub(crate) fn is_section(self) -> bool {
        !matches!(self, Self::LoanList | Self::Loan)
    }

    /// Whether it shows single enterprises: each look at it is a line of the audit.
    pub(crate) fn names_enterprises(self) -> bool {
        matches!(self, Self::LoanList | Self::Loan | Self::Enterprise)
    }

    /// Whether its rows can be made by another dimension.
    pub(crate) fn is_grouped(self) -> bool {
        !matches!(self, Self::Overview | Self::Targets | Self::Banks | Self::Bulletin | Self::Risk)
            && !self.names_enterprises()
    }

    pub(crate) fn path(self) -> String {
        use policy::Code;
        format!("/{}", self.code())
    }

    pub(crate) fn is_for(self, role: Role) -> bool {
        role.sees_figures()
    }
}
