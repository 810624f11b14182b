//! Lines of the ledger become facts.
//!
//! What an event says itself is a fact at once. What follows from a loan as a whole (first payout, days past due) is
//! computed before and after each change, and the difference is entered. A reversal enters the opposites of what its
//! event brought and undoes it in the loan.

use crate::courses::Courses;
use crate::cube::{Cubes, FACTS_MIN};
use crate::dimension::{Dimension, Packed, Words};
use crate::kind::{Kind, paid_out, period, place};
use crate::lines::Lines;
use crate::loan::{Follows, Grant, Loan, Plan, Status};
use crate::rows::{NONE, Row, Rows};
use crate::{Error, workdays};
use ledger::event::*;
use ledger::{Account, BankId, LoanNo, Posting};
use policy::{Code, Tool};
use primitives::calendar::{day_of, month_of};
use primitives::{CreditCode, Fen};
use rustc_hash::FxHashMap;
use xxhash_rust::xxh3::Xxh3Default;

/// The facts of a ledger up to a line, in memory.
///
/// Lines are pushed in order; [`Books::settle`] may be called at any time after and makes questions fast, their answers
/// are the same without it.
#[derive(Debug, Clone, Default)]
pub struct Books {
    pub(crate) rows: Rows,
    pub(crate) words: Words,
    pub(crate) loans: Vec<Loan>,
    pub(crate) enterprises: Vec<Enterprise>,
    pub(crate) indicators: Vec<String>,
    pub(crate) places: Places,
    /// The last line of each recorded time, earliest first.
    pub(crate) times: Vec<(i64, u64)>,
    pub(crate) seq: u64,
    /// Sums made ahead.
    pub(crate) cubes: Cubes,
    /// Payouts and what was owed by enterprise.
    pub(crate) lines: Lines,
    /// Loans one by one.
    pub(crate) courses: Courses,
}

/// An enterprise with its loans.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Enterprise {
    pub(crate) code: CreditCode,
    pub(crate) loans: Vec<u32>,
    /// The first payout: its day, and the loan.
    pub(crate) first: Option<(i32, u32)>,
}

/// Where things are that later lines name. Names are hashed to 128 bits: no two of a city's are alike.
#[derive(Debug, Clone, Default)]
pub(crate) struct Places {
    pub(crate) loans: FxHashMap<u128, u32>,
    pub(crate) enterprises: FxHashMap<CreditCode, u32>,
    pub(crate) subjects: FxHashMap<u128, Subject>,
    pub(crate) ratings: FxHashMap<u128, Rating>,
}

/// What the facts of a guarantee, subsidy, claim, bridge loan or benefit have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Subject {
    pub(crate) key: Packed,
    pub(crate) enterprise: u32,
    pub(crate) loan: u32,
    pub(crate) amount: i64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Rating {
    pub(crate) grade: u16,
    pub(crate) recommended: Option<i64>,
    /// Probability of default within twelve months, ppm.
    pub(crate) pd: Option<u32>,
}

/// What a name is of, so that a claim and a loan of one number are two.
#[derive(Debug, Clone, Copy)]
enum Of {
    Loan,
    Rating,
    Guarantee,
    Subsidy,
    Claim,
    Bridge,
    Benefit,
}

fn name(of: Of, owner: &str, number: &str) -> u128 {
    let mut hash = Xxh3Default::new();
    hash.update(&[of as u8]);
    hash.update(owner.as_bytes());
    // No id holds it.
    hash.update(&[0]);
    hash.update(number.as_bytes());
    hash.digest128()
}

/// A line that is being taken.
struct Line<'a> {
    seq: u64,
    day: i32,
    postings: &'a [Posting],
}

impl Line<'_> {
    /// What was posted to an account, debits above zero.
    fn posted(&self, account: Account) -> i64 {
        let of = self.postings.iter().filter(|p| p.account == account);
        of.fold(0, |sum, p| sum.saturating_add(p.amount_fen))
    }

    fn unknown(&self, what: &'static str) -> Error {
        Error::Unknown { seq: self.seq, what }
    }
}

impl Books {
    /// The last line; 0 before the first.
    pub fn seq(&self) -> u64 {
        self.seq
    }

    /// Takes the next line of the ledger: its number, when it was recorded, its event and postings.
    ///
    /// # Errors
    /// [`Error::OutOfOrder`], [`Error::Unknown`], [`Error::TooMany`]: the books then stand at the line before, and may lack
    /// parts of it, so they are made anew.
    pub fn push(
        &mut self,
        seq: u64,
        recorded_at: UnixMicros,
        event: &Event,
        postings: &[Posting],
    ) -> Result<(), Error> {
        let expected = self.seq.saturating_add(1);
        if seq != expected {
            return Err(Error::OutOfOrder { found: seq, expected });
        }
        let line = Line { seq, day: day_of(event.effective_on), postings };
        match &event.body {
            Body::Loan { bank, loan, did } => self.loan(&line, *bank, *loan, did)?,
            Body::Bridge { bank, bridge, did } => {
                self.bridge(&line, name(Of::Bridge, bank.as_str(), bridge.as_str()), *bank, did)?;
            }
            Body::Guarantee { guarantor, guarantee, did } => {
                self.guarantee(&line, name(Of::Guarantee, guarantor.as_str(), guarantee.as_str()), did)?;
            }
            Body::Subsidy { guarantor, subsidy, did } => {
                let at = name(Of::Subsidy, guarantor.as_str(), subsidy.as_str());
                let of = |guarantee: &str| name(Of::Guarantee, guarantor.as_str(), guarantee);
                self.subsidy(&line, at, of, Account::SubsidyGranted(*guarantor), did)?;
            }
            Body::Claim { bank, claim, did } => {
                self.claim(&line, name(Of::Claim, bank.as_str(), claim.as_str()), *bank, did)?;
            }
            Body::Benefit { benefit, did } => self.benefit(&line, name(Of::Benefit, "", benefit.as_str()), did)?,
            Body::Rating { rating, did } => {
                if let RatingEvent::Issued { grade, recommended_fen, pd_ppm, .. } = did {
                    let grade = self.words.code(Dimension::Grade, grade.as_str())?;
                    let pd = pd_ppm.and_then(|pd| u32::try_from(pd.get()).ok());
                    let rated = Rating { grade, recommended: recommended_fen.map(Fen::get), pd };
                    self.places.ratings.insert(name(Of::Rating, "", rating.as_str()), rated);
                }
            }
            Body::Reported(figure) => self.reported(&line, figure)?,
            Body::Fund { .. } | Body::Period { .. } => {}
            Body::Reversal { of, .. } => self.reversal(&line, *of),
        }
        self.seq = seq;
        match self.times.last_mut() {
            Some((at, last)) if *at == recorded_at.0 => *last = seq,
            _ => self.times.push((recorded_at.0, seq)),
        }
        Ok(())
    }

    /// Makes sums ahead where facts have come since: a part of what [`Books::push`] would cost otherwise, all at once.
    pub fn settle(&mut self) {
        self.settle_above(FACTS_MIN);
    }

    /// As [`Books::settle`] where a kind has so many new facts; for fewer than it takes, making sums ahead does not pay.
    pub fn settle_above(&mut self, facts: usize) {
        self.courses.settle(&self.loans, &mut self.rows, &mut self.cubes, self.seq, facts);
        self.lines.settle(&self.enterprises, &self.loans, facts);
        self.cubes.settle(&mut self.rows, &self.words, facts);
    }

    /// The last line that was recorded at or before a time.
    pub fn known_at(&self, recorded_at: UnixMicros) -> u64 {
        let place = self.times.partition_point(|(at, _)| *at <= recorded_at.0);
        place.checked_sub(1).map_or(0, |place| self.times[place].1)
    }

    /// How many facts are kept.
    pub fn facts(&self) -> usize {
        self.rows.len()
    }

    fn enterprise(&mut self, code: CreditCode) -> u32 {
        let next = self.enterprises.len() as u32;
        let at = *self.places.enterprises.entry(code).or_insert(next);
        if at == next {
            self.enterprises.push(Enterprise { code, loans: Vec::new(), first: None });
        }
        at
    }

    fn of_loan(&mut self, line: &Line<'_>, kind: Kind, at: u32, amount: i64, aux: u64) {
        let Loan { key, enterprise, .. } = self.loans[at as usize];
        let row = Row { key, amount, aux, enterprise, loan: at, day: line.day, sign: 1 };
        self.rows.push(line.seq, kind, row);
    }

    fn of_subject(&mut self, line: &Line<'_>, kind: Kind, of: Subject, amount: i64) {
        let Subject { key, enterprise, loan, .. } = of;
        self.rows.push(line.seq, kind, Row { key, amount, aux: 0, enterprise, loan, day: line.day, sign: 1 });
    }

    fn loan(&mut self, line: &Line<'_>, bank: BankId, number: LoanNo, did: &LoanEvent) -> Result<(), Error> {
        let id = name(Of::Loan, bank.as_str(), number.as_str());
        if let LoanEvent::Applied { profile, product, scheme, requested_fen, .. } = did {
            let at = self.applied(id, bank, profile, (*product, *scheme), *requested_fen)?;
            self.of_loan(line, Kind::Applied, at, requested_fen.get(), 0);
            return Ok(());
        }
        let at = *self.places.loans.get(&id).ok_or_else(|| line.unknown("loan"))?;
        match did {
            LoanEvent::Applied { .. } => {}
            LoanEvent::Completed => {
                self.loans[at as usize].completed = Some(line.day);
                self.of_loan(line, Kind::Completed, at, 0, 0);
            }
            LoanEvent::Declined { reason } => {
                let requested = self.loans[at as usize].requested;
                self.of_loan(line, Kind::Declined, at, requested, place(*reason));
                self.decided(line, at);
            }
            LoanEvent::Withdrawn => {
                let granted = self.loans[at as usize].grant.map_or(0, |g| g.amount);
                self.of_loan(line, Kind::Withdrawn, at, granted, 0);
            }
            LoanEvent::Granted { .. } => self.granted(line, id, at, did)?,
            LoanEvent::Disbursed { amount_fen } => {
                let aux = self.loans[at as usize].grant.map_or(0, |g| paid_out(month_of(g.day), g.rate));
                self.moved(line, at, Kind::Disbursed, amount_fen.get(), aux);
                self.quota(line, Kind::QuotaAccrued, at, line.posted(Account::Quota(bank)));
            }
            LoanEvent::Scheduled { instalments } => {
                let before = self.loans[at as usize].follows();
                let instalments = instalments.iter().map(|i| (day_of(i.due_on), i.principal_fen.get())).collect();
                self.loans[at as usize].plan(Plan { day: line.day, seq: line.seq, instalments });
                self.of_loan(line, Kind::Scheduled, at, 0, 0);
                self.follow(line, at, &before);
            }
            LoanEvent::Repaid { principal_fen } => self.moved(line, at, Kind::Repaid, principal_fen.get(), 0),
            LoanEvent::Renewed { new_loan, part_fen } => {
                let new = name(Of::Loan, bank.as_str(), new_loan.as_str());
                let new = *self.places.loans.get(&new).ok_or_else(|| line.unknown("loan that renews"))?;
                self.moved(line, at, Kind::Renewed, part_fen.get(), 0);
                self.of_loan(line, Kind::Refinanced, new, part_fen.get(), 0);
            }
            LoanEvent::WrittenOff { principal_fen } => self.moved(line, at, Kind::WrittenOff, principal_fen.get(), 0),
            LoanEvent::Recovered { principal_fen } => {
                self.of_loan(line, Kind::Recovered, at, principal_fen.get(), 0);
            }
            LoanEvent::Status { month, days_past_due, category } => {
                let before = self.loans[at as usize].follows();
                let days = u32::try_from(*days_past_due).unwrap_or(u32::MAX);
                let category = place(*category) as u8;
                self.loans[at as usize].state(Status { month: month.number(), seq: line.seq, days, category });
                self.of_loan(line, Kind::Status, at, *days_past_due, u64::from(category));
                self.follow(line, at, &before);
            }
            LoanEvent::Closed => {
                let undrawn = self.loans[at as usize].undrawn();
                self.of_loan(line, Kind::Closed, at, undrawn, 0);
            }
        }
        Ok(())
    }

    fn applied(
        &mut self,
        id: u128,
        bank: BankId,
        profile: &Profile,
        (product, scheme): (policy::Product, Scheme),
        requested: Fen,
    ) -> Result<u32, Error> {
        let words = &mut self.words;
        let size = profile.size.map_or("", Code::code);
        let key = Packed::default()
            .with(Dimension::District, words.district(profile.district)?)
            .with(Dimension::Bank, words.code(Dimension::Bank, bank.as_str())?)
            .with(Dimension::Industry, words.industry(profile.industry)?)
            .with(Dimension::Size, words.code(Dimension::Size, size)?)
            .with(Dimension::Product, words.code(Dimension::Product, product.code())?)
            .with(Dimension::Tool, words.code(Dimension::Tool, scheme.code())?)
            .with(Dimension::Zone, words.code(Dimension::Zone, profile.zone.map_or("", |zone| zone.zone().code))?);
        let enterprise = self.enterprise(profile.enterprise);
        let loan = Loan::new(key, enterprise, place(profile.borrower) as u8, requested.get());
        Ok(self.enter(id, loan))
    }

    /// A loan under its name.
    fn enter(&mut self, id: u128, loan: Loan) -> u32 {
        let at = self.loans.len() as u32;
        self.enterprises[loan.enterprise as usize].loans.push(at);
        self.loans.push(loan);
        self.places.loans.insert(id, at);
        at
    }

    fn granted(&mut self, line: &Line<'_>, id: u128, mut at: u32, did: &LoanEvent) -> Result<(), Error> {
        let LoanEvent::Granted { amount_fen, annual_rate_ppm, rating, district, .. } = did else { return Ok(()) };
        let mut key = self.loans[at as usize].key;
        if let Some(district) = district {
            key = key.with(Dimension::District, self.words.district(*district)?);
        }
        let (mut recommended, mut pd) = (None, None);
        if let Some(rating) = rating {
            let rated = self.places.ratings.get(&name(Of::Rating, "", rating.as_str()));
            let rated = *rated.ok_or_else(|| line.unknown("rating"))?;
            key = key.with(Dimension::Grade, rated.grade);
            (recommended, pd) = (rated.recommended, rated.pd);
        }
        let amount = amount_fen.get();
        let rate = u32::try_from(annual_rate_ppm.get()).unwrap_or(u32::MAX);
        // The time to decide is told with what the application knew, as that of a loan that was declined is.
        self.decided(line, at);
        if self.loans[at as usize].void {
            // What follows from a grant has one key: a loan whose grant was taken back goes on as another.
            let loan = self.loans[at as usize].clone();
            at = self.enter(id, Loan { void: false, ..loan });
        }
        let loan = &mut self.loans[at as usize];
        loan.key = key;
        loan.grant = Some(Grant { seq: line.seq, day: line.day, amount, rate });
        loan.pd = pd;
        let aux = recommended.map_or(0, |r| r.unsigned_abs() + 1);
        self.of_loan(line, Kind::Granted, at, amount, aux);
        Ok(())
    }

    fn decided(&mut self, line: &Line<'_>, at: u32) {
        // A decline without complete documents took no time of the bank's.
        let Some(from) = self.loans[at as usize].completed else { return };
        let days = workdays::between(from, line.day);
        self.of_loan(line, Kind::Decided, at, days.unwrap_or(0), u64::from(days.is_none()));
    }

    fn moved(&mut self, line: &Line<'_>, at: u32, kind: Kind, amount: i64, aux: u64) {
        let before = self.loans[at as usize].follows();
        self.loans[at as usize].add(line.day, kind, amount);
        self.of_loan(line, kind, at, amount, aux);
        self.follow(line, at, &before);
    }

    /// Quota of the loan's bank: the tool is another than the loan's.
    fn quota(&mut self, line: &Line<'_>, kind: Kind, at: u32, amount: i64) {
        if amount != 0 {
            let of = self.under(at, Tool::RiskCompensation.code(), amount);
            if let Ok(of) = of {
                self.of_subject(line, kind, of, amount);
            }
        }
    }

    /// What is done for a loan with another tool.
    fn under(&mut self, at: u32, tool: &str, amount: i64) -> Result<Subject, Error> {
        let Loan { key, enterprise, .. } = self.loans[at as usize];
        let key = key.with(Dimension::Tool, self.words.code(Dimension::Tool, tool)?);
        Ok(Subject { key, enterprise, loan: at, amount })
    }

    /// Enters what follows from a loan now and did not before, and the opposites of what no longer does.
    fn follow(&mut self, line: &Line<'_>, at: u32, before: &[Follows]) {
        let after = self.loans[at as usize].follows();
        let (mut old, mut new) = (before.iter().peekable(), after.iter().peekable());
        loop {
            match (old.peek(), new.peek()) {
                (None, None) => break,
                (Some(a), Some(b)) if a == b => {
                    old.next();
                    new.next();
                }
                (Some(a), b) if b.is_none_or(|b| *a < b) => {
                    self.followed(line, at, **a, true);
                    old.next();
                }
                (_, Some(b)) => {
                    self.followed(line, at, **b, false);
                    new.next();
                }
                (Some(_), None) => break,
            }
        }
        let enterprise = self.loans[at as usize].enterprise;
        self.lines.change(enterprise);
        self.first_seen(line, enterprise);
    }

    fn followed(&mut self, line: &Line<'_>, at: u32, fact: Follows, no_more: bool) {
        let Loan { key, enterprise, .. } = self.loans[at as usize];
        let Follows { kind, day, aux, amount, sign } = fact;
        let row = Row { key, amount, aux, enterprise, loan: at, day, sign };
        let row = if no_more { row.opposite() } else { row };
        self.rows.push(line.seq, Kind::ALL[usize::from(kind)], row);
    }

    /// Enters the first payout of an enterprise where it is another than before.
    fn first_seen(&mut self, line: &Line<'_>, enterprise: u32) {
        let Enterprise { loans, first: before, .. } = &self.enterprises[enterprise as usize];
        let of = |at: &u32| {
            let loan = &self.loans[*at as usize];
            Some((loan.first_paid()?, loan.grant.map_or(0, |g| g.seq), *at))
        };
        let (before, after) = (*before, loans.iter().filter_map(of).min().map(|(day, _, at)| (day, at)));
        if before == after {
            return;
        }
        for (first, sign) in [(before, -1), (after, 1)] {
            if let Some((day, at)) = first {
                let key = self.loans[at as usize].key;
                let row = Row { key, amount: 0, aux: 0, enterprise, loan: at, day, sign };
                self.rows.push(line.seq, Kind::FirstSeen, row);
            }
        }
        self.enterprises[enterprise as usize].first = after;
    }

    fn guarantee(&mut self, line: &Line<'_>, at: u128, did: &GuaranteeEvent) -> Result<(), Error> {
        match did {
            GuaranteeEvent::Issued { bank, loan, amount_fen, .. } => {
                let loan = name(Of::Loan, bank.as_str(), loan.as_str());
                let loan = *self.places.loans.get(&loan).ok_or_else(|| line.unknown("guaranteed loan"))?;
                let Loan { key, enterprise, .. } = self.loans[loan as usize];
                let of = Subject { key, enterprise, loan, amount: amount_fen.get() };
                self.places.subjects.insert(at, of);
                self.of_subject(line, Kind::Guaranteed, of, of.amount);
            }
            GuaranteeEvent::Released => {
                let of = *self.places.subjects.get(&at).ok_or_else(|| line.unknown("guarantee"))?;
                self.of_subject(line, Kind::GuaranteeEnded, of, of.amount);
            }
        }
        Ok(())
    }

    fn subsidy(
        &mut self,
        line: &Line<'_>,
        at: u128,
        guarantee_name: impl Fn(&str) -> u128,
        granted: Account,
        did: &SubsidyEvent,
    ) -> Result<(), Error> {
        if let SubsidyEvent::Claimed { guarantee, amount_fen, .. } = did {
            let of = self.places.subjects.get(&guarantee_name(guarantee.as_str()));
            let of = of.ok_or_else(|| line.unknown("subsidised guarantee"))?.loan;
            let of = self.under(of, Tool::GuaranteeFee.code(), amount_fen.get())?;
            self.places.subjects.insert(at, of);
            return Ok(());
        }
        let of = *self.places.subjects.get(&at).ok_or_else(|| line.unknown("subsidy"))?;
        match did {
            SubsidyEvent::Claimed { .. } => {}
            SubsidyEvent::Approved => self.of_subject(line, Kind::SubsidyApproved, of, line.posted(granted)),
            SubsidyEvent::Paid => self.of_subject(line, Kind::SubsidyPaid, of, of.amount),
            SubsidyEvent::ClawedBack { amount_fen, .. } => {
                self.of_subject(line, Kind::SubsidyClawedBack, of, amount_fen.get());
            }
        }
        Ok(())
    }

    fn claim(&mut self, line: &Line<'_>, at: u128, bank: BankId, did: &ClaimEvent) -> Result<(), Error> {
        if let ClaimEvent::Claimed { loan, loss_fen, .. } = did {
            let loan = name(Of::Loan, bank.as_str(), loan.as_str());
            let loan = *self.places.loans.get(&loan).ok_or_else(|| line.unknown("claimed loan"))?;
            let of = self.under(loan, Tool::RiskCompensation.code(), loss_fen.get())?;
            self.places.subjects.insert(at, of);
            self.of_subject(line, Kind::Claimed, of, of.amount);
            return Ok(());
        }
        let of = *self.places.subjects.get(&at).ok_or_else(|| line.unknown("claim"))?;
        match did {
            ClaimEvent::PaidOut => {
                self.of_subject(line, Kind::Compensated, of, line.posted(Account::Compensation(bank)));
                self.quota(line, Kind::QuotaPaid, of.loan, line.posted(Account::QuotaUsed(bank)));
            }
            ClaimEvent::Recovered { amount_fen } => {
                self.of_subject(line, Kind::CompensationRecovered, of, amount_fen.get());
                // Whether it refills the quota, the rule of the day of the question says.
                let scheme = self.words.find(Dimension::Tool, Scheme::CommercialValue.code());
                let own = self.loans[of.loan as usize].key.at(Dimension::Tool.place());
                if scheme.is_some_and(|scheme| usize::from(scheme) == own) {
                    self.quota(line, Kind::QuotaRecovered, of.loan, amount_fen.get());
                }
            }
            ClaimEvent::ClawedBack { amount_fen, .. } => {
                self.of_subject(line, Kind::CompensationClawedBack, of, amount_fen.get());
                self.quota(line, Kind::QuotaPaid, of.loan, line.posted(Account::QuotaUsed(bank)));
            }
            ClaimEvent::Claimed { .. } | ClaimEvent::FirstReviewed { .. } | ClaimEvent::SecondReviewed { .. } => {}
        }
        Ok(())
    }

    fn bridge(&mut self, line: &Line<'_>, at: u128, bank: BankId, did: &BridgeEvent) -> Result<(), Error> {
        if let BridgeEvent::Applied { enterprise, district, amount_fen, .. } = did {
            let key = Packed::default()
                .with(Dimension::District, self.words.district(*district)?)
                .with(Dimension::Bank, self.words.code(Dimension::Bank, bank.as_str())?)
                .with(Dimension::Tool, self.words.code(Dimension::Tool, Tool::BridgeLoan.code())?);
            let enterprise = self.enterprise(*enterprise);
            let of = Subject { key, enterprise, loan: NONE, amount: amount_fen.get() };
            self.places.subjects.insert(at, of);
            return Ok(());
        }
        let of = *self.places.subjects.get(&at).ok_or_else(|| line.unknown("bridge loan"))?;
        match did {
            BridgeEvent::Released => self.of_subject(line, Kind::BridgeReleased, of, of.amount),
            BridgeEvent::Returned { amount_fen } => {
                self.of_subject(line, Kind::BridgeReturned, of, amount_fen.get());
            }
            BridgeEvent::OverdueNoted => self.of_subject(line, Kind::BridgeOverdue, of, of.amount),
            BridgeEvent::FeeCharged { amount_fen } => self.of_subject(line, Kind::BridgeFee, of, amount_fen.get()),
            BridgeEvent::Applied { .. } | BridgeEvent::Committed | BridgeEvent::OldLoanRepaid => {}
            BridgeEvent::NewLoanGranted { .. } => {}
        }
        Ok(())
    }

    fn benefit(&mut self, line: &Line<'_>, at: u128, did: &BenefitEvent) -> Result<(), Error> {
        if let BenefitEvent::Proposed { tool, enterprise, district, amount_fen, .. } = did {
            let key = Packed::default()
                .with(Dimension::District, self.words.district(*district)?)
                .with(Dimension::Tool, self.words.code(Dimension::Tool, tool.code())?);
            let enterprise = self.enterprise(*enterprise);
            let of = Subject { key, enterprise, loan: NONE, amount: amount_fen.get() };
            self.places.subjects.insert(at, of);
            return Ok(());
        }
        let of = *self.places.subjects.get(&at).ok_or_else(|| line.unknown("benefit"))?;
        let kind = match did {
            BenefitEvent::Proposed { .. } | BenefitEvent::Approved => Kind::BenefitApproved,
            BenefitEvent::Paid => Kind::BenefitPaid,
            BenefitEvent::Returned { .. } => Kind::BenefitReturned,
        };
        self.of_subject(line, kind, of, of.amount);
        Ok(())
    }

    fn reported(&mut self, line: &Line<'_>, figure: &Reported) -> Result<(), Error> {
        let Reported { indicator, district, from, to, value, .. } = figure;
        let known = self.indicators.iter().position(|i| i == indicator.as_str());
        let indicator = known.unwrap_or_else(|| {
            self.indicators.push(indicator.to_string());
            self.indicators.len() - 1
        });
        let key = Packed::default().with(Dimension::District, self.words.district(*district)?);
        let aux = period(day_of(*from), day_of(*to));
        let enterprise = indicator as u32;
        let row = Row { key, amount: *value, aux, enterprise, loan: NONE, day: line.day, sign: 1 };
        self.rows.push(line.seq, Kind::Reported, row);
        Ok(())
    }

    /// Opposites of what a line brought; what it did to a loan is undone.
    fn reversal(&mut self, line: &Line<'_>, of: u64) {
        for (kind, row) in self.rows.of_line(of, line.day) {
            self.rows.push(line.seq, kind, row.opposite());
            let at = row.loan;
            let Some(loan) = self.loans.get_mut(at as usize) else { continue };
            match kind {
                Kind::Completed => loan.completed = None,
                Kind::Granted => {
                    loan.grant = None;
                    loan.key = loan.applied;
                    loan.void = true;
                }
                Kind::Disbursed | Kind::Repaid | Kind::Renewed | Kind::WrittenOff => {
                    let before = loan.follows();
                    loan.add(line.day, kind, row.amount.wrapping_neg());
                    self.follow(line, at, &before);
                }
                Kind::Scheduled => {
                    let before = loan.follows();
                    loan.plans.retain(|p| p.seq != of);
                    self.follow(line, at, &before);
                }
                Kind::Status => {
                    let before = loan.follows();
                    loan.statuses.retain(|s| s.seq != of);
                    self.follow(line, at, &before);
                }
                _ => {}
            }
        }
    }
}
