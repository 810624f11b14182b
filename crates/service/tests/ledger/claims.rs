use crate::house::{is_refused, lent, on, told};
use crate::office::Office;
use api::ledger::v1::*;
use tonic::Code;

fn loss(loss_fen: i64) -> Option<ClaimedLoss> {
    Some(ClaimedLoss { loan_no: "L1".into(), loss_fen, recovery_started_on: on("2024-04-01"), fee_rate_ppm: None })
}

pub async fn a_claim_lives_from_its_loss_to_its_recovery(place: &Office) {
    let server = place.start_with_ledger().await;
    let (a, b, bureau) = (server.client("bank-a").await, server.client("bank-b").await, server.client("bureau").await);
    let district = server.client("district-500103").await;
    server.rated("R1", 1, "2024-01-08").await;
    lent(&a, "L1", "2024-01-08", 1, 200_000_000, "R1").await;
    let quota = a.call(GetQuotaRequest::default()).await.unwrap();
    assert_eq!((quota.bank_id.as_str(), quota.accrued_fen, quota.paid_fen), ("bank-a", 4_000_000, 0));
    assert_eq!((quota.balance_fen, quota.available_fen), (200_000_000, 4_000_000));
    assert_eq!(b.call(GetQuotaRequest::default()).await.unwrap().available_fen, 0);

    let claim = |number: &str, fen| {
        told!(ClaimCompensationRequest "li" "2024-07-01" {
        claim_no: number.into(), claimed: loss(fen) })
    };
    let mut early = claim("C1", 4_000_000);
    early.effective_on = on("2024-06-03");
    let says = ["rule=rc.recovery", "value=63", "allowed=90", "unit=days", "relation=at_least"];
    is_refused(a.call(early).await, Code::FailedPrecondition, "RULES_NOT_MET", &says);
    let says = ["claimed.loss_fen", "value=200000001", "hi=200000000"];
    is_refused(a.call(claim("C1", 200_000_001)).await, Code::InvalidArgument, "INVALID_REQUEST", &says);
    is_refused(b.call(claim("C1", 4_000_000)).await, Code::NotFound, "NOT_FOUND", &[]);
    a.call(claim("C1", 4_000_000)).await.unwrap();

    let of = ("bank-a".to_owned(), "C1".to_owned());
    let first = |person: &str| FirstReviewClaimRequest {
        person: person.into(),
        ..told!(FirstReviewClaimRequest "d" "2024-07-02" {
            bank_id: of.0.clone(), claim_no: of.1.clone(), result: ReviewResult::Passed.into() })
    };
    is_refused(a.call(first("d")).await, Code::PermissionDenied, "ROLE_NOT_ALLOWED", &[]);
    is_refused(district.call(first("li")).await, Code::FailedPrecondition, "SAME_PERSON", &["did=maker"]);
    let unset = FirstReviewClaimRequest { result: 0, ..first("d") };
    is_refused(district.call(unset).await, Code::InvalidArgument, "INVALID_REQUEST", &["result"]);
    district.call(first("d")).await.unwrap();
    let pay = told!(PayClaimRequest "c" "2024-07-03" { bank_id: of.0.clone(), claim_no: of.1.clone() });
    let says = ["state=first_passed", "step=paid_out", "allowed=second_passed,second_refused"];
    is_refused(bureau.call(pay.clone()).await, Code::FailedPrecondition, "NOT_IN_STATE", &says);
    let second = |person: &str| SecondReviewClaimRequest {
        person: person.into(),
        ..told!(SecondReviewClaimRequest "b" "2024-07-03" {
            bank_id: of.0.clone(), claim_no: of.1.clone(), result: ReviewResult::Passed.into() })
    };
    is_refused(bureau.call(second("d")).await, Code::FailedPrecondition, "SAME_PERSON", &["did=first review"]);
    is_refused(district.call(second("b")).await, Code::PermissionDenied, "ROLE_NOT_ALLOWED", &[]);
    bureau.call(second("b")).await.unwrap();
    let pay = PayClaimRequest { request_id: api::request_id::new(), effective_on: on("2024-08-01"), ..pay };
    let says = ["fund=compensation", "value=3200000", "allowed=0"];
    is_refused(bureau.call(pay.clone()).await, Code::FailedPrecondition, "FUND_SHORT", &says);
    bureau
        .call(told!(PayIntoFundRequest "b" "2024-08-01" {
            maker: "m".into(), fund: Fund::Compensation.into(), amount_fen: 10_000_000 }))
        .await
        .unwrap();
    bureau.call(pay).await.unwrap();
    let back = told!(RecoverClaimRequest "li" "2024-09-02" { claim_no: "C1".into(), amount_fen: 1_000_000 });
    a.call(back).await.unwrap();
    let claw = |amount_fen, maker: &str| {
        told!(ClawBackClaimRequest "c" "2024-09-03" {
        bank_id: of.0.clone(), claim_no: of.1.clone(), maker: maker.into(), amount_fen: amount_fen })
    };
    is_refused(
        bureau.call(claw(2_200_001, "m")).await,
        Code::InvalidArgument,
        "INVALID_REQUEST",
        &["amount_fen", "hi=2200000"],
    );
    is_refused(bureau.call(claw(200_000, "c")).await, Code::FailedPrecondition, "SAME_PERSON", &[]);
    bureau.call(claw(200_000, "m")).await.unwrap();

    let found = a.call(GetClaimRequest { claim_no: "C1".into(), ..Default::default() }).await.unwrap().claim.unwrap();
    assert_eq!((found.state(), found.claimed), (ClaimState::Paid, loss(4_000_000)));
    assert_eq!((found.government_fen, found.recovered_fen, found.clawed_back_fen), (3_200_000, 1_000_000, 200_000));
    assert_eq!(found.parts.iter().map(|p| p.amount_fen).sum::<i64>(), 4_000_000);
    let persons = [&found.maker, &found.first_reviewer, &found.second_reviewer];
    assert_eq!(persons.map(String::as_str), ["li", "d", "b"]);
    let quota = bureau.call(GetQuotaRequest { bank_id: "bank-a".into() }).await.unwrap();
    assert_eq!((quota.paid_fen, quota.recovered_fen, quota.available_fen), (3_000_000, 1_000_000, 1_000_000));
    for (client, claims) in [(&a, 1), (&b, 0), (&district, 1), (&bureau, 1)] {
        assert_eq!(client.call(ListClaimsRequest::default()).await.unwrap().claims.len(), claims);
    }
    // Money of the state is not taken back by the person who moved it.
    let books = server.books.as_ref().unwrap();
    assert!(matches!(books.verify().await.unwrap(), store::LedgerVerdict::Whole { .. }));
    server.stop().await;
}
