//! The money of a loan: parts, schedule, repayments, the bank's monthly status.

use super::{Story, date, names};
use crate::calendar::{Day, first_day, last_day, month_of_day};
use crate::constants as c;
use ledger::event::{Actor, Category, Instalment, LoanEvent, Office, Scheme};
use ledger::record::Move;
use ledger::schedule::days_past_due;
use ledger::{BankId, LoanNo, Month};
use primitives::Fen;

/// How principal comes back.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    /// At the end.
    Bullet,
    /// In equal parts, one a quarter.
    Quarterly,
    /// A tenth each quarter, the rest at the end.
    Balloon,
}

/// A loan that was granted.
pub(super) struct Loan {
    pub(super) bank: BankId,
    pub(super) kind: policy::Bank,
    pub(super) number: LoanNo,
    pub(super) scheme: Scheme,
    pub(super) granted_on: Day,
    pub(super) amount: i64,
    pub(super) months: i32,
    pub(super) style: Style,
    pub(super) lent: i64,
    pub(super) paid: i64,
    pub(super) last_paid: Day,
    /// From a day on, these instalments.
    versions: Vec<(Day, Vec<Instalment>)>,
    moves: Vec<Move>,
    rescheduled: bool,
    /// The day on which the last of it was written off.
    pub(super) off: Option<Day>,
    pub(super) guarantee: Option<super::guarantee::Cover>,
}

/// How paying ended.
pub(super) enum End {
    /// All is back.
    Settled(Day),
    /// The records end before it does.
    Open,
    /// Nothing is paid any more.
    Unpaid,
    /// The last instalment is large: it may be renewed.
    Large { on: Day },
}

impl Loan {
    pub(super) fn new(
        bank: (BankId, policy::Bank),
        number: LoanNo,
        scheme: Scheme,
        granted_on: Day,
        amount: i64,
        months: i32,
        style: Style,
    ) -> Self {
        let (bank, kind) = bank;
        Self {
            bank,
            kind,
            number,
            scheme,
            granted_on,
            amount,
            months,
            style,
            lent: 0,
            paid: 0,
            last_paid: granted_on,
            versions: Vec::new(),
            moves: Vec::new(),
            rescheduled: false,
            off: None,
            guarantee: None,
        }
    }

    pub(super) fn left(&self) -> i64 {
        self.lent - self.paid
    }

    /// What the schedule of today says.
    pub(super) fn instalments(&self) -> &[Instalment] {
        self.versions.last().map_or(&[], |(_, instalments)| instalments)
    }

    pub(super) fn moved(&mut self, on: Day, lent_fen: i64, repaid_fen: i64, off_fen: i64) {
        self.moves.push(Move { on: date(on), lent_fen, repaid_fen, off_fen });
        self.lent += lent_fen;
        self.paid += repaid_fen;
        if repaid_fen > 0 {
            self.last_paid = self.last_paid.max(on);
        }
    }

    fn days_past_due(&self, on: Day) -> i64 {
        let holds = self.versions.iter().rfind(|(from, _)| *from <= on);
        holds.map_or(0, |(_, instalments)| days_past_due(instalments, &self.moves, date(on)))
    }

    /// What it will come back by.
    fn plan(&self) -> Vec<Instalment> {
        let quarters = i64::from((self.months / 3).max(1));
        let part = match self.style {
            Style::Bullet => 0,
            Style::Quarterly => self.lent / quarters,
            Style::Balloon => self.lent / 10,
        };
        let mut left = self.lent;
        let mut instalments = Vec::new();
        for quarter in 1..quarters as i32 {
            if 0 < part && part < left {
                let due_on = date(months_after(self.granted_on, 3 * quarter));
                instalments.push(Instalment { due_on, principal_fen: Fen::new(part) });
                left -= part;
            }
        }
        let due_on = date(months_after(self.granted_on, self.months));
        instalments.push(Instalment { due_on, principal_fen: Fen::new(left) });
        instalments
    }
}

/// The same day of a later month, or its last day.
pub(super) fn months_after(day: Day, months: i32) -> Day {
    let month = month_of_day(day);
    let within = day - first_day(month);
    (first_day(month + months) + within).min(last_day(month + months))
}

impl Story<'_> {
    /// Pays the loan out, in one part or in two, and sets the schedule; a few are never drawn to the end.
    pub(super) fn disburse(&mut self, loan: &mut Loan, at_once: bool) {
        let (on, amount) = (loan.granted_on, loan.amount);
        let first = match self.s.uniform() {
            u if at_once || u < 0.72 => amount,
            u if u < 0.94 => amount / 10 * 6,
            _ => amount / 100 * 85,
        };
        self.lend(loan, on, first);
        if first == amount / 10 * 6 {
            let later = on + self.s.whole(7, 25);
            if self.goes_on(later) {
                self.lend(loan, later, amount - first);
            }
        }
    }

    fn lend(&mut self, loan: &mut Loan, on: Day, fen: i64) {
        self.of_loan(on, loan.bank, loan.number, LoanEvent::Disbursed { amount_fen: Fen::new(fen) });
        loan.moved(on, fen, 0, 0);
        let instalments = loan.plan();
        self.schedule(loan, on, instalments);
    }

    pub(super) fn schedule(&mut self, loan: &mut Loan, on: Day, instalments: Vec<Instalment>) {
        let did = LoanEvent::Scheduled { instalments: instalments.clone() };
        self.of_loan(on, loan.bank, loan.number, did);
        loan.versions.push((on, instalments));
    }

    /// Lets instalments fall due until the end, the default, or the last large one.
    pub(super) fn pay(&mut self, loan: &mut Loan) -> End {
        let (stops, leaves) = (self.stops(), self.leaves());
        let mut place = 0;
        while let Some(instalment) = loan.instalments().get(place).copied() {
            let due = primitives::calendar::day_of(instalment.due_on);
            if due >= stops {
                return End::Unpaid;
            }
            if due > self.plan.last_day {
                return End::Open;
            }
            if due > leaves - 60 {
                let on = due.min(leaves - 30).max(loan.last_paid);
                let left = loan.left();
                self.repay(loan, on, left);
                return End::Settled(on);
            }
            if place + 1 == loan.instalments().len() && loan.left() * 2 >= loan.lent {
                return End::Large { on: due };
            }
            if !loan.rescheduled && self.strained(due) > 0.5 && self.s.chance(c::RESCHEDULED) {
                let on = due + self.s.whole(32, 58);
                if on >= stops {
                    return End::Unpaid;
                }
                self.reschedule(loan, on, place);
                continue;
            }
            let slips = self.s.chance_logit(self.path.odds(&c::OVERDUE, month_of_day(due)));
            let on = (due + if slips { self.s.whole(3, 45) } else { 0 }).max(loan.last_paid);
            if on >= stops {
                return End::Unpaid;
            }
            self.repay(loan, on, instalment.principal_fen.get());
            place += 1;
        }
        End::Settled(loan.last_paid)
    }

    /// What is not paid yet falls due half a year later.
    fn reschedule(&mut self, loan: &mut Loan, on: Day, from: usize) {
        let mut instalments = loan.instalments().to_vec();
        for instalment in instalments.iter_mut().skip(from) {
            let due = primitives::calendar::day_of(instalment.due_on);
            instalment.due_on = date(months_after(due, 6));
        }
        loan.rescheduled = true;
        self.schedule(loan, on, instalments);
    }

    pub(super) fn repay(&mut self, loan: &mut Loan, on: Day, fen: i64) {
        let repaid = |fen: i64| LoanEvent::Repaid { principal_fen: Fen::new(fen) };
        let (bank, number) = (loan.bank, loan.number);
        loan.moved(on, 0, fen, 0);
        if fen > 1_000 && self.s.chance(c::MISTYPED) {
            let wrong = self.of_loan(on, bank, number, repaid(fen / 10));
            let actor = Actor { id: names::id("合成银行复核"), office: Office::Bank(bank) };
            self.telling.take_back(wrong, 1, actor, "金额录入有误");
            self.of_loan_late(on, 1, bank, number, repaid(fen));
            return;
        }
        let late = self.s.chance(c::TOLD_LATE);
        let lag = if late { self.s.whole(c::TOLD_LATE_DAYS[0], c::TOLD_LATE_DAYS[1]) } else { 0 };
        self.of_loan_late(on, lag, bank, number, repaid(fen));
    }

    /// The bank's own view at the end of each month, up to the one of a day.
    pub(super) fn statuses(&mut self, loan: &Loan, until: Day) {
        let first = month_of_day(loan.granted_on);
        for month in first..=month_of_day(until.min(self.plan.last_day)) {
            let end = last_day(month);
            let ours = loan.days_past_due(end);
            let off = loan.off.is_some_and(|day| day <= end);
            let extra = if self.s.chance(c::MISCOUNTED) { i64::from(self.s.whole(1, 5)) } else { 0 };
            let category = match ours {
                _ if off => Category::Loss,
                0 => Category::Normal,
                1..=90 => Category::SpecialMention,
                91..=180 => Category::Substandard,
                181..=360 => Category::Doubtful,
                _ => Category::Loss,
            };
            let month = Month::of(date(end));
            let did = LoanEvent::Status { month, days_past_due: ours + extra, category };
            let lag = self.s.whole(4, 9);
            self.of_loan_late(end, lag, loan.bank, loan.number, did);
        }
    }

    /// A loan that is paid back: its last statuses, the end of its guarantee and of the contract.
    pub(super) fn finish(&mut self, loan: &mut Loan, on: Day) {
        self.statuses(loan, on);
        self.uncover(loan, Some(on));
        // What was not drawn is free only when the contract ends.
        if loan.lent < loan.amount || self.s.chance(0.7) {
            self.of_loan(last_day(month_of_day(on)) + 12, loan.bank, loan.number, LoanEvent::Closed);
        }
    }
}
