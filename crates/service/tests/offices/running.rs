//! A server with a store, a snapshot and models of its own, a clock that the test sets, and clients by certificate.

#![allow(unreachable_pub)]

use api::client::Client;
use api::rating::v1;
use api::status::error_info;
use features::catalogue::Catalogue;
use features::snapshot::{FIGURES, NewRow, Snapshots, TEXTS, Writer};
use primitives::{Digest, digest_hex};
use prost::Message as _;
use service::{Config, ConsentDesk, Desk, Ended, Error, ModelDesk, Models, Server, Services, SubjectDesk};
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use store::{Keys, NewLine, NewRating, Record, Store, Write};
use tempfile::TempDir;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tonic::{Code, Status};

pub const E1: &str = "91500105MA5U000017";
pub const DAY: i64 = 86_400_000_000;

/// 2026-11-25T10:00:00Z.
pub const NOW: i64 = 1_795_600_800_000_000;

/// Files of a server, which outlive it.
pub struct Place {
    pub folder: TempDir,
    pub clock: Arc<AtomicI64>,
}

/// A server that runs.
pub struct Running {
    pub at: SocketAddr,
    pub desk: Desk,
    certs: PathBuf,
    stop: oneshot::Sender<()>,
    run: JoinHandle<Result<Ended, Error>>,
}

fn free_port() -> u16 {
    loop {
        let port = fastrand::u16(20_000..32_000);
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}

impl Place {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path();
        service::certs::init(&path.join("certs")).expect("certificates");
        Keys::generate(&path.join("keys.toml"), "k1").expect("keys");
        std::fs::create_dir(path.join("snapshots")).expect("a folder");
        let catalogue = Catalogue::built_in();
        let (states, values) = ("u".repeat(catalogue.features.len()), vec![f64::NAN; catalogue.features.len()]);
        let mut texts = [None; TEXTS.len()];
        (texts[0], texts[1], texts[2]) = (Some(E1), Some("2026-10-31"), Some(&*catalogue.version));
        texts[TEXTS.len() - 2] = Some("invoices:12~;loans:x;registry:3;tax_returns:-");
        texts[TEXTS.len() - 1] = Some(&*states);
        let out = path.join("snapshots/a.snap");
        let mut writer = Writer::create(&out, &catalogue.version, values.len()).expect("a writer");
        writer.push(&NewRow { texts, figures: [f64::NAN; FIGURES.len()], values: &values }).expect("a row");
        writer.finish().expect("a snapshot");
        let place = Self { folder, clock: Arc::new(AtomicI64::new(NOW)) };
        std::fs::create_dir(place.path("models")).expect("a folder");
        place
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn store_url(&self) -> String {
        format!("sqlite:{}", self.path("shangzhi.db").display())
    }

    pub fn set(&self, at: i64) {
        self.clock.store(at, Ordering::SeqCst);
    }

    /// A version of the model of the repository with changes; its digest.
    pub fn model(&self, version: &str, change: impl FnOnce(&mut scoring::ModelFile)) -> String {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models/commercial-value/1/model.json");
        let model = scoring::Model::from_json(&std::fs::read(source).expect("the model")).expect("a model");
        let mut file = model.file().clone();
        file.model_version = version.to_owned();
        change(&mut file);
        let text = file.to_json().expect("JSON");
        let folder = self.path("models/commercial-value").join(version);
        std::fs::create_dir_all(&folder).expect("a folder");
        let digest = Digest::sha256(text.as_bytes());
        std::fs::write(folder.join("model.json"), &text).expect("written");
        std::fs::write(folder.join("SHA256SUMS"), format!("{}  model.json\n", digest_hex(&digest))).expect("written");
        digest.to_string()
    }

    pub async fn start(&self) -> Running {
        let example = include_str!("../../shangzhi.example.toml");
        let path = self.path("shangzhi.toml");
        let (server, config) = loop {
            let text = example
                .replace("127.0.0.1:8443", &format!("127.0.0.1:{}", free_port()))
                .replace("127.0.0.1:9443", &format!("127.0.0.1:{}", free_port()))
                .replace("lame_duck_seconds = 5", "lame_duck_seconds = 0")
                .replace("grace_seconds = 30\nlame", "grace_seconds = 3\nlame");
            let config = Config::parse(&text, &path).expect("a configuration");
            match Server::bind(config.clone()).await {
                Ok(server) => break (server, config),
                Err(Error::Listen { .. }) => continue, // another test was quicker
                Err(e) => panic!("{e:?}"),
            }
        };
        let keys = Keys::read(&self.path("keys.toml")).expect("keys");
        let store = Store::open(&self.store_url(), keys).await.expect("a store");
        let snapshots = Snapshots::open(&config.snapshots_dir).expect("a snapshot");
        let models = Models::open(&config.models_dir).expect("models");
        models.follow(&store).await.expect("activations");
        let clock = Arc::clone(&self.clock);
        let desk = Desk::with_clock(store, snapshots, models, move || clock.fetch_add(1, Ordering::SeqCst));
        let services = Services::new(&config.limits)
            .consents(ConsentDesk::new(desk.clone()))
            .models(ModelDesk::new(desk.clone()))
            .subjects(SubjectDesk::new(desk.clone()));
        let (stop, stopped) = oneshot::channel();
        let run = tokio::spawn(server.run(services, async move { drop(stopped.await) }));
        Running { at: config.listen, desk, certs: self.path("certs"), stop, run }
    }
}

impl Running {
    /// The client of a certificate.
    pub async fn client(&self, id: &str) -> Client {
        let read = |name: String| std::fs::read(self.certs.join(name)).expect("a file");
        let endpoint = format!("https://localhost:{}", self.at.port());
        let (cert, key) = (read(format!("{id}.pem")), read(format!("{id}.key")));
        Client::connect(&endpoint, read("ca.pem".into()), cert, key).await.expect("a connection")
    }

    pub async fn stop(self) {
        drop(self.stop);
        self.run.await.expect("no panic").expect("an end");
        self.desk.store().close().await;
    }

    /// A rating of E1 as a bank received it.
    pub async fn rate(&self, bank: &str, sources: &[(&str, v1::SourceState)]) -> String {
        let at = self.desk.now();
        let rating_id = api::request_id::new();
        let age = |(id, state): &(&str, v1::SourceState)| v1::SourceAge {
            source_id: (*id).to_owned(),
            state: (*state).into(),
            ..v1::SourceAge::default()
        };
        let rating = v1::Rating {
            rating_id: rating_id.clone(),
            enterprise_id: E1.into(),
            grade: "BBB".into(),
            sources: sources.iter().map(age).collect(),
            ..v1::Rating::default()
        };
        let record = NewRating {
            rating_id: rating_id.clone(),
            tenant: bank.into(),
            request_id: api::request_id::new(),
            body_sha256: [0; 32],
            subject: E1.into(),
            kind: "stored_features".into(),
            created_at: at,
            valid_until: at + DAY,
            retain_until: at + 30 * DAY,
            model_digest: "sha256:aa".into(),
            snapshot_digest: "sha256:bb".into(),
            answer: rating.encode_to_vec(),
            inputs: b"inputs".to_vec(),
        };
        let line = self.line(bank, "Assess", "OK", Some(&rating_id));
        self.desk.store().write(Write::of(line, Record::Rating(Box::new(record)))).await.expect("stored");
        rating_id
    }

    /// A line of a bank about E1, as the handlers of ratings write them.
    pub fn line(&self, bank: &str, action: &str, outcome: &str, object_id: Option<&str>) -> NewLine {
        NewLine {
            at: self.desk.now(),
            actor: bank.into(),
            role: "bank".into(),
            tenant: Some(bank.into()),
            action: action.into(),
            subject: Some(E1.into()),
            purpose: Some("loan_application".into()),
            outcome: outcome.into(),
            object_id: object_id.map(str::to_owned),
            detail: None,
        }
    }
}

/// Code and reason.
pub fn said(status: &Status) -> (Code, String) {
    (status.code(), error_info(status).reason)
}

/// What a refused call said: its code, reason and, with blanks between, the fields.
#[track_caller]
pub fn refused<T: std::fmt::Debug>(result: Result<T, Status>) -> (Code, String, String) {
    let status = result.expect_err("it is refused");
    let info = error_info(&status);
    let fields: Vec<String> = info.violations.into_iter().map(|v| v.field).collect();
    (status.code(), info.reason, fields.join(" "))
}

pub fn expect(code: Code, reason: &str, fields: &str) -> (Code, String, String) {
    (code, reason.to_owned(), fields.to_owned())
}
