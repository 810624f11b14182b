//! Stores to test with, and rows to put in them.
#![allow(dead_code, unreachable_pub, reason = "each test binary uses a part")]

pub mod postgres;

use store::{Keys, NewConsent, NewDecision, NewLine, NewObjection, NewRating, Record, Revocation, Store, Write};

/// 2026-11-01T00:00:00Z.
pub const T0: i64 = 1_793_491_200_000_000;
pub const DAY: i64 = 86_400_000_000;

/// An engine that is running, with an empty database of its own at each call.
pub enum Engine<'a> {
    Sqlite,
    Postgres(&'a postgres::Server),
}

/// An address with its keys; the files go when it is dropped.
pub struct Place {
    pub folder: tempfile::TempDir,
    pub address: String,
    pub keys: Keys,
}

impl Engine<'_> {
    pub fn place(&self) -> Place {
        let folder = tempfile::tempdir().expect("a folder");
        let keys = Keys::generate(&folder.path().join("keys"), "k1").expect("keys");
        let address = match self {
            Self::Sqlite => format!("sqlite:{}", folder.path().join("store.db").display()),
            Self::Postgres(server) => server.database(),
        };
        Place { folder, address, keys }
    }
}

impl Place {
    pub async fn open(&self) -> Store {
        Store::open(&self.address, self.keys.clone()).await.expect("open")
    }
}

pub fn line(action: &str, at: i64) -> NewLine {
    NewLine {
        at,
        actor: "spiffe://bank/a".into(),
        role: "bank".into(),
        tenant: Some("a".into()),
        action: action.into(),
        subject: None,
        purpose: None,
        outcome: "OK".into(),
        object_id: None,
        detail: None,
    }
}

pub fn uuid() -> String {
    uuid::Uuid::now_v7().to_string()
}

/// A rating of `subject` for `tenant`; its request id is `request`, its body digest is made of `body`.
pub fn rating(tenant: &str, subject: &str, request: &str, body: u8, at: i64) -> NewRating {
    NewRating {
        rating_id: uuid(),
        tenant: tenant.into(),
        request_id: request.into(),
        body_sha256: [body; 32],
        subject: subject.into(),
        kind: "stored_features".into(),
        created_at: at,
        valid_until: at + 30 * DAY,
        retain_until: at + 365 * DAY,
        model_digest: "sha256:aa".into(),
        snapshot_digest: "sha256:bb".into(),
        answer: format!("answer to {request}").into_bytes(),
        inputs: format!("inputs of {request}").into_bytes(),
    }
}

/// The job that stores a rating.
pub fn job(rating: &NewRating) -> Write {
    let line = NewLine {
        subject: Some(rating.subject.clone()),
        tenant: Some(rating.tenant.clone()),
        purpose: Some("pre_loan".into()),
        object_id: Some(rating.rating_id.clone()),
        ..line("Assess", rating.created_at)
    };
    Write::of(line, Record::Rating(Box::new(rating.clone())))
}

pub fn consent(tenant: &str, subject: &str, id: &str, at: i64) -> NewConsent {
    NewConsent {
        consent_id: id.into(),
        tenant: tenant.into(),
        subject: subject.into(),
        purpose: "pre_loan".into(),
        categories: vec!["tax".into(), "invoice".into()],
        lending_data: true,
        personal: false,
        granter: "platform".into(),
        signatory: "王五".into(),
        valid_from: at,
        valid_until: at + 90 * DAY,
        retain_until: at + 365 * DAY,
        text_digest: "sha256:cc".into(),
        text_place: "platform/2026/1.pdf".into(),
        granted_at: at,
    }
}

pub fn grant(consent: &NewConsent) -> Write {
    let line = NewLine { subject: Some(consent.subject.clone()), ..line("Grant", consent.granted_at) };
    Write::of(line, Record::Consent(Box::new(consent.clone())))
}

pub fn revoke(tenant: &str, id: &str, at: i64) -> Write {
    let record = Revocation {
        tenant: tenant.into(),
        consent_id: id.into(),
        revoked_at: at,
        revoked_by: "platform".into(),
        reason: "疑问".into(),
    };
    Write::of(line("Revoke", at), Record::Revocation(record))
}

pub fn decision(tenant: &str, rating_id: &str, at: i64) -> Write {
    decision_because(None, tenant, rating_id, at)
}

/// A decision on a rating of the subject `s`, with a reason where it departs from it.
pub fn decision_because(reason: Option<&str>, tenant: &str, rating_id: &str, at: i64) -> Write {
    let record = NewDecision {
        tenant: tenant.into(),
        rating_id: rating_id.into(),
        subject: "s".into(),
        decision: "granted".into(),
        amount_fen: Some(30_000_000),
        override_reason: reason.map(str::to_owned),
        decided_at: at,
        decided_by: "spiffe://bank/a".into(),
    };
    Write::of(line("ReportDecision", at), Record::Decision(record))
}

pub fn objection(subject: &str, id: &str, rating_id: Option<&str>, at: i64) -> NewObjection {
    NewObjection {
        objection_id: id.into(),
        subject: subject.into(),
        rating_id: rating_id.map(str::to_owned),
        opened_at: at,
        due_on: chrono::NaiveDate::from_ymd_opt(2026, 11, 21).expect("a day"),
        state: "open".into(),
        text: "税务数据有误".into(),
        retain_until: at + 365 * DAY,
    }
}

/// Rows that a statement past the store changed.
pub async fn raw(address: &str, sql: &str) -> Result<u64, Box<dyn std::error::Error>> {
    use sqlx::{AssertSqlSafe, Connection as _, Executor as _};
    Ok(match address.strip_prefix("sqlite:") {
        Some(path) => rusqlite::Connection::open(path)?.execute(sql, [])? as u64,
        None => sqlx::PgConnection::connect(address).await?.execute(AssertSqlSafe(sql)).await?.rows_affected(),
    })
}

/// Lets rows of a table be changed, past the store.
pub async fn without_triggers(address: &str, table: &str) {
    if !address.starts_with("sqlite:") {
        let off = format!("ALTER TABLE {table} DISABLE TRIGGER USER");
        raw(address, &off).await.expect("off");
        return;
    }
    for of in ["update", "delete"] {
        raw(address, &format!("DROP TRIGGER {table}_{of}")).await.expect("dropped");
    }
}
