use super::Folder;
use crate::{Error, OutColumn, ReadOptions, Table, read, read_batches, write_batches};
use primitives::{Column, MISSING_CODE};
use std::path::Path;

/// Rows of a batch: two of them are more than are read at a time.
const ROWS: usize = 40_000;

fn levels(batch: usize) -> Vec<String> {
    (0..3 + batch).map(|l| format!("level {l} of {batch}")).collect()
}

/// Three batches; the second has no text, the third no number.
fn write_three(path: &Path) {
    let done: Result<(), Error> = write_batches(path, |out| {
        for batch in 0..3 {
            let number = |i: usize| if i.is_multiple_of(7) || batch == 2 { f64::NAN } else { (i * (batch + 1)) as f64 };
            let numbers: Vec<f64> = (0..ROWS).map(number).collect();
            let levels = levels(batch);
            let code = |i: usize| if batch == 1 { MISSING_CODE } else { (i % levels.len()) as u32 };
            let codes: Vec<u32> = (0..ROWS).map(code).collect();
            let integers: Vec<i64> = (0..ROWS as i64).map(|i| i - batch as i64).collect();
            assert_eq!(out.is_empty(), batch == 0);
            out.write(&[
                ("x".into(), OutColumn::Number(&numbers)),
                ("t".into(), OutColumn::Coded { codes: &codes, levels: &levels }),
                ("n".into(), OutColumn::Integer(&integers)),
            ])?;
        }
        Ok(())
    });
    done.unwrap();
}

/// The values of all columns, row by row.
fn rows(table: &Table) -> Vec<Vec<String>> {
    let value = |column: &Column, row: usize| match column {
        Column::Number(v) => v[row].to_string(),
        Column::Text { codes, levels } => levels.get(codes[row] as usize).cloned().unwrap_or_default(),
    };
    (0..table.rows()).map(|row| table.columns().iter().map(|c| value(c, row)).collect()).collect()
}

#[test]
fn batches_are_the_table() {
    let folder = Folder::new();
    for (name, expect) in [("a.parquet", 3), ("a.csv", 1), ("a.csv.gz", 1)] {
        let path = folder.path(name);
        write_three(&path);
        let whole = read(std::slice::from_ref(&path), &ReadOptions::default(), &|_| ()).unwrap();
        let (mut found, mut batches, mut share) = (Vec::new(), 0, std::cell::Cell::new(0.0));
        let progress = |p: crate::Progress| share.set(p.bytes_done as f64 / p.bytes as f64);
        read_batches(&path, &ReadOptions::default(), &progress, |batch| {
            batches += 1;
            found.extend(rows(batch));
            Ok::<(), Error>(())
        })
        .unwrap();
        assert_eq!((batches, whole.rows()), (expect, 3 * ROWS), "{name}");
        assert!(found == rows(&whole), "{name}");
        assert_eq!(*share.get_mut(), 1.0, "{name}");
    }
}

#[test]
fn an_identifier_in_a_later_batch_is_told_with_its_row() {
    let folder = Folder::new();
    let path = folder.path("a.parquet");
    let done: Result<(), Error> = write_batches(&path, |out| {
        for first in [1, 1 << 60] {
            let integers: Vec<i64> = (0..ROWS as i64).map(|i| i + first).collect();
            out.write(&[("id".into(), OutColumn::Integer(&integers))])?;
        }
        Ok(())
    });
    done.unwrap();
    let told = read_batches(&path, &ReadOptions::default(), &|_| (), |_| Ok::<(), Error>(())).unwrap_err();
    assert!(matches!(told, Error::NotExact { row, .. } if row == ROWS + 1), "{told}");
}

#[test]
fn what_is_not_finished_is_not_there() {
    let folder = Folder::new();
    for name in ["a.parquet", "a.csv", "a.csv.gz"] {
        folder.put(name, "as it was");
        let path = folder.path(name);
        let refused: Result<(), Error> = write_batches(&path, |out| {
            out.write(&[("x".into(), OutColumn::Number(&[1.0; 10_000]))])?;
            Err(Error::NoFiles)
        });
        assert!(matches!(refused, Err(Error::NoFiles)));
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "as it was");
    }
    let names = std::fs::read_dir(folder.path("")).unwrap().count();
    assert_eq!(names, 3, "no temporary file is left");
}

#[test]
fn a_file_that_is_not_there_or_empty_is_told() {
    let folder = Folder::new();
    folder.put("empty.parquet", "").put("rubbish.parquet", "PAR1 rubbish");
    for (name, expect) in [("absent.parquet", "no such file"), ("empty.parquet", "empty"), ("rubbish.parquet", "PAR1")]
    {
        let told = read_batches(&folder.path(name), &ReadOptions::default(), &|_| (), |_| Ok::<(), Error>(()));
        let told = told.unwrap_err().to_string();
        assert!(told.contains(expect) && told.contains(name), "{told}");
    }
}
