//! How enterprises move between grades from one period to the next.

use crate::distribution::normal_cdf;
use crate::text::{Hypothesis, Reason};
use crate::{Error, Outcome, TestResult, check};
use serde::{Deserialize, Serialize};

/// Moves from each grade to each grade, and those that left. Grade 0 is the best.
///
/// # Examples
/// ```
/// use validation::MigrationMatrix;
/// let m = MigrationMatrix::from_moves(2, &[(0, Some(0)), (0, Some(1)), (1, None)]).unwrap();
/// assert_eq!(m.counts(), [[1, 1], [0, 0]]);
/// assert_eq!(m.exits(), [0, 1]);
/// assert!(MigrationMatrix::from_moves(2, &[(2, None)]).is_err());
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MigrationMatrix {
    counts: Vec<Vec<u64>>,
    exits: Vec<u64>,
}

/// Whether enterprises that defaulted or left before the later period count in the start number `N_i`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExitRule {
    /// `N_i` counts all that started in grade `i`; shares of a row then add up to less than 1.
    Counted,
    /// `N_i` counts those that have a grade in both periods; shares of a row add up to 1.
    Dropped,
}

/// Matrix weighted bandwidth.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Bandwidth {
    /// Of moves to worse grades, in `0..=1`; 0 when there is none.
    pub upper: f64,
    /// Of moves to better grades, in `0..=1`; 0 when there is none.
    pub lower: f64,
    /// Moves to worse grades.
    pub downgrades: u64,
    /// Moves to better grades.
    pub upgrades: u64,
    /// Enterprises with the same grade in both periods.
    pub unchanged: u64,
    /// Enterprises that defaulted or left.
    pub exits: u64,
}

/// Stability test of one cell off the diagonal.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct CellTest {
    /// Grade at the start, counted from 0.
    pub from: usize,
    /// Grade at the end, counted from 0.
    pub to: usize,
    /// `p_ij`, the share of the start number.
    pub share: Outcome<f64>,
    /// The test; its statistic is a standard normal under H0.
    pub test: Outcome<TestResult>,
}

impl MigrationMatrix {
    /// A matrix from counts.
    ///
    /// - `counts`: square, `counts[i][j]` moves from grade `i` to grade `j`, at least 2 grades.
    /// - `exits`: per grade, those that defaulted or left; same length.
    ///
    /// # Errors
    /// [`Error::LengthMismatch`] when a row or `exits` has another length; [`Error::OutOfRange`] below 2 grades.
    pub fn new(counts: Vec<Vec<u64>>, exits: Vec<u64>) -> Result<Self, Error> {
        let grades = counts.len();
        check::argument("number of grades", grades as f64, 2.0, f64::MAX)?;
        for row in &counts {
            check::same_length("row of the migration matrix", grades, row.len())?;
        }
        check::same_length("exits", grades, exits.len())?;
        Ok(Self { counts, exits })
    }

    /// A matrix from single moves: grade at the start, and at the end unless the enterprise left or defaulted.
    ///
    /// # Errors
    /// [`Error::OutOfRange`] for a grade that is not below `grades`, or for fewer than 2 grades.
    pub fn from_moves(grades: usize, moves: &[(usize, Option<usize>)]) -> Result<Self, Error> {
        let mut matrix = Self::new(vec![vec![0; grades]; grades], vec![0; grades])?;
        for (row, (from, to)) in moves.iter().enumerate() {
            for grade in std::iter::once(from).chain(to) {
                if *grade >= grades {
                    let hi = (grades - 1) as f64;
                    return Err(Error::OutOfRange { what: "grade", row, value: *grade as f64, lo: 0.0, hi });
                }
            }
            match to {
                Some(to) => matrix.counts[*from][*to] += 1,
                None => matrix.exits[*from] += 1,
            }
        }
        Ok(matrix)
    }

    /// Moves by grade at the start and grade at the end.
    pub fn counts(&self) -> &[Vec<u64>] {
        &self.counts
    }

    /// Per grade at the start, enterprises that defaulted or left.
    pub fn exits(&self) -> &[u64] {
        &self.exits
    }

    /// Number of grades.
    pub fn grades(&self) -> usize {
        self.counts.len()
    }

    /// `N_i` of each grade.
    pub fn start_counts(&self, rule: ExitRule) -> Vec<u64> {
        let stayed = self.counts.iter().map(|row| row.iter().sum::<u64>());
        match rule {
            ExitRule::Dropped => stayed.collect(),
            ExitRule::Counted => stayed.zip(&self.exits).map(|(n, left)| n + left).collect(),
        }
    }
}

/// Upper and lower matrix weighted bandwidth.
///
/// With grades `1..=K`: `upper = sum_{i<j} |i-j| N_i p_ij / sum_i max(|i-K|, |i-1|) N_i sum_{j>i} p_ij`; `lower` is the
/// same for `j < i`. A side without moves is 0 by convention. `N_i p_ij` is the number of moves, so whether those that
/// left count in `N_i` ([`ExitRule`]) can not change this figure; it changes the tests of [`migration_stability`].
///
/// # Examples
/// ```
/// use validation::{MigrationMatrix, matrix_weighted_bandwidth};
/// let rows = vec![vec![80, 15, 5, 0], vec![10, 70, 15, 5], vec![3, 12, 65, 20], vec![1, 4, 15, 80]];
/// let b = matrix_weighted_bandwidth(&MigrationMatrix::new(rows, vec![0; 4]).unwrap());
/// assert!((b.upper - 0.5).abs() < 1e-12 && (b.lower - 27.0 / 55.0).abs() < 1e-12);
/// ```
/// # Source
/// ECB, Instructions for reporting the validation results of internal models (2019), 2.5.5.1.
pub fn matrix_weighted_bandwidth(matrix: &MigrationMatrix) -> Bandwidth {
    let last = matrix.grades() - 1;
    let (mut up, mut up_max, mut down, mut down_max) = (0.0, 0.0, 0.0, 0.0);
    let mut bandwidth = Bandwidth {
        upper: 0.0,
        lower: 0.0,
        downgrades: 0,
        upgrades: 0,
        unchanged: 0,
        exits: matrix.exits.iter().sum(),
    };
    for (i, row) in matrix.counts.iter().enumerate() {
        let farthest = i.max(last - i) as f64;
        for (j, count) in row.iter().enumerate() {
            let (moved, far) = ((i.abs_diff(j) as u64 * count) as f64, farthest * *count as f64);
            match i.cmp(&j) {
                std::cmp::Ordering::Less => {
                    up += moved;
                    up_max += far;
                    bandwidth.downgrades += count;
                }
                std::cmp::Ordering::Greater => {
                    down += moved;
                    down_max += far;
                    bandwidth.upgrades += count;
                }
                std::cmp::Ordering::Equal => bandwidth.unchanged += count,
            }
        }
    }
    let share = |part: f64, whole: f64| if whole > 0.0 { part / whole } else { 0.0 };
    bandwidth.upper = share(up, up_max);
    bandwidth.lower = share(down, down_max);
    bandwidth
}

/// Stability of a migration matrix: a z test of each cell off the diagonal against its neighbour nearer to it.
///
/// For `i > j`: `z = (p_{i,j+1} - p_ij) / sqrt([p_ij (1 - p_ij) + p_{i,j+1} (1 - p_{i,j+1}) + 2 p_ij p_{i,j+1}] / N_i)`;
/// for `i < j` with `p_{i,j-1}`. `p = Phi(z)`. H0: the cell nearer the diagonal is at least as large; one-sided,
/// rejected when `p < alpha`. Not applicable where both cells are empty.
///
/// - `rule`: whether those that left count in `N_i`. `alpha`: in `0..=1`.
///
/// # Errors
/// [`Error::NotFinite`] and [`Error::OutOfRange`] for `alpha`.
///
/// # Examples
/// ```
/// use validation::{ExitRule, MigrationMatrix, migration_stability};
/// let m = MigrationMatrix::new(vec![vec![8, 2], vec![0, 0]], vec![0, 3]).unwrap();
/// let cells = migration_stability(&m, ExitRule::Dropped, 0.05).unwrap();
/// assert!(cells[0].test.value().unwrap().statistic > 0.0);
/// assert!(cells[1].test.value().is_none());
/// ```
/// # Source
/// ECB, Instructions for reporting the validation results of internal models (2019), 2.5.5.2.
pub fn migration_stability(matrix: &MigrationMatrix, rule: ExitRule, alpha: f64) -> Result<Vec<CellTest>, Error> {
    check::argument("alpha", alpha, 0.0, 1.0)?;
    let starts = matrix.start_counts(rule);
    let mut cells = Vec::new();
    for (from, row) in matrix.counts.iter().enumerate() {
        let n = starts[from] as f64;
        for (to, count) in row.iter().enumerate() {
            let nearer = match from.cmp(&to) {
                std::cmp::Ordering::Equal => continue,
                std::cmp::Ordering::Less => row[to - 1],
                std::cmp::Ordering::Greater => row[to + 1],
            };
            let (share, test) = if n == 0.0 {
                (Reason::NoRows.into(), Reason::NoRows.into())
            } else {
                let (p, q) = (*count as f64 / n, nearer as f64 / n);
                (Outcome::Value(p), cell_test(p, q, n, alpha))
            };
            cells.push(CellTest { from, to, share, test });
        }
    }
    Ok(cells)
}

fn cell_test(p: f64, nearer: f64, n: f64, alpha: f64) -> Outcome<TestResult> {
    let variance = (p * (1.0 - p) + nearer * (1.0 - nearer) + 2.0 * p * nearer) / n;
    if variance <= 0.0 {
        return Reason::ZeroVariance.into();
    }
    let z = (nearer - p) / variance.sqrt();
    Outcome::Value(TestResult::new(Hypothesis::NearerCellAtLeastAsLarge, z, normal_cdf(z), alpha))
}
