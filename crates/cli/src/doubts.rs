//! What is odd about a table without being an error: it is told, and the run goes on.

use crate::input;
use anyhow::{Result, bail};
use primitives::{Column, MISSING_CODE};
use scoring::{Model, ModelFile};
use std::collections::BTreeMap;
use table::{ColumnType, Table};

/// Share of numbers from which a column of text looks like one of numbers.
const MOSTLY: f64 = 0.9;

/// Refuses files that are the same: each row would count twice, and a fold would hold the rows of another.
pub(crate) fn refuse_a_file_given_twice(table: &Table) -> Result<()> {
    let mut seen = BTreeMap::new();
    for (source, digest) in input::files(table) {
        if let Some(first) = seen.insert(digest.to_string(), &source.name) {
            bail!("--data {first} and {}: the two files are the same, byte by byte; give each once", source.name);
        }
    }
    Ok(())
}

/// Tells of columns that a few texts keep from being numbers, with the first of them.
pub(crate) fn tell_of_stray_texts(table: &Table, forced: &BTreeMap<String, ColumnType>) {
    for (name, column) in table.names().iter().zip(table.columns()) {
        let Column::Text { codes, levels } = column else { continue };
        if forced.contains_key(name) {
            continue;
        }
        let number: Vec<bool> = levels.iter().map(|l| l.parse::<f64>().is_ok()).collect();
        let is_stray = |code: &u32| *code != MISSING_CODE && !number[*code as usize];
        let stray = codes.iter().filter(|c| is_stray(c)).count();
        let present = codes.iter().filter(|c| **c != MISSING_CODE).count();
        let Some(row) = codes.iter().position(is_stray) else { continue };
        if ((present - stray) as f64) < MOSTLY * present as f64 {
            continue;
        }
        let (file, row_of_file) = input::place(table, row);
        crate::note(&format!(
            "column {name:?} is text because of {stray} of its {present} values, the first {:?} in {file}, row \
             {row_of_file}; leave those empty if they mean missing, or say so: columns.types.{name} = \"text\"",
            levels[codes[row] as usize]
        ));
    }
}

/// Tells which values count as good where there are several: one of them may stand for an unknown outcome.
pub(crate) fn tell_of_several_goods(table: &Table, target: &str, bad: &str) {
    let Some(column) = table.column(target) else { return };
    let good = training::good_values(column, bad);
    // A bad value that is not there is an error of its own.
    if good.len() > 1 && training::outcome(target, column, bad).is_ok() {
        let listed: Vec<String> = good.iter().map(|g| format!("{g:?}")).collect();
        crate::note(&format!("outcome {target:?}: {bad:?} is bad, all else is good: {}", listed.join(", ")));
    }
}

/// Rows of the rarer outcome for each characteristic below which a model is told of: ten events a variable is the rule of
/// thumb of regression (Peduzzi et al., 1996).
const EVENTS_PER_CHARACTERISTIC: u64 = 10;

/// Tells of a model that was fitted on few rows of one outcome.
pub(crate) fn tell_of_few_outcomes(file: &ModelFile, has_prior: bool) {
    let origin = &file.origin;
    let goods = origin.rows.saturating_sub(origin.bads);
    let (rarer, name) = if origin.bads <= goods { (origin.bads, "bads") } else { (goods, "goods") };
    let characteristics = file.characteristics.len() as u64;
    if has_prior || EVENTS_PER_CHARACTERISTIC * characteristics <= rarer {
        return;
    }
    crate::note(&format!(
        "{name} are few: {rarer}, where {EVENTS_PER_CHARACTERISTIC} for each characteristic are usual ({characteristics} here): the \
         interval of the out-of-fold AUC says how little is known; fewer characteristics (--max-characteristics), or a card of \
         another period or segment to start from (--prior MODEL), make it surer"
    ));
}

/// Rows whose category training did not see, by column, with an example.
#[derive(Default)]
pub(crate) struct Unseen {
    rows: usize,
    by_column: BTreeMap<String, (usize, String)>,
}

impl Unseen {
    pub(crate) fn count(&mut self, model: &Model, table: &Table) {
        self.rows += table.rows();
        for (at, characteristic) in model.file().characteristics.iter().enumerate() {
            let Some(Column::Text { codes, levels }) = table.column(&characteristic.name) else { continue };
            let known = model.known_levels(at);
            let unseen: Vec<bool> = levels.iter().map(|l| known.binary_search(&l.as_str()).is_err()).collect();
            let is_unseen = |code: &u32| *code != MISSING_CODE && unseen[*code as usize];
            let Some(first) = codes.iter().find(|c| is_unseen(c)) else { continue };
            let entry = self
                .by_column
                .entry(characteristic.name.clone())
                .or_insert_with(|| (0, levels[*first as usize].clone()));
            entry.0 += codes.iter().filter(|c| is_unseen(c)).count();
        }
    }

    pub(crate) fn tell(&self) {
        for (column, (rows, example)) in &self.by_column {
            crate::note(&format!(
                "column {column:?}: {rows} of {} rows have a category that training did not see, such as {:?}",
                self.rows,
                crate::text::cut(example, 60)
            ));
        }
    }
}
