//! A made city of some years: districts, banks, loans that are granted, declined, repaid, renewed and overdue, bridge
//! loans, subsidies, claims, benefits and reported indicators. A seed says all of it.

use crate::common::{Random, actor, body, code, noon};
use chrono::{Days, NaiveDate};
use ledger::event::Event;
use ledger::{Memory, Posted};
use primitives::region::regions_on;
use serde_json::{Value, json};
use std::sync::Arc;
use store::EntryLine;

const BANKS: [&str; 9] =
    ["工商银行", "农业银行", "中国银行", "建设银行", "交通银行", "重庆银行", "重庆农商行", "三峡银行", "邮储银行"];
const INDUSTRIES: [&str; 6] = ["C3511", "F52", "I6513", "A011", "E48", "G54"];
const REASONS: [&str; 4] = ["cashflow", "rating_too_low", "documents", "over_indebted"];

/// An event that is to be told on a day.
struct Told {
    day: NaiveDate,
    who: String,
    what: Value,
}

struct Maker {
    random: Random,
    told: Vec<Told>,
    last: NaiveDate,
}

impl Maker {
    fn tell(&mut self, day: NaiveDate, who: &str, what: Value) {
        if day <= self.last {
            self.told.push(Told { day, who: who.to_owned(), what });
        }
    }

    fn below(&mut self, n: u64) -> u64 {
        self.random.below(n)
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        self.random.pick(from).expect("some")
    }

    fn loan(&mut self, nth: u64, day: NaiveDate) {
        let bank = BANKS[(self.below(81) as f64).sqrt() as usize];
        let (number, office) = (format!("{}-{nth:05}", day.format("%Y")), format!("bank:{bank}/li"));
        let regions: Vec<_> = regions_on(day).collect();
        // More in the middle of the city.
        let at = (self.below(regions.len() as u64) * self.below(100) / 100) as usize;
        let district = regions[at].code.to_string();
        let enterprise = self.below(1 + nth / 2) as u32;
        let amount = self.random.amount(20, 280) * 1_000_000;
        let of = |did: Value| json!({ "loan": { "bank": bank, "loan": number, "did": did } });
        let (industry, scheme) =
            (self.pick(&INDUSTRIES), if self.below(10) < 8 { "commercial_value" } else { "ordinary" });
        let size = [json!("small"), json!("micro"), json!("medium"), Value::Null][self.below(4) as usize].clone();
        let size = if scheme == "ordinary" { size } else { json!("small") };
        self.tell(
            day,
            &office,
            of(json!({ "applied": {
            "profile": {
                "enterprise": code(enterprise), "borrower": "enterprise", "district": district, "industry": industry,
                "size": size, "label": "none",
            },
            "bank_kind": "commercial_bank", "product": "pure_credit", "scheme": scheme, "requested_fen": amount,
        } })),
        );
        let complete = day + Days::new(1 + self.below(5));
        self.tell(complete, &office, of(json!("completed")));
        let decided = complete + Days::new(1 + self.below(12));
        if self.below(100) < 14 {
            let reason = self.pick(&REASONS);
            self.tell(decided, &office, of(json!({ "declined": { "reason": reason } })));
            return;
        }
        let rating = format!("R-{nth}");
        let (grade, recommended) =
            (self.pick(&["AAA", "AA", "A", "BBB"]), amount + self.random.amount(-8, 20) * 1_000_000);
        let score = 600 + self.below(300);
        self.tell(complete, "platform/p", json!({ "rating": { "rating": rating, "did": { "issued": {
            "enterprise": code(enterprise), "model": primitives::Digest::sha256(b"model"), "score": score,
            "grade": grade, "recommended_fen": recommended, "valid_from": complete, "valid_to": complete + Days::new(364),
            "negative_hit": false,
        } } } }));
        let rate = 34_500 + self.below(25) * 500;
        self.tell(decided, &office, of(json!({ "granted": {
            "amount_fen": amount, "annual_rate_ppm": rate, "term_months": 12, "rating": rating, "renews": null, "district": null,
        } })));
        let paid = decided + Days::new(1 + self.below(4));
        self.tell(paid, &office, of(json!({ "disbursed": { "amount_fen": amount } })));
        let quarter = |n: u64| json!({ "due_on": paid + Days::new(91 * n), "principal_fen": amount / 4 });
        self.tell(
            paid,
            &office,
            of(json!({ "scheduled": { "instalments": [quarter(1), quarter(2), quarter(3), quarter(4)] } })),
        );
        let stops = if self.below(100) < 5 { self.below(4) + 1 } else { 5 };
        for n in 1..=4_u64 {
            let late = if self.below(12) == 0 { self.below(40) } else { 0 };
            if n < stops {
                self.tell(
                    paid + Days::new(91 * n + late),
                    &office,
                    of(json!({ "repaid": { "principal_fen": amount / 4 } })),
                );
            }
        }
        if stops < 5 {
            self.claim(nth, bank, &number, paid + Days::new(91 * stops), amount / 4);
        }
    }

    fn claim(&mut self, nth: u64, bank: &str, loan: &str, from: NaiveDate, loss: i64) {
        let of = |did: Value| json!({ "claim": { "bank": bank, "claim": format!("C{nth}"), "did": did } });
        let day = from + Days::new(110);
        self.tell(
            day,
            &format!("bank:{bank}/li"),
            of(json!({ "claimed": {
            "loan": loan, "loss_fen": loss / 2, "recovery_from": from, "fee_rate_ppm": null,
        } })),
        );
        self.tell(day + Days::new(6), "bureau/a", of(json!({ "first_reviewed": { "result": "passed" } })));
        self.tell(day + Days::new(12), "bureau/b", of(json!({ "second_reviewed": { "result": "passed" } })));
        self.tell(day + Days::new(20), "bureau/c", of(json!("paid_out")));
    }

    fn bridge(&mut self, nth: u64, day: NaiveDate) {
        let bank = self.pick(&BANKS);
        let of = |did: Value| json!({ "bridge": { "bank": bank, "bridge": format!("T{nth}"), "did": did } });
        let amount = self.random.amount(50, 300) * 1_000_000;
        let district = regions_on(day).nth(self.below(30) as usize).expect("a region").code.to_string();
        let enterprise = code(self.below(300) as u32);
        let office = format!("bank:{bank}/li");
        self.tell(
            day,
            &office,
            of(json!({ "applied": {
            "enterprise": enterprise, "district": district, "kind": "sme", "amount_fen": amount,
            "old_loan": null, "old_loan_fen": amount, "working_days": 5,
        } })),
        );
        self.tell(day, &office, of(json!("committed")));
        self.tell(day + Days::new(1), "bureau/b", of(json!("released")));
        self.tell(day + Days::new(2), &office, of(json!("old_loan_repaid")));
        self.tell(day + Days::new(3), &office, of(json!({ "new_loan_granted": { "new_loan": null } })));
        self.tell(day + Days::new(5), "bureau/b", of(json!({ "returned": { "amount_fen": amount } })));
    }

    fn benefit(&mut self, nth: u64, day: NaiveDate) {
        let of = |did: Value| json!({ "benefit": { "benefit": format!("B{nth}"), "did": did } });
        let tool = policy_tools()[self.below(policy_tools().len() as u64) as usize];
        let district = regions_on(day).nth(self.below(30) as usize).expect("a region").code.to_string();
        let (enterprise, amount) = (code(self.below(300) as u32), self.random.amount(1, 80) * 100_000);
        self.tell(day, "platform/p", of(json!({ "proposed": {
            "tool": tool, "enterprise": enterprise, "district": district, "amount_fen": amount, "from": day, "to": day, "document": "渝中小企〔2024〕1号",
        } })));
        self.tell(day + Days::new(3), "bureau/b", of(json!("approved")));
        self.tell(day + Days::new(9), "bureau/c", of(json!("paid")));
    }

    fn reports(&mut self, day: NaiveDate) {
        for indicator in ["trained", "reform_and_listing", "specialised", "little_giant", "building_parks"] {
            for region in regions_on(day).take(12) {
                let from = day - Days::new(89);
                let figure = json!({ "reported": {
                    "indicator": indicator, "district": region.code.to_string(), "from": from, "to": day,
                    "value": self.below(if indicator == "trained" { 900 } else { 30 }), "document": "渝中报〔2024〕3号", "maker": "m",
                } });
                self.tell(day + Days::new(8), "bureau/b", figure);
            }
        }
    }
}

fn policy_tools() -> Vec<&'static str> {
    use policy::Code;
    policy::benefit::Kind::ALL.iter().map(|k| k.code()).collect()
}

/// The ledger of a city with so many loans from 2019 up to a day.
pub(crate) fn city(loans: u64, last: NaiveDate, seed: u64) -> Vec<Arc<Posted>> {
    let first: NaiveDate = "2019-01-07".parse().expect("a day");
    let days = (last - first).num_days().unsigned_abs();
    let mut maker = Maker { random: Random::new(seed), told: Vec::new(), last };
    let fund = |fund: &str| json!({ "fund": { "fund": fund, "maker": "m", "did": { "paid_in": { "amount_fen": 90_000_000_000_i64 } } } });
    maker.tell(first, "bureau/b", fund("bridge"));
    maker.tell(first, "bureau/b", fund("compensation"));
    for nth in 1..=loans {
        // More with the years.
        let at = ((nth as f64 / loans as f64).sqrt() * days as f64) as u64;
        let day = first + Days::new(at);
        maker.loan(nth, day);
        if nth % 9 == 0 {
            maker.bridge(nth, day);
        }
        if nth % 11 == 0 {
            maker.benefit(nth, day);
        }
    }
    for quarter in 1..=days / 91 {
        maker.reports(first + Days::new(quarter * 91));
    }
    let Maker { mut told, .. } = maker;
    told.sort_by_key(|t| t.day);
    let mut books = Memory::default();
    let (mut refused, mut all) = (0, 0);
    for (told, number) in told.into_iter().zip(1_u64..) {
        let event = Event {
            request_id: format!("m{number}").parse().expect("an id"),
            actor: actor(&told.who),
            effective_on: told.day,
            recorded_at: noon(&told.day.to_string()),
            body: body(told.what),
        };
        all += 1;
        refused += u64::from(books.append(&event).is_err());
    }
    // Caps, quotas and negative lists refuse some, as they should; a city that is refused is none.
    assert!(refused * 4 < all, "{refused} of {all} events were refused");
    books.entries().to_vec()
}

/// As the store gives them.
pub(crate) fn lines(posted: &[Arc<Posted>]) -> Vec<EntryLine> {
    let line = |p: &Arc<Posted>| EntryLine {
        seq: p.entry.seq,
        recorded_at: p.entry.recorded_at,
        event: p.event.clone(),
        postings: p.entry.postings.clone(),
    };
    posted.iter().map(line).collect()
}
