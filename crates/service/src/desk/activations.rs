//! What keeps a model from rating by its card, and activations by the operator of this machine.

use super::Loaded;
use chrono::NaiveDate;
use scoring::is_same_person;
use std::fmt;
use store::{NewActivation, NewLine, Record, Store, Write};

/// What keeps a model from rating.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refusal {
    /// No one has reviewed it.
    NoReviewer,
    /// Its author reviewed it.
    ReviewerIsAuthor,
    /// Its file names another reviewer.
    OtherReviewer,
    /// Its first day of use is still to come.
    NotYetValid,
    /// Its last day of use is over.
    Expired,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoReviewer => "no one has reviewed it",
            Self::ReviewerIsAuthor => "its author reviewed it",
            Self::OtherReviewer => "its file names another reviewer",
            Self::NotYetValid => "its first day of use is still to come",
            Self::Expired => "its last day of use is over",
        })
    }
}

/// What keeps a model from rating by its card, as of a day; nothing where it may.
///
/// - `reviewer`: who is said to have reviewed it; `None` asks about the one whom its file names.
pub fn refusals(model: &Loaded, reviewer: Option<&str>, today: NaiveDate) -> Vec<Refusal> {
    let card = &model.model.file().card;
    let named = card.reviewer.as_deref();
    let said = reviewer.or(named).unwrap_or_default();
    let none = said.trim().is_empty();
    // Who edited it by hand made it, as its author did.
    let is_author = [Some(said), named].into_iter().flatten().any(|r| model.model.file().maker(r).is_some());
    let is_other = named.is_some_and(|named| !is_same_person(named, said));
    let checks = [
        (none, Refusal::NoReviewer),
        (is_author, Refusal::ReviewerIsAuthor),
        (is_other && !none && !is_author, Refusal::OtherReviewer),
        (card.valid_from.is_some_and(|from| today < from), Refusal::NotYetValid),
        (card.valid_until.is_some_and(|until| until < today), Refusal::Expired),
    ];
    checks.into_iter().filter(|(holds, _)| *holds).map(|(_, refusal)| refusal).collect()
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
