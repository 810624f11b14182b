//! Spans that reach a collector, and what stands in them.

use crate::common::{RATING, Running, start};
use api::rating::v1::AssessRequest;
use opentelemetry_proto::tonic::collector::trace::v1::trace_service_server::{TraceService, TraceServiceServer};
use opentelemetry_proto::tonic::collector::trace::v1::{ExportTraceServiceRequest, ExportTraceServiceResponse};
use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::trace::v1::{Span, span::SpanKind, status::StatusCode};
use prost::Message as _;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tonic::transport::server::TcpIncoming;
use tonic::{Code, Request, Response, Status};

/// A collector that keeps what it is sent.
#[derive(Debug, Clone, Default)]
struct Collector(Arc<Mutex<Vec<ExportTraceServiceRequest>>>);

#[tonic::async_trait]
impl TraceService for Collector {
    async fn export(
        &self,
        request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        self.0.lock().expect("no panic").push(request.into_inner());
        Ok(Response::new(ExportTraceServiceResponse::default()))
    }
}

impl Collector {
    /// A collector that listens, and its address.
    fn start() -> (Self, String) {
        let collector = Self::default();
        let incoming = TcpIncoming::bind("127.0.0.1:0".parse().expect("an address")).expect("a port");
        let at = incoming.local_addr().expect("an address");
        let service = TraceServiceServer::new(collector.clone());
        tokio::spawn(tonic::transport::Server::builder().add_service(service).serve_with_incoming(incoming));
        (collector, format!("http://{at}"))
    }

    fn requests(&self) -> Vec<ExportTraceServiceRequest> {
        self.0.lock().expect("no panic").clone()
    }

    fn spans(&self) -> Vec<Span> {
        let scopes = self.requests().into_iter().flat_map(|r| r.resource_spans).flat_map(|r| r.scope_spans);
        scopes.flat_map(|s| s.spans).collect()
    }
}

/// `key=value` of each, in order.
fn said(attributes: &[KeyValue]) -> String {
    let one = |a: &KeyValue| {
        let value = match a.value.as_ref().and_then(|v| v.value.as_ref()) {
            Some(Value::StringValue(text)) => text.clone(),
            Some(Value::IntValue(n)) => n.to_string(),
            other => format!("{other:?}"),
        };
        format!("{}={value}", a.key)
    };
    attributes.iter().map(one).collect::<Vec<_>>().join(" ")
}

async fn start_with(endpoint: &str) -> Running {
    start("", &format!("[telemetry]\notlp_endpoint = \"{endpoint}\"")).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collector_has_a_span_of_each_call_when_the_server_has_ended() {
    let (collector, endpoint) = Collector::start();
    let mut running = start_with(&endpoint).await;
    let bank = running.peer("b.test").await;
    let (trace, parent) = ("0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331");
    let header = format!("00-{trace}-{parent}-01");
    assert_eq!(bank.assess_with("91500105MA5U000017", &[("traceparent", &header)]).await.code(), Code::Ok);
    assert_eq!(bank.assess_with("firm", &[("traceparent", "no trace")]).await.code(), Code::Ok);
    assert_eq!(bank.assess("panic").await.code(), Code::Internal);
    let auditor = running.peer("spiffe://test/auditor").await;
    assert_eq!(auditor.assess("firm").await.code(), Code::PermissionDenied);
    let no_method = auditor.send(RATING, "91500105MA5U000017", &AssessRequest::default()).await;
    assert_eq!(no_method.code(), Code::Unimplemented);
    drop((bank, auditor));
    running.stop();
    running.ended().await;

    let spans = collector.spans();
    let said: Vec<String> = spans
        .iter()
        .map(|s| {
            let failed = s.status.as_ref().is_some_and(|s| s.code() == StatusCode::Error);
            format!("{} {}{}", s.name, said(&s.attributes), if failed { " failed" } else { "" })
        })
        .collect();
    let assess = |client: &str, code: i32, rest: &str| {
        format!(
            "{RATING}/Assess rpc.system=grpc rpc.service={RATING} rpc.method=Assess rpc.grpc.status_code={code} \
             shangzhi.client={client}{rest}"
        )
    };
    let other = "other rpc.system=grpc rpc.grpc.status_code=12 shangzhi.client=auditor failed";
    let expect = [
        assess("b", 0, ""),
        assess("b", 0, ""),
        assess("b", 13, " failed"),
        assess("auditor", 7, ""),
        other.to_owned(),
    ];
    assert_eq!(said, expect);
    assert!(spans.iter().all(|s| s.kind() == SpanKind::Server && s.start_time_unix_nano <= s.end_time_unix_nano));
    let hex = |bytes: &[u8]| bytes.iter().map(|b| format!("{b:02x}")).collect::<String>();
    assert_eq!((hex(&spans[0].trace_id), hex(&spans[0].parent_span_id)), (trace.to_owned(), parent.to_owned()));
    assert!(spans[1].parent_span_id.is_empty() && spans[1].trace_id != spans[0].trace_id);
    let bytes: Vec<u8> = collector.requests().iter().flat_map(|r| r.encode_to_vec()).collect();
    assert!(!bytes.windows(18).any(|w| w == b"91500105MA5U000017"), "nothing of the enterprise is sent");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collector_that_is_not_there_holds_up_nothing() {
    let mut running = start_with("http://127.0.0.1:1").await;
    let bank = running.peer("b.test").await;
    assert_eq!(bank.who().await, "b/bank");
    drop(bank);
    running.stop();
    // The grace of the test's servers is three seconds.
    let ended = tokio::time::timeout(Duration::from_secs(10), running.ended()).await.expect("an end");
    assert_eq!(ended.closed, 0);
}
