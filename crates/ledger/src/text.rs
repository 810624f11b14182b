//! Values that are stored as the text that they print.

/// An industry by its code with letter, such as `C3511`.
pub(crate) mod industry {
    use primitives::Industry;
    use serde::{Deserialize, Deserializer, Serializer, de::Error as _};

    pub(crate) fn serialize<S: Serializer>(value: &Industry, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(value)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Industry, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}
