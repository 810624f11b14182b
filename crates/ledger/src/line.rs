//! Sums over time: add to a day, and ask for a day with every later one.

use crate::Refusal;
use crate::draft::Draft;
use crate::event::Month;
use crate::record::{Days, Key, Line, Owner, SUMS};
use chrono::{Datelike, NaiveDate};

/// A line from a day on.
pub(crate) struct Past {
    /// The sums at the end of the day.
    pub(crate) at: [i64; SUMS],
    /// Later days, earliest first: what each added, and the sums after it.
    pub(crate) later: Vec<(NaiveDate, [i64; SUMS], [i64; SUMS])>,
}

fn each(
    a: [i64; SUMS],
    b: [i64; SUMS],
    what: &'static str,
    op: fn(i64, i64) -> Option<i64>,
) -> Result<[i64; SUMS], Refusal> {
    let mut sums = a;
    for (sum, b) in sums.iter_mut().zip(b) {
        *sum = op(*sum, b).ok_or(Refusal::Overflow { what })?;
    }
    Ok(sums)
}

/// Adds differences on a day.
pub(crate) fn add(
    draft: &mut Draft<'_>,
    owner: Owner,
    line: Line,
    on: NaiveDate,
    difference: [i64; SUMS],
) -> Result<Line, Refusal> {
    let what = "sum of a line";
    let sums = each(line.sums, difference, what, i64::checked_add)?;
    let key = Key::Days(owner, Month::of(on));
    let mut days: Days = draft.sum(&key)?;
    match days.0.binary_search_by_key(&on.day(), |(day, _)| *day) {
        Ok(place) => {
            if let Some((_, sums)) = days.0.get_mut(place) {
                *sums = each(*sums, difference, what, i64::checked_add)?;
            }
        }
        Err(place) => days.0.insert(place, (on.day(), difference)),
    }
    draft.put(key, days);
    Ok(Line { last_on: line.last_on.max(Some(on)), sums })
}

/// The line at the end of a day and on every later one.
pub(crate) fn from(draft: &mut Draft<'_>, owner: Owner, line: &Line, on: NaiveDate) -> Result<Past, Refusal> {
    let mut at = line.sums;
    let mut later = Vec::new();
    let Some(last) = line.last_on.filter(|last| on < *last) else { return Ok(Past { at, later }) };
    let (first, last) = (Month::of(on).number(), Month::of(last).number());
    for number in (first..=last).rev() {
        let month = Month::with_number(number);
        let days: Days = draft.sum(&Key::Days(owner, month))?;
        for (day, difference) in days.0.iter().rev() {
            let Some(day) = month.first_day().with_day(*day).filter(|day| on < *day) else { break };
            later.push((day, *difference, at));
            at = each(at, *difference, "sum of a line", i64::checked_sub)?;
        }
    }
    later.reverse();
    Ok(Past { at, later })
}

impl Past {
    /// The greatest of a sum at the end of the day and later.
    pub(crate) fn most(&self, place: usize) -> i64 {
        let of = |sums: &[i64; SUMS]| sums.get(place).copied().unwrap_or_default();
        self.later.iter().map(|(_, _, sums)| of(sums)).fold(of(&self.at), i64::max)
    }

    /// The first day on which a sum is below a bound, and the sum.
    pub(crate) fn below(&self, on: NaiveDate, place: usize, bound: i64) -> Option<(NaiveDate, i64)> {
        let of = |sums: &[i64; SUMS]| sums.get(place).copied().unwrap_or_default();
        let days = std::iter::once((on, of(&self.at))).chain(self.later.iter().map(|(day, _, sums)| (*day, of(sums))));
        days.into_iter().find(|(_, sum)| *sum < bound)
    }
}
