//! Models as the wire has them.

use crate::desk::{Loaded, Refusal, day};
use api::rating::v1;
use scoring::Kind;
use store::UnixMicros;
use v1::{CharacteristicKind, ModelRefusal, ModelState};

/// A model that was loaded.
///
/// - `activated`: its reviewer and time by its last activation.
pub(crate) fn model(
    loaded: &Loaded,
    catalogue_version: &str,
    is_active: bool,
    refusals: Vec<ModelRefusal>,
    activated: Option<(&str, UnixMicros)>,
) -> v1::Model {
    let (file, section) = (loaded.model.file(), loaded.assessor.section());
    let (lowest_score, highest_score) = loaded.model.score_range();
    let state = match (is_active, refusals.is_empty()) {
        (true, _) => ModelState::Active,
        (false, true) => ModelState::Ready,
        (false, false) => ModelState::Refused,
    };
    let refusals = if state == ModelState::Refused { refusals } else { Vec::new() };
    v1::Model {
        r#ref: Some(v1::ModelRef {
            model_id: file.model_id.clone(),
            model_version: file.model_version.clone(),
            model_digest: loaded.digest.clone(),
        }),
        state: state.into(),
        refusals: refusals.into_iter().map(Into::into).collect(),
        method: file.method.clone(),
        mark: section.mark.clone(),
        catalogue_version: catalogue_version.to_owned(),
        population: file.card.population.clone(),
        bad_definition: file.card.bad_definition.clone(),
        horizon_months: file.pd.as_ref().and(file.card.horizon_months).and_then(|m| m.try_into().ok()),
        calibrated: file.pd.is_some(),
        limits: file.card.limits.clone(),
        author: file.card.author.clone(),
        reviewer: file.card.reviewer.as_deref().or(activated.map(|a| a.0)).unwrap_or_default().to_owned(),
        valid_from: file.card.valid_from.map(day::to_wire),
        valid_until: file.card.valid_until.map(day::to_wire),
        next_review_on: file.card.next_review.map(day::to_wire),
        lowest_score,
        highest_score,
        grades: file.grades.iter().map(grade).collect(),
        indicators: section.indicators.iter().map(indicator).collect(),
        characteristics: file.characteristics.iter().map(characteristic).collect(),
        validity_months: section.validity_months.try_into().unwrap_or(i32::MAX),
        activated_at: activated.map(|a| day::timestamp(a.1)),
    }
}

/// The word for what keeps a model from rating; none where a field of the request is at fault.
pub(crate) fn refusal(refusal: Refusal) -> Option<ModelRefusal> {
    match refusal {
        Refusal::NoReviewer => Some(ModelRefusal::NoReviewer),
        Refusal::ReviewerIsAuthor => Some(ModelRefusal::ReviewerIsAuthor),
        Refusal::OtherReviewer => None,
        Refusal::NotYetValid => Some(ModelRefusal::NotYetValid),
        Refusal::Expired => Some(ModelRefusal::Expired),
    }
}

/// A model whose file cannot be used: nothing of it is known but where it lies.
pub(crate) fn damaged(id: &str, version: &str) -> v1::Model {
    v1::Model {
        r#ref: Some(v1::ModelRef { model_id: id.into(), model_version: version.into(), model_digest: String::new() }),
        state: ModelState::Refused.into(),
        refusals: vec![ModelRefusal::Damaged.into()],
        ..v1::Model::default()
    }
}

fn grade(grade: &scoring::Grade) -> v1::GradeStep {
    let pd_below_ppm = grade.pd_below.map(|pd| (pd * 1e6 + 0.5).floor() as i64);
    v1::GradeStep { name: grade.name.clone(), score_from: grade.score_from, pd_below_ppm }
}

fn indicator(indicator: &scoring::commercial::Indicator) -> v1::Indicator {
    let parts: Vec<v1::IndicatorPart> = indicator
        .second
        .iter()
        .map(|part| v1::IndicatorPart {
            id: part.id.clone(),
            label_zh: part.label_zh.clone(),
            label_en: part.label_en.clone(),
            // Percent to ppm.
            weight_ppm: (part.weight * 1e4).round() as i64,
            characteristics: part.characteristics.clone(),
        })
        .collect();
    v1::Indicator {
        id: indicator.id.clone(),
        label_zh: indicator.label_zh.clone(),
        label_en: indicator.label_en.clone(),
        weight_ppm: parts.iter().map(|p| p.weight_ppm).sum(),
        parts,
    }
}

fn characteristic(c: &scoring::Characteristic) -> v1::Characteristic {
    let kind = match c.kind {
        Kind::Number => CharacteristicKind::Number,
        Kind::Text => CharacteristicKind::Text,
    };
    v1::Characteristic {
        name: c.name.clone(),
        kind: kind.into(),
        label_zh: c.label_zh.clone(),
        label_en: c.label_en.clone(),
    }
}
