use super::OutColumn;
use super::source::Value;
use polars::prelude::{
    BatchedWriter, DataFrame, DataType, Field, Float64Chunked, Int64Chunked, IntoColumn, NewChunkedArray,
    ParquetWriter, PolarsResult, Schema, StringChunked,
};
use rayon::prelude::*;
use std::io::{Result, Write};
use std::ops::Range;

/// Rows of one row group: the most that are held a second time while they are written.
const GROUP_ROWS: usize = 1 << 18;

/// Writes rows of the types double, 64-bit integer and string.
pub(super) struct Writer<W: Write> {
    writer: BatchedWriter<W>,
    types: Vec<DataType>,
}

impl<W: Write> Writer<W> {
    /// A file with these columns and no row yet.
    pub(super) fn new(out: W, columns: &[(String, OutColumn<'_>)]) -> Result<Self> {
        let schema: Schema = columns.iter().map(|(name, column)| Field::new(name.into(), dtype(column))).collect();
        let types = columns.iter().map(|(_, column)| dtype(column)).collect();
        let writer = ParquetWriter::new(out).batched(&schema).map_err(std::io::Error::other)?;
        Ok(Self { writer, types })
    }

    pub(super) fn write(&mut self, columns: &[(String, OutColumn<'_>)], rows: usize) -> Result<()> {
        let same = columns.iter().map(|(_, column)| dtype(column)).eq(self.types.iter().cloned());
        assert!(same, "the types are those of the batch before");
        for start in (0..rows).step_by(GROUP_ROWS) {
            let group = start..rows.min(start + GROUP_ROWS);
            frame(columns, group).and_then(|frame| self.writer.write_batch(&frame)).map_err(std::io::Error::other)?;
        }
        Ok(())
    }

    pub(super) fn finish(self) -> Result<()> {
        self.writer.finish().map(drop).map_err(std::io::Error::other)
    }
}

fn dtype(column: &OutColumn<'_>) -> DataType {
    match column.plain() {
        OutColumn::Number(_) => DataType::Float64,
        OutColumn::Integer(_) | OutColumn::OptionalInteger(_) => DataType::Int64,
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
