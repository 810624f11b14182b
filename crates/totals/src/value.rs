//! Values of a table: whole numbers, ratios of whole numbers, and nothing.

/// A value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Value {
    /// Fen or a count.
    Whole(i128),
    /// A ratio, exact: `numerator / denominator`, the denominator above zero.
    Ratio {
        /// Above the line.
        numerator: i128,
        /// Below it.
        denominator: i128,
    },
    /// There is none: the denominator is zero or less.
    None,
}

impl Value {
    pub(crate) fn ratio(numerator: i128, denominator: i128) -> Self {
        if denominator > 0 { Self::Ratio { numerator, denominator } } else { Self::None }
    }

    /// Whether it says nothing.
    pub fn is_empty(self) -> bool {
        matches!(self, Self::Whole(0) | Self::None | Self::Ratio { numerator: 0, .. })
    }

    /// The value in units of a tenth to the power of `decimals`, rounded to the nearest, half to even; `None` for nothing.
    ///
    /// # Examples
    /// ```
    /// use totals::Value;
    /// let rate = Value::Ratio { numerator: 1, denominator: 16 };
    /// assert_eq!(rate.scaled(3), Some(62));
    /// assert_eq!(Value::Whole(-7).scaled(2), Some(-700));
    /// ```
    pub fn scaled(self, decimals: u32) -> Option<i128> {
        let scale = 10_i128.checked_pow(decimals)?;
        match self {
            Self::Whole(n) => n.checked_mul(scale),
            Self::Ratio { numerator, denominator } => half_even(numerator.checked_mul(scale)?, denominator),
            Self::None => None,
        }
    }

    /// The decimal text of [`Value::scaled`]: `-0.0625`.
    pub fn decimal(self, decimals: u32) -> Option<String> {
        let scaled = self.scaled(decimals)?;
        Some(point(scaled, decimals))
    }
}

/// `numerator / denominator` rounded to the nearest, the even one of two as near; the denominator above zero.
pub(crate) fn half_even(numerator: i128, denominator: i128) -> Option<i128> {
    let (quotient, rest) = (numerator.checked_div_euclid(denominator)?, numerator.checked_rem_euclid(denominator)?);
    let up = match rest.checked_mul(2)?.cmp(&denominator) {
        std::cmp::Ordering::Less => false,
        std::cmp::Ordering::Equal => quotient & 1 == 1,
        std::cmp::Ordering::Greater => true,
    };
    Some(quotient + i128::from(up))
}

/// A number of the last decimals as text.
pub(crate) fn point(scaled: i128, decimals: u32) -> String {
    let sign = if scaled < 0 { "-" } else { "" };
    let digits = format!("{:0width$}", scaled.unsigned_abs(), width = decimals as usize + 1);
    let (whole, part) = digits.split_at(digits.len() - decimals as usize);
    if decimals == 0 { format!("{sign}{whole}") } else { format!("{sign}{whole}.{part}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_go_to_the_even_one() {
        for (numerator, denominator, expect) in
            [(1, 2, 0), (3, 2, 2), (5, 2, 2), (-1, 2, 0), (-3, 2, -2), (-5, 2, -2), (2, 3, 1), (-2, 3, -1), (7, 1, 7)]
        {
            assert_eq!(half_even(numerator, denominator), Some(expect), "{numerator}/{denominator}");
        }
    }

    #[test]
    fn texts() {
        let ratio = |numerator, denominator| Value::Ratio { numerator, denominator };
        for (value, decimals, expect) in [
            (ratio(1, 3), 4, Some("0.3333")),
            (ratio(-1, 3), 2, Some("-0.33")),
            (ratio(5, 2), 0, Some("2")),
            (Value::Whole(12), 0, Some("12")),
            (Value::None, 2, None),
            (Value::Whole(i128::MAX), 2, None),
        ] {
            assert_eq!(value.decimal(decimals).as_deref(), expect, "{value:?}");
        }
    }
}
