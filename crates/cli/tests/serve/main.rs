//! From records to a rating over the network, by the program alone: what a table, a call and a stream say is one.
#![allow(unreachable_pub, reason = "modules of a test")]
#![allow(clippy::print_stderr, reason = "a test says what it leaves out")]

mod after;
mod bank;
#[path = "../common/mod.rs"]
mod common;
mod crash;
mod disk;
mod place;
mod sqlite_log;

use api::rating::v1::{AssessBatchRequest, Rating, assess_batch_response::Result as Item};
use common::Place;
use place::{Running, activate, client, consent, item, place, request};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

/// Score, grade, reasons and line of a rating, as the table has them.
fn as_table(rating: &Rating) -> String {
    let reason = |at: usize| rating.reasons.get(at).map_or("", |r| r.code.as_str());
    let line = rating.line.as_ref().expect("a line");
    let score = rating.score.map(|s| s.to_string()).unwrap_or_default();
    let reasons = [reason(0), reason(1), reason(2), reason(3)].join(",");
    format!("{score},{},{reasons},{}", rating.grade, line.amount_fen / 100)
}

/// The same of each row of the table, by id.
fn table(place: &Place) -> BTreeMap<String, String> {
    let text = place.read("ratings.csv");
    let mut lines = text.trim_start_matches('\u{feff}').lines();
    let head: Vec<&str> = lines.next().expect("a heading").split(',').collect();
    let at = |name: &str| head.iter().position(|h| *h == name).unwrap_or_else(|| panic!("no column {name}"));
    let columns = ["score", "grade", "reason_1", "reason_2", "reason_3", "reason_4", "line_yuan"].map(at);
    let row = |line: &str| {
        let cells: Vec<&str> = line.split(',').collect();
        (cells[at("enterprise_id")].to_owned(), columns.map(|c| cells[c]).join(","))
    };
    lines.map(row).collect()
}

#[test]
fn a_table_a_call_and_a_stream_say_the_same() {
    let place = place();
    let table = table(&place);
    assert!(table.len() > 100, "{}", table.len());
    let ids: Vec<String> = table.keys().cloned().collect();

    // What is missing is said, one after the other, with how to make it.
    place.refused("serve --config none.toml", &["none.toml", "--print-config"]);
    place.refused("serve --config shangzhi.toml", &["snapshots", "shangzhi snapshot"]);
    std::fs::create_dir(place.path("snapshots")).expect("a folder");
    place.ok("snapshot --features features.parquet --out snapshots/2025-12-31.snap");
    place.refused("serve --config shangzhi.toml", &["keys.toml", "shangzhi keys init"]);
    place.ok("keys init --out keys.toml");
    let no_certs = place.run("serve --config shangzhi.toml");
    assert_eq!(no_certs.code, Some(2), "{}", no_certs.err);
    assert!(no_certs.err.contains("certs") && no_certs.err.contains("shangzhi certs init"), "{}", no_certs.err);
    assert!(no_certs.err.contains("shangzhi model activate"), "{}", no_certs.err);
    place.ok("certs init --dir certs");

    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    let running = Running::start(&place);
    runtime.block_on(async {
        consent(&place, &ids).await;
        let bank = client(&place.path("."), running.port, "bank-a").await;
        let refused = bank.call(request(&ids[0])).await.expect_err("no model is active");
        assert_eq!(api::status::error_info(&refused).reason, "NO_ACTIVE_MODEL");
        let of_author = place.run(&activate(&place, "Shangzhi"));
        assert!(of_author.code == Some(2) && of_author.err.contains("its author reviewed it"), "{}", of_author.err);
        place.ok(&activate(&place, "Reviewer"));

        let begun = Instant::now();
        let first = loop {
            match bank.call(request(&ids[0])).await {
                Ok(answer) => break answer.rating.expect("a rating"),
                Err(e) => assert!(begun.elapsed() < Duration::from_secs(20), "{e:?}"),
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        };
        assert_eq!(as_table(&first), table[&ids[0]]);
        for id in &ids {
            let rating = bank.call(request(id)).await.expect("an answer").rating.expect("a rating");
            assert_eq!(as_table(&rating), table[id], "{id}");
        }
        let items: Vec<AssessBatchRequest> = ids.iter().map(|id| item(id)).collect();
        let mut answers =
            bank.assess_batch(tokio_stream::iter(items), Duration::from_secs(60)).await.expect("a stream");
        for id in &ids {
            let answer = answers.next().await.expect("no break").expect("an answer").result;
            let Some(Item::Rating(rating)) = answer else { panic!("{id}: {answer:?}") };
            assert_eq!(as_table(&rating), table[id], "{id}");
        }
    });

    examples_in_rust_and_python(&place, running.port, &ids);

    // A damaged snapshot is not taken, a sound one is, and calls go on.
    place.write("snapshots/2099.snap", "no snapshot");
    running.signal(libc::SIGHUP);
    let begun = Instant::now();
    while !place.read("serve.log").contains("2099.snap: is not a snapshot of features") {
        assert!(begun.elapsed() < Duration::from_secs(10), "{}", place.read("serve.log"));
        std::thread::sleep(Duration::from_millis(50));
    }
    runtime.block_on(async {
        let bank = client(&place.path("."), running.port, "bank-a").await;
        bank.call(request(&ids[0])).await.expect("it goes on");
    });
    assert_eq!(running.end(), Some(0));
    let log = place.read("serve.log");
    assert!(log.contains("\"message\":\"ended\""), "{log}");
    assert!(ids.iter().all(|id| !log.contains(id.as_str())), "an enterprise in the log");
}

/// Both examples of the README, as banks run them.
fn examples_in_rust_and_python(place: &Place, port: u16, ids: &[String]) {
    let certs = ["ca.pem", "bank-a.pem", "bank-a.key"].map(|f| place.path("certs").join(f));
    let program = PathBuf::from(env!("CARGO_BIN_EXE_shangzhi")).with_file_name("examples").join("assess");
    assert!(program.is_file(), "{}: examples are built with the tests of the workspace", program.display());
    let mut rust = Command::new(program);
    let shown = rust.arg(format!("https://localhost:{port}")).args(&certs).arg(&ids[0]).output().expect("it runs");
    let text = String::from_utf8_lossy(&shown.stdout);
    assert!(shown.status.success() && text.contains(&ids[0]) && text.contains("仅供参考"), "{text}");

    let Some(python) = python() else {
        let said = "the Python client is NOT tested: python3 cannot make an environment of its requirements";
        assert!(std::env::var_os("CI").is_none_or(|v| v != "1"), "{said}");
        eprintln!("{said}");
        return;
    };
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../api/examples/python/assess.py");
    let call = |deadline: &str, id: &str, more: usize| {
        let mut command = Command::new(&python);
        command.arg(&script).arg("--target").arg(format!("localhost:{port}"));
        for (name, file) in ["--ca", "--cert", "--key"].iter().zip(&certs) {
            command.arg(name).arg(file);
        }
        command.args(["--deadline", deadline, "--enterprise"]).arg(id).args(ids.iter().cycle().take(more));
        let run = command.output().expect("python runs");
        let text = |b: &[u8]| String::from_utf8_lossy(b).into_owned();
        (run.status.code(), text(&run.stdout) + &text(&run.stderr))
    };
    let (code, text) = call("5", &ids[0], 20);
    assert_eq!(code, Some(0), "{text}");
    for words in ["health SERVING", "shangzhi.rating.v1.RatingService", "仅供参考"] {
        assert!(text.contains(words), "{words}: {text}");
    }
    assert_eq!(text.lines().filter(|l| l.starts_with("batch ")).count(), 21, "{text}");
    // Small frames that are sent faster than they are read must not end the connection.
    let (code, text) = call("10", &ids[0], 6_000);
    assert_eq!((code, text.lines().filter(|l| l.starts_with("batch ")).count()), (Some(0), 6_001), "{text:.2000}");
    let (code, text) = call("0.0001", &ids[0], 20);
    assert!(code == Some(1) && text.contains("DEADLINE_EXCEEDED"), "{text}");
    let (code, text) = call("5", "NO-CONSENT", 20);
    assert!(code == Some(1) && text.contains("FAILED_PRECONDITION NO_CONSENT"), "{text}");
    a_loan_is_reported(&python, port, &certs, &ids[0]);
}

/// The example that reports a loan: its whole life once, and why it does not come twice.
fn a_loan_is_reported(python: &Path, port: u16, certs: &[PathBuf; 3], id: &str) {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../api/examples/python/report_loan.py");
    let report = || {
        let mut command = Command::new(python);
        command.arg(&script).arg("--target").arg(format!("localhost:{port}"));
        for (name, file) in ["--ca", "--cert", "--key"].iter().zip(certs) {
            command.arg(name).arg(file);
        }
        let run = command.args(["--enterprise", id, "--loan", "2026-001"]).output().expect("python runs");
        let text = |b: &[u8]| String::from_utf8_lossy(b).into_owned();
        (run.status.code(), text(&run.stdout) + &text(&run.stderr))
    };
    let (code, text) = report();
    assert_eq!(code, Some(0), "{text}");
    assert_eq!(text.lines().filter(|l| l.starts_with("entry ")).count(), 5, "{text}");
    assert!(text.contains("2026-001 LOAN_STATE_LENT outstanding 40000000 fen"), "{text}");
    let (code, text) = report();
    assert!(code == Some(1) && text.contains("ALREADY_EXISTS EXISTS") && text.contains("what = loan"), "{text}");
}

/// A Python with the requirements of the example, made once beside what is built.
fn python() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("python");
    let (python, done) = (folder.join("bin/python"), folder.join("done"));
    let requirements = Path::new(env!("CARGO_MANIFEST_DIR")).join("../api/examples/python/requirements.txt");
    let wanted = std::fs::read(&requirements).expect("requirements");
    if std::fs::read(&done).is_ok_and(|had| had == wanted) {
        return Some(python);
    }
    let run = |command: &mut Command| command.output().is_ok_and(|o| o.status.success());
    let made = run(Command::new("python3").args(["-m", "venv"]).arg(&folder))
        && run(Command::new(&python).args(["-m", "pip", "install", "--quiet", "-r"]).arg(&requirements));
    made.then(|| {
        std::fs::write(&done, wanted).expect("written");
        python
    })
}
