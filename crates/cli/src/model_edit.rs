//! `model edit`: an analyst's edits on top of a model, with what each costs.

use crate::args::EditArgs;
use crate::input::Others;
use crate::model_place::ModelPlace;
use crate::text::print_table;
use crate::{golden_file, input, model_folder, score, train_card};
use anyhow::{Context, Result, bail, ensure};
use primitives::plain;
use scoring::Model;
use serde::Serialize;
use table::Table;
use training::{Recalibration, apply_edits, latest_rows, read_edits, recalibrated};
use validation::{Estimate, Headline, Outcome, headline};

/// The model after some of the edits, on the rows that judge it.
#[derive(Debug, Serialize)]
pub(crate) struct Step {
    /// Which edit, or `before`.
    pub(crate) name: String,
    pub(crate) figures: Headline,
}

/// `validation.json` of an edited model.
#[derive(Serialize)]
struct EditFigures<'a> {
    statement: &'a str,
    model_digest: String,
    edited_from: String,
    judged_on: &'a str,
    rows: usize,
    steps: &'a [Step],
}

pub(crate) fn run(args: &EditArgs) -> Result<()> {
    if args.print_example {
        print!("{}", training::EDITS_EXAMPLE);
        return Ok(());
    }
    let (Some(folder), Some(file), Some(target), Some(bad), Some(out)) =
        (&args.model, &args.edits, &args.target, &args.bad, &args.out)
    else {
        bail!("MODEL, --edits, --data, --target, --bad and --out are needed");
    };
    let model = model_folder::load(folder)?;
    ensure!(
        model.file().pd.is_some(),
        "{}: the model has no PD, so no edit's cost can be told; an expert card is edited in its card.toml and built anew",
        folder.display()
    );
    let shown = || format!("edits {}", file.display());
    let text = std::fs::read_to_string(file).with_context(shown)?;
    let edits = read_edits(&text).with_context(shown)?;
    let file_version = &model.file().model_version;
    let version = args.version.clone().unwrap_or_else(|| format!("{file_version}-edited"));
    ensure!(version != *file_version, "--version {version}: the model that is edited has it; another one has another");
    let models = apply_edits(&model, &edits, &version).with_context(shown)?;
    if let (Some(reviewer), Some(edited)) = (&args.reviewer, models.last())
        && let Some(maker) = edited.file().maker(reviewer)
    {
        bail!("--reviewer {reviewer}: {maker:?} made or edited the model; someone else reviews it");
    }
    let inputs = [("MODEL", folder.as_path()), ("--edits", file.as_path())];
    let inputs: Vec<_> = inputs.into_iter().chain(args.data.iter().map(|path| ("--data", path.as_path()))).collect();
    let place = ModelPlace::check(out, &inputs)?;
    let rows = Rows::read(args, &model, target, bad)?;

    let mut steps = vec![rows.step("before".into(), &model)?];
    for (at, (edit, edited)) in edits.iter().zip(&models).enumerate() {
        let done = edited.file().edits.last().map_or("", |e| e.what.as_str());
        steps.push(rows.step(format!("{} {}: {done}", at + 1, edit.table), edited)?);
    }
    let mut last = models.into_iter().next_back().context("there is an edit")?;
    if args.recalibrate {
        let (scores, outcomes) = rows.to_fit(&last)?;
        let on = Recalibration {
            scores: &scores,
            bad: &outcomes,
            who: edits.last().map_or("", |e| e.who.as_str()),
            on: chrono::Local::now().date_naive(),
            of: model.digest(),
        };
        last = recalibrated(&last, &on).map_err(|why| anyhow::anyhow!("--recalibrate: {why}"))?;
        steps.push(rows.step("PD fitted anew".into(), &last)?);
    }
    if let Some(reviewer) = &args.reviewer {
        let mut file = last.file().clone();
        file.card.reviewer = Some(reviewer.trim().to_owned());
        last = Model::from_file(file)?;
    }
    fill(&place, &model, &last, &rows, &steps)?;
    summary(args, &place, &rows, &steps);
    Ok(())
}

/// The rows that tell what an edit costs.
struct Rows {
    table: Table,
    /// Outcome per row of `judged` and of `earlier`.
    judged: Vec<usize>,
    judged_bad: Vec<bool>,
    /// What a PD is fitted to anew.
    earlier: Vec<usize>,
    earlier_bad: Vec<bool>,
    /// What `judged` is, in words.
    words: &'static str,
}

impl Rows {
    fn read(args: &EditArgs, model: &Model, target: &str, bad: &str) -> Result<Self> {
        let inferred = [target.to_owned()];
        let as_written: Vec<String> = args.time.iter().cloned().collect();
        let others = Others { inferred: &inferred, as_written: &as_written, optional: &[], digest: true };
        let first = args.data.first().context("--data")?;
        let options = input::options_for(&[model], first, others)?;
        let table = input::read(&args.data, &options)?;
        let outcomes = score::outcomes(&table, target, bad).with_context(|| input::file_names(&table))?;
        let usable: Vec<u32> = (0..outcomes.len() as u32).filter(|&i| outcomes[i as usize].is_some()).collect();
        let (earlier, judged, words) = match &args.time {
            Some(time) => {
                let [earlier, later] = latest_rows(input::column(&table, time)?, &usable, args.holdout);
                ensure!(!later.is_empty(), "--time {time}: all rows lie in one period, none can be held out");
                (earlier, later, "the last periods, held out")
            }
            None if input::is_training_data(&table, model) => {
                (usable.clone(), usable, "all rows, which the model was trained on: optimistic")
            }
            None => (usable.clone(), usable, "all rows"),
        };
        let places = |rows: Vec<u32>| rows.into_iter().map(|i| i as usize).collect::<Vec<usize>>();
        let (earlier, judged) = (places(earlier), places(judged));
        let of = |rows: &[usize]| rows.iter().map(|&i| outcomes[i] == Some(true)).collect::<Vec<bool>>();
        let (earlier_bad, judged_bad) = (of(&earlier), of(&judged));
        Ok(Self { table, judged, judged_bad, earlier, earlier_bad, words })
    }

    fn scores(&self, model: &Model) -> Result<Vec<i32>> {
        let batch = model.bind(&input::views(&self.table)).with_context(|| input::file_names(&self.table))?;
        let mut scores = vec![0; batch.rows()];
        batch.score(0..batch.rows(), &mut scores)?;
        Ok(scores)
    }

    fn step(&self, name: String, model: &Model) -> Result<Step> {
        let scores = self.scores(model)?;
        let pd = |&i: &usize| model.pd(scores[i]).context("a PD");
        let pd: Vec<f64> = self.judged.iter().map(pd).collect::<Result<_>>()?;
        let figures = headline(&pd, &self.judged_bad, None)
            .with_context(|| format!("{}: no figures of {name:?} on {}", input::file_names(&self.table), self.words))?;
        Ok(Step { name, figures })
    }

    /// Scores and outcomes that a PD is fitted to.
    fn to_fit(&self, model: &Model) -> Result<(Vec<i32>, Vec<bool>)> {
        let scores = self.scores(model)?;
        Ok((self.earlier.iter().map(|&i| scores[i]).collect(), self.earlier_bad.clone()))
    }
}

fn fill(place: &ModelPlace, before: &Model, model: &Model, rows: &Rows, steps: &[Step]) -> Result<()> {
    let figures = EditFigures {
        statement: "edited by hand: figures of the model before, after each edit, and in the end",
        model_digest: model.digest().to_string(),
        edited_from: before.digest().to_string(),
        judged_on: rows.words,
        rows: rows.judged.len(),
        steps,
    };
    let mut figures = serde_json::to_string_pretty(&figures)?;
    figures.push('\n');
    place.fill(|scratch| {
        let golden = golden_file::made(model, scratch)?;
        Ok([model.file().to_json()?, train_card::edited_text(model, steps, rows.words), golden, figures])
    })
}

/// What the edits cost, one line each.
fn summary(args: &EditArgs, place: &ModelPlace, rows: &Rows, steps: &[Step]) {
    let bads = rows.judged_bad.iter().filter(|b| **b).count();
    println!("judged on {} rows, {bads} bad: {}", rows.judged.len(), rows.words);
    println!();
    let mut lines = vec![
        ["edit", "AUC", "change", "KS", "change", "Brier", "log-loss", "change", "slope", "intercept", "ECE"]
            .map(str::to_owned),
    ];
    let none = String::new;
    for (at, step) in steps.iter().enumerate() {
        let f = &step.figures;
        let change = |of: fn(&Headline) -> f64| match at.checked_sub(1) {
            Some(before) => signed(of(f) - of(&steps[before].figures)),
            None => none(),
        };
        lines.push(line(&step.name, f, [change(|h| h.auc), change(|h| h.ks), change(|h| h.log_loss)]));
    }
    if let (Some(first), Some(last)) = (steps.first(), steps.last()) {
        let (a, b) = (&first.figures, &last.figures);
        let changes = [b.auc - a.auc, b.ks - a.ks, b.log_loss - a.log_loss].map(signed);
        lines.push(line("all together", b, changes));
    }
    print_table(&lines);
    println!();
    if args.recalibrate {
        let on = if args.time.is_some() { "the earlier rows" } else { "the same rows" };
        println!("the PD was fitted anew on {on}: slope and intercept; points stay");
    } else {
        println!("the PD of a score is what it was: not fitted anew (--recalibrate does); see slope and intercept");
    }
    if args.reviewer.is_none() {
        println!("no reviewer: not fit for service until someone who did not make or edit it reviews it (--reviewer)");
    }
    let out = place.name().display();
    println!("model folder {out}; next: shangzhi model show {out}");
}

fn line(name: &str, f: &Headline, [auc, ks, log_loss]: [String; 3]) -> [String; 11] {
    let shown = |e: &Outcome<Estimate>| e.value().map_or("—".to_owned(), |e| format!("{:.3}", e.value));
    [
        crate::text::cut(&plain(name), 60),
        format!("{:.4}", f.auc),
        auc,
        format!("{:.4}", f.ks),
        ks,
        format!("{:.4}", f.brier),
        format!("{:.4}", f.log_loss),
        log_loss,
        shown(&f.calibration_slope),
        shown(&f.calibration_intercept),
        format!("{:.4}", f.ece),
    ]
}

fn signed(x: f64) -> String {
    format!("{x:+.4}")
}
