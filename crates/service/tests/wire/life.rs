//! Health, reflection, measurements, the age of connections, and the end.

use crate::common::peer::{Peer, frame, shake_hands};
use crate::common::{ALL_SERVICES, RATING, Running, start};
use prost::Message as _;
use std::time::{Duration, Instant};
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};
use tonic::Code;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::{HealthCheckRequest, HealthCheckResponse};

const CHECK: &str = "/grpc.health.v1.Health/Check";
const WATCH: &str = "/grpc.health.v1.Health/Watch";

fn asked(service: &str) -> bytes::Bytes {
    frame(false, &HealthCheckRequest { service: service.into() }.encode_to_vec())
}

async fn health(peer: &Peer, service: &str) -> ServingStatus {
    let reply = peer.call(CHECK, &[], asked(service)).await;
    assert_eq!(reply.code(), Code::Ok, "{reply:?}");
    reply.message::<HealthCheckResponse>().status()
}

#[tokio::test]
async fn health_follows_each_service() {
    use ServingStatus::{NotServing, Serving};
    let running = start("", "").await;
    let peer = running.peer("spiffe://test/auditor").await;
    for service in ALL_SERVICES.into_iter().chain(["", service::LIVENESS]) {
        assert_eq!(health(&peer, service).await, Serving, "{service}");
    }
    assert!(running.page("/readyz").await.starts_with("HTTP/1.1 200"));
    running.readiness.set(RATING, false).await;
    for (service, expect) in [(RATING, NotServing), (ALL_SERVICES[1], Serving), ("", NotServing), ("liveness", Serving)]
    {
        assert_eq!(health(&peer, service).await, expect, "{service}");
    }
    assert!(running.page("/readyz").await.starts_with("HTTP/1.1 503"));
    assert!(running.page("/livez").await.starts_with("HTTP/1.1 200"));
    running.readiness.set(RATING, true).await;
    assert_eq!(health(&peer, "").await, Serving);
    assert_eq!(peer.call(CHECK, &[], asked("no.Such")).await.code(), Code::NotFound);
}

#[tokio::test]
async fn reflection_lists_every_service_in_both_versions() {
    use tonic_reflection::pb::{v1, v1alpha};
    let running = start("", "").await;
    let peer = running.peer("spiffe://test/auditor").await;
    let path = |v: &str| format!("/grpc.reflection.{v}.ServerReflection/ServerReflectionInfo");
    // Field 7, list_services: the same in both.
    let reply = peer.call(&path("v1"), &[], frame(false, &[0x3a, 1, b'*'])).await;
    let Some(v1::server_reflection_response::MessageResponse::ListServicesResponse(list)) =
        reply.message::<v1::ServerReflectionResponse>().message_response
    else {
        panic!("{reply:?}")
    };
    let names: Vec<String> = list.service.into_iter().map(|s| s.name).collect();
    for service in ALL_SERVICES.into_iter().chain(["grpc.health.v1.Health"]) {
        assert!(names.iter().any(|n| n == service), "{service} in {names:?}");
    }
    let reply = peer.call(&path("v1alpha"), &[], frame(false, &[0x3a, 1, b'*'])).await;
    let Some(v1alpha::server_reflection_response::MessageResponse::ListServicesResponse(list)) =
        reply.message::<v1alpha::ServerReflectionResponse>().message_response
    else {
        panic!("{reply:?}")
    };
    assert!(ALL_SERVICES.iter().all(|service| list.service.iter().any(|s| s.name == *service)));
}

#[tokio::test]
async fn a_call_is_measured_and_has_an_id() {
    let running = start("", "").await;
    let peer = running.peer("spiffe://test/auditor").await;
    let id = api::request_id::new();
    let reply = peer.assess_with("91500105MA5U000017", &[("x-request-id", &id)]).await;
    assert_eq!(reply.headers[service::CALL_ID_HEADER], *id);
    let reply = peer.assess_with("firm", &[("x-request-id", "91500105MA5U000017")]).await;
    let own = reply.headers[service::CALL_ID_HEADER].to_str().expect("ASCII");
    assert!(api::request_id::is_valid(own), "{own}");
    peer.call("/91500105MA5U000017", &[], frame(false, b"")).await.assert(Code::Unimplemented, "INVALID_REQUEST");
    assert_eq!(peer.send(RATING, "GetRating", &()).await.headers.get_all(service::CALL_ID_HEADER).iter().count(), 1);

    let page = running.page("/metrics").await;
    let count = |method: &str, code: &str, n: usize| {
        let line = format!("shangzhi_call_seconds_count{{method=\"{method}\",code=\"{code}\"}} {n}");
        assert!(page.contains(&line), "{line} in\n{page}");
    };
    count("shangzhi.rating.v1.RatingService/Assess", "PERMISSION_DENIED", 2);
    count("shangzhi.rating.v1.RatingService/GetRating", "OK", 1);
    count("other", "UNIMPLEMENTED", 1);
    assert!(page.contains("shangzhi_connections 1\n") && page.contains("shangzhi_calls_in_flight 0\n"), "{page}");
    assert!(!page.contains("91500105") && !page.contains("auditor"), "labels are of fixed lists");
    assert!(page.ends_with("# EOF\n"));
    assert!(running.page("/other").await.starts_with("HTTP/1.1 404"));
}

#[tokio::test]
async fn a_connection_ends_by_age_and_its_call_may_finish() {
    let running = start("", "[connection]\nage_seconds_max = 1\nage_jitter_share = 0\nage_grace_seconds = 1").await;
    let (idle, busy) = (running.peer("b.test").await, running.peer("b.test").await);
    let call = {
        let busy = busy.clone();
        tokio::spawn(async move { busy.assess_with("slow", &[("grpc-timeout", "1500m")]).await })
    };
    let stalled = {
        let peer = running.peer("b.test").await;
        tokio::spawn(async move { peer.try_call(WATCH, &[], asked(""), true).await })
    };
    sleep(Duration::from_millis(1_250)).await;
    assert!(idle.is_closed());
    assert_eq!(call.await.expect("a reply").code(), Code::DeadlineExceeded, "by its own deadline, not by age");
    let watched = timeout(Duration::from_secs(2), stalled).await.expect("closed after the grace").expect("no panic");
    assert!(watched.is_err(), "{watched:?}");
}

/// What a server with these clients says at its end, and how long that took.
async fn end(mut running: Running) -> (usize, Duration) {
    let began = Instant::now();
    running.stop();
    let ended = running.ended().await;
    (ended.closed, began.elapsed())
}

#[tokio::test]
async fn an_idle_server_ends_at_once() {
    let running = start("", "").await;
    let idle = running.peer("b.test").await;
    assert_eq!(idle.who().await, "b/bank");
    let silent = TcpStream::connect(running.at).await.expect("connected");
    let shaken = shake_hands(running.at, &running.authority.client(&["b.test"])).await.expect("a handshake");
    let watched = {
        let peer = running.peer("b.test").await;
        tokio::spawn(async move { peer.try_call(WATCH, &[], asked(""), true).await })
    };
    sleep(Duration::from_millis(100)).await;
    let (closed, took) = end(running).await;
    assert!(took < Duration::from_secs(1), "{took:?}");
    assert_eq!(closed, 0);
    let watched = watched.await.expect("no panic").expect("a reply");
    watched.assert(Code::Unavailable, "UNAVAILABLE");
    drop((silent, shaken));
}

#[tokio::test]
async fn the_grace_is_the_end_of_those_that_stall() {
    let running = start("", "[shutdown]\ngrace_seconds = 2\nlame_duck_seconds = 1").await;
    let peer = running.peer("b.test").await;
    let handlers = running.handlers.clone();
    let stalled = {
        let peer = peer.clone();
        tokio::spawn(async move { peer.assess("slow").await.code() })
    };
    let half = {
        let peer = running.peer("spiffe://test/a").await;
        tokio::spawn(async move { peer.try_call(&format!("/{RATING}/Assess"), &[], vec![0, 0].into(), true).await })
    };
    sleep(Duration::from_millis(100)).await;
    let (at, tls) = (running.at, running.authority.client(&["b.test"]));
    let lame_duck = async {
        sleep(Duration::from_millis(300)).await;
        // Both connections and calls go on for those who have not heard.
        let late = Peer::connect(at, &tls).await.expect("still taken");
        assert_eq!(late.who().await, "b/bank");
        assert_eq!(health(&late, RATING).await, ServingStatus::NotServing);
        assert_eq!(health(&late, "").await, ServingStatus::NotServing);
        assert_eq!(health(&late, service::LIVENESS).await, ServingStatus::Serving);
        sleep(Duration::from_millis(900)).await;
        assert!(TcpStream::connect(at).await.is_err(), "no longer taken");
    };
    let ((closed, took), ()) = tokio::join!(end(running), lame_duck);
    assert!(Duration::from_millis(1_900) < took && took < Duration::from_millis(2_700), "{took:?}");
    assert_eq!(closed, 2);
    assert!(stalled.await.is_err() || handlers.dropped() == 1, "the work stopped");
    assert!(half.await.expect("no panic").is_err());
}

#[tokio::test]
async fn a_call_that_is_open_at_the_end_may_finish() {
    let running = start("", "").await;
    let peer = running.peer("b.test").await;
    let call = tokio::spawn(async move { peer.assess_with("slow", &[("grpc-timeout", "600m")]).await.code() });
    sleep(Duration::from_millis(100)).await;
    let (closed, took) = end(running).await;
    assert_eq!(call.await.expect("a reply"), Code::DeadlineExceeded);
    assert_eq!(closed, 0);
    assert!(took < Duration::from_secs(2), "{took:?}");
}
