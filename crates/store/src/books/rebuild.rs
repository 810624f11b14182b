//! Records made again from the events.

use super::group::Group;
use super::verify::judge_all;
use super::walk::state_digest;
use super::writer::Job;
use super::{Ledger, LedgerFault, Walked};
use crate::Error;
use crate::engine::{Asked, Conn, Readers};
use crate::table::{Inserts, LEDGER_RECORDS};
use ledger::chain::Head;
use primitives::Digest;

/// What was made again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rebuilt {
    /// The last event.
    pub head: Head,
    /// The digest of the records before; `None` where one could not be read.
    pub before: Option<Digest>,
    /// That of those made again: see [`ledger::state_digest`].
    pub after: Digest,
}

/// Why records were not made again.
#[derive(Debug, thiserror::Error)]
pub enum RebuildError {
    /// The events themselves are not as they were entered.
    #[error("the events are not as they were entered")]
    Broken(#[source] LedgerFault),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] Error),
}

impl Ledger {
    /// Makes records again from the events, in one transaction: nobody else enters meanwhile.
    ///
    /// # Errors
    /// [`RebuildError`]; records are as they were then.
    pub async fn rebuild(&self) -> Result<Rebuilt, RebuildError> {
        self.rebuild_telling(|_| ()).await
    }

    /// As [`Self::rebuild`]; `tell` hears how far it is.
    ///
    /// # Errors
    /// As [`Self::rebuild`].
    pub async fn rebuild_telling(
        &self,
        tell: impl Fn(Walked) + Send + Sync + 'static,
    ) -> Result<Rebuilt, RebuildError> {
        self.ask(|reply| Job::Rebuild(Box::new(tell), reply)).await?.map_err(RebuildError::Broken)
    }
}

/// Within a transaction that has begun.
pub(crate) async fn rebuild(
    conn: &mut Conn,
    readers: &Readers,
    end: Head,
    tell: &(impl Fn(Walked) + ?Sized),
) -> Result<Result<Rebuilt, LedgerFault>, Error> {
    let before = state_digest(&mut *conn).await.ok();
    conn.execute(format!("DELETE FROM {}", LEDGER_RECORDS.name), Vec::new()).await?;
    let mut inserts = Inserts::default();
    let mut group = Group::from_start(conn, Asked::Readers(readers), &mut inserts);
    if let Err(fault) = judge_all(&mut group, end.seq, tell).await? {
        return Ok(Err(fault));
    }
    if group.head() != end {
        return Ok(Err(LedgerFault::Head { stored: end.seq, found: group.head().seq }));
    }
    group.flush().await?;
    let after = state_digest(&mut *conn).await?;
    Ok(Ok(Rebuilt { head: end, before, after }))
}
