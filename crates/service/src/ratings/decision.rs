//! What a bank decided on a rating, and what it is told of corrections.

use super::{Ratings, Said, day};
use crate::desk::check::Violations;
use crate::desk::listed::{self, Listed};
use crate::desk::past::answer_of;
use crate::desk::refuse;
use crate::identity::Caller;
use crate::subjects::{self, CorrectionPlace};
use api::rating::v1::{
    Decision, DecisionKind, ListCorrectionsRequest, ListCorrectionsResponse, Outcome, Rating, ReportDecisionRequest,
};
use api::request_id;
use chrono::NaiveDate;
use primitives::Digest;
use prost::Message as _;
use store::{Kept, NewDecision, Record, Request, Write, Written};
use tonic::{Code, Status};

/// 100 billion yuan.
const AMOUNT_MAX: i64 = 10_000_000_000_000;
const ACTION: &str = "ReportDecision";

impl Ratings {
    pub(super) async fn decide(&self, caller: &Caller, request: ReportDecisionRequest) -> Result<Decision, Status> {
        let result = self.decided(caller, &request).await;
        match result {
            Ok(decision) => Ok(decision),
            Err(refused) => {
                let id = Some(request.rating_id.as_str()).filter(|id| request_id::is_valid(id));
                self.audited(caller, ACTION, Said { object_id: id, ..Said::default() }, Err(refused)).await
            }
        }
    }

    async fn decided(&self, caller: &Caller, request: &ReportDecisionRequest) -> Result<Decision, Status> {
        let mut v = Violations::default();
        v.uuid("request_id", &request.request_id);
        v.uuid("rating_id", &request.rating_id);
        let kind = match DecisionKind::try_from(request.kind) {
            Ok(kind) if kind != DecisionKind::Unspecified => Some(kind),
            _ => {
                v.add("kind", "must be one of DecisionKind, not unspecified");
                None
            }
        };
        match kind {
            Some(DecisionKind::Granted) if !(1..=AMOUNT_MAX).contains(&request.amount_fen) => {
                v.add("amount_fen", format!("must be 1 to {AMOUNT_MAX} when granted"));
            }
            Some(DecisionKind::Declined | DecisionKind::Withdrawn) if request.amount_fen != 0 => {
                v.add("amount_fen", "must be 0 unless granted");
            }
            _ => {}
        }
        let now = self.desk().now();
        let decided_on = request.decided_on.as_ref().and_then(day::from_wire);
        match decided_on {
            None => v.add("decided_on", "must be a date"),
            Some(on) if on > day::of(now) => v.add("decided_on", "must not be in the future"),
            Some(_) => {}
        }
        if request.override_reason.chars().count() > 1_000 {
            v.add("override_reason", "must have at most 1000 characters");
        }
        v.end()?;
        let (Some(kind), Some(on)) = (kind, decided_on) else { return Err(refuse::not_found("rating")) };

        let stored = self.stored(caller, &request.rating_id).await?;
        let rating = answer_of(&stored)?;
        let departs = departs(&rating, kind, request.amount_fen);
        self.check_against(&stored, on, departs, &request.override_reason)?;
        let decision = Decision {
            decision_id: request_id::new(),
            rating_id: stored.rating_id.clone(),
            kind: kind.into(),
            amount_fen: request.amount_fen,
            decided_on: Some(day::to_wire(on)),
            departs_from_rating: departs,
            override_reason: request.override_reason.clone(),
            recorded_at: Some(day::timestamp(now)),
        };
        self.record(caller, request, kind, on, &stored, decision).await
    }

    fn check_against(&self, stored: &store::Rating, on: NaiveDate, departs: bool, reason: &str) -> Result<(), Status> {
        let mut v = Violations::default();
        if on < day::of(stored.created_at) {
            v.add("decided_on", "must not be before the rating");
        }
        match (departs, reason.trim().is_empty()) {
            (true, true) => v.add("override_reason", "must say why the decision departs from the rating"),
            (false, false) => {
                v.add("override_reason", "must be empty where the decision does not depart from the rating")
            }
            _ => {}
        }
        v.end()
    }

    async fn record(
        &self,
        caller: &Caller,
        request: &ReportDecisionRequest,
        kind: DecisionKind,
        on: NaiveDate,
        stored: &store::Rating,
        decision: Decision,
    ) -> Result<Decision, Status> {
        let subject = match &stored.answer {
            Kept::Here(answer) => Some(answer.subject.as_str()),
            Kept::Deleted { .. } => None,
        };
        let said = Said { subject, object_id: Some(&decision.decision_id), ..Said::default() };
        let record = NewDecision {
            tenant: caller.tenant().to_owned(),
            rating_id: stored.rating_id.clone(),
            decision: kind_word(kind).to_owned(),
            amount_fen: (kind == DecisionKind::Granted).then_some(decision.amount_fen),
            override_reason: Some(decision.override_reason.clone()).filter(|r| !r.is_empty()),
            decided_at: day::start(on),
            decided_by: caller.tenant().to_owned(),
        };
        let once = Request {
            tenant: caller.tenant().to_owned(),
            request_id: request.request_id.clone(),
            body_sha256: *Digest::sha256(&request.encode_to_vec()).as_bytes(),
            answer: decision.encode_to_vec(),
        };
        let line = self.line(caller, ACTION, Code::Ok, said);
        match self.desk().store().write(Write::of(line, Record::Decision(record)).once(once)).await {
            Ok(Written::Repeated { answer }) => {
                let earlier = Decision::decode(&*answer).map_err(|_| crate::refusal::internal());
                let said = Said { detail: Some("repeated"), object_id: None, ..said };
                self.audited(caller, ACTION, said, earlier).await
            }
            Ok(_) => Ok(decision),
            Err(e) => Err(refuse::store(&e)),
        }
    }

    /// Corrections: none yet, for none is stored by the bank that received the wrong value. That it looked is audited.
    pub(super) async fn corrections(
        &self,
        caller: &Caller,
        request: ListCorrectionsRequest,
    ) -> Result<ListCorrectionsResponse, Status> {
        let mut v = Violations::default();
        v.page_size(request.page_size);
        if request.since.as_ref().is_some_and(|since| day::micros(since).is_none()) {
            v.add("since", "must be an instant of the years 1 to 9999");
        }
        let result = match v.end() {
            Ok(()) => self.corrections_page(caller, &request).await,
            Err(refused) => Err(refused),
        };
        // To read of a correction is to be told of it: that stands in the audit before it is answered.
        let told = result.iter().flat_map(|r| subjects::told(self.desk(), caller, &r.corrections));
        let line = self.line(caller, "ListCorrections", Code::Ok, Said::default());
        let write = match &result {
            Ok(_) => told.fold(Write::new(line), |write, line| write.and(line, None)),
            Err(_) => return self.audited(caller, "ListCorrections", Said::default(), result).await,
        };
        self.desk().store().write(write).await.map_err(|e| refuse::store(&e))?;
        result
    }

    async fn corrections_page(
        &self,
        caller: &Caller,
        request: &ListCorrectionsRequest,
    ) -> Result<ListCorrectionsResponse, Status> {
        let since = request.since.as_ref().and_then(day::micros).unwrap_or(i64::MIN);
        let fields = [since.to_string()];
        let fields = fields.each_ref().map(String::as_str);
        let listed = Listed::new(self.desk(), caller, "ListCorrections", &fields);
        let after = match listed.place(&request.page_token)? {
            None => CorrectionPlace::default(),
            Some(place) => {
                let parts = place.split_once('_').and_then(|(l, b)| Some((l.parse().ok()?, b.parse().ok()?)));
                let (line, before) = parts.ok_or_else(listed::refused)?;
                CorrectionPlace { line, before }
            }
        };
        let size = match request.page_size {
            0 => 50,
            size => size.clamp(1, 1_000) as usize,
        };
        let mut found = subjects::corrections(self.desk(), caller.tenant(), since, after, size + 1).await?;
        let next_page_token = listed.cut(&mut found, size, |(at, _)| format!("{}_{}", at.line, at.before));
        Ok(ListCorrectionsResponse { corrections: found.into_iter().map(|(_, c)| c).collect(), next_page_token })
    }
}

/// Whether a decision departs from a rating: granted although stopped, not ratable or beyond the line (which is 0 where
/// there is none), or declined although there is a line.
fn departs(rating: &Rating, kind: DecisionKind, amount_fen: i64) -> bool {
    let line = rating.line.as_ref().map_or(0, |l| l.amount_fen);
    match kind {
        DecisionKind::Granted => rating.outcome() != Outcome::Rated || amount_fen > line,
        DecisionKind::Declined => line > 0,
        DecisionKind::Withdrawn | DecisionKind::Unspecified => false,
    }
}

fn kind_word(kind: DecisionKind) -> &'static str {
    match kind {
        DecisionKind::Unspecified => "unspecified",
        DecisionKind::Granted => "granted",
        DecisionKind::Declined => "declined",
        DecisionKind::Withdrawn => "withdrawn",
    }
}
