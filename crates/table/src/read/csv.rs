//! CSV text to columns.
//!
//! One pass fills columns as they come: of numbers until the first text. A column whose first
//! value is text, as most are, is text from there on; one that began with numbers is filled by a
//! second pass, because the spelling of those numbers is not kept.

use super::decode::line_at;
use crate::cell::{self, Cell};
use crate::error::cut;
use crate::fill::{FileColumns, Filled, Numbers, Place};
use crate::{ColumnType, Error, ReadOptions, names};
use ::csv::{Reader, ReaderBuilder, StringRecord};
use primitives::TextBuilder;
use std::path::Path;

pub(super) fn read(
    file: &Path,
    text: &str,
    options: &ReadOptions,
    progress: &dyn Fn(f64),
) -> Result<FileColumns, Error> {
    if text.trim().is_empty() {
        return Err(Error::EmptyFile { file: file.to_owned() });
    }
    let input = Input { file, text };
    let header = input.header()?;
    names::check(file, header.iter().map(String::as_str))?;
    let positions = names::wanted(file, &header, options)?;
    let mut columns: Vec<Filling> = Vec::with_capacity(positions.len());
    for &position in &positions {
        columns.push(Filling::new(position, options.types.get(&header[position]).copied()));
    }

    let rows = input.each_row(header.len(), &|at| progress(at as f64 / text.len() as f64), |row, at, record| {
        for column in &mut columns {
            let place = |value: &str| input.place(row, at, value);
            column
                .push(row, &record[column.position], &place)
                .map_err(|p| p.not_a_number(file, &header[column.position]))?;
        }
        Ok(())
    })?;
    if rows == 0 {
        return Err(Error::NoRows { file: file.to_owned() });
    }
    input.refill(header.len(), &mut columns)?;

    let names = positions.iter().map(|&p| header[p].clone()).collect();
    Ok(FileColumns { names, columns: columns.into_iter().map(Filling::finish).collect(), rows })
}

struct Input<'a> {
    file: &'a Path,
    text: &'a str,
}

impl<'a> Input<'a> {
    fn reader(&self) -> Reader<&'a [u8]> {
        ReaderBuilder::new()
            .has_headers(false)
            .flexible(true) // rows of another length are our error, with our row number
            .buffer_capacity(1 << 16)
            .from_reader(self.text.as_bytes())
    }

    fn header(&self) -> Result<Vec<String>, Error> {
        let mut record = StringRecord::new();
        self.next(&mut self.reader(), &mut record)?;
        Ok(record.iter().map(|n| n.trim().to_owned()).collect())
    }

    /// Calls `f` with each data row: its number, where it begins, its fields.
    fn each_row(
        &self,
        width: usize,
        progress: &dyn Fn(usize),
        mut f: impl FnMut(usize, usize, &StringRecord) -> Result<(), Error>,
    ) -> Result<usize, Error> {
        let mut reader = self.reader();
        let mut record = StringRecord::new();
        self.next(&mut reader, &mut record)?;
        let mut last = 0;
        let mut row = 0;
        while self.next(&mut reader, &mut record)? {
            row += 1;
            let at = record.position().map_or(0, |p| p.byte() as usize);
            last = at;
            if record.len() != width {
                self.closed_at_end(&reader, row, at)?;
                let (file, line) = (self.file.to_owned(), self.line(at));
                return Err(Error::RaggedRow { file, row, line, expected: width, found: record.len() });
            }
            f(row, at, &record)?;
            if row % (1 << 14) == 0 {
                progress(at);
            }
        }
        self.closed_at_end(&reader, row, last)?;
        Ok(row)
    }

    fn next(&self, reader: &mut Reader<&[u8]>, record: &mut StringRecord) -> Result<bool, Error> {
        reader.read_record(record).map_err(|e| Error::Io { file: self.file.to_owned(), source: e.into() })
    }

    /// Fills the columns of text that began with numbers.
    fn refill(&self, width: usize, columns: &mut [Filling]) -> Result<(), Error> {
        let mut late: Vec<&mut Filling> = columns.iter_mut().filter(|c| matches!(c.values, Values::Later)).collect();
        if late.is_empty() {
            return Ok(());
        }
        for column in &mut late {
            column.values = Values::Text(TextBuilder::default());
        }
        self.each_row(width, &|_| (), |_, _, record| {
            for column in &mut late {
                if let Values::Text(builder) = &mut column.values {
                    builder.push(cell::text(&record[column.position]));
                }
            }
            Ok(())
        })?;
        Ok(())
    }

    /// Refuses a file whose last row, which begins at byte `at`, is still inside quotes when it ends.
    fn closed_at_end(&self, reader: &Reader<&[u8]>, row: usize, at: usize) -> Result<(), Error> {
        let is_last = reader.position().byte() as usize == self.text.len();
        if is_last && ends_in_quotes(&self.text.as_bytes()[at..]) {
            return Err(Error::UnclosedQuote { file: self.file.to_owned(), row, line: self.line(at) });
        }
        Ok(())
    }

    fn place(&self, row: usize, at: usize, value: &str) -> Place {
        Place { row, line: Some(self.line(at)), value: cut(value) }
    }

    /// The line of the row that the parser says begins at byte `at`: it counts the end of the line
    /// before, and blank lines, to the row.
    fn line(&self, at: usize) -> u64 {
        let bytes = self.text.as_bytes();
        let blank = bytes[at..].iter().take_while(|b| matches!(b, b'\r' | b'\n')).count();
        line_at(bytes, at + blank)
    }
}

/// Whether text that begins at the start of a row ends inside a quoted field.
fn ends_in_quotes(row: &[u8]) -> bool {
    let mut inside = false;
    let mut at_start = true;
    let mut quoted = false;
    for &b in row {
        match b {
            b'"' if inside => inside = false,
            // Two quotes inside a quoted field are one quote of its text.
            b'"' if at_start || quoted => (inside, quoted) = (true, true),
            b',' | b'\n' | b'\r' if !inside => {
                (at_start, quoted) = (true, false);
                continue;
            }
            _ if !inside => quoted = false,
            _ => (),
        }
        at_start = false;
    }
    inside
}

/// A column while it is filled.
struct Filling {
    position: usize,
    forced: Option<ColumnType>,
    values: Values,
}

enum Values {
    Numbers(Numbers),
    Text(TextBuilder),
    /// Text that began with numbers: the second pass fills it.
    Later,
}

impl Filling {
    fn new(position: usize, forced: Option<ColumnType>) -> Self {
        let values = match forced {
            Some(ColumnType::Text) => Values::Text(TextBuilder::default()),
            Some(ColumnType::Number) | None => Values::Numbers(Numbers::default()),
        };
        Self { position, forced, values }
    }

    /// Takes the value of row `row`; refuses text where numbers are forced.
    fn push(&mut self, row: usize, raw: &str, place: &dyn Fn(&str) -> Place) -> Result<(), Place> {
        let numbers = match &mut self.values {
            Values::Numbers(numbers) => numbers,
            Values::Text(builder) => {
                builder.push(cell::text(raw));
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
                let mut builder = TextBuilder::default();
                (1..row).for_each(|_| builder.push(None));
                builder.push(Some(value));
                self.values = Values::Text(builder);
            }
        }
        Ok(())
    }

    fn finish(self) -> Filled {
        match self.values {
            Values::Numbers(numbers) => Filled::numbers(numbers),
            Values::Text(builder) => Filled::text(builder, self.forced),
            Values::Later => unreachable!("the second pass fills these"),
        }
    }
}
