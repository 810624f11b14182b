//! How a step of one column moves the gradients of all: without a look at the rows.
//!
//! With curvatures `h` held, a step `s` of a code moves the gradient of every code by `s` times the sum of `h` over the
//! rows that have both: a row of the Gram matrix of code indicators, weighted by `h`. Steps are equal over runs of codes,
//! so rows are kept summed up along the ordered codes of a column, and a step costs a row for each of its few jumps.

use rayon::prelude::*;

/// A column as the matrix sees it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct GramColumn<'a> {
    /// Code by row.
    pub(crate) codes: &'a [u8],
    /// Codes.
    pub(crate) count: usize,
    /// Codes `0..summed` have an order that steps follow: all ordered codes of a number, none of a text.
    pub(crate) summed: usize,
}

#[derive(Debug, Clone)]
pub(crate) struct Gram {
    /// First place of each column among all codes, and their number.
    offsets: Vec<usize>,
    summed: Vec<usize>,
    /// Row of each code: of a summed one, with those of the codes before it in its column.
    rows: Vec<f32>,
}

impl Gram {
    /// - `curvature`: of each row.
    pub(crate) fn new(columns: &[GramColumn<'_>], curvature: &[f32]) -> Self {
        let mut offsets = vec![0];
        columns.iter().for_each(|c| offsets.push(offsets[offsets.len() - 1] + c.count));
        let size = offsets[columns.len()];
        let block = |(at, own): (usize, &GramColumn<'_>)| {
            let mut rows = vec![0.0_f32; own.count * size];
            for (other, &offset) in columns.iter().zip(&offsets) {
                for ((&a, &b), &h) in own.codes.iter().zip(other.codes).zip(curvature) {
                    rows[usize::from(a) * size + offset + usize::from(b)] += h;
                }
            }
            for code in 1..columns[at].summed {
                let (before, here) = rows.split_at_mut(code * size);
                let before = &before[(code - 1) * size..];
                here[..size].iter_mut().zip(before).for_each(|(h, b)| *h += b);
            }
            rows
        };
        let blocks: Vec<Vec<f32>> = columns.par_iter().enumerate().map(block).collect();
        Self { offsets, summed: columns.iter().map(|c| c.summed).collect(), rows: blocks.concat() }
    }

    /// Codes of all columns.
    pub(crate) fn size(&self) -> usize {
        self.offsets[self.summed.len()]
    }

    /// Places of a column among all codes.
    pub(crate) fn places(&self, column: usize) -> std::ops::Range<usize> {
        self.offsets[column]..self.offsets[column + 1]
    }

    /// Adds to all gradients what steps of a column move them by, times `share`.
    pub(crate) fn follow(&self, column: usize, steps: &[f64], share: f64, gradients: &mut [f32]) {
        let size = self.size();
        let summed = self.summed[column];
        for (code, &step) in steps.iter().enumerate() {
            // Summed by parts: what a step differs by from the next.
            let next = if code + 1 < summed { steps[code + 1] } else { 0.0 };
            let jump = if code < summed { step - next } else { step };
            if jump == 0.0 {
                continue;
            }
            let factor = (jump * share) as f32;
            let row = &self.rows[(self.offsets[column] + code) * size..][..size];
            gradients.iter_mut().zip(row).for_each(|(g, r)| *g += factor * r);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gradients_move_as_row_by_row() {
        let rows = 500;
        let codes = |seed: u64, count: u64| -> Vec<u8> {
            (0..rows).map(|i| (crate::random::at(seed, i) % count) as u8).collect()
        };
        let (a, b) = (codes(1, 6), codes(2, 4));
        let curvature: Vec<f32> = (0..rows).map(|i| (crate::random::at(3, i) % 100) as f32 / 400.0).collect();
        let columns = [GramColumn { codes: &a, count: 6, summed: 5 }, GramColumn { codes: &b, count: 4, summed: 0 }];
        let gram = Gram::new(&columns, &curvature);
        assert_eq!((gram.size(), gram.places(1)), (10, 6..10));
        for (column, steps) in [(0, vec![0.5, 0.5, -1.0, -1.0, -1.0, 2.0]), (1, vec![0.0, 1.0, -0.5, 0.25])] {
            let mut moved = vec![1.0_f32; 10];
            gram.follow(column, &steps, 0.75, &mut moved);
            let mut by_hand = [1.0_f64; 10];
            for i in 0..rows as usize {
                let (x, y) = (usize::from(a[i]), usize::from(b[i]));
                let step = 0.75 * f64::from(curvature[i]) * if column == 0 { steps[x] } else { steps[y] };
                by_hand[x] += step;
                by_hand[6 + y] += step;
            }
            assert!(moved.iter().zip(by_hand).all(|(m, h)| (f64::from(*m) - h).abs() < 1e-3), "{moved:?} {by_hand:?}");
        }
    }
}
