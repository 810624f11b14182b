//! The one room that speaks SQL: ratings, consents, decisions, objections, and the audit chain that carries them all,
//! in SQLite (one file) or PostgreSQL (by address), behind one interface.
//!
//! Beside it the policy ledger ([`Ledger`]), judged by the crate `ledger`, in the same database or one of its own.
//!
//! It knows bytes, ids, times and hashes. It has no rule of the domain, no clock and no idea of what a score is: every
//! time is the caller's, and so is the judgement whether a consent covers a purpose.
//!
//! What it promises:
//! - A job is acknowledged after its commit is on disk, and is stored whole or not at all.
//! - Jobs that wait together share one commit ([`Store::counters`] shows how many).
//! - Every row is carried by an audit line, every audit line is hashed after the one before it, over all servers.
//! - Rows are never changed or deleted; triggers of the database refuse it. What is personal lies under a key of its
//!   subject, and destroying the key is the one way to delete.
//!
//! # Examples
//! ```
//! # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
//! use store::{Keys, NewLine, Store, Verdict, Write, Written};
//! let folder = tempfile::tempdir()?;
//! let keys = Keys::generate(&folder.path().join("keys"), "2026-11")?;
//! let store = Store::open(&format!("sqlite:{}", folder.path().join("store.db").display()), keys).await?;
//! let line = NewLine {
//!     at: 1_790_000_000_000_000,
//!     actor: "spiffe://bank/a".into(),
//!     role: "bank".into(),
//!     tenant: Some("a".into()),
//!     action: "ListRatings".into(),
//!     subject: None,
//!     purpose: Some("post_loan".into()),
//!     outcome: "OK".into(),
//!     object_id: None,
//!     detail: None,
//! };
//! assert_eq!(store.write(Write::new(line)).await?, Written::New { line: 1 });
//! assert!(matches!(store.verify(None).await?, Verdict::Whole { .. }));
//! store.close().await;
//! # Ok::<_, Box<dyn std::error::Error>>(())
//! # })?;
//! # Ok::<_, Box<dyn std::error::Error>>(())
//! ```

mod audit;
mod books;
mod consents;
mod decisions;
mod drafts;
mod engine;
mod error;
mod group;
mod input_counts;
mod keys;
mod known;
mod models;
mod objections;
mod ratings;
mod receivers;
mod retention;
mod seal;
mod staff;
mod subject;
mod table;
mod transaction;
mod verify;
mod write;
mod writer;

pub use audit::{Line, NewLine};
pub use books::{
    AppendError, Counted, EntryLine, FollowError, Followed, Import, ImportLog, ImportRefusal, Judged, Ledger,
    LedgerFault, LedgerVerdict, NewImport, Part, REFUSALS_KEPT, RebuildError, Rebuilt, Taken, Takes, TogetherError,
    Walked,
};
pub use consents::{Consent, Consents, NewConsent, Parties, Revocation, Revoked};
pub use decisions::{Decision, NewDecision};
pub use drafts::{Draft, DraftEnd, NewDraft};
pub use engine::Failure;
pub use error::Error;
pub use input_counts::{InputCount, InputsOfLine, NewInputCounts};
pub use keys::Keys;
pub use models::{Activation, NewActivation};
pub use objections::{NewObjection, Objection, ObjectionMove, Step};
pub use ratings::{Answer, NewRating, Page, Rating};
pub use receivers::{NewReceipt, Receipt};
pub use retention::{Destroyed, Retention};
pub use staff::{NewSession, NewStaff, Session, SessionEnd, SignInFailure, Staff};
pub use verify::{Anchor, Export, Fault, Verdict};
pub use write::{Record, Request, Under, Write, Written};

use engine::{Conn, Engine, Readers, Value};
use std::sync::Arc;
use tokio::runtime::Handle;
use tokio::sync::{Mutex, mpsc, oneshot};
use transaction::{Progress, Transactions};
use writer::{Job, Writer};

/// Microseconds since 1970-01-01T00:00:00Z.
pub type UnixMicros = i64;

/// Something that lies under a subject's key.
#[derive(Debug, Clone, PartialEq)]
pub enum Kept<T> {
    /// It is there.
    Here(T),
    /// Its key was destroyed.
    Deleted {
        /// When.
        on: UnixMicros,
    },
}

impl<T> Kept<T> {
    /// The thing, unless its key was destroyed.
    pub fn here(self) -> Option<T> {
        match self {
            Self::Here(t) => Some(t),
            Self::Deleted { .. } => None,
        }
    }

    fn try_map<U, E>(self, f: impl FnOnce(T) -> Result<U, E>) -> Result<Kept<U>, E> {
        Ok(match self {
            Self::Here(t) => Kept::Here(f(t)?),
            Self::Deleted { on } => Kept::Deleted { on },
        })
    }
}

/// Bounds of a store.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Jobs that may wait for the writer; more wait before they are taken in.
    pub queue_jobs: usize,
    /// Most jobs of one commit.
    pub group_jobs: usize,
    /// Most bytes of one commit, about; also the most of one job.
    pub group_bytes: usize,
    /// Connections for reading.
    pub readers: u32,
}

impl Limits {
    /// 4,096 jobs waiting, 512 jobs or 8 MiB a commit, 4 connections for reading.
    pub const fn usual() -> Self {
        Self { queue_jobs: 4096, group_jobs: 512, group_bytes: 8 << 20, readers: 4 }
    }
}

/// What the writer has done since the store was opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counters {
    /// Transactions committed.
    pub commits: u64,
    /// Jobs written by them; repeats are none.
    pub jobs: u64,
    /// No more is written until the store is reopened.
    pub refusing: bool,
}

/// An open store. Cheap to clone; all clones share one writer.
#[derive(Clone)]
pub struct Store(Arc<Inner>);

struct Inner {
    readers: Readers,
    keys: Keys,
    limits: Limits,
    jobs: mpsc::Sender<Job>,
    progress: Arc<Progress>,
    /// Gives an error once the writer has ended.
    writer: Mutex<Option<oneshot::Receiver<()>>>,
}

impl Store {
    /// Opens the store at `address` (`sqlite:<path>` or `postgres://…`), creates or updates its schema.
    ///
    /// Must be called within a tokio runtime. The writer is a task of it on PostgreSQL; on SQLite it has a thread of its own,
    /// which ends after the last clone of the store is gone.
    ///
    /// # Errors
    /// [`Error::Address`], [`Error::NewerSchema`], [`Error::OtherSchema`], [`Error::NotDurable`] for an engine that
    /// answers before data are on disk, [`Error::WrongKey`] and [`Error::MissingKey`] when `keys` are not those that the
    /// store was written with, [`Error::Database`].
    pub async fn open(address: &str, keys: Keys) -> Result<Self, Error> {
        Self::open_with(address, keys, Limits::usual()).await
    }

    /// As [`Self::open`], with other bounds.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub async fn open_with(address: &str, keys: Keys, limits: Limits) -> Result<Self, Error> {
        let engine = Engine::of(address)?;
        let mut conn = engine.connect().await?;
        engine.migrate(&mut conn).await?;
        // After a commit that failed, what the log holds may be in memory only: it is copied to the file and synced.
        conn.settle().await?;
        check_keys(&mut conn, &keys).await?;
        let readers = engine.readers(limits.readers);
        let progress = Arc::new(Progress::default());
        let (jobs, waiting) = mpsc::channel(limits.queue_jobs);
        let writer = Writer {
            transactions: Transactions::new(engine, conn, progress.clone()),
            keys: keys.clone(),
            limits: limits.clone(),
            inserts: table::Inserts::default(),
            known: known::Known::default(),
            callers: Handle::current(),
        };
        let writer = Mutex::new(Some(writer.start(waiting)?));
        Ok(Self(Arc::new(Inner { readers, keys, limits, jobs, progress, writer })))
    }

    /// Stores a job and returns when it is on disk.
    ///
    /// Waits for a place in the queue. When the future is dropped the job may still be written, once: the same request id
    /// says later what became of it.
    ///
    /// # Errors
    /// - [`Error::Invalid`], [`Error::TooLarge`]: the job itself.
    /// - [`Error::Conflict`]: its request id stands with another body, or another of its ids stands already.
    /// - [`Error::NotFound`]: the rating, consent or objection that it is about.
    /// - [`Error::ConsentsChanged`]: see [`Under`].
    /// - [`Error::Full`], [`Error::Database`]: nothing was stored. [`Error::OutcomeUnknown`]: it may have been.
    /// - [`Error::Refusing`], [`Error::Closed`]: the store takes no more.
    pub async fn write(&self, write: Write) -> Result<Written, Error> {
        write.check()?;
        let (bytes, max) = (write.size(), self.0.limits.group_bytes);
        if bytes > max {
            return Err(Error::TooLarge { bytes, max });
        }
        self.ask(|reply| Job::Write(Box::new(write), reply)).await
    }

    /// SHA-256 of the body of a request other than a rating that was answered before, and the answer.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub async fn answered(&self, tenant: &str, request_id: &str) -> Result<Option<([u8; 32], Vec<u8>)>, Error> {
        let sql = "SELECT body_sha256, answer FROM requests WHERE request_id = $1 AND tenant = $2";
        let rows = self.readers().rows(sql, vec![request_id.into(), tenant.into()]).await?;
        rows.first().map(|row| Ok((row.digest(0)?, row.get(1)?))).transpose()
    }

    /// What the writer has done.
    pub fn counters(&self) -> Counters {
        self.0.progress.counters()
    }

    /// What only this store's keys give for `bytes` (HMAC-SHA256): to know again what was handed out, at any server.
    pub fn mark(&self, bytes: &[u8]) -> [u8; 32] {
        self.keys().mark(bytes)
    }

    /// Whether `found` is the [`Self::mark`] of `bytes`, under any key of the key file.
    pub fn is_mark(&self, bytes: &[u8], found: &[u8]) -> bool {
        self.keys().is_mark(bytes, found)
    }

    /// The database answers a question.
    ///
    /// # Errors
    /// [`Error::Database`] when it does not.
    pub async fn ping(&self) -> Result<(), Error> {
        self.readers().rows("SELECT 1", Vec::new()).await.map(drop)
    }

    /// Finishes what waits, then closes; later jobs are refused with [`Error::Closed`].
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

    async fn ask<T>(&self, job: impl FnOnce(oneshot::Sender<Result<T, Error>>) -> Job) -> Result<T, Error> {
        let (reply, answer) = oneshot::channel();
        self.0.jobs.send(job(reply)).await.map_err(|_| Error::Closed)?;
        answer.await.map_err(|_| Error::Closed)?
    }

    fn readers(&self) -> &Readers {
        &self.0.readers
    }

    fn keys(&self) -> &Keys {
        &self.0.keys
    }
}

/// Compares the keys with those that the store was written with, and notes new ones.
async fn check_keys(conn: &mut Conn, keys: &Keys) -> Result<(), Error> {
    conn.begin(group::CHAIN).await?;
    let stored = conn.rows("SELECT kind, key_id, check_value FROM key_checks", Vec::new()).await?;
    let mut known = Vec::new();
    for row in &stored {
        let (kind, id): (String, String) = (row.get(0)?, row.get(1)?);
        let check = row.digest(2)?;
        match keys.checks().iter().find(|(k, i, _)| *k == kind && *i == id) {
            Some((_, _, mine)) if *mine == check => known.push((kind, id)),
            Some(_) => return Err(Error::WrongKey { id }),
            None => {
                // A key-encryption key may go when nothing lies under it; a pseudonym's key is needed for every question.
                let sql = "SELECT 1 FROM subject_keys WHERE kek_id = $1 AND destroyed_at IS NULL LIMIT 1";
                if kind == "mac" || !conn.rows(sql, vec![id.as_str().into()]).await?.is_empty() {
                    return Err(Error::MissingKey { id });
                }
            }
        }
    }
    for (kind, id, check) in keys.checks() {
        if !known.iter().any(|(k, i)| k == kind && i == id) {
            let values: Vec<Value<'_>> = vec![(*kind).into(), id.as_str().into(), (*check).into()];
            let sql = "INSERT INTO key_checks (kind, key_id, check_value) VALUES ($1, $2, $3)";
            conn.execute(sql, values).await?;
        }
    }
    conn.commit().await
}
