//! The writer of the ledger: jobs that wait together share a commit.

use super::group::Group;
use super::rebuild::{Rebuilt, rebuild};
use super::rows::{HEAD, head_of};
use super::shelf::Shelf;
use super::{Judged, LedgerFault, Taken, Walked};
use crate::engine::Readers;
use crate::table::Inserts;
use crate::transaction::Transactions;
use crate::{Error, Limits};
use ledger::chain::Head;
use ledger::{Event, Refusal};
use std::sync::atomic::Ordering;
use tokio::sync::{mpsc, oneshot, watch};

pub(crate) type Reply<T> = oneshot::Sender<Result<T, Error>>;
pub(crate) type Answer<T> = oneshot::Receiver<Result<T, Error>>;

/// What becomes of each event.
pub(crate) type Each<T> = Vec<Result<T, Refusal>>;
/// What becomes of all, or the first that is refused.
pub(crate) type Together = Result<Vec<Taken>, (usize, Refusal)>;

/// Who hears how far something is.
pub(crate) type Tell = Box<dyn Fn(Walked) + Send + Sync>;

/// What the writer is asked.
pub(crate) enum Job {
    Each(Vec<Event>, Reply<Each<Taken>>),
    Together(Vec<Event>, Reply<Together>),
    Judge(Vec<Event>, Reply<Each<Judged>>),
    Rebuild(Tell, Reply<Result<Rebuilt, LedgerFault>>),
    /// Finish what waits and end.
    Close,
}

pub(crate) struct Writer {
    transactions: Transactions,
    readers: Readers,
    limits: Limits,
    /// Number of the last event that is on disk.
    told: watch::Sender<u64>,
    inserts: Inserts,
    shelf: Shelf,
    /// The end of the chain that the shelf belongs to.
    head: Option<Head>,
}

impl Writer {
    pub(crate) fn new(transactions: Transactions, readers: Readers, limits: Limits, told: watch::Sender<u64>) -> Self {
        Self { transactions, readers, limits, told, inserts: Inserts::default(), shelf: Shelf::default(), head: None }
    }

    pub(crate) async fn run(mut self, mut jobs: mpsc::Receiver<Job>) {
        let mut waiting = Vec::with_capacity(self.limits.group_jobs);
        while jobs.recv_many(&mut waiting, self.limits.group_jobs).await > 0 {
            let (mut group, mut events) = (Vec::new(), 0);
            for job in waiting.drain(..) {
                match job {
                    // Nobody waits for it any more and nothing of it has begun.
                    Job::Each(_, reply) if reply.is_closed() => {}
                    Job::Each(list, reply) => {
                        if events > 0 && events + list.len() > self.limits.group_jobs {
                            self.each(std::mem::take(&mut group)).await;
                            events = 0;
                        }
                        events += list.len();
                        group.push((list, reply));
                    }
                    other => {
                        self.each(std::mem::take(&mut group)).await;
                        events = 0;
                        match other {
                            Job::Together(list, reply) => answer(reply, self.together(list).await),
                            Job::Judge(list, reply) => answer(reply, self.judge(list).await),
                            Job::Rebuild(tell, reply) => answer(reply, self.rebuild(&*tell).await),
                            _ => jobs.close(),
                        }
                    }
                }
            }
            self.each(group).await;
        }
        self.transactions.close().await;
    }

    async fn each(&mut self, group: Vec<(Vec<Event>, Reply<Each<Taken>>)>) {
        if group.is_empty() {
            return;
        }
        let (lists, replies): (Vec<_>, Vec<_>) = group.into_iter().unzip();
        let lengths: Vec<usize> = lists.iter().map(Vec::len).collect();
        match self.enter(lists.into_iter().flatten().collect()).await {
            Ok(results) => {
                let mut results = results.into_iter();
                for (reply, length) in replies.into_iter().zip(lengths) {
                    answer(reply, Ok(results.by_ref().take(length).collect()));
                }
            }
            Err(e) => replies.into_iter().for_each(|reply| answer(reply, Err(e.clone()))),
        }
    }

    async fn enter(&mut self, events: Vec<Event>) -> Result<Each<Taken>, Error> {
        let mut group = self.begin().await?;
        let done = match group.take_all(events).await {
            Ok(results) => group.commit().await.map(|head| (results, head)),
            Err(e) => Err(e),
        };
        let results = self.end(done).await?;
        self.entered(results.iter().filter(|r| matches!(r, Ok(taken) if !taken.repeated)).count());
        Ok(results)
    }

    async fn together(&mut self, events: Vec<Event>) -> Result<Together, Error> {
        let mut group = self.begin().await?;
        let done = match group.take_until_refused(events).await {
            Ok(Ok(taken)) => group.commit().await.map(|head| (taken, head)),
            Ok(Err(refused)) => {
                self.leave().await;
                return Ok(Err(refused));
            }
            Err(e) => Err(e),
        };
        let taken = self.end(done).await?;
        self.entered(taken.iter().filter(|t| !t.repeated).count());
        Ok(Ok(taken))
    }

    async fn judge(&mut self, events: Vec<Event>) -> Result<Each<Judged>, Error> {
        let mut group = self.begin().await?;
        let judged = group.take_all(events).await;
        self.leave().await;
        let told = |taken: Taken| if taken.repeated { Judged::Repeated } else { Judged::New };
        Ok(judged?.into_iter().map(|result| result.map(told)).collect())
    }

    async fn rebuild(&mut self, tell: &(dyn Fn(Walked) + Send + Sync)) -> Result<Result<Rebuilt, LedgerFault>, Error> {
        let (conn, row) = self.transactions.begin(HEAD).await?;
        let head = head_of(&row)?;
        let done = match rebuild(conn, &self.readers, head, tell).await {
            Ok(Ok(rebuilt)) => conn.commit().await.map(|()| (rebuilt, head)),
            Ok(Err(fault)) => {
                self.leave().await;
                return Ok(Err(fault));
            }
            Err(e) => Err(e),
        };
        // What is at hand may be of records that were wrong.
        self.shelf.forget();
        Ok(Ok(self.end(done).await?))
    }

    async fn begin(&mut self) -> Result<Group<'_>, Error> {
        let (conn, row) = self.transactions.begin(HEAD).await?;
        let head = head_of(&row)?;
        if self.head.take() != Some(head) {
            // Another server wrote, or a transaction of this one came to nothing.
            self.shelf.forget();
        }
        Ok(Group::new(conn, &mut self.shelf, &mut self.inserts, head))
    }

    async fn end<T>(&mut self, done: Result<(T, Head), Error>) -> Result<T, Error> {
        let (results, head) = self.transactions.end(done).await?;
        self.head = Some(head);
        self.shelf.settle();
        self.told.send_replace(head.seq);
        Ok(results)
    }

    fn entered(&self, events: usize) {
        self.transactions.progress.jobs.fetch_add(events as u64, Ordering::Relaxed);
    }

    /// Ends a transaction that enters nothing.
    async fn leave(&mut self) {
        self.transactions.roll_back().await;
    }
}

/// A caller that has gone away needs no answer: it asks again by its request.
fn answer<T>(reply: Reply<T>, result: Result<T, Error>) {
    let _ = reply.send(result);
}
