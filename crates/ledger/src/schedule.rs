//! Days past due, computed from the schedule: what the bank says of them is kept beside and never taken for it.

use crate::event::Instalment;
use crate::record::{Balance, Move, Schedule};
use chrono::NaiveDate;

/// Calendar days past due at the end of a day.
///
/// Repayments up to the day pay instalments in the order of their days. The answer is the number of days since the
/// earliest instalment that was due before the day and is not paid in full; `0` where there is none, on the due day
/// itself too.
///
/// - `instalments`: by day, earliest first.
/// - `moves`: principal by day; what was paid out or written off pays no instalment.
///
/// # Examples
/// ```
/// use ledger::event::Instalment;
/// use ledger::record::Move;
/// use ledger::schedule::days_past_due;
/// use primitives::Fen;
/// let day = |text: &str| text.parse().unwrap();
/// let instalments = [Instalment { due_on: day("2024-02-29"), principal_fen: Fen::new(100) }];
/// let repaid = [Move { on: day("2024-03-04"), lent_fen: 0, repaid_fen: 100, off_fen: 0 }];
/// assert_eq!(days_past_due(&instalments, &repaid, day("2024-02-29")), 0);
/// assert_eq!(days_past_due(&instalments, &repaid, day("2024-03-03")), 3);
/// assert_eq!(days_past_due(&instalments, &repaid, day("2024-03-04")), 0);
/// ```
pub fn days_past_due(instalments: &[Instalment], moves: &[Move], on: NaiveDate) -> i64 {
    let by_then = moves.iter().filter(|m| m.on <= on);
    let mut paid = by_then.map(|m| i128::from(m.repaid_fen)).fold(0_i128, i128::saturating_add);
    for instalment in instalments.iter().take_while(|i| i.due_on < on) {
        paid = paid.saturating_sub(instalment.principal_fen.get().into());
        if paid < 0 {
            return on.signed_duration_since(instalment.due_on).num_days();
        }
    }
    0
}

impl Schedule {
    /// The instalments that hold on a day; none before the first schedule was set.
    pub fn on(&self, day: NaiveDate) -> &[Instalment] {
        self.versions.iter().rfind(|(from, _)| *from <= day).map_or(&[], |(_, instalments)| instalments)
    }

    /// [`days_past_due`] of a loan at the end of a day, by the schedule of that day.
    pub fn days_past_due(&self, balance: &Balance, on: NaiveDate) -> i64 {
        days_past_due(self.on(on), &balance.moves, on)
    }
}
