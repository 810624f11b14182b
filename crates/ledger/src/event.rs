//! What banks, guarantors, districts and the bureau tell the ledger: the only input it has.
//!
//! # Stored form
//! Updates: none. Deletion: none, a mistake is answered by a [`Body::Reversal`]. Guarantees: the bytes of an event are
//! one line of JSON with its keys in the order of the types, money in whole fen, days as `YYYY-MM-DD`; a key that is
//! not known is refused, and `format_version` says by which types it is read.
//!
//! | field | meaning |
//! |---|---|
//! | `format_version` | 1 |
//! | `request_id` | the same request of one office is entered once |
//! | `actor` | person and office that tell it |
//! | `effective_on` | the day on which it holds |
//! | `recorded_at` | when the ledger took it, microseconds since 1970 in UTC; given by who appends |
//! | `body` | what happened |

mod bodies;
mod words;

pub use bodies::*;
pub use words::*;

use crate::id::{BankId, GuarantorId, PersonId, RequestId};
use crate::text::iso;
use chrono::NaiveDate;
use primitives::{RegionCode, calendar};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::str::FromStr;

/// The format that is written.
pub const FORMAT_VERSION: u32 = 1;

/// Eight hours: figures of a day are those of Beijing's.
const BEIJING_MICROS: i64 = 28_800_000_000;
const DAY_MICROS: i64 = 86_400_000_000;

/// One event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// The request that brought it.
    pub request_id: RequestId,
    /// Who tells it.
    pub actor: Actor,
    /// The day on which it holds.
    pub effective_on: NaiveDate,
    /// When the ledger took it.
    pub recorded_at: UnixMicros,
    /// What happened.
    pub body: Body,
}

/// A moment: microseconds since 1970-01-01 in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UnixMicros(pub i64);

/// A person of an office.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Actor {
    /// The person.
    pub id: PersonId,
    /// The office, which says what the person may tell and see.
    pub office: Office,
}

/// An office.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Office {
    /// A bank: its own loans only.
    Bank(BankId),
    /// A guarantor: its own guarantees only.
    Guarantor(GuarantorId),
    /// The staff of a district: what belongs to it only.
    District(RegionCode),
    /// The platform that rates and carries files.
    Platform,
    /// The city's bureau.
    Bureau,
}

/// A calendar month, `2024-05` in files.
///
/// # Examples
/// ```
/// use ledger::Month;
/// let month: Month = "2024-02".parse().unwrap();
/// assert_eq!(month.last_day(), "2024-02-29".parse().unwrap());
/// assert_eq!(Month::of("2024-02-05".parse().unwrap()), month);
/// assert!("2024-2".parse::<Month>().is_err());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month(i32);

/// The text is no month.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("month {found:?} is not YYYY-MM")]
pub struct MonthError {
    /// The text as it stood.
    pub found: String,
}

/// The bytes are no event.
#[non_exhaustive]
#[derive(Debug, thiserror::Error)]
pub enum EventError {
    /// They are of another format.
    #[error("format_version {found} is not known, known is {FORMAT_VERSION}")]
    Format {
        /// The version that they state.
        found: u32,
    },
    /// They are no JSON of an event: a key that is unknown or missing, an amount beyond 64 bits, a day that is none.
    #[error("event can not be read")]
    Unreadable(#[source] serde_json::Error),
}

#[derive(Serialize)]
struct Written<'a> {
    format_version: u32,
    request_id: &'a RequestId,
    actor: &'a Actor,
    #[serde(serialize_with = "iso::serialize")]
    effective_on: NaiveDate,
    recorded_at: UnixMicros,
    body: &'a Body,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Read {
    format_version: u32,
    request_id: RequestId,
    actor: Actor,
    effective_on: NaiveDate,
    recorded_at: UnixMicros,
    body: Body,
}

#[derive(Deserialize)]
struct Version {
    format_version: u32,
}

impl Event {
    /// The bytes that are stored and hashed.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(512);
        self.write(&mut bytes);
        bytes
    }

    /// Appends [`Event::to_bytes`] to a buffer.
    pub fn write(&self, bytes: &mut Vec<u8>) {
        let Self { request_id, actor, effective_on, recorded_at, body } = self;
        let (effective_on, recorded_at) = (*effective_on, *recorded_at);
        let event = Written { format_version: FORMAT_VERSION, request_id, actor, effective_on, recorded_at, body };
        serde_json::to_writer(bytes, &event).expect("an event has text keys and a buffer takes every byte");
    }

    /// Reads the bytes of an event of any format that was ever written.
    ///
    /// # Errors
    /// [`EventError`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, EventError> {
        let read = serde_json::from_slice::<Read>(bytes);
        match read {
            Ok(read) if read.format_version == FORMAT_VERSION => {
                let Read { format_version: _, request_id, actor, effective_on, recorded_at, body } = read;
                Ok(Self { request_id, actor, effective_on, recorded_at, body })
            }
            Ok(read) => Err(EventError::Format { found: read.format_version }),
            // The format is asked first, for another one may well have other keys.
            Err(source) => match serde_json::from_slice::<Version>(bytes) {
                Ok(v) if v.format_version != FORMAT_VERSION => Err(EventError::Format { found: v.format_version }),
                _ => Err(EventError::Unreadable(source)),
            },
        }
    }
}

impl UnixMicros {
    /// The day in Beijing; `None` where it is hundreds of thousands of years away.
    pub fn beijing_day(self) -> Option<NaiveDate> {
        let day = self.0.checked_add(BEIJING_MICROS)?.checked_div_euclid(DAY_MICROS)?;
        calendar::date_of(i32::try_from(day).ok()?)
    }
}

impl Month {
    /// The month of a day.
    pub fn of(day: NaiveDate) -> Self {
        Self(calendar::month_of(calendar::day_of(day)))
    }

    /// Its first day.
    pub fn first_day(self) -> NaiveDate {
        calendar::date_of(calendar::first_day(self.0)).expect("a month is made of a day")
    }

    /// Its last day.
    pub fn last_day(self) -> NaiveDate {
        calendar::date_of(calendar::last_day(self.0)).expect("a month is made of a day")
    }

    /// The month before.
    pub fn before(self) -> Self {
        Self(self.0.saturating_sub(1))
    }

    /// Months since January 1970.
    pub fn number(self) -> i32 {
        self.0
    }

    /// The month with a number, within what a stored day may be.
    pub(crate) fn with_number(number: i32) -> Self {
        Self(number)
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.first_day().format("%Y-%m").to_string())
    }
}

impl FromStr for Month {
    type Err = MonthError;

    fn from_str(text: &str) -> Result<Self, MonthError> {
        let refused = || MonthError { found: text.to_owned() };
        let first: NaiveDate = format!("{text}-01").parse().map_err(|_| refused())?;
        let month = Self::of(first);
        // One text for one month: one without its zero is another text.
        if month.to_string() == text { Ok(month) } else { Err(refused()) }
    }
}

impl Serialize for Month {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Month {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}
