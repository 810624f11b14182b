//! The unified social credit code (统一社会信用代码): the 18 characters that name a legal person in China.
//!
//! Two traps, both seen in public code. The check character may be any of 31 characters, not only a digit or X.
//! And characters 3 to 8 are the region where the holder was *first* registered, with the codes of that day:
//! they never say where the enterprise is. A district comes from the registry.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// The digits of the base-31 number, in order of value: no I, O, S, V, Z.
pub const ALPHABET: &[u8; 31] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";

/// Powers of 3 modulo 31.
const WEIGHTS: [u32; 17] = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28];

/// A code whose length, characters, region and check character hold.
///
/// Capital letters only. Which authorities exist is not checked, for the list was extended since the standard,
/// nor is the inner check digit of the organisation code (characters 9 to 17), which the standard's own check
/// does not cover.
///
/// # Examples
/// ```
/// use primitives::{CreditCode, credit_code::Kind};
/// let code: CreditCode = "91130600738737199K".parse()?;
/// assert_eq!(code.kind(), Kind::Enterprise);
/// assert_eq!("91130600738737199X".parse::<CreditCode>().unwrap_err().to_string(),
///     "credit code ends in 'X', its other characters need 'K'");
/// # Ok::<(), primitives::CreditCodeError>(())
/// ```
/// # Source
/// GB 32100-2015, sections 4 and 5.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(try_from = "String")]
pub struct CreditCode([u8; 18]);

/// What the first two characters say of the holder.
#[non_exhaustive]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// 11, 机关.
    StateOrgan,
    /// 12, 事业单位.
    PublicInstitution,
    /// 51, 社会团体.
    SocialGroup,
    /// 52, 民办非企业单位.
    PrivateNonEnterprise,
    /// 53, 基金会.
    Foundation,
    /// 91, 企业.
    Enterprise,
    /// 92, 个体工商户.
    IndividualBusiness,
    /// 93, 农民专业合作社.
    FarmersCooperative,
    /// Another authority or kind.
    Other,
}

/// Which rule of the standard a text breaks. Positions count characters from 1.
#[non_exhaustive]
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CreditCodeError {
    /// Too short or too long.
    #[error("credit code has {found} characters, {expected} are needed")]
    Length {
        /// Characters found.
        found: usize,
        /// 18, or 17 without the check character.
        expected: usize,
    },
    /// A character that the code's alphabet does not have.
    #[error("credit code has {found:?} at character {at}, allowed are 0-9 and A-Y without I, O, S, V")]
    Character {
        /// What stands there.
        found: char,
        /// Where.
        at: usize,
    },
    /// A letter in the region of first registration.
    #[error("credit code has {found:?} at character {at}, characters 3 to 8 (region of registration) are digits")]
    Region {
        /// What stands there.
        found: char,
        /// Where.
        at: usize,
    },
    /// The last character does not follow from the others.
    #[error("credit code ends in {found:?}, its other characters need {expected:?}")]
    Check {
        /// The last character.
        found: char,
        /// What it had to be.
        expected: char,
    },
}

impl CreditCode {
    /// The code of 17 characters: the check character is appended.
    ///
    /// # Errors
    /// [`CreditCodeError::Length`], [`CreditCodeError::Character`] or [`CreditCodeError::Region`].
    pub fn complete(first_17: &str) -> Result<Self, CreditCodeError> {
        let check = check_character(first_17)?;
        let mut code = [0; 18];
        code[..17].copy_from_slice(first_17.as_bytes());
        code[17] = check as u8;
        Ok(Self(code))
    }

    /// The code as text.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("every character is from the alphabet, which is ASCII")
    }

    /// What kind of person holds it.
    pub fn kind(&self) -> Kind {
        match &self.0[..2] {
            b"11" => Kind::StateOrgan,
            b"12" => Kind::PublicInstitution,
            b"51" => Kind::SocialGroup,
            b"52" => Kind::PrivateNonEnterprise,
            b"53" => Kind::Foundation,
            b"91" => Kind::Enterprise,
            b"92" => Kind::IndividualBusiness,
            b"93" => Kind::FarmersCooperative,
            _ => Kind::Other,
        }
    }

    /// The six digits of the region where the holder was first registered, as codes were on that day.
    ///
    /// Never the present location: holders move, and regions are abolished (500222 is the 綦江县 of before 2011).
    pub fn first_registered_in(&self) -> &str {
        &self.as_str()[2..8]
    }
}

/// The check character of 17 characters: `(31 - sum of weight * value mod 31) mod 31` in the code's alphabet.
///
/// # Errors
/// [`CreditCodeError::Length`], [`CreditCodeError::Character`] or [`CreditCodeError::Region`].
pub fn check_character(first_17: &str) -> Result<char, CreditCodeError> {
    characters(first_17, 17)?;
    Ok(check_of(first_17.as_bytes()))
}

/// Whether 18 characters of the alphabet end in their check character.
///
/// Weaker than a [`CreditCode`], which must besides have digits for its region.
pub fn check_holds(text: &str) -> bool {
    let known = text.chars().count() == 18 && text.chars().all(|c| value(c).is_some());
    known && text.ends_with(check_of(&text.as_bytes()[..17]))
}

impl FromStr for CreditCode {
    type Err = CreditCodeError;

    fn from_str(text: &str) -> Result<Self, CreditCodeError> {
        characters(text, 18)?;
        let mut code = [0; 18];
        code.copy_from_slice(text.as_bytes());
        let (found, expected) = (char::from(code[17]), check_of(&code[..17]));
        match found == expected {
            true => Ok(Self(code)),
            false => Err(CreditCodeError::Check { found, expected }),
        }
    }
}

impl fmt::Display for CreditCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl Serialize for CreditCode {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl From<CreditCode> for String {
    fn from(code: CreditCode) -> Self {
        code.as_str().to_owned()
    }
}

impl TryFrom<String> for CreditCode {
    type Error = CreditCodeError;

    fn try_from(text: String) -> Result<Self, CreditCodeError> {
        text.parse()
    }
}

/// Length, alphabet and region; after this every character is one byte of the alphabet.
fn characters(text: &str, expected: usize) -> Result<(), CreditCodeError> {
    let found = text.chars().count();
    if found != expected {
        return Err(CreditCodeError::Length { found, expected });
    }
    for (place, found) in text.chars().enumerate() {
        let at = place + 1;
        if value(found).is_none() {
            return Err(CreditCodeError::Character { found, at });
        }
        if (3..=8).contains(&at) && !found.is_ascii_digit() {
            return Err(CreditCodeError::Region { found, at });
        }
    }
    Ok(())
}

fn value(c: char) -> Option<u32> {
    let place = ALPHABET.iter().position(|&a| char::from(a) == c)?;
    u32::try_from(place).ok()
}

/// Of characters that are known to be in the alphabet.
fn check_of(first_17: &[u8]) -> char {
    let values = first_17.iter().map(|&b| value(char::from(b)).unwrap_or(0));
    let sum: u32 = values.zip(WEIGHTS).map(|(v, w)| v * w).sum();
    char::from(ALPHABET[((31 - sum % 31) % 31) as usize])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Real codes: the city's economic commission, that of 綦江 (a legacy region), a company in Hebei.
    const REAL: [&str; 3] = ["11500000009276281J", "11500222009311999A", "91130600738737199K"];

    #[test]
    fn real_codes_hold() {
        for text in REAL {
            let code: CreditCode = text.parse().expect("a real code");
            assert_eq!(code.to_string(), text);
            assert_eq!(CreditCode::complete(&text[..17]), Ok(code));
        }
        let parsed: Vec<CreditCode> = REAL.iter().map(|t| t.parse().expect("a real code")).collect();
        assert_eq!(parsed.iter().map(CreditCode::kind).collect::<Vec<_>>()[1..], [Kind::StateOrgan, Kind::Enterprise]);
        assert_eq!(parsed[1].first_registered_in(), "500222");
    }

    #[test]
    fn a_check_can_hold_where_the_region_does_not() {
        assert!(REAL.into_iter().all(check_holds));
        let lettered = format!("9111A600738737199{}", check_of(b"9111A600738737199"));
        assert!(check_holds(&lettered) && lettered.parse::<CreditCode>().is_err());
        for text in [
            "",
            "91130600738737199X",
            "91130600738737199k",
            "9113060073873719K",
            "91130600738737199I",
            "１１５０００００００９２７６２８１",
        ] {
            assert!(!check_holds(text), "{text}");
        }
    }

    #[test]
    fn weights_are_powers_of_three() {
        let mut power = 1;
        for weight in WEIGHTS {
            assert_eq!(weight, power);
            power = power * 3 % 31;
        }
        assert!(ALPHABET.iter().all(|c| !b"IOSVZ".contains(c)));
    }

    /// 31 is prime: no single wrong character passes, nor do two swapped neighbours that differ.
    #[test]
    fn single_errors_and_swaps_are_found() {
        for text in REAL {
            for place in 0..18 {
                for &other in ALPHABET {
                    let mut wrong = text.as_bytes().to_vec();
                    if wrong[place] == other {
                        continue;
                    }
                    wrong[place] = other;
                    let wrong = String::from_utf8(wrong).expect("ASCII");
                    assert!(wrong.parse::<CreditCode>().is_err(), "{wrong}");
                }
            }
            for place in 0..16 {
                let mut wrong = text.as_bytes().to_vec();
                wrong.swap(place, place + 1);
                let wrong = String::from_utf8(wrong).expect("ASCII");
                assert_eq!(wrong.parse::<CreditCode>().is_ok(), wrong == text, "{wrong}");
            }
        }
    }

    #[test]
    fn every_check_character_occurs() {
        let mut seen = std::collections::BTreeSet::new();
        for &last in ALPHABET {
            let first = format!("9150010300000000{}", char::from(last));
            seen.insert(check_character(&first).expect("17 characters"));
        }
        assert_eq!(seen.len(), 31);
    }

    #[test]
    fn refusals_name_rule_and_character() {
        for (text, expect) in [
            ("", "credit code has 0 characters, 18 are needed"),
            ("91130600738737199", "credit code has 17 characters, 18 are needed"),
            ("统一社会信用代码", "credit code has 8 characters, 18 are needed"),
            ("9113060073873719OK", "credit code has 'O' at character 17, allowed are 0-9 and A-Y without I, O, S, V"),
            ("91130600738737199k", "credit code has 'k' at character 18, allowed are 0-9 and A-Y without I, O, S, V"),
            ("9113060073873719９K", "credit code has '９' at character 17, allowed are 0-9 and A-Y without I, O, S, V"),
            (
                "91A30600738737199K",
                "credit code has 'A' at character 3, characters 3 to 8 (region of registration) are digits",
            ),
            ("91130600738737199X", "credit code ends in 'X', its other characters need 'K'"),
        ] {
            assert_eq!(text.parse::<CreditCode>().expect_err(text).to_string(), expect);
        }
        assert_eq!(check_character("9"), Err(CreditCodeError::Length { found: 1, expected: 17 }));
    }
}
