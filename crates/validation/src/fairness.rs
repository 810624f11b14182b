//! Whether groups of enterprises pass a cutoff in similar shares.

use crate::text::Reason;
use crate::{Error, Grouping, Outcome};
use serde::{Deserialize, Serialize};

/// Rows below which a group's figures are not shown: they would tell of single enterprises.
pub const GROUP_ROWS_MIN: u64 = 30;

/// Ratio below which a group calls for a look (the four-fifths rule).
pub const ADVERSE_IMPACT_MIN: f64 = 0.80;

/// With which group the others are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReferenceGroup {
    /// The one with most rows; the first in order of labels among equals.
    Largest,
    /// The one with the greatest share at or above the cutoff.
    Best,
}

/// Adverse impact by the groups of one column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AdverseImpact {
    /// Name of the column.
    pub column: String,
    /// How the reference was chosen.
    pub reference_rule: ReferenceGroup,
    /// Label of the reference group; an empty label is the group without a label.
    pub reference: Outcome<String>,
    /// Groups in order of labels.
    pub groups: Vec<ImpactGroup>,
}

/// One group.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ImpactGroup {
    /// Label; empty for rows without one.
    pub label: String,
    /// Rows.
    pub n: u64,
    /// Rows at or above the cutoff.
    pub passed: Outcome<u64>,
    /// `passed / n`, in `0..=1`.
    pub share: Outcome<f64>,
    /// `share` over that of the reference group, 0 or more.
    pub ratio: Outcome<f64>,
    /// Whether the ratio is below [`ADVERSE_IMPACT_MIN`].
    pub is_below_threshold: Outcome<bool>,
}

/// Adverse impact ratio of each group: its share at or above a cutoff against the reference group's.
///
/// `ratio_g = (passed_g / n_g) / (passed_ref / n_ref)`. Groups under [`GROUP_ROWS_MIN`] rows show their row count only and
/// are no reference.
///
/// - `grouping`: a label per row. `passed`: whether the row is at or above the cutoff, same length.
///
/// # Errors
/// [`Error::LengthMismatch`]; [`Error::EmptySample`] without rows; [`Error::OutOfRange`] for a code without a label.
///
/// # Examples
/// ```
/// use validation::{Grouping, ReferenceGroup, adverse_impact};
/// let labels: Vec<&str> = (0..100).map(|i| if i < 60 { "large" } else { "small" }).collect();
/// let passed: Vec<bool> = (0..100).map(|i| i < 30 || 60 <= i && i < 70).collect();
/// let a = adverse_impact(&Grouping::from_labels("size", labels), &passed, ReferenceGroup::Largest).unwrap();
/// assert_eq!(a.groups[1].ratio.value(), Some(&0.5));
/// ```
/// # Source
/// Uniform Guidelines on Employee Selection Procedures (1978), section 4 D: the four-fifths rule, borrowed for groups of
/// enterprises.
pub fn adverse_impact(grouping: &Grouping, passed: &[bool], rule: ReferenceGroup) -> Result<AdverseImpact, Error> {
    grouping.check("group label", passed.len())?;
    if passed.is_empty() {
        return Err(Error::EmptySample { what: "group label" });
    }
    let counted: Vec<(String, u64, u64)> = grouping
        .groups()
        .into_iter()
        .map(|(label, rows)| {
            let n = rows.len() as u64;
            (label, n, rows.into_iter().filter(|r| passed[*r]).count() as u64)
        })
        .collect();
    let share = |n: u64, passed: u64| passed as f64 / n as f64;
    let large = counted.iter().filter(|(_, n, _)| *n >= GROUP_ROWS_MIN);
    // `rev`: the last of equals wins `max_by`, and the first label should.
    let reference = match rule {
        ReferenceGroup::Largest => large.rev().max_by_key(|(_, n, _)| *n),
        ReferenceGroup::Best => large.rev().max_by(|a, b| share(a.1, a.2).total_cmp(&share(b.1, b.2))),
    };
    let groups = counted
        .iter()
        .map(|(label, n, passed)| {
            let (label, n) = (label.clone(), *n);
            if n < GROUP_ROWS_MIN {
                let r = Reason::SmallGroup;
                let (passed, share, ratio) = (r.into(), r.into(), r.into());
                return ImpactGroup { label, n, passed, share, ratio, is_below_threshold: r.into() };
            }
            let own = share(n, *passed);
            let ratio = match reference {
                None => Reason::NoReferenceGroup.into(),
                Some((_, n, passed)) => crate::error::ratio(own, share(*n, *passed)),
            };
            ImpactGroup {
                label,
                n,
                passed: Outcome::Value(*passed),
                share: Outcome::Value(own),
                ratio,
                is_below_threshold: ratio.map(|r| r < ADVERSE_IMPACT_MIN),
            }
        })
        .collect();
    let reference = match reference {
        Some((label, ..)) => Outcome::Value(label.clone()),
        None => Reason::NoReferenceGroup.into(),
    };
    Ok(AdverseImpact { column: grouping.column.clone(), reference_rule: rule, reference, groups })
}
