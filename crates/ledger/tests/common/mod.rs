//! Events for tests, written as short as they can be.

#![allow(dead_code, unreachable_pub, reason = "each test binary uses a part")]

use ledger::event::{Actor, Body, Event, Office, UnixMicros};
use ledger::{Key, Memory, Posted, Record, Refusal};
use primitives::CreditCode;
use serde_json::{Value, json};
use std::sync::Arc;

/// Noon in Beijing, in microseconds.
pub fn noon(day: &str) -> UnixMicros {
    let day: chrono::NaiveDate = day.parse().expect("a day");
    UnixMicros(i64::from(day.to_epoch_days()) * 86_400_000_000 + 4 * 3_600_000_000)
}

/// `bank:icbc/li`, `district:500103/li`, `guarantor:g1/li`, `bureau/li`, `platform/li`.
pub fn actor(text: &str) -> Actor {
    let (office, person) = text.split_once('/').expect("office/person");
    let office = match office.split_once(':') {
        Some((kind, id)) => serde_json::from_value(json!({ kind: id })).expect("an office"),
        None if office == "platform" => Office::Platform,
        None => Office::Bureau,
    };
    Actor { id: person.parse().expect("a person"), office }
}

pub fn body(value: Value) -> Body {
    serde_json::from_value(value).expect("a body")
}

/// The record under a key, to be taken apart.
pub fn record(books: &Memory, key: &Key) -> Option<Record> {
    books.record(key).cloned()
}

/// An enterprise's code by a number.
pub fn code(number: u32) -> CreditCode {
    CreditCode::complete(&format!("91500000{number:09}")).expect("a code")
}

/// Books with the shorthand of tests: each event is recorded on the day that it holds or on the last one recorded.
#[derive(Default)]
pub struct Book {
    pub books: Memory,
    pub recorded: Option<UnixMicros>,
    pub requests: u64,
    /// Others than the shipped ones.
    pub rules: Option<ledger::Rules>,
}

impl Book {
    pub fn event(&mut self, who: &str, day: &str, value: Value) -> Event {
        self.requests += 1;
        let recorded_at = self.recorded.map_or(noon(day), |last| last.max(noon(day)));
        Event {
            request_id: format!("r{}", self.requests).parse().expect("an id"),
            actor: actor(who),
            effective_on: day.parse().expect("a day"),
            recorded_at,
            body: body(value),
        }
    }

    pub fn tell(&mut self, who: &str, day: &str, value: Value) -> Result<Arc<Posted>, Refusal> {
        let event = self.event(who, day, value);
        let posted = match &self.rules {
            Some(rules) => self.books.append_under(rules, &event)?,
            None => self.books.append(&event)?,
        };
        self.recorded = Some(event.recorded_at);
        Ok(posted)
    }

    #[track_caller]
    pub fn done(&mut self, who: &str, day: &str, value: Value) -> u64 {
        match self.tell(who, day, value) {
            Ok(posted) => posted.entry.seq,
            Err(refusal) => panic!("{refusal}"),
        }
    }

    #[track_caller]
    pub fn refused(&mut self, who: &str, day: &str, value: Value) -> Refusal {
        match self.tell(who, day, value) {
            Ok(posted) => panic!("event {} was entered", posted.entry.seq),
            Err(refusal) => refusal,
        }
    }

    #[track_caller]
    pub fn loan(&mut self, bank: &str, loan: &str, day: &str, did: Value) -> u64 {
        self.done(&format!("bank:{bank}/li"), day, of_loan(bank, loan, did))
    }

    #[track_caller]
    pub fn loan_refused(&mut self, bank: &str, loan: &str, day: &str, did: Value) -> Refusal {
        self.refused(&format!("bank:{bank}/li"), day, of_loan(bank, loan, did))
    }

    /// A rating of an enterprise for a year.
    #[track_caller]
    pub fn rated(&mut self, rating: &str, enterprise: u32, day: &str, recommended_fen: i64) -> u64 {
        self.done("platform/p", day, issued(rating, enterprise, day, recommended_fen))
    }

    /// A loan with complete documents.
    #[track_caller]
    pub fn complete(&mut self, bank: &str, loan: &str, day: &str, scheme: &str, enterprise: u32) {
        self.loan(bank, loan, day, applied(scheme, enterprise));
        self.loan(bank, loan, day, json!("completed"));
    }

    /// A scheme loan that is paid out in full, resting on a rating `R-` and the loan's number.
    #[track_caller]
    pub fn lent(&mut self, bank: &str, loan: &str, day: &str, enterprise: u32, amount_fen: i64) {
        let rating = format!("R-{bank}-{loan}");
        self.rated(&rating, enterprise, day, 300_000_000);
        self.complete(bank, loan, day, "commercial_value", enterprise);
        self.loan(bank, loan, day, granted(amount_fen, Some(&rating)));
        self.loan(bank, loan, day, json!({ "disbursed": { "amount_fen": amount_fen } }));
    }
}

pub fn of_loan(bank: &str, loan: &str, did: Value) -> Value {
    json!({ "loan": { "bank": bank, "loan": loan, "did": did } })
}

pub fn applied(scheme: &str, enterprise: u32) -> Value {
    applied_in("500103", scheme, enterprise)
}

pub fn applied_in(district: &str, scheme: &str, enterprise: u32) -> Value {
    json!({ "applied": {
        "profile": {
            "enterprise": code(enterprise), "borrower": "enterprise", "district": district, "industry": "C3511",
            "size": "small", "label": "none",
        },
        "bank_kind": "commercial_bank", "product": "pure_credit", "scheme": scheme, "requested_fen": 100_000_000,
    } })
}

pub fn granted(amount_fen: i64, rating: Option<&str>) -> Value {
    json!({ "granted": {
        "amount_fen": amount_fen, "annual_rate_ppm": 45_000, "term_months": 12, "rating": rating, "renews": null,
        "district": null,
    } })
}

pub fn issued(rating: &str, enterprise: u32, day: &str, recommended_fen: i64) -> Value {
    let from: chrono::NaiveDate = day.parse().expect("a day");
    json!({ "rating": { "rating": rating, "did": { "issued": {
        "enterprise": code(enterprise), "model": primitives::Digest::sha256(b"model"), "score": 700, "grade": "A",
        "recommended_fen": recommended_fen, "valid_from": from, "valid_to": from + chrono::Days::new(364),
        "negative_hit": false,
    } } } })
}

/// A generator of numbers (xorshift), so that a seed says all.
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    pub fn below(&mut self, n: u64) -> u64 {
        (self.next() >> 16) % n.max(1)
    }

    pub fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }

    pub fn amount(&mut self, lo: i64, hi: i64) -> i64 {
        lo + self.below(hi.abs_diff(lo) + 1) as i64
    }

    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> Option<&'a T> {
        from.get(self.below(from.len() as u64) as usize)
    }
}
