//! One call: who it is from, whether it may, how long, and what came of it.
//!
//! All that the server does around a handler is done here, in one service: each layer more would cost every call.

use crate::answer::{Answer, Record, Until, caught};
use crate::config::{self, Config};
use crate::error::Error;
use crate::framing::Bounded;
use crate::identity::{Caller, Client, Directory, Pace};
use crate::limits::{Bound, open_among_all};
use crate::methods::{self, Kind, Method};
use crate::metrics::Metrics;
use crate::request_id::{CallId, HEADER};
use crate::traces::Traces;
use crate::{deadline, refusal};
use http::{HeaderMap, Request, Response, StatusCode};
use http_body::Body as _;
use hyper::body::Incoming;
use std::convert::Infallible;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;
use tokio::sync::watch;
use tonic::Status;
use tonic::service::Routes;
use tower_service::Service as _;

/// How much of a refused call is read, and how long.
const PASSED_OVER_BYTES_MAX: usize = 64 << 10;
const PASSED_OVER: Duration = Duration::from_millis(100);

/// What all calls share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) directory: Directory,
    pub(crate) metrics: Metrics,
    pub(crate) limits: config::Limits,
    pub(crate) logged: config::Calls,
    pub(crate) in_flight: Bound,
    pub(crate) traces: Option<Traces>,
}

impl Shared {
    /// # Errors
    /// [`Error::Telemetry`].
    pub(crate) fn new(config: &Config, metrics: Metrics) -> Result<Self, Error> {
        let traces = match config.telemetry.otlp_endpoint.as_str() {
            "" => None,
            endpoint => Some(Traces::to(endpoint)?),
        };
        Ok(Self {
            directory: Directory::new(&config.clients),
            metrics,
            limits: config.limits.clone(),
            logged: config.log.calls,
            in_flight: Bound::new(config.limits.in_flight_max),
            traces,
        })
    }
}

/// The calls of one connection.
#[derive(Debug, Clone)]
pub(crate) struct Calls {
    pub(crate) shared: Arc<Shared>,
    pub(crate) routes: Routes,
    /// The names in the certificate of the other end.
    pub(crate) names: Arc<[String]>,
    /// True when the server ends: what is watched without a deadline ends then.
    pub(crate) ending: watch::Receiver<bool>,
}

/// A call that may go on: as whom, and for how long.
struct Admitted {
    method: &'static Method,
    client: Arc<Client>,
    caller: Caller,
    deadline: Option<Duration>,
}

impl hyper::service::Service<Request<Incoming>> for Calls {
    type Response = Response<Answer>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn call(&self, request: Request<Incoming>) -> Self::Future {
        let calls = self.clone();
        Box::pin(async move { Ok(calls.answer(request).await) })
    }
}

impl Calls {
    async fn answer(mut self, mut request: Request<Incoming>) -> Response<Answer> {
        let method = methods::find(request.uri().path());
        let mut record = Record::begin(Arc::clone(&self.shared), method, CallId::of_headers(request.headers()));
        record.is_traced(request.headers());
        let is_grpc = is_grpc(&request);
        let Admitted { method, client, caller, deadline } =
            match self.admit(method, is_grpc, request.headers(), &mut record) {
                Ok(admitted) => admitted,
                Err(status) => {
                    pass_over(request.body_mut()).await;
                    let mut response = refused(record, &status);
                    if !is_grpc {
                        *response.status_mut() = StatusCode::UNSUPPORTED_MEDIA_TYPE;
                    }
                    return response;
                }
            };
        let mut until = until(deadline, (method.kind == Kind::Upkeep).then(|| self.ending.clone()));
        request.extensions_mut().insert(caller);
        if method.kind == Kind::Stream {
            request.extensions_mut().insert(Pace::of(client));
        }
        request.extensions_mut().insert(record.call_id().clone());
        let bytes_max = self.shared.limits.message_bytes_max;
        let mut routed = self.routes.call(request.map(|body| Bounded::new(body, bytes_max)));

        let done = poll_fn(|cx| {
            match caught(|| Pin::new(&mut routed).poll(cx)) {
                Ok(Poll::Ready(Ok(response))) => return Poll::Ready(Ok(response)),
                Ok(Poll::Ready(Err(never))) => match never {},
                Ok(Poll::Pending) => (),
                Err(status) => return Poll::Ready(Err(status)),
            }
            until.as_mut().poll(cx).map(Err)
        });
        let done = done.await;
        drop(routed); // the work of a call that is past its deadline stops here
        match done {
            Ok(response) => answered(record, response, until),
            Err(status) => refused(record, &status),
        }
    }

    /// Whether a call may go on. What it has open is counted in the record.
    fn admit(
        &self,
        method: Option<&'static Method>,
        is_grpc: bool,
        headers: &HeaderMap,
        record: &mut Record,
    ) -> Result<Admitted, Status> {
        let shared = &self.shared;
        let client = shared.directory.client(&self.names).ok_or_else(refusal::unknown_client)?;
        record.is_of(&client.id);
        client.allowance.check_rate()?;
        if !is_grpc {
            return Err(refusal::no_grpc());
        }
        let method = method.ok_or_else(refusal::no_such_method)?;
        let caller = client.caller(method.roles).ok_or_else(refusal::role_not_allowed)?;
        let max = match method.kind {
            Kind::Unary => Some(Duration::from_millis(shared.limits.deadline_ms_max)),
            Kind::Stream => Some(Duration::from_secs(shared.limits.stream_deadline_seconds_max)),
            Kind::Upkeep => None,
        };
        let deadline = Some(deadline::of(headers, max.unwrap_or(Duration::MAX))?).filter(|d| *d < Duration::MAX);
        if method.kind != Kind::Upkeep {
            record.holds(client.allowance.open_call()?);
            record.holds(open_among_all(&shared.in_flight)?);
        }
        Ok(Admitted { method, client, caller, deadline })
    }
}

/// Reads what a refused caller sends, if it comes soon and is little.
///
/// HTTP/2 counts what comes for a call that is over as a fault of the client, and after a thousand of them closes the
/// connection with all its other calls: a client over its rate would lose those that were let in.
async fn pass_over(body: &mut Incoming) {
    let all = async {
        let mut bytes = 0;
        while let Some(Ok(frame)) = poll_fn(|cx| Pin::new(&mut *body).poll_frame(cx)).await {
            bytes += frame.data_ref().map_or(0, bytes::Bytes::len);
            if bytes > PASSED_OVER_BYTES_MAX {
                break;
            }
        }
    };
    // Whether it came to its end or not: the refusal goes out.
    let _ = tokio::time::timeout(PASSED_OVER, all).await;
}

fn is_grpc<B>(request: &Request<B>) -> bool {
    let kind = request.headers().get(http::header::CONTENT_TYPE).map(http::HeaderValue::as_bytes);
    let rest = kind.and_then(|k| k.strip_prefix(b"application/grpc"));
    request.method() == http::Method::POST && rest.is_some_and(|r| r.is_empty() || r[0] == b'+' || r[0] == b';')
}

/// Ready with the status that a call ends with when it is not done by then.
fn until(deadline: Option<Duration>, ending: Option<watch::Receiver<bool>>) -> Until {
    Box::pin(async move {
        let late = async {
            match deadline {
                Some(deadline) => tokio::time::sleep(deadline).await,
                None => std::future::pending().await,
            }
        };
        let Some(mut ending) = ending else {
            late.await;
            return refusal::past_deadline(deadline.unwrap_or_default());
        };
        tokio::select! {
            () = late => refusal::past_deadline(deadline.unwrap_or_default()),
            _ = ending.wait_for(|ending| *ending) => refusal::draining(Duration::from_secs(1)),
        }
    })
}

fn refused(record: Record, status: &Status) -> Response<Answer> {
    let mut response = Response::new(());
    *response.headers_mut() = refusal::trailers(status);
    let headers = response.headers_mut();
    headers.insert(http::header::CONTENT_TYPE, http::HeaderValue::from_static("application/grpc"));
    headers.insert(HEADER, record.call_id().header());
    response.map(|()| Answer::ended(record, status.code()))
}

fn answered(record: Record, mut response: Response<tonic::body::Body>, until: Until) -> Response<Answer> {
    // A call that fails at once has its status in the headers and no body.
    if response.headers().contains_key("grpc-status") {
        let max = record.shared().limits.decompressed_bytes_max.into();
        let status = refusal::in_our_words(response.headers(), max)
            .or_else(|| Status::from_header_map(response.headers()))
            .unwrap_or_else(refusal::internal);
        if status.code() != tonic::Code::Ok {
            let mut refused = refused(record, &status);
            // Its own metadata go on.
            for (name, value) in response.headers() {
                refused.headers_mut().entry(name).or_insert_with(|| value.clone());
            }
            return refused;
        }
    }
    response.headers_mut().insert(HEADER, record.call_id().header());
    response.map(|body| Answer::new(record, body, until))
}
