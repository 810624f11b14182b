//! The cells of one column to slots, with a memory for texts that come again.

use super::rule;
use super::value::{self, Bad};
use crate::record::{MISSING, Texts, halves};
use crate::schema::{Column, Kind, Unit, allowed};
use std::borrow::Cow;
use std::fmt::Write;
use table::{Cell, CellColumn, TextCells};

/// How a column of a file is turned into slots.
pub(super) struct Conversion<'s> {
    pub(super) column: &'s Column,
    pub(super) unit: Unit,
    texts: &'s Texts,
    min: i64,
    max: i64,
    /// Spellings of codes in lower case, in order, with their slots.
    codes: Vec<(String, i64)>,
}

/// A fault of a row.
#[derive(Debug, PartialEq)]
pub(super) struct Fault {
    /// Index of the row in its batch.
    pub(super) row: usize,
    /// Index of the column of the source.
    pub(super) column: Option<usize>,
    pub(super) rule: &'static str,
    pub(super) value: String,
    pub(super) allowed: Cow<'static, str>,
    /// Whether the row is used all the same.
    pub(super) is_kept: bool,
}

impl<'s> Conversion<'s> {
    pub(super) fn new(column: &'s Column, unit: Unit, texts: &'s Texts) -> Self {
        let bound = |x: Option<f64>| column.unit().zip(x).map(|(unit, x)| (x * unit).round() as i64);
        let mut codes: Vec<(String, i64)> = Vec::new();
        for (slot, code) in (0..).zip(&column.codes) {
            let spellings = std::iter::once(&code.key).chain(&code.spellings);
            codes.extend(spellings.map(|s| (s.to_lowercase(), slot)));
        }
        codes.sort();
        let (min, max) = (bound(column.min).unwrap_or(i64::MIN + 1), bound(column.max).unwrap_or(i64::MAX));
        Self { column, unit, texts, min, max, codes }
    }

    /// Whether a cell can be at fault other than by its absence.
    fn takes_any_text(&self) -> bool {
        self.column.kind.takes_any_text()
    }

    /// The slots of all rows; `bad` hears the rows whose cell is not a value of the column.
    pub(super) fn slots(&self, cells: &CellColumn<'_>, rows: usize, mut bad: impl FnMut(usize, Bad)) -> Vec<i64> {
        let mut slots = Vec::with_capacity(rows);
        match cells {
            CellColumn::Empty => slots.resize(rows, MISSING),
            CellColumn::Text(texts) if matches!(self.column.kind, Kind::Id | Kind::Key) => {
                slots.extend((0..rows).map(|row| texts.get(row).map_or(MISSING, |text| halves(text).0 as i64)));
            }
            CellColumn::Text(texts) => self.remembered(texts, rows, &mut slots, &mut bad),
            _ => {
                let mut written = String::new();
                for row in 0..rows {
                    let slot = match cells.get(row) {
                        Cell::Missing => Ok(MISSING),
                        cell => self.slot(cell, &mut written),
                    };
                    slots.push(slot.unwrap_or_else(|fault| {
                        bad(row, fault);
                        MISSING
                    }));
                }
            }
        }
        slots
    }

    /// As [`slots`](Self::slots), where many texts are equal to one a few rows above.
    fn remembered(&self, texts: &TextCells<'_>, rows: usize, slots: &mut Vec<i64>, bad: &mut impl FnMut(usize, Bad)) {
        const PLACES: usize = 256;
        let mut memory: Vec<(&str, Result<i64, Bad>)> = vec![("", Ok(MISSING)); PLACES];
        let mut written = String::new();
        for row in 0..rows {
            let slot = match texts.get(row) {
                None => Ok(MISSING),
                Some(text) => {
                    let place = &mut memory[place(text) % PLACES];
                    if place.0 != text {
                        *place = (text, self.slot(Cell::Text(text), &mut written));
                    }
                    place.1
                }
            };
            slots.push(slot.unwrap_or_else(|fault| {
                bad(row, fault);
                MISSING
            }));
        }
    }

    fn slot(&self, cell: Cell<'_>, written: &mut String) -> Result<i64, Bad> {
        let kind = self.column.kind;
        if !matches!(
            kind,
            Kind::Id | Kind::Key | Kind::Text | Kind::Code | Kind::District | Kind::Industry | Kind::CreditCode
        ) {
            return value::slot(kind, self.unit, cell);
        }
        let text = as_text(kind, cell, written)?;
        match kind {
            Kind::Id | Kind::Key => Ok(halves(text).0 as i64),
            Kind::Text => Ok(self.texts.code(text)),
            Kind::Code => {
                let text = text.to_lowercase();
                let found = self.codes.binary_search_by(|(spelling, _)| spelling.as_str().cmp(&text));
                found.map(|i| self.codes[i].1).map_err(|_| Bad::UnknownCode)
            }
            _ => Ok(self.texts.code(&value::checked_text(kind, text)?)),
        }
    }

    /// The faults of the slots themselves: missing where required, or out of range.
    pub(super) fn check(&self, slots: &[i64], mut fault: impl FnMut(usize, &'static str, Cow<'static, str>)) {
        if self.column.required && slots.contains(&MISSING) {
            for (row, _) in slots.iter().enumerate().filter(|(_, s)| **s == MISSING) {
                fault(row, rule::MISSING_CELL, Cow::Borrowed("a value"));
            }
        }
        if self.takes_any_text() || (self.min == i64::MIN + 1 && self.max == i64::MAX) {
            return;
        }
        for (row, &slot) in slots.iter().enumerate() {
            if slot != MISSING && (slot < self.min || self.max < slot) {
                fault(row, rule::OUT_OF_RANGE, Cow::Owned(allowed(self.column)));
            }
        }
    }

    /// The rule that a bad cell breaks, what is allowed, and whether its row is used without it.
    pub(super) fn broken(&self, bad: Bad) -> (&'static str, Cow<'static, str>, bool) {
        match bad {
            Bad::Kind(allowed) => (rule::BAD_CELL, Cow::Borrowed(allowed), false),
            Bad::Huge => (rule::OUT_OF_RANGE, Cow::Borrowed("at most 100,000,000,000,000"), false),
            Bad::UnknownCode => (rule::UNKNOWN_CODE, Cow::Owned(allowed(self.column)), false),
            Bad::UnknownDistrict => {
                (rule::UNKNOWN_DISTRICT, Cow::Borrowed("a district of Chongqing, 500101 to 500243"), false)
            }
            // Old registers have wrong codes; the entry is known by its id all the same.
            Bad::CreditCode => (rule::BAD_CREDIT_CODE, Cow::Borrowed("18 characters whose check fits"), true),
        }
    }
}

/// Where the memory of texts may hold `text`.
#[inline]
fn place(text: &str) -> usize {
    let bytes = text.as_bytes();
    let word =
        |at: usize| -> u64 { bytes.get(at..at + 8).and_then(|w| w.try_into().ok()).map_or(0, u64::from_le_bytes) };
    let mixed = match bytes.len() {
        0..8 => bytes.iter().fold(bytes.len() as u64, |h, &b| (h << 7) ^ u64::from(b)),
        n => word(0) ^ word(n - 8).rotate_left(23) ^ n as u64,
    };
    (mixed.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 48) as usize
}

/// The text of a cell in a column of texts.
pub(super) fn as_text<'c>(kind: Kind, cell: Cell<'c>, written: &'c mut String) -> Result<&'c str, Bad> {
    match cell {
        Cell::Text(text) => return Ok(text),
        // A number has lost the zeros at the start of an industry, and a double the digits of an id.
        Cell::Integer(_) | Cell::Decimal { scale: 0, .. } if kind != Kind::Industry => (),
        Cell::Integer(_) | Cell::Number(_) | Cell::Decimal { .. } if kind != Kind::Text => return Err(value::AN_ID),
        _ => (),
    }
    written.clear();
    write!(written, "{cell}").expect("a string takes any text");
    Ok(written)
}
