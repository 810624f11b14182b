use crate::{golden_file, model_folder};
use anyhow::{Result, bail, ensure};
use primitives::plain;
use primitives::{Column, TextBuilder};
use scoring::{Kind, Model};
use std::path::Path;
use training::{GoldenRow, golden_value};

pub(crate) fn run(folder: &Path) -> Result<()> {
    let model = model_folder::load(folder)?;
    let sums = model_folder::sums(folder)?;
    for (name, _) in &sums {
        model_folder::verified(folder, name, &sums)?;
    }
    println!("digests       ok  {} files as on record (sha256)", sums.len());
    println!(
        "model file    ok  format {}, {} characteristics",
        model.file().format_version,
        model.file().characteristics.len()
    );
    let golden = golden_file::read(&model, &folder.join("golden.csv"))?;
    let wrong = rows_that_differ(&model, &golden)?;
    if let Some(first) = wrong.first() {
        bail!("golden.csv: {} of {} rows score differently; first: {first}", wrong.len(), golden.len());
    }
    println!(
        "golden rows   ok  {} rows give the expected score, grade and reasons, one by one and as a batch",
        golden.len()
    );
    validity(&model)
}

/// Compares each golden row with the answer by row and by batch.
pub(crate) fn rows_that_differ(model: &Model, golden: &[GoldenRow]) -> Result<Vec<String>> {
    let characteristics = &model.file().characteristics;
    let columns: Vec<Column> = characteristics
        .iter()
        .enumerate()
        .map(|(c, characteristic)| match characteristic.kind {
            Kind::Number => Column::Number(golden.iter().map(|r| r.values[c].parse().unwrap_or(f64::NAN)).collect()),
            Kind::Text => {
                let mut b = TextBuilder::default();
                golden.iter().for_each(|r| b.push(Some(r.values[c].as_str()).filter(|v| !v.is_empty())));
                b.finish()
            }
        })
        .collect();
    let named: Vec<_> = characteristics.iter().map(|c| c.name.as_str()).zip(columns.iter().map(Column::view)).collect();
    let batch = model.bind(&named)?;
    let mut scores = vec![0; golden.len()];
    batch.score(0..golden.len(), &mut scores)?;
    let mut wrong = Vec::new();
    for (i, (row, batch_score)) in golden.iter().zip(scores).enumerate() {
        let values: Vec<_> = row.values.iter().zip(characteristics).map(|(v, c)| golden_value(v, c.kind)).collect();
        let rating = model.assess(&values)?;
        let codes: Vec<String> = rating.reasons.iter().map(|r| model.reason_code(&r)).collect();
        let (reasons, expected) = (golden_file::reasons(&codes), golden_file::reasons(&row.reasons));
        let grade = model.grade_name(rating.grade);
        if rating.score != row.score || batch_score != row.score || grade != row.grade || reasons != expected {
            wrong.push(format!(
                "row {}: score {} (batch {batch_score}), grade {grade}, reasons {reasons:?}; expected {}, {}, {expected:?}",
                i + 1,
                rating.score,
                row.score,
                row.grade
            ));
        }
    }
    Ok(wrong)
}

/// Dates and reviewer. A model outside its dates is refused; one without a reviewer is not fit for
/// service and says so.
fn validity(model: &Model) -> Result<()> {
    let card = &model.file().card;
    let today = chrono::Local::now().date_naive();
    if let Some(from) = card.valid_from {
        ensure!(from <= today, "the model is valid from {from}, today is {today}");
    }
    if let Some(until) = card.valid_until {
        ensure!(today <= until, "the model was valid until {until}, today is {today}");
    }
    match (card.valid_from, card.valid_until) {
        (None, None) => println!("validity      --  no dates stated (card.valid_from, card.valid_until)"),
        _ => println!("validity      ok  today {today} lies within its dates"),
    }
    let reviewer = card.reviewer.as_deref().map(str::trim).filter(|r| !r.is_empty());
    match (reviewer, reviewer.and_then(|r| model.file().maker(r))) {
        (Some(r), Some(maker)) if maker == card.author => {
            bail!("the reviewer {r:?} is the author: a model is reviewed by someone else")
        }
        (Some(r), Some(_)) => bail!("the reviewer {r:?} edited the model: someone else reviews it"),
        (Some(r), None) => println!("reviewer      ok  {}", plain(r)),
        (None, _) => {
            println!("reviewer      --  none: not fit for service until someone other than the author reviews it")
        }
    }
    if let Some(next) = card.next_review {
        let word = if next < today { "overdue" } else { "due" };
        println!("next review   {}  {word} {next}", if next < today { "--" } else { "ok" });
    }
    Ok(())
}
