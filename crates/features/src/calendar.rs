//! Days, months and the windows that features look through.
//!
//! A day is the number of days since 1970-01-01, a month the number of months since January 1970. All are Beijing
//! days: whoever makes a day from an instant has moved it to Beijing first.

use chrono::{Datelike, NaiveDate};

/// A span of days, both in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// First day.
    pub from: i32,
    /// Last day; before `from` where the span is empty.
    pub to: i32,
}

/// The days that an aggregate looks at, in the words of the catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Window {
    /// `12m`, `3m ago 12m`: full months, the last of which ends on the as-of date or before it. In a definition over a
    /// source that reports by period, the last month ends at least the source's usual lag before the as-of date.
    Months {
        /// How many.
        months: u16,
        /// Full months between the last of them and the as-of date.
        ago: u16,
    },
    /// `12m to date`: the days after the same day that many months ago, up to the as-of date. Where that month is too
    /// short for the day, after its last day.
    MonthsToDate(u16),
    /// `90d`: that many days, the last of which is the as-of date.
    Days(u16),
    /// `all`: every day up to the as-of date.
    All,
}

impl Window {
    /// The days of this window as of a day.
    ///
    /// # Examples
    /// ```
    /// use features::calendar::{Window, day};
    /// let twelve = Window::Months { months: 12, ago: 0 };
    /// // The last day of a month completes it; the day before does not.
    /// let span = twelve.span(day(2025, 3, 31));
    /// assert_eq!((span.from, span.to), (day(2024, 4, 1), day(2025, 3, 31)));
    /// assert_eq!(twelve.span(day(2025, 3, 30)).to, day(2025, 2, 28));
    /// ```
    pub fn span(self, as_of: i32) -> Span {
        match self {
            Self::Months { months, ago } => {
                let last = last_full_month(as_of) - i32::from(ago);
                Span { from: first_day(last + 1 - i32::from(months)), to: first_day(last + 1) - 1 }
            }
            Self::MonthsToDate(months) => Span { from: months_before(as_of, i32::from(months)) + 1, to: as_of },
            Self::Days(days) => Span { from: as_of - i32::from(days) + 1, to: as_of },
            Self::All => Span { from: i32::MIN, to: as_of },
        }
    }
}

impl std::fmt::Display for Window {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Months { months, ago: 0 } => write!(f, "{months}m"),
            Self::Months { months, ago } => write!(f, "{months}m ago {ago}m"),
            Self::MonthsToDate(months) => write!(f, "{months}m to date"),
            Self::Days(days) => write!(f, "{days}d"),
            Self::All => write!(f, "all"),
        }
    }
}

/// The day of a date.
///
/// # Panics
/// When there is no such date.
pub fn day(year: i32, month: u32, of_month: u32) -> i32 {
    day_of(NaiveDate::from_ymd_opt(year, month, of_month).expect("a date that exists"))
}

/// The day of a date.
pub fn day_of(date: NaiveDate) -> i32 {
    date.to_epoch_days()
}

/// The date of a day.
///
/// # Panics
/// When the day is millions of years away.
pub fn date_of(day: i32) -> NaiveDate {
    NaiveDate::from_epoch_days(day).expect("a day that a source was read with")
}

/// The month that a day lies in.
#[inline]
pub fn month_of(day: i32) -> i32 {
    // Days from civil, backwards: Howard Hinnant, "chrono-compatible low-level date algorithms".
    let z = day + 719_468;
    let era = z.div_euclid(146_097);
    let of_era = z.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * of_year + 2) / 153; // 0 is March
    (era * 400 + year_of_era - 1970) * 12 + shifted + 2
}

/// The first day of a month.
#[inline]
pub fn first_day(month: i32) -> i32 {
    let (year, month) = (1970 + month.div_euclid(12), month.rem_euclid(12));
    let shifted_year = year - i32::from(month < 2);
    let era = shifted_year.div_euclid(400);
    let of_era = shifted_year.rem_euclid(400);
    let of_year = (153 * ((month + 10) % 12) + 2) / 5;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// The last month that is complete on a day, the day itself included.
pub fn last_full_month(as_of: i32) -> i32 {
    month_of(as_of + 1) - 1
}

/// The same day of the month `months` months earlier, or the last day of that month.
pub fn months_before(as_of: i32, months: i32) -> i32 {
    let month = month_of(as_of) - months;
    let of_month = as_of - first_day(month_of(as_of));
    (first_day(month) + of_month).min(first_day(month + 1) - 1)
}

/// Full months from one day to a later one; 0 when it is not later.
///
/// # Examples
/// ```
/// use features::calendar::{day, months_between};
/// assert_eq!(months_between(day(2025, 1, 31), day(2025, 2, 28)), 0);
/// assert_eq!(months_between(day(2025, 1, 28), day(2025, 2, 28)), 1);
/// ```
pub fn months_between(from: i32, to: i32) -> i32 {
    if to <= from {
        return 0;
    }
    let months = month_of(to) - month_of(from);
    let of_month = |day: i32| date_of(day).day();
    months - i32::from(of_month(to) < of_month(from))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_day_of_two_centuries_has_its_month() {
        for d in day(1900, 1, 1)..day(2100, 1, 1) {
            let date = date_of(d);
            assert_eq!(month_of(d), (date.year() - 1970) * 12 + date.month0() as i32, "{date}");
            assert_eq!(first_day(month_of(d)), d - date.day0() as i32, "{date}");
        }
    }

    #[track_caller]
    fn check(window: Window, as_of: (i32, u32, u32), from: (i32, u32, u32), to: (i32, u32, u32)) {
        let span = window.span(day(as_of.0, as_of.1, as_of.2));
        assert_eq!(
            (date_of(span.from), date_of(span.to)),
            (date_of(day(from.0, from.1, from.2)), date_of(day(to.0, to.1, to.2)))
        );
    }

    #[test]
    fn windows_end_where_they_should() {
        let months = |months, ago| Window::Months { months, ago };
        check(months(12, 0), (2024, 2, 29), (2023, 3, 1), (2024, 2, 29));
        check(months(12, 0), (2024, 2, 28), (2023, 2, 1), (2024, 1, 31));
        check(months(12, 0), (2023, 2, 28), (2022, 3, 1), (2023, 2, 28));
        check(months(3, 12), (2025, 12, 31), (2024, 10, 1), (2024, 12, 31));
        check(months(1, 0), (2025, 1, 1), (2024, 12, 1), (2024, 12, 31));
        check(Window::MonthsToDate(12), (2024, 2, 29), (2023, 3, 1), (2024, 2, 29));
        check(Window::MonthsToDate(12), (2025, 2, 28), (2024, 2, 29), (2025, 2, 28));
        check(Window::MonthsToDate(1), (2025, 3, 31), (2025, 3, 1), (2025, 3, 31));
        check(Window::Days(90), (2025, 3, 31), (2025, 1, 1), (2025, 3, 31));
    }

    #[test]
    fn months_between_days() {
        assert_eq!(months_between(day(2025, 12, 31), day(2026, 1, 30)), 0);
        assert_eq!(months_between(day(2025, 12, 31), day(2026, 1, 31)), 1);
        assert_eq!(months_between(day(2026, 1, 31), day(2025, 1, 31)), 0);
        assert_eq!(months_between(day(2024, 2, 29), day(2025, 2, 28)), 11);
    }
}
