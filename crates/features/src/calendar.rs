//! The windows that features look through, in the days and months of [`primitives::calendar`].
//!
//! All are Beijing days: whoever makes a day from an instant has moved it to Beijing first.

use chrono::{Datelike, NaiveDate};
pub use primitives::calendar::{day_of, first_day, last_day, month_of};

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
                Span { from: first_day(last + 1 - i32::from(months)), to: last_day(last) }
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

/// The date of a day.
///
/// # Panics
/// When the day is millions of years away.
pub fn date_of(day: i32) -> NaiveDate {
    primitives::calendar::date_of(day).expect("a day that a source was read with")
}

/// The last month that is complete on a day, the day itself included.
pub fn last_full_month(as_of: i32) -> i32 {
    month_of(as_of + 1) - 1
}

/// The same day of the month `months` months earlier, or the last day of that month.
pub fn months_before(as_of: i32, months: i32) -> i32 {
    let month = month_of(as_of) - months;
    let of_month = as_of - first_day(month_of(as_of));
    (first_day(month) + of_month).min(last_day(month))
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
