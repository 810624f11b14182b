//! Numbers that say where they come from.

use serde::{Deserialize, Serialize};

/// How far a number may be relied on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mark {
    /// It stands in the document or in an official account of it.
    Official,
    /// It was chosen here, because the official one is not public. Whoever shows it says so.
    Illustrative,
}

impl Mark {
    /// The word of rule files.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Official => "official",
            Self::Illustrative => "illustrative",
        }
    }
}

/// A value of a rule with its mark and source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Marked<T> {
    /// The value.
    pub value: T,
    /// How far it may be relied on.
    pub mark: Mark,
    /// Where it comes from, never empty.
    pub source: String,
}
