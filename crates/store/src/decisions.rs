//! What banks decided on ratings.
//!
//! Updates: none; a later decision on the same rating is a row of its own, and the last one stands. Deletion: none.
//! Guarantees: the rating exists and is the tenant's.

use crate::engine::Value;
use crate::{Error, Store, UnixMicros};

/// A decision to be stored.
#[derive(Debug, Clone, PartialEq)]
pub struct NewDecision {
    /// The bank.
    pub tenant: String,
    /// Its rating.
    pub rating_id: String,
    /// Code of the decision.
    pub decision: String,
    /// Amount in fen, where one was granted.
    pub amount_fen: Option<i64>,
    /// Why it departs from the rating, where it does. Not sealed: no personal data.
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
    /// The decision.
    pub decision: NewDecision,
}

impl NewDecision {
    pub(crate) fn row(&self, line: i64) -> Vec<Value> {
        vec![
            line.into(),
            self.tenant.as_str().into(),
            self.rating_id.as_str().into(),
            self.decision.as_str().into(),
            Value::Int(self.amount_fen),
            (&self.override_reason).into(),
            self.decided_at.into(),
            self.decided_by.as_str().into(),
        ]
    }
}

impl Store {
    /// Decisions of `tenant` on the rating `rating_id`, oldest first.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub async fn decisions(&self, tenant: &str, rating_id: &str) -> Result<Vec<Decision>, Error> {
        let sql = "SELECT line, decision, amount_fen, override_reason, decided_at, decided_by FROM decisions \
                   WHERE rating_id = $1 AND tenant = $2 ORDER BY line";
        let rows = self.readers().rows(sql, vec![rating_id.into(), tenant.into()]).await?;
        let read = |row: &crate::engine::Row| {
            let decision = NewDecision {
                tenant: tenant.to_owned(),
                rating_id: rating_id.to_owned(),
                decision: row.get(1)?,
                amount_fen: row.get(2)?,
                override_reason: row.get(3)?,
                decided_at: row.get(4)?,
                decided_by: row.get(5)?,
            };
            Ok(Decision { line: row.get(0)?, decision })
        };
        rows.iter().map(read).collect()
    }
}
