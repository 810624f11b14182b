//! What goes into a statement and what comes out of one.

use super::sqlite::Cell;
use crate::Error;
use sqlx::postgres::PgRow;
use sqlx::{Decode, Postgres, Row as _, Type};
use std::borrow::Cow;

/// A stored value, borrowed where it can be. `None` is NULL of that type.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value<'a> {
    Int(Option<i64>),
    Text(Option<Cow<'a, str>>),
    Bytes(Option<Cow<'a, [u8]>>),
}

/// Values of one column, of as many rows.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Column<'a> {
    Int(Vec<Option<i64>>),
    Text(Vec<Option<Cow<'a, str>>>),
    Bytes(Vec<Option<Cow<'a, [u8]>>>),
}

impl<'a> Column<'a> {
    /// The column that begins with a value.
    pub(crate) fn of(first: Value<'a>, rows: usize) -> Self {
        fn list<T>(first: T, rows: usize) -> Vec<T> {
            let mut list = Vec::with_capacity(rows);
            list.push(first);
            list
        }
        match first {
            Value::Int(v) => Self::Int(list(v, rows)),
            Value::Text(v) => Self::Text(list(v, rows)),
            Value::Bytes(v) => Self::Bytes(list(v, rows)),
        }
    }

    /// Adds a value.
    ///
    /// # Panics
    /// Where it is of another type: columns of a table have one.
    pub(crate) fn push(&mut self, value: Value<'a>) {
        match (self, value) {
            (Self::Int(list), Value::Int(v)) => list.push(v),
            (Self::Text(list), Value::Text(v)) => list.push(v),
            (Self::Bytes(list), Value::Bytes(v)) => list.push(v),
            (list, v) => panic!("{v:?} does not go with {list:?}"),
        }
    }

    /// Columns of rows that have the same types.
    pub(crate) fn of_rows(rows: Vec<Vec<Value<'a>>>) -> Vec<Self> {
        let count = rows.len();
        let mut rows = rows.into_iter();
        let first = rows.next().into_iter().flatten();
        let mut columns: Vec<Self> = first.map(|value| Self::of(value, count)).collect();
        for row in rows {
            columns.iter_mut().zip(row).for_each(|(column, value)| column.push(value));
        }
        columns
    }
}

impl Value<'_> {
    /// The same, of nobody else.
    pub(crate) fn into_owned(self) -> Value<'static> {
        match self {
            Self::Int(v) => Value::Int(v),
            Self::Text(v) => Value::Text(v.map(|v| Cow::Owned(v.into_owned()))),
            Self::Bytes(v) => Value::Bytes(v.map(|v| Cow::Owned(v.into_owned()))),
        }
    }
}

impl From<i64> for Value<'_> {
    fn from(v: i64) -> Self {
        Self::Int(Some(v))
    }
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(v: &'a str) -> Self {
        Self::Text(Some(v.into()))
    }
}

impl From<String> for Value<'_> {
    fn from(v: String) -> Self {
        Self::Text(Some(v.into()))
    }
}

impl<'a> From<&'a Option<String>> for Value<'a> {
    fn from(v: &'a Option<String>) -> Self {
        Self::Text(v.as_deref().map(Cow::Borrowed))
    }
}

impl From<Vec<u8>> for Value<'_> {
    fn from(v: Vec<u8>) -> Self {
        Self::Bytes(Some(v.into()))
    }
}

impl<'a> From<&'a [u8]> for Value<'a> {
    fn from(v: &'a [u8]) -> Self {
        Self::Bytes(Some(v.into()))
    }
}

impl<'a> From<&'a [u8; 32]> for Value<'a> {
    fn from(v: &'a [u8; 32]) -> Self {
        v[..].into()
    }
}

impl From<[u8; 32]> for Value<'_> {
    fn from(v: [u8; 32]) -> Self {
        v.to_vec().into()
    }
}

/// A type that a column is read as, from either engine.
pub(crate) trait Readable: rusqlite::types::FromSql + for<'r> Decode<'r, Postgres> + Type<Postgres> {}

impl<T> Readable for T where T: rusqlite::types::FromSql + for<'r> Decode<'r, Postgres> + Type<Postgres> {}

pub(crate) enum Row {
    Sqlite(Vec<Cell>),
    Postgres(PgRow),
}

impl Row {
    /// Column `i`, from 0.
    pub(crate) fn get<T: Readable>(&self, i: usize) -> Result<T, Error> {
        Ok(match self {
            Self::Sqlite(cells) => cells.get(i).ok_or(rusqlite::Error::InvalidColumnIndex(i))?.read(i)?,
            Self::Postgres(row) => row.try_get(i)?,
        })
    }

    /// Column `i` as 32 bytes.
    pub(crate) fn digest(&self, i: usize) -> Result<[u8; 32], Error> {
        let bytes: Vec<u8> = self.get(i)?;
        bytes.try_into().map_err(|_| Error::Damaged { what: "digest in column", id: i.to_string() })
    }
}
