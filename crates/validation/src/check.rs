//! Checks of input that several modules share.

use crate::Error;

/// `found` rows where the sample has `expected`.
pub(crate) fn same_length(what: &'static str, expected: usize, found: usize) -> Result<(), Error> {
    if expected == found { Ok(()) } else { Err(Error::LengthMismatch { what, expected, found }) }
}

/// Every value is finite.
pub(crate) fn finite(what: &'static str, values: &[f64]) -> Result<(), Error> {
    match values.iter().position(|v| !v.is_finite()) {
        None => Ok(()),
        Some(row) => Err(Error::NotFinite { what, row, value: values[row] }),
    }
}

/// Every value is finite and within `lo..=hi`.
pub(crate) fn in_range(what: &'static str, values: &[f64], lo: f64, hi: f64) -> Result<(), Error> {
    match values.iter().position(|v| !(lo <= *v && *v <= hi)) {
        None => Ok(()),
        Some(row) if !values[row].is_finite() => Err(Error::NotFinite { what, row, value: values[row] }),
        Some(row) => Err(Error::OutOfRange { what, row, value: values[row], lo, hi }),
    }
}

/// One argument is finite and within `lo..=hi`.
pub(crate) fn argument(what: &'static str, value: f64, lo: f64, hi: f64) -> Result<(), Error> {
    in_range(what, &[value], lo, hi)
}

/// Every weight is finite and at least 0.
pub(crate) fn weights(rows: usize, weight: Option<&[f64]>) -> Result<(), Error> {
    let Some(weight) = weight else { return Ok(()) };
    same_length("weight", rows, weight.len())?;
    finite("weight", weight)?;
    match weight.iter().position(|w| *w < 0.0) {
        None => Ok(()),
        Some(row) => Err(Error::NegativeWeight { row, value: weight[row] }),
    }
}

/// Counts of bins or grades: finite, at least 0, and not all zero.
pub(crate) fn counts(what: &'static str, counts: &[f64]) -> Result<(), Error> {
    in_range(what, counts, 0.0, f64::MAX)?;
    if counts.iter().all(|c| *c == 0.0) { Err(Error::EmptySample { what }) } else { Ok(()) }
}
