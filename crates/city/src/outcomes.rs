//! What became of the enterprises, in files apart from the sources.

use crate::calendar::{Day, first_day, last_day, push_day};
use crate::codes;
use crate::firm::Archetype;
use crate::plan::Plan;
use crate::write::Life;
use crate::{Error, SnapshotSummary};
use chrono::NaiveDate;
use std::path::Path;
use table::OutColumn;

/// Rows of a batch.
const BATCH: usize = 1 << 16;

/// Writes `outcomes.parquet` and `truth.parquet`; returns what they hold.
pub(crate) fn write(plan: &Plan, folder: &Path, lives: &[Life]) -> Result<(Vec<SnapshotSummary>, [u64; 4]), Error> {
    let mut snapshots = Vec::new();
    table::write_batches(&folder.join("outcomes.parquet"), |out| {
        for month in plan.snapshots() {
            let (as_of, until) = (last_day(month), last_day(month + 12));
            let mut summary = SnapshotSummary { as_of: date(as_of), enterprises: 0, bad: 0 };
            for batch in lives.chunks(BATCH) {
                let at_risk: Vec<&Life> = batch.iter().filter(|life| at_risk(life, as_of)).collect();
                let day = text(as_of);
                let fell = |life: &&Life| life.path.defaulted.filter(|day| *day <= until);
                let fell: Vec<Option<String>> = at_risk.iter().map(|l| fell(l).map(text)).collect();
                let bad: Vec<i64> = fell.iter().map(|day| i64::from(day.is_some())).collect();
                summary.enterprises += at_risk.len() as u64;
                summary.bad += bad.iter().sum::<i64>() as u64;
                let ids: Vec<Option<&str>> = at_risk.iter().map(|l| Some(codes::text(&l.firm.code))).collect();
                let days = vec![Some(day.as_str()); ids.len()];
                let fell: Vec<Option<&str>> = fell.iter().map(Option::as_deref).collect();
                out.write(&[
                    ("enterprise_id".into(), OutColumn::OptionalText(&ids)),
                    ("as_of".into(), OutColumn::OptionalText(&days)),
                    ("bad".into(), OutColumn::Integer(&bad)),
                    ("defaulted_on".into(), OutColumn::OptionalText(&fell)),
                ])?;
            }
            snapshots.push(summary);
        }
        Ok::<(), table::Error>(())
    })?;
    let mut archetypes = [0; 4];
    table::write_batches(&folder.join("truth.parquet"), |out| {
        for batch in lives.chunks(BATCH) {
            for life in batch {
                archetypes[life.firm.archetype as usize] += 1;
            }
            truth(batch, out)?;
        }
        Ok::<(), table::Error>(())
    })?;
    Ok((snapshots, archetypes))
}

/// Whether it can still default: founded, not ended, not silent for good, no default yet.
fn at_risk(life: &Life, as_of: Day) -> bool {
    let exists = life.firm.founded <= as_of && as_of < first_day(life.path.ended.min(life.path.silent));
    exists && life.path.defaulted.is_none_or(|day| day > as_of)
}

fn truth(batch: &[Life], out: &mut table::BatchWriter<'_>) -> Result<(), table::Error> {
    let scheme = |life: &Life, month: i32| {
        let told = matches!(life.firm.archetype, Archetype::Ring | Archetype::BlownUpSales);
        told.then(|| text(first_day(month)))
    };
    let distress = |life: &Life| {
        // The spell that ended in default, else the last one.
        life.path.spells.last().map(|spell| text(first_day(spell.from)))
    };
    let columns: [(&str, Vec<Option<String>>); 5] = [
        ("scheme_from", batch.iter().map(|l| scheme(l, l.firm.scheme.0)).collect()),
        ("scheme_until", batch.iter().map(|l| scheme(l, l.firm.scheme.1)).collect()),
        ("distress_from", batch.iter().map(distress).collect()),
        ("defaulted_on", batch.iter().map(|l| l.path.defaulted.map(text)).collect()),
        ("founded_on", batch.iter().map(|l| Some(text(l.firm.founded))).collect()),
    ];
    let ids: Vec<Option<&str>> = batch.iter().map(|l| Some(codes::text(&l.firm.code))).collect();
    let words: Vec<Option<&str>> = batch.iter().map(|l| Some(l.firm.archetype.word())).collect();
    let spells: Vec<i64> = batch.iter().map(|l| l.path.spells.len() as i64).collect();
    let columns: Vec<(&str, Vec<Option<&str>>)> =
        columns.iter().map(|(name, texts)| (*name, texts.iter().map(Option::as_deref).collect())).collect();
    let mut all = vec![
        ("enterprise_id".to_owned(), OutColumn::OptionalText(&ids)),
        ("archetype".to_owned(), OutColumn::OptionalText(&words)),
        ("distress_spells".to_owned(), OutColumn::Integer(&spells)),
    ];
    all.extend(columns.iter().map(|(name, texts)| ((*name).to_owned(), OutColumn::OptionalText(texts))));
    out.write(&all)
}

fn text(day: Day) -> String {
    let mut text = String::new();
    push_day(&mut text, day);
    text
}

fn date(day: Day) -> NaiveDate {
    let (year, month, day) = crate::calendar::civil(day);
    NaiveDate::from_ymd_opt(year, month, day).expect("a day of the calendar")
}
