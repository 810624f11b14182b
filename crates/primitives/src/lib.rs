//! Nouns that every other crate shares: table columns, one row's values, digests, the order of labels.
//!
//! No input or output happens here, and nothing here knows what a score is.

mod column;
mod digest;
mod order;
mod value;

pub use column::{Column, ColumnView, MISSING_CODE, TextBuilder};
pub use digest::{Digest, DigestError, digest_hex};
pub use order::label_order;
pub use value::Value;
