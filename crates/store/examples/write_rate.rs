//! Jobs a second of the bare store, with commits and waits for the disk, at 1, 16, 64 and 256 jobs in flight.
//!
//! ```text
//! cargo run --release -p store --example write_rate              # SQLite in the folder for temporary files
//! cargo run --release -p store --example write_rate postgres://… # an empty database
//! ```
//! One job is a rating of 1 KiB of answer and 3 KiB of inputs (`STORE_BYTES=600,1200` for others) with its audit line,
//! one subject in ten seen before, written under consents that are compared again within its commit.
//! `STORE_KNOWN=300` rates 300 subjects that have a key, with request ids in order, as a service does for its clients.
//! Waits for the disk are counted in this process: of a server they are its own and not seen here.

#![allow(clippy::print_stdout, reason = "an example talks to people")]

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;
use store::{Keys, NewConsent, NewLine, NewRating, Record, Store, Under, Write};

static SYNCS: AtomicU64 = AtomicU64::new(0);

/// Counts what SQLite, linked into this program, asks of the disk, and asks it.
#[unsafe(no_mangle)]
extern "C" fn fsync(fd: libc::c_int) -> libc::c_int {
    SYNCS.fetch_add(1, Ordering::Relaxed);
    // SAFETY: the same call with the same argument.
    unsafe { libc::syscall(libc::SYS_fsync, fd) as libc::c_int }
}

/// As [`fsync`].
#[unsafe(no_mangle)]
extern "C" fn fdatasync(fd: libc::c_int) -> libc::c_int {
    SYNCS.fetch_add(1, Ordering::Relaxed);
    // SAFETY: the same call with the same argument.
    unsafe { libc::syscall(libc::SYS_fdatasync, fd) as libc::c_int }
}

fn audit_line(at: i64, subject: &str) -> NewLine {
    NewLine {
        at,
        actor: "spiffe://bank/a".into(),
        role: "bank".into(),
        tenant: Some("bank-a".into()),
        action: "Assess".into(),
        subject: Some(subject.into()),
        purpose: Some("pre_loan".into()),
        outcome: "OK".into(),
        object_id: None,
        detail: None,
    }
}

/// What the jobs are like.
#[derive(Clone, Copy)]
struct Shape {
    /// Bytes of answer and inputs.
    sizes: (usize, usize),
    /// Subjects that are rated again and again; `None` for mostly new ones and request ids at random.
    known: Option<u64>,
}

fn job(i: u64, shape: Shape) -> Write {
    let (id, at) = (uuid::Uuid::now_v7().to_string(), 1_793_491_200_000_000 + i as i64);
    let number = match shape.known {
        // Two neighbours are seldom about one subject.
        Some(known) => i.wrapping_mul(0x9E37_79B9_7F4A_7C15) % known,
        None if i.is_multiple_of(10) => i / 20,
        None => i,
    };
    let subject = format!("9133100000{number:08}");
    let request = if shape.known.is_some() { uuid::Uuid::now_v7() } else { uuid::Uuid::new_v4() };
    let line = NewLine { object_id: Some(id.clone()), ..audit_line(at, &subject) };
    let rating = NewRating {
        rating_id: id,
        tenant: "bank-a".into(),
        request_id: request.to_string(),
        body_sha256: [7; 32],
        subject,
        kind: "stored_features".into(),
        created_at: at,
        valid_until: at + 1,
        retain_until: at + 2,
        model_digest: format!("sha256:{:064}", 1),
        snapshot_digest: format!("sha256:{:064}", 2),
        answer: vec![1; shape.sizes.0],
        inputs: vec![2; shape.sizes.1],
    };
    let under = Under { tenant: "bank-a".into(), subject: rating.subject.clone(), version: 0 };
    Write::of(line, Record::Rating(Box::new(rating))).under(under)
}

fn cpu_micros() -> u64 {
    // SAFETY: all zeros is a value of this struct, which the call fills.
    let usage = unsafe {
        let mut usage: libc::rusage = std::mem::zeroed();
        libc::getrusage(libc::RUSAGE_SELF, &mut usage);
        usage
    };
    let micros = |t: libc::timeval| t.tv_sec as u64 * 1_000_000 + t.tv_usec as u64;
    micros(usage.ru_utime) + micros(usage.ru_stime)
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    let keys = Keys::generate(&folder.path().join("keys"), "k1")?;
    let file = format!("sqlite:{}", folder.path().join("store.db").display());
    let address = std::env::args().nth(1).unwrap_or(file);
    let store = Store::open(&address, keys).await?;
    let sizes = std::env::var("STORE_BYTES").unwrap_or_else(|_| "1024,3072".into());
    let (answer, inputs) = sizes.split_once(',').ok_or("STORE_BYTES is answer,inputs")?;
    let known = std::env::var("STORE_KNOWN").ok().map(|n| n.parse()).transpose()?;
    let shape = Shape { sizes: (answer.parse()?, inputs.parse()?), known };
    println!("in flight      jobs/s   cpu µs/job   commits    fsyncs   jobs/commit   ms/commit");
    let next = Arc::new(AtomicU64::new(0));
    for in_flight in [1, 16, 64, 256] {
        let jobs: u64 = if in_flight == 1 { 500 } else { 20_000 };
        let (before, syncs, cpu) = (store.counters(), SYNCS.load(Ordering::Relaxed), cpu_micros());
        let end = next.load(Ordering::Relaxed) + jobs;
        let begun = Instant::now();
        let mut tasks = tokio::task::JoinSet::new();
        for _ in 0..in_flight {
            let (store, next) = (store.clone(), next.clone());
            tasks.spawn(async move {
                loop {
                    let i = next.fetch_add(1, Ordering::Relaxed);
                    if i >= end {
                        return Ok::<_, store::Error>(());
                    }
                    store.write(job(i, shape)).await?;
                }
            });
        }
        while let Some(done) = tasks.join_next().await {
            done??;
        }
        let (seconds, after) = (begun.elapsed().as_secs_f64(), store.counters());
        let commits = after.commits - before.commits;
        assert_eq!(after.jobs - before.jobs, jobs);
        println!(
            "{in_flight:>9} {:>11.0} {:>12.1} {commits:>9} {:>9} {:>13.1} {:>11.2}",
            jobs as f64 / seconds,
            (cpu_micros() - cpu) as f64 / jobs as f64,
            SYNCS.load(Ordering::Relaxed) - syncs,
            jobs as f64 / commits as f64,
            seconds * 1000.0 / commits as f64,
        );
        next.store(end, Ordering::Relaxed);
    }
    read_consents(&store).await?;
    let begun = Instant::now();
    println!("verify: {:?} in {:.1} s", store.verify(None).await?, begun.elapsed().as_secs_f64());
    store.close().await;
    Ok(())
}

/// Cost of the question that each rating asks first: the consents of a bank and a subject, among 20,000.
async fn read_consents(store: &Store) -> Result<(), Box<dyn std::error::Error>> {
    let mut tasks = tokio::task::JoinSet::new();
    for i in 0..20_000 {
        let consent = NewConsent {
            consent_id: format!("c{i}"),
            tenant: "bank-a".into(),
            subject: format!("c{i}"),
            purpose: "pre_loan".into(),
            categories: vec!["tax".into(), "invoice".into(), "utility".into()],
            lending_data: true,
            personal: true,
            granter: "platform".into(),
            signatory: "someone".into(),
            valid_from: 0,
            valid_until: i64::MAX,
            retain_until: i64::MAX,
            text_digest: format!("sha256:{:064}", 3),
            text_place: "platform/1.pdf".into(),
            granted_at: 0,
        };
        let line = NewLine { action: "Grant".into(), ..audit_line(0, &consent.subject) };
        let store = store.clone();
        tasks.spawn(async move { store.write(Write::of(line, Record::Consent(Box::new(consent)))).await });
    }
    while let Some(done) = tasks.join_next().await {
        done??;
    }
    let (begun, cpu) = (Instant::now(), cpu_micros());
    for i in 0..10_000 {
        let consents = store.consents("bank-a", &format!("c{}", i * 7919 % 20_000)).await?;
        assert_eq!(consents.at("pre_loan", 5).count(), 1);
    }
    let micros = |total: u64| total as f64 / 10_000.0;
    println!(
        "consents: {:.1} µs a read, {:.1} µs cpu",
        begun.elapsed().as_secs_f64() * 100.0,
        micros(cpu_micros() - cpu)
    );
    Ok(())
}
