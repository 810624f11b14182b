//! kill -9 of a child process that writes and prints what is acknowledged; its parent opens what it left.
//!
//! The child notes in a shared byte that a commit is open, from its first write to the end of its wait for the disk, so
//! that the parent can count the kills that hit one, and aim every second one.

use crate::stores::{Engine, Place};
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::fd::AsRawFd as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicPtr, AtomicU8, Ordering};
use std::time::{Duration, Instant};

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

fn shared_byte(path: &Path) -> *mut AtomicU8 {
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

/// Address and folder, in a child.
pub(crate) fn child() -> Option<(String, PathBuf)> {
    let address = std::env::var("CRASH_ADDRESS").ok()?;
    let folder = PathBuf::from(std::env::var("CRASH_FOLDER").expect("a folder"));
    WAITING.store(shared_byte(&folder.join("waiting")), Ordering::SeqCst);
    Some((address, folder))
}

/// Prints what was acknowledged.
pub(crate) fn acknowledged(what: &str) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "\nACK {what}.").and_then(|()| out.flush()).expect("printed");
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
fn round(place: &Place, after: After, wait: Duration) -> (Vec<String>, bool) {
    let waiting = shared_byte(&place.folder.path().join("waiting"));
    let mut child = Command::new(std::env::current_exe().expect("this program"))
        .args(["child", "--exact", "--nocapture"])
        .env("CRASH_ADDRESS", &place.address)
        .env("CRASH_FOLDER", place.folder.path())
        .stdout(Stdio::piped())
        .spawn()
        .expect("a child");
    let out = child.stdout.take().expect("its output");
    let (writes, begins) = std::sync::mpsc::channel();
    let reader = std::thread::spawn(move || {
        let lines = BufReader::new(out).lines().map_while(Result::ok);
        // A line that the kill cut off is no acknowledgement.
        let ack = |l: String| Some(l.strip_prefix("ACK ")?.strip_suffix('.')?.to_owned());
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

/// What a round left.
pub(crate) struct Left<'a> {
    pub(crate) place: &'a Place,
    /// What was acknowledged in this round.
    pub(crate) acknowledged: Vec<String>,
    /// Whether it was the first on its store.
    pub(crate) first: bool,
    /// To say where something went wrong.
    pub(crate) at: String,
}

/// Rounds; with `must_hit` three kills in ten hit an open commit. `make` makes what the child opens.
pub(crate) async fn rounds(
    engine: &Engine<'_>,
    count: u64,
    must_hit: bool,
    make: impl AsyncFn(&Place),
    mut check: impl AsyncFnMut(Left<'_>),
) {
    let (mut place, begun) = (engine.place(), Instant::now());
    let (mut hits, mut acknowledged_in_all) = (0, 0);
    let seed: u64 = std::env::var("STORE_CRASH_SEED").ok().and_then(|s| s.parse().ok()).unwrap_or(1);
    let mut random = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    for i in 0..count {
        let first = i % ROUNDS_OF_A_STORE == 0;
        if first {
            place = engine.place();
            make(&place).await;
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
        acknowledged_in_all += acknowledged.len();
        check(Left { place: &place, acknowledged, first, at: format!("round {i}, seed {seed}") }).await;
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

/// How many rounds a variable asks for; 20 without.
pub(crate) fn count(variable: &str) -> u64 {
    std::env::var(variable).ok().and_then(|n| n.parse().ok()).unwrap_or(20)
}
