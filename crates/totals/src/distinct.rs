//! Counts of distinct enterprises: from lines of what is known now, from facts for what was known before.

use crate::Books;
use crate::kind::Kind;
use crate::lines::{Counts, Found};
use crate::query::Span;
use crate::rows::{Part, Row};
use crate::slots::Mapping;
use crate::sums::{facts, parts};
use rustc_hash::FxHashMap;

/// The most bits that are kept at once; beyond, pairs are sorted.
const BITS_MAX: usize = 1 << 30;

/// Rows for each of which a bit is kept for every enterprise, though few are met.
const FEW_ROWS: usize = 64;

/// Which enterprises were met in which rows.
pub(crate) enum Distinct {
    /// A bit for each enterprise, row by row.
    Bits { words: usize, rows: Vec<Vec<u64>> },
    /// Row and enterprise.
    Pairs(Vec<u64>),
}

impl Distinct {
    pub(crate) fn new(rows_most: usize, enterprises: usize) -> Self {
        match rows_most.saturating_mul(enterprises) {
            0..=BITS_MAX => Self::Bits { words: enterprises.div_ceil(64), rows: Vec::new() },
            _ => Self::Pairs(Vec::new()),
        }
    }

    #[inline]
    pub(crate) fn add(&mut self, row: usize, enterprise: u32) {
        match self {
            Self::Bits { words, rows } => {
                if rows.len() <= row {
                    rows.resize(row + 1, Vec::new());
                }
                let bits = &mut rows[row];
                if bits.is_empty() {
                    bits.resize(*words, 0);
                }
                bits[enterprise as usize / 64] |= 1 << (enterprise % 64);
            }
            Self::Pairs(pairs) => pairs.push((row as u64) << 32 | u64::from(enterprise)),
        }
    }

    /// How many of each row; it is empty then.
    pub(crate) fn take(&mut self, rows: usize) -> Vec<i128> {
        let mut counts = vec![0; rows];
        match self {
            Self::Bits { rows, .. } => {
                for (count, bits) in counts.iter_mut().zip(rows.iter_mut()) {
                    *count = bits.iter().map(|word| i128::from(word.count_ones())).sum();
                    bits.fill(0);
                }
            }
            Self::Pairs(pairs) => {
                pairs.sort_unstable();
                pairs.dedup();
                for pair in pairs.drain(..) {
                    counts[(pair >> 32) as usize] += 1;
                }
            }
        }
        counts
    }
}

/// Counts of the enterprises that were paid out to in each part of a period, and of those that owe at its end, as wanted.
pub(crate) fn count(books: &Books, seq: u64, mapping: &Mapping, spans: &[Span], wanted: [bool; 2]) -> [Counts; 2] {
    let past = Past { books, seq, mapping };
    if seq == books.seq {
        // A short period has few payouts: they are sooner read than the lines of all enterprises.
        let by_facts = wanted[0] && mapping.most <= FEW_ROWS && past.payouts(spans) < books.lines.len() / 4;
        let from_lines = [wanted[0] && !by_facts, wanted[1]];
        let [served, owing] = match from_lines {
            [false, false] => Default::default(),
            some => books.lines.count((&books.enterprises, &books.loans), mapping, spans, some),
        };
        let of_facts = || Counts { parts: spans.iter().map(|span| past.served(span)).collect() };
        return [if by_facts { of_facts() } else { served }, owing];
    }
    let of_each = |wanted: bool, of: &dyn Fn(&Span) -> Found| Counts {
        parts: if wanted { spans.iter().map(of).collect() } else { Vec::new() },
    };
    [of_each(wanted[0], &|span| past.served(span)), of_each(wanted[1], &|span| past.owing(span))]
}

/// What was known with a line that is not the last.
struct Past<'a> {
    books: &'a Books,
    seq: u64,
    mapping: &'a Mapping,
}

impl Past<'_> {
    /// How many payouts the months of a period have.
    fn payouts(&self, spans: &[Span]) -> usize {
        let (Some(first), Some(last)) = (spans.first(), spans.last()) else { return 0 };
        parts(self.books, Kind::Disbursed, Some(first.from), last.to).map(|(_, part, _)| part.len()).sum()
    }

    fn served(&self, span: &Span) -> Found {
        let payouts = || {
            let days = |part: &Part, at: usize| span.from <= part.days[at] && part.days[at] <= span.to;
            let parts = parts(self.books, Kind::Disbursed, Some(span.from), span.to);
            parts.flat_map(move |(_, part, whole)| {
                (0..part.known(self.seq)).filter(move |at| whole || days(part, *at)).map(move |at| (part, at))
            })
        };
        // A payout that was taken back serves no one: such loans are few.
        let mut taken_back: FxHashMap<u32, i64> =
            payouts().filter(|(part, at)| part.signs[*at] < 0).map(|(part, at)| (part.loans[at], 0)).collect();
        if !taken_back.is_empty() {
            for (part, at) in payouts() {
                if let Some(count) = taken_back.get_mut(&part.loans[at]) {
                    *count += i64::from(part.signs[at]);
                }
            }
        }
        let stands = |loan| taken_back.is_empty() || taken_back.get(&loan).is_none_or(|count| *count > 0);
        let rows = payouts().filter(|(part, at)| part.signs[*at] > 0 && stands(part.loans[*at]));
        self.count(|each| rows.for_each(|(part, at)| each(&part.row(at))))
    }

    fn owing(&self, span: &Span) -> Found {
        // How often something began to be owed on a loan, less how often it ended.
        let mut holds = vec![0_i32; self.books.loans.len()];
        facts(self.books, Kind::Owing, 0, self.seq, span.to, |row| holds[row.loan as usize] += i32::from(row.sign));
        self.count(|each| {
            facts(self.books, Kind::Owing, 0, self.seq, span.to, |row| {
                // All facts of a loan have one key.
                if std::mem::take(&mut holds[row.loan as usize]) > 0 {
                    each(&row);
                }
            });
        })
    }

    fn count(&self, rows: impl FnOnce(&mut dyn FnMut(&Row))) -> Found {
        let distinct = |most| Distinct::new(most, self.books.enterprises.len());
        let (mut by_row, mut all) = (distinct(self.mapping.most), distinct(1));
        rows(&mut |row| {
            if let Some(combination) = self.mapping.of(row.key) {
                by_row.add(combination, row.enterprise);
                all.add(0, row.enterprise);
            }
        });
        let by_row = by_row.take(self.mapping.most).into_iter().enumerate().filter(|(_, count)| *count > 0);
        (all.take(1).iter().sum(), by_row.collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_and_pairs_count_alike() {
        let mut both = [Distinct::new(3, 100), Distinct::Pairs(Vec::new())];
        for distinct in &mut both {
            for (row, enterprise) in [(0, 5), (0, 5), (0, 99), (2, 0), (2, 64)] {
                distinct.add(row, enterprise);
            }
            assert_eq!(distinct.take(4), [2, 0, 2, 0]);
            distinct.add(1, 7);
            assert_eq!(distinct.take(2), [0, 1]);
        }
        assert!(matches!(Distinct::new(1 << 20, 1 << 20), Distinct::Pairs(_)));
    }
}
