//! The newest snapshot of a folder, exchanged while it is read.

use super::{Error, Snapshot};
use crate::catalogue::Catalogue;
use arc_swap::ArcSwap;
use chrono::NaiveDate;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

/// The snapshots `*.snap` of a folder, of which the newest is served: that of the latest as-of date, and of these the one
/// whose name comes last.
#[derive(Debug)]
pub struct Snapshots {
    folder: PathBuf,
    catalogue: Catalogue,
    current: ArcSwap<Snapshot>,
    /// Held while a folder is read again: two at a time could put an older one back.
    reloading: Mutex<()>,
}

/// What came of [`Snapshots::reload`].
#[derive(Debug)]
pub struct Reload {
    /// What is served from here on.
    pub current: Arc<Snapshot>,
    /// Whether that is another one than before.
    pub is_new: bool,
    /// Files that can not be served, and why; what was served before goes on.
    pub refused: Vec<Error>,
}

impl Snapshots {
    /// Opens the newest snapshot of a folder. Its content is not verified, which takes seconds: whoever serves it asks
    /// [`Snapshot::verify`] first.
    ///
    /// # Errors
    /// [`Error::Io`], [`Error::NoSnapshot`]; when no file can be served, why the last by name can not.
    pub fn open(folder: &Path) -> Result<Self, Error> {
        let catalogue = Catalogue::built_in();
        let (mut sound, mut refused) = read(folder, &catalogue)?;
        let none = || Error::NoSnapshot { folder: folder.to_owned() };
        let current = match sound.pop() {
            Some(newest) => newest,
            None => return Err(refused.pop().unwrap_or_else(none)),
        };
        let current = ArcSwap::from_pointee(current);
        Ok(Self { folder: folder.to_owned(), catalogue, current, reloading: Mutex::new(()) })
    }

    /// The snapshot that is served; whoever holds it reads it to the end, whatever is exchanged meanwhile.
    pub fn current(&self) -> Arc<Snapshot> {
        self.current.load_full()
    }

    /// Looks into the folder again, verifies a newer snapshot byte by byte, and serves it.
    ///
    /// An older one takes over only when the file that is served was removed from the folder.
    ///
    /// # Errors
    /// [`Error::Io`] when the folder can not be read. A file that can not be served is in [`Reload::refused`].
    pub fn reload(&self) -> Result<Reload, Error> {
        let _one = self.reloading.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let before = self.current();
        let (sound, mut refused) = read(&self.folder, &self.catalogue)?;
        let is_there = before.path().exists();
        for found in sound.into_iter().rev() {
            if found.digest() == before.digest() || is_there && rank(&found) < rank(&before) {
                break;
            }
            match found.verify(&|_, _| ()) {
                Ok(()) => {
                    let current = Arc::new(found);
                    self.current.store(Arc::clone(&current));
                    return Ok(Reload { current, is_new: true, refused });
                }
                Err(error) => refused.push(error),
            }
        }
        Ok(Reload { current: before, is_new: false, refused })
    }
}

/// The snapshots of a folder, the newest last, and why others are none.
fn read(folder: &Path, catalogue: &Catalogue) -> Result<(Vec<Snapshot>, Vec<Error>), Error> {
    let entries = std::fs::read_dir(folder).map_err(Error::io(folder))?;
    let mut paths: Vec<PathBuf> =
        entries.map(|e| e.map(|e| e.path())).collect::<Result<_, _>>().map_err(Error::io(folder))?;
    paths.retain(|p| p.extension().is_some_and(|e| e == "snap"));
    paths.sort_unstable();
    let (mut sound, mut refused) = (Vec::new(), Vec::new());
    for path in paths {
        match Snapshot::open_for(&path, catalogue) {
            Ok(snapshot) => sound.push(snapshot),
            Err(error) => refused.push(error),
        }
    }
    sound.sort_by(|a, b| rank(a).cmp(&rank(b)));
    Ok((sound, refused))
}

fn rank(of: &Snapshot) -> (NaiveDate, &Path) {
    (of.as_of(), of.path())
}
