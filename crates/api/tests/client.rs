//! The client against a server of the generated trait, over mutual TLS.

mod stub;

use api::client::{Client, Error, Retry};
use api::rating::v1::assess_batch_response::Result as Answer;
use api::rating::v1::*;
use api::status::{error_info, from_item};
use std::time::{Duration, Instant};
use stub::Stub;
use stub::certs::Certs;
use tokio::net::{TcpListener, TcpStream};
use tonic::Code;
use tonic::transport::{Certificate, ClientTlsConfig, Endpoint};

struct Running {
    stub: Stub,
    certs: Certs,
    endpoint: String,
}

async fn start() -> Running {
    let (stub, certs) = (Stub::default(), Certs::new());
    let at = stub.serve(([127, 0, 0, 1], 0).into(), &certs).await.expect("a free port");
    Running { stub, certs, endpoint: format!("https://localhost:{}", at.port()) }
}

impl Running {
    async fn client(&self) -> Client {
        let bank = &self.certs.bank;
        let retry = Retry { tries: 4, first: Duration::from_millis(5), longest: Duration::from_millis(20) };
        let client = Client::connect(&self.endpoint, &self.certs.ca, &bank.cert, &bank.key).await;
        client.expect("a connection").with_retry(retry)
    }

    fn seen(&self, enterprise_id: &str) -> Vec<stub::Seen> {
        self.stub.seen().into_iter().filter(|s| s.enterprise_id == enterprise_id).collect()
    }
}

fn assess(enterprise_id: &str) -> AssessRequest {
    AssessRequest {
        enterprise_id: enterprise_id.into(),
        purpose: Purpose::LoanApplication.into(),
        ..AssessRequest::default()
    }
}

#[tokio::test]
async fn a_bank_has_a_rating_over_mutual_tls() {
    let running = start().await;
    let client = running.client().await;
    let rating = client.call(assess("firm")).await.expect("a rating").rating.expect("a rating");
    assert_eq!((rating.enterprise_id.as_str(), rating.grade.as_str()), ("firm", "A"));
    assert_eq!(rating.pd_ppm, None, "absent, not zero");
    assert_eq!(rating.line.expect("a line").amount_fen, 120_000_000);
    let seen = running.seen("firm");
    assert!(seen[0].has_certificate);
    assert!(api::request_id::is_valid(&seen[0].request_id), "{:?}", seen[0]);
    assert!(seen[0].timeout.is_some(), "the server is told the deadline");
}

#[tokio::test]
async fn a_client_that_is_not_the_banks_gets_nothing() {
    let running = start().await;
    let other = Certs::new();
    let connect = async |ca: &str, bank: &stub::certs::Signed| {
        let client = Client::connect(&running.endpoint, ca, &bank.cert, &bank.key).await;
        match client {
            Ok(client) => client.with_retry(Retry { tries: 1, ..Retry::default() }).call(assess("firm")).await.is_err(),
            Err(e) => matches!(e, Error::Connect { .. }),
        }
    };
    assert!(connect(&running.certs.ca, &other.bank).await, "a certificate of another authority");
    assert!(connect(&other.ca, &running.certs.bank).await, "a server of another authority");
    assert!(connect("no PEM", &running.certs.bank).await, "no authority at all");
    assert!(running.stub.seen().is_empty());
}

#[tokio::test]
async fn a_client_without_a_certificate_gets_nothing() {
    let running = start().await;
    let tls = ClientTlsConfig::new().ca_certificate(Certificate::from_pem(&running.certs.ca));
    let at = Endpoint::from_shared(running.endpoint.clone()).and_then(|e| e.tls_config(tls)).expect("an endpoint");
    let client = Client::from_channel(at.connect_lazy()).with_retry(Retry { tries: 1, ..Retry::default() });
    assert!(client.call(assess("firm")).await.is_err());
    assert!(running.stub.seen().is_empty());
}

#[tokio::test]
async fn nothing_crosses_the_network_in_the_clear() {
    let certs = Certs::new();
    for endpoint in ["http://localhost:1", "localhost:1", ""] {
        let e = Client::connect(endpoint, &certs.ca, &certs.bank.cert, &certs.bank.key).await.expect_err("refused");
        assert!(matches!(e, Error::NotHttps { .. }), "{e}");
    }
}

#[tokio::test]
async fn a_write_is_tried_again_under_one_request_id() {
    let running = start().await;
    running.client().await.call(assess("busy-twice")).await.expect("the third try");
    let seen = running.seen("busy-twice");
    assert_eq!(seen.len(), 3);
    assert!(seen.iter().all(|s| s.request_id == seen[0].request_id && !s.request_id.is_empty()));
}

#[tokio::test]
async fn a_request_id_of_the_caller_is_kept() {
    let running = start().await;
    let request_id = api::request_id::new();
    let request = AssessRequest { request_id: request_id.clone(), ..assess("busy-twice") };
    running.client().await.call(request).await.expect("the third try");
    assert!(running.seen("busy-twice").iter().all(|s| s.request_id == request_id));
}

#[tokio::test]
async fn a_read_is_tried_again_too() {
    let running = start().await;
    let latest = LatestRating { enterprise_id: "busy-twice".into(), until: None };
    let request = GetRatingRequest { which: Some(get_rating_request::Which::Latest(latest)) };
    running.client().await.call(request).await.expect("the third try");
    assert_eq!(running.seen("busy-twice").len(), 3);
}

#[tokio::test]
async fn the_delay_that_the_server_asks_for_is_kept() {
    let running = start().await;
    let client = running.client().await;
    let start = Instant::now();
    client.call(assess("limited-once")).await.expect("the second try");
    assert!(start.elapsed() >= Duration::from_millis(80), "{:?}", start.elapsed());
    assert_eq!(running.seen("limited-once").len(), 2);
}

#[tokio::test]
async fn what_does_not_pass_is_told_at_once() {
    let running = start().await;
    let client = running.client().await;
    for (id, code, reason) in [
        ("none", Code::NotFound, ErrorReason::NotFound),
        ("no-consent", Code::FailedPrecondition, ErrorReason::NoConsent),
        ("empty-name", Code::InvalidArgument, ErrorReason::InvalidRequest),
        ("large", Code::ResourceExhausted, ErrorReason::MessageTooLarge),
    ] {
        let status = client.call(assess(id)).await.expect_err("refused");
        let info = error_info(&status);
        assert_eq!((status.code(), info.known_reason()), (code, reason), "{id}");
        assert_eq!(info.metadata["why"], "made up");
        let fields: Vec<&str> = info.violations.iter().map(|v| v.field.as_str()).collect();
        assert_eq!(fields, if id == "empty-name" { vec!["features[0].name"] } else { vec![] });
        assert_eq!(running.seen(id).len(), 1, "{id}");
    }
}

#[tokio::test]
async fn tries_end() {
    let running = start().await;
    let status = running.client().await.call(assess("always-busy")).await.expect_err("busy");
    assert_eq!(status.code(), Code::Unavailable);
    assert_eq!(running.seen("always-busy").len(), 4);
}

#[tokio::test]
async fn no_wait_goes_beyond_the_deadline() {
    let running = start().await;
    let client = running.client().await.with_deadline(Duration::from_secs(10));
    let start = Instant::now();
    let status = client.call(assess("limited-long")).await.expect_err("a minute is asked for");
    assert_eq!(status.code(), Code::ResourceExhausted, "what the server said, not that time is up");
    assert!(start.elapsed() < Duration::from_secs(5), "told at once");
    assert_eq!(running.seen("limited-long").len(), 1);
}

#[tokio::test]
async fn a_deadline_ends_a_call_as_such() {
    let running = start().await;
    let client = running.client().await.with_deadline(Duration::from_millis(500));
    let start = Instant::now();
    let status = client.call(assess("slow")).await.expect_err("late");
    assert_eq!(status.code(), Code::DeadlineExceeded);
    assert!(start.elapsed() < Duration::from_secs(5));
    assert_eq!(running.seen("slow").len(), 1, "a late call is not tried again");
}

/// A way to the server that loses its first connection as soon as a request has come through.
async fn cut_once(running: &Running, id: &'static str) -> String {
    let listener = TcpListener::bind("localhost:0").await.expect("a free port");
    let endpoint = format!("https://localhost:{}", listener.local_addr().expect("bound").port());
    let (stub, server) = (running.stub.clone(), running.endpoint.replace("https://", ""));
    tokio::spawn(async move {
        let mut cut = false;
        while let Ok((mut client, _)) = listener.accept().await {
            let mut server = TcpStream::connect(&server).await.expect("the stub listens");
            if cut {
                tokio::spawn(async move { tokio::io::copy_bidirectional(&mut client, &mut server).await });
                continue;
            }
            let asked = async {
                while !stub.seen().iter().any(|s| s.enterprise_id == id) {
                    tokio::time::sleep(Duration::from_millis(2)).await;
                }
            };
            tokio::select! {
                () = asked => cut = true,
                _ = tokio::io::copy_bidirectional(&mut client, &mut server) => {}
            }
        }
    });
    endpoint
}

#[tokio::test]
async fn a_write_survives_a_connection_that_breaks_under_it() {
    let running = start().await;
    let endpoint = cut_once(&running, "slow-once").await;
    let bank = &running.certs.bank;
    let client = Client::connect(&endpoint, &running.certs.ca, &bank.cert, &bank.key).await.expect("a connection");
    client.call(assess("slow-once")).await.expect("the second try, over a new connection");
    let seen = running.seen("slow-once");
    assert_eq!((seen.len(), &seen[0].request_id), (2, &seen[1].request_id));
}

#[tokio::test]
async fn a_connection_that_breaks_is_unavailable() {
    let running = start().await;
    let endpoint = cut_once(&running, "slow").await;
    let bank = &running.certs.bank;
    let client = Client::connect(&endpoint, &running.certs.ca, &bank.cert, &bank.key).await.expect("a connection");
    let client = client.with_retry(Retry { tries: 1, ..Retry::default() });
    let status = client.call(assess("slow")).await.expect_err("broken");
    assert_eq!(status.code(), Code::Unavailable, "{status:?}");
}

fn items(ids: &[&str]) -> Vec<AssessBatchRequest> {
    let item = |id: &&str| AssessBatchRequest {
        request_id: format!("id of {id}"),
        enterprise_id: (*id).to_owned(),
        purpose: Purpose::LoanApplication.into(),
        ..AssessBatchRequest::default()
    };
    ids.iter().map(item).collect()
}

#[tokio::test]
async fn a_batch_answers_in_order_and_survives_its_items() {
    let running = start().await;
    let client = running.client().await;
    let stream = tokio_stream::iter(items(&["a", "none", "no-consent", "b"]));
    let mut answers = client.assess_batch(stream, Duration::from_secs(5)).await.expect("a stream");
    let mut got = Vec::new();
    while let Some(answer) = answers.next().await.expect("the stream holds") {
        let what = match answer.result.expect("a result") {
            Answer::Rating(rating) => rating.grade,
            Answer::Error(error) => error_info(&from_item(&error)).reason,
        };
        got.push((answer.request_id, what));
    }
    let want = [("a", "A"), ("none", "NOT_FOUND"), ("no-consent", "NO_CONSENT"), ("b", "A")];
    assert_eq!(got, want.map(|(id, what)| (format!("id of {id}"), what.to_owned())));
}

#[tokio::test]
async fn a_deadline_ends_a_batch_between_answers() {
    let running = start().await;
    let client = running.client().await;
    let stream = tokio_stream::iter(items(&["a", "slow", "b"]));
    let mut answers = client.assess_batch(stream, Duration::from_secs(1)).await.expect("a stream");
    assert!(answers.next().await.expect("in time").is_some());
    let status = answers.next().await.expect_err("late");
    assert_eq!(status.code(), Code::DeadlineExceeded);
}
