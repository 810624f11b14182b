//! The facts of totals as a file beside a ledger, so that who starts again need not read all its lines.
//!
//! The file names a line and the hash of the chain there. It is taken where the ledger has that hash at that line; in any
//! other case, and where it is damaged or of another layout, all lines are read as if it were not there.

use crate::note;
use anyhow::{Context as _, Result};
use std::fs::File;
use std::path::{Path, PathBuf};
use store::Ledger;
use totals::Books;

/// So many lines are read sooner than a file is written.
const LINES_MIN: u64 = 10_000;

/// Where the facts of a ledger are kept.
#[derive(Debug, Clone)]
pub(crate) struct TotalsFile(PathBuf);

impl TotalsFile {
    /// Beside the file of a ledger: `ledger.db.totals`. `None` for a ledger that is no file.
    pub(crate) fn beside(ledger: &str) -> Option<Self> {
        let path = ledger.strip_prefix("sqlite:")?;
        Some(Self(PathBuf::from(format!("{path}.totals"))))
    }

    /// The facts that are kept of a ledger; empty books where there are none that fit.
    pub(crate) async fn load(&self, ledger: &Ledger) -> Result<Books> {
        let path = self.0.clone();
        let read = tokio::task::spawn_blocking(move || match File::open(&path) {
            Ok(file) => Books::load(file).map(Some),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(e) => Err(e.into()),
        });
        let not_taken = |why: &dyn std::fmt::Display| {
            note(&format!("{}: not taken: {why}; all lines of the ledger are read", self.0.display()));
            Books::default()
        };
        Ok(match read.await? {
            Ok(None) => Books::default(),
            Ok(Some((books, hash))) if ledger.hash_at(books.seq()).await? == Some(hash) => books,
            Ok(Some((books, _))) => not_taken(&format_args!("the ledger has another line {}", books.seq())),
            Err(e) => not_taken(&e),
        })
    }

    /// Whether so many lines came since a line that keeping the facts again pays.
    pub(crate) fn is_due(kept: u64, books: &Books) -> bool {
        books.seq().saturating_sub(kept) >= LINES_MIN
    }

    /// Keeps facts, with the hash of the chain at their last line.
    pub(crate) fn save(&self, books: &Books, hash: &[u8; 32]) -> Result<()> {
        let folder = self.0.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let keep = || -> Result<()> {
            let mut file = tempfile::NamedTempFile::new_in(folder)?;
            books.save(&mut file, hash)?;
            file.as_file().sync_all()?;
            file.persist(&self.0)?;
            Ok(())
        };
        keep().with_context(|| format!("file {}", self.0.display()))
    }
}
