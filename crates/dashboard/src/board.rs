//! All ratings side by side: how many of each grade and score, by month and by what is known of the enterprise.
//!
//! A rating says nothing of district, industry and size: they are those of the enterprise's last application for a loan,
//! as known. One walk over numbers that lie side by side answers a page, however many loans there are.

use crate::register::Known;
use chrono::NaiveDate;
use ledger::RatingId;
use ledger::event::{Body, LoanEvent, RatingEvent};
use policy::Code;
use primitives::{CreditCode, Industry, RegionCode};
use std::collections::HashMap;
use store::EntryLine;

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

/// A rating.
#[derive(Debug, Clone, Copy)]
struct Issued {
    seq: u64,
    day: NaiveDate,
    firm: u32,
    grade: u16,
    score: i32,
    /// The line that took it back; no line for one that stands.
    void: u64,
    void_day: NaiveDate,
}

/// A rating with what is known of its enterprise.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Seen<'a> {
    pub(crate) day: NaiveDate,
    pub(crate) grade: &'a str,
    pub(crate) score: i32,
    pub(crate) profile: Option<Profile>,
}

/// All of them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Board {
    firms: Vec<Firm>,
    by_code: HashMap<CreditCode, u32>,
    issued: Vec<Issued>,
    grades: Vec<String>,
    by_rating: HashMap<RatingId, u32>,
}

const STANDS: u64 = u64::MAX;

impl Profile {
    /// The code of a dimension; empty where it is not stated.
    pub(crate) fn code(&self, by: totals::Dimension) -> String {
        match by {
            totals::Dimension::District => self.district.to_string(),
            totals::Dimension::Industry => self.industry.section().letter.to_string(),
            totals::Dimension::Size => self.size.map_or(String::new(), |s| s.code().to_owned()),
            _ => String::new(),
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
                let firm = &mut self.firms[at as usize];
                let before = firm.latest.replace(next);
                firm.earlier.extend(before);
            }
            Body::Rating { rating, did: RatingEvent::Issued { enterprise, grade, score, .. } } => {
                let firm = self.firm(*enterprise);
                let at = index(self.issued.len());
                let grade = self.grade(grade.as_str());
                let score = i32::try_from(*score).unwrap_or(if *score < 0 { i32::MIN } else { i32::MAX });
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

    /// Ratings as known, of enterprises of a district or of all.
    pub(crate) fn seen(&self, district: Option<RegionCode>, known: Known) -> impl Iterator<Item = Seen<'_>> {
        self.issued.iter().filter_map(move |i| {
            let stands = known.seq < i.void || !known.holds(i.void, i.void_day);
            if !known.holds(i.seq, i.day) || !stands {
                return None;
            }
            let profile = self.firms.get(i.firm as usize)?.profile(known);
            if district.is_some() && profile.map(|p| p.district) != district {
                return None;
            }
            Some(Seen { day: i.day, grade: self.grades.get(usize::from(i.grade))?, score: i.score, profile })
        })
    }

    /// What is known of the enterprise of a rating.
    pub(crate) fn of_rating(&self, rating: &str, known: Known) -> Option<Profile> {
        let at = *self.by_rating.get(&rating.parse::<RatingId>().ok()?)?;
        self.firms.get(self.issued.get(at as usize)?.firm as usize)?.profile(known)
    }

    /// Enterprises that the ledger knows, with where they are.
    pub(crate) fn firms(&self, known: Known) -> impl Iterator<Item = (CreditCode, Option<Profile>)> {
        self.firms.iter().map(move |f| (f.code, f.profile(known)))
    }

    /// Whether the ledger knows an enterprise, and where it is.
    pub(crate) fn of_code(&self, code: CreditCode, known: Known) -> Option<Option<Profile>> {
        Some(self.firms.get(*self.by_code.get(&code)? as usize)?.profile(known))
    }
}

fn index(len: usize) -> u32 {
    u32::try_from(len).unwrap_or(u32::MAX)
}
