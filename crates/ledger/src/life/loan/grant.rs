//! The grant, under the rule of its day and the cap over all banks, and the renewal that it may announce.

use super::{Case, Flow, LoanStep, TABLE, load, outstanding};
use crate::draft::{Draft, add, district, in_range, minus, not_found, plus, positive};
use crate::event::{LoanEvent, Renews, Scheme};
use crate::line;
use crate::record::{Borrower, Grant, Key, LoanRef, Owner, Rating, Subject};
use crate::state::next;
use crate::{Refusal, Thing};
use policy::commercial_value_loan::{self as rule_book, eligibility};
use policy::{Figure, Months, VersionId};
use primitives::Fen;

pub(super) fn granted(draft: &mut Draft<'_>, mut case: Case, did: &LoanEvent) -> Result<(), Refusal> {
    let LoanEvent::Granted { amount_fen, annual_rate_ppm, term_months, rating, renews, district: moved } = did else {
        return Ok(());
    };
    case.step(LoanStep::Granted)?;
    draft.not_before(case.balance.since)?;
    positive("amount_fen", *amount_fen)?;
    in_range("annual_rate_ppm", annual_rate_ppm.get(), 0, 1_000_000)?;
    in_range("term_months", *term_months, 1, 600)?;
    let code = case.terms.profile.enterprise;
    let on = draft.on();
    let rated = match rating {
        None => None,
        Some(id) => {
            let rated: Option<Rating> = draft.find(&Key::Rating(*id))?.filter(|r: &Rating| r.enterprise == code);
            let rated = rated.ok_or_else(|| not_found(Thing::Rating, id.as_str()))?;
            draft.link(Subject::Rating(*id))?;
            Some(rated)
        }
    };
    let borrower: Borrower = draft.sum(&Key::Borrower(code))?;
    let repaid = renewal(draft, &case, *amount_fen, *renews)?;
    let mut grant = Grant {
        on,
        amount_fen: *amount_fen,
        annual_rate_ppm: *annual_rate_ppm,
        term_months: *term_months,
        district: moved.unwrap_or(case.terms.profile.district),
        rating: *rating,
        grade: rated.as_ref().map(|r| r.grade),
        recommended_fen: rated.as_ref().and_then(|r| r.recommended_fen),
        renews: *renews,
        first_seen: borrower.grants == 0,
        rule: None,
        compensation_rule: None,
    };
    if case.terms.scheme == Scheme::CommercialValue {
        grant.rule = Some(under_rule(draft, &case, &grant, rated.as_ref(), (&borrower, repaid))?);
    } else {
        district(grant.district, on)?;
    }
    if case.terms.scheme != Scheme::Ordinary {
        // A loan from before the first rule is never compensated; it may be granted all the same.
        grant.compensation_rule = draft.rules.risk_compensation.rule_on(on).ok().map(|r| r.id());
    }
    let grants = add("grants of a borrower", borrower.grants, 1)?;
    draft.put(Key::Borrower(code), Borrower { grants, ..borrower });
    case.borrower(draft, amount_fen.get(), 0)?;
    case.terms.grant = Some(grant);
    case.balance.since = on;
    case.keep_all(draft);
    Ok(())
}

/// What the new loan will repay of a scheme loan, which the cap leaves out.
fn renewal(draft: &mut Draft<'_>, case: &Case, amount: Fen, renews: Option<Renews>) -> Result<Fen, Refusal> {
    let Some(Renews { loan, part_fen }) = renews else { return Ok(Fen::ZERO) };
    let old = load(draft, LoanRef { loan, ..case.at })?;
    if old.terms.profile.enterprise != case.terms.profile.enterprise {
        return Err(not_found(Thing::Loan, loan.as_str()));
    }
    next(TABLE, old.balance.state, LoanStep::Renewed)?;
    in_range("renews.part_fen", part_fen.get(), 1, amount.min(outstanding(&old.balance)?).get())?;
    draft.link(Subject::Loan(old.at))?;
    Ok(if old.terms.scheme == Scheme::CommercialValue { part_fen } else { Fen::ZERO })
}

/// The rule of the scheme, with what the borrower has at all banks at the grant date or later.
fn under_rule(
    draft: &mut Draft<'_>,
    case: &Case,
    grant: &Grant,
    rated: Option<&Rating>,
    (borrower, repaid): (&Borrower, Fen),
) -> Result<VersionId, Refusal> {
    let profile = &case.terms.profile;
    let past = line::from(draft, Owner::Borrower(profile.enterprise), &borrower.line, grant.on)?;
    let in_use = Fen::new(past.most(Borrower::IN_USE));
    let valid = |r: &Rating| rule_book::Rating {
        grade: r.grade.to_string(),
        valid_from: r.valid_from,
        valid_to: r.valid_to,
        negative_hit: r.negative_hit,
    };
    let rule = draft.rules.commercial_value_loan.rule_on(grant.on)?;
    let verdict = eligibility(
        rule,
        &rule_book::Case {
            on: grant.on,
            amount: grant.amount_fen,
            in_use: minus("exposure", in_use, repaid)?,
            recommended: grant.recommended_fen,
            borrower: profile.borrower,
            size: profile.size,
            label: profile.label,
            district: grant.district,
            bank: case.terms.bank_kind,
            product: case.terms.product,
            annual_rate: grant.annual_rate_ppm,
            term: Months(grant.term_months),
            rating: rated.map(valid),
            renewal: grant.renews.is_some(),
        },
    );
    draft.look(verdict)?;
    Ok(rule.id())
}

/// A loan that was granted to renew this one repays a part of it.
pub(super) fn renewed(draft: &mut Draft<'_>, mut old: Case, new: LoanRef, part: Fen) -> Result<(), Refusal> {
    next(TABLE, old.balance.state, LoanStep::Renewed)?;
    let mut new = load(draft, new)?;
    let announced = new.terms.grant.and_then(|g| g.renews).filter(|r| r.loan == old.at.loan);
    let Some(Renews { part_fen, .. }) = announced else {
        let (found, field) = (Figure::Text(new.at.loan.to_string()), "new_loan");
        let expected = Figure::Text(format!("a loan granted to renew {}", old.at.loan));
        return Err(Refusal::Differs { field, found, expected });
    };
    draft.not_before(new.granted_on())?;
    // No more than was announced, and no more than the new loan has paid out.
    let most = minus("part of a renewal", part_fen.min(new.balance.disbursed_fen), new.balance.refinancing_fen)?;
    in_range("part_fen", part.get(), 1, most.get())?;
    old.move_principal(draft, Flow::Renewed, part)?;
    new.balance.refinancing_fen = plus("refinanced principal", new.balance.refinancing_fen, part)?;
    old.keep(draft);
    new.keep(draft);
    Ok(())
}
