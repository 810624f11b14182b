use crate::args::TrainArgs;
use crate::model_place::ModelPlace;
use crate::{doubts, golden_file, input, model_check, train_card};
use anyhow::{Context, Result, bail};
use primitives::Column;
use scoring::{DataFile, Kind, SpecialValue};
use std::collections::BTreeMap;
use std::path::Path;
use table::{ColumnType, ReadOptions, Table};
use training::{DEFAULT_CONFIG, Stage, TrainConfig, TrainError, Trained, TrainingTable, golden_rows};
use validation::Headline;

pub(crate) fn run(args: &TrainArgs) -> Result<()> {
    if args.print_config {
        print!("{DEFAULT_CONFIG}");
        return Ok(());
    }
    let (Some(target), Some(bad), Some(out)) = (&args.target, &args.bad, &args.out) else {
        bail!("--target, --bad and --out are needed");
    };
    let mut config = match &args.config {
        Some(path) => {
            let text = std::fs::read_to_string(path).with_context(|| format!("configuration {}", path.display()))?;
            TrainConfig::from_toml(&text).with_context(|| format!("configuration {}", path.display()))?
        }
        None => TrainConfig::default(),
    };
    if let Some(method) = args.method {
        config.model.method = method.into();
    }
    let inputs = args.data.iter().map(|path| ("--data", path)).chain(args.config.iter().map(|path| ("--config", path)));
    let inputs: Vec<(&str, &Path)> = inputs.map(|(option, path)| (option, path.as_path())).collect();
    let place = ModelPlace::check(out, &inputs)?;
    let options = ReadOptions { types: types(&config), ..ReadOptions::default() };
    let table = input::read(&args.data, &options)?;
    doubts::refuse_a_file_given_twice(&table)?;
    check_weights(&table, &config.columns.weight)?;
    doubts::tell_of_stray_texts(&table, &options.types);
    doubts::tell_of_several_goods(&table, target, bad);
    let files: Vec<DataFile> = input::files(&table)
        .map(|(s, digest)| DataFile { name: s.name.clone(), digest: digest.clone(), rows: s.rows as u64 })
        .collect();
    let methods = if config.model.method == training::Method::Auto { 2 } else { 1 };
    let bar = input::bar(methods * (config.fit.folds as u64 + 1) + 1, "training");
    let data = TrainingTable { names: table.names(), columns: table.columns(), target, bad_value: bad, files: &files };
    let trained = training::train(data, &config, args.seed, &|stage| match stage {
        Stage::Fitting => bar.inc(1),
        Stage::Fold(..) => bar.inc(1),
        _ => {}
    });
    bar.finish_and_clear();
    let trained = trained.map_err(|error| in_its_file(&table, error))?;
    let golden = golden_rows(&trained.model)?;
    let mut figures = serde_json::to_string_pretty(&trained.figures)?;
    figures.push('\n');
    place.fill(|scratch| {
        let golden = golden_file::text(&trained.model, &golden, scratch)?;
        let read_back = golden_file::read(&trained.model, &scratch.join("golden.csv"))?;
        if let Some(first) = model_check::rows_that_differ(&trained.model, &read_back)?.first() {
            bail!(
                "a name or value does not read back from golden.csv, as one that looks missing (NA) or has spaces around \
                 it: {first}; rename it, or leave the column out with columns.exclude"
            );
        }
        Ok([trained.model.file().to_json()?, train_card::text(&trained), golden, figures])
    })?;
    summary(place.name(), &trained);
    Ok(())
}

/// Refuses a weight that is too large to be added up. What is no weight at all, training refuses where it
/// has an outcome.
fn check_weights(table: &Table, name: &str) -> Result<()> {
    let Some(Column::Number(values)) = table.column(name) else { return Ok(()) };
    let mut too_large = values.iter().enumerate().filter(|(_, w)| input::AMOUNT_MAX < **w);
    too_large.try_for_each(|(row, w)| input::amount(table, "columns.weight", name, row, *w).map(drop))
}

/// Training knows a table, not the files that it came from.
fn in_its_file(table: &Table, error: TrainError) -> anyhow::Error {
    let place = match &error {
        TrainError::Weight { row, .. } if table.sources().len() > 1 => {
            let (file, row) = input::place(table, row - 1);
            format!("{file}: row {row}")
        }
        _ => input::file_names(table),
    };
    anyhow::Error::new(error).context(place)
}

/// Types that must be known before the file is read.
fn types(config: &TrainConfig) -> BTreeMap<String, ColumnType> {
    let mut types = BTreeMap::new();
    for (column, values) in &config.columns.special {
        let is_text = |v: &SpecialValue| matches!(v, SpecialValue::Text(t) if t.trim().parse::<f64>().is_err());
        if values.iter().any(is_text) {
            types.insert(column.clone(), ColumnType::Text);
        }
    }
    for (column, kind) in &config.columns.types {
        let kind = match kind {
            Kind::Number => ColumnType::Number,
            Kind::Text => ColumnType::Text,
        };
        types.insert(column.clone(), kind);
    }
    if !config.columns.weight.is_empty() {
        types.insert(config.columns.weight.clone(), ColumnType::Number);
    }
    types
}

fn summary(out: &Path, trained: &Trained) {
    let (file, figures) = (trained.model.file(), &trained.figures);
    let origin = &file.origin;
    println!("rows fitted on   {:>9}   bads {} ({:.2} %)", origin.rows, origin.bads, share(origin.bads, origin.rows));
    if origin.rows_held_out > 0 {
        println!("rows held out    {:>9}   the last periods", origin.rows_held_out);
    }
    if origin.rows_without_outcome > 0 {
        println!("rows left out    {:>9}   no outcome in {:?}", origin.rows_without_outcome, origin.target);
    }
    println!(
        "characteristics  {:>9}   removed {} (card.md says why)",
        file.characteristics.len(),
        origin.removed.len()
    );
    println!();
    println!("               AUC [95 % interval]        KS    Brier   log-loss");
    line("in-sample", &figures.in_sample, "the rows fitted on: optimistic");
    line("out-of-fold", &figures.out_of_fold, "each row scored by a card that has not seen it: expect this");
    match (&figures.out_of_time, &figures.out_of_time_not_applicable) {
        (Some(h), _) => line("out-of-time", h, "the last periods, never seen"),
        (None, reason) => println!("out-of-time    not applicable: {}", reason.as_deref().unwrap_or("")),
    }
    if let Some(choice) = &figures.choice {
        println!("method auto    {choice}");
    }
    println!();
    let out = out.display();
    println!("model folder {out}; next: shangzhi model show {out}");
}

fn line(name: &str, h: &Headline, meaning: &str) {
    println!(
        "{name:12}  {:.4} [{:.4}, {:.4}]  {:.4}  {:.4}  {:.4}   {meaning}",
        h.auc, h.auc_lo, h.auc_hi, h.ks, h.brier, h.log_loss
    );
}

fn share(part: u64, whole: u64) -> f64 {
    100.0 * part as f64 / whole.max(1) as f64
}
