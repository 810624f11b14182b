//! Chinese working days: a week of five days, changed by the State Council's yearly notices on public holidays.
//!
//! A notice gives days off and the Saturdays and Sundays that are worked instead (调休上班). Days of a year without a
//! notice are not guessed: what is counted over them is an error. The last days of the last known year may still
//! change, because the notice of the next year may begin its New Year holiday there.

mod file;
#[cfg(test)]
mod tests;

use crate::{Error, Mark};
use chrono::{Datelike, NaiveDate, Weekday};
use std::collections::BTreeSet;
use std::sync::LazyLock;

/// The notices that are shipped.
pub const NOTICES: &str = include_str!("../rules/working_days.toml");

/// The name of this file in errors.
const FAMILY: &str = "working_days";

static SHIPPED: LazyLock<Result<Calendar, Error>> = LazyLock::new(|| Calendar::from_toml(NOTICES));

/// Working days of the years that have a notice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Calendar {
    notices: Vec<Notice>,
    /// Days off, Saturdays and Sundays among them.
    off: BTreeSet<NaiveDate>,
    /// Saturdays and Sundays that are worked.
    worked: BTreeSet<NaiveDate>,
}

/// A notice of the General Office of the State Council on the holidays of a year.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// Its year.
    pub year: i32,
    /// Its title.
    pub title: String,
    /// Its number.
    pub number: String,
    /// How far title, number and days may be relied on.
    pub mark: Mark,
    /// A later notice that changed it, by title, number and effect; its days are those that hold.
    pub amended_by: Option<Amendment>,
}

/// A notice that changed another.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Amendment {
    /// Its title.
    pub title: String,
    /// Its number.
    pub number: String,
    /// What it changed.
    pub effect: String,
}

/// The shipped calendar.
///
/// # Errors
/// None while the shipped file is whole, which the tests show.
pub fn shipped() -> Result<&'static Calendar, Error> {
    match &*SHIPPED {
        Ok(calendar) => Ok(calendar),
        Err(e) => Err(e.clone()),
    }
}

/// [`Calendar::is_working_day`] of the shipped calendar.
///
/// # Errors
/// [`Error::UnknownYear`].
///
/// # Examples
/// ```
/// use policy::calendar::is_working_day;
/// let day = |text: &str| text.parse().unwrap();
/// assert!(!is_working_day(day("2020-02-01"))?, "the prolonged Spring Festival");
/// assert!(is_working_day(day("2020-01-19"))?, "a Sunday that was worked");
/// assert!(is_working_day(day("2017-12-29")).unwrap_err().is_not_found());
/// # Ok::<(), policy::Error>(())
/// ```
pub fn is_working_day(day: NaiveDate) -> Result<bool, Error> {
    shipped()?.is_working_day(day)
}

/// [`Calendar::working_days_between`] of the shipped calendar.
///
/// # Errors
/// [`Error::UnknownYear`], [`Error::DaysReversed`].
///
/// # Examples
/// ```
/// use policy::calendar::working_days_between;
/// let day = |text: &str| text.parse().unwrap();
/// // Friday to Monday: Monday alone.
/// assert_eq!(working_days_between(day("2024-03-01"), day("2024-03-04"))?, 1);
/// assert_eq!(working_days_between(day("2024-03-01"), day("2024-03-01"))?, 0);
/// # Ok::<(), policy::Error>(())
/// ```
pub fn working_days_between(from: NaiveDate, to: NaiveDate) -> Result<i64, Error> {
    shipped()?.working_days_between(from, to)
}

/// [`Calendar::add_working_days`] of the shipped calendar.
///
/// # Errors
/// [`Error::UnknownYear`].
///
/// # Examples
/// ```
/// use policy::calendar::add_working_days;
/// let day = |text: &str| text.parse().unwrap();
/// // Wednesday; 4 to 6 April are off for 清明节, Sunday the 7th is worked.
/// assert_eq!(add_working_days(day("2024-04-03"), 1)?, day("2024-04-07"));
/// # Ok::<(), policy::Error>(())
/// ```
pub fn add_working_days(from: NaiveDate, working_days: u32) -> Result<NaiveDate, Error> {
    shipped()?.add_working_days(from, working_days)
}

impl Calendar {
    /// Reads notices and checks them whole.
    ///
    /// # Errors
    /// [`Error::Unreadable`], [`Error::Empty`], or [`Error::Inconsistent`]: years out of order or with a gap, a day
    /// outside December of the year before to the end of the year, a worked day that is no Saturday or Sunday, a day
    /// twice.
    pub fn from_toml(text: &str) -> Result<Self, Error> {
        file::read(text)
    }

    /// The notices, earliest year first.
    pub fn notices(&self) -> &[Notice] {
        &self.notices
    }

    /// Whether a day is worked.
    ///
    /// # Errors
    /// [`Error::UnknownYear`] for a year without a notice.
    pub fn is_working_day(&self, day: NaiveDate) -> Result<bool, Error> {
        self.known(day)?;
        Ok(self.worked.contains(&day) || !is_weekend(day) && !self.off.contains(&day))
    }

    /// Working days from the day after `from` to `to`, that one included; `0` on one day.
    ///
    /// This is how a time of use or a limit is counted: what happens on the day itself takes none, what happens on
    /// the next working day takes one.
    ///
    /// # Errors
    /// [`Error::DaysReversed`] when `to` is before `from`, [`Error::UnknownYear`].
    pub fn working_days_between(&self, from: NaiveDate, to: NaiveDate) -> Result<i64, Error> {
        if to < from {
            return Err(Error::DaysReversed { what: "working days", from, to });
        }
        self.known(from)?;
        self.known(to)?;
        let mut count: i64 = 0;
        for day in from.iter_days().skip(1).take_while(|day| *day <= to) {
            count = count.saturating_add(i64::from(self.is_working_day(day)?));
        }
        Ok(count)
    }

    /// The last day of a limit of so many working days that begins on `from`: `from` itself for none, else the
    /// working day to which [`Calendar::working_days_between`] counts that number.
    ///
    /// # Errors
    /// [`Error::UnknownYear`] when the limit runs into a year without a notice.
    pub fn add_working_days(&self, from: NaiveDate, working_days: u32) -> Result<NaiveDate, Error> {
        self.known(from)?;
        let mut day = from;
        let mut left = working_days;
        while left > 0 {
            day = day.succ_opt().ok_or_else(|| self.unknown(day.year()))?;
            left = left.saturating_sub(u32::from(self.is_working_day(day)?));
        }
        Ok(day)
    }

    fn known(&self, day: NaiveDate) -> Result<(), Error> {
        let year = day.year();
        match self.notices.iter().any(|n| n.year == year) {
            true => Ok(()),
            false => Err(self.unknown(year)),
        }
    }

    fn unknown(&self, year: i32) -> Error {
        let of = |notice: Option<&Notice>| notice.map_or(year, |n| n.year);
        Error::UnknownYear { year, first: of(self.notices.first()), last: of(self.notices.last()) }
    }
}

fn is_weekend(day: NaiveDate) -> bool {
    matches!(day.weekday(), Weekday::Sat | Weekday::Sun)
}
