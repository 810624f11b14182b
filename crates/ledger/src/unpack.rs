//! Values from the bytes that they pack to (see [`crate::pack`]). The bytes do not say what they are: the type that is asked
//! for does.

use serde::de::value::BorrowedStrDeserializer;
use serde::de::{self, DeserializeSeed, Visitor};
use serde::{Deserialize, forward_to_deserialize_any};
use std::fmt::Display;

/// The bytes are not what a value of this type packs to.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("bytes are no packed value: {why}")]
pub struct UnpackError {
    /// What was found.
    pub why: String,
}

impl UnpackError {
    fn new(why: &str) -> Self {
        Self { why: why.to_owned() }
    }
}

impl de::Error for UnpackError {
    fn custom<T: Display>(why: T) -> Self {
        Self { why: why.to_string() }
    }
}

/// The value at the beginning of bytes, which are moved behind it.
///
/// # Errors
/// [`UnpackError`].
pub(crate) fn unpack<'de, T: Deserialize<'de>>(bytes: &mut &'de [u8]) -> Result<T, UnpackError> {
    T::deserialize(Unpacker(bytes))
}

struct Unpacker<'a, 'de>(&'a mut &'de [u8]);

impl<'de> Unpacker<'_, 'de> {
    fn take(&mut self, len: usize) -> Result<&'de [u8], UnpackError> {
        let (taken, rest) = self.0.split_at_checked(len).ok_or_else(|| UnpackError::new("they end too early"))?;
        *self.0 = rest;
        Ok(taken)
    }

    fn unsigned(&mut self) -> Result<u64, UnpackError> {
        let mut number = 0_u64;
        for shift in (0..u64::BITS).step_by(7) {
            let [byte] = self.take(1)? else { break };
            let group = u64::from(byte & 0x7f);
            let placed = group.checked_shl(shift).filter(|placed| placed.checked_shr(shift) == Some(group));
            number |= placed.ok_or_else(|| UnpackError::new("a number is beyond 64 bits"))?;
            if byte & 0x80 == 0 {
                // A number has one form: no group of zeros stands at its end.
                return match group == 0 && shift > 0 {
                    true => Err(UnpackError::new("a number is longer than it needs to be")),
                    false => Ok(number),
                };
            }
        }
        Err(UnpackError::new("a number is beyond 64 bits"))
    }

    fn signed(&mut self) -> Result<i64, UnpackError> {
        let number = self.unsigned()?;
        Ok((number >> 1).cast_signed() ^ (number & 1).cast_signed().wrapping_neg())
    }

    fn length(&mut self) -> Result<usize, UnpackError> {
        usize::try_from(self.unsigned()?).map_err(|_| UnpackError::new("a length is beyond memory"))
    }

    fn text(&mut self) -> Result<&'de str, UnpackError> {
        let len = self.length()?;
        std::str::from_utf8(self.take(len)?).map_err(|_| UnpackError::new("a text is not UTF-8"))
    }
}

macro_rules! numbers {
    ($($method:ident $visit:ident $read:ident;)+) => {$(
        fn $method<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, UnpackError> {
            let number = self.$read()?;
            visitor.$visit(number)
        }
    )+};
}

macro_rules! texts {
    ($($method:ident;)+) => {$(
        fn $method<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, UnpackError> {
            visitor.visit_borrowed_str(self.text()?)
        }
    )+};
}

impl<'de> de::Deserializer<'de> for Unpacker<'_, 'de> {
    type Error = UnpackError;

    // Numbers are read as the widest of their kind: each type checks its own range.
    numbers! {
        deserialize_i8 visit_i64 signed;
        deserialize_i16 visit_i64 signed;
        deserialize_i32 visit_i64 signed;
        deserialize_i64 visit_i64 signed;
        deserialize_u8 visit_u64 unsigned;
        deserialize_u16 visit_u64 unsigned;
        deserialize_u32 visit_u64 unsigned;
        deserialize_u64 visit_u64 unsigned;
    }

    texts! {
        deserialize_str;
        deserialize_string;
        deserialize_identifier;
    }

    forward_to_deserialize_any! { f32 f64 char map i128 u128 ignored_any }

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, UnpackError> {
        Err(UnpackError::new("their type does not say what they are"))
    }

    fn deserialize_bool<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, UnpackError> {
        match self.unsigned()? {
            0 => visitor.visit_bool(false),
            1 => visitor.visit_bool(true),
            _ => Err(UnpackError::new("a flag is neither 0 nor 1")),
        }
    }

    fn deserialize_bytes<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, UnpackError> {
        let len = self.length()?;
        visitor.visit_borrowed_bytes(self.take(len)?)
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, UnpackError> {
        self.deserialize_bytes(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, UnpackError> {
        match self.take(1)? {
            [0] => visitor.visit_none(),
            [1] => visitor.visit_some(self),
            _ => Err(UnpackError::new("an option begins with neither 0 nor 1")),
        }
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, UnpackError> {
        visitor.visit_unit()
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, UnpackError> {
        visitor.visit_unit()
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, UnpackError> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, UnpackError> {
        let left = self.length()?;
        visitor.visit_seq(Parts { bytes: self.0, left })
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, left: usize, visitor: V) -> Result<V::Value, UnpackError> {
        visitor.visit_seq(Parts { bytes: self.0, left })
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        left: usize,
        visitor: V,
    ) -> Result<V::Value, UnpackError> {
        visitor.visit_seq(Parts { bytes: self.0, left })
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, UnpackError> {
        visitor.visit_seq(Parts { bytes: self.0, left: fields.len() })
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, UnpackError> {
        visitor.visit_enum(self)
    }

    fn is_human_readable(&self) -> bool {
        true
    }
}

/// Values that follow one another.
struct Parts<'a, 'de> {
    bytes: &'a mut &'de [u8],
    left: usize,
}

impl<'de> de::SeqAccess<'de> for Parts<'_, 'de> {
    type Error = UnpackError;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, UnpackError> {
        let Some(left) = self.left.checked_sub(1) else { return Ok(None) };
        self.left = left;
        seed.deserialize(Unpacker(self.bytes)).map(Some)
    }

    /// A list that says more than the bytes can hold reserves no memory for it.
    fn size_hint(&self) -> Option<usize> {
        Some(self.left.min(self.bytes.len()))
    }
}

impl<'a, 'de> de::EnumAccess<'de> for Unpacker<'a, 'de> {
    type Error = UnpackError;
    type Variant = Unpacker<'a, 'de>;

    fn variant_seed<V: DeserializeSeed<'de>>(mut self, seed: V) -> Result<(V::Value, Self::Variant), UnpackError> {
        let word = self.text()?;
        let variant = seed.deserialize(BorrowedStrDeserializer::<UnpackError>::new(word))?;
        Ok((variant, self))
    }
}

impl<'de> de::VariantAccess<'de> for Unpacker<'_, 'de> {
    type Error = UnpackError;

    fn unit_variant(self) -> Result<(), UnpackError> {
        Ok(())
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, UnpackError> {
        seed.deserialize(self)
    }

    fn tuple_variant<V: Visitor<'de>>(self, left: usize, visitor: V) -> Result<V::Value, UnpackError> {
        visitor.visit_seq(Parts { bytes: self.0, left })
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, UnpackError> {
        visitor.visit_seq(Parts { bytes: self.0, left: fields.len() })
    }
}

#[cfg(test)]
mod tests {
    use super::{UnpackError, unpack};
    use crate::pack::pack;
    use serde::de::DeserializeOwned;
    use serde::{Deserialize, Serialize};

    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
    #[serde(rename_all = "snake_case")]
    enum Word {
        Ab,
        New(Option<i64>),
        Pair(u32, String),
        Row { days: Vec<(u8, [i64; 2])>, flag: bool },
    }

    fn read<T: DeserializeOwned>(mut bytes: &[u8]) -> Result<T, UnpackError> {
        let value = unpack(&mut bytes)?;
        assert!(bytes.is_empty(), "all is read");
        Ok(value)
    }

    #[test]
    fn values_come_back_from_their_bytes() {
        let words = [
            Word::Ab,
            Word::New(None),
            Word::New(Some(i64::MIN)),
            Word::New(Some(i64::MAX)),
            Word::New(Some(-1)),
            Word::Pair(u32::MAX, "渝".repeat(100)),
            Word::Row { days: vec![(0, [0, -64]), (255, [64, 1])], flag: true },
        ];
        for word in words {
            let mut bytes = Vec::new();
            pack(&mut bytes, &word);
            assert_eq!(read::<Word>(&bytes), Ok(word.clone()));
            for len in 0..bytes.len() {
                assert!(unpack::<Word>(&mut &bytes[..len]).is_err(), "{word:?} cut to {len}");
            }
        }
    }

    #[test]
    fn bytes_that_are_no_value_are_told() {
        for bytes in [
            &[0x80, 0][..],
            &[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2],
            &[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1],
        ] {
            assert!(read::<u64>(bytes).is_err(), "{bytes:?}");
        }
        assert_eq!(read::<u64>(&[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1]), Ok(u64::MAX));
        assert!(read::<u8>(&[0x80, 2]).is_err(), "256 is no byte");
        assert!(read::<Option<u8>>(&[2, 0]).is_err() && read::<bool>(&[2]).is_err());
        assert!(read::<Word>(&[1, b'x']).is_err(), "no such word");
        assert!(read::<String>(&[1, 0xff]).is_err(), "no text");
        // A list that is said to be longer than all memory takes none.
        assert!(read::<Vec<u64>>(&[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f]).is_err());
    }
}
