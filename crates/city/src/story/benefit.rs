//! Benefits under other documents: interest subsidy, bill discount, support of new encouraged enterprises.

use super::{Story, date, names, round_fen};
use crate::calendar::Day;
use ledger::BenefitNo;
use ledger::event::{BenefitEvent, Body};
use policy::benefit::Kind;
use primitives::Fen;

impl Story<'_> {
    pub(super) fn benefit(&mut self) {
        let mut day = self.begins();
        for _ in 0..=self.s.below(3) {
            if !self.goes_on(day) {
                return;
            }
            self.one_benefit(day);
            day += self.s.whole(200, 500);
        }
    }

    fn one_benefit(&mut self, day: Day) {
        let young = self.firm.age(day) < 3.0;
        let (tool, share, document) = match self.s.uniform() {
            u if young && u < 0.5 => (Kind::NewEncouragedEnterprise, 0.010, "合成新办鼓励类企业扶持文件"),
            u if u < 0.65 => (Kind::InterestSubsidy, 0.004, "合成贷款贴息文件"),
            _ => (Kind::BillDiscount, 0.003, "合成票据贴现文件"),
        };
        let benefit: BenefitNo = names::id(&self.number("惠"));
        let district = self.district(day);
        let proposed = BenefitEvent::Proposed {
            tool,
            enterprise: self.code,
            district,
            amount_fen: Fen::new(round_fen(share * self.sales()).min(200_000_000)),
            from: date(day - 180),
            to: date(day - 1),
            document: document.to_owned(),
        };
        let body = |did| Body::Benefit { benefit, did };
        self.telling.tell(day, names::district(district), body(proposed));
        if self.s.chance(0.06) {
            return;
        }
        let approved = day + self.s.whole(5, 30);
        self.telling.tell(approved, names::bureau(names::CHECKS), body(BenefitEvent::Approved));
        let paid = approved + self.s.whole(5, 30);
        let first = self.telling.tell(paid, names::bureau(names::PAYS), body(BenefitEvent::Paid));
        if self.s.chance(0.02) {
            // Told of the wrong day: taken back by another person, and told again.
            self.telling.take_back(first, 1, names::bureau(names::CHECKS), "拨付日期有误");
            self.telling.tell(paid + 2, names::bureau(names::PAYS), body(BenefitEvent::Paid));
        }
        if self.s.chance(0.05) {
            let maker = names::id(names::PREPARES);
            self.telling.tell(paid + 100, names::bureau(names::CHECKS), body(BenefitEvent::Returned { maker }));
        }
    }
}
