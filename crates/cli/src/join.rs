//! `shangzhi join`: features of several dates and the outcomes that came later, as one table to train on.

use crate::args::JoinArgs;
use crate::input;
use anyhow::{Result, ensure};
use primitives::{Column, TextBuilder};
use std::collections::HashMap;
use table::{ColumnType, OutColumn, ReadOptions, Table};

/// What identifies a row.
const KEY: [&str; 2] = ["enterprise_id", "as_of"];

pub(crate) fn run(args: &JoinArgs) -> Result<()> {
    let (rows, found) = join(args)?;
    println!("{rows} rows, {found} of them with an outcome -> {}", args.out.display());
    Ok(())
}

/// Rows of the features, and how many have an outcome.
pub(crate) fn join(args: &JoinArgs) -> Result<(usize, usize)> {
    let types: std::collections::BTreeMap<_, _> = KEY
        .iter()
        .map(|n| ((*n).to_owned(), ColumnType::Text))
        .chain([(args.target.clone(), ColumnType::Text)])
        .collect();
    let only = KEY.iter().map(|n| (*n).to_owned()).chain([args.target.clone()]).collect();
    let options = ReadOptions { types: types.clone(), only: Some(only), no_digest: true, ..Default::default() };
    let outcomes = input::read(std::slice::from_ref(&args.outcomes), &options)?;
    let features = input::read(&args.features, &ReadOptions { types, no_digest: true, ..Default::default() })?;
    ensure!(features.column(&args.target).is_none(), "the features have a column {:?} already", args.target);
    let [ids, dates] = key(&features)?;
    let ([outcome_ids, outcome_dates], told) = (key(&outcomes)?, input::column(&outcomes, &args.target)?);
    let mut known: HashMap<(&str, &str), Option<&str>> = HashMap::new();
    for row in 0..outcomes.rows() {
        let Some((id, date)) = outcome_ids.text(row).zip(outcome_dates.text(row)) else { continue };
        let before = known.insert((id, date), told.text(row));
        ensure!(before.is_none(), "{}: row {}: {id:?} as of {date} stands twice", args.outcomes.display(), row + 1);
    }
    let (mut target, mut found) = (TextBuilder::default(), 0);
    for row in 0..features.rows() {
        let key = ids.text(row).zip(dates.text(row));
        let outcome = key.and_then(|key| known.get(&key).copied().flatten());
        found += usize::from(outcome.is_some());
        target.push(outcome);
    }
    ensure!(found > 0, "no row has an outcome: the two are matched by enterprise_id and as_of");
    let target = target.finish();
    let mut columns: Vec<(String, OutColumn<'_>)> =
        features.names().iter().zip(features.columns()).map(|(n, c)| (n.clone(), OutColumn::Source(c))).collect();
    columns.push((args.target.clone(), OutColumn::Source(&target)));
    table::write(&args.out, &columns)?;
    Ok((features.rows(), found))
}

fn key(table: &Table) -> Result<[&Column; 2]> {
    Ok([input::column(table, KEY[0])?, input::column(table, KEY[1])?])
}
