//! `shangzhi features`: raw records of departments to a table of features as of a date.

use crate::args::{CatalogueArgs, CatalogueFormat, FeaturesArgs, Lang};
use crate::input;
use anyhow::{Context as _, Result, bail, ensure};
use chrono::NaiveDate;
use features::catalogue::Catalogue;
use features::{Options, Step};
use indicatif::ProgressBar;
use std::sync::Mutex;

pub(crate) fn run(args: &FeaturesArgs) -> Result<()> {
    let outcome = compute(args)?;
    println!("{}", outcome.summary.to_text());
    println!(
        "{} enterprises, {} records used or superseded ({} superseded or delivered again) -> {}",
        outcome.enterprises,
        outcome.records,
        outcome.superseded,
        args.out.display()
    );
    if let Some(first) = outcome.unknown.first() {
        println!(
            "{} ids of --enterprises have no record in any source: {first:?}{}; what they have not authorised concerns nobody",
            outcome.unknown.len(),
            if outcome.unknown.len() > 1 { " and others" } else { "" }
        );
    }
    if args.issues.is_none() {
        println!("what was set aside is written to a folder with --issues DIR");
    }
    Ok(())
}

/// Computes the features with a progress bar.
pub(crate) fn compute(args: &FeaturesArgs) -> Result<features::Outcome> {
    let as_of = date(&args.as_of)?;
    let memory = args.memory_gib.unwrap_or(4.0);
    if !(0.01..=1024.0).contains(&memory) {
        bail!("--memory-gib {memory} lies outside 0.01 to 1024");
    }
    let name = args.out.file_name().and_then(|n| n.to_str()).unwrap_or_default();
    let stem = name.split(['.', '-']).next().unwrap_or_default();
    let is_a_source = features::schema::number(stem).is_some();
    let sources = is_a_source.then_some(("--sources", args.sources.as_path()));
    let list = args.enterprises.as_deref().map(|list| ("--enterprises", list));
    let read: Vec<_> = sources.into_iter().chain(list).collect();
    input::not_read("--out", &args.out, &read)?;
    if let Some(issues) = &args.issues {
        ensure!(
            !input::is_same_file(issues, &args.sources),
            "--issues {} is the folder of the sources",
            issues.display()
        );
        input::not_read("--out", &args.out, &[("the folder of issues", issues)])?;
    }
    let options = Options {
        sources: &args.sources,
        as_of,
        out: &args.out,
        enterprises: args.enterprises.as_deref(),
        issues: args.issues.as_deref(),
        memory_bytes: (memory * f64::from(1 << 30)) as usize,
    };
    let bar = Bar::default();
    let outcome = features::compute(&Catalogue::built_in(), &options, &|step| bar.show(step));
    bar.finish();
    Ok(outcome?)
}

fn date(text: &str) -> Result<NaiveDate> {
    text.parse().with_context(|| format!("--as-of {text:?} is not a date like 2025-12-31"))
}

/// One bar after the other: reading, computing, writing.
#[derive(Default)]
struct Bar(Mutex<Option<(&'static str, ProgressBar)>>);

impl Bar {
    fn show(&self, step: Step) {
        let (name, done, total) = match step {
            Step::Reading(done, total) => ("reading", done, total),
            Step::Computing(done, total) => ("computing", done, total),
            Step::Writing(done, total) => ("writing", done, total),
        };
        let mut current = self.0.lock().expect("no holder panics");
        match current.as_ref() {
            Some((shown, bar)) if *shown == name => bar.set_position(done.max(bar.position())),
            _ => {
                if let Some((_, bar)) = current.take() {
                    bar.finish_and_clear();
                }
                let bar = input::bar(total, name);
                bar.set_position(done);
                *current = Some((name, bar));
            }
        }
    }

    fn finish(&self) {
        if let Some((_, bar)) = self.0.lock().expect("no holder panics").take() {
            bar.finish_and_clear();
        }
    }
}

/// `shangzhi catalogue`: what the features and the sources are, from the definitions that are computed.
pub(crate) fn catalogue(args: &CatalogueArgs) {
    let language = match Lang::or_terminal(args.lang) {
        Lang::Zh => features::schema::Language::Chinese,
        Lang::En => features::schema::Language::English,
    };
    let text = match (args.sources, args.format) {
        (true, _) => features::schema::to_markdown(language),
        (false, CatalogueFormat::Markdown) => Catalogue::built_in().to_markdown(language),
        (false, CatalogueFormat::Json) => Catalogue::built_in().to_json(),
        (false, CatalogueFormat::TrainConfig) => train_config(),
    };
    println!("{}", text.trim_end());
}

/// A configuration of `train` for tables of features: those that are scored, with their names, codes and directions.
pub(crate) fn train_config() -> String {
    use ::features::catalogue::Direction;
    let catalogue = Catalogue::built_in();
    let scored: Vec<_> = catalogue.features.iter().filter(|f| catalogue.groups[f.group].id != "line").collect();
    let quoted = |text: &str| toml_text(text);
    let mut out = String::from("# Made by `shangzhi catalogue --format train-config`.\n[columns]\ninclude = [\n");
    for f in &scored {
        out.push_str(&format!("    {},\n", quoted(&f.column)));
    }
    out.push_str("]\ntime = \"as_of\"\n\n[columns.special]\n");
    for f in scored.iter().filter(|f| f.codes.values().any(|x| *x < 0.0)) {
        let codes: Vec<String> = f.codes.values().filter(|x| **x < 0.0).map(f64::to_string).collect();
        out.push_str(&format!("{} = [{}]\n", f.column, codes.join(", ")));
    }
    out.push_str("\n[columns.direction]\n");
    for f in &scored {
        match f.direction {
            Direction::Free => {}
            direction => out.push_str(&format!("{} = \"{}\"\n", f.column, direction.name())),
        }
    }
    for (language, name) in [("zh", 0), ("en", 1)] {
        out.push_str(&format!("\n[columns.label_{language}]\n"));
        for f in &scored {
            out.push_str(&format!("{} = {}\n", f.column, quoted([&f.name_zh, &f.name_en][name])));
        }
    }
    // Few bads: a bin needs some rows to say anything.
    out.push_str("\n[binning]\nbins = 6\nshare_min = 0.05\n\n[holdout]\nshare = 0.3\n");
    out
}

fn toml_text(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}
