//! An expert card, one readable file that a city edits, to a model file.
//!
//! The points are judgement, not fitted: the model has grades but no PD until [`crate::calibrate`] gives it one. See
//! `models/commercial-value/card.toml` for the file and its rules.

mod names;
mod read;

use crate::expert::read::{CardFile, FeatureEntry, SecondEntry};
use scoring::commercial::{
    Class, ClassCap, Commercial, EMPTY_DENOMINATOR, Indicator, LineCurve, LineRule, NegativeRule, Ratable, SecondLevel,
    SourceRule,
};
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

/// What a card may name.
#[derive(Debug, Clone, PartialEq)]
pub struct KnownNames {
    /// Features of the catalogue.
    pub features: Vec<KnownFeature>,
    /// Ids of sources.
    pub sources: Vec<String>,
    /// Codes of the negative list, each with a source that its hits come from; a code may stand several times.
    pub hits: Vec<(String, String)>,
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

/// Points of the whole card per percent of weight and score of 100.
const POINTS_PER_PERCENT: f64 = 10.0;

/// Builds the model of a card.
///
/// - `text`: the card, TOML.
/// - `known`: the features, sources and negative list of the catalogue.
/// - `software`: name and version of the program, for the origin.
///
/// A feature of weight `w` percent gives `round(w * s / 10)` points in a bin of score `s`, 0 points where its source is
/// not authorised.
///
/// # Errors
/// [`CardError`], the first in the order of the file.
pub fn build_card(text: &str, known: &KnownNames, software: &str) -> Result<ModelFile, CardError> {
    let card: CardFile = toml::from_str(text)
        .map_err(|e| CardError { place: "the text".into(), problem: e.to_string().trim_end().to_owned() })?;
    let grades = grades(&card)?;
    names::check(&card, known)?;
    let mut seen = BTreeSet::new();
    let (mut characteristics, mut tables, mut indicators) = (Vec::new(), Vec::new(), Vec::new());
    let mut whole = 0.0;
    for entry in &card.indicator {
        let mut second = Vec::new();
        for s in &entry.second {
            whole += s.weight;
            check_weights(s)?;
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
                check_feature(f, known.direction).map_err(&refuse)?;
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
    if (whole - 100.0).abs() > 1e-9 {
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
        },
    })
}

fn find<'k>(known: &'k [KnownFeature], column: &str) -> Result<&'k KnownFeature, String> {
    if let Some(found) = known.iter().find(|k| k.column == column) {
        return Ok(found);
    }
    let names = known.iter().map(|k| k.column.as_str());
    Err(format!("the catalogue has no such feature; the nearest name is {:?}", names::nearest(names, column)))
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

fn check_weights(s: &SecondEntry) -> Result<(), CardError> {
    let refuse = |problem: String| Err(CardError { place: format!("indicator {:?}", s.id), problem });
    if s.feature.is_empty() {
        return refuse("has no feature".into());
    }
    if let Some(f) = s.feature.iter().find(|f| !(f.weight > 0.0 && f.weight <= 100.0)) {
        return refuse(format!("feature {:?} weighs {}, allowed is above 0 to 100", f.column, f.weight));
    }
    let sum: f64 = s.feature.iter().map(|f| f.weight).sum();
    if (sum - s.weight).abs() > 1e-9 {
        return refuse(format!("weighs {}, its features add up to {sum}", s.weight));
    }
    Ok(())
}

fn check_feature(f: &FeatureEntry, direction: Direction) -> Result<(), String> {
    if f.scores.len() != f.edges.len() + 1 {
        return Err(format!(
            "{} edges make {} bins, here are {} scores",
            f.edges.len(),
            f.edges.len() + 1,
            f.scores.len()
        ));
    }
    if let Some(w) = f.edges.windows(2).find(|w| w[0].is_nan() || w[1].is_nan() || w[0] >= w[1]) {
        return Err(format!("edges must rise: {} is followed by {}", w[0], w[1]));
    }
    let all = f.scores.iter().chain([&f.missing, &f.empty]).chain(f.special.values());
    if let Some(s) = all.into_iter().find(|s| !(0.0..=100.0).contains(*s)) {
        return Err(format!("the score {s} lies outside 0 to 100"));
    }
    let broken = |breaks: fn(f64, f64) -> bool| f.scores.windows(2).find(|w| breaks(w[0], w[1]));
    let found = match direction {
        Direction::Rising => broken(|a, b| a > b),
        Direction::Falling => broken(|a, b| a < b),
        Direction::Peak | Direction::Valley | Direction::Free => None,
    };
    match found {
        Some(w) => Err(format!("scores must be {direction:?} as the catalogue says: {} is followed by {}", w[0], w[1])),
        None => Ok(()),
    }
}

fn table(f: &FeatureEntry) -> Result<Table, String> {
    let points = |score: f64| (f.weight * score / 100.0 * POINTS_PER_PERCENT).round() as i32;
    let bin = |attribute, score| Bin { attribute, points: points(score), goods: 0.0, bads: 0.0, woe: 0.0 };
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
    let line = &card.line;
    let fen = |yuan: i64| {
        yuan.checked_mul(100)
            .ok_or_else(|| CardError { place: "line".into(), problem: format!("{yuan} yuan is too much") })
    };
    let ppm = |name: &str, share: f64| match (-1.0..=100.0).contains(&share) {
        true => Ok((share * 1e6).round() as i64),
        false => Err(CardError { place: format!("line.{name}"), problem: format!("{share} lies outside -1 to 100") }),
    };
    let cap = |class, yuan| {
        Ok::<_, CardError>(ClassCap {
            class,
            cap_fen: fen(yuan)?,
            mark: "official".into(),
            source: line.cap_source.clone(),
        })
    };
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
        line: LineRule {
            document: line.document.clone(),
            caps: vec![cap(Class::General, line.cap_yuan)?, cap(Class::Specialised, line.cap_specialised_yuan)?],
            sales_share_ppm: ppm("sales_share", line.sales_share)?,
            taxes_share_ppm: ppm("taxes_share", line.taxes_share)?,
            step_fen: fen(line.step_yuan)?,
            growth_ppm: [ppm("growth_min", line.growth_min)?, ppm("growth_max", line.growth_max)?],
            curve: match &line.ladder {
                Some(shares) => {
                    LineCurve::Ladder { share_ppm: shares.iter().map(|s| ppm("ladder", *s)).collect::<Result<_, _>>()? }
                }
                None => LineCurve::Interpolated { score_zero: line.score_zero, score_full: line.score_full },
            },
        },
    })
}
