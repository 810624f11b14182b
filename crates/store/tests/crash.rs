//! kill -9 at random moments: every acknowledged rating is there afterwards, whole, and the chain holds.
//!
//! A child process writes and prints each id when it is acknowledged; its parent kills it and opens the store. The child
//! notes in a shared byte that a commit is open, from its first write to the end of its wait for the disk, so that the
//! parent can count the kills that hit one, and aim every second one.
//! `STORE_CRASH_ROUNDS=1000` does a thousand rounds on each engine; 20 without.

#![allow(clippy::print_stderr, reason = "what was run is part of what a test says")]

mod common;

use common::*;
use std::collections::HashMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::fd::AsRawFd as _;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicPtr, AtomicU8, Ordering};
use std::time::{Duration, Instant};
use store::{Kept, Keys, Record, Store, Verdict, Written};

/// Rounds on one store: its chain is walked from the beginning in each, which would take longer and longer.
const ROUNDS_OF_A_STORE: u64 = 10;

/// The shared byte: 1 while SQLite has written what it has not synced. Null in the parent.
static WAITING: AtomicPtr<AtomicU8> = AtomicPtr::new(std::ptr::null_mut());

/// Stands before the system's, for this program and SQLite in it.
#[unsafe(no_mangle)]
extern "C" fn fsync(fd: libc::c_int) -> libc::c_int {
    // SAFETY: null or a byte that stays mapped until the process ends.
    let waiting = unsafe { WAITING.load(Ordering::Relaxed).as_ref() };
    // SAFETY: the same call with the same argument.
    let result = unsafe { libc::syscall(libc::SYS_fsync, fd) as libc::c_int };
    waiting.inspect(|w| w.store(0, Ordering::SeqCst));
    result
}

/// As [`fsync`]. SQLite writes to its log when it commits and not before.
#[unsafe(no_mangle)]
unsafe extern "C" fn pwrite64(fd: libc::c_int, from: *const libc::c_void, count: usize, at: i64) -> isize {
    // SAFETY: as above.
    let waiting = unsafe { WAITING.load(Ordering::Relaxed).as_ref() };
    waiting.inspect(|w| w.store(1, Ordering::SeqCst));
    // SAFETY: the same call with the same arguments.
    unsafe { libc::syscall(libc::SYS_pwrite64, fd, from, count, at) as isize }
}

fn shared_byte(path: &std::path::Path) -> *mut AtomicU8 {
    let file =
        std::fs::OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path).expect("a file");
    file.set_len(1).expect("a byte");
    // SAFETY: a new mapping of an open file of that length.
    let at = unsafe {
        libc::mmap(std::ptr::null_mut(), 1, libc::PROT_READ | libc::PROT_WRITE, libc::MAP_SHARED, file.as_raw_fd(), 0)
    };
    assert_ne!(at, libc::MAP_FAILED);
    at.cast()
}

fn answer(id: &str) -> Vec<u8> {
    id.bytes().cycle().take(700).collect()
}

/// Not a test of its own: the child of [`sqlite_survives_kill_9`] and of its like on PostgreSQL.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn child() {
    let Ok(address) = std::env::var("STORE_CRASH_ADDRESS") else { return };
    let folder = std::path::PathBuf::from(std::env::var("STORE_CRASH_FOLDER").expect("a folder"));
    WAITING.store(shared_byte(&folder.join("waiting")), Ordering::SeqCst);
    let store = Store::open(&address, Keys::read(&folder.join("keys")).expect("keys")).await.expect("open");
    for writer in 0..16 {
        let store = store.clone();
        tokio::spawn(async move {
            for i in 0.. {
                let mut new = rating("a", &format!("s{}", i % 50), "", 1, T0 + i);
                new.request_id = format!("q-{}", new.rating_id);
                new.answer = answer(&new.rating_id);
                let (id, at) = (new.rating_id.clone(), new.created_at);
                let write = match writer % 4 {
                    // A job of three lines and two rows: there whole or not at all.
                    0 => job(&new).and(line("note", at), None).and(
                        line("Grant", at),
                        Some(Record::Consent(Box::new(consent("a", &new.subject, &format!("c-{id}"), at)))),
                    ),
                    _ => job(&new),
                };
                assert!(matches!(store.write(write).await, Ok(Written::New { .. })));
                let mut out = std::io::stdout().lock();
                writeln!(out, "\nACK {} {id}", u8::from(writer % 4 == 0)).and_then(|()| out.flush()).expect("printed");
            }
        });
    }
    tokio::time::sleep(Duration::from_secs(60)).await;
}

/// What has come before the wait for a kill begins.
#[derive(Clone, Copy, PartialEq, Eq)]
enum After {
    /// The start of the child: it may be opening the store.
    Start,
    /// The first acknowledgement.
    FirstAnswer,
    /// That too; the kill waits for an open commit besides.
    OpenCommit,
}

/// Starts a child, kills it, gives what it acknowledged and whether a commit was open.
fn round(place: &Place, after: After, wait: Duration) -> (Vec<(String, bool)>, bool) {
    let waiting = shared_byte(&place.folder.path().join("waiting"));
    let mut child = Command::new(std::env::current_exe().expect("this program"))
        .args(["child", "--exact", "--nocapture"])
        .env("STORE_CRASH_ADDRESS", &place.address)
        .env("STORE_CRASH_FOLDER", place.folder.path())
        .stdout(Stdio::piped())
        .spawn()
        .expect("a child");
    let out = child.stdout.take().expect("its output");
    let (writes, begins) = std::sync::mpsc::channel();
    let reader = std::thread::spawn(move || {
        let lines = BufReader::new(out).lines().map_while(Result::ok);
        let ack = |l: String| Some((l.strip_prefix("ACK ")?.get(2..38)?.to_owned(), l.starts_with("ACK 1")));
        // Nobody listens after the first.
        lines.filter_map(ack).inspect(|_| writes.send(()).unwrap_or_default()).collect::<Vec<_>>()
    });
    if after != After::Start {
        begins.recv().expect("the child writes");
    }
    std::thread::sleep(wait);
    // SAFETY: a byte of a mapping that stays.
    let open = || unsafe { (*waiting).load(Ordering::SeqCst) } == 1;
    let begun = Instant::now();
    while after == After::OpenCommit && !open() && begun.elapsed() < Duration::from_millis(100) {
        std::hint::spin_loop();
    }
    child.kill().expect("killed");
    child.wait().expect("gone");
    let hit = open();
    // SAFETY: as above; the next round begins outside a wait.
    unsafe { (*waiting).store(0, Ordering::SeqCst) };
    (reader.join().expect("read"), hit)
}

/// Every rating that was acknowledged, with the consent of its job where it had one.
async fn all_there(store: Store, acknowledged: Vec<(String, bool)>, at: String) {
    for (id, with_consent) in acknowledged {
        let found = store.rating("a", &id).await.expect("read").unwrap_or_else(|| panic!("{at}: {id} lost"));
        assert_eq!(found.answer.here().expect("kept").bytes, answer(&id));
        let inputs = store.inputs("a", &id).await.expect("read");
        assert_eq!(inputs, Some(Kept::Here(b"inputs of ".to_vec())));
        if with_consent {
            let consent = store.consent("a", &format!("c-{id}")).await.expect("read");
            assert!(consent.is_some(), "{at}: consent of {id} lost");
        }
    }
}

async fn rounds(engine: &Engine<'_>, count: u64, must_hit: bool) {
    let (mut place, begun) = (engine.place(), Instant::now());
    let (mut all, mut hits, mut acknowledged_in_all) = (HashMap::new(), 0, 0);
    let seed: u64 = std::env::var("STORE_CRASH_SEED").ok().and_then(|s| s.parse().ok()).unwrap_or(1);
    let mut random = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    for i in 0..count {
        if i % ROUNDS_OF_A_STORE == 0 {
            place = engine.place();
            place.open().await.close().await;
            all.clear();
        }
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let wait = Duration::from_micros((random >> 33) % 300_000);
        let after = match i % 8 {
            0 => After::Start,
            1 | 3 | 5 | 7 if must_hit => After::OpenCommit,
            _ => After::FirstAnswer,
        };
        let (acknowledged, hit) = round(&place, after, wait);
        hits += u64::from(hit);
        let store = place.open().await;
        // As many at a time as the store has connections for reading.
        let readers: Vec<_> = acknowledged
            .chunks(acknowledged.len().div_ceil(4).max(1))
            .map(|share| tokio::spawn(all_there(store.clone(), share.to_vec(), format!("round {i}, seed {seed}"))))
            .collect();
        for reader in readers {
            reader.await.expect("all there");
        }
        acknowledged_in_all += acknowledged.len() as u64;
        all.extend(acknowledged);
        match store.verify(None).await.expect("walk") {
            Verdict::Whole { .. } => {}
            Verdict::Broken { seq, fault } => panic!("round {i}, seed {seed}: line {seq}: {fault}"),
        }
        // A request that was answered before the kill has the same answer after it.
        if let Some(id) = all.keys().next() {
            let mut again = rating("a", "s0", &format!("q-{id}"), 1, T0);
            again.answer = b"other".to_vec();
            let Ok(Written::RepeatedRating(r)) = store.write(job(&again)).await else { panic!("{id} is new") };
            assert_eq!(r.answer.here().expect("kept").bytes, answer(id));
        }
        store.close().await;
        if (i + 1) % 50 == 0 || i + 1 == count {
            let (kills, seconds) = (i + 1, begun.elapsed().as_secs());
            eprintln!(
                "{kills} kills, seed {seed}: {hits} with a commit open, {acknowledged_in_all} acknowledged, none lost; {seconds} s"
            );
        }
    }
    // Three in ten of many; of few, chance may hit fewer.
    let least = if count < 100 { count / 10 } else { count * 3 / 10 };
    assert!(!must_hit || hits >= least, "only {hits} of {count} kills hit an open commit");
}

fn count() -> u64 {
    std::env::var("STORE_CRASH_ROUNDS").ok().and_then(|n| n.parse().ok()).unwrap_or(20)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sqlite_survives_kill_9() {
    rounds(&Engine::Sqlite, count(), true).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgres_survives_kill_9_of_its_client() {
    let Some(server) = postgres::Server::start() else { return };
    // The waits are the server's, so that they can not be seen here.
    rounds(&Engine::Postgres(&server), count(), false).await;
}

/// The server goes at once while the store writes, and comes back: what was acknowledged is there, and the store goes on.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_goes_on_after_its_server_fell() {
    let Some(mut server) = postgres::Server::start() else { return };
    let place = Engine::Postgres(&server).place();
    let store = place.open().await;
    let mut acknowledged = Vec::new();
    for round in 0..3 {
        let tasks: Vec<_> = (0..8)
            .map(|_| {
                let store = store.clone();
                tokio::spawn(async move {
                    let (mut written, mut errors) = (Vec::new(), 0);
                    while errors == 0 {
                        let mut new = rating("a", "s", "", 1, T0);
                        new.request_id.clone_from(&new.rating_id);
                        match store.write(job(&new)).await {
                            Ok(_) => written.push(new.rating_id),
                            Err(e) => {
                                assert!(e.is_unavailable(), "{e:?}");
                                errors += 1;
                            }
                        }
                    }
                    written
                })
            })
            .collect();
        tokio::time::sleep(Duration::from_millis(300)).await;
        server.stop(libc::SIGQUIT);
        for task in tasks {
            acknowledged.extend(task.await.expect("no panic"));
        }
        server.run();
        assert!(!store.counters().refusing);
        store.write(job(&rating("a", "s", &format!("after {round}"), 1, T0))).await.expect("goes on");
        for id in &acknowledged {
            assert!(store.rating("a", id).await.expect("read").is_some(), "{id} lost");
        }
        assert!(matches!(store.verify(None).await.expect("walk"), Verdict::Whole { .. }));
    }
    assert!(acknowledged.len() > 10);
}
