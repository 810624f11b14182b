//! What follows a default: the bank calls the loan, claims compensation, writes off, and gets a part back.

use super::loan::Loan;
use super::{Story, date, names};
use crate::calendar::{Day, last_day, month_of_day};
use crate::constants as c;
use ledger::event::{Actor, Body, ClaimEvent, Instalment, LoanEvent, Office, Review, Scheme};
use ledger::{BankId, ClaimNo};
use primitives::{Fen, Ppm};

/// Months for which a bank reports on what it lost.
const REPORTED_MONTHS: i32 = 18;

impl Story<'_> {
    /// A loan on which nothing is paid any more.
    pub(super) fn unpaid(&mut self, mut loan: Loan) {
        let stops = self.stops();
        let Some(fell) = self.path.defaulted else { return };
        self.call(&mut loan, stops);
        if loan.scheme != Scheme::Ordinary && self.s.chance(c::CLAIMED) {
            self.claim(&loan, fell);
        }
        let ended = self.write_off(&mut loan, fell);
        let until = ended.unwrap_or(Day::MAX).min(last_day(month_of_day(fell) + REPORTED_MONTHS));
        self.statuses(&loan, until);
        self.uncover(&mut loan, ended);
        if let Some(ended) = ended.filter(|_| self.s.chance(0.6)) {
            let on = (last_day(month_of_day(ended)) + 15).max(ended + 170);
            self.of_loan(on, loan.bank, loan.number, LoanEvent::Closed);
        }
    }

    /// What is not due yet falls due on the day from which nothing is paid: so the days past due begin.
    fn call(&mut self, loan: &mut Loan, stops: Day) {
        let mut instalments: Vec<Instalment> = Vec::new();
        let mut left = loan.lent;
        for instalment in loan.instalments() {
            if primitives::calendar::day_of(instalment.due_on) < stops {
                left -= instalment.principal_fen.get();
                instalments.push(*instalment);
            }
        }
        if left > 0 {
            instalments.push(Instalment { due_on: date(stops), principal_fen: Fen::new(left) });
            self.schedule(loan, stops, instalments);
        }
    }

    fn claim(&mut self, loan: &Loan, fell: Day) {
        let guaranteed = loan.scheme == Scheme::Guaranteed;
        let mut day = fell + if guaranteed { self.s.whole(185, 240) } else { self.s.whole(95, 150) };
        let (bank, claim): (BankId, ClaimNo) = (loan.bank, names::id(&self.number("赔")));
        let loss = loan.left();
        let of_bank = Actor { id: names::id("合成银行经办"), office: Office::Bank(bank) };
        let tell = |story: &mut Self, day: Day, actor: Actor, did: ClaimEvent| {
            story.telling.tell(day, actor, Body::Claim { bank, claim, did });
        };
        let fee_rate_ppm = loan.guarantee.as_ref().map(|cover| Ppm::new(cover.fee_ppm));
        let claimed = ClaimEvent::Claimed {
            loan: loan.number,
            loss_fen: Fen::new(loss),
            recovery_from: date(fell),
            fee_rate_ppm: fee_rate_ppm.filter(|_| guaranteed),
        };
        tell(self, day, of_bank, claimed);
        let step = |story: &mut Self| story.s.whole(3, 14) + if story.s.chance(0.1) { 25 } else { 0 };
        let result = |passed: bool| if passed { Review::Passed } else { Review::Refused };
        day += step(self);
        let passed = self.s.chance(0.78);
        // The district's staff, where it is still the district of the grant.
        let district = self.district(loan.granted_on);
        let first = match self.district(day) == district {
            true => names::district(district),
            false => names::bureau(names::PREPARES),
        };
        tell(self, day, first, ClaimEvent::FirstReviewed { result: result(passed) });
        if !passed {
            return;
        }
        day += step(self);
        let passed = self.s.chance(0.88);
        tell(self, day, names::bureau(names::CHECKS), ClaimEvent::SecondReviewed { result: result(passed) });
        if !passed {
            return;
        }
        day += step(self);
        tell(self, day, names::bureau(names::PAYS), ClaimEvent::PaidOut);
        let share = if guaranteed { 0.02 } else { 0.05 };
        for _ in 0..self.s.below(3) {
            day += self.s.whole(40, 120);
            let amount_fen = Fen::new(((loss as f64 * share * self.s.uniform()) as i64).max(100));
            tell(self, day, of_bank, ClaimEvent::Recovered { amount_fen });
        }
        if self.s.chance(0.2) {
            let (amount_fen, maker) = (Fen::new((loss / 50).max(1)), names::id(names::PREPARES));
            tell(self, day + 30, names::bureau(names::CHECKS), ClaimEvent::ClawedBack { amount_fen, maker });
        }
    }

    /// Writes off all or a part, and lets something come back; the day on which nothing is outstanding any more.
    fn write_off(&mut self, loan: &mut Loan, fell: Day) -> Option<Day> {
        let left = loan.left();
        let day = fell + self.s.whole(190, 330);
        let (bank, number) = (loan.bank, loan.number);
        let off = |fen: i64| LoanEvent::WrittenOff { principal_fen: Fen::new(fen) };
        let (fate, back, later) = (self.s.uniform(), self.s.between(0.02, 0.3), self.s.whole(30, 150));
        let fen = if fate < 0.55 { left } else { left / 2 };
        if fate > 0.94 {
            return None;
        }
        self.of_loan(day, bank, number, off(fen));
        loan.moved(day, 0, 0, fen);
        let mut ended = Some(day).filter(|_| fen == left);
        loan.off = ended;
        if (0.55..0.75).contains(&fate) {
            // A part of it was good after all.
            let paid = day + 20;
            self.of_loan(paid, bank, number, LoanEvent::Repaid { principal_fen: Fen::new(left - fen) });
            loan.moved(paid, 0, left - fen, 0);
            ended = Some(paid);
        }
        let recovered = Fen::new(((fen as f64 * back) as i64).max(1));
        if self.s.chance(0.75) {
            self.of_loan(day + 20 + later, bank, number, LoanEvent::Recovered { principal_fen: recovered });
        }
        ended
    }
}
