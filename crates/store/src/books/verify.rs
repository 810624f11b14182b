//! The walk along the ledger: every event is judged again, and what comes of it is compared with what is stored.

use super::group::Group;
use super::rows::{Line, number, seq_of};
use super::walk::{first_difference, state_digest};
use super::{Ledger, Walked, read};
use crate::engine::{Asked, Conn};
use crate::table::{Inserts, LEDGER_RECORDS};
use crate::{Error, table::LEDGER_EVENTS};
use ledger::Refusal;
use ledger::chain::{Broken, Head};
use primitives::Digest;

/// Lines read at once.
const PAGE: usize = 1_000;

/// What the walk found.
#[derive(Debug, Clone, PartialEq)]
pub enum LedgerVerdict {
    /// Every line is as it was entered, and records are what follows from the lines.
    Whole {
        /// The last line.
        head: Head,
        /// The digest of the records: see [`ledger::state_digest`].
        state: Digest,
    },
    /// The first place at which it is not.
    Broken(LedgerFault),
}

/// What is wrong, and where.
#[non_exhaustive]
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum LedgerFault {
    /// A line is missing, was changed, or stands out of order.
    #[error(transparent)]
    Chain(#[from] Broken),
    /// A line can not be read.
    #[error("line {seq} can not be read")]
    Unreadable {
        /// Its number.
        seq: u64,
    },
    /// The event of a line is refused when it is judged again.
    #[error("event {seq} is refused when it is judged again")]
    Refused {
        /// Its number.
        seq: u64,
        /// Why.
        #[source]
        refusal: Box<Refusal>,
    },
    /// What a line says of its event is not what follows from it.
    #[error("{column} of line {seq} is not what follows from its event")]
    Differs {
        /// Its number.
        seq: u64,
        /// The column.
        column: &'static str,
    },
    /// A record is missing, was changed, or should not be there.
    #[error("record {key} is not what follows from the events")]
    Record {
        /// The text of its key.
        key: String,
    },
    /// The stored end of the chain is not the last line.
    #[error("the end of the chain is stored as line {stored}, the last line is {found}")]
    Head {
        /// The number that is stored.
        stored: u64,
        /// That of the last line.
        found: u64,
    },
}

impl Ledger {
    /// Walks the ledger from its beginning: the chain, each entry judged again, records. In bounded memory;
    /// records are made again in a temporary file.
    ///
    /// It looks at the ledger as it is when it begins, and holds no lock.
    ///
    /// # Errors
    /// [`Error::Database`]; what is wrong with the ledger is a [`LedgerVerdict`] and no error.
    pub async fn verify(&self) -> Result<LedgerVerdict, Error> {
        self.verify_telling(|_| ()).await
    }

    /// As [`Self::verify`]; `tell` hears how far it is.
    ///
    /// # Errors
    /// As [`Self::verify`].
    pub async fn verify_telling(&self, tell: impl Fn(Walked) + Send + Sync + 'static) -> Result<LedgerVerdict, Error> {
        let engine = self.engine().clone();
        // It computes for long, and SQLite waits for the disk on the thread that asks.
        let runtime = tokio::runtime::Handle::current();
        let walk = tokio::task::spawn_blocking(move || {
            runtime.block_on(async {
                let mut conn = engine.connect().await?;
                let mut scratch = Conn::scratch().await?;
                conn.begin_reading().await?;
                let verdict = verdict(&mut conn, &mut scratch, &tell).await;
                conn.close().await;
                verdict
            })
        });
        // Not run: the runtime is shutting down.
        walk.await.map_err(|_| Error::Closed)?
    }
}

async fn verdict(conn: &mut Conn, scratch: &mut Conn, tell: &impl Fn(Walked)) -> Result<LedgerVerdict, Error> {
    let broken = |fault| Ok(LedgerVerdict::Broken(fault));
    let last = conn.rows("SELECT COALESCE(MAX(seq), 0) FROM ledger_events", Vec::new()).await?;
    let last = last.first().map_or(Ok(0), |row| row.get::<i64>(0))?;
    let found = u64::try_from(last).unwrap_or(0);
    let Ok(end) = read::head(conn).await else { return broken(LedgerFault::Head { stored: 0, found }) };
    let mut inserts = Inserts::default();
    let mut group = Group::from_start(scratch, Asked::Conn(conn), &mut inserts);
    if let Err(fault) = judge_all(&mut group, end.seq.max(found), tell).await? {
        return broken(fault);
    }
    if group.head() != end {
        return broken(LedgerFault::Head { stored: end.seq, found: group.head().seq });
    }
    group.flush().await?;
    if let Some(key) = first_difference(&mut *scratch, &mut *conn, &LEDGER_RECORDS).await? {
        return broken(LedgerFault::Record { key });
    }
    Ok(LedgerVerdict::Whole { head: end, state: state_digest(&mut *conn).await? })
}

/// Judges all events again, in a group that is at their beginning.
pub(crate) async fn judge_all(
    group: &mut Group<'_>,
    lines: u64,
    tell: &(impl Fn(Walked) + ?Sized),
) -> Result<Result<(), LedgerFault>, Error> {
    let sql = format!("SELECT {} FROM ledger_events WHERE seq > $1 ORDER BY seq LIMIT $2", LEDGER_EVENTS.list(""));
    loop {
        let after = group.head().seq;
        tell(Walked { lines: after, of: lines });
        let rows = group.rows(&sql, vec![number(after)?.into(), (PAGE as i64).into()]).await?;
        if rows.is_empty() {
            return Ok(Ok(()));
        }
        let mut page = Vec::with_capacity(rows.len());
        let mut fault = None;
        for row in &rows {
            match Line::read(row) {
                Ok(line) => page.push(line),
                Err(_) => {
                    let seq = seq_of(row, 0).unwrap_or(after + 1 + page.len() as u64);
                    fault = Some(LedgerFault::Unreadable { seq });
                    break;
                }
            }
        }
        group.look_up(&page.iter().filter_map(Line::event).collect::<Vec<_>>()).await?;
        for line in &page {
            if let Err(fault) = group.again(line).await? {
                return Ok(Err(fault));
            }
        }
        if let Some(fault) = fault {
            return Ok(Err(fault));
        }
    }
}
