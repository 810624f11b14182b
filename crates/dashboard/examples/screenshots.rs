//! Pictures of every page of a made city, by the browser that is installed:
//! `cargo run -p dashboard --example screenshots -- FOLDER`.
//!
//! Signs in within this process and hands the browser the pages that were answered: it sees no session, and needs no script.

#![allow(clippy::print_stdout, reason = "it talks to whoever starts it")]

#[path = "../../ledger/tests/common/mod.rs"]
mod common;
#[path = "../tests/site/mod.rs"]
mod site;

use axum::Router;
use axum::extract::Request;
use axum::response::IntoResponse;
use dashboard::Role;
use ledger::event::UnixMicros;
use site::{Site, form, made};
use std::path::PathBuf;
use std::process::Command;

/// The evening of 2026-06-12 in Beijing.
const NOW: UnixMicros = UnixMicros(1_781_265_600_000_000);
const LOANS: u64 = 4_000;
const SIZE: &str = "1366,768";
/// Taller than any page, for the whole of it.
const WHOLE: &str = "1366,4200";

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = PathBuf::from(std::env::args().nth(1).ok_or("the folder for the pictures is missing")?);
    std::fs::create_dir_all(&folder)?;
    let lines = made::lines(&made::city(LOANS, "2026-06-12".parse()?, 1));
    let site = Site::new(&lines, || NOW).await;
    let city = site.person("city", Role::City, None).await;
    let district = site.person("yuzhong", Role::District, Some("500103")).await;
    let auditor = site.person("auditor", Role::Auditor, None).await;
    let bank = form(&[("bank", "重庆银行"), ("district", "500103")]);
    let enterprise = form(&[("enterprise", common::code(3).as_str())]);
    let mut shots: Vec<(String, String, &site::Visitor, &str)> = Vec::new();
    for page in [
        "overview",
        "targets",
        "loans",
        "quality",
        "banks",
        "bridge",
        "subsidies",
        "compensation",
        "benefits",
        "bulletin",
        "risk",
    ] {
        shots.push((page.to_owned(), format!("/{page}"), &city, SIZE));
        shots.push((format!("{page}-en"), format!("/{page}?lang=en"), &city, SIZE));
        shots.push((format!("{page}-whole"), format!("/{page}"), &city, WHOLE));
    }
    shots.push(("banks-of-district".to_owned(), "/loans?district=500103&by=bank".to_owned(), &city, SIZE));
    shots.push(("loan-list".to_owned(), format!("/loan-list?from=2019-01-01&{bank}"), &city, SIZE));
    shots.push(("enterprise".to_owned(), format!("/enterprise?{enterprise}"), &city, SIZE));
    shots.push(("overview-of-district".to_owned(), "/overview".to_owned(), &district, SIZE));
    shots.push(("people".to_owned(), "/people".to_owned(), &auditor, SIZE));
    shots.push(("account".to_owned(), "/account".to_owned(), &auditor, SIZE));
    let stranger = site.visitor();
    shots.push(("sign-in".to_owned(), "/sign-in".to_owned(), &stranger, SIZE));
    shots.push(("not-there".to_owned(), "/loans?district=500112".to_owned(), &district, SIZE));
    for (name, path, visitor, size) in shots {
        let visitor = visitor.clone();
        let answer = move |request: Request| {
            let (mut visitor, path) = (visitor.clone(), request.uri().to_string());
            async move {
                let answer = visitor.get(&path).await;
                (answer.status, answer.headers, answer.body).into_response()
            }
        };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let server = tokio::spawn(async move { axum::serve(listener, Router::new().fallback(answer)).await });
        let profile = tempfile::tempdir()?;
        let file = folder.join(format!("{name}.png"));
        let (url, shot) = (format!("http://{address}{path}"), format!("--screenshot={}", file.display()));
        let data = format!("--user-data-dir={}", profile.path().display());
        let run = tokio::task::spawn_blocking(move || {
            Command::new("chromium")
                .args([
                    "--headless",
                    "--no-sandbox",
                    "--disable-gpu",
                    "--no-first-run",
                    "--disable-background-networking",
                ])
                .args(["--disable-component-update", "--disable-sync", "--hide-scrollbars", "--lang=zh-CN"])
                .args([data, format!("--window-size={size}"), shot, url])
                .output()
        });
        let out = run.await??;
        server.abort();
        if !out.status.success() || !file.exists() {
            return Err(format!("{name}: the browser gave no picture: {}", String::from_utf8_lossy(&out.stderr)).into());
        }
        println!("{}", file.display());
    }
    Ok(())
}
