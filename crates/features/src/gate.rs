//! The data-quality gate: files in, sound records and issues out.
//!
//! A row that breaks a rule is set aside with its original cells, never repaired and never dropped in silence; what is
//! wrong with a whole file sets the file aside. [`Summary`] says what was used, what was not, and whether the result may
//! be used. Rows that are delivered twice are no fault, nor are rows of events after the as-of date: these are counted
//! and not handed on.
//!
//! # Examples
//! ```
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use features::gate::{Gate, Verdict};
//! use features::record::{Records, Sink};
//! use features::schema::{number, sources};
//! use std::sync::Mutex;
//!
//! struct Amounts(Mutex<Vec<i64>>);
//! impl Sink for Amounts {
//!     fn records(&self, _source: usize, batch: Records) {
//!         if let Ok(mut amounts) = self.0.lock() {
//!             amounts.extend(&batch.slots[0]);
//!         }
//!     }
//!     fn forget(&self, _source: usize) {
//!         if let Ok(mut amounts) = self.0.lock() {
//!             amounts.clear();
//!         }
//!     }
//! }
//!
//! let folder = tempfile::tempdir()?;
//! let text = "企业标识,拨付日期,文号,金额（元）\nA1,2025-03-01,渝财1号,100.50\nA1,2025-03-02,渝财2号,1.005\n";
//! std::fs::write(folder.path().join("grants.csv"), text)?;
//!
//! let gate = Gate::open(folder.path(), 20_178, None)?; // 2025-03-31
//! let grants = number("grants").ok_or("no such source")?;
//! let amount = sources()[grants].column("amount").ok_or("no such column")?;
//! let sink = Amounts(Mutex::default());
//! let verdict = gate.read(grants, &[amount], &sink, &|_| ())?;
//! assert_eq!(verdict, Verdict::NotUsed); // half of its rows were set aside
//! assert!(sink.0.into_inner()?.is_empty()); // and the other half was taken back
//! let summary = gate.finish()?;
//! assert_eq!(summary.source("grants").map(|s| s.issues["bad_cell"]), Some(1));
//! # Ok(())
//! # }
//! ```

mod batch;
mod column;
mod issues;
mod read_file;
mod rule;
mod summary;
mod value;

use crate::files::{self, Found};
use crate::record::{Names, Sink, Texts};
use crate::schema::sources;
use issues::Issue;
pub use issues::LISTED;
use read_file::{FileOutcome, FileReader};
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
pub use summary::{CARE_SHARE, FileSummary, Fitness, REFUSE_SHARE, SourceSummary, Summary};

/// Why a run of the gate ended. Dirty data is no error: it is in the [`Summary`].
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The directory of the sources is not there.
    #[error("{}: no such directory", directory.display())]
    NoDirectory {
        /// As it was given.
        directory: PathBuf,
    },
    /// Two enterprise ids have one key; see [`key`](crate::record::key).
    #[error("the ids {first:?} and {second:?} have one key; rename one of them")]
    SameKey {
        /// One of them.
        first: String,
        /// The other.
        second: String,
    },
    /// The operating system refused to read or write.
    #[error("{}", file.display())]
    Io {
        /// The file or folder.
        file: PathBuf,
        /// What it said.
        source: std::io::Error,
    },
}

/// What came of a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// There is no file of it.
    Absent,
    /// Used, and nothing was set aside.
    Used,
    /// Used without what was set aside.
    UsedWithFaults,
    /// Not fit for use; its records were taken back.
    NotUsed,
}

impl Verdict {
    /// In words.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Absent => "not there",
            Self::Used => "used",
            Self::UsedWithFaults => "used with faults",
            Self::NotUsed => "not used",
        }
    }
}

/// One run over a directory of sources, as of a date.
///
/// [`open`](Self::open), then [`read`](Self::read) once for each source, then [`finish`](Self::finish).
pub struct Gate {
    directory: PathBuf,
    as_of: i32,
    issues: Option<PathBuf>,
    found: Found,
    names: Names,
    /// For each column of each source.
    texts: Vec<Vec<Texts>>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    summaries: BTreeMap<usize, SourceSummary>,
    issues: BTreeMap<usize, Vec<Issue>>,
    conflicts: BTreeMap<usize, Vec<(String, String)>>,
}

impl Gate {
    /// Looks through `directory` for the files of all sources; none is read yet.
    ///
    /// - `as_of`: days since 1970-01-01; records of later events, or known later, do not reach the sink.
    /// - `issues`: a folder, made if need be, for `issues.csv`, `<source>.set_aside.csv` and `summary.json`. What an
    ///   earlier run left there under these names is removed.
    ///
    /// # Errors
    /// [`Error::NoDirectory`], [`Error::Io`].
    pub fn open(directory: &Path, as_of: i32, issues: Option<&Path>) -> Result<Self, Error> {
        let mut found = files::find(directory)?;
        if let Some(folder) = issues {
            std::fs::create_dir_all(folder).map_err(|e| issues::io(folder, e))?;
            remove_set_aside(folder)?;
            let own = folder.canonicalize().map_err(|e| issues::io(folder, e))?;
            found.unknown.retain(|path| path.canonicalize().is_ok_and(|p| p != own));
        }
        Ok(Self {
            directory: directory.to_owned(),
            as_of,
            issues: issues.map(Path::to_owned),
            found,
            names: Names::default(),
            texts: sources().iter().map(|s| s.columns.iter().map(|_| Texts::default()).collect()).collect(),
            state: Mutex::default(),
        })
    }

    /// Whether the directory has a file of the source.
    pub fn has(&self, source: usize) -> bool {
        !self.found.sources[source].paths.is_empty()
    }

    /// Bytes of the files of the source, for a progress bar.
    pub fn bytes(&self, source: usize) -> u64 {
        self.found.sources[source].bytes
    }

    /// The files of the source, ordered by name, for a digest of the inputs.
    pub fn files(&self, source: usize) -> &[PathBuf] {
        &self.found.sources[source].paths
    }

    /// Reads all files of a source; once for each source.
    ///
    /// - `wanted`: indices of columns; the batches have their slots in the order of the schema. What is set aside does
    ///   not depend on it.
    /// - `progress`: hears the bytes that are done since it was last called, on any thread.
    ///
    /// `sink` is told to forget what it has taken when a file, or the source, turns out not to be fit for use.
    ///
    /// # Errors
    /// [`Error::SameKey`], [`Error::Io`] when what is set aside can not be written. Unreadable data is no error.
    pub fn read(
        &self,
        source: usize,
        wanted: &[usize],
        sink: &dyn Sink,
        progress: &(dyn Fn(u64) + Sync),
    ) -> Result<Verdict, Error> {
        let files = &self.found.sources[source];
        let mut wanted = wanted.to_vec();
        wanted.sort_unstable();
        wanted.dedup();
        let is_suspect = |outcome: &Option<FileOutcome>| outcome.as_ref().is_some_and(|o| o.is_suspect);
        let mut known_suspects = 0;
        let mut outcomes: Vec<Option<FileOutcome>> = files.paths.iter().map(|_| None).collect();
        loop {
            for (path, outcome) in files.paths.iter().zip(&mut outcomes).filter(|(_, o)| !is_suspect(o)) {
                let reader = FileReader {
                    number: source,
                    wanted: &wanted,
                    as_of: self.as_of,
                    names: &self.names,
                    texts: &self.texts[source],
                    issues: self.issues.as_deref(),
                    file: self.shown(path),
                    path,
                };
                *outcome = Some(match files.ways {
                    0 | 1 => reader.read(sink, progress)?,
                    _ => reader.refuse(rule::GIVEN_TWICE, "one file, parts, or a folder, in one format"),
                });
            }
            let suspects = outcomes.iter().filter(|o| is_suspect(o)).count();
            if suspects == known_suspects {
                break;
            }
            // The unit of a file is doubted when all of it is read: the others are read again without it.
            known_suspects = suspects;
            self.forget(source, sink);
        }
        let (summary, issues) = self.judge(source, outcomes.into_iter().flatten().collect());
        let verdict = summary.verdict;
        if verdict == Verdict::NotUsed {
            self.forget(source, sink);
        }
        let mut state = self.state();
        state.summaries.insert(source, summary);
        state.issues.insert(source, issues);
        Ok(verdict)
    }

    fn forget(&self, source: usize, sink: &dyn Sink) {
        sink.forget(source);
        self.names.forget(source);
    }

    /// The path of a file inside the directory.
    fn shown(&self, path: &Path) -> String {
        path.strip_prefix(&self.directory).unwrap_or(path).to_string_lossy().into_owned()
    }

    fn judge(&self, source: usize, outcomes: Vec<FileOutcome>) -> (SourceSummary, Vec<Issue>) {
        let schema = &sources()[source];
        let mut summary = SourceSummary {
            source: &schema.id,
            verdict: Verdict::Absent,
            files: Vec::new(),
            rows: 0,
            used: 0,
            after_as_of: 0,
            set_aside: 0,
            set_aside_later: 0,
            issues: BTreeMap::new(),
            newest_event: None,
            known_assumed: 0,
        };
        let (mut issues, mut newest) = (Vec::new(), None);
        for outcome in outcomes {
            summary.rows += outcome.summary.rows;
            summary.used += outcome.summary.used;
            summary.after_as_of += outcome.summary.after_as_of;
            summary.set_aside += outcome.summary.set_aside;
            summary.set_aside_later += outcome.summary.set_aside_later;
            summary.known_assumed += outcome.known_assumed;
            newest = newest.max(outcome.newest_event);
            for (rule, count) in outcome.counts {
                *summary.issues.entry(rule).or_default() += count;
            }
            issues.extend(outcome.issues);
            summary.files.push(outcome.summary);
        }
        summary.newest_event = newest.and_then(primitives::calendar::date_of).map(|d| d.to_string());
        summary.verdict = match summary.files.iter().filter(|f| f.is_used).count() {
            _ if summary.files.is_empty() => Verdict::Absent,
            0 => Verdict::NotUsed,
            _ if REFUSE_SHARE < summary.set_aside_share() => Verdict::NotUsed,
            n if n < summary.files.len() || 0 < summary.set_aside => Verdict::UsedWithFaults,
            _ if [rule::BAD_CREDIT_CODE, rule::UNREADABLE_ROWS].iter().any(|r| summary.issues.contains_key(r)) => {
                Verdict::UsedWithFaults
            }
            _ => Verdict::Used,
        };
        if summary.verdict == Verdict::NotUsed {
            forget(&mut summary);
        }
        let stale_before = self.as_of.saturating_sub(schema.lag_days + schema.interval_days);
        if let Some(newest) = newest.filter(|n| *n < stale_before && summary.verdict != Verdict::NotUsed) {
            let date = |days: i32| primitives::calendar::date_of(days).map_or_else(String::new, |d| d.to_string());
            *summary.issues.entry(rule::STALE).or_default() += 1;
            issues.push(Issue {
                file: schema.id.clone(),
                row: None,
                column: schema.columns[schema.event].name.clone(),
                value: date(newest),
                rule: rule::STALE,
                allowed: format!("some event since {}", date(stale_before)),
            });
        }
        (summary, issues)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The ids behind the keys of all enterprises that have a record that reached a sink.
    pub fn names(&self) -> &Names {
        &self.names
    }

    /// The text behind a slot of a column of kind `Text`, `District`, `Industry` or `CreditCode`.
    ///
    /// The codes of two runs differ; compare texts.
    pub fn text(&self, source: usize, column: usize, slot: i64) -> Option<Arc<str>> {
        self.texts[source][column].text(slot)
    }

    /// The slot of a text, if it occurred in a column of kind `Text`, `District`, `Industry` or `CreditCode`.
    pub fn slot(&self, source: usize, column: usize, text: &str) -> Option<i64> {
        self.texts[source][column].find(text)
    }

    /// Takes note of records of one identity and one known time that say different things; the reader of records finds
    /// them, not the gate.
    pub fn conflict(&self, source: usize, enterprise: &str, detail: &str) {
        let conflict = (enterprise.to_owned(), detail.to_owned());
        self.state().conflicts.entry(source).or_default().push(conflict);
    }

    /// Writes what is left to write and says what was used, what was set aside, and whether the result may be used.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn finish(&self) -> Result<Summary, Error> {
        let mut state = std::mem::take(&mut *self.state());
        let mut summaries = Vec::new();
        for number in 0..sources().len() {
            let unread = || self.judge(number, Vec::new()).0;
            summaries.push(state.summaries.remove(&number).unwrap_or_else(unread));
        }
        for (number, mut conflicts) in state.conflicts {
            conflicts.sort();
            *summaries[number].issues.entry(rule::CONFLICT).or_default() += conflicts.len() as u64;
            let issue = |(enterprise, detail): (String, String)| Issue {
                file: sources()[number].id.clone(),
                row: None,
                column: issues::shown(&enterprise),
                value: issues::shown(&detail),
                rule: rule::CONFLICT,
                allowed: "one content for one identity and known time".to_owned(),
            };
            let listed = conflicts.into_iter().take(LISTED as usize).map(issue);
            state.issues.entry(number).or_default().extend(listed);
        }
        let other = |paths: &[PathBuf], rule: &str| -> Vec<(String, String)> {
            paths.iter().map(|p| (self.shown(p), rule.to_owned())).collect()
        };
        let mut other_files = other(&self.found.other_extension, rule::OTHER_EXTENSION);
        other_files.extend(other(&self.found.unknown, rule::UNKNOWN_FILE));
        let (fitness, reasons) = summary::fitness(&summaries);
        let summary = Summary {
            as_of: primitives::calendar::date_of(self.as_of).map_or_else(String::new, |d| d.to_string()),
            fitness,
            reasons,
            sources: summaries,
            other_files,
            issues: self.issues.as_ref().map(|p| p.display().to_string()),
        };
        if let Some(folder) = &self.issues {
            issues::write_all(&folder.join("issues.csv"), state.issues.values().flatten())?;
            let path = folder.join("summary.json");
            std::fs::write(&path, summary.to_json()).map_err(|e| issues::io(&path, e))?;
        }
        Ok(summary)
    }
}

/// The rows of a source that is not used count as set aside.
fn forget(summary: &mut SourceSummary) {
    summary.files.iter_mut().for_each(FileSummary::forget);
    summary.set_aside_later += summary.after_as_of;
    summary.set_aside += std::mem::take(&mut summary.used) + std::mem::take(&mut summary.after_as_of);
    summary.known_assumed = 0;
    summary.newest_event = None;
}

/// Removes the rows that an earlier run set aside, lest they be taken for those of this one.
fn remove_set_aside(folder: &Path) -> Result<(), Error> {
    for entry in std::fs::read_dir(folder).map_err(|e| issues::io(folder, e))? {
        let path = entry.map_err(|e| issues::io(folder, e))?.path();
        let name = files::name(&path);
        let is_ours = name.ends_with(".set_aside.csv") && sources().iter().any(|s| name.starts_with(s.id.as_str()));
        if is_ours && path.is_file() {
            std::fs::remove_file(&path).map_err(|e| issues::io(&path, e))?;
        }
    }
    Ok(())
}
