//! What the pages are made from: the facts of `totals` and the register beside them, kept up with the ledger.

use crate::board::Board;
use crate::cases::Cases;
use crate::register::Register;
use ledger::event::UnixMicros;
use std::sync::RwLockReadGuard;
use std::time::Duration;
use store::{EntryLine, FollowError, Followed, Ledger, Takes};
use totals::Books;

/// Facts and register up to a line.
#[derive(Debug, Clone, Default)]
pub(crate) struct Facts {
    pub(crate) books: Books,
    pub(crate) register: Register,
    pub(crate) cases: Cases,
    pub(crate) board: Board,
}

/// Facts that many pages read while one task takes new lines.
///
/// # Examples
/// ```
/// let figures = dashboard::Figures::default();
/// assert_eq!(figures.seq(), 0);
/// ```
#[derive(Debug, Clone)]
pub struct Figures(Followed<Facts>);

impl Facts {
    /// When the last line was recorded; the beginning of time before the first.
    pub(crate) fn last_recorded(&self) -> UnixMicros {
        self.register.last_recorded().unwrap_or(UnixMicros(0))
    }
}

impl AsRef<Books> for Facts {
    fn as_ref(&self) -> &Books {
        &self.books
    }
}

impl Takes for Facts {
    type Error = totals::Error;

    fn seq(&self) -> u64 {
        self.books.seq()
    }

    fn take(&mut self, line: &EntryLine) -> Result<(), totals::Error> {
        self.books.push(line.seq, line.recorded_at, &line.event, &line.postings)?;
        self.register.push(line);
        self.cases.push(line, &self.register);
        self.board.push(line);
        Ok(())
    }

    fn caught_up(&mut self) {
        self.books.settle();
    }
}

impl Default for Figures {
    fn default() -> Self {
        Self(Followed::new(Facts::default()))
    }
}

impl Figures {
    /// What takes the lines, with the facts of totals in it: whoever else needs those reads them here, and they are kept once.
    pub fn shared(&self) -> Followed<impl Takes<Error = totals::Error> + AsRef<Books> + Send + Sync + use<>> {
        self.0.clone()
    }

    /// The last line that was taken; 0 after a fault of ours.
    pub fn seq(&self) -> u64 {
        self.0.read().map_or(0, |facts| facts.books.seq())
    }

    /// Takes lines in order, as all that there are for now.
    ///
    /// # Errors
    /// [`totals::Error`] for a line that does not follow; those before it are taken.
    pub fn push(&self, lines: &[EntryLine]) -> Result<(), totals::Error> {
        self.0.take_all(lines)
    }

    /// Takes all lines that the ledger has.
    ///
    /// # Errors
    /// [`FollowError`].
    pub async fn catch_up(&self, ledger: &Ledger) -> Result<(), FollowError<totals::Error>> {
        self.0.catch_up(ledger).await
    }

    /// Takes lines as they come, until the ledger is closed. What another process enters is found within `every`.
    ///
    /// # Errors
    /// [`FollowError`]: the figures then stay where they are.
    pub async fn follow(&self, ledger: &Ledger, every: Duration) -> Result<(), FollowError<totals::Error>> {
        self.0.follow(ledger, every).await
    }

    /// The facts; `None` after a fault of ours while a line was taken, for it may be half there.
    pub(crate) fn read(&self) -> Option<RwLockReadGuard<'_, Facts>> {
        self.0.read()
    }
}
