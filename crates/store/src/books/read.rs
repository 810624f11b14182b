//! What is read of the ledger beside its writer.

use super::Ledger;
use super::rows::{self, HEAD, damaged, event_of, head_of, number, postings_of, record_of, request, seq_of};
use crate::Error;
use crate::engine::{Conn, Row, Value};
use ledger::chain::Head;
use ledger::event::UnixMicros;
use ledger::record::Mark;
use ledger::{Event, Key, Posted, Posting, Record};
use std::sync::Arc;

/// An event with its postings, as totals, exports and followers read it.
#[derive(Debug, Clone, PartialEq)]
pub struct EntryLine {
    /// Its number, from 1 without a gap.
    pub seq: u64,
    /// When the ledger took it.
    pub recorded_at: UnixMicros,
    /// The event.
    pub event: Event,
    /// What it did to accounts.
    pub postings: Vec<Posting>,
}

pub(crate) async fn head(conn: &mut Conn) -> Result<Head, Error> {
    head_in(&conn.rows(select_head(), Vec::new()).await?)
}

fn select_head() -> String {
    format!("SELECT id, seq, recorded_at, hash FROM {HEAD}")
}

fn head_in(rows: &[Row]) -> Result<Head, Error> {
    head_of(rows.first().ok_or_else(|| damaged("end of the table", HEAD))?)
}

impl Ledger {
    /// The end of the chain.
    ///
    /// # Errors
    /// [`Error::Database`], [`Error::Damaged`].
    pub async fn head(&self) -> Result<Head, Error> {
        head_in(&self.readers().rows(select_head(), Vec::new()).await?)
    }

    /// The record under a key.
    ///
    /// # Errors
    /// [`Error::Database`], [`Error::Damaged`].
    pub async fn record(&self, key: &Key) -> Result<Option<Record>, Error> {
        let text = key.to_text();
        let sql = "SELECT r.seq, e.did FROM ledger_records r JOIN ledger_events e ON e.seq = r.seq WHERE r.key = $1";
        let rows = self.readers().rows(sql, vec![text.into()]).await?;
        let Some(row) = rows.first() else { return Ok(None) };
        record_of(row, 1, seq_of(row, 0)?, key).map(Arc::unwrap_or_clone).map(Some)
    }

    /// Records whose keys begin with `prefix`, in the order of the keys' bytes, at most `max` of them after the key
    /// `after`: the texts of keys are those of [`Key::to_text`], so `{"loan":{"bank":"icbc",` begins the loans of a bank.
    ///
    /// # Errors
    /// [`Error::Database`], [`Error::Damaged`].
    pub async fn records(&self, prefix: &str, after: Option<&Key>, max: usize) -> Result<Vec<(Key, Record)>, Error> {
        // No text of a key has a character beyond this one.
        let end = format!("{prefix}\u{10ffff}");
        let after = after.map_or_else(String::new, Key::to_text);
        let max = i64::try_from(max).unwrap_or(i64::MAX);
        let sql = "SELECT r.key, r.seq, e.did FROM ledger_records r JOIN ledger_events e ON e.seq = r.seq \
                   WHERE r.key >= $1 AND r.key < $2 AND r.key > $3 ORDER BY r.key LIMIT $4";
        let values: Vec<Value<'_>> = vec![prefix.into(), end.into(), after.into(), max.into()];
        let rows = self.readers().rows(sql, values).await?;
        let read = |row: &Row| {
            let text: String = row.get(0)?;
            let key: Key = serde_json::from_str(&text).map_err(|_| damaged("key", &text))?;
            Ok((key, Arc::unwrap_or_clone(record_of(row, 2, seq_of(row, 1)?, &key)?)))
        };
        rows.iter().map(read).collect()
    }

    /// The hash of the chain at the event with this number, as it stands; `None` where there is none.
    ///
    /// # Errors
    /// [`Error::Database`], [`Error::Damaged`].
    pub async fn hash_at(&self, seq: u64) -> Result<Option<[u8; 32]>, Error> {
        let Ok(seq) = number(seq) else { return Ok(None) };
        let sql = "SELECT hash FROM ledger_events WHERE seq = $1";
        self.readers().rows(sql, vec![seq.into()]).await?.first().map(|row| row.digest(0)).transpose()
    }

    /// The event with this number and all that it did; `None` where there is none.
    ///
    /// # Errors
    /// [`Error::Database`], [`Error::Damaged`].
    pub async fn posted(&self, seq: u64) -> Result<Option<Posted>, Error> {
        let Ok(_) = number(seq) else { return Ok(None) };
        let found = rows::posted(self.readers(), vec![seq]).await?.pop();
        Ok(found.map(|(_, posted)| Arc::unwrap_or_clone(posted)))
    }

    /// The event of an office's request, where it was entered.
    ///
    /// # Errors
    /// [`Error::Database`], [`Error::Damaged`].
    pub async fn entered(&self, event: &Event) -> Result<Option<u64>, Error> {
        Ok(match self.record(&request(event)).await? {
            Some(Record::Mark(Mark { seq })) => Some(seq),
            _ => None,
        })
    }

    /// At most `max` events after the number `after`, in order.
    ///
    /// # Errors
    /// [`Error::Database`], [`Error::Damaged`].
    pub async fn lines(&self, after: u64, max: usize) -> Result<Vec<EntryLine>, Error> {
        let sql = "SELECT seq, recorded_at, event, did FROM ledger_events WHERE seq > $1 ORDER BY seq LIMIT $2";
        let max = i64::try_from(max).unwrap_or(i64::MAX);
        let rows = self.readers().rows(sql, vec![number(after)?.into(), max.into()]).await?;
        let read = |row: &Row| {
            let seq = seq_of(row, 0)?;
            let (recorded_at, event) = (UnixMicros(row.get(1)?), event_of(row, 2, seq)?);
            Ok(EntryLine { seq, recorded_at, event, postings: postings_of(row, 3, seq)? })
        };
        rows.iter().map(read).collect()
    }
}
