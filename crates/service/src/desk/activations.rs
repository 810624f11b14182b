//! Which model rates, as the store knows it; and what keeps one from it.

use super::{Desk, Loaded};
use chrono::NaiveDate;
use std::collections::HashSet;
use store::{NewActivation, NewLine, Record, Store, Write};

impl Desk {
    /// Lets the models rate that the store says: of each name the one that was activated last. One that is not loaded
    /// leaves the one before it, and the log says so.
    ///
    /// # Errors
    /// Those of [`Store::activations`].
    pub async fn take_activations(&self) -> Result<(), store::Error> {
        let mut decided = HashSet::new();
        for stored in self.store().activations().await? {
            let digest = &stored.activation.model_digest;
            match self.models().get(digest) {
                Some(loaded) => {
                    if decided.insert(loaded.model.file().model_id.clone()) && !self.models().is_active(digest) {
                        self.models().activate(digest);
                        tracing::info!(digest, "model active");
                    }
                }
                None => tracing::debug!(digest, "an activated model is not in the folder of models"),
            }
        }
        Ok(())
    }
}

/// What keeps a model from rating, as of a day; nothing where it may.
pub fn refusals(model: &Loaded, reviewer: &str, today: NaiveDate) -> Vec<&'static str> {
    let card = &model.model.file().card;
    let mut out = Vec::new();
    if reviewer.trim().is_empty() {
        out.push("no one has reviewed it");
    }
    if reviewer.trim() == card.author.trim() {
        out.push("its author reviewed it");
    }
    if card.reviewer.as_ref().is_some_and(|named| named.trim() != reviewer.trim()) {
        out.push("its file names another reviewer");
    }
    if card.valid_from.is_some_and(|from| today < from) {
        out.push("its first day of use is still to come");
    }
    if card.valid_until.is_some_and(|until| until < today) {
        out.push("its last day of use is over");
    }
    out
}

/// Stores an activation by the operator of this machine; whether it may be is [`refusals`].
///
/// # Errors
/// Those of [`Store::write`].
pub async fn activate(store: &Store, model: &Loaded, reviewer: &str, reason: &str) -> Result<(), store::Error> {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let at = since.map_or(0, |d| d.as_micros().try_into().unwrap_or(i64::MAX));
    let activation = NewActivation {
        model_digest: model.digest.clone(),
        author: model.model.file().card.author.clone(),
        reviewer: reviewer.to_owned(),
        activated_at: at,
        activated_by: "operator".into(),
    };
    let line = NewLine {
        at,
        actor: "operator".into(),
        role: "operator".into(),
        tenant: None,
        action: "ActivateModel".into(),
        subject: None,
        purpose: None,
        outcome: "OK".into(),
        object_id: Some(model.digest.clone()),
        detail: Some(reason.to_owned()),
    };
    store.write(Write::of(line, Record::Activation(activation))).await.map(drop)
}
