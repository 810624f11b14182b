//! What of an entry is stored, and how it is read back.
//!
//! The request of an event is stored as the key of its mark; that mark is no record of its own, for it says nothing that
//! the row does not. A change names the event that shaped the record before: what the record was then stands there.

use crate::Error;
use crate::engine::{Asked, Row, Value, ask};
use ledger::chain::{self, Broken, Hash, Head, Link};
use ledger::event::UnixMicros;
use ledger::record::Mark;
use ledger::{Account, Change, Entry, Event, Key, Posted, Posting, Record};
use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

/// Where the end of the ledger's chain stands: `id, seq, recorded_at, hash`.
pub(crate) const HEAD: &str = "ledger_head";

/// Columns of an event with all that it did.
pub(crate) const POSTED: &str = "seq, recorded_at, event, postings, changes, entry, hash";

/// The row of an event, and where its changes stand in it.
pub(crate) struct Written {
    pub(crate) seq: u64,
    pub(crate) recorded_at: UnixMicros,
    pub(crate) request: String,
    pub(crate) event: String,
    pub(crate) postings: String,
    pub(crate) changes: String,
    pub(crate) link: Link,
}

/// A line as it stands in a ledger.
pub(crate) struct Line {
    pub(crate) seq: u64,
    recorded_at: UnixMicros,
    request: String,
    pub(crate) event: String,
    postings: String,
    changes: String,
    entry: Hash,
    hash: Hash,
}

impl Line {
    /// The event, where the bytes are one.
    pub(crate) fn event(&self) -> Option<Event> {
        Event::from_bytes(self.event.as_bytes()).ok()
    }

    pub(crate) fn read(row: &Row) -> Result<Self, Error> {
        Ok(Self {
            seq: seq_of(row, 0)?,
            recorded_at: UnixMicros(row.get(1)?),
            request: row.get(2)?,
            event: row.get(3)?,
            postings: row.get(4)?,
            changes: row.get(5)?,
            entry: row.digest(6)?,
            hash: row.digest(7)?,
        })
    }

    /// That its hash and number follow `head`.
    pub(crate) fn follows(&self, head: &Head) -> Result<(), Broken> {
        let Self { seq, recorded_at, entry, hash, .. } = *self;
        chain::verify(*head, [chain::Line { seq, recorded_at, event: self.event.as_bytes(), entry, hash }]).map(drop)
    }
}

/// Where the texts of a change stand in [`Written::changes`].
pub(crate) struct Place {
    pub(crate) key: Range<usize>,
    /// `None` where the record is gone.
    pub(crate) record: Option<Range<usize>>,
}

/// A change as it is read: key, the event that shaped the record before, the record after.
type Changed = (Key, Option<u64>, Option<Record>);

/// The key of the mark of an event's request.
pub(crate) fn request(event: &Event) -> Key {
    Key::Request(event.actor.office, event.request_id)
}

/// The texts of changes, each with its place; `before` gives the event that shaped a record before.
///
/// Without the mark of the request, which is the row.
pub(crate) fn changes(entry: &Entry, before: impl Fn(&Key) -> Option<u64>) -> (String, Vec<(Key, Place)>) {
    let mut text = String::with_capacity(1024);
    let mut places = Vec::with_capacity(entry.changes.len());
    text.push('[');
    for Change { key, after, .. } in entry.changes.iter().filter(|c| !matches!(c.key, Key::Request(..))) {
        text.push_str(if places.is_empty() { "[" } else { ",[" });
        let start = text.len();
        text.push_str(&key.to_text());
        let of_key = start..text.len();
        match before(key) {
            Some(seq) => text.push_str(&format!(",{seq},")),
            None => text.push_str(",null,"),
        }
        let start = text.len();
        text.push_str(&after.as_ref().map_or_else(|| "null".to_owned(), |record| record.to_text()));
        let record = after.is_some().then_some(start..text.len());
        text.push(']');
        places.push((*key, Place { key: of_key, record }));
    }
    text.push(']');
    (text, places)
}

/// The text of an account, under which its balance stands.
pub(crate) fn account_text(account: &Account) -> Result<String, Error> {
    serde_json::to_string(account).map_err(|_| damaged("account", format!("{account:?}")))
}

pub(crate) fn number(seq: u64) -> Result<i64, Error> {
    i64::try_from(seq).map_err(|_| Error::Invalid { why: "number of an event is beyond 63 bits" })
}

/// A number that was stored.
pub(crate) fn seq_of(row: &Row, column: usize) -> Result<u64, Error> {
    let number: i64 = row.get(column)?;
    u64::try_from(number).map_err(|_| damaged("number of event", number))
}

pub(crate) fn damaged(what: &'static str, id: impl ToString) -> Error {
    Error::Damaged { what, id: id.to_string() }
}

/// The end of the chain of a row `id, seq, recorded_at, hash`.
pub(crate) fn head_of(row: &Row) -> Result<Head, Error> {
    Ok(Head { seq: seq_of(row, 1)?, recorded_at: UnixMicros(row.get(2)?), hash: row.digest(3)? })
}

pub(crate) fn event_of(row: &Row, column: usize, seq: u64) -> Result<Event, Error> {
    Event::from_bytes(row.get::<String>(column)?.as_bytes()).map_err(|_| damaged("event", seq))
}

pub(crate) fn postings_of(row: &Row, column: usize, seq: u64) -> Result<Vec<Posting>, Error> {
    serde_json::from_str(&row.get::<String>(column)?).map_err(|_| damaged("postings of event", seq))
}

pub(crate) fn record_of(row: &Row, column: usize, key: &str) -> Result<Record, Error> {
    serde_json::from_str(&row.get::<String>(column)?).map_err(|_| damaged("record", key))
}

fn changes_of(row: &Row, column: usize, seq: u64) -> Result<Vec<Changed>, Error> {
    serde_json::from_str(&row.get::<String>(column)?).map_err(|_| damaged("changes of event", seq))
}

/// The events with these numbers, with what they did; one that is not there is left out.
pub(crate) async fn posted(asked: impl Into<Asked<'_>>, seqs: Vec<u64>) -> Result<Vec<(u64, Arc<Posted>)>, Error> {
    let mut asked = asked.into();
    let numbers = seqs.into_iter().map(number).collect::<Result<Vec<_>, _>>()?;
    let sql = format!("SELECT {POSTED} FROM ledger_events WHERE {{in}}");
    let rows = ask(asked.again(), &sql, "seq", numbers).await?;
    let mut changes = HashMap::new();
    for row in &rows {
        let seq = seq_of(row, 0)?;
        changes.insert(seq, changes_of(row, 4, seq)?);
    }
    let before: Vec<i64> = changes.values().flatten().filter_map(|c| c.1).map(number).collect::<Result<_, _>>()?;
    let before = records_of(asked, before).await?;
    let read = |row: Row| {
        let seq = seq_of(&row, 0)?;
        Ok((seq, Arc::new(read_posted(&row, seq, changes.remove(&seq).unwrap_or_default(), &before)?)))
    };
    // A number that was asked for twice came twice.
    let mut out: Vec<(u64, Arc<Posted>)> = rows.into_iter().map(read).collect::<Result<_, Error>>()?;
    out.dedup_by_key(|(seq, _)| *seq);
    Ok(out)
}

fn read_posted(
    row: &Row,
    seq: u64,
    changes: Vec<Changed>,
    before: &HashMap<(Key, u64), Arc<Record>>,
) -> Result<Posted, Error> {
    let (recorded_at, event) = (UnixMicros(row.get(1)?), event_of(row, 2, seq)?);
    let mark = Arc::new(Record::Mark(Mark { seq }));
    let mut all = vec![Change { key: request(&event), before: None, after: Some(mark) }];
    for (key, from, after) in changes {
        let missing = || damaged("record before event", seq);
        let before = from.map(|from| before.get(&(key, from)).cloned().ok_or_else(missing)).transpose()?;
        all.push(Change { key, before, after: after.map(Arc::new) });
    }
    let entry = Entry {
        seq,
        effective_on: event.effective_on,
        recorded_at,
        postings: postings_of(row, 3, seq)?,
        changes: all,
        findings: Vec::new(),
        notes: Vec::new(),
    };
    Ok(Posted { event, entry, link: Link { entry: row.digest(5)?, hash: row.digest(6)? } })
}

/// The records that events made, by key and event.
async fn records_of(asked: Asked<'_>, mut seqs: Vec<i64>) -> Result<HashMap<(Key, u64), Arc<Record>>, Error> {
    seqs.sort_unstable();
    seqs.dedup();
    let mut out = HashMap::new();
    for row in ask(asked, "SELECT seq, changes FROM ledger_events WHERE {in}", "seq", seqs).await? {
        let seq = seq_of(&row, 0)?;
        for (key, _, after) in changes_of(&row, 1, seq)? {
            out.extend(after.map(|record| ((key, seq), Arc::new(record))));
        }
    }
    Ok(out)
}

impl Written {
    /// The first column in which a line is not this one.
    pub(crate) fn differs(&self, line: &Line) -> Option<&'static str> {
        let same = [
            ("seq", self.seq == line.seq),
            ("recorded_at", self.recorded_at == line.recorded_at),
            ("request", self.request == line.request),
            ("event", self.event == line.event),
            ("postings", self.postings == line.postings),
            ("changes", self.changes == line.changes),
            ("entry", self.link.entry == line.entry),
            ("hash", self.link.hash == line.hash),
        ];
        same.into_iter().find(|(_, same)| !same).map(|(column, _)| column)
    }

    pub(crate) fn row(&self) -> Result<Vec<Value<'_>>, Error> {
        Ok(vec![
            number(self.seq)?.into(),
            self.recorded_at.0.into(),
            self.request.as_str().into(),
            self.event.as_str().into(),
            self.postings.as_str().into(),
            self.changes.as_str().into(),
            (&self.link.entry).into(),
            (&self.link.hash).into(),
        ])
    }
}
