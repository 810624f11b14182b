//! What one value is: the rule of the whole product for missing values and numbers.

/// Whole numbers up to here, of either sign, are exact as doubles and have distinct neighbours.
pub(crate) const MAX_EXACT: u64 = 1 << 53;

/// A trimmed text, judged.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Cell<'a> {
    Missing,
    Number(f64),
    /// A whole number beyond [`MAX_EXACT`].
    Inexact(&'a str),
    Text(&'a str),
}

/// Judges a value as it stands in the file.
pub(crate) fn judge(raw: &str) -> Cell<'_> {
    let text = trim(raw);
    match text.as_bytes() {
        [] | b"NA" | b"?" => return Cell::Missing,
        // Rust's own syntax has infinity and nan, so those letters are asked too.
        [b'0'..=b'9' | b'+' | b'-' | b'.' | b'i' | b'I' | b'n' | b'N', ..] => (),
        _ => return Cell::Text(text),
    }
    match text.parse::<f64>() {
        Err(_) => Cell::Text(text),
        Ok(x) if !x.is_finite() && is_code(text) => Cell::Text(text),
        Ok(x) if !x.is_finite() => Cell::Missing,
        Ok(_) if is_inexact(text) => Cell::Inexact(text),
        Ok(x) => Cell::Number(x),
    }
}

/// The text of a value in a column of text; `None` when it is missing.
pub(crate) fn text(raw: &str) -> Option<&str> {
    let text = trim(raw);
    match text.as_bytes() {
        [] | b"NA" | b"?" => None,
        [b'i' | b'I' | b'n' | b'N', ..] if text.parse::<f64>().is_ok() => None,
        [b'0'..=b'9' | b'+' | b'-' | b'.', ..] if may_overflow(text) => {
            (text.parse::<f64>().map_or(true, f64::is_finite) || is_code(text)).then_some(text)
        }
        _ => Some(text),
    }
}

/// `raw` without white space around; most values have none, and a glance at both ends shows it.
fn trim(raw: &str) -> &str {
    match raw.as_bytes() {
        [] => raw,
        [first, .., last] if first.is_ascii_graphic() && last.is_ascii_graphic() => raw,
        _ => raw.trim(),
    }
}

/// A text that begins like a number is infinite only with an exponent, a word after its sign, or very many digits.
fn may_overflow(text: &str) -> bool {
    if 300 < text.len() {
        return true;
    }
    match text.starts_with(['+', '-']) {
        true => text.bytes().any(|b| b.is_ascii_alphabetic()),
        // Identifiers begin with a digit, and their letters show soon that they are no number.
        false => {
            let mut has_exponent = false;
            text.bytes().all(|b| {
                has_exponent |= matches!(b, b'e' | b'E');
                matches!(b, b'0'..=b'9' | b'.' | b'+' | b'-' | b'e' | b'E')
            }) && has_exponent
        }
    }
}

/// Whether a text that reads as an infinite number is an identifier: `91500101572414E390` is a credit code, `1e999` is not.
/// Nobody writes a number with ten characters, an exponent, and neither point nor sign.
fn is_code(text: &str) -> bool {
    10 <= text.len() && text.bytes().all(|b| b.is_ascii_alphanumeric()) && text.contains(['e', 'E'])
}

/// Whether a text that is a number is a whole number, written without point or exponent, beyond [`MAX_EXACT`].
fn is_inexact(text: &str) -> bool {
    if text.len() < 16 {
        return false;
    }
    let digits = text.trim_start_matches(['+', '-']).trim_start_matches('0');
    digits.bytes().all(|b| b.is_ascii_digit())
        && (16 < digits.len() || digits.parse::<u64>().is_ok_and(|v| MAX_EXACT < v))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(raw: &str, expect: Cell<'_>) {
        assert_eq!(judge(raw), expect, "{raw:?}");
        // A column of text and a column of numbers must agree on what is missing.
        let as_text = text(raw);
        assert_eq!(as_text.is_none(), expect == Cell::Missing, "{raw:?} as text is {as_text:?}");
    }

    #[test]
    fn missing() {
        for raw in ["", " ", "\t", "\u{3000}", "NA", " NA ", "NaN", "nan", "NAN", "nAn", "+nan", "-NaN", "?", " ?"] {
            check(raw, Cell::Missing);
        }
        for raw in ["inf", "-inf", "+inf", "INF", "Infinity", "-infinity", "1e999", "-1E999", "1e309"] {
            check(raw, Cell::Missing);
        }
        check(&"9".repeat(400), Cell::Missing);
    }

    #[test]
    fn credit_codes_are_no_infinite_numbers() {
        for code in ["915001015724E14390", "91500101572414E390", "9150010157241E4390"] {
            check(code, Cell::Text(code));
        }
        for raw in ["123456.78e900", "-1234567890e900", "1e99999"] {
            check(raw, Cell::Missing);
        }
    }

    #[test]
    fn numbers() {
        for (raw, x) in [
            ("0", 0.0),
            ("-0", 0.0),
            ("+5", 5.0),
            (" 1.5 ", 1.5),
            ("1.", 1.0),
            (".5", 0.5),
            ("1e3", 1e3),
            ("1E-3", 1e-3),
            ("007", 7.0),
            ("1e-999", 0.0),
            ("9007199254740992", 9007199254740992.0),
            ("-0009007199254740992", -9007199254740992.0),
            ("9007199254740993.0", 9007199254740992.0),
            ("1e18", 1e18),
        ] {
            check(raw, Cell::Number(x));
        }
    }

    #[test]
    fn inexact() {
        for raw in ["9007199254740993", "-9007199254740993", "+123456789012345678", "911101080000000000"] {
            check(raw, Cell::Inexact(raw));
        }
    }

    #[test]
    fn texts() {
        for raw in [
            "na",
            "Na",
            "N/A",
            "null",
            "None",
            "-",
            "--",
            "1,234",
            "12%",
            "0x1f",
            "1_000",
            "１２",
            "1 2",
            "infinite",
            "nano",
            "naïve",
            "正常",
            "true",
            "1e",
            "e5",
            "i",
            "¥5",
            "2006-01-31",
        ] {
            check(raw, Cell::Text(raw));
        }
        check("  制造业 ", Cell::Text("制造业"));
    }
}
