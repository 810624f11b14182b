//! Totals: what the ledger's events come to, by district, bank, industry, size, grade, product, tool and time, as known at
//! any recorded time.
//!
//! [`Books`] takes the lines of the ledger in order and keeps them as facts in columns; [`Books::table`] answers a
//! [`Query`]. Nothing here can append to the ledger, speaks SQL or knows what day it is.
//!
//! A fact is never changed: a line that makes one void brings its opposite. So what was known at a recorded time is a
//! prefix, and a sum over all facts is what is known now. Sums by up to three attributes are made ahead ([`Books::settle`]).
//!
//! Figures are whole numbers and ratios of whole numbers; they are rounded once, where they are printed.

#![deny(clippy::float_arithmetic)]

mod answer;
mod books;
mod courses;
mod cube;
mod dimension;
mod distinct;
mod error;
mod figure;
mod file;
mod grid;
mod intervals;
mod kind;
mod lines;
mod loan;
mod money;
mod query;
mod risk;
mod rows;
mod sheets;
mod slots;
mod sums;
mod table;
mod value;
mod workdays;

pub use books::Books;
pub use dimension::Dimension;
pub use error::Error;
pub use figure::{Figure, Nature, Unit};
pub use grid::{Cell, Grid, Money, Style, csv_records};
pub use money::{Inclusive, Progress, QuotaLine};
pub use query::Query;
pub use risk::{GradeDefaults, Roll, Stage, StatusDifferences, Vintage};
pub use table::{Row, Table};
pub use value::Value;
