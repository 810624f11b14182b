//! Writes a report of made data: `cargo run -p validation --example report -- <folder> [rows]`.
//!
//! The folder gets `report.json`, `report.zh.html` and `report.en.html`, and the same of an expert card judged on its
//! own training data, which has the least to show.

use std::{fs, path::Path};
use validation::{Language, report::ReportInput, report::ValidationReport};

#[path = "../tests/made/mod.rs"]
mod made;

fn write(folder: &Path, name: &str, input: &ReportInput) -> Result<(), Box<dyn std::error::Error>> {
    let report = ValidationReport::build(input)?;
    fs::write(folder.join(format!("{name}.json")), report.to_json()?)?;
    fs::write(folder.join(format!("{name}.zh.html")), report.to_html(Language::Zh)?)?;
    fs::write(folder.join(format!("{name}.en.html")), report.to_html(Language::En)?)?;
    Ok(())
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments.next().ok_or("the folder to write to is missing")?;
    let rows = arguments.next().map_or(Ok(6000), |rows| rows.parse())?;
    let full = made::input(rows, 7);
    write(Path::new(&folder), "report", &full)?;

    let mut least = made::input(240, 8);
    least.sample.is_training_data = true;
    least.model.training_data.clear();
    least.training_run = None;
    least.rows.pd = None;
    least.rows.id = None;
    least.rows.period = None;
    least.rows.exposure = None;
    least.reference = None;
    least.segments.clear();
    least.protected.clear();
    write(Path::new(&folder), "least", &least)
}
