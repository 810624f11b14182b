//! Writes a message as prost would, without making it first.
//!
//! A rating has two hundred fields, most of them texts of the model that are the same in every answer. Fields are written in
//! the order of their numbers, those of their default value not at all: so the bytes are those that prost writes for the same
//! message, and whoever reads and writes it again has them too.

use prost::encoding::{WireType, encode_key, encode_varint, encoded_len_varint};

/// A message that is being written.
#[derive(Debug, Default)]
pub(crate) struct Writer(Vec<u8>);

impl Writer {
    pub(crate) fn with_capacity(bytes: usize) -> Self {
        Self(Vec::with_capacity(bytes))
    }

    pub(crate) fn end(self) -> Vec<u8> {
        self.0
    }

    pub(crate) fn text(&mut self, tag: u32, value: &str) {
        if !value.is_empty() {
            self.repeated(tag, value);
        }
    }

    /// A text of several, or another message in bytes: there also when it is empty.
    pub(crate) fn repeated(&mut self, tag: u32, value: impl AsRef<[u8]>) {
        let value = value.as_ref();
        encode_key(tag, WireType::LengthDelimited, &mut self.0);
        encode_varint(value.len() as u64, &mut self.0);
        self.0.extend_from_slice(value);
    }

    /// A value of an enumeration.
    pub(crate) fn one_of(&mut self, tag: u32, value: impl Into<i32>) {
        self.int(tag, value.into());
    }

    /// A number or a flag.
    pub(crate) fn int(&mut self, tag: u32, value: impl Into<i64>) {
        let value = value.into();
        if value != 0 {
            self.maybe(tag, Some(value));
        }
    }

    /// A number that is there also when it is zero.
    pub(crate) fn maybe(&mut self, tag: u32, value: Option<impl Into<i64>>) {
        if let Some(value) = value {
            encode_key(tag, WireType::Varint, &mut self.0);
            encode_varint(value.into().cast_unsigned(), &mut self.0);
        }
    }

    /// Enumerations, all in one field.
    pub(crate) fn packed(&mut self, tag: u32, values: impl ExactSizeIterator<Item = i32>) {
        if values.len() > 0 {
            self.message(tag, |m| values.for_each(|v| encode_varint(i64::from(v).cast_unsigned(), &mut m.0)));
        }
    }

    /// Fields that were written before.
    pub(crate) fn fields(&mut self, written: &[u8]) {
        self.0.extend_from_slice(written);
    }

    /// A message in this one.
    pub(crate) fn message(&mut self, tag: u32, write: impl FnOnce(&mut Self)) {
        encode_key(tag, WireType::LengthDelimited, &mut self.0);
        let start = self.0.len();
        // Room for the length of most; a longer one is moved.
        self.0.push(0);
        write(self);
        let length = (self.0.len() - start - 1) as u64;
        let bytes = encoded_len_varint(length);
        if bytes > 1 {
            let end = self.0.len();
            self.0.resize(end + bytes - 1, 0);
            self.0.copy_within(start + 1..end, start + bytes);
        }
        encode_varint(length, &mut &mut self.0[start..start + bytes]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use prost::Message as _;

    #[derive(Clone, PartialEq, prost::Message)]
    struct Sample {
        #[prost(string, tag = "1")]
        text: String,
        #[prost(int64, optional, tag = "2")]
        maybe: Option<i64>,
        #[prost(int32, tag = "3")]
        int: i32,
        #[prost(int32, repeated, tag = "4")]
        packed: Vec<i32>,
        #[prost(message, optional, boxed, tag = "20")]
        inner: Option<Box<Sample>>,
        #[prost(string, repeated, tag = "21")]
        texts: Vec<String>,
    }

    impl Sample {
        fn write(&self, m: &mut Writer) {
            m.text(1, &self.text);
            m.maybe(2, self.maybe);
            m.int(3, self.int);
            m.packed(4, self.packed.iter().copied());
            if let Some(inner) = &self.inner {
                m.message(20, |m| inner.write(m));
            }
            self.texts.iter().for_each(|t| m.repeated(21, t));
        }
    }

    #[test]
    fn the_bytes_are_those_of_prost() {
        let mut sample = Sample::default();
        // Lengths of one, two and three bytes, and all in one another.
        for length in [0, 1, 120, 127, 128, 16_383, 16_384, 70_000] {
            let before = Box::new(sample);
            sample = Sample {
                text: "文".repeat(length / 3) + &"x".repeat(length % 3),
                maybe: [None, Some(0), Some(-1), Some(i64::MAX)][length % 4],
                int: if length % 2 == 0 { -7 } else { 0 },
                packed: (0..length as i32 / 100).collect(),
                inner: Some(before),
                texts: vec![String::new(), "a".repeat(length)],
            };
            let mut written = Writer::default();
            sample.write(&mut written);
            assert_eq!(written.end(), sample.encode_to_vec(), "{length}");
        }
    }
}
