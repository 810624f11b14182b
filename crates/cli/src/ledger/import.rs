//! `shangzhi ledger import`: the rows of a file as events.
//!
//! A file is read by one thread, judged by another and written by a third. Request ids follow from what the rows say, so the
//! same file once more changes nothing. No more than a few thousand events are held at a time; all or nothing is one
//! transaction. Only where a row can not be taken, or with `--check`, all events are in memory.

mod cell;
mod event;
mod mapping;
mod report;
mod rows;
mod source;
mod words;

pub(super) use cell::{date, scaled};
pub(super) use mapping::Dates;
pub(super) use source::{Position, rows as table_rows};

use super::{Missing, with_ledger};
use crate::args::{ImportArgs, LedgerArgs, RowsMode};
use crate::input;
use anyhow::{Context as _, Result, bail, ensure};
use ledger::{Event, Refusal};
use report::{Outcome, Report};
use rows::{Item, Part as Rows, Reader};
use sha2::{Digest as _, Sha256};
use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::sync::mpsc::sync_channel;
use std::thread;
use store::{Counted, Judged, Ledger, NewImport, Part, TogetherError};
use tokio::sync::mpsc;

/// Parts that wait to be judged.
const PARTS_WAITING: usize = 3;

/// What became of the rows of a file.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Tally {
    pub(crate) rows: u64,
    pub(crate) events: u64,
    /// With `--check` those that would be.
    pub(crate) entered: u64,
    pub(crate) repeated: u64,
    pub(crate) refused: u64,
    pub(crate) unreadable: u64,
}

pub(crate) fn run(args: &ImportArgs) -> Result<()> {
    let mut read = vec![("the file", args.file.as_path())];
    read.extend(args.mapping.as_deref().map(|m| ("--mapping", m)));
    if let Some(out) = &args.report {
        input::not_read("--report", out, &read)?;
    }
    let mut report = Report::new(&args.file, args.report.as_deref())?;
    let tally = enter(args, &mut report)?;
    report.finish()?;
    let Tally { rows, events, entered, repeated, refused, unreadable } = tally;
    println!("{}: {rows} rows, {events} events", args.file.display());
    let did = if args.check { "would be entered" } else { "entered" };
    println!("{did} {entered}, there before {repeated}, refused {refused}, rows that can not be read {unreadable}");
    if events > 0 && repeated == events {
        println!("the file was entered before: nothing {}", if args.check { "would change" } else { "has changed" });
    }
    report.print();
    let faults = refused + unreadable;
    let what_became = match (args.check, args.rows) {
        (true, _) => "nothing was entered (--check)",
        (false, RowsMode::AllOrNothing) => "nothing was entered",
        (false, RowsMode::Each) => "the other rows were entered",
    };
    match (faults, args.check) {
        (0, true) => println!("{what_became}"),
        (0, false) => {}
        (1, _) => bail!("1 fault; {what_became}"),
        _ => bail!("{faults} faults; {what_became}"),
    }
    Ok(())
}

/// All events and their columns, for people.
pub(crate) fn columns() {
    println!("Each row is one event; these columns stand in every file:");
    let list = |fields: &mut dyn Iterator<Item = &'static event::Field>| {
        fields.map(event::heading).collect::<Vec<_>>().join(" ")
    };
    println!("  event {}", list(&mut mapping::common()));
    println!();
    for shape in event::SHAPES {
        println!("{:26} {}", shape.word, list(&mut shape.fields.iter()));
    }
    println!();
    println!("[x] may be empty; amounts: _fen, _yuan or _wan; rates: _ppm or _percent; office: bank:ID, guarantor:ID,");
    println!("district:CODE, platform, bureau; instalments: 2024-03-01=1000.00;2024-06-01=2000.00");
    println!();
    println!("Fields that take one word of a list:");
    for (field, list) in words::words() {
        println!("{field}:");
        for (code, name_zh, name_en) in list {
            println!("  {code:26} {name_zh}, {name_en}");
        }
    }
}

/// Reads, judges and enters.
fn enter(args: &ImportArgs, report: &mut Report) -> Result<Tally> {
    let reader = Reader::new(args)?;
    let missing = if args.check { Missing::Refused } else { Missing::Made };
    with_ledger(&args.ledger, missing, async |ledger| {
        let tally = match (args.check, args.rows) {
            (false, RowsMode::Each) => each(&reader, &ledger, report).await?,
            (check, _) => together(&reader, &ledger, report, check).await?,
        };
        if !args.check {
            ledger.note_import(&noted(args, tally, report)?).await.context("the import was not noted")?;
        }
        Ok(tally)
    })
}

/// What is kept of an import beside the ledger.
fn noted(args: &ImportArgs, tally: Tally, report: &mut Report) -> Result<NewImport> {
    let name = |path: &Path| path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let maker = [args.office.as_deref(), args.person.as_deref()].into_iter().flatten().collect::<Vec<_>>().join("/");
    let Tally { rows, events, entered, repeated, refused, unreadable } = tally;
    Ok(NewImport {
        at: chrono::Utc::now().timestamp_micros(),
        file: name(&args.file),
        file_sha256: digest_of(&args.file)?,
        mapping: args.mapping.as_deref().map(name).unwrap_or_default(),
        maker,
        rows,
        events,
        entered,
        repeated,
        refused,
        unreadable,
        refusals: report.take_kept(),
    })
}

/// SHA-256 of a file, which may be larger than memory.
fn digest_of(path: &Path) -> Result<[u8; 32]> {
    let what = || format!("file {}", path.display());
    let mut file = BufReader::with_capacity(1 << 20, File::open(path).with_context(what)?);
    let mut digest = Sha256::new();
    loop {
        let bytes = file.fill_buf().with_context(what)?;
        if bytes.is_empty() {
            return Ok(digest.finalize().into());
        }
        digest.update(bytes);
        let read = bytes.len();
        file.consume(read);
    }
}

/// Sends the parts of a file from a thread of its own to `take`.
fn read_beside<T>(reader: &Reader, take: impl FnOnce(std::sync::mpsc::Receiver<Rows>) -> Result<T>) -> Result<T> {
    let bar = input::bar(reader.bytes().max(1), "importing");
    let done = thread::scope(|scope| {
        let (sender, receiver) = sync_channel::<Rows>(PARTS_WAITING);
        let reading = scope.spawn(|| {
            reader.read(|part| {
                bar.set_position(reader.position().min(reader.bytes()));
                // Who no longer listens has an error to tell.
                let _ = sender.send(part);
                Ok(())
            })?;
            drop(sender);
            Ok(())
        });
        let taken = take(receiver);
        match reading.join() {
            Ok(read) => read.and(taken),
            Err(panic) => std::panic::resume_unwind(panic),
        }
    });
    bar.finish_and_clear();
    done
}

async fn each(reader: &Reader, ledger: &Ledger, report: &mut Report) -> Result<Tally> {
    let mut tally = Tally::default();
    let handle = tokio::runtime::Handle::current();
    tokio::task::block_in_place(|| {
        read_beside(reader, |parts| {
            for part in parts {
                let (items, events) = split(part, &mut tally, report)?;
                let results = handle.block_on(ledger.append_all(events))?;
                for (item, result) in items.iter().zip(results) {
                    tally.count(item, result.as_ref().map(|taken| taken.repeated), reader, report)?;
                }
            }
            Ok(())
        })
    })?;
    Ok(tally)
}

async fn together(reader: &Reader, ledger: &Ledger, report: &mut Report, check: bool) -> Result<Tally> {
    if !check && let Some(tally) = entered(reader, ledger).await? {
        return Ok(tally);
    }
    // Which rows can not be taken is asked of the same rows, read once more.
    let (tally, items, events) = all(reader, report)?;
    let tally = judged(&items, events, tally, reader, ledger, report).await?;
    Ok(if check { tally } else { Tally { entered: 0, ..tally } })
}

/// Enters all rows of a file, judged while the next are read; `None` where one can not be read or is refused, and nothing
/// was entered.
async fn entered(reader: &Reader, ledger: &Ledger) -> Result<Option<Tally>> {
    let mut tally = Tally::default();
    let (parts, taken) = mpsc::channel(PARTS_WAITING);
    let store = ledger.clone();
    let entering = tokio::spawn(async move { store.append_stream(taken).await });
    let handle = tokio::runtime::Handle::current();
    tokio::task::block_in_place(|| {
        read_beside(reader, |read| {
            for part in read {
                tally.read(&part);
                // Who takes no more has an answer.
                if tally.unreadable > 0 || handle.block_on(parts.send(Part::Events(part.events))).is_err() {
                    break;
                }
            }
            Ok(())
        })
    })?;
    // Only now is it known that the file was read to its end.
    if tally.unreadable == 0 {
        let _ = parts.send(Part::End).await;
    }
    drop(parts);
    match entering.await? {
        Ok(counted) => Ok(counted.map(|Counted { entered, repeated }| Tally { entered, repeated, ..tally })),
        Err(TogetherError::Refused { .. }) => Ok(None),
        Err(TogetherError::Store(error)) => Err(error.into()),
    }
}

async fn judged(
    items: &[Item],
    events: Vec<Event>,
    mut tally: Tally,
    reader: &Reader,
    ledger: &Ledger,
    report: &mut Report,
) -> Result<Tally> {
    let results = ledger.judge_all(events).await?;
    ensure!(results.len() == items.len(), "{} events were judged of {}", results.len(), items.len());
    for (item, result) in items.iter().zip(results) {
        tally.count(item, result.as_ref().map(|judged| *judged != Judged::New), reader, report)?;
    }
    Ok(tally)
}

/// All rows of a file.
fn all(reader: &Reader, report: &mut Report) -> Result<(Tally, Vec<Item>, Vec<Event>)> {
    let (mut tally, mut items, mut events) = (Tally::default(), Vec::new(), Vec::new());
    read_beside(reader, |parts| {
        for part in parts {
            let (some, more) = split(part, &mut tally, report)?;
            items.extend(some);
            events.extend(more);
        }
        Ok(())
    })?;
    Ok((tally, items, events))
}

fn split(part: Rows, tally: &mut Tally, report: &mut Report) -> Result<(Vec<Item>, Vec<Event>)> {
    tally.read(&part);
    for (item, fault) in &part.faults {
        report.tell(item, &Outcome::Unreadable(fault))?;
    }
    Ok((part.items, part.events))
}

impl Tally {
    /// Counts what was read, before anything is known of what becomes of it.
    fn read(&mut self, part: &Rows) {
        self.rows += part.rows;
        self.events += part.events.len() as u64;
        self.unreadable += part.faults.len() as u64;
    }

    fn count(
        &mut self,
        item: &Item,
        result: Result<bool, &Refusal>,
        reader: &Reader,
        report: &mut Report,
    ) -> Result<()> {
        match result {
            Ok(true) => {
                self.repeated += 1;
                report.tell(item, &Outcome::Repeated)
            }
            Ok(false) => {
                self.entered += 1;
                Ok(())
            }
            Err(refusal) => {
                self.refused += 1;
                report.tell(item, &Outcome::Refused(refusal, reader.column(item, refusal)))
            }
        }
    }
}

/// Enters a file of events as they are, row by row.
pub(crate) fn events(file: &Path, ledger: &str) -> Result<Tally> {
    let args = ImportArgs {
        file: file.to_owned(),
        mapping: None,
        ledger: LedgerArgs { ledger: ledger.to_owned() },
        rows: RowsMode::Each,
        check: false,
        report: None,
        office: None,
        person: None,
    };
    enter(&args, &mut Report::silent())
}
