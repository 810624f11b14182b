//! Districts and counties of Chongqing as of a date, and the development zones that lie across them.
//!
//! Regions are dated because they change: on 2025-11-06 江北区 and 渝北区 ended and 两江新区 began as a district,
//! with ground of theirs and of 北碚区. A figure by region is therefore comparable over time only where
//! [`comparability`] says so. Zones (高新区, 万盛经开区, before the change 两江新区) are no regions of GB/T 2260 but a
//! second attribute of an enterprise that overlaps the first: figures by zone are never added to figures by region.

mod names;
mod table;
mod zone;

pub use names::by_name;
pub use table::{LEGACY, REGIONS};
pub use zone::{ZONES, Zone, ZoneCode, ZoneError, ZoneState, zone_by_name, zone_state};

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// The first day that the table speaks of: all 38 regions of before the change had their codes by then.
pub const TABLE_FROM: NaiveDate = day(2017, 1, 1);

/// The day of the change: 江北区 and 渝北区 ended, the district 两江新区 began.
pub const CHANGE_OF_2025: NaiveDate = day(2025, 11, 6);

const fn day(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).expect("a day of the calendar")
}

/// A six-digit code of GB/T 2260.
///
/// # Examples
/// ```
/// use primitives::RegionCode;
/// let code: RegionCode = "500103".parse()?;
/// assert_eq!(code.number(), 500_103);
/// assert!("50010".parse::<RegionCode>().is_err());
/// # Ok::<(), primitives::region::RegionError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(try_from = "String")]
pub struct RegionCode(u32);

/// The text is not a region code.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("region code {found:?} is not six digits, the first of them not 0")]
pub struct RegionError {
    /// The text as it stood.
    pub found: String,
}

/// What a region is called in full: the end of its Chinese name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Level {
    /// 区.
    District,
    /// 县; a former county-level city (市) too.
    County,
    /// 自治县.
    AutonomousCounty,
}

/// A region with the days on which it exists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Region {
    /// Its code.
    pub code: RegionCode,
    /// Full Chinese name, such as 渝中区.
    pub name_zh: &'static str,
    /// Short Chinese name, such as 渝中.
    pub short_zh: &'static str,
    /// Name in pinyin, such as Yuzhong.
    pub name_en: &'static str,
    /// District or county.
    pub level: Level,
    /// First day; `None` is before [`TABLE_FROM`].
    pub from: Option<NaiveDate>,
    /// First day on which it is no more; `None` while it stands, and for a legacy code, whose end lies before
    /// [`TABLE_FROM`].
    pub until: Option<NaiveDate>,
    /// What took its ground, most of it first; empty while it stands.
    pub successors: &'static [RegionCode],
}

/// What a code or name stands for as of a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// A region that exists on the day.
    Valid(&'static Region),
    /// A region that was abolished by the day; [`Region::successors`] says what took its ground.
    Abolished {
        /// The region.
        region: &'static Region,
        /// First day without it; `None` is before [`TABLE_FROM`].
        on: Option<NaiveDate>,
    },
    /// A region that begins later.
    NotYet {
        /// The region.
        region: &'static Region,
        /// Its first day.
        from: NaiveDate,
    },
    /// No region of this city, or a day before [`TABLE_FROM`], of which the table does not speak.
    Unknown,
}

/// Whether figures of one region may be compared between two dates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparability {
    /// The region has the same ground on both dates.
    Comparable,
    /// Its ground changed between them.
    NotComparable(&'static GroundChange),
    /// The code is unknown, or a date lies before [`TABLE_FROM`].
    NotStated,
}

/// A day on which ground passed between regions.
///
/// The regions of `before` had together the ground that those of `after` have: sums over them are comparable.
#[derive(Debug, PartialEq, Eq)]
pub struct GroundChange {
    /// First day of the new borders.
    pub on: NaiveDate,
    /// Regions of the day before.
    pub before: &'static [RegionCode],
    /// Regions since the day.
    pub after: &'static [RegionCode],
}

/// The changes of ground since [`TABLE_FROM`].
pub static GROUND_CHANGES: [GroundChange; 1] = [GroundChange {
    on: CHANGE_OF_2025,
    before: &[RegionCode(500_105), RegionCode(500_109), RegionCode(500_112)],
    after: &[RegionCode(500_109), RegionCode(500_157)],
}];

impl RegionCode {
    /// The code of six digits, if the number has six.
    pub const fn new(number: u32) -> Option<Self> {
        if 100_000 <= number && number <= 999_999 { Some(Self(number)) } else { None }
    }

    /// The six digits as a number.
    pub const fn number(self) -> u32 {
        self.0
    }
}

impl Region {
    /// Whether the region exists on a day; never before [`TABLE_FROM`].
    pub fn exists_on(&'static self, as_of: NaiveDate) -> bool {
        matches!(state_of(self, as_of), State::Valid(_))
    }

    fn is_legacy(&self) -> bool {
        self.until.is_none() && !self.successors.is_empty()
    }
}

/// The regions that exist on a day, by code; none before [`TABLE_FROM`].
pub fn regions_on(as_of: NaiveDate) -> impl Iterator<Item = &'static Region> {
    REGIONS.iter().filter(move |r| r.exists_on(as_of))
}

/// What a code stands for as of a date.
///
/// # Examples
/// ```
/// use primitives::region::{CHANGE_OF_2025, State, state};
/// let yubei = "500112".parse()?;
/// assert!(matches!(state(yubei, CHANGE_OF_2025.pred_opt().unwrap()), State::Valid(r) if r.name_zh == "渝北区"));
/// let State::Abolished { region, on } = state(yubei, CHANGE_OF_2025) else { unreachable!() };
/// assert_eq!((region.successors[0].number(), on), (500_157, Some(CHANGE_OF_2025)));
/// # Ok::<(), primitives::region::RegionError>(())
/// ```
pub fn state(code: RegionCode, as_of: NaiveDate) -> State {
    match REGIONS.iter().chain(&LEGACY).find(|r| r.code == code) {
        Some(region) => state_of(region, as_of),
        None => State::Unknown,
    }
}

/// Whether figures of a region are comparable between two dates, in either order.
///
/// They are when no change of ground that touches the region lies between the dates. A region that is not there
/// on one of the dates is touched by the change that ended or began it; a legacy code is never stated.
///
/// # Examples
/// ```
/// use primitives::region::{Comparability, comparability};
/// let (before, after) = ("2025-10-31".parse().unwrap(), "2025-11-30".parse().unwrap());
/// assert_eq!(comparability("500103".parse()?, before, after), Comparability::Comparable);
/// // 北碚 kept its code and lost five towns for five others.
/// let Comparability::NotComparable(change) = comparability("500109".parse()?, before, after) else { unreachable!() };
/// assert_eq!(change.after.len(), 2);
/// # Ok::<(), primitives::region::RegionError>(())
/// ```
pub fn comparability(code: RegionCode, a: NaiveDate, b: NaiveDate) -> Comparability {
    let (first, last) = (a.min(b), a.max(b));
    if first < TABLE_FROM || !REGIONS.iter().any(|r| r.code == code) {
        return Comparability::NotStated;
    }
    let touches = |c: &&GroundChange| c.before.contains(&code) || c.after.contains(&code);
    let change = GROUND_CHANGES.iter().filter(touches).find(|c| first < c.on && c.on <= last);
    match change {
        Some(change) => Comparability::NotComparable(change),
        // On both dates alike: there, or (both before its beginning or after its end) not there.
        None if matches!(state(code, first), State::Valid(_)) => Comparability::Comparable,
        None => Comparability::NotStated,
    }
}

fn state_of(region: &'static Region, as_of: NaiveDate) -> State {
    if as_of < TABLE_FROM {
        return State::Unknown;
    }
    match (region.from, region.until) {
        _ if region.is_legacy() => State::Abolished { region, on: None },
        (Some(from), _) if as_of < from => State::NotYet { region, from },
        (_, Some(until)) if until <= as_of => State::Abolished { region, on: Some(until) },
        _ => State::Valid(region),
    }
}

impl FromStr for RegionCode {
    type Err = RegionError;

    fn from_str(text: &str) -> Result<Self, RegionError> {
        let digits = text.len() == 6 && text.bytes().all(|b| b.is_ascii_digit());
        let number = if digits { text.parse().ok().and_then(Self::new) } else { None };
        number.ok_or_else(|| RegionError { found: text.to_owned() })
    }
}

impl fmt::Display for RegionCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Serialize for RegionCode {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut digits = [b'0'; 6];
        let mut rest = self.0;
        for digit in digits.iter_mut().rev() {
            *digit += (rest % 10) as u8;
            rest /= 10;
        }
        serializer.serialize_str(std::str::from_utf8(&digits).expect("digits are ASCII"))
    }
}

impl From<RegionCode> for String {
    fn from(code: RegionCode) -> Self {
        code.to_string()
    }
}

impl TryFrom<String> for RegionCode {
    type Error = RegionError;

    fn try_from(text: String) -> Result<Self, RegionError> {
        text.parse()
    }
}

#[cfg(test)]
mod tests;
