//! How loans went bad, from the tables that `totals` makes loan by loan: vintages, rolls, defaults by grade, and statuses that
//! differ from the schedules.

use super::grades::place;
use super::{Asked, Block, Refused};
use crate::periods::{Stretch, ends_month};
use crate::sheet::{Column, Entry, Key, Line, Sheet};
use crate::unit::Cell;
use crate::words::Word;
use ledger::Month;
use primitives::region::TABLE_FROM;
use totals::{Grid, Money, Style};

impl Asked<'_> {
    pub(super) fn risk(self) -> Result<Vec<Block>, Refused> {
        let as_of = self.view.as_of;
        let all = Stretch { from: TABLE_FROM.min(as_of), to: as_of };
        let query = self.scope.query(self.view, all, &[], &[]);
        let books = &self.facts.books;
        // The last month that has ended.
        let month = if ends_month(as_of) { Month::of(as_of) } else { Month::of(as_of).before() };
        let style = Style { lang: self.view.lang, money: Money::Yuan };
        let head = String::new;
        let of_month = format!("{month}");
        let tables = [
            ("vintages", Word::Vintages, style.vintages(head(), &books.vintages(&query)?), ""),
            ("defaults", Word::Defaults, style.defaults(head(), &books.defaults(as_of, &query)?), ""),
            ("rolls", Word::Rolls, style.rolls(head(), &books.rolls(month, &query)?), of_month.as_str()),
            (
                "differences",
                Word::Differences,
                style.status_differences(head(), &books.status_differences(month, &query)?),
                &of_month,
            ),
        ];
        let sheets = tables.into_iter().map(|(code, title, grid, of)| {
            let title = format!("{} {of}", self.word(title));
            let mut sheet = sheet_of(code, title.trim_end(), &grid);
            if code == "defaults" {
                // Best first, those without a grade last.
                let grade = |line: &Line| line.keys.first().map_or(String::new(), |key| key.code.clone());
                sheet.lines.sort_by_cached_key(|line| {
                    let grade = grade(line);
                    (grade.is_empty(), place(&grade).0, grade)
                });
            }
            Block { sheet, drawn: false }
        });
        Ok(sheets.collect())
    }
}

/// A grid with names in its first columns and values in the others.
pub(super) fn sheet_of(code: &'static str, title: &str, grid: &Grid) -> Sheet {
    let mut sheet = Sheet::new(code, title);
    let is_name = |at: usize| grid.rows.iter().all(|row| matches!(row.get(at), Some(totals::Cell::Name { .. })));
    let names = (0..grid.columns.len()).take_while(|at| is_name(*at)).count().clamp(1, grid.columns.len().max(1));
    sheet.keys = grid.columns.iter().take(names).cloned().collect();
    sheet.columns = (names..grid.columns.len())
        .map(|at| {
            let (code, name) = &grid.columns[at];
            // The unit is told once for the table.
            let name = name.rsplit_once('（').map_or(name.as_str(), |(name, _)| name).to_owned();
            let unit = grid.rows.iter().find_map(|row| match row.get(at) {
                Some(totals::Cell::Value(_, unit)) => Some(*unit),
                _ => None,
            });
            Column { code: code.clone(), name, unit }
        })
        .collect();
    sheet.lines = grid.rows.iter().map(|row| line_of(row, names)).collect();
    sheet.notes.extend(grid.notes.iter().cloned());
    sheet
}

fn line_of(row: &[totals::Cell], names: usize) -> Line {
    let key = |cell: &totals::Cell| match cell {
        totals::Cell::Name { code, name } => Key { code: code.clone(), text: name.clone(), href: None },
        totals::Cell::Value(..) => Key::default(),
    };
    let entry = |cell: &totals::Cell| match cell {
        totals::Cell::Name { name, .. } => Entry::Text(name.clone()),
        totals::Cell::Value(value, unit) => Entry::Figure(Cell::new(*unit, *value)),
    };
    let (head, tail) = row.split_at(names.min(row.len()));
    Line { keys: head.iter().map(key).collect(), entries: tail.iter().map(entry).collect(), not_comparable: false }
}
