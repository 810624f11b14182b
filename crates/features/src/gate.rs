//! The data-quality gate: files in, sound records and issues out.

use crate::record::{Names, Sink};
use std::path::{Path, PathBuf};

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
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// There is no file of it.
    Absent,
    /// Used, and nothing was set aside.
    Used,
    /// Used without what was set aside.
    UsedWithFaults,
    /// Not fit for use: whoever took its records must forget them.
    NotUsed,
}

/// One run over a directory of sources, as of a date.
pub struct Gate {
    names: Names,
}

impl Gate {
    /// Looks through `directory` for the files of all sources; none is read yet.
    ///
    /// - `as_of`: days since 1970-01-01; records of later events, or known later, do not reach the sink.
    /// - `issues`: a folder, made if need be, for `issues.csv`, `<source>.set_aside.csv` and `summary.json`.
    ///
    /// # Errors
    /// [`Error::NoDirectory`], [`Error::Io`].
    pub fn open(directory: &Path, as_of: i32, issues: Option<&Path>) -> Result<Self, Error> {
        let _ = (directory, as_of, issues);
        Ok(Self { names: Names::default() })
    }

    /// Whether the directory has a file of the source.
    pub fn has(&self, source: usize) -> bool {
        let _ = source;
        false
    }

    /// Bytes of the files of the source, for a progress bar.
    pub fn bytes(&self, source: usize) -> u64 {
        let _ = source;
        0
    }

    /// Reads all files of a source; once for each source.
    ///
    /// - `wanted`: indices of columns; the batches have their slots in the order of the schema. What is set aside does
    ///   not depend on it.
    /// - `progress`: hears the bytes that are done since it was last called, on any thread.
    ///
    /// If the verdict is [`Verdict::NotUsed`], the records that `sink` has taken must be forgotten.
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
        let _ = (source, wanted, sink, progress);
        Ok(Verdict::Absent)
    }

    /// The ids behind the keys of all enterprises that have a record that reached a sink.
    pub fn names(&self) -> &Names {
        &self.names
    }

    /// The text behind a slot of a column of kind `Text`, `District`, `Industry` or `CreditCode`.
    ///
    /// The codes of two runs differ; compare texts.
    pub fn text(&self, source: usize, column: usize, slot: i64) -> Option<std::sync::Arc<str>> {
        let _ = (source, column, slot);
        None
    }

    /// The slot of a text, if it occurred in a column of kind `Text`, `District`, `Industry` or `CreditCode`.
    pub fn slot(&self, source: usize, column: usize, text: &str) -> Option<i64> {
        let _ = (source, column, text);
        None
    }

    /// Takes note of records of one identity and one known time that say different things; the reader of records finds
    /// them, not the gate.
    pub fn conflict(&self, source: usize, enterprise: &str, detail: &str) {
        let _ = (source, enterprise, detail);
    }

    /// Writes what is left to write and says what was used, what was set aside, and whether the result may be used.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn finish(&self) -> Result<Summary, Error> {
        Ok(Summary {})
    }
}

/// What was used, what was set aside, and whether the result may be used.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Summary {}

impl Summary {
    /// As text for people.
    pub fn to_text(&self) -> String {
        String::new()
    }
}
