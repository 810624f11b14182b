//! What the functions of this crate refuse, and results that do not apply.

use crate::text::Reason;
use serde::{Deserialize, Serialize};

/// Why an input was refused.
///
/// Every condition names what was wrong and the allowed range: no function of this crate answers a doubtful
/// input with `NaN` or with a silent `0.5`.
#[non_exhaustive]
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Error {
    /// Two columns of one sample have different lengths.
    #[error("{what} has {found} rows, the sample has {expected}")]
    LengthMismatch {
        /// The column that differs.
        what: &'static str,
        /// Rows of the sample.
        expected: usize,
        /// Rows of the column.
        found: usize,
    },
    /// Nothing is left to compute with: no rows, or every weight is zero.
    #[error("{what} is empty: no row with a weight above zero")]
    EmptySample {
        /// The empty sample.
        what: &'static str,
    },
    /// Discrimination needs both bads and goods.
    #[error("sample has {bads} bads and {goods} goods, at least one of each is needed")]
    OneClass {
        /// Rows with a default and a weight above zero.
        bads: u64,
        /// Rows without a default and with a weight above zero.
        goods: u64,
    },
    /// A value is `NaN` or infinite.
    #[error("{what} in row {row} is {value}, a finite number is needed")]
    NotFinite {
        /// The column.
        what: &'static str,
        /// Row, counted from 0.
        row: usize,
        /// The value found.
        value: f64,
    },
    /// A value lies outside its range.
    #[error("{what} in row {row} is {value}, allowed is {lo} to {hi}")]
    OutOfRange {
        /// The column or argument.
        what: &'static str,
        /// Row, counted from 0; 0 for an argument.
        row: usize,
        /// The value found.
        value: f64,
        /// Least allowed value.
        lo: f64,
        /// Greatest allowed value.
        hi: f64,
    },
    /// A weight is below zero.
    #[error("weight in row {row} is {value}, allowed is 0 or more")]
    NegativeWeight {
        /// Row, counted from 0.
        row: usize,
        /// The weight found.
        value: f64,
    },
    /// A score or PD has one value for all rows, so that it can not rank.
    #[error("{what} is {value} in every row, at least two different values are needed")]
    ConstantInput {
        /// The column.
        what: &'static str,
        /// Its one value.
        value: f64,
    },
    /// Every bad lies on one side of every good, so that a logistic regression has no finite solution.
    #[error("goods and bads are separated by the pd: calibration slope and intercept have no finite estimate")]
    Separated,
    /// An iteration did not reach its tolerance.
    #[error("{what} did not converge in {iterations} iterations")]
    NotConverged {
        /// The estimate looked for.
        what: &'static str,
        /// Iterations done.
        iterations: usize,
    },
    /// A picture could not be drawn.
    #[error("picture {name} could not be drawn: {message}")]
    Picture {
        /// Name of the picture.
        name: &'static str,
        /// What the drawing library said.
        message: String,
    },
    /// Two models are compared on the same rows.
    #[error("row {row} is bad for one model and good for the other: models are compared on the same rows")]
    OutcomesDiffer {
        /// Row, counted from 0.
        row: usize,
    },
    /// The report could not be written as JSON.
    #[error("report could not be written as json: {message}")]
    Json {
        /// What the serialiser said.
        message: String,
    },
}

impl Error {
    /// Whether the caller's input caused it; otherwise an estimate or an output failed.
    pub fn is_invalid_input(&self) -> bool {
        !matches!(self, Self::Separated | Self::NotConverged { .. } | Self::Picture { .. } | Self::Json { .. })
    }

    /// The reason a report prints when this error only means that one figure does not apply.
    ///
    /// `None` for a fault in the input, which must stop the report.
    pub fn reason(&self) -> Option<Reason> {
        match self {
            Self::EmptySample { .. } => Some(Reason::NoRows),
            Self::OneClass { .. } => Some(Reason::OneClass),
            Self::ConstantInput { .. } => Some(Reason::Constant),
            Self::Separated => Some(Reason::Separated),
            Self::NotConverged { .. } => Some(Reason::NotConverged),
            _ => None,
        }
    }
}

/// A figure, or the reason why there is none.
///
/// In JSON a figure is written as itself, and a missing one as `{"not_applicable": "needs --id"}`: a reader never
/// meets `null` or `NaN` where a number is promised.
///
/// # Examples
/// ```
/// use validation::{Outcome, Reason};
/// let some: Outcome<f64> = Outcome::Value(0.5);
/// let none: Outcome<f64> = Reason::NeedsId.into();
/// assert_eq!(serde_json::to_string(&some).unwrap(), "0.5");
/// assert_eq!(serde_json::to_string(&none).unwrap(), r#"{"not_applicable":"needs --id"}"#);
/// assert_eq!(serde_json::from_str::<Outcome<f64>>(r#"{"not_applicable":"needs --id"}"#).unwrap(), none);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Outcome<T> {
    /// There is no figure. First, so that reading JSON tries it before the figure.
    NotApplicable(NotApplicable),
    /// The figure.
    Value(T),
}

/// Why a figure does not apply.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotApplicable {
    /// The reason, in English in JSON.
    #[serde(rename = "not_applicable")]
    pub reason: Reason,
}

impl<T> From<Reason> for Outcome<T> {
    fn from(reason: Reason) -> Self {
        Self::NotApplicable(NotApplicable { reason })
    }
}

impl<T> Outcome<T> {
    /// The figure, if there is one.
    pub fn value(&self) -> Option<&T> {
        match self {
            Self::Value(v) => Some(v),
            Self::NotApplicable(_) => None,
        }
    }

    /// Another figure from this one; a reason stays as it is.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Outcome<U> {
        match self {
            Self::Value(v) => Outcome::Value(f(v)),
            Self::NotApplicable(n) => Outcome::NotApplicable(n),
        }
    }

    /// The same outcome over a reference.
    pub fn as_ref(&self) -> Outcome<&T> {
        match self {
            Self::Value(v) => Outcome::Value(v),
            Self::NotApplicable(n) => Outcome::NotApplicable(*n),
        }
    }

    /// Turns the errors of [`Error::reason`] into reasons.
    ///
    /// # Errors
    /// Every other error, unchanged.
    pub fn from_result(result: Result<T, Error>) -> Result<Self, Error> {
        match result {
            Ok(v) => Ok(Self::Value(v)),
            Err(e) => match e.reason() {
                Some(reason) => Ok(reason.into()),
                None => Err(e),
            },
        }
    }
}

/// `value` when it is finite, otherwise `reason`.
pub(crate) fn finite_or(value: f64, reason: Reason) -> Outcome<f64> {
    if value.is_finite() { Outcome::Value(value) } else { reason.into() }
}

/// `numerator / denominator`, or "not applicable" when the denominator is zero.
pub(crate) fn ratio(numerator: f64, denominator: f64) -> Outcome<f64> {
    finite_or(numerator / denominator, Reason::ZeroDenominator)
}
