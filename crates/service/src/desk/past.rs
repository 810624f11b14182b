//! What there was of an enterprise until a time, newest first, a page at a time. The first page fixes the time: what comes
//! after it is in none of the others.

use super::check::Violations;
use super::listed::{self, Listed};
use super::{Desk, day, refuse};
use crate::identity::Caller;
use crate::refusal;
use api::rating::v1::{ModelRef, Rating};
use bytes::Bytes;
use prost::Message as _;
use prost_types::Timestamp;
use rating::NOTICE;
use store::{Kept, UnixMicros};
use tonic::Status;

/// Of whom something is asked.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asked<'r> {
    pub(crate) method: &'static str,
    pub(crate) enterprise_id: &'r str,
    /// Whether a request without an enterprise is one for all of them.
    pub(crate) or_all: bool,
}

/// A page of the past, before it is looked up.
pub(crate) struct Past<'d> {
    listed: Listed<'d>,
    /// None for all enterprises.
    subject: Option<String>,
    pub(crate) until: UnixMicros,
    size: usize,
    /// What a token says of the last row of the page before.
    pub(crate) after: Option<String>,
}

impl<'d> Past<'d> {
    /// - `asked_until`: the end of what is asked for; absent is now.
    /// - `page_size`, `page_token`: those of the request.
    ///
    /// # Errors
    /// INVALID_ARGUMENT that names every field, or for the token.
    pub(crate) fn of(
        desk: &'d Desk,
        caller: &Caller,
        asked: Asked<'_>,
        asked_until: Option<&Timestamp>,
        page_size: i32,
        page_token: &str,
    ) -> Result<Self, Status> {
        let mut v = Violations::default();
        v.text("enterprise_id", asked.enterprise_id, usize::from(!asked.or_all), 64);
        let mut until = v.instant("until", asked_until, desk.now());
        let size = v.page_size(page_size);
        v.end()?;
        let asked_until = asked_until.map(|t| format!("{}.{:09}", t.seconds, t.nanos)).unwrap_or_default();
        let listed = Listed::new(desk, caller, asked.method, &[asked.enterprise_id, &asked_until]);
        let mut after = None;
        if let Some(place) = listed.place(page_token)? {
            let (end, row) = place.split_once('_').ok_or_else(listed::refused)?;
            until = end.parse().map_err(|_| listed::refused())?;
            after = Some(row.to_owned());
        }
        let subject = Some(asked.enterprise_id.to_owned()).filter(|id| !id.is_empty());
        Ok(Self { listed, subject, until, size, after })
    }

    /// How many rows to look up: one more than the page has.
    pub(crate) fn limit(&self) -> u32 {
        u32::try_from(self.size).unwrap_or(u32::MAX).saturating_add(1)
    }

    /// Cuts what was found to the page; the token of the next where there is one.
    pub(crate) fn cut<T>(&self, rows: &mut Vec<T>, place: impl Fn(&T) -> String) -> String {
        self.listed.cut(rows, self.size, |row| format!("{}_{}", self.until, place(row)))
    }

    /// The ratings of the page, of one bank or of all, and the token of the next.
    ///
    /// # Errors
    /// UNAVAILABLE where the store does not answer.
    pub(crate) async fn ratings(
        &self,
        desk: &Desk,
        tenant: Option<&str>,
    ) -> Result<(Vec<store::Rating>, String), Status> {
        let place = |row: &String| {
            let (at, id) = row.split_once('_')?;
            Some((at.parse().ok()?, id.to_owned()))
        };
        let after = self.after.as_ref().map(|row| place(row).ok_or_else(listed::refused)).transpose()?;
        let page = store::Page { after, limit: self.limit() };
        let found = desk.store().newest_ratings(tenant, self.subject.as_deref(), self.until, &page).await;
        let mut found = found.map_err(|e| refuse::store(&e))?;
        let next = self.cut(&mut found, |r| format!("{}_{}", r.created_at, r.rating_id));
        Ok((found, next))
    }
}

/// The bytes of the rating that was answered before.
///
/// # Errors
/// FAILED_PRECONDITION where the key of its subject was destroyed.
pub(crate) fn bytes_of(stored: &store::Rating) -> Result<Bytes, Status> {
    match &stored.answer {
        Kept::Here(answer) => Ok(answer.bytes.clone().into()),
        Kept::Deleted { on } => Err(refuse::deleted(*on)),
    }
}

/// The rating that was answered before, by the bytes that were stored.
///
/// # Errors
/// As [`bytes_of`]; INTERNAL where the bytes are none of a rating.
pub(crate) fn answer_of(stored: &store::Rating) -> Result<Rating, Status> {
    Rating::decode(bytes_of(stored)?).map_err(|_| {
        tracing::error!(rating_id = stored.rating_id, "a stored rating cannot be read");
        refusal::internal()
    })
}

/// What a list says of a rating whose subject's key was destroyed: that it was, when, and by what.
pub(crate) fn what_is_left(stored: &store::Rating) -> Rating {
    Rating {
        rating_id: stored.rating_id.clone(),
        created_at: Some(day::timestamp(stored.created_at)),
        model: Some(ModelRef { model_digest: stored.model_digest.clone(), ..ModelRef::default() }),
        snapshot_digest: stored.snapshot_digest.clone(),
        notice: NOTICE.to_owned(),
        ..Rating::default()
    }
}
