//! Who is let in, and as whom.

use crate::common::certs::Authority;
use crate::common::peer::{Peer, frame, shake_hands};
use crate::common::{RATING, start, start_as};
use api::client::{Client, Retry};
use api::rating::v1::{AssessRequest, ListOwnRatingsRequest};
use rustls::version::{TLS12, TLS13};
use rustls::{AlertDescription, ClientConfig};
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tonic::Code;

/// What the server says to a client that it does not let in. In TLS 1.3 it says so after the client is done.
async fn alert(at: SocketAddr, tls: &Arc<ClientConfig>) -> Option<AlertDescription> {
    let refused = |e: io::Error| match e.get_ref().and_then(|e| e.downcast_ref::<rustls::Error>()) {
        Some(rustls::Error::AlertReceived(alert)) => Some(*alert),
        other => panic!("{other:?}"),
    };
    match shake_hands(at, tls).await {
        Err(e) => refused(e),
        Ok(mut stream) => match timeout(Duration::from_millis(500), stream.read_u8()).await {
            Ok(Err(e)) => refused(e),
            _ => None,
        },
    }
}

#[tokio::test]
async fn only_valid_certificates_of_the_authority_shake_hands() {
    let running = start("", "").await;
    let ours = &running.authority;
    let bank = ["spiffe://test/a"];
    assert_eq!(alert(running.at, &ours.client(&bank)).await, None);

    let none = ours.trusting(None, &[&TLS13]);
    assert_eq!(alert(running.at, &none).await, Some(AlertDescription::CertificateRequired));

    let other = Authority::new("another authority").client_pem(&bank);
    assert_eq!(alert(running.at, &ours.trusting(Some(&other), &[&TLS13])).await, Some(AlertDescription::UnknownCA));
    // The same name does not help.
    let same = Authority::new("test authority").client_pem(&bank);
    let said = alert(running.at, &ours.trusting(Some(&same), &[&TLS13])).await;
    assert!(matches!(said, Some(AlertDescription::UnknownCA | AlertDescription::DecryptError)), "{said:?}");

    let mut expired = Authority::client_params(&bank);
    expired.not_before = rcgen::date_time_ymd(2020, 1, 1);
    expired.not_after = rcgen::date_time_ymd(2021, 1, 1);
    let expired = ours.trusting(Some(&ours.sign(expired)), &[&TLS13]);
    assert_eq!(alert(running.at, &expired).await, Some(AlertDescription::CertificateExpired));

    let early = {
        let mut params = Authority::client_params(&bank);
        params.not_before = rcgen::date_time_ymd(2090, 1, 1);
        ours.trusting(Some(&ours.sign(params)), &[&TLS13])
    };
    assert_eq!(alert(running.at, &early).await, Some(AlertDescription::CertificateExpired));

    // A server's certificate is no client's.
    let server = ours.trusting(Some(&ours.server()), &[&TLS13]);
    let said = alert(running.at, &server).await;
    assert_eq!(said, Some(AlertDescription::UnsupportedCertificate));
}

#[tokio::test]
async fn banks_see_a_refused_certificate_as_unavailable() {
    let running = start("", "").await;
    let other = Authority::new("another authority").client_pem(&["spiffe://test/a"]);
    let endpoint = format!("https://localhost:{}", running.at.port());
    let once = Retry { tries: 1, ..Retry::default() };
    let code = match Client::connect(&endpoint, running.authority.pem(), &other.cert, &other.key).await {
        Ok(client) => client.with_retry(once).call(AssessRequest::default()).await.expect_err("refused").code(),
        Err(_) => Code::Unavailable, // the alert was there before the connection was
    };
    assert_eq!(code, Code::Unavailable);
}

#[tokio::test]
async fn the_name_in_the_certificate_is_the_caller() {
    let running = start("", "").await;
    assert_eq!(running.peer("spiffe://test/a").await.who().await, "a/bank");
    assert_eq!(running.peer("b.test").await.who().await, "b/bank");
    // Of its roles, the first that the method allows.
    assert_eq!(running.peer("spiffe://test/both").await.who().await, "both/bank");

    for names in [&["spiffe://test/nobody"][..], &["spiffe://test/A"], &[], &["spiffe://test/a", "b.test"]] {
        let peer = Peer::connect(running.at, &running.authority.client(names)).await.expect("a handshake");
        let reply = peer.assess("firm").await;
        reply.assert(Code::Unauthenticated, "UNKNOWN_CLIENT");
        // Nor anything else: not what there is, not how the server does.
        for path in ["/grpc.health.v1.Health/Check", "/no.Such/Method"] {
            peer.call(path, &[], frame(false, b"")).await.assert(Code::Unauthenticated, "UNKNOWN_CLIENT");
        }
    }
}

#[tokio::test]
async fn a_role_reaches_its_methods_only() {
    let running = start("", "").await;
    let (bank, auditor) = (running.peer("spiffe://test/a").await, running.peer("spiffe://test/auditor").await);
    auditor.assess("firm").await.assert(Code::PermissionDenied, "ROLE_NOT_ALLOWED");
    assert_eq!(auditor.send(RATING, "GetRating", &()).await.code(), Code::Ok);
    let own = ListOwnRatingsRequest::default();
    let subjects = "shangzhi.rating.v1.SubjectService";
    bank.send(subjects, "ListOwnRatings", &own).await.assert(Code::PermissionDenied, "ROLE_NOT_ALLOWED");
    let both = running.peer("spiffe://test/both").await;
    assert_eq!(both.send(subjects, "ListOwnRatings", &own).await.code(), Code::Ok);
    bank.send("no.Such", "Method", &()).await.assert(Code::Unimplemented, "INVALID_REQUEST");
    bank.send(RATING, "NoSuch", &()).await.assert(Code::Unimplemented, "INVALID_REQUEST");
}

/// What comes back for bytes in the clear, until the server closes.
async fn in_the_clear(at: SocketAddr, bytes: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(at).await.expect("connected");
    stream.write_all(bytes).await.expect("sent");
    let mut out = Vec::new();
    let read = timeout(Duration::from_secs(2), stream.read_to_end(&mut out)).await.expect("closed");
    drop(read); // a reset is as good an end
    out
}

#[tokio::test]
async fn plain_text_is_refused() {
    let running = start("", "").await;
    for bytes in [&b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0"[..], b"GET / HTTP/1.1\r\nhost: x\r\n\r\n"] {
        let back = in_the_clear(running.at, bytes).await;
        // At most an alert of TLS: 0x15.
        assert!(back.is_empty() || back[0] == 0x15, "{back:?}");
    }
}

#[tokio::test]
async fn plain_text_on_loopback_is_the_named_client() {
    let running = start_as("plaintext = true\nplaintext_client = 'auditor'", "", "").await;
    let peer = Peer::over(TcpStream::connect(running.at).await.expect("connected")).await.expect("HTTP/2");
    peer.assess("firm").await.assert(Code::PermissionDenied, "ROLE_NOT_ALLOWED");
    assert_eq!(peer.send(RATING, "GetRating", &()).await.code(), Code::Ok);
}

#[tokio::test]
async fn the_oldest_tls_is_as_configured() {
    let running = start("", "").await;
    let bank = |running: &crate::common::Running| {
        running.authority.trusting(Some(&running.authority.client_pem(&["spiffe://test/a"])), &[&TLS12])
    };
    assert_eq!(alert(running.at, &bank(&running)).await, Some(AlertDescription::ProtocolVersion));

    let running = start("min_version = '1.2'", "").await;
    let old = Peer::connect(running.at, &bank(&running)).await.expect("TLS 1.2");
    assert_eq!(old.who().await, "a/bank");
    assert_eq!(running.peer("spiffe://test/a").await.who().await, "a/bank");
}

#[tokio::test]
async fn what_is_no_grpc_is_said_so() {
    let running = start("", "").await;
    let peer = running.peer("spiffe://test/a").await;
    let reply = peer
        .call("/shangzhi.rating.v1.RatingService/Assess", &[("content-type", "text/html")], frame(false, b""))
        .await;
    reply.assert(Code::InvalidArgument, "INVALID_REQUEST");
    assert_eq!(reply.http, 415);
}
