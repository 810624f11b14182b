//! Nouns that every other crate shares: table columns, one row's values, digests.
//!
//! No input or output happens here, and nothing here knows what a score is.

mod column;
mod digest;
mod value;

pub use column::{Column, ColumnView, MISSING_CODE, TextBuilder};
pub use digest::{Digest, DigestError, digest_hex};
pub use value::Value;
