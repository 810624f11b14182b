use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// By key the id, and the source that it was first seen in.
type Taken = HashMap<u64, (Box<str>, u8)>;

/// The ids behind the keys of enterprises, gathered by several threads.
#[derive(Debug)]
pub struct Names {
    shards: Vec<Mutex<Taken>>,
    /// The upper half of the hash of an id that was taken, at a place that its key gives: most records are of an
    /// enterprise that is known, and this says so without a lock.
    taken: Vec<AtomicU64>,
}

const SHARDS: usize = 64;
/// Room for some million enterprises, in pairs.
const TAKEN: usize = 1 << 22;

/// Two ids of one key: the one that was there, and the one that came.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct SameKey(pub(crate) String, pub(crate) String);

impl Default for Names {
    fn default() -> Self {
        Self {
            shards: (0..SHARDS).map(|_| Mutex::default()).collect(),
            taken: (0..TAKEN).map(|_| AtomicU64::new(0)).collect(),
        }
    }
}

impl Names {
    /// Whether an id of that hash was taken; rarely `false` for one that was.
    #[inline]
    pub(crate) fn has(&self, (key, upper): (u64, u64)) -> bool {
        self.pair(key).iter().any(|taken| taken.load(Ordering::Relaxed) == upper)
    }

    fn pair(&self, key: u64) -> &[AtomicU64] {
        let first = key as usize % (TAKEN / 2) * 2;
        &self.taken[first..first + 2]
    }

    /// Takes an id of that hash, seen in a source.
    pub(crate) fn take(&self, (key, upper): (u64, u64), id: &str, source: usize) -> Result<(), SameKey> {
        let mut shard = self.shard(key);
        match shard.get(&key) {
            Some((other, _)) if **other != *id => return Err(SameKey(other.to_string(), id.to_owned())),
            Some(_) => (),
            None => {
                shard.insert(key, (id.into(), source as u8));
            }
        }
        let pair = self.pair(key);
        let place = usize::from(pair[0].load(Ordering::Relaxed) != 0);
        pair[place].store(upper, Ordering::Relaxed);
        Ok(())
    }

    /// Forgets the ids that were first seen in a source: the last one that was read.
    pub(crate) fn forget(&self, source: usize) {
        for i in 0..SHARDS as u64 {
            self.shard(i << 32).retain(|_, (_, first)| usize::from(*first) != source);
        }
        // Those that stay are looked up once more.
        self.taken.iter().for_each(|taken| taken.store(0, Ordering::Relaxed));
    }

    fn shard(&self, key: u64) -> MutexGuard<'_, Taken> {
        let shard = &self.shards[(key >> 32) as usize % SHARDS];
        shard.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The id of that [`key`](super::key).
    pub fn get(&self, key: u64) -> Option<String> {
        self.shard(key).get(&key).map(|(id, _)| id.to_string())
    }

    /// Number of enterprises.
    pub fn len(&self) -> usize {
        (0..SHARDS as u64).map(|i| self.shard(i << 32).len()).sum()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// All ids with their keys, ordered by id.
    pub fn sorted(&self) -> Vec<(String, u64)> {
        let mut all = Vec::with_capacity(self.len());
        for i in 0..SHARDS as u64 {
            all.extend(self.shard(i << 32).iter().map(|(&key, (id, _))| (id.to_string(), key)));
        }
        all.sort_unstable();
        all
    }
}

#[cfg(test)]
mod tests {
    use super::super::{halves, key};
    use super::*;

    #[test]
    fn ids_come_back_and_one_key_for_two_is_refused() {
        let names = Names::default();
        for id in ["B", "A", "B", "企业"] {
            assert_eq!(names.take(halves(id), id, 0), Ok(()));
            assert!(names.has(halves(id)));
        }
        assert_eq!(names.len(), 3);
        assert_eq!(names.get(key("企业")).as_deref(), Some("企业"));
        assert_eq!(names.get(key("C")), None);
        let sorted: Vec<String> = names.sorted().into_iter().map(|(id, _)| id).collect();
        assert_eq!(sorted, ["A", "B", "企业"]);
        assert_eq!(names.take(halves("A"), "C", 0), Err(SameKey("A".into(), "C".into())));
    }

    #[test]
    fn ids_of_a_source_that_is_not_used_are_forgotten() {
        let names = Names::default();
        for (id, source) in [("A", 0), ("B", 1), ("A", 1)] {
            assert_eq!(names.take(halves(id), id, source), Ok(()));
        }
        names.forget(1);
        assert_eq!(names.sorted(), [("A".to_owned(), key("A"))]);
        assert!(!names.has(halves("B")));
    }

    /// Keys are compared across sources and runs, so they must not change with a version.
    #[test]
    fn keys_stay() {
        assert_eq!(key(""), 0x6001c324468d497f);
        assert_ne!(key("91130600738737199K"), key("91130600738737199L"));
    }
}
