//! The policies' events of all enterprises in the order of their recording, each judged as a ledger judges it.
//!
//! Stories are made in parallel and parted by month, in files that are gone with the process, so a city may be larger
//! than memory. Month by month they are read again, put in order and judged against the records that they need; what
//! the ledger refuses is not written, and counted.

use crate::calendar::{Month, month_of_day};
use crate::error::Error;
use crate::plan::Plan;
use crate::story::Told;
use ledger::chain::{self, Head};
use ledger::event::{Body, Event};
use ledger::{Books, Key, Posted, Record, Refusal, judge};
use rayon::prelude::*;
use std::collections::HashMap;
use std::fs::File;
use std::io::{BufWriter, Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The policies' events as they were written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PolicySummary {
    /// Events in `policy/events.jsonl`.
    pub events: u64,
    /// Those that a rule refused: a quota that is used up, a fund without cash, a closed period.
    pub refused_by_rule: u64,
    /// Those that were refused because what they rest on was.
    pub refused_otherwise: u64,
    /// The end of the chain of a ledger that takes these events, and nothing else, at these times.
    pub head: Head,
}

/// Events of a month, as bytes: a header and the event, one after the other.
pub(crate) type Parts = Vec<(usize, Vec<u8>)>;

/// Bytes of a header: time, story, place in it, what it reverses, whether it is reversed, length of the event.
const HEADER: usize = 29;
/// The story of the city itself.
pub(crate) const CITY: u64 = u64::MAX;

/// The events of a story as bytes by month.
pub(crate) fn parts(plan: &Plan, story: u64, told: &[Told]) -> Parts {
    let mut parts: Parts = Vec::new();
    let order = {
        let mut order: Vec<usize> = (0..told.len()).collect();
        order.sort_by_key(|place| told[*place].at);
        order
    };
    for place in order {
        let Told { at, event, reverses, reversed } = &told[place];
        let month = month_of_day(at.div_euclid(86_400) as i32);
        let bucket = bucket(plan, month);
        if parts.last().is_none_or(|(last, _)| *last != bucket) {
            parts.push((bucket, Vec::new()));
        }
        let Some((_, bytes)) = parts.last_mut() else { continue };
        bytes.extend_from_slice(&at.to_le_bytes());
        bytes.extend_from_slice(&story.to_le_bytes());
        bytes.extend_from_slice(&(place as u32).to_le_bytes());
        bytes.extend_from_slice(&reverses.unwrap_or(u32::MAX).to_le_bytes());
        bytes.push(u8::from(*reversed));
        let length_at = bytes.len();
        bytes.extend_from_slice(&[0; 4]);
        event.write(bytes);
        let length = (bytes.len() - length_at - 4) as u32;
        bytes[length_at..length_at + 4].copy_from_slice(&length.to_le_bytes());
    }
    parts
}

fn bucket(plan: &Plan, month: Month) -> usize {
    (month - plan.first).clamp(0, plan.months - 1) as usize
}

/// The files of the months.
pub(crate) struct Buckets {
    files: Vec<BufWriter<File>>,
    folder: PathBuf,
}

impl Buckets {
    pub(crate) fn new(plan: &Plan, folder: &Path) -> Result<Self, Error> {
        let io = |source| Error::Io { path: folder.to_owned(), source };
        let file = |_| Ok(BufWriter::new(tempfile::tempfile_in(folder).map_err(io)?));
        let files = (0..plan.months).map(file).collect::<Result<_, Error>>()?;
        Ok(Self { files, folder: folder.to_owned() })
    }

    pub(crate) fn push(&mut self, parts: &Parts) -> Result<(), Error> {
        for (bucket, bytes) in parts {
            self.files[*bucket].write_all(bytes).map_err(|source| Error::Io { path: self.folder.clone(), source })?;
        }
        Ok(())
    }

    /// Judges all events in order and writes those that are accepted, a line each; `step` hears of each month.
    pub(crate) fn write(self, path: &Path, mut step: impl FnMut()) -> Result<PolicySummary, Error> {
        let out_io = |source| Error::Io { path: path.to_owned(), source };
        let part_io = |source| Error::Io { path: self.folder.clone(), source };
        let mut out = BufWriter::new(File::create(path).map_err(out_io)?);
        let mut books = Live::default();
        let mut summary = PolicySummary::default();
        let mut numbers: HashMap<(u64, u32), u64> = HashMap::new();
        for file in self.files {
            let mut file = file.into_inner().map_err(|e| part_io(e.into_error()))?;
            let mut bytes = Vec::new();
            file.rewind().and_then(|()| file.read_to_end(&mut bytes)).map_err(part_io)?;
            for mut told in read(&bytes) {
                if let (Some(of), Body::Reversal { of: number, .. }) = (told.reverses, &mut told.event.body) {
                    // One that was refused has no number, and its reversal is refused like that of any other unknown one.
                    *number = numbers.remove(&(told.story, of)).unwrap_or(0);
                }
                match books.append(&told.event, told.reversed) {
                    Ok(bytes) => {
                        summary.events += 1;
                        if told.reversed {
                            numbers.insert((told.story, told.index), books.head.seq);
                        }
                        out.write_all(&bytes).and_then(|()| out.write_all(b"\n")).map_err(out_io)?;
                    }
                    Err(refusal) if refusal.is_refused_by_policy() => summary.refused_by_rule += 1,
                    Err(_) => summary.refused_otherwise += 1,
                }
            }
            step();
        }
        summary.head = books.head;
        out.flush().map_err(out_io)?;
        Ok(summary)
    }
}

/// An event of a story, read again.
struct Part {
    at: i64,
    story: u64,
    index: u32,
    reverses: Option<u32>,
    reversed: bool,
    event: Event,
}

/// The events of a month by time; at one time the city's first, then by enterprise.
fn read(mut bytes: &[u8]) -> Vec<Part> {
    let mut slices = Vec::new();
    while bytes.len() >= HEADER {
        let length = u32::from_le_bytes(array(&bytes[HEADER - 4..])) as usize;
        let (one, rest) = bytes.split_at(HEADER + length);
        slices.push(one);
        bytes = rest;
    }
    let mut parts: Vec<Part> = slices
        .into_par_iter()
        .map(|one| Part {
            at: i64::from_le_bytes(array(one)),
            story: u64::from_le_bytes(array(&one[8..])),
            index: u32::from_le_bytes(array(&one[16..])),
            reverses: Some(u32::from_le_bytes(array(&one[20..]))).filter(|of| *of != u32::MAX),
            reversed: one[24] == 1,
            event: Event::from_bytes(&one[HEADER..]).expect("an event that was written is read again"),
        })
        .collect();
    parts.par_sort_by_key(|part| (part.at, part.story.wrapping_add(1), part.index));
    parts
}

fn array<const N: usize>(bytes: &[u8]) -> [u8; N] {
    bytes[..N].try_into().expect("a header is whole")
}

/// The books with what later events of a city may ask for: no requests, and only entries that will be reversed.
#[derive(Default)]
struct Live {
    head: Head,
    records: HashMap<Key, Arc<Record>>,
    posted: HashMap<u64, Arc<Posted>>,
}

impl Live {
    fn append(&mut self, event: &Event, reversed: bool) -> Result<Vec<u8>, Refusal> {
        let entry = judge(self, event)?;
        let bytes = event.to_bytes();
        let link = chain::link(&self.head, &bytes, &entry);
        for change in &entry.changes {
            match (&change.key, &change.after) {
                // Each request of a city has a number of its own.
                (Key::Request(..), _) => {}
                (key, Some(record)) => drop(self.records.insert(*key, Arc::clone(record))),
                (key, None) => drop(self.records.remove(key)),
            }
        }
        if let Body::Reversal { of, .. } = &event.body {
            self.posted.remove(of);
        }
        self.head = Head { seq: entry.seq, recorded_at: entry.recorded_at, hash: link.hash };
        if reversed {
            self.posted.insert(entry.seq, Arc::new(Posted { event: event.clone(), entry, link }));
        }
        Ok(bytes)
    }
}

impl Books for Live {
    fn head(&self) -> Head {
        self.head
    }

    fn get(&self, key: &Key) -> Option<Arc<Record>> {
        self.records.get(key).cloned()
    }

    fn posted(&self, seq: u64) -> Option<Arc<Posted>> {
        self.posted.get(&seq).cloned()
    }
}
