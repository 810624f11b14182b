//! Passwords: argon2id with a salt for each, and an answer that takes as long for a name that nobody has.

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use ring::rand::{SecureRandom, SystemRandom};
use std::sync::Arc;

/// Characters that a password has at least, and bytes that it has at most.
const CHARACTERS_MIN: usize = 12;
pub(crate) const BYTES_MAX: usize = 256;
const SALT_BYTES: usize = 16;

/// Why there is no hash of a password.
#[non_exhaustive]
#[derive(Debug, thiserror::Error)]
pub enum PasswordError {
    /// It is too short to withstand guessing, or too long to be one.
    #[error("password has {found} characters, allowed are {CHARACTERS_MIN} to {BYTES_MAX}")]
    Length {
        /// How many.
        found: usize,
    },
    /// The system gives no random bytes.
    #[error("no random bytes from the system")]
    NoRandom,
    /// The costs are none that the hash allows, or there is no memory for them.
    #[error("password hash: {0}")]
    Hash(String),
}

/// How passwords are hashed and compared. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Passwords {
    argon: Argon2<'static>,
    /// What a password for nobody is compared with.
    nobodys: Arc<str>,
}

/// `N` bytes that nobody can foretell.
pub(crate) fn random<const N: usize>() -> Result<[u8; N], PasswordError> {
    let mut bytes = [0; N];
    SystemRandom::new().fill(&mut bytes).map_err(|_| PasswordError::NoRandom)?;
    Ok(bytes)
}

impl Passwords {
    /// With 19 MiB and two passes, as OWASP's sheet on password storage asks for.
    ///
    /// # Errors
    /// [`PasswordError::NoRandom`], [`PasswordError::Hash`].
    pub fn usual() -> Result<Self, PasswordError> {
        Self::with_costs(19 * 1024, 2)
    }

    /// With other costs: kibibytes of memory, and passes over it.
    ///
    /// # Errors
    /// As [`Self::usual`].
    pub fn with_costs(kib: u32, passes: u32) -> Result<Self, PasswordError> {
        let params = Params::new(kib, passes, 1, None).map_err(|e| PasswordError::Hash(e.to_string()))?;
        let argon = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let mut passwords = Self { argon, nobodys: "".into() };
        passwords.nobodys = passwords.hashed(&random::<32>()?)?.into();
        Ok(passwords)
    }

    /// The text that is stored of a password.
    ///
    /// # Errors
    /// [`PasswordError`].
    ///
    /// # Examples
    /// ```
    /// let passwords = dashboard::Passwords::with_costs(8, 1)?;
    /// let stored = passwords.hash("correct horse battery staple")?;
    /// assert!(stored.starts_with("$argon2id$"));
    /// assert!(passwords.hash("short").is_err());
    /// # Ok::<(), dashboard::PasswordError>(())
    /// ```
    pub fn hash(&self, password: &str) -> Result<String, PasswordError> {
        let found = password.chars().count();
        if found < CHARACTERS_MIN || password.len() > BYTES_MAX {
            return Err(PasswordError::Length { found });
        }
        self.hashed(password.as_bytes())
    }

    fn hashed(&self, password: &[u8]) -> Result<String, PasswordError> {
        let salt = random::<SALT_BYTES>()?;
        let hash: PasswordHash =
            self.argon.hash_password_with_salt(password, &salt).map_err(|e| PasswordError::Hash(e.to_string()))?;
        Ok(hash.to_string())
    }

    /// Whether a password is the one that a text was made of. Where there is no text, as much is computed and the answer
    /// is no.
    pub(crate) fn is(&self, password: &str, stored: Option<&str>) -> bool {
        let text = stored.unwrap_or(&self.nobodys);
        let Ok(hash) = PasswordHash::new(text) else { return false };
        self.argon.verify_password(password.as_bytes(), &hash).is_ok() && stored.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_itself_and_no_other() {
        let passwords = Passwords::with_costs(8, 1).expect("costs");
        let stored = passwords.hash("一二三四五六七八九十甲乙").expect("a hash");
        assert!(passwords.is("一二三四五六七八九十甲乙", Some(&stored)));
        assert!(!passwords.is("一二三四五六七八九十甲丙", Some(&stored)));
        assert!(!passwords.is("一二三四五六七八九十甲乙", None));
        assert!(!passwords.is("", Some("no hash")));
        assert_ne!(passwords.hash("一二三四五六七八九十甲乙").expect("a hash"), stored, "each has a salt of its own");
        // Costs are those of the text: raising them later locks nobody out.
        assert!(Passwords::with_costs(16, 2).expect("costs").is("一二三四五六七八九十甲乙", Some(&stored)));
    }

    #[test]
    fn lengths() {
        let passwords = Passwords::with_costs(8, 1).expect("costs");
        for (password, right) in [
            ("", false),
            ("elevenchars", false),
            ("twelve chars", true),
            (&"x".repeat(256), true),
            (&"x".repeat(257), false),
        ] {
            assert_eq!(passwords.hash(password).is_ok(), right, "{}", password.len());
        }
    }
}
