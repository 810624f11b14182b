//! Group commit: one task writes, and what waits while it commits goes into the next commit together.
//!
//! A job is acknowledged after the commit that holds it, never before. A commit costs one or two waits for the disk,
//! whatever it holds; with n callers waiting, each pays about an n-th of it.

use crate::audit::NewLine;
use crate::error::is_constraint;
use crate::group::{CHAIN, Group};
use crate::input_counts::{self, NewInputCounts};
use crate::keys::Keys;
use crate::known::Known;
use crate::retention::{Run, Which};
use crate::table::Inserts;
use crate::transaction::Transactions;
use crate::write::{Write, Written};
use crate::{Error, Limits};
use std::sync::atomic::Ordering;
use tokio::runtime::Handle;
use tokio::sync::{mpsc, oneshot};

type Reply<T> = oneshot::Sender<Result<T, Error>>;

/// What the writer is asked.
pub(crate) enum Job {
    Write(Box<Write>, Reply<Written>),
    Destroy(Which, Box<NewLine>, Reply<Run>),
    Scrub(Reply<bool>),
    /// Counts of inputs to be added; none throws all away.
    CountInputs(Option<Box<NewInputCounts>>, Reply<bool>),
    /// Finish what waits and end.
    Close,
}

pub(crate) struct Writer {
    pub(crate) transactions: Transactions,
    pub(crate) keys: Keys,
    pub(crate) limits: Limits,
    pub(crate) inserts: Inserts,
    pub(crate) known: Known,
    /// Where those who wait run.
    pub(crate) callers: Handle,
}

impl Writer {
    /// Starts the writer; what it gives is closed when the writer has ended.
    ///
    /// # Errors
    /// [`Error::NoThread`] when the system gives no thread.
    pub(crate) fn start(self, jobs: mpsc::Receiver<Job>) -> Result<oneshot::Receiver<()>, Error> {
        let engine = self.transactions.engine.clone();
        engine.start("store writer", self.run(jobs))
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
                            Job::CountInputs(counts, reply) => {
                                let done = input_counts::write(&mut self.transactions, CHAIN, counts.as_deref()).await;
                                answer(reply, done);
                            }
                            _ => jobs.close(),
                        }
                    }
                }
            }
            self.group(group).await;
        }
        self.transactions.close().await;
    }

    /// Writes the jobs in one transaction, or each in its own when one of them breaks the common one.
    async fn group(&mut self, group: Vec<(Box<Write>, Reply<Written>)>) {
        if group.is_empty() {
            return;
        }
        let (writes, replies): (Vec<_>, Vec<_>) = group.into_iter().unzip();
        let writes: Vec<&Write> = writes.iter().map(|w| &**w).collect();
        match self.attempt(&writes).await {
            Ok(results) => self.release(replies, results),
            Err(e) if writes.len() > 1 && is_of_one_job(&e) => {
                for (write, reply) in writes.into_iter().zip(replies) {
                    let result = self.attempt(&[write]).await;
                    answer(reply, result.and_then(|mut r| r.pop().ok_or(Error::Closed)?));
                }
            }
            Err(e) => replies.into_iter().for_each(|reply| answer(reply, Err(e.clone()))),
        }
    }

    /// Answers all jobs of a commit.
    ///
    /// Each wakes somebody, which costs another thread more than one of the callers' own: there one task is woken and it
    /// wakes the others.
    fn release(&self, replies: Vec<Reply<Written>>, results: Vec<Result<Written, Error>>) {
        let all = replies.into_iter().zip(results);
        self.callers.spawn(async { all.for_each(|(reply, result)| answer(reply, result)) });
    }

    async fn attempt(&mut self, writes: &[&Write]) -> Result<Vec<Result<Written, Error>>, Error> {
        let mut group = self.begin().await?;
        let done = match group.run(writes).await {
            Ok(results) => group.commit().await.map(|()| results),
            Err(e) => Err(e),
        };
        let results = self.transactions.end(done).await?;
        let written = results.iter().filter(|r| matches!(r, Ok(Written::New { .. }))).count();
        self.transactions.progress.jobs.fetch_add(written as u64, Ordering::Relaxed);
        Ok(results)
    }

    async fn destroy(&mut self, which: &Which, line: &NewLine) -> Result<Run, Error> {
        // Of the keys that go.
        self.known = Known::default();
        let mut group = self.begin().await?;
        let done = match group.destroy(which, line).await {
            Ok(run) => group.commit().await.map(|()| run),
            Err(e) => Err(e),
        };
        self.transactions.end(done).await
    }

    async fn scrub(&mut self) -> Result<bool, Error> {
        self.transactions.connection().await?.scrub_keys().await
    }

    async fn begin(&mut self) -> Result<Group<'_>, Error> {
        let (conn, head) = self.transactions.begin(CHAIN).await?;
        let own = (&mut self.inserts, &mut self.known);
        Ok(Group::new(conn, &self.keys, own, (head.get(1)?, head.digest(2)?)))
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
