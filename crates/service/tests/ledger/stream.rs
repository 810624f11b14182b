use crate::house::{application, grant, on};
use crate::office::Office;
use api::ledger::v1::loan_service_client::LoanServiceClient;
use api::ledger::v1::report_loan_events_request::Event;
use api::ledger::v1::report_loan_events_response::Result as Item;
use api::ledger::v1::*;
use api::status::{error_info, from_item};
use prost::Message as _;

fn item(loan_no: &str, day: &str, event: Event) -> ReportLoanEventsRequest {
    ReportLoanEventsRequest {
        request_id: api::request_id::new(),
        person: "li".into(),
        effective_on: on(day),
        loan_no: loan_no.into(),
        event: Some(event),
        ..Default::default()
    }
}

pub async fn many_events_over_one_stream(place: &Office) {
    let server = place.start_with_ledger().await;
    let a = server.client("bank-a").await;
    let mut items = Vec::new();
    let loans = 120;
    for number in 1..=loans {
        let loan = format!("L{number}");
        let of = application(LoanScheme::Ordinary, number);
        items.push(item(&loan, "2026-11-02", Event::Application(of)));
        items.push(item(&loan, "2026-11-02", Event::Completion(LoanCompletion {})));
        items.push(item(&loan, "2026-11-02", Event::Grant(grant(1_000, ""))));
        items.push(item(&loan, "2026-11-02", Event::Disbursement(LoanDisbursement { amount_fen: 1_000 })));
        items.push(item(&loan, "2026-11-03", Event::Repayment(LoanRepayment { principal_fen: 1_001 })));
        items.push(item(&loan, "2026-11-03", Event::Repayment(LoanRepayment { principal_fen: 0 })));
        items.push(item(&loan, "2026-11-03", Event::Repayment(LoanRepayment { principal_fen: 1_000 })));
    }
    items.push(ReportLoanEventsRequest { event: None, ..items[0].clone() });
    items.push(items[0].clone());
    let send = async |items: Vec<ReportLoanEventsRequest>| {
        let mut client = LoanServiceClient::new(a.channel());
        let mut answers = client.report_loan_events(tokio_stream::iter(items)).await.unwrap().into_inner();
        let mut out = Vec::new();
        while let Some(answer) = answers.message().await.unwrap() {
            out.push(answer);
        }
        out
    };
    let first = send(items.clone()).await;
    assert_eq!(first.len(), items.len());
    let reason = |answer: &ReportLoanEventsResponse| match answer.result.as_ref().unwrap() {
        Item::Entry(_) => "entered".to_owned(),
        Item::Error(error) => error_info(&from_item(error)).reason,
    };
    for (item, answer) in items.iter().zip(&first) {
        assert_eq!(item.request_id, answer.request_id);
    }
    for of_loan in first.chunks_exact(7).take(loans as usize) {
        let reasons: Vec<String> = of_loan.iter().map(reason).collect();
        let entered = "entered";
        assert_eq!(reasons, [entered, entered, entered, entered, "ABOVE_BALANCE", "INVALID_REQUEST", entered]);
    }
    let last = &first[first.len() - 2..];
    assert_eq!((reason(&last[0]).as_str(), &last[1].result), ("INVALID_REQUEST", &first[0].result));
    // After a broken stream all is sent again: what was entered has the same bytes, and nothing comes twice.
    let head = server.books.as_ref().unwrap().head().await.unwrap();
    let second = send(items).await;
    for (first, second) in first.iter().zip(&second) {
        if matches!(first.result, Some(Item::Entry(_))) {
            assert_eq!(first.encode_to_vec(), second.encode_to_vec());
        }
    }
    assert_eq!(server.books.as_ref().unwrap().head().await.unwrap(), head);
    assert_eq!(head.seq, u64::from(loans) * 5);
    server.stop().await;
}
