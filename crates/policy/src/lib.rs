//! The rule book: parameters of official documents by the day on which they are in force.
//!
//! A rule is data, a TOML file under `rules/`, so that a city changes a number without a programmer and a reader
//! sees where each number comes from. Reading one checks it whole and gives types that can not be half right.
//! Rules are of use for years after their end: a loan keeps the rule that it was signed under, so each question names
//! its day, and nothing here knows what day it is.
//!
//! The scorer does not import this crate. It is embedded alone in a bank's program and would bring a TOML parser
//! there; who calls it asks the rule of the day here and passes the few numbers on.
//!
//! Amounts are whole fen and shares whole parts per million: no float is touched.

#![deny(clippy::float_arithmetic, clippy::arithmetic_side_effects)]

pub mod benefit;
pub mod bridge_loan;
pub mod calendar;
pub mod code;
pub mod commercial_value_loan;
pub mod credit_line;
pub mod guarantee_fee;
pub mod inclusive_finance;
pub mod risk_compensation;
pub mod split;
pub mod targets;

mod book;
mod error;
mod figure;
mod finding;
mod marked;
mod party;
mod sheet;
mod version;

pub use book::{Book, Rule, Span, Terms};
pub use code::Code;
pub use error::Error;
pub use figure::{Count, Days, Figure, Lang, Months, Named, Unit, Word, WorkingDays};
pub use finding::{Finding, Relation, RuleId, Verdict};
pub use marked::{Mark, Marked};
pub use party::{Bank, Borrower, Districts, Product, Size};
pub use sheet::{Line, Sheet, sheet, sheets};
pub use version::{Tool, VersionId};

#[cfg(test)]
mod tests;
