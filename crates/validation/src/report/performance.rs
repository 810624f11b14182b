//! Ranking and calibration of the whole sample, with the points of the pictures.

use crate::calibration::{
    CALIBRATION_BINS, bins_of, brier, ece_of, hosmer_lemeshow_of, in_the_large_of, line_of, log_loss_of, ranked_pd,
};
use crate::discrimination::{auc_of, curve_of, ks_of};
use crate::ranking::Ranking;
use crate::report::input::ReportInput;
use crate::report::wilson;
use crate::text::Reason;
use crate::{
    Auc, Brier, CalibrationBin, CalibrationInTheLarge, CalibrationLine, CurvePoint, Error, Headline, HosmerLemeshow,
    Ks, Outcome, SampleKind, TestResult, auc_test_against_initial, spiegelhalter,
};
use serde::Serialize;

/// How the score ranks.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RankingSection {
    /// AUC with its interval, and Gini.
    pub auc: Outcome<Auc>,
    /// KS and the score at which it occurs.
    pub ks: Outcome<Ks>,
    /// Test against the AUC of the initial validation.
    pub auc_against_initial: Outcome<TestResult>,
    /// Points of ROC, CAP and KS curve.
    pub curve: Outcome<Vec<CurvePoint>>,
}

/// How true the PDs are.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CalibrationSection {
    /// Brier score and its parts.
    pub brier: Brier,
    /// Mean negative log-likelihood.
    pub log_loss: f64,
    /// Expected calibration error.
    pub ece: f64,
    /// Slope and intercept.
    pub line: Outcome<CalibrationLine>,
    /// Level.
    pub in_the_large: CalibrationInTheLarge,
    /// Hosmer–Lemeshow; rows count once each.
    pub hosmer_lemeshow: Outcome<HosmerLemeshow>,
    /// Spiegelhalter; rows count once each.
    pub spiegelhalter: Outcome<TestResult>,
    /// Groups of equal size by PD.
    pub bins: Vec<CurveBin>,
}

/// Headline figures that the training run measured itself.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TrainingRunSection {
    /// On the rows that the model was fitted on: optimistic.
    pub in_sample: Outcome<Headline>,
    /// On rows that were left out of the fit that scored them.
    pub out_of_fold: Outcome<Headline>,
    /// On a later period than that of the fit.
    pub out_of_time: Outcome<Headline>,
}

/// A point of the calibration curve with the 95% Wilson interval of its bad rate.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct CurveBin {
    /// The group.
    #[serde(flatten)]
    pub bin: CalibrationBin,
    /// Lower end of the interval of the bad rate.
    pub bad_rate_lo: f64,
    /// Upper end of the interval of the bad rate.
    pub bad_rate_hi: f64,
}

/// Rows with a score in `lo..=hi`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct ScoreBin {
    /// Lowest score.
    pub lo: i64,
    /// Highest score.
    pub hi: i64,
    /// Goods.
    pub goods: u64,
    /// Bads.
    pub bads: u64,
    /// Share of all goods; 0 when there are none.
    pub good_share: f64,
    /// Share of all bads; 0 when there are none.
    pub bad_share: f64,
    /// Share of bads in the bin.
    pub bad_rate: Outcome<f64>,
}

/// Points kept of a curve.
const CURVE_POINTS: usize = 200;

pub(crate) fn ranking(input: &ReportInput) -> Result<RankingSection, Error> {
    let score: Vec<f64> = input.rows.score.iter().map(|s| *s as f64).collect();
    let ranking = Ranking::new("score", &score, &input.rows.bad, input.rows.weight.as_deref())?;
    if let Err(error) = ranking.needs_both_classes("score") {
        let reason = error.reason().ok_or(error)?;
        return Ok(RankingSection {
            auc: reason.into(),
            ks: reason.into(),
            auc_against_initial: reason.into(),
            curve: reason.into(),
        });
    }
    let auc = auc_of(&ranking, &ranking.groups);
    let auc_against_initial = match input.options.initial_auc {
        None => Reason::NeedsInitialAuc.into(),
        Some(initial) => auc_test_against_initial(&auc, initial, input.options.alpha)?,
    };
    Ok(RankingSection {
        auc: Outcome::Value(auc),
        ks: Outcome::Value(ks_of(&ranking, &ranking.groups)),
        auc_against_initial,
        curve: Outcome::Value(curve_of(&ranking, CURVE_POINTS)),
    })
}

pub(crate) fn training_run(input: &ReportInput) -> Outcome<TrainingRunSection> {
    let Some(run) = &input.training_run else { return Reason::NeedsTrainingRun.into() };
    let given = |h: &Option<Headline>| h.clone().map_or(Reason::NotMeasured.into(), Outcome::Value);
    Outcome::Value(TrainingRunSection {
        in_sample: given(&run.in_sample),
        out_of_fold: given(&run.out_of_fold),
        out_of_time: given(&run.out_of_time),
    })
}

pub(crate) fn calibration(input: &ReportInput) -> Result<Outcome<CalibrationSection>, Error> {
    let (bad, weight, alpha) = (&input.rows.bad, input.rows.weight.as_deref(), input.options.alpha);
    let Some(pd) = &input.rows.pd else { return Ok(Reason::NeedsPd.into()) };
    let ranking = ranked_pd(pd, bad, weight)?;
    let bins = bins_of(&ranking, pd, bad, weight, CALIBRATION_BINS);
    let kind = match input.sample.is_training_data {
        true => SampleKind::Development,
        false => SampleKind::Validation,
    };
    // The test knows no weights: it takes groups in which every row counts once.
    let hosmer_lemeshow = match weight {
        None => hosmer_lemeshow_of(&bins, kind, alpha),
        Some(_) => crate::hosmer_lemeshow(pd, bad, CALIBRATION_BINS, kind, alpha)?,
    };
    let curve_bin = |bin: &CalibrationBin| {
        let (bad_rate_lo, bad_rate_hi) = wilson(bin.bad_rate, bin.n as f64);
        CurveBin { bin: *bin, bad_rate_lo, bad_rate_hi }
    };
    Ok(Outcome::Value(CalibrationSection {
        brier: brier(pd, bad, weight, CALIBRATION_BINS)?,
        log_loss: log_loss_of(&ranking),
        ece: ece_of(&bins),
        line: Outcome::from_result(line_of(&ranking, weight.is_some()))?,
        in_the_large: in_the_large_of(&ranking, weight.is_some()),
        hosmer_lemeshow,
        spiegelhalter: spiegelhalter(pd, bad, alpha)?,
        bins: bins.iter().map(curve_bin).collect(),
    }))
}

/// Goods and bads over about twenty bins of a round width.
pub(crate) fn score_distribution(input: &ReportInput) -> Vec<ScoreBin> {
    let (score, bad) = (&input.rows.score, &input.rows.bad);
    let (Some(lo), Some(hi)) = (score.iter().min(), score.iter().max()) else { return Vec::new() };
    let range = hi.abs_diff(*lo) as f64 + 1.0;
    let mut width = 10f64.powf((range / 20.0).log10().floor()).max(1.0);
    if let Some(factor) = [1.0, 2.0, 5.0, 10.0].iter().find(|f| range / (width * **f) <= 21.0) {
        width *= factor;
    }
    let bin_of = |s: i64| (s as f64 / width).floor();
    let first = bin_of(*lo);
    let count = (bin_of(*hi) - first) as usize + 1;
    let mut counts = vec![[0u64; 2]; count];
    for (s, bad) in score.iter().zip(bad) {
        counts[(bin_of(*s) - first) as usize][usize::from(*bad)] += 1;
    }
    let total = counts.iter().fold([0, 0], |t, c| [t[0] + c[0], t[1] + c[1]]);
    let share = |part: u64, whole: u64| if whole == 0 { 0.0 } else { part as f64 / whole as f64 };
    let bin = |(i, [goods, bads]): (usize, &[u64; 2])| ScoreBin {
        lo: ((first + i as f64) * width) as i64,
        hi: ((first + i as f64 + 1.0) * width) as i64 - 1,
        goods: *goods,
        bads: *bads,
        good_share: share(*goods, total[0]),
        bad_share: share(*bads, total[1]),
        bad_rate: crate::error::ratio(*bads as f64, (goods + bads) as f64),
    };
    counts.iter().enumerate().map(bin).collect()
}
