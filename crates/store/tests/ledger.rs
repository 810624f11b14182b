//! The ledger on both engines beside the books in memory: the same answers, the same chain, the same records.
//!
//! `LEDGER_EVENTS` and `LEDGER_SEED` make another random run.

#![allow(clippy::print_stderr, reason = "a seed that nobody sees repeats nothing")]

#[path = "../../ledger/tests/common/mod.rs"]
mod common;
#[path = "../../ledger/tests/random/events.rs"]
mod events;
#[path = "common/mod.rs"]
mod stores;

use common::{Book, Random, applied, body, granted, of_loan};
use events::Maker;
use ledger::event::UnixMicros;
use ledger::{Entry, Event, Key, Memory, Posted, Record, Refusal};
use serde_json::json;
use std::sync::Arc;
use store::{
    AppendError, Counted, Error, Judged, Ledger, LedgerFault, LedgerVerdict, Limits, Part, RebuildError, Taken,
    TogetherError,
};
use stores::{Engine, Place, postgres};

fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

async fn opened(place: &Place) -> Ledger {
    Ledger::open(&place.address).await.expect("open")
}

/// What memory answers to an event.
type Answer = Result<Arc<Posted>, Refusal>;

/// Events with the answers of memory, and its books after them.
fn told(seed: u64, planned: u64) -> (Vec<(Event, Answer)>, Memory) {
    let (mut books, mut maker, mut out) = (Memory::default(), Maker::new(seed, planned), Vec::new());
    for _ in 0..planned {
        let event = maker.next(&books);
        let answer = books.append(&event);
        out.push((event, answer));
    }
    (out, books)
}

/// A store's answer is that of memory.
fn agrees(at: &str, found: &Result<Taken, Refusal>, expected: &Answer) {
    match (found, expected) {
        (Ok(taken), Ok(posted)) => {
            let Entry { seq, recorded_at, ref findings, ref notes, .. } = posted.entry;
            let expected =
                Taken { seq, recorded_at, repeated: false, notes: notes.clone(), findings: findings.clone() };
            assert_eq!(*taken, expected, "{at}");
        }
        (Ok(taken), Err(Refusal::Repeated { seq })) => assert!(taken.repeated && taken.seq == *seq, "{at}: {taken:?}"),
        (Err(found), Err(expected)) => assert_eq!(found, expected, "{at}"),
        (found, expected) => panic!("{at}: {found:?}, in memory {expected:?}"),
    }
}

/// Enters events as a stream of parts, with or without its end.
async fn streamed(ledger: &Ledger, events: &[Event], end: Option<Part>) -> Result<Option<Counted>, TogetherError> {
    let (parts, taken) = tokio::sync::mpsc::channel(2);
    let telling = async move {
        for part in events.chunks(90).map(|part| Part::Events(part.to_vec())).chain(end) {
            // Who takes no more has an answer.
            if parts.send(part).await.is_err() {
                break;
            }
        }
    };
    tokio::join!(ledger.append_stream(taken), telling).0
}

/// Tells a store what memory was told: in lists of any length, one by one, together where nothing is
/// refused, as streams, judged before.
async fn random_events_agree_with_memory(engine: &Engine<'_>) {
    let (planned, seed) = (setting("LEDGER_EVENTS", 2_500), setting("LEDGER_SEED", 20_240_506));
    let (told, books) = told(seed, planned);
    let (place, mut random) = (engine.place(), Random::new(seed));
    let mut ledger = opened(&place).await;
    let mut rest = &told[..];
    while !rest.is_empty() {
        let (part, after) = rest.split_at(rest.len().min(1 + random.below(300) as usize));
        let at = format!("seed {seed}, after {}", told.len() - rest.len());
        rest = after;
        let events: Vec<Event> = part.iter().map(|(event, _)| event.clone()).collect();
        let refused = part.iter().position(|(_, answer)| !matches!(answer, Ok(_) | Err(Refusal::Repeated { .. })));
        if random.one_in(4) {
            let head = ledger.head().await.expect("read");
            let judged = ledger.judge_all(events.clone()).await.expect("judged");
            for (found, (_, expected)) in judged.iter().zip(part) {
                let expected = match expected {
                    Ok(_) => Ok(Judged::New),
                    Err(Refusal::Repeated { .. }) => Ok(Judged::Repeated),
                    Err(refusal) => Err(refusal),
                };
                assert_eq!(found.as_ref().map(|judged| *judged), expected, "{at}");
            }
            assert_eq!(ledger.head().await.expect("read"), head, "{at}");
        }
        let found = match (random.below(4), refused) {
            (3, _) => {
                let head = ledger.head().await.expect("read");
                if refused.is_none() {
                    assert_eq!(streamed(&ledger, &events, None).await.expect("given up"), None, "{at}");
                }
                assert_eq!(ledger.head().await.expect("read"), head, "{at}");
                let counted = streamed(&ledger, &events, Some(Part::End)).await;
                match (counted, refused) {
                    (Ok(Some(Counted { entered, repeated })), None) => {
                        let new = part.iter().filter(|(_, answer)| answer.is_ok()).count();
                        assert_eq!((entered as usize, (entered + repeated) as usize), (new, part.len()), "{at}");
                    }
                    (Err(TogetherError::Refused { index, refusal, .. }), Some(place)) => {
                        assert_eq!((index, Some(&*refusal)), (place, part[place].1.as_ref().err()), "{at}");
                        assert_eq!(ledger.head().await.expect("read"), head, "{at}");
                        ledger.append_all(events).await.expect("entered");
                    }
                    other => panic!("{at}: {other:?}"),
                }
                continue;
            }
            (0, None) => {
                let taken = ledger.append_together(events).await.expect("together");
                taken.into_iter().map(Ok).collect()
            }
            (0, Some(place)) => {
                let head = ledger.head().await.expect("read");
                match ledger.append_together(events.clone()).await {
                    Err(TogetherError::Refused { index, refusal, .. }) => {
                        assert_eq!((index, Some(&*refusal)), (place, part[place].1.as_ref().err()), "{at}");
                    }
                    other => panic!("{at}: {other:?}"),
                }
                assert_eq!(ledger.head().await.expect("read"), head, "{at}");
                ledger.append_all(events).await.expect("entered")
            }
            (1, _) => {
                let mut found = Vec::new();
                for event in events {
                    found.push(match ledger.append(event).await {
                        Ok(taken) => Ok(taken),
                        Err(AppendError::Refused(refusal)) => Err(*refusal),
                        Err(AppendError::Store(e)) => panic!("{at}: {e:?}"),
                    });
                }
                found
            }
            _ => ledger.append_all(events).await.expect("entered"),
        };
        assert_eq!(found.len(), part.len());
        for (i, (found, (_, expected))) in found.iter().zip(part).enumerate() {
            agrees(&format!("{at} + {i}"), found, expected);
        }
        assert_eq!(*ledger.last().borrow(), ledger.head().await.expect("read").seq);
        // What a writer has at hand is not all there is.
        if random.one_in(8) {
            ledger.close().await;
            ledger = opened(&place).await;
        }
    }
    same(&ledger, &books).await;
    ledger.close().await;
}

/// A store holds what memory holds, each thing as it is read.
async fn same(ledger: &Ledger, books: &Memory) {
    let head = ledger::Books::head(books);
    let whole = LedgerVerdict::Whole { head, state: books.state_digest() };
    assert_eq!(ledger.verify().await.expect("walked"), whole);
    let (mut seq, mut lines) = (0, 0);
    loop {
        let page = ledger.lines(seq, 700).await.expect("read");
        let Some(last) = page.last() else { break };
        seq = last.seq;
        for line in page {
            let posted = &books.entries()[lines];
            assert_eq!((line.seq, line.recorded_at), (posted.entry.seq, posted.entry.recorded_at));
            assert_eq!((line.event, line.postings), (posted.event.clone(), posted.entry.postings.clone()));
            lines += 1;
        }
    }
    assert_eq!(lines, books.len());
    for posted in books.entries().iter().step_by(7) {
        let found = ledger.posted(posted.entry.seq).await.expect("read").expect("there");
        let entry = Entry { findings: Vec::new(), notes: Vec::new(), ..posted.entry.clone() };
        assert_eq!(found, Posted { entry, ..(**posted).clone() });
    }
    for (key, record) in books.records().step_by(5) {
        assert_eq!(ledger.record(key).await.expect("read").as_ref(), Some(record), "{key:?}");
    }
    for of in ["{\"loan\":{\"bank\":\"icbc\",", "{\"quota\":"] {
        let (mut found, mut after) = (Vec::new(), None);
        loop {
            let page = ledger.records(of, after.as_ref(), 13).await.expect("read");
            after = page.last().map(|(key, _)| *key);
            found.extend(page);
            if after.is_none() {
                break;
            }
        }
        let of_memory = books.records().filter(|(key, _)| key.to_text().starts_with(of));
        let mut expected: Vec<(Key, Record)> = of_memory.map(|(k, r)| (*k, r.clone())).collect();
        expected.sort_by_key(|(key, _)| key.to_text());
        assert!(!expected.is_empty() && found == expected, "{of}");
    }
}

/// Records that were lost or changed are found, and made again from the events.
async fn records_are_made_again(engine: &Engine<'_>) {
    let (told, books) = told(7, 1_200);
    let place = engine.place();
    let ledger = opened(&place).await;
    ledger.append_all(told.into_iter().map(|(event, _)| event).collect()).await.expect("entered");
    let head = ledger.head().await.expect("read");
    // A record that is gone makes another digest; one that does not stand where it should can not be read.
    for (sql, what, is_readable) in [
        ("DELETE FROM ledger_records WHERE key = '{\"quota\":\"icbc\"}'", "{\"quota\":\"icbc\"}", true),
        ("UPDATE ledger_records SET seq = 1 WHERE key = '{\"quota\":\"ccb\"}'", "{\"quota\":\"ccb\"}", false),
        ("INSERT INTO ledger_records (key, seq) VALUES ('zz', 1)", "zz", false),
    ] {
        stores::raw(&place.address, sql).await.expect(sql);
        match ledger.verify().await.expect("walked") {
            LedgerVerdict::Broken(LedgerFault::Record { key }) => assert_eq!(key, what, "{sql}"),
            other => panic!("{sql}: {other:?}"),
        }
        let rebuilt = ledger.rebuild().await.expect("made again");
        assert_eq!((rebuilt.head, &rebuilt.after), (head, &books.state_digest()), "{sql}");
        assert!(rebuilt.before.is_some() == is_readable && rebuilt.before.as_ref() != Some(&rebuilt.after), "{sql}");
        same(&ledger, &books).await;
    }
    // Events that are not as they were entered make no records.
    stores::without_triggers(&place.address, "ledger_events").await;
    stores::raw(&place.address, "UPDATE ledger_events SET earlier = hash WHERE seq = 5").await.expect("changed");
    let refused = ledger.rebuild().await;
    let fault = LedgerFault::Differs { seq: 5, column: "earlier" };
    assert!(matches!(&refused, Err(RebuildError::Broken(found)) if *found == fault), "{refused:?}");
    assert_eq!(ledger.verify().await.expect("walked"), LedgerVerdict::Broken(fault));
    ledger.close().await;
}

/// The same request at once from many callers, at two servers: one entry, and each caller learns its number.
async fn a_request_is_entered_once(engine: &Engine<'_>) {
    let place = engine.place();
    let ledgers = [opened(&place).await, opened(&place).await];
    let event = Book::default().event("bank:icbc/li", "2024-05-06", of_loan("icbc", "L1", applied("ordinary", 1)));
    let callers: Vec<_> = (0..64)
        .map(|i| {
            let (ledger, event) = (ledgers[i % 2].clone(), event.clone());
            tokio::spawn(async move { ledger.append(event).await.expect("entered") })
        })
        .collect();
    let mut new = 0;
    for caller in callers {
        let taken = caller.await.expect("no panic");
        assert_eq!(taken.seq, 1);
        new += u32::from(!taken.repeated);
    }
    assert_eq!(new, 1);
    assert_eq!(ledgers[0].head().await.expect("read").seq, 1);
    let other = Event { body: body(of_loan("icbc", "L1", json!("completed"))), ..event };
    match ledgers[1].append(other).await {
        Err(AppendError::Refused(refusal)) => assert_eq!(*refusal, Refusal::RequestConflict { seq: 1 }),
        other => panic!("{other:?}"),
    }
    for ledger in ledgers {
        ledger.close().await;
    }
}

/// Two servers grant at once to one borrower at two banks: together never more than the line.
async fn the_cap_holds_across_servers(engine: &Engine<'_>) {
    const LINE_FEN: i64 = 100_000_000;
    let place = engine.place();
    let ledgers = [opened(&place).await, opened(&place).await];
    let (banks, day) = (["icbc", "abc"], "2024-05-06");
    let mut book = Book::default();
    let mut events = vec![book.event("platform/p", day, common::issued("R1", 1, day, LINE_FEN))];
    for bank in banks {
        for loan in 0..20 {
            let (who, number) = (format!("bank:{bank}/li"), format!("L{loan}"));
            events.push(book.event(&who, day, of_loan(bank, &number, applied("commercial_value", 1))));
            events.push(book.event(&who, day, of_loan(bank, &number, json!("completed"))));
        }
    }
    for taken in ledgers[0].append_all(events).await.expect("entered") {
        taken.expect("not refused");
    }
    let mut grants = Vec::new();
    for (bank, ledger) in banks.into_iter().zip(&ledgers) {
        for loan in 0..20 {
            let did = granted(LINE_FEN / 8, Some("R1"));
            let event = book.event(&format!("bank:{bank}/li"), day, of_loan(bank, &format!("L{loan}"), did));
            let ledger = ledger.clone();
            grants.push(tokio::spawn(async move { ledger.append(event).await }));
        }
    }
    let mut entered = 0;
    for grant in grants {
        match grant.await.expect("no panic") {
            Ok(_) => entered += 1,
            Err(AppendError::Refused(refusal)) => assert!(refusal.is_refused_by_policy(), "{refusal}"),
            Err(e) => panic!("{e:?}"),
        }
    }
    assert_eq!(entered, 8);
    assert!(matches!(ledgers[1].verify().await.expect("walked"), LedgerVerdict::Whole { .. }));
    for ledger in ledgers {
        ledger.close().await;
    }
}

/// One database holds ratings and ledger; a clock that went back is lifted; what is closed says so.
async fn a_ledger_shares_a_database(engine: &Engine<'_>) {
    let place = engine.place();
    let store = place.open().await;
    let ledger = Ledger::open_with(&place.address, Limits { group_jobs: 1, ..Limits::usual() }).await.expect("open");
    let mut book = Book::default();
    let of = |n: u32| of_loan("icbc", &format!("L{n}"), applied("ordinary", n));
    let first = ledger.append(book.event("bank:icbc/li", "2024-05-06", of(1))).await.expect("entered");
    store.write(stores::job(&stores::rating("a", "s", "r1", 1, stores::T0))).await.expect("written");
    let mut early = book.event("bank:icbc/li", "2024-05-06", of(2));
    early.recorded_at = UnixMicros(early.recorded_at.0 - 3_600_000_000);
    let second = ledger.append(early.clone()).await.expect("entered");
    assert_eq!((second.seq, second.recorded_at), (2, first.recorded_at));
    // The request is the same, whatever the clock says.
    assert!(ledger.append(early).await.expect("known").repeated);
    assert!(matches!(store.verify(None).await.expect("walk"), store::Verdict::Whole { .. }));
    assert!(matches!(ledger.verify().await.expect("walked"), LedgerVerdict::Whole { .. }));
    assert_eq!((ledger.counters().jobs, ledger.counters().commits >= 2), (2, true));
    assert_eq!(ledger.posted(3).await.expect("read"), None);
    assert_eq!(ledger.posted(u64::MAX).await.expect("read"), None);
    ledger.close().await;
    let closed = ledger.append(book.event("bank:icbc/li", "2024-05-06", of(3))).await;
    assert!(matches!(closed, Err(AppendError::Store(Error::Closed))), "{closed:?}");
    store.close().await;
}

/// Before version 7 of the schema postings and records stood as JSON, records under their keys too, and accounts had balances.
async fn a_ledger_of_texts_is_packed(engine: &Engine<'_>) {
    let (told, books) = told(11, 1_500);
    let place = engine.place();
    let ledger = opened(&place).await;
    let events: Vec<Event> = told.into_iter().map(|(event, _)| event).collect();
    ledger.append_all(events).await.expect("entered");
    ledger.close().await;
    let (big, bytes) = match engine {
        Engine::Sqlite => ("INTEGER", "BLOB"),
        Engine::Postgres(_) => ("BIGINT", "BYTEA"),
    };
    let old = [
        "ALTER TABLE ledger_events RENAME TO packed".to_owned(),
        format!(
            "CREATE TABLE ledger_events (seq {big} PRIMARY KEY, recorded_at {big} NOT NULL, request TEXT NOT NULL UNIQUE, \
             event TEXT NOT NULL, postings TEXT NOT NULL, changes TEXT NOT NULL, entry {bytes} NOT NULL, hash {bytes} NOT NULL)"
        ),
        "DELETE FROM ledger_records WHERE key LIKE '{\"request\"%'".to_owned(),
        "ALTER TABLE ledger_records ADD COLUMN record TEXT NOT NULL DEFAULT '{}'".to_owned(),
        "CREATE TABLE ledger_balances (account TEXT PRIMARY KEY, fen TEXT NOT NULL)".to_owned(),
        "DELETE FROM _sqlx_migrations WHERE version >= 7".to_owned(),
    ];
    let later =
        ["drafts", "draft_ends", "ledger_imports", "ledger_import_refusals", "input_counts", "input_counts_through"];
    for sql in old.into_iter().chain(later.map(|table| format!("DROP TABLE {table}"))) {
        stores::raw(&place.address, &sql).await.expect(&sql);
    }
    if let Engine::Postgres(_) = engine {
        // The name that the key of the table had.
        for sql in [
            "ALTER INDEX ledger_events_pkey RENAME TO packed_pkey",
            "ALTER INDEX ledger_events_pkey1 RENAME TO ledger_events_pkey",
        ] {
            stores::raw(&place.address, sql).await.expect(sql);
        }
    } else {
        for on in ["update", "delete"] {
            let sql = format!("DROP TRIGGER ledger_events_{on}");
            stores::raw(&place.address, &sql).await.expect(&sql);
            let sql = format!(
                "CREATE TRIGGER ledger_events_{on} BEFORE {on} ON ledger_events BEGIN SELECT RAISE(ABORT, 'no'); END"
            );
            stores::raw(&place.address, &sql).await.expect(&sql);
        }
    }
    let mut made: std::collections::HashMap<Key, u64> = std::collections::HashMap::new();
    for posted in books.entries() {
        let Posted { event, entry, link } = &**posted;
        let mut changes = Vec::new();
        for change in entry.changes.iter().filter(|change| !matches!(change.key, Key::Request(..))) {
            changes.push((change.key, made.get(&change.key).copied(), change.after.as_deref()));
            match &change.after {
                Some(_) => made.insert(change.key, entry.seq),
                None => made.remove(&change.key),
            };
        }
        let request = Key::Request(event.actor.office, event.request_id).to_text();
        let text = |value: String| format!("'{}'", value.replace('\'', "''"));
        let hex = |hash: &[u8; 32]| {
            let hex: String = hash.iter().map(|b| format!("{b:02x}")).collect();
            if bytes == "BLOB" { format!("X'{hex}'") } else { format!("decode('{hex}', 'hex')") }
        };
        let values = [
            entry.seq.to_string(),
            entry.recorded_at.0.to_string(),
            text(request),
            text(String::from_utf8(event.to_bytes()).expect("a text")),
            text(serde_json::to_string(&entry.postings).expect("JSON")),
            text(serde_json::to_string(&changes).expect("JSON")),
            hex(&link.entry),
            hex(&link.hash),
        ];
        let sql = format!("INSERT INTO ledger_events VALUES ({})", values.join(", "));
        stores::raw(&place.address, &sql).await.expect("a row of then");
    }
    let ledger = opened(&place).await;
    same(&ledger, &books).await;
    ledger.close().await;
}

macro_rules! cases {
    ($($name:ident),+ $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                super::$name(&super::Engine::Sqlite).await;
            })+
        }

        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn postgres_passes_all_cases() {
            let Some(server) = postgres::Server::start() else { return };
            let engine = Engine::Postgres(&server);
            $(eprintln!("{}", stringify!($name));
            $name(&engine).await;)+
        }
    };
}

cases!(
    random_events_agree_with_memory,
    records_are_made_again,
    a_ledger_of_texts_is_packed,
    a_request_is_entered_once,
    the_cap_holds_across_servers,
    a_ledger_shares_a_database,
);
