//! From names to regions.

use super::{LEGACY, REGIONS, Region, State, state_of};
use chrono::NaiveDate;

/// What a name stands for as of a date.
///
/// Names are the full and the short Chinese one (渝中区, 渝中; 石柱土家族自治县, 石柱, 石柱县), with or without 重庆市 before
/// them, and the pinyin in any case. Where several regions bore a name (綦江 was a county before it was a district),
/// the one that exists on the day is meant, then one that was abolished.
///
/// # Examples
/// ```
/// use primitives::region::{State, by_name};
/// let day = "2025-11-06".parse().unwrap();
/// assert!(matches!(by_name("重庆市渝中区", day), State::Valid(r) if r.code.number() == 500_103));
/// assert!(matches!(by_name("江北区", day), State::Abolished { .. }));
/// assert_eq!(by_name("成华区", day), State::Unknown);
/// ```
pub fn by_name(name: &str, as_of: NaiveDate) -> State {
    let rank = |s: &State| match s {
        State::Valid(_) => 0,
        State::Abolished { .. } => 1,
        State::NotYet { .. } => 2,
        State::Unknown => 3,
    };
    let named = REGIONS.iter().chain(&LEGACY).filter(|r| bears(r, name));
    named.map(|r| state_of(r, as_of)).min_by_key(rank).unwrap_or(State::Unknown)
}

fn bears(region: &Region, name: &str) -> bool {
    let name = name.strip_prefix("重庆市").unwrap_or(name);
    let as_county = || region.short_zh == name.strip_suffix('县').unwrap_or("") && region.name_zh.ends_with('县');
    name == region.name_zh || name == region.short_zh || as_county() || name.eq_ignore_ascii_case(region.name_en)
}
