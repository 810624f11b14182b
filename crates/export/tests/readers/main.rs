//! Exported models in the programs that read them: DuckDB, SQLite, PostgreSQL, two evaluators of PMML, and Spark where it
//! is asked for.
//!
//! Random models of odd names and texts, the committed model with its golden rows, and a boosted model are exported; the
//! rows visit every edge with its neighbours, every special value and text, what is missing, unseen and not authorised.
//! `tests/readers/check.py` puts them to each reader and compares points, score, PD, grade, data coverage and reasons.

#![allow(clippy::print_stderr, reason = "a test says what it leaves out")]

#[path = "../../../scoring/tests/common/mod.rs"]
mod common;
#[path = "../../../store/tests/common/postgres.rs"]
#[allow(dead_code, unreachable_pub, missing_docs, reason = "a part of what the store's tests have")]
mod postgres;
#[path = "../../../../tests/python.rs"]
mod python;

mod case;
mod models;

use case::Case;
use python::{python, runs, scripts};
use std::path::Path;
use std::process::Command;

#[test]
fn every_reader_rates_as_the_model_does() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut rows = 0;
    let mut cases: Vec<Case> = models::random();
    cases.push(models::committed());
    cases.extend(models::boosted());
    for case in &cases {
        rows += case.rows();
        case.write(folder.path());
    }
    assert!(rows > 3_000, "{rows} rows");
    if let Some(kept) = std::env::var_os("KEEP_CASES") {
        for case in &cases {
            case.write(Path::new(&kept));
        }
    }
    let Some(python) = python("readers") else {
        eprintln!("exports are NOT tested: python3 can not make an environment of tests/readers/requirements.txt");
        return;
    };
    let mut readers = vec!["duckdb", "sqlite", "sqlglot"];
    match runs(Command::new("java").arg("-version")) {
        true => readers.extend(["jpmml", "pypmml"]),
        false => eprintln!("PMML is NOT tested: no java (apt-get install default-jre-headless)"),
    }
    let mut check = Command::new(python);
    check.arg(scripts("readers").join("check.py")).arg("--cases").arg(folder.path());
    let server = postgres::Server::start();
    if let Some(server) = &server {
        check.args(["--postgres", &server.database()]);
        readers.push("postgres");
    }
    let out = check.arg("--readers").args(&readers).output().expect("python runs");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    eprintln!("{}", text(&out.stdout));
    assert!(out.status.success(), "{}{}", text(&out.stdout), text(&out.stderr));
}
