//! A column of labels that cuts a sample into groups.

use crate::{Error, check};
use primitives::{Column, MISSING_CODE, label_order};

/// A column of labels: segment, protected group or period.
///
/// A row without a label is a group of its own, named by an empty text.
///
/// # Examples
/// ```
/// use validation::Grouping;
/// let g = Grouping::from_labels("district", ["east", "west", "east", ""]);
/// assert_eq!(g.levels, ["east", "west"]);
/// assert_eq!(g.rows(), 4);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grouping {
    /// Name of the column.
    pub column: String,
    /// Per row an index into `levels`, or [`MISSING_CODE`].
    pub codes: Vec<u32>,
    /// The distinct labels.
    pub levels: Vec<String>,
}

impl Grouping {
    /// A grouping from one label per row; an empty label is missing.
    pub fn from_labels<'a>(column: impl Into<String>, labels: impl IntoIterator<Item = &'a str>) -> Self {
        let mut builder = primitives::TextBuilder::default();
        for label in labels {
            builder.push(Some(label).filter(|l| !l.is_empty()));
        }
        let Column::Text { codes, levels } = builder.finish() else {
            unreachable!("a text builder makes a text column")
        };
        Self { column: column.into(), codes, levels }
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.codes.len()
    }

    /// Checks the number of rows and that every code has a label.
    pub(crate) fn check(&self, what: &'static str, rows: usize) -> Result<(), Error> {
        check::same_length(what, rows, self.codes.len())?;
        let unknown = |code: &u32| *code != MISSING_CODE && *code as usize >= self.levels.len();
        match self.codes.iter().position(unknown) {
            None => Ok(()),
            Some(row) => Err(Error::OutOfRange {
                what,
                row,
                value: f64::from(self.codes[row]),
                lo: 0.0,
                hi: self.levels.len() as f64 - 1.0,
            }),
        }
    }

    /// The levels that some row has, in the order of [`label_order`]; an empty label is none.
    pub(crate) fn levels_in_order(&self) -> Vec<usize> {
        let mut used = vec![false; self.levels.len()];
        for code in &self.codes {
            if let Some(u) = used.get_mut(*code as usize) {
                *u = true;
            }
        }
        let levels: Vec<usize> = (0..used.len()).filter(|l| used[*l] && !self.levels[*l].is_empty()).collect();
        let labels: Vec<&str> = levels.iter().map(|l| self.levels[*l].as_str()).collect();
        label_order(&labels).into_iter().map(|place| levels[place]).collect()
    }

    /// Rows of each group, in order of labels, those without a label last; empty groups are left out.
    pub(crate) fn groups(&self) -> Vec<(String, Vec<usize>)> {
        let levels = self.levels_in_order();
        let mut group = vec![levels.len(); self.levels.len()];
        for (place, level) in levels.iter().enumerate() {
            group[*level] = place;
        }
        let mut rows = vec![Vec::new(); levels.len() + 1];
        for (row, code) in self.codes.iter().enumerate() {
            rows[group.get(*code as usize).copied().unwrap_or(levels.len())].push(row);
        }
        let labels = levels.iter().map(|l| self.levels[*l].clone()).chain(std::iter::once(String::new()));
        labels.zip(rows).filter(|(_, rows)| !rows.is_empty()).collect()
    }
}
