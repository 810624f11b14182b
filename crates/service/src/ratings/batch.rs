//! Many ratings over one stream: items are rated side by side and answered in their order, each when it is durable.

use super::Ratings;
use super::direct::BatchAssessed;
use crate::identity::{Caller, Pace};
use crate::refusal;
use api::rating::v1::{AssessBatchRequest, AssessRequest};
use api::status::to_item;
use std::fmt;
use std::future::Future as _;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tonic::codegen::tokio_stream::Stream;
use tonic::{Status, Streaming};

/// Items of a stream that are worked on at a time: about those of one commit. When so many wait for a caller that does not
/// read, no more are taken in.
const IN_FLIGHT: usize = 512;

/// Work that ends with whoever waits for it.
struct Work<T>(JoinHandle<T>);

impl<T> Drop for Work<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// The answers of a stream, in the order of its requests.
pub(crate) struct Answers {
    /// What is being worked on; then how the requests ended, where not well.
    waiting: mpsc::Receiver<Result<Work<BatchAssessed>, Status>>,
    next: Option<Work<BatchAssessed>>,
    _intake: Work<()>,
}

impl fmt::Debug for Answers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answers").finish_non_exhaustive()
    }
}

impl Answers {
    /// - `pace`: how fast items are taken in; without it, as fast as they are rated.
    pub(super) fn of(
        ratings: Ratings,
        caller: Caller,
        pace: Option<Pace>,
        requests: Streaming<AssessBatchRequest>,
    ) -> Self {
        let (work, waiting) = mpsc::channel(IN_FLIGHT);
        let intake = Work(tokio::spawn(take_in(ratings, caller, pace, requests, work)));
        Self { waiting, next: None, _intake: intake }
    }
}

async fn take_in(
    ratings: Ratings,
    caller: Caller,
    pace: Option<Pace>,
    mut requests: Streaming<AssessBatchRequest>,
    work: mpsc::Sender<Result<Work<BatchAssessed>, Status>>,
) {
    loop {
        // A place is waited for first: what is not worked on is not read.
        let Ok(place) = work.reserve().await else { return };
        match requests.message().await {
            Ok(Some(item)) => {
                // Beyond the rate no more is read, and the caller's sending waits.
                if let Some(pace) = &pace {
                    pace.item().await;
                }
                let one = one(ratings.clone(), caller.clone(), item);
                place.send(Ok(Work(tokio::spawn(one))));
            }
            Ok(None) => return,
            Err(status) => return place.send(Err(status)),
        }
    }
}

async fn one(ratings: Ratings, caller: Caller, item: AssessBatchRequest) -> BatchAssessed {
    let AssessBatchRequest { request_id, enterprise_id, purpose, features, model_id } = item;
    let request = AssessRequest { request_id: request_id.clone(), enterprise_id, purpose, features, model_id };
    match ratings.assess_one(&caller, "AssessBatch", request).await {
        Ok(rating) => BatchAssessed { request_id, rating: Some(rating), error: None },
        Err(status) => BatchAssessed { request_id, rating: None, error: Some(to_item(&status)) },
    }
}

impl Stream for Answers {
    type Item = Result<BatchAssessed, Status>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        if this.next.is_none() {
            match ready!(this.waiting.poll_recv(cx)) {
                Some(Ok(work)) => this.next = Some(work),
                Some(Err(status)) => return Poll::Ready(Some(Err(status))),
                None => return Poll::Ready(None),
            }
        }
        let Some(work) = &mut this.next else { return Poll::Ready(None) };
        let done = ready!(Pin::new(&mut work.0).poll(cx));
        this.next = None;
        // It was not aborted, so it panicked: the panic was logged where it happened.
        Poll::Ready(Some(done.map_err(|_| refusal::internal())))
    }
}
