/// Why a logistic regression has no answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FitError {
    /// There is no row.
    #[error("there is no row to fit on")]
    NoRows,
    /// The parts have different lengths.
    #[error("{rows} rows of columns, {outcomes} outcomes, {weights:?} weights: they must be equal")]
    LengthMismatch {
        /// Rows of the columns.
        rows: usize,
        /// Outcomes.
        outcomes: usize,
        /// Weights, if any.
        weights: Option<usize>,
    },
    /// A weight is negative or not finite.
    #[error("row {row}: weight {value} must be finite and 0 or more")]
    Weight {
        /// Row, from 1.
        row: usize,
        /// The weight.
        value: f64,
    },
    /// A value is not finite.
    #[error("row {row}, column {column}: value {value} must be finite")]
    NotFinite {
        /// Row, from 1.
        row: usize,
        /// Column, from 1.
        column: usize,
        /// The value.
        value: f64,
    },
    /// Only one outcome has weight.
    #[error("every row is {}: both outcomes are needed", if *.bad { "bad" } else { "good" })]
    OneClass {
        /// Whether the one outcome is bad.
        bad: bool,
    },
    /// An option lies outside its range.
    #[error("l2 {l2} must be finite and 0 or more, tolerance {tolerance} finite and over 0")]
    Options {
        /// The penalty.
        l2: f64,
        /// The tolerance.
        tolerance: f64,
    },
    /// The iterations were used up.
    #[error("no convergence in {iterations} iterations: the gradient is {gradient:e} a row")]
    NotConverged {
        /// Newton steps taken.
        iterations: usize,
        /// Largest component of the gradient by the sum of weights.
        gradient: f64,
    },
    /// The outcomes are separated, so that without a penalty no finite optimum exists.
    #[error("the data separate{}: set l2 over 0 or remove the column", .column.map_or(String::new(), |c| format!(" on column {}", c + 1)))]
    Separation {
        /// Column, from 0, whose coefficient ran away; `None` when all columns together separate.
        column: Option<usize>,
    },
    /// Columns are linear combinations of others.
    #[error("the columns are linearly dependent (step {iterations}): set l2 over 0 or remove one")]
    Singular {
        /// Newton step at which it showed.
        iterations: usize,
    },
    /// The data set object is at fault.
    #[error(transparent)]
    Linfa(#[from] linfa::error::Error),
}
