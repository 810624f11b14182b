//! A record as bytes: what of a source is kept, and where.
//!
//! A city has tens of millions of invoices, so a record is kept as narrow as its columns allow: codes in one byte, texts
//! in four, and the columns that only tell one record from another as one hash.

use crate::record::MISSING;
use crate::schema::{Kind, Source};

/// Enterprise, identity, known time, event day, whether the known time is assumed.
const HEAD: usize = 8 + 8 + 8 + 4 + 1;

/// Where the columns of a source are.
#[derive(Debug, Clone)]
pub(super) struct Layout {
    /// The columns to read, in the order of the schema: those that are kept and those of the identity.
    pub(super) read: Vec<usize>,
    /// The positions in `read` of the identity.
    pub(super) identity: Vec<usize>,
    /// The kept columns.
    pub(super) kept: Vec<Slot>,
    /// Bytes of a record.
    pub(super) width: usize,
}

/// A kept column.
#[derive(Debug, Clone, Copy)]
pub(super) struct Slot {
    /// Index of the column in the source.
    pub(super) column: usize,
    /// Position among the columns that are read.
    pub(super) read: usize,
    at: usize,
    bytes: usize,
}

impl Layout {
    /// The layout of a source of which these columns are used.
    pub(super) fn new(source: &Source, used: &[usize]) -> Self {
        let mut read: Vec<usize> = used.iter().chain(&source.identity).copied().collect();
        read.sort_unstable();
        read.dedup();
        let place = |column: usize| read.binary_search(&column).expect("it was put there");
        let identity = source.identity.iter().map(|&c| place(c)).collect();
        let mut used: Vec<usize> = used.to_vec();
        used.sort_unstable();
        used.dedup();
        // The event's day is in the head.
        used.retain(|&c| c != source.event);
        let mut at = HEAD;
        let kept = used
            .iter()
            .map(|&column| {
                let bytes = match source.columns[column].kind {
                    Kind::Code | Kind::Flag => 1,
                    Kind::Text | Kind::District | Kind::Industry | Kind::CreditCode | Kind::Date | Kind::Month => 4,
                    _ => 8,
                };
                let slot = Slot { column, read: place(column), at, bytes };
                at += bytes;
                slot
            })
            .collect();
        Self { read, identity, kept, width: at }
    }

    /// The place of a column among the kept ones.
    pub(super) fn place(&self, column: usize) -> Option<usize> {
        self.kept.iter().position(|s| s.column == column)
    }
}

impl Slot {
    /// Puts a value into a record. One too large for its bytes can not be: codes are few, texts fewer than 2^31, and days
    /// those of the calendar.
    #[inline]
    pub(super) fn put(self, record: &mut [u8], value: i64) {
        match self.bytes {
            1 => record[self.at] = if value == MISSING { u8::MAX } else { value as u8 },
            4 => {
                let narrow = if value == MISSING { i32::MIN } else { value as i32 };
                record[self.at..self.at + 4].copy_from_slice(&narrow.to_le_bytes());
            }
            _ => record[self.at..self.at + 8].copy_from_slice(&value.to_le_bytes()),
        }
    }

    /// The value in a record.
    #[inline]
    pub(super) fn get(self, record: &[u8]) -> i64 {
        match self.bytes {
            1 => match record[self.at] {
                u8::MAX => MISSING,
                code => i64::from(code),
            },
            4 => match i32::from_le_bytes(four(&record[self.at..])) {
                i32::MIN => MISSING,
                narrow => i64::from(narrow),
            },
            _ => i64::from_le_bytes(eight(&record[self.at..])),
        }
    }
}

/// What every record has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) enterprise: u64,
    pub(super) identity: u64,
    pub(super) known: i64,
    pub(super) event: i32,
    pub(super) known_assumed: bool,
}

impl Head {
    #[inline]
    pub(super) fn put(self, record: &mut [u8]) {
        record[..8].copy_from_slice(&self.enterprise.to_le_bytes());
        record[8..16].copy_from_slice(&self.identity.to_le_bytes());
        record[16..24].copy_from_slice(&self.known.to_le_bytes());
        record[24..28].copy_from_slice(&self.event.to_le_bytes());
        record[28] = u8::from(self.known_assumed);
    }

    #[inline]
    pub(super) fn get(record: &[u8]) -> Self {
        Self {
            enterprise: u64::from_le_bytes(eight(record)),
            identity: u64::from_le_bytes(eight(&record[8..])),
            known: i64::from_le_bytes(eight(&record[16..])),
            event: i32::from_le_bytes(four(&record[24..])),
            known_assumed: record[28] != 0,
        }
    }
}

#[inline]
fn eight(bytes: &[u8]) -> [u8; 8] {
    bytes[..8].try_into().expect("eight bytes")
}

#[inline]
fn four(bytes: &[u8]) -> [u8; 4] {
    bytes[..4].try_into().expect("four bytes")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{number, sources};

    #[test]
    fn what_is_put_is_got() {
        let source = &sources()[number("invoices").expect("a source")];
        let all: Vec<usize> = (0..source.columns.len()).collect();
        let layout = Layout::new(source, &all);
        let mut record = vec![0; layout.width];
        let head = Head { enterprise: u64::MAX, identity: 7, known: -5, event: -1, known_assumed: true };
        for value in [MISSING, 0, 1] {
            head.put(&mut record);
            layout.kept.iter().for_each(|s| s.put(&mut record, value));
            assert_eq!(Head::get(&record), head);
            assert!(layout.kept.iter().all(|s| s.get(&record) == value));
        }
        assert_eq!(layout.place(source.event), None);
    }
}
