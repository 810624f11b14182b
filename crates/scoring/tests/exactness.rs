//! Row and batch agree with a plain reading of the model file.

use primitives::{Column, TextBuilder, Value};
use proptest::prelude::*;
use scoring::{
    Attribute, Bin, Characteristic, Direction, Interval, Kind, Model, ModelFile, Rating, ReasonBaseline, Reasons,
    SpecialValue, Table,
};

fn example() -> ModelFile {
    Model::from_json(include_bytes!("../examples/model.json")).expect("the example is sound").file().clone()
}

fn bin(attribute: Attribute, points: i32) -> Bin {
    Bin { attribute, points, goods: f64::from(points.rem_euclid(7)), bads: 1.0, woe: 0.0 }
}

/// A table over a number: sorted edges, a special value, missing, not authorised.
fn number_table(name: &str, edges: &[f64], points: &[i32]) -> Table {
    let mut bins = Vec::new();
    for (k, &points) in points.iter().enumerate().take(edges.len() + 1) {
        let interval = Interval { from: k.checked_sub(1).map(|k| edges[k]), to: edges.get(k).copied() };
        bins.push(bin(Attribute::Interval(interval), points));
    }
    bins.push(bin(Attribute::Special(vec![SpecialValue::Number(-99.0)]), points[20]));
    bins.push(bin(Attribute::Missing, points[21]));
    bins.push(bin(Attribute::NotAuthorised, points[22]));
    one_way(name, bins)
}

fn text_table(name: &str, points: &[i32]) -> Table {
    let levels = |l: &[&str]| Attribute::Levels(l.iter().map(|s| (*s).to_owned()).collect());
    let bins = vec![
        bin(levels(&["a", "b"]), points[0]),
        bin(levels(&["c"]), points[1]),
        bin(Attribute::Special(vec![SpecialValue::Text("none".into())]), points[2]),
        bin(Attribute::Missing, points[3]),
        bin(Attribute::Unseen, points[4]),
        bin(Attribute::NotAuthorised, points[5]),
    ];
    one_way(name, bins)
}

fn one_way(name: &str, bins: Vec<Bin>) -> Table {
    Table::OneWay {
        characteristic: name.into(),
        iv: None,
        coefficient: None,
        standard_error: None,
        p_value: None,
        bins,
    }
}

/// The bin of a value, by walking the attributes as they stand in the file.
fn plain_bin(bins: &[Bin], value: Value<'_>) -> usize {
    let place = |wanted: &Attribute| bins.iter().position(|b| b.attribute == *wanted).expect("the bin is there");
    let special = |b: &Bin| match (&b.attribute, value) {
        (Attribute::Special(s), Value::Number(x)) => s.contains(&SpecialValue::Number(x)),
        (Attribute::Special(s), Value::Text(t)) => s.contains(&SpecialValue::Text(t.into())),
        _ => false,
    };
    match value {
        Value::Missing => place(&Attribute::Missing),
        Value::NotAuthorised => place(&Attribute::NotAuthorised),
        _ if bins.iter().any(special) => bins.iter().position(special).expect("found just above"),
        Value::Number(x) if !x.is_finite() => place(&Attribute::Missing),
        Value::Text("") => place(&Attribute::Missing),
        Value::Number(x) => bins
            .iter()
            .position(|b| match &b.attribute {
                Attribute::Interval(i) => i.from.is_none_or(|f| f <= x) && i.to.is_none_or(|t| x < t),
                _ => false,
            })
            .expect("intervals cover the line"),
        Value::Text(t) => bins
            .iter()
            .position(|b| matches!(&b.attribute, Attribute::Levels(l) if l.iter().any(|l| l == t)))
            .unwrap_or_else(|| place(&Attribute::Unseen)),
    }
}

/// Score and reasons (table, bin, points lost) by the words of the format's documentation.
fn plain(file: &ModelFile, row: &[Value<'_>]) -> (i32, Vec<(usize, usize, i32)>) {
    let (mut score, mut lost) = (file.base_points, Vec::new());
    for (t, table) in file.tables.iter().enumerate() {
        let Table::OneWay { characteristic, bins, .. } = table else { unreachable!("one-way tables only") };
        let at = file.characteristics.iter().position(|c| c.name == *characteristic).expect("known");
        let b = plain_bin(bins, row[at]);
        score += bins[b].points;
        let baseline = match file.reasons.baseline {
            ReasonBaseline::Maximum => bins.iter().map(|b| b.points).max().expect("bins"),
            ReasonBaseline::Mean => {
                let weight: f64 = bins.iter().map(|b| b.goods + b.bads).sum();
                let sum: f64 = bins.iter().map(|b| f64::from(b.points) * (b.goods + b.bads)).sum();
                (sum / weight).round() as i32
            }
        };
        if baseline > bins[b].points {
            lost.push((t, b, baseline - bins[b].points));
        }
    }
    lost.sort_by(|a, b| b.2.cmp(&a.2).then(a.0.cmp(&b.0)));
    lost.truncate(usize::from(file.reasons.limit));
    (score, lost)
}

fn model_file(numbers: &[(Vec<f64>, Vec<i32>)], texts: &[Vec<i32>], mean: bool, limit: u8) -> ModelFile {
    let mut file = example();
    (file.tables, file.characteristics) = (Vec::new(), Vec::new());
    let mut add = |name: String, kind, table| {
        let direction = (kind == Kind::Number).then_some(Direction::Free);
        file.characteristics.push(Characteristic {
            label_zh: name.clone(),
            label_en: name.clone(),
            name,
            kind,
            direction,
        });
        file.tables.push(table);
    };
    for (i, (edges, points)) in numbers.iter().enumerate() {
        add(format!("n{i}"), Kind::Number, number_table(&format!("n{i}"), edges, points));
    }
    for (i, points) in texts.iter().enumerate() {
        add(format!("t{i}"), Kind::Text, text_table(&format!("t{i}"), points));
    }
    file.reasons.baseline = if mean { ReasonBaseline::Mean } else { ReasonBaseline::Maximum };
    file.reasons.limit = limit;
    file
}

fn edges() -> impl Strategy<Value = Vec<f64>> {
    prop::collection::btree_set(-50_i32..50, 0..20).prop_map(|s| s.into_iter().map(|x| f64::from(x) / 4.0).collect())
}

/// Values at every edge and its neighbours, and everything that is not an ordinary number.
fn number_values(edges: &[f64]) -> Vec<f64> {
    let mut values =
        vec![f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -99.0, -0.0, 0.0, 1e300, -1e300, f64::MIN_POSITIVE];
    values.extend(edges.iter().flat_map(|e| [e.next_down(), *e, e.next_up()]));
    values
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn row_name_and_batch_agree_with_the_file(
        numbers in prop::collection::vec((edges(), prop::collection::vec(-60_i32..60, 23)), 1..12),
        texts in prop::collection::vec(prop::collection::vec(-60_i32..60, 6), 0..5),
        mean in any::<bool>(),
        limit in 1_u8..=4,
    ) {
        let file = model_file(&numbers, &texts, mean, limit);
        let model = Model::from_file(file.clone()).expect("sound");
        let rows = numbers.iter().map(|(e, _)| number_values(e).len()).max().expect("a column").max(7);
        let columns: Vec<Column> = numbers
            .iter()
            .map(|(e, _)| Column::Number(number_values(e).into_iter().cycle().take(rows).collect()))
            .chain(texts.iter().enumerate().map(|(i, _)| {
                let mut b = TextBuilder::default();
                (0..rows).for_each(|r| b.push([Some("a"), Some("c"), Some("b"), None, Some("new"), Some("none"), Some("")][(r + i) % 7]));
                b.finish()
            }))
            .collect();
        let names: Vec<&str> = file.characteristics.iter().map(|c| c.name.as_str()).collect();
        let table: Vec<_> = names.iter().copied().zip(columns.iter().map(Column::view)).collect();
        let batch = model.bind(&table).expect("bound");
        let blank = Rating { score: 0, pd: None, grade: 0, reasons: Reasons::default(), data_coverage: 1.0 };
        let (mut scores, mut ratings) = (vec![0; rows], vec![blank; rows]);
        batch.score(0..rows, &mut scores).expect("scored");
        batch.assess(0..rows, &mut ratings).expect("rated");
        for r in 0..rows {
            let row = batch.values(r);
            let (score, reasons) = plain(&file, &row);
            let rating = model.assess(&row).expect("rated");
            let named: Vec<_> = names.iter().copied().zip(row.iter().copied()).rev().collect();
            prop_assert_eq!(model.assess_named(&named).expect("rated"), rating);
            prop_assert_eq!(ratings[r], rating);
            prop_assert_eq!((scores[r], rating.score), (score, score));
            let found: Vec<_> = rating.reasons.iter().map(|x| (x.table, x.bin, x.points_lost)).collect();
            prop_assert_eq!(found, reasons);
            let explained = model.explain(&row).expect("explained");
            let sum: i32 = explained.contributions.iter().map(|c| c.points).sum();
            prop_assert_eq!(file.base_points + sum, score);
        }
        // What is written reads back to the same bytes.
        let json = file.to_json().expect("finite");
        let again = Model::from_json(json.as_bytes()).expect("sound");
        prop_assert_eq!(again.file().to_json().expect("finite"), json);
    }

    #[test]
    fn a_damaged_file_never_panics(cut in 0_usize..3000, flip in 0_usize..3000, byte in any::<u8>()) {
        let mut bytes = include_bytes!("../examples/model.json").to_vec();
        let at = flip % bytes.len();
        bytes[at] = byte;
        let end = bytes.len() - cut.min(bytes.len()) / 8;
        if let Ok(model) = Model::from_json(&bytes[..end]) {
            let row = vec![Value::Missing; model.file().characteristics.len()];
            let _ = model.assess(&row);
        }
    }
}

#[test]
fn a_model_of_many_tables_scores_by_row_and_batch_alike() {
    let numbers: Vec<(Vec<f64>, Vec<i32>)> =
        (0..300).map(|i| (vec![f64::from(i % 5)], (0..23).map(|k| (i * 7 + k * 3) % 41 - 20).collect())).collect();
    let file = model_file(&numbers, &[], false, 4);
    let model = Model::from_file(file.clone()).expect("sound");
    let x = [1.5, -3.0, f64::NAN];
    let table: Vec<_> =
        file.characteristics.iter().map(|c| (c.name.as_str(), primitives::ColumnView::Number(&x))).collect();
    let batch = model.bind(&table).expect("bound");
    let mut scores = [0; 3];
    batch.score(0..3, &mut scores).expect("scored");
    for (r, score) in scores.into_iter().enumerate() {
        let row = batch.values(r);
        assert_eq!(plain(&file, &row).0, score);
        assert_eq!(model.assess(&row).expect("rated").score, score);
    }
}

#[test]
fn withdrawing_a_source_caps_the_grade_and_never_raises_the_score() {
    let model = Model::from_file(example()).expect("sound");
    let full = model.assess(&[Value::Number(9.0), Value::Text("software")]).expect("rated");
    let less = model.assess(&[Value::Number(9.0), Value::NotAuthorised]).expect("rated");
    assert!(less.score <= full.score && less.grade >= full.grade);
    assert_eq!((less.data_coverage, model.grade_name(less.grade)), (0.5, "C"), "half is under 0.6");
}
