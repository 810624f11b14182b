//! An entry in the making: records as they are read and as they will be.

use crate::event::{Event, Office, OfficeKind};
use crate::judge::{Change, Entry, Note};
use crate::posting::{Account, Posting, balanced, pair};
use crate::record::{Kept, Key, Links, Record, Subject};
use crate::rules::Rules;
use crate::{Books, PersonId, Refusal, Thing};
use chrono::NaiveDate;
use policy::{Figure, Finding, Verdict, Word};
use primitives::region::{State, TABLE_FROM, ZoneCode, state};
use primitives::{Fen, RegionCode};
use std::sync::Arc;

pub(crate) struct Draft<'a> {
    pub(crate) books: &'a dyn Books,
    pub(crate) rules: &'a Rules,
    pub(crate) event: &'a Event,
    pub(crate) seq: u64,
    pub(crate) notes: Vec<Note>,
    slots: Vec<Slot>,
    postings: Vec<Posting>,
    findings: Vec<Finding>,
}

/// A record that was read, and what it becomes.
struct Slot {
    key: Key,
    before: Option<Arc<Record>>,
    after: Option<Option<Arc<Record>>>,
}

/// The most bytes of a title or a reason.
const TEXT_BYTES_MAX: i64 = 1_000;

/// As many as most events read: a kilobyte, which allocators hand out fast.
const SLOTS: usize = 8;

impl<'a> Draft<'a> {
    pub(crate) fn new(books: &'a dyn Books, rules: &'a Rules, event: &'a Event, seq: u64) -> Self {
        let (slots, postings, findings, notes) = (Vec::with_capacity(SLOTS), Vec::new(), Vec::new(), Vec::new());
        Self { books, rules, event, seq, notes, slots, postings, findings }
    }

    fn slot(&mut self, key: &Key) -> usize {
        match self.slots.iter().position(|s| s.key == *key) {
            Some(place) => place,
            None => {
                self.slots.push(Slot { key: *key, before: self.books.get(key), after: None });
                self.slots.len().saturating_sub(1)
            }
        }
    }

    /// The record under a key, of any kind.
    pub(crate) fn record(&mut self, key: &Key) -> Option<&Record> {
        let place = self.slot(key);
        let slot = self.slots.get(place)?;
        match &slot.after {
            Some(after) => after.as_deref(),
            None => slot.before.as_deref(),
        }
    }

    /// The record under a key.
    pub(crate) fn find<T: Kept + Clone>(&mut self, key: &Key) -> Result<Option<T>, Refusal> {
        match self.record(key) {
            None => Ok(None),
            Some(record) => match T::of(record) {
                Some(record) => Ok(Some(record.clone())),
                None => Err(Refusal::Damaged { key: key.to_text() }),
            },
        }
    }

    /// The record under a key, or why there is none.
    pub(crate) fn get<T: Kept + Clone>(&mut self, key: &Key, what: Thing, id: &str) -> Result<T, Refusal> {
        self.find(key)?.ok_or_else(|| not_found(what, id))
    }

    /// A sum, all zeros where there is none.
    pub(crate) fn sum<T: Kept + Clone + Default>(&mut self, key: &Key) -> Result<T, Refusal> {
        Ok(self.find(key)?.unwrap_or_default())
    }

    /// That nothing stands under a key.
    pub(crate) fn vacant(&mut self, key: &Key, what: Thing, id: &str) -> Result<(), Refusal> {
        match self.record(key) {
            None => Ok(()),
            Some(_) => Err(Refusal::Exists { what, id: id.to_owned() }),
        }
    }

    pub(crate) fn put<T: Kept>(&mut self, key: Key, record: T) {
        self.set(key, Some(record.record()));
    }

    /// What stands under a key afterwards; `None` takes it away.
    pub(crate) fn set(&mut self, key: Key, after: Option<Record>) {
        let place = self.slot(&key);
        if let Some(slot) = self.slots.get_mut(place) {
            slot.after = Some(after.map(Arc::new));
        }
    }

    /// Keeps count of an event of another life cycle that rests on a subject.
    pub(crate) fn link(&mut self, subject: Subject) -> Result<(), Refusal> {
        let links: Links = self.sum(&Key::Links(subject))?;
        let count = add("links", links.count, 1)?;
        self.put(Key::Links(subject), Links { count, last: self.seq });
        Ok(())
    }

    /// Debits one account and credits another.
    pub(crate) fn post(&mut self, debit: Account, credit: Account, amount: Fen) -> Result<(), Refusal> {
        pair(&mut self.postings, debit, credit, amount)
    }

    /// A posting as it is, for reversals.
    pub(crate) fn post_one(&mut self, posting: Posting) {
        self.postings.push(posting);
    }

    /// Keeps what a rule book looked at.
    ///
    /// # Errors
    /// [`Refusal::Rules`] with what was not passed.
    pub(crate) fn look(&mut self, verdict: Verdict) -> Result<(), Refusal> {
        if !verdict.passed() {
            return Err(Refusal::Rules(verdict.refusals().cloned().collect()));
        }
        self.findings.extend_from_slice(verdict.findings());
        Ok(())
    }

    /// Whether the actor's office may tell this.
    ///
    /// What belongs to another office of the same kind reads as what is not there.
    pub(crate) fn permit(&self, offices: &[Office], what: Thing, id: &str) -> Result<(), Refusal> {
        let own = self.event.actor.office;
        if offices.contains(&own) {
            return Ok(());
        }
        if offices.iter().any(|o| kind(o) == kind(&own)) {
            return Err(not_found(what, id));
        }
        Err(Refusal::NotPermitted { what, allowed: offices.iter().map(|o| Word::of(kind(o))).collect() })
    }

    /// That the actor is not the person of an earlier step.
    pub(crate) fn two_persons(&self, other: PersonId, did: &'static str) -> Result<(), Refusal> {
        match self.event.actor.id == other {
            true => Err(Refusal::SamePerson { person: other, did }),
            false => Ok(()),
        }
    }

    pub(crate) fn on(&self) -> NaiveDate {
        self.event.effective_on
    }

    /// The event's day is not before one that it rests on.
    pub(crate) fn not_before(&self, earliest: NaiveDate) -> Result<(), Refusal> {
        not_before("effective_on", self.on(), earliest)
    }

    pub(crate) fn done(self) -> Result<Entry, Refusal> {
        balanced(&self.postings)?;
        let changed = |s: Slot| s.after.map(|after| Change { key: s.key, before: s.before, after });
        Ok(Entry {
            seq: self.seq,
            effective_on: self.event.effective_on,
            recorded_at: self.event.recorded_at,
            postings: self.postings,
            changes: self.slots.into_iter().filter_map(changed).collect(),
            findings: self.findings,
            notes: self.notes,
        })
    }
}

fn kind(office: &Office) -> OfficeKind {
    match office {
        Office::Bank(_) => OfficeKind::Bank,
        Office::Guarantor(_) => OfficeKind::Guarantor,
        Office::District(_) => OfficeKind::District,
        Office::Platform => OfficeKind::Platform,
        Office::Bureau => OfficeKind::Bureau,
    }
}

pub(crate) fn not_found(what: Thing, id: &str) -> Refusal {
    Refusal::NotFound { what, id: id.to_owned() }
}

pub(crate) fn not_before(field: &'static str, on: NaiveDate, earliest: NaiveDate) -> Result<(), Refusal> {
    if on < earliest { Err(Refusal::BeforeFact { field, on, earliest }) } else { Ok(()) }
}

pub(crate) fn in_range(field: &'static str, value: i64, lo: i64, hi: i64) -> Result<(), Refusal> {
    if lo <= value && value <= hi { Ok(()) } else { Err(Refusal::Amount { field, value, lo, hi }) }
}

/// An amount that is above zero.
pub(crate) fn positive(field: &'static str, amount: Fen) -> Result<(), Refusal> {
    in_range(field, amount.get(), 1, i64::MAX)
}

pub(crate) fn period(from: NaiveDate, to: NaiveDate) -> Result<(), Refusal> {
    if to < from { Err(Refusal::DaysReversed { from, to }) } else { Ok(()) }
}

/// A text that says something, in at most so many bytes that no event is a book.
pub(crate) fn not_empty(field: &'static str, text: &str) -> Result<(), Refusal> {
    if text.trim().is_empty() {
        return Err(Refusal::Empty { field });
    }
    in_range(field, i64::try_from(text.len()).unwrap_or(i64::MAX), 1, TEXT_BYTES_MAX)
}

/// An amount that has to be a certain one.
pub(crate) fn same_amount(field: &'static str, found: Fen, expected: Fen) -> Result<(), Refusal> {
    let (found, expected) = (Figure::Amount(found), Figure::Amount(expected));
    if found == expected { Ok(()) } else { Err(Refusal::Differs { field, found, expected }) }
}

/// A region of the city on the day; of days before the table of regions its first day is asked.
pub(crate) fn district(code: RegionCode, on: NaiveDate) -> Result<(), Refusal> {
    let on = on.max(TABLE_FROM);
    match state(code, on) {
        State::Valid(_) => Ok(()),
        _ => Err(Refusal::District { found: Figure::Region(code, on) }),
    }
}

/// A zone has to be one on the day.
pub(crate) fn zone(code: Option<ZoneCode>, on: NaiveDate) -> Result<(), Refusal> {
    match code.filter(|zone| !zone.exists_on(on)) {
        None => Ok(()),
        Some(zone) => Err(Refusal::Zone { zone, on }),
    }
}

pub(crate) fn add(what: &'static str, a: i64, b: i64) -> Result<i64, Refusal> {
    a.checked_add(b).ok_or(Refusal::Overflow { what })
}

pub(crate) fn sub(what: &'static str, a: i64, b: i64) -> Result<i64, Refusal> {
    a.checked_sub(b).ok_or(Refusal::Overflow { what })
}

pub(crate) fn plus(what: &'static str, a: Fen, b: Fen) -> Result<Fen, Refusal> {
    a.checked_add(b).ok_or(Refusal::Overflow { what })
}

pub(crate) fn minus(what: &'static str, a: Fen, b: Fen) -> Result<Fen, Refusal> {
    a.checked_sub(b).ok_or(Refusal::Overflow { what })
}
