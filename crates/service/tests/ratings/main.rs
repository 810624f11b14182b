//! Ratings as a bank has them: a real server over mutual TLS, in SQLite and in PostgreSQL.
#![allow(unreachable_pub, reason = "modules of a test")]
#![expect(clippy::unwrap_used, clippy::print_stderr, reason = "a test fails by panicking, and says what it leaves out")]

mod city;
mod counting;
#[path = "../common/place.rs"]
mod place;
#[path = "../../../store/tests/common/postgres.rs"]
#[allow(dead_code, unreachable_pub)]
mod postgres;
mod reasons;

use api::client::Client;
use api::rating::v1::caller_feature::Value;
use api::rating::v1::get_rating_request::Which;
use api::rating::v1::{
    AssessRequest, CallerFeature, Correction, DecisionKind, ErrorReason, ExplainRequest, GetRatingRequest, Language,
    LatestRating, LineState, ListCorrectionsRequest, ListObjectionsRequest, ListRatingsRequest, ObjectionState,
    Outcome, PageFormat, Purpose, Rating, ReplayOutcome, ReplayRequest, ReportDecisionRequest, SourceState,
    WhatIfRequest,
};
use api::request_id;
use api::status::error_info;
use city::{assess, batch, city, models, request};
use features::catalogue::Catalogue;
use place::{Place, Running};
use primitives::Digest;
use prost::Message as _;
use rating::{Inputs, Rated, Withheld, Withholding, line_rule};
use std::collections::{BTreeSet, HashSet};
use std::time::{Duration, Instant};
use store::{NewRating, Verdict};
use tonic::{Code, Status};

type Answer<T> = Result<T, Status>;

/// Code, message and details: all that a caller can tell two refusals apart by.
fn whole<T>(answer: Answer<T>) -> (Code, String, Vec<u8>) {
    let status = answer.err().expect("a refusal");
    (status.code(), status.message().to_owned(), status.details().to_vec())
}

#[track_caller]
fn refused<T>(answer: Answer<T>, code: Code, reason: ErrorReason) -> Status {
    let status = answer.err().expect("a refusal");
    assert_eq!((status.code(), error_info(&status).known_reason()), (code, reason), "{status:?}");
    status
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_sqlite() {
    let place = Place::new(None);
    all(&place).await;
    counting::missing_inputs_are_counted_as_ratings_are_stored(&Place::new(None), &city().ids()[..60]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_postgresql() {
    let Some(server) = postgres::Server::start() else { return };
    let place = Place::new(Some(server.database()));
    all(&place).await;
    let place = Place::new(Some(server.database()));
    two_servers_serve_one_bank(&place).await;
    let place = Place::new(Some(server.database()));
    counting::missing_inputs_are_counted_as_ratings_are_stored(&place, &city().ids()[..60]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn items_beyond_the_rate_wait_and_calls_beside_them_do_not() {
    let mut place = Place::new(None);
    place.config = place.config.replace("burst = 4000", "burst = 4000\nitems_per_second = 20");
    let running = place.serve().await;
    let bank = running.client("bank-a").await;
    let id = &city().ids()[0];
    running.grant("bank-a", id, &[]).await;
    let requests: Vec<AssessRequest> = (0..30).map(|_| request(id)).collect();
    let began = Instant::now();
    let (items, beside) = tokio::join!(batch(&bank, &requests), assess(&bank, request(id)));
    // Twenty at once, then one in 50 ms: the last ten can not be there before half a second is over.
    assert!(began.elapsed() >= Duration::from_millis(490), "{:?}", began.elapsed());
    assert!(items.iter().all(Result::is_ok), "none is refused");
    beside.unwrap();
    running.stop().await;
}

async fn all(place: &Place) {
    let running = place.serve().await;
    let ids = city().ids();
    same_answer_everywhere(&running, &ids).await;
    without_consent_nothing_is_said(&running, &ids[0]).await;
    a_source_that_is_left_out_is_not_seen(&running, &ids).await;
    values_of_the_bank_take_the_place_of_others(&running, &ids).await;
    another_banks_is_as_if_it_were_not(&running, &ids[0]).await;
    pages_hold_all_once(&running, &ids).await;
    fields_are_checked_at_once(&running).await;
    decisions_that_depart_say_why(&running, &ids).await;
    objections_are_told_at_once(&running, &ids[20]).await;
    a_correction_reaches_all_who_received_the_value(&running, &ids[70]).await;
    what_a_replay_lacks_is_said(&running, &ids[0]).await;
    pages_for_people(&running, &ids[0]).await;
    reasons::people_read_what_was_answered(&running, &ids[80..110]).await;
    reasons::objections_and_revoked_consents_count_as_of_their_time(&running, &ids[110]).await;
    let (asked, rating) = a_request_is_answered_once(&running, &ids[30]).await;
    running.stop().await;

    let running = place.serve().await;
    let again = assess(&running.client("bank-a").await, asked).await.unwrap();
    assert_eq!(again.encode_to_vec(), rating.encode_to_vec(), "after a restart");
    what_is_deleted_is_said_to_be(&running, &ids[30], &rating).await;
    reasons::what_is_deleted_is_not_read(&running, &ids[30]).await;
    let Verdict::Whole { head } = running.store().verify(None).await.unwrap() else { panic!("the chain is broken") };
    assert!(head.seq > 1_000, "{head:?}");
    running.stop().await;
}

/// Score, grade, reasons and line, and the rest that both sides know.
fn compared(rating: &Rating) -> String {
    let line = rating.line.as_ref().unwrap();
    let reasons: Vec<&str> = rating.reasons.iter().map(|r| r.code.as_str()).collect();
    let hits = rating.negative_hits.len();
    format!(
        "{} {:?} {:?} {} {:?} {reasons:?} {} {} {} {hits} {:?}",
        rating.enterprise_id,
        rating.outcome(),
        rating.score,
        rating.grade,
        rating.percentile,
        line.amount_fen,
        rating.inputs_digest,
        rating.coverage_capped,
        rating.negative_unchecked_sources,
    )
}

/// What the library says, of all that a bank may see or of less.
fn by_library(ids: &[String], withheld: &[&str]) -> Vec<String> {
    let catalogue = Catalogue::built_in();
    let models = models();
    let loaded = models.all().remove(0);
    let snapshots = features::snapshot::Snapshots::open(&city().snapshots()).unwrap();
    let snapshot = snapshots.current();
    let rule = line_rule(loaded.assessor.line_rule(), snapshot.as_of());
    let assessor = loaded.assessor.clone().with_line_rule(rule).unwrap();
    let inputs = Inputs::new(loaded.model, &assessor, &catalogue).unwrap();
    let withholding = Withholding::new(&catalogue, withheld.iter().copied()).unwrap();
    let one = |id: &String| {
        let row = Withheld::new(snapshot.get(id).unwrap().unwrap(), &withholding);
        let states = inputs.states(&&row).unwrap();
        let about = inputs.about(&&row, states).unwrap();
        let mut values = Vec::new();
        inputs.values(&&row, states, &mut values);
        let found = assessor.assess(&values, &about.facts).unwrap();
        let rated = Rated::new(loaded.model, &assessor, &about, &found).unwrap();
        let outcome = match rated.outcome {
            "rated" => Outcome::Rated,
            "hard_stop" => Outcome::HardStop,
            _ => Outcome::NotRatable,
        };
        let grade = rated.grade.map(|g| loaded.model.grade_name(g)).unwrap_or_default();
        let reasons: Vec<&String> = rated.reasons.iter().flatten().collect();
        let hits = rated.applied.split(';').filter(|h| !h.is_empty()).count();
        let unchecked: Vec<&str> = rated.unchecked.split(';').filter(|u| !u.is_empty()).collect();
        format!(
            "{id} {outcome:?} {:?} {grade} {:?} {reasons:?} {} {} {} {hits} {unchecked:?}",
            rated.score,
            rated.percentile.map(i32::from),
            rated.line_fen,
            rated.inputs_digest.unwrap(),
            rated.coverage_capped,
        )
    };
    ids.iter().map(one).collect()
}

async fn same_answer_everywhere(running: &Running, ids: &[String]) {
    let bank = running.client("bank-a").await;
    for id in ids {
        running.grant("bank-a", id, &[]).await;
    }
    let requests: Vec<AssessRequest> = ids.iter().map(|id| request(id)).collect();
    let of_batch: Vec<Rating> = batch(&bank, &requests).await.into_iter().map(Result::unwrap).collect();
    let library = by_library(ids, &[]);
    let mut outcomes = HashSet::new();
    for ((id, of_batch), library) in ids.iter().zip(&of_batch).zip(&library) {
        let of_call = assess(&bank, request(id)).await.unwrap();
        assert_eq!(&compared(of_batch), library);
        let same = |r: &Rating| Rating { rating_id: String::new(), created_at: None, ..r.clone() }.encode_to_vec();
        assert_eq!(same(of_batch), same(&of_call));
        assert!(!of_call.what_if && of_call.consent_ids.len() == 1 && of_call.purpose() == Purpose::LoanApplication);
        outcomes.insert(of_call.outcome());
    }
    assert!(outcomes.len() == 3, "{outcomes:?}: all are compared");
    let first = request_id::new();
    assert_ne!(of_batch[0].rating_id, first);
    // Each is computed again to the bytes that were stored.
    for rating in &of_batch {
        let replay = bank.call(ReplayRequest { rating_id: rating.rating_id.clone() }).await.unwrap();
        assert_eq!(replay.outcome(), ReplayOutcome::Same);
        assert_eq!(replay.rating.as_ref(), Some(rating));
        assert_eq!(replay.stored_digest, replay.replayed_digest);
        let as_prost_writes_it = Digest::sha256(&rating.encode_to_vec()).to_string();
        assert_eq!(
            replay.stored_digest, as_prost_writes_it,
            "field by field in the order of numbers, no default value"
        );
        assert!(replay.stored_digest.starts_with("sha256:"));
    }
}

async fn without_consent_nothing_is_said(running: &Running, id: &str) {
    let bank = running.client("bank-b").await;
    let known = refused(assess(&bank, request(id)).await, Code::FailedPrecondition, ErrorReason::NoConsent);
    let unknown = assess(&bank, request("91500000MA0000000X")).await;
    assert_eq!(whole::<Rating>(Err(known)), whole(unknown), "no trace of the enterprise");
    let what_if = WhatIfRequest {
        enterprise_id: id.into(),
        purpose: Purpose::LoanApplication.into(),
        features: vec![number("working_capital_loans", 1.0)],
        ..WhatIfRequest::default()
    };
    refused(bank.call(what_if).await, Code::FailedPrecondition, ErrorReason::NoConsent);

    let consent = running.grant("bank-b", id, &[]).await;
    let renewal = AssessRequest { purpose: Purpose::LoanRenewal.into(), ..request(id) };
    refused(assess(&bank, renewal).await, Code::FailedPrecondition, ErrorReason::NoConsent);
    let asked = request(id);
    let rating = assess(&bank, asked.clone()).await.unwrap();
    running.grant("bank-b", "NOT-IN-SNAPSHOT", &[]).await;
    refused(assess(&bank, request("NOT-IN-SNAPSHOT")).await, Code::NotFound, ErrorReason::NotFound);
    let no_model = AssessRequest { model_id: "another".into(), ..request(id) };
    refused(assess(&bank, no_model).await, Code::FailedPrecondition, ErrorReason::NoActiveModel);

    running.revoke("bank-b", id, &consent).await;
    refused(assess(&bank, request(id)).await, Code::FailedPrecondition, ErrorReason::NoConsent);
    let items = batch(&bank, &[request(id), asked.clone(), request("NOT-IN-SNAPSHOT")]).await;
    let mut items = items.into_iter();
    refused(items.next().unwrap(), Code::FailedPrecondition, ErrorReason::NoConsent);
    assert_eq!(items.next().unwrap().unwrap(), rating, "what was answered is answered again");
    refused(items.next().unwrap(), Code::NotFound, ErrorReason::NotFound);
    assert_eq!(get(&bank, &rating.rating_id).await.unwrap(), rating, "its own ratings stay readable");
}

async fn get(client: &Client, rating_id: &str) -> Answer<Rating> {
    let request = GetRatingRequest { which: Some(Which::RatingId(rating_id.into())) };
    client.call(request).await.map(|answer| answer.rating.unwrap())
}

fn number(name: &str, value: f64) -> CallerFeature {
    CallerFeature { name: name.into(), value: Some(Value::Number(value)) }
}

async fn a_source_that_is_left_out_is_not_seen(running: &Running, ids: &[String]) {
    let bank = running.client("bank-b").await;
    let some = &ids[40..60];
    for id in some {
        running.grant("bank-b", id, &["invoices", "utilities"]).await;
    }
    let requests: Vec<AssessRequest> = some.iter().map(|id| request(id)).collect();
    let rated: Vec<Rating> = batch(&bank, &requests).await.into_iter().map(Result::unwrap).collect();
    assert_eq!(rated.iter().map(compared).collect::<Vec<_>>(), by_library(some, &["invoices", "utilities"]));
    for rating in rated {
        let not_authorised = rating.sources.iter().filter(|s| s.state() == SourceState::NotAuthorised);
        let not_authorised: BTreeSet<&str> = not_authorised.map(|s| s.source_id.as_str()).collect();
        assert_eq!(not_authorised, BTreeSet::from(["invoices", "utilities"]));
        let replay = bank.call(ReplayRequest { rating_id: rating.rating_id.clone() }).await.unwrap();
        assert_eq!(replay.outcome(), ReplayOutcome::Same);
    }
}

/// An enterprise of the list with a line, by the ratings of bank-a.
async fn with_a_line(running: &Running, ids: &[String]) -> Rating {
    let bank = running.client("bank-a").await;
    for id in ids {
        let rating = assess(&bank, request(id)).await.unwrap();
        if rating.line.as_ref().unwrap().amount_fen > 0 {
            return rating;
        }
    }
    panic!("no enterprise has a line");
}

async fn values_of_the_bank_take_the_place_of_others(running: &Running, ids: &[String]) {
    let bank = running.client("bank-a").await;
    let before = with_a_line(running, ids).await;
    let id = &before.enterprise_id;
    // A loan of less than nothing would raise the line; a figure that cannot be kept would count as not known.
    for (name, value) in [("working_capital_loans", -5.0), ("line_payable_days", -1e9), ("declared_sales_12m", 1e300)] {
        let wrong = AssessRequest { features: vec![number(name, value)], ..request(id) };
        let refused = assess(&bank, wrong).await.expect_err(name);
        let fields: Vec<String> = error_info(&refused).violations.into_iter().map(|v| v.field).collect();
        assert_eq!((refused.code(), fields), (Code::InvalidArgument, vec!["features[0].number".to_owned()]), "{name}");
    }
    let features = vec![number("working_capital_loans", 1e9), number("insured", 30.0)];
    let given = AssessRequest { features: features.clone(), ..request(id) };
    let rating = assess(&bank, given).await.unwrap();
    assert_eq!(rating.caller_features, ["insured", "working_capital_loans"]);
    assert_eq!(rating.line.as_ref().unwrap().amount_fen, 0, "so many loans leave nothing");
    assert_ne!(rating.inputs_digest, before.inputs_digest);
    let replay = bank.call(ReplayRequest { rating_id: rating.rating_id.clone() }).await.unwrap();
    assert_eq!((replay.outcome(), replay.rating), (ReplayOutcome::Same, Some(rating.clone())));

    let what_if = WhatIfRequest {
        enterprise_id: id.clone(),
        purpose: Purpose::LoanApplication.into(),
        features,
        ..WhatIfRequest::default()
    };
    let supposed = bank.call(what_if).await.unwrap().rating.unwrap();
    assert!(supposed.what_if && supposed.rating_id.is_empty());
    let as_if = Rating { what_if: true, rating_id: String::new(), created_at: supposed.created_at, ..rating.clone() };
    assert_eq!(supposed, as_if);
    let latest =
        GetRatingRequest { which: Some(Which::Latest(LatestRating { enterprise_id: id.clone(), until: None })) };
    assert_eq!(bank.call(latest).await.unwrap().rating.unwrap(), rating, "a what-if is not stored");

    let other = running.client("bank-b").await;
    running.grant("bank-b", id, &["loans", "social_security"]).await;
    let withheld = assess(&other, request(id)).await.unwrap();
    assert_eq!(withheld.line.as_ref().unwrap().state(), LineState::None, "a stop could be hidden");
    assert_eq!(withheld.score, None);
}

async fn another_banks_is_as_if_it_were_not(running: &Running, id: &str) {
    let (a, b) = (running.client("bank-a").await, running.client("bank-b").await);
    let of_a = assess(&a, request(id)).await.unwrap().rating_id;
    let none = request_id::new();
    assert_eq!(whole(get(&b, &of_a).await), whole(get(&b, &none).await));
    let explain = |id: &str| ExplainRequest { rating_id: id.into(), ..ExplainRequest::default() };
    assert_eq!(whole(b.call(explain(&of_a)).await), whole(b.call(explain(&none)).await));
    let replay = |id: &str| ReplayRequest { rating_id: id.into() };
    assert_eq!(whole(b.call(replay(&of_a)).await), whole(b.call(replay(&none)).await));
    let decide = |id: &str| decision(id, DecisionKind::Declined, 0, "");
    assert_eq!(whole(b.call(decide(&of_a)).await), whole(b.call(decide(&none)).await));
    refused(get(&b, &of_a).await, Code::NotFound, ErrorReason::NotFound);

    let auditor = running.client("auditor").await;
    assert_eq!(get(&auditor, &of_a).await.unwrap().rating_id, of_a);
    let replay = auditor.call(ReplayRequest { rating_id: of_a }).await.unwrap();
    assert_eq!(replay.outcome(), ReplayOutcome::Same);
    let list = ListRatingsRequest { enterprise_id: id.into(), ..ListRatingsRequest::default() };
    let (of_all, of_a) = (auditor.call(list.clone()).await.unwrap(), a.call(list).await.unwrap());
    assert!(of_all.ratings.len() > of_a.ratings.len(), "the auditor reads those of both banks");
}

async fn pages_hold_all_once(running: &Running, ids: &[String]) {
    let bank = running.client("bank-a").await;
    let whole = ListRatingsRequest { page_size: 1_000, ..ListRatingsRequest::default() };
    let all = bank.call(whole).await.unwrap();
    assert!(all.next_page_token.is_empty() && all.ratings.len() >= 2 * ids.len());
    let time = |r: &Rating| r.created_at.as_ref().map(|t| (t.seconds, t.nanos));
    assert!(all.ratings.windows(2).all(|w| time(&w[0]) >= time(&w[1])), "newest first");

    let mut page = ListRatingsRequest { page_size: 100, ..ListRatingsRequest::default() };
    let mut seen = Vec::new();
    let mut tokens = Vec::new();
    loop {
        let got = bank.call(page.clone()).await.unwrap();
        seen.extend(got.ratings);
        if got.next_page_token.is_empty() {
            break;
        }
        // What comes after the first page was asked for is in none of its pages.
        assess(&bank, request(&ids[1])).await.unwrap();
        tokens.push(got.next_page_token.clone());
        page.page_token = got.next_page_token;
    }
    assert_eq!(seen, all.ratings);

    let forged = |token: String| ListRatingsRequest { page_token: token, ..ListRatingsRequest::default() };
    let token = tokens[0].clone();
    let mut changed = token.clone().into_bytes();
    changed[3] = if changed[3] == b'A' { b'B' } else { b'A' };
    let changed = String::from_utf8(changed).unwrap();
    for wrong in ["x".to_owned(), changed, token[..token.len() - 4].to_owned(), "A".repeat(100), "A".repeat(10_000)] {
        refused(bank.call(forged(wrong)).await, Code::InvalidArgument, ErrorReason::InvalidPageToken);
    }
    let other = running.client("bank-b").await;
    refused(other.call(forged(token.clone())).await, Code::InvalidArgument, ErrorReason::InvalidPageToken);
    let elsewhere = ListRatingsRequest { enterprise_id: ids[0].clone(), ..forged(token) };
    refused(bank.call(elsewhere).await, Code::InvalidArgument, ErrorReason::InvalidPageToken);

    let until = all.ratings[10].created_at;
    let until = ListRatingsRequest { until, page_size: 5, ..ListRatingsRequest::default() };
    assert_eq!(bank.call(until).await.unwrap().ratings[0], all.ratings[10]);
    let one = ListRatingsRequest { enterprise_id: ids[2].clone(), ..ListRatingsRequest::default() };
    assert!(bank.call(one).await.unwrap().ratings.iter().all(|r| r.enterprise_id == ids[2]));
    let none = bank.call(ListCorrectionsRequest::default()).await.unwrap();
    assert!(none.corrections.is_empty() && none.next_page_token.is_empty());
}

async fn fields_are_checked_at_once(running: &Running) {
    let bank = running.client("bank-a").await;
    let wrong = AssessRequest {
        request_id: "7".into(),
        enterprise_id: "x".repeat(65),
        purpose: 0,
        features: vec![
            number("insured", f64::INFINITY),
            number("insured", 1.0),
            number("insured", 2.0),
            number("no_such", 1.0),
            CallerFeature { name: "insured".into(), value: Some(Value::Text("a".into())) },
        ],
        model_id: "m".repeat(65),
    };
    let status = refused(assess(&bank, wrong).await, Code::InvalidArgument, ErrorReason::InvalidRequest);
    let fields: Vec<String> = error_info(&status).violations.into_iter().map(|v| v.field).collect();
    for field in ["request_id", "enterprise_id", "purpose", "model_id", "features[0].number"] {
        assert!(fields.iter().any(|f| f == field), "{field}: {fields:?}");
    }
    let unknown = AssessRequest {
        features: vec![number("no_such", 1.0), number("insured", 1.0), number("insured", 2.0)],
        ..request("x")
    };
    let status = refused(assess(&bank, unknown).await, Code::InvalidArgument, ErrorReason::InvalidRequest);
    let fields: Vec<String> = error_info(&status).violations.into_iter().map(|v| v.field).collect();
    assert_eq!(fields, ["features[0].name", "features[2].name"]);
    let nothing = bank.call(GetRatingRequest::default()).await;
    refused(nothing, Code::InvalidArgument, ErrorReason::InvalidRequest);
    let negative = ListRatingsRequest { page_size: -1, ..ListRatingsRequest::default() };
    refused(bank.call(negative).await, Code::InvalidArgument, ErrorReason::InvalidRequest);
}

fn decision(rating_id: &str, kind: DecisionKind, amount_fen: i64, reason: &str) -> ReportDecisionRequest {
    use chrono::Datelike as _;
    let today = (chrono::DateTime::<chrono::Utc>::from(std::time::SystemTime::now()) + chrono::TimeDelta::hours(8))
        .date_naive();
    ReportDecisionRequest {
        request_id: request_id::new(),
        rating_id: rating_id.into(),
        kind: kind.into(),
        amount_fen,
        decided_on: Some(api::Date {
            year: today.year(),
            month: today.month().cast_signed(),
            day: today.day().cast_signed(),
        }),
        override_reason: reason.into(),
    }
}

async fn decisions_that_depart_say_why(running: &Running, ids: &[String]) {
    let bank = running.client("bank-a").await;
    let rating = with_a_line(running, ids).await;
    let (id, line) = (rating.rating_id.as_str(), rating.line.as_ref().unwrap().amount_fen);
    let within = decision(id, DecisionKind::Granted, line, "");
    let first = bank.call(within.clone()).await.unwrap().decision.unwrap();
    assert!(!first.departs_from_rating);
    assert_eq!(bank.call(within.clone()).await.unwrap().decision.unwrap(), first, "once");
    let other_body = ReportDecisionRequest { amount_fen: 1, ..within };
    refused(bank.call(other_body).await, Code::AlreadyExists, ErrorReason::RequestIdReused);
    for (kind, amount, reason, is_refused) in [
        (DecisionKind::Granted, line + 1, "", true),
        (DecisionKind::Granted, line + 1, "the owner pledges a house", false),
        (DecisionKind::Granted, 1, "no need of one", true),
        (DecisionKind::Granted, 0, "", true),
        (DecisionKind::Declined, 0, "", true),
        (DecisionKind::Declined, 0, "no capacity", false),
        (DecisionKind::Declined, 1, "no capacity", true),
        (DecisionKind::Withdrawn, 0, "", false),
        (DecisionKind::Unspecified, 0, "", true),
    ] {
        let answer = bank.call(decision(id, kind, amount, reason)).await;
        match is_refused {
            true => _ = refused(answer, Code::InvalidArgument, ErrorReason::InvalidRequest),
            false => assert_eq!(answer.unwrap().decision.unwrap().departs_from_rating, !reason.is_empty()),
        }
    }
    let early = ReportDecisionRequest {
        decided_on: Some(api::Date { year: 2020, month: 1, day: 1 }),
        ..decision(id, DecisionKind::Withdrawn, 0, "")
    };
    refused(bank.call(early).await, Code::InvalidArgument, ErrorReason::InvalidRequest);
    let stored = running.store().decisions("bank-a", id).await.unwrap();
    let reasons: Vec<_> = stored.into_iter().map(|d| d.override_reason.and_then(store::Kept::here)).collect();
    assert_eq!(reasons, [None, Some("the owner pledges a house".into()), Some("no capacity".into()), None]);
}

async fn objections_are_told_at_once(running: &Running, id: &str) {
    let bank = running.client("bank-a").await;
    let asked = request(id);
    let before = assess(&bank, asked.clone()).await.unwrap();
    assert!(!before.objection_open && !before.objection_unresolved);
    let objection = running.object(id, "tax_returns").await;
    let later = assess(&bank, request(id)).await.unwrap();
    assert!(later.objection_open, "although the enterprise is remembered without one");
    assert_eq!(assess(&bank, asked).await.unwrap(), before, "a repeated call has the same bytes");
    assert!(get(&bank, &before.rating_id).await.unwrap().objection_open, "as of the reading");
    running.resolve(&objection, ObjectionState::Unresolved).await;
    let last = assess(&bank, request(id)).await.unwrap();
    assert!(!last.objection_open && last.objection_unresolved);
    let replay = bank.call(ReplayRequest { rating_id: later.rating_id.clone() }).await.unwrap();
    assert_eq!((replay.outcome(), replay.rating), (ReplayOutcome::Same, Some(later)));
}

/// The corrections that a bank reads of an enterprise, by pages of one.
async fn corrections(bank: &Client, id: &str) -> Vec<Correction> {
    let mut page = ListCorrectionsRequest { page_size: 1, ..ListCorrectionsRequest::default() };
    let mut all = Vec::new();
    loop {
        let got = bank.call(page.clone()).await.unwrap();
        all.extend(got.corrections.into_iter().filter(|c| c.enterprise_id == id));
        if got.next_page_token.is_empty() {
            return all;
        }
        page.page_token = got.next_page_token;
    }
}

fn of_source<'c>(all: &'c [Correction], source_id: &str) -> BTreeSet<&'c str> {
    all.iter().filter(|c| c.source_id == source_id).map(|c| c.rating_id.as_str()).collect()
}

async fn a_correction_reaches_all_who_received_the_value(running: &Running, id: &str) {
    let (a, b) = (running.client("bank-a").await, running.client("bank-b").await);
    running.grant("bank-b", id, &["invoices"]).await;
    let of_b = assess(&b, request(id)).await.unwrap().rating_id;
    let wrong = running.object(id, "invoices").await;
    let marked = assess(&a, request(id)).await.unwrap();
    assert!(marked.objection_open);
    let list = ListRatingsRequest { enterprise_id: id.into(), ..ListRatingsRequest::default() };
    let of_a = a.call(list).await.unwrap().ratings;
    let of_a: BTreeSet<&str> = of_a.iter().map(|r| r.rating_id.as_str()).collect();
    assert!(of_a.len() >= 3 && of_a.contains(marked.rating_id.as_str()));
    assert!(corrections(&a, id).await.is_empty(), "an objection that is open corrects nothing");

    let resolved = running.resolve(&wrong, ObjectionState::Corrected).await;
    assert_eq!(resolved.receivers.iter().map(|r| r.rating_id.as_str()).collect::<BTreeSet<_>>(), of_a);
    let told = corrections(&a, id).await;
    assert_eq!((told.len(), of_source(&told, "invoices")), (of_a.len(), of_a.clone()), "each once");
    assert!(told.iter().all(|c| c.objection_id == wrong && c.answer == "已核实" && c.corrected_at.is_some()));
    assert!(corrections(&b, id).await.is_empty(), "bank-b was not given the invoices");
    let after = assess(&a, request(id)).await.unwrap();
    assert!(!after.objection_open && !after.objection_unresolved, "what is corrected is no mark");
    let since = ListCorrectionsRequest { since: after.created_at, ..ListCorrectionsRequest::default() };
    assert!(a.call(since).await.unwrap().corrections.is_empty());

    let of_both = running.object(id, "tax_returns").await;
    running.resolve(&of_both, ObjectionState::Corrected).await;
    assert_eq!(of_source(&corrections(&b, id).await, "tax_returns"), BTreeSet::from([&*of_b]));
    assert_eq!(of_source(&corrections(&a, id).await, "tax_returns").len(), of_a.len() + 1);
    // The bureau sees when each bank was told.
    let list = ListObjectionsRequest { enterprise_id: id.into(), ..ListObjectionsRequest::default() };
    let objections = running.client("bureau").await.call(list).await.unwrap().objections;
    let receivers: Vec<_> = objections.iter().flat_map(|o| &o.receivers).collect();
    assert_eq!(receivers.len(), 2 * of_a.len() + 2);
    assert!(receivers.iter().all(|r| r.told_at.is_some()));
}

/// A rating as if it had been stored with another text of the same length in its inputs.
async fn stored_with(running: &Running, id: &str, from: &str, to: &str) -> String {
    let rating = assess(&running.client("bank-a").await, request(id)).await.unwrap();
    let mut inputs = running.store().inputs("bank-a", &rating.rating_id).await.unwrap().unwrap().here().unwrap();
    let at = inputs.windows(from.len()).position(|w| w == from.as_bytes()).unwrap();
    inputs[at..at + to.len()].copy_from_slice(to.as_bytes());
    let new = NewRating {
        rating_id: request_id::new(),
        tenant: "bank-a".into(),
        request_id: request_id::new(),
        body_sha256: [0; 32],
        subject: id.into(),
        kind: "stored_features".into(),
        created_at: running.desk.now(),
        valid_until: running.desk.now(),
        retain_until: running.desk.now(),
        model_digest: "sha256:aa".into(),
        snapshot_digest: "sha256:bb".into(),
        answer: rating.encode_to_vec(),
        inputs,
    };
    let rating_id = new.rating_id.clone();
    let write = store::Write::of(running.line("Assess", id), store::Record::Rating(Box::new(new)));
    running.store().write(write).await.unwrap();
    rating_id
}

async fn what_a_replay_lacks_is_said(running: &Running, id: &str) {
    let bank = running.client("bank-a").await;
    let with_other_end = |text: &str| {
        let (begin, end) = text.split_at(text.len() - 1);
        format!("{begin}{}", if end == "0" { "1" } else { "0" })
    };
    let (version, digest) = (Catalogue::built_in().version, models().all()[0].digest.clone());
    for (here, reason, name) in [
        (&version, ErrorReason::CatalogueDiffers, "catalogue_version"),
        (&digest, ErrorReason::ModelMissing, "model_digest"),
    ] {
        let other = with_other_end(here);
        assert_ne!(*here, other);
        let rating_id = stored_with(running, id, here, &other).await;
        let replay = bank.call(ReplayRequest { rating_id: rating_id.clone() }).await;
        let explain = bank.call(ExplainRequest { rating_id, ..ExplainRequest::default() }).await;
        for status in [replay.map(drop), explain.map(drop)] {
            let status = refused(status, Code::FailedPrecondition, reason);
            assert_eq!(error_info(&status).metadata[name], other);
            assert!(status.message().contains(&other), "{}", status.message());
        }
    }
}

async fn pages_for_people(running: &Running, id: &str) {
    let bank = running.client("bank-a").await;
    let rating = assess(&bank, request(id)).await.unwrap();
    for (format, language, words) in [
        (PageFormat::Text, Language::Zh, "企业商业价值评价"),
        (PageFormat::Text, Language::En, "Commercial-value rating"),
        (PageFormat::Html, Language::Unspecified, "<html lang=\"zh-CN\""),
    ] {
        let explain =
            ExplainRequest { rating_id: rating.rating_id.clone(), format: format.into(), language: language.into() };
        let page = bank.call(explain).await.unwrap();
        assert!(page.page.contains(words) && page.page.contains(id), "{}", page.page);
        let kind = if format == PageFormat::Html { "text/html" } else { "text/plain" };
        assert_eq!(page.content_type, format!("{kind}; charset=utf-8"));
    }
}

async fn a_request_is_answered_once(running: &Running, id: &str) -> (AssessRequest, Rating) {
    let bank = running.client("bank-a").await;
    let asked = request(id);
    let first = assess(&bank, asked.clone()).await.unwrap();
    let stored = running.store().rating("bank-a", &first.rating_id).await.unwrap().unwrap();
    assert_eq!(stored.answer.here().unwrap().bytes, first.encode_to_vec(), "what is stored is what was answered");
    let again = assess(&bank, asked.clone()).await.unwrap();
    assert_eq!(again.encode_to_vec(), first.encode_to_vec());
    let in_batch = batch(&bank, std::slice::from_ref(&asked)).await.remove(0).unwrap();
    assert_eq!(in_batch, first);
    let other_body = AssessRequest { features: vec![number("insured", 1.0)], ..asked.clone() };
    refused(assess(&bank, other_body.clone()).await, Code::AlreadyExists, ErrorReason::RequestIdReused);
    refused(batch(&bank, &[other_body]).await.remove(0), Code::AlreadyExists, ErrorReason::RequestIdReused);
    let broken = AssessRequest { purpose: 0, ..asked.clone() };
    refused(assess(&bank, broken).await, Code::AlreadyExists, ErrorReason::RequestIdReused);
    // A request id belongs to the caller that used it.
    running.grant("bank-b", id, &[]).await;
    let of_b = assess(&running.client("bank-b").await, asked.clone()).await.unwrap();
    assert_ne!(of_b.rating_id, first.rating_id);
    // At the same time.
    let at_once = request(id);
    let both = tokio::join!(assess(&bank, at_once.clone()), assess(&bank, at_once));
    assert_eq!(both.0.unwrap(), both.1.unwrap());
    (asked, first)
}

async fn what_is_deleted_is_said_to_be(running: &Running, id: &str, rating: &Rating) {
    let bank = running.client("bank-a").await;
    let line = store::NewLine {
        at: running.desk.now(),
        actor: "operator".into(),
        role: "operator".into(),
        tenant: None,
        action: "Retention".into(),
        subject: None,
        purpose: None,
        outcome: "OK".into(),
        object_id: None,
        detail: None,
    };
    running.store().destroy_subject_key(id, line).await.unwrap();
    let replay = bank.call(ReplayRequest { rating_id: rating.rating_id.clone() }).await.unwrap();
    assert_eq!((replay.outcome(), &replay.rating), (ReplayOutcome::InputsDeleted, &None));
    assert!(replay.inputs_deleted_on.is_some_and(|d| d.year >= 2025));
    let explain = ExplainRequest { rating_id: rating.rating_id.clone(), ..ExplainRequest::default() };
    let status = refused(bank.call(explain).await, Code::FailedPrecondition, ErrorReason::InputsDeleted);
    assert!(error_info(&status).metadata.contains_key("deleted_on"));
    refused(get(&bank, &rating.rating_id).await, Code::FailedPrecondition, ErrorReason::InputsDeleted);
    let list = ListRatingsRequest { enterprise_id: id.into(), ..ListRatingsRequest::default() };
    let left = bank.call(list).await.unwrap().ratings;
    assert!(!left.is_empty() && left.iter().all(|r| r.enterprise_id.is_empty() && r.score.is_none()));
}

async fn two_servers_serve_one_bank(place: &Place) {
    let (one, two) = (place.serve().await, place.serve().await);
    let id = &city().ids()[0];
    let (at_one, at_two) = (one.client("bank-a").await, two.client("bank-a").await);
    let consent = one.grant("bank-a", id, &[]).await;
    let asked = request(id);
    let (left, right) = tokio::join!(assess(&at_one, asked.clone()), assess(&at_two, asked));
    let rating = left.unwrap();
    assert_eq!(rating, right.unwrap(), "one request at two servers");
    assert_eq!(get(&at_two, &rating.rating_id).await.unwrap(), rating);
    let many: Vec<AssessRequest> = (0..100).map(|_| request(id)).collect();
    let both = tokio::join!(batch(&at_one, &many), batch(&at_two, &many));
    for (a, b) in both.0.into_iter().zip(both.1) {
        assert_eq!(a.unwrap(), b.unwrap());
    }
    // A token of the one is good at the other.
    let first = ListRatingsRequest { page_size: 60, ..ListRatingsRequest::default() };
    let page = at_one.call(first.clone()).await.unwrap();
    let next = ListRatingsRequest { page_token: page.next_page_token, ..first };
    assert_eq!(at_two.call(next).await.unwrap().ratings.len(), 41);
    // Revoked at the one, it ends at the other at once, although the other remembers it.
    one.revoke("bank-a", id, &consent).await;
    refused(assess(&at_two, request(id)).await, Code::FailedPrecondition, ErrorReason::NoConsent);
    one.grant("bank-a", id, &[]).await;
    one.object(id, "tax_returns").await;
    assert!(assess(&at_two, request(id)).await.unwrap().objection_open);
    assert!(matches!(two.store().verify(None).await.unwrap(), Verdict::Whole { .. }));
    one.stop().await;
    two.stop().await;
}
