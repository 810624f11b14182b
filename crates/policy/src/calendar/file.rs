//! From the text of the notices to a checked calendar.

use super::{Amendment, Calendar, FAMILY, Notice, is_weekend};
use crate::{Error, Mark};
use chrono::{Datelike, NaiveDate};
use serde::Deserialize;
use std::collections::BTreeSet;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawCalendar {
    #[serde(default)]
    year: Vec<RawYear>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawYear {
    year: i32,
    title: String,
    number: String,
    mark: Mark,
    holiday: Vec<RawHoliday>,
    working: Vec<NaiveDate>,
    amended_by: Option<Amendment>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawHoliday {
    name: String,
    from: NaiveDate,
    to: NaiveDate,
}

pub(super) fn read(text: &str) -> Result<Calendar, Error> {
    let raw: RawCalendar = toml::from_str(text).map_err(|source| Error::Unreadable { family: FAMILY, source })?;
    if raw.year.is_empty() {
        return Err(Error::Empty { family: FAMILY });
    }
    let mut calendar = Calendar { notices: Vec::new(), off: BTreeSet::new(), worked: BTreeSet::new() };
    for year in raw.year {
        add(&mut calendar, year)?;
    }
    Ok(calendar)
}

fn add(calendar: &mut Calendar, raw: RawYear) -> Result<(), Error> {
    let year = raw.year;
    let from = NaiveDate::from_ymd_opt(year, 1, 1);
    let from = from.ok_or(Error::Argument { what: "year of a notice", value: year.into(), lo: 1949, hi: 9999 })?;
    let refuse = |what: String| Err(Error::Inconsistent { family: FAMILY, from, what });
    let before = year.saturating_sub(1);
    if let Some(last) = calendar.notices.last().filter(|last| last.year != before) {
        return refuse(format!("the year before it in the file is {}, expected is {before}", last.year));
    }
    let near = |day: NaiveDate| day.year() == year || day.year() == before && day.month() == 12;
    for holiday in &raw.holiday {
        let RawHoliday { name, from: first, to: last } = holiday;
        // The bounds are looked at first, so that the loop is short.
        if !(near(*first) && near(*last)) || last < first {
            return refuse(format!("{name} from {first} to {last} is empty or outside the year"));
        }
        for day in first.iter_days().take_while(|day| day <= last) {
            if !calendar.off.insert(day) {
                return refuse(format!("{day} is a day off twice"));
            }
        }
    }
    for day in raw.working {
        if !near(day) || !is_weekend(day) {
            return refuse(format!("{day} is to be worked and is no Saturday or Sunday of the year"));
        }
        if !calendar.worked.insert(day) || calendar.off.contains(&day) {
            return refuse(format!("{day} is to be worked twice, or is a day off as well"));
        }
    }
    let RawYear { title, number, mark, amended_by, .. } = raw;
    calendar.notices.push(Notice { year, title, number, mark, amended_by });
    Ok(())
}
