//! The standard's table and which row an industry has.

use crate::Industry;
use chrono::NaiveDate;

/// A standard of size classes and its first day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SizeStandard {
    /// Title.
    pub title: &'static str,
    /// Document number.
    pub number: &'static str,
    /// First day in force.
    pub from: NaiveDate,
    /// First day on which another is in force.
    pub until: Option<NaiveDate>,
    /// Rows 1 to 16, in the standard's order.
    pub rows: [Indicators; 16],
}

/// One row: per listed indicator the least values of large, medium and small.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Indicators {
    /// Chinese name of the row.
    pub name_zh: &'static str,
    /// English name of the row.
    pub name_en: &'static str,
    /// Persons.
    pub staff: Option<[i64; 3]>,
    /// Revenue in fen.
    pub revenue: Option<[i64; 3]>,
    /// Assets in fen.
    pub assets: Option<[i64; 3]>,
}

/// Fen of 万元, the unit of the standard.
const WAN: i64 = 1_000_000;

const fn row(name_zh: &'static str, name_en: &'static str) -> Indicators {
    Indicators { name_zh, name_en, staff: None, revenue: None, assets: None }
}

impl Indicators {
    const fn staff(self, large: i64, medium: i64, small: i64) -> Self {
        Self { staff: Some([large, medium, small]), ..self }
    }

    /// In 万元.
    const fn revenue(self, large: i64, medium: i64, small: i64) -> Self {
        Self { revenue: Some([large * WAN, medium * WAN, small * WAN]), ..self }
    }

    /// In 万元.
    const fn assets(self, large: i64, medium: i64, small: i64) -> Self {
        Self { assets: Some([large * WAN, medium * WAN, small * WAN]), ..self }
    }
}

/// The standards, earliest first.
///
/// # Source
/// 工信部联企业〔2011〕300号, rows 1 to 16 of article 4. A widely copied print has 2,000 万元 for agriculture: it is 20,000.
pub static STANDARDS: [SizeStandard; 1] = [SizeStandard {
    title: "中小企业划型标准规定",
    number: "工信部联企业〔2011〕300号",
    // Day of issue, on which it came into force.
    from: NaiveDate::from_ymd_opt(2011, 6, 18).expect("a day of the calendar"),
    until: None,
    rows: [
        row("农、林、牧、渔业", "Agriculture").revenue(20_000, 500, 50),
        row("工业", "Industry").staff(1_000, 300, 20).revenue(40_000, 2_000, 300),
        row("建筑业", "Construction").revenue(80_000, 6_000, 300).assets(80_000, 5_000, 300),
        row("批发业", "Wholesale").staff(200, 20, 5).revenue(40_000, 5_000, 1_000),
        row("零售业", "Retail").staff(300, 50, 10).revenue(20_000, 500, 100),
        row("交通运输业", "Transport").staff(1_000, 300, 20).revenue(30_000, 3_000, 200),
        row("仓储业", "Storage").staff(200, 100, 20).revenue(30_000, 1_000, 100),
        row("邮政业", "Post").staff(1_000, 300, 20).revenue(30_000, 2_000, 100),
        row("住宿业", "Accommodation").staff(300, 100, 10).revenue(10_000, 2_000, 100),
        row("餐饮业", "Catering").staff(300, 100, 10).revenue(10_000, 2_000, 100),
        row("信息传输业", "Information transmission").staff(2_000, 100, 10).revenue(100_000, 1_000, 100),
        row("软件和信息技术服务业", "Software and IT services").staff(300, 100, 10).revenue(10_000, 1_000, 50),
        row("房地产开发经营", "Real-estate development").revenue(200_000, 1_000, 100).assets(10_000, 5_000, 2_000),
        row("物业管理", "Property management").staff(1_000, 300, 100).revenue(5_000, 1_000, 500),
        row("租赁和商务服务业", "Leasing and business services").staff(300, 100, 10).assets(120_000, 8_000, 100),
        row("其他未列明行业", "Others").staff(300, 100, 10),
    ],
}];

/// The standard in force on a day.
pub fn standard_on(as_of: NaiveDate) -> Option<&'static SizeStandard> {
    STANDARDS.iter().find(|s| s.from <= as_of && s.until.is_none_or(|until| as_of < until))
}

/// Which row an industry has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowOf {
    /// The row's number, 1 to 16.
    Row(u8),
    /// The standard leaves the industry out.
    None,
    /// The division has several rows, and the code says no more than the division.
    NeedsGroup,
}

/// The row of the standard that an industry of GB/T 4754-2017 has.
///
/// The standard names industries of an earlier edition; this is their place in the edition of 2017. Railways (53),
/// finance, education, health (84), public management, international organisations and the letting of own
/// property (7040) are in no row. Storage is all of division 59, loading and handling with it.
pub fn row_of(industry: Industry) -> RowOf {
    match (industry.division(), industry.group()) {
        (1..=5, _) => RowOf::Row(1),
        (6..=46, _) => RowOf::Row(2),
        (47..=50, _) => RowOf::Row(3),
        (51, _) => RowOf::Row(4),
        (52, _) => RowOf::Row(5),
        (54..=58, _) => RowOf::Row(6),
        (59, _) => RowOf::Row(7),
        (60, _) => RowOf::Row(8),
        (61, _) => RowOf::Row(9),
        (62, _) => RowOf::Row(10),
        (63..=64, _) => RowOf::Row(11),
        (65, _) => RowOf::Row(12),
        (70, Some(701)) => RowOf::Row(13),
        (70, Some(702)) => RowOf::Row(14),
        (70, Some(703 | 709)) => RowOf::Row(16),
        (70, None) => RowOf::NeedsGroup,
        (71..=72, _) => RowOf::Row(15),
        (73..=82 | 85..=90, _) => RowOf::Row(16),
        _ => RowOf::None,
    }
}
