//! What was asked for, checked, with its months counted.

use crate::calendar::{Day, Month, day_of, last_day, month_of};
use crate::{Error, Grain, Options};
use chrono::{Datelike, NaiveDate};

/// The fewest months: a year to look back on and a year for the outcome.
const MONTHS_LEAST: u32 = 24;
/// The most: hidden states are kept for each month of each firm.
const MONTHS_MOST: u32 = 180;
/// The most enterprises: their numbers, doubled, stay far below the codes there are.
const ENTERPRISES_MOST: u64 = 10_000_000;

/// The checked options.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    pub(crate) seed: u64,
    pub(crate) enterprises: u64,
    /// First month of records.
    pub(crate) first: Month,
    pub(crate) months: i32,
    /// Last day of records, the end of a month.
    pub(crate) last_day: Day,
    pub(crate) grain: Grain,
    pub(crate) dirty: bool,
}

impl Plan {
    pub(crate) fn check(options: &Options) -> Result<Self, Error> {
        if !(1..=ENTERPRISES_MOST).contains(&options.enterprises) {
            return Err(Error::Enterprises { found: options.enterprises, most: ENTERPRISES_MOST });
        }
        if !(MONTHS_LEAST..=MONTHS_MOST).contains(&options.months) {
            return Err(Error::Months { found: options.months, least: MONTHS_LEAST, most: MONTHS_MOST });
        }
        let end = options.end;
        let month_end = last_day(month_of(end)) == day_of(end);
        if !(2015..=2040).contains(&end.year()) || !month_end {
            return Err(Error::End { found: end });
        }
        let months = options.months as i32;
        Ok(Self {
            seed: options.seed,
            enterprises: options.enterprises,
            first: month_of(end) + 1 - months,
            months,
            last_day: day_of(end),
            grain: options.grain,
            dirty: options.dirty,
        })
    }

    /// Months whose last days are the yearly snapshots: a year of records before, a year of outcome after.
    pub(crate) fn snapshots(&self) -> Vec<Month> {
        let last = self.first + self.months - 1;
        let mut found: Vec<Month> = (1..).map(|year| last - 12 * year).take_while(|m| *m - self.first >= 11).collect();
        found.reverse();
        found
    }

    pub(crate) fn seconds_end(&self) -> i64 {
        (i64::from(self.last_day) + 1) * 86_400
    }

    /// Days on which 江北区 and 渝北区 ended and 两江新区 began.
    pub(crate) fn region_change() -> Day {
        day_of(NaiveDate::from_ymd_opt(2025, 11, 6).expect("a day of the calendar"))
    }
}
