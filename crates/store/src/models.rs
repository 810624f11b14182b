//! Which model was put to work, when and by whom.
//!
//! Updates: none; the last row says which model works. Deletion: none. Who may activate what is the caller's rule.

use crate::engine::Value;
use crate::{Error, Store, UnixMicros};

/// A model put to work.
#[derive(Debug, Clone, PartialEq)]
pub struct NewActivation {
    /// Digest of the model file, algorithm named.
    pub model_digest: String,
    /// Who made it.
    pub author: String,
    /// Who reviewed it.
    pub reviewer: String,
    /// From when it works.
    pub activated_at: UnixMicros,
    /// Who put it to work.
    pub activated_by: String,
}

/// A stored activation.
#[derive(Debug, Clone, PartialEq)]
pub struct Activation {
    /// Number of its audit line.
    pub line: i64,
    /// The activation.
    pub activation: NewActivation,
}

impl NewActivation {
    pub(crate) fn row(&self, line: i64) -> Vec<Value<'_>> {
        vec![
            line.into(),
            self.model_digest.as_str().into(),
            self.author.as_str().into(),
            self.reviewer.as_str().into(),
            self.activated_at.into(),
            self.activated_by.as_str().into(),
        ]
    }
}

impl Store {
    /// All activations, newest first.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub async fn activations(&self) -> Result<Vec<Activation>, Error> {
        let sql = "SELECT line, model_digest, author, reviewer, activated_at, activated_by FROM activations \
                   ORDER BY line DESC";
        let rows = self.readers().rows(sql, Vec::new()).await?;
        let read = |row: &crate::engine::Row| {
            let activation = NewActivation {
                model_digest: row.get(1)?,
                author: row.get(2)?,
                reviewer: row.get(3)?,
                activated_at: row.get(4)?,
                activated_by: row.get(5)?,
            };
            Ok(Activation { line: row.get(0)?, activation })
        };
        rows.iter().map(read).collect()
    }
}
