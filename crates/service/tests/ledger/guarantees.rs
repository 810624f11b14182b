use crate::house::{application, code, complete, is_refused, on, told};
use crate::office::Office;
use api::client::Client;
use api::ledger::v1::*;
use tonic::Code;

fn terms(enterprise: u32) -> GuaranteeTerms {
    GuaranteeTerms {
        bank_id: "bank-a".into(),
        loan_no: "L1".into(),
        enterprise_id: code(enterprise).as_str().to_owned(),
        amount_fen: 100_000_000,
        fee_rate_ppm: 10_000,
        starts_on: on("2022-01-01"),
        ends_on: on("2022-12-31"),
        batch: false,
    }
}

fn claim(from: &str, to: &str, amount_fen: i64) -> Option<SubsidyClaim> {
    Some(SubsidyClaim { guarantee_no: "G1".into(), starts_on: on(from), ends_on: on(to), amount_fen })
}

async fn issued(bank: &Client, guarantor: &Client) {
    complete(bank, "L1", "2022-01-04", application(LoanScheme::Guaranteed, 1)).await;
    let issue = told!(IssueGuaranteeRequest "g" "2022-01-04" { guarantee_no: "G1".into(), terms: Some(terms(1)) });
    guarantor.call(issue).await.unwrap();
}

pub async fn a_subsidy_lives_from_its_claim_to_its_clawback(place: &Office) {
    let server = place.start_with_ledger().await;
    let (a, g, bureau) =
        (server.client("bank-a").await, server.client("guarantor-a").await, server.client("bureau").await);
    complete(&a, "L0", "2022-01-04", application(LoanScheme::Ordinary, 1)).await;
    // To a guarantor that does not know whose loan it is, it is not there.
    let issue = |number: &str, of: GuaranteeTerms| told!(IssueGuaranteeRequest "g" "2022-01-04" { guarantee_no: number.into(), terms: Some(of) });
    let unknown = g.call(issue("G1", GuaranteeTerms { loan_no: "L0".into(), ..terms(2) })).await.unwrap_err();
    let none = g.call(issue("G1", GuaranteeTerms { loan_no: "L9".into(), ..terms(2) })).await.unwrap_err();
    assert_eq!((unknown.code(), unknown.message()), (Code::NotFound, none.message()));
    assert_eq!(unknown.details(), none.details());
    let backwards = GuaranteeTerms { ends_on: on("2021-12-31"), loan_no: "L0".into(), ..terms(1) };
    is_refused(g.call(issue("G1", backwards)).await, Code::InvalidArgument, "INVALID_REQUEST", &["terms.ends_on"]);
    issued(&a, &g).await;

    let subsidy = told!(ClaimSubsidyRequest "g" "2022-05-20" {
        subsidy_no: "S1".into(), claim: claim("2022-01-01", "2022-12-31", 1_300_000) });
    g.call(subsidy).await.unwrap();
    let no = |id: &str| (id.to_owned(), "S1".to_owned());
    let (guarantor_id, subsidy_no) = no("guarantor-a");
    let approve = told!(ApproveSubsidyRequest "b" "2022-06-01" {
        guarantor_id: guarantor_id.clone(), subsidy_no: subsidy_no.clone() });
    is_refused(g.call(approve.clone()).await, Code::PermissionDenied, "ROLE_NOT_ALLOWED", &[]);
    let by_maker = ApproveSubsidyRequest { person: "g".into(), ..approve.clone() };
    is_refused(bureau.call(by_maker).await, Code::FailedPrecondition, "SAME_PERSON", &["did=maker"]);
    server.client("district-500103").await.call(approve).await.unwrap();
    let pay = told!(PaySubsidyRequest "c" "2022-06-02" {
        guarantor_id: guarantor_id.clone(), subsidy_no: subsidy_no.clone() });
    bureau.call(pay).await.unwrap();
    let back = |amount_fen, maker: &str| {
        told!(ClawBackSubsidyRequest "c" "2022-07-05" {
        guarantor_id: guarantor_id.clone(), subsidy_no: subsidy_no.clone(), maker: maker.into(),
        amount_fen: amount_fen, reason: ClawbackReason::EarlyEnd.into() })
    };
    is_refused(bureau.call(back(648_219, "m")).await, Code::FailedPrecondition, "DIFFERS", &[]);
    g.call(told!(ReleaseGuaranteeRequest "g" "2022-07-02" { guarantee_no: "G1".into() })).await.unwrap();
    let says = ["amount_fen", "value=650000", "allowed=648219"];
    is_refused(bureau.call(back(650_000, "m")).await, Code::InvalidArgument, "INVALID_REQUEST", &says);
    is_refused(bureau.call(back(648_219, "c")).await, Code::FailedPrecondition, "SAME_PERSON", &["did=maker"]);
    bureau.call(back(648_219, "m")).await.unwrap();

    let asked = GetSubsidyRequest { subsidy_no: "S1".into(), ..Default::default() };
    let found = g.call(asked).await.unwrap().subsidy.unwrap();
    assert_eq!((found.state(), found.clawed_back_fen), (SubsidyState::Paid, 648_219));
    assert_eq!((found.maker.as_str(), found.checker.as_str(), found.district.as_str()), ("g", "b", "500103"));
    assert_eq!((found.bank_id.as_str(), found.loan_no.as_str()), ("bank-a", "L1"));
    let asked = GetGuaranteeRequest { guarantee_no: "G1".into(), ..Default::default() };
    let found = g.call(asked).await.unwrap().guarantee.unwrap();
    assert_eq!((found.state(), found.released_on), (GuaranteeState::Released, on("2022-07-02")));
    assert_eq!(found.terms, Some(GuaranteeTerms { enterprise_id: String::new(), ..terms(1) }));
    let all = bureau.call(ListSubsidiesRequest::default()).await.unwrap();
    assert_eq!(all.subsidies.len(), 1);
    assert_eq!(bureau.call(ListGuaranteesRequest::default()).await.unwrap().guarantees.len(), 1);
    server.stop().await;
}

pub async fn no_day_is_subsidised_twice(place: &Office) {
    let server = place.start_with_ledger().await;
    let (a, g) = (server.client("bank-a").await, server.client("guarantor-a").await);
    issued(&a, &g).await;
    let claimed = |number: &str, from: &str, to: &str| told!(ClaimSubsidyRequest "g" "2022-05-20" { subsidy_no: number.into(), claim: claim(from, to, 500_000) });
    g.call(claimed("S1", "2022-01-01", "2022-06-30")).await.unwrap();
    let twice = g.call(claimed("S2", "2022-06-30", "2022-12-31")).await;
    let says = ["rule=gf.double", "value=2022-01-01/2022-06-30", "version=guarantee_fee@2022-05-17"];
    is_refused(twice, Code::FailedPrecondition, "RULES_NOT_MET", &says);
    g.call(claimed("S2", "2022-07-01", "2022-12-31")).await.unwrap();
    let too_much = ClaimSubsidyRequest {
        claim: claim("2022-07-01", "2022-12-31", 0),
        ..claimed("S3", "2022-07-01", "2022-12-31")
    };
    is_refused(g.call(too_much).await, Code::InvalidArgument, "INVALID_REQUEST", &["claim.amount_fen"]);
    server.stop().await;
}
