//! A PD from made outcomes whose odds are known.

use super::*;
use crate::expert::tests::model;
use crate::random;

fn observed<'a>(scores: &'a [i32], bad: &'a [bool]) -> Observed<'a> {
    let day = |year| NaiveDate::from_ymd_opt(year, 12, 31).expect("a day");
    Observed {
        scores,
        bad,
        period: [day(2022), day(2024)],
        horizon_months: 12,
        files: &[],
        target: ["bad", "1"],
        version: "2",
        who: "C",
        on: day(2025),
    }
}

/// Scores of 200 to 899 and outcomes whose log-odds of good are 1 at 500 and rise by `slope` a point.
fn made(rows: u64, slope: f64) -> (Vec<i32>, Vec<bool>) {
    let share = |stream: u64, i: u64| random::at(stream, i) as f64 / u64::MAX as f64;
    let scores: Vec<i32> = (0..rows).map(|i| 200 + (share(1, i) * 699.9) as i32).collect();
    let odds = |score: i32| (1.0 + slope * f64::from(score - 500)).exp();
    let bad = (0..rows).map(|i| share(2, i) < 1.0 / (1.0 + odds(scores[i as usize]))).collect();
    (scores, bad)
}

#[test]
fn the_slope_of_made_outcomes_is_found() {
    let card = model();
    let (scores, bad) = made(20_000, 0.006);
    let file = calibrate(&card, &observed(&scores, &bad)).expect("calibrated");
    let record = file.commercial.as_ref().and_then(|c| c.calibration.clone()).expect("a record");
    assert!(record.interval[0] < 0.006 && 0.006 < record.interval[1], "{record:?}");
    assert!((record.log_odds_per_point - 0.006).abs() < 0.0004 && record.interval[1] - record.interval[0] < 0.001);
    assert_eq!((record.count, record.bads), (20_000, bad.iter().filter(|b| **b).count() as u64));
    // Pairs of a good and a bad, by counting.
    let of = |outcome: bool| scores.iter().zip(&bad).filter(move |(_, b)| **b == outcome).map(|(s, _)| *s);
    let goods: Vec<i32> = of(false).collect();
    let right = |bad: i32| goods.iter().map(|g| 1 + i64::from((g - bad).signum())).sum::<i64>();
    let above: i64 = of(true).map(right).sum();
    let pairs = 2 * goods.len() * (scores.len() - goods.len());
    assert!((record.auc - above as f64 / pairs as f64).abs() < 1e-9);
    assert!(record.auc_interval[0] < record.auc && record.auc < record.auc_interval[1]);
    let pd = file.pd.as_ref().expect("a PD");
    let (lowest, highest) = card.score_range();
    assert_eq!((pd.lowest_score, pd.by_score.len() as i32), (lowest, highest - lowest + 1));
    assert!(pd.by_score.windows(2).all(|w| w[0] >= w[1]));
    let at_500 = pd.by_score[(500 - lowest) as usize];
    assert!((at_500 - 1.0 / (1.0 + 1.0_f64.exp())).abs() < 0.01, "{at_500}");
    assert!((file.scale.pd(500.0) - at_500).abs() < 1e-8, "the scale says the same");
    assert_eq!((file.model_version.as_str(), file.card.horizon_months, file.card.reviewer), ("2", Some(12), None));
    assert_eq!(file.card.window, "2022-12-31 to 2024-12-31");
    assert_eq!(file.tables, card.file().tables, "no score changes");
}

#[test]
fn what_can_not_be_calibrated_is_refused() {
    let card = model();
    let check = |scores: &[i32], bad: &[bool], expect: &str| {
        let error = calibrate(&card, &observed(scores, bad)).expect_err("refused").to_string();
        assert!(error.contains(expect), "{error}");
    };
    let (scores, bad) = made(2_000, 0.006);
    check(&scores[..199], &bad[..199], "199 ratings with an outcome");
    check(&scores, &vec![true; 2_000], "at least 200 with 30 bads and 30 goods");
    let few: Vec<bool> = (0..2_000).map(|i| i < 29).collect();
    check(&scores, &few, "2000 ratings with an outcome, 29 of them bad");
    let turned: Vec<bool> = bad.iter().map(|b| !b).collect();
    check(&scores, &turned, "the interval must lie above 0");
    let (scores, none) = made(2_000, 0.0);
    check(&scores, &none, "the card does not rank these enterprises");
    let parted: Vec<bool> = scores.iter().map(|&s| s < 500).collect();
    assert!(calibrate(&card, &observed(&scores, &parted)).is_err(), "no finite slope");
    assert!(calibrate(&card, &observed(&[500; 2_000], &bad)).is_err(), "one score");
}

#[test]
fn percentiles_of_few_and_many() {
    let of = percentiles(&[3, 1, 2]).expect("scores");
    assert_eq!((of[0], of[33], of[34], of[66], of[67], of[100]), (1, 1, 2, 2, 3, 3));
    assert_eq!(percentiles(&(1..=100).collect::<Vec<_>>()).expect("scores")[50], 50);
    assert_eq!(percentiles(&[]), None);
}
