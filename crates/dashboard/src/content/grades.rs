//! How many ratings of each grade, by month or by what is known of the enterprise.

use super::cells::{count, line, ratio, share, text};
use super::{Asked, Block, Refused};
use crate::board::Seen;
use crate::register::Known;
use crate::sheet::{Key, Sheet};
use crate::view::BadParameter;
use crate::words::Word;
use chrono::Datelike as _;
use policy::Code as _;
use std::collections::BTreeMap;
use totals::{Dimension, Unit};

/// Grades from the best one on, by the scale of the card; others follow by their names.
const SCALE: [&str; 10] = ["AAA", "AA", "A", "BBB", "BB", "B", "CCC", "CC", "C", "D"];

/// Where a grade stands.
pub(super) fn place(grade: &str) -> (usize, &str) {
    (SCALE.iter().position(|g| *g == grade).unwrap_or(SCALE.len()), grade)
}

#[derive(Default)]
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

/// What a rating counts under; empty for what is not stated.
fn code_of(seen: &Seen<'_>, by: Dimension) -> String {
    match by {
        Dimension::Month => seen.day.format("%Y-%m").to_string(),
        Dimension::Quarter => format!("{}-Q{}", seen.day.year(), seen.day.month0() / 3 + 1),
        Dimension::Year => seen.day.year().to_string(),
        Dimension::Grade => seen.grade.to_owned(),
        by => seen.profile.map_or(String::new(), |p| p.code(by)),
    }
}

/// Whether ratings can be counted by a dimension, or be held to it.
fn is_known(by: Dimension) -> bool {
    !matches!(by, Dimension::Bank | Dimension::Product | Dimension::Tool)
}

impl Asked<'_> {
    /// The filters of a page about ratings; each rating passes or does not.
    pub(super) fn of_ratings(&self) -> Result<impl Fn(&Seen<'_>) -> bool + use<'_>, Refused> {
        for (dimension, codes) in &self.view.filter {
            if !is_known(*dimension) {
                return Err(BadParameter {
                    name: dimension.code().to_owned(),
                    value: codes.join(", "),
                    allowed: "ratings are of an enterprise: district, industry, size or grade",
                }
                .into());
            }
        }
        let filter = &self.view.filter;
        Ok(move |seen: &Seen<'_>| filter.iter().all(|(by, codes)| codes.contains(&code_of(seen, *by))))
    }

    pub(super) fn grades(self, known: Known) -> Result<Vec<Block>, Refused> {
        let by = self.view.by.unwrap_or(Dimension::Month);
        if !is_known(by) {
            let (name, value) = ("by".to_owned(), by.code().to_owned());
            return Err(BadParameter { name, value, allowed: "month, district, industry, size, grade" }.into());
        }
        let passes = self.of_ratings()?;
        let days = self.view.period();
        let mut of_grade: BTreeMap<(usize, &str), Sums> = BTreeMap::new();
        let mut groups: BTreeMap<String, BTreeMap<(usize, &str), i128>> = BTreeMap::new();
        for seen in self.facts.board.seen(self.scope.district(), known) {
            if seen.day < days.from || !passes(&seen) {
                continue;
            }
            of_grade.entry(place(seen.grade)).or_default().add(seen.score);
            *groups.entry(code_of(&seen, by)).or_default().entry(place(seen.grade)).or_default() += 1;
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
