//! What can not be judged is refused with the row and the range, or said not to apply; never a silent number.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use validation::{
    Concentration, Error, ExitRule, Grouping, MigrationMatrix, Outcome, PsiThresholds, Reason, ReferenceGroup,
    SampleKind, adverse_impact, auc, auc_test_against_initial, binomial_test, brier, calibration_in_the_large,
    calibration_line, concentration, concentration_test, headline, hosmer_lemeshow, jeffreys, ks, log_loss,
    migration_stability, paired_auc_test, psi, quantile_edges, spiegelhalter, swap_set,
};

const BAD: [bool; 4] = [true, false, true, false];
const PD: [f64; 4] = [0.4, 0.1, 0.2, 0.3];

/// The error, whatever the function would have answered.
fn refused<T: std::fmt::Debug>(result: Result<T, Error>) -> Error {
    result.expect_err("this input has no answer")
}

#[test]
fn one_class() {
    let all_good = Error::OneClass { bads: 0, goods: 4 };
    assert_eq!(refused(auc(&PD, &[false; 4], None)), all_good);
    assert_eq!(refused(ks(&PD, &[false; 4], None)), all_good);
    assert_eq!(refused(headline(&PD, &[true; 4], None)), Error::OneClass { bads: 4, goods: 0 });
    assert_eq!(refused(calibration_line(&PD, &[false; 4], None)), all_good);
    assert_eq!(refused(paired_auc_test(&PD, &PD, &[false; 4], 0.05)), all_good);
    // Accuracy of a PD needs no second class.
    assert!(log_loss(&PD, &[false; 4], None).is_ok() && brier(&PD, &[false; 4], None, 2).is_ok());
    let level = calibration_in_the_large(&PD, &[false; 4], None).unwrap();
    assert_eq!(level.intercept, Reason::OneClass.into());
    assert_eq!(level.observed, 0.0);
}

#[test]
fn constant() {
    let e = Error::ConstantInput { what: "pd", value: 0.2 };
    assert_eq!(refused(headline(&[0.2; 4], &BAD, None)), e);
    assert_eq!(refused(calibration_line(&[0.2; 4], &BAD, None)), e);
    assert_eq!(refused(auc(&[7.0; 4], &BAD, None)), Error::ConstantInput { what: "score", value: 7.0 });
    assert_eq!(refused(auc(&[0.0, -0.0, 0.0, -0.0], &BAD, None)), Error::ConstantInput { what: "score", value: 0.0 });
    assert!(quantile_edges(&[3.0; 9], 10).is_err());
    // Half a per cent everywhere: nothing to rank, but the level can be judged.
    assert!(spiegelhalter(&[0.005; 4], &BAD, 0.05).unwrap().value().is_some());
    assert_eq!(spiegelhalter(&[0.5; 4], &BAD, 0.05).unwrap(), Reason::ZeroVariance.into());
}

#[test]
fn numbers_that_are_none() {
    for bad_number in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        let values = [0.4, 0.1, bad_number, 0.3];
        for error in [
            refused(auc(&values, &BAD, None)),
            refused(headline(&values, &BAD, None)),
            refused(brier(&values, &BAD, None, 2)),
            refused(log_loss(&values, &BAD, None)),
            refused(spiegelhalter(&values, &BAD, 0.05)),
            refused(auc(&PD, &BAD, Some(&values))),
            refused(swap_set(&values, &PD, &BAD, 0.5)),
            refused(quantile_edges(&values, 4)),
        ] {
            assert!(matches!(error, Error::NotFinite { row: 2, .. }), "{error:?}");
        }
        assert!(jeffreys(10.0, 1.0, bad_number, 0.05).is_err());
        assert!(concentration(&[1.0, bad_number]).is_err());
        assert!(psi(&[1.0, bad_number], &[1.0, 1.0], 1e-4, PsiThresholds::USUAL).is_err());
    }
}

#[test]
fn ranges_and_lengths() {
    let e = refused(headline(&[0.4, 0.1, -0.01, 0.3], &BAD, None));
    assert_eq!(e.to_string(), "pd in row 2 is -0.01, allowed is 0 to 1");
    assert!(e.is_invalid_input());
    assert_eq!(refused(auc(&PD, &BAD[..3], None)), Error::LengthMismatch { what: "bad", expected: 4, found: 3 });
    assert!(matches!(refused(auc(&PD, &BAD, Some(&[1.0; 3]))), Error::LengthMismatch { what: "weight", .. }));
    assert!(matches!(refused(psi(&[1.0; 3], &[1.0; 2], 1e-4, PsiThresholds::USUAL)), Error::LengthMismatch { .. }));
    for floor in [0.0, 1.0, -0.1, f64::NAN] {
        assert!(psi(&[1.0; 3], &[1.0; 3], floor, PsiThresholds::USUAL).is_err());
    }
    assert!(psi(&[1.0; 3], &[1.0; 3], 1e-4, PsiThresholds { watch: 0.3, act: 0.2 }).is_err());
    assert!(psi(&[1.0], &[1.0], 1e-4, PsiThresholds::USUAL).is_err());
    assert!(hosmer_lemeshow(&PD, &BAD, 2, SampleKind::Validation, 0.05).is_err());
    assert!(swap_set(&PD, &PD, &BAD, -0.1).is_err());
}

#[test]
fn weights() {
    let e = refused(auc(&PD, &BAD, Some(&[1.0, -1.0, 1.0, 1.0])));
    assert_eq!(e, Error::NegativeWeight { row: 1, value: -1.0 });
    assert!(matches!(refused(headline(&PD, &BAD, Some(&[0.0; 4]))), Error::EmptySample { .. }));
    // The only bads weigh nothing.
    assert_eq!(refused(auc(&PD, &BAD, Some(&[0.0, 1.0, 0.0, 1.0]))), Error::OneClass { bads: 0, goods: 2 });
    let part = auc(&PD, &BAD, Some(&[1.0, 1.0, 0.0, 1.0])).unwrap();
    assert_eq!((part.n, part.bads), (3, 1));
    // Weights have no unit: their scale changes nothing.
    let pd = [0.1, 0.2, 0.3, 0.4, 0.5, 0.35];
    let bad = [false, true, false, true, true, false];
    let (one, many) = (headline(&pd, &bad, Some(&[1.0; 6])).unwrap(), headline(&pd, &bad, Some(&[4.0; 6])).unwrap());
    assert!((one.auc_lo - many.auc_lo).abs() < 1e-12);
    let se = |h: &validation::Headline| h.calibration_slope.value().expect("not separated").standard_error;
    assert!((se(&one) - se(&many)).abs() < 1e-9);
}

#[test]
fn empty() {
    assert!(matches!(refused(auc(&[], &[], None)), Error::EmptySample { .. }));
    assert!(matches!(refused(headline(&[], &[], None)), Error::EmptySample { .. }));
    assert!(matches!(refused(spiegelhalter(&[], &[], 0.05)), Error::EmptySample { .. }));
    assert!(matches!(refused(psi(&[0.0, 0.0], &[1.0, 1.0], 1e-4, PsiThresholds::USUAL)), Error::EmptySample { .. }));
    assert_eq!(jeffreys(0.0, 0.0, 0.1, 0.05).unwrap(), Reason::NoRows.into());
    assert_eq!(binomial_test(0.0, 0.0, 0.1, 0.05).unwrap(), Reason::NoRows.into());
    // An empty grade counts in the number of grades.
    assert_eq!(concentration(&[5.0, 0.0]).unwrap(), Outcome::Value(Concentration { grades: 2, cv: 1.0, hi: 1.0 }));
    let m = MigrationMatrix::new(vec![vec![0, 0], vec![9, 1]], vec![0, 0]).unwrap();
    let cells = migration_stability(&m, ExitRule::Dropped, 0.05).unwrap();
    assert_eq!(cells[0].test, Reason::NoRows.into());
    assert!(cells[1].test.value().is_some_and(|t| t.is_rejected()));
}

#[test]
fn separated() {
    let (pd, bad) = ([0.1, 0.2, 0.3, 0.4], [false, false, true, true]);
    assert_eq!(refused(calibration_line(&pd, &bad, None)), Error::Separated);
    let h = headline(&pd, &bad, None).unwrap();
    assert_eq!((h.auc, h.ks), (1.0, 1.0));
    assert!(h.auc_lo < 0.9, "two bads and two goods prove little: {}", h.auc_lo);
    assert_eq!(h.calibration_slope, Reason::Separated.into());
    // One value shared at the border still leaves no finite slope.
    assert_eq!(refused(calibration_line(&[0.1, 0.3, 0.3, 0.4], &bad, None)), Error::Separated);
}

#[test]
fn degenerate_tests() {
    let a = auc(&[1.0, 2.0, 3.0, 4.0], &[true, true, false, false], None).unwrap();
    assert_eq!(auc_test_against_initial(&a, 0.8, 0.05).unwrap(), Reason::ZeroVariance.into());
    let single = auc(&[1.0, 2.0, 0.5], &[true, false, false], None).unwrap();
    assert_eq!(single.variance, Reason::TooFewForVariance.into());
    assert_eq!(auc_test_against_initial(&single, 0.8, 0.05).unwrap(), Reason::TooFewForVariance.into());
    assert_eq!(concentration(&[7.0]).unwrap(), Reason::OneGrade.into());
    let flat = Concentration { grades: 2, cv: 0.0, hi: 0.0 };
    assert_eq!(concentration_test(&flat, 0.1, 0.05).unwrap(), Reason::ZeroVariance.into());
    assert_eq!(
        hosmer_lemeshow(&[0.0; 9], &[true; 9], 3, SampleKind::Validation, 0.05).unwrap(),
        Reason::ZeroVariance.into()
    );
}

#[test]
fn small_groups_are_suppressed() {
    let labels: Vec<&str> = (0..70)
        .map(|i| {
            if i < 40 {
                "a"
            } else if i < 60 {
                "b"
            } else {
                ""
            }
        })
        .collect();
    let a = adverse_impact(&Grouping::from_labels("x", labels.clone()), &[true; 70], ReferenceGroup::Best).unwrap();
    assert_eq!(a.groups.len(), 3);
    assert_eq!(a.groups[1].share, Reason::SmallGroup.into());
    assert_eq!(a.groups[2].label, "");
    let tiny = Grouping::from_labels("x", labels[35..45].iter().copied());
    let a = adverse_impact(&tiny, &[true; 10], ReferenceGroup::Largest).unwrap();
    assert_eq!(a.reference, Reason::NoReferenceGroup.into());
    let nobody = adverse_impact(&Grouping::from_labels("x", ["a"; 40]), &[false; 40], ReferenceGroup::Best).unwrap();
    assert_eq!(nobody.groups[0].ratio, Reason::ZeroDenominator.into());
    let unknown = Grouping { column: "x".to_owned(), codes: vec![0, 9], levels: vec!["a".to_owned()] };
    assert!(matches!(
        adverse_impact(&unknown, &[true; 2], ReferenceGroup::Best),
        Err(Error::OutOfRange { row: 1, .. })
    ));
}

#[test]
fn a_swap_set_adds_up_with_ties() {
    let bad: Vec<bool> = (0..50).map(|i| i % 7 == 0).collect();
    let old: Vec<f64> = (0..50).map(|i| f64::from(i % 4)).collect();
    let new: Vec<f64> = (0..50).map(|i| f64::from(i % 9)).collect();
    let s = swap_set(&old, &new, &bad, 0.3).unwrap();
    let all = [s.both, s.swapped_in, s.swapped_out, s.neither];
    assert!((all.iter().map(|c| c.n).sum::<f64>() - 50.0).abs() < 1e-12);
    assert!((all.iter().map(|c| c.bads).sum::<f64>() - 8.0).abs() < 1e-12);
    assert!((s.both.n + s.swapped_in.n - 15.0).abs() < 1e-12);
    assert!((s.swapped_in.n - s.swapped_out.n).abs() < 1e-12);
    // A model beside itself swaps no one, however many tie at its cutoff.
    let itself = swap_set(&old, &old, &bad, 0.3).unwrap();
    assert_eq!((itself.both.n, itself.swapped_in.n, itself.swapped_out.n), (15.0, 0.0, 0.0));
    let nobody = swap_set(&old, &new, &bad, 0.0).unwrap();
    assert_eq!(nobody.both.bad_rate, Reason::ZeroDenominator.into());
    assert_eq!(nobody.neither.n, 50.0);
}
