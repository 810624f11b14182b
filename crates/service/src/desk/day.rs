//! Days in Beijing and instants, as the wire, the store and the calendar have them.

use api::Date;
use chrono::{Datelike as _, Days, Months, NaiveDate};
use prost_types::Timestamp;
use store::UnixMicros;

const SECOND: i64 = 1_000_000;
const DAY: i64 = 86_400 * SECOND;
/// Beijing is eight hours ahead and has no summer time.
const AHEAD: i64 = 8 * 3_600 * SECOND;
const EPOCH: NaiveDate = NaiveDate::from_ymd_opt(1970, 1, 1).expect("a day of the calendar");

/// The day of an instant; the last of the calendar where it lies beyond.
pub(crate) fn of(at: UnixMicros) -> NaiveDate {
    let days = at.saturating_add(AHEAD).div_euclid(DAY);
    let day = match u64::try_from(days) {
        Ok(days) => EPOCH.checked_add_days(Days::new(days)),
        Err(_) => EPOCH.checked_sub_days(Days::new(days.unsigned_abs())),
    };
    day.unwrap_or(NaiveDate::MAX)
}

/// The first instant of a day.
pub(crate) fn start(day: NaiveDate) -> UnixMicros {
    (day - EPOCH).num_days() * DAY - AHEAD
}

/// The first instant after a day.
pub(crate) fn end(day: NaiveDate) -> UnixMicros {
    start(day) + DAY
}

/// Until when what ended on a day is kept: five years (征信业管理条例, article 16).
pub(crate) fn kept_until(day: NaiveDate) -> UnixMicros {
    end(day + Months::new(60))
}

pub(crate) fn to_wire(day: NaiveDate) -> Date {
    Date { year: day.year(), month: day.month().cast_signed(), day: day.day().cast_signed() }
}

/// A whole date; `None` for one that there is not, or without a part.
pub(crate) fn from_wire(day: &Date) -> Option<NaiveDate> {
    NaiveDate::from_ymd_opt(day.year, day.month.try_into().ok()?, day.day.try_into().ok()?)
}

pub(crate) fn timestamp(at: UnixMicros) -> Timestamp {
    Timestamp { seconds: at.div_euclid(SECOND), nanos: (at.rem_euclid(SECOND) * 1_000) as i32 }
}

/// An instant, cut to microseconds; `None` beyond what gRPC allows (year 1 to 9999).
pub(crate) fn micros(at: &Timestamp) -> Option<UnixMicros> {
    let whole = (-62_135_596_800..=253_402_300_799).contains(&at.seconds) && (0..1_000_000_000).contains(&at.nanos);
    whole.then(|| at.seconds * SECOND + i64::from(at.nanos) / 1_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_begins_in_beijing() {
        let day = NaiveDate::from_ymd_opt(2026, 1, 1).expect("a day");
        let midnight = start(day); // 2025-12-31T16:00:00Z
        assert_eq!(midnight, 1_767_196_800 * SECOND);
        assert_eq!((of(midnight), of(midnight - 1)), (day, day - Days::new(1)));
        assert_eq!(end(day), start(day + Days::new(1)));
        assert_eq!(from_wire(&to_wire(day)), Some(day));
        assert_eq!(from_wire(&Date { year: 2026, month: 2, day: 30 }), None);
        assert_eq!(micros(&timestamp(-1)), Some(-1));
        assert_eq!(micros(&Timestamp { seconds: 0, nanos: -1 }), None);
        assert_eq!(of(-AHEAD - 1), EPOCH - Days::new(1));
    }
}
