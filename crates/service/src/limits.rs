//! What a client and all together may have open, and how often.
//!
//! No call waits: what is too much is refused at once with a delay after which to come again. So a client that calls too
//! often costs others nothing but the refusal. Only the items of a stream wait, for a stream has a way to say so: what is
//! not read is not sent.

use crate::config;
use crate::refusal;
use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use tonic::Status;

/// What a caller is told to wait where nothing says how long: a few calls are done by then.
const PAUSE: Duration = Duration::from_millis(100);

/// A count of things open, with a bound.
#[derive(Debug, Clone)]
pub(crate) struct Bound {
    open: Arc<AtomicU32>,
    max: u32,
}

/// One of the things that a bound counts; gone when dropped.
#[derive(Debug)]
pub(crate) struct Open(Arc<AtomicU32>);

impl Bound {
    pub(crate) fn new(max: u32) -> Self {
        Self { open: Arc::default(), max }
    }

    /// One more, unless that were too many.
    pub(crate) fn take(&self) -> Option<Open> {
        let one = Open(Arc::clone(&self.open));
        match self.open.fetch_add(1, Ordering::Relaxed) < self.max {
            true => Some(one),
            false => None, // `one` is dropped and counted out again
        }
    }

    #[cfg(test)]
    fn open(&self) -> u32 {
        self.open.load(Ordering::Relaxed)
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// What a client may have.
#[derive(Debug)]
pub(crate) struct Allowance {
    rate: DefaultDirectRateLimiter,
    calls_per_second: u32,
    items: DefaultDirectRateLimiter,
    calls: Bound,
    connections: Arc<AtomicU32>,
}

impl Allowance {
    pub(crate) fn new(client: &config::Client) -> Self {
        // Both are at least 1: the configuration is checked.
        let per_second = NonZeroU32::new(client.calls_per_second).unwrap_or(NonZeroU32::MIN);
        let items = client.items_per_second.and_then(NonZeroU32::new).unwrap_or(per_second);
        let burst = client.burst.and_then(NonZeroU32::new).unwrap_or(per_second);
        Self {
            rate: RateLimiter::direct(Quota::per_second(per_second).allow_burst(burst)),
            calls_per_second: client.calls_per_second,
            items: RateLimiter::direct(Quota::per_second(items)),
            calls: Bound::new(client.concurrency),
            connections: Arc::default(),
        }
    }

    /// Counts a call against the rate.
    pub(crate) fn check_rate(&self) -> Result<(), Status> {
        self.rate.check().map_err(|until| {
            let after = until.wait_time_from(DefaultClock::default().now());
            refusal::rate_limited(self.calls_per_second, after.max(Duration::from_millis(1)))
        })
    }

    /// Counts an item of a stream against the rate of items, and waits until it is within.
    pub(crate) async fn item(&self) {
        while let Some(wait) = self.item_waits() {
            tokio::time::sleep(wait).await;
        }
    }

    /// How long an item has to wait before it is asked for again; nothing where it is counted.
    fn item_waits(&self) -> Option<Duration> {
        self.items.check().err().map(|until| until.wait_time_from(DefaultClock::default().now()))
    }

    /// Opens a call.
    pub(crate) fn open_call(&self) -> Result<Open, Status> {
        self.calls.take().ok_or_else(|| refusal::too_many_calls(self.calls.max, PAUSE))
    }

    /// Counts a connection.
    pub(crate) fn open_connection(&self, max: u32) -> Option<Open> {
        Bound { open: Arc::clone(&self.connections), max }.take()
    }
}

/// Opens a call among those of all clients.
pub(crate) fn open_among_all(all: &Bound) -> Result<Open, Status> {
    all.take().ok_or_else(|| refusal::overloaded(PAUSE))
}

#[cfg(test)]
mod tests {
    use super::*;
    use api::status::error_info;

    #[test]
    fn a_bound_counts_what_is_open() {
        let bound = Bound::new(2);
        let (a, b) = (bound.take(), bound.take());
        assert!(a.is_some() && b.is_some());
        assert!(bound.take().is_none());
        assert_eq!(bound.open(), 2, "a refusal leaves nothing open");
        drop(a);
        assert!(bound.take().is_some());
    }

    fn allowance(items_per_second: Option<u32>) -> Allowance {
        Allowance::new(&config::Client {
            id: "a".into(),
            names: vec![],
            roles: vec![],
            district: None,
            calls_per_second: 1,
            burst: Some(2),
            items_per_second,
            concurrency: 1,
        })
    }

    #[test]
    fn items_have_a_rate_of_their_own_and_wait() {
        let own = allowance(Some(3));
        assert_eq!([(); 3].map(|()| own.item_waits()), [None; 3], "those of a second at once");
        let wait = own.item_waits().expect("the fourth");
        assert!(wait <= Duration::from_millis(334), "{wait:?}");
        assert!(own.check_rate().is_ok(), "a call beside is none of them");
        let like_calls = allowance(None);
        assert!(like_calls.item_waits().is_none() && like_calls.item_waits().is_some());
    }

    #[test]
    fn a_rate_says_when_to_come_again() {
        let allowance = allowance(None);
        assert!(allowance.check_rate().is_ok() && allowance.check_rate().is_ok());
        let info = error_info(&allowance.check_rate().expect_err("the third"));
        assert_eq!(info.reason, "RATE_LIMITED");
        let after = info.retry_after.expect("a delay");
        assert!(Duration::from_millis(500) < after && after <= Duration::from_secs(1), "{after:?}");
    }
}
