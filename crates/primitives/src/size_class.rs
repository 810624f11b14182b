//! Size classes of enterprises: large, medium, small, micro, by industry and up to three indicators.
//!
//! The class is the lowest that any listed indicator gives. So a missing indicator leaves the answer open only
//! while it could still lower it: one indicator in the lowest step makes an enterprise micro whatever the others
//! are. Industries that the standard leaves out have no class, and none is guessed for them.

mod standard;

pub use standard::{Indicators, RowOf, STANDARDS, SizeStandard, row_of, standard_on};

use crate::{Fen, Industry};
use chrono::NaiveDate;

/// A size class, smallest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SizeClass {
    /// 微型.
    Micro,
    /// 小型.
    Small,
    /// 中型.
    Medium,
    /// 大型.
    Large,
}

/// What is known of an enterprise's size.
///
/// Revenue is that of a year, assets stand at its end. A negative staff or negative assets can not be and count as
/// missing; a negative revenue (more returned than sold) is below every limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SizeInputs {
    /// Persons employed (从业人员).
    pub staff: Option<i64>,
    /// Operating revenue (营业收入).
    pub revenue: Option<Fen>,
    /// Total assets (资产总额).
    pub assets: Option<Fen>,
}

/// The size class of an enterprise, or why there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Size {
    /// Certain, even if an indicator is missing.
    Class(SizeClass),
    /// The standard leaves the industry out (finance, education, health, public management, railways and others).
    Unclassified,
    /// What is missing could change the class.
    Unknown {
        /// The inputs that are needed and missing.
        missing: Missing,
        /// The highest class that is still possible, when an indicator at hand says so.
        at_most: Option<SizeClass>,
    },
    /// No standard is known here for the date.
    NoStandard,
}

/// Inputs that are needed and missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Missing {
    /// Persons employed.
    pub staff: bool,
    /// Revenue.
    pub revenue: bool,
    /// Assets.
    pub assets: bool,
    /// Group or class of the industry, where its division holds several rows of the standard (real estate).
    pub industry_group: bool,
}

impl SizeClass {
    /// Chinese name, such as 微型.
    pub const fn name_zh(self) -> &'static str {
        match self {
            Self::Micro => "微型",
            Self::Small => "小型",
            Self::Medium => "中型",
            Self::Large => "大型",
        }
    }

    /// English name in lower case.
    pub const fn name_en(self) -> &'static str {
        match self {
            Self::Micro => "micro",
            Self::Small => "small",
            Self::Medium => "medium",
            Self::Large => "large",
        }
    }
}

impl Size {
    /// Whether the enterprise is a small or medium one (micro included); `None` where that is not certain.
    pub fn is_sme(self) -> Option<bool> {
        match self {
            Self::Class(class) => Some(class < SizeClass::Large),
            Self::Unknown { at_most: Some(class), .. } if class < SizeClass::Large => Some(true),
            Self::Unknown { .. } | Self::Unclassified | Self::NoStandard => None,
        }
    }
}

/// The size class as of a date.
///
/// # Examples
/// ```
/// use primitives::Fen;
/// use primitives::size_class::{Size, SizeClass, SizeInputs, size_of};
/// let day = "2025-03-31".parse().unwrap();
/// let inputs = SizeInputs { staff: Some(19), revenue: None, assets: None };
/// // Industry needs 20 persons and 3,000,000 yuan to be small: 19 persons are micro at any revenue.
/// assert_eq!(size_of("C3511".parse()?, inputs, day), Size::Class(SizeClass::Micro));
/// assert_eq!(size_of("J66".parse()?, inputs, day), Size::Unclassified);
/// # Ok::<(), primitives::IndustryError>(())
/// ```
pub fn size_of(industry: Industry, inputs: SizeInputs, as_of: NaiveDate) -> Size {
    let Some(standard) = standard_on(as_of) else { return Size::NoStandard };
    let none = Missing { staff: false, revenue: false, assets: false, industry_group: false };
    let row = match row_of(industry) {
        RowOf::Row(number) => &standard.rows[usize::from(number) - 1],
        RowOf::None => return Size::Unclassified,
        RowOf::NeedsGroup => {
            return Size::Unknown { missing: Missing { industry_group: true, ..none }, at_most: None };
        }
    };
    let staff = inputs.staff.filter(|&n| n >= 0);
    let revenue = inputs.revenue.map(Fen::get);
    let assets = inputs.assets.map(Fen::get).filter(|&n| n >= 0);
    let missing = Missing {
        staff: row.staff.is_some() && staff.is_none(),
        revenue: row.revenue.is_some() && revenue.is_none(),
        assets: row.assets.is_some() && assets.is_none(),
        ..none
    };
    let steps = [(row.staff, staff), (row.revenue, revenue), (row.assets, assets)];
    let at_most = steps.into_iter().filter_map(|(limits, value)| Some(step(limits?, value?))).min();
    match at_most {
        Some(class) if missing == none || class == SizeClass::Micro => Size::Class(class),
        _ => Size::Unknown { missing, at_most },
    }
}

/// The class by one indicator; each limit belongs to the class above it.
fn step([large, medium, small]: [i64; 3], value: i64) -> SizeClass {
    match value {
        _ if large <= value => SizeClass::Large,
        _ if medium <= value => SizeClass::Medium,
        _ if small <= value => SizeClass::Small,
        _ => SizeClass::Micro,
    }
}

#[cfg(test)]
mod tests;
