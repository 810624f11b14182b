//! In how many ratings each feature was missing, month by month: a task reads what ratings were made from behind the audit
//! lines, in their order, and moves counts on that the store keeps. Whoever asks for a rating does not wait for it, and
//! whoever asks for a share reads the counts.
//!
//! Missing is what the row says so: not known (`u`) or not authorised (`n`). An empty denominator (`0`) is a value that was
//! known. A row of another version of the catalogue, one that does not open and one whose key was destroyed before it
//! was counted are not counted.

use super::{Ratings, inputs};
use crate::desk::{Desk, day};
use chrono::NaiveDate;
use rating::{FeatureRow as _, Inputs, Text};
use std::collections::BTreeMap;
use std::time::Duration;
use store::{InputCount, Kept, NewInputCounts};
use tokio::task::JoinHandle;
use tokio::time::sleep;

/// How often the store is looked at when all is counted.
const LOOK: Duration = Duration::from_secs(2);
/// Ratings that are read at a time.
const ROWS: u32 = 512;

/// The task that counts, for as long as this is held.
#[derive(Debug)]
pub struct Counting(JoinHandle<()>);

impl Drop for Counting {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// A feature that a model reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadFeature {
    /// Its name in tables.
    pub name: String,
    /// In Chinese.
    pub name_zh: String,
    /// In English.
    pub name_en: String,
}

impl Ratings {
    /// Starts the task that counts; any number of servers of a store may, each rating is counted once.
    pub fn count_inputs(&self) -> Counting {
        let desk = self.desk().clone();
        Counting(tokio::spawn(async move {
            loop {
                match step(&desk).await {
                    Ok(true) => {}
                    Ok(false) => sleep(LOOK).await,
                    Err(e) => {
                        tracing::error!(error = %e, "missing features of ratings are not counted");
                        sleep(LOOK).await;
                    }
                }
            }
        }))
    }

    /// Counts until nothing is left, for tools and tests.
    ///
    /// # Errors
    /// [`store::Error`].
    pub async fn count_all_inputs(&self) -> Result<(), store::Error> {
        while step(self.desk()).await? {}
        Ok(())
    }

    /// In how many ratings of each month a feature was missing, of ratings made from `first` to `last` in Beijing; the empty
    /// name has how many ratings there were.
    ///
    /// # Errors
    /// [`store::Error`].
    pub async fn missing_inputs(&self, first: NaiveDate, last: NaiveDate) -> Result<Vec<InputCount>, store::Error> {
        self.desk().store().input_counts(&first.to_string(), &last.to_string()).await
    }

    /// The features that the active models read, for score and line, in the order of the catalogue, each once; those of all
    /// models where none is active.
    pub fn read_features(&self) -> Vec<ReadFeature> {
        let (models, catalogue) = (self.desk().models(), self.desk().catalogue());
        let all = models.all();
        let rates = all.iter().any(|loaded| models.is_active(&loaded.digest));
        let mut places: Vec<usize> = all
            .iter()
            .filter(|loaded| !rates || models.is_active(&loaded.digest))
            .filter_map(|loaded| Inputs::new(loaded.model, &loaded.assessor, catalogue).ok())
            .flat_map(|inputs| inputs.features().collect::<Vec<_>>())
            .collect();
        places.sort_unstable();
        places.dedup();
        let of = |place: usize| {
            let feature = catalogue.features.get(place)?;
            Some(ReadFeature {
                name: feature.column.clone(),
                name_zh: feature.name_zh.clone(),
                name_en: feature.name_en.clone(),
            })
        };
        places.into_iter().filter_map(of).collect()
    }
}

/// Counts the next ratings; whether there may be more.
async fn step(desk: &Desk) -> Result<bool, store::Error> {
    let (store, catalogue) = (desk.store(), desk.catalogue());
    let after = store.inputs_counted_through().await?;
    let rows = store.inputs_after(after, ROWS).await?;
    let Some((through, ..)) = rows.last() else { return Ok(false) };
    let is_full = rows.len() == ROWS as usize;
    let mut new = NewInputCounts { after, through: *through, counts: BTreeMap::new() };
    for (_, made_at, inputs) in &rows {
        let Kept::Here(bytes) = inputs else { continue };
        let Some((_, row)) = inputs::read(bytes) else { continue };
        let row = &row;
        let states = row.text(Text::States).unwrap_or_default().as_bytes();
        let version = row.text(Text::CatalogueVersion).unwrap_or_default();
        if version != catalogue.version || states.len() != catalogue.features.len() {
            continue;
        }
        let on = day::of(*made_at).to_string();
        *new.counts.entry((on.clone(), String::new())).or_default() += 1;
        for (feature, state) in catalogue.features.iter().zip(states) {
            if matches!(state, b'u' | b'n') {
                *new.counts.entry((on.clone(), feature.column.clone())).or_default() += 1;
            }
        }
    }
    // Where another server was faster, its counts are read next.
    Ok(!store.count_inputs(new).await? || is_full)
}
