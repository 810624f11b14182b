//! Numbers that say where they come from.

use crate::figure::{Lang, Unit};
use serde::de::{Error as _, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use std::fmt;
use std::marker::PhantomData;

/// How far a number may be relied on; the more doubtful one is the greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mark {
    /// It stands in the document or in an official account of it.
    Official,
    /// It is general knowledge of a well-known text, to be looked up again before it is quoted.
    Recalled,
    /// It was chosen here, because the official one is not public. Whoever shows it says so.
    Illustrative,
}

impl Mark {
    /// The word of rule files.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Official => "official",
            Self::Recalled => "recalled",
            Self::Illustrative => "illustrative",
        }
    }

    /// A text with what a reader must know of it: only an official value stands alone.
    ///
    /// # Examples
    /// ```
    /// use policy::{Lang, Mark};
    /// assert_eq!(Mark::Official.label("15%", Lang::En), "15%");
    /// assert_eq!(Mark::Illustrative.label("15%", Lang::En), "15% (illustrative, not official)");
    /// assert_eq!(Mark::Illustrative.label("15%", Lang::Zh), "15%（示例，非官方）");
    /// ```
    pub fn label(self, text: &str, lang: Lang) -> String {
        match (self, lang) {
            (Self::Official, _) => text.to_owned(),
            (Self::Recalled, Lang::Zh) => format!("{text}（待核对原文）"),
            (Self::Recalled, Lang::En) => format!("{text} (to be checked against the text)"),
            (Self::Illustrative, Lang::Zh) => format!("{text}（示例，非官方）"),
            (Self::Illustrative, Lang::En) => format!("{text} (illustrative, not official)"),
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

impl<'de, T: Unit> Deserialize<'de> for Marked<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Reader(PhantomData))
    }
}

/// Reads `{ <unit> = …, mark = …, source = … }`; the unit is the key, so that no number stands without one.
struct Reader<T>(PhantomData<T>);

impl<'de, T: Unit> Visitor<'de> for Reader<T> {
    type Value = Marked<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a table of {}", T::FIELDS.join(", "))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Marked<T>, A::Error> {
        let (mut value, mut mark, mut source) = (None, None, None);
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "mark" => mark = Some(map.next_value()?),
                "source" => source = Some(map.next_value()?),
                key if T::FIELDS.contains(&key) && value.is_none() => {
                    value = Some(T::read(map.next_value()?).map_err(A::Error::custom)?);
                }
                key => return Err(A::Error::unknown_field(key, T::FIELDS)),
            }
        }
        let missing = |field| move || A::Error::missing_field(field);
        Ok(Marked {
            value: value.ok_or_else(missing(T::FIELDS.first().copied().unwrap_or_default()))?,
            mark: mark.ok_or_else(missing("mark"))?,
            source: source.ok_or_else(missing("source"))?,
        })
    }
}
