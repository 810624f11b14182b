//! One row, in place.

use super::layout::{End, NONE, SHARED_BIT, row_width, u32_at};
use super::{FIGURES, ID, STATES, TEXTS};

/// A row of a snapshot; everything in it was found to lie where it should.
#[derive(Debug, Clone, Copy)]
pub struct Row<'s> {
    texts: [Option<&'s str>; TEXTS.len()],
    /// Figures, then values.
    numbers: &'s [[u8; 8]],
}

impl<'s> Row<'s> {
    /// The text at that place of [`TEXTS`]; `None` where there is none.
    ///
    /// # Panics
    /// When there is no such place.
    pub fn text(&self, place: usize) -> Option<&'s str> {
        self.texts[place]
    }

    /// The number at that place of [`FIGURES`]; NaN where there is none.
    ///
    /// # Panics
    /// When there is no such place.
    pub fn figure(&self, place: usize) -> f64 {
        assert!(place < FIGURES.len(), "a place among {} figures", FIGURES.len());
        f64::from_le_bytes(self.numbers[place])
    }

    /// The value of the feature at that place of the catalogue; of no meaning where its state is not `.`.
    ///
    /// # Panics
    /// When there is no such place.
    pub fn value(&self, place: usize) -> f64 {
        f64::from_le_bytes(self.numbers[FIGURES.len() + place])
    }

    /// Id of the enterprise.
    pub fn id(&self) -> &'s str {
        self.texts[ID].unwrap_or_default()
    }

    /// The states of the features, a letter each.
    pub fn states(&self) -> &'s str {
        self.texts[STATES].unwrap_or_default()
    }
}

/// A file and what its end says of it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Parts<'s> {
    pub(super) bytes: &'s [u8],
    pub(super) end: &'s End,
}

impl<'s> Parts<'s> {
    /// The row at a place, and the place after it.
    pub(super) fn row(self, at: u64) -> Result<(Row<'s>, u64), &'static str> {
        let (fixed, own) = self.split(at)?;
        let mut texts = [None; TEXTS.len()];
        let mut used = 0;
        for (place, out) in texts.iter_mut().enumerate() {
            let text = match u32_at(fixed, 4 + 4 * place).ok_or("a row is too short")? {
                NONE => continue,
                shared if shared & SHARED_BIT != 0 => self.shared(shared & !SHARED_BIT)?,
                length => {
                    let from = used;
                    used += length as usize;
                    own.get(from..used).ok_or("a text lies outside its row")?
                }
            };
            *out = Some(str::from_utf8(text).map_err(|_| "a text is not UTF-8")?);
        }
        if used != own.len() {
            return Err("a row is longer than its texts");
        }
        if texts[ID].is_none() || texts[STATES].map_or(0, str::len) != self.end.features as usize {
            return Err("a row has no id, or not a state for each feature");
        }
        let (numbers, rest) = fixed[4 + 4 * TEXTS.len()..].as_chunks();
        debug_assert!(rest.is_empty());
        Ok((Row { texts, numbers }, at + (fixed.len() + own.len()) as u64))
    }

    /// The id of the row at a place, as bytes.
    pub(super) fn id(self, at: u64) -> Result<&'s [u8], &'static str> {
        let (fixed, own) = self.split(at)?;
        let length = u32_at(fixed, 4).ok_or("a row is too short")?;
        own.get(..length as usize).ok_or("an id lies outside its row")
    }

    /// A row before its texts, and these.
    fn split(self, at: u64) -> Result<(&'s [u8], &'s [u8]), &'static str> {
        let rows = &self.bytes[..self.end.shared_at as usize];
        let outside = "a row lies outside the rows";
        let row = usize::try_from(at).ok().and_then(|at| rows.get(at..)).ok_or(outside)?;
        let (fixed, rest) = row.split_at_checked(row_width(self.end.features as usize)).ok_or(outside)?;
        let own = rest.get(..u32_at(fixed, 0).ok_or(outside)? as usize).ok_or(outside)?;
        Ok((fixed, own))
    }

    fn shared(self, number: u32) -> Result<&'s [u8], &'static str> {
        let (end, outside) = (self.end, "a shared text lies outside its part");
        if number >= end.shared {
            return Err(outside);
        }
        let part = &self.bytes[end.shared_at as usize..end.index_at as usize];
        let (ends, texts) = part.split_at(4 * (end.shared as usize + 1));
        let bound = |at: u32| u32_at(ends, 4 * at as usize).map(|e| e as usize);
        let (from, to) = bound(number).zip(bound(number + 1)).ok_or(outside)?;
        texts.get(from..to).ok_or(outside)
    }
}
