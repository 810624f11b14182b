//! Closed lists of words: a stable code for files and stored events, and a name in Chinese and English for people.

use crate::Error;

/// A word of a closed list.
pub trait Code: Copy + Eq + 'static {
    /// What the list holds, for errors.
    const WHAT: &'static str;

    /// All of them, in the order in which they are shown.
    const ALL: &'static [Self];

    /// The word of files and stored events; it never changes.
    fn code(self) -> &'static str;

    /// Chinese name.
    fn name_zh(self) -> &'static str;

    /// English name.
    fn name_en(self) -> &'static str;
}

/// The word with a code.
///
/// # Errors
/// [`Error::UnknownCode`] for any other text.
pub fn from_code<C: Code>(found: &str) -> Result<C, Error> {
    let unknown = || Error::UnknownCode {
        what: C::WHAT,
        found: found.to_owned(),
        allowed: C::ALL.iter().map(|c| c.code()).collect::<Vec<_>>().join(", "),
    };
    C::ALL.iter().copied().find(|c| c.code() == found).ok_or_else(unknown)
}

/// A text that parses: how words and ids are read from files and stored events.
///
/// # Errors
/// The deserializer's, with what the text is not.
pub fn read<'de, T, D>(deserializer: D) -> Result<T, D::Error>
where
    T: std::str::FromStr<Err = Error>,
    D: serde::Deserializer<'de>,
{
    let text: String = serde::Deserialize::deserialize(deserializer)?;
    text.parse().map_err(serde::de::Error::custom)
}

/// Makes an enum a [`Code`]: each word with its code, Chinese and English name.
///
/// The crate that calls it depends on `serde`.
///
/// # Examples
/// ```
/// use policy::Code;
/// policy::codes! {
///     /// A side of a coin.
///     Side, "side";
///     Head = "head", "正面", "head";
///     Tail = "tail", "反面", "tail";
/// }
/// assert_eq!("tail".parse::<Side>()?.name_zh(), "反面");
/// # Ok::<(), policy::Error>(())
/// ```
#[macro_export]
macro_rules! codes {
    ($(#[$doc:meta])* $name:ident, $what:literal;
     $($variant:ident = $code:literal, $zh:literal, $en:literal;)+) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $(#[doc = concat!($zh, ": ", $en, ".")] $variant,)+
        }

        impl $crate::Code for $name {
            const WHAT: &'static str = $what;
            const ALL: &'static [Self] = &[$(Self::$variant),+];

            fn code(self) -> &'static str {
                match self { $(Self::$variant => $code),+ }
            }

            fn name_zh(self) -> &'static str {
                match self { $(Self::$variant => $zh),+ }
            }

            fn name_en(self) -> &'static str {
                match self { $(Self::$variant => $en),+ }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad($crate::Code::code(*self))
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::Error;

            fn from_str(text: &str) -> Result<Self, $crate::Error> {
                $crate::code::from_code(text)
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str($crate::Code::code(*self))
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                $crate::code::read(deserializer)
            }
        }
    };
}

pub(crate) use codes;
