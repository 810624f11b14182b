//! What is told to the ledger: a request becomes an event, is entered, and is answered when its audit line is durable.
//!
//! The ledger comes first. Where the server ends between the two, the repeat of the request finds the entry, is given
//! the same bytes, and leaves the line.

use super::{LedgerDesk, refused};
use crate::desk::check::Violations;
use crate::desk::{day, refuse};
use crate::identity::{Caller, Role};
use crate::refusal;
use ::ledger::event::{Actor, BenefitEvent, Body, BridgeEvent, Event, GuaranteeEvent, LoanEvent, Office, UnixMicros};
use api::ledger::v1;
use primitives::CreditCode;
use store::{NewLine, Taken};
use tonic::Status;

/// The fields that every write has.
pub(crate) struct Head<'r> {
    pub(crate) request_id: &'r str,
    pub(crate) person: &'r str,
    pub(crate) effective_on: Option<&'r api::Date>,
}

/// The request of a write.
pub(crate) trait Told: Send + Sync {
    /// Name of the method.
    const ACTION: &'static str;

    fn head(&self) -> Head<'_>;

    /// The field that holds what is told; empty where the request itself does.
    fn part(&self) -> &'static str {
        ""
    }

    /// What is told; `None` where something is wrong, which is added.
    fn body(&self, caller: &Caller, v: &mut Violations) -> Option<Body>;
}

/// The head of a request by the names of its fields.
macro_rules! head {
    () => {
        fn head(&self) -> crate::ledger::told::Head<'_> {
            crate::ledger::told::Head {
                request_id: &self.request_id,
                person: &self.person,
                effective_on: self.effective_on.as_ref(),
            }
        }
    };
}
pub(crate) use head;

/// Requests that say what happened by their name: the function that makes the body, the fields that name the object, and
/// the event of each request.
macro_rules! by_name {
    ($of:ident($owner:ident, $number:ident): $($request:ident $action:literal $event:expr;)*) => {$(
        impl crate::ledger::told::Told for v1::$request {
            const ACTION: &'static str = $action;
            crate::ledger::told::head!();

            fn body(&self, caller: &Caller, v: &mut Violations) -> Option<Body> {
                $of(v, caller, (&self.$owner, &self.$number), |_| Some($event))
            }
        }
    )*};
}
pub(crate) use by_name;

/// The handlers of a service: its writes in a list, what else it has after it.
macro_rules! serve {
    ($service:path { $($method:ident($request:ident) -> $response:ident;)* } $($rest:tt)*) => {
        #[tonic::async_trait]
        impl $service for crate::ledger::LedgerDesk {
            $(async fn $method(
                &self,
                request: tonic::Request<v1::$request>,
            ) -> Result<tonic::Response<v1::$response>, tonic::Status> {
                let caller = crate::identity::Caller::of(&request)?.clone();
                let entry = self.tell(&caller, request.get_ref()).await?;
                Ok(tonic::Response::new(v1::$response { entry: Some(entry) }))
            })*
            $($rest)*
        }
    };
}
pub(crate) use serve;

/// The answer to a question: its audit line is durable before it goes.
macro_rules! read {
    ($self:ident, $request:ident, $action:literal, $method:ident) => {{
        let caller = crate::identity::Caller::of(&$request)?.clone();
        let mut line = $self.desk().line(&caller, $action, "OK");
        let result = $self.$method(&caller, $request.get_ref(), &mut line).await;
        $self.desk().audited(line, result).await.map(tonic::Response::new)
    }};
}
pub(crate) use read;

/// The office that a caller speaks for.
///
/// # Errors
/// PERMISSION_DENIED for a role that tells the ledger nothing.
fn office(caller: &Caller) -> Result<Office, Status> {
    let tenant = caller.tenant();
    // Ids of clients are ids of the ledger: the configuration is checked.
    let found = match caller.role() {
        Role::Bank => tenant.parse().ok().map(Office::Bank),
        Role::Guarantor => tenant.parse().ok().map(Office::Guarantor),
        Role::District => caller.district().map(Office::District),
        Role::Platform => Some(Office::Platform),
        Role::Bureau => Some(Office::Bureau),
        Role::Auditor | Role::Operator => None,
    };
    found.ok_or_else(refusal::role_not_allowed)
}

/// What the audit says of an event: the object by owner and number, and the enterprise where the event names it.
pub(super) fn about(body: &Body) -> (String, Option<CreditCode>) {
    match body {
        Body::Loan { bank, loan, did } => {
            let of = match did {
                LoanEvent::Applied { profile, .. } => Some(profile.enterprise),
                _ => None,
            };
            (format!("{bank}/{loan}"), of)
        }
        Body::Bridge { bank, bridge, did } => {
            let of = match did {
                BridgeEvent::Applied { enterprise, .. } => Some(*enterprise),
                _ => None,
            };
            (format!("{bank}/{bridge}"), of)
        }
        Body::Guarantee { guarantor, guarantee, did } => {
            let of = match did {
                GuaranteeEvent::Issued { enterprise, .. } => Some(*enterprise),
                GuaranteeEvent::Released => None,
            };
            (format!("{guarantor}/{guarantee}"), of)
        }
        Body::Subsidy { guarantor, subsidy, .. } => (format!("{guarantor}/{subsidy}"), None),
        Body::Claim { bank, claim, .. } => (format!("{bank}/{claim}"), None),
        Body::Benefit { benefit, did } => {
            let of = match did {
                BenefitEvent::Proposed { enterprise, .. } => Some(*enterprise),
                _ => None,
            };
            (benefit.to_string(), of)
        }
        Body::Rating { rating, .. } => (rating.to_string(), None),
        Body::Reported(figure) => (format!("{}/{}", figure.indicator, figure.district), None),
        Body::Fund { fund, .. } => (fund.to_string(), None),
        Body::Period { month, .. } => (month.to_string(), None),
        Body::Reversal { of, .. } => (of.to_string(), None),
    }
}

impl LedgerDesk {
    /// Enters what a request tells.
    pub(super) async fn tell<T: Told>(&self, caller: &Caller, request: &T) -> Result<v1::Entry, Status> {
        let mut line = self.desk().line(caller, T::ACTION, "OK");
        let result = self.told(caller, request, &mut line).await;
        self.desk().audited(line, result).await
    }

    async fn told<T: Told>(&self, caller: &Caller, request: &T, line: &mut NewLine) -> Result<v1::Entry, Status> {
        let event = self.event(caller, request, line).await?;
        let on = event.effective_on;
        let taken = self.books().append(event).await.map_err(|e| refused::append(&e, request.part()))?;
        Ok(entry(on, &taken, line))
    }

    /// The event of a request, when a rating that it rests on is in the ledger.
    pub(super) async fn event<T: Told>(
        &self,
        caller: &Caller,
        request: &T,
        line: &mut NewLine,
    ) -> Result<Event, Status> {
        let office = office(caller)?;
        let Head { request_id, person, effective_on } = request.head();
        let mut v = Violations::default();
        v.uuid("request_id", request_id);
        let id = v.id("person", person);
        let effective_on = v.day("effective_on", effective_on);
        let body = request.body(caller, &mut v);
        v.end()?;
        let request_id = request_id.parse().ok();
        // Whatever is missing was said.
        let (Some(request_id), Some(id), Some(effective_on), Some(body)) = (request_id, id, effective_on, body) else {
            return Err(refusal::internal());
        };
        let (object, enterprise) = about(&body);
        line.object_id = Some(object);
        line.subject = enterprise.map(|code| code.as_str().to_owned());
        if let Body::Loan { did: LoanEvent::Granted { rating: Some(rating), .. }, .. } = &body {
            self.rests_on(caller, rating.as_str()).await?;
        }
        let recorded_at = UnixMicros(self.desk().now());
        Ok(Event { request_id, actor: Actor { id, office }, effective_on, recorded_at, body })
    }

    /// Waits until a rating that was issued here is in the ledger; one of another bank is not there.
    pub(super) async fn rests_on(&self, caller: &Caller, rating_id: &str) -> Result<(), Status> {
        let found = self.desk().store().rating_of_anyone(rating_id).await.map_err(|e| refuse::store(&e))?;
        // Others come with files.
        let Some(rating) = found else { return Ok(()) };
        if caller.role() == Role::Bank && rating.tenant != caller.tenant() {
            return Err(refuse::not_found("rating"));
        }
        self.fed_up_to(rating.line).await
    }
}

/// The answer to an event that is entered, now or by an earlier call.
pub(super) fn entry(effective_on: chrono::NaiveDate, taken: &Taken, line: &mut NewLine) -> v1::Entry {
    if taken.repeated {
        line.detail = Some("repeated".to_owned());
    }
    v1::Entry {
        entry_no: taken.seq,
        effective_on: Some(day::to_wire(effective_on)),
        recorded_at: Some(day::timestamp(taken.recorded_at.0)),
    }
}
