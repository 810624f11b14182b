//! What became of those that were rated, from the events alone: the rows that a model is trained on later.
//!
//! An outcome is the borrower's: bad on any loan is bad. Events are pushed in the order of the ledger; what a reversal
//! took back is forgotten. A day's days past due follow from the schedule of that day ([`crate::schedule`]), not from what
//! a bank reported.

use crate::event::{Body, BridgeEvent, ClaimEvent, Event, Instalment, LoanEvent, RatingEvent, Review};
use crate::record::{LoanRef, Move};
use crate::schedule::days_past_due;
use crate::{BankId, ClaimNo, GradeId, RatingId};
use chrono::{Days, Months, NaiveDate};
use policy::codes;
use primitives::CreditCode;
use std::collections::{BTreeMap, BTreeSet};

codes! {
    /// What became of a rated enterprise.
    Outcome, "outcome";
    Good = "good", "正常", "good";
    Bad = "bad", "违约", "bad";
    Indeterminate = "indeterminate", "不确定", "past due, not bad";
    Immature = "immature", "未满观察期", "too young to tell";
    NoLoan = "no_loan", "无贷款", "no loan in the window";
    BadBefore = "bad_before", "评级时已违约", "bad on the day of the rating";
}

codes! {
    /// Why an outcome is bad.
    BadReason, "reason of a bad outcome";
    PastDue = "past_due", "逾期", "past due";
    Claim = "claim", "风险补偿", "claim of compensation";
    WriteOff = "write_off", "核销", "written off";
    Restructured = "restructured", "困难重组", "distressed restructuring";
}

/// By what an outcome is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Definition {
    /// The last day that the ledger is taken to know of: a window that ends later is immature.
    pub as_of: NaiveDate,
    /// Months after the rating.
    pub months: u32,
    /// From so many days past due on it is bad.
    pub bad_days: i64,
    /// From so many days past due on it is neither good nor bad.
    pub indeterminate_days: i64,
    /// A new schedule or a renewal on a loan that was so many days past due the day before is a distressed restructuring.
    pub restructured_days: i64,
}

impl Definition {
    /// Twelve months, 90 days, 1 day, 30 days.
    pub fn usual(as_of: NaiveDate) -> Self {
        Self { as_of, months: 12, bad_days: 90, indeterminate_days: 1, restructured_days: 30 }
    }
}

/// A rating and what became of the enterprise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The rating.
    pub rating: RatingId,
    /// The enterprise.
    pub enterprise: CreditCode,
    /// The day of the rating; the window begins on the next one.
    pub rated_on: NaiveDate,
    /// Its grade.
    pub grade: GradeId,
    /// What became of it.
    pub outcome: Outcome,
    /// The first day on which it was bad, and why.
    pub bad: Option<(NaiveDate, BadReason)>,
    /// The most days past due in the window on any loan.
    pub days_past_due_max: i64,
    /// Whether a loan was renewed in the window: then good may mean that a debt was put off.
    pub renewed: bool,
    /// Whether a bridge loan was released in the window.
    pub bridged: bool,
}

/// A fact of an event.
#[derive(Debug, Clone)]
enum Fact {
    Rated(RatingId, CreditCode, GradeId),
    Loan(LoanRef, CreditCode),
    Moved(LoanRef, Move),
    Renewed(LoanRef, i64),
    Scheduled(LoanRef, Vec<Instalment>),
    Claimed(LoanRef, ClaimNo),
    ClaimRefused(BankId, ClaimNo),
    BridgeApplied(BankId, crate::BridgeNo, CreditCode),
    BridgeReleased(BankId, crate::BridgeNo),
}

/// The facts that outcomes are told by.
///
/// # Examples
/// See `tests/outcomes.rs` of this crate, which tells a borrower's year day by day.
#[derive(Debug, Clone, Default)]
pub struct Outcomes {
    facts: BTreeMap<u64, (NaiveDate, Fact)>,
}

/// The life of a loan.
#[derive(Debug, Default)]
struct Life {
    moves: Vec<Move>,
    schedules: Vec<(NaiveDate, Vec<Instalment>)>,
    claimed: Vec<NaiveDate>,
    renewed: Vec<NaiveDate>,
}

/// What an enterprise has.
#[derive(Debug, Default)]
struct Borrower {
    loans: Vec<Life>,
    bridged: Vec<NaiveDate>,
}

impl Outcomes {
    /// Takes the event with a number, in the order of the ledger.
    pub fn push(&mut self, seq: u64, event: &Event) {
        let on = event.effective_on;
        let moved = |at, lent_fen, repaid_fen, off_fen| Fact::Moved(at, Move { on, lent_fen, repaid_fen, off_fen });
        let fact = match &event.body {
            Body::Reversal { of, .. } => {
                self.facts.remove(of);
                return;
            }
            Body::Rating { rating, did: RatingEvent::Issued { enterprise, grade, .. } } => {
                Fact::Rated(*rating, *enterprise, *grade)
            }
            Body::Loan { bank, loan, did } => {
                let at = LoanRef { bank: *bank, loan: *loan };
                match did {
                    LoanEvent::Applied { profile, .. } => Fact::Loan(at, profile.enterprise),
                    LoanEvent::Disbursed { amount_fen } => moved(at, amount_fen.get(), 0, 0),
                    LoanEvent::Repaid { principal_fen } => moved(at, 0, principal_fen.get(), 0),
                    LoanEvent::WrittenOff { principal_fen } => moved(at, 0, 0, principal_fen.get()),
                    LoanEvent::Renewed { part_fen, .. } => Fact::Renewed(at, part_fen.get()),
                    LoanEvent::Scheduled { instalments } => Fact::Scheduled(at, instalments.clone()),
                    _ => return,
                }
            }
            Body::Claim { bank, claim, did } => match did {
                ClaimEvent::Claimed { loan, .. } => Fact::Claimed(LoanRef { bank: *bank, loan: *loan }, *claim),
                ClaimEvent::FirstReviewed { result: Review::Refused }
                | ClaimEvent::SecondReviewed { result: Review::Refused } => Fact::ClaimRefused(*bank, *claim),
                _ => return,
            },
            Body::Bridge { bank, bridge, did } => match did {
                BridgeEvent::Applied { enterprise, .. } => Fact::BridgeApplied(*bank, *bridge, *enterprise),
                BridgeEvent::Released => Fact::BridgeReleased(*bank, *bridge),
                _ => return,
            },
            _ => return,
        };
        self.facts.insert(seq, (on, fact));
    }

    /// A row for each rating, in the order of the ledger.
    pub fn rows(&self, by: &Definition) -> Vec<Row> {
        let borrowers = self.borrowers();
        let none = Borrower::default();
        let rated = self.facts.values().filter_map(|(on, fact)| match fact {
            Fact::Rated(rating, enterprise, grade) => Some((*on, *rating, *enterprise, *grade)),
            _ => None,
        });
        let row = |(rated_on, rating, enterprise, grade)| {
            let borrower = borrowers.get(&enterprise).unwrap_or(&none);
            borrower.row(
                by,
                Row {
                    rating,
                    enterprise,
                    rated_on,
                    grade,
                    outcome: Outcome::Immature,
                    bad: None,
                    days_past_due_max: 0,
                    renewed: false,
                    bridged: false,
                },
            )
        };
        rated.map(row).collect()
    }

    fn borrowers(&self) -> BTreeMap<CreditCode, Borrower> {
        let refused: BTreeSet<(BankId, ClaimNo)> = self
            .facts
            .values()
            .filter_map(|(_, fact)| match fact {
                Fact::ClaimRefused(bank, claim) => Some((*bank, *claim)),
                _ => None,
            })
            .collect();
        let mut of_loan: BTreeMap<LoanRef, CreditCode> = BTreeMap::new();
        let mut of_bridge: BTreeMap<(BankId, crate::BridgeNo), CreditCode> = BTreeMap::new();
        let mut loans: BTreeMap<LoanRef, Life> = BTreeMap::new();
        let mut borrowers: BTreeMap<CreditCode, Borrower> = BTreeMap::new();
        for (on, fact) in self.facts.values() {
            match fact {
                Fact::Loan(at, enterprise) => drop(of_loan.insert(*at, *enterprise)),
                Fact::Moved(at, moved) => loans.entry(*at).or_default().moves.push(*moved),
                Fact::Renewed(at, part) => {
                    let life = loans.entry(*at).or_default();
                    life.moves.push(Move { on: *on, lent_fen: 0, repaid_fen: *part, off_fen: 0 });
                    life.renewed.push(*on);
                }
                Fact::Scheduled(at, instalments) => {
                    let schedules = &mut loans.entry(*at).or_default().schedules;
                    // A second one of a day takes the place of the first.
                    schedules.retain(|(from, _)| from != on);
                    schedules.push((*on, instalments.clone()));
                    schedules.sort_by_key(|(from, _)| *from);
                }
                Fact::Claimed(at, claim) if !refused.contains(&(at.bank, *claim)) => {
                    loans.entry(*at).or_default().claimed.push(*on);
                }
                Fact::BridgeApplied(bank, bridge, enterprise) => {
                    of_bridge.insert((*bank, *bridge), *enterprise);
                }
                Fact::BridgeReleased(bank, bridge) => {
                    if let Some(enterprise) = of_bridge.get(&(*bank, *bridge)) {
                        borrowers.entry(*enterprise).or_default().bridged.push(*on);
                    }
                }
                Fact::Rated(..) | Fact::Claimed(..) | Fact::ClaimRefused(..) => {}
            }
        }
        for (at, life) in loans {
            if let Some(enterprise) = of_loan.get(&at) {
                borrowers.entry(*enterprise).or_default().loans.push(life);
            }
        }
        borrowers
    }
}

impl Borrower {
    fn row(&self, by: &Definition, row: Row) -> Row {
        let from = row.rated_on;
        let until = from.checked_add_months(Months::new(by.months)).unwrap_or(NaiveDate::MAX);
        if until > by.as_of {
            return row;
        }
        if self.loans.iter().any(|l| l.days_past_due(from) >= by.bad_days || l.gone_bad_by(from)) {
            return Row { outcome: Outcome::BadBefore, ..row };
        }
        let within = |day: &NaiveDate| from < *day && *day <= until;
        let mut bad: Option<(NaiveDate, BadReason)> = None;
        let (mut worst, mut exposed) = (0, false);
        for life in &self.loans {
            exposed |= life.exposed(from, until);
            let mut told = |on: Option<NaiveDate>, why| {
                if let Some(on) = on.filter(|on| bad.is_none_or(|(first, _)| *on < first)) {
                    bad = Some((on, why));
                }
            };
            told(life.claimed.iter().copied().filter(within).min(), BadReason::Claim);
            let off = life.moves.iter().filter(|m| m.off_fen > 0).map(|m| m.on);
            told(off.filter(within).min(), BadReason::WriteOff);
            told(life.restructured(by, from, until), BadReason::Restructured);
            let mut late = None;
            for day in from.iter_days().skip(1).take_while(|day| *day <= until) {
                let days = life.days_past_due(day);
                worst = worst.max(days);
                if days >= by.bad_days {
                    late = Some(day);
                    break;
                }
            }
            told(late, BadReason::PastDue);
        }
        let outcome = match bad {
            Some(_) => Outcome::Bad,
            None if !exposed => Outcome::NoLoan,
            None if worst >= by.indeterminate_days => Outcome::Indeterminate,
            None => Outcome::Good,
        };
        let renewed = self.loans.iter().flat_map(|l| &l.renewed).any(within);
        let bridged = self.bridged.iter().any(within);
        Row { outcome, bad, days_past_due_max: worst, renewed, bridged, ..row }
    }
}

impl Life {
    fn days_past_due(&self, on: NaiveDate) -> i64 {
        let holds = self.schedules.iter().rfind(|(from, _)| *from <= on);
        let days = holds.map_or(0, |(_, instalments)| days_past_due(instalments, &self.moves, on));
        // What was written off is no longer due: the write-off itself is told.
        if days > 0 && self.owed(on) <= 0 { 0 } else { days }
    }

    /// Principal at the end of a day.
    fn owed(&self, on: NaiveDate) -> i128 {
        let moves = self.moves.iter().filter(|m| m.on <= on);
        moves.fold(0_i128, |sum, m| {
            let back = i128::from(m.repaid_fen).saturating_add(m.off_fen.into());
            sum.saturating_add(m.lent_fen.into()).saturating_sub(back)
        })
    }

    fn gone_bad_by(&self, on: NaiveDate) -> bool {
        self.claimed.iter().any(|day| *day <= on) || self.moves.iter().any(|m| m.off_fen > 0 && m.on <= on)
    }

    /// Whether something is owed on a day of the window.
    fn exposed(&self, from: NaiveDate, until: NaiveDate) -> bool {
        self.owed(from) > 0 || self.moves.iter().any(|m| m.lent_fen > 0 && from < m.on && m.on <= until)
    }

    /// The first day of the window on which the debt was put off while it was past due.
    fn restructured(&self, by: &Definition, from: NaiveDate, until: NaiveDate) -> Option<NaiveDate> {
        let changed = self.schedules.iter().skip(1).map(|(on, _)| *on).chain(self.renewed.iter().copied());
        let late = |on: &NaiveDate| {
            let before = on.checked_sub_days(Days::new(1)).unwrap_or(*on);
            from < *on && *on <= until && self.days_past_due(before) >= by.restructured_days
        };
        changed.filter(late).min()
    }
}
