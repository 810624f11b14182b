//! Bad input: one clear message, exit code 2, nothing half-written.

mod common;

use common::{Place, small};
use std::fmt::Write as _;

const TRAIN: &str = "train --target bad --bad 1 --out out --data";

#[test]
fn tables_that_can_not_be_read() {
    let place = Place::new();
    let long_name = "x".repeat(300);
    let cases: [(&str, &[u8], &[&str]); 9] = [
        ("empty.csv", b"", &["empty.csv", "empty"]),
        ("header.csv", b"x,bad\n", &["header.csv", "no data row"]),
        ("twice.csv", b"x,x,bad\n1,2,0\n", &["twice.csv", "\"x\""]),
        ("noname.csv", b"x,,bad\n1,2,0\n", &["noname.csv"]),
        ("ragged.csv", b"x,bad\n1,0\n2\n", &["ragged.csv", "row 2"]),
        ("target.csv", b"x,good\n1,0\n2,1\n", &["--target", "\"bad\"", "x, good"]),
        ("zip.csv.gz", b"not gzip", &["zip.csv.gz"]),
        ("p.parquet", b"PAR1 not parquet", &["p.parquet"]),
        ("one.csv", b"x,bad\n1,1\n2,1\n", &["same outcome"]),
    ];
    for (name, bytes, words) in cases {
        place.write(name, bytes);
        place.refused(&format!("{TRAIN} {name}"), words);
    }
    place.refused(&format!("{TRAIN} absent.csv"), &["absent.csv", "no such file"]);
    place.refused(&format!("{TRAIN} {long_name}.csv"), &[".csv"]);
    place.write("data.txt", "x,bad\n");
    place.refused(&format!("{TRAIN} data.txt"), &["data.txt", ".csv, .csv.gz or .parquet"]);
}

#[test]
fn outcomes_and_configurations() {
    let place = Place::new();
    place.write("small.csv", small());
    place.refused("train --target bad --bad 7 --out out --data small.csv", &["small.csv", "bad value \"7\"", "0, 1"]);
    for (text, words) in [
        ("[binning]\nprebin = 3", &["prebin"][..]),
        ("[binning]\nprebins = 300", &["binning.prebins is 300", "2 to 128"]),
        ("[columns]\nexclude = [\"nope\"]", &["columns.exclude", "\"nope\"", "x, noise, kind, bad"]),
        ("[columns]\ninclude = [\"bad\"]", &["no candidate column"]),
        ("[columns.label_zh]\nnope = \"无\"", &["columns.label_zh", "\"nope\"", "x, noise, kind, bad"]),
        ("[columns.label_en]\nnope = \"none\"", &["columns.label_en", "\"nope\""]),
        ("[columns.direction]\nkind = \"rising\"", &["columns.direction names column \"kind\", which is text"]),
        ("[columns]\nprotected = [\"bad\"]", &["columns.protected names the target column \"bad\""]),
        ("[fit]\nl2 = 1e9", &["the PD is", "in every row", "fit.l2"]),
        ("[columns]\ntime = \"bad\"", &["columns.time names the target column \"bad\""]),
        ("[columns]\nweight = \"bad\"", &["columns.weight names the target column \"bad\""]),
        ("[columns]\nweight = \"noise\"\n[columns.direction]\nx = \"up\"", &["unknown variant"]),
        ("[columns.types]\nkind = \"number\"", &["small.csv", "row 1", "\"kind\"", "\"a\""]),
        ("[selection]\niv_min = 9.0", &["all 3 were removed", "x: iv_min", "noise: iv_min", "is under 9"]),
        ("[fit]\nfolds = 20\n[columns]\ninclude = [\"x\"]\n[holdout]\nshare = 5", &["holdout.share is 5"]),
        ("[columns.special]\nx = [-9, \"-9.0\"]", &["columns.special.x", "a finite value, once"]),
        ("[columns.special]\nkind = [\"NA\"]", &["columns.special.kind is \"NA\"", "does not mean missing"]),
        ("[columns.special]\nkind = [\"a \"]", &["columns.special.kind is \"a \"", "without spaces around it"]),
        ("[card]\nauthor = \"Li\"\nreviewer = \"Li \"", &["card.reviewer is Li", "someone other than card.author"]),
        (
            "[card]\nvalid_from = \"2026-02-02\"\nvalid_until = \"2026-02-01\"",
            &["card.valid_from is 2026-02-02", "up to card.valid_until, 2026-02-01"],
        ),
        ("not toml", &["c.toml"]),
    ] {
        place.write("c.toml", text);
        place.refused(&format!("{TRAIN} small.csv --config c.toml"), words);
    }
    for name in ["NA", "NaN", "nan", "-nan", "?", "inf", "-INF", "Infinity", "1e999", "C ", " C", "\u{3000}C"] {
        place.write("c.toml", format!("[[grades]]\nname = \"A\"\npd_below = 0.1\n[[grades]]\nname = \"{name}\"\n[coverage]\nbest_grade = \"A\""));
        place.refused(
            &format!("{TRAIN} small.csv --config c.toml"),
            &["c.toml", "grades: name is", name.trim(), "does not mean missing"],
        );
    }
    place.refused(&format!("{TRAIN} small.csv --config absent.toml"), &["absent.toml"]);
    place.write("negative.csv", "x,w,bad\n1,1,0\n2,-3,1\n3,1,0\n4,1,1\n");
    place.write("c.toml", "[columns]\nweight = \"w\"\n[fit]\nfolds = 2");
    place.refused(
        &format!("{TRAIN} negative.csv --config c.toml"),
        &["negative.csv", "\"w\"", "row 2", "-3", "0 or more"],
    );
    place.write("large.csv", "x,w,bad\n1,1,0\n2,1,1\n3,1e200,0\n4,1,1\n");
    place.refused(
        &format!("{TRAIN} large.csv --config c.toml"),
        &["large.csv: row 3", "\"w\" (columns.weight)", "1e200", "at most 1e15"],
    );
    // Of several files, the one and its row.
    place.write("right.csv", "x,w,bad\n1,1,0\n2,3,1\n3,1,0\n4,1,1\n");
    place.refused(&format!("{TRAIN} right.csv negative.csv --config c.toml"), &["negative.csv: row 2", "-3"]);
    place.refused(&format!("{TRAIN} right.csv large.csv --config c.toml"), &["large.csv: row 3", "1e200"]);
    let separated = |rows: usize| {
        (0..rows).fold("x,bad\n".to_owned(), |text, i| text + &format!("{},{}\n", i % 20, u8::from(i % 20 < 5)))
    };
    place.write("separated.csv", separated(200));
    place.refused(&format!("{TRAIN} separated.csv"), &["x: leak", "gives the outcome away"]);
    // Three rows a value may be chance.
    place.write("separated.csv", separated(60));
    place.write("c.toml", "[fit]\nl2 = 0.0\nrefine_l2 = []\n[binning]\nbads_min = 0.0\ngoods_min = 0.0");
    place.refused(&format!("{TRAIN} separated.csv --config c.toml"), &["column \"x\" separates", "fit.l2"]);
    place.write("c.toml", "[columns]\nweight = \"w\"\n[fit]\nfolds = 2");
    place.write("few.csv", "x,bad\n1,0\n2,1\n3,0\n4,0\n5,0\n6,0\n");
    place.refused(&format!("{TRAIN} few.csv"), &["1 bads", "at least 5"]);
}

#[test]
fn places_to_write_to() {
    let place = Place::new();
    place.write("small.csv", small());
    std::fs::create_dir(place.path("mine")).expect("a folder");
    place.write("mine/letter.txt", "keep me");
    place.refused("train --target bad --bad 1 --out mine --data small.csv", &["letter.txt", "another --out"]);
    assert_eq!(place.read("mine/letter.txt"), "keep me");
    place.refused("train --target bad --bad 1 --out small.csv/model --data small.csv", &["small.csv"]);
    place.refused("train --target bad --bad 1 --out small.csv --data small.csv", &["is a file"]);
    place.ok(&format!("{TRAIN} small.csv"));
    place.refused("score --model out --data small.csv --out s.xlsx", &["s.xlsx", ".parquet"]);
    place.refused("score --model out --data small.csv --out absent/s.csv", &["s.csv: there is no folder absent"]);
    place.refused("score --model out --data small.csv --out s.csv --keep nope", &["nope"]);
    place.refused("score --model out --data small.csv --out s.csv --keep bad bad", &["twice"]);
    place.refused("explain --model out --data small.csv --row 0", &["--row 0", "rows 1 to 200"]);
    place.refused("explain --model out --data small.csv --row 201", &["--row 201"]);
    place.refused("compare --model out --data small.csv --target bad --bad 1", &["two models"]);
    let seven = &["small.csv", "\"bad\"", "bad value \"7\""];
    place.refused("compare --model out --model out --data small.csv --target bad --bad 7", seven);
    place.refused("validate --model out --data small.csv --target bad --bad 7 --out r", seven);
    place.refused("validate --model out --data small.csv --target bad --bad 1 --out small.csv", &["small.csv"]);
    // A model folder is replaced by the next run.
    place.ok(&format!("{TRAIN} small.csv"));
}

#[test]
fn models_that_are_not_whole() {
    let place = Place::new();
    place.write("small.csv", small());
    let score = "score --model out --data small.csv --out s.csv";
    place.refused(score, &["model folder out is not there"]);
    let fresh = || {
        let _ = std::fs::remove_dir_all(place.path("out")); // a damaged model is not replaced
        place.ok(&format!("{TRAIN} small.csv"));
        place.read("out/model.json")
    };
    let json = fresh();
    place.write("out/model.json", json.replacen("\"format_version\": 1", "\"format_version\": 99, \"new\": {}", 1));
    place.refused(score, &["format version 99", "update the program"]);
    place.write("out/model.json", &json[..json.len() / 2]);
    place.refused(score, &["edited or damaged"]);
    place.write("out/model.json", json.replacen("\"points\": ", "\"points\":  ", 1));
    place.refused(score, &["digest is sha256:", "on record is sha256:", "edited or damaged"]);
    place.refused("model check out", &["edited or damaged"]);
    fresh();
    place.write("out/card.md", "another card");
    place.refused("model check out", &["card.md", "edited or damaged"]);
    place.ok(score);
    fresh();
    place.edit_model("out", |file| {
        let scoring::Table::OneWay { bins, .. } = &mut file.tables[0] else { panic!("a table over one") };
        bins.last_mut().expect("not authorised").points += 1;
    });
    place.refused("model check out", &["model.json", "table 1", "not_authorised", "must not gain"]);
    fresh();
    place.write("out/SHA256SUMS", "rubbish\n");
    place.refused(score, &["SHA256SUMS", "line 1"]);
    place.write("out/SHA256SUMS", format!("{}  ../small.csv\n", "0".repeat(64)));
    place.refused(score, &["SHA256SUMS", "line 1", "outside the folder"]);
    std::fs::remove_file(place.path("out/SHA256SUMS")).expect("removed");
    place.refused(score, &["SHA256SUMS"]);
}

#[test]
fn tables_that_do_not_fit_the_model() {
    let place = Place::new();
    place.write("small.csv", small());
    place.ok(&format!("{TRAIN} small.csv"));
    let model = place.read("out/model.json");
    assert!(model.contains("\"x\""), "x entered");
    place.write("lacks.csv", "noise,kind,bad\n1,a,0\n");
    place.refused("score --model out --data lacks.csv --out s.csv", &["lacks.csv", "\"x\""]);
    place.write("type.csv", "x,noise,kind\n1,2,a\nmuch,2,a\n");
    place.refused("score --model out --data type.csv --out s.csv", &["type.csv", "row 2", "\"x\"", "\"much\""]);
}

#[test]
fn odd_values_are_scored() {
    let place = Place::new();
    place.write("small.csv", small());
    place.ok(&format!("{TRAIN} small.csv"));
    let mut odd = "x,noise,kind\n".to_owned();
    for x in ["", "NA", "NaN", "?", "inf", "-inf", "1e999", "-1e300", "1e300"] {
        let _ = writeln!(odd, "{x},1,unheard-of");
    }
    let _ = writeln!(odd, "1,1,{}", "long".repeat(2_500_000));
    place.write("odd.csv", odd);
    place.ok("score --model out --data odd.csv --out s.csv");
    let out = place.read("s.csv");
    assert_eq!(out.lines().count(), 11);
    let scores: Vec<&str> = out.lines().skip(1).map(|l| l.split(',').next().expect("a score")).collect();
    assert!(scores[1..7].iter().all(|s| *s == scores[0]), "all of these are missing: {scores:?}");
    assert!(!out.contains("NaN"));
}

#[test]
fn wide_and_empty_columns_are_trained_on() {
    let place = Place::new();
    let mut text = (0..10_000).fold("bad,constant,nothing".to_owned(), |mut t, i| {
        let _ = write!(t, ",c{i}");
        t
    });
    for row in 0..60 {
        let _ = write!(text, "\n{},5,", u8::from(row % 4 == 0));
        for column in 0..10_000 {
            let _ = write!(text, ",{}", (row * 31 + column * 17 + row * column) % 3);
        }
    }
    place.write("wide.csv", text);
    let run = place.run(&format!("{TRAIN} wide.csv"));
    assert!(!run.err.contains("panicked"), "{}", run.err);
    assert!(run.code == Some(0) || run.err.contains("were removed"), "{} {}", run.out, run.err);
}

#[test]
fn rows_without_an_outcome_are_left_out_and_counted() {
    let place = Place::new();
    place.write("small.csv", small() + "3,4,a,\n5,6,b,NA\n");
    let out = place.ok(&format!("{TRAIN} small.csv"));
    assert!(out.contains("rows left out            2"), "{out}");
}
