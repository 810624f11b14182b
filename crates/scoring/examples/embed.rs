//! How a bank's program rates enterprises with this crate alone.
//!
//! `cargo run -p scoring --example embed` uses the example model; give the path of another
//! `model.json` with the same characteristics to use that one.
#![allow(clippy::print_stdout, reason = "an example talks to people")]

use primitives::{ColumnView, MISSING_CODE, Value};
use scoring::{Language, Model, Rating};
use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    let bytes = match std::env::args().nth(1) {
        Some(path) => std::fs::read(path)?,
        None => include_bytes!("model.json").to_vec(),
    };
    // Load once, share by reference between threads; a program that has the digest of the approved file
    // on record calls `from_json_with_digest`.
    let model = Model::from_json(&bytes)?;
    let file = model.file();
    println!("model {} version {}, {}", file.model_id, file.model_version, model.digest());

    // By name, as a request brings it. What is not named is missing.
    let rating = model.assess_named(&[("industry", Value::Text("catering")), ("years", Value::Number(2.5))])?;
    show(&model, "by name", &rating);

    // By position, in the order of the model's characteristics: the fastest way for one row.
    let row = [Value::Number(2.5), Value::NotAuthorised];
    let rating = model.assess(&row)?;
    show(&model, "by position", &rating);

    // A table by columns, borrowed from wherever the program keeps them. Ranges of rows may be rated by
    // several threads at once.
    let years = [12.0, 0.5, f64::NAN, -1.0];
    let levels = ["software".to_owned(), "retail".to_owned(), "farming".to_owned()];
    let codes = [0, 1, 2, MISSING_CODE];
    let batch = model.bind(&[
        ("years", ColumnView::Number(&years)),
        ("industry", ColumnView::Text { codes: &codes, levels: &levels }),
    ])?;
    let mut scores = vec![0; batch.rows()];
    batch.score(0..batch.rows(), &mut scores)?;
    println!("scores {scores:?}");
    let mut ratings = vec![rating; batch.rows()];
    batch.assess(0..batch.rows(), &mut ratings)?;
    for (i, rating) in ratings.iter().enumerate() {
        show(&model, &format!("row {i}"), rating);
    }
    Ok(())
}

fn show(model: &Model, what: &str, rating: &Rating) {
    let grade = model.grade_name(rating.grade);
    let pd = rating.pd.map_or("no PD".to_owned(), |pd| format!("PD {pd:.4}"));
    println!("{what}: score {}, {pd}, grade {grade}, data coverage {}", rating.score, rating.data_coverage);
    for reason in rating.reasons.iter() {
        println!(
            "  {}: {} / {}",
            model.reason_code(&reason),
            model.reason_text(&reason, Language::Chinese),
            model.reason_text(&reason, Language::English),
        );
    }
}
