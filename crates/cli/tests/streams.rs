//! What stands around a run: exit codes, pipes, threads, rights of files, places to write to.

mod common;

use common::Place;
use std::process::{Command, Stdio};

fn program(place: &Place, arguments: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_shangzhi"));
    command.args(arguments.split_whitespace()).current_dir(place.path(""));
    command
}

/// A table of 200 rows with a category of so many characters.
fn with_long_category(characters: usize) -> String {
    let long = "长".repeat(characters);
    let mut text = "x,kind,bad\n".to_owned();
    for i in 0..200 {
        let kind = if i % 4 == 0 { &long } else { "short" };
        text.push_str(&format!("{},{kind},{}\n", i % 20, u8::from(i % 20 < 5 && i % 3 != 0)));
    }
    text
}

/// `shangzhi … | head` has seen enough: no message, no failure.
#[test]
fn a_reader_that_leaves_is_no_fault() {
    let place = Place::with_model();
    for arguments in ["train --print-config", "model show model", "explain --model model --data made.csv --row 1"] {
        let mut child = program(&place, arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        drop(child.stdout.take());
        let output = child.wait_with_output().expect("the program ends");
        let err = String::from_utf8_lossy(&output.stderr);
        assert_eq!((output.status.code(), err.as_ref()), (Some(0), ""), "{arguments}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_behind_standard_output_is_told() {
    let place = Place::new();
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").expect("Linux has it");
    let output = program(&place, "train --print-config").stdout(full).output().expect("the program starts");
    let err = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{err}");
    assert!(err.contains("standard output can not be written to") && !err.contains("panicked"), "{err}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_refusal_that_no_one_can_read_is_a_refusal() {
    let place = Place::new();
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").expect("Linux has it");
    let status = program(&place, "model show absent").stderr(full).status().expect("the program starts");
    assert_eq!(status.code(), Some(2));
}

#[test]
fn arguments_that_make_no_sense() {
    let place = Place::new();
    for (arguments, words) in [
        ("", &["Usage"][..]),
        ("rate", &["rate"]),
        ("train --data a.csv", &["--target", "--bad", "--out"]),
        ("train --method forest --print-config", &["forest", "scorecard"]),
        ("train --print-config --threads 0", &["--threads", "0"]),
        ("train --print-config --seed -1", &["-1"]),
        ("demo-data --out d.csv --rows 0", &["--rows", "0"]),
        ("score --model m --data d.csv --out s.csv --lang zh", &["--reason-text"]),
        ("explain --model m --data d.csv --row one", &["--row", "one"]),
    ] {
        place.refused(arguments, words);
    }
}

#[test]
fn the_number_of_threads_changes_no_byte() {
    let place = Place::with_model();
    for threads in ["1", "3"] {
        place
            .ok(&format!("train --threads {threads} --data made.csv --target bad --bad 1 --out t --config train.toml"));
        for file in ["model.json", "card.md", "golden.csv", "validation.json", "SHA256SUMS"] {
            assert_eq!(place.bytes(&format!("t/{file}")), place.bytes(&format!("model/{file}")), "{threads}: {file}");
        }
        place.ok(&format!("score --threads {threads} --model t --data made.csv --out s{threads}.parquet"));
    }
    assert_eq!(place.bytes("s1.parquet"), place.bytes("s3.parquet"));
}

/// The digests are for everyone, not for this program only.
#[test]
fn the_digests_are_those_of_sha256sum() {
    let place = Place::with_model();
    let run = Command::new("sha256sum").args(["-c", "SHA256SUMS"]).current_dir(place.path("model")).output();
    let Ok(run) = run else { return }; // a system without it; `model check` compares the same digests
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stdout));
    assert_eq!(String::from_utf8_lossy(&run.stdout).lines().filter(|l| l.ends_with(": OK")).count(), 4);
}

#[test]
fn reasons_in_words_are_those_of_the_explanation() {
    let place = Place::with_model();
    place.ok("score --model model --data made.csv --out codes.csv");
    for lang in ["zh", "en"] {
        let out = format!("{lang}.parquet");
        place.ok(&format!("score --model model --data made.csv --out {out} --reason-text --lang {lang}"));
        let read =
            |name: &str| table::read(&[place.path(name)], &table::ReadOptions::default(), &|_| {}).expect("read");
        let (words, codes) = (read(&out), read("codes.csv"));
        assert_eq!(words.names(), codes.names());
        assert_eq!(words.column("score"), codes.column("score"));
        for row in [0, 7, 2999] {
            let explained = place.ok(&format!("explain --model model --data made.csv --row {} --lang {lang}", row + 1));
            let reasons: Vec<&str> = explained.lines().filter(|l| l.ends_with(']')).collect();
            for (i, line) in reasons.iter().enumerate() {
                let name = format!("reason_{}", i + 1);
                let cell = |t: &table::Table| match t.column(&name) {
                    Some(primitives::Column::Text { codes, levels }) => levels[codes[row] as usize].clone(),
                    other => panic!("{name}: {other:?}"),
                };
                assert_eq!(*line, format!("  {}. {}  [{}]", i + 1, cell(&words), cell(&codes)));
            }
            assert!(!reasons.is_empty(), "{explained}");
        }
    }
}

#[test]
fn a_long_category_does_not_flood_the_page() {
    let place = Place::new();
    place.write("long.csv", with_long_category(50_000));
    place.ok("train --data long.csv --target bad --bad 1 --out model");
    place.ok("validate --model model --data long.csv --target bad --bad 1 --out r --lang zh");
    place.ok("score --model model --data long.csv --out s.csv --reason-text --lang zh");
    let lengths = [
        ("explain", place.ok("explain --model model --data long.csv --row 1").len()),
        ("show", place.ok("model show model").len()),
        ("card.md", place.bytes("model/card.md").len()),
        ("s.csv", place.bytes("s.csv").len() / 200),
    ];
    for (what, bytes) in lengths {
        assert!(bytes < 20_000, "{what}: {bytes} bytes");
    }
    assert!(place.bytes("r/report.html").len() < 250_000);
}

/// A report is handed on: a file has the rights of any other file that its owner makes.
#[cfg(unix)]
#[test]
fn reports_have_the_usual_rights() {
    use std::os::unix::fs::PermissionsExt as _;
    let place = Place::with_model();
    place.write("usual", "");
    place.ok("validate --model model --data made.csv --target bad --bad 1 --out r");
    let mode = |name: &str| std::fs::metadata(place.path(name)).expect("there").permissions().mode() & 0o777;
    for file in ["r/report.html", "r/report.json", "model/model.json"] {
        assert_eq!(mode(file), mode("usual"), "{file}");
    }
}

/// Both files of a report, or neither; an older pair stays as it was.
#[test]
fn a_report_is_written_whole() {
    let place = Place::with_model();
    std::fs::create_dir_all(place.path("r/report.html")).expect("folders");
    place.write("r/report.json", "older");
    place.refused("validate --model model --data made.csv --target bad --bad 1 --out r", &["report.html", "folder"]);
    assert_eq!(place.read("r/report.json"), "older");
    assert_eq!(common::names(&place.path("r")), ["report.html", "report.json"]);
}

/// Before the data are read: an hour of training is not for nothing.
#[test]
fn a_place_that_can_not_be_written_to_is_found_first() {
    let place = Place::new();
    place.write("file", "");
    place.refused("train --data absent.csv --target bad --bad 1 --out file/model", &["file", "can not be written to"]);
    place.refused("train --data absent.csv --target bad --bad 1 --out file/a/b", &["file", "can not be written to"]);
}

/// What must never be in the model is still judged, where the file has it.
#[test]
fn protected_columns_are_judged_where_the_file_has_them() {
    let place = Place::with_model();
    place.ok("validate --model model --data made.csv --target bad --bad 1 --out with --lang en");
    assert!(place.read("with/report.json").contains("\"district\""));
    let made = place.read("made.csv").replacen("district", "place", 1);
    place.write("without.csv", made);
    place.ok("validate --model model --data without.csv --target bad --bad 1 --out without --lang en");
    assert!(!place.read("without/report.json").contains("\"district\""));
}
