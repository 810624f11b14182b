//! The same figures by segment, by period and by protected group; moves between grades.

use crate::report::characteristics::SCORE_BINS;
use crate::report::grades::Sums;
use crate::report::input::{Cutoff, ReportInput};
use crate::text::Reason;
use crate::{
    AdverseImpact, Auc, Bandwidth, CellTest, Error, ExitRule, GROUP_ROWS_MIN, Grouping, MigrationMatrix, Outcome, Psi,
    ReferenceGroup, adverse_impact, auc, counts_by_edges, matrix_weighted_bandwidth, migration_stability, psi,
    quantile_edges,
};
use primitives::MISSING_CODE;
use serde::Serialize;

/// Figures by the groups of one column.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct GroupSection {
    /// Name of the column.
    pub column: String,
    /// Groups in order of labels, rows without a label last.
    pub groups: Vec<GroupRow>,
}

/// One group. Under [`GROUP_ROWS_MIN`] rows only their number is shown.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct GroupRow {
    /// Label; empty for rows without one.
    pub label: String,
    /// Rows.
    pub n: u64,
    /// Bads.
    pub bads: Outcome<u64>,
    /// AUC with its interval.
    pub auc: Outcome<Auc>,
    /// Observed bad rate.
    pub bad_rate: Outcome<f64>,
    /// Mean PD.
    pub mean_pd: Outcome<f64>,
    /// Observed over expected bads.
    pub observed_over_expected: Outcome<f64>,
}

/// Figures by period.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PeriodSection {
    /// Whether the PSI is against the reference sample; otherwise it is against the first period.
    pub psi_against_reference: bool,
    /// Figures of every period.
    pub table: GroupSection,
    /// PSI of the score, one per row of the table.
    pub psi: Vec<Outcome<Psi>>,
}

/// Moves between grades from each period to the next, all pairs of periods together.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MigrationSection {
    /// Periods in order.
    pub periods: Vec<String>,
    /// Enterprises seen in two successive periods.
    pub pairs: u64,
    /// Those that left after a bad outcome.
    pub exits_bad: u64,
    /// Those that left otherwise.
    pub exits_other: u64,
    /// Rows left out because the same enterprise already has a row in the period.
    pub duplicates: u64,
    /// Rows left out because identifier or period is missing.
    pub without_id_or_period: u64,
    /// The matrix; grade 0 is the best.
    pub matrix: MigrationMatrix,
    /// Matrix weighted bandwidth.
    pub bandwidth: Bandwidth,
    /// Whether those that left count in the start number of the tests.
    pub exit_rule: ExitRule,
    /// Start number of each grade under that rule.
    pub start_counts: Vec<u64>,
    /// Tests of every cell off the diagonal.
    pub cells: Vec<CellTest>,
}

/// Adverse impact of every protected column.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ImpactSection {
    /// Who passes.
    pub passes: Passes,
    /// One entry per column.
    pub columns: Vec<AdverseImpact>,
}

/// Who passes when adverse impact is measured.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Passes {
    /// Scores at or above it.
    ScoreFrom(i64),
    /// Scores at or above the sample's median, which is this.
    ScoreFromMedian(i64),
    /// Grades at or better than the one of this name.
    GradeFrom(String),
}

pub(crate) fn segments(input: &ReportInput) -> Result<Outcome<Vec<GroupSection>>, Error> {
    if input.segments.is_empty() {
        return Ok(Reason::NeedsSegment.into());
    }
    let sections = input.segments.iter().map(|grouping| group_section(input, grouping));
    Ok(Outcome::Value(sections.collect::<Result<_, _>>()?))
}

fn group_section(input: &ReportInput, grouping: &Grouping) -> Result<GroupSection, Error> {
    let groups = grouping.groups();
    let rows = groups.into_iter().map(|(label, rows)| group_row(input, label, &rows));
    Ok(GroupSection { column: grouping.column.clone(), groups: rows.collect::<Result<_, _>>()? })
}

fn group_row(input: &ReportInput, label: String, rows: &[usize]) -> Result<GroupRow, Error> {
    let n = rows.len() as u64;
    if n < GROUP_ROWS_MIN {
        let r = Reason::SmallGroup;
        let (bads, bad_rate, mean_pd) = (r.into(), r.into(), r.into());
        return Ok(GroupRow { label, n, bads, auc: r.into(), bad_rate, mean_pd, observed_over_expected: r.into() });
    }
    let sample = &input.rows;
    let mut sums = Sums::default();
    let (mut score, mut bad) = (Vec::with_capacity(rows.len()), Vec::with_capacity(rows.len()));
    for row in rows {
        sums.add(sample, *row);
        score.push(sample.score[*row] as f64);
        bad.push(sample.bad[*row]);
    }
    let weight: Option<Vec<f64>> = sample.weight.as_ref().map(|w| rows.iter().map(|r| w[*r]).collect());
    let has_pd = sample.pd.is_some();
    Ok(GroupRow {
        label,
        n,
        bads: Outcome::Value(sums.bads),
        auc: Outcome::from_result(auc(&score, &bad, weight.as_deref()))?,
        bad_rate: sums.bad_rate(),
        mean_pd: sums.mean_pd(has_pd),
        observed_over_expected: sums.observed_over_expected(has_pd),
    })
}

pub(crate) fn periods(input: &ReportInput) -> Result<Outcome<PeriodSection>, Error> {
    let Some(period) = &input.rows.period else { return Ok(Reason::NeedsTime.into()) };
    let table = group_section(input, period)?;
    let groups = period.groups();
    let scores = |rows: &[usize]| rows.iter().map(|r| input.rows.score[*r] as f64).collect::<Vec<f64>>();
    let base: Vec<f64> = match (&input.reference, groups.first()) {
        (Some(reference), _) => reference.score.iter().map(|s| *s as f64).collect(),
        (None, Some((_, rows))) => scores(rows),
        (None, None) => Vec::new(),
    };
    let edges = Outcome::from_result(quantile_edges(&base, SCORE_BINS))?;
    let mut indices = Vec::with_capacity(groups.len());
    for (_, rows) in &groups {
        indices.push(match &edges {
            _ if (rows.len() as u64) < GROUP_ROWS_MIN => Reason::SmallGroup.into(),
            Outcome::NotApplicable(n) => Outcome::NotApplicable(*n),
            Outcome::Value(edges) => {
                let (old, new) = (counts_by_edges(edges, &base)?, counts_by_edges(edges, &scores(rows))?);
                Outcome::from_result(psi(&old, &new, input.options.share_floor, input.options.psi_thresholds))?
            }
        });
    }
    Ok(Outcome::Value(PeriodSection { psi_against_reference: input.reference.is_some(), table, psi: indices }))
}

pub(crate) fn migration(input: &ReportInput) -> Result<Outcome<MigrationSection>, Error> {
    let (id, period) = match (&input.rows.id, &input.rows.period) {
        (Some(id), Some(period)) => (id, period),
        (None, None) => return Ok(Reason::NeedsIdAndTime.into()),
        (None, Some(_)) => return Ok(Reason::NeedsId.into()),
        (Some(_), None) => return Ok(Reason::NeedsTime.into()),
    };
    if input.grades.len() < 2 {
        return Ok(Reason::OneGrade.into());
    }
    let (periods, rank) = period_ranks(period);
    if periods.len() < 2 {
        return Ok(Reason::OnePeriod.into());
    }

    let is_missing = |g: &Grouping, row: usize| match g.levels.get(g.codes[row] as usize) {
        _ if g.codes[row] == MISSING_CODE => true,
        level => level.is_none_or(|l| l.is_empty()),
    };
    // Rows of one enterprise side by side, in order of periods, then of rows.
    let mut seen: Vec<(u32, usize, usize)> = (0..id.rows())
        .filter(|row| !is_missing(id, *row) && !is_missing(period, *row))
        .map(|row| (id.codes[row], rank[period.codes[row] as usize], row))
        .collect();
    let without_id_or_period = (id.rows() - seen.len()) as u64;
    let before = seen.len();
    seen.sort_unstable();
    seen.dedup_by_key(|(id, period, _)| (*id, *period));
    let duplicates = (before - seen.len()) as u64;

    let (mut moves, mut exits_bad, mut exits_other) = (Vec::with_capacity(seen.len()), 0, 0);
    for (i, (id, period, row)) in seen.iter().enumerate() {
        if period + 1 == periods.len() {
            continue;
        }
        let next = seen.get(i + 1).filter(|(next_id, next_period, _)| next_id == id && *next_period == period + 1);
        moves.push((input.rows.grade[*row], next.map(|(_, _, row)| input.rows.grade[*row])));
        match next {
            Some(_) => {}
            None if input.rows.bad[*row] => exits_bad += 1,
            None => exits_other += 1,
        }
    }
    let pairs = moves.len() as u64 - exits_bad - exits_other;
    if pairs == 0 {
        return Ok(Reason::NoPairs.into());
    }
    let matrix = MigrationMatrix::from_moves(input.grades.len(), &moves)?;
    let exit_rule = ExitRule::Dropped;
    Ok(Outcome::Value(MigrationSection {
        periods,
        pairs,
        exits_bad,
        exits_other,
        duplicates,
        without_id_or_period,
        bandwidth: matrix_weighted_bandwidth(&matrix),
        exit_rule,
        start_counts: matrix.start_counts(exit_rule),
        cells: migration_stability(&matrix, exit_rule, input.options.alpha)?,
        matrix,
    }))
}

/// Labels in order, and for each level its place in that order.
fn period_ranks(period: &Grouping) -> (Vec<String>, Vec<usize>) {
    let levels = period.levels_in_order();
    let mut rank = vec![0; period.levels.len()];
    for (place, level) in levels.iter().enumerate() {
        rank[*level] = place;
    }
    (levels.into_iter().map(|l| period.levels[l].clone()).collect(), rank)
}

pub(crate) fn impact(input: &ReportInput) -> Result<Outcome<ImpactSection>, Error> {
    if input.protected.is_empty() {
        return Ok(Reason::NeedsProtected.into());
    }
    let rows = &input.rows;
    let from_score = |cutoff: i64| rows.score.iter().map(|s| *s >= cutoff).collect::<Vec<bool>>();
    let (passes, passed) = match input.options.cutoff {
        Some(Cutoff::Score(cutoff)) => (Passes::ScoreFrom(cutoff), from_score(cutoff)),
        Some(Cutoff::Grade(grade)) => {
            let passed = rows.grade.iter().map(|g| *g <= grade).collect();
            (Passes::GradeFrom(input.grades[grade].name.clone()), passed)
        }
        None => {
            let mut sorted = rows.score.clone();
            let middle = sorted.len() / 2;
            let median = *sorted.select_nth_unstable(middle).1;
            (Passes::ScoreFromMedian(median), from_score(median))
        }
    };
    let columns = input.protected.iter().map(|g| adverse_impact(g, &passed, ReferenceGroup::Largest));
    Ok(Outcome::Value(ImpactSection { passes, columns: columns.collect::<Result<_, _>>()? }))
}
