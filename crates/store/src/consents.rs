//! Consents of enterprises: grants and what ended them.
//!
//! Updates: none; a revocation is a row of its own. Deletion: none; subject and signatory lie under the subject's key.
//! Guarantees: a consent id stands once, a consent ends at most once.

use crate::engine::in_list;
use crate::engine::{Row, Value};
use crate::group::SubjectKey;
use crate::keys::Keys;
use crate::seal::SecretKey;
use crate::table::about;
use crate::{Error, Kept, Store, UnixMicros};

/// A consent to be stored.
#[derive(Debug, Clone, PartialEq)]
pub struct NewConsent {
    /// Id, unique over all tenants.
    pub consent_id: String,
    /// The bank that may ask.
    pub tenant: String,
    /// Id of the enterprise, in clear.
    pub subject: String,
    /// For which purpose.
    pub purpose: String,
    /// Ids of the sources that may be read.
    pub categories: Vec<String>,
    /// Data of loans may be read.
    pub lending_data: bool,
    /// Personal items may be read.
    pub personal: bool,
    /// Who records the grant: the platform or a bank.
    pub granter: String,
    /// Who signed for the enterprise.
    pub signatory: String,
    /// First instant.
    pub valid_from: UnixMicros,
    /// First instant after it.
    pub valid_until: UnixMicros,
    /// First instant at which who signed may be destroyed.
    pub retain_until: UnixMicros,
    /// Digest of the signed text, algorithm named.
    pub text_digest: String,
    /// Where the signed text is kept.
    pub text_place: String,
    /// When it was granted.
    pub granted_at: UnixMicros,
}

/// The end of a consent.
#[derive(Debug, Clone, PartialEq)]
pub struct Revocation {
    /// Whose consent.
    pub tenant: String,
    /// Which.
    pub consent_id: String,
    /// From when it no longer holds.
    pub revoked_at: UnixMicros,
    /// Who ended it.
    pub revoked_by: String,
    /// Why, as the enterprise says it, may be empty; sealed.
    pub reason: String,
}

/// A stored consent.
#[derive(Debug, Clone, PartialEq)]
pub struct Consent {
    /// Number of the audit line of the grant.
    pub line: i64,
    /// Id.
    pub consent_id: String,
    /// The bank that may ask.
    pub tenant: String,
    /// For which purpose.
    pub purpose: String,
    /// Ids of the sources that may be read.
    pub categories: Vec<String>,
    /// Data of loans may be read.
    pub lending_data: bool,
    /// Personal items may be read.
    pub personal: bool,
    /// Who recorded the grant.
    pub granter: String,
    /// The enterprise and who signed for it.
    pub parties: Kept<Parties>,
    /// First instant.
    pub valid_from: UnixMicros,
    /// First instant after it, without a revocation.
    pub valid_until: UnixMicros,
    /// Digest of the signed text.
    pub text_digest: String,
    /// Where the signed text is kept.
    pub text_place: String,
    /// When it was granted.
    pub granted_at: UnixMicros,
    /// What ended it.
    pub revoked: Option<Revoked>,
}

/// The sealed part of a consent.
#[derive(Debug, Clone, PartialEq)]
pub struct Parties {
    /// Id of the enterprise.
    pub subject: String,
    /// Who signed for it.
    pub signatory: String,
}

/// What ended a consent.
#[derive(Debug, Clone, PartialEq)]
pub struct Revoked {
    /// Number of the audit line.
    pub line: i64,
    /// From when.
    pub at: UnixMicros,
    /// Who.
    pub by: String,
    /// Why, may be empty.
    pub reason: Kept<String>,
}

/// All consents of a tenant and a subject, ended ones too, newest first.
///
/// They may be kept and asked again later without the database, on several servers: a job that is written
/// [`crate::Under`] their version is refused when a consent was granted or revoked anywhere since.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Consents {
    /// Number of the last audit line that granted or revoked one; 0 when none ever did.
    pub version: i64,
    /// The consents.
    pub all: Vec<Consent>,
}

impl Consent {
    /// Holds at `at`: begun, neither over nor revoked.
    pub fn holds(&self, at: UnixMicros) -> bool {
        self.valid_from <= at && at < self.valid_until && self.revoked.as_ref().is_none_or(|r| at < r.at)
    }
}

impl Consents {
    /// Those for `purpose` that hold at `at`, newest first.
    pub fn at(&self, purpose: &str, at: UnixMicros) -> impl Iterator<Item = &Consent> {
        self.all.iter().filter(move |c| c.purpose == purpose && c.holds(at))
    }
}

impl NewConsent {
    pub(crate) fn row(&self, line: i64, key: &SubjectKey) -> Result<Vec<Value<'_>>, Error> {
        let parties = format!("{}\n{}", self.subject, self.signatory);
        let place = about("consent parties", &[self.tenant.as_bytes(), self.consent_id.as_bytes()]);
        Ok(vec![
            line.into(),
            self.tenant.as_str().into(),
            self.consent_id.as_str().into(),
            key.key_no.into(),
            self.purpose.as_str().into(),
            self.categories.join("\n").into(),
            i64::from(self.lending_data).into(),
            i64::from(self.personal).into(),
            self.granter.as_str().into(),
            key.secret.seal(parties.as_bytes(), &place)?.into(),
            self.valid_from.into(),
            self.valid_until.into(),
            self.retain_until.into(),
            self.text_digest.as_str().into(),
            self.text_place.as_str().into(),
            self.granted_at.into(),
        ])
    }
}

impl Revocation {
    /// The row at `line`; without the reason where the key of the subject was destroyed.
    pub(crate) fn row(&self, line: i64, key: &Kept<SecretKey>) -> Result<Vec<Value<'_>>, Error> {
        let place = about("consent end", &[self.tenant.as_bytes(), self.consent_id.as_bytes()]);
        let sealed = match key {
            Kept::Here(key) => key.seal(self.reason.as_bytes(), &place)?,
            Kept::Deleted { .. } => Vec::new(),
        };
        Ok(vec![
            line.into(),
            self.tenant.as_str().into(),
            self.consent_id.as_str().into(),
            self.revoked_at.into(),
            self.revoked_by.as_str().into(),
            sealed.into(),
        ])
    }
}

const SELECT: &str = "SELECT c.line, c.consent_id, c.tenant, c.purpose, c.categories, c.lending_data, c.personal, \
    c.granter, c.sealed_parties, c.valid_from, c.valid_until, c.text_digest, c.text_place, c.granted_at, \
    e.line, e.revoked_at, e.revoked_by, \
    k.key_no, k.subject_mac, k.kek_id, k.wrapped, k.destroyed_at, e.sealed_reason \
    FROM consents c JOIN subject_keys k ON k.key_no = c.key_no LEFT JOIN consent_ends e ON e.consent_id = c.consent_id ";

fn read(keys: &Keys, row: &Row) -> Result<Consent, Error> {
    let (consent_id, tenant): (String, String) = (row.get(1)?, row.get(2)?);
    let place = about("consent parties", &[tenant.as_bytes(), consent_id.as_bytes()]);
    let damaged = || Error::Damaged { what: "consent", id: consent_id.clone() };
    let parties = SubjectKey::open_text(keys, row, (17, 8), &place, damaged)?.try_map(|plain| {
        let (subject, signatory) = plain.split_once('\n').ok_or_else(damaged)?;
        Ok::<_, Error>(Parties { subject: subject.to_owned(), signatory: signatory.to_owned() })
    })?;
    let categories: String = row.get(4)?;
    let revoked = match row.get::<Option<i64>>(14)? {
        Some(line) => {
            let place = about("consent end", &[tenant.as_bytes(), consent_id.as_bytes()]);
            let reason = SubjectKey::open_text(keys, row, (17, 22), &place, damaged)?;
            Some(Revoked { line, at: row.get(15)?, by: row.get(16)?, reason })
        }
        None => None,
    };
    Ok(Consent {
        line: row.get(0)?,
        purpose: row.get(3)?,
        categories: categories.split('\n').filter(|c| !c.is_empty()).map(str::to_owned).collect(),
        lending_data: row.get::<i64>(5)? != 0,
        personal: row.get::<i64>(6)? != 0,
        granter: row.get(7)?,
        parties,
        valid_from: row.get(9)?,
        valid_until: row.get(10)?,
        text_digest: row.get(11)?,
        text_place: row.get(12)?,
        granted_at: row.get(13)?,
        revoked,
        consent_id,
        tenant,
    })
}

/// Sorted here and not by the statement: asked for an order, SQLite walks all consents in it to find the few. For the
/// same reason a statement that knows the subject hides the tenant's index (`tenant || ''`).
fn newest_first(keys: &Keys, rows: &[Row]) -> Result<Vec<Consent>, Error> {
    let mut all: Vec<Consent> = rows.iter().map(|row| read(keys, row)).collect::<Result<_, _>>()?;
    all.sort_unstable_by_key(|c| std::cmp::Reverse(c.line));
    Ok(all)
}

impl Store {
    /// All consents of `tenant` and `subject`, by one query over the index of subjects.
    ///
    /// # Errors
    /// [`Error::Damaged`] when a row does not open under its key; [`Error::Database`].
    pub async fn consents(&self, tenant: &str, subject: &str) -> Result<Consents, Error> {
        let mut values = vec![tenant.into()];
        let macs = in_list("k.subject_mac", &mut values, self.keys().pseudonyms(subject));
        let rows = self.readers().rows(format!("{SELECT} WHERE c.tenant || '' = $1 AND {macs}"), values).await?;
        let all = newest_first(self.keys(), &rows)?;
        let lines = all.iter().flat_map(|c| [Some(c.line), c.revoked.as_ref().map(|r| r.line)]);
        Ok(Consents { version: lines.flatten().max().unwrap_or(0), all })
    }

    /// Consents of a subject over all tenants, newest first.
    ///
    /// # Errors
    /// As [`Self::consents`].
    pub async fn consents_of_subject(&self, subject: &str) -> Result<Vec<Consent>, Error> {
        let mut values = Vec::new();
        let macs = in_list("k.subject_mac", &mut values, self.keys().pseudonyms(subject));
        let rows = self.readers().rows(format!("{SELECT} WHERE {macs}"), values).await?;
        newest_first(self.keys(), &rows)
    }

    /// Consents of a tenant in the order of their grant, after the audit line `after` (0 begins), at most `limit`.
    ///
    /// # Errors
    /// As [`Self::consents`].
    pub async fn consents_of_tenant(&self, tenant: &str, after: i64, limit: u32) -> Result<Vec<Consent>, Error> {
        let sql = format!("{SELECT} WHERE c.tenant = $1 AND c.line > $2 ORDER BY c.line LIMIT $3");
        let rows = self.readers().rows(sql, vec![tenant.into(), after.into(), i64::from(limit).into()]).await?;
        rows.iter().map(|row| read(self.keys(), row)).collect()
    }

    /// The consent `consent_id`, whichever tenant's it is.
    ///
    /// # Errors
    /// As [`Self::consents`].
    pub async fn consent_of_any(&self, consent_id: &str) -> Result<Option<Consent>, Error> {
        let rows = self.readers().rows(format!("{SELECT} WHERE c.consent_id = $1"), vec![consent_id.into()]).await?;
        rows.first().map(|row| read(self.keys(), row)).transpose()
    }

    /// The consent `consent_id` of `tenant`.
    ///
    /// # Errors
    /// As [`Self::consents`].
    pub async fn consent(&self, tenant: &str, consent_id: &str) -> Result<Option<Consent>, Error> {
        let sql = format!("{SELECT} WHERE c.consent_id = $1 AND c.tenant = $2");
        let rows = self.readers().rows(sql, vec![consent_id.into(), tenant.into()]).await?;
        rows.first().map(|row| read(self.keys(), row)).transpose()
    }
}
