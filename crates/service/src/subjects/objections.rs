//! Objections from their opening to their outcome.

use super::text::{Opening, Resolution};
use super::wrong::{self, CORRECTED, OPEN, REJECTED, UNRESOLVED};
use super::{SubjectDesk, store_failed};
use crate::desk::check::Violations;
use crate::desk::listed::{self, Listed};
use crate::desk::told::Made;
use crate::desk::{day, refuse};
use crate::identity::{Caller, Role};
use crate::refusal;
use api::rating::v1::{self as v1, ErrorReason, ObjectionState};
use chrono::{Days, NaiveDate};
use features::schema::sources;
use store::{NewLine, NewObjection, Objection, ObjectionMove, Record, UnixMicros};
use tonic::{Code, Status};

/// Calendar days in which an objection is answered (征信业管理条例, article 25).
const ANSWER_DAYS: u64 = 20;

/// The last day for an answer to what was opened at a time.
pub(crate) fn due_on(opened_at: UnixMicros) -> NaiveDate {
    day::of(opened_at).checked_add_days(Days::new(ANSWER_DAYS)).unwrap_or(NaiveDate::MAX)
}

impl SubjectDesk {
    pub(super) async fn open(
        &self,
        caller: &Caller,
        request: &v1::OpenObjectionRequest,
        line: &mut NewLine,
    ) -> Result<v1::Objection, Status> {
        let mut v = Violations::default();
        v.uuid("request_id", &request.request_id);
        v.text("enterprise_id", &request.enterprise_id, 1, 64);
        match (request.rating_id.as_str(), request.source_id.as_str()) {
            ("", "") => v.add("rating_id", "must be set, or source_id"),
            ("", _) => {}
            (id, _) => v.uuid("rating_id", id),
        }
        v.text("source_id", &request.source_id, 0, 64);
        v.lines("statement", &request.statement, 1, 4_000);
        v.end()?;
        line.subject = Some(request.enterprise_id.clone());
        let desk = &self.0;
        if let Some(before) = desk.made_before(caller.tenant(), &request.request_id, request).await? {
            line.detail = Some("repeated".to_owned());
            return desk.audited(line.clone(), Ok(opened(request, &before))).await;
        }
        if !request.source_id.is_empty() && !sources().iter().any(|s| s.id == request.source_id) {
            return Err(refuse::not_found("source"));
        }
        if !request.rating_id.is_empty() {
            let found = desk.store().rating_of_subject(&request.enterprise_id, &request.rating_id).await;
            found.map_err(store_failed)?.ok_or_else(|| refuse::not_found("rating"))?;
        }
        let now = desk.now();
        let made = Made { at: now, ids: vec![api::request_id::new()] };
        let opening = Opening {
            enterprise_id: request.enterprise_id.clone(),
            source_id: request.source_id.clone(),
            statement: request.statement.clone(),
        };
        let record = Record::Objection(NewObjection {
            objection_id: made.ids[0].clone(),
            subject: request.enterprise_id.clone(),
            rating_id: Some(request.rating_id.clone()).filter(|id| !id.is_empty()),
            opened_at: now,
            due_on: due_on(now),
            state: OPEN.to_owned(),
            text: opening.keep(),
            retain_until: day::kept_until(day::of(now)),
        });
        let line = NewLine { object_id: made.ids.first().cloned(), ..line.clone() };
        let made = desk.make_once(line, record, (&request.request_id, request), made, refusal::internal).await?;
        Ok(opened(request, &made))
    }

    pub(super) async fn resolve(
        &self,
        caller: &Caller,
        request: &v1::ResolveObjectionRequest,
        line: &mut NewLine,
    ) -> Result<v1::Objection, Status> {
        let mut v = Violations::default();
        v.uuid("request_id", &request.request_id);
        v.uuid("objection_id", &request.objection_id);
        let outcome = match ObjectionState::try_from(request.state) {
            Ok(ObjectionState::Corrected) => CORRECTED,
            Ok(ObjectionState::Rejected) => REJECTED,
            Ok(ObjectionState::Unresolved) => UNRESOLVED,
            _ => {
                v.add("state", "must be CORRECTED, REJECTED or UNRESOLVED");
                ""
            }
        };
        v.lines("answer", &request.answer, 1, 4_000);
        v.end()?;
        let desk = &self.0;
        let before = desk.made_before(caller.tenant(), &request.request_id, request).await?;
        let found = desk.store().objection(&request.objection_id).await.map_err(store_failed)?;
        let found = found.ok_or_else(|| refuse::not_found("objection"))?;
        line.object_id = Some(found.objection_id.clone());
        // Its texts are kept for years beyond the day on which it is due: this is a key that was destroyed by hand.
        let opening = Opening::of(&found).ok_or_else(deleted)?;
        line.subject = Some(opening.enterprise_id.clone());
        if let Some(before) = before {
            line.detail = Some("repeated".to_owned());
            let receivers = Resolution::of(&found).map(|r| r.receivers).unwrap_or_default();
            return desk.audited(line.clone(), Ok(resolved(&found, &opening, request, before.at, &receivers))).await;
        }
        if found.outcome.is_some() {
            return Err(resolved_before());
        }
        let now = desk.now();
        let receivers = match outcome {
            CORRECTED => {
                let rating_id = found.rating_id.as_deref();
                wrong::receivers(desk, &opening.enterprise_id, rating_id, &opening.source_id, now).await?
            }
            _ => Vec::new(),
        };
        let resolution = Resolution { receivers, answer: request.answer.clone() };
        let record = Record::ObjectionMove(ObjectionMove {
            objection_id: found.objection_id.clone(),
            subject: opening.enterprise_id.clone(),
            at: now,
            state: outcome.to_owned(),
            outcome: Some(outcome.to_owned()),
            text: resolution.keep(),
            retain_until: day::kept_until(day::of(now)),
        });
        let line = NewLine { detail: Some(outcome.to_owned()), ..line.clone() };
        let made = Made { at: now, ids: vec![found.objection_id.clone()] };
        let body = (request.request_id.as_str(), request);
        let made = desk.make_once(line, record, body, made, resolved_before).await?;
        Ok(resolved(&found, &opening, request, made.at, &resolution.receivers))
    }

    pub(super) async fn objections(
        &self,
        caller: &Caller,
        request: &v1::ListObjectionsRequest,
        line: &mut NewLine,
    ) -> Result<v1::ListObjectionsResponse, Status> {
        let mut v = Violations::default();
        let least = usize::from(caller.role() == Role::Platform);
        v.text("enterprise_id", &request.enterprise_id, least, 64);
        let state = match ObjectionState::try_from(request.state) {
            Ok(state) => word(state),
            Err(_) => {
                v.add("state", "must be one of ObjectionState");
                None
            }
        };
        let size = v.page_size(request.page_size);
        v.end()?;
        let desk = &self.0;
        let asked_state = request.state.to_string();
        let fields = [request.enterprise_id.as_str(), &asked_state];
        let listed = Listed::new(desk, caller, "ListObjections", &fields);
        let after = match listed.place(&request.page_token)? {
            Some(place) => Some(place_of(place).ok_or_else(listed::refused)?),
            None => None,
        };
        line.subject = Some(request.enterprise_id.clone()).filter(|id| !id.is_empty());
        let mut found = match request.enterprise_id.as_str() {
            "" => {
                let limit = u32::try_from(size).unwrap_or(u32::MAX).saturating_add(1);
                desk.store().objections_by_due(state, after, limit).await.map_err(store_failed)?
            }
            id => {
                let mut all = desk.store().objections(id).await.map_err(store_failed)?;
                all.retain(|o| state.is_none_or(|s| o.state == s));
                all.sort_by(|a, b| key(a).cmp(&key(b)));
                all.retain(|o| after.is_none_or(|after| key(o) > after));
                all
            }
        };
        let next_page_token = listed.cut(&mut found, size, |o| format!("{}_{}", o.due_on, o.objection_id));
        let mut objections = Vec::with_capacity(found.len());
        for objection in &found {
            objections.push(self.to_wire(objection).await?);
        }
        Ok(v1::ListObjectionsResponse { objections, next_page_token })
    }

    /// An objection as it stands now. What lay under a key that was destroyed is empty.
    async fn to_wire(&self, objection: &Objection) -> Result<v1::Objection, Status> {
        let opening = Opening::of(objection).unwrap_or_default();
        let resolution = Resolution::of(objection).unwrap_or_default();
        let receivers = wrong::as_told(&self.0, objection, &opening, &resolution).await?;
        let state = match objection.state.as_str() {
            OPEN => ObjectionState::Open,
            CORRECTED => ObjectionState::Corrected,
            REJECTED => ObjectionState::Rejected,
            UNRESOLVED => ObjectionState::Unresolved,
            _ => ObjectionState::Unspecified,
        };
        Ok(v1::Objection {
            objection_id: objection.objection_id.clone(),
            enterprise_id: opening.enterprise_id,
            rating_id: objection.rating_id.clone().unwrap_or_default(),
            source_id: opening.source_id,
            statement: opening.statement,
            state: state.into(),
            opened_at: Some(day::timestamp(objection.opened_at)),
            due_on: Some(day::to_wire(objection.due_on)),
            resolved_at: objection.resolved_at.map(day::timestamp),
            answer: resolution.answer,
            receivers,
        })
    }
}

/// An objection as it was answered when it was opened: from the request alone.
fn opened(request: &v1::OpenObjectionRequest, made: &Made) -> v1::Objection {
    v1::Objection {
        objection_id: made.ids.first().cloned().unwrap_or_default(),
        enterprise_id: request.enterprise_id.clone(),
        rating_id: request.rating_id.clone(),
        source_id: request.source_id.clone(),
        statement: request.statement.clone(),
        state: ObjectionState::Open.into(),
        opened_at: Some(day::timestamp(made.at)),
        due_on: Some(day::to_wire(due_on(made.at))),
        ..v1::Objection::default()
    }
}

/// As it was answered when it was resolved: none of the receivers had read of it.
fn resolved(
    objection: &Objection,
    opening: &Opening,
    request: &v1::ResolveObjectionRequest,
    at: UnixMicros,
    receivers: &[(String, String)],
) -> v1::Objection {
    let receiver = |(bank, rating): &(String, String)| v1::Receiver {
        bank_id: bank.clone(),
        rating_id: rating.clone(),
        told_at: None,
    };
    v1::Objection {
        objection_id: objection.objection_id.clone(),
        enterprise_id: opening.enterprise_id.clone(),
        rating_id: objection.rating_id.clone().unwrap_or_default(),
        source_id: opening.source_id.clone(),
        statement: opening.statement.clone(),
        state: request.state,
        opened_at: Some(day::timestamp(objection.opened_at)),
        due_on: Some(day::to_wire(objection.due_on)),
        resolved_at: Some(day::timestamp(at)),
        answer: request.answer.clone(),
        receivers: receivers.iter().map(receiver).collect(),
    }
}

fn key(objection: &Objection) -> (NaiveDate, &str) {
    (objection.due_on, &objection.objection_id)
}

fn place_of(place: &str) -> Option<(NaiveDate, &str)> {
    let (day, id) = place.split_once('_')?;
    Some((day.parse().ok()?, id))
}

fn word(state: ObjectionState) -> Option<&'static str> {
    match state {
        ObjectionState::Unspecified => None,
        ObjectionState::Open => Some(OPEN),
        ObjectionState::Corrected => Some(CORRECTED),
        ObjectionState::Rejected => Some(REJECTED),
        ObjectionState::Unresolved => Some(UNRESOLVED),
    }
}

fn resolved_before() -> Status {
    let why = "the objection is resolved already";
    refuse::because(Code::FailedPrecondition, ErrorReason::ObjectionResolved, why)
}

fn deleted() -> Status {
    let why = "what the objection says was deleted";
    refuse::because(Code::FailedPrecondition, ErrorReason::InputsDeleted, why)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_runs_over_calendar_days_of_beijing() {
        // When it was opened (UTC), and the last day for the answer.
        for (opened, due) in [
            ("2026-11-25T10:00:00Z", "2026-12-15"),
            ("2026-12-20T15:59:59Z", "2027-01-09"), // 20 December, 23:59:59 in Beijing
            ("2026-12-20T16:00:00Z", "2027-01-10"), // the 21st there
            ("2028-02-10T00:00:00Z", "2028-03-01"), // a leap year
            ("2027-02-10T00:00:00Z", "2027-03-02"),
        ] {
            let at = opened.parse::<chrono::DateTime<chrono::Utc>>().expect("an instant").timestamp_micros();
            assert_eq!(due_on(at).to_string(), due, "{opened}");
        }
    }
}
