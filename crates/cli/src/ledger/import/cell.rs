//! Texts of cells as the values of fields: exact, or a fault that names column, value and what is allowed.

use super::mapping::{Dates, Mapped, Unit};
use super::words::CLAWBACKS;
use chrono::{Days, NaiveDate};
use csv::StringRecord;
use ledger::Month;
use ledger::event::Clawback;
use primitives::{Digest, Fen, Ppm};
use std::borrow::Cow;
use std::fmt::Display;
use std::str::FromStr;

/// Why a cell can not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    /// The column or columns; the field, where it is a constant of the mapping.
    pub(crate) column: String,
    pub(crate) value: String,
    pub(crate) allowed: String,
}

/// The fields of an event in a row.
pub(crate) struct Fields<'r> {
    pub(crate) row: &'r StringRecord,
    pub(crate) mapped: &'r [Mapped],
    pub(crate) names: &'r [String],
}

/// The days of the calendar of SAS and of a workbook.
const SAS_DAY_0: NaiveDate = NaiveDate::from_ymd_opt(1960, 1, 1).expect("a day of the calendar");
const WORKBOOK_DAY_0: NaiveDate = NaiveDate::from_ymd_opt(1899, 12, 30).expect("a day of the calendar");
/// Two hundred years.
const DAYS_MAX: u64 = 73_000;

type Found<'r> = (Cow<'r, str>, &'r Mapped);

impl<'r> Fields<'r> {
    /// The text of a field; `None` where it is empty.
    fn found(&self, name: &str) -> Result<Option<Found<'r>>, Fault> {
        let Some(mapped) = self.mapped.iter().find(|m| m.field.name == name) else { return Ok(None) };
        let text = mapped.text(self.row, self.names)?;
        Ok(Some((text, mapped)).filter(|(text, _)| !text.is_empty()))
    }

    fn needed(&self, name: &'static str) -> Result<Found<'r>, Fault> {
        self.found(name)?.ok_or_else(|| {
            let mapped = self.mapped.iter().find(|m| m.field.name == name);
            let column = mapped.map_or_else(|| name.to_owned(), |m| m.place(self.names));
            Fault { column, value: String::new(), allowed: "something: it is empty".to_owned() }
        })
    }

    fn fault(&self, (text, mapped): &Found<'_>, allowed: impl Display) -> Fault {
        Fault { column: mapped.place(self.names), value: text.to_string(), allowed: allowed.to_string() }
    }

    pub(crate) fn parse<T: FromStr<Err: Display>>(&self, name: &'static str) -> Result<T, Fault> {
        let found = self.needed(name)?;
        found.0.parse().map_err(|e: T::Err| self.fault(&found, e))
    }

    pub(crate) fn maybe<T: FromStr<Err: Display>>(&self, name: &'static str) -> Result<Option<T>, Fault> {
        let Some(found) = self.found(name)? else { return Ok(None) };
        found.0.parse().map(Some).map_err(|e: T::Err| self.fault(&found, e))
    }

    pub(crate) fn text(&self, name: &'static str) -> Result<String, Fault> {
        Ok(self.needed(name)?.0.into_owned())
    }

    pub(crate) fn amount(&self, name: &'static str) -> Result<Fen, Fault> {
        let found = self.needed(name)?;
        self.fen(&found)
    }

    pub(crate) fn maybe_amount(&self, name: &'static str) -> Result<Option<Fen>, Fault> {
        self.found(name)?.map(|found| self.fen(&found)).transpose()
    }

    fn fen(&self, found: &Found<'_>) -> Result<Fen, Fault> {
        let (digits, word) = match found.1.unit {
            Unit::Fen => (0, "whole fen"),
            Unit::Yuan => (2, "yuan with at most two decimals"),
            Unit::Wan => (6, "ten thousands of yuan with at most six decimals"),
        };
        let fen = scaled(&found.0, digits);
        fen.map(Fen::new).ok_or_else(|| self.fault(found, format!("{word}, within 64 bits of fen")))
    }

    pub(crate) fn rate(&self, name: &'static str) -> Result<Ppm, Fault> {
        let found = self.needed(name)?;
        self.ppm(&found)
    }

    pub(crate) fn maybe_rate(&self, name: &'static str) -> Result<Option<Ppm>, Fault> {
        self.found(name)?.map(|found| self.ppm(&found)).transpose()
    }

    fn ppm(&self, found: &Found<'_>) -> Result<Ppm, Fault> {
        let digits = if found.1.percent { 4 } else { 0 };
        let word = if digits == 0 { "whole parts per million" } else { "percent with at most four decimals" };
        scaled(found.0.trim_end_matches('%'), digits).map(Ppm::new).ok_or_else(|| self.fault(found, word))
    }

    pub(crate) fn whole(&self, name: &'static str) -> Result<i64, Fault> {
        let found = self.needed(name)?;
        scaled(&found.0, 0).ok_or_else(|| self.fault(&found, "a whole number"))
    }

    pub(crate) fn flag(&self, name: &'static str) -> Result<bool, Fault> {
        let Some(found) = self.found(name)? else { return Ok(false) };
        match found.0.as_ref() {
            "true" | "1" | "yes" | "是" => Ok(true),
            "false" | "0" | "no" | "否" => Ok(false),
            _ => Err(self.fault(&found, "true or false, yes or no, 1 or 0, 是 or 否")),
        }
    }

    pub(crate) fn date(&self, name: &'static str) -> Result<NaiveDate, Fault> {
        let found = self.needed(name)?;
        let read = |text: &str| date(text, &found.1.dates).ok_or_else(|| self.fault(&found, &found.1.dates));
        let mut day = read(&found.0)?;
        if let Some(column) = found.1.not_before {
            let other = self.row.get(column).unwrap_or("").trim();
            if !other.is_empty() {
                day = day.max(read(other)?);
            }
        }
        Ok(day)
    }

    pub(crate) fn month(&self, name: &'static str) -> Result<Month, Fault> {
        self.parse(name)
    }

    pub(crate) fn digest(&self, name: &'static str) -> Result<Digest, Fault> {
        self.parse(name)
    }

    pub(crate) fn clawback(&self, name: &'static str) -> Result<Clawback, Fault> {
        let found = self.needed(name)?;
        let reason = CLAWBACKS.iter().find(|(_, (code, ..))| *code == found.0);
        reason
            .map(|(reason, _)| *reason)
            .ok_or_else(|| self.fault(&found, CLAWBACKS.map(|(_, (code, ..))| code).join(", ")))
    }

    /// Days and amounts: `2024-03-01=1000.00;2024-06-01=2000.00`.
    pub(crate) fn instalments(&self, name: &'static str) -> Result<Vec<(NaiveDate, Fen)>, Fault> {
        let found = self.needed(name)?;
        let one = |part: &str| {
            let (day, amount) = part.split_once('=')?;
            let digits = if found.1.unit == Unit::Fen { 0 } else { 2 };
            Some((date(day.trim(), &found.1.dates)?, Fen::new(scaled(amount, digits)?)))
        };
        let all: Option<Vec<_>> = found.0.split(';').map(one).collect();
        all.ok_or_else(|| self.fault(&found, "YYYY-MM-DD=amount, separated by ;"))
    }
}

/// A decimal number times ten to a power, exactly; `None` where something is left over or it is beyond 64 bits.
///
/// Commas between groups of digits are let through, and zeros behind the last digit that counts.
pub(crate) fn scaled(text: &str, digits: usize) -> Option<i64> {
    let text = text.trim();
    let (negative, text) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let (fraction, rest) = fraction.split_at_checked(digits).unwrap_or((fraction, ""));
    let grouped = whole.contains(',');
    let groups_hold = || {
        let mut groups = whole.split(',');
        let first = groups.next().unwrap_or("");
        (1..=3).contains(&first.len()) && groups.all(|g| g.len() == 3)
    };
    if whole.is_empty() || grouped && !groups_hold() || rest.bytes().any(|b| b != b'0') {
        return None;
    }
    let mut value: i64 = 0;
    let zeros = std::iter::repeat_n(b'0', digits - fraction.len());
    for digit in whole.bytes().filter(|b| *b != b',').chain(fraction.bytes()).chain(zeros) {
        let digit = digit.is_ascii_digit().then(|| i64::from(digit - b'0'))?;
        value = value.checked_mul(10)?.checked_sub(digit)?;
    }
    if negative { Some(value) } else { value.checked_neg() }
}

/// A day in one of the forms that a mapping allows.
pub(crate) fn date(text: &str, dates: &Dates) -> Option<NaiveDate> {
    let serial = |from: NaiveDate| {
        // A workbook may hold a time of the day behind the point.
        let whole = text.split_once('.').map_or(text, |(whole, _)| whole);
        from.checked_add_days(Days::new(whole.parse().ok().filter(|days| *days <= DAYS_MAX)?))
    };
    match dates {
        Dates::Sas => serial(SAS_DAY_0),
        Dates::Workbook => serial(WORKBOOK_DAY_0),
        Dates::Pattern(pattern) => NaiveDate::parse_from_str(text, pattern).ok(),
        Dates::Usual => usual(text),
    }
}

/// `2024-03-01`, `2024/3/1`, `20240301`, `2024年3月1日`.
fn usual(text: &str) -> Option<NaiveDate> {
    let number = |text: &str| text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse::<u32>().ok())?;
    let day = |year: &str, month: &str, day: &str| {
        if year.len() != 4 {
            return None;
        }
        NaiveDate::from_ymd_opt(number(year)? as i32, number(month)?, number(day)?)
    };
    if text.len() == 8 && text.bytes().all(|b| b.is_ascii_digit()) {
        return day(&text[..4], &text[4..6], &text[6..]);
    }
    let text = text.strip_suffix('日').unwrap_or(text);
    let mut parts = text.split(['-', '/', '年', '月']);
    let (a, b, c) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() { None } else { day(a, b, c) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_exact_or_nothing() {
        for (text, digits, expect) in [
            ("32812", 2, Some(3_281_200)),
            ("1,234.5", 2, Some(123_450)),
            ("1,23.5", 2, None),
            ("1234.500", 2, Some(123_450)),
            ("1234.501", 2, None),
            ("-0.01", 2, Some(-1)),
            ("0.000001", 6, Some(1)),
            ("92233720368547758.07", 2, Some(i64::MAX)),
            ("92233720368547758.08", 2, None),
            ("-92233720368547758.08", 2, Some(i64::MIN)),
            ("", 2, None),
            (".5", 2, None),
            ("1e5", 2, None),
            ("12.0", 0, Some(12)),
            ("12.5", 0, None),
            ("4.35", 4, Some(43_500)),
        ] {
            assert_eq!(scaled(text, digits), expect, "{text:?} {digits}");
        }
    }

    #[test]
    fn days_are_read_in_the_forms_that_are_told() {
        let day = |text: &str| Some(text.parse::<NaiveDate>().expect("a day"));
        for text in ["2024-03-01", "2024/3/1", "20240301", "2024年3月1日"] {
            assert_eq!(date(text, &Dates::Usual), day("2024-03-01"), "{text}");
        }
        for text in ["2024-02-30", "24-03-01", "1/3/2024", "2024-03-01 10:00", "2024-03-01-1", "二〇二四年"] {
            assert_eq!(date(text, &Dates::Usual), None, "{text}");
        }
        assert_eq!(date("15074", &Dates::Sas), day("2001-04-09"));
        assert_eq!(date("45352", &Dates::Workbook), day("2024-03-01"));
        assert_eq!(date("01.03.2024", &Dates::Pattern("%d.%m.%Y".into())), day("2024-03-01"));
        assert_eq!(date("99999999", &Dates::Sas), None);
    }
}
