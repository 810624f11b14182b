//! How a question is answered: sums from cubes where months are whole, from facts elsewhere; what does not add up is
//! counted by itself at each level.

use crate::Books;
use crate::Error;
use crate::dimension::{Dimension, Packed};
use crate::distinct::Distinct;
use crate::figure::{BUCKETS, Figure, Nature, Sums, bucket};
use crate::kind::{Kind, SUMS, Sum};
use crate::query::{Query, Span};
use crate::rows::{Part, Row as Fact};
use crate::slots::Slots;
use crate::table::{Row, Table};
use crate::value::Value;
use chrono::NaiveDate;
use primitives::calendar::{first_day, last_day, month_of};
use primitives::region::{Comparability, GroundChange, comparability};
use rustc_hash::FxHashMap;

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

/// Distinct enterprises by row and over all.
struct Counted {
    by_row: Distinct,
    all: Distinct,
    counts: Vec<i128>,
    count: i128,
}

impl Counted {
    fn new(slots: &Slots, books: &Books) -> Self {
        let distinct = |rows| Distinct::new(rows, books.enterprises.len());
        Self { by_row: distinct(slots.most()), all: distinct(1), counts: Vec::new(), count: 0 }
    }

    #[inline]
    fn add(&mut self, slots: &mut Slots, row: &Fact) {
        if let Some(at) = slots.of(row.key) {
            self.by_row.add(at, row.enterprise);
            self.all.add(0, row.enterprise);
        }
    }

    fn take(&mut self, rows: usize) {
        self.counts = self.by_row.take(rows);
        self.count = self.all.take(1).iter().sum();
    }

    fn of_row(&self, row: usize) -> i128 {
        self.counts.get(row).copied().unwrap_or(0)
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
    /// The last day that `stocks` have.
    until: Option<i32>,
    overdue: Option<Vec<[i128; BUCKETS]>>,
    served: Option<Counted>,
    borrowers: Option<Counted>,
    /// By row: how many decisions took how many days.
    medians: Option<Vec<Vec<i64>>>,
}

impl<'a> Run<'a> {
    fn new(books: &'a Books, query: &Query, figures: &[Figure], seq: u64) -> Result<Self, Error> {
        let slots = Slots::new(books, query)?;
        let wants = |figure| figures.contains(&figure);
        let distinct = || Counted::new(&slots, books);
        Ok(Self {
            books,
            seq,
            flows: Kept::new(Columns::of(figures.iter().flat_map(|f| f.flows()).copied())),
            stocks: Kept::new(Columns::of(figures.iter().flat_map(|f| f.stocks()).copied())),
            until: None,
            overdue: figures.iter().any(|f| f.needs_overdue()).then(Vec::new),
            served: wants(Figure::EnterprisesServed).then(distinct),
            borrowers: wants(Figure::BorrowersWithBalance).then(distinct),
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
        self.borrowers(span);
        self.medians(span);
        self.until = Some(span.to);
    }

    fn overdue(&mut self, span: &Span) {
        let Some(sums) = &mut self.overdue else { return };
        sums.clear();
        let slots = &mut self.slots;
        overdue_on(self.books, self.seq, span.to, |row, anchor| {
            let Some(at) = slots.of(row.key) else { return };
            if sums.len() <= at {
                sums.resize(at + 1, [0; BUCKETS]);
            }
            sums[at][bucket(i64::from(span.to) - i64::from(anchor))] += i128::from(row.amount);
        });
    }

    fn served(&mut self, span: &Span) {
        let Some(counted) = &mut self.served else { return };
        let days = |part: &'a Part, whole: bool, seq: u64| {
            (0..part.known(seq)).filter(move |at| whole || span.holds(part.days[*at])).map(move |at| (part, at))
        };
        let payouts = || {
            let parts = parts(self.books, Kind::Disbursed, Some(span.from), span.to);
            parts.flat_map(|(part, whole)| days(part, whole, self.seq))
        };
        // A payout that was taken back serves no one: such loans are few.
        let mut taken_back: FxHashMap<u32, i64> =
            payouts().filter(|(part, at)| part.signs[*at] < 0).map(|(part, at)| (part.loans[at], 0)).collect();
        if !taken_back.is_empty() {
            for (part, at) in payouts() {
                if let Some(count) = taken_back.get_mut(&part.loans[at]) {
                    *count += i64::from(part.signs[at]);
                }
            }
        }
        for (part, at) in payouts().filter(|(part, at)| part.signs[*at] > 0) {
            if taken_back.is_empty() || taken_back.get(&part.loans[at]).is_none_or(|count| *count > 0) {
                counted.add(&mut self.slots, &part.row(at));
            }
        }
        counted.take(self.slots.len());
    }

    fn borrowers(&mut self, span: &Span) {
        let Some(counted) = &mut self.borrowers else { return };
        // What came since the intervals were made, by loan.
        let mut since: FxHashMap<u32, (i64, Fact)> = FxHashMap::default();
        let made = &self.books.owing;
        let covered = if made.seq <= self.seq { made.seq } else { 0 };
        facts(self.books, Kind::Owing, covered, self.seq, span.to, |row| {
            since.entry(row.loan).or_insert((0, row)).0 += i64::from(row.sign);
        });
        if covered > 0 {
            for row in made.on(span.to) {
                match since.get_mut(&row.loan) {
                    Some((count, _)) => *count += 1,
                    None => counted.add(&mut self.slots, row),
                }
            }
        }
        for (count, row) in since.values() {
            if *count > 0 {
                counted.add(&mut self.slots, row);
            }
        }
        counted.take(self.slots.len());
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

    /// The values over all rows: sums add up, distinct enterprises were counted over all too.
    fn total(&self, figures: &[Figure]) -> Vec<Value> {
        let rows = 0..self.slots.len();
        let mut overdue = [0; BUCKETS];
        for of_row in self.overdue.iter().flatten() {
            overdue.iter_mut().zip(of_row).for_each(|(sum, n)| *sum += n);
        }
        let mut days: Vec<i64> = Vec::new();
        for of_row in self.medians.iter().flatten() {
            days.resize(days.len().max(of_row.len()), 0);
            days.iter_mut().zip(of_row).for_each(|(sum, n)| *sum += n);
        }
        let sums = Sums {
            flow: &|sum| rows.clone().map(|row| self.flows.get(row, sum)).sum(),
            stock: &|sum| rows.clone().map(|row| self.stocks.get(row, sum)).sum(),
            overdue,
            served: self.served.as_ref().map_or(0, |c| c.count),
            borrowers: self.borrowers.as_ref().map_or(0, |c| c.count),
            median_twice: median_twice(&days),
        };
        figures.iter().map(|figure| figure.of(&sums)).collect()
    }

    /// The rows of a part of the period.
    fn rows(&self, span: &Span, query: &Query, table: &mut Table) -> Result<(), Error> {
        let place = query.by.iter().position(|d| d.is_time());
        let district = query.by.iter().filter(|d| !d.is_time()).position(|d| *d == Dimension::District);
        for row in 0..self.slots.len() {
            let count = |counted: &Option<Counted>| counted.as_ref().map_or(0, |c| c.of_row(row));
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

/// Facts of a kind up to a day, of the lines after one and up to another.
pub(crate) fn facts(books: &Books, kind: Kind, after: u64, seq: u64, to: i32, mut each: impl FnMut(Fact)) {
    for (part, whole) in parts(books, kind, None, to) {
        for at in part.known(after)..part.known(seq) {
            if whole || part.days[at] <= to {
                each(part.row(at));
            }
        }
    }
}

/// What is past due at the end of a day, each with the due day of its earliest unpaid instalment: intervals as far as they
/// were made, then facts and opposites.
pub(crate) fn overdue_on(books: &Books, seq: u64, to: i32, mut each: impl FnMut(Fact, i32)) {
    let mut row = |row: Fact| each(row, (row.aux as u32).cast_signed());
    let made = &books.overdue;
    let covered = if made.seq <= seq { made.seq } else { 0 };
    if covered > 0 {
        made.on(to).for_each(|fact| row(*fact));
    }
    facts(books, Kind::Overdue, covered, seq, to, row);
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
                if !(whole || from.is_none_or(|from| from <= day) && day <= to) {
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
