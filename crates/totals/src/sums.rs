//! Sums over facts of a period: from marks where months are whole, fact by fact elsewhere.

use crate::Books;
use crate::dimension::Packed;
use crate::kind::{Kind, SUMS, Sum};
use crate::rows::{Part, Row as Fact};
use crate::slots::{NO_ROW, Slots};
use primitives::calendar::{first_day, last_day, month_of};
use std::ops::Range;

const NO_COLUMN: usize = usize::MAX;
/// Facts that are looked at together: first the rows that they count in, then sum by sum.
const BLOCK: usize = 1_024;

/// Sums that are asked for, each with its column.
pub(crate) struct Columns {
    of: [usize; SUMS],
    width: usize,
}

impl Columns {
    pub(crate) fn of(wanted: impl Iterator<Item = Sum>) -> Self {
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
pub(crate) struct Kept {
    columns: Columns,
    pub(crate) values: Vec<i128>,
}

impl Kept {
    pub(crate) fn new(columns: Columns) -> Self {
        Self { columns, values: Vec::new() }
    }

    /// Makes room for so many rows.
    fn rows(&mut self, rows: usize) {
        let needs = rows * self.columns.width;
        if self.values.len() < needs {
            self.values.resize(needs, 0);
        }
    }

    pub(crate) fn get(&self, row: usize, sum: Sum) -> i128 {
        match self.columns.of[sum as usize] {
            NO_COLUMN => 0,
            column => self.values.get(row * self.columns.width + column).copied().unwrap_or(0),
        }
    }

    pub(crate) fn is_empty(&self, row: usize) -> bool {
        let width = self.columns.width;
        self.values.get(row * width..(row + 1) * width).is_none_or(|values| values.iter().all(|v| *v == 0))
    }
}

/// The parts of a kind with days of a period, each with its month and whether all its days are.
pub(crate) fn parts(books: &Books, kind: Kind, from: Option<i32>, to: i32) -> impl Iterator<Item = (i32, &Part, bool)> {
    let first = from.map_or(i32::MIN, month_of);
    let months = books.rows.of(kind).range(first..=month_of(to).max(first));
    months.map(move |(month, part)| {
        let whole = from.is_none_or(|from| from <= first_day(*month)) && last_day(*month) <= to;
        (*month, part, whole)
    })
}

/// Facts of a kind up to a day, of the lines after one and up to another.
pub(crate) fn facts(books: &Books, kind: Kind, after: u64, seq: u64, to: i32, mut each: impl FnMut(Fact)) {
    for (_, part, whole) in parts(books, kind, None, to) {
        for at in part.known(after)..part.known(seq) {
            if whole || part.days[at] <= to {
                each(part.row(at));
            }
        }
    }
}

/// What is asked of sums: rows, the last line that counts, and the triple of attributes whose marks say it.
pub(crate) struct Summing<'a> {
    books: &'a Books,
    seq: u64,
    triple: Option<usize>,
    /// By cell of the triple: the row that it counts in.
    rows: Vec<u32>,
}

impl<'a> Summing<'a> {
    pub(crate) fn new(books: &'a Books, seq: u64, slots: &Slots) -> Self {
        Self { books, seq, triple: books.cubes.triple(slots.mapping.attributes()), rows: Vec::new() }
    }

    /// Adds what the facts of a period come to; without its beginning, all up to its end.
    pub(crate) fn add(&mut self, slots: &mut Slots, kept: &mut Kept, from: Option<i32>, to: i32) {
        for kind in Kind::ALL {
            let wanted = kept.columns.in_kind(kind);
            if !wanted.is_empty() {
                self.kind(kind, &wanted, slots, kept, from, to);
            }
        }
    }

    fn kind(
        &mut self,
        kind: Kind,
        wanted: &[(usize, Sum, usize)],
        slots: &mut Slots,
        kept: &mut Kept,
        from: Option<i32>,
        to: i32,
    ) {
        // The months that are whole, and among them those whose sums the marks have.
        let first = from.map_or(i32::MIN, |from| month_of(from) + i32::from(first_day(month_of(from)) < from));
        let last = if last_day(month_of(to)) == to { month_of(to) } else { month_of(to) - 1 };
        let marked = self.mark(kind, wanted, slots, kept, first, last);
        let days = (from.unwrap_or(i32::MIN), to);
        for (month, part, whole) in parts(self.books, kind, from, to) {
            let known = part.known(self.seq);
            let start = if whole && marked.is_some_and(|marked| month <= marked) { part.covered } else { 0 };
            scan(part, start..known, (!whole).then_some(days), Way::Add, (wanted, slots, kept));
        }
    }

    /// Adds what marks have of whole months, and says up to which month.
    fn mark(
        &mut self,
        kind: Kind,
        wanted: &[(usize, Sum, usize)],
        slots: &mut Slots,
        kept: &mut Kept,
        first: i32,
        last: i32,
    ) -> Option<i32> {
        let (triple, marks) = (self.triple?, self.books.cubes.of(kind));
        let (end, until) = marks.until(last, self.seq).filter(|(_, month)| first <= *month)?;
        let before = first.checked_sub(1).and_then(|month| marks.until(month, self.seq));
        // What lies between the earlier mark and the first month is in the difference and does not count.
        let months = self.books.rows.of(kind);
        let between = before.map_or(i32::MIN, |(_, month)| month + 1)..first;
        let facts: usize = months.range(first..=until).map(|(_, part)| part.covered).sum();
        let aside: usize = months.range(between.clone()).map(|(_, part)| part.covered).sum();
        let keys = self.books.cubes.keys(triple);
        if facts < aside + keys.len() {
            return None;
        }
        while self.rows.len() < keys.len() {
            self.rows.push(slots.of(keys[self.rows.len()]).map_or(NO_ROW, |row| row as u32));
        }
        kept.rows(slots.len());
        let (width, columns) = (kind.sums().len(), kept.columns.width);
        let ends = marks.sums(triple, end);
        let begins = before.map_or(&[][..], |(begin, _)| marks.sums(triple, begin));
        let cells = self.rows.iter().zip(ends.chunks_exact(width)).enumerate();
        for (at, (row, ends)) in cells.filter(|(_, (row, _))| **row != NO_ROW) {
            let begins = begins.get(at * width..(at + 1) * width);
            let sums = &mut kept.values[*row as usize * columns..][..columns];
            for (place, _, column) in wanted {
                let begin = begins.map_or(0, |begins| begins[*place]);
                // Both are sums of facts that together have room in 64 bits.
                sums[*column] += i128::from(ends[*place] - begin);
            }
        }
        for (_, part) in months.range(between) {
            scan(part, 0..part.covered, None, Way::TakeAway, (wanted, slots, kept));
        }
        Some(until)
    }
}

/// Adds facts of a part, or takes them away.
fn scan(
    part: &Part,
    facts: Range<usize>,
    days: Option<(i32, i32)>,
    way: Way,
    (wanted, slots, kept): (&[(usize, Sum, usize)], &mut Slots, &mut Kept),
) {
    let (mut places, mut rows, mut values) = ([0; BLOCK], [0; BLOCK], [0; BLOCK]);
    for start in facts.clone().step_by(BLOCK) {
        let mut found = 0;
        for at in start..(start + BLOCK).min(facts.end) {
            // As in `counting`: without a branch.
            places[found] = at;
            found += usize::from(days.is_none_or(|(from, to)| (from <= part.days[at]) & (part.days[at] <= to)));
        }
        let found = slots.mapping.counting(&part.keys, &mut places[..found]);
        let one = slots.mapping.is_one_row();
        if found == 0 {
            continue;
        }
        if !one {
            for (row, at) in rows.iter_mut().zip(&places[..found]) {
                *row = slots.row(slots.mapping.combination(Packed(part.keys[*at])));
            }
        }
        kept.rows(slots.len());
        let width = kept.columns.width;
        for (_, sum, column) in wanted {
            let values = &mut values[..found];
            sum.all(part, &places[..found], values);
            if one {
                kept.values[*column] += way.of(values.iter().map(|value| i128::from(*value)).sum());
                continue;
            }
            for (value, row) in values.iter().zip(&rows[..found]) {
                kept.values[row * width + column] += way.of(i128::from(*value));
            }
        }
    }
}

/// Whether facts are added or taken away.
#[derive(Clone, Copy)]
enum Way {
    Add,
    TakeAway,
}

impl Way {
    #[inline]
    fn of(self, value: i128) -> i128 {
        match self {
            Self::Add => value,
            Self::TakeAway => -value,
        }
    }
}
