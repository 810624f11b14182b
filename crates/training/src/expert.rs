//! An expert card, one readable file that a city edits, to a model file.
//!
//! The points are judgement, not fitted: the model has grades but no PD until [`crate::calibrate`] gives it one. See
//! `models/commercial-value/card.toml` for the file and its rules.

mod check;
mod line;
mod read;

use crate::expert::read::{CardFile, FeatureEntry};
use primitives::edits;
use scoring::commercial::{Commercial, EMPTY_DENOMINATOR, Indicator, NegativeRule, Ratable, SecondLevel, SourceRule};
use scoring::{
    Attribute, Bin, Card, Characteristic, Coverage, Direction, FORMAT, FORMAT_VERSION, Grade, Interval, Kind,
    ModelFile, Origin, ReasonBaseline, ReasonRule, Scale, SpecialValue, Table,
};
use std::collections::BTreeSet;
use thiserror::Error;

/// A feature that a card may use.
#[derive(Debug, Clone, PartialEq)]
pub struct KnownFeature {
    /// Name of the column.
    pub column: String,
    /// Chinese name.
    pub label_zh: String,
    /// English name.
    pub label_en: String,
    /// How points move with the value.
    pub direction: Direction,
    /// Whether only banks have the data.
    pub bank_held: bool,
}

/// An entry of the negative list that the catalogue can find.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownHit {
    /// Its code.
    pub code: String,
    /// Id of the source of the hits.
    pub source: String,
}

/// What a card may be made of: the catalogue, as its keeper passes it on.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Known {
    /// Features.
    pub features: Vec<KnownFeature>,
    /// Entries of the negative list; two may share a code.
    pub hits: Vec<KnownHit>,
    /// Ids of the sources.
    pub sources: Vec<String>,
}

/// A card that can not be built.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{place}: {problem}")]
pub struct CardError {
    /// The indicator and feature, or the table of the file.
    pub place: String,
    /// What is wrong, with the value and what is allowed.
    pub problem: String,
}

/// Builds the model of a card.
///
/// - `text`: the card, TOML.
/// - `known`: what the catalogue has.
/// - `software`: name and version of the program, for the origin.
///
/// A feature of weight `w` percent gives `round(w * s / 10)` points in a bin of score `s`, halves up, 0 points where its
/// source is not authorised. Weights and scores have at most three decimals, so that points are exact and sums of weights
/// are what they look like.
///
/// # Errors
/// [`CardError`], the first in the order of the file.
pub fn build_card(text: &str, known: &Known, software: &str) -> Result<ModelFile, CardError> {
    let card: CardFile = toml::from_str(text)
        .map_err(|e| CardError { place: "the text".into(), problem: e.to_string().trim_end().to_owned() })?;
    check::head(&card)?;
    let grades = grades(&card)?;
    check::negative_list(&card, known)?;
    let mut seen = BTreeSet::new();
    let (mut characteristics, mut tables, mut indicators) = (Vec::new(), Vec::new(), Vec::new());
    let mut whole = 0;
    for entry in &card.indicator {
        let mut second = Vec::new();
        for s in &entry.second {
            whole += check::weights(s)?;
            for f in &s.feature {
                let place = format!("indicator {:?}, feature {:?}", s.id, f.column);
                let refuse = |problem: String| CardError { place: place.clone(), problem };
                if !seen.insert(f.column.clone()) {
                    return Err(refuse("stands twice".into()));
                }
                let known = find(&known.features, &f.column).map_err(&refuse)?;
                if known.bank_held && !card.model.bank_held {
                    let problem = "only banks have its data: a card that uses it says bank_held = true under [model]";
                    return Err(refuse(problem.into()));
                }
                check::feature(f, known.direction).map_err(&refuse)?;
                characteristics.push(Characteristic {
                    name: f.column.clone(),
                    kind: Kind::Number,
                    label_zh: known.label_zh.clone(),
                    label_en: known.label_en.clone(),
                    direction: Some(known.direction),
                });
                tables.push(table(f).map_err(&refuse)?);
            }
            second.push(SecondLevel {
                id: s.id.clone(),
                label_zh: s.name_zh.clone(),
                label_en: s.name_en.clone(),
                weight: s.weight,
                characteristics: s.feature.iter().map(|f| f.column.clone()).collect(),
            });
        }
        indicators.push(Indicator {
            id: entry.id.clone(),
            label_zh: entry.name_zh.clone(),
            label_en: entry.name_en.clone(),
            second,
        });
    }
    if whole != 100_000 {
        let whole = check::shown(whole);
        let problem = format!("the weights of the second-level indicators add up to {whole}, not 100");
        return Err(CardError { place: "indicator".into(), problem });
    }
    let reasons = ReasonRule { baseline: ReasonBaseline::Maximum, limit: 4 };
    Ok(ModelFile {
        format: FORMAT.into(),
        format_version: FORMAT_VERSION,
        model_id: card.model.id.clone(),
        model_version: card.model.version.clone(),
        method: "expert_card".into(),
        card: Card {
            population: card.model.population.clone(),
            bad_definition: card.model.bad_definition.clone(),
            limits: card.model.limits.clone(),
            author: card.model.author.clone(),
            reviewer: card.model.reviewer.clone(),
            valid_from: card.model.valid_from,
            valid_until: card.model.valid_until,
            next_review: card.model.next_review,
            ..Card::default()
        },
        // No odds stand behind the points; the scale is that of a scorecard's default.
        scale: Scale { points: 600.0, odds: 19.0, pdo: 50.0 },
        base_points: 0,
        characteristics,
        tables,
        pd: None,
        grades,
        coverage: Coverage { minimum_share: card.coverage.capped_below, best_grade: card.coverage.best_grade.clone() },
        reasons,
        commercial: Some(commercial(&card, indicators)?),
        edits: Vec::new(),
        origin: Origin {
            software: software.to_owned(),
            seed: 0,
            configuration: text.to_owned(),
            data: Vec::new(),
            target: String::new(),
            bad_value: String::new(),
            rows: 0,
            bads: 0,
            rows_without_outcome: 0,
            rows_held_out: 0,
            period: None,
            protected: Vec::new(),
            removed: Vec::new(),
            prior: None,
        },
    })
}

fn find<'k>(known: &'k [KnownFeature], column: &str) -> Result<&'k KnownFeature, String> {
    if let Some(found) = known.iter().find(|k| k.column == column) {
        return Ok(found);
    }
    let near = nearest(known.iter().map(|k| k.column.as_str()), column);
    Err(format!("the catalogue has no such feature; the nearest name is {near:?}"))
}

/// The name that is most like another one.
fn nearest<'n>(names: impl Iterator<Item = &'n str>, name: &str) -> &'n str {
    names.min_by_key(|n| edits(n, name)).unwrap_or_default()
}

fn grades(card: &CardFile) -> Result<Vec<Grade>, CardError> {
    let (names, from) = (&card.grades.names, &card.grades.score_from);
    let refuse = |problem: String| Err(CardError { place: "grades".into(), problem });
    if names.len() != from.len() + 1 {
        return refuse(format!(
            "{} names need {} scores, here are {}",
            names.len(),
            names.len().saturating_sub(1),
            from.len()
        ));
    }
    if let Some(w) = from.windows(2).find(|w| w[0] <= w[1]) {
        return refuse(format!("score_from must fall: {} is followed by {}", w[0], w[1]));
    }
    let score = |at: usize| from.get(at).copied();
    Ok(names
        .iter()
        .enumerate()
        .map(|(at, name)| Grade { name: name.clone(), score_from: score(at), pd_below: None })
        .collect())
}

/// `round(weight * score / 10)` in whole thousandths of both: a half is a half.
fn points(weight: f64, score: f64) -> i32 {
    const TENTH: i64 = 10_000_000;
    ((check::thousandths(weight) * check::thousandths(score) + TENTH / 2) / TENTH) as i32
}

fn table(f: &FeatureEntry) -> Result<Table, String> {
    let bin = |attribute, score| Bin { attribute, points: points(f.weight, score), goods: 0.0, bads: 0.0, woe: 0.0 };
    let mut bins = Vec::new();
    for (at, &score) in f.scores.iter().enumerate() {
        let from = at.checked_sub(1).map(|before| f.edges[before]);
        bins.push(bin(Attribute::Interval(Interval { from, to: f.edges.get(at).copied() }), score));
    }
    for (code, &score) in &f.special {
        let number: f64 = code.parse().map_err(|_| format!("the special value {code:?} is not a number"))?;
        bins.push(bin(Attribute::Special(vec![SpecialValue::Number(number)]), score));
    }
    bins.push(bin(Attribute::Special(vec![SpecialValue::Number(EMPTY_DENOMINATOR)]), f.empty));
    bins.push(bin(Attribute::Missing, f.missing));
    bins.push(bin(Attribute::NotAuthorised, 0.0));
    Ok(Table::OneWay {
        characteristic: f.column.clone(),
        iv: None,
        coefficient: None,
        standard_error: None,
        p_value: None,
        bins,
    })
}

fn commercial(card: &CardFile, indicators: Vec<Indicator>) -> Result<Commercial, CardError> {
    let negative_list = card.negative.iter().map(|n| NegativeRule {
        code: n.code.clone(),
        label_zh: n.name_zh.clone(),
        label_en: n.name_en.clone(),
        effect: n.effect,
        best_grade: n.best_grade.clone(),
        sources: n.sources.clone(),
        removal_zh: n.removal_zh.clone(),
        removal_en: n.removal_en.clone(),
    });
    Ok(Commercial {
        mark: card.model.mark.clone(),
        validity_months: card.model.validity_months,
        indicators,
        ratable_coverage: card.coverage.not_ratable_below,
        ratable: Ratable {
            individual_business: card.ratable.individual_business,
            size_unclassified: card.ratable.size_unclassified,
            size_unknown: card.ratable.size_unknown,
            age_years_min: card.ratable.age_years_min,
            excluded_industries: card.ratable.excluded_industries.clone(),
        },
        negative_list: negative_list.collect(),
        sources: card
            .source
            .iter()
            .map(|s| SourceRule {
                id: s.id.clone(),
                label_zh: s.name_zh.clone(),
                label_en: s.name_en.clone(),
                stale_after_days: s.stale_after_days,
            })
            .collect(),
        reference: None,
        calibration: None,
        line: line::rule(&card.line)?,
    })
}

#[cfg(test)]
pub(crate) mod tests;
