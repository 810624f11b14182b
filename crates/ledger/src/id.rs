//! Ids of things and persons: short texts of their own types, held in place so that keys are compared without a heap.

use serde::de::{Error as _, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::hash::{Hash, Hasher};

/// The most bytes of an id: 15 Chinese characters and more.
pub const ID_BYTES_MAX: usize = 47;

/// The text is no id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what} {found:?} is no id: allowed are 1 to {max} bytes of letters, digits and -_.:/#()（）〔〕", max = ID_BYTES_MAX)]
pub struct IdError {
    /// What it should have named.
    pub what: &'static str,
    /// The text as it stood.
    pub found: String,
}

/// Zeros fill the rest, which no id holds: so the order of the bytes is that of the texts.
#[derive(Clone, Copy, Eq, PartialOrd, Ord)]
struct Inline {
    bytes: [u8; ID_BYTES_MAX],
    len: u8,
}

impl Inline {
    fn new(text: &str) -> Option<Self> {
        let allowed = |c: char| c.is_alphanumeric() || "-_.:/#()（）〔〕".contains(c);
        if text.is_empty() || !text.chars().all(allowed) {
            return None;
        }
        let mut bytes = [0; ID_BYTES_MAX];
        bytes.get_mut(..text.len())?.copy_from_slice(text.as_bytes());
        Some(Self { bytes, len: u8::try_from(text.len()).ok()? })
    }

    fn as_str(&self) -> &str {
        let text = self.bytes.get(..usize::from(self.len)).and_then(|b| std::str::from_utf8(b).ok());
        text.expect("an id is made from a text and never changed")
    }
}

impl PartialEq for Inline {
    fn eq(&self, other: &Self) -> bool {
        let len = usize::from(self.len);
        self.len == other.len && self.bytes.get(..len) == other.bytes.get(..len)
    }
}

impl Hash for Inline {
    fn hash<H: Hasher>(&self, state: &mut H) {
        // As a text is: its bytes and one that no text has.
        state.write(self.bytes.get(..usize::from(self.len)).unwrap_or_default());
        state.write_u8(0xff);
    }
}

/// Reads an id without a copy of the text on the heap.
struct Reader {
    what: &'static str,
}

impl Visitor<'_> for Reader {
    type Value = Inline;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an id of a {}", self.what)
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Inline, E> {
        Inline::new(text).ok_or_else(|| E::custom(IdError { what: self.what, found: text.to_owned() }))
    }
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident, $what:literal;)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Inline);

        impl $name {
            /// The text.
            pub fn as_str(&self) -> &str {
                self.0.as_str()
            }
        }

        impl std::str::FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                Inline::new(text).map(Self).ok_or_else(|| IdError { what: $what, found: text.to_owned() })
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(self.as_str(), f)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_str(Reader { what: $what }).map(Self).map_err(D::Error::custom)
            }
        }
    )+};
}

ids! {
    /// A request: the same one is entered once, whoever sends it how often.
    RequestId, "request";
    /// A person, as the office names it.
    PersonId, "person";
    /// A bank.
    BankId, "bank";
    /// A guarantor.
    GuarantorId, "guarantor";
    /// A loan, by its number at its bank.
    LoanNo, "loan";
    /// A bridge loan, by its number at the bank that asked for it.
    BridgeNo, "bridge loan";
    /// A guarantee, by its number at its guarantor.
    GuaranteeNo, "guarantee";
    /// A guarantee-fee subsidy, by its number at its guarantor.
    SubsidyNo, "subsidy";
    /// A claim of compensation, by its number at its bank.
    ClaimNo, "claim";
    /// A policy benefit.
    BenefitNo, "benefit";
    /// A rating.
    RatingId, "rating";
    /// An indicator of a plan, as `policy::targets` names it.
    IndicatorId, "indicator";
    /// A grade.
    GradeId, "grade";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_that_are_ids() {
        for (text, expect) in [
            ("L1", true),
            ("渝商银2021年字第001号", true),
            ("a/b:c#(1)_2-3.4", true),
            ("", false),
            ("a b", false),
            ("a\u{202e}b", false),
            ("a\nb", false),
            ("12345678901234567890123456789012345678901234567", true),
            ("123456789012345678901234567890123456789012345678", false),
        ] {
            let found = text.parse::<LoanNo>();
            assert_eq!(found.is_ok(), expect, "{text:?}");
            let json = serde_json::to_string(text).expect("a text");
            assert_eq!(serde_json::from_str::<LoanNo>(&json).ok(), found.ok(), "{text:?}");
        }
    }

    #[test]
    fn ids_stand_in_the_order_of_their_texts() {
        let mut ids: Vec<LoanNo> = ["b", "a", "ab", "渝", "a1"].map(|t| t.parse().expect("an id")).into();
        ids.sort();
        assert_eq!(ids.iter().map(LoanNo::as_str).collect::<Vec<_>>(), ["a", "a1", "ab", "b", "渝"]);
    }
}
