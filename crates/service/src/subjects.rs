//! What the platform does for the enterprise itself: `SubjectService`.
//!
//! The enterprise reads its ratings, what is held about it and who asked, and objects. Objections are marked in every
//! later rating ([`marks`]); banks that received a rating that rests on a wrong value are told ([`corrections`]).

mod objections;
mod own;
mod text;
mod wrong;

pub use wrong::{CorrectionPlace, corrections, marks, told};
pub(crate) use wrong::{OPEN, UNRESOLVED};

use crate::desk::{Desk, refuse};
use crate::identity::Caller;
use api::rating::v1::subject_service_server::SubjectService;
use api::rating::v1::{self as v1};
use tonic::{Request, Response, Status};

/// The handlers of `SubjectService`. Cheap to clone.
///
/// # Examples
/// ```no_run
/// # fn example(config: &service::Config, desk: service::Desk) {
/// let services = service::Services::new(&config.limits).subjects(service::SubjectDesk::new(desk));
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct SubjectDesk(Desk);

impl SubjectDesk {
    /// Handlers at a desk.
    pub fn new(desk: Desk) -> Self {
        Self(desk)
    }
}

fn store_failed(error: store::Error) -> Status {
    refuse::store(&error)
}

/// An answer that is read: its audit line is durable before it goes.
macro_rules! read {
    ($self:ident, $request:ident, $action:literal, $method:ident) => {{
        let caller = Caller::of(&$request)?.clone();
        let mut line = $self.0.line(&caller, $action, "OK");
        let result = $self.$method(&caller, $request.get_ref(), &mut line).await;
        $self.0.audited(line, result).await.map(Response::new)
    }};
}

/// An answer to a write: its audit line went with the record, a refusal has one of its own.
macro_rules! write {
    ($self:ident, $request:ident, $action:literal, $method:ident) => {{
        let caller = Caller::of(&$request)?.clone();
        let mut line = $self.0.line(&caller, $action, "OK");
        match $self.$method(&caller, $request.get_ref(), &mut line).await {
            Ok(objection) => Ok(objection),
            Err(refused) => $self.0.audited(line, Err(refused)).await,
        }
    }};
}

#[tonic::async_trait]
impl SubjectService for SubjectDesk {
    async fn list_own_ratings(
        &self,
        request: Request<v1::ListOwnRatingsRequest>,
    ) -> Result<Response<v1::ListOwnRatingsResponse>, Status> {
        read!(self, request, "ListOwnRatings", own_ratings)
    }

    async fn list_own_sources(
        &self,
        request: Request<v1::ListOwnSourcesRequest>,
    ) -> Result<Response<v1::ListOwnSourcesResponse>, Status> {
        read!(self, request, "ListOwnSources", own_sources)
    }

    async fn list_inquiries(
        &self,
        request: Request<v1::ListInquiriesRequest>,
    ) -> Result<Response<v1::ListInquiriesResponse>, Status> {
        read!(self, request, "ListInquiries", inquiries)
    }

    async fn open_objection(
        &self,
        request: Request<v1::OpenObjectionRequest>,
    ) -> Result<Response<v1::OpenObjectionResponse>, Status> {
        let objection = write!(self, request, "OpenObjection", open)?;
        Ok(Response::new(v1::OpenObjectionResponse { objection: Some(objection) }))
    }

    async fn resolve_objection(
        &self,
        request: Request<v1::ResolveObjectionRequest>,
    ) -> Result<Response<v1::ResolveObjectionResponse>, Status> {
        let objection = write!(self, request, "ResolveObjection", resolve)?;
        Ok(Response::new(v1::ResolveObjectionResponse { objection: Some(objection) }))
    }

    async fn list_objections(
        &self,
        request: Request<v1::ListObjectionsRequest>,
    ) -> Result<Response<v1::ListObjectionsResponse>, Status> {
        read!(self, request, "ListObjections", objections)
    }
}
