//! Rates and shares in parts per million, so that a share of money needs no float.

use crate::Fen;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A rate or share in parts per million: 1 % is 10,000.
///
/// # Examples
/// ```
/// use primitives::{Fen, Ppm};
/// let share = Ppm::new(150_000);
/// assert_eq!(share.of(Fen::new(1_000_007)), Some(Fen::new(150_001)));
/// assert_eq!(share.to_string(), "15%");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Ppm(i64);

impl Ppm {
    /// So many parts per million.
    pub const fn new(ppm: i64) -> Self {
        Self(ppm)
    }

    /// The parts per million.
    pub const fn get(self) -> i64 {
        self.0
    }

    /// This share of an amount, in whole fen toward zero; `None` beyond `i64` fen.
    pub fn of(self, amount: Fen) -> Option<Fen> {
        // The product of two i64 fits i128.
        let fen = i128::from(self.0) * i128::from(amount.get()) / 1_000_000;
        i64::try_from(fen).ok().map(Fen::new)
    }
}

impl fmt::Display for Ppm {
    /// In percent with as many of four decimals as are needed, such as `0.35%`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let size = self.0.unsigned_abs();
        let sign = if self.0 < 0 { "-" } else { "" };
        let decimals = format!("{:04}", size % 10_000);
        let decimals = decimals.trim_end_matches('0');
        let point = if decimals.is_empty() { "" } else { "." };
        f.pad(&format!("{sign}{}{point}{decimals}%", size / 10_000))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_of_money_go_toward_zero() {
        for (ppm, fen, expect) in [
            (1_000_000, 7, Some(7)),
            (500_000, 3, Some(1)),
            (500_000, -3, Some(-1)),
            (0, i64::MAX, Some(0)),
            (1_000_000, i64::MIN, Some(i64::MIN)),
            (1_000_001, i64::MAX, None),
            (i64::MIN, i64::MIN, None),
        ] {
            assert_eq!(Ppm::new(ppm).of(Fen::new(fen)), expect.map(Fen::new), "{ppm} of {fen}");
        }
    }

    #[test]
    fn percents() {
        for (ppm, expect) in [(0, "0%"), (1, "0.0001%"), (-3_500, "-0.35%"), (5_000_000, "500%"), (1_010_000, "101%")] {
            assert_eq!(Ppm::new(ppm).to_string(), expect);
        }
    }
}
