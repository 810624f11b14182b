//! What a bank decided on a rating, and what it is told of corrections.

use super::{Ratings, Said, day};
use crate::desk::check::Violations;
use crate::desk::listed::{self, Listed};
use crate::desk::past::answer_of;
use crate::desk::refuse;
use crate::desk::told::Made;
use crate::identity::Caller;
use crate::refusal;
use crate::subjects::{self, CorrectionPlace};
use api::rating::v1::{
    Decision, DecisionKind, ListCorrectionsRequest, ListCorrectionsResponse, Outcome, Rating, ReportDecisionRequest,
};
use api::request_id;
use chrono::NaiveDate;
use store::{NewDecision, Record, UnixMicros, Write};
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
        v.lines("override_reason", &request.override_reason, 0, 1_000);
        v.end()?;
        let (Some(kind), Some(on)) = (kind, decided_on) else { return Err(refuse::not_found("rating")) };

        let stored = self.stored(caller, &request.rating_id).await?;
        let rating = answer_of(&stored)?;
        let departs = departs(&rating, kind, request.amount_fen);
        self.check_against(&stored, on, departs, &request.override_reason)?;
        let made = self.record(caller, request, (kind, on), &rating, now).await?;
        Ok(Decision {
            decision_id: made.ids.into_iter().next().unwrap_or_default(),
            rating_id: rating.rating_id,
            kind: kind.into(),
            amount_fen: request.amount_fen,
            decided_on: Some(day::to_wire(on)),
            departs_from_rating: departs,
            override_reason: request.override_reason.clone(),
            recorded_at: Some(day::timestamp(made.at)),
        })
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

    /// Stores a decision once for its request. A repeat is answered from its body and from what is kept: id and time, for
    /// the reason may be personal.
    async fn record(
        &self,
        caller: &Caller,
        request: &ReportDecisionRequest,
        (kind, on): (DecisionKind, NaiveDate),
        rating: &Rating,
        now: UnixMicros,
    ) -> Result<Made, Status> {
        let record = NewDecision {
            tenant: caller.tenant().to_owned(),
            rating_id: rating.rating_id.clone(),
            subject: rating.enterprise_id.clone(),
            decision: kind_word(kind).to_owned(),
            amount_fen: (kind == DecisionKind::Granted).then_some(request.amount_fen),
            override_reason: Some(request.override_reason.clone()).filter(|r| !r.is_empty()),
            decided_at: day::start(on),
            decided_by: caller.tenant().to_owned(),
        };
        let made = Made { at: now, ids: vec![request_id::new()] };
        let said = Said {
            subject: Some(&rating.enterprise_id),
            object_id: made.ids.first().map(String::as_str),
            ..Said::default()
        };
        let line = self.line(caller, ACTION, Code::Ok, said);
        let body = (request.request_id.as_str(), request);
        self.desk().make_once(line, Record::Decision(record), body, made, refusal::internal).await
    }

    /// Corrections of values in ratings that the bank received, by objections of their enterprises.
    pub(super) async fn corrections(
        &self,
        caller: &Caller,
        request: ListCorrectionsRequest,
    ) -> Result<ListCorrectionsResponse, Status> {
        let result = self.corrections_page(caller, &request).await;
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
        let mut v = Violations::default();
        let size = v.page_size(request.page_size);
        let since = v.instant("since", request.since.as_ref(), i64::MIN);
        v.end()?;
        let listed = Listed::new(self.desk(), caller, "ListCorrections", &[&since.to_string()]);
        let after = match listed.place(&request.page_token)? {
            None => CorrectionPlace::default(),
            Some(place) => {
                let parts = place.split_once('_').and_then(|(l, b)| Some((l.parse().ok()?, b.parse().ok()?)));
                let (line, before) = parts.ok_or_else(listed::refused)?;
                CorrectionPlace { line, before }
            }
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
