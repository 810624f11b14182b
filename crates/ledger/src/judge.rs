//! The one way in: an event and the books give an entry or a refusal.

use crate::chain::{Hash, digest};
use crate::draft::Draft;
use crate::event::{Body, Event, LoanEvent, UnixMicros};
use crate::life;
use crate::pack::pack;
use crate::posting::Posting;
use crate::record::{Closed, Key, LoanRef, Mark, Owner, Record, Subject};
use crate::rules::Rules;
use crate::text::shared;
use crate::unpack::{UnpackError, unpack};
use crate::{Books, Month, Refusal, reversal};
use chrono::NaiveDate;
use policy::Finding;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// What an event does.
///
/// Updates and deletion: none. Guarantees: postings sum to zero in each book; `changes` has each key once.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// Its number, from 1 without a gap.
    pub seq: u64,
    /// The day on which it holds.
    pub effective_on: NaiveDate,
    /// When the ledger took it.
    pub recorded_at: UnixMicros,
    /// What it does to accounts.
    pub postings: Vec<Posting>,
    /// What it does to records.
    pub changes: Vec<Change>,
    /// The rules that were looked at, all passed. They follow from event, records and rule book, so they are not stored.
    #[serde(skip)]
    pub findings: Vec<Finding>,
    /// What should be known of it.
    #[serde(skip)]
    pub notes: Vec<Note>,
}

/// A record before and after.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// Which.
    pub key: Key,
    /// As it was; `None` where it was not there.
    #[serde(with = "shared")]
    pub before: Option<Arc<Record>>,
    /// As it is; `None` where a reversal took it away.
    #[serde(with = "shared")]
    pub after: Option<Arc<Record>>,
}

/// What should be known of an entry that was not refused for it.
#[non_exhaustive]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Note {
    /// A step of a claim, or the return of a bridge loan, came after its time limit.
    Late {
        /// The last day in time.
        due_on: NaiveDate,
    },
}

impl Entry {
    /// SHA-256 over what [`Self::pack`] gives.
    pub fn digest(&self) -> Hash {
        digest(&self.pack())
    }

    /// Postings and changes without what records were before, packed as the chain takes them: see [`Did::unpack`].
    pub fn pack(&self) -> Vec<u8> {
        #[derive(Serialize)]
        struct After<'a>(&'a Key, Option<&'a Record>);
        let mut bytes = Vec::with_capacity(1024);
        pack(&mut bytes, &self.postings);
        for Change { key, after, .. } in &self.changes {
            pack(&mut bytes, &After(key, after.as_deref()));
        }
        bytes
    }
}

/// What an entry did, as it is read from the bytes that it packs to.
#[derive(Debug, Clone, PartialEq)]
pub struct Did {
    /// What it did to accounts.
    pub postings: Vec<Posting>,
    /// The records that it changed, as they were afterwards; `None` for one that was taken away.
    pub changes: Vec<(Key, Option<Arc<Record>>)>,
}

impl Did {
    /// What [`Entry::pack`] packed.
    ///
    /// # Errors
    /// [`UnpackError`] where the bytes are no such thing.
    pub fn unpack(mut bytes: &[u8]) -> Result<Self, UnpackError> {
        let (postings, mut changes) = (unpack(&mut bytes)?, Vec::with_capacity(8));
        while !bytes.is_empty() {
            let (key, after): (Key, Option<Record>) = unpack(&mut bytes)?;
            changes.push((key, after.map(Arc::new)));
        }
        Ok(Self { postings, changes })
    }

    /// The postings alone.
    ///
    /// # Errors
    /// As [`Self::unpack`]; what follows the postings is not looked at.
    pub fn postings(mut bytes: &[u8]) -> Result<Vec<Posting>, UnpackError> {
        unpack(&mut bytes)
    }
}

/// What an event does to the books, under the shipped rules. Nothing is changed by asking.
///
/// # Errors
/// Why it is refused.
pub fn judge(books: &impl Books, event: &Event) -> Result<Entry, Refusal> {
    judge_under(Rules::shipped()?, books, event)
}

/// As [`judge`] under other rules.
///
/// # Errors
/// Why it is refused.
pub fn judge_under(rules: &Rules, books: &impl Books, event: &Event) -> Result<Entry, Refusal> {
    let head = books.head();
    let seq = head.seq.checked_add(1).ok_or(Refusal::Overflow { what: "number of the event" })?;
    let mut draft = Draft::new(books, rules, event, seq);
    requested(&mut draft)?;
    if event.recorded_at < head.recorded_at {
        return Err(Refusal::RecordedBackwards { recorded_at: event.recorded_at, head: head.recorded_at });
    }
    days(&mut draft)?;
    happened(&mut draft, &event.body)?;
    draft.put(Key::Request(event.actor.office, event.request_id), Mark { seq });
    draft.done()
}

fn happened(draft: &mut Draft<'_>, body: &Body) -> Result<(), Refusal> {
    match body {
        Body::Loan { bank, loan, did } => life::loan::judge(draft, LoanRef { bank: *bank, loan: *loan }, did),
        Body::Bridge { bank, bridge, did } => life::bridge::judge(draft, (*bank, *bridge), did),
        Body::Guarantee { guarantor, guarantee, did } => life::guarantee::judge(draft, (*guarantor, *guarantee), did),
        Body::Subsidy { guarantor, subsidy, did } => life::subsidy::judge(draft, (*guarantor, *subsidy), did),
        Body::Claim { bank, claim, did } => life::claim::judge(draft, (*bank, *claim), did),
        Body::Benefit { benefit, did } => life::benefit::judge(draft, *benefit, did),
        Body::Rating { rating, did } => life::rating::judge(draft, *rating, did),
        Body::Reported(figure) => life::reported::judge(draft, figure),
        Body::Fund { fund, maker, did } => life::fund::judge(draft, *fund, *maker, did),
        Body::Period { month, did } => life::period::judge(draft, *month, *did),
        Body::Reversal { of, reason } => reversal::judge(draft, *of, reason),
    }
}

/// A request is entered once.
fn requested(draft: &mut Draft<'_>) -> Result<(), Refusal> {
    let event = draft.event;
    let Some(Mark { seq }) = draft.find(&Key::Request(event.actor.office, event.request_id))? else { return Ok(()) };
    // When it was recorded is not what the request said.
    let same = |was: &Event| Event { recorded_at: event.recorded_at, ..was.clone() } == *event;
    match draft.books.posted(seq) {
        Some(posted) if same(&posted.event) => Err(Refusal::Repeated { seq }),
        _ => Err(Refusal::RequestConflict { seq }),
    }
}

/// The event's day is neither to come nor in the closed time.
fn days(draft: &mut Draft<'_>) -> Result<(), Refusal> {
    let on = draft.on();
    let what = "recorded_at";
    let recorded_on = draft.event.recorded_at.beijing_day().ok_or(Refusal::Overflow { what })?;
    if recorded_on < on {
        return Err(Refusal::Future { on, recorded_on });
    }
    let Closed { through } = draft.sum(&Key::Closed)?;
    match (through, &draft.event.body) {
        (_, Body::Period { .. }) | (None, _) => Ok(()),
        (Some(through), _) if through < Month::of(on) => Ok(()),
        (Some(through), _) => Err(Refusal::ClosedPeriod { on, through }),
    }
}

/// The keys that [`judge`] reads first: a store may load those of many events in one question.
///
/// It may ask for more that follow from these records.
pub fn needs(event: &Event) -> Vec<Key> {
    let mut keys = vec![Key::Request(event.actor.office, event.request_id), Key::Closed];
    let month = Month::of(event.effective_on);
    match &event.body {
        Body::Loan { bank, loan, did } => {
            let at = LoanRef { bank: *bank, loan: *loan };
            keys.extend([Key::Balance(at), Key::Loan(at)]);
            match did {
                LoanEvent::Applied { profile, .. } => keys.push(Key::Borrower(profile.enterprise)),
                LoanEvent::Granted { rating, renews, .. } => {
                    keys.extend(rating.map(Key::Rating));
                    keys.extend(renews.map(|r| Key::Balance(LoanRef { bank: *bank, loan: r.loan })));
                }
                LoanEvent::Disbursed { .. } | LoanEvent::Repaid { .. } | LoanEvent::WrittenOff { .. } => {
                    keys.extend([Key::Quota(*bank), Key::Days(Owner::Quota(*bank), month)]);
                }
                LoanEvent::Renewed { new_loan, .. } => {
                    let new = LoanRef { bank: *bank, loan: *new_loan };
                    keys.extend([Key::Balance(new), Key::Loan(new), Key::Quota(*bank)]);
                }
                LoanEvent::Scheduled { .. } => keys.push(Key::Schedule(at)),
                LoanEvent::Status { month, .. } => keys.push(Key::Status(at, *month)),
                _ => {}
            }
        }
        Body::Bridge { bank, bridge, .. } => {
            let fund = crate::event::Fund::Bridge;
            keys.extend([Key::Bridge(*bank, *bridge), Key::Fund(fund), Key::Days(Owner::Fund(fund), month)]);
        }
        Body::Guarantee { guarantor, guarantee, .. } => keys.push(Key::Guarantee(*guarantor, *guarantee)),
        Body::Subsidy { guarantor, subsidy, .. } => keys.push(Key::Subsidy(*guarantor, *subsidy)),
        Body::Claim { bank, claim, .. } => keys.extend([Key::Claim(*bank, *claim), Key::Quota(*bank)]),
        Body::Benefit { benefit, .. } => keys.push(Key::Benefit(*benefit)),
        Body::Rating { rating, .. } => keys.extend([Key::Rating(*rating), Key::Links(Subject::Rating(*rating))]),
        Body::Reported(f) => keys.push(Key::Reported(f.indicator, f.district, f.from, f.to)),
        Body::Fund { fund, .. } => keys.extend([Key::Fund(*fund), Key::Days(Owner::Fund(*fund), month)]),
        Body::Period { .. } => {}
        Body::Reversal { of, .. } => keys.push(Key::Reversal(*of)),
    }
    keys
}
