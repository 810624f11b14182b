//! An earlier event did not happen: its postings are answered by their opposites, its records are as before.
//!
//! A reversal holds on the day of what it reverses, so that the figures of that day are right; where that day is closed,
//! the period is opened first, which is an event too. It is possible once, and only while nothing rests on the event:
//! the last one of an object is reversed first. A person never reverses money of the state that the same person moved.

use crate::draft::{Draft, not_empty, not_found};
use crate::event::{Body, Office};
use crate::judge::Change;
use crate::life::fund;
use crate::posting::Posting;
use crate::record::{Kept, Key, Links, Mark, Quota, Record, Subject};
use crate::{Posted, Refusal, Thing, quota};
use policy::Figure;
use primitives::Fen;

pub(crate) fn judge(draft: &mut Draft<'_>, of: u64, reason: &str) -> Result<(), Refusal> {
    not_empty("reason", reason)?;
    let id = of.to_string();
    let posted = draft.books.posted(of).ok_or_else(|| not_found(Thing::Event, &id))?;
    permitted(draft, &posted, &id)?;
    let key = Key::Reversal(of);
    if let Some(Mark { seq: by }) = draft.find(&key)? {
        return Err(Refusal::AlreadyReversed { seq: of, by });
    }
    if moves_state_money(&posted.event.body) {
        draft.two_persons(posted.event.actor.id, "the event to be reversed")?;
    }
    let (found, expected) = (draft.on(), posted.event.effective_on);
    if found != expected {
        let (found, expected) = (Figure::Date(found), Figure::Date(expected));
        return Err(Refusal::Differs { field: "effective_on", found, expected });
    }
    nothing_linked(draft, of, &posted)?;
    for change in &posted.entry.changes {
        take_back(draft, of, change)?;
    }
    for Posting { account, amount_fen } in &posted.entry.postings {
        let amount_fen = amount_fen.checked_neg().ok_or(Refusal::Overflow { what: "posting" })?;
        draft.post_one(Posting { account: *account, amount_fen });
    }
    still_holds(draft, &posted)?;
    let by = draft.seq;
    draft.put(key, Mark { seq: by });
    Ok(())
}

/// Who may tell an event may reverse it; another office's reads as absent.
fn permitted(draft: &Draft<'_>, posted: &Posted, id: &str) -> Result<(), Refusal> {
    let seq = posted.entry.seq;
    match &posted.event.body {
        Body::Reversal { .. } => Err(Refusal::NotReversible { seq, instead: "the event once more" }),
        Body::Period { .. } => Err(Refusal::NotReversible { seq, instead: "closing or reopening the period" }),
        body => {
            let mut offices = vec![Office::Bureau, Office::Platform, posted.event.actor.office];
            match body {
                Body::Loan { bank, .. } => offices.push(Office::Bank(*bank)),
                Body::Guarantee { guarantor, .. } => offices.push(Office::Guarantor(*guarantor)),
                _ => {}
            }
            // Any other office learns nothing of what there is.
            draft.permit(&offices, Thing::Event, id).map_err(|_| not_found(Thing::Event, id))
        }
    }
}

/// Whether maker and checker are asked for.
fn moves_state_money(body: &Body) -> bool {
    match body {
        Body::Bridge { .. } | Body::Subsidy { .. } | Body::Claim { .. } | Body::Benefit { .. } => true,
        Body::Fund { .. } | Body::Reported(_) => true,
        Body::Loan { .. } | Body::Guarantee { .. } | Body::Rating { .. } => false,
        Body::Period { .. } | Body::Reversal { .. } => false,
    }
}

/// What other life cycles built on an object that this event shaped.
fn nothing_linked(draft: &mut Draft<'_>, seq: u64, posted: &Posted) -> Result<(), Refusal> {
    for change in &posted.entry.changes {
        let subject = match change.key {
            Key::Loan(at) => Subject::Loan(at),
            Key::Rating(id) => Subject::Rating(id),
            Key::Guarantee(guarantor, number) => Subject::Guarantee(guarantor, number),
            _ => continue,
        };
        let links: Links = draft.sum(&Key::Links(subject))?;
        if links.count > 0 {
            return Err(Refusal::RestsOn { seq, by: links.last });
        }
    }
    Ok(())
}

fn take_back(draft: &mut Draft<'_>, seq: u64, change: &Change) -> Result<(), Refusal> {
    let Change { key, before, after } = change;
    let damaged = || Refusal::Damaged { key: key.to_text() };
    // A request stays known, whatever became of it.
    if let Key::Request(..) = key {
        return Ok(());
    }
    let now = draft.record(key).cloned().ok_or_else(damaged)?;
    let after = after.as_ref().ok_or_else(damaged)?;
    match now.last() {
        // Nothing has shaped the object since: it is what it was.
        Some(_) if now == **after => draft.set(*key, before.as_deref().cloned()),
        Some(by) => return Err(Refusal::RestsOn { seq, by }),
        None => {
            let back = now.back(before.as_deref(), after).ok_or(Refusal::Overflow { what: "sum to be taken back" })?;
            draft.set(*key, Some(back));
        }
    }
    Ok(())
}

/// What the event gave to later payouts is still there for them.
fn still_holds(draft: &mut Draft<'_>, posted: &Posted) -> Result<(), Refusal> {
    let day_before = posted.event.effective_on.pred_opt().unwrap_or(posted.event.effective_on);
    for change in &posted.entry.changes {
        match (change.key, &change.before, &change.after) {
            (Key::Quota(bank), before, Some(after)) => {
                let accrued =
                    |record: Option<&Record>| record.and_then(Quota::of).map_or(0, |q| q.line.sums[Quota::ACCRUED]);
                if accrued(Some(&**after)) > accrued(before.as_deref()) {
                    quota::later_payouts_hold(draft, bank, day_before, Fen::ZERO)?;
                }
            }
            (Key::Fund(fund), ..) => fund::has(draft, fund, posted.event.effective_on, 0)?,
            _ => {}
        }
    }
    Ok(())
}
