//! Nouns that every other crate shares: table columns, one row's values, digests, the order of labels; money,
//! and what official standards say of an enterprise: its identifier, district, industry and size class.
//!
//! No input or output happens here, and nothing here knows what a score is. The tables of the standards are
//! constants in Rust and not files to parse: this crate stands behind `scoring`, which a bank embeds alone.

pub mod calendar;
pub mod credit_code;
pub mod industry;
pub mod money;
pub mod rate;
pub mod region;
pub mod size_class;

mod column;
mod digest;
mod edits;
mod order;
mod plain;
mod spreadsheet;
mod value;

pub use column::{Column, ColumnView, MISSING_CODE, TextBuilder};
pub use credit_code::{CreditCode, CreditCodeError};
pub use digest::{Digest, DigestError, digest_hex, hex};
pub use edits::edits;
pub use industry::{Industry, IndustryError};
pub use money::{Fen, MoneyError};
pub use order::label_order;
pub use plain::plain;
pub use rate::Ppm;
pub use region::RegionCode;
pub use size_class::SizeClass;
pub use spreadsheet::{csv_cell, no_formula};
pub use value::Value;
