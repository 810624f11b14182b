//! Any one byte of a row of the chain, or of a row that it carries, that is changed is found, at its line.

#![allow(clippy::print_stderr, reason = "what was run is part of what a test says")]

mod common;
#[path = "common/tamper.rs"]
mod past;

use common::*;
use past::{Change, every_change, without_triggers};
use sqlx::{AssertSqlSafe, Connection as _};
use store::{Fault, NewActivation, NewReceipt, ObjectionMove, Record, Request, Store, Verdict, Write};

/// A store with one row of each kind.
async fn filled(place: &Place) -> Store {
    let store = place.open().await;
    let new = rating("a", "s", "r1", 1, T0);
    let receipt =
        NewReceipt { tenant: "b".into(), rating_id: new.rating_id.clone(), subject: "s".into(), received_at: T0 };
    let step = ObjectionMove {
        objection_id: "o1".into(),
        subject: "s".into(),
        at: T0,
        state: "closed".into(),
        outcome: Some("rejected".into()),
        text: "无误".into(),
        retain_until: T0,
    };
    let activation = NewActivation {
        model_digest: "sha256:aa".into(),
        author: "x".into(),
        reviewer: "y".into(),
        activated_at: T0,
        activated_by: "z".into(),
    };
    let request = Request { tenant: "a".into(), request_id: "q".into(), body_sha256: [3; 32], answer: b"ok".to_vec() };
    for write in [
        job(&new),
        grant(&consent("a", "s", "c1", T0)).once(request),
        revoke("a", "c1", T0),
        decision_because(Some("提供抵押"), "a", &new.rating_id, T0),
        Write::of(line("Object", T0), Record::Objection(objection("s", "o1", Some(&new.rating_id), T0))),
        Write::of(line("Answer", T0), Record::ObjectionMove(step)),
        Write::of(line("Activate", T0), Record::Activation(activation)),
        Write::of(line("Share", T0), Record::Receipt(receipt)),
        job(&rating("a", "t", "r2", 1, T0)),
        Write::new(line("List", T0)),
    ] {
        store.write(write).await.expect("written");
    }
    store.destroy_subject_key("t", line("Retention", T0 + DAY)).await.expect("destroyed");
    assert!(matches!(store.verify(None).await.expect("walk"), Verdict::Whole { .. }));
    store
}

const TABLES: [&str; 11] = [
    "audit",
    "ratings",
    "consents",
    "consent_ends",
    "decisions",
    "decision_reasons",
    "objection_events",
    "activations",
    "receipts",
    "key_destructions",
    "requests",
];

#[tokio::test]
async fn every_byte_of_every_row_counts() {
    let place = Engine::Sqlite.place();
    let store = filled(&place).await;
    let c = without_triggers(&place.address);
    c.execute_batch("PRAGMA synchronous = OFF").expect("fast");
    // Ten lines of one shape teach nothing more than the first and the last.
    let ends = |lines: Vec<String>| [lines.first(), lines.last()].into_iter().flatten().cloned().collect();
    let changes = every_change(&c, &TABLES, ends, async |change| {
        let Change { table, column, row, value, moved } = change;
        match store.verify(None).await.expect("walk") {
            Verdict::Broken { seq, .. } if moved || seq.to_string() == row => {}
            other => panic!("{table}.{column} of line {row} = {value}: {other:?}"),
        }
    })
    .await;
    assert!(matches!(store.verify(None).await.expect("walk"), Verdict::Whole { .. }));
    assert!(changes > 2000, "{changes}");
}

/// Two ratings change places.
const SWAP: &str = "UPDATE ratings SET line = line + 100; UPDATE ratings SET line = 110 - line";

/// Rows removed, added, swapped; the end cut off; keys removed. By plain SQL, on both engines.
async fn rows_that_go_or_come_are_found(place: &Place) {
    let cases: &[(&str, i64, Fault)] = &[
        ("DELETE FROM audit WHERE seq = 4", 4, Fault::Missing),
        ("DELETE FROM audit WHERE seq = 1", 1, Fault::Missing),
        ("DELETE FROM audit WHERE seq > 10", 11, Fault::Missing),
        ("DELETE FROM ratings WHERE line = 1", 1, row("ratings", None)),
        ("DELETE FROM requests", 2, row("consents+requests", Some("consents"))),
        ("DELETE FROM consent_ends", 3, row("consent_ends", None)),
        (
            "INSERT INTO activations SELECT 10, model_digest, author, reviewer, activated_at, activated_by FROM activations",
            10,
            Fault::Row { carries: None, found: Some("activations".into()) },
        ),
        (
            "INSERT INTO activations SELECT 77, model_digest, author, reviewer, activated_at, activated_by FROM activations",
            11,
            Fault::Head,
        ),
        (SWAP, 1, row("ratings", Some("ratings"))),
        ("UPDATE chain SET seq = 10", 10, Fault::Head),
        ("UPDATE subject_keys SET destroyed_at = 5 WHERE key_no = 1", 1, Fault::Key),
        ("UPDATE subject_keys SET destroyed_at = NULL WHERE key_no = 9", 9, Fault::Key),
        ("DELETE FROM subject_keys WHERE key_no = 1", 1, Fault::Key),
        ("UPDATE subject_keys SET mac_key = 'x', subject_mac = wrapped WHERE key_no = 1", 1, Fault::Key),
    ];
    let store = filled(place).await;
    for (sql, line, fault) in cases {
        let verdict = tampered(place, &store, sql).await;
        assert_eq!(verdict, Verdict::Broken { seq: *line, fault: fault.clone() }, "{sql}");
    }
    assert!(matches!(store.verify(None).await.expect("walk"), Verdict::Whole { .. }));
}

fn row(carries: &str, found: Option<&str>) -> Fault {
    Fault::Row { carries: Some(carries.into()), found: found.map(str::to_owned) }
}

/// What a walk says of a copy of the database after `sql`.
async fn tampered(place: &Place, store: &Store, sql: &str) -> Verdict {
    if let Some(path) = place.address.strip_prefix("sqlite:") {
        let copy = format!("{path}-copy");
        let c = rusqlite::Connection::open(path).expect("a connection");
        c.execute_batch(&format!("VACUUM INTO '{copy}'")).expect("copied");
        let address = format!("sqlite:{copy}");
        let c = without_triggers(&address);
        c.execute_batch(sql).expect(sql);
        c.close().expect("closed");
        let tampered = Store::open(&address, place.keys.clone()).await.expect("open");
        let verdict = tampered.verify(None).await.expect("walk");
        tampered.close().await;
        for end in ["", "-wal", "-shm"] {
            let _ = std::fs::remove_file(format!("{copy}{end}"));
        }
        return verdict;
    }
    // A copy of a database wants the other connections closed, so the change is made in place and the old rows put back.
    let mut c = sqlx::PgConnection::connect(&place.address).await.expect("a connection");
    let run = async |c: &mut sqlx::PgConnection, sql: String| {
        sqlx::raw_sql(AssertSqlSafe(sql.clone())).execute(c).await.unwrap_or_else(|e| panic!("{sql}: {e}"));
    };
    let tables: Vec<&str> = TABLES.into_iter().chain(["subject_keys", "chain"]).collect();
    for table in &tables {
        run(&mut c, format!("ALTER TABLE {table} DISABLE TRIGGER USER; CREATE TABLE old_{table} AS TABLE {table}"))
            .await;
    }
    run(&mut c, sql.to_owned()).await;
    let verdict = store.verify(None).await.expect("walk");
    for table in &tables {
        let back =
            format!("DELETE FROM {table}; INSERT INTO {table} SELECT * FROM old_{table}; DROP TABLE old_{table}");
        run(&mut c, format!("{back}; ALTER TABLE {table} ENABLE TRIGGER USER")).await;
    }
    verdict
}

#[tokio::test]
async fn sqlite_rows_that_go_or_come_are_found() {
    let place = Engine::Sqlite.place();
    rows_that_go_or_come_are_found(&place).await;
}

#[tokio::test]
async fn postgres_rows_that_go_or_come_are_found() {
    let Some(server) = postgres::Server::start() else { return };
    rows_that_go_or_come_are_found(&Engine::Postgres(&server).place()).await;
}
