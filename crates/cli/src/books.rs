//! `shangzhi audit` and `shangzhi retention`: the books of a store, read and shortened without a server.

use crate::args::{AuditCommand, RetentionCommand, StoreArgs};
use crate::input;
use anyhow::{Context as _, Result, bail, ensure};
use chrono::{DateTime, FixedOffset, NaiveDate, NaiveTime, Utc};
use primitives::{csv_cell, hex};
use std::io::Write as _;
use std::path::Path;
use store::{Keys, Line, NewLine, Store, UnixMicros, Verdict};

/// Beijing is eight hours ahead and has no summer time.
const AHEAD_SECONDS: i32 = 8 * 3_600;

const HEADING: &str = "line,at,actor,role,tenant,enterprise,action,purpose,outcome,object,detail,hash";

/// A fault of the chain was found: a code of its own, for scripts.
#[derive(Debug, thiserror::Error)]
#[error("audit chain broken at line {seq}: {fault}")]
pub(crate) struct Broken {
    seq: i64,
    fault: String,
}

pub(crate) fn audit(command: &AuditCommand) -> Result<()> {
    match command {
        AuditCommand::Verify { store } => with_store(store, async |store| verify(&store).await),
        AuditCommand::Export { store, from, to, enterprise, out } => {
            ensure!(from <= to, "--from {from}: is after --to {to}");
            let database = Path::new(store.store.strip_prefix("sqlite:").unwrap_or_default());
            input::not_read("--out", out, &[("--keys", &store.keys), ("--store", database)])?;
            ensure!(!out.exists() || out.is_file(), "--out {}: is there and is no file", out.display());
            with_store(store, async |store| {
                let lines = export(&store, *from, *to, enterprise.as_deref(), out).await?;
                println!("{lines} lines of {from} to {to} -> {}", out.display());
                Ok(())
            })
        }
    }
}

pub(crate) fn retention(command: &RetentionCommand) -> Result<()> {
    let RetentionCommand::Run { store, until } = command;
    with_store(store, async |store| run(&store, *until).await)
}

/// Opens a store that is there; closes it whatever comes of the work.
pub(crate) fn with_store(args: &StoreArgs, work: impl AsyncFnOnce(Store) -> Result<()>) -> Result<()> {
    is_there("--store", &args.store)?;
    let keys = Keys::read(&args.keys)?;
    runtime()?.block_on(async {
        let store = Store::open(&args.store, keys).await.with_context(|| place("--store", &args.store))?;
        let done = work(store.clone()).await;
        store.close().await;
        done
    })
}

/// That an address has its scheme, and its file where it is one.
pub(crate) fn is_there(flag: &str, address: &str) -> Result<()> {
    ensure!(address.contains(':'), "{flag} {address}: write sqlite:{address} for a file");
    if let Some(path) = address.strip_prefix("sqlite:") {
        // To make an empty one of a name that was mistyped would say that all is well.
        ensure!(Path::new(path).is_file(), "{flag} sqlite:{path}: is not there; name yours as {flag} sqlite:PATH");
        // SQLite takes a file without a byte for a new database: a loss would look like books in which nothing stands.
        let size = |path: &str| std::fs::metadata(path).map_or(0, |found| found.len());
        ensure!(
            size(path) + size(&format!("{path}-wal")) > 0,
            "{flag} sqlite:{path}: is empty (0 bytes), which no database is; bring yours back from a copy, or remove the file"
        );
    }
    Ok(())
}

/// The file that a failure is about, where the address is one: the address of a server may hold a password.
pub(crate) fn place(flag: &str, address: &str) -> String {
    if address.starts_with("sqlite:") { format!("{flag} {address}") } else { format!("{flag} postgres") }
}

/// A runtime to wait for a store in.
pub(crate) fn runtime() -> Result<tokio::runtime::Runtime> {
    Ok(tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?)
}

async fn verify(store: &Store) -> Result<()> {
    match store.verify(None).await? {
        Verdict::Whole { head } => {
            println!("whole: {} lines, head sha256:{}", head.seq, hex(&head.hash));
            Ok(())
        }
        Verdict::Broken { seq, fault } => bail!(Broken { seq, fault: fault.to_string() }),
    }
}

async fn export(store: &Store, from: NaiveDate, to: NaiveDate, enterprise: Option<&str>, out: &Path) -> Result<u64> {
    let after = to.succ_opt().context("--to: is the last day of the calendar")?;
    let mut lines = store.export(start(from), start(after), enterprise);
    let folder = out.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let place = || format!("--out {}", out.display());
    let mut file = tempfile::NamedTempFile::new_in(folder).with_context(place)?;
    writeln!(file, "{HEADING}").with_context(place)?;
    let mut count = 0;
    while let Some(line) = lines.next().await? {
        writeln!(file, "{}", row(&line, enterprise)).with_context(place)?;
        count += 1;
    }
    file.as_file().sync_all().with_context(place)?;
    file.persist(out).with_context(place)?;
    Ok(count)
}

/// A line of the chain as one of a table. The enterprise is its pseudonym, with the name of its key; the id itself where
/// the lines of one were asked for.
fn row(line: &Line, enterprise: Option<&str>) -> String {
    let pseudonym = match (&line.mac_key, &line.subject_mac) {
        (Some(key), Some(mac)) => format!("hmac-sha256:{key}:{}", hex(mac)),
        _ => String::new(),
    };
    let text = |t: &Option<String>| t.clone().unwrap_or_default();
    let cells = [
        line.seq.to_string(),
        time(line.at),
        line.actor.clone(),
        line.role.clone(),
        text(&line.tenant),
        enterprise.map_or(pseudonym, str::to_owned),
        line.action.clone(),
        text(&line.purpose),
        line.outcome.clone(),
        text(&line.object_id),
        text(&line.detail),
        format!("sha256:{}", hex(&line.hash)),
    ];
    cells.map(|c| csv_cell(&c).into_owned()).join(",")
}

async fn run(store: &Store, until: Option<NaiveDate>) -> Result<()> {
    let now = Utc::now();
    let today = now.with_timezone(&beijing()).date_naive();
    // A key that is destroyed is gone: a year that was mistyped must not take those of all.
    ensure!(until.is_none_or(|day| day <= today), "--until {}: is after today, {today}", until.unwrap_or(today));
    let end = match until {
        Some(day) => start(day.succ_opt().context("--until: is the last day of the calendar")?),
        None => now.timestamp_micros(),
    };
    let line = NewLine {
        at: now.timestamp_micros(),
        actor: "shangzhi retention run".into(),
        role: "operator".into(),
        tenant: None,
        action: "RunRetention".into(),
        subject: None,
        purpose: None,
        outcome: "OK".into(),
        object_id: None,
        detail: None,
    };
    let done = store.destroy_expired_keys(end, line).await?;
    for key in &done.destroyed {
        println!("key {} destroyed: line {}, wrapped key sha256:{}", key.key_no, key.line, hex(&key.wrapped_sha256));
    }
    println!("{} keys destroyed, expired by {}", done.destroyed.len(), until.unwrap_or(today));
    if !done.scrubbed {
        crate::note("a reader kept the old bytes in the files of the store: run it again");
    }
    Ok(())
}

/// The zone of all days of the command line.
pub(crate) fn beijing() -> FixedOffset {
    FixedOffset::east_opt(AHEAD_SECONDS).expect("eight hours are less than a day")
}

/// The first instant of a day in Beijing.
fn start(day: NaiveDate) -> UnixMicros {
    (day.and_time(NaiveTime::MIN).and_utc().timestamp() - i64::from(AHEAD_SECONDS)) * 1_000_000
}

fn time(at: UnixMicros) -> String {
    let at = DateTime::from_timestamp_micros(at).map(|at| at.with_timezone(&beijing()));
    at.map_or_else(String::new, |at| at.format("%Y-%m-%dT%H:%M:%S%.6f%:z").to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_and_never_computed() {
        for (text, expect) in [
            ("a", "a"),
            ("a,b", "\"a,b\""),
            ("a\"b", "\"a\"\"b\""),
            ("=1+1", "'=1+1"),
            ("-x,y", "\"'-x,y\""),
            ("复核\n通过", "\"复核\n通过\""),
        ] {
            assert_eq!(csv_cell(text), expect);
        }
    }

    #[test]
    fn days_and_times_are_those_of_beijing() {
        let day = NaiveDate::from_ymd_opt(2026, 1, 1).expect("a day");
        assert_eq!(start(day), 1_767_196_800_000_000);
        assert_eq!(time(start(day) + 1), "2026-01-01T00:00:00.000001+08:00");
    }
}
