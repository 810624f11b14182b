//! A table of the command line as a file for spreadsheets, written by what writes those of pages.

use super::xlsx;
use crate::sheet::{Column, Entry, Key, Line, Sheet};
use crate::unit::Cell;
use policy::Lang;
use totals::{Grid, Value};

/// The file could not be made.
#[derive(Debug, thiserror::Error)]
#[error("file for spreadsheets: {0}")]
pub struct WorkbookError(String);

/// Rows behind those of a table: they are no rows to be filtered.
const TOTAL: &str = "total";
const OVERLAP: &str = "overlap";

/// A grid as a workbook: numbers are numbers, amounts in yuan whatever the unit of its texts, headings stay where they are,
/// and a second sheet says what was asked (`asked`: name and value) and what is known of the figures.
///
/// The names of the columns are taken as they are, so a grid in yuan is what it should be made from.
///
/// # Errors
/// [`WorkbookError`] for more rows or longer texts than a sheet has.
///
/// # Examples
/// ```
/// use policy::Lang;
/// use totals::{Books, Figure, Money, Query, Style};
/// let query = Query { figures: vec![Figure::Disbursed], ..Query::new("2024-01-01".parse()?, "2024-12-31".parse()?) };
/// let grid = Style { lang: Lang::En, money: Money::Yuan }.grid(&Books::default().table(&query)?);
/// let file = dashboard::workbook(&grid, "figures", &[("--as-of".into(), "2024-12-31".into())], Lang::En)?;
/// assert!(file.starts_with(b"PK"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn workbook(grid: &Grid, title: &str, asked: &[(String, String)], lang: Lang) -> Result<Vec<u8>, WorkbookError> {
    let is_name = |cell: &totals::Cell| matches!(cell, totals::Cell::Name { .. });
    let keys = grid.rows.first().map_or(0, |row| row.iter().take_while(|cell| is_name(cell)).count());
    let mut sheet = Sheet::new("figures", title);
    let (of_keys, of_values) = grid.columns.split_at(keys.min(grid.columns.len()));
    sheet.keys = of_keys.to_vec();
    let column = |(code, name): &(String, String)| Column { code: code.clone(), name: name.clone(), unit: None };
    sheet.columns = of_values.iter().map(column).collect();
    let mut said = asked.to_vec();
    said.extend(grid.head.iter().map(|line| (String::new(), line.clone())));
    for row in &grid.rows {
        match row.first() {
            Some(totals::Cell::Name { code, .. }) if code == TOTAL => sheet.total = Some(line(row)),
            Some(totals::Cell::Name { code, name }) if code == OVERLAP => {
                let of = row.iter().zip(&grid.columns).filter_map(|(cell, (_, column))| match cell {
                    totals::Cell::Value(Value::Whole(n), _) => Some(format!("{column} {n}")),
                    _ => None,
                });
                said.push((name.clone(), of.collect::<Vec<String>>().join("; ")));
            }
            _ => sheet.lines.push(line(row)),
        }
    }
    said.extend(grid.notes.iter().map(|note| (String::new(), note.clone())));
    xlsx::write_table(&sheet, &said, lang).map_err(|e| WorkbookError(e.to_string()))
}

fn line(row: &[totals::Cell]) -> Line {
    let mut line = Line::default();
    for cell in row {
        match cell {
            totals::Cell::Name { code, name } if line.entries.is_empty() => {
                line.keys.push(Key { code: code.clone(), text: name.clone(), href: None });
            }
            totals::Cell::Name { name, .. } => line.entries.push(Entry::Text(name.clone())),
            totals::Cell::Value(value, unit) => line.entries.push(Entry::Figure(Cell::new(*unit, *value))),
        }
    }
    line
}
