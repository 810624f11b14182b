//! Headline figures of a training run: in-sample, out-of-fold, out-of-time.

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
    /// From the fitted log-odds of bad to the PD: slope, found out of fold.
    pub calibration_slope: f64,
    /// The same, intercept.
    pub calibration_intercept: f64,
}
