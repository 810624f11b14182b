//! What one person prepares and another is to check and enter into the ledger.
//!
//! Updates: none; a draft ends once, by a row of its own. Deletion: none. Guarantees: an id is given once, and a draft has
//! one end. What a draft says is the ledger's own text of it, which this crate does not read; who may check it is the rule
//! of the ledger.

use crate::engine::{Row, Value};
use crate::{Error, Store, UnixMicros};

/// A draft.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewDraft {
    /// Id, unique.
    pub draft_id: String,
    /// Who prepared it.
    pub maker: String,
    /// When.
    pub made_at: UnixMicros,
    /// The district that it belongs to; `None` for the city's.
    pub district: Option<String>,
    /// The ledger's text of it.
    pub body: String,
    /// Why.
    pub reason: String,
}

/// The end of a draft.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DraftEnd {
    /// Which.
    pub draft_id: String,
    /// Who ended it.
    pub checker: String,
    /// When.
    pub ended_at: UnixMicros,
    /// Its number in the ledger; `None` for one that was sent back.
    pub entry: Option<u64>,
    /// Why it was sent back.
    pub reason: String,
}

/// A draft as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// Number of its audit line.
    pub line: i64,
    /// The draft.
    pub draft: NewDraft,
    /// How it ended, once it has.
    pub end: Option<DraftEnd>,
}

impl NewDraft {
    pub(crate) fn row(&self, line: i64) -> Vec<Value<'_>> {
        vec![
            line.into(),
            self.draft_id.as_str().into(),
            self.maker.as_str().into(),
            self.made_at.into(),
            (&self.district).into(),
            self.body.as_str().into(),
            self.reason.as_str().into(),
        ]
    }
}

impl DraftEnd {
    pub(crate) fn row(&self, line: i64) -> Vec<Value<'_>> {
        vec![
            line.into(),
            self.draft_id.as_str().into(),
            self.checker.as_str().into(),
            self.ended_at.into(),
            Value::Int(self.entry.and_then(|entry| i64::try_from(entry).ok())),
            self.reason.as_str().into(),
        ]
    }
}

const SELECT: &str = "SELECT d.line, d.draft_id, d.maker, d.made_at, d.district, d.body, d.reason, \
    e.checker, e.ended_at, e.entry, e.reason FROM drafts d LEFT JOIN draft_ends e ON e.draft_id = d.draft_id";

fn draft(row: &Row) -> Result<Draft, Error> {
    let draft_id: String = row.get(1)?;
    let checker: Option<String> = row.get(7)?;
    let end = match checker {
        None => None,
        Some(checker) => {
            let entry: Option<i64> = row.get(9)?;
            let entry = entry.and_then(|entry| u64::try_from(entry).ok());
            let (draft_id, ended_at) = (draft_id.clone(), row.get(8)?);
            Some(DraftEnd { draft_id, checker, ended_at, entry, reason: row.get(10)? })
        }
    };
    let draft = NewDraft {
        draft_id,
        maker: row.get(2)?,
        made_at: row.get(3)?,
        district: row.get(4)?,
        body: row.get(5)?,
        reason: row.get(6)?,
    };
    Ok(Draft { line: row.get(0)?, draft, end })
}

impl Store {
    /// At most `max` drafts in the order in which they were made: all that wait, and the last of those that ended.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub async fn drafts(&self, max: u32) -> Result<Vec<Draft>, Error> {
        let ended = "CASE WHEN e.draft_id IS NULL THEN 0 ELSE 1 END";
        let sql = format!("{SELECT} ORDER BY {ended}, d.line DESC LIMIT $1");
        let rows = self.readers().rows(sql, vec![i64::from(max).into()]).await?;
        let mut drafts = rows.iter().map(draft).collect::<Result<Vec<_>, _>>()?;
        drafts.sort_by_key(|d| d.line);
        Ok(drafts)
    }

    /// A draft.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub async fn draft(&self, draft_id: &str) -> Result<Option<Draft>, Error> {
        let rows = self.readers().rows(format!("{SELECT} WHERE d.draft_id = $1"), vec![draft_id.into()]).await?;
        rows.first().map(draft).transpose()
    }
}
