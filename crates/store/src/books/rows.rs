//! What of an entry is stored, and how it is read back.
//!
//! Beside the bytes of the event stand the bytes that its entry packs to, which the chain hashes: postings, and the records
//! that it changed as they were afterwards. What a record was before stands at an earlier event, of which the number is kept.

use crate::Error;
use crate::engine::{Asked, Row, Value, ask};
use ledger::chain::{self, Broken, Hash, Head, Link};
use ledger::event::UnixMicros;
use ledger::record::Mark;
use ledger::{Change, Did, Entry, Event, Key, Posted, Posting, Record};
use std::collections::HashMap;
use std::sync::Arc;

/// Where the end of the ledger's chain stands: `id, seq, recorded_at, hash`.
pub(crate) const HEAD: &str = "ledger_head";

/// Columns of an event with all that it did.
pub(crate) const POSTED: &str = "seq, recorded_at, event, did, earlier, hash";

/// A line as it stands in a ledger, or as it will.
pub(crate) struct Line {
    pub(crate) seq: u64,
    pub(crate) recorded_at: UnixMicros,
    pub(crate) event: String,
    /// What the entry packs to.
    pub(crate) did: Vec<u8>,
    /// For each of its changes the event that shaped the record before.
    pub(crate) earlier: Vec<u8>,
    pub(crate) hash: Hash,
}

impl Line {
    /// The event, where the bytes are one.
    pub(crate) fn event(&self) -> Option<Event> {
        Event::from_bytes(self.event.as_bytes()).ok()
    }

    /// From a row of all columns.
    pub(crate) fn read(row: &Row) -> Result<Self, Error> {
        Ok(Self {
            seq: seq_of(row, 0)?,
            recorded_at: UnixMicros(row.get(1)?),
            event: row.get(2)?,
            did: row.get(3)?,
            earlier: row.get(4)?,
            hash: row.digest(5)?,
        })
    }

    /// That its hash and number follow `head`.
    pub(crate) fn follows(&self, head: &Head) -> Result<(), Broken> {
        let Self { seq, recorded_at, hash, .. } = *self;
        let entry = chain::digest(&self.did);
        chain::verify(*head, [chain::Line { seq, recorded_at, event: self.event.as_bytes(), entry, hash }]).map(drop)
    }

    /// The first column in which another line is not this one.
    pub(crate) fn differs(&self, line: &Self) -> Option<&'static str> {
        let same = [
            ("seq", self.seq == line.seq),
            ("recorded_at", self.recorded_at == line.recorded_at),
            ("event", self.event == line.event),
            ("did", self.did == line.did),
            ("earlier", self.earlier == line.earlier),
            ("hash", self.hash == line.hash),
        ];
        same.into_iter().find(|(_, same)| !same).map(|(column, _)| column)
    }

    /// Its bytes, about.
    pub(crate) fn bytes(&self) -> usize {
        128 + self.event.len() + self.did.len() + self.earlier.len()
    }

    pub(crate) fn row(&self) -> Result<Vec<Value<'_>>, Error> {
        Ok(vec![
            number(self.seq)?.into(),
            self.recorded_at.0.into(),
            self.event.as_str().into(),
            self.did.as_slice().into(),
            self.earlier.as_slice().into(),
            (&self.hash).into(),
        ])
    }
}

/// The key of the mark of an event's request.
pub(crate) fn request(event: &Event) -> Key {
    Key::Request(event.actor.office, event.request_id)
}

/// Numbers of earlier events, one for each change of the event `seq`: how far back in groups of seven bits, the lowest
/// first, each with the high bit while more follow; 0 where there was no record.
pub(crate) fn earlier(seq: u64, numbers: impl Iterator<Item = Option<u64>>) -> Vec<u8> {
    let mut out = Vec::with_capacity(8);
    for number in numbers {
        let mut back = number.map_or(0, |number| seq.saturating_sub(number));
        while back > 0x7f {
            out.push((back & 0x7f) as u8 | 0x80);
            back >>= 7;
        }
        out.push(back as u8);
    }
    out
}

/// The numbers that [`earlier`] wrote.
fn numbers_of(seq: u64, bytes: &[u8]) -> Option<Vec<Option<u64>>> {
    let (mut out, mut back, mut shift) = (Vec::new(), 0_u64, 0);
    for byte in bytes {
        back |= u64::from(byte & 0x7f).checked_shl(shift)?;
        shift += 7;
        if byte & 0x80 == 0 {
            out.push(if back == 0 { None } else { Some(seq.checked_sub(back)?) });
            (back, shift) = (0, 0);
        }
    }
    (shift == 0).then_some(out)
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
    Did::postings(&row.get::<Vec<u8>>(column)?).map_err(|_| damaged("postings of event", seq))
}

fn did_of(row: &Row, column: usize, seq: u64) -> Result<Did, Error> {
    Did::unpack(&row.get::<Vec<u8>>(column)?).map_err(|_| damaged("changes of event", seq))
}

/// The record under a key among the changes of the event that shaped it.
pub(crate) fn record_of(row: &Row, column: usize, seq: u64, key: &Key) -> Result<Arc<Record>, Error> {
    let found = did_of(row, column, seq)?.changes.into_iter().find(|(changed, _)| changed == key);
    found.and_then(|(_, after)| after).ok_or_else(|| damaged("record", key.to_text()))
}

/// Records that events shaped, each by its key and the number of the event; one that is not there is left out.
pub(crate) async fn records_of(
    asked: Asked<'_>,
    mut wanted: Vec<(u64, Key)>,
) -> Result<HashMap<(u64, Key), Arc<Record>>, Error> {
    let mut out = HashMap::with_capacity(wanted.len());
    wanted.retain(|&(seq, key)| match key {
        // It says nothing but the number.
        Key::Request(..) => {
            out.insert((seq, key), Arc::new(Record::Mark(Mark { seq })));
            false
        }
        _ => true,
    });
    let mut numbers = wanted.iter().map(|(seq, _)| number(*seq)).collect::<Result<Vec<_>, _>>()?;
    numbers.sort_unstable();
    numbers.dedup();
    for row in ask(asked, "SELECT seq, did FROM ledger_events WHERE {in}", "seq", numbers).await? {
        let seq = seq_of(&row, 0)?;
        for (key, after) in did_of(&row, 1, seq)?.changes {
            out.extend(after.map(|record| ((seq, key), record)));
        }
    }
    Ok(out)
}

/// The events with these numbers, with what they did; one that is not there is left out.
pub(crate) async fn posted(asked: impl Into<Asked<'_>>, seqs: Vec<u64>) -> Result<Vec<(u64, Arc<Posted>)>, Error> {
    let mut asked = asked.into();
    let numbers = seqs.into_iter().map(number).collect::<Result<Vec<_>, _>>()?;
    let sql = format!("SELECT {POSTED} FROM ledger_events WHERE {{in}}");
    let mut read = HashMap::new();
    let mut wanted = Vec::new();
    // A number that was asked for twice comes twice.
    for row in ask(asked.again(), &sql, "seq", numbers).await? {
        let line = Line::read(&row)?;
        let seq = line.seq;
        let did = did_of(&row, 3, seq)?;
        let earlier = numbers_of(seq, &line.earlier).filter(|numbers| numbers.len() == did.changes.len());
        let earlier = earlier.ok_or_else(|| damaged("changes of event", seq))?;
        let changes: Vec<_> =
            did.changes.into_iter().zip(earlier).map(|((key, after), from)| (key, from, after)).collect();
        wanted.extend(changes.iter().filter_map(|(key, from, _)| Some(((*from)?, *key))));
        read.insert(seq, (line, did.postings, changes));
    }
    let before = records_of(asked, wanted).await?;
    read.into_iter().map(|(seq, read)| Ok((seq, Arc::new(read_posted(read, &before)?)))).collect()
}

/// A line, its postings, and its changes: key, the event that shaped the record before, the record after.
type ReadLine = (Line, Vec<Posting>, Vec<(Key, Option<u64>, Option<Arc<Record>>)>);

fn read_posted(
    (line, postings, changes): ReadLine,
    before: &HashMap<(u64, Key), Arc<Record>>,
) -> Result<Posted, Error> {
    let seq = line.seq;
    let event = line.event().ok_or_else(|| damaged("event", seq))?;
    let mut all = Vec::with_capacity(changes.len());
    for (key, from, after) in changes {
        let missing = || damaged("record before event", seq);
        let before = from.map(|from| before.get(&(from, key)).cloned().ok_or_else(missing)).transpose()?;
        all.push(Change { key, before, after });
    }
    let entry = Entry {
        seq,
        effective_on: event.effective_on,
        recorded_at: line.recorded_at,
        postings,
        changes: all,
        findings: Vec::new(),
        notes: Vec::new(),
    };
    Ok(Posted { event, entry, link: Link { entry: chain::digest(&line.did), hash: line.hash } })
}

#[cfg(test)]
mod tests {
    use super::{earlier, numbers_of};

    #[test]
    fn earlier_numbers_come_back() {
        let seq = 5_000_000;
        let numbers = vec![None, Some(seq - 1), Some(1), Some(seq - 127), Some(seq - 128), None];
        let bytes = earlier(seq, numbers.iter().copied());
        assert_eq!(bytes.len(), 1 + 1 + 4 + 1 + 2 + 1);
        assert_eq!(numbers_of(seq, &bytes), Some(numbers));
        assert_eq!(numbers_of(seq, &[0x80]), None, "cut off");
        assert_eq!(numbers_of(3, &[4]), None, "before the first");
        assert_eq!(numbers_of(3, &[0xff; 12]), None, "beyond 64 bits");
    }
}
