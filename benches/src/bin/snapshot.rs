//! A snapshot of a million made enterprises: opened, and looked into beside a hash map of the same ids.
#![allow(clippy::print_stdout, reason = "a bench talks to people")]

use anyhow::{Context, Result, ensure};
use benches::clock::{median, peak_mib, timed};
use clap::Parser;
use features::catalogue::Catalogue;
use features::snapshot::{NewRow, Snapshot, TEXTS, Writer};
use std::collections::HashMap;
use std::hint::black_box;
use std::path::PathBuf;
use std::time::Instant;

/// Open time and look-up time of a snapshot
#[derive(Parser)]
struct Args {
    /// Enterprises
    #[arg(long, default_value_t = 1_000_000)]
    enterprises: usize,
    /// Look-ups, in an order that is not that of the file
    #[arg(long, default_value_t = 2_000_000)]
    lookups: usize,
    /// Rounds; the median is printed
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// Folder of the file [default: a temporary one]
    #[arg(long)]
    folder: Option<PathBuf>,
}

fn main() -> Result<()> {
    let args = Args::parse();
    ensure!(args.enterprises > 0 && args.lookups > 0 && args.rounds > 0, "counts of 1 or more");
    let folder = match &args.folder {
        Some(folder) => tempfile::tempdir_in(folder)?,
        None => tempfile::tempdir()?,
    };
    let path = folder.path().join("made.snap");
    let ids: Vec<String> =
        (0..args.enterprises).map(|i| format!("91500{:013}", (i as u64).wrapping_mul(7_919))).collect();
    let (written, cpu, wall) = timed(|| write(&path, &ids));
    let written = written?;
    println!(
        "write        {wall:9.2} s  {cpu:9.2} cpu s   {} enterprises, {} MiB, peak {:.0} MiB",
        written.rows,
        written.bytes >> 20,
        peak_mib().unwrap_or(f64::NAN)
    );

    let mut open: Vec<f64> = Vec::new();
    for _ in 0..args.rounds {
        let start = Instant::now();
        let snapshot = Snapshot::open(&path)?;
        open.push(start.elapsed().as_secs_f64() * 1e3);
        ensure!(snapshot.len() == ids.len() && *snapshot.digest() == written.digest, "another snapshot");
    }
    println!("open         {:9.3} ms  of which most is reading the built-in catalogue", median(&mut open));
    let catalogue = Catalogue::built_in();
    let start = Instant::now();
    let snapshot = Snapshot::open_for(&path, &catalogue)?;
    println!("open_for     {:9.3} ms  with a catalogue that is there", start.elapsed().as_secs_f64() * 1e3);
    let (verified, cpu, wall) = timed(|| snapshot.verify(&|_, _| ()));
    verified?;
    println!("verify       {wall:9.2} s  {cpu:9.2} cpu s   all bytes, all rows");

    let places: Vec<usize> = (0..args.lookups as u64).map(|i| (mixed(i) % ids.len() as u64) as usize).collect();
    let map: HashMap<&str, usize> = ids.iter().enumerate().map(|(at, id)| (id.as_str(), at)).collect();
    let (mut get, mut miss, mut hashed) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..args.rounds {
        let ns = |start: Instant| start.elapsed().as_secs_f64() * 1e9 / places.len() as f64;
        let start = Instant::now();
        for &at in &places {
            let row = snapshot.get(&ids[at])?.context("a row")?;
            ensure!(row.value(0) == at as f64, "another row");
        }
        get.push(ns(start));
        let start = Instant::now();
        for &at in &places {
            // An id that no enterprise has: shorter by a letter.
            ensure!(snapshot.get(&ids[at][1..])?.is_none(), "a row of no one");
        }
        miss.push(ns(start));
        let start = Instant::now();
        for &at in &places {
            ensure!(black_box(&map).get(ids[at].as_str()) == Some(&at), "another row");
        }
        hashed.push(ns(start));
    }
    let (get, miss, hashed) = (median(&mut get), median(&mut miss), median(&mut hashed));
    println!("get          {get:9.0} ns  a look-up: the row checked, one value read");
    println!("get, absent  {miss:9.0} ns  a look-up");
    println!("HashMap      {hashed:9.0} ns  a look-up of the same ids in memory, std: the number of the row only");
    println!("get / HashMap {:8.2}", get / hashed);
    Ok(())
}

fn write(path: &std::path::Path, ids: &[String]) -> Result<features::snapshot::Written> {
    let catalogue = Catalogue::built_in();
    let n = catalogue.features.len();
    let states: String = (0..n).map(|i| if i % 5 == 4 { 'u' } else { '.' }).collect();
    let sources: Vec<String> = features::schema::sources().iter().map(|s| format!("{}:31", s.id)).collect();
    let sources = sources.join(";");
    let mut writer = Writer::create(path, &catalogue.version, n)?;
    let mut values = vec![0.0; n];
    for (at, id) in ids.iter().enumerate() {
        values.iter_mut().enumerate().for_each(|(i, v)| *v = mixed((at * n + i) as u64) as f64);
        values[0] = at as f64;
        let (digest, name) = (format!("sha256:{:064x}", mixed(at as u64)), format!("示例企业{at}有限公司"));
        let district = format!("5001{:02}", at % 38);
        let text = |column: &str| match column {
            "enterprise_id" => Some(id.as_str()),
            "as_of" => Some("2025-12-31"),
            "catalogue_version" => Some(catalogue.version.as_str()),
            "inputs_digest" => Some(digest.as_str()),
            "fact_name" => Some(name.as_str()),
            "fact_status" => Some("active"),
            "fact_district" => Some(district.as_str()),
            "sources" => Some(sources.as_str()),
            "states" => Some(states.as_str()),
            _ => None,
        };
        writer.push(&NewRow { texts: TEXTS.map(text), figures: [25.0, 1e6, 2e6, 1.0], values: &values })?;
    }
    Ok(writer.finish()?)
}

/// A number that looks random, the same every time.
fn mixed(i: u64) -> u64 {
    let x = (i.wrapping_add(1)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let x = (x ^ x >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    x ^ x >> 31
}
