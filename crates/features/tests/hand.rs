//! Features computed by hand: each file of `hand/` has records, and values whose arithmetic stands beside them.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use features::catalogue::Catalogue;
use features::{Options, compute};
use primitives::Column;
use std::collections::BTreeSet;
use std::path::Path;
use table::{ReadOptions, Table};

const FILES: [(&str, &str); 9] = [
    ("invoices", include_str!("hand/invoices.txt")),
    ("tax", include_str!("hand/tax.txt")),
    ("events", include_str!("hand/events.txt")),
    ("peers", include_str!("hand/peers.txt")),
    ("months", include_str!("hand/months.txt")),
    ("leap", include_str!("hand/leap.txt")),
    ("rules", include_str!("hand/rules.txt")),
    ("more", include_str!("hand/more.txt")),
    ("edges", include_str!("hand/edges.txt")),
];

/// One as-of date with its sources and what is expected.
#[derive(Default)]
struct Case<'t> {
    as_of: &'t str,
    sources: Vec<(&'t str, String)>,
    expected: Vec<&'t str>,
}

fn cases(text: &str) -> Vec<Case<'_>> {
    let mut cases: Vec<Case<'_>> = Vec::new();
    let mut reading = false;
    for line in text.lines().filter(|l| !l.starts_with('#')) {
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        match word {
            "as_of" => {
                cases.push(Case { as_of: rest, ..Case::default() });
                reading = false;
            }
            "source" => {
                cases.last_mut().unwrap().sources.push((rest, String::new()));
                reading = true;
            }
            "expect" | "state" | "text" | "number" => {
                cases.last_mut().unwrap().expected.push(line);
                reading = false;
            }
            "" => {}
            _ => {
                assert!(reading, "{line:?} belongs to no source");
                let (_, csv) = cases.last_mut().unwrap().sources.last_mut().unwrap();
                csv.push_str(&rows(line));
            }
        }
    }
    cases
}

/// `for FROM TO ROW` is a row for each number, which stands where the row has `{}`.
fn rows(line: &str) -> String {
    let Some(rest) = line.strip_prefix("for ") else { return format!("{line}\n") };
    let words: Vec<&str> = rest.splitn(3, ' ').collect();
    let [from, to, row] = words[..] else { panic!("{line}") };
    let numbers = from.parse::<u32>().unwrap()..=to.parse().unwrap();
    numbers.map(|n| row.replace("{}", &n.to_string()) + "\n").collect()
}

/// The table of a case, by way of Parquet and of CSV.
fn run(case: &Case<'_>, folder: &Path) -> [Table; 2] {
    let sources = folder.join("sources");
    std::fs::create_dir_all(&sources).unwrap();
    let mut enterprises = None;
    for (id, csv) in &case.sources {
        // That one is no source: it says whose features are asked for, and what they have not authorised.
        let list = *id == "enterprises";
        let path = if list { folder } else { &sources }.join(format!("{id}.csv"));
        std::fs::write(&path, csv).unwrap();
        enterprises = enterprises.or(list.then_some(path));
    }
    ["features.parquet", "features.csv"].map(|name| {
        let out = folder.join(name);
        let options = Options {
            sources: &sources,
            as_of: case.as_of.parse().unwrap(),
            out: &out,
            enterprises: enterprises.as_deref(),
            issues: None,
            memory_bytes: 1 << 20,
        };
        let outcome = compute(&Catalogue::built_in(), &options, &|_| ()).unwrap();
        let text = outcome.summary.to_text();
        let clean = outcome.summary.sources.iter().all(|s| s.set_aside == 0);
        assert!(clean, "{}: rows were set aside\n{text}", case.as_of);
        table::read(&[out], &ReadOptions::default(), &|_| ()).unwrap()
    })
}

fn text<'t>(table: &'t Table, column: &str, row: usize) -> &'t str {
    table.column(column).unwrap_or_else(|| panic!("no column {column}")).text(row).unwrap_or("-")
}

fn number(table: &Table, column: &str, row: usize) -> f64 {
    match table.column(column).unwrap_or_else(|| panic!("no column {column}")) {
        Column::Number(v) => v[row],
        Column::Text { .. } => f64::NAN,
    }
}

#[test]
fn every_feature_is_what_it_is_by_hand() {
    let catalogue = Catalogue::built_in();
    let mut seen = BTreeSet::new();
    let mut wrong = Vec::new();
    for (name, file) in FILES {
        for case in cases(file) {
            let folder = tempfile::tempdir().unwrap();
            for table in run(&case, folder.path()) {
                for line in &case.expected {
                    let plain = line.split("  #").next().unwrap();
                    let words: Vec<&str> = plain.splitn(4, ' ').collect();
                    let [kind, id, column, value] = words[..] else { panic!("{name}: {line}") };
                    let row = (0..table.rows()).find(|&r| text(&table, "enterprise_id", r) == id);
                    let row = row.unwrap_or_else(|| panic!("{name}: no enterprise {id}"));
                    let place = catalogue.features.iter().position(|f| f.column == column);
                    let state = place.map(|p| &text(&table, "states", row)[p..=p]);
                    let (found, agrees) = match kind {
                        "expect" | "number" => {
                            let (found, expected) = (number(&table, column, row), value.trim().parse::<f64>().unwrap());
                            seen.insert(column.to_owned());
                            let near = (found - expected).abs() <= 1e-12 * expected.abs().max(1e-3);
                            (format!("{found} ({})", state.unwrap_or("-")), near)
                        }
                        "state" => (state.unwrap().to_owned(), state == Some(value)),
                        _ => (text(&table, column, row).to_owned(), text(&table, column, row) == value),
                    };
                    let said = format!("{name}, as of {}: {line}\n    found {found}", case.as_of);
                    if !agrees && !wrong.contains(&said) {
                        wrong.push(said);
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong.join("\n"));
    let missing: Vec<&str> =
        catalogue.features.iter().map(|f| f.column.as_str()).filter(|c| !seen.contains(*c)).collect();
    assert!(missing.is_empty(), "no value by hand for {missing:?}");
}
