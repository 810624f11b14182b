//! The ledger on disk: events in, entries and records out, by the rules of the crate `ledger` and none of its own.
//!
//! One writer judges and enters; what waits while it commits goes into the next commit together. What an event makes of
//! records stands in its row; under the key of each record stands the event that shaped it last, written in the transaction
//! of that event. These follow from the events: [`Ledger::verify`] makes them again and compares, [`Ledger::rebuild`]
//! puts them in their place.

mod filter;
mod followed;
mod group;
mod imports;
pub(crate) mod packed;
mod read;
mod rebuild;
mod rows;
mod shelf;
mod tables;
mod verify;
mod walk;
mod writer;

pub use followed::{FollowError, Followed, Takes};
pub use imports::{Import, ImportLog, ImportRefusal, NewImport, REFUSALS_KEPT};
pub use read::EntryLine;
pub use rebuild::{RebuildError, Rebuilt};
pub use verify::{LedgerFault, LedgerVerdict};

use crate::engine::{Engine, Readers};
use crate::transaction::{Progress, Transactions};
use crate::{Counters, Error, Limits};
use ledger::event::UnixMicros;
use ledger::{Event, Note, Refusal};
use policy::Finding;
use std::sync::Arc;
use tokio::sync::{Mutex, mpsc, oneshot, watch};
use writer::{Job, Streamed, Writer};

/// Most events that go to the writer as one job: others come in between.
const EVENTS_OF_A_JOB: usize = 2_048;

/// An open ledger. Cheap to clone; all clones share one writer.
///
/// # Examples
/// ```
/// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
/// use ledger::Event;
/// use ledger::event::{Actor, Body, Office, PeriodEvent, UnixMicros};
/// use store::Ledger;
/// let folder = tempfile::tempdir()?;
/// let ledger = Ledger::open(&format!("sqlite:{}", folder.path().join("ledger.db").display())).await?;
/// let event = Event {
///     request_id: "r-1".parse()?,
///     actor: Actor { id: "li".parse()?, office: Office::Bureau },
///     effective_on: "2024-05-06".parse()?,
///     recorded_at: UnixMicros(1_715_000_000_000_000),
///     body: Body::Period { month: "2024-04".parse()?, did: PeriodEvent::Closed },
/// };
/// assert!(!ledger.append(event.clone()).await?.repeated);
/// let again = ledger.append(event).await?;
/// assert!(again.repeated && again.seq == 1);
/// ledger.close().await;
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Ledger(Arc<Inner>);

struct Inner {
    engine: Engine,
    readers: Readers,
    jobs: mpsc::Sender<Job>,
    last: watch::Receiver<u64>,
    progress: Arc<Progress>,
    /// Gives an error once the writer has ended.
    writer: Mutex<Option<oneshot::Receiver<()>>>,
}

/// An event that stands in the ledger.
#[derive(Debug, Clone, PartialEq)]
pub struct Taken {
    /// Its number.
    pub seq: u64,
    /// When the ledger took it.
    pub recorded_at: UnixMicros,
    /// Whether it stood there before, by the same request with the same content.
    pub repeated: bool,
    /// What should be known of it; none for a repeated one.
    pub notes: Vec<Note>,
    /// The rules that were looked at, all passed; none for a repeated one.
    pub findings: Vec<Finding>,
}

/// Events that go to [`Ledger::append_stream`].
#[derive(Debug)]
pub enum Part {
    /// The next ones.
    Events(Vec<Event>),
    /// There are no more: all may be entered.
    End,
}

/// What became of events that were entered together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counted {
    /// New ones.
    pub entered: u64,
    /// Those that stood there before, by the same requests with the same content.
    pub repeated: u64,
}

/// What [`Ledger::judge_all`] says of an event that is not refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Judged {
    /// It would be entered.
    New,
    /// It stands in the ledger, or in front of it in the list: it would change nothing.
    Repeated,
}

/// How far a walk along the ledger is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Walked {
    /// Lines that are behind it.
    pub lines: u64,
    /// Of how many.
    pub of: u64,
}

/// Why an event was not entered.
#[derive(Debug, Clone, thiserror::Error)]
pub enum AppendError {
    /// By the rules of the ledger.
    #[error(transparent)]
    Refused(Box<Refusal>),
    /// The store failed, or takes no more.
    #[error(transparent)]
    Store(#[from] Error),
}

/// Why none of several events was entered.
#[derive(Debug, Clone, thiserror::Error)]
pub enum TogetherError {
    /// One of them is refused.
    #[error("event {index} of {events} is refused", events = .events)]
    Refused {
        /// Which, from 0.
        index: usize,
        /// Of how many.
        events: usize,
        /// Why.
        #[source]
        refusal: Box<Refusal>,
    },
    /// The store failed, or takes no more.
    #[error(transparent)]
    Store(#[from] Error),
}

impl Ledger {
    /// Opens the ledger at `address` (`sqlite:<path>` or `postgres://…`), creates or updates its schema; it may share a
    /// database with a [`crate::Store`].
    ///
    /// Must be called within a tokio runtime. The writer is a task of it on PostgreSQL; on SQLite it has a thread of its own,
    /// which ends after the last clone of the ledger is gone.
    ///
    /// # Errors
    /// [`Error::Address`], [`Error::NewerSchema`], [`Error::OtherSchema`], [`Error::NotDurable`] for an engine that
    /// answers before data are on disk, [`Error::Database`].
    pub async fn open(address: &str) -> Result<Self, Error> {
        Self::open_with(address, Limits::usual()).await
    }

    /// As [`Self::open`], with other bounds; jobs are events here.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub async fn open_with(address: &str, limits: Limits) -> Result<Self, Error> {
        let engine = Engine::of(address)?;
        let mut conn = engine.connect().await?;
        engine.migrate(&mut conn).await?;
        // After a commit that failed, what the log holds may be in memory only: it is copied to the file and synced.
        conn.settle().await?;
        let head = read::head(&mut conn).await?;
        let readers = engine.readers(limits.readers);
        let progress = Arc::new(Progress::default());
        let (jobs, waiting) = mpsc::channel(limits.queue_jobs);
        let (told, last) = watch::channel(head.seq);
        let writer =
            Writer::new(Transactions::new(engine.clone(), conn, progress.clone()), readers.clone(), limits, told);
        let writer = Mutex::new(Some(engine.start("ledger writer", writer.run(waiting))?));
        Ok(Self(Arc::new(Inner { engine, readers, jobs, last, progress, writer })))
    }

    /// Enters an event and returns when it is on disk. `recorded_at` is the caller's clock; where it is earlier than that
    /// of the last entry, it is that one's.
    ///
    /// When the future is dropped the event may still be entered, once: the same request says later what became of it.
    ///
    /// # Errors
    /// [`AppendError`]; nothing was entered, but for [`Error::OutcomeUnknown`].
    pub async fn append(&self, event: Event) -> Result<Taken, AppendError> {
        let mut results = self.each(vec![event]).await?;
        let result = results.pop().ok_or(Error::Closed)?;
        result.map_err(|refusal| AppendError::Refused(Box::new(refusal)))
    }

    /// Enters events in their order, each by itself: one that is refused stops no other. Returns when all are on disk;
    /// many are entered by several commits.
    ///
    /// # Errors
    /// [`Error`] of the store; the first events of the list may be entered then, and the same list once more enters the
    /// rest.
    pub async fn append_all(&self, events: Vec<Event>) -> Result<Vec<Result<Taken, Refusal>>, Error> {
        let (mut out, mut waiting) = (Vec::with_capacity(events.len()), None);
        let mut events = events.into_iter();
        // One job is made while the one before it is written.
        while events.len() > 0 {
            let part: Vec<Event> = events.by_ref().take(EVENTS_OF_A_JOB).collect();
            let next = self.send(|reply| Job::Each(part, reply)).await?;
            if let Some(answer) = waiting.replace(next) {
                out.extend(received(answer).await?);
            }
        }
        if let Some(answer) = waiting {
            out.extend(received(answer).await?);
        }
        Ok(out)
    }

    /// Enters all events or none, in one transaction; each is judged after those before it.
    ///
    /// # Errors
    /// [`TogetherError`] with the first that is refused.
    pub async fn append_together(&self, events: Vec<Event>) -> Result<Vec<Taken>, TogetherError> {
        let count = events.len();
        let done = self.ask(|reply| Job::Together(events, reply)).await?;
        done.map_err(|(index, refusal)| TogetherError::Refused { index, events: count, refusal: Box::new(refusal) })
    }

    /// As [`Self::append_together`], of events that are read while those before are judged; more of them than fit in memory.
    /// Nothing is entered before [`Part::End`] has come: `None` where the events ended without it.
    ///
    /// The transaction begins with the first part, and no other event is entered, by any server, until it ends.
    ///
    /// # Errors
    /// [`TogetherError`] with the first that is refused, which is the last of those that were taken.
    pub async fn append_stream(&self, parts: mpsc::Receiver<Part>) -> Result<Option<Counted>, TogetherError> {
        match self.ask(|reply| Job::Stream(parts, reply)).await? {
            Streamed::Whole(counted) => Ok(Some(counted)),
            Streamed::GivenUp => Ok(None),
            Streamed::Refused(index, refusal) => {
                let index = usize::try_from(index).unwrap_or(usize::MAX);
                Err(TogetherError::Refused { index, events: index.saturating_add(1), refusal: Box::new(refusal) })
            }
        }
    }

    /// What [`Self::append_all`] would answer; nothing is entered.
    ///
    /// # Errors
    /// [`Error`] of the store.
    pub async fn judge_all(&self, events: Vec<Event>) -> Result<Vec<Result<Judged, Refusal>>, Error> {
        self.ask(|reply| Job::Judge(events, reply)).await
    }

    /// The number of the last event that was entered by this process; when it opened the ledger, of the last one there.
    pub fn last(&self) -> watch::Receiver<u64> {
        self.0.last.clone()
    }

    /// What the writer has done: commits, events entered.
    pub fn counters(&self) -> Counters {
        self.0.progress.counters()
    }

    /// Finishes what waits, then closes; later events are answered with [`Error::Closed`].
    ///
    /// A file of SQLite is whole by itself afterwards, where no other process has it open.
    pub async fn close(&self) {
        // The writer goes last: connections that only read cannot fold the log into the file.
        self.0.readers.close().await;
        // Closed already when nobody receives it.
        let _ = self.0.jobs.send(Job::Close).await;
        if let Some(writer) = self.0.writer.lock().await.take() {
            // It ends by itself; a panic in it has been reported where it happened.
            let _ = writer.await;
        }
    }

    async fn each(&self, events: Vec<Event>) -> Result<Vec<Result<Taken, Refusal>>, Error> {
        self.ask(|reply| Job::Each(events, reply)).await
    }

    async fn ask<T>(&self, job: impl FnOnce(writer::Reply<T>) -> Job) -> Result<T, Error> {
        received(self.send(job).await?).await
    }

    async fn send<T>(&self, job: impl FnOnce(writer::Reply<T>) -> Job) -> Result<writer::Answer<T>, Error> {
        let (reply, answer) = oneshot::channel();
        self.0.jobs.send(job(reply)).await.map_err(|_| Error::Closed)?;
        Ok(answer)
    }

    fn engine(&self) -> &Engine {
        &self.0.engine
    }

    fn readers(&self) -> &Readers {
        &self.0.readers
    }
}

async fn received<T>(answer: writer::Answer<T>) -> Result<T, Error> {
    answer.await.map_err(|_| Error::Closed)?
}
