//! The life of a server: it listens, serves, is told of changes, and ends within its grace.

use crate::call::Shared;
use crate::config::Config;
use crate::connection::Door;
use crate::error::Error;
use crate::health::Readiness;
use crate::metrics::{self, Metrics};
use crate::services::Services;
use crate::tls::{Certificates, chain};
use prometheus_client::registry::Registry;
use std::fmt;
use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tokio::task::{JoinSet, spawn_blocking};
use tokio::time::{Instant, sleep, timeout_at};

/// A server that listens.
///
/// # Examples
/// ```no_run
/// # async fn example<R>(ratings: R) -> Result<(), service::Error>
/// # where R: api::rating::v1::rating_service_server::RatingService {
/// use service::{Config, Server, Services};
/// let config = Config::load("shangzhi.toml".as_ref())?;
/// let services = Services::new(&config.limits).rating(ratings);
/// let server = Server::bind(config).await?;
/// let readiness = server.readiness();
/// readiness.set("shangzhi.rating.v1.RatingService", true).await; // when models and snapshot are loaded
/// server.run(services, service::stop_signal()?).await?;
/// # Ok(())
/// # }
/// ```
pub struct Server {
    config: Config,
    listener: TcpListener,
    metrics_listener: Option<TcpListener>,
    shared: Arc<Shared>,
    certificates: Option<Arc<Certificates>>,
    readiness: Readiness,
    registry: Registry,
    hooks: Vec<Box<dyn Fn() + Send + Sync>>,
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server").field("listener", &self.listener).finish_non_exhaustive()
    }
}

/// How a server ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ended {
    /// Connections that were still open when the grace was over, and were closed.
    pub closed: usize,
}

impl Server {
    /// Reads the certificates and listens. Connections wait until [`Server::run`].
    ///
    /// # Errors
    /// [`Error::File`], [`Error::Certificate`], [`Error::Listen`], [`Error::Telemetry`].
    pub async fn bind(config: Config) -> Result<Self, Error> {
        let mut registry = Registry::default();
        let metrics = Metrics::new(&mut registry);
        let certificates = match &config.tls {
            Some(tls) => Some(Arc::new(Certificates::load(tls, metrics.clone())?)),
            None => None,
        };
        let listener = listen(config.listen).await?;
        let metrics_listener = match config.metrics_listen {
            Some(address) => Some(listen(address).await?),
            None => None,
        };
        let shared = Arc::new(Shared::new(&config, metrics)?);
        Ok(Self {
            config,
            listener,
            metrics_listener,
            shared,
            certificates,
            readiness: Readiness::default(),
            registry,
            hooks: Vec::new(),
        })
    }

    /// Where it listens: the port that was found where the configuration says 0.
    ///
    /// # Errors
    /// [`Error::Listen`] where the system does not say.
    pub fn address(&self) -> Result<SocketAddr, Error> {
        self.listener.local_addr().map_err(|source| Error::Listen { address: self.config.listen, source })
    }

    /// To say which services are ready.
    pub fn readiness(&self) -> Readiness {
        self.readiness.clone()
    }

    /// Where handlers register measurements of their own, with labels of fixed lists.
    pub fn registry(&mut self) -> &mut Registry {
        &mut self.registry
    }

    /// Runs something on SIGHUP, after clients and certificates were read again. It may read files.
    pub fn on_reload(&mut self, hook: impl Fn() + Send + Sync + 'static) {
        self.hooks.push(Box::new(hook));
    }

    /// Serves until `shutdown`, then ends within `shutdown.grace_seconds`:
    ///
    /// 1. Health says NOT_SERVING, and for `shutdown.lame_duck_seconds` everything else goes on.
    /// 2. No connection is taken any more; each is told so and may finish its calls. Watches and handshakes end at once.
    /// 3. At the end of the grace what is still open is closed; spans are sent in what is left of it.
    ///
    /// # Errors
    /// [`Error::Reflection`], [`Error::Signal`], before anything is served.
    pub async fn run(self, services: Services, shutdown: impl Future<Output = ()>) -> Result<Ended, Error> {
        self.readiness.begin(services.names()).await;
        let routes = services.into_routes(&self.readiness)?;
        let (end, ending) = watch::channel(false);
        let entrance = match &self.certificates {
            Some(certificates) => Ok(Arc::clone(certificates)),
            None => Err(self.plaintext_names()),
        };
        let door = Arc::new(Door::new(&self.config, Arc::clone(&self.shared), routes, entrance, ending));

        let mut beside = JoinSet::new();
        if let Some(listener) = self.metrics_listener {
            beside.spawn(metrics::serve(listener, Arc::new(self.registry), self.readiness.clone()));
        }
        let reload = Reload {
            every: Duration::from_secs(self.config.tls.as_ref().map_or(3_600, |tls| tls.reload_seconds)),
            began_with: self.config.clone(),
            shared: self.shared,
            certificates: self.certificates,
            hooks: self.hooks,
        };
        let hangups = signal(SignalKind::hangup()).map_err(Error::Signal)?;
        beside.spawn(Arc::new(reload).watch(hangups));

        let calls = Arc::clone(&door.shared);
        let mut connections = JoinSet::new();
        tracing::info!("serving");
        tokio::select! {
            () = Arc::clone(&door).accept(&self.listener, &mut connections) => (),
            () = shutdown => (),
        }
        let times = self.config.shutdown;
        let until = Instant::now() + Duration::from_secs(times.grace_seconds);
        tracing::info!(grace_seconds = times.grace_seconds, "ending");
        self.readiness.end().await;
        tokio::select! {
            () = Arc::clone(&door).accept(&self.listener, &mut connections) => (),
            () = sleep(Duration::from_secs(times.lame_duck_seconds)) => (),
        }
        drop(self.listener);
        // Fails only when no connection listens.
        let _ = end.send(true);
        let all = async { while connections.join_next().await.is_some() {} };
        let _ = timeout_at(until, all).await;
        let closed = connections.len();
        connections.shutdown().await;
        let left = until.saturating_duration_since(Instant::now());
        // Its panic is logged where it happened.
        let _ = spawn_blocking(move || calls.traces.as_ref().map(|traces| traces.end(left))).await;
        tracing::info!(closed, "ended");
        Ok(Ended { closed })
    }

    /// Without TLS: the names of the client that every caller is.
    fn plaintext_names(&self) -> Arc<[String]> {
        let id = self.config.plaintext_client.as_deref();
        let client = self.config.clients.iter().find(|c| Some(c.id.as_str()) == id);
        client.map(|c| c.names.clone()).unwrap_or_default().into()
    }
}

async fn listen(address: SocketAddr) -> Result<TcpListener, Error> {
    TcpListener::bind(address).await.map_err(|source| Error::Listen { address, source })
}

/// What is read again while the server runs.
struct Reload {
    began_with: Config,
    shared: Arc<Shared>,
    certificates: Option<Arc<Certificates>>,
    every: Duration,
    hooks: Vec<Box<dyn Fn() + Send + Sync>>,
}

impl Reload {
    async fn watch(self: Arc<Self>, mut hangups: tokio::signal::unix::Signal) {
        loop {
            let asked = tokio::select! {
                _ = hangups.recv() => true,
                () = sleep(self.every) => false,
            };
            let this = Arc::clone(&self);
            // Files may be slow, and calls must not wait for them. A hook that panics is told of by its panic.
            let _ = spawn_blocking(move || this.once(asked)).await;
        }
    }

    fn once(&self, asked: bool) {
        if let Some(certificates) = &self.certificates {
            certificates.refresh();
        }
        if !asked {
            return;
        }
        match Config::load(&self.began_with.path) {
            Ok(config) => {
                let keys = self.began_with.fixed_keys_that_differ(&config);
                if !keys.is_empty() {
                    let keys = keys.join(", ");
                    tracing::warn!(keys, "changed in the configuration and not taken: restart the server for these");
                }
                self.shared.directory.replace(&config.clients);
                self.shared.metrics.reloaded("taken");
                tracing::info!(clients = config.clients.len(), "clients taken");
            }
            Err(e) => {
                self.shared.metrics.reloaded("not_taken");
                tracing::error!(error = chain(&e), "configuration not taken, what was there goes on");
            }
        }
        for hook in &self.hooks {
            hook();
        }
    }
}

/// Ready at SIGTERM or SIGINT; both are waited for from this call on.
///
/// # Errors
/// [`Error::Signal`].
pub fn stop_signal() -> Result<impl Future<Output = ()>, Error> {
    let mut terminate = signal(SignalKind::terminate()).map_err(Error::Signal)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(Error::Signal)?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => (),
            _ = interrupt.recv() => (),
        }
    })
}
