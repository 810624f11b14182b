//! The walk along the chain, and the export of its lines.

use crate::audit::{Line, hash};
use crate::engine::{Row, Value};
use crate::group::{SubjectKey, carried};
use crate::subject::lines_about;
use crate::table::{AUDIT, CARRIED, Table};
use crate::{Error, Store, UnixMicros};
use std::borrow::Cow;
use std::collections::{BTreeMap, VecDeque};

/// Lines read at once.
const PAGE: i64 = 500;

/// A line that someone noted elsewhere: a chain cut off and written anew behind it does not match.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Anchor {
    /// Number of the line; 0 is the beginning.
    pub seq: i64,
    /// Its hash.
    pub hash: [u8; 32],
}

/// What the walk found.
#[derive(Debug, Clone, PartialEq)]
pub enum Verdict {
    /// Every line and every row that it carries is as it was written.
    Whole {
        /// The last line.
        head: Anchor,
    },
    /// The first line at which it is not.
    Broken {
        /// Its number.
        seq: i64,
        /// What is wrong.
        fault: Fault,
    },
}

/// What is wrong at a line.
#[non_exhaustive]
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// The line is not there.
    Missing,
    /// The line can not be read.
    Unreadable,
    /// Its hash is not that of its content after the line before it.
    Hash,
    /// A row of this table that it carries was changed, removed or added.
    Row {
        /// Tables of the rows that it should carry.
        carries: Option<String>,
        /// Tables in which a row of this number stands.
        found: Option<String>,
    },
    /// The stored end of the chain is another.
    Head,
    /// The line noted elsewhere has another hash here, or is not there.
    Anchor,
    /// The key of a subject (numbered like the line that made it) is gone without proof, or does not open.
    Key,
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let or_none = |t: &Option<String>| t.clone().unwrap_or_else(|| "no row".into());
        match self {
            Self::Missing => write!(f, "line is missing"),
            Self::Unreadable => write!(f, "line can not be read"),
            Self::Hash => write!(f, "hash does not match the line and the one before it"),
            Self::Row { carries, found } if carries == found => write!(f, "row of {} was changed", or_none(carries)),
            Self::Row { carries, found } => write!(f, "line carries {}, found {}", or_none(carries), or_none(found)),
            Self::Head => write!(f, "end of the chain is not the stored one"),
            Self::Anchor => write!(f, "line is not the one that was noted"),
            Self::Key => write!(f, "key of a subject is gone without proof or does not open"),
        }
    }
}

fn broken(seq: i64, fault: Fault) -> Result<Verdict, Error> {
    Ok(Verdict::Broken { seq, fault })
}

impl Store {
    /// The last line of the chain, to be noted elsewhere.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub async fn head(&self) -> Result<Anchor, Error> {
        let rows = self.readers().rows("SELECT seq, hash FROM chain", Vec::new()).await?;
        let row = rows.first().ok_or_else(|| Error::Damaged { what: "chain", id: "head".into() })?;
        Ok(Anchor { seq: row.get(0)?, hash: row.digest(1)? })
    }

    /// Walks the chain from its beginning, with every row that a line carries, in bounded memory.
    ///
    /// It holds no lock: lines that are added while it walks are not looked at. `anchor` is a head noted before.
    ///
    /// # Errors
    /// [`Error::Database`]; what is wrong with the chain is a [`Verdict`] and no error.
    pub async fn verify(&self, anchor: Option<Anchor>) -> Result<Verdict, Error> {
        // Rows first, head after: a line written between the two is beyond no head.
        let mut beyond = 0;
        for table in CARRIED.into_iter().chain([&AUDIT]) {
            let key = table.columns[0].0;
            let rows =
                self.readers().rows(format!("SELECT MAX({key}), MIN({key}) FROM {}", table.name), Vec::new()).await?;
            let row = rows.first().ok_or(Error::Closed)?;
            beyond = beyond.max(row.get::<Option<i64>>(0)?.unwrap_or(0));
            if let Some(first) = row.get::<Option<i64>>(1)?.filter(|first| *first < 1) {
                return broken(first, Fault::Head);
            }
        }
        let Ok(head) = self.head().await else { return broken(beyond, Fault::Head) };
        let mut last = Anchor { seq: 0, hash: [0; 32] };
        while last.seq < head.seq {
            let page = match self.page(last, head.seq, anchor).await? {
                Ok(page) => page,
                Err(verdict) => return Ok(verdict),
            };
            last = page;
        }
        if last.hash != head.hash || beyond > head.seq {
            return broken(head.seq, Fault::Head);
        }
        if let Some(anchor) = anchor.filter(|a| a.seq > head.seq || (a.seq == 0 && a.hash != [0; 32])) {
            return broken(anchor.seq, Fault::Anchor);
        }
        match self.bad_key().await? {
            Some(seq) => broken(seq, Fault::Key),
            None => Ok(Verdict::Whole { head }),
        }
    }

    /// Checks the lines after `last`, at most a page of them; gives the last one.
    async fn page(&self, last: Anchor, end: i64, anchor: Option<Anchor>) -> Result<Result<Anchor, Verdict>, Error> {
        let sql = format!("SELECT {} FROM audit WHERE seq > $1 AND seq <= $2 ORDER BY seq LIMIT $3", AUDIT.list(""));
        let lines = self.readers().rows(sql, vec![last.seq.into(), end.into(), PAGE.into()]).await?;
        let through = lines.last().map_or(Ok(end), |line| line.get::<i64>(0))?;
        let mut rows = self.carried_rows(last.seq, through).await?;
        let wrong = |seq, fault| Ok(Err(Verdict::Broken { seq, fault }));
        let mut last = last;
        for line in &lines {
            let seq = last.seq + 1;
            if line.get::<i64>(0)? != seq {
                return wrong(seq, Fault::Missing);
            }
            let Ok(values) = AUDIT.values(line, 0) else { return wrong(seq, Fault::Unreadable) };
            let (content, stored) = values.split_at(values.len() - 1);
            let hash = hash(&last.hash, content);
            if stored[0] != Value::from(hash) {
                return wrong(seq, Fault::Hash);
            }
            let found = match rows.remove(&seq) {
                Some(Some(found)) => carried(&found),
                Some(None) => return wrong(seq, Fault::Unreadable),
                None => None,
            };
            let kind_at = content.len() - 2;
            let (kind, sha256) = found.map_or((None, None), |c| (Some(c.kind), Some(c.sha256.to_vec().into())));
            let same = [Value::Text(kind.as_deref().map(Cow::Borrowed)), Value::Bytes(sha256)] == content[kind_at..];
            if !same {
                let Value::Text(carries) = content[kind_at].clone() else { return wrong(seq, Fault::Unreadable) };
                let carries = carries.map(Cow::into_owned);
                return wrong(seq, Fault::Row { carries, found: kind });
            }
            if anchor.is_some_and(|a| a.seq == seq && a.hash != hash) {
                return wrong(seq, Fault::Anchor);
            }
            last = Anchor { seq, hash };
        }
        if lines.is_empty() {
            return wrong(last.seq + 1, Fault::Missing);
        }
        Ok(Ok(last))
    }

    /// Rows whose line is in `(after, through]`, by line; `None` for a line of which a row can not be read.
    #[expect(clippy::type_complexity, reason = "a map of rows, used in one place")]
    async fn carried_rows(
        &self,
        after: i64,
        through: i64,
    ) -> Result<BTreeMap<i64, Option<Vec<(&'static Table, Vec<Value<'static>>)>>>, Error> {
        let mut out: BTreeMap<i64, Option<Vec<(&'static Table, Vec<Value<'static>>)>>> = BTreeMap::new();
        for table in CARRIED {
            let sql = format!("SELECT {} FROM {} WHERE line > $1 AND line <= $2", table.list(""), table.name);
            for row in self.readers().rows(sql, vec![after.into(), through.into()]).await? {
                let rows = out.entry(row.get(0)?).or_insert_with(|| Some(Vec::new()));
                match (table.values(&row, 0), rows.as_mut()) {
                    (Ok(values), Some(rows)) => rows.push((table, values)),
                    _ => *rows = None,
                }
            }
        }
        Ok(out)
    }

    /// A key that is needed and not there, destroyed without proof or the reverse, or that does not open.
    async fn bad_key(&self) -> Result<Option<i64>, Error> {
        let unproved = "SELECT MIN(k.key_no) FROM subject_keys k LEFT JOIN key_destructions d ON d.key_no = k.key_no \
            WHERE COALESCE(k.destroyed_at, -1) <> COALESCE(d.destroyed_at, -1)";
        let mut questions = vec![
            unproved.to_owned(),
            "SELECT MIN(d.key_no) FROM key_destructions d WHERE NOT EXISTS \
             (SELECT 1 FROM subject_keys k WHERE k.key_no = d.key_no)"
                .to_owned(),
        ];
        questions.extend(["ratings", "consents", "decision_reasons", "objection_events"].map(|table| {
            format!(
                "SELECT MIN(t.key_no) FROM {table} t WHERE NOT EXISTS \
                 (SELECT 1 FROM subject_keys k WHERE k.key_no = t.key_no)"
            )
        }));
        for sql in questions {
            let rows: Vec<Row> = self.readers().rows(sql, Vec::new()).await?;
            if let Some(key_no) = rows.first().map_or(Ok(None), |row| row.get::<Option<i64>>(0))? {
                return Ok(Some(key_no));
            }
        }
        let mut after = i64::MIN;
        let sql = "SELECT key_no, subject_mac, kek_id, wrapped, destroyed_at FROM subject_keys \
                   WHERE key_no > $1 ORDER BY key_no LIMIT $2";
        loop {
            let rows = self.readers().rows(sql, vec![after.into(), PAGE.into()]).await?;
            for row in &rows {
                after = row.get(0)?;
                if SubjectKey::read(self.keys(), row, 0).is_err() {
                    return Ok(Some(after));
                }
            }
            if (rows.len() as i64) < PAGE {
                return Ok(None);
            }
        }
    }

    /// Lines of `from <= at < to`, in the order of the chain; of one subject only when one is named.
    pub fn export(&self, from: UnixMicros, to: UnixMicros, subject: Option<&str>) -> Export {
        let mut values: Vec<Value<'static>> = vec![0.into(), from.into(), to.into(), PAGE.into()];
        let condition = "a.seq > $1 AND a.at >= $2 AND a.at < $3";
        let lines = match subject {
            Some(subject) => lines_about(&self.keys().pseudonyms(subject), condition, &mut values),
            None => format!("SELECT {} FROM audit a WHERE {condition}", AUDIT.list("a.")),
        };
        let sql = lines + " ORDER BY seq LIMIT $4";
        Export { store: self.clone(), sql, values, page: VecDeque::new(), done: false }
    }
}

/// Lines of an export, read page by page.
pub struct Export {
    store: Store,
    sql: String,
    /// The first is the last line given.
    values: Vec<Value<'static>>,
    page: VecDeque<Line>,
    done: bool,
}

impl Export {
    /// The next line; `None` at the end.
    ///
    /// # Errors
    /// [`Error::Database`]; [`Error::Damaged`] when a line has no hash.
    pub async fn next(&mut self) -> Result<Option<Line>, Error> {
        if self.page.is_empty() && !self.done {
            let rows = self.store.readers().rows(self.sql.as_str(), self.values.clone()).await?;
            self.done = (rows.len() as i64) < PAGE;
            self.page = rows.iter().map(Line::read).collect::<Result<_, _>>()?;
            if let Some(last) = self.page.back() {
                self.values[0] = last.seq.into();
            }
        }
        Ok(self.page.pop_front())
    }
}
