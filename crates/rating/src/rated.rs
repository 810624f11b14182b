//! A rating as it is kept and sent: no text is borrowed.

use crate::words::{effect, share_of_span, size_name};
use crate::{About, Error};
use chrono::{Months, NaiveDate};
use scoring::Model;
use scoring::commercial::{Assessor, Bound, CommercialRating, LineState, Outcome};

/// A rating as it is kept.
#[derive(Debug, Clone, PartialEq)]
pub struct Rated {
    /// Id of the enterprise.
    pub id: String,
    /// The day as of which its features are.
    pub as_of: NaiveDate,
    /// `None` when not ratable, as are PD, percentile and reasons: no number stands where there is no rating.
    pub score: Option<i32>,
    /// `None` also where the model is not calibrated.
    pub pd: Option<f64>,
    /// Place among the model's grades; `None` when not ratable.
    pub grade: Option<usize>,
    /// Of the reference population, 0 to 100.
    pub percentile: Option<u8>,
    /// `rated`, `hard_stop` or `not_ratable`.
    pub outcome: &'static str,
    /// Codes with `;` between.
    pub not_ratable: String,
    /// Points over the span of points, in 0..100, by first-level indicator; empty when not ratable.
    pub first: Vec<f64>,
    /// Share of the points whose characteristics are known, 0..1.
    pub data_coverage: f64,
    /// Whether that capped the grade.
    pub coverage_capped: bool,
    /// A to D.
    pub data_quality: &'static str,
    /// Entries of the negative list that apply, `CODE:effect` with `;` between.
    pub applied: String,
    /// Sources of the negative list that nobody looked into, for they are not there; ids with `;` between.
    pub unchecked: String,
    /// Codes of the reasons, most points lost first.
    pub reasons: [Option<String>; 4],
    /// The line, fen.
    pub line_fen: i64,
    /// How it was computed.
    pub line_state: LineState,
    /// What binds it.
    pub line_binding: Option<Bound>,
    /// Its bounds, fen, in the order of [`Rated::BOUNDS`].
    pub bounds: [Option<i64>; 6],
    /// Size class.
    pub size: &'static str,
    /// Who it is under one controller with.
    pub group_id: Option<String>,
    /// Ages of the sources, as in the table.
    pub sources: String,
    /// Whether the known time of any record is assumed.
    pub known_assumed: bool,
    /// Code of its district.
    pub district: Option<String>,
    /// Code of its zone.
    pub zone: Option<String>,
    /// Digest of its features.
    pub inputs_digest: Option<String>,
    /// Last day on which the rating may be used.
    pub valid_until: NaiveDate,
}

impl Rated {
    /// The order of its bounds.
    pub const BOUNDS: [Bound; 6] =
        [Bound::Need, Bound::SalesShare, Bound::TaxesShare, Bound::ClassCap, Bound::Score, Bound::GroupCap];

    /// Keeps a rating.
    ///
    /// # Errors
    /// [`Error::Calendar`] when its validity ends beyond the calendar.
    pub fn new(
        model: &Model,
        assessor: &Assessor<'_>,
        about: &About<'_>,
        rating: &CommercialRating<'_>,
    ) -> Result<Self, Error> {
        let (outcome, not_ratable) = match &rating.outcome {
            Outcome::Rated => ("rated", String::new()),
            Outcome::HardStop => ("hard_stop", String::new()),
            Outcome::NotRatable(codes) => ("not_ratable", codes.iter().map(|c| c.code()).collect::<Vec<_>>().join(";")),
        };
        let is_rated = rating.grade.is_some();
        let mut reasons: [Option<String>; 4] = Default::default();
        for (place, reason) in reasons.iter_mut().zip(rating.scored.reasons.iter()).filter(|_| is_rated) {
            *place = Some(model.reason_code(&reason));
        }
        let applied = rating.applied.iter().map(|a| {
            let of_group = if a.of_group { "group:" } else { "" };
            format!("{of_group}{}:{}", a.hit.code, effect(a.effect))
        });
        let bound = |at: Bound| rating.line.bounds.iter().find(|(b, _)| *b == at).map(|(_, fen)| *fen);
        Ok(Self {
            id: about.id.to_owned(),
            as_of: about.as_of,
            score: is_rated.then_some(rating.scored.score),
            pd: rating.scored.pd.filter(|_| is_rated),
            grade: rating.grade,
            percentile: rating.percentile.filter(|_| is_rated),
            outcome,
            not_ratable,
            first: rating.first.iter().filter(|_| is_rated).map(|s| share_of_span(*s)).collect(),
            data_coverage: rating.data_coverage,
            coverage_capped: rating.coverage_capped,
            data_quality: rating.data_quality.name(),
            applied: applied.collect::<Vec<_>>().join(";"),
            unchecked: assessor.unchecked(&about.facts).join(";"),
            reasons,
            line_fen: rating.line.line_fen,
            line_state: rating.line.state,
            line_binding: rating.line.binding,
            bounds: Self::BOUNDS.map(bound),
            size: size_name(about.size),
            group_id: about.group_id.map(str::to_owned),
            sources: about.sources.to_owned(),
            known_assumed: about.facts.assumes_known_time(),
            district: about.district.map(str::to_owned),
            zone: about.zone.map(str::to_owned),
            inputs_digest: about.inputs_digest.map(str::to_owned),
            valid_until: valid_until(assessor, about.as_of)?,
        })
    }
}

/// Last day on which a rating as of a day may be used.
///
/// # Errors
/// [`Error::Calendar`].
pub fn valid_until(assessor: &Assessor<'_>, as_of: NaiveDate) -> Result<NaiveDate, Error> {
    let months = Months::new(assessor.section().validity_months);
    as_of.checked_add_months(months).ok_or(Error::Calendar { as_of })
}
