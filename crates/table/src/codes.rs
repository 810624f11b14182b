use polars::prelude::PlRandomState;
use primitives::{Column, MISSING_CODE};
use std::hash::BuildHasher;

/// Builds a column of text from millions of rows.
///
/// Does what [`primitives::TextBuilder`] does, with each level held once and a quicker hash: most
/// of the time of reading a file is spent here.
#[derive(Debug, Default)]
pub(crate) struct Codes {
    codes: Vec<u32>,
    levels: Vec<String>,
    /// An open-addressed table of the levels; its length is a power of two, at most half are taken.
    slots: Vec<Slot>,
    hasher: PlRandomState,
}

#[derive(Debug, Clone, Copy)]
struct Slot {
    hash: u32,
    code: u32,
}

const FREE: Slot = Slot { hash: 0, code: MISSING_CODE };

impl Codes {
    /// A column that begins with `rows` missing values.
    pub(crate) fn missing(rows: usize) -> Self {
        Self { codes: vec![MISSING_CODE; rows], ..Self::default() }
    }

    /// A column without rows, in memory that was used before.
    pub(crate) fn over(mut codes: Vec<u32>) -> Self {
        codes.clear();
        Self { codes, ..Self::default() }
    }

    /// Appends a row; `None` is missing.
    pub(crate) fn push(&mut self, value: Option<&str>) {
        let code = value.map_or(MISSING_CODE, |text| self.code(text));
        self.codes.push(code);
    }

    /// Appends a row of a code that [`code`](Self::code) gave, or of [`MISSING_CODE`].
    pub(crate) fn push_code(&mut self, code: u32) {
        self.codes.push(code);
    }

    pub(crate) fn finish(self) -> Column {
        let Self { mut codes, mut levels, .. } = self;
        codes.shrink_to_fit();
        levels.shrink_to_fit();
        Column::Text { codes, levels }
    }

    /// The code of a level, which is new if it was not seen before.
    pub(crate) fn code(&mut self, text: &str) -> u32 {
        if self.slots.len() <= 2 * self.levels.len() {
            self.grow();
        }
        let hash = self.hasher.hash_one(text) as u32;
        let at = self.probe(hash, |code| self.levels[code as usize] == text);
        if self.slots[at].code == MISSING_CODE {
            let code = u32::try_from(self.levels.len()).expect("fewer levels than rows, and rows fit memory");
            self.slots[at] = Slot { hash, code };
            self.levels.push(text.to_owned());
        }
        self.slots[at].code
    }

    /// Where the level that `is_it` accepts stands, or the free slot where it belongs.
    fn probe(&self, hash: u32, is_it: impl Fn(u32) -> bool) -> usize {
        let mask = self.slots.len() - 1;
        let mut at = hash as usize & mask;
        loop {
            let slot = self.slots[at];
            if slot.code == MISSING_CODE || (slot.hash == hash && is_it(slot.code)) {
                return at;
            }
            at = (at + 1) & mask;
        }
    }

    fn grow(&mut self) {
        let size = (2 * self.slots.len()).max(16);
        let old = std::mem::replace(&mut self.slots, vec![FREE; size]);
        for slot in old.into_iter().filter(|s| s.code != MISSING_CODE) {
            let at = self.probe(slot.hash, |_| false);
            self.slots[at] = slot;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use primitives::TextBuilder;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn same_as_the_plain_builder(rows in proptest::collection::vec(proptest::option::of("[ab]{0,7}"), 0..500)) {
            let (mut codes, mut plain) = (Codes::missing(2), TextBuilder::default());
            plain.push(None);
            plain.push(None);
            for row in &rows {
                codes.push(row.as_deref());
                plain.push(row.as_deref());
            }
            prop_assert_eq!(codes.finish(), plain.finish());
        }
    }
}
