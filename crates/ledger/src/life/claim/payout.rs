//! The government's part of a loss: paid within the quota and the cash there is, and back by the way it came.

use super::rules_hold;
use crate::draft::{Draft, add, in_range, minus, plus, sub};
use crate::event::Fund;
use crate::life::fund;
use crate::life::loan::Case;
use crate::posting::Account;
use crate::record::{Borrower, Claim, Key, Quota, SUMS};
use crate::{BankId, ClaimNo, Refusal, quota};
use policy::risk_compensation::{Party, Rule, Scheme, compensate};
use primitives::Fen;

pub(super) fn paid_out(
    draft: &mut Draft<'_>,
    (bank, _): (BankId, ClaimNo),
    claim: &mut Claim,
    case: &mut Case,
    rule: &Rule,
) -> Result<(), Refusal> {
    let available = rules_hold(draft, bank, claim, case, rule)?;
    let borrower_key = Key::Borrower(claim.enterprise);
    let borrower: Borrower = draft.sum(&borrower_key)?;
    let size = case.terms.profile.size;
    let before = Fen::new(borrower.compensated_fen);
    let payout = compensate(rule, claim.scheme, claim.loss_fen, size, before, available)?;
    in_range("government's part", payout.government.get(), 1, i64::MAX)?;
    let compensated_fen = add("compensation of a borrower", borrower.compensated_fen, payout.government.get())?;
    draft.put(borrower_key, Borrower { compensated_fen, ..borrower });
    if available.is_some() {
        let on = draft.on();
        quota::later_payouts_hold(draft, bank, on, payout.government)?;
        take_quota(draft, bank, payout.government.get())?;
        draft.post(Account::QuotaUsed(bank), Account::Quota(bank), payout.government)?;
    }
    for (party, part) in &payout.parts {
        match party {
            Party::Fund if *part > Fen::ZERO => {
                fund::pay(draft, Fund::Compensation, *part)?;
                draft.post(Account::Compensation(bank), Account::FundCash(Fund::Compensation), *part)?;
            }
            Party::City | Party::District => draft.post(Account::Compensation(bank), Account::Treasury, *part)?,
            // Bank and guarantor bear their parts themselves.
            Party::Fund | Party::Bank | Party::Guarantor => {}
        }
    }
    let balance = &mut case.balance;
    balance.compensated_fen = plus("compensation of a loan", balance.compensated_fen, payout.government)?;
    claim.government_fen = payout.government;
    claim.parts = payout.parts;
    Ok(())
}

fn take_quota(draft: &mut Draft<'_>, bank: BankId, paid: i64) -> Result<(), Refusal> {
    let mut difference = [0; SUMS];
    difference[Quota::PAID] = paid;
    let quota = quota::changed(draft, bank, difference)?;
    let compensated_fen = add("compensation of a bank", quota.compensated_fen, paid)?;
    draft.put(Key::Quota(bank), Quota { compensated_fen, ..quota });
    Ok(())
}

/// A part of what the government paid comes back: from the debtor, or from the bank that should not have had it.
///
/// What a bank gives back gives it its quota back; what a debtor pays does where the rule says so.
pub(super) fn returned(
    draft: &mut Draft<'_>,
    bank: BankId,
    claim: &mut Claim,
    rule: &Rule,
    amount: Fen,
    from_debtor: bool,
) -> Result<(), Refusal> {
    let what = "compensation that came back";
    let left = minus(what, minus(what, claim.government_fen, claim.recovered_fen)?, claim.clawed_back_fen)?;
    in_range("amount_fen", amount.get(), 1, left.get())?;
    let by_fund = claim.parts.iter().any(|(party, part)| *party == Party::Fund && *part > Fen::ZERO);
    let to = if by_fund { Account::FundCash(Fund::Compensation) } else { Account::Treasury };
    if by_fund {
        fund::take_in(draft, Fund::Compensation, amount)?;
    }
    draft.post(to, Account::CompensationReturned(bank), amount)?;
    let quota_back = (Account::Quota(bank), Account::QuotaUsed(bank));
    let has_quota = claim.scheme == Scheme::CommercialValue;
    if from_debtor {
        claim.recovered_fen = plus(what, claim.recovered_fen, amount)?;
        if has_quota {
            let mut difference = [0; SUMS];
            difference[Quota::RECOVERED] = amount.get();
            quota::changed(draft, bank, difference)?;
            if rule.terms().recovery_refills.value {
                draft.post(quota_back.0, quota_back.1, amount)?;
            }
        }
        return Ok(());
    }
    claim.clawed_back_fen = plus(what, claim.clawed_back_fen, amount)?;
    let key = Key::Borrower(claim.enterprise);
    let borrower: Borrower = draft.sum(&key)?;
    let compensated_fen = sub(what, borrower.compensated_fen, amount.get())?;
    draft.put(key, Borrower { compensated_fen, ..borrower });
    if has_quota {
        take_quota(draft, bank, sub(what, 0, amount.get())?)?;
        draft.post(quota_back.0, quota_back.1, amount)?;
    }
    Ok(())
}
