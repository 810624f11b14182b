//! Bytes of values for digests: what JSON would say without the names of fields, each value with its length or kind, so
//! that two values have the same bytes only if they are the same. A third of the bytes and of the time of JSON.
//!
//! A number is written in groups of seven bits, the lowest first, each with the high bit while more follow; one that may be
//! negative is doubled before, and one less than its opposite for a negative (zigzag). Texts and lists begin with their
//! length, an option with 0 or 1, a word of an enum is its name.

use serde::ser::{self, Serialize};
use std::fmt::{self, Display, Write};

/// The bytes of a value, behind what the buffer holds.
pub(crate) fn pack(bytes: &mut Vec<u8>, value: &impl Serialize) {
    value.serialize(Packer(bytes)).expect("what is hashed holds no floats and no lists without a length");
}

/// A value of a kind that no record has.
#[derive(Debug)]
pub(crate) struct Unpackable;

impl Display for Unpackable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("value can not be packed")
    }
}

impl std::error::Error for Unpackable {}

impl ser::Error for Unpackable {
    fn custom<T: Display>(_: T) -> Self {
        Self
    }
}

struct Packer<'a>(&'a mut Vec<u8>);

type Packed = Result<(), Unpackable>;

impl Packer<'_> {
    fn length(&mut self, len: usize) -> Packed {
        self.unsigned(u64::try_from(len).map_err(|_| Unpackable)?)
    }

    fn unsigned(&mut self, mut number: u64) -> Packed {
        while number > 0x7f {
            self.0.push((number & 0x7f) as u8 | 0x80);
            number >>= 7;
        }
        self.0.push(number as u8);
        Ok(())
    }

    fn signed(&mut self, number: i64) -> Packed {
        self.unsigned(((number << 1) ^ (number >> 63)).cast_unsigned())
    }
}

/// Appends a text as it is formed.
struct Text<'a>(&'a mut Vec<u8>);

impl Write for Text<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.extend_from_slice(text.as_bytes());
        Ok(())
    }
}

macro_rules! numbers {
    ($($method:ident $kind:ty, $write:ident;)+) => {$(
        fn $method(mut self, v: $kind) -> Packed {
            self.$write(v.into())
        }
    )+};
}

macro_rules! no_floats {
    ($($method:ident $kind:ty;)+) => {$(
        fn $method(self, _: $kind) -> Packed {
            Err(Unpackable)
        }
    )+};
}

macro_rules! variants {
    ($($method:ident;)+) => {$(
        fn $method(self, _: &'static str, _: u32, variant: &'static str, _: usize) -> Result<Self, Unpackable> {
            Packer(self.0).serialize_str(variant)?;
            Ok(self)
        }
    )+};
}

impl ser::Serializer for Packer<'_> {
    type Ok = ();
    type Error = Unpackable;
    type SerializeSeq = Self;
    type SerializeTuple = Self;
    type SerializeTupleStruct = Self;
    type SerializeTupleVariant = Self;
    type SerializeMap = ser::Impossible<(), Unpackable>;
    type SerializeStruct = Self;
    type SerializeStructVariant = Self;

    numbers! {
        serialize_bool bool, unsigned;
        serialize_i8 i8, signed;
        serialize_i16 i16, signed;
        serialize_i32 i32, signed;
        serialize_i64 i64, signed;
        serialize_u8 u8, unsigned;
        serialize_u16 u16, unsigned;
        serialize_u32 u32, unsigned;
        serialize_u64 u64, unsigned;
        serialize_char char, unsigned;
    }

    no_floats! {
        serialize_f32 f32;
        serialize_f64 f64;
    }

    fn serialize_str(mut self, v: &str) -> Packed {
        self.length(v.len())?;
        self.0.extend_from_slice(v.as_bytes());
        Ok(())
    }

    fn serialize_bytes(mut self, v: &[u8]) -> Packed {
        self.length(v.len())?;
        self.0.extend_from_slice(v);
        Ok(())
    }

    fn serialize_none(self) -> Packed {
        self.0.push(0);
        Ok(())
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Packed {
        self.0.push(1);
        value.serialize(self)
    }

    fn serialize_unit(self) -> Packed {
        Ok(())
    }

    fn serialize_unit_struct(self, _: &'static str) -> Packed {
        Ok(())
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Packed {
        self.serialize_str(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Packed {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Packed {
        Packer(self.0).serialize_str(variant)?;
        value.serialize(self)
    }

    fn serialize_seq(mut self, len: Option<usize>) -> Result<Self, Unpackable> {
        self.length(len.ok_or(Unpackable)?)?;
        Ok(self)
    }

    fn serialize_tuple(self, _: usize) -> Result<Self, Unpackable> {
        Ok(self)
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Self, Unpackable> {
        Ok(self)
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Self::SerializeMap, Unpackable> {
        Err(Unpackable)
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Self, Unpackable> {
        Ok(self)
    }

    variants! {
        serialize_tuple_variant;
        serialize_struct_variant;
    }

    fn collect_str<T: Display + ?Sized>(mut self, value: &T) -> Packed {
        // What prints itself here is short: days, months, codes. A longer one is written by way of a text.
        let start = self.0.len();
        self.length(0)?;
        let text = self.0.len();
        write!(Text(self.0), "{value}").map_err(|_| Unpackable)?;
        let len = self.0.len().checked_sub(text).ok_or(Unpackable)?;
        match (u8::try_from(len), self.0.get_mut(start)) {
            (Ok(len), Some(place)) if len < 0x80 => {
                *place = len;
                Ok(())
            }
            _ => {
                self.0.truncate(start);
                self.serialize_str(&value.to_string())
            }
        }
    }

    fn is_human_readable(&self) -> bool {
        true
    }
}

macro_rules! parts {
    ($($kind:ident $method:ident;)+) => {$(
        impl ser::$kind for Packer<'_> {
            type Ok = ();
            type Error = Unpackable;

            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Packed {
                value.serialize(Packer(self.0))
            }

            fn end(self) -> Packed {
                Ok(())
            }
        }
    )+};
}

macro_rules! fields {
    ($($kind:ident;)+) => {$(
        impl ser::$kind for Packer<'_> {
            type Ok = ();
            type Error = Unpackable;

            fn serialize_field<T: Serialize + ?Sized>(&mut self, _: &'static str, value: &T) -> Packed {
                value.serialize(Packer(self.0))
            }

            /// Bytes without names have no place for a field that is left out: the next one would be read for it.
            fn skip_field(&mut self, _: &'static str) -> Packed {
                Err(Unpackable)
            }

            fn end(self) -> Packed {
                Ok(())
            }
        }
    )+};
}

parts! {
    SerializeSeq serialize_element;
    SerializeTuple serialize_element;
    SerializeTupleStruct serialize_field;
    SerializeTupleVariant serialize_field;
}

fields! {
    SerializeStruct;
    SerializeStructVariant;
}

#[cfg(test)]
mod tests {
    use super::pack;
    use serde::Serialize;

    #[derive(Serialize)]
    enum Word {
        Ab,
        C(Option<u8>),
    }

    #[derive(Serialize)]
    struct Row {
        word: Word,
        texts: Vec<&'static str>,
    }

    fn packed(value: &impl Serialize) -> Vec<u8> {
        let mut bytes = Vec::new();
        pack(&mut bytes, value);
        bytes
    }

    #[test]
    fn values_and_their_bytes() {
        assert_eq!([0_i64, -1, 1, 63, -64].map(|n| packed(&n)), [[0], [1], [2], [126], [127]]);
        assert_eq!(packed(&64_i64), [0x80, 1]);
        assert_eq!(packed(&300_u64), [0xac, 2]);
        assert_eq!(packed(&i64::MIN), packed(&u64::MAX));
        assert_eq!(packed(&i64::MIN).len(), 10);
        assert_eq!(packed(&Word::C(Some(7))), [1, b'C', 1, 7]);
        let row = Row { word: Word::Ab, texts: vec!["x", ""] };
        assert_eq!(packed(&row), [2, b'A', b'b', 2, 1, b'x', 0]);
        let day: chrono::NaiveDate = "2024-05-06".parse().expect("a day");
        assert_eq!(packed(&day), packed(&"2024-05-06"));
        struct Printed(String);
        impl Serialize for Printed {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(&self.0)
            }
        }
        for len in [0, 1, 127, 128, 300] {
            let text = "a".repeat(len);
            assert_eq!(packed(&Printed(text.clone())), packed(&text));
        }
    }

    #[test]
    fn no_field_is_left_out() {
        #[derive(Serialize)]
        struct Thin {
            #[serde(skip_serializing_if = "Option::is_none")]
            here: Option<u8>,
        }
        let packed = |here| Thin { here }.serialize(super::Packer(&mut Vec::new()));
        assert!(packed(Some(1)).is_ok() && packed(None).is_err());
    }

    #[test]
    fn lists_do_not_run_into_each_other() {
        assert_ne!(packed(&(vec!["ab"], vec!["c"])), packed(&(vec!["a"], vec!["bc"])));
        assert_ne!(packed(&(vec!["a", "b"], Vec::<&str>::new())), packed(&(vec!["a"], vec!["b"])));
    }
}
