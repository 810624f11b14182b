//! Lines of the audit chain.
//!
//! Updates: none. Deletion: none. Guarantees: sequence numbers are whole and without a gap over all servers; each
//! line's hash covers the hash before it, the line, and the digest of the rows that it carries.
//!
//! `hash = SHA-256(previous hash || "shangzhi.audit.1 sha256 hmac-sha256" || fields)`, every part with a type byte and
//! its length in 8 bytes before it ([`crate::Store::verify`] recomputes all of it from the rows).

use crate::engine::{Row, Value};
use crate::keys::Keys;
use crate::table::{AUDIT, Hasher};
use crate::{Error, UnixMicros};

/// Name of the layout and of its algorithms; the first thing hashed after the previous hash.
const LAYOUT: &str = "shangzhi.audit.1 sha256 hmac-sha256";

/// A line to be written. The store adds its number, the subject's pseudonym and the hash.
#[derive(Debug, Clone, PartialEq)]
pub struct NewLine {
    /// When it happened.
    pub at: UnixMicros,
    /// Who did it: the name in a client certificate, a member of staff.
    pub actor: String,
    /// In which role.
    pub role: String,
    /// For which tenant.
    pub tenant: Option<String>,
    /// What: a method's name.
    pub action: String,
    /// Whom it is about, in clear; only its pseudonym is stored.
    pub subject: Option<String>,
    /// For which purpose.
    pub purpose: Option<String>,
    /// Code of the outcome.
    pub outcome: String,
    /// Id of the rating, consent, … that it is about.
    pub object_id: Option<String>,
    /// What else an auditor needs. No personal data: the chain is never deleted.
    pub detail: Option<String>,
}

/// A line as it stands in the chain.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// Number, from 1, without a gap.
    pub seq: i64,
    /// When it happened.
    pub at: UnixMicros,
    /// Who did it.
    pub actor: String,
    /// In which role.
    pub role: String,
    /// For which tenant.
    pub tenant: Option<String>,
    /// What.
    pub action: String,
    /// HMAC-SHA256 of the subject's id.
    pub subject_mac: Option<[u8; 32]>,
    /// Id of the key of that pseudonym.
    pub mac_key: Option<String>,
    /// For which purpose.
    pub purpose: Option<String>,
    /// Code of the outcome.
    pub outcome: String,
    /// Id of what it is about.
    pub object_id: Option<String>,
    /// What else.
    pub detail: Option<String>,
    /// Names of the tables of the rows that it carries, joined by `+`.
    pub record_kind: Option<String>,
    /// SHA-256 of those rows.
    pub record_sha256: Option<[u8; 32]>,
    /// SHA-256 of the line and all before it.
    pub hash: [u8; 32],
}

/// The rows that a line carries, as the line knows them.
pub(crate) struct Carried {
    pub(crate) kind: String,
    pub(crate) sha256: [u8; 32],
}

impl NewLine {
    /// The row of this line at `seq`, after a line whose hash is `previous`; its own hash beside it.
    pub(crate) fn row<'a>(
        &'a self,
        keys: &'a Keys,
        seq: i64,
        carried: Option<Carried>,
        previous: &[u8; 32],
    ) -> (Vec<Value<'a>>, [u8; 32]) {
        let pseudonym = self.subject.as_deref().map(|s| keys.pseudonym(s));
        let (kind, sha256) = carried.map_or((None, None), |c| (Some(c.kind.into()), Some(c.sha256.to_vec().into())));
        let mut row = vec![
            seq.into(),
            self.at.into(),
            self.actor.as_str().into(),
            self.role.as_str().into(),
            (&self.tenant).into(),
            self.action.as_str().into(),
            Value::Bytes(pseudonym.map(|(_, mac)| mac.to_vec().into())),
            Value::Text(pseudonym.map(|(id, _)| id.into())),
            (&self.purpose).into(),
            self.outcome.as_str().into(),
            (&self.object_id).into(),
            (&self.detail).into(),
            Value::Text(kind),
            Value::Bytes(sha256),
        ];
        let hash = hash(previous, &row);
        row.push(hash.into());
        (row, hash)
    }

    /// Bytes that the line takes in a group, about.
    pub(crate) fn size(&self) -> usize {
        let texts = [&self.tenant, &self.purpose, &self.object_id, &self.detail];
        let optional: usize = texts.iter().filter_map(|t| t.as_ref().map(String::len)).sum();
        256 + self.actor.len() + self.role.len() + self.action.len() + self.outcome.len() + optional
    }
}

/// Hash of a row without its last column, which holds it.
pub(crate) fn hash(previous: &[u8; 32], row: &[Value<'_>]) -> [u8; 32] {
    assert_eq!(row.len() + 1, AUDIT.columns.len(), "all columns but the hash");
    let mut hasher = Hasher::new();
    hasher.bytes(3, previous);
    hasher.bytes(2, LAYOUT.as_bytes());
    row.iter().for_each(|v| hasher.value(v));
    hasher.end()
}

impl Line {
    /// From a row read with the columns of the table.
    pub(crate) fn read(row: &Row) -> Result<Self, Error> {
        let digest = |i| row.get::<Option<Vec<u8>>>(i).map(|b| b.and_then(|b| b.try_into().ok()));
        Ok(Self {
            seq: row.get(0)?,
            at: row.get(1)?,
            actor: row.get(2)?,
            role: row.get(3)?,
            tenant: row.get(4)?,
            action: row.get(5)?,
            subject_mac: digest(6)?,
            mac_key: row.get(7)?,
            purpose: row.get(8)?,
            outcome: row.get(9)?,
            object_id: row.get(10)?,
            detail: row.get(11)?,
            record_kind: row.get(12)?,
            record_sha256: digest(13)?,
            hash: row.digest(14)?,
        })
    }
}
