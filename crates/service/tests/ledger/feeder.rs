use crate::house::{application, code, complete, grant, is_refused, step};
use crate::office::{NOW, Office};
use crate::place::{DAY, Running};
use ::ledger::event::{Body, Decided, RatingEvent};
use ::ledger::{BankId, Key, RatingId, Record};
use api::Date;
use api::ledger::v1::*;
use api::rating::v1::{CreditLine, DecisionKind, LineState, Outcome, Rating, ReportDecisionRequest};
use prost::Message as _;
use store::{NewLine, NewRating, Write};
use tonic::Code;

/// A rating of enterprise 1 as `Assess` stores it.
async fn assessed(server: &Running, bank: &str, outcome: Outcome) -> String {
    let at = server.desk.now();
    let rating_id = api::request_id::new();
    let rating = Rating {
        rating_id: rating_id.clone(),
        enterprise_id: e1(),
        outcome: outcome.into(),
        score: Some(700),
        grade: "A".into(),
        line: Some(CreditLine { state: LineState::Computed.into(), amount_fen: 250_000_000, ..Default::default() }),
        valid_until: Some(Date { year: 2027, month: 11, day: 24 }),
        ..Rating::default()
    };
    let record = NewRating {
        rating_id: rating_id.clone(),
        tenant: bank.into(),
        request_id: api::request_id::new(),
        body_sha256: [0; 32],
        subject: e1(),
        kind: "stored_features".into(),
        created_at: at,
        valid_until: at + 365 * DAY,
        retain_until: at + 400 * DAY,
        model_digest: primitives::Digest::sha256(b"model").to_string(),
        snapshot_digest: "sha256:bb".into(),
        answer: rating.encode_to_vec(),
        inputs: b"inputs".to_vec(),
    };
    let line = NewLine { subject: Some(e1()), ..server.line(bank, "Assess", "OK", Some(&rating_id)) };
    server.desk.store().write(Write::of(line, store::Record::Rating(Box::new(record)))).await.unwrap();
    rating_id
}

fn decision(rating_id: &str, kind: DecisionKind, amount_fen: i64) -> ReportDecisionRequest {
    ReportDecisionRequest {
        request_id: api::request_id::new(),
        rating_id: rating_id.into(),
        kind: kind.into(),
        amount_fen,
        decided_on: Some(Date { year: 2026, month: 11, day: 25 }),
        override_reason: if kind == DecisionKind::Declined { "现金流不足".into() } else { String::new() },
    }
}

fn e1() -> String {
    code(1).as_str().to_owned()
}

/// Waits until the ledger has so many entries.
async fn entries(server: &Running, count: u64) {
    let mut last = server.books.as_ref().unwrap().last();
    let wait = last.wait_for(|seq| *seq >= count);
    tokio::time::timeout(std::time::Duration::from_secs(20), wait).await.expect("in time").unwrap();
}

pub async fn ratings_and_decisions_become_events(place: &Office) {
    let server = place.start_with_ledger().await;
    let (a, b) = (server.client("bank-a").await, server.client("bank-b").await);
    let books = server.books.clone().unwrap();
    complete(&a, "L1", "2026-11-25", application(LoanScheme::CommercialValue, 1)).await;
    complete(&b, "L1", "2026-11-25", application(LoanScheme::CommercialValue, 1)).await;
    // A grant right after the rating waits until the rating is there.
    let rating = assessed(&server, "bank-a", Outcome::Rated).await;
    let of_other = b.call(step!(GrantLoanRequest "L1" "2026-11-25" { grant: Some(grant(100, &rating)) })).await;
    is_refused(of_other, Code::NotFound, "NOT_FOUND", &[]);
    a.call(step!(GrantLoanRequest "L1" "2026-11-25" { grant: Some(grant(100, &rating)) })).await.unwrap();
    let id: RatingId = rating.parse().unwrap();
    let Some(Record::Rating(kept)) = books.record(&Key::Rating(id)).await.unwrap() else { panic!("no rating") };
    assert_eq!((kept.enterprise.as_str(), kept.score, kept.grade.as_str()), (&*e1(), 700, "A"));
    assert_eq!((kept.recommended_fen.map(|f| f.get()), kept.negative_hit), (Some(250_000_000), false));
    assert_eq!((kept.valid_from.to_string(), kept.valid_to.to_string()), ("2026-11-25".into(), "2027-11-24".into()));
    let loan = a.call(GetLoanRequest { loan_no: "L1".into(), ..Default::default() }).await.unwrap().loan.unwrap();
    assert_eq!((loan.grade.as_str(), loan.recommended_fen), ("A", Some(250_000_000)));

    // One without a grade is none; one that a hard stop ended is one, and nothing is granted on it.
    assessed(&server, "bank-a", Outcome::NotRatable).await;
    let stopped = assessed(&server, "bank-b", Outcome::HardStop).await;
    let on_it = b.call(step!(GrantLoanRequest "L1" "2026-11-25" { grant: Some(grant(100, &stopped)) })).await;
    is_refused(on_it, Code::FailedPrecondition, "RULES_NOT_MET", &["rule=cv.negative"]);

    // The decision, and a later one that holds instead.
    let before = books.head().await.unwrap().seq;
    a.call(decision(&rating, DecisionKind::Granted, 100)).await.unwrap();
    entries(&server, before + 1).await;
    a.call(decision(&rating, DecisionKind::Declined, 0)).await.unwrap();
    entries(&server, before + 3).await;
    let key = Key::Decision(id, "bank-a".parse::<BankId>().unwrap());
    let Some(Record::Decision(kept)) = books.record(&key).await.unwrap() else { panic!("no decision") };
    assert_eq!((kept.decision, kept.last), (Decided::Declined, before + 3));
    let lines = books.lines(before, 9).await.unwrap();
    assert!(matches!(lines[1].event.body, Body::Reversal { of, .. } if of == before + 1), "{lines:?}");
    assert!(lines.iter().all(|l| l.event.actor.id.as_str() == "rating-service"));
    server.stop().await;
}

pub async fn what_was_fed_is_not_fed_again(place: &Office) {
    let server = place.start_with_ledger().await;
    let mut ratings = Vec::new();
    for number in 0..40 {
        let outcome = if number % 3 == 0 { Outcome::NotRatable } else { Outcome::Rated };
        ratings.push((outcome, assessed(&server, "bank-a", outcome).await));
    }
    let rated = ratings.iter().filter(|(outcome, _)| *outcome == Outcome::Rated).count() as u64;
    entries(&server, rated).await;
    server.stop().await;

    // Another server begins where this one ended, and finds what came meanwhile.
    place.set(NOW + DAY);
    let server = place.start().await;
    let meanwhile = assessed(&server, "bank-a", Outcome::Rated).await;
    server.stop().await;
    let server = place.start_with_ledger().await;
    entries(&server, rated + 1).await;
    let lines = server.books.as_ref().unwrap().lines(0, 100).await.unwrap();
    assert_eq!(lines.len() as u64, rated + 1);
    let fed: Vec<String> = lines
        .iter()
        .map(|line| match &line.event.body {
            Body::Rating { rating, did: RatingEvent::Issued { .. } } => rating.to_string(),
            other => panic!("{other:?}"),
        })
        .collect();
    let mut expect: Vec<String> =
        ratings.into_iter().filter(|(outcome, _)| *outcome == Outcome::Rated).map(|(_, id)| id).collect();
    expect.push(meanwhile);
    assert_eq!(fed, expect, "in their order, each once");
    server.stop().await;
}
