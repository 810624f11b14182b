//! What a card must keep before points are made of it.

use super::read::{CardFile, FeatureEntry, SecondEntry};
use super::{CardError, Known, nearest};
use scoring::Direction;
use std::collections::BTreeSet;

/// A number in whole thousandths; [`decimal`] says whether it is one.
pub(super) fn thousandths(x: f64) -> i64 {
    (x * 1e3).round() as i64
}

/// A sum of thousandths as it would be written.
pub(super) fn shown(sum: i64) -> f64 {
    sum as f64 / 1e3
}

/// Whether a number lies within bounds and has at most three decimals.
fn decimal(x: f64, bounds: std::ops::RangeInclusive<f64>) -> bool {
    bounds.contains(&x) && shown(thousandths(x)) == x
}

/// Names and ids that people and other tables go by.
pub(super) fn head(card: &CardFile) -> Result<(), CardError> {
    let refuse = |place: &str, problem: String| Err(CardError { place: place.to_owned(), problem });
    let m = &card.model;
    for (name, text) in [
        ("id", &m.id),
        ("version", &m.version),
        ("author", &m.author),
        ("population", &m.population),
        ("mark", &m.mark),
    ] {
        if text.trim().is_empty() {
            return refuse(&format!("model.{name}"), "is empty".into());
        }
    }
    if m.reviewer.as_ref().is_some_and(|r| r.trim() == m.author.trim()) {
        return refuse("model.reviewer", format!("{:?} is the author: someone else reviews a card", m.author));
    }
    let mut ids = BTreeSet::new();
    let second = card.indicator.iter().flat_map(|i| i.second.iter().map(|s| &s.id));
    for id in card.indicator.iter().map(|i| &i.id).chain(second) {
        if !ids.insert(id) {
            return refuse("indicator", format!("the id {id:?} stands twice"));
        }
    }
    match card.indicator.iter().find(|i| i.second.is_empty()) {
        Some(i) => refuse("indicator", format!("{:?} has no second-level indicator", i.id)),
        None => Ok(()),
    }
}

/// Every entry that the catalogue can find has a rule, and every rule an entry: a code that is written wrong would let
/// everyone on that list pass.
pub(super) fn negative_list(card: &CardFile, known: &Known) -> Result<(), CardError> {
    let refuse = |place: &str, code: &str, problem: String| {
        let place = if code.is_empty() { place.to_owned() } else { format!("{place} {code:?}") };
        Err(CardError { place, problem })
    };
    for rule in &card.negative {
        if !known.hits.iter().any(|h| h.code == rule.code) {
            let near = nearest(known.hits.iter().map(|h| h.code.as_str()), &rule.code);
            return refuse("negative", &rule.code, format!("the catalogue has no such entry; the nearest is {near:?}"));
        }
    }
    let named = card.negative.iter().flat_map(|r| r.sources.iter().map(move |s| ("negative", r.code.as_str(), s)));
    for (place, code, source) in named.chain(card.source.iter().map(|s| ("source", "", &s.id))) {
        if !known.sources.contains(source) {
            let near = nearest(known.sources.iter().map(String::as_str), source);
            return refuse(place, code, format!("there is no source {source:?}; the nearest name is {near:?}"));
        }
    }
    for hit in &known.hits {
        let Some(rule) = card.negative.iter().find(|r| r.code == hit.code) else {
            let problem = format!("{:?} has no rule; one that shall do nothing is a warning", hit.code);
            return refuse("negative", "", problem);
        };
        if !rule.sources.contains(&hit.source) {
            let problem = format!("hits come from {:?} too, which is not among its sources", hit.source);
            return refuse("negative", &rule.code, problem);
        }
    }
    let is_industry = |code: &str| {
        let mut letters = code.chars();
        let section = letters.next().is_some_and(|c| ('A'..='T').contains(&c));
        section && code.len() <= 5 && letters.all(|c| c.is_ascii_digit())
    };
    if let Some(code) = card.ratable.excluded_industries.iter().find(|code| !is_industry(code)) {
        let problem = format!("{code:?} is no beginning of a GB/T 4754 code: a letter A to T and up to four digits");
        return refuse("ratable.excluded_industries", "", problem);
    }
    let mut ids = BTreeSet::new();
    match card.source.iter().find(|s| !ids.insert(&s.id)) {
        Some(s) => refuse("source", &s.id, "stands twice".into()),
        None => Ok(()),
    }
}

/// The weight of an indicator, which is that of its features, in thousandths.
pub(super) fn weights(s: &SecondEntry) -> Result<i64, CardError> {
    let refuse = |problem: String| Err(CardError { place: format!("indicator {:?}", s.id), problem });
    if s.feature.is_empty() {
        return refuse("has no feature".into());
    }
    let allowed = |w: f64| decimal(w, 0.001..=100.0);
    if !allowed(s.weight) {
        return refuse(format!("weighs {}, allowed is 0.001 to 100 with at most three decimals", s.weight));
    }
    if let Some(f) = s.feature.iter().find(|f| !allowed(f.weight)) {
        let problem = format!("weighs {}, allowed is 0.001 to 100 with at most three decimals", f.weight);
        return refuse(format!("feature {:?} {problem}", f.column));
    }
    let sum: i64 = s.feature.iter().map(|f| thousandths(f.weight)).sum();
    if sum != thousandths(s.weight) {
        return refuse(format!("weighs {}, its features add up to {}", s.weight, shown(sum)));
    }
    Ok(sum)
}

/// Edges and scores of a feature.
pub(super) fn feature(f: &FeatureEntry, direction: Direction) -> Result<(), String> {
    if f.scores.len() != f.edges.len() + 1 {
        return Err(format!(
            "{} edges make {} bins, here are {} scores",
            f.edges.len(),
            f.edges.len() + 1,
            f.scores.len()
        ));
    }
    if let Some(e) = f.edges.iter().find(|e| !e.is_finite()) {
        return Err(format!("the edge {e} is no number; the first and last bin are open anyway"));
    }
    if let Some(w) = f.edges.windows(2).find(|w| w[0] >= w[1]) {
        return Err(format!("edges must rise: {} is followed by {}", w[0], w[1]));
    }
    let all = f.scores.iter().chain([&f.missing, &f.empty]).chain(f.special.values());
    for s in all {
        if !(0.0..=100.0).contains(s) {
            return Err(format!("the score {s} lies outside 0 to 100"));
        }
        if !decimal(*s, 0.0..=100.0) {
            return Err(format!("the score {s} has more than three decimals"));
        }
    }
    let broken = |breaks: fn(f64, f64) -> bool| f.scores.windows(2).find(|w| breaks(w[0], w[1]));
    let (found, word) = match direction {
        Direction::Rising => (broken(|a, b| a > b), "rise"),
        Direction::Falling => (broken(|a, b| a < b), "fall"),
        Direction::Peak | Direction::Valley | Direction::Free => (None, ""),
    };
    match found {
        Some(w) => Err(format!("scores must {word} as the catalogue says: {} is followed by {}", w[0], w[1])),
        None => Ok(()),
    }
}
