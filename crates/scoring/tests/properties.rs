//! What holds for every model and every row.

mod common;

use common::{EXAMPLE, Random, Shape, intervals, one_way, random_model, random_rows, telling_values};
use primitives::Value;
use proptest::prelude::*;
use scoring::{Attribute, Bin, Direction, Kind, Language, Model, ModelFile, ReasonBaseline, Table};

fn config() -> ProptestConfig {
    ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() }
}

fn shape(r: &mut Random) -> Shape {
    Shape { tables: 1 + r.below(20), points_max: 80, pairs: r.one_in(2) }
}

/// A model whose points follow the direction of each numeric characteristic.
fn directed_model(r: &mut Random) -> ModelFile {
    let shape = Shape { pairs: false, ..shape(r) };
    let mut file = random_model(r, &shape);
    for (c, table) in file.characteristics.iter_mut().zip(&mut file.tables) {
        let Table::OneWay { bins, .. } = table else { continue };
        if c.kind == Kind::Text {
            continue;
        }
        let inner = bins.iter().filter(|b| matches!(b.attribute, Attribute::Interval(_))).count();
        let mut points: Vec<i32> = bins[..inner].iter().map(|b| b.points).collect();
        points.sort_unstable();
        let direction = *r.pick(&[Direction::Rising, Direction::Falling]);
        if direction == Direction::Falling {
            points.reverse();
        }
        c.direction = Some(direction);
        for (b, p) in bins.iter_mut().zip(points) {
            b.points = p;
        }
        // A special value is a code: it has no place in the order.
        bins.retain(|b| !matches!(b.attribute, Attribute::Special(_)));
    }
    file
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn an_improvement_never_lowers_the_score_or_the_grade(seed: u64) {
        let r = &mut Random::new(seed);
        let model = Model::from_file(directed_model(r)).expect("a model");
        let file = model.file();
        let mut row = random_rows(file, 1, r).remove(0);
        for (i, c) in file.characteristics.iter().enumerate() {
            let Some(direction) = c.direction else { continue };
            let before = row[i];
            let mut values: Vec<f64> = telling_values(file, i)
                .into_iter()
                .filter_map(|v| if let Value::Number(x) = v { Some(x).filter(|x| x.is_finite()) } else { None })
                .collect();
            values.sort_unstable_by(f64::total_cmp);
            if direction == Direction::Falling {
                values.reverse();
            }
            let mut last = None;
            for x in values {
                row[i] = Value::Number(x);
                let rating = model.assess(&row).expect("a row");
                let pd = rating.pd.unwrap_or(0.5);
                if let Some((score, grade, risk)) = last {
                    prop_assert!(score <= rating.score && rating.grade <= grade && pd <= risk, "{} at {x}", c.name);
                }
                last = Some((rating.score, rating.grade, pd));
            }
            row[i] = before;
        }
    }

    #[test]
    fn a_withdrawn_authorisation_never_helps(seed: u64) {
        let r = &mut Random::new(seed);
        let shape = shape(r);
        let model = Model::from_file(random_model(r, &shape)).expect("a model");
        for mut row in random_rows(model.file(), 10, r) {
            let mut order: Vec<usize> = (0..row.len()).collect();
            r.shuffle(&mut order);
            let mut before = model.assess(&row).expect("a row");
            for i in order {
                row[i] = Value::NotAuthorised;
                let rating = model.assess(&row).expect("a row");
                prop_assert!(rating.score <= before.score && rating.grade >= before.grade);
                prop_assert!(rating.data_coverage <= before.data_coverage);
                before = rating;
            }
            prop_assert_eq!(before.data_coverage, 0.0);
            prop_assert_eq!(before.score, model.score_range().0);
        }
    }

    #[test]
    fn reasons_are_few_ordered_and_only_for_losses(seed: u64) {
        let r = &mut Random::new(seed);
        let shape = shape(r);
        let model = Model::from_file(random_model(r, &shape)).expect("a model");
        let file = model.file();
        for row in random_rows(file, 30, r) {
            let explanation = model.explain(&row).expect("a row");
            let rating = explanation.rating;
            let reasons: Vec<_> = rating.reasons.iter().collect();
            prop_assert!(reasons.len() <= usize::from(file.reasons.limit));
            for pair in reasons.windows(2) {
                let key = |r: &scoring::Reason| (-r.points_lost, r.table);
                prop_assert!(key(&pair[0]) < key(&pair[1]));
            }
            let sum: i32 = explanation.contributions.iter().map(|c| c.points).sum();
            prop_assert_eq!(file.base_points + sum, rating.score);
            for reason in &reasons {
                prop_assert!(reason.points_lost >= 1);
                prop_assert_eq!(explanation.contributions[reason.table].bin, reason.bin);
                let code = model.reason_code(reason);
                for language in [Language::Chinese, Language::English] {
                    let text = model.reason_text(reason, language);
                    prop_assert!(text.contains(&reason.points_lost.to_string()), "{code}: {text}");
                }
            }
            if file.reasons.baseline == ReasonBaseline::Maximum {
                let lost: i32 = explanation.contributions.iter().map(|c| c.points_max - c.points).sum();
                prop_assert_eq!(reasons.is_empty(), lost == 0);
                prop_assert_eq!(rating.score + lost, model.score_range().1);
            }
        }
    }
}

#[test]
fn a_row_without_a_loss_has_no_reason() {
    let model = Model::from_json(EXAMPLE.as_bytes()).expect("the example");
    let best = model.assess(&[Value::Number(5.0), Value::Text("software")]).expect("a row");
    assert_eq!((best.score, best.reasons.len(), best.reasons.is_empty()), (670, 0, true));
    assert_eq!(best.reasons.iter().next(), None);
    assert_eq!(model.score_range(), (520, 670));
}

/// Equal losses stand in the order of the tables; the limit keeps the first of them.
#[test]
fn ties_stand_in_the_order_of_the_tables() {
    let mut file = Model::from_json(EXAMPLE.as_bytes()).expect("the example").file().clone();
    let bin = |attribute, points| Bin { attribute, points, goods: 0.0, bads: 0.0, woe: 0.0 };
    let template = file.characteristics[0].clone();
    file.characteristics.clear();
    file.tables.clear();
    for (i, loss) in [3, 9, 3, 0, 9, 3, 1].into_iter().enumerate() {
        let name = format!("c{i}");
        let mut bins: Vec<Bin> = intervals(&[0.0]).into_iter().zip([-loss, 0]).map(|(a, p)| bin(a, p)).collect();
        bins.extend([bin(Attribute::Missing, -2), bin(Attribute::NotAuthorised, -9)]);
        file.tables.push(one_way(&name, bins));
        file.characteristics.push(scoring::Characteristic { name, ..template.clone() });
    }
    for (limit, expect) in [(4, &[1, 4, 0, 2][..]), (3, &[1, 4, 0]), (1, &[1])] {
        file.reasons.limit = limit;
        let model = Model::from_file(file.clone()).expect("a model");
        let rating = model.assess(&[Value::Number(-1.0); 7]).expect("a row");
        assert_eq!(rating.reasons.iter().map(|r| r.table).collect::<Vec<_>>(), expect);
    }
}

#[test]
fn words() {
    let text = EXAMPLE.replace("\"from\": 5.0", "\"from\": 1e300").replace("\"to\": 5.0", "\"to\": 1e300");
    let model = Model::from_json(text.as_bytes()).expect("a model");
    for (row, expect) in [
        (
            [Value::Number(0.5), Value::Text("catering")],
            "years 经营年限 < 1，较最高分少 90 分 | Years in business < 1: 90 points lost\n\
             industry 行业为 catering，较最高分少 60 分 | Industry is catering: 60 points lost\n",
        ),
        (
            [Value::Number(2.0), Value::Text("farming")],
            "years 经营年限为 [1, 1e300)，较最高分少 50 分 | Years in business in [1, 1e300): 50 points lost\n\
             industry.unseen 行业为训练中未见过的类别，较最高分少 40 分 | Industry is a category that training did not see: 40 points lost\n",
        ),
        (
            [Value::Missing, Value::Missing],
            "years.missing 经营年限缺失，较最高分少 40 分 | Years in business is missing: 40 points lost\n\
             industry.missing 行业缺失，较最高分少 30 分 | Industry is missing: 30 points lost\n",
        ),
        (
            [Value::Number(-1.0), Value::NotAuthorised],
            "industry.not_authorised 行业未获授权，较最高分少 60 分 | Industry is not authorised: 60 points lost\n\
             years.special 经营年限为特殊值 -1，较最高分少 35 分 | Years in business is special -1: 35 points lost\n",
        ),
    ] {
        let rating = model.assess(&row).expect("a row");
        let found: String = rating
            .reasons
            .iter()
            .map(|r| {
                let [zh, en] = [Language::Chinese, Language::English].map(|l| model.reason_text(&r, l));
                format!("{} {zh} | {en}\n", model.reason_code(&r))
            })
            .collect();
        assert_eq!(found, expect);
    }
}
