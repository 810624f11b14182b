//! Every method with the roles that may call it. What is not listed is not reached.

use crate::identity::Role;
use Role::{Auditor, Bank, Bureau, District, Guarantor, Operator, Platform};

/// A method of the contract.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Method {
    /// `/package.Service/Method`.
    pub(crate) path: &'static str,
    /// Who may call it.
    pub(crate) roles: &'static [Role],
    pub(crate) kind: Kind,
}

/// What bounds a call of a method.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// One message each way.
    Unary,
    /// A stream in at least one direction.
    Stream,
    /// Health and reflection: answered also under load, and watched for as long as the connection lives.
    Upkeep,
}

macro_rules! methods {
    ($($service:literal: $($method:ident $kind:ident $roles:expr;)*)*) => {
        [$($(Method {
            path: concat!("/", $service, "/", stringify!($method)),
            roles: &$roles,
            kind: Kind::$kind,
        },)*)*]
    };
}

/// In the order of `proto/`.
pub(crate) static METHODS: [Method; 88] = methods! {
    "shangzhi.rating.v1.RatingService":
        Assess Unary [Bank];
        WhatIf Unary [Bank];
        AssessBatch Stream [Bank];
        Explain Unary [Bank, Auditor];
        GetRating Unary [Bank, Auditor];
        ListRatings Unary [Bank, Auditor];
        Replay Unary [Bank, Auditor];
        ReportDecision Unary [Bank];
        ListCorrections Unary [Bank];
    "shangzhi.rating.v1.ConsentService":
        GrantConsent Unary [Platform, Bank];
        RevokeConsent Unary [Platform, Bank];
        ListConsents Unary [Platform, Auditor, Bank];
    "shangzhi.rating.v1.ModelService":
        ListModels Unary Role::ALL;
        GetModel Unary Role::ALL;
        ActivateModel Unary [Operator];
    "shangzhi.rating.v1.SubjectService":
        ListOwnRatings Unary [Platform];
        ListOwnSources Unary [Platform];
        ListInquiries Unary [Platform];
        OpenObjection Unary [Platform];
        ResolveObjection Unary [Bureau];
        ListObjections Unary [Platform, Bureau, Auditor];
    "shangzhi.ledger.v1.LoanService":
        ApplyForLoan Unary [Bank, Platform, Bureau];
        CompleteDocuments Unary [Bank, Platform, Bureau];
        DeclineLoan Unary [Bank, Platform, Bureau];
        WithdrawLoan Unary [Bank, Platform, Bureau];
        GrantLoan Unary [Bank, Platform, Bureau];
        DisburseLoan Unary [Bank, Platform, Bureau];
        ScheduleLoan Unary [Bank, Platform, Bureau];
        RepayLoan Unary [Bank, Platform, Bureau];
        RenewLoan Unary [Bank, Platform, Bureau];
        WriteOffLoan Unary [Bank, Platform, Bureau];
        RecoverLoan Unary [Bank, Platform, Bureau];
        ReportLoanStatus Unary [Bank, Platform, Bureau];
        CloseLoan Unary [Bank, Platform, Bureau];
        GetLoan Unary [Bank, District, Bureau, Auditor];
        ListLoans Unary [Bank, District, Bureau, Auditor];
        GetAvailableCap Unary [Bank, Bureau, Auditor];
        ReportLoanEvents Stream [Bank, Platform, Bureau];
    "shangzhi.ledger.v1.GuaranteeService":
        IssueGuarantee Unary [Guarantor, Platform, Bureau];
        ReleaseGuarantee Unary [Guarantor, Platform, Bureau];
        GetGuarantee Unary [Guarantor, District, Bureau, Auditor];
        ListGuarantees Unary [Guarantor, District, Bureau, Auditor];
        ClaimSubsidy Unary [Guarantor, Platform];
        ApproveSubsidy Unary [District, Bureau];
        PaySubsidy Unary [District, Bureau];
        ClawBackSubsidy Unary [District, Bureau];
        GetSubsidy Unary [Guarantor, District, Bureau, Auditor];
        ListSubsidies Unary [Guarantor, District, Bureau, Auditor];
    "shangzhi.ledger.v1.BridgeLoanService":
        ApplyForBridgeLoan Unary [Bank, District, Platform, Bureau];
        CommitToRenew Unary [Bank, Platform, Bureau];
        ReleaseBridgeLoan Unary [District, Platform, Bureau];
        RepayOldLoan Unary [Bank, Platform, Bureau];
        GrantNewLoan Unary [Bank, Platform, Bureau];
        ReturnBridgeLoan Unary [District, Platform, Bureau];
        NoteBridgeLoanOverdue Unary [District, Platform, Bureau];
        ChargeBridgeLoanFee Unary [District, Platform, Bureau];
        GetBridgeLoan Unary [Bank, District, Bureau, Auditor];
        ListBridgeLoans Unary [Bank, District, Bureau, Auditor];
    "shangzhi.ledger.v1.CompensationService":
        ClaimCompensation Unary [Bank, Platform];
        FirstReviewClaim Unary [District, Platform, Bureau];
        SecondReviewClaim Unary [Bureau];
        PayClaim Unary [Bureau];
        RecoverClaim Unary [Bank, Bureau];
        ClawBackClaim Unary [Bureau];
        GetClaim Unary [Bank, District, Bureau, Auditor];
        ListClaims Unary [Bank, District, Bureau, Auditor];
        GetQuota Unary [Bank, Bureau, Auditor];
    "shangzhi.ledger.v1.BenefitService":
        ProposeBenefit Unary [District, Platform, Bureau];
        ApproveBenefit Unary [District, Bureau];
        PayBenefit Unary [District, Bureau];
        ReturnBenefit Unary [District, Bureau];
        GetBenefit Unary [District, Bureau, Auditor];
        ListBenefits Unary [District, Bureau, Auditor];
        ReportIndicator Unary [District, Platform, Bureau];
        ListIndicators Unary [District, Bureau, Auditor];
    "shangzhi.ledger.v1.LedgerService":
        ReverseEntry Unary [Bank, Guarantor, District, Platform, Bureau];
        PayIntoFund Unary [Bureau];
        TakeOutOfFund Unary [Bureau];
        GetFund Unary [Bureau, Auditor];
        CloseMonth Unary [Bureau];
        ReopenMonth Unary [Bureau];
        GetClosedMonth Unary [Bureau, Auditor];
    "shangzhi.ledger.v1.TotalsService":
        GetTotals Unary [Bank, District, Bureau, Auditor];
        GetFigures Unary [Bank, District, Bureau, Auditor];
    "grpc.health.v1.Health":
        Check Upkeep Role::ALL;
        Watch Upkeep Role::ALL;
    "grpc.reflection.v1.ServerReflection":
        ServerReflectionInfo Upkeep Role::ALL;
    "grpc.reflection.v1alpha.ServerReflection":
        ServerReflectionInfo Upkeep Role::ALL;
};

/// The method of a path.
pub(crate) fn find(path: &str) -> Option<&'static Method> {
    // Comparisons of texts, of which the lengths decide most.
    METHODS.iter().find(|m| m.path == path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use prost::Message as _;
    use prost_types::{FileDescriptorProto, FileDescriptorSet};
    use std::collections::BTreeSet;

    fn contract() -> Vec<FileDescriptorProto> {
        let all = FileDescriptorSet::decode(api::DESCRIPTORS).expect("descriptors of this build").file;
        all.into_iter().filter(|f| f.package().starts_with("shangzhi.")).collect()
    }

    #[test]
    fn every_method_of_the_contract_is_listed_once_and_nothing_else() {
        let mut expect = Vec::new();
        for file in contract() {
            for service in &file.service {
                for method in &service.method {
                    let streams = method.client_streaming() || method.server_streaming();
                    let path = format!("/{}.{}/{}", file.package(), service.name(), method.name());
                    expect.push((path, if streams { Kind::Stream } else { Kind::Unary }));
                }
            }
        }
        let mut listed: Vec<_> =
            METHODS.iter().filter(|m| m.kind != Kind::Upkeep).map(|m| (m.path.to_owned(), m.kind)).collect();
        expect.sort_by(|a, b| a.0.cmp(&b.0));
        listed.sort_by(|a, b| a.0.cmp(&b.0));
        assert_eq!(listed, expect);
        assert_eq!(expect.len(), 84);
    }

    #[test]
    fn the_roles_are_those_of_the_comments() {
        for file in contract() {
            let info = file.source_code_info.as_ref().expect("comments");
            for (s, service) in file.service.iter().enumerate() {
                for (m, method) in service.method.iter().enumerate() {
                    // 6: services of a file, 2: methods of a service.
                    let at = [6, s as i32, 2, m as i32];
                    let comment = info.location.iter().find(|l| l.path == at).expect("a comment").leading_comments();
                    let said = comment.split_once("Role").expect("roles").1;
                    let (said, _) = said.trim_start_matches(['s', ':', ' ']).split_once('.').expect("a sentence");
                    let mut expect: BTreeSet<&str> =
                        Role::ALL.iter().map(|r| r.name()).filter(|name| said.contains(name)).collect();
                    if expect.is_empty() {
                        assert_eq!(said, "all", "{}", method.name());
                        expect = Role::ALL.iter().map(|r| r.name()).collect();
                    }
                    let path = format!("/{}.{}/{}", file.package(), service.name(), method.name());
                    let listed = find(&path).expect("listed").roles.iter().map(|r| r.name()).collect();
                    assert_eq!(expect, listed, "{path}: {said}");
                }
            }
        }
    }

    #[test]
    fn a_path_is_found_only_whole() {
        assert_eq!(find("/shangzhi.rating.v1.RatingService/Assess").map(|m| m.kind), Some(Kind::Unary));
        for path in ["", "/", "/shangzhi.rating.v1.RatingService/assess", "/shangzhi.rating.v1.RatingService/Assess/"] {
            assert_eq!(find(path), None, "{path}");
        }
    }
}
