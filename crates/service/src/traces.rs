//! Spans of calls for OpenTelemetry, where the configuration names a collector.
//!
//! A span is made when its call is over, and a thread of its own sends many at once: no call waits for a collector, and
//! what it does not take is dropped. A span has the method, the client and the code, and belongs to the trace that the
//! caller names (`traceparent`): nothing of what was asked or answered.

use crate::error::Error;
use http::HeaderMap;
use opentelemetry::propagation::{Extractor, TextMapPropagator as _};
use opentelemetry::trace::{Span as _, SpanBuilder, SpanKind, Status, Tracer as _, TracerProvider as _};
use opentelemetry::{Context, KeyValue};
use opentelemetry_otlp::{SpanExporter, WithExportConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::{SdkTracer, SdkTracerProvider};
use std::time::{Duration, SystemTime};
use tonic::Code;

/// How long one delivery to the collector may take.
const DELIVERY: Duration = Duration::from_secs(3);

/// Where spans go.
#[derive(Debug)]
pub(crate) struct Traces {
    provider: SdkTracerProvider,
    tracer: SdkTracer,
}

/// A call whose span is to come.
#[derive(Debug)]
pub(crate) struct Trace {
    parent: Context,
    began: SystemTime,
}

struct Headers<'h>(&'h HeaderMap);

impl Extractor for Headers<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key)?.to_str().ok()
    }

    fn keys(&self) -> Vec<&str> {
        self.0.keys().map(http::HeaderName::as_str).collect()
    }
}

impl Traces {
    /// Spans to a collector; it need not be there yet.
    ///
    /// - `endpoint`: as the configuration has it, checked.
    ///
    /// # Errors
    /// [`Error::Telemetry`] where nothing can be sent to such an address.
    pub(crate) fn to(endpoint: &str) -> Result<Self, Error> {
        let exporter = SpanExporter::builder().with_tonic().with_endpoint(endpoint).with_timeout(DELIVERY).build();
        let exporter =
            exporter.map_err(|e| Error::Telemetry { endpoint: endpoint.to_owned(), message: e.to_string() })?;
        let version = KeyValue::new("service.version", env!("CARGO_PKG_VERSION"));
        // Nothing of the environment: what is sent is what stands here.
        let resource = Resource::builder_empty().with_service_name("shangzhi").with_attribute(version).build();
        let provider = SdkTracerProvider::builder().with_resource(resource).with_batch_exporter(exporter).build();
        let tracer = provider.tracer("service");
        Ok(Self { provider, tracer })
    }

    /// A call that begins, in the trace that its headers name.
    pub(crate) fn begin(&self, headers: &HeaderMap) -> Trace {
        let parent = TraceContextPropagator::new().extract_with_context(&Context::new(), &Headers(headers));
        Trace { parent, began: SystemTime::now() }
    }

    /// A call that is over.
    ///
    /// - `method`: `package.Service/Method`, or a word for all that there are not.
    pub(crate) fn ended(&self, trace: &Trace, method: &'static str, client: Option<&str>, code: Code) {
        let mut attributes = vec![KeyValue::new("rpc.system", "grpc")];
        if let Some((service, name)) = method.split_once('/') {
            attributes.extend([KeyValue::new("rpc.service", service), KeyValue::new("rpc.method", name)]);
        }
        attributes.push(KeyValue::new("rpc.grpc.status_code", i64::from(code as i32)));
        // Clients are those of the configuration: so many values there are.
        attributes.extend(client.map(|id| KeyValue::new("shangzhi.client", id.to_owned())));
        let builder = SpanBuilder::from_name(method)
            .with_kind(SpanKind::Server)
            .with_start_time(trace.began)
            .with_attributes(attributes);
        let mut span = self.tracer.build_with_context(builder, &trace.parent);
        if is_of_server(code) {
            span.set_status(Status::error(""));
        }
        span.end();
    }

    /// Sends what waits, within a time, and ends. Waits: not for an asynchronous task.
    pub(crate) fn end(&self, within: Duration) {
        if let Err(e) = self.provider.shutdown_with_timeout(within) {
            tracing::warn!(error = %e, "the last spans were not delivered");
        }
    }
}

/// Codes that the semantic conventions of OpenTelemetry count as errors of a server; the others are its callers'.
fn is_of_server(code: Code) -> bool {
    use Code::{DataLoss, DeadlineExceeded, Internal, Unavailable, Unimplemented, Unknown};
    matches!(code, Unknown | DeadlineExceeded | Unimplemented | Internal | Unavailable | DataLoss)
}
