//! What is made of the lines of a ledger and kept up with it: many read it while one task takes new lines.

use super::{EntryLine, Ledger};
use crate::Error;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::Duration;
use tokio::sync::Mutex;

/// Lines that are read of the ledger at once.
const LINES: usize = 4_096;

/// What takes lines in order.
pub trait Takes {
    /// Why a line can not be taken.
    type Error;

    /// The last line that was taken; 0 before the first.
    fn seq(&self) -> u64;

    /// Takes the next line.
    ///
    /// # Errors
    /// Why it can not be taken: what follows is not taken either.
    fn take(&mut self, line: &EntryLine) -> Result<(), Self::Error>;

    /// All lines that there are have been taken for now.
    fn caught_up(&mut self) {}
}

/// Why lines are taken no more.
#[derive(Debug, thiserror::Error)]
pub enum FollowError<E> {
    /// The ledger can not be read.
    #[error("ledger can not be read")]
    Ledger(#[source] Error),
    /// A line is not one that follows.
    #[error("line of the ledger can not be taken")]
    Line(#[source] E),
}

/// What follows a ledger. Cheap to clone; all clones share it.
#[derive(Debug)]
pub struct Followed<T>(Arc<Shared<T>>);

#[derive(Debug)]
struct Shared<T> {
    made: RwLock<T>,
    /// Held by the one that takes lines.
    taking: Mutex<()>,
}

impl<T> Clone for Followed<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T: Takes> Followed<T> {
    /// What stands at a line that it says itself.
    pub fn new(from: T) -> Self {
        Self(Arc::new(Shared { made: RwLock::new(from), taking: Mutex::new(()) }))
    }

    /// What has been made so far; `None` after a panic while a line was taken, for it may be half there.
    pub fn read(&self) -> Option<RwLockReadGuard<'_, T>> {
        self.0.made.read().ok()
    }

    /// Takes lines that were read elsewhere, in order; a reader sees all of them or none.
    ///
    /// # Errors
    /// Of the first that can not be taken; those before it are.
    pub fn take(&self, lines: &[EntryLine]) -> Result<(), T::Error> {
        let mut made = self.made();
        lines.iter().try_for_each(|line| made.take(line))
    }

    fn made(&self) -> RwLockWriteGuard<'_, T> {
        self.0.made.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes lines in order, as all that there are for now.
    ///
    /// # Errors
    /// As [`Self::take`].
    pub fn take_all(&self, lines: &[EntryLine]) -> Result<(), T::Error> {
        self.take(lines)?;
        self.made().caught_up();
        Ok(())
    }

    /// Takes all lines that the ledger has. A reader sees all lines or none of those that are read at once.
    ///
    /// # Errors
    /// [`FollowError`]; lines before are taken.
    pub async fn catch_up(&self, ledger: &Ledger) -> Result<(), FollowError<T::Error>> {
        let _taking = self.0.taking.lock().await;
        let mut is_new = false;
        loop {
            let seq = self.0.made.read().unwrap_or_else(PoisonError::into_inner).seq();
            let lines = ledger.lines(seq, LINES).await.map_err(FollowError::Ledger)?;
            if lines.is_empty() {
                if is_new {
                    self.made().caught_up();
                }
                return Ok(());
            }
            is_new = true;
            self.take(&lines).map_err(FollowError::Line)?;
        }
    }

    /// Takes lines as they come until the ledger is closed; those of another server are found within `every`.
    ///
    /// # Errors
    /// [`FollowError`].
    pub async fn follow(&self, ledger: &Ledger, every: Duration) -> Result<(), FollowError<T::Error>> {
        let mut last = ledger.last();
        loop {
            self.catch_up(ledger).await?;
            if let Ok(Err(_)) = tokio::time::timeout(every, last.changed()).await {
                return Ok(());
            }
        }
    }
}
