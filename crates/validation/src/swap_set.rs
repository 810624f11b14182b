//! Who a new model would take that the old one refuses, at an equal acceptance rate.

use crate::error::ratio;
use crate::ranking::Ranking;
use crate::{Error, Outcome, check};
use serde::{Deserialize, Serialize};

/// Accepted and refused by two models.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SwapSet {
    /// Share of rows that each model accepts, in `0..=1`.
    pub accept_share: f64,
    /// Lowest score that the old model accepts; of rows at exactly this score it may take only a part.
    pub old_cutoff: f64,
    /// The same for the new model.
    pub new_cutoff: f64,
    /// Accepted by both.
    pub both: SwapCell,
    /// Accepted by the new model only.
    pub swapped_in: SwapCell,
    /// Accepted by the old model only.
    pub swapped_out: SwapCell,
    /// Accepted by neither.
    pub neither: SwapCell,
    /// What the figures can not tell.
    pub caveat: SwapCaveat,
}

/// One cell of the table. Counts are expected ones where rows tie at a cutoff, so they may have fractions.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct SwapCell {
    /// Rows.
    pub n: f64,
    /// Bads.
    pub bads: f64,
    /// `bads / n`; not applicable to an empty cell.
    pub bad_rate: Outcome<f64>,
}

/// The limit of every swap set; see [`SwapCaveat::text`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum SwapCaveat {
    /// Outcomes are known only of enterprises that were financed.
    #[serde(
        rename = "outcomes are known only of enterprises that were financed: those refused in the past are missing, so the bad rate of the swapped-in is a lower estimate unless outcomes of refused ones were inferred"
    )]
    RejectInference,
}

impl SwapCaveat {
    /// The caveat as a sentence.
    pub fn text(self, language: crate::Language) -> &'static str {
        crate::text::Key::SwapCaveat.text(language)
    }
}

/// Swap set of two scores at an equal acceptance rate.
///
/// Each model accepts its `accept_share * n` highest scores. Where rows tie at the cutoff, each of them is accepted to
/// the same part, so that both models accept exactly the same number and the order of rows does not matter. Of a row
/// that both accept in part they accept the same part as far as it goes: no one is swapped whom neither prefers.
///
/// - `old_score`, `new_score`: finite, higher is safer, length `n`; scales may differ.
/// - `bad`: outcome per row, same length. `accept_share`: in `0..=1`.
///
/// # Errors
/// [`Error::LengthMismatch`], [`Error::NotFinite`], [`Error::EmptySample`]; [`Error::OutOfRange`] for `accept_share`.
///
/// # Examples
/// ```
/// let bad = [false, true, false, true];
/// let s = validation::swap_set(&[4.0, 3.0, 2.0, 1.0], &[4.0, 1.0, 3.0, 2.0], &bad, 0.5).unwrap();
/// assert_eq!((s.swapped_in.n, s.swapped_in.bads), (1.0, 0.0));
/// assert_eq!(s.swapped_out.bad_rate.value(), Some(&1.0));
/// assert!(validation::swap_set(&[1.0], &[1.0], &[true], 1.5).is_err());
/// ```
/// # Source
/// Siddiqi, Intelligent Credit Scoring, 2nd edition (2017): swap-set analysis.
pub fn swap_set(old_score: &[f64], new_score: &[f64], bad: &[bool], accept_share: f64) -> Result<SwapSet, Error> {
    check::same_length("new score", old_score.len(), new_score.len())?;
    check::argument("accept_share", accept_share, 0.0, 1.0)?;
    let (old_cutoff, old) = acceptance(old_score, bad, accept_share)?;
    let (new_cutoff, new) = acceptance(new_score, bad, accept_share)?;
    let mut cells = [[0.0; 2]; 4];
    for ((old, new), bad) in old.iter().zip(&new).zip(bad) {
        let both = old.min(*new);
        let parts = [both, new - both, old - both, 1.0 - old.max(*new)];
        for (cell, part) in cells.iter_mut().zip(parts) {
            cell[0] += part;
            cell[1] += if *bad { part } else { 0.0 };
        }
    }
    let [both, swapped_in, swapped_out, neither] =
        cells.map(|[n, bads]| SwapCell { n, bads, bad_rate: ratio(bads, n) });
    let caveat = SwapCaveat::RejectInference;
    Ok(SwapSet { accept_share, old_cutoff, new_cutoff, both, swapped_in, swapped_out, neither, caveat })
}

/// The cutoff, and per row the part accepted: 1 above it, 0 below, in between at it.
fn acceptance(score: &[f64], bad: &[bool], accept_share: f64) -> Result<(f64, Vec<f64>), Error> {
    let ranking = Ranking::new("score", score, bad, None)?;
    let mut left = accept_share * score.len() as f64;
    let mut cutoff = ranking.groups[ranking.groups.len() - 1].value;
    let mut part_of_tie = 0.0;
    for g in ranking.groups.iter().rev() {
        if left <= 0.0 {
            break;
        }
        cutoff = g.value;
        part_of_tie = (left / (g.bads + g.goods)).min(1.0);
        left -= g.bads + g.goods;
    }
    let part = |s: &f64| match (s + 0.0).total_cmp(&cutoff) {
        std::cmp::Ordering::Greater => 1.0,
        std::cmp::Ordering::Equal => part_of_tie,
        std::cmp::Ordering::Less => 0.0,
    };
    Ok((cutoff, score.iter().map(part).collect()))
}
