//! The service's methods, as the pages call them for who is signed in: the one way from a page to the ledger.

use chrono::NaiveDate;
use ledger::event::{Actor, Body};
use ledger::{Refusal, RequestId};
use std::pin::Pin;

/// What a signed-in person tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// The same request once more changes nothing.
    pub request_id: RequestId,
    /// Who: the person who is signed in, of the bureau or of a district.
    pub actor: Actor,
    /// The day on which it holds.
    pub effective_on: NaiveDate,
    /// What.
    pub body: Body,
}

/// It stands in the ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entered {
    /// Its number.
    pub seq: u64,
    /// Whether it stood there before, by the same request.
    pub repeated: bool,
}

/// Why nothing was entered, or nobody knows.
#[derive(Debug, thiserror::Error)]
pub enum Untold {
    /// By the rules of the ledger, which are shown with what they found.
    #[error(transparent)]
    Refused(Box<Refusal>),
    /// The service does not answer.
    #[error("the service does not answer")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// The answer to [`Tells::tell`].
pub type Telling = Pin<Box<dyn Future<Output = Result<Entered, Untold>> + Send>>;

/// The service. Who is maker and who is checker, what may follow what and what a rule allows it decides, and no page.
pub trait Tells: Send + Sync {
    /// Enters what a person tells; answered when it is durable, with its audit line.
    fn tell(&self, told: Told) -> Telling;
}
