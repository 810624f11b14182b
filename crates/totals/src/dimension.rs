//! What totals are made by: eight attributes that a fact has, and three ways to part time.
//!
//! The attributes of a fact are those of its moment: an application has the district and size that it stated and no
//! grade, what follows a grant has the district and the grade of the grant. They never change after, so that a figure of
//! the past stays what it was. What is not known has the code 0 and is a row of its own.
//!
//! A zone is a second attribute of place beside the district: by zone, the row without one is all that lies in none, so rows
//! of zones add up to the total as districts do and neither is ever added to the other. What is not of a loan (a bridge
//! loan, a benefit) states no zone.

use crate::Error;
use ledger::event::Scheme;
use policy::{Code, Lang, Product, Size, Tool, benefit, codes};
use primitives::region::{LEGACY, REGIONS, ZoneCode};
use primitives::{Industry, RegionCode, industry};
use rustc_hash::FxHashMap;

codes! {
    /// What a table is made by.
    Dimension, "dimension";
    District = "district", "区县", "district";
    Bank = "bank", "银行", "bank";
    Industry = "industry", "行业门类", "industry section";
    Size = "size", "企业规模", "size class";
    Grade = "grade", "评级", "grade";
    Product = "product", "产品", "product";
    Tool = "tool", "政策工具", "policy tool";
    Zone = "zone", "功能区", "development zone";
    Month = "month", "月", "month";
    Quarter = "quarter", "季", "quarter";
    Year = "year", "年", "year";
}

/// Attributes of a fact; the dimensions of time are not among them.
pub(crate) const ATTRIBUTES: usize = 8;
/// Bits of the code of each attribute in a key: districts, banks, industries, sizes, grades, products, tools, zones.
const BITS: [u32; ATTRIBUTES] = [9, 10, 7, 5, 9, 8, 9, 6];
/// Where the code of each attribute begins.
const SHIFTS: [u32; ATTRIBUTES] = {
    let mut shifts = [0; ATTRIBUTES];
    let mut at = 1;
    while at < ATTRIBUTES {
        shifts[at] = shifts[at - 1] + BITS[at - 1];
        at += 1;
    }
    assert!(shifts[ATTRIBUTES - 1] + BITS[ATTRIBUTES - 1] <= 64);
    shifts
};
/// More than any code is.
pub(crate) const CODES_MAX: usize = 1 << 10;

/// The most values of an attribute, the unknown one among them.
const fn values_max(place: usize) -> usize {
    1 << BITS[place]
}

impl Dimension {
    /// Whether it parts time.
    pub fn is_time(self) -> bool {
        matches!(self, Self::Month | Self::Quarter | Self::Year)
    }

    /// Whether a fact may have this code: one of the list where there is one, any where whoever enters it makes it up (banks,
    /// grades). The empty code, for what is not stated, all have.
    ///
    /// # Examples
    /// ```
    /// use totals::Dimension;
    /// assert!(Dimension::District.allows("500103") && Dimension::District.allows("") && Dimension::Bank.allows("icbc"));
    /// assert!(!Dimension::District.allows("999") && !Dimension::Size.allows("huge"));
    /// ```
    pub fn allows(self, code: &str) -> bool {
        code.is_empty() || matches!(self, Self::Bank | Self::Grade) || self.listed(code, Lang::Zh).is_some()
    }

    /// Its place in a key.
    pub(crate) fn place(self) -> usize {
        self as usize
    }

    /// The name of a value for people; `code` is empty for what is not known.
    ///
    /// # Examples
    /// ```
    /// use policy::Lang;
    /// use totals::Dimension;
    /// assert_eq!(Dimension::District.name("500103", Lang::Zh), "渝中区");
    /// assert_eq!(Dimension::Size.name("", Lang::Zh), "其他/未填");
    /// assert_eq!(Dimension::Bank.name("icbc", Lang::En), "icbc");
    /// ```
    pub fn name(self, code: &str, lang: Lang) -> String {
        let named = match self {
            Self::Zone if code.is_empty() => {
                Some(if lang == Lang::Zh { "不在功能区" } else { "in no zone" }.to_owned())
            }
            _ if code.is_empty() => Some(if lang == Lang::Zh { "其他/未填" } else { "other or not stated" }.to_owned()),
            _ => self.listed(code, lang),
        };
        named.unwrap_or_else(|| code.to_owned())
    }

    /// The name of a code of the dimension's list; `None` for any other, and where there is no list.
    fn listed(self, code: &str, lang: Lang) -> Option<String> {
        fn word<C: Code>(code: &str, lang: Lang) -> Option<String> {
            let word = C::ALL.iter().find(|c| c.code() == code)?;
            Some(if lang == Lang::Zh { word.name_zh() } else { word.name_en() }.to_owned())
        }
        match self {
            Self::District => region(code, lang),
            Self::Industry => section(code, lang),
            Self::Size => word::<Size>(code, lang),
            Self::Product => word::<Product>(code, lang),
            Self::Tool => word::<Scheme>(code, lang)
                .or_else(|| word::<Tool>(code, lang))
                .or_else(|| word::<benefit::Kind>(code, lang)),
            Self::Zone => zone(code, lang),
            Self::Bank | Self::Grade | Self::Month | Self::Quarter | Self::Year => None,
        }
    }
}

fn region(code: &str, lang: Lang) -> Option<String> {
    let code: RegionCode = code.parse().ok()?;
    let region = REGIONS.iter().chain(&LEGACY).find(|r| r.code == code)?;
    Some(if lang == Lang::Zh { region.name_zh } else { region.name_en }.to_owned())
}

fn zone(code: &str, lang: Lang) -> Option<String> {
    let zone = code.parse::<ZoneCode>().ok()?.zone();
    Some(if lang == Lang::Zh { zone.name_zh } else { zone.name_en }.to_owned())
}

fn section(code: &str, lang: Lang) -> Option<String> {
    let section = industry::SECTIONS.iter().find(|s| code.chars().eq([s.letter]))?;
    Some(if lang == Lang::Zh { section.name_zh } else { section.name_en }.to_owned())
}

/// The attributes of a fact in one number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub(crate) struct Packed(pub(crate) u64);

impl Packed {
    /// The code at a place.
    pub(crate) fn at(self, place: usize) -> usize {
        // No attribute has more bits than the table of codes has places: a reader of such a table needs no check.
        (self.0 >> SHIFTS[place]) as usize & (values_max(place) - 1) & (CODES_MAX - 1)
    }

    /// The bits of a code at a place.
    pub(crate) fn code(place: usize, code: usize) -> u64 {
        (code as u64) << SHIFTS[place]
    }

    /// With another code for a dimension.
    pub(crate) fn with(self, dimension: Dimension, code: u16) -> Self {
        let (shift, max) = (SHIFTS[dimension.place()], values_max(dimension.place()));
        Self(self.0 & !((max as u64 - 1) << shift) | u64::from(code) << shift)
    }
}

/// The values of each attribute that were ever seen; 0 is the unknown one.
#[derive(Debug, Clone)]
pub(crate) struct Words {
    texts: [Vec<String>; ATTRIBUTES],
    codes: [FxHashMap<String, u16>; ATTRIBUTES],
}

impl Default for Words {
    fn default() -> Self {
        Self { texts: std::array::from_fn(|_| vec![String::new()]), codes: Default::default() }
    }
}

impl Words {
    /// The code of a text, a new one where it is new.
    pub(crate) fn code(&mut self, dimension: Dimension, text: &str) -> Result<u16, Error> {
        let place = dimension.place();
        if text.is_empty() {
            return Ok(0);
        }
        if let Some(code) = self.codes[place].get(text) {
            return Ok(*code);
        }
        let texts = &mut self.texts[place];
        let max = values_max(place);
        if texts.len() == max {
            return Err(Error::TooMany { dimension, max: max - 1 });
        }
        let code = texts.len() as u16;
        texts.push(text.to_owned());
        self.codes[place].insert(text.to_owned(), code);
        Ok(code)
    }

    /// The code of a text that was seen.
    pub(crate) fn find(&self, dimension: Dimension, text: &str) -> Option<u16> {
        if text.is_empty() { Some(0) } else { self.codes[dimension.place()].get(text).copied() }
    }

    /// The text of a code.
    pub(crate) fn text(&self, place: usize, code: usize) -> &str {
        self.texts[place].get(code).map_or("", String::as_str)
    }

    /// How many values an attribute has.
    pub(crate) fn len(&self, place: usize) -> usize {
        self.texts[place].len()
    }

    /// The texts of all attributes, for a file.
    pub(crate) fn texts(&self) -> &[Vec<String>; ATTRIBUTES] {
        &self.texts
    }

    /// From the texts of a file.
    pub(crate) fn from_texts(texts: [Vec<String>; ATTRIBUTES]) -> Self {
        let codes = texts.each_ref().map(|t| t.iter().zip(0..).skip(1).map(|(t, c)| (t.clone(), c)).collect());
        Self { texts, codes }
    }

    /// The district of a region.
    pub(crate) fn district(&mut self, code: RegionCode) -> Result<u16, Error> {
        self.code(Dimension::District, &code.to_string())
    }

    /// The section of an industry.
    pub(crate) fn industry(&mut self, industry: Industry) -> Result<u16, Error> {
        let mut letter = [0; 4];
        self.code(Dimension::Industry, industry.section().letter.encode_utf8(&mut letter))
    }
}
