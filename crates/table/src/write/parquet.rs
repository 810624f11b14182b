use super::OutColumn;
use super::source::Value;
use polars::prelude::{
    DataFrame, DataType, Field, Float64Chunked, Int64Chunked, IntoColumn, NewChunkedArray, ParquetWriter, PolarsResult,
    Schema, StringChunked,
};
use rayon::prelude::*;
use std::io::{Result, Write};
use std::ops::Range;

/// Rows of one row group: the most that are held a second time while they are written.
const GROUP_ROWS: usize = 1 << 18;

/// Writes `rows` rows, of the types double, 64-bit integer and string.
pub(super) fn write(out: impl Write, columns: &[(String, OutColumn<'_>)], rows: usize) -> Result<()> {
    let fields = columns.iter().map(|(name, column)| Field::new(name.into(), dtype(column)));
    let schema: Schema = fields.collect();
    let mut writer = ParquetWriter::new(out).batched(&schema).map_err(std::io::Error::other)?;
    for start in (0..rows).step_by(GROUP_ROWS) {
        let group = start..rows.min(start + GROUP_ROWS);
        frame(columns, group).and_then(|frame| writer.write_batch(&frame)).map_err(std::io::Error::other)?;
    }
    writer.finish().map(drop).map_err(std::io::Error::other)
}

fn dtype(column: &OutColumn<'_>) -> DataType {
    match column.plain() {
        OutColumn::Number(_) => DataType::Float64,
        OutColumn::Integer(_) => DataType::Int64,
        _ => DataType::String,
    }
}

fn frame(columns: &[(String, OutColumn<'_>)], rows: Range<usize>) -> PolarsResult<DataFrame> {
    let height = rows.len();
    let column = |(name, column): &(String, OutColumn<'_>)| {
        let values = rows.clone().map(|row| column.value(row));
        match dtype(column) {
            DataType::Float64 => Float64Chunked::from_iter_options(name.into(), values.map(number)).into_column(),
            DataType::Int64 => Int64Chunked::from_iter_options(name.into(), values.map(integer)).into_column(),
            _ => StringChunked::from_iter_options(name.into(), values.map(text)).into_column(),
        }
    };
    DataFrame::new(height, columns.par_iter().map(column).collect())
}

fn number(value: Value<'_>) -> Option<f64> {
    match value {
        Value::Number(x) => Some(x),
        _ => None,
    }
}

fn integer(value: Value<'_>) -> Option<i64> {
    match value {
        Value::Integer(x) => Some(x),
        _ => None,
    }
}

fn text(value: Value<'_>) -> Option<&str> {
    match value {
        Value::Text(t) => Some(t),
        _ => None,
    }
}
