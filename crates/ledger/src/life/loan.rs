//! A loan, from its application to its end.
//!
//! | state | step | next |
//! |---|---|---|
//! | applied | completed | complete |
//! | applied | declined | declined |
//! | applied | withdrawn | withdrawn |
//! | complete | granted | granted |
//! | complete | declined | declined |
//! | complete | withdrawn | withdrawn |
//! | granted | disbursed | lent |
//! | granted | withdrawn | withdrawn |
//! | lent | disbursed | lent |
//! | lent | scheduled | lent |
//! | lent | repaid | lent |
//! | lent | repaid_in_full | settled |
//! | lent | renewed | lent |
//! | lent | renewed_in_full | settled |
//! | lent | written_off | lent |
//! | lent | written_off_in_full | written_off |
//! | lent | recovered | lent |
//! | lent | status | lent |
//! | lent | closed | closed |
//! | settled | recovered | settled |
//! | settled | status | settled |
//! | settled | closed | closed |
//! | written_off | recovered | written_off |
//! | written_off | status | written_off |
//! | written_off | closed | closed |
//!
//! `repaid_in_full` is the repayment that leaves nothing outstanding and nothing to be drawn; `written_off_in_full` the
//! write-off that leaves nothing outstanding. A loan with something to be drawn stays `lent` at a balance of zero.

mod grant;
mod money;

use crate::draft::{Draft, district, in_range, minus, not_before, plus, positive, same_amount, sub, zone};
use crate::event::{Instalment, LoanEvent, Office, Profile, Scheme};
use crate::line;
use crate::record::{Balance, BankStatus, Borrower, Key, Loan, LoanRef, Owner, SUMS, Schedule};
use crate::state::{Line, next};
use crate::{Refusal, Thing};
use chrono::NaiveDate;
use policy::{Bank, Product, codes};
use primitives::Fen;

pub(crate) use money::{Flow, outstanding};

codes! {
    /// Where a loan stands.
    LoanState, "state of a loan";
    Applied = "applied", "已申请", "applied";
    Complete = "complete", "资料齐全", "documents complete";
    Declined = "declined", "已拒绝", "declined";
    Withdrawn = "withdrawn", "已撤回", "withdrawn";
    Granted = "granted", "已授信", "granted";
    Lent = "lent", "已放款", "disbursed";
    Settled = "settled", "已结清", "settled";
    WrittenOff = "written_off", "已核销", "written off";
    Closed = "closed", "已终止", "closed";
}

codes! {
    /// A step of a loan.
    LoanStep, "step of a loan";
    Applied = "applied", "申请", "apply";
    Completed = "completed", "资料收齐", "complete the documents";
    Declined = "declined", "拒绝", "decline";
    Withdrawn = "withdrawn", "撤回", "withdraw";
    Granted = "granted", "授信", "grant";
    Disbursed = "disbursed", "放款", "disburse";
    Scheduled = "scheduled", "设定还款计划", "set the schedule";
    Repaid = "repaid", "还款", "repay";
    RepaidInFull = "repaid_in_full", "还清", "repay in full";
    Renewed = "renewed", "续贷", "renew";
    RenewedInFull = "renewed_in_full", "全额续贷", "renew in full";
    WrittenOff = "written_off", "核销", "write off";
    WrittenOffInFull = "written_off_in_full", "全额核销", "write off in full";
    Recovered = "recovered", "核销后收回", "recover";
    Status = "status", "报送月末状态", "report the month's status";
    Closed = "closed", "终止", "close";
}

/// The table above.
pub const TABLE: &[Line<LoanState, LoanStep>] = {
    use {LoanState as S, LoanStep as E};
    &[
        (S::Applied, E::Completed, S::Complete),
        (S::Applied, E::Declined, S::Declined),
        (S::Applied, E::Withdrawn, S::Withdrawn),
        (S::Complete, E::Granted, S::Granted),
        (S::Complete, E::Declined, S::Declined),
        (S::Complete, E::Withdrawn, S::Withdrawn),
        (S::Granted, E::Disbursed, S::Lent),
        (S::Granted, E::Withdrawn, S::Withdrawn),
        (S::Lent, E::Disbursed, S::Lent),
        (S::Lent, E::Scheduled, S::Lent),
        (S::Lent, E::Repaid, S::Lent),
        (S::Lent, E::RepaidInFull, S::Settled),
        (S::Lent, E::Renewed, S::Lent),
        (S::Lent, E::RenewedInFull, S::Settled),
        (S::Lent, E::WrittenOff, S::Lent),
        (S::Lent, E::WrittenOffInFull, S::WrittenOff),
        (S::Lent, E::Recovered, S::Lent),
        (S::Lent, E::Status, S::Lent),
        (S::Lent, E::Closed, S::Closed),
        (S::Settled, E::Recovered, S::Settled),
        (S::Settled, E::Status, S::Settled),
        (S::Settled, E::Closed, S::Closed),
        (S::WrittenOff, E::Recovered, S::WrittenOff),
        (S::WrittenOff, E::Status, S::WrittenOff),
        (S::WrittenOff, E::Closed, S::Closed),
    ]
};

/// A loan under judgement: its terms and its money.
pub(crate) struct Case {
    pub(crate) at: LoanRef,
    pub(crate) terms: Loan,
    pub(crate) balance: Balance,
}

/// A loan that is there.
pub(crate) fn load(draft: &mut Draft<'_>, at: LoanRef) -> Result<Case, Refusal> {
    let id = at.loan.as_str();
    let balance = draft.get(&Key::Balance(at), Thing::Loan, id)?;
    let terms = draft.get(&Key::Loan(at), Thing::Loan, id)?;
    Ok(Case { at, terms, balance })
}

impl Case {
    fn step(&mut self, step: LoanStep) -> Result<(), Refusal> {
        self.balance.state = next(TABLE, self.balance.state, step)?;
        Ok(())
    }

    /// Keeps the money, as shaped by this event.
    fn keep(self, draft: &mut Draft<'_>) {
        let balance = Balance { last: draft.seq, ..self.balance };
        draft.put(Key::Balance(self.at), balance);
    }

    /// Keeps terms and money.
    fn keep_all(self, draft: &mut Draft<'_>) {
        draft.put(Key::Loan(self.at), Loan { last: draft.seq, ..self.terms.clone() });
        self.keep(draft);
    }

    /// Adds to what the borrower has at all banks.
    fn borrower(&self, draft: &mut Draft<'_>, in_use: i64, outstanding: i64) -> Result<(), Refusal> {
        let code = self.terms.profile.enterprise;
        let borrower: Borrower = draft.sum(&Key::Borrower(code))?;
        let in_use = if self.terms.scheme == Scheme::CommercialValue { in_use } else { 0 };
        let mut difference = [0; SUMS];
        difference[Borrower::IN_USE] = in_use;
        difference[Borrower::OUTSTANDING] = outstanding;
        if difference == [0; SUMS] {
            return Ok(());
        }
        let on = draft.on();
        let line = line::add(draft, Owner::Borrower(code), borrower.line, on, difference)?;
        draft.put(Key::Borrower(code), Borrower { line, ..borrower });
        Ok(())
    }

    /// What was granted and not paid out.
    fn undrawn(&self) -> Result<Fen, Refusal> {
        let granted = self.terms.grant.map_or(Fen::ZERO, |g| g.amount_fen);
        minus("undrawn amount", granted, self.balance.disbursed_fen)
    }

    /// The grant date, before which no money moves.
    fn granted_on(&self) -> NaiveDate {
        self.terms.grant.map_or(self.terms.applied_on, |g| g.on)
    }
}

pub(crate) fn judge(draft: &mut Draft<'_>, at: LoanRef, did: &LoanEvent) -> Result<(), Refusal> {
    let offices = [Office::Bank(at.bank), Office::Platform, Office::Bureau];
    draft.permit(&offices, Thing::Loan, at.loan.as_str())?;
    if let LoanEvent::Applied { profile, bank_kind, product, scheme, requested_fen } = did {
        return applied(draft, at, *profile, (*bank_kind, *product, *scheme), *requested_fen);
    }
    let mut case = load(draft, at)?;
    match did {
        LoanEvent::Applied { .. } => Ok(()),
        LoanEvent::Completed => {
            case.step(LoanStep::Completed)?;
            draft.not_before(case.balance.since)?;
            case.terms.completed_on = Some(draft.on());
            case.balance.since = draft.on();
            case.keep_all(draft);
            Ok(())
        }
        LoanEvent::Declined { reason } => {
            case.step(LoanStep::Declined)?;
            draft.not_before(case.balance.since)?;
            case.terms.declined = Some(*reason);
            case.balance.since = draft.on();
            case.keep_all(draft);
            Ok(())
        }
        LoanEvent::Withdrawn => {
            case.step(LoanStep::Withdrawn)?;
            draft.not_before(case.balance.since)?;
            // What was granted is free again.
            let granted = case.terms.grant.map_or(0, |g| g.amount_fen.get());
            case.borrower(draft, sub("exposure", 0, granted)?, 0)?;
            case.balance.since = draft.on();
            case.keep(draft);
            Ok(())
        }
        LoanEvent::Granted { .. } => grant::granted(draft, case, did),
        LoanEvent::Disbursed { amount_fen } => disbursed(draft, case, *amount_fen),
        LoanEvent::Scheduled { instalments } => scheduled(draft, case, instalments),
        LoanEvent::Repaid { principal_fen } => {
            case.move_principal(draft, Flow::Repaid, *principal_fen)?;
            case.keep(draft);
            Ok(())
        }
        LoanEvent::Renewed { new_loan, part_fen } => {
            grant::renewed(draft, case, LoanRef { loan: *new_loan, ..at }, *part_fen)
        }
        LoanEvent::WrittenOff { principal_fen } => {
            case.move_principal(draft, Flow::WrittenOff, *principal_fen)?;
            case.keep(draft);
            Ok(())
        }
        LoanEvent::Recovered { principal_fen } => recovered(draft, case, *principal_fen),
        LoanEvent::Status { month, days_past_due, category } => {
            next(TABLE, case.balance.state, LoanStep::Status)?;
            in_range("days_past_due", *days_past_due, 0, i64::from(i32::MAX))?;
            not_before("month", month.last_day(), case.granted_on())?;
            not_before("effective_on", draft.on(), month.first_day())?;
            let status = BankStatus { last: draft.seq, days_past_due: *days_past_due, category: *category };
            draft.put(Key::Status(at, *month), status);
            Ok(())
        }
        LoanEvent::Closed => closed(draft, case),
    }
}

fn applied(
    draft: &mut Draft<'_>,
    at: LoanRef,
    profile: Profile,
    (bank_kind, product, scheme): (Bank, Product, Scheme),
    requested_fen: Fen,
) -> Result<(), Refusal> {
    draft.vacant(&Key::Balance(at), Thing::Loan, at.loan.as_str())?;
    positive("requested_fen", requested_fen)?;
    let on = draft.on();
    district(profile.district, on)?;
    zone(profile.zone, on)?;
    let last = draft.seq;
    let (completed_on, declined, grant) = (None, None, None);
    let terms = Loan {
        last,
        profile,
        bank_kind,
        product,
        scheme,
        requested_fen,
        applied_on: on,
        completed_on,
        declined,
        grant,
    };
    let balance = Balance {
        last,
        state: LoanState::Applied,
        since: on,
        disbursed_fen: Fen::ZERO,
        repaid_fen: Fen::ZERO,
        renewed_fen: Fen::ZERO,
        written_off_fen: Fen::ZERO,
        recovered_fen: Fen::ZERO,
        refinancing_fen: Fen::ZERO,
        claimed_fen: Fen::ZERO,
        compensated_fen: Fen::ZERO,
        moves: Vec::new(),
    };
    draft.put(Key::Loan(at), terms);
    draft.put(Key::Balance(at), balance);
    Ok(())
}

fn disbursed(draft: &mut Draft<'_>, mut case: Case, amount: Fen) -> Result<(), Refusal> {
    next(TABLE, case.balance.state, LoanStep::Disbursed)?;
    in_range("amount_fen", amount.get(), 1, case.undrawn()?.get())?;
    case.move_principal(draft, Flow::Lent, amount)?;
    case.keep(draft);
    Ok(())
}

fn scheduled(draft: &mut Draft<'_>, mut case: Case, instalments: &[Instalment]) -> Result<(), Refusal> {
    case.step(LoanStep::Scheduled)?;
    draft.not_before(case.granted_on())?;
    let mut earliest = case.granted_on();
    let mut together = Fen::ZERO;
    for instalment in instalments {
        positive("instalments.principal_fen", instalment.principal_fen)?;
        not_before("instalments.due_on", instalment.due_on, earliest)?;
        earliest = instalment.due_on.succ_opt().ok_or(Refusal::Overflow { what: "instalments.due_on" })?;
        together = plus("sum of the instalments", together, instalment.principal_fen)?;
    }
    same_amount("instalments", together, case.balance.disbursed_fen)?;
    let key = Key::Schedule(case.at);
    let mut schedule = draft.find(&key)?.unwrap_or(Schedule { last: 0, versions: Vec::new() });
    let version = (draft.on(), instalments.to_vec());
    match schedule.versions.binary_search_by_key(&draft.on(), |(on, _)| *on) {
        Ok(place) => schedule.versions.splice(place..=place, [version]).for_each(drop),
        Err(place) => schedule.versions.insert(place, version),
    }
    draft.put(key, Schedule { last: draft.seq, ..schedule });
    case.keep(draft);
    Ok(())
}

fn recovered(draft: &mut Draft<'_>, mut case: Case, amount: Fen) -> Result<(), Refusal> {
    case.step(LoanStep::Recovered)?;
    let open = minus("written-off principal", case.balance.written_off_fen, case.balance.recovered_fen)?;
    in_range("principal_fen", amount.get(), 1, open.get())?;
    let first = case.balance.moves.iter().find(|m| m.off_fen > 0).map(|m| m.on);
    draft.not_before(first.unwrap_or(case.granted_on()))?;
    case.balance.recovered_fen = plus("recoveries", case.balance.recovered_fen, amount)?;
    let bank = case.at.bank;
    draft.post(crate::Account::BankRecovered(bank), crate::Account::BankWrittenOff(bank), amount)?;
    case.keep(draft);
    Ok(())
}

fn closed(draft: &mut Draft<'_>, mut case: Case) -> Result<(), Refusal> {
    case.step(LoanStep::Closed)?;
    same_amount("balance", outstanding(&case.balance)?, Fen::ZERO)?;
    let last = case.balance.moves.last().map_or(case.balance.since, |m| m.on);
    draft.not_before(last)?;
    case.borrower(draft, sub("exposure", 0, case.undrawn()?.get())?, 0)?;
    case.balance.since = draft.on();
    case.keep(draft);
    Ok(())
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_table_is_whole_and_documented() {
        crate::state::tests::whole(super::TABLE, include_str!("loan.rs"));
    }
}
