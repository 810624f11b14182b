//! Deletion of what has expired: the key of a subject is destroyed, and with it all that lies under it.
//!
//! Rows, digests and the chain stay as they are; a line of the chain names the key and the SHA-256 of its wrapped bytes.
//! On SQLite the overwritten bytes leave the file and its log at once; on PostgreSQL they leave the table by `VACUUM`, and
//! the write-ahead log and backups when those are recycled. A copy of the wrapped key in a backup opens with its
//! key-encryption key only.

use crate::audit::NewLine;
use crate::engine::Value;
use crate::engine::in_list;
use crate::group::Group;
use crate::table::{Hasher, KEY_DESTRUCTIONS};
use crate::writer::Job;
use crate::{Error, Store, UnixMicros};

/// Keys looked at in one transaction: other writers wait no longer than for these.
const STEP: i64 = 500;

pub(crate) enum Which {
    Subject(String),
    /// All beyond the key `after` under which nothing must be kept after `until`.
    Expired {
        until: UnixMicros,
        after: i64,
    },
}

/// What one transaction did.
pub(crate) struct Run {
    destroyed: Vec<Destroyed>,
    /// The last key that it looked at; `None` when there was none left.
    last: Option<i64>,
}

/// A destroyed key.
#[derive(Debug, Clone, PartialEq)]
pub struct Destroyed {
    /// Number of the key.
    pub key_no: i64,
    /// Number of the audit line that proves it.
    pub line: i64,
    /// SHA-256 of the wrapped key as it was stored.
    pub wrapped_sha256: [u8; 32],
    /// When: the time of the line.
    pub on: UnixMicros,
}

/// What a run of retention did.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Retention {
    /// The keys.
    pub destroyed: Vec<Destroyed>,
    /// The old bytes have left the engine's own files; `false` when a reader held them back: run again.
    pub scrubbed: bool,
}

impl Store {
    /// Destroys the key of `subject`: its answers and inputs, who signed its consents, the texts of its objections.
    ///
    /// `line` says when, who and why; the store adds which key and its digest.
    ///
    /// # Errors
    /// [`Error::NotFound`] when it has no key; [`Error::is_unavailable`] errors.
    pub async fn destroy_subject_key(&self, subject: &str, line: NewLine) -> Result<Retention, Error> {
        let destroyed = self.destroy(Which::Subject(subject.to_owned()), &line).await?.destroyed;
        if destroyed.is_empty() {
            return Err(Error::NotFound { what: "key of", id: subject.to_owned() });
        }
        Ok(Retention { destroyed, scrubbed: self.scrub().await? })
    }

    /// Destroys the keys of all subjects of whom everything sealed has a `retain_until` before or at `until`.
    ///
    /// # Errors
    /// [`Error::is_unavailable`] errors. What was destroyed before the error stays destroyed and is in the chain.
    pub async fn destroy_expired_keys(&self, until: UnixMicros, line: NewLine) -> Result<Retention, Error> {
        let mut out = Retention { destroyed: Vec::new(), scrubbed: true };
        let mut after = 0;
        loop {
            let run = self.destroy(Which::Expired { until, after }, &line).await?;
            out.destroyed.extend(run.destroyed);
            match run.last {
                Some(last) => after = last,
                None => break,
            }
        }
        if !out.destroyed.is_empty() {
            out.scrubbed = self.scrub().await?;
        }
        Ok(out)
    }

    async fn destroy(&self, which: Which, line: &NewLine) -> Result<Run, Error> {
        self.ask(|reply| Job::Destroy(which, Box::new(line.clone()), reply)).await
    }

    async fn scrub(&self) -> Result<bool, Error> {
        self.ask(Job::Scrub).await
    }
}

impl Group<'_> {
    /// Destroys keys within the transaction, one line for each.
    pub(crate) async fn destroy(&mut self, which: &Which, line: &NewLine) -> Result<Run, Error> {
        let (mut values, mut last) = (Vec::new(), None);
        let condition = match which {
            Which::Subject(subject) => in_list("k.subject_mac", &mut values, self.keys().pseudonyms(subject)),
            Which::Expired { until, after } => {
                let sql = "SELECT MAX(key_no) FROM (SELECT key_no FROM subject_keys \
                           WHERE key_no > $1 AND destroyed_at IS NULL ORDER BY key_no LIMIT $2) k";
                let rows = self.conn().rows(sql, vec![(*after).into(), STEP.into()]).await?;
                last = rows.first().map_or(Ok(None), |row| row.get::<Option<i64>>(0))?;
                values = vec![(*until).into(), (*after).into(), last.unwrap_or(*after).into()];
                // Each of these tables has an index on the number of the key.
                let kept = ["ratings", "consents", "objection_events"].map(|table| {
                    format!(
                        " AND NOT EXISTS (SELECT 1 FROM {table} t WHERE t.key_no = k.key_no AND t.retain_until > $1)"
                    )
                });
                format!("k.key_no > $2 AND k.key_no <= $3{}", kept.concat())
            }
        };
        let sql =
            format!("SELECT k.key_no, k.wrapped FROM subject_keys k WHERE k.destroyed_at IS NULL AND {condition}");
        let mut destroyed = Vec::new();
        for row in self.conn().rows(sql, values).await? {
            let (key_no, wrapped): (i64, Vec<u8>) = (row.get(0)?, row.get(1)?);
            destroyed.push(self.destroy_one(key_no, &wrapped, line).await?);
        }
        Ok(Run { destroyed, last })
    }

    async fn destroy_one(&mut self, key_no: i64, wrapped: &[u8], line: &NewLine) -> Result<Destroyed, Error> {
        let wrapped_sha256 = Hasher::plain(wrapped);
        let sql = "UPDATE subject_keys SET wrapped = $1, destroyed_at = $2 WHERE key_no = $3";
        let values = vec![Value::from(Vec::new()), line.at.into(), key_no.into()];
        self.conn().execute(sql, values).await?;
        let hex: String = wrapped_sha256.iter().map(|b| format!("{b:02x}")).collect();
        let line = NewLine {
            object_id: Some(format!("subject_key/{key_no}")),
            detail: Some(format!("wrapped key sha256:{hex}")),
            ..line.clone()
        };
        let row = vec![self.next().into(), key_no.into(), wrapped_sha256.into(), line.at.into()];
        let seq = self.line(&line, vec![(&KEY_DESTRUCTIONS, row)]).await?;
        Ok(Destroyed { key_no, line: seq, wrapped_sha256, on: line.at })
    }
}
