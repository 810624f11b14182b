//! Guarantees of loans, and the subsidy of their fees in its windows.

use super::loan::Loan;
use super::{Story, date, names};
use crate::calendar::Day;
use chrono::NaiveDate;
use ledger::event::{Actor, Body, Clawback, GuaranteeEvent, Office, Scheme, SubsidyEvent};
use ledger::{GuaranteeNo, GuarantorId, SubsidyNo};
use policy::guarantee_fee;
use primitives::calendar::day_of;
use primitives::{Fen, Ppm};

/// The last day whose guarantee was subsidised, and the first day of the notice.
const SUBSIDISED_UNTIL: NaiveDate = NaiveDate::from_ymd_opt(2023, 12, 31).expect("a day of the calendar");
const WINDOWS: [i32; 3] = [2022, 2023, 2024];

/// A guarantee that stands.
pub(super) struct Cover {
    guarantor: GuarantorId,
    number: GuaranteeNo,
    from: Day,
    to: Day,
    batch: bool,
    pub(super) fee_ppm: i64,
}

impl Story<'_> {
    /// Has a loan of the guaranteed scheme guaranteed.
    pub(super) fn cover(&mut self, loan: &mut Loan) {
        if loan.scheme != Scheme::Guaranteed {
            return;
        }
        let guarantor = names::guarantor(self.s.uniform());
        let number = names::id(&self.number("保"));
        let (batch, fee_ppm) = (self.s.chance(0.3), 500 * i64::from(self.s.whole(10, 36)));
        let (from, to) = (loan.granted_on, Self::matures(loan) + 60);
        let did = GuaranteeEvent::Issued {
            bank: loan.bank,
            loan: loan.number,
            enterprise: self.code,
            amount_fen: Fen::new(loan.amount),
            fee_rate_ppm: Ppm::new(fee_ppm),
            from: date(from),
            to: date(to),
            batch,
        };
        self.of_guarantor(from, guarantor, |guarantor| Body::Guarantee { guarantor, guarantee: number, did });
        loan.guarantee = Some(Cover { guarantor, number, from, to, batch, fee_ppm });
    }

    /// Ends the guarantee of a loan on a day, or not before the records do, and tells what was subsidised.
    pub(super) fn uncover(&mut self, loan: &mut Loan, on: Option<Day>) {
        let Some(cover) = loan.guarantee.take() else { return };
        let released = on.map(|on| on + self.s.whole(1, 8));
        if let Some(day) = released {
            let did = GuaranteeEvent::Released;
            let number = cover.number;
            self.of_guarantor(day, cover.guarantor, |guarantor| Body::Guarantee { guarantor, guarantee: number, did });
        }
        if self.s.chance(0.7) {
            self.subsidise(loan, &cover, released);
        }
    }

    /// Claimed in the first window, for at most a year.
    fn subsidise(&mut self, loan: &Loan, cover: &Cover, released: Option<Day>) {
        let opens = |year: &i32| NaiveDate::from_ymd_opt(*year, 5, 18).map(day_of);
        let Some(window) = WINDOWS.iter().filter_map(opens).find(|day| *day > cover.from) else { return };
        let claimed = window + self.s.whole(0, 12);
        let before = released.filter(|day| *day <= claimed).unwrap_or(Day::MAX);
        let to = cover.to.min(cover.from + 364).min(day_of(SUBSIDISED_UNTIL)).min(before);
        if to < cover.from {
            return;
        }
        let counted = if cover.batch { loan.amount / 10 * 3 } else { loan.amount };
        let amount = Fen::new(counted / 100);
        let (guarantor, subsidy): (_, SubsidyNo) = (cover.guarantor, names::id(&self.number("补")));
        let (from, guarantee) = (cover.from, cover.number);
        let did = SubsidyEvent::Claimed { guarantee, from: date(from), to: date(to), amount_fen: amount };
        self.of_guarantor(claimed, guarantor, |guarantor| Body::Subsidy { guarantor, subsidy, did });
        let tell = |story: &mut Self, day: Day, part: &str, did: SubsidyEvent| {
            story.telling.tell(day, names::bureau(part), Body::Subsidy { guarantor, subsidy, did });
        };
        let approved = claimed + self.s.whole(20, 40);
        tell(self, approved, names::CHECKS, SubsidyEvent::Approved);
        let paid = approved + self.s.whole(10, 30);
        tell(self, paid, names::PAYS, SubsidyEvent::Paid);
        let maker = names::id(names::PREPARES);
        let back = |amount_fen, reason| SubsidyEvent::ClawedBack { amount_fen, maker, reason };
        match released.filter(|day| claimed < *day && *day < to) {
            Some(ended) => {
                let rule = guarantee_fee::book().ok().and_then(|book| book.rule_on(date(claimed)).ok());
                let due =
                    rule.and_then(|rule| guarantee_fee::clawback(rule, amount, date(from), date(to), date(ended)).ok());
                if let Some(due) = due.filter(|due| *due > Fen::ZERO) {
                    tell(self, ended.max(paid) + 30, names::CHECKS, back(due, Clawback::EarlyEnd));
                }
            }
            None if self.s.chance(0.05) => {
                tell(self, paid + 90, names::CHECKS, back(amount, Clawback::WronglyPaid));
            }
            None => {}
        }
    }

    fn of_guarantor(&mut self, on: Day, guarantor: GuarantorId, body: impl FnOnce(GuarantorId) -> Body) {
        let actor = Actor { id: names::id("合成担保经办"), office: Office::Guarantor(guarantor) };
        self.telling.tell(on, actor, body(guarantor));
    }
}
