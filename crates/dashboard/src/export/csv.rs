//! A table as text: UTF-8 with the mark that spreadsheets ask for, yuan with two decimals, no cell that is a formula.

use crate::sheet::{Entry, Line, Sheet};
use crate::unit::in_heading;
use policy::Lang;

/// Without it a spreadsheet takes the text for one of the old encodings.
const MARK: &[u8] = &[0xef, 0xbb, 0xbf];

/// A text that no spreadsheet computes.
fn safe(text: &str) -> String {
    let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']);
    if formula { format!("'{text}") } else { text.to_owned() }
}

/// The file.
///
/// # Errors
/// None that memory does not give.
pub(crate) fn write(sheet: &Sheet, lang: Lang) -> Result<Vec<u8>, ::csv::Error> {
    let mut writer = ::csv::WriterBuilder::new().terminator(::csv::Terminator::CRLF).from_writer(MARK.to_vec());
    let mut heading: Vec<String> = sheet.keys.iter().map(|(_, name)| safe(name)).collect();
    heading.extend(sheet.columns.iter().map(|column| match column.unit.and_then(|u| in_heading(u, lang)) {
        Some(unit) => safe(&format!("{} ({unit})", column.name)),
        None => safe(&column.name),
    }));
    writer.write_record(&heading)?;
    for line in sheet.all_lines() {
        writer.write_record(record(line, sheet))?;
    }
    writer.into_inner().map_err(|e| e.into_error().into())
}

fn record(line: &Line, sheet: &Sheet) -> Vec<String> {
    let mut record: Vec<String> = line.keys.iter().map(|key| safe(&key.text)).collect();
    record.resize(sheet.keys.len(), String::new());
    record.extend(line.entries.iter().map(|entry| match entry {
        Entry::Text(text) | Entry::Link { text, .. } => safe(text),
        Entry::Figure(cell) => cell.plain().unwrap_or_default(),
    }));
    record
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_formula_is_text() {
        for text in ["=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", "\t=1"] {
            assert_eq!(safe(text), format!("'{text}"));
        }
        assert_eq!(safe("a=b"), "a=b");
    }
}
