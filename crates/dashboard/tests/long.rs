//! Lists that are too long to be held, and texts that travel packed.

#[path = "../../ledger/tests/common/mod.rs"]
mod common;
mod site;

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use dashboard::Role;
use ledger::event::UnixMicros;
use site::{Answer, Site, Visitor, form, made, plain_of};
use std::io::Read as _;
use std::sync::LazyLock;
use store::EntryLine;

/// The evening of 2026-06-12 in Beijing.
fn now() -> UnixMicros {
    UnixMicros(1_781_265_600_000_000)
}

/// More loans than a file that is made as a whole has.
static CITY: LazyLock<Vec<EntryLine>> =
    LazyLock::new(|| made::lines(&made::city(2_600, "2026-06-12".parse().expect("a day"), 11)));

/// A list of loans as the interface has it: number, and what each column says.
fn of_json(answer: &Answer) -> (Vec<Vec<String>>, Vec<i64>) {
    let table = answer.json()["tables"][0].clone();
    let fen = |value: &serde_json::Value| value["fen"].as_i64();
    let row = |row: &serde_json::Value| {
        let number = row["keys"][0]["code"].as_str().expect("a number").to_owned();
        let values = row["values"].as_array().expect("values").iter();
        let texts = values.map(|v| match fen(v) {
            Some(fen) => format!("{}.{:02}", fen / 100, fen % 100),
            None => v["text"].as_str().unwrap_or_default().to_owned(),
        });
        std::iter::once(number).chain(texts).collect()
    };
    let total = table["total"]["values"].as_array().expect("values").iter().filter_map(fen).collect();
    (table["rows"].as_array().expect("rows").iter().map(row).collect(), total)
}

/// The same of the file; the last row is the total.
fn of_csv(answer: &Answer) -> Vec<Vec<String>> {
    let text = answer.text();
    let text = text.strip_prefix('\u{feff}').expect("the mark of UTF-8");
    text.lines().skip(1).map(|line| line.split(',').map(str::to_owned).collect()).collect()
}

/// The same of the first sheet of the workbook: texts stand in their cells there.
fn of_xlsx(answer: &Answer) -> Vec<Vec<String>> {
    let xml = site::unpacked(&answer.body, "xl/worksheets/sheet1.xml");
    let row = |row: &str| {
        let cells = row.split("<c r=\"").skip(1).map(|cell| match cell.split_once("<v>") {
            Some((_, value)) => value.split('<').next().unwrap_or_default().to_owned(),
            None => plain_of(&format!("<c r=\"{cell}")),
        });
        cells.collect()
    };
    xml.split("<row ").skip(2).map(|r| row(r.split("</row>").next().expect("a row"))).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_long_list_is_the_same_on_pages_in_files_and_for_machines() {
    let site = Site::new(&CITY, now).await;
    let mut city = site.person("city", Role::City, None).await;
    let query = form(&[("from", "2019-01-01"), ("as_of", "2026-05-31")]);
    let json = city.page(&format!("/api/v1/loan-list?{query}")).await;
    let (rows, total) = of_json(&json);
    assert!(rows.len() > 2_000, "{}: not longer than two parts", rows.len());
    assert_eq!(json.header("content-length"), "", "it is sent part by part");

    // Pages, one after the other.
    let mut numbers = Vec::new();
    let mut start = 0;
    loop {
        let text = city.page(&format!("/loan-list?{query}&start={start}")).await.text();
        let body = site::between(&text, "<tbody>", "</tbody>");
        let shown = numbers.len();
        numbers.extend(
            body.split("<th scope=\"row\"")
                .skip(1)
                .map(|th| plain_of(&format!("<th{}", th.split("</th>").next().expect("a cell")))),
        );
        let said = ["Rows ", "第"].iter().any(|w| text.contains(&format!("{w}{}", shown + 1)));
        assert!(said && text.contains(&rows.len().to_string()), "which rows of how many stand there");
        let Some((_, next)) = text.split_once("rel=\"next\"") else { break };
        start = site::between(next, "start=", "\"").parse().expect("a number");
    }
    let listed: Vec<&String> = rows.iter().map(|r| &r[0]).collect();
    assert_eq!(numbers.iter().collect::<Vec<_>>(), listed);

    let mut csv = of_csv(&city.page(&format!("/export/loan-list.loans.csv?{query}")).await);
    let last = csv.pop().expect("a total");
    // The rate is a ratio for machines and a decimal in the file.
    let but_rate = |row: &[String]| {
        let mut row = row.to_vec();
        row.remove(4);
        row
    };
    assert_eq!(
        csv.iter().map(|r| but_rate(r)).collect::<Vec<_>>(),
        rows.iter().map(|r| but_rate(r)).collect::<Vec<_>>()
    );
    let sums: Vec<i64> =
        (5..9).map(|at| csv.iter().map(|r| r[at].replace('.', "").parse::<i64>().expect("fen")).sum()).collect();
    assert_eq!(sums, total);
    assert_eq!(last[5..9].iter().map(|t| t.replace('.', "").parse::<i64>().expect("fen")).collect::<Vec<_>>(), total);

    let mut book = of_xlsx(&city.page(&format!("/export/loan-list.xlsx?{query}")).await);
    book.pop().expect("a total");
    assert_eq!(book.len(), csv.len());
    for (cells, row) in book.iter().zip(&csv) {
        let (granted, text): (f64, f64) = (cells[5].parse().expect("a number"), row[5].parse().expect("a number"));
        assert_eq!((&cells[0], &cells[1], (granted * 100.0).round()), (&row[0], &row[1], (text * 100.0).round()));
    }

    // What a district may not see is in no part.
    let mut district = site.person("yuzhong", Role::District, Some("500103")).await;
    let own = of_csv(&district.page(&format!("/export/loan-list.loans.csv?{query}")).await);
    let held = of_csv(&city.page(&format!("/export/loan-list.loans.csv?{query}&district=500103")).await);
    assert!(own.len() > 20 && own.len() < csv.len() && own == held, "{} {}", own.len(), held.len());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_long_file_is_as_known_when_it_was_asked_for() {
    // Between two recorded times: lines of one moment are known together.
    let at = CITY.len() * 9 / 10;
    let at = at + CITY[at..].iter().position(|l| l.recorded_at > CITY[at - 1].recorded_at).expect("a later line");
    let (before, after) = CITY.split_at(at);
    let site = Site::new(before, now).await;
    let mut city = site.person("city", Role::City, None).await;
    let known = city.page("/api/v1/loan-list?from=2019-01-01").await.json();
    let at = known["recorded_at"].as_str().expect("a moment").to_owned();
    let query = form(&[("from", "2019-01-01"), ("as_of", "2026-06-12"), ("recorded_at", &at)]);
    let ways = ["export/loan-list.loans.csv", "api/v1/loan-list"].map(|way| format!("/{way}?{query}"));
    let mut kept = Vec::new();
    for way in &ways {
        kept.push(city.page(way).await.body);
    }
    site.figures.push(after).expect("lines that follow");
    for (way, body) in ways.iter().zip(kept) {
        assert!(city.page(way).await.body == body, "{way}");
    }
}

#[tokio::test]
async fn a_filter_that_a_list_does_not_know_is_refused() {
    let site = Site::new(&CITY[..400], now).await;
    let mut city = site.person("city", Role::City, None).await;
    for query in ["industry=C", "bank=a&bank=b", "size=small&bank=a"] {
        for way in ["loan-list", "export/loan-list.loans.csv", "api/v1/loan-list"] {
            assert_eq!(city.get(&format!("/{way}?{query}")).await.status, StatusCode::NOT_FOUND, "{way} {query}");
        }
    }
}

async fn packed(visitor: &mut Visitor, path: &str) -> Answer {
    visitor.send(Request::get(path).header(header::ACCEPT_ENCODING, "br, gzip"), Body::empty()).await
}

#[tokio::test]
async fn texts_travel_packed_and_keys_of_forms_are_masked() {
    let site = Site::new(&CITY[..4_000], now).await;
    let mut city = site.person("city", Role::City, None).await;
    let style = site::between(&city.page("/overview").await.text(), "href=\"/style-", "\"").to_owned();
    for path in [
        "/overview?as_of=2025-12-31",
        "/export/loan-list.loans.csv?from=2019-01-01",
        "/api/v1/loans",
        &format!("/style-{style}"),
    ] {
        let (plain, small) = (city.page(path).await, packed(&mut city, path).await);
        assert_eq!((small.status, small.header("content-encoding")), (StatusCode::OK, "gzip"), "{path}");
        assert_eq!((plain.header("vary"), small.header("vary")), ("accept-encoding", "accept-encoding"), "{path}");
        let mut text = Vec::new();
        flate2::read::GzDecoder::new(small.body.as_slice()).read_to_end(&mut text).expect("gzip");
        assert!(text == plain.body && small.body.len() * 2 < plain.body.len(), "{path}");
    }
    // A workbook is packed as it is.
    assert_eq!(packed(&mut city, "/export/loans.xlsx").await.header("content-encoding"), "");
    let (one, other) = (city.page("/account").await, city.page("/account").await);
    assert_ne!(one.form_key(), other.form_key());
    assert_eq!(one.text().replace(&one.form_key(), ""), other.text().replace(&other.form_key(), ""));
    let signed_out = city.post("/sign-out", &[("form", &one.form_key())]).await;
    assert_eq!(signed_out.status, StatusCode::SEE_OTHER, "each of the keys opens");
}
