//! Disks that fail: calls fail, nothing acknowledged is missing, nothing half done is there.
//!
//! The program's own `fsync`, `pwrite64` and `ftruncate` stand before the system's, so that SQLite, linked into it, meets
//! a disk that fails where a test says so. The tests share that disk and run one at a time.

#![allow(clippy::print_stderr, reason = "what was run is part of what a test says")]

mod common;
#[path = "common/durable.rs"]
mod durable;
#[path = "../../ledger/tests/common/mod.rs"]
mod ledger_common;

use common::*;
use durable::Durable;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use store::{AppendError, Error, Ledger, Store, Written};
use tokio::sync::Mutex;

/// Number of calls after which one fails; negative is never.
static FSYNC_FAILS_IN: AtomicI64 = AtomicI64::new(-1);
static WRITE_FAILS_IN: AtomicI64 = AtomicI64::new(-1);
/// With 1, all calls after the first failing one fail as well: a disk that stays full.
static STAYS: AtomicI64 = AtomicI64::new(0);
/// The error that a write gives.
static WRITE_ERROR: AtomicI64 = AtomicI64::new(libc::ENOSPC as i64);
static FAILED: AtomicU64 = AtomicU64::new(0);
static ONE_AT_A_TIME: Mutex<()> = Mutex::const_new(());

/// Where each file is copied to when it is synced: what a disk holds that dropped everything else.
static IMAGES: std::sync::Mutex<Option<std::path::PathBuf>> = std::sync::Mutex::new(None);

fn fails(counter: &AtomicI64) -> bool {
    let left = counter.load(Ordering::SeqCst);
    if left < 0 {
        return false;
    }
    let fail = left == 0;
    if !fail || STAYS.load(Ordering::SeqCst) == 0 {
        counter.fetch_sub(1, Ordering::SeqCst);
    }
    FAILED.fetch_add(u64::from(fail), Ordering::SeqCst);
    fail
}

fn refuse(error: i32) -> isize {
    // SAFETY: the thread's own errno.
    unsafe { *libc::__errno_location() = error };
    -1
}

/// Only files of a store: not the output of the test.
fn of_store(fd: libc::c_int) -> bool {
    std::fs::read_link(format!("/proc/self/fd/{fd}")).is_ok_and(|p| p.to_string_lossy().contains("store.db"))
}

#[unsafe(no_mangle)]
extern "C" fn fsync(fd: libc::c_int) -> libc::c_int {
    if FSYNC_FAILS_IN.load(Ordering::SeqCst) >= 0 && of_store(fd) && fails(&FSYNC_FAILS_IN) {
        return refuse(libc::EIO) as libc::c_int;
    }
    // SAFETY: the same call with the same argument.
    let result = unsafe { libc::syscall(libc::SYS_fsync, fd) as libc::c_int };
    if let Some(images) = &*IMAGES.lock().expect("no panic") {
        let path = std::fs::read_link(format!("/proc/self/fd/{fd}")).expect("a path");
        if of_store(fd) {
            std::fs::copy(&path, images.join(path.file_name().expect("a name"))).expect("copied");
        } else if path.join("store.db").exists() {
            // Of a folder that is synced, removals hold.
            for image in std::fs::read_dir(images).expect("images") {
                let image = image.expect("an image");
                if !path.join(image.file_name()).exists() {
                    std::fs::remove_file(image.path()).expect("removed");
                }
            }
        }
    }
    result
}

#[unsafe(no_mangle)]
unsafe extern "C" fn pwrite64(fd: libc::c_int, from: *const libc::c_void, count: usize, at: i64) -> isize {
    if WRITE_FAILS_IN.load(Ordering::SeqCst) >= 0 && of_store(fd) && fails(&WRITE_FAILS_IN) {
        return refuse(WRITE_ERROR.load(Ordering::SeqCst) as i32);
    }
    // SAFETY: the same call with the same arguments.
    unsafe { libc::syscall(libc::SYS_pwrite64, fd, from, count, at) as isize }
}

fn heal() {
    FSYNC_FAILS_IN.store(-1, Ordering::SeqCst);
    WRITE_FAILS_IN.store(-1, Ordering::SeqCst);
    STAYS.store(0, Ordering::SeqCst);
}

/// Writes `count` jobs at once; gives the ids that were acknowledged and the errors.
async fn burst<D: Durable>(store: &D, count: i64) -> (Vec<String>, Vec<Error>) {
    let tasks: Vec<_> = (0..count)
        .map(|i| {
            let store = store.clone();
            tokio::spawn(async move { store.write_one(i).await })
        })
        .collect();
    let (mut ids, mut errors) = (Vec::new(), Vec::new());
    for task in tasks {
        match task.await.expect("no panic") {
            Ok(id) => ids.push(id),
            Err(e) => errors.push(e),
        }
    }
    (ids, errors)
}

async fn all_there<D: Durable>(place: &Place, ids: &[String]) -> i64 {
    let store = D::open_at(place).await.expect("open");
    let lines = store.all_there(ids).await;
    store.shut().await;
    lines
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failed_fsync_stops_the_writer() {
    let _disk = ONE_AT_A_TIME.lock().await;
    let place = Engine::Sqlite.place();
    let store = place.open().await;
    let (mut ids, _) = burst(&store, 20).await;
    FSYNC_FAILS_IN.store(0, Ordering::SeqCst);
    let new = rating("a", "s", "q", 1, T0);
    let failed = store.write(job(&new)).await;
    assert!(matches!(failed, Err(Error::OutcomeUnknown(_))), "{failed:?}");
    heal();
    // The disk is well again, the state of the file is not known: no more until it is opened anew.
    let (none, errors) = burst(&store, 5).await;
    assert!(none.is_empty() && errors.iter().all(|e| matches!(e, Error::Refusing)), "{errors:?}");
    assert!(store.counters().refusing);
    // What was acknowledged can be read on.
    assert!(store.rating("a", &ids[0]).await.expect("read").is_some());
    store.close().await;
    let store = place.open().await;
    // The job whose outcome was not known has one: the same request id gives it, whichever it is.
    match store.write(job(&new)).await.expect("an outcome") {
        Written::New { .. } => {}
        Written::RepeatedRating(r) => assert_eq!(r.rating_id, new.rating_id),
        Written::Repeated { .. } => panic!("a rating"),
    }
    ids.push(new.rating_id);
    ids.extend(burst(&store, 5).await.0);
    store.close().await;
    assert_eq!(all_there::<Store>(&place, &ids).await, 26);
}

/// The same of a ledger: what could not be entered for certain is entered once, by the same request.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failed_fsync_stops_the_ledger() {
    let _disk = ONE_AT_A_TIME.lock().await;
    let place = Engine::Sqlite.place();
    let ledger = Ledger::open_at(&place).await.expect("open");
    let (mut ids, _) = burst(&ledger, 20).await;
    FSYNC_FAILS_IN.store(0, Ordering::SeqCst);
    let event = durable::event(&uuid(), 1);
    let failed = ledger.append(event.clone()).await;
    assert!(matches!(failed, Err(AppendError::Store(Error::OutcomeUnknown(_)))), "{failed:?}");
    heal();
    let (none, errors) = burst(&ledger, 5).await;
    assert!(none.is_empty() && errors.iter().all(|e| matches!(e, Error::Refusing)), "{errors:?}");
    assert!(ledger.counters().refusing);
    ledger.close().await;
    let ledger = Ledger::open_at(&place).await.expect("open");
    let taken = ledger.append(event.clone()).await.expect("an outcome");
    assert_eq!(taken.seq, 21);
    ids.push(event.request_id.to_string());
    ids.extend(burst(&ledger, 5).await.0);
    ledger.close().await;
    assert_eq!(all_there::<Ledger>(&place, &ids).await, 26);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_fsync_may_fail() {
    every_fsync_may_fail_of::<Store>().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_fsync_of_a_ledger_may_fail() {
    every_fsync_may_fail_of::<Ledger>().await;
}

/// Fails the n-th wait for the disk for every n until none fails: at opening, at commits, at checkpoints, at closing.
async fn every_fsync_may_fail_of<D: Durable>() {
    let _disk = ONE_AT_A_TIME.lock().await;
    let place = Engine::Sqlite.place();
    D::open_at(&place).await.expect("open").shut().await;
    let (mut ids, mut failing) = (Vec::new(), 0);
    for n in 0..60 {
        let before = FAILED.load(Ordering::SeqCst);
        FSYNC_FAILS_IN.store(n, Ordering::SeqCst);
        if let Ok(store) = D::open_at(&place).await {
            for _ in 0..6 {
                ids.extend(burst(&store, 4).await.0);
            }
            store.shut().await;
        }
        heal();
        all_there::<D>(&place, &ids).await;
        if FAILED.load(Ordering::SeqCst) == before {
            break;
        }
        failing += 1;
    }
    assert!(failing >= 6 && ids.len() > 24, "{failing} {}", ids.len());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_write_may_fail() {
    every_write_may_fail_of::<Store>().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_write_of_a_ledger_may_fail() {
    every_write_may_fail_of::<Ledger>().await;
}

/// Likewise every write: the disk is full at the n-th, for once or from then on, or gives an error.
async fn every_write_may_fail_of<D: Durable>() {
    let _disk = ONE_AT_A_TIME.lock().await;
    for (error, stays) in [(libc::ENOSPC, 1), (libc::ENOSPC, 0), (libc::EIO, 1)] {
        let place = Engine::Sqlite.place();
        D::open_at(&place).await.expect("open").shut().await;
        let (mut ids, mut failing, mut full) = (Vec::new(), 0, 0);
        // Steps grow: the first writes one by one, later ones at samples.
        let mut n = 0;
        loop {
            let before = FAILED.load(Ordering::SeqCst);
            WRITE_ERROR.store(error.into(), Ordering::SeqCst);
            STAYS.store(stays, Ordering::SeqCst);
            WRITE_FAILS_IN.store(n, Ordering::SeqCst);
            if let Ok(store) = D::open_at(&place).await {
                for _ in 0..3 {
                    let (written, errors) = burst(&store, 4).await;
                    ids.extend(written);
                    full += errors.iter().filter(|e| matches!(e, Error::Full)).count();
                    assert!(errors.iter().all(Error::is_unavailable), "{errors:?}");
                }
                // Space again: a store that was full, and is not in doubt, goes on without being opened anew.
                heal();
                if !store.refuses() {
                    ids.extend(burst(&store, 1).await.0);
                }
                store.shut().await;
            }
            heal();
            all_there::<D>(&place, &ids).await;
            if FAILED.load(Ordering::SeqCst) == before {
                break;
            }
            failing += 1;
            n += 1 + n / 6;
        }
        assert!(failing > 10, "{failing}");
        assert!(error != libc::ENOSPC || full > 0, "the disk was full and nobody was told");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn synced_files_hold_all_that_was_acknowledged() {
    synced_files_hold_all::<Store>().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn synced_files_hold_all_of_a_ledger() {
    synced_files_hold_all::<Ledger>().await;
}

/// The power fails and every write that was not synced is gone: at any moment the synced files alone hold all that was
/// acknowledged until then, and nothing half.
async fn synced_files_hold_all<D: Durable>() {
    let _disk = ONE_AT_A_TIME.lock().await;
    let mut place = Engine::Sqlite.place();
    let images = tempfile::tempdir().expect("a folder");
    *IMAGES.lock().expect("no panic") = Some(images.path().to_owned());
    let store = D::open_at(&place).await.expect("open");
    let mut ids = Vec::new();
    for round in 0..40 {
        ids.extend(burst(&store, 1 + round % 7).await.0);
        if round % 10 == 9 {
            store.tidy(round).await;
        }
        let after = tempfile::tempdir().expect("a folder");
        {
            // No file is copied while these are.
            let _still = IMAGES.lock().expect("no panic");
            for file in std::fs::read_dir(images.path()).expect("files") {
                let file = file.expect("a file");
                std::fs::copy(file.path(), after.path().join(file.file_name())).expect("copied");
            }
        }
        // Files of the copy are looked at without being copied in their turn.
        let running = IMAGES.lock().expect("no panic").take();
        let address =
            std::mem::replace(&mut place.address, format!("sqlite:{}", after.path().join("store.db").display()));
        all_there::<D>(&place, &ids).await;
        place.address = address;
        *IMAGES.lock().expect("no panic") = running;
    }
    *IMAGES.lock().expect("no panic") = None;
    store.shut().await;
    assert_eq!(ids.len(), (0..40).map(|r| 1 + r % 7).sum::<i64>() as usize);
}
