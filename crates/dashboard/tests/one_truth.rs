//! One truth: for random ledgers and random addresses the page, the text file, the workbook and the interface have the
//! figures of `totals`, to the fen; a list adds up to the row that leads to it; a past recorded time shows what it showed.
//!
//! `DASHBOARD_PAGES` and `DASHBOARD_SEED` make another run.

#[path = "../../ledger/tests/common/mod.rs"]
mod common;
#[path = "../../ledger/tests/random/events.rs"]
mod events;
mod site;

use common::Random;
use dashboard::{Role, sections};
use ledger::Memory;
use ledger::event::UnixMicros;
use policy::Code;
use serde_json::Value as Json;
use site::{Site, Visitor, between, cells_of, form, made, sheets_of};
use store::EntryLine;
use totals::{Books, Dimension, Figure, Query, Unit, Value};

/// 2026-08-01: behind all events of the random ledger.
fn now() -> UnixMicros {
    UnixMicros(1_785_500_000_000_000)
}

fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

fn random_ledger(seed: u64, planned: u64) -> Vec<EntryLine> {
    let mut maker = events::Maker::new(seed, planned * 3 / 2);
    let mut ledger = Memory::default();
    while (ledger.len() as u64) < planned {
        let event = maker.next(&ledger);
        let _ = ledger.append(&event);
    }
    made::lines(ledger.entries())
}

fn books_of(lines: &[EntryLine]) -> Books {
    let mut books = Books::default();
    for line in lines {
        books.push(line.seq, line.recorded_at, &line.event, &line.postings).expect("a line of the ledger");
    }
    books
}

/// A table of figures of a section: where it is, and what it is made of.
const TABLES: [(&str, &str, Option<Dimension>, &[Figure]); 8] = [
    ("loans", "lending", None, &[Figure::AppliedCount, Figure::Disbursed, Figure::NetNewFinancing, Figure::MeanRate]),
    ("loans", "stock", None, &[Figure::Balance, Figure::BalanceChange, Figure::Repaid]),
    ("quality", "buckets", None, &[Figure::Overdue, Figure::OverdueOver180, Figure::OverdueRatio]),
    ("quality", "bad", None, &[Figure::NonPerforming, Figure::NonPerformingRatio]),
    ("bridge", "bridge", None, &[Figure::BridgeReleased, Figure::BridgeOutstanding]),
    ("compensation", "quota", None, &[Figure::QuotaAccrued, Figure::QuotaUsed]),
    ("compensation", "cash", None, &[Figure::ClaimCount, Figure::Compensated]),
    (
        "banks",
        "league",
        Some(Dimension::Bank),
        &[Figure::NetNewFinancing, Figure::DeviationAbsolute, Figure::ApprovalMean],
    ),
];

/// An address, and the question that it comes to.
struct Asked {
    query: String,
    by: Dimension,
    question: Query,
}

fn asked(random: &mut Random, fixed: Option<Dimension>, lines: &[EntryLine]) -> Asked {
    let mut pairs: Vec<(&str, String)> = Vec::new();
    let first: chrono::NaiveDate = "2022-01-10".parse().expect("a day");
    let as_of = first + chrono::Days::new(random.below(1_600));
    let from = as_of - chrono::Days::new(random.below(700));
    pairs.push(("as_of", as_of.to_string()));
    pairs.push(("from", from.to_string()));
    let by = fixed.unwrap_or(
        *random
            .pick(&[
                Dimension::District,
                Dimension::Bank,
                Dimension::Grade,
                Dimension::Size,
                Dimension::Month,
                Dimension::Tool,
            ])
            .expect("a dimension"),
    );
    if fixed.is_none() {
        pairs.push(("by", by.code().to_owned()));
    }
    let mut filter: Vec<(Dimension, Vec<String>)> = Vec::new();
    for (dimension, codes) in [
        (Dimension::District, &["500103", "500109", "500157"][..]),
        (Dimension::Bank, &["icbc", "abc", "cqrcb"]),
        (Dimension::Size, &["small", ""]),
    ] {
        if random.one_in(3) {
            let some: Vec<String> = codes.iter().filter(|_| random.one_in(2)).map(|c| (*c).to_owned()).collect();
            for code in &some {
                pairs.push((dimension.code(), if code.is_empty() { "none".to_owned() } else { code.clone() }));
            }
            if !some.is_empty() {
                filter.push((dimension, some));
            }
        }
    }
    let recorded_at = random.one_in(2).then(|| lines[random.below(lines.len() as u64) as usize].recorded_at);
    if let Some(at) = recorded_at {
        let beijing = chrono::DateTime::from_timestamp_micros(at.0 + 28_800_000_000).expect("a time");
        pairs.push(("recorded_at", beijing.format("%Y-%m-%dT%H:%M:%S%.6f").to_string()));
    }
    if random.one_in(2) {
        pairs.push(("unit", ["yuan", "wan", "yi"][random.below(3) as usize].to_owned()));
    }
    if random.one_in(4) {
        pairs.push(("lang", "en".to_owned()));
    }
    let pairs: Vec<(&str, &str)> = pairs.iter().map(|(n, v)| (*n, v.as_str())).collect();
    let question = Query { by: vec![by], filter, recorded_at, ..Query::new(from, as_of) };
    Asked { query: form(&pairs), by, question }
}

/// A value as the page has it for machines.
fn exact(unit: Unit, value: Value) -> String {
    match value {
        Value::Whole(n) if unit == Unit::Fen => format!("{n}fen"),
        Value::Whole(n) => n.to_string(),
        Value::Ratio { numerator, denominator } => format!("{numerator}/{denominator}"),
        Value::None => String::new(),
    }
}

/// Rows of a table of the page: the first cell's text, and the values for machines.
fn rows_of_page(page: &str, table: &str) -> Vec<(String, Vec<String>)> {
    let table = between(page, &format!("<table id=\"table-{table}\">"), "</table>");
    let (_, body) = table.split_once("<tbody>").expect("a body");
    let cell = |td: &str| match td.split_once("<data value=\"") {
        Some((_, rest)) => rest.split('"').next().unwrap_or_default().to_owned(),
        None => String::new(),
    };
    body.split("<tr>")
        .skip(1)
        .map(|tr| {
            let heading = between(tr, "<th", "</th>");
            let (_, text) = heading.split_once('>').expect("a heading");
            (text.to_owned(), tr.split("<td").skip(1).map(cell).collect())
        })
        .collect()
}

fn json_exact(value: &Json) -> String {
    match value {
        Json::String(none) if none == "none" => String::new(),
        Json::Object(map) => match map.iter().next().map(|(k, v)| (k.as_str(), v)) {
            Some(("fen", n)) => format!("{n}fen"),
            Some(("count", n)) => n.to_string(),
            Some(("ratio", r)) => format!("{}/{}", r["numerator"], r["denominator"]),
            other => panic!("{other:?}"),
        },
        other => panic!("{other}"),
    }
}

/// What a text file or a workbook has of a value: yuan with two decimals, or the number to millionths.
fn plain(unit: Unit, value: Value) -> String {
    match (unit, value) {
        (Unit::Fen, Value::Whole(fen)) => Value::Ratio { numerator: fen, denominator: 100 }.decimal(2),
        (_, Value::Whole(_)) => value.decimal(0),
        _ => value.decimal(6),
    }
    .unwrap_or_default()
}

fn near(cell: &str, unit: Unit, value: Value, name: &str) {
    let exact = match value {
        Value::None => return assert_eq!(cell, "", "{name}"),
        Value::Whole(n) => n as f64 / if unit == Unit::Fen { 100.0 } else { 1.0 },
        Value::Ratio { numerator, denominator } => numerator as f64 / denominator as f64,
    };
    let found: f64 = cell.parse().unwrap_or_else(|_| panic!("{cell:?} is no number: {name}"));
    // To the bit, but for the shortest decimal of it.
    assert!((found - exact).abs() <= exact.abs() * 1e-14, "{found} {exact}: {name}");
    if let (Unit::Fen, Value::Whole(fen)) = (unit, value) {
        assert_eq!((found * 100.0).round() as i128, fen, "{name}");
    }
}

async fn compare(visitor: &mut Visitor, books: &Books, asked: &Asked, at: usize) {
    let (page, table, _, figures) = TABLES[at];
    let name = format!("{page}.{table}?{}", asked.query);
    let question = Query { figures: figures.to_vec(), ..asked.question.clone() };
    let expect = books.table(&question).expect("an answer");
    // A row that is nothing in these figures is there for others: its values are those of a table of all.
    let all = books.table(&Query { figures: Vec::new(), ..question.clone() }).expect("an answer");
    let shown = visitor.page(&format!("/{page}?{}", asked.query)).await.text();
    let machine = visitor.page(&format!("/api/v1/{page}?{}", asked.query)).await.json();
    let csv = visitor.page(&format!("/export/{page}.{table}.csv?{}", asked.query)).await.body;
    let xlsx = visitor.page(&format!("/export/{page}.xlsx?{}", asked.query)).await.body;
    let json = machine["tables"].as_array().expect("tables").iter().find(|t| t["code"] == table).expect("a table");
    let columns: Vec<&str> =
        json["columns"].as_array().expect("columns").iter().map(|c| c["code"].as_str().expect("a code")).collect();
    let csv = String::from_utf8(csv).expect("UTF-8");
    let csv = csv.strip_prefix('\u{feff}').expect("a mark");
    let csv: Vec<Vec<String>> = csv::ReaderBuilder::new()
        .has_headers(false)
        .from_reader(csv.as_bytes())
        .records()
        .map(|r| r.expect("a record").iter().map(str::to_owned).collect())
        .collect();
    let title = json["title"].as_str().expect("a title");
    let sheets = sheets_of(&xlsx);
    // As many sheets as tables, and one that explains.
    assert_eq!(sheets.len(), machine["tables"].as_array().expect("tables").len() + 1, "{name}");
    let unescaped = |text: &str| text.replace("&amp;", "&");
    let (_, xml) = sheets
        .iter()
        .find(|(n, _)| unescaped(n).contains(&title.chars().take(20).collect::<String>()))
        .expect("a sheet");
    let xlsx = cells_of(xml);
    let rows = json["rows"].as_array().expect("rows");
    // No row of these figures is left out.
    for row in &expect.rows {
        assert!(rows.iter().any(|r| r["keys"][0]["code"] == row.codes[0]), "{name}: {:?}", row.codes);
    }
    let on_page = if rows.is_empty() { Vec::new() } else { rows_of_page(&shown, table) };
    assert_eq!(on_page.len(), if rows.is_empty() { 0 } else { rows.len() + 1 }, "{name}");
    assert_eq!((csv.len(), xlsx.len()), (rows.len() + 2, rows.len() + 2), "{name}");
    for (nth, row) in rows.iter().chain([&json["total"]]).enumerate() {
        let is_total = nth == rows.len();
        for figure in figures {
            let column = columns.iter().position(|c| *c == figure.code()).expect("a column");
            let value = match is_total {
                true => expect.of_all(*figure).expect("a total"),
                false => {
                    let code = row["keys"][0]["code"].as_str().expect("a code");
                    all.value(&[code], *figure).expect("a row of totals")
                }
            };
            let name = format!("{figure} in row {nth} of {name}");
            let (exact, plain) = (exact(figure.unit(), value), plain(figure.unit(), value));
            assert_eq!(json_exact(&row["values"][column]), exact, "{name}");
            assert_eq!(csv[nth + 1][column + 1], plain, "{name}");
            near(xlsx[nth + 1].get(column + 1).map_or("", String::as_str), figure.unit(), value, &name);
            if let Some((_, cells)) = on_page.get(nth) {
                assert_eq!(cells[column], exact, "{name}");
            }
        }
    }
    assert!(asked.by == Dimension::Bank || page != "banks");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn page_files_and_interface_have_the_figures_of_totals() {
    let (pages, seed) = (setting("DASHBOARD_PAGES", 48), setting("DASHBOARD_SEED", 20_260_506));
    let lines = random_ledger(seed, 3_000);
    let books = books_of(&lines);
    let site = Site::new(&lines, now).await;
    let mut visitor = site.person("li", Role::City, None).await;
    let mut random = Random::new(seed);
    for nth in 0..pages as usize {
        let at = nth % TABLES.len();
        let asked = asked(&mut random, TABLES[at].2, &lines);
        compare(&mut visitor, &books, &asked, at).await;
    }
}

/// Tables as texts: rows of cells.
fn tables(markup: &str, [table, row, cell]: [(&str, &str); 3]) -> Vec<Vec<Vec<String>>> {
    let parts = |text: &str, (from, to): (&str, &str)| -> Vec<String> {
        text.split(from).skip(1).map(|p| p.split(to).next().expect("an end").to_owned()).collect()
    };
    let cells = |r: &String| parts(r, cell).iter().map(|c| site::plain_of(&format!("<{c}"))).collect();
    parts(markup, table).iter().map(|t| parts(t, row).iter().map(cells).collect()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_bulletin_has_the_tables_of_its_page() {
    let lines = made::lines(&made::city(300, "2026-06-12".parse().expect("a day"), 9));
    let site = Site::new(&lines, now).await;
    let mut visitor = site.person("li", Role::City, None).await;
    for query in ["as_of=2026-05-31", "as_of=2026-05-31&lang=en&unit=yuan&district=500103"] {
        let page = visitor.page(&format!("/bulletin?{query}")).await.text();
        let file = visitor.page(&format!("/export/bulletin.docx?{query}")).await;
        assert_eq!(file.header("content-disposition"), "attachment; filename=\"bulletin-2026-05-31.docx\"");
        let document = site::unpacked(&file.body, "word/document.xml");
        let (drawings, pictures) = (page.matches("<svg").count(), document.matches("<wp:docPr ").count());
        assert!(pictures >= 1 && pictures == drawings, "{pictures} pictures in the file, {drawings} on the page");
        for number in 1..=pictures {
            let about = format!("<wp:docPr id=\"{number}\" name=\"picture{number}\" descr=\"");
            let (_, text) = document.split_once(&about).expect("a number of its own");
            assert!(text.split('"').next().is_some_and(|text| text.len() > 10), "picture {number} says nothing");
        }
        let document = tables(&document, [("<w:tbl>", "</w:tbl>"), ("<w:tr>", "</w:tr>"), ("<w:tc>", "</w:tc>")]);
        // Headings of rows and of columns are cells like others.
        let page = page
            .replace("<th", "<td")
            .replace("</th", "</td")
            .replace("<tdead", "<thead")
            .replace("</tdead", "</thead");
        let page = tables(&page, [("<table", "</table>"), ("<tr>", "</tr>"), ("<td", "</td>")]);
        assert!(page.len() >= 7, "{}", page.len());
        assert_eq!(document.len(), page.len());
        for (document, page) in document.iter().zip(&page) {
            assert_eq!(document, page, "{query}");
        }
        assert_eq!(
            visitor.page(&format!("/export/bulletin.docx?{query}")).await.body,
            file.body,
            "the same bytes again"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_list_of_loans_adds_up_to_the_row_that_leads_to_it() {
    let lines = random_ledger(11, 3_000);
    let books = books_of(&lines);
    let site = Site::new(&lines, now).await;
    let mut visitor = site.person("li", Role::City, None).await;
    let mut random = Random::new(11);
    let (mut loans, mut checked) = (0, 0);
    for _ in 0..12 {
        let Asked { question, .. } = asked(&mut random, Some(Dimension::Bank), &lines);
        let figures = vec![Figure::Disbursed, Figure::Repaid, Figure::Balance];
        for district in ["500103", "500109", "500112", "500157"] {
            let filter = vec![(Dimension::District, vec![district.to_owned()])];
            let table =
                books.table(&Query { filter, figures: figures.clone(), ..question.clone() }).expect("an answer");
            for row in &table.rows {
                let (from, to) = (question.from.to_string(), question.to.to_string());
                let mut pairs = vec![("district", district), ("bank", &row.codes[0]), ("from", &from), ("as_of", &to)];
                let recorded = question.recorded_at.map(|at| {
                    let beijing = chrono::DateTime::from_timestamp_micros(at.0 + 28_800_000_000).expect("a time");
                    beijing.format("%Y-%m-%dT%H:%M:%S%.6f").to_string()
                });
                pairs.extend(recorded.as_deref().map(|r| ("recorded_at", r)));
                let list = visitor.page(&format!("/api/v1/loan-list?{}", form(&pairs))).await.json();
                let total = &list["tables"][0]["total"]["values"];
                let rows = list["tables"][0]["rows"].as_array().expect("rows");
                // What was granted counts whenever it was: the rows alone say it.
                let granted: i64 = rows.iter().map(|r| r["values"][4]["fen"].as_i64().expect("fen")).sum();
                assert_eq!(json_exact(&total[4]), format!("{granted}fen"), "granted in {}", form(&pairs));
                for (column, figure) in [(5, 0), (6, 1), (7, 2)] {
                    let expect = exact(Unit::Fen, row.values[figure]);
                    assert_eq!(json_exact(&total[column]), expect, "{:?} in {}", figures[figure], form(&pairs));
                    let rows = list["tables"][0]["rows"].as_array().expect("rows");
                    let sum: i64 = rows.iter().map(|r| r["values"][column]["fen"].as_i64().expect("fen")).sum();
                    assert_eq!(format!("{sum}fen"), expect);
                    loans += rows.len();
                }
                checked += 1;
            }
        }
    }
    assert!(checked > 60 && loans > 600, "{checked} {loans}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lasting_address_shows_the_same_bytes_when_more_has_come() {
    let lines = made::lines(&made::city(300, "2026-06-12".parse().expect("a day"), 5));
    let (before, after) = lines.split_at(lines.len() * 3 / 5);
    let site = Site::new(before, now).await;
    let mut visitor = site.person("li", Role::City, None).await;
    let mut pages: Vec<String> =
        sections().filter(|page| *page != "enterprise").map(|page| format!("/{page}")).collect();
    pages.push(format!("/enterprise?enterprise={}", common::code(3)));
    pages.push(format!("/loan-list?{}", form(&[("bank", "工商银行"), ("from", "2019-01-01")])));
    let mut kept = Vec::new();
    for page in &pages {
        let shown = visitor.page(page).await.text();
        let (head, _) = shown.rsplit_once("\">本页固定链接").expect("a lasting address");
        let (_, address) = head.rsplit_once("href=\"").expect("an address");
        let address = address.replace("&amp;", "&");
        kept.push((address.clone(), visitor.page(&address).await.body));
    }
    let changed = visitor.page("/overview").await.body;
    site.figures.push(after).expect("lines that follow");
    assert_ne!(visitor.page("/overview").await.body, changed, "what came since is seen without the address");
    for (address, body) in kept {
        assert!(visitor.page(&address).await.body == body, "{address}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_page_is_whole_in_both_languages() {
    let lines = made::lines(&made::city(400, "2026-06-12".parse().expect("a day"), 7));
    let site = Site::new(&lines, now).await;
    let mut visitor = site.person("li", Role::City, None).await;
    for page in sections() {
        for lang in ["zh", "en"] {
            let text = visitor.page(&format!("/{page}?as_of=2026-05-31&lang={lang}")).await.text();
            assert!(text.len() < 200_000, "{page}: {} bytes", text.len());
            for mark in
                ["<main id=\"content\"", "<h1>", "aria-current=\"page\"", "class=\"skip\"", "<nav", "2026-05-31"]
            {
                assert!(text.contains(mark), "{page} {lang}: {mark}");
            }
            assert_eq!(text.matches("<h1").count(), 1, "{page}");
            assert_eq!(text.matches("<svg").count(), text.matches("<desc").count(), "{page}");
            // Each picture is described by a table that is on the page.
            for described in text.split("aria-describedby=\"").skip(1) {
                let id = described.split('"').next().expect("an id");
                assert!(text.contains(&format!("<table id=\"{id}\"")), "{page}: {id}");
            }
            for th in text.split("<th").skip(1).filter(|th| !th.starts_with("ead")) {
                assert!(
                    th.split('>').next().is_some_and(|attributes| attributes.contains("scope=")),
                    "{page}: {th:.60}"
                );
            }
            let ids: Vec<&str> = text.split(" id=\"").skip(1).map(|s| s.split('"').next().expect("an id")).collect();
            let distinct: std::collections::BTreeSet<_> = ids.iter().collect();
            assert_eq!(distinct.len(), ids.len(), "{page}: {ids:?}");
            let english = lang == "en";
            let words = text.replace("中文", "");
            let chinese_left = words.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c));
            // Banks and documents have the names that they have.
            let named =
                ["banks", "quality", "compensation", "targets", "overview", "bulletin", "risk", "issues", "review"]
                    .contains(&page);
            assert!(!english || named || !chinese_left, "{page} in English has Chinese words");
        }
    }
}
