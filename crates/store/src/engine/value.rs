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
pub(crate) trait Column: rusqlite::types::FromSql + for<'r> Decode<'r, Postgres> + Type<Postgres> {}

impl<T> Column for T where T: rusqlite::types::FromSql + for<'r> Decode<'r, Postgres> + Type<Postgres> {}

pub(crate) enum Row {
    Sqlite(Vec<Cell>),
    Postgres(PgRow),
}

impl Row {
    /// Column `i`, from 0.
    pub(crate) fn get<T: Column>(&self, i: usize) -> Result<T, Error> {
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
