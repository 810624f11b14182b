//! Rows of ledgers from before version 7 of the schema: postings and changes as JSON, which are packed when it is opened.

use super::rows::{Line, damaged, earlier, number, request, seq_of};
use crate::Error;
use crate::engine::{Conn, Row};
use crate::table::{Inserts, LEDGER_EVENTS};
use ledger::chain;
use ledger::event::UnixMicros;
use ledger::record::Mark;
use ledger::{Change, Entry, Event, Key, Posting, Record};
use std::sync::Arc;

/// Rows packed at once.
const PAGE: i64 = 1_000;

/// A change as it was kept: key, the event that shaped the record before, the record after.
type Changed = (Key, Option<u64>, Option<Record>);

/// Packs all rows of `ledger_events_1` and drops it, within the transaction that brings the schema to this version.
///
/// # Errors
/// [`Error::Damaged`] for a row that is not what its event did, by its digest; [`Error::Database`].
pub(crate) async fn pack(conn: &mut Conn) -> Result<(), Error> {
    let (mut last, mut inserts) = (0, Inserts::default());
    loop {
        let sql = "SELECT seq, recorded_at, event, postings, changes, entry, hash FROM ledger_events_1 \
                   WHERE seq > $1 ORDER BY seq LIMIT $2";
        let rows = conn.rows(sql, vec![number(last)?.into(), PAGE.into()]).await?;
        let lines = rows.iter().map(packed).collect::<Result<Vec<_>, _>>()?;
        let Some(end) = lines.last() else { break };
        last = end.seq;
        let values = lines.iter().map(Line::row).collect::<Result<Vec<_>, _>>()?;
        inserts.add(conn, &LEDGER_EVENTS, values).await?;
    }
    conn.execute("DROP TABLE ledger_events_1", Vec::new()).await.map(drop)
}

fn packed(row: &Row) -> Result<Line, Error> {
    let seq = seq_of(row, 0)?;
    let broken = || damaged("event", seq);
    let (text, recorded_at): (String, _) = (row.get(2)?, UnixMicros(row.get(1)?));
    let event = Event::from_bytes(text.as_bytes()).map_err(|_| broken())?;
    let postings: Vec<Posting> = serde_json::from_str(&row.get::<String>(3)?).map_err(|_| broken())?;
    let changes: Vec<Changed> = serde_json::from_str(&row.get::<String>(4)?).map_err(|_| broken())?;
    // The mark of the request was the row itself.
    let mark = Change { key: request(&event), before: None, after: Some(Arc::new(Record::Mark(Mark { seq }))) };
    let numbers: Vec<Option<u64>> = [None].into_iter().chain(changes.iter().map(|change| change.1)).collect();
    let changes = changes.into_iter().map(|(key, _, after)| Change { key, before: None, after: after.map(Arc::new) });
    let (effective_on, findings, notes) = (event.effective_on, Vec::new(), Vec::new());
    let changes = [mark].into_iter().chain(changes).collect();
    let did = Entry { seq, effective_on, recorded_at, postings, changes, findings, notes }.pack();
    if chain::digest(&did) != row.digest(5)? {
        return Err(broken());
    }
    Ok(Line { seq, recorded_at, event: text, did, earlier: earlier(seq, numbers.into_iter()), hash: row.digest(6)? })
}
