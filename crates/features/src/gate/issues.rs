//! Issues and rows that were set aside, in the order of the rows, whatever the order in which threads find them.

use super::Error;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

/// Issues of one rule that are listed for one file; all are counted.
pub const LISTED: u64 = 1000;

/// One line of `issues.csv`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Issue {
    pub(super) file: String,
    /// From 1; `None` when the whole file is meant.
    pub(super) row: Option<usize>,
    pub(super) column: String,
    pub(super) value: String,
    pub(super) rule: &'static str,
    pub(super) allowed: String,
}

/// The faults of neighbouring rows.
#[derive(Default)]
pub(super) struct Chunk {
    pub(super) rows: usize,
    pub(super) issues: Vec<Issue>,
    /// How many issues there are of each rule, listed or not.
    pub(super) counts: BTreeMap<&'static str, u64>,
    /// Rows that were set aside, as CSV.
    pub(super) set_aside: Vec<u8>,
}

/// Takes the chunks of one file in any order, and keeps their issues in the order of the rows.
pub(super) struct InOrder {
    next_row: usize,
    waiting: BTreeMap<usize, Chunk>,
    listed: BTreeMap<&'static str, u64>,
    pub(super) issues: Vec<Issue>,
    pub(super) counts: BTreeMap<&'static str, u64>,
    set_aside: Option<SetAside>,
}

/// Where the rows of a file that are set aside are written, once there is one.
pub(super) struct SetAside {
    pub(super) path: PathBuf,
    pub(super) header: Vec<u8>,
    pub(super) out: Option<BufWriter<File>>,
}

impl InOrder {
    pub(super) fn new(set_aside: Option<SetAside>) -> Self {
        Self {
            next_row: 0,
            waiting: BTreeMap::new(),
            listed: BTreeMap::new(),
            issues: Vec::new(),
            counts: BTreeMap::new(),
            set_aside,
        }
    }

    /// Takes the chunk of the rows from `first_row` on.
    pub(super) fn take(&mut self, first_row: usize, chunk: Chunk) -> Result<(), Error> {
        if chunk.rows == 0 {
            return Ok(());
        }
        self.waiting.insert(first_row, chunk);
        while let Some(chunk) = self.waiting.remove(&self.next_row) {
            self.next_row += chunk.rows;
            self.write(chunk)?;
        }
        Ok(())
    }

    fn write(&mut self, chunk: Chunk) -> Result<(), Error> {
        for issue in chunk.issues {
            let listed = self.listed.entry(issue.rule).or_default();
            if *listed < LISTED {
                *listed += 1;
                self.issues.push(issue);
            }
        }
        for (rule, count) in chunk.counts {
            *self.counts.entry(rule).or_default() += count;
        }
        match &mut self.set_aside {
            Some(set_aside) if !chunk.set_aside.is_empty() => set_aside.write(&chunk.set_aside),
            _ => Ok(()),
        }
    }

    /// Writes what is buffered.
    pub(super) fn finish(&mut self) -> Result<(), Error> {
        debug_assert!(self.waiting.is_empty(), "the batches of a file are all its rows");
        match &mut self.set_aside {
            Some(SetAside { out: Some(out), path, .. }) => out.flush().map_err(|source| io(path, source)),
            _ => Ok(()),
        }
    }
}

impl SetAside {
    fn write(&mut self, rows: &[u8]) -> Result<(), Error> {
        let io = |source| io(&self.path, source);
        let out = match &mut self.out {
            Some(out) => out,
            None => {
                let mut out = BufWriter::new(File::create(&self.path).map_err(io)?);
                out.write_all(&self.header).map_err(io)?;
                self.out.insert(out)
            }
        };
        out.write_all(rows).map_err(io)
    }
}

pub(super) fn io(file: &Path, source: std::io::Error) -> Error {
    Error::Io { file: file.to_owned(), source }
}

/// A line of CSV.
pub(super) fn csv_line<T: AsRef<str>>(fields: impl IntoIterator<Item = T>) -> Vec<u8> {
    let mut writer = ::csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
    for field in fields {
        writer.write_field(field.as_ref()).expect("memory takes any text");
    }
    writer.write_record(None::<&[u8]>).expect("memory takes any text");
    writer.into_inner().expect("memory takes any text")
}

/// A value for people: escaped, and cut to 60 characters.
pub(super) fn shown(value: &str) -> String {
    let mut escaped = String::new();
    for (i, c) in value.chars().enumerate() {
        match c {
            _ if i == 60 => {
                escaped.push('…');
                break;
            }
            c if c.is_control()
                || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}') =>
            {
                escaped.extend(c.escape_default());
            }
            c => escaped.push(c),
        }
    }
    escaped
}

/// Writes `issues.csv`.
pub(super) fn write_all<'i>(path: &Path, issues: impl Iterator<Item = &'i Issue>) -> Result<(), Error> {
    let mut out = BufWriter::new(File::create(path).map_err(|e| io(path, e))?);
    let header = csv_line(["file", "row", "column", "value", "rule", "allowed"]);
    out.write_all(&header).map_err(|e| io(path, e))?;
    for issue in issues {
        let row = issue.row.map_or_else(String::new, |r| r.to_string());
        let fields = [&issue.file, &row, &issue.column, &issue.value, issue.rule, &issue.allowed];
        out.write_all(&csv_line(fields)).map_err(|e| io(path, e))?;
    }
    out.flush().map_err(|e| io(path, e))
}
