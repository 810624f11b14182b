//! Numbers and their units in words.

use super::Lang;
use crate::size_name;
use features::catalogue::Feature;
use primitives::Fen;
use primitives::size_class::Size;

/// An amount of money.
pub(super) fn amount(fen: i64, lang: Lang) -> String {
    match lang {
        Lang::Zh if fen.abs() >= 1_000_000 => format!("{} 万元", ten_thousands(fen)),
        Lang::Zh => format!("{} 元", Fen::new(fen)),
        Lang::En => format!("{} yuan", Fen::new(fen)),
    }
}

/// Fen as ten thousands of yuan with two decimals, rounded half away from zero.
fn ten_thousands(fen: i64) -> String {
    let hundredths = (fen.abs() + 5_000) / 10_000;
    format!("{}{}.{:02}", if fen < 0 { "-" } else { "" }, hundredths / 100, hundredths % 100)
}

/// Ppm as percent.
pub(super) fn percent(ppm: i64) -> String {
    format!("{} %", number(ppm as f64 / 1e4))
}

/// The value of a feature with its unit: a code by its letter, a ratio as it is and in percent.
pub(super) fn value(feature: &Feature, x: f64, lang: Lang) -> String {
    if let Some((code, _)) = feature.codes.iter().find(|(_, number)| **number == x) {
        return code.clone();
    }
    let plain = number(x);
    let unit = match (feature.unit.as_str(), lang) {
        ("比率", _) => return format!("{plain} = {} %", number(100.0 * x)),
        ("是否" | "级", _) => "",
        (unit, Lang::Zh) => unit,
        ("元", Lang::En) => "yuan",
        ("元/人", Lang::En) => "yuan a person",
        ("人", Lang::En) => "persons",
        ("天", Lang::En) => "days",
        ("月", Lang::En) => "months",
        ("年", Lang::En) => "years",
        ("平方米", Lang::En) => "square metres",
        (_, Lang::En) => "",
    };
    format!("{plain} {unit}").trim_end().to_owned()
}

/// A number for reading: four significant digits, or more where they stand before the point.
pub(super) fn number(x: f64) -> String {
    match x.abs() {
        a if a >= 1000.0 => format!("{x:.0}"),
        a if a >= 1.0 => short(format!("{x:.2}")),
        _ => short(format!("{x:.4}")),
    }
}

/// Without zeros at the end.
fn short(text: String) -> String {
    match text.trim_end_matches('0').trim_end_matches('.') {
        "-0" => "0".into(),
        text => text.to_owned(),
    }
}

/// The name of a size class.
pub(super) fn size(size: Size, lang: Lang) -> &'static str {
    match (size, size.is_sme(), lang) {
        (_, _, Lang::En) => size_name(size),
        (Size::Class(class), _, Lang::Zh) => class.name_zh(),
        (Size::Unclassified, _, Lang::Zh) => "行业不划型",
        (_, Some(true), Lang::Zh) => "中小微（具体档次数据不足）",
        (_, _, Lang::Zh) => "数据不足",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_for_reading() {
        let shown = [0.0, 0.019, -0.00001, 12.5, 100.0, 1690532.6, 0.12345].map(number);
        assert_eq!(shown, ["0", "0.019", "0", "12.5", "100", "1690533", "0.1235"]);
        assert_eq!(percent(123_400), "12.34 %");
        let shown = [999_999, 1_000_000, -123_456_789].map(|fen| amount(fen, Lang::Zh));
        assert_eq!(shown, ["9999.99 元", "1.00 万元", "-123.46 万元"]);
    }

    #[test]
    fn a_code_is_shown_by_its_letter_and_a_ratio_in_percent() {
        let catalogue = features::catalogue::Catalogue::built_in();
        let feature = |column: &str| catalogue.feature(column).expect("a feature");
        assert_eq!(value(feature("tax_credit_grade"), -1.0, Lang::Zh), "M");
        assert_eq!(value(feature("debt_ratio"), 0.456, Lang::En), "0.456 = 45.6 %");
        assert_eq!(value(feature("tax_paid_12m"), 20_000.0, Lang::En), "20000 yuan");
        assert_eq!(value(feature("tax_paid_12m"), 20_000.0, Lang::Zh), "20000 元");
    }
}
