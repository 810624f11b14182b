//! Connections of browsers: so many at a time, and none for longer than it speaks.
//!
//! A connection is a task here and not the library's, for that one waits for a browser as long as it likes: a few hundred
//! that send a byte a minute would take all sockets that the program may have.

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tower_service::Service as _;

/// How many connections there may be, and how long each may take over what.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bounds {
    /// Connections at a time; others wait to be taken.
    pub(crate) connections: usize,
    /// The head of a request, from the end of the answer before it: a browser that asks for nothing is let go.
    pub(crate) head: Duration,
    /// A form, from its head to its answer.
    pub(crate) form: Duration,
    /// What answers that have begun are given at the end of the program.
    pub(crate) end: Duration,
}

impl Bounds {
    /// Those of every server: an office has some hundred people, and a browser opens six connections.
    pub(crate) const USUAL: Self = Self {
        connections: 2_048,
        head: Duration::from_secs(20),
        form: Duration::from_secs(30),
        end: Duration::from_secs(60),
    };
}

/// What the server waits when it can take no connection, as when files are used up.
const PAUSE: Duration = Duration::from_millis(50);

/// Serves until `shutdown`; answers that have begun are finished, as far as [`Bounds::end`] lasts.
pub(crate) async fn serve(
    listener: TcpListener,
    router: Router,
    bounds: Bounds,
    shutdown: impl Future<Output = ()> + Send,
) {
    let router = router.layer(middleware::from_fn(move |request, next| within(bounds.form, request, next)));
    let open = Arc::new(Semaphore::new(bounds.connections));
    let (ending, ended) = watch::channel(false);
    let mut tasks = JoinSet::new();
    tokio::pin!(shutdown);
    loop {
        let next = async {
            let permit = open.clone().acquire_owned().await;
            (permit, listener.accept().await)
        };
        let (permit, taken) = tokio::select! {
            () = &mut shutdown => break,
            Some(_) = tasks.join_next() => continue,
            next = next => next,
        };
        let Ok((socket, _)) = taken else {
            sleep(PAUSE).await;
            continue;
        };
        let (router, ended) = (router.clone(), ended.clone());
        tasks.spawn(async move {
            connection(socket, router, bounds, ended).await;
            drop(permit);
        });
    }
    drop(listener);
    let _ = ending.send(true);
    let all = async { while tasks.join_next().await.is_some() {} };
    if timeout(bounds.end, all).await.is_err() {
        tracing::warn!(connections = tasks.len(), "answers that did not end are cut off");
    }
}

async fn connection(socket: TcpStream, router: Router, bounds: Bounds, mut ended: watch::Receiver<bool>) {
    // A page is sent as a whole: there is nothing to wait for more of.
    let _ = socket.set_nodelay(true);
    let answer = service_fn(move |request: Request<hyper::body::Incoming>| router.clone().call(request.map(Body::new)));
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(bounds.head)
        .serve_connection(TokioIo::new(socket), answer);
    tokio::pin!(served);
    tokio::select! {
        // What a browser did wrong or gave up is not ours.
        _ = &mut served => return,
        _ = ended.wait_for(|ended| *ended) => served.as_mut().graceful_shutdown(),
    }
    let _ = served.await;
}

/// Answers a form that does not come, or whose answer does not, with 408. Other requests have no body, and the answers to
/// some of them are as long as a ledger.
async fn within(form: Duration, request: Request, next: Next) -> Response {
    if request.method().is_safe() {
        return next.run(request).await;
    }
    timeout(form, next.run(request)).await.unwrap_or_else(|_| StatusCode::REQUEST_TIMEOUT.into_response())
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::routing::get;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::sync::oneshot;

    const SHORT: Duration = Duration::from_millis(150);
    const BOUNDS: Bounds = Bounds { connections: 4, head: SHORT, form: SHORT, end: Duration::from_secs(5) };

    /// A server with a page, a form and a page that takes its time; whatever asks it, and what ends it.
    async fn started() -> (std::net::SocketAddr, oneshot::Sender<()>, tokio::task::JoinHandle<()>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let form = async |text: String| text;
        let slow = async || {
            sleep(3 * SHORT).await;
            "slow"
        };
        let router = Router::new().route("/", get(async || "page").post(form)).route("/slow", get(slow));
        let (end, ended) = oneshot::channel::<()>();
        let task = tokio::spawn(serve(listener, router, BOUNDS, async { drop(ended.await) }));
        (address, end, task)
    }

    /// All that comes until the server closes the connection.
    async fn answer(socket: &mut TcpStream) -> String {
        let mut text = String::new();
        let read = timeout(Duration::from_secs(10), socket.read_to_string(&mut text)).await;
        assert!(read.is_ok(), "the connection is still open after {text:?}");
        text
    }

    #[tokio::test]
    async fn who_does_not_speak_is_let_go_and_others_are_served() {
        let (address, _end, _task) = started().await;
        let mut slow = Vec::new();
        for text in ["", "GET / HTTP/1.1\r\nHost: x\r\n", "GET", "G"] {
            let mut socket = TcpStream::connect(address).await.expect("taken");
            socket.write_all(text.as_bytes()).await.expect("sent");
            slow.push(socket);
        }
        // All places are taken: this one is served when the others are let go.
        let mut socket = TcpStream::connect(address).await.expect("taken");
        socket.write_all(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await.expect("sent");
        let text = answer(&mut socket).await;
        assert!(text.starts_with("HTTP/1.1 200") && text.ends_with("page"), "{text}");
        for socket in &mut slow {
            let text = answer(socket).await;
            assert!(text.is_empty() || text.starts_with("HTTP/1.1 408"), "{text}");
        }
    }

    #[tokio::test]
    async fn a_form_that_does_not_come_is_answered() {
        let (address, _end, _task) = started().await;
        let mut socket = TcpStream::connect(address).await.expect("taken");
        let head = b"POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 9\r\n\r\nabc";
        socket.write_all(head).await.expect("sent");
        let text = answer(&mut socket).await;
        assert!(text.starts_with("HTTP/1.1 408"), "{text}");
    }

    #[tokio::test]
    async fn an_answer_that_has_begun_is_finished() {
        let (address, end, task) = started().await;
        let mut socket = TcpStream::connect(address).await.expect("taken");
        socket.write_all(b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n").await.expect("sent");
        sleep(SHORT / 3).await;
        drop(end);
        let text = answer(&mut socket).await;
        assert!(text.starts_with("HTTP/1.1 200") && text.ends_with("slow"), "{text}");
        task.await.expect("it ends");
        assert!(TcpStream::connect(address).await.is_err(), "nobody is taken any more");
    }
}
