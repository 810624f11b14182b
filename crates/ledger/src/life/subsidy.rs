//! A guarantee-fee subsidy: claimed by a maker, approved and paid by others, asked back where the guarantee ended early.
//!
//! | state | step | next |
//! |---|---|---|
//! | claimed | approved | approved |
//! | approved | paid | paid |
//! | paid | clawed_back | paid |
//! | paid | clawed_back_in_full | clawed_back |

use crate::draft::{Draft, add, in_range, minus, not_before, plus, same_amount, sub};
use crate::event::{Clawback, Office, SubsidyEvent};
use crate::posting::Account;
use crate::record::{Guarantee, GuarantorYear, Key, Subject, Subsidised, SubsidisedPeriod, Subsidy};
use crate::state::{Line, next};
use crate::{GuarantorId, Refusal, SubsidyNo, Thing};
use chrono::{Datelike, NaiveDate};
use policy::guarantee_fee::{self as rule_book, Case, eligibility};
use policy::{Figure, codes};
use primitives::{Fen, Ppm};

codes! {
    /// Where a subsidy stands.
    SubsidyState, "state of a subsidy";
    Claimed = "claimed", "已申请", "claimed";
    Approved = "approved", "已复核", "approved";
    Paid = "paid", "已拨付", "paid";
    ClawedBack = "clawed_back", "已追回", "clawed back";
}

codes! {
    /// A step of a subsidy.
    SubsidyStep, "step of a subsidy";
    Approved = "approved", "复核", "approve";
    Paid = "paid", "拨付", "pay";
    ClawedBack = "clawed_back", "部分追回", "claw back a part";
    ClawedBackInFull = "clawed_back_in_full", "全额追回", "claw back in full";
}

/// The table above.
pub const TABLE: &[Line<SubsidyState, SubsidyStep>] = {
    use {SubsidyState as S, SubsidyStep as E};
    &[
        (S::Claimed, E::Approved, S::Approved),
        (S::Approved, E::Paid, S::Paid),
        (S::Paid, E::ClawedBack, S::Paid),
        (S::Paid, E::ClawedBackInFull, S::ClawedBack),
    ]
};

/// The whole in parts per million.
const WHOLE: Ppm = Ppm::new(1_000_000);

pub(crate) fn judge(
    draft: &mut Draft<'_>,
    (guarantor, number): (GuarantorId, SubsidyNo),
    did: &SubsidyEvent,
) -> Result<(), Refusal> {
    let (thing, id) = (Thing::Subsidy, number.as_str());
    let key = Key::Subsidy(guarantor, number);
    if let SubsidyEvent::Claimed { guarantee, from, to, amount_fen } = did {
        draft.permit(&[Office::Guarantor(guarantor), Office::Platform], thing, id)?;
        draft.vacant(&key, thing, id)?;
        let guarantee_key = Key::Guarantee(guarantor, *guarantee);
        let of: Guarantee = draft.get(&guarantee_key, Thing::Guarantee, guarantee.as_str())?;
        draft.link(Subject::Guarantee(guarantor, *guarantee))?;
        let subsidy = Subsidy {
            last: draft.seq,
            state: SubsidyState::Claimed,
            since: draft.on(),
            guarantee: *guarantee,
            loan: of.loan,
            district: of.district,
            from: *from,
            to: *to,
            amount_fen: *amount_fen,
            maker: draft.event.actor.id,
            checker: None,
            rule: draft.rules.guarantee_fee.rule_on(draft.on())?.id(),
            clawed_back_fen: Fen::ZERO,
        };
        claimed(draft, guarantor, number, &of, &subsidy)?;
        draft.put(key, subsidy);
        return Ok(());
    }
    let mut subsidy: Subsidy = draft.get(&key, thing, id)?;
    draft.permit(&[Office::Bureau, Office::District(subsidy.district)], thing, id)?;
    let (payable, treasury) = (Account::SubsidyPayable(guarantor), Account::Treasury);
    match did {
        SubsidyEvent::Claimed { .. } | SubsidyEvent::Approved => {
            subsidy.state = next(TABLE, subsidy.state, SubsidyStep::Approved)?;
            draft.two_persons(subsidy.maker, "maker")?;
            subsidy.checker = Some(draft.event.actor.id);
            draft.post(Account::SubsidyGranted(guarantor), payable, subsidy.amount_fen)?;
        }
        SubsidyEvent::Paid => {
            subsidy.state = next(TABLE, subsidy.state, SubsidyStep::Paid)?;
            draft.two_persons(subsidy.maker, "maker")?;
            draft.post(payable, treasury, subsidy.amount_fen)?;
        }
        SubsidyEvent::ClawedBack { amount_fen, maker, reason } => {
            next(TABLE, subsidy.state, SubsidyStep::ClawedBack)?;
            draft.two_persons(*maker, "maker")?;
            clawed_back(draft, (guarantor, number), &mut subsidy, *amount_fen, *reason)?;
            draft.post(treasury, Account::SubsidyClawedBack(guarantor), *amount_fen)?;
        }
    }
    draft.not_before(subsidy.since)?;
    subsidy.last = draft.seq;
    subsidy.since = draft.on();
    draft.put(key, subsidy);
    Ok(())
}

/// The rule of the claim, no day of the loan twice, at most the best tier of what is counted, and the guarantor's cap.
fn claimed(
    draft: &mut Draft<'_>,
    guarantor: GuarantorId,
    number: SubsidyNo,
    of: &Guarantee,
    subsidy: &Subsidy,
) -> Result<(), Refusal> {
    let Subsidy { from, to, amount_fen, loan, .. } = *subsidy;
    let (key, on) = (Key::Subsidised(loan), draft.on());
    let mut subsidised: Subsidised = draft.sum(&key)?;
    let rule = draft.rules.guarantee_fee.find(subsidy.rule)?;
    let case = Case {
        applied_on: on,
        amount: of.amount_fen,
        fee_rate: of.fee_rate_ppm,
        from,
        to,
        subsidised: subsidised.0.iter().map(|p| (p.from, p.to)).collect(),
    };
    draft.look(eligibility(rule, &case))?;
    crate::draft::period(from, to)?;
    draft.not_before(of.issued_on)?;
    not_before("from", from, of.from)?;
    not_before("the guarantee's last day", of.released_on.map_or(of.to, |day| day.min(of.to)), to)?;
    let terms = rule.terms();
    let weight = if of.batch { terms.batch_weight.value } else { WHOLE };
    let rate = terms.tier(WHOLE).map_or(Ppm::new(0), |t| t.rate.value);
    let most = weight.of(of.amount_fen).and_then(|counted| rate.of(counted));
    let most = most.ok_or(Refusal::Overflow { what: "subsidy" })?;
    in_range("amount_fen", amount_fen.get(), 1, most.get())?;
    let year_key = Key::GuarantorYear(guarantor, on.year());
    let year: GuarantorYear = draft.sum(&year_key)?;
    let left = sub("subsidies of a guarantor", terms.guarantor_cap.value.get(), year.claimed_fen)?;
    in_range("amount_fen", amount_fen.get(), 1, left)?;
    let claimed_fen = add("subsidies of a guarantor", year.claimed_fen, amount_fen.get())?;
    draft.put(year_key, GuarantorYear { claimed_fen });
    subsidised.0.push(SubsidisedPeriod { from, to, guarantor, subsidy: number });
    subsidised.0.sort_by_key(|p| (p.from, p.to));
    draft.put(key, subsidised);
    Ok(())
}

/// What is asked back; a subsidy that was wrongly paid and is back in full frees its days.
fn clawed_back(
    draft: &mut Draft<'_>,
    (guarantor, number): (GuarantorId, SubsidyNo),
    subsidy: &mut Subsidy,
    amount: Fen,
    reason: Clawback,
) -> Result<(), Refusal> {
    let left = minus("subsidy", subsidy.amount_fen, subsidy.clawed_back_fen)?;
    in_range("amount_fen", amount.get(), 1, left.get())?;
    if reason == Clawback::EarlyEnd {
        let key = Key::Guarantee(guarantor, subsidy.guarantee);
        let of: Guarantee = draft.get(&key, Thing::Guarantee, subsidy.guarantee.as_str())?;
        let ended: Option<NaiveDate> = of.released_on.filter(|day| *day < subsidy.to);
        let Some(ended) = ended else {
            let found = of.released_on.map_or(Figure::Unknown, Figure::Date);
            let expected = Figure::Text(format!("before {}", subsidy.to));
            return Err(Refusal::Differs { field: "end of the guarantee", found, expected });
        };
        let rule = draft.rules.guarantee_fee.find(subsidy.rule)?;
        let due = rule_book::clawback(rule, subsidy.amount_fen, subsidy.from, subsidy.to, ended)?;
        same_amount("amount_fen", amount, minus("clawback", due, subsidy.clawed_back_fen)?)?;
    }
    subsidy.clawed_back_fen = plus("clawback", subsidy.clawed_back_fen, amount)?;
    let in_full = subsidy.clawed_back_fen == subsidy.amount_fen;
    let step = if in_full { SubsidyStep::ClawedBackInFull } else { SubsidyStep::ClawedBack };
    subsidy.state = next(TABLE, subsidy.state, step)?;
    if in_full && reason == Clawback::WronglyPaid {
        let key = Key::Subsidised(subsidy.loan);
        let mut subsidised: Subsidised = draft.sum(&key)?;
        subsidised.0.retain(|p| (p.guarantor, p.subsidy) != (guarantor, number));
        draft.put(key, subsidised);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_table_is_whole_and_documented() {
        crate::state::tests::whole(super::TABLE, include_str!("subsidy.rs"));
    }
}
