//! Ratings for banks: `RatingService`.
//!
//! A call passes through these, in order: the fields are checked, all at once; the consents are looked up; the features
//! are, without what no consent covers; `rating` rates; the answer, what it was computed from and the audit line are stored
//! as one job, and only then is it answered. Whatever is refused leaves its line too.

mod assess;
mod batch;
mod check;
mod counting;
mod decision;
mod direct;
mod inputs;
mod message;
mod rater;
mod reads;
mod reasons;
mod replay;
mod standing;
mod texts;
mod wire;

use crate::desk::told::purpose_word;
use crate::desk::{Desk, day};
use crate::identity::{Caller, Role};
use crate::metrics::code_name;
use api::rating::v1::rating_service_server::RatingService;
use api::rating::v1::{self as v1, Purpose};
pub use counting::{Counting, ReadFeature};
pub(crate) use direct::Direct;
use rater::Raters;
pub(crate) use reasons::ACTION as READ_REASONS;
pub use reasons::{Answered, Office, Reader, Reading, Readings, Reason, Unread};
use standing::{Standings, Withholdings};
use std::fmt;
use std::sync::Arc;
use store::NewLine;
use tonic::codegen::BoxStream;
use tonic::codegen::tokio_stream::StreamExt as _;
use tonic::{Code, Request, Response, Status, Streaming};

/// The handlers of `RatingService`. Cheap to clone.
///
/// # Examples
/// ```no_run
/// # fn example(config: &service::Config, desk: service::Desk) {
/// let services = service::Services::new(&config.limits).ratings(service::Ratings::new(desk));
/// # }
/// ```
#[derive(Clone)]
pub struct Ratings(Arc<Inner>);

struct Inner {
    desk: Desk,
    raters: Raters,
    standings: Standings,
    withholdings: Withholdings,
}

impl fmt::Debug for Ratings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ratings").finish_non_exhaustive()
    }
}

/// What an audit line says of a call besides who, when and how it ended.
#[derive(Debug, Clone, Copy, Default)]
struct Said<'a> {
    subject: Option<&'a str>,
    purpose: Option<Purpose>,
    object_id: Option<&'a str>,
    detail: Option<&'a str>,
}

impl Ratings {
    /// Handlers at a desk.
    pub fn new(desk: Desk) -> Self {
        let withholdings = Withholdings::default();
        Self(Arc::new(Inner { desk, raters: Raters::default(), standings: Standings::default(), withholdings }))
    }

    /// A rating that a bank asks for in this process, for an application for a loan and without values of its own: consented to,
    /// stored and in the audit as one that is asked for over the wire.
    ///
    /// # Errors
    /// What the bank would be refused with.
    pub async fn assess_here(&self, bank: &str, enterprise: &str) -> Result<(), Box<Status>> {
        let request = v1::AssessRequest {
            request_id: api::request_id::new(),
            enterprise_id: enterprise.to_owned(),
            purpose: Purpose::LoanApplication.into(),
            ..v1::AssessRequest::default()
        };
        let caller = Caller::new(bank, Role::Bank);
        self.assess_one(&caller, "Assess", request).await.map(drop).map_err(Box::new)
    }

    fn desk(&self) -> &Desk {
        &self.0.desk
    }

    /// An audit line of a call.
    fn line(&self, caller: &Caller, action: &str, outcome: Code, said: Said<'_>) -> NewLine {
        NewLine {
            subject: said.subject.map(str::to_owned),
            purpose: said.purpose.map(|p| purpose_word(p).to_owned()),
            object_id: said.object_id.map(str::to_owned),
            detail: said.detail.map(str::to_owned),
            ..self.desk().line(caller, action, code_name(outcome))
        }
    }

    /// Lets an answer, or a refusal, go when its audit line is durable.
    async fn audited<T>(
        &self,
        caller: &Caller,
        action: &str,
        said: Said<'_>,
        result: Result<T, Status>,
    ) -> Result<T, Status> {
        self.desk().audited(self.line(caller, action, Code::Ok, said), result).await
    }
}

#[tonic::async_trait]
impl RatingService for Ratings {
    type AssessBatchStream = BoxStream<v1::AssessBatchResponse>;

    /// For whoever asks without the wire; `direct` serves it.
    async fn assess(&self, request: Request<v1::AssessRequest>) -> Result<Response<v1::AssessResponse>, Status> {
        let caller = Caller::of(&request)?.clone();
        let rating = self.assess_one(&caller, "Assess", request.into_inner()).await?;
        Ok(Response::new(v1::AssessResponse { rating: Some(wire::read(&rating)?) }))
    }

    async fn what_if(&self, request: Request<v1::WhatIfRequest>) -> Result<Response<v1::WhatIfResponse>, Status> {
        let caller = Caller::of(&request)?.clone();
        let rating = self.suppose(&caller, request.into_inner()).await?;
        Ok(Response::new(v1::WhatIfResponse { rating: Some(rating) }))
    }

    /// As [`Self::assess`].
    async fn assess_batch(
        &self,
        request: Request<Streaming<v1::AssessBatchRequest>>,
    ) -> Result<Response<Self::AssessBatchStream>, Status> {
        let answers = self.batch(request)?.into_inner().map(|answer| answer?.into_message());
        Ok(Response::new(Box::pin(answers)))
    }

    async fn explain(&self, request: Request<v1::ExplainRequest>) -> Result<Response<v1::ExplainResponse>, Status> {
        let caller = Caller::of(&request)?.clone();
        self.explain_one(&caller, request.into_inner()).await.map(Response::new)
    }

    async fn get_rating(
        &self,
        request: Request<v1::GetRatingRequest>,
    ) -> Result<Response<v1::GetRatingResponse>, Status> {
        let caller = Caller::of(&request)?.clone();
        let rating = self.get(&caller, request.into_inner()).await?;
        Ok(Response::new(v1::GetRatingResponse { rating: Some(rating) }))
    }

    async fn list_ratings(
        &self,
        request: Request<v1::ListRatingsRequest>,
    ) -> Result<Response<v1::ListRatingsResponse>, Status> {
        let caller = Caller::of(&request)?.clone();
        self.list(&caller, request.into_inner()).await.map(Response::new)
    }

    async fn replay(&self, request: Request<v1::ReplayRequest>) -> Result<Response<v1::ReplayResponse>, Status> {
        let caller = Caller::of(&request)?.clone();
        self.replay_one(&caller, request.into_inner()).await.map(Response::new)
    }

    async fn report_decision(
        &self,
        request: Request<v1::ReportDecisionRequest>,
    ) -> Result<Response<v1::ReportDecisionResponse>, Status> {
        let caller = Caller::of(&request)?.clone();
        let decision = self.decide(&caller, request.into_inner()).await?;
        Ok(Response::new(v1::ReportDecisionResponse { decision: Some(decision) }))
    }

    async fn list_corrections(
        &self,
        request: Request<v1::ListCorrectionsRequest>,
    ) -> Result<Response<v1::ListCorrectionsResponse>, Status> {
        let caller = Caller::of(&request)?.clone();
        self.corrections(&caller, request.into_inner()).await.map(Response::new)
    }
}
