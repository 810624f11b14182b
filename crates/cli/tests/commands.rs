//! The way of a data scientist through the commands, on made data.

mod common;

use common::{Place, names};
use primitives::{Column, Digest, Value, digest_hex};
use scoring::{Direction, Kind, Model};
use table::{ReadOptions, Table};

fn table(place: &Place, name: &str) -> Table {
    table::read(&[place.path(name)], &ReadOptions::default(), &|_| {}).expect("readable")
}

fn model(place: &Place) -> Model {
    Model::from_json(&place.bytes("model/model.json")).expect("a model")
}

fn numbers<'t>(t: &'t Table, name: &str) -> &'t [f64] {
    match t.column(name) {
        Some(Column::Number(v)) => v,
        other => panic!("{name}: {other:?}"),
    }
}

#[test]
fn a_model_folder_is_complete_and_checks() {
    let place = Place::with_model();
    assert_eq!(names(&place.path("model")), ["SHA256SUMS", "card.md", "golden.csv", "model.json", "validation.json"]);
    for line in place.read("model/SHA256SUMS").lines() {
        let (hex, name) = line.split_once("  ").expect("as sha256sum writes it");
        assert_eq!(hex, digest_hex(&Digest::sha256(&place.bytes(&format!("model/{name}")))));
    }
    let check = place.ok("model check model");
    for word in ["digests       ok", "golden rows   ok", "not fit for service"] {
        assert!(check.contains(word), "{check}");
    }
    let show = place.ok("model show model --lang en");
    for word in ["years_in_business, points rise with the value (bad rate falls)", "special -1", "bad rate %", "IV"] {
        assert!(show.contains(word), "no {word:?} in {show}");
    }
    assert!(!show.contains("district"), "a protected column never enters");
    assert!(place.ok("model show model --lang zh").contains("坏账率下降"));
    let figures: serde_json::Value = serde_json::from_str(&place.read("model/validation.json")).expect("JSON");
    for sample in ["in_sample", "out_of_fold", "out_of_time"] {
        assert!(figures[sample]["auc"].as_f64().is_some_and(|a| a > 0.6 && a < 1.0), "{sample}: {figures}");
    }
    let m = model(&place);
    assert_eq!(m.file().to_json().expect("JSON"), place.read("model/model.json"), "what was read is what was written");
    assert!(m.file().origin.rows_held_out > 0);
}

#[test]
fn every_format_gives_the_same_scores_in_the_order_of_the_rows() {
    let place = Place::with_model();
    for out in ["s.csv", "s.csv.gz", "s.parquet"] {
        place.ok(&format!("score --model model --data made.csv --out {out} --keep enterprise_id bad"));
    }
    let (csv, gz, parquet) = (table(&place, "s.csv"), table(&place, "s.csv.gz"), table(&place, "s.parquet"));
    let expected = ["enterprise_id", "bad", "score", "pd", "grade", "reason_1", "reason_2", "reason_3", "reason_4"];
    assert_eq!(csv.names(), expected);
    assert_eq!(csv.columns(), gz.columns());
    for name in ["score", "pd", "bad"] {
        assert_eq!(numbers(&csv, name), numbers(&parquet, name), "{name}");
    }
    let made = table(&place, "made.csv");
    assert_eq!(csv.column("enterprise_id"), made.column("enterprise_id"));
    // Row by row in process.
    let m = model(&place);
    let columns: Vec<&Column> =
        m.file().characteristics.iter().map(|c| made.column(&c.name).expect("a column")).collect();
    for row in 0..made.rows() {
        let values: Vec<Value<'_>> = columns
            .iter()
            .map(|c| match c {
                Column::Number(v) => Value::number(v[row]),
                Column::Text { codes, levels } => {
                    levels.get(codes[row] as usize).map_or(Value::Missing, |l| Value::Text(l))
                }
            })
            .collect();
        let rating = m.assess(&values).expect("rated");
        assert_eq!(numbers(&csv, "score")[row], f64::from(rating.score));
        assert_eq!(Some(numbers(&csv, "pd")[row]), rating.pd);
    }
}

#[test]
fn golden_rows_score_the_same_through_the_command() {
    let place = Place::with_model();
    place.ok("score --model model --data model/golden.csv --out g.csv --keep expected_score expected_grade");
    let g = table(&place, "g.csv");
    assert_eq!(numbers(&g, "score"), numbers(&g, "expected_score"));
    assert_eq!(g.column("grade"), g.column("expected_grade"));
}

#[test]
fn improving_a_characteristic_never_lowers_the_score() {
    let place = Place::with_model();
    let m = model(&place);
    let kinds: Vec<Kind> = m.file().characteristics.iter().map(|c| c.kind).collect();
    let mut base: Vec<Value<'_>> = vec![Value::Missing; kinds.len()];
    let mut swept = 0;
    for (i, c) in m.file().characteristics.iter().enumerate() {
        let rising = match c.direction {
            Some(Direction::Rising) => true,
            Some(Direction::Falling) => false,
            _ => continue,
        };
        let mut values = vec![-1e12];
        values.extend(m.edges(i).into_iter().flat_map(|e| [e.next_down(), e, e.next_up()]));
        values.retain(|x| *x != -1.0);
        let mut before = None;
        for x in values {
            base[i] = Value::Number(x);
            let score = m.assess(&base).expect("rated").score;
            if let Some(before) = before {
                assert!(if rising { score >= before } else { score <= before }, "{} at {x}", c.name);
            }
            before = Some(score);
        }
        base[i] = Value::Missing;
        swept += 1;
    }
    assert!(swept >= 3, "the made data have columns with a direction");
}

/// No riskier bin of a table has more points.
#[test]
fn points_keep_the_order_of_the_bad_rate() {
    let place = Place::with_model();
    for table in &model(&place).file().tables {
        let scoring::Table::OneWay { characteristic, bins, .. } = table else { panic!("a scorecard") };
        for a in bins {
            for b in bins {
                assert!(!(a.woe > b.woe && a.points < b.points), "{characteristic}: {a:?} against {b:?}");
            }
        }
    }
}

#[test]
fn an_explanation_adds_up() {
    let place = Place::with_model();
    place.ok("score --model model --data made.csv --out s.csv");
    let score = numbers(&table(&place, "s.csv"), "score")[6] as i64;
    let text = place.ok("explain --model model --data made.csv --row 7 --lang en");
    let points = |line: &str| -> i64 {
        let cells: Vec<&str> = line.split_whitespace().collect();
        cells[cells.len() - 3].parse().unwrap_or_else(|_| panic!("{line}"))
    };
    let lines: Vec<&str> = text.lines().skip(1).take_while(|l| !l.is_empty()).collect();
    let (total, parts) = lines.split_last().expect("a table");
    assert_eq!(points(total), score, "{text}");
    assert_eq!(parts.iter().map(|l| points(l)).sum::<i64>(), score, "{text}");
    assert!(text.contains("reasons:") && text.contains("points lost"), "{text}");
    assert!(place.ok("explain --model model --data made.csv --row 7 --lang zh").contains("主要原因"));
}

#[test]
fn validation_writes_a_page_and_a_file_for_machines() {
    let place = Place::with_model();
    place.ok("demo-data --out other.parquet --rows 3000 --seed 2");
    let words = place
        .ok("validate --model model --data other.parquet --target bad --bad 1 --out report --reference made.csv \
         --id enterprise_id --time month --exposure exposure_yuan --segment industry tax_rating --lang en");
    assert!(!words.contains("training data"), "{words}");
    let html = place.read("report/report.html");
    for bad in ["NaN", ">inf", "src=\"http", "href=\"http"] {
        assert!(!html.contains(bad), "{bad}");
    }
    assert!(html.contains("district"), "adverse impact of the protected column");
    let json: serde_json::Value = serde_json::from_str(&place.read("report/report.json")).expect("JSON");
    assert_eq!(json["sample"]["is_training_data"], false);
    let plain = place.ok("validate --model model --data made.csv --target bad --bad 1 --out plain --lang en");
    assert!(plain.contains("training data"), "{plain}");
    let json: serde_json::Value = serde_json::from_str(&place.read("plain/report.json")).expect("JSON");
    assert_eq!(json["sample"]["is_training_data"], true);
    assert!(place.read("plain/report.json").contains("needs --id"));
}

/// A row of weight two is two rows, one of weight zero is none.
#[test]
fn a_report_counts_rows_by_their_weight() {
    let place = Place::with_model();
    let made = place.read("made.csv");
    let (mut weighted, mut repeated) = (String::new(), String::new());
    for (i, line) in made.lines().enumerate() {
        let weight = if i == 0 { "w".to_owned() } else { (i % 3).to_string() };
        weighted += &format!("{line},{weight}\n");
        repeated += &format!("{line}\n").repeat(if i == 0 { 1 } else { i % 3 });
    }
    place.write("weighted.csv", weighted);
    place.write("repeated.csv", repeated);
    place.ok("validate --model model --data weighted.csv --target bad --bad 1 --weight w --out a");
    place.ok("validate --model model --data repeated.csv --target bad --bad 1 --out b");
    let figures = |folder: &str| {
        let json: serde_json::Value =
            serde_json::from_str(&place.read(&format!("{folder}/report.json"))).expect("JSON");
        ["/ranking/auc/auc", "/ranking/ks/ks", "/calibration/brier/brier", "/calibration/log_loss"]
            .map(|place| json.pointer(place).and_then(serde_json::Value::as_f64).unwrap_or_else(|| panic!("{place}")))
    };
    for (a, b) in figures("a").iter().zip(figures("b")) {
        assert!((a - b).abs() < 1e-9, "{a} {b}");
    }
    place.refused(
        "validate --model model --data made.csv --target bad --bad 1 --weight month --out c",
        &["made.csv", "\"month\" (--weight)", "text", "0 or more"],
    );
    let with = |name: &str, amounts: [&str; 2]| {
        let rows = made.lines().enumerate().map(|(i, l)| match i {
            0 => format!("{l},amount\n"),
            i => format!("{l},{}\n", amounts[usize::from(i == 5)]),
        });
        place.write(name, rows.collect::<String>());
    };
    for (amount, shown) in [("1e308", "1e308"), ("1e15", ""), ("1.1e15", "1.1e15"), ("-2", "-2"), ("", "missing")] {
        with("amounts.csv", ["3", amount]);
        for option in ["--exposure", "--weight"] {
            let arguments =
                format!("validate --model model --data amounts.csv --target bad --bad 1 {option} amount --out d");
            match shown {
                "" => drop(place.ok(&arguments)),
                shown => {
                    place.refused(&arguments, &["amounts.csv: row 5", "\"amount\"", option, shown, "at most 1e15"])
                }
            }
        }
    }
}

/// A name of blanks is no reviewer, and the author is none, however written.
#[test]
fn a_reviewer_is_someone_else() {
    let place = Place::with_model();
    place.write("blank.toml", "[card]\nauthor = \" Li\"\nreviewer = \" \"");
    place.ok("train --data made.csv --target bad --bad 1 --out blank --config blank.toml");
    assert!(place.read("blank/card.md").contains("none: not fit for service"));
    assert!(place.ok("model check blank").contains("reviewer      --  none"));
    for (reviewer, is_none) in [(" ", true), ("", true), ("Wang", false)] {
        place.edit_model("blank", |file| file.card.reviewer = Some(reviewer.into()));
        assert_eq!(place.ok("model check blank").contains("reviewer      --  none"), is_none, "{reviewer:?}");
    }
    place.edit_model("blank", |file| file.card.reviewer = Some("Li ".into()));
    place.refused("model check blank", &["the reviewer \"Li\" is the author"]);
}

#[test]
fn two_models_are_compared() {
    let place = Place::with_model();
    place.write("few.toml", format!("{}\n[selection]\ncharacteristics_max = 2\n", common::CONFIG));
    place.ok("train --data made.csv --target bad --bad 1 --out small --config few.toml");
    let text = place.ok("compare --model small --model model --data made.csv --target bad --bad 1");
    for word in
        ["paired DeLong", "PSI", "swapped in by B", "training data of A", "paired z test of the log-loss", "Rule: "]
    {
        assert!(text.contains(word), "no {word:?} in {text}");
    }
    assert!(!place.path("cmp").exists(), "nothing is written unasked");
}

/// A model of a file alone is compared too; the page and the JSON say what the text says.
#[test]
fn a_comparison_is_a_page_and_json() {
    let place = Place::with_model();
    place.write("few.toml", format!("{}\n[selection]\ncharacteristics_max = 2\n", common::CONFIG));
    place.ok("train --data made.csv --target bad --bad 1 --out small --config few.toml");
    place.ok("demo-data --out later.csv --rows 900 --seed 77");
    let compare = "compare --model small/model.json --model model --data later.csv --target bad --bad 1 --out cmp";
    let text = place.ok(&format!("{compare} --lang en"));
    let json: serde_json::Value = serde_json::from_str(&place.read("cmp/comparison.json")).expect("json");
    let sentence = json["verdict"]["text"]["en"].as_str().expect("a sentence");
    let html = place.read("cmp/comparison.html");
    assert!(text.contains(sentence) && html.contains(sentence), "{sentence}");
    assert_eq!(json["champion"]["tables"], 2);
    let rows: u64 = json["grades"]["counts"]
        .as_array()
        .expect("rows")
        .iter()
        .flat_map(|r| r.as_array().expect("cells"))
        .map(|n| n.as_u64().expect("a count"))
        .sum();
    assert_eq!(rows, json["n"].as_u64().expect("rows"));
    let auc = |side: &str| json[side]["ranking"]["auc"]["auc"].as_f64().expect("an AUC");
    let difference = json["differences"]["auc"]["difference"].as_f64().expect("a difference");
    assert!((auc("challenger") - auc("champion") - difference).abs() < 1e-12);
    let tables = |side: &str| json[side]["tables"].as_u64().expect("a count") as usize;
    assert_eq!(
        html.matches("<svg").count(),
        2 + tables("champion") + tables("challenger"),
        "two curves, and each shape"
    );
    let chinese = place.ok(&format!("{compare} --lang zh"));
    assert!(chinese.contains("规则：") && place.read("cmp/comparison.html").contains("模型比较报告"));
}

#[test]
fn the_printed_configuration_is_the_default() {
    let place = Place::new();
    place.write("printed.toml", place.ok("train --print-config"));
    place.ok("demo-data --out made.csv --rows 1500");
    place.ok("train --data made.csv --target bad --bad 1 --out a");
    place.ok("train --data made.csv --target bad --bad 1 --out b --config printed.toml");
    assert_eq!(place.bytes("a/model.json"), place.bytes("b/model.json"));
}

/// Points that double the odds every 20 are no others than those that do every 50: PSI is of the PDs then.
#[test]
fn models_of_different_scales_are_compared_by_pd() {
    let place = Place::with_model();
    place.write("scale.toml", format!("{}\n[scale]\npdo = 20.0\n", common::CONFIG));
    place.ok("train --data made.csv --target bad --bad 1 --out other --config scale.toml");
    let psi = |text: &str| -> f64 {
        let line = text.lines().skip_while(|l| !l.starts_with("PSI of the ")).nth(1).expect("a PSI");
        line.split_whitespace().next().and_then(|p| p.parse().ok()).unwrap_or_else(|| panic!("{line}"))
    };
    let text = place.ok("compare --model model --model other --data made.csv --target bad --bad 1");
    assert!(text.contains("PSI of the PDs (the models have scores of different scales)"), "{text}");
    assert!(psi(&text) < 0.01, "{text}");
    let text = place.ok("compare --model model --model model --data made.csv --target bad --bad 1");
    assert!(text.contains("PSI of the scores") && psi(&text) == 0.0, "{text}");
}

/// A bad value may be a number below zero.
#[test]
fn a_bad_value_with_a_sign() {
    let place = Place::new();
    let signed = |line: &str| match line.strip_suffix(",1") {
        Some(row) => format!("{row},-1\n"),
        None => format!("{line}\n"),
    };
    place.write("signed.csv", common::small().lines().map(signed).collect::<String>());
    place.ok("train --data signed.csv --target bad --bad -1 --out m");
    let report = place.ok("validate --model m --data signed.csv --target bad --bad -1 --out r");
    assert!(report.contains("report.html"), "{report}");
    assert!(place.read("r/report.json").contains("needs columns.protected"));
    place.ok("compare --model m --model m --data signed.csv --target bad --bad -1 --accept-share 0.5");
    place.refused(
        "compare --model m --model m --data signed.csv --target bad --bad -1 --accept-share -0.1",
        &["--accept-share -0.1 lies outside 0 to 1"],
    );
}

/// A model without PD has its scores alone, which are not compared with those of another scale.
#[test]
fn a_model_without_pd_is_compared_by_what_it_has() {
    let place = Place::with_model();
    place.write("scale.toml", format!("{}\n[scale]\npdo = 20.0\n", common::CONFIG));
    place.ok("train --data made.csv --target bad --bad 1 --out other --config scale.toml");
    place.edit_model("other", |file| file.pd = None);
    let text = place.ok("compare --model model --model other --data made.csv --target bad --bad 1");
    assert!(text.contains("not applicable: B has no PD") && text.contains("swapped in by B"), "{text}");
    assert!(!text.contains("NaN"), "{text}");
    place.edit_model("model", |file| file.pd = None);
    let text = place.ok("compare --model model --model model --data made.csv --target bad --bad 1");
    assert!(text.contains("  0.0000 (Stable)"), "scores of one scale are compared as they are: {text}");
}

/// Nothing is written outside the folder asked for, so a machine without `/tmp` trains too.
#[test]
fn no_other_folder_is_needed() {
    let place = Place::new();
    place.ok("demo-data --out made.csv --rows 1500");
    let away = [("TMPDIR", "/nonexistent"), ("HOME", "/nonexistent")];
    for arguments in [
        "train --data made.csv --target bad --bad 1 --out deep/er/model",
        "score --model deep/er/model --data made.csv --out s.parquet",
        "validate --model deep/er/model --data made.csv --target bad --bad 1 --out r",
        "model check deep/er/model",
    ] {
        let run = place.run_with(arguments, &away);
        assert_eq!(run.code, Some(0), "{arguments}: {}", run.err);
    }
    assert_eq!(place.names(), ["deep", "made.csv", "r", "s.parquet"]);
    assert_eq!(names(&place.path("deep/er")), ["model"]);
}
