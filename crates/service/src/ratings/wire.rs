//! From a rating to the message that says it.
//!
//! A stored rating is these bytes, and a replay compares them: nothing here depends on time, place or order of a map.

use super::day;
use super::inputs::Occasion;
use super::rater::{Assessed, Rater};
use crate::refusal;
use api::rating::v1::{
    BoundKind, CreditLine, DataQuality, IndicatorScore, LineBound, LineState, ModelRef, NeedParts, NegativeEffect,
    NegativeHit, NotRatableReason, Outcome, Rating, Reason, SizeClass, SourceAge, SourceState, SubScore,
};
use primitives::size_class;
use rating::{NOTICE, valid_until};
use scoring::Language;
use scoring::commercial::{self as domain, Bound, Effect, NotRatable};
use tonic::Status;

/// The rating of an enterprise on an occasion.
///
/// # Errors
/// INTERNAL when its validity ends beyond the calendar.
pub(crate) fn rating(rater: &Rater, of: &Assessed<'_>, on: &Occasion) -> Result<Rating, Status> {
    let (model, assessor) = (rater.loaded.model, &rater.assessor);
    let (file, section) = (model.file(), assessor.section());
    let (about, found) = (&of.about, &of.rating);
    let until = valid_until(assessor, about.as_of).map_err(|e| {
        tracing::error!(error = %e, "a rating without an end");
        refusal::internal()
    })?;
    let (outcome, not_ratable) = match &found.outcome {
        domain::Outcome::Rated => (Outcome::Rated, Vec::new()),
        domain::Outcome::HardStop => (Outcome::HardStop, Vec::new()),
        domain::Outcome::NotRatable(why) => (Outcome::NotRatable, why.iter().map(|w| not_ratable(*w).into()).collect()),
    };
    // No number stands where there is no rating.
    let is_rated = found.grade.is_some();
    let pd_ppm = found.scored.pd.filter(|_| is_rated).map(pd_ppm);
    let text = str::to_owned;
    Ok(Rating {
        rating_id: on.rating_id.clone(),
        enterprise_id: about.id.to_owned(),
        as_of: Some(day::to_wire(about.as_of)),
        outcome: outcome.into(),
        not_ratable,
        score: is_rated.then_some(found.scored.score),
        pd_ppm,
        pd_horizon_months: pd_ppm.and(file.card.horizon_months).map(u32::cast_signed),
        grade: found.grade.map(|g| model.grade_name(g).to_owned()).unwrap_or_default(),
        percentile: found.percentile.filter(|_| is_rated).map(i32::from),
        indicators: if is_rated { indicators(section, found) } else { Vec::new() },
        coverage_ppm: share_ppm(found.data_coverage),
        coverage_capped: found.coverage_capped,
        data_quality: data_quality(found.data_quality).into(),
        negative_hits: found.applied.iter().map(|a| negative_hit(section, a)).collect(),
        reasons: if is_rated { reasons(rater, found) } else { Vec::new() },
        line: Some(line(&found.line, &assessor.line_rule().document)),
        size_class: size_class(about.size).into(),
        sources: about.facts.ages.iter().map(|(id, age)| source_age(id, *age)).collect(),
        model: Some(ModelRef {
            model_id: file.model_id.clone(),
            model_version: file.model_version.clone(),
            model_digest: on.model_digest.clone(),
        }),
        mark: section.mark.clone(),
        catalogue_version: rater.catalogue_version().to_owned(),
        inputs_digest: about.inputs_digest.map(text).unwrap_or_default(),
        snapshot_digest: on.snapshot_digest.clone(),
        valid_until: Some(day::to_wire(until)),
        notice: text(NOTICE),
        objection_open: on.objection_open,
        objection_unresolved: on.objection_unresolved,
        created_at: Some(day::timestamp(on.created_at)),
        what_if: on.is_what_if(),
        purpose: on.purpose,
        consent_ids: on.consent_ids.clone(),
        caller_features: on.given.clone(),
        negative_unchecked_sources: assessor.unchecked(&about.facts).into_iter().map(text).collect(),
        group_members: i32::try_from(about.facts.group_members).unwrap_or(i32::MAX),
    })
}

/// A share as ppm, rounded down. A ratio of whole numbers below a million is a millionth of a ppm or more away from the
/// next ppm, or on it: what is nearer was on it before it became a double.
fn share_ppm(share: f64) -> i64 {
    (share * 1e6 + 1e-6).floor() as i64
}

/// Rounded half up, and never zero: nobody is certain.
fn pd_ppm(pd: f64) -> i64 {
    ((pd * 1e6 + 0.5).floor() as i64).clamp(1, 999_999)
}

fn indicators(section: &domain::Commercial, found: &domain::CommercialRating<'_>) -> Vec<IndicatorScore> {
    let score = |id: &str, zh: &str, en: &str, s: domain::SubScore| SubScore {
        id: id.to_owned(),
        label_zh: zh.to_owned(),
        label_en: en.to_owned(),
        points: s.points,
        lowest_points: s.lowest,
        highest_points: s.highest,
    };
    let mut second = found.second.iter();
    let firsts = section.indicators.iter().zip(&found.first);
    let one = |(first, of): (&domain::Indicator, &domain::SubScore)| IndicatorScore {
        total: Some(score(&first.id, &first.label_zh, &first.label_en, *of)),
        parts: first
            .second
            .iter()
            .zip(second.by_ref())
            .map(|(s, of)| score(&s.id, &s.label_zh, &s.label_en, *of))
            .collect(),
    };
    firsts.map(one).collect()
}

fn reasons(rater: &Rater, found: &domain::CommercialRating<'_>) -> Vec<Reason> {
    let model = rater.loaded.model;
    let reason = |reason: scoring::Reason| Reason {
        code: model.reason_code(&reason),
        text_zh: model.reason_text(&reason, Language::Chinese),
        text_en: model.reason_text(&reason, Language::English),
        points_lost: reason.points_lost,
        characteristic: match &model.file().tables[reason.table] {
            scoring::Table::OneWay { characteristic, .. } => characteristic.clone(),
            scoring::Table::TwoWay(_) => String::new(),
        },
    };
    found.scored.reasons.iter().map(reason).collect()
}

fn negative_hit(section: &domain::Commercial, applied: &domain::Applied<'_>) -> NegativeHit {
    let (hit, rule) = (applied.hit, &section.negative_list[applied.rule]);
    let (effect, best_grade) = match applied.effect {
        Effect::Warning => (NegativeEffect::Warning, None),
        Effect::Cap => (NegativeEffect::Cap, rule.best_grade.clone()),
        Effect::HardStop => (NegativeEffect::HardStop, None),
    };
    NegativeHit {
        code: hit.code.to_owned(),
        label_zh: rule.label_zh.clone(),
        label_en: rule.label_en.clone(),
        source_id: hit.source.to_owned(),
        start_on: Some(day::to_wire(hit.start)),
        end_on: hit.end.map(day::to_wire),
        evidence: hit.evidence.to_owned(),
        effect: effect.into(),
        best_grade: best_grade.unwrap_or_default(),
        of_group: applied.of_group,
        removal_zh: rule.removal_zh.clone(),
        removal_en: rule.removal_en.clone(),
    }
}

fn line(line: &domain::Line, document: &str) -> CreditLine {
    let state = match line.state {
        domain::LineState::Computed => LineState::Computed,
        domain::LineState::BeforeExistingCredit => LineState::BeforeExistingCredit,
        domain::LineState::InputUnknown => LineState::InputUnknown,
        domain::LineState::InputWithheld => LineState::InputWithheld,
        domain::LineState::None => LineState::None,
    };
    CreditLine {
        state: state.into(),
        amount_fen: line.line_fen,
        binding: line.binding.map_or(BoundKind::Unspecified, bound).into(),
        bounds: line.bounds.iter().map(|(b, fen)| LineBound { kind: bound(*b).into(), amount_fen: *fen }).collect(),
        need: line.need.map(|n| NeedParts {
            growth_ppm: n.growth_ppm,
            cycle_days_thousandths: n.cycle_days_thousandths,
            volume_fen: n.volume_fen,
            own_funds_fen: n.own_funds_fen,
            loans_fen: n.loans_fen,
            need_fen: n.need_fen,
        }),
        document: document.to_owned(),
    }
}

fn bound(bound: Bound) -> BoundKind {
    match bound {
        Bound::Need => BoundKind::Need,
        Bound::SalesShare => BoundKind::SalesShare,
        Bound::TaxesShare => BoundKind::TaxesShare,
        Bound::ClassCap => BoundKind::ClassCap,
        Bound::Score => BoundKind::Score,
        Bound::GroupCap => BoundKind::GroupCap,
    }
}

fn source_age(id: &str, age: domain::SourceAge) -> SourceAge {
    let (state, days, assumed) = match age {
        domain::SourceAge::Days(days, assumed) => (SourceState::HasRecord, Some(days), assumed),
        domain::SourceAge::NoRecord => (SourceState::NoRecord, None, false),
        domain::SourceAge::NotThere => (SourceState::NotConnected, None, false),
        domain::SourceAge::Withheld => (SourceState::NotAuthorised, None, false),
    };
    let age_days = days.map(|d| i32::try_from(d).unwrap_or(i32::MAX));
    SourceAge { source_id: id.to_owned(), state: state.into(), age_days, known_time_assumed: assumed }
}

fn not_ratable(why: NotRatable) -> NotRatableReason {
    match why {
        NotRatable::Closed => NotRatableReason::Closed,
        NotRatable::Insolvent => NotRatableReason::Insolvent,
        NotRatable::ThinFile => NotRatableReason::ThinFile,
        NotRatable::ExcludedIndustry => NotRatableReason::ExcludedIndustry,
        NotRatable::IndividualBusiness => NotRatableReason::IndividualBusiness,
        NotRatable::NotSme => NotRatableReason::NotSme,
        NotRatable::SizeUnclassified => NotRatableReason::SizeUnclassified,
        NotRatable::SizeUnknown => NotRatableReason::SizeUnknown,
        NotRatable::TooYoung => NotRatableReason::TooYoung,
        NotRatable::SourceWithheld => NotRatableReason::SourceWithheld,
        NotRatable::CoverageTooLow => NotRatableReason::CoverageTooLow,
    }
}

fn data_quality(quality: domain::DataQuality) -> DataQuality {
    match quality {
        domain::DataQuality::A => DataQuality::A,
        domain::DataQuality::B => DataQuality::B,
        domain::DataQuality::C => DataQuality::C,
        domain::DataQuality::D => DataQuality::D,
    }
}

/// As `rating::size_name` names it in tables.
fn size_class(size: size_class::Size) -> SizeClass {
    match rating::size_name(size) {
        "micro" => SizeClass::Micro,
        "small" => SizeClass::Small,
        "medium" => SizeClass::Medium,
        "large" => SizeClass::Large,
        "sme" => SizeClass::Sme,
        "unclassified" => SizeClass::Unclassified,
        _ => SizeClass::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_rounded_down_and_probabilities_half_up() {
        for whole in [1_i64, 3, 7, 100, 999, 4_321] {
            for part in 0..=whole {
                let expect = part * 1_000_000 / whole;
                assert_eq!(share_ppm(part as f64 / whole as f64), expect, "{part} of {whole}");
            }
        }
        assert_eq!((pd_ppm(1e-9), pd_ppm(0.012_345_649), pd_ppm(1.0)), (1, 12_346, 999_999));
    }
}
