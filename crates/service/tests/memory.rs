//! Memory is bounded: compression bombs and idle connections. One test at a time, for the process is measured.

#![allow(clippy::print_stderr, reason = "figures, for who runs it with --nocapture")]

mod common;

use common::certs::{self, Signed};
use common::peer::{Peer, frame};
use common::{resident_bytes, start};
use flate2::{Compress, Compression, FlushCompress};
use std::io::Read as _;
use std::net::SocketAddr;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use tokio::sync::Mutex;
use tonic::Code;

static ALONE: Mutex<()> = Mutex::const_new(());
const ASSESS: &str = "/shangzhi.rating.v1.RatingService/Assess";
const BATCH: &str = "/shangzhi.rating.v1.RatingService/AssessBatch";
const MIB: usize = 1 << 20;

/// A gzip stream of so many MiB of zeros. Its sum is wrong, which shows only at its end.
fn gzip_bomb(mib: usize) -> Vec<u8> {
    let mut deflate = Compress::new(Compression::best(), false);
    let mut block = Vec::with_capacity(MIB);
    deflate.compress_vec(&vec![0; MIB], &mut block, FlushCompress::Full).expect("in memory");
    let mut out = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];
    for _ in 0..mib {
        out.extend(&block);
    }
    out
}

/// A Zstandard frame of so many MiB of zeros: blocks of one byte that stands for 128 KiB.
fn zstd_bomb(mib: usize) -> Vec<u8> {
    let mut out = vec![0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x58]; // magic, no size, window of 2 MiB
    for _ in 0..mib * 8 {
        let header: u32 = (128 << 10) << 3 | 1 << 1; // size, run of one byte, not the last
        out.extend(&header.to_le_bytes()[..3]);
        out.push(0);
    }
    out
}

#[tokio::test]
async fn a_compression_bomb_is_refused_in_bounded_memory() {
    let _alone = ALONE.lock().await;
    let running = start("", "[limits]\nmessage_bytes_max = 4194304\ndecompressed_bytes_max = 4194304").await;
    let peer = running.peer("b.test").await;
    assert_eq!(peer.who().await, "b/bank");
    let (gzip, zstd) = (frame(true, &gzip_bomb(1024)), frame(true, &zstd_bomb(1024)));
    eprintln!("1 GiB as {} bytes of gzip, {} of zstd", gzip.len(), zstd.len());
    assert!(gzip.len() < 2 * MIB && zstd.len() < 33 << 10);
    let before = resident_bytes();
    let mut most = before;
    for path in [ASSESS, BATCH] {
        for _ in 0..8 {
            let reply = peer.call(path, &[("grpc-encoding", "gzip")], gzip.clone()).await;
            reply.assert(Code::ResourceExhausted, "MESSAGE_TOO_LARGE");
            most = most.max(resident_bytes());
            // It is not spoken: the message is not even looked at.
            assert_eq!(peer.call(path, &[("grpc-encoding", "zstd")], zstd.clone()).await.code(), Code::Unimplemented);
        }
    }
    eprintln!("{} KiB more", (most - before) >> 10);
    assert!(most < before + 32 * MIB);
    assert_eq!(peer.who().await, "b/bank");
}

/// `IDLE=10000` for the whole number. The clients are another process: files are counted by process, and so is memory.
#[tokio::test(flavor = "multi_thread")]
async fn idle_connections_cost_bounded_memory_and_others_nothing() {
    let _alone = ALONE.lock().await;
    let idle: usize = std::env::var("IDLE").ok().and_then(|n| n.parse().ok()).unwrap_or(2_000);
    let running = start("", "[limits]\nconnections_max = 12000\nconnections_per_client_max = 11000").await;
    let other = running.peer("b.test").await;
    let quiet = other.latency().await;
    let client = running.authority.client_pem(&["spiffe://test/a"]);
    std::fs::write(running.folder.path().join("a.pem"), client.cert).expect("written");
    std::fs::write(running.folder.path().join("a.key"), client.key).expect("written");
    let before = resident_bytes();
    let began = Instant::now();
    let mut clients = Command::new(std::env::current_exe().expect("this program"))
        .args(["--exact", "clients_of_another_process", "--nocapture"])
        .env(CLIENTS, format!("{} {} {idle}", running.folder.path().display(), running.at))
        .stdin(Stdio::piped())
        .spawn()
        .expect("a process");
    let all = format!("shangzhi_connections {}\n", idle + 1);
    while !running.page("/metrics").await.contains(&all) {
        assert!(began.elapsed() < Duration::from_secs(180), "not all within three minutes");
        assert!(clients.try_wait().expect("a process").is_none(), "the clients ended");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let opened = began.elapsed();
    let each = (resident_bytes() - before) / idle;
    let beside = other.latency().await;
    eprintln!("{idle} idle, opened in {opened:?}, {} KiB each", each >> 10);
    eprintln!("p99 of another bank: {quiet:?} before, {beside:?} beside");
    assert!(running.page("/metrics").await.contains(&all), "none was closed");
    drop(clients.stdin.take());
    assert!(clients.wait().expect("an end").success());
    assert!(each < 64 << 10, "{each} bytes each");
    assert!(beside < quiet * 5 + Duration::from_millis(20), "{quiet:?} before, {beside:?} beside");
}

/// Folder, address and number, for the process of idle clients.
const CLIENTS: &str = "IDLE_CLIENTS";

/// The clients of the test above: they hold connections until their input ends. Nothing by itself.
#[tokio::test(flavor = "multi_thread")]
async fn clients_of_another_process() {
    let Ok(told) = std::env::var(CLIENTS) else { return };
    let told: Vec<&str> = told.split(' ').collect();
    let read = |name: &str| std::fs::read_to_string(std::path::Path::new(told[0]).join(name)).expect("a file");
    let shows = Signed { cert: read("a.pem"), key: read("a.key") };
    let tls = certs::client_config(&read("ca.pem"), Some(&shows), &[&rustls::version::TLS13]);
    let (at, idle): (SocketAddr, usize) = (told[1].parse().expect("an address"), told[2].parse().expect("a number"));
    let mut held = Vec::with_capacity(idle);
    while held.len() < idle {
        let connect = |_| {
            let tls = tls.clone();
            tokio::spawn(async move { Peer::connect(at, &tls).await.expect("a connection") })
        };
        let batch: Vec<_> = (0..50.min(idle - held.len())).map(connect).collect();
        for peer in batch {
            held.push(peer.await.expect("no panic"));
        }
    }
    tokio::task::spawn_blocking(|| std::io::stdin().read_to_end(&mut Vec::new()))
        .await
        .expect("no panic")
        .expect("an end");
    assert!(held.iter().all(|peer| !peer.is_closed()));
}

/// Connections that never say anything take no turn of a handshake from others.
#[tokio::test]
async fn silent_connections_hold_up_no_handshake() {
    let _alone = ALONE.lock().await;
    let running = start("", "[limits]\nhandshakes_max = 1\nhandshake_ms_max = 3000").await;
    let mut silent = Vec::new();
    for _ in 0..200 {
        silent.push(tokio::net::TcpStream::connect(running.at).await.expect("connected"));
    }
    let began = Instant::now();
    assert_eq!(running.peer("b.test").await.who().await, "b/bank");
    assert!(began.elapsed() < Duration::from_secs(1), "{:?}", began.elapsed());
    // Late ones are closed.
    use tokio::io::AsyncReadExt as _;
    let closed = tokio::time::timeout(Duration::from_secs(5), silent[0].read_u8()).await.expect("in time");
    assert!(closed.is_err());
}
