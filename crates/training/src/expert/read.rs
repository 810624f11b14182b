//! The card as it stands in the file.

use chrono::NaiveDate;
use scoring::commercial::Effect;
use serde::Deserialize;
use std::collections::BTreeMap;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CardFile {
    pub(super) model: ModelEntry,
    pub(super) grades: GradesEntry,
    pub(super) coverage: CoverageEntry,
    pub(super) ratable: RatableEntry,
    pub(super) line: LineEntry,
    #[serde(default)]
    pub(super) negative: Vec<NegativeEntry>,
    #[serde(default)]
    pub(super) source: Vec<SourceEntry>,
    pub(super) indicator: Vec<IndicatorEntry>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ModelEntry {
    pub(super) id: String,
    pub(super) version: String,
    pub(super) author: String,
    pub(super) reviewer: Option<String>,
    pub(super) population: String,
    pub(super) bad_definition: String,
    pub(super) limits: Vec<String>,
    pub(super) mark: String,
    pub(super) validity_months: u32,
    pub(super) valid_from: Option<NaiveDate>,
    pub(super) valid_until: Option<NaiveDate>,
    pub(super) next_review: Option<NaiveDate>,
    #[serde(default)]
    pub(super) bank_held: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct GradesEntry {
    pub(super) names: Vec<String>,
    pub(super) score_from: Vec<i32>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CoverageEntry {
    pub(super) capped_below: f64,
    pub(super) best_grade: String,
    pub(super) not_ratable_below: f64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RatableEntry {
    pub(super) individual_business: bool,
    pub(super) size_unclassified: bool,
    pub(super) size_unknown: bool,
    pub(super) age_years_min: f64,
    pub(super) excluded_industries: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LineEntry {
    pub(super) document: String,
    pub(super) cap_yuan: i64,
    pub(super) cap_specialised_yuan: i64,
    pub(super) cap_mark: String,
    pub(super) cap_source: String,
    pub(super) sales_share: f64,
    pub(super) taxes_share: f64,
    pub(super) step_yuan: i64,
    pub(super) growth_min: f64,
    pub(super) growth_max: f64,
    pub(super) score_zero: Option<i32>,
    pub(super) score_full: Option<i32>,
    /// Shares of the cap by grade, in place of the curve.
    pub(super) ladder: Option<Vec<f64>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NegativeEntry {
    pub(super) code: String,
    pub(super) name_zh: String,
    pub(super) name_en: String,
    pub(super) effect: Effect,
    pub(super) best_grade: Option<String>,
    pub(super) sources: Vec<String>,
    pub(super) removal_zh: String,
    pub(super) removal_en: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SourceEntry {
    pub(super) id: String,
    pub(super) name_zh: String,
    pub(super) name_en: String,
    pub(super) stale_after_days: u32,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct IndicatorEntry {
    pub(super) id: String,
    pub(super) name_zh: String,
    pub(super) name_en: String,
    pub(super) second: Vec<SecondEntry>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SecondEntry {
    pub(super) id: String,
    pub(super) name_zh: String,
    pub(super) name_en: String,
    pub(super) weight: f64,
    pub(super) feature: Vec<FeatureEntry>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FeatureEntry {
    pub(super) column: String,
    pub(super) weight: f64,
    pub(super) edges: Vec<f64>,
    pub(super) scores: Vec<f64>,
    pub(super) missing: f64,
    pub(super) empty: f64,
    #[serde(default)]
    pub(super) special: BTreeMap<String, f64>,
}
