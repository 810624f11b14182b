//! The figures that every sample is summed up with: in-sample, out-of-fold, out-of-time.

use crate::calibration::{CALIBRATION_BINS, bins_of, brier_of, ece_of, line_of, log_loss_of, ranked_pd};
use crate::discrimination::{auc_of, ks_of};
use crate::{Error, Estimate, Outcome};
use serde::{Deserialize, Serialize};

/// Discrimination and calibration of one sample of PDs.
///
/// Shares and distances are in `0..=1`. Intervals are two-sided, 95%. `ks` has no interval: its distribution under
/// ties has no closed form, and a bootstrap costs more than the figure is worth beside the AUC's.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Headline {
    /// Rows with a weight above zero.
    pub n: u64,
    /// Bads among them.
    pub bads: u64,
    /// See [`crate::auc`].
    pub auc: f64,
    /// Lower end of the interval of `auc`.
    pub auc_lo: f64,
    /// Upper end of the interval of `auc`.
    pub auc_hi: f64,
    /// `2 * auc - 1`.
    pub gini: f64,
    /// See [`crate::ks`].
    pub ks: f64,
    /// See [`crate::brier`].
    pub brier: f64,
    /// See [`crate::log_loss`].
    pub log_loss: f64,
    /// See [`crate::expected_calibration_error`], with [`CALIBRATION_BINS`] bins.
    pub ece: f64,
    /// See [`crate::calibration_line`]; not applicable when goods and bads are separated.
    pub calibration_slope: Outcome<Estimate>,
    /// See [`crate::calibration_line`]; not applicable when goods and bads are separated.
    pub calibration_intercept: Outcome<Estimate>,
}

/// Headline figures of a sample, from one sort: a million rows take a fraction of a second.
///
/// - `pd`: probability of default per row, in `0..=1`, length `n`; rows are ranked by it.
/// - `bad`: outcome per row, same length.
/// - `weight`: 0 or more per row; a row of weight 0 takes no part.
///
/// # Errors
/// [`Error::LengthMismatch`], [`Error::NotFinite`], [`Error::OutOfRange`], [`Error::NegativeWeight`];
/// [`Error::EmptySample`] when no row has weight; [`Error::OneClass`] without a bad or a good;
/// [`Error::ConstantInput`] when all PDs are equal.
///
/// # Examples
/// ```
/// use validation::{Error, headline};
/// let h = headline(&[0.1, 0.2, 0.3, 0.6], &[false, true, false, true], None).unwrap();
/// assert_eq!((h.n, h.bads, h.auc, h.ks), (4, 2, 0.75, 0.5));
/// assert!(matches!(headline(&[0.1, 1.2], &[false, true], None), Err(Error::OutOfRange { row: 1, .. })));
/// ```
pub fn headline(pd: &[f64], bad: &[bool], weight: Option<&[f64]>) -> Result<Headline, Error> {
    let ranking = ranked_pd(pd, bad, weight)?;
    ranking.needs_both_classes("pd")?;
    let riskiest_first = ranking.groups_descending();
    let auc = auc_of(&ranking, &riskiest_first);
    let line = Outcome::from_result(line_of(&ranking, weight.is_some()))?;
    Ok(Headline {
        n: auc.n,
        bads: auc.bads,
        auc: auc.auc,
        auc_lo: auc.lo,
        auc_hi: auc.hi,
        gini: auc.gini,
        ks: ks_of(&ranking, &riskiest_first).ks,
        brier: brier_of(&ranking),
        log_loss: log_loss_of(&ranking),
        ece: ece_of(&bins_of(&ranking, pd, bad, weight, CALIBRATION_BINS)),
        calibration_slope: line.map(|l| l.slope),
        calibration_intercept: line.map(|l| l.intercept),
    })
}
