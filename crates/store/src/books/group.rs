//! Events in one transaction: each judged by the books as the events before it left them, all written at the end.

use super::rows::{self, Line, damaged, request};
use super::shelf::{Missing, Shelf, Stored, View};
use super::tables::{Here, Made, Tables};
use super::writer::{Each, Streamed, Together};
use super::{Counted, LedgerFault, Part, Taken};
use crate::Error;
use crate::engine::{Asked, Conn, Row, Value};
use crate::table::Inserts;
use ledger::chain::{self, Head};
use ledger::event::Body;
use ledger::record::Mark;
use ledger::{Change, Entry, Event, Key, Posted, Record, Refusal};
use std::sync::Arc;
use tokio::sync::mpsc;

/// Bytes of rows that wait for the end of a transaction; above, they are written within it.
const WAITING_BYTES: usize = 64 << 20;

/// Most events whose records are asked for at once.
const LOOKED_UP: usize = 2_048;

pub(crate) struct Group<'a> {
    tables: Tables<'a>,
    shelf: Shelf,
    head: Head,
    made: Made,
    /// Of the lines that are not yet written.
    bytes: usize,
    /// Most lines that wait.
    waiting: usize,
}

impl<'a> Group<'a> {
    /// A group after `head`, with a shelf that is true at it. Lines are written as soon as `waiting` of them wait.
    pub(crate) fn new(tables: Tables<'a>, shelf: Shelf, head: Head, waiting: usize) -> Self {
        Self { tables, shelf, head, made: Made::default(), bytes: 0, waiting }
    }

    /// A group before the first of the events that stand in `events`: see [`Self::again`].
    pub(crate) fn from_start(conn: &'a mut Conn, events: Asked<'a>, inserts: &'a mut Inserts) -> Self {
        let tables = Tables::Here(Here::new(conn, Some(events), inserts));
        Self::new(tables, Shelf::of_nothing(), Head::default(), usize::MAX)
    }

    /// What the group leaves, after all is written or where nothing is kept.
    pub(crate) fn end(self) -> (Shelf, Head) {
        (self.shelf, self.head)
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

    /// Takes events as they come after the `first`, up to the first that is refused.
    ///
    /// # Errors
    /// As [`Self::take_all`].
    pub(crate) async fn take_stream(
        &mut self,
        first: Part,
        mut later: mpsc::Receiver<Part>,
    ) -> Result<Streamed, Error> {
        let (mut counted, mut next) = (Counted::default(), Some(first));
        loop {
            let events = match next {
                Some(Part::Events(events)) => events,
                Some(Part::End) => return Ok(Streamed::Whole(counted)),
                None => return Ok(Streamed::GivenUp),
            };
            for part in parts(events) {
                self.look_up(&part).await?;
                for event in part {
                    match self.take(event).await? {
                        Ok(Taken { repeated: false, .. }) => counted.entered += 1,
                        Ok(_) => counted.repeated += 1,
                        Err(refusal) => return Ok(Streamed::Refused(counted.entered + counted.repeated, refusal)),
                    }
                }
            }
            next = later.recv().await;
        }
    }

    /// Loads what these events ask for first, in few questions.
    pub(crate) async fn look_up(&mut self, events: &[Event]) -> Result<(), Error> {
        let keys = events.iter().flat_map(ledger::needs).filter(|key| self.shelf.wants(key)).collect();
        self.load_records(keys).await?;
        // What came before and comes again, and what is taken back.
        let mark = |event: &Event| match (self.shelf.record(&request(event)), &event.body) {
            (Some(Record::Mark(Mark { seq })), _) => Some(*seq),
            (_, Body::Reversal { of, .. }) => Some(*of).filter(|of| (1..=self.head.seq).contains(of)),
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
        if let Some(column) = self.made.lines.last().and_then(|made| made.differs(line)) {
            return Ok(Err(LedgerFault::Differs { seq, column }));
        }
        self.flush_much().await?;
        Ok(Ok(()))
    }

    /// Asks where the events are.
    pub(crate) async fn rows(&mut self, sql: &str, values: Vec<Value<'_>>) -> Result<Vec<Row>, Error> {
        self.tables.rows(sql, values).await
    }

    async fn flush_much(&mut self) -> Result<(), Error> {
        let much = self.bytes > WAITING_BYTES || self.made.lines.len() >= self.waiting;
        if much { self.flush().await } else { Ok(()) }
    }

    async fn judge(&mut self, event: &Event) -> Result<Result<Entry, Refusal>, Error> {
        loop {
            let view = View::new(&self.shelf, self.head);
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
            self.made.changed.push((*key, after.is_some().then_some(seq)));
            before.push(self.shelf.put(*key, after.clone().map(|record| Stored { seq, record })));
        }
        let earlier = rows::earlier(seq, before.into_iter());
        let line = Line { seq, recorded_at, event: text, did, earlier, hash: link.hash };
        self.bytes += line.bytes();
        self.made.lines.push(line);
        // It may be reversed, or asked for again, before it is in the tables.
        self.shelf.put_posted(seq, Some(Arc::new(Posted { event, entry, link })));
        self.head = Head { seq, recorded_at, hash: link.hash };
        Ok(())
    }

    async fn load(&mut self, mut missing: Missing) -> Result<(), Error> {
        missing.keys.retain(|key| self.shelf.wants(key));
        self.load_records(missing.keys).await?;
        missing.posted.retain(|seq| !self.shelf.knows_posted(*seq));
        let found = self.tables.entered(missing.posted.clone()).await?;
        missing.posted.into_iter().for_each(|seq| self.shelf.put_posted(seq, None));
        found.into_iter().for_each(|(seq, posted)| self.shelf.put_posted(seq, Some(posted)));
        Ok(())
    }

    /// Loads what stands under keys that nothing is known of.
    async fn load_records(&mut self, keys: Vec<Key>) -> Result<(), Error> {
        let found = self.tables.records(keys).await?;
        for (key, stored) in found {
            self.shelf.put(key, Some(stored));
        }
        Ok(())
    }

    /// Writes what waits.
    pub(crate) async fn flush(&mut self) -> Result<(), Error> {
        if self.made.lines.is_empty() {
            return Ok(());
        }
        self.tables.write(std::mem::take(&mut self.made)).await?;
        self.bytes = 0;
        self.shelf.settle();
        Ok(())
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
