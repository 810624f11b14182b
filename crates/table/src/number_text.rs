use crate::cell::MAX_EXACT;
use std::fmt::Write;

/// Writes `x` as the shortest text that reads back equal.
///
/// A whole number has no `.0`. One beyond 2^53 has an exponent or a point, since its digits alone
/// would be refused as an inexact whole number.
pub(crate) fn push_number(text: &mut String, x: f64) {
    let written = match x.fract() == 0.0 && x.abs() <= MAX_EXACT as f64 {
        true => write!(text, "{x}"),
        false => write!(text, "{x:?}"),
    };
    written.expect("a string takes any text");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cell::{Cell, judge};
    use proptest::prelude::*;

    fn text(x: f64) -> String {
        let mut text = String::new();
        push_number(&mut text, x);
        text
    }

    #[test]
    fn shortest() {
        for (x, expect) in [
            (612.0, "612"),
            (0.1, "0.1"),
            (-1.5, "-1.5"),
            (0.1 + 0.2, "0.30000000000000004"),
            (9007199254740992.0, "9007199254740992"),
            (9007199254740994.0, "9007199254740994.0"),
            (1e18, "1e18"),
            (1e-7, "1e-7"),
            (f64::MAX, "1.7976931348623157e308"),
            (5e-324, "5e-324"),
        ] {
            assert_eq!(text(x), expect);
            assert_eq!(judge(expect), Cell::Number(x));
        }
    }

    proptest! {
        #[test]
        fn reads_back_equal(bits: u64) {
            let x = f64::from_bits(bits);
            prop_assume!(x.is_finite());
            let written = text(x);
            prop_assert_eq!(judge(&written), Cell::Number(x));
        }
    }
}
