//! Sessions: a random token in a cookie, its digest in the store, a new one at each sign-in.
//!
//! A session ends when it is told to, when its person changes, some hours after it began, and when nothing was asked for a
//! while. The last is known to this process only: after a restart, and at another server, a session counts from its
//! beginning, so it may end early and never late.

use crate::passwords::{PasswordError, random};
use crate::role::{Role, Scope};
use axum::http::{HeaderMap, header};
use primitives::Digest;
use primitives::hex;
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use store::{Session, Store, UnixMicros};

/// From the first to the last moment of a session.
pub(crate) const LIFE: UnixMicros = 10 * 3_600_000_000;
/// Between two requests.
const IDLE: UnixMicros = 30 * 60_000_000;
/// Sessions whose last request is remembered: more than the bureau has people.
const SEEN_MAX: usize = 20_000;

/// Keys of forms that were given: each has a mask of its own.
static KEYS_GIVEN: AtomicU64 = AtomicU64::new(0);

/// A token: 256 random bits as hexadecimal digits.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Token(String);

impl Token {
    pub(crate) fn new() -> Result<Self, PasswordError> {
        Ok(Self(hex(&random::<32>()?)))
    }

    fn read(text: &str) -> Option<Self> {
        let digit = |b: u8| matches!(b, b'0'..=b'9' | b'a'..=b'f');
        (text.len() == 64 && text.bytes().all(digit)).then(|| Self(text.to_owned()))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// What the store has of it.
    pub(crate) fn sha256(&self) -> [u8; 32] {
        *Digest::sha256(self.0.as_bytes()).as_bytes()
    }

    /// What a form of this token's page carries. Who can not read the cookie can not make it.
    ///
    /// Under a mask that is another one each time, with the mask before it: pages travel packed, and what is the same in
    /// each of them could be guessed from their lengths.
    pub(crate) fn form_key(&self) -> String {
        let nth = KEYS_GIVEN.fetch_add(1, Ordering::Relaxed);
        let mask = Digest::sha256(format!("mask\0{nth}\0{}", self.0).as_bytes());
        let masked = masked(mask.as_bytes(), self.key().as_bytes());
        hex(mask.as_bytes()) + &hex(&masked)
    }

    /// Whether a form carries it. Digests are compared, so the time that it takes tells nothing of the token.
    pub(crate) fn opens(&self, found: &str) -> bool {
        let Some(bytes) = bytes_of(found) else { return false };
        let (mask, rest) = bytes.split_at(32);
        Digest::sha256(&masked(mask, rest)) == Digest::sha256(self.key().as_bytes())
    }

    fn key(&self) -> Digest {
        Digest::sha256(format!("form\0{}", self.0).as_bytes())
    }
}

/// One under the other.
fn masked(mask: &[u8], bytes: &[u8]) -> Vec<u8> {
    mask.iter().zip(bytes).map(|(m, b)| m ^ b).collect()
}

/// The 64 bytes that hexadecimal digits say.
fn bytes_of(digits: &str) -> Option<Vec<u8>> {
    if digits.len() != 128 || !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    (0..64).map(|at| u8::from_str_radix(digits.get(2 * at..2 * at + 2)?, 16).ok()).collect()
}

/// The cookies of this site.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cookies {
    /// Behind TLS: then no other host can set them, and they never travel in clear.
    pub(crate) secure: bool,
}

/// Which cookie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cookie {
    /// Of somebody who signed in.
    Session,
    /// Of the form to sign in.
    Form,
}

impl Cookies {
    fn name(self, cookie: Cookie) -> &'static str {
        match (self.secure, cookie) {
            (true, Cookie::Session) => "__Host-shangzhi",
            (true, Cookie::Form) => "__Host-shangzhi-form",
            (false, Cookie::Session) => "shangzhi",
            (false, Cookie::Form) => "shangzhi-form",
        }
    }

    /// The token of a request; none where two are sent, for one of them is somebody else's.
    pub(crate) fn read(self, headers: &HeaderMap, cookie: Cookie) -> Option<Token> {
        let name = self.name(cookie);
        let texts = headers.get_all(header::COOKIE).iter().filter_map(|v| v.to_str().ok());
        let pairs = texts.flat_map(|t| t.split(';')).filter_map(|pair| pair.trim().split_once('='));
        let mut values = pairs.filter(|(found, _)| *found == name).map(|(_, value)| value);
        match (values.next(), values.next()) {
            (Some(value), None) => Token::read(value),
            _ => None,
        }
    }

    /// The header that sets a cookie, or removes it.
    pub(crate) fn set(self, cookie: Cookie, token: Option<&Token>) -> String {
        let (name, value) = (self.name(cookie), token.map_or("", Token::as_str));
        let secure = if self.secure { "; Secure" } else { "" };
        let age = if token.is_some() { "" } else { "; Max-Age=0" };
        format!("{name}={value}; Path=/; HttpOnly; SameSite=Strict{secure}{age}")
    }
}

/// Somebody who signed in.
#[derive(Clone)]
pub(crate) struct Person {
    pub(crate) name: String,
    pub(crate) shown_as: String,
    pub(crate) role: Role,
    pub(crate) scope: Scope,
    pub(crate) token: Token,
}

/// When sessions were last seen.
#[derive(Debug, Clone, Default)]
pub(crate) struct Seen(Arc<Mutex<HashMap<[u8; 32], UnixMicros>>>);

impl Seen {
    /// Whether a session is not idle for too long; it then is seen now.
    fn keeps(&self, session: &Session, now: UnixMicros) -> bool {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let key = session.session.token_sha256;
        let last = seen.get(&key).copied().unwrap_or(session.session.opened_at);
        if now.saturating_sub(last) >= IDLE {
            seen.remove(&key);
            return false;
        }
        if seen.len() >= SEEN_MAX {
            seen.retain(|_, last| now.saturating_sub(*last) < IDLE);
        }
        if seen.len() < SEEN_MAX {
            seen.insert(key, now);
        }
        true
    }
}

/// Whose session a request belongs to.
pub(crate) async fn person(
    store: &Store,
    seen: &Seen,
    token: Token,
    now: UnixMicros,
) -> Result<Option<Person>, store::Error> {
    let Some(session) = store.session(&token.sha256()).await? else { return Ok(None) };
    if now >= session.session.until || !seen.keeps(&session, now) {
        return Ok(None);
    }
    let staff = session.staff.staff;
    // A role or a district that is not known here gives no right at all.
    let Ok(role) = staff.role.parse::<Role>() else { return Ok(None) };
    let scope = match (role, staff.district.as_deref().map(str::parse)) {
        (Role::District, Some(Ok(code))) => Scope::District(code),
        (Role::District, _) => return Ok(None),
        (_, None) => Scope::City,
        (_, Some(_)) => return Ok(None),
    };
    Ok(Some(Person { name: staff.name, shown_as: staff.shown_as, role, scope, token }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(cookies: &[&str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for cookie in cookies {
            headers.append(header::COOKIE, cookie.parse().expect("a header"));
        }
        headers
    }

    #[test]
    fn one_well_formed_cookie_is_read() {
        let cookies = Cookies { secure: false };
        let token = "0123456789abcdef".repeat(4);
        let read = |list: &[&str]| cookies.read(&headers(list), Cookie::Session).map(|t| t.as_str().to_owned());
        assert_eq!(read(&[&format!("a=b; shangzhi={token}; c=d")]), Some(token.clone()));
        assert_eq!(read(&[&format!("shangzhi={token}"), &format!("shangzhi={token}")]), None);
        assert_eq!(read(&[&format!("shangzhi={}", token.to_uppercase())]), None);
        assert_eq!(read(&[&format!("xshangzhi={token}")]), None);
        assert_eq!(read(&["shangzhi="]), None);
    }

    #[test]
    fn behind_tls_no_other_host_can_set_it() {
        let token = Token::new().expect("random bytes");
        let set = Cookies { secure: true }.set(Cookie::Session, Some(&token));
        assert!(set.starts_with("__Host-shangzhi=") && set.contains("; Secure") && set.contains("; Path=/;"), "{set}");
        assert!(set.contains("; HttpOnly; SameSite=Strict"), "{set}");
    }

    #[test]
    fn a_form_key_is_of_one_token() {
        let (a, b) = (Token::new().expect("random bytes"), Token::new().expect("random bytes"));
        assert!(a.opens(&a.form_key()) && !a.opens(&b.form_key()) && !a.opens(a.as_str()) && !a.opens(""));
        for wrong in ["0".repeat(128), "é".repeat(64), a.form_key() + "0", a.form_key()[..127].to_owned()] {
            assert!(!a.opens(&wrong), "{wrong}");
        }
        let (one, other) = (a.form_key(), a.form_key());
        let alike = one.as_bytes().chunks(2).zip(other.as_bytes().chunks(2)).filter(|(x, y)| x == y).count();
        assert!(alike < 8 && a.opens(&one) && a.opens(&other), "{alike} bytes of two keys are the same");
    }
}
