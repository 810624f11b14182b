//! A snapshot that is there, mapped into memory.

use super::index::{place, slot, tag};
use super::layout::{End, FORMAT, Refused, START, u64_at};
use super::row::{Parts, Row};
use super::{Error, index};
use crate::catalogue::Catalogue;
use crate::record::key;
use chrono::NaiveDate;
use memmap2::Mmap;
use primitives::Digest;
use sha2::{Digest as _, Sha256};
use std::fs::File;
use std::path::{Path, PathBuf};

/// Bytes between two calls of the progress of [`Snapshot::verify`].
const STEP: usize = 1 << 24;

/// A snapshot of features.
///
/// # Examples
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use features::catalogue::Catalogue;
/// use features::snapshot::{NewRow, Snapshot, TEXTS, Writer};
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("2025-12-31.snap");
/// let catalogue = Catalogue::built_in();
/// let (states, values) = ("u".repeat(catalogue.features.len()), vec![f64::NAN; catalogue.features.len()]);
/// let mut texts = [None; TEXTS.len()];
/// (texts[0], texts[1], texts[2]) = (Some("E1"), Some("2025-12-31"), Some(&*catalogue.version));
/// texts[TEXTS.len() - 1] = Some(&*states);
/// let mut writer = Writer::create(&path, &catalogue.version, values.len())?;
/// writer.push(&NewRow { texts, figures: [25.0, f64::NAN, f64::NAN, 1.0], values: &values })?;
/// let written = writer.finish()?;
///
/// let snapshot = Snapshot::open(&path)?;
/// assert_eq!((snapshot.len(), snapshot.digest()), (1, &written.digest));
/// assert_eq!(snapshot.get("E1")?.map(|row| row.figure(0)), Some(25.0));
/// assert!(snapshot.get("E2")?.is_none());
/// snapshot.verify(&|_, _| ())?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Snapshot {
    path: PathBuf,
    map: Mmap,
    end: End,
    digest: Digest,
    as_of: NaiveDate,
}

impl Snapshot {
    /// Opens a snapshot of the built-in catalogue; only the end of the file is read.
    ///
    /// # Errors
    /// [`Error::Io`], [`Error::NotASnapshot`], [`Error::Format`], [`Error::Damaged`]; [`Error::Catalogue`] when its
    /// features are of other definitions.
    pub fn open(path: &Path) -> Result<Self, Error> {
        Self::open_for(path, &Catalogue::built_in())
    }

    /// The same for any catalogue.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn open_for(path: &Path, catalogue: &Catalogue) -> Result<Self, Error> {
        Self::open_as(path, &catalogue.version, catalogue.features.len())
    }

    pub(super) fn open_as(path: &Path, version: &str, features: usize) -> Result<Self, Error> {
        let file = File::open(path).map_err(Error::io(path))?;
        let is_file = file.metadata().map_err(Error::io(path))?.is_file();
        if !is_file {
            return Err(Error::NotASnapshot { path: path.to_owned() });
        }
        // SAFETY: a map is unsound where the file changes under it. A snapshot is never changed: `Writer` makes a new file,
        // readable only, and renames it into place; replacing or removing it leaves the mapped one as it is. Whoever writes
        // into one or shortens it in spite of that breaks the promise of the format, as with the files of a database.
        let map = unsafe { Mmap::map(&file) }.map_err(Error::io(path))?;
        let damaged = |problem| Error::Damaged { path: path.to_owned(), problem };
        let (end, digest) = End::read(&map).map_err(|refused| match refused {
            Refused::NotOurs => Error::NotASnapshot { path: path.to_owned() },
            Refused::Format(found) => Error::Format { path: path.to_owned(), found, known: FORMAT },
            Refused::Damaged(problem) => damaged(problem),
        })?;
        if end.catalogue_version != version {
            let (found, known) = (end.catalogue_version, version.to_owned());
            return Err(Error::Catalogue { path: path.to_owned(), found, known });
        }
        if end.features as usize != features {
            return Err(damaged("it has not a value for each feature of its catalogue"));
        }
        let as_of = end.as_of.parse().map_err(|_| damaged("its day is no date"))?;
        Ok(Self { path: path.to_owned(), map, end, digest: Digest::from_sha256(digest), as_of })
    }

    /// The row of an enterprise; `None` when it has none.
    ///
    /// # Errors
    /// [`Error::Damaged`].
    pub fn get(&self, id: &str) -> Result<Option<Row<'_>>, Error> {
        let Some(at) = self.find(id).map_err(|p| self.damaged(p))? else { return Ok(None) };
        self.parts().row(at).map(|(row, _)| Some(row)).map_err(|p| self.damaged(p))
    }

    /// Number of enterprises.
    pub fn len(&self) -> usize {
        self.end.rows as usize
    }

    /// Never: a snapshot of no enterprise is not written.
    pub fn is_empty(&self) -> bool {
        self.end.rows == 0
    }

    /// The digest that names the snapshot: of the end of the file, which holds that of everything before.
    pub fn digest(&self) -> &Digest {
        &self.digest
    }

    /// The day as of which the features are.
    pub fn as_of(&self) -> NaiveDate {
        self.as_of
    }

    /// By which definitions they are.
    pub fn catalogue_version(&self) -> &str {
        &self.end.catalogue_version
    }

    /// Where it stands.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The ids in the order of the table. After an error nothing more comes.
    pub fn ids(&self) -> Ids<'_> {
        Ids { snapshot: self, at: START as u64, left: self.end.rows }
    }

    /// Reads everything: the digest is right, every row lies in its place and is found.
    ///
    /// - `progress`: bytes done, of how many.
    ///
    /// # Errors
    /// [`Error::Damaged`].
    pub fn verify(&self, progress: &dyn Fn(u64, u64)) -> Result<(), Error> {
        let before = (self.end.index_at + 8 * self.end.slots) as usize;
        let mut content = Sha256::new();
        let mut done = 0;
        for part in self.map[..before].chunks(STEP) {
            content.update(part);
            done += part.len() as u64;
            progress(done, before as u64);
        }
        if <[u8; 32]>::from(content.finalize()) != self.end.content {
            return Err(self.damaged("the digest of its content is not the one on record"));
        }
        let mut at = START as u64;
        for _ in 0..self.end.rows {
            let (row, next) = self.parts().row(at).map_err(|p| self.damaged(p))?;
            if self.find(row.id()).map_err(|p| self.damaged(p))? != Some(at) {
                return Err(self.damaged("a row is not found by its id"));
            }
            at = next;
        }
        match at == self.end.shared_at {
            true => Ok(()),
            false => Err(self.damaged("there are more rows than on record")),
        }
    }

    fn find(&self, id: &str) -> Result<Option<u64>, &'static str> {
        let key = key(id);
        let entries = &self.map[self.end.index_at as usize..];
        for probe in 0..=self.end.probes {
            let entry =
                u64_at(entries, 8 * slot(key, probe, self.end.slots as usize)).ok_or("its index is too short")?;
            if entry == 0 {
                return Ok(None);
            }
            // Sixteen bits say whom to ask; the id itself decides.
            if entry >> super::layout::PLACE_BITS == tag(key) && self.parts().id(place(entry))? == id.as_bytes() {
                return Ok(Some(index::place(entry)));
            }
        }
        Ok(None)
    }

    fn parts(&self) -> Parts<'_> {
        Parts { bytes: &self.map, end: &self.end }
    }

    fn damaged(&self, problem: &'static str) -> Error {
        Error::Damaged { path: self.path.clone(), problem }
    }
}

/// The ids of a snapshot.
#[derive(Debug)]
pub struct Ids<'s> {
    snapshot: &'s Snapshot,
    at: u64,
    left: u64,
}

impl<'s> Iterator for Ids<'s> {
    type Item = Result<&'s str, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        self.left = self.left.checked_sub(1)?;
        match self.snapshot.parts().row(self.at) {
            Ok((row, next)) => {
                self.at = next;
                Some(Ok(row.id()))
            }
            Err(problem) => {
                self.left = 0;
                Some(Err(self.snapshot.damaged(problem)))
            }
        }
    }
}
