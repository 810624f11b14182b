//! The state that judging an event needs, as small records under typed keys.
//!
//! Updates: by the changes of an entry only. Deletion: by a reversal of what created it. Guarantees: each is one line of
//! JSON with keys in the order of its type; a store keeps it as text under the text of its [`Key`].
//!
//! Records are of two kinds. An *object* (a loan, a claim) names the last event that shaped it; what it was before stands
//! in that entry, so the last one can be taken back whole. A *sum* (a borrower's exposure, a quota) is shared by many
//! events and is taken back by the difference that an entry made.

mod kept;
mod objects;
mod sums;

pub use kept::{Key, Record, Subject};
pub use objects::*;
pub use sums::*;

pub(crate) use kept::Kept;
