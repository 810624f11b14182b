//! Assess and AssessBatch as they are served: a rating leaves as the bytes that are stored, without being read and written
//! again on its way.
//!
//! On the wire a message in another is so many bytes, so the answers here hold the rating as bytes. All other methods are
//! served as they were generated.

use super::Ratings;
use super::batch::Answers;
use super::wire;
use crate::identity::{Caller, Pace};
use api::rating::v1::rating_service_server::{RatingServiceServer, SERVICE_NAME};
use api::rating::v1::{AssessBatchRequest, AssessBatchResponse, AssessRequest, assess_batch_response::Result as Item};
use bytes::Bytes;
use std::convert::Infallible;
use std::task::{Context, Poll};
use tonic::body::Body;
use tonic::codec::CompressionEncoding;
use tonic::codegen::{BoxFuture, Service};
use tonic::server::{Grpc, NamedService, StreamingService, UnaryService};
use tonic::{Request, Response, Status, Streaming};
use tonic_prost::ProstCodec;

const ASSESS: &str = "/shangzhi.rating.v1.RatingService/Assess";
const ASSESS_BATCH: &str = "/shangzhi.rating.v1.RatingService/AssessBatch";

/// As `AssessResponse` on the wire.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Assessed {
    /// A `Rating`.
    #[prost(bytes = "bytes", tag = "1")]
    pub(crate) rating: Bytes,
}

/// As `AssessBatchResponse` on the wire: one of rating and error.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct BatchAssessed {
    #[prost(string, tag = "1")]
    pub(crate) request_id: String,
    /// A `Rating`.
    #[prost(bytes = "bytes", optional, tag = "2")]
    pub(crate) rating: Option<Bytes>,
    #[prost(message, optional, tag = "3")]
    pub(crate) error: Option<tonic_types::Status>,
}

impl BatchAssessed {
    pub(super) fn into_message(self) -> Result<AssessBatchResponse, Status> {
        let rating = self.rating.map(|rating| wire::read(&rating).map(Item::Rating)).transpose()?;
        Ok(AssessBatchResponse { request_id: self.request_id, result: rating.or(self.error.map(Item::Error)) })
    }
}

/// The service `RatingService`.
#[derive(Clone)]
pub(crate) struct Direct {
    ratings: Ratings,
    generated: RatingServiceServer<Ratings>,
    message_bytes_max: usize,
}

impl Direct {
    /// - `generated`: serves all other methods.
    pub(crate) fn new(ratings: Ratings, generated: RatingServiceServer<Ratings>, message_bytes_max: usize) -> Self {
        Self { ratings, generated, message_bytes_max }
    }

    fn grpc<T: prost::Message + Default + 'static, U: prost::Message + Default + 'static>(
        &self,
    ) -> Grpc<ProstCodec<T, U>> {
        Grpc::new(ProstCodec::default())
            .accept_compressed(CompressionEncoding::Gzip)
            .max_decoding_message_size(self.message_bytes_max)
    }
}

impl NamedService for Direct {
    const NAME: &'static str = SERVICE_NAME;
}

impl Service<http::Request<Body>> for Direct {
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<Self::Response, Infallible>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        match request.uri().path() {
            ASSESS => {
                let (mut grpc, method) = (self.grpc(), Assess(self.ratings.clone()));
                Box::pin(async move { Ok(grpc.unary(method, request).await) })
            }
            ASSESS_BATCH => {
                let (mut grpc, method) = (self.grpc(), AssessBatch(self.ratings.clone()));
                Box::pin(async move { Ok(grpc.streaming(method, request).await) })
            }
            _ => self.generated.call(request),
        }
    }
}

struct Assess(Ratings);

impl UnaryService<AssessRequest> for Assess {
    type Response = Assessed;
    type Future = BoxFuture<Response<Assessed>, Status>;

    fn call(&mut self, request: Request<AssessRequest>) -> Self::Future {
        let ratings = self.0.clone();
        Box::pin(async move {
            let caller = Caller::of(&request)?.clone();
            let rating = ratings.assess_one(&caller, "Assess", request.into_inner()).await?;
            Ok(Response::new(Assessed { rating }))
        })
    }
}

struct AssessBatch(Ratings);

impl StreamingService<AssessBatchRequest> for AssessBatch {
    type Response = BatchAssessed;
    type ResponseStream = Answers;
    type Future = BoxFuture<Response<Answers>, Status>;

    fn call(&mut self, request: Request<Streaming<AssessBatchRequest>>) -> Self::Future {
        let ratings = self.0.clone();
        Box::pin(async move { ratings.batch(request) })
    }
}

impl Ratings {
    pub(super) fn batch(&self, request: Request<Streaming<AssessBatchRequest>>) -> Result<Response<Answers>, Status> {
        let caller = Caller::of(&request)?.clone();
        let pace = request.extensions().get::<Pace>().cloned();
        Ok(Response::new(Answers::of(self.clone(), caller, pace, request.into_inner())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use api::rating::v1::{AssessResponse, Rating};
    use prost::Message as _;

    #[test]
    fn answers_are_those_of_the_contract_on_the_wire() {
        let rating = Rating { rating_id: "a".into(), score: Some(7), ..Rating::default() };
        let bytes = Bytes::from(rating.encode_to_vec());
        let one = AssessResponse { rating: Some(rating.clone()) };
        assert_eq!(Assessed { rating: bytes.clone() }.encode_to_vec(), one.encode_to_vec());
        let error = tonic_types::Status { code: 5, ..tonic_types::Status::default() };
        for (result, ours) in [
            (Item::Rating(rating), BatchAssessed { rating: Some(bytes), ..BatchAssessed::default() }),
            (Item::Error(error.clone()), BatchAssessed { error: Some(error), ..BatchAssessed::default() }),
        ] {
            let item = AssessBatchResponse { request_id: "r".into(), result: Some(result) };
            let ours = BatchAssessed { request_id: "r".into(), ..ours };
            assert_eq!(ours.encode_to_vec(), item.encode_to_vec());
            assert_eq!(ours.into_message().expect("a rating"), item);
        }
    }

    #[test]
    fn the_methods_are_those_of_the_service() {
        assert_eq!(Direct::NAME, <RatingServiceServer<Ratings> as NamedService>::NAME);
        for path in [ASSESS, ASSESS_BATCH] {
            assert!(crate::methods::find(path).is_some(), "{path}");
        }
    }
}
