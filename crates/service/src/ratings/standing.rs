//! Where an enterprise stands with a bank: its consents and its objections, remembered between calls.
//!
//! What is remembered may be old, for another server may have stored a revocation since. So every job that rests on it
//! says on what, and the store refuses the job when that has changed: then it is read again.

use crate::desk::refuse;
use crate::subjects::UNRESOLVED;
use features::catalogue::Catalogue;
use features::schema::{Holder, sources};
use rating::Withholding;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use store::{Store, Under, UnixMicros, Write};
use tonic::Status;

/// Enterprises that are remembered, of each of two generations.
const REMEMBERED: usize = 32_768;
/// Sets of withheld sources that are remembered.
const SETS: usize = 1_024;

/// Sources, a bit each in the order of [`sources`].
pub(crate) type Set = u64;

/// The consents and objections of an enterprise, as far as a bank's rating depends on them.
#[derive(Debug)]
pub(crate) struct Standing {
    version: i64,
    grants: Vec<Grant>,
    objections: i64,
    pub(crate) objection_open: bool,
    pub(crate) objection_unresolved: bool,
}

#[derive(Debug)]
struct Grant {
    id: String,
    purpose: String,
    /// What may be read under it, of what is not public.
    covers: Set,
    from: UnixMicros,
    until: UnixMicros,
}

/// The consents under which a rating is made.
#[derive(Debug)]
pub(crate) struct Granted {
    pub(crate) ids: Vec<String>,
    /// Sources that none of them covers.
    pub(crate) withheld: Set,
}

impl Standing {
    async fn read(store: &Store, tenant: &str, subject: &str) -> Result<Self, store::Error> {
        let consents = store.consents(tenant, subject).await?;
        let objections = match consents.all.is_empty() {
            // Nothing will be said of the enterprise.
            true => Vec::new(),
            false => store.objections(subject).await?,
        };
        let grants = consents.all.into_iter().map(|c| Grant {
            covers: covered(&c.categories, c.lending_data, c.personal),
            from: c.valid_from,
            until: c.revoked.map_or(c.valid_until, |r| r.at.min(c.valid_until)),
            id: c.consent_id,
            purpose: c.purpose,
        });
        Ok(Self {
            version: consents.version,
            grants: grants.collect(),
            objections: objections.iter().flat_map(|o| &o.steps).map(|s| s.line).max().unwrap_or(0),
            objection_open: objections.iter().any(|o| o.outcome.is_none()),
            objection_unresolved: objections.iter().any(|o| o.outcome.as_deref() == Some(UNRESOLVED)),
        })
    }

    /// What holds for a purpose at a time; `None` where nothing does.
    pub(crate) fn granted(&self, purpose: &str, at: UnixMicros) -> Option<Granted> {
        let holding = || self.grants.iter().filter(|g| g.purpose == purpose && g.from <= at && at < g.until);
        let mut ids: Vec<String> = holding().map(|g| g.id.clone()).collect();
        ids.sort_unstable();
        let covered = holding().fold(0, |set, g| set | g.covers);
        (!ids.is_empty()).then_some(Granted { ids, withheld: private() & !covered })
    }

    /// Makes a job depend on the consents, and on the objections where it says something of them.
    pub(crate) fn under(&self, write: Write, tenant: &str, subject: &str, with_objections: bool) -> Write {
        let under = Under { tenant: tenant.to_owned(), subject: subject.to_owned(), version: self.version };
        let write = write.under(under);
        if with_objections { write.with_objections(subject, self.objections) } else { write }
    }
}

/// Of the sources that need authorisation, those that a consent covers: lending data and items about persons only where it
/// is a consent for these.
fn covered(categories: &[String], lending_data: bool, personal: bool) -> Set {
    let mut set = 0;
    for (bit, source) in sources().iter().enumerate() {
        let may = (source.holder != Holder::Bank || lending_data) && (!source.personal || personal);
        if !source.public && may && categories.contains(&source.id) {
            set |= 1 << bit;
        }
    }
    set
}

/// All sources that need authorisation.
fn private() -> Set {
    sources().iter().enumerate().filter(|(_, s)| !s.public).fold(0, |set, (bit, _)| set | 1 << bit)
}

/// Bank and enterprise.
type Key = (Box<str>, Box<str>);
type Generation = HashMap<Key, Arc<Standing>>;

/// What is remembered, by bank and enterprise: the younger of two generations takes what is new, and what is asked for
/// again of the elder; when it is full it becomes the elder.
#[derive(Debug, Default)]
pub(crate) struct Standings(Mutex<[Generation; 2]>);

impl Standings {
    /// What is remembered, else what the store says; `again`: only that.
    pub(crate) async fn get(
        &self,
        store: &Store,
        tenant: &str,
        subject: &str,
        again: bool,
    ) -> Result<Arc<Standing>, Status> {
        let key: Key = (tenant.into(), subject.into());
        if !again && let Some(found) = self.remembered(&key) {
            return Ok(found);
        }
        let read = Standing::read(store, tenant, subject).await.map_err(|e| refuse::store(&e))?;
        let read = Arc::new(read);
        self.put(key, Arc::clone(&read));
        Ok(read)
    }

    fn remembered(&self, key: &Key) -> Option<Arc<Standing>> {
        let mut both = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = both[0].get(key) {
            return Some(Arc::clone(found));
        }
        let (key, found) = both[1].remove_entry(key)?;
        let kept = Arc::clone(&found);
        both[0].insert(key, found);
        Some(kept)
    }

    fn put(&self, key: Key, standing: Arc<Standing>) {
        let mut both = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if both[0].len() >= REMEMBERED {
            both[1] = std::mem::take(&mut both[0]);
        }
        both[0].insert(key, standing);
    }
}

/// What is taken out of a row, by the set of withheld sources.
#[derive(Debug, Default)]
pub(crate) struct Withholdings(RwLock<HashMap<Set, Arc<Withholding>>>);

impl Withholdings {
    pub(crate) fn get(&self, catalogue: &Catalogue, withheld: Set) -> Result<Arc<Withholding>, Status> {
        if let Some(found) = self.0.read().unwrap_or_else(PoisonError::into_inner).get(&withheld) {
            return Ok(Arc::clone(found));
        }
        let ids = sources().iter().enumerate().filter(|(bit, _)| withheld >> bit & 1 == 1).map(|(_, s)| s.id.as_str());
        let made = Withholding::new(catalogue, ids).map_err(|e| {
            tracing::error!(error = %e, "a source cannot be withheld");
            crate::refusal::internal()
        })?;
        let made = Arc::new(made);
        let mut all = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= SETS {
            all.clear();
        }
        all.insert(withheld, Arc::clone(&made));
        Ok(made)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(set: Set) -> Vec<&'static str> {
        sources().iter().enumerate().filter(|(bit, _)| set >> bit & 1 == 1).map(|(_, s)| s.id.as_str()).collect()
    }

    #[test]
    fn lending_data_need_a_consent_of_their_own_and_public_sources_none() {
        let categories: Vec<String> = ["invoices", "loans", "registry"].map(str::to_owned).into();
        assert_eq!(ids(covered(&categories, false, false)), ["invoices"]);
        assert_eq!(ids(covered(&categories, true, false)), ["invoices", "loans"]);
        assert!(ids(private()).contains(&"loans") && !ids(private()).contains(&"registry"));
    }

    #[test]
    fn consents_add_up_while_they_hold() {
        let grant = |id: &str, purpose: &str, category: &str, from, until| Grant {
            id: id.into(),
            purpose: purpose.into(),
            covers: covered(&[category.into()], true, true),
            from,
            until,
        };
        let grants =
            vec![grant("b", "p", "loans", 5, 9), grant("a", "p", "invoices", 0, 7), grant("c", "q", "loans", 0, 9)];
        let standing =
            Standing { version: 1, grants, objections: 0, objection_open: false, objection_unresolved: false };
        let at = |t| standing.granted("p", t).map(|g| (g.ids.join(","), ids(private() & !g.withheld).join(",")));
        assert_eq!(at(4), Some(("a".into(), "invoices".into())));
        assert_eq!(at(5), Some(("a,b".into(), "invoices,loans".into())));
        assert_eq!(at(8), Some(("b".into(), "loans".into())));
        assert_eq!(at(9), None);
    }
}
