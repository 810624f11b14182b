//! All ratings side by side: how many of each grade and score, by month and by what is known of the enterprise.
//!
//! A rating says nothing of district, industry and size: they are those of the enterprise's last application for a loan,
//! as known. Two walks over numbers that lie side by side answer a page: over the applications, which say what is known of
//! each enterprise, and over the ratings.

use crate::register::Known;
use chrono::{Datelike as _, NaiveDate};
use ledger::RatingId;
use ledger::event::{Body, LoanEvent, RatingEvent};
use policy::Code;
use primitives::{CreditCode, Industry, RegionCode};
use std::collections::HashMap;
use store::EntryLine;
use totals::Dimension;

/// What is known of an enterprise from a line on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Profile {
    seq: u64,
    day: NaiveDate,
    pub(crate) district: RegionCode,
    industry: Industry,
    size: Option<policy::Size>,
}

/// An enterprise.
#[derive(Debug, Clone)]
struct Firm {
    code: CreditCode,
    /// The last application, apart from those before it: nearly every question wants it.
    latest: Option<Profile>,
    earlier: Vec<Profile>,
}

/// District, industry and size in one number: places and letters from 1 on, 0 for what is not stated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Traits(u32);

/// An application, as far as it says something of an enterprise.
#[derive(Debug, Clone, Copy)]
struct Applied {
    seq: u64,
    day: NaiveDate,
    firm: u32,
    traits: Traits,
}

/// A rating.
#[derive(Debug, Clone, Copy)]
struct Issued {
    seq: u64,
    day: NaiveDate,
    firm: u32,
    grade: u16,
    /// Place of the score.
    score: u32,
    /// The line that took it back; no line for one that stands.
    void: u64,
    void_day: NaiveDate,
}

/// A rating with what is known of its enterprise; grade and score are places among those that there are.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Seen {
    pub(crate) day: NaiveDate,
    pub(crate) grade: usize,
    pub(crate) score: usize,
    traits: Traits,
}

/// Which ratings count.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Held<'a> {
    pub(crate) district: Option<RegionCode>,
    pub(crate) known: Known,
    pub(crate) filter: &'a [(Dimension, Vec<String>)],
}

/// All of them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Board {
    firms: Vec<Firm>,
    by_code: HashMap<CreditCode, u32>,
    applied: Vec<Applied>,
    issued: Vec<Issued>,
    grades: Vec<String>,
    scores: Vec<i32>,
    score_places: HashMap<i32, u32>,
    districts: Vec<RegionCode>,
    by_rating: HashMap<RatingId, u32>,
}

const STANDS: u64 = u64::MAX;

/// Days of a ledger lie between this year and a thousand years later.
const FIRST_YEAR: i32 = 1_900;
const DISTRICT_BITS: u32 = 16;
const INDUSTRY_BITS: u32 = 8;

impl Traits {
    fn district(self) -> usize {
        (self.0 & ((1 << DISTRICT_BITS) - 1)) as usize
    }

    fn industry(self) -> usize {
        (self.0 >> DISTRICT_BITS & ((1 << INDUSTRY_BITS) - 1)) as usize
    }

    fn size(self) -> usize {
        (self.0 >> (DISTRICT_BITS + INDUSTRY_BITS)) as usize
    }
}

impl Seen {
    /// Whether anything is known of the enterprise.
    pub(crate) fn has_profile(&self) -> bool {
        self.traits != Traits::default()
    }

    /// Whether the enterprise is known and its size is not stated.
    pub(crate) fn lacks_size(&self) -> bool {
        self.has_profile() && self.traits.size() == 0
    }

    /// What it counts under, as a number; [`Board::code`] says which code that is.
    pub(crate) fn number(&self, by: Dimension) -> usize {
        let year = (self.day.year() - FIRST_YEAR).clamp(0, 999) as usize;
        match by {
            Dimension::Month => year * 12 + self.day.month0() as usize,
            Dimension::Quarter => year * 4 + self.day.month0() as usize / 3,
            Dimension::Year => year,
            Dimension::Grade => self.grade,
            Dimension::District => self.traits.district(),
            Dimension::Industry => self.traits.industry(),
            Dimension::Size => self.traits.size(),
            Dimension::Bank | Dimension::Product | Dimension::Tool | Dimension::Zone => 0,
        }
    }
}

impl Firm {
    fn profile(&self, known: Known) -> Option<Profile> {
        let holds = |p: &Profile| known.holds(p.seq, p.day);
        self.latest.filter(holds).or_else(|| self.earlier.iter().rev().find(|p| holds(p)).copied())
    }
}

impl Board {
    /// Takes the next line of the ledger.
    pub(crate) fn push(&mut self, line: &EntryLine) {
        let (seq, day) = (line.seq, line.event.effective_on);
        match &line.event.body {
            Body::Loan { did: LoanEvent::Applied { profile, .. }, .. } => {
                let next =
                    Profile { seq, day, district: profile.district, industry: profile.industry, size: profile.size };
                let at = self.firm(profile.enterprise);
                let traits = self.traits(&next);
                self.applied.push(Applied { seq, day, firm: at, traits });
                let firm = &mut self.firms[at as usize];
                let before = firm.latest.replace(next);
                firm.earlier.extend(before);
            }
            Body::Rating { rating, did: RatingEvent::Issued { enterprise, grade, score, .. } } => {
                let firm = self.firm(*enterprise);
                let at = index(self.issued.len());
                let grade = self.grade(grade.as_str());
                let score = self.score(i32::try_from(*score).unwrap_or(if *score < 0 { i32::MIN } else { i32::MAX }));
                self.issued.push(Issued { seq, day, firm, grade, score, void: STANDS, void_day: day });
                self.by_rating.insert(*rating, at);
            }
            Body::Reversal { of, .. } => {
                // They stand in the order of their lines.
                if let Ok(at) = self.issued.binary_search_by_key(of, |issued| issued.seq) {
                    let issued = &mut self.issued[at];
                    (issued.void, issued.void_day) = (seq, day);
                }
            }
            _ => {}
        }
    }

    fn firm(&mut self, code: CreditCode) -> u32 {
        let next = index(self.firms.len());
        let at = *self.by_code.entry(code).or_insert(next);
        if at == next {
            self.firms.push(Firm { code, latest: None, earlier: Vec::new() });
        }
        at
    }

    fn grade(&mut self, grade: &str) -> u16 {
        let at = self.grades.iter().position(|g| g == grade).unwrap_or_else(|| {
            self.grades.push(grade.to_owned());
            self.grades.len() - 1
        });
        u16::try_from(at).unwrap_or(u16::MAX)
    }

    fn score(&mut self, score: i32) -> u32 {
        let next = index(self.scores.len());
        let at = *self.score_places.entry(score).or_insert(next);
        if at == next {
            self.scores.push(score);
        }
        at
    }

    fn traits(&mut self, of: &Profile) -> Traits {
        let found = self.districts.iter().position(|d| *d == of.district);
        let district = found.unwrap_or_else(|| {
            self.districts.push(of.district);
            self.districts.len() - 1
        });
        let size = of.size.and_then(|size| policy::Size::ALL.iter().position(|s| *s == size));
        let (letter, size) = (u32::from(of.industry.section().letter) & 0xff, size.map_or(0, |at| at + 1));
        Traits(index(district + 1) | letter << DISTRICT_BITS | index(size) << (DISTRICT_BITS + INDUSTRY_BITS))
    }

    /// The code of a number that a rating counts under ([`Seen::number`]); empty for what is not stated.
    pub(crate) fn code(&self, number: usize, by: Dimension) -> String {
        let year = |of_year: usize| FIRST_YEAR + (number / of_year) as i32;
        let stated = |code: Option<String>| code.filter(|_| number > 0).unwrap_or_default();
        match by {
            Dimension::Month => format!("{:04}-{:02}", year(12), number % 12 + 1),
            Dimension::Quarter => format!("{}-Q{}", year(4), number % 4 + 1),
            Dimension::Year => year(1).to_string(),
            Dimension::Grade => self.grade_of(number).to_owned(),
            Dimension::District => stated(self.districts.get(number.wrapping_sub(1)).map(ToString::to_string)),
            Dimension::Industry => stated(u8::try_from(number).ok().map(|letter| char::from(letter).to_string())),
            Dimension::Size => stated(policy::Size::ALL.get(number.wrapping_sub(1)).map(|size| size.code().to_owned())),
            Dimension::Bank | Dimension::Product | Dimension::Tool | Dimension::Zone => String::new(),
        }
    }

    /// The grade at a place.
    pub(crate) fn grade_of(&self, place: usize) -> &str {
        self.grades.get(place).map_or("", String::as_str)
    }

    /// The score at a place.
    pub(crate) fn score_of(&self, place: usize) -> i32 {
        self.scores.get(place).copied().unwrap_or(0)
    }

    /// What is known of each enterprise.
    fn known_traits(&self, known: Known) -> Vec<Traits> {
        let mut found = vec![Traits::default(); self.firms.len()];
        let lines = self.applied.partition_point(|a| a.seq <= known.seq);
        // The last one holds.
        for applied in self.applied[..lines].iter().filter(|a| a.day <= known.as_of) {
            found[applied.firm as usize] = applied.traits;
        }
        found
    }

    /// Ratings as known, of enterprises of a district or of all, that pass the filters.
    pub(crate) fn seen<'a>(&'a self, held: Held<'a>) -> impl Iterator<Item = Seen> + use<'a> {
        let Held { district, known, filter } = held;
        let traits = self.known_traits(known);
        let own = district.map(|own| self.districts.iter().position(|d| *d == own).map(|at| at + 1));
        // By filter and number: whether it passes, as far as it was asked.
        let mut passes: Vec<Vec<Option<bool>>> = vec![Vec::new(); filter.len()];
        let lines = self.issued.partition_point(|i| i.seq <= known.seq);
        self.issued[..lines].iter().filter_map(move |i| {
            let stands = known.seq < i.void || !known.holds(i.void, i.void_day);
            if known.as_of < i.day || !stands {
                return None;
            }
            let traits = traits[i.firm as usize];
            if own.is_some_and(|own| own != Some(traits.district())) {
                return None;
            }
            let seen = Seen { day: i.day, grade: usize::from(i.grade), score: i.score as usize, traits };
            for ((by, codes), passes) in filter.iter().zip(&mut passes) {
                let number = seen.number(*by);
                if passes.len() <= number {
                    passes.resize(number + 1, None);
                }
                if !*passes[number].get_or_insert_with(|| codes.contains(&self.code(number, *by))) {
                    return None;
                }
            }
            Some(seen)
        })
    }

    /// What is known of the enterprise of a rating.
    pub(crate) fn of_rating(&self, rating: &str, known: Known) -> Option<Profile> {
        let at = *self.by_rating.get(&rating.parse::<RatingId>().ok()?)?;
        self.firms.get(self.issued.get(at as usize)?.firm as usize)?.profile(known)
    }

    /// Enterprises that the ledger knows.
    pub(crate) fn firms(&self) -> impl Iterator<Item = CreditCode> {
        self.firms.iter().map(|f| f.code)
    }

    /// Whether the ledger knows an enterprise, and where it is.
    pub(crate) fn of_code(&self, code: CreditCode, known: Known) -> Option<Option<Profile>> {
        Some(self.firms.get(*self.by_code.get(&code)? as usize)?.profile(known))
    }
}

fn index(len: usize) -> u32 {
    u32::try_from(len).unwrap_or(u32::MAX)
}
