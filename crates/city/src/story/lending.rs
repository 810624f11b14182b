//! Applications, grants, and what follows a loan: repayment, renewal, a bridge.

use super::loan::{End, Loan, Style, months_after};
use super::rating::Rated;
use super::{Story, date, names, round_fen};
use crate::calendar::Day;
use crate::constants as c;
use ledger::BankId;
use ledger::event::{DeclineReason, LoanEvent, Renews, Scheme};
use policy::{Product, Size};
use primitives::{Fen, Ppm};

/// What is asked for at a bank.
pub(super) struct Ask {
    pub(super) bank: (BankId, policy::Bank),
    pub(super) scheme: Scheme,
    pub(super) on: Day,
    /// In fen.
    pub(super) requested: i64,
    /// The most that may be granted.
    pub(super) most: i64,
    pub(super) rated: Option<Rated>,
}

impl Story<'_> {
    /// Loans of the commercial-value scheme, each on a rating.
    pub(super) fn commercial_value(&mut self) {
        if matches!(self.size, None | Some(Size::Large)) {
            return;
        }
        let (main, other) = (self.firm.lot(self.plan, 45), self.firm.lot(self.plan, 46));
        let mut day = self.begins();
        while self.goes_on(day) {
            let rated = self.rate(day);
            let commercial_only = date(day) < names::REVISED;
            let (first, second) = (names::bank(main, commercial_only), names::bank(other, commercial_only));
            let answered = day + self.s.whole(1, 6);
            let Some(line) = rated.line else {
                self.decide(answered, &rated, first.0, None);
                if self.s.chance(0.5) {
                    let requested = round_fen(0.08 * self.sales()).min(300_000_000);
                    let ask = Ask {
                        bank: first,
                        scheme: Scheme::CommercialValue,
                        on: answered,
                        requested,
                        most: 0,
                        rated: None,
                    };
                    self.ask(&ask);
                }
                day += self.s.whole(180, 420);
                continue;
            };
            // Two banks share a line now and then; together they stay within it.
            let shared = second.0 != first.0 && line >= 40_000_000 && self.s.chance(0.16);
            let most = if shared { line / 10 * 6 } else { line };
            self.decide(answered, &rated, first.0, Some(most));
            let requested = (most as f64 * self.s.between(0.5, 1.3) / 1e6).round().max(1.0) as i64 * 1_000_000;
            let scheme = Scheme::CommercialValue;
            let ask = Ask { bank: first, scheme, on: answered, requested, most, rated: Some(rated) };
            let mut free = match self.ask(&ask) {
                Some(loan) => self.follow(loan, if shared { line - most } else { 0 }),
                None => answered + 60,
            };
            if shared && self.goes_on(answered + 40) {
                self.decide(answered + 1, &rated, second.0, Some(line - most));
                let on = answered + self.s.whole(2, 30);
                let most = line - most;
                if let Some(loan) =
                    self.ask(&Ask { bank: second, scheme, on, requested: most, most, rated: Some(rated) })
                {
                    // The line of the first stays with it while this one runs.
                    free = free.max(self.follow(loan, line - most));
                }
            }
            day = free.saturating_add(self.s.whole(20, 300)).max(day + 60);
        }
    }

    /// Guaranteed small-micro loans.
    pub(super) fn guaranteed(&mut self) {
        let most = match self.size {
            Some(Size::Micro) => 50_000_000,
            Some(Size::Small) => 1_000_000_000,
            _ => return,
        };
        self.outside(Scheme::Guaranteed, 0.10, most);
    }

    /// Loans that no scheme knows.
    pub(super) fn ordinary(&mut self) {
        self.outside(Scheme::Ordinary, 0.15, 5_000_000_000);
    }

    fn outside(&mut self, scheme: Scheme, share: f64, most: i64) {
        let lot = self.s.uniform();
        let mut day = self.begins();
        while self.goes_on(day) {
            let amount = round_fen(share * self.sales() * self.s.between(0.6, 1.4)).min(most);
            let ask = Ask { bank: names::bank(lot, false), scheme, on: day, requested: amount, most, rated: None };
            let free = match self.ask(&ask) {
                Some(loan) => self.follow(loan, 0),
                None => day + 150,
            };
            day = free.saturating_add(self.s.whole(20, 400));
        }
    }

    /// An application and what the bank makes of it; the loan where it is granted and paid out.
    pub(super) fn ask(&mut self, ask: &Ask) -> Option<Loan> {
        let bank = ask.bank.0;
        let number = names::id(&self.number("贷"));
        self.applied(ask, number, ask.on);
        let risk = self.risk(ask.on);
        let (fate, late) = (self.s.uniform(), self.s.chance(0.08));
        let completed = ask.on + self.s.whole(0, 6);
        let decided = completed + self.s.whole(1, 8) + if late { self.s.whole(5, 20) } else { 0 };
        let end = |story: &mut Self, day: Day, did: LoanEvent| {
            story.of_loan(day, bank, number, did);
            None
        };
        if ask.scheme == Scheme::CommercialValue && ask.rated.is_none() {
            return end(self, completed, LoanEvent::Declined { reason: DeclineReason::RatingTooLow });
        }
        match fate {
            u if u < 0.03 => return end(self, completed, LoanEvent::Withdrawn),
            u if u < 0.06 => return end(self, completed, LoanEvent::Declined { reason: DeclineReason::Documents }),
            _ => {}
        }
        self.of_loan(completed, bank, number, LoanEvent::Completed);
        let refused = 1.0 / (1.0 + (2.3 - 0.40 * risk).exp());
        if fate > 1.0 - refused || !self.goes_on(decided) {
            let reasons = [
                DeclineReason::Cashflow,
                DeclineReason::OverIndebted,
                DeclineReason::NegativeCredit,
                DeclineReason::NegativeList,
                DeclineReason::NoLineLeft,
                DeclineReason::Industry,
                DeclineReason::Other,
            ];
            let weights = [0.35, 0.25, 0.18, 0.05, 0.07, 0.05, 0.05];
            let reason = reasons[self.s.weighted(weights.into_iter())];
            return end(self, decided, LoanEvent::Declined { reason });
        }
        if fate < 0.08 {
            return end(self, decided, LoanEvent::Withdrawn);
        }
        let mut loan = self.granted(ask, number, decided, ask.requested.min(ask.most), None);
        if fate < 0.095 {
            return end(self, decided + 20, LoanEvent::Withdrawn);
        }
        self.disburse(&mut loan, false);
        self.cover(&mut loan);
        Some(loan)
    }

    fn applied(&mut self, ask: &Ask, number: ledger::LoanNo, on: Day) {
        let product = match self.s.uniform() {
            u if u < 0.55 || date(on) < names::PRODUCTS => Product::PureCredit,
            _ => *self.s.pick(&[
                Product::ValueChain,
                Product::SupplyChain,
                Product::Receivables,
                Product::IntellectualProperty,
                Product::ProcurementOrder,
                Product::Equipment,
            ]),
        };
        let did = LoanEvent::Applied {
            profile: self.profile(on),
            bank_kind: ask.bank.1,
            product,
            scheme: ask.scheme,
            requested_fen: Fen::new(ask.requested),
        };
        self.of_loan(on, ask.bank.0, number, did);
    }

    fn granted(&mut self, ask: &Ask, number: ledger::LoanNo, on: Day, fen: i64, renews: Option<Renews>) -> Loan {
        let months = *self.s.pick(&[6, 12, 12, 12, 12, 24, 36]);
        let style = [Style::Bullet, Style::Quarterly, Style::Balloon][self.s.weighted([0.4, 0.35, 0.25].into_iter())];
        let grade = ask.rated.map_or(2, |r| r.grade as i64);
        let rate = 35_500 + 3_000 * grade + 100 * i64::from(self.s.whole(0, 60));
        let rate_ppm = if ask.scheme == Scheme::Guaranteed { rate.min(56_000) } else { rate };
        let asked = self.district(ask.on);
        let district = Some(self.district(on)).filter(|now| *now != asked);
        let did = LoanEvent::Granted {
            amount_fen: Fen::new(fen),
            annual_rate_ppm: Ppm::new(rate_ppm),
            term_months: months.into(),
            rating: ask.rated.map(|r| r.id),
            renews,
            district,
        };
        self.of_loan(on, ask.bank.0, number, did);
        Loan::new(ask.bank, number, ask.scheme, on, fen, months, style)
    }

    /// Lets a loan run, with those that renew it; the day from which the borrower is free.
    ///
    /// `others` is what other loans of the scheme may take of the line.
    fn follow(&mut self, mut loan: Loan, others: i64) -> Day {
        loop {
            let on = match self.pay(&mut loan) {
                End::Settled(on) => {
                    self.finish(&mut loan, on);
                    return on;
                }
                End::Open => {
                    self.statuses(&loan, self.plan.last_day);
                    self.uncover(&mut loan, None);
                    return Day::MAX;
                }
                End::Unpaid => {
                    self.unpaid(loan);
                    return Day::MAX;
                }
                End::Large { on } => on,
            };
            let fate = self.s.uniform() - if self.strained(on) > 0.3 { 0.2 } else { 0.0 };
            let next = match fate {
                u if u < c::RENEWED => self.renew(&mut loan, on, others),
                u if u < c::RENEWED + c::BRIDGED => self.bridge(&mut loan, on, others),
                _ => None,
            };
            if loan.left() > 0 {
                // Nobody renewed it.
                let slips = self.s.chance_logit(self.path.odds(&c::OVERDUE, crate::calendar::month_of_day(on)));
                let paid = (on + if slips { self.s.whole(2, 50) } else { 0 }).max(loan.last_paid);
                if paid >= self.stops() {
                    self.unpaid(loan);
                    return Day::MAX;
                }
                let left = loan.left();
                self.repay(&mut loan, paid, left);
            }
            let ended = loan.last_paid;
            self.finish(&mut loan, ended);
            match next {
                Some(next) => loan = next,
                None => return ended,
            }
        }
    }

    /// The request for a loan that takes the place of another, if its rating still bears it.
    pub(super) fn again(&mut self, loan: &Loan, on: Day, others: i64) -> Option<Ask> {
        let left = loan.left();
        let rated = (loan.scheme == Scheme::CommercialValue).then(|| self.rate(on));
        let line = rated.map_or(Some(i64::MAX), |r| r.line);
        let fits = self.goes_on(on + 60) && line.is_some_and(|line| line - others >= left);
        let bank = (loan.bank, loan.kind);
        fits.then_some(Ask { bank, scheme: loan.scheme, on, requested: left, most: left, rated })
    }

    /// A new loan repays the old one on the day on which that is due (无还本续贷).
    fn renew(&mut self, loan: &mut Loan, on: Day, others: i64) -> Option<Loan> {
        let ask = self.again(loan, (on - 25).max(loan.granted_on), others)?;
        let number = names::id(&self.number("贷"));
        self.applied(&ask, number, ask.on);
        self.of_loan(on - 10, ask.bank.0, number, LoanEvent::Completed);
        let part = loan.left();
        let renews = Some(Renews { loan: loan.number, part_fen: Fen::new(part) });
        let mut new = self.granted(&ask, number, on, part, renews);
        self.disburse(&mut new, true);
        self.cover(&mut new);
        let did = LoanEvent::Renewed { new_loan: number, part_fen: Fen::new(part) };
        self.of_loan(on, loan.bank, loan.number, did);
        loan.moved(on, 0, part, 0);
        Some(new)
    }

    /// The new loan after a bridge: applied for before, granted when the old one is back.
    pub(super) fn after_bridge(&mut self, ask: &Ask, on: Day) -> Loan {
        let number = names::id(&self.number("贷"));
        self.applied(ask, number, ask.on);
        self.of_loan(ask.on + 3, ask.bank.0, number, LoanEvent::Completed);
        let mut new = self.granted(ask, number, on, ask.requested, None);
        self.disburse(&mut new, true);
        self.cover(&mut new);
        new
    }

    /// The last day of a loan by its term.
    pub(super) fn matures(loan: &Loan) -> Day {
        months_after(loan.granted_on, loan.months)
    }
}
