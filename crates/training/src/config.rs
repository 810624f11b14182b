//! `train.toml`: what a person may set, with every default.

use crate::binning::BinningRules;
use crate::newton::FitOptions;
use chrono::NaiveDate;
use scoring::{Direction, Kind, ReasonRule, Scale, SpecialValue};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The commented default configuration, as `shangzhi train --print-config` shows it.
pub const DEFAULT_CONFIG: &str = include_str!("default.toml");

/// A training configuration.
///
/// # Examples
/// ```
/// use training::TrainConfig;
/// let config = TrainConfig::from_toml("[binning]\nbins = 6\n")?;
/// assert_eq!(config.binning.bins, 6);
/// assert!(TrainConfig::from_toml("[binning]\nbin = 6\n").is_err());
/// # Ok::<(), training::ConfigError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrainConfig {
    /// Name and version.
    pub model: ModelName,
    /// What the columns are.
    pub columns: Columns,
    /// How much of the latest data is held out.
    pub holdout: Holdout,
    /// How columns are binned.
    pub binning: Binning,
    /// Which columns enter.
    pub selection: Selection,
    /// How the weights are fitted.
    pub fit: Fitting,
    /// How shapes and pairs are grown.
    pub boosted: Boosting,
    /// What population the PD is for.
    pub calibration: Calibration,
    /// Points and odds.
    pub scale: Scale,
    /// Master scale, best first.
    pub grades: Vec<GradeBound>,
    /// Cap on the grade.
    pub coverage: CoverageRule,
    /// How reasons are chosen.
    pub reasons: ReasonRule,
    /// The model card.
    pub card: CardText,
}

/// Name and version of the model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelName {
    /// The same over all versions.
    pub id: String,
    /// Of this model.
    pub version: String,
    /// How its tables are made.
    pub method: Method,
}

/// How the tables of a model are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// Optimal bins, refined weight of evidence, logistic regression.
    Scorecard,
    /// Shapes and pairs grown in small steps, stopped by rows that are set aside.
    Boosted,
    /// Both are tried, and the better one is kept: the scorecard where the difference is within chance.
    Auto,
}

impl Method {
    /// Its name in a model file.
    pub fn name(self) -> &'static str {
        match self {
            Self::Scorecard => "scorecard",
            Self::Boosted => "boosted",
            Self::Auto => "auto",
        }
    }
}

/// What the columns are.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Columns {
    /// Candidates; empty is all.
    pub include: Vec<String>,
    /// Never candidates.
    pub exclude: Vec<String>,
    /// Never candidates, reported on.
    pub protected: Vec<String>,
    /// Column of the period, or empty.
    pub time: String,
    /// Column of row weights, or empty.
    pub weight: String,
    /// Forced types.
    pub types: BTreeMap<String, Kind>,
    /// Special values.
    pub special: BTreeMap<String, Vec<SpecialValue>>,
    /// Directions.
    pub direction: BTreeMap<String, DirectionRule>,
    /// Chinese names.
    pub label_zh: BTreeMap<String, String>,
    /// English names.
    pub label_en: BTreeMap<String, String>,
}

/// A direction, or the wish to have it found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the words are those of `Direction`")]
pub enum DirectionRule {
    Rising,
    Falling,
    Peak,
    Valley,
    Free,
    /// Rising or falling; a peak or valley only where it gains more than the margin out of fold.
    Auto,
}

impl DirectionRule {
    fn fixed(self) -> Option<Direction> {
        match self {
            Self::Rising => Some(Direction::Rising),
            Self::Falling => Some(Direction::Falling),
            Self::Peak => Some(Direction::Peak),
            Self::Valley => Some(Direction::Valley),
            Self::Free => Some(Direction::Free),
            Self::Auto => None,
        }
    }
}

/// How much of the latest data is held out.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Holdout {
    /// Share of rows, in 0..0.9.
    pub share: f64,
}

/// How columns are binned.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "default.toml says what each is; BinningRules is the documented form")]
pub struct Binning {
    pub prebins: usize,
    pub bins: usize,
    pub share_min: f64,
    pub bads_min: f64,
    pub goods_min: f64,
    pub woe_difference_min: f64,
    pub smoothing: f64,
    pub direction: DirectionRule,
    pub shape_margin: f64,
    pub level_rows_min: usize,
}

/// Which columns enter.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "default.toml says what each is")]
pub struct Selection {
    pub iv_min: f64,
    pub correlation_max: f64,
    pub vif_max: f64,
    pub psi_max: f64,
    pub p_value_max: f64,
    pub characteristics_max: usize,
}

/// How the weights are fitted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "default.toml says what each is; FitOptions is the documented form")]
pub struct Fitting {
    pub l2: f64,
    pub refine_l2: Vec<f64>,
    pub iterations: usize,
    pub tolerance: f64,
    pub folds: usize,
    pub out_of_fold_rows: usize,
}

/// How shapes and pairs are grown.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "default.toml says what each is")]
pub struct Boosting {
    pub bags: usize,
    pub stop_share: f64,
    pub patience: usize,
    pub rounds: usize,
    pub rate: f64,
    pub leaves: usize,
    pub l2: f64,
    pub curvature_min: f64,
    pub pairs: usize,
    pub pair_bins: usize,
    pub pair_rate: f64,
    pub card_share_max: f64,
    // A model that was trained without pruning says nothing of it.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub prune_loss: f64,
}

fn is_zero(x: &f64) -> bool {
    *x == 0.0
}

/// What population the PD is for.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Calibration {
    /// Its bad rate; 0 is that of the data.
    pub population_bad_rate: f64,
}

/// A step of the master scale.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GradeBound {
    /// Name of the grade.
    pub name: String,
    /// Its PDs lie below this; absent on the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pd_below: Option<f64>,
}

/// Cap on the grade where sources are not authorised.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "the words are those of `scoring::Coverage`")]
pub struct CoverageRule {
    pub minimum_share: f64,
    pub best_grade: String,
}

/// The model card as it is written in the configuration; empty texts are not stated.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "the words are those of `scoring::Card`")]
pub struct CardText {
    pub population: String,
    pub bad_definition: String,
    pub horizon_months: u32,
    pub window: String,
    pub limits: Vec<String>,
    pub author: String,
    pub reviewer: String,
    pub valid_from: String,
    pub valid_until: String,
    pub next_review: String,
}

/// Why a configuration was refused.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// It is not TOML, or a field is unknown or of the wrong type.
    #[error("{detail}")]
    Unreadable {
        /// What the reader said, with the line.
        detail: String,
    },
    /// A value lies outside its range.
    #[error("{field} is {value}, allowed is {allowed}")]
    OutOfRange {
        /// Place of the field.
        field: String,
        /// Its value.
        value: String,
        /// What is allowed.
        allowed: String,
    },
}

/// Largest `boosted.prune_loss`: more than a model without any table would lose.
pub const PRUNE_LOSS_MAX: f64 = 1.0;

/// Rows of a pre-bin, about, and pre-bins at least, of a column whose shape is grown.
const PREBIN_ROWS: usize = 50;
const PREBINS_MIN: usize = 8;
/// Pre-bins of all columns together, unless each has the least already.
const PREBINS_OF_ALL: usize = 6_000;

impl Default for TrainConfig {
    fn default() -> Self {
        Self::from_toml("").expect("the default configuration is valid: a test reads it")
    }
}

impl TrainConfig {
    /// Reads a configuration; what it leaves out keeps its default.
    ///
    /// # Errors
    /// [`ConfigError::Unreadable`] for a syntax error, an unknown field or a wrong type;
    /// [`ConfigError::OutOfRange`] for a value outside its range.
    pub fn from_toml(text: &str) -> Result<Self, ConfigError> {
        let unreadable = |e: toml::de::Error| ConfigError::Unreadable { detail: e.to_string() };
        let given: toml::Table = toml::from_str(text).map_err(unreadable)?;
        let mut merged: toml::Table = toml::from_str(DEFAULT_CONFIG).map_err(unreadable)?;
        merge(&mut merged, given);
        let mut config = Self::deserialize(toml::Value::Table(merged))
            .map_err(|e| ConfigError::Unreadable { detail: e.to_string() })?;
        // A blank is no name, and "Li " is no one other than "Li".
        for person in [&mut config.card.author, &mut config.card.reviewer] {
            *person = person.trim().to_owned();
        }
        config.check()?;
        Ok(config)
    }

    /// The configuration as text, all defaults filled in.
    pub fn to_toml(&self) -> String {
        toml::to_string(self).expect("every field has a TOML form")
    }

    /// How a column is binned.
    pub(crate) fn binning_rules(&self, column: &str) -> BinningRules {
        let b = &self.binning;
        BinningRules {
            bins_max: b.bins,
            share_min: b.share_min,
            bads_min: b.bads_min,
            goods_min: b.goods_min,
            woe_difference_min: b.woe_difference_min,
            smoothing: b.smoothing,
            direction: self.columns.direction.get(column).copied().unwrap_or(b.direction).fixed(),
            shape_margin: b.shape_margin,
        }
    }

    /// The direction that the configuration states for a column by name.
    pub(crate) fn stated_direction(&self, column: &str) -> Option<Direction> {
        self.columns.direction.get(column).and_then(|rule| rule.fixed())
    }

    /// Fine pre-bins of a numeric column at most. What grows in steps heeds each of them: of few rows there are fewer.
    /// So are there of many columns: what a step moves is kept for each two codes.
    pub(crate) fn prebins_max(&self, rows: usize, columns: usize) -> usize {
        match self.model.method {
            Method::Scorecard | Method::Auto => self.binning.prebins,
            Method::Boosted => {
                let few = (rows / PREBIN_ROWS).min(PREBINS_OF_ALL / columns.max(1)).max(PREBINS_MIN);
                self.binning.prebins.min(few)
            }
        }
    }

    pub(crate) fn fit_options(&self) -> FitOptions {
        FitOptions {
            l2: self.fit.l2,
            iterations_max: self.fit.iterations,
            tolerance: self.fit.tolerance,
            non_negative: true,
        }
    }

    fn check(&self) -> Result<(), ConfigError> {
        let b = &self.binning;
        range("binning.prebins", b.prebins, 2..=128)?;
        range("binning.bins", b.bins, 1..=100)?;
        range("binning.share_min", b.share_min, 0.0..=0.5)?;
        range("binning.bads_min", b.bads_min, 0.0..=1e9)?;
        range("binning.goods_min", b.goods_min, 0.0..=1e9)?;
        range("binning.woe_difference_min", b.woe_difference_min, 0.0..=10.0)?;
        range("binning.smoothing", b.smoothing, 0.0..=1e6)?;
        range("binning.shape_margin", b.shape_margin, 0.0..=10.0)?;
        range("holdout.share", self.holdout.share, 0.0..=0.9)?;
        let s = &self.selection;
        range("selection.iv_min", s.iv_min, -10.0..=10.0)?;
        range("selection.correlation_max", s.correlation_max, 0.0..=1.0)?;
        range("selection.vif_max", s.vif_max, 1.0..=1e12)?;
        range("selection.psi_max", s.psi_max, 0.0..=1e6)?;
        range("selection.p_value_max", s.p_value_max, 0.0..=1.0)?;
        range("selection.characteristics_max", s.characteristics_max, 1..=10_000)?;
        range("fit.l2", self.fit.l2, 0.0..=1e9)?;
        let penalties = self.fit.refine_l2.iter().filter(|l2| **l2 != f64::INFINITY);
        penalties.into_iter().try_for_each(|&l2| range("fit.refine_l2", l2, 0.0..=1e9))?;
        range("fit.refine_l2, its number of values", self.fit.refine_l2.len(), 0..=20)?;
        range("fit.iterations", self.fit.iterations, 1..=10_000)?;
        range("fit.tolerance", self.fit.tolerance, 1e-14..=1e-2)?;
        range("fit.folds", self.fit.folds, 2..=20)?;
        range("fit.out_of_fold_rows", self.fit.out_of_fold_rows, 100..=usize::MAX)?;
        let grown = &self.boosted;
        range("boosted.bags", grown.bags, 1..=100)?;
        range("boosted.stop_share", grown.stop_share, 0.01..=0.5)?;
        range("boosted.patience", grown.patience, 1..=10_000)?;
        range("boosted.rounds", grown.rounds, 1..=100_000)?;
        range("boosted.rate", grown.rate, 1e-4..=1.0)?;
        range("boosted.leaves", grown.leaves, 1..=16)?;
        range("boosted.l2", grown.l2, 0.0..=1e9)?;
        range("boosted.curvature_min", grown.curvature_min, 1e-6..=1e9)?;
        range("boosted.pairs", grown.pairs, 0..=200)?;
        range("boosted.pair_bins", grown.pair_bins, 2..=32)?;
        range("boosted.pair_rate", grown.pair_rate, 1e-4..=1.0)?;
        range("boosted.card_share_max", grown.card_share_max, 0.0..=1.0)?;
        range("boosted.prune_loss", grown.prune_loss, 0.0..=PRUNE_LOSS_MAX)?;
        range("calibration.population_bad_rate", self.calibration.population_bad_rate, 0.0..=0.999)?;
        range("scale.points", self.scale.points, -1e5..=1e5)?;
        range("scale.odds", self.scale.odds, 1e-6..=1e6)?;
        range("scale.pdo", self.scale.pdo, 1.0..=1e4)?;
        range("coverage.minimum_share", self.coverage.minimum_share, 0.0..=1.0)?;
        range("reasons.limit", self.reasons.limit, 1..=4)?;
        for (column, values) in &self.columns.special {
            range(&format!("columns.special.{column}, its number of values"), values.len(), 0..=50)?;
            for (i, v) in values.iter().enumerate() {
                let finite = !matches!(v, SpecialValue::Number(x) if !x.is_finite());
                if !finite || values[..i].iter().any(|before| is_same_special(before, v)) {
                    return Err(out_of_range(&format!("columns.special.{column}"), v, "a finite value, once"));
                }
                if let SpecialValue::Text(text) = v
                    && !reads_back(text)
                {
                    return Err(out_of_range(&format!("columns.special.{column}"), format!("{text:?}"), READS_BACK));
                }
            }
        }
        self.check_grades()?;
        for (field, text) in [
            ("card.valid_from", &self.card.valid_from),
            ("card.valid_until", &self.card.valid_until),
            ("card.next_review", &self.card.next_review),
        ] {
            if date(text).is_err() {
                return Err(out_of_range(field, text, "a date as 2026-01-31, or empty"));
            }
        }
        if let (Ok(Some(from)), Ok(Some(until))) = (date(&self.card.valid_from), date(&self.card.valid_until))
            && from > until
        {
            return Err(out_of_range("card.valid_from", from, &format!("a day up to card.valid_until, {until}")));
        }
        if !self.card.reviewer.is_empty() && self.card.reviewer == self.card.author {
            return Err(out_of_range("card.reviewer", &self.card.reviewer, "someone other than card.author"));
        }
        if !self.columns.time.is_empty() && self.columns.time == self.columns.weight {
            return Err(out_of_range("columns.weight", &self.columns.weight, "another column than columns.time"));
        }
        Ok(())
    }

    fn check_grades(&self) -> Result<(), ConfigError> {
        let Some((last, upper)) = self.grades.split_last() else {
            return Err(out_of_range("grades", "empty", "at least one grade"));
        };
        if let Some(bound) = last.pd_below {
            return Err(out_of_range(&format!("grades: pd_below of the last, {:?}", last.name), bound, "absent"));
        }
        let mut before = 0.0;
        for g in upper {
            match g.pd_below {
                Some(p) if before < p && p < 1.0 => before = p,
                p => {
                    let value = p.map_or("absent".to_owned(), |p| p.to_string());
                    return Err(out_of_range(
                        &format!("grades: pd_below of {:?}", g.name),
                        value,
                        &format!("over {before} and under 1"),
                    ));
                }
            }
        }
        for (i, g) in self.grades.iter().enumerate() {
            if g.name.is_empty() || self.grades[..i].iter().any(|h| h.name == g.name) {
                return Err(out_of_range("grades: name", format!("{:?}", g.name), "a text, once"));
            }
            if !reads_back(&g.name) {
                return Err(out_of_range("grades: name", format!("{:?}", g.name), READS_BACK));
            }
        }
        if !self.grades.iter().any(|g| g.name == self.coverage.best_grade) {
            return Err(out_of_range("coverage.best_grade", &self.coverage.best_grade, "the name of a grade"));
        }
        Ok(())
    }
}

/// What [`reads_back`] asks for, in words.
const READS_BACK: &str = "a text without spaces around it that does not mean missing, as NA, NaN, ? and inf do";

/// Whether a text written to a data file is the same text when it is read: no data file has another one.
fn reads_back(text: &str) -> bool {
    let is_missing = ["", "NA", "?"].contains(&text) || text.parse::<f64>().is_ok_and(|x| !x.is_finite());
    text.trim() == text && !is_missing
}

/// Whether two special values are one in a column of numbers or of text.
fn is_same_special(a: &SpecialValue, b: &SpecialValue) -> bool {
    let number = |v: &SpecialValue| v.to_string().trim().parse::<f64>().ok();
    a.to_string() == b.to_string() || number(a).is_some_and(|x| number(b) == Some(x))
}

/// A date of the card; empty is none.
pub(crate) fn date(text: &str) -> Result<Option<NaiveDate>, chrono::ParseError> {
    if text.is_empty() { Ok(None) } else { text.parse().map(Some) }
}

/// Puts the given values over the defaults, table by table; a list replaces the default list.
fn merge(default: &mut toml::Table, given: toml::Table) {
    for (key, value) in given {
        match (default.get_mut(&key), value) {
            (Some(toml::Value::Table(d)), toml::Value::Table(g)) => merge(d, g),
            // A whole number where a fraction is meant is that number.
            (Some(d @ toml::Value::Float(_)), toml::Value::Integer(i)) => *d = toml::Value::Float(i as f64),
            (_, value) => {
                default.insert(key, value);
            }
        }
    }
}

fn range<T: PartialOrd + std::fmt::Display>(
    field: &str,
    value: T,
    allowed: std::ops::RangeInclusive<T>,
) -> Result<(), ConfigError> {
    if allowed.contains(&value) {
        return Ok(());
    }
    Err(out_of_range(field, value, &format!("{} to {}", allowed.start(), allowed.end())))
}

fn out_of_range(field: &str, value: impl std::fmt::Display, allowed: &str) -> ConfigError {
    ConfigError::OutOfRange { field: field.to_owned(), value: value.to_string(), allowed: allowed.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_is_valid_and_survives_a_round_trip() {
        let config = TrainConfig::default();
        assert_eq!(TrainConfig::from_toml(DEFAULT_CONFIG), Ok(config.clone()));
        assert_eq!(TrainConfig::from_toml(&config.to_toml()), Ok(config));
    }

    #[track_caller]
    fn check(text: &str, expect: &str) {
        let error = TrainConfig::from_toml(text).expect_err("refused").to_string();
        assert!(error.contains(expect), "{error}");
    }

    #[test]
    fn refused_values_are_named_with_their_range() {
        check("[binning]\nprebins = 1", "binning.prebins is 1, allowed is 2 to 128");
        check("[binning]\nshare_min = nan", "binning.share_min is NaN");
        check("[binning]\nbinz = 1", "binz");
        check("[fit]\nl2 = \"x\"", "invalid type");
        check("[columns.direction]\na = \"up\"", "unknown variant `up`");
        check("[[grades]]\nname = \"A\"\npd_below = 0.5", "pd_below of the last");
        check("[[grades]]\nname = \"A\"\n[[grades]]\nname = \"B\"", "pd_below of \"A\" is absent");
        check("[coverage]\nbest_grade = \"Z\"", "best_grade is Z");
        check("[card]\nvalid_from = \"soon\"", "a date as 2026-01-31");
        check("[card]\nauthor = \"a\"\nreviewer = \"a\"", "someone other than card.author");
        check("[columns.special]\na = [1, 1]", "once");
        check("not toml", "key with no value");
    }
}
