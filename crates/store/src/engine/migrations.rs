//! Brings the schema of a database to this version.
//!
//! What was done stands in `_sqlx_migrations`, with the SHA-384 of each text: a table that sqlx made first and that keeps
//! its name and form, so that databases of earlier versions open. All that is missing is done in one transaction.

use super::Conn;
use crate::Error;
use crate::books::packed;
use ring::digest::{SHA384, digest};

struct Migration {
    version: i64,
    description: &'static str,
    sql: &'static str,
}

/// The migrations of one engine: their numbers and words, in the order of their files.
macro_rules! migrations {
    ($engine:literal: $($version:literal $file:literal $description:literal),+) => {
        &[$(Migration {
            version: $version,
            description: $description,
            sql: include_str!(concat!("../../migrations/", $engine, "/", $file)),
        }),+]
    };
}

const SQLITE: &[Migration] = migrations!("sqlite":
    1 "0001_store.sql" "store",
    2 "0002_ratings_by_tenant.sql" "ratings by tenant",
    3 "0003_decision_reasons.sql" "decision reasons",
    4 "0004_narrow_indexes.sql" "narrow indexes",
    5 "0005_ledger.sql" "ledger",
    6 "0006_staff.sql" "staff",
    7 "0007_ledger_entries.sql" "ledger entries",
    8 "0008_drafts_and_imports.sql" "drafts and imports",
    9 "0009_input_counts.sql" "input counts");

const POSTGRES: &[Migration] = migrations!("postgres":
    1 "0001_store.sql" "store",
    2 "0002_ratings_by_tenant.sql" "ratings by tenant",
    3 "0003_decision_reasons.sql" "decision reasons",
    4 "0004_narrow_indexes.sql" "narrow indexes",
    5 "0005_ledger.sql" "ledger",
    6 "0006_staff.sql" "staff",
    7 "0007_ledger_entries.sql" "ledger entries",
    8 "0008_drafts_and_imports.sql" "drafts and imports",
    9 "0009_input_counts.sql" "input counts");

/// The one whose rows the program makes.
const PACKS_ENTRIES: i64 = 7;

/// Does what is missing.
pub(crate) async fn run(conn: &mut Conn) -> Result<(), Error> {
    // Servers that start together wait for one another.
    let (migrations, begin, table) = match conn {
        Conn::Sqlite(_) => (
            SQLITE,
            "BEGIN IMMEDIATE",
            "CREATE TABLE IF NOT EXISTS _sqlx_migrations (version BIGINT PRIMARY KEY, description TEXT NOT NULL, \
             installed_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP, success BOOLEAN NOT NULL, \
             checksum BLOB NOT NULL, execution_time BIGINT NOT NULL)",
        ),
        Conn::Postgres(_) => (
            POSTGRES,
            "BEGIN; SELECT pg_advisory_xact_lock(7311042200417)",
            "CREATE TABLE IF NOT EXISTS _sqlx_migrations (version BIGINT PRIMARY KEY, description TEXT NOT NULL, \
             installed_on TIMESTAMPTZ NOT NULL DEFAULT now(), success BOOLEAN NOT NULL, \
             checksum BYTEA NOT NULL, execution_time BIGINT NOT NULL)",
        ),
    };
    conn.script(begin).await?;
    conn.script(table).await?;
    let done = conn.rows("SELECT version, checksum FROM _sqlx_migrations ORDER BY version", Vec::new()).await?;
    let known = migrations.last().map_or(0, |m| m.version);
    let mut through = 0;
    for row in &done {
        let version = row.get(0)?;
        let migration = migrations.iter().find(|m| m.version == version);
        let migration = migration.ok_or(Error::NewerSchema { found: version, known })?;
        if digest(&SHA384, migration.sql.as_bytes()).as_ref() != row.get::<Vec<u8>>(1)? {
            return Err(Error::OtherSchema { version });
        }
        through = version;
    }
    for m in migrations.iter().filter(|m| m.version > through) {
        conn.script(m.sql).await?;
        if m.version == PACKS_ENTRIES {
            packed::pack(conn).await?;
        }
        let sql = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
                   VALUES ($1, $2, TRUE, $3, 0)";
        let checksum = digest(&SHA384, m.sql.as_bytes()).as_ref().to_vec();
        conn.execute(sql, vec![m.version.into(), m.description.into(), checksum.into()]).await?;
    }
    conn.commit().await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_is_a_migration() {
        for (engine, migrations) in [("sqlite", SQLITE), ("postgres", POSTGRES)] {
            let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations").join(engine);
            let files = std::fs::read_dir(folder).expect("a folder").map(|f| f.expect("a file").file_name());
            let mut files: Vec<String> = files.map(|f| f.into_string().expect("a name")).collect();
            files.sort();
            let names = migrations.iter().map(|m| format!("{:04}_{}.sql", m.version, m.description.replace(' ', "_")));
            assert_eq!(names.collect::<Vec<_>>(), files);
        }
    }
}
