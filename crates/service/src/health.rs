//! Whether the server lives, and whether each of its services is ready.
//!
//! | name asked for | SERVING |
//! |---|---|
//! | a service, such as `shangzhi.rating.v1.RatingService` | while it is ready and the server does not end |
//! | empty | while all services are |
//! | `liveness` | as long as the process answers |

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::Mutex;
use tonic_health::ServingStatus;
use tonic_health::server::HealthReporter;

/// The name under which the server is alive whether or not it is ready.
pub const LIVENESS: &str = "liveness";

/// Which services are ready. Each begins as not ready: whoever has loaded what it needs says so.
///
/// # Examples
/// ```
/// # tokio::runtime::Builder::new_current_thread().build().expect("a runtime").block_on(async {
/// use service::Readiness;
/// let readiness = Readiness::default();
/// readiness.set("shangzhi.rating.v1.RatingService", false).await;
/// assert!(!readiness.is_ready());
/// readiness.set("shangzhi.rating.v1.RatingService", true).await;
/// assert!(readiness.is_ready());
/// # });
/// ```
#[derive(Debug, Clone)]
pub struct Readiness {
    reporter: HealthReporter,
    state: Arc<Mutex<State>>,
    is_ready: Arc<AtomicBool>,
}

#[derive(Debug, Default)]
struct State {
    services: BTreeMap<String, bool>,
    ending: bool,
}

impl Default for Readiness {
    fn default() -> Self {
        Self { reporter: HealthReporter::new(), state: Arc::default(), is_ready: Arc::default() }
    }
}

impl Readiness {
    /// Says whether a service is ready, by its full name.
    pub async fn set(&self, service: &str, ready: bool) {
        let mut state = self.state.lock().await;
        state.services.insert(service.to_owned(), ready);
        self.publish(&state).await;
    }

    /// Whether all services are ready and the server does not end.
    pub fn is_ready(&self) -> bool {
        self.is_ready.load(Ordering::Relaxed)
    }

    /// As not ready those that have not said anything yet.
    pub(crate) async fn begin(&self, services: &[&str]) {
        let mut state = self.state.lock().await;
        for service in services {
            state.services.entry((*service).to_owned()).or_insert(false);
        }
        self.reporter.set_service_status(LIVENESS, ServingStatus::Serving).await;
        self.publish(&state).await;
    }

    /// Nothing is ready any more, whatever is said later.
    pub(crate) async fn end(&self) {
        let mut state = self.state.lock().await;
        state.ending = true;
        self.publish(&state).await;
    }

    pub(crate) fn reporter(&self) -> HealthReporter {
        self.reporter.clone()
    }

    /// The lock of the state is held, so that what is told last is what holds.
    async fn publish(&self, state: &State) {
        let status = |ready: bool| match ready && !state.ending {
            true => ServingStatus::Serving,
            false => ServingStatus::NotServing,
        };
        let all = state.services.values().all(|ready| *ready) && !state.ending;
        self.is_ready.store(all, Ordering::Relaxed);
        for (service, ready) in &state.services {
            self.reporter.set_service_status(service, status(*ready)).await;
        }
        self.reporter.set_service_status("", status(all)).await;
    }
}
