//! The wire: messages, clients and servers generated from `proto/`, and a client face for banks.
//!
//! It holds no type of the domain: whoever serves converts. Money is `i64` fen, rates and shares are `i64` ppm, instants
//! are [`prost_types::Timestamp`], days are [`Date`].
//!
//! - [`rating::v1`]: everything of the package `shangzhi.rating.v1`; start at
//!   [`rating::v1::rating_service_server::RatingService`] to serve and at [`client::Client`] to call.
//! - [`ledger::v1`]: everything of the package `shangzhi.ledger.v1`; start at
//!   [`ledger::v1::loan_service_server::LoanService`].
//! - [`DESCRIPTORS`]: for server reflection.
//! - [`status`]: reasons and field violations in errors, and errors of single items.

pub mod client;
pub mod request_id;
pub mod status;

/// Packages `shangzhi.rating.*`.
pub mod rating {
    /// Package `shangzhi.rating.v1`.
    pub mod v1 {
        #![allow(missing_docs)] // of what the generator adds: messages, fields and methods have theirs from proto/
        #![allow(clippy::large_enum_variant)] // of an answer in a batch: nearly all are ratings, so a box would cost more
        tonic::include_proto!("shangzhi.rating.v1");
    }
}

/// Packages `shangzhi.ledger.*`.
pub mod ledger {
    /// Package `shangzhi.ledger.v1`.
    pub mod v1 {
        #![allow(missing_docs)] // of what the generator adds: messages, fields and methods have theirs from proto/
        tonic::include_proto!("shangzhi.ledger.v1");
    }
}

mod google_type {
    tonic::include_proto!("google.r#type"); // `type` is a word of Rust
}
pub use google_type::Date;

/// The compiled `.proto` files with all their imports and comments, as an encoded `google.protobuf.FileDescriptorSet`.
pub const DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.bin"));
