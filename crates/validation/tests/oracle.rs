//! Fast figures equal their definitions, written as plainly as possible.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use proptest::prelude::*;
use validation::{
    Outcome, PsiThresholds, SHARE_FLOOR, Severity, auc, brier, curve, headline, ks, paired_auc_test, psi,
};

/// Sum over pairs: 1 when the good is safer, 1/2 on a tie.
fn auc_by_pairs(score: &[f64], bad: &[bool]) -> f64 {
    let (mut won, mut pairs) = (0.0, 0.0);
    for (b, is_bad) in score.iter().zip(bad) {
        for (g, other_is_bad) in score.iter().zip(bad) {
            if *is_bad && !other_is_bad {
                pairs += 1.0;
                won += if g > b {
                    1.0
                } else if g == b {
                    0.5
                } else {
                    0.0
                };
            }
        }
    }
    won / pairs
}

/// Largest distance of the two distributions, each counted anew at every score.
fn ks_by_counting(score: &[f64], bad: &[bool]) -> f64 {
    let count = |class: bool, upto: f64| score.iter().zip(bad).filter(|(s, b)| **b == class && **s <= upto).count();
    let all = |class: bool| bad.iter().filter(|b| **b == class).count() as f64;
    let distance = |s: &f64| (count(true, *s) as f64 / all(true) - count(false, *s) as f64 / all(false)).abs();
    score.iter().map(distance).fold(0.0, f64::max)
}

/// DeLong variance from all pairs.
fn delong_by_pairs(score: &[f64], bad: &[bool]) -> f64 {
    let of = |class: bool| score.iter().zip(bad).filter(move |(_, b)| **b == class).map(|(s, _)| *s);
    let psi = |b: f64, g: f64| {
        if g > b {
            1.0
        } else if g == b {
            0.5
        } else {
            0.0
        }
    };
    let mean = |v: &[f64]| v.iter().sum::<f64>() / v.len() as f64;
    let part = |v: Vec<f64>| {
        let m = mean(&v);
        v.iter().map(|x| (x - m).powi(2)).sum::<f64>() / (v.len() as f64 - 1.0) / v.len() as f64
    };
    let goods: Vec<f64> = of(false).collect();
    let bads: Vec<f64> = of(true).collect();
    part(bads.iter().map(|b| mean(&goods.iter().map(|g| psi(*b, *g)).collect::<Vec<_>>())).collect())
        + part(goods.iter().map(|g| mean(&bads.iter().map(|b| psi(*b, *g)).collect::<Vec<_>>())).collect())
}

/// Few distinct scores, so that ties abound; both classes present.
fn samples() -> impl Strategy<Value = (Vec<f64>, Vec<bool>)> {
    proptest::collection::vec((-4i32..5, any::<bool>()), 2..60)
        .prop_map(|rows| rows.into_iter().map(|(s, b)| (f64::from(s) * 12.5, b)).unzip())
        .prop_filter("both classes and two scores", |(s, b): &(Vec<f64>, Vec<bool>)| {
            b.iter().any(|b| *b) && b.iter().any(|b| !b) && s.iter().any(|v| *v != s[0])
        })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn discrimination_equals_its_definition((score, bad) in samples()) {
        let a = auc(&score, &bad, None).unwrap();
        prop_assert_eq!(a.auc, auc_by_pairs(&score, &bad));
        prop_assert_eq!(a.gini, 2.0 * a.auc - 1.0);
        prop_assert_eq!(ks(&score, &bad, None).unwrap().ks, ks_by_counting(&score, &bad));
        prop_assert!(0.0 <= a.lo && a.lo <= a.auc && a.auc <= a.hi && a.hi <= 1.0);
        prop_assert!(a.lo < a.hi);
        if let Outcome::Value(v) = a.variance {
            prop_assert!((v - delong_by_pairs(&score, &bad)).abs() < 1e-12);
        }
    }

    #[test]
    fn order_of_rows_and_scale_of_scores_do_not_matter((score, bad) in samples()) {
        let a = auc(&score, &bad, None).unwrap();
        let reversed: Vec<f64> = score.iter().rev().map(|s| (s / 100.0).exp()).collect();
        let bad_reversed: Vec<bool> = bad.iter().rev().copied().collect();
        prop_assert_eq!(a, auc(&reversed, &bad_reversed, None).unwrap());
    }

    #[test]
    fn a_weight_of_two_counts_as_two_rows_and_of_zero_as_none((score, bad) in samples()) {
        let weight: Vec<f64> = (0..score.len()).map(|i| (i % 3) as f64).collect();
        let copies = |i: usize| i % 3;
        let many: (Vec<f64>, Vec<bool>) =
            (0..score.len()).flat_map(|i| std::iter::repeat_n((score[i], bad[i]), copies(i))).unzip();
        let weighted = auc(&score, &bad, Some(&weight)).map(|a| a.auc);
        let copied = auc(&many.0, &many.1, None).map(|a| a.auc);
        prop_assert_eq!(weighted.ok(), copied.ok());
    }

    #[test]
    fn the_curve_encloses_the_auc((score, bad) in samples()) {
        let c = curve(&score, &bad, None, 1000).unwrap();
        let area: f64 =
            c.windows(2).map(|p| (p[1].good_share - p[0].good_share) * (p[0].bad_share + p[1].bad_share) / 2.0).sum();
        prop_assert!((area - auc(&score, &bad, None).unwrap().auc).abs() < 1e-12);
    }

    #[test]
    fn a_paired_test_is_antisymmetric((score, bad) in samples()) {
        let other: Vec<f64> = score.iter().enumerate().map(|(i, s)| s + (i % 4) as f64 * 20.0).collect();
        let (ab, ba) = (paired_auc_test(&score, &other, &bad, 0.05), paired_auc_test(&other, &score, &bad, 0.05));
        if let (Ok(ab), Ok(ba)) = (ab, ba) {
            prop_assert_eq!(ab.difference, -ba.difference);
            prop_assert_eq!(ab.test.value().map(|t| t.p_value), ba.test.value().map(|t| t.p_value));
        }
        prop_assert!(paired_auc_test(&score, &score, &bad, 0.05).unwrap().test.value().is_none());
    }

    #[test]
    fn parts_of_the_brier_score_add_up(
        rows in proptest::collection::vec((0.0..=1.0f64, any::<bool>(), 0.0..3.0f64), 1..80),
        bins in 1usize..12,
    ) {
        let pd: Vec<f64> = rows.iter().map(|r| r.0).collect();
        let bad: Vec<bool> = rows.iter().map(|r| r.1).collect();
        let weight: Vec<f64> = rows.iter().map(|r| r.2 + 0.01).collect();
        for weight in [None, Some(weight.as_slice())] {
            let b = brier(&pd, &bad, weight, bins).unwrap();
            prop_assert!((b.reliability - b.resolution + b.uncertainty + b.within_bin - b.brier).abs() < 1e-12);
        }
    }

    #[test]
    fn a_headline_never_holds_a_number_that_is_none(
        rows in proptest::collection::vec((0.0..=1.0f64, any::<bool>()), 2..40),
    ) {
        let pd: Vec<f64> = rows.iter().map(|r| (r.0 * 20.0).round() / 20.0).collect();
        let bad: Vec<bool> = rows.iter().map(|r| r.1).collect();
        if let Ok(h) = headline(&pd, &bad, None) {
            let json = serde_json::to_string(&h).unwrap();
            prop_assert!(!json.contains("null"), "{json}");
        }
    }

    #[test]
    fn psi_ignores_order_and_is_zero_on_itself(
        bins in proptest::collection::vec((0u32..1000, 0u32..1000), 2..20),
        turn in 0usize..20,
    ) {
        let mut expected: Vec<f64> = bins.iter().map(|b| f64::from(b.0)).collect();
        let mut actual: Vec<f64> = bins.iter().map(|b| f64::from(b.1)).collect();
        prop_assume!(expected.iter().sum::<f64>() > 0.0 && actual.iter().sum::<f64>() > 0.0);
        let of = |e: &[f64], a: &[f64]| psi(e, a, SHARE_FLOOR, PsiThresholds::USUAL).unwrap().psi;
        prop_assert_eq!(of(&expected, &expected), 0.0);
        let before = of(&expected, &actual);
        prop_assert!(before >= 0.0);
        prop_assert!((before - of(&actual, &expected)).abs() < 1e-12);
        let turn = turn % bins.len();
        expected.rotate_left(turn);
        actual.rotate_left(turn);
        expected.reverse();
        actual.reverse();
        prop_assert_eq!(before, of(&expected, &actual));
    }
}

#[test]
fn an_empty_bin_takes_the_floor_and_is_reported() {
    let p = psi(&[50.0, 50.0, 0.0], &[50.0, 25.0, 25.0], 0.001, PsiThresholds { watch: 0.01, act: 0.02 }).unwrap();
    assert_eq!((p.floored_bins, p.share_floor, p.severity), (1, 0.001, Severity::Act));
    let by_hand = (0.25 - 0.5) * (0.25f64 / 0.5).ln() + (0.25 - 0.001) * (0.25f64 / 0.001).ln();
    assert!((p.psi - by_hand).abs() < 1e-15);
}
