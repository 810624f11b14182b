//! What follows from a loan's money, schedule and statuses: when something was owed, past due, in a bad class.
//!
//! All of it is a function of the loan as it is known. When a line changes the loan, the facts that no longer follow are
//! answered by their opposites and the new ones come after (`Books::follow`). What is past due is a step function of the
//! day, days to come among them: while nothing more is paid, it begins the day after an instalment.

use crate::dimension::Packed;
use crate::intervals::Interval;
use crate::kind::{Kind, difference, place};
use crate::rows::Row;
use ledger::Month;
use ledger::event::Category;
use ledger::reconcile::difference as differs;
use policy::Code;
use primitives::calendar;

/// A loan as far as totals need it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Loan {
    /// Its attributes: those of the application, then those of the grant.
    pub(crate) key: Packed,
    pub(crate) applied: Packed,
    pub(crate) requested: i64,
    /// Whether its grant was taken back.
    pub(crate) void: bool,
    pub(crate) enterprise: u32,
    /// Place of the kind of borrower.
    pub(crate) borrower: u8,
    pub(crate) completed: Option<i32>,
    pub(crate) grant: Option<Grant>,
    /// What the rating of the last grant expects: the probability of default within twelve months, ppm.
    pub(crate) pd: Option<u32>,
    pub(crate) disbursed: i64,
    /// Principal by day, earliest first, one a day.
    pub(crate) moves: Vec<Move>,
    /// Schedules in the order in which they hold: by day, then by line.
    pub(crate) plans: Vec<Plan>,
    /// Statuses by month, then by line.
    pub(crate) statuses: Vec<Status>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Grant {
    pub(crate) seq: u64,
    pub(crate) day: i32,
    pub(crate) amount: i64,
    pub(crate) rate: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Move {
    pub(crate) day: i32,
    pub(crate) lent: i64,
    pub(crate) repaid: i64,
    pub(crate) off: i64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Plan {
    pub(crate) day: i32,
    pub(crate) seq: u64,
    /// Day and principal, earliest first.
    pub(crate) instalments: Vec<(i32, i64)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Status {
    pub(crate) month: i32,
    pub(crate) seq: u64,
    pub(crate) days: u32,
    /// Place of the class.
    pub(crate) category: u8,
}

/// A fact that follows from a loan; two of them at one place are told apart by all they say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Follows {
    pub(crate) kind: u8,
    pub(crate) day: i32,
    pub(crate) aux: u64,
    pub(crate) amount: i64,
    pub(crate) sign: i8,
}

/// Days on which nothing changes, from the first to the day before the next one's first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stretch {
    from: i32,
    /// Due day of the earliest instalment that is past due.
    anchor: Option<i32>,
    /// Whether there is a schedule.
    planned: bool,
    owed: i64,
}

impl Loan {
    pub(crate) fn new(key: Packed, enterprise: u32, borrower: u8, requested: i64) -> Self {
        Self {
            key,
            applied: key,
            requested,
            void: false,
            enterprise,
            borrower,
            completed: None,
            grant: None,
            pd: None,
            disbursed: 0,
            moves: Vec::new(),
            plans: Vec::new(),
            statuses: Vec::new(),
        }
    }

    /// What was granted and not drawn.
    pub(crate) fn undrawn(&self) -> i64 {
        self.grant.map_or(0, |g| g.amount.saturating_sub(self.disbursed))
    }

    /// Adds to the principal of a day; a day on which nothing is left goes.
    pub(crate) fn add(&mut self, day: i32, kind: Kind, amount: i64) {
        let place = match self.moves.binary_search_by_key(&day, |m| m.day) {
            Ok(place) => place,
            Err(place) => {
                self.moves.insert(place, Move { day, ..Move::default() });
                place
            }
        };
        let of_day = &mut self.moves[place];
        match kind {
            Kind::Disbursed => {
                of_day.lent = of_day.lent.saturating_add(amount);
                self.disbursed = self.disbursed.saturating_add(amount);
            }
            Kind::WrittenOff => of_day.off = of_day.off.saturating_add(amount),
            _ => of_day.repaid = of_day.repaid.saturating_add(amount),
        }
        if (of_day.lent, of_day.repaid, of_day.off) == (0, 0, 0) {
            self.moves.remove(place);
        }
    }

    pub(crate) fn plan(&mut self, plan: Plan) {
        let place = self.plans.partition_point(|p| (p.day, p.seq) < (plan.day, plan.seq));
        self.plans.insert(place, plan);
    }

    pub(crate) fn state(&mut self, status: Status) {
        let place = self.statuses.partition_point(|s| (s.month, s.seq) < (status.month, status.seq));
        self.statuses.insert(place, status);
    }

    /// The day of the first payout.
    pub(crate) fn first_paid(&self) -> Option<i32> {
        self.moves.iter().find(|m| m.lent > 0).map(|m| m.day)
    }

    /// All that follows from the loan, in order.
    pub(crate) fn follows(&self) -> Vec<Follows> {
        let mut found = Vec::new();
        if let Some(day) = self.first_paid() {
            found.push(Follows { kind: Kind::FirstPaid as u8, day, aux: 0, amount: 0, sign: 1 });
        }
        let stretches = self.stretches();
        let from_to = |at: usize| (stretches[at].from, stretches.get(at + 1).map(|s| s.from));
        let owing = |at: usize| (stretches[at].owed > 0).then_some((0, 0));
        steps(&mut found, Kind::Owing, stretches.len(), from_to, owing);
        let overdue = |at: usize| {
            let Stretch { anchor, owed, .. } = stretches[at];
            anchor.filter(|_| owed > 0).map(|a| (owed, u64::from(a.cast_unsigned())))
        };
        steps(&mut found, Kind::Overdue, stretches.len(), from_to, overdue);
        self.classes(&stretches, &mut found);
        found.sort_unstable();
        found
    }

    /// From when to when it is past due, as it stands: what its facts of that kind come to.
    pub(crate) fn past_due(&self, at: u32, mut each: impl FnMut(Interval)) {
        let mut open: Option<Row> = None;
        let mut end = |open: &mut Option<Row>, until| {
            if let Some(row) = open.take() {
                each(Interval { row, until });
            }
        };
        if self.plans.is_empty() {
            return;
        }
        for Stretch { from, anchor, owed, .. } in self.stretches() {
            let holds = anchor.filter(|_| owed > 0).map(|anchor| (owed, u64::from(anchor.cast_unsigned())));
            if holds == open.map(|row| (row.amount, row.aux)) {
                continue;
            }
            end(&mut open, from);
            let Loan { key, enterprise, .. } = *self;
            open = holds.map(|(amount, aux)| Row { key, amount, aux, enterprise, loan: at, day: from, sign: 1 });
        }
        end(&mut open, i32::MAX);
    }

    /// From when to when something is owed: first day, and the first day after.
    pub(crate) fn owing(&self, mut each: impl FnMut(i32, i32)) {
        let (mut owed, mut open) = (0_i64, None);
        for m in &self.moves {
            owed = owed.saturating_add(m.lent).saturating_sub(m.repaid).saturating_sub(m.off);
            match (owed > 0, open) {
                (true, None) => open = Some(m.day),
                (false, Some(from)) => {
                    each(from, m.day);
                    open = None;
                }
                _ => {}
            }
        }
        if let Some(from) = open {
            each(from, i32::MAX);
        }
    }

    /// The latest status of each month.
    fn latest(&self) -> impl Iterator<Item = (&Status, Option<&Status>)> {
        let is_last = |at: usize| self.statuses.get(at + 1).is_none_or(|next| next.month != self.statuses[at].month);
        let last = (0..self.statuses.len()).filter(move |at| is_last(*at));
        last.map(|at| (&self.statuses[at], self.statuses.get(at + 1)))
    }

    /// What is owed in a bad class, and where the bank's days differ from the schedule's.
    fn classes(&self, stretches: &[Stretch], found: &mut Vec<Follows>) {
        for (status, next) in self.latest() {
            let end = calendar::last_day(status.month);
            let Some(category) = Category::ALL.get(usize::from(status.category)).copied() else { continue };
            if category.is_non_performing() {
                // It holds until the next one.
                let until = next.map(|n| calendar::last_day(n.month));
                let within = |at: usize| {
                    let (from, to) = (stretches[at].from, stretches.get(at + 1).map(|s| s.from));
                    (from.max(end), earlier(to, until))
                };
                let owed = |at: usize| {
                    let (from, to) = within(at);
                    (stretches[at].owed > 0 && to.is_none_or(|to| from < to)).then_some((stretches[at].owed, 0))
                };
                steps(found, Kind::BadClass, stretches.len(), within, owed);
            }
            let Some(at) = stretches.iter().rfind(|s| s.from <= end).filter(|s| s.planned) else { continue };
            let ours = at.anchor.map_or(0, |a| i64::from(end - a));
            let Some(month) = calendar::date_of(end).map(Month::of) else { continue };
            if let Some(line) = differs(month, ours, i64::from(status.days), category) {
                let aux = difference(status.days, place(category) as u8, line.class_too_good);
                found.push(Follows { kind: Kind::Differs as u8, day: end, aux, amount: ours, sign: 1 });
            }
        }
    }

    fn stretches(&self) -> Vec<Stretch> {
        let mut days: Vec<i32> = self.moves.iter().map(|m| m.day).collect();
        for plan in &self.plans {
            days.push(plan.day);
            // Past due from the day after.
            days.extend(plan.instalments.iter().filter_map(|(due, _)| due.checked_add(1)));
        }
        days.sort_unstable();
        days.dedup();
        let (mut moves, mut plans) = (self.moves.iter().peekable(), self.plans.iter().peekable());
        let (mut owed, mut paid) = (0_i64, 0_i128);
        // The instalment that is the first not to be paid in full, and the sum of those up to it.
        let (mut plan, mut at, mut due) = (&[][..], 0, 0_i128);
        let mut found = Vec::with_capacity(days.len());
        for day in days {
            while let Some(m) = moves.next_if(|m| m.day <= day) {
                owed = owed.saturating_add(m.lent).saturating_sub(m.repaid).saturating_sub(m.off);
                paid += i128::from(m.repaid);
            }
            while let Some(next) = plans.next_if(|p| p.day <= day) {
                (plan, at) = (&next.instalments, 0);
                due = plan.first().map_or(0, |(_, fen)| i128::from(*fen));
            }
            while at < plan.len() && due <= paid {
                at += 1;
                due += plan.get(at).map_or(0, |(_, fen)| i128::from(*fen));
            }
            let anchor = plan.get(at).map(|(due, _)| *due).filter(|due| *due < day);
            found.push(Stretch { from: day, anchor, planned: !plan.is_empty(), owed });
        }
        found
    }
}

fn earlier(a: Option<i32>, b: Option<i32>) -> Option<i32> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}

/// Facts at the beginning and at the end of whatever holds over one stretch or several alike.
fn steps(
    found: &mut Vec<Follows>,
    kind: Kind,
    stretches: usize,
    from_to: impl Fn(usize) -> (i32, Option<i32>),
    holds: impl Fn(usize) -> Option<(i64, u64)>,
) {
    let mut open: Option<((i64, u64), Option<i32>)> = None;
    let fact = |day, (amount, aux): (i64, u64), sign: i8| {
        let amount = if sign > 0 { amount } else { amount.wrapping_neg() };
        Follows { kind: kind as u8, day, aux, amount, sign }
    };
    for at in 0..stretches {
        let (from, to) = from_to(at);
        let holds = holds(at);
        match (open, holds) {
            (Some((was, until)), Some(now)) if was == now && until == Some(from) => open = Some((now, to)),
            (was, now) => {
                if let Some((was, Some(until))) = was {
                    found.push(fact(until, was, -1));
                }
                if let Some(now) = now {
                    found.push(fact(from, now, 1));
                }
                open = now.map(|now| (now, to));
            }
        }
    }
    if let Some((was, Some(until))) = open {
        found.push(fact(until, was, -1));
    }
}
