//! A page as a file for spreadsheets: a sheet for each table, numbers as numbers, headings that stay; a last sheet says
//! of which days, under which filters, and what each figure is.

use super::facts;
use crate::content::{Content, Refused};
use crate::sheet::{Entry, Line, Sheet};
use crate::unit::{Cell, in_heading};
use crate::view::View;
use crate::words::Word;
use policy::Lang;
use rust_xlsxwriter::{Format, FormatAlign, FormatBorder, Workbook, Worksheet, XlsxError};
use totals::{Unit, Value};

/// Characters of a sheet's name at most, and those that it may not hold.
const NAME_MAX: usize = 31;
/// Rows of a sheet but for its headings and its total.
const LONG_MAX: usize = 1_048_574;
const NOT_IN_NAMES: [char; 7] = ['[', ']', ':', '*', '?', '/', '\\'];

struct Formats {
    heading: Format,
    text: Format,
    money: Format,
    count: Format,
    share: Format,
    days: Format,
}

impl Formats {
    fn new() -> Self {
        let number = |format: &str| Format::new().set_num_format(format);
        Self {
            heading: Format::new()
                .set_bold()
                .set_text_wrap()
                .set_align(FormatAlign::Top)
                .set_border_bottom(FormatBorder::Thin),
            text: Format::new().set_text_wrap().set_align(FormatAlign::Top),
            money: number("#,##0.00"),
            count: number("#,##0"),
            share: number("0.00%"),
            days: number("0.0"),
        }
    }

    fn of(&self, unit: Unit) -> &Format {
        match unit {
            Unit::Fen => &self.money,
            Unit::Count => &self.count,
            Unit::Share => &self.share,
            Unit::Days => &self.days,
        }
    }
}

/// A value as a spreadsheet has it: yuan. A double holds every fen below 90,000,000,000,000 yuan.
fn number(cell: Cell) -> Option<f64> {
    match (cell.unit, cell.value) {
        (Unit::Fen, Value::Whole(fen)) => Some(fen as f64 / 100.0),
        (_, Value::Whole(n)) => Some(n as f64),
        (_, Value::Ratio { numerator, denominator }) => Some(numerator as f64 / denominator as f64),
        (_, Value::None) => None,
    }
}

/// The file.
pub(crate) fn write(view: &View, content: &Content, own: Option<String>) -> Result<Vec<u8>, Refused> {
    let failed = |e: XlsxError| Refused::Sheet(e.to_string());
    let mut book = Workbook::new();
    let formats = Formats::new();
    for (nth, block) in content.blocks.iter().enumerate() {
        let sheet = book.add_worksheet();
        sheet.set_name(name(&block.sheet.title, nth)).map_err(failed)?;
        fill(sheet, &block.sheet, &formats, view.lang).map_err(failed)?;
    }
    explain(&mut book, view, content, own, &formats).map_err(failed)?;
    book.save_to_buffer().map_err(failed)
}

/// The file of a table that is no page: its sheet, and one that says what was asked and what its figures are.
pub(crate) fn write_table(sheet: &Sheet, said: &[(String, String)], lang: Lang) -> Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    let formats = Formats::new();
    let out = book.add_worksheet();
    out.set_name(name(&sheet.title, 0))?;
    fill(out, sheet, &formats, lang)?;
    let notes = book.add_worksheet();
    notes.set_name(name(Word::Notes.text(lang), usize::MAX))?;
    notes.set_column_width(0, 34)?;
    notes.set_column_width(1, 100)?;
    say(notes, said, &formats)?;
    book.save_to_buffer()
}

/// As [`write`], of a list whose rows `parts` gives one part after the other: they wait on the disk, not in memory.
pub(crate) fn write_long(
    view: &View,
    content: &Content,
    own: Option<String>,
    file: &mut std::fs::File,
    parts: impl FnOnce(&mut dyn FnMut(&[Line]) -> Result<(), Refused>) -> Result<(), Refused>,
) -> Result<(), Refused> {
    let sheet = &content.blocks.first().ok_or(Refused::NotFound)?.sheet;
    if content.rows > LONG_MAX {
        return Err(Refused::TooLong { rows: content.rows, max: LONG_MAX });
    }
    let failed = |e: XlsxError| Refused::Sheet(e.to_string());
    let mut book = Workbook::new();
    let formats = Formats::new();
    let out = book.add_worksheet_with_constant_memory().map_err(failed)?;
    out.set_name(name(&sheet.title, 0)).map_err(failed)?;
    let keys = begin(out, sheet, &formats, view.lang).map_err(failed)?;
    let mut row = 1;
    let mut put = |lines: &[Line]| {
        for line in lines {
            write_line(out, line, row, keys, &formats).map_err(failed)?;
            row += 1;
        }
        Ok(())
    };
    parts(&mut put)?;
    put(sheet.total.as_slice())?;
    finish(out, sheet, row.saturating_sub(2)).map_err(failed)?;
    explain(&mut book, view, content, own, &formats).map_err(failed)?;
    book.save_to_writer(std::io::BufWriter::new(file)).map_err(failed)
}

/// A name that a sheet may have, and no other sheet has.
fn name(title: &str, nth: usize) -> String {
    let number = nth.checked_add(1).map_or(String::new(), |n| format!("{n} "));
    let plain = title.chars().filter(|c| !NOT_IN_NAMES.contains(c));
    number.chars().chain(plain).take(NAME_MAX).collect()
}

fn fill(out: &mut Worksheet, sheet: &Sheet, formats: &Formats, lang: Lang) -> Result<(), XlsxError> {
    let keys = begin(out, sheet, formats, lang)?;
    for (line, row) in sheet.all_lines().zip(1..) {
        write_line(out, line, row, keys, formats)?;
    }
    finish(out, sheet, u32::try_from(sheet.lines.len()).unwrap_or(u32::MAX))
}

/// The headings, which stay where they are; how many of them are of keys.
fn begin(out: &mut Worksheet, sheet: &Sheet, formats: &Formats, lang: Lang) -> Result<u16, XlsxError> {
    let mut column = 0;
    for (_, name) in &sheet.keys {
        out.write_string_with_format(0, column, name, &formats.heading)?;
        out.set_column_width(column, 22)?;
        column += 1;
    }
    for c in &sheet.columns {
        let name = match c.unit.and_then(|u| in_heading(u, lang)) {
            Some(unit) => format!("{} ({unit})", c.name),
            None => c.name.clone(),
        };
        out.write_string_with_format(0, column, &name, &formats.heading)?;
        out.set_column_width(column, 18)?;
        column += 1;
    }
    let keys = u16::try_from(sheet.keys.len()).unwrap_or(u16::MAX);
    out.set_freeze_panes(1, keys)?;
    Ok(keys)
}

/// What is said of a sheet whose rows are written: how many there are but for the total.
fn finish(out: &mut Worksheet, sheet: &Sheet, rows: u32) -> Result<(), XlsxError> {
    let columns = u16::try_from(sheet.keys.len() + sheet.columns.len()).unwrap_or(u16::MAX);
    if let (Some(last), true) = (columns.checked_sub(1), rows > 0) {
        out.autofilter(0, 0, rows, last)?;
    }
    out.set_repeat_rows(0, 0)?;
    out.set_landscape();
    out.set_paper_size(9);
    Ok(())
}

fn write_line(out: &mut Worksheet, line: &Line, row: u32, keys: u16, formats: &Formats) -> Result<(), XlsxError> {
    for (key, column) in line.keys.iter().zip(0..) {
        // As a string: what begins with an equals sign is no formula then.
        out.write_string(row, column, &key.text)?;
    }
    for (entry, column) in line.entries.iter().zip(keys..) {
        match entry {
            Entry::Text(text) | Entry::Link { text, .. } => drop(out.write_string(row, column, text)?),
            Entry::Figure(cell) => {
                if let Some(number) = number(*cell) {
                    out.write_number_with_format(row, column, number, formats.of(cell.unit))?;
                }
            }
        }
    }
    Ok(())
}

fn explain(
    book: &mut Workbook,
    view: &View,
    content: &Content,
    own: Option<String>,
    formats: &Formats,
) -> Result<(), XlsxError> {
    let out = book.add_worksheet();
    out.set_name(name(Word::Notes.text(view.lang), usize::MAX))?;
    out.set_column_width(0, 34)?;
    out.set_column_width(1, 100)?;
    let mut rows = facts(view, content, own);
    let mut said: Vec<&str> = Vec::new();
    for block in &content.blocks {
        let sheet = &block.sheet;
        for note in sheet.notes.iter().filter(|note| !said.contains(&note.as_str())) {
            rows.push((Word::Notes.text(view.lang).to_owned(), note.clone()));
        }
        said.extend(sheet.notes.iter().map(String::as_str));
        for (name, text) in &sheet.definitions {
            if !rows.iter().any(|(n, t)| n == name && t == text) {
                rows.push((name.clone(), text.clone()));
            }
        }
    }
    say(out, &rows, formats)
}

fn say(out: &mut Worksheet, rows: &[(String, String)], formats: &Formats) -> Result<(), XlsxError> {
    for ((name, text), row) in rows.iter().zip(0..) {
        out.write_string_with_format(row, 0, name, &formats.text)?;
        out.write_string_with_format(row, 1, text, &formats.text)?;
    }
    Ok(())
}
