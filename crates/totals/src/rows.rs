//! Facts in columns, parted by kind and month, each part in the order in which the ledger took them.
//!
//! A fact is never changed or taken away: one that a later line makes void is followed by its opposite on the same day. So
//! what was known at a recorded time is a prefix of each part.

use crate::dimension::Packed;
use crate::kind::{KINDS, Kind};
use primitives::calendar;
use std::collections::BTreeMap;
use std::ops::Range;

/// No enterprise, no loan.
pub(crate) const NONE: u32 = u32::MAX;

/// A fact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) key: Packed,
    /// What it adds: fen, days or a value, by its kind.
    pub(crate) amount: i64,
    /// What else its kind keeps.
    pub(crate) aux: u64,
    pub(crate) enterprise: u32,
    pub(crate) loan: u32,
    /// Days since 1970-01-01.
    pub(crate) day: i32,
    /// 1, or -1 for an opposite.
    pub(crate) sign: i8,
}

impl Row {
    pub(crate) fn opposite(self) -> Self {
        // The amount was posted, and so was its opposite.
        Self { amount: self.amount.wrapping_neg(), sign: -self.sign, ..self }
    }
}

/// The facts of a kind in a month.
#[derive(Debug, Clone, Default)]
pub(crate) struct Part {
    pub(crate) keys: Vec<u64>,
    pub(crate) amounts: Vec<i64>,
    pub(crate) aux: Vec<u64>,
    pub(crate) seqs: Vec<u64>,
    pub(crate) enterprises: Vec<u32>,
    pub(crate) loans: Vec<u32>,
    pub(crate) days: Vec<i32>,
    pub(crate) signs: Vec<i8>,
    /// How many of the first facts are in the marks of their kind.
    pub(crate) covered: usize,
}

impl Part {
    pub(crate) fn len(&self) -> usize {
        self.keys.len()
    }

    pub(crate) fn push(&mut self, seq: u64, row: Row) {
        self.keys.push(row.key.0);
        self.amounts.push(row.amount);
        self.aux.push(row.aux);
        self.seqs.push(seq);
        self.enterprises.push(row.enterprise);
        self.loans.push(row.loan);
        self.days.push(row.day);
        self.signs.push(row.sign);
    }

    pub(crate) fn row(&self, at: usize) -> Row {
        Row {
            key: Packed(self.keys[at]),
            amount: self.amounts[at],
            aux: self.aux[at],
            enterprise: self.enterprises[at],
            loan: self.loans[at],
            day: self.days[at],
            sign: self.signs[at],
        }
    }

    /// How many facts were known with line `seq`.
    pub(crate) fn known(&self, seq: u64) -> usize {
        match self.seqs.last() {
            Some(last) if *last <= seq => self.len(),
            _ => self.seqs.partition_point(|s| *s <= seq),
        }
    }

    /// The facts that a line brought.
    fn of_line(&self, seq: u64) -> Range<usize> {
        self.seqs.partition_point(|s| *s < seq)..self.seqs.partition_point(|s| *s <= seq)
    }
}

/// All facts.
#[derive(Debug, Clone)]
pub(crate) struct Rows {
    parts: Vec<BTreeMap<i32, Part>>,
}

impl Default for Rows {
    fn default() -> Self {
        Self { parts: vec![BTreeMap::new(); KINDS] }
    }
}

impl Rows {
    pub(crate) fn push(&mut self, seq: u64, kind: Kind, row: Row) {
        self.parts[kind as usize].entry(calendar::month_of(row.day)).or_default().push(seq, row);
    }

    /// The parts of a kind by month, earliest first.
    pub(crate) fn of(&self, kind: Kind) -> &BTreeMap<i32, Part> {
        &self.parts[kind as usize]
    }

    pub(crate) fn of_mut(&mut self, kind: Kind) -> &mut BTreeMap<i32, Part> {
        &mut self.parts[kind as usize]
    }

    /// The facts that events brought themselves (not what follows from them), of a line on a day.
    pub(crate) fn of_line(&self, seq: u64, day: i32) -> Vec<(Kind, Row)> {
        let month = calendar::month_of(day);
        let mut found = Vec::new();
        for kind in Kind::ALL.iter().filter(|k| !k.follows()) {
            if let Some(part) = self.of(*kind).get(&month) {
                found.extend(part.of_line(seq).map(|at| (*kind, part.row(at))));
            }
        }
        found
    }

    /// How many facts there are, those that are made of others left out.
    pub(crate) fn len(&self) -> usize {
        let kinds = Kind::ALL.iter().filter(|k| **k != Kind::PastDue);
        kinds.flat_map(|kind| self.of(*kind).values()).map(Part::len).sum()
    }
}
