use crate::office::{E1, NOW, Office, expect, refused};
use crate::place::{DAY, Running};
use api::client::Client;
use api::rating::v1::*;
use prost::Message as _;
use service::{Caller, CorrectionPlace, Role};
use store::{Verdict, Write};
use tonic::Code;

fn open(rating_id: &str, source_id: &str) -> OpenObjectionRequest {
    OpenObjectionRequest {
        request_id: api::request_id::new(),
        enterprise_id: E1.into(),
        rating_id: rating_id.into(),
        source_id: source_id.into(),
        statement: "发票数据有误".into(),
    }
}

fn resolve(id: &str, state: ObjectionState) -> ResolveObjectionRequest {
    ResolveObjectionRequest {
        request_id: api::request_id::new(),
        objection_id: id.into(),
        state: state.into(),
        answer: "已核实".into(),
    }
}

async fn objections(client: &Client, enterprise: &str, state: ObjectionState) -> Vec<Objection> {
    let request = ListObjectionsRequest { enterprise_id: enterprise.into(), state: state.into(), ..Default::default() };
    client.call(request).await.unwrap().objections
}

async fn marks(server: &Running) -> (bool, bool) {
    service::marks(&server.desk, E1).await.unwrap()
}

pub async fn an_objection_lives_from_its_opening_to_each_outcome(place: &Office) {
    let server = place.start().await;
    let (platform, bureau) = (server.client("platform").await, server.client("bureau").await);
    let (read, kept_out) = (SourceState::HasRecord, SourceState::NotAuthorised);
    let of_a = server.rate("bank-a", &[("invoices", read)]).await;
    let of_b = server.rate("bank-b", &[("invoices", kept_out)]).await;
    assert_eq!(marks(&server).await, (false, false));

    let asked = open(&of_a, "invoices");
    let first = platform.call(asked.clone()).await.unwrap().objection.unwrap();
    assert_eq!(
        (first.state(), first.due_on),
        (ObjectionState::Open, Some(api::Date { year: 2026, month: 12, day: 15 }))
    );
    assert_eq!(marks(&server).await, (true, false));
    place.set(NOW + DAY);
    let again = platform.call(asked.clone()).await.unwrap().objection.unwrap();
    assert_eq!(again.encode_to_vec(), first.encode_to_vec());
    let other = OpenObjectionRequest { statement: "别的".into(), ..asked };
    assert_eq!(refused(platform.call(other).await), expect(Code::AlreadyExists, "REQUEST_ID_REUSED", ""));
    let second = platform.call(open("", "tax_returns")).await.unwrap().objection.unwrap();
    let third = platform.call(open(&of_b, "")).await.unwrap().objection.unwrap();
    // A mark shows in what is read at once.
    let own = ListOwnRatingsRequest { enterprise_id: E1.into(), ..Default::default() };
    let ratings = platform.call(own.clone()).await.unwrap().ratings;
    let ids: Vec<&str> = ratings.iter().map(|r| r.rating_id.as_str()).collect();
    assert_eq!(ids, [&*of_b, &*of_a]);
    assert!(ratings.iter().all(|r| r.objection_open && !r.objection_unresolved));

    // The bureau answers; once.
    let asked = resolve(&first.objection_id, ObjectionState::Corrected);
    let corrected = bureau.call(asked.clone()).await.unwrap().objection.unwrap();
    let receivers: Vec<_> = corrected.receivers.iter().map(|r| (&*r.bank_id, &*r.rating_id, r.told_at)).collect();
    assert_eq!(receivers, [("bank-a", &*of_a, None)], "bank-b did not read invoices");
    assert_eq!(bureau.call(asked).await.unwrap().objection.unwrap().encode_to_vec(), corrected.encode_to_vec());
    let over = expect(Code::FailedPrecondition, "OBJECTION_RESOLVED", "");
    assert_eq!(refused(bureau.call(resolve(&first.objection_id, ObjectionState::Rejected)).await), over);
    bureau.call(resolve(&second.objection_id, ObjectionState::Rejected)).await.unwrap();
    assert_eq!(marks(&server).await, (true, false));
    let third_answer = bureau.call(resolve(&third.objection_id, ObjectionState::Unresolved)).await.unwrap();
    assert_eq!(third_answer.objection.unwrap().receivers, []);
    assert_eq!(marks(&server).await, (false, true));

    // The receiver is told, and the books say when.
    let after = CorrectionPlace::default();
    let told = service::corrections(&server.desk, "bank-a", 0, after, 10).await.unwrap();
    let [(next, correction)] = &told[..] else { panic!("one correction: {told:?}") };
    assert_eq!((&*correction.rating_id, &*correction.source_id), (&*of_a, "invoices"));
    assert_eq!(correction.answer, "已核实");
    assert!(service::corrections(&server.desk, "bank-a", 0, *next, 10).await.unwrap().is_empty());
    assert!(service::corrections(&server.desk, "bank-b", 0, after, 10).await.unwrap().is_empty());
    let since = server.desk.now();
    assert!(service::corrections(&server.desk, "bank-a", since, after, 10).await.unwrap().is_empty());
    let caller = Caller::new("bank-a", Role::Bank);
    for line in service::told(&server.desk, &caller, [correction]) {
        server.desk.store().write(Write::new(line)).await.unwrap();
    }
    let listed = objections(&bureau, E1, ObjectionState::Corrected).await;
    assert!(listed[0].receivers[0].told_at.is_some());

    // Platform of one enterprise, bureau and auditor all, by the day that is due.
    let all = objections(&server.client("auditor").await, "", ObjectionState::Unspecified).await;
    let states: Vec<_> = all.iter().map(|o| o.state()).collect();
    assert_eq!((all.len(), states[0]), (3, ObjectionState::Corrected));
    assert!(objections(&platform, E1, ObjectionState::Open).await.is_empty());
    assert!(objections(&bureau, "", ObjectionState::Open).await.is_empty());
    assert_eq!(objections(&bureau, "", ObjectionState::Rejected).await.len(), 1);
    let nobody = ListObjectionsRequest::default();
    let refusal = expect(Code::InvalidArgument, "INVALID_REQUEST", "enterprise_id");
    assert_eq!(refused(platform.call(nobody).await), refusal);
    let mut request = ListObjectionsRequest { page_size: 2, ..Default::default() };
    let page = bureau.call(request.clone()).await.unwrap();
    request.page_token = page.next_page_token;
    let rest = bureau.call(request.clone()).await.unwrap();
    assert_eq!([page.objections, rest.objections].concat(), all);
    let forged = ListObjectionsRequest { state: ObjectionState::Open.into(), ..request };
    assert_eq!(refused(bureau.call(forged).await), expect(Code::InvalidArgument, "INVALID_PAGE_TOKEN", ""));
    server.stop().await;
}

pub async fn what_is_not_there_or_not_allowed_is_refused(place: &Office) {
    let server = place.start().await;
    let (platform, bureau) = (server.client("platform").await, server.client("bureau").await);
    let id = api::request_id::new;
    let none = expect(Code::NotFound, "NOT_FOUND", "");
    assert_eq!(refused(platform.call(open(&id(), "")).await), none);
    assert_eq!(refused(platform.call(open("", "weather")).await), none);
    assert_eq!(refused(bureau.call(resolve(&id(), ObjectionState::Rejected)).await), none);
    // A rating of another enterprise is none of this one's.
    let rating = server.rate("bank-a", &[]).await;
    let of_other = OpenObjectionRequest { enterprise_id: "E2".into(), ..open(&rating, "") };
    assert_eq!(refused(platform.call(of_other).await), none);
    let bad = |fields: &str| expect(Code::InvalidArgument, "INVALID_REQUEST", fields);
    let empty = OpenObjectionRequest { statement: "  ".into(), ..open("", "") };
    assert_eq!(refused(platform.call(empty).await), bad("rating_id statement"));
    assert_eq!(refused(bureau.call(resolve("7", ObjectionState::Open)).await), bad("objection_id state"));
    let not_allowed = expect(Code::PermissionDenied, "ROLE_NOT_ALLOWED", "");
    for name in ["bank-a", "auditor", "operator", "bureau"] {
        let client = server.client(name).await;
        assert_eq!(refused(client.call(open(&rating, "")).await), not_allowed, "{name}");
        let own = ListOwnRatingsRequest { enterprise_id: E1.into(), ..Default::default() };
        assert_eq!(refused(client.call(own).await), not_allowed, "{name}");
    }
    for name in ["bank-a", "auditor", "operator", "platform"] {
        let result = server.client(name).await.call(resolve(&id(), ObjectionState::Rejected)).await;
        assert_eq!(refused(result), not_allowed, "{name}");
    }
    server.stop().await;
}

pub async fn an_enterprise_sees_what_is_held_and_who_asked(place: &Office) {
    let server = place.start().await;
    let platform = server.client("platform").await;
    let rating = server.rate("bank-a", &[]).await;
    for (bank, action, outcome) in
        [("bank-b", "Assess", "FAILED_PRECONDITION"), ("bank-a", "GetRating", "OK"), ("bank-a", "ReportDecision", "OK")]
    {
        server.desk.store().write(Write::new(server.line(bank, action, outcome, Some(&rating)))).await.unwrap();
    }
    let request = ListInquiriesRequest { enterprise_id: E1.into(), page_size: 2, ..Default::default() };
    let page = platform.call(request.clone()).await.unwrap();
    let rest = ListInquiriesRequest { page_token: page.next_page_token.clone(), ..request };
    let rest = platform.call(rest).await.unwrap();
    let said: Vec<_> = page.inquiries.iter().chain(&rest.inquiries).collect();
    let said: Vec<_> = said.iter().map(|i| (&*i.asker, &*i.method, &*i.rating_id, i.refused)).collect();
    assert_eq!(
        said,
        [("bank-a", "GetRating", "", false), ("bank-b", "Assess", "", true), ("bank-a", "Assess", &*rating, false)]
    );
    assert!(page.inquiries.iter().all(|i| i.purpose() == Purpose::LoanApplication));

    let request = ListOwnSourcesRequest { enterprise_id: E1.into(), page_size: 20, ..Default::default() };
    let page = platform.call(request.clone()).await.unwrap();
    let rest = ListOwnSourcesRequest { page_token: page.next_page_token.clone(), ..request.clone() };
    let rest = platform.call(rest).await.unwrap();
    assert_eq!((page.sources.len(), rest.sources.len(), rest.next_page_token.as_str()), (20, 6, ""));
    let all: Vec<OwnSource> = page.sources.into_iter().chain(rest.sources).collect();
    let of = |id: &str| all.iter().find_map(|s| s.age.clone().filter(|a| a.source_id == id)).unwrap();
    assert_eq!((of("invoices").age_days, of("invoices").known_time_assumed), (Some(12), true));
    assert_eq!(of("tax_returns").state(), SourceState::NoRecord);
    assert_eq!(of("loans").state(), SourceState::NotConnected);
    let unknown = ListOwnSourcesRequest { enterprise_id: "E9".into(), ..request };
    assert_eq!(refused(platform.call(unknown).await), expect(Code::NotFound, "NOT_FOUND", ""));
    server.stop().await;
}

pub async fn what_retention_destroys_leaves_the_chain_whole(place: &Office) {
    let server = place.start().await;
    let (platform, bureau) = (server.client("platform").await, server.client("bureau").await);
    let rating = server.rate("bank-a", &[]).await;
    let objection = platform.call(open(&rating, "")).await.unwrap().objection.unwrap();
    bureau.call(resolve(&objection.objection_id, ObjectionState::Unresolved)).await.unwrap();
    let line = || server.line("operator", "RunRetention", "OK", None);
    let store = server.desk.store();
    // The rating alone would have expired; the texts of the objection are kept for five years.
    assert!(store.destroy_expired_keys(NOW + 40 * DAY, line()).await.unwrap().destroyed.is_empty());
    let done = store.destroy_expired_keys(NOW + 6 * 366 * DAY, line()).await.unwrap();
    assert_eq!(done.destroyed.len(), 1);
    assert!(matches!(store.verify(None).await.unwrap(), Verdict::Whole { .. }));
    // What is left says so and no more.
    let listed = objections(&bureau, E1, ObjectionState::Unspecified).await;
    assert_eq!((listed[0].statement.as_str(), listed[0].state()), ("", ObjectionState::Unresolved));
    let own = ListOwnRatingsRequest { enterprise_id: E1.into(), ..Default::default() };
    let ratings = platform.call(own).await.unwrap().ratings;
    assert_eq!((ratings[0].rating_id.as_str(), ratings[0].grade.as_str()), (&*rating, ""));
    assert_eq!(marks(&server).await, (false, true));
    server.stop().await;
}
