//! A table of features as a file that is never changed, looked into by the id of an enterprise.
//!
//! The rating service reads rows out of it; whoever wants to compute with columns takes the table. [`write()`] makes one from
//! a table, [`Snapshot`] looks into one, [`Snapshots`] serves the newest of a folder while newer ones come.
//!
//! - **Updates**: none. A new day or catalogue is a new file.
//! - **Deletion**: the file is removed; whoever has it open keeps it.
//! - **Guarantees**: numbers come back to their very bits, texts to the letter; an empty text is a missing one, as in a
//!   table. A file appears whole or not at all. Whatever is damaged gives an error, where it is opened, verified or read.
//!
//! The layout, all numbers with the lowest byte first:
//!
//! | part | content |
//! |---|---|
//! | start | `SZSNAP\r\n`, format version as `u32`, four zeros |
//! | rows | one after another: bytes of its own texts as `u32`; for each of [`TEXTS`] a `u32`: none, a shared text, or a length; [`FIGURES`], then the features, as `f64`; the texts |
//! | shared texts | where each begins and the last ends as `u32`, then the texts: districts, industries and the like repeat |
//! | index | a power of two of `u64`: sixteen bits of the key and the place of a row, 0 where there is none |
//! | end | counts and places of the parts, SHA-256 of all before, as-of date, version of the catalogue; length of the file, length of the end, format version, `SZSNAP\r\n`; SHA-256 of the start and the end |
//!
//! The last digest names the snapshot: it covers the other, and so every byte. To open a file it is enough to read its
//! end; [`Snapshot::verify`] reads all.

mod build;
mod error;
mod folder;
mod index;
mod layout;
mod open;
mod row;
mod writer;

pub use build::{write, write_for};
pub use error::Error;
pub use folder::{Reload, Snapshots};
pub use open::{Ids, Snapshot};
pub use row::Row;
pub use writer::{NewRow, Writer, Written};

/// The texts of a row, by the names of their columns.
pub const TEXTS: [&str; 17] = [
    "enterprise_id",
    "as_of",
    "catalogue_version",
    "inputs_digest",
    "fact_name",
    "fact_kind",
    "fact_status",
    "fact_industry",
    "fact_district",
    "fact_zone",
    "fact_established_on",
    "fact_label",
    "group_id",
    "hits",
    "group_hits",
    "sources",
    "states",
];

/// The numbers of a row that are no features, by the names of their columns.
pub const FIGURES: [&str; 4] = ["fact_staff", "fact_revenue", "fact_assets", "group_size"];

/// Places among [`TEXTS`].
const ID: usize = 0;
const AS_OF: usize = 1;
const VERSION: usize = 2;
const STATES: usize = TEXTS.len() - 1;

/// Texts that many rows have in common: as-of date, version, kind, status, industry, district, zone, day of establishment,
/// label.
const SHARED: [usize; 9] = [AS_OF, VERSION, 5, 6, 7, 8, 9, 10, 11];

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests;
