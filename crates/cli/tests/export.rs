//! `export`: what it writes, and what it refuses. That readers give the model's answers is checked in the crate `export`.

mod common;

use common::Place;
use export::{Dialect, PmmlOptions, SqlOptions};
use scoring::Model;
use std::path::Path;

fn committed() -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models/commercial-value/1").display().to_string()
}

#[test]
fn the_file_is_what_the_library_writes() {
    let (place, folder) = (Place::new(), committed());
    let model = Model::from_json(&std::fs::read(format!("{folder}/model.json")).expect("a model")).expect("a model");
    let keep = ["enterprise_id".to_owned()];
    for (name, dialect) in ["spark", "duckdb", "postgres", "sqlite"].into_iter().zip(Dialect::ALL) {
        let options = SqlOptions { dialect, table: "city.features", keep: &keep, not_authorised: Some("withheld") };
        let run = place.run(&format!(
            "export --model {folder} --to sql --dialect {name} --table city.features --keep enterprise_id \
             --not-authorised withheld --out {name}.sql"
        ));
        assert_eq!(run.code, Some(0), "{}", run.err);
        assert!(run.err.contains("negative list") && run.err.contains("no PD"), "{}", run.err);
        assert_eq!(place.read(&format!("{name}.sql")), export::sql(&model, &options).expect("a statement"));
    }
    place.ok(&format!("export --model {folder}/model.json --to pmml --out card.pmml"));
    let expect = export::pmml(&model, &PmmlOptions { not_authorised: None }).expect("a document");
    assert_eq!(place.read("card.pmml"), expect);
    // Again, in its place.
    place.ok(&format!("export --model {folder} --to sql --dialect sqlite --out card.pmml"));
    assert!(place.read("card.pmml").contains("FROM \"firms\" AS s"));
}

#[test]
fn what_can_not_be_meant_is_refused_and_nothing_is_written() {
    let (place, folder) = (Place::new(), committed());
    for (options, said) in [
        ("--to sql", "--dialect"),
        ("--to pmml --dialect spark", "--dialect belongs to --to sql"),
        ("--to pmml --table t", "--table belongs to --to sql"),
        ("--to pmml --keep id", "--keep belongs to --to sql"),
        ("--to sql --dialect duckdb --keep Score", "--keep: the name \"Score\" is taken"),
        ("--to sql --dialect duckdb --keep id id", "--keep: the name \"id\" is taken"),
        ("--to sql --dialect sqlite --keep TECH_SME", "\"TECH_SME\" and \"tech_sme\" are one column to SQLite"),
        ("--to sql --dialect sqlite --table a..b", "--table: the name is empty"),
        ("--to sql --dialect spark --not-authorised tech_sme", "--not-authorised: the name \"tech_sme\" is taken"),
        ("--to sql --dialect spark --keep a${b}", "which Spark replaces by a variable"),
        ("--to pmml --not-authorised grade", "--not-authorised: the name \"grade\" is taken"),
    ] {
        let run = place.run(&format!("export --model {folder} {options} --out out.txt"));
        assert_eq!(run.code, Some(2), "{options}: {}", run.err);
        assert!(run.err.contains(said), "{options}: {}", run.err);
        assert!(!place.path("out.txt").exists(), "{options}");
    }
    let run = place.run(&format!("export --model {folder} --to pmml --out {folder}/model.json"));
    assert!(run.code == Some(2) && run.err.contains("which is read"), "{}", run.err);
    let run = place.run("export --model nowhere --to pmml --out out.txt");
    assert!(run.code == Some(2) && run.err.contains("nowhere is not there"), "{}", run.err);
}
