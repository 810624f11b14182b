//! Files as cells: every row once, in blocks, whatever lies in it.

use super::Folder;
use crate::{CellBatch, CellColumn, CellFile, Error, OutColumn, write};
use std::sync::Mutex;

/// The rows, in order, their cells joined by `|`; a lost block says how many rows it had.
fn rows(folder: &Folder, name: &str, columns: Option<&[usize]>) -> Result<Vec<String>, String> {
    let file = CellFile::open(&folder.path(name)).map_err(|e| shown(folder, &e))?;
    let all: Vec<usize> = (0..file.headings().len()).collect();
    let blocks: Mutex<Vec<(usize, Vec<String>)>> = Mutex::default();
    let bytes = Mutex::new(0);
    let result = file.read(columns.unwrap_or(&all), &|batch: CellBatch<'_>| {
        let mut lines: Vec<String> = match batch.lost {
            Some(_) => vec![format!("{} lost", batch.rows); batch.rows],
            None => (0..batch.rows).map(|r| line(&batch.columns, r)).collect(),
        };
        for ragged in batch.ragged {
            lines[ragged.index] = format!("ragged: {}", ragged.fields.join("|"));
        }
        *bytes.lock().unwrap() += batch.bytes;
        blocks.lock().unwrap().push((batch.first_row, lines));
    });
    let mut blocks = blocks.into_inner().unwrap();
    blocks.sort();
    let mut out = Vec::new();
    for (first, lines) in blocks {
        assert_eq!(first, out.len(), "blocks follow each other");
        out.extend(lines);
    }
    assert!(bytes.into_inner().unwrap() <= 3 * file.bytes().max(100));
    match result {
        Ok(()) => Ok(out),
        Err(error) => Err(format!("{} rows, then {}", out.len(), shown(folder, &error))),
    }
}

fn shown(folder: &Folder, error: &Error) -> String {
    error.to_string().replace(&format!("{}/", folder.0.path().display()), "")
}

fn line(columns: &[CellColumn<'_>], row: usize) -> String {
    columns.iter().map(|c| c.get(row).to_string()).collect::<Vec<_>>().join("|")
}

#[test]
fn csv() {
    let folder = Folder::new();
    folder.put("a.csv", "\u{feff}a, b ,a\r\n1,\" x\"\"y\n\",NA\r\n\r\n2\r\n ,四,?\r\n");
    assert_eq!(CellFile::open(&folder.path("a.csv")).unwrap().headings(), ["a", "b", "a"]);
    assert_eq!(rows(&folder, "a.csv", None).unwrap(), ["1|x\"y|", "ragged: 2", "|四|"]);
    assert_eq!(rows(&folder, "a.csv", Some(&[1])).unwrap(), ["x\"y", "ragged: 2", "四"]);
    assert_eq!(rows(&folder, "a.csv", Some(&[])).unwrap(), ["", "ragged: 2", ""]);
    folder.put("header.csv", "a,b\n").put("empty.csv", " \n").put("quote.csv", "a,\"b\n1,2\n");
    assert_eq!(rows(&folder, "header.csv", None).unwrap(), [""; 0]);
    assert_eq!(rows(&folder, "empty.csv", None).unwrap_err(), "empty.csv: the file is empty");
    assert!(rows(&folder, "quote.csv", None).unwrap_err().starts_with("quote.csv: row 0 (line 1) opens a quote"));
    folder.put("late.csv", "a,b\n1,2\n3,\"4\n5,6\n");
    let late = rows(&folder, "late.csv", None).unwrap_err();
    assert_eq!(late, "1 rows, then late.csv: row 2 (line 3) opens a quote that is never closed");
}

/// Blocks end at rows, also where a quoted field holds ends of lines, and is longer than a block.
#[test]
fn blocks_of_csv_end_at_rows() {
    let folder = Folder::new();
    let (mut text, mut expect) = ("n,text\n".to_owned(), Vec::new());
    for i in 0..60_000 {
        match i {
            30_000 => {
                text.push_str(&format!("{i},\"{}\"\n", "x\n".repeat(400_000)));
                expect.push(format!("{i}|{}x", "x\n".repeat(399_999)));
            }
            _ if i % 7 == 0 => {
                text.push_str(&format!("{i},\"a,\"\"{i}\"\"\r\nb\"\n"));
                expect.push(format!("{i}|a,\"{i}\"\r\nb"));
            }
            _ if i % 11 == 0 => {
                text.push_str(&format!("{i}\r\n"));
                expect.push(format!("ragged: {i}"));
            }
            _ => {
                text.push_str(&format!("{i},text 2\" of {i}\n"));
                expect.push(format!("{i}|text 2\" of {i}"));
            }
        }
    }
    folder.put("a.csv", text);
    assert!(rows(&folder, "a.csv", None).unwrap() == expect);
}

#[test]
fn types_of_parquet() {
    let folder = Folder::new();
    folder.put("a.parquet", include_bytes!("data/arrow.parquet"));
    let file = CellFile::open(&folder.path("a.parquet")).unwrap();
    assert_eq!(file.rows(), Some(3));
    let at = |name: &str| file.headings().iter().position(|h| h == name).unwrap();
    for (name, expect) in [
        ("category", ["制造业", "", "零售"]),
        ("category_of_integers", ["3", "", "5"]),
        ("large_string", ["a", "", ""]),
        ("string_view", ["a", "", "a text of more than twelve bytes"]),
        ("instant", ["2006-01-31T08:30:00.250Z", "", "2006-01-31T00:00:00Z"]),
        ("wall_clock", ["2006-01-31T08:30:00", "", "2006-01-31T00:00:00"]),
        ("date", ["2006-01-31", "", "1969-12-31"]),
        ("decimal", ["1.5", "", "-0.01"]),
        ("nothing", ["", "", ""]),
        ("nullable_bool", ["true", "", "false"]),
        ("uint64", ["1", "", "2"]),
        ("text_bytes", ["a", "", "b"]),
    ] {
        assert!(file.is_readable(at(name)), "{name}");
        assert_eq!(rows(&folder, "a.parquet", Some(&[at(name)])).unwrap(), expect, "{name}");
    }
    for name in ["half", "duration", "time", "list", "struct", "map", "fixed_bytes", "wide_decimal"] {
        assert!(!file.is_readable(at(name)), "{name}");
    }
    let refused = rows(&folder, "a.parquet", Some(&[at("date"), at("list")])).unwrap_err();
    assert!(refused.contains("column \"list\" is of type list"), "{refused}");
    assert_eq!(
        rows(&folder, "a.parquet", Some(&[at("decimal"), at("category")])).unwrap(),
        ["1.5|制造业", "|", "-0.01|零售"]
    );
}

/// A changed byte loses rows, goes unseen or refuses the file; it never ends the program, and the rows stay as many.
#[test]
fn damaged_parquet() {
    let folder = Folder::new();
    let numbers: Vec<f64> = (0..150_000).map(f64::from).collect();
    write(&folder.path("a.parquet"), &[("n".to_owned(), OutColumn::Number(&numbers))]).unwrap();
    let whole = std::fs::read(folder.path("a.parquet")).unwrap();
    assert_eq!(rows(&folder, "a.parquet", None).unwrap()[149_999], "149999");
    for at in (4..whole.len()).step_by(whole.len() / 60) {
        let mut bytes = whole.clone();
        bytes[at..whole.len().min(at + 8)].fill(0xff);
        if let Ok(rows) = rows(folder.put("b.parquet", bytes), "b.parquet", None) {
            assert_eq!(rows.len(), 150_000);
        }
    }
    let cut = &whole[..whole.len() - 9];
    let refused = rows(folder.put("b.parquet", cut), "b.parquet", None).unwrap_err();
    assert_eq!(refused, "b.parquet: not a whole Parquet file: it does not end with PAR1, so it is cut short");
}
