//! From the file's text to checked rules.

use super::{Book, DatedCap, FAMILY, Rule};
use crate::{Error, Mark, Marked};
use chrono::NaiveDate;
use primitives::{Fen, Ppm};
use serde::Deserialize;

/// Greatest cap in yuan: what is beyond is a slip of units.
const CAP_YUAN_MAX: i64 = 1_000_000_000;

/// Greatest share: a hundredfold.
const SHARE_PPM_MAX: i64 = 100_000_000;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawBook {
    #[serde(default)]
    rule: Vec<RawRule>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRule {
    title: String,
    number: String,
    effective_from: RawDay,
    effective_until: Option<NaiveDate>,
    cap: RawAmount,
    #[serde(default)]
    specialised_cap: Vec<RawDatedAmount>,
    sales_share: RawShare,
    taxes_share: RawShare,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawDay {
    date: NaiveDate,
    mark: Mark,
    source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawAmount {
    amount_yuan: i64,
    mark: Mark,
    source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawDatedAmount {
    amount_yuan: i64,
    effective_from: NaiveDate,
    effective_until: Option<NaiveDate>,
    mark: Mark,
    source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawShare {
    share_ppm: i64,
    mark: Mark,
    source: String,
}

pub(super) fn read(text: &str) -> Result<Book, Error> {
    let raw: RawBook = toml::from_str(text).map_err(|source| Error::Unreadable { family: FAMILY, source })?;
    let rules = raw.rule.into_iter().map(rule).collect::<Result<Vec<Rule>, Error>>()?;
    if rules.is_empty() {
        return Err(Error::Empty { family: FAMILY });
    }
    apart("the rule", rules.iter().map(|r| (r.effective_from.value, r.effective_until)))?;
    Ok(Book { rules })
}

fn rule(raw: RawRule) -> Result<Rule, Error> {
    let check = Check { from: raw.effective_from.date };
    let (from, until) = (raw.effective_from.date, raw.effective_until);
    let day = raw.effective_from;
    let effective_from = check.marked("effective_from", day.date, day.mark, day.source)?;
    check.days("the rule", from, until, (from, until))?;
    let mut specialised_caps = Vec::with_capacity(raw.specialised_cap.len());
    for c in raw.specialised_cap {
        check.days("specialised_cap", c.effective_from, c.effective_until, (from, until))?;
        specialised_caps.push(DatedCap {
            cap: check.amount("specialised_cap", c.amount_yuan, c.mark, c.source)?,
            from: c.effective_from,
            until: c.effective_until.or(until),
        });
    }
    apart("specialised_cap", specialised_caps.iter().map(|c| (c.from, c.until)))?;
    Ok(Rule {
        title: raw.title,
        number: Some(raw.number).filter(|n| !n.is_empty()),
        effective_from,
        effective_until: until,
        cap: check.amount("cap", raw.cap.amount_yuan, raw.cap.mark, raw.cap.source)?,
        specialised_caps,
        sales_share: check.share("sales_share", raw.sales_share)?,
        taxes_share: check.share("taxes_share", raw.taxes_share)?,
    })
}

/// Checks of the values of one rule; `from` names the rule in errors.
struct Check {
    from: NaiveDate,
}

impl Check {
    fn marked<T>(&self, what: &'static str, value: T, mark: Mark, source: String) -> Result<Marked<T>, Error> {
        if source.trim().is_empty() {
            return Err(Error::NoSource { family: FAMILY, from: self.from, what });
        }
        Ok(Marked { value, mark, source })
    }

    fn amount(&self, what: &'static str, yuan: i64, mark: Mark, source: String) -> Result<Marked<Fen>, Error> {
        let out_of_range =
            || Error::OutOfRange { family: FAMILY, from: self.from, what, value: yuan, lo: 1, hi: CAP_YUAN_MAX };
        let allowed = (1..=CAP_YUAN_MAX).contains(&yuan);
        let fen = Fen::from_yuan(yuan).filter(|_| allowed).ok_or_else(out_of_range)?;
        self.marked(what, fen, mark, source)
    }

    fn share(&self, what: &'static str, raw: RawShare) -> Result<Marked<Ppm>, Error> {
        let value = raw.share_ppm;
        if !(1..=SHARE_PPM_MAX).contains(&value) {
            let (lo, hi) = (1, SHARE_PPM_MAX);
            return Err(Error::OutOfRange { family: FAMILY, from: self.from, what, value, lo, hi });
        }
        self.marked(what, Ppm::new(value), raw.mark, raw.source)
    }

    /// Not empty, and within the days of the rule. A value without an end lasts as long as its rule.
    fn days(
        &self,
        what: &'static str,
        begins: NaiveDate,
        ends: Option<NaiveDate>,
        rule: (NaiveDate, Option<NaiveDate>),
    ) -> Result<(), Error> {
        let last = ends.or(rule.1);
        let within = rule.0 <= begins && rule.1.is_none_or(|end| last.is_some_and(|last| last <= end));
        match within && last.is_none_or(|last| begins < last) {
            true => Ok(()),
            false => Err(Error::Days { family: FAMILY, from: self.from, what, begins, ends }),
        }
    }
}

/// Earliest first and no two on one day.
fn apart(what: &'static str, days: impl Iterator<Item = (NaiveDate, Option<NaiveDate>)> + Clone) -> Result<(), Error> {
    for ((first, ends), (second, _)) in days.clone().zip(days.skip(1)) {
        if ends.is_none_or(|ends| second < ends) {
            return Err(Error::Overlap { family: FAMILY, what, first, second });
        }
    }
    Ok(())
}
