//! Why a rule file is refused or a day has no rule.

use crate::VersionId;
use chrono::NaiveDate;

/// What this crate refuses.
#[non_exhaustive]
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Error {
    /// The text is not a rule file: its TOML, a key that is unknown or missing, a date that is none.
    #[error("{family} rules can not be read")]
    Unreadable {
        /// Which rules.
        family: &'static str,
        /// What the parser says, with line and column.
        #[source]
        source: toml::de::Error,
    },
    /// A value is outside its range.
    #[error("{family} rule of {from}: {what} is {value}, allowed is {lo} to {hi}")]
    OutOfRange {
        /// Which rules.
        family: &'static str,
        /// First day of the rule.
        from: NaiveDate,
        /// Which value.
        what: &'static str,
        /// The value.
        value: i64,
        /// Least allowed.
        lo: i64,
        /// Greatest allowed.
        hi: i64,
    },
    /// A number without an account of where it comes from.
    #[error("{family} rule of {from}: {what} has no source")]
    NoSource {
        /// Which rules.
        family: &'static str,
        /// First day of the rule.
        from: NaiveDate,
        /// Which value.
        what: &'static str,
    },
    /// The days of a rule or value are empty, or lie outside those of the rule that holds it.
    #[error("{family} rule of {from}: {what} {span}, which is empty or outside the rule", span = span(.begins, .ends))]
    Days {
        /// Which rules.
        family: &'static str,
        /// First day of the rule.
        from: NaiveDate,
        /// The rule itself or one of its values.
        what: &'static str,
        /// Its first day.
        begins: NaiveDate,
        /// The first day after it.
        ends: Option<NaiveDate>,
    },
    /// Two rules or values are in force on one day, or stand out of order.
    #[error(
        "{family}: {what} from {second} begins before that from {first} has ended; earliest first, without overlap"
    )]
    Overlap {
        /// Which rules.
        family: &'static str,
        /// Rules or one of their values.
        what: &'static str,
        /// First day of the one that stands first.
        first: NaiveDate,
        /// First day of the one behind it.
        second: NaiveDate,
    },
    /// No rule is in force on the day.
    #[error("no {family} rule is in force on {on}, the first begins on {first}")]
    NoRule {
        /// Which rules.
        family: &'static str,
        /// The day asked for.
        on: NaiveDate,
        /// First day of the first rule.
        first: NaiveDate,
    },
    /// A rule file without a rule.
    #[error("{family} rules are empty")]
    Empty {
        /// Which rules.
        family: &'static str,
    },
    /// Two figures of one rule contradict each other.
    #[error("{family} rule of {from}: {what}")]
    Inconsistent {
        /// Which rules.
        family: &'static str,
        /// First day of the rule.
        from: NaiveDate,
        /// What must hold and does not.
        what: String,
    },
    /// No version has the id.
    #[error("there is no rule {id}")]
    NoVersion {
        /// The id.
        id: VersionId,
    },
    /// The text is not the id of a version.
    #[error("{found:?} is not the id of a rule, expected is tool@YYYY-MM-DD")]
    NotAVersion {
        /// The text.
        found: String,
    },
    /// A word that the list does not have.
    #[error("{what} {found:?} is not known, known are {allowed}")]
    UnknownCode {
        /// What the list holds.
        what: &'static str,
        /// The word.
        found: String,
        /// The words of the list.
        allowed: String,
    },
    /// A year whose holidays are not known: its notice had not been issued, or it is not in the file.
    #[error("the working days of {year} are not known, known are {first} to {last}")]
    UnknownYear {
        /// The year asked for.
        year: i32,
        /// First year known.
        first: i32,
        /// Last year known.
        last: i32,
    },
    /// Days in the wrong order.
    #[error("{what}: {from} is after {to}")]
    DaysReversed {
        /// What the days bound.
        what: &'static str,
        /// The day that should be the earlier one.
        from: NaiveDate,
        /// The day that should be the later one.
        to: NaiveDate,
    },
    /// An argument is outside its range; amounts in fen, shares in parts per million.
    #[error("{what} is {value}, allowed is {lo} to {hi}")]
    Argument {
        /// Which argument.
        what: &'static str,
        /// The value.
        value: i64,
        /// Least allowed.
        lo: i64,
        /// Greatest allowed.
        hi: i64,
    },
    /// A result does not fit 64 bits of fen.
    #[error("{what} is beyond {max} fen", max = i64::MAX)]
    TooLarge {
        /// Which result.
        what: &'static str,
    },
}

fn span(begins: &NaiveDate, ends: &Option<NaiveDate>) -> String {
    match ends {
        Some(ends) => format!("holds from {begins} until {ends}"),
        None => format!("holds from {begins}"),
    }
}

impl Error {
    /// Whether a rule file or an argument is at fault.
    pub fn is_invalid_input(&self) -> bool {
        !self.is_not_found()
    }

    /// Whether a day has no rule, an id no version, or a year no calendar.
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::NoRule { .. } | Self::NoVersion { .. } | Self::UnknownYear { .. })
    }
}
