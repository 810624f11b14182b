//! Dates and times as ISO 8601 text.

use chrono::{DateTime, NaiveDate, TimeDelta};
use polars::prelude::TimeUnit;

/// A date from its days since 1970-01-01, as `2006-01-31`.
pub(super) fn date(days: i32) -> Option<String> {
    let date = NaiveDate::default().checked_add_signed(TimeDelta::try_days(days.into())?)?;
    Some(date.format("%Y-%m-%d").to_string())
}

/// A time from its ticks since 1970-01-01, as `2006-01-31T08:30:00`, with a fraction when there is
/// one and a `Z` when it is an instant (`utc`) rather than what a clock on the wall showed.
pub(super) fn datetime(ticks: i64, unit: TimeUnit, utc: bool) -> Option<String> {
    let time = match unit {
        TimeUnit::Milliseconds => DateTime::from_timestamp_millis(ticks)?,
        TimeUnit::Microseconds => DateTime::from_timestamp_micros(ticks)?,
        TimeUnit::Nanoseconds => DateTime::from_timestamp_nanos(ticks),
    };
    let zone = if utc { "Z" } else { "" };
    Some(format!("{}{zone}", time.naive_utc().format("%Y-%m-%dT%H:%M:%S%.f")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates() {
        for (days, expect) in [(0, "1970-01-01"), (13179, "2006-01-31"), (-1, "1969-12-31"), (19782, "2024-02-29")] {
            assert_eq!(date(days).as_deref(), Some(expect));
        }
        assert_eq!(date(i32::MAX), None);
    }

    #[test]
    fn datetimes() {
        for (ticks, unit, utc, expect) in [
            (0, TimeUnit::Milliseconds, false, "1970-01-01T00:00:00"),
            (1_138_696_200_000, TimeUnit::Milliseconds, true, "2006-01-31T08:30:00Z"),
            (1_138_696_200_250_000, TimeUnit::Microseconds, false, "2006-01-31T08:30:00.250"),
            (-1, TimeUnit::Nanoseconds, false, "1969-12-31T23:59:59.999999999"),
        ] {
            assert_eq!(datetime(ticks, unit, utc).as_deref(), Some(expect));
        }
        assert_eq!(datetime(i64::MAX, TimeUnit::Milliseconds, false), None);
    }
}
