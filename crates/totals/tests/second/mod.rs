//! Totals once more, from the events alone and as plainly as can be: what was reversed is left out, every figure is a walk
//! over all that is left. It shares no arithmetic with the crate.

#![allow(dead_code, reason = "each test binary uses a part")]

pub(crate) mod loans;

use chrono::{Datelike, NaiveDate};
use ledger::event::*;
use ledger::record::Move;
use ledger::schedule::days_past_due;
use ledger::{LoanRef, Posted, Record};
use policy::Code;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use totals::{Dimension, Figure, Query, Value};

pub(crate) type Day = NaiveDate;

/// Codes of district, bank, industry, size, grade, product, tool; empty where not stated.
pub(crate) type Dims = [String; 8];

#[derive(Debug, Clone)]
pub(crate) struct Fact {
    pub(crate) on: Day,
    pub(crate) dims: Dims,
    pub(crate) what: &'static str,
    pub(crate) fen: i128,
    /// The rate, the recommended line or the working days.
    pub(crate) beside: Option<i128>,
    pub(crate) enterprise: String,
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Loan {
    pub(crate) applied: Dims,
    pub(crate) dims: Dims,
    pub(crate) enterprise: String,
    pub(crate) borrower: Option<policy::Borrower>,
    pub(crate) size: Option<policy::Size>,
    pub(crate) requested: i128,
    pub(crate) completed: Option<Day>,
    pub(crate) granted: Option<(Day, u64)>,
    pub(crate) amount: i128,
    pub(crate) rate: i128,
    pub(crate) pd: Option<i128>,
    /// Freed by withdrawal or end: day and amount.
    pub(crate) freed: Vec<(Day, i128)>,
    pub(crate) moves: Vec<Move>,
    pub(crate) schedules: Vec<(Day, u64, Vec<Instalment>)>,
    pub(crate) statuses: Vec<(ledger::Month, u64, i64, Category)>,
}

impl Loan {
    pub(crate) fn owed(&self, on: Day) -> i128 {
        let by_then = self.moves.iter().filter(|m| m.on <= on);
        by_then.map(|m| i128::from(m.lent_fen) - i128::from(m.repaid_fen) - i128::from(m.off_fen)).sum()
    }

    pub(crate) fn schedule(&self, on: Day) -> &[Instalment] {
        let latest =
            self.schedules.iter().filter(|(from, _, _)| *from <= on).max_by_key(|(from, seq, _)| (*from, *seq));
        latest.map_or(&[], |(_, _, instalments)| instalments)
    }

    pub(crate) fn past_due(&self, on: Day) -> i64 {
        days_past_due(self.schedule(on), &self.moves, on)
    }

    /// Whether the bank's latest class at the end of a month by then is a bad one.
    fn bad_class(&self, on: Day) -> bool {
        let by_then = self.statuses.iter().filter(|(month, ..)| month.last_day() <= on);
        let latest = by_then.max_by_key(|(month, seq, ..)| (*month, *seq));
        latest.is_some_and(|(.., category)| category.is_non_performing())
    }

    /// What is owed and what may still be drawn.
    pub(crate) fn line(&self, on: Day) -> i128 {
        if self.granted.is_none_or(|(day, _)| day > on) {
            return 0;
        }
        let gone = |m: &Move| i128::from(m.repaid_fen) + i128::from(m.off_fen);
        let gone: i128 = self.moves.iter().filter(|m| m.on <= on).map(gone).sum();
        let freed: i128 = self.freed.iter().filter(|(day, _)| *day <= on).map(|(_, fen)| *fen).sum();
        self.amount - gone - freed
    }

    pub(crate) fn first_paid(&self) -> Option<Day> {
        self.moves.iter().filter(|m| m.lent_fen > 0).map(|m| m.on).min()
    }
}

/// What is left of the events up to a line.
#[derive(Default)]
pub(crate) struct Model {
    pub(crate) facts: Vec<Fact>,
    pub(crate) loans: Vec<Loan>,
    pub(crate) reported: Vec<Reported>,
    at: HashMap<LoanRef, usize>,
    ratings: HashMap<String, (String, Option<i128>, Option<i128>)>,
    subjects: HashMap<String, (Dims, String, i128, Option<usize>)>,
}

fn tool(mut dims: Dims, tool: &str) -> Dims {
    dims[6] = tool.to_owned();
    dims
}

impl Model {
    pub(crate) fn of(posted: &[Arc<Posted>]) -> Self {
        let reversed: BTreeSet<u64> = posted
            .iter()
            .filter_map(|p| if let Body::Reversal { of, .. } = p.event.body { Some(of) } else { None })
            .collect();
        let mut model = Self::default();
        for p in posted.iter().filter(|p| !reversed.contains(&p.entry.seq)) {
            model.take(p);
        }
        model.follow();
        model
    }

    fn tell(&mut self, on: Day, dims: &Dims, what: &'static str, fen: i128, beside: Option<i128>, enterprise: &str) {
        let (dims, enterprise) = (dims.clone(), enterprise.to_owned());
        self.facts.push(Fact { on, dims, what, fen, beside, enterprise });
    }

    fn take(&mut self, posted: &Posted) {
        let (seq, on) = (posted.entry.seq, posted.event.effective_on);
        match &posted.event.body {
            Body::Loan { bank, loan, did } => self.loan(seq, on, LoanRef { bank: *bank, loan: *loan }, did),
            Body::Rating { rating, did: RatingEvent::Issued { grade, recommended_fen, pd_ppm, .. } } => {
                let recommended = recommended_fen.map(|r| i128::from(r.get()));
                let pd = pd_ppm.map(|pd| i128::from(pd.get()));
                self.ratings.insert(rating.to_string(), (grade.to_string(), recommended, pd));
            }
            Body::Guarantee { guarantor, guarantee, did } => {
                let key = format!("guarantee {guarantor} {guarantee}");
                match did {
                    GuaranteeEvent::Issued { bank, loan, amount_fen, .. } => {
                        let at = self.at[&LoanRef { bank: *bank, loan: *loan }];
                        let (dims, who) = (self.loans[at].dims.clone(), self.loans[at].enterprise.clone());
                        let fen = i128::from(amount_fen.get());
                        self.tell(on, &dims, "guaranteed", fen, None, &who);
                        self.subjects.insert(key, (dims, who, fen, Some(at)));
                    }
                    GuaranteeEvent::Released => {
                        let (dims, who, fen, _) = self.subjects[&key].clone();
                        self.tell(on, &dims, "guarantee ended", fen, None, &who);
                    }
                }
            }
            Body::Subsidy { guarantor, subsidy, did } => {
                let key = format!("subsidy {guarantor} {subsidy}");
                if let SubsidyEvent::Claimed { guarantee, amount_fen, .. } = did {
                    let (_, who, _, at) = self.subjects[&format!("guarantee {guarantor} {guarantee}")].clone();
                    let dims = tool(self.loans[at.expect("a loan")].dims.clone(), "guarantee_fee");
                    self.subjects.insert(key, (dims, who, amount_fen.get().into(), at));
                    return;
                }
                let (dims, who, fen, _) = self.subjects[&key].clone();
                match did {
                    SubsidyEvent::Approved => self.tell(on, &dims, "subsidy approved", fen, None, &who),
                    SubsidyEvent::Paid => self.tell(on, &dims, "subsidy paid", fen, None, &who),
                    SubsidyEvent::ClawedBack { amount_fen, .. } => {
                        self.tell(on, &dims, "subsidy clawed back", amount_fen.get().into(), None, &who);
                    }
                    SubsidyEvent::Claimed { .. } => {}
                }
            }
            Body::Claim { bank, claim, did } => {
                let key = format!("claim {bank} {claim}");
                if let ClaimEvent::Claimed { loan, loss_fen, .. } = did {
                    let at = self.at[&LoanRef { bank: *bank, loan: *loan }];
                    let dims = tool(self.loans[at].dims.clone(), "risk_compensation");
                    let who = self.loans[at].enterprise.clone();
                    self.tell(on, &dims, "claimed", loss_fen.get().into(), None, &who);
                    self.subjects.insert(key, (dims, who, loss_fen.get().into(), Some(at)));
                    return;
                }
                let (dims, who, _, at) = self.subjects[&key].clone();
                let quota = self.loans[at.expect("a loan")].dims[6] == "commercial_value";
                match did {
                    ClaimEvent::PaidOut => {
                        let claim = posted.entry.changes.iter().find_map(|c| match c.after.as_deref() {
                            Some(Record::Claim(claim)) => Some(i128::from(claim.government_fen.get())),
                            _ => None,
                        });
                        let fen = claim.expect("a claim");
                        self.tell(on, &dims, "compensated", fen, None, &who);
                        if quota {
                            self.tell(on, &dims, "quota used", fen, None, &who);
                        }
                    }
                    ClaimEvent::Recovered { amount_fen } => {
                        self.tell(on, &dims, "compensation recovered", amount_fen.get().into(), None, &who);
                        if quota {
                            self.tell(on, &dims, "quota recovered", amount_fen.get().into(), None, &who);
                        }
                    }
                    ClaimEvent::ClawedBack { amount_fen, .. } => {
                        let fen = i128::from(amount_fen.get());
                        self.tell(on, &dims, "compensation clawed back", fen, None, &who);
                        if quota {
                            self.tell(on, &dims, "quota used", -fen, None, &who);
                        }
                    }
                    _ => {}
                }
            }
            Body::Bridge { bank, bridge, did } => {
                let key = format!("bridge {bank} {bridge}");
                if let BridgeEvent::Applied { enterprise, district, amount_fen, .. } = did {
                    let mut dims = Dims::default();
                    (dims[0], dims[1], dims[6]) = (district.to_string(), bank.to_string(), "bridge_loan".to_owned());
                    let subject = (dims, enterprise.to_string(), i128::from(amount_fen.get()), None);
                    self.subjects.insert(key, subject);
                    return;
                }
                let (dims, who, fen, _) = self.subjects[&key].clone();
                match did {
                    BridgeEvent::Released => self.tell(on, &dims, "bridge released", fen, None, &who),
                    BridgeEvent::Returned { amount_fen } => {
                        self.tell(on, &dims, "bridge returned", amount_fen.get().into(), None, &who);
                    }
                    BridgeEvent::OverdueNoted => self.tell(on, &dims, "bridge overdue", 0, None, &who),
                    BridgeEvent::FeeCharged { amount_fen } => {
                        self.tell(on, &dims, "bridge fee", amount_fen.get().into(), None, &who);
                    }
                    _ => {}
                }
            }
            Body::Benefit { benefit, did } => {
                let key = format!("benefit {benefit}");
                if let BenefitEvent::Proposed { tool, enterprise, district, amount_fen, .. } = did {
                    let mut dims = Dims::default();
                    (dims[0], dims[6]) = (district.to_string(), tool.code().to_owned());
                    let subject = (dims, enterprise.to_string(), i128::from(amount_fen.get()), None);
                    self.subjects.insert(key, subject);
                    return;
                }
                let (dims, who, fen, _) = self.subjects[&key].clone();
                let what = match did {
                    BenefitEvent::Approved => "benefit approved",
                    BenefitEvent::Paid => "benefit paid",
                    _ => "benefit returned",
                };
                self.tell(on, &dims, what, fen, None, &who);
            }
            Body::Reported(figure) => self.reported.push(figure.clone()),
            _ => {}
        }
    }

    fn loan(&mut self, seq: u64, on: Day, at: LoanRef, did: &LoanEvent) {
        if let LoanEvent::Applied { profile, product, scheme, requested_fen, .. } = did {
            let dims = [
                profile.district.to_string(),
                at.bank.to_string(),
                profile.industry.to_string()[..1].to_owned(),
                profile.size.map_or(String::new(), |s| s.code().to_owned()),
                String::new(),
                product.code().to_owned(),
                scheme.code().to_owned(),
                profile.zone.map_or(String::new(), |zone| zone.to_string()),
            ];
            let requested = i128::from(requested_fen.get());
            let who = profile.enterprise.to_string();
            self.tell(on, &dims, "applied", requested, None, &who);
            self.at.insert(at, self.loans.len());
            let (borrower, size) = (Some(profile.borrower), profile.size);
            let (applied, enterprise) = (dims.clone(), who);
            self.loans.push(Loan { applied, dims, enterprise, borrower, size, requested, ..Loan::default() });
            return;
        }
        let place = self.at[&at];
        let Loan { applied, dims, enterprise: who, requested, completed, rate, amount, .. } = self.loans[place].clone();
        let decided = completed.map(|from| policy::calendar::working_days_between(from, on).ok().map(i128::from));
        let mut moved = |fen: i64, field: fn(&mut Move) -> &mut i64| {
            let mut m = Move { on, lent_fen: 0, repaid_fen: 0, off_fen: 0 };
            *field(&mut m) = fen;
            self.loans[place].moves.push(m);
            self.loans[place].moves.sort_by_key(|m| m.on);
        };
        match did {
            LoanEvent::Applied { .. } => {}
            LoanEvent::Completed => self.loans[place].completed = Some(on),
            LoanEvent::Declined { reason } => {
                self.tell(on, &applied, "declined", requested, Some(*reason as i128), &who);
                if let Some(days) = decided {
                    self.tell(on, &applied, "decided", 0, days, &who);
                }
            }
            LoanEvent::Withdrawn => {
                self.tell(on, &dims, "withdrawn", requested, None, &who);
                self.loans[place].freed.push((on, amount));
            }
            LoanEvent::Granted { amount_fen, annual_rate_ppm, rating, district, .. } => {
                if let Some(days) = decided {
                    self.tell(on, &applied, "decided", 0, days, &who);
                }
                let rated = rating.map(|r| self.ratings[r.as_str()].clone());
                let mut dims = applied;
                if let Some(district) = district {
                    dims[0] = district.to_string();
                }
                dims[4] = rated.as_ref().map_or(String::new(), |(grade, ..)| grade.clone());
                let pd = rated.as_ref().and_then(|(_, _, pd)| *pd);
                self.tell(on, &dims, "granted", amount_fen.get().into(), rated.and_then(|(_, r, _)| r), &who);
                let loan = &mut self.loans[place];
                loan.pd = pd;
                (loan.granted, loan.rate) = (Some((on, seq)), annual_rate_ppm.get().into());
                (loan.amount, loan.dims) = (amount_fen.get().into(), dims);
            }
            LoanEvent::Disbursed { amount_fen } => {
                moved(amount_fen.get(), |m| &mut m.lent_fen);
                let fen = i128::from(amount_fen.get());
                self.tell(on, &dims, "disbursed", fen, Some(rate), &who);
                if dims[6] == "commercial_value" {
                    self.tell(on, &tool(dims, "risk_compensation"), "quota accrued", fen / 50, None, &who);
                }
            }
            LoanEvent::Scheduled { instalments } => self.loans[place].schedules.push((on, seq, instalments.clone())),
            LoanEvent::Repaid { principal_fen } => {
                moved(principal_fen.get(), |m| &mut m.repaid_fen);
                self.tell(on, &dims, "repaid", principal_fen.get().into(), None, &who);
            }
            LoanEvent::Renewed { new_loan, part_fen } => {
                moved(part_fen.get(), |m| &mut m.repaid_fen);
                let fen = i128::from(part_fen.get());
                self.tell(on, &dims, "renewed", fen, None, &who);
                let new = self.loans[self.at[&LoanRef { loan: *new_loan, ..at }]].dims.clone();
                self.tell(on, &new, "refinanced", fen, None, &who);
            }
            LoanEvent::WrittenOff { principal_fen } => {
                moved(principal_fen.get(), |m| &mut m.off_fen);
                self.tell(on, &dims, "written off", principal_fen.get().into(), None, &who);
            }
            LoanEvent::Recovered { principal_fen } => {
                self.tell(on, &dims, "recovered", principal_fen.get().into(), None, &who);
            }
            LoanEvent::Status { month, days_past_due, category } => {
                self.loans[place].statuses.push((*month, seq, *days_past_due, *category));
            }
            LoanEvent::Closed => {
                let lent: i128 = self.loans[place].moves.iter().map(|m| i128::from(m.lent_fen)).sum();
                self.loans[place].freed.push((on, amount - lent));
            }
        }
    }

    /// First payouts of loans and of enterprises.
    fn follow(&mut self) {
        let mut firsts: BTreeMap<String, (Day, u64, Dims)> = BTreeMap::new();
        for loan in self.loans.clone() {
            let Some(day) = loan.first_paid() else { continue };
            self.tell(day, &loan.dims, "first paid", 0, None, &loan.enterprise);
            let this = (day, loan.granted.map_or(0, |(_, seq)| seq), loan.dims);
            firsts
                .entry(loan.enterprise)
                .and_modify(|first| {
                    if (this.0, this.1) < (first.0, first.1) {
                        *first = this.clone();
                    }
                })
                .or_insert(this);
        }
        for (enterprise, (day, _, dims)) in firsts {
            self.tell(day, &dims, "first seen", 0, None, &enterprise);
        }
    }
}

/// Codes, one for each dimension of the question.
pub(crate) type Rows = BTreeMap<Vec<String>, Vec<Value>>;

/// First and last day of a part of the period, and what it is called.
fn spans(query: &Query) -> Vec<(String, Day, Day)> {
    let Some(time) = query.by.iter().find(|d| d.is_time()) else {
        return vec![(String::new(), query.from, query.to)];
    };
    let label = |day: Day| match time {
        Dimension::Year => day.year().to_string(),
        Dimension::Quarter => format!("{}-Q{}", day.year(), (day.month() - 1) / 3 + 1),
        _ => format!("{}-{:02}", day.year(), day.month()),
    };
    let mut found: Vec<(String, Day, Day)> = Vec::new();
    for day in query.from.iter_days().take_while(|day| *day <= query.to) {
        match found.last_mut() {
            Some((last, _, to)) if *last == label(day) => *to = day,
            _ => found.push((label(day), day, day)),
        }
    }
    found
}

impl Model {
    /// The rows of a question and the values over all.
    pub(crate) fn answer(&self, query: &Query) -> (Rows, Vec<Value>) {
        let places: Vec<usize> = query.by.iter().filter(|d| !d.is_time()).map(|d| *d as usize).collect();
        let time = query.by.iter().position(|d| d.is_time());
        let counts = |dims: &Dims| query.filter.iter().all(|(d, codes)| codes.contains(&dims[*d as usize]));
        let mut rows = Rows::new();
        let keys: BTreeSet<Vec<String>> = self
            .facts
            .iter()
            .map(|f| &f.dims)
            .chain(self.loans.iter().map(|l| &l.dims))
            .filter(|dims| counts(dims))
            .map(|dims| places.iter().map(|p| dims[*p].clone()).collect())
            .collect();
        for (label, from, to) in spans(query) {
            for key in &keys {
                let of = |dims: &Dims| counts(dims) && places.iter().zip(key).all(|(p, code)| dims[*p] == *code);
                let values = self.values(&query.figures, &of, from, to);
                if values.iter().all(|v| v.is_empty()) {
                    continue;
                }
                let mut codes = key.clone();
                if let Some(place) = time {
                    codes.insert(place, label.clone());
                }
                rows.insert(codes, values);
            }
        }
        // A table by nothing is its total.
        rows.retain(|codes, _| !codes.is_empty());
        (rows, self.values(&query.figures, &counts, query.from, query.to))
    }

    fn values(&self, figures: &[Figure], of: &dyn Fn(&Dims) -> bool, from: Day, to: Day) -> Vec<Value> {
        let facts: Vec<&Fact> = self.facts.iter().filter(|f| f.on <= to && of(&f.dims)).collect();
        let loans: Vec<(&Loan, i128)> =
            self.loans.iter().filter(|l| of(&l.dims)).map(|l| (l, l.owed(to))).filter(|(_, owed)| *owed > 0).collect();
        let cell = Cell { facts, loans, from, to };
        figures.iter().map(|f| cell.value(*f)).collect()
    }
}

struct Cell<'a> {
    facts: Vec<&'a Fact>,
    loans: Vec<(&'a Loan, i128)>,
    from: Day,
    to: Day,
}

impl Cell<'_> {
    fn flow<'a>(&'a self, what: &'a str) -> impl Iterator<Item = &'a &'a Fact> {
        self.facts.iter().filter(move |f| f.what == what && self.from <= f.on)
    }

    fn fen(&self, what: &str) -> i128 {
        self.flow(what).map(|f| f.fen).sum()
    }

    fn count(&self, what: &str) -> i128 {
        self.flow(what).count() as i128
    }

    fn ever(&self, what: &str) -> i128 {
        self.facts.iter().filter(|f| f.what == what).map(|f| f.fen).sum()
    }

    fn overdue(&self, lo: i64, hi: i64) -> i128 {
        let late = |loan: &Loan| (lo..=hi).contains(&loan.past_due(self.to));
        self.loans.iter().filter(|(loan, _)| late(loan)).map(|(_, owed)| owed).sum()
    }

    fn declined(&self, reason: DeclineReason) -> Value {
        let of_reason = self.flow("declined").filter(|f| f.beside == Some(reason as i128));
        Value::Whole(of_reason.count() as i128)
    }

    fn value(&self, figure: Figure) -> Value {
        let whole = Value::Whole;
        let ratio = |numerator: i128, denominator: i128| match denominator {
            ..=0 => Value::None,
            _ => Value::Ratio { numerator, denominator },
        };
        let balance = || self.loans.iter().map(|(_, owed)| owed).sum::<i128>();
        let bad = || self.overdue(91, i64::MAX);
        let bad_class =
            || -> i128 { self.loans.iter().filter(|(loan, _)| loan.bad_class(self.to)).map(|(_, owed)| owed).sum() };
        let off = || self.ever("written off") - self.ever("recovered");
        let compensated =
            || self.ever("compensated") - self.ever("compensation recovered") - self.ever("compensation clawed back");
        let days = || {
            let mut days: Vec<i128> = self.flow("decided").filter_map(|f| f.beside).collect();
            days.sort_unstable();
            days
        };
        let recommended = || self.flow("granted").filter_map(|f| f.beside).sum::<i128>();
        let on_line = || self.flow("granted").filter(|f| f.beside.is_some());
        match figure {
            Figure::AppliedCount => whole(self.count("applied")),
            Figure::Applied => whole(self.fen("applied")),
            Figure::DeclinedCount => whole(self.count("declined")),
            Figure::Declined => whole(self.fen("declined")),
            Figure::DeclinedRatingTooLow => self.declined(DeclineReason::RatingTooLow),
            Figure::DeclinedNegativeList => self.declined(DeclineReason::NegativeList),
            Figure::DeclinedNegativeCredit => self.declined(DeclineReason::NegativeCredit),
            Figure::DeclinedOverIndebted => self.declined(DeclineReason::OverIndebted),
            Figure::DeclinedNoLineLeft => self.declined(DeclineReason::NoLineLeft),
            Figure::DeclinedIndustry => self.declined(DeclineReason::Industry),
            Figure::DeclinedDocuments => self.declined(DeclineReason::Documents),
            Figure::DeclinedCashflow => self.declined(DeclineReason::Cashflow),
            Figure::DeclinedOther => self.declined(DeclineReason::Other),
            Figure::WithdrawnCount => whole(self.count("withdrawn")),
            Figure::GrantedCount => whole(self.count("granted")),
            Figure::Granted => whole(self.fen("granted")),
            Figure::Disbursed => whole(self.fen("disbursed")),
            Figure::Payouts => whole(self.count("disbursed")),
            Figure::FirmTimes => whole(self.count("first paid")),
            Figure::EnterprisesServed => {
                let served: BTreeSet<&String> = self.flow("disbursed").map(|f| &f.enterprise).collect();
                whole(served.len() as i128)
            }
            Figure::FirstSeen => whole(self.count("first seen")),
            Figure::Refinanced => whole(self.fen("refinanced")),
            Figure::NetNewFinancing => whole(self.fen("disbursed") - self.fen("refinanced")),
            Figure::BalanceChange => {
                let gone = self.fen("repaid") + self.fen("renewed") + self.fen("written off");
                whole(self.fen("disbursed") - gone)
            }
            Figure::Repaid => whole(self.fen("repaid")),
            Figure::Renewed => whole(self.fen("renewed")),
            Figure::WrittenOff => whole(self.fen("written off")),
            Figure::Recovered => whole(self.fen("recovered")),
            Figure::MeanRate => {
                let weighted = self.flow("disbursed").map(|f| f.fen * f.beside.expect("a rate")).sum();
                ratio(weighted, self.fen("disbursed") * 1_000_000)
            }
            Figure::ApprovalCount => whole(days().len() as i128),
            Figure::ApprovalUnknown => whole(self.flow("decided").filter(|f| f.beside.is_none()).count() as i128),
            Figure::ApprovalMean => ratio(days().iter().sum(), days().len() as i128),
            Figure::ApprovalMedian => {
                let days = days();
                match days.len() {
                    0 => Value::None,
                    n => ratio(days[(n - 1) / 2] + days[n / 2], 2),
                }
            }
            Figure::DeviationAbsolute => {
                let off = on_line().map(|f| (f.fen - f.beside.expect("a line")).abs()).sum();
                ratio(off, recommended())
            }
            Figure::DeviationSigned => ratio(on_line().map(|f| f.fen).sum::<i128>() - recommended(), recommended()),
            Figure::Balance => whole(balance()),
            Figure::BorrowersWithBalance => {
                let with: BTreeSet<&String> = self.loans.iter().map(|(loan, _)| &loan.enterprise).collect();
                whole(with.len() as i128)
            }
            Figure::Overdue => whole(self.overdue(1, i64::MAX)),
            Figure::Overdue1To30 => whole(self.overdue(1, 30)),
            Figure::Overdue31To60 => whole(self.overdue(31, 60)),
            Figure::Overdue61To90 => whole(self.overdue(61, 90)),
            Figure::Overdue91To180 => whole(self.overdue(91, 180)),
            Figure::OverdueOver180 => whole(self.overdue(181, i64::MAX)),
            Figure::OverdueRatio => ratio(self.overdue(1, i64::MAX), balance()),
            Figure::NonPerforming => whole(bad()),
            Figure::NonPerformingRatio => ratio(bad(), balance()),
            Figure::NonPerformingByClass => whole(bad_class()),
            Figure::NonPerformingByClassRatio => ratio(bad_class(), balance()),
            Figure::WrittenOffStanding => whole(off()),
            Figure::NonPerformingWithWriteOffs => whole(bad() + off()),
            Figure::NonPerformingWithWriteOffsRatio => ratio(bad() + off(), balance() + off()),
            Figure::NonPerformingAfterCompensation => whole(bad() + off() - compensated()),
            Figure::NonPerformingAfterCompensationRatio => ratio(bad() + off() - compensated(), balance() + off()),
            Figure::ClaimCount => whole(self.count("claimed")),
            Figure::Claimed => whole(self.fen("claimed")),
            Figure::CompensatedCount => whole(self.count("compensated")),
            Figure::Compensated => whole(self.fen("compensated")),
            Figure::CompensationRecovered => whole(self.fen("compensation recovered")),
            Figure::CompensationClawedBack => whole(self.fen("compensation clawed back")),
            Figure::QuotaAccrued => whole(self.fen("quota accrued")),
            Figure::QuotaUsed => whole(self.fen("quota used")),
            Figure::QuotaRecovered => whole(self.fen("quota recovered")),
            Figure::SubsidiesApproved => whole(self.fen("subsidy approved")),
            Figure::SubsidiesPaid => whole(self.fen("subsidy paid")),
            Figure::SubsidiesClawedBack => whole(self.fen("subsidy clawed back")),
            Figure::GuaranteesStanding => whole(self.ever("guaranteed") - self.ever("guarantee ended")),
            Figure::BridgeDeals => whole(self.count("bridge released")),
            Figure::BridgeReleased => whole(self.fen("bridge released")),
            Figure::BridgeReturned => whole(self.fen("bridge returned")),
            Figure::BridgeOutstanding => whole(self.ever("bridge released") - self.ever("bridge returned")),
            Figure::BridgeOverdueCount => whole(self.count("bridge overdue")),
            Figure::BridgeFees => whole(self.fen("bridge fee")),
            Figure::BenefitsApproved => whole(self.fen("benefit approved")),
            Figure::BenefitsPaid => whole(self.fen("benefit paid")),
            Figure::BenefitsReturned => whole(self.fen("benefit returned")),
        }
    }
}
