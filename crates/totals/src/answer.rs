//! How a question is answered: sums from cubes where months are whole, from facts elsewhere; what does not add up is
//! counted by itself at each level.

use crate::Books;
use crate::Error;
use crate::dimension::{Dimension, Packed};
use crate::distinct;
use crate::figure::{BUCKETS, Figure, Nature, Sums, bucket};
use crate::kind::{Kind, Sum};
use crate::lines::Counts;
use crate::query::{Query, Span};
use crate::slots::Slots;
use crate::sums::{Columns, Kept, Summing, facts, parts};
use crate::table::{Row, Table};
use crate::value::Value;
use chrono::NaiveDate;
use primitives::region::{Comparability, GroundChange, comparability};

/// The most rows of a table.
const ROWS_MAX: usize = 1_000_000;

impl Books {
    /// Answers a question.
    ///
    /// # Errors
    /// [`Error::Reversed`], [`Error::Dimensions`], [`Error::NotFiltered`], [`Error::TooLarge`].
    pub fn table(&self, query: &Query) -> Result<Table, Error> {
        query.check()?;
        let (figures, seq) = (query.shown(), query.known(self));
        let mut table = Table::empty(query, figures, seq);
        let spans = query.spans();
        let mut run = Run::new(self, query, &table.figures, seq, &spans)?;
        for (part, span) in spans.iter().enumerate() {
            run.span(part, span);
            run.rows(span, query, &mut table)?;
        }
        if query.by.iter().any(|d| d.is_time()) {
            // What stands, and who is counted, is not that of the last part.
            let whole = Query { by: Vec::new(), ..query.clone() };
            table.total = self.table(&whole)?.total;
        } else {
            table.total = run.total(&table.figures);
        }
        if query.by.is_empty() {
            table.rows.clear();
        }
        table.rows.sort_by(|a, b| a.codes.cmp(&b.codes));
        table.overlap = overlaps(&table);
        let of_filter = query.filter.iter().filter(|(d, _)| *d == Dimension::District).flat_map(|(_, codes)| codes);
        table.not_comparable = of_filter.filter_map(|code| change(code, query.from, query.to)).next();
        Ok(table)
    }
}

/// What rows exceed the total by, for figures that are counted at each level.
fn overlaps(table: &Table) -> Vec<Option<i128>> {
    let by_time = table.by.iter().any(|d| d.is_time());
    let of = |(at, figure): (usize, &Figure)| {
        let Value::Whole(total) = table.total[at] else { return None };
        if figure.nature() != Nature::Distinct || by_time || table.by.is_empty() {
            return None;
        }
        let parts = table.rows.iter().map(|row| if let Value::Whole(n) = row.values[at] { n } else { 0 });
        Some(parts.sum::<i128>() - total)
    };
    table.figures.iter().enumerate().map(of).collect()
}

/// The change of ground between two days that touches a district.
fn change(code: &str, from: NaiveDate, to: NaiveDate) -> Option<&'static GroundChange> {
    match comparability(code.parse().ok()?, from, to) {
        Comparability::NotComparable(change) => Some(change),
        Comparability::Comparable | Comparability::NotStated => None,
    }
}

/// Distinct enterprises of a part of the period, by row and over all.
#[derive(Default)]
struct Counted {
    of_parts: Counts,
    by_row: Vec<i128>,
    all: i128,
}

impl Counted {
    /// Takes those of a part.
    fn take(&mut self, part: usize, slots: &mut Slots) {
        self.by_row.clear();
        let Some((all, of)) = self.of_parts.parts.get(part) else { return };
        self.all = *all;
        for (combination, count) in of {
            let row = slots.row(*combination);
            if self.by_row.len() <= row {
                self.by_row.resize(row + 1, 0);
            }
            self.by_row[row] = *count;
        }
    }

    fn of_row(&self, row: usize) -> i128 {
        self.by_row.get(row).copied().unwrap_or(0)
    }
}

/// How many decisions took how many working days, by row.
#[derive(Default)]
struct Days {
    /// By row, so many counters each.
    short: Vec<i64>,
    /// By row: those that took longer.
    long: Vec<Vec<i64>>,
}

/// Most decisions take less.
const DAYS_SHORT: usize = 64;

impl Days {
    fn clear(&mut self) {
        self.short.clear();
        self.long.clear();
    }

    #[inline]
    fn add(&mut self, row: usize, days: usize, sign: i8) {
        if days < DAYS_SHORT {
            if self.short.len() <= row * DAYS_SHORT + days {
                self.short.resize((row + 1) * DAYS_SHORT, 0);
            }
            self.short[row * DAYS_SHORT + days] += i64::from(sign);
        } else {
            if self.long.len() <= row {
                self.long.resize(row + 1, Vec::new());
            }
            let (long, at) = (&mut self.long[row], days - DAYS_SHORT);
            if long.len() <= at {
                long.resize(at + 1, 0);
            }
            long[at] += i64::from(sign);
        }
    }

    /// By days, how many decisions of some rows.
    fn of(&self, rows: std::ops::Range<usize>) -> Vec<i64> {
        let mut often = vec![0; DAYS_SHORT];
        let add = |often: &mut [i64], of: &[i64]| often.iter_mut().zip(of).for_each(|(sum, n)| *sum += n);
        for row in rows {
            if let Some(short) = self.short.get(row * DAYS_SHORT..(row + 1) * DAYS_SHORT) {
                add(&mut often, short);
            }
            let Some(long) = self.long.get(row) else { continue };
            often.resize(often.len().max(DAYS_SHORT + long.len()), 0);
            add(&mut often[DAYS_SHORT..], long);
        }
        often
    }
}

/// An answer in the making.
struct Run<'a> {
    books: &'a Books,
    /// The last line that counts.
    seq: u64,
    slots: Slots,
    summing: Summing<'a>,
    flows: Kept,
    stocks: Kept,
    /// The last day that `stocks` have.
    until: Option<i32>,
    /// What facts say of past due principal that are not in steps.
    overdue: Option<Vec<[i128; BUCKETS]>>,
    served: Option<Counted>,
    borrowers: Option<Counted>,
    days: Option<Days>,
}

/// What steps have of past due principal, by bucket.
const PAST_DUE: [Sum; BUCKETS] =
    [Sum::PastDue1To30, Sum::PastDue31To60, Sum::PastDue61To90, Sum::PastDue91To180, Sum::PastDueOver180];

impl<'a> Run<'a> {
    fn new(books: &'a Books, query: &Query, figures: &[Figure], seq: u64, spans: &[Span]) -> Result<Self, Error> {
        let slots = Slots::new(books, query)?;
        let wants = |figure| figures.contains(&figure);
        let overdue = figures.iter().any(|f| f.needs_overdue());
        let past_due = PAST_DUE.into_iter().filter(|_| overdue);
        let (mut served, mut borrowers) = (None, None);
        let wanted = [wants(Figure::EnterprisesServed), wants(Figure::BorrowersWithBalance)];
        if wanted != [false, false] {
            let [of_served, of_borrowers] = distinct::count(books, seq, &slots.mapping, spans, wanted);
            let counted = |of_parts| Counted { of_parts, ..Counted::default() };
            served = wanted[0].then(|| counted(of_served));
            borrowers = wanted[1].then(|| counted(of_borrowers));
        }
        Ok(Self {
            books,
            seq,
            summing: Summing::new(books, seq, &slots),
            flows: Kept::new(Columns::of(figures.iter().flat_map(|f| f.flows()).copied())),
            stocks: Kept::new(Columns::of(figures.iter().flat_map(|f| f.stocks()).copied().chain(past_due))),
            until: None,
            overdue: overdue.then(Vec::new),
            served,
            borrowers,
            days: wants(Figure::ApprovalMedian).then(Days::default),
            slots,
        })
    }

    /// Brings all sums to the end of a part of the period.
    fn span(&mut self, part: usize, span: &Span) {
        let Self { slots, summing, .. } = self;
        self.flows.values.clear();
        summing.add(slots, &mut self.flows, Some(span.from), span.to);
        let from = self.until.map(|day| day + 1);
        summing.add(slots, &mut self.stocks, from, span.to);
        if let Some(served) = &mut self.served {
            served.take(part, slots);
        }
        if let Some(borrowers) = &mut self.borrowers {
            borrowers.take(part, slots);
        }
        self.overdue(span);
        self.days(span);
        self.until = Some(span.to);
    }

    fn overdue(&mut self, span: &Span) {
        let Some(sums) = &mut self.overdue else { return };
        sums.clear();
        let slots = &mut self.slots;
        let after = self.books.courses.known(self.seq);
        facts(self.books, Kind::Overdue, after, self.seq, span.to, |row| {
            let Some(at) = slots.of(row.key) else { return };
            if sums.len() <= at {
                sums.resize(at + 1, [0; BUCKETS]);
            }
            let anchor = (row.aux as u32).cast_signed();
            sums[at][bucket(i64::from(span.to) - i64::from(anchor))] += i128::from(row.amount);
        });
    }

    /// What is past due in a row, by bucket.
    fn overdue_of(&self, row: usize) -> [i128; BUCKETS] {
        let Some(sums) = &self.overdue else { return [0; BUCKETS] };
        let facts = sums.get(row).copied().unwrap_or_default();
        std::array::from_fn(|at| facts[at] + self.stocks.get(row, PAST_DUE[at]))
    }

    fn days(&mut self, span: &Span) {
        let Some(days) = &mut self.days else { return };
        days.clear();
        for (_, part, whole) in parts(self.books, Kind::Decided, Some(span.from), span.to) {
            for at in 0..part.known(self.seq) {
                let within = whole || span.from <= part.days[at] && part.days[at] <= span.to;
                if part.aux[at] != 0 || !within {
                    continue;
                }
                if let Some(row) = self.slots.of(Packed(part.keys[at])) {
                    // An opposite has the opposite number of days.
                    let (amount, sign) = (part.amounts[at], part.signs[at]);
                    days.add(row, (amount * i64::from(sign)) as usize, sign);
                }
            }
        }
    }

    /// The values over all rows: sums add up, distinct enterprises were counted over all too.
    fn total(&self, figures: &[Figure]) -> Vec<Value> {
        let rows = 0..self.slots.len();
        let mut overdue = [0; BUCKETS];
        for row in rows.clone() {
            overdue.iter_mut().zip(self.overdue_of(row)).for_each(|(sum, n)| *sum += n);
        }
        let sums = Sums {
            flow: &|sum| rows.clone().map(|row| self.flows.get(row, sum)).sum(),
            stock: &|sum| rows.clone().map(|row| self.stocks.get(row, sum)).sum(),
            overdue,
            served: self.served.as_ref().map_or(0, |c| c.all),
            borrowers: self.borrowers.as_ref().map_or(0, |c| c.all),
            median_twice: self.days.as_ref().and_then(|days| median_twice(&days.of(rows.clone()))),
        };
        figures.iter().map(|figure| figure.of(&sums)).collect()
    }

    /// The rows of a part of the period.
    fn rows(&self, span: &Span, query: &Query, table: &mut Table) -> Result<(), Error> {
        let place = query.by.iter().position(|d| d.is_time());
        let district = query.by.iter().filter(|d| !d.is_time()).position(|d| *d == Dimension::District);
        for row in 0..self.slots.len() {
            let count = |counted: &Option<Counted>| counted.as_ref().map_or(0, |c| c.of_row(row));
            let overdue = self.overdue_of(row);
            let days = self.days.as_ref().and_then(|days| median_twice(&days.of(row..row + 1)));
            let sums = Sums {
                flow: &|sum| self.flows.get(row, sum),
                stock: &|sum| self.stocks.get(row, sum),
                overdue,
                served: count(&self.served),
                borrowers: count(&self.borrowers),
                median_twice: days,
            };
            let nothing = self.flows.is_empty(row) && self.stocks.is_empty(row) && overdue == [0; BUCKETS];
            if nothing && (sums.served, sums.borrowers, days) == (0, 0, None) && !query.by.is_empty() {
                continue;
            }
            let values: Vec<Value> = table.figures.iter().map(|figure| figure.of(&sums)).collect();
            if values.iter().all(|v| v.is_empty()) && !query.by.is_empty() {
                continue;
            }
            let mut codes = self.slots.codes(row, &self.books.words);
            let not_comparable = district.and_then(|at| change(&codes[at], query.from, query.to));
            if let Some(place) = place {
                codes.insert(place, span.label.clone());
            }
            if table.rows.len() == ROWS_MAX {
                return Err(Error::TooLarge { found: ROWS_MAX + 1, max: ROWS_MAX });
            }
            table.rows.push(Row { codes, values, not_comparable });
        }
        Ok(())
    }
}

/// Twice the median of numbers, given how often each stands.
fn median_twice(often: &[i64]) -> Option<i128> {
    let count: i64 = often.iter().sum();
    let nth = |nth: i64| {
        let mut before = 0;
        often.iter().position(|n| {
            before += n;
            before > nth
        })
    };
    let (low, high) = (nth((count - 1).div_euclid(2))?, nth(count / 2)?);
    (count > 0).then_some((low + high) as i128)
}
