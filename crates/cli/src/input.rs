//! Data files as the commands need them.

use anyhow::{Context, Result};
use indicatif::{ProgressBar, ProgressStyle};
use primitives::{Column, ColumnView};
use scoring::{Kind, Model};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use table::{ColumnType, ReadOptions, Table};

/// A bar on the terminal, nothing elsewhere.
pub(crate) fn bar(length: u64, what: &str) -> ProgressBar {
    let bar = ProgressBar::new(length);
    if let Ok(style) = ProgressStyle::with_template("{msg:24} {bar:40} {percent:>3}% {elapsed}") {
        bar.set_style(style);
    }
    bar.set_message(what.to_owned());
    bar
}

/// Reads files with a progress bar.
pub(crate) fn read(paths: &[PathBuf], options: &ReadOptions) -> Result<Table> {
    let bar = bar(1, "reading");
    let table = table::read(paths, options, &|p| {
        bar.set_length(p.bytes);
        bar.set_position(p.bytes_done);
    });
    bar.finish_and_clear();
    Ok(table?)
}

/// Reads the columns of the models, typed as these need them, some others, and those of `optional` that
/// the file has.
pub(crate) fn read_for(models: &[&Model], path: &Path, others: &[String], optional: &[String]) -> Result<Table> {
    let mut only: Vec<String> = Vec::new();
    let mut types = BTreeMap::new();
    for c in models.iter().flat_map(|m| &m.file().characteristics) {
        let kind = match c.kind {
            Kind::Number => ColumnType::Number,
            Kind::Text => ColumnType::Text,
        };
        if let Some(before) = types.insert(c.name.clone(), kind)
            && before != kind
        {
            anyhow::bail!("one model reads column {:?} as a number, the other as text: compare each alone", c.name);
        }
        if !only.contains(&c.name) {
            only.push(c.name.clone());
        }
    }
    for name in others {
        if !only.contains(name) {
            only.push(name.clone());
        }
    }
    read(&[path.to_path_buf()], &ReadOptions { types, only: Some(only), optional: optional.to_vec() })
}

/// The columns of a table by name, borrowed.
pub(crate) fn views(table: &Table) -> Vec<(&str, ColumnView<'_>)> {
    table.names().iter().map(String::as_str).zip(table.columns().iter().map(Column::view)).collect()
}

/// A column that was asked for when the table was read.
pub(crate) fn column<'t>(table: &'t Table, name: &str) -> Result<&'t Column> {
    table.column(name).with_context(|| format!("no column {name:?}"))
}

/// A column as texts; a number as its shortest form, a missing value as `None`.
pub(crate) fn texts(column: &Column) -> Vec<Option<String>> {
    match column {
        Column::Number(v) => v.iter().map(|x| x.is_finite().then(|| x.to_string())).collect(),
        Column::Text { codes, levels } => codes.iter().map(|&c| levels.get(c as usize).cloned()).collect(),
    }
}
