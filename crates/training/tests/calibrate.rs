//! A PD for the card of the product, from made outcomes.

use scoring::{DataFile, Model};
use training::{CalibrateError, Observed, calibrate};

fn card() -> Model {
    Model::from_json(include_bytes!("../../../models/commercial-value/1/model.json")).expect("the card of the product")
}

/// Scores from 400 to 900 whose odds of good double every `pdo` points, 8 to 1 at 600, with outcomes spread evenly so
/// that no chance enters: of `n` enterprises with one score the share of bads is as near to the PD as whole numbers are.
fn made(n: usize, pdo: f64) -> (Vec<i32>, Vec<bool>) {
    let (mut scores, mut bad) = (Vec::new(), Vec::new());
    for score in (400..=900).step_by(25) {
        let odds = 8.0 * f64::powf(2.0, f64::from(score - 600) / pdo);
        let bads = (n as f64 / (1.0 + odds)).round() as usize;
        scores.extend(std::iter::repeat_n(score, n));
        bad.extend((0..n).map(|i| i < bads));
    }
    (scores, bad)
}

fn observed<'a>(scores: &'a [i32], bad: &'a [bool], files: &'a [DataFile]) -> Observed<'a> {
    Observed {
        scores,
        bad,
        period: ["2022-12-31", "2023-12-31"].map(|d| d.parse().expect("a date")),
        horizon_months: 12,
        files,
        target: ["bad", "1"],
        version: "1-calibrated",
        who: "a person",
        on: "2025-01-01".parse().expect("a date"),
    }
}

#[test]
fn the_odds_of_the_outcomes_are_found_again() {
    let (scores, bad) = made(2_000, 80.0);
    let file = calibrate(&card(), &observed(&scores, &bad, &[])).expect("enough outcomes");
    let record = file.commercial.as_ref().and_then(|c| c.calibration.as_ref()).expect("a record");
    let expect = std::f64::consts::LN_2 / 80.0;
    assert!((record.log_odds_per_point / expect - 1.0).abs() < 0.01, "{}", record.log_odds_per_point);
    assert!(record.interval[0] < expect && expect < record.interval[1]);
    assert_eq!((record.count, record.horizon_months), (scores.len() as u64, 12));
    assert_eq!(record.bads, bad.iter().filter(|b| **b).count() as u64);
    let model = Model::from_file(file.clone()).expect("a sound file");
    let pd = |score| model.pd(score).expect("calibrated");
    assert!((pd(600) - 1.0 / 9.0).abs() < 0.003 && (pd(680) - 1.0 / 17.0).abs() < 0.003, "{} {}", pd(600), pd(680));
    assert!((0..1000).all(|s| pd(s + 1) <= pd(s)));
    // Nothing but the PD, its statement and who answers for it has changed.
    assert_eq!((&file.tables, &file.grades), (&card().file().tables, &card().file().grades));
    assert_eq!((file.card.reviewer, file.edits.len(), file.model_version.as_str()), (None, 1, "1-calibrated"));
    assert!(!file.card.limits.iter().any(|l| l.contains("no probability of default")));
}

#[test]
fn the_order_of_outcomes_changes_nothing() {
    let (mut scores, mut bad) = made(200, 80.0);
    let file = calibrate(&card(), &observed(&scores, &bad, &[])).expect("enough outcomes");
    scores.reverse();
    bad.reverse();
    assert_eq!(calibrate(&card(), &observed(&scores, &bad, &[])).expect("enough outcomes").pd, file.pd);
}

#[test]
fn too_few_and_a_score_that_does_not_rank_are_refused() {
    let refused = |scores: &[i32], bad: &[bool]| calibrate(&card(), &observed(scores, bad, &[])).expect_err("refused");
    let scores: Vec<i32> = (0..1_000).map(|i| 400 + i % 500).collect();
    let few: Vec<bool> = (0..1_000).map(|i| i < 29).collect();
    assert_eq!(refused(&scores, &few), CalibrateError::TooFew { rows: 1_000, bads: 29 });
    assert!(matches!(refused(&scores[..199], &[true; 199]), CalibrateError::TooFew { rows: 199, .. }));
    let few_goods: Vec<bool> = few.iter().map(|b| !b).collect();
    assert!(matches!(refused(&scores, &few_goods), CalibrateError::TooFew { bads: 971, .. }));
    // Bads where the score is high, and bads that heed no score.
    let (scores, bad) = made(200, 80.0);
    let turned: Vec<i32> = scores.iter().map(|s| 1_300 - s).collect();
    assert!(matches!(refused(&turned, &bad), CalibrateError::NoSlope { hi, .. } if hi < 0.0));
    let scores: Vec<i32> = (0..1_000).map(|i| 400 + i / 2).collect();
    let alike: Vec<bool> = (0..1_000).map(|i| i % 10 == 0).collect();
    assert!(matches!(refused(&scores, &alike), CalibrateError::NoSlope { .. }));
}
