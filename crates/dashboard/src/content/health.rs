//! Whether ratings still look as they did: PSI of grade and score by month, and what is missing where it should be known.

use super::cells::{count, index, line, none, share, text};
use super::grades::{of, place};
use super::{Asked, Block, Refused};
use crate::board::Board;
use crate::periods::Stretch;
use crate::register::Known;
use crate::sheet::{Entry, Key, Sheet};
use crate::words::Word;
use std::collections::BTreeMap;
use totals::{Dimension, Unit};
use validation::{PsiThresholds, SHARE_FLOOR, Severity, psi};

/// Months that are shown.
pub(super) const MONTHS: u32 = 24;
/// Ratings that a reference has at least: months are taken from the first one on until there are as many.
pub(super) const REFERENCE_MIN: u64 = 200;
/// Bins of the score, of about as many ratings of the reference each.
const BINS: u64 = 10;

/// How many ratings have each score.
type Scores = BTreeMap<i32, u64>;

/// A month of ratings.
#[derive(Default)]
struct OfMonth {
    grades: BTreeMap<String, f64>,
    scores: Scores,
    without_profile: i128,
    without_size: i128,
}

/// A month as it is counted: by the places of grades and scores.
#[derive(Clone, Default)]
struct Counted {
    grades: Vec<u64>,
    scores: Vec<u64>,
    without_profile: i128,
    without_size: i128,
}

impl Counted {
    fn named(self, board: &Board) -> OfMonth {
        let Self { grades, scores, without_profile, without_size } = self;
        let some = |counts: Vec<u64>| counts.into_iter().enumerate().filter(|(_, count)| *count > 0);
        OfMonth {
            grades: some(grades).map(|(place, count)| (board.grade_of(place).to_owned(), count as f64)).collect(),
            scores: some(scores).map(|(place, count)| (board.score_of(place), count)).collect(),
            without_profile,
            without_size,
        }
    }
}

/// What months are held against.
struct Reference {
    from: String,
    to: String,
    grades: BTreeMap<String, f64>,
    /// Upper ends of all bins but the last.
    cuts: Vec<i32>,
    bins: Vec<f64>,
}

fn binned(scores: &Scores, cuts: &[i32]) -> Vec<f64> {
    let mut bins = vec![0.0; cuts.len() + 1];
    for (score, count) in scores {
        bins[cuts.partition_point(|cut| cut < score)] += *count as f64;
    }
    bins
}

fn count_of(scores: &Scores) -> u64 {
    scores.values().sum()
}

/// The score at a place, the lowest one first.
fn nth(scores: &Scores, place: u64) -> Option<i32> {
    let mut before = 0;
    let found = scores.iter().find(|(_, count)| {
        before += **count;
        place < before
    });
    found.map(|(score, _)| *score)
}

impl Reference {
    /// The first months with enough ratings; none where all together have fewer.
    fn of(months: &BTreeMap<String, OfMonth>) -> Option<Self> {
        let (mut grades, mut scores) = (BTreeMap::new(), Scores::new());
        let mut to = None;
        for (month, of) in months {
            for (grade, count) in &of.grades {
                *grades.entry(grade.clone()).or_default() += count;
            }
            for (score, count) in &of.scores {
                *scores.entry(*score).or_default() += count;
            }
            if count_of(&scores) >= REFERENCE_MIN {
                to = Some(month.clone());
                break;
            }
        }
        let all = count_of(&scores);
        let mut cuts: Vec<i32> = (1..BINS).filter_map(|part| nth(&scores, all * part / BINS)).collect();
        cuts.dedup();
        // A cut above which nothing lies makes no bin.
        cuts.retain(|cut| scores.keys().next_back().is_some_and(|last| cut < last));
        let bins = binned(&scores, &cuts);
        Some(Self { from: months.keys().next()?.clone(), to: to?, grades, cuts, bins })
    }
}

/// An index, and what it asks for.
type Index = (f64, Severity);

fn compared(expected: &[f64], actual: &[f64]) -> Option<Index> {
    let found = psi(expected, actual, SHARE_FLOOR, PsiThresholds::USUAL).ok()?;
    Some((found.psi, found.severity))
}

impl Asked<'_> {
    pub(super) fn health(self, known: Known) -> Result<Vec<Block>, Refused> {
        let held = self.held_ratings(known)?;
        let board = &self.facts.board;
        let mut counted: Vec<Counted> = Vec::new();
        for seen in board.seen(held) {
            let counted = of(&mut counted, seen.number(Dimension::Month));
            *of(&mut counted.grades, seen.grade) += 1;
            *of(&mut counted.scores, seen.score) += 1;
            counted.without_profile += i128::from(!seen.has_profile());
            counted.without_size += i128::from(seen.lacks_size());
        }
        let found = counted.into_iter().enumerate().filter(|(_, counted)| !counted.grades.is_empty());
        let months: BTreeMap<String, OfMonth> =
            found.map(|(month, counted)| (board.code(month, Dimension::Month), counted.named(board))).collect();
        let shown: Vec<String> = Stretch::last_months(self.view.as_of, MONTHS).months().collect();
        let reference = Reference::of(&months);
        let stability = self.stability(&months, &shown, reference.as_ref());
        let mut missing = self.missing(&months, &shown);
        if self.kept.parted_inputs {
            missing.notes.push(self.word(Word::NoteInputsParted).to_owned());
        }
        let mut blocks = vec![Block { sheet: stability, drawn: true }, Block { sheet: missing, drawn: false }];
        blocks.extend(self.inputs());
        Ok(blocks)
    }

    fn severity(&self, found: Option<Index>) -> [Entry; 2] {
        let word = |severity| match severity {
            Severity::Stable => Word::Stable,
            Severity::Watch => Word::Watch,
            Severity::Act => Word::Alarm,
        };
        match found {
            None => [none(Unit::Share), text("")],
            Some((value, severity)) => [index(value), text(self.word(word(severity)))],
        }
    }

    fn stability(&self, months: &BTreeMap<String, OfMonth>, shown: &[String], reference: Option<&Reference>) -> Sheet {
        let mut sheet = self.list(
            "stability",
            Word::Stability,
            ("month", Word::MonthOfRating),
            &[
                ("psi_score", Word::PsiScore, Some(Unit::Share)),
                ("score_says", Word::PsiSays, None),
                ("psi_grade", Word::PsiGrade, Some(Unit::Share)),
                ("grade_says", Word::PsiSays, None),
                ("ratings", Word::RatingCount, Some(Unit::Count)),
            ],
        );
        for month in shown {
            let of = months.get(month);
            let both = of.filter(|of| !of.scores.is_empty()).zip(reference);
            let of_score =
                both.and_then(|(of, reference)| compared(&reference.bins, &binned(&of.scores, &reference.cuts)));
            let of_grade = both.and_then(|(of, reference)| {
                let mut grades: Vec<&str> =
                    reference.grades.keys().chain(of.grades.keys()).map(String::as_str).collect();
                grades.sort_by_key(|grade| place(grade));
                grades.dedup();
                let counts = |from: &BTreeMap<String, f64>| {
                    grades.iter().map(|g| from.get(*g).copied().unwrap_or(0.0)).collect::<Vec<_>>()
                };
                compared(&counts(&reference.grades), &counts(&of.grades))
            });
            let [score, score_says] = self.severity(of_score);
            let [grade, grade_says] = self.severity(of_grade);
            let ratings = count(of.map_or(0, |of| count_of(&of.scores)));
            sheet.lines.push(line(Key::text(month), vec![score, score_says, grade, grade_says, ratings]));
        }
        sheet.notes.push(match reference {
            None => format!("{} {REFERENCE_MIN}", self.word(Word::NoteNoReference)),
            Some(r) => {
                format!("{}: {} {} {}", self.word(Word::NoteReference), r.from, self.word(Word::Through), r.to)
            }
        });
        sheet.notes.push(self.word(Word::NotePsi).to_owned());
        self.define(&mut sheet, &[(Word::PsiScore, Word::DefinePsi)]);
        sheet
    }

    fn missing(&self, months: &BTreeMap<String, OfMonth>, shown: &[String]) -> Sheet {
        let mut sheet = self.list(
            "missing",
            Word::MissingOfRatings,
            ("month", Word::MonthOfRating),
            &[
                ("ratings", Word::RatingCount, Some(Unit::Count)),
                ("without_profile", Word::WithoutProfile, Some(Unit::Count)),
                ("without_profile_share", Word::WithoutProfileShare, Some(Unit::Share)),
                ("without_size", Word::WithoutSize, Some(Unit::Count)),
                ("without_size_share", Word::WithoutSizeShare, Some(Unit::Share)),
            ],
        );
        let entries = |[all, profile, size]: [i128; 3]| {
            vec![count(all), count(profile), share(profile, all), count(size), share(size, all)]
        };
        let mut sums = [0; 3];
        for month in shown {
            let of = months.get(month);
            let counts =
                of.map_or([0; 3], |of| [i128::from(count_of(&of.scores)), of.without_profile, of.without_size]);
            sums.iter_mut().zip(counts).for_each(|(sum, n)| *sum += n);
            sheet.lines.push(line(Key::text(month), entries(counts)));
        }
        let total = Key { text: self.word(Word::Total).to_owned(), ..Key::default() };
        sheet.total = Some(line(total, entries(sums)));
        self.define(&mut sheet, &[(Word::WithoutProfile, Word::DefineWithoutProfile)]);
        sheet
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn month(scores: impl IntoIterator<Item = i32>) -> OfMonth {
        let mut of = OfMonth::default();
        scores.into_iter().for_each(|score| *of.scores.entry(score).or_default() += 1);
        of.grades = BTreeMap::from([("A".to_owned(), count_of(&of.scores) as f64)]);
        of
    }

    #[test]
    fn the_reference_is_the_first_months_with_enough_ratings() {
        let months = BTreeMap::from([
            ("2024-01".to_owned(), month(0..150)),
            ("2024-02".to_owned(), month(0..150)),
            ("2024-03".to_owned(), month(900..999)),
        ]);
        let reference = Reference::of(&months).expect("enough");
        assert_eq!((reference.from.as_str(), reference.to.as_str()), ("2024-01", "2024-02"));
        assert_eq!(reference.bins.iter().sum::<f64>(), 300.0);
        assert_eq!(reference.bins.len() as u64, BINS);
        // The same ratings again are as they were; others all in one bin are not.
        let same = compared(&reference.bins, &reference.bins).expect("an index");
        assert_eq!(same, (0.0, Severity::Stable));
        let moved = compared(&reference.bins, &binned(&months["2024-03"].scores, &reference.cuts)).expect("an index");
        assert!(moved.0 > 1.0 && moved.1 == Severity::Act, "{moved:?}");
        let few = BTreeMap::from([("2024-01".to_owned(), month(0..199))]);
        assert!(Reference::of(&few).is_none());
        assert!(Reference::of(&BTreeMap::new()).is_none());
    }

    #[test]
    fn scores_that_are_all_alike_have_one_bin_and_no_index() {
        let months = BTreeMap::from([("2024-01".to_owned(), month(std::iter::repeat_n(700, 300)))]);
        let reference = Reference::of(&months).expect("enough");
        assert_eq!(reference.bins, [300.0]);
        assert_eq!(compared(&reference.bins, &[300.0]), None);
    }
}
