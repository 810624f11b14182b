//! Keys under which something may stand: what is not among them surely is in no table and need not be looked for.
//!
//! Most keys that an event asks for are new, that of its request always. A Bloom filter says so for two bytes a key.

use ledger::Key;
use std::hash::{BuildHasher as _, RandomState};

/// Words of the first layer; each has four times those of the one before.
const WORDS: usize = 1 << 14;
const GROWTH: usize = 4;

/// Words to a key at most: 16 bits, of which it sets four, so one key in fifty is looked for in vain.
const KEYS_OF_A_WORD: usize = 4;

/// Layers at most: 22 million keys in 45 MB.
const LAYERS: usize = 5;

/// A set that may hold more than was added, and never less.
#[derive(Default)]
pub(crate) struct Filter {
    /// Of this filter alone: nobody can choose ids that fall together.
    hash: RandomState,
    layers: Vec<Layer>,
}

struct Layer {
    words: Vec<u64>,
    keys: usize,
}

/// A filter takes no more keys: it is full.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Full;

impl Layer {
    /// The word of a hash. Lengths are powers of two.
    fn place(&self, hash: u64) -> usize {
        (hash >> 24) as usize & (self.words.len() - 1)
    }

    fn holds(&self, hash: u64) -> bool {
        let bits = bits(hash);
        self.words[self.place(hash)] & bits == bits
    }
}

/// The bits of a hash in its word.
fn bits(hash: u64) -> u64 {
    [0, 6, 12, 18].map(|shift| 1 << (hash >> shift & 63)).into_iter().fold(0, |all, bit| all | bit)
}

impl Filter {
    pub(crate) fn may_hold(&self, key: &Key) -> bool {
        let hash = self.hash.hash_one(key);
        self.layers.iter().any(|layer| layer.holds(hash))
    }

    /// Adds a key.
    ///
    /// # Errors
    /// [`Full`]; the filter is of no more use then.
    pub(crate) fn add(&mut self, key: &Key) -> Result<(), Full> {
        let hash = self.hash.hash_one(key);
        if self.layers.iter().any(|layer| layer.holds(hash)) {
            return Ok(());
        }
        let next = match self.layers.last() {
            None => Some(WORDS),
            Some(last) if last.keys >= last.words.len() * KEYS_OF_A_WORD => Some(last.words.len() * GROWTH),
            Some(_) => None,
        };
        if let Some(words) = next {
            if self.layers.len() == LAYERS {
                return Err(Full);
            }
            self.layers.push(Layer { words: vec![0; words], keys: 0 });
        }
        if let Some(layer) = self.layers.last_mut() {
            let place = layer.place(hash);
            layer.words[place] |= bits(hash);
            layer.keys += 1;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holds_all_that_was_added_and_little_else() {
        let mut filter = Filter::default();
        let key = |n: u64| Key::Reversal(n);
        assert!(!filter.may_hold(&key(1)), "an empty one holds nothing");
        // More than the first two layers take.
        let added = (WORDS * KEYS_OF_A_WORD * 6) as u64;
        (0..added).for_each(|n| assert_eq!(filter.add(&key(n)), Ok(())));
        assert_eq!(filter.layers.len(), 3);
        assert!((0..added).all(|n| filter.may_hold(&key(n))));
        let in_vain = (added..2 * added).filter(|n| filter.may_hold(&key(*n))).count() as u64;
        assert!(in_vain * 20 < added, "{in_vain} of {added} are looked for in vain");
    }

    #[test]
    fn a_full_one_says_so() {
        let mut filter = Filter::default();
        filter.layers.extend((0..LAYERS).map(|_| Layer { words: vec![0; 1], keys: 0 }));
        let results: Vec<_> = (0..64).map(|n| filter.add(&Key::Reversal(n))).collect();
        assert_eq!(results[0], Ok(()));
        assert!(results.contains(&Err(Full)));
    }
}
