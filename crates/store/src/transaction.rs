//! Transactions of a writer, one after another over one connection, and what follows when one of them fails.

use crate::engine::{Conn, Engine, Row};
use crate::{Counters, Error};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use tokio::sync::oneshot;

/// What the writer has done, readable while it works.
#[derive(Default)]
pub(crate) struct Progress {
    pub(crate) commits: AtomicU64,
    pub(crate) jobs: AtomicU64,
    /// A commit failed with the file in an unknown state.
    pub(crate) refusing: AtomicBool,
}

impl Progress {
    pub(crate) fn counters(&self) -> Counters {
        Counters {
            commits: self.commits.load(Ordering::Relaxed),
            jobs: self.jobs.load(Ordering::Relaxed),
            refusing: self.refusing.load(Ordering::Relaxed),
        }
    }
}

/// The writing side of a database.
pub(crate) struct Transactions {
    pub(crate) engine: Engine,
    /// `None` after it broke; the next transaction connects again.
    conn: Option<Conn>,
    pub(crate) progress: Arc<Progress>,
}

impl Transactions {
    pub(crate) fn new(engine: Engine, conn: Conn, progress: Arc<Progress>) -> Self {
        Self { engine, conn: Some(conn), progress }
    }

    /// The connection, outside of a transaction.
    pub(crate) async fn connection(&mut self) -> Result<&mut Conn, Error> {
        let conn = match self.conn.take() {
            Some(conn) => conn,
            None => self.engine.connect().await?,
        };
        Ok(self.conn.insert(conn))
    }

    /// A transaction, over a new connection when the old one broke while it was idle, and the end of its chain.
    pub(crate) async fn begin(&mut self, chain: &'static str) -> Result<(&mut Conn, Row), Error> {
        if self.progress.refusing.load(Ordering::Relaxed) {
            return Err(Error::Refusing);
        }
        self.connection().await?;
        let mut conn = self.conn.take().ok_or(Error::Closed)?;
        let mut head = conn.begin(chain).await;
        if matches!(head, Err(Error::Database(_))) && matches!(self.engine, Engine::Postgres(_)) {
            conn = self.engine.connect().await?;
            head = conn.begin(chain).await;
        }
        // A connection that can not begin is let go: half a beginning may be open in it.
        let head = head?;
        Ok((self.conn.insert(conn), head))
    }

    /// The connection of the transaction that has begun.
    ///
    /// # Errors
    /// [`Error::Closed`] where none has.
    pub(crate) fn conn(&mut self) -> Result<&mut Conn, Error> {
        self.conn.as_mut().ok_or(Error::Closed)
    }

    /// After a transaction: counts it, or cleans up so that the next one starts well.
    pub(crate) async fn end<T>(&mut self, done: Result<T, Error>) -> Result<T, Error> {
        match &done {
            Ok(_) => {
                self.progress.commits.fetch_add(1, Ordering::Relaxed);
            }
            Err(Error::OutcomeUnknown(_)) => {
                // A server decides by itself what holds and says so to the next question. Of a file nobody knows what
                // of it is on disk: the system may have dropped what it could not write.
                self.conn = None;
                if matches!(self.engine, Engine::Sqlite(_)) {
                    self.progress.refusing.store(true, Ordering::Relaxed);
                }
            }
            Err(_) => self.roll_back().await,
        }
        done
    }

    /// Ends a transaction without a trace.
    pub(crate) async fn roll_back(&mut self) {
        if let Some(mut conn) = self.conn.take() {
            self.conn = conn.roll_back().await.then_some(conn);
        }
    }

    pub(crate) async fn close(self) {
        if let Some(conn) = self.conn {
            conn.close().await;
        }
    }
}

impl Engine {
    /// Runs a writer to its end; what this gives is closed when it has ended.
    ///
    /// # Errors
    /// [`Error::NoThread`] when the system gives no thread.
    pub(crate) fn start(
        &self,
        name: &str,
        writer: impl Future<Output = ()> + Send + 'static,
    ) -> Result<oneshot::Receiver<()>, Error> {
        let (ended, end) = oneshot::channel();
        let run = async move {
            // Dropped at the end, also at that of a panic.
            let _ended = ended;
            writer.await;
        };
        match self {
            Self::Sqlite(_) => {
                // SQLite works on the thread that calls it and waits there for the disk.
                let failed = |e| Error::NoThread(Arc::new(e));
                let runtime = tokio::runtime::Builder::new_current_thread().build().map_err(failed)?;
                let thread = std::thread::Builder::new().name(name.into());
                thread.spawn(move || runtime.block_on(run)).map_err(failed)?;
            }
            Self::Postgres(_) => drop(tokio::spawn(run)),
        }
        Ok(end)
    }
}
