//! What can be done with a payment of the state, and the event that it comes to.

use super::fields::{BadField, Fields};
use crate::cases::{Awaits, Case, CaseKind, Did};
use crate::register::Known;
use chrono::NaiveDate;
use ledger::PersonId;
use ledger::event::{BenefitEvent, Body, ClaimEvent, Clawback, Reported, Review, SubsidyEvent};
use policy::codes;
use policy::targets::Measure;
use primitives::RegionCode;

codes! {
    /// What a person does with a case.
    Doing, "step";
    Approve = "approve", "复核通过", "approve";
    PassFirst = "pass_first", "初审通过", "pass the first review";
    RefuseFirst = "refuse_first", "初审退回", "refuse at the first review";
    PassSecond = "pass_second", "复审通过", "pass the second review";
    RefuseSecond = "refuse_second", "复审退回", "refuse at the second review";
    Pay = "pay", "拨付", "pay";
    Reject = "reject", "退回（冲销申请）", "send back (take the proposal back)";
    ClawBack = "claw_back", "提出追回", "prepare a claw-back";
    Return = "return", "提出退回", "prepare a return";
    Enter = "enter", "复核并入账", "check and enter";
    SendBack = "send_back", "退回填报", "send the entry back";
}

codes! {
    /// What a person prepares.
    Proposal, "proposal";
    Benefit = "benefit", "其他政策支持", "benefit";
    Indicator = "indicator", "计划指标", "indicator";
}

codes! {
    /// Why a subsidy is asked back.
    Why, "reason of a claw-back";
    EarlyEnd = "early_end", "担保提前终止", "the guarantee ended early";
    WronglyPaid = "wrongly_paid", "不应拨付", "wrongly paid";
}

impl Doing {
    /// Whether it is no event before another person has checked it.
    pub(super) fn needs_a_second_person(self) -> bool {
        matches!(self, Self::ClawBack | Self::Return)
    }

    /// Whether the form asks why.
    pub(super) fn asks_why(self) -> bool {
        matches!(self, Self::Reject | Self::ClawBack | Self::Return | Self::SendBack)
    }

    /// Whether the form asks for the day; a reversal holds on the day of what it takes back, a draft when it is entered.
    pub(super) fn asks_for_a_day(self) -> bool {
        !matches!(self, Self::Reject | Self::ClawBack | Self::Return | Self::SendBack)
    }
}

/// What may follow where a case stands.
pub(super) fn possible(case: &Case, known: Known) -> Vec<Doing> {
    match (case.awaits(known), case.last(known).map(|step| step.did)) {
        (Some(Awaits::Approval), _) => vec![Doing::Approve, Doing::Reject],
        (Some(Awaits::FirstReview), _) => vec![Doing::PassFirst, Doing::RefuseFirst],
        (Some(Awaits::SecondReview), _) => vec![Doing::PassSecond, Doing::RefuseSecond],
        (Some(Awaits::Payment), _) => vec![Doing::Pay],
        (_, Some(Did::Paid)) if case.of.kind == CaseKind::Benefit => vec![Doing::Return],
        (_, Some(Did::Paid)) => vec![Doing::ClawBack],
        _ => Vec::new(),
    }
}

/// The day of what is taken back.
pub(super) fn day(case: &Case, known: Known, doing: Doing) -> Option<NaiveDate> {
    match doing {
        Doing::Reject => case.made(known).map(|made| made.day),
        // It is asked for when the draft is entered.
        Doing::ClawBack | Doing::Return => Some(known.as_of),
        _ => None,
    }
}

/// The event of a step, with the person as its maker where it names one.
pub(super) fn body(
    case: &Case,
    known: Known,
    doing: Doing,
    fields: &Fields<'_>,
    maker: PersonId,
) -> Result<Body, BadField> {
    let not_here = BadField { name: "step", allowed: "is no step of this kind of payment" };
    if doing == Doing::Reject {
        let of = case.made(known).ok_or(not_here)?.seq;
        return Ok(Body::Reversal { of, reason: fields.text("reason")? });
    }
    let number = || BadField { name: "number", allowed: "is no number of a payment" };
    let (owner, id) = (case.of.owner.as_str(), case.of.number.as_str());
    match case.of.kind {
        CaseKind::Subsidy => {
            let did = match doing {
                Doing::Approve => SubsidyEvent::Approved,
                Doing::Pay => SubsidyEvent::Paid,
                Doing::ClawBack => {
                    let reason = match fields.code("clawback")? {
                        Why::EarlyEnd => Clawback::EarlyEnd,
                        Why::WronglyPaid => Clawback::WronglyPaid,
                    };
                    SubsidyEvent::ClawedBack { amount_fen: fields.yuan("amount")?, maker, reason }
                }
                _ => return Err(not_here),
            };
            let guarantor = owner.parse().map_err(|_| number())?;
            Ok(Body::Subsidy { guarantor, subsidy: id.parse().map_err(|_| number())?, did })
        }
        CaseKind::Claim => {
            let did = match doing {
                Doing::PassFirst => ClaimEvent::FirstReviewed { result: Review::Passed },
                Doing::RefuseFirst => ClaimEvent::FirstReviewed { result: Review::Refused },
                Doing::PassSecond => ClaimEvent::SecondReviewed { result: Review::Passed },
                Doing::RefuseSecond => ClaimEvent::SecondReviewed { result: Review::Refused },
                Doing::Pay => ClaimEvent::PaidOut,
                Doing::ClawBack => ClaimEvent::ClawedBack { amount_fen: fields.yuan("amount")?, maker },
                _ => return Err(not_here),
            };
            let bank = owner.parse().map_err(|_| number())?;
            Ok(Body::Claim { bank, claim: id.parse().map_err(|_| number())?, did })
        }
        CaseKind::Benefit => {
            let did = match doing {
                Doing::Approve => BenefitEvent::Approved,
                Doing::Pay => BenefitEvent::Paid,
                Doing::Return => BenefitEvent::Returned { maker },
                _ => return Err(not_here),
            };
            Ok(Body::Benefit { benefit: id.parse().map_err(|_| number())?, did })
        }
        CaseKind::Draft => Err(not_here),
    }
}

/// Whether an indicator of a plan is money.
pub(super) fn is_money(indicator: &str) -> bool {
    policy::targets::book().is_ok_and(|book| {
        let found = book.rules().iter().find_map(|rule| rule.terms().target(indicator));
        found.is_some_and(|target| target.unit == Measure::Yuan)
    })
}

/// What is prepared.
pub(super) fn proposed(what: Proposal, fields: &Fields<'_>, maker: PersonId) -> Result<Body, BadField> {
    let district = fields.parsed("district", "must be a district, six digits")?;
    let (from, to) = (fields.day("from")?, fields.day("to")?);
    let document = fields.text("document")?;
    Ok(match what {
        Proposal::Benefit => Body::Benefit {
            benefit: fields.parsed("number", "must be 1 to 64 letters, digits or -_.:/#()")?,
            did: BenefitEvent::Proposed {
                tool: fields.code("tool")?,
                enterprise: fields.parsed("enterprise", "must be a unified social credit code")?,
                district,
                amount_fen: fields.yuan("amount")?,
                from,
                to,
                document,
            },
        },
        Proposal::Indicator => {
            let indicator: String = fields.text("indicator")?;
            let value = if is_money(&indicator) { fields.yuan("value")?.get() } else { fields.whole("value")? };
            let indicator = indicator
                .parse()
                .map_err(|_| BadField { name: "indicator", allowed: "must be an indicator of the plan" })?;
            Body::Reported(Reported { indicator, district, from, to, value, document, maker })
        }
    })
}

/// The district of what is prepared.
pub(super) fn district_of(body: &Body) -> Option<RegionCode> {
    match body {
        Body::Benefit { did: BenefitEvent::Proposed { district, .. }, .. } => Some(*district),
        Body::Reported(of) => Some(of.district),
        _ => None,
    }
}
