//! `shangzhi snapshot`: a table of features as a file that the rating service looks into.

use crate::args::SnapshotArgs;
use crate::input;
use anyhow::{Context as _, Result, ensure};
use features::snapshot::{self, Snapshot};
use std::path::Path;

pub(crate) fn run(args: &SnapshotArgs) -> Result<()> {
    match (&args.check, &args.features, &args.out) {
        (Some(file), ..) => check(file),
        (None, Some(features), Some(out)) => write(features, out),
        _ => unreachable!("the arguments are checked"),
    }
}

fn write(features: &Path, out: &Path) -> Result<()> {
    // A server takes the files of its folder that end so, and a table never does.
    ensure!(out.extension().is_some_and(|e| e == "snap"), "--out {}: the name must end with .snap", out.display());
    ensure!(!out.is_dir(), "--out {}: is a folder", out.display());
    let bar = input::bar(100, "writing");
    let written = snapshot::write(features, out, &|p| bar.set_position(100 * p.bytes_done / p.bytes.max(1)));
    bar.finish_and_clear();
    let written = written.with_context(|| format!("table {}", features.display()))?;
    let snapshot = Snapshot::open(out)?;
    println!(
        "{} enterprises as of {}, {} bytes -> {}\n{}",
        written.rows,
        snapshot.as_of(),
        written.bytes,
        out.display(),
        written.digest
    );
    Ok(())
}

fn check(file: &Path) -> Result<()> {
    let snapshot = Snapshot::open(file)?;
    let bar = input::bar(100, "checking");
    let verified = snapshot.verify(&|done, of| bar.set_position(100 * done / of.max(1)));
    bar.finish_and_clear();
    verified?;
    println!(
        "{}: whole, {} enterprises as of {}, catalogue {}\n{}",
        file.display(),
        snapshot.len(),
        snapshot.as_of(),
        snapshot.catalogue_version(),
        snapshot.digest()
    );
    Ok(())
}
