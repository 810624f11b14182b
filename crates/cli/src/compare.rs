use crate::args::CompareArgs;
use crate::{doubts, input, model_folder, score};
use anyhow::{Context, Result, ensure};
use primitives::plain;
use scoring::Model;
use validation::{Outcome, PsiThresholds, SHARE_FLOOR, SwapCell};

pub(crate) fn run(args: &CompareArgs) -> Result<()> {
    let [first, second] = args.model.as_slice() else {
        anyhow::bail!("--model is given {} times, two models are compared: --model A --model B", args.model.len());
    };
    ensure!((0.0..=1.0).contains(&args.accept_share), "--accept-share {} lies outside 0 to 1", args.accept_share);
    let (a, b) = (model_folder::load(first)?, model_folder::load(second)?);
    let others = input::Others { inferred: std::slice::from_ref(&args.target), digest: true, ..input::Others::NONE };
    let table = input::read_for(&[&a, &b], &args.data, others)?;
    doubts::tell_of_several_goods(&table, &args.target, &args.bad);
    let outcomes = score::outcomes(&table, &args.target, &args.bad).with_context(|| input::file_names(&table))?;
    let known: Vec<usize> = (0..outcomes.len()).filter(|&i| outcomes[i].is_some()).collect();
    let bad: Vec<bool> = known.iter().map(|&i| outcomes[i] == Some(true)).collect();
    let rated = |m: &Model| -> Result<(Vec<f64>, Vec<f64>)> {
        let rated = score::rate(m, &table)?;
        Ok(known.iter().map(|&i| (rated.score[i] as f64, rated.pd[i])).unzip())
    };
    let ((score_a, pd_a), (score_b, pd_b)) = (rated(&a)?, rated(&b)?);
    for (name, m, folder) in [("A", &a, first), ("B", &b, second)] {
        let f = m.file();
        let folder = plain(&folder.display().to_string()).into_owned();
        println!("{name}  {folder}  {} {}  {}", plain(&f.model_id), plain(&f.model_version), m.digest());
        if input::is_training_data(&table, m) {
            let file = plain(&table.sources()[0].name);
            println!("!  {file} is training data of {name}: its figures here are optimistic");
        }
    }
    println!("\nrows {}  bads {}", bad.len(), bad.iter().filter(|&&b| b).count());
    if known.len() < outcomes.len() {
        println!("rows left out {}: no outcome", outcomes.len() - known.len());
    }
    let c = validation::paired_auc_test(&score_a, &score_b, &bad, 0.05)?;
    println!("\npaired DeLong test of the AUC (H0: both are equal)");
    println!("  AUC A {:.4}  AUC B {:.4}  difference A - B {:+.4}", c.auc_a, c.auc_b, c.difference);
    match (&c.lo, &c.hi) {
        (Outcome::Value(lo), Outcome::Value(hi)) => println!("  95 % interval [{lo:+.4}, {hi:+.4}]"),
        _ => println!("  interval not applicable: the scores rank alike"),
    }
    match &c.test {
        Outcome::Value(t) => println!(
            "  z {:.3}  p {}  {}",
            t.statistic,
            if t.p_value < 1e-4 { "< 0.0001".to_owned() } else { format!("{:.4}", t.p_value) },
            if t.p_value < t.alpha { "the AUCs differ" } else { "no difference beyond chance" }
        ),
        Outcome::NotApplicable(_) => println!("  test not applicable: the scores rank alike"),
    }
    // Points of different scales have nothing to say to each other; PDs have one scale.
    let same_scale = a.file().scale == b.file().scale;
    let without_pd = [("A", &a), ("B", &b)].into_iter().find(|(_, m)| m.file().pd.is_none());
    let (what, of_a, of_b) = match same_scale {
        true => ("scores", &score_a, &score_b),
        false => ("PDs (the models have scores of different scales)", &pd_a, &pd_b),
    };
    println!("\nPSI of the {what}, B against A's deciles");
    match (without_pd, validation::psi_of_scores(of_a, of_b, 10, SHARE_FLOOR, PsiThresholds::USUAL)) {
        (Some((name, _)), _) if !same_scale => println!("  not applicable: {name} has no PD"),
        (_, Ok(psi)) => {
            println!("  {:.4} ({:?}); empty bins take a share of {}", psi.psi, psi.severity, psi.share_floor)
        }
        (_, Err(e)) => println!("  not applicable: {e}"),
    }
    let s = validation::swap_set(&score_a, &score_b, &bad, args.accept_share)?;
    println!("\nswap set at an acceptance of {:.0} %", args.accept_share * 100.0);
    cell("accepted by both", &s.both);
    cell("swapped in by B", &s.swapped_in);
    cell("swapped out by B", &s.swapped_out);
    cell("refused by both", &s.neither);
    println!("  note: {}", s.caveat.text(validation::Language::En));
    Ok(())
}

fn cell(name: &str, c: &SwapCell) {
    let rate = match &c.bad_rate {
        Outcome::Value(r) => format!("{:.2} %", r * 100.0),
        Outcome::NotApplicable(_) => "—".into(),
    };
    println!("  {name:18} {:>12.1} rows  {:>10.1} bads  bad rate {rate}", c.n, c.bads);
}
