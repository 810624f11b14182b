//! The table of places by key: open addressing, one entry after the other.

use super::layout::PLACE_BITS;

/// The sixteen bits of a key that stand beside a place; the place in the table comes from the others.
pub(super) fn tag(key: u64) -> u64 {
    key >> PLACE_BITS
}

/// The place of a row in an entry.
pub(super) fn place(entry: u64) -> u64 {
    entry & ((1 << PLACE_BITS) - 1)
}

/// Entries by keys and places of rows, and the most entries beyond the first that a look-up has to see.
pub(super) fn build(rows: &[(u64, u64)]) -> (Vec<u64>, u32) {
    // Two of three entries are taken at most.
    let slots = (rows.len() + rows.len() / 2 + 1).next_power_of_two();
    let mut out = vec![0; slots];
    let mut probes = 0;
    for &(key, at) in rows {
        let mut probe = 0;
        while out[slot(key, probe, slots)] != 0 {
            probe += 1;
        }
        out[slot(key, probe, slots)] = tag(key) << PLACE_BITS | at;
        probes = probes.max(probe);
    }
    (out, probes)
}

/// The entry that a look-up sees at a probe; `slots` is a power of two.
pub(super) fn slot(key: u64, probe: u32, slots: usize) -> usize {
    (key as usize).wrapping_add(probe as usize) & (slots - 1)
}
