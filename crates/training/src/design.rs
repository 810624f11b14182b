//! Coded columns as the columns of a regression.

use crate::newton::Design;

/// Rows of a coded table.
#[derive(Debug, Clone, Copy)]
pub(crate) enum RowSet<'a> {
    All(usize),
    Some(&'a [u32]),
}

impl RowSet<'_> {
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::All(n) => *n,
            Self::Some(rows) => rows.len(),
        }
    }

    /// The entries of `values` at these rows.
    pub(crate) fn gather<T: Copy>(&self, values: &[T]) -> Vec<T> {
        match self {
            Self::All(_) => values.to_vec(),
            Self::Some(rows) => rows.iter().map(|&i| values[i as usize]).collect(),
        }
    }
}

/// A coded column and what each code stands for, the same in all rows or by the fold of the row.
#[derive(Debug, Clone)]
pub(crate) struct LookedUp<'a> {
    codes: &'a [u8],
    fold: Option<&'a [u8]>,
    /// 256 values, once or once a fold.
    values: Vec<f64>,
}

impl<'a> LookedUp<'a> {
    pub(crate) fn new(codes: &'a [u8], by_code: impl Iterator<Item = f64>) -> Self {
        let mut values = vec![0.0; 256];
        values.iter_mut().zip(by_code).for_each(|(v, x)| *v = x);
        Self { codes, fold: None, values }
    }

    /// `by_fold`: fold and its values by code.
    pub(crate) fn by_fold(codes: &'a [u8], fold: &'a [u8], by_fold: &[(usize, &[f64])]) -> Self {
        let folds = by_fold.iter().map(|f| f.0 + 1).max().unwrap_or(0);
        let mut values = vec![0.0; 256 * folds];
        for (f, by_code) in by_fold {
            values[256 * f..256 * f + by_code.len()].copy_from_slice(by_code);
        }
        Self { codes, fold: Some(fold), values }
    }

    #[inline]
    fn at(&self, i: usize) -> f64 {
        let fold = self.fold.map_or(0, |f| usize::from(f[i]));
        self.values[256 * fold + usize::from(self.codes[i])]
    }
}

/// Looked-up columns over a set of rows.
#[derive(Debug, Clone)]
pub(crate) struct CodedDesign<'a> {
    pub(crate) columns: Vec<LookedUp<'a>>,
    pub(crate) rows: RowSet<'a>,
}

impl Design for CodedDesign<'_> {
    fn rows(&self) -> usize {
        self.rows.len()
    }

    fn columns(&self) -> usize {
        self.columns.len()
    }

    #[inline]
    fn fill(&self, column: usize, start: usize, out: &mut [f64]) {
        let column = &self.columns[column];
        match (self.rows, column.fold) {
            (RowSet::All(_), None) => {
                let values: &[f64; 256] = column.values[..256].try_into().expect("256 values");
                let codes = &column.codes[start..start + out.len()];
                out.iter_mut().zip(codes).for_each(|(o, &c)| *o = values[usize::from(c)]);
            }
            (RowSet::All(_), Some(fold)) => {
                let codes = &column.codes[start..start + out.len()];
                let fold = &fold[start..start + out.len()];
                for ((o, &c), &f) in out.iter_mut().zip(codes).zip(fold) {
                    *o = column.values[usize::from(f) << 8 | usize::from(c)];
                }
            }
            (RowSet::Some(rows), _) => {
                let rows = &rows[start..start + out.len()];
                out.iter_mut().zip(rows).for_each(|(o, &i)| *o = column.at(i as usize));
            }
        }
    }
}

impl CodedDesign<'_> {
    /// `intercept + sum of coefficient times column`, per row.
    pub(crate) fn predict(&self, coefficients: &[f64], intercept: f64) -> Vec<f64> {
        let mut eta = vec![intercept; self.rows.len()];
        let mut buffer = vec![0.0; 4096.min(eta.len())];
        for (j, b) in coefficients.iter().enumerate() {
            for (block, start) in eta.chunks_mut(4096).zip((0..).step_by(4096)) {
                let x = &mut buffer[..block.len()];
                self.fill(j, start, x);
                block.iter_mut().zip(&*x).for_each(|(e, x)| *e += b * x);
            }
        }
        eta
    }
}
