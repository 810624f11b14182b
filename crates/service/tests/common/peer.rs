//! A client that shows what came over the wire: no library reads a status, sets a deadline or tries again.

use api::rating::v1::{AssessRequest, AssessResponse};
use api::status::ErrorInfo;
use bytes::Bytes;
use http::{HeaderMap, Request, StatusCode};
use http_body::{Body, Frame};
use hyper::client::conn::http2::{self, SendRequest};
use hyper_util::rt::{TokioExecutor, TokioIo};
use prost::Message;
use rustls::ClientConfig;
use std::convert::Infallible;
use std::future::poll_fn;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tonic::{Code, Status};

/// What a client sends: bytes, then the end or nothing more.
pub struct Sent {
    bytes: Option<Bytes>,
    stalls: bool,
}

impl Body for Sent {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        match (self.bytes.take(), self.stalls) {
            (Some(bytes), _) => Poll::Ready(Some(Ok(Frame::data(bytes)))),
            (None, true) => Poll::Pending,
            (None, false) => Poll::Ready(None),
        }
    }
}

/// A message as gRPC frames it.
pub fn frame(compressed: bool, message: &[u8]) -> Bytes {
    let mut out = vec![compressed.into()];
    out.extend((message.len() as u32).to_be_bytes());
    out.extend(message);
    out.into()
}

/// What came back.
#[derive(Debug)]
pub struct Reply {
    pub http: StatusCode,
    pub headers: HeaderMap,
    pub data: Vec<u8>,
    pub status: Status,
}

impl Reply {
    pub fn code(&self) -> Code {
        self.status.code()
    }

    pub fn info(&self) -> ErrorInfo {
        api::status::error_info(&self.status)
    }

    pub fn message<M: Message + Default>(&self) -> M {
        M::decode(&self.data[5..]).expect("a message")
    }

    #[track_caller]
    pub fn assert(&self, code: Code, reason: &str) {
        assert_eq!((self.code(), self.info().reason.as_str()), (code, reason), "{self:?}");
    }
}

/// One connection.
#[derive(Clone)]
pub struct Peer {
    send: SendRequest<Sent>,
}

pub async fn shake_hands(at: SocketAddr, tls: &Arc<ClientConfig>) -> io::Result<TlsStream<TcpStream>> {
    let stream = TcpStream::connect(at).await?;
    stream.set_nodelay(true)?; // as every client of gRPC does
    TlsConnector::from(Arc::clone(tls)).connect("localhost".try_into().expect("a name"), stream).await
}

impl Peer {
    pub async fn connect(at: SocketAddr, tls: &Arc<ClientConfig>) -> io::Result<Self> {
        Self::over(shake_hands(at, tls).await?).await
    }

    pub async fn over(stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static) -> io::Result<Self> {
        let (send, connection) =
            http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await.map_err(io::Error::other)?;
        tokio::spawn(connection);
        Ok(Self { send })
    }

    pub fn is_closed(&self) -> bool {
        self.send.is_closed()
    }

    /// The reply to bytes; an error where the connection gave none.
    pub async fn try_call(
        &self,
        path: &str,
        headers: &[(&str, &str)],
        bytes: Bytes,
        stalls: bool,
    ) -> Result<Reply, hyper::Error> {
        let mut request = Request::post(format!("https://localhost{path}"))
            .header("content-type", "application/grpc")
            .header("te", "trailers")
            .body(Sent { bytes: Some(bytes), stalls })
            .expect("a request");
        for (name, value) in headers {
            let name: http::HeaderName = name.parse().expect("a name");
            request.headers_mut().insert(name, value.parse().expect("a value"));
        }
        let mut send = self.send.clone();
        send.ready().await?;
        let response = send.send_request(request).await?;
        let (parts, mut body) = response.into_parts();
        let (mut data, mut trailers) = (Vec::new(), None);
        while let Some(frame) = poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await {
            match frame?.into_data() {
                Ok(bytes) => data.extend(bytes),
                Err(frame) => trailers = frame.into_trailers().ok(),
            }
        }
        let status = trailers.as_ref().and_then(Status::from_header_map);
        let status = status.or_else(|| Status::from_header_map(&parts.headers));
        let status = status.unwrap_or_else(|| Status::unknown("no status"));
        Ok(Reply { http: parts.status, headers: parts.headers, data, status })
    }

    pub async fn call(&self, path: &str, headers: &[(&str, &str)], bytes: Bytes) -> Reply {
        self.try_call(path, headers, bytes, false).await.expect("a reply")
    }

    pub async fn send(&self, service: &str, method: &str, message: &impl Message) -> Reply {
        self.call(&format!("/{service}/{method}"), &[], frame(false, &message.encode_to_vec())).await
    }

    pub async fn assess_with(&self, enterprise_id: &str, headers: &[(&str, &str)]) -> Reply {
        let message = AssessRequest { enterprise_id: enterprise_id.into(), ..AssessRequest::default() };
        self.call("/shangzhi.rating.v1.RatingService/Assess", headers, frame(false, &message.encode_to_vec())).await
    }

    pub async fn assess(&self, enterprise_id: &str) -> Reply {
        self.assess_with(enterprise_id, &[]).await
    }

    /// The grade of a rating: who the server takes this client for.
    pub async fn who(&self) -> String {
        let reply = self.assess("firm").await;
        assert_eq!(reply.code(), Code::Ok, "{reply:?}");
        reply.message::<AssessResponse>().rating.expect("a rating").grade
    }

    /// The 99th of 100 calls, by time; each must do.
    pub async fn latency(&self) -> Duration {
        let mut took = Vec::new();
        for _ in 0..100 {
            let began = Instant::now();
            assert_eq!(self.assess("firm").await.code(), Code::Ok);
            took.push(began.elapsed());
        }
        took.sort();
        took[98]
    }
}
