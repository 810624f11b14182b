//! Data files as the commands need them.

use anyhow::{Context, Result, ensure};
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
    with_identifiers(paths, options, |options| with_bar("reading", |told| table::read(paths, options, told)))
}

/// Reads a file batch by batch with a progress bar, and writes another: `each` takes a batch and the file to write.
///
/// A column that turns out to be of identifiers begins both anew.
pub(crate) fn read_and_write(
    path: &Path,
    options: &ReadOptions,
    out: &Path,
    mut each: impl FnMut(&Table, &mut table::BatchWriter<'_>) -> Result<()>,
) -> Result<()> {
    with_identifiers(&[path.to_owned()], options, |options| {
        with_bar("scoring", |told| {
            table::write_batches(out, |out| table::read_batches(path, options, told, |batch| each(batch, out)))
        })
    })
}

fn with_bar<T>(what: &str, work: impl FnOnce(&dyn Fn(table::Progress)) -> T) -> T {
    let bar = bar(1, what);
    let done = work(&|p| {
        bar.set_length(p.bytes);
        bar.set_position(p.bytes_done);
    });
    bar.finish_and_clear();
    done
}

/// A column that was taken for one of numbers and has whole numbers beyond 2^53 is of identifiers, such
/// as credit codes of 18 digits: it is read again as text, unless it comes through a pipe.
fn with_identifiers<T, E: Into<anyhow::Error>>(
    paths: &[PathBuf],
    options: &ReadOptions,
    mut read: impl FnMut(&ReadOptions) -> Result<T, E>,
) -> Result<T> {
    let mut options = options.clone();
    loop {
        let error = match read(&options) {
            Ok(done) => return Ok(done),
            Err(error) => error.into(),
        };
        match error.downcast_ref() {
            Some(table::Error::NotExact { column, .. })
                if !options.types.contains_key(column) && paths.iter().all(|p| p.is_file()) =>
            {
                crate::note(&format!("column {column:?} has whole numbers beyond 2^53: read as text"));
                options.types.insert(column.clone(), ColumnType::Text);
            }
            _ => return Err(error),
        }
    }
}

/// Columns that a command needs besides those of its models.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Others<'a> {
    /// Numbers or text, as their values are.
    pub(crate) inferred: &'a [String],
    /// As they stand in a CSV file: an identifier keeps its leading zeros.
    pub(crate) as_written: &'a [String],
    /// As written too, where the file has them.
    pub(crate) optional: &'a [String],
    /// Whether the digest of the file is wanted: to tell training data, or for a record.
    pub(crate) digest: bool,
}

impl Others<'_> {
    pub(crate) const NONE: Self = Self { inferred: &[], as_written: &[], optional: &[], digest: false };
}

/// Reads the columns of the models, typed as these need them, and some others.
pub(crate) fn read_for(models: &[&Model], path: &Path, others: Others<'_>) -> Result<Table> {
    read(&[path.to_path_buf()], &options_for(models, path, others)?)
}

/// How to read the columns of the models and some others.
pub(crate) fn options_for(models: &[&Model], path: &Path, others: Others<'_>) -> Result<ReadOptions> {
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
    // The types of a Parquet file are those of whoever wrote it.
    if !is_parquet(path) {
        for name in others.as_written.iter().chain(others.optional).filter(|n| !others.inferred.contains(n)) {
            types.entry(name.clone()).or_insert(ColumnType::Text);
        }
    }
    for name in others.inferred.iter().chain(others.as_written) {
        if !only.contains(name) {
            only.push(name.clone());
        }
    }
    let optional = others.optional.to_vec();
    Ok(ReadOptions { types, only: Some(only), optional, no_digest: !others.digest })
}

/// Whether two paths lead to one file that is there.
pub(crate) fn is_same_file(a: &Path, b: &Path) -> bool {
    a.canonicalize().is_ok_and(|a| b.canonicalize().is_ok_and(|b| a == b))
}

/// Refuses to write to a file that the run reads, or into a folder that it reads.
pub(crate) fn not_read(flag: &str, out: &Path, read: &[(&str, &Path)]) -> Result<()> {
    let parent = out.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    for (name, path) in read {
        let inside =
            path.is_dir() && parent.canonicalize().is_ok_and(|p| path.canonicalize().is_ok_and(|d| p.starts_with(d)));
        ensure!(
            !inside && !is_same_file(out, path),
            "{flag} {} {} {name} {}, which is read: choose another place",
            out.display(),
            if inside { "lies in" } else { "is" },
            path.display()
        );
    }
    Ok(())
}

pub(crate) fn is_parquet(path: &Path) -> bool {
    path.extension().is_some_and(|e| e.eq_ignore_ascii_case("parquet"))
}

/// The numbers of a text column whose every value is a number as we would write it, so that nothing is
/// lost: neither a leading zero nor a digit.
pub(crate) fn numbers_as_written(column: &Column) -> Option<Column> {
    let Column::Text { codes, levels } = column else { return None };
    let number = |level: &String| {
        let x: f64 = level.parse().ok()?;
        (x.abs() <= 2_f64.powi(53) && x.to_string() == *level).then_some(x)
    };
    let numbers: Vec<f64> = levels.iter().map(number).collect::<Option<_>>()?;
    if numbers.is_empty() {
        return None;
    }
    Some(Column::Number(codes.iter().map(|&c| numbers.get(c as usize).copied().unwrap_or(f64::NAN)).collect()))
}

/// The files of a table that was read with their digests.
pub(crate) fn files(table: &Table) -> impl Iterator<Item = (&table::SourceFile, &primitives::Digest)> {
    table.sources().iter().map(|s| (s, s.digest.as_ref().expect("the table was read with its digests")))
}

/// Whether a file of the table is training data of the model.
pub(crate) fn is_training_data(table: &Table, model: &Model) -> bool {
    files(table).any(|(_, digest)| model.file().origin.data.iter().any(|d| d.digest == *digest))
}

/// The columns of a table by name, borrowed.
pub(crate) fn views(table: &Table) -> Vec<(&str, ColumnView<'_>)> {
    table.names().iter().map(String::as_str).zip(table.columns().iter().map(Column::view)).collect()
}

/// A column that was asked for when the table was read.
pub(crate) fn column<'t>(table: &'t Table, name: &str) -> Result<&'t Column> {
    table.column(name).with_context(|| format!("no column {name:?}"))
}

/// The files of a table, for messages.
pub(crate) fn file_names(table: &Table) -> String {
    const SHOWN: usize = 3;
    let names: Vec<&str> = table.sources().iter().map(|s| s.name.as_str()).collect();
    match names.len().checked_sub(SHOWN).filter(|&more| more > 0) {
        Some(more) => format!("{} and {more} more", names[..SHOWN].join(", ")),
        None => names.join(", "),
    }
}

/// File and row there, from 1, of a row of a table, from 0.
pub(crate) fn place(table: &Table, row: usize) -> (&str, usize) {
    let mut before = 0;
    for source in table.sources() {
        if row < before + source.rows {
            return (&source.name, row - before + 1);
        }
        before += source.rows;
    }
    ("the data", row + 1)
}

/// Largest exposure or weight: sums of them keep their digits and stay far below infinity.
pub(crate) const AMOUNT_MAX: f64 = training::WEIGHT_MAX;

/// An exposure or weight of a row, counted from 0; `option` is what named the column.
pub(crate) fn amount(table: &Table, option: &str, name: &str, row: usize, value: f64) -> Result<f64> {
    let (file, row) = place(table, row);
    let found = match value {
        x if x.is_nan() => "missing".to_owned(),
        x if x > AMOUNT_MAX => format!("{x:e}"),
        x => x.to_string(),
    };
    anyhow::ensure!(
        (0.0..=AMOUNT_MAX).contains(&value),
        "{file}: row {row}, column {name:?} ({option}) is {found}, a number of 0 or more and at most {AMOUNT_MAX:e} is needed"
    );
    Ok(value)
}

/// A column as texts; a number as its shortest form, a missing value as `None`.
pub(crate) fn texts(column: &Column) -> Vec<Option<String>> {
    match column {
        Column::Number(v) => v.iter().map(|x| x.is_finite().then(|| x.to_string())).collect(),
        Column::Text { codes, levels } => codes.iter().map(|&c| levels.get(c as usize).cloned()).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::numbers_as_written;
    use primitives::{Column, TextBuilder};

    #[test]
    fn numbers_that_are_texts_stay_texts() {
        let column = |texts: &[&str]| {
            let mut builder = TextBuilder::default();
            texts.iter().for_each(|t| builder.push(Some(*t).filter(|t| !t.is_empty())));
            builder.finish()
        };
        for texts in [&["007", "1"][..], &["1.50"], &["1e3"], &["915001077428760001"], &["a"], &["+1"], &[]] {
            assert_eq!(numbers_as_written(&column(texts)), None, "{texts:?}");
        }
        let Some(Column::Number(found)) = numbers_as_written(&column(&["1", "", "-0.5"])) else { panic!("numbers") };
        assert!(found[0] == 1.0 && found[1].is_nan() && found[2] == -0.5);
    }
}
