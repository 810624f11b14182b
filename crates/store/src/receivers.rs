//! Who received which ratings of an enterprise: those are told when a value was wrong.
//!
//! Updates: none. Deletion: none. Guarantees: the tenant that asked for a rating is a receiver by the rating itself; any
//! other is a row of its own.

use crate::engine::Value;
use crate::engine::in_list;
use crate::keys::Keys;
use crate::{Error, Store, UnixMicros};

/// A rating received by a tenant that did not ask for it.
#[derive(Debug, Clone, PartialEq)]
pub struct NewReceipt {
    /// Who received it.
    pub tenant: String,
    /// Which rating.
    pub rating_id: String,
    /// Id of the enterprise, in clear; only its pseudonym is stored.
    pub subject: String,
    /// When.
    pub received_at: UnixMicros,
}

/// One receipt.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Receipt {
    /// When.
    pub received_at: UnixMicros,
    /// Who.
    pub tenant: String,
    /// Which rating.
    pub rating_id: String,
}

impl NewReceipt {
    pub(crate) fn row(&self, line: i64, keys: &Keys) -> Vec<Value<'_>> {
        let (mac_key, mac) = keys.pseudonym(&self.subject);
        vec![
            line.into(),
            self.tenant.as_str().into(),
            self.rating_id.as_str().into(),
            mac.into(),
            mac_key.to_owned().into(),
            self.received_at.into(),
        ]
    }
}

impl Store {
    /// All receipts of ratings of `subject`, oldest first. Also answers "who asked about me".
    ///
    /// # Errors
    /// [`Error::Database`].
    pub async fn receivers(&self, subject: &str) -> Result<Vec<Receipt>, Error> {
        let mut values = Vec::new();
        let asked = in_list("k.subject_mac", &mut values, self.keys().pseudonyms(subject));
        let received = in_list("subject_mac", &mut values, self.keys().pseudonyms(subject));
        let sql = format!(
            "SELECT r.created_at, r.tenant, r.rating_id FROM subject_keys k JOIN ratings r ON r.key_no = k.key_no \
             WHERE {asked} UNION ALL \
             SELECT received_at, tenant, rating_id FROM receipts WHERE {received} ORDER BY 1, 2, 3"
        );
        let rows = self.readers().rows(sql, values).await?;
        let read = |row: &crate::engine::Row| {
            Ok(Receipt { received_at: row.get(0)?, tenant: row.get(1)?, rating_id: row.get(2)? })
        };
        rows.iter().map(read).collect()
    }
}
