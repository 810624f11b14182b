//! The ledger beside bare SQLite and PostgreSQL that insert the same bytes in the same batches, durable.
//!
//! Each round takes the next batches of one list of events: once bare, one row an event into a table without index,
//! judgement or chain; once through [`Ledger::append_all`]. `event` inserts the bytes of the events alone, `row` all bytes
//! that the ledger keeps of them. Both files grow; the ratio is that of the sums of all rounds. Processor time is that of this
//! program, so of PostgreSQL it is the client's: on a busy machine it says more than the rates do.
//!
//! A batch of all events is entered together, in one transaction, as an import is.
//!
//! `cargo bench -p store --bench ledger -- [events] [batch …]`; put `TMPDIR` on a real disk.

#![allow(clippy::print_stdout, missing_docs, reason = "a bench prints what it measured")]

#[path = "../../ledger/tests/common/mod.rs"]
mod common;
#[path = "../../ledger/tests/random/events.rs"]
mod events;
#[allow(dead_code, unreachable_pub, clippy::print_stderr, reason = "a bench uses a part of what tests have")]
#[path = "../tests/common/postgres.rs"]
mod postgres;

use events::Maker;
use ledger::{Event, Memory};
use sqlx::Connection as _;
use std::time::{Duration, Instant};
use store::{Ledger, LedgerVerdict};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const ROUNDS: usize = 8;
const SEED: u64 = 20_240_506;

/// What a bare engine inserts of an event.
struct Row {
    seq: i64,
    recorded_at: i64,
    event: String,
    bytes: [Vec<u8>; 3],
}

/// Events that are entered, as they come.
fn entered(count: usize) -> Vec<Event> {
    let (mut books, mut maker, mut out) = (Memory::default(), Maker::new(SEED, count as u64 * 3 / 2), Vec::new());
    while out.len() < count {
        let event = maker.next(&books);
        if books.append(&event).is_ok() {
            out.push(event);
        }
    }
    out
}

/// The rows that a ledger keeps of events.
async fn rows(events: &[Event], folder: &std::path::Path) -> Vec<Row> {
    let path = folder.join("rows.db");
    let ledger = Ledger::open(&format!("sqlite:{}", path.display())).await.expect("open");
    ledger.append_all(events.to_vec()).await.expect("entered");
    ledger.close().await;
    let c = rusqlite::Connection::open(&path).expect("a file");
    let sql = "SELECT seq, recorded_at, event, did, earlier, hash FROM ledger_events ORDER BY seq";
    let mut statement = c.prepare(sql).expect(sql);
    let read = |r: &rusqlite::Row<'_>| {
        let bytes = [r.get(3)?, r.get(4)?, r.get(5)?];
        Ok(Row { seq: r.get(0)?, recorded_at: r.get(1)?, event: r.get(2)?, bytes })
    };
    statement.query_map([], read).expect(sql).map(|r| r.expect("a row")).collect()
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Bare {
    Event,
    Row,
}

enum Engine {
    Sqlite(rusqlite::Connection),
    Postgres(sqlx::PgConnection),
}

impl Engine {
    /// As durable as a ledger's, with tables for both kinds of rows.
    async fn open(address: &str) -> Self {
        let tables = |int: &str, bytes: &str| {
            format!(
                "CREATE TABLE bare_event (seq {int} PRIMARY KEY, event TEXT NOT NULL);
                 CREATE TABLE bare_row (seq {int} PRIMARY KEY, recorded_at {int} NOT NULL, event TEXT NOT NULL,
                     did {bytes} NOT NULL, earlier {bytes} NOT NULL, hash {bytes} NOT NULL)"
            )
        };
        match address.strip_prefix("sqlite:") {
            Some(path) => {
                let c = rusqlite::Connection::open(path).expect("a file");
                c.execute_batch(
                    "PRAGMA page_size = 16384; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
                     PRAGMA wal_autocheckpoint = 1000; PRAGMA cache_size = -32000;",
                )
                .expect("settings");
                c.execute_batch(&tables("INTEGER", "BLOB")).expect("tables");
                Self::Sqlite(c)
            }
            None => {
                let mut c = sqlx::PgConnection::connect(address).await.expect("a connection");
                // As the ledger's: a row of up to 8 KB is not compressed.
                let tables = tables("BIGINT", "BYTEA") + " WITH (toast_tuple_target = 8160)";
                sqlx::raw_sql(sqlx::AssertSqlSafe(tables)).execute(&mut c).await.expect("tables");
                Self::Postgres(c)
            }
        }
    }

    async fn insert(&mut self, rows: &[Row], bare: Bare) {
        match self {
            Self::Sqlite(c) => insert_sqlite(c, rows, bare).expect("inserted"),
            Self::Postgres(c) => insert_postgres(c, rows, bare).await.expect("inserted"),
        }
    }
}

fn insert_sqlite(c: &mut rusqlite::Connection, rows: &[Row], bare: Bare) -> rusqlite::Result<()> {
    let t = c.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    for row in rows {
        let (event, [did, earlier, hash]) = (&row.event, &row.bytes);
        match bare {
            Bare::Event => {
                t.prepare_cached("INSERT INTO bare_event VALUES (?, ?)")?.execute((row.seq, event))?;
            }
            Bare::Row => {
                let values = (row.seq, row.recorded_at, event, did, earlier, hash);
                t.prepare_cached("INSERT INTO bare_row VALUES (?, ?, ?, ?, ?, ?)")?.execute(values)?;
            }
        }
    }
    t.commit()
}

/// By arrays: one statement for a batch, the fastest way short of COPY.
async fn insert_postgres(c: &mut sqlx::PgConnection, rows: &[Row], bare: Bare) -> Result<(), sqlx::Error> {
    let seqs: Vec<i64> = rows.iter().map(|r| r.seq).collect();
    let events: Vec<&str> = rows.iter().map(|r| r.event.as_str()).collect();
    let mut t = c.begin().await?;
    match bare {
        Bare::Event => {
            let sql = "INSERT INTO bare_event SELECT * FROM unnest($1::bigint[], $2::text[])";
            sqlx::query(sql).bind(seqs).bind(events).execute(&mut *t).await?;
        }
        Bare::Row => {
            let bytes = |i: usize| rows.iter().map(|r| r.bytes[i].as_slice()).collect::<Vec<_>>();
            let recorded: Vec<i64> = rows.iter().map(|r| r.recorded_at).collect();
            let sql = "INSERT INTO bare_row SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::bytea[], \
                       $5::bytea[], $6::bytea[])";
            let query = sqlx::query(sql).bind(seqs).bind(recorded).bind(events);
            query.bind(bytes(0)).bind(bytes(1)).bind(bytes(2)).execute(&mut *t).await?;
        }
    }
    t.commit().await
}

/// Processor time of this program, to a hundredth of a second.
fn cpu() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // The name may hold spaces; fields are counted from the bracket that closes it.
    let fields = stat.rsplit_once(')').map_or("", |(_, rest)| rest).split_whitespace().skip(11).take(2);
    Duration::from_millis(10 * fields.filter_map(|ticks| ticks.parse::<u64>().ok()).sum::<u64>())
}

/// What a part of a round took.
#[derive(Clone, Copy, Default)]
struct Spent {
    wall: Duration,
    cpu: Duration,
}

impl Spent {
    async fn add(&mut self, work: impl Future<Output = ()>) {
        let (begun, before) = (Instant::now(), cpu());
        work.await;
        self.wall += begun.elapsed();
        self.cpu += cpu() - before;
    }
}

/// What it took to insert bare events, bare rows, and to enter into the ledger.
async fn measured(addresses: &[String; 2], events: &[Event], rows: &[Row], batch: usize) -> [Spent; 3] {
    let mut bare = Engine::open(&addresses[0]).await;
    let ledger = Ledger::open(&addresses[1]).await.expect("open");
    let mut spent = [Spent::default(); 3];
    let count = events.len();
    let share = count.div_ceil(ROUNDS).max(batch);
    for (events, rows) in events.chunks(share).zip(rows.chunks(share)) {
        for (kind, spent) in [Bare::Event, Bare::Row].into_iter().zip(&mut spent) {
            let insert = async {
                for rows in rows.chunks(batch) {
                    bare.insert(rows, kind).await;
                }
            };
            spent.add(insert).await;
        }
        let batches: Vec<Vec<Event>> = events.chunks(batch).map(<[Event]>::to_vec).collect();
        let enter = async {
            for batch in batches {
                if batch.len() == count {
                    let taken = ledger.append_together(batch).await.expect("entered");
                    assert!(taken.iter().all(|t| !t.repeated));
                } else {
                    let taken = ledger.append_all(batch).await.expect("entered");
                    assert!(taken.iter().all(|t| t.as_ref().is_ok_and(|t| !t.repeated)));
                }
            }
        };
        spent[2].add(enter).await;
    }
    ledger.close().await;
    spent
}

/// Processor time of an event that is judged, packed and hashed by one thread: what no store of the ledger can go below.
fn in_memory(events: &[Event]) -> f64 {
    let mut books = Memory::default();
    let before = cpu();
    for event in events {
        books.append(event).expect("entered");
    }
    (cpu() - before).as_secs_f64() * 1e6 / events.len() as f64
}

async fn verified(address: &str, seq: u64) {
    let ledger = Ledger::open(address).await.expect("open");
    let begun = Instant::now();
    match ledger.verify().await.expect("walked") {
        LedgerVerdict::Whole { head, .. } => assert_eq!(head.seq, seq),
        LedgerVerdict::Broken(fault) => panic!("{fault}"),
    }
    println!("  verified: {:.0} events/s", seq as f64 / begun.elapsed().as_secs_f64());
    ledger.close().await;
}

#[tokio::main]
async fn main() {
    // `cargo bench` adds an argument of its own.
    let numbers: Vec<usize> = std::env::args().skip(1).filter_map(|a| a.parse().ok()).collect();
    let count = numbers.first().copied().unwrap_or(40_000);
    let batches = if numbers.len() > 1 { &numbers[1..] } else { &[64, 512, 2_048][..] };
    let folder = tempfile::tempdir().expect("a folder");
    let events = entered(count);
    let rows = rows(&events, folder.path()).await;
    let bytes = |of: &dyn Fn(&Row) -> usize| rows.iter().map(of).sum::<usize>() / rows.len();
    let of_row = bytes(&|r| 16 + r.event.len() + r.bytes.iter().map(Vec::len).sum::<usize>());
    println!("{count} events, seed {SEED}; bytes of an event {}, of its row {of_row}", bytes(&|r| r.event.len()));
    println!("judged and hashed in memory, without any disk: {:.1} us an event", in_memory(&events));
    let server = postgres::Server::start();
    println!("                        events a second               ratio            cpu us an event");
    println!("engine    batch  bare event   bare row    ledger  of event  of row  bare row  ledger");
    for &batch in batches {
        let place = |name: &str| format!("sqlite:{}", folder.path().join(format!("{name}-{batch}.db")).display());
        let mut engines = vec![("sqlite", [place("bare"), place("ledger")])];
        engines.extend(server.as_ref().map(|s| ("postgres", [s.database(), s.database()])));
        for (name, addresses) in engines {
            let spent = measured(&addresses, &events, &rows, batch).await;
            let [event, row, ledger] = spent.map(|s| count as f64 / s.wall.as_secs_f64());
            let [_, row_us, ledger_us] = spent.map(|s| s.cpu.as_secs_f64() * 1e6 / count as f64);
            let (of_event, of_row) = (ledger / event, ledger / row);
            println!(
                "{name:9} {batch:5} {event:11.0} {row:10.0} {ledger:9.0}  {of_event:8.2}  {of_row:6.2}  {row_us:8.1}  {ledger_us:6.1}"
            );
            if batches.last() == Some(&batch) {
                verified(&addresses[1], count as u64).await;
            }
        }
    }
}
