//! The section `commercial` of a model file.

use crate::Error;
use crate::model::inconsistent;
use crate::model_file::{ModelFile, Table};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// What a commercial-value rating rests on besides the tables.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Commercial {
    /// What weights and bins are: `illustrative` (示例，非官方) where the official ones are not public.
    pub mark: String,
    /// Months for which a rating may be used, from its as-of date.
    pub validity_months: u32,
    /// First-level indicators; each table of the model belongs to exactly one second-level indicator.
    pub indicators: Vec<Indicator>,
    /// Data coverage, in 0..1, below which an enterprise is not ratable.
    pub ratable_coverage: f64,
    /// Who can be rated.
    pub ratable: Ratable,
    /// The negative list (负面清单).
    pub negative_list: Vec<NegativeRule>,
    /// What is asked of sources.
    pub sources: Vec<SourceRule>,
    /// The population that percentiles are against; none until one was measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<Reference>,
    /// What the PD was fitted on; none until the card is calibrated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calibration: Option<CalibrationRecord>,
    /// The credit line.
    pub line: LineRule,
}

/// What a card's PD was fitted on, and how sure it is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CalibrationRecord {
    /// Enterprises with an outcome.
    pub count: u64,
    /// Bads among them.
    pub bads: u64,
    /// First and last as-of date of their ratings.
    pub period: [NaiveDate; 2],
    /// Months over which bad was observed.
    pub horizon_months: u32,
    /// Log-odds of good that one point adds.
    pub log_odds_per_point: f64,
    /// Its 95 % interval.
    pub interval: [f64; 2],
    /// Area under the ROC curve of the score on these outcomes.
    pub auc: f64,
    /// Its 95 % interval.
    pub auc_interval: [f64; 2],
}

/// A first-level indicator.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Indicator {
    /// Id.
    pub id: String,
    /// Chinese name.
    pub label_zh: String,
    /// English name.
    pub label_en: String,
    /// Its second-level indicators.
    pub second: Vec<SecondLevel>,
}

/// A second-level indicator.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SecondLevel {
    /// Id.
    pub id: String,
    /// Chinese name.
    pub label_zh: String,
    /// English name.
    pub label_en: String,
    /// Its share of the score, in percent.
    pub weight: f64,
    /// The characteristics whose tables make it up.
    pub characteristics: Vec<String>,
}

/// Who can be rated.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ratable {
    /// Whether individual businesses (个体工商户) are.
    pub individual_business: bool,
    /// Whether enterprises of an industry without a size class (J, P, Q84, S) are.
    pub size_unclassified: bool,
    /// Whether enterprises are whose size class is not known for want of data.
    pub size_unknown: bool,
    /// Years since establishment below which an enterprise is too young.
    pub age_years_min: f64,
    /// Industries that are excluded: beginnings of GB/T 4754 codes with their section letter, such as `C1620` or `J`.
    pub excluded_industries: Vec<String>,
}

/// A rule of the negative list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NegativeRule {
    /// Code of the hits it is about.
    pub code: String,
    /// Chinese name.
    pub label_zh: String,
    /// English name.
    pub label_en: String,
    /// What a hit does.
    pub effect: Effect,
    /// The best grade under a cap.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub best_grade: Option<String>,
    /// The sources that hits come from: where one is withheld, a hit could be hidden.
    pub sources: Vec<String>,
    /// How an entry is removed, in Chinese.
    pub removal_zh: String,
    /// How an entry is removed, in English.
    pub removal_en: String,
}

/// What a hit of the negative list does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// It is told.
    Warning,
    /// The grade is not better than a stated one.
    Cap,
    /// The last grade and no line (一票否决).
    HardStop,
}

/// What is asked of a source.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SourceRule {
    /// Id of the source.
    pub id: String,
    /// Chinese name.
    pub label_zh: String,
    /// English name.
    pub label_en: String,
    /// Age in days of the newest record beyond which the data are stale.
    pub stale_after_days: u32,
}

/// Scores of a population, for percentiles.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reference {
    /// Which enterprises, in words.
    pub population: String,
    /// As of when.
    pub as_of: NaiveDate,
    /// How many.
    pub count: u64,
    /// The 0th to 100th percentile of their scores: 101 numbers that never fall.
    pub scores: Vec<i32>,
}

/// The credit line: the smallest of its bounds, rounded down.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LineRule {
    /// The document the rule follows, and what of it must be checked again.
    pub document: String,
    /// The most an enterprise may have.
    pub caps: Vec<ClassCap>,
    /// Share of the declared sales of 12 months, in ppm.
    pub sales_share_ppm: i64,
    /// Share of the taxes paid in 12 months, in ppm.
    pub taxes_share_ppm: i64,
    /// The lines are multiples of this, in fen, rounded down.
    pub step_fen: i64,
    /// Growth of sales is drawn into these bounds, in ppm.
    pub growth_ppm: [i64; 2],
    /// How much of the cap a score opens.
    pub curve: LineCurve,
}

/// The cap of a class of enterprises.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClassCap {
    /// Which.
    pub class: Class,
    /// In fen.
    pub cap_fen: i64,
    /// `official` or `illustrative`.
    pub mark: String,
    /// Where it is from.
    pub source: String,
}

/// Classes of enterprises with a cap of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// Any other.
    General,
    /// Specialised-new enterprises and little giants (专精特新).
    Specialised,
}

/// How much of the cap a score opens.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub enum LineCurve {
    /// Nothing up to one score, all from another, in a straight line between.
    Interpolated {
        /// The highest score without a line.
        score_zero: i32,
        /// The lowest score with the whole cap.
        score_full: i32,
    },
    /// A share of the cap by grade, best grade first, in ppm, never rising.
    Ladder {
        /// One for each grade of the model.
        share_ppm: Vec<i64>,
    },
}

impl Commercial {
    /// Whether the section fits its model: nothing is left out, named twice or out of range.
    pub(crate) fn check(&self, file: &ModelFile) -> Result<(), Error> {
        let refuse = |place: &str, problem: String| Err(inconsistent(&format!("commercial.{place}"), problem));
        let mut left: BTreeSet<&str> = BTreeSet::new();
        for table in &file.tables {
            match table {
                Table::OneWay { characteristic, .. } if left.insert(characteristic) => {}
                Table::OneWay { characteristic, .. } => {
                    return refuse("indicators", format!("{characteristic:?} has two tables"));
                }
                Table::TwoWay(pair) => {
                    return refuse("indicators", format!("the pair {:?} belongs to no one indicator", pair.pair));
                }
            }
        }
        let mut weights = 0.0;
        for second in self.indicators.iter().flat_map(|i| &i.second) {
            if !(second.weight > 0.0 && second.weight <= 100.0) {
                return refuse("indicators", format!("{:?} weighs {}, allowed is 0 to 100", second.id, second.weight));
            }
            weights += second.weight;
            for name in &second.characteristics {
                if !left.remove(name.as_str()) {
                    return refuse("indicators", format!("{name:?} has no table, or stands twice"));
                }
            }
        }
        if let Some(name) = left.first() {
            return refuse("indicators", format!("{name:?} belongs to no indicator"));
        }
        if (weights - 100.0).abs() > 1e-9 {
            return refuse("indicators", format!("the weights add up to {weights}, not 100"));
        }
        if !(0.0..=1.0).contains(&self.ratable_coverage) || self.coverage_above(file) {
            let problem = format!(
                "{} must lie in 0 to {}, the coverage below which the grade is capped",
                self.ratable_coverage, file.coverage.minimum_share
            );
            return refuse("ratable_coverage", problem);
        }
        if !(self.ratable.age_years_min >= 0.0 && self.ratable.age_years_min <= 100.0) {
            return refuse("ratable.age_years_min", format!("{} lies outside 0 to 100", self.ratable.age_years_min));
        }
        if !(1..=36).contains(&self.validity_months) {
            return refuse("validity_months", format!("{} lies outside 1 to 36", self.validity_months));
        }
        let mut codes = BTreeSet::new();
        for rule in &self.negative_list {
            if !codes.insert(&rule.code) {
                return refuse("negative_list", format!("{:?} stands twice", rule.code));
            }
            let known = rule.best_grade.as_ref().is_some_and(|g| file.grades.iter().any(|x| x.name == *g));
            if (rule.effect == Effect::Cap) != known {
                return refuse(
                    "negative_list",
                    format!("{:?}: a cap, and nothing else, names a grade of the model", rule.code),
                );
            }
        }
        if let Some(r) = &self.reference
            && (r.scores.len() != 101 || r.scores.windows(2).any(|w| w[0] > w[1]))
        {
            return refuse("reference.scores", "must be 101 numbers that never fall".into());
        }
        self.line.check(file).map_err(|(place, problem)| inconsistent(&format!("commercial.line.{place}"), problem))
    }

    fn coverage_above(&self, file: &ModelFile) -> bool {
        self.ratable_coverage > file.coverage.minimum_share
    }
}

impl LineRule {
    pub(crate) fn check(&self, file: &ModelFile) -> Result<(), (&'static str, String)> {
        /// A thousand times the largest cap of any scheme: products with shares stay within 128 bits.
        const FEN_MAX: i64 = 1_000_000_000_000;
        for class in [Class::General, Class::Specialised] {
            let caps: Vec<i64> = self.caps.iter().filter(|c| c.class == class).map(|c| c.cap_fen).collect();
            if caps.len() != 1 || !(0..=FEN_MAX).contains(&caps[0]) {
                return Err(("caps", format!("{class:?} needs one cap of 0 to {FEN_MAX} fen")));
            }
        }
        let share = 0..=100_000_000;
        if !share.contains(&self.sales_share_ppm) || !share.contains(&self.taxes_share_ppm) {
            return Err(("sales_share_ppm", "shares lie in 0 to 100,000,000 ppm".into()));
        }
        if !(1..=FEN_MAX).contains(&self.step_fen) {
            return Err(("step_fen", format!("{} lies outside 1 to {FEN_MAX}", self.step_fen)));
        }
        let [low, high] = self.growth_ppm;
        if !(-1_000_000 <= low && low <= high && high <= 10_000_000) {
            return Err(("growth_ppm", format!("{low} to {high} is no span within -1,000,000 to 10,000,000")));
        }
        match &self.curve {
            LineCurve::Interpolated { score_zero, score_full } if score_zero >= score_full => {
                Err(("curve", format!("score_zero {score_zero} must lie below score_full {score_full}")))
            }
            LineCurve::Interpolated { .. } => Ok(()),
            LineCurve::Ladder { share_ppm } => {
                let falls = share_ppm.windows(2).all(|w| w[0] >= w[1]);
                match falls
                    && share_ppm.len() == file.grades.len()
                    && share_ppm.iter().all(|s| (0..=1_000_000).contains(s))
                {
                    true => Ok(()),
                    false => {
                        Err(("curve", "a ladder has a share of 0 to 1,000,000 ppm for each grade, never rising".into()))
                    }
                }
            }
        }
    }

    /// The cap of a class, in fen.
    pub fn cap_fen(&self, class: Class) -> i64 {
        self.caps.iter().find(|c| c.class == class).map_or(0, |c| c.cap_fen)
    }
}
