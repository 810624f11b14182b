//! The ledger: events become entries, entries make balances. Pure: it reads no clock and no file, and a store or
//! [`Memory`] gives it the few records that an event needs.
//!
//! [`judge`] is the one way in. It answers with an [`Entry`] (postings in fen, records as they are afterwards, the rules
//! that were looked at) or with a typed [`Refusal`]; it changes nothing itself. Entries are never changed or deleted: a
//! mistake is answered by a reversal. [`chain`] ties what was entered, and the same events give the same records
//! and the same chain ([`Memory::replay`]).
//!
//! Two times stand on every entry: `effective_on`, the day on which it holds, and `recorded_at`, when the ledger took
//! it. The second never goes back; the first may, within the open periods, and what it says is checked against every
//! later day that it touches.
//!
//! Amounts are whole fen: no float is touched.

#![deny(clippy::float_arithmetic, clippy::arithmetic_side_effects)]

pub mod chain;
pub mod event;
pub mod life;
pub mod outcomes;
pub mod posting;
pub mod reconcile;
pub mod record;
pub mod schedule;
pub mod state;

mod books;
mod draft;
mod id;
mod judge;
mod line;
mod pack;
mod quota;
mod refusal;
mod reversal;
mod rules;
mod text;
mod unpack;

pub use books::{Books, Memory, Posted, ReplayError, StateDigest, state_digest};
pub use event::{Event, Month};
pub use id::{
    BankId, BenefitNo, BridgeNo, ClaimNo, GradeId, GuaranteeNo, GuarantorId, ID_BYTES_MAX, IdError, IndicatorId,
    LoanNo, PersonId, RatingId, RequestId, SubsidyNo,
};
pub use judge::{Change, Did, Entry, Note, judge, judge_under, needs};
pub use posting::{Account, Book, Posting};
pub use reconcile::{Difference, PERFORMING_DAYS_MAX, reconcile};
pub use record::{Key, LoanRef, Record};
pub use refusal::{Refusal, Thing};
pub use rules::Rules;
pub use unpack::UnpackError;
