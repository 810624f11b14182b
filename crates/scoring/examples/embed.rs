//! How a bank's program uses the engine: `cargo run -p scoring --example embed [model.json]`.
//!
//! The model beside this file has two characteristics, `years` and `industry`.

use primitives::{ColumnView, MISSING_CODE, Value};
use scoring::{Language, Model, Rating, Reasons};
use std::io::Write as _;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let bytes = match std::env::args().nth(1) {
        Some(path) => std::fs::read(path)?,
        None => include_bytes!("model.json").to_vec(),
    };
    let model = Model::from_json(&bytes)?;
    let mut out = std::io::stdout().lock();

    // One enterprise by name: what is not named is missing.
    let rating = model.assess_named(&[("industry", Value::Text("catering")), ("years", Value::Number(0.5))])?;
    writeln!(out, "score {}, grade {}", rating.score, model.grade_name(rating.grade))?;
    for reason in rating.reasons.iter() {
        writeln!(out, "  {}", model.reason_text(&reason, Language::Chinese))?;
        writeln!(out, "  {}", model.reason_text(&reason, Language::English))?;
    }

    // The same by position: names are bound once.
    let mut row = vec![Value::Missing; model.file().characteristics.len()];
    row[model.position("years").ok_or("no years")?] = Value::Number(0.5);
    row[model.position("industry").ok_or("no industry")?] = Value::Text("catering");
    assert_eq!(model.assess(&row)?, rating);

    // A table, column by column, from wherever it lies in memory.
    let (years, codes) = ([7.0, f64::NAN, 0.5], [0, 1, MISSING_CODE]);
    let levels = ["retail".to_owned(), "catering".to_owned()];
    let columns =
        [("years", ColumnView::Number(&years)), ("industry", ColumnView::Text { codes: &codes, levels: &levels })];
    let batch = model.bind(&columns)?;
    let blank = Rating { score: 0, pd: None, grade: 0, reasons: Reasons::default(), data_coverage: 1.0 };
    let mut ratings = vec![blank; batch.rows()];
    batch.assess(0..batch.rows(), &mut ratings)?;
    for (row, r) in ratings.iter().enumerate() {
        writeln!(out, "row {}: score {}, grade {}", row + 1, r.score, model.grade_name(r.grade))?;
    }
    Ok(())
}
