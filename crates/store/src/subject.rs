//! What the store holds about one subject, over all tenants: for the subject itself.

use crate::audit::Line;
use crate::engine::Value;
use crate::engine::in_list;
use crate::keys::Mac;
use crate::ratings::{Rating, read, select};
use crate::table::AUDIT;
use crate::{Error, Store, UnixMicros};

/// A question for the lines about a subject with these pseudonyms, by both ways to them: a line that carries a rating
/// through the rating ([`crate::Write`] is refused when the two are about different subjects), any other through its own
/// index. `condition` names the line `a`.
///
/// The order of the joins is the written one: an engine that walked the chain instead would read all of it.
pub(crate) fn lines_about(macs: &[Mac], condition: &str, values: &mut Vec<Value<'_>>) -> String {
    let about = in_list("a.subject_mac", values, macs.to_vec());
    let keyed = in_list("k.subject_mac", values, macs.to_vec());
    let columns = AUDIT.list("a.");
    format!(
        "SELECT {columns} FROM audit a WHERE {about} AND COALESCE(a.record_kind, '') <> 'ratings' AND {condition} \
         UNION ALL \
         SELECT {columns} FROM subject_keys k CROSS JOIN ratings r CROSS JOIN audit a \
         WHERE {keyed} AND r.key_no = k.key_no AND a.seq = r.line AND {about} AND a.record_kind = 'ratings' AND {condition}"
    )
}

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
        let macs = self.keys().pseudonyms(subject);
        let actions = in_list("a.action", &mut values, actions.to_vec());
        let condition = format!("a.seq < $1 AND a.at <= $2 AND {actions}");
        let sql = lines_about(&macs, &condition, &mut values) + " ORDER BY seq DESC LIMIT $3";
        let rows = self.readers().rows(sql, values).await?;
        rows.iter().map(Line::read).collect()
    }
}
