//! Why the store refuses or fails.

use crate::engine::Failure;
use std::path::PathBuf;
use std::sync::Arc;

/// What this crate refuses or could not do.
///
/// Cheap to clone: one failed commit is told to every job of its group.
#[non_exhaustive]
#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    /// The address is neither `sqlite:<path>` nor `postgres://…`.
    #[error("store address begins with {scheme:?}, allowed are sqlite:PATH and postgres://…")]
    Address {
        /// What stands before the colon; never the rest, which may hold a password.
        scheme: String,
    },
    /// The database was written by a newer version of this software.
    #[error("store has schema {found}, this version knows up to {known}")]
    NewerSchema {
        /// Version of the schema in the database.
        found: i64,
        /// Newest version known here.
        known: i64,
    },
    /// A migration in the database is not the one that carries its number here.
    #[error("migration {version} of the store differs from the one of this version")]
    OtherSchema {
        /// Number of the migration.
        version: i64,
    },
    /// The engine is set to answer before data are on disk.
    #[error("store would not be durable: {setting} is {found}, must be {needed}")]
    NotDurable {
        /// Which setting.
        setting: &'static str,
        /// Its value.
        found: String,
        /// What it must be.
        needed: &'static str,
    },
    /// The key file can not be read or written.
    #[error("key file {path}", path = path.display())]
    KeyFile {
        /// The file.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: Arc<std::io::Error>,
    },
    /// Others than its owner may read the key file.
    #[error("key file {path} has mode {mode:04o}, allowed is 0600", path = path.display())]
    KeyFileMode {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// A line of the key file is not `kek|mac <id> <base64 of 32 bytes>`, or an id stands twice. Never shows the line.
    #[error("key file, line {line}: {why}")]
    KeyLine {
        /// Line, from 1.
        line: usize,
        /// What is wrong.
        why: &'static str,
    },
    /// The database was written with another key of this id.
    #[error("key {id} is not the one that the store was written with")]
    WrongKey {
        /// Id of the key.
        id: String,
    },
    /// The database needs a key that the key file does not hold.
    #[error("store needs key {id}, which the key file does not hold")]
    MissingKey {
        /// Id of the key.
        id: String,
    },
    /// The system gives no thread for the writer.
    #[error("no thread for the writer")]
    NoThread(#[source] Arc<std::io::Error>),
    /// The system gives no random bytes.
    #[error("no random bytes from the system")]
    NoRandom,
    /// Stored bytes do not open under their key: they, their row or the key were changed.
    #[error("{what} {id} does not open under its key")]
    Damaged {
        /// Kind of the row.
        what: &'static str,
        /// Its id.
        id: String,
    },
    /// The same id stands with other content: a request id with another body, an id used twice.
    #[error("{what} {id} stands already with other content")]
    Conflict {
        /// What the id names.
        what: &'static str,
        /// The id.
        id: String,
    },
    /// No such row, or none of this tenant: the two are not told apart.
    #[error("{what} {id} not found")]
    NotFound {
        /// What the id names.
        what: &'static str,
        /// The id.
        id: String,
    },
    /// Consents of this tenant and subject changed after the caller read them: read and decide again.
    #[error("consents changed: read at version {read}, now {found}")]
    ConsentsChanged {
        /// Version the caller decided on.
        read: i64,
        /// Version now.
        found: i64,
    },
    /// Objections of this subject changed after the caller read them: read and decide again.
    #[error("objections changed: read at line {read}, now {found}")]
    ObjectionsChanged {
        /// Line the caller decided on.
        read: i64,
        /// Line now.
        found: i64,
    },
    /// The job can not be stored as it is; says which part.
    #[error("write refused: {why}")]
    Invalid {
        /// What is wrong.
        why: &'static str,
    },
    /// The job alone is larger than a group may be.
    #[error("write of {bytes} bytes, allowed are {max}")]
    TooLarge {
        /// Size of the job.
        bytes: usize,
        /// Most allowed.
        max: usize,
    },
    /// The disk is full; nothing of this job was stored.
    #[error("disk is full, nothing was stored")]
    Full,
    /// The commit failed in a way that leaves open whether it holds. Repeat with the same request id to learn.
    #[error("commit failed, its outcome is not known")]
    OutcomeUnknown(#[source] Arc<Failure>),
    /// An earlier commit failed with an unknown state of the file; nothing is written until the store is reopened.
    #[error("store refuses writes until it is reopened: an earlier commit failed")]
    Refusing,
    /// The store was closed.
    #[error("store is closed")]
    Closed,
    /// The database failed; nothing of this job was stored.
    #[error("database")]
    Database(#[source] Arc<Failure>),
}

impl Error {
    /// The caller asked for something that no repetition makes right.
    pub fn is_invalid_input(&self) -> bool {
        matches!(self, Self::Invalid { .. } | Self::TooLarge { .. } | Self::Address { .. })
    }

    /// The row does not exist for this tenant.
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::NotFound { .. })
    }

    /// An id stands with other content.
    pub fn is_conflict(&self) -> bool {
        matches!(self, Self::Conflict { .. })
    }

    /// A later attempt with the same request id may succeed, here or at another server.
    pub fn is_unavailable(&self) -> bool {
        matches!(self, Self::Full | Self::OutcomeUnknown(_) | Self::Refusing | Self::Closed | Self::Database(_))
    }
}

/// One row broke a rule of the schema: the other rows of its group may still be right.
pub(crate) fn is_constraint(e: &Error) -> bool {
    matches!(e, Error::Database(e) if e.is_constraint())
}
