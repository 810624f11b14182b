//! Decoded Parquet values into columns of numbers or text.

use crate::cell::{self, Cell, MAX_EXACT};
use crate::codes::Codes;
use crate::error::cut;
use crate::fill::{Filled, Numbers, Place};
use crate::number_text::push_number;
use crate::read::temporal;
use crate::{ColumnType, Error};
use polars::prelude::{DataType, Series, StringChunked, TimeUnit};
use primitives::{Column, MISSING_CODE};
use std::fmt::{Display, Write};
use std::path::Path;

/// A column while the batches of one file go into it.
pub(super) struct Filling {
    pub(super) name: String,
    forced: Option<ColumnType>,
    rows: usize,
    values: Option<Values>,
    /// A column whose memory is free to be used.
    used: Option<Column>,
}

enum Values {
    Numbers(Numbers),
    Text(Codes),
}

/// A value that the column can not hold.
pub(super) struct Refused {
    place: Place,
    expected: &'static str,
}

impl Refused {
    fn new(row: usize, value: &str, expected: &'static str) -> Self {
        Self { place: Place { row, line: None, value: cut(value) }, expected }
    }

    pub(super) fn error(self, file: &Path, column: &str) -> Error {
        self.place.wrong_type(file, column.trim(), self.expected)
    }
}

const A_NUMBER: &str = "a number";
const A_TIME: &str = "a time that has a year of at most six digits";

impl Filling {
    pub(super) fn new(name: String, forced: Option<ColumnType>) -> Self {
        Self { name, forced, rows: 0, values: None, used: None }
    }

    /// Room for so many rows is made with the first batch.
    pub(super) fn reserve(&mut self, rows: usize) {
        self.rows = rows;
    }

    /// The next batch may have the memory of this column.
    pub(super) fn reuse(&mut self, column: Column) {
        self.used = Some(column);
    }

    /// Takes the values of a batch whose first row has `before` rows above it in the file.
    pub(super) fn append(&mut self, series: &Series, before: usize) -> Result<(), Refused> {
        let wanted = self.forced.unwrap_or(natural(series.dtype()));
        let values = self.values.get_or_insert_with(|| match (wanted, self.used.take()) {
            (ColumnType::Number, Some(Column::Number(values))) => Values::Numbers(Numbers::over(values)),
            (ColumnType::Number, _) => {
                let mut numbers = Numbers::default();
                // A damaged footer may promise more rows than any memory holds.
                let _ = numbers.values.try_reserve_exact(self.rows);
                Values::Numbers(numbers)
            }
            (ColumnType::Text, Some(Column::Text { codes, .. })) => Values::Text(Codes::over(codes)),
            (ColumnType::Text, _) => Values::Text(Codes::default()),
        });
        match values {
            Values::Numbers(numbers) => push_numbers(numbers, series, before),
            Values::Text(codes) => push_text(codes, series, before),
        }
    }

    /// The values so far, as a column of the type that the file gives it, whether there is a value or not.
    pub(super) fn take(&mut self, file: &Path, column: &str) -> Result<Column, Error> {
        match self.values.take() {
            Some(Values::Numbers(Numbers { inexact: Some(place), .. })) => Err(place.not_exact(file, column)),
            Some(Values::Numbers(Numbers { values, .. })) => Ok(Column::Number(values)),
            Some(Values::Text(codes)) => Ok(codes.finish()),
            None => Ok(Column::Number(Vec::new())),
        }
    }

    pub(super) fn finish(self) -> Filled {
        match self.values {
            Some(Values::Numbers(numbers)) => Filled::numbers(numbers),
            Some(Values::Text(codes)) => Filled::text(codes, self.forced),
            None => Filled::numbers(Numbers::default()),
        }
    }
}

/// What a column is when nobody says otherwise.
fn natural(dtype: &DataType) -> ColumnType {
    match dtype.is_primitive_numeric() || dtype.is_decimal() || dtype.is_null() {
        true => ColumnType::Number,
        false => ColumnType::Text,
    }
}

/// Evaluates `$body` with `$values` as the optional values of the chunked array `$array`.
macro_rules! typed {
    ($array:expr, $values:ident => $body:expr) => {{
        let array = $array.expect("the type was matched");
        let $values = array.iter();
        $body
    }};
}

fn push_numbers(out: &mut Numbers, series: &Series, before: usize) -> Result<(), Refused> {
    match series.dtype() {
        DataType::Float64 => {
            let array = series.f64().expect("the type was matched");
            for part in array.downcast_iter() {
                let validity = part.validity().filter(|v| v.unset_bits() > 0);
                doubles(out, part.values(), validity.map(|v| v.iter()));
            }
        }
        DataType::Float32 => typed!(series.f32(), v => floats(out, v.map(|v| v.map(f64::from)))),
        DataType::Int8 => typed!(series.i8(), v => floats(out, v.map(|v| v.map(f64::from)))),
        DataType::Int16 => typed!(series.i16(), v => floats(out, v.map(|v| v.map(f64::from)))),
        DataType::Int32 => typed!(series.i32(), v => floats(out, v.map(|v| v.map(f64::from)))),
        DataType::UInt8 => typed!(series.u8(), v => floats(out, v.map(|v| v.map(f64::from)))),
        DataType::UInt16 => typed!(series.u16(), v => floats(out, v.map(|v| v.map(f64::from)))),
        DataType::UInt32 => typed!(series.u32(), v => floats(out, v.map(|v| v.map(f64::from)))),
        DataType::Int64 => typed!(series.i64(), v => integers(out, v, before, |v| (v.unsigned_abs(), v as f64))),
        DataType::UInt64 => typed!(series.u64(), v => integers(out, v, before, |v| (v, v as f64))),
        DataType::Boolean => {
            typed!(series.bool(), v => floats(out, v.map(|v| v.map(|b| f64::from(u8::from(b))))))
        }
        DataType::Null => (0..series.len()).for_each(|_| out.push_missing()),
        // Text, dates and decimals have no double of their own: what counts is how they are written.
        _ => each_text(series, before, |row, text| match text.map_or(Cell::Missing, cell::judge) {
            Cell::Missing => {
                out.push_missing();
                Ok(())
            }
            Cell::Number(x) => {
                out.push(x);
                Ok(())
            }
            Cell::Inexact(value) => {
                out.push_inexact(|| Place { row, line: None, value: cut(value) });
                Ok(())
            }
            Cell::Text(value) => Err(Refused::new(row, value, A_NUMBER)),
        })?,
    }
    Ok(())
}

/// Takes doubles over as they are, then puts missing where there is no value.
fn doubles(out: &mut Numbers, values: &[f64], validity: Option<impl Iterator<Item = bool>>) {
    let start = out.values.len();
    out.values.extend(values.iter().map(|&x| if x.is_finite() { x } else { f64::NAN }));
    let added = &mut out.values[start..];
    for (slot, valid) in added.iter_mut().zip(validity.into_iter().flatten()) {
        *slot = if valid { *slot } else { f64::NAN };
    }
    out.valued = out.valued || added.iter().any(|x| !x.is_nan());
}

fn floats(out: &mut Numbers, values: impl ExactSizeIterator<Item = Option<f64>>) {
    let mut valued = false;
    let start = out.values.len();
    // Room first: a vector that grows value by value takes twice as long.
    out.values.resize(start + values.len(), f64::NAN);
    for (slot, value) in out.values[start..].iter_mut().zip(values) {
        if let Some(x) = value.filter(|x| x.is_finite()) {
            valued = true;
            *slot = x;
        }
    }
    out.valued |= valued;
}

/// Pushes whole numbers; `split` gives the size of one without its sign, and its double.
fn integers<T: Display + Copy>(
    out: &mut Numbers,
    values: impl Iterator<Item = Option<T>>,
    before: usize,
    split: impl Fn(T) -> (u64, f64),
) {
    for (row, value) in (before + 1..).zip(values) {
        match value.map(|v| (v, split(v))) {
            None => out.push_missing(),
            Some((v, (size, _))) if MAX_EXACT < size => {
                out.push_inexact(|| Place { row, line: None, value: v.to_string() });
            }
            Some((_, (_, x))) => out.push(x),
        }
    }
}

fn push_text(out: &mut Codes, series: &Series, before: usize) -> Result<(), Refused> {
    if let Ok(array) = series.str() {
        push_strings(out, array);
        return Ok(());
    }
    each_text(series, before, |_, text| {
        out.push(text.and_then(cell::text));
        Ok(())
    })
}

/// Texts that [`push_strings`] remembers; a category rarely has more.
const REMEMBERED: usize = 256;

/// Pushes texts. A value is stored as a view of 16 bytes that is equal for equal short texts, and
/// for values that one entry of a Parquet dictionary stands for: most are known by their view.
fn push_strings(out: &mut Codes, array: &StringChunked) {
    for part in array.downcast_iter() {
        // Views of long texts mean something within one part only, and no view is zero but that of
        // the empty text, which is missing.
        let mut known = [(0u128, MISSING_CODE); REMEMBERED];
        for (view, value) in part.views().iter().zip(part.iter()) {
            let Some(text) = value else {
                out.push_code(MISSING_CODE);
                continue;
            };
            let view = view.as_u128();
            let slot = &mut known[slot(view)];
            if slot.0 != view {
                *slot = (view, cell::text(text).map_or(MISSING_CODE, |text| out.code(text)));
            }
            out.push_code(slot.1);
        }
    }
}

fn slot(view: u128) -> usize {
    let folded = (view as u64) ^ ((view >> 64) as u64).rotate_left(29);
    (folded.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 56) as usize % REMEMBERED
}

/// Calls `f` with the row, from 1, and the text of each value.
fn each_text(
    series: &Series,
    before: usize,
    mut f: impl FnMut(usize, Option<&str>) -> Result<(), Refused>,
) -> Result<(), Refused> {
    let first = before + 1;
    let rows = first..;
    match series.dtype() {
        DataType::String => typed!(series.str(), v => rows.zip(v).try_for_each(|(row, v)| f(row, v))),
        DataType::Binary => typed!(series.binary(), v => rows.zip(v).try_for_each(|(row, v)| {
            let text = v.map(std::str::from_utf8).transpose();
            f(row, text.map_err(|_| Refused::new(row, "bytes", "text in UTF-8"))?)
        })),
        DataType::Boolean => typed!(series.bool(), v => rows.zip(v).try_for_each(|(row, v)| {
            f(row, v.map(|b| if b { "true" } else { "false" }))
        })),
        DataType::Float64 => typed!(series.f64(), v => written(v, first, f, push_number)),
        DataType::Float32 => typed!(series.f32(), v => written(v, first, f, push_f32)),
        DataType::Int8 => typed!(series.i8(), v => written(v, first, f, push_display)),
        DataType::Int16 => typed!(series.i16(), v => written(v, first, f, push_display)),
        DataType::Int32 => typed!(series.i32(), v => written(v, first, f, push_display)),
        DataType::Int64 => typed!(series.i64(), v => written(v, first, f, push_display)),
        DataType::UInt8 => typed!(series.u8(), v => written(v, first, f, push_display)),
        DataType::UInt16 => typed!(series.u16(), v => written(v, first, f, push_display)),
        DataType::UInt32 => typed!(series.u32(), v => written(v, first, f, push_display)),
        DataType::UInt64 => typed!(series.u64(), v => written(v, first, f, push_display)),
        DataType::Date => {
            let array = series.date().expect("the type was matched");
            times(array.physical().iter(), first, f, temporal::date)
        }
        DataType::Datetime(unit, zone) => {
            let (unit, utc): (TimeUnit, bool) = (*unit, zone.is_some());
            let array = series.datetime().expect("the type was matched");
            times(array.physical().iter(), first, f, |ticks| temporal::datetime(ticks, unit, utc))
        }
        DataType::Decimal(_, scale) => {
            let array = series.decimal().expect("the type was matched");
            written(array.physical().iter(), first, f, |text, v| push_decimal(text, v, *scale))
        }
        DataType::Null => rows.take(series.len()).try_for_each(|row| f(row, None)),
        other => unreachable!("columns of type {other} are refused before they are decoded"),
    }
}

/// Calls `f` with each value as `write` writes it.
fn written<T>(
    values: impl Iterator<Item = Option<T>>,
    first: usize,
    mut f: impl FnMut(usize, Option<&str>) -> Result<(), Refused>,
    write: impl Fn(&mut String, T),
) -> Result<(), Refused> {
    let mut text = String::new();
    for (row, value) in (first..).zip(values) {
        text.clear();
        let text = value.map(|v| {
            write(&mut text, v);
            text.as_str()
        });
        f(row, text)?;
    }
    Ok(())
}

fn times<T: Copy + Display>(
    values: impl Iterator<Item = Option<T>>,
    first: usize,
    mut f: impl FnMut(usize, Option<&str>) -> Result<(), Refused>,
    text: impl Fn(T) -> Option<String>,
) -> Result<(), Refused> {
    for (row, value) in (first..).zip(values) {
        let text = match value {
            None => None,
            Some(v) => Some(text(v).ok_or_else(|| Refused::new(row, &v.to_string(), A_TIME))?),
        };
        f(row, text.as_deref())?;
    }
    Ok(())
}

fn push_display<T: Display>(text: &mut String, v: T) {
    write!(text, "{v}").expect("a string takes any text");
}

/// As [`push_number`], in the fewer digits that tell an `f32` from its neighbours.
fn push_f32(text: &mut String, x: f32) {
    match x.fract() == 0.0 {
        true => push_number(text, x.into()),
        false => write!(text, "{x:?}").expect("a string takes any text"),
    }
}

/// Writes `unscaled / 10^scale` without zeros at the end of its fraction.
pub(in crate::read) fn push_decimal(text: &mut String, unscaled: i128, scale: usize) {
    let sign = if unscaled < 0 { "-" } else { "" };
    let digits = format!("{:0>width$}", unscaled.unsigned_abs(), width = scale + 1);
    let (whole, fraction) = digits.split_at(digits.len() - scale);
    let fraction = fraction.trim_end_matches('0');
    let point = if fraction.is_empty() { "" } else { "." };
    write!(text, "{sign}{whole}{point}{fraction}").expect("a string takes any text");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals() {
        for (unscaled, scale, expect) in [
            (150, 2, "1.5"),
            (200, 2, "2"),
            (-5, 3, "-0.005"),
            (0, 2, "0"),
            (123456789012345678901234567890, 0, "123456789012345678901234567890"),
            (i128::MIN + 1, 38, "-1.70141183460469231731687303715884105727"),
        ] {
            let mut text = String::new();
            push_decimal(&mut text, unscaled, scale);
            assert_eq!(text, expect);
        }
    }

    #[test]
    fn floats_of_32_bits_keep_their_own_digits() {
        for (x, expect) in [(0.1f32, "0.1"), (531110.0, "531110"), (1e20, "1.0000000200408773e20"), (1e-7, "1e-7")] {
            let mut text = String::new();
            push_f32(&mut text, x);
            assert_eq!(text, expect);
        }
    }
}
