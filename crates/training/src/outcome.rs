//! The outcome column: which rows are bad.

use crate::error::TrainError;
use primitives::{Column, MISSING_CODE};

/// Outcome per row; `None` where it is missing.
///
/// A row is bad when its value is `bad_value`, as text or as the same number; any other value is good.
///
/// # Errors
/// [`TrainError::UnknownBad`] when no row has that value, [`TrainError::OneClass`] when every row with
/// an outcome has.
///
/// # Examples
/// ```
/// use primitives::Column;
/// let column = Column::Number(vec![1.0, 0.0, f64::NAN]);
/// assert_eq!(training::outcome("bad", &column, "1")?, [Some(true), Some(false), None]);
/// assert!(training::outcome("bad", &column, "2").is_err());
/// # Ok::<(), training::TrainError>(())
/// ```
pub fn outcome(target: &str, column: &Column, bad_value: &str) -> Result<Vec<Option<bool>>, TrainError> {
    let outcome: Vec<Option<bool>> = match column {
        Column::Number(values) => {
            let bad: Option<f64> = bad_value.trim().parse().ok();
            values.iter().map(|x| x.is_finite().then(|| Some(*x) == bad)).collect()
        }
        Column::Text { codes, levels } => {
            let bad: Vec<bool> = levels.iter().map(|l| l == bad_value.trim()).collect();
            codes.iter().map(|&c| if c == MISSING_CODE { None } else { bad.get(c as usize).copied() }).collect()
        }
    };
    if !outcome.contains(&Some(true)) {
        return Err(TrainError::UnknownBad {
            target: target.to_owned(),
            bad: bad_value.to_owned(),
            seen: seen(column),
        });
    }
    if !outcome.contains(&Some(false)) {
        return Err(TrainError::OneClass { target: target.to_owned(), bad: bad_value.to_owned() });
    }
    Ok(outcome)
}

/// Up to ten values of a column, for messages.
fn seen(column: &Column) -> Vec<String> {
    const SHOWN: usize = 10;
    match column {
        Column::Number(values) => {
            let mut distinct: Vec<f64> = Vec::new();
            for &x in values.iter().filter(|x| x.is_finite()) {
                if !distinct.contains(&x) {
                    distinct.push(x);
                    if distinct.len() == SHOWN {
                        break;
                    }
                }
            }
            distinct.sort_by(f64::total_cmp);
            distinct.iter().map(f64::to_string).collect()
        }
        Column::Text { levels, .. } => levels.iter().take(SHOWN).cloned().collect(),
    }
}
