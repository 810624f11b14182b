use crate::house::{code, is_refused, on, told};
use crate::office::Office;
use api::ledger::v1::*;
use tonic::Code;

pub async fn a_bridge_loan_lives_from_its_application_to_its_fee(place: &Office) {
    let server = place.start_with_ledger().await;
    let (a, b, bureau) = (server.client("bank-a").await, server.client("bank-b").await, server.client("bureau").await);
    let district = server.client("district-500103").await;
    let into = |amount_fen| {
        told!(PayIntoFundRequest "b" "2020-04-20" {
        maker: "m".into(), fund: Fund::Bridge.into(), amount_fen: amount_fen })
    };
    let same = PayIntoFundRequest { maker: "b".into(), ..into(50_000_000) };
    is_refused(bureau.call(same).await, Code::FailedPrecondition, "SAME_PERSON", &["did=maker"]);
    bureau.call(into(50_000_000)).await.unwrap();
    let asked = BridgeLoanApplication {
        enterprise_id: code(1).as_str().to_owned(),
        district: "500103".into(),
        borrower_kind: BridgeBorrowerKind::Sme.into(),
        amount_fen: 100_000_000,
        old_loan_no: String::new(),
        old_loan_fen: 100_000_000,
        working_days: 5,
    };
    let apply = told!(ApplyForBridgeLoanRequest "li" "2020-04-20" {
        bridge_no: "T1".into(), application: Some(asked.clone()) });
    a.call(apply).await.unwrap();
    let release = |person: &str| {
        let asked =
            told!(ReleaseBridgeLoanRequest "b" "2020-04-30" { bank_id: "bank-a".into(), bridge_no: "T1".into() });
        ReleaseBridgeLoanRequest { person: person.into(), ..asked }
    };
    let says = ["rule=br.commitment", "value=false", "allowed=true", "mark=illustrative", "unit=flag"];
    is_refused(bureau.call(release("b")).await, Code::FailedPrecondition, "RULES_NOT_MET", &says);
    let commit = told!(CommitToRenewRequest "li" "2020-04-29" { bridge_no: "T1".into() });
    is_refused(b.call(commit.clone()).await, Code::NotFound, "NOT_FOUND", &[]);
    a.call(commit).await.unwrap();
    is_refused(bureau.call(release("li")).await, Code::FailedPrecondition, "SAME_PERSON", &["did=maker"]);
    let says = ["fund=bridge", "value=100000000", "allowed=50000000"];
    is_refused(bureau.call(release("b")).await, Code::FailedPrecondition, "FUND_SHORT", &says);
    bureau.call(into(60_000_000)).await.unwrap();
    is_refused(a.call(release("b")).await, Code::PermissionDenied, "ROLE_NOT_ALLOWED", &[]);
    district.call(release("d")).await.unwrap();
    let out = told!(TakeOutOfFundRequest "b" "2020-04-30" {
        maker: "m".into(), fund: Fund::Bridge.into(), amount_fen: 10_000_001 });
    is_refused(bureau.call(out).await, Code::FailedPrecondition, "FUND_SHORT", &["allowed=10000000"]);
    a.call(told!(RepayOldLoanRequest "li" "2020-04-30" { bridge_no: "T1".into() })).await.unwrap();
    a.call(told!(GrantNewLoanRequest "li" "2020-05-08" { bridge_no: "T1".into() })).await.unwrap();
    let of = || ("bank-a".to_owned(), "T1".to_owned());
    let (bank_id, bridge_no) = of();
    let note = told!(NoteBridgeLoanOverdueRequest "b" "2020-05-09" {
        bank_id: bank_id.clone(), bridge_no: bridge_no.clone() });
    is_refused(bureau.call(note).await, Code::InvalidArgument, "INVALID_REQUEST", &["effective_on", "lo=2020-05-26"]);
    let back = |amount_fen| {
        told!(ReturnBridgeLoanRequest "b" "2020-05-11" {
        bank_id: bank_id.clone(), bridge_no: bridge_no.clone(), amount_fen: amount_fen })
    };
    let says = ["amount_fen", "value=99999999", "allowed=100000000"];
    is_refused(bureau.call(back(99_999_999)).await, Code::InvalidArgument, "INVALID_REQUEST", &says);
    bureau.call(back(100_000_000)).await.unwrap();
    let fee = |amount_fen| {
        told!(ChargeBridgeLoanFeeRequest "b" "2020-05-11" {
        bank_id: bank_id.clone(), bridge_no: bridge_no.clone(), amount_fen: amount_fen })
    };
    is_refused(bureau.call(fee(0)).await, Code::InvalidArgument, "INVALID_REQUEST", &["amount_fen", "allowed=50000"]);
    bureau.call(fee(50_000)).await.unwrap();

    let found = a.call(GetBridgeLoanRequest { bridge_no: "T1".into(), ..Default::default() }).await.unwrap();
    let found = found.bridge_loan.unwrap();
    assert_eq!((found.state(), found.application, found.committed), (BridgeLoanState::Settled, Some(asked), true));
    assert_eq!(
        (found.released_on, found.returned_on, found.fee_fen),
        (on("2020-04-30"), on("2020-05-11"), Some(50_000))
    );
    assert_eq!(district.call(ListBridgeLoansRequest::default()).await.unwrap().bridge_loans.len(), 1);
    assert_eq!(b.call(ListBridgeLoansRequest::default()).await.unwrap().bridge_loans.len(), 0);
    let cash = bureau.call(GetFundRequest { fund: Fund::Bridge.into() }).await.unwrap();
    assert_eq!(cash.cash_fen, 110_050_000);
    server.stop().await;
}
