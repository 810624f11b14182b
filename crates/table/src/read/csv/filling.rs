//! The fields of CSV rows into columns of numbers or text.

use super::rows::{Batch, start};
use crate::ColumnType;
use crate::cell::{self, Cell};
use crate::codes::Codes;
use crate::error::cut;
use crate::fill::{Filled, Numbers, Place};
use rayon::prelude::*;

/// A column while it is filled.
pub(super) struct Filling {
    pub(super) position: usize,
    forced: Option<ColumnType>,
    values: Values,
}

enum Values {
    Numbers(Numbers),
    Text(Codes),
    /// Text that began with numbers: the second pass fills it.
    Later,
}

/// Takes a batch into all columns. The first refused value by row, then by column, with the
/// position of its column; `line` makes a line of where a row begins.
pub(super) fn push_batch(
    columns: &mut [&mut Filling],
    batch: &Batch,
    line: &(dyn Fn(usize) -> u64 + Sync),
) -> Option<(usize, Place)> {
    let share = columns.len().div_ceil(4 * rayon::current_num_threads()).max(1);
    let first = |columns: &mut [&mut Filling]| {
        let refused = columns.iter_mut().filter_map(|c| c.push_all(batch, line).map(|place| (c.position, place)));
        refused.min_by_key(|(_, place)| place.row)
    };
    let refused: Vec<_> = columns.par_chunks_mut(share).filter_map(first).collect();
    refused.into_iter().min_by_key(|(_, place)| place.row)
}

impl Filling {
    pub(super) fn new(position: usize, forced: Option<ColumnType>) -> Self {
        let values = match forced {
            Some(ColumnType::Text) => Values::Text(Codes::default()),
            Some(ColumnType::Number) | None => Values::Numbers(Numbers::default()),
        };
        Self { position, forced, values }
    }

    /// The column, emptied, if the second pass must fill it.
    pub(super) fn begin_again(&mut self) -> Option<&mut Self> {
        match self.values {
            Values::Later => self.values = Values::Text(Codes::default()),
            _ => return None,
        }
        Some(self)
    }

    fn push_all(&mut self, batch: &Batch, line: &dyn Fn(usize) -> u64) -> Option<Place> {
        for (row, record) in (batch.before + 1..).zip(batch.records()) {
            let place = |value: &str| Place { row, line: Some(line(start(record))), value: cut(value) };
            if let Err(refused) = self.push(row, &record[self.position], place) {
                return Some(refused);
            }
        }
        None
    }

    /// Takes the value of row `row`; refuses text where numbers are forced.
    fn push(&mut self, row: usize, raw: &str, place: impl Fn(&str) -> Place) -> Result<(), Place> {
        let numbers = match &mut self.values {
            Values::Numbers(numbers) => numbers,
            Values::Text(codes) => {
                codes.push(cell::text(raw));
                return Ok(());
            }
            Values::Later => return Ok(()),
        };
        match cell::judge(raw) {
            Cell::Missing => numbers.push_missing(),
            Cell::Number(x) => numbers.push(x),
            Cell::Inexact(value) => numbers.push_inexact(|| place(value)),
            Cell::Text(value) if self.forced.is_some() => return Err(place(value)),
            Cell::Text(_) if numbers.valued => self.values = Values::Later,
            Cell::Text(value) => {
                let mut codes = Codes::missing(row - 1);
                codes.push(Some(value));
                self.values = Values::Text(codes);
            }
        }
        Ok(())
    }

    pub(super) fn finish(self) -> Filled {
        match self.values {
            Values::Numbers(numbers) => Filled::numbers(numbers),
            Values::Text(codes) => Filled::text(codes, self.forced),
            Values::Later => unreachable!("the second pass fills these"),
        }
    }
}
