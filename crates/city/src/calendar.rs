//! Days and months as whole numbers: days since 1970-01-01, months since January of year 0.

use chrono::{Datelike, NaiveDate};
use primitives::calendar;
pub(crate) use primitives::calendar::day_of;

/// Days since 1970-01-01.
pub(crate) type Day = i32;
/// Twelve times the year and the month from 0.
pub(crate) type Month = i32;

/// Months from year 0 to January 1970, where those of [`primitives::calendar`] begin.
const FROM_1970: Month = 1970 * 12;

pub(crate) fn month_of(date: NaiveDate) -> Month {
    date.year() * 12 + date.month0() as i32
}

/// Year, month and day of a day number.
pub(crate) fn civil(day: Day) -> (i32, u32, u32) {
    let month = month_of_day(day);
    (month.div_euclid(12), month.rem_euclid(12) as u32 + 1, (day - first_day(month) + 1) as u32)
}

pub(crate) fn month_of_day(day: Day) -> Month {
    calendar::month_of(day) + FROM_1970
}

/// First day of a month.
pub(crate) fn first_day(month: Month) -> Day {
    calendar::first_day(month - FROM_1970)
}

/// Last day of a month.
pub(crate) fn last_day(month: Month) -> Day {
    calendar::last_day(month - FROM_1970)
}

pub(crate) fn days_in(month: Month) -> i32 {
    first_day(month + 1) - first_day(month)
}

/// The month (0 for January) in which the Spring Festival falls: its first day is late January or in February.
pub(crate) fn festival_month0(year: i32) -> i32 {
    // First days in January between 2004 and 2044.
    i32::from(
        ![2004, 2006, 2009, 2012, 2014, 2017, 2020, 2023, 2025, 2028, 2031, 2033, 2036, 2039, 2042, 2044]
            .contains(&year),
    )
}

/// Appends `2024-03-31`.
pub(crate) fn push_day(out: &mut String, day: Day) {
    let (year, month, day) = civil(day);
    push_digits(out, year as u32, 4);
    out.push('-');
    push_digits(out, month, 2);
    out.push('-');
    push_digits(out, day, 2);
}

/// Appends `2024-03`.
pub(crate) fn push_month(out: &mut String, month: Month) {
    push_digits(out, month.div_euclid(12) as u32, 4);
    out.push('-');
    push_digits(out, month.rem_euclid(12) as u32 + 1, 2);
}

/// Appends `2024-03-31 23:59:30`, seconds of Beijing wall-clock since 1970-01-01 00:00.
pub(crate) fn push_time(out: &mut String, seconds: i64) {
    push_day(out, seconds.div_euclid(86_400) as Day);
    let second = seconds.rem_euclid(86_400) as u32;
    for (mark, part) in [(' ', second / 3_600), (':', second / 60 % 60), (':', second % 60)] {
        out.push(mark);
        push_digits(out, part, 2);
    }
}

fn push_digits(out: &mut String, number: u32, digits: u32) {
    for place in (0..digits).rev() {
        out.push(char::from(b'0' + (number / 10_u32.pow(place) % 10) as u8));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_day_of_eight_decades_is_that_of_chrono() {
        let mut date = NaiveDate::from_ymd_opt(1965, 1, 1).expect("a day");
        let mut text = String::new();
        while date.year() < 2045 {
            let day = day_of(date);
            assert_eq!(civil(day), (date.year(), date.month(), date.day()));
            assert_eq!(month_of_day(day), month_of(date));
            assert_eq!(first_day(month_of(date)), day - date.day() as i32 + 1);
            text.clear();
            push_day(&mut text, day);
            assert_eq!(text, date.to_string());
            date = date.succ_opt().expect("a day");
        }
        assert_eq!(days_in(2024 * 12 + 1), 29);
        text.clear();
        push_time(&mut text, i64::from(last_day(2024 * 12 + 1)) * 86_400 + 86_399);
        assert_eq!(text, "2024-02-29 23:59:59");
    }
}
