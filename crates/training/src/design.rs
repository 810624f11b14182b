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

    /// The rows.
    pub(crate) fn iter(&self) -> impl Iterator<Item = u32> {
        let (all, some) = match self {
            Self::All(n) => (Some(0..*n as u32), None),
            Self::Some(rows) => (None, Some(rows.iter().copied())),
        };
        all.into_iter().flatten().chain(some.into_iter().flatten())
    }

    /// The entries of `values` at these rows.
    pub(crate) fn gather<T: Copy>(&self, values: &[T]) -> Vec<T> {
        match self {
            Self::All(_) => values.to_vec(),
            Self::Some(rows) => rows.iter().map(|&i| values[i as usize]).collect(),
        }
    }
}

/// A coded column and what each code stands for.
#[derive(Debug, Clone)]
pub(crate) struct LookedUp<'a> {
    codes: &'a [u8],
    values: Box<[f64; 256]>,
}

impl<'a> LookedUp<'a> {
    pub(crate) fn new(codes: &'a [u8], by_code: impl Iterator<Item = f64>) -> Self {
        let mut values = Box::new([0.0; 256]);
        values.iter_mut().zip(by_code).for_each(|(v, x)| *v = x);
        Self { codes, values }
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
        let LookedUp { codes, values } = &self.columns[column];
        match self.rows {
            RowSet::All(_) => {
                let codes = &codes[start..start + out.len()];
                out.iter_mut().zip(codes).for_each(|(o, &c)| *o = values[usize::from(c)]);
            }
            RowSet::Some(rows) => {
                let rows = &rows[start..start + out.len()];
                out.iter_mut().zip(rows).for_each(|(o, &i)| *o = values[usize::from(codes[i as usize])]);
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
