//! Speed of binning, training and scoring on one table, beside floors and other libraries in the same run.
#![allow(clippy::print_stdout, reason = "a bench talks to people")]

mod boosted;

use anyhow::{Context, Result, ensure};
use benches::clock::{children_cpu_seconds, cpu_seconds, peak_mib, timed};
use benches::peers::{Python, SpeedRow};
use clap::Parser;
use primitives::{Column, ColumnView, Value};
use scoring::{Model, Rating, Reasons};
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use table::ReadOptions;
use training::{Stage, TrainConfig, TrainingTable, bin_table, train};

/// Speed on one table, as `benches/peers/speed_peers.py gen` makes it; one thread
#[derive(Parser)]
struct Args {
    /// Table with the outcome column `bad`, 1 is bad
    #[arg(long)]
    data: PathBuf,
    /// Repetitions of scoring; the fastest counts
    #[arg(long, default_value_t = 5)]
    repeat: usize,
    /// Leave training out: score with a model trained on the first 100,000 rows
    #[arg(long)]
    no_fit: bool,
    /// A Python with benches/peers/requirements.txt: runs other libraries on the same table, Parquet
    #[arg(long)]
    python: Option<PathBuf>,
    /// Which of their tasks
    #[arg(long, num_args = 1.., requires = "python", default_values = [
        "optbinning_fit", "lightgbm_fit", "ebm_fit", "optbinning_score", "lightgbm_score", "onnx_lr_score", "polars_read_write",
        "polars_read_write_scores",
    ])]
    peer: Vec<String>,
}

/// Processor seconds of a task of ours, the fastest repetition (in memory by the wall clock, for one thread does nothing
/// else), and the tasks of other libraries that do the same.
struct Ours {
    task: &'static str,
    cpu_seconds: f64,
    peers: &'static [&'static str],
}

fn main() -> Result<()> {
    let args = Args::parse();
    shangzhi()?;
    rayon::ThreadPoolBuilder::new().num_threads(1).build_global()?;
    let (t, cpu, wall) = timed(|| table::read(std::slice::from_ref(&args.data), &ReadOptions::default(), &|_| {}));
    let t = t?;
    let n = t.rows();
    let bytes: usize = t.columns().iter().map(|c| n * if matches!(c, Column::Number(_)) { 8 } else { 4 }).sum();
    println!(
        "read         {cpu:8.3} cpu s  {wall:8.3} s   {n} rows x {} columns, {} MiB",
        t.names().len(),
        bytes >> 20
    );
    let mut ours = Vec::new();
    let whole = TrainingTable { names: t.names(), columns: t.columns(), target: "bad", bad_value: "1", files: &[] };
    if !args.no_fit {
        ours.extend(fit(&whole)?);
        println!("peak memory  {:8.0} MiB, the data take {} MiB", peak_mib().unwrap_or(f64::NAN), bytes >> 20);
    }
    let part: Vec<Column> = t.columns().iter().map(|c| head(c, 100_000.min(n))).collect();
    let small = TrainingTable { columns: &part, ..whole };
    let coarse = TrainConfig::from_toml("[binning]\nbins = 8\nshare_min = 0.02\n[selection]\niv_min = -10\n")?;
    let model = train(small, &coarse, 1, &|_| {})?.model;
    let card = score(&args, &t, &model)?;
    one_row(&t, &model)?;
    if !args.no_fit {
        ours.push(boosted::fit(&t)?);
    }
    ours.push(boosted::score(&t, args.repeat)?);
    ours.push(card);
    drop(t);
    ours.push(score_file(&args.data)?);
    match &args.python {
        Some(python) => beside(&ours, &run_peers(&Python(python.clone()), &args)?),
        None => println!("\n--python PATH puts other libraries beside ours in the same run"),
    }
    Ok(())
}

fn fit(whole: &TrainingTable<'_>) -> Result<[Ours; 2]> {
    let config = TrainConfig::default();
    let (bins, binning, wall) = timed(|| bin_table(whole, &config, 1));
    println!("binning      {binning:8.3} cpu s  {wall:8.3} s   {} columns", bins?.len());
    let stages = Mutex::new(Vec::new());
    let at = |stage: Stage| stages.lock().expect("no holder panics").push((stage, cpu_seconds().unwrap_or(f64::NAN)));
    let (trained, cpu, wall) = timed(|| train(*whole, &config, 1, &at));
    println!("train        {cpu:8.3} cpu s  {wall:8.3} s   AUC out of fold {:.4}", trained?.figures.out_of_fold.auc);
    let end = cpu_seconds().unwrap_or(f64::NAN);
    let stages = stages.into_inner().expect("no holder panics");
    let next = stages.iter().skip(1).map(|s| s.1).chain([end]);
    for ((stage, from), to) in stages.iter().zip(next) {
        println!("  from {stage:12?} {:6.3} cpu s", to - from);
    }
    Ok([
        Ours { task: "binning of all columns", cpu_seconds: binning, peers: &["optbinning_fit"] },
        Ours { task: "train", cpu_seconds: cpu, peers: &["lightgbm_fit"] },
    ])
}

fn head(c: &Column, rows: usize) -> Column {
    match c {
        Column::Number(v) => Column::Number(v[..rows].to_vec()),
        Column::Text { codes, levels } => Column::Text { codes: codes[..rows].to_vec(), levels: levels.clone() },
    }
}

/// The program of the same build.
fn shangzhi() -> Result<PathBuf> {
    let program = std::env::current_exe()?.with_file_name("shangzhi");
    ensure!(program.exists(), "{} is not there: cargo build --release --workspace makes it", program.display());
    Ok(program)
}

/// The command from Parquet to Parquet, in a process of its own as a user runs it.
fn score_file(data: &Path) -> Result<Ours> {
    let shangzhi = shangzhi()?;
    let folder = tempfile::tempdir()?;
    let (model, out) = (folder.path().join("model"), folder.path().join("scored.parquet"));
    let run = |command: &mut Command| -> Result<f64> {
        let before = children_cpu_seconds().context("processor seconds of children")?;
        let done = command.args(["--threads", "1"]).arg("--data").arg(data).output()?;
        ensure!(done.status.success(), "shangzhi: {}", String::from_utf8_lossy(&done.stderr));
        Ok(children_cpu_seconds().context("processor seconds of children")? - before)
    };
    run(Command::new(&shangzhi).args(["train", "--target", "bad", "--bad", "1", "--out"]).arg(&model))?;
    let mut best = f64::INFINITY;
    for _ in 0..3 {
        let seconds = run(Command::new(&shangzhi).arg("score").arg("--model").arg(&model).arg("--out").arg(&out))?;
        best = best.min(seconds);
    }
    println!("\nshangzhi score, file to file {best:.2} cpu s, best of 3");
    let peers = &["polars_read_write", "polars_read_write_scores"];
    Ok(Ours { task: "shangzhi score, file to file", cpu_seconds: best, peers })
}

fn run_peers(python: &Python, args: &Args) -> Result<Vec<SpeedRow>> {
    let data = args.data.to_str().context("--data is not UTF-8")?;
    let tasks = args.peer.iter().map(String::as_str);
    let arguments: Vec<&str> = ["run"].into_iter().chain(tasks).chain(["--data", data]).collect();
    println!();
    python.lines("speed_peers.py", &arguments, |r: &SpeedRow| {
        let told = r.auc.zip(r.log_loss).map(|(auc, loss)| format!("   AUC {auc:.4}, log-loss {loss:.4}"));
        println!("{:26} {:9.3} cpu s{}", r.task, r.seconds(), told.unwrap_or_default());
    })
}

fn beside(ours: &[Ours], peers: &[SpeedRow]) {
    println!("\n| ours | cpu s | theirs | cpu s | theirs / ours |\n|---|---|---|---|---|");
    for o in ours {
        for p in peers.iter().filter(|p| o.peers.contains(&p.task.as_str())) {
            println!(
                "| {} | {:.3} | {} | {:.3} | {:.2} |",
                o.task,
                o.cpu_seconds,
                p.task,
                p.seconds(),
                p.seconds() / o.cpu_seconds
            );
        }
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

/// The columns that a model of this table reads.
fn named<'a>(t: &'a table::Table, model: &'a Model) -> Vec<(&'a str, ColumnView<'a>)> {
    let of = |c: &'a scoring::Characteristic| (c.name.as_str(), t.column(&c.name).expect("trained on it").view());
    model.file().characteristics.iter().map(of).collect()
}

fn score(args: &Args, t: &table::Table, model: &Model) -> Result<Ours> {
    let n = t.rows();
    let named = named(t, model);
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
    let peers = &["optbinning_score", "lightgbm_score", "onnx_lr_score"];
    Ok(Ours { task: "score in memory, no reasons", cpu_seconds: s, peers })
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
