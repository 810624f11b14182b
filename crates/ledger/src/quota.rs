//! The compensation quota of a bank over time: what disbursements bring, what payouts may take.

use crate::draft::{Draft, add};
use crate::posting::Account;
use crate::record::{Key, Line, Owner, Quota, SUMS};
use crate::{BankId, Refusal, line};
use chrono::{Datelike, NaiveDate};
use policy::VersionId;
use policy::risk_compensation::{self as rule_book, Rule, accrual};
use primitives::Fen;

/// Principal of a scheme loan moved: what was lent accrues by the rule of the loan, and the bank's balance changes.
pub(crate) fn moved(
    draft: &mut Draft<'_>,
    bank: BankId,
    rule: Option<VersionId>,
    lent: Fen,
    change: i64,
) -> Result<(), Refusal> {
    let accrued = match rule {
        Some(id) => accrual(draft.rules.risk_compensation.find(id)?, lent)?,
        None => Fen::ZERO,
    };
    let mut difference = [0; SUMS];
    difference[Quota::ACCRUED] = accrued.get();
    difference[Quota::BALANCE] = change;
    let quota = changed(draft, bank, difference)?;
    let disbursed_fen = add("disbursed principal of a bank", quota.disbursed_fen, lent.get())?;
    draft.put(Key::Quota(bank), Quota { disbursed_fen, ..quota });
    draft.post(Account::Quota(bank), Account::QuotaGranted(bank), accrued)
}

/// Adds to the line of a bank on the event's day.
pub(crate) fn changed(draft: &mut Draft<'_>, bank: BankId, difference: [i64; SUMS]) -> Result<Quota, Refusal> {
    let quota: Quota = draft.sum(&Key::Quota(bank))?;
    let on = draft.on();
    let line = line::add(draft, Owner::Quota(bank), quota.line, on, difference)?;
    let quota = Quota { line, ..quota };
    draft.put(Key::Quota(bank), quota);
    Ok(quota)
}

/// The quota available at the end of a day, by the reading of the rule in force.
pub(crate) fn available(draft: &mut Draft<'_>, bank: BankId, on: NaiveDate) -> Result<Fen, Refusal> {
    let quota: Quota = draft.sum(&Key::Quota(bank))?;
    let past = line::from(draft, Owner::Quota(bank), &quota.line, on)?;
    let rule = draft.rules.risk_compensation.rule_on(on)?;
    left(draft, rule, bank, &quota.line, on, past.at)
}

/// That each payout after a day is still within the quota available at its moment, when `more` was paid before it.
///
/// # Errors
/// [`Refusal::Quota`] with the first day that would be violated.
pub(crate) fn later_payouts_hold(
    draft: &mut Draft<'_>,
    bank: BankId,
    after: NaiveDate,
    more: Fen,
) -> Result<(), Refusal> {
    let quota: Quota = draft.sum(&Key::Quota(bank))?;
    let past = line::from(draft, Owner::Quota(bank), &quota.line, after)?;
    for (on, difference, sums) in past.later {
        let paid_fen = difference[Quota::PAID];
        if paid_fen <= 0 {
            continue;
        }
        let mut before = sums;
        before[Quota::PAID] = before[Quota::PAID].saturating_sub(paid_fen).saturating_add(more.get());
        let rule = draft.rules.risk_compensation.rule_on(on)?;
        let available_fen = left(draft, rule, bank, &quota.line, on, before)?.get();
        if available_fen < paid_fen {
            let (version, document) = (rule.id(), rule.document());
            return Err(Refusal::Quota { on, paid_fen, available_fen, version, document });
        }
    }
    Ok(())
}

/// What is left of sums; where the rule does not carry forward, of those of the year.
fn left(
    draft: &mut Draft<'_>,
    rule: &Rule,
    bank: BankId,
    line: &Line,
    on: NaiveDate,
    mut sums: [i64; SUMS],
) -> Result<Fen, Refusal> {
    if !rule.terms().carry_forward.value {
        let year_end = NaiveDate::from_yo_opt(on.year(), 1).and_then(|d| d.pred_opt()).unwrap_or(on);
        let opening = line::from(draft, Owner::Quota(bank), line, year_end)?.at;
        for place in [Quota::ACCRUED, Quota::PAID, Quota::RECOVERED] {
            sums[place] = sums[place].saturating_sub(opening[place]).max(0);
        }
    }
    let [accrued, paid, recovered, balance] = sums.map(Fen::new);
    let quota = rule_book::Quota { accrued, paid, recovered, balance };
    Ok(rule_book::available(rule, rule.terms().cap_reading.value, quota)?)
}
