//! Consents of enterprises: `ConsentService`.
//!
//! A bank hands in consents for itself alone; the platform for any bank, by its id. What a consent says is checked
//! against the sources that there are; whether it covers what a bank asks for is looked up where it asks.

mod check;

use crate::desk::check::Violations;
use crate::desk::listed::{self, Listed};
use crate::desk::told::{Made, purpose_of, purpose_word};
use crate::desk::{Desk, day, refuse};
use crate::identity::{Caller, Role};
use api::rating::v1::consent_service_server::ConsentService;
use api::rating::v1::{self as v1, ConsentScope, ConsentState, ErrorReason, Granter};
use check::Granted;
use store::{Kept, NewConsent, NewLine, Record, Revocation, UnixMicros};
use tonic::{Code, Request, Response, Status};

/// The handlers of `ConsentService`. Cheap to clone.
///
/// # Examples
/// ```no_run
/// # fn example(config: &service::Config, desk: service::Desk) {
/// let services = service::Services::new(&config.limits).consents(service::ConsentDesk::new(desk));
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct ConsentDesk(Desk);

impl ConsentDesk {
    /// Handlers at a desk.
    pub fn new(desk: Desk) -> Self {
        Self(desk)
    }

    async fn grant(
        &self,
        caller: &Caller,
        request: &v1::GrantConsentRequest,
        line: &mut NewLine,
    ) -> Result<v1::Consent, Status> {
        let granted = Granted::of(caller, request)?;
        line.subject = Some(request.enterprise_id.clone());
        line.purpose = Some(purpose_word(granted.purpose).to_owned());
        let desk = &self.0;
        if let Some(before) = desk.made_before(caller.tenant(), &request.request_id, request).await? {
            return desk.audited(repeated(line), Ok(granted_consent(caller, request, &granted, &before))).await;
        }
        let now = desk.now();
        granted.check_day(day::of(now))?;
        let made = Made { at: now, ids: vec![api::request_id::new()] };
        let line = NewLine { object_id: made.ids.first().cloned(), ..line.clone() };
        let consent = NewConsent {
            consent_id: made.ids[0].clone(),
            tenant: granted.bank.clone(),
            subject: request.enterprise_id.clone(),
            purpose: purpose_word(granted.purpose).to_owned(),
            categories: granted.categories.clone(),
            lending_data: granted.scope == ConsentScope::LendingData,
            personal: granted.scope == ConsentScope::PersonalItems,
            granter: caller.role().name().to_owned(),
            signatory: format!("{}\n{}", granted.signatory.name, granted.signatory.capacity),
            valid_from: day::start(granted.from),
            valid_until: day::end(granted.until),
            // The signatory, as long as the loan file that the consent belongs to.
            retain_until: day::kept_until(granted.until),
            text_digest: granted.text.digest.clone(),
            text_place: granted.text.location.clone(),
            granted_at: now,
        };
        let body = (request.request_id.as_str(), request);
        let record = Record::Consent(Box::new(consent));
        let made = desk.make_once(line, record, body, made, crate::refusal::internal).await?;
        Ok(granted_consent(caller, request, &granted, &made))
    }

    async fn revoke(
        &self,
        caller: &Caller,
        request: &v1::RevokeConsentRequest,
        line: &mut NewLine,
    ) -> Result<v1::Consent, Status> {
        let mut v = Violations::default();
        v.uuid("request_id", &request.request_id);
        v.uuid("consent_id", &request.consent_id);
        v.lines("reason", &request.reason, 0, 1_000);
        v.end()?;
        let desk = &self.0;
        let before = desk.made_before(caller.tenant(), &request.request_id, request).await?;
        let found = match caller.role() {
            Role::Platform => desk.store().consent_of_any(&request.consent_id).await,
            _ => desk.store().consent(caller.tenant(), &request.consent_id).await,
        };
        let found = found.map_err(|e| refuse::store(&e))?.ok_or_else(|| refuse::not_found("consent"))?;
        line.object_id = Some(found.consent_id.clone());
        line.subject = found.parties.clone().here().map(|p| p.subject);
        line.purpose = Some(found.purpose.clone());
        if let Some(before) = before {
            return desk.audited(repeated(line), Ok(revoked_consent(&found, request, before.at))).await;
        }
        let now = desk.now();
        if found.revoked.is_some() || found.valid_until <= now {
            return Err(ended());
        }
        let record = Record::Revocation(Revocation {
            tenant: found.tenant.clone(),
            consent_id: found.consent_id.clone(),
            revoked_at: now,
            revoked_by: caller.tenant().to_owned(),
            reason: request.reason.clone(),
        });
        let made = Made { at: now, ids: vec![found.consent_id.clone()] };
        let body = (request.request_id.as_str(), request);
        let made = desk.make_once(line.clone(), record, body, made, ended).await?;
        Ok(revoked_consent(&found, request, made.at))
    }

    async fn list(
        &self,
        caller: &Caller,
        request: &v1::ListConsentsRequest,
        line: &mut NewLine,
    ) -> Result<v1::ListConsentsResponse, Status> {
        let (desk, mut v) = (&self.0, Violations::default());
        v.text("enterprise_id", &request.enterprise_id, 1, 64);
        let at = v.instant("at", request.at.as_ref(), desk.now());
        let size = v.page_size(request.page_size);
        v.end()?;
        let asked_at = request.at.as_ref().map(|t| format!("{}-{}", t.seconds, t.nanos)).unwrap_or_default();
        let fields = [request.enterprise_id.as_str(), &asked_at];
        let listed = Listed::new(desk, caller, "ListConsents", &fields);
        let before: Option<i64> = match listed.place(&request.page_token)? {
            Some(place) => Some(place.parse().map_err(|_| listed::refused())?),
            None => None,
        };
        line.subject = Some(request.enterprise_id.clone());
        let found = match caller.role() {
            Role::Bank => desk.store().consents(caller.tenant(), &request.enterprise_id).await.map(|c| c.all),
            _ => desk.store().consents_of_subject(&request.enterprise_id).await,
        };
        let mut found = found.map_err(|e| refuse::store(&e))?;
        found.retain(|c| c.granted_at <= at && before.is_none_or(|line| c.line < line));
        let next_page_token = listed.cut(&mut found, size, |c| c.line.to_string());
        let consents = found.iter().map(|c| to_wire(c, at)).collect();
        Ok(v1::ListConsentsResponse { consents, next_page_token })
    }
}

/// The line of a call that made nothing, for an earlier one had.
fn repeated(line: &NewLine) -> NewLine {
    NewLine { detail: Some("repeated".to_owned()), ..line.clone() }
}

fn ended() -> Status {
    let why = "the consent is revoked or expired already";
    refuse::because(Code::FailedPrecondition, ErrorReason::ConsentEnded, why)
}

/// A consent as it was answered when it was granted: from the request alone, so that a repeat has the same bytes also
/// when its subject's key is gone.
fn granted_consent(caller: &Caller, request: &v1::GrantConsentRequest, granted: &Granted, made: &Made) -> v1::Consent {
    let state = if day::start(granted.from) <= made.at { ConsentState::InForce } else { ConsentState::NotYetValid };
    v1::Consent {
        consent_id: made.ids.first().cloned().unwrap_or_default(),
        enterprise_id: request.enterprise_id.clone(),
        recipient_bank_id: granted.bank.clone(),
        granter: granter(caller.role().name()).into(),
        signatory: Some(granted.signatory.clone()),
        purpose: granted.purpose.into(),
        scope: granted.scope.into(),
        data_categories: granted.categories.clone(),
        valid_from: Some(day::to_wire(granted.from)),
        valid_until: Some(day::to_wire(granted.until)),
        signed_text: Some(granted.text.clone()),
        state: state.into(),
        granted_at: Some(day::timestamp(made.at)),
        revoked_at: None,
        revocation_reason: String::new(),
    }
}

fn revoked_consent(consent: &store::Consent, request: &v1::RevokeConsentRequest, at: UnixMicros) -> v1::Consent {
    v1::Consent {
        state: ConsentState::Revoked.into(),
        revoked_at: Some(day::timestamp(at)),
        revocation_reason: request.reason.clone(),
        ..to_wire(consent, at)
    }
}

fn granter(word: &str) -> Granter {
    match word {
        "platform" => Granter::Platform,
        "bank" => Granter::Bank,
        _ => Granter::Unspecified,
    }
}

/// A stored consent with its standing at a time. What lay under a key that was destroyed is empty.
fn to_wire(consent: &store::Consent, at: UnixMicros) -> v1::Consent {
    let parties = match &consent.parties {
        Kept::Here(parties) => Some(parties),
        Kept::Deleted { .. } => None,
    };
    let state = match &consent.revoked {
        Some(revoked) if revoked.at <= at => ConsentState::Revoked,
        _ if at < consent.valid_from => ConsentState::NotYetValid,
        _ if consent.valid_until <= at => ConsentState::Expired,
        _ => ConsentState::InForce,
    };
    let scope = match (consent.personal, consent.lending_data) {
        (true, _) => ConsentScope::PersonalItems,
        (false, true) => ConsentScope::LendingData,
        (false, false) => ConsentScope::EnterpriseData,
    };
    let signatory = parties.and_then(|p| p.signatory.split_once('\n'));
    v1::Consent {
        consent_id: consent.consent_id.clone(),
        enterprise_id: parties.map(|p| p.subject.clone()).unwrap_or_default(),
        recipient_bank_id: consent.tenant.clone(),
        granter: granter(&consent.granter).into(),
        signatory: signatory.map(|(name, capacity)| v1::Signatory { name: name.into(), capacity: capacity.into() }),
        purpose: purpose_of(&consent.purpose).into(),
        scope: scope.into(),
        data_categories: consent.categories.clone(),
        valid_from: Some(day::to_wire(day::of(consent.valid_from))),
        valid_until: Some(day::to_wire(day::of(consent.valid_until - 1))),
        signed_text: Some(v1::SignedText { digest: consent.text_digest.clone(), location: consent.text_place.clone() }),
        state: state.into(),
        granted_at: Some(day::timestamp(consent.granted_at)),
        revoked_at: consent.revoked.as_ref().map(|r| day::timestamp(r.at)),
        revocation_reason: consent.revoked.as_ref().and_then(|r| r.reason.clone().here()).unwrap_or_default(),
    }
}

#[tonic::async_trait]
impl ConsentService for ConsentDesk {
    async fn grant_consent(
        &self,
        request: Request<v1::GrantConsentRequest>,
    ) -> Result<Response<v1::GrantConsentResponse>, Status> {
        let caller = Caller::of(&request)?.clone();
        let mut line = self.0.line(&caller, "GrantConsent", "OK");
        match self.grant(&caller, request.get_ref(), &mut line).await {
            Ok(consent) => Ok(Response::new(v1::GrantConsentResponse { consent: Some(consent) })),
            Err(refused) => self.0.audited(line, Err(refused)).await,
        }
    }

    async fn revoke_consent(
        &self,
        request: Request<v1::RevokeConsentRequest>,
    ) -> Result<Response<v1::RevokeConsentResponse>, Status> {
        let caller = Caller::of(&request)?.clone();
        let mut line = self.0.line(&caller, "RevokeConsent", "OK");
        match self.revoke(&caller, request.get_ref(), &mut line).await {
            Ok(consent) => Ok(Response::new(v1::RevokeConsentResponse { consent: Some(consent) })),
            Err(refused) => self.0.audited(line, Err(refused)).await,
        }
    }

    async fn list_consents(
        &self,
        request: Request<v1::ListConsentsRequest>,
    ) -> Result<Response<v1::ListConsentsResponse>, Status> {
        let caller = Caller::of(&request)?.clone();
        let mut line = self.0.line(&caller, "ListConsents", "OK");
        let result = self.list(&caller, request.get_ref(), &mut line).await;
        self.0.audited(line, result).await.map(Response::new)
    }
}
