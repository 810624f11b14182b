//! Questions about many values at once.

use super::{Column, Conn, Places, Readers, Row, Value, places, postgres};
use crate::Error;

/// Whom to ask: a writer within its transaction, or a pool for reading.
pub(crate) enum Asked<'c> {
    Conn(&'c mut Conn),
    Readers(&'c Readers),
}

impl<'c> From<&'c mut Conn> for Asked<'c> {
    fn from(conn: &'c mut Conn) -> Self {
        Self::Conn(conn)
    }
}

impl<'c> From<&'c Readers> for Asked<'c> {
    fn from(readers: &'c Readers) -> Self {
        Self::Readers(readers)
    }
}

impl Asked<'_> {
    fn places(&self) -> Places {
        match self {
            Self::Conn(Conn::Sqlite(_)) | Self::Readers(Readers::Sqlite(_)) => Places::Plain,
            Self::Conn(Conn::Postgres(_)) | Self::Readers(Readers::Postgres(_)) => Places::Numbered,
        }
    }

    pub(crate) async fn rows(&mut self, sql: String, values: Vec<Value<'_>>) -> Result<Vec<Row>, Error> {
        match self {
            Self::Conn(conn) => conn.rows(sql, values).await,
            Self::Readers(readers) => readers.rows(sql, values).await,
        }
    }

    async fn rows_of(&mut self, sql: &str, columns: &[Column<'_>]) -> Result<Vec<Row>, Error> {
        match self {
            Self::Conn(Conn::Postgres(c)) => postgres::rows_of(c, sql, columns).await,
            Self::Readers(Readers::Postgres(readers)) => readers.rows_of(sql, columns).await,
            _ => Err(Error::Invalid { why: "a list is no value of SQLite" }),
        }
    }

    /// The same, for one of several questions.
    pub(crate) fn again(&mut self) -> Asked<'_> {
        match self {
            Self::Conn(conn) => Asked::Conn(conn),
            Self::Readers(readers) => Asked::Readers(readers),
        }
    }
}

/// Most values in one list of a question.
const LIST: usize = 256;

/// `column IN ($n, …)` for bytes, with the values appended.
pub(crate) fn in_list<'a, V: Into<Value<'a>>>(column: &str, values: &mut Vec<Value<'a>>, list: Vec<V>) -> String {
    let mut sql = format!("{column} IN (");
    places(&mut sql, Places::Numbered, values.len(), list.len());
    sql.push(')');
    values.extend(list.into_iter().map(Into::into));
    sql
}

/// Asks `sql` about a list: PostgreSQL at once, SQLite with at most [`LIST`] values. Those lists are filled up to a power of four by repeating their last
/// value: few texts, each prepared once.
pub(crate) async fn ask<'a, V: Into<Value<'a>> + Clone>(
    asked: impl Into<Asked<'_>>,
    sql: &str,
    column: &str,
    mut list: Vec<V>,
) -> Result<Vec<Row>, Error> {
    let mut asked = asked.into();
    let mut rows = Vec::new();
    if list.is_empty() {
        return Ok(rows);
    }
    if asked.places() == Places::Numbered {
        let column_of = |list: Vec<V>| Column::of_rows(list.into_iter().map(|v| vec![v.into()]).collect());
        return asked.rows_of(&sql.replace("{in}", &format!("{column} = ANY($1)")), &column_of(list)).await;
    }
    while !list.is_empty() {
        let mut part = list.split_off(list.len() - list.len().min(LIST));
        let size = [1, 4, 16, 64, LIST].into_iter().find(|n| part.len() <= *n).unwrap_or(LIST);
        let last = part[part.len() - 1].clone();
        part.resize(size, last);
        let mut condition = format!("{column} IN (");
        places(&mut condition, asked.places(), 0, size);
        condition.push(')');
        rows.extend(asked.rows(sql.replace("{in}", &condition), part.into_iter().map(Into::into).collect()).await?);
    }
    Ok(rows)
}
