//! A model ready to rate features of one day.

use super::texts::Texts;
use crate::desk::{Desk, Loaded};
use crate::refusal;
use arc_swap::ArcSwap;
use chrono::NaiveDate;
use features::catalogue::Catalogue;
use primitives::Value;
use rating::{About, FeatureRow, Inputs, line_rule};
use scoring::commercial::{Assessor, CommercialRating};
use std::collections::HashMap;
use std::ops::RangeInclusive;
use std::sync::Arc;
use tonic::Status;

/// A model, the line rule of a day, and where its inputs stand in a row.
#[derive(Debug)]
pub(crate) struct Rater {
    pub(crate) loaded: Arc<Loaded>,
    pub(crate) assessor: Assessor<'static>,
    pub(crate) texts: Texts,
    inputs: Inputs,
    catalogue_version: String,
    /// Names of what is read, with their places in the catalogue.
    places: HashMap<String, usize>,
}

/// An enterprise and its rating.
#[derive(Debug)]
pub(crate) struct Assessed<'t> {
    pub(crate) about: About<'t>,
    pub(crate) values: Vec<Value<'static>>,
    pub(crate) rating: CommercialRating<'t>,
}

impl Rater {
    fn new(loaded: Arc<Loaded>, catalogue: &Catalogue, as_of: NaiveDate) -> Result<Self, String> {
        let rule = line_rule(loaded.assessor.line_rule(), as_of);
        let assessor = loaded.assessor.clone().with_line_rule(rule).map_err(|e| e.to_string())?;
        let inputs = Inputs::new(loaded.model, &assessor, catalogue).map_err(|e| e.to_string())?;
        let places = inputs.features().map(|place| (catalogue.features[place].column.clone(), place)).collect();
        let texts = Texts::new(loaded.model, &assessor.section().indicators);
        Ok(Self { loaded, assessor, texts, inputs, catalogue_version: catalogue.version.clone(), places })
    }

    /// The place of a feature among those of the catalogue, where the model or its line reads it.
    pub(crate) fn place(&self, name: &str) -> Option<usize> {
        self.places.get(name).copied()
    }

    /// What a caller may say of the feature at a place.
    pub(crate) fn range(&self, place: usize) -> RangeInclusive<f64> {
        self.inputs.range(place)
    }

    pub(crate) fn catalogue_version(&self) -> &str {
        &self.catalogue_version
    }

    /// Rates a row.
    ///
    /// # Errors
    /// INTERNAL when the row cannot be used; the log says why, without values.
    pub(crate) fn assess<'t>(&self, row: &impl FeatureRow<'t>) -> Result<Assessed<'t>, Status> {
        self.try_assess(row).map_err(|column| {
            tracing::error!(column, model = self.loaded.digest, "a row of features cannot be rated");
            refusal::internal()
        })
    }

    /// The column that is at fault; texts of errors quote values, which no log may hold.
    fn try_assess<'t>(&self, row: &impl FeatureRow<'t>) -> Result<Assessed<'t>, &'static str> {
        let column = |e: rating::Error| match e {
            rating::Error::Cell { column, .. } => column,
            _ => "",
        };
        let states = self.inputs.states(row).map_err(column)?;
        let about = self.inputs.about(row, states).map_err(column)?;
        let mut values = Vec::with_capacity(self.loaded.model.file().characteristics.len());
        self.inputs.values(row, states, &mut values);
        let rating = self.assessor.assess(&values, &about.facts).map_err(|_| "")?;
        Ok(Assessed { about, values, rating })
    }
}

type ByDay = HashMap<NaiveDate, Arc<Rater>>;

/// Raters by model digest and day; they are few.
#[derive(Debug, Default)]
pub(crate) struct Raters(ArcSwap<HashMap<String, ByDay>>);

impl Raters {
    /// The rater of a model for features of a day.
    ///
    /// # Errors
    /// INTERNAL when the model does not fit the catalogue or the rule of the day.
    pub(crate) fn get(&self, desk: &Desk, loaded: &Arc<Loaded>, as_of: NaiveDate) -> Result<Arc<Rater>, Status> {
        if let Some(found) = self.0.load().get(&loaded.digest).and_then(|days| days.get(&as_of)) {
            return Ok(Arc::clone(found));
        }
        let made = Rater::new(Arc::clone(loaded), desk.catalogue(), as_of).map_err(|why| {
            tracing::error!(model = loaded.digest, why, "the model cannot rate");
            refusal::internal()
        })?;
        let made = Arc::new(made);
        self.0.rcu(|all| {
            let mut all = HashMap::clone(all);
            all.entry(loaded.digest.clone()).or_default().insert(as_of, Arc::clone(&made));
            all
        });
        Ok(made)
    }
}
