use chrono::NaiveDate;
use std::path::PathBuf;

/// Why no city was made.
///
/// # Examples
/// ```
/// use city::{Error, Options, simulate};
/// let mut options = Options::new("somewhere".into());
/// options.enterprises = 0;
/// let error = simulate(&options, &|_| ()).unwrap_err();
/// assert!(error.is_invalid_input());
/// assert_eq!(error.to_string(), "0 enterprises, a city has 1 to 10000000");
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// None, or more than there are codes for.
    #[error("{found} enterprises, a city has 1 to {most}")]
    Enterprises {
        /// As asked for.
        found: u64,
        /// The most there may be.
        most: u64,
    },
    /// Too few for a snapshot with its outcome, or too many.
    #[error("{found} months of records, {least} to {most} are needed: a year to look back on, a year of outcomes")]
    Months {
        /// As asked for.
        found: u32,
        /// The fewest there may be.
        least: u32,
        /// The most.
        most: u32,
    },
    /// Not the last day of a month, or out of range.
    #[error("records end on {found}, it must be the last day of a month of 2015 to 2040")]
    End {
        /// As asked for.
        found: NaiveDate,
    },
    /// There is something where the city is to stand.
    #[error("{}: is there and is not an empty folder; name a new one, or remove it first", folder.display())]
    Occupied {
        /// The place.
        folder: PathBuf,
    },
    /// A file could not be written.
    #[error(transparent)]
    Table(#[from] table::Error),
    /// The system refused.
    #[error("{}", path.display())]
    Io {
        /// Where.
        path: PathBuf,
        /// What it said.
        source: std::io::Error,
    },
}

impl Error {
    /// Whether other options would have done.
    pub fn is_invalid_input(&self) -> bool {
        matches!(self, Self::Enterprises { .. } | Self::Months { .. } | Self::End { .. } | Self::Occupied { .. })
    }
}
