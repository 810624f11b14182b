//! How many ratings of each grade, by month or by what is known of the enterprise.

use super::cells::{count, line, ratio, share, text};
use super::{Asked, Block, Refused};
use crate::board::Held;
use crate::register::Known;
use crate::sheet::{Key, Sheet};
use crate::view::BadParameter;
use crate::words::Word;
use policy::Code as _;
use std::collections::BTreeMap;
use totals::{Dimension, Unit};

/// Grades from the best one on, by the scale of the card; others follow by their names.
const SCALE: [&str; 10] = ["AAA", "AA", "A", "BBB", "BB", "B", "CCC", "CC", "C", "D"];

/// Where a grade stands.
pub(super) fn place(grade: &str) -> (usize, &str) {
    (SCALE.iter().position(|g| *g == grade).unwrap_or(SCALE.len()), grade)
}

#[derive(Debug, Clone, Default)]
struct Sums {
    ratings: i128,
    scores: i128,
    lowest: i32,
    highest: i32,
}

impl Sums {
    fn add(&mut self, score: i32) {
        let first = self.ratings == 0;
        (self.lowest, self.highest) =
            if first { (score, score) } else { (self.lowest.min(score), self.highest.max(score)) };
        self.ratings += 1;
        self.scores += i128::from(score);
    }
}

/// The counter of a place, made where there is none.
pub(super) fn of<T: Clone + Default>(all: &mut Vec<T>, place: usize) -> &mut T {
    if all.len() <= place {
        all.resize(place + 1, T::default());
    }
    &mut all[place]
}

/// Whether ratings can be counted by a dimension, or be held to it.
fn is_known(by: Dimension) -> bool {
    !matches!(by, Dimension::Bank | Dimension::Product | Dimension::Tool)
}

impl Asked<'_> {
    /// The ratings of a page.
    pub(super) fn held_ratings(&self, known: Known) -> Result<Held<'_>, Refused> {
        for (dimension, codes) in &self.view.filter {
            if !is_known(*dimension) {
                return Err(BadParameter {
                    name: dimension.code().to_owned(),
                    value: codes.join(", "),
                    allowed: Word::AllowedOfRatings,
                }
                .into());
            }
        }
        Ok(Held { district: self.scope.district(), known, filter: &self.view.filter })
    }

    pub(super) fn grades(self, known: Known) -> Result<Vec<Block>, Refused> {
        let by = self.view.by.unwrap_or(Dimension::Month);
        if !is_known(by) {
            let (name, value) = ("by".to_owned(), by.code().to_owned());
            return Err(BadParameter { name, value, allowed: Word::AllowedOfRatings }.into());
        }
        let held = self.held_ratings(known)?;
        let days = self.view.period();
        let board = &self.facts.board;
        let mut sums: Vec<Sums> = Vec::new();
        let mut counts: Vec<Vec<i128>> = Vec::new();
        for seen in board.seen(held).filter(|seen| days.from <= seen.day) {
            of(&mut sums, seen.grade).add(board.score_of(seen.score));
            *of(of(&mut counts, seen.number(by)), seen.grade) += 1;
        }
        let found = sums.into_iter().enumerate().filter(|(_, sums)| sums.ratings > 0);
        let of_grade: BTreeMap<(usize, &str), Sums> =
            found.map(|(grade, sums)| (place(board.grade_of(grade)), sums)).collect();
        let mut groups: BTreeMap<String, BTreeMap<(usize, &str), i128>> = BTreeMap::new();
        for (number, counts) in counts.into_iter().enumerate().filter(|(_, counts)| !counts.is_empty()) {
            let counts = counts.into_iter().enumerate().map(|(grade, n)| (place(board.grade_of(grade)), n));
            groups.insert(board.code(number, by), counts.collect());
        }
        let mut grouped = self.list("grouped", Word::GradesBy, (by.code(), Word::By), &[]);
        grouped.keys[0].1 = crate::sheet::name_of(by, self.view.lang).to_owned();
        grouped.columns = self.columns(&[("ratings", Word::RatingCount, Some(Unit::Count))]);
        for (_, grade) in of_grade.keys() {
            let (code, name) = ((*grade).to_owned(), (*grade).to_owned());
            grouped.columns.push(crate::sheet::Column { code, name, unit: Some(Unit::Count) });
        }
        let counts = |counted: &dyn Fn(&(usize, &str)) -> i128| {
            let each: Vec<i128> = of_grade.keys().map(counted).collect();
            std::iter::once(each.iter().sum()).chain(each).map(count).collect::<Vec<_>>()
        };
        for (code, of) in &groups {
            let mut key = self.key(by, code);
            if !by.is_time() && by != Dimension::Grade && self.scope.district().is_none() {
                key.href = Some(self.view.with(by, code).by(Dimension::Month).href("/grades"));
            }
            let mut line = line(key, counts(&|grade| of.get(grade).copied().unwrap_or(0)));
            line.not_comparable = by == Dimension::District && !self.comparable(Some(code), days.from, days.to);
            grouped.lines.push(line);
        }
        let total = Key { text: self.word(Word::Total).to_owned(), ..Key::default() };
        grouped.total = Some(line(total, counts(&|grade| of_grade.get(grade).map_or(0, |s| s.ratings))));
        grouped.notes.push(self.word(Word::NoteProfile).to_owned());
        let scale = self.scale(&of_grade);
        Ok(vec![Block { sheet: scale, drawn: true }, Block { sheet: grouped, drawn: false }])
    }

    fn scale(&self, of_grade: &BTreeMap<(usize, &str), Sums>) -> Sheet {
        let mut sheet = self.list(
            "grades",
            Word::GradesOfPeriod,
            ("grade", Word::Grade),
            &[
                ("ratings", Word::RatingCount, Some(Unit::Count)),
                ("share", Word::ShareOfAll, Some(Unit::Share)),
                ("mean", Word::MeanScore, Some(Unit::Days)),
                ("lowest", Word::LowestScore, Some(Unit::Count)),
                ("highest", Word::HighestScore, Some(Unit::Count)),
            ],
        );
        let mut all = Sums::default();
        let whole: i128 = of_grade.values().map(|s| s.ratings).sum();
        let entries = |sums: &Sums| {
            let mean = ratio(sums.scores, sums.ratings);
            // One decimal, as days have it.
            let mean = crate::sheet::Entry::Figure(crate::unit::Cell::new(Unit::Days, mean));
            let ends = if sums.ratings == 0 { [text(""), text("")] } else { [count(sums.lowest), count(sums.highest)] };
            let [lowest, highest] = ends;
            vec![count(sums.ratings), share(sums.ratings, whole), mean, lowest, highest]
        };
        for ((_, grade), sums) in of_grade {
            sheet.lines.push(line(Key::text(grade), entries(sums)));
            if all.ratings == 0 {
                (all.lowest, all.highest) = (sums.lowest, sums.highest);
            }
            (all.lowest, all.highest) = (all.lowest.min(sums.lowest), all.highest.max(sums.highest));
            (all.ratings, all.scores) = (all.ratings + sums.ratings, all.scores + sums.scores);
        }
        let total = Key { text: self.word(Word::Total).to_owned(), ..Key::default() };
        sheet.total = Some(line(total, entries(&all)));
        self.define(
            &mut sheet,
            &[(Word::RatingCount, Word::DefineRatingCount), (Word::MeanScore, Word::DefineMeanScore)],
        );
        sheet
    }
}
