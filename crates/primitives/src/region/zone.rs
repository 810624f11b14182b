//! Development zones: the second attribute of place.

use super::{CHANGE_OF_2025, RegionCode};
use chrono::NaiveDate;

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
