//! The log of a server that was called, misused and panicked in.

mod common;

use common::peer::{Peer, frame};
use common::start;
use service::config::{Calls, Level, Log};
use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tonic::Code;
use tracing_subscriber::fmt::MakeWriter;

#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<u8>>>);

impl io::Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("no panic").write(bytes)
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'w> MakeWriter<'w> for Kept {
    type Writer = Self;
    fn make_writer(&'w self) -> Self {
        self.clone()
    }
}

#[tokio::test]
async fn lines_are_json_without_enterprises_and_certificates() {
    const ENTERPRISE: &str = "91500105MA5U000017";
    let kept = Kept::default();
    // As `telemetry::init` does, at the level that says most.
    let log = Log { level: Level::Debug, calls: Calls::All };
    tracing::subscriber::set_global_default(service::telemetry::subscriber(&log, &[], kept.clone())).expect("first");
    std::panic::set_hook(Box::new(service::telemetry::log_panic));

    let running = start("", "").await;
    let peer = running.peer("b.test").await;
    let id = api::request_id::new();
    assert_eq!(peer.assess_with(ENTERPRISE, &[("x-request-id", &id)]).await.code(), Code::Ok);
    peer.assess_with(ENTERPRISE, &[("x-request-id", ENTERPRISE)]).await;
    peer.call(&format!("/{ENTERPRISE}"), &[(ENTERPRISE.to_lowercase().as_str(), ENTERPRISE)], frame(false, b"")).await;
    peer.call("/shangzhi.rating.v1.RatingService/Assess", &[], frame(false, ENTERPRISE.as_bytes())).await;
    assert_eq!(peer.assess("panic").await.code(), Code::Internal);
    let stranger = Peer::connect(running.at, &running.authority.client(&["spiffe://secret/name"])).await.expect("TLS");
    assert_eq!(stranger.assess(ENTERPRISE).await.code(), Code::Unauthenticated);
    let none = running.authority.trusting(None, &[&rustls::version::TLS13]);
    drop(common::peer::shake_hands(running.at, &none).await);
    std::fs::write(running.folder.path().join("server.key"), running.authority.server().key).expect("written");
    tokio::time::sleep(Duration::from_millis(1_500)).await;

    drop(std::panic::take_hook()); // what fails below has to be seen
    let text = String::from_utf8(kept.0.lock().expect("no panic").clone()).expect("UTF-8");
    let lines: Vec<serde_json::Value> =
        text.lines().map(|line| serde_json::from_str(line).expect("a line of JSON")).collect();
    for secret in [ENTERPRISE, "91500105", "secret/name", "BEGIN", "PRIVATE KEY", "test authority", "in here", "b.test"]
    {
        assert!(!text.to_lowercase().contains(&secret.to_lowercase()), "{secret} in\n{text}");
    }
    let calls: Vec<_> = lines.iter().filter(|l| l["message"] == "call").collect();
    assert_eq!(calls.len(), 6, "{text}");
    let first = calls[0];
    assert_eq!(first["method"], "shangzhi.rating.v1.RatingService/Assess");
    assert_eq!((&first["client"], &first["code"]), (&"b".into(), &"OK".into()));
    assert_eq!(first["request_id"], id);
    assert!(first["ms"].as_f64().expect("a number") > 0.0);
    let mut keys: Vec<&str> = first.as_object().expect("an object").keys().map(String::as_str).collect();
    keys.sort();
    assert_eq!(keys, ["client", "code", "level", "message", "method", "ms", "request_id", "target", "timestamp"]);
    let has = |message: &str| lines.iter().any(|l| l["message"].as_str().is_some_and(|m| m.starts_with(message)));
    assert!(has("panic") && has("a handler panicked") && has("handshake failed") && has("not taken"), "{text}");
    assert!(lines.iter().all(|l| l["target"].as_str().is_some_and(|t| t.starts_with("service"))));
}
