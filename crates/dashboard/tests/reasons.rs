//! Reasons of ratings on an enterprise's page: whose they are, who is shown them, and that all forms say the same.

#[path = "../../ledger/tests/common/mod.rs"]
mod common;
mod site;

use axum::http::StatusCode;
use dashboard::{ReasonsAsked, Role, StoredRating};
use ledger::event::UnixMicros;
use serde_json::Value as Json;
use site::stored::{Issued, Stored};
use site::{Site, made};
use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};
use store::EntryLine;

/// 2026-06-15 in Beijing.
const NOW: i64 = 1_781_500_000_000_000;

fn still() -> UnixMicros {
    UnixMicros(NOW)
}

static CITY: LazyLock<Vec<EntryLine>> =
    LazyLock::new(|| made::lines(&made::city(400, "2026-06-12".parse().expect("a day"), 3)));

async fn place(stored: Stored) -> Site {
    let mut site = Site::new(&CITY, still).await;
    site.dashboard = site.dashboard.clone().reading(Arc::new(stored));
    site.router = site.dashboard.router();
    site
}

/// Ratings of the enterprise that was rated most often, with their places among all.
fn most_rated(stored: &Stored) -> Vec<(usize, Issued)> {
    let mut by_code: BTreeMap<String, Vec<(usize, Issued)>> = BTreeMap::new();
    for (nth, issued) in stored.issued.iter().enumerate() {
        by_code.entry(issued.enterprise.to_string()).or_default().push((nth, issued.clone()));
    }
    by_code.into_values().max_by_key(Vec::len).expect("ratings")
}

fn table<'a>(all: &'a Json, code: &str) -> Option<&'a Json> {
    all["tables"].as_array().expect("tables").iter().find(|t| t["code"] == code)
}

/// Rows as texts: day, grade, score, reason, points lost.
fn expected(of: &[(usize, Issued)]) -> Vec<[String; 5]> {
    let mut rows = Vec::new();
    for (nth, issued) in of {
        let day = issued.day.to_string();
        match Stored::read(*nth, issued) {
            Some(StoredRating::Here(read)) => {
                let of = |reason: String, lost: String| {
                    [day.clone(), read.grade.clone(), issued.score.to_string(), reason, lost]
                };
                if read.reasons.is_empty() {
                    rows.push(of("no points were lost".into(), String::new()));
                }
                for reason in &read.reasons {
                    let lost = reason.points_lost.map_or(String::new(), |points| points.to_string());
                    let said = match reason.points_lost {
                        Some(_) => reason.text_en.clone(),
                        None => format!("Negative list: {}, best grade {}", reason.text_en, reason.best_grade),
                    };
                    rows.push(of(said, lost));
                }
            }
            other => {
                let why = match other {
                    None => "not issued here: no reasons are kept",
                    Some(StoredRating::Deleted) => "deleted when its retention ended",
                    _ => "not shown: the enterprise revoked a consent that it rests on",
                };
                rows.push([day, String::new(), String::new(), why.into(), String::new()]);
            }
        }
    }
    rows
}

#[tokio::test]
async fn screen_files_and_interface_have_what_was_stored() {
    let stored = Stored::of(&CITY);
    let of = most_rated(&stored);
    assert!(of.len() >= 4, "{}", of.len());
    let site = place(stored.clone()).await;
    let mut city = site.person("han", Role::City, None).await;
    let query = format!("lang=en&enterprise={}", of[0].1.enterprise);
    let expect = expected(&of);

    let all = city.page(&format!("/api/v1/enterprise?{query}")).await.json();
    let reasons = table(&all, "reasons").expect("reasons");
    let column = |code: &str| {
        let columns = reasons["columns"].as_array().expect("columns");
        columns.iter().position(|c| c["code"] == code).unwrap_or_else(|| panic!("{code}: {columns:?}"))
    };
    let (grade, score, reason, lost) = (column("grade"), column("score"), column("reason"), column("points_lost"));
    let rows = reasons["rows"].as_array().expect("rows");
    let by_machine: Vec<[String; 5]> = rows
        .iter()
        .map(|row| {
            let text = |at: usize| row["values"][at]["text"].as_str().unwrap_or_default().to_owned();
            let number = |at: usize| row["values"][at]["count"].as_i64().map_or(String::new(), |n| n.to_string());
            let day = row["keys"][0]["code"].as_str().expect("a day").to_owned();
            [day, text(grade), number(score), text(reason), number(lost)]
        })
        .collect();
    assert_eq!(by_machine, expect);
    // What the ledger entered of a rating is what is stored of it.
    let ratings = table(&all, "ratings").expect("ratings")["rows"].as_array().expect("rows");
    for (row, (nth, issued)) in ratings.iter().zip(&of) {
        assert_eq!(row["keys"][0]["code"], issued.day.to_string());
        if let Some(StoredRating::Here(read)) = Stored::read(*nth, issued) {
            assert_eq!(row["values"][0]["text"], read.grade);
            assert_eq!(row["values"][1]["count"], read.score.expect("a score"));
        }
    }

    let csv = city.page(&format!("/export/enterprise.reasons.csv?{query}")).await.text();
    let mut reader =
        csv::ReaderBuilder::new().has_headers(false).from_reader(csv.trim_start_matches('\u{feff}').as_bytes());
    let csv: Vec<csv::StringRecord> = reader.records().map(|r| r.expect("CSV")).collect();
    let by_file: Vec<[String; 5]> = csv[1..]
        .iter()
        .map(|row| [0, grade + 1, score + 1, reason + 1, lost + 1].map(|at| row[at].to_owned()))
        .collect();
    assert_eq!(by_file, expect);

    let workbook = city.page(&format!("/export/enterprise.xlsx?{query}")).await;
    let sheets = site::sheets_of(&workbook.body);
    let (_, xml) = sheets.iter().find(|(name, _)| name.contains("Reasons")).expect("a sheet");
    let cells = site::cells_of(xml);
    let by_book: Vec<[String; 5]> = cells[1..=expect.len()]
        .iter()
        .map(|row| {
            [0, grade + 1, score + 1, reason + 1, lost + 1]
                .map(|at| row.get(at).cloned().unwrap_or_default().replace("&lt;", "<").replace("&gt;", ">"))
        })
        .collect();
    assert_eq!(by_book, expect);

    let screen = city.page(&format!("/enterprise?{query}")).await.text();
    let body = site::between(&screen, "<table id=\"table-reasons\"", "</table>").to_owned();
    assert_eq!(body.matches("<tr").count(), expect.len() + 1, "a row each, and the heading");
    assert!(expect.iter().all(|row| site::plain_of(&body).contains(&row[3])), "{body}");
    assert!(!body.contains("reason 0 <b>"), "texts of others are texts");
    assert!(screen.contains("An objection of the enterprise is open."));
    // In Chinese the Chinese text.
    let screen = city.page(&format!("/enterprise?enterprise={}", of[0].1.enterprise)).await.text();
    assert!(screen.contains("评级原因") && screen.contains("近十二个月销售额下降"), "{screen}");
}

#[tokio::test]
async fn the_service_is_asked_as_who_is_signed_in_and_of_nobody_elses_enterprises() {
    let stored = Stored::of(&CITY);
    let of = most_rated(&stored);
    let enterprise = of[0].1.enterprise;
    let refused = Stored { refused: Some("lu".into()), ..stored.clone() };
    let site = place(refused).await;
    let districts: Vec<String> = primitives::region::regions_on("2026-06-12".parse().expect("a day"))
        .map(|region| region.code.to_string())
        .collect();
    let path = format!("/api/v1/enterprise?lang=en&enterprise={enterprise}");
    let (mut own, mut others) = (0, 0);
    for (nth, district) in districts.iter().enumerate() {
        let name = format!("d{nth}");
        let mut visitor = site.person(&name, Role::District, Some(district)).await;
        let all = visitor.page(&path).await.json();
        let asked = stored.asked.lock().expect("a list").pop();
        match table(&all, "reasons") {
            Some(reasons) => {
                own += 1;
                assert!(!reasons["rows"].as_array().expect("rows").is_empty());
                let expect = ReasonsAsked {
                    name,
                    role: Role::District,
                    district: Some(district.parse().expect("a code")),
                    enterprise,
                    until: still(),
                };
                assert_eq!(asked, Some(expect));
            }
            None => {
                others += 1;
                assert_eq!(asked, None, "{district}: nothing is asked of what is not theirs");
                assert!(table(&all, "ratings").expect("a table")["rows"].as_array().expect("rows").is_empty());
            }
        }
    }
    assert!(own > 0 && others > 0, "{own} and {others}");

    let mut auditor = site.person("qi", Role::Auditor, None).await;
    auditor.page(&format!("{path}&recorded_at=2026-01-01")).await;
    let asked = stored.asked.lock().expect("a list").pop().expect("asked");
    assert_eq!((asked.role, asked.district), (Role::Auditor, None));
    assert!(asked.until < still(), "as of the recorded time of the page");
    let mut operator = site.person("wu", Role::Operator, None).await;
    assert_eq!(operator.get(&path).await.status, StatusCode::FORBIDDEN);
    assert!(stored.asked.lock().expect("a list").is_empty());

    // Whom the service refuses is told so, and shown nothing.
    let mut lu = site.person("lu", Role::City, None).await;
    let all = lu.page(&path).await.json();
    let reasons = table(&all, "reasons").expect("a table");
    assert!(reasons["rows"].as_array().expect("rows").is_empty());
    assert!(lu.page(&path.replace("/api/v1", "")).await.text().contains("Your role does not read"));
}

/// A table in all its forms; rows of the interface for machines, keys first.
async fn in_all_forms(city: &mut site::Visitor, query: &str, code: &str) -> Json {
    let all = city.page(&format!("/api/v1/health?{query}")).await.json();
    let machine = table(&all, code).unwrap_or_else(|| panic!("no {code}")).clone();
    let screen = city.page(&format!("/health?{query}")).await.text();
    let csv = city.page(&format!("/export/health.{code}.csv?{query}")).await.text();
    let mut reader =
        csv::ReaderBuilder::new().has_headers(false).from_reader(csv.trim_start_matches('\u{feff}').as_bytes());
    let csv: Vec<csv::StringRecord> = reader.records().skip(1).map(|r| r.expect("CSV")).collect();
    let book = city.page(&format!("/export/health.xlsx?{query}")).await;
    let sheets = site::sheets_of(&book.body);
    let nth = all["tables"].as_array().expect("tables").iter().position(|t| t["code"] == code).expect("a table");
    let cells = site::cells_of(&sheets[nth].1);
    let exact: Vec<&str> = screen
        .split(&format!("<table id=\"table-{code}"))
        .skip(1)
        .flat_map(|part| part.split("</table>").next().expect("a table").split("<data value=\"").skip(1))
        .map(|rest| rest.split('"').next().expect("a value"))
        .collect();
    let rows = machine["rows"].as_array().expect("rows");
    assert_eq!((rows.len(), rows.len()), (csv.len(), cells.len() - 1), "{code}");
    let mut figures = 0;
    for (nth, row) in rows.iter().enumerate() {
        assert_eq!(row["keys"][0]["name"].as_str().expect("a text"), &csv[nth][0]);
        for (at, value) in row["values"].as_array().expect("values").iter().enumerate() {
            let (number, on_screen) = match (&value["count"], &value["ratio"]["numerator"]) {
                (Json::Number(n), _) => (n.as_f64().expect("a number"), n.to_string()),
                (_, Json::Number(n)) => {
                    let d = &value["ratio"]["denominator"];
                    (n.as_f64().expect("a number") / d.as_f64().expect("a number"), format!("{n}/{d}"))
                }
                _ => continue,
            };
            figures += 1;
            assert!((csv[nth][at + 1].parse::<f64>().expect("a number") - number).abs() < 1e-6, "{code} {nth} {at}");
            assert!(
                (cells[nth + 1][at + 1].parse::<f64>().expect("a number") - number).abs() < 1e-9,
                "{code} {nth} {at}"
            );
            assert!(exact.contains(&on_screen.as_str()), "{on_screen} is not on the screen");
        }
    }
    assert!(figures >= rows.len(), "{code}: no figures");
    machine
}

#[tokio::test]
async fn missing_inputs_are_those_of_the_ratings_in_all_forms() {
    let stored = Stored::of(&CITY);
    let site = place(stored.clone()).await;
    let mut city = site.person("han", Role::City, None).await;
    let query = "lang=en&as_of=2026-05-31";
    let through: chrono::NaiveDate = "2026-05-31".parse().expect("a day");
    let counted = |month: &str, of: &dyn Fn(usize, &Issued) -> bool| {
        let all = stored.issued.iter().enumerate().filter(|(_, i)| i.day <= through);
        all.filter(|(nth, i)| i.day.format("%Y-%m").to_string() == month && of(*nth, i)).count() as i64
    };
    let inputs = in_all_forms(&mut city, query, "inputs").await;
    let rows = inputs["rows"].as_array().expect("rows");
    assert_eq!(rows.len(), site::stored::INPUTS);
    assert_eq!(rows[0]["keys"][0]["code"], "input_7", "the largest change comes first");
    let change = |row: &Json| {
        let part = |name: &str| row["values"][0]["ratio"][name].as_f64().expect("a number");
        (part("numerator") / part("denominator")).abs()
    };
    assert!(rows.windows(2).all(|two| change(&two[0]) >= change(&two[1])));
    assert!(inputs["title"].as_str().expect("a title").ends_with("2026-05"));
    for row in rows {
        let name = row["keys"][0]["code"].as_str().expect("a code");
        let input: usize = name.trim_start_matches("input_").parse().expect("a number");
        let missing = counted("2026-05", &|nth, i| Stored::lacks(input, nth, i));
        assert_eq!(row["values"][3]["count"], missing, "{name}");
        assert_eq!(row["values"][4]["count"], counted("2026-05", &|_, _| true));
    }
    let counts = in_all_forms(&mut city, query, "input_counts").await;
    let months: Vec<&str> =
        counts["columns"].as_array().expect("columns").iter().map(|c| c["code"].as_str().expect("a month")).collect();
    assert!(months.len() > 14, "{months:?}");
    for (at, month) in months.iter().enumerate() {
        assert_eq!(counts["rows"][0]["values"][at]["count"], counted(month, &|_, _| true), "ratings of {month}");
        let row = counts["rows"].as_array().expect("rows").iter().find(|r| r["keys"][0]["code"] == "input_7");
        let expect = counted(month, &|nth, i| Stored::lacks(7, nth, i));
        assert_eq!(row.expect("a row")["values"][at]["count"], expect, "{month}");
    }
    in_all_forms(&mut city, query, "input_shares").await;
    let monthly = in_all_forms(&mut city, query, "inputs_monthly").await;
    assert_eq!(monthly["rows"].as_array().expect("rows").len(), months.len());
    assert!(city.page("/health?as_of=2026-05-31").await.text().contains("picture-inputs_monthly"));

    // Of a part of the city nothing is said, neither to its district nor under a filter.
    let mut own = site.person("own", Role::District, Some("500103")).await;
    for (visitor, path) in [(&mut own, "/api/v1/health?lang=en"), (&mut city, "/api/v1/health?lang=en&district=500103")]
    {
        let all = visitor.page(path).await.json();
        assert!(table(&all, "inputs").is_none() && table(&all, "missing").is_some(), "{path}");
        assert!(all.to_string().contains("Shares of single inputs are of the whole city"), "{path}");
    }
}
