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
            // `1.0` in a column that one cell makes a text is the bad value `1` still.
            let bad: Vec<bool> = levels.iter().map(|l| is_same(l, bad_value.trim())).collect();
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

fn is_same(level: &str, value: &str) -> bool {
    let number = |text: &str| text.parse::<f64>().ok().filter(|x| x.is_finite());
    level == value || number(level).is_some_and(|x| number(value) == Some(x))
}

/// Up to ten values of an outcome column that count as good.
///
/// More than one of them is worth a look: a code for an unknown outcome counts as good too.
pub fn good_values(column: &Column, bad_value: &str) -> Vec<String> {
    seen(column).into_iter().filter(|value| !is_same(value, bad_value.trim())).collect()
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

#[cfg(test)]
mod tests {
    use super::*;
    use primitives::TextBuilder;

    #[test]
    fn one_text_changes_no_other_outcome() {
        let mut cells = TextBuilder::default();
        ["1", "0", "1.0", "0.0", "N/A"].iter().for_each(|c| cells.push(Some(c)));
        cells.push(None);
        let column = cells.finish();
        let found = outcome("bad", &column, " 1 ").expect("both classes");
        assert_eq!(found, [Some(true), Some(false), Some(true), Some(false), Some(false), None]);
        assert_eq!(good_values(&column, "1"), ["0", "0.0", "N/A"]);
        assert_eq!(good_values(&Column::Number(vec![1.0, 0.0, f64::NAN]), "1"), ["0"]);
    }
}
