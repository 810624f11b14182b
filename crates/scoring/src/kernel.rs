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

/// A value per code, as many as a power of two, at least 16: the code of a missing value is all ones, so
/// that masking it reaches the last one.
#[derive(Debug)]
pub(crate) struct Levels(Vec<f64>);

impl Levels {
    /// Takes the values of the codes in order.
    pub(crate) fn new(mut values: Vec<f64>, missing: f64) -> Self {
        values.resize((values.len() + 1).next_power_of_two().max(16), missing);
        Self(values)
    }
}

/// Vectors that are worked on together: with fewer, the adds of one vector wait for each other; with
/// more, they do not fit the registers.
const GROUP: usize = 4;

/// Bytes of a line of the cache.
const LINE: usize = 64;

/// Running results of one block of rows; places past the last row hold nothing of use.
pub(crate) trait Fold {
    /// Takes the values of two columns for the rows from `at` on: running results are read and written
    /// once for both.
    ///
    /// # Safety
    /// The machine has the instructions of `V`.
    unsafe fn fold<V: Vector>(&mut self, at: usize, values: [[V; GROUP]; 2]);
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
    unsafe fn fold<V: Vector>(&mut self, at: usize, [a, b]: [[V; GROUP]; 2]) {
        let total = &mut self.total[at..at + GROUP * V::LANES];
        for (g, t) in total.chunks_exact_mut(V::LANES).enumerate() {
            // SAFETY: the caller vouches for the instructions, and the chunks are as long as a vector.
            unsafe { V::load(t).add(a[g].add(b[g])).store(t) };
        }
    }
}

impl Fold for TopSums {
    #[inline(always)]
    unsafe fn fold<V: Vector>(&mut self, at: usize, [a, b]: [[V; GROUP]; 2]) {
        let range = at..at + GROUP * V::LANES;
        let total = &mut self.total[range.clone()];
        let [t0, t1, t2, t3] = self.top.each_mut().map(|t| &mut t[range.clone()]);
        for g in 0..GROUP {
            let lanes = g * V::LANES..(g + 1) * V::LANES;
            let total = &mut total[lanes.clone()];
            let (t0, t1) = (&mut t0[lanes.clone()], &mut t1[lanes.clone()]);
            let (t2, t3) = (&mut t2[lanes.clone()], &mut t3[lanes]);
            // SAFETY: the caller vouches for the instructions, and the slices are as long as a vector.
            unsafe {
                V::load(total).add(a[g].add(b[g])).store(total);
                // Two sorted values go into a sorted list of four: the larger first, so that the smaller
                // can not come before the second place.
                let (high, low) = (a[g].max(b[g]), a[g].min(b[g]));
                let [c0, c1, c2, c3] = [V::load(t0), V::load(t1), V::load(t2), V::load(t3)];
                let (d0, high) = (c0.max(high), c0.min(high));
                let (d1, high) = (c1.max(high), c1.min(high));
                let (d2, high) = (c2.max(high), c2.min(high));
                let d3 = c3.max(high);
                let (d1, low) = (d1.max(low), d1.min(low));
                let (d2, low) = (d2.max(low), d2.min(low));
                let d3 = d3.max(low);
                d0.store(t0);
                d1.store(t1);
                d2.store(t2);
                d3.store(t3);
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
    let (mut first, mut second) = ([0.0; BLOCK], [0.0; BLOCK]);
    for (i, pair) in sources.chunks(2).enumerate() {
        let next = [2 * i + 2, 2 * i + 3].map(|i| sources.get(i));
        // SAFETY: as above.
        unsafe {
            let a = ready::<V>(&pair[0], next[0], start, rows, &mut first);
            let b = match pair.get(1) {
                Some(b) => ready::<V>(b, next[1], start, rows, &mut second),
                // Zero adds nothing and is the least of the largest.
                None => {
                    second.fill(0.0);
                    Ready::Values(&second)
                }
            };
            fold_two::<V, F>([a, b], rows, out);
        }
    }
}

/// Memory that will be wanted next, a line of it for each line's worth of rows that is worked on.
#[derive(Clone, Copy)]
struct Ahead {
    from: *const u8,
    bytes_per_row: usize,
}

impl Ahead {
    /// The rows from `start` on of the column that comes next; of the last columns their own next block, which is as
    /// good a guess as any.
    #[inline(always)]
    fn of(next: Option<&Source<'_>>, start: usize, own: &Source<'_>, rows: usize) -> Self {
        let (source, start) = match next {
            Some(next @ (Source::Number { .. } | Source::Text { .. })) => (next, start),
            _ => (own, start + rows),
        };
        match source {
            Source::Number { x, .. } => Self::at(x, start),
            Source::Text { codes, .. } => Self::at(codes, start),
            Source::Constant(_) | Source::Pair { .. } => Self { from: std::ptr::null(), bytes_per_row: 0 },
        }
    }

    #[inline(always)]
    fn at<T>(column: &[T], start: usize) -> Self {
        Self { from: column.as_ptr().wrapping_add(start).cast(), bytes_per_row: size_of::<T>() }
    }

    /// Asks for what stands at as many rows from `at` on. Numbers fill a line with each step; codes are asked for twice,
    /// which costs less than a number of steps that is not known beforehand.
    #[inline(always)]
    fn prefetch<V: Vector>(self, at: usize, rows: usize) {
        let from = self.from.wrapping_add(at * self.bytes_per_row);
        for row in (0..rows).step_by(LINE / size_of::<f64>()) {
            V::prefetch(from.wrapping_add(row * self.bytes_per_row));
        }
    }
}

/// A column of one block, ready to be folded.
enum Ready<'a> {
    /// Numbers and their steps.
    Numbers(&'a [f64], &'a Steps, Ahead),
    /// Codes, and a table of values that is small enough for [`Vector::look_up`].
    Codes(&'a [u32], &'a [f64], Ahead),
    /// The values.
    Values(&'a [f64; BLOCK]),
}

/// # Safety
/// The machine has the instructions of `V`.
#[inline(always)]
unsafe fn ready<'a, V: Vector>(
    source: &'a Source<'_>,
    next: Option<&'a Source<'_>>,
    start: usize,
    rows: usize,
    buffer: &'a mut [f64; BLOCK],
) -> Ready<'a> {
    let Source::Pair { axes, cells } = source else { return ready_column::<V>(source, next, start, rows, buffer) };
    let (mut first, mut second) = ([0.0; BLOCK], [0.0; BLOCK]);
    let a = ready_column::<V>(&axes[0], None, start, rows, &mut first);
    let b = ready_column::<V>(&axes[1], None, start, rows, &mut second);
    let width = GROUP * V::LANES;
    for at in (0..rows).step_by(width) {
        // SAFETY: as above; the buffer is as long as whole groups, and the vectors are as long as what they are stored in.
        unsafe {
            let (a, b) = (a.group::<V>(at), b.group::<V>(at));
            for (g, to) in buffer[at..at + width].chunks_exact_mut(V::LANES).enumerate() {
                // The axes add up to the number of the cell.
                a[g].add(b[g]).entries(cells).store(to);
            }
        }
    }
    Ready::Values(buffer)
}

#[inline(always)]
fn ready_column<'a, V: Vector>(
    column: &'a Source<'_>,
    next: Option<&'a Source<'_>>,
    start: usize,
    rows: usize,
    buffer: &'a mut [f64; BLOCK],
) -> Ready<'a> {
    let ahead = Ahead::of(next, start, column, rows);
    match column {
        Source::Number { x, steps } => return Ready::Numbers(&x[start..start + rows], steps, ahead),
        Source::Text { codes, values } => {
            let (codes, values) = (&codes[start..start + rows], values.0.as_slice());
            if values.len() <= V::LOOK_UP_MAX {
                return Ready::Codes(codes, values, ahead);
            }
            for (v, &c) in buffer.iter_mut().zip(codes) {
                *v = values[c as usize & (values.len() - 1)];
            }
        }
        Source::Constant(c) => buffer.fill(*c),
        Source::Pair { .. } => unreachable!("a pair is two columns"),
    }
    Ready::Values(buffer)
}

/// # Safety
/// The machine has the instructions of `V`.
#[inline(always)]
unsafe fn fold_two<V: Vector, F: Fold>([a, b]: [Ready<'_>; 2], rows: usize, out: &mut F) {
    for at in (0..rows).step_by(GROUP * V::LANES) {
        // SAFETY: as above.
        unsafe { out.fold(at, [a.group::<V>(at), b.group::<V>(at)]) };
    }
}

impl Ready<'_> {
    /// The values of the rows from `at` on; where there are too few rows, anything follows.
    ///
    /// # Safety
    /// The machine has the instructions of `V`.
    #[inline(always)]
    unsafe fn group<V: Vector>(&self, at: usize) -> [V; GROUP] {
        let width = GROUP * V::LANES;
        // SAFETY: as above; all slices are as long as a group.
        unsafe {
            match self {
                Self::Numbers(x, steps, ahead) => {
                    ahead.prefetch::<V>(at, width);
                    match x.get(at..at + width) {
                        Some(x) => steps.values::<V>(load_group(x)),
                        None => steps.values::<V>(load_group(&padded(&x[at..])[..width])),
                    }
                }
                Self::Codes(codes, table, ahead) => {
                    ahead.prefetch::<V>(at, width);
                    match codes.get(at..at + width) {
                        Some(codes) => look_up_group(codes, table),
                        None => look_up_group(&padded(&codes[at..])[..width], table),
                    }
                }
                Self::Values(values) => load_group(&values[at..at + width]),
            }
        }
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

/// # Safety
/// As for [`load_group`].
#[inline(always)]
unsafe fn look_up_group<V: Vector>(codes: &[u32], table: &[f64]) -> [V; GROUP] {
    debug_assert_eq!(codes.len(), GROUP * V::LANES);
    // A closure may not have the instructions of its function: this is a loop.
    // SAFETY: as above.
    unsafe {
        let mut group = [V::splat(0.0); GROUP];
        for (g, out) in group.iter_mut().enumerate() {
            *out = V::look_up(&codes[g * V::LANES..(g + 1) * V::LANES], table);
        }
        group
    }
}

/// The last values of a column, too few for a group, and anything after them.
#[inline(always)]
fn padded<T: Copy + Default>(rest: &[T]) -> [T; GROUP * LANES_MAX] {
    let mut padded = [T::default(); GROUP * LANES_MAX];
    padded[..rest.len()].copy_from_slice(rest);
    padded
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
                    sum[g] = sum[g].add_where_at_least(x[g], edge, delta);
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
    pub(super) fn avx2<F: Fold>(sources: &[Source<'_>], start: usize, rows: usize, out: &mut F) {
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
        // Tables of one, two, four and eight times sixteen entries: the last is larger than any vector looks up.
        let many: Vec<u32> =
            codes.iter().zip(0_u32..).map(|(&c, i)| if c == u32::MAX { c } else { i * 7 % 120 }).collect();
        let codes_of = [15, 31, 60, 120].map(|levels: u32| {
            let within = many.iter().map(|&c| if c == u32::MAX { c } else { c % levels }).collect::<Vec<u32>>();
            (within, (0..levels).map(|l| f64::from(l * l % 251)).collect::<Vec<f64>>())
        });
        for (codes, values) in &codes_of {
            sources.push(Source::Text { codes, values: Levels::new(values.clone(), -7.0) });
        }
        sources.push(Source::Constant(-3.0));
        // Pairs of 3 by 3, and of 12 by 12: cells that are looked up in a part of a sixteen, in whole ones, and in too many.
        for (step, room) in [(3_u32, 9_usize), (3, 16), (5, 64), (12, 144), (12, 144 + 15)] {
            let edges = (1..step).map(|k| (f64::from(k), f64::from(step))).collect();
            let rows = Source::Number { x: &x, steps: Steps { edges, ..Steps::default() } };
            let values = (0..5).map(|level| f64::from(level * 3 % step)).collect();
            let columns = Source::Text { codes: &codes, values: Levels::new(values, f64::from(step - 1)) };
            let cells = (0..room).map(|c| (c * c % 101) as f64).collect();
            sources.push(Source::Pair { axes: Box::new([rows, columns]), cells });
        }
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
                // The best may be a wider set.
                if is_x86_feature_detected!("avx2") {
                    let (mut s, mut t) = (Sums::new(), TopSums::new());
                    // SAFETY: the machine has these instructions, as was just asked.
                    unsafe {
                        dispatch::avx2(&sources, start, rows, &mut s);
                        dispatch::avx2(&sources, start, rows, &mut t);
                    }
                    check("avx2", &s, &t);
                }
            }
        }
    }
}
