//! `shangzhi demo`: from raw records to an explained rating, a trained scorecard, a ledger and its pages, in one go.

use crate::args::{self, Arguments, Command, DemoArgs};
use crate::{assess, demo_pages, features, join, ledger, model_build, simulate, snapshot, totals, train};
use anyhow::{Context as _, Result, bail, ensure};
use clap::Parser as _;
use std::fs;
use std::time::Instant;

/// The card of the product, as a city would edit it.
const CARD: &str = include_str!("../../../models/commercial-value/card.toml");
/// The dates with outcomes, and the one that is rated.
const TRAINED_ON: [&str; 3] = ["2022-12-31", "2023-12-31", "2024-12-31"];
const RATED: &str = "2025-12-31";

pub(crate) fn run(args: &DemoArgs) -> Result<()> {
    let out = &args.out;
    let empty = fs::read_dir(out).map_or(true, |mut d| d.next().is_none());
    ensure!(empty, "--out {} is not empty: name another folder, or remove it", out.display());
    fs::create_dir_all(out).with_context(|| format!("folder {}", out.display()))?;
    let path = |name: &str| out.join(name).display().to_string();
    let start = Instant::now();
    let say = |step: &str| println!("\n== {step} [{:.1} s]", start.elapsed().as_secs_f64());

    say("a city that does not exist (合成数据，非真实企业)");
    let n = args.enterprises.to_string();
    let seed = args.seed.to_string();
    call(&["simulate", "--out", &path("city"), "--enterprises", &n, "--seed", &seed])?;

    say("the policies' events of four years go into a ledger");
    let address = format!("sqlite:{}", path("ledger.db"));
    let tally = ledger::events(&out.join("city/policy/events.jsonl"), &address)?;
    ensure!(tally.refused + tally.unreadable == 0, "the ledger refuses events of the city: {tally:?}");
    println!("{} events entered, each by the rules of its day", tally.entered);
    call(&[
        "totals",
        "--ledger",
        &address,
        "--by",
        "year",
        "--from",
        "2022-01-01",
        "--as-of",
        RATED,
        "--figures",
        "granted,disbursed,refinanced,net_new_financing,enterprises_served,balance,bridge_released,subsidies_paid,compensated",
        "--unit",
        "wan",
    ])?;

    say("features as of four dates, from the records known then");
    for date in TRAINED_ON.iter().chain([&RATED]) {
        let outcome = features::compute(&args::FeaturesArgs {
            sources: out.join("city/sources"),
            as_of: (*date).to_owned(),
            out: out.join(format!("features-{date}.parquet")),
            enterprises: None,
            issues: (*date == RATED).then(|| out.join("issues")),
            memory_gib: None,
        })?;
        println!("{date}: {} enterprises, {} records", outcome.enterprises, outcome.records);
        if *date == RATED {
            fs::write(out.join("issues/summary.txt"), outcome.summary.to_text())?;
        }
    }

    say("the commercial-value card (illustrative 示例) rates every enterprise");
    fs::write(out.join("card.toml"), CARD)?;
    model_build::build(&out.join("card.toml"), &out.join("commercial-value"))?;
    let rated = path(&format!("features-{RATED}.parquet"));
    call(&["assess", "--features", &rated, "--model", &path("commercial-value"), "--out", &path("ratings.parquet")])?;

    say("a scorecard trained on the outcomes, its last year held out");
    let tables: Vec<String> = TRAINED_ON.iter().map(|d| path(&format!("features-{d}.parquet"))).collect();
    let (outcomes, training) = (path("city/outcomes.parquet"), path("training.parquet"));
    let mut words = vec!["join", "--features"];
    words.extend(tables.iter().map(String::as_str));
    words.extend(["--outcomes", &outcomes, "--target", "bad", "--out", &training]);
    call(&words)?;
    fs::write(out.join("train.toml"), features::train_config())?;
    call(&[
        "train",
        "--data",
        &training,
        "--target",
        "bad",
        "--bad",
        "1",
        "--config",
        &path("train.toml"),
        "--out",
        &path("scorecard"),
    ])?;

    say("one rating, with its reasons");
    let id = assess::first_with_a_line(&out.join("ratings.parquet"))?;
    let html = path("rating.html");
    call(&["assess", "--features", &rated, "--model", &path("commercial-value"), "--explain", &id])?;
    call(&[
        "assess",
        "--features",
        &rated,
        "--model",
        &path("commercial-value"),
        "--explain",
        &id,
        "--lang",
        "zh",
        "--html",
        &html,
    ])?;

    say("what a server needs to show it: snapshot, model, certificates, keys, configuration, accounts");
    fs::create_dir_all(out.join("snapshots"))?;
    call(&["snapshot", "--features", &rated, "--out", &path(&format!("snapshots/{RATED}.snap"))])?;
    let dates: Vec<&str> = TRAINED_ON.iter().copied().chain([RATED]).collect();
    let stored = demo_pages::make(out, &dates)?;
    println!("{stored} ratings that a bank asked for are stored, with their reasons");

    say("done");
    for (name, what) in [
        ("city", "the records, their outcomes, and the truth about schemes, each apart"),
        (
            "ledger.db",
            "the ledger: loans, guarantees, bridges, claims, benefits; --ledger sqlite:… of `shangzhi ledger` and `totals`",
        ),
        ("issues", "what the quality gate set aside, and its summary"),
        ("features-*.parquet", "features as of each date"),
        ("card.toml", "the card: edit it, then `shangzhi model build card.toml --out DIR`"),
        ("ratings.parquet", "ratings of every enterprise as of the last date"),
        ("rating.html", "the page of one rating"),
        ("scorecard", "the trained scorecard: `shangzhi model show`"),
        ("training.parquet", "features and outcomes, for any other model"),
        ("shangzhi.toml", "the configuration of a server, every key explained; what it names lies beside it"),
        (demo_pages::ACCOUNTS, "who may sign in to the pages, with passwords made for this folder alone"),
    ] {
        println!("{:32} {what}", path(name));
    }
    demo_pages::tell(out, RATED);
    Ok(())
}

/// Runs a command of the program in this process.
pub(crate) fn call(words: &[&str]) -> Result<()> {
    let arguments = Arguments::try_parse_from(std::iter::once(&"shangzhi").chain(words))?;
    match arguments.command {
        Command::Simulate(a) => simulate::run(&a),
        Command::Assess(a) => assess::run(&a),
        Command::Join(a) => join::run(&a),
        Command::Train(a) => train::run(&a),
        Command::Totals(a) => totals::run(&a),
        Command::Snapshot(a) => snapshot::run(&a),
        _ => bail!("the demo has no step {words:?}"),
    }
}
