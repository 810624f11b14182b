//! A model as a text that others compute with: one SQL statement, or a PMML scorecard.
//!
//! [`sql`] writes a `SELECT` for Spark, DuckDB, PostgreSQL or SQLite, [`pmml`] a PMML 4.4 `Scorecard`. Both give the
//! integer points, grade, PD, data coverage and reason codes that [`scoring::Model::assess`] gives, for every value:
//! missing, special, unseen, not authorised, and each edge with its neighbours. What a target can not say is refused
//! by an [`Error`] that names the place; nothing is approximated.
//!
//! Nothing here reads or writes a file or speaks to a database: a model goes in, a text comes out, always the same.
//!
//! Not exported is what a commercial-value rating rests on besides the tables (negative list, who can be rated, the
//! line): `grade` is that of the score and the share of authorised characteristics.
//!
//! # Examples
//! ```
//! use export::{Dialect, SqlOptions};
//! use scoring::Model;
//!
//! let model = Model::from_json(include_bytes!("../../scoring/examples/model.json"))?;
//! let options = SqlOptions { dialect: Dialect::DuckDb, table: "firms", keep: &["id".to_owned()], not_authorised: None };
//! let statement = export::sql(&model, &options)?;
//! assert!(statement.contains(r#"FROM "firms" AS s"#));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod dialect;
mod error;
mod names;
mod number;
mod plan;
mod pmml;
mod sql;
mod xml;

pub use dialect::Dialect;
pub use error::Error;
pub use pmml::{PmmlOptions, pmml};
pub use sql::{SqlOptions, sql};
