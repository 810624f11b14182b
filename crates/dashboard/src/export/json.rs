//! The same figures for machines: fen as whole numbers, ratios exact.

use crate::content::{Content, Refused};
use crate::sheet::{Entry, Line, Sheet};
use crate::unit::Cell;
use crate::view::{View, beijing_text};
use policy::{Code, Lang};
use serde::Serialize;
use totals::{Unit, Value};

#[derive(Serialize)]
struct Page<'a> {
    as_of: String,
    from: String,
    recorded_at: String,
    ledger_line: u64,
    lang: &'static str,
    filters: Vec<(&'static str, &'a [String])>,
    district: Option<&'a str>,
    tables: Vec<Table<'a>>,
}

#[derive(Serialize)]
struct Table<'a> {
    code: &'static str,
    title: &'a str,
    keys: Vec<Named<'a>>,
    columns: Vec<Column<'a>>,
    rows: Vec<Row<'a>>,
    total: Option<Row<'a>>,
    notes: &'a [String],
    definitions: Vec<Defined<'a>>,
}

#[derive(Serialize)]
struct Named<'a> {
    code: &'a str,
    name: &'a str,
}

#[derive(Serialize)]
struct Column<'a> {
    code: &'a str,
    name: &'a str,
    unit: Option<&'static str>,
}

#[derive(Serialize)]
struct Defined<'a> {
    name: &'a str,
    text: &'a str,
}

#[derive(Serialize)]
struct Row<'a> {
    keys: Vec<Named<'a>>,
    values: Vec<Written<'a>>,
    not_comparable: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum Written<'a> {
    Fen(i128),
    Count(i128),
    Ratio { unit: &'static str, numerator: i128, denominator: i128 },
    Text(&'a str),
    None,
}

fn row(line: &Line) -> Row<'_> {
    let written = |cell: &Cell| match (cell.unit, cell.value) {
        (Unit::Fen, Value::Whole(n)) => Written::Fen(n),
        (_, Value::Whole(n)) => Written::Count(n),
        (unit, Value::Ratio { numerator, denominator }) => Written::Ratio { unit: unit.code(), numerator, denominator },
        (_, Value::None) => Written::None,
    };
    let values = line.entries.iter().map(|entry| match entry {
        Entry::Text(text) | Entry::Link { text, .. } => Written::Text(text),
        Entry::Figure(cell) => written(cell),
    });
    Row {
        keys: line.keys.iter().map(|k| Named { code: &k.code, name: &k.text }).collect(),
        values: values.collect(),
        not_comparable: line.not_comparable,
    }
}

fn table(sheet: &Sheet) -> Table<'_> {
    let column = |c: &'_ crate::sheet::Column| c.unit.map(|u| u.code());
    Table {
        code: sheet.code,
        title: &sheet.title,
        keys: sheet.keys.iter().map(|(code, name)| Named { code, name }).collect(),
        columns: sheet.columns.iter().map(|c| Column { code: &c.code, name: &c.name, unit: column(c) }).collect(),
        rows: sheet.lines.iter().map(row).collect(),
        total: sheet.total.as_ref().map(row),
        notes: &sheet.notes,
        definitions: sheet.definitions.iter().map(|(name, text)| Defined { name, text }).collect(),
    }
}

/// Rows of a table that has none.
const NO_ROWS: &str = "\"rows\":[]";

/// The answer.
pub(crate) fn write(view: &View, content: &Content, own: Option<&str>) -> Result<Vec<u8>, Refused> {
    let filters = view.filters();
    let page = Page {
        as_of: view.as_of.to_string(),
        from: view.period().from.to_string(),
        recorded_at: beijing_text(content.known),
        ledger_line: content.seq,
        lang: if view.lang == Lang::Zh { "zh" } else { "en" },
        filters: filters.iter().map(|(d, codes)| (d.code(), codes.as_slice())).collect(),
        district: own,
        tables: content.blocks.iter().map(|b| table(&b.sheet)).collect(),
    };
    serde_json::to_vec(&page).map_err(unwritten)
}

/// The answer before and after the rows of its one table, which are not among them.
pub(crate) fn around_rows(view: &View, content: &Content, own: Option<&str>) -> Result<(Vec<u8>, Vec<u8>), Refused> {
    let text = String::from_utf8(write(view, content, own)?).map_err(|_| Refused::Broken("JSON is not UTF-8"))?;
    // No text of the answer holds the mark: a quotation mark within one has a backslash before it.
    let (before, after) = text.split_once(NO_ROWS).ok_or(Refused::Broken("JSON without rows"))?;
    Ok((format!("{before}\"rows\":[").into_bytes(), format!("]{after}").into_bytes()))
}

/// Rows, as they stand one after the other in the answer.
pub(crate) fn rows(lines: &[Line], are_first: bool) -> Result<Vec<u8>, Refused> {
    let mut text = Vec::new();
    for (nth, line) in lines.iter().enumerate() {
        if nth > 0 || !are_first {
            text.push(b',');
        }
        serde_json::to_writer(&mut text, &row(line)).map_err(unwritten)?;
    }
    Ok(text)
}

fn unwritten(_: serde_json::Error) -> Refused {
    Refused::Broken("an answer for machines can not be written")
}
