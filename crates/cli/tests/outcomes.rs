//! `shangzhi outcomes`: what became of those that were rated is counted, and what has an outcome trains a card.

#[path = "../../ledger/tests/common/mod.rs"]
mod common;
#[path = "common/mod.rs"]
mod place;

use common::{Book, code};
use ledger::outcomes::Outcome;
use place::Place;
use policy::Code as _;
use serde_json::json;
use std::fmt::Write as _;
use store::Ledger;

/// Firms that are old enough; of them those that paid late, neither good nor bad.
const OLD: u32 = 240;
const LATE: u32 = 6;
const YOUNG: u32 = 9;

/// Whether a firm never pays.
fn is_bad(firm: u32) -> bool {
    firm % 20 < 5 && !firm.is_multiple_of(3)
}

fn is_late(firm: u32) -> bool {
    firm % 40 == 39
}

fn enter(place: &Place, book: &Book) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let ledger = Ledger::open(&format!("sqlite:{}", place.path("ledger.db").display())).await.expect("a ledger");
        for chunk in book.books.entries().chunks(64) {
            let events = chunk.iter().map(|p| p.event.clone()).collect();
            ledger.append_together(events).await.expect("entered");
        }
        ledger.close().await;
    });
}

/// Lent on 2024-01-08, due on 2024-07-08; nothing is known of `x` after that day.
fn filled(place: &Place) {
    let mut book = Book::default();
    let mut features = "enterprise_id,as_of,x,noise\n".to_owned();
    for firm in 1..=OLD {
        book.lent("icbc", &format!("L{firm}"), "2024-01-08", firm, 10_000_000);
        let instalments = json!([{ "due_on": "2024-07-08", "principal_fen": 10_000_000 }]);
        book.loan("icbc", &format!("L{firm}"), "2024-01-08", json!({ "scheduled": { "instalments": instalments } }));
        writeln!(features, "{},2023-12-31,{},{}", code(firm), firm % 20, (firm * 37) % 101).expect("a text");
        // Of a day after the rating: it must not stand beside it.
        writeln!(features, "{},2024-06-30,{},0", code(firm), 99).expect("a text");
    }
    let repaid = json!({ "repaid": { "principal_fen": 10_000_000 } });
    for firm in (1..=OLD).filter(|firm| !is_bad(*firm) && !is_late(*firm)) {
        book.loan("icbc", &format!("L{firm}"), "2024-07-08", repaid.clone());
    }
    for firm in (1..=OLD).filter(|firm| is_late(*firm)) {
        book.loan("icbc", &format!("L{firm}"), "2024-08-01", repaid.clone());
    }
    for firm in OLD + 1..=OLD + YOUNG {
        book.rated(&format!("Y{firm}"), firm, "2025-03-03", 100_000_000);
    }
    enter(place, &book);
    place.write("features.csv", features);
}

#[test]
fn outcomes_are_counted_and_train_a_card() {
    let place = Place::new();
    filled(&place);
    let bads = (1..=OLD).filter(|firm| is_bad(*firm)).count();
    let goods = OLD as usize - bads - LATE as usize;
    let told = place.ok("outcomes --as-of 2025-06-30 --features features.csv --out rows.csv");
    for (outcome, count) in [
        (Outcome::Good, format!("{goods}")),
        (Outcome::Bad, format!("{bads}")),
        (Outcome::Indeterminate, format!("{LATE}")),
        (Outcome::Immature, format!("{YOUNG}, left out")),
    ] {
        let line = format!("{} {}: {count}\n", outcome.name_zh(), outcome.name_en());
        assert!(told.contains(&line), "no {line:?} in {told}");
    }
    assert!(told.contains(&format!("{bads} of {} bad", goods + bads)), "{told}");

    let mut reader = csv::Reader::from_path(place.path("rows.csv")).expect("CSV");
    let heading = reader.headers().expect("a heading").clone();
    let at = |name: &str| heading.iter().position(|h| h == name).unwrap_or_else(|| panic!("no {name} in {heading:?}"));
    let rows: Vec<csv::StringRecord> = reader.records().map(|row| row.expect("a row")).collect();
    assert_eq!(rows.len(), OLD as usize);
    for row in &rows {
        let firm = (1..=OLD).find(|firm| row[at("enterprise_id")] == *code(*firm).as_str()).expect("a firm");
        let expect = if is_late(firm) {
            ""
        } else if is_bad(firm) {
            "1"
        } else {
            "0"
        };
        assert_eq!(&row[at("bad")], expect, "{row:?}");
        assert_eq!((&row[at("rated_on")], &row[at("features_as_of")]), ("2024-01-08", "2023-12-31"));
        assert_eq!(row[at("x")].parse::<f64>().ok(), Some(f64::from(firm % 20)));
    }

    let next = told.lines().find_map(|line| line.strip_prefix("next: shangzhi ")).expect("what comes next");
    place.ok(next);
    let model = place.read("model/model.json");
    assert!(model.contains("\"x\"") && !model.contains("days_past_due_max\":"), "{model}");
}

#[test]
fn what_can_not_be_asked_is_refused() {
    let place = Place::new();
    let mut book = Book::default();
    book.rated("R1", 1, "2025-03-03", 100_000_000);
    enter(&place, &book);
    // Nobody is old enough.
    place.refused("outcomes --as-of 2025-06-30 --out rows.csv", &["no rating up to 2025-06-30 has an outcome yet"]);
    place.refused("outcomes --as-of 2025-06-30 --months 0 --out rows.csv", &["--months 0"]);
    place.refused(
        "outcomes --as-of 2025-06-30 --bad-days 5 --indeterminate-days 9 --out rows.csv",
        &["--indeterminate-days 9"],
    );
    place.refused("outcomes --as-of 2025-06-30 --ledger sqlite:none.db --out rows.csv", &["is not there"]);
}
