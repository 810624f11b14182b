//! A city to ask for ratings of, and what others do to its enterprises.

use crate::place::{DAY, Place, Running};
use api::client::Client;
use api::rating::v1::{
    AssessBatchRequest, AssessRequest, Objection, ObjectionState, OpenObjectionRequest, Purpose, Rating,
    ResolveObjectionRequest, assess_batch_response::Result as Item,
};
use api::request_id;
use features::Options;
use features::catalogue::Catalogue;
use features::schema::sources;
use features::snapshot::{self, Snapshots};
use service::{Desk, Models};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::Duration;
use store::{NewConsent, NewLine, Record, Revocation, Write};
use tonic::Status;

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

impl Place {
    /// Starts a server for the city, with the one model active.
    pub async fn serve(&self) -> Running {
        let snapshots = Snapshots::open(&city().snapshots()).expect("a snapshot");
        let models = models();
        assert!(models.activate(&models.all()[0].digest));
        self.host(Desk::new(self.store().await, snapshots, models)).await
    }
}

impl Running {
    pub fn line(&self, action: &str, subject: &str) -> NewLine {
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

    /// The enterprise objects, through the platform, to a source; the id of the objection.
    pub async fn object(&self, subject: &str, source_id: &str) -> String {
        let request = OpenObjectionRequest {
            request_id: request_id::new(),
            enterprise_id: subject.into(),
            source_id: source_id.into(),
            statement: "税务数据有误".into(),
            ..OpenObjectionRequest::default()
        };
        let opened = self.client("platform").await.call(request).await.expect("opened");
        opened.objection.expect("an objection").objection_id
    }

    /// The bureau answers an objection.
    pub async fn resolve(&self, objection_id: &str, outcome: ObjectionState) -> Objection {
        let request = ResolveObjectionRequest {
            request_id: request_id::new(),
            objection_id: objection_id.into(),
            state: outcome.into(),
            answer: "已核实".into(),
        };
        let resolved = self.client("bureau").await.call(request).await.expect("resolved");
        resolved.objection.expect("an objection")
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
