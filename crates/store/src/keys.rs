//! Key-encryption keys and keys of pseudonyms: where they come from and what they can do.
//!
//! A key file holds one key a line, newest first, and lies apart from the database:
//! ```text
//! # use id base64-of-32-bytes
//! kek 2026-11 q8…=
//! mac 2026-11 Zk…=
//! ```
//! The first `kek` wraps new subject keys and the first `mac` makes new pseudonyms; older ones only read. A key leaves
//! the file when nothing stored names it any more.

use crate::Error;
use crate::seal::{self, SecretKey};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::hmac;
use std::fmt;
use std::io::{Read as _, Write as _};
use std::path::Path;
use std::sync::Arc;

/// A subject's pseudonym: HMAC-SHA256 of its id under a named key.
pub(crate) type Mac = [u8; 32];

/// The keys of one store. Cheap to clone; `Debug` shows ids only.
#[derive(Clone)]
pub struct Keys(Arc<Inner>);

struct Inner {
    keks: Vec<(String, SecretKey)>,
    macs: Vec<(String, hmac::Key)>,
    /// `kind`, `id` and a value that only this key gives.
    checks: Vec<(&'static str, String, Mac)>,
}

impl Keys {
    /// A new file at `path` with one key of each use, both named `id`. Refuses to write over a file.
    ///
    /// # Errors
    /// [`Error::KeyFile`] when the file exists or can not be written; [`Error::KeyLine`] when `id` is empty or holds
    /// other than letters, digits, `.`, `_` and `-`; [`Error::NoRandom`].
    pub fn generate(path: &Path, id: &str) -> Result<Self, Error> {
        let text = format!("kek {id} {}\nmac {id} {}\n", random_base64()?, random_base64()?);
        let keys = Self::parse(&text)?;
        let failed = |e| Error::KeyFile { path: path.into(), source: Arc::new(e) };
        let mut options = std::fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(path).map_err(failed)?;
        file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(failed)?;
        Ok(keys)
    }

    /// The keys of the file at `path`.
    ///
    /// # Errors
    /// [`Error::KeyFile`] when it can not be read, [`Error::KeyFileMode`] when others than its owner may read it (unix),
    /// [`Error::KeyLine`] when it is not a key file.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let failed = |e| Error::KeyFile { path: path.into(), source: Arc::new(e) };
        let mut file = std::fs::File::open(path).map_err(failed)?;
        #[cfg(unix)]
        {
            let permissions = file.metadata().map_err(failed)?.permissions();
            let mode = std::os::unix::fs::PermissionsExt::mode(&permissions) & 0o7777;
            if mode & 0o177 != 0 {
                return Err(Error::KeyFileMode { path: path.into(), mode });
            }
        }
        let mut text = String::new();
        file.read_to_string(&mut text).map_err(failed)?;
        Self::parse(&text)
    }

    /// The keys of a file's text.
    ///
    /// # Errors
    /// [`Error::KeyLine`] with the first line that is wrong, or line 0 when a use has no key.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let mut inner = Inner { keks: Vec::new(), macs: Vec::new(), checks: Vec::new() };
        for (n, line) in text.lines().enumerate() {
            let wrong = |why| Error::KeyLine { line: n + 1, why };
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let words: Vec<&str> = line.split_whitespace().collect();
            let [kind, id, secret] = words[..] else { return Err(wrong("not use, id and secret")) };
            if !id.bytes().all(|b| b.is_ascii_alphanumeric() || b".-_".contains(&b)) {
                return Err(wrong("id holds other than letters, digits, '.', '-' and '_'"));
            }
            let secret = STANDARD.decode(secret).ok().and_then(|s| <[u8; 32]>::try_from(s).ok());
            let secret = secret.ok_or_else(|| wrong("secret is not base64 of 32 bytes"))?;
            let kind = match kind {
                "kek" => "kek",
                "mac" => "mac",
                _ => return Err(wrong("use is neither kek nor mac")),
            };
            if inner.checks.iter().any(|(k, i, _)| *k == kind && i == id) {
                return Err(wrong("id stands twice"));
            }
            let key = hmac::Key::new(hmac::HMAC_SHA256, &secret);
            inner.checks.push((kind, id.to_owned(), mac(&key, b"shangzhi key check")));
            match kind {
                "kek" => inner.keks.push((id.to_owned(), SecretKey::new(secret))),
                _ => inner.macs.push((id.to_owned(), key)),
            }
        }
        let missing = |why| Error::KeyLine { line: 0, why };
        if inner.keks.is_empty() {
            return Err(missing("no key-encryption key"));
        }
        if inner.macs.is_empty() {
            return Err(missing("no key of pseudonyms"));
        }
        Ok(Self(Arc::new(inner)))
    }

    pub(crate) fn checks(&self) -> &[(&'static str, String, Mac)] {
        &self.0.checks
    }

    /// Id of the key that makes new pseudonyms, and the pseudonym.
    pub(crate) fn pseudonym(&self, subject: &str) -> (&str, Mac) {
        let (id, key) = &self.0.macs[0];
        (id, mac(key, subject.as_bytes()))
    }

    /// The subject under every key, newest first: rows written before a rotation are found as well.
    pub(crate) fn pseudonyms(&self, subject: &str) -> Vec<Mac> {
        self.0.macs.iter().map(|(_, key)| mac(key, subject.as_bytes())).collect()
    }

    /// What only a holder of these keys gives for `bytes`: under the newest key.
    pub(crate) fn mark(&self, bytes: &[u8]) -> Mac {
        mark(&self.0.macs[0].1, bytes)
    }

    /// Whether any of the keys gave `found` for `bytes`; takes as long whatever differs.
    pub(crate) fn is_mark(&self, bytes: &[u8], found: &[u8]) -> bool {
        let text = marked(bytes);
        self.0.macs.iter().any(|(_, key)| hmac::verify(key, &text, found).is_ok())
    }

    /// A new data key and its wrapped bytes under the newest key-encryption key.
    pub(crate) fn new_data_key(&self, about: &[u8]) -> Result<(SecretKey, &str, Vec<u8>), Error> {
        let secret = seal::random::<32>()?;
        let (id, kek) = &self.0.keks[0];
        let wrapped = kek.seal(&secret, about)?;
        Ok((SecretKey::new(secret), id, wrapped))
    }

    pub(crate) fn unwrap_data_key(&self, kek_id: &str, wrapped: &[u8], about: &[u8]) -> Result<SecretKey, Error> {
        let found = self.0.keks.iter().find(|(id, _)| id == kek_id);
        let (_, kek) = found.ok_or_else(|| Error::MissingKey { id: kek_id.to_owned() })?;
        let secret = kek.open(wrapped, about).and_then(|s| s.try_into().ok());
        let damaged = || Error::Damaged { what: "subject key under", id: kek_id.to_owned() };
        Ok(SecretKey::new(secret.ok_or_else(damaged)?))
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ids = self.0.checks.iter().map(|(kind, id, _)| format!("{kind} {id}"));
        f.debug_list().entries(ids).finish()
    }
}

fn mac(key: &hmac::Key, bytes: &[u8]) -> Mac {
    let mut out = [0; 32];
    out.copy_from_slice(hmac::sign(key, bytes).as_ref());
    out
}

/// Apart from what is hashed for a pseudonym: no id of a subject begins so.
fn marked(bytes: &[u8]) -> Vec<u8> {
    [b"shangzhi mark\0", bytes].concat()
}

fn mark(key: &hmac::Key, bytes: &[u8]) -> Mac {
    mac(key, &marked(bytes))
}

fn random_base64() -> Result<String, Error> {
    Ok(STANDARD.encode(seal::random::<32>()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";

    #[test]
    fn a_wrong_line_is_named_and_never_shown() {
        for (text, line, why) in [
            ("", 0, "no key-encryption key"),
            (&format!("kek a {SECRET}\n") as &str, 0, "no key of pseudonyms"),
            ("# note\nkek a\n", 2, "not use, id and secret"),
            ("kek a AAAA\n", 1, "secret is not base64 of 32 bytes"),
            (&format!("pin a {SECRET}\n"), 1, "use is neither kek nor mac"),
            (&format!("kek a {SECRET}\n\nkek a {SECRET}\n"), 3, "id stands twice"),
            (&format!("kek ä {SECRET}\n"), 1, "id holds other than letters, digits, '.', '-' and '_'"),
        ] {
            let error = Keys::parse(text).expect_err(text);
            assert_eq!(error.to_string(), format!("key file, line {line}: {why}"));
        }
    }

    #[test]
    fn a_generated_file_is_read_again_and_refused_when_others_may_read_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("keys");
        let keys = Keys::generate(&path, "2026-11").expect("generated");
        assert_eq!(format!("{keys:?}"), r#"["kek 2026-11", "mac 2026-11"]"#);
        let again = Keys::read(&path).expect("read");
        assert_eq!(keys.pseudonym("a"), again.pseudonym("a"));
        assert!(matches!(Keys::generate(&path, "b"), Err(Error::KeyFile { .. })));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).expect("mode");
            assert!(matches!(Keys::read(&path), Err(Error::KeyFileMode { mode: 0o640, .. })));
        }
    }

    #[test]
    fn a_pseudonym_is_hmac_sha256_of_rfc_4231() {
        // RFC 4231, test case 2, has a short key; ours are 32 bytes, so the key of the case is checked by `ring` alone.
        let key = hmac::Key::new(hmac::HMAC_SHA256, b"Jefe");
        let hex: String = mac(&key, b"what do ya want for nothing?").iter().map(|b| format!("{b:02x}")).collect();
        assert_eq!(hex, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    }
}
