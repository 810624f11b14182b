//! Questions.

use crate::{Books, Dimension, Error, Figure};
use chrono::{Datelike, NaiveDate};
use ledger::event::UnixMicros;
use policy::Code;
use primitives::calendar::{date_of, day_of, first_day, last_day, month_of};

/// A question.
///
/// # Examples
/// ```
/// use totals::{Books, Dimension, Figure, Query, Value};
/// let query = Query {
///     by: vec![Dimension::District],
///     figures: vec![Figure::Disbursed],
///     ..Query::new("2024-01-01".parse().unwrap(), "2024-12-31".parse().unwrap())
/// };
/// let table = Books::default().table(&query)?;
/// assert!(table.rows.is_empty());
/// assert_eq!(table.total, [Value::Whole(0)]);
/// # Ok::<(), totals::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    /// What rows are made by, at most one of them time.
    pub by: Vec<Dimension>,
    /// What counts: for each dimension the codes that do, an empty code for what is not stated. None counts all.
    pub filter: Vec<(Dimension, Vec<String>)>,
    /// First day of the period.
    pub from: NaiveDate,
    /// Last day of the period; what stands is that at its end.
    pub to: NaiveDate,
    /// As it was known then; `None` for what is known now.
    pub recorded_at: Option<UnixMicros>,
    /// The figures; none asks for all.
    pub figures: Vec<Figure>,
}

/// A part of the period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Span {
    /// What it is called; empty for the whole period.
    pub(crate) label: String,
    pub(crate) from: i32,
    pub(crate) to: i32,
}

impl Query {
    /// All figures of a period, as known now.
    pub fn new(from: NaiveDate, to: NaiveDate) -> Self {
        Self { by: Vec::new(), filter: Vec::new(), from, to, recorded_at: None, figures: Vec::new() }
    }

    /// As known at a recorded time.
    #[must_use]
    pub fn recorded_at(self, at: UnixMicros) -> Self {
        Self { recorded_at: Some(at), ..self }
    }

    pub(crate) fn check(&self) -> Result<(), Error> {
        let Self { from, to, .. } = *self;
        if to < from {
            return Err(Error::Reversed { from, to });
        }
        for (at, dimension) in self.by.iter().enumerate() {
            let clash = self.by[..at].iter().find(|d| *d == dimension || d.is_time() && dimension.is_time());
            if let Some(beside) = clash {
                return Err(Error::Dimensions { dimension: *dimension, beside: *beside });
            }
        }
        for (dimension, codes) in &self.filter {
            if dimension.is_time() {
                return Err(Error::NotFiltered { dimension: *dimension });
            }
            if let Some(found) = codes.iter().find(|code| !dimension.allows(code)) {
                return Err(Error::NoSuchCode { dimension: *dimension, found: found.clone() });
            }
        }
        Ok(())
    }

    /// The figures in the order in which they are shown.
    pub(crate) fn shown(&self) -> Vec<Figure> {
        if self.figures.is_empty() { Figure::ALL.to_vec() } else { self.figures.clone() }
    }

    /// The last line that counts.
    pub(crate) fn known(&self, books: &Books) -> u64 {
        self.recorded_at.map_or(books.seq, |at| books.known_at(at))
    }

    /// The parts of the period in order: one for each month, quarter or year, or all of it.
    pub(crate) fn spans(&self) -> Vec<Span> {
        let (from, to) = (day_of(self.from), day_of(self.to));
        let Some(time) = self.by.iter().find(|d| d.is_time()) else {
            return vec![Span { label: String::new(), from, to }];
        };
        let months = match time {
            Dimension::Year => 12,
            Dimension::Quarter => 3,
            _ => 1,
        };
        let mut spans = Vec::new();
        let mut first = month_of(from) - month_of(from).rem_euclid(months);
        while first_day(first) <= to {
            let span = Span {
                label: label(*time, first),
                from: first_day(first).max(from),
                to: last_day(first + months - 1).min(to),
            };
            spans.push(span);
            first += months;
        }
        spans
    }
}

fn label(time: Dimension, month: i32) -> String {
    let Some(day) = date_of(first_day(month)) else { return String::new() };
    match time {
        Dimension::Year => day.format("%Y").to_string(),
        Dimension::Quarter => format!("{}-Q{}", day.year(), day.month0() / 3 + 1),
        _ => day.format("%Y-%m").to_string(),
    }
}
