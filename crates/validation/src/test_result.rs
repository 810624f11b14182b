//! The shape of one statistical test and of one estimate.

use crate::distribution::Z_95;
use crate::text::Hypothesis;
use serde::{Deserialize, Serialize};

/// One statistical test.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct TestResult {
    /// The hypothesis that the test tries to reject; its English sentence in JSON.
    pub h0: Hypothesis,
    /// Value of the test's statistic; its meaning stands with the function that made it.
    pub statistic: f64,
    /// Probability, if H0 holds, of a statistic at least this extreme; in `0..=1`.
    pub p_value: f64,
    /// Level below which H0 is rejected, in `0..=1`.
    pub alpha: f64,
    /// Whether H0 is rejected.
    pub verdict: Verdict,
}

/// What a test says about its H0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// `p_value < alpha`: the data contradict H0.
    Rejected,
    /// The data do not contradict H0, which is no proof of it.
    NotRejected,
}

impl TestResult {
    /// A test whose verdict follows from `p_value < alpha`.
    pub(crate) fn new(h0: Hypothesis, statistic: f64, p_value: f64, alpha: f64) -> Self {
        let p_value = p_value.clamp(0.0, 1.0);
        let verdict = if p_value < alpha { Verdict::Rejected } else { Verdict::NotRejected };
        Self { h0, statistic, p_value, alpha, verdict }
    }

    /// Whether H0 is rejected.
    pub fn is_rejected(&self) -> bool {
        self.verdict == Verdict::Rejected
    }
}

/// An estimate with its two-sided 95% interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    /// The estimate.
    pub value: f64,
    /// Its standard error.
    pub standard_error: f64,
    /// Lower end of the interval.
    pub lo: f64,
    /// Upper end of the interval.
    pub hi: f64,
}

impl Estimate {
    /// `value +- 1.96 standard errors`.
    pub(crate) fn normal(value: f64, standard_error: f64) -> Self {
        Self { value, standard_error, lo: value - Z_95 * standard_error, hi: value + Z_95 * standard_error }
    }

    /// Whether `x` lies inside the interval.
    pub fn contains(&self, x: f64) -> bool {
        self.lo <= x && x <= self.hi
    }
}
