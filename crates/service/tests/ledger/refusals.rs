use crate::house::{application, complete, grant, is_refused, lent, on, refused, step, told};
use crate::office::Office;
use api::ledger::v1::*;
use tonic::Code;

pub async fn amounts_that_are_none(place: &Office) {
    let server = place.start_with_ledger().await;
    let a = server.client("bank-a").await;
    let invalid = |says: &[&str]| (Code::InvalidArgument, "INVALID_REQUEST".to_owned(), says.join(" "));
    let fields = |result: Result<ApplyForLoanResponse, tonic::Status>| {
        let (code, reason, info) = refused(result);
        let fields: Vec<String> = info.violations.into_iter().map(|v| v.field).collect();
        (code, reason, fields.join(" "))
    };
    // All that is wrong is said at once.
    let wrong = ApplyForLoanRequest {
        request_id: "7".into(),
        person: "li si".into(),
        bank_id: "bank-a".into(),
        application: Some(LoanApplication { requested_fen: -1, industry: "Z1".into(), ..Default::default() }),
        ..Default::default()
    };
    assert_eq!(
        fields(a.call(wrong).await),
        invalid(&[
            "request_id person effective_on bank_id loan_no application.enterprise_id application.borrower_kind",
            "application.district application.industry application.list_tier application.bank_kind application.product",
            "application.scheme application.requested_fen"
        ])
    );
    for requested_fen in [0, -1, i64::MIN] {
        let of = LoanApplication { requested_fen, ..application(LoanScheme::Ordinary, 1) };
        let asked = step!(ApplyForLoanRequest "L1" "2026-11-02" { application: Some(of) });
        assert_eq!(fields(a.call(asked).await), invalid(&["application.requested_fen"]), "{requested_fen}");
    }
    // Sums stay within 64 bits: two loans of the largest amount are not outstanding together.
    for loan in ["L1", "L2"] {
        complete(&a, loan, "2026-11-02", application(LoanScheme::Ordinary, 1)).await;
        let mut granted = step!(GrantLoanRequest "L1" "2026-11-02" { grant: Some(grant(i64::MAX, "")) });
        granted.loan_no = loan.into();
        a.call(granted).await.unwrap();
    }
    let all = LoanDisbursement { amount_fen: i64::MAX };
    a.call(step!(DisburseLoanRequest "L1" "2026-11-02" { disbursement: Some(all) })).await.unwrap();
    let beyond = a.call(step!(DisburseLoanRequest "L2" "2026-11-02" { disbursement: Some(all) })).await;
    is_refused(beyond, Code::FailedPrecondition, "DIFFERS", &["rule=range", "hi=9223372036854775807"]);
    server.stop().await;
}

pub async fn what_the_ledger_has_against_it(place: &Office) {
    let server = place.start_with_ledger().await;
    let a = server.client("bank-a").await;
    server.rated("R1", 1, "2026-01-05").await;
    lent(&a, "L1", "2026-02-02", 1, 100_000_000, "R1").await;
    let repaid = |principal_fen| Some(LoanRepayment { principal_fen });
    a.call(step!(RepayLoanRequest "L1" "2026-06-01" { repayment: repaid(60_000_000) })).await.unwrap();
    let above = a.call(step!(RepayLoanRequest "L1" "2026-07-01" { repayment: repaid(40_000_001) })).await;
    let says = ["on=2026-07-01", "value=40000001", "allowed=40000000"];
    is_refused(above, Code::FailedPrecondition, "ABOVE_BALANCE", &says);
    // An earlier day is held against the later one.
    let above = a.call(step!(RepayLoanRequest "L1" "2026-05-01" { repayment: repaid(40_000_001) })).await;
    is_refused(above, Code::FailedPrecondition, "ABOVE_BALANCE", &["on=2026-06-01", "allowed=40000000"]);
    let before = a.call(step!(RepayLoanRequest "L1" "2026-02-01" { repayment: repaid(1) })).await;
    is_refused(
        before,
        Code::InvalidArgument,
        "INVALID_REQUEST",
        &["effective_on", "value=2026-02-01", "lo=2026-02-02"],
    );
    let early =
        RepaymentSchedule { instalments: vec![Instalment { due_on: on("2026-02-01"), principal_fen: 100_000_000 }] };
    let early = a.call(step!(ScheduleLoanRequest "L1" "2026-02-02" { schedule: Some(early) })).await;
    is_refused(early, Code::InvalidArgument, "INVALID_REQUEST", &["schedule.instalments", "lo=2026-02-02"]);
    let future = a.call(step!(RepayLoanRequest "L1" "2026-11-26" { repayment: repaid(1) })).await;
    is_refused(future, Code::InvalidArgument, "INVALID_REQUEST", &["effective_on", "hi=2026-11-25"]);
    let beyond = LoanDisbursement { amount_fen: 1 };
    let beyond = a.call(step!(DisburseLoanRequest "L1" "2026-11-20" { disbursement: Some(beyond) })).await;
    is_refused(beyond, Code::InvalidArgument, "INVALID_REQUEST", &["disbursement.amount_fen", "value=1", "hi=0"]);
    let open = a.call(step!(CloseLoanRequest "L1" "2026-11-20" {})).await;
    is_refused(open, Code::FailedPrecondition, "DIFFERS", &["value=40000000", "allowed=0"]);
    is_refused(a.call(step!(CloseLoanRequest "L9" "2026-11-20" {})).await, Code::NotFound, "NOT_FOUND", &[]);
    server.stop().await;
}

pub async fn districts_of_the_day(place: &Office) {
    let server = place.start_with_ledger().await;
    let a = server.client("bank-a").await;
    let mut number = 0;
    for (district, day, there) in [
        ("500199", "2026-05-06", false),
        // Abolished on 2025-11-06, when 两江新区 begins.
        ("500105", "2025-11-05", true),
        ("500105", "2025-11-06", false),
        ("500112", "2025-11-05", true),
        ("500112", "2025-11-06", false),
        ("500157", "2025-11-05", false),
        ("500157", "2025-11-06", true),
    ] {
        number += 1;
        let of = LoanApplication { district: district.into(), ..application(LoanScheme::Ordinary, number) };
        let mut asked = step!(ApplyForLoanRequest "L1" "2025-11-05" { application: Some(of) });
        (asked.loan_no, asked.effective_on) = (format!("L{number}"), on(day));
        let answer = a.call(asked).await;
        if there {
            answer.unwrap();
            continue;
        }
        let value = format!("value={district}");
        let says = ["application.district", "rule=district_of_the_day", &value];
        is_refused(answer, Code::InvalidArgument, "INVALID_REQUEST", &says);
    }
    // What was applied for in 江北 is granted in 两江新区 or not at all.
    server.rated("R1", 9, "2025-11-01").await;
    let of = LoanApplication { district: "500105".into(), ..application(LoanScheme::CommercialValue, 9) };
    complete(&a, "L90", "2025-11-05", of).await;
    let mut granted = grant(100, "R1");
    let answer = a.call(step!(GrantLoanRequest "L90" "2025-11-06" { grant: Some(granted.clone()) })).await;
    is_refused(answer, Code::FailedPrecondition, "RULES_NOT_MET", &["rule=cv.district", "value=500105"]);
    granted.district = "500157".into();
    a.call(step!(GrantLoanRequest "L90" "2025-11-06" { grant: Some(granted) })).await.unwrap();
    server.stop().await;
}

pub async fn a_scheme_loan_needs_a_valid_rating(place: &Office) {
    let server = place.start_with_ledger().await;
    let a = server.client("bank-a").await;
    complete(&a, "L1", "2026-11-02", application(LoanScheme::CommercialValue, 1)).await;
    let none = a.call(step!(GrantLoanRequest "L1" "2026-11-03" { grant: Some(grant(100, "")) })).await;
    let says = ["rule=cv.rating", "value=", "allowed=2026-11-03", "version=commercial_value_loan@2023-12-30"];
    is_refused(none, Code::FailedPrecondition, "RULES_NOT_MET", &says);
    for absent in ["R9", "0190e0a0-0000-7000-8000-000000000000"] {
        let answer = a.call(step!(GrantLoanRequest "L1" "2026-11-03" { grant: Some(grant(100, absent)) })).await;
        is_refused(answer, Code::NotFound, "NOT_FOUND", &[]);
    }
    // One of another enterprise, and one that is over.
    server.rated("R2", 2, "2026-11-01").await;
    let others = a.call(step!(GrantLoanRequest "L1" "2026-11-03" { grant: Some(grant(100, "R2")) })).await;
    is_refused(others, Code::NotFound, "NOT_FOUND", &[]);
    server.rated("R3", 1, "2025-11-03").await;
    let over = a.call(step!(GrantLoanRequest "L1" "2026-11-03" { grant: Some(grant(100, "R3")) })).await;
    is_refused(over, Code::FailedPrecondition, "RULES_NOT_MET", &["rule=cv.rating", "value=2025-11-03/2026-11-02"]);
    a.call(step!(GrantLoanRequest "L1" "2026-11-02" { grant: Some(grant(100, "R3")) })).await.unwrap();
    server.stop().await;
}

pub async fn a_reversal_comes_once(place: &Office) {
    let server = place.start_with_ledger().await;
    let (a, b, bureau) = (server.client("bank-a").await, server.client("bank-b").await, server.client("bureau").await);
    server.rated("R1", 1, "2026-01-05").await;
    lent(&a, "L1", "2026-02-02", 1, 100, "R1").await;
    let mut entries = Vec::new();
    for _ in 0..2 {
        let part = Some(LoanRepayment { principal_fen: 10 });
        let answer = a.call(step!(RepayLoanRequest "L1" "2026-06-01" { repayment: part })).await.unwrap();
        entries.push(answer.entry.unwrap().entry_no);
    }
    let reversal =
        |entry_no| told!(ReverseEntryRequest "li" "2026-06-01" { entry_no: entry_no, reason: "记重".into() });
    let first = a.call(reversal(entries[0])).await;
    let (no, by) = (format!("entry_no={}", entries[0]), format!("by={}", entries[1]));
    is_refused(first, Code::FailedPrecondition, "RESTS_ON", &[&no, &by]);
    // Another bank's entry and none at all are the same bytes.
    let theirs = b.call(reversal(entries[1])).await.unwrap_err();
    let none = b.call(reversal(99)).await.unwrap_err();
    assert_eq!((theirs.code(), theirs.message(), theirs.details()), (none.code(), none.message(), none.details()));
    assert_eq!(theirs.code(), Code::NotFound);
    let done = a.call(reversal(entries[1])).await.unwrap().entry.unwrap().entry_no;
    let (no, by) = (format!("entry_no={}", entries[1]), format!("by={done}"));
    is_refused(a.call(reversal(entries[1])).await, Code::FailedPrecondition, "ALREADY_REVERSED", &[&no, &by]);
    is_refused(bureau.call(reversal(entries[1])).await, Code::FailedPrecondition, "ALREADY_REVERSED", &[]);
    is_refused(a.call(reversal(done)).await, Code::FailedPrecondition, "NOT_REVERSIBLE", &[]);
    let mut other_day = reversal(entries[0]);
    other_day.effective_on = on("2026-06-02");
    is_refused(
        a.call(other_day).await,
        Code::InvalidArgument,
        "INVALID_REQUEST",
        &["effective_on", "allowed=2026-06-01"],
    );
    a.call(reversal(entries[0])).await.unwrap();
    let empty = ReverseEntryRequest { reason: " ".into(), ..reversal(0) };
    is_refused(a.call(empty).await, Code::InvalidArgument, "INVALID_REQUEST", &["reason", "entry_no"]);
    let loan = a.call(GetLoanRequest { loan_no: "L1".into(), ..Default::default() }).await.unwrap().loan.unwrap();
    assert_eq!((loan.repaid_fen, loan.outstanding_fen), (0, 100));
    server.stop().await;
}

pub async fn a_closed_month_takes_nothing(place: &Office) {
    let server = place.start_with_ledger().await;
    let (a, bureau) = (server.client("bank-a").await, server.client("bureau").await);
    server.rated("R1", 1, "2026-01-05").await;
    lent(&a, "L1", "2026-02-02", 1, 100, "R1").await;
    let month = |month: &str| told!(CloseMonthRequest "b" "2026-11-02" { month: month.into() });
    is_refused(a.call(month("2026-05")).await, Code::PermissionDenied, "ROLE_NOT_ALLOWED", &[]);
    is_refused(bureau.call(month("2026-5")).await, Code::InvalidArgument, "INVALID_REQUEST", &["month"]);
    is_refused(bureau.call(month("2026-11")).await, Code::InvalidArgument, "INVALID_REQUEST", &["month"]);
    assert_eq!(bureau.call(GetClosedMonthRequest {}).await.unwrap().month, "");
    bureau.call(month("2026-05")).await.unwrap();
    assert_eq!(bureau.call(GetClosedMonthRequest {}).await.unwrap().month, "2026-05");
    let part = Some(LoanRepayment { principal_fen: 10 });
    let late = step!(RepayLoanRequest "L1" "2026-05-31" { repayment: part });
    let says = ["value=2026-05-31", "closed_through=2026-05"];
    is_refused(a.call(late.clone()).await, Code::FailedPrecondition, "CLOSED_PERIOD", &says);
    bureau.call(told!(ReopenMonthRequest "b" "2026-11-02" { month: "2026-05".into() })).await.unwrap();
    a.call(late).await.unwrap();
    server.stop().await;
}
