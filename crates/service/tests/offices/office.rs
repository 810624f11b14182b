//! A snapshot and models of a test, and a clock that it sets.

#![allow(dead_code, unreachable_pub, reason = "each test program uses a part")]

use crate::place::{DAY, Place, Running};
use api::rating::v1;
use api::status::error_info;
use features::catalogue::Catalogue;
use features::snapshot::{FIGURES, NewRow, Snapshots, TEXTS, Writer};
use primitives::{Digest, digest_hex};
use prost::Message as _;
use service::{Desk, Models};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use store::{NewLine, NewRating, Record, Write};
use tonic::{Code, Status};

pub const E1: &str = "91500105MA5U000017";

/// 2026-11-25T10:00:00Z.
pub const NOW: i64 = 1_795_600_800_000_000;

/// A place whose snapshot has E1 alone, whose models a test makes, and whose clock it sets.
pub struct Office {
    place: Place,
    clock: Arc<AtomicI64>,
}

impl Office {
    pub fn new(address: Option<String>) -> Self {
        let place = Place::new(address);
        std::fs::create_dir(place.path("snapshots")).expect("a folder");
        let catalogue = Catalogue::built_in();
        let (states, values) = ("u".repeat(catalogue.features.len()), vec![f64::NAN; catalogue.features.len()]);
        let mut texts = [None; TEXTS.len()];
        (texts[0], texts[1], texts[2]) = (Some(E1), Some("2026-10-31"), Some(&*catalogue.version));
        texts[TEXTS.len() - 2] = Some("invoices:12~;loans:x;registry:3;tax_returns:-");
        texts[TEXTS.len() - 1] = Some(&*states);
        let out = place.path("snapshots/a.snap");
        let mut writer = Writer::create(&out, &catalogue.version, values.len()).expect("a writer");
        writer.push(&NewRow { texts, figures: [f64::NAN; FIGURES.len()], values: &values }).expect("a row");
        writer.finish().expect("a snapshot");
        std::fs::create_dir(place.path("models")).expect("a folder");
        Self { place, clock: Arc::new(AtomicI64::new(NOW)) }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.place.path(name)
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
        self.place.host(self.desk().await).await
    }

    /// As [`Office::start`], with the services of the ledger.
    pub async fn start_with_ledger(&self) -> Running {
        self.place.host_with(self.desk().await, Some(self.place.books().await)).await
    }

    async fn desk(&self) -> Desk {
        let store = self.place.store().await;
        let snapshots = Snapshots::open(&self.path("snapshots")).expect("a snapshot");
        let models = Models::open(&self.path("models")).expect("models");
        models.follow(&store).await.expect("activations");
        let clock = Arc::clone(&self.clock);
        let now = move || clock.fetch_add(1, Ordering::SeqCst);
        Desk::with_clock(store, snapshots, models, now)
    }
}

impl Running {
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
