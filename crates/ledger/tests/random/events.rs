//! Random events: mostly what may follow, by what the books hold, and some that may not.

use crate::common::{Random, actor, code, noon, record};
use chrono::{Days, NaiveDate};
use ledger::event::*;
use ledger::record::{Balance, Claim, Guarantee, Loan};
use ledger::state::{BenefitState, BridgeState, ClaimState, LoanState, SubsidyState};
use ledger::{Books, Key, LoanRef, Memory, Month, Record};
use policy::credit_line::Label;
use policy::{Bank, Borrower, Product, Size};
use primitives::{Digest, Fen, Ppm};

const BANKS: [&str; 5] = ["icbc", "abc", "boc", "ccb", "cqrcb"];
/// The last two are each a region for a part of the time.
const DISTRICTS: [&str; 16] = {
    let mut districts = ["500103"; 16];
    districts[13] = "500109";
    districts[14] = "500112";
    districts[15] = "500157";
    districts
};
const PERSONS: [&str; 4] = ["a", "b", "c", "d"];

pub(crate) struct Maker {
    pub(crate) random: Random,
    start: NaiveDate,
    pub(crate) today: NaiveDate,
    made: u64,
    planned: u64,
    loans: Vec<LoanRef>,
    bridges: Vec<(String, String)>,
    guarantees: Vec<(String, String)>,
    subsidies: Vec<(String, String)>,
    claims: Vec<(String, String)>,
    benefits: Vec<String>,
    last: Option<Event>,
}

fn id<T: std::str::FromStr>(text: &str) -> T
where
    T::Err: std::fmt::Debug,
{
    text.parse().expect("an id")
}

/// What is young is told of most.
fn recent<'a, T>(random: &mut Random, all: &'a [T]) -> Option<&'a T> {
    let from = if random.one_in(8) { 0 } else { all.len().saturating_sub(300.max(all.len() / 10)) };
    random.pick(&all[from..])
}

impl Maker {
    pub(crate) fn new(seed: u64, planned: u64) -> Self {
        let start = "2022-01-04".parse().expect("a day");
        Self {
            random: Random::new(seed),
            start,
            today: start,
            made: 0,
            planned,
            loans: Vec::new(),
            bridges: Vec::new(),
            guarantees: Vec::new(),
            subsidies: Vec::new(),
            claims: Vec::new(),
            benefits: Vec::new(),
            last: None,
        }
    }

    /// The next event; what it names may be there or not.
    pub(crate) fn next(&mut self, books: &Memory) -> Event {
        self.made += 1;
        // Four years and a half, whatever the number of events.
        self.today = self.start + Days::new(self.made * 1_640 / self.planned.max(1));
        if let Some(last) = self.last.clone().filter(|_| self.random.one_in(150)) {
            return last;
        }
        let back = if self.random.one_in(6) { self.random.below(60) } else { 0 };
        let (mut on, today) = (self.today - Days::new(back), self.today);
        let person = PERSONS[self.random.below(4) as usize];
        let (office, body) = match self.random.below(100) {
            0..=4 => self.new_loan(),
            5..=72 => self.of_loan(books),
            73..=78 => self.of_bridge(books),
            79..=83 => self.of_guarantee(books),
            84..=90 => self.of_claim(books),
            91..=92 => self.of_benefit(books),
            93 => self.of_fund(),
            94..=98 => {
                let seq = books.head().seq.saturating_sub(self.random.below(200));
                if let Some(posted) = books.posted(seq) {
                    on = posted.event.effective_on;
                }
                ("bureau".to_owned(), Body::Reversal { of: seq, reason: "entered wrongly".to_owned() })
            }
            _ if self.random.one_in(20) => {
                on = today;
                let month = Month::of(today - Days::new(200));
                ("bureau".to_owned(), Body::Period { month, did: PeriodEvent::Closed })
            }
            _ => self.reported(on),
        };
        let event = Event {
            request_id: id(&format!("r{}", self.made)),
            actor: actor(&format!("{office}/{person}")),
            effective_on: on,
            recorded_at: noon(&today.to_string()),
            body,
        };
        self.last = Some(event.clone());
        event
    }

    fn amount(&mut self, lo: i64, hi: i64) -> Fen {
        // Zero, negative and too much come too.
        match self.random.below(60) {
            0 => Fen::new(0),
            1 => Fen::new(-7),
            2 => Fen::new(i64::MAX),
            _ => Fen::new(self.random.amount(lo, hi.max(lo))),
        }
    }

    fn bank(&mut self) -> String {
        BANKS[self.random.below(5) as usize].to_owned()
    }

    fn new_loan(&mut self) -> (String, Body) {
        let bank = self.bank();
        let number = format!("L{}", self.made);
        let enterprise = code(self.random.below(1 + self.planned / 40) as u32);
        let scheme = match self.random.below(10) {
            0..=6 => Scheme::CommercialValue,
            7..=8 => Scheme::Guaranteed,
            _ => Scheme::Ordinary,
        };
        let profile = Profile {
            enterprise,
            borrower: Borrower::Enterprise,
            district: id(DISTRICTS[self.random.below(16) as usize]),
            industry: id("C3511"),
            size: Some(if self.random.one_in(3) { Size::Micro } else { Size::Small }),
            label: if self.random.one_in(5) { Label::Specialised } else { Label::None },
            zone: self.random.one_in(4).then(|| id(["hightech", "wansheng"][self.random.below(2) as usize])),
        };
        self.loans.push(LoanRef { bank: id(&bank), loan: id(&number) });
        let did = LoanEvent::Applied {
            profile,
            bank_kind: Bank::CommercialBank,
            product: Product::PureCredit,
            scheme,
            requested_fen: self.amount(1_000_000, 400_000_000),
        };
        (format!("bank:{bank}"), Body::Loan { bank: id(&bank), loan: id(&number), did })
    }

    fn of_loan(&mut self, books: &Memory) -> (String, Body) {
        let Some(&at) = recent(&mut self.random, &self.loans) else { return self.new_loan() };
        let office = if self.random.one_in(50) { self.bank() } else { at.bank.to_string() };
        let office = format!("bank:{office}");
        let rating = id(&format!("R-{}-{}", at.bank, at.loan));
        let (Some(Record::Balance(balance)), Some(Record::Loan(loan))) =
            (record(books, &Key::Balance(at)), record(books, &Key::Loan(at)))
        else {
            return self.new_loan();
        };
        if balance.state == LoanState::Complete && record(books, &Key::Rating(rating)).is_none() {
            let did = RatingEvent::Issued {
                enterprise: loan.profile.enterprise,
                model: Digest::sha256(b"model"),
                score: self.random.amount(400, 900),
                grade: id(["AAA", "AA", "A", "BBB", "BB", "B"][self.random.below(6) as usize]),
                recommended_fen: Some(Fen::new(self.random.amount(50_000_000, 1_000_000_000))),
                valid_from: self.today,
                valid_to: self.today + Days::new(365),
                negative_hit: self.random.one_in(30),
                pd_ppm: (!self.random.one_in(5)).then(|| Ppm::new(self.random.amount(0, 200_000))),
            };
            return ("platform".to_owned(), Body::Rating { rating, did });
        }
        let did = self.step(books, at, &loan, &balance, rating);
        (office, Body::Loan { bank: at.bank, loan: at.loan, did })
    }

    fn step(
        &mut self,
        books: &Memory,
        at: LoanRef,
        loan: &Loan,
        balance: &Balance,
        rating: ledger::RatingId,
    ) -> LoanEvent {
        let owed = balance.disbursed_fen.get() - balance.repaid_fen.get() - balance.written_off_fen.get();
        match (balance.state, self.random.below(20)) {
            (LoanState::Applied, 0) => LoanEvent::Withdrawn,
            (LoanState::Applied, _) => LoanEvent::Completed,
            (LoanState::Complete, 0) => LoanEvent::Declined { reason: DeclineReason::Cashflow },
            (LoanState::Complete, n) => {
                let other = recent(&mut self.random, &self.loans).copied().filter(|o| n < 6 && o.bank == at.bank);
                let renews = other.and_then(|o| match record(books, &Key::Balance(o)) {
                    Some(Record::Balance(b)) => Some(Renews {
                        loan: o.loan,
                        part_fen: Fen::new((b.disbursed_fen.get() - b.repaid_fen.get()).max(1)),
                    }),
                    _ => None,
                });
                LoanEvent::Granted {
                    amount_fen: self.amount(1_000_000, 350_000_000),
                    annual_rate_ppm: Ppm::new(45_000),
                    term_months: 12,
                    rating: Some(rating),
                    renews,
                    district: None,
                }
            }
            (LoanState::Granted, 0) => LoanEvent::Withdrawn,
            (LoanState::Granted, n) => {
                let granted = loan.grant.map_or(1, |g| g.amount_fen.get());
                LoanEvent::Disbursed { amount_fen: if n < 12 { Fen::new(granted) } else { self.amount(1, granted) } }
            }
            (LoanState::Lent, 0..=1) => {
                let half = balance.disbursed_fen.get() / 2;
                let of = |days: u64, fen: i64| Instalment {
                    due_on: self.today + Days::new(days),
                    principal_fen: Fen::new(fen),
                };
                LoanEvent::Scheduled { instalments: vec![of(90, half), of(180, balance.disbursed_fen.get() - half)] }
            }
            (LoanState::Lent, 2) => LoanEvent::WrittenOff { principal_fen: self.amount(1, owed) },
            (LoanState::Lent, 3) => LoanEvent::Closed,
            (LoanState::Lent, 4..=5) => {
                let new = recent(&mut self.random, &self.loans).copied().unwrap_or(at);
                LoanEvent::Renewed { new_loan: new.loan, part_fen: self.amount(1, owed) }
            }
            (LoanState::Lent, 6..=8) => LoanEvent::Disbursed { amount_fen: self.amount(1, 50_000_000) },
            (LoanState::Lent, 9..=12) => self.status(),
            (LoanState::Lent, 13) => LoanEvent::Repaid { principal_fen: Fen::new(owed) },
            (LoanState::Lent, _) => LoanEvent::Repaid { principal_fen: self.amount(1, owed / 3) },
            (LoanState::WrittenOff, 0..=9) => {
                LoanEvent::Recovered { principal_fen: self.amount(1, balance.written_off_fen.get() / 4) }
            }
            (_, 0) => LoanEvent::Closed,
            (_, _) => self.status(),
        }
    }

    fn status(&mut self) -> LoanEvent {
        let days_past_due = self.random.amount(0, 200);
        LoanEvent::Status { month: Month::of(self.today), days_past_due, category: Category::SpecialMention }
    }

    fn of_bridge(&mut self, books: &Memory) -> (String, Body) {
        let known = recent(&mut self.random, &self.bridges).cloned();
        let Some((bank, number)) = known.filter(|_| !self.random.one_in(5)) else {
            let (bank, number) = (self.bank(), format!("T{}", self.made));
            self.bridges.push((bank.clone(), number.clone()));
            let amount_fen = self.amount(1_000_000, 2_000_000_000);
            let did = BridgeEvent::Applied {
                enterprise: code(1),
                district: id("500103"),
                kind: policy::bridge_loan::Kind::Sme,
                amount_fen,
                old_loan: None,
                old_loan_fen: Fen::new(3_000_000_000),
                working_days: 10,
            };
            return (format!("bank:{bank}"), Body::Bridge { bank: id(&bank), bridge: id(&number), did });
        };
        let Some(Record::Bridge(bridge)) = record(books, &Key::Bridge(id(&bank), id(&number))) else {
            return self.of_fund();
        };
        let did = match bridge.state {
            BridgeState::Applied if self.random.one_in(5) => BridgeEvent::Released,
            BridgeState::Applied => BridgeEvent::Committed,
            BridgeState::Committed => BridgeEvent::Released,
            BridgeState::Released => BridgeEvent::OldLoanRepaid,
            BridgeState::OldLoanRepaid if self.random.one_in(5) => BridgeEvent::OverdueNoted,
            BridgeState::OldLoanRepaid => BridgeEvent::NewLoanGranted { new_loan: None },
            BridgeState::NewLoanGranted => BridgeEvent::Returned { amount_fen: bridge.amount_fen },
            BridgeState::Returned | BridgeState::Settled => {
                let rule = bridge.rule.and_then(|id| policy::bridge_loan::book().expect("rules").find(id).ok());
                let (Some(rule), Some(released), Some(returned)) = (rule, bridge.released_on, bridge.returned_on)
                else {
                    return self.of_fund();
                };
                let calendar = policy::calendar::shipped().expect("a calendar");
                let fee = policy::bridge_loan::fee(rule, calendar, bridge.amount_fen, released, returned);
                BridgeEvent::FeeCharged { amount_fen: fee.map_or(Fen::ZERO, |f| f.fee) }
            }
        };
        ("platform".to_owned(), Body::Bridge { bank: id(&bank), bridge: id(&number), did })
    }

    fn of_guarantee(&mut self, books: &Memory) -> (String, Body) {
        if let Some((guarantor, number)) =
            recent(&mut self.random, &self.subsidies).cloned().filter(|_| self.random.one_in(2))
            && let Some(Record::Subsidy(subsidy)) = record(books, &Key::Subsidy(id(&guarantor), id(&number)))
        {
            let did = match subsidy.state {
                SubsidyState::Claimed => SubsidyEvent::Approved,
                SubsidyState::Approved => SubsidyEvent::Paid,
                SubsidyState::Paid | SubsidyState::ClawedBack => SubsidyEvent::ClawedBack {
                    amount_fen: self.amount(1, subsidy.amount_fen.get()),
                    maker: id("e"),
                    reason: Clawback::WronglyPaid,
                },
            };
            return ("bureau".to_owned(), Body::Subsidy { guarantor: id(&guarantor), subsidy: id(&number), did });
        }
        let known = recent(&mut self.random, &self.guarantees).cloned().filter(|_| self.random.one_in(2));
        if let Some((guarantor, number)) = known {
            let office = format!("guarantor:{guarantor}");
            let key = Key::Guarantee(id(&guarantor), id(&number));
            return match record(books, &key) {
                Some(Record::Guarantee(g)) if !self.random.one_in(4) => self.subsidy(&guarantor, &number, &g),
                _ => {
                    let did = GuaranteeEvent::Released;
                    (office, Body::Guarantee { guarantor: id(&guarantor), guarantee: id(&number), did })
                }
            };
        }
        let Some(&at) = recent(&mut self.random, &self.loans) else { return self.of_fund() };
        let Some(Record::Loan(loan)) = record(books, &Key::Loan(at)) else { return self.of_fund() };
        let (guarantor, number) = (format!("g{}", self.random.below(3)), format!("G{}", self.made));
        self.guarantees.push((guarantor.clone(), number.clone()));
        let did = GuaranteeEvent::Issued {
            bank: at.bank,
            loan: at.loan,
            enterprise: loan.profile.enterprise,
            amount_fen: self.amount(1_000_000, 100_000_000),
            fee_rate_ppm: Ppm::new(10_000),
            from: self.today,
            to: self.today + Days::new(360),
            batch: self.random.one_in(4),
        };
        (format!("guarantor:{guarantor}"), Body::Guarantee { guarantor: id(&guarantor), guarantee: id(&number), did })
    }

    fn subsidy(&mut self, guarantor: &str, guarantee: &str, of: &Guarantee) -> (String, Body) {
        let number = format!("S{}", self.made);
        self.subsidies.push((guarantor.to_owned(), number.clone()));
        let from = of.from + Days::new(self.random.below(4) * 90);
        let did = SubsidyEvent::Claimed {
            guarantee: id(guarantee),
            from,
            to: (from + Days::new(89)).min(of.to),
            amount_fen: self.amount(1, of.amount_fen.get() / 300),
        };
        (format!("guarantor:{guarantor}"), Body::Subsidy { guarantor: id(guarantor), subsidy: id(&number), did })
    }

    fn of_claim(&mut self, books: &Memory) -> (String, Body) {
        // Few at a time, so that they come to their end.
        let from = self.claims.len().saturating_sub(12);
        let known = self.random.pick(&self.claims[from..]).cloned().filter(|_| !self.random.one_in(6));
        if let Some((bank, number)) = known
            && let Some(Record::Claim(claim)) = record(books, &Key::Claim(id(&bank), id(&number)))
        {
            let did = self.review(&claim);
            return ("bureau".to_owned(), Body::Claim { bank: id(&bank), claim: id(&number), did });
        }
        let Some((at, b)) = self.owing(books) else { return self.of_fund() };
        let (bank, number) = (at.bank.to_string(), format!("C{}", self.made));
        self.claims.push((bank.clone(), number.clone()));
        let owed = b.disbursed_fen.get() - b.repaid_fen.get() - b.recovered_fen.get() - b.claimed_fen.get();
        let did = ClaimEvent::Claimed {
            loan: at.loan,
            loss_fen: self.amount(1, owed.min(20_000_000) / 2),
            recovery_from: b.since,
            fee_rate_ppm: Some(Ppm::new(10_000)),
        };
        (format!("bank:{bank}"), Body::Claim { bank: at.bank, claim: id(&number), did })
    }

    /// A loan with something owed, young or old.
    fn owing(&mut self, books: &Memory) -> Option<(LoanRef, Box<Balance>)> {
        for _ in 0..40 {
            let at = *self.random.pick(&self.loans)?;
            if let Some(Record::Balance(b)) = record(books, &Key::Balance(at))
                && b.disbursed_fen.get() - b.repaid_fen.get() - b.claimed_fen.get() > 1_000_000
            {
                return Some((at, b));
            }
        }
        None
    }

    fn review(&mut self, claim: &Claim) -> ClaimEvent {
        let result = if self.random.one_in(10) { Review::Refused } else { Review::Passed };
        match claim.state {
            ClaimState::Claimed => ClaimEvent::FirstReviewed { result },
            ClaimState::FirstPassed => ClaimEvent::SecondReviewed { result },
            ClaimState::SecondPassed | ClaimState::Refused => ClaimEvent::PaidOut,
            ClaimState::Paid if self.random.one_in(2) => {
                ClaimEvent::Recovered { amount_fen: self.amount(1, claim.government_fen.get() / 5) }
            }
            ClaimState::Paid => {
                ClaimEvent::ClawedBack { amount_fen: self.amount(1, claim.government_fen.get() / 5), maker: id("e") }
            }
        }
    }

    fn of_benefit(&mut self, books: &Memory) -> (String, Body) {
        let known = recent(&mut self.random, &self.benefits).cloned().filter(|_| !self.random.one_in(3));
        if let Some(number) = known
            && let Some(Record::Benefit(benefit)) = record(books, &Key::Benefit(id(&number)))
        {
            let did = match benefit.state {
                BenefitState::Proposed => BenefitEvent::Approved,
                BenefitState::Approved => BenefitEvent::Paid,
                BenefitState::Paid | BenefitState::Returned => BenefitEvent::Returned { maker: id("e") },
            };
            return ("bureau".to_owned(), Body::Benefit { benefit: id(&number), did });
        }
        let number = format!("B{}", self.made);
        self.benefits.push(number.clone());
        let did = BenefitEvent::Proposed {
            tool: policy::benefit::Kind::InterestSubsidy,
            enterprise: code(self.random.below(50) as u32),
            district: id("500103"),
            amount_fen: self.amount(1, 50_000_000),
            from: self.today,
            to: self.today,
            document: "渝中小企〔2018〕8号".to_owned(),
        };
        ("platform".to_owned(), Body::Benefit { benefit: id(&number), did })
    }

    fn of_fund(&mut self) -> (String, Body) {
        let fund = if self.random.one_in(2) { Fund::Bridge } else { Fund::Compensation };
        let did = match self.random.one_in(4) {
            true => FundEvent::TakenOut { amount_fen: self.amount(1, 900_000_000) },
            false => FundEvent::PaidIn { amount_fen: self.amount(1, 3_000_000_000) },
        };
        ("bureau".to_owned(), Body::Fund { fund, maker: id("e"), did })
    }

    fn reported(&mut self, on: NaiveDate) -> (String, Body) {
        let figure = Reported {
            indicator: id("trained"),
            district: id("500103"),
            from: on,
            to: on,
            value: self.random.amount(0, 1_000),
            document: "月报".to_owned(),
            maker: id("e"),
        };
        ("bureau".to_owned(), Body::Reported(figure))
    }
}
