//! Where `train --out` puts a model: what it replaces, what it refuses before training, what it leaves alone.

mod common;

use common::{Place, names, small};
use std::fs;
use std::path::Path;
use std::process::Command;

const TRAIN: &str = "train --data small.csv --target bad --bad 1 --out";

fn place() -> Place {
    let place = Place::new();
    place.write("small.csv", small());
    place
}

/// Refused before the data are read: they are not even there.
#[track_caller]
fn refused_at_once(place: &Place, out: &str, words: &[&str]) {
    place.refused(&format!("train --data absent.csv --target bad --bad 1 --out {out}"), words);
}

/// Trains from another folder than the one of the data.
#[track_caller]
fn train_in(folder: &Path, out: &str) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_shangzhi"))
        .args(["train", "--data", "../small.csv", "--target", "bad", "--bad", "1", "--out", out])
        .current_dir(folder)
        .output()
        .expect("the program starts");
    assert!(output.status.success(), "{out}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("UTF-8")
}

#[test]
fn a_reviewed_model_is_not_replaced_and_another_is_told_of() {
    let place = place();
    place.ok(&format!("{TRAIN} m"));
    let again = place.run(&format!("{TRAIN} m"));
    assert!(again.code == Some(0) && again.err.contains("the model that stood there is replaced"), "{}", again.err);
    place.edit_model("m", |file| file.card.reviewer = Some("王审".to_owned()));
    let before = place.bytes("m/model.json");
    refused_at_once(&place, "m", &["\"王审\" has reviewed", "choose another --out"]);
    assert_eq!(place.bytes("m/model.json"), before);
}

/// On the way to the model folder lies the model folder itself, which is renamed.
#[test]
fn a_path_through_the_model_folder_itself() {
    let place = place();
    for out in ["m/../m", "m", "./m/.", "m/"] {
        place.ok(&format!("{TRAIN} {out}"));
        place.ok("model check m");
        assert_eq!(place.names(), ["m", "small.csv"], "{out}");
    }
    for out in ["../m", "."] {
        let words = train_in(&place.path("m"), out);
        place.ok("model check m");
        assert_eq!(place.names(), ["m", "small.csv"], "{out}");
        // From the folder that was there, the way that was asked for leads nowhere any more.
        let shown = words.lines().last().and_then(|l| l.split_whitespace().last()).expect("the name of the folder");
        assert!(Path::new(shown).is_absolute() && shown.ends_with("/m"), "{words}");
    }
    fs::create_dir(place.path("empty")).expect("a folder");
    train_in(&place.path("empty"), ".");
    place.ok("model check empty");
    assert_eq!(place.names(), ["empty", "m", "small.csv"]);
}

/// The names of a model's files make no model.
#[test]
fn files_that_are_no_model_are_left_alone() {
    let place = place();
    for (name, words) in [
        ("golden.csv", &["d is no whole model", "SHA256SUMS", "another --out"][..]),
        ("card.md", &["d is no whole model", "remove it yourself"]),
        ("SHA256SUMS", &["d is no whole model", "line 1"]),
    ] {
        fs::create_dir(place.path("d")).expect("a folder");
        place.write(&format!("d/{name}"), "mine");
        refused_at_once(&place, "d", words);
        assert_eq!(place.read(&format!("d/{name}")), "mine");
        fs::remove_dir_all(place.path("d")).expect("removed");
    }
    fs::create_dir_all(place.path("d/model.json/deep")).expect("a folder");
    refused_at_once(&place, "d", &["\"model.json\"", "not part of a model"]);
    // A model that was edited is the user's to remove.
    place.ok(&format!("{TRAIN} m"));
    place.write("m/card.md", "my notes");
    refused_at_once(&place, "m", &["m is no whole model", "card.md", "edited or damaged", "remove it yourself"]);
    assert_eq!(place.read("m/card.md"), "my notes");
    fs::remove_file(place.path("m/card.md")).expect("removed");
    refused_at_once(&place, "m", &["m is no whole model", "card.md"]);
}

#[test]
fn what_training_reads_is_not_replaced() {
    let place = place();
    place.ok(&format!("{TRAIN} m"));
    place.refused("train --data small.csv m/../m/golden.csv --target bad --bad 1 --out m", &["--data", "lies in m"]);
    // Its digest is on record, so that the folder counts as a model.
    let config = "[fit]\nfolds = 3\n";
    place.write("m/card.md", config);
    place.renew_sums("m");
    place.refused(&format!("{TRAIN} m --config m/card.md"), &["--config m/card.md lies in m", "another --out"]);
    assert_eq!(place.read("m/card.md"), config);
}

#[test]
fn places_are_judged_before_training() {
    let place = place();
    let long = "m".repeat(300);
    refused_at_once(&place, &long, &["--out mmm", "too long"]);
    refused_at_once(&place, &format!("new/{long}/m"), &["mmm", "too long"]);
    refused_at_once(&place, "small.csv", &["small.csv is a file"]);
    refused_at_once(&place, "small.csv/m", &["--out small.csv/m"]);
    refused_at_once(&place, "absent/..", &["not part of a model"]);
    refused_at_once(&place, "/", &["--out / has no folder around it"]);
    // Not even the superuser may write there.
    if cfg!(target_os = "linux") {
        refused_at_once(&place, "/proc/m", &["folder /proc can not be written to"]);
    }
    // What was made to try is gone, also when the data are at fault or training is.
    refused_at_once(&place, "new/er/m", &["absent.csv"]);
    place.refused("train --data small.csv --target bad --bad 7 --out new/er/m", &["bad value \"7\""]);
    place.ok(&format!("{TRAIN} new/er/m"));
    assert_eq!(names(&place.path("new")), ["er"]);
    assert_eq!(names(&place.path("new/er")), ["m"]);
}

#[cfg(unix)]
#[test]
fn a_link_is_followed() {
    use std::os::unix::fs::symlink;
    let place = place();
    symlink("nowhere", place.path("dangling")).expect("a link");
    refused_at_once(&place, "dangling", &["--out dangling is a link that leads nowhere"]);
    refused_at_once(&place, "dangling/", &["--out dangling/ is a link that leads nowhere"]);
    fs::create_dir(place.path("models")).expect("a folder");
    place.ok(&format!("{TRAIN} models/a"));
    symlink("models/a", place.path("link")).expect("a link");
    let before = place.bytes("models/a/model.json");
    place.ok(&format!("{TRAIN} link --seed 2"));
    assert!(place.path("link").is_symlink());
    assert_ne!(place.bytes("models/a/model.json"), before, "the model that the link leads to is the new one");
    assert_eq!(names(&place.path("models")), ["a"]);
    place.ok("model check link");
    // A folder of links is not a model that was written here.
    fs::create_dir(place.path("d")).expect("a folder");
    symlink("../small.csv", place.path("d/golden.csv")).expect("a link");
    refused_at_once(&place, "d", &["\"golden.csv\"", "not part of a model"]);
}

/// Moving a folder takes the right to write to it, which whoever may write everywhere always has.
#[cfg(unix)]
#[test]
fn a_model_that_can_not_be_moved_is_refused_at_once() {
    use std::os::unix::fs::PermissionsExt as _;
    let place = place();
    place.ok(&format!("{TRAIN} m"));
    let allow = |mode| fs::set_permissions(place.path("m"), fs::Permissions::from_mode(mode)).expect("allowed");
    allow(0o555);
    if fs::create_dir(place.path("m/probe")).is_err() {
        refused_at_once(&place, "m", &["m can not be replaced"]);
    }
    allow(0o755);
}
