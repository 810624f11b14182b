//! Any one byte of a ledger that is changed is found, with its place: events, records, the end of the chain.

#![allow(clippy::print_stderr, reason = "what was run is part of what a test says")]

#[path = "../../ledger/tests/common/mod.rs"]
mod common;
#[path = "common/tamper.rs"]
mod past;
#[path = "common/mod.rs"]
mod stores;

use common::{Book, applied, granted, of_loan};
use ledger::chain::Broken;
use past::{Change, every_change, without_triggers};
use serde_json::json;
use store::{Ledger, LedgerFault, LedgerVerdict};
use stores::*;

/// A ledger with a loan, a closed month and a reversal.
async fn filled(place: &Place) -> Ledger {
    let ledger = Ledger::open(&place.address).await.expect("open");
    let mut book = Book::default();
    let (li, day) = ("bank:icbc/li", "2024-05-06");
    let mut events = Vec::new();
    for did in [
        applied("ordinary", 1),
        json!("completed"),
        granted(1_000_000, None),
        json!({ "disbursed": { "amount_fen": 600_000 } }),
    ] {
        events.push(book.event(li, day, of_loan("icbc", "L1", did)));
    }
    events.push(book.event("bureau/wang", day, json!({ "reversal": { "of": 4, "reason": "twice" } })));
    events.push(book.event("bureau/wang", day, json!({ "period": { "month": "2024-04", "did": "closed" } })));
    ledger.append_together(events).await.expect("entered");
    assert!(matches!(ledger.verify().await.expect("walked"), LedgerVerdict::Whole { .. }));
    ledger
}

/// Where a fault says that it is.
fn place_of(fault: &LedgerFault) -> String {
    match fault {
        LedgerFault::Chain(Broken::Number { expected: seq, .. } | Broken::Time { seq } | Broken::Hash { seq }) => {
            seq.to_string()
        }
        LedgerFault::Unreadable { seq } | LedgerFault::Refused { seq, .. } | LedgerFault::Differs { seq, .. } => {
            seq.to_string()
        }
        LedgerFault::Record { key } => key.clone(),
        LedgerFault::Head { .. } => "1".to_owned(),
        other => panic!("{other}"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_byte_of_a_ledger_counts() {
    let place = Engine::Sqlite.place();
    let ledger = filled(&place).await;
    let c = without_triggers(&place.address);
    c.execute_batch("PRAGMA synchronous = OFF").expect("fast");
    let tables = ["ledger_events", "ledger_records", "ledger_head"];
    let changes = every_change(
        &c,
        &tables,
        |rows| rows,
        async |change| {
            let Change { table, column, row, value, moved } = change;
            match ledger.verify().await.expect("walked") {
                LedgerVerdict::Broken(fault) if moved || place_of(&fault) == row => {}
                other => panic!("{table}.{column} of {row} = {value}: {other:?}"),
            }
        },
    )
    .await;
    assert!(matches!(ledger.verify().await.expect("walked"), LedgerVerdict::Whole { .. }));
    assert!(changes > 3_500, "{changes}");
}

/// Rows removed, added, swapped, the end cut off; by plain SQL, on both engines.
async fn rows_that_go_or_come_are_found(place: &Place) {
    let ledger = filled(place).await;
    for table in ["ledger_events", "ledger_head"] {
        stores::without_triggers(&place.address, table).await;
    }
    let number = |found, expected| LedgerFault::Chain(Broken::Number { found, expected });
    let row = |key: &str| LedgerFault::Record { key: key.to_owned() };
    let loan = r#"{"loan":{"bank":"icbc","loan":"L1"}}"#;
    for (table, sql, fault) in [
        ("ledger_events", "DELETE FROM ledger_events WHERE seq = 1", number(2, 1)),
        ("ledger_events", "DELETE FROM ledger_events WHERE seq = 4", number(5, 4)),
        ("ledger_events", "DELETE FROM ledger_events WHERE seq = 6", LedgerFault::Head { stored: 6, found: 5 }),
        (
            "ledger_events",
            "INSERT INTO ledger_events SELECT 7, recorded_at, event, did, earlier, hash FROM ledger_events WHERE seq = 6",
            LedgerFault::Chain(Broken::Hash { seq: 7 }),
        ),
        ("ledger_head", "UPDATE ledger_head SET seq = 5", LedgerFault::Head { stored: 5, found: 6 }),
        ("ledger_head", "DELETE FROM ledger_head", LedgerFault::Head { stored: 0, found: 6 }),
        ("ledger_records", "DELETE FROM ledger_records WHERE key LIKE '{\"loan\"%'", row(loan)),
        ("ledger_records", "DELETE FROM ledger_records", row("\"closed\"")),
    ] {
        stores::raw(&place.address, &format!("CREATE TABLE old AS SELECT * FROM {table}")).await.expect("kept");
        stores::raw(&place.address, sql).await.expect(sql);
        assert_eq!(ledger.verify().await.expect("walked"), LedgerVerdict::Broken(fault), "{sql}");
        for back in
            [format!("DELETE FROM {table}"), format!("INSERT INTO {table} SELECT * FROM old"), "DROP TABLE old".into()]
        {
            stores::raw(&place.address, &back).await.expect("as it was");
        }
    }
    assert!(matches!(ledger.verify().await.expect("walked"), LedgerVerdict::Whole { .. }));
    ledger.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sqlite_rows_that_go_or_come_are_found() {
    let place = Engine::Sqlite.place();
    rows_that_go_or_come_are_found(&place).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgres_rows_that_go_or_come_are_found() {
    let Some(server) = postgres::Server::start() else { return };
    rows_that_go_or_come_are_found(&Engine::Postgres(&server).place()).await;
}
