//! Development zones: the second attribute of place.

use super::{CHANGE_OF_2025, RegionCode};
use chrono::NaiveDate;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::str::FromStr;

/// A reporting unit that is no region of GB/T 2260.
#[derive(Debug, PartialEq, Eq)]
pub struct Zone {
    /// The code of this product, for the standard has none.
    pub code: &'static str,
    /// Full Chinese name.
    pub name_zh: &'static str,
    /// Short Chinese name.
    pub short_zh: &'static str,
    /// English name.
    pub name_en: &'static str,
    /// First day on which it is no zone; `None` while it stands.
    pub until: Option<NaiveDate>,
    /// Regions on whose ground it lies: whatever is counted by zone is counted in one of these too.
    pub overlaps: &'static [RegionCode],
}

/// The zones. Their first days are not stated; all existed at [`super::TABLE_FROM`] or are read as if they had.
///
/// # Source
/// The overlaps of 两江新区 (江北, 渝北, 北碚) and 万盛经开区 (綦江) are public; those of 高新区 are general knowledge of its
/// core area (沙坪坝, 九龙坡) and to be re-checked.
pub static ZONES: [Zone; 3] = [
    Zone {
        code: "hightech",
        name_zh: "西部科学城重庆高新区",
        short_zh: "高新区",
        name_en: "Chongqing High-tech Zone",
        until: None,
        overlaps: &[RegionCode(500_106), RegionCode(500_107)],
    },
    Zone {
        code: "wansheng",
        name_zh: "万盛经开区",
        short_zh: "万盛",
        name_en: "Wansheng Economic Development Zone",
        until: None,
        overlaps: &[RegionCode(500_110)],
    },
    // Since the change it is a district, with other borders.
    Zone {
        code: "liangjiang",
        name_zh: "两江新区",
        short_zh: "两江",
        name_en: "Liangjiang New Area",
        until: Some(CHANGE_OF_2025),
        overlaps: &[RegionCode(500_105), RegionCode(500_109), RegionCode(500_112)],
    },
];

/// The code of a zone of the table.
///
/// # Examples
/// ```
/// use primitives::region::ZoneCode;
/// let zone: ZoneCode = "hightech".parse()?;
/// assert_eq!(zone.zone().short_zh, "高新区");
/// assert!("none".parse::<ZoneCode>().is_err());
/// # Ok::<(), primitives::region::ZoneError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ZoneCode(&'static Zone);

/// The text is not the code of a zone.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("zone {found:?} is none of this city, allowed are {}", ZONES.each_ref().map(|z| z.code).join(", "))]
pub struct ZoneError {
    /// The text as it stood.
    pub found: String,
}

impl ZoneCode {
    /// What it is the code of.
    pub fn zone(self) -> &'static Zone {
        self.0
    }

    /// Whether it is a zone on a day.
    pub fn exists_on(self, day: NaiveDate) -> bool {
        self.0.until.is_none_or(|until| day < until)
    }
}

impl FromStr for ZoneCode {
    type Err = ZoneError;

    fn from_str(text: &str) -> Result<Self, ZoneError> {
        let zone = ZONES.iter().find(|zone| zone.code == text);
        zone.map(Self).ok_or_else(|| ZoneError { found: text.to_owned() })
    }
}

impl fmt::Display for ZoneCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.code)
    }
}

impl Serialize for ZoneCode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.code)
    }
}

impl<'de> Deserialize<'de> for ZoneCode {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// What a zone code stands for as of a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ZoneState {
    /// A zone on that day.
    Valid(&'static Zone),
    /// No zone any more.
    Ended {
        /// The zone.
        zone: &'static Zone,
        /// First day without it.
        on: NaiveDate,
    },
    /// Not a zone of this city.
    Unknown,
}

/// What a zone code stands for as of a date.
pub fn zone_state(code: &str, as_of: NaiveDate) -> ZoneState {
    state_of(ZONES.iter().find(|z| z.code == code), as_of)
}

/// What a full or short Chinese name of a zone stands for as of a date.
pub fn zone_by_name(name: &str, as_of: NaiveDate) -> ZoneState {
    state_of(ZONES.iter().find(|z| z.name_zh == name || z.short_zh == name), as_of)
}

fn state_of(zone: Option<&'static Zone>, as_of: NaiveDate) -> ZoneState {
    match zone {
        None => ZoneState::Unknown,
        Some(zone) => match zone.until {
            Some(on) if on <= as_of => ZoneState::Ended { zone, on },
            _ => ZoneState::Valid(zone),
        },
    }
}
