//! Counts of distinct enterprises by row.

/// The most bits that are kept at once; beyond, pairs are sorted.
const BITS_MAX: usize = 1 << 30;

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
