//! A table of features, as `shangzhi features` writes it, bound by the model that reads it.

use anyhow::{Context as _, Result, bail};
use features::catalogue::Catalogue;
use primitives::Column;
use rating::{FeatureRow, Figure, Inputs, Text};
use scoring::Model;
use scoring::commercial::Assessor;
use std::path::Path;
use table::{ColumnType, ReadOptions, Table};

/// What is read of a table of features, and where.
pub(super) struct Reader<'m> {
    pub(super) inputs: Inputs,
    catalogue: &'m Catalogue,
}

impl<'m> Reader<'m> {
    pub(super) fn new(model: &Model, assessor: &Assessor<'_>, catalogue: &'m Catalogue) -> Result<Self> {
        Ok(Self { inputs: Inputs::new(model, assessor, catalogue)?, catalogue })
    }

    /// How the file is read: only what is needed.
    pub(super) fn options(&self) -> ReadOptions {
        let features = self.inputs.features().map(|place| self.catalogue.features[place].column.as_str());
        let mut names: Vec<String> = Text::ALL.iter().map(|t| t.column().to_owned()).collect();
        let mut types: std::collections::BTreeMap<_, _> = names.iter().map(|n| (n.clone(), ColumnType::Text)).collect();
        for name in Figure::ALL.iter().map(|f| f.column()).chain(features) {
            types.insert(name.to_owned(), ColumnType::Number);
            if !names.iter().any(|n| n == name) {
                names.push(name.to_owned());
            }
        }
        ReadOptions { types, only: Some(names), no_digest: true, ..Default::default() }
    }

    /// Binds the columns of a batch.
    pub(super) fn bind<'t>(&self, file: &Path, table: &'t Table) -> Result<Bound<'t>> {
        let column =
            |name: &str| table.column(name).with_context(|| format!("{}: there is no column {name:?}", file.display()));
        let number = |name: &str| match column(name)? {
            Column::Number(values) => Ok(values.as_slice()),
            Column::Text { .. } => bail!("{}: column {name:?} is not of numbers", file.display()),
        };
        let mut values: Vec<&[f64]> = vec![&[]; self.catalogue.features.len()];
        for place in self.inputs.features() {
            values[place] = number(&self.catalogue.features[place].column)?;
        }
        Ok(Bound {
            rows: table.rows(),
            texts: Text::ALL.iter().map(|t| column(t.column())).collect::<Result<_>>()?,
            figures: Figure::ALL.iter().map(|f| number(f.column())).collect::<Result<_>>()?,
            values,
        })
    }
}

/// The columns of a batch.
pub(super) struct Bound<'t> {
    pub(super) rows: usize,
    /// A column without any value is one of numbers, and has no text.
    texts: Vec<&'t Column>,
    figures: Vec<&'t [f64]>,
    /// By place among the features; empty where none is read.
    values: Vec<&'t [f64]>,
}

/// A row of a batch.
#[derive(Clone, Copy)]
pub(super) struct BoundRow<'b, 't>(pub(super) &'b Bound<'t>, pub(super) usize);

impl<'t> FeatureRow<'t> for BoundRow<'_, 't> {
    fn text(&self, column: Text) -> Option<&'t str> {
        self.0.texts[column as usize].text(self.1).filter(|t| !t.is_empty())
    }

    fn figure(&self, column: Figure) -> f64 {
        self.0.figures[column as usize][self.1]
    }

    fn value(&self, feature: usize) -> f64 {
        self.0.values[feature][self.1]
    }
}
