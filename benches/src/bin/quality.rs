//! Cross-validated quality of our methods.
#![allow(clippy::print_stdout, reason = "a bench talks to people")]

use anyhow::Result;
use benches::sets::{OUT_OF_TIME, SETS, TARGET, outcomes, pick};
use clap::Parser;
use primitives::Column;
use scoring::Model;
use std::path::PathBuf;
use training::{TrainConfig, TrainingTable, train};

#[derive(Parser)]
struct Args {
    #[arg(long)]
    data: PathBuf,
    #[arg(long)]
    folds: PathBuf,
    #[arg(long)]
    config: Option<PathBuf>,
    #[arg(long)]
    verbose: bool,
}

fn fit(names: &[String], columns: &[Column], config: &TrainConfig) -> Result<training::Trained> {
    let t = TrainingTable { names, columns, target: TARGET, bad_value: "1", files: &[] };
    Ok(train(t, config, 1, &|_| {})?)
}

fn pds(model: &Model, names: &[String], columns: &[Column]) -> Result<Vec<f64>> {
    let table: Vec<_> = names.iter().map(String::as_str).zip(columns.iter().map(Column::view)).collect();
    let batch = model.bind(&table)?;
    let mut scores = vec![0; batch.rows()];
    batch.score(0..batch.rows(), &mut scores)?;
    Ok(scores.iter().map(|&s| model.pd(s).expect("trained")).collect())
}

fn main() -> Result<()> {
    let args = Args::parse();
    let config = match &args.config {
        Some(p) => TrainConfig::from_toml(&std::fs::read_to_string(p)?)?,
        None => TrainConfig::default(),
    };
    let mut mean = 0.0;
    for set in &SETS {
        let t = set.read(&args.data)?;
        let bad = outcomes(&t)?;
        let fold = set.folds(&args.folds, bad.len())?;
        let mut sums = [0.0; 5];
        let (mut all_pd, mut all_bad) = (Vec::new(), Vec::new());
        let mut kept = 0;
        let clock = std::time::Instant::now();
        for k in 0..5 {
            let (own, rest): (Vec<usize>, Vec<usize>) = (0..bad.len()).partition(|&i| fold[i] == k);
            let part = |rows: &[usize]| t.columns().iter().map(|c| pick(c, rows)).collect::<Vec<Column>>();
            let trained = fit(t.names(), &part(&rest), &config)?;
            kept += trained.model.file().tables.len();
            if args.verbose && k == 0 {
                for r in &trained.model.file().origin.removed {
                    println!("  {} {} {}", r.column, r.rule, r.detail);
                }
            }
            let pd = pds(&trained.model, t.names(), &part(&own))?;
            let y: Vec<bool> = own.iter().map(|&i| bad[i]).collect();
            let h = validation::headline(&pd, &y, None)?;
            for (s, v) in sums.iter_mut().zip([h.auc, h.ks, h.brier, h.log_loss, h.ece]) {
                *s += v / 5.0;
            }
            all_pd.extend(pd);
            all_bad.extend(y);
        }
        let line = validation::calibration_line(&all_pd, &all_bad, None)?;
        println!(
            "{:14} auc {:.4} ks {:.4} brier {:.4} logloss {:.4} ece {:.4} slope {:.3} kept {:.1} {:.2}s",
            set.name,
            sums[0],
            sums[1],
            sums[2],
            sums[3],
            sums[4],
            line.slope.value,
            f64::from(kept as u32) / 5.0,
            clock.elapsed().as_secs_f64() / 5.0
        );
        mean += sums[0] / 4.0;
    }
    println!("mean auc {mean:.4}");
    let (old, new) = (OUT_OF_TIME[0].read(&args.data)?, OUT_OF_TIME[1].read(&args.data)?);
    let trained = fit(old.names(), old.columns(), &config)?;
    let columns: Vec<Column> = old.names().iter().map(|n| new.column(n).expect("same columns").clone()).collect();
    let pd = pds(&trained.model, old.names(), &columns)?;
    let h = validation::headline(&pd, &outcomes(&new)?, None)?;
    println!("out of time: auc {:.4} ks {:.4} brier {:.4} logloss {:.4}", h.auc, h.ks, h.brier, h.log_loss);
    Ok(())
}
