//! Running the program in a folder of its own.
#![allow(dead_code, unreachable_pub, reason = "each test file uses a part of this")]

use primitives::{Digest, digest_hex};
use scoring::{Model, ModelFile};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

/// What a run gave.
pub struct Run {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

/// A folder and the program in it.
pub struct Place {
    folder: TempDir,
}

impl Place {
    pub fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a temporary folder") }
    }

    /// A folder with made data and a model trained on it.
    pub fn with_model() -> Self {
        let place = Self::new();
        place.ok("demo-data --out made.csv --rows 3000");
        place.write("train.toml", CONFIG);
        place.ok("train --data made.csv --target bad --bad 1 --out model --config train.toml");
        place
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        std::fs::write(self.path(name), text).expect("written");
    }

    pub fn read(&self, name: &str) -> String {
        String::from_utf8(self.bytes(name)).expect("UTF-8")
    }

    pub fn bytes(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.path(name)).unwrap_or_else(|e| panic!("{name}: {e}"))
    }

    /// Changes the model of a folder and renews its digests.
    pub fn edit_model(&self, folder: &str, change: impl FnOnce(&mut ModelFile)) {
        let path = format!("{folder}/model.json");
        let mut file = Model::from_json(&self.bytes(&path)).expect("a model").file().clone();
        change(&mut file);
        self.write(&path, file.to_json().expect("JSON"));
        self.renew_sums(folder);
    }

    /// Puts the digests of a folder's files on record as they are.
    pub fn renew_sums(&self, folder: &str) {
        let sum = |name: &String| {
            let digest = Digest::sha256(&self.bytes(&format!("{folder}/{name}")));
            format!("{}  {name}\n", digest_hex(&digest))
        };
        let files = names(&self.path(folder)).into_iter().filter(|name| name != "SHA256SUMS");
        let sums: String = files.map(|name| sum(&name)).collect();
        self.write(&format!("{folder}/SHA256SUMS"), sums);
    }

    pub fn names(&self) -> Vec<String> {
        names(self.folder.path())
    }

    /// Runs the program; arguments are separated by spaces.
    pub fn run(&self, arguments: &str) -> Run {
        self.run_with(arguments, &[])
    }

    pub fn run_with(&self, arguments: &str, env: &[(&str, &str)]) -> Run {
        let output = Command::new(env!("CARGO_BIN_EXE_shangzhi"))
            .args(arguments.split_whitespace())
            .current_dir(self.folder.path())
            .env("LANG", "C.UTF-8")
            .envs(env.iter().copied())
            .output()
            .expect("the program starts");
        let text = |b: Vec<u8>| String::from_utf8(b).expect("UTF-8");
        Run { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
    }

    /// Runs the program, which must succeed, and gives what it printed.
    #[track_caller]
    pub fn ok(&self, arguments: &str) -> String {
        let run = self.run(arguments);
        assert_eq!(run.code, Some(0), "{arguments}: {}", run.err);
        run.out
    }

    /// Runs the program, which must refuse with these words and leave the folder as it was.
    #[track_caller]
    pub fn refused(&self, arguments: &str, words: &[&str]) {
        let before = self.names();
        let run = self.run(arguments);
        assert_eq!(run.code, Some(2), "{arguments}: {} {}", run.out, run.err);
        for word in words {
            assert!(run.err.contains(word), "{arguments}: no {word:?} in: {}", run.err);
        }
        assert!(!run.err.contains("panicked"), "{}", run.err);
        assert_eq!(self.names(), before, "{arguments}: a file was left");
    }
}

pub fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .expect("a folder")
        .map(|e| e.expect("an entry").file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

/// A small table that trains: 200 rows, `x` tells, `noise` does not.
pub fn small() -> String {
    let mut text = "x,noise,kind,bad\n".to_owned();
    for i in 0..200 {
        let kind = ["a", "b", "c"][i % 3];
        let _ = writeln!(text, "{},{},{kind},{}", i % 20, (i * 37) % 101, u8::from(i % 20 < 5 && i % 3 != 0));
    }
    text
}

pub const CONFIG: &str = r#"
[columns]
time = "month"
exclude = ["enterprise_id", "exposure_yuan"]
protected = ["district"]
[columns.special]
months_since_tax_return = [-1]
[columns.direction]
years_in_business = "rising"
"#;
