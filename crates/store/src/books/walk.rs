//! Tables of the ledger read from beginning to end in the order of their keys, a page at a time.

use super::rows::{damaged, record_of, seq_of};
use crate::Error;
use crate::engine::{Asked, Row, Value};
use crate::table::Table;
use ledger::{Key, StateDigest};
use primitives::Digest;

/// Rows read at once.
const PAGE: i64 = 1_000;

/// Rows after `last` in the order of the first column.
async fn page(asked: &mut Asked<'_>, table: &Table, last: &str) -> Result<Vec<Row>, Error> {
    let (key, _) = table.columns[0];
    let sql = format!("SELECT {} FROM {} WHERE {key} > $1 ORDER BY {key} LIMIT $2", table.list(""), table.name);
    asked.rows(sql, vec![last.into(), PAGE.into()]).await
}

/// The first key under which two databases do not have the same row.
///
/// - `right`: the one whose keys can be read in any case.
pub(crate) async fn first_difference(
    right: impl Into<Asked<'_>>,
    other: impl Into<Asked<'_>>,
    table: &'static Table,
) -> Result<Option<String>, Error> {
    let (mut right, mut other) = (right.into(), other.into());
    let mut last = String::new();
    loop {
        let (rights, others) = (page(&mut right, table, &last).await?, page(&mut other, table, &last).await?);
        for i in 0..rights.len().max(others.len()) {
            let values = |rows: &[Row]| rows.get(i).and_then(|row| table.values(row, 0).ok());
            let (a, b) = (values(&rights), values(&others));
            if a.is_some() && a == b {
                continue;
            }
            let key = |values: Option<Vec<Value<'static>>>| match values?.into_iter().next() {
                Some(Value::Text(Some(key))) => Some(key.into_owned()),
                _ => None,
            };
            // The smaller one is the one that is alone; one that can not be read is where the other should be.
            let keys = [key(a), key(b)].into_iter().flatten();
            return Ok(Some(keys.min().unwrap_or_else(|| format!("after {last}"))));
        }
        match rights.last() {
            Some(row) => last = row.get(0)?,
            None => return Ok(None),
        }
    }
}

/// The digest of all records: see [`ledger::state_digest`].
pub(crate) async fn state_digest(asked: impl Into<Asked<'_>>) -> Result<Digest, Error> {
    let (mut asked, mut digest, mut last) = (asked.into(), StateDigest::default(), String::new());
    loop {
        let sql = "SELECT r.key, r.seq, e.did FROM ledger_records r JOIN ledger_events e ON e.seq = r.seq \
                   WHERE r.key > $1 ORDER BY r.key LIMIT $2";
        let rows = asked.rows(sql.to_owned(), vec![last.as_str().into(), PAGE.into()]).await?;
        for row in &rows {
            last = row.get(0)?;
            let key: Key = serde_json::from_str(&last).map_err(|_| damaged("key", &last))?;
            digest.add(&last, &record_of(row, 2, seq_of(row, 1)?, &key)?.to_text());
        }
        if rows.is_empty() {
            return Ok(digest.end());
        }
    }
}
