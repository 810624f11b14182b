//! Whole files in, the table or the error as text out.

mod batches;
mod cells;
mod csv;
mod damage;
mod encoding;
mod files;
mod parquet;
mod round_trip;
mod several;

use crate::{ColumnType, ReadOptions, Table, read};
use primitives::{Column, MISSING_CODE};
use std::path::PathBuf;
use tempfile::TempDir;

/// A folder of files for one test.
struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn put(&self, name: &str, bytes: impl AsRef<[u8]>) -> &Self {
        std::fs::write(self.path(name), bytes).unwrap();
        self
    }

    /// The table of the files, or the error, without the name of the folder.
    #[track_caller]
    fn read(&self, names: &[&str], options: &ReadOptions) -> String {
        let paths: Vec<PathBuf> = names.iter().map(|n| self.path(n)).collect();
        match read(&paths, options, &|_| ()) {
            Ok(table) => shown(&table),
            Err(e) => e.to_string().replace(&format!("{}/", self.0.path().display()), ""),
        }
    }
}

/// One line a column: name, `#` for numbers or `$` for text, values, `.` where one is missing.
fn shown(table: &Table) -> String {
    let mut lines = Vec::new();
    for (name, column) in table.names().iter().zip(table.columns()) {
        let (sign, values): (_, Vec<String>) = match column {
            Column::Number(v) => ('#', v.iter().map(|x| if x.is_nan() { ".".into() } else { x.to_string() }).collect()),
            Column::Text { codes, levels } => {
                let level = |&c: &u32| if c == MISSING_CODE { ".".into() } else { levels[c as usize].clone() };
                ('$', codes.iter().map(level).collect())
            }
        };
        lines.push(format!("{name} {sign} {}", values.join(" ")));
    }
    lines.join("\n")
}

fn forced(types: &[(&str, ColumnType)]) -> ReadOptions {
    ReadOptions { types: types.iter().map(|(n, t)| (n.to_string(), *t)).collect(), ..Default::default() }
}

fn only(names: &[&str], optional: &[&str]) -> ReadOptions {
    let own = |names: &[&str]| names.iter().map(|n| n.to_string()).collect::<Vec<_>>();
    ReadOptions { only: Some(own(names)), optional: own(optional), ..Default::default() }
}
