//! Payouts and what was owed, enterprise by enterprise: distinct enterprises are counted in one pass, row by row and over all,
//! for all parts of a period at once.
//!
//! The lines of one enterprise stand together, so whether it was met in a row before is a look at its few lines. They are
//! made ahead; an enterprise that has changed since is read from its loans.

use crate::books::Enterprise;
use crate::dimension::Packed;
use crate::loan::Loan;
use crate::query::Span;
use crate::slots::Mapping;
use rayon::prelude::*;
use rustc_hash::FxHashMap;

/// No day: there is no payout, or nothing is owed.
const NEVER: i32 = i32::MAX;
/// So many lines are one piece of work.
const PIECE: usize = 1 << 17;
const PIECES_MAX: usize = 8;
/// Counters that are kept one beside the other; more are kept by their places.
const COUNTERS_MAX: usize = 1 << 18;
/// So many enterprises may have changed before lines are made again; beyond, one in so many.
const CHANGED_MIN: usize = 1_024;
const CHANGED_SHARE: usize = 64;

/// A payout, and from when to when something was owed: that of the payout or another of the loan.
#[derive(Debug, Clone, Copy)]
struct Line {
    key: Packed,
    enterprise: u32,
    paid: i32,
    from: i32,
    until: i32,
}

/// The lines of all enterprises.
#[derive(Debug, Clone, Default)]
pub(crate) struct Lines {
    list: Vec<Line>,
    /// How many enterprises they are of.
    enterprises: usize,
    /// Enterprises that have changed since, some of them several times.
    changed: Vec<u32>,
}

/// How many distinct enterprises there are, and how many of each combination that has any.
pub(crate) type Found = (i128, Vec<(usize, i128)>);

/// Distinct enterprises of the parts of a period.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    /// By part.
    pub(crate) parts: Vec<Found>,
}

fn lines_of(enterprise: u32, of: &Enterprise, loans: &[Loan], mut each: impl FnMut(Line)) {
    let mut owing: Vec<(i32, i32)> = Vec::new();
    for at in &of.loans {
        let loan = &loans[*at as usize];
        owing.clear();
        loan.owing(|from, until| owing.push((from, until)));
        let mut paid = loan.moves.iter().filter(|m| m.lent > 0).map(|m| m.day);
        let mut owing = owing.iter().copied();
        loop {
            let line = match (paid.next(), owing.next()) {
                (None, None) => break,
                (paid, owed) => {
                    let (from, until) = owed.unwrap_or((NEVER, NEVER));
                    Line { key: loan.key, enterprise, paid: paid.unwrap_or(NEVER), from, until }
                }
            };
            each(line);
        }
    }
}

impl Lines {
    /// An enterprise has changed.
    pub(crate) fn change(&mut self, enterprise: u32) {
        // One that is new has no lines yet and is read from its loans without being told.
        if (enterprise as usize) < self.enterprises && self.changed.last() != Some(&enterprise) {
            self.changed.push(enterprise);
        }
    }

    /// How many lines there are.
    pub(crate) fn len(&self) -> usize {
        self.list.len()
    }

    /// Makes lines again where more enterprises have changed than `least`, or than are usual.
    pub(crate) fn settle(&mut self, enterprises: &[Enterprise], loans: &[Loan], least: usize) {
        self.changed.sort_unstable();
        self.changed.dedup();
        let new = enterprises.len() - self.enterprises;
        if self.changed.len() + new <= least.min(CHANGED_MIN).max(self.enterprises / CHANGED_SHARE) {
            return;
        }
        let mut list = Vec::with_capacity(self.list.len() + self.list.len() / 8);
        let mut old = self.list.as_slice();
        for at in self.changed.iter().copied().chain(self.enterprises as u32..enterprises.len() as u32) {
            let before = old.partition_point(|line| line.enterprise < at);
            let after = old.partition_point(|line| line.enterprise <= at);
            list.extend_from_slice(&old[..before]);
            old = &old[after..];
            lines_of(at, &enterprises[at as usize], loans, |line| list.push(line));
        }
        list.extend_from_slice(old);
        *self = Self { list, enterprises: enterprises.len(), changed: Vec::new() };
    }

    /// Counts distinct enterprises of each part of a period: those that were paid out to in it, and those that owe at its end,
    /// as wanted.
    pub(crate) fn count(
        &self,
        (enterprises, loans): (&[Enterprise], &[Loan]),
        mapping: &Mapping,
        spans: &[Span],
        wanted: [bool; 2],
    ) -> [Counts; 2] {
        let mut changed = self.changed.clone();
        changed.sort_unstable();
        changed.dedup();
        let of_piece = |lines: &[Line]| {
            let mut counter = Counter::new(mapping, spans, wanted);
            let mut changed = &changed[changed.partition_point(|c| lines.first().is_some_and(|l| *c < l.enterprise))..];
            for of_one in lines.chunk_by(|a, b| a.enterprise == b.enterprise) {
                while changed.first().is_some_and(|c| *c < of_one[0].enterprise) {
                    changed = &changed[1..];
                }
                if changed.first() != Some(&of_one[0].enterprise) {
                    of_one.iter().for_each(|line| counter.line(line));
                    counter.end();
                }
            }
            counter
        };
        let mut pieces = Vec::new();
        let mut rest = self.list.as_slice();
        while !rest.is_empty() {
            // An enterprise is of one piece.
            let last = rest[rest.len().min(PIECE.max(self.list.len() / PIECES_MAX)) - 1].enterprise;
            let (piece, after) = rest.split_at(rest.partition_point(|line| line.enterprise <= last));
            pieces.push(piece);
            rest = after;
        }
        let mut all = match pieces.as_slice() {
            [] => Counter::new(mapping, spans, wanted),
            [one] => of_piece(one),
            many => many
                .par_iter()
                .map(|piece| of_piece(piece))
                .reduce(|| Counter::new(mapping, spans, wanted), Counter::and),
        };
        for at in changed.iter().copied().chain(self.enterprises as u32..enterprises.len() as u32) {
            lines_of(at, &enterprises[at as usize], loans, |line| all.line(&line));
            all.end();
        }
        all.counts()
    }
}

/// How often each place was counted.
enum Tally {
    Beside(Vec<u32>),
    ByPlace(FxHashMap<u64, u32>),
}

impl Tally {
    fn new(places: usize) -> Self {
        if places <= COUNTERS_MAX { Self::Beside(vec![0; places]) } else { Self::ByPlace(FxHashMap::default()) }
    }

    #[inline]
    fn add(&mut self, place: u64, count: u32) {
        match self {
            Self::Beside(counts) => counts[place as usize] += count,
            Self::ByPlace(counts) => *counts.entry(place).or_default() += count,
        }
    }

    fn and(mut self, other: &Self) -> Self {
        other.each(|place, count| self.add(place, count));
        self
    }

    fn each(&self, mut each: impl FnMut(u64, u32)) {
        match self {
            Self::Beside(counts) => {
                counts.iter().zip(0..).filter(|(n, _)| **n > 0).for_each(|(n, place)| each(place, *n));
            }
            Self::ByPlace(counts) => counts.iter().for_each(|(place, n)| each(*place, *n)),
        }
    }
}

/// Enterprises of one sort, by part and combination.
struct Sort {
    tally: Tally,
    all: Vec<u32>,
    /// Where the enterprise at hand was met.
    met: Vec<u64>,
}

impl Sort {
    fn new(spans: usize, most: usize) -> Self {
        Self { tally: Tally::new(spans.saturating_mul(most)), all: vec![0; spans], met: Vec::new() }
    }

    #[inline]
    fn end(&mut self, most: u64) {
        match self.met.as_slice() {
            [] => return,
            [one] => {
                self.tally.add(*one, 1);
                let part = if self.all.len() == 1 { 0 } else { (one / most) as usize };
                self.all[part] += 1;
            }
            _ => {
                self.met.sort_unstable();
                self.met.dedup();
                let mut last = None;
                for place in &self.met {
                    self.tally.add(*place, 1);
                    let part = place / most;
                    if last != Some(part) {
                        self.all[part as usize] += 1;
                        last = Some(part);
                    }
                }
            }
        }
        self.met.clear();
    }

    fn and(self, other: &Self) -> Self {
        let all = self.all.iter().zip(&other.all).map(|(a, b)| a + b).collect();
        Self { tally: self.tally.and(&other.tally), all, met: Vec::new() }
    }

    fn counts(&self, most: u64) -> Counts {
        let mut parts: Vec<Found> = self.all.iter().map(|all| (i128::from(*all), Vec::new())).collect();
        self.tally.each(|place, count| {
            parts[(place / most) as usize].1.push(((place % most) as usize, i128::from(count)));
        });
        Counts { parts }
    }
}

struct Counter<'a> {
    mapping: &'a Mapping,
    spans: &'a [Span],
    first: i32,
    last: i32,
    wanted: [bool; 2],
    served: Sort,
    owing: Sort,
}

impl<'a> Counter<'a> {
    fn new(mapping: &'a Mapping, spans: &'a [Span], wanted: [bool; 2]) -> Self {
        let sort = || Sort::new(spans.len(), mapping.most);
        let (first, last) = (spans.first().map_or(0, |s| s.from), spans.last().map_or(-1, |s| s.to));
        Self { mapping, spans, first, last, wanted, served: sort(), owing: sort() }
    }

    #[inline]
    fn line(&mut self, line: &Line) {
        let served = self.wanted[0] && self.first <= line.paid && line.paid <= self.last;
        // Owed at some end of a part: the last end lies behind the beginning, and the first before the end.
        let owing = self.wanted[1] && line.from <= self.last && self.first < line.until;
        if !served && !owing {
            return;
        }
        let Some(combination) = self.mapping.of(line.key) else { return };
        let place = |part: usize| part as u64 * self.mapping.most as u64 + combination as u64;
        if let [span] = self.spans {
            if served {
                self.served.met.push(place(0));
            }
            if owing && line.from <= span.to && span.to < line.until {
                self.owing.met.push(place(0));
            }
            return;
        }
        if served {
            // Parts follow each other without a gap.
            self.served.met.push(place(self.spans.partition_point(|s| s.to < line.paid)));
        }
        if owing {
            let begins = self.spans.partition_point(|s| s.to < line.from);
            let ends = self.spans.partition_point(|s| s.to < line.until);
            self.owing.met.extend((begins..ends).map(place));
        }
    }

    #[inline]
    fn end(&mut self) {
        let most = self.mapping.most as u64;
        self.served.end(most);
        self.owing.end(most);
    }

    fn and(self, other: Self) -> Self {
        Self { served: self.served.and(&other.served), owing: self.owing.and(&other.owing), ..self }
    }

    fn counts(&self) -> [Counts; 2] {
        let most = self.mapping.most as u64;
        [self.served.counts(most), self.owing.counts(most)]
    }
}
