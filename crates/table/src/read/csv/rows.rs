//! CSV text to rows of fields, each with as many as the header.

use crate::Error;
use crate::read::decode::{self, line_at};
use ::csv::{Reader, ReaderBuilder, StringRecord};
use std::path::Path;

/// Rows that are handed over together.
#[derive(Default)]
pub(super) struct Batch {
    /// Rows of the file above the first of these.
    pub(super) before: usize,
    records: Vec<StringRecord>,
    used: usize,
    /// The byte after the last row.
    end: usize,
}

/// A batch is full with this many rows or bytes: a few of them fit the caches.
const BATCH_ROWS: usize = 512;
const BATCH_BYTES: usize = 1 << 17;

impl Batch {
    pub(super) fn records(&self) -> &[StringRecord] {
        &self.records[..self.used]
    }
}

/// Where the parser says that a row begins; [`line`] makes a line of it.
pub(super) fn start(record: &StringRecord) -> usize {
    record.position().map_or(0, |p| p.byte() as usize)
}

/// The line of the row that the parser says begins at byte `at`: it counts the end of the line
/// before, and blank lines, to the row.
pub(super) fn line(text: &str, at: usize) -> u64 {
    let bytes = text.as_bytes();
    let blank = bytes[at..].iter().take_while(|b| matches!(b, b'\r' | b'\n')).count();
    line_at(bytes, at + blank)
}

/// The data rows of a file.
pub(super) struct Rows<'a> {
    file: &'a Path,
    text: &'a str,
    width: usize,
    reader: Reader<&'a [u8]>,
    /// Rows read so far.
    row: usize,
}

impl<'a> Rows<'a> {
    /// The rows of the file and the names in its header.
    pub(super) fn open(file: &'a Path, text: &'a str) -> Result<(Self, Vec<String>), Error> {
        let reader = ReaderBuilder::new()
            .has_headers(false)
            .flexible(true) // rows of another length are our error, with our row number
            .buffer_capacity(1 << 16)
            .from_reader(text.as_bytes());
        let mut rows = Self { file, text, width: 0, reader, row: 0 };
        let mut record = StringRecord::new();
        rows.next(&mut record)?;
        rows.closed_at_end(&record)?;
        rows.width = record.len();
        Ok((rows, record.iter().map(|n| n.trim().to_owned()).collect()))
    }

    /// Calls `f` with all rows in order, and parses the next ones meanwhile; the number of rows.
    ///
    /// `progress` hears how many bytes are done.
    pub(super) fn each_batch(
        &mut self,
        progress: &dyn Fn(usize),
        mut f: impl FnMut(&Batch) -> Result<(), Error> + Send,
    ) -> Result<usize, Error> {
        let (mut full, mut next) = (Batch::default(), Batch::default());
        let mut outcome = self.fill(&mut full);
        while 0 < full.used {
            // Rows before a bad one are taken first: their errors come first.
            let (taken, more) = match outcome {
                Ok(()) => rayon::join(|| f(&full), || self.fill(&mut next)),
                Err(_) => (f(&full), Ok(())),
            };
            taken?;
            outcome?;
            outcome = more;
            progress(full.end);
            std::mem::swap(&mut full, &mut next);
        }
        outcome.map(|()| self.row)
    }

    /// Fills a batch. After an error it holds the rows before the bad one.
    fn fill(&mut self, batch: &mut Batch) -> Result<(), Error> {
        batch.before = self.row;
        batch.used = 0;
        let start = self.reader.position().byte() as usize;
        batch.end = start;
        while batch.used < BATCH_ROWS && batch.end - start < BATCH_BYTES {
            if batch.used == batch.records.len() {
                batch.records.push(StringRecord::new());
            }
            let record = &mut batch.records[batch.used];
            if !self.next(record)? {
                break;
            }
            self.row += 1;
            self.closed_at_end(record)?;
            if record.len() != self.width {
                return Err(self.ragged(record));
            }
            batch.used += 1;
            batch.end = self.reader.position().byte() as usize;
        }
        Ok(())
    }

    fn next(&mut self, record: &mut StringRecord) -> Result<bool, Error> {
        let file = self.file;
        self.reader.read_record(record).map_err(|e| Error::Io { file: file.to_owned(), source: e.into() })
    }

    fn ragged(&self, record: &StringRecord) -> Error {
        Error::RaggedRow {
            file: self.file.to_owned(),
            row: self.row,
            line: line(self.text, start(record)),
            expected: self.width,
            found: record.len(),
        }
    }

    /// Refuses the last row of a file when it is still inside quotes as the file ends.
    fn closed_at_end(&self, record: &StringRecord) -> Result<(), Error> {
        let at = start(record);
        let is_last = self.reader.position().byte() as usize == self.text.len();
        match is_last && ends_in_quotes(&self.text.as_bytes()[at..]) {
            true => Err(Error::UnclosedQuote {
                file: self.file.to_owned(),
                row: self.row,
                line: line(self.text, at),
                lines: decode::lines(&self.text.as_bytes()[at..]),
            }),
            false => Ok(()),
        }
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
