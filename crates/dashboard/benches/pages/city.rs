//! Lines of a ledger with any number of loans, as it would hold them; they are not judged, for that is not what is measured.

use chrono::{Days, NaiveDate};
use ledger::BankId;
use ledger::event::*;
use policy::credit_line::Label;
use policy::{Bank, Borrower, Product, Size};
use primitives::region::regions_on;
use primitives::{CreditCode, Digest, Fen, Ppm, RegionCode};
use store::EntryLine;

/// A generator of numbers (xorshift), so that a seed says all.
pub struct Random(pub u64);

impl Random {
    pub fn below(&mut self, n: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 16) % n.max(1)
    }

    pub fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len() as u64) as usize]
    }
}

pub fn day(text: &str) -> NaiveDate {
    text.parse().expect("a day")
}

/// Loans that are made one after the other.
pub struct City {
    random: Random,
    banks: Vec<BankId>,
    districts: Vec<RegionCode>,
    industries: Vec<primitives::Industry>,
    model: Digest,
    enterprises: u64,
    made: u64,
    seq: u64,
    pub last: NaiveDate,
}

/// The first day of the loans, and of how many days they are.
const FIRST: &str = "2021-11-01";
const DAYS: u64 = 1_440;

impl City {
    pub fn new(loans: u64) -> Self {
        let letters = primitives::industry::SECTIONS.iter();
        Self {
            random: Random(0x2024_0506_1111_2222),
            banks: (0..24).map(|n| format!("bank{n}").parse().expect("an id")).collect(),
            districts: regions_on(day(FIRST)).map(|r| r.code).collect(),
            industries: letters
                .map(|s| format!("{}{:02}", s.letter, s.divisions.start()).parse().expect("one"))
                .collect(),
            model: Digest::sha256(b"model"),
            enterprises: (loans / 3).max(1),
            made: 0,
            seq: 0,
            last: day("2025-10-31"),
        }
    }

    /// The lines of the next loans, in the order of their days.
    pub fn lines(&mut self, loans: u64) -> Vec<EntryLine> {
        let mut told = Vec::new();
        for _ in 0..loans {
            self.loan(&mut told);
        }
        told.retain(|(day, _)| *day <= self.last);
        told.sort_by_key(|(day, _)| *day);
        let actor = Actor { id: "p".parse().expect("an id"), office: Office::Platform };
        let request_id: ledger::RequestId = "r".parse().expect("an id");
        let line = |(effective_on, body)| {
            self.seq += 1;
            let recorded_at = UnixMicros(1_700_000_000_000_000 + self.seq as i64 * 1_000_000);
            let event = Event { request_id, actor, effective_on, recorded_at, body };
            EntryLine { seq: self.seq, recorded_at, event, postings: Vec::new() }
        };
        told.into_iter().map(line).collect()
    }

    fn loan(&mut self, told: &mut Vec<(NaiveDate, Body)>) {
        let (random, number) = (&mut self.random, self.made);
        self.made += 1;
        let applied = day(FIRST) + Days::new(random.below(DAYS));
        let code = format!("91500000{:09}", random.below(self.enterprises));
        let enterprise = CreditCode::complete(&code).expect("a code");
        let (bank, loan) = (random.pick(&self.banks), format!("L{number}").parse().expect("an id"));
        let rating = format!("R{number}").parse().expect("an id");
        let of = |did| Body::Loan { bank, loan, did };
        let amount = 10_000_000 + random.below(290_000_000) as i64;
        let grade = ["AAA", "AA", "A", "BBB", "BB", "B"][random.below(6) as usize].parse().expect("an id");
        let profile = Profile {
            enterprise,
            borrower: Borrower::Enterprise,
            district: random.pick(&self.districts),
            industry: random.pick(&self.industries),
            size: Some(random.pick(<Size as policy::Code>::ALL)),
            label: Label::None,
            zone: None,
        };
        let scheme =
            random.pick(&[Scheme::CommercialValue, Scheme::CommercialValue, Scheme::Guaranteed, Scheme::Ordinary]);
        let asked = LoanEvent::Applied {
            profile,
            bank_kind: Bank::CommercialBank,
            product: random.pick(<Product as policy::Code>::ALL),
            scheme,
            requested_fen: Fen::new(amount),
        };
        told.push((applied, of(asked)));
        let complete = applied + Days::new(random.below(10));
        told.push((complete, of(LoanEvent::Completed)));
        let decided = complete + Days::new(1 + random.below(20));
        if random.below(5) == 0 {
            let reason = random.pick(<DeclineReason as policy::Code>::ALL);
            return told.push((decided, of(LoanEvent::Declined { reason })));
        }
        let issued = RatingEvent::Issued {
            enterprise,
            model: self.model.clone(),
            score: 700,
            grade,
            recommended_fen: Some(Fen::new(amount + random.below(20_000_000) as i64)),
            valid_from: applied,
            valid_to: applied + Days::new(365),
            negative_hit: false,
            pd_ppm: None,
        };
        told.push((decided, Body::Rating { rating, did: issued }));
        let granted = LoanEvent::Granted {
            amount_fen: Fen::new(amount),
            annual_rate_ppm: Ppm::new(35_000 + random.below(20_000) as i64),
            term_months: 12,
            rating: Some(rating),
            renews: None,
            district: None,
        };
        told.push((decided, of(granted)));
        let paid = decided + Days::new(random.below(15));
        told.push((paid, of(LoanEvent::Disbursed { amount_fen: Fen::new(amount) })));
        let half = amount / 2;
        let due = [paid + Days::new(180), paid + Days::new(365)];
        let instalment = |due_on, fen| Instalment { due_on, principal_fen: Fen::new(fen) };
        let instalments = vec![instalment(due[0], half), instalment(due[1], amount - half)];
        told.push((paid, of(LoanEvent::Scheduled { instalments })));
        // Some pay late, and a few never.
        for (due, fen) in due.into_iter().zip([half, amount - half]) {
            let late = match random.below(50) {
                0 => break,
                1..=3 => random.below(120),
                _ => 0,
            };
            told.push((due + Days::new(late), of(LoanEvent::Repaid { principal_fen: Fen::new(fen) })));
        }
    }
}
