//! The writer of the ledger: jobs that wait together share a commit.

use super::group::Group;
use super::rebuild::{Rebuilt, rebuild};
use super::rows::{HEAD, head_of, number};
use super::shelf::Shelf;
use super::tables::{Here, Tables};
use super::{Counted, Judged, LedgerFault, Part, Taken, Walked};
use crate::engine::{Conn, Readers};
use crate::table::Inserts;
use crate::transaction::Transactions;
use crate::{Error, Limits};
use ledger::chain::Head;
use ledger::{Event, Refusal};
use std::sync::atomic::Ordering;
use tokio::runtime::Handle;
use tokio::sync::{mpsc, oneshot, watch};

/// From so many events on, one thread judges while another writes: to wake it costs as much as a few events.
const BESIDE_FROM: usize = 96;

/// Parts in which events of one transaction are written beside the judgement, within these bounds: small ones are written
/// while the next are judged, in large ones neighbours lie together.
const PARTS: usize = 16;
const PART_LINES_MIN: usize = 64;
const PART_LINES_MAX: usize = 4_096;

/// Parts that wait to be written.
const ASKS: usize = 2;

pub(crate) type Reply<T> = oneshot::Sender<Result<T, Error>>;
pub(crate) type Answer<T> = oneshot::Receiver<Result<T, Error>>;

/// What becomes of each event.
pub(crate) type Each<T> = Vec<Result<T, Refusal>>;
/// What becomes of all, or the first that is refused.
pub(crate) type Together = Result<Vec<Taken>, (usize, Refusal)>;

/// What becomes of events that come one after the other.
pub(crate) enum Streamed {
    Whole(Counted),
    /// The first that is refused, by its place from 0.
    Refused(u64, Refusal),
    /// They ended before their end.
    GivenUp,
}

/// Who hears how far something is.
pub(crate) type Tell = Box<dyn Fn(Walked) + Send + Sync>;

/// What the writer is asked.
pub(crate) enum Job {
    Each(Vec<Event>, Reply<Each<Taken>>),
    Together(Vec<Event>, Reply<Together>),
    Stream(mpsc::Receiver<Part>, Reply<Streamed>),
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
                            Job::Stream(parts, reply) => answer(reply, self.stream(parts).await),
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
        let count = events.len();
        let results = self.transact(count, async move |group| group.take_all(events).await, |_| true).await?;
        self.entered(results.iter().filter(|r| matches!(r, Ok(taken) if !taken.repeated)).count());
        Ok(results)
    }

    async fn together(&mut self, events: Vec<Event>) -> Result<Together, Error> {
        let count = events.len();
        let work = async move |group: &mut Group<'_>| group.take_until_refused(events).await;
        let results = self.transact(count, work, Result::is_ok).await?;
        if let Ok(taken) = &results {
            self.entered(taken.iter().filter(|t| !t.repeated).count());
        }
        Ok(results)
    }

    async fn stream(&mut self, mut parts: mpsc::Receiver<Part>) -> Result<Streamed, Error> {
        // Nobody else waits while the first is read.
        let Some(first) = parts.recv().await else { return Ok(Streamed::GivenUp) };
        let work = async move |group: &mut Group<'_>| group.take_stream(first, parts).await;
        let streamed = self.transact(usize::MAX, work, |streamed| matches!(streamed, Streamed::Whole(_))).await?;
        if let Streamed::Whole(counted) = &streamed {
            self.entered(counted.entered as usize);
        }
        Ok(streamed)
    }

    async fn judge(&mut self, events: Vec<Event>) -> Result<Each<Judged>, Error> {
        // Nothing is written that another thread could write meanwhile.
        let judged = self.transact(0, async move |group| group.take_all(events).await, |_| false).await?;
        let told = |taken: Taken| if taken.repeated { Judged::Repeated } else { Judged::New };
        Ok(judged.into_iter().map(|result| result.map(told)).collect())
    }

    /// Runs `work` in a transaction, which holds where `keep` says so of what it gives.
    ///
    /// - `events`: how many it takes. Many are judged on another thread while this one writes.
    async fn transact<T: Send + 'static>(
        &mut self,
        events: usize,
        work: impl AsyncFnOnce(&mut Group<'_>) -> Result<T, Error> + Send + 'static,
        keep: impl FnOnce(&T) -> bool + Send + 'static,
    ) -> Result<T, Error> {
        let (conn, row) = self.transactions.begin(HEAD).await?;
        let before = head_of(&row)?;
        // What is here is lost where the transaction comes to nothing.
        let shelf = std::mem::take(&mut self.shelf);
        let shelf = match self.head.take() {
            Some(head) if head == before => shelf,
            // Another server wrote, or the ledger was just opened.
            _ if before.seq == 0 => Shelf::of_nothing(),
            _ => Shelf::default(),
        };
        let here = Here::new(conn, None, &mut self.inserts);
        let done = match events >= BESIDE_FROM {
            true => {
                beside(here, events, move |tables, waiting| {
                    worked(Group::new(tables, shelf, before, waiting), work, keep)
                })
                .await
            }
            false => worked(Group::new(Tables::Here(here), shelf, before, usize::MAX), work, keep).await,
        };
        let done = match done {
            Ok((result, false, shelf, _)) => {
                self.transactions.roll_back().await;
                (self.shelf, self.head) = (shelf.undone(), Some(before));
                return Ok(result);
            }
            Ok((result, true, shelf, head)) => match self.transactions.conn() {
                Ok(conn) => commit(conn, before, head).await.map(|()| (result, shelf, head)),
                Err(e) => Err(e),
            },
            Err(e) => Err(e),
        };
        let (result, shelf, head) = self.transactions.end(done).await?;
        self.shelf = shelf;
        self.head = Some(head);
        self.told.send_replace(head.seq);
        Ok(result)
    }

    async fn rebuild(&mut self, tell: &(dyn Fn(Walked) + Send + Sync)) -> Result<Result<Rebuilt, LedgerFault>, Error> {
        let (conn, row) = self.transactions.begin(HEAD).await?;
        let head = head_of(&row)?;
        let done = match rebuild(conn, &self.readers, head, tell).await {
            Ok(Ok(rebuilt)) => conn.commit().await.map(|()| (rebuilt, head)),
            Ok(Err(fault)) => {
                self.transactions.roll_back().await;
                return Ok(Err(fault));
            }
            Err(e) => Err(e),
        };
        let (rebuilt, head) = self.transactions.end(done).await?;
        // What is at hand may be of records that were wrong.
        (self.shelf, self.head) = (Shelf::default(), None);
        self.told.send_replace(head.seq);
        Ok(Ok(rebuilt))
    }

    fn entered(&self, events: usize) {
        self.transactions.progress.jobs.fetch_add(events as u64, Ordering::Relaxed);
    }
}

/// What became of work, whether it is kept, and what the group left.
type Worked<T> = Result<(T, bool, Shelf, Head), Error>;

/// Runs `work`; where it is kept, writes what waits.
async fn worked<T>(
    mut group: Group<'_>,
    work: impl AsyncFnOnce(&mut Group<'_>) -> Result<T, Error>,
    keep: impl FnOnce(&T) -> bool,
) -> Worked<T> {
    let result = work(&mut group).await?;
    let kept = keep(&result);
    if kept {
        group.flush().await?;
    }
    let (shelf, head) = group.end();
    Ok((result, kept, shelf, head))
}

/// Judges on a thread of its own; this one does what that asks of the tables.
async fn beside<T: Send + 'static, W: Future<Output = Worked<T>>>(
    here: Here<'_>,
    events: usize,
    work: impl FnOnce(Tables<'static>, usize) -> W + Send + 'static,
) -> Worked<T> {
    let (asks, asked) = mpsc::channel(ASKS);
    let waiting = (events / PARTS).clamp(PART_LINES_MIN, PART_LINES_MAX);
    let runtime = Handle::current();
    let judging = tokio::task::spawn_blocking(move || runtime.block_on(work(Tables::Beside(asks), waiting)));
    let served = here.serve(asked).await;
    match judging.await {
        // What the tables said comes first: the other has only seen that no more is answered.
        Ok(judged) => served.and(judged),
        Err(e) if e.is_panic() => std::panic::resume_unwind(e.into_panic()),
        // Not run: the runtime is shutting down.
        Err(_) => Err(Error::Closed),
    }
}

/// Moves the end of the chain and commits.
async fn commit(conn: &mut Conn, before: Head, head: Head) -> Result<(), Error> {
    if head.seq > before.seq {
        let Head { seq, recorded_at, hash } = head;
        let sql = "UPDATE ledger_head SET seq = $1, recorded_at = $2, hash = $3 WHERE id = 1";
        conn.execute(sql, vec![number(seq)?.into(), recorded_at.0.into(), hash.into()]).await?;
    }
    conn.commit().await
}

/// A caller that has gone away needs no answer: it asks again by its request.
fn answer<T>(reply: Reply<T>, result: Result<T, Error>) {
    let _ = reply.send(result);
}
