//! The report: complete, finite, self-contained, in both languages, and possible from little.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use validation::report::{
    BinFacts, CharacteristicFacts, CompareOptions, Comparison, Cutoff, Decision, Label, Overall, PairFacts,
    PointsDirection, ReportInput, SampleRows, ValidationReport,
};
use validation::{Error, Grouping, Hypothesis, Language, Outcome, Reason, Severity};

mod made;

const LANGUAGES: [Language; 2] = [Language::Zh, Language::En];

fn build(input: &ReportInput) -> ValidationReport {
    ValidationReport::build(input).expect("the made input is sound")
}

/// What every page must keep, whatever stands in it.
#[track_caller]
fn check_page(html: &str) {
    for word in html.split(|c: char| !c.is_ascii_alphanumeric()) {
        assert!(!["nan", "inf", "infinity", "null"].contains(&word.to_lowercase().as_str()), "{word}");
    }
    for load in ["http", "src=", "@import", "url(", "<script", "<link"] {
        assert!(!html.contains(load), "{load}");
    }
    assert_eq!(html.matches("<h1").count(), 1);
    for landmark in ["<header", "<main", "<nav", "lang="] {
        assert!(html.contains(landmark), "{landmark}");
    }
    assert_eq!(html.matches("<table").count(), html.matches("<caption").count());
    assert!(!html.contains("<th>") && !html.contains("<th class"), "a head without scope");
    for svg in html.split("<svg").skip(1) {
        let (root, _) = svg.split_once('>').expect("a closed tag");
        let attribute = |name: &str| {
            let (_, rest) = root.split_once(&format!("{name}=\"")).expect("the attribute stands");
            rest.split_once('"').expect("a closed value").0
        };
        assert!(attribute("aria-label").len() > 20);
        let table = format!("<table id=\"{}\"", attribute("aria-describedby"));
        assert!(html.contains(&table), "{table}");
    }
    assert_eq!(html.matches("<svg").count(), html.matches("</svg>").count());
}

/// No null and no number that is none; returns the value.
#[track_caller]
fn check_json(report: &ValidationReport) -> serde_json::Value {
    let json = report.to_json().unwrap();
    assert_eq!(json, report.to_json().unwrap());
    check_text(&json)
}

#[track_caller]
fn check_text(json: &str) -> serde_json::Value {
    fn walk(path: &str, value: &serde_json::Value) {
        match value {
            serde_json::Value::Null => panic!("null at {path}"),
            serde_json::Value::Array(a) => a.iter().enumerate().for_each(|(i, v)| walk(&format!("{path}/{i}"), v)),
            serde_json::Value::Object(o) => o.iter().for_each(|(k, v)| walk(&format!("{path}/{k}"), v)),
            _ => {}
        }
    }
    let value = serde_json::from_str(json).expect("the report is json");
    walk("", &value);
    value
}

#[test]
fn a_full_report() {
    let report = build(&made::input(3000, 7));
    for language in LANGUAGES {
        let html = report.to_html(language).unwrap();
        check_page(&html);
        assert_eq!(html.matches("<svg").count(), 6 + 2 * report.characteristics.len());
        assert!(html.contains("made data, seed 7 &lt;not a real model&gt;"), "text of the model is escaped");
        assert!(!html.contains("class=\"banner\""));
    }
    let json = check_json(&report);
    assert_eq!(json["format_version"], 1);
    let test = &json["grades"]["portfolio"]["jeffreys"];
    for key in ["h0", "statistic", "p_value", "alpha", "verdict"] {
        assert!(!test[key].is_null(), "{key}");
    }
    assert_eq!(json["segments"][1]["groups"][1]["auc"]["not_applicable"], Reason::SmallGroup.text(Language::En));
    assert_eq!(json["definitions"]["share_floor"], 1e-4);
    assert_eq!(json["training_run"]["out_of_fold"]["n"], 1500);
    assert_eq!(json["training_run"]["out_of_time"]["not_applicable"], Reason::NotMeasured.text(Language::En));
    let Outcome::Value(migration) = &report.migration else { panic!("id and period are given") };
    assert_eq!((migration.pairs, migration.exits_bad + migration.exits_other), (2000, 0));
    let Outcome::Value(periods) = &report.periods else { panic!("periods are given") };
    assert_eq!(periods.table.groups.iter().map(|g| g.n).sum::<u64>(), 3000);
    assert!(report.characteristics.iter().all(|c| c.agrees == Outcome::Value(true)));
}

#[test]
fn the_least_a_report_can_be_made_from() {
    let mut input = made::input(300, 3);
    let SampleRows { score, grade, bad, .. } = input.rows;
    input.rows = SampleRows { score, grade, bad, ..SampleRows::default() };
    input.sample.is_training_data = true;
    input.reference = None;
    input.training_run = None;
    input.segments.clear();
    input.protected.clear();
    input.characteristics.clear();
    input.options.initial_auc = None;
    let report = build(&input);
    let json = check_json(&report);
    for (section, reason) in [
        ("training_run", Reason::NeedsTrainingRun),
        ("calibration", Reason::NeedsPd),
        ("stability", Reason::NeedsReference),
        ("segments", Reason::NeedsSegment),
        ("periods", Reason::NeedsTime),
        ("migration", Reason::NeedsIdAndTime),
        ("adverse_impact", Reason::NeedsProtected),
    ] {
        assert_eq!(json[section]["not_applicable"], reason.text(Language::En), "{section}");
    }
    assert_eq!(json["migration"]["not_applicable"], "needs --id and --time");
    assert_eq!(json["concentration"]["by_exposure"]["not_applicable"], "needs --exposure");
    assert_eq!(report.judgement.overall, Overall::NotIndependent);
    for language in LANGUAGES {
        let html = report.to_html(language).unwrap();
        check_page(&html);
        assert!(html.contains("class=\"banner\""));
        assert!(html.contains(Reason::NeedsTrainingRun.text(language)));
        assert!(html.contains(Hypothesis::Calibrated.text(language)), "a test that does not apply is named");
    }
}

#[test]
fn samples_that_can_not_rank() {
    let with = |change: fn(&mut ReportInput)| {
        let mut input = made::input(120, 5);
        change(&mut input);
        let report = build(&input);
        check_json(&report);
        for language in LANGUAGES {
            check_page(&report.to_html(language).unwrap());
        }
        report
    };
    let no_bads = with(|i| i.rows.bad.fill(false));
    assert_eq!(no_bads.ranking.auc, Reason::OneClass.into());
    assert_eq!(no_bads.judgement.overall, Overall::TooFewBads);
    let all_bad = with(|i| i.rows.bad.fill(true));
    assert_eq!(all_bad.ranking.ks, Reason::OneClass.into());
    let constant = with(|i| {
        i.rows.score.fill(600);
        i.rows.pd.as_mut().expect("the made input has pds").fill(0.05);
        i.rows.grade.fill(4);
    });
    assert_eq!(constant.ranking.auc, Reason::Constant.into());
    let extreme = with(|i| {
        i.rows.pd.as_mut().expect("the made input has pds").iter_mut().for_each(|p| *p = p.round());
        i.options.cutoff = Some(Cutoff::Grade(2));
    });
    assert!(extreme.calibration.value().is_some());
    let one_row = with(|i| {
        let keep = |g: &mut Option<validation::Grouping>| *g = None;
        i.rows.score.truncate(1);
        i.rows.bad.truncate(1);
        i.rows.grade.truncate(1);
        i.rows.pd.as_mut().expect("the made input has pds").truncate(1);
        i.rows.exposure = None;
        keep(&mut i.rows.id);
        keep(&mut i.rows.period);
        i.segments.clear();
        i.protected.clear();
    });
    assert_eq!(one_row.sample.n, 1);
}

#[test]
fn weights_of_zero_and_empty_grades() {
    let mut input = made::input(600, 9);
    input.rows.weight = Some((0..600).map(|i| f64::from(u8::from(i % 3 != 0)) * 2.0).collect());
    input.rows.grade.iter_mut().for_each(|g| *g = (*g).max(2));
    let report = build(&input);
    check_json(&report);
    assert_eq!(report.grades.grades[0].jeffreys, Reason::NoRows.into());
    assert_eq!(report.grades.grades[0].bad_rate, Reason::NoRows.into());
    for language in LANGUAGES {
        check_page(&report.to_html(language).unwrap());
    }
    input.rows.weight = Some(vec![0.0; 600]);
    assert!(matches!(ValidationReport::build(&input), Err(Error::EmptySample { .. })));
}

#[test]
fn input_that_does_not_fit_together() {
    let refused = |change: fn(&mut ReportInput)| {
        let mut input = made::input(90, 2);
        change(&mut input);
        ValidationReport::build(&input).expect_err("the input is unsound")
    };
    assert!(matches!(
        refused(|i| {
            i.rows.bad.pop();
        }),
        Error::LengthMismatch { what: "bad", .. }
    ));
    assert!(matches!(refused(|i| i.rows.grade[3] = 7), Error::OutOfRange { what: "grade", row: 3, .. }));
    assert!(matches!(refused(|i| i.rows.pd.as_mut().unwrap()[1] = f64::NAN), Error::NotFinite { row: 1, .. }));
    assert!(matches!(refused(|i| i.rows.exposure.as_mut().unwrap()[0] = -1.0), Error::OutOfRange { .. }));
    assert!(matches!(refused(|i| i.grades.clear()), Error::EmptySample { .. }));
    assert!(matches!(refused(|i| i.segments[0].codes[0] = 99), Error::OutOfRange { what: "segment", .. }));
    assert!(matches!(
        refused(|i| i.characteristics[0].bins[0].actual_bads = 1_000_000),
        Error::OutOfRange { what: "bads of a bin", .. }
    ));
    assert!(matches!(
        refused(|i| {
            i.reference.as_mut().unwrap().bin_counts.pop();
        }),
        Error::LengthMismatch { .. }
    ));
    let of_training =
        |i: &mut ReportInput| i.training_run.as_mut().unwrap().in_sample.as_mut().unwrap().brier = f64::NAN;
    assert!(matches!(refused(of_training), Error::NotFinite { what: "figure of the training run", .. }));
    assert!(refused(|i| i.options.share_floor = 0.0).is_invalid_input());
}

#[test]
fn a_shift_of_the_population_and_points_that_contradict_are_found() {
    let mut input = made::input(3000, 4);
    input.reference.as_mut().unwrap().score.iter_mut().for_each(|s| *s += 60);
    for bin in &mut input.characteristics[1].bins {
        bin.points = -bin.points;
    }
    let report = build(&input);
    let Outcome::Value(stability) = &report.stability else { panic!("a reference is given") };
    assert_eq!(stability.psi.value().map(|p| p.severity), Some(Severity::Act));
    assert_eq!(report.characteristics[1].agrees, Outcome::Value(false));
    assert_eq!(report.judgement.overall, Overall::Act);
    let text: String = report.judgement.findings.iter().map(|f| f.en.clone() + &f.zh).collect();
    assert!(text.contains("tax credit grade") && text.contains("纳税信用等级"), "{text}");
}

/// By their characters, 10 would stand before 8, and 2024-10 before 2024-8.
#[test]
fn periods_follow_each_other_as_in_training() {
    for labels in [["8", "9", "10"], ["2024-8", "2024-9", "2024-10"]] {
        let mut input = made::input(600, 7);
        input.rows.period = Some(Grouping::from_labels("month", (0..600).map(|i| labels[2 - i % 3])));
        let report = build(&input);
        let Outcome::Value(periods) = &report.periods else { panic!("periods are given") };
        assert_eq!(periods.table.groups.iter().map(|g| g.label.as_str()).collect::<Vec<_>>(), labels);
        let Outcome::Value(m) = &report.migration else { panic!("id and period are given") };
        assert_eq!(m.periods, labels);
        assert_eq!(m.pairs, 400, "each of 200 enterprises is in all three");
    }
}

#[test]
fn enterprises_that_leave_are_counted_apart() {
    let mut input = made::input(300, 6);
    // Enterprise 0 leaves after the first period, enterprise 1 after the second with a default.
    let period = input.rows.period.as_mut().unwrap();
    for row in [1, 2, 5] {
        period.codes[row] = primitives::MISSING_CODE;
    }
    input.rows.bad[0] = false;
    input.rows.bad[4] = true;
    let report = build(&input);
    let Outcome::Value(m) = &report.migration else { panic!("id and period are given") };
    assert_eq!((m.exits_bad, m.exits_other, m.without_id_or_period, m.pairs), (1, 1, 3, 197));
    assert_eq!(m.matrix.exits().iter().sum::<u64>(), 2);
}

fn bin(label: &str, points: i64, [actual, actual_bads]: [u64; 2]) -> BinFacts {
    let is_apart = label == "missing";
    BinFacts { label: label.to_owned(), points, is_apart, expected: None, expected_bads: None, actual, actual_bads }
}

fn characteristic(name: &str, bins: Vec<BinFacts>, pair: Option<PairFacts>) -> CharacteristicFacts {
    let label = Label::new(name, name);
    CharacteristicFacts { name: name.to_owned(), label, direction: PointsDirection::Unordered, bins, pair }
}

/// The part of a page between two texts.
#[track_caller]
fn between<'a>(html: &'a str, from: &str, to: &str) -> &'a str {
    let (_, rest) = html.split_once(from).expect(from);
    rest.split_once(to).expect(to).0
}

#[test]
fn points_are_drawn_by_bin_with_the_sample_beside_them() {
    let mut input = made::input(300, 7);
    input.reference = None;
    let bins = vec![bin("[0, 1)", 40, [100, 5]), bin("[1, ∞)", -20, [150, 60]), bin("missing", 0, [0, 0])];
    input.characteristics = vec![characteristic("delay", bins, None)];
    let html = build(&input).to_html(Language::En).unwrap();
    check_page(&html);
    let section = between(&html, "<section id=\"characteristics\"", "</section>");
    let (shape, sample) = section.split_once("</svg>").expect("two pictures");
    for text in ["[0, 1)", "[1, ∞)", "missing", "+40", "−20", ">\n0\n<", "Points"] {
        assert!(shape.contains(text), "{text} in {shape}");
    }
    // Shares of rows are 40 % and 60 %, bad rates 5 % and 40 %; a bin without rows has no bad rate: two triangles.
    let picture = between(sample, "<svg", "</svg>");
    assert_eq!(picture.matches("<polygon").count(), 2, "{picture}");
    for cell in [">40.0%<", ">60.0%<", ">5.00%<", ">—<"] {
        assert!(sample.contains(cell), "{cell} in {sample}");
    }
}

#[test]
fn a_pair_is_a_table_whose_colours_say_what_its_numbers_say() {
    let mut input = made::input(300, 7);
    input.reference = None;
    let cells = vec![
        bin("a", -8, [100, 20]),
        bin("b", 3, [50, 5]),
        bin("missing", 0, [10, 1]),
        bin("c", 8, [100, 5]),
        bin("d", 0, [30, 3]),
        bin("e", -2, [10, 4]),
    ];
    let pair = PairFacts {
        sides: [Label::new("账龄", "age"), Label::new("规模", "size")],
        rows: vec!["[0, 3)".to_owned(), "missing".to_owned()],
        columns: vec!["small".to_owned(), "large".to_owned(), "missing".to_owned()],
    };
    input.characteristics = vec![characteristic("age*size", cells, Some(pair))];
    let report = build(&input);
    for language in LANGUAGES {
        let html = report.to_html(language).unwrap();
        check_page(&html);
        let heat = between(&html, "<div class=\"table heat\">", "</div>");
        let row = "<th scope=\"row\">[0, 3)</th><td class=\"less4\">−8</td><td class=\"more2\">+3</td><td class=\"same\">0</td>";
        assert!(heat.contains(row), "{heat}");
        assert!(heat.contains("<th scope=\"row\">missing</th><td class=\"more4\">+8</td><td class=\"same\">0</td>"));
        assert!(heat.contains("<th scope=\"col\">missing</th>"), "missing is a column of its own");
        // The legend runs from the least to the most, with nothing in the middle.
        let legend = between(heat, "<p class=\"note\">", "</p>");
        let steps: Vec<&str> = legend.split("</span>").filter_map(|s| s.rsplit_once('>')).map(|s| s.1).collect();
        assert_eq!(steps, ["−8", "−6", "−4", "−2", "0", "+2", "+4", "+6", "+8"]);
    }
    let json = check_json(&report);
    assert_eq!(json["characteristics"][0]["pair"]["columns"][2], "missing");
    input.characteristics[0].bins.pop();
    assert!(matches!(ValidationReport::build(&input), Err(Error::LengthMismatch { .. })));
}

#[test]
fn hostile_names_and_bins_without_anything_are_drawn_too() {
    const HOSTILE: &str = "</text><script>alert(1)</script>&\"'";
    let mut input = made::input(300, 7);
    input.reference = None;
    let pair = PairFacts {
        sides: [Label::new(HOSTILE, HOSTILE), Label::new(HOSTILE, HOSTILE)],
        rows: vec![HOSTILE.to_owned()],
        columns: vec![HOSTILE.to_owned()],
    };
    input.characteristics = vec![
        characteristic(HOSTILE, vec![bin(HOSTILE, 1, [3, 1])], None),
        characteristic("nothing", vec![bin("only", 0, [0, 0])], None),
        characteristic("empty", Vec::new(), None),
        characteristic(
            "large",
            vec![bin("a", i64::from(i32::MAX), [1, 1]), bin("b", i64::from(i32::MIN), [1, 0])],
            None,
        ),
        characteristic("pair", vec![bin(HOSTILE, 0, [0, 0])], Some(pair)),
    ];
    for one_class in [false, true] {
        if one_class {
            input.rows.bad.fill(false);
        }
        let report = build(&input);
        check_json(&report);
        for language in LANGUAGES {
            let html = report.to_html(language).unwrap();
            check_page(&html);
            assert!(!html.contains("<script") && html.contains("&lt;script&gt;"));
            let pictures = between(&html, "<section id=\"characteristics\"", "</section>").matches("<svg").count();
            assert_eq!(
                pictures,
                2 + 1 + 2,
                "nothing is known of the sample in the second, nothing is there in the third"
            );
        }
    }
}

const COMPARE: CompareOptions = CompareOptions { accept_share: 0.7, alpha: 0.05, same_scale: true };

/// A model that ranks worse: every score moves by up to `points` either way, and its PD with it.
fn blurred(input: &ReportInput, points: i64) -> ReportInput {
    let mut out = input.clone();
    let mut rng = made::Rng(99);
    for (i, score) in out.rows.score.iter_mut().enumerate() {
        *score += (rng.uniform() * 2.0 * points as f64) as i64 - points;
        if let Some(pd) = &mut out.rows.pd {
            pd[i] = 1.0 / (1.0 + ((*score as f64 - 512.0) / 28.0).exp());
        }
        out.rows.grade[i] = (out.rows.grade[i] + usize::from(i % 5 == 0)).min(out.grades.len() - 1);
    }
    out
}

fn compare(champion: &ReportInput, challenger: &ReportInput) -> Comparison {
    let compared = Comparison::build(champion, challenger, COMPARE).expect("the made input is sound");
    let json = compared.to_json().unwrap();
    assert_eq!(json, compared.to_json().unwrap());
    check_text(&json);
    for language in LANGUAGES {
        let html = compared.to_html(language).unwrap();
        check_page(&html);
        let text = &compared.verdict.text;
        assert!(html.contains(&maud::html! { (text.text(language)) }.into_string()));
    }
    compared
}

#[test]
fn a_challenger_is_judged_by_the_rule() {
    let champion = made::input(3000, 7);
    let worse = blurred(&champion, 120);
    let decision = |a: &ReportInput, b: &ReportInput| compare(a, b).verdict.decision;
    assert_eq!(decision(&champion, &worse), Decision::Keep);
    assert_eq!(decision(&worse, &champion), Decision::Replace);
    // The same model: nothing differs, and it is as simple.
    let same = compare(&champion, &champion);
    assert_eq!(same.verdict.decision, Decision::KeepWithinNoise);
    assert!(same.verdict.text.en.contains("both are as simple"), "{}", same.verdict.text.en);
    assert!(same.differences.ks == Outcome::Value(0.0) && same.differences.ece == Outcome::Value(0.0));
    // Within noise the model of fewer tables is taken, whichever it is.
    let mut small = blurred(&champion, 1);
    small.characteristics.pop();
    small.reference = None;
    assert_eq!(decision(&champion, &small), Decision::SimplerWithinNoise);
    let kept = compare(&small, &champion).verdict;
    assert_eq!(kept.decision, Decision::KeepWithinNoise);
    assert!(
        kept.text.en.contains("it is simpler (1 tables with 4 bins; the challenger 2 tables with 7 bins)"),
        "{}",
        kept.text.en
    );
    // It ranks better, and its PDs are far off.
    let mut off = champion.clone();
    off.rows.pd = Some(off.rows.pd.unwrap().iter().map(|p| 0.5 + 0.5 * p).collect());
    assert_eq!(decision(&worse, &off), Decision::Contradicting);
    // It ranks alike, and its PDs are far off: the level may be all there is to it.
    let level = compare(&champion, &off).verdict;
    assert_eq!(level.decision, Decision::Keep);
    assert!(level.caveats.iter().any(|c| c.en.contains("recalibrate")), "{level:?}");
    // Rows that one alone was trained on decide nothing; of both, there is a word of it.
    let mut trained = champion.clone();
    trained.sample.is_training_data = true;
    assert_eq!(decision(&trained, &worse), Decision::NotFair);
    worse_than_trained(&trained, &worse);
    // Too few outcomes.
    assert_eq!(decision(&made::input(80, 3), &made::input(80, 3)), Decision::TooFew);
}

fn worse_than_trained(trained: &ReportInput, worse: &ReportInput) {
    let mut both = worse.clone();
    both.sample.is_training_data = true;
    let verdict = compare(trained, &both).verdict;
    assert_eq!(verdict.decision, Decision::Keep);
    assert!(verdict.caveats.iter().any(|c| c.en.contains("trained on these rows")));
}

#[test]
fn figures_of_a_comparison_are_those_of_the_reports() {
    let (champion, challenger) = (made::input(1500, 7), blurred(&made::input(1500, 7), 60));
    let c = compare(&champion, &challenger);
    let (a, b) = (build(&champion), build(&challenger));
    assert_eq!((&c.champion.ranking, &c.challenger.ranking), (&a.ranking, &b.ranking));
    assert_eq!((&c.champion.calibration, &c.challenger.calibration), (&a.calibration, &b.calibration));
    assert_eq!(c.champion.characteristics, a.characteristics);
    let value = |o: &Outcome<f64>| *o.value().expect("a figure");
    let auc = c.differences.auc.value().expect("both outcomes");
    assert!((auc.difference - (b.ranking.auc.value().unwrap().auc - a.ranking.auc.value().unwrap().auc)).abs() < 1e-12);
    let (old, new) = (a.calibration.value().unwrap(), b.calibration.value().unwrap());
    let log_loss = c.differences.log_loss.value().expect("PDs");
    assert!((log_loss.difference - (new.log_loss - old.log_loss)).abs() < 1e-9);
    assert!(value(&log_loss.lo) < log_loss.difference && log_loss.difference < value(&log_loss.hi));
    let brier = c.differences.brier.value().expect("PDs");
    assert!((brier.difference - (new.brier.brier - old.brier.brier)).abs() < 1e-12);
    assert!((value(&c.differences.ece) - (new.ece - old.ece)).abs() < 1e-12);
    // Every row has a place among the grades of both, and a fifth of them is a grade worse by the challenger.
    let all: u64 = c.grades.counts.iter().flatten().sum();
    let bads: u64 = c.grades.bads.iter().flatten().sum();
    let moves = c.grades.moves.value().expect("the same grades");
    assert_eq!((all, bads, moves.upgrades), (c.n, c.bads, 0));
    assert_eq!(moves.unchanged + moves.downgrades, 1500);
    // Both accept as many; who is swapped in for whom is as many too.
    let s = &c.swap_set;
    assert!((s.swapped_in.n - s.swapped_out.n).abs() < 1e-9 && (s.both.n + s.swapped_in.n - 1050.0).abs() < 1e-9);
}

#[test]
fn a_comparison_of_models_that_have_little_in_common() {
    let champion = made::input(600, 7);
    let mut other = blurred(&champion, 30);
    // No PD, other grades, another scale, other tables, hostile names.
    other.rows.pd = None;
    other.rows.grade.fill(0);
    other.grades.truncate(1);
    other.reference = None;
    other.model.id = "<script>alert(1)</script>".to_owned();
    other.characteristics[1].name = "</td>other\"".to_owned();
    other.characteristics[1].label = Label::new("<b>其他</b>", "<b>other</b>");
    let options = CompareOptions { same_scale: false, ..COMPARE };
    let c = Comparison::build(&champion, &other, options).unwrap();
    check_text(&c.to_json().unwrap());
    for language in LANGUAGES {
        let html = c.to_html(language).unwrap();
        check_page(&html);
        assert!(!html.contains("<b>other") && !html.contains("</td>other") && !html.contains("<b>其他"));
    }
    let reason = |o: Option<Reason>| o.expect("not applicable");
    let of = |o: &Outcome<f64>| match o {
        Outcome::NotApplicable(n) => Some(n.reason),
        Outcome::Value(_) => None,
    };
    assert_eq!(reason(of(&c.differences.ece)), Reason::NeedsPd);
    assert!(c.differences.log_loss.value().is_none() && c.score_psi.value().is_none());
    assert_eq!(c.grades.moves, Reason::GradesDiffer.into());
    assert_eq!(c.grades.counts.iter().map(Vec::len).max(), Some(1));
    let used: Vec<[bool; 2]> = c.tables.iter().map(|t| [t.champion.is_some(), t.challenger.is_some()]).collect();
    assert_eq!(used, [[true, true], [true, false], [false, true]]);
    assert!(c.verdict.caveats.iter().any(|c| c.en.contains("no PD")), "{:?}", c.verdict);
}

#[test]
fn comparisons_of_samples_that_can_tell_nothing() {
    let champion = made::input(300, 7);
    let with = |change: &dyn Fn(&mut ReportInput)| {
        let mut input = champion.clone();
        input.reference = None;
        change(&mut input);
        input
    };
    // One class, a constant score and PD, both.
    let one_class = with(&|i| i.rows.bad.fill(false));
    let constant = with(&|i| {
        i.rows.score.fill(600);
        i.rows.pd.as_mut().unwrap().fill(0.1);
    });
    for (a, b) in [(&one_class, &one_class), (&constant, &constant)] {
        compare(a, b);
    }
    compare(&with(&|_| {}), &constant);
    assert_eq!(compare(&one_class, &one_class).verdict.decision, Decision::TooFew);
    // One row.
    let one = with(&|i| {
        i.rows = SampleRows {
            score: vec![600],
            pd: Some(vec![0.1]),
            grade: vec![0],
            bad: vec![true],
            ..SampleRows::default()
        };
        (i.segments, i.protected) = (Vec::new(), Vec::new());
    });
    assert_eq!(compare(&one, &one).verdict.decision, Decision::TooFew);
    // Rows that are not the same are refused.
    let flipped = with(&|i| i.rows.bad[4] = !i.rows.bad[4]);
    let refused = Comparison::build(&champion, &flipped, COMPARE);
    assert!(matches!(refused, Err(Error::OutcomesDiffer { row: 4 })), "{refused:?}");
    assert!(matches!(Comparison::build(&champion, &one, COMPARE), Err(Error::LengthMismatch { .. })));
    let all = CompareOptions { accept_share: 1.5, ..COMPARE };
    assert!(matches!(Comparison::build(&champion, &champion, all), Err(Error::OutOfRange { .. })));
}

#[test]
fn a_page_does_not_grow_with_the_sample() {
    let html = build(&made::input(200_000, 1)).to_html(Language::Zh).unwrap();
    assert!(html.len() < 200_000, "{}", html.len());
}
