//! How a life cycle goes on: a table of state, step and next state. What is not in the table is refused.

pub use crate::life::benefit::{BenefitState, BenefitStep};
pub use crate::life::bridge::{BridgeState, BridgeStep};
pub use crate::life::claim::{ClaimState, ClaimStep};
pub use crate::life::guarantee::{GuaranteeState, GuaranteeStep};
pub use crate::life::loan::{LoanState, LoanStep};
pub use crate::life::subsidy::{SubsidyState, SubsidyStep};

use crate::Refusal;
use policy::{Code, Word};

/// One line of a table: in the state, the step leads to the next state.
pub type Line<S, E> = (S, E, S);

/// The next state by a table.
///
/// # Errors
/// [`Refusal::NotInState`] with the steps that the state allows.
pub(crate) fn next<S: Code, E: Code>(table: &[Line<S, E>], state: S, step: E) -> Result<S, Refusal> {
    if let Some((_, _, next)) = table.iter().find(|(s, e, _)| *s == state && *e == step) {
        return Ok(*next);
    }
    let allowed = table.iter().filter(|(s, _, _)| *s == state).map(|(_, e, _)| Word::of(*e)).collect();
    Err(Refusal::NotInState { state: Word::of(state), event: Word::of(step), allowed })
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// Every pair of a state and a step is in the table once or refused, and the rustdoc of a life cycle has the table.
    pub(crate) fn whole<S: Code + std::fmt::Display, E: Code + std::fmt::Display>(table: &[Line<S, E>], source: &str) {
        for state in S::ALL {
            for step in E::ALL {
                let lines = table.iter().filter(|(s, e, _)| s == state && e == step).count();
                assert!(lines <= 1, "{state} {step} stands twice");
                match next(table, *state, *step) {
                    Ok(next) => {
                        let row = format!("//! | {state} | {step} | {next} |");
                        assert!(source.contains(&row), "the documentation lacks {row}");
                    }
                    Err(Refusal::NotInState { state: s, event, allowed }) => {
                        assert_eq!((s.code, event.code), (state.code(), step.code()));
                        assert!(allowed.iter().all(|a| a.code != step.code()));
                    }
                    Err(other) => panic!("{other}"),
                }
            }
        }
        let rows = source.lines().filter(|l| l.starts_with("//! | ") && l.matches('|').count() == 4).count();
        // The head of the table is a row too.
        assert_eq!(rows, table.len().saturating_add(1), "the documentation has other rows than the table");
    }
}
