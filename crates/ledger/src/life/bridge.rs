//! A bridge loan (转贷): money of the pool that repays a loan which is due, and comes back from the loan that renews it.
//!
//! | state | step | next |
//! |---|---|---|
//! | applied | committed | committed |
//! | applied | released | released |
//! | committed | released | released |
//! | released | old_loan_repaid | old_loan_repaid |
//! | released | returned | returned |
//! | released | overdue_noted | released |
//! | old_loan_repaid | new_loan_granted | new_loan_granted |
//! | old_loan_repaid | returned | returned |
//! | old_loan_repaid | overdue_noted | old_loan_repaid |
//! | new_loan_granted | returned | returned |
//! | new_loan_granted | overdue_noted | new_loan_granted |
//! | returned | fee_charged | settled |
//!
//! A release without the bank's commitment is left to the rule of the day, which refuses it wherever it requires one.

use crate::draft::{Draft, district, in_range, not_before, not_found, positive, same_amount};
use crate::event::{BridgeEvent, Fund, Office};
use crate::judge::Note;
use crate::life::fund;
use crate::life::loan::{load, outstanding};
use crate::posting::Account;
use crate::record::{Balance, BridgeLoan, Key, LoanRef, Subject};
use crate::state::{Line, next};
use crate::{BankId, BridgeNo, LoanNo, Refusal, Thing};
use chrono::NaiveDate;
use policy::bridge_loan::{Case, eligibility, fee, last_day};
use policy::{Figure, WorkingDays, codes};
use primitives::Fen;

codes! {
    /// Where a bridge loan stands.
    BridgeState, "state of a bridge loan";
    Applied = "applied", "已申请", "applied";
    Committed = "committed", "银行已承诺续贷", "bank committed to renew";
    Released = "released", "已放款", "released";
    OldLoanRepaid = "old_loan_repaid", "原贷款已归还", "old loan repaid";
    NewLoanGranted = "new_loan_granted", "新贷款已发放", "new loan granted";
    Returned = "returned", "已归还", "returned";
    Settled = "settled", "已结清", "settled";
}

codes! {
    /// A step of a bridge loan.
    BridgeStep, "step of a bridge loan";
    Committed = "committed", "承诺续贷", "commit to renew";
    Released = "released", "放款", "release";
    OldLoanRepaid = "old_loan_repaid", "归还原贷款", "repay the old loan";
    NewLoanGranted = "new_loan_granted", "发放新贷款", "grant the new loan";
    Returned = "returned", "归还", "return";
    OverdueNoted = "overdue_noted", "登记逾期", "note as overdue";
    FeeCharged = "fee_charged", "收取使用费", "charge the fee";
}

/// The table above.
pub const TABLE: &[Line<BridgeState, BridgeStep>] = {
    use {BridgeState as S, BridgeStep as E};
    &[
        (S::Applied, E::Committed, S::Committed),
        (S::Applied, E::Released, S::Released),
        (S::Committed, E::Released, S::Released),
        (S::Released, E::OldLoanRepaid, S::OldLoanRepaid),
        (S::Released, E::Returned, S::Returned),
        (S::Released, E::OverdueNoted, S::Released),
        (S::OldLoanRepaid, E::NewLoanGranted, S::NewLoanGranted),
        (S::OldLoanRepaid, E::Returned, S::Returned),
        (S::OldLoanRepaid, E::OverdueNoted, S::OldLoanRepaid),
        (S::NewLoanGranted, E::Returned, S::Returned),
        (S::NewLoanGranted, E::OverdueNoted, S::NewLoanGranted),
        (S::Returned, E::FeeCharged, S::Settled),
    ]
};

pub(crate) fn judge(draft: &mut Draft<'_>, at: (BankId, BridgeNo), did: &BridgeEvent) -> Result<(), Refusal> {
    let (bank, number) = at;
    let (thing, id) = (Thing::Bridge, number.as_str());
    let key = Key::Bridge(bank, number);
    if let BridgeEvent::Applied { .. } = did {
        return applied(draft, at, did);
    }
    let found: Option<BridgeLoan> = draft.find(&key)?;
    let district = found.as_ref().map(|b| Office::District(b.district));
    // The bank tells of its own part, who keeps the pool of money that moves.
    let of_bank =
        matches!(did, BridgeEvent::Committed | BridgeEvent::OldLoanRepaid | BridgeEvent::NewLoanGranted { .. });
    let mut offices = vec![Office::Bureau, Office::Platform];
    if of_bank {
        offices.push(Office::Bank(bank));
    } else {
        offices.extend(district);
    }
    draft.permit(&offices, thing, id)?;
    let Some(mut bridge) = found else { return Err(not_found(thing, id)) };
    bridge.state = next(TABLE, bridge.state, step(did))?;
    draft.not_before(bridge.since)?;
    let (pool, out) = (Account::FundCash(Fund::Bridge), Account::BridgePrincipal(bank, number));
    match did {
        BridgeEvent::Applied { .. } => {}
        BridgeEvent::Committed => bridge.committed = true,
        BridgeEvent::Released => {
            released(draft, &mut bridge)?;
            draft.post(out, pool, bridge.amount_fen)?;
        }
        BridgeEvent::OldLoanRepaid => old_loan_repaid(draft, bank, &bridge)?,
        BridgeEvent::NewLoanGranted { new_loan } => {
            new_loan_granted(draft, bank, &bridge, *new_loan)?;
            bridge.new_loan = *new_loan;
        }
        BridgeEvent::Returned { amount_fen } => {
            same_amount("amount_fen", *amount_fen, bridge.amount_fen)?;
            fund::take_in(draft, Fund::Bridge, *amount_fen)?;
            draft.post(pool, out, *amount_fen)?;
            bridge.returned_on = Some(draft.on());
            draft.notes.extend(bridge.due_on.filter(|due| *due < draft.on()).map(|due_on| Note::Late { due_on }));
        }
        BridgeEvent::OverdueNoted => {
            let after = bridge.due_on.unwrap_or(bridge.since);
            not_before("effective_on", draft.on(), after.succ_opt().unwrap_or(after))?;
            bridge.overdue = true;
        }
        BridgeEvent::FeeCharged { amount_fen } => {
            same_amount("amount_fen", *amount_fen, fee_due(draft, &bridge)?)?;
            fund::take_in(draft, Fund::Bridge, *amount_fen)?;
            draft.post(pool, Account::BridgeFees, *amount_fen)?;
            bridge.fee_fen = Some(*amount_fen);
        }
    }
    if *did != BridgeEvent::OverdueNoted {
        bridge.since = draft.on();
    }
    bridge.last = draft.seq;
    draft.put(key, bridge);
    Ok(())
}

fn step(did: &BridgeEvent) -> BridgeStep {
    match did {
        BridgeEvent::Applied { .. } | BridgeEvent::Committed => BridgeStep::Committed,
        BridgeEvent::Released => BridgeStep::Released,
        BridgeEvent::OldLoanRepaid => BridgeStep::OldLoanRepaid,
        BridgeEvent::NewLoanGranted { .. } => BridgeStep::NewLoanGranted,
        BridgeEvent::Returned { .. } => BridgeStep::Returned,
        BridgeEvent::OverdueNoted => BridgeStep::OverdueNoted,
        BridgeEvent::FeeCharged { .. } => BridgeStep::FeeCharged,
    }
}

fn applied(draft: &mut Draft<'_>, (bank, number): (BankId, BridgeNo), did: &BridgeEvent) -> Result<(), Refusal> {
    let BridgeEvent::Applied { enterprise, district: code, kind, amount_fen, old_loan, old_loan_fen, working_days } =
        did
    else {
        return Ok(());
    };
    let (thing, id) = (Thing::Bridge, number.as_str());
    let offices = [Office::Bank(bank), Office::Platform, Office::Bureau, Office::District(*code)];
    draft.permit(&offices, thing, id)?;
    draft.vacant(&Key::Bridge(bank, number), thing, id)?;
    positive("amount_fen", *amount_fen)?;
    positive("old_loan_fen", *old_loan_fen)?;
    in_range("working_days", *working_days, 0, 250)?;
    district(*code, draft.on())?;
    if let Some(loan) = old_loan {
        let case = load(draft, LoanRef { bank, loan: *loan })?;
        if case.terms.profile.enterprise != *enterprise {
            return Err(not_found(Thing::Loan, loan.as_str()));
        }
        same_amount("old_loan_fen", *old_loan_fen, outstanding(&case.balance)?)?;
        draft.link(Subject::Loan(case.at))?;
    }
    let bridge = BridgeLoan {
        last: draft.seq,
        state: BridgeState::Applied,
        since: draft.on(),
        maker: draft.event.actor.id,
        enterprise: *enterprise,
        district: *code,
        kind: *kind,
        amount_fen: *amount_fen,
        old_loan: *old_loan,
        old_loan_fen: *old_loan_fen,
        working_days: *working_days,
        committed: false,
        released_on: None,
        due_on: None,
        rule: None,
        new_loan: None,
        returned_on: None,
        overdue: false,
        fee_fen: None,
    };
    draft.put(Key::Bridge(bank, number), bridge);
    Ok(())
}

/// The pool pays under the rule of the day, by another person than the one who entered the case.
fn released(draft: &mut Draft<'_>, bridge: &mut BridgeLoan) -> Result<(), Refusal> {
    draft.two_persons(bridge.maker, "maker")?;
    let on = draft.on();
    let rule = draft.rules.bridge_loan.rule_on(on)?;
    let case = Case {
        on,
        amount: bridge.amount_fen,
        old_loan: bridge.old_loan_fen,
        borrower: bridge.kind,
        district: bridge.district,
        days: WorkingDays(bridge.working_days),
        commitment: bridge.committed,
    };
    draft.look(eligibility(rule, &case))?;
    fund::pay(draft, Fund::Bridge, bridge.amount_fen)?;
    bridge.released_on = Some(on);
    bridge.rule = Some(rule.id());
    // Where the limit runs into a year without a calendar, none is guessed.
    bridge.due_on = last_day(rule, &draft.rules.calendar, on).ok();
    Ok(())
}

/// Where the ledger has the old loan, its bank has told of the repayment before.
fn old_loan_repaid(draft: &mut Draft<'_>, bank: BankId, bridge: &BridgeLoan) -> Result<(), Refusal> {
    let Some(loan) = bridge.old_loan else { return Ok(()) };
    let case = load(draft, LoanRef { bank, loan })?;
    let from: NaiveDate = bridge.released_on.unwrap_or(bridge.since);
    let of_bridge = case.balance.moves.iter().filter(|m| from <= m.on && m.on <= draft.on());
    let repaid = of_bridge.map(|m| m.repaid_fen).try_fold(0_i64, i64::checked_add);
    let repaid = Fen::new(repaid.ok_or(Refusal::Overflow { what: "repaid principal" })?);
    if repaid < bridge.amount_fen {
        return same_amount("repaid principal of the old loan since the release", repaid, bridge.amount_fen);
    }
    // The repayment is not reversed while this rests on it.
    draft.put(Key::Balance(case.at), Balance { last: draft.seq, ..case.balance });
    Ok(())
}

fn new_loan_granted(
    draft: &mut Draft<'_>,
    bank: BankId,
    bridge: &BridgeLoan,
    new_loan: Option<LoanNo>,
) -> Result<(), Refusal> {
    let Some(loan) = new_loan else { return Ok(()) };
    let case = load(draft, LoanRef { bank, loan })?;
    let granted = case.terms.grant.filter(|_| case.terms.profile.enterprise == bridge.enterprise);
    let Some(grant) = granted else { return Err(not_found(Thing::Loan, loan.as_str())) };
    not_before("grant date of the new loan", grant.on, bridge.released_on.unwrap_or(bridge.since))?;
    not_before("effective_on", draft.on(), grant.on)?;
    draft.link(Subject::Loan(case.at))
}

fn fee_due(draft: &Draft<'_>, bridge: &BridgeLoan) -> Result<Fen, Refusal> {
    let (Some(rule), Some(released), Some(returned)) = (bridge.rule, bridge.released_on, bridge.returned_on) else {
        return Err(Refusal::Differs {
            field: "return of the bridge loan",
            found: Figure::Unknown,
            expected: Figure::Text("a day".to_owned()),
        });
    };
    let rule = draft.rules.bridge_loan.find(rule)?;
    Ok(fee(rule, &draft.rules.calendar, bridge.amount_fen, released, returned)?.fee)
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_table_is_whole_and_documented() {
        crate::state::tests::whole(super::TABLE, include_str!("bridge.rs"));
    }
}
