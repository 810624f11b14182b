//! Few outcomes and a card that is there already: `train --prior` beside what else one could do, on many small samples.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a bench talks to people")]

use anyhow::{Context, Result, bail};
use benches::few::{Cards, Outcome, Sample, card_refitted, draw, ridge_of_bins, ridge_of_woe, turned};
use benches::sets::{DataSet, OUT_OF_TIME, SETS, TARGET, outcomes, pick};
use clap::Parser;
use primitives::Column;
use rayon::prelude::*;
use scoring::Model;
use std::path::{Path, PathBuf};
use training::{TrainConfig, TrainingTable, fit_with_prior, train};
use validation::{auc, log_loss};

/// A scorecard from few outcomes, drawn to a card of another period or segment
#[derive(Parser)]
struct Args {
    /// Folder of the data sets, NAME.csv.gz with the outcome column `bad`
    #[arg(long)]
    data: PathBuf,
    /// Samples of each size
    #[arg(long, default_value_t = 200)]
    repeats: usize,
    /// Only the cases whose name holds this
    #[arg(long, default_value = "")]
    only: String,
}

/// A card from one part of a set, and another part that it is taken to.
struct Case {
    name: &'static str,
    /// Names of the columns.
    names: Vec<String>,
    card_rows: Vec<Column>,
    new_rows: Vec<Column>,
}

/// Bads and goods of a sample.
const SIZES: [[usize; 2]; 3] = [[60, 60], [20, 20], [20, 200]];
const METHODS: [&str; 5] = ["card as it is", "card, slope and intercept", "ridge, WoE", "ridge, bins", "train --prior"];

fn main() -> Result<()> {
    let args = Args::parse();
    println!(
        "{} samples of each size. AUC and log-loss on all rows that are not in the sample, after the same shift of",
        args.repeats
    );
    println!(
        "the intercept to their bad rate; ± is the standard error of the mean. The last two columns: share of the samples"
    );
    println!("in which --prior has the better AUC, and the better log-loss.\n");
    for case in cases(&args.data)? {
        if !case.name.contains(&args.only) {
            continue;
        }
        let card = trained(&case.names, &case.card_rows)?;
        let cards: [(&str, Model, &[[usize; 2]]); 4] = [
            ("as trained", card.clone(), &SIZES),
            ("all tables of one spread, as an expert may weigh them", benches::few::levelled(&card)?, &SIZES[..2]),
            ("every second table turned round", turned(&card, 2)?, &SIZES[..1]),
            ("all tables turned round", turned(&card, 1)?, &SIZES[..1]),
        ];
        for (what, card, sizes) in &cards {
            for size in *sizes {
                table(&case, card, what, *size, args.repeats)?;
            }
        }
    }
    Ok(())
}

/// One table: methods by mean AUC and log-loss.
fn table(case: &Case, card: &Model, what: &str, [bads, goods]: [usize; 2], repeats: usize) -> Result<()> {
    let bad = outcome_column(&case.names, &case.new_rows)?;
    let cards = Cards::new(card, &case.names, &case.new_rows)?;
    let one = |repeat: usize| -> Result<[Outcome; METHODS.len()]> {
        let sample = draw(&bad, [bads, goods], repeat as u64);
        let judge = |log_odds: Vec<f64>| judged(&log_odds, &bad, &sample);
        let config = TrainConfig::default();
        let columns: Vec<Column> = case.new_rows.iter().map(|c| pick(c, &sample.rows)).collect();
        let model = fit_with_prior(card, training_table(&case.names, &columns), &config, 1)?;
        Ok([
            judge(cards.log_odds(card)?)?,
            judge(card_refitted(&cards, &bad, &sample)?)?,
            judge(ridge_of_woe(&cards, &bad, &sample)?)?,
            judge(ridge_of_bins(&cards, &bad, &sample)?)?,
            judge(cards.log_odds(&model)?)?,
        ])
    };
    let all: Vec<[Outcome; METHODS.len()]> = (0..repeats).into_par_iter().map(one).collect::<Result<_>>()?;
    let rest = bad.len() - bads - goods;
    println!("## {}: card {what}; {bads} bads and {goods} goods, judged on {rest} rows\n", case.name);
    println!("| method | AUC | log-loss | --prior better, AUC | difference | --prior better, log-loss | difference |");
    println!("|---|---|---|---|---|---|---|");
    let prior = METHODS.len() - 1;
    for (m, name) in METHODS.iter().enumerate() {
        let of = |f: &dyn Fn(&[Outcome; METHODS.len()]) -> f64| mean(&all.iter().map(f).collect::<Vec<f64>>());
        let (a, l) = (of(&|o| o[m].auc), of(&|o| o[m].log_loss));
        let versus = if m == prior {
            "| | | |".to_owned()
        } else {
            let gain = of(&|o| o[prior].auc - o[m].auc);
            let less = of(&|o| o[prior].log_loss - o[m].log_loss);
            let share = |won: &dyn Fn(&[Outcome; METHODS.len()]) -> bool| {
                all.iter().filter(|o| won(o)).count() as f64 / all.len() as f64
            };
            format!(
                "| {:.2} | {:+.4} ± {:.4} | {:.2} | {:+.4} ± {:.4} |",
                share(&|o| o[prior].auc > o[m].auc),
                gain.0,
                gain.1,
                share(&|o| o[prior].log_loss < o[m].log_loss),
                less.0,
                less.1
            )
        };
        println!("| {name} | {:.4} ± {:.4} | {:.4} ± {:.4} {versus}", a.0, a.1, l.0, l.1);
    }
    println!();
    Ok(())
}

/// Mean and its standard error.
fn mean(of: &[f64]) -> (f64, f64) {
    let n = of.len() as f64;
    let mean = of.iter().sum::<f64>() / n;
    let square = of.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / (n - 1.0).max(1.0);
    (mean, (square / n).sqrt())
}

/// AUC and log-loss on the rows outside the sample. The sample has another share of bads: the intercept moves from its odds
/// to those of the rest, for every method alike.
fn judged(log_odds: &[f64], bad: &[bool], sample: &Sample) -> Result<Outcome> {
    let rest: Vec<usize> = (0..bad.len()).filter(|&i| !sample.holds[i]).collect();
    let y: Vec<bool> = rest.iter().map(|&i| bad[i]).collect();
    let bads = y.iter().filter(|&&b| b).count() as f64;
    let shift = (bads / (y.len() as f64 - bads)).ln() - sample.log_odds;
    let pd: Vec<f64> = rest.iter().map(|&i| 1.0 / (1.0 + (-log_odds[i] - shift).exp())).collect();
    let safety: Vec<f64> = rest.iter().map(|&i| -log_odds[i]).collect();
    Ok(Outcome { auc: auc(&safety, &y, None)?.auc, log_loss: log_loss(&pd, &y, None)? })
}

fn outcome_column(names: &[String], columns: &[Column]) -> Result<Vec<bool>> {
    let at = names.iter().position(|n| n == TARGET).context("no column \"bad\"")?;
    training::outcome(TARGET, &columns[at], "1")?.into_iter().map(|o| o.context("a row without an outcome")).collect()
}

fn training_table<'a>(names: &'a [String], columns: &'a [Column]) -> TrainingTable<'a> {
    TrainingTable { names, columns, target: TARGET, bad_value: "1", files: &[] }
}

fn trained(names: &[String], columns: &[Column]) -> Result<Model> {
    Ok(train(training_table(names, columns), &TrainConfig::default(), 1, &|_| {})?.model)
}

/// One of each data set by a plain rule, and two more.
fn cases(data: &Path) -> Result<Vec<Case>> {
    let [old, new] = [&OUT_OF_TIME[0], &OUT_OF_TIME[1]].map(|set| set.read(data));
    let (old, new) = (old?, new?);
    let later: Vec<Column> = old
        .names()
        .iter()
        .map(|n| new.column(n).cloned().with_context(|| format!("no column {n:?}")))
        .collect::<Result<_>>()?;
    let by = |name, set: &DataSet, side: &dyn Fn(&Column, usize) -> Option<bool>, column: &str| -> Result<Case> {
        let t = set.read(data)?;
        outcomes(&t)?;
        let by = t.column(column).with_context(|| format!("no column {column:?} in {}", set.name))?;
        let rows = |want: bool| (0..t.rows()).filter(|&i| side(by, i) == Some(want)).collect::<Vec<usize>>();
        let part = |want: bool| {
            let rows = rows(want);
            t.columns().iter().map(|c| pick(c, &rows)).collect::<Vec<Column>>()
        };
        Ok(Case { name, names: t.names().to_vec(), card_rows: part(false), new_rows: part(true) })
    };
    let above_median = |column: &Column, i: usize| {
        let Column::Number(v) = column else { return None };
        let mut sorted: Vec<f64> = v.iter().copied().filter(|x| x.is_finite()).collect();
        sorted.sort_unstable_by(f64::total_cmp);
        v[i].is_finite().then(|| v[i] >= sorted[sorted.len() / 2])
    };
    let level = |column: &Column, i: usize| match column {
        Column::Text { codes, levels } => levels.get(codes[i] as usize).cloned(),
        Column::Number(v) => Some(v[i].to_string()),
    };
    let set = |name: &str| match SETS.iter().find(|s| s.name == name) {
        Some(set) => Ok(set),
        None => bail!("no set {name:?}"),
    };
    Ok(vec![
        Case {
            name: "SBA, loans until 2005 to those of 2006 to 2008",
            names: old.names().to_vec(),
            card_rows: old.columns().to_vec(),
            new_rows: later,
        },
        by(
            "German, cars to other purposes",
            set("german")?,
            &|c, i| level(c, i).map(|l| !["A40", "A41"].contains(&l.as_str())),
            "PURPOSE",
        )?,
        by("Polish, smaller firms to larger ones", set("polish_5year")?, &above_median, "Attr29")?,
        by("Taiwan, lower limits to higher ones", set("taiwan_card")?, &above_median, "LIMIT_BAL")?,
        by(
            "Taiwan, university to high school",
            set("taiwan_card")?,
            &|c, i| match level(c, i).as_deref() {
                Some("2" | "2.0") => Some(false),
                Some("3" | "3.0") => Some(true),
                _ => None,
            },
            "EDUCATION",
        )?,
        by("SBA, NAICS 531 to 532", set("sba_case")?, &|c, i| level(c, i).map(|l| !l.starts_with("531")), "NAICS")?,
    ])
}
