//! The headers of the pages, checked before the Parquet library makes room for what they promise.
//!
//! A damaged count would ask for more memory than there is, and that ends the whole process.

use polars::prelude::FileMetadata;

/// Whether every page of every column holds no more values than its row group has rows. All columns
/// must be flat.
pub(super) fn fit(bytes: &[u8], metadata: &FileMetadata) -> bool {
    metadata.row_groups.iter().all(|group| {
        group.parquet_columns().iter().all(|column| {
            let range = column.byte_range();
            let chunk = bytes.get(range.start as usize..range.end as usize);
            chunk.is_some_and(|chunk| chunk_fits(chunk, group.num_rows() as u64).is_some())
        })
    })
}

/// Walks the pages of a column chunk until all `rows` are seen; `None` when one does not fit.
fn chunk_fits(chunk: &[u8], rows: u64) -> Option<()> {
    let mut rest = Compact(chunk);
    let mut seen = 0;
    while seen < rows && !rest.0.is_empty() {
        let header = rest.page()?;
        let stored = usize::try_from(header.stored_bytes).ok()?;
        let plain = u64::try_from(header.plain_bytes).ok()?;
        let values = u64::try_from(header.values).ok()?;
        // A dictionary may have more values than there are rows, but none takes less than a byte.
        let most = if header.is_dictionary { plain } else { rows - seen };
        if most < values {
            return None;
        }
        seen += if header.is_dictionary { 0 } else { values };
        rest.0 = rest.0.get(stored..)?;
    }
    Some(())
}

#[derive(Default)]
struct Header {
    plain_bytes: i64,
    stored_bytes: i64,
    values: i64,
    is_dictionary: bool,
}

/// Bytes in the compact protocol of Thrift.
struct Compact<'a>(&'a [u8]);

const INTEGERS: std::ops::RangeInclusive<u8> = 4..=6;
const STRUCT: u8 = 12;
/// Structures nest three deep in a page header.
const MAX_DEPTH: usize = 16;

impl Compact<'_> {
    fn page(&mut self) -> Option<Header> {
        let mut header = Header::default();
        let mut id = 0;
        while let Some(kind) = self.field(&mut id)? {
            match (id, kind) {
                (2, kind) if INTEGERS.contains(&kind) => header.plain_bytes = self.integer()?,
                (3, kind) if INTEGERS.contains(&kind) => header.stored_bytes = self.integer()?,
                // Headers of data, dictionary and data of the second version begin with their count.
                (5 | 7 | 8, STRUCT) => {
                    header.is_dictionary = id == 7;
                    header.values = self.first_integer()?;
                }
                _ => self.skip(kind, 0)?,
            }
        }
        Some(header)
    }

    /// The integer in the first field of a structure.
    fn first_integer(&mut self) -> Option<i64> {
        let (mut id, mut first) = (0, None);
        while let Some(kind) = self.field(&mut id)? {
            match id {
                1 if INTEGERS.contains(&kind) => first = Some(self.integer()?),
                _ => self.skip(kind, 0)?,
            }
        }
        first
    }

    /// The type of the next field, whose number goes to `id`; inside, `None` ends a structure.
    fn field(&mut self, id: &mut i64) -> Option<Option<u8>> {
        let byte = self.byte()?;
        if byte == 0 {
            return Some(None);
        }
        *id = match byte >> 4 {
            0 => self.integer()?,
            step => id.checked_add(step.into())?,
        };
        Some(Some(byte & 15))
    }

    fn skip(&mut self, kind: u8, depth: usize) -> Option<()> {
        if MAX_DEPTH < depth {
            return None;
        }
        match kind {
            1 | 2 => Some(()), // a boolean is its own type
            3 => self.byte().map(drop),
            4..=6 => self.varint().map(drop),
            7 => self.bytes(8),
            8 => {
                let length = self.varint()?;
                self.bytes(length)
            }
            9 | 10 => {
                let byte = self.byte()?;
                let count = if byte >> 4 == 15 { self.varint()? } else { u64::from(byte >> 4) };
                let kind = if byte & 15 <= 2 { 3 } else { byte & 15 };
                (0..count).try_for_each(|_| self.skip(kind, depth + 1))
            }
            STRUCT => {
                let mut id = 0;
                while let Some(kind) = self.field(&mut id)? {
                    self.skip(kind, depth + 1)?;
                }
                Some(())
            }
            _ => None,
        }
    }

    fn byte(&mut self) -> Option<u8> {
        let (&byte, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(byte)
    }

    fn bytes(&mut self, count: u64) -> Option<()> {
        self.0 = self.0.get(usize::try_from(count).ok()?..)?;
        Some(())
    }

    fn varint(&mut self) -> Option<u64> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 127) << shift;
            if byte < 128 {
                return Some(value);
            }
        }
        None
    }

    /// A signed integer, which is stored with its sign in the lowest bit.
    fn integer(&mut self) -> Option<i64> {
        self.varint().map(|v| (v >> 1) as i64 ^ -((v & 1) as i64))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A page of ten bytes whose header is field `kind`, with `values` as stored.
    fn page(kind: u8, values: &[u8]) -> Vec<u8> {
        let kind = (kind - 3) << 4 | STRUCT;
        let mut page = vec![0x15, 0, 0x15, 20, 0x15, 20, kind, 0x15];
        page.extend(values);
        page.extend([0x18, 2, b'n', b'o', 0x19, 0x2c, 0x11, 0, 0, 0, 0]);
        page.extend([7; 10]);
        page
    }

    #[track_caller]
    fn check(chunk: &[u8], rows: u64, expect: bool) {
        assert_eq!(chunk_fits(chunk, rows).is_some(), expect, "{chunk:?}");
    }

    #[test]
    fn counts() {
        let (three, minus_one, huge) = ([6], [1], [0xff, 0xff, 0xff, 0xff, 0x0f]);
        let two_pages = [page(5, &three), page(8, &three)].concat();
        check(&two_pages, 6, true);
        check(&two_pages, 5, false);
        check(&two_pages[..two_pages.len() - 1], 6, false);
        // What follows the last row is not looked at.
        check(&[page(5, &three).as_slice(), b"rest"].concat(), 3, true);
        check(&page(5, &minus_one), 3, false);
        check(&page(5, &huge), 3, false);
        check(&[page(7, &[20]), page(5, &three)].concat(), 3, true);
        check(&page(7, &[22]), 3, false);
        check(&[0xff; 40], 3, false);
        check(&[0x1c; 40], 3, false);
    }

    #[test]
    fn any_bytes_are_no_panic() {
        let whole = page(5, &[6]);
        for at in 0..whole.len() {
            for byte in 0..=255 {
                let mut damaged = whole.clone();
                damaged[at] = byte;
                let _ = chunk_fits(&damaged, 3);
            }
        }
    }
}
