//! Measurements, and the page that shows them, with liveness and readiness, over HTTP on an address of its own.

use crate::health::Readiness;
use http::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::Registry;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tonic::Code;

/// Scrapers at a time; more wait.
const SCRAPERS_MAX: usize = 16;
const SCRAPE_SECONDS_MAX: u64 = 10;

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Call {
    method: &'static str,
    code: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Why {
    reason: &'static str,
}

type Histograms = Family<Call, Histogram, fn() -> Histogram>;

/// What the server measures of itself. Labels are of fixed lists: no client and no enterprise is one.
#[derive(Debug, Clone)]
pub(crate) struct Metrics {
    calls: Histograms,
    pub(crate) in_flight: Gauge,
    pub(crate) connections: Gauge,
    refused: Family<Why, Counter>,
    reloads: Family<Why, Counter>,
}

impl Metrics {
    pub(crate) fn new(registry: &mut Registry) -> Self {
        // 0.25 ms to 8 s.
        let histogram: fn() -> Histogram = || Histogram::new(exponential_buckets(0.000_25, 2.0, 16));
        let out = Self {
            calls: Family::new_with_constructor(histogram),
            in_flight: Gauge::default(),
            connections: Gauge::default(),
            refused: Family::default(),
            reloads: Family::default(),
        };
        registry.register("shangzhi_call_seconds", "Time of calls by method and code", out.calls.clone());
        registry.register("shangzhi_calls_in_flight", "Calls that are open", out.in_flight.clone());
        registry.register("shangzhi_connections", "Connections that are open", out.connections.clone());
        registry.register(
            "shangzhi_connections_refused",
            "Connections that were closed at their start",
            out.refused.clone(),
        );
        registry.register("shangzhi_reloads", "Files that were read again, by what came of it", out.reloads.clone());
        out
    }

    pub(crate) fn ended(&self, method: &'static str, code: Code, took: Duration) {
        self.calls.get_or_create(&Call { method, code: code_name(code) }).observe(took.as_secs_f64());
    }

    pub(crate) fn refused(&self, reason: &'static str) {
        self.refused.get_or_create(&Why { reason }).inc();
    }

    pub(crate) fn reloaded(&self, reason: &'static str) {
        self.reloads.get_or_create(&Why { reason }).inc();
    }
}

/// The name of a code as gRPC writes it.
pub(crate) fn code_name(code: Code) -> &'static str {
    match code {
        Code::Ok => "OK",
        Code::Cancelled => "CANCELLED",
        Code::Unknown => "UNKNOWN",
        Code::InvalidArgument => "INVALID_ARGUMENT",
        Code::DeadlineExceeded => "DEADLINE_EXCEEDED",
        Code::NotFound => "NOT_FOUND",
        Code::AlreadyExists => "ALREADY_EXISTS",
        Code::PermissionDenied => "PERMISSION_DENIED",
        Code::ResourceExhausted => "RESOURCE_EXHAUSTED",
        Code::FailedPrecondition => "FAILED_PRECONDITION",
        Code::Aborted => "ABORTED",
        Code::OutOfRange => "OUT_OF_RANGE",
        Code::Unimplemented => "UNIMPLEMENTED",
        Code::Internal => "INTERNAL",
        Code::Unavailable => "UNAVAILABLE",
        Code::DataLoss => "DATA_LOSS",
        Code::Unauthenticated => "UNAUTHENTICATED",
    }
}

/// Answers `/metrics`, `/livez` and `/readyz` until it is dropped.
pub(crate) async fn serve(listener: TcpListener, registry: Arc<Registry>, readiness: Readiness) {
    let slots = Arc::new(Semaphore::new(SCRAPERS_MAX));
    let mut open = tokio::task::JoinSet::new();
    loop {
        while open.try_join_next().is_some() {}
        let Ok(slot) = Arc::clone(&slots).acquire_owned().await else { return };
        let Ok((stream, _)) = listener.accept().await else {
            tokio::time::sleep(Duration::from_millis(100)).await;
            continue;
        };
        let (registry, readiness) = (Arc::clone(&registry), readiness.clone());
        open.spawn(async move {
            let service = hyper::service::service_fn(move |request| {
                std::future::ready(Ok::<_, Infallible>(page(&request, &registry, &readiness)))
            });
            let mut http = hyper::server::conn::http1::Builder::new();
            http.timer(TokioTimer::new()).keep_alive(false).max_buf_size(16 << 10);
            let connection = http.serve_connection(TokioIo::new(stream), service);
            // What a scraper does to its connection is of no interest.
            let _ = tokio::time::timeout(Duration::from_secs(SCRAPE_SECONDS_MAX), connection).await;
            drop(slot);
        });
    }
}

fn page<B>(request: &Request<B>, registry: &Registry, readiness: &Readiness) -> Response<String> {
    let (status, body) = match (request.method(), request.uri().path()) {
        (&Method::GET, "/metrics") => {
            let mut body = String::new();
            match text::encode(&mut body, registry) {
                Ok(()) => (StatusCode::OK, body),
                Err(_) => (StatusCode::INTERNAL_SERVER_ERROR, String::new()),
            }
        }
        (&Method::GET, "/livez") => (StatusCode::OK, "ok\n".to_owned()),
        (&Method::GET, "/readyz") if readiness.is_ready() => (StatusCode::OK, "ok\n".to_owned()),
        (&Method::GET, "/readyz") => (StatusCode::SERVICE_UNAVAILABLE, "not ready\n".to_owned()),
        _ => (StatusCode::NOT_FOUND, String::new()),
    };
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    response.headers_mut().insert(http::header::CONTENT_TYPE, http::HeaderValue::from_static(kind));
    response
}
