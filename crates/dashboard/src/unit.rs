//! Units of money, chosen once for a table, and how values are written.

use crate::words::Word;
use policy::Lang;
use totals::{Money, Unit, Value};

/// From here on a table is in 万元: a million yuan.
const WAN_FROM_FEN: i128 = 100_000_000;
/// From here on a table is in 亿元: a hundred hundred million yuan.
const YI_FROM_FEN: i128 = 1_000_000_000_000;

/// What a unit of money is to a table.
pub(crate) trait Scale: Sized {
    /// The unit for a table whose largest amount is this.
    fn for_largest(fen: i128) -> Self;
    fn word(self) -> Word;
    /// Fen of one.
    fn fen(self) -> i128;
    fn decimals(self) -> u32;
}

impl Scale for Money {
    fn for_largest(fen: i128) -> Self {
        match fen.checked_abs().unwrap_or(i128::MAX) {
            YI_FROM_FEN.. => Self::Yi,
            WAN_FROM_FEN.. => Self::Wan,
            _ => Self::Yuan,
        }
    }

    fn word(self) -> Word {
        match self {
            Self::Yuan => Word::Yuan,
            Self::Wan => Word::TenThousandYuan,
            Self::Yi => Word::HundredMillionYuan,
        }
    }

    fn fen(self) -> i128 {
        match self {
            Self::Yuan => 100,
            Self::Wan => 1_000_000,
            Self::Yi => 10_000_000_000,
        }
    }

    fn decimals(self) -> u32 {
        if self == Self::Yi { 4 } else { 2 }
    }
}

/// A value with its unit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Cell {
    pub(crate) unit: Unit,
    pub(crate) value: Value,
    /// Whether a sign stands before what is above zero, as it does in a change.
    pub(crate) signed: bool,
}

impl Cell {
    pub(crate) fn new(unit: Unit, value: Value) -> Self {
        Self { unit, value, signed: false }
    }

    /// `(now - base) / base`; nothing where the base is zero or below.
    pub(crate) fn change(now: Value, base: Value) -> Self {
        let value = match (now, base) {
            (Value::Whole(now), Value::Whole(base)) if base > 0 => {
                Value::Ratio { numerator: now - base, denominator: base }
            }
            _ => Value::None,
        };
        Self { unit: Unit::Share, value, signed: true }
    }

    /// As pages show it; `None` for nothing.
    pub(crate) fn shown(self, scale: Money) -> Option<String> {
        let text = match (self.unit, self.value) {
            (_, Value::None) => return None,
            (Unit::Fen, Value::Whole(fen)) => {
                let ratio = Value::Ratio { numerator: fen, denominator: scale.fen() };
                grouped(&ratio.decimal(scale.decimals())?)
            }
            (Unit::Fen, value) => grouped(&value.decimal(2)?),
            (Unit::Count, value) => grouped(&value.decimal(0)?),
            (Unit::Days, value) => grouped(&value.decimal(1)?),
            (Unit::Share, Value::Ratio { numerator, denominator }) => {
                let percent = Value::Ratio { numerator: numerator.checked_mul(100)?, denominator };
                format!("{}%", grouped(&percent.decimal(2)?))
            }
            (Unit::Share, value) => format!("{}%", grouped(&value.decimal(2)?)),
        };
        let above = matches!(self.value, Value::Whole(1..) | Value::Ratio { numerator: 1.., .. });
        Some(if self.signed && above { format!("+{text}") } else { text })
    }

    /// Without loss where the value is whole, to millionths where it is a ratio: yuan for money.
    pub(crate) fn plain(self) -> Option<String> {
        match (self.unit, self.value) {
            (Unit::Fen, Value::Whole(fen)) => Value::Ratio { numerator: fen, denominator: 100 }.decimal(2),
            (_, Value::Whole(_)) => self.value.decimal(0),
            _ => self.value.decimal(6),
        }
    }
}

/// A decimal text with commas between thousands.
pub(crate) fn grouped(decimal: &str) -> String {
    let (sign, digits) = decimal.strip_prefix('-').map_or(("", decimal), |d| ("-", d));
    let (whole, part) = digits.split_once('.').map_or((digits, None), |(w, p)| (w, Some(p)));
    let mut out = String::with_capacity(decimal.len() + whole.len() / 3);
    // What is rounded to nothing has no sign.
    if digits.bytes().any(|b| (b'1'..=b'9').contains(&b)) {
        out.push_str(sign);
    }
    for (at, digit) in whole.char_indices() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    if let Some(part) = part {
        out.push('.');
        out.push_str(part);
    }
    out
}

/// What stands behind a heading in a file, where there is no line for the unit.
pub(crate) fn in_heading(unit: Unit, lang: Lang) -> Option<&'static str> {
    (unit == Unit::Fen).then(|| Word::Yuan.text(lang))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_in_each_unit() {
        for (fen, scale, expect) in [
            (0, Money::Yuan, "0.00"),
            (123_456_789, Money::Yuan, "1,234,567.89"),
            (-123_456_789, Money::Wan, "-123.46"),
            (1_005_000, Money::Wan, "1.00"),
            (1_015_000, Money::Wan, "1.02"),
            (-1, Money::Wan, "0.00"),
            (100_000_000_000_000, Money::Yi, "10,000.0000"),
        ] {
            assert_eq!(Cell::new(Unit::Fen, Value::Whole(fen)).shown(scale).as_deref(), Some(expect), "{fen}");
        }
    }

    #[test]
    fn a_change_has_a_sign_and_a_base_above_zero() {
        let change = |now, base| Cell::change(Value::Whole(now), Value::Whole(base)).shown(Money::Yuan);
        assert_eq!(change(150, 100).as_deref(), Some("+50.00%"));
        assert_eq!(change(50, 100).as_deref(), Some("-50.00%"));
        assert_eq!(change(100, 100).as_deref(), Some("0.00%"));
        assert_eq!(change(100, 0), None);
        assert_eq!(change(100, -5), None);
    }

    #[test]
    fn one_unit_for_a_table() {
        for (fen, scale) in
            [(0, Money::Yuan), (-99_999_999, Money::Yuan), (100_000_000, Money::Wan), (i128::MIN, Money::Yi)]
        {
            assert_eq!(Money::for_largest(fen), scale, "{fen}");
        }
    }

    #[test]
    fn plain_numbers_lose_no_fen() {
        let cell = |unit, value| Cell::new(unit, value).plain();
        assert_eq!(cell(Unit::Fen, Value::Whole(-5)).as_deref(), Some("-0.05"));
        assert_eq!(cell(Unit::Count, Value::Whole(12)).as_deref(), Some("12"));
        assert_eq!(cell(Unit::Share, Value::Ratio { numerator: 1, denominator: 3 }).as_deref(), Some("0.333333"));
        assert_eq!(cell(Unit::Share, Value::None), None);
    }
}
