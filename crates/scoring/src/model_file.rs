//! The stored model, format version 1.
//!
//! Updates: none, a released model is never edited in place: an edit makes a new `model_version` and
//! is listed in `edits`. Deletion: none while a rating refers to its digest. Guarantees: a file that
//! [`crate::Model::from_json`] accepts scores every row of the right types; one that
//! [`ModelFile::to_json`] wrote is written again with the same bytes.
//!
//! The order of the fields is the order of the file: what is current first, where it came from last.

use crate::layout::layout;
use chrono::NaiveDate;
use primitives::Digest;
use serde::{Deserialize, Serialize};

/// The word that opens every model file.
pub const FORMAT: &str = "shangzhi-model";
/// The newest format version that this crate reads, and the one it writes.
pub const FORMAT_VERSION: u32 = 1;

/// A model as it stands in `model.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelFile {
    /// [`FORMAT`].
    pub format: String,
    /// Version of the format, apart from the version of the model.
    pub format_version: u32,
    /// Name of the model, the same over all its versions.
    pub model_id: String,
    /// Version of this model.
    pub model_version: String,
    /// How the tables were made: `scorecard`, `expert_card`, `boosted`, `prior_card`.
    pub method: String,
    /// What the model is for and who answers for it.
    pub card: Card,
    /// How points relate to odds.
    pub scale: Scale,
    /// Points that every enterprise starts from.
    pub base_points: i32,
    /// What the model reads, in the order in which rows are bound by position.
    pub characteristics: Vec<Characteristic>,
    /// The additive tables: `score = base_points + sum of one bin of each table`.
    pub tables: Vec<Table>,
    /// Probability of default by integer score; absent on an expert card without calibration.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pd: Option<PdTable>,
    /// Master scale, best grade first.
    pub grades: Vec<Grade>,
    /// The cap on the grade where sources are not authorised.
    pub coverage: Coverage,
    /// How reasons are chosen.
    pub reasons: ReasonRule,
    /// What a commercial-value rating rests on besides; absent on a scorecard.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commercial: Option<crate::commercial::Commercial>,
    /// Manual edits, oldest first.
    pub edits: Vec<Edit>,
    /// Where the model came from.
    pub origin: Origin,
}

impl ModelFile {
    /// The text of `model.json`: stable order, one bin a line, made for diffs.
    ///
    /// # Errors
    /// [`crate::Error::Inconsistent`] when a number is not finite, which JSON can not hold.
    pub fn to_json(&self) -> Result<String, crate::Error> {
        self.check_numbers()?;
        let compact = serde_json::to_string(self)
            .map_err(|e| crate::Error::Inconsistent { place: "model".into(), problem: e.to_string() })?;
        Ok(layout(&compact, 160))
    }

    /// Refuses what JSON would turn into `null`.
    fn check_numbers(&self) -> Result<(), crate::Error> {
        let check = |place: &str, numbers: &[f64]| match numbers.iter().find(|x| !x.is_finite()) {
            None => Ok(()),
            Some(x) => {
                let problem = format!("the number {x} can not be written");
                Err(crate::Error::Inconsistent { place: place.to_owned(), problem })
            }
        };
        check("scale", &[self.scale.points, self.scale.odds, self.scale.pdo])?;
        check("pd", self.pd.as_ref().map_or(&[], |pd| &pd.by_score))?;
        check("grades", &self.grades.iter().filter_map(|g| g.pd_below).collect::<Vec<_>>())?;
        check("coverage", &[self.coverage.minimum_share])?;
        for (t, table) in self.tables.iter().enumerate() {
            let place = format!("table {}", t + 1);
            let mut numbers = Vec::new();
            match table {
                Table::OneWay { iv, coefficient, standard_error, p_value, bins, .. } => {
                    numbers.extend([iv, coefficient, standard_error, p_value].into_iter().flatten());
                    for b in bins {
                        numbers.extend([b.goods, b.bads, b.woe]);
                        b.attribute.push_numbers(&mut numbers);
                    }
                }
                Table::TwoWay(pair) => {
                    pair.rows.iter().chain(&pair.columns).for_each(|a| a.push_numbers(&mut numbers));
                }
            }
            check(&place, &numbers)?;
        }
        Ok(())
    }
}

/// What the model is for and who answers for it.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Card {
    /// The enterprises the model may be used on.
    pub population: String,
    /// What counts as bad.
    pub bad_definition: String,
    /// Months over which bad is observed; the horizon of the PD.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub horizon_months: Option<u32>,
    /// The span of the training data, in words.
    pub window: String,
    /// Known limits.
    pub limits: Vec<String>,
    /// Who made it.
    pub author: String,
    /// Who reviewed it: someone other than the author.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reviewer: Option<String>,
    /// First day of use.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_from: Option<NaiveDate>,
    /// Last day of use.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_until: Option<NaiveDate>,
    /// When it must be reviewed again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_review: Option<NaiveDate>,
}

/// How points relate to odds: `score = points + pdo / ln 2 * ln(odds / anchor odds)`, odds good : bad.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scale {
    /// The score at the anchor odds.
    pub points: f64,
    /// The anchor odds, goods to one bad.
    pub odds: f64,
    /// Points that double the odds.
    pub pdo: f64,
}

impl Scale {
    /// Points per unit of log-odds.
    pub fn factor(&self) -> f64 {
        self.pdo / std::f64::consts::LN_2
    }

    /// The score, not rounded, of a log-odds of good.
    pub fn score(&self, log_odds: f64) -> f64 {
        self.points + self.factor() * (log_odds - self.odds.ln())
    }

    /// The probability of bad at a score.
    pub fn pd(&self, score: f64) -> f64 {
        let log_odds = (score - self.points) / self.factor() + self.odds.ln();
        1.0 / (1.0 + log_odds.exp())
    }
}

/// Type of a characteristic.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A finite number.
    Number,
    /// A category.
    Text,
}

/// How points move with the value of a numeric characteristic.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// Points rise with the value, so the bad rate falls.
    Rising,
    /// Points fall with the value, so the bad rate rises.
    Falling,
    /// Points rise to a highest bin, then fall.
    Peak,
    /// Points fall to a lowest bin, then rise.
    Valley,
    /// No constraint.
    Free,
}

/// One input of the model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Characteristic {
    /// Name of the column.
    pub name: String,
    /// Number or text.
    pub kind: Kind,
    /// Chinese name for people.
    pub label_zh: String,
    /// English name for people.
    pub label_en: String,
    /// How points move with the value; absent on text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub direction: Option<Direction>,
}

/// One additive table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged, try_from = "AnyTable")]
pub enum Table {
    /// Points by the bin of one characteristic.
    OneWay {
        /// Name of the characteristic.
        characteristic: String,
        /// Information value of these bins on the training data.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        iv: Option<f64>,
        /// Weight of the WoE in the fitted model.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        coefficient: Option<f64>,
        /// Standard error of the coefficient.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        standard_error: Option<f64>,
        /// Two-sided Wald p-value of the coefficient; H0: it is zero.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        p_value: Option<f64>,
        /// The bins.
        bins: Vec<Bin>,
    },
    /// Points by the bins of a pair of characteristics.
    TwoWay(TwoWayTable),
}

/// The fields of both kinds of table: the reader of an untagged enum names neither the line nor the
/// field that is wrong.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AnyTable {
    characteristic: Option<String>,
    iv: Option<f64>,
    coefficient: Option<f64>,
    standard_error: Option<f64>,
    p_value: Option<f64>,
    bins: Option<Vec<Bin>>,
    pair: Option<[String; 2]>,
    rows: Option<Vec<Attribute>>,
    columns: Option<Vec<Attribute>>,
    points: Option<Vec<Vec<i32>>>,
}

impl TryFrom<AnyTable> for Table {
    type Error = &'static str;

    fn try_from(t: AnyTable) -> Result<Self, Self::Error> {
        match t {
            AnyTable {
                characteristic: Some(characteristic),
                iv,
                coefficient,
                standard_error,
                p_value,
                bins: Some(bins),
                pair: None,
                rows: None,
                columns: None,
                points: None,
            } => Ok(Self::OneWay { characteristic, iv, coefficient, standard_error, p_value, bins }),
            AnyTable {
                characteristic: None,
                iv: None,
                coefficient: None,
                standard_error: None,
                p_value: None,
                bins: None,
                pair: Some(pair),
                rows: Some(rows),
                columns: Some(columns),
                points: Some(points),
            } => Ok(Self::TwoWay(TwoWayTable { pair, rows, columns, points })),
            _ => Err("a table has either characteristic and bins, or pair, rows, columns and points"),
        }
    }
}

/// Points by the bins of a pair of characteristics.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TwoWayTable {
    /// Names of the two characteristics.
    pub pair: [String; 2],
    /// Bins of the first.
    pub rows: Vec<Attribute>,
    /// Bins of the second.
    pub columns: Vec<Attribute>,
    /// Points: a list per row, in the order of `columns`. The row and the column that are not authorised are the
    /// lowest, each beside its like.
    pub points: Vec<Vec<i32>>,
}

/// A bin of a one-way table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bin {
    /// Which values fall here.
    pub attribute: Attribute,
    /// Points of the bin.
    pub points: i32,
    /// Weighted number of goods in the training data.
    pub goods: f64,
    /// Weighted number of bads in the training data.
    pub bads: f64,
    /// `ln(share of goods / share of bads)`, smoothed as the configuration states; higher is safer.
    pub woe: f64,
}

/// Which values fall into a bin.
///
/// The bins of a number are intervals that cover the line, then special values, then `missing` and
/// `not_authorised`; those of a text are lists of levels, then special values, then `missing`,
/// `unseen` and `not_authorised`. A special value is looked up before the intervals and levels.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Attribute {
    /// A half-open interval of numbers.
    Interval(Interval),
    /// A list of categories.
    Levels(Vec<String>),
    /// Values that are codes rather than amounts.
    Special(Vec<SpecialValue>),
    /// No value.
    Missing,
    /// A category that training did not see.
    Unseen,
    /// The source is not authorised. No bin of its table has fewer points.
    NotAuthorised,
}

impl Attribute {
    fn push_numbers(&self, numbers: &mut Vec<f64>) {
        match self {
            Self::Interval(i) => numbers.extend(i.from.into_iter().chain(i.to)),
            Self::Special(values) => numbers.extend(values.iter().filter_map(|v| match v {
                SpecialValue::Number(x) => Some(*x),
                SpecialValue::Text(_) => None,
            })),
            Self::Levels(_) | Self::Missing | Self::Unseen | Self::NotAuthorised => {}
        }
    }
}

/// `from <= value < to`; an absent bound is infinite.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Interval {
    /// Lower bound, in the interval.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<f64>,
    /// Upper bound, outside the interval.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<f64>,
}

/// A value that is a code rather than an amount.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged, expecting = "a special value is a number or a text")]
pub enum SpecialValue {
    /// A number.
    Number(f64),
    /// A text.
    Text(String),
}

/// Probability of default by integer score.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PdTable {
    /// The score of the first entry. Lower scores take the first entry, higher ones than the last
    /// the last.
    pub lowest_score: i32,
    /// PD per score, each strictly between 0 and 1, never rising.
    pub by_score: Vec<f64>,
}

/// A step of the master scale.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Grade {
    /// Name of the grade.
    pub name: String,
    /// Lowest score of the grade; absent on the last grade.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub score_from: Option<i32>,
    /// The grade's PDs lie below this; absent where the model has no PD.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pd_below: Option<f64>,
}

/// The cap on the grade where sources are not authorised.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Coverage {
    /// Data coverage (数据覆盖度): share of the characteristics, in 0..1, that are authorised. Below it
    /// the grade is capped.
    pub minimum_share: f64,
    /// The best grade then.
    pub best_grade: String,
}

/// What points are compared with to find reasons.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReasonBaseline {
    /// The best bin of the table.
    Maximum,
    /// The average bin of the training data, rounded to whole points. All bins of a pair, and those of a
    /// table without training data, weigh the same.
    Mean,
}

/// How reasons are chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReasonRule {
    /// Points lost are counted against this.
    pub baseline: ReasonBaseline,
    /// At most this many, in 1..=4.
    pub limit: u8,
}

/// A manual change of the model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Edit {
    /// Who changed it.
    pub who: String,
    /// When.
    pub on: NaiveDate,
    /// Why.
    pub why: String,
    /// What, in words.
    pub what: String,
    /// Digest of the model that was edited; absent where no edit file was applied.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<Digest>,
    /// What stood there before: bins and points, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
    /// What stands there since.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
}

/// Where the model came from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Origin {
    /// Name and version of the program.
    pub software: String,
    /// Seed of every random choice.
    pub seed: u64,
    /// The configuration as it was read, all defaults filled in.
    pub configuration: String,
    /// The training files.
    pub data: Vec<DataFile>,
    /// Name of the outcome column.
    pub target: String,
    /// The value that is bad.
    pub bad_value: String,
    /// Rows used to fit.
    pub rows: u64,
    /// Bads among them.
    pub bads: u64,
    /// Rows left out for want of an outcome.
    pub rows_without_outcome: u64,
    /// Rows held out as the last period.
    pub rows_held_out: u64,
    /// The span of the time column in the rows used to fit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub period: Option<[String; 2]>,
    /// Columns that may never enter the model, for the report on adverse impact.
    pub protected: Vec<String>,
    /// Columns that did not enter, with the rule that removed each.
    pub removed: Vec<Removed>,
    /// The card whose weights the fit was drawn to; absent on a model that was fitted without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prior: Option<PriorRecord>,
}

/// The card that a fit was drawn to, and how far the data moved it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PriorRecord {
    /// Name of the card.
    pub model_id: String,
    /// Version of the card.
    pub model_version: String,
    /// Digest of its file.
    pub digest: Digest,
    /// Weight of the whole card: 1 is as it stands. On a card without PD, whose points have no odds behind them, in log-odds
    /// per standard deviation of its score.
    pub slope: f64,
    /// How far the weight of one table may stand from `slope`: posterior mean of the standard deviation of the Gaussian prior.
    pub weight_sd: f64,
    /// How far bins may stand from the card's, in shares of the table's own spread: the same.
    pub bin_sd: f64,
    /// `1 / weight_sd²`, the precision of the prior; absent where the data leave nothing to move.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lambda: Option<f64>,
    /// Per table, in their order, what became of it.
    pub tables: Vec<PriorMove>,
}

/// How far the data moved one table of a prior card.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PriorMove {
    /// Name of the characteristic, or of both with `*` between.
    pub table: String,
    /// Weight of the card's points, in the unit of [`PriorRecord::slope`]: 1 leaves them as they are, below 0 turns them round.
    pub weight: f64,
    /// Root mean square over the rows of what bins moved by beyond that, in points.
    pub bins_moved: f64,
    /// Whether the data speak against the sign of the card's points.
    pub contradicted: bool,
}

/// A training file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DataFile {
    /// Name without folders.
    pub name: String,
    /// Digest of its bytes.
    pub digest: Digest,
    /// Rows.
    pub rows: u64,
}

/// A column that did not enter the model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Removed {
    /// Name of the column.
    pub column: String,
    /// The rule that removed it.
    pub rule: String,
    /// The value that the rule saw, and its bound.
    pub detail: String,
}
