//! What a person tells who signed in elsewhere in this process: the same way into the ledger as that of a request over the
//! wire, with the person for the certificate.

use super::told::about;
use super::{LedgerDesk, refused};
use crate::metrics::code_name;
use ::ledger::event::{Actor, BenefitEvent, Body, ClaimEvent, Event, Office, Reported, SubsidyEvent, UnixMicros};
use ::ledger::{Refusal, RequestId};
use chrono::NaiveDate;
use store::{AppendError, NewLine, Taken, Write};

/// Why nothing was entered, or nobody knows.
#[non_exhaustive]
#[derive(Debug, thiserror::Error)]
pub enum Untold {
    /// By the rules of the ledger.
    #[error(transparent)]
    Refused(Box<Refusal>),
    /// A person who signed in tells this over the wire only, or not at all.
    #[error("a person who signed in does not tell the ledger of {what}")]
    NotHere {
        /// What, as the audit names it.
        what: &'static str,
    },
    /// The ledger or the audit failed, or takes no more. The same request once more says what became of it.
    #[error(transparent)]
    Store(#[from] store::Error),
}

/// The method that an event would come by over the wire; `None` where it is no payment of the state.
fn action(body: &Body) -> Option<&'static str> {
    Some(match body {
        Body::Subsidy { did, .. } => match did {
            SubsidyEvent::Claimed { .. } => return None,
            SubsidyEvent::Approved => "ApproveSubsidy",
            SubsidyEvent::Paid => "PaySubsidy",
            SubsidyEvent::ClawedBack { .. } => "ClawBackSubsidy",
        },
        Body::Claim { did, .. } => match did {
            ClaimEvent::Claimed { .. } => return None,
            ClaimEvent::FirstReviewed { .. } => "FirstReviewClaim",
            ClaimEvent::SecondReviewed { .. } => "SecondReviewClaim",
            ClaimEvent::PaidOut => "PayClaim",
            ClaimEvent::Recovered { .. } => "RecoverClaim",
            ClaimEvent::ClawedBack { .. } => "ClawBackClaim",
        },
        Body::Benefit { did, .. } => match did {
            BenefitEvent::Proposed { .. } => "ProposeBenefit",
            BenefitEvent::Approved => "ApproveBenefit",
            BenefitEvent::Paid => "PayBenefit",
            BenefitEvent::Returned { .. } => "ReturnBenefit",
        },
        Body::Reported(Reported { .. }) => "ReportIndicator",
        Body::Reversal { .. } => "ReverseEntry",
        _ => return None,
    })
}

impl LedgerDesk {
    /// Enters what a person of the bureau or a district tells, and answers when its audit line is durable, under the
    /// person's own name.
    ///
    /// The same request once more is answered with the entry that it made; whether a person may tell it, and whether the
    /// maker is the checker, the ledger alone decides.
    ///
    /// # Errors
    /// [`Untold::NotHere`] for an office other than the bureau or a district and for events that are no payments of the
    /// state; [`Untold::Refused`]; [`Untold::Store`].
    ///
    /// # Examples
    /// ```no_run
    /// # async fn example(desk: service::LedgerDesk) -> Result<(), Box<dyn std::error::Error>> {
    /// use ledger::event::{Actor, BenefitEvent, Body, Office};
    /// let li = Actor { id: "li".parse()?, office: Office::Bureau };
    /// let body = Body::Benefit { benefit: "B-1".parse()?, did: BenefitEvent::Approved };
    /// let taken = desk.tell_as(li, "r-1".parse()?, "2026-05-06".parse()?, body).await?;
    /// println!("entry {}", taken.seq);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn tell_as(
        &self,
        actor: Actor,
        request_id: RequestId,
        effective_on: NaiveDate,
        body: Body,
    ) -> Result<Taken, Untold> {
        let role = match actor.office {
            Office::Bureau => "bureau",
            Office::District(_) => "district",
            _ => return Err(Untold::NotHere { what: "another office" }),
        };
        let Some(action) = action(&body) else {
            return Err(Untold::NotHere { what: "what is no payment of the state" });
        };
        let now = self.desk().now();
        let (object, enterprise) = about(&body);
        let mut line = NewLine {
            at: now,
            actor: actor.id.to_string(),
            role: role.to_owned(),
            tenant: None,
            action: action.to_owned(),
            subject: enterprise.map(|code| code.as_str().to_owned()),
            purpose: None,
            outcome: "OK".to_owned(),
            object_id: Some(object),
            detail: None,
        };
        let event = Event { request_id, actor, effective_on, recorded_at: UnixMicros(now), body };
        let taken = self.books().append(event).await;
        match &taken {
            Ok(taken) if taken.repeated => line.detail = Some("repeated".to_owned()),
            Ok(_) => {}
            Err(e) => {
                let status = refused::append(e, "");
                code_name(status.code()).clone_into(&mut line.outcome);
                line.detail = Some(api::status::error_info(&status).reason);
            }
        }
        self.desk().store().write(Write::new(line)).await?;
        taken.map_err(|e| match e {
            AppendError::Refused(refusal) => Untold::Refused(refusal),
            AppendError::Store(e) => Untold::Store(e),
        })
    }
}
