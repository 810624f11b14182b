//! Arguments of what takes a model to other programs.

use clap::{Args, ValueEnum};
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(crate) struct ExportArgs {
    /// Model folder (模型文件夹), or a model file
    #[arg(long, value_name = "DIR_OR_FILE")]
    pub(crate) model: PathBuf,
    /// What to write
    #[arg(long, value_enum)]
    pub(crate) to: ExportTo,
    /// Database (数据库) of the SQL
    #[arg(long, value_enum, required_if_eq("to", "sql"))]
    pub(crate) dialect: Option<ExportDialect>,
    /// Table (表) that the SQL reads, with its schemas before it: credit.firms [default: firms]
    #[arg(long, value_name = "NAME")]
    pub(crate) table: Option<String>,
    /// Columns of the table to copy (保留列), such as the one that names the enterprise
    #[arg(long, num_args = 1.., value_name = "COL")]
    pub(crate) keep: Vec<String>,
    /// Column with the names of the characteristics that are not authorised (未授权) in a row, ; between
    #[arg(long, value_name = "COL")]
    pub(crate) not_authorised: Option<String>,
    /// File to write: .sql or .pmml
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ExportTo {
    /// A SELECT that rates every row of a table
    Sql,
    /// A PMML 4.4 scorecard with reason codes
    Pmml,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ExportDialect {
    /// Apache Spark SQL
    Spark,
    /// DuckDB
    Duckdb,
    /// PostgreSQL
    Postgres,
    /// SQLite
    Sqlite,
}

impl From<ExportDialect> for export::Dialect {
    fn from(dialect: ExportDialect) -> Self {
        match dialect {
            ExportDialect::Spark => Self::Spark,
            ExportDialect::Duckdb => Self::DuckDb,
            ExportDialect::Postgres => Self::Postgres,
            ExportDialect::Sqlite => Self::Sqlite,
        }
    }
}
