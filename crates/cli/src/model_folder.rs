//! A model folder: `model.json`, `card.md`, `golden.csv`, `validation.json` and the digests of all four
//! in `SHA256SUMS`, as `sha256sum` writes it.

use anyhow::{Context, Result, bail, ensure};
use primitives::{Digest, digest_hex};
use scoring::Model;
use std::fs;
use std::path::Path;
use tempfile::TempDir;

/// The files of a model folder besides the digests.
pub(crate) const FILES: [&str; 4] = ["model.json", "card.md", "golden.csv", "validation.json"];
const SUMS: &str = "SHA256SUMS";

/// Writes a folder whole: it appears under its name when it is complete.
///
/// An older model folder of that name is replaced; anything else there is left alone and refused.
pub(crate) fn write(folder: &Path, contents: [&str; 4]) -> Result<()> {
    check_place(folder)?;
    let parent = parent(folder);
    let fresh = scratch(folder)?;
    let mut sums = String::new();
    for (name, text) in FILES.iter().zip(contents) {
        write_synced(&fresh.path().join(name), text)?;
        sums.push_str(&format!("{}  {name}\n", digest_hex(&Digest::sha256(text.as_bytes()))));
    }
    write_synced(&fresh.path().join(SUMS), &sums)?;
    let place = |from: &Path, to: &Path| {
        fs::rename(from, to).with_context(|| format!("{} can not be put in place", to.display()))
    };
    if folder.exists() {
        // The old folder steps aside and is removed once the new one stands.
        let aside = tempfile::Builder::new().prefix(".shangzhi-old-").tempdir_in(parent)?;
        let old = aside.path().join("model");
        place(folder, &old)?;
        if let Err(error) = place(fresh.path(), folder) {
            place(&old, folder)?;
            return Err(error);
        }
    } else {
        place(fresh.path(), folder)?;
    }
    let _ = fresh.keep(); // it has another name now
    Ok(())
}

/// Refuses a place that holds anything but a model, or that can not be written to: better before an hour
/// of training than after.
pub(crate) fn check_place(folder: &Path) -> Result<()> {
    ensure!(!folder.as_os_str().is_empty(), "--out is empty");
    if !folder.exists() {
        return check_writable(parent(folder));
    }
    ensure!(folder.is_dir(), "{} is a file, not a folder", folder.display());
    for entry in fs::read_dir(folder).with_context(|| format!("folder {}", folder.display()))? {
        let name = entry?.file_name();
        let known = FILES.iter().chain([&SUMS]).any(|f| name.to_str() == Some(f));
        ensure!(known, "{} holds {name:?}, which is not part of a model: choose another --out", folder.display());
    }
    check_writable(parent(folder))
}

/// Makes and removes a folder where the nearest folder that there is can be written to.
fn check_writable(folder: &Path) -> Result<()> {
    let nearest = folder.ancestors().find(|f| f.exists()).unwrap_or(Path::new("."));
    let probe = tempfile::Builder::new().prefix(".shangzhi-").tempdir_in(nearest);
    probe.map(drop).with_context(|| format!("folder {} can not be written to", nearest.display()))
}

/// A folder beside the model folder for what is in the making; it removes itself.
pub(crate) fn scratch(folder: &Path) -> Result<TempDir> {
    let parent = parent(folder);
    fs::create_dir_all(parent).with_context(|| format!("folder {}", parent.display()))?;
    tempfile::Builder::new()
        .prefix(".shangzhi-")
        .tempdir_in(parent)
        .with_context(|| format!("folder {} can not be written to", parent.display()))
}

fn parent(folder: &Path) -> &Path {
    folder.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn write_synced(path: &Path, text: &str) -> Result<()> {
    let write = || {
        let mut file = fs::File::create(path)?;
        std::io::Write::write_all(&mut file, text.as_bytes())?;
        file.sync_all()
    };
    write().with_context(|| format!("file {}", path.display()))
}

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
