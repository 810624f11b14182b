//! Sealing bytes under a key: AES-256-GCM with a random nonce.
//!
//! A sealed value is one byte that names the cipher (1 is AES-256-GCM), 12 bytes of nonce, then ciphertext and tag.
//! What it is about (its table, row and field) is authenticated with it, so that a value moved to another row does not
//! open there. Nonces are random: 2^32 values under one key is the bound of NIST SP 800-38D, and a key here is one
//! subject's.

use crate::Error;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::rand::{SecureRandom as _, SystemRandom};

const AES_256_GCM_TAG: u8 = 1;

/// A key for sealing. No `Debug`: it is never shown.
pub(crate) struct SecretKey(LessSafeKey);

impl SecretKey {
    pub(crate) fn new(secret: [u8; 32]) -> Self {
        let key = UnboundKey::new(&AES_256_GCM, &secret).expect("32 bytes are the length of this key");
        Self(LessSafeKey::new(key))
    }

    pub(crate) fn seal(&self, plain: &[u8], about: &[u8]) -> Result<Vec<u8>, Error> {
        let nonce = random::<NONCE_LEN>()?;
        let head = 1 + NONCE_LEN;
        let mut out = Vec::with_capacity(head + plain.len() + AES_256_GCM.tag_len());
        out.push(AES_256_GCM_TAG);
        out.extend_from_slice(&nonce);
        out.extend_from_slice(plain);
        let nonce = Nonce::assume_unique_for_key(nonce);
        let tag = self.0.seal_in_place_separate_tag(nonce, Aad::from(about), &mut out[head..]);
        // The one error of sealing is a text beyond 64 GiB.
        let tag = tag.map_err(|_| Error::TooLarge { bytes: plain.len(), max: u32::MAX as usize })?;
        out.extend_from_slice(tag.as_ref());
        Ok(out)
    }

    /// The plain bytes, or nothing when `sealed` or `about` are not those of sealing.
    pub(crate) fn open(&self, sealed: &[u8], about: &[u8]) -> Option<Vec<u8>> {
        let (&cipher, rest) = sealed.split_first()?;
        let (nonce, body) = rest.split_at_checked(NONCE_LEN)?;
        if cipher != AES_256_GCM_TAG {
            return None;
        }
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let mut body = body.to_vec();
        let plain = self.0.open_in_place(nonce, Aad::from(about), &mut body).ok()?.len();
        body.truncate(plain);
        Some(body)
    }
}

pub(crate) fn random<const N: usize>() -> Result<[u8; N], Error> {
    let mut out = [0; N];
    SystemRandom::new().fill(&mut out).map_err(|_| Error::NoRandom)?;
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_changed_byte_and_every_other_row_stays_shut() {
        let key = SecretKey::new([7; 32]);
        let sealed = key.seal(b"answer", b"row 1").expect("sealed");
        assert_eq!(key.open(&sealed, b"row 1").as_deref(), Some(&b"answer"[..]));
        assert_eq!(key.open(&sealed, b"row 2"), None);
        assert_eq!(SecretKey::new([8; 32]).open(&sealed, b"row 1"), None);
        for i in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[i] ^= 1;
            assert_eq!(key.open(&changed, b"row 1"), None, "byte {i}");
            assert_eq!(key.open(&sealed[..i], b"row 1"), None, "cut at {i}");
        }
        assert_ne!(sealed, key.seal(b"answer", b"row 1").expect("sealed"), "nonces differ");
    }
}
