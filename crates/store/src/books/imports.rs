//! What files brought to the ledger: a row for each import, and one for each of its rows that was not taken.
//!
//! Updates: none. Deletion: none. They stand beside the chain of the ledger and are no part of it: what was entered is in
//! the ledger itself, what was refused is nowhere else.

use super::Ledger;
use crate::engine::{Conn, Readers, Row, Value};
use crate::table::{Inserts, LEDGER_IMPORT_REFUSALS, LEDGER_IMPORTS};
use crate::{Error, UnixMicros};

/// Refusals that are kept of one import; all of them are counted.
pub const REFUSALS_KEPT: usize = 1_000;

/// An import of a file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NewImport {
    /// When it ended.
    pub at: UnixMicros,
    /// The name of the file, without folders.
    pub file: String,
    /// Its digest.
    pub file_sha256: [u8; 32],
    /// The name of the mapping; empty where the file has the ledger's own columns.
    pub mapping: String,
    /// Who brought it.
    pub maker: String,
    /// Rows that were read.
    pub rows: u64,
    /// Events that they came to.
    pub events: u64,
    /// Events that were entered.
    pub entered: u64,
    /// Events that had been entered before.
    pub repeated: u64,
    /// Events that the ledger refused.
    pub refused: u64,
    /// Rows that could not be read.
    pub unreadable: u64,
    /// The first of what was refused or could not be read, at most [`REFUSALS_KEPT`].
    pub refusals: Vec<ImportRefusal>,
}

/// A row that was not taken.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ImportRefusal {
    /// The row of the file, from 1.
    pub row: u64,
    /// The event that it was to be.
    pub event: String,
    /// The rule that it breaks, by its code.
    pub rule: String,
    /// The column.
    pub field: String,
    /// What was found.
    pub found: String,
    /// What is allowed.
    pub allowed: String,
    /// The reason in Chinese.
    pub reason_zh: String,
    /// The reason in English.
    pub reason_en: String,
}

/// An import as stored; without its refusals, which are read apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Import {
    /// Its number, from 1.
    pub number: i64,
    /// The import.
    pub import: NewImport,
}

/// Reads what was imported, and nothing else of a ledger.
#[derive(Clone)]
pub struct ImportLog(Readers);

fn int(n: u64) -> Value<'static> {
    i64::try_from(n).unwrap_or(i64::MAX).into()
}

fn count(row: &Row, at: usize) -> Result<u64, Error> {
    Ok(u64::try_from(row.get::<i64>(at)?).unwrap_or(0))
}

impl Ledger {
    /// Keeps an import; gives its number. Returns when it is on disk.
    ///
    /// # Errors
    /// [`Error::Invalid`] for more refusals than [`REFUSALS_KEPT`]; [`Error::Database`], [`Error::OutcomeUnknown`].
    pub async fn note_import(&self, import: &NewImport) -> Result<i64, Error> {
        if import.refusals.len() > REFUSALS_KEPT {
            return Err(Error::Invalid { why: "more refusals than are kept of one import" });
        }
        let mut conn = self.engine().connect().await?;
        let noted = note(&mut conn, import).await;
        if noted.is_err() {
            // The connection is given up either way.
            let _ = conn.roll_back().await;
        }
        conn.close().await;
        noted
    }

    /// What was imported, for who only reads that.
    pub fn import_log(&self) -> ImportLog {
        ImportLog(self.readers().clone())
    }
}

async fn note(conn: &mut Conn, import: &NewImport) -> Result<i64, Error> {
    // Imports at the same time have numbers one after the other: the end of the ledger's chain is the lock.
    conn.begin(super::rows::HEAD).await?;
    let rows = conn.rows("SELECT COALESCE(MAX(number), 0) FROM ledger_imports", Vec::new()).await?;
    let number = rows.first().map_or(Ok(0), |row| row.get::<i64>(0))?.saturating_add(1);
    let mut inserts = Inserts::default();
    let row = vec![
        number.into(),
        import.at.into(),
        import.file.as_str().into(),
        (&import.file_sha256).into(),
        import.mapping.as_str().into(),
        import.maker.as_str().into(),
        int(import.rows),
        int(import.events),
        int(import.entered),
        int(import.repeated),
        int(import.refused),
        int(import.unreadable),
    ];
    inserts.add(conn, &LEDGER_IMPORTS, vec![row]).await?;
    let rows = import.refusals.iter().zip(1_i64..).map(|(r, nth)| {
        vec![
            number.into(),
            nth.into(),
            int(r.row),
            r.event.as_str().into(),
            r.rule.as_str().into(),
            r.field.as_str().into(),
            r.found.as_str().into(),
            r.allowed.as_str().into(),
            r.reason_zh.as_str().into(),
            r.reason_en.as_str().into(),
        ]
    });
    inserts.add(conn, &LEDGER_IMPORT_REFUSALS, rows.collect()).await?;
    conn.commit().await?;
    Ok(number)
}

impl ImportLog {
    /// The last `max` imports up to a moment, newest first.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub async fn imports(&self, through: UnixMicros, max: u32) -> Result<Vec<Import>, Error> {
        let sql = format!(
            "SELECT {} FROM ledger_imports WHERE at <= $1 ORDER BY number DESC LIMIT $2",
            LEDGER_IMPORTS.list("")
        );
        let rows = self.0.rows(sql, vec![through.into(), i64::from(max).into()]).await?;
        let read = |row: &Row| {
            let import = NewImport {
                at: row.get(1)?,
                file: row.get(2)?,
                file_sha256: row.digest(3)?,
                mapping: row.get(4)?,
                maker: row.get(5)?,
                rows: count(row, 6)?,
                events: count(row, 7)?,
                entered: count(row, 8)?,
                repeated: count(row, 9)?,
                refused: count(row, 10)?,
                unreadable: count(row, 11)?,
                refusals: Vec::new(),
            };
            Ok(Import { number: row.get(0)?, import })
        };
        rows.iter().map(read).collect()
    }

    /// Refusals of imports from a number on up to a moment, at most `max`, newest import first, each with its number.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub async fn refusals(&self, from: i64, through: UnixMicros, max: u32) -> Result<Vec<(i64, ImportRefusal)>, Error> {
        let sql = format!(
            "SELECT {} FROM ledger_import_refusals r JOIN ledger_imports i ON i.number = r.import \
             WHERE r.import >= $1 AND i.at <= $2 ORDER BY r.import DESC, r.nth LIMIT $3",
            LEDGER_IMPORT_REFUSALS.list("r.")
        );
        let rows = self.0.rows(sql, vec![from.into(), through.into(), i64::from(max).into()]).await?;
        let read = |row: &Row| {
            let refusal = ImportRefusal {
                row: count(row, 2)?,
                event: row.get(3)?,
                rule: row.get(4)?,
                field: row.get(5)?,
                found: row.get(6)?,
                allowed: row.get(7)?,
                reason_zh: row.get(8)?,
                reason_en: row.get(9)?,
            };
            Ok((row.get(0)?, refusal))
        };
        rows.iter().map(read).collect()
    }
}
