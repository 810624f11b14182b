//! A guarantee: issued for a loan, ended once.
//!
//! | state | step | next |
//! |---|---|---|
//! | issued | released | released |

use crate::draft::{Draft, in_range, not_before, not_found, period, positive};
use crate::event::{GuaranteeEvent, Office};
use crate::life::loan::{LoanState, load};
use crate::posting::Account;
use crate::record::{Guarantee, Key, LoanRef, Subject};
use crate::state::{Line, next};
use crate::{GuaranteeNo, GuarantorId, Refusal, Thing};
use policy::codes;

codes! {
    /// Where a guarantee stands.
    GuaranteeState, "state of a guarantee";
    Issued = "issued", "在保", "issued";
    Released = "released", "已解除", "released";
}

codes! {
    /// A step of a guarantee.
    GuaranteeStep, "step of a guarantee";
    Released = "released", "解除", "release";
}

/// The table above.
pub const TABLE: &[Line<GuaranteeState, GuaranteeStep>] =
    &[(GuaranteeState::Issued, GuaranteeStep::Released, GuaranteeState::Released)];

pub(crate) fn judge(
    draft: &mut Draft<'_>,
    (guarantor, number): (GuarantorId, GuaranteeNo),
    did: &GuaranteeEvent,
) -> Result<(), Refusal> {
    let (thing, id) = (Thing::Guarantee, number.as_str());
    draft.permit(&[Office::Guarantor(guarantor), Office::Platform, Office::Bureau], thing, id)?;
    let key = Key::Guarantee(guarantor, number);
    let (stands, counter) = (Account::Guaranteed(guarantor, number), Account::GuaranteeCounter(guarantor));
    match did {
        GuaranteeEvent::Issued { bank, loan, enterprise, amount_fen, fee_rate_ppm, from, to, batch } => {
            draft.vacant(&key, thing, id)?;
            positive("amount_fen", *amount_fen)?;
            in_range("fee_rate_ppm", fee_rate_ppm.get(), 0, 1_000_000)?;
            period(*from, *to)?;
            let at = LoanRef { bank: *bank, loan: *loan };
            let case = load(draft, at)?;
            // To who does not know whose loan it is, it is not there.
            if case.terms.profile.enterprise != *enterprise {
                return Err(not_found(Thing::Loan, loan.as_str()));
            }
            let dead = [LoanState::Declined, LoanState::Withdrawn, LoanState::Closed];
            if dead.contains(&case.balance.state) {
                return Err(not_found(Thing::Loan, loan.as_str()));
            }
            not_before("effective_on", draft.on(), case.terms.applied_on)?;
            draft.link(Subject::Loan(at))?;
            let guarantee = Guarantee {
                last: draft.seq,
                state: GuaranteeState::Issued,
                loan: at,
                district: case.terms.grant.map_or(case.terms.profile.district, |g| g.district),
                amount_fen: *amount_fen,
                fee_rate_ppm: *fee_rate_ppm,
                from: *from,
                to: *to,
                batch: *batch,
                issued_on: draft.on(),
                released_on: None,
            };
            draft.put(key, guarantee);
            draft.post(stands, counter, *amount_fen)
        }
        GuaranteeEvent::Released => {
            let mut guarantee: Guarantee = draft.get(&key, thing, id)?;
            guarantee.state = next(TABLE, guarantee.state, GuaranteeStep::Released)?;
            draft.not_before(guarantee.issued_on)?;
            guarantee.last = draft.seq;
            guarantee.released_on = Some(draft.on());
            draft.put(key, guarantee);
            draft.post(counter, stands, guarantee.amount_fen)
        }
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_table_is_whole_and_documented() {
        crate::state::tests::whole(super::TABLE, include_str!("guarantee.rs"));
    }
}
