//! Which files of a directory are of which source.

use crate::gate::Error;
use crate::schema::sources;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// The files of one source.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Files {
    /// Ordered by name.
    pub(crate) paths: Vec<PathBuf>,
    pub(crate) bytes: u64,
    /// In how many ways the source is given: as one file, as parts or as a folder, in each format.
    pub(crate) ways: usize,
}

/// What a directory holds.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// The files of each source.
    pub(crate) sources: Vec<Files>,
    /// Files that have the name of a source and an extension that is not read.
    pub(crate) other_extension: Vec<PathBuf>,
    /// Files that are of no source.
    pub(crate) unknown: Vec<PathBuf>,
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Manner {
    One,
    Part,
    Folder,
}

/// Looks through a directory.
pub(crate) fn find(directory: &Path) -> Result<Found, Error> {
    if !directory.is_dir() {
        return Err(Error::NoDirectory { directory: directory.to_owned() });
    }
    let mut found = Found { sources: vec![Files::default(); sources().len()], ..Found::default() };
    let mut ways: Vec<BTreeSet<(Manner, &str)>> = sources().iter().map(|_| BTreeSet::new()).collect();
    for path in entries(directory)? {
        let name = name(&path);
        if path.is_dir() {
            let Some(number) = crate::schema::number(&name) else {
                found.unknown.push(path);
                continue;
            };
            for part in entries(&path)? {
                match format(&self::name(&part)) {
                    Some((_, format)) if part.is_file() => {
                        ways[number].insert((Manner::Folder, format));
                        found.sources[number].paths.push(part);
                    }
                    _ => found.other_extension.push(part),
                }
            }
            continue;
        }
        match format(&name) {
            // What a run of the gate set aside is no source, wherever it was written.
            Some((stem, _)) if stem.ends_with(".set_aside") => found.unknown.push(path),
            Some((stem, format)) => match of_stem(stem) {
                Some((number, manner)) => {
                    ways[number].insert((manner, format));
                    found.sources[number].paths.push(path);
                }
                None => found.unknown.push(path),
            },
            None => {
                let stem = name.split('.').next().unwrap_or_default();
                let list = if of_stem(stem).is_some() { &mut found.other_extension } else { &mut found.unknown };
                list.push(path);
            }
        }
    }
    for (files, ways) in found.sources.iter_mut().zip(ways) {
        files.ways = ways.len();
        files.paths.sort();
        files.bytes = files.paths.iter().filter_map(|p| std::fs::metadata(p).ok()).map(|m| m.len()).sum();
    }
    Ok(found)
}

/// What is in a directory, in order, without hidden files.
fn entries(directory: &Path) -> Result<Vec<PathBuf>, Error> {
    let io = |source| Error::Io { file: directory.to_owned(), source };
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(directory).map_err(io)? {
        let path = entry.map_err(io)?.path();
        if !name(&path).starts_with('.') {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}

/// The name of a file, without folders.
pub(crate) fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// The name of a data file without its extension, and that.
fn format(name: &str) -> Option<(&str, &'static str)> {
    let lower = name.to_ascii_lowercase();
    let extension = [".csv.gz", ".csv", ".parquet"].into_iter().find(|e| lower.ends_with(e))?;
    Some((name.get(..name.len() - extension.len())?, extension))
}

fn of_stem(stem: &str) -> Option<(usize, Manner)> {
    if let Some(number) = crate::schema::number(stem) {
        return Some((number, Manner::One));
    }
    crate::schema::number(stem.split_once('-')?.0).map(|number| (number, Manner::Part))
}
