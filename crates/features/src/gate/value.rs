//! One cell to one slot: what each kind of column accepts.

use crate::schema::{Kind, Unit};
use chrono::{Datelike, NaiveDate};
use primitives::RegionCode;
use primitives::calendar::{date_of, day_of, last_day, month_of};
use primitives::credit_code::check_holds;
use primitives::industry::section_of;
use primitives::region::REGIONS;
use table::Cell;

/// Why a cell is not a value of its column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bad {
    /// It is not of the kind; what would be.
    Kind(&'static str),
    /// It is larger than any such value.
    Huge,
    UnknownCode,
    UnknownDistrict,
    CreditCode,
}

const HUGE: i64 = 10_000_000_000_000_000;
const AN_AMOUNT: Bad = Bad::Kind("an amount with digits and a point only, such as 1234.50");
const TWO_DECIMALS: Bad = Bad::Kind("an amount with at most two decimals");
const WHOLE_FEN: Bad = Bad::Kind("a whole number of fen");
const A_COUNT: Bad = Bad::Kind("a whole number");
const A_NUMBER: Bad = Bad::Kind("a number with digits and a point only");
pub(super) const AN_ID: Bad = Bad::Kind("a text or a whole number");
const A_DATE: Bad = Bad::Kind("a date such as 2024-03-31, 2024/3/31, 20240331 or 2024年3月31日");
const A_MONTH: Bad = Bad::Kind("a month such as 2024-03, 202403 or 2024年3月, or a date in it");
const A_TIME: Bad = Bad::Kind("a time such as 2024-03-31T08:30:00, with an offset or else of Beijing");
const A_FLAG: Bad = Bad::Kind("true or false, 是 or 否, 1 or 0");
const AN_INDUSTRY: Bad = Bad::Kind("an industry of GB/T 4754 as text, such as C3911 or 3911");

/// The slot of a cell that is not missing; for kinds whose slot is no text or code.
pub(super) fn slot(kind: Kind, unit: Unit, cell: Cell<'_>) -> Result<i64, Bad> {
    match kind {
        Kind::Money if unit == Unit::Fen => scaled(cell, 0, true, AN_AMOUNT, WHOLE_FEN),
        Kind::Money => scaled(cell, 2, true, AN_AMOUNT, TWO_DECIMALS),
        Kind::Count => scaled(cell, 0, true, A_COUNT, A_COUNT),
        Kind::Quantity => scaled(cell, 3, false, A_NUMBER, A_NUMBER),
        Kind::Share => scaled(cell, 6, false, A_NUMBER, A_NUMBER),
        Kind::Date => moment_of(cell).and_then(Moment::day).ok_or(A_DATE),
        Kind::Month => moment_of(cell).and_then(Moment::month_end).ok_or(A_MONTH),
        Kind::Time => moment_of(cell).and_then(Moment::seconds).ok_or(A_TIME),
        Kind::Flag => flag(cell).ok_or(A_FLAG),
        Kind::Id | Kind::Key | Kind::Text | Kind::Code | Kind::District | Kind::Industry | Kind::CreditCode => {
            unreachable!("these are texts")
        }
    }
}

/// A number times `10^decimals`; digits beyond are refused when it must be `exact`, else rounded half away from zero.
fn scaled(cell: Cell<'_>, decimals: u32, exact: bool, no_number: Bad, too_fine: Bad) -> Result<i64, Bad> {
    let value = match cell {
        Cell::Text(text) => {
            return scaled_text(text, decimals, exact)
                .map_err(|e| e.unwrap_or(if is_plain(text) { too_fine } else { no_number }));
        }
        Cell::Integer(v) => i128::from(v) * 10i128.pow(decimals),
        Cell::Number(x) => return scaled_number(x, decimals, exact).map_err(|e| e.unwrap_or(too_fine)),
        Cell::Decimal { unscaled, scale } if scale <= decimals => {
            unscaled.checked_mul(10i128.pow(decimals - scale)).ok_or(Bad::Huge)?
        }
        Cell::Decimal { unscaled, scale } => {
            let step = 10i128.checked_pow(scale - decimals).ok_or(too_fine)?;
            match unscaled % step {
                0 => unscaled / step,
                _ if exact => return Err(too_fine),
                rest => unscaled / step + if step <= rest.abs() * 2 { rest.signum() } else { 0 },
            }
        }
        Cell::Missing | Cell::Date(_) | Cell::Time { .. } | Cell::Flag(_) => return Err(no_number),
    };
    i64::try_from(value).ok().filter(|v| v.abs() <= HUGE).ok_or(Bad::Huge)
}

/// Whether a text is digits with an optional sign and one point.
fn is_plain(text: &str) -> bool {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    digits.bytes().filter(|&b| b == b'.').count() <= 1
        && digits.bytes().all(|b| b.is_ascii_digit() || b == b'.')
        && digits.bytes().any(|b| b.is_ascii_digit())
}

/// `Err(None)`: whatever else is wrong.
fn scaled_text(text: &str, decimals: u32, exact: bool) -> Result<i64, Option<Bad>> {
    let (negative, digits) = match text.as_bytes() {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        all => (false, all),
    };
    let mut value: i64 = 0;
    let mut places: Option<u32> = None;
    let mut some = false;
    let mut up = false;
    for &b in digits {
        match (b, places) {
            (b'0'..=b'9', Some(n)) if decimals <= n => {
                if exact && b != b'0' {
                    return Err(None);
                }
                up |= n == decimals && b'5' <= b;
                places = Some(n + 1);
            }
            (b'0'..=b'9', _) => {
                value = value * 10 + i64::from(b - b'0');
                if HUGE < value {
                    return Err(is_plain(text).then_some(Bad::Huge));
                }
                places = places.map(|n| n + 1);
            }
            (b'.', None) => places = Some(0),
            _ => return Err(None),
        }
        some |= b != b'.';
    }
    if !some {
        return Err(None);
    }
    for _ in places.unwrap_or(0)..decimals {
        value *= 10;
        if HUGE < value {
            return Err(Some(Bad::Huge));
        }
    }
    value += i64::from(up);
    Ok(if negative { -value } else { value })
}

fn scaled_number(x: f64, decimals: u32, exact: bool) -> Result<i64, Option<Bad>> {
    let factor = 10f64.powi(decimals as i32);
    let wide = x * factor;
    let rounded = wide.round();
    if HUGE as f64 <= rounded.abs() {
        return Err(Some(Bad::Huge));
    }
    // A double of a large amount is off by more than a millionth, but is the one next to its two decimals.
    match !exact || (wide - rounded).abs() <= 1e-6 || rounded / factor == x {
        true => Ok(rounded as i64),
        false => Err(None),
    }
}

fn flag(cell: Cell<'_>) -> Option<i64> {
    match cell {
        Cell::Flag(flag) => Some(i64::from(flag)),
        Cell::Integer(v @ 0..=1) => Some(v),
        Cell::Text("是" | "1") => Some(1),
        Cell::Text("否" | "0") => Some(0),
        Cell::Text(text) if text.eq_ignore_ascii_case("true") => Some(1),
        Cell::Text(text) if text.eq_ignore_ascii_case("false") => Some(0),
        _ => None,
    }
}

/// A point in time of Beijing's clock, as finely as it is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Moment {
    /// Any day of it.
    Month(NaiveDate),
    Day(NaiveDate),
    /// Seconds since 1970-01-01T00:00.
    Second(i64),
}

pub(super) const DAY: i64 = 86_400;
/// Beijing is ahead of UTC, all year.
const BEIJING: i64 = 8 * 3600;

fn in_range(days: i64) -> Option<i64> {
    let date = date_of(i32::try_from(days).ok()?)?;
    (1900..=9999).contains(&date.year()).then_some(days)
}

impl Moment {
    fn day(self) -> Option<i64> {
        let day = match self {
            Self::Month(_) => return None,
            Self::Day(date) => i64::from(day_of(date)),
            Self::Second(seconds) => seconds.div_euclid(DAY),
        };
        in_range(day)
    }

    fn month_end(self) -> Option<i64> {
        let within = match self {
            Self::Month(date) | Self::Day(date) => i64::from(day_of(date)),
            Self::Second(seconds) => seconds.div_euclid(DAY),
        };
        // Before the month is looked for: far days have none.
        in_range(within)?;
        in_range(i64::from(last_day(month_of(within as i32))))
    }

    fn seconds(self) -> Option<i64> {
        let seconds = match self {
            Self::Month(_) => return None,
            Self::Day(date) => i64::from(day_of(date)) * DAY,
            Self::Second(seconds) => seconds,
        };
        in_range(seconds.div_euclid(DAY)).map(|_| seconds)
    }
}

fn moment_of(cell: Cell<'_>) -> Option<Moment> {
    match cell {
        Cell::Text(text) => moment(text),
        Cell::Date(days) => date_of(days).map(Moment::Day),
        Cell::Time { micros, is_utc } => {
            Some(Moment::Second(micros.div_euclid(1_000_000) + if is_utc { BEIJING } else { 0 }))
        }
        Cell::Integer(v @ 100_000..=99_999_999) => moment(&v.to_string()),
        _ => None,
    }
}

/// The moment that a text says.
fn moment(text: &str) -> Option<Moment> {
    if text.bytes().all(|b| b.is_ascii_digit()) {
        let number = |range: std::ops::Range<usize>| text.get(range)?.parse::<u32>().ok();
        let (year, month) = (number(0..4)?, number(4..6)?);
        return match text.len() {
            6 => NaiveDate::from_ymd_opt(year as i32, month, 1).map(Moment::Month),
            8 => NaiveDate::from_ymd_opt(year as i32, month, number(6..8)?).map(Moment::Day),
            14 => {
                let day = NaiveDate::from_ymd_opt(year as i32, month, number(6..8)?)?;
                clock(day, number(8..10)?, number(10..12)?, number(12..14)?)
            }
            _ => None,
        };
    }
    let (year, rest) = digits(text, 4..=4)?;
    let separator = rest.chars().next()?;
    let rest = &rest[separator.len_utf8()..];
    let (month, rest) = digits(rest, 1..=2)?;
    let rest = match separator {
        '年' => rest.strip_prefix('月')?,
        '-' | '/' | '.' if rest.is_empty() => rest,
        '-' | '/' | '.' => rest.strip_prefix(separator)?,
        _ => return None,
    };
    if rest.is_empty() {
        return NaiveDate::from_ymd_opt(year as i32, month, 1).map(Moment::Month);
    }
    let (day, rest) = digits(rest, 1..=2)?;
    let rest = if separator == '年' { rest.strip_prefix('日')? } else { rest };
    let date = NaiveDate::from_ymd_opt(year as i32, month, day)?;
    if rest.is_empty() {
        return Some(Moment::Day(date));
    }
    time(date, rest.strip_prefix(['T', 't', ' '])?.trim_start())
}

/// `HH:MM[:SS[.f]]`, then `Z`, an offset or nothing.
fn time(date: NaiveDate, text: &str) -> Option<Moment> {
    let (hour, rest) = digits(text, 1..=2)?;
    let (minute, rest) = digits(rest.strip_prefix(':')?, 2..=2)?;
    let (second, rest) = match rest.strip_prefix(':') {
        None => (0, rest),
        Some(rest) => {
            let (second, rest) = digits(rest, 2..=2)?;
            match rest.strip_prefix('.') {
                None => (second, rest),
                Some(rest) => (second, digits(rest, 1..=9)?.1),
            }
        }
    };
    let Moment::Second(wall) = clock(date, hour, minute, second)? else { return None };
    let zone = rest.trim_start();
    let offset = match zone.as_bytes() {
        [] => return Some(Moment::Second(wall)),
        b"Z" | b"z" => 0,
        [sign @ (b'+' | b'-'), ..] => {
            let (hours, rest) = digits(&zone[1..], 2..=2)?;
            let rest = rest.strip_prefix(':').unwrap_or(rest);
            let minutes = if rest.is_empty() { 0 } else { digits(rest, 2..=2).filter(|(_, r)| r.is_empty())?.0 };
            if 14 < hours || 59 < minutes {
                return None;
            }
            let offset = i64::from(hours) * 3600 + i64::from(minutes) * 60;
            if *sign == b'-' { -offset } else { offset }
        }
        _ => return None,
    };
    Some(Moment::Second(wall - offset + BEIJING))
}

fn clock(date: NaiveDate, hour: u32, minute: u32, second: u32) -> Option<Moment> {
    // A leap second counts as the second before it.
    let second = if second == 60 { 59 } else { second };
    let within = i64::from(hour) * 3600 + i64::from(minute) * 60 + i64::from(second);
    (hour < 24 && minute < 60 && second < 60).then_some(Moment::Second(i64::from(day_of(date)) * DAY + within))
}

/// The number at the start of `text`, of as many digits as allowed, and what follows.
fn digits(text: &str, allowed: std::ops::RangeInclusive<usize>) -> Option<(u32, &str)> {
    let count = text.bytes().take(*allowed.end()).take_while(u8::is_ascii_digit).count();
    let (number, rest) = text.split_at(count);
    if !allowed.contains(&count) {
        return None;
    }
    Some((number.parse().ok()?, rest))
}

/// The canonical text of a text of a kind that is checked.
pub(super) fn checked_text(kind: Kind, text: &str) -> Result<String, Bad> {
    match kind {
        Kind::District => match text.parse::<RegionCode>() {
            Ok(code) if REGIONS.iter().any(|r| r.code == code) => Ok(text.to_owned()),
            _ => Err(Bad::UnknownDistrict),
        },
        Kind::Industry => industry(text).ok_or(AN_INDUSTRY),
        Kind::CreditCode => {
            let code = text.to_ascii_uppercase();
            if check_holds(&code) { Ok(code) } else { Err(Bad::CreditCode) }
        }
        _ => Ok(text.to_owned()),
    }
}

/// The letter of the section and the digits, whichever was given.
fn industry(text: &str) -> Option<String> {
    let text = text.to_ascii_uppercase();
    let (letter, digits) = match text.as_bytes() {
        [letter @ b'A'..=b'T', rest @ ..] => (Some(*letter), rest),
        all => (None, all),
    };
    if digits.is_empty() {
        return letter.map(|l| char::from(l).to_string());
    }
    if !(2..=4).contains(&digits.len()) || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let division = (digits[0] - b'0') * 10 + (digits[1] - b'0');
    let section = section_of(division)?.letter;
    if letter.is_some_and(|l| char::from(l) != section) {
        return None;
    }
    Some(format!("{section}{}", std::str::from_utf8(digits).ok()?))
}

#[cfg(test)]
mod tests;
