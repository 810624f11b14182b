//! The pages in a real browser: `tests/browser/check.py` against a made city, where there are Chromium and Python.
//!
//! Without them it says so in a line and checks nothing; `.ci/run` installs the browser.

#![allow(clippy::print_stderr, reason = "a test says what it leaves out")]

#[path = "../../ledger/tests/common/mod.rs"]
mod common;
#[path = "../../../tests/python.rs"]
mod python;
mod site;

use dashboard::Role;
use ledger::event::UnixMicros;
use python::{python, runs, scripts};
use site::stored::Stored;
use site::{PASSWORD, Site, made};
use std::process::Command;
use std::sync::Arc;

/// The evening of 2026-06-12 in Beijing.
fn now() -> UnixMicros {
    UnixMicros(1_781_265_600_000_000)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_real_browser() {
    if !["chromium", "chromedriver"].iter().all(|program| runs(Command::new(program).arg("--version"))) {
        eprintln!(
            "the browser tests are LEFT OUT: no chromium with chromedriver (apt-get install chromium chromium-driver chromium-l10n)"
        );
        return;
    }
    let Some(python) = python("browser") else {
        eprintln!(
            "the browser tests are LEFT OUT: python3 cannot make an environment of tests/browser/requirements.txt"
        );
        return;
    };
    let lines = made::lines(&made::city(1_500, "2026-06-12".parse().expect("a day"), 1));
    let mut site = Site::new(&lines, now).await;
    site.dashboard = site.dashboard.clone().reading(Arc::new(Stored::of(&lines)));
    let mut accounts = String::new();
    for (name, role, district) in [
        ("city", Role::City, None),
        ("district", Role::District, Some("500103")),
        ("auditor", Role::Auditor, None),
        ("operator", Role::Operator, None),
    ] {
        site.account(name, name, role, district).await;
        accounts.push_str(&format!("{name}\t{PASSWORD}\t{name}\t{}\n", district.unwrap_or("-")));
    }
    let place = tempfile::tempdir().expect("a folder");
    let file = place.path().join("accounts.txt");
    std::fs::write(&file, accounts).expect("written");
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = format!("http://{}", listener.local_addr().expect("an address"));
    let server = tokio::spawn(dashboard::serve(listener, site.dashboard.clone(), std::future::pending()));
    let mut checks = Command::new(python);
    checks
        .arg(scripts("browser").join("check.py"))
        .args(["--at", &address, "--as-of", "2026-05-31", "--accounts"])
        .arg(&file);
    let run = tokio::task::spawn_blocking(move || checks.output().expect("python runs"));
    let out = run.await.expect("no panic");
    server.abort();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    eprintln!("{}", text(&out.stdout));
    assert!(out.status.success(), "{}{}", text(&out.stdout), text(&out.stderr));
}
