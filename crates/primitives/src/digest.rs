use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::fmt;

/// A digest that names its algorithm, as `sha256:` and 64 hexadecimal digits.
///
/// # Examples
/// ```
/// use primitives::Digest;
/// let d = Digest::sha256(b"abc");
/// assert_eq!(d.to_string(), "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
/// assert_eq!(d.to_string().parse(), Ok(d));
/// assert!("ba7816bf".parse::<Digest>().is_err());
/// ```
/// # Source
/// FIPS 180-4 (the example is its first test vector).
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Digest([u8; 32]);

/// The text is not a digest of an algorithm known here.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("digest {found:?} is not \"sha256:\" and 64 hexadecimal digits")]
pub struct DigestError {
    /// The text as it stood.
    pub found: String,
}

impl Digest {
    /// The SHA-256 of `bytes`.
    pub fn sha256(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// A SHA-256 that was computed elsewhere, of what is too long to be in memory at once.
    pub fn from_sha256(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes of the digest.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// Lower-case hexadecimal of bytes.
pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: [char; 16] = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'];
    let mut out = String::with_capacity(2 * bytes.len());
    for b in bytes {
        out.push(DIGITS[usize::from(b >> 4)]);
        out.push(DIGITS[usize::from(b & 15)]);
    }
    out
}

/// Lower-case hexadecimal of a digest without the name of its algorithm, as `sha256sum` prints it.
pub fn digest_hex(digest: &Digest) -> String {
    hex(&digest.0)
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "sha256:{}", digest_hex(self))
    }
}

impl From<Digest> for String {
    fn from(d: Digest) -> Self {
        d.to_string()
    }
}

impl TryFrom<String> for Digest {
    type Error = DigestError;

    fn try_from(found: String) -> Result<Self, DigestError> {
        found.parse()
    }
}

impl std::str::FromStr for Digest {
    type Err = DigestError;

    fn from_str(s: &str) -> Result<Self, DigestError> {
        let refused = || DigestError { found: s.to_owned() };
        let hex = s
            .strip_prefix("sha256:")
            .filter(|h| h.len() == 64 && h.bytes().all(|b| b.is_ascii_hexdigit()))
            .ok_or_else(refused)?;
        let mut bytes = [0; 32];
        for (byte, pair) in bytes.iter_mut().zip(hex.as_bytes().chunks_exact(2)) {
            let digit = |b: u8| char::from(b).to_digit(16).ok_or_else(refused);
            *byte = (digit(pair[0])? << 4 | digit(pair[1])?) as u8;
        }
        Ok(Self(bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_hexadecimal_digits_are_read() {
        let hex = "0f".repeat(32);
        let digest: Digest = format!("sha256:{hex}").parse().expect("a digest");
        assert_eq!(digest_hex(&digest), hex);
        assert_eq!(format!("sha256:{}", hex.to_uppercase()).parse(), Ok(digest));
        for found in [
            format!("sha256:{}", "+f".repeat(32)),
            format!("sha256:{}", "0g".repeat(32)),
            format!("sha256: {}", "f".repeat(63)),
            format!("sha256:{}", "é".repeat(32)),
            format!("sha256:{hex}0"),
            format!("sha512:{hex}"),
            hex,
        ] {
            assert_eq!(found.parse::<Digest>(), Err(DigestError { found }));
        }
    }
}
