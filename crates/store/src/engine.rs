//! The two engines behind one face: the only file that knows which one it speaks to.
//!
//! Statements are written once. Both engines read `$1` as a place, both have the types integer, text and bytes, and
//! nothing else is stored.

use crate::Error;
use crate::error::surely_rolled_back;
use sqlx::migrate::MigrateError;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgPool, PgPoolOptions, PgRow};
use sqlx::sqlite::{SqliteAutoVacuum, SqliteSynchronous};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteRow,
};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, Decode, Postgres, Row as _, Sqlite, Type};
use std::fmt::Write as _;
use std::str::FromStr as _;
use std::sync::Arc;
use std::time::Duration;

/// A stored value. `None` is NULL of that type.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    Int(Option<i64>),
    Text(Option<String>),
    Bytes(Option<Vec<u8>>),
}

impl From<i64> for Value {
    fn from(v: i64) -> Self {
        Self::Int(Some(v))
    }
}

impl From<&str> for Value {
    fn from(v: &str) -> Self {
        Self::Text(Some(v.to_owned()))
    }
}

impl From<&Option<String>> for Value {
    fn from(v: &Option<String>) -> Self {
        Self::Text(v.clone())
    }
}

impl From<Vec<u8>> for Value {
    fn from(v: Vec<u8>) -> Self {
        Self::Bytes(Some(v))
    }
}

impl From<[u8; 32]> for Value {
    fn from(v: [u8; 32]) -> Self {
        Self::Bytes(Some(v.to_vec()))
    }
}

/// How the places of a statement are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Places {
    /// `$1`: both engines read it.
    Numbered,
    /// `?`: SQLite looks for the number of a numbered place by walking all of them, which a wide statement feels.
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

/// Text of a statement; shared, because the wide ones are built once and used for every group.
pub(crate) type Sql = Arc<str>;

pub(crate) enum Row {
    Sqlite(SqliteRow),
    Postgres(PgRow),
}

impl Row {
    /// Column `i`, from 0.
    pub(crate) fn get<T>(&self, i: usize) -> Result<T, Error>
    where
        T: for<'r> Decode<'r, Sqlite> + Type<Sqlite> + for<'r> Decode<'r, Postgres> + Type<Postgres>,
    {
        Ok(match self {
            Self::Sqlite(row) => row.try_get(i)?,
            Self::Postgres(row) => row.try_get(i)?,
        })
    }

    /// Column `i` as 32 bytes.
    pub(crate) fn digest(&self, i: usize) -> Result<[u8; 32], Error> {
        let bytes: Vec<u8> = self.get(i)?;
        bytes.try_into().map_err(|_| Error::Damaged { what: "digest in column", id: i.to_string() })
    }
}

/// Binds values in order; the query types of the engines share names but no trait that would carry this.
macro_rules! bound {
    ($sql:expr, $values:expr) => {{
        let mut query = sqlx::query(AssertSqlSafe($sql));
        for value in $values {
            query = match value {
                Value::Int(v) => query.bind(v),
                Value::Text(v) => query.bind(v),
                Value::Bytes(v) => query.bind(v),
            };
        }
        query
    }};
}

/// One connection.
pub(crate) enum Conn {
    Sqlite(SqliteConnection),
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

    /// Runs a statement; gives the number of rows it changed.
    pub(crate) async fn execute(&mut self, sql: impl Into<Sql>, values: Vec<Value>) -> Result<u64, sqlx::Error> {
        let sql: Sql = sql.into();
        Ok(match self {
            Self::Sqlite(c) => bound!(sql, values).execute(c).await?.rows_affected(),
            Self::Postgres(c) => bound!(sql, values).execute(c).await?.rows_affected(),
        })
    }

    pub(crate) async fn rows(&mut self, sql: impl Into<Sql>, values: Vec<Value>) -> Result<Vec<Row>, Error> {
        let sql: Sql = sql.into();
        Ok(match self {
            Self::Sqlite(c) => bound!(sql, values).fetch_all(c).await?.into_iter().map(Row::Sqlite).collect(),
            Self::Postgres(c) => bound!(sql, values).fetch_all(c).await?.into_iter().map(Row::Postgres).collect(),
        })
    }

    /// Begins a transaction that writes, and takes the end of the chain: its number and hash.
    ///
    /// Every other writer waits here, on any server, until the transaction ends, so that the chain stays one and what a
    /// job looks at does not change before it is written.
    pub(crate) async fn begin(&mut self) -> Result<(i64, [u8; 32]), Error> {
        let (begin, head) = match self {
            Self::Sqlite(_) => ("BEGIN IMMEDIATE", "SELECT seq, hash FROM chain"),
            Self::Postgres(_) => ("BEGIN", "SELECT seq, hash FROM chain FOR UPDATE"),
        };
        self.execute(begin, Vec::new()).await?;
        let rows = self.rows(head, Vec::new()).await?;
        let row = rows.first().ok_or_else(|| Error::Damaged { what: "chain", id: "head".into() })?;
        Ok((row.get(0)?, row.digest(1)?))
    }

    /// Commits. [`Error::OutcomeUnknown`] when the failure leaves open whether the transaction holds.
    pub(crate) async fn commit(&mut self) -> Result<(), Error> {
        self.execute("COMMIT", Vec::new()).await.map_err(|e| match surely_rolled_back(&e) {
            true => e.into(),
            false => Error::OutcomeUnknown(Arc::new(e)),
        })?;
        Ok(())
    }

    /// Ends a transaction that failed. `false` when the connection is of no more use.
    pub(crate) async fn roll_back(&mut self) -> bool {
        // SQLite ends the transaction itself on some errors and then has nothing to roll back.
        match (self.execute("ROLLBACK", Vec::new()).await, self) {
            (Ok(_), _) => true,
            (Err(e), Self::Sqlite(_)) => e.as_database_error().is_some_and(|e| e.message().contains("no transaction")),
            (Err(_), Self::Postgres(_)) => false,
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
        let _ = match self {
            Self::Sqlite(c) => c.close().await,
            Self::Postgres(c) => c.close().await,
        };
    }
}

/// Where the database is, and how to reach it.
#[derive(Clone)]
pub(crate) enum Engine {
    Sqlite(SqliteConnectOptions),
    Postgres(PgConnectOptions),
}

impl Engine {
    pub(crate) fn of(address: &str) -> Result<Self, Error> {
        let scheme = address.split_once(':').map_or("", |(scheme, _)| scheme);
        Ok(match scheme {
            "sqlite" => {
                let options = SqliteConnectOptions::from_str(address)?
                    .create_if_missing(true)
                    .auto_vacuum(SqliteAutoVacuum::None)
                    .journal_mode(SqliteJournalMode::Wal)
                    .synchronous(SqliteSynchronous::Full)
                    .busy_timeout(Duration::from_secs(10))
                    // A destroyed key must not survive in a free page.
                    .pragma("secure_delete", "ON")
                    .pragma("recursive_triggers", "ON")
                    .pragma("temp_store", "MEMORY")
                    // Rows pass between threads: a walk along the chain would else stop at every fiftieth.
                    .row_buffer_size(1024)
                    .pragma("wal_autocheckpoint", "4000")
                    .pragma("cache_size", "-32000");
                Self::Sqlite(options.disable_statement_logging())
            }
            "postgres" | "postgresql" => {
                let options = PgConnectOptions::from_str(address)?
                    .application_name("shangzhi")
                    // A server that hangs within a transaction holds the end of the chain: not for ever.
                    .options([
                        ("synchronous_commit", "on"),
                        ("lock_timeout", "20s"),
                        ("idle_in_transaction_session_timeout", "15s"),
                        // Every question here is a few look-ups in an index. A planner that has not seen the tables since
                        // they were small would read them whole.
                        ("enable_seqscan", "off"),
                        ("enable_hashjoin", "off"),
                        ("enable_mergejoin", "off"),
                    ]);
                Self::Postgres(options.disable_statement_logging())
            }
            _ => return Err(Error::Address { scheme: scheme.to_owned() }),
        })
    }

    /// A connection of its own, with the settings that make a commit durable looked at.
    pub(crate) async fn connect(&self) -> Result<Conn, Error> {
        let mut conn = match self {
            Self::Sqlite(options) => Conn::Sqlite(SqliteConnection::connect_with(options).await?),
            Self::Postgres(options) => Conn::Postgres(PgConnection::connect_with(options).await?),
        };
        // `synchronous` of SQLite is a number, 2 is FULL; it is bound to the connection and so is asked here.
        let settings: &[(&'static str, &str, &'static str)] = match conn {
            Conn::Sqlite(_) => &[
                ("journal_mode", "SELECT journal_mode FROM pragma_journal_mode", "wal"),
                ("synchronous", "SELECT CAST(synchronous AS TEXT) FROM pragma_synchronous", "2"),
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
        let migrator = match self {
            Self::Sqlite(_) => sqlx::migrate!("migrations/sqlite"),
            Self::Postgres(_) => sqlx::migrate!("migrations/postgres"),
        };
        let known = migrator.iter().map(|m| m.version).max().unwrap_or(0);
        let done = match conn {
            Conn::Sqlite(c) => migrator.run(c).await,
            Conn::Postgres(c) => migrator.run(c).await,
        };
        done.map_err(|e| match e {
            MigrateError::VersionMissing(found) => Error::NewerSchema { found, known },
            MigrateError::VersionMismatch(version) => Error::OtherSchema { version },
            MigrateError::Execute(e) | MigrateError::ExecuteMigration(e, _) => e.into(),
            e => Error::Database(Arc::new(e.into())),
        })
    }

    /// Connections for reading; they can not write on SQLite.
    pub(crate) fn readers(&self, connections: u32) -> Readers {
        match self {
            Self::Sqlite(options) => {
                let pool = SqlitePoolOptions::new().max_connections(connections).test_before_acquire(false);
                Readers::Sqlite(pool.connect_lazy_with(options.clone().read_only(true)))
            }
            Self::Postgres(options) => {
                let pool = PgPoolOptions::new().max_connections(connections).acquire_timeout(Duration::from_secs(10));
                Readers::Postgres(pool.connect_lazy_with(options.clone()))
            }
        }
    }
}

/// A pool for reading.
#[derive(Clone)]
pub(crate) enum Readers {
    Sqlite(SqlitePool),
    Postgres(PgPool),
}

impl Readers {
    pub(crate) async fn rows(&self, sql: impl Into<Sql>, values: Vec<Value>) -> Result<Vec<Row>, Error> {
        let sql: Sql = sql.into();
        Ok(match self {
            Self::Sqlite(c) => bound!(sql, values).fetch_all(c).await?.into_iter().map(Row::Sqlite).collect(),
            Self::Postgres(c) => bound!(sql, values).fetch_all(c).await?.into_iter().map(Row::Postgres).collect(),
        })
    }

    pub(crate) async fn close(&self) {
        match self {
            Self::Sqlite(pool) => pool.close().await,
            Self::Postgres(pool) => pool.close().await,
        }
    }
}
