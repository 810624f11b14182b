//! A store with keys and certificates, and servers over mutual TLS with the real handlers at a desk.

#![allow(dead_code, unreachable_pub, reason = "each test program uses a part")]

use api::client::Client;
use service::{Config, ConsentDesk, Desk, LedgerDesk, ModelDesk, Ratings, Server, Services, SubjectDesk, certs};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;
use store::{Keys, Ledger, Store};
use tempfile::TempDir;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

pub const DAY: i64 = 86_400_000_000;

/// What outlives servers.
pub struct Place {
    folder: TempDir,
    /// The configuration of servers.
    pub config: String,
    address: String,
    ledger: String,
    keys: Keys,
}

/// A server that runs.
pub struct Running {
    pub desk: Desk,
    /// Where it has a ledger.
    pub books: Option<Ledger>,
    endpoint: String,
    certs: PathBuf,
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Place {
    /// With a store at the address, or in SQLite.
    pub fn new(address: Option<String>) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let keys = Keys::generate(&folder.path().join("keys"), "k1").expect("keys");
        certs::init(&folder.path().join("certs")).expect("certificates");
        let sqlite = format!("sqlite:{}", folder.path().join("store.db").display());
        let config = service::config::EXAMPLE
            .replace("127.0.0.1:8443", "127.0.0.1:0")
            .replace("metrics_listen = \"127.0.0.1:9443\"", "")
            .replace("calls_per_second = 2000\n", "calls_per_second = 1000000\n")
            .replace("calls_per_second = 500\n", "calls_per_second = 1000000\n")
            .replace("calls_per_second = 100\n", "calls_per_second = 1000000\n")
            .replace("lame_duck_seconds = 5", "lame_duck_seconds = 0")
            .replace("grace_seconds = 30\nlame", "grace_seconds = 5\nlame");
        // In PostgreSQL ratings and ledger share a database, in SQLite each has a file.
        let own = format!("sqlite:{}", folder.path().join("ledger.db").display());
        let ledger = address.clone().unwrap_or(own);
        Self { address: address.unwrap_or(sqlite), ledger, keys, folder, config }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub async fn store(&self) -> Store {
        Store::open(&self.address, self.keys.clone()).await.expect("a store")
    }

    pub async fn books(&self) -> Ledger {
        Ledger::open(&self.ledger).await.expect("a ledger")
    }

    /// Starts a server of all services at a desk but those of the ledger.
    pub async fn host(&self, desk: Desk) -> Running {
        self.host_with(desk, None).await
    }

    /// Starts a server of all services at a desk, with those of a ledger where there is one.
    pub async fn host_with(&self, desk: Desk, books: Option<Ledger>) -> Running {
        let config = Config::parse(&self.config, &self.path("shangzhi.toml")).expect("a configuration");
        let services = Services::new(&config.limits)
            .ratings(Ratings::new(desk.clone()))
            .consents(ConsentDesk::new(desk.clone()))
            .models(ModelDesk::new(desk.clone()))
            .subjects(SubjectDesk::new(desk.clone()));
        let services = match &books {
            Some(books) => services.ledger(LedgerDesk::new(desk.clone(), books.clone())),
            None => services,
        };
        let server = Server::bind(config).await.expect("a server");
        let endpoint = format!("https://localhost:{}", server.address().expect("an address").port());
        let (stop, stopped) = oneshot::channel();
        let task = tokio::spawn(async move {
            server.run(services, async { drop(stopped.await) }).await.expect("it runs");
        });
        Running { desk, books, endpoint, certs: self.path("certs"), stop, task }
    }
}

impl Running {
    /// The client of a certificate.
    pub async fn client(&self, id: &str) -> Client {
        let read = |name: &str| std::fs::read(self.certs.join(name)).expect("a certificate");
        let (cert, key) = (read(&format!("{id}.pem")), read(&format!("{id}.key")));
        let client = Client::connect(&self.endpoint, read("ca.pem"), cert, key).await.expect("a connection");
        client.with_deadline(Duration::from_secs(20))
    }

    /// Where the server listens.
    pub fn address(&self) -> SocketAddr {
        let port = self.endpoint.rsplit(':').next().and_then(|port| port.parse().ok()).expect("a port");
        SocketAddr::from(([127, 0, 0, 1], port))
    }

    /// The folder of certificates of clients and of their authority.
    pub fn certs(&self) -> &Path {
        &self.certs
    }

    pub async fn stop(self) {
        drop(self.stop);
        self.task.await.expect("it ends");
        if let Some(books) = &self.books {
            books.close().await;
        }
        self.desk.store().close().await;
    }

    pub fn store(&self) -> &Store {
        self.desk.store()
    }
}
