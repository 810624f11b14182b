//! The place of a new model folder: judged before anything is read, filled when the model is ready.

use crate::model_folder::{self, FILES, SUMS, sums, verified};
use anyhow::{Context, Result, bail, ensure};
use primitives::{Digest, digest_hex};
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// Where a model is to stand.
pub(crate) struct ModelPlace {
    /// As it was asked for.
    asked: PathBuf,
    /// The folder without links and `..`: it stays the same whatever is renamed on the way to it.
    folder: PathBuf,
    parent: PathBuf,
}

impl ModelPlace {
    /// Refuses a place that a model can not be put in, or that holds anything but a model: better before an
    /// hour of training than after. `inputs` are the options and paths of what training reads.
    ///
    /// Nothing is left there: what is made to try is removed again.
    pub(crate) fn check(asked: &Path, inputs: &[(&str, &Path)]) -> Result<Self> {
        ensure!(!asked.as_os_str().is_empty(), "--out is empty");
        let around = parent_of(asked);
        let _made = Parents::make(&around)?;
        ensure!(around.is_dir(), "--out {}: {} can not be written to, it is a file", asked.display(), around.display());
        let folder = real(asked)?;
        let parent = folder.parent().with_context(|| format!("--out {} has no folder around it", asked.display()))?;
        let place = Self { asked: asked.to_owned(), parent: parent.to_owned(), folder };
        place.check_inputs(inputs)?;
        place.check_contents()?;
        place.try_out()?;
        Ok(place)
    }

    /// The name to speak of it by: the one that was asked for, as long as that leads there.
    pub(crate) fn name(&self) -> &Path {
        let leads = self.asked.canonicalize().is_ok_and(|folder| folder == self.folder);
        if leads { &self.asked } else { &self.folder }
    }

    /// Writes the folder whole: it appears under its name when it is complete, in place of an older model.
    ///
    /// `contents` gives the texts of [`FILES`] and may use a folder that removes itself.
    pub(crate) fn fill(&self, contents: impl FnOnce(&Path) -> Result<[String; 4]>) -> Result<()> {
        let _made = Parents::make(&self.parent)?;
        let contents = contents(self.scratch()?.path())?;
        self.refuse_reviewed(contents.first().map(String::as_str))?;
        let fresh = self.scratch()?;
        let mut sums = String::new();
        for (name, text) in FILES.iter().zip(&contents) {
            write_synced(&fresh.path().join(name), text)?;
            sums.push_str(&format!("{}  {name}\n", digest_hex(&Digest::sha256(text.as_bytes()))));
        }
        write_synced(&fresh.path().join(SUMS), &sums)?;
        self.check_contents()?; // training takes long: someone may have been here
        if self.folder.join(SUMS).is_file() {
            crate::note(&format!("{}: the model that stood there is replaced", self.asked.display()));
        }
        self.put(fresh.path())?;
        let _ = fresh.keep(); // it has another name now
        Ok(())
    }

    /// What training reads must still be there when it is done.
    fn check_inputs(&self, inputs: &[(&str, &Path)]) -> Result<()> {
        for (option, path) in inputs {
            let inside = self.folder.is_dir() && path.canonicalize().is_ok_and(|p| p.starts_with(&self.folder));
            ensure!(
                !inside,
                "{option} {} lies in {}, which would be replaced: choose another --out",
                path.display(),
                self.asked.display()
            );
        }
        Ok(())
    }

    /// A folder may be replaced when it is empty or a model whose digests all hold: then nothing is lost
    /// that the user put there.
    fn check_contents(&self) -> Result<()> {
        let shown = self.asked.display();
        if !self.folder.exists() {
            return Ok(());
        }
        ensure!(self.folder.is_dir(), "{shown} is a file, not a folder");
        let mut empty = true;
        for entry in fs::read_dir(&self.folder).with_context(|| format!("folder {shown}"))? {
            let entry = entry?;
            let name = entry.file_name();
            let known = FILES.iter().chain([&SUMS]).any(|f| name.to_str() == Some(f));
            let is_part = known && entry.file_type()?.is_file();
            ensure!(is_part, "{shown} holds {name:?}, which is not part of a model: choose another --out");
            empty = false;
        }
        if empty {
            return Ok(());
        }
        if let Err(error) = self.damage() {
            bail!(
                "{shown} is no whole model and is not replaced ({error:#}): remove it yourself or choose another --out"
            );
        }
        Ok(())
    }

    /// Refuses to replace a model that was reviewed, unless by the same bytes: who reviewed it vouches for this very file.
    pub(crate) fn refuse_reviewed(&self, model: Option<&str>) -> Result<()> {
        let Ok(standing) = model_folder::load(&self.folder) else { return Ok(()) };
        let Some(reviewer) = &standing.file().card.reviewer else { return Ok(()) };
        ensure!(
            model.is_some_and(|text| &Digest::sha256(text.as_bytes()) == standing.digest()),
            "{} holds a model that {:?} has reviewed and is not replaced: remove it yourself or choose another --out",
            self.asked.display(),
            primitives::plain(reviewer)
        );
        Ok(())
    }

    fn damage(&self) -> Result<()> {
        let sums = sums(&self.folder)?;
        sums.iter().try_for_each(|(name, _)| verified(&self.folder, name, &sums).map(drop))
    }

    /// Makes and removes what the model will need.
    fn try_out(&self) -> Result<()> {
        let shown = self.asked.display();
        let scratch = self.scratch()?;
        let named = scratch.path().join(self.folder.file_name().unwrap_or_default());
        fs::create_dir(&named).with_context(|| format!("--out {shown} can not be written to"))?;
        if self.folder.exists() {
            self.try_moving(scratch.path()).with_context(|| format!("{shown} can not be replaced"))?;
        }
        Ok(())
    }

    /// Whether the folder may be moved, without moving it: to `occupied` the system must refuse to, and any
    /// other refusal is one that the real move would meet. To move a folder takes the right to write to it,
    /// which not every system looks at first.
    fn try_moving(&self, occupied: &Path) -> std::io::Result<()> {
        tempfile::Builder::new().prefix(".shangzhi-").tempdir_in(&self.folder)?.close()?;
        if cfg!(not(unix)) {
            return Ok(());
        }
        match fs::rename(&self.folder, occupied) {
            Err(e) if matches!(e.kind(), ErrorKind::DirectoryNotEmpty | ErrorKind::AlreadyExists) => Ok(()),
            // A system that moves it all the same has to give it back.
            Ok(()) => fs::rename(occupied, &self.folder),
            refused => refused,
        }
    }

    /// A folder beside the model folder for what is in the making; it removes itself.
    fn scratch(&self) -> Result<TempDir> {
        let made = tempfile::Builder::new().prefix(".shangzhi-").tempdir_in(&self.parent);
        made.with_context(|| format!("folder {} can not be written to", self.parent.display()))
    }

    /// The old folder steps aside and is removed once the new one stands.
    fn put(&self, fresh: &Path) -> Result<()> {
        let place = |from: &Path, to: &Path| {
            fs::rename(from, to).with_context(|| format!("{} can not be put in place", to.display()))
        };
        if !self.folder.exists() {
            return place(fresh, &self.folder);
        }
        let aside = tempfile::Builder::new().prefix(".shangzhi-old-").tempdir_in(&self.parent)?;
        let old = aside.path().join("model");
        place(&self.folder, &old)?;
        let placed = place(fresh, &self.folder);
        if placed.is_err() && place(&old, &self.folder).is_err() {
            let _ = aside.keep();
            return placed.with_context(|| format!("the model that was there is now {}", old.display()));
        }
        placed
    }
}

/// The folder that a path leads to; one that is not there yet has a real parent.
fn real(asked: &Path) -> Result<PathBuf> {
    let shown = asked.display();
    let resolved = |path: &Path| path.canonicalize().with_context(|| format!("--out {shown} can not be written to"));
    let Some(name) = asked.file_name() else { return resolved(asked) };
    let folder = resolved(&parent_of(asked))?.join(name);
    match fs::symlink_metadata(&folder) {
        Err(e) if e.kind() == ErrorKind::NotFound => Ok(folder),
        Err(e) => Err(e).with_context(|| format!("--out {shown} can not be written to")),
        Ok(_) if folder.exists() => resolved(&folder),
        Ok(_) => bail!("--out {shown} is a link that leads nowhere: remove it or choose another --out"),
    }
}

fn parent_of(folder: &Path) -> PathBuf {
    folder.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new(".")).to_owned()
}

/// Folders that were made on the way to a place. Those that are empty in the end are removed.
struct Parents(Vec<PathBuf>);

impl Parents {
    fn make(folder: &Path) -> Result<Self> {
        let mut made = Self(Vec::new());
        let is_absent = |f: &&Path| !f.as_os_str().is_empty() && !f.exists();
        let absent: Vec<&Path> = folder.ancestors().take_while(is_absent).collect();
        for folder in absent.into_iter().rev() {
            match fs::create_dir(folder) {
                Ok(()) => made.0.push(folder.to_owned()),
                Err(_) if folder.is_dir() => {} // `new/..` is there once `new` is
                failed => failed.with_context(|| {
                    format!("folder {} can not be made, the one around it can not be written to", folder.display())
                })?,
            }
        }
        Ok(made)
    }
}

impl Drop for Parents {
    fn drop(&mut self) {
        // One that is in use stays: only an empty folder can be removed.
        self.0.iter().rev().for_each(|folder| drop(fs::remove_dir(folder)));
    }
}

fn write_synced(path: &Path, text: &str) -> Result<()> {
    let write = || {
        let mut file = fs::File::create(path)?;
        std::io::Write::write_all(&mut file, text.as_bytes())?;
        file.sync_all()
    };
    write().with_context(|| format!("file {}", path.display()))
}
