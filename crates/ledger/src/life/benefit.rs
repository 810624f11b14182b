//! A policy benefit whose official rates are not public: proposed by one person, checked by another.
//!
//! | state | step | next |
//! |---|---|---|
//! | proposed | approved | approved |
//! | approved | paid | paid |
//! | paid | returned | returned |

use crate::draft::{Draft, not_empty};
use crate::event::{BenefitEvent, Office};
use crate::posting::Account;
use crate::record::{Benefit, Key};
use crate::state::{Line, next};
use crate::{BenefitNo, Refusal, Thing};
use policy::benefit::{Case, eligibility};
use policy::{RuleId, codes};

codes! {
    /// Where a benefit stands.
    BenefitState, "state of a benefit";
    Proposed = "proposed", "已提出", "proposed";
    Approved = "approved", "已复核", "approved";
    Paid = "paid", "已拨付", "paid";
    Returned = "returned", "已退回", "returned";
}

codes! {
    /// A step of a benefit.
    BenefitStep, "step of a benefit";
    Approved = "approved", "复核", "approve";
    Paid = "paid", "拨付", "pay";
    Returned = "returned", "退回", "return";
}

/// The table above.
pub const TABLE: &[Line<BenefitState, BenefitStep>] = {
    use {BenefitState as S, BenefitStep as E};
    &[(S::Proposed, E::Approved, S::Approved), (S::Approved, E::Paid, S::Paid), (S::Paid, E::Returned, S::Returned)]
};

pub(crate) fn judge(draft: &mut Draft<'_>, id: BenefitNo, did: &BenefitEvent) -> Result<(), Refusal> {
    if let BenefitEvent::Proposed { .. } = did {
        return proposed(draft, id, did);
    }
    let key = Key::Benefit(id);
    let mut benefit: Benefit = draft.get(&key, Thing::Benefit, id.as_str())?;
    let offices = [Office::Bureau, Office::District(benefit.district)];
    draft.permit(&offices, Thing::Benefit, id.as_str())?;
    let step = match did {
        BenefitEvent::Proposed { .. } | BenefitEvent::Approved => BenefitStep::Approved,
        BenefitEvent::Paid => BenefitStep::Paid,
        BenefitEvent::Returned { .. } => BenefitStep::Returned,
    };
    benefit.state = next(TABLE, benefit.state, step)?;
    draft.not_before(benefit.since)?;
    let (granted, payable) = (Account::BenefitGranted(id), Account::BenefitPayable(id));
    match did {
        BenefitEvent::Proposed { .. } | BenefitEvent::Approved => {
            draft.two_persons(benefit.maker, "maker")?;
            let checker = draft.event.actor.id;
            let rule = draft.rules.benefit.find(benefit.rule)?;
            draft.look(eligibility(rule, &case(&benefit, checker.as_str())))?;
            benefit.checker = Some(checker);
            draft.post(granted, payable, benefit.amount_fen)?;
        }
        BenefitEvent::Paid => {
            draft.two_persons(benefit.maker, "maker")?;
            draft.post(payable, Account::Treasury, benefit.amount_fen)?;
        }
        BenefitEvent::Returned { maker } => {
            draft.two_persons(*maker, "maker")?;
            draft.post(Account::Treasury, Account::BenefitReturned(id), benefit.amount_fen)?;
        }
    }
    benefit.last = draft.seq;
    benefit.since = draft.on();
    draft.put(key, benefit);
    Ok(())
}

fn proposed(draft: &mut Draft<'_>, id: BenefitNo, did: &BenefitEvent) -> Result<(), Refusal> {
    let BenefitEvent::Proposed { tool, enterprise, district, amount_fen, from, to, document } = did else {
        return Ok(());
    };
    let offices = [Office::Platform, Office::Bureau, Office::District(*district)];
    draft.permit(&offices, Thing::Benefit, id.as_str())?;
    draft.vacant(&Key::Benefit(id), Thing::Benefit, id.as_str())?;
    crate::draft::district(*district, draft.on())?;
    let rule = draft.rules.benefit.rule_on(draft.on())?;
    let benefit = Benefit {
        last: draft.seq,
        state: BenefitState::Proposed,
        since: draft.on(),
        tool: *tool,
        enterprise: *enterprise,
        district: *district,
        amount_fen: *amount_fen,
        from: *from,
        to: *to,
        document: document.clone(),
        maker: draft.event.actor.id,
        checker: None,
        rule: rule.id(),
    };
    // Who checks it is not known before the approval.
    let verdict = eligibility(rule, &case(&benefit, ""));
    let refused: Vec<_> = verdict.refusals().filter(|f| f.rule != RuleId::BnPersons).cloned().collect();
    if !refused.is_empty() {
        return Err(Refusal::Rules(refused));
    }
    not_empty("document", document)?;
    draft.put(Key::Benefit(id), benefit);
    Ok(())
}

fn case(benefit: &Benefit, checker: &str) -> Case {
    Case {
        tool: benefit.tool,
        amount: benefit.amount_fen,
        from: benefit.from,
        to: benefit.to,
        document: benefit.document.clone(),
        maker: benefit.maker.to_string(),
        checker: checker.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_table_is_whole_and_documented() {
        crate::state::tests::whole(super::TABLE, include_str!("benefit.rs"));
    }
}
