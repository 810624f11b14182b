//! How a question is answered: sums from cubes where months are whole, from facts elsewhere; what does not add up is
//! counted by itself at each level.

use crate::Books;
use crate::Error;
use crate::dimension::{Dimension, Packed};
use crate::distinct::Distinct;
use crate::figure::{BUCKETS, Figure, Nature, Sums, bucket};
use crate::kind::{Kind, SUMS, Sum};
use crate::query::{Query, Span};
use crate::rows::Part;
use crate::slots::Slots;
use crate::table::{Row, Table};
use crate::value::Value;
use chrono::NaiveDate;
use primitives::calendar::{first_day, last_day, month_of};
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
        let mut run = Run::new(self, query, &table.figures, seq)?;
        for span in query.spans() {
            run.span(&span);
            run.rows(&span, query, &mut table)?;
        }
        if query.by.is_empty() {
            table.total = table.rows.pop().map_or(table.total, |row| row.values);
        } else {
            table.rows.sort_by(|a, b| a.codes.cmp(&b.codes));
            let whole = Query { by: Vec::new(), ..query.clone() };
            table.total = self.table(&whole)?.total;
            table.overlap = overlaps(&table);
        }
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
        if figure.nature() != Nature::Distinct || by_time {
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

const NO_COLUMN: usize = usize::MAX;

/// Sums that are asked for, each with its column.
struct Columns {
    of: [usize; SUMS],
    width: usize,
}

impl Columns {
    fn of(wanted: impl Iterator<Item = Sum>) -> Self {
        let mut columns = Self { of: [NO_COLUMN; SUMS], width: 0 };
        for sum in wanted {
            let column = &mut columns.of[sum as usize];
            if *column == NO_COLUMN {
                *column = columns.width;
                columns.width += 1;
            }
        }
        columns
    }

    /// The wanted sums of a kind: place in the kind, sum, column.
    fn in_kind(&self, kind: Kind) -> Vec<(usize, Sum, usize)> {
        let all = kind.sums().iter().enumerate().map(|(at, sum)| (at, *sum, self.of[*sum as usize]));
        all.filter(|(_, _, column)| *column != NO_COLUMN).collect()
    }
}

/// Sums by row and column.
struct Kept {
    columns: Columns,
    values: Vec<i128>,
}

impl Kept {
    fn new(columns: Columns) -> Self {
        Self { columns, values: Vec::new() }
    }

    #[inline]
    fn row(&mut self, row: usize) -> &mut [i128] {
        let width = self.columns.width;
        if self.values.len() < (row + 1) * width {
            self.values.resize((row + 1) * width, 0);
        }
        &mut self.values[row * width..(row + 1) * width]
    }

    fn get(&self, row: usize, sum: Sum) -> i128 {
        match self.columns.of[sum as usize] {
            NO_COLUMN => 0,
            column => self.values.get(row * self.columns.width + column).copied().unwrap_or(0),
        }
    }

    fn is_empty(&self, row: usize) -> bool {
        let width = self.columns.width;
        self.values.get(row * width..(row + 1) * width).is_none_or(|values| values.iter().all(|v| *v == 0))
    }
}

/// An answer in the making.
struct Run<'a> {
    books: &'a Books,
    /// The last line that counts.
    seq: u64,
    slots: Slots,
    flows: Kept,
    stocks: Kept,
    /// The last day that `stocks` and `owing` have.
    until: Option<i32>,
    overdue: Option<Vec<[i128; BUCKETS]>>,
    served: Option<(Distinct, Vec<i128>)>,
    borrowers: Option<(Distinct, Vec<i128>)>,
    /// By loan: whether something is owed.
    owing: Vec<i8>,
    /// Row, enterprise and loan of what may be owed.
    owed: Vec<(u32, u32, u32)>,
    /// By row: how many decisions took how many days.
    medians: Option<Vec<Vec<i64>>>,
}

impl<'a> Run<'a> {
    fn new(books: &'a Books, query: &Query, figures: &[Figure], seq: u64) -> Result<Self, Error> {
        let slots = Slots::new(books, query)?;
        let wants = |figure| figures.contains(&figure);
        let distinct = || (Distinct::new(slots.most(), books.enterprises.len()), Vec::new());
        Ok(Self {
            books,
            seq,
            flows: Kept::new(Columns::of(figures.iter().flat_map(|f| f.flows()).copied())),
            stocks: Kept::new(Columns::of(figures.iter().flat_map(|f| f.stocks()).copied())),
            until: None,
            overdue: figures.iter().any(|f| f.needs_overdue()).then(Vec::new),
            served: wants(Figure::EnterprisesServed).then(distinct),
            borrowers: wants(Figure::BorrowersWithBalance).then(distinct),
            owing: if wants(Figure::BorrowersWithBalance) { vec![0; books.loans.len()] } else { Vec::new() },
            owed: Vec::new(),
            medians: wants(Figure::ApprovalMedian).then(Vec::new),
            slots,
        })
    }

    /// Brings all sums to the end of a part of the period.
    fn span(&mut self, span: &Span) {
        let Self { books, seq, slots, .. } = self;
        self.flows.values.clear();
        sum_up(books, *seq, slots, &mut self.flows, Some(span.from), span.to);
        let from = self.until.map(|day| day + 1);
        sum_up(books, *seq, slots, &mut self.stocks, from, span.to);
        self.overdue(span);
        self.served(span);
        self.borrowers(from, span);
        self.medians(span);
        self.until = Some(span.to);
    }

    fn overdue(&mut self, span: &Span) {
        let Some(sums) = &mut self.overdue else { return };
        sums.clear();
        for (part, whole) in parts(self.books, Kind::Overdue, None, span.to) {
            for at in part.standing(self.seq) {
                if !whole && part.days[at] > span.to {
                    continue;
                }
                let Some(row) = self.slots.of(Packed(part.keys[at])) else { continue };
                if sums.len() <= row {
                    sums.resize(row + 1, [0; BUCKETS]);
                }
                let anchor = (part.aux[at] as u32).cast_signed();
                sums[row][bucket(i64::from(span.to - anchor))] += i128::from(part.amounts[at]);
            }
        }
    }

    fn served(&mut self, span: &Span) {
        let Some((distinct, counts)) = &mut self.served else { return };
        // A payout that was taken back serves no one: such loans are few.
        let mut payouts = rustc_hash::FxHashMap::default();
        for (part, whole) in parts(self.books, Kind::Disbursed, Some(span.from), span.to) {
            for at in 0..part.known(self.seq) {
                if part.signs[at] < 0 && (whole || span.holds(part.days[at])) {
                    payouts.insert(part.loans[at], 0_i64);
                }
            }
        }
        if !payouts.is_empty() {
            for (part, whole) in parts(self.books, Kind::Disbursed, Some(span.from), span.to) {
                for at in 0..part.known(self.seq) {
                    if (whole || span.holds(part.days[at]))
                        && let Some(count) = payouts.get_mut(&part.loans[at])
                    {
                        *count += i64::from(part.signs[at]);
                    }
                }
            }
        }
        for (part, whole) in parts(self.books, Kind::Disbursed, Some(span.from), span.to) {
            for at in 0..part.known(self.seq) {
                let counts = part.signs[at] > 0 && (whole || span.holds(part.days[at]));
                if !counts || !payouts.is_empty() && payouts.get(&part.loans[at]).is_some_and(|n| *n <= 0) {
                    continue;
                }
                if let Some(row) = self.slots.of(Packed(part.keys[at])) {
                    distinct.add(row, part.enterprises[at]);
                }
            }
        }
        *counts = distinct.take(self.slots.len());
    }

    fn borrowers(&mut self, from: Option<i32>, span: &Span) {
        let Some((distinct, counts)) = &mut self.borrowers else { return };
        for (part, whole) in parts(self.books, Kind::Owing, from, span.to) {
            for at in part.standing(self.seq) {
                let day = part.days[at];
                if !whole && !(from.is_none_or(|from| from <= day) && day <= span.to) {
                    continue;
                }
                let Some(row) = self.slots.of(Packed(part.keys[at])) else { continue };
                self.owing[part.loans[at] as usize] += part.signs[at];
                if part.signs[at] > 0 {
                    self.owed.push((row as u32, part.enterprises[at], part.loans[at]));
                }
            }
        }
        let owing = &self.owing;
        self.owed.retain(|(_, _, loan)| owing[*loan as usize] > 0);
        for (row, enterprise, _) in &self.owed {
            distinct.add(*row as usize, *enterprise);
        }
        *counts = distinct.take(self.slots.len());
    }

    fn medians(&mut self, span: &Span) {
        let Some(medians) = &mut self.medians else { return };
        medians.clear();
        for (part, whole) in parts(self.books, Kind::Decided, Some(span.from), span.to) {
            for at in 0..part.known(self.seq) {
                if part.aux[at] != 0 || !whole && !span.holds(part.days[at]) {
                    continue;
                }
                let Some(row) = self.slots.of(Packed(part.keys[at])) else { continue };
                if medians.len() <= row {
                    medians.resize(row + 1, Vec::new());
                }
                // An opposite has the opposite number of days.
                let days = (part.amounts[at] * i64::from(part.signs[at])) as usize;
                if medians[row].len() <= days {
                    medians[row].resize(days + 1, 0);
                }
                medians[row][days] += i64::from(part.signs[at]);
            }
        }
    }

    /// The rows of a part of the period.
    fn rows(&self, span: &Span, query: &Query, table: &mut Table) -> Result<(), Error> {
        let place = query.by.iter().position(|d| d.is_time());
        let district = query.by.iter().filter(|d| !d.is_time()).position(|d| *d == Dimension::District);
        for row in 0..self.slots.len() {
            let count = |counted: &Option<(Distinct, Vec<i128>)>| {
                counted.as_ref().and_then(|(_, counts)| counts.get(row)).copied().unwrap_or(0)
            };
            let overdue = self.overdue.as_ref().and_then(|o| o.get(row)).copied().unwrap_or_default();
            let days = self.medians.as_ref().and_then(|m| m.get(row)).and_then(|days| median_twice(days));
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

impl Span {
    fn holds(&self, day: i32) -> bool {
        self.from <= day && day <= self.to
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

/// The parts of a kind with days of a period, each with whether all its days are.
fn parts(books: &Books, kind: Kind, from: Option<i32>, to: i32) -> impl Iterator<Item = (&Part, bool)> {
    let first = from.map_or(i32::MIN, month_of);
    let months = books.rows.of(kind).range(first..=month_of(to).max(first));
    months.map(move |(month, part)| {
        let whole = from.is_none_or(|from| from <= first_day(*month)) && last_day(*month) <= to;
        (part, whole)
    })
}

/// Adds what facts of a period come to.
fn sum_up(books: &Books, seq: u64, slots: &mut Slots, kept: &mut Kept, from: Option<i32>, to: i32) {
    let attributes = slots.attributes();
    for kind in Kind::ALL {
        let wanted = kept.columns.in_kind(kind);
        if wanted.is_empty() {
            continue;
        }
        for (part, whole) in parts(books, kind, from, to) {
            let known = part.known(seq);
            let cube = part.cube.as_ref().filter(|c| whole && c.covers <= known);
            let mut start = 0;
            if let Some((cube, cells)) = cube.and_then(|c| Some((c, c.cells(attributes)?))) {
                start = cube.covers;
                for (at, key) in cells.keys.iter().enumerate() {
                    let Some(row) = slots.of(Packed(*key)) else { continue };
                    let sums = kept.row(row);
                    for (in_kind, _, column) in &wanted {
                        sums[*column] += i128::from(cells.sums[*in_kind][at]);
                    }
                }
            }
            for at in start..known {
                let day = part.days[at];
                if !whole && !(from.is_none_or(|from| from <= day) && day <= to) {
                    continue;
                }
                let Some(row) = slots.of(Packed(part.keys[at])) else { continue };
                let (amount, aux, sign) = (part.amounts[at], part.aux[at], part.signs[at]);
                let sums = kept.row(row);
                for (_, sum, column) in &wanted {
                    sums[*column] += i128::from(sum.of(amount, aux, sign));
                }
            }
        }
    }
}
