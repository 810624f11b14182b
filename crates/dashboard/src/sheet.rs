//! A table of a page, once: the page, the file for spreadsheets, the text file and the interface are four ways to write it.

use crate::unit::{Cell, Scale};
use crate::words::Word;
use policy::{Code, Lang};
use totals::{Dimension, Figure, Money, Nature, Row, Table, Unit, Value};

/// What a row is of.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Key {
    /// As machines know it; empty for what is not stated.
    pub(crate) code: String,
    /// As people do.
    pub(crate) text: String,
    /// Where a click leads.
    pub(crate) href: Option<String>,
}

/// A column of values.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Column {
    pub(crate) code: String,
    pub(crate) name: String,
    /// The unit of all its cells; `None` where rows have units of their own.
    pub(crate) unit: Option<Unit>,
}

/// What stands in a row below a column.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Entry {
    Figure(Cell),
    Text(String),
    /// A text that leads somewhere.
    Link {
        text: String,
        href: String,
    },
}

/// A row.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Line {
    pub(crate) keys: Vec<Key>,
    pub(crate) entries: Vec<Entry>,
    /// Its figures are not those of one territory over time.
    pub(crate) not_comparable: bool,
}

/// A table.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Sheet {
    /// For addresses and files.
    pub(crate) code: &'static str,
    pub(crate) title: String,
    /// Headings of what rows are of: code and name.
    pub(crate) keys: Vec<(String, String)>,
    pub(crate) columns: Vec<Column>,
    pub(crate) lines: Vec<Line>,
    pub(crate) total: Option<Line>,
    /// What has to be known to read it.
    pub(crate) notes: Vec<String>,
    /// What its figures are: name and sentence.
    pub(crate) definitions: Vec<(String, String)>,
    /// The unit of its amounts.
    pub(crate) scale: Money,
}

/// The name of a figure in a language.
pub(crate) fn name_of<C: Code>(word: C, lang: Lang) -> &'static str {
    if lang == Lang::Zh { word.name_zh() } else { word.name_en() }
}

/// What figures are in a row where nothing happened.
pub(crate) fn nothing(figures: &[Figure]) -> Vec<Entry> {
    let value = |unit| match unit {
        Unit::Share | Unit::Days => Value::None,
        Unit::Fen | Unit::Count => Value::Whole(0),
    };
    figures.iter().map(|f| Entry::Figure(Cell::new(f.unit(), value(f.unit())))).collect()
}

/// What is printed of figures beside a table.
pub(crate) fn definitions(figures: &[Figure], lang: Lang) -> Vec<(String, String)> {
    let define = |f: &Figure| Some((name_of(*f, lang).to_owned(), f.definition(lang)?.to_owned()));
    figures.iter().filter_map(define).collect()
}

impl Sheet {
    pub(crate) fn new(code: &'static str, title: &str) -> Self {
        Self {
            code,
            title: title.to_owned(),
            keys: Vec::new(),
            columns: Vec::new(),
            lines: Vec::new(),
            total: None,
            notes: Vec::new(),
            definitions: Vec::new(),
            scale: Money::Yuan,
        }
    }

    /// A table of totals as it is: rows by their codes, all figures, the total, what is to be known.
    pub(crate) fn of(code: &'static str, title: &str, table: &Table, lang: Lang) -> Self {
        let mut sheet = Self::new(code, title);
        sheet.keys = table.by.iter().map(|d| (d.code().to_owned(), name_of(*d, lang).to_owned())).collect();
        let column =
            |f: &Figure| Column { code: f.code().to_owned(), name: name_of(*f, lang).to_owned(), unit: Some(f.unit()) };
        sheet.columns = table.figures.iter().map(column).collect();
        let entries = |values: &[Value]| {
            let cells = table.figures.iter().zip(values);
            cells.map(|(f, value)| Entry::Figure(Cell::new(f.unit(), *value))).collect()
        };
        let line = |row: &Row| Line {
            keys: table.by.iter().zip(&row.codes).map(|(d, code)| Key::of(*d, code, lang)).collect(),
            entries: entries(&row.values),
            not_comparable: row.not_comparable.is_some() && table.by.contains(&Dimension::District),
        };
        sheet.lines = table.rows.iter().map(line).collect();
        sheet.total = Some(Line {
            keys: vec![Key { text: Word::Total.text(lang).to_owned(), ..Key::default() }],
            entries: entries(&table.total),
            not_comparable: table.not_comparable.is_some(),
        });
        for (figure, overlap) in table.figures.iter().zip(&table.overlap) {
            if let (Nature::Distinct, Some(overlap @ 1..)) = (figure.nature(), overlap) {
                let said = format!("{}{} {overlap}", Word::NoteDistinct.text(lang), name_of(*figure, lang));
                sheet.notes.push(said);
            }
        }
        sheet.definitions = definitions(&table.figures, lang);
        sheet
    }

    /// Chooses the unit of its amounts, once, and says what has to be said of them.
    #[must_use]
    pub(crate) fn finished(mut self, unit: Option<Money>, lang: Lang) -> Self {
        let largest = self.cells().filter_map(|cell| match (cell.unit, cell.value) {
            (Unit::Fen, Value::Whole(fen)) => Some(fen.checked_abs().unwrap_or(i128::MAX)),
            _ => None,
        });
        self.scale = unit.unwrap_or_else(|| Money::for_largest(largest.max().unwrap_or(0)));
        let scale = self.scale;
        if self.all_lines().any(|line| line.not_comparable) {
            self.notes.push(Word::NoteNotComparable.text(lang).to_owned());
        }
        if self.cells().any(|cell| cell.shown(scale).is_none()) {
            self.notes.push(Word::NoteDash.text(lang).to_owned());
        }
        self
    }

    /// Whether amounts are in it.
    pub(crate) fn has_money(&self) -> bool {
        self.cells().any(|cell| cell.unit == Unit::Fen)
    }

    /// Whether a column has amounts.
    pub(crate) fn is_of_money(&self, column: usize) -> bool {
        self.all_lines()
            .any(|line| matches!(line.entries.get(column), Some(Entry::Figure(cell)) if cell.unit == Unit::Fen))
    }

    /// Whether a column has numbers: then its heading and texts in it stand where numbers do.
    pub(crate) fn is_of_numbers(&self, column: usize) -> bool {
        self.all_lines().any(|line| matches!(line.entries.get(column), Some(Entry::Figure(_))))
    }

    /// Rows, and the total behind them.
    pub(crate) fn all_lines(&self) -> impl Iterator<Item = &Line> {
        self.lines.iter().chain(&self.total)
    }

    fn cells(&self) -> impl Iterator<Item = Cell> {
        self.all_lines().flat_map(|line| &line.entries).filter_map(|entry| match entry {
            Entry::Figure(cell) => Some(*cell),
            Entry::Text(_) | Entry::Link { .. } => None,
        })
    }
}

impl Key {
    pub(crate) fn of(dimension: Dimension, code: &str, lang: Lang) -> Self {
        Self { code: code.to_owned(), text: dimension.name(code, lang), href: None }
    }

    pub(crate) fn text(text: &str) -> Self {
        Self { code: text.to_owned(), text: text.to_owned(), href: None }
    }
}
