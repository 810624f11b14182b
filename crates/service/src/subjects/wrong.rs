//! What a wrong value means to others: marks in later ratings, receivers that are told.

use super::store_failed;
use super::text::{Opening, Resolution};
use crate::desk::{Desk, day};
use crate::identity::Caller;
use api::rating::v1::{Correction, Rating, Receiver, SourceState};
use prost::Message as _;
use std::collections::BTreeSet;
use store::{Kept, NewLine, Objection, UnixMicros};
use tonic::Status;

/// Word of the state and outcome of an objection whose value was corrected.
pub(crate) const CORRECTED: &str = "corrected";
/// Of one that was rejected.
pub(crate) const REJECTED: &str = "rejected";
/// Of one that could not be settled.
pub(crate) const UNRESOLVED: &str = "unresolved";
/// State of one that is to be answered.
pub(crate) const OPEN: &str = "open";

/// Rows read at once.
const STEP: u32 = 200;

/// The method by which a bank reads of corrections.
const TOLD: &str = "ListCorrections";

/// Whether an objection of the enterprise is open, and whether one could not be settled.
///
/// # Errors
/// UNAVAILABLE where the store does not answer.
pub async fn marks(desk: &Desk, subject: &str) -> Result<(bool, bool), Status> {
    let states = desk.store().objection_states(subject).await.map_err(store_failed)?;
    let has = |state| states.iter().any(|s| s == state);
    Ok((has(OPEN), has(UNRESOLVED)))
}

/// Where a list of corrections goes on: the audit line of a resolution, and how many of its corrections came before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CorrectionPlace {
    /// The line; 0 begins.
    pub line: i64,
    /// Corrections of that line that came before.
    pub before: usize,
}

/// Corrections of values in ratings that the bank received, made after `since`, oldest first, at most `limit`; with each
/// the place after it.
///
/// # Errors
/// UNAVAILABLE where the store does not answer.
pub async fn corrections(
    desk: &Desk,
    tenant: &str,
    since: UnixMicros,
    after: CorrectionPlace,
    limit: usize,
) -> Result<Vec<(CorrectionPlace, Correction)>, Status> {
    let mut out = Vec::new();
    let mut line = after.line - 1;
    loop {
        let page = desk.store().objections_with_outcome(CORRECTED, line, STEP).await.map_err(store_failed)?;
        let is_last = page.len() < STEP as usize;
        for (at, objection) in &page {
            line = *at;
            let skip = if *at == after.line { after.before } else { 0 };
            let found = of_bank(objection, tenant, since);
            out.extend(
                found
                    .into_iter()
                    .enumerate()
                    .skip(skip)
                    .map(|(i, c)| (CorrectionPlace { line: *at, before: i + 1 }, c)),
            );
            if out.len() >= limit {
                out.truncate(limit);
                return Ok(out);
            }
        }
        if is_last {
            return Ok(out);
        }
    }
}

/// The corrections of a bank that came from one objection.
fn of_bank(objection: &Objection, tenant: &str, since: UnixMicros) -> Vec<Correction> {
    let (Some(opening), Some(resolution)) = (Opening::of(objection), Resolution::of(objection)) else {
        return Vec::new();
    };
    let Some(at) = objection.resolved_at.filter(|at| *at > since) else { return Vec::new() };
    let own = resolution.receivers.iter().filter(|(bank, _)| bank == tenant);
    own.map(|(_, rating_id)| Correction {
        objection_id: objection.objection_id.clone(),
        rating_id: rating_id.clone(),
        enterprise_id: opening.enterprise_id.clone(),
        source_id: opening.source_id.clone(),
        answer: resolution.answer.clone(),
        corrected_at: Some(day::timestamp(at)),
    })
    .collect()
}

/// The audit lines that say that a bank was told: one for each objection and enterprise.
pub fn told<'c>(desk: &Desk, caller: &Caller, corrections: impl IntoIterator<Item = &'c Correction>) -> Vec<NewLine> {
    let all: BTreeSet<(&str, &str)> =
        corrections.into_iter().map(|c| (c.objection_id.as_str(), c.enterprise_id.as_str())).collect();
    let line = |(objection, enterprise): (&str, &str)| NewLine {
        subject: Some(enterprise.to_owned()),
        object_id: Some(objection.to_owned()),
        ..desk.line(caller, TOLD, "OK")
    };
    all.into_iter().map(line).collect()
}

/// Who received a rating that rests on the wrong value: of the rating that is named, and of each in which the source that
/// is named counted.
pub(crate) async fn receivers(
    desk: &Desk,
    subject: &str,
    rating_id: Option<&str>,
    source_id: &str,
    until: UnixMicros,
) -> Result<Vec<(String, String)>, Status> {
    let mut wrong: BTreeSet<String> = rating_id.map(str::to_owned).into_iter().collect();
    let mut page = store::Page { after: None, limit: STEP };
    while !source_id.is_empty() {
        let found = desk.store().newest_ratings(None, Some(subject), until, &page).await.map_err(store_failed)?;
        wrong.extend(found.iter().filter(|r| rests_on(r, source_id)).map(|r| r.rating_id.clone()));
        match found.last() {
            Some(last) if found.len() == STEP as usize => page.after = Some((last.created_at, last.rating_id.clone())),
            _ => break,
        }
    }
    let received = desk.store().receivers(subject).await.map_err(store_failed)?;
    let told = received.into_iter().filter(|r| wrong.contains(&r.rating_id)).map(|r| (r.tenant, r.rating_id));
    Ok(told.collect::<BTreeSet<_>>().into_iter().collect())
}

/// Whether a source was read for a rating. One that cannot be opened any more counts, for nobody can say that it was not.
fn rests_on(rating: &store::Rating, source_id: &str) -> bool {
    let Kept::Here(answer) = &rating.answer else { return true };
    let Ok(rating) = Rating::decode(&*answer.bytes) else { return true };
    let counted = [SourceState::HasRecord, SourceState::NoRecord];
    // A rating names the sources that its card asks about; others may count through a feature.
    let named = rating.sources.iter().find(|s| s.source_id == source_id);
    named.is_none_or(|s| counted.contains(&s.state()))
}

/// Receivers with the time at which each bank first read of the correction.
pub(crate) async fn as_told(
    desk: &Desk,
    objection: &Objection,
    opening: &Opening,
    resolution: &Resolution,
) -> Result<Vec<Receiver>, Status> {
    if objection.outcome.as_deref() != Some(CORRECTED) {
        return Ok(Vec::new());
    }
    let lines = desk.store().lines_of_subject(&opening.enterprise_id, &[TOLD], i64::MAX, i64::MAX, 10_000).await;
    let lines = lines.map_err(store_failed)?;
    let first = |bank: &str| {
        let own = lines.iter().filter(|l| {
            l.tenant.as_deref() == Some(bank)
                && l.object_id.as_ref() == Some(&objection.objection_id)
                && l.outcome == "OK"
        });
        own.map(|l| l.at).min()
    };
    let receiver = |(bank, rating): &(String, String)| Receiver {
        bank_id: bank.clone(),
        rating_id: rating.clone(),
        told_at: first(bank).map(day::timestamp),
    };
    Ok(resolution.receivers.iter().map(receiver).collect())
}
