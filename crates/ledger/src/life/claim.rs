//! A claim of compensation: reviewed twice by two persons, paid within the quota, and partly back where the debtor pays.
//!
//! | state | step | next |
//! |---|---|---|
//! | claimed | first_passed | first_passed |
//! | claimed | first_refused | refused |
//! | first_passed | second_passed | second_passed |
//! | first_passed | second_refused | refused |
//! | second_passed | paid_out | paid |
//! | paid | recovered | paid |
//! | paid | clawed_back | paid |
//!
//! A step after its time limit is kept and told ([`Note::Late`]): what was late did happen.

mod payout;

use crate::draft::{Draft, in_range, minus, not_found, plus};
use crate::event::{ClaimEvent, Office, Review, Scheme};
use crate::judge::Note;
use crate::life::loan::{Case, load};
use crate::record::{Balance, Claim, Key, LoanRef, Quota};
use crate::state::{Line, next};
use crate::{BankId, ClaimNo, Refusal, Thing, quota};
use chrono::NaiveDate;
use policy::risk_compensation::{self as rule_book, Rule, eligibility};
use policy::{Code, Figure, Marked, WorkingDays, codes};
use primitives::Fen;

codes! {
    /// Where a claim stands.
    ClaimState, "state of a claim";
    Claimed = "claimed", "已申请", "claimed";
    FirstPassed = "first_passed", "初审通过", "first review passed";
    SecondPassed = "second_passed", "复审通过", "second review passed";
    Refused = "refused", "已退回", "refused";
    Paid = "paid", "已划拨", "paid";
}

codes! {
    /// A step of a claim.
    ClaimStep, "step of a claim";
    FirstPassed = "first_passed", "初审通过", "pass the first review";
    FirstRefused = "first_refused", "初审退回", "refuse at the first review";
    SecondPassed = "second_passed", "复审通过", "pass the second review";
    SecondRefused = "second_refused", "复审退回", "refuse at the second review";
    PaidOut = "paid_out", "划拨", "pay";
    Recovered = "recovered", "追偿收回", "recover";
    ClawedBack = "clawed_back", "追回", "claw back";
}

/// The table above.
pub const TABLE: &[Line<ClaimState, ClaimStep>] = {
    use {ClaimState as S, ClaimStep as E};
    &[
        (S::Claimed, E::FirstPassed, S::FirstPassed),
        (S::Claimed, E::FirstRefused, S::Refused),
        (S::FirstPassed, E::SecondPassed, S::SecondPassed),
        (S::FirstPassed, E::SecondRefused, S::Refused),
        (S::SecondPassed, E::PaidOut, S::Paid),
        (S::Paid, E::Recovered, S::Paid),
        (S::Paid, E::ClawedBack, S::Paid),
    ]
};

pub(crate) fn judge(draft: &mut Draft<'_>, at: (BankId, ClaimNo), did: &ClaimEvent) -> Result<(), Refusal> {
    let (bank, number) = at;
    let (thing, id) = (Thing::Claim, number.as_str());
    let key = Key::Claim(bank, number);
    if let ClaimEvent::Claimed { .. } = did {
        draft.permit(&[Office::Bank(bank), Office::Platform], thing, id)?;
        draft.vacant(&key, thing, id)?;
        let claim = claimed(draft, bank, did)?;
        draft.put(key, claim);
        return Ok(());
    }
    let found: Option<Claim> = draft.find(&key)?;
    let Some(mut claim) = found else {
        draft.permit(&[Office::Bank(bank), Office::Platform, Office::Bureau], thing, id)?;
        return Err(not_found(thing, id));
    };
    let mut case = load(draft, LoanRef { bank, loan: claim.loan })?;
    let district = case.terms.grant.map_or(case.terms.profile.district, |g| g.district);
    let offices: &[Office] = match did {
        ClaimEvent::FirstReviewed { .. } => &[Office::District(district), Office::Platform, Office::Bureau],
        ClaimEvent::Recovered { .. } => &[Office::Bank(bank), Office::Bureau],
        _ => &[Office::Bureau],
    };
    draft.permit(offices, thing, id)?;
    claim.state = next(TABLE, claim.state, step(did))?;
    draft.not_before(claim.since)?;
    draft.notes.extend(claim.due_on.filter(|due| *due < draft.on()).map(|due_on| Note::Late { due_on }));
    let rule = draft.rules.risk_compensation.find(claim.rule)?;
    let actor = draft.event.actor.id;
    match did {
        ClaimEvent::Claimed { .. } => {}
        ClaimEvent::FirstReviewed { .. } => {
            draft.two_persons(claim.maker, "maker")?;
            claim.first_by = Some(actor);
            claim.due_on = due(draft, &rule.terms().second_review);
        }
        ClaimEvent::SecondReviewed { .. } => {
            draft.two_persons(claim.maker, "maker")?;
            first_reviewer_is_another(draft, &claim)?;
            claim.second_by = Some(actor);
            claim.due_on = due(draft, &rule.terms().transfer);
        }
        ClaimEvent::PaidOut => {
            draft.two_persons(claim.maker, "maker")?;
            first_reviewer_is_another(draft, &claim)?;
            payout::paid_out(draft, at, &mut claim, &mut case, rule)?;
            claim.due_on = None;
        }
        ClaimEvent::Recovered { amount_fen } => payout::returned(draft, bank, &mut claim, rule, *amount_fen, true)?,
        ClaimEvent::ClawedBack { amount_fen, maker } => {
            draft.two_persons(*maker, "maker")?;
            payout::returned(draft, bank, &mut claim, rule, *amount_fen, false)?;
        }
    }
    if claim.state == ClaimState::Refused {
        claim.due_on = None;
        case.balance.claimed_fen = minus("claims", case.balance.claimed_fen, claim.loss_fen)?;
    }
    if matches!(claim.state, ClaimState::Refused) || *did == ClaimEvent::PaidOut {
        draft.put(Key::Balance(case.at), Balance { last: draft.seq, ..case.balance });
    }
    claim.last = draft.seq;
    claim.since = draft.on();
    draft.put(key, claim);
    Ok(())
}

fn step(did: &ClaimEvent) -> ClaimStep {
    let passed = |result: &Review, passed, refused| if *result == Review::Passed { passed } else { refused };
    match did {
        ClaimEvent::FirstReviewed { result } => passed(result, ClaimStep::FirstPassed, ClaimStep::FirstRefused),
        ClaimEvent::SecondReviewed { result } => passed(result, ClaimStep::SecondPassed, ClaimStep::SecondRefused),
        ClaimEvent::Claimed { .. } | ClaimEvent::PaidOut => ClaimStep::PaidOut,
        ClaimEvent::Recovered { .. } => ClaimStep::Recovered,
        ClaimEvent::ClawedBack { .. } => ClaimStep::ClawedBack,
    }
}

fn first_reviewer_is_another(draft: &Draft<'_>, claim: &Claim) -> Result<(), Refusal> {
    claim.first_by.map_or(Ok(()), |first| draft.two_persons(first, "first review"))
}

/// The last day of a step that begins on the event's day; `None` where it runs into a year without a calendar.
fn due(draft: &Draft<'_>, limit: &Marked<WorkingDays>) -> Option<NaiveDate> {
    let days = u32::try_from(limit.value.0).ok()?;
    draft.rules.calendar.add_working_days(draft.on(), days).ok()
}

fn claimed(draft: &mut Draft<'_>, bank: BankId, did: &ClaimEvent) -> Result<Claim, Refusal> {
    let ClaimEvent::Claimed { loan, loss_fen, recovery_from, fee_rate_ppm } = did else {
        return Err(Refusal::Empty { field: "claim" });
    };
    let mut case = load(draft, LoanRef { bank, loan: *loan })?;
    let scheme = match case.terms.scheme {
        Scheme::CommercialValue => rule_book::Scheme::CommercialValue,
        Scheme::Guaranteed => rule_book::Scheme::Guaranteed,
        Scheme::Ordinary => {
            let found = Figure::Text(Scheme::Ordinary.code().to_owned());
            let expected = Figure::Text("commercial_value or guaranteed".to_owned());
            return Err(Refusal::Differs { field: "scheme", found, expected });
        }
    };
    let granted_on = case.terms.grant.map_or(case.terms.applied_on, |g| g.on);
    draft.not_before(granted_on)?;
    crate::draft::not_before("recovery_from", *recovery_from, granted_on)?;
    // A loan from before the first rule of compensation has none.
    let rule = match case.terms.grant.and_then(|g| g.compensation_rule) {
        Some(id) => draft.rules.risk_compensation.find(id)?,
        None => draft.rules.risk_compensation.rule_on(granted_on)?,
    };
    let balance = &case.balance;
    let lost = minus("loss", balance.disbursed_fen, balance.repaid_fen)?;
    let open = minus("loss", minus("loss", lost, balance.recovered_fen)?, balance.claimed_fen)?;
    in_range("loss_fen", loss_fen.get(), 1, open.get())?;
    let claim = Claim {
        last: draft.seq,
        state: ClaimState::Claimed,
        since: draft.on(),
        loan: *loan,
        enterprise: case.terms.profile.enterprise,
        scheme,
        rule: rule.id(),
        loss_fen: *loss_fen,
        recovery_from: *recovery_from,
        fee_rate_ppm: *fee_rate_ppm,
        claimed_on: draft.on(),
        maker: draft.event.actor.id,
        first_by: None,
        second_by: None,
        due_on: due(draft, &rule.terms().first_review),
        parts: Vec::new(),
        government_fen: Fen::ZERO,
        recovered_fen: Fen::ZERO,
        clawed_back_fen: Fen::ZERO,
    };
    rules_hold(draft, bank, &claim, &case, rule)?;
    case.balance.claimed_fen = plus("claims", case.balance.claimed_fen, *loss_fen)?;
    draft.put(Key::Balance(case.at), Balance { last: draft.seq, ..case.balance });
    Ok(claim)
}

/// The rules of compensation on the event's day; the quota that is available on it, where the scheme has one.
fn rules_hold(
    draft: &mut Draft<'_>,
    bank: BankId,
    claim: &Claim,
    case: &Case,
    rule: &Rule,
) -> Result<Option<Fen>, Refusal> {
    let on = draft.on();
    let quota: Quota = draft.sum(&Key::Quota(bank))?;
    let available = match claim.scheme {
        rule_book::Scheme::CommercialValue => Some(quota::available(draft, bank, on)?),
        rule_book::Scheme::Guaranteed => None,
    };
    let grant = case.terms.grant.as_ref();
    let verdict = eligibility(
        rule,
        &rule_book::Claim {
            on,
            scheme: claim.scheme,
            loss: claim.loss_fen,
            loan: grant.map_or(Fen::ZERO, |g| g.amount_fen),
            size: case.terms.profile.size,
            recovery_from: claim.recovery_from,
            loan_rate: grant.map_or(primitives::Ppm::new(0), |g| g.annual_rate_ppm),
            fee_rate: claim.fee_rate_ppm,
            available,
            compensated: Fen::new(quota.compensated_fen),
            disbursed: Fen::new(quota.disbursed_fen),
        },
    );
    draft.look(verdict)?;
    Ok(available)
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_table_is_whole_and_documented() {
        crate::state::tests::whole(super::TABLE, include_str!("claim.rs"));
    }
}
