//! Grades: observed against expected, and concentration over them.

use crate::error::ratio;
use crate::report::input::{ReportInput, SampleRows};
use crate::text::Reason;
use crate::{Concentration, Error, Outcome, TestResult, binomial_test, concentration, concentration_test, jeffreys};
use serde::Serialize;

/// Figures of every grade and of the portfolio.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct GradeSection {
    /// Grades, the best first.
    pub grades: Vec<GradeRow>,
    /// All grades together.
    pub portfolio: GradeRow,
    /// Neighbouring grades (worse one first) whose observed bad rates stand in the wrong order.
    pub inversions: Vec<GradeInversion>,
}

/// One grade. With weights, counts of tests and rates are sums of weights.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct GradeRow {
    /// Name; empty for the portfolio.
    pub name: String,
    /// Lowest PD the scale states.
    pub pd_lo: Outcome<f64>,
    /// Highest PD the scale states.
    pub pd_hi: Outcome<f64>,
    /// Rows.
    pub n: u64,
    /// Bads.
    pub bads: u64,
    /// Share of the sample's rows.
    pub share: f64,
    /// Observed bad rate.
    pub bad_rate: Outcome<f64>,
    /// Mean PD of the rows.
    pub mean_pd: Outcome<f64>,
    /// Sum of PDs.
    pub expected_bads: Outcome<f64>,
    /// Observed bads over expected bads.
    pub observed_over_expected: Outcome<f64>,
    /// Jeffreys test of the mean PD.
    pub jeffreys: Outcome<TestResult>,
    /// Binomial test of the mean PD.
    pub binomial: Outcome<TestResult>,
}

/// Two neighbouring grades of which the worse one defaulted less often.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct GradeInversion {
    /// The grade that should default more often.
    pub worse: String,
    /// The grade that should default less often.
    pub better: String,
}

/// Concentration over grades.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ConcentrationSection {
    /// By number of rows.
    pub by_number: Outcome<Concentration>,
    /// Test against the initial validation, by number.
    pub by_number_against_initial: Outcome<TestResult>,
    /// By exposure.
    pub by_exposure: Outcome<Concentration>,
    /// Exposure per grade.
    pub exposure: Outcome<Vec<f64>>,
}

/// Sums over some rows.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Sums {
    pub(crate) n: u64,
    pub(crate) bads: u64,
    pub(crate) weight: f64,
    pub(crate) bad_weight: f64,
    pub(crate) pd_weight: f64,
}

impl Sums {
    pub(crate) fn add(&mut self, rows: &SampleRows, row: usize) {
        let w = rows.weight.as_ref().map_or(1.0, |w| w[row]);
        self.n += 1;
        self.weight += w;
        if rows.bad[row] {
            self.bads += 1;
            self.bad_weight += w;
        }
        if let Some(pd) = &rows.pd {
            self.pd_weight += w * pd[row];
        }
    }

    fn merge(&mut self, other: &Self) {
        self.n += other.n;
        self.bads += other.bads;
        self.weight += other.weight;
        self.bad_weight += other.bad_weight;
        self.pd_weight += other.pd_weight;
    }

    /// Observed bad rate.
    pub(crate) fn bad_rate(&self) -> Outcome<f64> {
        self.over_weight(self.bad_weight)
    }

    /// Mean PD.
    pub(crate) fn mean_pd(&self, has_pd: bool) -> Outcome<f64> {
        if has_pd { self.over_weight(self.pd_weight) } else { Reason::NeedsPd.into() }
    }

    /// Observed over expected bads.
    pub(crate) fn observed_over_expected(&self, has_pd: bool) -> Outcome<f64> {
        match has_pd {
            false => Reason::NeedsPd.into(),
            true if self.weight == 0.0 => Reason::NoRows.into(),
            true => ratio(self.bad_weight, self.pd_weight),
        }
    }

    fn over_weight(&self, sum: f64) -> Outcome<f64> {
        if self.weight == 0.0 { Reason::NoRows.into() } else { Outcome::Value((sum / self.weight).clamp(0.0, 1.0)) }
    }
}

pub(crate) fn grades(input: &ReportInput) -> Result<GradeSection, Error> {
    let rows = &input.rows;
    let mut sums = vec![Sums::default(); input.grades.len()];
    for (row, grade) in rows.grade.iter().enumerate() {
        sums[*grade].add(rows, row);
    }
    let mut total = Sums::default();
    for s in &sums {
        total.merge(s);
    }
    let (has_pd, alpha) = (rows.pd.is_some(), input.options.alpha);
    let stated = |pd: Option<f64>| pd.map_or(Reason::NeedsGradePd.into(), Outcome::Value);
    let mut grades = Vec::with_capacity(sums.len());
    for (facts, s) in input.grades.iter().zip(&sums) {
        let (lo, hi) = (stated(facts.pd_lo), stated(facts.pd_hi));
        grades.push(grade_row(&facts.name, lo, hi, s, total.n, has_pd, alpha)?);
    }
    let none = Reason::NeedsGradePd;
    let portfolio = grade_row("", none.into(), none.into(), &total, total.n, has_pd, alpha)?;
    Ok(GradeSection { inversions: inversions(&grades), grades, portfolio })
}

fn grade_row(
    name: &str,
    pd_lo: Outcome<f64>,
    pd_hi: Outcome<f64>,
    s: &Sums,
    n_all: u64,
    has_pd: bool,
    alpha: f64,
) -> Result<GradeRow, Error> {
    let mean_pd = s.mean_pd(has_pd);
    let (by_jeffreys, by_binomial) = match mean_pd {
        Outcome::NotApplicable(n) => (Outcome::NotApplicable(n), Outcome::NotApplicable(n)),
        Outcome::Value(pd) => {
            // A sum of weights may exceed its total by rounding.
            let bads = s.bad_weight.min(s.weight);
            (jeffreys(s.weight, bads, pd, alpha)?, binomial_test(s.weight, bads, pd, alpha)?)
        }
    };
    Ok(GradeRow {
        name: name.to_owned(),
        pd_lo,
        pd_hi,
        n: s.n,
        bads: s.bads,
        share: s.n as f64 / n_all as f64,
        bad_rate: s.bad_rate(),
        mean_pd,
        expected_bads: mean_pd.map(|_| s.pd_weight),
        observed_over_expected: s.observed_over_expected(has_pd),
        jeffreys: by_jeffreys,
        binomial: by_binomial,
    })
}

/// Neighbours among the grades with rows whose bad rates do not rise.
fn inversions(grades: &[GradeRow]) -> Vec<GradeInversion> {
    let with_rows: Vec<(&str, f64)> =
        grades.iter().filter_map(|g| g.bad_rate.value().map(|rate| (g.name.as_str(), *rate))).collect();
    let wrong = with_rows.windows(2).filter(|pair| pair[1].1 < pair[0].1);
    wrong.map(|pair| GradeInversion { worse: pair[1].0.to_owned(), better: pair[0].0.to_owned() }).collect()
}

pub(crate) fn concentration_section(input: &ReportInput) -> Result<ConcentrationSection, Error> {
    let k = input.grades.len();
    let mut counts = vec![0.0; k];
    for grade in &input.rows.grade {
        counts[*grade] += 1.0;
    }
    let by_number = concentration(&counts)?;
    let by_number_against_initial = match (input.options.initial_concentration, by_number) {
        (None, _) => Reason::NeedsInitialConcentration.into(),
        (Some(_), Outcome::NotApplicable(n)) => Outcome::NotApplicable(n),
        (Some(initial), Outcome::Value(c)) => concentration_test(&c, initial, input.options.alpha)?,
    };
    let (by_exposure, exposure) = match &input.rows.exposure {
        None => (Reason::NeedsExposure.into(), Reason::NeedsExposure.into()),
        Some(exposure) => {
            let mut sums = vec![0.0; k];
            for (grade, e) in input.rows.grade.iter().zip(exposure) {
                sums[*grade] += e;
            }
            let by_exposure = match concentration(&sums) {
                Ok(c) => c,
                Err(Error::EmptySample { .. }) => Reason::ZeroDenominator.into(),
                Err(e) => return Err(e),
            };
            (by_exposure, Outcome::Value(sums))
        }
    };
    Ok(ConcentrationSection { by_number, by_number_against_initial, by_exposure, exposure })
}
