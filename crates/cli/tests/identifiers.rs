//! Identifiers and odd names come through as they are.

mod common;

use common::Place;
use primitives::Column;
use std::fmt::Write as _;
use table::{ReadOptions, Table};

/// 400 rows: a number with leading zeros, a credit code of 18 digits, a name with a semicolon.
fn table_with_identifiers(last: &str) -> String {
    let mut text = format!("number,credit_code,district,\"a;b\",{last},bad\n");
    for i in 0..400_u64 {
        let x = i % 20;
        let code = 915_001_077_428_760_000 + i;
        let bad = u8::from(x < 5 && i % 3 != 0);
        let other = i * 37 % 11 + if x < 5 { 5 } else { 0 };
        writeln!(text, "{i:06},{code},0{},{x},{other},{bad}", i % 2 + 1).expect("a text");
    }
    text
}

const CONFIG: &str = "[columns]\nexclude = [\"number\", \"credit_code\"]\nprotected = [\"district\"]";

fn place() -> Place {
    let place = Place::new();
    place.write("data.csv", table_with_identifiers("other"));
    place.write("train.toml", CONFIG);
    place.ok("train --data data.csv --target bad --bad 1 --out model --config train.toml");
    place
}

fn read(place: &Place, name: &str) -> Table {
    table::read(&[place.path(name)], &ReadOptions::default(), &|_| {}).expect("readable")
}

#[test]
fn kept_columns_are_written_as_they_were() {
    let place = place();
    place.ok("score --model model --data data.csv --out s.csv --keep number credit_code bad");
    let text = place.read("s.csv");
    assert!(text.lines().nth(8).is_some_and(|l| l.starts_with("000007,915001077428760007,")), "{text:.400}");
    place.ok("score --model model --data data.csv --out s.parquet --keep number credit_code bad");
    let parquet = read(&place, "s.parquet");
    for name in ["number", "credit_code"] {
        assert!(matches!(parquet.column(name), Some(Column::Text { .. })), "{name} is text");
    }
    assert!(matches!(parquet.column("bad"), Some(Column::Number(_))), "0 and 1 are numbers");
    // From Parquet the types are those of the file.
    place.ok("score --model model --data data.csv --out k.parquet --keep a;b other bad number");
    place.ok("score --model model --data k.parquet --out k2.parquet --keep a;b other bad number");
    let (once, twice) = (read(&place, "k.parquet"), read(&place, "k2.parquet"));
    for name in ["a;b", "other", "bad", "number", "score"] {
        assert_eq!(once.column(name), twice.column(name), "{name}");
    }
}

#[test]
fn credit_codes_of_18_digits_are_text_without_being_told() {
    let place = place();
    let run = place.run("train --data data.csv --target bad --bad 1 --out plain");
    assert_eq!(run.code, Some(0), "{}", run.err);
    assert!(run.err.contains("note: column \"credit_code\"") && run.err.contains("read as text"), "{}", run.err);
    // A column that the configuration calls a number is refused as before.
    place.write("number.toml", "[columns.types]\ncredit_code = \"number\"");
    place.refused(
        "train --data data.csv --target bad --bad 1 --out new --config number.toml",
        &["data.csv", "row 1", "\"credit_code\"", "915001077428760000", "2^53"],
    );
}

#[test]
fn segments_and_protected_groups_keep_their_zeros() {
    let place = place();
    place.ok(
        "validate --model model --data data.csv --target bad --bad 1 --out r --id credit_code --segment district --time other",
    );
    let report = place.read("r/report.json");
    assert!(report.contains("\"01\"") && report.contains("\"02\""), "districts 01 and 02");
}

#[test]
fn a_semicolon_in_a_name_is_no_end_of_a_reason() {
    let place = place();
    let check = place.ok("model check model");
    assert!(check.contains("golden rows   ok"), "{check}");
    assert!(place.read("model/model.json").contains("\"a;b\""), "it entered");
}

#[test]
fn a_name_that_the_golden_rows_need_is_refused() {
    let place = Place::new();
    place.write("data.csv", table_with_identifiers("expected_score"));
    place.write("train.toml", CONFIG);
    place.refused(
        "train --data data.csv --target bad --bad 1 --out model --config train.toml",
        &["\"expected_score\"", "golden.csv", "columns.exclude"],
    );
}

/// Names and values that would colour a terminal, end a line of the card or close its cell.
#[test]
fn what_acts_on_a_terminal_is_shown_escaped() {
    let place = Place::new();
    let mut text = "\"x\u{1b}[31m\",\"y|`\n# H\",\"k\u{1b}\",bad\n".to_owned();
    for i in 0..400 {
        let (x, y) = (i % 20, i * 37 % 11);
        let kind = ["a|b", "c\u{1b}[2J", "\"d\ne\""][(i * 7 % 20) / 7];
        writeln!(text, "{x},{y},{kind},{}", u8::from(x < 5 && i % 3 != 0)).expect("a text");
    }
    place.write("data.csv", text);
    place.write("c.toml", "[model]\nid = \"a\\u001b[1m\"\n[card]\nauthor = \"A | B\\nC\"\nreviewer = \"R\\u001b\"\n[selection]\niv_min = -10.0");
    place.ok("train --data data.csv --target bad --bad 1 --out model --config c.toml");
    let mut shown = place.ok("model show model");
    for command in [
        "model check model",
        "explain --model model --data data.csv --row 2",
        "compare --model model --model model --data data.csv --target bad --bad 1",
        "validate --model model --data data.csv --target bad --bad 1 --out r",
    ] {
        shown += &place.ok(command);
    }
    let card = place.read("model/card.md");
    assert!(!shown.contains('\u{1b}') && !card.contains('\u{1b}'), "{shown}{card}");
    for words in ["x\\u{1b}[31m", "y|`\\n# H", "c\\u{1b}[2J", "reviewer      ok  R\\u{1b}"] {
        assert!(shown.contains(words), "no {words} in {shown}");
    }
    for words in
        ["### `x\\u{1b}[31m`\n", "### `` y|`\\n# H ``\n", "| Author 作者 | A \\| B\\nC |", "a\\|b", "# a\\u{1b}[1m 1 "]
    {
        assert!(card.contains(words), "no {words} in {card}");
    }
    assert!(!card.contains("\n# H"), "{card}");
    place.write("none.toml", "[selection]\niv_min = 9.0");
    let run = place.run("train --data data.csv --target bad --bad 1 --out none --config none.toml");
    assert!(run.code == Some(2) && !run.err.contains('\u{1b}') && run.err.contains("x\\u{1b}[31m"), "{}", run.err);
}

/// Data are not replaced by their scores.
#[test]
fn the_data_file_is_not_written_over() {
    let place = place();
    let before = place.read("data.csv");
    for out in ["data.csv", "./data.csv", "model/../data.csv"] {
        place.refused(&format!("score --model model --data data.csv --out {out}"), &["--out", "the data file itself"]);
    }
    assert_eq!(place.read("data.csv"), before);
}
