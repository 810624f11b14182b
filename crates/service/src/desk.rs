//! What all handlers share: the store, the snapshots, the models, and the clock.
//!
//! Handlers convert between the wire and the domain, ask whether a consent covers what is asked, and see to it that what is
//! answered is in the store, with its audit line, before it leaves. They compute nothing themselves: `rating` rates.

mod activations;
pub(crate) mod check;
pub(crate) mod day;
pub(crate) mod listed;
mod models;
pub(crate) mod past;
pub(crate) mod refuse;
pub(crate) mod told;

pub use activations::{Refusal, activate, refusals};
pub use models::{Followed, Loaded, Models};

use crate::Caller;
use features::catalogue::Catalogue;
use features::snapshot::Snapshots;
use std::fmt;
use std::sync::Arc;
use store::{NewLine, Store, UnixMicros};

/// What all handlers share. Cheap to clone.
#[derive(Clone)]
pub struct Desk(Arc<Shared>);

struct Shared {
    store: Store,
    snapshots: Snapshots,
    models: Models,
    catalogue: Catalogue,
    clock: Box<dyn Fn() -> UnixMicros + Send + Sync>,
}

impl fmt::Debug for Desk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Desk").finish_non_exhaustive()
    }
}

impl Desk {
    /// A desk by the clock of the machine.
    pub fn new(store: Store, snapshots: Snapshots, models: Models) -> Self {
        Self::with_clock(store, snapshots, models, || {
            let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
            since.map_or(0, |d| d.as_micros().try_into().unwrap_or(i64::MAX))
        })
    }

    /// A desk by another clock: microseconds since 1970-01-01T00:00:00Z.
    pub fn with_clock(
        store: Store,
        snapshots: Snapshots,
        models: Models,
        clock: impl Fn() -> UnixMicros + Send + Sync + 'static,
    ) -> Self {
        let catalogue = Catalogue::built_in();
        Self(Arc::new(Shared { store, snapshots, models, catalogue, clock: Box::new(clock) }))
    }

    /// Where ratings, consents and the audit are.
    pub fn store(&self) -> &Store {
        &self.0.store
    }

    /// The features of enterprises.
    pub fn snapshots(&self) -> &Snapshots {
        &self.0.snapshots
    }

    /// The models there are.
    pub fn models(&self) -> &Models {
        &self.0.models
    }

    /// What features mean.
    pub fn catalogue(&self) -> &Catalogue {
        &self.0.catalogue
    }

    /// Now.
    pub fn now(&self) -> UnixMicros {
        (self.0.clock)()
    }

    /// An audit line of this caller, now: `action` is the name of the method, `outcome` that of a status code.
    pub(crate) fn line(&self, caller: &Caller, action: &str, outcome: &str) -> NewLine {
        NewLine {
            at: self.now(),
            actor: caller.tenant().to_owned(),
            role: caller.role().name().to_owned(),
            tenant: Some(caller.tenant().to_owned()),
            action: action.to_owned(),
            subject: None,
            purpose: None,
            outcome: outcome.to_owned(),
            object_id: None,
            detail: None,
        }
    }
}
