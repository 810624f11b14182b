//! Principal that moves: checked against every later day of the loan, and told to borrower and quota.

use super::{Case, LoanStep};
use crate::draft::{Draft, add, minus, plus, positive, sub};
use crate::event::Scheme;
use crate::posting::Account;
use crate::record::{Balance, Move};
use crate::{Refusal, quota};
use primitives::Fen;

/// How principal moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flow {
    /// It is paid out.
    Lent,
    /// It comes back.
    Repaid,
    /// A new loan repays it.
    Renewed,
    /// It is written off.
    WrittenOff,
}

/// Principal that is owed.
pub(crate) fn outstanding(balance: &Balance) -> Result<Fen, Refusal> {
    let what = "outstanding principal";
    minus(what, minus(what, balance.disbursed_fen, balance.repaid_fen)?, balance.written_off_fen)
}

impl Case {
    pub(super) fn move_principal(&mut self, draft: &mut Draft<'_>, flow: Flow, amount: Fen) -> Result<(), Refusal> {
        positive(if flow == Flow::Lent { "amount_fen" } else { "principal_fen" }, amount)?;
        // The state is asked first: what a settled loan is told is a repayment too much, not a balance too small.
        let (part, full) = match flow {
            Flow::Lent => (LoanStep::Disbursed, LoanStep::Disbursed),
            Flow::Repaid => (LoanStep::Repaid, LoanStep::RepaidInFull),
            Flow::Renewed => (LoanStep::Renewed, LoanStep::RenewedInFull),
            Flow::WrittenOff => (LoanStep::WrittenOff, LoanStep::WrittenOffInFull),
        };
        crate::state::next(super::TABLE, self.balance.state, part)?;
        draft.not_before(self.granted_on())?;
        if flow != Flow::Lent {
            self.covers(draft, amount)?;
        }
        self.add_move(draft, flow, amount)?;
        let nothing_left = outstanding(&self.balance)? == Fen::ZERO;
        let in_full = nothing_left && (flow == Flow::WrittenOff || self.undrawn()? == Fen::ZERO);
        self.step(if in_full { full } else { part })?;
        let (at, bank) = (Account::LoanPrincipal(self.at), self.at.bank);
        match flow {
            Flow::Lent => draft.post(at, Account::BankLending(bank), amount)?,
            Flow::Repaid => draft.post(Account::BankRepaid(bank), at, amount)?,
            Flow::Renewed => draft.post(Account::BankRenewed(bank), at, amount)?,
            Flow::WrittenOff => draft.post(Account::BankWrittenOff(bank), at, amount)?,
        }
        let change = if flow == Flow::Lent { amount.get() } else { sub("exposure", 0, amount.get())? };
        let in_use = if flow == Flow::Lent { 0 } else { change };
        self.borrower(draft, in_use, change)?;
        if self.terms.scheme == Scheme::CommercialValue {
            let lent = if flow == Flow::Lent { amount } else { Fen::ZERO };
            let rule = self.terms.grant.and_then(|g| g.compensation_rule);
            quota::moved(draft, bank, rule, lent, change)?;
        }
        Ok(())
    }

    /// The balance covers the amount on the event's day and on every later one.
    fn covers(&self, draft: &Draft<'_>, amount: Fen) -> Result<(), Refusal> {
        let (what, amount_fen) = ("outstanding principal", amount.get());
        let mut balance_fen = 0;
        let mut checked = false;
        let short = |on, balance_fen| Err(Refusal::AboveBalance { on, amount_fen, balance_fen });
        for m in &self.balance.moves {
            if m.on > draft.on() && !checked {
                checked = true;
                if balance_fen < amount_fen {
                    return short(draft.on(), balance_fen);
                }
            }
            balance_fen = sub(what, sub(what, add(what, balance_fen, m.lent_fen)?, m.repaid_fen)?, m.off_fen)?;
            if m.on >= draft.on() && balance_fen < amount_fen {
                return short(m.on, balance_fen);
            }
        }
        if balance_fen < amount_fen { short(draft.on(), balance_fen) } else { Ok(()) }
    }

    fn add_move(&mut self, draft: &Draft<'_>, flow: Flow, amount: Fen) -> Result<(), Refusal> {
        let (on, fen) = (draft.on(), amount.get());
        let balance = &mut self.balance;
        let place = match balance.moves.binary_search_by_key(&on, |m| m.on) {
            Ok(place) => place,
            Err(place) => {
                balance.moves.insert(place, Move { on, lent_fen: 0, repaid_fen: 0, off_fen: 0 });
                place
            }
        };
        let Some(day) = balance.moves.get_mut(place) else { return Ok(()) };
        let (of_day, total, what) = match flow {
            Flow::Lent => (&mut day.lent_fen, &mut balance.disbursed_fen, "disbursed principal"),
            Flow::Repaid | Flow::Renewed => (&mut day.repaid_fen, &mut balance.repaid_fen, "repaid principal"),
            Flow::WrittenOff => (&mut day.off_fen, &mut balance.written_off_fen, "written-off principal"),
        };
        *of_day = add(what, *of_day, fen)?;
        *total = plus(what, *total, amount)?;
        if flow == Flow::Renewed {
            balance.renewed_fen = plus("renewed principal", balance.renewed_fen, amount)?;
        }
        Ok(())
    }
}
