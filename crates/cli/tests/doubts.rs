//! What is odd about data: refused where figures would be false, told where only a person can judge.

mod common;

use common::Place;
use std::fmt::Write as _;

const TRAIN: &str = "train --target bad --bad 1 --data";

/// 400 rows: `x` and `kind` tell; the cells of a row may be replaced.
fn table(replace: impl Fn(usize, [String; 3]) -> [String; 3]) -> String {
    let mut text = "x,kind,bad\n".to_owned();
    for i in 0..400 {
        let kind = ["a", "b", "c"][i % 3];
        let bad = u8::from(i % 20 < 5 && i % 3 != 0);
        let cells = replace(i, [(i % 20).to_string(), kind.to_owned(), bad.to_string()]);
        let _ = writeln!(text, "{}", cells.join(","));
    }
    text
}

#[test]
fn a_file_given_twice_is_refused() {
    let place = Place::new();
    place.write("a.csv", table(|_, cells| cells));
    place.write("b.csv", table(|_, cells| cells));
    for files in ["a.csv a.csv", "a.csv b.csv"] {
        place.refused(&format!("{TRAIN} {files} --out m"), &["a.csv", "the same, byte by byte"]);
    }
}

#[test]
fn few_outcomes_are_told() {
    let place = Place::new();
    place.write("many.csv", table(|_, cells| cells));
    place.write("few.csv", table(|i, [x, k, b]| [x, k, if i % 11 == 0 { b } else { "0".into() }]));
    let run = |data: &str| place.run(&format!("{TRAIN} {data} --out m"));
    let (many, few) = (run("many.csv"), run("few.csv"));
    assert!(many.code == Some(0) && !many.err.contains("are few"), "{}", many.err);
    assert!(few.code == Some(0) && few.err.contains("bads are few: 7,") && few.err.contains("--prior"), "{}", few.err);
}

#[test]
fn options_that_a_method_does_not_read_are_refused() {
    let place = Place::new();
    place.write("a.csv", table(|_, cells| cells));
    for option in ["--max-pairs 3", "--max-pair-bins 4", "--prune-loss 0.001"] {
        let name = option.split(' ').next().unwrap_or_default();
        place.refused(
            &format!("{TRAIN} a.csv --out m --method scorecard {option}"),
            &[name, "--method boosted or auto"],
        );
    }
    place.ok(&format!("{TRAIN} a.csv --out m --method auto --max-pairs 1 --max-bins 4"));
}

#[test]
fn a_text_among_numbers_is_told_with_its_place() {
    let place = Place::new();
    place.write("good.csv", table(|_, cells| cells));
    place.write("stray.csv", table(|i, [x, k, b]| [if i == 7 { "1 2".into() } else { x }, k, b]));
    let run = place.run(&format!("{TRAIN} good.csv stray.csv --out m"));
    assert_eq!(run.code, Some(0), "{}", run.err);
    for word in ["column \"x\" is text because of 1 of its 800 values", "\"1 2\" in stray.csv, row 8"] {
        assert!(run.err.contains(word), "no {word:?} in {}", run.err);
    }
    // Whoever says that it is text knows.
    place.write("text.toml", "[columns.types]\nx = \"text\"");
    let run = place.run(&format!("{TRAIN} stray.csv --out m --config text.toml"));
    assert!(run.code == Some(0) && !run.err.contains("is text because"), "{}", run.err);
}

/// `"-9"` in quotation marks means the number among numbers.
#[test]
fn a_special_value_in_quotation_marks_leaves_a_column_of_numbers() {
    let place = Place::new();
    place.write("a.csv", table(|i, [x, k, b]| [if i % 9 == 0 { "-9".into() } else { x }, k, b]));
    let model = |special: &str| {
        place.write("c.toml", format!("[columns.special]\nx = [{special}]"));
        place.ok(&format!("{TRAIN} a.csv --out m --config c.toml"));
        let json: serde_json::Value = serde_json::from_str(&place.read("m/model.json")).expect("JSON");
        json["tables"].clone()
    };
    assert_eq!(model("\"-9\""), model("-9"));
}

#[test]
fn one_text_in_the_outcome_changes_no_other_outcome_and_is_told() {
    let place = Place::new();
    place.write("a.csv", table(|i, [x, k, b]| [x, k, if i % 2 == 0 { format!("{b}.0") } else { b }]));
    let bads = |out: &str| out.lines().next().unwrap_or_default().to_owned();
    let clean = place.run(&format!("{TRAIN} a.csv --out m"));
    assert!(!clean.err.contains("all else is good"), "{}", clean.err);
    let text = table(|i, [x, k, b]| [x, k, if i % 2 == 0 { format!("{b}.0") } else { b }]);
    place.write("b.csv", text.replacen(",0\n", ",N/A\n", 1));
    let run = place.run(&format!("{TRAIN} b.csv --out m"));
    assert_eq!(bads(&run.out), bads(&clean.out));
    assert!(run.err.contains("\"1\" is bad, all else is good: ") && run.err.contains("\"N/A\""), "{}", run.err);
}

#[test]
fn categories_that_training_did_not_see_are_told() {
    let place = Place::new();
    place.write("a.csv", table(|_, cells| cells));
    place.ok(&format!("{TRAIN} a.csv --out m"));
    place.write("b.csv", table(|i, [x, k, b]| [x, if i % 4 == 0 { k.to_uppercase() } else { k }, b]));
    for out in ["s.csv", "s.parquet"] {
        let run = place.run(&format!("score --model m --data b.csv --out {out}"));
        assert!(run.err.contains("column \"kind\": 100 of 400 rows have a category"), "{}", run.err);
        assert!(run.err.contains("such as \"A\""), "{}", run.err);
    }
    let run = place.run("score --model m --data a.csv --out s.csv");
    assert!(!run.err.contains("did not see"), "{}", run.err);
}

/// Every category a special value, and a name that reads as missing: the first trains, the second is told.
#[test]
fn a_model_that_was_trained_checks() {
    let place = Place::new();
    place.write("a.csv", table(|_, cells| cells));
    place.write("c.toml", "[columns.special]\nkind = [\"a\", \"b\", \"c\"]");
    place.ok(&format!("{TRAIN} a.csv --out m --config c.toml"));
    place.ok("model check m");
    place.ok("score --model m --data a.csv --out s.csv");
    place.write("na.csv", table(|_, cells| cells).replacen("x,", "NA,", 1));
    place.write("c.toml", "[columns]\ninclude = [\"NA\"]");
    place.refused(&format!("{TRAIN} na.csv --out n --config c.toml"), &["golden.csv", "rename it"]);
}

/// Held-out rows without weight are no ground to fail on.
#[test]
fn weights_that_leave_nothing_are_told() {
    let place = Place::new();
    let mut text = "x,year,w,v,u,bad\n".to_owned();
    for i in 0..400 {
        let (held, bad) = (i >= 300, i % 20 < 5 && i % 3 != 0);
        let w = u8::from(!held);
        let _ = writeln!(text, "{},{},{w},{},0,{}", i % 20, 2020 + i / 100, u8::from(!bad), u8::from(bad));
    }
    place.write("a.csv", text);
    let config = |weight: &str| {
        place.write("c.toml", format!("[columns]\ntime = \"year\"\nweight = \"{weight}\"\ninclude = [\"x\"]"));
        format!("{TRAIN} a.csv --out m --config c.toml")
    };
    let out = place.ok(&config("w"));
    assert!(out.contains("out-of-time    not applicable: the held-out rows (of a weight over 0)"), "{out}");
    std::fs::remove_dir_all(place.path("m")).expect("removed");
    place.refused(&config("v"), &["\"v\"", "leaves no weight, or too little, to the rows that are bad"]);
    place.refused(&config("u"), &["\"u\"", "the weights average 0"]);
}

/// A sample for the out-of-fold figures keeps enough of a rare outcome.
#[test]
fn rare_bads_are_in_every_sample() {
    let place = Place::new();
    let mut text = "x,bad\n".to_owned();
    for i in 0..10_000 {
        let bad = i % 50 == 0;
        let _ = writeln!(text, "{},{}", if bad { i % 7 } else { (i * 7) % 101 }, u8::from(bad));
    }
    place.write("rare.csv", text);
    place.write("c.toml", "[fit]\nout_of_fold_rows = 100");
    for seed in 1..4 {
        place.ok(&format!("{TRAIN} rare.csv --out m --config c.toml --seed {seed}"));
    }
}
