//! A table as text: UTF-8 with the mark that spreadsheets ask for, yuan with two decimals, no cell that is a formula.

use crate::content::Refused;
use crate::sheet::{Entry, Line, Sheet};
use crate::unit::in_heading;
use policy::Lang;
use primitives::no_formula;

/// Without it a spreadsheet takes the text for one of the old encodings.
const MARK: &[u8] = &[0xef, 0xbb, 0xbf];

/// The file.
pub(crate) fn write(sheet: &Sheet, lang: Lang) -> Result<Vec<u8>, Refused> {
    let mut text = beginning(sheet, lang)?;
    text.extend(rows(sheet.all_lines(), sheet)?);
    Ok(text)
}

/// The mark and the headings.
pub(crate) fn beginning(sheet: &Sheet, lang: Lang) -> Result<Vec<u8>, Refused> {
    let mut heading: Vec<String> = sheet.keys.iter().map(|(_, name)| no_formula(name).into_owned()).collect();
    heading.extend(sheet.columns.iter().map(|column| match column.unit.and_then(|u| in_heading(u, lang)) {
        Some(unit) => no_formula(&format!("{} ({unit})", column.name)).into_owned(),
        None => no_formula(&column.name).into_owned(),
    }));
    records(MARK.to_vec(), std::iter::once(heading))
}

/// Rows below the headings of a table.
pub(crate) fn rows<'a>(lines: impl IntoIterator<Item = &'a Line>, sheet: &Sheet) -> Result<Vec<u8>, Refused> {
    records(Vec::new(), lines.into_iter().map(|line| record(line, sheet)))
}

fn records(text: Vec<u8>, records: impl Iterator<Item = Vec<String>>) -> Result<Vec<u8>, Refused> {
    let failed = |_| Refused::Broken("a file can not be written");
    let mut writer = ::csv::WriterBuilder::new().terminator(::csv::Terminator::CRLF).from_writer(text);
    for record in records {
        writer.write_record(record).map_err(failed)?;
    }
    writer.into_inner().map_err(|_| Refused::Broken("a file can not be written"))
}

fn record(line: &Line, sheet: &Sheet) -> Vec<String> {
    let mut record: Vec<String> = line.keys.iter().map(|key| no_formula(&key.text).into_owned()).collect();
    record.resize(sheet.keys.len(), String::new());
    record.extend(line.entries.iter().map(|entry| match entry {
        Entry::Text(text) | Entry::Link { text, .. } => no_formula(text).into_owned(),
        Entry::Figure(cell) => cell.plain().unwrap_or_default(),
    }));
    record
}
