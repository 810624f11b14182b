//! The chain: each line's hash covers the one before, so that no line can be changed, moved or taken out unseen.
//!
//! `hash = SHA-256(previous hash || "shangzhi-ledger-1\n" || seq || recorded_at || length of the event || event ||
//! digest of the entry)`, numbers as 8 bytes with the highest first. The digest of the entry is SHA-256 over its postings
//! and over key and new record of its changes, packed; what a record was before stands in an earlier entry.
//!
//! Packed is what the JSON of a value says without the names of its fields: a number in groups of seven bits, the lowest
//! first, each with the high bit while more follow, one that may be negative as zigzag; texts and lists with their
//! length in front, an option with 0 or 1, a word of an enum as its text.

use crate::event::UnixMicros;
use crate::judge::Entry;
use sha2::{Digest as _, Sha256};

/// The layout of a line; another layout has another name.
pub const LAYOUT: &[u8] = b"shangzhi-ledger-1\n";

/// A SHA-256.
pub type Hash = [u8; 32];

/// The end of the chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// Number of the last line; 0 where there is none.
    pub seq: u64,
    /// Its recorded time.
    pub recorded_at: UnixMicros,
    /// Its hash; zeros where there is none.
    pub hash: Hash,
}

impl Default for Head {
    fn default() -> Self {
        Self { seq: 0, recorded_at: UnixMicros(i64::MIN), hash: [0; 32] }
    }
}

/// What a line adds to the chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Link {
    /// The digest of the entry.
    pub entry: Hash,
    /// The hash of the line.
    pub hash: Hash,
}

/// A line as a store holds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line<'a> {
    /// Its number.
    pub seq: u64,
    /// Its recorded time.
    pub recorded_at: UnixMicros,
    /// The bytes of its event.
    pub event: &'a [u8],
    /// The digest of its entry.
    pub entry: Hash,
    /// Its hash.
    pub hash: Hash,
}

/// The first line that is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    /// A line is missing, stands twice or out of order.
    #[error("line {expected} of the chain is not there, line {found} stands in its place")]
    Number {
        /// The number it has.
        found: u64,
        /// The number it should have.
        expected: u64,
    },
    /// A recorded time goes back.
    #[error("line {seq} of the chain was recorded before the line in front of it")]
    Time {
        /// The line.
        seq: u64,
    },
    /// The line, or one before it, was changed.
    #[error("line {seq} of the chain does not have its hash")]
    Hash {
        /// The line.
        seq: u64,
    },
}

/// The link of the next line.
pub fn link(head: &Head, event: &[u8], entry: &Entry) -> Link {
    link_packed(head, event, entry, &entry.pack())
}

/// As [`link`], of an entry with the bytes that it packs to.
pub fn link_packed(head: &Head, event: &[u8], entry: &Entry, packed: &[u8]) -> Link {
    let digest = digest(packed);
    Link { entry: digest, hash: hash(&head.hash, entry.seq, entry.recorded_at, event, &digest) }
}

/// The digest of an entry, from the bytes that it packs to.
pub fn digest(packed: &[u8]) -> Hash {
    Sha256::digest(packed).into()
}

fn hash(previous: &Hash, seq: u64, recorded_at: UnixMicros, event: &[u8], entry: &Hash) -> Hash {
    let mut sha = Sha256::new();
    sha.update(previous);
    sha.update(LAYOUT);
    sha.update(seq.to_be_bytes());
    sha.update(recorded_at.0.to_be_bytes());
    sha.update(u64::try_from(event.len()).unwrap_or(u64::MAX).to_be_bytes());
    sha.update(event);
    sha.update(entry);
    sha.finalize().into()
}

/// Walks a chain from its beginning, or from a head that was checked before; its new end.
///
/// # Errors
/// [`Broken`] with the first line that is wrong. A cut end shows against a head that was noted elsewhere only.
///
/// # Examples
/// ```
/// use ledger::chain::{Head, verify};
/// assert_eq!(verify(Head::default(), []), Ok(Head::default()));
/// ```
pub fn verify<'a>(from: Head, lines: impl IntoIterator<Item = Line<'a>>) -> Result<Head, Broken> {
    let mut head = from;
    for line in lines {
        let expected = head.seq.saturating_add(1);
        if line.seq != expected {
            return Err(Broken::Number { found: line.seq, expected });
        }
        if line.hash != hash(&head.hash, line.seq, line.recorded_at, line.event, &line.entry) {
            return Err(Broken::Hash { seq: line.seq });
        }
        if line.recorded_at < head.recorded_at {
            return Err(Broken::Time { seq: line.seq });
        }
        head = Head { seq: line.seq, recorded_at: line.recorded_at, hash: line.hash };
    }
    Ok(head)
}
