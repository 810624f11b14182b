//! `shangzhi totals`: figures of the policy ledger.

use crate::args::{Lang, LedgerArgs, TotalsArgs, TotalsFormat, TotalsTable};
use crate::ledger::{Missing, each_line_after, with_ledger};
use crate::text::{cut, width};
use crate::totals_file::TotalsFile;
use crate::whole_files;
use ::totals::{Books, Cell, Dimension, Grid, Query, Style, Unit, Value};
use anyhow::{Context as _, Result, ensure};
use chrono::{Datelike, NaiveDate};
use ledger::Month;
use ledger::event::UnixMicros;
use std::io::Write as _;
use store::EntryLine;

/// Characters of a name on a terminal.
const NAME_MOST: usize = 24;
/// The level of the interval of a bad rate.
const LEVEL: f64 = 0.95;

pub(crate) fn run(args: &TotalsArgs) -> Result<()> {
    let query = query(args)?;
    let books = read(&args.ledger)?;
    let lang = match args.lang {
        Lang::Zh => policy::Lang::Zh,
        Lang::En => policy::Lang::En,
    };
    let style = Style { lang, money: args.unit };
    let grid = grid(args, &books, &query, style)?;
    let text = match args.format {
        TotalsFormat::Table => text(style, &grid),
        TotalsFormat::Csv => grid.csv(style),
        TotalsFormat::Json => format!("{:#}\n", grid.json()),
    };
    match &args.out {
        Some(path) => whole_files::write_one(path, &text),
        None => Ok(std::io::stdout().write_all(text.as_bytes())?),
    }
}

fn query(args: &TotalsArgs) -> Result<Query> {
    let first = NaiveDate::from_ymd_opt(args.as_of.year(), 1, 1).unwrap_or(args.as_of);
    let filter = args.filter.iter().map(|text| {
        let (dimension, codes) =
            text.split_once('=').with_context(|| format!("--filter {text}: write DIMENSION=CODE,CODE"))?;
        Ok((dimension.parse::<Dimension>()?, codes.split(',').map(str::to_owned).collect()))
    });
    Ok(Query {
        by: args.by.clone(),
        filter: filter.collect::<Result<_>>()?,
        figures: args.figures.clone(),
        recorded_at: args.recorded_at.map(|at| UnixMicros(at.timestamp_micros())),
        ..Query::new(args.from.unwrap_or(first), args.as_of)
    })
}

/// The books of all lines of a ledger that is there.
fn read(args: &LedgerArgs) -> Result<Books> {
    with_ledger(args, Missing::Refused, async |ledger| {
        let mut books = match TotalsFile::beside(&args.ledger) {
            Some(kept) => kept.load(&ledger).await?,
            None => Books::default(),
        };
        let seq = books.seq();
        let push = |line: &EntryLine| books.push(line.seq, line.recorded_at, &line.event, &line.postings);
        each_line_after(&ledger, seq, push).await?;
        books.settle();
        Ok(books)
    })
}

fn grid(args: &TotalsArgs, books: &Books, query: &Query, style: Style) -> Result<Grid> {
    let (as_of, recorded_at) = (args.as_of, query.recorded_at);
    let head = || asked(args).join("  ");
    let month = Month::of(as_of);
    Ok(match args.table {
        TotalsTable::Figures => style.grid(&books.table(query)?),
        TotalsTable::Quota => style.quotas(head(), &books.quotas(as_of, recorded_at)?),
        TotalsTable::Inclusive => {
            let by = args.by.first().copied();
            ensure!(
                args.by.len() < 2 && !by.is_some_and(Dimension::is_time),
                "--table inclusive: --by takes one attribute"
            );
            style.inclusive(head(), by, &books.inclusive(by, query)?)
        }
        TotalsTable::Vintages => style.vintages(head(), &books.vintages(query)?),
        TotalsTable::Rolls => style.rolls(head(), &books.rolls(month, query)?),
        TotalsTable::Defaults => {
            let lines = books.defaults(as_of, query)?;
            with_intervals(style.defaults(head(), &lines), &lines)?
        }
        TotalsTable::Statuses => style.status_differences(head(), &books.status_differences(month, query)?),
        TotalsTable::Plan => style.plan(head(), &books.plan(as_of, recorded_at)?),
    })
}

/// Jeffreys intervals beside the bad rates of grades.
fn with_intervals(mut grid: Grid, lines: &[::totals::GradeDefaults]) -> Result<Grid> {
    grid.columns.extend([("low", "95% ↓（%）"), ("high", "95% ↑（%）")].map(|(c, n)| (c.to_owned(), n.to_owned())));
    for (row, line) in grid.rows.iter_mut().zip(lines) {
        let interval = validation::jeffreys_interval(line.loans as f64, line.bads as f64, LEVEL)?;
        let ends = interval.value().map(|(low, high)| [*low, *high]);
        let share = |end: Option<f64>| match end {
            // Millionths: more places would say more than a sample does.
            Some(end) => Value::Ratio { numerator: (end * 1e6).round() as i128, denominator: 1_000_000 },
            None => Value::None,
        };
        row.extend([0, 1].map(|at| Cell::Value(share(ends.map(|ends| ends[at])), Unit::Share)));
    }
    Ok(grid)
}

/// What was asked for, for the reader of a file.
fn asked(args: &TotalsArgs) -> Vec<String> {
    let mut asked = vec![format!("--as-of {}", args.as_of)];
    asked.extend(args.from.map(|from| format!("--from {from}")));
    asked.extend(args.recorded_at.map(|at| format!("--recorded-at {}", at.to_rfc3339())));
    asked.extend(args.filter.iter().map(|filter| format!("--filter {filter}")));
    asked
}

/// For a terminal: names to the left, numbers to the right.
fn text(style: Style, grid: &Grid) -> String {
    let lines = std::iter::once(grid.columns.iter().map(|(_, name)| name.clone()).collect::<Vec<String>>());
    let rows = grid.rows.iter().map(|row| row.iter().map(|cell| style.cell_text(cell)).collect());
    let lines: Vec<Vec<String>> =
        lines.chain(rows).map(|row: Vec<String>| row.iter().map(|c| shown(c)).collect()).collect();
    let names = |column: usize| grid.rows.first().is_some_and(|row| matches!(row.get(column), Some(Cell::Name { .. })));
    let widths: Vec<usize> =
        (0..grid.columns.len()).map(|c| lines.iter().map(|row| width(&row[c])).max().unwrap_or(0)).collect();
    let mut text = grid.head.iter().map(|line| format!("{}\n", primitives::plain(line))).collect::<String>();
    for row in &lines {
        let mut line = String::new();
        for (column, cell) in row.iter().enumerate() {
            let pad = " ".repeat(widths[column] - width(cell));
            let gap = if column == 0 { "" } else { "  " };
            line.push_str(&if names(column) { format!("{gap}{cell}{pad}") } else { format!("{gap}{pad}{cell}") });
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text.push_str(&grid.notes.iter().map(|note| format!("{}\n", primitives::plain(note))).collect::<String>());
    text
}

fn shown(cell: &str) -> String {
    cut(&primitives::plain(cell), NAME_MOST)
}
