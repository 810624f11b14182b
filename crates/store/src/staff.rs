//! People who sign in to the dashboard, their sessions, and sign-ins that failed.
//!
//! Updates: none. A person is the last row of the name, so a changed password or a new role is another row, and a session
//! is over when a row of [`SessionEnd`] says so, when its time is up, or when its person changed after it began. Deletion:
//! none. What a role may see and when a session idles too long are the caller's rules.
//!
//! A password comes as the text that a password hash makes of it, a token as its digest: neither is known here.

use crate::engine::{Row, Value};
use crate::{Error, Store, UnixMicros};

/// What is known of a person from now on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewStaff {
    /// By which the person signs in.
    pub name: String,
    /// As pages show it.
    pub shown_as: String,
    /// Code of the role.
    pub role: String,
    /// The district, for a role that is bound to one.
    pub district: Option<String>,
    /// What the password hash makes of the password, with its salt and costs.
    pub password: String,
    /// May not sign in.
    pub disabled: bool,
    /// When it was set so.
    pub changed_at: UnixMicros,
    /// By whom.
    pub changed_by: String,
}

/// A person as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Staff {
    /// Number of the audit line of the last change.
    pub line: i64,
    /// The person.
    pub staff: NewStaff,
}

/// A session that begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSession {
    /// SHA-256 of its token.
    pub token_sha256: [u8; 32],
    /// Whose.
    pub name: String,
    /// When it began.
    pub opened_at: UnixMicros,
    /// First instant after it.
    pub until: UnixMicros,
}

/// A session with its person, neither ended nor outdated by a change of the person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Number of its audit line.
    pub line: i64,
    /// The session.
    pub session: NewSession,
    /// The person.
    pub staff: Staff,
}

/// The end of a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionEnd {
    /// SHA-256 of its token.
    pub token_sha256: [u8; 32],
    /// When.
    pub ended_at: UnixMicros,
}

/// A sign-in that failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignInFailure {
    /// The name that was given, of which only [`Store::mark`] is stored.
    pub name: String,
    /// When.
    pub failed_at: UnixMicros,
}

impl NewStaff {
    pub(crate) fn row(&self, line: i64) -> Vec<Value<'_>> {
        vec![
            line.into(),
            self.name.as_str().into(),
            self.shown_as.as_str().into(),
            self.role.as_str().into(),
            (&self.district).into(),
            self.password.as_str().into(),
            i64::from(self.disabled).into(),
            self.changed_at.into(),
            self.changed_by.as_str().into(),
        ]
    }
}

impl NewSession {
    pub(crate) fn row(&self, line: i64) -> Vec<Value<'_>> {
        let Self { token_sha256, name, opened_at, until } = self;
        vec![line.into(), token_sha256.into(), name.as_str().into(), (*opened_at).into(), (*until).into()]
    }
}

impl SessionEnd {
    pub(crate) fn row(&self, line: i64) -> Vec<Value<'_>> {
        vec![line.into(), (&self.token_sha256).into(), self.ended_at.into()]
    }
}

impl SignInFailure {
    pub(crate) fn row(&self, line: i64, mark: [u8; 32]) -> Vec<Value<'static>> {
        vec![line.into(), mark.into(), self.failed_at.into()]
    }

    /// What is marked: a name that is also something else has another pseudonym there.
    pub(crate) fn about(name: &str) -> Vec<u8> {
        crate::table::about("sign-in name", &[name.as_bytes()])
    }
}

const STAFF: &str =
    "u.line, u.name, u.shown_as, u.role, u.district, u.password, u.disabled, u.changed_at, u.changed_by";

/// A person from column `first` on.
fn staff(row: &Row, first: usize) -> Result<Staff, Error> {
    let staff = NewStaff {
        name: row.get(first + 1)?,
        shown_as: row.get(first + 2)?,
        role: row.get(first + 3)?,
        district: row.get(first + 4)?,
        password: row.get(first + 5)?,
        disabled: row.get::<i64>(first + 6)? != 0,
        changed_at: row.get(first + 7)?,
        changed_by: row.get(first + 8)?,
    };
    Ok(Staff { line: row.get(first)?, staff })
}

impl Store {
    /// The person of a name, disabled or not.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub async fn staff(&self, name: &str) -> Result<Option<Staff>, Error> {
        let sql = format!("SELECT {STAFF} FROM staff u WHERE u.name = $1 ORDER BY u.line DESC LIMIT 1");
        let rows = self.readers().rows(sql, vec![name.into()]).await?;
        rows.first().map(|row| staff(row, 0)).transpose()
    }

    /// All people by name.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub async fn all_staff(&self) -> Result<Vec<Staff>, Error> {
        let sql = format!(
            "SELECT {STAFF} FROM staff u WHERE u.line = (SELECT MAX(v.line) FROM staff v WHERE v.name = u.name) \
             ORDER BY u.name"
        );
        let rows = self.readers().rows(sql, Vec::new()).await?;
        rows.iter().map(|row| staff(row, 0)).collect()
    }

    /// The session of a token; `None` where there is none, where it was ended, and where its person was changed or
    /// disabled since it began. Whether its time is up the caller knows, who has a clock.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub async fn session(&self, token_sha256: &[u8; 32]) -> Result<Option<Session>, Error> {
        let sql = format!(
            "SELECT {STAFF}, s.line, s.opened_at, s.until FROM sessions s JOIN staff u ON u.name = s.name \
             WHERE s.token_sha256 = $1 AND u.line = (SELECT MAX(v.line) FROM staff v WHERE v.name = s.name) \
             AND u.line < s.line AND u.disabled = 0 \
             AND NOT EXISTS (SELECT 1 FROM session_ends e WHERE e.token_sha256 = s.token_sha256)"
        );
        let rows = self.readers().rows(sql, vec![token_sha256.into()]).await?;
        let Some(row) = rows.first() else { return Ok(None) };
        let staff = staff(row, 0)?;
        let session = NewSession {
            token_sha256: *token_sha256,
            name: staff.staff.name.clone(),
            opened_at: row.get(10)?,
            until: row.get(11)?,
        };
        Ok(Some(Session { line: row.get(9)?, session, staff }))
    }

    /// When sign-ins by a name failed since its last session or change, newest first, at most `max`.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub async fn sign_in_failures(&self, name: &str, max: u32) -> Result<Vec<UnixMicros>, Error> {
        let sql = "SELECT f.failed_at FROM sign_in_failures f WHERE f.name_mac = $1 \
                   AND f.line > COALESCE((SELECT MAX(s.line) FROM sessions s WHERE s.name = $2), 0) \
                   AND f.line > COALESCE((SELECT MAX(u.line) FROM staff u WHERE u.name = $2), 0) \
                   ORDER BY f.line DESC LIMIT $3";
        let mark = self.mark(&SignInFailure::about(name));
        let rows = self.readers().rows(sql, vec![mark.into(), name.into(), i64::from(max).into()]).await?;
        rows.iter().map(|row| row.get(0)).collect()
    }
}
