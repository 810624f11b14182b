//! Records as they leave the gate: columns of integers, and the texts behind them.

mod names;
mod texts;

pub use names::Names;
pub(crate) use names::SameKey;
pub(crate) use texts::Texts;

/// A missing value in any slot.
pub const MISSING: i64 = i64::MIN;

/// The 64-bit key of a text: of enterprise ids, and of every column of kind `Id` or `Key`.
///
/// The same text has the same key in every source, on every machine and in every version. It is the lower half of
/// XXH3-128: FxHash, which is faster by a nanosecond, collides on digits in rows; SipHash has a secret and is slower.
/// Among a billion different texts a collision has a chance of 3 %, among the 1.2 million enterprises of a city one of
/// 4e-8, and [`Names`] reports it. The key is never [`MISSING`].
pub fn key(text: &str) -> u64 {
    halves(text).0
}

pub(crate) fn halves(text: &str) -> (u64, u64) {
    let both = xxhash_rust::xxh3::xxh3_128(text.as_bytes());
    let low = both as u64;
    (if low as i64 == MISSING { low + 1 } else { low }, (both >> 64) as u64)
}

/// A batch of sound records of one source, all with event and known day at or before the as-of date.
///
/// Batches come in any order and a record may come twice. All vectors are of one length.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Records {
    /// [`key`] of the enterprise id.
    pub enterprise: Vec<u64>,
    /// Day of the event, since 1970-01-01; for a month its last day.
    pub event: Vec<i32>,
    /// When it was known, in seconds since 1970-01-01T00:00 on Beijing's clock.
    pub known: Vec<i64>,
    /// Whether `known` is event and usual lag, for want of a better.
    pub known_assumed: Vec<bool>,
    /// One vector for each wanted column, in the order of the schema.
    pub slots: Vec<Vec<i64>>,
}

impl Records {
    /// Number of records.
    pub fn len(&self) -> usize {
        self.enterprise.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.enterprise.is_empty()
    }
}

/// Whoever takes the records; it is called from several threads at once, in any order.
pub trait Sink: Sync {
    /// Takes a batch of the source of that number.
    fn records(&self, source: usize, batch: Records);
    /// Forgets all records of the source of that number: what it said is not fit for use, or is read again.
    fn forget(&self, source: usize);
}
