//! The judge of a model: scores and outcomes in, figures, tests and a report out.
//!
//! It does not know how a model was made: nothing here reads a model file or imports `training` or `scoring`, so the
//! same measures apply to a scorecard, to another vendor's score and to a pencilled list.
//!
//! Directions: `bad` is a default; a *score* is safer when higher; a *PD* is riskier when higher. No function answers
//! `NaN`: an input that makes no sense is an [`Error`], and a figure that does not apply is an [`Outcome`] with its
//! reason.
//!
//! Start with [`headline`], then [`auc`], [`calibration_line`] and [`jeffreys`].

mod calibration;
mod check;
mod concentration;
mod discrimination;
mod distribution;
mod error;
mod fairness;
mod grouping;
mod headline;
mod migration;
mod paired_loss;
mod ranking;
pub mod report;
mod stability;
mod swap_set;
mod test_result;
mod text;

pub use calibration::{
    Brier, CALIBRATION_BINS, CalibrationBin, CalibrationInTheLarge, CalibrationLine, HosmerLemeshow, PD_CLIP,
    SampleKind, binomial_test, brier, calibration_bins, calibration_in_the_large, calibration_line,
    expected_calibration_error, hosmer_lemeshow, jeffreys, jeffreys_interval, log_loss, spiegelhalter,
};
pub use concentration::{Concentration, concentration, concentration_test};
pub use discrimination::{
    Auc, AucComparison, AucInterval, CurvePoint, Ks, auc, auc_test_against_initial, curve, ks, paired_auc_test,
};
pub use error::{Error, NotApplicable, Outcome};
pub use fairness::{ADVERSE_IMPACT_MIN, AdverseImpact, GROUP_ROWS_MIN, ImpactGroup, ReferenceGroup, adverse_impact};
pub use grouping::Grouping;
pub use headline::{Headline, headline};
pub use migration::{Bandwidth, CellTest, ExitRule, MigrationMatrix, matrix_weighted_bandwidth, migration_stability};
pub use paired_loss::{Loss, LossComparison, paired_loss_test};
pub use stability::{
    Psi, PsiBin, PsiThresholds, SHARE_FLOOR, Severity, counts_by_edges, psi, psi_of_scores, quantile_edges,
};
pub use swap_set::{SwapCaveat, SwapCell, SwapSet, swap_set};
pub use test_result::{Estimate, TestResult, Verdict};
pub use text::{Hypothesis, Language, Reason};
