//! Characteristics: their bins against model build, and whether the bad rate goes the way of the points.

use crate::distribution::normal_two_sided;
use crate::error::ratio;
use crate::report::input::{BinFacts, CharacteristicFacts, DataFile, Label, PairFacts, PointsDirection, ReportInput};
use crate::text::{Hypothesis, Reason};
use crate::{Error, Outcome, Psi, TestResult, counts_by_edges, psi, quantile_edges};
use serde::Serialize;

/// One characteristic.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CharacteristicSection {
    /// Name of the column.
    pub name: String,
    /// Name for readers.
    pub label: Label,
    /// How points go with the value, as the model states.
    pub direction: PointsDirection,
    /// How the bad rate goes in this sample.
    pub observed: Outcome<Observed>,
    /// Test of a trend, Cochran and Armitage; its statistic is a standard normal under H0, above 0 when the bad rate
    /// rises along the order that [`Observed`] names.
    pub trend: Outcome<TestResult>,
    /// Whether the bad rate goes the way the points say.
    pub agrees: Outcome<bool>,
    /// Bins in the order of the input; those of a pair run row by row.
    pub bins: Vec<BinRow>,
    /// The two sides of a pair; absent on a characteristic by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pair: Option<PairFacts>,
}

/// Which way the bad rate goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Observed {
    /// Falls as the value rises.
    FallsWithValue,
    /// Rises with the value.
    RisesWithValue,
    /// Falls as points rise, where no order of values is stated.
    FallsWithPoints,
    /// Rises with points, where no order of values is stated.
    RisesWithPoints,
    /// Neither.
    Flat,
}

/// One bin.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BinRow {
    /// Name for readers.
    pub label: String,
    /// Points.
    pub points: i64,
    /// Whether it stands outside the order of values.
    pub is_apart: bool,
    /// Share of rows at model build.
    pub expected_share: Outcome<f64>,
    /// Bad rate at model build.
    pub expected_bad_rate: Outcome<f64>,
    /// Rows.
    pub n: u64,
    /// Bads.
    pub bads: u64,
    /// Share of rows.
    pub share: Outcome<f64>,
    /// Bad rate.
    pub bad_rate: Outcome<f64>,
}

/// Stability against the reference sample.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StabilitySection {
    /// Files of the reference sample.
    pub reference: Vec<DataFile>,
    /// Rows of the reference sample.
    pub reference_rows: u64,
    /// Upper ends of the score bins but the last, cut from the reference sample alone.
    pub score_edges: Vec<f64>,
    /// PSI of the score.
    pub psi: Outcome<Psi>,
    /// CSI per characteristic.
    pub csi: Vec<CharacteristicCsi>,
}

/// CSI of one characteristic.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CharacteristicCsi {
    /// Name of the column.
    pub name: String,
    /// Name for readers.
    pub label: Label,
    /// The index over the bins of the model.
    pub csi: Outcome<Psi>,
}

/// Bins of the score when the reference has enough distinct values.
pub(crate) const SCORE_BINS: usize = 10;

pub(crate) fn characteristics(input: &ReportInput) -> Vec<CharacteristicSection> {
    input.characteristics.iter().map(|c| characteristic(c, input.options.alpha)).collect()
}

fn characteristic(facts: &CharacteristicFacts, alpha: f64) -> CharacteristicSection {
    let expected_total: Option<u64> = facts.bins.iter().map(|b| b.expected).sum();
    let total: u64 = facts.bins.iter().map(|b| b.actual).sum();
    let over = |part: Option<u64>, whole: Option<u64>| match (part, whole) {
        (Some(part), Some(whole)) => ratio(part as f64, whole as f64),
        _ => Reason::NeedsBuildCounts.into(),
    };
    let bin = |b: &BinFacts| BinRow {
        label: b.label.clone(),
        points: b.points,
        is_apart: b.is_apart,
        expected_share: over(b.expected, expected_total),
        expected_bad_rate: over(b.expected_bads, b.expected),
        n: b.actual,
        bads: b.actual_bads,
        share: ratio(b.actual as f64, total as f64),
        bad_rate: ratio(b.actual_bads as f64, b.actual as f64),
    };
    let trend = trend(facts, alpha);
    let observed = trend.map(|t| observed(facts.direction, t.statistic));
    let agrees = match observed {
        Outcome::NotApplicable(n) => Outcome::NotApplicable(n),
        Outcome::Value(o) => Outcome::Value(match facts.direction {
            PointsDirection::Rising => o == Observed::FallsWithValue,
            PointsDirection::Falling => o == Observed::RisesWithValue,
            PointsDirection::Unordered => o == Observed::FallsWithPoints,
        }),
    };
    CharacteristicSection {
        name: facts.name.clone(),
        label: facts.label.clone(),
        direction: facts.direction,
        observed,
        trend,
        agrees,
        bins: facts.bins.iter().map(bin).collect(),
        pair: facts.pair.clone(),
    }
}

fn observed(direction: PointsDirection, z: f64) -> Observed {
    let rises = z > 0.0;
    match direction {
        _ if z == 0.0 => Observed::Flat,
        PointsDirection::Unordered if rises => Observed::RisesWithPoints,
        PointsDirection::Unordered => Observed::FallsWithPoints,
        _ if rises => Observed::RisesWithValue,
        _ => Observed::FallsWithValue,
    }
}

/// Cochran–Armitage test along the order of values, or along points where no order is stated.
fn trend(facts: &CharacteristicFacts, alpha: f64) -> Outcome<TestResult> {
    let ordered: Vec<(f64, &BinFacts)> = match facts.direction {
        PointsDirection::Unordered => facts.bins.iter().map(|b| (b.points as f64, b)).collect(),
        _ => facts.bins.iter().filter(|b| !b.is_apart).enumerate().map(|(i, b)| (i as f64, b)).collect(),
    };
    let with_rows: Vec<_> = ordered.into_iter().filter(|(_, b)| b.actual > 0).collect();
    if with_rows.len() < 2 {
        return Reason::TooFewBins.into();
    }
    let sum = |f: &dyn Fn(f64, &BinFacts) -> f64| with_rows.iter().map(|(t, b)| f(*t, b)).sum::<f64>();
    let n = sum(&|_, b| b.actual as f64);
    let rate = sum(&|_, b| b.actual_bads as f64) / n;
    let centre = sum(&|t, b| t * b.actual as f64) / n;
    let statistic = sum(&|t, b| (t - centre) * (b.actual_bads as f64 - b.actual as f64 * rate));
    let variance = rate * (1.0 - rate) * sum(&|t, b| (t - centre).powi(2) * b.actual as f64);
    if variance <= 0.0 {
        return Reason::ZeroVariance.into();
    }
    let z = statistic / variance.sqrt();
    Outcome::Value(TestResult::new(Hypothesis::NoTrend, z, normal_two_sided(z), alpha))
}

pub(crate) fn stability(input: &ReportInput) -> Result<Outcome<StabilitySection>, Error> {
    let Some(reference) = &input.reference else { return Ok(Reason::NeedsReference.into()) };
    let options = &input.options;
    let as_f64 = |v: &[i64]| v.iter().map(|s| *s as f64).collect::<Vec<f64>>();
    let (old, new) = (as_f64(&reference.score), as_f64(&input.rows.score));
    let edges = Outcome::from_result(quantile_edges(&old, SCORE_BINS))?;
    let (score_edges, psi_of_score) = match edges {
        Outcome::NotApplicable(n) => (Vec::new(), Outcome::NotApplicable(n)),
        Outcome::Value(edges) => {
            let (old, new) = (counts_by_edges(&edges, &old)?, counts_by_edges(&edges, &new)?);
            let p = Outcome::from_result(psi(&old, &new, options.share_floor, options.psi_thresholds))?;
            (edges, p)
        }
    };
    let mut csi = Vec::with_capacity(input.characteristics.len());
    for (facts, counts) in input.characteristics.iter().zip(&reference.bin_counts) {
        let index = if counts.is_empty() {
            Reason::NeedsReference.into()
        } else if counts.len() < 2 {
            Reason::TooFewBins.into()
        } else {
            let old: Vec<f64> = counts.iter().map(|c| *c as f64).collect();
            let new: Vec<f64> = facts.bins.iter().map(|b| b.actual as f64).collect();
            Outcome::from_result(psi(&old, &new, options.share_floor, options.psi_thresholds))?
        };
        csi.push(CharacteristicCsi { name: facts.name.clone(), label: facts.label.clone(), csi: index });
    }
    Ok(Outcome::Value(StabilitySection {
        reference: reference.files.clone(),
        reference_rows: reference.score.len() as u64,
        score_edges,
        psi: psi_of_score,
        csi,
    }))
}
