//! Other libraries on the same data, run by the scripts of `benches/peers`.

use anyhow::{Context, Result, bail};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// One fit and its scores, as `quality_peers.py` prints them.
#[derive(Debug, Clone, Deserialize)]
#[allow(missing_docs, reason = "benches/peers/README.md says what each is")]
pub struct QualityRow {
    pub set: String,
    pub peer: String,
    pub auc: f64,
    pub ks: f64,
    pub brier: f64,
    pub logloss: f64,
    pub ece: f64,
    pub fit_cpu_s: f64,
}

/// One task, as `speed_peers.py` prints it.
#[derive(Debug, Clone, Deserialize)]
#[allow(missing_docs, reason = "benches/peers/README.md says what each is")]
pub struct SpeedRow {
    pub task: String,
    pub cpu_s_all: Vec<f64>,
    pub auc: Option<f64>,
    pub log_loss: Option<f64>,
}

impl SpeedRow {
    /// Processor seconds of the fastest repetition.
    pub fn seconds(&self) -> f64 {
        self.cpu_s_all.iter().copied().fold(f64::INFINITY, f64::min)
    }
}

/// A Python that has the packages of `benches/peers/requirements.txt`.
#[derive(Debug, Clone)]
pub struct Python(pub PathBuf);

impl Python {
    /// Runs a script of `benches/peers` and reads the JSON lines that it prints; each is also told to `heard`.
    ///
    /// # Errors
    /// When the script can not be started, fails, or prints something else.
    pub fn lines<T: DeserializeOwned>(&self, script: &str, arguments: &[&str], heard: impl Fn(&T)) -> Result<Vec<T>> {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("peers").join(script);
        let mut child = Command::new(&self.0)
            .arg(&path)
            .args(arguments)
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("{} {}", self.0.display(), path.display()))?;
        let out = child.stdout.take().context("the output was asked for")?;
        let rows: Result<Vec<T>> = BufReader::new(out)
            .lines()
            .map(|line| {
                let line = line?;
                let row = serde_json::from_str(&line).with_context(|| format!("{script} printed {line:?}"))?;
                heard(&row);
                Ok(row)
            })
            .collect();
        if rows.is_err() {
            child.kill()?;
        }
        let status = child.wait()?;
        let rows = rows?;
        if !status.success() {
            bail!("{script} ended with {status}; benches/peers/README.md says what it needs");
        }
        Ok(rows)
    }
}

#[derive(Deserialize)]
struct QualityFile {
    rows: Vec<QualityRow>,
}

/// Rows of files that `quality_peers.py --out` wrote.
///
/// # Errors
/// When a file can not be read or is not one of those.
pub fn quality_files(files: &[PathBuf]) -> Result<Vec<QualityRow>> {
    let mut rows = Vec::new();
    for path in files {
        let text = std::fs::read_to_string(path).with_context(|| path.display().to_string())?;
        let file: QualityFile = serde_json::from_str(&text).with_context(|| path.display().to_string())?;
        rows.extend(file.rows);
    }
    Ok(rows)
}
