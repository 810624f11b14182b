use std::path::{Path, PathBuf};
use thiserror::Error;

/// Why a snapshot can not be made or used.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// The table of features could not be read.
    #[error(transparent)]
    Table(#[from] table::Error),
    /// A file or folder could not be read or written.
    #[error("{}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: std::io::Error,
    },
    /// The table has no row.
    #[error("{}: a snapshot of no enterprise is of no use", path.display())]
    Empty {
        /// The snapshot that was to be written.
        path: PathBuf,
    },
    /// A row of the table can not stand in a snapshot.
    #[error("row {row}, column {column:?}: {problem}")]
    Row {
        /// The row, from 1.
        row: u64,
        /// The column.
        column: &'static str,
        /// What is wrong, with the value.
        problem: String,
    },
    /// A column of the table is not there, or is of another type.
    #[error("{}: there is no column {column:?} of {kind}: is it a table that `features` wrote?", path.display())]
    Column {
        /// The table.
        path: PathBuf,
        /// The column.
        column: String,
        /// `texts` or `numbers`.
        kind: &'static str,
    },
    /// The file is none of ours.
    #[error("{}: is not a snapshot of features", path.display())]
    NotASnapshot {
        /// The file.
        path: PathBuf,
    },
    /// The file is of a format that is not known here.
    #[error("{}: format {found} of snapshots is not known here, {known} is", path.display())]
    Format {
        /// The file.
        path: PathBuf,
        /// Its format.
        found: u32,
        /// What is known.
        known: u32,
    },
    /// The features are of other definitions.
    #[error(
        "{}: {found:?} is not the catalogue of this program, {known:?}: compute the features again",
        path.display()
    )]
    Catalogue {
        /// The file.
        path: PathBuf,
        /// Its catalogue.
        found: String,
        /// The catalogue of this program.
        known: String,
    },
    /// The file is not as it was written.
    #[error("{}: is damaged: {problem}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// How that is seen.
        problem: &'static str,
    },
    /// A folder without a snapshot.
    #[error("{}: no file ends with .snap", folder.display())]
    NoSnapshot {
        /// The folder.
        folder: PathBuf,
    },
}

impl Error {
    pub(super) fn io(path: &Path) -> impl FnOnce(std::io::Error) -> Self + '_ {
        move |source| Self::Io { path: path.to_owned(), source }
    }

    /// Whether the bytes of a file are not as they were written.
    pub fn is_damage(&self) -> bool {
        matches!(self, Self::Damaged { .. } | Self::NotASnapshot { .. })
    }
}
