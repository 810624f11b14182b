//! Pages of the dashboard with a million loans: how long each takes at the server, and the bare answer of the same bytes beside
//! it; and how long, and in how much memory, the list of all loans becomes a file.
//!
//! Each question is another one: days at random, in half of the cases held to a district. Answers are packed, as browsers ask.
//! One request at a time: the processor time of the process is that of the request.
//!
//! ```text
//! taskset -c 0 cargo bench -p dashboard --bench pages -- --loans 1000000 --requests 200 [--page bulletin]
//! ```

#![allow(clippy::print_stdout, reason = "a bench prints its figures")]
#![allow(unreachable_pub, reason = "modules of a bench")]

mod city;
#[path = "../../../ledger/tests/common/mod.rs"]
mod common;
#[path = "../../tests/site/mod.rs"]
mod site;

use axum::body::Body;
use axum::http::{Request, Response, header};
use chrono::Days;
use city::{City, Random, day};
use dashboard::Role;
use ledger::event::UnixMicros;
use primitives::region::regions_on;
use site::{Site, Visitor, between, form};
use std::time::Instant;
use tokio_stream::StreamExt as _;
use tower_service::Service as _;

/// Loans that are made at a time.
const STRETCH: u64 = 50_000;

/// The evening of 2025-11-01 in Beijing.
fn now() -> UnixMicros {
    UnixMicros(1_762_000_000_000_000)
}

/// Processor seconds of this process.
fn cpu() -> f64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the clock is one that every Linux has, and the place is ours.
    unsafe { libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &mut time) };
    time.tv_sec as f64 + time.tv_nsec as f64 * 1e-9
}

/// A line of the process's status in MiB.
fn mib(name: &str) -> f64 {
    let text = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = text.lines().find_map(|l| l.strip_prefix(name)?.strip_prefix(':'));
    line.and_then(|l| l.trim().trim_end_matches(" kB").parse::<f64>().ok()).map_or(f64::NAN, |kib| kib / 1024.0)
}

/// Wall and processor milliseconds of requests.
#[derive(Default)]
struct Times {
    wall: Vec<f64>,
    cpu: Vec<f64>,
}

impl Times {
    fn at(of: &[f64], percent: usize) -> f64 {
        let mut sorted = of.to_vec();
        sorted.sort_by(f64::total_cmp);
        sorted[(sorted.len() - 1) * percent / 100]
    }
}

/// Asks and reads the answer to its end, as it is sent; its bytes.
async fn ask(router: &mut axum::Router, path: &str, cookies: &str, times: &mut Times) -> Vec<u8> {
    let (begun, spent) = (Instant::now(), cpu());
    let request = Request::get(path).header(header::HOST, "dashboard.test").header(header::COOKIE, cookies);
    let request = request.header(header::ACCEPT_ENCODING, "gzip").body(Body::empty()).expect("a request");
    let answer = router.call(request).await.expect("an answer");
    let status = answer.status();
    let bytes = axum::body::to_bytes(answer.into_body(), usize::MAX).await.expect("a body").to_vec();
    times.wall.push(begun.elapsed().as_secs_f64() * 1e3);
    times.cpu.push((cpu() - spent) * 1e3);
    assert!(status.is_success(), "{path}: {status}");
    bytes
}

/// A state of a page: a day of the last year and a half, in half of the cases a district.
fn state(random: &mut Random, city: &City, more: &[(&str, &str)]) -> String {
    let as_of = (city.last - Days::new(random.below(540))).to_string();
    let districts: Vec<String> = regions_on(day("2024-01-01")).map(|r| r.code.to_string()).collect();
    let mut pairs = vec![("as_of", as_of.as_str())];
    let district = &districts[random.below(districts.len() as u64) as usize];
    if random.below(2) == 0 {
        pairs.push(("district", district));
    }
    pairs.extend(more);
    form(&pairs)
}

async fn pages(router: &mut axum::Router, cookies: &str, city: &City, requests: usize, only: Option<&str>) {
    let mut random = Random(0x1357_9bdf_0246_8ace);
    let overview = String::from_utf8(ask_plain(router, "/overview", cookies).await).expect("UTF-8");
    let sections = between(&overview, "<nav class=\"sections\"", "</nav>");
    let mut all: Vec<(String, Vec<(&str, &str)>)> = sections
        .split("href=\"/")
        .skip(1)
        .map(|link| (link.split(['"', '?']).next().expect("a path").to_owned(), vec![]))
        .collect();
    let code = primitives::CreditCode::complete("91500000000000005").expect("a code").to_string();
    all.push(("loans".into(), vec![("by", "bank")]));
    all.push(("loan-list".into(), vec![("bank", "bank7")]));
    all.push(("loan-list".into(), vec![]));
    all.push(("enterprise".into(), vec![("enterprise", &code)]));
    all.retain(|(page, _)| only.is_none_or(|only| page == only));
    println!(
        "{:34} {:>25} {:>25} {:>22}",
        "", "wall ms p50   p99   max", "processor ms p50 p99 max", "KB plain, packed"
    );
    let mut bare_times = Times::default();
    for (page, more) in all {
        let (mut times, mut packed, mut plain) = (Times::default(), 0, 0);
        for nth in 0..requests + 3 {
            let path = format!("/{page}?{}", state(&mut random, city, &more));
            let mut one = Times::default();
            let bytes = ask(router, &path, cookies, &mut one).await;
            if nth < 3 {
                plain = plain.max(ask_plain(router, &path, cookies).await.len());
                continue;
            }
            times.wall.extend(one.wall);
            times.cpu.extend(one.cpu);
            packed = packed.max(bytes.len());
            // The same bytes from memory: what the server's library and this bench take of it.
            let answer = move || async move { Response::new(Body::from(bytes)) };
            let mut bare = axum::Router::new().fallback(answer);
            ask(&mut bare, &path, cookies, &mut bare_times).await;
        }
        let named = match form(&more) {
            rest if rest.is_empty() => page,
            rest => format!("{page}?{rest}"),
        };
        row(&named, &times, Some((plain, packed)));
    }
    row("the same bytes, bare", &bare_times, None);
}

async fn ask_plain(router: &mut axum::Router, path: &str, cookies: &str) -> Vec<u8> {
    let request = Request::get(path).header(header::HOST, "dashboard.test").header(header::COOKIE, cookies);
    let answer = router.call(request.body(Body::empty()).expect("a request")).await.expect("an answer");
    axum::body::to_bytes(answer.into_body(), usize::MAX).await.expect("a body").to_vec()
}

fn row(name: &str, times: &Times, bytes: Option<(usize, usize)>) {
    let three = |of: &[f64]| [50, 99, 100].map(|p| format!("{:8.2}", Times::at(of, p))).join("");
    let bytes = bytes
        .map_or(String::new(), |(plain, packed)| format!("{:10.0}, {:.1}", plain as f64 / 1e3, packed as f64 / 1e3));
    println!("{name:34} {:>25} {:>25} {bytes:>22}", three(&times.wall), three(&times.cpu));
}

/// The list of all loans as a file, taken as fast as it comes and kept nowhere.
async fn export(visitor: &mut Visitor, router: &mut axum::Router, file: &str, city: &City) {
    // The peak of memory counts from here.
    let _ = std::fs::write("/proc/self/clear_refs", "5");
    let before = mib("VmRSS");
    let (begun, spent) = (Instant::now(), cpu());
    let cookies: Vec<String> = visitor.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let path = format!("/{file}?as_of={}", city.last);
    let request = Request::get(&path).header(header::HOST, "dashboard.test").header(header::COOKIE, cookies.join("; "));
    let answer = router.call(request.body(Body::empty()).expect("a request")).await.expect("an answer");
    assert!(answer.status().is_success(), "{path}: {}", answer.status());
    let mut body = answer.into_body().into_data_stream();
    let (mut bytes, mut lines, mut first) = (0, 0, None);
    while let Some(part) = body.next().await {
        let part = part.expect("no break");
        first.get_or_insert_with(|| begun.elapsed().as_secs_f64());
        bytes += part.len();
        lines += part.iter().filter(|b| **b == b'\n').count();
    }
    println!(
        "{file}: {:.1} MB in {:.1} s (processor {:.1} s, first byte after {:.2} s), {} lines; memory {before:.0} MiB before, {:.0} MiB more at the peak",
        bytes as f64 / 1e6,
        begun.elapsed().as_secs_f64(),
        cpu() - spent,
        first.unwrap_or(f64::NAN),
        lines,
        mib("VmHWM") - before,
    );
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let of = |name: &str| arguments.iter().position(|a| a == name).and_then(|at| arguments.get(at + 1)).cloned();
    let number = |name: &str, default: u64| of(name).map_or(default, |text| text.parse().expect("a number"));
    // What `cargo test --benches` runs is small, so that this never rots.
    let is_bench = arguments.iter().any(|a| a == "--bench");
    let (loans, requests) = match is_bench {
        true => (number("--loans", 1_000_000), number("--requests", 200)),
        false => (2_500, 3),
    };
    let mut city = City::new(loans);
    let site = Site::new(&[], now).await;
    let (begun, mut made) = (Instant::now(), 0);
    while made < loans {
        let some = STRETCH.min(loans - made);
        let lines = city.lines(some);
        site.figures.push(&lines).expect("lines that follow");
        made += some;
    }
    let memory = mib("VmRSS");
    println!(
        "{loans} loans, {} lines taken in {:.0} s, {memory:.0} MiB",
        site.figures.seq(),
        begun.elapsed().as_secs_f64()
    );
    let mut visitor = site.person("city", Role::City, None).await;
    let cookies: Vec<String> = visitor.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let mut router = site.router.clone();
    pages(&mut router, &cookies.join("; "), &city, requests as usize, of("--page").as_deref()).await;
    if of("--page").is_some() {
        return;
    }
    for file in ["export/loan-list.loans.csv", "api/v1/loan-list", "export/loan-list.xlsx"] {
        export(&mut visitor, &mut router, file, &city).await;
    }
}
