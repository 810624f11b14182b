//! Invoice features from Parquet beside DuckDB, which computes the same from the same files, in one run.
#![allow(clippy::print_stdout, reason = "a bench talks to people")]

use anyhow::{Context, Result, bail, ensure};
use benches::clock::{peak_mib, timed};
use benches::peers::Python;
use chrono::NaiveDate;
use clap::Parser;
use features::{Options, catalogue::Catalogue, compute};
use primitives::ColumnView;
use serde::Deserialize;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use table::{CellFile, ReadOptions};

/// Invoice features of a folder as `benches/peers/invoices_peers.py gen` makes it
#[derive(Parser)]
struct Args {
    /// Folder that holds `invoices/`
    #[arg(long)]
    data: PathBuf,
    /// As-of date
    #[arg(long, default_value = "2025-12-31")]
    as_of: NaiveDate,
    /// Threads, of DuckDB too
    #[arg(long, default_value_t = 2)]
    threads: usize,
    /// Memory for records in GiB
    #[arg(long, default_value_t = 4.0)]
    memory_gib: f64,
    /// Folder for the tables that are compared
    #[arg(long)]
    out: PathBuf,
    /// A Python with benches/peers/requirements.txt: runs DuckDB on the same files
    #[arg(long)]
    python: Option<PathBuf>,
}

/// What `invoices_peers.py duckdb` prints.
#[derive(Debug, Deserialize)]
struct Peer {
    peer: String,
    wall_s: f64,
    cpu_s: f64,
    peak_mib: f64,
}

fn main() -> Result<()> {
    let args = Args::parse();
    rayon::ThreadPoolBuilder::new().num_threads(args.threads).build_global()?;
    std::fs::create_dir_all(&args.out)?;
    let (floor, floor_cpu, rows) = decode(&args.data)?;
    println!(
        "decode       {floor:8.2} s  {floor_cpu:8.2} cpu s   {rows} rows: Parquet decoding of the eight columns alone"
    );

    let ours = args.out.join("shangzhi.parquet");
    let options = Options {
        sources: &args.data,
        as_of: args.as_of,
        out: &ours,
        enterprises: None,
        issues: None,
        memory_bytes: (args.memory_gib * f64::from(1 << 30)) as usize,
    };
    let (outcome, cpu, wall) = timed(|| compute(&Catalogue::built_in(), &options, &|_| ()));
    let outcome = outcome?;
    let rate = rows as f64 / cpu / 1e6;
    println!(
        "shangzhi     {wall:8.2} s  {cpu:8.2} cpu s   {} enterprises, {rate:.2} M rows a cpu second, decoding is {:.0} % of the \
         processor time, peak {:.0} MiB, {} MiB spilled",
        outcome.enterprises,
        100.0 * floor_cpu / cpu,
        peak_mib().unwrap_or(f64::NAN),
        outcome.spilled_bytes >> 20,
    );
    let Some(python) = &args.python else {
        println!("--python PATH puts DuckDB beside ours in the same run");
        return Ok(());
    };
    let theirs = args.out.join("duckdb.parquet");
    let text = |p: &Path| p.to_str().map(str::to_owned).with_context(|| format!("{} is not UTF-8", p.display()));
    let (data, out) = (text(&args.data)?, text(&theirs)?);
    let (threads, as_of) = (args.threads.to_string(), args.as_of.to_string());
    let arguments = ["duckdb", "--data", &data, "--as-of", &as_of, "--threads", &threads, "--out", &out];
    let peers: Vec<Peer> = Python(python.clone()).lines("invoices_peers.py", &arguments, |p: &Peer| {
        println!("{:12} {:8.2} s  {:8.2} cpu s   peak {:.0} MiB", p.peer, p.wall_s, p.cpu_s, p.peak_mib);
    })?;
    let peer = peers.first().context("DuckDB said nothing")?;
    println!("wall, DuckDB / ours {:.2}; processor time {:.2}", peer.wall_s / wall, peer.cpu_s / cpu);
    same(&ours, &theirs)
}

/// Seconds to decode what the features need and do nothing with it.
fn decode(data: &Path) -> Result<(f64, f64, usize)> {
    let rows = AtomicUsize::new(0);
    let (result, cpu, wall) = timed(|| -> Result<()> {
        let mut files: Vec<PathBuf> =
            std::fs::read_dir(data.join("invoices"))?.map(|e| Ok(e?.path())).collect::<Result<_>>()?;
        files.sort();
        for file in files {
            let file = CellFile::open(&file)?;
            let all: Vec<usize> = (0..file.headings().len()).collect();
            file.read(&all, &|batch| {
                rows.fetch_add(batch.rows, Ordering::Relaxed);
            })?;
        }
        Ok(())
    });
    result?;
    Ok((wall, cpu, rows.into_inner()))
}

/// Whether two tables agree on every column of the second, row by row.
fn same(ours: &Path, theirs: &Path) -> Result<()> {
    let theirs = table::read(&[theirs.to_owned()], &ReadOptions::default(), &|_| ())?;
    let names: Vec<String> = theirs.names().to_vec();
    let options = ReadOptions { only: Some(names.clone()), ..Default::default() };
    let ours = table::read(&[ours.to_owned()], &options, &|_| ())?;
    ensure!(ours.rows() == theirs.rows(), "{} enterprises against {}", ours.rows(), theirs.rows());
    let mut worst = 0.0_f64;
    for name in &names {
        let (Some(a), Some(b)) = (ours.column(name), theirs.column(name)) else { bail!("column {name:?} is lost") };
        match (a.view(), b.view()) {
            (ColumnView::Number(a), ColumnView::Number(b)) => {
                for (row, (a, b)) in a.iter().zip(b).enumerate() {
                    ensure!(a.is_nan() == b.is_nan(), "{name:?}, row {}: {a} against {b}", row + 1);
                    if !a.is_nan() {
                        worst = worst.max((a - b).abs() / b.abs().max(1e-6));
                    }
                    ensure!(worst < 1e-6, "{name:?}, row {}: {a} against {b}", row + 1);
                }
            }
            (ColumnView::Text { codes: a, levels: la }, ColumnView::Text { codes: b, levels: lb }) => {
                let differ = a.iter().zip(b).position(|(&a, &b)| la[a as usize] != lb[b as usize]);
                ensure!(differ.is_none(), "{name:?} differs in row {differ:?}");
            }
            _ => bail!("column {name:?} is of two types"),
        }
    }
    println!(
        "the two agree on {} columns of {} enterprises; largest relative difference {worst:.1e}",
        names.len(),
        ours.rows()
    );
    Ok(())
}
