//! What banks decided on ratings.
//!
//! Updates: none; a later decision on the same rating is a row of its own, and the last one stands. Deletion: none; why it
//! departs from the rating lies under the subject's key. Guarantees: the rating exists and is the tenant's.

use crate::engine::{Row, Value};
use crate::group::SubjectKey;
use crate::keys::Keys;
use crate::table::about;
use crate::{Error, Kept, Store, UnixMicros};

/// A decision to be stored.
#[derive(Debug, Clone, PartialEq)]
pub struct NewDecision {
    /// The bank.
    pub tenant: String,
    /// Its rating.
    pub rating_id: String,
    /// Id of the enterprise that was rated, in clear.
    pub subject: String,
    /// Code of the decision.
    pub decision: String,
    /// Amount in fen, where one was granted.
    pub amount_fen: Option<i64>,
    /// Why it departs from the rating, where it does; sealed.
    pub override_reason: Option<String>,
    /// When it was decided.
    pub decided_at: UnixMicros,
    /// Who reported it.
    pub decided_by: String,
}

/// A stored decision.
#[derive(Debug, Clone, PartialEq)]
pub struct Decision {
    /// Number of its audit line.
    pub line: i64,
    /// The bank.
    pub tenant: String,
    /// Its rating.
    pub rating_id: String,
    /// Code of the decision.
    pub decision: String,
    /// Amount in fen, where one was granted.
    pub amount_fen: Option<i64>,
    /// Why it departs from the rating, where it does.
    pub override_reason: Option<Kept<String>>,
    /// When it was decided.
    pub decided_at: UnixMicros,
    /// Who reported it.
    pub decided_by: String,
}

fn about_reason(tenant: &str, rating_id: &str, line: i64) -> Vec<u8> {
    about("decision reason", &[tenant.as_bytes(), rating_id.as_bytes(), &line.to_be_bytes()])
}

impl NewDecision {
    pub(crate) fn row(&self, line: i64) -> Vec<Value<'_>> {
        vec![
            line.into(),
            self.tenant.as_str().into(),
            self.rating_id.as_str().into(),
            self.decision.as_str().into(),
            Value::Int(self.amount_fen),
            // Reasons were in clear once; the column stays, for it is hashed.
            Value::Text(None),
            self.decided_at.into(),
            self.decided_by.as_str().into(),
        ]
    }

    /// The row of a reason at the same line.
    pub(crate) fn reason_row(&self, reason: &str, line: i64, key: &SubjectKey) -> Result<Vec<Value<'static>>, Error> {
        let sealed = key.secret.seal(reason.as_bytes(), &about_reason(&self.tenant, &self.rating_id, line))?;
        Ok(vec![line.into(), key.key_no.into(), sealed.into()])
    }
}

fn read(keys: &Keys, row: &Row) -> Result<Decision, Error> {
    let (line, tenant, rating_id): (i64, String, String) = (row.get(0)?, row.get(12)?, row.get(13)?);
    let in_clear: Option<String> = row.get(3)?;
    let override_reason = match row.get::<Option<Vec<u8>>>(6)? {
        None => in_clear.map(Kept::Here),
        Some(_) => {
            let damaged = || Error::Damaged { what: "decision", id: line.to_string() };
            Some(SubjectKey::open_text(keys, row, (7, 6), &about_reason(&tenant, &rating_id, line), damaged)?)
        }
    };
    Ok(Decision {
        line,
        decision: row.get(1)?,
        amount_fen: row.get(2)?,
        override_reason,
        decided_at: row.get(4)?,
        decided_by: row.get(5)?,
        tenant,
        rating_id,
    })
}

/// Columns of a decision with its reason, in the order that [`read`] wants.
const SELECT: &str = "SELECT d.line, d.decision, d.amount_fen, d.override_reason, d.decided_at, d.decided_by, \
                      s.sealed_reason, k.key_no, k.subject_mac, k.kek_id, k.wrapped, k.destroyed_at, d.tenant, d.rating_id \
                      FROM decisions d LEFT JOIN decision_reasons s ON s.line = d.line \
                      LEFT JOIN subject_keys k ON k.key_no = s.key_no ";

impl Store {
    /// Decisions of `tenant` on the rating `rating_id`, oldest first.
    ///
    /// # Errors
    /// [`Error::Damaged`] when a reason does not open under its key; [`Error::Database`].
    pub async fn decisions(&self, tenant: &str, rating_id: &str) -> Result<Vec<Decision>, Error> {
        let sql = format!("{SELECT}WHERE d.rating_id = $1 AND d.tenant = $2 ORDER BY d.line");
        let rows = self.readers().rows(sql, vec![rating_id.into(), tenant.into()]).await?;
        rows.iter().map(|row| read(self.keys(), row)).collect()
    }

    /// At most `max` decisions of all tenants that audit lines after `line` carry, in their order: for who follows.
    ///
    /// # Errors
    /// As [`Self::decisions`].
    pub async fn decisions_after(&self, line: i64, max: u32) -> Result<Vec<Decision>, Error> {
        let sql = format!("{SELECT}WHERE d.line > $1 ORDER BY d.line LIMIT $2");
        let rows = self.readers().rows(sql, vec![line.into(), i64::from(max).into()]).await?;
        rows.iter().map(|row| read(self.keys(), row)).collect()
    }
}
