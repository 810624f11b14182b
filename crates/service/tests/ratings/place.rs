//! A city, a store and servers over mutual TLS, to ask for ratings.

use api::client::Client;
use api::rating::v1::{AssessBatchRequest, AssessRequest, Purpose, Rating, assess_batch_response::Result as Item};
use api::request_id;
use features::Options;
use features::catalogue::Catalogue;
use features::schema::sources;
use features::snapshot::{self, Snapshots};
use service::{Config, Desk, Models, Ratings, Server, Services, certs};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::Duration;
use store::{Keys, NewConsent, NewLine, NewObjection, ObjectionMove, Record, Revocation, Store, Write};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tonic::Status;

pub const DAY: i64 = 86_400_000_000;
const AS_OF: &str = "2025-12-31";
const ENTERPRISES: u64 = 300;

/// A city that does not exist, its features as a snapshot.
pub struct City {
    pub folder: tempfile::TempDir,
}

impl City {
    pub fn snapshots(&self) -> PathBuf {
        self.folder.path().join("snapshots")
    }

    pub fn ids(&self) -> Vec<String> {
        let snapshots = Snapshots::open(&self.snapshots()).expect("a snapshot");
        snapshots.current().ids().map(|id| id.expect("an id").to_owned()).collect()
    }
}

/// The city, made once for all tests of the process.
pub fn city() -> &'static City {
    static CITY: OnceLock<City> = OnceLock::new();
    CITY.get_or_init(|| {
        let folder = tempfile::tempdir().expect("a folder");
        let path = |name: &str| folder.path().join(name);
        let mut options = city::Options::new(path("city"));
        (options.enterprises, options.months) = (ENTERPRISES, 36);
        city::simulate(&options, &|_| ()).expect("a city");
        let options = Options {
            sources: &path("city/sources"),
            as_of: AS_OF.parse().expect("a day"),
            out: &path("features.parquet"),
            enterprises: None,
            issues: None,
            memory_bytes: 1 << 28,
        };
        features::compute(&Catalogue::built_in(), &options, &|_| ()).expect("features");
        std::fs::create_dir(path("snapshots")).expect("a folder");
        snapshot::write(&path("features.parquet"), &path("snapshots/2025-12-31.snap"), &|_| ()).expect("a snapshot");
        City { folder }
    })
}

/// Where models are.
pub fn models() -> Models {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models");
    Models::open(&folder).expect("models")
}

/// A store with keys and certificates, and no server yet.
pub struct Place {
    pub folder: tempfile::TempDir,
    address: String,
    keys: Keys,
}

/// A server that runs.
pub struct Running {
    pub desk: Desk,
    endpoint: String,
    certs: PathBuf,
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<()>,
}

impl Place {
    /// With a store at the address, or in SQLite.
    pub fn new(address: Option<String>) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let keys = Keys::generate(&folder.path().join("keys"), "k1").expect("keys");
        certs::init(&folder.path().join("certs")).expect("certificates");
        let sqlite = format!("sqlite:{}", folder.path().join("store.db").display());
        Self { address: address.unwrap_or(sqlite), keys, folder }
    }

    fn config(&self) -> Config {
        let text = service::config::EXAMPLE
            .replace("127.0.0.1:8443", "127.0.0.1:0")
            .replace("metrics_listen = \"127.0.0.1:9443\"", "")
            .replace("calls_per_second = 2000\n", "calls_per_second = 1000000\n")
            .replace("lame_duck_seconds = 5", "lame_duck_seconds = 0")
            .replace("grace_seconds = 30\nlame", "grace_seconds = 5\nlame");
        Config::parse(&text, &self.folder.path().join("shangzhi.toml")).expect("a configuration")
    }

    /// Starts a server, with the one model active.
    pub async fn serve(&self) -> Running {
        let store = Store::open(&self.address, self.keys.clone()).await.expect("a store");
        let snapshots = Snapshots::open(&city().snapshots()).expect("a snapshot");
        let models = models();
        assert!(models.activate(&models.all()[0].digest));
        let desk = Desk::new(store, snapshots, models);
        let config = self.config();
        let services = Services::new(&config.limits).rating(Ratings::new(desk.clone()));
        let server = Server::bind(config).await.expect("a server");
        server.readiness().set("shangzhi.rating.v1.RatingService", true).await;
        let endpoint = format!("https://localhost:{}", server.address().expect("an address").port());
        let (stop, stopped) = oneshot::channel::<()>();
        let task = tokio::spawn(async move {
            let stopped = async { _ = stopped.await };
            server.run(services, stopped).await.expect("it runs");
        });
        Running { desk, endpoint, certs: self.folder.path().join("certs"), stop: Some(stop), task }
    }
}

impl Running {
    pub async fn client(&self, id: &str) -> Client {
        let read = |name: String| std::fs::read(self.certs.join(name)).expect("a certificate");
        let (ca, cert, key) = (read("ca.pem".into()), read(format!("{id}.pem")), read(format!("{id}.key")));
        let client = Client::connect(&self.endpoint, ca, cert, key).await.expect("a connection");
        client.with_deadline(Duration::from_secs(20))
    }

    pub async fn stop(mut self) {
        if let Some(stop) = self.stop.take() {
            _ = stop.send(());
        }
        self.task.await.expect("it ends");
        self.desk.store().close().await;
    }

    pub fn store(&self) -> &Store {
        self.desk.store()
    }

    fn line(&self, action: &str, subject: &str) -> NewLine {
        NewLine {
            at: self.desk.now(),
            actor: "platform".into(),
            role: "platform".into(),
            tenant: None,
            action: action.into(),
            subject: Some(subject.into()),
            purpose: None,
            outcome: "OK".into(),
            object_id: None,
            detail: None,
        }
    }

    /// Grants a consent for applications, of all sources but some; its id.
    pub async fn grant(&self, bank: &str, subject: &str, but: &[&str]) -> String {
        let private = sources().iter().filter(|s| !s.public && !but.contains(&s.id.as_str()));
        let now = self.desk.now();
        let consent = NewConsent {
            consent_id: request_id::new(),
            tenant: bank.into(),
            subject: subject.into(),
            purpose: "loan_application".into(),
            categories: private.map(|s| s.id.clone()).collect(),
            lending_data: true,
            personal: true,
            granter: "platform".into(),
            signatory: "王五".into(),
            valid_from: now - DAY,
            valid_until: now + 30 * DAY,
            retain_until: now + 60 * DAY,
            text_digest: "sha256:cc".into(),
            text_place: "platform/1.pdf".into(),
            granted_at: now,
        };
        let id = consent.consent_id.clone();
        let write = Write::of(self.line("GrantConsent", subject), Record::Consent(Box::new(consent)));
        self.store().write(write).await.expect("granted");
        id
    }

    pub async fn revoke(&self, bank: &str, subject: &str, consent_id: &str) {
        let revocation = Revocation {
            tenant: bank.into(),
            consent_id: consent_id.into(),
            revoked_at: self.desk.now(),
            revoked_by: "platform".into(),
            reason: String::new(),
        };
        let write = Write::of(self.line("RevokeConsent", subject), Record::Revocation(revocation));
        self.store().write(write).await.expect("revoked");
    }

    pub async fn object(&self, subject: &str) -> String {
        let now = self.desk.now();
        let objection = NewObjection {
            objection_id: request_id::new(),
            subject: subject.into(),
            rating_id: None,
            opened_at: now,
            due_on: "2099-01-01".parse().expect("a day"),
            state: "open".into(),
            text: "税务数据有误".into(),
            retain_until: now + DAY,
        };
        let id = objection.objection_id.clone();
        let write = Write::of(self.line("OpenObjection", subject), Record::Objection(objection));
        self.store().write(write).await.expect("opened");
        id
    }

    pub async fn resolve(&self, subject: &str, objection_id: &str, outcome: &str) {
        let now = self.desk.now();
        let step = ObjectionMove {
            objection_id: objection_id.into(),
            subject: subject.into(),
            at: now,
            state: outcome.into(),
            outcome: Some(outcome.into()),
            text: "已核实".into(),
            retain_until: now + DAY,
        };
        let write = Write::of(self.line("ResolveObjection", subject), Record::ObjectionMove(step));
        self.store().write(write).await.expect("resolved");
    }
}

pub fn request(subject: &str) -> AssessRequest {
    AssessRequest {
        request_id: request_id::new(),
        enterprise_id: subject.into(),
        purpose: Purpose::LoanApplication.into(),
        ..AssessRequest::default()
    }
}

pub async fn assess(client: &Client, request: AssessRequest) -> Result<Rating, Status> {
    client.call(request).await.map(|answer| answer.rating.expect("a rating"))
}

/// The answers of a stream: all requests, in order.
pub async fn batch(client: &Client, requests: &[AssessRequest]) -> Vec<Result<Rating, Status>> {
    let items: Vec<AssessBatchRequest> = requests
        .iter()
        .map(|r| AssessBatchRequest {
            request_id: r.request_id.clone(),
            enterprise_id: r.enterprise_id.clone(),
            purpose: r.purpose,
            features: r.features.clone(),
            model_id: r.model_id.clone(),
        })
        .collect();
    let mut answers = client.assess_batch(tokio_stream::iter(items), Duration::from_secs(60)).await.expect("a stream");
    let mut out = Vec::new();
    while let Some(answer) = answers.next().await.expect("an answer") {
        assert_eq!(answer.request_id, requests[out.len()].request_id, "in order");
        out.push(match answer.result.expect("a result") {
            Item::Rating(rating) => Ok(rating),
            Item::Error(error) => Err(api::status::from_item(&error)),
        });
    }
    assert_eq!(out.len(), requests.len());
    out
}
