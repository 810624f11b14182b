//! One model with rows and what it answers, as a folder that `check.py` reads.

use export::{Dialect, Error, PmmlOptions, SqlOptions, pmml, sql};
use primitives::Value;
use scoring::{Kind, Model};
use serde_json::{Value as Json, json};
use std::path::Path;

/// The column that says which row an answer is of.
const ID: &str = "row id";

pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) model: Model,
    pub(crate) table: String,
    /// The column of what is not authorised, if rows have such.
    pub(crate) not_authorised: Option<String>,
    /// Values in the order of the characteristics.
    pub(crate) values: Vec<Vec<Cell>>,
    /// Whether columns are whole numbers, decimals and texts of numbers as well as doubles.
    pub(crate) mixed_types: bool,
}

/// A value that owns its text.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Cell {
    Missing,
    NotAuthorised,
    Number(f64),
    Text(String),
}

impl From<Value<'_>> for Cell {
    fn from(value: Value<'_>) -> Self {
        match value {
            Value::Missing => Self::Missing,
            Value::NotAuthorised => Self::NotAuthorised,
            Value::Number(x) => Self::Number(x),
            Value::Text(t) => Self::Text(t.to_owned()),
        }
    }
}

impl Cell {
    pub(crate) fn value(&self) -> Value<'_> {
        match self {
            Self::Missing => Value::Missing,
            Self::NotAuthorised => Value::NotAuthorised,
            Self::Number(x) => Value::Number(*x),
            Self::Text(t) => Value::Text(t),
        }
    }

    fn json(&self) -> Json {
        match self {
            Self::Missing | Self::NotAuthorised => Json::Null,
            Self::Number(x) => json!({"n": bits(*x)}),
            Self::Text(t) => json!({"t": t}),
        }
    }
}

fn bits(x: f64) -> String {
    format!("{:016x}", x.to_bits())
}

impl Case {
    pub(crate) fn rows(&self) -> usize {
        self.values.len()
    }

    /// Writes rows, answers and exports; what is refused for its names is noted, anything else fails.
    pub(crate) fn write(&self, folder: &Path) {
        let folder = folder.join(&self.name);
        std::fs::create_dir_all(&folder).expect("a folder");
        let write = |name: &str, text: &str| std::fs::write(folder.join(name), text).expect("written");
        let model = &self.model;
        let characteristics = &model.file().characteristics;
        let expected: Vec<Json> = self.values.iter().map(|row| self.expected(row)).collect();
        let withheld = |row: &Vec<Cell>| -> Option<String> {
            let names = characteristics.iter().zip(row).filter(|(_, v)| **v == Cell::NotAuthorised);
            let names: Vec<&str> = names.map(|(c, _)| c.name.as_str()).collect();
            (!names.is_empty()).then(|| names.join(";"))
        };
        let case = json!({
            "table": self.table,
            "not_authorised": self.not_authorised,
            "characteristics": characteristics.iter().map(|c| json!({"name": c.name})).collect::<Vec<_>>(),
            "types": (0..characteristics.len()).map(|c| self.column_type(c)).collect::<Vec<_>>(),
            "rows": self.values.iter().map(|r| r.iter().map(Cell::json).collect()).collect::<Vec<Json>>(),
            "withheld": self.values.iter().map(withheld).collect::<Vec<_>>(),
            "reasons": model.file().reasons.limit,
            "expected": expected,
        });
        write("case.json", &case.to_string());
        let mut refused = serde_json::Map::new();
        let mut note = |name: &str, error: Error| {
            let by_name = matches!(error, Error::ReasonCodeTwice { .. });
            assert!(by_name, "{}: {name}: {error}", self.name);
            refused.insert(name.to_owned(), error.to_string().into());
        };
        for (dialect, name) in Dialect::ALL.into_iter().zip(["spark", "duckdb", "postgres", "sqlite"]) {
            let options = SqlOptions {
                dialect,
                table: &self.table,
                keep: &[ID.to_owned()],
                not_authorised: self.not_authorised.as_deref(),
            };
            match sql(model, &options) {
                Ok(statement) => write(&format!("{name}.sql"), &statement),
                Err(error) => note(name, error),
            }
        }
        match pmml(model, &PmmlOptions { not_authorised: self.not_authorised.as_deref() }) {
            Ok(document) => write("model.pmml", &document),
            Err(error) => note("pmml", error),
        }
        if !refused.is_empty() {
            write("refused.json", &Json::Object(refused).to_string());
        }
    }

    fn expected(&self, row: &[Cell]) -> Json {
        let values: Vec<Value<'_>> = row.iter().map(Cell::value).collect();
        let explanation = self.model.explain(&values).expect("a row");
        let rating = explanation.rating;
        json!({
            "score": rating.score,
            "pd": rating.pd.map(bits),
            "grade": self.model.grade_name(rating.grade),
            "data_coverage": bits(rating.data_coverage),
            "points": explanation.contributions.iter().map(|c| c.points).collect::<Vec<_>>(),
            "reasons": rating.reasons.iter().map(|r| self.model.reason_code(&r)).collect::<Vec<_>>(),
        })
    }

    /// The type of the column of a characteristic, one that holds all its values as they are.
    fn column_type(&self, c: usize) -> &'static str {
        if self.model.file().characteristics[c].kind == Kind::Text {
            return "text";
        }
        let all = |fits: fn(f64) -> bool| {
            self.values.iter().all(|row| match row[c] {
                Cell::Number(x) => fits(x),
                _ => true,
            })
        };
        let is_whole = |x: f64| x.trunc() == x && x.abs() < 9e15 && !(x == 0.0 && x.is_sign_negative());
        // Six decimals of eighteen digits, few enough that doubles hold them.
        let is_decimal = |x: f64| x.abs() < 1e8 && (x * 1e6).round() / 1e6 == x;
        match c % 4 {
            _ if !self.mixed_types => "number",
            0 | 3 if all(is_whole) => "integer",
            1 if all(is_decimal) => "decimal",
            2 if all(is_whole) => "number as text",
            _ => "number",
        }
    }
}
