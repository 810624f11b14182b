//! Ratings that banks of the demo asked for at the end of each of four years, stored as a server stores them: with reasons, and
//! with what they were computed from.
//!
//! The clock stands at the day of the features. Enterprises and consents are made, as all of the demo; no model is activated:
//! that is for a reviewer.

use anyhow::{Context as _, Result};
use features::schema::sources;
use features::snapshot::Snapshots;
use service::{Desk, Models, Ratings};
use std::path::Path;
use store::{NewConsent, NewLine, Record, Store, UnixMicros, Write};
use tokio::task::JoinSet;

/// Enterprises that are rated on each date.
const RATED: usize = 150;
/// The bank that asks.
const BANK: &str = "bank-a";
const DAY: UnixMicros = 86_400_000_000;

/// Rates the first enterprises of a snapshot as of its date; how many ratings were stored.
///
/// - `models`: the folder of models.
/// - `folder`: that of the snapshot, which may go afterwards: what a rating was computed from is stored with it.
///
/// # Errors
/// Of files, of the store, and what the service refuses.
pub(crate) async fn rate(store: &Store, models: &Path, folder: &Path, date: &str) -> Result<usize> {
    let snapshots = Snapshots::open(folder)?;
    let models = Models::open(models)?;
    let digests: Vec<String> = models.all().iter().map(|model| model.digest.clone()).collect();
    digests.iter().for_each(|digest| _ = models.activate(digest));
    // Five in the afternoon in Beijing.
    let day: chrono::NaiveDate = date.parse()?;
    let at = day.and_hms_opt(9, 0, 0).context("an hour")?.and_utc().timestamp_micros();
    let ids: Vec<String> =
        snapshots.current().ids().take(RATED).map(|id| id.map(str::to_owned)).collect::<Result<_, _>>()?;
    let desk = Desk::with_clock(store.clone(), snapshots, models, move || at);
    let ratings = Ratings::new(desk);
    let mut tasks = JoinSet::new();
    for id in ids {
        let (store, ratings) = (store.clone(), ratings.clone());
        tasks.spawn(async move {
            grant(&store, &id, at).await?;
            ratings.assess_here(BANK, &id).await?;
            Ok::<_, anyhow::Error>(())
        });
    }
    let mut rated = 0;
    while let Some(done) = tasks.join_next().await {
        done.context("a rating ended in a panic")?.context("an enterprise of the demo can not be rated")?;
        rated += 1;
    }
    Ok(rated)
}

/// An enterprise's consent for this bank, for a year.
async fn grant(store: &Store, enterprise: &str, at: UnixMicros) -> Result<()> {
    let consent = NewConsent {
        consent_id: format!("demo-{enterprise}-{}", at / DAY),
        tenant: BANK.to_owned(),
        subject: enterprise.to_owned(),
        purpose: "loan_application".to_owned(),
        categories: sources().iter().filter(|source| !source.public).map(|source| source.id.clone()).collect(),
        lending_data: true,
        personal: true,
        granter: "platform".to_owned(),
        signatory: "合成签署人".to_owned(),
        valid_from: at - DAY,
        valid_until: at + 365 * DAY,
        retain_until: at + 5 * 366 * DAY,
        text_digest: primitives::Digest::sha256(enterprise.as_bytes()).to_string(),
        text_place: "demo".to_owned(),
        granted_at: at,
    };
    let line = NewLine {
        at,
        actor: "platform".to_owned(),
        role: "platform".to_owned(),
        tenant: None,
        action: "GrantConsent".to_owned(),
        subject: Some(enterprise.to_owned()),
        purpose: Some("loan_application".to_owned()),
        outcome: "OK".to_owned(),
        object_id: Some(consent.consent_id.clone()),
        detail: None,
    };
    store.write(Write::of(line, Record::Consent(Box::new(consent)))).await?;
    Ok(())
}
