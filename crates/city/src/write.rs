//! The folder of a city: made beside its place, filled block by block, put there when it is whole.

use crate::constants as c;
use crate::emit::{Subject, emit};
use crate::firm::Firm;
use crate::path::Path;
use crate::plan::Plan;
use crate::policy_events::{self, Buckets, Parts};
use crate::rows::{Rows, SourceRows};
use crate::sources::{LAYOUTS, Layout};
use crate::spine::Spine;
use crate::story::{bureau, story};
use crate::{Error, Format, Options, Progress, SourceSummary, Summary, outcomes, readme};
use rayon::prelude::*;
use std::fs;
use std::path::Path as FilePath;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

/// Blocks that are held at a time: the same number whatever the machine, so batches end at the same rows.
const WAVE: u64 = 16;
/// Rows after which a batch is written.
const BATCH_ROWS: usize = 1 << 17;

pub(crate) fn city(plan: &Plan, options: &Options, told: &(dyn Fn(Progress) + Sync)) -> Result<Summary, Error> {
    let out = options.out.as_path();
    vacant(out)?;
    let around = out.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(FilePath::new("."));
    let io = |path: &FilePath| {
        let path = path.to_owned();
        |source| Error::Io { path, source }
    };
    fs::create_dir_all(around).map_err(io(around))?;
    // It removes itself unless everything went well.
    let fresh = tempfile::Builder::new().prefix(".shangzhi-city-").tempdir_in(around).map_err(io(around))?;
    let sources = fresh.path().join("sources");
    fs::create_dir(&sources).map_err(io(&sources))?;
    let policy = fresh.path().join("policy");
    fs::create_dir(&policy).map_err(io(&policy))?;

    let (done, of) = (AtomicU64::new(0), 3 * plan.enterprises);
    let step = |enterprises: u64| {
        let done = done.fetch_add(enterprises, Ordering::Relaxed) + enterprises;
        told(Progress { done, of });
    };
    let spine = Spine::new(plan, step);
    let mut buckets = Buckets::new(plan, fresh.path())?;
    buckets.push(&policy_events::parts(plan, policy_events::CITY, &bureau(plan)))?;
    let (written, lives) = records(plan, &spine, &sources, options.format, &mut buckets, &step)?;
    let (snapshots, archetypes) = outcomes::write(plan, fresh.path(), &lives)?;
    drop((spine, lives));
    let months = plan.months as u64;
    let mut month = 0;
    let policy = buckets.write(&policy.join("events.jsonl"), || {
        let part = |month: u64| plan.enterprises * month / months;
        month += 1;
        step(part(month) - part(month - 1));
    })?;
    let summary = Summary { sources: written, snapshots, archetypes, policy };
    let text = readme::text(plan, &summary);
    let path = fresh.path().join("README.md");
    fs::write(&path, text).map_err(io(&path))?;

    open_to_others(fresh.path()).map_err(io(fresh.path()))?;
    vacant(out)?; // it took a while: someone may have been here
    if out.is_dir() {
        fs::remove_dir(out).map_err(io(out))?;
    }
    fs::rename(fresh.path(), out).map_err(io(out))?;
    let _ = fresh.keep(); // it has another name now
    Ok(summary)
}

/// A temporary folder is its owner's alone; a city is handed on as any other folder.
#[cfg(unix)]
fn open_to_others(folder: &FilePath) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    // The system takes the user's mask off a folder that is made, so its `sources` show what is allowed.
    let usual = fs::metadata(folder.join("sources"))?.permissions().mode();
    fs::set_permissions(folder, fs::Permissions::from_mode(usual))
}

#[cfg(not(unix))]
fn open_to_others(_: &FilePath) -> std::io::Result<()> {
    Ok(())
}

fn vacant(out: &FilePath) -> Result<(), Error> {
    let occupied = || Error::Occupied { folder: out.to_owned() };
    if out.as_os_str().is_empty() {
        return Err(occupied());
    }
    match fs::read_dir(out) {
        Ok(mut entries) => {
            if entries.next().is_none() {
                Ok(())
            } else {
                Err(occupied())
            }
        }
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(e) if e.kind() == std::io::ErrorKind::NotADirectory => Err(occupied()),
        Err(source) => Err(Error::Io { path: out.to_owned(), source }),
    }
}

/// What outcomes and truth are made of.
pub(crate) struct Life {
    pub(crate) firm: Firm,
    pub(crate) path: Path,
}

/// Makes and writes all sources, one thread for each file, and returns the lives without their months.
fn records(
    plan: &Plan,
    spine: &Spine,
    folder: &FilePath,
    format: Format,
    buckets: &mut Buckets,
    step: &(dyn Fn(u64) + Sync),
) -> Result<(Vec<SourceSummary>, Vec<Life>), Error> {
    let extension = match format {
        Format::Parquet => "parquet",
        Format::Csv => "csv",
        Format::CsvGz => "csv.gz",
    };
    thread::scope(|scope| {
        let mut senders = Vec::new();
        let mut writers = Vec::new();
        for layout in &LAYOUTS {
            let (sender, receiver) = sync_channel::<SourceRows>(1);
            let path = folder.join(format!("{}.{extension}", layout.id));
            senders.push(sender);
            writers.push(scope.spawn(move || write_source(layout, &path, &receiver)));
        }
        let filled = fill(plan, spine, &senders, buckets, step);
        drop(senders);
        let (lives, faults) = filled?;
        let mut written = Vec::new();
        for ((layout, writer), faults) in LAYOUTS.iter().zip(writers).zip(faults) {
            match writer.join() {
                Ok(rows) => written.push(SourceSummary { id: layout.id, rows: rows?, faults }),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        Ok((written, lives))
    })
}

fn write_source(layout: &Layout, path: &FilePath, batches: &Receiver<SourceRows>) -> Result<u64, table::Error> {
    let mut rows = 0;
    table::write_batches(path, |out| {
        for batch in batches {
            rows += batch.rows as u64;
            batch.with_columns(layout, |columns| out.write(columns))?;
        }
        if out.is_empty() {
            // A source without a record is a table without a row, not a missing source.
            SourceRows::new(layout).with_columns(layout, |columns| out.write(columns))?;
        }
        Ok::<(), table::Error>(())
    })?;
    Ok(rows)
}

/// Makes the blocks in waves and sends their rows in order.
fn fill(
    plan: &Plan,
    spine: &Spine,
    senders: &[SyncSender<SourceRows>],
    buckets: &mut Buckets,
    step: &(dyn Fn(u64) + Sync),
) -> Result<(Vec<Life>, Vec<u64>), Error> {
    let blocks = plan.enterprises.div_ceil(c::BLOCK);
    let mut pending: Vec<SourceRows> = LAYOUTS.iter().map(SourceRows::new).collect();
    let (mut lives, mut faults) = (Vec::new(), vec![0; LAYOUTS.len()]);
    for wave in (0..blocks).step_by(WAVE as usize) {
        let made: Vec<(Rows, Vec<Life>, Parts)> =
            (wave..blocks.min(wave + WAVE)).into_par_iter().map(|block| make(plan, spine, block, step)).collect();
        for (rows, some, parts) in made {
            lives.extend(some);
            buckets.push(&parts)?;
            faults.iter_mut().zip(rows.faults).for_each(|(all, more)| *all += more);
            for (place, more) in rows.sources.into_iter().enumerate() {
                pending[place].append(more);
                if pending[place].rows >= BATCH_ROWS {
                    let full = std::mem::replace(&mut pending[place], SourceRows::new(&LAYOUTS[place]));
                    // A writer that gave up says why when it is joined.
                    let _ = senders[place].send(full);
                }
            }
        }
    }
    for (rest, sender) in pending.into_iter().zip(senders) {
        if rest.rows > 0 {
            let _ = sender.send(rest);
        }
    }
    Ok((lives, faults))
}

fn make(plan: &Plan, spine: &Spine, block: u64, step: &(dyn Fn(u64) + Sync)) -> (Rows, Vec<Life>, Parts) {
    let numbers = block * c::BLOCK..plan.enterprises.min((block + 1) * c::BLOCK);
    let mut rows = Rows::new(plan.seed, block, plan.dirty);
    let (mut lives, mut parts) = (Vec::new(), Parts::new());
    for number in numbers.clone() {
        let firm = Firm::new(plan, number);
        let mut path = Path::new(plan, &firm);
        emit(&Subject { plan, spine, firm: &firm, path: &path }, &mut rows);
        parts.extend(policy_events::parts(plan, number, &story(plan, &firm, &path)));
        path.forget();
        lives.push(Life { firm, path });
    }
    step(numbers.end - numbers.start);
    (rows, lives, parts)
}
