//! Events in one transaction: each judged by the books as the events before it left them, all written at the end.

use super::rows::{self, Line, damaged, number, request, seq_of};
use super::shelf::{Missing, Shelf, Stored, View};
use super::writer::{Each, Together};
use super::{LedgerFault, Taken};
use crate::Error;
use crate::engine::{Asked, Conn, Row, Value, ask};
use crate::table::{Inserts, LEDGER_EVENTS, LEDGER_RECORDS};
use ledger::chain::{self, Head};
use ledger::record::Mark;
use ledger::{Change, Entry, Event, Key, Posted, Record, Refusal};
use std::sync::Arc;

/// Bytes of rows that wait for the end of a transaction; above, they are written within it.
const WAITING_BYTES: usize = 64 << 20;

/// Most events whose records are asked for at once.
const LOOKED_UP: usize = 2_048;

pub(crate) struct Group<'a> {
    conn: &'a mut Conn,
    /// Where the events are, when they stand elsewhere already and only records are made.
    events: Option<Asked<'a>>,
    shelf: &'a mut Shelf,
    inserts: &'a mut Inserts,
    head: Head,
    first: u64,
    /// Rows that are not yet written.
    rows: Vec<Line>,
    bytes: usize,
    /// Texts of the keys of records that are not yet written, in the order of the changes, each with the event that shaped
    /// it; `None` where it is gone.
    changed: Vec<(String, Option<u64>)>,
}

impl<'a> Group<'a> {
    /// A group in a transaction that has begun, after `head`.
    pub(crate) fn new(conn: &'a mut Conn, shelf: &'a mut Shelf, inserts: &'a mut Inserts, head: Head) -> Self {
        let (first, rows, changed) = (head.seq, Vec::new(), Vec::new());
        Self { conn, events: None, shelf, inserts, head, first, rows, bytes: 0, changed }
    }

    /// As [`Self::new`], before the first of the events that stand in `events`: see [`Self::again`].
    pub(crate) fn from_start(
        conn: &'a mut Conn,
        events: Asked<'a>,
        shelf: &'a mut Shelf,
        inserts: &'a mut Inserts,
    ) -> Self {
        Self { events: Some(events), ..Self::new(conn, shelf, inserts, Head::default()) }
    }

    pub(crate) fn head(&self) -> Head {
        self.head
    }

    /// Takes events in their order, each by itself.
    ///
    /// # Errors
    /// Of the database, which fail all; a refusal is no error of it.
    pub(crate) async fn take_all(&mut self, events: Vec<Event>) -> Result<Each<Taken>, Error> {
        let mut out = Vec::with_capacity(events.len());
        for part in parts(events) {
            self.look_up(&part).await?;
            for event in part {
                out.push(self.take(event).await?);
            }
        }
        Ok(out)
    }

    /// Takes events in their order up to the first that is refused, which is given with its place.
    ///
    /// # Errors
    /// As [`Self::take_all`].
    pub(crate) async fn take_until_refused(&mut self, events: Vec<Event>) -> Result<Together, Error> {
        let mut out = Vec::with_capacity(events.len());
        for part in parts(events) {
            self.look_up(&part).await?;
            for event in part {
                match self.take(event).await? {
                    Ok(taken) => out.push(taken),
                    Err(refusal) => return Ok(Err((out.len(), refusal))),
                }
            }
        }
        Ok(Ok(out))
    }

    /// Loads what these events ask for first, in few questions.
    pub(crate) async fn look_up(&mut self, events: &[Event]) -> Result<(), Error> {
        let keys = events.iter().flat_map(ledger::needs).filter(|key| self.shelf.wants(key)).collect();
        self.load_records(keys).await?;
        let mark = |event| match self.shelf.record(&request(event)) {
            Some(Record::Mark(Mark { seq })) => Some(*seq),
            _ => None,
        };
        let mut posted: Vec<u64> = events.iter().filter_map(mark).collect();
        posted.sort_unstable();
        posted.dedup();
        self.load(Missing { keys: Vec::new(), posted }).await
    }

    /// Judges an event and enters it. Its recorded time is lifted to that of the last entry.
    async fn take(&mut self, mut event: Event) -> Result<Result<Taken, Refusal>, Error> {
        event.recorded_at = event.recorded_at.max(self.head.recorded_at);
        let mut entry = match self.judge(&event).await? {
            Ok(entry) => entry,
            Err(Refusal::Repeated { seq }) => {
                let posted = self.shelf.posted(seq).ok_or_else(|| damaged("event", seq))?;
                let recorded_at = posted.entry.recorded_at;
                return Ok(Ok(Taken { seq, recorded_at, repeated: true, notes: Vec::new(), findings: Vec::new() }));
            }
            Err(refusal) => return Ok(Err(refusal)),
        };
        let taken = Taken {
            seq: entry.seq,
            recorded_at: entry.recorded_at,
            repeated: false,
            notes: std::mem::take(&mut entry.notes),
            findings: std::mem::take(&mut entry.findings),
        };
        self.enter(event, entry)?;
        self.flush_much().await?;
        Ok(Ok(taken))
    }

    /// Judges an event that was entered once, and what it gives is as it stands there.
    ///
    /// # Errors
    /// Of the database; a difference is a fault and no error.
    pub(crate) async fn again(&mut self, line: &Line) -> Result<Result<(), LedgerFault>, Error> {
        let seq = line.seq;
        if let Err(broken) = line.follows(&self.head) {
            return Ok(Err(broken.into()));
        }
        let Ok(event) = Event::from_bytes(line.event.as_bytes()) else {
            return Ok(Err(LedgerFault::Unreadable { seq }));
        };
        match self.judge(&event).await? {
            Ok(entry) => self.enter(event, entry)?,
            Err(refusal) => return Ok(Err(LedgerFault::Refused { seq, refusal: Box::new(refusal) })),
        }
        if let Some(column) = self.rows.last().and_then(|made| made.differs(line)) {
            return Ok(Err(LedgerFault::Differs { seq, column }));
        }
        self.flush_much().await?;
        Ok(Ok(()))
    }

    /// Asks where the events are.
    pub(crate) async fn rows(&mut self, sql: &str, values: Vec<Value<'_>>) -> Result<Vec<Row>, Error> {
        events(&mut self.events, self.conn).rows(sql.to_owned(), values).await
    }

    async fn flush_much(&mut self) -> Result<(), Error> {
        if self.bytes > WAITING_BYTES { self.flush().await } else { Ok(()) }
    }

    async fn judge(&mut self, event: &Event) -> Result<Result<Entry, Refusal>, Error> {
        loop {
            let view = View::new(self.shelf, self.head);
            let judged = ledger::judge(&view, event);
            let missing = view.missing();
            if missing.is_empty() {
                return Ok(judged);
            }
            self.load(missing).await?;
        }
    }

    fn enter(&mut self, event: Event, entry: Entry) -> Result<(), Error> {
        let (seq, recorded_at) = (entry.seq, entry.recorded_at);
        let (bytes, did) = (event.to_bytes(), entry.pack());
        let link = chain::link_packed(&self.head, &bytes, &entry, &did);
        let text = String::from_utf8(bytes).map_err(|_| damaged("event", seq))?;
        let mut before = Vec::with_capacity(entry.changes.len());
        for Change { key, after, .. } in &entry.changes {
            self.changed.push((key.to_text(), after.is_some().then_some(seq)));
            before.push(self.shelf.put(*key, after.clone().map(|record| Stored { seq, record })));
        }
        let earlier = rows::earlier(seq, before.into_iter());
        let line = Line { seq, recorded_at, event: text, did, earlier, hash: link.hash };
        self.bytes += line.bytes();
        self.rows.push(line);
        // It may be reversed, or asked for again, before it is in the tables.
        self.shelf.put_posted(seq, Some(Arc::new(Posted { event, entry, link })));
        self.head = Head { seq, recorded_at, hash: link.hash };
        Ok(())
    }

    async fn load(&mut self, mut missing: Missing) -> Result<(), Error> {
        missing.keys.retain(|key| self.shelf.wants(key));
        self.load_records(missing.keys).await?;
        missing.posted.retain(|seq| !self.shelf.knows_posted(*seq));
        if !missing.posted.is_empty() {
            let found = rows::posted(events(&mut self.events, self.conn), missing.posted.clone()).await?;
            missing.posted.into_iter().for_each(|seq| self.shelf.put_posted(seq, None));
            found.into_iter().for_each(|(seq, posted)| self.shelf.put_posted(seq, Some(posted)));
        }
        Ok(())
    }

    /// Loads what stands under keys that nothing is known of.
    async fn load_records(&mut self, keys: Vec<Key>) -> Result<(), Error> {
        // Neighbours are looked for one after the other.
        let mut keys: Vec<(String, Key)> = keys.into_iter().map(|key| (key.to_text(), key)).collect();
        keys.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
        let texts = keys.iter().map(|(text, _)| text.as_str()).collect();
        let mut found = Vec::new();
        for row in ask(&mut *self.conn, "SELECT key, seq FROM ledger_records WHERE {in}", "key", texts).await? {
            let (text, seq): (String, u64) = (row.get(0)?, seq_of(&row, 1)?);
            let place = keys.binary_search_by(|(key, _)| key.as_str().cmp(&text));
            found.extend(place.ok().and_then(|place| keys.get(place)).map(|(_, key)| (seq, *key)));
        }
        let records = rows::records_of(events(&mut self.events, self.conn), found.clone()).await?;
        for (seq, key) in found {
            let record = records.get(&(seq, key)).ok_or_else(|| damaged("record", key.to_text()))?;
            self.shelf.put(key, Some(Stored { seq, record: Arc::clone(record) }));
        }
        Ok(())
    }

    /// Writes what waits.
    pub(crate) async fn flush(&mut self) -> Result<(), Error> {
        if self.rows.is_empty() {
            return Ok(());
        }
        if self.events.is_none() {
            let rows = self.rows.iter().map(Line::row).collect::<Result<Vec<_>, _>>()?;
            self.inserts.add(self.conn, &LEDGER_EVENTS, rows).await?;
        }
        // Neighbours lie on one page, which is found and written once. Of changes of one record the last stands.
        let mut changed = std::mem::take(&mut self.changed);
        changed.sort_by(|(a, _), (b, _)| a.cmp(b));
        let mut rows: Vec<Vec<Value<'_>>> = Vec::with_capacity(changed.len());
        for last in changed.chunk_by(|(a, _), (b, _)| a == b).filter_map(<[_]>::last) {
            match last {
                (key, Some(seq)) => rows.push(vec![key.as_str().into(), number(*seq)?.into()]),
                (key, None) => {
                    let sql = "DELETE FROM ledger_records WHERE key = $1";
                    self.conn.execute(sql, vec![key.as_str().into()]).await?;
                }
            }
        }
        self.inserts.put(self.conn, &LEDGER_RECORDS, rows).await?;
        self.rows.clear();
        self.bytes = 0;
        self.shelf.settle();
        Ok(())
    }

    /// Writes what waits, moves the end of the chain and commits.
    pub(crate) async fn commit(mut self) -> Result<Head, Error> {
        if self.head.seq > self.first {
            self.flush().await?;
            let Head { seq, recorded_at, hash } = self.head;
            let sql = "UPDATE ledger_head SET seq = $1, recorded_at = $2, hash = $3 WHERE id = 1";
            self.conn.execute(sql, vec![number(seq)?.into(), recorded_at.0.into(), hash.into()]).await?;
        }
        self.conn.commit().await?;
        Ok(self.head)
    }
}

/// Whom to ask for events.
fn events<'e>(elsewhere: &'e mut Option<Asked<'_>>, conn: &'e mut Conn) -> Asked<'e> {
    match elsewhere {
        Some(asked) => asked.again(),
        None => conn.into(),
    }
}

/// Parts of events whose records are asked for at once.
fn parts(events: Vec<Event>) -> impl Iterator<Item = Vec<Event>> {
    let mut events = events.into_iter();
    std::iter::from_fn(move || {
        let part: Vec<Event> = events.by_ref().take(LOOKED_UP).collect();
        (!part.is_empty()).then_some(part)
    })
}
