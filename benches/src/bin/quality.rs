//! Cross-validated quality of our methods on public sets, beside that of other libraries on the same folds.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a bench talks to people")]

use anyhow::{Context, Result};
use benches::clock::timed;
use benches::iv::out_of_fold_iv;
use benches::peers::{Python, QualityRow, quality_files};
use benches::sets::{OUT_OF_TIME, SETS, TARGET, outcomes, pick};
use clap::Parser;
use primitives::Column;
use scoring::Model;
use std::path::{Path, PathBuf};
use table::Table;
use training::{Method, TrainConfig, Trained, TrainingTable, train};
use validation::Headline;

/// Quality on the public sets, five folds and out of time
#[derive(Parser)]
struct Args {
    /// Folder of the data sets, NAME.csv.gz with the outcome column `bad`: german, polish_5year, taiwan_card, sba_case, and
    /// sba_case_until2005 with sba_case_2006to2008 for out of time
    #[arg(long)]
    data: PathBuf,
    /// Folder of the folds, NAME.csv with the columns row and fold; five are drawn where it is not given
    #[arg(long)]
    folds: Option<PathBuf>,
    /// A Python with benches/peers/requirements.txt: runs the other libraries on the same folds
    #[arg(long)]
    python: Option<PathBuf>,
    /// Which of them
    #[arg(long, num_args = 1.., requires = "python", default_values = ["lr", "optbinning", "lightgbm"])]
    peer: Vec<String>,
    /// Configuration of training
    #[arg(long)]
    config: Option<PathBuf>,
    /// Results that benches/peers/quality_peers.py wrote before, to put beside ours
    #[arg(long, num_args = 1..)]
    peers: Vec<PathBuf>,
    /// tests/golden/optbinning/out_of_fold_iv.json: compare out-of-fold information values
    #[arg(long)]
    iv: Option<PathBuf>,
}

/// Figures of a method on a set: means over folds.
#[derive(Debug, Clone, Default)]
struct Figures {
    method: String,
    auc: f64,
    ks: f64,
    brier: f64,
    log_loss: f64,
    ece: f64,
    fit_seconds: f64,
    folds: f64,
}

impl Figures {
    fn add(&mut self, h: [f64; 5], fit_seconds: f64) {
        let slots = [&mut self.auc, &mut self.ks, &mut self.brier, &mut self.log_loss, &mut self.ece];
        slots.into_iter().zip(h).for_each(|(s, v)| *s += v);
        self.fit_seconds += fit_seconds;
        self.folds += 1.0;
    }

    fn line(&self) -> String {
        let n = self.folds.max(1.0);
        format!(
            "| {} | {:.4} | {:.4} | {:.4} | {:.4} | {:.4} | {:.2} |",
            self.method,
            self.auc / n,
            self.ks / n,
            self.brier / n,
            self.log_loss / n,
            self.ece / n,
            self.fit_seconds / n
        )
    }
}

fn main() -> Result<()> {
    let args = Args::parse();
    let config = match &args.config {
        Some(p) => TrainConfig::from_toml(&std::fs::read_to_string(p)?)?,
        None => TrainConfig::default(),
    };
    let drawn = tempfile::tempdir()?;
    let folds = match &args.folds {
        Some(folder) => folder.clone(),
        None => draw_folds(&args.data, drawn.path())?,
    };
    let mut peers = quality_files(&args.peers)?;
    if let Some(python) = &args.python {
        peers.extend(run_peers(&Python(python.clone()), &args, &folds)?);
    }
    let mut means: Vec<(String, f64)> = Vec::new();
    for set in &SETS {
        let t = set.read(&args.data)?;
        let bad = outcomes(&t)?;
        let fold = set.folds(&folds, bad.len())?;
        let (mut all, mut slopes) = (Vec::new(), Vec::new());
        for ours in by_method(&config) {
            let (ours, slope) = cross_validate(&t, &bad, &fold, &ours)?;
            slopes.push(format!("{} {slope:.3}", ours.method));
            all.push(ours);
        }
        all.extend(of_peers(&peers, set.name));
        print_table(set.name, &mut all);
        println!("\ncalibration slopes, all folds together: {}\n", slopes.join(", "));
        for f in all {
            let auc = f.auc / f.folds.max(1.0);
            match means.iter_mut().find(|m| m.0 == f.method) {
                Some(m) => m.1 += auc,
                None => means.push((f.method, auc)),
            }
        }
        if let Some(path) = &args.iv {
            out_of_fold_iv(set.name, &t, &fold, &config, path)?;
        }
    }
    println!("## mean AUC of the {} sets\n", SETS.len());
    for (method, sum) in means {
        println!("- {method}: {:.4}", sum / SETS.len() as f64);
    }
    println!();
    out_of_time(&args.data, &config, &peers)
}

/// A configuration, and its name in tables.
struct Ours {
    name: String,
    config: TrainConfig,
}

/// The configuration with each of our methods, and boosted once more so small that a page holds it: 20 characteristics of
/// 10 bins, 5 pairs of 6 by 6.
fn by_method(config: &TrainConfig) -> [Ours; 3] {
    let by = |method: Method, small: bool| {
        let mut own = config.clone();
        own.model.method = method;
        if small {
            own.selection.characteristics_max = 20;
            own.binning.bins = 10;
            (own.boosted.pairs, own.boosted.pair_bins) = (5, 6);
        }
        Ours { name: format!("shangzhi {}{}", method.name(), if small { ", a page" } else { "" }), config: own }
    };
    [by(Method::Scorecard, false), by(Method::Boosted, false), by(Method::Boosted, true)]
}

/// Five folds of each set with equal shares of bads, as files that the scripts read too.
fn draw_folds(data: &Path, folder: &Path) -> Result<PathBuf> {
    for set in &SETS {
        let bad = outcomes(&set.read(data)?)?;
        let mut fold = vec![0; bad.len()];
        for class in [false, true] {
            let mut rows: Vec<usize> = (0..bad.len()).filter(|&i| bad[i] == class).collect();
            // An order that has nothing to do with that of the file.
            rows.sort_by_key(|&i| primitives::Digest::sha256(&i.to_le_bytes()).to_string());
            rows.iter().enumerate().for_each(|(k, &i)| fold[i] = k % 5);
        }
        let mut text = String::from("row,fold\n");
        fold.iter().enumerate().for_each(|(row, fold)| text.push_str(&format!("{row},{fold}\n")));
        std::fs::write(folder.join(format!("{}.csv", set.name)), text)?;
    }
    Ok(folder.to_owned())
}

fn run_peers(python: &Python, args: &Args, folds: &Path) -> Result<Vec<QualityRow>> {
    let text = |p: &Path| p.to_str().map(str::to_owned).with_context(|| format!("{} is not UTF-8", p.display()));
    let (data, folds) = (text(&args.data)?, text(folds)?);
    let heard = |r: &QualityRow| eprintln!("{} {}: AUC {:.4}", r.set, r.peer, r.auc);
    let mut rows = Vec::new();
    for how in [&["--folds", folds.as_str()][..], &["--out-of-time"]] {
        let peer = args.peer.iter().map(String::as_str);
        let arguments: Vec<&str> =
            ["--data", data.as_str()].into_iter().chain(how.iter().copied()).chain(["--peers"]).chain(peer).collect();
        rows.extend(python.lines("quality_peers.py", &arguments, heard)?);
    }
    Ok(rows)
}

fn fit(names: &[String], columns: &[Column], config: &TrainConfig) -> Result<Trained> {
    let t = TrainingTable { names, columns, target: TARGET, bad_value: "1", files: &[] };
    Ok(train(t, config, 1, &|_| {})?)
}

fn pds(model: &Model, names: &[String], columns: &[Column]) -> Result<Vec<f64>> {
    let table: Vec<_> = names.iter().map(String::as_str).zip(columns.iter().map(Column::view)).collect();
    let batch = model.bind(&table)?;
    let mut scores = vec![0; batch.rows()];
    batch.score(0..batch.rows(), &mut scores)?;
    scores.iter().map(|&s| model.pd(s).context("a trained model has PDs")).collect()
}

fn measures(h: &Headline) -> [f64; 5] {
    [h.auc, h.ks, h.brier, h.log_loss, h.ece]
}

fn cross_validate(t: &Table, bad: &[bool], fold: &[usize], how: &Ours) -> Result<(Figures, f64)> {
    let mut ours = Figures { method: how.name.clone(), ..Figures::default() };
    let (mut all_pd, mut all_bad) = (Vec::new(), Vec::new());
    for k in 0..=fold.iter().copied().max().unwrap_or(0) {
        let (own, rest): (Vec<usize>, Vec<usize>) = (0..bad.len()).partition(|&i| fold[i] == k);
        let part = |rows: &[usize]| t.columns().iter().map(|c| pick(c, rows)).collect::<Vec<Column>>();
        let rest = part(&rest);
        let (trained, cpu, _) = timed(|| fit(t.names(), &rest, &how.config));
        let pd = pds(&trained?.model, t.names(), &part(&own))?;
        let y: Vec<bool> = own.iter().map(|&i| bad[i]).collect();
        ours.add(measures(&validation::headline(&pd, &y, None)?), cpu);
        all_pd.extend(pd);
        all_bad.extend(y);
    }
    let slope = validation::calibration_line(&all_pd, &all_bad, None)?.slope.value;
    Ok((ours, slope))
}

fn out_of_time(data: &Path, config: &TrainConfig, peers: &[QualityRow]) -> Result<()> {
    let (old, new) = (OUT_OF_TIME[0].read(data)?, OUT_OF_TIME[1].read(data)?);
    let columns: Vec<Column> = old
        .names()
        .iter()
        .map(|n| new.column(n).cloned().with_context(|| format!("no column {n:?} in the later set")))
        .collect::<Result<_>>()?;
    let y = outcomes(&new)?;
    let rate = y.iter().filter(|&&b| b).count() as f64 / y.len() as f64;
    let (mut all, mut notes) = (of_peers(peers, "sba_case_out_of_time"), Vec::new());
    for own in by_method(config) {
        let (trained, cpu, _) = timed(|| fit(old.names(), old.columns(), &own.config));
        let model = trained?.model;
        let pd_old = pds(&model, old.names(), old.columns())?;
        let pd = pds(&model, old.names(), &columns)?;
        let mut ours = Figures { method: own.name, ..Figures::default() };
        ours.add(measures(&validation::headline(&pd, &y, None)?), cpu);
        let safety = |p: &[f64]| p.iter().map(|p| -p).collect::<Vec<f64>>();
        let psi = validation::psi_of_scores(
            &safety(&pd_old),
            &safety(&pd),
            10,
            validation::SHARE_FLOOR,
            validation::PsiThresholds::USUAL,
        )?;
        let mean = pd.iter().sum::<f64>() / pd.len() as f64;
        notes.push(format!(
            "{}: PSI of the score {:.3}; mean PD {mean:.3} against a bad rate of {rate:.3}",
            ours.method, psi.psi
        ));
        all.push(ours);
    }
    print_table("out of time: fit until 2005, scored 2006 to 2008", &mut all);
    println!();
    notes.iter().for_each(|note| println!("{note}"));
    Ok(())
}

fn of_peers(rows: &[QualityRow], set: &str) -> Vec<Figures> {
    let mut all: Vec<Figures> = Vec::new();
    for r in rows.iter().filter(|r| r.set == set) {
        let at = all.iter().position(|f| f.method == r.peer).unwrap_or_else(|| {
            all.push(Figures { method: r.peer.clone(), ..Figures::default() });
            all.len() - 1
        });
        all[at].add([r.auc, r.ks, r.brier, r.logloss, r.ece], r.fit_cpu_s);
    }
    all
}

fn print_table(title: &str, all: &mut [Figures]) {
    all.sort_by(|a, b| (b.auc / b.folds).total_cmp(&(a.auc / a.folds)));
    println!("## {title}\n");
    println!("| method | AUC | KS | Brier | log-loss | ECE | fit cpu s |\n|---|---|---|---|---|---|---|");
    all.iter().for_each(|f| println!("{}", f.line()));
}
