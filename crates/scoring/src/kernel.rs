//! The inner loops of batch scoring.
//!
//! A numeric column needs no bin number: `first + sum over edges of (x >= edge ? delta : 0)` is the
//! value of its bin. That is a compare, a mask and an add per edge and lane, without a branch or a
//! gather. Values are integers held as `f64`, so sums are exact in any order, and every path gives the
//! same bits.
//!
//! Four vectors of rows are taken at a time, with the loop over edges around them: their sums stay in
//! registers, and each edge is loaded once for all of them. The loops are compiled for three
//! instruction sets and chosen at run time, so that a portable build is as fast as one for the machine
//! at hand.

use crate::vector::{LANES_MAX, Vector};

/// Rows of a block: long enough that memory is read in streams, short enough that the block's sums and
/// largest keys stay in the caches near the core.
pub(crate) const BLOCK: usize = 1024;

/// A column bound to the values that its bins add.
#[derive(Debug)]
pub(crate) enum Source<'t> {
    /// A numeric column.
    Number { x: &'t [f64], steps: Steps },
    /// A dictionary-coded column.
    Text { codes: &'t [u32], values: Levels },
    /// The same value for every row.
    Constant(f64),
    /// Two columns that add up to the number of a cell, and the cells' values.
    Pair { axes: Box<[Source<'t>; 2]>, cells: Vec<f64> },
}

impl Source<'_> {
    /// The column's numbers from a row on; nothing where it has none.
    fn numbers(&self, start: usize) -> &[f64] {
        match self {
            Self::Number { x, .. } => x.get(start..).unwrap_or_default(),
            Self::Text { .. } | Self::Constant(_) | Self::Pair { .. } => &[],
        }
    }
}

/// The bins of a number as steps over its edges.
#[derive(Debug, Default)]
pub(crate) struct Steps {
    /// Value below the first edge.
    pub(crate) first: f64,
    /// Each edge, and what it adds.
    pub(crate) edges: Vec<(f64, f64)>,
    pub(crate) missing: f64,
    /// Special values, and what stands in place of the sum of steps.
    pub(crate) special: Vec<(f64, f64)>,
}

/// A value per code, as many as a power of two: the code of a missing value is all ones, so that
/// masking it reaches the last one.
#[derive(Debug)]
pub(crate) struct Levels(Vec<f64>);

impl Levels {
    /// Takes the values of the codes in order.
    pub(crate) fn new(mut values: Vec<f64>, missing: f64) -> Self {
        values.resize((values.len() + 1).next_power_of_two(), missing);
        Self(values)
    }
}

/// Vectors that are worked on together: with fewer, the adds of one vector wait for each other; with
/// more, they do not fit the registers.
const GROUP: usize = 4;

/// Numbers in a line of the cache.
const NUMBERS_PER_LINE: usize = 8;

/// Running results of one block of rows; places past the last row hold nothing of use.
pub(crate) trait Fold {
    /// Takes the values of one column for the rows from `at` on.
    ///
    /// # Safety
    /// The machine has the instructions of `V`.
    unsafe fn fold<V: Vector>(&mut self, at: usize, values: [V; GROUP]);
}

/// Sums of the columns' values.
pub(crate) struct Sums {
    pub(crate) total: [f64; BLOCK],
}

/// Sums and the four largest of the columns' values.
pub(crate) struct TopSums {
    pub(crate) total: [f64; BLOCK],
    pub(crate) top: [[f64; BLOCK]; 4],
}

impl Sums {
    pub(crate) fn new() -> Self {
        Self { total: [0.0; BLOCK] }
    }
}

impl TopSums {
    pub(crate) fn new() -> Self {
        Self { total: [0.0; BLOCK], top: [[0.0; BLOCK]; 4] }
    }
}

impl Fold for Sums {
    #[inline(always)]
    unsafe fn fold<V: Vector>(&mut self, at: usize, values: [V; GROUP]) {
        let total = &mut self.total[at..at + GROUP * V::LANES];
        for (v, t) in values.into_iter().zip(total.chunks_exact_mut(V::LANES)) {
            // SAFETY: the caller vouches for the instructions, and the chunks are as long as a vector.
            unsafe { V::load(t).add(v).store(t) };
        }
    }
}

impl Fold for TopSums {
    #[inline(always)]
    unsafe fn fold<V: Vector>(&mut self, at: usize, values: [V; GROUP]) {
        let range = at..at + GROUP * V::LANES;
        let total = &mut self.total[range.clone()];
        let [t0, t1, t2, t3] = self.top.each_mut().map(|t| &mut t[range.clone()]);
        for (g, v) in values.into_iter().enumerate() {
            let lanes = g * V::LANES..(g + 1) * V::LANES;
            let total = &mut total[lanes.clone()];
            let (t0, t1) = (&mut t0[lanes.clone()], &mut t1[lanes.clone()]);
            let (t2, t3) = (&mut t2[lanes.clone()], &mut t3[lanes]);
            // SAFETY: the caller vouches for the instructions, and the slices are as long as a vector.
            unsafe {
                V::load(total).add(v).store(total);
                // Insertion into a sorted list of four.
                let (a, b, c) = (V::load(t0), V::load(t1), V::load(t2));
                a.max(v).store(t0);
                let v = a.min(v);
                b.max(v).store(t1);
                let v = b.min(v);
                c.max(v).store(t2);
                V::load(t3).max(c.min(v)).store(t3);
            }
        }
    }
}

/// Folds the columns' values of the rows `start..start + rows`, at most [`BLOCK`].
pub(crate) fn fold_block<F: Fold>(sources: &[Source<'_>], start: usize, rows: usize, out: &mut F) {
    assert!(rows <= BLOCK, "a block has {BLOCK} rows at most");
    dispatch::fold_block(sources, start, rows, out);
}

/// # Safety
/// The machine has the instructions of `V`.
#[inline(always)]
unsafe fn fold_sources<V: Vector, F: Fold>(sources: &[Source<'_>], start: usize, rows: usize, out: &mut F) {
    for (i, source) in sources.iter().enumerate() {
        let Source::Pair { axes, cells } = source else {
            let ahead = match sources.get(i + 1) {
                Some(next) => next.numbers(start),
                None => sources[0].numbers(start + rows),
            };
            // SAFETY: as above.
            unsafe { fold_column::<V, F>(source, start, rows, ahead, out) };
            continue;
        };
        // The axes add up to the number of the cell.
        let mut values = Sums::new();
        for axis in axes.iter() {
            // SAFETY: as above.
            unsafe { fold_column::<V, Sums>(axis, start, rows, &[], &mut values) };
        }
        for v in &mut values.total[..rows] {
            *v = cells[*v as usize];
        }
        // SAFETY: as above.
        unsafe { fold_values::<V, F>(&values.total, rows, out) };
    }
}

/// # Safety
/// The machine has the instructions of `V`.
#[inline(always)]
unsafe fn fold_column<V: Vector, F: Fold>(
    column: &Source<'_>,
    start: usize,
    rows: usize,
    ahead: &[f64],
    out: &mut F,
) {
    match column {
        Source::Number { x, steps } => {
            // SAFETY: as above.
            unsafe { fold_numbers::<V, F>(&x[start..start + rows], steps, ahead, out) };
        }
        Source::Text { codes, values } => {
            let values = values.0.as_slice();
            let mut buffer = [0.0; BLOCK];
            for (v, &c) in buffer.iter_mut().zip(&codes[start..start + rows]) {
                *v = values[c as usize & (values.len() - 1)];
            }
            // SAFETY: as above.
            unsafe { fold_values::<V, F>(&buffer, rows, out) };
        }
        Source::Constant(c) => {
            // SAFETY: as above.
            unsafe { fold_values::<V, F>(&[*c; BLOCK], rows, out) };
        }
        Source::Pair { .. } => unreachable!("a pair is two columns"),
    }
}

/// # Safety
/// The machine has the instructions of `V`.
#[inline(always)]
unsafe fn fold_values<V: Vector, F: Fold>(values: &[f64; BLOCK], rows: usize, out: &mut F) {
    let width = GROUP * V::LANES;
    for (g, group) in values.chunks_exact(width).take(rows.div_ceil(width)).enumerate() {
        // SAFETY: as above; a group is as long as its vectors.
        unsafe { out.fold(g * width, load_group::<V>(group)) };
    }
}

/// # Safety
/// The machine has the instructions of `V`.
#[inline(always)]
unsafe fn fold_numbers<V: Vector, F: Fold>(x: &[f64], steps: &Steps, ahead: &[f64], out: &mut F) {
    let width = GROUP * V::LANES;
    let mut groups = x.chunks_exact(width);
    let mut at = 0;
    for group in groups.by_ref() {
        for line in (0..width).step_by(NUMBERS_PER_LINE) {
            V::prefetch(ahead.as_ptr().wrapping_add(at + line));
        }
        // SAFETY: as above; a group is as long as its vectors.
        unsafe { out.fold(at, steps.values::<V>(load_group(group))) };
        at += width;
    }
    let rest = groups.remainder();
    if !rest.is_empty() {
        let mut group = [0.0; GROUP * LANES_MAX];
        group[..rest.len()].copy_from_slice(rest);
        // SAFETY: as above.
        unsafe { out.fold(at, steps.values::<V>(load_group(&group[..width]))) };
    }
}

/// # Safety
/// The machine has the instructions of `V`, and `group` holds that many lanes.
#[inline(always)]
unsafe fn load_group<V: Vector>(group: &[f64]) -> [V; GROUP] {
    debug_assert_eq!(group.len(), GROUP * V::LANES);
    // SAFETY: as above.
    std::array::from_fn(|g| unsafe { V::load(&group[g * V::LANES..(g + 1) * V::LANES]) })
}

impl Steps {
    /// The values of the bins that `x` falls into.
    ///
    /// # Safety
    /// The machine has the instructions of `V`.
    #[inline(always)]
    unsafe fn values<V: Vector>(&self, x: [V; GROUP]) -> [V; GROUP] {
        // SAFETY: as above, for all the vectors of this function.
        unsafe {
            let mut sum = [V::splat(self.first); GROUP];
            for &(edge, delta) in &self.edges {
                let (edge, delta) = (V::splat(edge), V::splat(delta));
                for g in 0..GROUP {
                    sum[g] = sum[g].add(x[g].where_at_least(edge, delta));
                }
            }
            for &(special, value) in &self.special {
                let (special, value) = (V::splat(special), V::splat(value));
                for g in 0..GROUP {
                    sum[g] = x[g].if_equal(special, value, sum[g]);
                }
            }
            let missing = V::splat(self.missing);
            for g in 0..GROUP {
                sum[g] = x[g].if_finite(sum[g], missing);
            }
            sum
        }
    }
}

#[cfg(target_arch = "x86_64")]
mod dispatch {
    use super::{Fold, Source, fold_sources};
    use std::arch::x86_64::{__m128d, __m256d, __m512d};

    #[target_feature(enable = "avx512f,avx512dq,avx512vl")]
    fn avx512<F: Fold>(sources: &[Source<'_>], start: usize, rows: usize, out: &mut F) {
        // SAFETY: this function is only entered where the machine has the instructions.
        unsafe { fold_sources::<__m512d, F>(sources, start, rows, out) }
    }

    #[target_feature(enable = "avx2")]
    fn avx2<F: Fold>(sources: &[Source<'_>], start: usize, rows: usize, out: &mut F) {
        // SAFETY: this function is only entered where the machine has the instructions.
        unsafe { fold_sources::<__m256d, F>(sources, start, rows, out) }
    }

    pub(super) fn fold_block<F: Fold>(sources: &[Source<'_>], start: usize, rows: usize, out: &mut F) {
        if is_x86_feature_detected!("avx512f")
            && is_x86_feature_detected!("avx512dq")
            && is_x86_feature_detected!("avx512vl")
        {
            // SAFETY: the machine has these instructions, as was just asked.
            unsafe { avx512(sources, start, rows, out) }
        } else if is_x86_feature_detected!("avx2") {
            // SAFETY: the machine has these instructions, as was just asked.
            unsafe { avx2(sources, start, rows, out) }
        } else {
            // SAFETY: SSE2 is part of x86-64.
            unsafe { fold_sources::<__m128d, F>(sources, start, rows, out) }
        }
    }
}

#[cfg(not(target_arch = "x86_64"))]
mod dispatch {
    use super::{Fold, Source, fold_sources};
    use crate::vector::Lanes;

    pub(super) fn fold_block<F: Fold>(sources: &[Source<'_>], start: usize, rows: usize, out: &mut F) {
        // SAFETY: plain arrays need no instruction of their own.
        unsafe { fold_sources::<Lanes, F>(sources, start, rows, out) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vector::Lanes;

    /// Every instruction set of this machine against plain arrays.
    #[test]
    fn all_instruction_sets_agree() {
        let x: Vec<f64> = (0..1_000)
            .map(|i| match i % 13 {
                0 => f64::NAN,
                1 => f64::INFINITY,
                2 => f64::NEG_INFINITY,
                3 => -9.0,
                k => f64::from(i % 97) / 10.0 - f64::from(k),
            })
            .collect();
        let codes: Vec<u32> = (0..1_000).map(|i| if i % 11 == 0 { u32::MAX } else { i % 5 }).collect();
        let steps = |s: f64| Steps {
            first: 3.0 * s,
            edges: (0..20).map(|k| (f64::from(k) / 3.0, s * f64::from(k % 7) - 2.0)).collect(),
            missing: -5.0,
            special: vec![(-9.0, 11.0), (0.3, 2.0)],
        };
        let mut sources: Vec<Source<'_>> =
            (1..6).map(|k| Source::Number { x: &x, steps: steps(f64::from(k)) }).collect();
        sources.push(Source::Text { codes: &codes, values: Levels::new(vec![4.0, -1.0, 7.0, 0.0, 2.0], 9.0) });
        sources.push(Source::Constant(-3.0));
        for (start, rows) in [(0, 1_000), (3, 1), (5, 0), (100, 17), (7, 63), (1, 64), (999, 1)] {
            let (mut sums, mut top) = (Sums::new(), TopSums::new());
            // SAFETY: plain arrays need no instruction of their own.
            unsafe {
                fold_sources::<Lanes, _>(&sources, start, rows, &mut sums);
                fold_sources::<Lanes, _>(&sources, start, rows, &mut top);
            }
            let check = |name: &str, s: &Sums, t: &TopSums| {
                assert_eq!(s.total[..rows], sums.total[..rows], "{name} {start} {rows}");
                assert_eq!(t.total[..rows], sums.total[..rows], "{name} {start} {rows}");
                for k in 0..4 {
                    assert_eq!(t.top[k][..rows], top.top[k][..rows], "{name} {start} {rows} {k}");
                }
            };
            check("lanes", &sums, &top);
            let (mut s, mut t) = (Sums::new(), TopSums::new());
            fold_block(&sources, start, rows, &mut s);
            fold_block(&sources, start, rows, &mut t);
            check("best", &s, &t);
            #[cfg(target_arch = "x86_64")]
            {
                let (mut s, mut t) = (Sums::new(), TopSums::new());
                // SAFETY: SSE2 is part of x86-64.
                unsafe {
                    fold_sources::<std::arch::x86_64::__m128d, _>(&sources, start, rows, &mut s);
                    fold_sources::<std::arch::x86_64::__m128d, _>(&sources, start, rows, &mut t);
                }
                check("sse2", &s, &t);
            }
        }
    }
}
