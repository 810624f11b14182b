//! Every way to rate a row gives what a literal reading of the model file gives.

mod common;

use common::{EXAMPLE, Random, Shape, check_rating, check_rows, random_model, random_rows, telling_values};
use primitives::Value;
use proptest::prelude::*;
use scoring::{Model, ReasonBaseline};

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_models_and_rows(
        seed: u64,
        tables in 1_usize..=60,
        points_max in prop_oneof![Just(1), Just(60), Just(1_000_000)],
        pairs: bool,
    ) {
        let r = &mut Random::new(seed);
        let file = random_model(r, &Shape { tables, points_max, pairs });
        let model = Model::from_file(file).expect("a model");
        let rows = random_rows(model.file(), 1 + r.below(150), r);
        check_rows(&model, &rows, r);
    }
}

/// A table withdraws whole columns; single rows withdraw any of their values.
#[test]
fn rows_that_withdraw_some_of_their_values() {
    let r = &mut Random::new(29);
    for case in 0..60 {
        let shape = Shape { tables: 1 + r.below(30), points_max: 70, pairs: case % 2 == 1 };
        let model = Model::from_file(random_model(r, &shape)).expect("a model");
        for mut row in random_rows(model.file(), 40, r) {
            for value in &mut row {
                if r.one_in(3) {
                    *value = Value::NotAuthorised;
                }
            }
            check_rating(&model, &row, &model.assess(&row).expect("a row"), &format!("position: {row:?}"));
            let names = model.file().characteristics.iter().map(|c| c.name.as_str());
            let mut named: Vec<_> = names.zip(row.iter().copied()).collect();
            r.shuffle(&mut named);
            check_rating(&model, &row, &model.assess_named(&named).expect("a row"), &format!("name: {named:?}"));
        }
    }
}

/// All edges and their neighbours, special values, missing, infinite, unseen and empty, one
/// characteristic at a time.
#[test]
fn every_edge_of_every_characteristic() {
    let r = &mut Random::new(11);
    for case in 0..24 {
        let shape = Shape { tables: 8, points_max: 90, pairs: case % 2 == 1 };
        let model = Model::from_file(random_model(r, &shape)).expect("a model");
        let file = model.file();
        for c in 0..file.characteristics.len() {
            let fixed = random_rows(file, 1, r).remove(0);
            let rows: Vec<_> = telling_values(file, c)
                .into_iter()
                .map(|v| {
                    let mut row = fixed.clone();
                    row[c] = v;
                    row
                })
                .collect();
            check_rows(&model, &rows, r);
        }
    }
}

/// Sums of packed losses hold 255 tables; beyond that, score and reasons are found apart.
#[test]
fn hundreds_of_tables() {
    let r = &mut Random::new(5);
    for (tables, pairs) in [(254, false), (255, false), (256, false), (400, true)] {
        let model = Model::from_file(random_model(r, &Shape { tables, points_max: 200, pairs })).expect("a model");
        let rows = random_rows(model.file(), 60, r);
        check_rows(&model, &rows, r);
    }
}

#[test]
fn thousands_of_rows() {
    let r = &mut Random::new(3);
    for (points_max, pairs) in [(60, false), (1_000_000, true)] {
        let mut file = random_model(r, &Shape { tables: 6, points_max, pairs });
        file.reasons.baseline = ReasonBaseline::Mean;
        let model = Model::from_file(file).expect("a model");
        let rows = random_rows(model.file(), 5_000, r);
        check_rows(&model, &rows, r);
    }
}

/// The largest losses that the format allows in as many tables as one sum takes.
#[test]
fn extreme_points() {
    let r = &mut Random::new(17);
    for tables in [16, 17, 33, 255] {
        for baseline in [ReasonBaseline::Maximum, ReasonBaseline::Mean] {
            let mut file = random_model(r, &Shape { tables, points_max: 1, pairs: false });
            file.reasons.baseline = baseline;
            for table in &mut file.tables {
                let scoring::Table::OneWay { bins, .. } = table else { continue };
                for b in bins {
                    b.points *= 1_000_000;
                }
            }
            let model = Model::from_file(file).expect("a model");
            let rows = random_rows(model.file(), 200, r);
            check_rows(&model, &rows, r);
        }
    }
}

/// Points whose sum leaves 32 bits on the way to a score that fits.
#[test]
fn a_sum_on_the_way_may_not_fit() {
    let text = EXAMPLE
        .replace("\"base_points\": 600", "\"base_points\": 2147000000")
        .replace("\"points\": 40,", "\"points\": 1000000,")
        .replace("\"points\": 30,", "\"points\": -1000000,")
        .replace("\"points\": 0,", "\"points\": -1000000,")
        .replace("\"points\": -10,", "\"points\": -1000000,")
        .replace("\"points\": -30,", "\"points\": -1000000,")
        .replace("\"points\": -50,", "\"points\": -1000000,");
    let model = Model::from_json(text.as_bytes()).expect("a model");
    check_rows(&model, &[vec![Value::Number(7.0), Value::Text("software")]], &mut Random::new(1));
}

#[test]
fn the_grade_is_capped_under_data_coverage() {
    let model = |share: &str| {
        let text = EXAMPLE.replace("\"minimum_share\": 0.6", &format!("\"minimum_share\": {share}"));
        Model::from_json(text.as_bytes()).expect("a model")
    };
    // (years, industry) -> (score, coverage, grade at 0.6, grade at 0.5, grade at 0)
    let (years, retail, none) = (Value::Number(9.0), Value::Text("software"), Value::NotAuthorised);
    for (row, score, coverage, grades) in [
        ([years, retail], 670, 1.0, ["A", "A", "A"]),
        ([years, Value::Missing], 640, 1.0, ["A", "A", "A"]),
        ([years, none], 610, 0.5, ["C", "B", "B"]),
        ([none, none], 520, 0.0, ["C", "C", "C"]),
        ([none, retail], 580, 0.5, ["C", "B", "B"]),
    ] {
        for (share, grade) in ["0.6", "0.5", "0.0"].iter().zip(grades) {
            let model = model(share);
            let rating = model.assess(&row).expect("a row");
            assert_eq!((rating.score, rating.data_coverage), (score, coverage), "{row:?}");
            assert_eq!(model.grade_name(rating.grade), grade, "{row:?} at {share}");
        }
    }
}

#[test]
fn a_row_that_does_not_fit_is_refused() {
    let model = Model::from_json(EXAMPLE.as_bytes()).expect("a model");
    let (n, t) = (Value::Number(1.5), Value::Text("retail"));
    let by_position = |row: &[Value<'_>]| model.assess(row).map(|r| r.score).map_err(|e| e.to_string());
    let by_name = |row: &[(&str, Value<'_>)]| model.assess_named(row).map(|r| r.score).map_err(|e| e.to_string());
    for (found, expect) in [
        (by_position(&[n]), "the row has 1 values, the model has 2 characteristics"),
        (by_position(&[n, t, t]), "the row has 3 values, the model has 2 characteristics"),
        (by_position(&[t, t]), "characteristic \"years\" takes a number, found \"retail\""),
        (by_position(&[n, n]), "characteristic \"industry\" takes a text, found 1.5"),
        (by_name(&[("years", n), ("years", n)]), "characteristic \"years\" is given twice"),
        (by_name(&[("years", Value::Missing), ("years", n)]), "characteristic \"years\" is given twice"),
        (by_name(&[("industry", n)]), "characteristic \"industry\" takes a text, found 1.5"),
    ] {
        assert_eq!(found, Err(expect.to_owned()));
    }
    assert_eq!(by_name(&[]), Ok(600));
    assert_eq!(by_name(&[("Years", t), ("industry", t)]), Ok(600));
}
