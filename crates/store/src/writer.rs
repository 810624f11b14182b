//! Group commit: one task writes, and what waits while it commits goes into the next commit together.
//!
//! A job is acknowledged after the commit that holds it, never before. A commit costs one or two waits for the disk,
//! whatever it holds; with n callers waiting, each pays about an n-th of it.

use crate::audit::NewLine;
use crate::engine::{Conn, Engine};
use crate::error::is_constraint;
use crate::group::Group;
use crate::keys::Keys;
use crate::retention::{Run, Which};
use crate::table::Inserts;
use crate::write::{Write, Written};
use crate::{Error, Limits};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use tokio::sync::{mpsc, oneshot};

type Reply<T> = oneshot::Sender<Result<T, Error>>;

/// What the writer is asked.
pub(crate) enum Job {
    Write(Box<Write>, Reply<Written>),
    Destroy(Which, Box<NewLine>, Reply<Run>),
    Scrub(Reply<bool>),
    /// Finish what waits and end.
    Close,
}

/// What the writer has done, readable while it works.
#[derive(Default)]
pub(crate) struct Progress {
    pub(crate) commits: AtomicU64,
    pub(crate) jobs: AtomicU64,
    /// A commit failed with the file in an unknown state.
    pub(crate) refusing: AtomicBool,
}

pub(crate) struct Writer {
    pub(crate) engine: Engine,
    /// `None` after it broke; the next group connects again.
    pub(crate) conn: Option<Conn>,
    pub(crate) keys: Keys,
    pub(crate) limits: Limits,
    pub(crate) progress: Arc<Progress>,
    pub(crate) inserts: Inserts,
}

impl Writer {
    /// Starts the writer; what it gives is closed when the writer has ended.
    ///
    /// # Errors
    /// [`Error::NoThread`] when the system gives no thread.
    pub(crate) fn start(self, jobs: mpsc::Receiver<Job>) -> Result<oneshot::Receiver<()>, Error> {
        let (ended, end) = oneshot::channel();
        let on_thread = matches!(self.engine, Engine::Sqlite(_));
        let run = async move {
            // Dropped at the end, also at that of a panic.
            let _ended = ended;
            self.run(jobs).await;
        };
        if on_thread {
            // SQLite works on the thread that calls it and waits there for the disk.
            let failed = |e| Error::NoThread(Arc::new(e));
            let runtime = tokio::runtime::Builder::new_current_thread().build().map_err(failed)?;
            let thread = std::thread::Builder::new().name("store writer".into());
            thread.spawn(move || runtime.block_on(run)).map_err(failed)?;
        } else {
            tokio::spawn(run);
        }
        Ok(end)
    }

    async fn run(mut self, mut jobs: mpsc::Receiver<Job>) {
        let mut waiting = Vec::with_capacity(self.limits.group_jobs);
        while jobs.recv_many(&mut waiting, self.limits.group_jobs).await > 0 {
            let (mut group, mut bytes) = (Vec::new(), 0);
            for job in waiting.drain(..) {
                match job {
                    // Nobody waits for it any more and nothing of it has begun.
                    Job::Write(_, reply) if reply.is_closed() => {}
                    Job::Write(write, reply) => {
                        let size = write.size();
                        if bytes + size > self.limits.group_bytes {
                            self.group(std::mem::take(&mut group)).await;
                            bytes = 0;
                        }
                        bytes += size;
                        group.push((write, reply));
                    }
                    other => {
                        self.group(std::mem::take(&mut group)).await;
                        bytes = 0;
                        match other {
                            Job::Destroy(which, line, reply) => answer(reply, self.destroy(&which, &line).await),
                            Job::Scrub(reply) => answer(reply, self.scrub().await),
                            _ => jobs.close(),
                        }
                    }
                }
            }
            self.group(group).await;
        }
        if let Some(conn) = self.conn {
            conn.close().await;
        }
    }

    /// Writes the jobs in one transaction, or each in its own when one of them breaks the common one.
    async fn group(&mut self, group: Vec<(Box<Write>, Reply<Written>)>) {
        if group.is_empty() {
            return;
        }
        let (writes, replies): (Vec<_>, Vec<_>) = group.into_iter().unzip();
        let writes: Vec<&Write> = writes.iter().map(|w| &**w).collect();
        match self.attempt(&writes).await {
            Ok(results) => replies.into_iter().zip(results).for_each(|(reply, result)| answer(reply, result)),
            Err(e) if writes.len() > 1 && is_of_one_job(&e) => {
                for (write, reply) in writes.into_iter().zip(replies) {
                    let result = self.attempt(&[write]).await;
                    answer(reply, result.and_then(|mut r| r.pop().ok_or(Error::Closed)?));
                }
            }
            Err(e) => replies.into_iter().for_each(|reply| answer(reply, Err(e.clone()))),
        }
    }

    async fn attempt(&mut self, writes: &[&Write]) -> Result<Vec<Result<Written, Error>>, Error> {
        let mut group = self.begin().await?;
        let done = match group.run(writes).await {
            Ok(results) => group.commit().await.map(|()| results),
            Err(e) => Err(e),
        };
        let results = self.end(done).await?;
        let written = results.iter().filter(|r| matches!(r, Ok(Written::New { .. }))).count();
        self.progress.jobs.fetch_add(written as u64, Ordering::Relaxed);
        Ok(results)
    }

    async fn destroy(&mut self, which: &Which, line: &NewLine) -> Result<Run, Error> {
        let mut group = self.begin().await?;
        let done = match group.destroy(which, line).await {
            Ok(run) => group.commit().await.map(|()| run),
            Err(e) => Err(e),
        };
        self.end(done).await
    }

    async fn scrub(&mut self) -> Result<bool, Error> {
        let mut conn = self.connection().await?;
        let scrubbed = conn.scrub_keys().await;
        self.conn = Some(conn);
        scrubbed
    }

    async fn connection(&mut self) -> Result<Conn, Error> {
        match self.conn.take() {
            Some(conn) => Ok(conn),
            None => self.engine.connect().await,
        }
    }

    /// A transaction, over a new connection when the old one broke while it was idle.
    async fn begin(&mut self) -> Result<Group<'_>, Error> {
        if self.progress.refusing.load(Ordering::Relaxed) {
            return Err(Error::Refusing);
        }
        let mut conn = self.connection().await?;
        let mut head = conn.begin().await;
        if matches!(head, Err(Error::Database(_))) && matches!(self.engine, Engine::Postgres(_)) {
            conn = self.engine.connect().await?;
            head = conn.begin().await;
        }
        // A connection that can not begin is let go: half a beginning may be open in it.
        let (seq, hash) = head?;
        Ok(Group::new(self.conn.insert(conn), &self.keys, &mut self.inserts, seq, hash))
    }

    /// After a transaction: counts it, or cleans up so that the next one starts well.
    async fn end<T>(&mut self, done: Result<T, Error>) -> Result<T, Error> {
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
            Err(_) => {
                if let Some(mut conn) = self.conn.take() {
                    self.conn = conn.roll_back().await.then_some(conn);
                }
            }
        }
        done
    }
}

/// An error that the database or a key gave because of one job's rows: the others go on without it.
fn is_of_one_job(e: &Error) -> bool {
    is_constraint(e) || matches!(e, Error::Damaged { .. } | Error::MissingKey { .. } | Error::TooLarge { .. })
}

/// A caller that has gone away needs no answer: it asks again by its request id.
fn answer<T>(reply: Reply<T>, result: Result<T, Error>) {
    let _ = reply.send(result);
}
