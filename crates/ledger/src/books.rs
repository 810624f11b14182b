//! What a judgement reads, and the books in memory.

use crate::chain::{Head, Link};
use crate::event::{Event, EventError};
use crate::judge::{Change, Entry, judge_under};
use crate::posting::Account;
use crate::record::{Key, Record};
use crate::rules::Rules;
use crate::{Refusal, chain};
use primitives::Digest;
use sha2::{Digest as _, Sha256};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// What [`judge`](crate::judge) reads.
///
/// A store loads by key inside the transaction that appends the entry: between the first `get` and the append nobody
/// else may change a record that was read.
pub trait Books {
    /// The end of the chain.
    fn head(&self) -> Head;

    /// The record under a key.
    fn get(&self, key: &Key) -> Option<Arc<Record>>;

    /// An event that was entered, with its entry; `None` for a number that has none. Asked for reversals and for
    /// requests that come twice.
    fn posted(&self, seq: u64) -> Option<Arc<Posted>>;
}

/// An event that was entered.
#[derive(Debug, Clone, PartialEq)]
pub struct Posted {
    /// The event.
    pub event: Event,
    /// What it did.
    pub entry: Entry,
    /// Its place in the chain.
    pub link: Link,
}

/// The books in memory: for tests, for replay, and as the plainest store.
///
/// # Examples
/// ```
/// use ledger::{Memory, Month};
/// use ledger::event::{Actor, Body, Event, Office, PeriodEvent, UnixMicros};
/// let event = Event {
///     request_id: "r-1".parse().unwrap(),
///     actor: Actor { id: "li".parse().unwrap(), office: Office::Bureau },
///     effective_on: "2024-05-06".parse().unwrap(),
///     recorded_at: UnixMicros(1_715_000_000_000_000),
///     body: Body::Period { month: "2024-04".parse().unwrap(), did: PeriodEvent::Closed },
/// };
/// let mut books = Memory::default();
/// books.append(&event)?;
/// assert_eq!(books.len(), 1);
/// assert!(books.append(&event).unwrap_err().is_conflict());
/// # Ok::<(), ledger::Refusal>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct Memory {
    records: HashMap<Key, Arc<Record>>,
    posted: Vec<Arc<Posted>>,
    balances: BTreeMap<Account, i128>,
    head: Head,
}

/// Why events can not be replayed.
#[non_exhaustive]
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// The bytes are no event.
    #[error("event {seq} can not be read")]
    Unreadable {
        /// Its place, from 1.
        seq: u64,
        /// Why.
        source: EventError,
    },
    /// The event is refused, though it was entered once.
    #[error("event {seq} is refused")]
    Refused {
        /// Its place, from 1.
        seq: u64,
        /// Why.
        source: Box<Refusal>,
    },
}

impl Memory {
    /// Judges an event under the shipped rules and enters it.
    ///
    /// # Errors
    /// Why it is refused; nothing was changed then.
    pub fn append(&mut self, event: &Event) -> Result<Arc<Posted>, Refusal> {
        self.append_under(Rules::shipped()?, event)
    }

    /// As [`Memory::append`] under other rules.
    ///
    /// # Errors
    /// Why it is refused; nothing was changed then.
    pub fn append_under(&mut self, rules: &Rules, event: &Event) -> Result<Arc<Posted>, Refusal> {
        let entry = judge_under(rules, self, event)?;
        Ok(self.apply(event, entry))
    }

    /// Enters what was judged.
    ///
    /// # Panics
    /// Where the entry was judged against other books: its number is not the next one.
    pub fn apply(&mut self, event: &Event, entry: Entry) -> Arc<Posted> {
        assert_eq!(self.head.seq.checked_add(1), Some(entry.seq), "an entry follows the head that it was judged at");
        let link = chain::link(&self.head, &event.to_bytes(), &entry);
        for Change { key, after, .. } in &entry.changes {
            match after {
                Some(record) => self.records.insert(*key, Arc::clone(record)),
                None => self.records.remove(key),
            };
        }
        for posting in &entry.postings {
            let balance = self.balances.entry(posting.account).or_default();
            *balance = balance.saturating_add(posting.amount_fen.into());
        }
        self.head = Head { seq: entry.seq, recorded_at: entry.recorded_at, hash: link.hash };
        let posted = Arc::new(Posted { event: event.clone(), entry, link });
        self.posted.push(Arc::clone(&posted));
        posted
    }

    /// Judges the bytes of events in their order: the same bytes give the same records and the same chain.
    ///
    /// # Errors
    /// [`ReplayError`] at the first event that can not be read or is refused.
    pub fn replay<T: AsRef<[u8]>>(events: impl IntoIterator<Item = T>) -> Result<Self, ReplayError> {
        let mut books = Self::default();
        for bytes in events {
            let seq = books.head.seq.saturating_add(1);
            let event = Event::from_bytes(bytes.as_ref()).map_err(|source| ReplayError::Unreadable { seq, source })?;
            let refused = |source| ReplayError::Refused { seq, source: Box::new(source) };
            books.append(&event).map_err(refused)?;
        }
        Ok(books)
    }

    /// How many events were entered.
    pub fn len(&self) -> usize {
        self.posted.len()
    }

    /// Whether none was.
    pub fn is_empty(&self) -> bool {
        self.posted.is_empty()
    }

    /// What was entered, in order.
    pub fn entries(&self) -> &[Arc<Posted>] {
        &self.posted
    }

    /// The record under a key.
    pub fn record(&self, key: &Key) -> Option<&Record> {
        self.records.get(key).map(|record| &**record)
    }

    /// The records, in no order.
    pub fn records(&self) -> impl Iterator<Item = (&Key, &Record)> {
        self.records.iter().map(|(key, record)| (key, &**record))
    }

    /// Balances of the accounts that were ever posted to, debits above zero.
    pub fn balances(&self) -> &BTreeMap<Account, i128> {
        &self.balances
    }

    /// The digest of all records: see [`state_digest`].
    pub fn state_digest(&self) -> Digest {
        let mut texts: Vec<(String, String)> = self.records.iter().map(|(k, r)| (k.to_text(), r.to_text())).collect();
        texts.sort();
        state_digest(texts.iter().map(|(k, r)| (k.as_str(), r.as_str())))
    }
}

impl Books for Memory {
    fn head(&self) -> Head {
        self.head
    }

    fn get(&self, key: &Key) -> Option<Arc<Record>> {
        self.records.get(key).cloned()
    }

    fn posted(&self, seq: u64) -> Option<Arc<Posted>> {
        let place = usize::try_from(seq.checked_sub(1)?).ok()?;
        self.posted.get(place).cloned()
    }
}

/// The digest of records: SHA-256 over each key and record as their texts, a line each, in the order of the bytes of the
/// keys. Two stores that hold the same have the same.
pub fn state_digest<'a>(sorted: impl IntoIterator<Item = (&'a str, &'a str)>) -> Digest {
    let mut digest = StateDigest::default();
    sorted.into_iter().for_each(|(key, record)| digest.add(key, record));
    digest.end()
}

/// As [`state_digest`], of more records than are in memory at once.
#[derive(Debug, Clone, Default)]
pub struct StateDigest(Sha256);

impl StateDigest {
    /// The next key, above all before it, and its record.
    pub fn add(&mut self, key: &str, record: &str) {
        for text in [key, record] {
            self.0.update(text.as_bytes());
            self.0.update(b"\n");
        }
    }

    /// The digest of all.
    pub fn end(self) -> Digest {
        Digest::from_sha256(self.0.finalize().into())
    }
}
