//! A bridge loan (转贷): the pool repays a loan that is due; a new one gives it back.

use super::loan::Loan;
use super::{Story, date, names};
use crate::calendar::Day;
use ledger::event::{Actor, Body, BridgeEvent, Fund, LoanEvent, Office};
use ledger::{BankId, BridgeNo};
use policy::{bridge_loan, calendar};
use primitives::Fen;

/// How the use of the pool goes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Course {
    /// In time.
    Usual,
    /// The bank takes long.
    NewLoanLate,
    /// The new loan is there, the money comes back late.
    ReturnedLate,
    /// The bank does not lend again.
    NoNewLoan,
    /// The old loan is paid by other money, and this comes back at once.
    NotNeeded,
    /// So it is, and comes back late.
    NotNeededLate,
}

impl Story<'_> {
    /// Bridges what is left of a loan that is due on a day; the new loan, if there is one.
    pub(super) fn bridge(&mut self, loan: &mut Loan, on: Day, others: i64) -> Option<Loan> {
        // What is outstanding is stated with the application, so no instalment may come in between.
        if loan.last_paid > on - 20 || loan.granted_on > on - 40 {
            return None;
        }
        let ask = self.again(loan, on - 16, others)?;
        let left = loan.left();
        let courses = [
            Course::Usual,
            Course::NewLoanLate,
            Course::ReturnedLate,
            Course::NoNewLoan,
            Course::NotNeeded,
            Course::NotNeededLate,
        ];
        let course = courses[self.s.weighted([0.80, 0.05, 0.05, 0.04, 0.04, 0.02].into_iter())];
        let (bank, number): (BankId, BridgeNo) = (loan.bank, names::id(&self.number("转")));
        let tell = |story: &mut Self, day: Day, actor: Actor, did: BridgeEvent| {
            story.telling.tell(day, actor, Body::Bridge { bank, bridge: number, did });
        };
        let of_bank = Actor { id: names::id("合成银行经办"), office: Office::Bank(bank) };
        let (prepares, pays) = (names::bureau(names::PREPARES), names::bureau(names::PAYS));
        let applied = BridgeEvent::Applied {
            enterprise: self.code,
            district: self.district(on - 14),
            kind: bridge_loan::Kind::Sme,
            amount_fen: Fen::new(left),
            old_loan: Some(loan.number),
            old_loan_fen: Fen::new(left),
            working_days: self.s.whole(3, 12).into(),
        };
        tell(self, on - 14, names::platform(), applied);
        tell(self, on - 9, of_bank, BridgeEvent::Committed);
        let released = on - 1;
        tell(self, released, pays, BridgeEvent::Released);
        let back = match course {
            Course::NotNeeded => on + 1,
            Course::NotNeededLate => {
                tell(self, on + 30, prepares, BridgeEvent::OverdueNoted);
                on + 33
            }
            _ => {
                self.of_loan(on, bank, loan.number, LoanEvent::Repaid { principal_fen: Fen::new(left) });
                loan.moved(on, 0, left, 0);
                tell(self, on, of_bank, BridgeEvent::OldLoanRepaid);
                on
            }
        };
        let mut new = None;
        let returned = match course {
            Course::NotNeeded | Course::NotNeededLate => back,
            Course::NoNewLoan => {
                tell(self, on + 30, prepares, BridgeEvent::OverdueNoted);
                on + self.s.whole(34, 60)
            }
            Course::Usual | Course::NewLoanLate | Course::ReturnedLate => {
                let granted = on + if course == Course::NewLoanLate { 31 } else { self.s.whole(1, 5) };
                if course == Course::NewLoanLate {
                    tell(self, on + 30, prepares, BridgeEvent::OverdueNoted);
                }
                let next = self.after_bridge(&ask, granted);
                tell(self, granted, of_bank, BridgeEvent::NewLoanGranted { new_loan: Some(next.number) });
                new = Some(next);
                if course == Course::ReturnedLate {
                    tell(self, on + 31, prepares, BridgeEvent::OverdueNoted);
                    on + 35
                } else {
                    granted + 1
                }
            }
        };
        tell(self, returned, prepares, BridgeEvent::Returned { amount_fen: Fen::new(left) });
        if let Some(fee) = fee(left, released, returned) {
            tell(self, returned + 1, prepares, BridgeEvent::FeeCharged { amount_fen: fee });
        }
        new
    }
}

/// The fee by the rule of the release; none where the rule book has no answer.
fn fee(amount: i64, released: Day, returned: Day) -> Option<Fen> {
    let (released, returned) = (date(released), date(returned));
    let rule = bridge_loan::book().ok()?.rule_on(released).ok()?;
    let days = calendar::shipped().ok()?;
    Some(bridge_loan::fee(rule, days, Fen::new(amount), released, returned).ok()?.fee)
}

/// The fund that it comes from.
pub(super) const POOL: Fund = Fund::Bridge;
