//! Days and months as whole numbers: a day is the number of days since 1970-01-01, a month the number of months since
//! January 1970.

use chrono::NaiveDate;

/// The day of a date.
pub fn day_of(date: NaiveDate) -> i32 {
    date.to_epoch_days()
}

/// The date of a day; `None` when it is hundreds of thousands of years away.
pub fn date_of(day: i32) -> Option<NaiveDate> {
    NaiveDate::from_epoch_days(day)
}

/// The month that a day lies in.
///
/// # Source
/// H. Hinnant, "chrono-compatible low-level date algorithms", `civil_from_days`.
#[inline]
pub fn month_of(day: i32) -> i32 {
    let z = day + 719_468;
    let era = z.div_euclid(146_097);
    let of_era = z.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * of_year + 2) / 153; // 0 is March
    (era * 400 + year_of_era - 1970) * 12 + shifted + 2
}

/// The first day of a month.
///
/// # Source
/// H. Hinnant, `days_from_civil`.
#[inline]
pub fn first_day(month: i32) -> i32 {
    let (year, month) = (1970 + month.div_euclid(12), month.rem_euclid(12));
    let shifted_year = year - i32::from(month < 2);
    let era = shifted_year.div_euclid(400);
    let of_era = shifted_year.rem_euclid(400);
    let of_year = (153 * ((month + 10) % 12) + 2) / 5;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// The last day of a month.
pub fn last_day(month: i32) -> i32 {
    first_day(month + 1) - 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::Datelike;

    #[test]
    fn every_day_of_two_centuries_has_its_month() {
        let day = |year| day_of(NaiveDate::from_ymd_opt(year, 1, 1).expect("a date"));
        for d in day(1900)..day(2100) {
            let date = date_of(d).expect("a date");
            let month = (date.year() - 1970) * 12 + date.month0() as i32;
            assert_eq!(month_of(d), month, "{date}");
            assert_eq!(first_day(month), d - date.day0() as i32, "{date}");
            assert!(d <= last_day(month) && month_of(last_day(month) + 1) == month + 1, "{date}");
        }
    }
}
