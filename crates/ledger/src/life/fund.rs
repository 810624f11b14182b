//! Cash of the state: it is never less than nothing, on no later day either.

use crate::draft::{Draft, positive, sub};
use crate::event::{Fund, FundEvent, Office};
use crate::posting::Account;
use crate::record::{CashFund, Key, Owner, SUMS};
use crate::{PersonId, Refusal, Thing, line};
use policy::Code;
use primitives::Fen;

pub(crate) fn judge(draft: &mut Draft<'_>, fund: Fund, maker: PersonId, did: &FundEvent) -> Result<(), Refusal> {
    draft.permit(&[Office::Bureau], Thing::Books, fund.code())?;
    draft.two_persons(maker, "maker")?;
    let (cash, budget) = (Account::FundCash(fund), Account::Budget(fund));
    match did {
        FundEvent::PaidIn { amount_fen } => {
            positive("amount_fen", *amount_fen)?;
            take_in(draft, fund, *amount_fen)?;
            draft.post(cash, budget, *amount_fen)
        }
        FundEvent::TakenOut { amount_fen } => {
            positive("amount_fen", *amount_fen)?;
            pay(draft, fund, *amount_fen)?;
            draft.post(budget, cash, *amount_fen)
        }
    }
}

/// Cash comes in.
pub(crate) fn take_in(draft: &mut Draft<'_>, fund: Fund, amount: Fen) -> Result<(), Refusal> {
    changed(draft, fund, amount.get())
}

/// Cash goes out.
///
/// # Errors
/// [`Refusal::FundShort`] with the first day on which there would be too little.
pub(crate) fn pay(draft: &mut Draft<'_>, fund: Fund, amount: Fen) -> Result<(), Refusal> {
    let on = draft.on();
    has(draft, fund, on, amount.get())?;
    changed(draft, fund, sub("cash", 0, amount.get())?)
}

/// That a fund has so much cash on a day and on every later one.
pub(crate) fn has(draft: &mut Draft<'_>, fund: Fund, on: chrono::NaiveDate, amount_fen: i64) -> Result<(), Refusal> {
    let cash: CashFund = draft.sum(&Key::Fund(fund))?;
    let past = line::from(draft, Owner::Fund(fund), &cash.line, on)?;
    match past.below(on, CashFund::CASH, amount_fen) {
        Some((on, cash_fen)) => Err(Refusal::FundShort { fund, on, amount_fen, cash_fen }),
        None => Ok(()),
    }
}

fn changed(draft: &mut Draft<'_>, fund: Fund, amount: i64) -> Result<(), Refusal> {
    let cash: CashFund = draft.sum(&Key::Fund(fund))?;
    let mut difference = [0; SUMS];
    difference[CashFund::CASH] = amount;
    let on = draft.on();
    let line = line::add(draft, Owner::Fund(fund), cash.line, on, difference)?;
    draft.put(Key::Fund(fund), CashFund { line });
    Ok(())
}
