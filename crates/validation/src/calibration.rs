//! How true the PDs are: scores of accuracy, the calibration line, and tests.
//!
//! Every PD is a number in `0..=1`. Where a logarithm is taken, a PD nearer than [`PD_CLIP`] to 0 or 1 counts as
//! that far away.

mod accuracy;
mod line;
mod tests_of_pd;

pub use accuracy::{
    Brier, CALIBRATION_BINS, CalibrationBin, PD_CLIP, brier, calibration_bins, expected_calibration_error, log_loss,
};
pub(crate) use accuracy::{bins_of, brier_of, clipped, ece_of, log_loss_of, ranked_pd};
pub use line::{CalibrationInTheLarge, CalibrationLine, calibration_in_the_large, calibration_line};
pub(crate) use line::{in_the_large_of, line_of};
pub(crate) use tests_of_pd::hosmer_lemeshow_of;
pub use tests_of_pd::{
    HosmerLemeshow, SampleKind, binomial_test, hosmer_lemeshow, jeffreys, jeffreys_interval, spiegelhalter,
};
