//! Working days between two days, as the rule book's calendar counts them, without walking over them each time.

use chrono::NaiveDate;
use policy::calendar;
use primitives::calendar::day_of;
use std::sync::LazyLock;

static SHIPPED: LazyLock<Workdays> = LazyLock::new(|| Workdays::of(calendar::shipped().ok()));

/// Working days since the first day of the calendar, by day.
struct Workdays {
    first: i32,
    until: Vec<i64>,
}

impl Workdays {
    fn of(calendar: Option<&calendar::Calendar>) -> Self {
        let years = calendar.map_or(&[][..], |c| c.notices());
        let first = years.first().and_then(|n| NaiveDate::from_ymd_opt(n.year, 1, 1));
        let last = years.last().and_then(|n| NaiveDate::from_ymd_opt(n.year, 12, 31));
        let (Some(calendar), Some(first), Some(last)) = (calendar, first, last) else {
            return Self { first: 0, until: Vec::new() };
        };
        let mut count = 0;
        let until = first.iter_days().take_while(|day| *day <= last).map(|day| {
            count += i64::from(calendar.is_working_day(day).unwrap_or(false));
            count
        });
        Self { first: day_of(first), until: until.collect() }
    }

    fn until(&self, day: i32) -> Option<i64> {
        self.until.get(usize::try_from(day.checked_sub(self.first)?).ok()?).copied()
    }
}

/// Working days from the day after the first to the second, that one included; `None` outside the years of the calendar.
pub(crate) fn between(from: i32, to: i32) -> Option<i64> {
    Some(SHIPPED.until(to)? - SHIPPED.until(from)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_the_rule_book_counts() {
        let first: NaiveDate = "2018-01-01".parse().expect("a day");
        for (at, from) in first.iter_days().take(3_000).enumerate().step_by(7) {
            let to = from + chrono::Days::new(at as u64 % 90);
            let expect = calendar::working_days_between(from, to).ok();
            assert_eq!(between(day_of(from), day_of(to)), expect, "{from} {to}");
        }
        assert_eq!(between(0, 20_000), None);
    }
}
