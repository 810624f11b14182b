use crate::axis::{Axis, Lookup, wrong_type};
use crate::error::Error;
use crate::kernel::{BLOCK, Levels, Source, Steps, Sums, TopSums, fold_block};
use crate::model::{CompiledTable, Model};
use crate::rating::{Rating, points_lost};
use primitives::{ColumnView, MISSING_CODE, Value};
use std::ops::Range;

/// A model bound to the columns of one table.
///
/// # Examples
/// ```
/// use primitives::ColumnView;
/// use scoring::Model;
///
/// let model = Model::from_json(include_bytes!("../examples/model.json"))?;
/// let years = [7.0, 0.5, f64::NAN];
/// let levels = ["retail".to_owned(), "catering".to_owned()];
/// let columns = [
///     ("years", ColumnView::Number(&years)),
///     ("industry", ColumnView::Text { codes: &[0, 1, 0], levels: &levels }),
/// ];
/// let batch = model.bind(&columns)?;
/// let mut scores = vec![0; batch.rows()];
/// batch.score(0..3, &mut scores)?;
/// assert_eq!(scores, [640, 520, 600]);
/// # Ok::<(), scoring::Error>(())
/// ```
#[derive(Debug)]
pub struct Batch<'m, 't> {
    model: &'m Model,
    columns: Vec<ColumnView<'t>>,
    rows: usize,
    /// Points per bin, one source a table.
    points: Vec<Source<'t>>,
    /// Packed losses per bin, one source a table.
    keys: Vec<Source<'t>>,
    data_coverage: f64,
}

impl Model {
    /// Binds columns by name; columns that the model does not know are passed over.
    ///
    /// # Errors
    /// [`Error::MissingColumn`], [`Error::WrongType`], [`Error::GivenTwice`], [`Error::UnequalLength`]
    /// or [`Error::CodeOutsideDictionary`].
    pub fn bind<'m, 't>(&'m self, table: &[(&str, ColumnView<'t>)]) -> Result<Batch<'m, 't>, Error> {
        let mut slots: Vec<Option<ColumnView<'t>>> = vec![None; self.file().characteristics.len()];
        let mut length: Option<usize> = None;
        for &(name, column) in table {
            let Some(at) = self.position(name) else { continue };
            if slots[at].replace(column).is_some() {
                return Err(Error::GivenTwice { characteristic: name.to_owned() });
            }
            let expected = *length.get_or_insert(column.len());
            if column.len() != expected {
                return Err(Error::UnequalLength { column: name.to_owned(), found: column.len(), expected });
            }
        }
        let mut columns = Vec::with_capacity(slots.len());
        for (c, slot) in self.file().characteristics.iter().zip(slots) {
            let column = slot.ok_or_else(|| Error::MissingColumn { column: c.name.clone() })?;
            if let ColumnView::Text { codes, levels } = column
                && let Some(&code) = codes.iter().find(|&&c| c != MISSING_CODE && c as usize >= levels.len())
            {
                return Err(Error::CodeOutsideDictionary { column: c.name.clone(), code, levels: levels.len() });
            }
            columns.push(column);
        }
        let authorised = columns.iter().filter(|c| !matches!(c, ColumnView::NotAuthorised { .. })).count();
        let data_coverage = self.data_coverage(authorised);
        let mut batch = Batch {
            model: self,
            columns,
            rows: length.unwrap_or(0),
            points: Vec::new(),
            keys: Vec::new(),
            data_coverage,
        };
        batch.compile()?;
        Ok(batch)
    }
}

impl<'t> Batch<'_, 't> {
    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Scores of the rows in `range`, without reasons.
    ///
    /// # Errors
    /// [`Error::WrongRange`] when the range lies outside the table or `out` has another length.
    pub fn score(&self, range: Range<usize>, out: &mut [i32]) -> Result<(), Error> {
        self.check(&range, out.len())?;
        let base = f64::from(self.model.file().base_points);
        let mut start = range.start;
        for chunk in out.chunks_mut(BLOCK) {
            let mut sums = Sums::new();
            fold_block(&self.points, start, chunk.len(), &mut sums);
            for (o, t) in chunk.iter_mut().zip(&sums.total) {
                *o = (base + t) as i32;
            }
            start += chunk.len();
        }
        Ok(())
    }

    /// Ratings of the rows in `range`.
    ///
    /// # Errors
    /// [`Error::WrongRange`] when the range lies outside the table or `out` has another length.
    pub fn assess(&self, range: Range<usize>, out: &mut [Rating]) -> Result<(), Error> {
        self.check(&range, out.len())?;
        let mut start = range.start;
        for chunk in out.chunks_mut(BLOCK) {
            let mut sums = TopSums::new();
            fold_block(&self.keys, start, chunk.len(), &mut sums);
            let mut scores = [0; BLOCK];
            if self.model.one_sum {
                let full_score = self.model.full_score;
                for (s, t) in scores.iter_mut().zip(&sums.total) {
                    *s = full_score - points_lost(*t as i64) as i32;
                }
            } else {
                self.score(start..start + chunk.len(), &mut scores[..chunk.len()])?;
            }
            let top = &sums.top;
            for (i, o) in chunk.iter_mut().enumerate() {
                let keys = [top[0][i] as i64, top[1][i] as i64, top[2][i] as i64, top[3][i] as i64];
                *o = self.model.rating(scores[i], self.model.reasons(keys), self.data_coverage);
            }
            start += chunk.len();
        }
        Ok(())
    }

    /// The values of one row, in the order of the characteristics.
    ///
    /// # Panics
    /// When the table has no such row.
    pub fn values(&self, row: usize) -> Vec<Value<'t>> {
        self.columns
            .iter()
            .map(|c| match *c {
                ColumnView::Number(x) => Value::number(x[row]),
                ColumnView::Text { codes, levels } => {
                    levels.get(codes[row] as usize).map_or(Value::Missing, |l| Value::Text(l))
                }
                ColumnView::NotAuthorised { .. } => Value::NotAuthorised,
            })
            .collect()
    }

    fn check(&self, range: &Range<usize>, room: usize) -> Result<(), Error> {
        if range.start > range.end || range.end > self.rows || room != range.len() {
            return Err(Error::WrongRange { start: range.start, end: range.end, room, rows: self.rows });
        }
        Ok(())
    }

    /// Turns the tables into sources of the kernel, and checks the types of the columns.
    fn compile(&mut self) -> Result<(), Error> {
        for (c, column) in self.model.file().characteristics.iter().zip(&self.columns) {
            match (c.kind, column) {
                (crate::Kind::Number, ColumnView::Text { .. }) => {
                    return Err(wrong_type(&c.name, "a number", "a column of text".into()));
                }
                (crate::Kind::Text, ColumnView::Number(_)) => {
                    return Err(wrong_type(&c.name, "a text", "a column of numbers".into()));
                }
                _ => {}
            }
        }
        for table in &self.model.tables {
            self.points.push(self.source(table, |bin| f64::from(table.points[bin])));
            self.keys.push(self.source(table, |bin| table.keys[bin] as f64));
        }
        Ok(())
    }

    /// A table's bins as what its columns add.
    fn source(&self, table: &CompiledTable, value: impl Fn(usize) -> f64) -> Source<'t> {
        let (first, second) = table.over;
        match (second, &table.axes.1) {
            (Some(second), Some(axis)) => {
                let rows = axis_source(&table.axes.0, self.columns[first], |bin| (bin * table.width) as f64);
                let columns = axis_source(axis, self.columns[second], |bin| bin as f64);
                let mut cells: Vec<f64> = (0..table.points.len()).map(value).collect();
                // Whole sixteens are looked up faster; none of what fills them is reached.
                cells.resize(cells.len().next_multiple_of(16), 0.0);
                Source::Pair { axes: Box::new([rows, columns]), cells }
            }
            _ => axis_source(&table.axes.0, self.columns[first], value),
        }
    }
}

/// An axis' bins as what a column adds.
fn axis_source<'t>(axis: &Axis, column: ColumnView<'t>, value: impl Fn(usize) -> f64) -> Source<'t> {
    match (column, &axis.lookup) {
        (ColumnView::Number(x), Lookup::Number { edges, special }) => {
            let steps = Steps {
                first: value(0),
                edges: edges.iter().enumerate().map(|(k, e)| (e, value(k + 1) - value(k))).collect(),
                missing: value(axis.missing),
                special: special.iter().map(|&(x, bin)| (x, value(bin))).collect(),
            };
            Source::Number { x, steps }
        }
        (ColumnView::Text { codes, levels }, Lookup::Text { .. }) => {
            let values = levels.iter().map(|l| value(axis.text_bin(l))).collect();
            Source::Text { codes, values: Levels::new(values, value(axis.missing)) }
        }
        (ColumnView::NotAuthorised { .. }, _) => Source::Constant(value(axis.not_authorised)),
        _ => unreachable!("the types of the columns were checked"),
    }
}
