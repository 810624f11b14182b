//! The report: complete, finite, self-contained, in both languages, and possible from little.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use validation::report::{Cutoff, Overall, ReportInput, SampleRows, ValidationReport};
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
    fn walk(path: &str, value: &serde_json::Value) {
        match value {
            serde_json::Value::Null => panic!("null at {path}"),
            serde_json::Value::Array(a) => a.iter().enumerate().for_each(|(i, v)| walk(&format!("{path}/{i}"), v)),
            serde_json::Value::Object(o) => o.iter().for_each(|(k, v)| walk(&format!("{path}/{k}"), v)),
            _ => {}
        }
    }
    let json = report.to_json().unwrap();
    assert_eq!(json, report.to_json().unwrap());
    let value = serde_json::from_str(&json).expect("the report is json");
    walk("", &value);
    value
}

#[test]
fn a_full_report() {
    let report = build(&made::input(3000, 7));
    for language in LANGUAGES {
        let html = report.to_html(language).unwrap();
        check_page(&html);
        assert_eq!(html.matches("<svg").count(), 6);
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

#[test]
fn a_page_does_not_grow_with_the_sample() {
    let html = build(&made::input(200_000, 1)).to_html(Language::Zh).unwrap();
    assert!(html.len() < 200_000, "{}", html.len());
}
