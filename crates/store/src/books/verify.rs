//! The walk along the ledger.

use super::Ledger;
use crate::Error;
use ledger::chain::{self, Head};

/// What the walk found.
#[derive(Debug, Clone, PartialEq)]
pub enum LedgerVerdict {
    /// Every line is as it was entered.
    Whole {
        /// The last line.
        head: Head,
    },
    /// The first place at which it is not.
    Broken(LedgerFault),
}

/// What is wrong, and where.
#[non_exhaustive]
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LedgerFault {
    /// The chain does not hold.
    #[error(transparent)]
    Chain(#[from] chain::Broken),
    /// The end of the chain is not the stored one.
    #[error("end of the chain is not the stored one, event {seq}")]
    Head {
        /// The stored one.
        seq: u64,
    },
}

impl Ledger {
    /// Walks the chain from its beginning.
    ///
    /// # Errors
    /// [`Error::Database`]; what is wrong with the ledger is a [`LedgerVerdict`] and no error.
    pub async fn verify(&self) -> Result<LedgerVerdict, Error> {
        let end = self.head().await?;
        let mut head = Head::default();
        while head.seq < end.seq {
            let sql = "SELECT seq, recorded_at, event, entry, hash FROM ledger_events \
                       WHERE seq > $1 AND seq <= $2 ORDER BY seq LIMIT 500";
            let values = vec![super::rows::number(head.seq)?.into(), super::rows::number(end.seq)?.into()];
            let rows = self.readers().rows(sql, values).await?;
            if rows.is_empty() {
                return Ok(LedgerVerdict::Broken(LedgerFault::Head { seq: end.seq }));
            }
            for row in &rows {
                let (seq, event) = (super::rows::seq_of(row, 0)?, row.get::<String>(2)?);
                let recorded_at = ledger::event::UnixMicros(row.get(1)?);
                let (entry, hash) = (row.digest(3)?, row.digest(4)?);
                match chain::verify(head, [chain::Line { seq, recorded_at, event: event.as_bytes(), entry, hash }]) {
                    Ok(next) => head = next,
                    Err(broken) => return Ok(LedgerVerdict::Broken(broken.into())),
                }
            }
        }
        match head == end {
            true => Ok(LedgerVerdict::Whole { head }),
            false => Ok(LedgerVerdict::Broken(LedgerFault::Head { seq: end.seq })),
        }
    }
}
