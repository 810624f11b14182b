//! The validation report: everything known about one model on one sample, as JSON for machines and as a page for
//! people.
//!
//! A report holds no clock, no path and no randomness: the same input gives the same bytes.

mod characteristics;
pub(crate) mod comparison;
pub(crate) mod format;
mod grades;
mod groups;
mod html;
mod input;
pub(crate) mod judgement;
mod performance;
mod picture;

pub use characteristics::{BinRow, CharacteristicCsi, CharacteristicSection, Observed, StabilitySection};
pub use comparison::{
    COMPARISON_VERSION, CompareOptions, Comparison, ComparisonVerdict, Decision, Differences, GradeCross, Side,
    TableUse,
};
pub use grades::{ConcentrationSection, GradeInversion, GradeRow, GradeSection};
pub use groups::{GroupRow, GroupSection, ImpactSection, MigrationSection, Passes, PeriodSection};
pub use input::{
    BinFacts, CharacteristicFacts, Cutoff, DataFile, Exclusion, GradeFacts, Label, ModelFacts, PairFacts,
    PointsDirection, ReferenceFacts, ReportInput, ReportOptions, SampleFacts, SampleRows, TrainingRun,
};
pub use judgement::{
    AUC_STRONG, AUC_USABLE, AUC_WEAK, BADS_FEW, BADS_MIN, FindingText, Judgement, Level, Overall, RATIO_LOW,
};
pub use performance::{CalibrationSection, CurveBin, RankingSection, ScoreBin, TrainingRunSection};

use crate::distribution::Z_95;
use crate::{ADVERSE_IMPACT_MIN, CALIBRATION_BINS, Error, GROUP_ROWS_MIN, Language, Outcome, PD_CLIP};
use serde::Serialize;

/// Version of the JSON report. A field that changes its meaning raises it.
pub const FORMAT_VERSION: u32 = 1;

/// Everything that a report says.
///
/// # Examples
/// ```
/// use primitives::Digest;
/// use validation::report::{
///     GradeFacts, Label, ModelFacts, ReportInput, ReportOptions, SampleFacts, SampleRows, ValidationReport,
/// };
/// use validation::Language;
///
/// let score: Vec<i64> = (0..80).map(|i| 400 + i).collect();
/// let input = ReportInput {
///     generated_on: "2026-01-05".to_owned(),
///     language: Language::En,
///     model: ModelFacts {
///         id: "sme".to_owned(),
///         version: "1".to_owned(),
///         digest: Digest::sha256(b"model"),
///         kind: Label::new("专家评分卡", "expert card"),
///         origin: "credit policy 2026".to_owned(),
///         training_data: vec![],
///     },
///     training_run: None,
///     sample: SampleFacts { files: vec![], rows_read: 80, excluded: vec![], is_training_data: false },
///     rows: SampleRows {
///         grade: score.iter().map(|s| usize::from(*s < 440)).collect(),
///         bad: score.iter().map(|s| s % 7 == 0 && *s < 460).collect(),
///         score,
///         ..SampleRows::default()
///     },
///     grades: ["A", "B"].map(|name| GradeFacts { name: name.to_owned(), pd_lo: None, pd_hi: None }).into(),
///     characteristics: vec![],
///     reference: None,
///     segments: vec![],
///     protected: vec![],
///     options: ReportOptions::usual(),
/// };
/// let report = ValidationReport::build(&input).unwrap();
/// assert!(report.to_json().unwrap().contains(r#""migration": {"#));
/// assert!(report.to_html(Language::Zh).unwrap().contains("专家评分卡"));
///
/// let mut wrong = input.clone();
/// wrong.rows.bad.pop();
/// assert!(ValidationReport::build(&wrong).is_err());
/// ```
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ValidationReport {
    /// [`FORMAT_VERSION`].
    pub format_version: u32,
    /// Day on which the report was made.
    pub generated_on: String,
    /// Language of the page unless another is asked for.
    pub language: Language,
    /// The model.
    pub model: ModelFacts,
    /// The sample.
    pub sample: SampleSection,
    /// The judgement.
    pub judgement: Judgement,
    /// Figures of the training run.
    pub training_run: Outcome<TrainingRunSection>,
    /// How the score ranks.
    pub ranking: RankingSection,
    /// Goods and bads by score.
    pub score_distribution: Vec<ScoreBin>,
    /// How true the PDs are.
    pub calibration: Outcome<CalibrationSection>,
    /// Figures of the grades.
    pub grades: GradeSection,
    /// PSI and CSI against the reference sample.
    pub stability: Outcome<StabilitySection>,
    /// Characteristics and their bins.
    pub characteristics: Vec<CharacteristicSection>,
    /// Figures by segment.
    pub segments: Outcome<Vec<GroupSection>>,
    /// Figures by period.
    pub periods: Outcome<PeriodSection>,
    /// Moves between grades.
    pub migration: Outcome<MigrationSection>,
    /// Concentration over grades.
    pub concentration: ConcentrationSection,
    /// Adverse impact by protected group.
    pub adverse_impact: Outcome<ImpactSection>,
    /// Thresholds that were used.
    pub definitions: Definitions,
}

/// The sample as it was used.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SampleSection {
    /// Where it comes from and what was left out.
    #[serde(flatten)]
    pub facts: SampleFacts,
    /// Rows that were scored.
    pub n: u64,
    /// Bads among them.
    pub bads: u64,
    /// Share of bads; a share of weights when there are weights.
    pub bad_rate: f64,
    /// Whether rows have weights.
    pub is_weighted: bool,
}

/// Thresholds and conventions of a report.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Definitions {
    /// What the caller set.
    #[serde(flatten)]
    pub options: ReportOptions,
    /// Rows below which a group is suppressed.
    pub group_rows_min: u64,
    /// Ratio below which a group calls for a look.
    pub adverse_impact_min: f64,
    /// Groups of ECE, Hosmer–Lemeshow and the calibration curve.
    pub calibration_bins: usize,
    /// Distance from 0 and 1 to which PDs are clipped before a logarithm.
    pub pd_clip: f64,
}

impl ValidationReport {
    /// Judges a model on a sample.
    ///
    /// # Errors
    /// [`Error::LengthMismatch`], [`Error::NotFinite`], [`Error::OutOfRange`] and [`Error::NegativeWeight`] for columns
    /// that do not fit together; [`Error::EmptySample`] without rows or grades. A figure that can not be had from a
    /// sound input is no error: it stands in the report with its reason.
    pub fn build(input: &ReportInput) -> Result<Self, Error> {
        input.check()?;
        let grades = grades::grades(input)?;
        let portfolio = &grades.portfolio;
        let sample = SampleSection {
            facts: input.sample.clone(),
            n: portfolio.n,
            bads: portfolio.bads,
            bad_rate: portfolio.bad_rate.value().copied().expect("the input has a row with weight"),
            is_weighted: input.rows.weight.is_some(),
        };
        let mut report = Self {
            format_version: FORMAT_VERSION,
            generated_on: input.generated_on.clone(),
            language: input.language,
            model: input.model.clone(),
            sample,
            judgement: Judgement {
                overall: Overall::Sound,
                zh: String::new(),
                en: String::new(),
                findings: Vec::new(),
            },
            training_run: performance::training_run(input),
            ranking: performance::ranking(input)?,
            score_distribution: performance::score_distribution(input),
            calibration: performance::calibration(input)?,
            grades,
            stability: characteristics::stability(input)?,
            characteristics: characteristics::characteristics(input),
            segments: groups::segments(input)?,
            periods: groups::periods(input)?,
            migration: groups::migration(input)?,
            concentration: grades::concentration_section(input)?,
            adverse_impact: groups::impact(input)?,
            definitions: Definitions {
                options: input.options.clone(),
                group_rows_min: GROUP_ROWS_MIN,
                adverse_impact_min: ADVERSE_IMPACT_MIN,
                calibration_bins: CALIBRATION_BINS,
                pd_clip: PD_CLIP,
            },
        };
        report.judgement = judgement::judge(input, &report);
        Ok(report)
    }

    /// The report as JSON: keys in a fixed order, numbers always finite, a missing figure as
    /// `{"not_applicable": reason}`.
    ///
    /// # Errors
    /// [`Error::Json`] when the serialiser fails.
    pub fn to_json(&self) -> Result<String, Error> {
        let text = serde_json::to_string_pretty(self).map_err(|e| Error::Json { message: e.to_string() })?;
        Ok(text + "\n")
    }

    /// The report as one HTML page that loads nothing: pictures are inline SVG, and each has its table.
    ///
    /// # Errors
    /// [`Error::Picture`] when a picture can not be drawn.
    pub fn to_html(&self, language: Language) -> Result<String, Error> {
        html::page(self, language)
    }
}

/// 95% Wilson interval of a share `p` of `n > 0` rows.
pub(crate) fn wilson(p: f64, n: f64) -> (f64, f64) {
    let z2 = Z_95 * Z_95;
    let centre = (p + z2 / (2.0 * n)) / (1.0 + z2 / n);
    let half = Z_95 / (1.0 + z2 / n) * (p * (1.0 - p) / n + z2 / (4.0 * n * n)).sqrt();
    ((centre - half).clamp(0.0, p), (centre + half).clamp(p, 1.0))
}
