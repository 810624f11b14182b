//! A client for banks: mutual TLS, a deadline for every call, and tries again where that is safe.
//!
//! What is safe: reads, and writes with a request id, after UNAVAILABLE, or after RESOURCE_EXHAUSTED with a delay from the
//! server. All else ends the call, and so does the deadline. It keeps no state besides the connection: clones share it.

mod retry;

pub use retry::Retry;

use crate::rating::v1::rating_service_client::RatingServiceClient;
use crate::rating::v1::{AssessBatchRequest, AssessBatchResponse};
use crate::{request_id, status};
use std::error::Error as _;
use std::time::Duration;
use tokio::time::{Instant, sleep_until, timeout_at};
use tonic::codegen::http::uri::PathAndQuery;
use tonic::codegen::tokio_stream::Stream;
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint, Identity};
use tonic::{Code, GrpcMethod, Request, Response, Status, Streaming};
use tonic_prost::ProstCodec;

/// A page of 1,000 ratings with all their texts fits.
const MESSAGE_BYTES_MAX: usize = 16 << 20;
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// A connection whose other end is gone is dropped after interval and timeout.
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(30);
const KEEPALIVE_TIMEOUT: Duration = Duration::from_secs(20);

/// Why there is no client.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The endpoint is not `https://host:port`: what banks read never crosses a network in the clear.
    #[error("endpoint {endpoint:?} does not begin with https://")]
    NotHttps {
        /// The endpoint as given.
        endpoint: String,
    },
    /// The endpoint or a PEM text cannot be read, or the server cannot be reached or trusted; the source says which.
    #[error("cannot connect to {endpoint:?}")]
    Connect {
        /// The endpoint as given.
        endpoint: String,
        /// What went wrong.
        source: tonic::transport::Error,
    },
}

/// The request of a unary method: implemented for each by the build, from the `.proto` files.
pub trait Call: prost::Message + Clone + 'static {
    /// What answers it.
    type Response: prost::Message + Default + 'static;
    /// Full name of the service.
    const SERVICE: &'static str;
    /// Name of the method.
    const METHOD: &'static str;
    /// Path of the method.
    const PATH: &'static str;
    /// Its request id; `None` on a read.
    fn request_id(&mut self) -> Option<&mut String>;
}

include!(concat!(env!("OUT_DIR"), "/calls.rs"));

/// A connection to the service, as one bank.
///
/// # Examples
/// ```no_run
/// # async fn example(ca: &[u8], cert: &[u8], key: &[u8]) -> Result<(), Box<dyn std::error::Error>> {
/// use api::{client::Client, rating::v1::{AssessRequest, Purpose}, request_id};
/// let client = Client::connect("https://rating.example:8443", ca, cert, key).await?;
/// let request = AssessRequest {
///     request_id: request_id::new(),
///     enterprise_id: "91500105MA5U000017".into(),
///     purpose: Purpose::LoanApplication.into(),
///     ..Default::default()
/// };
/// let rating = client.call(request).await?.rating;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct Client {
    channel: Channel,
    deadline: Duration,
    retry: Retry,
}

impl Client {
    /// Deadline of a call where none is set.
    pub const DEADLINE: Duration = Duration::from_secs(5);

    /// Connects with mutual TLS.
    ///
    /// - `endpoint`: `https://host:port`; the server's certificate must name the host.
    /// - `ca_pem`: the authority that the server's certificate is from; no other is trusted.
    /// - `cert_pem`, `key_pem`: the bank's certificate with its chain, and its key.
    ///
    /// # Errors
    /// [`Error::NotHttps`], [`Error::Connect`]. A server that refuses the bank's certificate may do so only at the first
    /// call: in TLS 1.3 the handshake of the client ends before the server has looked at it.
    pub async fn connect(
        endpoint: &str,
        ca_pem: impl AsRef<[u8]>,
        cert_pem: impl AsRef<[u8]>,
        key_pem: impl AsRef<[u8]>,
    ) -> Result<Self, Error> {
        if !endpoint.starts_with("https://") {
            return Err(Error::NotHttps { endpoint: endpoint.to_owned() });
        }
        let tls = ClientTlsConfig::new()
            .ca_certificate(Certificate::from_pem(ca_pem))
            .identity(Identity::from_pem(cert_pem, key_pem));
        let failed = |source| Error::Connect { endpoint: endpoint.to_owned(), source };
        let at = Endpoint::from_shared(endpoint.to_owned()).and_then(|e| e.tls_config(tls)).map_err(failed)?;
        let at = at
            .connect_timeout(CONNECT_TIMEOUT)
            .tcp_nodelay(true)
            .http2_keep_alive_interval(KEEPALIVE_INTERVAL)
            .keep_alive_timeout(KEEPALIVE_TIMEOUT);
        Ok(Self::from_channel(at.connect().await.map_err(failed)?))
    }

    /// A client over a connection that was made otherwise.
    pub fn from_channel(channel: Channel) -> Self {
        Self { channel, deadline: Self::DEADLINE, retry: Retry::default() }
    }

    /// The same with another deadline for each call, all its tries together.
    #[must_use]
    pub fn with_deadline(self, deadline: Duration) -> Self {
        Self { deadline, ..self }
    }

    /// The same with other rules for trying again.
    #[must_use]
    pub fn with_retry(self, retry: Retry) -> Self {
        Self { retry, ..self }
    }

    /// The connection, for generated clients: health, reflection.
    pub fn channel(&self) -> Channel {
        self.channel.clone()
    }

    /// Calls a unary method: the type of the request says which.
    ///
    /// A write without a request id is given one, so that the tries of this call are one write. Whoever must know after a
    /// crash whether it was done gives its own.
    ///
    /// # Errors
    /// The status of the last try; DEADLINE_EXCEEDED when the deadline passed. [`status::error_info`] reads the details.
    pub async fn call<R: Call>(&self, mut request: R) -> Result<R::Response, Status> {
        if let Some(id) = request.request_id()
            && id.is_empty()
        {
            *id = request_id::new();
        }
        let until = Instant::now() + self.deadline;
        for tried in 1.. {
            let failed = match timeout_at(until, self.once(&request, until)).await {
                Ok(Ok(response)) => return Ok(response),
                Ok(Err(failed)) => as_callers_know_it(failed),
                Err(_) => return Err(past(self.deadline)),
            };
            let info = status::error_info(&failed);
            let Some(wait) = self.retry.wait(tried, failed.code(), info.retry_after) else {
                return Err(failed);
            };
            let next = Instant::now() + wait;
            // To wait beyond the deadline would only hide what the server said.
            if next >= until {
                return Err(failed);
            }
            sleep_until(next).await;
        }
        unreachable!("the loop ends by a return")
    }

    async fn once<R: Call>(&self, request: &R, until: Instant) -> Result<R::Response, Status> {
        let mut grpc = tonic::client::Grpc::new(self.channel.clone()).max_decoding_message_size(MESSAGE_BYTES_MAX);
        grpc.ready().await.map_err(|e| Status::from_error(e.into()))?;
        let mut request = Request::new(request.clone());
        // The server is told what is left, so that it stops when no one waits any more.
        request.set_timeout(until.saturating_duration_since(Instant::now()));
        request.extensions_mut().insert(GrpcMethod::new(R::SERVICE, R::METHOD));
        grpc.unary(request, PathAndQuery::from_static(R::PATH), ProstCodec::default()).await.map(Response::into_inner)
    }

    /// Rates many enterprises over one stream, within one deadline, without trying again: what was not answered when the
    /// stream broke is sent again by the caller, under the same request ids.
    ///
    /// # Errors
    /// The status of the stream as a whole; errors of single items are in the answers, see [`status::from_item`].
    pub async fn assess_batch<S>(&self, items: S, deadline: Duration) -> Result<Answers, Status>
    where
        S: Stream<Item = AssessBatchRequest> + Send + 'static,
    {
        let until = Instant::now() + deadline;
        let mut request = Request::new(items);
        request.set_timeout(deadline);
        let mut client = RatingServiceClient::new(self.channel.clone());
        match timeout_at(until, client.assess_batch(request)).await {
            Ok(Ok(response)) => Ok(Answers { stream: response.into_inner(), deadline, until }),
            Ok(Err(failed)) => Err(as_callers_know_it(failed)),
            Err(_) => Err(past(deadline)),
        }
    }
}

/// The answers of a batch, in the order of its items.
#[derive(Debug)]
pub struct Answers {
    stream: Streaming<AssessBatchResponse>,
    deadline: Duration,
    until: Instant,
}

impl Answers {
    /// The next answer; `None` after the last.
    ///
    /// # Errors
    /// The status that the stream broke with; DEADLINE_EXCEEDED when the deadline passed.
    pub async fn next(&mut self) -> Result<Option<AssessBatchResponse>, Status> {
        match timeout_at(self.until, self.stream.message()).await {
            Ok(answer) => answer.map_err(as_callers_know_it),
            Err(_) => Err(past(self.deadline)),
        }
    }
}

fn past(deadline: Duration) -> Status {
    Status::deadline_exceeded(format!("no answer within {deadline:?}"))
}

/// What the transport says in words of its own, as the codes that callers wait for.
///
/// It ends what is late as CANCELLED, on either side, a connection that broke as UNKNOWN or INTERNAL, and a call that waited
/// for its turn on one as CANCELLED. Only a status that was made on this side has a source.
fn as_callers_know_it(status: Status) -> Status {
    match (status.code(), status.message(), status.source()) {
        (Code::Cancelled, "Timeout expired", _) => Status::deadline_exceeded("the deadline passed"),
        (Code::Unknown | Code::Internal, message, Some(source))
        | (Code::Cancelled, message @ "operation was canceled", Some(source)) => {
            let mut text = message.to_owned();
            let mut next = Some(source);
            while let Some(error) = next {
                text = format!("{text}: {error}");
                next = error.source();
            }
            Status::unavailable(text)
        }
        _ => status,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    #[test]
    fn what_broke_on_the_way_is_unavailable() {
        let broke: fn(Status) -> Status = |mut status| {
            status.set_source(Arc::new(std::io::Error::other("connection closed")));
            status
        };
        let known = |status| as_callers_know_it(status).code();
        for status in
            [Status::unknown("transport error"), Status::internal("h2"), Status::cancelled("operation was canceled")]
        {
            // What a server said stays as it is.
            assert_eq!(known(status.clone()), status.code());
            let text = as_callers_know_it(broke(status.clone()));
            assert_eq!(
                (text.code(), text.message()),
                (Code::Unavailable, &*format!("{}: connection closed", status.message()))
            );
        }
        assert_eq!(known(Status::cancelled("Timeout expired")), Code::DeadlineExceeded);
        assert_eq!(known(broke(Status::not_found("no"))), Code::NotFound);
    }
}
