//! The records of one enterprise in one source, in order, each identity once.

use super::layout::{Head, Layout};

/// The used records of an enterprise, by event day; columns one after another.
#[derive(Debug, Default)]
pub(super) struct Rows {
    /// Event days, rising.
    pub(super) event: Vec<i32>,
    /// When each was known.
    pub(super) known: Vec<i64>,
    /// Kept columns in the order of the layout.
    pub(super) slots: Vec<Vec<i64>>,
    /// Bit `i` says whether the condition `i` of the source holds.
    pub(super) holds: Vec<u64>,
    /// Whether any known time is assumed.
    pub(super) known_assumed: bool,
    /// Dense numbers of the values of a column, filled when asked for.
    dense: Vec<Option<Vec<u32>>>,
    order: Vec<(u64, i64, u32)>,
    lost: Vec<bool>,
}

/// What was found while putting records in order.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Found {
    /// Records that another one of the same identity takes the place of, redeliveries among them.
    pub(super) superseded: u64,
    /// An identity of which two records, known at the same time, say different things.
    pub(super) conflict: Option<u64>,
}

impl Rows {
    pub(super) fn len(&self) -> usize {
        self.event.len()
    }

    /// Fills in the records at these positions of `bytes`, which are of one enterprise and in the order of their event
    /// days; the order among equal days does not matter.
    pub(super) fn fill(&mut self, layout: &Layout, bytes: &[u8], positions: &[u32], compare: &Compare<'_>) -> Found {
        let record = |position: u32| &bytes[position as usize * layout.width..][..layout.width];
        let found = self.supersede(layout, positions, &record, compare);
        self.event.clear();
        self.known.clear();
        self.slots.resize_with(layout.kept.len(), Vec::new);
        self.slots.iter_mut().for_each(Vec::clear);
        self.holds.clear();
        self.dense.clear();
        self.dense.resize_with(layout.kept.len(), || None);
        self.known_assumed = false;
        for (i, &position) in positions.iter().enumerate() {
            if self.lost[i] {
                continue;
            }
            let record = record(position);
            let head = Head::get(record);
            self.event.push(head.event);
            self.known.push(head.known);
            self.known_assumed |= head.known_assumed;
            for (slot, values) in layout.kept.iter().zip(&mut self.slots) {
                values.push(slot.get(record));
            }
        }
        found
    }

    /// Marks the records that another of the same identity takes the place of: the one known last stays.
    fn supersede<'b>(
        &mut self,
        layout: &Layout,
        positions: &[u32],
        record: &dyn Fn(u32) -> &'b [u8],
        compare: &Compare<'_>,
    ) -> Found {
        self.lost.clear();
        self.lost.resize(positions.len(), false);
        let mut found = Found::default();
        if positions.len() < 2 {
            return found;
        }
        self.order.clear();
        for (i, &position) in positions.iter().enumerate() {
            let head = Head::get(record(position));
            self.order.push((head.identity, head.known, i as u32));
        }
        self.order.sort_unstable();
        let mut start = 0;
        while start < self.order.len() {
            let identity = self.order[start].0;
            let end = start + self.order[start..].iter().take_while(|o| o.0 == identity).count();
            let mut kept = start;
            for at in start + 1..end {
                found.superseded += 1;
                let (old, new) = (self.order[kept], self.order[at]);
                let mut wins = true;
                if old.1 == new.1 {
                    let (a, b) = (record(positions[old.2 as usize]), record(positions[new.2 as usize]));
                    let order = compare(layout, a, b);
                    if order.is_ne() {
                        found.conflict = Some(identity);
                    }
                    // Of two that say the same, the one whose time is given: else the order of delivery would decide.
                    let assumed = |record| Head::get(record).known_assumed;
                    wins = order.then_with(|| assumed(b).cmp(&assumed(a))).is_lt();
                }
                let loser = if wins { old } else { new };
                self.lost[loser.2 as usize] = true;
                if wins {
                    kept = at;
                }
            }
            start = end;
        }
        found
    }

    /// Numbers the values of a column from 0 in order of first appearance; says how many there are.
    pub(super) fn number(&mut self, slot: usize, numbers: &mut Numbers) -> usize {
        let dense = self.dense[slot].get_or_insert_with(|| numbers.number(&self.slots[slot]));
        dense.iter().max().map_or(0, |&m| m as usize + 1)
    }

    /// The numbers of a column that [`Rows::number`] gave.
    pub(super) fn numbers(&self, slot: usize) -> &[u32] {
        self.dense[slot].as_deref().expect("the column was numbered")
    }
}

/// How two records of one identity and one known time are ordered: by what they say, so that the order in which they came
/// does not matter.
pub(super) type Compare<'c> = dyn Fn(&Layout, &[u8], &[u8]) -> std::cmp::Ordering + Sync + 'c;

/// Numbers distinct values in order of appearance: a table of open addresses that is cleared by a stamp.
#[derive(Debug, Default)]
pub(super) struct Numbers {
    table: Vec<(u32, u32, i64)>,
    stamp: u32,
}

impl Numbers {
    fn number(&mut self, values: &[i64]) -> Vec<u32> {
        let size = (values.len() * 2).next_power_of_two().max(16);
        if self.table.len() < size || self.stamp == u32::MAX {
            self.table = vec![(0, 0, 0); size.max(self.table.len())];
            self.stamp = 0;
        }
        self.stamp += 1;
        let mask = self.table.len() - 1;
        let mut next = 0;
        values
            .iter()
            .map(|&value| {
                let mut at = ((value as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32) as usize & mask;
                loop {
                    let entry = &mut self.table[at];
                    if entry.0 != self.stamp {
                        *entry = (self.stamp, next, value);
                        next += 1;
                        return next - 1;
                    }
                    if entry.2 == value {
                        return entry.1;
                    }
                    at = (at + 1) & mask;
                }
            })
            .collect()
    }
}
