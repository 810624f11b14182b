//! What a report is made from. The caller reads files and models; this crate only judges.

use crate::{Error, Grouping, Headline, Language, Outcome, PsiThresholds, SHARE_FLOOR, check};
use primitives::Digest;
use serde::Serialize;

/// Everything a report needs.
///
/// Rows stand in one order in all columns. Grades stand with the best first.
#[derive(Debug, Clone)]
pub struct ReportInput {
    /// Day on which the report is made, as printed; no clock is read.
    pub generated_on: String,
    /// Language of the HTML page unless another is asked for.
    pub language: Language,
    /// The model that is judged.
    pub model: ModelFacts,
    /// What the training run measured, to stand beside this sample's figures; none when it is not at hand.
    pub training_run: Option<TrainingRun>,
    /// The sample it is judged on.
    pub sample: SampleFacts,
    /// The rows that were scored.
    pub rows: SampleRows,
    /// Grades of the master scale, the best first; at least one.
    pub grades: Vec<GradeFacts>,
    /// Characteristics of the model with the sample's counts.
    pub characteristics: Vec<CharacteristicFacts>,
    /// The sample against which stability is measured.
    pub reference: Option<ReferenceFacts>,
    /// Columns by which the figures are repeated.
    pub segments: Vec<Grouping>,
    /// Columns by which adverse impact is measured.
    pub protected: Vec<Grouping>,
    /// Thresholds and figures of the initial validation.
    pub options: ReportOptions,
}

/// A text in both languages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Label {
    /// Chinese.
    pub zh: String,
    /// English.
    pub en: String,
}

impl Label {
    /// A label from its two texts.
    pub fn new(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self { zh: zh.into(), en: en.into() }
    }

    /// The text in one language.
    pub fn text(&self, language: Language) -> &str {
        match language {
            Language::Zh => &self.zh,
            Language::En => &self.en,
        }
    }
}

/// A file and its digest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DataFile {
    /// Name as the reader knows it.
    pub name: String,
    /// Digest of its bytes.
    pub digest: Digest,
}

/// Which model is judged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ModelFacts {
    /// Identifier.
    pub id: String,
    /// Version.
    pub version: String,
    /// Digest of the model file.
    pub digest: Digest,
    /// Kind of model: expert card, scorecard and so on.
    pub kind: Label,
    /// Where the model comes from, in its own words.
    pub origin: String,
    /// Files it was trained on; empty for an expert card.
    pub training_data: Vec<DataFile>,
}

/// Headline figures that the training run measured itself. They are printed as given; nothing is judged by them.
#[derive(Debug, Clone, PartialEq)]
pub struct TrainingRun {
    /// On the rows that the model was fitted on: optimistic.
    pub in_sample: Option<Headline>,
    /// On rows that were left out of the fit that scored them.
    pub out_of_fold: Option<Headline>,
    /// On a later period than that of the fit.
    pub out_of_time: Option<Headline>,
}

/// Which sample the model is judged on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SampleFacts {
    /// Files that were read.
    pub files: Vec<DataFile>,
    /// Rows read, before exclusions.
    pub rows_read: u64,
    /// Rows left out, by reason.
    pub excluded: Vec<Exclusion>,
    /// Whether the model was trained on this very sample: its figures are then optimistic.
    pub is_training_data: bool,
}

/// Rows left out for one reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Exclusion {
    /// Why.
    pub reason: Label,
    /// How many.
    pub rows: u64,
}

/// The rows of a sample, column by column.
#[derive(Debug, Clone, Default)]
pub struct SampleRows {
    /// Points, higher is safer.
    pub score: Vec<i64>,
    /// PD in `0..=1`; none for an expert card.
    pub pd: Option<Vec<f64>>,
    /// Index into the grades.
    pub grade: Vec<usize>,
    /// Whether the enterprise defaulted.
    pub bad: Vec<bool>,
    /// Weight, 0 or more; none means 1.
    pub weight: Option<Vec<f64>>,
    /// Identifier of the enterprise.
    pub id: Option<Grouping>,
    /// Period of the row; periods follow one another in the order of their labels (`2024Q1`, `2024-06`).
    pub period: Option<Grouping>,
    /// Exposure in one unit of money, 0 or more.
    pub exposure: Option<Vec<f64>>,
}

/// One grade of the master scale.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct GradeFacts {
    /// Name.
    pub name: String,
    /// Lowest PD of the grade, if the scale states PDs.
    pub pd_lo: Option<f64>,
    /// Highest PD of the grade.
    pub pd_hi: Option<f64>,
}

/// One characteristic with its bins.
#[derive(Debug, Clone, PartialEq)]
pub struct CharacteristicFacts {
    /// Name of the column.
    pub name: String,
    /// Name for readers.
    pub label: Label,
    /// How points go with the value, as the model states.
    pub direction: PointsDirection,
    /// Bins; those of ordered values in ascending order. Those of a pair run row by row.
    pub bins: Vec<BinFacts>,
    /// The two sides, where it is a pair of characteristics.
    pub pair: Option<PairFacts>,
}

/// The sides of a pair of characteristics. Missing, special and not authorised values are rows and columns of their own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PairFacts {
    /// Names for readers: of the rows, of the columns.
    pub sides: [Label; 2],
    /// Names of the rows.
    pub rows: Vec<String>,
    /// Names of the columns.
    pub columns: Vec<String>,
}

/// How points go with the value of a characteristic.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PointsDirection {
    /// Points rise with the value: the bad rate should fall.
    Rising,
    /// Points fall with the value: the bad rate should rise.
    Falling,
    /// No order of values is stated: bins with more points should have a lower bad rate.
    Unordered,
}

/// One bin of a characteristic.
#[derive(Debug, Clone, PartialEq)]
pub struct BinFacts {
    /// Name for readers, such as `[0.1, 0.3)` or a list of categories.
    pub label: String,
    /// Points.
    pub points: i64,
    /// Whether the bin stands outside the order of values: missing, not authorised, special.
    pub is_apart: bool,
    /// Rows of the bin at model build.
    pub expected: Option<u64>,
    /// Bads among them.
    pub expected_bads: Option<u64>,
    /// Rows of the bin in this sample.
    pub actual: u64,
    /// Bads among them.
    pub actual_bads: u64,
}

/// The sample against which stability is measured.
#[derive(Debug, Clone, PartialEq)]
pub struct ReferenceFacts {
    /// Files that were read.
    pub files: Vec<DataFile>,
    /// Points of its rows.
    pub score: Vec<i64>,
    /// Rows per bin, for each characteristic in the order of the input; empty for one that is not comparable.
    pub bin_counts: Vec<Vec<u64>>,
}

/// Thresholds of a report, and figures of the initial validation.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ReportOptions {
    /// Level of every test, in `0..=1`.
    pub alpha: f64,
    /// Share given to an empty bin of a PSI, in `(0, 1)`.
    pub share_floor: f64,
    /// Severities of PSI and CSI.
    pub psi_thresholds: PsiThresholds,
    /// Who passes when adverse impact is measured; none means scores from the sample's median up.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cutoff: Option<Cutoff>,
    /// AUC of the initial validation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub initial_auc: Option<f64>,
    /// Concentration by number (CV) of the initial validation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub initial_concentration: Option<f64>,
}

/// Who passes when adverse impact is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Cutoff {
    /// Scores at or above it.
    Score(i64),
    /// This grade (an index) and better ones.
    Grade(usize),
}

impl ReportOptions {
    /// The usual thresholds: tests at 5%, PSI at 0.10 and 0.25, a share floor of [`SHARE_FLOOR`].
    pub fn usual() -> Self {
        Self {
            alpha: 0.05,
            share_floor: SHARE_FLOOR,
            psi_thresholds: PsiThresholds::USUAL,
            cutoff: None,
            initial_auc: None,
            initial_concentration: None,
        }
    }
}

impl ReportInput {
    /// Refuses columns that do not fit together; what single figures need is checked with them.
    pub(crate) fn check(&self) -> Result<(), Error> {
        let (rows, n) = (&self.rows, self.rows.score.len());
        if n == 0 {
            return Err(Error::EmptySample { what: "sample" });
        }
        if self.grades.is_empty() {
            return Err(Error::EmptySample { what: "list of grades" });
        }
        check::same_length("bad", n, rows.bad.len())?;
        check::same_length("grade", n, rows.grade.len())?;
        if let Some(row) = rows.grade.iter().position(|g| *g >= self.grades.len()) {
            let (value, hi) = (rows.grade[row] as f64, (self.grades.len() - 1) as f64);
            return Err(Error::OutOfRange { what: "grade", row, value, lo: 0.0, hi });
        }
        if let Some(pd) = &rows.pd {
            check::same_length("pd", n, pd.len())?;
            check::in_range("pd", pd, 0.0, 1.0)?;
        }
        check::weights(n, rows.weight.as_deref())?;
        if rows.weight.as_ref().is_some_and(|w| w.iter().all(|w| *w == 0.0)) {
            return Err(Error::EmptySample { what: "sample" });
        }
        if let Some(exposure) = &rows.exposure {
            check::same_length("exposure", n, exposure.len())?;
            check::in_range("exposure", exposure, 0.0, f64::MAX)?;
        }
        for (what, grouping) in [("id", &rows.id), ("period", &rows.period)] {
            if let Some(grouping) = grouping {
                grouping.check(what, n)?;
            }
        }
        for grouping in &self.segments {
            grouping.check("segment", n)?;
        }
        for grouping in &self.protected {
            grouping.check("protected group", n)?;
        }
        if let Some(run) = &self.training_run {
            for headline in [&run.in_sample, &run.out_of_fold, &run.out_of_time].into_iter().flatten() {
                check_headline(headline)?;
            }
        }
        for grade in &self.grades {
            for pd in [grade.pd_lo, grade.pd_hi].into_iter().flatten() {
                check::argument("pd of a grade", pd, 0.0, 1.0)?;
            }
        }
        for c in &self.characteristics {
            if let Some(pair) = &c.pair {
                check::same_length("cells of a pair", pair.rows.len() * pair.columns.len(), c.bins.len())?;
            }
            for (row, bin) in c.bins.iter().enumerate() {
                let pairs = [(Some(bin.actual_bads), Some(bin.actual)), (bin.expected_bads, bin.expected)];
                for pair in pairs {
                    if let (Some(bads), Some(rows)) = pair
                        && bads > rows
                    {
                        let (value, hi) = (bads as f64, rows as f64);
                        return Err(Error::OutOfRange { what: "bads of a bin", row, value, lo: 0.0, hi });
                    }
                }
            }
        }
        if let Some(reference) = &self.reference {
            let found = reference.bin_counts.len();
            check::same_length("reference bin counts", self.characteristics.len(), found)?;
            for (c, counts) in self.characteristics.iter().zip(&reference.bin_counts) {
                if !counts.is_empty() {
                    check::same_length("reference bin counts of a characteristic", c.bins.len(), counts.len())?;
                }
            }
        }
        self.options.check(self.grades.len())
    }
}

/// Figures come from a file: they are held to what this crate itself would measure.
fn check_headline(h: &Headline) -> Result<(), Error> {
    let what = "figure of the training run";
    check::in_range(what, &[h.auc, h.auc_lo, h.auc_hi, h.ks, h.brier, h.ece], 0.0, 1.0)?;
    check::argument(what, h.gini, -1.0, 1.0)?;
    check::argument(what, h.log_loss, 0.0, f64::MAX)?;
    for outcome in [&h.calibration_slope, &h.calibration_intercept] {
        if let Outcome::Value(e) = outcome {
            check::finite(what, &[e.value, e.standard_error, e.lo, e.hi])?;
        }
    }
    Ok(())
}

impl ReportOptions {
    fn check(&self, grades: usize) -> Result<(), Error> {
        check::argument("alpha", self.alpha, 0.0, 1.0)?;
        check::argument("share floor", self.share_floor, f64::MIN_POSITIVE, 1.0 - f64::EPSILON)?;
        check::argument("psi threshold to act", self.psi_thresholds.act, 0.0, f64::MAX)?;
        check::argument("psi threshold to watch", self.psi_thresholds.watch, 0.0, self.psi_thresholds.act)?;
        if let Some(Cutoff::Grade(grade)) = self.cutoff {
            check::argument("cutoff grade", grade as f64, 0.0, (grades - 1) as f64)?;
        }
        if let Some(auc) = self.initial_auc {
            check::argument("initial auc", auc, 0.0, 1.0)?;
        }
        match self.initial_concentration {
            Some(cv) => check::argument("initial coefficient of variation", cv, 0.0, f64::MAX),
            None => Ok(()),
        }
    }
}
