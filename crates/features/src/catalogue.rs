//! The catalogue of features: definitions as data, read from the files in `catalogue/` and checked whole.
//!
//! A definition names its source, window, aggregation and filter in the language of [`crate::expression`]. From it come
//! the computation (`plan`), the documentation ([`Catalogue::to_markdown`], [`Catalogue::to_json`]) and, one day, SQL:
//! nothing is typed twice.

mod check;
mod render;

use crate::expression::{Condition, PeerKey, Value, parse_condition, parse_value};
use crate::schema::{Holder, sources};
use chrono::NaiveDate;
use primitives::Digest;
use serde::Deserialize;
use std::collections::BTreeMap;
use thiserror::Error;

/// The catalogue that is built in.
const FILES: [(&str, &str); 8] = [
    ("sets.toml", include_str!("../catalogue/sets.toml")),
    ("facts.toml", include_str!("../catalogue/facts.toml")),
    ("innovation.toml", include_str!("../catalogue/innovation.toml")),
    ("operation.toml", include_str!("../catalogue/operation.toml")),
    ("brand.toml", include_str!("../catalogue/brand.toml")),
    ("responsibility.toml", include_str!("../catalogue/responsibility.toml")),
    ("line.toml", include_str!("../catalogue/line.toml")),
    ("negative_list.toml", include_str!("../catalogue/negative_list.toml")),
];
/// Files that hold features, in the order of the columns.
const GROUPS: [&str; 5] = ["innovation.toml", "operation.toml", "brand.toml", "responsibility.toml", "line.toml"];

/// Definitions, in the order of the columns they become.
#[derive(Debug, Clone)]
pub struct Catalogue {
    /// Name of the state of all definitions: changes with any of them.
    pub version: String,
    /// Named sets of records.
    pub sets: BTreeMap<String, Set>,
    /// First-level groups.
    pub groups: Vec<Group>,
    /// Features.
    pub features: Vec<Feature>,
    /// Texts about an enterprise that a rating needs.
    pub facts: Vec<Fact>,
    /// The negative list.
    pub hits: Vec<Hit>,
}

/// A source and the records of it that definitions speak of.
#[derive(Debug, Clone, PartialEq)]
pub struct Set {
    /// Id of the source.
    pub source: String,
    /// Which of its records; all when absent.
    pub condition: Option<Condition>,
}

/// A first-level group.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    /// Name of the file without its ending.
    pub id: String,
    /// Chinese name.
    pub name_zh: String,
    /// English name.
    pub name_en: String,
}

/// A feature.
#[derive(Debug, Clone, PartialEq)]
pub struct Feature {
    /// Id, stable over versions.
    pub id: String,
    /// Version of the definition.
    pub version: u32,
    /// Name of the column.
    pub column: String,
    /// Index of the group.
    pub group: usize,
    /// Chinese name.
    pub name_zh: String,
    /// English name.
    pub name_en: String,
    /// Unit of the value: money is in yuan, shares and growth are ratios.
    pub unit: String,
    /// How points are expected to move with the value.
    pub direction: Direction,
    /// The definition.
    pub value: Value,
    /// For a code of the latest record: the number that stands for each.
    pub codes: BTreeMap<String, f64>,
    /// Ids of the sources it reads.
    pub sources: Vec<String>,
    /// Who holds the data: the bank if any source is held by banks.
    pub holder: Holder,
    /// Whether any source is personal.
    pub personal: bool,
    /// Who answers for the definition.
    pub owner: String,
    /// First day of validity.
    pub valid_from: NaiveDate,
    /// Last day of validity.
    pub valid_until: Option<NaiveDate>,
}

/// How points are expected to move with a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// Points rise with the value: the probability of default falls.
    Rising,
    /// Points fall with the value.
    Falling,
    /// Not monotone, or not known.
    Free,
}

impl Direction {
    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Rising => "rising",
            Self::Falling => "falling",
            Self::Free => "free",
        }
    }
}

/// Something about an enterprise that is no feature.
#[derive(Debug, Clone, PartialEq)]
pub struct Fact {
    /// Name of the column.
    pub column: String,
    /// The definition: a latest value.
    pub value: Value,
    /// Whether the column holds numbers; else texts.
    pub is_number: bool,
}

/// An entry of the negative list.
#[derive(Debug, Clone, PartialEq)]
pub struct Hit {
    /// Code; two entries may share one.
    pub code: String,
    /// Chinese name.
    pub name_zh: String,
    /// English name.
    pub name_en: String,
    /// Id of the source.
    pub source: String,
    /// Which records may hit.
    pub of: HitOf,
    /// The column of things of which each has a latest record: loans.
    pub each: Option<String>,
    /// When one does.
    pub condition: Condition,
    /// A figure that must besides lie above a bound.
    pub test: Option<(Value, f64)>,
    /// The column with the last day, if any.
    pub end: Option<String>,
    /// The column that names the evidence.
    pub evidence: Option<String>,
}

/// Which records of an enterprise may hit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HitOf {
    /// Every one.
    #[default]
    Any,
    /// The latest that says something of what the condition looks at: it is the state.
    Latest,
}

/// A catalogue that can not be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{file}: {place}: {problem}")]
pub struct CatalogueError {
    /// Name of the file.
    pub file: String,
    /// Which definition.
    pub place: String,
    /// What is wrong with it.
    pub problem: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SetsFile {
    set: BTreeMap<String, SetEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SetEntry {
    source: String,
    #[serde(rename = "where")]
    condition: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FactsFile {
    fact: toml::map::Map<String, toml::Value>,
    figure: toml::map::Map<String, toml::Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct GroupFile {
    name_zh: String,
    name_en: String,
    owner: String,
    valid_from: NaiveDate,
    feature: Vec<FeatureEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FeatureEntry {
    id: String,
    version: u32,
    column: String,
    name_zh: String,
    name_en: String,
    unit: String,
    direction: Direction,
    value: String,
    #[serde(default)]
    codes: BTreeMap<String, f64>,
    valid_from: Option<NaiveDate>,
    valid_until: Option<NaiveDate>,
    owner: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct HitsFile {
    hit: Vec<HitEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct HitEntry {
    code: String,
    name_zh: String,
    name_en: String,
    source: String,
    #[serde(default)]
    of: HitOf,
    each: Option<String>,
    #[serde(rename = "where")]
    condition: String,
    test: Option<String>,
    above: Option<f64>,
    end: Option<String>,
    evidence: Option<String>,
}

impl Catalogue {
    /// The catalogue that is built in.
    ///
    /// # Panics
    /// Never: a test reads it.
    pub fn built_in() -> Self {
        Self::read(&FILES).expect("the built-in catalogue is read by a test")
    }

    /// Reads a catalogue from the names and texts of its files.
    ///
    /// # Errors
    /// [`CatalogueError`] names the file, the definition and what is wrong.
    pub fn read(files: &[(&str, &str)]) -> Result<Self, CatalogueError> {
        let text = |name: &str| {
            files.iter().find(|(n, _)| *n == name).map(|(_, text)| *text).ok_or_else(|| CatalogueError {
                file: name.to_owned(),
                place: "the file".into(),
                problem: "is not there".into(),
            })
        };
        let sets: SetsFile = parse("sets.toml", text("sets.toml")?)?;
        let sets = sets.set.into_iter().map(|(name, s)| {
            let condition = match s.condition.is_empty() {
                true => None,
                false => Some(condition("sets.toml", &name, &s.condition)?),
            };
            Ok((name, Set { source: s.source, condition }))
        });
        let sets: BTreeMap<String, Set> = sets.collect::<Result<_, CatalogueError>>()?;

        let facts: FactsFile = parse("facts.toml", text("facts.toml")?)?;
        let fact = |is_number| {
            move |(column, v): (String, toml::Value)| {
                let value = value("facts.toml", &column, v.as_str().unwrap_or_default())?;
                Ok(Fact { column, value, is_number })
            }
        };
        let facts = facts.fact.into_iter().map(fact(false)).chain(facts.figure.into_iter().map(fact(true)));
        let facts = facts.collect::<Result<Vec<_>, CatalogueError>>()?;

        let (mut groups, mut features) = (Vec::new(), Vec::new());
        for file in GROUPS {
            let group: GroupFile = parse(file, text(file)?)?;
            let index = groups.len();
            for f in group.feature {
                features.push(feature(file, f, index, &group.owner, group.valid_from, &sets)?);
            }
            let id = file.trim_end_matches(".toml").to_owned();
            groups.push(Group { id, name_zh: group.name_zh, name_en: group.name_en });
        }

        let hits: HitsFile = parse("negative_list.toml", text("negative_list.toml")?)?;
        let hits = hits.hit.into_iter().map(hit).collect::<Result<Vec<_>, _>>()?;

        let joined: String = files.iter().flat_map(|(name, text)| [*name, "\n", *text, "\n"]).collect();
        let digest = Digest::sha256(joined.as_bytes()).to_string();
        let short: String = digest.trim_start_matches("sha256:").chars().take(12).collect();
        let version = format!("1-{short}");
        let catalogue = Self { version, sets, groups, features, facts, hits };
        check::check(&catalogue)?;
        Ok(catalogue)
    }

    /// The feature of a column.
    pub fn feature(&self, column: &str) -> Option<&Feature> {
        self.features.iter().find(|f| f.column == column)
    }
}

fn refuse(file: &str, place: &str, problem: impl Into<String>) -> CatalogueError {
    CatalogueError { file: file.to_owned(), place: place.to_owned(), problem: problem.into() }
}

fn parse<T: serde::de::DeserializeOwned>(file: &str, text: &str) -> Result<T, CatalogueError> {
    toml::from_str(text).map_err(|e| refuse(file, "the text", e.to_string().trim_end().to_owned()))
}

fn value(file: &str, place: &str, text: &str) -> Result<Value, CatalogueError> {
    parse_value(text).map_err(|e| refuse(file, place, e.to_string()))
}

fn condition(file: &str, place: &str, text: &str) -> Result<Condition, CatalogueError> {
    parse_condition(text).map_err(|e| refuse(file, place, e.to_string()))
}

fn feature(
    file: &str,
    f: FeatureEntry,
    group: usize,
    owner: &str,
    valid_from: NaiveDate,
    sets: &BTreeMap<String, Set>,
) -> Result<Feature, CatalogueError> {
    let definition = value(file, &f.id, &f.value)?;
    let selections = definition.aggregates().into_iter().flat_map(|a| &a.selections);
    let mut read: Vec<String> = Vec::new();
    for s in selections {
        let set = sets.get(&s.set).ok_or_else(|| refuse(file, &f.id, format!("there is no set {:?}", s.set)))?;
        let relations = s.condition.iter().chain(&set.condition).any(Condition::asks_for_controllers);
        for source in [Some(set.source.as_str()), relations.then_some("relations")].into_iter().flatten() {
            if !read.iter().any(|r| r == source) {
                read.push(source.to_owned());
            }
        }
    }
    if let Value::Peers(_, _, keys) = &definition {
        debug_assert!(keys.iter().all(|k| matches!(k, PeerKey::Division | PeerKey::District)));
        if !read.iter().any(|s| s == "registry") {
            read.push("registry".into());
        }
    }
    let known = |id: &String| sources().iter().find(|s| s.id == *id);
    let holder = match read.iter().filter_map(known).any(|s| s.holder == Holder::Bank) {
        true => Holder::Bank,
        false => Holder::Platform,
    };
    let personal = read.iter().filter_map(known).any(|s| s.personal);
    Ok(Feature {
        id: f.id,
        version: f.version,
        column: f.column,
        group,
        name_zh: f.name_zh,
        name_en: f.name_en,
        unit: f.unit,
        direction: f.direction,
        value: definition,
        codes: f.codes,
        sources: read,
        holder,
        personal,
        owner: f.owner.unwrap_or_else(|| owner.to_owned()),
        valid_from: f.valid_from.unwrap_or(valid_from),
        valid_until: f.valid_until,
    })
}

fn hit(h: HitEntry) -> Result<Hit, CatalogueError> {
    let file = "negative_list.toml";
    let when = condition(file, &h.code, &h.condition)?;
    let test = match (h.test, h.above) {
        (Some(text), Some(above)) => Some((value(file, &h.code, &text)?, above)),
        (None, None) => None,
        _ => return Err(refuse(file, &h.code, "test and above stand together or not at all")),
    };
    Ok(Hit {
        code: h.code,
        name_zh: h.name_zh,
        name_en: h.name_en,
        source: h.source,
        of: h.of,
        each: h.each,
        condition: when,
        test,
        end: h.end,
        evidence: h.evidence,
    })
}

#[cfg(test)]
mod tests;
