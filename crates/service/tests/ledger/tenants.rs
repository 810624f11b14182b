use crate::house::{application, complete, is_refused, lent, step, told};
use crate::office::Office;
use api::ledger::v1::*;
use std::collections::BTreeMap;
use tonic::{Code, Status};

/// What a caller can tell two refusals apart by.
fn bytes<T: std::fmt::Debug>(result: Result<T, Status>) -> (Code, String, Vec<u8>) {
    let status = result.unwrap_err();
    (status.code(), status.message().to_owned(), status.details().to_vec())
}

pub async fn a_bank_meets_its_own_loans_only(place: &Office) {
    let server = place.start_with_ledger().await;
    let (a, b) = (server.client("bank-a").await, server.client("bank-b").await);
    server.rated("R1", 1, "2026-01-05").await;
    lent(&a, "L1", "2026-02-02", 1, 100, "R1").await;
    let get = |loan_no: &str| GetLoanRequest { loan_no: loan_no.into(), ..Default::default() };
    let found = a.call(get("L1")).await.unwrap();
    assert_eq!(found.loan.unwrap().bank_id, "bank-a");
    // Theirs and none, read and written, are the same bytes.
    assert_eq!(bytes(b.call(get("L1")).await), bytes(b.call(get("L9")).await));
    let part = Some(LoanRepayment { principal_fen: 10 });
    let theirs = step!(RepayLoanRequest "L1" "2026-06-01" { repayment: part });
    let none = step!(RepayLoanRequest "L9" "2026-06-01" { repayment: part });
    assert_eq!(bytes(b.call(theirs.clone()).await), bytes(b.call(none).await));
    assert_eq!(b.call(theirs.clone()).await.unwrap_err().code(), Code::NotFound);
    let cap = |loan_no: &str| GetAvailableCapRequest { loan_no: loan_no.into(), ..Default::default() };
    assert_eq!(bytes(b.call(cap("L1")).await), bytes(b.call(cap("L9")).await));
    // A body names no other bank, nor its own.
    for bank in ["bank-a", "bank-b"] {
        let named = RepayLoanRequest { bank_id: bank.into(), ..theirs.clone() };
        is_refused(b.call(named).await, Code::InvalidArgument, "INVALID_REQUEST", &["bank_id"]);
        let named = GetLoanRequest { bank_id: bank.into(), ..get("L1") };
        is_refused(b.call(named).await, Code::InvalidArgument, "INVALID_REQUEST", &["bank_id"]);
        let named = ListLoansRequest { bank_id: bank.into(), ..Default::default() };
        is_refused(b.call(named).await, Code::InvalidArgument, "INVALID_REQUEST", &["bank_id"]);
        let named = GetQuotaRequest { bank_id: bank.into() };
        is_refused(b.call(named).await, Code::InvalidArgument, "INVALID_REQUEST", &["bank_id"]);
    }
    // Under one number two banks have two loans.
    complete(&b, "L1", "2026-02-03", application(LoanScheme::Ordinary, 2)).await;
    let listed = |found: ListLoansResponse| -> Vec<String> {
        found.loans.into_iter().map(|l| format!("{} {}", l.bank_id, l.application.unwrap().enterprise_id)).collect()
    };
    let (of_a, of_b) = (
        listed(a.call(ListLoansRequest::default()).await.unwrap()),
        listed(b.call(ListLoansRequest::default()).await.unwrap()),
    );
    assert!(of_a.len() == 1 && of_a[0].starts_with("bank-a ") && of_b.len() == 1 && of_b[0].starts_with("bank-b "));
    for client in [server.client("bureau").await, server.client("auditor").await] {
        let all = listed(client.call(ListLoansRequest::default()).await.unwrap());
        assert_eq!(all, [of_a[0].clone(), of_b[0].clone()]);
        let one = ListLoansRequest { bank_id: "bank-b".into(), ..Default::default() };
        assert_eq!(listed(client.call(one).await.unwrap()), of_b);
        is_refused(client.call(get("L1")).await, Code::InvalidArgument, "INVALID_REQUEST", &["bank_id"]);
    }
    // The platform and the bureau tell for a bank that they name; others tell nothing.
    let platform = server.client("platform").await;
    let told = RepayLoanRequest { bank_id: "bank-a".into(), request_id: api::request_id::new(), ..theirs.clone() };
    platform.call(told.clone()).await.unwrap();
    for id in ["auditor", "operator", "guarantor-a", "district-500103"] {
        let client = server.client(id).await;
        is_refused(client.call(told.clone()).await, Code::PermissionDenied, "ROLE_NOT_ALLOWED", &[]);
    }
    for id in ["platform", "operator", "guarantor-a"] {
        is_refused(server.client(id).await.call(get("L1")).await, Code::PermissionDenied, "ROLE_NOT_ALLOWED", &[]);
    }
    server.stop().await;
}

pub async fn a_district_meets_its_own_only(place: &Office) {
    let server = place.start_with_ledger().await;
    let (a, bureau) = (server.client("bank-a").await, server.client("bureau").await);
    let district = server.client("district-500103").await;
    for (loan, code) in [("L1", "500103"), ("L2", "500104"), ("L3", "500103")] {
        let of = LoanApplication { district: code.into(), ..application(LoanScheme::Ordinary, 1) };
        complete(&a, loan, "2026-11-02", of).await;
    }
    let get =
        |loan_no: &str| GetLoanRequest { bank_id: "bank-a".into(), loan_no: loan_no.into(), ..Default::default() };
    assert!(district.call(get("L1")).await.is_ok());
    assert_eq!(bytes(district.call(get("L2")).await), bytes(district.call(get("L9")).await));
    let numbers = |found: ListLoansResponse| found.loans.into_iter().map(|l| l.loan_no).collect::<Vec<_>>();
    assert_eq!(numbers(district.call(ListLoansRequest::default()).await.unwrap()), ["L1", "L3"]);
    assert_eq!(numbers(bureau.call(ListLoansRequest::default()).await.unwrap()), ["L1", "L2", "L3"]);
    // A loan that moved is in its new district.
    let mut moved = crate::house::grant(100, "");
    moved.district = "500104".into();
    a.call(step!(GrantLoanRequest "L3" "2026-11-03" { grant: Some(moved) })).await.unwrap();
    assert_eq!(numbers(district.call(ListLoansRequest::default()).await.unwrap()), ["L1"]);
    // Of benefits too, and it approves its own only.
    let proposal = |code: &str| BenefitProposal {
        tool: BenefitTool::BillDiscount.into(),
        enterprise_id: crate::house::code(1).as_str().to_owned(),
        district: code.into(),
        amount_fen: 100,
        starts_on: crate::house::on("2026-01-01"),
        ends_on: crate::house::on("2026-03-31"),
        document: "渝〔2026〕1号".into(),
    };
    for (number, code) in [("B1", "500103"), ("B2", "500104")] {
        let mut told = told!(ProposeBenefitRequest "m" "2026-11-02" { proposal: Some(proposal(code)) });
        told.benefit_no = number.into();
        bureau.call(told).await.unwrap();
    }
    let approve = |number: &str| told!(ApproveBenefitRequest "n" "2026-11-02" { benefit_no: number.into() });
    assert_eq!(bytes(district.call(approve("B2")).await), bytes(district.call(approve("B9")).await));
    district.call(approve("B1")).await.unwrap();
    assert_eq!(
        bytes(district.call(GetBenefitRequest { benefit_no: "B2".into() }).await),
        bytes(district.call(GetBenefitRequest { benefit_no: "B9".into() }).await)
    );
    server.stop().await;
}

pub async fn lists_are_led_by_tokens(place: &Office) {
    let server = place.start_with_ledger().await;
    let (a, b) = (server.client("bank-a").await, server.client("bank-b").await);
    for number in 1..=5 {
        complete(&a, &format!("渝商银〔2026〕{number}号"), "2026-11-02", application(LoanScheme::Ordinary, number))
            .await;
    }
    complete(&b, "L1", "2026-11-02", application(LoanScheme::Ordinary, 1)).await;
    let mut request = ListLoansRequest { page_size: 2, ..Default::default() };
    let (mut pages, mut seen, mut token) = (Vec::new(), Vec::new(), String::new());
    loop {
        let page = a.call(request.clone()).await.unwrap();
        pages.push(page.loans.len());
        seen.extend(page.loans.into_iter().map(|l| l.loan_no));
        if page.next_page_token.is_empty() {
            break;
        }
        token.clone_from(&page.next_page_token);
        request.page_token = page.next_page_token;
    }
    assert_eq!(pages, [2, 2, 1]);
    assert!(seen.is_sorted() && seen.len() == 5, "{seen:?}");
    let with = |token: &str| ListLoansRequest { page_token: token.into(), ..request.clone() };
    for forged in ["1", ".", &token[1..], &token.to_uppercase()] {
        is_refused(a.call(with(forged)).await, Code::InvalidArgument, "INVALID_PAGE_TOKEN", &[]);
    }
    is_refused(b.call(with(&token)).await, Code::InvalidArgument, "INVALID_PAGE_TOKEN", &[]);
    server.stop().await;
}

pub async fn every_call_leaves_a_line(place: &Office) {
    let server = place.start_with_ledger().await;
    let (a, b) = (server.client("bank-a").await, server.client("bank-b").await);
    let asked =
        step!(ApplyForLoanRequest "L1" "2026-11-02" { application: Some(application(LoanScheme::Ordinary, 1)) });
    a.call(asked.clone()).await.unwrap();
    a.call(asked).await.unwrap();
    a.call(GetLoanRequest { loan_no: "L1".into(), ..Default::default() }).await.unwrap();
    b.call(GetLoanRequest { loan_no: "L1".into(), ..Default::default() }).await.unwrap_err();
    a.call(ListLoansRequest::default()).await.unwrap();
    a.call(step!(RepayLoanRequest "L1" "2026-11-02" {})).await.unwrap_err();
    let mut lines = server.desk.store().export(0, i64::MAX, None);
    let mut found = Vec::new();
    while let Some(line) = lines.next().await.unwrap() {
        let detail = line.detail.unwrap_or_default();
        let object = line.object_id.unwrap_or_default();
        let about = if line.subject_mac.is_some() { "subject" } else { "" };
        found.push(format!("{} {} {} {object} {detail} {about}", line.actor, line.action, line.outcome));
    }
    assert_eq!(
        found,
        [
            "bank-a ApplyForLoan OK bank-a/L1  subject",
            "bank-a ApplyForLoan OK bank-a/L1 repeated subject",
            "bank-a GetLoan OK bank-a/L1  subject",
            "bank-b GetLoan NOT_FOUND bank-b/L1 NOT_FOUND ",
            "bank-a ListLoans OK   ",
            "bank-a RepayLoan INVALID_ARGUMENT  INVALID_REQUEST ",
        ]
    );
    // An entry whose line is missing, for the server ended between the two, is found by the repeat.
    let of = |number: u64| BTreeMap::from([("entry", number)]);
    assert_eq!(of(server.books.as_ref().unwrap().head().await.unwrap().seq), of(1));
    server.stop().await;
}
