//! Answers.

use crate::query::Query;
use crate::{Dimension, Figure, Value};
use chrono::NaiveDate;
use ledger::event::UnixMicros;
use primitives::region::GroundChange;

/// A table of figures.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// What the rows are made by.
    pub by: Vec<Dimension>,
    /// What the values are.
    pub figures: Vec<Figure>,
    /// Rows in the order of their codes; one that is empty in every figure is not there.
    pub rows: Vec<Row>,
    /// The values of all that counts: computed by itself and not from the rows.
    pub total: Vec<Value>,
    /// By figure: what the rows exceed the total by, for distinct counts; `None` for others, and where rows are of time.
    pub overlap: Vec<Option<i128>>,
    /// First day of the period.
    pub from: NaiveDate,
    /// Last day of the period.
    pub to: NaiveDate,
    /// The recorded time that was asked for.
    pub recorded_at: Option<UnixMicros>,
    /// The last line of the ledger that counts.
    pub seq: u64,
    /// A change of ground within the period that touches a district of the filter.
    pub not_comparable: Option<&'static GroundChange>,
}

/// A row.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// Its codes, one for each dimension; an empty one for what is not stated.
    pub codes: Vec<String>,
    /// Its values, one for each figure.
    pub values: Vec<Value>,
    /// A change of ground within the period that touches its district: its figures of before and after are not those of one
    /// territory.
    pub not_comparable: Option<&'static GroundChange>,
}

impl Table {
    pub(crate) fn empty(query: &Query, figures: Vec<Figure>, seq: u64) -> Self {
        Self {
            by: query.by.clone(),
            overlap: vec![None; figures.len()],
            total: vec![Value::None; figures.len()],
            figures,
            rows: Vec::new(),
            from: query.from,
            to: query.to,
            recorded_at: query.recorded_at,
            seq,
            not_comparable: None,
        }
    }

    /// The value of a figure in a row with these codes.
    pub fn value(&self, codes: &[&str], figure: Figure) -> Option<Value> {
        let at = self.figures.iter().position(|f| *f == figure)?;
        let row = self.rows.iter().find(|r| r.codes.iter().map(String::as_str).eq(codes.iter().copied()))?;
        row.values.get(at).copied()
    }

    /// The value of a figure over all.
    pub fn of_all(&self, figure: Figure) -> Option<Value> {
        self.total.get(self.figures.iter().position(|f| *f == figure)?).copied()
    }
}
