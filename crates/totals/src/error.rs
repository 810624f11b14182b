use crate::Dimension;
use chrono::NaiveDate;

/// Why a line can not be taken, or a question not answered.
#[non_exhaustive]
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Lines come in order, from 1 without a gap.
    #[error("line {found} of the ledger came, expected is line {expected}")]
    OutOfOrder {
        /// The line that came.
        found: u64,
        /// The one that was expected.
        expected: u64,
    },
    /// A line rests on one that never came: the lines are not those of one ledger.
    #[error("line {seq} of the ledger names a {what} that no line before it brought")]
    Unknown {
        /// The line.
        seq: u64,
        /// What it names.
        what: &'static str,
    },
    /// More values of a dimension than a key has room for.
    #[error("dimension {dimension} has more than {max} values")]
    TooMany {
        /// The dimension.
        dimension: Dimension,
        /// The most.
        max: usize,
    },
    /// A period that ends before it begins.
    #[error("period from {from} to {to} ends before it begins")]
    Reversed {
        /// First day.
        from: NaiveDate,
        /// Last day.
        to: NaiveDate,
    },
    /// The same dimension twice, or two of time.
    #[error("dimension {dimension} can not be asked for beside {beside}")]
    Dimensions {
        /// The one.
        dimension: Dimension,
        /// The other.
        beside: Dimension,
    },
    /// A filter on a time dimension: a period says that.
    #[error("dimension {dimension} can not be filtered, the period says which days count")]
    NotFiltered {
        /// The dimension.
        dimension: Dimension,
    },
    /// A filter on a code that no fact can have: its zeros would be taken for an answer.
    #[error("dimension {dimension} has no code {found:?}: a table by {dimension} lists those that there are")]
    NoSuchCode {
        /// The dimension.
        dimension: Dimension,
        /// The code.
        found: String,
    },
    /// More rows than anyone reads.
    #[error("table would have {found} rows, at most {max} are made")]
    TooLarge {
        /// Rows.
        found: usize,
        /// The most.
        max: usize,
    },
    /// The rule book has no answer for the day.
    #[error("rule book")]
    Rules(#[from] policy::Error),
    /// The file of columns is not whole, or is of another kind.
    #[error("file of totals: {what}")]
    File {
        /// What is wrong.
        what: String,
    },
    /// The file can not be read or written.
    #[error("file of totals")]
    Io(#[from] std::io::Error),
}

impl Error {
    /// Whether the question is what has to be changed.
    pub fn is_invalid_input(&self) -> bool {
        matches!(
            self,
            Self::Reversed { .. }
                | Self::Dimensions { .. }
                | Self::NotFiltered { .. }
                | Self::NoSuchCode { .. }
                | Self::TooLarge { .. }
        )
    }
}
