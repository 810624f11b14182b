//! What the selection rules remove, and why.

use primitives::{Column, TextBuilder};
use scoring::{Attribute, Table};
use training::{TrainConfig, TrainError, Trained, TrainingTable, train};

const ROWS: usize = 4_000;

/// Fixed numbers in 0..1 that look random.
fn noise(seed: u64) -> impl FnMut() -> f64 {
    let mut state = seed;
    move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// Two independent columns that drive the outcome, the first one more.
fn drivers() -> (Vec<f64>, Vec<f64>, Column) {
    let mut next = noise(7);
    let strong: Vec<f64> = (0..ROWS).map(|_| next()).collect();
    let weak: Vec<f64> = (0..ROWS).map(|_| next()).collect();
    let bad = (0..ROWS).map(|i| f64::from(next() < 0.6 / (1.0 + (6.0 * strong[i] + 3.0 * weak[i] - 3.0).exp())));
    let bad = Column::Number(bad.collect());
    (strong, weak, bad)
}

fn run(columns: Vec<(&str, Column)>, config: &str) -> Result<Trained, TrainError> {
    let (names, columns): (Vec<String>, Vec<Column>) = columns.into_iter().map(|(n, c)| (n.to_owned(), c)).unzip();
    let table = TrainingTable { names: &names, columns: &columns, target: "bad", bad_value: "1", files: &[] };
    train(table, &TrainConfig::from_toml(config).expect("a configuration"), 1, &|_| {})
}

fn stayed(trained: &Trained) -> Vec<&str> {
    trained.model.file().characteristics.iter().map(|c| c.name.as_str()).collect()
}

fn rule_of<'t>(trained: &'t Trained, column: &str) -> &'t str {
    let removed = &trained.model.file().origin.removed;
    &removed.iter().find(|r| r.column == column).expect("it was removed").rule
}

#[test]
fn copies_do_not_use_up_the_places_of_other_columns() {
    let (strong, weak, bad) = drivers();
    let names = ["a", "b", "c", "d", "e"];
    let mut columns: Vec<(&str, Column)> = names.iter().map(|&n| (n, Column::Number(strong.clone()))).collect();
    columns.push(("weak", Column::Number(weak)));
    columns.push(("bad", bad));
    let trained = run(columns, "[selection]\ncharacteristics_max = 2").expect("trains");
    assert_eq!(stayed(&trained), ["a", "weak"]);
    for copy in &names[1..] {
        assert_eq!(rule_of(&trained, copy), "correlation_max");
    }
}

#[test]
fn only_the_most_valuable_stay_where_the_number_is_bounded() {
    let (strong, weak, bad) = drivers();
    let columns = vec![("weak", Column::Number(weak)), ("strong", Column::Number(strong)), ("bad", bad)];
    let trained = run(columns, "[selection]\ncharacteristics_max = 1").expect("trains");
    assert_eq!(stayed(&trained), ["strong"]);
    assert_eq!(rule_of(&trained, "weak"), "characteristics_max");
}

#[test]
fn a_sum_of_others_goes_by_its_variance_inflation() {
    let (strong, weak, bad) = drivers();
    let sum: Vec<f64> = strong.iter().zip(&weak).map(|(a, b)| 2.0 * a + b).collect();
    let columns = vec![
        ("strong", Column::Number(strong)),
        ("weak", Column::Number(weak)),
        ("sum", Column::Number(sum)),
        ("bad", bad),
    ];
    let trained = run(columns.clone(), "[selection]\nvif_max = 3.0").expect("trains");
    assert_eq!(trained.model.file().origin.removed.len(), 1);
    assert_eq!(rule_of(&trained, "sum"), "vif_max");
    let trained = run(columns, "[selection]\nvif_max = 1000.0").expect("trains");
    assert!(!trained.model.file().origin.removed.iter().any(|r| r.rule == "vif_max"));
}

#[test]
fn a_column_that_moved_between_the_halves_goes() {
    let (strong, weak, bad) = drivers();
    let year: Vec<f64> = (0..ROWS).map(|i| 2020.0 + (i * 5 / ROWS) as f64).collect();
    let moved: Vec<f64> = weak.iter().zip(&year).map(|(w, y)| w + (y - 2020.0)).collect();
    let columns = vec![
        ("strong", Column::Number(strong)),
        ("moved", Column::Number(moved)),
        ("year", Column::Number(year)),
        ("bad", bad),
    ];
    let trained = run(columns, "[columns]\ntime = \"year\"").expect("trains");
    assert_eq!(stayed(&trained), ["strong"]);
    assert_eq!(rule_of(&trained, "moved"), "psi_max");
}

#[test]
fn names_that_are_not_there_and_a_target_with_two_parts_are_refused() {
    let (strong, _, bad) = drivers();
    let mut text = TextBuilder::default();
    (0..ROWS).for_each(|i| text.push(Some(if i % 2 == 0 { "x" } else { "y" })));
    let columns = vec![("strong", Column::Number(strong)), ("kind", text.finish()), ("bad", bad)];
    for (config, words) in [
        ("[columns.label_zh]\nrevenue = \"营业收入\"", "columns.label_zh names column \"revenue\""),
        ("[columns.label_en]\nrevenue = \"Revenue\"", "columns.label_en names column \"revenue\""),
        ("[columns]\nweight = \"bad\"", "columns.weight names the target column \"bad\""),
        ("[columns]\ntime = \"bad\"", "columns.time names the target column \"bad\""),
    ] {
        let error = run(columns.clone(), config).expect_err("refused").to_string();
        assert!(error.starts_with(words), "{error}");
    }
}

/// Bins of equal WoE stay apart but have equal points: a declared direction holds through ties.
#[test]
fn a_direction_holds_where_bins_tie() {
    let mut next = noise(11);
    let x: Vec<f64> = (0..1_000).map(|i| f64::from(i % 40)).collect();
    let other: Vec<f64> = (0..1_000).map(|_| next()).collect();
    // Every fourth value has bads enough; the counts are small, so that many bins have the very same odds.
    let bad = x.iter().zip(&other).map(|(x, o)| f64::from(next() < 0.5 - x / 100.0 + o / 10.0)).collect();
    let columns = vec![("x", Column::Number(x)), ("other", Column::Number(other)), ("bad", Column::Number(bad))];
    let config = "[binning]\nsmoothing = 0.0\nbins = 100\nprebins = 128\nshare_min = 0.0\n[fit]\nrefine_l2 = [0.1]\n\
                  [columns.direction]\nx = \"rising\"\nother = \"falling\"";
    let trained = run(columns, config).expect("trains");
    for table in &trained.model.file().tables {
        let Table::OneWay { characteristic, bins, .. } = table else { panic!("a scorecard") };
        let points: Vec<i32> =
            bins.iter().filter(|b| matches!(b.attribute, Attribute::Interval(_))).map(|b| b.points).collect();
        let falls = characteristic == "other";
        assert!(
            points.windows(2).all(|w| if falls { w[0] >= w[1] } else { w[0] <= w[1] }),
            "{characteristic}: {points:?}"
        );
    }
}

/// Names of rows are no kinds of them, and would stand in the model one by one.
#[test]
fn a_column_that_names_rows_is_removed_by_every_method() {
    for method in ["scorecard", "boosted"] {
        let (strong, _, bad) = drivers();
        let rows = strong.len();
        let text = |of: &dyn Fn(usize) -> usize| {
            let mut levels: Vec<String> = (0..rows).map(|i| format!("firm {:05}", of(i))).collect();
            levels.sort_unstable();
            levels.dedup();
            let place = |i: usize| levels.binary_search(&format!("firm {:05}", of(i))).expect("it is there") as u32;
            Column::Text { codes: (0..rows).map(place).collect(), levels: levels.clone() }
        };
        let columns = vec![
            ("strong", Column::Number(strong)),
            ("firm", text(&|i| i)),
            ("kind", text(&|i| i % 7)),
            // Many kinds, each of several rows: pooled, as far as they are over two hundred, and no names.
            ("place", text(&|i| i / 5)),
            ("bad", bad),
        ];
        let trained = run(columns, &format!("[model]\nmethod = \"{method}\"")).expect("trains");
        assert_eq!(rule_of(&trained, "firm"), "identifier", "{method}");
        for other in ["kind", "place"] {
            let removed = &trained.model.file().origin.removed;
            assert!(removed.iter().all(|r| r.column != other || r.rule != "identifier"), "{method}, {other}");
        }
        let json = trained.model.file().to_json().expect("JSON");
        assert!(!json.contains(&format!("firm {:05}", rows - 1)), "{method}: the model names a row");
    }
}

/// A column that is filled in after the outcome: whoever is good has none.
#[test]
fn a_column_that_only_bads_have_gives_the_outcome_away() {
    let (strong, weak, bad) = drivers();
    let Column::Number(outcomes) = &bad else { panic!("numbers") };
    let recovered = outcomes.iter().zip(&weak).map(|(b, w)| if *b == 1.0 { *w } else { f64::NAN }).collect();
    let columns = vec![("strong", Column::Number(strong)), ("recovered", Column::Number(recovered)), ("bad", bad)];
    let trained = run(columns, "").expect("trains");
    assert_eq!(stayed(&trained), ["strong"]);
    assert_eq!(rule_of(&trained, "recovered"), "leak");
}

/// Two columns that are constant but for a few rows do not say the same.
#[test]
fn columns_of_rare_news_are_not_copies() {
    let (strong, weak, bad) = drivers();
    let rare = |remainder: usize| {
        let value = |i: usize| if i % 400 == remainder { f64::NAN } else { 1.0 };
        Column::Number((0..ROWS).map(value).collect())
    };
    let columns = vec![
        ("strong", Column::Number(strong)),
        ("weak", Column::Number(weak)),
        ("rare", rare(3)),
        ("rare too", rare(7)),
        ("bad", bad),
    ];
    let trained = run(columns, "").expect("trains");
    let removed = &trained.model.file().origin.removed;
    assert!(removed.iter().all(|r| r.rule != "correlation_max"), "{removed:?}");
}
