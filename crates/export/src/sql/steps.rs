//! What follows from the score by steps: PD and grade.

use super::SqlOptions;
use crate::dialect::Dialect;
use crate::plan::Plan;

/// Steps that are asked one after the other; more are halved first.
const STEPS_IN_A_ROW: usize = 8;

/// The PD of `score`.
pub(super) fn pd(plan: &Plan<'_>, dialect: Dialect) -> String {
    match plan.pd_steps() {
        None => format!("CAST(NULL AS {})", dialect.double()),
        Some(steps) => {
            let steps: Vec<(i64, String)> =
                steps.iter().map(|&(from, pd)| (from.unwrap_or(i64::MIN), dialect.number(pd))).collect();
            halved(&steps)
        }
    }
}

/// Steps that begin at rising scores, the first at the lowest of all.
fn halved(steps: &[(i64, String)]) -> String {
    match steps {
        [] => "NULL".to_owned(),
        [(_, only)] => only.clone(),
        steps if steps.len() <= STEPS_IN_A_ROW => {
            let mut text = "CASE".to_owned();
            for pair in steps.windows(2) {
                text.push_str(&format!(" WHEN score < {} THEN {}", pair[1].0, pair[0].1));
            }
            format!("{text} ELSE {} END", steps[steps.len() - 1].1)
        }
        steps => {
            let (lower, upper) = steps.split_at(steps.len() / 2);
            format!("CASE WHEN score < {}\n    THEN {}\n    ELSE {} END", upper[0].0, halved(lower), halved(upper))
        }
    }
}

/// The grade of `score`, capped where too much is not authorised.
pub(super) fn grade(plan: &Plan<'_>, options: &SqlOptions<'_>) -> String {
    let by_score = |best: usize| {
        let steps = plan.grade_steps(best);
        let mut text = String::new();
        for (name, from) in &steps {
            let name = options.dialect.text(name);
            match from {
                Some(from) => text.push_str(&format!(" WHEN score >= {from} THEN {name}")),
                None if text.is_empty() => return name,
                None => text.push_str(&format!(" ELSE {name}")),
            }
        }
        format!("CASE{text} END")
    };
    match (options.not_authorised, plan.capped_grade()) {
        (None, _) | (_, 0) => by_score(0),
        (Some(_), capped) => format!(
            "CASE WHEN withheld <= {} THEN {} ELSE {} END",
            plan.withheld_without_cap(),
            by_score(0),
            by_score(capped)
        ),
    }
}

/// Share of the characteristics that are authorised.
pub(super) fn coverage(plan: &Plan<'_>, options: &SqlOptions<'_>) -> String {
    let (count, double) = (plan.model.file().characteristics.len(), options.dialect.double());
    match options.not_authorised {
        None => format!("CAST(1 AS {double})"),
        Some(_) => format!("CAST({count} - withheld AS {double}) / CAST({count} AS {double})"),
    }
}
