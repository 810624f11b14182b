//! What an engine says when it fails, and what can be concluded from that.

use crate::Error;
use std::sync::Arc;

/// An error of the engine, in its own words.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct Failure(Cause);

#[derive(Debug, thiserror::Error)]
enum Cause {
    #[error(transparent)]
    Sqlite(rusqlite::Error),
    #[error(transparent)]
    Postgres(sqlx::Error),
}

impl From<rusqlite::Error> for Failure {
    fn from(e: rusqlite::Error) -> Self {
        Self(Cause::Sqlite(e))
    }
}

impl From<sqlx::Error> for Failure {
    fn from(e: sqlx::Error) -> Self {
        Self(Cause::Postgres(e))
    }
}

impl From<Failure> for Error {
    fn from(e: Failure) -> Self {
        if e.is_full() { Self::Full } else { Self::Database(Arc::new(e)) }
    }
}

impl From<rusqlite::Error> for Error {
    fn from(e: rusqlite::Error) -> Self {
        Failure::from(e).into()
    }
}

impl From<sqlx::Error> for Error {
    fn from(e: sqlx::Error) -> Self {
        Failure::from(e).into()
    }
}

enum Code {
    /// Result code without its extension.
    Sqlite(i32),
    /// SQLSTATE.
    Postgres(String),
}

const SQLITE_BUSY: i32 = 5;
const SQLITE_FULL: i32 = 13;
const SQLITE_CONSTRAINT: i32 = 19;

impl Failure {
    fn code(&self) -> Option<Code> {
        match &self.0 {
            Cause::Sqlite(e) => Some(Code::Sqlite(e.sqlite_extended_error_code()? & 0xff)),
            Cause::Postgres(e) => Some(Code::Postgres(e.as_database_error()?.code()?.into_owned())),
        }
    }

    fn is_full(&self) -> bool {
        match self.code() {
            Some(Code::Sqlite(c)) => c == SQLITE_FULL,
            Some(Code::Postgres(c)) => c == "53100",
            None => false,
        }
    }

    /// One row broke a rule of the schema: the other rows of its group may still be right.
    pub(crate) fn is_constraint(&self) -> bool {
        match self.code() {
            Some(Code::Sqlite(c)) => c == SQLITE_CONSTRAINT,
            Some(Code::Postgres(c)) => c.starts_with("23") || c.starts_with("22"),
            None => false,
        }
    }

    /// After this answer to COMMIT the transaction is known not to hold.
    ///
    /// PostgreSQL answers a COMMIT that it refuses with an error of its own (a lost connection is none), and SQLite
    /// says BUSY or FULL before the commit mark is written. An input/output error may come after it.
    pub(crate) fn surely_rolled_back(&self) -> bool {
        match self.code() {
            Some(Code::Sqlite(c)) => [SQLITE_BUSY, SQLITE_FULL, SQLITE_CONSTRAINT].contains(&c),
            // Class 08 is the connection, 57 the operator, 58 the system, XX an internal error: those stay open.
            Some(Code::Postgres(c)) => ["08", "57", "58", "XX"].iter().all(|class| !c.starts_with(class)),
            None => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extended_codes_are_classed_by_their_first_byte() {
        // Code, full, constraint, surely rolled back: SQLITE_FULL; BUSY and BUSY_SNAPSHOT; CONSTRAINT_UNIQUE and
        // CONSTRAINT_TRIGGER; IOERR_FSYNC; CORRUPT; READONLY.
        for (code, full, constraint, rolled_back) in [
            (13, true, false, true),
            (5, false, false, true),
            (517, false, false, true),
            (2067, false, true, true),
            (1811, false, true, true),
            (1034, false, false, false),
            (11, false, false, false),
            (8, false, false, false),
        ] {
            let failure = || Failure::from(rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(code), None));
            assert_eq!(
                (failure().is_full(), failure().is_constraint(), failure().surely_rolled_back()),
                (full, constraint, rolled_back),
                "{code}"
            );
            assert_eq!(matches!(Error::from(failure()), Error::Full), full, "{code}");
        }
    }
}
