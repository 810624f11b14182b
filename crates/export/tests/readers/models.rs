//! The models that are exported, with their rows.

use crate::case::{Case, Cell};
use crate::common::{Random, Shape, random_model, telling_values};
use primitives::{Column, TextBuilder, Value};
use scoring::{Attribute, Kind, Model, ModelFile, SpecialValue, Table};
use training::{TrainConfig, TrainingTable, golden_rows, golden_value, train};

/// Names that mean something to a parser, or would end a quote.
const ODD_NAMES: [&str; 24] = [
    "select",
    "order",
    "a\"b",
    "a'b",
    "a`b",
    "a\\b",
    "名 称",
    "--",
    "/*",
    "*/",
    "a.b",
    " ",
    "%s",
    "?",
    ":p",
    "$1",
    "{{x}}",
    "\"; DROP TABLE t; --",
    "'; DROP TABLE t; --",
    "`; DROP TABLE t; --",
    "x]]>&<y/>",
    "Ünïcödé😀",
    "points_1",
    "value_1",
];

/// Beginnings of texts, as odd.
const ODD_TEXTS: [&str; 16] =
    ["", "'", "''", "\\", "\\'", "\"", "`", "${env:HOME}", "$$", "a\nb", "\t", " ", "</Constant>", "😀", "%", "\u{85}"];

/// Random models: small ones of odd names, some with what is not authorised, and wide ones.
pub(crate) fn random() -> Vec<Case> {
    let mut cases = Vec::new();
    for seed in 0..24 {
        let mut r = Random::new(seed + 1);
        let tables = match seed {
            0 => 1,
            1 => 130, // more than a call of a function takes arguments
            2 => 40,
            _ => 2 + r.below(11),
        };
        let shape = Shape { tables, points_max: *r.pick(&[3, 60, 1_000_000]), pairs: seed % 5 != 0 };
        let mut file = random_model(&mut r, &shape);
        let withheld = seed % 2 == 0;
        if seed % 4 >= 2 {
            make_odd(&mut file, withheld, &mut r);
        }
        if seed % 3 == 1 {
            keep_each_pair_once(&mut file);
        }
        let model = Model::from_file(file).expect("a model");
        let not_authorised = withheld.then(|| "not authorised".to_owned());
        let count = if tables > 20 { 150 } else { 250 };
        let values = rows(&model, count, withheld, &mut r);
        let table = ["firms", "select", "Tab\"le; --", "shangzhi_read"][seed as usize % 4].to_owned();
        cases.push(Case {
            name: format!("random-{seed:02}"),
            model,
            table,
            not_authorised,
            values,
            mixed_types: false,
        });
    }
    // Whole numbers, decimals and texts in place of doubles.
    for seed in 0..6 {
        let mut r = Random::new(seed + 101);
        let model = loop {
            let file = random_model(&mut r, &Shape { tables: 8, points_max: 40, pairs: true });
            if file.characteristics.iter().filter(|c| c.kind == Kind::Number).count() > 2 {
                break Model::from_file(file).expect("a model");
            }
        };
        let mut values = rows(&model, 200, false, &mut r);
        for row in &mut values {
            for cell in row.iter_mut() {
                if let Cell::Number(x) = cell {
                    // Quarters near the edges: exact as decimals, and of many sizes as whole numbers.
                    let near = if x.is_finite() && x.abs() < 1e6 { *x } else { r.below(40) as f64 - 20.0 };
                    *cell = Cell::Number(if seed % 2 == 0 { near.round() + 0.0 } else { (near * 4.0).round() / 4.0 });
                }
            }
        }
        let name = format!("types-{seed:02}");
        cases.push(Case { name, model, table: "firms".into(), not_authorised: None, values, mixed_types: true });
    }
    cases
}

/// PMML keeps reasons by their codes, so it takes no pair twice.
fn keep_each_pair_once(file: &mut ModelFile) {
    let mut seen: Vec<[String; 2]> = Vec::new();
    file.tables.retain(|table| match table {
        Table::OneWay { .. } => true,
        Table::TwoWay(pair) => {
            let is_new = !seen.contains(&pair.pair);
            seen.push(pair.pair.clone());
            is_new
        }
    });
}

/// Gives characteristics and texts odd names, each its own; without semicolons where they stand in lists.
fn make_odd(file: &mut ModelFile, listed: bool, r: &mut Random) {
    let mut names: Vec<&str> = ODD_NAMES.into_iter().filter(|name| !(listed && name.contains(';'))).collect();
    r.shuffle(&mut names);
    for (i, c) in file.characteristics.iter_mut().enumerate() {
        let name = match names.get(i) {
            Some(&name) => name.to_owned(),
            None => format!("plain {i}"),
        };
        let old = std::mem::replace(&mut c.name, name.clone());
        for table in &mut file.tables {
            match table {
                Table::OneWay { characteristic, .. } if *characteristic == old => characteristic.clone_from(&name),
                Table::OneWay { .. } => {}
                Table::TwoWay(pair) => {
                    pair.pair.iter_mut().filter(|n| **n == old).for_each(|n| n.clone_from(&name));
                }
            }
        }
    }
    let mut odd = |text: &mut String| *text = format!("{}{text}", r.pick(&ODD_TEXTS));
    for table in &mut file.tables {
        let attributes: Vec<&mut Attribute> = match table {
            Table::OneWay { bins, .. } => bins.iter_mut().map(|b| &mut b.attribute).collect(),
            Table::TwoWay(pair) => pair.rows.iter_mut().chain(&mut pair.columns).collect(),
        };
        for attribute in attributes {
            match attribute {
                Attribute::Levels(levels) => levels.iter_mut().for_each(&mut odd),
                Attribute::Special(values) => values.iter_mut().for_each(|v| match v {
                    SpecialValue::Text(t) => odd(t),
                    SpecialValue::Number(_) => {}
                }),
                _ => {}
            }
        }
    }
    for (i, grade) in file.grades.iter_mut().enumerate() {
        let name = format!("{}{i}", ["A'", "B\\", "丙", "<D>", "E\""][i % 5]);
        if grade.name == file.coverage.best_grade {
            file.coverage.best_grade.clone_from(&name);
        }
        grade.name = name;
    }
}

/// Rows in which every telling value of every characteristic stands, then random ones.
fn rows(model: &Model, count: usize, withheld: bool, r: &mut Random) -> Vec<Vec<Cell>> {
    let telling: Vec<Vec<Cell>> = (0..model.file().characteristics.len())
        .map(|c| telling_values(model.file(), c).into_iter().map(Cell::from).collect())
        .map(|mut cells: Vec<Cell>| {
            r.shuffle(&mut cells);
            cells
        })
        .collect();
    let longest = telling.iter().map(Vec::len).max().unwrap_or(0);
    // A row in which nothing is told, then all of everything.
    let none = telling.iter().map(|_| Cell::Missing).collect();
    let mut rows: Vec<Vec<Cell>> = vec![none];
    for i in 0..longest.max(count) {
        let cell = |cells: &Vec<Cell>, r: &mut Random| match i < longest {
            true => cells[i % cells.len()].clone(),
            false => r.pick(cells).clone(),
        };
        rows.push(telling.iter().map(|cells| cell(cells, r)).collect());
        if withheld && i % 2 == 1 {
            let share = 1 + r.below(8);
            rows[i + 1].iter_mut().filter(|_| r.one_in(share)).for_each(|cell| *cell = Cell::NotAuthorised);
        }
    }
    rows
}

/// The committed model with the golden rows of its folder, whose score, grade and reasons the model must give.
pub(crate) fn committed() -> Case {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models/commercial-value/1");
    let model = Model::from_json(&std::fs::read(folder.join("model.json")).expect("the model")).expect("a model");
    let mut reader = csv::Reader::from_path(folder.join("golden.csv")).expect("the golden rows");
    let n = model.file().characteristics.len();
    let mut values: Vec<Vec<Cell>> = Vec::new();
    for record in reader.records() {
        let record = record.expect("a row");
        let cells =
            record.iter().zip(&model.file().characteristics).map(|(text, c)| Cell::from(golden_value(text, c.kind)));
        let row: Vec<Cell> = cells.collect();
        let rating = model.assess(&row.iter().map(Cell::value).collect::<Vec<_>>()).expect("a row");
        let reasons: Vec<String> = rating.reasons.iter().map(|r| model.reason_code(&r)).collect();
        let found = [rating.score.to_string(), model.grade_name(rating.grade).to_owned(), reasons.join(";")];
        assert_eq!(found.iter().map(String::as_str).collect::<Vec<_>>(), record.iter().skip(n).collect::<Vec<_>>());
        values.push(row);
    }
    let golden = values.len();
    assert!(golden > 5, "{golden} golden rows");
    let mut r = Random::new(7);
    values.extend(rows(&model, 200, true, &mut r));
    let not_authorised = Some("not_authorised".to_owned());
    let table = "features".to_owned();
    Case { name: "commercial-value".into(), model, table, not_authorised, values, mixed_types: false }
}

/// Two boosted models with pairs, special values and texts, each with its golden rows and more.
pub(crate) fn boosted() -> Vec<Case> {
    let case = |baseline: &str| {
        let mut r = Random::new(42);
        let (mut x, mut y, mut level, mut bad) = (Vec::new(), Vec::new(), TextBuilder::default(), Vec::new());
        for i in 0..3_000 {
            let unit = |r: &mut Random| r.below(1 << 20) as f64 / f64::from(1 << 20);
            let (a, b) = (unit(&mut r), unit(&mut r));
            let own = ["p", "q", "it's"][i % 3];
            let crossed = if (a > 0.5) == (b > 0.5) { 0.4 } else { 0.1 };
            x.push(match i % 7 {
                0 => f64::NAN,
                1 => -9.0,
                _ => a,
            });
            y.push(b);
            level.push((i % 11 != 0).then_some(own));
            bad.push(f64::from(unit(&mut r) < crossed + if own == "q" { 0.15 } else { 0.0 }));
        }
        let names = ["x", "y", "level", "bad"].map(str::to_owned);
        let columns = [Column::Number(x), Column::Number(y), level.finish(), Column::Number(bad)];
        let table = TrainingTable { names: &names, columns: &columns, target: "bad", bad_value: "1", files: &[] };
        let config = "[model]\nmethod = \"boosted\"\n[columns.special]\nx = [-9]\n";
        let trained =
            train(table, &TrainConfig::from_toml(config).expect("a configuration"), 1, &|_| {}).expect("trains");
        let mut file = trained.model.file().clone();
        assert!(file.tables.iter().any(|t| matches!(t, Table::TwoWay(_))), "a pair is kept");
        if baseline == "mean" {
            file.reasons.baseline = scoring::ReasonBaseline::Mean;
        }
        let model = Model::from_file(file).expect("a model");
        let golden = golden_rows(&model).expect("rows");
        let kinds: Vec<Kind> = model.file().characteristics.iter().map(|c| c.kind).collect();
        let cells = |row: &training::GoldenRow| -> Vec<Cell> {
            let values: Vec<Value<'_>> =
                row.values.iter().zip(&kinds).map(|(v, &kind)| golden_value(v, kind)).collect();
            values.into_iter().map(Cell::from).collect()
        };
        let mut values: Vec<Vec<Cell>> = golden.iter().map(cells).collect();
        values.extend(rows(&model, 200, true, &mut r));
        let not_authorised = Some("withheld".to_owned());
        let name = format!("boosted-{baseline}");
        Case { name, model, table: "firms".into(), not_authorised, values, mixed_types: false }
    };
    vec![case("maximum"), case("mean")]
}
