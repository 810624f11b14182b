//! The fitter as a citizen of linfa: `Fit` for a `Dataset`, weights heeded.

use crate::error::FitError;
use crate::newton::{Design, FitOptions, LogisticFit, fit};
use linfa::dataset::{AsSingleTargets, DatasetBase};
use linfa::traits::{Fit, PredictInplace};
use ndarray::{Array1, ArrayBase, Axis, Data, Ix2};

/// Weighted logistic regression with an L2 penalty, by Newton's method (IRLS) with step halving.
///
/// It minimises `sum w_i * log(1 + exp(-s_i * eta_i)) + l2 / 2 * sum of squared coefficients`, with
/// `eta = intercept + x · coefficients` and `s = +1` for `true`. The intercept is not penalised. Unlike
/// `linfa-logistic` it heeds the data set's weights, always models the probability of `true`, and says
/// when it did not converge.
///
/// # Errors
/// [`FitError`]: one class, a value or weight that is not finite, separated data without a penalty,
/// linearly dependent columns without a penalty, no convergence.
///
/// # Examples
/// ```
/// use linfa::{Dataset, traits::{Fit, Predict}};
/// use ndarray::array;
/// use training::{FitOptions, NewtonLogistic};
///
/// let x = array![[0.0], [1.0], [2.0], [3.0], [4.0], [5.0]];
/// let y = array![false, false, true, false, true, true];
/// let fitted = NewtonLogistic::new(FitOptions { l2: 0.1, ..FitOptions::default() }).fit(&Dataset::new(x.clone(), y))?;
/// assert!(fitted.coefficients[0] > 0.0);
/// assert_eq!(fitted.predict(&x)[0], false);
/// # Ok::<(), training::FitError>(())
/// ```
/// # Source
/// Hosmer, Lemeshow and Sturdivant, *Applied Logistic Regression*, 3rd edition (2013), chapters 1 and 2.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NewtonLogistic {
    options: FitOptions,
}

impl NewtonLogistic {
    /// A fitter with these options.
    pub fn new(options: FitOptions) -> Self {
        Self { options }
    }

    /// Fits with weights of full precision; a linfa data set carries single-precision ones.
    ///
    /// - `x`: rows by columns, finite.
    /// - `y`: one outcome a row.
    /// - `weight`: one weight a row, finite and 0 or more.
    ///
    /// # Errors
    /// See [`NewtonLogistic`].
    pub fn fit_weighted<D: Data<Elem = f64> + Sync>(
        &self,
        x: &ArrayBase<D, Ix2>,
        y: &[bool],
        weight: Option<&[f64]>,
    ) -> Result<LogisticFit, FitError> {
        if let Some(((row, column), &value)) = x.indexed_iter().find(|(_, v)| !v.is_finite()) {
            return Err(FitError::NotFinite { row: row + 1, column: column + 1, value });
        }
        fit(&Dense(x), y, weight, self.options, None)
    }
}

impl Default for FitOptions {
    /// No penalty, no bounds, 50 steps, a gradient of 1e-10 a row.
    fn default() -> Self {
        Self { l2: 0.0, iterations_max: 50, tolerance: 1e-10, non_negative: false }
    }
}

struct Dense<'a, D: Data<Elem = f64>>(&'a ArrayBase<D, Ix2>);

impl<D: Data<Elem = f64> + Sync> Design for Dense<'_, D> {
    fn rows(&self) -> usize {
        self.0.nrows()
    }

    fn columns(&self) -> usize {
        self.0.ncols()
    }

    fn fill(&self, column: usize, start: usize, out: &mut [f64]) {
        let view = self.0.index_axis(Axis(1), column);
        for (i, o) in out.iter_mut().enumerate() {
            *o = view[start + i];
        }
    }
}

impl<D, T> Fit<ArrayBase<D, Ix2>, T, FitError> for NewtonLogistic
where
    D: Data<Elem = f64> + Sync,
    T: AsSingleTargets<Elem = bool>,
{
    type Object = LogisticFit;

    fn fit(&self, dataset: &DatasetBase<ArrayBase<D, Ix2>, T>) -> Result<LogisticFit, FitError> {
        let y: Vec<bool> = dataset.targets.as_single_targets().iter().copied().collect();
        let weight: Option<Vec<f64>> = dataset.weights().map(|w| w.iter().map(|&w| f64::from(w)).collect());
        self.fit_weighted(&dataset.records, &y, weight.as_deref())
    }
}

impl LogisticFit {
    /// Probability of `true` per row. A missing value gives a missing probability: `NaN`.
    pub fn predict_probabilities<D: Data<Elem = f64>>(&self, x: &ArrayBase<D, Ix2>) -> Array1<f64> {
        let beta = Array1::from(self.coefficients.clone());
        x.dot(&beta).mapv(|eta| 1.0 / (1.0 + (-eta - self.intercept).exp()))
    }
}

impl<D: Data<Elem = f64>> PredictInplace<ArrayBase<D, Ix2>, Array1<bool>> for LogisticFit {
    fn predict_inplace(&self, x: &ArrayBase<D, Ix2>, y: &mut Array1<bool>) {
        *y = self.predict_probabilities(x).mapv(|p| p >= 0.5);
    }

    fn default_target(&self, x: &ArrayBase<D, Ix2>) -> Array1<bool> {
        Array1::from_elem(x.nrows(), false)
    }
}
