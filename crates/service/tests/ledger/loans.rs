use crate::house::{application, complete, grant, is_refused, lent, on, step, told};
use crate::office::{NOW, Office};
use crate::place::DAY;
use api::client::Client;
use api::ledger::v1::*;
use prost::Message as _;
use tonic::Code;

async fn loan(bank: &Client, loan_no: &str, as_of: &str) -> GetLoanResponse {
    bank.call(GetLoanRequest { loan_no: loan_no.into(), as_of: on(as_of), ..Default::default() }).await.unwrap()
}

pub async fn a_loan_lives_from_its_application_to_its_end(place: &Office) {
    let server = place.start_with_ledger().await;
    let a = server.client("bank-a").await;
    server.rated("R1", 1, "2024-01-08").await;
    let asked = application(LoanScheme::CommercialValue, 1);
    let first = a.call(step!(ApplyForLoanRequest "L1" "2024-01-08" { application: Some(asked.clone()) })).await;
    let entry = first.unwrap().entry.unwrap();
    assert_eq!((entry.entry_no, entry.effective_on), (2, on("2024-01-08")));
    let too_early = step!(GrantLoanRequest "L1" "2024-01-09" { grant: Some(grant(200_000_000, "R1")) });
    let says = ["state=applied", "step=granted", "allowed=completed,declined,withdrawn"];
    is_refused(a.call(too_early).await, Code::FailedPrecondition, "NOT_IN_STATE", &says);
    a.call(step!(CompleteDocumentsRequest "L1" "2024-01-09" {})).await.unwrap();
    a.call(step!(GrantLoanRequest "L1" "2024-01-15" { grant: Some(grant(200_000_000, "R1")) })).await.unwrap();
    for (day, amount_fen) in [("2024-01-16", 120_000_000), ("2024-02-01", 80_000_000)] {
        let mut part =
            step!(DisburseLoanRequest "L1" "2024-01-16" { disbursement: Some(LoanDisbursement { amount_fen }) });
        part.effective_on = on(day);
        a.call(part).await.unwrap();
    }
    let instalment = |day: &str| Instalment { due_on: on(day), principal_fen: 100_000_000 };
    let schedule = RepaymentSchedule { instalments: vec![instalment("2024-06-30"), instalment("2024-12-31")] };
    a.call(step!(ScheduleLoanRequest "L1" "2024-02-01" { schedule: Some(schedule.clone()) })).await.unwrap();
    let repaid = |principal_fen| Some(LoanRepayment { principal_fen });
    a.call(step!(RepayLoanRequest "L1" "2024-07-10" { repayment: repaid(100_000_000) })).await.unwrap();
    let status = LoanMonthStatus { month: "2024-07".into(), days_past_due: 0, category: LoanCategory::Normal.into() };
    a.call(step!(ReportLoanStatusRequest "L1" "2024-07-31" { status: Some(status.clone()) })).await.unwrap();
    a.call(step!(RepayLoanRequest "L1" "2025-02-01" { repayment: repaid(50_000_000) })).await.unwrap();
    let off = LoanWriteOff { principal_fen: 50_000_000 };
    a.call(step!(WriteOffLoanRequest "L1" "2025-06-30" { write_off: Some(off) })).await.unwrap();
    let back = LoanRecovery { principal_fen: 20_000_000 };
    a.call(step!(RecoverLoanRequest "L1" "2025-08-01" { recovery: Some(back) })).await.unwrap();
    a.call(step!(CloseLoanRequest "L1" "2025-09-01" {})).await.unwrap();

    let found = loan(&a, "L1", "2024-07-09").await;
    assert_eq!((found.days_past_due, found.schedule, found.statuses), (Some(9), Some(schedule), vec![status]));
    assert_eq!(loan(&a, "L1", "2024-07-10").await.days_past_due, Some(0));
    assert_eq!(loan(&a, "L1", "2024-01-31").await.days_past_due, None);
    let loan = found.loan.unwrap();
    assert_eq!((loan.state(), loan.bank_id.as_str(), loan.loan_no.as_str()), (LoanState::Closed, "bank-a", "L1"));
    assert_eq!((loan.application, loan.applied_on), (Some(asked), on("2024-01-08")));
    assert_eq!((loan.completed_on, loan.granted_on), (on("2024-01-09"), on("2024-01-15")));
    assert_eq!((loan.grade.as_str(), loan.recommended_fen, loan.first_seen), ("A", Some(300_000_000), true));
    assert_eq!(loan.rule_version, "commercial_value_loan@2023-12-30");
    let granted = loan.grant.unwrap();
    assert_eq!((granted.amount_fen, granted.district.as_str()), (200_000_000, "500103"));
    assert_eq!(
        [loan.disbursed_fen, loan.repaid_fen, loan.written_off_fen, loan.recovered_fen, loan.outstanding_fen],
        [200_000_000, 150_000_000, 50_000_000, 20_000_000, 0]
    );

    // Two that end before a grant.
    let ordinary = application(LoanScheme::Ordinary, 2);
    a.call(step!(ApplyForLoanRequest "L2" "2024-01-08" { application: Some(ordinary.clone()) })).await.unwrap();
    let decline = LoanDecline { reason: DeclineReason::Cashflow.into() };
    a.call(step!(DeclineLoanRequest "L2" "2024-01-09" { decline: Some(decline) })).await.unwrap();
    a.call(step!(ApplyForLoanRequest "L3" "2024-01-08" { application: Some(ordinary) })).await.unwrap();
    a.call(step!(WithdrawLoanRequest "L3" "2024-01-09" {})).await.unwrap();
    let all = a.call(ListLoansRequest::default()).await.unwrap();
    let states: Vec<_> = all.loans.iter().map(|l| (l.loan_no.as_str(), l.state(), l.decline_reason())).collect();
    assert_eq!(
        states,
        [
            ("L1", LoanState::Closed, DeclineReason::Unspecified),
            ("L2", LoanState::Declined, DeclineReason::Cashflow),
            ("L3", LoanState::Withdrawn, DeclineReason::Unspecified),
        ]
    );
    let books = server.books.as_ref().unwrap();
    assert!(matches!(books.verify().await.unwrap(), store::LedgerVerdict::Whole { .. }));
    server.stop().await;
}

pub async fn a_renewal_repays_a_part_of_the_old_loan(place: &Office) {
    let server = place.start_with_ledger().await;
    let a = server.client("bank-a").await;
    server.rated("R1", 1, "2026-01-05").await;
    lent(&a, "L1", "2026-01-05", 1, 200_000_000, "R1").await;
    complete(&a, "L2", "2026-11-20", application(LoanScheme::CommercialValue, 1)).await;
    let cap = GetAvailableCapRequest { loan_no: "L2".into(), rating_id: "R1".into(), ..Default::default() };
    let left = a.call(cap.clone()).await.unwrap();
    assert_eq!(
        (left.in_use_fen, left.available_fen, left.recommended_fen),
        (200_000_000, 100_000_000, Some(300_000_000))
    );
    let mut renewing = grant(250_000_000, "R1");
    let without = a.call(step!(GrantLoanRequest "L2" "2026-11-20" { grant: Some(renewing.clone()) })).await;
    is_refused(without, Code::FailedPrecondition, "RULES_NOT_MET", &["rule=cv.cap", "value=450000000"]);
    renewing.renews = Some(RenewedPart { loan_no: "L1".into(), part_fen: 200_000_001 });
    let beyond = a.call(step!(GrantLoanRequest "L2" "2026-11-20" { grant: Some(renewing.clone()) })).await;
    is_refused(beyond, Code::InvalidArgument, "INVALID_REQUEST", &["grant.renews.part_fen", "hi=200000000"]);
    renewing.renews = Some(RenewedPart { loan_no: "L1".into(), part_fen: 200_000_000 });
    a.call(step!(GrantLoanRequest "L2" "2026-11-20" { grant: Some(renewing) })).await.unwrap();
    let paid = LoanDisbursement { amount_fen: 250_000_000 };
    a.call(step!(DisburseLoanRequest "L2" "2026-11-21" { disbursement: Some(paid) })).await.unwrap();
    let part = LoanRenewal { new_loan_no: "L2".into(), part_fen: 200_000_000 };
    a.call(step!(RenewLoanRequest "L1" "2026-11-21" { renewal: Some(part) })).await.unwrap();
    let old = loan(&a, "L1", "2026-11-21").await.loan.unwrap();
    assert_eq!((old.state(), old.renewed_fen, old.outstanding_fen), (LoanState::Settled, 200_000_000, 0));
    let left = a.call(cap).await.unwrap();
    assert_eq!((left.cap_fen, left.in_use_fen, left.available_fen), (300_000_000, 250_000_000, 50_000_000));
    server.stop().await;
}

pub async fn a_request_that_comes_twice_is_entered_once(place: &Office) {
    let server = place.start_with_ledger().await;
    let (a, b) = (server.client("bank-a").await, server.client("bank-b").await);
    let asked =
        step!(ApplyForLoanRequest "L1" "2026-11-20" { application: Some(application(LoanScheme::Ordinary, 1)) });
    let first = a.call(asked.clone()).await.unwrap().encode_to_vec();
    place.set(NOW + DAY);
    assert_eq!(a.call(asked.clone()).await.unwrap().encode_to_vec(), first);
    a.call(step!(CompleteDocumentsRequest "L1" "2026-11-21" {})).await.unwrap();
    let other = ApplyForLoanRequest { person: "wu".into(), ..asked.clone() };
    is_refused(a.call(other).await, Code::AlreadyExists, "REQUEST_ID_REUSED", &[]);
    // The number is taken, whatever the request.
    let again = ApplyForLoanRequest { request_id: api::request_id::new(), ..asked.clone() };
    is_refused(a.call(again).await, Code::AlreadyExists, "EXISTS", &["what=loan"]);
    // Another bank's request ids and numbers are its own.
    b.call(asked.clone()).await.unwrap();
    // 16 at once are one.
    let many = step!(CompleteDocumentsRequest "L1" "2026-11-22" {});
    let many = CompleteDocumentsRequest { loan_no: "L9".into(), ..many };
    a.call(ApplyForLoanRequest { request_id: api::request_id::new(), loan_no: "L9".into(), ..asked.clone() })
        .await
        .unwrap();
    let calls: Vec<_> = (0..16)
        .map(|_| {
            tokio::spawn({
                let (a, many) = (a.clone(), many.clone());
                async move { a.call(many).await.unwrap().encode_to_vec() }
            })
        })
        .collect();
    let mut answers = Vec::new();
    for call in calls {
        answers.push(call.await.unwrap());
    }
    answers.dedup();
    assert_eq!(answers.len(), 1);
    assert_eq!(server.books.as_ref().unwrap().head().await.unwrap().seq, 5);
    server.stop().await;
    // Also after a restart the first request has its answer.
    let server = place.start_with_ledger().await;
    assert_eq!(server.client("bank-a").await.call(asked).await.unwrap().encode_to_vec(), first);
    server.stop().await;
}

pub async fn of_two_banks_that_grant_at_once_one_wins(place: &Office) {
    let server = place.start_with_ledger().await;
    let banks = [server.client("bank-a").await, server.client("bank-b").await];
    for round in 0..8_u32 {
        server.rated(&format!("R{round}"), round, "2026-11-01").await;
        for bank in &banks {
            complete(bank, &format!("L{round}"), "2026-11-02", application(LoanScheme::CommercialValue, round)).await;
        }
        let both = banks.clone().map(|bank| {
            let mut asked =
                told!(GrantLoanRequest "li" "2026-11-03" { grant: Some(grant(200_000_000, &format!("R{round}"))) });
            asked.loan_no = format!("L{round}");
            tokio::spawn(async move { bank.call(asked).await })
        });
        let mut refused = Vec::new();
        for call in both {
            refused.extend(call.await.unwrap().err());
        }
        assert_eq!(refused.len(), 1, "exactly one wins");
        let status = refused.remove(0);
        let told = format!("{:?} {}", status.message(), String::from_utf8_lossy(status.details()));
        assert!(!told.contains("bank-a") && !told.contains("bank-b"), "{told}");
        let says = ["rule=cv.cap", "value=400000000", "allowed=300000000", "unit=fen", "relation=at_most"];
        is_refused::<()>(Err(status), Code::FailedPrecondition, "RULES_NOT_MET", &says);
        let loan_no = format!("L{round}");
        for bank in &banks {
            let asked = GetAvailableCapRequest { loan_no: loan_no.clone(), ..Default::default() };
            let left = bank.call(asked).await.unwrap();
            assert_eq!((left.in_use_fen, left.available_fen), (200_000_000, 100_000_000));
        }
    }
    server.stop().await;
}
