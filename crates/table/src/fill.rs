//! A column while the rows of one file go into it.

use crate::codes::Codes;
use crate::{ColumnType, Error};
use primitives::Column;
use std::path::Path;

/// Where a value stands, for errors that are known only later.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Place {
    pub(crate) row: usize,
    pub(crate) line: Option<u64>,
    pub(crate) value: String,
}

impl Place {
    pub(crate) fn not_exact(self, file: &Path, column: &str) -> Error {
        let Self { row, line, value } = self;
        Error::NotExact { file: file.to_owned(), row, line, column: column.to_owned(), value }
    }

    pub(crate) fn not_a_number(self, file: &Path, column: &str) -> Error {
        self.wrong_type(file, column, "a number")
    }

    pub(crate) fn wrong_type(self, file: &Path, column: &str, expected: &'static str) -> Error {
        let Self { row, line, value } = self;
        Error::WrongType { file: file.to_owned(), row, line, column: column.to_owned(), value, expected }
    }
}

/// Numbers of one column.
#[derive(Debug, Default)]
pub(crate) struct Numbers {
    pub(crate) values: Vec<f64>,
    /// Whether any value is not missing.
    pub(crate) valued: bool,
    /// The first whole number that is not exact. It is an error only if the column stays one of
    /// numbers: an identifier of digits may be followed by one with a letter.
    pub(crate) inexact: Option<Place>,
}

impl Numbers {
    /// No numbers yet, in memory that was used before.
    pub(crate) fn over(mut values: Vec<f64>) -> Self {
        values.clear();
        Self { values, ..Self::default() }
    }

    pub(crate) fn push(&mut self, x: f64) {
        self.valued = true;
        self.values.push(x);
    }

    pub(crate) fn push_missing(&mut self) {
        self.values.push(f64::NAN);
    }

    pub(crate) fn push_inexact(&mut self, place: impl FnOnce() -> Place) {
        self.valued = true;
        self.values.push(f64::NAN);
        self.inexact.get_or_insert_with(place);
    }
}

/// A column of one file.
#[derive(Debug)]
pub(crate) struct Filled {
    pub(crate) column: Column,
    /// Whether any value is not missing; if none is, the column is of either type.
    pub(crate) valued: bool,
    pub(crate) inexact: Option<Place>,
}

impl Filled {
    pub(crate) fn numbers(numbers: Numbers) -> Self {
        let Numbers { mut values, valued, inexact } = numbers;
        values.shrink_to_fit();
        Self { column: Column::Number(values), valued, inexact }
    }

    /// A column of text; one without a value is of numbers unless it is `forced`.
    pub(crate) fn text(codes: Codes, forced: Option<ColumnType>) -> Self {
        let column = codes.finish();
        let Column::Text { codes, levels } = &column else { unreachable!("codes are of text") };
        let valued = !levels.is_empty();
        match forced {
            None if !valued => Self { column: Column::Number(vec![f64::NAN; codes.len()]), valued, inexact: None },
            _ => Self { column, valued, inexact: None },
        }
    }
}

/// All columns of one file that are read.
#[derive(Debug)]
pub(crate) struct FileColumns {
    pub(crate) names: Vec<String>,
    pub(crate) columns: Vec<Filled>,
    pub(crate) rows: usize,
}
