//! Single loans and ratings, as known at any recorded time: what a click on a bank's row leads to.
//!
//! A loan is the list of what happened to it; a reversal is the opposite on its own day, as it is in `totals`. So the rows
//! of a list add up to the row that led to it.

use chrono::NaiveDate;
use ledger::event::{Body, LoanEvent, RatingEvent, UnixMicros};
use ledger::{BankId, LoanNo, RatingId};
use primitives::{CreditCode, Fen, RegionCode};
use std::collections::HashMap;
use store::EntryLine;

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Act {
    Applied,
    Withdrawn,
    Declined,
    Granted,
    Disbursed,
    Repaid,
    Renewed,
    WrittenOff,
    Recovered,
    Closed,
}

/// Something that happened to a loan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Move {
    pub(crate) seq: u64,
    pub(crate) day: NaiveDate,
    pub(crate) act: Act,
    /// Below zero for what was taken back.
    pub(crate) fen: i64,
    /// Whether it takes an earlier one back.
    pub(crate) opposite: bool,
    /// The district that it counts in.
    pub(crate) district: RegionCode,
    /// Of a grant: its rate of a year.
    pub(crate) rate_ppm: i64,
}

/// A loan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Loan {
    pub(crate) bank: BankId,
    pub(crate) number: LoanNo,
    pub(crate) enterprise: CreditCode,
    applied_in: RegionCode,
    district: RegionCode,
    moves: Vec<Move>,
}

/// The first move of a loan, apart from the others: nearly always it says whether anything of the loan counts.
#[derive(Debug, Clone, Copy)]
struct First {
    seq: u64,
    day: NaiveDate,
    district: RegionCode,
    /// Whether a later move is of another district or an earlier day.
    others: bool,
}

/// A rating that was issued.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Rated {
    pub(crate) seq: u64,
    pub(crate) rating: RatingId,
    pub(crate) day: NaiveDate,
    pub(crate) grade: String,
    pub(crate) score: i64,
    pub(crate) recommended: Option<Fen>,
    pub(crate) valid_to: NaiveDate,
    /// Whether the negative list had a hit.
    pub(crate) negative: bool,
    enterprise: CreditCode,
    void: Option<(u64, NaiveDate)>,
}

/// What counts: lines up to a number, days up to one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Known {
    pub(crate) seq: u64,
    pub(crate) as_of: NaiveDate,
}

/// A loan within a period and at its end, counted in one district or anywhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Standing {
    pub(crate) granted: i64,
    pub(crate) granted_on: Option<NaiveDate>,
    pub(crate) rate_ppm: i64,
    pub(crate) disbursed: i64,
    pub(crate) repaid: i64,
    pub(crate) balance: i64,
    /// The last thing that happened and was not taken back.
    pub(crate) last: Option<Act>,
}

#[derive(Debug, Clone, Copy)]
enum Where {
    Loan(u32),
    Rating(u32),
}

/// All of them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Register {
    loans: Vec<Loan>,
    /// By loan.
    firsts: Vec<First>,
    ratings: Vec<Rated>,
    by_number: HashMap<(BankId, LoanNo), u32>,
    by_bank: HashMap<BankId, Vec<u32>>,
    by_enterprise: HashMap<CreditCode, Vec<u32>>,
    rated: HashMap<CreditCode, Vec<u32>>,
    /// What a line is about, for what takes it back.
    lines: HashMap<u64, Where>,
    /// The last line of each recorded time, earliest first.
    times: Vec<(UnixMicros, u64)>,
}

impl Known {
    pub(crate) fn holds(self, seq: u64, day: NaiveDate) -> bool {
        seq <= self.seq && day <= self.as_of
    }
}

impl Loan {
    /// The district that it counts in after the last line.
    pub(crate) fn district(&self) -> RegionCode {
        self.district
    }

    /// What happened to it, as known.
    pub(crate) fn moves(&self, known: Known) -> impl Iterator<Item = &Move> {
        self.moves.iter().filter(move |m| known.holds(m.seq, m.day))
    }

    /// How it stands; `None` where nothing of it counts there.
    pub(crate) fn standing(&self, district: Option<RegionCode>, from: NaiveDate, known: Known) -> Option<Standing> {
        let mut standing = None;
        for m in self.moves(known).filter(|m| district.is_none_or(|d| m.district == d)) {
            let s: &mut Standing = standing.get_or_insert_default();
            let within = from <= m.day;
            match m.act {
                Act::Granted => {
                    s.granted = s.granted.saturating_add(m.fen);
                    s.granted_on = (!m.opposite).then_some(m.day);
                    s.rate_ppm = m.rate_ppm;
                }
                Act::Disbursed => {
                    s.disbursed = s.disbursed.saturating_add(if within { m.fen } else { 0 });
                    s.balance = s.balance.saturating_add(m.fen);
                }
                Act::Repaid | Act::Renewed | Act::WrittenOff => {
                    let counts = within && m.act == Act::Repaid;
                    s.repaid = s.repaid.saturating_add(if counts { m.fen } else { 0 });
                    s.balance = s.balance.saturating_sub(m.fen);
                }
                _ => {}
            }
            if !m.opposite {
                s.last = Some(m.act);
            }
        }
        standing
    }

    fn push(&mut self, seq: u64, day: NaiveDate, act: Act, fen: i64, rate_ppm: i64) {
        let district = self.district;
        self.moves.push(Move { seq, day, act, fen, opposite: false, district, rate_ppm });
    }
}

impl Register {
    /// Takes the next line.
    pub(crate) fn push(&mut self, line: &EntryLine) {
        let (seq, day) = (line.seq, line.event.effective_on);
        match self.times.last_mut() {
            Some((at, last)) if *at == line.recorded_at => *last = seq,
            _ => self.times.push((line.recorded_at, seq)),
        }
        match &line.event.body {
            Body::Loan { bank, loan, did } => self.loan(seq, day, (*bank, *loan), did),
            Body::Rating {
                rating,
                did: RatingEvent::Issued { enterprise, grade, score, recommended_fen, valid_to, negative_hit, .. },
            } => {
                let at = index(self.ratings.len());
                self.ratings.push(Rated {
                    seq,
                    rating: *rating,
                    day,
                    grade: grade.to_string(),
                    score: *score,
                    recommended: *recommended_fen,
                    valid_to: *valid_to,
                    negative: *negative_hit,
                    enterprise: *enterprise,
                    void: None,
                });
                self.rated.entry(*enterprise).or_default().push(at);
                self.lines.insert(seq, Where::Rating(at));
            }
            Body::Reversal { of, .. } => self.take_back(seq, day, *of),
            _ => {}
        }
    }

    fn loan(&mut self, seq: u64, day: NaiveDate, number: (BankId, LoanNo), did: &LoanEvent) {
        if let LoanEvent::Applied { profile, requested_fen, .. } = did {
            let at = index(self.loans.len());
            let (applied_in, enterprise) = (profile.district, profile.enterprise);
            let (bank, no) = number;
            let mut loan =
                Loan { bank, number: no, enterprise, applied_in, district: applied_in, moves: Vec::with_capacity(4) };
            loan.push(seq, day, Act::Applied, requested_fen.get(), 0);
            self.loans.push(loan);
            self.firsts.push(First { seq, day, district: applied_in, others: false });
            self.by_number.insert(number, at);
            self.by_bank.entry(bank).or_default().push(at);
            self.by_enterprise.entry(enterprise).or_default().push(at);
            self.lines.insert(seq, Where::Loan(at));
            return;
        }
        // The ledger has no event of a loan without its application.
        let Some(&at) = self.by_number.get(&number) else { return };
        let loan = &mut self.loans[at as usize];
        let (act, fen, rate) = match did {
            LoanEvent::Granted { amount_fen, annual_rate_ppm, district, .. } => {
                loan.district = district.unwrap_or(loan.district);
                (Act::Granted, amount_fen.get(), annual_rate_ppm.get())
            }
            LoanEvent::Withdrawn => (Act::Withdrawn, 0, 0),
            LoanEvent::Declined { .. } => (Act::Declined, 0, 0),
            LoanEvent::Disbursed { amount_fen } => (Act::Disbursed, amount_fen.get(), 0),
            LoanEvent::Repaid { principal_fen } => (Act::Repaid, principal_fen.get(), 0),
            LoanEvent::Renewed { part_fen, .. } => (Act::Renewed, part_fen.get(), 0),
            LoanEvent::WrittenOff { principal_fen } => (Act::WrittenOff, principal_fen.get(), 0),
            LoanEvent::Recovered { principal_fen } => (Act::Recovered, principal_fen.get(), 0),
            LoanEvent::Closed => (Act::Closed, 0, 0),
            LoanEvent::Applied { .. } | LoanEvent::Completed => return,
            LoanEvent::Scheduled { .. } | LoanEvent::Status { .. } => return,
        };
        loan.push(seq, day, act, fen, rate);
        let first = &mut self.firsts[at as usize];
        first.others |= first.district != loan.district || day < first.day;
        self.lines.insert(seq, Where::Loan(at));
    }

    fn take_back(&mut self, seq: u64, day: NaiveDate, of: u64) {
        match self.lines.get(&of) {
            Some(Where::Loan(at)) => {
                let loan = &mut self.loans[*at as usize];
                let Some(m) = loan.moves.iter().find(|m| m.seq == of).copied() else { return };
                if m.act == Act::Granted {
                    loan.district = loan.applied_in;
                }
                loan.moves.push(Move { seq, day, fen: m.fen.saturating_neg(), opposite: true, ..m });
                let first = &mut self.firsts[*at as usize];
                first.others |= first.district != m.district || day < first.day;
            }
            Some(Where::Rating(at)) => self.ratings[*at as usize].void = Some((seq, day)),
            None => {}
        }
    }

    /// What is known at a recorded time, for a day.
    pub(crate) fn known(&self, recorded_at: Option<UnixMicros>, as_of: NaiveDate) -> Known {
        let seq = match recorded_at {
            None => self.times.last().map_or(0, |(_, seq)| *seq),
            Some(at) => {
                let place = self.times.partition_point(|(t, _)| *t <= at);
                place.checked_sub(1).map_or(0, |place| self.times[place].1)
            }
        };
        Known { seq, as_of }
    }

    /// When the last line was recorded.
    pub(crate) fn last_recorded(&self) -> Option<UnixMicros> {
        self.times.last().map(|(at, _)| *at)
    }

    /// The loan of a bank.
    pub(crate) fn of_number(&self, bank: &str, number: &str) -> Option<&Loan> {
        let key = (bank.parse().ok()?, number.parse().ok()?);
        self.loans.get(*self.by_number.get(&key)? as usize)
    }

    /// Loans of a bank, or of all, of which anything counts in a district or anywhere: in the order of their applications and
    /// from a place in it on, each with its place, which it keeps.
    pub(crate) fn counting(
        &self,
        bank: Option<BankId>,
        district: Option<RegionCode>,
        known: Known,
        first: usize,
    ) -> impl Iterator<Item = (usize, &Loan)> {
        let of_bank = bank.map(|bank| self.by_bank.get(&bank).map_or(&[][..], Vec::as_slice));
        let count = of_bank.map_or(self.loans.len(), <[u32]>::len);
        (first..count).filter_map(move |place| {
            let at = of_bank.map_or(Some(place), |places| places.get(place).map(|at| *at as usize))?;
            let first = self.firsts.get(at)?;
            let counts = known.holds(first.seq, first.day) && district.is_none_or(|d| d == first.district);
            let others = || {
                let mut moves = self.loans.get(at).into_iter().flat_map(|loan| loan.moves(known));
                moves.any(|m| district.is_none_or(|d| d == m.district))
            };
            if counts || first.others && others() { Some((place, self.loans.get(at)?)) } else { None }
        })
    }

    /// As [`Self::counting`], with how they stand.
    pub(crate) fn listed(
        &self,
        bank: Option<BankId>,
        district: Option<RegionCode>,
        from: NaiveDate,
        known: Known,
        first: usize,
    ) -> impl Iterator<Item = (usize, &Loan, Standing)> {
        let counting = self.counting(bank, district, known, first);
        counting.filter_map(move |(place, loan)| Some((place, loan, loan.standing(district, from, known)?)))
    }

    /// Loans of an enterprise, as [`Self::listed`].
    pub(crate) fn of_enterprise(
        &self,
        code: CreditCode,
        district: Option<RegionCode>,
        from: NaiveDate,
        known: Known,
    ) -> Vec<(&Loan, Standing)> {
        let of = self.by_enterprise.get(&code).into_iter().flatten();
        let loans = of.filter_map(|at| self.loans.get(*at as usize));
        loans.filter_map(|l| Some((l, l.standing(district, from, known)?))).collect()
    }

    /// Ratings of an enterprise, as known.
    pub(crate) fn ratings(&self, code: CreditCode, known: Known) -> impl Iterator<Item = &Rated> {
        let of = self.rated.get(&code).into_iter().flatten();
        let ratings = of.filter_map(|at| self.ratings.get(*at as usize)).filter(move |r| r.enterprise == code);
        ratings.filter(move |r| holds(known, r.seq, r.day, r.void))
    }
}

fn holds(known: Known, seq: u64, day: NaiveDate, void: Option<(u64, NaiveDate)>) -> bool {
    known.holds(seq, day) && void.is_none_or(|(seq, _)| known.seq < seq)
}

fn index(len: usize) -> u32 {
    u32::try_from(len).unwrap_or(u32::MAX)
}
