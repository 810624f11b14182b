//! Headline figures of a training run: in-sample, out-of-fold, out-of-time.

use crate::config::Method;
use serde::{Deserialize, Serialize};
use validation::Headline;

/// What `validation.json` of a model folder holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TrainingFigures {
    /// Version of this file's layout.
    pub figures_version: u32,
    /// Digest of the model file that the figures belong to.
    pub model_digest: primitives::Digest,
    /// The model on the rows it was fitted on: optimistic.
    pub in_sample: Headline,
    /// Each fold scored by a card that was binned, selected, fitted and calibrated on the others.
    pub out_of_fold: Headline,
    /// Rows of the out-of-fold figures: a sample of the rows fitted on, or all of them.
    pub out_of_fold_rows: u64,
    /// The model on the last period, which it has not seen; absent without a time column.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub out_of_time: Option<Headline>,
    /// Why `out_of_time` is absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub out_of_time_not_applicable: Option<String>,
    /// Penalty of the refinement: the largest within a standard error of the best out of fold, or, with over
    /// 10,000 rows of each outcome, the first; absent without refinement.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refine_l2: Option<f64>,
    /// With the method `boosted`: the share that a card has in the log-odds, found out of fold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub card_share: Option<f64>,
    /// With the method `boosted` and `boosted.prune_loss` over 0: tables that were taken away.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pruning: Option<Pruning>,
    /// From the fitted log-odds of bad to the PD: slope, found out of fold.
    pub calibration_slope: f64,
    /// The same, intercept.
    pub calibration_intercept: f64,
    /// With the method `auto`: which was kept, and why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub choice: Option<Choice>,
}

/// What was taken away from a grown model. Losses are mean log-losses of rows out of fold.
///
/// `loss_before` and `loss_after` are of the rows by which the tables were chosen, calibrated on the same rows: they say that
/// what was allowed was kept to, and are too kind to what is left. `loss_unseen_before` and `loss_unseen_after` are of the
/// same rows, each with what the other folds chose to take away and calibrated by them: expect this.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Pruning {
    /// What all tables that went may cost together: `boosted.prune_loss`.
    pub loss_allowed: f64,
    /// With all tables.
    pub loss_before: f64,
    /// Without those that went.
    pub loss_after: f64,
    /// With all tables, of rows that had no part in the calibration.
    pub loss_unseen_before: f64,
    /// Without those that went, of rows that had no part in choosing: the log-loss of the out-of-fold figures.
    pub loss_unseen_after: f64,
    /// The tables, in the order in which they went.
    pub tables: Vec<PrunedTable>,
}

/// A table that was taken away.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PrunedTable {
    /// Name of its column, or of its two columns.
    pub columns: Vec<String>,
    /// By how much the loss rose when it went, those before it being gone and before the calibration was made anew; below
    /// 0 where rows out of fold are better off without it.
    pub cost: f64,
}

/// Which of two methods was kept. AUCs are of the same rows, each scored out of fold.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Choice {
    /// The method.
    pub kept: Method,
    /// AUC of the scorecard.
    pub auc_scorecard: f64,
    /// AUC of the boosted model.
    pub auc_boosted: f64,
    /// 95 % interval of the boosted AUC less the other; absent where it can not be computed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub difference_lo: Option<f64>,
    /// Its other end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub difference_hi: Option<f64>,
    /// Of DeLong's paired test, two-sided; H0: both AUCs are equal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub p_value: Option<f64>,
    /// The boosted model is kept where it is better and the p-value lies under this.
    pub significance: f64,
}

impl std::fmt::Display for Choice {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { kept, auc_scorecard, auc_boosted, significance, .. } = self;
        let p = self.p_value.map_or("no p-value: they rank alike".to_owned(), |p| format!("p {p:.4}"));
        let why = match kept {
            Method::Boosted => format!("better, {p} under {significance}"),
            _ if auc_boosted > auc_scorecard => format!("the simpler: the other is better by chance at most, {p}"),
            _ => format!("the simpler, and no worse, {p}"),
        };
        write!(
            f,
            "{} kept ({why}); AUC of all rows out of fold ranked together: scorecard {auc_scorecard:.4}, boosted {auc_boosted:.4}",
            kept.name()
        )
    }
}
