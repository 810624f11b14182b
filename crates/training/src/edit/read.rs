//! `edits.toml`: what an analyst changes, who and why.

use super::EditError;
use chrono::NaiveDate;
use scoring::Direction;
use serde::Deserialize;

/// A commented file of edits, as `shangzhi model edit --print-example` shows it.
pub const EXAMPLE: &str = include_str!("example.toml");

/// One edit, as it was read.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelEdit {
    /// Name of the characteristic, or of both of a pair with `*` between.
    pub table: String,
    /// What is done to it.
    pub change: Change,
    /// Who.
    pub who: String,
    /// Why.
    pub why: String,
    /// When.
    pub date: NaiveDate,
}

/// What is done to a table. Bins go by what `model show` prints, in English or Chinese; a level names the bin that it is in.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    /// Bins become one.
    Merge {
        /// The bins; of intervals, neighbours.
        bins: Vec<String>,
        /// Points of the one; `None`: their mean by the rows in them.
        points: Option<i64>,
    },
    /// The intervals between two edges become one.
    MergeBetween {
        /// Lower edge; `None` is minus infinity.
        from: Option<f64>,
        /// Upper edge; `None` is plus infinity.
        to: Option<f64>,
        /// As in [`Change::Merge`].
        points: Option<i64>,
    },
    /// A bin, or a cell of a pair, gets points.
    Points {
        /// The bin; of a pair those of both sides.
        bin: Vec<String>,
        /// What it gets.
        points: i64,
    },
    /// The bins are brought into a direction: neighbours against it become alike, at their mean by the rows in them.
    Direction(Direction),
    /// The table goes; its mean by the rows goes to the base points.
    Drop,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    edit: Vec<toml::Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    table: String,
    #[serde(rename = "do")]
    kind: Kind,
    bins: Option<Vec<String>>,
    bin: Option<OneOrTwo>,
    from: Option<f64>,
    to: Option<f64>,
    points: Option<i64>,
    direction: Option<Direction>,
    who: String,
    why: String,
    date: toml::Value,
}

#[derive(Deserialize, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Merge,
    Points,
    Direction,
    Drop,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrTwo {
    One(String),
    Two([String; 2]),
}

/// Reads a file of edits.
///
/// # Errors
/// [`EditError`] with the number of the entry, from 1; 0 where the whole text is at fault.
///
/// # Examples
/// ```
/// let edits = training::read_edits(training::EDITS_EXAMPLE)?;
/// assert_eq!(edits.len(), 5);
/// let error = training::read_edits("[[edit]]\ntable = \"x\"\ndo = \"burn\"").expect_err("refused");
/// assert_eq!(error.entry, 1);
/// # Ok::<(), training::EditError>(())
/// ```
pub fn read_edits(text: &str) -> Result<Vec<ModelEdit>, EditError> {
    let whole = |problem: String| EditError { entry: 0, table: String::new(), problem };
    let file: File = toml::from_str(text).map_err(|e| whole(e.to_string().trim_end().to_owned()))?;
    if file.edit.is_empty() {
        return Err(whole("there is no [[edit]]".into()));
    }
    file.edit.into_iter().enumerate().map(|(at, value)| read_one(at + 1, value)).collect()
}

fn read_one(entry: usize, value: toml::Value) -> Result<ModelEdit, EditError> {
    let table = value.get("table").and_then(|t| t.as_str()).unwrap_or_default().to_owned();
    let refuse = |problem: String| EditError { entry, table: table.clone(), problem };
    let given = Entry::deserialize(value).map_err(|e| refuse(e.to_string().trim_end().to_owned()))?;
    let is = |present: bool, name: &'static str| present.then_some(name);
    let present = [
        is(given.bins.is_some(), "bins"),
        is(given.bin.is_some(), "bin"),
        is(given.from.is_some(), "from"),
        is(given.to.is_some(), "to"),
        is(given.points.is_some(), "points"),
        is(given.direction.is_some(), "direction"),
    ];
    let allowed: &[&str] = match given.kind {
        Kind::Merge => &["bins", "from", "to", "points"],
        Kind::Points => &["bin", "points"],
        Kind::Direction => &["direction"],
        Kind::Drop => &[],
    };
    if let Some(name) = present.into_iter().flatten().find(|name| !allowed.contains(name)) {
        return Err(refuse(format!("{name} has no place in this edit; it may have: {}", listed(allowed))));
    }
    for (name, text) in [("table", &given.table), ("who", &given.who), ("why", &given.why)] {
        if text.trim().is_empty() {
            return Err(refuse(format!("{name} is empty: every edit says which table, who and why")));
        }
    }
    let day = match &given.date {
        toml::Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let date = day.trim().parse().map_err(|_| refuse(format!("date is {day}, a day as 2026-11-30 is needed")))?;
    let change = match given.kind {
        Kind::Drop => Change::Drop,
        Kind::Direction => match given.direction {
            Some(direction) => Change::Direction(direction),
            None => return Err(refuse("direction is absent: rising, falling, peak, valley or free".into())),
        },
        Kind::Points => match (given.bin, given.points) {
            (Some(OneOrTwo::One(bin)), Some(points)) => Change::Points { bin: vec![bin], points },
            (Some(OneOrTwo::Two(bins)), Some(points)) => Change::Points { bin: bins.into(), points },
            _ => return Err(refuse("bin and points are both needed".into())),
        },
        Kind::Merge => match (given.bins, given.from, given.to) {
            (Some(bins), None, None) => Change::Merge { bins, points: given.points },
            (None, from, to) if from.is_some() || to.is_some() => {
                if let Some(x) = [from, to].into_iter().flatten().find(|x| !x.is_finite()) {
                    return Err(refuse(format!("the edge {x} is no number; leave it out for infinity")));
                }
                Change::MergeBetween { from, to, points: given.points }
            }
            _ => return Err(refuse("either bins, or from and to, say what is merged".into())),
        },
    };
    let text = |t: String| t.trim().to_owned();
    Ok(ModelEdit { table: text(given.table), change, who: text(given.who), why: text(given.why), date })
}

fn listed(names: &[&str]) -> String {
    if names.is_empty() { "nothing besides table, do, who, why and date".to_owned() } else { names.join(", ") }
}
