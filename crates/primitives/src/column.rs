use std::collections::HashMap;

/// The code of a missing value in a [`ColumnView::Text`].
pub const MISSING_CODE: u32 = u32::MAX;

/// A column of a table in memory.
#[derive(Debug, Clone, PartialEq)]
pub enum Column {
    /// Numbers; a missing value is `NaN`, and no value is infinite.
    Number(Vec<f64>),
    /// Dictionary-coded text.
    Text {
        /// Per row an index into `levels`, or [`MISSING_CODE`].
        codes: Vec<u32>,
        /// The distinct texts, in order of first appearance.
        levels: Vec<String>,
    },
}

impl Column {
    /// Number of rows.
    pub fn len(&self) -> usize {
        match self {
            Self::Number(v) => v.len(),
            Self::Text { codes, .. } => codes.len(),
        }
    }

    /// Whether the column has no row.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The text of a row; `None` where it is missing, and in a column of numbers.
    ///
    /// # Panics
    /// When there is no such row.
    pub fn text(&self, row: usize) -> Option<&str> {
        match self {
            Self::Number(_) => None,
            Self::Text { codes, .. } if codes[row] == MISSING_CODE => None,
            Self::Text { codes, levels } => Some(&levels[codes[row] as usize]),
        }
    }

    /// The column, borrowed.
    pub fn view(&self) -> ColumnView<'_> {
        match self {
            Self::Number(v) => ColumnView::Number(v),
            Self::Text { codes, levels } => ColumnView::Text { codes, levels },
        }
    }
}

/// A column of a table, borrowed from wherever the caller keeps it.
///
/// This is how whole tables reach training and batch scoring: no row objects, no copies.
#[derive(Debug, Clone, Copy)]
pub enum ColumnView<'a> {
    /// Numbers. `NaN` and the infinities are missing.
    Number(&'a [f64]),
    /// Dictionary-coded text.
    Text {
        /// Per row an index into `levels`, or [`MISSING_CODE`].
        codes: &'a [u32],
        /// The distinct texts; the empty text stands for missing too.
        levels: &'a [String],
    },
    /// The source of this column is not authorised, for every row.
    NotAuthorised {
        /// Number of rows.
        rows: usize,
    },
}

impl ColumnView<'_> {
    /// Number of rows.
    pub fn len(&self) -> usize {
        match self {
            Self::Number(v) => v.len(),
            Self::Text { codes, .. } => codes.len(),
            Self::NotAuthorised { rows } => *rows,
        }
    }

    /// Whether the column has no row.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Builds a dictionary-coded text column row by row.
///
/// # Examples
/// ```
/// use primitives::{Column, MISSING_CODE, TextBuilder};
/// let mut b = TextBuilder::default();
/// for v in [Some("a"), None, Some("b"), Some("a")] {
///     b.push(v);
/// }
/// let Column::Text { codes, levels } = b.finish() else { unreachable!() };
/// assert_eq!(codes, [0, MISSING_CODE, 1, 0]);
/// assert_eq!(levels, ["a", "b"]);
/// ```
#[derive(Debug, Default)]
pub struct TextBuilder {
    codes: Vec<u32>,
    levels: Vec<String>,
    index: HashMap<String, u32>,
    last: u32,
}

impl TextBuilder {
    /// Appends a row; `None` is missing.
    pub fn push(&mut self, value: Option<&str>) {
        let Some(text) = value else {
            self.codes.push(MISSING_CODE);
            return;
        };
        // Neighbouring rows often repeat a value: skip the hash for those.
        let code = match self.levels.get(self.last as usize) {
            Some(l) if l == text => self.last,
            _ => match self.index.get(text) {
                Some(&c) => c,
                None => {
                    let c = u32::try_from(self.levels.len()).expect("fewer levels than rows, and rows fit memory");
                    self.index.insert(text.to_owned(), c);
                    self.levels.push(text.to_owned());
                    c
                }
            },
        };
        self.last = code;
        self.codes.push(code);
    }

    /// The column.
    pub fn finish(self) -> Column {
        Column::Text { codes: self.codes, levels: self.levels }
    }
}
