//! Rows whose scores are on record, so that any reader of a model can be checked against it.

use primitives::Value;
use scoring::{Attribute, Kind, Model, SpecialValue, Table};

/// A row with its expected answer.
#[derive(Debug, Clone, PartialEq)]
pub struct GoldenRow {
    /// Text per characteristic, as it stands in a data file; empty is missing.
    pub values: Vec<String>,
    /// Expected score.
    pub score: i32,
    /// Expected grade.
    pub grade: String,
    /// Expected reason codes.
    pub reasons: Vec<String>,
}

/// A category that no training data has.
pub const UNSEEN_LEVEL: &str = "golden-unseen";

/// Made rows that together visit every bin: each edge and its two neighbouring doubles, every special
/// value, every level, an unseen one, missing.
///
/// No value comes from a row of the training data.
///
/// # Errors
/// As [`Model::assess`]; none for rows made here.
pub fn golden_rows(model: &Model) -> Result<Vec<GoldenRow>, scoring::Error> {
    let probes: Vec<Vec<String>> = (0..model.file().characteristics.len()).map(|c| probes(model, c)).collect();
    let rows = probes.iter().map(Vec::len).max().unwrap_or(0);
    (0..rows)
        .map(|r| {
            // Characteristics walk their lists at different places, so that rows mix bins.
            let values: Vec<String> =
                probes.iter().enumerate().map(|(c, p)| p[(r + 7 * c) % p.len()].clone()).collect();
            let row: Vec<Value<'_>> =
                values.iter().zip(&model.file().characteristics).map(|(v, c)| golden_value(v, c.kind)).collect();
            let rating = model.assess(&row)?;
            Ok(GoldenRow {
                score: rating.score,
                grade: model.grade_name(rating.grade).to_owned(),
                reasons: rating.reasons.iter().map(|r| model.reason_code(&r)).collect(),
                values,
            })
        })
        .collect()
}

/// The value of a cell of a golden row.
pub fn golden_value(text: &str, kind: Kind) -> Value<'_> {
    match kind {
        _ if text.is_empty() => Value::Missing,
        Kind::Number => text.parse().map_or(Value::Text(text), Value::number),
        Kind::Text => Value::Text(text),
    }
}

/// The shortest text of a number that reads back as it; the neighbours of 0 would have over three hundred zeros.
fn number(x: f64) -> String {
    if x != 0.0 && x.abs() < 1e-9 { format!("{x:e}") } else { x.to_string() }
}

/// Values of one characteristic that visit each of its bins.
fn probes(model: &Model, characteristic: usize) -> Vec<String> {
    let c = &model.file().characteristics[characteristic];
    let mut probes = vec![String::new()];
    match c.kind {
        Kind::Number => {
            for e in model.edges(characteristic) {
                probes.extend([e.next_down(), e, e.next_up()].map(number));
            }
            if probes.len() == 1 {
                probes.push("0".into());
            }
        }
        Kind::Text => {
            probes.extend(model.known_levels(characteristic).into_iter().map(str::to_owned));
            probes.push(UNSEEN_LEVEL.into());
        }
    }
    for table in &model.file().tables {
        let Table::OneWay { characteristic, bins, .. } = table else { continue };
        if *characteristic != c.name || c.kind == Kind::Text {
            continue;
        }
        for bin in bins {
            if let Attribute::Special(values) = &bin.attribute {
                probes.extend(values.iter().map(SpecialValue::to_string));
            }
        }
    }
    probes
}
