use indexmap::IndexSet;
use rustc_hash::{FxBuildHasher, FxHasher};
use std::hash::{Hash, Hasher};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Texts of one column and their codes, given out to several threads.
#[derive(Debug, Default)]
pub(crate) struct Texts {
    shards: [Mutex<IndexSet<Arc<str>, FxBuildHasher>>; SHARDS],
}

const SHARDS: usize = 16;

impl Texts {
    /// The code of a text, a new one if need be.
    pub(crate) fn code(&self, text: &str) -> i64 {
        let shard = shard(text);
        let mut texts = self.lock(shard);
        let index = match texts.get_index_of(text) {
            Some(index) => index,
            None => texts.insert_full(text.into()).0,
        };
        (index * SHARDS + shard) as i64
    }

    /// The code of a text that has one.
    pub(crate) fn find(&self, text: &str) -> Option<i64> {
        let shard = shard(text);
        self.lock(shard).get_index_of(text).map(|index| (index * SHARDS + shard) as i64)
    }

    /// The text of a code.
    pub(crate) fn text(&self, code: i64) -> Option<Arc<str>> {
        let code = usize::try_from(code).ok()?;
        self.lock(code % SHARDS).get_index(code / SHARDS).cloned()
    }

    fn lock(&self, shard: usize) -> MutexGuard<'_, IndexSet<Arc<str>, FxBuildHasher>> {
        self.shards[shard].lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn shard(text: &str) -> usize {
    let mut hasher = FxHasher::default();
    text.hash(&mut hasher);
    (hasher.finish() >> 59) as usize % SHARDS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_and_texts() {
        let texts = Texts::default();
        let codes: Vec<i64> = (0..1000).map(|i| texts.code(&format!("text {i}"))).collect();
        for (i, &code) in codes.iter().enumerate() {
            let text = format!("text {i}");
            assert_eq!((texts.code(&text), texts.find(&text)), (code, Some(code)));
            assert_eq!(texts.text(code).as_deref(), Some(text.as_str()));
        }
        assert_eq!((texts.find("other"), texts.text(-1), texts.text(i64::MAX)), (None, None, None));
    }
}
