//! Rows to a file, as they come.

use super::layout::{self, End, NONE, PLACE_BITS, SHARED_BIT};
use super::{AS_OF, Error, FIGURES, ID, SHARED, STATES, TEXTS, VERSION, index};
use crate::record::halves;
use crate::state::State;
use chrono::NaiveDate;
use primitives::Digest;
use rustc_hash::FxHashMap;
use sha2::{Digest as _, Sha256};
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

/// More different texts are not shared, so that the memory of a writer is bounded.
const SHARED_MAX: usize = 1 << 16;

/// A row to write.
#[derive(Debug, Clone, Copy)]
pub struct NewRow<'a> {
    /// By [`TEXTS`]; an empty text is none.
    pub texts: [Option<&'a str>; TEXTS.len()],
    /// By [`FIGURES`].
    pub figures: [f64; FIGURES.len()],
    /// By place in the catalogue.
    pub values: &'a [f64],
}

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// Enterprises.
    pub rows: u64,
    /// Bytes of the file.
    pub bytes: u64,
    /// The name of the snapshot.
    pub digest: Digest,
}

/// Writes a snapshot row by row into a temporary file, which takes its place at [`finish`](Self::finish) and is gone without.
///
/// In memory are some fifty bytes of each row, for the index.
#[derive(Debug)]
pub struct Writer {
    out: PathBuf,
    folder: PathBuf,
    file: BufWriter<NamedTempFile>,
    content: Sha256,
    at: u64,
    features: usize,
    version: String,
    as_of: String,
    shared: FxHashMap<String, u32>,
    shared_bytes: Vec<u8>,
    shared_ends: Vec<u32>,
    /// Keys and places.
    rows: Vec<(u64, u64)>,
    seen: FxHashMap<u128, u32>,
    row: Vec<u8>,
}

impl Writer {
    /// Begins a snapshot.
    ///
    /// - `out`: where it shall stand; what stands there is replaced.
    /// - `catalogue_version`, `features`: what all rows are by, and how many values each has.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn create(out: &Path, catalogue_version: &str, features: usize) -> Result<Self, Error> {
        let folder = out.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new(".")).to_owned();
        let mut builder = tempfile::Builder::new();
        builder.prefix(".shangzhi-").suffix(".part");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            // Whoever may read the folder may read it, and no one writes to it: it is mapped where it is served.
            builder.permissions(std::fs::Permissions::from_mode(0o444));
        }
        let file = builder.tempfile_in(&folder).map_err(Error::io(&folder))?;
        let mut writer = Self {
            out: out.to_owned(),
            folder,
            file: BufWriter::with_capacity(1 << 20, file),
            content: Sha256::new(),
            at: 0,
            features,
            version: catalogue_version.to_owned(),
            as_of: String::new(),
            shared: FxHashMap::default(),
            shared_bytes: Vec::new(),
            shared_ends: vec![0],
            rows: Vec::new(),
            seen: FxHashMap::default(),
            row: Vec::new(),
        };
        writer.put(&layout::start())?;
        Ok(writer)
    }

    /// Adds a row.
    ///
    /// # Errors
    /// [`Error::Row`]: no id or one that was there, a date or catalogue that is not that of the others, states that are not a
    /// letter for each feature; [`Error::Io`].
    ///
    /// # Panics
    /// When the number of values is not that of the features.
    pub fn push(&mut self, row: &NewRow<'_>) -> Result<(), Error> {
        assert_eq!(row.values.len(), self.features, "values of a row");
        let texts = row.texts.map(|t| t.filter(|t| !t.is_empty()));
        let id = self.check(&texts)?;
        let (key, high) = halves(id);
        let number = self.rows.len() as u32 + 1;
        if let Some(first) = self.seen.insert(u128::from(high) << 64 | u128::from(key), number) {
            return Err(self.refuse(ID, format!("{id:?} stands in row {first} already")));
        }
        let mut bytes = std::mem::take(&mut self.row);
        bytes.clear();
        bytes.extend([0; 4]);
        let mut own = 0;
        for (place, text) in texts.iter().enumerate() {
            let said = match text {
                None => NONE,
                Some(text) => match self.share(place, text) {
                    Some(shared) => shared | SHARED_BIT,
                    None => {
                        own += text.len();
                        text.len() as u32
                    }
                },
            };
            bytes.extend(said.to_le_bytes());
        }
        if own >= SHARED_BIT as usize {
            return Err(self.refuse(ID, format!("the texts of {id:?} have {own} bytes")));
        }
        bytes[..4].copy_from_slice(&(own as u32).to_le_bytes());
        row.figures.iter().chain(row.values).for_each(|x| bytes.extend(x.to_bits().to_le_bytes()));
        for (place, text) in texts.iter().enumerate() {
            if let Some(text) = text
                && self.shared_before(place, text).is_none()
            {
                bytes.extend(text.as_bytes());
            }
        }
        if self.at >> PLACE_BITS != 0 {
            return Err(self.refuse(ID, format!("{id:?} lies beyond 2^{PLACE_BITS} bytes")));
        }
        self.rows.push((key, self.at));
        self.put(&bytes)?;
        self.row = bytes;
        Ok(())
    }

    /// Completes the file, brings it to the disk and puts it in its place.
    ///
    /// # Errors
    /// [`Error::Empty`], [`Error::Io`]. Then nothing has changed.
    pub fn finish(mut self) -> Result<Written, Error> {
        if self.rows.is_empty() {
            return Err(Error::Empty { path: self.out });
        }
        let shared_at = self.at;
        let ends: Vec<u8> = self.shared_ends.iter().flat_map(|e| e.to_le_bytes()).collect();
        self.put(&ends)?;
        let texts = std::mem::take(&mut self.shared_bytes);
        self.put(&texts)?;
        let index_at = self.at;
        let (entries, probes) = index::build(&self.rows);
        for part in entries.chunks(1 << 13) {
            let part: Vec<u8> = part.iter().flat_map(|e| e.to_le_bytes()).collect();
            self.put(&part)?;
        }
        let end = End {
            rows: self.rows.len() as u64,
            shared_at,
            index_at,
            slots: entries.len() as u64,
            shared_bytes: texts.len() as u64,
            features: self.features as u32,
            shared: self.shared_ends.len() as u32 - 1,
            probes,
            content: self.content.clone().finalize().into(),
            as_of: self.as_of.clone(),
            catalogue_version: self.version.clone(),
        };
        let (bytes, digest) = end.to_bytes(self.at);
        self.put(&bytes)?;
        let rows = end.rows;
        let io = || Error::io(&self.out);
        let file = self.file.into_inner().map_err(|e| io()(e.into_error()))?;
        file.as_file().sync_all().map_err(io())?;
        file.persist(&self.out).map_err(|e| io()(e.error))?;
        // The name is on the disk when its folder is.
        #[cfg(unix)]
        File::open(&self.folder).and_then(|f| f.sync_all()).map_err(Error::io(&self.folder))?;
        Ok(Written { rows, bytes: self.at, digest: Digest::from_sha256(digest) })
    }

    fn check<'t>(&mut self, texts: &[Option<&'t str>; TEXTS.len()]) -> Result<&'t str, Error> {
        let id = texts[ID].ok_or_else(|| self.refuse(ID, "is empty".into()))?;
        let version = texts[VERSION].unwrap_or_default();
        if version != self.version {
            let own = &self.version;
            let problem =
                format!("{version:?} is not the catalogue of this program, {own:?}: compute the features again");
            return Err(self.refuse(VERSION, problem));
        }
        let as_of = texts[AS_OF].unwrap_or_default();
        if as_of != self.as_of {
            if !self.rows.is_empty() {
                let problem = format!("{as_of:?} is not {:?}, the day of the rows before", self.as_of);
                return Err(self.refuse(AS_OF, problem));
            }
            if as_of.parse::<NaiveDate>().is_ok_and(|d| d.to_string() == as_of) {
                self.as_of = as_of.to_owned();
            }
        }
        if self.as_of.is_empty() {
            return Err(self.refuse(AS_OF, format!("{as_of:?} is not a date like 2025-12-31")));
        }
        let states = texts[STATES].unwrap_or_default();
        if states.len() != self.features || !states.chars().all(|s| State::of(s).is_some()) {
            let (found, features) = (states.len(), self.features);
            let problem = format!(
                "{found} letters, {features} of . 0 u n are expected: the table was changed after it was computed"
            );
            return Err(self.refuse(STATES, problem));
        }
        Ok(id)
    }

    fn refuse(&self, column: usize, problem: String) -> Error {
        Error::Row { row: self.rows.len() as u64 + 1, column: TEXTS[column], problem }
    }

    /// The number of a text that is shared from here on.
    fn share(&mut self, place: usize, text: &str) -> Option<u32> {
        if let Some(known) = self.shared_before(place, text) {
            return Some(known);
        }
        let next = self.shared.len();
        let end = self.shared_bytes.len() + text.len();
        if !SHARED.contains(&place) || next == SHARED_MAX || end >= SHARED_BIT as usize {
            return None;
        }
        self.shared.insert(text.to_owned(), next as u32);
        self.shared_bytes.extend(text.as_bytes());
        self.shared_ends.push(end as u32);
        Some(next as u32)
    }

    fn shared_before(&self, place: usize, text: &str) -> Option<u32> {
        SHARED.contains(&place).then(|| self.shared.get(text).copied()).flatten()
    }

    fn put(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.file.write_all(bytes).map_err(Error::io(&self.out))?;
        self.content.update(bytes);
        self.at += bytes.len() as u64;
        Ok(())
    }
}
