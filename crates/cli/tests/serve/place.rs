//! A city and the program that serves it.

use crate::common::{Place, names};
use api::client::Client;
use api::rating::v1::{AssessBatchRequest, AssessRequest, Purpose};
use api::request_id;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use store::{Keys, NewConsent, NewLine, Record, Store, Write};

const SOURCES: [&str; 12] = [
    "bank_flows",
    "complaints",
    "credit_queries",
    "housing_fund",
    "invoices",
    "loans",
    "real_estate",
    "social_security",
    "tax_filings",
    "tax_returns",
    "tax_status",
    "utilities",
];
const NOW: i64 = 1_700_000_000_000_000;

/// The program that serves, as a process.
pub struct Running {
    process: Child,
    pub port: u16,
}

impl Running {
    pub fn start(place: &Place) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_shangzhi"));
        command.args(["serve", "--config", "shangzhi.toml"]);
        Self::of(command, place)
    }

    /// Starts it by a command that becomes the program.
    pub fn of(mut command: Command, place: &Place) -> Self {
        let mut process = command
            .current_dir(place.path("."))
            .stdout(Stdio::piped())
            .stderr(std::fs::File::create(place.path("serve.log")).expect("a log"))
            .spawn()
            .expect("the program starts");
        let lines = BufReader::new(process.stdout.take().expect("its output")).lines();
        let serving = lines.map(|l| l.expect("UTF-8")).find_map(|l| l.strip_prefix("serving at ").map(str::to_owned));
        let address = serving.unwrap_or_else(|| panic!("it does not serve: {}", place.read("serve.log")));
        let port = address.rsplit(':').next().and_then(|p| p.parse().ok()).expect("a port");
        Self { process, port }
    }

    pub fn id(&self) -> i32 {
        self.process.id().cast_signed()
    }

    pub fn signal(&self, signal: i32) {
        // SAFETY: the process is our child and has not been waited for.
        unsafe { libc::kill(self.id(), signal) };
    }

    /// Ends it as an operator does; its exit code.
    pub fn end(mut self) -> Option<i32> {
        self.signal(libc::SIGTERM);
        self.process.wait().expect("it ends").code()
    }

    /// kill -9; gone when this returns.
    pub fn kill(mut self) {
        self.signal(libc::SIGKILL);
        self.process.wait().expect("gone");
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.process.kill();
    }
}

/// A made city with its features, ratings and model, and a configuration.
pub fn place() -> Place {
    let place = Place::new();
    place.ok("simulate --out city --enterprises 150 --months 30 --seed 5");
    place.ok("features --sources city/sources --as-of 2025-12-31 --out features.parquet");
    let model = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models/commercial-value/1");
    std::fs::create_dir_all(place.path("models/commercial-value")).expect("a folder");
    for name in names(&model) {
        std::fs::copy(model.join(&name), place.path("models/commercial-value").join(&name)).expect("copied");
    }
    place.ok("assess --features features.parquet --model models/commercial-value --out ratings.csv");
    place.write(
        "shangzhi.toml",
        place
            .ok("serve --print-config")
            .replace("127.0.0.1:8443", "127.0.0.1:0")
            .replace("metrics_listen = ", "# metrics_listen = ")
            .replace("lame_duck_seconds = 5", "lame_duck_seconds = 0"),
    );
    place
}

/// As [`place`], with all that a server needs to rate, and the enterprises that it has.
pub fn ready(runtime: &tokio::runtime::Runtime) -> (Place, Vec<String>) {
    let place = place();
    let ids: Vec<String> = crate::table(&place).into_keys().collect();
    std::fs::create_dir(place.path("snapshots")).expect("a folder");
    place.ok("snapshot --features features.parquet --out snapshots/2025-12-31.snap");
    place.ok("keys init --out keys.toml");
    place.ok("certs init --dir certs");
    runtime.block_on(consent(&place, &ids));
    place.ok(&activate(&place, "Reviewer"));
    (place, ids)
}

/// The command that activates the model.
pub fn activate(place: &Place, reviewer: &str) -> String {
    let digest = digest_of_the_model(place);
    format!("model activate --config shangzhi.toml --digest {digest} --reviewer {reviewer} --reason tried")
}

fn digest_of_the_model(place: &Place) -> String {
    let sums = place.read("models/commercial-value/SHA256SUMS");
    let hex = sums.lines().find_map(|l| l.strip_suffix("  model.json")).expect("a digest");
    format!("sha256:{hex}")
}

/// The store in a file, with the keys of a place; a server may have it open at the same time.
pub async fn store(place: &Place, database: &Path) -> Store {
    let keys = Keys::read(&place.path("keys.toml")).expect("keys");
    Store::open(&format!("sqlite:{}", database.display()), keys).await.expect("a store")
}

/// Consents of all enterprises for bank-a, as if the platform had handed them in.
pub async fn consent(place: &Place, ids: &[String]) {
    let store = store(place, &place.path("shangzhi.db")).await;
    for id in ids {
        let line = NewLine {
            at: NOW,
            actor: "platform".into(),
            role: "platform".into(),
            tenant: None,
            action: "GrantConsent".into(),
            subject: Some(id.clone()),
            purpose: None,
            outcome: "OK".into(),
            object_id: None,
            detail: None,
        };
        let consent = NewConsent {
            consent_id: request_id::new(),
            tenant: "bank-a".into(),
            subject: id.clone(),
            purpose: "loan_application".into(),
            categories: SOURCES.map(str::to_owned).into(),
            lending_data: true,
            personal: false,
            granter: "platform".into(),
            signatory: "演示".into(),
            valid_from: NOW,
            valid_until: 4 * NOW,
            retain_until: 5 * NOW,
            text_digest: "sha256:00".into(),
            text_place: "nowhere".into(),
            granted_at: NOW,
        };
        store.write(Write::of(line, Record::Consent(Box::new(consent)))).await.expect("granted");
    }
    store.close().await;
}

/// A connection as a client with one of the certificates of `folder`.
pub async fn client(folder: &Path, port: u16, id: &str) -> Client {
    let read = |name: &str| std::fs::read(folder.join("certs").join(name)).expect("a file of certs");
    let (ca, cert, key) = (read("ca.pem"), read(&format!("{id}.pem")), read(&format!("{id}.key")));
    let client = Client::connect(&format!("https://localhost:{port}"), ca, cert, key).await.expect("a connection");
    client.with_deadline(Duration::from_secs(20))
}

pub fn request(id: &str) -> AssessRequest {
    AssessRequest {
        request_id: request_id::new(),
        enterprise_id: id.to_owned(),
        purpose: Purpose::LoanApplication.into(),
        ..AssessRequest::default()
    }
}

pub fn item(id: &str) -> AssessBatchRequest {
    AssessBatchRequest {
        request_id: request_id::new(),
        enterprise_id: id.to_owned(),
        purpose: Purpose::LoanApplication.into(),
        ..AssessBatchRequest::default()
    }
}
