//! Connections: taken, shaken hands with, served and ended, each within bounds of its own.
//!
//! A connection is a task here, not one of the library's, so that the server can end each when it must: a client that
//! stalls or never speaks holds up no shutdown.

use crate::call::{Calls, Shared};
use crate::config::{self, Config};
use crate::gathered::{Gathered, Turns};
use crate::identity;
use crate::limits::{Bound, Open};
use crate::spoken::Spoken;
use crate::tls::Certificates;
use hyper::server::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use rustls::server::Acceptor;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tokio_rustls::LazyConfigAcceptor;
use tokio_rustls::server::TlsStream;
use tonic::service::Routes;

/// Bytes of all headers of a call.
const HEADER_BYTES_MAX: u32 = 16 << 10;
/// Bytes of answers that wait for one client that does not read.
const SEND_BYTES_MAX: usize = 256 << 10;
/// Bytes that a client may send before they are read, on one connection.
const RECEIVE_BYTES_MAX: u32 = 1 << 20;
/// The same for one call. HTTP/2 closes a connection on which thousands of small frames wait to be read, and a batch that is
/// sent faster than it is rated has them: so much less than a connection may have.
const CALL_BYTES_MAX: u32 = 32 << 10;
/// What the server waits when it can take no connection, as when files are used up.
const PAUSE: Duration = Duration::from_millis(50);

/// What all connections share.
pub(crate) struct Door {
    pub(crate) shared: Arc<Shared>,
    pub(crate) routes: Routes,
    /// None: plain text, and every caller has these names.
    pub(crate) certificates: Result<Arc<Certificates>, Arc<[String]>>,
    pub(crate) connection: config::Connection,
    pub(crate) ending: watch::Receiver<bool>,
    open: Bound,
    /// Connections with certificates of no client.
    strangers: Bound,
    handshakes: Semaphore,
}

impl Door {
    pub(crate) fn new(
        config: &Config,
        shared: Arc<Shared>,
        routes: Routes,
        certificates: Result<Arc<Certificates>, Arc<[String]>>,
        ending: watch::Receiver<bool>,
    ) -> Self {
        Self {
            shared,
            routes,
            certificates,
            connection: config.connection.clone(),
            ending,
            open: Bound::new(config.limits.connections_max),
            strangers: Bound::new(config.limits.connections_per_client_max),
            handshakes: Semaphore::new(config.limits.handshakes_max as usize),
        }
    }

    /// Takes connections until it is dropped; they are tasks of `tasks`.
    pub(crate) async fn accept(self: Arc<Self>, listener: &TcpListener, tasks: &mut JoinSet<()>) {
        loop {
            let taken = tokio::select! {
                taken = listener.accept() => taken,
                Some(_) = tasks.join_next() => continue,
            };
            let stream = match taken {
                Ok((stream, _)) => stream,
                Err(e) => {
                    tracing::warn!(error = %e, "no connection can be taken");
                    sleep(PAUSE).await;
                    continue;
                }
            };
            match self.open.take() {
                Some(open) => drop(tasks.spawn(Arc::clone(&self).connection(stream, open))),
                // Closed at once: to let it wait would hold it and tell its client nothing.
                None => self.shared.metrics.refused("connections_max"),
            }
        }
    }

    async fn connection(self: Arc<Self>, stream: TcpStream, _open: Open) {
        // Small answers go out at once. It fails only on a connection that is gone.
        let _ = stream.set_nodelay(true);
        let metrics = &self.shared.metrics;
        let certificates = match &self.certificates {
            Ok(certificates) => certificates,
            Err(names) => return self.serve(stream, Arc::clone(names)).await,
        };
        let mut ending = self.ending.clone();
        let shaken = tokio::select! {
            shaken = timeout(Duration::from_millis(self.shared.limits.handshake_ms_max), self.handshake(stream, certificates)) => shaken,
            // There is no call that it could have begun.
            _ = ending.wait_for(|ending| *ending) => return,
        };
        let stream = match shaken {
            Ok(Ok(stream)) => stream,
            Ok(Err(e)) => {
                metrics.refused("handshake");
                // What the library says of a certificate may quote it: only the kind is logged.
                return tracing::debug!(kind = ?e.kind(), "handshake failed");
            }
            Err(_) => return metrics.refused("handshake_ms_max"),
        };
        let names = stream.get_ref().1.peer_certificates().and_then(|c| c.first()).map(identity::names);
        let names: Arc<[String]> = names.unwrap_or_default().into();
        let per_client = self.shared.limits.connections_per_client_max;
        let counted = match self.shared.directory.client(&names) {
            Some(client) => client.allowance.open_connection(per_client),
            None => self.strangers.take(),
        };
        match counted {
            Some(_counted) => self.serve(stream, names).await,
            None => metrics.refused("connections_per_client_max"),
        }
    }

    /// Shakes hands. A client that says nothing takes no turn from others.
    async fn handshake(&self, stream: TcpStream, certificates: &Certificates) -> std::io::Result<TlsStream<TcpStream>> {
        let start = LazyConfigAcceptor::new(Acceptor::default(), stream).await?;
        let _turn = self.handshakes.acquire().await.map_err(std::io::Error::other)?;
        start.into_stream(certificates.current()).await
    }

    /// Serves a connection until its client goes, its age ends or the server does.
    async fn serve<S>(&self, stream: S, names: Arc<[String]>)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let limits = &self.shared.limits;
        let times = &self.connection;
        let calls =
            Calls { shared: Arc::clone(&self.shared), routes: self.routes.clone(), names, ending: self.ending.clone() };
        let mut http = http2::Builder::new(TokioExecutor::new());
        http.timer(TokioTimer::new())
            .keep_alive_interval(Duration::from_secs(times.keepalive_interval_seconds))
            .keep_alive_timeout(Duration::from_secs(times.keepalive_timeout_seconds))
            .max_concurrent_streams(limits.streams_per_connection_max)
            .max_header_list_size(HEADER_BYTES_MAX)
            .max_send_buf_size(SEND_BYTES_MAX)
            .initial_connection_window_size(RECEIVE_BYTES_MAX)
            .initial_stream_window_size(CALL_BYTES_MAX);
        let (stream, spoken) = Spoken::new(stream);
        let has_spoken = || spoken.load(Ordering::Relaxed);
        let turns = Turns::default();
        let stream = TokioIo::new(Gathered::new(stream, turns.clone()));
        let mut connection = std::pin::pin!(http.serve_connection(stream, calls));
        let _counted = Counted::new(&self.shared);
        let mut ending = self.ending.clone();
        let (silence, until_aged) = (Duration::from_millis(limits.handshake_ms_max), age(times, fastrand::f64()));
        let first = tokio::select! {
            _ = turns.run(connection.as_mut()) => return,
            () = sleep(silence.min(until_aged)) => true,
            _ = ending.wait_for(|ending| *ending) => false,
        };
        if !has_spoken() {
            // There is no call that it could have begun.
            return self.shared.metrics.refused("silent");
        }
        if first {
            tokio::select! {
            // How a client ends its connection is of no interest: its calls have their records.
            _ = turns.run(connection.as_mut()) => return,
            () = sleep(until_aged.saturating_sub(silence)) => (),
            _ = ending.wait_for(|ending| *ending) => (),
            }
        }
        // No new call; those that are open may end. A connection that has none ends by this.
        connection.as_mut().graceful_shutdown();
        // The end of the server is bounded by itself, and may be later than that of a connection.
        let grace = sleep(Duration::from_secs(times.age_grace_seconds));
        tokio::select! {
            _ = turns.run(connection.as_mut()) => (),
            () = grace, if !*self.ending.borrow() => (),
        }
    }
}

/// The age at which a connection is asked to end; `random` is in 0..1.
fn age(times: &config::Connection, random: f64) -> Duration {
    let share = 1.0 + times.age_jitter_share * (2.0 * random - 1.0);
    Duration::from_secs(times.age_seconds_max).mul_f64(share)
}

/// A connection in the metrics.
struct Counted<'a>(&'a Shared);

impl<'a> Counted<'a> {
    fn new(shared: &'a Shared) -> Self {
        shared.metrics.connections.inc();
        Self(shared)
    }
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.0.metrics.connections.dec();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_spread_around_the_age() {
        let times = config::Connection { age_seconds_max: 100, age_jitter_share: 0.1, ..config::Connection::default() };
        assert_eq!(age(&times, 0.0), Duration::from_secs(90));
        assert_eq!(age(&times, 0.5), Duration::from_secs(100));
        assert!(age(&times, 0.999) < Duration::from_secs(110));
        let still = config::Connection { age_jitter_share: 0.0, ..times };
        assert_eq!(age(&still, 0.0), age(&still, 0.9));
    }
}
