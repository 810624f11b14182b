//! Random bytes: on the port, and as a message of every method. Bounded in number, from a printed seed.

#![allow(clippy::print_stderr)] // the seed of a run that failed

use crate::common::peer::frame;
use crate::common::start;
use fastrand::Rng;
use prost::Message as _;
use prost_types::FileDescriptorSet;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tonic::Code;

fn rng() -> Rng {
    let seed = std::env::var("SEED").ok().and_then(|s| s.parse().ok()).unwrap_or_else(|| fastrand::u64(..));
    eprintln!("SEED={seed}");
    Rng::with_seed(seed)
}

fn bytes(rng: &mut Rng, max: usize) -> Vec<u8> {
    let len = rng.usize(0..=max);
    std::iter::repeat_with(|| rng.u8(..)).take(len).collect()
}

#[tokio::test]
async fn random_bytes_on_the_port() {
    let running = start("", "[limits]\nhandshake_ms_max = 300").await;
    let mut rng = rng();
    let mut all = tokio::task::JoinSet::new();
    for _ in 0..300 {
        let mut sent = bytes(&mut rng, 2_000);
        if rng.bool() {
            // As if a handshake came: type, version, length.
            sent.splice(..0, [0x16, 3, 1, rng.u8(0..0x41), rng.u8(..)]);
        }
        let at = running.at;
        all.spawn(async move {
            let mut stream = TcpStream::connect(at).await.expect("connected");
            let _ = stream.write_all(&sent).await;
            let mut back = Vec::new();
            // Every connection is closed, at the latest when the handshake is late.
            let _ = timeout(Duration::from_secs(3), stream.read_to_end(&mut back)).await.expect("closed");
            assert!(back.is_empty() || back[0] == 0x15, "{back:?}");
        });
    }
    all.join_all().await;
    assert_eq!(running.peer("b.test").await.who().await, "b/bank");
}

#[tokio::test]
async fn random_bytes_as_a_message_of_every_method() {
    let running = start("", "[limits]\ndeadline_ms_max = 5000\nstream_deadline_seconds_max = 5").await;
    let peer = running.peer("spiffe://test/all").await;
    let mut rng = rng();
    let set = FileDescriptorSet::decode(api::DESCRIPTORS).expect("descriptors").file;
    // Those that this server has handlers for; the others end before their message is read.
    let ours = set.iter().filter(|f| f.package() == "shangzhi.rating.v1");
    let mut paths: Vec<String> = ours
        .flat_map(|f| f.service.iter().map(move |s| (f.package(), s)))
        .flat_map(|(package, s)| s.method.iter().map(move |m| format!("/{package}.{}/{}", s.name(), m.name())))
        .collect();
    assert_eq!(paths.len(), 21);
    paths.push("/grpc.health.v1.Health/Check".into());
    paths.extend(["v1", "v1alpha"].map(|v| format!("/grpc.reflection.{v}.ServerReflection/ServerReflectionInfo")));
    for path in &paths {
        let mut read = 0;
        for _ in 0..60 {
            let message = bytes(&mut rng, 400);
            let (headers, body) = match rng.u8(0..4) {
                0 => (&[][..], message.clone().into()), // no frame at all
                1 => (&[("grpc-encoding", "gzip")][..], frame(true, &message)),
                _ => (&[][..], frame(false, &message)),
            };
            let call = peer.try_call(path, headers, body, false);
            let reply = timeout(Duration::from_secs(10), call).await.expect("in time").expect("a reply");
            match reply.code() {
                Code::Ok => read += 1, // some bytes are a message
                Code::InvalidArgument | Code::ResourceExhausted => (),
                // A service that there is not; compression, which upkeep does not take.
                Code::NotFound | Code::Unimplemented if path.contains("grpc.") => (),
                code => panic!("{path}: {code:?}: {reply:?}"),
            }
        }
        assert!(read < 60, "{path}");
    }
    assert_eq!(peer.who().await, "all/bank");
}
