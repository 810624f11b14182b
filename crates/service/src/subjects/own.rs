//! What the enterprise reads of itself: its ratings, what is held about it, who asked.

use super::{SubjectDesk, marks, store_failed};
use crate::desk::check::Violations;
use crate::desk::listed::{self, Listed};
use crate::desk::past::{Asked, Past, answer_of, what_is_left};
use crate::desk::told::purpose_of;
use crate::desk::{day, refuse};
use crate::identity::Caller;
use crate::ratings::READ_REASONS;
use crate::refusal;
use api::rating::v1::{self as v1, SourceState};
use features::schema::{Source, sources};
use rating::Text;
use store::{Kept, NewLine};
use tonic::Status;

/// Methods by which someone asks about an enterprise.
const INQUIRIES: [&str; 8] =
    ["Assess", "WhatIf", "AssessBatch", "Explain", "GetRating", "ListRatings", "Replay", READ_REASONS];
/// Those that give a rating.
const GIVING: [&str; 2] = ["Assess", "AssessBatch"];

impl SubjectDesk {
    pub(super) async fn own_ratings(
        &self,
        caller: &Caller,
        request: &v1::ListOwnRatingsRequest,
        line: &mut NewLine,
    ) -> Result<v1::ListOwnRatingsResponse, Status> {
        let desk = &self.0;
        let asked = Asked { method: "ListOwnRatings", enterprise_id: &request.enterprise_id, or_all: false };
        let (size, token) = (request.page_size, request.page_token.as_str());
        let past = Past::of(desk, caller, asked, request.until.as_ref(), size, token)?;
        line.subject = Some(request.enterprise_id.clone());
        let (found, next_page_token) = past.ratings(desk, None).await?;
        let marks = marks(desk, &request.enterprise_id).await?;
        let ratings = found.iter().map(|r| as_read(r, &request.enterprise_id, marks)).collect::<Result<_, _>>()?;
        Ok(v1::ListOwnRatingsResponse { ratings, next_page_token })
    }

    pub(super) async fn own_sources(
        &self,
        caller: &Caller,
        request: &v1::ListOwnSourcesRequest,
        line: &mut NewLine,
    ) -> Result<v1::ListOwnSourcesResponse, Status> {
        let (desk, mut v) = (&self.0, Violations::default());
        v.text("enterprise_id", &request.enterprise_id, 1, 64);
        let size = v.page_size(request.page_size);
        v.end()?;
        let fields = [request.enterprise_id.as_str()];
        let listed = Listed::new(desk, caller, "ListOwnSources", &fields);
        let after = listed.place(&request.page_token)?;
        line.subject = Some(request.enterprise_id.clone());
        let snapshot = desk.snapshots().current();
        let row = snapshot.get(&request.enterprise_id).map_err(|e| {
            tracing::error!(error = %e, "a row of the snapshot cannot be read");
            refusal::internal()
        })?;
        let row = row.ok_or_else(|| refuse::not_found("enterprise"))?;
        let ages = row.text(Text::Sources as usize).unwrap_or_default();
        let mut found = sources()
            .iter()
            .filter(|s| after.is_none_or(|after| s.id.as_str() > after))
            .map(|s| own_source(s, ages).ok_or_else(refusal::internal))
            .collect::<Result<Vec<_>, _>>()?;
        let next_page_token =
            listed.cut(&mut found, size, |s| s.age.as_ref().map(|a| a.source_id.clone()).unwrap_or_default());
        Ok(v1::ListOwnSourcesResponse { sources: found, next_page_token })
    }

    pub(super) async fn inquiries(
        &self,
        caller: &Caller,
        request: &v1::ListInquiriesRequest,
        line: &mut NewLine,
    ) -> Result<v1::ListInquiriesResponse, Status> {
        let desk = &self.0;
        let asked = Asked { method: "ListInquiries", enterprise_id: &request.enterprise_id, or_all: false };
        let (size, token) = (request.page_size, request.page_token.as_str());
        let past = Past::of(desk, caller, asked, request.until.as_ref(), size, token)?;
        let before = past.after.as_ref().map_or(Ok(i64::MAX), |seq| seq.parse()).map_err(|_| listed::refused())?;
        line.subject = Some(request.enterprise_id.clone());
        let found =
            desk.store().lines_of_subject(&request.enterprise_id, &INQUIRIES, past.until, before, past.limit()).await;
        let mut found = found.map_err(store_failed)?;
        let next_page_token = past.cut(&mut found, |l| l.seq.to_string());
        let inquiries = found.into_iter().map(inquiry).collect();
        Ok(v1::ListInquiriesResponse { inquiries, next_page_token })
    }
}

/// A stored rating with the marks of objections as of now; of one whose key was destroyed, that it was.
fn as_read(stored: &store::Rating, subject: &str, marks: (bool, bool)) -> Result<v1::Rating, Status> {
    let mut rating = match &stored.answer {
        Kept::Here(_) => answer_of(stored)?,
        Kept::Deleted { .. } => v1::Rating { enterprise_id: subject.to_owned(), ..what_is_left(stored) },
    };
    (rating.objection_open, rating.objection_unresolved) = marks;
    Ok(rating)
}

/// A source with its age, from `invoices:12;loans:x`; `None` where the text is not so.
fn own_source(source: &Source, ages: &str) -> Option<v1::OwnSource> {
    let (mut age_days, mut known_time_assumed) = (None, false);
    let said = ages.split(';').find_map(|part| part.split_once(':').filter(|(id, _)| *id == source.id));
    let state = match said.map_or("x", |(_, age)| age) {
        "-" => SourceState::NoRecord,
        "x" => SourceState::NotConnected,
        "!" => SourceState::NotAuthorised,
        days => {
            known_time_assumed = days.ends_with('~');
            age_days = Some(days.trim_end_matches('~').parse().ok()?);
            SourceState::HasRecord
        }
    };
    let age = v1::SourceAge { source_id: source.id.clone(), state: state.into(), age_days, known_time_assumed };
    Some(v1::OwnSource {
        age: Some(age),
        label_zh: source.name_zh.clone(),
        label_en: source.name_en.clone(),
        holder: source.authority.clone(),
    })
}

fn inquiry(line: store::Line) -> v1::Inquiry {
    let refused = line.outcome != "OK";
    let gave = !refused && GIVING.contains(&line.action.as_str());
    v1::Inquiry {
        asked_at: Some(day::timestamp(line.at)),
        purpose: purpose_of(line.purpose.as_deref().unwrap_or_default()).into(),
        rating_id: line.object_id.filter(|_| gave).unwrap_or_default(),
        // Of the bureau's staff the office is told, and not the person.
        asker: line.tenant.unwrap_or(if line.action == READ_REASONS { line.role } else { line.actor }),
        method: line.action,
        refused,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_that_the_row_does_not_name_is_not_connected() {
        let source = &sources()[0];
        let of = |ages: &str| {
            let own = own_source(source, ages)?;
            let age = own.age?;
            Some((age.state(), age.age_days, age.known_time_assumed))
        };
        assert_eq!(of(""), Some((SourceState::NotConnected, None, false)));
        assert_eq!(of("abnormal_list:-"), Some((SourceState::NoRecord, None, false)));
        assert_eq!(of("abnormal_list:12~;loans:3"), Some((SourceState::HasRecord, Some(12), true)));
        assert_eq!(of("abnormal_list:?"), None);
    }
}
