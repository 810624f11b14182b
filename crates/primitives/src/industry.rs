//! Industry codes of the national classification, down to what size classes and exclusions need.
//!
//! Sections and divisions are checked. Groups and classes are kept as they stand, for the table of the
//! 1,380-odd classes is not here: `C3599` is taken for a class of division 35 whether it exists or not.

use std::fmt;
use std::ops::RangeInclusive;
use std::str::FromStr;

/// A section (门类) of GB/T 4754-2017.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// Its letter, A to T.
    pub letter: char,
    /// Its divisions (大类).
    pub divisions: RangeInclusive<u8>,
    /// Chinese name.
    pub name_zh: &'static str,
    /// English name.
    pub name_en: &'static str,
}

const fn section(letter: char, first: u8, last: u8, name_zh: &'static str, name_en: &'static str) -> Section {
    Section { letter, divisions: first..=last, name_zh, name_en }
}

/// The sections by letter; their divisions are 01 to 97 without a gap.
///
/// # Source
/// GB/T 4754-2017, with amendment 1 of 2019.
pub static SECTIONS: [Section; 20] = [
    section('A', 1, 5, "农、林、牧、渔业", "Agriculture, forestry, animal husbandry and fishery"),
    section('B', 6, 12, "采矿业", "Mining"),
    section('C', 13, 43, "制造业", "Manufacturing"),
    section(
        'D',
        44,
        46,
        "电力、热力、燃气及水生产和供应业",
        "Production and supply of electricity, heat, gas and water",
    ),
    section('E', 47, 50, "建筑业", "Construction"),
    section('F', 51, 52, "批发和零售业", "Wholesale and retail trade"),
    section('G', 53, 60, "交通运输、仓储和邮政业", "Transport, storage and post"),
    section('H', 61, 62, "住宿和餐饮业", "Accommodation and catering"),
    section(
        'I',
        63,
        65,
        "信息传输、软件和信息技术服务业",
        "Information transmission, software and information technology services",
    ),
    section('J', 66, 69, "金融业", "Finance"),
    section('K', 70, 70, "房地产业", "Real estate"),
    section('L', 71, 72, "租赁和商务服务业", "Leasing and business services"),
    section('M', 73, 75, "科学研究和技术服务业", "Scientific research and technical services"),
    section(
        'N',
        76,
        79,
        "水利、环境和公共设施管理业",
        "Management of water conservancy, environment and public facilities",
    ),
    section('O', 80, 82, "居民服务、修理和其他服务业", "Services to households, repair and other services"),
    section('P', 83, 83, "教育", "Education"),
    section('Q', 84, 85, "卫生和社会工作", "Health and social work"),
    section('R', 86, 90, "文化、体育和娱乐业", "Culture, sports and entertainment"),
    section('S', 91, 96, "公共管理、社会保障和社会组织", "Public management, social security and social organisations"),
    section('T', 97, 97, "国际组织", "International organisations"),
];

/// An industry: a division, and group and class where they are stated.
///
/// # Examples
/// ```
/// use primitives::Industry;
/// let industry: Industry = "3511".parse()?;
/// assert_eq!(industry.to_string(), "C3511");
/// assert_eq!((industry.division(), industry.class()), (35, Some(3511)));
/// assert_eq!("F35".parse::<Industry>().unwrap_err().to_string(), "division 35 is in section C, the code says F");
/// # Ok::<(), primitives::IndustryError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Industry {
    /// Four digits, zeros behind what is not stated.
    padded: u16,
    /// How many of them are stated: 2, 3 or 4.
    stated: u8,
}

/// Why a text is not an industry code.
#[non_exhaustive]
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IndustryError {
    /// Something else than a capital letter and digits.
    #[error("industry code has {found:?} at character {at}, allowed are one letter A-T and digits")]
    Character {
        /// What stands there.
        found: char,
        /// Where, counted from 1.
        at: usize,
    },
    /// A section alone, or too many digits.
    #[error("industry code has {found} digits, 2 (division) to 4 (class) are needed")]
    Digits {
        /// Digits found.
        found: usize,
    },
    /// No section has the letter.
    #[error("industry code begins with {letter}, sections are A to T")]
    UnknownSection {
        /// The letter.
        letter: char,
    },
    /// No section has the division.
    #[error("there is no division {division:02}, divisions are 01 to 97")]
    UnknownDivision {
        /// The division.
        division: u8,
    },
    /// Letter and division disagree.
    #[error("division {division:02} is in section {expected}, the code says {stated}")]
    SectionDisagrees {
        /// The division.
        division: u8,
        /// The letter of the code.
        stated: char,
        /// The letter of the division.
        expected: char,
    },
}

impl Industry {
    /// The division (大类), 1 to 97.
    pub fn division(self) -> u8 {
        (self.padded / 100) as u8
    }

    /// The group (中类), such as 351, when it is stated.
    pub fn group(self) -> Option<u16> {
        (self.stated >= 3).then_some(self.padded / 10)
    }

    /// The class (小类), such as 3511, when it is stated.
    pub fn class(self) -> Option<u16> {
        (self.stated == 4).then_some(self.padded)
    }

    /// The section of the division.
    pub fn section(self) -> &'static Section {
        section_of(self.division()).expect("a code is made with a known division only")
    }

    /// The code as a number for a table of integers: the padded four digits, then how many are stated.
    pub fn to_i64(self) -> i64 {
        i64::from(self.padded) * 10 + i64::from(self.stated)
    }

    /// The code that [`Industry::to_i64`] gave this number for; `None` for any other number.
    pub fn from_i64(number: i64) -> Option<Self> {
        let (padded, stated) = (u16::try_from(number / 10).ok()?, u8::try_from(number % 10).ok()?);
        let unstated = match stated {
            2 => 100,
            3 => 10,
            4 => 1,
            _ => return None,
        };
        let industry = Self { padded, stated };
        let known = padded < 10_000 && padded % unstated == 0 && section_of(industry.division()).is_some();
        known.then_some(industry)
    }
}

/// The section that has a division, if any has.
pub fn section_of(division: u8) -> Option<&'static Section> {
    SECTIONS.iter().find(|s| s.divisions.contains(&division))
}

impl FromStr for Industry {
    type Err = IndustryError;

    fn from_str(text: &str) -> Result<Self, IndustryError> {
        let letter = text.chars().next().filter(char::is_ascii_uppercase);
        let digits = &text[usize::from(letter.is_some())..];
        let mut number: u16 = 0;
        for (place, found) in digits.chars().enumerate() {
            match found.to_digit(10) {
                // Digits beyond the fourth are refused below.
                Some(digit) if place < 4 => number = number * 10 + digit as u16,
                Some(_) => {}
                None => {
                    let at = place + 1 + usize::from(letter.is_some());
                    return Err(IndustryError::Character { found, at });
                }
            }
        }
        let (padded, stated) = match digits.len() {
            2 => (number * 100, 2),
            3 => (number * 10, 3),
            4 => (number, 4),
            found => return Err(IndustryError::Digits { found }),
        };
        let industry = Self { padded, stated };
        let division = industry.division();
        if let Some(letter) = letter.filter(|l| SECTIONS.iter().all(|s| s.letter != *l)) {
            return Err(IndustryError::UnknownSection { letter });
        }
        let expected = section_of(division).ok_or(IndustryError::UnknownDivision { division })?.letter;
        match letter {
            Some(stated) if stated != expected => Err(IndustryError::SectionDisagrees { division, stated, expected }),
            _ => Ok(industry),
        }
    }
}

impl fmt::Display for Industry {
    /// With its letter, such as `C3511`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = format!("{:04}", self.padded);
        f.pad(&format!("{}{}", self.section().letter, &digits[..usize::from(self.stated)]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sections_leave_no_gap() {
        let mut next = 1;
        for (section, letter) in SECTIONS.iter().zip('A'..='T') {
            assert_eq!((section.letter, *section.divisions.start()), (letter, next));
            next = section.divisions.end() + 1;
        }
        assert_eq!(next, 98);
        assert_eq!((section_of(0), section_of(98)), (None, None));
    }

    #[test]
    fn every_code_is_read_back_with_and_without_its_letter() {
        let mut count = 0;
        for width in 2..=4 {
            for number in 0..10_usize.pow(width) {
                let text = format!("{number:0width$}", width = width as usize);
                let Ok(industry) = text.parse::<Industry>() else {
                    assert!(text.starts_with("00") || text.starts_with("98") || text.starts_with("99"), "{text}");
                    continue;
                };
                let shown = industry.to_string();
                assert_eq!(shown[1..], text);
                assert_eq!(shown.parse(), Ok(industry));
                assert_eq!(Industry::from_i64(industry.to_i64()), Some(industry));
                count += 1;
            }
        }
        assert_eq!(count, 97 * 111);
        let from_numbers = (-10..110_000).filter(|&n| Industry::from_i64(n).is_some()).count();
        assert_eq!(from_numbers, count);
    }

    #[test]
    fn parts() {
        let industry = |text: &str| text.parse::<Industry>().expect("a code");
        assert_eq!((industry("A01").group(), industry("A01").class()), (None, None));
        assert_eq!((industry("A011").group(), industry("A011").class()), (Some(11), None));
        assert_eq!((industry("0111").group(), industry("0111").class()), (Some(11), Some(111)));
        assert_eq!(industry("6513").section().name_zh, "信息传输、软件和信息技术服务业");
    }

    #[test]
    fn refusals() {
        for (text, expect) in [
            ("", "industry code has 0 digits, 2 (division) to 4 (class) are needed"),
            ("C", "industry code has 0 digits, 2 (division) to 4 (class) are needed"),
            ("C3", "industry code has 1 digits, 2 (division) to 4 (class) are needed"),
            ("35111", "industry code has 5 digits, 2 (division) to 4 (class) are needed"),
            ("99999999999", "industry code has 11 digits, 2 (division) to 4 (class) are needed"),
            ("CC35", "industry code has 'C' at character 2, allowed are one letter A-T and digits"),
            ("c35", "industry code has 'c' at character 1, allowed are one letter A-T and digits"),
            ("C 35", "industry code has ' ' at character 2, allowed are one letter A-T and digits"),
            ("制造业", "industry code has '制' at character 1, allowed are one letter A-T and digits"),
            ("35.1", "industry code has '.' at character 3, allowed are one letter A-T and digits"),
            ("C３５", "industry code has '３' at character 2, allowed are one letter A-T and digits"),
            ("U35", "industry code begins with U, sections are A to T"),
            ("00", "there is no division 00, divisions are 01 to 97"),
            ("C9811", "there is no division 98, divisions are 01 to 97"),
            ("C0111", "division 01 is in section A, the code says C"),
        ] {
            assert_eq!(text.parse::<Industry>().expect_err(text).to_string(), expect);
        }
    }
}
