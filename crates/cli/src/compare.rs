use crate::args::{CompareArgs, Lang};
use crate::validate::{Asked, report_input};
use crate::{doubts, input, model_folder, whole_files};
use anyhow::{Result, ensure};
use primitives::plain;
use validation::report::{CalibrationSection, CompareOptions, Comparison, Side};
use validation::{LossComparison, NotApplicable, Outcome, SwapCell, TestResult};

/// Level of the two tests that the verdict rests on, together.
const ALPHA: f64 = 0.05;

pub(crate) fn run(args: &CompareArgs) -> Result<()> {
    let [first, second] = args.model.as_slice() else {
        anyhow::bail!("--model is given {} times, two models are compared: --model A --model B", args.model.len());
    };
    ensure!((0.0..=1.0).contains(&args.accept_share), "--accept-share {} lies outside 0 to 1", args.accept_share);
    let lang = Lang::or_terminal(args.lang);
    let (a, b) = (model_folder::load_either(first)?, model_folder::load_either(second)?);
    let others = input::Others { inferred: std::slice::from_ref(&args.target), digest: true, ..input::Others::NONE };
    let table = input::read_for(&[&a, &b], &args.data, others)?;
    doubts::tell_of_several_goods(&table, &args.target, &args.bad);
    let asked = Asked {
        target: &args.target,
        bad: &args.bad,
        folder: None,
        reference: None,
        id: None,
        time: None,
        exposure: None,
        weight: None,
        segment: &[],
    };
    let of = |model| report_input(&asked, model, &table, lang);
    // Points of different scales have nothing to say to each other; PDs have one scale.
    let same_scale = a.file().scale == b.file().scale;
    let options = CompareOptions { accept_share: args.accept_share, alpha: ALPHA, same_scale };
    let compared = Comparison::build(&of(&a)?, &of(&b)?, options)?;

    for (name, model, path) in [("A", &a, first), ("B", &b, second)] {
        let f = model.file();
        let path = plain(&path.display().to_string()).into_owned();
        println!("{name}  {path}  {} {}  {}", plain(&f.model_id), plain(&f.model_version), model.digest());
        if input::is_training_data(&table, model) {
            let file = plain(&table.sources()[0].name);
            println!("!  {file} is training data of {name}: its figures here are optimistic");
        }
    }
    let left_out = table.rows() as u64 - compared.n;
    print(&compared, left_out, [a.file().pd.is_some(), b.file().pd.is_some()], lang);
    if let Some(out) = &args.out {
        let (json, html) = (compared.to_json()?, compared.to_html(lang.validation())?);
        whole_files::write(out, &[("comparison.json", &json), ("comparison.html", &html)])?;
        println!("\n{}: comparison.html, comparison.json", out.display());
    }
    Ok(())
}

fn print(c: &Comparison, left_out: u64, has_pd: [bool; 2], lang: Lang) {
    println!("\nrows {}  bads {}", c.n, c.bads);
    if left_out > 0 {
        println!("rows left out {left_out}: no outcome");
    }
    figures(c);
    println!("\npaired DeLong test of the AUC (H0: both are equal)");
    match &c.differences.auc {
        Outcome::NotApplicable(n) => not_applicable(n),
        Outcome::Value(auc) => {
            println!("  AUC A {:.4}  AUC B {:.4}  difference B - A {:+.4}", auc.auc_b, auc.auc_a, auc.difference);
            interval(&auc.lo, &auc.hi);
            test(&auc.test, "the AUCs differ");
        }
    }
    loss("log-loss", &c.differences.log_loss, "the losses differ");
    loss("Brier score", &c.differences.brier, "the scores differ");
    let what = match c.options.same_scale {
        true => "scores",
        false => "PDs (the models have scores of different scales)",
    };
    println!("\nPSI of the {what}, B against A's deciles");
    let without_pd = ["A", "B"].into_iter().zip(has_pd).find(|(_, has)| !has);
    match (&c.score_psi, without_pd) {
        (Outcome::Value(psi), _) => {
            println!("  {:.4} ({:?}); empty bins take a share of {}", psi.psi, psi.severity, psi.share_floor);
        }
        (Outcome::NotApplicable(_), Some((name, _))) if !c.options.same_scale => {
            println!("  not applicable: {name} has no PD");
        }
        (Outcome::NotApplicable(n), _) => not_applicable(n),
    }
    let s = &c.swap_set;
    println!("\nswap set at an acceptance of {:.0} %", s.accept_share * 100.0);
    cell("accepted by both", &s.both);
    cell("swapped in by B", &s.swapped_in);
    cell("swapped out by B", &s.swapped_out);
    cell("refused by both", &s.neither);
    println!("  note: {}", s.caveat.text(validation::Language::En));
    if let Outcome::Value(m) = &c.grades.moves {
        println!("\ngrades: {} rows alike, {} better by B, {} worse by B", m.unchanged, m.upgrades, m.downgrades);
    }
    let used = |of: fn(bool, bool) -> bool| {
        c.tables.iter().filter(|t| of(t.champion.is_some(), t.challenger.is_some())).count()
    };
    let (both, a, b) = (used(|a, b| a && b), used(|a, b| a && !b), used(|a, b| !a && b));
    println!("\ntables of points: {both} in both, {a} in A only, {b} in B only");
    let verdict = &c.verdict;
    println!("\n{}", lang.pick(&verdict.text.zh, &verdict.text.en));
    verdict.caveats.iter().for_each(|caveat| println!("{}", lang.pick(&caveat.zh, &caveat.en)));
    println!("{}", lang.pick(&verdict.rule.zh, &verdict.rule.en));
}

/// Figures of both, one line each.
fn figures(c: &Comparison) {
    println!("\n             A        B        B - A");
    let line = |name: &str, of: &dyn Fn(&Side) -> Option<f64>| {
        let text = |x: Option<f64>| x.map_or("—".to_owned(), |x| format!("{x:.4}"));
        let (a, b) = (of(&c.champion), of(&c.challenger));
        let difference = a.zip(b).map_or("—".to_owned(), |(a, b)| format!("{:+.4}", b - a));
        println!("{name:11}  {:7}  {:7}  {difference}", text(a), text(b));
    };
    let of_pd = |s: &Side, of: fn(&CalibrationSection) -> f64| s.calibration.value().map(of);
    line("AUC", &|s| s.ranking.auc.value().map(|a| a.auc));
    line("KS", &|s| s.ranking.ks.value().map(|k| k.ks));
    line("log-loss", &|s| of_pd(s, |c| c.log_loss));
    line("Brier score", &|s| of_pd(s, |c| c.brier.brier));
    line("ECE", &|s| of_pd(s, |c| c.ece));
}

fn not_applicable(n: &NotApplicable) {
    println!("  not applicable: {}", n.reason.text(validation::Language::En));
}

fn interval(lo: &Outcome<f64>, hi: &Outcome<f64>) {
    match (lo, hi) {
        (Outcome::Value(lo), Outcome::Value(hi)) => println!("  95 % interval [{lo:+.4}, {hi:+.4}]"),
        (Outcome::NotApplicable(n), _) | (_, Outcome::NotApplicable(n)) => not_applicable(n),
    }
}

fn test(test: &Outcome<TestResult>, differ: &str) {
    match test {
        Outcome::Value(t) => println!(
            "  z {:.3}  p {}  {}",
            t.statistic,
            if t.p_value < 1e-4 { "< 0.0001".to_owned() } else { format!("{:.4}", t.p_value) },
            if t.is_rejected() { differ } else { "no difference beyond chance" }
        ),
        Outcome::NotApplicable(_) => {
            println!("  test not applicable: the models do not differ, or outcomes are too few")
        }
    }
}

fn loss(name: &str, loss: &Outcome<LossComparison>, differ: &str) {
    println!("\npaired z test of the {name} (H0: both are equal)");
    match loss {
        Outcome::NotApplicable(n) => not_applicable(n),
        Outcome::Value(l) => {
            println!("  difference B - A {:+.5}", l.difference);
            interval(&l.lo, &l.hi);
            test(&l.test, differ);
        }
    }
}

fn cell(name: &str, c: &SwapCell) {
    let rate = match &c.bad_rate {
        Outcome::Value(r) => format!("{:.2} %", r * 100.0),
        Outcome::NotApplicable(_) => "—".into(),
    };
    println!("  {name:18} {:>12.1} rows  {:>10.1} bads  bad rate {rate}", c.n, c.bads);
}
