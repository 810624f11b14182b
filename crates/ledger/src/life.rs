//! Life cycles, one a file: states, steps, the table of both, and what each step asks and does.

pub mod benefit;
pub mod bridge;
pub mod claim;
pub mod guarantee;
pub mod loan;
pub mod subsidy;

pub(crate) mod fund;
pub(crate) mod period;
pub(crate) mod rating;
pub(crate) mod reported;
