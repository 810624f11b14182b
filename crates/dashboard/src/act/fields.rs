//! Fields of a form, each read exactly or refused with what is allowed.

use chrono::NaiveDate;
use primitives::Fen;
use std::str::FromStr;

/// The longest text of a field, in bytes, as the ledger has it.
const TEXT_MAX: usize = 1_000;

/// A field that is not right. Its value is not repeated: it may be anything.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{name}: {allowed}")]
pub(super) struct BadField {
    pub(super) name: &'static str,
    pub(super) allowed: &'static str,
}

/// The fields as they were sent.
pub(super) struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    pub(super) fn read(body: &'a [u8]) -> Self {
        Self(body)
    }

    /// A field that stands once; without blanks around it.
    fn one(&self, name: &'static str) -> Result<String, BadField> {
        let value = crate::sign_in::value(self.0, name).map(|v| v.trim().to_owned());
        value.filter(|v| !v.is_empty()).ok_or(BadField { name, allowed: "must be given, once" })
    }

    pub(super) fn parsed<T: FromStr>(&self, name: &'static str, allowed: &'static str) -> Result<T, BadField> {
        self.one(name)?.parse().map_err(|_| BadField { name, allowed })
    }

    /// A word of a list.
    pub(super) fn code<T: FromStr>(&self, name: &'static str) -> Result<T, BadField> {
        self.parsed(name, "must be one of the list")
    }

    pub(super) fn day(&self, name: &'static str) -> Result<NaiveDate, BadField> {
        self.parsed(name, "must be a day, YYYY-MM-DD")
    }

    /// A text that says something, without control characters.
    pub(super) fn text(&self, name: &'static str) -> Result<String, BadField> {
        let text = self.one(name)?;
        match text.len() > TEXT_MAX || text.chars().any(char::is_control) {
            true => Err(BadField { name, allowed: "must have 1 to 1000 bytes without control characters" }),
            false => Ok(text),
        }
    }

    /// An amount in yuan with at most two decimals, zero or more.
    pub(super) fn yuan(&self, name: &'static str) -> Result<Fen, BadField> {
        let bad = BadField { name, allowed: "must be an amount in yuan with at most two decimals, such as 1200.50" };
        fen(&self.one(name)?).map(Fen::new).ok_or(bad)
    }

    /// A whole number, zero or more.
    pub(super) fn whole(&self, name: &'static str) -> Result<i64, BadField> {
        let bad = BadField { name, allowed: "must be a whole number, 0 or more" };
        let text = self.one(name)?;
        match text.bytes().all(|b| b.is_ascii_digit()) {
            true => text.parse().map_err(|_| bad),
            false => Err(bad),
        }
    }
}

fn fen(text: &str) -> Option<i64> {
    let (yuan, decimals) = text.split_once('.').unwrap_or((text, ""));
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    if !digits(yuan) || decimals.len() > 2 || (text.contains('.') && !digits(decimals)) {
        return None;
    }
    let yuan: i64 = yuan.parse().ok()?;
    let fen: i64 = format!("{decimals:0<2}").parse().ok()?;
    yuan.checked_mul(100)?.checked_add(fen)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_exact_or_refused() {
        for (text, expect) in [
            ("0", Some(0)),
            ("1200.5", Some(120_050)),
            ("1200.05", Some(120_005)),
            ("92233720368547758.07", Some(i64::MAX)),
            ("92233720368547758.08", None),
            ("1.234", None),
            ("-1", None),
            ("+1", None),
            ("1,000", None),
            ("1e3", None),
            (".5", None),
            ("5.", None),
            ("=1+1", None),
        ] {
            assert_eq!(fen(text), expect, "{text}");
        }
    }

    #[test]
    fn a_field_stands_once_and_says_something() {
        let fields = Fields::read(b"a=1&b=2&b=3&c=+&d=2024-02-30&e=x%00&f=-3&g=12");
        assert_eq!(fields.whole("a"), Ok(1));
        assert_eq!(fields.whole("g"), Ok(12));
        for name in ["b", "c", "d", "e", "f", "missing"] {
            assert!(fields.text(name).is_err() || fields.day(name).is_err(), "{name}");
        }
        assert!(fields.text("b").is_err() && fields.text("c").is_err() && fields.text("e").is_err());
        assert!(fields.day("d").is_err() && fields.whole("f").is_err());
    }
}
