//! Numbers that are read back as the same `f64`.

/// The shortest decimal of a finite number, with a point or an exponent.
pub(crate) fn shortest(x: f64) -> String {
    format!("{x:?}")
}

/// A number as products and quotients of whole numbers, each step of which is exact in a database that computes with
/// doubles; a whole number below 2^63 stands as itself.
///
/// SQLite promises 15 digits of a decimal and not the nearest double: `0.3` may be read as its neighbour. Whole numbers
/// it reads exactly, and a quotient by a power of two rounds nothing: `(5404319552844595 / CAST(18014398509481984 AS
/// REAL))`.
pub(crate) fn exact(x: f64) -> String {
    const POWER_MAX: i32 = 62;
    if x.trunc() == x && x.abs() < 2_f64.powi(63) {
        return (x as i64).to_string();
    }
    let bits = x.abs().to_bits();
    let (exponent, fraction) = ((bits >> 52) as i32, bits & ((1 << 52) - 1));
    let (mut whole, mut power) = match exponent {
        0 => (fraction, -1074),
        _ => (fraction | 1 << 52, exponent - 1075),
    };
    let zeros = whole.trailing_zeros();
    whole >>= zeros;
    power += zeros as i32;
    let mut text = format!("({}CAST({whole} AS REAL)", if x < 0.0 { "-" } else { "" });
    let step = if power < 0 { '/' } else { '*' };
    while power != 0 {
        let part = power.abs().min(POWER_MAX);
        text.push_str(&format!(" {step} CAST({} AS REAL)", 1_u64 << part));
        power -= part * power.signum();
    }
    text.push(')');
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// What a database makes of the text, with whole numbers and doubles.
    fn computed(text: &str) -> f64 {
        let Some(inner) = text.strip_prefix('(').and_then(|t| t.strip_suffix(')')) else {
            return text.parse::<i64>().expect("a whole number") as f64;
        };
        let (negative, inner) = inner.strip_prefix('-').map_or((false, inner), |rest| (true, rest));
        let mut parts = inner.split(" AS REAL)");
        let number = |part: &str| part.rsplit('(').next().expect("a part").parse::<i64>().expect("whole") as f64;
        let mut value = number(parts.next().expect("a number"));
        for part in parts.filter(|p| !p.is_empty()) {
            value = if part.starts_with(" /") { value / number(part) } else { value * number(part) };
        }
        if negative { -value } else { value }
    }

    #[test]
    fn whole_numbers_stay_readable() {
        for (x, expect) in [(0.0, "0"), (-0.0, "0"), (12.0, "12"), (-9e15, "-9000000000000000"), (-10.0, "-10")] {
            assert_eq!(exact(x), expect);
        }
        assert_eq!(exact(-0.5), "(-CAST(1 AS REAL) / CAST(2 AS REAL))");
        assert_eq!(exact(0.3), "(CAST(5404319552844595 AS REAL) / CAST(18014398509481984 AS REAL))");
    }

    proptest! {
        #[test]
        fn the_same_double_comes_back(bits: u64) {
            let x = f64::from_bits(bits);
            prop_assume!(x.is_finite());
            prop_assert_eq!(computed(&exact(x)), x);
            prop_assert_eq!(shortest(x).parse::<f64>().expect("a number").to_bits(), bits);
        }
    }

    #[test]
    fn so_at_both_ends_of_what_a_double_is() {
        for x in [5e-324, f64::MIN_POSITIVE, f64::MAX, -f64::MAX, 1e16, 9.3e18, -9.223372036854775e18, 1e300, 0.1] {
            assert_eq!(computed(&exact(x)), x, "{x}");
        }
    }
}
