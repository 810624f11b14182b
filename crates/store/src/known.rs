//! What the writer knows from the groups before, so that it is not asked again.
//!
//! Every job moves the end of the chain, at whichever server: while it is where the last group of this writer left it,
//! keys, consents and objections are as that group left them too. A key that another process destroyed is in the memory
//! of this one until its next group begins, and is not written under.

use crate::group::SubjectKey;
use crate::keys::{Keys, Mac};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// Subjects that are known at most; then all are forgotten.
const SUBJECTS_MAX: usize = 65_536;

#[derive(Default)]
pub(crate) struct Known {
    /// The end of the chain for which all of this holds; `None` while a group works, so that one that fails leaves nothing.
    end: Option<(i64, [u8; 32])>,
    macs: HashMap<String, Arc<[Mac]>>,
    pub(crate) keys: HashMap<String, Arc<SubjectKey>>,
    /// Version of the consents by pseudonym and tenant.
    pub(crate) consents: HashMap<Mac, HashMap<String, i64>>,
    /// Line of the last step of objections by pseudonym.
    pub(crate) objections: HashMap<Mac, i64>,
    /// Pseudonyms of which all consents were read, and all objections.
    pub(crate) with_consents: HashSet<Mac>,
    pub(crate) with_objections: HashSet<Mac>,
}

impl Known {
    /// A group begins at this end of the chain.
    pub(crate) fn begin(&mut self, seq: i64, hash: [u8; 32]) {
        let subjects = [self.macs.len(), self.keys.len(), self.consents.len(), self.objections.len()];
        if self.end.take() != Some((seq, hash)) || subjects.iter().any(|n| *n > SUBJECTS_MAX) {
            *self = Self::default();
        }
    }

    /// It was committed, and the chain ends here.
    pub(crate) fn committed(&mut self, seq: i64, hash: [u8; 32]) {
        self.end = Some((seq, hash));
    }

    /// The pseudonyms of a subject, newest first.
    pub(crate) fn macs(&mut self, keys: &Keys, subject: &str) -> Arc<[Mac]> {
        if let Some(known) = self.macs.get(subject) {
            return known.clone();
        }
        let made: Arc<[Mac]> = keys.pseudonyms(subject).into();
        self.macs.insert(subject.to_owned(), made.clone());
        made
    }

    /// The version of the consents that a tenant has of a subject; 0 where there are none.
    pub(crate) fn consents_version(&self, macs: &[Mac], tenant: &str) -> i64 {
        macs.iter().filter_map(|mac| self.consents.get(mac)?.get(tenant)).copied().max().unwrap_or(0)
    }

    /// A consent of the tenant was granted or revoked by this line.
    pub(crate) fn consent(&mut self, mac: Mac, tenant: &str, line: i64) {
        let version = self.consents.entry(mac).or_default().entry(tenant.to_owned()).or_default();
        *version = line.max(*version);
    }

    /// An objection was opened or moved by this line.
    pub(crate) fn objection(&mut self, mac: Mac, line: i64) {
        let last = self.objections.entry(mac).or_default();
        *last = line.max(*last);
    }
}
