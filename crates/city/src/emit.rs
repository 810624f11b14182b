//! What the departments, and the banks, write down of an enterprise.
//!
//! A hidden state never stands in a record. It moves how often something happens, each source with noise, delay and
//! blind spots of its own.

mod assets;
mod bank;
mod courts;
mod invoices;
mod labour;
mod lists;
mod registry;
mod tax;
mod trade;
mod utilities;

use crate::calendar::{Day, Month, month_of_day};
use crate::codes;
use crate::constants as c;
use crate::firm::Firm;
use crate::path::Path;
use crate::plan::Plan;
use crate::random::{Purpose, Stream};
use crate::rows::{Cell, Rows};
use crate::sources::Source;
use crate::spine::Spine;

pub(crate) use registry::zone;

/// An enterprise whose records are made.
pub(crate) struct Subject<'a> {
    pub(crate) plan: &'a Plan,
    pub(crate) spine: &'a Spine,
    pub(crate) firm: &'a Firm,
    pub(crate) path: &'a Path,
}

/// All records of an enterprise.
pub(crate) fn emit(subject: &Subject<'_>, rows: &mut Rows) {
    registry::emit(subject, rows);
    let invoiced = invoices::emit(subject, rows);
    tax::emit(subject, &invoiced, rows);
    labour::emit(subject, rows);
    utilities::emit(subject, rows);
    assets::emit(subject, rows);
    courts::emit(subject, rows);
    lists::emit(subject, rows);
    bank::emit(subject, rows);
}

impl Subject<'_> {
    fn id(&self) -> Cell<'_> {
        Cell::Text(codes::text(&self.firm.code))
    }

    fn stream(&self, purpose: Purpose) -> Stream {
        self.firm.stream(self.plan, purpose, 0)
    }

    /// Months of records in which it exists.
    fn months(&self) -> std::ops::Range<Month> {
        let end = self.plan.first + self.plan.months;
        self.plan.first.max(month_of_day(self.firm.founded))..end.min(self.path.ended)
    }

    /// Yearly sales in yuan at the trend, whatever the month brought.
    fn usual_sales(&self) -> f64 {
        self.firm.log_sales.exp()
    }

    /// A time of a working day.
    fn at(&self, s: &mut Stream, day: Day) -> i64 {
        i64::from(day) * 86_400 + i64::from(s.whole(8 * 3_600, 19 * 3_600))
    }

    /// When something is known that happened on a day: after `lag`, now and then much later.
    fn known(&self, s: &mut Stream, event: Day, lag: (i32, i32)) -> i64 {
        let late = if s.chance(c::LATE_SHARE) { s.whole(c::LATE_DAYS[0], c::LATE_DAYS[1]) } else { 0 };
        let day = event + s.whole(lag.0, lag.1) + late;
        self.at(s, day)
    }

    /// Delivers a row that came when it was known, and not after the last day of records.
    ///
    /// The last cell is the known time; it is put in here.
    fn at_time(&self, rows: &mut Rows, source: Source, event: Day, known: i64, cells: &mut [Cell<'_>]) {
        if event <= self.plan.last_day && known < self.plan.seconds_end() {
            if let Some(last) = cells.last_mut() {
                *last = Cell::Time(known);
            }
            rows.push(source, cells);
        }
    }

    /// Delivers one record of an event; now and then without its known time.
    fn record(
        &self,
        rows: &mut Rows,
        source: Source,
        s: &mut Stream,
        event: Day,
        lag: (i32, i32),
        cells: &mut [Cell<'_>],
    ) {
        let known = self.known(s, event, lag);
        if s.chance(c::UNKNOWN_TIME_SHARE) {
            if event <= self.plan.last_day && known < self.plan.seconds_end() {
                rows.push(source, cells);
            }
        } else {
            self.at_time(rows, source, event, known, cells);
        }
    }

    /// Delivers a record of a period. A few are wrong at first and corrected later under the same identity:
    /// `cells` takes what the amounts are multiplied by.
    fn period<'c, const N: usize>(
        &self,
        rows: &mut Rows,
        source: Source,
        s: &mut Stream,
        event: Day,
        lag: (i32, i32),
        cells: impl Fn(f64) -> [Cell<'c>; N],
    ) {
        if s.chance(c::CORRECTED_SHARE) {
            let known = self.known(s, event, lag);
            let wrong = s.between(0.6, 1.5);
            let later = known + i64::from(s.whole(c::CORRECTED_DAYS[0], c::CORRECTED_DAYS[1])) * 86_400;
            self.at_time(rows, source, event, known, &mut cells(wrong));
            self.at_time(rows, source, event, later, &mut cells(1.0));
        } else {
            self.record(rows, source, s, event, lag, &mut cells(1.0));
        }
    }
}

/// Yuan as fen.
fn fen(yuan: f64) -> i64 {
    (yuan * 100.0).round() as i64
}

/// A share with four decimals.
fn four(x: f64) -> f64 {
    (x * 1e4).round() / 1e4
}

/// A quantity with the three decimals of the schema.
fn three(x: f64) -> f64 {
    (x * 1e3).round() / 1e3
}
