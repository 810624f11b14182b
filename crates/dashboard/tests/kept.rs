//! What is shown beside the totals: enterprises by name, ratings side by side, quota and inclusive loans, objections with
//! their clock, imports with their refusals.

#[path = "../../ledger/tests/common/mod.rs"]
mod common;
mod site;

use axum::http::StatusCode;
use common::{Book, code};
use dashboard::{Names, Role};
use ledger::event::UnixMicros;
use serde_json::{Value as Json, json};
use site::{Site, Visitor, form, made};
use std::sync::LazyLock;
use store::{
    EntryLine, ImportRefusal, Ledger, NewImport, NewLine, NewObjection, NewRating, ObjectionMove, Record, Store, Write,
};
use totals::Books;

/// 2026-06-15 in Beijing.
const NOW: i64 = 1_781_500_000_000_000;
const DAY: i64 = 86_400_000_000;

fn still() -> UnixMicros {
    UnixMicros(NOW)
}

static CITY: LazyLock<Vec<EntryLine>> =
    LazyLock::new(|| made::lines(&made::city(400, "2026-06-12".parse().expect("a day"), 3)));

fn books_of(lines: &[EntryLine]) -> Books {
    let mut books = Books::default();
    for line in lines {
        books.push(line.seq, line.recorded_at, &line.event, &line.postings).expect("a line of the ledger");
    }
    books
}

async fn table(visitor: &mut Visitor, path: &str, code: &str) -> Json {
    let all = visitor.page(path).await.json();
    let tables = all["tables"].as_array().expect("tables");
    tables.iter().find(|t| t["code"] == code).unwrap_or_else(|| panic!("{path}: no {code} in {tables:?}")).clone()
}

fn rows(table: &Json) -> &Vec<Json> {
    table["rows"].as_array().expect("rows")
}

fn line() -> NewLine {
    NewLine {
        at: NOW,
        actor: "bureau".into(),
        role: "bureau".into(),
        tenant: None,
        action: "Objection".into(),
        subject: None,
        purpose: None,
        outcome: "OK".into(),
        object_id: None,
        detail: None,
    }
}

/// A rating that the service gave: an objection is about one of those.
async fn rate(store: &Store, id: &str, enterprise: u32) {
    let subject = code(enterprise).to_string();
    let rating = NewRating {
        rating_id: id.into(),
        tenant: "icbc".into(),
        request_id: "q1".into(),
        body_sha256: [1; 32],
        subject: subject.clone(),
        kind: "stored_features".into(),
        created_at: NOW - 99 * DAY,
        valid_until: NOW + DAY,
        retain_until: NOW + 999 * DAY,
        model_digest: "sha256:aa".into(),
        snapshot_digest: "sha256:bb".into(),
        answer: vec![1],
        inputs: vec![2],
    };
    let line = NewLine { subject: Some(subject), tenant: Some("icbc".into()), ..line() };
    store.write(Write::of(line, Record::Rating(Box::new(rating)))).await.expect("written");
}

async fn object(store: &Store, id: &str, rating: Option<&str>, days_ago: i64, enterprise: u32) {
    let opened_at = NOW - days_ago * DAY;
    let objection = NewObjection {
        objection_id: id.into(),
        subject: code(enterprise).to_string(),
        rating_id: rating.map(str::to_owned),
        opened_at,
        due_on: UnixMicros(opened_at).beijing_day().expect("a day") + chrono::Days::new(20),
        state: "open".into(),
        text: "it is wrong".into(),
        retain_until: NOW + 999 * DAY,
    };
    store.write(Write::of(line(), Record::Objection(objection))).await.expect("written");
}

async fn resolve(store: &Store, id: &str, days_ago: i64, enterprise: u32) {
    let resolution = ObjectionMove {
        objection_id: id.into(),
        subject: code(enterprise).to_string(),
        at: NOW - days_ago * DAY,
        state: "corrected".into(),
        outcome: Some("corrected".into()),
        text: "it was".into(),
        retain_until: NOW + 999 * DAY,
    };
    store.write(Write::of(line(), Record::ObjectionMove(resolution))).await.expect("written");
}

#[tokio::test]
async fn objections_stand_by_their_clock() {
    let mut book = Book::default();
    book.rated("R-1", 1, "2026-01-08", 300_000_000);
    book.loan("icbc", "L1", "2026-01-08", common::applied_in("500103", "ordinary", 1));
    let site = Site::new(&made::lines(book.books.entries()), still).await;
    rate(&site.store, "R-1", 1).await;
    for (id, rating, days_ago) in [
        ("late", Some("R-1"), 21),
        ("soon", None, 20),
        ("runs", Some("R-1"), 14),
        ("done", Some("R-1"), 60),
        ("slow", None, 60),
    ] {
        object(&site.store, id, rating, days_ago, 1).await;
    }
    resolve(&site.store, "done", 40, 1).await;
    resolve(&site.store, "slow", 39, 1).await;
    let mut city = site.person("han", Role::City, None).await;
    let clock = table(&mut city, "/api/v1/objections?lang=en", "clock").await;
    let found: Vec<(&str, i64)> = rows(&clock)
        .iter()
        .map(|r| (r["keys"][0]["code"].as_str().expect("a word"), r["values"][0]["count"].as_i64().expect("a count")))
        .collect();
    assert_eq!(found, [("late", 1), ("soon", 1), ("running", 1), ("answered_late", 1), ("answered", 1)]);
    let list = table(&mut city, "/api/v1/objections?lang=en", "objections").await;
    let ids: Vec<_> = rows(&list).iter().map(|r| r["keys"][0]["code"].as_str().expect("an id")).collect();
    assert_eq!(ids, ["late", "soon", "runs", "done", "slow"], "without an answer first, by the day");
    assert_eq!(rows(&list)[0]["values"][1]["count"], -1);
    // A day is late from the next one on; what was answered later had no answer then.
    let then = table(&mut city, "/api/v1/objections?as_of=2026-06-14", "clock").await;
    assert_eq!(rows(&then)[0]["values"][0]["count"], 0);
    let before = table(&mut city, "/api/v1/objections?as_of=2026-05-05&recorded_at=2026-05-05", "clock").await;
    assert_eq!(before["total"]["values"][0]["count"], 2);
    assert_eq!(rows(&before)[3]["values"][0]["count"], 0);
    // Those of a rating belong to the enterprise's district; others to none.
    let mut own = site.person("own", Role::District, Some("500103")).await;
    let theirs = table(&mut own, "/api/v1/objections", "clock").await;
    assert_eq!(theirs["total"]["values"][0]["count"], 3);
    let mut other = site.person("other", Role::District, Some("500106")).await;
    let theirs = table(&mut other, "/api/v1/objections", "clock").await;
    assert_eq!(theirs["total"]["values"][0]["count"], 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn imports_are_shown_with_what_they_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let address = format!("sqlite:{}", folder.path().join("ledger.db").display());
    let ledger = Ledger::open(&address).await.expect("a ledger");
    let refusal = |row, rule: &str, found: &str| ImportRefusal {
        row,
        event: "loan.granted".into(),
        rule: rule.into(),
        field: "rate_percent".into(),
        found: found.into(),
        allowed: "0 to 24".into(),
        reason_zh: "利率过高".into(),
        reason_en: "the rate is too high".into(),
    };
    let import = |at, refusals: Vec<ImportRefusal>| NewImport {
        at,
        file: "<script>alert(1)</script>.csv".into(),
        rows: 9,
        events: 9,
        entered: 9 - refusals.len() as u64,
        refused: refusals.len() as u64,
        maker: "bank:icbc/li".into(),
        refusals,
        ..NewImport::default()
    };
    let first = import(NOW - 9 * DAY, vec![refusal(2, "cv.rate", "=1+1"), refusal(7, "state", "x")]);
    ledger.note_import(&first).await.expect("noted");
    ledger.note_import(&import(NOW - DAY, vec![refusal(4, "cv.rate", "30")])).await.expect("noted");
    let mut site = Site::new(&[], still).await;
    site.dashboard = site.dashboard.clone().with_imports(ledger.import_log());
    site.router = site.dashboard.router();
    let mut city = site.person("han", Role::City, None).await;
    let imports = table(&mut city, "/api/v1/imports", "imports").await;
    assert_eq!(imports["total"]["values"][8]["count"], 3);
    let refused = table(&mut city, "/api/v1/imports?lang=en", "refusals").await;
    let shown: Vec<_> =
        rows(&refused).iter().map(|r| (r["keys"][0]["code"].clone(), r["values"][0]["count"].clone())).collect();
    assert_eq!(shown, [(json!("2"), json!(4)), (json!("1"), json!(2)), (json!("1"), json!(7))]);
    assert_eq!(rows(&refused)[0]["values"][6]["text"], "the rate is too high");
    let page = city.page("/imports").await.text();
    assert!(page.contains("&lt;script&gt;") && !page.contains("<script"));
    let csv = String::from_utf8(city.page("/export/imports.refusals.csv").await.body).expect("UTF-8");
    assert!(csv.contains("'=1+1"), "{csv}");
    // As it was known then, for good.
    let then = table(&mut city, "/api/v1/imports?recorded_at=2026-06-10", "imports").await;
    assert_eq!(rows(&then).len(), 1);
    let rules = table(&mut city, "/api/v1/issues", "rules").await;
    assert_eq!(
        (rows(&rules)[0]["keys"][0]["code"].as_str(), &rows(&rules)[0]["values"][2]["count"]),
        (Some("cv.rate"), &json!(2))
    );
    // A district sees no file, and not what became of its rows.
    let mut own = site.person("own", Role::District, Some("500103")).await;
    assert_eq!(own.get("/imports").await.status, StatusCode::FORBIDDEN);
    let all = own.page("/api/v1/issues").await.json();
    assert!(all["tables"].as_array().expect("tables").iter().all(|t| t["code"] != "rules"));
    ledger.close().await;
}

#[tokio::test]
async fn an_enterprise_is_found_by_name_or_code() {
    let mut site = Site::new(&CITY, still).await;
    let evil = "<script>alert(1)</script>";
    let formula = "=cmd|' /C calc'!A0";
    let loans: Vec<(u32, String)> = CITY
        .iter()
        .filter_map(|l| match &l.event.body {
            ledger::event::Body::Loan { did: ledger::event::LoanEvent::Applied { profile, .. }, .. } => {
                let number = (0..400).find(|n| code(*n) == profile.enterprise)?;
                Some((number, profile.district.to_string()))
            }
            _ => None,
        })
        .collect();
    let (here, _) = loans.iter().find(|(_, district)| district == "500103").expect("one of the district");
    let elsewhere = loans.iter().find(|(n, _)| loans.iter().all(|(m, d)| m != n || d != "500103")).expect("one").0;
    let file = format!("credit_code,name\n{},渝中{evil}\n{},\"渝北{formula}\"\n", code(*here), code(elsewhere));
    site.dashboard = site.dashboard.clone().with_names(Names::read(file.as_bytes()).expect("names"));
    site.router = site.dashboard.router();
    let mut city = site.person("han", Role::City, None).await;
    let found = table(&mut city, &format!("/api/v1/enterprise?{}", form(&[("search", "渝")])), "found").await;
    assert_eq!(rows(&found).len(), 2);
    let part = &code(*here).to_string()[9..];
    let found = table(&mut city, &format!("/api/v1/enterprise?search={part}"), "found").await;
    assert!(rows(&found).iter().any(|r| r["keys"][0]["code"] == code(*here).to_string()));
    // Texts of others are texts.
    for query in [form(&[("search", "渝")]), format!("search={}", code(*here)), form(&[("search", evil)])] {
        let page = city.page(&format!("/enterprise?{query}")).await.text();
        assert!(!page.contains("<script"), "{query}");
        assert!(page.contains("&lt;script&gt;"), "{query}");
    }
    let csv = city.page(&format!("/export/enterprise.found.csv?{}", form(&[("search", "渝北")]))).await.text();
    assert!(csv.contains("渝北=cmd|"), "{csv}");
    let sheets =
        site::sheets_of(&city.page(&format!("/export/enterprise.xlsx?{}", form(&[("search", "渝")]))).await.body);
    assert!(sheets.iter().all(|(_, xml)| !xml.contains("<f>")));
    // A district finds its own, and nothing of others, by name or by code.
    let mut own = site.person("own", Role::District, Some("500103")).await;
    let found = table(&mut own, &format!("/api/v1/enterprise?{}", form(&[("search", "渝")])), "found").await;
    let codes: Vec<_> = rows(&found).iter().map(|r| r["keys"][0]["code"].clone()).collect();
    assert_eq!(codes, [json!(code(*here).to_string())]);
    let page = own.page(&format!("/enterprise?enterprise={}", code(elsewhere))).await.text();
    assert!(!page.contains("渝北"), "its name is not there");
    for code_of_table in ["loans", "ratings", "payments"] {
        let shown = table(&mut own, &format!("/api/v1/enterprise?enterprise={}", code(elsewhere)), code_of_table).await;
        assert_eq!(rows(&shown).len(), 0, "{code_of_table}");
    }
    // The look-up is audited, without what was looked for.
    let mut export = site.store.export(0, i64::MAX, None);
    let mut looked = 0;
    while let Some(line) = export.next().await.expect("a line") {
        looked += u64::from(line.action == "LookUp");
        let detail = line.detail.unwrap_or_default();
        assert!(!detail.contains("search") && !detail.contains("%E6%B8%9D"), "{detail}");
    }
    assert!(looked >= 4, "{looked}");
}

#[tokio::test]
async fn ratings_are_counted_by_grade_and_group_and_add_up() {
    let site = Site::new(&CITY, still).await;
    let mut city = site.person("han", Role::City, None).await;
    let issued = CITY
        .iter()
        .filter(|l| {
            matches!(&l.event.body, ledger::event::Body::Rating { did: ledger::event::RatingEvent::Issued { .. }, .. })
        })
        .count() as i64;
    assert!(issued > 200, "{issued}");
    for by in ["month", "quarter", "year", "district", "industry", "size", "grade"] {
        let path = format!("/api/v1/grades?from=2019-01-01&by={by}");
        let all = table(&mut city, &path, "grades").await;
        assert_eq!(all["total"]["values"][0]["count"], issued, "{by}");
        let grouped = table(&mut city, &path, "grouped").await;
        assert_eq!(grouped["total"]["values"][0]["count"], issued, "{by}");
        let columns = grouped["columns"].as_array().expect("columns").len();
        for column in 0..columns {
            let of = |row: &Json| row["values"][column]["count"].as_i64().expect("a count");
            assert_eq!(rows(&grouped).iter().map(of).sum::<i64>(), of(&grouped["total"]), "{by} {column}");
        }
        for row in rows(&grouped) {
            let parts: i64 = (1..columns).map(|c| row["values"][c]["count"].as_i64().expect("a count")).sum();
            assert_eq!(row["values"][0]["count"], parts, "{by}");
        }
    }
    for by in ["bank", "tool", "product"] {
        assert_eq!(city.get(&format!("/grades?by={by}")).await.status, StatusCode::BAD_REQUEST, "{by}");
    }
    assert_eq!(city.get("/grades?bank=icbc").await.status, StatusCode::BAD_REQUEST);
    // Districts add up to the city, and each sees its own.
    let by_district = table(&mut city, "/api/v1/grades?from=2019-01-01&by=district", "grouped").await;
    let here = rows(&by_district).iter().find(|r| r["keys"][0]["code"] == "500103").expect("a row");
    let mut own = site.person("own", Role::District, Some("500103")).await;
    let theirs = table(&mut own, "/api/v1/grades?from=2019-01-01&by=district", "grouped").await;
    assert_eq!((rows(&theirs).len(), &theirs["total"]["values"][0]), (1, &here["values"][0]));
    let stability = table(&mut city, "/api/v1/health", "stability").await;
    assert_eq!(rows(&stability).len(), 24);
    assert!(rows(&stability).iter().any(|r| r["values"][0]["ratio"]["numerator"].as_i64().is_some_and(|n| n > 0)));
}

#[tokio::test]
async fn quota_and_inclusive_loans_are_those_of_totals() {
    let site = Site::new(&CITY, still).await;
    let books = books_of(&CITY);
    let mut city = site.person("han", Role::City, None).await;
    let as_of: chrono::NaiveDate = "2026-05-31".parse().expect("a day");
    let quotas = books.quotas(as_of, None).expect("quotas");
    let shown = table(&mut city, "/api/v1/compensation?as_of=2026-05-31", "quotas").await;
    assert_eq!(rows(&shown).len(), quotas.len());
    for (row, quota) in rows(&shown).iter().zip(&quotas) {
        assert_eq!(row["keys"][0]["code"], quota.bank);
        let expect = [quota.accrued_fen, quota.used_fen, quota.recovered_fen, quota.balance_fen];
        let expect = expect.into_iter().chain(quota.available_fen.map(|(_, fen)| fen));
        for (column, fen) in expect.enumerate() {
            assert_eq!(row["values"][column]["fen"], i64::try_from(fen).expect("fen"), "{} {column}", quota.bank);
        }
    }
    // The city's quota is no district's: it is not there for one, whoever asks.
    let mut own = site.person("own", Role::District, Some("500103")).await;
    for (visitor, path) in [(&mut own, "/api/v1/compensation"), (&mut city, "/api/v1/compensation?district=500103")] {
        let all = visitor.page(path).await.json();
        assert!(all["tables"].as_array().expect("tables").iter().all(|t| t["code"] != "quotas"), "{path}");
    }
    let query = totals::Query::new("2026-01-01".parse().expect("a day"), as_of);
    for (by, code) in [(None, "authorities"), (Some(totals::Dimension::District), "inclusive")] {
        let found = books.inclusive(by, &query).expect("loans");
        assert!(found.iter().any(|line| line.loans > 0));
        let shown = table(&mut city, "/api/v1/inclusive?as_of=2026-05-31", code).await;
        assert_eq!(rows(&shown).len(), found.len());
        for (row, line) in rows(&shown).iter().zip(&found) {
            assert_eq!(row["values"][0]["count"], i64::try_from(line.loans).expect("a count"));
            assert_eq!(row["values"][2]["fen"], i64::try_from(line.balance_fen).expect("fen"));
            let keys = row["keys"].as_array().expect("keys").len();
            assert_eq!(keys, 1 + usize::from(by.is_some()), "no column without anything in it");
        }
    }
    assert_eq!(city.get("/inclusive?by=month").await.status, StatusCode::BAD_REQUEST);
    let page = city.page("/inclusive?as_of=2026-05-31&from=2025-01-01").await.text();
    assert!(page.contains("†"), "across the change of 2025-11-06 some districts are marked");
}

#[tokio::test]
async fn a_table_that_is_wider_than_a_screen_goes_on_below_itself() {
    let site = Site::new(&CITY, still).await;
    let mut city = site.person("han", Role::City, None).await;
    let all = table(&mut city, "/api/v1/risk?as_of=2026-05-31", "vintages").await;
    let columns = all["columns"].as_array().expect("columns").len();
    assert!(columns > 40, "{columns}: seven years on book");
    let page = city.page("/risk?as_of=2026-05-31").await.text();
    let (mut shown, mut parts) = (0, 0);
    for part in page.split("<table id=\"table-vintages").skip(1) {
        let part = part.split("</table>").next().expect("a table");
        let headings = part.split("</thead>").next().expect("a heading").matches("<th ").count();
        assert!(headings <= 15, "{headings} columns in a part");
        (shown, parts) = (shown + headings - 1, parts + 1);
        let rows = part.matches("<th scope=\"row\"").count();
        assert_eq!(part.contains("Unit") || part.contains("单位"), parts == 1, "amounts are in the first part alone");
        assert!(rows > 0 && rows <= all["rows"].as_array().expect("rows").len());
    }
    assert_eq!(shown, columns, "each column once");
    assert!(parts > 2);
    let file = city.page("/export/risk.vintages.csv?as_of=2026-05-31").await.text();
    assert_eq!(file.lines().next().expect("a heading").split(',').count(), columns + 1, "a file is not parted");
}

#[tokio::test]
async fn no_table_has_a_column_without_anything_in_it() {
    let site = Site::new(&CITY, still).await;
    let mut city = site.person("han", Role::City, None).await;
    let mut own = site.person("own", Role::District, Some("500103")).await;
    let mut tables = 0;
    for (visitor, section) in dashboard::sections().flat_map(|section| [(0, section), (1, section)]) {
        let visitor = if visitor == 0 { &mut city } else { &mut own };
        let page = visitor.get(&format!("/{section}?as_of=2026-05-31")).await;
        if page.status != StatusCode::OK {
            assert_eq!((page.status, section), (StatusCode::FORBIDDEN, "imports"));
            continue;
        }
        let page = page.text();
        for table in page.split("<table id=\"").skip(1) {
            let (name, rest) = table.split_once('"').expect("a name");
            let body = site::between(rest, "<tbody>", "</tbody>");
            let mut said: Vec<bool> = Vec::new();
            for row in body.split("<tr>").skip(1) {
                for (at, cell) in row.split("<td").skip(1).enumerate() {
                    let text = cell.split_once('>').expect("a cell").1.split("</td>").next().expect("a cell");
                    if said.len() <= at {
                        said.resize(at + 1, false);
                    }
                    said[at] |= !site::plain_of(text).trim().is_empty();
                }
            }
            tables += 1;
            assert!(said.iter().all(|said| *said), "{section} {name}: {said:?}");
        }
    }
    assert!(tables > 50, "{tables}");
}

#[tokio::test]
async fn sections_that_are_not_for_a_role_are_not_offered() {
    let site = Site::new(&CITY, still).await;
    let mut own = site.person("own", Role::District, Some("500103")).await;
    let overview = own.page("/overview").await.text();
    assert!(overview.contains("href=\"/grades\"") && !overview.contains("href=\"/imports"));
    // Who comes there nevertheless is told so, and finds the way back.
    let refused = own.get("/imports").await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert!(refused.text().contains("href=\"/grades\"") && refused.text().contains("own"), "{}", refused.text());
    let mut city = site.person("han", Role::City, None).await;
    let imports = city.page("/imports").await.text();
    assert!(city.page("/overview").await.text().contains("href=\"/imports\""));
    assert!(!imports.contains("name=\"district\""), "a file has no district to filter by");
}

#[tokio::test]
async fn grades_stand_in_their_order_and_marks_beside_their_district() {
    let site = Site::new(&CITY, still).await;
    let mut city = site.person("han", Role::City, None).await;
    let defaults = table(&mut city, "/api/v1/risk?as_of=2026-05-31", "defaults").await;
    let grades: Vec<&str> = rows(&defaults).iter().map(|r| r["keys"][0]["code"].as_str().expect("a code")).collect();
    let known = ["AAA", "AA", "A", "BBB"];
    let found: Vec<&str> = grades.iter().copied().filter(|g| known.contains(g)).collect();
    assert_eq!(found, known);
    assert!(grades.iter().position(|g| g.is_empty()).is_none_or(|at| at == grades.len() - 1), "{grades:?}");
    let page = city.page("/inclusive?as_of=2026-05-31&from=2025-01-01").await.text();
    let body = site::between(&page, "<table id=\"table-inclusive\"", "</table>");
    let marked: Vec<&str> = body.split("<th scope=\"row\">").filter(|th| th.contains(" †")).collect();
    assert!(!marked.is_empty() && marked.iter().all(|th| th.contains("<a href=\"/inclusive?")), "{marked:?}");
}

#[tokio::test]
async fn times_before_a_change_of_ground_are_marked() {
    let site = Site::new(&CITY, still).await;
    let mut city = site.person("han", Role::City, None).await;
    // Yubei ended on 2025-11-06, Yuzhong did not change; the whole city is one ground.
    for (query, marked) in [("district=500112", true), ("district=500103", false), ("", false)] {
        for path in [
            format!("/loans?as_of=2026-05-31&from=2025-01-01&by=month&{query}"),
            format!("/bridge?as_of=2026-05-31&{query}"),
        ] {
            let page = city.page(&path).await.text();
            assert_eq!(page.contains("<span class=\"mark\"> †</span>"), marked, "{path}");
        }
    }
    let page = city.page("/loans?as_of=2025-10-31&from=2025-01-01&by=month&district=500112").await.text();
    assert!(!page.contains("<span class=\"mark\">"), "before the change nothing is across it");
}

/// Who answers over gRPC reads the facts of the pages: what one of them reads of the ledger is there for both.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn facts_that_are_shared_are_read_from_the_ledger_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let ledger = Ledger::open(&format!("sqlite:{}", folder.path().join("ledger.db").display())).await;
    let ledger = ledger.expect("a ledger");
    let site = Site::new(&[], still).await;
    let shared = site.figures.shared();
    let mut visitor = site.person("li", Role::City, None).await;
    let city = made::city(60, "2026-06-12".parse().expect("a day"), 3);
    let events: Vec<_> = city.iter().map(|posted| posted.event.clone()).collect();
    let (before, after) = events.split_at(events.len() * 2 / 3);
    let mut shown = Vec::new();
    for some in [before, after] {
        for part in some.chunks(64) {
            ledger.append_together(part.to_vec()).await.expect("entered");
        }
        // Nobody else reads the ledger: pages have what was read here.
        shared.catch_up(&ledger).await.expect("read");
        let query = totals::Query {
            figures: vec![totals::Figure::Disbursed],
            ..totals::Query::new("2019-01-07".parse().expect("a day"), "2026-06-12".parse().expect("a day"))
        };
        let (expect, seq) = {
            let facts = shared.read().expect("facts");
            let books: &Books = (*facts).as_ref();
            (books.table(&query).expect("an answer").total[0], books.seq())
        };
        let totals::Value::Whole(expect) = expect else { panic!("{expect:?}") };
        let lending = table(&mut visitor, "/api/v1/loans?as_of=2026-06-12&from=2019-01-07", "lending").await;
        let columns = lending["columns"].as_array().expect("columns");
        let disbursed = columns.iter().position(|c| c["code"] == "disbursed").expect("a column");
        assert_eq!(lending["total"]["values"][disbursed], json!({ "fen": i64::try_from(expect).expect("small") }));
        assert_eq!(site.figures.seq(), seq);
        shown.push((expect, seq));
    }
    assert!(shown[0].0 > 0 && shown[0].0 < shown[1].0 && shown[1].1 == events.len() as u64, "{shown:?}");
    // What is there already is not read again: a line that comes twice would be refused.
    site.figures.catch_up(&ledger).await.expect("nothing new");
    assert_eq!(site.figures.seq(), events.len() as u64);
    ledger.close().await;
}
