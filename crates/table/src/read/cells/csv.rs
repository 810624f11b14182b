//! Blocks of a CSV file, parsed on all cores.
//!
//! A block ends where a row does. Blocks are parsed in waves, since only then are the numbers of their rows known.

use super::{CellBatch, CellColumn, Ragged, TextCells};
use crate::format::Format;
use crate::read::decode;
use crate::{Error, source};
use ::csv::{Reader, ReaderBuilder, StringRecord};
use polars::polars_utils::mmap::MMapSemaphore;
use rayon::prelude::*;
use std::borrow::Cow;
use std::path::Path;

pub(super) struct CsvCells {
    bytes: Bytes,
    headings: Vec<String>,
    /// Where the first row begins.
    start: usize,
}

enum Bytes {
    Mapped(MMapSemaphore),
    Owned(Vec<u8>),
}

impl Bytes {
    fn get(&self) -> &[u8] {
        match self {
            Self::Mapped(mapped) => mapped.as_ref(),
            Self::Owned(bytes) => bytes,
        }
    }
}

/// Bytes of a block: a few of them fit the caches.
const BLOCK: usize = 1 << 19;
/// Blocks of a wave for each thread.
const BLOCKS: usize = 4;

/// A block as fields of the columns that are asked for, row by row.
#[derive(Default)]
struct Parsed {
    text: String,
    ends: Vec<usize>,
    rows: usize,
    ragged: Vec<Ragged>,
    bytes: u64,
}

impl CsvCells {
    pub(super) fn open(path: &Path, format: Format) -> Result<Self, Error> {
        let bytes = match format {
            Format::CsvGz => Bytes::Owned(decode::gunzip(path, &source::bytes(path)?)?),
            // A pipe can not be mapped.
            _ if !path.is_file() => Bytes::Owned(source::bytes(path)?),
            _ => Bytes::Mapped(source::mapped(path)?),
        };
        let mark = match decode::text(path, bytes.get())? {
            Cow::Borrowed(text) => Ok(bytes.get().len() - text.len()),
            Cow::Owned(text) => Err(text.into_bytes()),
        };
        let (bytes, mark) = match mark {
            Ok(mark) => (bytes, mark),
            Err(decoded) => (Bytes::Owned(decoded), 0),
        };
        let all = &bytes.get()[mark..];
        if all.iter().all(u8::is_ascii_whitespace) {
            return Err(Error::EmptyFile { file: path.to_owned() });
        }
        let mut reader = reader(all);
        let mut header = StringRecord::new();
        reader.read_record(&mut header).map_err(|e| Error::Io { file: path.to_owned(), source: e.into() })?;
        let end = reader.position().byte() as usize;
        if end == all.len() && Quotes::default().pass(all).inside {
            return Err(Error::UnclosedQuote { file: path.to_owned(), row: 0, line: 1, lines: decode::lines(all) });
        }
        let headings = header.iter().map(|n| n.trim().to_owned()).collect();
        Ok(Self { bytes, headings, start: mark + end })
    }

    pub(super) fn headings(&self) -> &[String] {
        &self.headings
    }

    /// Reads all rows, wave by wave.
    pub(super) fn read(
        &self,
        path: &Path,
        columns: &[usize],
        each: &(dyn Fn(CellBatch<'_>) + Sync),
    ) -> Result<(), Error> {
        let bytes = self.bytes.get();
        let (mut at, mut row) = (self.start, 0);
        let mut unclosed = None;
        while at < bytes.len() {
            let mut blocks = Vec::new();
            let wave = BLOCKS * rayon::current_num_threads();
            while at < bytes.len() && blocks.len() < wave {
                let (end, inside) = block_end(bytes, at);
                blocks.push((at, end, inside));
                at = end;
            }
            let parse = |&(start, end, inside): &(usize, usize, bool)| self.parse(&bytes[start..end], columns, inside);
            let parsed: Vec<(Parsed, Option<usize>)> = blocks.par_iter().map(parse).collect();
            let mut firsts = Vec::with_capacity(parsed.len());
            for ((block, lost), (start, ..)) in parsed.iter().zip(&blocks) {
                firsts.push(row);
                row += block.rows;
                if let Some(lost) = lost {
                    let line = decode::line_at(bytes, start + lost);
                    let lines = decode::lines(&bytes[start + lost..]);
                    unclosed = Some(Error::UnclosedQuote { file: path.to_owned(), row: row + 1, line, lines });
                }
            }
            super::in_order(parsed.len(), |i| {
                let block = &parsed[i].0;
                let text = |k| CellColumn::Text(TextCells::fields(&block.text, &block.ends, columns.len(), k));
                each(CellBatch {
                    first_row: firsts[i],
                    rows: block.rows,
                    columns: (0..columns.len()).map(text).collect(),
                    ragged: &block.ragged,
                    lost: None,
                    bytes: block.bytes,
                });
            });
        }
        unclosed.map_or(Ok(()), Err)
    }

    /// The rows of a block; when its last one is `inside` quotes to the end of the file, where that one begins.
    fn parse(&self, bytes: &[u8], columns: &[usize], inside: bool) -> (Parsed, Option<usize>) {
        let mut parsed = Parsed { bytes: bytes.len() as u64, ..Parsed::default() };
        parsed.text.reserve(bytes.len());
        let mut reader = reader(bytes);
        let mut record = StringRecord::new();
        // The file was found to be UTF-8 when it was opened, so a record can not fail.
        while let Ok(true) = reader.read_record(&mut record) {
            if inside && reader.position().byte() as usize == bytes.len() {
                let start = record.position().map_or(0, |p| p.byte() as usize);
                let blank = bytes[start..].iter().take_while(|b| matches!(b, b'\r' | b'\n')).count();
                if Quotes::default().pass(&bytes[start + blank..]).inside {
                    return (parsed, Some(start + blank));
                }
            }
            if record.len() == self.headings.len() {
                for &column in columns {
                    parsed.text.push_str(&record[column]);
                    parsed.ends.push(parsed.text.len());
                }
            } else {
                parsed.ends.extend(std::iter::repeat_n(parsed.text.len(), columns.len()));
                let fields = record.iter().map(str::to_owned).collect();
                parsed.ragged.push(Ragged { index: parsed.rows, fields });
            }
            parsed.rows += 1;
        }
        (parsed, None)
    }
}

fn reader(bytes: &[u8]) -> Reader<&[u8]> {
    // Flexible: a row of another length is a fault of that row alone.
    ReaderBuilder::new().has_headers(false).flexible(true).buffer_capacity(1 << 16).from_reader(bytes)
}

/// Where the block ends that begins at `start`, after the end of a row; and whether the file ends inside quotes there.
fn block_end(bytes: &[u8], start: usize) -> (usize, bool) {
    let mut size = BLOCK;
    loop {
        let end = bytes.len().min(start.saturating_add(size));
        let block = &bytes[start..end];
        if !block.contains(&b'"') {
            if end == bytes.len() {
                return (end, false);
            }
            if let Some(last) = block.iter().rposition(|&b| b == b'\n') {
                return (start + last + 1, false);
            }
        } else {
            let quotes = Quotes::default().pass(block);
            if end == bytes.len() {
                return (end, quotes.inside);
            }
            if let Some(last) = quotes.last_end {
                return (start + last, false);
            }
        }
        size *= 2;
    }
}

/// The state of a walk over the bytes of rows.
#[derive(Default)]
struct Quotes {
    inside: bool,
    /// After the last end of a line outside quotes.
    last_end: Option<usize>,
}

impl Quotes {
    /// Walks over bytes that begin at the start of a row.
    fn pass(mut self, bytes: &[u8]) -> Self {
        let (mut at_start, mut quoted) = (true, false);
        for (i, &b) in bytes.iter().enumerate() {
            match b {
                b'"' if self.inside => self.inside = false,
                // Two quotes inside a quoted field are one quote of its text.
                b'"' if at_start || quoted => (self.inside, quoted) = (true, true),
                b',' | b'\n' | b'\r' if !self.inside => {
                    (at_start, quoted) = (true, false);
                    if b == b'\n' {
                        self.last_end = Some(i + 1);
                    }
                    continue;
                }
                _ if !self.inside => quoted = false,
                _ => (),
            }
            at_start = false;
        }
        self
    }
}
