//! What the store holds about one subject, over all tenants: for the subject itself.

use crate::audit::Line;
use crate::engine::Value;
use crate::group::in_list;
use crate::ratings::{Rating, read, select};
use crate::table::AUDIT;
use crate::{Error, Store, UnixMicros};

impl Store {
    /// The rating `rating_id` of `subject`, whichever tenant asked; `None` where it is another subject's.
    ///
    /// # Errors
    /// As [`Store::rating`].
    pub async fn rating_of_subject(&self, subject: &str, rating_id: &str) -> Result<Option<Rating>, Error> {
        let mut values: Vec<Value<'_>> = vec![rating_id.into()];
        let macs = in_list("k.subject_mac", &mut values, self.keys().pseudonyms(subject));
        let sql = format!("{} WHERE r.rating_id = $1 AND {macs}", select("sealed_answer"));
        let rows = self.readers().rows(sql, values).await?;
        rows.first().map(|row| read(self.keys(), row)).transpose()
    }

    /// Audit lines about `subject` at or before `until`, newest first, before the line `before`, at most `limit`: those of
    /// `actions`.
    ///
    /// # Errors
    /// [`Error::Database`]; [`Error::Damaged`] when a line has no hash.
    pub async fn lines_of_subject(
        &self,
        subject: &str,
        actions: &[&str],
        until: UnixMicros,
        before: i64,
        limit: u32,
    ) -> Result<Vec<Line>, Error> {
        let mut values: Vec<Value<'_>> = vec![before.into(), until.into(), i64::from(limit).into()];
        let macs = in_list("subject_mac", &mut values, self.keys().pseudonyms(subject));
        let actions = in_list("action", &mut values, actions.to_vec());
        let sql = format!(
            "SELECT {} FROM audit WHERE {macs} AND seq < $1 AND at <= $2 AND {actions} ORDER BY seq DESC LIMIT $3",
            AUDIT.list("")
        );
        let rows = self.readers().rows(sql, values).await?;
        rows.iter().map(Line::read).collect()
    }
}
