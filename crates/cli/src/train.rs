use crate::args::{Budget, TrainArgs};
use crate::model_place::ModelPlace;
use crate::text::{cut, print_table};
use crate::{doubts, golden_file, input, model_folder, train_card};
use anyhow::{Context, Result, bail};
use primitives::{Column, plain};
use scoring::{DataFile, Kind, Model, PriorRecord, SpecialValue};
use std::collections::BTreeMap;
use std::path::Path;
use table::{ColumnType, ReadOptions, Table};
use training::{DEFAULT_CONFIG, Stage, TrainConfig, TrainError, Trained, TrainingTable};
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
    refuse_without_effect(args.budget, &config)?;
    limit(&mut config, args.budget);
    let inputs = args
        .data
        .iter()
        .map(|path| ("--data", path))
        .chain(args.config.iter().map(|path| ("--config", path)))
        .chain(args.prior.iter().map(|path| ("--prior", path)));
    let inputs: Vec<(&str, &Path)> = inputs.map(|(option, path)| (option, path.as_path())).collect();
    let place = ModelPlace::check(out, &inputs)?;
    place.refuse_reviewed(None)?;
    let prior = args.prior.as_deref().map(prior_card).transpose()?;
    let mut types = types(&config);
    for c in prior.iter().flat_map(|p| &p.file().characteristics) {
        types.insert(c.name.clone(), column_type(c.kind));
    }
    let options = ReadOptions { types, ..ReadOptions::default() };
    let table = input::read(&args.data, &options)?;
    doubts::refuse_a_file_given_twice(&table)?;
    check_weights(&table, &config.columns.weight)?;
    doubts::tell_of_stray_texts(&table, &options.types);
    doubts::tell_of_several_goods(&table, target, bad);
    let files: Vec<DataFile> = input::files(&table)
        .map(|(s, digest)| DataFile { name: s.name.clone(), digest: digest.clone(), rows: s.rows as u64 })
        .collect();
    let methods = if config.model.method == training::Method::Auto && prior.is_none() { 2 } else { 1 };
    let bar = input::bar(methods * (config.fit.folds as u64 + 1) + 1, "training");
    let data = TrainingTable { names: table.names(), columns: table.columns(), target, bad_value: bad, files: &files };
    let progress = |stage: Stage| match stage {
        Stage::Fitting => bar.inc(1),
        Stage::Fold(..) => bar.inc(1),
        _ => {}
    };
    let trained = match &prior {
        Some(card) => training::train_with_prior(card, data, &config, args.seed, &progress),
        None => training::train(data, &config, args.seed, &progress),
    };
    bar.finish_and_clear();
    let trained = trained.map_err(|error| in_its_file(&table, error))?;
    let mut figures = serde_json::to_string_pretty(&trained.figures)?;
    figures.push('\n');
    place.fill(|scratch| {
        let golden = golden_file::made(&trained.model, scratch)?;
        Ok([trained.model.file().to_json()?, train_card::text(&trained), golden, figures])
    })?;
    summary(place.name(), &trained);
    doubts::tell_of_few_outcomes(trained.model.file(), prior.is_some());
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
        types.insert(column.clone(), column_type(*kind));
    }
    if !config.columns.weight.is_empty() {
        types.insert(config.columns.weight.clone(), ColumnType::Number);
    }
    types
}

fn column_type(kind: Kind) -> ColumnType {
    match kind {
        Kind::Number => ColumnType::Number,
        Kind::Text => ColumnType::Text,
    }
}

/// What the command line says goes before the configuration.
fn limit(config: &mut TrainConfig, budget: Budget) {
    let set = |given: Option<u16>, slot: &mut usize| {
        if let Some(n) = given {
            *slot = usize::from(n);
        }
    };
    set(budget.max_characteristics, &mut config.selection.characteristics_max);
    set(budget.max_bins, &mut config.binning.bins);
    set(budget.max_pairs, &mut config.boosted.pairs);
    set(budget.max_pair_bins, &mut config.boosted.pair_bins);
    if let Some(loss) = budget.prune_loss {
        config.boosted.prune_loss = loss;
    }
}

/// Refuses options that the method does not read: whoever gives them counts on them.
fn refuse_without_effect(budget: Budget, config: &TrainConfig) -> Result<()> {
    if config.model.method != training::Method::Scorecard {
        return Ok(());
    }
    let given = [
        ("--max-pairs", budget.max_pairs.is_some()),
        ("--max-pair-bins", budget.max_pair_bins.is_some()),
        ("--prune-loss", budget.prune_loss.is_some()),
    ];
    match given.iter().find(|(_, given)| *given) {
        Some((option, _)) => bail!(
            "{option} would change nothing, for a scorecard has no pairs and is not pruned: take --method boosted or auto, \
             or leave it out"
        ),
        None => Ok(()),
    }
}

/// The model of a folder, or of a file alone.
fn prior_card(path: &Path) -> Result<Model> {
    let model = model_folder::load_either(path).with_context(|| format!("--prior {}", path.display()))?;
    if model.file().commercial.is_some() {
        crate::note(
            "the prior is a commercial-value card: what is trained is a scorecard with a PD; it has no indicators, no \
             negative list and no line, which rest on the card's own points",
        );
    }
    Ok(model)
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
    if let Some(p) = &figures.pruning {
        println!(
            "pruned         {} tables (card.md names them); log-loss of rows that did not choose them: {:.4} before, {:.4} after",
            p.tables.len(),
            p.loss_unseen_before,
            p.loss_unseen_after
        );
    }
    if let Some(prior) = &origin.prior {
        println!();
        of_prior(prior);
    }
    println!();
    let out = out.display();
    println!("model folder {out}; next: shangzhi model show {out}");
}

/// What became of the card that the fit was drawn to.
fn of_prior(prior: &PriorRecord) {
    println!("prior card       {} {}, {}", plain(&prior.model_id), plain(&prior.model_version), prior.digest);
    println!("                 {}", prior_words(prior));
    let turned: Vec<&str> = prior.tables.iter().filter(|t| t.contradicted).map(|t| t.table.as_str()).collect();
    if !turned.is_empty() {
        println!("                 the data speak against the sign of: {}", plain(&turned.join(", ")));
    }
    let mut rows = vec![["characteristic", "weight", "bins moved (points)", "sign"].map(str::to_owned)];
    for t in &prior.tables {
        let sign = if t.contradicted { "contradicted" } else { "kept" };
        rows.push([cut(&t.table, 40), format!("{:.3}", t.weight), format!("{:.1}", t.bins_moved), sign.to_owned()]);
    }
    print_table(&rows);
}

/// How far a prior let go, in words.
pub(crate) fn prior_words(prior: &PriorRecord) -> String {
    let lambda = prior.lambda.map_or("none needed".to_owned(), |l| format!("{l:.1}"));
    format!(
        "weight of the whole card {:.3}; tables stand from it by {:.3} (λ {lambda}), bins by {:.3} of their table's spread",
        prior.slope, prior.weight_sd, prior.bin_sd
    )
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
