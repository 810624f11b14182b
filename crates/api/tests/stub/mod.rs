//! A server of made-up ratings behind mutual TLS: what it does follows the enterprise id, so that a test says in one word
//! what it wants.
//!
//! | enterprise id | what happens |
//! |---|---|
//! | `none` | NOT_FOUND with a reason |
//! | `no-consent` | FAILED_PRECONDITION with a reason |
//! | `empty-name` | INVALID_ARGUMENT with a violation |
//! | `busy-twice` | UNAVAILABLE twice, then a rating |
//! | `limited-once` | RESOURCE_EXHAUSTED with a delay of 80 ms, then a rating |
//! | `limited-long` | RESOURCE_EXHAUSTED with a delay of a minute |
//! | `large` | RESOURCE_EXHAUSTED without a delay |
//! | `always-busy` | UNAVAILABLE |
//! | `slow` | nothing for ten seconds |
//! | `slow-once` | nothing for ten seconds, then a rating |
//! | any other | a rating |

pub(crate) mod certs;

use api::rating::v1::assess_batch_response::Result as Answer;
use api::rating::v1::rating_service_server::{RatingService, RatingServiceServer};
use api::rating::v1::*;
use api::status::{DOMAIN, reason_name, to_item};
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio_stream::wrappers::TcpListenerStream;
use tokio_stream::{Stream, StreamExt as _};
use tonic::transport::{Certificate, Identity, Server, ServerTlsConfig};
use tonic::{Code, Request, Response, Status, Streaming};
use tonic_types::{ErrorDetails, StatusExt as _};

/// A request as it came in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) request_id: String,
    pub(crate) enterprise_id: String,
    pub(crate) timeout: Option<String>,
    pub(crate) has_certificate: bool,
}

/// The server's state: what it saw.
#[derive(Debug, Clone, Default)]
pub(crate) struct Stub {
    seen: Arc<Mutex<Vec<Seen>>>,
}

fn refusal(code: Code, reason: ErrorReason, message: &str, more: impl FnOnce(&mut ErrorDetails)) -> Status {
    let mut details = ErrorDetails::new();
    details.set_error_info(reason_name(reason), DOMAIN, [("why".to_owned(), "made up".to_owned())]);
    more(&mut details);
    Status::with_error_details(code, message, details)
}

impl Stub {
    /// Listens at an address and serves until the process ends.
    pub(crate) async fn serve(&self, at: SocketAddr, certs: &certs::Certs) -> std::io::Result<SocketAddr> {
        let listener = TcpListener::bind(at).await?;
        let at = listener.local_addr()?;
        let tls = ServerTlsConfig::new()
            .identity(Identity::from_pem(&certs.server.cert, &certs.server.key))
            .client_ca_root(Certificate::from_pem(&certs.ca));
        let (health, health_service) = tonic_health::server::health_reporter();
        health.set_serving::<RatingServiceServer<Self>>().await;
        let reflection = || {
            tonic_reflection::server::Builder::configure()
                .register_encoded_file_descriptor_set(api::DESCRIPTORS)
                .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
        };
        let server = Server::builder()
            .tls_config(tls)
            .expect("certificates that were just made")
            .add_service(RatingServiceServer::new(self.clone()))
            .add_service(health_service)
            .add_service(reflection().build_v1().expect("descriptors of this build"))
            // The newest grpcio-reflection, 1.85, still asks for this version.
            .add_service(reflection().build_v1alpha().expect("descriptors of this build"))
            .serve_with_incoming(TcpListenerStream::new(listener));
        tokio::spawn(server);
        Ok(at)
    }

    /// What it saw, in order.
    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Notes a request; how often this enterprise was asked for, this time included.
    fn note<T>(&self, request: &Request<T>, request_id: &str, enterprise_id: &str) -> usize {
        let timeout = request.metadata().get("grpc-timeout").and_then(|t| t.to_str().ok()).map(str::to_owned);
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.push(Seen {
            request_id: request_id.to_owned(),
            enterprise_id: enterprise_id.to_owned(),
            timeout,
            has_certificate: request.peer_certs().is_some_and(|c| !c.is_empty()),
        });
        seen.iter().filter(|s| s.enterprise_id == enterprise_id).count()
    }
}

async fn answer(enterprise_id: &str, time: usize) -> Result<Rating, Status> {
    let busy = || refusal(Code::Unavailable, ErrorReason::Unavailable, "drains", |_| ());
    let limited = |delay| {
        refusal(Code::ResourceExhausted, ErrorReason::RateLimited, "too often", |d| {
            d.set_retry_info(Some(delay));
        })
    };
    match (enterprise_id, time) {
        ("none", _) => Err(refusal(Code::NotFound, ErrorReason::NotFound, "no such enterprise", |_| ())),
        ("no-consent", _) => Err(refusal(Code::FailedPrecondition, ErrorReason::NoConsent, "no consent", |_| ())),
        ("empty-name", _) => Err(refusal(Code::InvalidArgument, ErrorReason::InvalidRequest, "fields", |d| {
            d.add_bad_request_violation("features[0].name", "is empty");
        })),
        ("busy-twice", 1 | 2) | ("always-busy", _) => Err(busy()),
        ("limited-once", 1) => Err(limited(Duration::from_millis(80))),
        ("limited-long", _) => Err(limited(Duration::from_secs(60))),
        ("large", _) => Err(refusal(Code::ResourceExhausted, ErrorReason::MessageTooLarge, "too large", |_| ())),
        ("slow", _) | ("slow-once", 1) => {
            tokio::time::sleep(Duration::from_secs(10)).await;
            Err(busy())
        }
        _ => Ok(rating(enterprise_id)),
    }
}

/// A rating that says that it is made up.
fn rating(enterprise_id: &str) -> Rating {
    Rating {
        rating_id: "0193652e-8a00-7000-8000-000000000001".into(),
        enterprise_id: enterprise_id.into(),
        as_of: Some(api::Date { year: 2025, month: 12, day: 31 }),
        outcome: Outcome::Rated.into(),
        score: Some(712),
        grade: "A".into(),
        coverage_ppm: 950_000,
        reasons: vec![Reason {
            code: "made_up".into(),
            text_zh: "示例".into(),
            text_en: "made up".into(),
            points_lost: 12,
            ..Reason::default()
        }],
        line: Some(CreditLine {
            state: LineState::Computed.into(),
            amount_fen: 120_000_000,
            binding: BoundKind::Score.into(),
            bounds: vec![LineBound { kind: BoundKind::Score.into(), amount_fen: 120_500_000 }],
            ..CreditLine::default()
        }),
        notice: "仅供参考 for reference only".into(),
        ..Rating::default()
    }
}

type Answers = Pin<Box<dyn Stream<Item = Result<AssessBatchResponse, Status>> + Send>>;

#[tonic::async_trait]
impl RatingService for Stub {
    type AssessBatchStream = Answers;

    async fn assess(&self, request: Request<AssessRequest>) -> Result<Response<AssessResponse>, Status> {
        let body = request.get_ref();
        let time = self.note(&request, &body.request_id, &body.enterprise_id);
        let rating = answer(&body.enterprise_id, time).await?;
        Ok(Response::new(AssessResponse { rating: Some(rating) }))
    }

    async fn what_if(&self, request: Request<WhatIfRequest>) -> Result<Response<WhatIfResponse>, Status> {
        let time = self.note(&request, "", &request.get_ref().enterprise_id);
        let rating = answer(&request.get_ref().enterprise_id, time).await?;
        let rating = Rating { what_if: true, rating_id: String::new(), ..rating };
        Ok(Response::new(WhatIfResponse { rating: Some(rating) }))
    }

    async fn assess_batch(
        &self,
        request: Request<Streaming<AssessBatchRequest>>,
    ) -> Result<Response<Self::AssessBatchStream>, Status> {
        let answers = request.into_inner().then(|item| async {
            let item = item?;
            let result = match answer(&item.enterprise_id, 1).await {
                Ok(rating) => Answer::Rating(rating),
                Err(status) => Answer::Error(to_item(&status)),
            };
            Ok(AssessBatchResponse { request_id: item.request_id, result: Some(result) })
        });
        Ok(Response::new(Box::pin(answers)))
    }

    async fn get_rating(&self, request: Request<GetRatingRequest>) -> Result<Response<GetRatingResponse>, Status> {
        let id = match &request.get_ref().which {
            Some(get_rating_request::Which::Latest(latest)) => latest.enterprise_id.clone(),
            _ => String::new(),
        };
        let time = self.note(&request, "", &id);
        Ok(Response::new(GetRatingResponse { rating: Some(answer(&id, time).await?) }))
    }

    async fn explain(&self, _: Request<ExplainRequest>) -> Result<Response<ExplainResponse>, Status> {
        Err(Status::unimplemented("not of the stub"))
    }

    async fn list_ratings(&self, _: Request<ListRatingsRequest>) -> Result<Response<ListRatingsResponse>, Status> {
        Err(Status::unimplemented("not of the stub"))
    }

    async fn replay(&self, _: Request<ReplayRequest>) -> Result<Response<ReplayResponse>, Status> {
        Err(Status::unimplemented("not of the stub"))
    }

    async fn report_decision(
        &self,
        _: Request<ReportDecisionRequest>,
    ) -> Result<Response<ReportDecisionResponse>, Status> {
        Err(Status::unimplemented("not of the stub"))
    }

    async fn list_corrections(
        &self,
        _: Request<ListCorrectionsRequest>,
    ) -> Result<Response<ListCorrectionsResponse>, Status> {
        Err(Status::unimplemented("not of the stub"))
    }
}
