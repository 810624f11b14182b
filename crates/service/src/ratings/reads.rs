//! Ratings that were issued: one, the latest, a list, a page for people.

use super::{Ratings, Said, inputs};
use crate::desk::check::Violations;
use crate::desk::past::{Asked, Past, answer_of, what_is_left};
use crate::desk::refuse;
use crate::identity::{Caller, Role};
use crate::refusal;
use crate::subjects;
use api::rating::v1::get_rating_request::Which;
use api::rating::v1::{
    ExplainRequest, ExplainResponse, GetRatingRequest, Language, ListRatingsRequest, ListRatingsResponse, PageFormat,
    Rating,
};
use rating::{Lang, Page};
use std::collections::HashMap;
use store::Kept;
use tonic::Status;

/// Whether objections of an enterprise are open, and whether one could not be settled.
type Marks = (bool, bool);

impl Ratings {
    pub(super) async fn get(&self, caller: &Caller, request: GetRatingRequest) -> Result<Rating, Status> {
        let found = self.find(caller, request.which).await;
        let mut said = Said::default();
        let (stored, result) = match found {
            Ok(stored) => {
                let rating = self.as_read(&stored, &mut HashMap::new()).await;
                (Some(stored), rating)
            }
            Err(status) => (None, Err(status)),
        };
        if let Some(stored) = &stored {
            said = said_of(stored);
        }
        self.audited(caller, "GetRating", said, result).await
    }

    async fn find(&self, caller: &Caller, which: Option<Which>) -> Result<store::Rating, Status> {
        let mut v = Violations::default();
        match which {
            None => v.add("which", "must be rating_id or latest"),
            Some(Which::RatingId(id)) => return self.stored(caller, &id).await,
            Some(Which::Latest(latest)) => {
                v.text("latest.enterprise_id", &latest.enterprise_id, 1, 64);
                let until = v.instant("latest.until", latest.until.as_ref(), self.desk().now());
                v.end()?;
                let page = store::Page { after: None, limit: 1 };
                let of = Some(latest.enterprise_id.as_str());
                let found = self.desk().store().newest_ratings(tenant(caller), of, until, &page).await;
                return found.map_err(|e| refuse::store(&e))?.pop().ok_or_else(|| refuse::not_found("rating"));
            }
        }
        v.end()?;
        Err(refuse::not_found("rating"))
    }

    /// The stored rating of that name, as far as the caller may read it.
    pub(super) async fn stored(&self, caller: &Caller, rating_id: &str) -> Result<store::Rating, Status> {
        let mut v = Violations::default();
        v.uuid("rating_id", rating_id);
        v.end()?;
        let store = self.desk().store();
        let found = match tenant(caller) {
            Some(tenant) => store.rating(tenant, rating_id).await,
            None => store.rating_of_anyone(rating_id).await,
        };
        found.map_err(|e| refuse::store(&e))?.ok_or_else(|| refuse::not_found("rating"))
    }

    /// A stored rating as it is read: with the marks of objections as of now.
    async fn as_read(&self, stored: &store::Rating, known: &mut HashMap<String, Marks>) -> Result<Rating, Status> {
        let mut rating = answer_of(stored)?;
        let marks = match known.get(&rating.enterprise_id) {
            Some(marks) => *marks,
            None => {
                let marks = subjects::marks(self.desk(), &rating.enterprise_id).await?;
                known.insert(rating.enterprise_id.clone(), marks);
                marks
            }
        };
        (rating.objection_open, rating.objection_unresolved) = marks;
        Ok(rating)
    }

    pub(super) async fn list(
        &self,
        caller: &Caller,
        request: ListRatingsRequest,
    ) -> Result<ListRatingsResponse, Status> {
        let result = self.page(caller, &request).await;
        let subject = Some(request.enterprise_id.as_str()).filter(|id| result.is_ok() && !id.is_empty());
        self.audited(caller, "ListRatings", Said { subject, ..Said::default() }, result).await
    }

    async fn page(&self, caller: &Caller, request: &ListRatingsRequest) -> Result<ListRatingsResponse, Status> {
        let asked = Asked { method: "ListRatings", enterprise_id: &request.enterprise_id, or_all: true };
        let (size, token) = (request.page_size, request.page_token.as_str());
        let past = Past::of(self.desk(), caller, asked, request.until.as_ref(), size, token)?;
        let (found, next_page_token) = past.ratings(self.desk(), tenant(caller)).await?;
        let mut known = HashMap::new();
        let mut ratings = Vec::with_capacity(found.len());
        for stored in &found {
            ratings.push(match stored.answer {
                Kept::Here(_) => self.as_read(stored, &mut known).await?,
                Kept::Deleted { .. } => what_is_left(stored),
            });
        }
        Ok(ListRatingsResponse { ratings, next_page_token })
    }

    pub(super) async fn explain_one(
        &self,
        caller: &Caller,
        request: ExplainRequest,
    ) -> Result<ExplainResponse, Status> {
        let mut v = Violations::default();
        v.uuid("rating_id", &request.rating_id);
        if PageFormat::try_from(request.format).is_err() {
            v.add("format", "must be one of PageFormat");
        }
        if Language::try_from(request.language).is_err() {
            v.add("language", "must be one of Language");
        }
        let stored = match v.end() {
            Ok(()) => self.stored(caller, &request.rating_id).await,
            Err(refused) => Err(refused),
        };
        let (said, result) = match &stored {
            Ok(stored) => (said_of(stored), self.explained(stored, &request).await),
            Err(status) => (Said::default(), Err(status.clone())),
        };
        self.audited(caller, "Explain", said, result).await
    }

    async fn explained(&self, stored: &store::Rating, request: &ExplainRequest) -> Result<ExplainResponse, Status> {
        let kept = match self.kept(stored).await? {
            Kept::Here(kept) => kept,
            Kept::Deleted { on } => return Err(refuse::deleted(on)),
        };
        let (on, row) = inputs::read(&kept).ok_or_else(refusal::internal)?;
        let rater = self.rater_of_kept(&on, &row)?;
        let assessed = rater.assess(&&row)?;
        let page = Page {
            model: rater.loaded.model,
            assessor: &rater.assessor,
            catalogue: self.desk().catalogue(),
            about: &assessed.about,
            rating: &assessed.rating,
            values: &assessed.values,
            lang: if request.language() == Language::En { Lang::En } else { Lang::Zh },
        };
        let (page, content_type) = match request.format() {
            PageFormat::Html => (page.html(), "text/html; charset=utf-8"),
            PageFormat::Text | PageFormat::Unspecified => (page.text(), "text/plain; charset=utf-8"),
        };
        Ok(ExplainResponse { page, content_type: content_type.to_owned() })
    }

    /// What a rating was computed from.
    pub(super) async fn kept(&self, stored: &store::Rating) -> Result<Kept<Vec<u8>>, Status> {
        let kept = self.desk().store().inputs(&stored.tenant, &stored.rating_id).await;
        kept.map_err(|e| refuse::store(&e))?.ok_or_else(refusal::internal)
    }
}

/// Whose ratings a caller reads: its own, or as auditor everyone's.
pub(super) fn tenant(caller: &Caller) -> Option<&str> {
    (caller.role() != Role::Auditor).then_some(caller.tenant())
}

pub(super) fn said_of(stored: &store::Rating) -> Said<'_> {
    let subject = match &stored.answer {
        Kept::Here(answer) => Some(answer.subject.as_str()),
        Kept::Deleted { .. } => None,
    };
    Said { subject, object_id: Some(&stored.rating_id), ..Said::default() }
}
