//! Payments of the state through the pages: what waits, who may act, what the ledger refuses and how that is shown.
//!
//! The service behind the pages is the ledger itself, in memory: its rules are the real ones.

#[path = "../../ledger/tests/common/mod.rs"]
mod common;
mod site;

use axum::http::{Request, StatusCode};
use common::{Book, code};
use dashboard::{Entered, Figures, Role, Telling, Tells, Told, Untold};
use ledger::Refusal;
use ledger::event::{Event, UnixMicros};
use serde_json::json;
use site::{Answer, Site, Visitor, form, made};
use std::sync::{Arc, Mutex};
use store::{EntryLine, Verdict};

/// 2026-06-15 in Beijing.
const NOW: i64 = 1_781_500_000_000_000;

fn still() -> UnixMicros {
    UnixMicros(NOW)
}

/// The engine behind the pages; what it enters the figures follow at once.
struct Engine {
    book: Mutex<Book>,
    figures: Figures,
    told: Mutex<Vec<Told>>,
}

impl Engine {
    fn tell(&self, told: Told) -> Result<Entered, Untold> {
        self.told.lock().expect("a list").push(told.clone());
        let mut book = self.book.lock().expect("a book");
        let Told { request_id, actor, effective_on, body } = told;
        let event = Event { request_id, actor, effective_on, recorded_at: still(), body };
        match book.books.append(&event) {
            Ok(posted) => {
                self.figures.push(&made::lines(std::slice::from_ref(&posted))).expect("a line that follows");
                Ok(Entered { seq: posted.entry.seq, repeated: false })
            }
            Err(Refusal::Repeated { seq }) => Ok(Entered { seq, repeated: true }),
            Err(refusal) => Err(Untold::Refused(Box::new(refusal))),
        }
    }
}

struct Shared(Arc<Engine>);

impl Tells for Shared {
    fn tell(&self, told: Told) -> Telling {
        let answer = self.0.tell(told);
        Box::pin(async move { answer })
    }
}

/// A loan with a guarantee, a subsidy that is claimed, two claims of compensation and two benefits that are proposed.
fn begun() -> Book {
    let mut book = Book::default();
    // Subsidies were claimed under the rule of 2022.
    book.complete("icbc", "L2", "2022-01-04", "guaranteed", 2);
    let issued = json!({ "issued": {
        "bank": "icbc", "loan": "L2", "enterprise": code(2), "amount_fen": 100_000_000, "fee_rate_ppm": 10_000,
        "from": "2022-01-01", "to": "2022-12-31", "batch": false,
    } });
    book.done(
        "guarantor:g1/g",
        "2022-01-04",
        json!({ "guarantee": { "guarantor": "g1", "guarantee": "G1", "did": issued } }),
    );
    let claimed =
        json!({ "claimed": { "guarantee": "G1", "from": "2022-01-01", "to": "2022-12-31", "amount_fen": 1_300_000 } });
    book.done(
        "guarantor:g1/g",
        "2022-05-20",
        json!({ "subsidy": { "guarantor": "g1", "subsidy": "S1", "did": claimed } }),
    );
    let fund =
        json!({ "fund": { "fund": "compensation", "maker": "m", "did": { "paid_in": { "amount_fen": 3_000_000 } } } });
    book.done("bureau/b", "2026-01-05", fund);
    book.lent("icbc", "L1", "2026-01-08", 1, 200_000_000);
    for (claim, loss_fen) in [("C1", 1_250_000), ("C2", 4_000_000)] {
        let claimed = json!({ "claimed": { "loan": "L1", "loss_fen": loss_fen, "recovery_from": "2026-02-10", "fee_rate_ppm": null } });
        book.done("bank:icbc/li", "2026-06-01", json!({ "claim": { "bank": "icbc", "claim": claim, "did": claimed } }));
    }
    for (benefit, district, document) in
        [("B1", "500103", "<script>alert(1)</script>"), ("B2", "500106", "=cmd|' /C calc'!A0")]
    {
        let proposed = json!({ "proposed": {
            "tool": "interest_subsidy", "enterprise": code(3), "district": district, "amount_fen": 5_000_000,
            "from": "2026-01-01", "to": "2026-03-31", "document": document,
        } });
        book.done("bureau/wang", "2026-06-02", json!({ "benefit": { "benefit": benefit, "did": proposed } }));
    }
    book
}

async fn place() -> (Site, Arc<Engine>) {
    let book = begun();
    let lines: Vec<EntryLine> = made::lines(book.books.entries());
    let mut site = Site::new(&lines, still).await;
    let engine = Engine { book: Mutex::new(book), figures: site.figures.clone(), told: Mutex::default() };
    let engine = Arc::new(engine);
    site.dashboard = site.dashboard.clone().telling(Arc::new(Shared(engine.clone())));
    site.router = site.dashboard.router();
    (site, engine)
}

fn of(kind: &str, owner: &str, number: &str) -> String {
    form(&[("kind", kind), ("owner", owner), ("number", number), ("lang", "en")])
}

/// A form of the page by its step, filled in.
async fn act(visitor: &mut Visitor, case: &str, step: &str, more: &[(&str, &str)]) -> Answer {
    let page = visitor.page(&format!("/act?{case}")).await;
    let text = page.text();
    let (_, form) =
        text.split_once(&format!("name=\"step\" value=\"{step}\"")).unwrap_or_else(|| panic!("no {step}: {text}"));
    let request = site::between(form, "name=\"request\" value=\"", "\"");
    let key = page.form_key();
    let mut fields = vec![("form", key.as_str()), ("step", step), ("request", request)];
    fields.extend(more);
    visitor.post(&format!("/act?{case}"), &fields).await
}

const ON: (&str, &str) = ("on", "2026-06-10");

#[tokio::test]
async fn what_waits_is_listed_with_its_maker_and_why() {
    let (site, _) = place().await;
    let mut city = site.person("han", Role::City, None).await;
    let all = city.page("/api/v1/review?lang=en").await.json();
    let tables = all["tables"].as_array().expect("tables");
    assert_eq!(tables[0]["total"]["values"][1]["count"], 5);
    let rows = tables[1]["rows"].as_array().expect("rows");
    let numbers: Vec<_> = rows.iter().map(|r| r["keys"][0]["code"].as_str().expect("a code")).collect();
    assert_eq!(numbers, ["S1", "C1", "C2", "B1", "B2"], "what waited longest comes first");
    assert_eq!(rows[0]["values"][1]["text"], "to be approved");
    assert_eq!(rows[1]["values"][1]["text"], "first review");
    assert_eq!(rows[0]["values"][6]["text"], "g · g1");
    assert_eq!(rows[0]["values"][9]["count"], 1_487);
    // Texts of others are texts, on the page and in files.
    let page = city.page("/review").await.text();
    assert!(page.contains("&lt;script&gt;alert(1)") && !page.contains("<script"), "{page}");
    let csv = String::from_utf8(city.page("/export/review.waiting.csv").await.body).expect("UTF-8");
    assert!(csv.lines().any(|line| line.contains("'=cmd|")) && !csv.contains(",=cmd|"), "{csv}");
    let sheets = site::sheets_of(&city.page("/export/review.xlsx").await.body);
    assert!(sheets.iter().all(|(_, xml)| !xml.contains("<f>")));
    // A district has its own.
    let mut own = site.person("own", Role::District, Some("500106")).await;
    let theirs = own.page("/api/v1/review").await.json();
    let rows = theirs["tables"][1]["rows"].as_array().expect("rows");
    assert_eq!(rows.iter().map(|r| r["keys"][0]["code"].as_str().expect("a code")).collect::<Vec<_>>(), ["B2"]);
    for path in ["/case", "/act"] {
        for case in
            [of("benefit", "", "B1"), of("claim", "icbc", "C1"), of("subsidy", "g1", "S1"), of("benefit", "", "none")]
        {
            assert_eq!(own.get(&format!("{path}?{case}")).await.status, StatusCode::NOT_FOUND, "{path} {case}");
        }
    }
}

#[tokio::test]
async fn a_claim_goes_from_person_to_person_and_never_to_its_maker() {
    let (site, engine) = place().await;
    let mut han = site.person("han", Role::City, None).await;
    let mut li = site.person("li", Role::City, None).await;
    let mut zhao = site.person("zhao", Role::City, None).await;
    let case = of("claim", "icbc", "C1");
    // li of the bank is the maker; a person of that name at the bureau is told so by the ledger, with both.
    let refused = act(&mut li, &case, "pass_first", &[ON]).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    assert!(refused.text().contains("li is the person of maker"), "{}", refused.text());
    assert!(act(&mut han, &case, "pass_first", &[ON]).await.text().contains("Entered in the ledger under number"));
    let refused = act(&mut han, &case, "pass_second", &[ON]).await;
    assert!(refused.text().contains("han is the person of first review"), "{}", refused.text());
    assert_eq!(act(&mut zhao, &case, "pass_second", &[ON]).await.status, StatusCode::OK);
    let early = act(&mut zhao, &case, "pay", &[("on", "2026-06-09")]).await;
    assert!(early.text().contains("2026-06-10"), "{}", early.text());
    assert_eq!(act(&mut zhao, &case, "pay", &[ON]).await.status, StatusCode::OK);
    let steps = han.page(&format!("/api/v1/case?{case}")).await.json();
    let did: Vec<_> =
        steps["tables"][1]["rows"].as_array().expect("rows").iter().map(|r| r["values"][0]["text"].clone()).collect();
    assert_eq!(did, ["claimed", "first review passed", "second review passed", "paid"]);
    // 80 % of the loss is the government's.
    assert_eq!(steps["tables"][1]["rows"][3]["values"][1]["fen"], 1_000_000);
    assert_eq!(steps["tables"][1]["rows"][3]["values"][2]["text"], "zhao · city bureau");
    // The second claim is beyond the fund: the ledger says how far.
    let case = of("claim", "icbc", "C2");
    act(&mut han, &case, "pass_first", &[ON]).await;
    act(&mut zhao, &case, "pass_second", &[ON]).await;
    let refused = act(&mut han, &case, "pay", &[ON]).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    let said = site::plain_of(&refused.text());
    assert!(said.contains("yuan"), "{said}");
    // All of it was told in the name of who is signed in, for the bureau.
    let told = engine.told.lock().expect("a list");
    assert!(told.iter().all(|t| ["han", "li", "zhao"].contains(&t.actor.id.as_str())));
    assert!(told.iter().all(|t| t.actor.office == ledger::event::Office::Bureau));
}

#[tokio::test]
async fn subsidies_and_benefits_are_approved_sent_back_and_paid() {
    let (site, _) = place().await;
    let mut han = site.person("han", Role::City, None).await;
    let mut wang = site.person("wang", Role::City, None).await;
    let subsidy = of("subsidy", "g1", "S1");
    for step in ["approve", "pay"] {
        assert_eq!(act(&mut han, &subsidy, step, &[ON]).await.status, StatusCode::OK, "{step}");
    }
    let benefit = of("benefit", "", "B1");
    let refused = act(&mut wang, &benefit, "approve", &[ON]).await;
    assert!(refused.text().contains("wang is the person of maker"), "{}", refused.text());
    // Sent back by another person, with a reason that is shown; not by the maker.
    let own = act(&mut wang, &benefit, "reject", &[("reason", "my own")]).await;
    assert_eq!(own.status, StatusCode::CONFLICT);
    let without = act(&mut han, &benefit, "reject", &[]).await;
    assert_eq!(without.status, StatusCode::BAD_REQUEST);
    assert_eq!(
        act(&mut han, &benefit, "reject", &[("reason", "the document is of another year")]).await.status,
        StatusCode::OK
    );
    let steps = han.page(&format!("/case?{benefit}")).await.text();
    assert!(steps.contains("the document is of another year") && steps.contains("taken back"), "{steps}");
    let waiting = han.page("/api/v1/review").await.json();
    let numbers: Vec<_> =
        waiting["tables"][1]["rows"].as_array().expect("rows").iter().map(|r| r["keys"][0]["code"].clone()).collect();
    assert_eq!(numbers, ["C1", "C2", "B2"]);
    // A district acts for its own, as its own office.
    let mut own = site.person("d", Role::District, Some("500106")).await;
    assert_eq!(act(&mut own, &of("benefit", "", "B2"), "approve", &[ON]).await.status, StatusCode::OK);
    // The page of before shows what it showed.
    let then = han.page("/review?recorded_at=2026-06-03").await.text();
    assert!(then.contains("B1") && then.contains("S1"));
}

#[tokio::test]
async fn a_claw_back_and_an_indicator_need_two_persons() {
    let (site, engine) = place().await;
    let mut han = site.person("han", Role::City, None).await;
    let mut zhao = site.person("zhao", Role::City, None).await;
    let subsidy = of("subsidy", "g1", "S1");
    for step in ["approve", "pay"] {
        act(&mut han, &subsidy, step, &[ON]).await;
    }
    let fields = [("amount", "400.50"), ("clawback", "wrongly_paid"), ("reason", "paid <b>twice</b>")];
    let kept = act(&mut han, &subsidy, "claw_back", &fields).await;
    assert_eq!(kept.status, StatusCode::OK, "{}", kept.text());
    let draft = site.store.drafts(9).await.expect("read").pop().expect("a draft");
    assert_eq!((draft.draft.maker.as_str(), draft.end.is_none()), ("han", true));
    let case = of("draft", "", &draft.draft.draft_id);
    let refused = act(&mut han, &case, "enter", &[ON]).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    assert!(refused.text().contains("han is the person of maker"), "{}", refused.text());
    assert!(!refused.text().contains("<b>twice") && refused.text().contains("&lt;b&gt;twice"));
    let entered = act(&mut zhao, &case, "enter", &[ON]).await;
    assert_eq!(entered.status, StatusCode::OK, "{}", entered.text());
    let body = serde_json::to_value(&engine.told.lock().expect("a list").last().expect("told").body).expect("JSON");
    assert_eq!(
        body["subsidy"]["did"]["clawed_back"],
        json!({ "amount_fen": 40_050, "maker": "han", "reason": "wrongly_paid" })
    );
    assert!(zhao.page(&format!("/act?{case}")).await.text().contains("There is no step to take now"));
    // Once more changes nothing.
    let end = site.store.draft(&draft.draft.draft_id).await.expect("read").and_then(|d| d.end).expect("an end");
    assert!(end.entry.is_some() && end.checker == "zhao");

    let mut own = site.person("d", Role::District, Some("500103")).await;
    let page = own.page("/propose").await;
    let report = |district: &'static str, value: &'static str, key: &str| {
        [
            ("form", key.to_owned()),
            ("what", "indicator".into()),
            ("request", "r".into()),
            ("indicator", "trained".into()),
            ("district", district.into()),
            ("from", "2026-01-01".into()),
            ("to", "2026-03-31".into()),
            ("value", value.into()),
            ("document", "渝中报〔2026〕3号".into()),
            ("reason", "first quarter".into()),
        ]
    };
    let key = page.form_key();
    for (district, value, status) in [
        ("500106", "12", StatusCode::NOT_FOUND),
        ("500103", "12.5", StatusCode::BAD_REQUEST),
        ("500103", "-1", StatusCode::BAD_REQUEST),
        ("500103", "120", StatusCode::OK),
    ] {
        let fields = report(district, value, &key);
        let fields: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (*n, v.as_str())).collect();
        assert_eq!(own.post("/propose", &fields).await.status, status, "{district} {value}");
    }
    let draft = site.store.drafts(9).await.expect("read").pop().expect("a draft");
    let case = of("draft", "", &draft.draft.draft_id);
    // Another district does not see it; the city checks it, or sends it back with a reason.
    let mut other = site.person("o", Role::District, Some("500106")).await;
    assert_eq!(other.get(&format!("/act?{case}")).await.status, StatusCode::NOT_FOUND);
    let sent_back = act(&mut zhao, &case, "send_back", &[("reason", "the annex is missing")]).await;
    assert_eq!(sent_back.status, StatusCode::OK);
    assert!(own.page(&format!("/case?{case}")).await.text().contains("the annex is missing"));
    assert!(matches!(site.store.verify(None).await.expect("verify"), Verdict::Whole { .. }));
}

#[tokio::test]
async fn a_benefit_is_proposed_by_one_and_approved_by_another() {
    let (site, _) = place().await;
    let mut han = site.person("han", Role::City, None).await;
    let mut zhao = site.person("zhao", Role::City, None).await;
    let page = han.page("/propose?lang=en").await;
    let key = page.form_key();
    let enterprise = code(3).to_string();
    let mut fields = vec![
        ("form", key.as_str()),
        ("what", "benefit"),
        ("request", "once"),
        ("number", "B9"),
        ("tool", "interest_subsidy"),
        ("enterprise", enterprise.as_str()),
        ("district", "500103"),
        ("amount", "1200.50"),
        ("from", "2026-01-01"),
        ("to", "2026-03-31"),
        ("document", "渝中小企〔2026〕1号"),
        ("on", "2026-06-10"),
    ];
    let first = han.post("/propose?lang=en", &fields).await;
    assert!(first.text().contains("Entered in the ledger under number"), "{}", first.text());
    // A browser that sends it again changes nothing.
    let again = han.post("/propose?lang=en", &fields).await;
    assert!(again.text().contains("Entered before, under number"), "{}", again.text());
    fields[7] = ("amount", "1e3");
    assert_eq!(han.post("/propose?lang=en", &fields).await.status, StatusCode::BAD_REQUEST);
    let case = of("benefit", "", "B9");
    assert_eq!(act(&mut han, &case, "approve", &[ON]).await.status, StatusCode::CONFLICT);
    assert_eq!(act(&mut zhao, &case, "approve", &[ON]).await.status, StatusCode::OK);
    let shown = han.page(&format!("/api/v1/case?{case}")).await.json();
    assert_eq!(shown["tables"][0]["rows"][0]["values"][5]["fen"], 120_050);
}

#[tokio::test]
async fn nobody_acts_who_may_not_or_from_elsewhere() {
    let (site, engine) = place().await;
    let case = of("benefit", "", "B2");
    let mut auditor = site.person("auditor", Role::Auditor, None).await;
    assert!(auditor.page(&format!("/case?{case}")).await.text().contains("B2"));
    assert!(!auditor.page(&format!("/case?{case}")).await.text().contains("/act?"));
    for path in [format!("/act?{case}"), "/propose".to_owned()] {
        assert_eq!(auditor.get(&path).await.status, StatusCode::FORBIDDEN, "{path}");
        let key = auditor.page("/account").await.form_key();
        let fields = [("form", key.as_str()), ("step", "approve"), ("request", "r"), ON, ("what", "benefit")];
        assert_eq!(auditor.post(&path, &fields).await.status, StatusCode::FORBIDDEN, "{path}");
    }
    let mut han = site.person("han", Role::City, None).await;
    let key = han.page(&format!("/act?{case}")).await.form_key();
    let right = [("form", key.as_str()), ("step", "approve"), ("request", "r"), ON];
    let other = site.person("zhao", Role::City, None).await.page("/account").await.form_key();
    for fields in [&right[1..], &[("form", other.as_str()), right[1], right[2], ON]] {
        assert_eq!(han.post(&format!("/act?{case}"), fields).await.status, StatusCode::FORBIDDEN);
    }
    for (name, value) in [("origin", "https://evil.test"), ("sec-fetch-site", "cross-site")] {
        let request = Request::post(format!("/act?{case}")).header(name, value);
        assert_eq!(han.send(request, form(&right).into()).await.status, StatusCode::FORBIDDEN, "{name}");
    }
    // A forged case, step, or district.
    let mut own = site.person("d", Role::District, Some("500103")).await;
    let key = own.page("/account").await.form_key();
    let fields = [("form", key.as_str()), ("step", "approve"), ("request", "r"), ON];
    assert_eq!(own.post(&format!("/act?{case}"), &fields).await.status, StatusCode::NOT_FOUND);
    let key = han.page("/account").await.form_key();
    for (step, status) in
        [("pay_out", StatusCode::BAD_REQUEST), ("pass_first", StatusCode::BAD_REQUEST), ("pay", StatusCode::CONFLICT)]
    {
        let fields = [("form", key.as_str()), ("step", step), ("request", "r"), ON];
        assert_eq!(han.post(&format!("/act?{case}"), &fields).await.status, status, "{step}");
    }
    let told = engine.told.lock().expect("a list").len();
    assert_eq!(told, 1, "the one step that was well formed, and that the ledger refused");
    // Where no service stands behind the pages, nothing is entered, and that is said.
    let alone = Site::new(&made::lines(begun().books.entries()), still).await;
    let mut han = alone.person("han", Role::City, None).await;
    let answer = act(&mut han, &case, "approve", &[ON]).await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
}
