//! The tables of the ledger as a group of events reads and writes them within its transaction: by itself, or from a thread
//! that judges the next events while the one that has the connection writes those before.
//!
//! Questions and rows of a judging thread come in one order, so each question sees all that was written before it.

use super::rows::{self, Line, damaged, number, seq_of};
use super::shelf::Stored;
use crate::Error;
use crate::engine::{Asked, Conn, Row, Value, ask};
use crate::table::{Inserts, LEDGER_EVENTS, LEDGER_RECORDS};
use ledger::{Key, Posted};
use std::sync::Arc;
use tokio::sync::{mpsc, oneshot};

/// What a group made and what is not yet written.
#[derive(Default)]
pub(crate) struct Made {
    pub(crate) lines: Vec<Line>,
    /// Keys of records, in the order of the changes, each with the event that shaped it; `None` where it is gone.
    pub(crate) changed: Vec<(Key, Option<u64>)>,
}

/// Records that stand, by their keys.
pub(crate) type Records = Vec<(Key, Stored)>;

/// Events that were entered, by their numbers.
pub(crate) type Entered = Vec<(u64, Arc<Posted>)>;

/// What a judging thread asks of the one that has the connection.
pub(crate) enum Ask {
    Records(Vec<Key>, oneshot::Sender<Records>),
    Entered(Vec<u64>, oneshot::Sender<Entered>),
    Write(Made),
}

/// Who reads and writes the tables.
pub(crate) enum Tables<'a> {
    Here(Here<'a>),
    /// The other end, which closes when a statement fails: what failed is known there.
    Beside(mpsc::Sender<Ask>),
}

/// Whoever has the connection.
pub(crate) struct Here<'a> {
    conn: &'a mut Conn,
    /// Where the events are, when they stand elsewhere already and only records are made.
    events: Option<Asked<'a>>,
    inserts: &'a mut Inserts,
}

impl Tables<'_> {
    /// What stands under keys; one under which nothing does is left out.
    pub(crate) async fn records(&mut self, keys: Vec<Key>) -> Result<Records, Error> {
        match self {
            _ if keys.is_empty() => Ok(Vec::new()),
            Self::Here(here) => here.records(keys).await,
            Self::Beside(asks) => answered(asks, |reply| Ask::Records(keys, reply)).await,
        }
    }

    /// Events with these numbers; one that is not there is left out.
    pub(crate) async fn entered(&mut self, seqs: Vec<u64>) -> Result<Entered, Error> {
        match self {
            _ if seqs.is_empty() => Ok(Vec::new()),
            Self::Here(here) => here.entered(seqs).await,
            Self::Beside(asks) => answered(asks, |reply| Ask::Entered(seqs, reply)).await,
        }
    }

    /// Writes; beside another thread it is written some time before the next answer.
    pub(crate) async fn write(&mut self, made: Made) -> Result<(), Error> {
        match self {
            Self::Here(here) => here.write(made).await,
            Self::Beside(asks) => asks.send(Ask::Write(made)).await.map_err(|_| Error::Closed),
        }
    }

    /// Asks where the events are. A thread that judges beside another reads none.
    pub(crate) async fn rows(&mut self, sql: &str, values: Vec<Value<'_>>) -> Result<Vec<Row>, Error> {
        match self {
            Self::Here(here) => here.asked().rows(sql.to_owned(), values).await,
            Self::Beside(_) => Err(Error::Closed),
        }
    }
}

async fn answered<T>(asks: &mpsc::Sender<Ask>, ask: impl FnOnce(oneshot::Sender<T>) -> Ask) -> Result<T, Error> {
    let (reply, answer) = oneshot::channel();
    asks.send(ask(reply)).await.map_err(|_| Error::Closed)?;
    answer.await.map_err(|_| Error::Closed)
}

impl<'a> Here<'a> {
    pub(crate) fn new(conn: &'a mut Conn, events: Option<Asked<'a>>, inserts: &'a mut Inserts) -> Self {
        Self { conn, events, inserts }
    }

    /// Does what a judging thread asks for until it ends.
    ///
    /// # Errors
    /// Of the database; nothing more is asked for then.
    pub(crate) async fn serve(mut self, mut asks: mpsc::Receiver<Ask>) -> Result<(), Error> {
        while let Some(ask) = asks.recv().await {
            // Who no longer listens has failed by itself.
            match ask {
                Ask::Records(keys, reply) => drop(reply.send(self.records(keys).await?)),
                Ask::Entered(seqs, reply) => drop(reply.send(self.entered(seqs).await?)),
                Ask::Write(made) => self.write(made).await?,
            }
        }
        Ok(())
    }

    /// Whom to ask for events.
    fn asked(&mut self) -> Asked<'_> {
        match &mut self.events {
            Some(asked) => asked.again(),
            None => Asked::Conn(self.conn),
        }
    }

    async fn records(&mut self, keys: Vec<Key>) -> Result<Records, Error> {
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
        let records = rows::records_of(self.asked(), found.clone()).await?;
        let stored = |(seq, key): (u64, Key)| {
            let record = records.get(&(seq, key)).ok_or_else(|| damaged("record", key.to_text()))?;
            Ok((key, Stored { seq, record: Arc::clone(record) }))
        };
        found.into_iter().map(stored).collect()
    }

    async fn entered(&mut self, seqs: Vec<u64>) -> Result<Entered, Error> {
        rows::posted(self.asked(), seqs).await
    }

    async fn write(&mut self, made: Made) -> Result<(), Error> {
        if self.events.is_none() {
            let lines = made.lines.iter().map(Line::row).collect::<Result<Vec<_>, _>>()?;
            self.inserts.add(self.conn, &LEDGER_EVENTS, lines).await?;
        }
        // Neighbours lie on one page, which is found and written once. Of changes of one record the last stands.
        let mut changed: Vec<(String, Option<u64>)> =
            made.changed.iter().map(|(key, seq)| (key.to_text(), *seq)).collect();
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
        self.inserts.put(self.conn, &LEDGER_RECORDS, rows).await
    }
}
