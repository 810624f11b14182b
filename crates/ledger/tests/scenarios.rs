//! Scenarios: events in, postings, refusals and balances out. `UPDATE=1` writes what comes out into the files.
//!
//! A line `> DAY OFFICE/PERSON what ids… event` tells an event, recorded on that day or, behind an `@`, on another:
//! `> 2024-06-01@2024-06-15 bank:icbc/li loan icbc L1 {"repaid":{"principal_fen":100}}`. `"$1"` is the code of enterprise 1.
//! Behind it stands what it did: amounts in yuan with their accounts, a debit above zero. At the end stand the balances
//! and the states.

mod common;

use common::{Book, code, noon};
use ledger::{Account, Event, Note, Record};
use primitives::Fen;
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::path::Path;

#[test]
fn scenarios_come_out_as_written() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenarios");
    let mut files: Vec<_> = std::fs::read_dir(folder).expect("a folder").map(|e| e.expect("a file").path()).collect();
    files.sort();
    assert!(files.len() >= 7);
    for file in files {
        let text = std::fs::read_to_string(&file).expect("UTF-8");
        let found = played(&text);
        if std::env::var_os("UPDATE").is_some() {
            std::fs::write(&file, &found).expect("a file that can be written");
        } else {
            assert_eq!(found, text, "{}: UPDATE=1 writes what comes out", file.display());
        }
    }
}

fn played(text: &str) -> String {
    let mut book = Book::default();
    let mut out = String::new();
    for line in text.lines().filter(|l| l.starts_with(['>', '#']) || l.is_empty()) {
        writeln!(out, "{line}").expect("a text");
        if let Some(told) = line.strip_prefix("> ") {
            let event = event(&mut book, told);
            match book.books.append(&event) {
                Ok(posted) => {
                    book.recorded = Some(event.recorded_at);
                    writeln!(out, "  {}", posted.entry.seq).expect("a text");
                    for posting in &posted.entry.postings {
                        writeln!(
                            out,
                            "  {:>16} {}",
                            Fen::new(posting.amount_fen).to_string(),
                            account(&posting.account)
                        )
                        .expect("a text");
                    }
                    for note in &posted.entry.notes {
                        if let Note::Late { due_on } = note {
                            writeln!(out, "  late, due on {due_on}").expect("a text");
                        }
                    }
                }
                Err(refusal) => writeln!(out, "  refused: {refusal}").expect("a text"),
            }
        }
    }
    out.truncate(out.trim_end().len());
    out.push_str("\n\n= balances\n");
    for (of, balance) in book.books.balances().iter().filter(|(_, b)| **b != 0) {
        let fen = Fen::new(i64::try_from(*balance).expect("a small one"));
        writeln!(out, "  {:>16} {}", fen.to_string(), account(of)).expect("a text");
    }
    out.push_str("= states\n");
    let mut states: Vec<String> =
        book.books.records().filter_map(|(key, record)| state(&key.to_text(), record)).collect();
    states.sort();
    for state in states {
        writeln!(out, "  {state}").expect("a text");
    }
    out
}

fn account(account: &Account) -> String {
    plain(&serde_json::to_string(account).expect("JSON"))
}

fn plain(json: &str) -> String {
    json.chars().filter(|c| !"{}[]\"".contains(*c)).collect()
}

fn state(key: &str, record: &Record) -> Option<String> {
    let value = serde_json::to_value(record).expect("JSON");
    let state = value.as_object()?.values().next()?.get("state")?.as_str()?.to_owned();
    Some(format!("{} {state}", plain(key)))
}

fn event(book: &mut Book, told: &str) -> Event {
    let mut words = told.splitn(4, ' ');
    let mut word = || words.next().expect("day, who, what and more");
    let (days, who, what, rest) = (word(), word(), word(), word());
    let (day, recorded) = days.split_once('@').unwrap_or((days, days));
    let ids = match what {
        "loan" | "bridge" | "guarantee" | "subsidy" | "claim" | "fund" => 2,
        "reported" => 0,
        _ => 1,
    };
    let mut parts = rest.splitn(ids + 1, ' ');
    let ids: Vec<&str> = parts.by_ref().take(ids).collect();
    let mut event = parts.next().unwrap_or("null").to_owned();
    for number in 1..10 {
        event = event.replace(&format!("\"${number}\""), &format!("\"{}\"", code(number)));
    }
    let did: Value = serde_json::from_str(&event).unwrap_or(Value::String(event));
    let body = match what {
        "loan" | "bridge" | "claim" => json!({ what: { "bank": ids[0], what: ids[1], "did": did } }),
        "guarantee" | "subsidy" => json!({ what: { "guarantor": ids[0], what: ids[1], "did": did } }),
        "fund" => json!({ what: { "fund": ids[0], "maker": ids[1], "did": did } }),
        "benefit" | "rating" => json!({ what: { what: ids[0], "did": did } }),
        "period" => json!({ what: { "month": ids[0], "did": did } }),
        "reversal" => json!({ what: { "of": ids[0].parse::<u64>().expect("a number"), "reason": did } }),
        _ => json!({ what: did }),
    };
    let mut event = book.event(who, day, body);
    event.recorded_at = event.recorded_at.max(noon(recorded));
    event
}
