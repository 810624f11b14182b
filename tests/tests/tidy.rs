//! Who may import whom, and what may never appear where.

use cargo_metadata::{DependencyKind, MetadataCommand, Package};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Direct imports among our own crates that are allowed.
const MAY_IMPORT: [(&str, &[&str]); 17] = [
    ("primitives", &[]),
    ("policy", &["primitives"]),
    ("ledger", &["primitives", "policy"]),
    ("totals", &["primitives", "policy", "ledger"]),
    ("scoring", &["primitives"]),
    ("export", &["scoring"]),
    ("validation", &["primitives"]),
    ("training", &["primitives", "scoring", "validation"]),
    ("table", &["primitives"]),
    ("features", &["primitives", "table"]),
    ("rating", &["primitives", "policy", "scoring", "features"]),
    ("city", &["primitives", "policy", "ledger", "table"]),
    ("api", &[]),
    ("store", &["primitives", "policy", "ledger"]),
    ("service", &["api", "primitives", "policy", "ledger", "totals", "scoring", "features", "rating", "store"]),
    ("dashboard", &["primitives", "policy", "ledger", "totals", "validation", "store"]),
    (
        "cli",
        &[
            "primitives",
            "policy",
            "ledger",
            "totals",
            "scoring",
            "export",
            "validation",
            "training",
            "table",
            "features",
            "rating",
            "city",
            "service",
            "dashboard",
            "store",
        ],
    ),
];

/// Crates that must not stand behind ours, however deep.
const NEVER_BEHIND: [(&str, &[&str]); 10] = [
    // What the scorer needs of a rule is passed to it: the parser of rule files stays with `policy`.
    ("scoring", &["polars", "tokio", "rayon", "linfa", "ndarray", "tonic", "toml", "policy"]),
    ("export", &["polars", "tokio", "rayon", "sqlx", "rusqlite"]),
    ("primitives", &["toml", "polars", "rayon"]),
    ("policy", &["polars", "tokio", "linfa"]),
    ("ledger", &["polars", "tokio", "linfa", "sqlx", "tonic"]),
    ("totals", &["polars", "tokio", "linfa", "sqlx", "tonic", "rusqlite"]),
    ("validation", &["scoring", "training", "polars", "linfa"]),
    ("training", &["polars", "tokio", "table"]),
    ("store", &["polars", "linfa", "scoring", "features", "tonic"]),
    ("dashboard", &["polars", "linfa", "scoring", "features", "tonic"]),
];

fn normal(p: &Package) -> impl Iterator<Item = &str> {
    p.dependencies.iter().filter(|d| d.kind == DependencyKind::Normal).map(|d| d.name.as_str())
}

#[test]
fn crates_import_only_what_the_table_allows() {
    let metadata = MetadataCommand::new().no_deps().exec().expect("cargo metadata");
    let ours: BTreeSet<&str> = metadata.packages.iter().map(|p| p.name.as_str()).collect();
    let allowed: BTreeMap<&str, &[&str]> = MAY_IMPORT.into();
    for p in &metadata.packages {
        let imported: Vec<&str> = normal(p).filter(|d| ours.contains(d)).collect();
        assert!(!imported.contains(&"cli"), "{} imports cli", p.name);
        match allowed.get(p.name.as_str()) {
            Some(allowed) => {
                let not_allowed: Vec<_> = imported.iter().filter(|d| !allowed.contains(d)).collect();
                assert!(not_allowed.is_empty(), "{} imports {not_allowed:?}", p.name);
            }
            None => assert!(["benches", "tests"].contains(&p.name.as_str()), "{} is not in the table", p.name),
        }
    }
}

#[test]
fn one_room_speaks_sql() {
    let metadata = MetadataCommand::new().no_deps().exec().expect("cargo metadata");
    for p in &metadata.packages {
        let spoken = p.dependencies.iter().find(|d| ["sqlx", "rusqlite"].contains(&d.name.as_str()));
        assert!(p.name == "store" || spoken.is_none(), "{} imports {}", p.name, spoken.map_or("", |d| &d.name));
    }
}

#[test]
fn nothing_heavy_stands_behind_the_scorer_or_the_judge() {
    let metadata = MetadataCommand::new().exec().expect("cargo metadata");
    let resolve = metadata.resolve.as_ref().expect("resolved");
    let node = |id: &cargo_metadata::PackageId| resolve.nodes.iter().find(|n| n.id == *id).expect("a node");
    for (name, never) in NEVER_BEHIND {
        let start = metadata.packages.iter().find(|p| p.name == name).expect("one of ours");
        let (mut seen, mut open) = (BTreeSet::new(), vec![start.id.clone()]);
        while let Some(id) = open.pop() {
            if !seen.insert(id.clone()) {
                continue;
            }
            let of_kind = |d: &&cargo_metadata::NodeDep| d.dep_kinds.iter().any(|k| k.kind == DependencyKind::Normal);
            open.extend(node(&id).deps.iter().filter(of_kind).map(|d| d.pkg.clone()));
        }
        for id in seen {
            let found = metadata[&id].name.as_str();
            // ndarray brings rayon into training; the scorer has neither.
            assert!(!never.contains(&found), "{found} stands behind {name}");
        }
    }
}

fn sources(folder: &Path, out: &mut Vec<std::path::PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            sources(&path, out);
        } else if path.extension().is_some_and(|e| e == "rs") {
            out.push(path);
        }
    }
}

#[test]
fn pure_crates_have_no_file_clock_or_thread_and_files_stay_small() {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates");
    let mut files = Vec::new();
    sources(&crates, &mut files);
    assert!(files.len() > 40);
    for file in files {
        let text = std::fs::read_to_string(&file).expect("UTF-8");
        let lines = text.lines().count();
        assert!(lines <= 800, "{}: {lines} lines; split it by idea", file.display());
        let path = file.to_string_lossy();
        if ["scoring", "export", "primitives", "policy", "ledger", "totals"]
            .iter()
            .any(|name| path.contains(&format!("crates/{name}/src")))
        {
            for word in ["std::fs", "std::time", "std::thread", "SystemTime"] {
                assert!(!text.contains(word), "{}: {word}", file.display());
            }
        }
        // What packs and unpacks values names the kinds of numbers that it refuses.
        let books = ["policy", "ledger", "totals"].iter().any(|name| path.contains(&format!("crates/{name}/src")));
        if books && !["pack.rs", "unpack.rs"].iter().any(|f| path.ends_with(&format!("ledger/src/{f}"))) {
            for word in ["f64", "f32", "::now("] {
                assert!(!text.contains(word), "{}: {word}", file.display());
            }
        }
    }
}
