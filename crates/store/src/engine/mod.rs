//! The two engines behind one face: only what lies in this folder knows which one it speaks to.
//!
//! Statements are written once. Both engines read `$1` as a place, both have the types integer, text and bytes, and
//! nothing else is stored.

mod failure;
mod lists;
mod migrations;
mod postgres;
mod sqlite;
mod value;

pub use failure::Failure;
pub(crate) use lists::{Asked, ask, in_list};
pub(crate) use value::{Column, Row, Value};

use crate::Error;
use sqlx::Connection as _;
use sqlx::postgres::{PgConnectOptions, PgConnection};
use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::Arc;

/// How the places of a statement are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Places {
    /// `$1`: both engines read it.
    Numbered,
    /// `?`: SQLite takes a numbered place for a name and looks it up, which a wide statement feels.
    Plain,
}

/// Appends `$first+1, $first+2, …` or `?, ?, …`, `count` of them.
pub(crate) fn places(sql: &mut String, style: Places, first: usize, count: usize) {
    for i in 1..=count {
        sql.push_str(if i == 1 { "" } else { ", " });
        match style {
            Places::Numbered => write!(sql, "${}", first + i).expect("a String takes all"),
            Places::Plain => sql.push('?'),
        }
    }
}

/// One connection.
///
/// What is asked of SQLite is done when the future is first polled: the writer has a thread of its own for it.
pub(crate) enum Conn {
    Sqlite(rusqlite::Connection),
    Postgres(PgConnection),
}

impl Conn {
    /// The style for wide statements.
    pub(crate) fn places(&self) -> Places {
        match self {
            Self::Sqlite(_) => Places::Plain,
            Self::Postgres(_) => Places::Numbered,
        }
    }

    /// A row is added when it is made, and does not wait for others: a call of SQLite is a call; of a server it is a way
    /// there and back.
    pub(crate) fn adds_at_once(&self) -> bool {
        matches!(self, Self::Sqlite(_))
    }

    async fn run(&mut self, sql: &str, values: &[Value<'_>]) -> Result<u64, Failure> {
        Ok(match self {
            Self::Sqlite(c) => sqlite::execute(c, sql, values)?,
            Self::Postgres(c) => postgres::execute(c, sql, values).await?,
        })
    }

    /// Runs a statement; gives the number of rows it changed.
    pub(crate) async fn execute(&mut self, sql: impl AsRef<str>, values: Vec<Value<'_>>) -> Result<u64, Error> {
        Ok(self.run(sql.as_ref(), &values).await?)
    }

    /// Runs a statement of `?` once for each row, which SQLite alone has.
    pub(crate) async fn execute_each(&mut self, sql: &str, rows: Vec<Vec<Value<'_>>>) -> Result<(), Error> {
        match self {
            Self::Sqlite(c) => Ok(sqlite::execute_each(c, sql, &rows)?),
            Self::Postgres(_) => Err(Error::Invalid { why: "rows go to PostgreSQL as lists" }),
        }
    }

    /// Runs a statement whose values are lists, which PostgreSQL alone has.
    pub(crate) async fn execute_columns(&mut self, sql: &str, columns: Vec<Column<'_>>) -> Result<(), Error> {
        match self {
            Self::Postgres(c) => Ok(postgres::execute_columns(c, sql, &columns).await.map(drop)?),
            Self::Sqlite(_) => Err(Error::Invalid { why: "a list is no value of SQLite" }),
        }
    }

    pub(crate) async fn rows(&mut self, sql: impl AsRef<str>, values: Vec<Value<'_>>) -> Result<Vec<Row>, Error> {
        match self {
            Self::Sqlite(c) => Ok(sqlite::rows(c, sql.as_ref(), &values)?),
            Self::Postgres(c) => postgres::rows(c, sql.as_ref(), &values).await,
        }
    }

    /// Runs a text of several statements without values.
    async fn script(&mut self, sql: &str) -> Result<(), Error> {
        match self {
            Self::Sqlite(c) => c.execute_batch(sql)?,
            Self::Postgres(c) => postgres::script(c, sql).await?,
        }
        Ok(())
    }

    /// Begins a transaction that writes, and takes the end of a chain, which is the one row of the table `chain`.
    ///
    /// Every other writer of that chain waits here, on any server, until the transaction ends, so that the chain stays one
    /// and what a job looks at does not change before it is written.
    pub(crate) async fn begin(&mut self, chain: &'static str) -> Result<Row, Error> {
        let (begin, lock) = match self {
            Self::Sqlite(_) => ("BEGIN IMMEDIATE", ""),
            Self::Postgres(_) => ("BEGIN", " FOR UPDATE"),
        };
        self.execute(begin, Vec::new()).await?;
        let mut rows = self.rows(format!("SELECT * FROM {chain}{lock}"), Vec::new()).await?;
        rows.pop().ok_or_else(|| Error::Damaged { what: "end of the table", id: chain.into() })
    }

    /// Begins a transaction that only reads: all its questions see the database as it is at the first.
    pub(crate) async fn begin_reading(&mut self) -> Result<(), Error> {
        let begin = match self {
            Self::Sqlite(_) => "BEGIN",
            Self::Postgres(_) => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
        };
        self.execute(begin, Vec::new()).await.map(drop)
    }

    /// A database of this schema in a temporary file that nobody else sees and that is gone with the connection, in one
    /// transaction without end.
    pub(crate) async fn scratch() -> Result<Self, Error> {
        let mut conn = Self::Sqlite(sqlite::scratch()?);
        migrations::run(&mut conn).await?;
        conn.execute("BEGIN", Vec::new()).await?;
        Ok(conn)
    }

    /// Commits. [`Error::OutcomeUnknown`] when the failure leaves open whether the transaction holds.
    pub(crate) async fn commit(&mut self) -> Result<(), Error> {
        self.run("COMMIT", &[]).await.map_err(|e| match e.surely_rolled_back() {
            true => e.into(),
            false => Error::OutcomeUnknown(Arc::new(e)),
        })?;
        Ok(())
    }

    /// Ends a transaction that failed. `false` when the connection is of no more use.
    pub(crate) async fn roll_back(&mut self) -> bool {
        match self {
            // SQLite ends the transaction itself on some errors and then has nothing to roll back.
            Self::Sqlite(c) => c.is_autocommit() || sqlite::execute(c, "ROLLBACK", &[]).is_ok(),
            Self::Postgres(_) => self.run("ROLLBACK", &[]).await.is_ok(),
        }
    }

    /// Copies what SQLite's log holds into the file and syncs it; nothing to do on PostgreSQL. `false` when a reader
    /// held part of it back.
    pub(crate) async fn settle(&mut self) -> Result<bool, Error> {
        let Self::Sqlite(_) = self else { return Ok(true) };
        let rows = self.rows("PRAGMA wal_checkpoint(TRUNCATE)", Vec::new()).await?;
        rows.first().map_or(Ok(false), |row| Ok(row.get::<i64>(0)? == 0))
    }

    /// Removes what an overwritten key left behind in the files of the engine; `false` when a reader held it back.
    ///
    /// SQLite overwrites freed bytes at once (`secure_delete`), so its log is folded in and cut; PostgreSQL keeps old
    /// rows until they are vacuumed, and its write-ahead log and backups until they are recycled.
    pub(crate) async fn scrub_keys(&mut self) -> Result<bool, Error> {
        if let Self::Postgres(_) = self {
            self.execute("VACUUM subject_keys", Vec::new()).await?;
        }
        self.settle().await
    }

    pub(crate) async fn close(self) {
        // All that was acknowledged is on disk: a failure to say goodbye loses nothing.
        match self {
            Self::Sqlite(c) => drop(c.close()),
            Self::Postgres(c) => drop(c.close().await),
        }
    }
}

/// Where the database is, and how to reach it.
#[derive(Clone)]
pub(crate) enum Engine {
    Sqlite(PathBuf),
    Postgres(Box<PgConnectOptions>),
}

impl Engine {
    pub(crate) fn of(address: &str) -> Result<Self, Error> {
        let scheme = address.split_once(':').map_or("", |(scheme, _)| scheme);
        Ok(match scheme {
            "sqlite" => Self::Sqlite(sqlite::path(address)?),
            "postgres" | "postgresql" => Self::Postgres(Box::new(postgres::options(address)?)),
            _ => return Err(Error::Address { scheme: scheme.to_owned() }),
        })
    }

    /// A connection of its own, with the settings that make a commit durable looked at.
    pub(crate) async fn connect(&self) -> Result<Conn, Error> {
        let mut conn = match self {
            Self::Sqlite(path) => Conn::Sqlite(sqlite::connect(path)?),
            Self::Postgres(options) => Conn::Postgres(postgres::connect(options).await?),
        };
        // `synchronous` of SQLite is a number, 2 is FULL; it is bound to the connection and so is asked here.
        let settings: &[(&'static str, &str, &'static str)] = match conn {
            Conn::Sqlite(_) => &[
                ("journal_mode", "SELECT journal_mode FROM pragma_journal_mode", "wal"),
                ("synchronous", "SELECT CAST(synchronous AS TEXT) FROM pragma_synchronous", "2"),
                ("secure_delete", "SELECT CAST(secure_delete AS TEXT) FROM pragma_secure_delete", "1"),
            ],
            Conn::Postgres(_) => &[
                ("fsync", "SELECT current_setting('fsync')", "on"),
                ("full_page_writes", "SELECT current_setting('full_page_writes')", "on"),
                ("synchronous_commit", "SELECT current_setting('synchronous_commit')", "on"),
            ],
        };
        for (setting, sql, needed) in settings {
            let rows = conn.rows(*sql, Vec::new()).await?;
            let found: String = rows.first().map_or(Ok(String::new()), |row| row.get(0))?;
            if found != *needed {
                return Err(Error::NotDurable { setting, found, needed });
            }
        }
        Ok(conn)
    }

    /// Brings the schema to this version.
    pub(crate) async fn migrate(&self, conn: &mut Conn) -> Result<(), Error> {
        migrations::run(conn).await
    }

    /// Connections for reading; they can not write on SQLite.
    pub(crate) fn readers(&self, connections: u32) -> Readers {
        match self {
            Self::Sqlite(path) => Readers::Sqlite(sqlite::Readers::new(path.clone(), connections)),
            Self::Postgres(options) => Readers::Postgres(postgres::Readers::new(*options.clone(), connections)),
        }
    }
}

/// A pool for reading.
#[derive(Clone)]
pub(crate) enum Readers {
    Sqlite(sqlite::Readers),
    Postgres(postgres::Readers),
}

impl Readers {
    pub(crate) async fn rows(&self, sql: impl Into<String>, values: Vec<Value<'_>>) -> Result<Vec<Row>, Error> {
        match self {
            Self::Sqlite(readers) => {
                readers.rows(sql.into(), values.into_iter().map(Value::into_owned).collect()).await
            }
            Self::Postgres(readers) => readers.rows(&sql.into(), &values).await,
        }
    }

    pub(crate) async fn close(&self) {
        match self {
            Self::Sqlite(readers) => readers.close().await,
            Self::Postgres(readers) => readers.close().await,
        }
    }
}
