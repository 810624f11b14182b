//! Records that the writer holds: what was read of the tables, and what the events of a group made of it.
//!
//! What is here is true as long as the end of the chain is the one that the writer left: another server that wrote moved
//! it. A transaction that failed leaves nothing here.

use super::filter::Filter;
use ledger::chain::Head;
use ledger::{Books, Key, Posted, Record};
use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

/// Most records that are kept from one group to the next.
const RECORDS_KEPT: usize = 200_000;

/// Most events.
const EVENTS_KEPT: usize = 8_192;

/// A record, and the event that made it.
#[derive(Clone)]
pub(crate) struct Stored {
    pub(crate) seq: u64,
    pub(crate) record: Arc<Record>,
}

#[derive(Default)]
pub(crate) struct Shelf {
    /// `None` where it is known that there is none.
    records: HashMap<Key, Option<Stored>>,
    /// Likewise marks of requests, which are asked for once: those that are not yet in the tables, and those that were
    /// looked for.
    requests: HashMap<Key, Option<Stored>>,
    /// Likewise events.
    posted: HashMap<u64, Option<Arc<Posted>>>,
    /// All keys under which something stands; `None` where they are not known.
    keys: Option<Filter>,
}

/// What a judgement asked for that is not here.
#[derive(Default)]
pub(crate) struct Missing {
    pub(crate) keys: Vec<Key>,
    pub(crate) posted: Vec<u64>,
}

/// The shelf as the books of a judgement. One that found something missing does not count.
pub(crate) struct View<'a> {
    shelf: &'a Shelf,
    head: Head,
    missing: RefCell<Missing>,
}

impl Missing {
    pub(crate) fn is_empty(&self) -> bool {
        self.keys.is_empty() && self.posted.is_empty()
    }
}

impl<'a> View<'a> {
    pub(crate) fn new(shelf: &'a Shelf, head: Head) -> Self {
        Self { shelf, head, missing: RefCell::default() }
    }

    pub(crate) fn missing(self) -> Missing {
        self.missing.into_inner()
    }
}

impl Books for View<'_> {
    fn head(&self) -> Head {
        self.head
    }

    fn get(&self, key: &Key) -> Option<Arc<Record>> {
        match self.shelf.of(key).get(key) {
            Some(stored) => stored.as_ref().map(|s| Arc::clone(&s.record)),
            None if self.shelf.lacks(key) => None,
            None => {
                self.missing.borrow_mut().keys.push(*key);
                None
            }
        }
    }

    fn posted(&self, seq: u64) -> Option<Arc<Posted>> {
        match self.shelf.posted.get(&seq) {
            Some(posted) => posted.clone(),
            None if seq == 0 || seq > self.head.seq => None,
            None => {
                self.missing.borrow_mut().posted.push(seq);
                None
            }
        }
    }
}

impl Shelf {
    /// That of a ledger without events.
    pub(crate) fn of_nothing() -> Self {
        Self { keys: Some(Filter::default()), ..Self::default() }
    }

    fn of(&self, key: &Key) -> &HashMap<Key, Option<Stored>> {
        match key {
            Key::Request(..) => &self.requests,
            _ => &self.records,
        }
    }

    fn of_mut(&mut self, key: &Key) -> &mut HashMap<Key, Option<Stored>> {
        match key {
            Key::Request(..) => &mut self.requests,
            _ => &mut self.records,
        }
    }

    /// Whether it is known without looking that nothing stands under a key that is not here.
    fn lacks(&self, key: &Key) -> bool {
        self.keys.as_ref().is_some_and(|keys| !keys.may_hold(key))
    }

    /// Whether a key has to be looked for; from then on nothing stands under it until it is put here.
    pub(crate) fn wants(&mut self, key: &Key) -> bool {
        if self.of(key).contains_key(key) || self.lacks(key) {
            return false;
        }
        self.of_mut(key).insert(*key, None);
        true
    }

    pub(crate) fn record(&self, key: &Key) -> Option<&Record> {
        self.of(key).get(key)?.as_ref().map(|s| &*s.record)
    }

    /// Puts what stands under a key now; gives the event that shaped what stood there.
    pub(crate) fn put(&mut self, key: Key, stored: Option<Stored>) -> Option<u64> {
        let full = stored.is_some() && self.keys.as_mut().is_some_and(|keys| keys.add(&key).is_err());
        if full {
            self.keys = None;
        }
        self.of_mut(&key).insert(key, stored).flatten().map(|s| s.seq)
    }

    /// Whether it is known what stands under the number of an event.
    pub(crate) fn knows_posted(&self, seq: u64) -> bool {
        self.posted.contains_key(&seq)
    }

    pub(crate) fn posted(&self, seq: u64) -> Option<&Arc<Posted>> {
        self.posted.get(&seq)?.as_ref()
    }

    pub(crate) fn put_posted(&mut self, seq: u64, posted: Option<Arc<Posted>>) {
        self.posted.insert(seq, posted);
    }

    /// After a transaction that came to nothing: what its events made is gone. That a key is not there still holds.
    pub(crate) fn undone(self) -> Self {
        Self { keys: self.keys, ..Self::default() }
    }

    /// After all is in the tables: keeps what may be asked for again, within bounds.
    pub(crate) fn settle(&mut self) {
        self.requests.clear();
        // An event is as it was entered for ever: one that was just entered is the likeliest to be taken back.
        if self.posted.len() > EVENTS_KEPT {
            self.posted.clear();
        }
        // All at once, for what is young is asked for most and comes back soon.
        if self.records.len() > RECORDS_KEPT {
            self.records.clear();
        }
    }
}
