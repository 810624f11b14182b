//! Money in whole fen. No float touches an amount: texts become integers digit by digit, and back.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::ops::Neg;

/// An amount in fen, the hundredth of a yuan.
///
/// # Examples
/// ```
/// use primitives::Fen;
/// assert_eq!(Fen::parse_yuan("1234.5")?, Fen::new(123_450));
/// assert_eq!(Fen::parse_fen("-1")?.to_string(), "-0.01");
/// assert!(Fen::parse_yuan("1,234.50").is_err());
/// # Ok::<(), primitives::MoneyError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Fen(i64);

/// Why a text is not an amount. Positions count bytes from 1.
///
/// The text itself is not kept: a reader of millions of rows has it at hand and words the issue.
#[non_exhaustive]
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// No digit at all.
    #[error("amount has no digit")]
    NoDigit,
    /// Something else than a sign, digits and one point: a thousand separator, an exponent, a unit, a space.
    #[error("amount has {found:?} at byte {at}, allowed are a sign, digits and, in yuan, one point")]
    Character {
        /// What stands there.
        found: char,
        /// Where.
        at: usize,
    },
    /// More than two digits behind the point: less than a fen.
    #[error("amount has a digit at byte {at} beyond the second decimal, at most 2 decimals are allowed")]
    Decimals {
        /// Where the third decimal stands.
        at: usize,
    },
    /// More than an `i64` of fen holds.
    #[error("amount is beyond {max} fen", max = i64::MAX)]
    TooLarge,
}

impl Fen {
    /// No money.
    pub const ZERO: Self = Self(0);

    /// An amount of so many fen.
    pub const fn new(fen: i64) -> Self {
        Self(fen)
    }

    /// An amount of whole yuan; `None` beyond `i64` fen.
    pub const fn from_yuan(yuan: i64) -> Option<Self> {
        match yuan.checked_mul(100) {
            Some(fen) => Some(Self(fen)),
            None => None,
        }
    }

    /// The number of fen.
    pub const fn get(self) -> i64 {
        self.0
    }

    /// The sum; `None` beyond `i64` fen.
    pub const fn checked_add(self, other: Self) -> Option<Self> {
        match self.0.checked_add(other.0) {
            Some(fen) => Some(Self(fen)),
            None => None,
        }
    }

    /// The difference; `None` beyond `i64` fen.
    pub const fn checked_sub(self, other: Self) -> Option<Self> {
        match self.0.checked_sub(other.0) {
            Some(fen) => Some(Self(fen)),
            None => None,
        }
    }

    /// Reads yuan: an optional sign, digits, at most one point and at most two digits behind it.
    ///
    /// A point may lack digits on one side (`.5`, as Oracle prints it, and `5.`). Nothing is trimmed, and
    /// nothing is guessed: a separator of thousands or an exponent is refused. `i64::MIN` fen is never
    /// returned, so that tables may use it for a missing amount.
    ///
    /// # Errors
    /// [`MoneyError::Character`] at the first byte that is not allowed, [`MoneyError::Decimals`] at a third
    /// decimal, [`MoneyError::NoDigit`], [`MoneyError::TooLarge`] beyond `i64::MAX` fen to either side.
    pub fn parse_yuan(text: &str) -> Result<Self, MoneyError> {
        let bytes = text.as_bytes();
        let (negative, start) = sign(bytes);
        let mut units = Digits::default();
        let mut at = units.read(bytes, start);
        let mut digits = at - start;
        let mut decimals = 0;
        if bytes.get(at) == Some(&b'.') {
            at += 1;
            while let Some(digit) = digit_at(bytes, at) {
                if decimals == 2 {
                    return Err(MoneyError::Decimals { at: at + 1 });
                }
                units.push(digit);
                decimals += 1;
                at += 1;
            }
            digits += decimals;
        }
        whole(text, at, digits)?;
        for _ in decimals..2 {
            units.push(0);
        }
        units.signed(negative)
    }

    /// Reads whole fen: an optional sign and digits.
    ///
    /// # Errors
    /// As [`Fen::parse_yuan`]; a point is a [`MoneyError::Character`] here.
    pub fn parse_fen(text: &str) -> Result<Self, MoneyError> {
        let bytes = text.as_bytes();
        let (negative, start) = sign(bytes);
        let mut units = Digits::default();
        let at = units.read(bytes, start);
        whole(text, at, at - start)?;
        units.signed(negative)
    }

    /// The amount for a person to read, in 元, 万元 or 亿元 with two decimals, rounded half away from zero.
    ///
    /// # Examples
    /// ```
    /// use primitives::Fen;
    /// assert_eq!(Fen::new(300_000_000).yuan_text(), "300.00万元");
    /// assert_eq!(Fen::new(-999_999).yuan_text(), "-9999.99元");
    /// ```
    pub fn yuan_text(self) -> String {
        let size = self.0.unsigned_abs();
        let rounded = |unit: u64| (size + unit / 2) / unit;
        // A hundredth of each unit, in fen; a size that rounds up to the next unit is shown in that one.
        let (hundredths, unit) = match size {
            0..1_000_000 => (size, "元"),
            _ if rounded(10_000) < 1_000_000 => (rounded(10_000), "万元"),
            _ => (rounded(100_000_000), "亿元"),
        };
        let sign = if self.0 < 0 { "-" } else { "" };
        format!("{sign}{}.{:02}{unit}", hundredths / 100, hundredths % 100)
    }
}

impl fmt::Display for Fen {
    /// Yuan with two decimals, such as `-0.01`; [`Fen::parse_yuan`] reads it back.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let size = self.0.unsigned_abs();
        let sign = if self.0 < 0 { "-" } else { "" };
        f.pad(&format!("{sign}{}.{:02}", size / 100, size % 100))
    }
}

impl Neg for Fen {
    type Output = Self;

    /// The opposite amount; that of `i64::MIN` fen, which no reader returns, is `i64::MAX`.
    fn neg(self) -> Self {
        Self(self.0.saturating_neg())
    }
}

/// Digits read so far. Eighteen nines are below `i64::MAX`, so most amounts never reach the check.
#[derive(Default)]
struct Digits {
    value: u64,
    too_large: bool,
}

impl Digits {
    const SAFE: u64 = (i64::MAX as u64 - 9) / 10;

    /// Reads digits from `at` on; where they end.
    #[inline]
    fn read(&mut self, bytes: &[u8], mut at: usize) -> usize {
        while let Some(digit) = digit_at(bytes, at) {
            self.push(digit);
            at += 1;
        }
        at
    }

    #[inline]
    fn push(&mut self, digit: u8) {
        if self.value <= Self::SAFE {
            self.value = self.value * 10 + u64::from(digit);
            return;
        }
        match self.value.checked_mul(10).and_then(|v| v.checked_add(u64::from(digit))) {
            Some(value) => self.value = value,
            None => self.too_large = true,
        }
    }

    #[inline]
    fn signed(&self, negative: bool) -> Result<Fen, MoneyError> {
        let size = match i64::try_from(self.value) {
            Ok(size) if !self.too_large => size,
            _ => return Err(MoneyError::TooLarge),
        };
        Ok(Fen(if negative { -size } else { size }))
    }
}

#[inline]
fn sign(bytes: &[u8]) -> (bool, usize) {
    match bytes.first() {
        Some(b'-') => (true, 1),
        Some(b'+') => (false, 1),
        _ => (false, 0),
    }
}

#[inline]
fn digit_at(bytes: &[u8], at: usize) -> Option<u8> {
    let digit = bytes.get(at)?.wrapping_sub(b'0');
    (digit <= 9).then_some(digit)
}

/// Everything was read up to the end, and some of it was a digit.
#[inline]
fn whole(text: &str, read: usize, digits: usize) -> Result<(), MoneyError> {
    // Only ASCII was read, so `read` is the edge of a character.
    match text.get(read..).and_then(|rest| rest.chars().next()) {
        Some(found) => Err(MoneyError::Character { found, at: read + 1 }),
        None if digits == 0 => Err(MoneyError::NoDigit),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(found: Result<Fen, MoneyError>, expect: &str) {
        let shown = match found {
            Ok(fen) => fen.get().to_string(),
            Err(e) => e.to_string(),
        };
        assert_eq!(shown, expect);
    }

    #[test]
    fn yuan() {
        for (text, expect) in [
            ("0", "0"),
            ("-0", "0"),
            ("1234.5", "123450"),
            ("1234.50", "123450"),
            ("-0.01", "-1"),
            ("+3", "300"),
            (".5", "50"),
            ("5.", "500"),
            ("0000000000000000000000000001.00", "100"),
            ("92233720368547758.07", "9223372036854775807"),
            ("-92233720368547758.07", "-9223372036854775807"),
            ("92233720368547758.08", "amount is beyond 9223372036854775807 fen"),
            ("-92233720368547758.08", "amount is beyond 9223372036854775807 fen"),
            ("184467440737095516.15", "amount is beyond 9223372036854775807 fen"),
            ("99999999999999999999999", "amount is beyond 9223372036854775807 fen"),
            ("", "amount has no digit"),
            ("-", "amount has no digit"),
            (".", "amount has no digit"),
            ("1.005", "amount has a digit at byte 5 beyond the second decimal, at most 2 decimals are allowed"),
            ("1.000", "amount has a digit at byte 5 beyond the second decimal, at most 2 decimals are allowed"),
            ("1,234", "amount has ',' at byte 2, allowed are a sign, digits and, in yuan, one point"),
            ("1e3", "amount has 'e' at byte 2, allowed are a sign, digits and, in yuan, one point"),
            ("1.2.3", "amount has '.' at byte 4, allowed are a sign, digits and, in yuan, one point"),
            ("--1", "amount has '-' at byte 2, allowed are a sign, digits and, in yuan, one point"),
            (" 1", "amount has ' ' at byte 1, allowed are a sign, digits and, in yuan, one point"),
            ("1 ", "amount has ' ' at byte 2, allowed are a sign, digits and, in yuan, one point"),
            ("3万", "amount has '万' at byte 2, allowed are a sign, digits and, in yuan, one point"),
            ("１", "amount has '１' at byte 1, allowed are a sign, digits and, in yuan, one point"),
            ("NaN", "amount has 'N' at byte 1, allowed are a sign, digits and, in yuan, one point"),
        ] {
            check(Fen::parse_yuan(text), expect);
        }
    }

    #[test]
    fn whole_fen() {
        for (text, expect) in [
            ("123450", "123450"),
            ("-1", "-1"),
            ("+7", "7"),
            ("9223372036854775807", "9223372036854775807"),
            ("9223372036854775808", "amount is beyond 9223372036854775807 fen"),
            ("-9223372036854775808", "amount is beyond 9223372036854775807 fen"),
            ("", "amount has no digit"),
            ("1.0", "amount has '.' at byte 2, allowed are a sign, digits and, in yuan, one point"),
        ] {
            check(Fen::parse_fen(text), expect);
        }
    }

    #[test]
    fn what_is_printed_is_read_back() {
        let edges = [i64::MAX, i64::MAX - 1, -i64::MAX, 10_i64.pow(18), 922_337_203_685_477_580];
        for fen in (-100_000..=100_000).chain(edges) {
            let amount = Fen::new(fen);
            assert_eq!(Fen::parse_yuan(&amount.to_string()), Ok(amount));
            assert_eq!(Fen::parse_fen(&fen.to_string()), Ok(amount));
        }
        assert_eq!(Fen::new(i64::MIN).to_string(), "-92233720368547758.08");
    }

    #[test]
    fn units_for_people() {
        for (fen, expect) in [
            (0, "0.00元"),
            (-1, "-0.01元"),
            (999_999, "9999.99元"),
            (1_000_000, "1.00万元"),
            (1_004_999, "1.00万元"),
            (1_005_000, "1.01万元"),
            (9_999_994_999, "9999.99万元"),
            (9_999_995_000, "1.00亿元"),
            (-12_345_678_901, "-1.23亿元"),
            (i64::MAX, "922337203.69亿元"),
            (i64::MIN, "-922337203.69亿元"),
        ] {
            assert_eq!(Fen::new(fen).yuan_text(), expect);
        }
    }

    #[test]
    fn sums_that_do_not_fit_are_none() {
        assert_eq!(Fen::new(1).checked_add(Fen::new(2)), Some(Fen::new(3)));
        assert_eq!(Fen::new(i64::MAX).checked_add(Fen::new(1)), None);
        assert_eq!(Fen::new(i64::MIN).checked_sub(Fen::new(1)), None);
        assert_eq!(Fen::from_yuan(3_000_000), Some(Fen::new(300_000_000)));
        assert_eq!(Fen::from_yuan(i64::MAX), None);
        assert_eq!(-Fen::new(5), Fen::new(-5));
    }
}
