//! The same data, configuration and seed give the same bytes.

mod common;

use common::Place;
use std::io::Write as _;

const TRAIN: &str = "train --target bad --bad 1 --config train.toml --data";

#[test]
fn threads_and_repetition_change_nothing() {
    let place = Place::with_model();
    for (threads, out) in [("1", "one"), ("2", "two")] {
        let run = place.run_with(&format!("{TRAIN} made.csv --out {out}"), &[("RAYON_NUM_THREADS", threads)]);
        assert_eq!(run.code, Some(0), "{}", run.err);
        for file in ["model.json", "card.md", "golden.csv", "validation.json", "SHA256SUMS"] {
            assert_eq!(place.bytes(&format!("{out}/{file}")), place.bytes(&format!("model/{file}")), "{file}");
        }
    }
    place.ok(&format!("{TRAIN} made.csv --out seeded --seed 2"));
    assert_ne!(place.bytes("seeded/model.json"), place.bytes("model/model.json"));
}

/// More rows than a chunk of sums, a pilot and a sample hold, and a Parquet file of two batches.
#[test]
fn many_rows_give_the_same_bytes_and_scores_on_any_number_of_threads() {
    let place = Place::new();
    place.ok("demo-data --out many.parquet --rows 300000");
    place.write("c.toml", "[columns]\nexclude = [\"enterprise_id\"]\n[fit]\nout_of_fold_rows = 20000\n");
    for threads in ["1", "3"] {
        place.ok(&format!(
            "train --threads {threads} --target bad --bad 1 --config c.toml --data many.parquet --out m{threads}"
        ));
        place.ok(&format!(
            "score --threads {threads} --model m1 --data many.parquet --keep enterprise_id bad --out s{threads}.csv"
        ));
    }
    assert_eq!(place.bytes("m1/model.json"), place.bytes("m3/model.json"));
    assert_eq!(place.bytes("m1/validation.json"), place.bytes("m3/validation.json"));
    assert_eq!(place.bytes("s1.csv"), place.bytes("s3.csv"));
    // Through a file that is one batch the same rows come out.
    place.ok("demo-data --out many.csv --rows 300000");
    place.ok("score --model m1 --data many.csv --keep enterprise_id bad --out s.csv");
    assert_eq!(place.bytes("s.csv"), place.bytes("s1.csv"));
    assert_eq!(place.read("s.csv").lines().count(), 300_001);
}

/// Everything of the model but the digests of the files it came from.
fn without_origin(place: &Place, folder: &str) -> serde_json::Value {
    let mut json: serde_json::Value = serde_json::from_str(&place.read(&format!("{folder}/model.json"))).expect("JSON");
    json["origin"]["data"] = serde_json::Value::Null;
    json
}

#[test]
fn encodings_and_compression_change_nothing() {
    let place = Place::with_model();
    let text = place.read("made.csv").replacen("revenue_yuan", "营业收入", 1);
    place.write("utf8.csv", &text);
    place.write("bom.csv", format!("\u{feff}{text}"));
    place.write("gb.csv", encoding_rs::GB18030.encode(&text).0);
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gz.write_all(text.as_bytes()).expect("written");
    place.write("zip.csv.gz", gz.finish().expect("written"));
    for (data, out) in [("utf8.csv", "a"), ("bom.csv", "b"), ("gb.csv", "c"), ("zip.csv.gz", "d")] {
        place.ok(&format!("{TRAIN} {data} --out {out}"));
        assert_eq!(without_origin(&place, out), without_origin(&place, "a"), "{data}");
    }
    assert!(place.read("a/model.json").contains("营业收入"));
}

/// Two files are their rows, one after the other.
#[test]
fn files_are_appended() {
    let place = Place::with_model();
    let text = place.read("made.csv");
    let lines: Vec<&str> = text.lines().collect();
    place.write("first.csv", lines[..1000].join("\n"));
    place.write("second.csv", [&lines[..1], &lines[1000..]].concat().join("\n"));
    place.ok("train --target bad --bad 1 --config train.toml --out parts --data first.csv second.csv");
    assert_eq!(without_origin(&place, "parts"), without_origin(&place, "model"));
}
