//! Numbers as readers expect them.

/// `12,345`.
pub(crate) fn count(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(c);
    }
    out
}

/// A large amount without decimals, `12,345`; one decimal below 100.
pub(crate) fn amount(x: f64) -> String {
    if x.abs() < 100.0 { format!("{x:.1}") } else { count(x.round() as u64) }
}

/// A share as per cent with as many digits as its size deserves.
pub(crate) fn share(x: f64) -> String {
    let percent = 100.0 * x;
    match percent.abs() {
        0.0 => "0%".to_owned(),
        p if p < 0.1 => format!("{percent:.3}%"),
        p if p < 10.0 => format!("{percent:.2}%"),
        _ => format!("{percent:.1}%"),
    }
}

/// Three decimals, and no minus before a zero.
pub(crate) fn decimal(x: f64) -> String {
    let text = format!("{x:.3}");
    if text == "-0.000" { "0.000".to_owned() } else { text }
}

/// Four decimals.
pub(crate) fn index(x: f64) -> String {
    format!("{x:.4}")
}

/// A p-value.
pub(crate) fn p_value(p: f64) -> String {
    if p < 0.001 { "< 0.001".to_owned() } else { format!("{p:.3}") }
}

/// An estimate with its interval.
pub(crate) fn interval(value: f64, lo: f64, hi: f64) -> String {
    format!("{} ({} – {})", decimal(value), decimal(lo), decimal(hi))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers() {
        assert_eq!([0, 999, 1000, 1_234_567].map(count), ["0", "999", "1,000", "1,234,567"]);
        assert_eq!([0.0, 0.00051, 0.0123, 0.25, 1.0].map(share), ["0%", "0.051%", "1.23%", "25.0%", "100.0%"]);
        assert_eq!([0.0004, 0.0500].map(p_value), ["< 0.001", "0.050"]);
        assert_eq!(decimal(-0.0001), "0.000");
        assert_eq!([12.34, 1234.6].map(amount), ["12.3", "1,235"]);
    }
}
