//! Totals from the command line: for random ledgers and questions, each format has the figures of `totals`, to the fen; the
//! file that is kept beside a ledger changes nothing but how long it takes.
//!
//! The other ways to the same figures are held against `totals` where they are made: pages, workbooks and the interface of the
//! dashboard in `dashboard/tests/one_truth.rs`, answers over gRPC in `service/tests/ledger/totals.rs`; all of them against each
//! other in `one_truth.rs` here.

#[path = "../../ledger/tests/common/mod.rs"]
mod common;
#[path = "../../ledger/tests/random/events.rs"]
mod events;
#[path = "common/mod.rs"]
mod place;

use calamine::{Data, Reader as _};
use common::Random;
use ledger::Memory;
use place::Place;
use policy::{Code as _, Lang};
use serde_json::Value as Json;
use std::fs::File;
use store::Ledger;
use totals::{Books, Dimension, Money, Query, Style, Table, Unit, Value};

const SEED: u64 = 20_261_130;

/// A random ledger in the folder, as `totals` has it.
fn filled(place: &Place, seed: u64, planned: u64) -> Books {
    let mut maker = events::Maker::new(seed, planned * 3 / 2);
    let mut memory = Memory::default();
    while (memory.len() as u64) < planned {
        let event = maker.next(&memory);
        let _ = memory.append(&event);
    }
    let mut books = Books::default();
    for p in memory.entries() {
        books.push(p.entry.seq, p.entry.recorded_at, &p.event, &p.entry.postings).expect("a line of the ledger");
    }
    with_ledger(place, async |ledger| {
        for chunk in memory.entries().chunks(64) {
            let events = chunk.iter().map(|p| p.event.clone()).collect();
            ledger.append_together(events).await.expect("entered");
        }
    });
    books
}

fn with_ledger<T>(place: &Place, work: impl AsyncFnOnce(Ledger) -> T) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let ledger = Ledger::open(&format!("sqlite:{}", place.path("ledger.db").display())).await.expect("a ledger");
        let done = work(ledger.clone()).await;
        ledger.close().await;
        done
    })
}

fn question(random: &mut Random) -> Query {
    let first: chrono::NaiveDate = "2022-01-10".parse().expect("a day");
    let to = first + chrono::Days::new(random.below(1_500));
    let mut by: Vec<Dimension> = Vec::new();
    for _ in 0..1 + random.below(2) {
        let dimension = *random.pick(Dimension::ALL).expect("a dimension");
        if !by.iter().any(|d| *d == dimension || d.is_time() && dimension.is_time()) {
            by.push(dimension);
        }
    }
    let mut query = Query { by, ..Query::new(to - chrono::Days::new(random.below(700)), to) };
    if random.one_in(2) {
        query.filter.push((Dimension::District, vec!["500103".to_owned(), "500112".to_owned()]));
    }
    if random.one_in(3) {
        query.filter.push((Dimension::Zone, vec!["hightech".to_owned()]));
    }
    query
}

fn arguments(query: &Query) -> String {
    let by: Vec<&str> = query.by.iter().map(|d| d.code()).collect();
    let filters = query.filter.iter().map(|(d, codes)| format!(" --filter {d}={}", codes.join(",")));
    let filters: String = filters.collect();
    format!("totals --by {} --from {} --as-of {}{filters}", by.join(","), query.from, query.to)
}

/// Rows and the total, each with its figures.
fn lines(table: &Table) -> Vec<&[Value]> {
    table.rows.iter().map(|row| row.values.as_slice()).chain([table.total.as_slice()]).collect()
}

fn check_json(text: &str, table: &Table, name: &str) {
    let json: Json = serde_json::from_str(text).expect("JSON");
    let rows = json["rows"].as_array().expect("rows");
    for (values, row) in lines(table).into_iter().zip(rows) {
        for (figure, value) in table.figures.iter().zip(values) {
            let found = &row[figure.code()];
            match value {
                Value::Whole(n) => assert_eq!(found.as_i64().map(i128::from), Some(*n), "{figure} in {name}"),
                Value::Ratio { numerator, denominator } => {
                    let of = |part: &str| found[part].as_i64().map(i128::from);
                    assert_eq!((of("numerator"), of("denominator")), (Some(*numerator), Some(*denominator)), "{name}");
                }
                Value::None => assert!(found.is_null(), "{figure} in {name}: {found}"),
            }
        }
    }
    assert!(rows.len() > table.rows.len(), "{name}");
}

fn check_csv(text: &str, table: &Table, name: &str) {
    let mut reader = csv::ReaderBuilder::new().flexible(true).has_headers(false).from_reader(text.as_bytes());
    let records: Vec<csv::StringRecord> = reader.records().map(|record| record.expect("CSV")).collect();
    // What was asked, the headings, then rows.
    let style = Style { lang: Lang::Zh, money: Money::Yuan };
    for (values, record) in lines(table).into_iter().zip(&records[2..]) {
        for ((figure, value), found) in table.figures.iter().zip(values).zip(record.iter().skip(table.by.len())) {
            let expect = style.text(*value, figure.unit()).unwrap_or_default();
            assert_eq!(found, expect, "{figure} in {name}");
        }
    }
}

fn check_xlsx(place: &Place, file: &str, table: &Table, name: &str) {
    let mut book: calamine::Xlsx<_> = calamine::open_workbook(place.path(file)).expect("a workbook");
    let sheets = book.sheet_names();
    assert_eq!(sheets.len(), 2, "{name}");
    let range = book.worksheet_range(&sheets[0]).expect("a sheet");
    for (at, values) in lines(table).into_iter().enumerate() {
        for (column, (figure, value)) in table.figures.iter().zip(values).enumerate() {
            let found = range.get((at + 1, table.by.len() + column)).unwrap_or(&Data::Empty);
            let expect = match (figure.unit(), value) {
                (_, Value::None) => None,
                (Unit::Fen, Value::Whole(fen)) => Some(*fen as f64 / 100.0),
                (_, Value::Whole(n)) => Some(*n as f64),
                (_, Value::Ratio { numerator, denominator }) => Some(*numerator as f64 / *denominator as f64),
            };
            match (expect, found) {
                (None, Data::Empty) => {}
                (Some(expect), Data::Float(found)) => assert_eq!(*found, expect, "{figure} in {name}"),
                (expect, found) => panic!("{figure} in {name}: {found:?} is not {expect:?}"),
            }
        }
    }
    let said = book.worksheet_range(&sheets[1]).expect("a sheet");
    let texts: Vec<String> = said.rows().flatten().map(ToString::to_string).collect();
    assert!(texts.iter().any(|text| text == "--as-of") && texts.iter().any(|text| text.contains("新增融资")), "{name}");
}

#[test]
fn every_format_has_the_figures_of_totals() {
    let place = Place::new();
    let books = filled(&place, SEED, 900);
    let mut random = Random::new(SEED);
    for number in 0..4 {
        let query = question(&mut random);
        let table = books.table(&query).expect("an answer");
        let asked = arguments(&query);
        let name = format!("seed {SEED}, question {number}: {asked}");
        check_json(&place.ok(&format!("{asked} --format json")), &table, &name);
        check_csv(&place.ok(&format!("{asked} --format csv")), &table, &name);
        let file = format!("{number}.xlsx");
        place.ok(&format!("{asked} --format xlsx --unit wan --out {file}"));
        check_xlsx(&place, &file, &table, &name);
    }
    place.refused("totals --as-of 2024-12-31 --format xlsx", &["--out FILE is needed"]);
}

#[test]
fn what_is_expected_of_grades_stands_beside_what_happened() {
    let place = Place::new();
    let books = filled(&place, SEED + 1, 900);
    let query = Query::new("2022-01-01".parse().expect("a day"), "2025-12-31".parse().expect("a day"));
    let lines = books.defaults(query.to, &query).expect("an answer");
    assert!(lines.iter().any(|line| line.rated > 0), "{lines:?}");
    let text = place.ok("totals --table defaults --from 2022-01-01 --as-of 2025-12-31 --format json");
    let json: Json = serde_json::from_str(&text).expect("JSON");
    for (line, row) in lines.iter().zip(json["rows"].as_array().expect("rows")) {
        assert_eq!(row["rated_loans"].as_i64().map(i128::from), Some(line.rated));
        let expected = match line.expected() {
            Value::Ratio { numerator, denominator } => numerator as f64 / denominator as f64,
            _ => {
                assert_eq!(row["expected_outside"], "");
                continue;
            }
        };
        // Of the loans that it is expected of, all of a grade here: every rating of this ledger has one or the other.
        let interval = validation::jeffreys_interval(line.rated as f64, line.rated_bads as f64, 0.95).expect("counts");
        let (low, high) = interval.value().map(|(low, high)| (*low, *high)).expect("loans");
        let expect = if expected < low {
            "below"
        } else if high < expected {
            "above"
        } else {
            "inside"
        };
        assert_eq!(row["expected_outside"], expect, "{line:?}");
    }
}

#[test]
fn facts_that_are_kept_change_no_figure() {
    let place = Place::new();
    let books = filled(&place, SEED + 2, 300);
    let asked = "totals --by bank,month --from 2022-01-01 --as-of 2025-12-31 --format json --out";
    place.ok(&format!("{asked} plain.json"));
    // The facts of the first lines, as they are kept.
    let half = books.seq() / 2;
    let mut first = Books::default();
    let hash = with_ledger(&place, async |ledger| {
        for line in ledger.lines(0, usize::try_from(half).expect("few")).await.expect("lines") {
            first.push(line.seq, line.recorded_at, &line.event, &line.postings).expect("a line");
        }
        ledger.hash_at(half).await.expect("a row").expect("a line")
    });
    let keep = |books: &Books, hash: &[u8; 32]| {
        books.save(File::create(place.path("ledger.db.totals")).expect("a file"), hash).expect("written");
    };
    keep(&first, &hash);
    let run = place.run(&format!("{asked} kept.json"));
    assert!(run.code == Some(0) && !run.err.contains("not taken"), "{}", run.err);
    assert_eq!(place.read("kept.json"), place.read("plain.json"));

    // Of another ledger, and damaged.
    keep(&first, &[7; 32]);
    let run = place.run(&format!("{asked} other.json"));
    assert!(run.err.contains(&format!("not taken: the ledger has another line {half}")), "{}", run.err);
    assert_eq!(place.read("other.json"), place.read("plain.json"));
    let mut bytes = place.bytes("ledger.db.totals");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    place.write("ledger.db.totals", bytes);
    let run = place.run(&format!("{asked} damaged.json"));
    assert!(run.code == Some(0) && run.err.contains("not taken: file of totals"), "{}", run.err);
    assert_eq!(place.read("damaged.json"), place.read("plain.json"));
}
