//! Cells of one column, as the file stores them.

use crate::number_text::push_number;
use crate::read::parquet::push_decimal;
use crate::read::temporal;
use crate::{Error, cell};
use polars::prelude::{
    ChunkedArray, DataType, Float64Type, Int64Type, NamedFrom, PolarsDataType, PolarsNumericType, Series, StringType,
    TimeUnit,
};
use std::fmt::{self, Display, Formatter};

/// The cells of a column, from a row on.
#[derive(Clone, Copy)]
pub enum CellColumn<'a> {
    /// Texts: all of a CSV file.
    Text(TextCells<'a>),
    /// Whole numbers.
    Integer(Cells<'a, i64>),
    /// Doubles; what is not finite is missing.
    Number(Cells<'a, f64>),
    /// Days since 1970-01-01.
    Date(Cells<'a, i32>),
    /// Microseconds since 1970-01-01T00:00.
    Time {
        /// The microseconds.
        micros: Cells<'a, i64>,
        /// Whether they are an instant, counted in UTC, rather than what a clock on the wall showed.
        is_utc: bool,
    },
    /// `unscaled / 10^scale`.
    Decimal {
        /// The digits.
        unscaled: Cells<'a, i128>,
        /// How many of them stand after the point.
        scale: u32,
    },
    /// True or false.
    Flag(Cells<'a, bool>),
    /// A column without any value.
    Empty,
}

/// One cell.
#[derive(Debug, Clone, Copy, PartialEq)]
#[expect(missing_docs, reason = "as in `CellColumn`")]
pub enum Cell<'a> {
    Missing,
    Text(&'a str),
    Integer(i64),
    Number(f64),
    Date(i32),
    Time { micros: i64, is_utc: bool },
    Decimal { unscaled: i128, scale: u32 },
    Flag(bool),
}

/// Values of one type, some of them missing.
#[derive(Clone, Copy)]
pub struct Cells<'a, T> {
    values: &'a [T],
    valid: Option<&'a [bool]>,
}

impl<T: Copy> Cells<'_, T> {
    /// The value of that row; `None` when it is missing.
    ///
    /// # Panics
    /// When there is no such row.
    #[inline]
    pub fn get(&self, row: usize) -> Option<T> {
        match self.valid {
            Some(valid) if !valid[row] => None,
            _ => Some(self.values[row]),
        }
    }
}

/// Texts, borrowed from the block; those that mean "missing" are missing, and there is no space around the others.
#[derive(Clone, Copy)]
pub struct TextCells<'a>(Texts<'a>);

#[derive(Clone, Copy)]
enum Texts<'a> {
    Views { array: &'a TextArray, start: usize },
    Fields { text: &'a str, ends: &'a [usize], width: usize, column: usize },
}

type TextArray = <StringType as PolarsDataType>::Array;

impl<'a> TextCells<'a> {
    /// Column `column` of rows of `width` fields, which end at `ends` in `text`.
    pub(super) fn fields(text: &'a str, ends: &'a [usize], width: usize, column: usize) -> Self {
        Self(Texts::Fields { text, ends, width, column })
    }

    /// The text of that row; `None` when it is missing.
    ///
    /// # Panics
    /// When there is no such row.
    #[inline]
    pub fn get(&self, row: usize) -> Option<&'a str> {
        self.raw(row).and_then(cell::text)
    }

    #[inline]
    fn raw(&self, row: usize) -> Option<&'a str> {
        match self.0 {
            Texts::Views { array, start } => array.get(start + row),
            Texts::Fields { text, ends, width, column } => {
                let at = row * width + column;
                let start = if at == 0 { 0 } else { ends[at - 1] };
                Some(&text[start..ends[at]])
            }
        }
    }
}

impl<'a> CellColumn<'a> {
    /// The cell of that row.
    ///
    /// # Panics
    /// When there is no such row.
    #[inline]
    pub fn get(&self, row: usize) -> Cell<'a> {
        let cell = match self {
            Self::Text(texts) => texts.get(row).map(Cell::Text),
            Self::Integer(cells) => cells.get(row).map(Cell::Integer),
            Self::Number(cells) => cells.get(row).filter(|x| x.is_finite()).map(Cell::Number),
            Self::Date(cells) => cells.get(row).map(Cell::Date),
            Self::Time { micros, is_utc } => micros.get(row).map(|micros| Cell::Time { micros, is_utc: *is_utc }),
            Self::Decimal { unscaled, scale } => {
                unscaled.get(row).map(|unscaled| Cell::Decimal { unscaled, scale: *scale })
            }
            Self::Flag(cells) => cells.get(row).map(Cell::Flag),
            Self::Empty => None,
        };
        cell.unwrap_or(Cell::Missing)
    }
}

/// As a CSV file would have it.
impl Display for Cell<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Missing => Ok(()),
            Self::Text(text) => f.write_str(text),
            Self::Integer(v) => write!(f, "{v}"),
            Self::Number(x) => {
                let mut text = String::new();
                push_number(&mut text, x);
                f.write_str(&text)
            }
            Self::Date(days) => match temporal::date(days) {
                Some(text) => f.write_str(&text),
                None => write!(f, "day {days}"),
            },
            Self::Time { micros, is_utc } => match temporal::datetime(micros, TimeUnit::Microseconds, is_utc) {
                Some(text) => f.write_str(&text),
                None => write!(f, "microsecond {micros}"),
            },
            Self::Decimal { unscaled, scale } => {
                let mut text = String::new();
                push_decimal(&mut text, unscaled, scale as usize);
                f.write_str(&text)
            }
            Self::Flag(flag) => write!(f, "{flag}"),
        }
    }
}

/// A decoded Parquet column.
pub(in crate::read) enum Decoded {
    Text(Series),
    Integer(Owned<i64>),
    Number(Owned<f64>),
    Date(Owned<i32>),
    Time { micros: Owned<i64>, is_utc: bool },
    Decimal { unscaled: Owned<i128>, scale: u32 },
    Flag(Owned<bool>),
    Empty,
}

pub(in crate::read) struct Owned<T> {
    values: Vec<T>,
    valid: Option<Vec<bool>>,
}

impl<T: Copy + Default> Owned<T> {
    fn collect(values: impl ExactSizeIterator<Item = Option<T>>, has_missing: bool) -> Self {
        if !has_missing {
            return Self { values: values.map(Option::unwrap_or_default).collect(), valid: None };
        }
        let mut valid = Vec::with_capacity(values.len());
        let values = values.map(|v| {
            valid.push(v.is_some());
            v.unwrap_or_default()
        });
        Self { values: values.collect(), valid: Some(valid) }
    }

    fn of<P: PolarsNumericType>(array: &ChunkedArray<P>, convert: impl Fn(P::Native) -> T) -> Self {
        if array.null_count() == 0 {
            // Slice by slice: twice as fast as value by value.
            let mut values = Vec::with_capacity(array.len());
            array.downcast_iter().for_each(|part| values.extend(part.values().iter().map(|&v| convert(v))));
            return Self { values, valid: None };
        }
        Self::collect(array.iter().map(|v| v.map(&convert)), true)
    }

    fn slice(&self, start: usize, end: usize) -> Cells<'_, T> {
        Cells { values: &self.values[start..end], valid: self.valid.as_ref().map(|v| &v[start..end]) }
    }
}

/// What a value is that can not be held.
pub(in crate::read) struct NotHeld(pub(in crate::read) &'static str);

impl Decoded {
    /// The cells of a series of a type that [`layout`](super::super::parquet) supports.
    pub(in crate::read) fn new(series: &Series) -> Result<Self, NotHeld> {
        const MATCHED: &str = "the type was matched";
        Ok(match series.dtype() {
            DataType::String => Self::Text(series.rechunk()),
            DataType::Int64 => Self::Integer(Owned::of::<Int64Type>(series.i64().expect(MATCHED), |v| v)),
            DataType::Int32 => Self::Integer(Owned::of(series.i32().expect(MATCHED), i64::from)),
            DataType::Int16 => Self::Integer(Owned::of(series.i16().expect(MATCHED), i64::from)),
            DataType::Int8 => Self::Integer(Owned::of(series.i8().expect(MATCHED), i64::from)),
            DataType::UInt32 => Self::Integer(Owned::of(series.u32().expect(MATCHED), i64::from)),
            DataType::UInt16 => Self::Integer(Owned::of(series.u16().expect(MATCHED), i64::from)),
            DataType::UInt8 => Self::Integer(Owned::of(series.u8().expect(MATCHED), i64::from)),
            DataType::UInt64 => {
                Self::Decimal { unscaled: Owned::of(series.u64().expect(MATCHED), i128::from), scale: 0 }
            }
            DataType::Float64 => Self::Number(Owned::of::<Float64Type>(series.f64().expect(MATCHED), |v| v)),
            // The double that is written as the shorter number is: 0.1, not 0.10000000149011612.
            DataType::Float32 => {
                Self::Number(Owned::of(series.f32().expect(MATCHED), |v| v.to_string().parse().unwrap_or(f64::from(v))))
            }
            DataType::Boolean => {
                let array = series.bool().expect(MATCHED);
                Self::Flag(Owned::collect(array.iter(), 0 < array.null_count()))
            }
            DataType::Date => Self::Date(Owned::of(series.date().expect(MATCHED).physical(), |v| v)),
            DataType::Datetime(unit, zone) => {
                let micros = |ticks: i64| match unit {
                    TimeUnit::Milliseconds => ticks.saturating_mul(1000),
                    TimeUnit::Microseconds => ticks,
                    TimeUnit::Nanoseconds => ticks.div_euclid(1000),
                };
                let array = series.datetime().expect(MATCHED);
                Self::Time { micros: Owned::of(array.physical(), micros), is_utc: zone.is_some() }
            }
            DataType::Decimal(_, scale) => Self::Decimal {
                unscaled: Owned::of(series.decimal().expect(MATCHED).physical(), |v| v),
                scale: u32::try_from(*scale).map_err(|_| NotHeld("a decimal of that scale"))?,
            },
            DataType::Binary => {
                let array = series.binary().expect(MATCHED);
                let texts = array.iter().map(|v| v.map(std::str::from_utf8).transpose());
                let texts: Vec<Option<&str>> =
                    texts.collect::<Result<_, _>>().map_err(|_| NotHeld("bytes that are not UTF-8"))?;
                Self::Text(Series::new(series.name().clone(), texts))
            }
            DataType::Null => Self::Empty,
            _ => return Err(NotHeld("of a type that is not supported")),
        })
    }

    pub(super) fn slice(&self, start: usize, end: usize) -> CellColumn<'_> {
        match self {
            Self::Text(series) => {
                let array = series.str().ok().and_then(|s| s.downcast_iter().next());
                array.map_or(CellColumn::Empty, |array| CellColumn::Text(TextCells(Texts::Views { array, start })))
            }
            Self::Integer(owned) => CellColumn::Integer(owned.slice(start, end)),
            Self::Number(owned) => CellColumn::Number(owned.slice(start, end)),
            Self::Date(owned) => CellColumn::Date(owned.slice(start, end)),
            Self::Time { micros, is_utc } => CellColumn::Time { micros: micros.slice(start, end), is_utc: *is_utc },
            Self::Decimal { unscaled, scale } => {
                CellColumn::Decimal { unscaled: unscaled.slice(start, end), scale: *scale }
            }
            Self::Flag(owned) => CellColumn::Flag(owned.slice(start, end)),
            Self::Empty => CellColumn::Empty,
        }
    }
}

impl NotHeld {
    pub(in crate::read) fn error(self, file: &std::path::Path, column: &str) -> Error {
        Error::BadParquet { file: file.to_owned(), detail: format!("column {column:?} holds {}", self.0) }
    }
}
