//! Tables: a caption, column heads with scope, a row head in each row, and a note for cells without a figure.

use crate::text::{Key, Reason};
use crate::{Language, Outcome};
use maud::{Markup, html};

/// One cell.
pub(crate) enum Cell {
    /// Words, set flush left.
    Words(String),
    /// A number, set flush right.
    Number(String),
    /// There is no figure; the reason stands below the table.
    NotApplicable(Reason),
}

/// A cell of words.
pub(crate) fn words(text: impl Into<String>) -> Cell {
    Cell::Words(text.into())
}

/// A cell with a number.
pub(crate) fn number(text: impl Into<String>) -> Cell {
    Cell::Number(text.into())
}

/// A cell with a number, or the reason why there is none.
pub(crate) fn figure<T>(outcome: &Outcome<T>, format: impl FnOnce(&T) -> String) -> Cell {
    match outcome {
        Outcome::Value(v) => Cell::Number(format(v)),
        Outcome::NotApplicable(n) => Cell::NotApplicable(n.reason),
    }
}

/// A cell with words, or the reason why there are none.
pub(crate) fn outcome_words<T>(outcome: &Outcome<T>, format: impl FnOnce(&T) -> String) -> Cell {
    match outcome {
        Outcome::Value(v) => Cell::Words(format(v)),
        Outcome::NotApplicable(n) => Cell::NotApplicable(n.reason),
    }
}

/// A table under construction.
pub(crate) struct Table {
    id: Option<String>,
    caption: String,
    head: Vec<String>,
    rows: Vec<Vec<Cell>>,
}

impl Table {
    /// A table without rows.
    pub(crate) fn new(caption: impl Into<String>, head: &[&str]) -> Self {
        let head = head.iter().map(|h| (*h).to_owned()).collect();
        Self { id: None, caption: caption.into(), head, rows: Vec::new() }
    }

    /// Gives the table an id, for a picture to point to.
    pub(crate) fn id(mut self, id: &str) -> Self {
        self.id = Some(id.to_owned());
        self
    }

    /// Appends a row; its first cell is the row's head.
    pub(crate) fn row(&mut self, cells: Vec<Cell>) {
        debug_assert_eq!(cells.len(), self.head.len(), "{}", self.caption);
        self.rows.push(cells);
    }

    /// The table and its note.
    pub(crate) fn render(&self, language: Language) -> Markup {
        let mut reasons: Vec<&'static str> = Vec::new();
        for cell in self.rows.iter().flatten() {
            if let Cell::NotApplicable(reason) = cell
                && !reasons.contains(&reason.text(language))
            {
                reasons.push(reason.text(language));
            }
        }
        // A column without a single word holds numbers, also when none of them is known.
        let is_number = |column: usize| {
            let mut cells = self.rows.iter().filter_map(|r| r.get(column));
            !self.rows.is_empty() && cells.all(|c| !matches!(c, Cell::Words(_)))
        };
        let classes: Vec<Option<&str>> = (0..self.head.len()).map(|c| is_number(c).then_some("n")).collect();
        let text = |cell: &Cell| match cell {
            Cell::Words(t) | Cell::Number(t) => t.clone(),
            Cell::NotApplicable(_) => "—".to_owned(),
        };
        html! {
            div.table {
                table id=[self.id.as_deref()] {
                    caption { (self.caption) }
                    thead { tr { @for (head, class) in self.head.iter().zip(&classes) {
                        th scope="col" class=[*class] { (head) }
                    } } }
                    tbody { @for row in &self.rows { tr {
                        @for (i, (cell, class)) in row.iter().zip(&classes).enumerate() {
                            @if i == 0 { th scope="row" class=[*class] { (text(cell)) } }
                            @else { td class=[*class] { (text(cell)) } }
                        }
                    } } }
                }
                @if !reasons.is_empty() {
                    p.note { "— " (Key::NotApplicable.text(language)) (Key::Colon.text(language))
                        (reasons.join(Key::Separator.text(language))) (Key::Stop.text(language)) }
                }
            }
        }
    }
}
