//! From a row of features to the rating that everyone gives: batch, service and page.
//!
//! The scorer knows nothing of features, catalogue or rule book; here they meet it, once, so that a rating in a table, an
//! answer over the network and a page about it can not differ.
//!
//! - [`FeatureRow`] is a row wherever it stands, a table or a snapshot; [`Withheld`] is one without what its reader may
//!   not see; [`Inputs`] turns it into the values and facts of the assessor.
//! - [`line_rule`] is the line rule of a day, [`Rated`] a rating as it is kept.
//! - [`Page`] is a rating for people.

mod inputs;
mod page;
mod rated;
mod row;
mod rule;
mod snapshot_row;
mod withheld;
mod words;

use chrono::NaiveDate;
pub use inputs::{About, Inputs};
pub use page::{Lang, Page};
pub use rated::{Rated, valid_until};
pub use row::{FeatureRow, Figure, Text};
pub use rule::line_rule;
use thiserror::Error;
pub use withheld::{Withheld, Withholding};
pub use words::{NOTICE, effect, share_of_span, size_name};

/// Why there is no rating.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum Error {
    /// A cell of the row can not be used.
    #[error("column {column:?}: {problem}")]
    Cell {
        /// The column.
        column: &'static str,
        /// What is wrong, with the value.
        problem: String,
    },
    /// A source can not be withheld.
    #[error("source {id:?} {problem}")]
    Source {
        /// Its id.
        id: String,
        /// Why not.
        problem: String,
    },
    /// The model does not fit the catalogue.
    #[error("{problem}")]
    Model {
        /// What is wrong.
        problem: String,
    },
    /// The validity of a rating ends beyond the calendar.
    #[error("a rating as of {as_of} is valid beyond the calendar")]
    Calendar {
        /// The day.
        as_of: NaiveDate,
    },
}
