//! What a call and a client may take.

use crate::common::peer::{Peer, frame};
use crate::common::{Running, start};
use api::rating::v1::{AssessRequest, AssessResponse};
use flate2::Compression;
use flate2::write::GzEncoder;
use prost::Message as _;
use std::io::Write as _;
use std::time::{Duration, Instant};
use tokio::time::sleep;
use tonic::Code;

const ASSESS: &str = "/shangzhi.rating.v1.RatingService/Assess";
const BATCH: &str = "/shangzhi.rating.v1.RatingService/AssessBatch";

async fn until(what: impl Fn() -> bool) {
    let end = Instant::now() + Duration::from_secs(5);
    while !what() {
        assert!(Instant::now() < end, "not within five seconds");
        sleep(Duration::from_millis(5)).await;
    }
}

/// Calls that last, one task each.
async fn hold(peer: &Peer, running: &Running, calls: usize) -> Vec<tokio::task::JoinHandle<()>> {
    let began = running.handlers.began();
    let tasks = (0..calls).map(|_| {
        let peer = peer.clone();
        tokio::spawn(async move { drop(peer.assess("slow").await) })
    });
    let tasks = tasks.collect();
    until(|| running.handlers.began() == began + calls).await;
    tasks
}

#[tokio::test]
async fn a_client_over_its_rate_is_told_when_to_come_again() {
    let running = start("", "").await;
    let few = running.peer("spiffe://test/few").await;
    for _ in 0..3 {
        assert_eq!(few.assess("firm").await.code(), Code::Ok);
    }
    let refused = few.assess("firm").await;
    refused.assert(Code::ResourceExhausted, "RATE_LIMITED");
    assert_eq!(refused.info().metadata["calls_per_second"], "1");
    let after = refused.info().retry_after.expect("RetryInfo");
    assert!(Duration::from_millis(500) < after && after <= Duration::from_secs(1), "{after:?}");
    // Another connection of the same client has no more.
    running.peer("spiffe://test/few").await.assess("firm").await.assert(Code::ResourceExhausted, "RATE_LIMITED");
    sleep(after).await;
    assert_eq!(few.assess("firm").await.code(), Code::Ok);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_over_its_limits_does_not_harm_another() {
    let running = start("", "").await;
    let (few, other) = (running.peer("spiffe://test/few").await, running.peer("b.test").await);
    let quiet = other.latency().await;
    let flood = tokio::spawn(async move {
        let end = Instant::now() + Duration::from_secs(2);
        let mut refused = 0;
        while Instant::now() < end {
            let calls: Vec<_> = (0..16)
                .map(|_| {
                    let few = few.clone();
                    tokio::spawn(async move { few.assess("firm").await.code() })
                })
                .collect();
            for call in calls {
                refused += usize::from(call.await.expect("a reply") == Code::ResourceExhausted);
            }
        }
        refused
    });
    let beside = other.latency().await;
    assert!(flood.await.expect("done") > 100);
    // Both share two processors and the client of this test: the bound is one that only waiting would break.
    assert!(beside < quiet * 10 + Duration::from_millis(50), "{quiet:?} alone, {beside:?} beside");
}

#[tokio::test]
async fn calls_open_are_bounded_by_client() {
    let running = start("", "").await;
    let peer = running.peer("spiffe://test/a").await;
    let held = hold(&peer, &running, 4).await;
    let refused = peer.assess("firm").await;
    refused.assert(Code::ResourceExhausted, "TOO_MANY_CALLS");
    assert_eq!(refused.info().metadata["concurrency"], "4");
    assert!(refused.info().retry_after.is_some());
    assert_eq!(running.peer("b.test").await.who().await, "b/bank");
    // A caller that goes away frees its place, and its work stops.
    held[0].abort();
    until(|| running.handlers.dropped() == 1).await;
    assert_eq!(peer.assess("firm").await.code(), Code::Ok);
}

#[tokio::test]
async fn calls_of_all_are_shed_and_health_is_answered() {
    let running = start("", "[limits]\nin_flight_max = 2").await;
    let peer = running.peer("b.test").await;
    let _held = hold(&peer, &running, 2).await;
    let refused = running.peer("spiffe://test/a").await.assess("firm").await;
    refused.assert(Code::ResourceExhausted, "OVERLOADED");
    assert!(refused.info().retry_after.is_some());
    assert_eq!(peer.call("/grpc.health.v1.Health/Check", &[], frame(false, b"")).await.code(), Code::Ok);
}

#[tokio::test]
async fn the_work_stops_at_the_deadline_of_the_caller() {
    let running = start("", "").await;
    let began = Instant::now();
    let reply = running.peer("b.test").await.assess_with("slow", &[("grpc-timeout", "50m")]).await;
    reply.assert(Code::DeadlineExceeded, "DEADLINE_EXCEEDED");
    assert_eq!(reply.info().metadata["deadline_ms"], "50");
    assert!(began.elapsed() < Duration::from_secs(5));
    assert_eq!((running.handlers.began(), running.handlers.dropped()), (1, 1));
}

#[tokio::test]
async fn a_call_without_a_deadline_has_the_servers() {
    let running = start("", "[limits]\ndeadline_ms_max = 80\nstream_deadline_seconds_max = 1").await;
    let peer = running.peer("b.test").await;
    for headers in [&[][..], &[("grpc-timeout", "1H")]] {
        let reply = peer.assess_with("slow", headers).await;
        reply.assert(Code::DeadlineExceeded, "DEADLINE_EXCEEDED");
        assert_eq!(reply.info().metadata["deadline_ms"], "80");
    }
    assert_eq!(running.handlers.dropped(), 2);
    // A caller that sends half a message and waits.
    let half = peer.try_call(ASSESS, &[], vec![0, 0, 0, 0, 9, 1].into(), true).await.expect("a reply");
    half.assert(Code::DeadlineExceeded, "DEADLINE_EXCEEDED");
    // A stream that was answered already ends the same way.
    let stream = peer.try_call(BATCH, &[], frame(false, b""), true).await.expect("a reply");
    stream.assert(Code::DeadlineExceeded, "DEADLINE_EXCEEDED");
    assert_eq!(stream.data.len(), 5, "the item before is answered");
    peer.assess_with("firm", &[("grpc-timeout", "soon")]).await.assert(Code::InvalidArgument, "INVALID_REQUEST");
}

/// A request of about so many bytes.
fn request(bytes: usize) -> Vec<u8> {
    AssessRequest { enterprise_id: "x".repeat(bytes), ..AssessRequest::default() }.encode_to_vec()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut out = GzEncoder::new(Vec::new(), Compression::fast());
    out.write_all(bytes).expect("in memory");
    out.finish().expect("in memory")
}

#[tokio::test]
async fn messages_are_bounded_before_and_after_decompression() {
    let running = start("", "[limits]\nmessage_bytes_max = 10000\ndecompressed_bytes_max = 100000").await;
    let peer = running.peer("b.test").await;
    let gzipped = [("grpc-encoding", "gzip")];
    let id_len = |reply: crate::common::peer::Reply| {
        assert_eq!(reply.code(), Code::Ok, "{reply:?}");
        reply.message::<AssessResponse>().rating.expect("a rating").enterprise_id.len()
    };
    assert_eq!(id_len(peer.call(ASSESS, &[], frame(false, &request(9_990))).await), 9_990);
    assert_eq!(id_len(peer.call(ASSESS, &gzipped, frame(true, &gzip(&request(99_000)))).await), 99_000);
    for path in [ASSESS, BATCH] {
        let large = peer.call(path, &[], frame(false, &request(10_000))).await;
        large.assert(Code::ResourceExhausted, "MESSAGE_TOO_LARGE");
        assert_eq!(large.info().metadata["bytes_max"], "10000");
        assert_eq!(large.info().retry_after, None, "it will not be smaller later");
        let large = peer.call(path, &gzipped, frame(true, &gzip(&request(100_000)))).await;
        large.assert(Code::ResourceExhausted, "MESSAGE_TOO_LARGE");
        assert_eq!(large.info().metadata["bytes_max"], "100000");
        // The length alone is enough: nothing of the message has to come.
        let said = peer.try_call(path, &[], vec![0, 0xff, 0xff, 0xff, 0xff].into(), true).await.expect("a reply");
        said.assert(Code::ResourceExhausted, "MESSAGE_TOO_LARGE");
    }
}

#[tokio::test]
async fn what_cannot_be_read_is_the_callers_fault() {
    let running = start("", "").await;
    let peer = running.peer("b.test").await;
    let gzipped = [("grpc-encoding", "gzip")];
    for (headers, bytes) in [
        (&[][..], frame(false, &[0xff; 9])),
        (&[], vec![7, 0, 0, 0, 0].into()),
        (&[], frame(true, b"no encoding is named")),
        (&gzipped, frame(true, b"no gzip")),
        (&[], vec![0, 0, 0, 0, 9, 1].into()),
        (&[], vec![].into()),
    ] {
        peer.call(ASSESS, headers, bytes).await.assert(Code::InvalidArgument, "INVALID_REQUEST");
    }
    let zstd = peer.call(ASSESS, &[("grpc-encoding", "zstd")], frame(true, b"")).await;
    assert_eq!(zstd.code(), Code::Unimplemented);
}

#[tokio::test]
async fn a_panic_ends_its_call_only() {
    let running = start("", "").await;
    let peer = running.peer("b.test").await;
    let held = hold(&peer, &running, 1).await;
    peer.assess("panic").await.assert(Code::Internal, "INTERNAL");
    assert!(!held[0].is_finished());
    assert_eq!(peer.who().await, "b/bank", "on the same connection");
}

#[tokio::test]
async fn connections_are_bounded_by_client_and_for_all() {
    let running = start("", "[limits]\nconnections_max = 4\nconnections_per_client_max = 2").await;
    let a = [running.peer("spiffe://test/a").await, running.peer("spiffe://test/a").await];
    assert_eq!((a[0].who().await, a[1].who().await), ("a/bank".into(), "a/bank".into()));
    let third = running.peer("spiffe://test/a").await;
    assert!(third.try_call(ASSESS, &[], frame(false, b""), false).await.is_err(), "a third of one client");
    let b = [running.peer("b.test").await, running.peer("b.test").await];
    assert_eq!((b[0].who().await, b[1].who().await), ("b/bank".into(), "b/bank".into()));
    let tls = running.authority.client(&["spiffe://test/auditor"]);
    assert!(Peer::connect(running.at, &tls).await.is_err(), "a fifth of all");
    drop(b);
    let end = Instant::now() + Duration::from_secs(5);
    while Peer::connect(running.at, &tls).await.is_err() {
        assert!(Instant::now() < end);
    }
}
