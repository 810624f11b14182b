//! Fields of the ledger's requests, as its types: all that is wrong with a request is said at once.

use super::words::Word;
use crate::desk::check::Violations;
use crate::identity::{Caller, Role};
use ::ledger::{BankId, GuarantorId, ID_BYTES_MAX, IdError, Month};
use primitives::region::ZoneCode;
use primitives::{CreditCode, Fen, Industry, Ppm, RegionCode};
use std::fmt::Display;
use std::str::FromStr;

/// The whole, in parts per million.
const WHOLE: i64 = 1_000_000;

impl Violations {
    fn parsed<T: FromStr>(&mut self, field: &str, text: &str, must: impl Display) -> Option<T> {
        let found = text.parse().ok();
        if found.is_none() {
            self.add(field, must);
        }
        found
    }

    pub(crate) fn id<T: FromStr<Err = IdError>>(&mut self, field: &str, text: &str) -> Option<T> {
        self.parsed(
            field,
            text,
            format_args!("must be 1 to {ID_BYTES_MAX} bytes of letters, digits and -_.:/#()（）〔〕"),
        )
    }

    /// An id, or `Some(None)` for an empty text.
    pub(crate) fn id_or_none<T: FromStr<Err = IdError>>(&mut self, field: &str, text: &str) -> Option<Option<T>> {
        if text.is_empty() { Some(None) } else { self.id(field, text).map(Some) }
    }

    pub(crate) fn enterprise(&mut self, field: &str, text: &str) -> Option<CreditCode> {
        self.parsed(field, text, "must be a unified social credit code of 18 characters")
    }

    pub(crate) fn region(&mut self, field: &str, text: &str) -> Option<RegionCode> {
        self.parsed(field, text, "must be the code of a district, six digits")
    }

    /// The code of a development zone, or `Some(None)` where it is empty.
    pub(crate) fn zone_or_none(&mut self, field: &str, text: &str) -> Option<Option<ZoneCode>> {
        if text.is_empty() {
            return Some(None);
        }
        self.parsed(field, text, "must be the code of a development zone, such as hightech").map(Some)
    }

    pub(crate) fn industry(&mut self, field: &str, text: &str) -> Option<Industry> {
        self.parsed(field, text, "must be an industry of GB/T 4754 with letter, such as C3511")
    }

    pub(crate) fn month(&mut self, field: &str, text: &str) -> Option<Month> {
        self.parsed(field, text, "must be a month, YYYY-MM")
    }

    /// A word that is set.
    pub(crate) fn word<W: Word>(&mut self, field: &str, value: i32) -> Option<W::Means> {
        let found = W::try_from(value).ok().and_then(W::means);
        if found.is_none() {
            self.add(field, format_args!("must be one of {}, not unspecified", W::LIST));
        }
        found
    }

    /// A word, or `Some(None)` where it is not set.
    pub(crate) fn word_or_none<W: Word>(&mut self, field: &str, value: i32) -> Option<Option<W::Means>> {
        if value == 0 { Some(None) } else { self.word::<W>(field, value).map(Some) }
    }

    pub(crate) fn number(&mut self, field: &str, value: i64, lo: i64, hi: i64) -> Option<i64> {
        if (lo..=hi).contains(&value) {
            return Some(value);
        }
        self.add(field, format_args!("must be {lo} to {hi}, is {value}"));
        None
    }

    /// An amount above zero.
    pub(crate) fn amount(&mut self, field: &str, fen: i64) -> Option<Fen> {
        self.number(field, fen, 1, i64::MAX).map(Fen::new)
    }

    pub(crate) fn rate(&mut self, field: &str, ppm: i64) -> Option<Ppm> {
        self.number(field, ppm, 0, WHOLE).map(Ppm::new)
    }

    /// A part of a request that must be there.
    pub(crate) fn part<'r, T>(&mut self, field: &str, part: Option<&'r T>) -> Option<&'r T> {
        if part.is_none() {
            self.add(field, "must be given");
        }
        part
    }

    /// The bank that is meant: its certificate's for a bank, else the one that is named.
    pub(crate) fn bank(&mut self, caller: &Caller, named: &str) -> Option<BankId> {
        self.owner(caller, Role::Bank, "bank_id", named)
    }

    /// The guarantor that is meant: its certificate's for a guarantor, else the one that is named.
    pub(crate) fn guarantor(&mut self, caller: &Caller, named: &str) -> Option<GuarantorId> {
        self.owner(caller, Role::Guarantor, "guarantor_id", named)
    }

    /// As [`Self::bank`] and [`Self::guarantor`], or `Some(None)` for all where nobody is named.
    pub(crate) fn owner_or_all<T: FromStr<Err = IdError>>(
        &mut self,
        caller: &Caller,
        role: Role,
        field: &str,
        named: &str,
    ) -> Option<Option<T>> {
        match caller.role() != role && named.is_empty() {
            true => Some(None),
            false => self.owner(caller, role, field, named).map(Some),
        }
    }

    fn owner<T: FromStr<Err = IdError>>(&mut self, caller: &Caller, role: Role, field: &str, named: &str) -> Option<T> {
        if caller.role() != role {
            return self.id(field, named);
        }
        if !named.is_empty() {
            self.add(field, format_args!("must be empty: a {role} is who its certificate says"));
        }
        self.id(field, caller.tenant())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use api::ledger::v1;

    fn fields(v: Violations) -> String {
        let status = v.end().expect_err("something is wrong");
        let found = api::status::error_info(&status).violations;
        found.into_iter().map(|v| v.field).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn whose_it_is_follows_from_the_certificate() {
        let (bank, bureau) = (Caller::new("icbc", Role::Bank), Caller::new("b", Role::Bureau));
        let mut v = Violations::default();
        assert_eq!(v.bank(&bank, "").map(|b| b.to_string()), Some("icbc".into()));
        assert_eq!(v.bank(&bureau, "abc").map(|b| b.to_string()), Some("abc".into()));
        let all = v.owner_or_all::<BankId>(&bureau, Role::Bank, "bank_id", "");
        assert_eq!(all, Some(None));
        let own = v.owner_or_all::<BankId>(&bank, Role::Bank, "bank_id", "");
        assert_eq!(own.flatten().map(|b| b.to_string()), Some("icbc".into()));
        v.bank(&bank, "abc");
        v.bank(&bank, "icbc");
        assert_eq!(v.bank(&bureau, ""), None);
        assert_eq!(fields(v), "bank_id bank_id bank_id");
    }

    #[test]
    fn everything_that_is_wrong_is_said() {
        let mut v = Violations::default();
        assert_eq!(v.amount("zero", 0), None);
        assert_eq!(v.amount("negative", -1), None);
        assert_eq!(v.amount("largest", i64::MAX), Some(Fen::new(i64::MAX)));
        assert_eq!(v.rate("rate", 1_000_001), None);
        assert_eq!(v.enterprise("enterprise", "91500105MA5U000018"), None);
        assert_eq!(v.region("region", "5001"), None);
        assert_eq!(v.industry("industry", "Z9"), None);
        assert_eq!(v.month("month", "2024-5"), None);
        assert_eq!(v.word::<v1::Fund>("unset", 0), None);
        assert_eq!(v.word::<v1::Fund>("unknown", 9), None);
        assert_eq!(v.word_or_none::<v1::EnterpriseSize>("size", 0), Some(None));
        assert_eq!(fields(v), "zero negative rate enterprise region industry month unset unknown");
    }
}
