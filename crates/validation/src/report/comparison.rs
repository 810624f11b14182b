//! Champion against challenger: two models on the same rows, side by side, and what follows by a stated rule.
//!
//! Each model's own figures are those of its validation report; here stand what the two have to do with each other.

use crate::report::characteristics::{CharacteristicSection, SCORE_BINS, characteristics};
use crate::report::html::comparison_page;
use crate::report::input::{Label, ModelFacts, ReportInput};
use crate::report::judgement::BADS_MIN;
use crate::report::performance::{CalibrationSection, RankingSection, calibration, ranking};
use crate::text::Reason;
use crate::text::comparison::sentences;
use crate::{
    AucComparison, Bandwidth, Error, Language, Loss, LossComparison, MigrationMatrix, Outcome, Psi, SwapSet,
    matrix_weighted_bandwidth, paired_auc_test, paired_loss_test, psi_of_scores, swap_set,
};
use serde::Serialize;

/// Version of the JSON of a comparison. A field that changes its meaning raises it.
pub const COMPARISON_VERSION: u32 = 1;

/// What is asked of a comparison.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct CompareOptions {
    /// Share of rows that either model accepts in the swap set, in `0..=1`.
    pub accept_share: f64,
    /// Level of both tests together, in `0..=1`; each has half of it.
    pub alpha: f64,
    /// Whether points of one model mean what points of the other do. If not, PDs are compared where scores would be.
    pub same_scale: bool,
}

/// Two models on the same rows. Every difference is the challenger less the champion.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Comparison {
    /// [`COMPARISON_VERSION`].
    pub format_version: u32,
    /// Day on which the comparison was made.
    pub generated_on: String,
    /// Language of the page unless another is asked for.
    pub language: Language,
    /// What was asked.
    pub options: CompareOptions,
    /// Rows.
    pub n: u64,
    /// Bads among them.
    pub bads: u64,
    /// What follows.
    pub verdict: ComparisonVerdict,
    /// The model in use.
    pub champion: Side,
    /// The model that may take its place.
    pub challenger: Side,
    /// Differences of the figures.
    pub differences: Differences,
    /// Who is accepted by one of them only, at an equal rate of acceptance.
    pub swap_set: SwapSet,
    /// Grades of the rows by both.
    pub grades: GradeCross,
    /// Stability of the challenger's scores (or PDs) against the champion's deciles.
    pub score_psi: Outcome<Psi>,
    /// Tables of points of either model: first those of both, then those of the champion alone, then the challenger's.
    pub tables: Vec<TableUse>,
}

/// One of the two models.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Side {
    /// The model.
    pub model: ModelFacts,
    /// Whether it was trained on these rows.
    pub is_training_data: bool,
    /// Tables of points.
    pub tables: u64,
    /// Bins and cells of all tables.
    pub bins: u64,
    /// How its score ranks.
    pub ranking: RankingSection,
    /// How true its PDs are.
    pub calibration: Outcome<CalibrationSection>,
    /// Its tables with these rows in their bins.
    pub characteristics: Vec<CharacteristicSection>,
}

/// Differences of figures, the challenger less the champion.
///
/// KS and ECE have no interval: their distributions have no closed form.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Differences {
    /// Of the AUC, `auc_a` being the challenger's; DeLong's paired test.
    pub auc: Outcome<AucComparison>,
    /// Of KS.
    pub ks: Outcome<f64>,
    /// Of the log-loss; paired test.
    pub log_loss: Outcome<LossComparison>,
    /// Of the Brier score; paired test.
    pub brier: Outcome<LossComparison>,
    /// Of the expected calibration error.
    pub ece: Outcome<f64>,
}

/// Rows by the grade of the champion and that of the challenger.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct GradeCross {
    /// Grades of the champion, the best first: the rows.
    pub champion: Vec<String>,
    /// Grades of the challenger, the best first: the columns.
    pub challenger: Vec<String>,
    /// Rows of the sample.
    pub counts: Vec<Vec<u64>>,
    /// Bads among them.
    pub bads: Vec<Vec<u64>>,
    /// How many move, and how far; needs the same grades in both.
    pub moves: Outcome<Bandwidth>,
}

/// A table of points and who has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TableUse {
    /// Name of the characteristic, or of both of a pair.
    pub name: String,
    /// Name for readers.
    pub label: Label,
    /// Place among the champion's tables, from 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub champion: Option<usize>,
    /// Place among the challenger's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub challenger: Option<usize>,
}

/// What follows from a comparison.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ComparisonVerdict {
    /// In a word.
    pub decision: Decision,
    /// As a sentence.
    pub text: Label,
    /// The rule it follows from.
    pub rule: Label,
    /// What to mind.
    pub caveats: Vec<Label>,
}

/// What to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// The challenger is better beyond chance in something that is tested and worse in nothing.
    Replace,
    /// It is worse beyond chance in something and better in nothing.
    Keep,
    /// No difference is beyond chance, and the challenger is not simpler.
    KeepWithinNoise,
    /// No difference is beyond chance, and the challenger is simpler.
    SimplerWithinNoise,
    /// It is better in one and worse in another.
    Contradicting,
    /// One of them alone was trained on these rows.
    NotFair,
    /// Too few outcomes, or nothing can be tested.
    TooFew,
}

/// What a test says of the challenger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Told {
    Better,
    Worse,
    Noise,
}

impl Comparison {
    /// Compares a champion with a challenger.
    ///
    /// - `champion`, `challenger`: the same rows in the same order, each as its validation report would have it. Rows have
    ///   no weights here.
    ///
    /// # Errors
    /// As [`crate::report::ValidationReport::build`] for either; [`Error::LengthMismatch`] for other rows;
    /// [`Error::OutcomesDiffer`] where a row is bad for one only; [`Error::OutOfRange`] for the options.
    pub fn build(champion: &ReportInput, challenger: &ReportInput, options: CompareOptions) -> Result<Self, Error> {
        champion.check()?;
        challenger.check()?;
        let bad = &champion.rows.bad;
        crate::check::same_length("challenger", bad.len(), challenger.rows.bad.len())?;
        crate::check::argument("alpha", options.alpha, 0.0, 1.0)?;
        if let Some(row) = (0..bad.len()).find(|&i| bad[i] != challenger.rows.bad[i]) {
            return Err(Error::OutcomesDiffer { row });
        }
        let (old, new) = (side(champion)?, side(challenger)?);
        let score = |input: &ReportInput| input.rows.score.iter().map(|s| *s as f64).collect::<Vec<f64>>();
        let (old_score, new_score) = (score(champion), score(challenger));
        let differences = differences(champion, challenger, (&old, &new), (&old_score, &new_score), options.alpha)?;
        let of_scores = |a: &[f64], b: &[f64]| {
            let usual = &champion.options;
            Outcome::from_result(psi_of_scores(a, b, SCORE_BINS, usual.share_floor, usual.psi_thresholds))
        };
        let score_psi = match (options.same_scale, &champion.rows.pd, &challenger.rows.pd) {
            (true, _, _) => of_scores(&old_score, &new_score)?,
            (false, Some(a), Some(b)) => of_scores(a, b)?,
            (false, _, _) => Reason::NeedsPd.into(),
        };
        let bads = bad.iter().filter(|b| **b).count() as u64;
        let verdict = verdict(&old, &new, &differences, (bad.len() as u64, bads), options.alpha);
        Ok(Self {
            format_version: COMPARISON_VERSION,
            generated_on: champion.generated_on.clone(),
            language: champion.language,
            options,
            n: bad.len() as u64,
            bads,
            verdict,
            tables: tables(&old, &new),
            differences,
            swap_set: swap_set(&old_score, &new_score, bad, options.accept_share)?,
            grades: grades(champion, challenger)?,
            score_psi,
            champion: old,
            challenger: new,
        })
    }

    /// The comparison as JSON, as [`crate::report::ValidationReport::to_json`] writes it.
    ///
    /// # Errors
    /// [`Error::Json`] when the serialiser fails.
    pub fn to_json(&self) -> Result<String, Error> {
        let text = serde_json::to_string_pretty(self).map_err(|e| Error::Json { message: e.to_string() })?;
        Ok(text + "\n")
    }

    /// The comparison as one HTML page that loads nothing.
    ///
    /// # Errors
    /// [`Error::Picture`] when a picture can not be drawn.
    pub fn to_html(&self, language: Language) -> Result<String, Error> {
        comparison_page(self, language)
    }
}

fn side(input: &ReportInput) -> Result<Side, Error> {
    Ok(Side {
        model: input.model.clone(),
        is_training_data: input.sample.is_training_data,
        tables: input.characteristics.len() as u64,
        bins: input.characteristics.iter().map(|c| c.bins.len() as u64).sum(),
        ranking: ranking(input)?,
        calibration: calibration(input)?,
        characteristics: characteristics(input),
    })
}

/// Both of two figures, or the first reason why there is none.
fn both<'a, A, B>(a: &'a Outcome<A>, b: &'a Outcome<B>) -> Outcome<(&'a A, &'a B)> {
    match (a, b) {
        (Outcome::Value(a), Outcome::Value(b)) => Outcome::Value((a, b)),
        (Outcome::NotApplicable(n), _) | (_, Outcome::NotApplicable(n)) => Outcome::NotApplicable(*n),
    }
}

fn differences(
    champion: &ReportInput,
    challenger: &ReportInput,
    (old, new): (&Side, &Side),
    (old_score, new_score): (&[f64], &[f64]),
    alpha: f64,
) -> Result<Differences, Error> {
    let bad = &champion.rows.bad;
    // Two tests decide: each has half of the level.
    let each = alpha / 2.0;
    let loss = |loss: Loss| -> Result<Outcome<LossComparison>, Error> {
        match (&champion.rows.pd, &challenger.rows.pd) {
            (Some(a), Some(b)) => Ok(Outcome::Value(paired_loss_test(b, a, bad, loss, each)?)),
            _ => Ok(Reason::NeedsPd.into()),
        }
    };
    Ok(Differences {
        auc: Outcome::from_result(paired_auc_test(new_score, old_score, bad, each))?,
        ks: both(&new.ranking.ks, &old.ranking.ks).map(|(b, a)| b.ks - a.ks),
        log_loss: loss(Loss::LogLoss)?,
        brier: loss(Loss::Brier)?,
        ece: both(&new.calibration, &old.calibration).map(|(b, a)| b.ece - a.ece),
    })
}

fn grades(champion: &ReportInput, challenger: &ReportInput) -> Result<GradeCross, Error> {
    let names = |input: &ReportInput| input.grades.iter().map(|g| g.name.clone()).collect::<Vec<String>>();
    let (old, new) = (names(champion), names(challenger));
    let mut counts = vec![vec![0_u64; new.len()]; old.len()];
    let mut bads = counts.clone();
    for ((from, to), bad) in champion.rows.grade.iter().zip(&challenger.rows.grade).zip(&champion.rows.bad) {
        counts[*from][*to] += 1;
        bads[*from][*to] += u64::from(*bad);
    }
    let moves = if old != new {
        Reason::GradesDiffer.into()
    } else if old.len() < 2 {
        Reason::OneGrade.into()
    } else {
        let matrix = MigrationMatrix::new(counts.clone(), vec![0; old.len()])?;
        Outcome::Value(matrix_weighted_bandwidth(&matrix))
    };
    Ok(GradeCross { champion: old, challenger: new, counts, bads, moves })
}

fn tables(old: &Side, new: &Side) -> Vec<TableUse> {
    let place = |side: &Side, name: &str| side.characteristics.iter().position(|c| c.name == name);
    let one = |c: &CharacteristicSection| TableUse {
        name: c.name.clone(),
        label: c.label.clone(),
        champion: place(old, &c.name),
        challenger: place(new, &c.name),
    };
    let mut all: Vec<TableUse> = old.characteristics.iter().map(one).collect();
    // Those of both first; the order is otherwise kept.
    all.sort_by_key(|t| t.challenger.is_none());
    all.extend(new.characteristics.iter().map(one).filter(|t| t.champion.is_none()));
    all
}

/// What a test says of the challenger: a difference is good for it where it has the sign of `better`.
fn told(difference: f64, test: &Outcome<crate::TestResult>, better: f64) -> Option<Told> {
    match test {
        Outcome::Value(t) if t.is_rejected() => {
            Some(if difference * better > 0.0 { Told::Better } else { Told::Worse })
        }
        Outcome::Value(_) => Some(Told::Noise),
        // What does not vary does not differ.
        Outcome::NotApplicable(n) if n.reason == Reason::ZeroVariance => Some(Told::Noise),
        Outcome::NotApplicable(_) => None,
    }
}

fn verdict(old: &Side, new: &Side, differences: &Differences, (n, bads): (u64, u64), alpha: f64) -> ComparisonVerdict {
    let auc = differences.auc.value().and_then(|a| told(a.difference, &a.test, 1.0));
    let log_loss = differences.log_loss.value().and_then(|l| told(l.difference, &l.test, -1.0));
    let size = |side: &Side| (side.tables, side.bins);
    let told: Vec<Told> = [auc, log_loss].into_iter().flatten().collect();
    let (is_better, is_worse) = (told.contains(&Told::Better), told.contains(&Told::Worse));
    let decision = if old.is_training_data != new.is_training_data {
        Decision::NotFair
    } else if bads.min(n - bads) < BADS_MIN || told.is_empty() {
        Decision::TooFew
    } else {
        match (is_better, is_worse) {
            (true, true) => Decision::Contradicting,
            (true, false) => Decision::Replace,
            (false, true) => Decision::Keep,
            (false, false) if size(new) < size(old) => Decision::SimplerWithinNoise,
            (false, false) => Decision::KeepWithinNoise,
        }
    };
    sentences(decision, [auc, log_loss], [size(old), size(new)], [old, new].map(|s| s.is_training_data), alpha)
}
