//! Grown models: what they find, what they keep, that they are the same each time.

use primitives::{Column, TextBuilder, Value};
use proptest::prelude::*;
use scoring::{Attribute, Table};
use training::{Method, TrainConfig, TrainError, Trained, TrainingTable, golden_rows, train};

/// Fixed numbers in 0..1 that look random.
fn noise(seed: u64) -> impl FnMut() -> f64 {
    let mut state = seed;
    move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1_u64 << 53) as f64
    }
}

fn run(columns: &[(&str, Column)], config: &str) -> Result<Trained, TrainError> {
    let (names, columns): (Vec<String>, Vec<Column>) =
        columns.iter().map(|(n, c)| ((*n).to_owned(), c.clone())).unzip();
    let table = TrainingTable { names: &names, columns: &columns, target: "bad", bad_value: "1", files: &[] };
    let config = format!("[model]\nmethod = \"boosted\"\n{config}");
    train(table, &TrainConfig::from_toml(&config).expect("a configuration"), 1, &|_| {})
}

/// A column `u` that tells by itself, and `a` and `b` of which neither tells anything without the other.
fn crossed<'a>(rows: usize) -> Vec<(&'a str, Column)> {
    let mut next = noise(11);
    let (mut u, mut a, mut b, mut bad) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for _ in 0..rows {
        let (x, y, z) = (next(), next(), next());
        let is_odd = (y > 0.5) != (z > 0.5);
        let log_odds = 2.0 * (x - 0.5) + if is_odd { 1.5 } else { -1.5 };
        bad.push(f64::from(next() < 1.0 / (1.0 + (-log_odds).exp())));
        u.push(x);
        a.push(y);
        b.push(z);
    }
    vec![("u", Column::Number(u)), ("a", Column::Number(a)), ("b", Column::Number(b)), ("bad", Column::Number(bad))]
}

#[test]
fn a_pair_is_found_where_neither_column_tells_anything_alone() {
    let columns = crossed(4_000);
    let with = run(&columns, "").expect("trains");
    let pairs: Vec<[String; 2]> = with
        .model
        .file()
        .tables
        .iter()
        .filter_map(|t| match t {
            Table::TwoWay(pair) => Some(pair.pair.clone()),
            Table::OneWay { .. } => None,
        })
        .collect();
    assert!(pairs.contains(&["a".to_owned(), "b".to_owned()]), "{pairs:?}");
    assert_eq!(with.model.file().method, "boosted");
    let without = run(&columns, "[boosted]\npairs = 0").expect("trains");
    assert!(without.model.file().tables.iter().all(|t| matches!(t, Table::OneWay { .. })));
    let auc = |t: &Trained| t.figures.out_of_fold.auc;
    assert!(auc(&with) > 0.8 && auc(&without) < 0.7, "{} {}", auc(&with), auc(&without));
    // Calibrated out of fold.
    assert!((with.figures.calibration_slope - 1.0).abs() < 0.15, "{}", with.figures.calibration_slope);
}

#[test]
fn auto_keeps_the_simpler_where_the_other_gains_nothing() {
    let auto = |columns: &[(&str, Column)]| {
        let (names, columns): (Vec<String>, Vec<Column>) =
            columns.iter().map(|(n, c)| ((*n).to_owned(), c.clone())).unzip();
        let table = TrainingTable { names: &names, columns: &columns, target: "bad", bad_value: "1", files: &[] };
        let config = TrainConfig::from_toml("[model]\nmethod = \"auto\"").expect("a configuration");
        train(table, &config, 1, &|_| {}).expect("trains")
    };
    let kept = |t: &Trained| t.figures.choice.map(|c| c.kept).expect("a choice");
    let crossed = auto(&crossed(3_000));
    assert_eq!(kept(&crossed), Method::Boosted);
    assert_eq!(crossed.model.file().method, "boosted");
    assert!(crossed.figures.choice.expect("a choice").to_string().starts_with("boosted kept (better, p 0.0000"));
    let mut next = noise(77);
    let x: Vec<f64> = (0..2_000).map(|_| next()).collect();
    let bad = x.iter().map(|x| f64::from(next() < 0.1 + 0.3 * x)).collect();
    let plain = auto(&[("x", Column::Number(x)), ("bad", Column::Number(bad))]);
    assert_eq!(kept(&plain), Method::Scorecard);
    assert!(plain.model.file().origin.configuration.contains("method = \"scorecard\""));
}

#[test]
fn the_file_does_not_depend_on_the_number_of_threads() {
    let columns = crossed(1_500);
    let on = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
        pool.install(|| run(&columns, "").expect("trains").model.file().to_json().expect("a file"))
    };
    assert_eq!(on(1), on(2));
}

#[test]
fn pairs_of_noise_are_not_kept() {
    let mut next = noise(5);
    let mut column = || Column::Number((0..1_000).map(|_| next()).collect());
    let (a, b, c) = (column(), column(), column());
    let Column::Number(drive) = &a else { unreachable!("numbers") };
    let mut chance = noise(6);
    let bad = Column::Number(drive.iter().map(|x| f64::from(chance() < 0.1 + 0.5 * x)).collect());
    let trained = run(&[("a", a.clone()), ("b", b), ("c", c), ("bad", bad)], "").expect("trains");
    let pairs = trained.model.file().tables.iter().filter(|t| matches!(t, Table::TwoWay(_))).count();
    assert_eq!(pairs, 0);
}

#[test]
fn missing_values_levels_and_special_values_have_points_of_their_own() {
    let mut next = noise(9);
    let (mut x, mut level, mut bad) = (Vec::new(), TextBuilder::default(), Vec::new());
    for i in 0..3_000 {
        let (kind, value) = (i % 5, next());
        let risk = match kind {
            0 => 0.5,
            1 => 0.05,
            _ => 0.1 + 0.2 * value,
        };
        x.push(match kind {
            0 => f64::NAN,
            1 => -9.0,
            _ => value,
        });
        let own = ["p", "q", "r"][i % 3];
        level.push(Some(own));
        bad.push(f64::from(next() < risk + if own == "q" { 0.2 } else { 0.0 }));
    }
    let columns = [("x", Column::Number(x)), ("level", level.finish()), ("bad", Column::Number(bad))];
    let trained = run(&columns, "[columns.special]\nx = [-9]\n").expect("trains");
    let model = &trained.model;
    let score = |x: Value<'_>, level: Value<'_>| model.assess(&[x, level]).expect("rated").score;
    let (p, q) = (Value::Text("p"), Value::Text("q"));
    let middle = score(Value::number(0.5), p);
    assert!(score(Value::Missing, p) < middle - 30 && middle < score(Value::number(-9.0), p) - 20);
    assert!(score(Value::number(0.5), q) < middle - 30);
    // A level that training did not see, and a text where none was missing, say nothing of a table's own.
    let neither = score(Value::number(0.5), Value::Text("new"));
    assert_eq!(neither, score(Value::number(0.5), Value::Missing));
    assert!(score(Value::number(0.5), q) < neither && neither < middle);
    // Every bin of every table is reached by the golden rows, and scored.
    assert!(golden_rows(model).expect("rows").len() > 5);
    for table in &model.file().tables {
        let Table::OneWay { bins, .. } = table else { continue };
        let lowest = bins.iter().map(|b| b.points).min();
        let withdrawn = bins.iter().find(|b| b.attribute == Attribute::NotAuthorised).map(|b| b.points);
        assert_eq!(withdrawn, lowest, "who withdraws a source does not gain by it");
    }
}

#[test]
fn few_columns_are_kept_where_few_are_asked_for() {
    let mut columns = crossed(2_000);
    let mut next = noise(31);
    columns.insert(0, ("noise", Column::Number((0..2_000).map(|_| next()).collect())));
    let trained = run(&columns, "[selection]\ncharacteristics_max = 1\n[boosted]\npairs = 0").expect("trains");
    let file = trained.model.file();
    let names: Vec<&str> = file.characteristics.iter().map(|c| c.name.as_str()).collect();
    assert_eq!(names, ["u"]);
    assert!(file.origin.removed.iter().any(|r| r.rule == "characteristics_max" || r.rule == "no_effect"));
}

#[test]
fn of_very_many_columns_the_most_telling_are_grown() {
    let mut columns = crossed(600);
    let names: Vec<String> = (0..1_000).map(|k| format!("noise{k}")).collect();
    for (k, name) in names.iter().enumerate() {
        let mut next = noise(1_000 + k as u64);
        columns.insert(0, (name.as_str(), Column::Number((0..600).map(|_| next()).collect())));
    }
    let trained = run(&columns, "[boosted]\nbags = 2\nrounds = 8\npairs = 0\n[fit]\nfolds = 2").expect("trains");
    let origin = &trained.model.file().origin;
    assert!(origin.removed.iter().filter(|r| r.rule == "codes_max").count() > 50);
    assert!(!origin.removed.iter().any(|r| r.column == "u"), "it tells most");
}

#[test]
fn a_column_that_gives_the_outcome_away_is_removed_and_nothing_else_is_refused() {
    let mut columns = crossed(1_000);
    let bad = columns.last().map(|(_, c)| c.clone()).expect("a target");
    columns.insert(0, ("leak", bad));
    let trained = run(&columns, "").expect("trains");
    assert!(trained.model.file().origin.removed.iter().any(|r| r.column == "leak" && r.rule == "leak"));
    let constant = [("c", Column::Number(vec![1.0; 1_000])), ("bad", columns.pop().expect("a target").1)];
    let refused = run(&constant, "").expect_err("nothing to learn from");
    assert!(matches!(refused, TrainError::AllRemoved { .. }), "{refused}");
}

/// As [`crossed`], with columns that say nothing.
fn crossed_with_noise(rows: usize, seed: u64) -> Vec<(&'static str, Column)> {
    let mut columns = crossed(rows);
    for (k, name) in ["n1", "n2", "n3"].into_iter().enumerate() {
        let mut next = noise(seed + k as u64);
        columns.insert(k, (name, Column::Number((0..rows).map(|_| next()).collect())));
    }
    columns
}

#[test]
fn tables_of_noise_go_and_those_that_tell_stay() {
    let columns = crossed_with_noise(3_000, 400);
    let full = run(&columns, "[boosted]\nprune_loss = 0.0").expect("trains");
    let pruned = run(&columns, "[boosted]\nprune_loss = 0.0005").expect("trains");
    let names = |t: &Trained| t.model.file().characteristics.iter().map(|c| c.name.clone()).collect::<Vec<_>>();
    assert!(names(&full).iter().any(|n| n.starts_with('n')), "{:?}", names(&full));
    assert_eq!(names(&pruned), ["u", "a", "b"]);
    let pairs = |t: &Trained| t.model.file().tables.iter().filter(|t| matches!(t, Table::TwoWay(_))).count();
    assert_eq!(pairs(&pruned), 1, "{} before", pairs(&full));
    // All that went is named with its cost, and what is left of no column stands among the removed ones.
    let pruning = pruned.figures.pruning.as_ref().expect("a record");
    assert_eq!(pruning.loss_allowed, 0.0005);
    // Rows that had no part in choosing lose no more than noise without them.
    let full_loss = full.figures.out_of_fold.log_loss;
    assert!((pruning.loss_unseen_before - full_loss).abs() < 1e-6, "{pruning:?} {full_loss}");
    assert!((pruning.loss_unseen_after - pruned.figures.out_of_fold.log_loss).abs() < 1e-6);
    assert!(pruning.loss_unseen_after < full_loss + 0.002, "{pruning:?}");
    let went = pruning.tables.len();
    assert_eq!(went, full.model.file().tables.len() - pruned.model.file().tables.len(), "{pruning:?}");
    let removed = &pruned.model.file().origin.removed;
    for name in names(&full).iter().filter(|n| n.starts_with('n')) {
        assert!(removed.iter().any(|r| r.column == *name && r.rule == "prune_loss"), "{name}: {removed:?}");
    }
    // The rest is calibrated: the PDs of the rows fitted on sum up to their bads.
    let figures = &pruned.figures;
    let column = |name: &str| match columns.iter().find(|c| c.0 == name) {
        Some((_, Column::Number(values))) => values.clone(),
        _ => unreachable!("a column of numbers"),
    };
    let [u, a, b] = ["u", "a", "b"].map(column);
    let pd = |i: usize| {
        let row = [u[i], a[i], b[i]].map(Value::number);
        pruned.model.assess(&row).expect("rated").pd.expect("a PD")
    };
    let (expected, bads) = ((0..3_000).map(pd).sum::<f64>(), column("bad").iter().sum::<f64>());
    assert!((expected - bads).abs() < 0.01 * 3_000.0, "{expected} {bads}");
    assert!((figures.calibration_slope - 1.0).abs() < 0.15, "{}", figures.calibration_slope);
}

#[test]
fn without_pruning_the_file_does_not_speak_of_it() {
    let columns = crossed(1_000);
    let trained = run(&columns, "[boosted]\nprune_loss = 0.0").expect("trains");
    let file = trained.model.file();
    assert!(trained.figures.pruning.is_none() && !file.origin.configuration.contains("prune_loss"));
    assert_eq!(TrainConfig::from_toml(&file.origin.configuration).expect("read back").boosted.prune_loss, 0.0);
}

#[test]
fn a_pruned_file_does_not_depend_on_the_number_of_threads() {
    let columns = crossed_with_noise(1_200, 7);
    let on = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
        let trained = pool.install(|| run(&columns, "[boosted]\nprune_loss = 0.001").expect("trains"));
        assert!(!trained.figures.pruning.as_ref().expect("a record").tables.is_empty());
        trained.model.file().to_json().expect("a file")
    };
    assert_eq!(on(1), on(2));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    /// Whatever the data say, rows that are set aside lose no more than was allowed, with weights and without.
    #[test]
    fn the_stated_loss_is_respected_on_rows_set_aside(
        seed in 0_u64..1_000_000,
        allowed in 1e-5..0.05_f64,
        strength in 0.0..0.4_f64,
        weighted in any::<bool>(),
    ) {
        let mut next = noise(seed);
        let (mut columns, mut bad, mut weight) = (vec![Vec::new(); 5], Vec::new(), Vec::new());
        for _ in 0..500 {
            let row: Vec<f64> = (0..5).map(|_| next()).collect();
            bad.push(f64::from(next() < 0.25 + strength * (row[0] - 0.5) + strength * (row[1] - 0.5)));
            columns.iter_mut().zip(row).for_each(|(c, x)| c.push(x));
            weight.push(0.5 + next());
        }
        let mut named: Vec<(&str, Column)> =
            ["a", "b", "c", "d", "e"].into_iter().zip(columns.into_iter().map(Column::Number)).collect();
        named.push(("bad", Column::Number(bad)));
        named.push(("w", Column::Number(weight)));
        let columns = if weighted { "[columns]\nweight = \"w\"\n" } else { "[columns]\nexclude = [\"w\"]\n" };
        let config = format!("{columns}[boosted]\nbags = 3\nrounds = 100\nprune_loss = {allowed}\n[fit]\nfolds = 3");
        let trained = match run(&named, &config) {
            Ok(trained) => trained,
            Err(TrainError::AllRemoved { .. } | TrainError::OneScore { .. }) => return Ok(()),
            Err(e) => return Err(TestCaseError::fail(e.to_string())),
        };
        let pruning = trained.figures.pruning.as_ref().expect("a record");
        let spent: f64 = pruning.tables.iter().map(|t| t.cost.max(0.0)).sum();
        prop_assert!(spent <= allowed + 1e-9, "{pruning:?}");
        prop_assert!(pruning.loss_after <= pruning.loss_before + allowed + 1e-9, "{pruning:?}");
        prop_assert!(!trained.model.file().tables.is_empty());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Sweeping a constrained column over all its edges never goes against its direction, whatever the others are.
    #[test]
    fn a_direction_is_kept_whatever_the_data_say(
        seed in 0_u64..1_000_000,
        direction in prop::sample::select(vec!["rising", "falling", "peak", "valley"]),
        wave in 1.0_f64..12.0,
        prune in prop::sample::select(vec![0.0, 0.002]),
    ) {
        let mut next = noise(seed);
        let rows = 600;
        let (mut x, mut y, mut bad) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..rows {
            let (a, b) = (next(), next());
            bad.push(f64::from(next() < 0.35 + 0.25 * (wave * a).sin() + 0.1 * b));
            x.push(if a < 0.03 { f64::NAN } else { a });
            y.push(b);
        }
        let columns = [("x", Column::Number(x)), ("y", Column::Number(y)), ("bad", Column::Number(bad))];
        let config = format!(
            "[columns.direction]\nx = \"{direction}\"\n[boosted]\nbags = 3\nrounds = 200\nleaves = 4\nprune_loss = {prune}\n"
        );
        let trained = match run(&columns, &config) {
            Ok(trained) => trained,
            Err(TrainError::AllRemoved { .. } | TrainError::OneScore { .. }) => return Ok(()),
            Err(e) => return Err(TestCaseError::fail(e.to_string())),
        };
        let model = &trained.model;
        let Some(at) = model.position("x") else { return Ok(()) };
        for other in [0.1, 0.5, 0.9] {
            let score = |x: f64| {
                let row: Vec<Value<'_>> = (0..model.file().characteristics.len())
                    .map(|c| Value::number(if c == at { x } else { other }))
                    .collect();
                model.assess(&row).expect("rated").score
            };
            let scores: Vec<i32> = (0..=400).map(|k| score(f64::from(k) / 400.0)).collect();
            let ups: Vec<bool> = scores.windows(2).filter(|w| w[0] != w[1]).map(|w| w[1] > w[0]).collect();
            let is_kept = match direction {
                "rising" => ups.iter().all(|up| *up),
                "falling" => ups.iter().all(|up| !up),
                "peak" => ups.windows(2).all(|w| w[0] || !w[1]),
                _ => ups.windows(2).all(|w| !w[0] || w[1]),
            };
            prop_assert!(is_kept, "{direction}: {scores:?}");
        }
    }
}
