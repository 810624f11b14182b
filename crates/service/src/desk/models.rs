//! The models of a folder of model folders, and which of them rates.

use arc_swap::ArcSwap;
use primitives::Digest;
use scoring::Model;
use scoring::commercial::Assessor;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use store::Store;

/// A model that was loaded.
///
/// Models are few and stay for the life of the server, so that an assessor may borrow one without counting.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// The model.
    pub model: &'static Model,
    /// Its assessor, by the card's own line rule.
    pub assessor: Assessor<'static>,
    /// Digest of its file, algorithm named.
    pub digest: String,
    /// Where it lies.
    pub folder: PathBuf,
}

/// The models of a folder. What was loaded once stays, for ratings refer to it.
#[derive(Debug)]
pub struct Models {
    folder: PathBuf,
    state: ArcSwap<State>,
}

#[derive(Debug, Default, Clone)]
struct State {
    /// By digest.
    loaded: HashMap<String, Arc<Loaded>>,
    /// By model id the digest of the one that rates.
    active: HashMap<String, String>,
    /// Folders that hold no model that can rate, and why.
    refused: Vec<(PathBuf, String)>,
    /// Digests of models that were activated last and are not here.
    missing: Vec<String>,
}

/// What came of following the activations of a store.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Followed {
    /// Digests of the models that rate from here on.
    pub activated: Vec<String>,
    /// Digests of models that were activated and are not here, or damaged: what rated before goes on.
    pub missing: Vec<String>,
}

impl Models {
    /// Looks for `model.json` in the folder, its folders and theirs (`<id>/<version>/model.json`); none is active.
    ///
    /// # Errors
    /// When the folder itself can not be read. A model that can not be used is in [`Models::refused`].
    pub fn open(folder: &Path) -> std::io::Result<Self> {
        let models = Self { folder: folder.to_owned(), state: ArcSwap::from_pointee(State::default()) };
        models.reload()?;
        Ok(models)
    }

    /// Looks again: new models are loaded, what was loaded stays. A damaged one leaves all others as they are.
    ///
    /// # Errors
    /// As [`Models::open`].
    pub fn reload(&self) -> std::io::Result<()> {
        let before = self.state.load_full();
        let (mut found, mut refused) = (Vec::new(), Vec::new());
        let mut files = Vec::new();
        find(&self.folder, 3, &mut files)?;
        files.sort();
        for file in files {
            let folder = file.parent().unwrap_or(&self.folder).to_owned();
            match load(&file, &folder, &before) {
                Ok(Some(loaded)) => found.push(Arc::new(loaded)),
                Ok(None) => {}
                Err(why) => refused.push((folder, why)),
            }
        }
        for (folder, why) in refused.iter().filter(|r| !before.refused.contains(r)) {
            tracing::error!(folder = %folder.display(), why, "a model cannot be used, those that were loaded go on");
        }
        // What is activated meanwhile stays so.
        self.state.rcu(|state| {
            let mut state = State { refused: refused.clone(), ..State::clone(state) };
            state.loaded.extend(found.iter().map(|l| (l.digest.clone(), Arc::clone(l))));
            state
        });
        Ok(())
    }

    /// The model of that digest.
    pub fn get(&self, digest: &str) -> Option<Arc<Loaded>> {
        self.state.load().loaded.get(digest).cloned()
    }

    /// The active model of that name; of the only active one where the name is empty.
    pub fn active(&self, model_id: &str) -> Option<Arc<Loaded>> {
        let state = self.state.load();
        let digest = match model_id {
            "" if state.active.len() == 1 => state.active.values().next()?,
            id => state.active.get(id)?,
        };
        state.loaded.get(digest).cloned()
    }

    /// All that were loaded, by name and version.
    pub fn all(&self) -> Vec<Arc<Loaded>> {
        let mut all: Vec<_> = self.state.load().loaded.values().cloned().collect();
        let name =
            |l: &Loaded| (l.model.file().model_id.clone(), l.model.file().model_version.clone(), l.digest.clone());
        all.sort_by_key(|l| name(l));
        all
    }

    /// Folders whose model can not be used, and why.
    pub fn refused(&self) -> Vec<(PathBuf, String)> {
        self.state.load().refused.clone()
    }

    /// Whether the model of that digest rates.
    pub fn is_active(&self, digest: &str) -> bool {
        self.state.load().active.values().any(|d| d == digest)
    }

    /// Lets those models rate that were activated last, here or at another server of the store; an activation that was
    /// stored is never undone by one before it.
    ///
    /// A model that is not loaded is looked for in the folder again. Where it is not there or damaged, what rated before
    /// goes on, and the answer says so.
    ///
    /// # Errors
    /// [`store::Error::Database`]: everything stays as it is.
    pub async fn follow(&self, store: &Store) -> Result<Followed, store::Error> {
        let activations = store.activations().await?;
        let digests: Vec<String> = activations.into_iter().map(|a| a.activation.model_digest).collect();
        let is_new = |digest: &&String| self.get(digest).is_none();
        // The newest alone: one that was replaced since is not waited for.
        if digests.first().is_some_and(|newest| is_new(&newest))
            && let Err(e) = self.reload()
        {
            tracing::error!(error = %e, folder = %self.folder.display(), "the folder of models cannot be read");
        }
        let mut followed = Followed::default();
        let mut seen = Vec::new();
        for digest in &digests {
            let Some(loaded) = self.get(digest) else {
                // An older one of a name that rates is of no interest; a newer one is missed.
                if seen.is_empty() && !followed.missing.contains(digest) {
                    followed.missing.push(digest.clone());
                }
                continue;
            };
            let id = &loaded.model.file().model_id;
            if seen.contains(id) {
                continue;
            }
            seen.push(id.clone());
            if !self.is_active(digest) {
                self.activate(digest);
                let version = &loaded.model.file().model_version;
                tracing::info!(model = id, version, digest, "a model rates");
                followed.activated.push(digest.clone());
            }
        }
        self.miss(&followed.missing);
        Ok(followed)
    }

    /// Notes what is missing; the log has it once.
    fn miss(&self, missing: &[String]) {
        if self.state.load().missing == missing {
            return;
        }
        for digest in missing {
            tracing::error!(digest, "an activated model is not here or is damaged: the one before goes on");
        }
        self.state.rcu(|state| State { missing: missing.to_vec(), ..State::clone(state) });
    }

    /// Whether the file of a loaded model is what it was when it was loaded.
    pub fn is_whole(&self, loaded: &Loaded) -> bool {
        let bytes = std::fs::read(loaded.folder.join("model.json"));
        bytes.is_ok_and(|bytes| Digest::sha256(&bytes).to_string() == loaded.digest)
    }

    /// Lets the model of that digest rate in place of the one of its name that does; `false` where it is not loaded.
    pub fn activate(&self, digest: &str) -> bool {
        let Some(loaded) = self.get(digest) else { return false };
        let id = loaded.model.file().model_id.clone();
        self.state.rcu(|state| {
            let mut state = State::clone(state);
            state.active.insert(id.clone(), digest.to_owned());
            state
        });
        true
    }
}

fn find(folder: &Path, depth: usize, out: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() && depth > 0 {
            find(&path, depth - 1, out)?;
        } else if path.file_name().is_some_and(|n| n == "model.json") {
            out.push(path);
        }
    }
    Ok(())
}

/// Reads a model; nothing where it is loaded already.
fn load(file: &Path, folder: &Path, state: &State) -> Result<Option<Loaded>, String> {
    let bytes = std::fs::read(file).map_err(|e| format!("{}: {e}", file.display()))?;
    let digest = Digest::sha256(&bytes).to_string();
    if state.loaded.contains_key(&digest) {
        return Ok(None);
    }
    let sums = std::fs::read_to_string(folder.join("SHA256SUMS")).map_err(|e| format!("SHA256SUMS: {e}"))?;
    let listed = sums.lines().find_map(|line| line.strip_suffix("  model.json"));
    if listed.is_none_or(|hex| format!("sha256:{hex}") != digest) {
        return Err(format!("{}: its digest {digest} is not the one in SHA256SUMS", file.display()));
    }
    let model = Model::from_json(&bytes).map_err(|e| format!("{}: {e}", file.display()))?;
    if Assessor::new(&model).is_none() {
        return Err(format!("{}: the model has no commercial section", file.display()));
    }
    let model: &'static Model = Box::leak(Box::new(model));
    let assessor = Assessor::new(model).ok_or("the model has no commercial section")?;
    Ok(Some(Loaded { model, assessor, digest, folder: folder.to_owned() }))
}
