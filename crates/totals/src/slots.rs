//! From the attributes of a fact to the row that it counts in, if it counts.

use crate::dimension::{ATTRIBUTES, CODES_MAX, Dimension, Packed, Words};
use crate::query::Query;
use crate::{Books, Error};

/// The most combinations of values, seen or not, that a table may be made by.
const COMBINATIONS_MAX: usize = 16_000_000;
/// No row: what does not count.
pub(crate) const NO_ROW: u32 = u32::MAX;

/// Which facts count, and the combination of values that each is of.
#[derive(Debug, Clone)]
pub(crate) struct Mapping {
    /// Place of an attribute, and how far apart its codes are.
    by: Vec<(usize, usize)>,
    /// Place of an attribute, and whether a code counts. A code has fewer bits than the table has places.
    filter: Vec<(usize, Box<[bool; CODES_MAX]>)>,
    /// How many combinations there may be.
    pub(crate) most: usize,
}

impl Mapping {
    /// The combination of a fact; `None` where it does not count.
    #[inline]
    pub(crate) fn of(&self, key: Packed) -> Option<usize> {
        if self.filter.iter().any(|(place, counts)| !counts[key.at(*place)]) {
            return None;
        }
        Some(self.combination(key))
    }

    /// The combination of a fact that counts.
    #[inline]
    pub(crate) fn combination(&self, key: Packed) -> usize {
        self.by.iter().map(|(place, stride)| key.at(*place) * stride).sum()
    }

    /// Brings the places of facts that count to the front, in their order; gives how many they are.
    pub(crate) fn counting(&self, keys: &[u64], places: &mut [usize]) -> usize {
        let mut left = places.len();
        for (attribute, counts) in &self.filter {
            let mut found = 0;
            for nth in 0..left {
                // What does not count is written over by the next: facts stand in no order that a branch could guess.
                let at = places[nth];
                places[found] = at;
                found += usize::from(counts[Packed(keys[at]).at(*attribute)]);
            }
            left = found;
        }
        left
    }

    /// Whether all that counts is one row.
    pub(crate) fn is_one_row(&self) -> bool {
        self.by.is_empty()
    }

    /// The attributes that a fact is asked for, as bits.
    pub(crate) fn attributes(&self) -> u8 {
        let places = self.by.iter().map(|(place, _)| *place).chain(self.filter.iter().map(|(place, _)| *place));
        const { assert!(ATTRIBUTES <= 8) };
        places.fold(0, |bits, place| bits | 1 << place)
    }
}

/// Rows by their combinations, in the order in which they were met.
#[derive(Debug)]
pub(crate) struct Slots {
    pub(crate) mapping: Mapping,
    row_of: Vec<u32>,
    combinations: Vec<usize>,
}

impl Slots {
    pub(crate) fn new(books: &Books, query: &Query) -> Result<Self, Error> {
        let words = &books.words;
        let mut most = 1_usize;
        let mut by = Vec::new();
        for dimension in query.by.iter().filter(|d| !d.is_time()) {
            by.push((dimension.place(), most));
            most = most.saturating_mul(words.len(dimension.place()));
        }
        if most > COMBINATIONS_MAX {
            return Err(Error::TooLarge { found: most, max: COMBINATIONS_MAX });
        }
        let filter = query.filter.iter().map(|(d, codes)| (d.place(), counts(words, *d, codes))).collect();
        let mapping = Mapping { by, filter, most };
        let mut slots = Self { mapping, row_of: vec![NO_ROW; most], combinations: Vec::new() };
        if slots.mapping.by.is_empty() {
            // All that counts is a row though nothing does.
            slots.row(0);
        }
        Ok(slots)
    }

    /// The row of a fact; `None` where it does not count.
    #[inline]
    pub(crate) fn of(&mut self, key: Packed) -> Option<usize> {
        let combination = self.mapping.of(key)?;
        Some(self.row(combination))
    }

    /// The row of a combination.
    #[inline]
    pub(crate) fn row(&mut self, combination: usize) -> usize {
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

    /// The combination of a row.
    pub(crate) fn combination(&self, row: usize) -> usize {
        self.combinations.get(row).copied().unwrap_or(0)
    }

    /// The codes of a row, one for each attribute that the table is made by.
    pub(crate) fn codes(&self, row: usize, words: &Words) -> Vec<String> {
        let mut rest = self.combination(row);
        let mut codes = Vec::with_capacity(self.mapping.by.len());
        for (place, _) in &self.mapping.by {
            let values = words.len(*place);
            codes.push(words.text(*place, rest % values).to_owned());
            rest /= values;
        }
        codes
    }
}

fn counts(words: &Words, dimension: Dimension, codes: &[String]) -> Box<[bool; CODES_MAX]> {
    let mut counts = Box::new([false; CODES_MAX]);
    for code in codes {
        if let Some(code) = words.find(dimension, code) {
            counts[usize::from(code)] = true;
        }
    }
    counts
}
