//! Which column a heading of a file means, and in which unit it is.

use super::{Column, Kind, Source};
use std::collections::HashMap;

/// What a heading of a file means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Heading {
    /// A column; the unit is [`Unit::Plain`] but for money.
    Column(usize, Unit),
    /// A column of money in a unit that is refused, since a factor that is guessed is a fault of 10,000.
    RefusedUnit(usize, String),
    /// Nothing that the schema knows.
    Unknown,
}

/// The unit of a column of money.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Yuan with at most two decimals, or whatever the kind of the column says.
    Plain,
    /// Whole fen.
    Fen,
}

/// Units of money that are known, and refused.
const REFUSED: [&str; 16] = [
    "万元",
    "万",
    "千元",
    "百元",
    "百万元",
    "亿元",
    "亿",
    "美元",
    "万美元",
    "港元",
    "欧元",
    "wan",
    "wanyuan",
    "10k",
    "usd",
    "k",
];

/// A heading without space around, mark and case, its brackets those of ASCII.
fn plain(heading: &str) -> String {
    let heading = heading.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
    let plain = heading.chars().filter(|c| !c.is_whitespace()).map(|c| match c {
        '（' | '【' | '[' => '(',
        '）' | '】' | ']' => ')',
        '：' => ':',
        c => c.to_ascii_lowercase(),
    });
    plain.collect()
}

impl Source {
    /// What a heading means: the English name or a Chinese one, in any case and with any brackets; one of money may end
    /// in its unit: `amount_fen`, `金额（元）`, `金额（分）`.
    ///
    /// # Examples
    /// ```
    /// use features::schema::{Heading, Unit, number, sources};
    /// let invoices = &sources()[number("invoices").ok_or("no invoices")?];
    /// let amount = invoices.column("amount").ok_or("no amount")?;
    /// assert_eq!(invoices.heading("金额（分）"), Heading::Column(amount, Unit::Fen));
    /// assert_eq!(invoices.heading(" Amount "), Heading::Column(amount, Unit::Plain));
    /// assert_eq!(invoices.heading("金额（万元）"), Heading::RefusedUnit(amount, "万元".to_owned()));
    /// assert_eq!(invoices.heading("备注"), Heading::Unknown);
    /// # Ok::<(), &str>(())
    /// ```
    pub fn heading(&self, heading: &str) -> Heading {
        let heading = plain(heading);
        let exact = self.columns.iter().position(|c| names(c).any(|n| n == heading));
        if let Some(index) = exact {
            return Heading::Column(index, Unit::Plain);
        }
        for (index, column) in self.columns.iter().enumerate().filter(|(_, c)| c.kind == Kind::Money) {
            for name in names(column) {
                let Some(rest) = heading.strip_prefix(&name) else { continue };
                let unit = rest.trim_matches(|c| matches!(c, '(' | ')' | '_' | '-' | '/' | ':'));
                let unit = unit.strip_prefix("单位").unwrap_or(unit).trim_start_matches(':');
                match unit {
                    "元" | "人民币元" | "yuan" | "cny" => return Heading::Column(index, Unit::Plain),
                    "分" | "fen" => return Heading::Column(index, Unit::Fen),
                    unit if REFUSED.contains(&unit) => return Heading::RefusedUnit(index, unit.to_owned()),
                    _ => (),
                }
            }
        }
        Heading::Unknown
    }
}

fn names(column: &Column) -> impl Iterator<Item = String> {
    std::iter::once(&column.name).chain(&column.zh).map(|n| plain(n))
}

/// A heading that means two columns.
pub(super) fn ambiguous(source: &Source) -> Option<String> {
    let mut seen = HashMap::new();
    for (index, column) in source.columns.iter().enumerate() {
        for name in names(column) {
            let spellings = match column.kind {
                Kind::Money => vec![format!("{name}(元)"), format!("{name}(分)"), format!("{name}_fen"), name.clone()],
                _ => vec![name.clone()],
            };
            for spelling in spellings {
                let found = source.heading(&spelling);
                let is_other = !matches!(found, Heading::Column(i, _) if i == index);
                if is_other || *seen.entry(spelling.clone()).or_insert(index) != index {
                    return Some(name);
                }
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::super::{number, sources};
    use super::*;

    #[test]
    fn units() {
        let returns = &sources()[number("tax_returns").expect("it is a source")];
        let revenue = returns.column("revenue").expect("it is a column");
        let (yuan, fen) = (Heading::Column(revenue, Unit::Plain), Heading::Column(revenue, Unit::Fen));
        for heading in [
            "revenue",
            "REVENUE",
            "营业收入",
            "营业收入（元）",
            "营业收入(元)",
            "营业收入 （单位：元）",
            "\u{feff}营业收入",
        ] {
            assert_eq!(returns.heading(heading), yuan, "{heading}");
        }
        for heading in ["revenue_fen", "营业收入（分）", "营业收入(分)", "营业收入_分"] {
            assert_eq!(returns.heading(heading), fen, "{heading}");
        }
        for (heading, unit) in [
            ("营业收入（万元）", "万元"),
            ("营业收入万元", "万元"),
            ("revenue_wan", "wan"),
            ("营业收入(单位:亿元)", "亿元"),
        ] {
            assert_eq!(returns.heading(heading), Heading::RefusedUnit(revenue, unit.to_owned()), "{heading}");
        }
        for heading in ["", "营业收入增长", "revenue_growth", "rd_staff_fen", "收入"] {
            assert_eq!(returns.heading(heading), Heading::Unknown, "{heading}");
        }
    }
}
