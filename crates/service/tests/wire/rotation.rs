//! Certificates and clients are replaced while calls run.

use crate::common::certs::Authority;
use crate::common::peer::{Peer, shake_hands};
use crate::common::{Running, start};
use service::{Config, Server};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tokio::time::sleep;
use tonic::Code;

/// The server's certificate as a client sees it.
async fn shown(running: &Running, names: &[&str]) -> Vec<u8> {
    let stream = shake_hands(running.at, &running.authority.client(names)).await.expect("a handshake");
    stream.get_ref().1.peer_certificates().expect("a certificate")[0].to_vec()
}

/// Waits until a line of the metrics is there.
async fn until_page(running: &Running, line: &str) {
    let end = Instant::now() + Duration::from_secs(10);
    while !running.page("/metrics").await.contains(line) {
        assert!(Instant::now() < end, "no {line}");
        sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_is_rotated_under_load_without_a_dropped_call() {
    let running = start("", "").await;
    let (stop, calls) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let load: Vec<_> = (0..4)
        .map(|worker| {
            let (stop, calls) = (Arc::clone(&stop), Arc::clone(&calls));
            let (at, tls) = (running.at, running.authority.client(&["b.test"]));
            tokio::spawn(async move {
                while !stop.load(Ordering::Relaxed) {
                    let peer = Peer::connect(at, &tls).await.expect("a connection");
                    // Half of the workers keep a connection, half make new ones all the time.
                    for _ in 0..if worker % 2 == 0 { 400 } else { 4 } {
                        assert_eq!(peer.assess("firm").await.code(), Code::Ok);
                        calls.fetch_add(1, Ordering::Relaxed);
                    }
                }
            })
        })
        .collect();
    let before = shown(&running, &["b.test"]).await;
    let old = running.peer("b.test").await;
    running.authority.write_server(running.folder.path());
    until_page(&running, "shangzhi_reloads_total{reason=\"taken\"} 1").await;
    assert_ne!(shown(&running, &["b.test"]).await, before);
    assert_eq!(old.who().await, "b/bank", "on the connection from before");
    sleep(Duration::from_millis(200)).await;
    stop.store(true, Ordering::Relaxed);
    for worker in load {
        worker.await.expect("no call was dropped");
    }
    assert!(calls.load(Ordering::Relaxed) > 100);
}

#[tokio::test]
async fn a_bad_certificate_is_not_taken_and_authorities_are_all_the_same() {
    let running = start("", "").await;
    let before = shown(&running, &["b.test"]).await;
    let place = |name: &str| running.folder.path().join(name);
    // A key of another certificate, as when only one of the two files was copied.
    std::fs::write(place("server.key"), running.authority.server().key).expect("written");
    let next = Authority::new("next authority");
    std::fs::write(place("ca.pem"), running.authority.pem() + &next.pem()).expect("written");
    until_page(&running, "shangzhi_reloads_total{reason=\"not_taken\"} 1").await;
    until_page(&running, "shangzhi_reloads_total{reason=\"taken\"} 1").await;
    assert_eq!(shown(&running, &["b.test"]).await, before);
    let theirs = next.client_pem(&["b.test"]);
    let tls = running.authority.trusting(Some(&theirs), &[&rustls::version::TLS13]);
    assert_eq!(Peer::connect(running.at, &tls).await.expect("a connection").who().await, "b/bank");

    // A bad file is told of once, and a good one is taken after it.
    std::fs::write(place("server.pem"), "no certificate").expect("written");
    until_page(&running, "shangzhi_reloads_total{reason=\"not_taken\"} 2").await;
    sleep(Duration::from_millis(2_200)).await;
    assert!(running.page("/metrics").await.contains("shangzhi_reloads_total{reason=\"not_taken\"} 2"));
    assert_eq!(shown(&running, &["b.test"]).await, before);
    running.authority.write_server(running.folder.path());
    until_page(&running, "shangzhi_reloads_total{reason=\"taken\"} 2").await;
    assert_ne!(shown(&running, &["b.test"]).await, before);
}

#[tokio::test]
async fn a_certificate_out_of_its_time_is_not_taken_and_starts_no_server() {
    let running = start("", "").await;
    let before = shown(&running, &["b.test"]).await;
    let mut config = Config::load(&running.folder.path().join("shangzhi.toml")).expect("a configuration");
    config.listen.set_port(0);
    config.metrics_listen = None;
    for (at, (years, says)) in [
        (2019..2021, "a certificate expired at 2021-01-01T00:00:00Z"),
        (2300..2301, "a certificate is valid from 2300-01-01T00:00:00Z only"),
    ]
    .into_iter()
    .enumerate()
    {
        running.authority.write_server_of(years, running.folder.path());
        until_page(&running, &format!("shangzhi_reloads_total{{reason=\"not_taken\"}} {}", at + 1)).await;
        assert_eq!(shown(&running, &["b.test"]).await, before, "the one from before serves on");
        let refused = Server::bind(config.clone()).await.expect_err("no server");
        assert!(
            refused.is_invalid_input() && refused.to_string().ends_with(&format!("server.pem: {says}")),
            "{refused}"
        );
    }
    running.authority.write_server(running.folder.path());
    until_page(&running, "shangzhi_reloads_total{reason=\"taken\"} 1").await;
    Server::bind(config).await.expect("a server again");
}

#[tokio::test]
async fn an_authority_that_is_taken_out_lets_no_one_in() {
    let running = start("", "").await;
    let tls = running.authority.client(&["b.test"]);
    let old = Peer::connect(running.at, &tls).await.expect("a connection");
    assert_eq!(old.who().await, "b/bank");
    let next = Authority::new("next authority");
    std::fs::write(running.folder.path().join("ca.pem"), next.pem()).expect("written");
    until_page(&running, "shangzhi_reloads_total{reason=\"taken\"} 1").await;
    let again = match Peer::connect(running.at, &tls).await {
        Ok(peer) => peer.try_call("/grpc.health.v1.Health/Check", &[], vec![0; 5].into(), false).await.is_ok(),
        Err(_) => false,
    };
    assert!(!again, "nor by a session from before");
}
