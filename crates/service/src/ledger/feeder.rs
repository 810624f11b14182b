//! Ratings and decisions of `RatingService` become events of the ledger: a task reads the store behind its audit lines,
//! in their order, and enters what is new. Whoever asks for a rating does not wait for it.
//!
//! Nothing says how far it is but the ledger itself: request ids follow from the rows, so that what is read again, after
//! a restart or by another server of the same store, is entered once.

use crate::desk::{Desk, day, refuse};
use ::ledger::event::{Actor, Body, Decided, Event, Office, RatingEvent, UnixMicros};
use ::ledger::{Key, RatingId, Record, Refusal, Thing};
use api::rating::v1::{self, LineState, Outcome};
use primitives::Ppm;
use prost::Message as _;
use std::sync::Arc;
use std::time::Duration;
use store::{Ledger, TogetherError};
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};
use tonic::Status;

/// How often the store is looked at when nobody waits.
const LOOK: Duration = Duration::from_millis(500);
/// How long a grant waits for its rating.
const WAIT: Duration = Duration::from_secs(5);
/// Rows that are read at a time.
const ROWS: u32 = 512;
/// Rows that are read at a time where one is looked for.
const FEW_ROWS: u32 = 16;
/// The person of these events.
const PERSON: &str = "rating-service";

/// The task that follows, for as long as this is held.
pub(super) struct Feeder {
    /// The last audit line whose rating or decision is in the ledger.
    fed: watch::Receiver<i64>,
    nudge: Arc<Notify>,
    task: JoinHandle<()>,
}

impl Drop for Feeder {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Feeder {
    pub(super) fn start(desk: Desk, books: Ledger) -> Self {
        let (told, fed) = watch::channel(0);
        let nudge = Arc::new(Notify::new());
        let task = tokio::spawn(follow(desk, books, told, Arc::clone(&nudge)));
        Self { fed, nudge, task }
    }

    /// Waits until the ledger has what the store has up to an audit line.
    ///
    /// # Errors
    /// UNAVAILABLE where that takes too long.
    pub(super) async fn up_to(&self, line: i64) -> Result<(), Status> {
        let mut fed = self.fed.clone();
        if *fed.borrow() >= line {
            return Ok(());
        }
        self.nudge.notify_one();
        match timeout(WAIT, fed.wait_for(|at| *at >= line)).await {
            Ok(Ok(_)) => Ok(()),
            _ => Err(refuse::later("the rating is not in the ledger yet: try again")),
        }
    }
}

async fn follow(desk: Desk, books: Ledger, told: watch::Sender<i64>, nudge: Arc<Notify>) {
    let mut at = None;
    loop {
        let next = match at {
            None => begin(&desk, &books).await,
            Some(at) => feed(&desk, &books, at).await,
        };
        let is_more = match next {
            Ok(next) => {
                told.send_replace(next);
                at.replace(next) != Some(next)
            }
            Err(e) => {
                tracing::error!(error = %e, "ratings are not entered in the ledger");
                false
            }
        };
        if !is_more {
            tokio::select! {
                () = nudge.notified() => (),
                () = sleep(LOOK) => (),
            }
        }
    }
}

/// An audit line up to which all ratings are in the ledger. They are entered in order, so it is searched for by halves.
async fn begin(desk: &Desk, books: &Ledger) -> Result<i64, store::Error> {
    let (mut lo, mut hi) = (0, desk.store().head().await?.seq);
    while lo < hi {
        let middle = lo + (hi - lo) / 2;
        match first_after(desk, middle, hi).await? {
            Some((line, rating)) if books.record(&Key::Rating(rating)).await?.is_some() => lo = line,
            _ => hi = middle,
        }
    }
    Ok(lo)
}

/// The first rating after a line, and up to another one, that belongs in the ledger.
async fn first_after(desk: &Desk, after: i64, last: i64) -> Result<Option<(i64, RatingId)>, store::Error> {
    let mut after = after;
    loop {
        let rows = desk.store().ratings_after(after, FEW_ROWS).await?;
        let Some(end) = rows.last().map(|row| row.line) else { return Ok(None) };
        for row in rows.iter().take_while(|row| row.line <= last) {
            if let Some(Body::Rating { rating, .. }) = issued(row).map(|(_, body)| body) {
                return Ok(Some((row.line, rating)));
            }
        }
        if end >= last {
            return Ok(None);
        }
        after = end;
    }
}

/// Enters what comes after a line; the line up to which all is entered then.
async fn feed(desk: &Desk, books: &Ledger, at: i64) -> Result<i64, store::Error> {
    let store = desk.store();
    // Lines are numbered as they are committed: nothing comes up to this one later.
    let mut end = store.head().await?.seq;
    if end <= at {
        return Ok(at);
    }
    let ratings = store.ratings_after(at, ROWS).await?;
    let decisions = store.decisions_after(at, ROWS).await?;
    for last in [cut(&ratings, |r| r.line), cut(&decisions, |d| d.line)].into_iter().flatten() {
        end = end.min(last);
    }
    let now = UnixMicros(desk.now());
    let mut events: Vec<(i64, Event)> = Vec::new();
    for row in ratings.iter().filter(|row| row.line <= end) {
        events.extend(
            issued(row).and_then(|what| event(format!("rating-{}", row.rating_id), what, now)).map(|e| (row.line, e)),
        );
    }
    for row in decisions.iter().filter(|row| row.line <= end) {
        events.extend(
            decided(row).and_then(|what| event(format!("decision-{}", row.line), what, now)).map(|e| (row.line, e)),
        );
    }
    events.sort_by_key(|(line, _)| *line);
    let taken = books.append_all(events.iter().map(|(_, event)| event.clone()).collect()).await?;
    for ((line, event), taken) in events.into_iter().zip(taken) {
        match taken {
            Ok(_) => {}
            Err(Refusal::Exists { what: Thing::Decision, .. }) => decide_again(books, line, event).await?,
            Err(refusal) => tracing::warn!(line, refusal = %refusal, "a rating or decision is not in the ledger"),
        }
    }
    Ok(end)
}

/// The last line of rows that there may be more of.
fn cut<T>(rows: &[T], line: impl Fn(&T) -> i64) -> Option<i64> {
    rows.last().filter(|_| rows.len() == ROWS as usize).map(line)
}

/// A later decision on the same rating holds: the earlier one is reversed with it.
async fn decide_again(books: &Ledger, line: i64, event: Event) -> Result<(), store::Error> {
    let Body::Rating { rating, did: RatingEvent::Decided { bank, .. } } = &event.body else { return Ok(()) };
    let Some(Record::Decision(earlier)) = books.record(&Key::Decision(*rating, *bank)).await? else { return Ok(()) };
    let Some(posted) = books.posted(earlier.last).await? else { return Ok(()) };
    let Ok(request_id) = format!("earlier-than-{line}").parse() else { return Ok(()) };
    let reason = "the bank decided again".to_owned();
    let reversal = Event {
        request_id,
        effective_on: posted.event.effective_on,
        body: Body::Reversal { of: earlier.last, reason },
        ..event.clone()
    };
    match books.append_together(vec![reversal, event]).await {
        Ok(_) => Ok(()),
        Err(TogetherError::Refused { refusal, .. }) => {
            tracing::warn!(line, refusal = %refusal, "a later decision is not in the ledger");
            Ok(())
        }
        Err(TogetherError::Store(e)) => Err(e),
    }
}

/// A day with what holds on it.
type OfDay = (chrono::NaiveDate, Body);

fn event(request_id: String, (effective_on, body): OfDay, recorded_at: UnixMicros) -> Option<Event> {
    let actor = Actor { id: PERSON.parse().ok()?, office: Office::Platform };
    Some(Event { request_id: request_id.parse().ok()?, actor, effective_on, recorded_at, body })
}

/// The rating of a row; `None` for what has no grade, no unified social credit code, or no key any more.
fn issued(row: &store::Rating) -> Option<OfDay> {
    let answer = row.answer.clone().here()?;
    let rating = v1::Rating::decode(&*answer.bytes).ok()?;
    let negative_hit = match rating.outcome() {
        Outcome::Rated => false,
        Outcome::HardStop => true,
        Outcome::NotRatable | Outcome::Unspecified => return None,
    };
    let line = rating
        .line
        .as_ref()
        .filter(|line| matches!(line.state(), LineState::Computed | LineState::BeforeExistingCredit));
    let valid_from = day::of(row.created_at);
    let did = RatingEvent::Issued {
        enterprise: rating.enterprise_id.parse().ok()?,
        model: row.model_digest.parse().ok()?,
        score: rating.score?.into(),
        grade: rating.grade.parse().ok()?,
        recommended_fen: line.map(|line| primitives::Fen::new(line.amount_fen)),
        valid_from,
        valid_to: rating.valid_until.as_ref().and_then(day::from_wire)?,
        negative_hit,
        // What is expected is held against what happened within twelve months.
        pd_ppm: rating.pd_ppm.filter(|_| rating.pd_horizon_months == Some(12)).map(Ppm::new),
    };
    Some((valid_from, Body::Rating { rating: row.rating_id.parse().ok()?, did }))
}

/// The decision of a row; `None` where the enterprise withdrew, which decides nothing.
fn decided(row: &store::Decision) -> Option<OfDay> {
    let decision = match row.decision.as_str() {
        "granted" => Decided::Accepted,
        "declined" => Decided::Declined,
        _ => return None,
    };
    let amount_fen = primitives::Fen::new(row.amount_fen.unwrap_or(0));
    let did = RatingEvent::Decided { bank: row.tenant.parse().ok()?, decision, amount_fen };
    Some((day::of(row.decided_at), Body::Rating { rating: row.rating_id.parse().ok()?, did }))
}
