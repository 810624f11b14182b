//! `shangzhi outcomes`: what became of those that were rated, from the ledger, as a table to train on.
//!
//! A row is an enterprise on the day of a rating. Features stand beside it as they were known then: of the tables that are
//! given, the latest row of the enterprise that is not after the rating.

use crate::args::OutcomesArgs;
use crate::input;
use crate::ledger::{Missing, each_line, with_ledger};
use anyhow::{Result, ensure};
use ledger::outcomes::{Definition, Outcome, Outcomes, Row};
use policy::Code as _;
use primitives::{Column, MISSING_CODE};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use table::{ColumnType, OutColumn, ReadOptions, Table};

const KEY: [&str; 2] = ["enterprise_id", "as_of"];
/// The day of the rating.
const TIME: &str = "rated_on";
/// The day of the features beside a rating.
const FEATURES_AS_OF: &str = "features_as_of";
/// Columns that are ours: features must not be called so.
const OWN: [&str; 10] = [
    "enterprise_id",
    TIME,
    "rating_id",
    "grade",
    "outcome",
    "bad",
    "bad_reason",
    "days_past_due_max",
    "renewed",
    "bridged",
];

pub(crate) fn run(args: &OutcomesArgs) -> Result<()> {
    let OutcomesArgs { as_of, months, bad_days, indeterminate_days, restructured_days, .. } = *args;
    ensure!(months > 0, "--months {months}: must be 1 or more");
    ensure!(
        0 < indeterminate_days && indeterminate_days <= bad_days,
        "--indeterminate-days {indeterminate_days}: must be 1 to --bad-days {bad_days}"
    );
    let by = Definition { as_of, months, bad_days, indeterminate_days, restructured_days };
    let all = with_ledger(&args.ledger, Missing::Refused, async |ledger| {
        let mut outcomes = Outcomes::default();
        each_line(&ledger, |line| {
            outcomes.push(line.seq, &line.event);
            anyhow::Ok(())
        })
        .await?;
        Ok(outcomes.rows(&by))
    })?;
    let rows = one_a_day(all);
    tell(&rows);
    let kept: Vec<&Row> = rows.iter().filter(|r| bad(r.outcome).is_some() || is_uncertain(r.outcome)).collect();
    ensure!(!kept.is_empty(), "no rating up to {as_of} has an outcome yet: {months} months have to pass after it");
    let features = match &args.features[..] {
        [] => None,
        files => {
            let types = KEY.iter().map(|n| ((*n).to_owned(), ColumnType::Text)).collect();
            Some(input::read(files, &ReadOptions { types, no_digest: true, ..Default::default() })?)
        }
    };
    let beside = features.as_ref().map(|table| places(table, &kept)).transpose()?;
    write(args, &kept, features.as_ref().zip(beside.as_deref()))?;
    println!("{} rows -> {}", kept.len(), args.out.display());
    if features.is_some() {
        let (out, config) = (args.out.display(), args.out.with_extension("train.toml"));
        crate::whole_files::write_one(&config, train_config(&kept).as_bytes())?;
        let config = config.display();
        println!("next: shangzhi train --data {out} --target bad --bad 1 --config {config} --out model");
    }
    Ok(())
}

/// A configuration of training that leaves out what names a row and what was known only after the rating: a model of such
/// columns would be perfect and of no use.
fn train_config(rows: &[&Row]) -> String {
    let days: BTreeSet<_> = rows.iter().map(|r| r.rated_on).collect();
    // Of one day there is no later part to hold out.
    let time = if days.len() > 1 { TIME } else { "" };
    let no_candidates: Vec<String> =
        OWN.iter().chain([&FEATURES_AS_OF]).filter(|n| **n != "bad" && **n != time).map(|n| format!("{n:?}")).collect();
    format!(
        "# Made by `shangzhi outcomes`: what names a row, or was known only after the rating, is no candidate.\n\
         [columns]\ntime = {time:?}\nexclude = [{}]\n",
        no_candidates.join(", ")
    )
}

/// Of the ratings of an enterprise on a day, the last.
fn one_a_day(rows: Vec<Row>) -> Vec<Row> {
    let mut last = BTreeMap::new();
    for row in rows {
        last.insert((row.rated_on, row.enterprise), row);
    }
    last.into_values().collect()
}

fn bad(outcome: Outcome) -> Option<bool> {
    match outcome {
        Outcome::Good => Some(false),
        Outcome::Bad => Some(true),
        _ => None,
    }
}

fn is_uncertain(outcome: Outcome) -> bool {
    outcome == Outcome::Indeterminate
}

/// How many there are of each kind, and the bad rate with and without those that were renewed or bridged.
fn tell(rows: &[Row]) {
    for outcome in Outcome::ALL {
        let count = rows.iter().filter(|r| r.outcome == *outcome).count();
        let left_out = if bad(*outcome).is_some() || is_uncertain(*outcome) { "" } else { ", left out" };
        println!("{} {}: {count}{left_out}", outcome.name_zh(), outcome.name_en());
    }
    let rate = |what: &str, which: &dyn Fn(&Row) -> bool| {
        let told: Vec<bool> = rows.iter().filter(|r| which(r)).filter_map(|r| bad(r.outcome)).collect();
        let bads = told.iter().filter(|bad| **bad).count();
        if told.is_empty() {
            println!("{what}: none");
        } else {
            println!("{what}: {bads} of {} bad, {:.2} %", told.len(), 100.0 * bads as f64 / told.len() as f64);
        }
    };
    rate("with those renewed or bridged", &|_| true);
    rate("without them", &|r| !r.renewed && !r.bridged);
}

/// For each row the place of its features: those of the enterprise as of the latest day that is not after the rating.
fn places(table: &Table, rows: &[&Row]) -> Result<Vec<Option<usize>>> {
    if let Some(name) = table.names().iter().find(|n| *n != KEY[0] && OWN.contains(&n.as_str())) {
        anyhow::bail!("--features: a column is called {name:?}, as one of the outcomes is");
    }
    let (ids, days) = (input::column(table, KEY[0])?, input::column(table, KEY[1])?);
    let mut known: HashMap<&str, BTreeMap<&str, usize>> = HashMap::new();
    for row in 0..table.rows() {
        let Some((id, day)) = ids.text(row).zip(days.text(row)) else { continue };
        let is_day = day.parse::<chrono::NaiveDate>().is_ok_and(|d| d.to_string() == day);
        ensure!(is_day, "--features: row {}: as_of {day:?} must be YYYY-MM-DD", row + 1);
        let before = known.entry(id).or_default().insert(day, row);
        ensure!(before.is_none(), "--features: row {}: {id:?} as of {day} stands twice", row + 1);
    }
    let place = |row: &&Row| {
        let days = known.get(row.enterprise.as_str())?;
        // Days of this form are in the order of their texts.
        days.range(..=row.rated_on.to_string().as_str()).next_back().map(|(_, place)| *place)
    };
    let places: Vec<Option<usize>> = rows.iter().map(place).collect();
    let found = places.iter().flatten().count();
    println!("{found} of {} have features as of the rating or before", rows.len());
    ensure!(found > 0, "--features: none is of an enterprise with an outcome, as of its rating or before");
    Ok(places)
}

fn write(args: &OutcomesArgs, rows: &[&Row], features: Option<(&Table, &[Option<usize>])>) -> Result<()> {
    let texts = |of: &dyn Fn(&Row) -> Option<String>| rows.iter().map(|r| of(r)).collect::<Vec<_>>();
    let ids = texts(&|r| Some(r.enterprise.as_str().to_owned()));
    let days = texts(&|r| Some(r.rated_on.to_string()));
    let ratings = texts(&|r| Some(r.rating.to_string()));
    let grades = texts(&|r| Some(r.grade.to_string()));
    let outcomes = texts(&|r| Some(r.outcome.code().to_owned()));
    let reasons = texts(&|r| r.bad.map(|(_, reason)| reason.code().to_owned()));
    let bads: Vec<Option<i64>> = rows.iter().map(|r| bad(r.outcome).map(i64::from)).collect();
    let past_due: Vec<i64> = rows.iter().map(|r| r.days_past_due_max).collect();
    let renewed: Vec<i64> = rows.iter().map(|r| i64::from(r.renewed)).collect();
    let bridged: Vec<i64> = rows.iter().map(|r| i64::from(r.bridged)).collect();
    let borrowed: Vec<Vec<Option<&str>>> =
        [&ids, &days, &ratings, &grades, &outcomes, &reasons].map(|v| v.iter().map(Option::as_deref).collect()).into();
    let text = |at: usize| OutColumn::OptionalText(&borrowed[at]);
    let own = [
        text(0),
        text(1),
        text(2),
        text(3),
        text(4),
        OutColumn::OptionalInteger(&bads),
        text(5),
        OutColumn::Integer(&past_due),
        OutColumn::Integer(&renewed),
        OutColumn::Integer(&bridged),
    ];
    let mut columns: Vec<(String, OutColumn<'_>)> = OWN.iter().map(|n| (*n).to_owned()).zip(own).collect();
    let gathered: Vec<(String, Column)> = match features {
        None => Vec::new(),
        Some((table, places)) => table
            .names()
            .iter()
            .zip(table.columns())
            .filter(|(name, _)| *name != KEY[0])
            .map(|(name, column)| {
                (if name == KEY[1] { FEATURES_AS_OF.to_owned() } else { name.clone() }, gather(column, places))
            })
            .collect(),
    };
    columns.extend(gathered.iter().map(|(name, column)| (name.clone(), OutColumn::Source(column))));
    Ok(table::write(&args.out, &columns)?)
}

/// Values of a column at places; missing where there is no place.
fn gather(column: &Column, places: &[Option<usize>]) -> Column {
    match column {
        Column::Number(values) => Column::Number(places.iter().map(|p| p.map_or(f64::NAN, |p| values[p])).collect()),
        Column::Text { codes, levels } => Column::Text {
            codes: places.iter().map(|p| p.map_or(MISSING_CODE, |p| codes[p])).collect(),
            levels: levels.clone(),
        },
    }
}
