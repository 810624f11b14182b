//! Where what stands in the file; every place is checked before it is read.

use super::{FIGURES, TEXTS};
use sha2::{Digest as _, Sha256};

pub(super) const MAGIC: [u8; 8] = *b"SZSNAP\r\n";
pub(super) const FORMAT: u32 = 1;
/// Bytes before the first row.
pub(super) const START: usize = 16;
/// A text that is not there.
pub(super) const NONE: u32 = u32::MAX;
/// The bit of a text that is shared.
pub(super) const SHARED_BIT: u32 = 1 << 31;
/// Bytes of the length of the end, and on: lengths, format, magic, digest.
const TAIL: usize = 8 + 4 + 4 + 8 + 32;
/// Bytes of the end before the as-of date.
const FIXED: usize = 5 * 8 + 5 * 4 + 32;
/// No place of a row needs more bits: the other sixteen are of the key.
pub(super) const PLACE_BITS: u32 = 48;

/// Why a file can not be opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refused {
    NotOurs,
    Format(u32),
    Damaged(&'static str),
}

/// The end of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct End {
    pub(super) rows: u64,
    /// Where the shared texts begin, and the rows end.
    pub(super) shared_at: u64,
    /// Where the index begins.
    pub(super) index_at: u64,
    /// Entries of the index.
    pub(super) slots: u64,
    /// Bytes of the shared texts.
    pub(super) shared_bytes: u64,
    /// Features of a row.
    pub(super) features: u32,
    /// Shared texts.
    pub(super) shared: u32,
    /// Most entries beyond the first that a look-up has to see.
    pub(super) probes: u32,
    pub(super) content: [u8; 32],
    pub(super) as_of: String,
    pub(super) catalogue_version: String,
}

pub(super) fn start() -> [u8; START] {
    let mut out = [0; START];
    out[..8].copy_from_slice(&MAGIC);
    out[8..12].copy_from_slice(&FORMAT.to_le_bytes());
    out
}

/// Bytes of a row before its texts.
pub(super) fn row_width(features: usize) -> usize {
    4 + 4 * TEXTS.len() + 8 * (FIGURES.len() + features)
}

impl End {
    /// The end as bytes, and the digest that closes it.
    pub(super) fn to_bytes(&self, at: u64) -> (Vec<u8>, [u8; 32]) {
        let mut out = Vec::new();
        for n in [self.rows, self.shared_at, self.index_at, self.slots, self.shared_bytes] {
            out.extend(n.to_le_bytes());
        }
        let lengths = [self.as_of.len() as u32, self.catalogue_version.len() as u32];
        for n in [self.features, self.shared, self.probes, lengths[0], lengths[1]] {
            out.extend(n.to_le_bytes());
        }
        out.extend(self.content);
        out.extend(self.as_of.as_bytes());
        out.extend(self.catalogue_version.as_bytes());
        let length = out.len() as u32;
        out.extend((at + (out.len() + TAIL) as u64).to_le_bytes());
        out.extend(length.to_le_bytes());
        out.extend(FORMAT.to_le_bytes());
        out.extend(MAGIC);
        let digest = digest(&start(), &out);
        out.extend(digest);
        (out, digest)
    }

    /// Reads the end of a file, and the digest that closes it. All places it names lie in the file, in order.
    pub(super) fn read(file: &[u8]) -> Result<(Self, [u8; 32]), Refused> {
        use Refused::Damaged;
        let start = file.get(..START).ok_or(Refused::NotOurs)?;
        if start[..8] != MAGIC {
            return Err(Refused::NotOurs);
        }
        match u32_at(file, 8) {
            Some(FORMAT) => {}
            other => return Err(Refused::Format(other.unwrap_or(0))),
        }
        let short = Damaged("its end is missing");
        let tail_at = file.len().checked_sub(TAIL).filter(|at| *at >= START).ok_or(short)?;
        let tail = &file[tail_at..];
        if tail[16..24] != MAGIC {
            return Err(short);
        }
        if u64_at(tail, 0) != Some(file.len() as u64) {
            return Err(Damaged("its length is not the one on record"));
        }
        let length = u32_at(tail, 8).unwrap_or(0) as usize;
        let at = tail_at.checked_sub(length).filter(|at| *at >= START).ok_or(short)?;
        let (signed, last) = file[at..].split_at(file.len() - at - 32);
        let found = digest(start, signed);
        if found != last {
            return Err(Damaged("the digest of its end is not the one on record"));
        }
        let end = Self::parse(&file[at..tail_at]).ok_or(Damaged("its end can not be read"))?;
        match end.places_are_sound(at as u64) {
            true => Ok((end, found)),
            false => Err(Damaged("its parts do not follow each other")),
        }
    }

    fn parse(end: &[u8]) -> Option<Self> {
        let count = |i: usize| u32_at(end, 5 * 8 + 4 * i);
        let texts = end.get(FIXED..)?;
        let (as_of, version) = texts.split_at_checked(count(3)? as usize)?;
        if version.len() != count(4)? as usize {
            return None;
        }
        Some(Self {
            rows: u64_at(end, 0)?,
            shared_at: u64_at(end, 8)?,
            index_at: u64_at(end, 16)?,
            slots: u64_at(end, 24)?,
            shared_bytes: u64_at(end, 32)?,
            features: count(0)?,
            shared: count(1)?,
            probes: count(2)?,
            content: end.get(FIXED - 32..FIXED)?.try_into().ok()?,
            as_of: str::from_utf8(as_of).ok()?.to_owned(),
            catalogue_version: str::from_utf8(version).ok()?.to_owned(),
        })
    }

    fn places_are_sound(&self, at: u64) -> bool {
        let shared = (u64::from(self.shared) + 1).checked_mul(4).and_then(|n| n.checked_add(self.shared_bytes));
        let index = self.slots.checked_mul(8);
        let after = |from: u64, bytes: Option<u64>| bytes.and_then(|b| from.checked_add(b));
        START as u64 <= self.shared_at
            && after(self.shared_at, shared) == Some(self.index_at)
            && after(self.index_at, index) == Some(at)
            && self.slots.is_power_of_two()
            && self.rows < self.slots
    }
}

fn digest(start: &[u8], end: &[u8]) -> [u8; 32] {
    Sha256::new().chain_update(start).chain_update(end).finalize().into()
}

pub(super) fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().map(|b| u32::from_le_bytes(*b))
}

pub(super) fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    bytes.get(at..)?.first_chunk().map(|b| u64::from_le_bytes(*b))
}
