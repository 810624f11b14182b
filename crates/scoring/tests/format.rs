//! The text of a model file: what is written is read back, to the byte.

mod common;

use common::{EXAMPLE, Random, Shape, random_model};
use proptest::prelude::*;
use scoring::{Direction, Kind, Model, SpecialValue};

#[test]
fn the_example_stands_as_it_would_be_written() {
    let model = Model::from_json(EXAMPLE.as_bytes()).expect("the example");
    assert_eq!(model.file().to_json().expect("JSON"), EXAMPLE);
    assert_eq!(Model::from_file(model.file().clone()).expect("a model").digest(), model.digest());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn written_and_read_again(seed: u64, pairs: bool) {
        let r = &mut Random::new(seed);
        let tables = 1 + r.below(12);
        let mut file = random_model(r, &Shape { tables, points_max: 1_000_000, pairs });
        // Texts and numbers that JSON readers stumble over.
        file.card.population = "\"引号\" \\ \u{1} \t 😀 / {[,:]}".into();
        file.card.limits = vec![String::new(), "，".repeat(r.below(200))];
        file.origin.seed = u64::MAX;
        file.scale.pdo = f64::from_bits(r.next() | 1).abs();
        let text = file.to_json().expect("JSON");
        let model = Model::from_json(text.as_bytes()).expect("a model");
        prop_assert_eq!(model.file(), &file);
        prop_assert_eq!(model.file().to_json().expect("JSON"), text.clone());
        // The same value as the compact form.
        let compact: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        prop_assert_eq!(compact, serde_json::to_value(&file).expect("JSON"));
        for line in text.lines() {
            // A line may be longer only where a text can not be broken, or a bin's list of levels.
            prop_assert!(line.len() <= 160 || breaks(line) == 0, "{} bytes: {line}", line.len());
        }
    }
}

/// Places of a line where a container could have been opened into lines of its own.
fn breaks(line: &str) -> usize {
    let line = line.trim_start();
    let value = line.split_once("\": ").filter(|_| line.starts_with('"')).map_or(line, |(_, value)| value);
    usize::from(value.starts_with(['{', '[']) && value.trim_end_matches(',').len() > 2)
}

/// The random edges of the other tests are short; these have all their digits.
#[test]
fn edges_keep_every_bit() {
    let r = &mut Random::new(23);
    let mut checked = 0;
    for _ in 0..2_000 {
        let x = f64::from_bits(r.next() << 11 | r.next());
        if !x.is_finite() {
            continue;
        }
        let text = EXAMPLE.replace("\"special\": [-1.0]", &format!("\"special\": [{x:?}]"));
        let model = Model::from_json(text.as_bytes()).expect("a model");
        let written = model.file().to_json().expect("JSON");
        let again = Model::from_json(written.as_bytes()).expect("a model");
        let special = again.file().tables.iter().find_map(|t| match t {
            scoring::Table::OneWay { bins, .. } => bins.iter().find_map(|b| match &b.attribute {
                scoring::Attribute::Special(v) => Some(v[0].clone()),
                _ => None,
            }),
            scoring::Table::TwoWay(_) => None,
        });
        let Some(SpecialValue::Number(y)) = special else { panic!("a special number") };
        assert_eq!(x.to_bits(), y.to_bits(), "{x:?}");
        checked += 1;
    }
    assert!(checked > 1_900);
}

#[test]
fn what_a_model_says_of_itself() {
    let model = Model::from_json(EXAMPLE.as_bytes()).expect("the example");
    assert_eq!(model.file().characteristics[0].direction, Some(Direction::Rising));
    assert_eq!(model.file().characteristics[1].kind, Kind::Text);
    assert_eq!((model.position("industry"), model.position("x")), (Some(1), None));
    assert_eq!(model.edges(0), [1.0, 5.0]);
    assert_eq!(model.edges(1), [0.0; 0]);
    assert_eq!(model.known_levels(1), ["catering", "manufacturing", "retail", "software"]);
    assert!(model.known_levels(0).is_empty());
    for (score, grade) in [(i32::MAX, 0), (620, 0), (619, 1), (560, 1), (559, 2), (i32::MIN, 2)] {
        assert_eq!(model.grade(score), grade);
        assert_eq!(model.pd(score), None);
    }
    let text =
        EXAMPLE.replace("\"grades\"", "\"pd\": {\"lowest_score\": 599, \"by_score\": [0.3, 0.2, 0.1]}, \"grades\"");
    let model = Model::from_json(text.as_bytes()).expect("a model");
    for (score, pd) in [(i32::MIN, 0.3), (598, 0.3), (599, 0.3), (600, 0.2), (601, 0.1), (602, 0.1), (i32::MAX, 0.1)] {
        assert_eq!(model.pd(score), Some(pd));
    }
}
