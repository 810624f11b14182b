//! A model folder: `model.json`, `card.md`, `golden.csv`, `validation.json` and the digests of all four
//! in `SHA256SUMS`, as `sha256sum` writes it.

use anyhow::{Context, Result, bail, ensure};
use primitives::Digest;
use scoring::Model;
use std::fs;
use std::path::Path;

/// The files of a model folder besides the digests.
pub(crate) const FILES: [&str; 4] = ["model.json", "card.md", "golden.csv", "validation.json"];
/// Their digests.
pub(crate) const SUMS: &str = "SHA256SUMS";

/// The digests on record, by file name.
pub(crate) fn sums(folder: &Path) -> Result<Vec<(String, Digest)>> {
    let path = folder.join(SUMS);
    let text = fs::read_to_string(&path).with_context(|| format!("model folder {}: {SUMS}", folder.display()))?;
    let mut sums = Vec::new();
    for (i, line) in text.lines().enumerate() {
        let parsed = line.split_once("  ").and_then(|(hex, name)| Some((format!("sha256:{hex}").parse().ok()?, name)));
        let Some((digest, name)) = parsed else {
            bail!("{}: line {}: {line:?} is not a SHA-256 and a file name", path.display(), i + 1);
        };
        ensure!(!name.contains(['/', '\\']), "{}: line {}: {name:?} lies outside the folder", path.display(), i + 1);
        sums.push((name.to_owned(), digest));
    }
    for name in FILES {
        ensure!(sums.iter().any(|(n, _)| n == name), "{}: {name} is not listed", path.display());
    }
    Ok(sums)
}

/// Bytes of a file of the folder, checked against the digest on record.
pub(crate) fn verified(folder: &Path, name: &str, sums: &[(String, Digest)]) -> Result<Vec<u8>> {
    let path = folder.join(name);
    let bytes = fs::read(&path).with_context(|| format!("file {}", path.display()))?;
    let (found, expected) = (Digest::sha256(&bytes), sums.iter().find(|(n, _)| n == name).map(|(_, d)| d));
    match expected {
        Some(expected) if *expected == found => Ok(bytes),
        Some(expected) => {
            bail!("{}: digest is {found}, on record is {expected}: it was edited or damaged", path.display())
        }
        None => bail!("{}: no digest on record", path.display()),
    }
}

/// Loads the model of a folder, or that of a file alone, which has no digest on record.
pub(crate) fn load_either(path: &Path) -> Result<Model> {
    if !path.is_file() {
        return load(path);
    }
    let file = || format!("file {}", path.display());
    Model::from_json(&fs::read(path).with_context(file)?).with_context(file)
}

/// Loads the model of a folder; its digest must be the one on record.
pub(crate) fn load(folder: &Path) -> Result<Model> {
    ensure!(folder.is_dir(), "model folder {} is not there", folder.display());
    let sums = sums(folder)?;
    // A file of a newer format says so before its digest is looked at: the remedy is another.
    let path = folder.join("model.json");
    let bytes = fs::read(&path).with_context(|| format!("file {}", path.display()))?;
    if let Err(error @ scoring::Error::NewerFormat { .. }) = Model::from_json(&bytes) {
        return Err(error).with_context(|| format!("file {}", path.display()));
    }
    let bytes = verified(folder, "model.json", &sums)?;
    Model::from_json(&bytes).with_context(|| format!("file {}", path.display()))
}
