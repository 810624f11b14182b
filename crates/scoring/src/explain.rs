use crate::error::Error;
use crate::model::Model;
use crate::rating::Rating;
use primitives::Value;

/// One row taken apart: the rating and what each table gave.
#[derive(Debug, Clone, PartialEq)]
pub struct Explanation {
    /// The rating, equal to that of [`Model::assess`].
    pub rating: Rating,
    /// One entry per table, in the order of the model file; with the base points their points add up
    /// to the score.
    pub contributions: Vec<Contribution>,
}

/// What one table gave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Contribution {
    /// Index of the table.
    pub table: usize,
    /// Number of the bin that the row fell into.
    pub bin: usize,
    /// Points of that bin.
    pub points: i32,
    /// Points of the table's best bin.
    pub points_max: i32,
}

impl Model {
    /// Rates a row and shows what each table gave.
    ///
    /// # Errors
    /// As [`Model::assess`].
    pub fn explain(&self, values: &[Value<'_>]) -> Result<Explanation, Error> {
        let mut contributions = Vec::with_capacity(self.tables.len());
        let rating = self.visit(values, |t, bin| {
            let points = &self.tables[t].points;
            let points_max = points.iter().copied().max().unwrap_or(0);
            contributions.push(Contribution { table: t, bin, points: points[bin], points_max });
        })?;
        let sum: i64 = contributions.iter().map(|c| i64::from(c.points)).sum();
        assert_eq!(i64::from(self.file().base_points) + sum, i64::from(rating.score), "an explanation adds up");
        Ok(Explanation { rating, contributions })
    }
}
