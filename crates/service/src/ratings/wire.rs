//! From a rating to the message that says it.
//!
//! A stored rating is these bytes, and a replay compares them: nothing here depends on time, place or order of a map.

use super::day;
use super::inputs::Occasion;
use super::message::Writer;
use super::rater::{Assessed, Rater};
use crate::refusal;
use api::rating::v1::{
    BoundKind, DataQuality, LineState, NegativeEffect, NotRatableReason, Outcome, Rating, SizeClass, SourceState,
};
use chrono::NaiveDate;
use primitives::size_class;
use prost::Message as _;
use rating::{NOTICE, valid_until};
use scoring::commercial::{self as domain, Bound, Effect, NotRatable};
use tonic::Status;

/// More than most ratings have.
const BYTES: usize = 4 << 10;

/// The message that [`rating`] wrote.
///
/// # Errors
/// INTERNAL where it is none.
pub(crate) fn read(rating: &[u8]) -> Result<Rating, Status> {
    Rating::decode(rating).map_err(|e| {
        tracing::error!(error = %e, "a rating that was written cannot be read");
        refusal::internal()
    })
}

/// The day on which a rating ends.
///
/// # Errors
/// INTERNAL when it lies beyond the calendar.
pub(crate) fn until(rater: &Rater, as_of: NaiveDate) -> Result<NaiveDate, Status> {
    valid_until(&rater.assessor, as_of).map_err(|e| {
        tracing::error!(error = %e, "a rating without an end");
        refusal::internal()
    })
}

/// The rating of an enterprise on an occasion, as bytes of the message `Rating`.
///
/// # Errors
/// As [`until`].
pub(crate) fn rating(rater: &Rater, of: &Assessed<'_>, on: &Occasion) -> Result<Vec<u8>, Status> {
    let (model, assessor) = (rater.loaded.model, &rater.assessor);
    let (file, section) = (model.file(), assessor.section());
    let (about, found) = (&of.about, &of.rating);
    let until = until(rater, about.as_of)?;
    let (outcome, why) = match &found.outcome {
        domain::Outcome::Rated => (Outcome::Rated, &[][..]),
        domain::Outcome::HardStop => (Outcome::HardStop, &[][..]),
        domain::Outcome::NotRatable(why) => (Outcome::NotRatable, &why[..]),
    };
    // No number stands where there is no rating.
    let is_rated = found.grade.is_some();
    let pd_ppm = found.scored.pd.filter(|_| is_rated).map(pd_ppm);
    let mut m = Writer::with_capacity(BYTES);
    m.text(1, &on.rating_id);
    m.text(2, about.id);
    m.message(3, |m| date(m, about.as_of));
    m.one_of(4, outcome);
    m.packed(5, why.iter().map(|w| not_ratable(*w).into()));
    m.maybe(6, is_rated.then_some(found.scored.score));
    m.maybe(7, pd_ppm);
    m.maybe(8, pd_ppm.and(file.card.horizon_months));
    m.text(9, found.grade.map_or("", |g| model.grade_name(g)));
    m.maybe(10, found.percentile.filter(|_| is_rated));
    if is_rated {
        indicators(&mut m, rater, found);
    }
    m.int(12, share_ppm(found.data_coverage));
    m.int(13, found.coverage_capped);
    m.one_of(14, data_quality(found.data_quality));
    found.applied.iter().for_each(|a| m.message(15, |m| negative_hit(m, section, a)));
    if is_rated {
        found.scored.reasons.iter().for_each(|r| m.repeated(16, rater.texts.reason(model, &r)));
    }
    m.message(17, |m| line(m, &found.line, &assessor.line_rule().document));
    m.one_of(18, size_class(about.size));
    about.facts.ages.iter().for_each(|(id, age)| m.message(19, |m| source_age(m, id, *age)));
    m.message(20, |m| {
        m.text(1, &file.model_id);
        m.text(2, &file.model_version);
        m.text(3, &on.model_digest);
    });
    m.text(21, &section.mark);
    m.text(22, rater.catalogue_version());
    m.text(23, about.inputs_digest.unwrap_or_default());
    m.text(24, &on.snapshot_digest);
    m.message(25, |m| date(m, until));
    m.text(26, NOTICE);
    m.int(27, on.objection_open);
    m.int(28, on.objection_unresolved);
    m.message(29, |m| {
        let at = day::timestamp(on.created_at);
        m.int(1, at.seconds);
        m.int(2, at.nanos);
    });
    m.int(30, on.is_what_if());
    m.int(31, on.purpose);
    on.consent_ids.iter().for_each(|id| m.repeated(32, id));
    on.given.iter().for_each(|name| m.repeated(33, name));
    assessor.unchecked(&about.facts).iter().for_each(|id| m.repeated(34, id));
    m.int(35, i32::try_from(about.facts.group_members).unwrap_or(i32::MAX));
    Ok(m.end())
}

fn date(m: &mut Writer, day: NaiveDate) {
    let day = day::to_wire(day);
    m.int(1, day.year);
    m.int(2, day.month);
    m.int(3, day.day);
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

fn indicators(m: &mut Writer, rater: &Rater, found: &domain::CommercialRating<'_>) {
    let score = |m: &mut Writer, texts: &[u8], s: &domain::SubScore| {
        m.fields(texts);
        m.int(4, s.points);
        m.int(5, s.lowest);
        m.int(6, s.highest);
    };
    let mut second = found.second.iter();
    for (texts, first) in rater.texts.indicators.iter().zip(&found.first) {
        m.message(11, |m| {
            m.message(1, |m| score(m, &texts.first, first));
            texts.second.iter().zip(second.by_ref()).for_each(|(t, s)| m.message(2, |m| score(m, t, s)));
        });
    }
}

fn negative_hit(m: &mut Writer, section: &domain::Commercial, applied: &domain::Applied<'_>) {
    let (hit, rule) = (applied.hit, &section.negative_list[applied.rule]);
    let (effect, best_grade) = match applied.effect {
        Effect::Warning => (NegativeEffect::Warning, None),
        Effect::Cap => (NegativeEffect::Cap, rule.best_grade.as_deref()),
        Effect::HardStop => (NegativeEffect::HardStop, None),
    };
    m.text(1, hit.code);
    m.text(2, &rule.label_zh);
    m.text(3, &rule.label_en);
    m.text(4, hit.source);
    m.message(5, |m| date(m, hit.start));
    if let Some(end) = hit.end {
        m.message(6, |m| date(m, end));
    }
    m.text(7, hit.evidence);
    m.one_of(8, effect);
    m.text(9, best_grade.unwrap_or_default());
    m.int(10, applied.of_group);
    m.text(11, &rule.removal_zh);
    m.text(12, &rule.removal_en);
}

fn line(m: &mut Writer, line: &domain::Line, document: &str) {
    let state = match line.state {
        domain::LineState::Computed => LineState::Computed,
        domain::LineState::BeforeExistingCredit => LineState::BeforeExistingCredit,
        domain::LineState::InputUnknown => LineState::InputUnknown,
        domain::LineState::InputWithheld => LineState::InputWithheld,
        domain::LineState::None => LineState::None,
    };
    m.one_of(1, state);
    m.int(2, line.line_fen);
    m.one_of(3, line.binding.map_or(BoundKind::Unspecified, bound));
    for (kind, fen) in &line.bounds {
        m.message(4, |m| {
            m.one_of(1, bound(*kind));
            m.int(2, *fen);
        });
    }
    if let Some(need) = &line.need {
        m.message(5, |m| {
            m.int(1, need.growth_ppm);
            m.int(2, need.cycle_days_thousandths);
            m.int(3, need.volume_fen);
            m.int(4, need.own_funds_fen);
            m.int(5, need.loans_fen);
            m.int(6, need.need_fen);
        });
    }
    m.text(6, document);
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

fn source_age(m: &mut Writer, id: &str, age: domain::SourceAge) {
    let (state, days, assumed) = match age {
        domain::SourceAge::Days(days, assumed) => (SourceState::HasRecord, Some(days), assumed),
        domain::SourceAge::NoRecord => (SourceState::NoRecord, None, false),
        domain::SourceAge::NotThere => (SourceState::NotConnected, None, false),
        domain::SourceAge::Withheld => (SourceState::NotAuthorised, None, false),
    };
    m.text(1, id);
    m.one_of(2, state);
    m.maybe(3, days.map(|d| i32::try_from(d).unwrap_or(i32::MAX)));
    m.int(4, assumed);
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
