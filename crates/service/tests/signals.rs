//! SIGHUP and SIGTERM, sent to this process: so it is one test.

mod common;

use common::certs::Authority;
use common::peer::Peer;
use common::{Handlers, config_text, free_port};
use service::{Config, Server, Services};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tokio::net::TcpStream;
use tonic::Code;

fn send(signal: &str) {
    let id = std::process::id().to_string();
    assert!(Command::new("kill").args([signal, &id]).status().expect("kill").success());
}

#[tokio::test(flavor = "multi_thread")]
async fn sighup_reads_again_and_sigterm_ends_within_the_grace() {
    let folder = tempfile::tempdir().expect("a folder");
    let authority = Authority::new("test authority");
    authority.write_server(folder.path());
    std::fs::write(folder.path().join("ca.pem"), authority.pem()).expect("written");
    let path = folder.path().join("shangzhi.toml");
    let tls = "[tls]\ncert = 'server.pem'\nkey = 'server.key'\nclient_cas = ['ca.pem']\nreload_seconds = 3600";
    let text = config_text(free_port(), free_port(), "", tls, "[shutdown]\ngrace_seconds = 2\nlame_duck_seconds = 1");
    std::fs::write(&path, &text).expect("written");
    let config = Config::load(&path).expect("valid");
    let (at, handlers, reloads) = (config.listen, Handlers::default(), Arc::new(AtomicUsize::new(0)));
    let services = Services::new(&config.limits).rating(handlers.clone());
    let mut server = Server::bind(config).await.expect("listens");
    let counted = Arc::clone(&reloads);
    server.on_reload(move || _ = counted.fetch_add(1, Ordering::SeqCst));
    let stop = service::stop_signal().expect("signals");
    let run = tokio::spawn(server.run(services, stop));

    let newcomer = authority.client(&["spiffe://test/newcomer"]);
    let peer = Peer::connect(at, &newcomer).await.expect("a connection");
    peer.assess("firm").await.assert(Code::Unauthenticated, "UNKNOWN_CLIENT");
    let hangup = async |times: usize| {
        send("-HUP");
        let end = Instant::now() + Duration::from_secs(5);
        while reloads.load(Ordering::SeqCst) < times {
            assert!(Instant::now() < end, "not within five seconds");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    std::fs::write(&path, text.replace("b.test", "spiffe://test/newcomer")).expect("written");
    hangup(1).await;
    assert_eq!(peer.who().await, "b/bank", "on the connection from before");
    // A bad file leaves what was there.
    std::fs::write(&path, "listen = ").expect("written");
    hangup(2).await;
    assert_eq!(peer.who().await, "b/bank");

    let silent = TcpStream::connect(at).await.expect("connected");
    let stalled = tokio::spawn(async move { peer.assess("slow").await });
    tokio::time::sleep(Duration::from_millis(100)).await;
    let began = Instant::now();
    send("-TERM");
    let ended = run.await.expect("no panic").expect("an end");
    assert!(began.elapsed() < Duration::from_millis(2_700), "{:?}", began.elapsed());
    assert_eq!(ended.closed, 1, "the one that stalls; the silent one was no call");
    assert_eq!((handlers.began(), handlers.dropped()), (1, 1));
    assert!(stalled.await.is_err(), "its connection was closed");
    drop(silent);
}
