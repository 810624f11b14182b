//! `shangzhi model build`, `calibrate` and `reference`: expert cards, their PD and their percentiles.

use crate::args::{CalibrateArgs, ReferenceArgs};
use crate::model_place::ModelPlace;
use crate::{golden_file, input, model_folder};
use anyhow::{Context as _, Result, bail, ensure};
use chrono::NaiveDate;
use features::catalogue::{self, Catalogue};
use primitives::Column;
use scoring::commercial::{Commercial, Effect, LineCurve, Reference};
use scoring::{DataFile, Direction, Edit, Model, ModelFile};
use std::collections::{BTreeSet, HashMap, HashSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use table::{ColumnType, ReadOptions, Table};
use training::{Known, KnownFeature, KnownHit, Observed};

/// Name and version of the program, as the origin of a model has it.
const SOFTWARE: &str = concat!("shangzhi ", env!("CARGO_PKG_VERSION"));

/// Builds the model of a card.
pub(crate) fn build(card: &Path, out: &Path) -> Result<()> {
    let text = std::fs::read_to_string(card).with_context(|| format!("card {}", card.display()))?;
    let place = ModelPlace::check(out, &[("CARD", card)])?;
    let file = training::build_card(&text, &known(), SOFTWARE).with_context(|| format!("card {}", card.display()))?;
    let model = Model::from_file(file).with_context(|| format!("card {}", card.display()))?;
    let figures = "{\n  \"statement\": \"an expert card: not validated on outcomes\"\n}\n";
    fill(&place, &model, figures)?;
    let (lowest, highest) = model.score_range();
    println!(
        "{} {}: {} characteristics, score {lowest} to {highest}, no PD (not calibrated)",
        model.file().model_id,
        model.file().model_version,
        model.file().characteristics.len()
    );
    println!("model folder {}; next: shangzhi assess --features FILE --model {0} --out FILE", place.name().display());
    Ok(())
}

/// What a card may be made of.
fn known() -> Known {
    let catalogue = Catalogue::built_in();
    let features = catalogue.features.into_iter();
    let features = features
        .map(|f| KnownFeature {
            column: f.column,
            label_zh: f.name_zh,
            label_en: f.name_en,
            direction: match f.direction {
                catalogue::Direction::Rising => Direction::Rising,
                catalogue::Direction::Falling => Direction::Falling,
                catalogue::Direction::Free => Direction::Free,
            },
            bank_held: f.holder == features::schema::Holder::Bank,
        })
        .collect();
    let hits = catalogue.hits.into_iter().map(|h| KnownHit { code: h.code, source: h.source }).collect();
    let sources = features::schema::sources().iter().map(|s| s.id.clone()).collect();
    Known { features, hits, sources }
}

fn fill(place: &ModelPlace, model: &Model, figures: &str) -> Result<()> {
    place.fill(|scratch| {
        let golden = golden_file::made(model, scratch)?;
        Ok([model.file().to_json()?, card_text(model.file()), golden, figures.to_owned()])
    })
}

/// `card.md` of an expert card.
fn card_text(file: &ModelFile) -> String {
    let mut out = String::new();
    let Some(c) = &file.commercial else { return out };
    let _ = writeln!(out, "# {} {}\n\n{}\n", file.model_id, file.model_version, c.mark);
    let _ = writeln!(out, "{}\n\nAuthor {}. {}\n", file.card.population, file.card.author, file.card.bad_definition);
    for limit in &file.card.limits {
        let _ = writeln!(out, "- {limit}");
    }
    let none = || "none: not fit for service 无，不得上线".to_owned();
    let _ = writeln!(out, "\nReviewer 评审: {}", file.card.reviewer.clone().unwrap_or_else(none));
    out.push_str("\n## Indicators 指标\n\n| first | second | weight % | features |\n|---|---|---|---|\n");
    for i in &c.indicators {
        for s in &i.second {
            let features: Vec<String> = s.characteristics.iter().map(|f| format!("`{f}`")).collect();
            let _ = writeln!(
                out,
                "| {} {} | {} {} | {} | {} |",
                i.label_zh,
                i.label_en,
                s.label_zh,
                s.label_en,
                s.weight,
                features.join(", ")
            );
        }
    }
    out.push_str("\n## Grades 等级\n\n| grade | score from |\n|---|---|\n");
    for g in &file.grades {
        let _ = writeln!(out, "| {} | {} |", g.name, g.score_from.map_or("—".to_owned(), |s| s.to_string()));
    }
    let _ = writeln!(
        out,
        "\nBelow a data coverage 数据覆盖度 of {} the grade is at most {}, below {} there is none.",
        file.coverage.minimum_share, file.coverage.best_grade, c.ratable_coverage
    );
    out.push_str("\n## Negative list 负面清单\n\n| code | name | effect | removal |\n|---|---|---|---|\n");
    for n in &c.negative_list {
        let effect = match (n.effect, &n.best_grade) {
            (Effect::HardStop, _) => "hard stop 一票否决".to_owned(),
            (Effect::Cap, grade) => format!("grade at most {}", grade.as_deref().unwrap_or("—")),
            (Effect::Warning, _) => "warning 提示".into(),
        };
        let _ = writeln!(
            out,
            "| {} | {} {} | {effect} | {} {} |",
            n.code, n.label_zh, n.label_en, n.removal_zh, n.removal_en
        );
    }
    section_text(&mut out, c);
    out
}

fn section_text(out: &mut String, c: &Commercial) {
    let _ = writeln!(out, "\n## Credit line 授信额度\n\n{}\n", c.line.document);
    for cap in &c.line.caps {
        let _ = writeln!(out, "- {:?}: {} yuan [{}] {}", cap.class, cap.cap_fen / 100, cap.mark, cap.source);
    }
    match &c.line.curve {
        LineCurve::Interpolated { score_zero, score_full } => {
            let _ = writeln!(
                out,
                "- nothing up to a score of {score_zero}, the cap from {score_full}, a straight line between"
            );
        }
        LineCurve::Ladder { share_ppm } => {
            let _ = writeln!(out, "- by grade, ppm of the cap: {share_ppm:?}");
        }
    }
    match &c.calibration {
        None => out.push_str("\n## PD 违约概率\n\nNot calibrated 未校准.\n"),
        Some(k) => {
            let _ = writeln!(
                out,
                "\n## PD 违约概率\n\nFitted on {} enterprises, {} of them bad within {} months, rated as of {} to {}. One point adds {:.5} \
                 [{:.5}, {:.5}] to the log-odds of good; AUC {:.4} [{:.4}, {:.4}].",
                k.count,
                k.bads,
                k.horizon_months,
                k.period[0],
                k.period[1],
                k.log_odds_per_point,
                k.interval[0],
                k.interval[1],
                k.auc,
                k.auc_interval[0],
                k.auc_interval[1]
            );
        }
    }
    if let Some(r) = &c.reference {
        let _ = writeln!(
            out,
            "\n## Percentiles 百分位\n\nAgainst {} ({} enterprises, as of {}).",
            r.population, r.count, r.as_of
        );
    }
}

/// Ratings of enterprises.
struct Ratings {
    table: Table,
}

impl Ratings {
    fn read(files: &[PathBuf], model: &Model) -> Result<Self> {
        let names = ["enterprise_id", "as_of", "score", "outcome", "model_digest"];
        let types = names
            .iter()
            .map(|n| ((*n).to_owned(), if *n == "score" { ColumnType::Number } else { ColumnType::Text }))
            .collect();
        let only = Some(names.iter().map(|n| (*n).to_owned()).collect());
        let table = input::read(files, &ReadOptions { types, only, ..Default::default() })?;
        for name in names {
            input::column(&table, name).with_context(|| input::file_names(&table))?;
        }
        let ratings = Self { table };
        let digest = model.digest().to_string();
        for row in 0..ratings.table.rows() {
            let found = ratings.text("model_digest", row).unwrap_or_default();
            ensure!(
                found == digest,
                "{}: row {}: the rating is of the model {found}, not of this one, {digest}",
                input::file_names(&ratings.table),
                row + 1
            );
        }
        let mut seen = HashSet::new();
        for row in 0..ratings.table.rows() {
            let key = (ratings.text("enterprise_id", row), ratings.text("as_of", row));
            ensure!(
                seen.insert(key),
                "{}: row {}: {:?} is rated twice as of {}",
                input::file_names(&ratings.table),
                row + 1,
                key.0.unwrap_or_default(),
                key.1.unwrap_or_default()
            );
        }
        Ok(ratings)
    }

    fn text(&self, name: &str, row: usize) -> Option<&str> {
        self.table.column(name)?.text(row)
    }

    fn score(&self, row: usize) -> Option<i32> {
        match self.table.column("score") {
            Some(Column::Number(v)) if v[row].is_finite() => Some(v[row] as i32),
            _ => None,
        }
    }

    /// Rows of enterprises that were ratable.
    fn ratable(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.table.rows()).filter(|&row| self.text("outcome", row) != Some("not_ratable"))
    }

    fn date(&self, row: usize) -> Result<NaiveDate> {
        let text = self.text("as_of", row).unwrap_or_default();
        text.parse().with_context(|| {
            format!("{}: row {}, column \"as_of\": {text:?} is not a date", input::file_names(&self.table), row + 1)
        })
    }
}

/// Texts that an error names: the first three in their order, and how many more there are.
fn listed<'a>(texts: impl Iterator<Item = &'a str>) -> String {
    let all: BTreeSet<&str> = texts.collect();
    let shown: Vec<String> = all.iter().take(3).map(|t| format!("{:?}", crate::text::cut(t, 40))).collect();
    match (all.len(), all.len().saturating_sub(3)) {
        (0, _) => "none".to_owned(),
        (_, 0) => shown.join(", "),
        (_, more) => format!("{} and {more} others", shown.join(", ")),
    }
}

/// Gives a card a PD.
pub(crate) fn calibrate(args: &CalibrateArgs) -> Result<()> {
    let model = model_folder::load(&args.model)?;
    let inputs: Vec<(&str, &Path)> = args
        .ratings
        .iter()
        .map(|p| ("--ratings", p.as_path()))
        .chain([("--outcomes", args.outcomes.as_path()), ("--model", args.model.as_path())])
        .collect();
    let place = ModelPlace::check(&args.out, &inputs)?;
    let ratings = Ratings::read(&args.ratings, &model)?;
    let types = ["enterprise_id", "as_of"].iter().map(|n| ((*n).to_owned(), ColumnType::Text)).collect();
    let outcomes = input::read(std::slice::from_ref(&args.outcomes), &ReadOptions { types, ..Default::default() })?;
    let ids = input::column(&outcomes, "enterprise_id").with_context(|| input::file_names(&outcomes))?;
    let column = input::column(&outcomes, &args.target).with_context(|| input::file_names(&outcomes))?;
    let is_bad = training::outcome(&args.target, column, &args.bad).with_context(|| input::file_names(&outcomes))?;
    let dates_of_outcomes = outcomes.column("as_of");
    let dated = dates_of_outcomes.is_some();
    let mut by_key: HashMap<(&str, &str), bool> = HashMap::new();
    for row in 0..outcomes.rows() {
        let Some(id) = ids.text(row) else { continue };
        let date = dates_of_outcomes.and_then(|c| c.text(row)).unwrap_or_default();
        let Some(is_bad) = is_bad[row] else { continue };
        let known = by_key.insert((id, date), is_bad);
        ensure!(known.is_none(), "{}: row {}: {id:?} has two outcomes", args.outcomes.display(), row + 1);
    }
    let mut counted = HashSet::new();
    let (mut scores, mut bad, mut dates) = (Vec::new(), Vec::new(), Vec::new());
    for row in ratings.ratable() {
        let (Some(id), Some(score)) = (ratings.text("enterprise_id", row), ratings.score(row)) else { continue };
        let date = if dated { ratings.text("as_of", row).unwrap_or_default() } else { "" };
        if let Some(&is_bad) = by_key.get(&(id, date)) {
            ensure!(
                dated || counted.insert(id),
                "{id:?} is rated as of several dates and its outcome has none: outcomes need an as_of"
            );
            scores.push(score);
            bad.push(is_bad);
            dates.push(ratings.date(row)?);
        }
    }
    let first = dates.iter().min().copied();
    let (Some(first), Some(last)) = (first, dates.iter().max().copied()) else {
        if dated {
            bail!(
                "no rating has an outcome: the two are matched by enterprise_id and as_of; ratings are as of {}, outcomes as \
                 of {}",
                listed(ratings.ratable().filter_map(|row| ratings.text("as_of", row))),
                listed(by_key.keys().map(|(_, date)| *date))
            );
        }
        bail!(
            "no rating has an outcome: the two are matched by enterprise_id; ratings are of {}, outcomes of {}",
            listed(ratings.ratable().filter_map(|row| ratings.text("enterprise_id", row))),
            listed(by_key.keys().map(|(id, _)| *id))
        );
    };
    let without = ratings.ratable().filter(|&row| ratings.score(row).is_some()).count() - scores.len();
    if without > 0 {
        crate::note(&format!("{without} ratings have no outcome and are left out"));
    }
    let files: Vec<DataFile> = input::files(&ratings.table)
        .chain(input::files(&outcomes))
        .map(|(s, digest)| DataFile { name: s.name.clone(), digest: digest.clone(), rows: s.rows as u64 })
        .collect();
    let version = format!("{}-calibrated", model.file().model_version.trim_end_matches("-calibrated"));
    let observed = Observed {
        scores: &scores,
        bad: &bad,
        period: [first, last],
        horizon_months: args.horizon_months,
        files: &files,
        target: [&args.target, &args.bad],
        version: args.version.as_deref().unwrap_or(&version),
        who: &args.who,
        on: chrono::Local::now().date_naive(),
    };
    let model = Model::from_file(training::calibrate(&model, &observed)?)?;
    let record = model.file().commercial.as_ref().and_then(|c| c.calibration.as_ref()).context("it was calibrated")?;
    let figures = serde_json::to_string_pretty(record)? + "\n";
    fill(&place, &model, &figures)?;
    println!(
        "PD fitted on {} outcomes, {} bad, {first} to {last}: one point adds {:.5} [{:.5}, {:.5}] to the log-odds of good; AUC {:.4} [{:.4}, {:.4}]",
        record.count,
        record.bads,
        record.log_odds_per_point,
        record.interval[0],
        record.interval[1],
        record.auc,
        record.auc_interval[0],
        record.auc_interval[1]
    );
    println!("model folder {}", place.name().display());
    Ok(())
}

/// Measures the population that percentiles are against.
pub(crate) fn reference(args: &ReferenceArgs) -> Result<()> {
    let model = model_folder::load(&args.model)?;
    let place =
        ModelPlace::check(&args.out, &[("--ratings", args.ratings.as_path()), ("--model", args.model.as_path())])?;
    let ratings = Ratings::read(std::slice::from_ref(&args.ratings), &model)?;
    let scores: Vec<i32> = ratings.ratable().filter_map(|row| ratings.score(row)).collect();
    ensure!(scores.len() >= 1_000, "{} ratable enterprises: percentiles need at least 1,000", scores.len());
    let as_of = ratings.date(0)?;
    for row in 1..ratings.table.rows() {
        let other = ratings.date(row)?;
        ensure!(other == as_of, "ratings as of {as_of} and as of {other}: a population is of one date");
    }
    let mut file = model.file().clone();
    let section = file.commercial.as_mut().context("the model has no commercial section")?;
    section.reference = Some(Reference {
        population: args.population.clone(),
        as_of,
        count: scores.len() as u64,
        scores: training::percentiles(&scores).context("scores")?,
    });
    file.model_version = args.version.clone().unwrap_or_else(|| format!("{}-reference", file.model_version));
    file.card.reviewer = None;
    file.edits.push(Edit {
        who: args.who.clone(),
        on: chrono::Local::now().date_naive(),
        why: "ratings of a population are there".into(),
        what: format!("percentiles against {} enterprises as of {as_of}: {}", scores.len(), args.population),
        of: None,
        before: None,
        after: None,
    });
    let model = Model::from_file(file)?;
    let figures = std::fs::read_to_string(args.model.join("validation.json"))?;
    fill(&place, &model, &figures)?;
    println!(
        "percentiles against {} ratable enterprises as of {as_of}; model folder {}",
        scores.len(),
        place.name().display()
    );
    Ok(())
}
