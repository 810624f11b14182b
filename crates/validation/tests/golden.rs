//! Figures equal numbers from independent tools to 1e-9; `golden/README.md` says how they were made.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use validation::{
    ExitRule, Loss, MigrationMatrix, Outcome, PsiThresholds, SHARE_FLOOR, SampleKind, auc, auc_test_against_initial,
    binomial_test, brier, calibration_in_the_large, calibration_line, concentration, concentration_test,
    expected_calibration_error, headline, hosmer_lemeshow, jeffreys, ks, log_loss, matrix_weighted_bandwidth,
    migration_stability, paired_auc_test, paired_loss_test, psi, spiegelhalter,
};

#[track_caller]
fn close(found: f64, expected: f64) {
    assert!((found - expected).abs() < 1e-9, "found {found}, expected {expected}");
}

fn value<T: Copy>(outcome: Outcome<T>) -> T {
    *outcome.value().expect("the figure applies")
}

struct Sample {
    pd: Vec<f64>,
    bad: Vec<bool>,
    weight: Vec<f64>,
    other_risk: Vec<f64>,
    expected: BTreeMap<String, f64>,
}

impl Sample {
    fn read() -> Self {
        let rows: Vec<Vec<f64>> = include_str!("golden/sample.csv")
            .lines()
            .skip(1)
            .map(|line| line.split(',').map(|cell| cell.parse().expect("a number")).collect())
            .collect();
        let column = |i: usize| rows.iter().map(|r| r[i]).collect::<Vec<f64>>();
        Self {
            pd: column(0),
            bad: rows.iter().map(|r| r[1] == 1.0).collect(),
            weight: column(2),
            other_risk: column(3),
            expected: serde_json::from_str(include_str!("golden/expected.json")).expect("a flat object"),
        }
    }

    #[track_caller]
    fn check(&self, key: &str, found: f64) {
        close(found, self.expected[key]);
    }
}

fn negated(v: &[f64]) -> Vec<f64> {
    v.iter().map(|x| -x).collect()
}

#[test]
fn discrimination_equals_scikit_learn_and_scipy() {
    let s = Sample::read();
    let score = negated(&s.pd);
    let a = auc(&score, &s.bad, None).unwrap();
    s.check("auc", a.auc);
    s.check("auc_variance", value(a.variance));
    s.check("auc_weighted", auc(&score, &s.bad, Some(&s.weight)).unwrap().auc);
    s.check("ks", ks(&score, &s.bad, None).unwrap().ks);
    let pair = paired_auc_test(&score, &negated(&s.other_risk), &s.bad, 0.05).unwrap();
    s.check("paired_difference", pair.difference);
    s.check("paired_z", value(pair.test).statistic);
    s.check("paired_p", value(pair.test).p_value);
}

#[test]
fn paired_losses_equal_scikit_learn_and_statsmodels() {
    let s = Sample::read();
    let other: Vec<f64> = s.other_risk.iter().map(|x| 1.0 / (1.0 + (-x).exp())).collect();
    let log = paired_loss_test(&s.pd, &other, &s.bad, Loss::LogLoss, 0.05).unwrap();
    s.check("paired_log_loss", log.difference);
    s.check("paired_log_loss_lo", value(log.lo));
    s.check("paired_log_loss_hi", value(log.hi));
    s.check("paired_log_loss_z", value(log.test).statistic);
    s.check("paired_log_loss_p", value(log.test).p_value);
    let brier = paired_loss_test(&s.pd, &other, &s.bad, Loss::Brier, 0.05).unwrap();
    s.check("paired_brier", brier.difference);
    s.check("paired_brier_z", value(brier.test).statistic);
    s.check("paired_brier_p", value(brier.test).p_value);
}

#[test]
fn calibration_equals_scikit_learn_and_scipy() {
    let s = Sample::read();
    let weight = Some(s.weight.as_slice());
    s.check("brier", brier(&s.pd, &s.bad, None, 10).unwrap().brier);
    s.check("brier_weighted", brier(&s.pd, &s.bad, weight, 10).unwrap().brier);
    s.check("log_loss", log_loss(&s.pd, &s.bad, None).unwrap());
    s.check("log_loss_weighted", log_loss(&s.pd, &s.bad, weight).unwrap());
    s.check("ece", expected_calibration_error(&s.pd, &s.bad, None, 10).unwrap());
    for (weight, suffix) in [(None, ""), (weight, "_weighted")] {
        let line = calibration_line(&s.pd, &s.bad, weight).unwrap();
        s.check(&format!("slope{suffix}"), line.slope.value);
        s.check(&format!("slope_se{suffix}"), line.slope.standard_error);
        s.check(&format!("intercept{suffix}"), line.intercept.value);
        s.check(&format!("intercept_se{suffix}"), line.intercept.standard_error);
    }
    let level = calibration_in_the_large(&s.pd, &s.bad, None).unwrap();
    s.check("offset_intercept", value(level.intercept).value);
    for (kind, df) in [(SampleKind::Validation, 10), (SampleKind::Development, 8)] {
        let h = value(hosmer_lemeshow(&s.pd, &s.bad, 10, kind, 0.05).unwrap());
        s.check("hosmer_lemeshow", h.test.statistic);
        s.check(&format!("hosmer_lemeshow_p_df{df}"), h.test.p_value);
        assert_eq!(h.df, df);
    }
    let z = value(spiegelhalter(&s.pd, &s.bad, 0.05).unwrap());
    s.check("spiegelhalter_z", z.statistic);
    s.check("spiegelhalter_p", z.p_value);
}

#[test]
fn headline_holds_the_figures_of_the_single_functions() {
    let s = Sample::read();
    let h = headline(&s.pd, &s.bad, None).unwrap();
    s.check("auc", h.auc);
    s.check("ks", h.ks);
    s.check("brier", h.brier);
    s.check("log_loss", h.log_loss);
    s.check("ece", h.ece);
    s.check("slope", value(h.calibration_slope).value);
    s.check("intercept_se", value(h.calibration_intercept).standard_error);
    assert!(h.auc_lo < h.auc && h.auc < h.auc_hi);
    let json = serde_json::to_string(&h).unwrap();
    assert_eq!(serde_json::from_str::<validation::Headline>(&json).unwrap(), h);
}

#[test]
fn tails_equal_scipy() {
    let s = Sample::read();
    s.check("binomial_1000_10_0.007", value(binomial_test(1000.0, 10.0, 0.007, 0.05).unwrap()).p_value);
    s.check("binomial_50_0_0.02", value(binomial_test(50.0, 0.0, 0.02, 0.05).unwrap()).p_value);
    s.check("jeffreys_250000_3100_0.012", value(jeffreys(250_000.0, 3100.0, 0.012, 0.05).unwrap()).p_value);
    s.check("jeffreys_1_1_0.5", value(jeffreys(1.0, 1.0, 0.5, 0.05).unwrap()).p_value);
}

// * ECB instructions (2019), computed with scipy.
#[test]
fn jeffreys_vectors() {
    let cases = [
        (100.0, 3.0, 0.02, 0.219043652108, false),
        (1000.0, 10.0, 0.01, 0.479056806230, false),
        (500.0, 0.0, 0.005, 0.974872092953, false),
        (200.0, 12.0, 0.03, 0.012119969904, true),
    ];
    for (n, bads, pd, p, rejected) in cases {
        let t = value(jeffreys(n, bads, pd, 0.05).unwrap());
        close(t.p_value, p);
        assert_eq!(t.is_rejected(), rejected);
    }
}

// * ECB instructions (2019), computed with scipy.
#[test]
fn auc_against_the_initial_one() {
    let bads = [0.9, 0.8, 0.7, 0.55, 0.3];
    let goods = [0.85, 0.6, 0.5, 0.4, 0.35, 0.3, 0.2, 0.1];
    let score: Vec<f64> = bads.iter().chain(&goods).map(|pd| -pd).collect();
    let bad: Vec<bool> = (0..13).map(|i| i < 5).collect();
    let a = auc(&score, &bad, None).unwrap();
    close(a.auc, 0.7625);
    close(value(a.variance), 0.022767857143);
    let t = value(auc_test_against_initial(&a, 0.85, 0.05).unwrap());
    close(t.statistic, 0.579891808706);
    close(t.p_value, 0.280993789978);
}

// * ECB instructions (2019), computed with scipy.
#[test]
fn migration_vectors() {
    let rows = vec![vec![80, 15, 5, 0], vec![10, 70, 15, 5], vec![3, 12, 65, 20], vec![1, 4, 15, 80]];
    let m = MigrationMatrix::new(rows, vec![0; 4]).unwrap();
    let b = matrix_weighted_bandwidth(&m);
    close(b.upper, 0.5);
    close(b.lower, 0.490909090909);
    let cells = migration_stability(&m, ExitRule::Dropped, 0.05).unwrap();
    let z = |from: usize, to: usize| {
        let cell = cells.iter().find(|c| (c.from + 1, c.to + 1) == (from, to)).expect("the cell is tested");
        value(cell.test).statistic
    };
    for (from, to, expected) in [(1, 2, 8.949569), (1, 3, 2.294157), (2, 1, 9.045340), (4, 1, 1.353881)] {
        assert!((z(from, to) - expected).abs() < 5e-7, "z({from},{to}) = {}", z(from, to));
    }
}

// * The documentation example of meliora: starts 1x4 2x4 3x4.
#[test]
fn migration_example_of_meliora() {
    let ends = [[1, 1, 2, 3], [1, 2, 2, 3], [1, 2, 3, 3]];
    let mut moves = Vec::new();
    for (start, ends) in ends.iter().enumerate() {
        moves.extend(ends.iter().map(|end| (start, Some(end - 1))));
    }
    let b = matrix_weighted_bandwidth(&MigrationMatrix::from_moves(3, &moves).unwrap());
    close(b.upper, 0.8);
    close(b.lower, 0.8);
}

// * ECB instructions (2019), computed with scipy.
#[test]
fn concentration_vectors() {
    let c = value(concentration(&[50.0, 120.0, 200.0, 300.0, 180.0, 100.0, 50.0]).unwrap());
    close(c.cv, 0.585320425066);
    close(c.hi, 0.151398579562);
    let t = value(concentration_test(&c, 0.5, 0.05).unwrap());
    close(t.statistic, 0.388977274458);
    close(t.p_value, 0.348646478765);
}

// * Shares of a worked example, computed with scipy.
#[test]
fn psi_vector() {
    let a = [0.10, 0.20, 0.30, 0.25, 0.15];
    let e = [0.08, 0.18, 0.32, 0.27, 0.15];
    close(psi(&e, &a, SHARE_FLOOR, PsiThresholds::USUAL).unwrap().psi, 0.009400072585);
}
