use super::*;
use crate::random::at;
use scoring::Model;

/// Two numbers and a text; the card gives 40 points a step of `x`, 20 of `z`, and knows three kinds.
fn card(change: impl Fn(&mut ModelText)) -> Model {
    let mut text = ModelText { x: [-60, -20, 20, 60], z: [-20, 20], kind: [10, 0, -10] };
    change(&mut text);
    let ModelText { x, z, kind } = text;
    let bin = |attribute: &str, points: i32, n: u32| {
        format!(r#"{{"attribute": {attribute}, "points": {points}, "goods": {n}, "bads": {n}, "woe": 0.0}}"#)
    };
    let low = |p: &[i32]| p.iter().copied().min().unwrap_or(0);
    let json = format!(
        r#"{{"format": "shangzhi-model", "format_version": 1, "model_id": "old", "model_version": "1", "method": "scorecard",
        "card": {{"population": "", "bad_definition": "", "window": "", "limits": [], "author": ""}},
        "scale": {{"points": 600.0, "odds": 19.0, "pdo": 50.0}}, "base_points": 600,
        "characteristics": [
          {{"name": "x", "kind": "number", "label_zh": "x", "label_en": "x", "direction": "rising"}},
          {{"name": "z", "kind": "number", "label_zh": "z", "label_en": "z", "direction": "free"}},
          {{"name": "kind", "kind": "text", "label_zh": "kind", "label_en": "kind"}}],
        "tables": [
          {{"characteristic": "x", "bins": [{x0}, {x1}, {x2}, {x3}, {xm}, {xn}]}},
          {{"characteristic": "z", "bins": [{z0}, {z1}, {zm}, {zn}]}},
          {{"characteristic": "kind", "bins": [{k0}, {k1}, {km}, {ku}, {kn}]}}],
        "pd": {{"lowest_score": 0, "by_score": [0.5, 0.1]}},
        "grades": [{{"name": "A"}}], "coverage": {{"minimum_share": 0.5, "best_grade": "A"}},
        "reasons": {{"baseline": "maximum", "limit": 4}}, "edits": [],
        "origin": {{"software": "", "seed": 1, "configuration": "", "data": [], "target": "", "bad_value": "", "rows": 1,
          "bads": 1, "rows_without_outcome": 0, "rows_held_out": 0, "protected": [], "removed": []}}}}"#,
        x0 = bin(r#"{"interval": {"to": -1.0}}"#, x[0], 100),
        x1 = bin(r#"{"interval": {"from": -1.0, "to": 0.0}}"#, x[1], 100),
        x2 = bin(r#"{"interval": {"from": 0.0, "to": 1.0}}"#, x[2], 100),
        x3 = bin(r#"{"interval": {"from": 1.0}}"#, x[3], 100),
        xm = bin(r#""missing""#, 0, 5),
        xn = bin(r#""not_authorised""#, low(&x), 0),
        z0 = bin(r#"{"interval": {"to": 0.0}}"#, z[0], 200),
        z1 = bin(r#"{"interval": {"from": 0.0}}"#, z[1], 200),
        zm = bin(r#""missing""#, 0, 5),
        zn = bin(r#""not_authorised""#, low(&z), 0),
        k0 = bin(r#"{"levels": ["a"]}"#, kind[0], 200),
        k1 = bin(r#"{"levels": ["b"]}"#, kind[1], 200),
        km = bin(r#""missing""#, 0, 5),
        ku = bin(r#""unseen""#, kind[2], 5),
        kn = bin(r#""not_authorised""#, low(&kind), 0),
    );
    Model::from_json(json.as_bytes()).expect("a model")
}

struct ModelText {
    x: [i32; 4],
    z: [i32; 2],
    kind: [i32; 3],
}

/// Rows whose log-odds of good are `0.8 * x + slope_z * z` and no news of `kind`.
struct Rows {
    names: Vec<String>,
    columns: Vec<Column>,
}

impl Rows {
    fn new(n: u64, slope_z: f64, seed: u64) -> Self {
        let uniform = |i: u64, k: u64| (at(seed, 8 * i + k) >> 11) as f64 / (1_u64 << 53) as f64;
        let normal =
            |i: u64, k: u64| (0..4).map(|j| uniform(4 * i + j, k)).sum::<f64>() * 3.0_f64.sqrt() - 2.0 * 3.0_f64.sqrt();
        let x: Vec<f64> = (0..n).map(|i| normal(i, 0)).collect();
        let z: Vec<f64> = (0..n).map(|i| normal(i, 1)).collect();
        let bad = |i: usize| {
            let log_odds = 0.8 * x[i] + slope_z * z[i];
            f64::from(u8::from(uniform(i as u64 + 7 * n, 2) > 1.0 / (1.0 + (-log_odds).exp())))
        };
        let bad: Vec<f64> = (0..n as usize).map(bad).collect();
        let mut kind = primitives::TextBuilder::default();
        (0..n).for_each(|i| kind.push(Some(["a", "b", "c"][(at(seed, i + 91) % 3) as usize])));
        let names = ["x", "z", "kind", "bad"].map(str::to_owned).to_vec();
        Self { names, columns: vec![Column::Number(x), Column::Number(z), kind.finish(), Column::Number(bad)] }
    }

    fn table(&self) -> TrainingTable<'_> {
        TrainingTable { names: &self.names, columns: &self.columns, target: "bad", bad_value: "1", files: &[] }
    }
}

fn record(model: &Model) -> &PriorRecord {
    model.file().origin.prior.as_ref().expect("a prior on record")
}

fn points(model: &Model, t: usize) -> Vec<i32> {
    card::points_of(&model.file().tables[t])
}

/// A few rows of no surprise leave the card nearly as it stands; points are its points times one weight a table.
#[test]
fn what_the_card_knows_stays() {
    let rows = Rows::new(60, 0.6, 3);
    let prior = card(|_| ());
    let model = fit_with_prior(&prior, rows.table(), &TrainConfig::default(), 1).expect("a model");
    let record = record(&model);
    assert_eq!((record.model_id.as_str(), &record.digest), ("old", prior.digest()));
    for t in &record.tables {
        assert!((0.5..1.5).contains(&t.weight) && !t.contradicted, "{t:?}");
    }
    for (own, old) in points(&model, 0).iter().zip([-60.0, -20.0, 20.0, 60.0]) {
        assert!((f64::from(*own) - record.tables[0].weight * old).abs() < 12.0, "{own} {old}");
    }
    assert_eq!(model.file().method, "prior_card");
    assert_eq!(model.file().characteristics[0].direction, Some(Direction::Rising));
}

/// With many rows the prior does not matter: the weights are those of the data.
#[test]
fn many_rows_have_the_last_word() {
    let rows = Rows::new(4_000, 0.0, 5);
    let model = fit_with_prior(&card(|_| ()), rows.table(), &TrainConfig::default(), 1).expect("a model");
    let z = points(&model, 1);
    assert!((z[1] - z[0]).abs() < 20, "z says nothing: {z:?}");
    let x = points(&model, 0);
    // 0.8 log-odds a standard deviation: from about -1.5 to 1.5 that is 2.4, or 175 points.
    assert!((140..215).contains(&(x[3] - x[0])), "{x:?}");
}

/// Wrong signs are found, told, and do not stay; a direction that the configuration states is kept all the same.
#[test]
fn wrong_signs_are_told() {
    let rows = Rows::new(400, 0.6, 9);
    let turned = card(|t| t.x = [60, 20, -20, -60]);
    let model = fit_with_prior(&turned, rows.table(), &TrainConfig::default(), 1).expect("a model");
    let record = record(&model);
    assert!(record.tables[0].contradicted && !record.tables[1].contradicted, "{record:?}");
    let x = points(&model, 0);
    assert!(x[3] - x[0] > 60, "{x:?}");
    let direction = model.file().characteristics[0].direction;
    assert_eq!(direction, Some(Direction::Rising), "the opposite of what its points did");
    let config = TrainConfig::from_toml("[columns.direction]\nx = \"falling\"").expect("valid");
    let kept = fit_with_prior(&turned, rows.table(), &config, 1).expect("a model");
    assert!(crate::direction::keeps(&points(&kept, 0)[..4], Direction::Falling), "{:?}", points(&kept, 0));
    assert_eq!(kept.file().characteristics[0].direction, Some(Direction::Falling));
}

/// Whoever withdraws a source must not gain by it, whatever was turned round; bins that no row has are there.
#[test]
fn bins_stay_and_none_is_below_the_one_that_is_not_authorised() {
    for seed in 0..20 {
        let rows = Rows::new(50, -1.0, seed);
        let model =
            fit_with_prior(&card(|t| t.z = [35, -35]), rows.table(), &TrainConfig::default(), 1).expect("a model");
        for table in &model.file().tables {
            let Table::OneWay { bins, .. } = table else { panic!("one way") };
            let lowest = bins.iter().map(|b| b.points).min();
            assert_eq!(bins.last().map(|b| b.points), lowest);
        }
        assert_eq!(points(&model, 0).len(), 6);
    }
}

/// The out-of-fold figures are there, and the same on any number of threads.
#[test]
fn training_is_reproducible_and_has_its_figures() {
    let rows = Rows::new(300, 0.6, 2);
    let once = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
        pool.install(|| {
            train_with_prior(&card(|_| ()), rows.table(), &TrainConfig::default(), 7, &|_| ()).expect("trained")
        })
    };
    let (a, b) = (once(1), once(2));
    assert_eq!(a.model.file().to_json().expect("JSON"), b.model.file().to_json().expect("JSON"));
    assert_eq!(a.figures, b.figures);
    assert!(a.figures.out_of_fold.auc > 0.65, "{:?}", a.figures.out_of_fold);
    assert_eq!(a.figures.out_of_fold.n, 300);
}

/// Points without odds behind them are fitted in the unit of their spread.
#[test]
fn a_card_without_pd_gets_one() {
    let rows = Rows::new(200, 0.6, 4);
    let mut file = card(|_| ()).file().clone();
    file.pd = None;
    let bare = Model::from_file(file).expect("a model");
    let model = fit_with_prior(&bare, rows.table(), &TrainConfig::default(), 1).expect("a model");
    assert!(model.file().pd.is_some());
    let with = fit_with_prior(&card(|_| ()), rows.table(), &TrainConfig::default(), 1).expect("a model");
    let ratio = |m: &Model| f64::from(points(m, 0)[3] - points(m, 0)[0]) / f64::from(points(m, 1)[1] - points(m, 1)[0]);
    assert!((ratio(&model) / ratio(&with) - 1.0).abs() < 0.35, "{} {}", ratio(&model), ratio(&with));
}

/// The population's bad rate moves the intercept alone.
#[test]
fn a_stated_population_moves_the_pd() {
    let rows = Rows::new(200, 0.6, 4);
    let fit = |text: &str| {
        let config = TrainConfig::from_toml(text).expect("valid");
        fit_with_prior(&card(|_| ()), rows.table(), &config, 1).expect("a model")
    };
    let (own, rare) = (fit(""), fit("[calibration]\npopulation_bad_rate = 0.02"));
    assert_eq!(points(&own, 0), points(&rare, 0));
    assert!(rare.file().base_points > own.file().base_points + 150);
}

#[test]
fn what_does_not_fit_is_refused() {
    let rows = Rows::new(60, 0.6, 3);
    let fit = |table: TrainingTable<'_>, text: &str| {
        let config = TrainConfig::from_toml(text).expect("valid");
        fit_with_prior(&card(|_| ()), table, &config, 1).expect_err("refused")
    };
    let without = TrainingTable { names: &rows.names[1..], columns: &rows.columns[1..], ..rows.table() };
    let error = fit(without, "").to_string();
    assert!(
        error.contains("reads column \"x\", which is not in the data") && error.contains("z, kind, bad"),
        "{error}"
    );
    let error = fit(rows.table(), "[columns]\nexclude = [\"z\"]").to_string();
    assert!(error.contains("reads column \"z\", which columns.exclude names"), "{error}");
    let mut columns = rows.columns.clone();
    columns[0] = columns[2].clone();
    let error = fit(TrainingTable { columns: &columns, ..rows.table() }, "");
    assert!(matches!(error, TrainError::Prior(scoring::Error::WrongType { .. })), "{error:?}");
}
