//! The stored kinds as data: their columns in order, how rows are added, how a row is hashed.
//!
//! One list of columns serves the insert, the hash and the walk of the chain, so that no column can be stored without
//! being hashed.

use crate::Error;
use crate::engine::{Column, Conn, Places, Row, Value, places};
use ring::digest::{Context, SHA256};
use std::collections::HashMap;

/// Type of a column.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Kind {
    Int,
    Text,
    Bytes,
}
use Kind::{Bytes, Int, Text};

#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) name: &'static str,
    pub(crate) columns: &'static [(&'static str, Kind)],
}

/// Declares a table with its columns in order.
macro_rules! table {
    ($id:ident = $name:literal: $($column:ident $kind:ident),+) => {
        pub(crate) static $id: Table = Table { name: $name, columns: &[$((stringify!($column), $kind)),+] };
    };
}

table!(AUDIT = "audit":
    seq Int, at Int, actor Text, role Text, tenant Text, action Text, subject_mac Bytes, mac_key Text, purpose Text,
    outcome Text, object_id Text, detail Text, record_kind Text, record_sha256 Bytes, hash Bytes);

table!(RATINGS = "ratings":
    line Int, tenant Text, rating_id Text, request_id Text, body_sha256 Bytes, key_no Int, kind Text, created_at
    Int, valid_until Int, retain_until Int, model_digest Text, snapshot_digest Text, sealed_answer Bytes,
    sealed_inputs Bytes);

table!(CONSENTS = "consents":
    line Int, tenant Text, consent_id Text, key_no Int, purpose Text, categories Text, lending_data Int, personal
    Int, granter Text, sealed_parties Bytes, valid_from Int, valid_until Int, retain_until Int, text_digest Text,
    text_place Text, granted_at Int);

table!(CONSENT_ENDS = "consent_ends":
    line Int, tenant Text, consent_id Text, revoked_at Int, revoked_by Text, sealed_reason Bytes);

table!(DECISIONS = "decisions":
    line Int, tenant Text, rating_id Text, decision Text, amount_fen Int, override_reason Text, decided_at Int,
    decided_by Text);

table!(DECISION_REASONS = "decision_reasons":
    line Int, key_no Int, sealed_reason Bytes);

table!(OBJECTIONS = "objection_events":
    line Int, objection_id Text, key_no Int, rating_id Text, event Text, state Text, outcome Text, at Int, due_on
    Text, sealed_text Bytes, retain_until Int);

table!(ACTIVATIONS = "activations":
    line Int, model_digest Text, author Text, reviewer Text, activated_at Int, activated_by Text);

table!(RECEIPTS = "receipts":
    line Int, tenant Text, rating_id Text, subject_mac Bytes, mac_key Text, received_at Int);

table!(STAFF = "staff":
    line Int, name Text, shown_as Text, role Text, district Text, password Text, disabled Int, changed_at Int,
    changed_by Text);

table!(SESSIONS = "sessions":
    line Int, token_sha256 Bytes, name Text, opened_at Int, until Int);

table!(SESSION_ENDS = "session_ends":
    line Int, token_sha256 Bytes, ended_at Int);

table!(SIGN_IN_FAILURES = "sign_in_failures":
    line Int, name_mac Bytes, failed_at Int);

table!(DRAFTS = "drafts":
    line Int, draft_id Text, maker Text, made_at Int, district Text, body Text, reason Text);

table!(DRAFT_ENDS = "draft_ends":
    line Int, draft_id Text, checker Text, ended_at Int, entry Int, reason Text);

table!(KEY_DESTRUCTIONS = "key_destructions":
    line Int, key_no Int, wrapped_sha256 Bytes, destroyed_at Int);

table!(REQUESTS = "requests":
    line Int, tenant Text, request_id Text, body_sha256 Bytes, answer Bytes);

table!(SUBJECT_KEYS = "subject_keys":
    key_no Int, subject_mac Bytes, mac_key Text, kek_id Text, wrapped Bytes, created_at Int, destroyed_at Int);

table!(LEDGER_EVENTS = "ledger_events":
    seq Int, recorded_at Int, event Text, did Bytes, earlier Bytes, hash Bytes);

table!(LEDGER_IMPORTS = "ledger_imports":
    number Int, at Int, file Text, file_sha256 Bytes, mapping Text, maker Text, rows Int, events Int, entered Int,
    repeated Int, refused Int, unreadable Int);

table!(LEDGER_IMPORT_REFUSALS = "ledger_import_refusals":
    import Int, nth Int, row Int, event Text, rule Text, field Text, found Text, allowed Text, reason_zh Text,
    reason_en Text);

table!(LEDGER_RECORDS = "ledger_records":
    key Text, seq Int);

/// What an audit line can carry, in the order in which rows of one line are hashed.
pub(crate) static CARRIED: [&Table; 16] = [
    &RATINGS,
    &CONSENTS,
    &CONSENT_ENDS,
    &DECISIONS,
    &DECISION_REASONS,
    &OBJECTIONS,
    &ACTIVATIONS,
    &RECEIPTS,
    &KEY_DESTRUCTIONS,
    &REQUESTS,
    &STAFF,
    &SESSIONS,
    &SESSION_ENDS,
    &SIGN_IN_FAILURES,
    &DRAFTS,
    &DRAFT_ENDS,
];

impl Table {
    /// `a, b, c` of all columns, each after `prefix`.
    pub(crate) fn list(&self, prefix: &str) -> String {
        let names: Vec<String> = self.columns.iter().map(|(name, _)| format!("{prefix}{name}")).collect();
        names.join(", ")
    }

    /// The values of a row that was read with [`Self::list`], from column `first` on.
    pub(crate) fn values(&self, row: &Row, first: usize) -> Result<Vec<Value<'static>>, Error> {
        let value = |(i, (_, kind)): (usize, &(&str, Kind))| {
            Ok(match kind {
                Int => Value::Int(row.get(first + i)?),
                Text => Value::Text(row.get::<Option<String>>(first + i)?.map(Into::into)),
                Bytes => Value::Bytes(row.get::<Option<Vec<u8>>>(first + i)?.map(Into::into)),
            })
        };
        self.columns.iter().enumerate().map(value).collect()
    }
}

/// What becomes of a row that stands under the first column of a new one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Old {
    /// It stays, and to add the new one is an error.
    Stays,
    /// The new one takes its place.
    Goes,
}

/// Statements that add rows, built once.
#[derive(Default)]
pub(crate) struct Inserts(HashMap<(&'static str, Old), String>);

impl Inserts {
    /// Adds `rows`: to SQLite one by one, to a server all by one statement.
    pub(crate) async fn add(
        &mut self,
        conn: &mut Conn,
        table: &'static Table,
        rows: Vec<Vec<Value<'_>>>,
    ) -> Result<(), Error> {
        self.run(conn, table, Old::Stays, rows).await
    }

    /// As [`Self::add`]; a row takes the place of the one under its first column. No two of `rows` have the same.
    pub(crate) async fn put(
        &mut self,
        conn: &mut Conn,
        table: &'static Table,
        rows: Vec<Vec<Value<'_>>>,
    ) -> Result<(), Error> {
        self.run(conn, table, Old::Goes, rows).await
    }

    async fn run(
        &mut self,
        conn: &mut Conn,
        table: &'static Table,
        old: Old,
        rows: Vec<Vec<Value<'_>>>,
    ) -> Result<(), Error> {
        if rows.is_empty() {
            return Ok(());
        }
        let style = conn.places();
        let sql = self.0.entry((table.name, old)).or_insert_with(|| insert(table, style, old));
        match style {
            Places::Numbered => conn.execute_columns(sql, Column::of_rows(rows)).await,
            Places::Plain => conn.execute_each(sql, rows).await,
        }
    }
}

/// The statement that adds one row of `?`, or as many as the lists have that are its values.
fn insert(table: &Table, style: Places, old: Old) -> String {
    let (name, list) = (table.name, table.list(""));
    let mut sql = match style {
        // SQLite would keep a journal of each statement, to undo it alone: an error here undoes all.
        Places::Plain => {
            let mut sql = format!("INSERT OR ROLLBACK INTO {name} ({list}) VALUES (");
            places(&mut sql, style, 0, table.columns.len());
            sql + ")"
        }
        Places::Numbered => {
            let lists = table.columns.iter().enumerate().map(|(i, (_, kind))| {
                let kind = match kind {
                    Int => "bigint",
                    Text => "text",
                    Bytes => "bytea",
                };
                format!("${}::{kind}[]", i + 1)
            });
            format!("INSERT INTO {name} ({list}) SELECT * FROM unnest({})", lists.collect::<Vec<_>>().join(", "))
        }
    };
    if let (Old::Goes, Some(((key, _), others))) = (old, table.columns.split_first()) {
        let set: Vec<String> = others.iter().map(|(name, _)| format!("{name} = excluded.{name}")).collect();
        sql.push_str(&format!(" ON CONFLICT ({key}) DO UPDATE SET {}", set.join(", ")));
    }
    sql
}

/// SHA-256 over values, each with its type and length before it, so that no two lists of values look alike.
pub(crate) struct Hasher(Context);

impl Hasher {
    pub(crate) fn new() -> Self {
        Self(Context::new(&SHA256))
    }

    /// SHA-256 of bytes as they are.
    pub(crate) fn plain(bytes: &[u8]) -> [u8; 32] {
        let mut hasher = Self::new();
        hasher.0.update(bytes);
        hasher.end()
    }

    pub(crate) fn bytes(&mut self, tag: u8, bytes: &[u8]) {
        let mut head = [tag; 9];
        head[1..].copy_from_slice(&(bytes.len() as u64).to_be_bytes());
        self.0.update(&head);
        self.0.update(bytes);
    }

    /// A type byte (0 is NULL of any type, 1 integer, 2 text, 3 bytes), the length in 8 bytes, the bytes.
    pub(crate) fn value(&mut self, value: &Value<'_>) {
        match value {
            Value::Int(None) | Value::Text(None) | Value::Bytes(None) => self.bytes(0, &[]),
            Value::Int(Some(v)) => self.bytes(1, &v.to_be_bytes()),
            Value::Text(Some(v)) => self.bytes(2, v.as_bytes()),
            Value::Bytes(Some(v)) => self.bytes(3, v),
        }
    }

    pub(crate) fn row(&mut self, table: &Table, row: &[Value<'_>]) {
        assert_eq!(row.len(), table.columns.len(), "a row of {} has all columns", table.name);
        self.bytes(2, table.name.as_bytes());
        row.iter().for_each(|v| self.value(v));
    }

    pub(crate) fn end(self) -> [u8; 32] {
        let mut out = [0; 32];
        out.copy_from_slice(self.0.finish().as_ref());
        out
    }
}

/// What a sealed value is about: its place, in the same unambiguous form as a row's.
pub(crate) fn about(place: &str, parts: &[&[u8]]) -> Vec<u8> {
    let mut out = place.as_bytes().to_vec();
    for part in parts {
        out.extend_from_slice(&(part.len() as u64).to_be_bytes());
        out.extend_from_slice(part);
    }
    out
}
