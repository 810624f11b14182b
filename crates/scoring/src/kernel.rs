//! The inner loops of batch scoring.
//!
//! A numeric column needs no bin number: `s = v0 + sum over edges of (x >= edge ? delta : 0)` is the
//! value of its bin. That is a compare, a mask and an add per edge and lane, without a branch or a
//! gather, and the compiler turns it into whatever vectors the machine has. Values are integers held
//! as `f64`, so sums are exact in any order, and every path gives the same bits.
//!
//! The loops are compiled for three instruction sets and chosen at run time, so that a portable build
//! is as fast as one for the machine at hand.

/// Rows of a block: the running sums of a block and its four largest keys stay in the first cache.
pub(crate) const BLOCK: usize = 512;

/// A column bound to the values that its bins add.
#[derive(Debug)]
pub(crate) enum Source<'t> {
    /// A numeric column.
    Number { x: &'t [f64], steps: Steps },
    /// A dictionary-coded column: a value per level, then the missing one.
    Text { codes: &'t [u32], values: Vec<f64> },
    /// The same value for every row.
    Constant(f64),
}

/// The bins of a number as steps over its edges.
#[derive(Debug, Default)]
pub(crate) struct Steps {
    /// Value below the first edge.
    pub(crate) first: f64,
    pub(crate) edges: Vec<f64>,
    /// What each edge adds.
    pub(crate) deltas: Vec<f64>,
    pub(crate) missing: f64,
    /// Special values and what stands in place of the step value.
    pub(crate) special: Vec<(f64, f64)>,
}

/// Sums of one block of rows.
pub(crate) struct Sums<'o> {
    pub(crate) total: &'o mut [f64],
}

/// Sums and the four largest values of one block of rows.
pub(crate) struct TopSums<'o> {
    pub(crate) total: &'o mut [f64],
    pub(crate) top: &'o mut [[f64; BLOCK]; 4],
}

/// What is done with a column's values of a block.
trait Fold {
    fn rows(&self) -> usize;
    fn fold(&mut self, values: &[f64]);
}

impl Fold for Sums<'_> {
    #[inline(always)]
    fn rows(&self) -> usize {
        self.total.len()
    }

    #[inline(always)]
    fn fold(&mut self, values: &[f64]) {
        for (t, v) in self.total.iter_mut().zip(values) {
            *t += v;
        }
    }
}

impl Fold for TopSums<'_> {
    #[inline(always)]
    fn rows(&self) -> usize {
        self.total.len()
    }

    #[inline(always)]
    fn fold(&mut self, values: &[f64]) {
        let [t0, t1, t2, t3] = &mut *self.top;
        let n = self.total.len().min(BLOCK).min(values.len());
        let (total, values) = (&mut self.total[..n], &values[..n]);
        let (t0, t1, t2, t3) = (&mut t0[..n], &mut t1[..n], &mut t2[..n], &mut t3[..n]);
        for i in 0..n {
            let v = values[i];
            total[i] += v;
            // Insertion into a sorted list of four, as compares that become max and min.
            let (v, keep) = sort_two(t0[i], v);
            t0[i] = keep;
            let (v, keep) = sort_two(t1[i], v);
            t1[i] = keep;
            let (v, keep) = sort_two(t2[i], v);
            t2[i] = keep;
            t3[i] = if t3[i] > v { t3[i] } else { v };
        }
    }
}

/// The smaller and the larger of two numbers.
#[inline(always)]
fn sort_two(a: f64, b: f64) -> (f64, f64) {
    (if a < b { a } else { b }, if a < b { b } else { a })
}

/// Adds the columns' values of rows `start..` into the sums.
pub(crate) fn sum_block(sources: &[Source<'_>], start: usize, out: Sums<'_>) {
    dispatch::sum_block(sources, start, out);
}

/// Adds the columns' values of rows `start..` and keeps the four largest of each row.
pub(crate) fn top_block(sources: &[Source<'_>], start: usize, out: TopSums<'_>) {
    dispatch::top_block(sources, start, out);
}

#[inline(always)]
fn block<F: Fold>(sources: &[Source<'_>], start: usize, mut out: F) {
    let rows = out.rows();
    let mut buffer = [0.0; BLOCK];
    let values = &mut buffer[..rows];
    for source in sources {
        match source {
            Source::Number { x, steps } => step_values(&x[start..start + rows], steps, values),
            Source::Text { codes, values: by_level } => {
                let missing = by_level.len() - 1;
                for (v, &c) in values.iter_mut().zip(&codes[start..start + rows]) {
                    *v = by_level[(c as usize).min(missing)];
                }
            }
            Source::Constant(c) => values.fill(*c),
        }
        out.fold(values);
    }
}

#[inline(always)]
fn step_values(x: &[f64], steps: &Steps, out: &mut [f64]) {
    macro_rules! by_count {
        ($($n:literal)*) => {
            match steps.edges.len() {
                $($n => fixed::<$n>(x, steps, out),)*
                _ => any(x, steps, out),
            }
        };
    }
    by_count!(0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16);
    for &(special, value) in &steps.special {
        for (o, &x) in out.iter_mut().zip(x) {
            *o = if x == special { value } else { *o };
        }
    }
}

/// Steps over a known number of edges: all edges and deltas stay in registers.
#[inline(always)]
fn fixed<const N: usize>(x: &[f64], steps: &Steps, out: &mut [f64]) {
    let (mut edges, mut deltas) = ([0.0; N], [0.0; N]);
    edges.copy_from_slice(&steps.edges);
    deltas.copy_from_slice(&steps.deltas);
    let (first, missing) = (steps.first, steps.missing);
    for (o, &x) in out.iter_mut().zip(x) {
        let mut s = first;
        for k in 0..N {
            s += if x >= edges[k] { deltas[k] } else { 0.0 };
        }
        *o = if x.abs() <= f64::MAX { s } else { missing };
    }
}

/// Steps over any number of edges.
#[inline(always)]
fn any(x: &[f64], steps: &Steps, out: &mut [f64]) {
    out.fill(steps.first);
    for (&edge, &delta) in steps.edges.iter().zip(&steps.deltas) {
        for (o, &x) in out.iter_mut().zip(x) {
            *o += if x >= edge { delta } else { 0.0 };
        }
    }
    for (o, &x) in out.iter_mut().zip(x) {
        *o = if x.abs() <= f64::MAX { *o } else { steps.missing };
    }
}

#[cfg(target_arch = "x86_64")]
mod dispatch {
    use super::{Source, Sums, TopSums, block};

    macro_rules! dispatched {
        ($name:ident, $out:ident) => {
            pub(super) fn $name(sources: &[Source<'_>], start: usize, out: $out<'_>) {
                #[target_feature(enable = "avx512f,avx512dq,avx512vl")]
                fn avx512(sources: &[Source<'_>], start: usize, out: $out<'_>) {
                    block(sources, start, out);
                }
                #[target_feature(enable = "avx2")]
                fn avx2(sources: &[Source<'_>], start: usize, out: $out<'_>) {
                    block(sources, start, out);
                }
                if is_x86_feature_detected!("avx512f")
                    && is_x86_feature_detected!("avx512dq")
                    && is_x86_feature_detected!("avx512vl")
                {
                    // SAFETY: the machine has these instructions, as was just asked.
                    unsafe { avx512(sources, start, out) }
                } else if is_x86_feature_detected!("avx2") {
                    // SAFETY: the machine has these instructions, as was just asked.
                    unsafe { avx2(sources, start, out) }
                } else {
                    block(sources, start, out);
                }
            }
        };
    }
    dispatched!(sum_block, Sums);
    dispatched!(top_block, TopSums);
}

#[cfg(not(target_arch = "x86_64"))]
mod dispatch {
    use super::{Source, Sums, TopSums, block};

    pub(super) fn sum_block(sources: &[Source<'_>], start: usize, out: Sums<'_>) {
        block(sources, start, out);
    }

    pub(super) fn top_block(sources: &[Source<'_>], start: usize, out: TopSums<'_>) {
        block(sources, start, out);
    }
}
