//! Tables as people and programs read them: names, units, notes; CSV and JSON.
//!
//! Amounts are shown in the unit that was chosen for the whole table, shares in percent; each is rounded once, half to even,
//! from the exact value. JSON has the exact values: fen, and ratios as numerator and denominator.

use crate::{Dimension, Figure, Table, Unit, Value};
use policy::{Code, Lang, codes};
use primitives::no_formula;
use serde_json::{Map, Value as Json, json};

codes! {
    /// In what amounts are shown.
    Money, "unit of amounts";
    Yuan = "yuan", "元", "yuan";
    Wan = "wan", "万元", "10,000 yuan";
    Yi = "yi", "亿元", "100 million yuan";
}

/// How a table is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    /// The language.
    pub lang: Lang,
    /// The unit of amounts.
    pub money: Money,
}

/// A table with its names.
#[derive(Debug, Clone, PartialEq)]
pub struct Grid {
    /// What it is of: period, recorded time, unit, rounding.
    pub head: Vec<String>,
    /// Code and name of each column.
    pub columns: Vec<(String, String)>,
    /// Rows.
    pub rows: Vec<Vec<Cell>>,
    /// Definitions, and what should be known of a row.
    pub notes: Vec<String>,
}

/// A cell.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// A name, with its code.
    Name {
        /// The code.
        code: String,
        /// The name.
        name: String,
    },
    /// A value with its unit.
    Value(Value, Unit),
}

impl Style {
    /// A value as text; `None` where there is none.
    pub fn text(self, value: Value, unit: Unit) -> Option<String> {
        let (scaled, decimals) = self.number(value, unit)?;
        Some(crate::value::point(scaled, decimals))
    }

    /// A value as a whole number of its last decimal, and the number of decimals; a share in percent.
    pub fn number(self, value: Value, unit: Unit) -> Option<(i128, u32)> {
        let (over, decimals) = match unit {
            Unit::Fen => (self.fen(), 2),
            Unit::Count => (1, 0),
            // Percent.
            Unit::Share => return Some((value.scaled(4)?, 2)),
            Unit::Days => (1, 1),
        };
        let value = match value {
            Value::Whole(numerator) if over > 1 => Value::Ratio { numerator, denominator: over },
            other => other,
        };
        Some((value.scaled(decimals)?, decimals))
    }

    /// Fen in a unit of amounts.
    fn fen(self) -> i128 {
        match self.money {
            Money::Yuan => 100,
            Money::Wan => 1_000_000,
            Money::Yi => 10_000_000_000,
        }
    }

    fn word<C: Code>(self, word: C) -> &'static str {
        if self.lang == Lang::Zh { word.name_zh() } else { word.name_en() }
    }

    fn pick(self, zh: &str, en: &str) -> String {
        if self.lang == Lang::Zh { zh } else { en }.to_owned()
    }

    /// The name of a unit behind a column's name.
    fn unit(self, unit: Unit) -> String {
        match unit {
            Unit::Fen => self.word(self.money).to_owned(),
            Unit::Share => "%".to_owned(),
            other => self.word(other).to_owned(),
        }
    }

    /// A cell of a value.
    pub fn cell_text(self, cell: &Cell) -> String {
        match cell {
            Cell::Name { name, .. } => name.clone(),
            Cell::Value(value, unit) => self.text(*value, *unit).unwrap_or_else(|| "—".to_owned()),
        }
    }

    /// A column of a word.
    pub fn column<C: Code>(self, word: C) -> (String, String) {
        (word.code().to_owned(), self.word(word).to_owned())
    }

    /// A column of values.
    pub fn value_column<C: Code>(self, word: C, unit: Unit) -> (String, String) {
        (word.code().to_owned(), format!("{}（{}）", self.word(word), self.unit(unit)))
    }

    /// A table of figures: rows, then the total, and where there are distinct counts the line of their overlap.
    pub fn grid(self, table: &Table) -> Grid {
        let mut columns: Vec<(String, String)> = table.by.iter().map(|d| self.column(*d)).collect();
        columns.extend(table.figures.iter().map(|f| self.value_column(*f, f.unit())));
        let name = |name: String, code: &str| Cell::Name { code: code.to_owned(), name };
        let lead = |text: String, code: &str| {
            let first = (!table.by.is_empty()).then(|| name(text, code));
            first.into_iter().chain(table.by.iter().skip(1).map(|_| name(String::new(), ""))).collect::<Vec<Cell>>()
        };
        let values = |values: &[Value]| {
            let cells = table.figures.iter().zip(values).map(|(figure, value)| Cell::Value(*value, figure.unit()));
            cells.collect::<Vec<Cell>>()
        };
        let mut rows: Vec<Vec<Cell>> = Vec::with_capacity(table.rows.len() + 2);
        let mut marked = table.not_comparable.is_some();
        for row in &table.rows {
            marked |= row.not_comparable.is_some();
            let cell = |(dimension, code): (&Dimension, &String)| {
                let star = if *dimension == Dimension::District && row.not_comparable.is_some() { "*" } else { "" };
                name(format!("{}{star}", dimension.name(code, self.lang)), code)
            };
            rows.push(table.by.iter().zip(&row.codes).map(cell).chain(values(&row.values)).collect());
        }
        rows.push(lead(self.pick("合计", "total"), "total").into_iter().chain(values(&table.total)).collect());
        if table.overlap.iter().any(Option::is_some) {
            let overlap: Vec<Value> = table.overlap.iter().map(|n| n.map_or(Value::None, Value::Whole)).collect();
            let text = self.pick("各行交叉户数（各行相加－合计）", "overlap of rows (their sum less the total)");
            rows.push(lead(text, "overlap").into_iter().chain(values(&overlap)).collect());
        }
        Grid { head: self.head(table), columns, rows, notes: self.notes(&table.figures, marked) }
    }

    fn head(self, table: &Table) -> Vec<String> {
        let known = table.recorded_at.and_then(|at| at.beijing_day()).map_or(String::new(), |day| day.to_string());
        let (from, to, seq, money) = (table.from, table.to, table.seq, self.word(self.money));
        vec![match self.lang {
            Lang::Zh => format!(
                "期间 {from} 至 {to}；数据截至第 {seq} 条台账记录{}；金额单位：{money}；四舍六入五成双，合计按未舍入值计算",
                if known.is_empty() { String::new() } else { format!("（{known} 所知）") }
            ),
            Lang::En => format!(
                "{from} to {to}; up to line {seq} of the ledger{}; amounts in {money}; rounded half to even, totals before rounding",
                if known.is_empty() { String::new() } else { format!(" (as known on {known})") }
            ),
        }]
    }

    /// Definitions of figures, and what a star says.
    pub fn notes(self, figures: &[Figure], marked: bool) -> Vec<String> {
        let colon = self.pick("：", ": ");
        let line = |f: &Figure| Some(format!("{}{colon}{}", self.word(*f), f.definition(self.lang)?));
        let mut notes: Vec<String> = figures.iter().filter_map(line).collect();
        if marked {
            notes.push(self.pick(
                "*：期间内该区县行政区划调整（2025-11-06），前后数据不可比。",
                "*: the ground of the district changed within the period (2025-11-06): figures of before and after are not comparable.",
            ));
        }
        notes
    }
}

impl Grid {
    /// CSV in UTF-8 with the mark that Excel and WPS ask for. A text that a spreadsheet would take for a formula has an
    /// apostrophe in front; numbers have no separators of thousands.
    pub fn csv(&self, style: Style) -> String {
        let texts =
            |lines: &'_ [String]| lines.iter().map(|text| vec![no_formula(text).into_owned()]).collect::<Vec<_>>();
        let columns = self.columns.iter().map(|(_, name)| no_formula(name).into_owned()).collect();
        let rows = self.rows.iter().map(|row| row.iter().map(|cell| cell_of_csv(style, cell)).collect());
        csv_records(texts(&self.head).into_iter().chain([columns]).chain(rows).chain(texts(&self.notes)))
    }

    /// JSON: head and notes as texts, rows as objects with the codes of the columns as keys and exact values.
    pub fn json(&self) -> Json {
        let row = |row: &Vec<Cell>| {
            let keys = self.columns.iter().map(|(code, _)| code.clone());
            Json::Object(keys.zip(row.iter().map(exact)).collect::<Map<String, Json>>())
        };
        let columns: Vec<Json> =
            self.columns.iter().map(|(code, name)| json!({ "code": code, "name": name })).collect();
        let rows: Vec<Json> = self.rows.iter().map(row).collect();
        json!({ "head": self.head, "columns": columns, "rows": rows, "notes": self.notes })
    }
}

fn exact(cell: &Cell) -> Json {
    // What is beyond 64 bits is a text, for few readers of JSON have wider numbers.
    let number = |n: i128| i64::try_from(n).map_or_else(|_| Json::from(n.to_string()), Json::from);
    match cell {
        Cell::Name { code, .. } => Json::from(code.as_str()),
        Cell::Value(Value::Whole(n), _) => number(*n),
        Cell::Value(Value::Ratio { numerator, denominator }, _) => {
            json!({ "numerator": number(*numerator), "denominator": number(*denominator) })
        }
        Cell::Value(Value::None, _) => Json::Null,
    }
}

fn cell_of_csv(style: Style, cell: &Cell) -> String {
    match cell {
        Cell::Name { name, .. } => no_formula(name).into_owned(),
        // A number below zero is no formula.
        Cell::Value(value, unit) => style.text(*value, *unit).unwrap_or_default(),
    }
}

/// Records as CSV in UTF-8 with the mark that Excel and WPS ask for, lines ending as they do there. Texts are taken as they
/// are: who writes what others told makes it [`no_formula`] first.
///
/// # Examples
/// ```
/// let text = totals::csv_records([vec!["a,b".to_owned(), "1".to_owned()]]);
/// assert_eq!(text, "\u{feff}\"a,b\",1\r\n");
/// ```
pub fn csv_records(records: impl IntoIterator<Item = Vec<String>>) -> String {
    let mut writer = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .flexible(true)
        .from_writer("\u{feff}".to_owned().into_bytes());
    for record in records {
        writer.write_record(&record).expect("memory takes all, and lines may be of any length");
    }
    let bytes = writer.into_inner().expect("memory takes all");
    String::from_utf8(bytes).expect("made of texts")
}

#[cfg(test)]
mod tests {
    use super::*;

    const STYLE: Style = Style { lang: Lang::Zh, money: Money::Wan };

    #[test]
    fn amounts_and_shares() {
        let ratio = |numerator, denominator| Value::Ratio { numerator, denominator };
        for (value, unit, expect) in [
            (Value::Whole(123_456_789), Unit::Fen, Some("123.46")),
            (Value::Whole(5_000), Unit::Fen, Some("0.00")),
            (Value::Whole(15_000), Unit::Fen, Some("0.02")),
            (Value::Whole(-25_000), Unit::Fen, Some("-0.02")),
            (ratio(1, 3), Unit::Share, Some("33.33")),
            (ratio(7, 2), Unit::Days, Some("3.5")),
            (Value::Whole(7), Unit::Count, Some("7")),
            (Value::None, Unit::Share, None),
        ] {
            assert_eq!(STYLE.text(value, unit).as_deref(), expect, "{value:?}");
        }
    }

    #[test]
    fn a_spreadsheet_finds_numbers_and_no_formulas() {
        let name = |name: &str| Cell::Name { code: "c".to_owned(), name: name.to_owned() };
        let grid = Grid {
            head: vec!["期间".to_owned()],
            columns: vec![("a".to_owned(), "名,称".to_owned()), ("b".to_owned(), "额".to_owned())],
            rows: vec![vec![name("=1+1"), Cell::Value(Value::Whole(-100_000_000), Unit::Fen)]],
            notes: vec!["@\"x\"".to_owned()],
        };
        assert_eq!(grid.csv(STYLE), "\u{feff}期间\r\n\"名,称\",额\r\n'=1+1,-100.00\r\n\"'@\"\"x\"\"\"\r\n");
        assert_eq!(grid.json()["rows"][0], json!({ "a": "c", "b": -100_000_000 }));
    }
}
