//! Rows of all sources as they are made: one growing table for each, with faults and redeliveries put in.

use crate::calendar::{Day, Month, push_day, push_month, push_time};
use crate::constants as c;
use crate::random::{Purpose, Stream};
use crate::sources::{Kind, LAYOUTS, Layout, Source};
use table::OutColumn;

/// One value of a row.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Cell<'a> {
    None,
    Text(&'a str),
    /// One of the codes of the schema.
    Code(&'a str),
    /// A credit code whose check character counts.
    Credit(&'a str),
    Day(Day),
    Month(Month),
    /// Seconds of Beijing wall-clock since 1970.
    Time(i64),
    /// Money in fen; written in yuan where the heading is of yuan.
    Fen(i64),
    Count(i64),
    /// A share, or a quantity of three decimals.
    Number(f64),
}

/// A column as far as it is filled.
#[derive(Debug)]
enum Column {
    /// Texts one after the other and where each ends; an empty one is missing.
    Text(String, Vec<u32>),
    Integer(Vec<i64>),
    Number(Vec<f64>),
}

/// Rows of one source.
#[derive(Debug)]
pub(crate) struct SourceRows {
    pub(crate) rows: usize,
    columns: Vec<Column>,
}

impl SourceRows {
    pub(crate) fn new(layout: &Layout) -> Self {
        let column = |(_, kind): &(&str, Kind)| match kind {
            Kind::Text => Column::Text(String::new(), Vec::new()),
            Kind::Fen | Kind::Count => Column::Integer(Vec::new()),
            Kind::Yuan | Kind::Number => Column::Number(Vec::new()),
        };
        Self { rows: 0, columns: layout.columns.iter().map(column).collect() }
    }

    fn push(&mut self, cells: &[Cell<'_>]) {
        assert_eq!(cells.len(), self.columns.len(), "a cell for each column");
        self.rows += 1;
        for (column, cell) in self.columns.iter_mut().zip(cells) {
            match column {
                Column::Text(text, ends) => {
                    push_text(text, cell);
                    ends.push(u32::try_from(text.len()).expect("a block's texts are short of 4 GiB"));
                }
                Column::Integer(values) => values.push(match cell {
                    Cell::Fen(x) | Cell::Count(x) => *x,
                    other => unreachable!("{other:?} among whole numbers"),
                }),
                Column::Number(values) => values.push(match cell {
                    Cell::Number(x) => *x,
                    Cell::Fen(fen) => *fen as f64 / 100.0,
                    Cell::Count(x) => *x as f64,
                    _ => f64::NAN,
                }),
            }
        }
    }

    /// Takes the rows of another over.
    pub(crate) fn append(&mut self, other: Self) {
        self.rows += other.rows;
        for (mine, theirs) in self.columns.iter_mut().zip(other.columns) {
            match (mine, theirs) {
                (Column::Text(text, ends), Column::Text(more, more_ends)) => {
                    let before = text.len() as u32;
                    text.push_str(&more);
                    ends.extend(more_ends.into_iter().map(|end| end + before));
                }
                (Column::Integer(all), Column::Integer(more)) => all.extend(more),
                (Column::Number(all), Column::Number(more)) => all.extend(more),
                _ => unreachable!("tables of one layout"),
            }
        }
    }

    /// Hands the columns to a writer.
    pub(crate) fn with_columns<T>(&self, layout: &Layout, use_them: impl FnOnce(&[(String, OutColumn<'_>)]) -> T) -> T {
        let texts: Vec<Vec<Option<&str>>> = self.columns.iter().map(texts).collect();
        let columns: Vec<(String, OutColumn<'_>)> = layout
            .columns
            .iter()
            .zip(self.columns.iter().zip(&texts))
            .map(|((name, kind), (column, texts))| {
                let name = if *kind == Kind::Fen { format!("{name}_fen") } else { (*name).to_owned() };
                let column = match column {
                    Column::Text(..) => OutColumn::OptionalText(texts),
                    Column::Integer(values) => OutColumn::Integer(values),
                    Column::Number(values) => OutColumn::Number(values),
                };
                (name, column)
            })
            .collect();
        use_them(&columns)
    }
}

fn texts(column: &Column) -> Vec<Option<&str>> {
    let Column::Text(text, ends) = column else { return Vec::new() };
    let mut from = 0;
    let mut next = |end: &u32| {
        let one = &text[from..*end as usize];
        from = *end as usize;
        (!one.is_empty()).then_some(one)
    };
    ends.iter().map(&mut next).collect()
}

fn push_text(out: &mut String, cell: &Cell<'_>) {
    match cell {
        Cell::None => {}
        Cell::Text(text) | Cell::Code(text) | Cell::Credit(text) => out.push_str(text),
        Cell::Day(day) => push_day(out, *day),
        Cell::Month(month) => push_month(out, *month),
        Cell::Time(seconds) => push_time(out, *seconds),
        other => unreachable!("{other:?} among texts"),
    }
}

/// The rows of all sources of one block of enterprises.
#[derive(Debug)]
pub(crate) struct Rows {
    pub(crate) sources: Vec<SourceRows>,
    chance: Stream,
    dirty: bool,
    /// Faults put in, by source.
    pub(crate) faults: Vec<u64>,
}

impl Rows {
    pub(crate) fn new(seed: u64, block: u64, dirty: bool) -> Self {
        Self {
            sources: LAYOUTS.iter().map(SourceRows::new).collect(),
            chance: Stream::new(seed, Purpose::Dirt, block, 0),
            dirty,
            faults: vec![0; LAYOUTS.len()],
        }
    }

    /// Appends a row; now and then twice, or with a fault.
    pub(crate) fn push(&mut self, source: Source, cells: &[Cell<'_>]) {
        let place = source as usize;
        let rows = &mut self.sources[place];
        // The registry is what names an enterprise at all.
        let vital = matches!(source, Source::Registry | Source::Relations);
        if self.dirty && self.chance.chance(c::FAULT_SHARE) {
            let mut damaged = cells.to_vec();
            let repaired = self.chance.chance(c::FAULT_REPAIRED) || vital;
            if damage(&mut damaged, &mut self.chance) {
                rows.push(&damaged);
                self.faults[place] += 1;
                if !repaired {
                    return;
                }
            }
        }
        rows.push(cells);
        if self.chance.chance(c::REDELIVERED_SHARE) {
            rows.push(cells);
        }
    }
}

/// Puts one fault into a row; false when the kind drawn does not apply to it.
fn damage(cells: &mut [Cell<'_>], s: &mut Stream) -> bool {
    const BAD_DATES: [&str; 6] = ["2024-02-30", "20241301", "00000000", "待补", "2023年13月1日", "31/31/2024"];
    const BAD_CODES: [&str; 4] = ["ZZ9", "未知代码", "其它(手工录入)", "#N/A"];
    let kind = s.below(6);
    let dated = |cell: &Cell<'_>| matches!(cell, Cell::Day(_) | Cell::Month(_));
    let fits = |cell: &Cell<'_>| match kind {
        0 | 1 => dated(cell),
        2 => matches!(cell, Cell::Code(_)),
        3 => matches!(cell, Cell::Count(x) | Cell::Fen(x) if *x > 0),
        4 => matches!(cell, Cell::Text(_) | Cell::Code(_)) || dated(cell),
        _ => matches!(cell, Cell::Credit(_)),
    };
    let choice: Vec<usize> = (0..cells.len()).filter(|&i| fits(&cells[i])).collect();
    if choice.is_empty() {
        return false;
    }
    // The first date or code of a row is one of those that the schema needs.
    let at = if kind <= 2 { choice[0] } else { *s.pick(&choice) };
    cells[at] = match (kind, cells[at]) {
        (0, _) => Cell::Text(BAD_DATES[s.below(6) as usize]),
        (1, Cell::Day(day)) => Cell::Day(day + 365 * s.whole(20, 60)),
        (1, Cell::Month(month)) => Cell::Month(month + 12 * s.whole(20, 60)),
        (2, _) => Cell::Code(BAD_CODES[s.below(4) as usize]),
        (3, Cell::Count(x)) => Cell::Count(-x),
        (3, Cell::Fen(x)) => Cell::Fen(-x),
        (5, _) => Cell::Credit("91500000MA5U00000Z"),
        _ => Cell::None,
    };
    true
}
