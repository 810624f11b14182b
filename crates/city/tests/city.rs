//! What must hold of a city, whoever reads it.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use city::{Error, Format, Grain, Options, Summary, simulate};
use primitives::{Column, MISSING_CODE};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use table::{ColumnType, ReadOptions, Table, read};

fn options(out: PathBuf, enterprises: u64) -> Options {
    let mut options = Options::new(out);
    (options.enterprises, options.months) = (enterprises, 36);
    options
}

fn made(options: &Options) -> Summary {
    simulate(options, &|_| ()).unwrap()
}

fn source(folder: &Path, id: &str) -> Table {
    // Numbers of invoices and codes of goods are texts.
    let types =
        ["invoice_no", "invoice_code", "red_of", "goods_code", "district"].map(|n| (n.to_owned(), ColumnType::Text));
    let options = ReadOptions { types: types.into(), ..ReadOptions::default() };
    read(&[folder.join(format!("sources/{id}.parquet"))], &options, &|_| ()).unwrap()
}

fn texts<'t>(table: &'t Table, name: &str) -> Vec<&'t str> {
    match table.column(name) {
        Some(Column::Text { codes, levels }) => {
            codes.iter().map(|&c| if c == MISSING_CODE { "" } else { levels[c as usize].as_str() }).collect()
        }
        other => panic!("{name}: {other:?}"),
    }
}

fn numbers<'t>(table: &'t Table, name: &str) -> &'t [f64] {
    match table.column(name) {
        Some(Column::Number(values)) => values,
        other => panic!("{name}: {other:?}"),
    }
}

fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut all = BTreeMap::new();
    for folder in [folder.to_owned(), folder.join("sources"), folder.join("policy")] {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_file() {
                all.insert(PathBuf::from(path.file_name().unwrap()), fs::read(&path).unwrap());
            }
        }
    }
    all
}

#[test]
fn the_same_seed_gives_the_same_bytes_on_any_number_of_threads() {
    let place = tempfile::tempdir().unwrap();
    let run = |name: &str, threads: usize, seed: u64| {
        let mut options = options(place.path().join(name), 420);
        options.seed = seed;
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| made(&options));
        files(&options.out)
    };
    let one = run("one", 1, 5);
    assert_eq!(one.len(), 26 + 4);
    for (name, bytes) in run("three", 3, 5) {
        assert!(one[&name] == bytes, "{} differs", name.display());
    }
    let other = run("other", 2, 6);
    assert!(one.iter().filter(|(name, _)| name.as_os_str() != "README.md").all(|(n, b)| other[n] != *b));
}

/// GB 32100-2015, written anew: the sum of all characters with weights 3^i is 0 modulo 31, the last counted once.
fn passes(code: &str) -> bool {
    const ALPHABET: &str = "0123456789ABCDEFGHJKLMNPQRTUWXY";
    let mut sum = 0;
    for (i, c) in code.chars().enumerate() {
        let Some(value) = ALPHABET.find(c) else { return false };
        sum += if i == 17 { value } else { value * 3_usize.pow(i as u32) };
    }
    code.len() == 18 && sum % 31 == 0
}

#[test]
fn codes_pass_names_say_synthetic_and_both_sides_tell_of_one_invoice() {
    let place = tempfile::tempdir().unwrap();
    let mut options = options(place.path().join("city"), 600);
    options.dirty = false;
    made(&options);
    let registry = source(&options.out, "registry");
    let city: BTreeSet<&str> = texts(&registry, "credit_code").into_iter().collect();
    assert_eq!(city.len(), 600);
    assert!(city.iter().all(|code| passes(code)));
    assert!(texts(&registry, "name").iter().all(|name| name.starts_with("合成")));
    assert!(fs::read_to_string(options.out.join("README.md")).unwrap().contains("非真实企业"));

    let invoices = source(&options.out, "invoices");
    let columns = ["enterprise_id", "counterparty_id", "invoice_no", "direction", "status", "issued_on", "known_at"];
    let [id, other, number, direction, status, day, known] = columns.map(|c| texts(&invoices, c));
    let amount = numbers(&invoices, "amount_fen");
    assert!(other.iter().all(|code| passes(code)));
    let (mut sales, mut purchases) = (BTreeSet::new(), BTreeSet::new());
    let mut first = BTreeMap::new();
    for row in 0..invoices.rows() {
        assert_eq!(status[row] == "red", amount[row] < 0.0);
        assert!(day[row] <= &known[row][..10] && &known[row][..10] <= "2025-12-31", "{} {}", day[row], known[row]);
        let key = (id[row], direction[row], number[row], other[row], day[row]);
        match status[row] {
            "void" => assert!(first.get(&key).is_some_and(|k| *k < known[row]), "a void one was valid before"),
            _ => {
                first.entry(key).or_insert(known[row]);
            }
        }
        if city.contains(other[row]) {
            let what = (number[row], amount[row] as i64, status[row], known[row]);
            let _ = match direction[row] {
                "sale" => sales.insert((id[row], other[row], what)),
                _ => purchases.insert((other[row], id[row], what)),
            };
        }
    }
    assert!(sales.len() > 2_000, "{}", sales.len());
    assert!(sales == purchases);
}

#[test]
fn each_source_has_the_columns_of_its_schema_and_fills_what_is_required() {
    let place = tempfile::tempdir().unwrap();
    let options = options(place.path().join("city"), 600);
    let summary = made(&options);
    let schemas = Path::new(env!("CARGO_MANIFEST_DIR")).join("../features/sources");
    let mut seen = 0;
    for entry in fs::read_dir(schemas).unwrap() {
        let schema: toml::Table = fs::read_to_string(entry.unwrap().path()).unwrap().parse().unwrap();
        let id = schema["id"].as_str().unwrap();
        let told = summary.sources.iter().find(|s| s.id == id).unwrap();
        let table = source(&options.out, id);
        assert_eq!(table.rows() as u64, told.rows, "{id}");
        assert!(told.rows > 0 && told.faults <= told.rows / 25 + 3, "{id}: {told:?}");
        let columns = schema["column"].as_array().unwrap();
        for column in columns {
            let name = column["name"].as_str().unwrap();
            let in_fen = format!("{name}_fen");
            let found = table.column(name).or_else(|| table.column(&in_fen));
            let found = found.unwrap_or_else(|| panic!("{id} has no {name}"));
            let filled = match found {
                Column::Number(values) => values.iter().filter(|x| x.is_finite()).count(),
                Column::Text { codes, .. } => codes.iter().filter(|c| **c != MISSING_CODE).count(),
            };
            if column.get("required").is_some_and(|r| r.as_bool() == Some(true)) {
                assert!(filled as f64 > 0.97 * table.rows() as f64 - 3.0, "{id}.{name}: {filled} of {}", table.rows());
            }
            // A code outside the list is a fault, and faults are few.
            if let (Some(codes), Column::Text { .. }) = (column.get("codes").and_then(|c| c.as_table()), found) {
                let unknown = |text: &&&str| !text.is_empty() && !codes.contains_key(**text);
                let unknown = texts(&table, name).iter().filter(unknown).count();
                assert!(unknown as u64 <= told.faults, "{id}.{name}: {unknown}");
            }
        }
        seen += 1;
    }
    assert_eq!(seen, summary.sources.len());
}

#[test]
fn defaults_are_one_to_five_of_a_hundred_and_every_archetype_is_there() {
    let place = tempfile::tempdir().unwrap();
    let mut options = options(place.path().join("city"), 4_000);
    (options.grain, options.format, options.months) = (Grain::Months, Format::Csv, 48);
    let summary = made(&options);
    assert_eq!(summary.snapshots.len(), 3);
    for s in &summary.snapshots {
        let rate = s.bad as f64 / s.enterprises as f64;
        assert!((0.01..0.05).contains(&rate) && s.enterprises > 3_000, "{s:?}");
    }
    assert!(summary.archetypes.iter().all(|n| *n > 10), "{:?}", summary.archetypes);
    assert_eq!(summary.archetypes.iter().sum::<u64>(), 4_000);

    let read_one = |file: &str| read(&[options.out.join(file)], &ReadOptions::default(), &|_| ()).unwrap();
    let (outcomes, truth) = (read_one("outcomes.parquet"), read_one("truth.parquet"));
    assert_eq!(truth.rows(), 4_000);
    let fell: BTreeMap<&str, &str> =
        texts(&truth, "enterprise_id").into_iter().zip(texts(&truth, "defaulted_on")).collect();
    let [id, as_of, day] = ["enterprise_id", "as_of", "defaulted_on"].map(|c| texts(&outcomes, c));
    for (row, bad) in numbers(&outcomes, "bad").iter().enumerate() {
        assert_eq!(*bad == 1.0, !day[row].is_empty());
        assert!(day[row].is_empty() || (day[row] > as_of[row] && day[row] == fell[id[row]]));
        assert!(fell[id[row]].is_empty() || fell[id[row]] > as_of[row], "who fell before is not asked again");
    }
}

#[test]
fn a_city_of_one_enterprise_has_all_its_tables() {
    let place = tempfile::tempdir().unwrap();
    let options = options(place.path().join("city"), 1);
    assert_eq!(made(&options).sources.len(), 26);
    assert_eq!(files(&options.out).len(), 30);
    assert!(source(&options.out, "relations").rows() >= 3);
}

#[test]
fn what_can_not_be_meant_is_refused_and_leaves_nothing() {
    let place = tempfile::tempdir().unwrap();
    let out = place.path().join("a/city");
    let refused = |change: &dyn Fn(&mut Options)| {
        let mut options = options(out.clone(), 10);
        change(&mut options);
        let error = simulate(&options, &|_| ()).unwrap_err();
        assert!(error.is_invalid_input(), "{error}");
        error.to_string()
    };
    let day = |text: &str| text.parse().unwrap();
    assert!(refused(&|o| o.enterprises = 0).contains("0 enterprises"));
    assert!(refused(&|o| o.months = 23).contains("23 months"));
    assert!(refused(&|o| o.end = day("2025-12-30")).contains("last day of a month"));
    assert!(refused(&|o| o.end = day("2014-12-31")).contains("2014-12-31"));
    assert!(refused(&|o| o.out = PathBuf::new()).contains("not an empty folder"));
    assert!(!place.path().join("a").exists());
    fs::create_dir_all(&out).unwrap();
    made(&options(out.clone(), 10)); // an empty folder will do
    let before = files(&out);
    assert!(refused(&|_| ()).contains("not an empty folder"));
    assert_eq!(files(&out), before);
    assert_eq!(fs::read_dir(place.path().join("a")).unwrap().count(), 1, "no scraps beside it");
    let file = out.join("README.md/inner");
    assert!(matches!(simulate(&options(file, 10), &|_| ()), Err(Error::Io { .. } | Error::Occupied { .. })));
}
