//! The fitter against an 80-bit Newton method and scikit-learn, and against linfa-logistic.
//!
//! `tests/golden/logistic/README.md` says how the numbers were made.

use linfa::Dataset;
use linfa::traits::Fit;
use linfa_logistic::LogisticRegression;
use ndarray::{Array1, Array2};
use serde_json::Value;
use training::{FitError, FitOptions, NewtonLogistic};

struct Table {
    x: Array2<f64>,
    weight: Vec<f64>,
    bad: Vec<bool>,
}

fn table(text: &str) -> Table {
    let rows: Vec<Vec<f64>> =
        text.lines().skip(1).map(|l| l.split(',').map(|v| v.parse().expect("a number")).collect()).collect();
    let columns = rows[0].len() - 2;
    Table {
        x: Array2::from_shape_fn((rows.len(), columns), |(i, j)| rows[i][j]),
        weight: rows.iter().map(|r| r[columns]).collect(),
        bad: rows.iter().map(|r| r[columns + 1] == 1.0).collect(),
    }
}

fn files() -> [(&'static str, &'static str); 3] {
    [
        ("plain", include_str!("../../../tests/golden/logistic/plain.csv")),
        ("separated", include_str!("../../../tests/golden/logistic/separated.csv")),
        ("quasi_separated", include_str!("../../../tests/golden/logistic/quasi_separated.csv")),
    ]
}

fn options(l2: f64) -> FitOptions {
    FitOptions { l2, tolerance: 1e-13, ..FitOptions::default() }
}

#[test]
fn estimates_and_errors_agree_to_1e_9() {
    let golden: Value =
        serde_json::from_str(include_str!("../../../tests/golden/logistic/logistic.json")).expect("JSON");
    let mut cases = 0;
    for (set, text) in files() {
        let t = table(text);
        for case in golden["sets"][set]["cases"].as_array().expect("cases") {
            let weight = case["weighted"].as_bool().expect("a flag").then_some(t.weight.as_slice());
            let l2 = case["l2"].as_f64().expect("a number");
            let f = NewtonLogistic::new(options(l2)).fit_weighted(&t.x, &t.bad, weight).expect("fits");
            let of = |name: &str| -> Vec<f64> {
                case[name].as_array().expect(name).iter().map(|v| v.as_f64().expect("a number")).collect()
            };
            let close = |what: &str, ours: &[f64], theirs: &[f64]| {
                for (o, t) in ours.iter().zip(theirs) {
                    assert!((o - t).abs() <= 1e-9 * t.abs().max(1.0), "{set} l2 {l2} {what}: {o} against {t}");
                }
            };
            let with_intercept = |first: f64, rest: &[f64]| [&[first], rest].concat();
            close("estimate", &with_intercept(f.intercept, &f.coefficients), &of("estimate"));
            close("error", &with_intercept(f.intercept_standard_error, &f.standard_errors), &of("standard_error"));
            close("p-value", &f.p_values(), &of("p_value")[1..]);
            close("log-likelihood", &[f.log_likelihood], &[case["log_likelihood"].as_f64().expect("a number")]);
            cases += 1;
        }
    }
    assert_eq!(cases, 8);
}

#[test]
fn separated_data_are_refused_without_a_penalty() {
    let [_, (_, separated), (_, quasi)] = files();
    for text in [separated, quasi] {
        let t = table(text);
        let result = NewtonLogistic::new(options(0.0)).fit_weighted(&t.x, &t.bad, None);
        assert!(matches!(result, Err(FitError::Separation { .. })), "{result:?}");
    }
}

#[test]
fn dependent_columns_are_refused_without_a_penalty() {
    let [(_, plain), ..] = files();
    let t = table(plain);
    let mut x = Array2::zeros((t.x.nrows(), 3));
    x.column_mut(0).assign(&t.x.column(0));
    x.column_mut(1).assign(&t.x.column(1));
    x.column_mut(2).assign(&(&t.x.column(0) + &t.x.column(1)));
    let result = NewtonLogistic::new(options(0.0)).fit_weighted(&x, &t.bad, None);
    assert!(matches!(result, Err(FitError::Singular { .. })), "{result:?}");
    assert!(NewtonLogistic::new(options(0.1)).fit_weighted(&x, &t.bad, None).is_ok());
}

#[test]
fn a_fit_cut_short_says_so() {
    let [(_, plain), ..] = files();
    let t = table(plain);
    let short = FitOptions { iterations_max: 1, ..options(0.0) };
    let result = NewtonLogistic::new(short).fit_weighted(&t.x, &t.bad, None);
    assert!(matches!(result, Err(FitError::NotConverged { iterations: 1, .. })), "{result:?}");
}

#[test]
fn refused_input() {
    let [(_, plain), ..] = files();
    let t = table(plain);
    let fit = |x: &Array2<f64>, y: &[bool], w: Option<&[f64]>| {
        NewtonLogistic::new(options(0.1)).fit_weighted(x, y, w).map(drop).expect_err("refused").to_string()
    };
    assert!(fit(&t.x, &vec![true; 400], None).contains("every row is bad"));
    let mut hole = t.x.clone();
    hole[[7, 2]] = f64::NAN;
    assert!(fit(&hole, &t.bad, None).contains("row 8, column 3: value NaN"));
    let mut weight = t.weight.clone();
    weight[3] = -1.0;
    assert!(fit(&t.x, &t.bad, Some(&weight)).contains("row 4: weight -1"));
    assert!(fit(&t.x, &t.bad[1..], None).contains("400 rows of columns, 399 outcomes"));
    assert!(fit(&Array2::zeros((0, 2)), &[], None).contains("no row"));
}

/// linfa-logistic calls the class with the larger label positive; the coefficients then agree.
#[test]
fn agrees_with_linfa_logistic() {
    let [(_, plain), ..] = files();
    let t = table(plain);
    let y = Array1::from(t.bad.clone());
    let dataset = Dataset::new(t.x.clone(), y);
    let ours = NewtonLogistic::new(options(1.0)).fit(&dataset).expect("fits");
    let labels = dataset.targets.mapv(|b| if b { "bad" } else { "good" });
    let theirs = LogisticRegression::default()
        .alpha(1.0)
        .gradient_tolerance(1e-8)
        .max_iterations(1000)
        .fit(&Dataset::new(t.x.clone(), labels))
        .expect("fits");
    let sign = if theirs.labels().pos.class == "bad" { 1.0 } else { -1.0 };
    for (o, t) in ours.coefficients.iter().zip(theirs.params()) {
        assert!((o - sign * t).abs() < 1e-5, "{o} against {t}");
    }
    assert!((ours.intercept - sign * theirs.intercept()).abs() < 1e-5);
}

/// A row of weight 2 is the same as the row twice.
#[test]
fn weights_are_repetitions() {
    let [(_, plain), ..] = files();
    let t = table(plain);
    let weight: Vec<f64> = (0..400).map(|i| f64::from(1 + i % 3)).collect();
    let places: Vec<usize> = (0..400).flat_map(|i| vec![i; 1 + i % 3]).collect();
    let repeated = Array2::from_shape_fn((places.len(), t.x.ncols()), |(i, j)| t.x[[places[i], j]]);
    let bad: Vec<bool> = places.iter().map(|&i| t.bad[i]).collect();
    let fitter = NewtonLogistic::new(options(0.5));
    let a = fitter.fit_weighted(&t.x, &t.bad, Some(&weight)).expect("fits");
    let b = fitter.fit_weighted(&repeated, &bad, None).expect("fits");
    for (a, b) in a.coefficients.iter().zip(&b.coefficients) {
        assert!((a - b).abs() < 1e-9, "{a} against {b}");
    }
}
