//! From the attributes of a fact to the row that it counts in, if it counts.

use crate::dimension::{ATTRIBUTES, Dimension, Packed, Words};
use crate::query::Query;
use crate::{Books, Error};

/// The most combinations of values, seen or not, that a table may be made by.
const COMBINATIONS_MAX: usize = 16_000_000;
const NO_ROW: u32 = u32::MAX;

/// Rows by their codes, in the order in which they were met.
pub(crate) struct Slots {
    /// Place of an attribute, and how far apart its codes are.
    by: Vec<(usize, usize)>,
    /// Place of an attribute, and whether a code counts.
    filter: Vec<(usize, Vec<bool>)>,
    row_of: Vec<u32>,
    combinations: Vec<usize>,
}

impl Slots {
    pub(crate) fn new(books: &Books, query: &Query) -> Result<Self, Error> {
        let words = &books.words;
        let mut size = 1_usize;
        let mut by = Vec::new();
        for dimension in query.by.iter().filter(|d| !d.is_time()) {
            by.push((dimension.place(), size));
            size = size.saturating_mul(words.len(dimension.place()));
        }
        if size > COMBINATIONS_MAX {
            return Err(Error::TooLarge { found: size, max: COMBINATIONS_MAX });
        }
        let filter = query.filter.iter().map(|(d, codes)| (d.place(), counts(words, *d, codes))).collect();
        let mut slots = Self { by, filter, row_of: vec![NO_ROW; size], combinations: Vec::new() };
        if slots.by.is_empty() {
            // All that counts is a row though nothing does.
            slots.row(0);
        }
        Ok(slots)
    }

    /// The row of a fact; `None` where it does not count.
    #[inline]
    pub(crate) fn of(&mut self, key: Packed) -> Option<usize> {
        if self.filter.iter().any(|(place, counts)| !counts.get(key.at(*place)).copied().unwrap_or(false)) {
            return None;
        }
        let combination = self.by.iter().map(|(place, stride)| key.at(*place) * stride).sum();
        Some(self.row(combination))
    }

    #[inline]
    fn row(&mut self, combination: usize) -> usize {
        let row = self.row_of[combination];
        if row != NO_ROW {
            return row as usize;
        }
        self.row_of[combination] = self.combinations.len() as u32;
        self.combinations.push(combination);
        self.combinations.len() - 1
    }

    /// How many rows there are so far.
    pub(crate) fn len(&self) -> usize {
        self.combinations.len()
    }

    /// How many there may be at most.
    pub(crate) fn most(&self) -> usize {
        self.row_of.len()
    }

    /// The codes of a row, one for each attribute that the table is made by.
    pub(crate) fn codes(&self, row: usize, words: &Words) -> Vec<String> {
        let mut rest = self.combinations.get(row).copied().unwrap_or(0);
        let mut codes = Vec::with_capacity(self.by.len());
        for (place, _) in &self.by {
            let values = words.len(*place);
            codes.push(words.text(*place, rest % values).to_owned());
            rest /= values;
        }
        codes
    }

    /// The attributes that a fact is asked for, as bits.
    pub(crate) fn attributes(&self) -> u8 {
        let places = self.by.iter().map(|(place, _)| *place).chain(self.filter.iter().map(|(place, _)| *place));
        const { assert!(ATTRIBUTES <= 8) };
        places.fold(0, |bits, place| bits | 1 << place)
    }
}

fn counts(words: &Words, dimension: Dimension, codes: &[String]) -> Vec<bool> {
    let mut counts = vec![false; words.len(dimension.place())];
    for code in codes {
        if let Some(place) = words.find(dimension, code).and_then(|code| counts.get_mut(usize::from(code))) {
            *place = true;
        }
    }
    counts
}
