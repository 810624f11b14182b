//! The rating service over gRPC: all of a server but what it answers.
//!
//! [`Server`] listens by a [`Config`], lets in clients with a certificate that the configuration knows, bounds what each
//! may take, hands calls to the handlers in [`Services`], measures and logs them, and ends within a stated grace. A handler
//! finds in its request the [`Caller`], tenant and role, and the [`CallId`].
//!
//! Handlers meet at the [`Desk`]: consent, idempotency and the audit are theirs.

mod answer;
mod call;
pub mod certs;
pub mod config;
mod connection;
mod consents;
mod deadline;
mod desk;
mod error;
mod framing;
mod gathered;
mod health;
mod identity;
mod ledger;
mod limits;
mod methods;
mod metrics;
mod models;
mod ratings;
mod refusal;
mod request_id;
mod server;
mod services;
mod spoken;
mod subjects;
pub mod telemetry;
mod tls;
mod traces;

pub use config::Config;
pub use consents::ConsentDesk;
pub use desk::{Desk, Followed, Loaded, Models, Refusal, activate, refusals};
pub use error::Error;
pub use health::{LIVENESS, Readiness};
pub use identity::{Caller, Role};
pub use ledger::{LedgerDesk, Totals, TotalsSource, Untold};
pub use models::ModelDesk;
pub use ratings::{Answered, Counting, Office, Ratings, ReadFeature, Reader, Reading, Readings, Reason, Unread};
pub use request_id::{CallId, HEADER as CALL_ID_HEADER};
pub use server::{Ended, Server, stop_signal};
pub use services::Services;
pub use subjects::{CorrectionPlace, SubjectDesk, corrections, marks, told};
