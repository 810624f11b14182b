//! Records parted by enterprise, in memory and, beyond a bound, in a file.

use super::layout::{Head, Layout};
use crate::record::{MISSING, Records, Sink};
use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

/// Parts: with fifty million records each fits a core's cache.
pub(super) const PARTS: usize = 256;
/// Bytes of the first and of the largest block of a part.
const BLOCK: (usize, usize) = (1 << 12, 1 << 18);

/// The part an enterprise is in.
#[inline]
pub(super) fn part_of(enterprise: u64) -> usize {
    (enterprise >> 56) as usize
}

#[derive(Debug, Default)]
struct Part {
    /// Whole records, block by block; a vector would be copied each time it grows.
    blocks: Vec<Vec<u8>>,
    /// Spans of the file.
    spilled: Vec<(u64, u64)>,
}

/// All records that features are computed from.
#[derive(Debug)]
pub(super) struct Store {
    layouts: Vec<Layout>,
    parts: Vec<Vec<Mutex<Part>>>,
    memory_max: usize,
    memory: AtomicUsize,
    records: AtomicU64,
    spill: Mutex<Spill>,
}

#[derive(Debug)]
struct Spill {
    folder: PathBuf,
    file: Option<File>,
    bytes: u64,
    failure: Option<std::io::Error>,
}

impl Store {
    pub(super) fn new(layouts: &[Layout], memory_max: usize, folder: &Path) -> Self {
        let parts = || (0..PARTS).map(|_| Mutex::new(Part::default())).collect();
        Self {
            layouts: layouts.to_vec(),
            parts: layouts.iter().map(|_| parts()).collect(),
            memory_max,
            memory: AtomicUsize::new(0),
            records: AtomicU64::new(0),
            spill: Mutex::new(Spill { folder: folder.to_owned(), file: None, bytes: 0, failure: None }),
        }
    }

    /// Number of records taken.
    pub(super) fn records(&self) -> u64 {
        self.records.load(Ordering::Relaxed)
    }

    /// Bytes that went to the file.
    pub(super) fn spilled_bytes(&self) -> u64 {
        self.spill.lock().expect("no holder panics").bytes
    }

    /// Why the file failed, if it did.
    pub(super) fn failure(&self) -> Option<std::io::Error> {
        self.spill.lock().expect("no holder panics").failure.take()
    }

    /// The records of a source in a part, put into `out`; they are not taken away.
    pub(super) fn part(&self, source: usize, part: usize, out: &mut Vec<u8>) -> std::io::Result<()> {
        out.clear();
        let part = self.parts[source][part].lock().expect("no holder panics");
        for &(at, bytes) in &part.spilled {
            let mut spill = self.spill.lock().expect("no holder panics");
            let start = out.len();
            out.resize(start + bytes as usize, 0);
            let file = spill.file.as_mut().expect("spans are of a file");
            file.seek(SeekFrom::Start(at))?;
            file.read_exact(&mut out[start..])?;
        }
        part.blocks.iter().for_each(|b| out.extend_from_slice(b));
        Ok(())
    }

    /// As [`Store::part`], and the records are gone from the store.
    pub(super) fn take(&self, source: usize, part: usize, out: &mut Vec<u8>) -> std::io::Result<()> {
        self.part(source, part, out)?;
        self.parts[source][part].lock().expect("no holder panics").blocks = Vec::new();
        Ok(())
    }

    fn append(&self, source: usize, part: usize, bytes: &[u8]) {
        let width = self.layouts[source].width;
        let mut guard = self.parts[source][part].lock().expect("no holder panics");
        let mut rest = bytes;
        while !rest.is_empty() {
            let full = guard.blocks.last().is_none_or(|b| b.capacity() - b.len() < width);
            if full {
                let last = guard.blocks.last().map_or(BLOCK.0 / 2, Vec::len);
                let records = ((2 * last).clamp(BLOCK.0, BLOCK.1) / width).max(1);
                let mut block = Vec::new();
                block.reserve_exact(records * width);
                guard.blocks.push(block);
            }
            let block = guard.blocks.last_mut().expect("one was pushed");
            // An allocator may give more than was asked for: whole records only.
            let room = (block.capacity() - block.len()) / width * width;
            let (now, later) = rest.split_at(room.min(rest.len()));
            block.extend_from_slice(now);
            rest = later;
        }
        let memory = self.memory.fetch_add(bytes.len(), Ordering::Relaxed) + bytes.len();
        if self.memory_max < memory {
            self.spill(&mut guard);
        }
    }

    /// Moves the blocks of a part to the file. A failure is kept until someone asks: whoever reads can not stop here.
    fn spill(&self, part: &mut Part) {
        let mut spill = self.spill.lock().expect("no holder panics");
        if spill.failure.is_some() {
            return;
        }
        if spill.file.is_none() {
            match tempfile::tempfile_in(&spill.folder) {
                Ok(file) => spill.file = Some(file),
                Err(e) => {
                    spill.failure = Some(e);
                    return;
                }
            }
        }
        let (start, mut bytes) = (spill.bytes, 0);
        let file = spill.file.as_mut().expect("it was opened");
        let mut write = || {
            file.seek(SeekFrom::Start(start))?;
            part.blocks.iter().try_for_each(|b| {
                bytes += b.len() as u64;
                file.write_all(b)
            })
        };
        if let Err(e) = write() {
            spill.failure = Some(e);
            return;
        }
        spill.bytes += bytes;
        part.spilled.push((start, bytes));
        part.blocks.clear();
        self.memory.fetch_sub(bytes as usize, Ordering::Relaxed);
    }
}

impl Sink for Store {
    fn records(&self, source: usize, batch: Records) {
        let layout = &self.layouts[source];
        let width = layout.width;
        self.records.fetch_add(batch.len() as u64, Ordering::Relaxed);
        let mut starts = [0_usize; PARTS + 1];
        batch.enterprise.iter().for_each(|&e| starts[part_of(e) + 1] += 1);
        for part in 0..PARTS {
            starts[part + 1] += starts[part];
        }
        let mut next = starts;
        let mut bytes = vec![0; batch.len() * width];
        for row in 0..batch.len() {
            let place = &mut next[part_of(batch.enterprise[row])];
            let record = &mut bytes[*place * width..(*place + 1) * width];
            *place += 1;
            let mut identity = 0x9e37_79b9_7f4a_7c15;
            for &slot in &layout.identity {
                identity = mix(identity, batch.slots[slot].get(row).copied().unwrap_or(MISSING));
            }
            let head = Head {
                enterprise: batch.enterprise[row],
                identity,
                known: batch.known[row],
                event: batch.event[row],
                known_assumed: batch.known_assumed[row],
            };
            head.put(record);
            for slot in &layout.kept {
                slot.put(record, batch.slots[slot.read].get(row).copied().unwrap_or(MISSING));
            }
        }
        for part in 0..PARTS {
            if starts[part] < starts[part + 1] {
                self.append(source, part, &bytes[starts[part] * width..starts[part + 1] * width]);
            }
        }
    }

    fn forget(&self, source: usize) {
        for part in &self.parts[source] {
            let part = std::mem::take(&mut *part.lock().expect("no holder panics"));
            let bytes: usize = part.blocks.iter().map(Vec::len).sum();
            self.memory.fetch_sub(bytes, Ordering::Relaxed);
            let spilled: u64 = part.spilled.iter().map(|(_, bytes)| bytes).sum();
            let records = (bytes as u64 + spilled) / self.layouts[source].width as u64;
            self.records.fetch_sub(records, Ordering::Relaxed);
        }
    }
}

/// Adds a value to a hash: the folded product of two odd mixtures (Wang Yi's wyhash).
#[inline]
fn mix(hash: u64, value: i64) -> u64 {
    let product = u128::from(hash ^ 0xa076_1d64_78bd_642f) * u128::from(value as u64 ^ 0xe703_7ed1_a0b4_28db);
    (product >> 64) as u64 ^ product as u64 ^ hash.rotate_left(23)
}
