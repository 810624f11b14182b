//! The commercial-value rating of an enterprise: a score by indicators, a grade under the negative list, a credit line.
//!
//! A model whose file has a [`Commercial`] section is an expert card: its tables are grouped into first-level and
//! second-level indicators, and its section says what else a rating rests on. [`Assessor`] answers for one enterprise
//! from the values of the tables and the [`Facts`].
//!
//! Invariant: withdrawing the authorisation for a source never raises the score, the grade or the line, and never makes
//! an enterprise ratable. The tables see to the score (no bin has fewer points than the one that is not authorised, see
//! [`crate::Attribute::NotAuthorised`]); here, whatever a withheld source could have hidden counts as if it were hidden.

mod assess;
mod facts;
mod file;
mod line;

pub use assess::{Applied, Assessor, CommercialRating, DataQuality, NotRatable, Outcome, SubScore};
pub use facts::{Facts, Hit, Input, Label, LineInputs, Size, SourceAge};
pub use file::{
    CalibrationRecord, Class, ClassCap, Commercial, Effect, Indicator, LineCurve, LineRule, NegativeRule, Ratable,
    Reference, SecondLevel, SourceRule,
};
pub use line::{Bound, Line, LineState, NeedParts, line};

/// The value that stands for an empty denominator in a numeric characteristic: a code, far from any amount, which the
/// tables of a card hold as a special value.
pub const EMPTY_DENOMINATOR: f64 = -9.0e15;
