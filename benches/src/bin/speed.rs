//! Speed of binning, training and scoring on one table, beside floors measured in the same run.
#![allow(clippy::print_stdout, reason = "a bench talks to people")]

use anyhow::{Result, ensure};
use benches::clock::{cpu_seconds, peak_mib, timed};
use clap::Parser;
use primitives::{Column, ColumnView, Value};
use scoring::{Model, Rating, Reasons};
use std::hint::black_box;
use std::path::PathBuf;
use std::sync::Mutex;
use table::ReadOptions;
use training::{Stage, TrainConfig, TrainingTable, bin_table, train};

/// Speed on one table; run with RAYON_NUM_THREADS=1 for one thread.
#[derive(Parser)]
struct Args {
    /// Table with the outcome column `bad`, 1 is bad
    #[arg(long)]
    data: PathBuf,
    /// Repetitions; the fastest counts
    #[arg(long, default_value_t = 5)]
    repeat: usize,
    /// Leave training out: score with a model trained on the first 100,000 rows
    #[arg(long)]
    no_fit: bool,
}

fn main() -> Result<()> {
    let args = Args::parse();
    let (t, cpu, wall) = timed(|| table::read(std::slice::from_ref(&args.data), &ReadOptions::default(), &|_| {}));
    let t = t?;
    let n = t.rows();
    let bytes: usize = t.columns().iter().map(|c| n * if matches!(c, Column::Number(_)) { 8 } else { 4 }).sum();
    println!(
        "read         {cpu:8.3} cpu s  {wall:8.3} s   {n} rows x {} columns, {} MiB",
        t.names().len(),
        bytes >> 20
    );
    let config = TrainConfig::default();
    let whole = TrainingTable { names: t.names(), columns: t.columns(), target: "bad", bad_value: "1", files: &[] };
    if !args.no_fit {
        let (bins, cpu, wall) = timed(|| bin_table(&whole, &config, 1));
        println!("binning      {cpu:8.3} cpu s  {wall:8.3} s   {} columns", bins?.len());
        let stages = Mutex::new(vec![("", cpu_seconds())]);
        let at = |stage: Stage| {
            let name = match stage {
                Stage::Coding => "coding",
                Stage::Fitting => "fit",
                Stage::Fold(..) => "folds",
                _ => "figures",
            };
            stages.lock().expect("no holder panics").push((name, cpu_seconds()));
        };
        let (trained, cpu, wall) = timed(|| train(whole, &config, 1, &at));
        println!(
            "train        {cpu:8.3} cpu s  {wall:8.3} s   AUC out of fold {:.4}",
            trained?.figures.out_of_fold.auc
        );
        let mut stages = stages.into_inner().expect("no holder panics");
        stages.push(("", cpu_seconds()));
        println!("stages      {:?}", stages);
        println!("peak memory  {:8.0} MiB, the data take {} MiB", peak_mib().unwrap_or(f64::NAN), bytes >> 20);
    }
    let part: Vec<Column> = t.columns().iter().map(|c| head(c, 100_000.min(n))).collect();
    let small = TrainingTable { columns: &part, ..whole };
    let coarse = TrainConfig::from_toml("[binning]\nbins = 8\nshare_min = 0.02\n[selection]\niv_min = -10\n")?;
    let model = train(small, &coarse, 1, &|_| {})?.model;
    score(&args, &t, &model)?;
    one_row(&t, &model)
}

fn head(c: &Column, rows: usize) -> Column {
    match c {
        Column::Number(v) => Column::Number(v[..rows].to_vec()),
        Column::Text { codes, levels } => Column::Text { codes: codes[..rows].to_vec(), levels: levels.clone() },
    }
}

/// The fastest of some runs, in seconds of one thread.
fn best(repeat: usize, mut f: impl FnMut()) -> f64 {
    f();
    (0..repeat)
        .map(|_| {
            let clock = std::time::Instant::now();
            f();
            clock.elapsed().as_secs_f64()
        })
        .fold(f64::INFINITY, f64::min)
}

fn score(args: &Args, t: &table::Table, model: &Model) -> Result<()> {
    let n = t.rows();
    let named: Vec<(&str, ColumnView<'_>)> = model
        .file()
        .characteristics
        .iter()
        .map(|c| (c.name.as_str(), t.column(&c.name).expect("trained on it").view()))
        .collect();
    let edges: usize = (0..model.file().characteristics.len()).map(|c| model.edges(c).len()).sum();
    println!("\nscoring {} characteristics, {edges} edges, one thread, fastest of {}", named.len(), args.repeat);
    let rate = |s: f64| n as f64 / s / 1e6;
    let plain = best(args.repeat, || {
        for (_, c) in &named {
            match c {
                ColumnView::Number(x) => drop(black_box(x.iter().sum::<f64>())),
                ColumnView::Text { codes, .. } => drop(black_box(codes.iter().map(|&c| u64::from(c)).sum::<u64>())),
                ColumnView::NotAuthorised { .. } => {}
            }
        }
    });
    let floor = best(args.repeat, || {
        for (_, c) in &named {
            match c {
                ColumnView::Number(x) => drop(black_box(fast_sum(x))),
                ColumnView::Text { codes, .. } => drop(black_box(codes.iter().map(|&c| u64::from(c)).sum::<u64>())),
                ColumnView::NotAuthorised { .. } => {}
            }
        }
    });
    println!("plain sum            {:7.2} M rows/s (iter().sum())", rate(plain));
    println!("fastest sum          {:7.2} M rows/s (lanes)", rate(floor));
    let batch = model.bind(&named)?;
    let mut scores = vec![0; n];
    let s = best(args.repeat, || batch.score(0..n, &mut scores).expect("bound"));
    println!("score                {:7.2} M rows/s, {:.2} of the fastest sum", rate(s), floor / s);
    let blank = Rating { score: 0, pd: None, grade: 0, reasons: Reasons::default(), data_coverage: 1.0 };
    let chunk = 1 << 12;
    let mut ratings = vec![blank; chunk];
    let mut check = 0_i64;
    let r = best(args.repeat, || {
        check = 0;
        for start in (0..n).step_by(chunk) {
            let rows = chunk.min(n - start);
            batch.assess(start..start + rows, &mut ratings[..rows]).expect("bound");
            check += ratings[..rows].iter().map(|r| i64::from(r.score)).sum::<i64>();
        }
    });
    ensure!(check == scores.iter().map(|&s| i64::from(s)).sum::<i64>(), "both paths give one score");
    println!("score with reasons   {:7.2} M rows/s, {:.2} of without", rate(r), s / r);
    Ok(())
}

fn fast_sum(x: &[f64]) -> f64 {
    let mut lanes = [0.0; 16];
    let chunks = x.chunks_exact(16);
    let tail: f64 = chunks.remainder().iter().sum();
    for c in chunks {
        for l in 0..16 {
            lanes[l] += c[l];
        }
    }
    lanes.iter().sum::<f64>() + tail
}

fn one_row(t: &table::Table, model: &Model) -> Result<()> {
    let columns: Vec<&Column> =
        model.file().characteristics.iter().map(|c| t.column(&c.name).expect("trained on it")).collect();
    let rows: Vec<Vec<Value<'_>>> = (0..2000.min(t.rows()))
        .map(|i| {
            columns
                .iter()
                .map(|c| match c {
                    Column::Number(v) => Value::number(v[i]),
                    Column::Text { codes, levels } => {
                        levels.get(codes[i] as usize).map_or(Value::Missing, |l| Value::Text(l))
                    }
                })
                .collect()
        })
        .collect();
    let names: Vec<&str> = model.file().characteristics.iter().map(|c| c.name.as_str()).collect();
    let named: Vec<Vec<(&str, Value<'_>)>> =
        rows.iter().map(|r| names.iter().copied().zip(r.iter().copied()).rev().collect()).collect();
    let median = |mut v: Vec<f64>| {
        v.sort_by(f64::total_cmp);
        v[v.len() / 2] * 1e6
    };
    let time = |f: &mut dyn FnMut()| {
        let clock = std::time::Instant::now();
        (0..16).for_each(|_| f());
        clock.elapsed().as_secs_f64() / 16.0
    };
    let by_position: Vec<f64> =
        rows.iter().map(|r| time(&mut || drop(black_box(model.assess(black_box(r)))))).collect();
    let by_name: Vec<f64> =
        named.iter().map(|r| time(&mut || drop(black_box(model.assess_named(black_box(r)))))).collect();
    println!("\none row, {} characteristics, with reasons, median", names.len());
    println!("by position          {:7.3} µs", median(by_position));
    println!("by name, any order   {:7.3} µs", median(by_name));
    Ok(())
}
