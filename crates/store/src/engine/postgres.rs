//! PostgreSQL, over a connection of its own protocol.

use super::value::{Column, Row, Value};
use crate::Error;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgPool, PgPoolOptions};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, PgExecutor};
use std::str::FromStr as _;
use std::time::Duration;

/// Binds values in order; the type of such a query has parameters that nobody wants to read.
macro_rules! bound {
    ($sql:expr, $values:expr) => {{
        let mut query = sqlx::query(AssertSqlSafe($sql.to_owned()));
        for value in $values {
            query = match value {
                Value::Int(v) => query.bind(*v),
                Value::Text(v) => query.bind(v.as_deref()),
                Value::Bytes(v) => query.bind(v.as_deref()),
            };
        }
        query
    }};
}

/// Likewise of columns.
macro_rules! bound_columns {
    ($sql:expr, $columns:expr) => {{
        let mut query = sqlx::query(AssertSqlSafe($sql.to_owned()));
        for column in $columns {
            query = match column {
                Column::Int(list) => query.bind(list),
                Column::Text(list) => query.bind(list.iter().map(|v| v.as_deref()).collect::<Vec<Option<&str>>>()),
                Column::Bytes(list) => query.bind(list.iter().map(|v| v.as_deref()).collect::<Vec<Option<&[u8]>>>()),
            };
        }
        query
    }};
}

pub(crate) fn options(address: &str) -> Result<PgConnectOptions, Error> {
    let options = PgConnectOptions::from_str(address)?
        .application_name("shangzhi")
        // A server that hangs within a transaction holds the end of the chain: not for ever.
        .options([
            ("synchronous_commit", "on"),
            ("lock_timeout", "20s"),
            ("idle_in_transaction_session_timeout", "15s"),
            // Every question here is a few look-ups in an index. A planner that has not seen the tables since
            // they were small would read them whole.
            ("enable_seqscan", "off"),
            ("enable_hashjoin", "off"),
            ("enable_mergejoin", "off"),
            // What is switched off counts as very dear, and what is dear may be compiled before it is run: nothing here
            // reads enough rows for that.
            ("jit", "off"),
        ]);
    Ok(options.disable_statement_logging())
}

pub(crate) async fn connect(options: &PgConnectOptions) -> Result<PgConnection, sqlx::Error> {
    PgConnection::connect_with(options).await
}

/// Runs a statement; gives the number of rows it changed.
pub(crate) async fn execute(c: &mut PgConnection, sql: &str, values: &[Value<'_>]) -> Result<u64, sqlx::Error> {
    Ok(bound!(sql, values).execute(c).await?.rows_affected())
}

/// As [`execute`], of columns: a list of any length is one value.
pub(crate) async fn execute_columns(
    c: &mut PgConnection,
    sql: &str,
    columns: &[Column<'_>],
) -> Result<u64, sqlx::Error> {
    Ok(bound_columns!(sql, columns).execute(c).await?.rows_affected())
}

/// As [`rows`], of columns.
pub(crate) async fn rows_of(c: impl PgExecutor<'_>, sql: &str, columns: &[Column<'_>]) -> Result<Vec<Row>, Error> {
    Ok(bound_columns!(sql, columns).fetch_all(c).await?.into_iter().map(Row::Postgres).collect())
}

pub(crate) async fn rows(c: &mut PgConnection, sql: &str, values: &[Value<'_>]) -> Result<Vec<Row>, Error> {
    Ok(bound!(sql, values).fetch_all(c).await?.into_iter().map(Row::Postgres).collect())
}

/// Runs a text of several statements.
pub(crate) async fn script(c: &mut PgConnection, sql: &str) -> Result<(), sqlx::Error> {
    sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(c).await.map(drop)
}

/// Connections for reading.
#[derive(Clone)]
pub(crate) struct Readers(PgPool);

impl Readers {
    pub(crate) fn new(options: PgConnectOptions, connections: u32) -> Self {
        let pool = PgPoolOptions::new().max_connections(connections).acquire_timeout(Duration::from_secs(10));
        Self(pool.connect_lazy_with(options))
    }

    pub(crate) async fn rows(&self, sql: &str, values: &[Value<'_>]) -> Result<Vec<Row>, Error> {
        Ok(bound!(sql, values).fetch_all(&self.0).await?.into_iter().map(Row::Postgres).collect())
    }

    pub(crate) async fn rows_of(&self, sql: &str, columns: &[Column<'_>]) -> Result<Vec<Row>, Error> {
        rows_of(&self.0, sql, columns).await
    }

    pub(crate) async fn close(&self) {
        self.0.close().await;
    }
}
