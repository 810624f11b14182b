//! In which share of ratings each feature of the model that rates was missing, month by month, against the first months.

use super::Asked;
use super::Block;
use super::cells::{count, line, none, share, text};
use super::health::{MONTHS, REFERENCE_MIN};
use crate::periods::Stretch;
use crate::reasons::{FeatureRead, MissingRead};
use crate::sheet::{Column, Entry, Key, Line, Sheet};
use crate::unit::Cell;
use crate::words::Word;
use policy::Lang;
use std::collections::{BTreeMap, BTreeSet};
use totals::{Unit, Value};

/// Counts of a month: how many ratings, and in how many of them each input was missing.
#[derive(Debug, Clone, Default)]
struct OfMonth<'a> {
    ratings: i128,
    missing: BTreeMap<&'a str, i128>,
}

impl<'a> OfMonth<'a> {
    fn of(&self, feature: &str) -> i128 {
        self.missing.get(feature).copied().unwrap_or(0)
    }

    fn add(&mut self, other: &OfMonth<'a>) {
        self.ratings += other.ratings;
        for (feature, missing) in &other.missing {
            *self.missing.entry(feature).or_default() += missing;
        }
    }
}

/// What months are held against: the first ones with enough ratings.
struct Reference<'a> {
    from: &'a str,
    to: &'a str,
    of: OfMonth<'a>,
}

fn by_month(read: &MissingRead) -> BTreeMap<&str, OfMonth<'_>> {
    let mut months: BTreeMap<&str, OfMonth<'_>> = BTreeMap::new();
    for (month, input, missing) in &read.counts {
        let of = months.entry(month).or_default();
        match input.as_str() {
            "" => of.ratings += i128::from(*missing),
            input => *of.missing.entry(input).or_default() += i128::from(*missing),
        }
    }
    months
}

fn reference<'a>(months: &BTreeMap<&'a str, OfMonth<'a>>) -> Option<Reference<'a>> {
    let mut of = OfMonth::default();
    for (month, counts) in months {
        of.add(counts);
        if of.ratings >= i128::from(REFERENCE_MIN) {
            return Some(Reference { from: months.keys().next()?, to: month, of });
        }
    }
    None
}

/// `now - base` of two shares; nothing where one of them is none.
fn moved(now: (i128, i128), base: (i128, i128)) -> Value {
    match (now.1, base.1) {
        (1.., 1..) => Value::Ratio { numerator: now.0 * base.1 - base.0 * now.1, denominator: now.1 * base.1 },
        _ => Value::None,
    }
}

/// How far a share moved, for the order of rows.
fn distance(value: Value) -> f64 {
    match value {
        Value::Ratio { numerator, denominator } => (numerator as f64 / denominator as f64).abs(),
        Value::Whole(_) | Value::None => -1.0,
    }
}

impl Asked<'_> {
    /// The tables; none where no service is asked or the page is not of the whole city.
    pub(super) fn inputs(&self) -> Vec<Block> {
        let Some(read) = &self.kept.missing else { return Vec::new() };
        let months = by_month(read);
        let within: BTreeSet<String> = Stretch::last_months(self.view.as_of, MONTHS).months().collect();
        let shown: Vec<(&str, &OfMonth<'_>)> =
            months.iter().filter(|(m, of)| within.contains(**m) && of.ratings > 0).map(|(m, of)| (*m, of)).collect();
        let reference = reference(&months);
        let change = |feature: &FeatureRead| {
            let (Some((_, last)), Some(reference)) = (shown.last(), &reference) else { return Value::None };
            let name = feature.name.as_str();
            moved((last.of(name), last.ratings), (reference.of.of(name), reference.of.ratings))
        };
        let mut features: Vec<(&FeatureRead, Value)> = read.features.iter().map(|f| (f, change(f))).collect();
        features.sort_by(|(_, a), (_, b)| distance(*b).total_cmp(&distance(*a)));
        let monthly = self.inputs_by_month(&shown, &read.features);
        let by_feature = self.inputs_by_feature(&shown, &features, reference.as_ref());
        let shares = self.inputs_over_time("input_shares", Word::InputShares, &shown, &features, |of, name| {
            share(of.of(name), of.ratings)
        });
        let mut counts =
            self.inputs_over_time("input_counts", Word::InputCounts, &shown, &features, |of, name| count(of.of(name)));
        let ratings = shown.iter().map(|(_, of)| count(of.ratings)).collect();
        let key = Key { code: String::new(), text: self.word(Word::RatingCount).to_owned(), href: None };
        counts.lines.insert(0, line(key, ratings));
        vec![
            Block { sheet: monthly, drawn: true },
            Block { sheet: by_feature, drawn: false },
            Block { sheet: shares, drawn: false },
            Block { sheet: counts, drawn: false },
        ]
    }

    fn feature_key(&self, feature: &FeatureRead) -> Key {
        let name = if self.view.lang == Lang::Zh { &feature.name_zh } else { &feature.name_en };
        Key { code: feature.name.clone(), text: name.clone(), href: None }
    }

    /// Of all inputs of all ratings of a month, the share that was missing: what is drawn.
    fn inputs_by_month(&self, shown: &[(&str, &OfMonth<'_>)], features: &[FeatureRead]) -> Sheet {
        let mut sheet = self.list(
            "inputs_monthly",
            Word::InputsMonthly,
            ("month", Word::MonthOfRating),
            &[
                ("missing_share", Word::MissingShare, Some(Unit::Share)),
                ("missing", Word::MissingCount, Some(Unit::Count)),
                ("inputs", Word::InputCount, Some(Unit::Count)),
                ("ratings", Word::RatingCount, Some(Unit::Count)),
            ],
        );
        for (month, of) in shown {
            let missing: i128 = features.iter().map(|f| of.of(&f.name)).sum();
            let inputs = of.ratings * features.len() as i128;
            let entries = vec![share(missing, inputs), count(missing), count(inputs), count(of.ratings)];
            sheet.lines.push(line(Key::text(month), entries));
        }
        sheet.notes.push(self.word(Word::NoteInputs).to_owned());
        self.define(&mut sheet, &[(Word::MissingShare, Word::DefineMissingShare)]);
        sheet
    }

    fn inputs_by_feature(
        &self,
        shown: &[(&str, &OfMonth<'_>)],
        features: &[(&FeatureRead, Value)],
        reference: Option<&Reference<'_>>,
    ) -> Sheet {
        let mut sheet = self.list(
            "inputs",
            Word::InputsMissing,
            ("feature", Word::ModelInput),
            &[
                ("change", Word::MissingChange, Some(Unit::Share)),
                ("missing_share", Word::MissingShareOfMonth, Some(Unit::Share)),
                ("reference_share", Word::MissingShareBefore, Some(Unit::Share)),
                ("missing", Word::MissingCount, Some(Unit::Count)),
                ("ratings", Word::RatingCount, Some(Unit::Count)),
                ("name", Word::Characteristic, None),
            ],
        );
        let Some((month, last)) = shown.last() else { return sheet };
        sheet.title = format!("{} {month}", sheet.title);
        for (feature, change) in features {
            let name = feature.name.as_str();
            let before = reference.map_or(none(Unit::Share), |r| share(r.of.of(name), r.of.ratings));
            let entries = vec![
                Entry::Figure(Cell { signed: true, ..Cell::new(Unit::Share, *change) }),
                share(last.of(name), last.ratings),
                before,
                count(last.of(name)),
                count(last.ratings),
                text(name),
            ];
            sheet.lines.push(line(self.feature_key(feature), entries));
        }
        sheet.notes.push(match reference {
            None => format!("{} {REFERENCE_MIN}", self.word(Word::NoteNoReference)),
            Some(r) => {
                format!("{}: {} {} {}", self.word(Word::NoteInputReference), r.from, self.word(Word::Through), r.to)
            }
        });
        self.define(&mut sheet, &[(Word::MissingChange, Word::DefineMissingChange)]);
        sheet
    }

    /// A column for each month, a row for each feature.
    fn inputs_over_time(
        &self,
        code: &'static str,
        title: Word,
        shown: &[(&str, &OfMonth<'_>)],
        features: &[(&FeatureRead, Value)],
        entry: impl Fn(&OfMonth<'_>, &str) -> Entry,
    ) -> Sheet {
        let mut sheet = self.list(code, title, ("feature", Word::ModelInput), &[]);
        let unit = if code == "input_shares" { Unit::Share } else { Unit::Count };
        let column = |(month, _): &(&str, &OfMonth<'_>)| Column {
            code: (*month).into(),
            name: (*month).into(),
            unit: Some(unit),
        };
        sheet.columns = shown.iter().map(column).collect();
        if shown.is_empty() {
            return sheet;
        }
        let row = |(feature, _): &(&FeatureRead, Value)| Line {
            keys: vec![self.feature_key(feature)],
            entries: shown.iter().map(|(_, of)| entry(of, &feature.name)).collect(),
            not_comparable: false,
        };
        sheet.lines = features.iter().map(row).collect();
        sheet
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_held_against_the_first_months_with_enough_ratings() {
        let counts = [("2026-01", "", 150), ("2026-01", "sales", 15), ("2026-02", "", 50), ("2026-02", "sales", 5)];
        let later = [("2026-03", "", 40), ("2026-03", "sales", 30), ("2026-03", "taxes", 4)];
        let counts = counts.into_iter().chain(later);
        let counts = counts.map(|(month, input, n)| (month.to_owned(), input.to_owned(), n)).collect();
        let read = MissingRead { features: Vec::new(), counts };
        let months = by_month(&read);
        let found = reference(&months).expect("enough");
        assert_eq!((found.from, found.to, found.of.ratings), ("2026-01", "2026-02", 200));
        let march = &months["2026-03"];
        let change = moved((march.of("sales"), march.ratings), (found.of.of("sales"), found.of.ratings));
        // Three quarters against a tenth.
        assert_eq!(change, Value::Ratio { numerator: 30 * 200 - 20 * 40, denominator: 40 * 200 });
        assert!((distance(change) - 0.65).abs() < 1e-12);
        assert_eq!(moved((1, 2), (0, 0)), Value::None);
        assert!(distance(Value::None) < distance(moved((1, 2), (1, 2))), "no change is more than none known");
    }
}
