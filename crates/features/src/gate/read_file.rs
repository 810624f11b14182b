//! One file of a source, from its headings to its last row.

use super::batch::{Judge, Judged, Sizes};
use super::column::Conversion;
use super::issues::{Chunk, InOrder, Issue, SetAside, csv_line, shown};
use super::summary::FileSummary;
use super::{Error, rule};
use crate::files;
use crate::record::{Names, SameKey, Sink, Texts};
use crate::schema::{Heading, Source, Unit, sources};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use table::{CellBatch, CellFile};

/// What a file is read with.
pub(super) struct FileReader<'g> {
    pub(super) number: usize,
    pub(super) wanted: &'g [usize],
    pub(super) as_of: i32,
    pub(super) names: &'g Names,
    pub(super) texts: &'g [Texts],
    pub(super) issues: Option<&'g Path>,
    /// The path inside the directory.
    pub(super) file: String,
    pub(super) path: &'g Path,
}

/// What came of a file.
pub(super) struct FileOutcome {
    pub(super) summary: FileSummary,
    pub(super) issues: Vec<Issue>,
    pub(super) counts: BTreeMap<&'static str, u64>,
    pub(super) newest_event: Option<i32>,
    pub(super) known_assumed: u64,
    /// By index of a column with a usual median.
    sizes: BTreeMap<usize, Sizes>,
    /// Whether its amounts are in another unit than it says: what it handed on must be forgotten.
    pub(super) is_suspect: bool,
}

/// A column of the source at a position of the file.
struct Mapped {
    position: usize,
    index: usize,
    unit: Unit,
}

/// Fewer values than this have no median worth the name.
const SAMPLE: u64 = 20;

impl FileReader<'_> {
    /// The outcome of a file that is not looked into.
    pub(super) fn refuse(&self, rule: &'static str, allowed: &str) -> FileOutcome {
        let mut outcome = self.outcome();
        outcome.whole(self.issue(None, "", "", rule, allowed));
        outcome
    }

    fn outcome(&self) -> FileOutcome {
        FileOutcome {
            summary: FileSummary {
                file: self.file.clone(),
                is_used: false,
                rows: 0,
                used: 0,
                after_as_of: 0,
                set_aside: 0,
                set_aside_later: 0,
            },
            issues: Vec::new(),
            counts: BTreeMap::new(),
            newest_event: None,
            known_assumed: 0,
            sizes: BTreeMap::new(),
            is_suspect: false,
        }
    }

    fn issue(&self, row: Option<usize>, column: &str, value: &str, rule: &'static str, allowed: &str) -> Issue {
        Issue {
            file: self.file.clone(),
            row,
            column: shown(column),
            value: shown(value),
            rule,
            allowed: allowed.to_owned(),
        }
    }

    fn source(&self) -> &'static Source {
        &sources()[self.number]
    }

    /// Reads the file; its sound rows go to `sink`.
    pub(super) fn read(&self, sink: &dyn Sink, progress: &(dyn Fn(u64) + Sync)) -> Result<FileOutcome, Error> {
        let mut outcome = self.outcome();
        let cells = match CellFile::open(self.path) {
            Ok(cells) => cells,
            Err(error) => {
                outcome.whole(self.unreadable(&error));
                return Ok(outcome);
            }
        };
        let (mapped, is_refused) = self.headings(&cells, &mut outcome);
        if is_refused {
            let (rows, later) = self.count(&cells, &mapped);
            outcome.summary.rows = rows;
            outcome.summary.set_aside = rows;
            outcome.summary.set_aside_later = later;
            return Ok(outcome);
        }
        self.rows(&cells, mapped, outcome, sink, progress)
    }

    fn unreadable(&self, error: &table::Error) -> Issue {
        // The file is named beside it; the full path would only differ between machines.
        let mut said = error.to_string();
        let mut source = std::error::Error::source(error);
        while let Some(cause) = source {
            said = format!("{said}: {cause}");
            source = cause.source();
        }
        let path = self.path.display().to_string();
        let why = said.strip_prefix(&path).map_or(said.as_str(), |why| why.trim_start_matches(": "));
        let row = if let table::Error::UnclosedQuote { row, .. } = error { Some(*row) } else { None };
        self.issue(row, "", "", rule::UNREADABLE_FILE, why)
    }

    /// The columns that the headings mean, and whether the file is not to be used.
    fn headings(&self, cells: &CellFile, outcome: &mut FileOutcome) -> (Vec<Mapped>, bool) {
        let source = self.source();
        let mut mapped: Vec<Mapped> = Vec::new();
        let before = outcome.issues.len();
        let mut is_refused = false;
        for (position, heading) in cells.headings().iter().enumerate() {
            match source.heading(heading) {
                Heading::Column(index, unit) => match mapped.iter().find(|m| m.index == index) {
                    Some(first) => {
                        let first = &cells.headings()[first.position];
                        let allowed =
                            format!("one column of {}; {} is there too", source.columns[index].name, shown(first));
                        outcome.whole(self.issue(None, heading, "", rule::DUPLICATE_HEADING, &allowed));
                        is_refused = true;
                    }
                    None => mapped.push(Mapped { position, index, unit }),
                },
                Heading::RefusedUnit(_, unit) => {
                    outcome.whole(self.issue(
                        None,
                        heading,
                        &unit,
                        rule::UNIT_REFUSED,
                        "yuan, or fen with 分 in the heading",
                    ));
                    is_refused = true;
                }
                Heading::Unknown => {
                    outcome.whole(self.issue(None, heading, "", rule::UNKNOWN_HEADING, "a heading of the schema"));
                }
            }
        }
        for (index, column) in source.columns.iter().enumerate().filter(|(_, c)| c.required) {
            let has_unit_fault = outcome.issues[before..].iter().any(|i| {
                i.rule == rule::UNIT_REFUSED
                    && matches!(source.heading(&i.column), Heading::RefusedUnit(n, _) if n == index)
            });
            if !mapped.iter().any(|m| m.index == index) && !has_unit_fault {
                let allowed = format!("one of {}, {}", column.name, column.zh.join(", "));
                outcome.whole(self.issue(None, &column.name, "", rule::MISSING_COLUMN, &allowed));
                is_refused = true;
            }
        }
        (mapped, is_refused)
    }

    /// Number of rows of a file that is not used, and of those that are of later than the as-of date by what columns of
    /// it can be read.
    fn count(&self, cells: &CellFile, mapped: &[Mapped]) -> (u64, u64) {
        let source = self.source();
        let of_time = mapped.iter().filter(|m| m.index == source.event || m.index == source.known);
        let of_time: Vec<&Mapped> = of_time.filter(|m| cells.is_readable(m.position)).collect();
        let positions: Vec<usize> = of_time.iter().map(|m| m.position).collect();
        let conversion = |m: &Mapped| Conversion::new(&source.columns[m.index], m.unit, &self.texts[m.index]);
        let conversions = of_time.iter().enumerate().map(|(at, m)| (at, m.index, conversion(m))).collect();
        let judge = Judge { source, number: self.number, as_of: self.as_of, conversions, wanted: &[] };
        let (rows, later) = (AtomicU64::new(0), AtomicU64::new(0));
        // What can not be read is not counted.
        let _ = cells.read(&positions, &|batch: CellBatch<'_>| {
            rows.fetch_add(batch.rows as u64, Ordering::Relaxed);
            if batch.lost.is_none() {
                later.fetch_add(judge.count_later(&batch), Ordering::Relaxed);
            }
        });
        (rows.into_inner(), later.into_inner())
    }

    /// Sets the file aside if its amounts are not about as large as they are everywhere: the unit is not what the heading
    /// says.
    ///
    /// All its sound rows as of the date are looked at, so that neither their order nor what came later decides.
    fn check_medians(&self, outcome: &mut FileOutcome) {
        let source = self.source();
        for (index, sizes) in std::mem::take(&mut outcome.sizes) {
            let column = &source.columns[index];
            let Some([low, high]) = column.median else { continue };
            let half = sizes.all() / 2;
            let said = match half < SAMPLE / 2 {
                true => continue,
                false if half < sizes.below => format!("{} of {} below {low} yuan", sizes.below, sizes.all()),
                false if half < sizes.above => format!("{} of {} above {high} yuan", sizes.above, sizes.all()),
                false => continue,
            };
            let allowed = format!("a median of {low} to {high} yuan: is the unit yuan?");
            outcome.whole(self.issue(None, &column.name, &said, rule::UNIT_SUSPECT, &allowed));
            outcome.is_suspect = true;
        }
        if outcome.is_suspect {
            outcome.summary.forget();
            (outcome.newest_event, outcome.known_assumed) = (None, 0);
        }
    }

    fn rows(
        &self,
        cells: &CellFile,
        mapped: Vec<Mapped>,
        mut outcome: FileOutcome,
        sink: &dyn Sink,
        progress: &(dyn Fn(u64) + Sync),
    ) -> Result<FileOutcome, Error> {
        let source = self.source();
        let needed = |m: &Mapped| {
            let column = &source.columns[m.index];
            // Other columns can not be at fault, so what is set aside does not depend on what is wanted.
            column.required || !column.kind.takes_any_text() || self.wanted.contains(&m.index)
        };
        let mut positions: Vec<usize> = match self.issues {
            Some(_) => (0..cells.headings().len()).filter(|&p| cells.is_readable(p)).collect(),
            None => Vec::new(),
        };
        for m in mapped.iter().filter(|m| needed(m)) {
            if !positions.contains(&m.position) {
                positions.push(m.position);
            }
        }
        let headings: Vec<&str> = positions.iter().map(|&p| cells.headings()[p].as_str()).collect();
        let mut conversions = Vec::new();
        for m in mapped.iter().filter(|m| needed(m)) {
            let Some(at) = positions.iter().position(|&p| p == m.position) else { continue };
            let conversion = Conversion::new(&source.columns[m.index], m.unit, &self.texts[m.index]);
            conversions.push((at, m.index, conversion));
        }
        let judge = Judge { source, number: self.number, as_of: self.as_of, conversions, wanted: self.wanted };
        let set_aside = self.issues.map(|folder| SetAside {
            path: folder.join(self.set_aside_name()),
            header: csv_line(["file", "row", "rule"].iter().chain(&headings)),
            out: None,
        });
        let gathered = Mutex::new(Gathered { in_order: InOrder::new(set_aside), outcome: &mut outcome, error: None });
        let result = cells.read(&positions, &|batch: CellBatch<'_>| {
            let (judged, chunk) = self.judged(&judge, &headings, &batch);
            let (first_row, rows, bytes) = (batch.first_row, batch.rows, batch.bytes);
            let records = gathered.lock().unwrap_or_else(PoisonError::into_inner).take(first_row, rows, judged, chunk);
            if let Some(records) = records.filter(|r| !r.is_empty()) {
                sink.records(self.number, records);
            }
            progress(bytes);
        });
        let Gathered { mut in_order, error, .. } = gathered.into_inner().unwrap_or_else(PoisonError::into_inner);
        if let Some(error) = error {
            return Err(error);
        }
        in_order.finish()?;
        outcome.issues.append(&mut in_order.issues);
        for (rule, count) in in_order.counts {
            *outcome.counts.entry(rule).or_default() += count;
        }
        outcome.summary.is_used = true;
        if let Err(error) = result {
            let is_part = matches!(error, table::Error::UnclosedQuote { .. });
            let mut issue = self.unreadable(&error);
            if let table::Error::UnclosedQuote { lines, .. } = error {
                issue.rule = rule::UNREADABLE_ROWS;
                // Nobody knows how many rows they were; each is taken for one, so that a source that lost many is not used.
                outcome.summary.rows += lines;
                outcome.summary.set_aside += lines;
            }
            outcome.whole(issue);
            outcome.summary.is_used = is_part;
        } else if outcome.summary.rows == 0 {
            outcome.whole(self.issue(None, "", "", rule::NO_ROWS, "a row below the header"));
        }
        self.check_medians(&mut outcome);
        Ok(outcome)
    }

    /// `invoices.set_aside.csv`, or for the parts of a folder `invoices-<part>.set_aside.csv`.
    fn set_aside_name(&self) -> String {
        let name = files::name(self.path);
        let stem = name.split('.').next().unwrap_or_default();
        match Path::new(&self.file).components().count() {
            0 | 1 => format!("{stem}.set_aside.csv"),
            _ => format!("{}-{stem}.set_aside.csv", self.source().id),
        }
    }

    /// Judges one batch, and writes its issues and the rows that are set aside.
    fn judged(&self, judge: &Judge<'_>, headings: &[&str], batch: &CellBatch<'_>) -> (Result<Judged, SameKey>, Chunk) {
        let mut chunk = Chunk { rows: batch.rows, ..Chunk::default() };
        if let Some(error) = batch.lost {
            let mut issue = self.unreadable(error);
            issue.rule = rule::UNREADABLE_ROWS;
            issue.row = Some(batch.first_row + 1);
            issue.value = format!("{} rows", batch.rows);
            chunk.counts.insert(issue.rule, batch.rows as u64);
            chunk.issues.push(issue);
            return (Ok(Judged { set_aside: (0..batch.rows).collect(), ..Judged::default() }), chunk);
        }
        let mut judged = match judge.judge(batch, self.names) {
            Ok(judged) => judged,
            Err(error) => return (Err(error), chunk),
        };
        judged.faults.sort_by_key(|f| (f.row, f.column));
        let mut rules: BTreeMap<usize, Vec<&str>> = BTreeMap::new();
        for fault in &judged.faults {
            let count = chunk.counts.entry(fault.rule).or_default();
            *count += 1;
            if *count <= super::LISTED {
                let column = fault.column.map_or("", |c| judge.source.columns[c].name.as_str());
                let row = Some(batch.first_row + fault.row + 1);
                chunk.issues.push(self.issue(row, column, &fault.value, fault.rule, &fault.allowed));
            }
            if !fault.is_kept {
                rules.entry(fault.row).or_default().push(fault.rule);
            }
        }
        if self.issues.is_some() {
            for (row, rules) in rules {
                self.write_row(batch, headings.len(), row, &rules.join(";"), &mut chunk.set_aside);
            }
        }
        (Ok(judged), chunk)
    }

    fn write_row(&self, batch: &CellBatch<'_>, columns: usize, row: usize, rules: &str, out: &mut Vec<u8>) {
        let mut fields = vec![self.file.clone(), (batch.first_row + row + 1).to_string(), rules.to_owned()];
        match batch.ragged.iter().find(|r| r.index == row) {
            Some(ragged) => fields.extend(ragged.fields.iter().cloned()),
            None => fields.extend((0..columns).map(|c| batch.columns[c].get(row).to_string())),
        }
        out.extend(csv_line(&fields));
    }
}

/// What the threads that read a file put together.
struct Gathered<'o> {
    in_order: InOrder,
    outcome: &'o mut FileOutcome,
    error: Option<Error>,
}

impl Gathered<'_> {
    /// Counts a batch; its records, unless the reading has failed.
    fn take(
        &mut self,
        first_row: usize,
        rows: usize,
        judged: Result<Judged, SameKey>,
        chunk: Chunk,
    ) -> Option<crate::record::Records> {
        let written = self.in_order.take(first_row, chunk);
        let judged = match (judged, written) {
            (Ok(judged), Ok(())) => judged,
            (Err(SameKey(first, second)), _) => {
                self.error.get_or_insert(Error::SameKey { first, second });
                return None;
            }
            (_, Err(error)) => {
                self.error.get_or_insert(error);
                return None;
            }
        };
        let summary = &mut self.outcome.summary;
        summary.rows += rows as u64;
        summary.used += judged.records.len() as u64;
        summary.after_as_of += judged.after_as_of as u64;
        summary.set_aside += judged.set_aside.len() as u64;
        summary.set_aside_later += judged.set_aside_later as u64;
        for (index, sizes) in judged.sizes {
            self.outcome.sizes.entry(index).or_default().add(sizes);
        }
        self.outcome.newest_event = self.outcome.newest_event.max(judged.newest_event);
        self.outcome.known_assumed += judged.known_assumed as u64;
        self.error.is_none().then_some(judged.records)
    }
}

impl FileOutcome {
    fn whole(&mut self, issue: Issue) {
        *self.counts.entry(issue.rule).or_default() += 1;
        self.issues.push(issue);
    }
}
