//! `train --method boosted` beside default EBM, and scoring with pairs beside the scorecard and LightGBM.

use super::{Ours, best, head, named};
use anyhow::{Context as _, Result, ensure};
use benches::clock::timed;
use benches::sets::{TARGET, outcomes};
use primitives::Column;
use scoring::Model;
use table::Table;
use training::{Method, TrainConfig, TrainingTable, train};

/// Rows that it is fitted on; as many after them are scored.
pub(crate) const ROWS: usize = 100_000;
/// Pairs of the model whose scoring is timed.
const PAIRS: usize = 10;

/// Fits on the first rows by the defaults, and says how well the next rows are told.
pub(crate) fn fit(t: &Table) -> Result<Ours> {
    ensure!(t.rows() >= 2 * ROWS, "{} rows: boosted is fitted on {ROWS} and judged on as many more", t.rows());
    let mut config = TrainConfig::default();
    config.model.method = Method::Boosted;
    let (model, cpu, wall) = timed(|| trained(t, &config));
    let model = model?;
    println!("\nboosted      {cpu:8.3} cpu s  {wall:8.3} s   {ROWS} rows, {}", tables(&model));
    let batch = model.bind(&named(t, &model))?;
    let mut scores = vec![0; ROWS];
    batch.score(ROWS..2 * ROWS, &mut scores)?;
    let pd = scores.iter().map(|&s| model.pd(s).context("a trained model has PDs")).collect::<Result<Vec<f64>>>()?;
    let h = validation::headline(&pd, &outcomes(t)?[ROWS..2 * ROWS], None)?;
    println!("  on the next {ROWS} rows: AUC {:.4}, log-loss {:.4}", h.auc, h.log_loss);
    Ok(Ours { task: "train boosted, 100,000 rows", cpu_seconds: cpu, peers: &["ebm_fit"] })
}

/// Rows a second of a model with ten pairs, of its shapes alone, and of the scorecard of the same rows, all by the defaults.
pub(crate) fn score(t: &Table, repeat: usize) -> Result<Ours> {
    let mut config = TrainConfig::default();
    let card = trained(t, &config)?;
    config.model.method = Method::Boosted;
    config.boosted.pairs = PAIRS;
    let model = trained(t, &config)?;
    let mut plain = model.file().clone();
    plain.tables.retain(|t| matches!(t, scoring::Table::OneWay { .. }));
    println!("\nscoring of trained models, one thread, fastest of {repeat}");
    let mut scores = vec![0; t.rows()];
    let mut first = None;
    let mut seconds = |model: &Model| -> Result<f64> {
        let batch = model.bind(&named(t, model))?;
        let seconds = best(repeat, || batch.score(0..t.rows(), &mut scores).expect("bound"));
        let (rate, of_card) = (t.rows() as f64 / seconds / 1e6, first.get_or_insert(seconds).to_owned() / seconds);
        println!("{:10} {rate:7.2} M rows/s, {of_card:.2} of the scorecard; {}", model.file().method, tables(model));
        Ok(seconds)
    };
    seconds(&card)?;
    seconds(&Model::from_file(plain)?)?;
    Ok(Ours { task: "score with pairs, no reasons", cpu_seconds: seconds(&model)?, peers: &["lightgbm_score"] })
}

/// What a model is made of.
fn tables(model: &Model) -> String {
    let file = model.file();
    let pairs = file.tables.iter().filter(|t| matches!(t, scoring::Table::TwoWay(_))).count();
    let edges: usize = (0..file.characteristics.len()).map(|c| model.edges(c).len()).sum();
    format!("{} characteristics, {edges} edges, {pairs} pairs", file.characteristics.len())
}

/// A model of the first rows.
fn trained(t: &Table, config: &TrainConfig) -> Result<Model> {
    let columns: Vec<Column> = t.columns().iter().map(|c| head(c, ROWS)).collect();
    let small = TrainingTable { names: t.names(), columns: &columns, target: TARGET, bad_value: "1", files: &[] };
    Ok(train(small, config, 1, &|_| {})?.model)
}
