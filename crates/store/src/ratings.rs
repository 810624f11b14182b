//! Ratings as they were answered, and what they were answered from.
//!
//! Updates: none. Deletion: the key of the subject is destroyed, the row stays. Guarantees: one row for each tenant and
//! request id; the answer is given back byte for byte; an audit line carries each row and its hash.
//!
//! | field | kind | stored |
//! |---|---|---|
//! | ids, times, digests | required | in clear |
//! | subject, answer | required | sealed under the subject's key |
//! | inputs | required, may be empty | sealed under the subject's key, apart from the answer |

use crate::engine::{Row, Value};
use crate::group::SubjectKey;
use crate::input_counts::InputsOfLine;
use crate::keys::Keys;
use crate::table::about;
use crate::{Error, Kept, Store, UnixMicros};

/// A rating to be stored.
#[derive(Debug, Clone, PartialEq)]
pub struct NewRating {
    /// Id, unique over all tenants; a UUID of version 7 keeps the index in order.
    pub rating_id: String,
    /// Whose rating.
    pub tenant: String,
    /// Id of the request, unique for the tenant.
    pub request_id: String,
    /// SHA-256 of the request's body.
    pub body_sha256: [u8; 32],
    /// Id of the enterprise, in clear.
    pub subject: String,
    /// Kind of the rating.
    pub kind: String,
    /// When it was made.
    pub created_at: UnixMicros,
    /// First instant at which it is no longer valid.
    pub valid_until: UnixMicros,
    /// First instant at which its inputs may be destroyed.
    pub retain_until: UnixMicros,
    /// Digest of the model file, algorithm named.
    pub model_digest: String,
    /// Digest of the feature snapshot, algorithm named.
    pub snapshot_digest: String,
    /// The answer, as it is sent.
    pub answer: Vec<u8>,
    /// What a replay needs.
    pub inputs: Vec<u8>,
}

/// A stored rating, without its inputs.
#[derive(Debug, Clone, PartialEq)]
pub struct Rating {
    /// Number of its audit line.
    pub line: i64,
    /// Id.
    pub rating_id: String,
    /// Whose rating.
    pub tenant: String,
    /// Id of the request.
    pub request_id: String,
    /// SHA-256 of the request's body.
    pub body_sha256: [u8; 32],
    /// Kind of the rating.
    pub kind: String,
    /// When it was made.
    pub created_at: UnixMicros,
    /// First instant at which it is no longer valid.
    pub valid_until: UnixMicros,
    /// First instant at which its inputs may be destroyed.
    pub retain_until: UnixMicros,
    /// Digest of the model file.
    pub model_digest: String,
    /// Digest of the feature snapshot.
    pub snapshot_digest: String,
    /// Subject and answer.
    pub answer: Kept<Answer>,
}

/// The part of a rating that is sealed with its answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// Id of the enterprise.
    pub subject: String,
    /// The answer, as it was sent.
    pub bytes: Vec<u8>,
}

/// Which page of a list.
#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    /// Time and id of the last row of the page before; `None` begins.
    pub after: Option<(UnixMicros, String)>,
    /// Most rows to give.
    pub limit: u32,
}

impl NewRating {
    /// The row at `line`, under `key`.
    pub(crate) fn row(&self, line: i64, key: &SubjectKey) -> Result<Vec<Value<'_>>, Error> {
        let place = |field| about(field, &[self.tenant.as_bytes(), self.rating_id.as_bytes()]);
        let mut answer = Vec::with_capacity(8 + self.subject.len() + self.answer.len());
        answer.extend_from_slice(&(self.subject.len() as u64).to_be_bytes());
        answer.extend_from_slice(self.subject.as_bytes());
        answer.extend_from_slice(&self.answer);
        Ok(vec![
            line.into(),
            self.tenant.as_str().into(),
            self.rating_id.as_str().into(),
            self.request_id.as_str().into(),
            (&self.body_sha256).into(),
            key.key_no.into(),
            self.kind.as_str().into(),
            self.created_at.into(),
            self.valid_until.into(),
            self.retain_until.into(),
            self.model_digest.as_str().into(),
            self.snapshot_digest.as_str().into(),
            key.secret.seal(&answer, &place("rating answer"))?.into(),
            key.secret.seal(&self.inputs, &place("rating inputs"))?.into(),
        ])
    }

    /// What a repeat within the same group is given.
    pub(crate) fn stored(&self, line: i64) -> Rating {
        Rating {
            line,
            rating_id: self.rating_id.clone(),
            tenant: self.tenant.clone(),
            request_id: self.request_id.clone(),
            body_sha256: self.body_sha256,
            kind: self.kind.clone(),
            created_at: self.created_at,
            valid_until: self.valid_until,
            retain_until: self.retain_until,
            model_digest: self.model_digest.clone(),
            snapshot_digest: self.snapshot_digest.clone(),
            answer: Kept::Here(Answer { subject: self.subject.clone(), bytes: self.answer.clone() }),
        }
    }
}

/// Columns of a rating and of its key, in the order that [`read`] wants; `sealed` is one of the two sealed ones.
pub(crate) fn select(sealed: &str) -> String {
    format!(
        "SELECT r.line, r.rating_id, r.tenant, r.request_id, r.body_sha256, r.kind, r.created_at, r.valid_until, \
         r.retain_until, r.model_digest, r.snapshot_digest, r.{sealed}, \
         k.key_no, k.subject_mac, k.kek_id, k.wrapped, k.destroyed_at \
         FROM ratings r JOIN subject_keys k ON k.key_no = r.key_no "
    )
}

pub(crate) fn read(keys: &Keys, row: &Row) -> Result<Rating, Error> {
    let (rating_id, tenant): (String, String) = (row.get(1)?, row.get(2)?);
    let damaged = || Error::Damaged { what: "rating", id: rating_id.clone() };
    let plain = open(keys, row, "rating answer", &tenant, &rating_id)?;
    let answer = plain.try_map(|plain| {
        let (length, rest) = plain.split_first_chunk::<8>().ok_or_else(damaged)?;
        let length = usize::try_from(u64::from_be_bytes(*length)).map_err(|_| damaged())?;
        let (subject, bytes) = rest.split_at_checked(length).ok_or_else(damaged)?;
        let subject = String::from_utf8(subject.to_vec()).map_err(|_| damaged())?;
        Ok::<_, Error>(Answer { subject, bytes: bytes.to_vec() })
    })?;
    Ok(Rating {
        line: row.get(0)?,
        request_id: row.get(3)?,
        body_sha256: row.digest(4)?,
        kind: row.get(5)?,
        created_at: row.get(6)?,
        valid_until: row.get(7)?,
        retain_until: row.get(8)?,
        model_digest: row.get(9)?,
        snapshot_digest: row.get(10)?,
        answer,
        rating_id,
        tenant,
    })
}

/// The sealed column of a row of [`select`].
fn open(keys: &Keys, row: &Row, field: &str, tenant: &str, rating_id: &str) -> Result<Kept<Vec<u8>>, Error> {
    let place = about(field, &[tenant.as_bytes(), rating_id.as_bytes()]);
    SubjectKey::open(keys, row, (12, 11), &place, || Error::Damaged { what: "rating", id: rating_id.to_owned() })
}

/// A row of [`select`] with its inputs.
pub(crate) fn inputs_of(keys: &Keys, row: &Row) -> Result<InputsOfLine, Error> {
    let (rating_id, tenant): (String, String) = (row.get(1)?, row.get(2)?);
    Ok((row.get(0)?, row.get(6)?, open(keys, row, "rating inputs", &tenant, &rating_id)?))
}

impl Store {
    /// The rating `rating_id` of `tenant`; `None` when there is none or it is another tenant's.
    ///
    /// # Errors
    /// [`Error::Damaged`] when the row does not open under its key; [`Error::Database`].
    pub async fn rating(&self, tenant: &str, rating_id: &str) -> Result<Option<Rating>, Error> {
        let sql = select("sealed_answer") + "WHERE r.rating_id = $1 AND r.tenant = $2";
        self.one_rating(sql, vec![rating_id.into(), tenant.into()]).await
    }

    /// The rating that `tenant` was given for its request `request_id`.
    ///
    /// # Errors
    /// As [`Self::rating`].
    pub async fn rating_of_request(&self, tenant: &str, request_id: &str) -> Result<Option<Rating>, Error> {
        let sql = select("sealed_answer") + "WHERE r.request_id = $1 AND r.tenant = $2";
        self.one_rating(sql, vec![request_id.into(), tenant.into()]).await
    }

    async fn one_rating(&self, sql: String, values: Vec<Value<'_>>) -> Result<Option<Rating>, Error> {
        let rows = self.readers().rows(sql, values).await?;
        rows.first().map(|row| read(self.keys(), row)).transpose()
    }

    /// Ratings of `subject` made at or before `as_of`, oldest first; of one tenant, or of all for `None`.
    ///
    /// # Errors
    /// As [`Self::rating`].
    pub async fn ratings(
        &self,
        tenant: Option<&str>,
        subject: &str,
        as_of: UnixMicros,
        page: &Page,
    ) -> Result<Vec<Rating>, Error> {
        let (after_at, after_id) = match &page.after {
            Some((at, id)) => (*at, id.as_str()),
            None => (i64::MIN, ""),
        };
        let mut values: Vec<Value<'_>> =
            vec![as_of.into(), after_at.into(), after_id.into(), i64::from(page.limit).into()];
        let of_tenant = match tenant {
            Some(tenant) => {
                values.push(tenant.into());
                " AND r.tenant = $5"
            }
            None => "",
        };
        let macs = crate::engine::in_list("k.subject_mac", &mut values, self.keys().pseudonyms(subject));
        let sql = format!(
            "{} WHERE {macs}{of_tenant} AND r.created_at <= $1 AND (r.created_at, r.rating_id) > ($2, $3) \
             ORDER BY r.created_at, r.rating_id LIMIT $4",
            select("sealed_answer")
        );
        let rows = self.readers().rows(sql, values).await?;
        rows.iter().map(|row| read(self.keys(), row)).collect()
    }

    /// The rating `rating_id`, whosever it is: for the auditor.
    ///
    /// # Errors
    /// As [`Self::rating`].
    pub async fn rating_of_anyone(&self, rating_id: &str) -> Result<Option<Rating>, Error> {
        let sql = select("sealed_answer") + "WHERE r.rating_id = $1";
        self.one_rating(sql, vec![rating_id.into()]).await
    }

    /// Ratings made at or before `until`, newest first: of one tenant or of all, of one subject or of all.
    ///
    /// # Errors
    /// As [`Self::rating`].
    pub async fn newest_ratings(
        &self,
        tenant: Option<&str>,
        subject: Option<&str>,
        until: UnixMicros,
        page: &Page,
    ) -> Result<Vec<Rating>, Error> {
        // Nothing follows the largest of ids at the largest of times.
        let (before_at, before_id) = match &page.after {
            Some((at, id)) => (*at, id.as_str()),
            None => (i64::MAX, ""),
        };
        let mut values: Vec<Value<'_>> =
            vec![until.into(), before_at.into(), before_id.into(), i64::from(page.limit).into()];
        let mut conditions = "r.created_at <= $1 AND (r.created_at, r.rating_id) < ($2, $3)".to_owned();
        if let Some(tenant) = tenant {
            values.push(tenant.into());
            conditions.push_str(" AND r.tenant = $5");
        }
        if let Some(subject) = subject {
            conditions.push_str(" AND ");
            conditions += &crate::engine::in_list("k.subject_mac", &mut values, self.keys().pseudonyms(subject));
        }
        let sql = format!(
            "{} WHERE {conditions} ORDER BY r.created_at DESC, r.rating_id DESC LIMIT $4",
            select("sealed_answer")
        );
        let rows = self.readers().rows(sql, values).await?;
        rows.iter().map(|row| read(self.keys(), row)).collect()
    }

    /// At most `max` ratings of all tenants that audit lines after `line` carry, in their order: for who follows.
    ///
    /// # Errors
    /// As [`Self::rating`].
    pub async fn ratings_after(&self, line: i64, max: u32) -> Result<Vec<Rating>, Error> {
        let sql = select("sealed_answer") + "WHERE r.line > $1 ORDER BY r.line LIMIT $2";
        let rows = self.readers().rows(sql, vec![line.into(), i64::from(max).into()]).await?;
        rows.iter().map(|row| read(self.keys(), row)).collect()
    }

    /// What the rating was made from, or the day on which that was destroyed.
    ///
    /// # Errors
    /// As [`Self::rating`].
    pub async fn inputs(&self, tenant: &str, rating_id: &str) -> Result<Option<Kept<Vec<u8>>>, Error> {
        let sql = select("sealed_inputs") + "WHERE r.rating_id = $1 AND r.tenant = $2";
        let rows = self.readers().rows(sql, vec![rating_id.into(), tenant.into()]).await?;
        rows.first().map(|row| open(self.keys(), row, "rating inputs", tenant, rating_id)).transpose()
    }
}
