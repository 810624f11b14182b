//! `shangzhi totals`: figures of the policy ledger.

use crate::args::{Lang, LedgerArgs, TotalsArgs, TotalsFormat, TotalsTable};
use crate::ledger::{Missing, each_line_after, with_ledger};
use crate::text::{cut, width};
use crate::totals_file::TotalsFile;
use crate::whole_files;
use ::totals::{Books, Cell, Dimension, Grid, Money, Query, Style, Unit, Value};
use anyhow::{Context as _, Result, ensure};
use chrono::{Datelike, NaiveDate};
use clap::ValueEnum as _;
use ledger::Month;
use ledger::event::UnixMicros;
use std::io::Write as _;
use store::EntryLine;

/// Characters of a name on a terminal.
const NAME_MOST: usize = 24;
/// The level of the interval of a bad rate.
const LEVEL: f64 = 0.95;

pub(crate) fn run(args: &TotalsArgs) -> Result<()> {
    ensure!(args.format != TotalsFormat::Xlsx || args.out.is_some(), "--format xlsx: --out FILE is needed");
    let query = query(args)?;
    let books = read(&args.ledger)?;
    let lang = match args.lang {
        Lang::Zh => policy::Lang::Zh,
        Lang::En => policy::Lang::En,
    };
    // A workbook has yuan, which a spreadsheet shows as its reader likes.
    let money = if args.format == TotalsFormat::Xlsx { Money::Yuan } else { args.unit };
    let style = Style { lang, money };
    let grid = grid(args, &books, &query, style)?;
    let bytes = match args.format {
        TotalsFormat::Table => text(style, &grid).into_bytes(),
        TotalsFormat::Csv => grid.csv(style).into_bytes(),
        TotalsFormat::Json => format!("{:#}\n", grid.json()).into_bytes(),
        TotalsFormat::Xlsx => {
            let title = args.table.to_possible_value().map_or_else(String::new, |name| name.get_name().to_owned());
            dashboard::workbook(&grid, &title, &asked(args), lang)?
        }
    };
    match &args.out {
        Some(path) => whole_files::write_one(path, &bytes),
        None => Ok(std::io::stdout().write_all(&bytes)?),
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
    let head = || asked(args).iter().map(|(name, value)| format!("{name} {value}")).collect::<Vec<_>>().join("  ");
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
            with_intervals(style.defaults(head(), &lines), &lines, style.lang)?
        }
        TotalsTable::Statuses => style.status_differences(head(), &books.status_differences(month, query)?),
        TotalsTable::Plan => style.plan(head(), &books.plan(as_of, recorded_at)?),
    })
}

/// Jeffreys intervals beside the bad rates of grades, and whether what was expected lies outside: there the grades say
/// another probability of default than what happened allows for.
fn with_intervals(mut grid: Grid, lines: &[::totals::GradeDefaults], lang: policy::Lang) -> Result<Grid> {
    let zh = lang == policy::Lang::Zh;
    let outside = if zh { "预期是否在区间外" } else { "expected is outside" };
    let columns = [("low", "95% ↓（%）"), ("high", "95% ↑（%）"), ("expected_outside", outside)];
    grid.columns.extend(columns.map(|(c, n)| (c.to_owned(), n.to_owned())));
    let interval = |loans: i128, bads: i128| -> Result<Option<[f64; 2]>> {
        let interval = validation::jeffreys_interval(loans as f64, bads as f64, LEVEL)?;
        Ok(interval.value().map(|(low, high)| [*low, *high]))
    };
    for (row, line) in grid.rows.iter_mut().zip(lines) {
        let ends = interval(line.loans, line.bads)?;
        let share = |end: Option<f64>| match end {
            // Millionths: more places would say more than a sample does.
            Some(end) => Value::Ratio { numerator: (end * 1e6).round() as i128, denominator: 1_000_000 },
            None => Value::None,
        };
        row.extend([0, 1].map(|at| Cell::Value(share(ends.map(|ends| ends[at])), Unit::Share)));
        // What is expected is held against the loans that it is expected of.
        let (code, name) = match (line.expected(), interval(line.rated, line.rated_bads)?) {
            (Value::Ratio { numerator, denominator }, Some([low, high])) => {
                match numerator as f64 / denominator as f64 {
                    expected if expected < low => ("below", if zh { "低于区间" } else { "below" }),
                    expected if high < expected => ("above", if zh { "高于区间" } else { "above" }),
                    _ => ("inside", if zh { "区间内" } else { "inside" }),
                }
            }
            _ => ("", "—"),
        };
        row.push(Cell::Name { code: code.to_owned(), name: name.to_owned() });
    }
    Ok(grid)
}

/// What was asked for, for the reader of a file.
fn asked(args: &TotalsArgs) -> Vec<(String, String)> {
    let said = |name: &str, value: String| (name.to_owned(), value);
    let mut asked = vec![said("--as-of", args.as_of.to_string())];
    asked.extend(args.from.map(|from| said("--from", from.to_string())));
    asked.extend(args.recorded_at.map(|at| said("--recorded-at", at.to_rfc3339())));
    asked.extend(args.filter.iter().map(|filter| said("--filter", filter.clone())));
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
