//! What the pages are made from: the facts of `totals` and the register beside them, kept up with the ledger.

use crate::register::Register;
use ledger::event::UnixMicros;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};
use store::{EntryLine, Ledger};
use totals::Books;

/// Lines that are read of the ledger at once.
const LINES: usize = 4_096;
/// Sums are made ahead again when so many lines have come.
const SETTLE_EVERY: u64 = 20_000;

/// Facts and register up to a line.
#[derive(Debug, Clone, Default)]
pub(crate) struct Facts {
    pub(crate) books: Books,
    pub(crate) register: Register,
    settled: u64,
}

/// What went wrong while lines were taken.
#[non_exhaustive]
#[derive(Debug, thiserror::Error)]
pub enum FollowError {
    /// The ledger can not be read.
    #[error("ledger can not be read")]
    Ledger(#[from] store::Error),
    /// A line is not one that follows.
    #[error("line of the ledger can not be taken")]
    Line(#[from] totals::Error),
}

/// Facts that many pages read while one task takes new lines.
///
/// # Examples
/// ```
/// let figures = dashboard::Figures::default();
/// assert_eq!(figures.seq(), 0);
/// ```
#[derive(Debug, Clone, Default)]
pub struct Figures(Arc<RwLock<Facts>>);

impl Facts {
    fn push(&mut self, line: &EntryLine) -> Result<(), totals::Error> {
        self.books.push(line.seq, line.recorded_at, &line.event, &line.postings)?;
        self.register.push(line);
        Ok(())
    }

    /// When the last line was recorded; the beginning of time before the first.
    pub(crate) fn last_recorded(&self) -> UnixMicros {
        self.register.last_recorded().unwrap_or(UnixMicros(0))
    }
}

impl Figures {
    /// The last line that was taken.
    pub fn seq(&self) -> u64 {
        self.0.read().unwrap_or_else(PoisonError::into_inner).books.seq()
    }

    /// Takes lines in order.
    ///
    /// # Errors
    /// [`totals::Error`] for a line that does not follow; those before it are taken.
    pub fn push(&self, lines: &[EntryLine]) -> Result<(), totals::Error> {
        // A reader sees all lines or none of a list, and the facts of a line whole.
        let mut facts = self.0.write().unwrap_or_else(PoisonError::into_inner);
        lines.iter().try_for_each(|line| facts.push(line))?;
        if facts.books.seq().saturating_sub(facts.settled) >= SETTLE_EVERY {
            facts.settled = facts.books.seq();
            facts.books.settle();
        }
        Ok(())
    }

    /// Takes all lines that the ledger has.
    ///
    /// # Errors
    /// [`FollowError`].
    pub async fn catch_up(&self, ledger: &Ledger) -> Result<(), FollowError> {
        loop {
            let lines = ledger.lines(self.seq(), LINES).await?;
            if lines.is_empty() {
                return Ok(());
            }
            self.push(&lines)?;
        }
    }

    /// Takes lines as they come, until the ledger is closed. What another process enters is found within `every`.
    ///
    /// # Errors
    /// [`FollowError`]: the figures then stay where they are.
    pub async fn follow(&self, ledger: &Ledger, every: std::time::Duration) -> Result<(), FollowError> {
        let mut last = ledger.last();
        loop {
            self.catch_up(ledger).await?;
            if let Ok(Err(_)) = tokio::time::timeout(every, last.changed()).await {
                return Ok(());
            }
        }
    }

    /// The facts; `None` after a fault of ours while a line was taken, for it may be half there.
    pub(crate) fn read(&self) -> Option<RwLockReadGuard<'_, Facts>> {
        self.0.read().ok()
    }
}
