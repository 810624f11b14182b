//! SQLite, called as a library: a statement runs on the thread that asks, without a hand-over to another.

use super::Failure;
use super::value::{Row, Value};
use crate::Error;
use rusqlite::types::{FromSql, ToSql, ToSqlOutput, Type, ValueRef};
use rusqlite::{CachedStatement, Connection, OpenFlags};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::Semaphore;

/// More than the store has texts of statements.
const STATEMENTS: usize = 256;

impl ToSql for Value<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Int(Some(v)) => ValueRef::Integer(*v),
            Self::Text(Some(v)) => ValueRef::Text(v.as_bytes()),
            Self::Bytes(Some(v)) => ValueRef::Blob(v),
            Self::Int(None) | Self::Text(None) | Self::Bytes(None) => ValueRef::Null,
        }))
    }
}

/// A column of a row as SQLite stored it: a text that is none, and a column of another type than it should have, are
/// found when they are read.
pub(crate) enum Cell {
    Null,
    Int(i64),
    Real(f64),
    Text(Vec<u8>),
    Bytes(Vec<u8>),
}

impl Cell {
    fn of(value: ValueRef<'_>) -> Self {
        match value {
            ValueRef::Null => Self::Null,
            ValueRef::Integer(v) => Self::Int(v),
            ValueRef::Real(v) => Self::Real(v),
            ValueRef::Text(v) => Self::Text(v.to_vec()),
            ValueRef::Blob(v) => Self::Bytes(v.to_vec()),
        }
    }

    fn value(&self) -> ValueRef<'_> {
        match self {
            Self::Null => ValueRef::Null,
            Self::Int(v) => ValueRef::Integer(*v),
            Self::Real(v) => ValueRef::Real(*v),
            Self::Text(v) => ValueRef::Text(v),
            Self::Bytes(v) => ValueRef::Blob(v),
        }
    }

    /// As column `i` of its row.
    pub(crate) fn read<T: FromSql>(&self, i: usize) -> rusqlite::Result<T> {
        let kind: Type = self.value().data_type();
        T::column_result(self.value()).map_err(|e| rusqlite::Error::FromSqlConversionFailure(i, kind, Box::new(e)))
    }
}

/// The path in `sqlite:<path>`.
pub(crate) fn path(address: &str) -> Result<PathBuf, Error> {
    let path = address.strip_prefix("sqlite://").or(address.strip_prefix("sqlite:")).unwrap_or(address);
    match path.contains('?') {
        true => Err(Error::Invalid { why: "an address of SQLite is sqlite:<path>, without parameters" }),
        false => Ok(path.into()),
    }
}

/// A connection that writes. Makes the file when there is none.
pub(crate) fn connect(path: &Path) -> Result<Connection, Failure> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let c = Connection::open_with_flags(path, flags)?;
    set(&c)?;
    // A rating takes more than a page of 4 KiB, which would be half empty: pages of 16 KiB save a quarter of the time of a
    // write. A file keeps the size that it was made with. The log is folded in when it has 16 MiB.
    c.execute_batch(
        "PRAGMA page_size = 16384;
         PRAGMA journal_mode = WAL;
         PRAGMA synchronous = FULL;
         PRAGMA wal_autocheckpoint = 1000;
         PRAGMA cache_size = -32000;",
    )?;
    Ok(c)
}

/// A connection to a temporary file of its own: what it writes need not survive.
pub(crate) fn scratch() -> Result<Connection, Failure> {
    let c = Connection::open("")?;
    c.set_prepared_statement_cache_capacity(STATEMENTS);
    c.execute_batch(
        "PRAGMA page_size = 16384; PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -64000;",
    )?;
    Ok(c)
}

/// A connection that reads only.
fn reader(path: &Path) -> Result<Connection, Failure> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let c = Connection::open_with_flags(path, flags)?;
    set(&c)?;
    c.execute_batch("PRAGMA cache_size = -8000; PRAGMA query_only = ON;")?;
    Ok(c)
}

fn set(c: &Connection) -> Result<(), Failure> {
    c.busy_timeout(Duration::from_secs(10))?;
    c.set_prepared_statement_cache_capacity(STATEMENTS);
    // `secure_delete`: a destroyed key must not survive in a free page.
    c.execute_batch(
        "PRAGMA foreign_keys = ON;
         PRAGMA secure_delete = ON;
         PRAGMA recursive_triggers = ON;
         PRAGMA temp_store = MEMORY;",
    )?;
    Ok(())
}

/// The statement with its values bound: in order for `?`, by their numbers for `$1`, which SQLite takes for a name.
fn bound<'c>(c: &'c Connection, sql: &str, values: &[Value<'_>]) -> Result<CachedStatement<'c>, Failure> {
    let mut statement = c.prepare_cached(sql)?;
    let count = statement.parameter_count();
    let numbered = count > 0 && statement.parameter_name(1).is_some();
    if !numbered && count != values.len() {
        return Err(rusqlite::Error::InvalidParameterCount(values.len(), count).into());
    }
    for i in 1..=count {
        let number = match numbered {
            true => statement.parameter_name(i).and_then(|name| name.strip_prefix('$')?.parse().ok()).unwrap_or(0),
            false => i,
        };
        let wrong = || rusqlite::Error::InvalidParameterCount(values.len(), number);
        let value = values.get(number.wrapping_sub(1)).ok_or_else(wrong)?;
        statement.raw_bind_parameter(i, value)?;
    }
    Ok(statement)
}

/// Runs a statement; gives the number of rows it changed.
pub(crate) fn execute(c: &Connection, sql: &str, values: &[Value<'_>]) -> Result<u64, Failure> {
    Ok(bound(c, sql, values)?.raw_execute()? as u64)
}

/// Runs a statement of `?` once for each row of values.
pub(crate) fn execute_each(c: &Connection, sql: &str, rows: &[Vec<Value<'_>>]) -> Result<(), Failure> {
    let mut statement = c.prepare_cached(sql)?;
    let count = statement.parameter_count();
    for values in rows {
        if values.len() != count {
            return Err(rusqlite::Error::InvalidParameterCount(values.len(), count).into());
        }
        for (value, place) in values.iter().zip(1..) {
            statement.raw_bind_parameter(place, value)?;
        }
        statement.raw_execute()?;
    }
    Ok(())
}

pub(crate) fn rows(c: &Connection, sql: &str, values: &[Value<'_>]) -> Result<Vec<Row>, Failure> {
    let mut statement = bound(c, sql, values)?;
    let (columns, mut out) = (statement.column_count(), Vec::new());
    let mut rows = statement.raw_query();
    while let Some(row) = rows.next()? {
        let cells = (0..columns).map(|i| row.get_ref(i).map(Cell::of)).collect::<Result<_, _>>()?;
        out.push(Row::Sqlite(cells));
    }
    Ok(out)
}

/// Connections for reading, opened when they are first needed.
#[derive(Clone)]
pub(crate) struct Readers(Arc<Pool>);

struct Pool {
    path: PathBuf,
    connections: u32,
    free: Semaphore,
    idle: Mutex<Vec<Connection>>,
}

impl Readers {
    pub(crate) fn new(path: PathBuf, connections: u32) -> Self {
        let free = Semaphore::new(connections as usize);
        Self(Arc::new(Pool { path, connections, free, idle: Mutex::new(Vec::new()) }))
    }

    /// Asks on a thread that may wait for the disk.
    pub(crate) async fn rows(&self, sql: String, values: Vec<Value<'static>>) -> Result<Vec<Row>, Error> {
        let permit = self.0.free.acquire().await.map_err(|_| Error::Closed)?;
        // Given back by the thread: the caller may be gone before it is done.
        permit.forget();
        let pool = self.0.clone();
        let asked = tokio::task::spawn_blocking(move || {
            let _place = Place(&pool);
            pool.ask(&sql, &values)
        });
        // Not run: the runtime is shutting down.
        asked.await.map_err(|_| Error::Closed)?
    }

    /// Waits for what is being read.
    pub(crate) async fn close(&self) {
        // An error says that it was closed before.
        let _ = self.0.free.acquire_many(self.0.connections).await;
        self.0.free.close();
        self.0.idle.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

/// A place in the pool, free again when this is dropped, also by a panic.
struct Place<'a>(&'a Pool);

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.free.add_permits(1);
    }
}

impl Pool {
    fn ask(&self, sql: &str, values: &[Value<'_>]) -> Result<Vec<Row>, Error> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let connection = idle.map_or_else(|| reader(&self.path), Ok)?;
        let rows = rows(&connection, sql, values)?;
        // One that failed is let go.
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
        Ok(rows)
    }
}
