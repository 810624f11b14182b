//! Periods that end at a day, and the same days of the month and the year before.

use chrono::{Datelike, Months, NaiveDate};

/// First and last day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stretch {
    pub(crate) from: NaiveDate,
    pub(crate) to: NaiveDate,
}

fn first_of_month(day: NaiveDate) -> NaiveDate {
    day.with_day(1).unwrap_or(day)
}

/// Whether a day ends its month.
pub(crate) fn ends_month(day: NaiveDate) -> bool {
    day.succ_opt().is_none_or(|next| next.day() == 1)
}

fn last_of_month(day: NaiveDate) -> NaiveDate {
    let next = first_of_month(day).checked_add_months(Months::new(1));
    next.and_then(|next| next.pred_opt()).unwrap_or(day)
}

/// The day some months before: the end of that month for the end of a month, else the same day, or the end of a month that
/// has no such day.
fn before(day: NaiveDate, months: u32) -> NaiveDate {
    let same = day.checked_sub_months(Months::new(months)).unwrap_or(NaiveDate::MIN);
    if ends_month(day) { last_of_month(same) } else { same }
}

impl Stretch {
    /// From the first of the month.
    pub(crate) fn month(to: NaiveDate) -> Self {
        Self { from: first_of_month(to), to }
    }

    /// From the first of January.
    pub(crate) fn year(to: NaiveDate) -> Self {
        Self { from: NaiveDate::from_ymd_opt(to.year(), 1, 1).unwrap_or(to), to }
    }

    /// The same days some months before.
    pub(crate) fn before(self, months: u32) -> Self {
        Self { from: before_first(self.from, months), to: before(self.to, months) }
    }

    /// The last months, whole but for the last one.
    pub(crate) fn last_months(to: NaiveDate, count: u32) -> Self {
        let from = first_of_month(to).checked_sub_months(Months::new(count.saturating_sub(1)));
        Self { from: from.unwrap_or(to), to }
    }

    /// The months that it has days of, as tables name them.
    pub(crate) fn months(self) -> impl Iterator<Item = String> {
        let first = first_of_month(self.from);
        let months = (0..).map_while(move |n| first.checked_add_months(Months::new(n)));
        months.take_while(move |month| *month <= self.to).map(|month| month.format("%Y-%m").to_string())
    }
}

fn before_first(day: NaiveDate, months: u32) -> NaiveDate {
    day.checked_sub_months(Months::new(months)).unwrap_or(NaiveDate::MIN)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(to: &str, months: u32, expect: (&str, &str)) {
        let found = Stretch::month(to.parse().expect("a day")).before(months);
        assert_eq!((found.from.to_string().as_str(), found.to.to_string().as_str()), expect, "{to} {months}");
    }

    #[test]
    fn same_days() {
        check("2024-05-20", 1, ("2024-04-01", "2024-04-20"));
        check("2024-03-30", 1, ("2024-02-01", "2024-02-29"));
        check("2023-02-28", 1, ("2023-01-01", "2023-01-31"));
        check("2024-02-28", 12, ("2023-02-01", "2023-02-28"));
        check("2024-02-29", 12, ("2023-02-01", "2023-02-28"));
        check("2025-02-28", 12, ("2024-02-01", "2024-02-29"));
        check("2024-01-15", 1, ("2023-12-01", "2023-12-15"));
    }

    #[test]
    fn months_and_years() {
        let to = "2024-05-20".parse().expect("a day");
        assert_eq!(Stretch::year(to).from.to_string(), "2024-01-01");
        assert_eq!(Stretch::last_months(to, 24).from.to_string(), "2022-06-01");
        assert_eq!(Stretch::last_months(to, 3).months().collect::<Vec<_>>(), ["2024-03", "2024-04", "2024-05"]);
    }
}
