//! Bad input: each refusal is typed and names what was found and what is allowed.

mod common;

use common::{Book, applied, applied_in, code, granted, issued, noon, of_loan};
use ledger::event::Event;
use ledger::{Books, Key, Refusal};
use policy::Lang;
use serde_json::{Value, json};

#[track_caller]
fn check(refusal: &Refusal, expect: &str) {
    assert_eq!(refusal.to_string(), expect);
    let zh = refusal.text(Lang::Zh);
    assert!(zh.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c)), "{zh}");
}

fn rules(refusal: &Refusal) -> Vec<String> {
    match refusal {
        Refusal::Rules(findings) => findings.iter().map(|f| f.rule.to_string()).collect(),
        other => panic!("{other}"),
    }
}

#[test]
fn amounts() {
    let mut book = Book::default();
    book.lent("icbc", "L1", "2024-05-06", 1, 100_000_000);
    for (amount, expect) in [
        (0, "principal_fen is 0, allowed is 1 to 9223372036854775807"),
        (-1, "principal_fen is -1, allowed is 1 to 9223372036854775807"),
    ] {
        let refusal = book.loan_refused("icbc", "L1", "2024-06-06", json!({ "repaid": { "principal_fen": amount } }));
        check(&refusal, expect);
        assert!(refusal.is_invalid_input());
    }
    let refusal = book.loan_refused("icbc", "L1", "2024-06-06", json!({ "disbursed": { "amount_fen": 1 } }));
    check(&refusal, "amount_fen is 1, allowed is 1 to 0");
    let event =
        book.event("bank:icbc/li", "2024-06-06", of_loan("icbc", "L1", json!({ "repaid": { "principal_fen": 1 } })));
    let text = String::from_utf8(event.to_bytes()).expect("JSON");
    for beyond in ["9223372036854775808", "1.0", "1e3", "\"1\""] {
        let text = text.replace("\"principal_fen\":1", &format!("\"principal_fen\":{beyond}"));
        assert!(Event::from_bytes(text.as_bytes()).is_err(), "{text}");
    }
}

#[test]
fn sums_beyond_64_bits() {
    let mut book = Book::default();
    for loan in ["L1", "L2"] {
        book.complete("icbc", loan, "2024-05-06", "ordinary", 1);
    }
    book.loan("icbc", "L1", "2024-05-06", granted(i64::MAX, None));
    book.loan("icbc", "L1", "2024-05-06", json!({ "disbursed": { "amount_fen": i64::MAX } }));
    book.loan("icbc", "L2", "2024-05-06", granted(1, None));
    let refusal = book.loan_refused("icbc", "L2", "2024-05-06", json!({ "disbursed": { "amount_fen": 1 } }));
    check(&refusal, "sum of a line is beyond 9223372036854775807 fen");
}

#[test]
fn repayment_above_the_balance_of_any_later_day() {
    let mut book = Book::default();
    book.lent("icbc", "L1", "2024-05-06", 1, 100);
    book.loan("icbc", "L1", "2024-07-01", json!({ "repaid": { "principal_fen": 60 } }));
    let repaid = |fen: i64| json!({ "repaid": { "principal_fen": fen } });
    let refusal = book.loan_refused("icbc", "L1", "2024-07-02", repaid(41));
    check(&refusal, "the amount is 0.41 yuan, the balance of the loan on 2024-07-02 is 0.40 yuan");
    // On its own day there is enough, on a later one there is not.
    let refusal = book.loan_refused("icbc", "L1", "2024-06-01", repaid(41));
    check(&refusal, "the amount is 0.41 yuan, the balance of the loan on 2024-07-01 is 0.40 yuan");
    book.loan("icbc", "L1", "2024-06-01", repaid(40));
    let refusal = book.loan_refused("icbc", "L1", "2024-07-03", repaid(1));
    check(
        &refusal,
        "in state \"settled\" \"repay\" is not allowed, allowed is recover, report the month's status, close",
    );
}

#[test]
fn days_before_the_facts_and_after_the_recording() {
    let mut book = Book::default();
    book.loan("icbc", "L1", "2024-05-06", applied("ordinary", 1));
    book.loan("icbc", "L1", "2024-05-07", json!("completed"));
    let refusal = book.loan_refused("icbc", "L1", "2024-05-06", granted(100, None));
    check(&refusal, "effective_on is 2024-05-06, allowed is 2024-05-07 or later");
    book.loan("icbc", "L1", "2024-05-08", granted(100, None));
    let refusal = book.loan_refused("icbc", "L1", "2024-05-07", json!({ "disbursed": { "amount_fen": 1 } }));
    check(&refusal, "effective_on is 2024-05-07, allowed is 2024-05-08 or later");
    let mut event =
        book.event("bank:icbc/li", "2024-05-09", of_loan("icbc", "L1", json!({ "disbursed": { "amount_fen": 1 } })));
    event.recorded_at = noon("2024-05-08");
    let refusal = book.books.append(&event).expect_err("to come");
    check(&refusal, "effective_on is 2024-05-09, allowed is up to the day of recording, 2024-05-08");
    event.recorded_at = noon("2024-05-07");
    let refusal = book.books.append(&event).expect_err("recorded before");
    check(&refusal, "recorded_at is 1715054400000000, allowed is 1715140800000000 or later");
}

#[test]
fn a_scheme_loan_rests_on_a_valid_rating_of_its_borrower() {
    let mut book = Book::default();
    book.complete("icbc", "L1", "2024-05-06", "commercial_value", 1);
    let refusal = book.loan_refused("icbc", "L1", "2024-05-06", granted(100, None));
    assert_eq!(rules(&refusal), ["cv.rating", "cv.grade"]);
    check(
        &refusal,
        "rating valid on the grant date: found not stated, allowed is what covers 2024-05-06 (illustrative, not official) \
         [cv.rating, commercial_value_loan@2023-12-30, 中小企业商业价值信用贷款工作实施方案（修订）]; grade: found not stated, allowed is \
         one of AAA, AA, A, BBB, BB (illustrative, not official) [cv.grade, commercial_value_loan@2023-12-30, \
         中小企业商业价值信用贷款工作实施方案（修订）]",
    );
    book.rated("R2", 2, "2024-05-06", 100);
    check(&book.loan_refused("icbc", "L1", "2024-05-06", granted(100, Some("R2"))), "there is no rating R2");
    check(&book.loan_refused("icbc", "L1", "2024-05-06", granted(100, Some("R3"))), "there is no rating R3");
    book.rated("R1", 1, "2024-05-06", 300_000_000);
    // Its last day is 2025-05-05.
    assert_eq!(rules(&book.loan_refused("icbc", "L1", "2025-05-06", granted(100, Some("R1")))), ["cv.rating"]);
    book.loan("icbc", "L1", "2025-05-05", granted(100, Some("R1")));
}

#[test]
fn the_cap_holds_at_all_banks_and_no_other_bank_is_named() {
    let mut book = Book::default();
    book.lent("icbc", "L1", "2024-05-06", 1, 200_000_000);
    book.complete("abc", "A1", "2024-05-07", "commercial_value", 1);
    let refusal = book.loan_refused("abc", "A1", "2024-05-07", granted(100_000_001, Some("R-icbc-L1")));
    assert_eq!(rules(&refusal), ["cv.cap", "cv.recommended"]);
    for lang in [Lang::Zh, Lang::En] {
        assert!(!refusal.text(lang).contains("icbc"), "{}", refusal.text(lang));
    }
    // What is repaid is free from that day on and not before it.
    book.loan("icbc", "L1", "2024-05-20", json!({ "repaid": { "principal_fen": 50_000_000 } }));
    let refusal = book.loan_refused("abc", "A1", "2024-05-10", granted(100_000_001, Some("R-icbc-L1")));
    assert_eq!(rules(&refusal), ["cv.cap", "cv.recommended"]);
    book.loan("abc", "A1", "2024-05-20", granted(150_000_000, Some("R-icbc-L1")));
}

#[test]
fn what_is_not_drawn_is_committed_until_the_contract_ends() {
    let mut book = Book::default();
    book.rated("R", 1, "2024-05-06", 300_000_000);
    book.complete("icbc", "L1", "2024-05-06", "commercial_value", 1);
    book.loan("icbc", "L1", "2024-05-06", granted(200_000_000, Some("R")));
    book.loan("icbc", "L1", "2024-05-06", json!({ "disbursed": { "amount_fen": 50_000_000 } }));
    book.loan("icbc", "L1", "2024-05-07", json!({ "repaid": { "principal_fen": 50_000_000 } }));
    book.complete("abc", "A1", "2024-05-07", "commercial_value", 1);
    let refusal = book.loan_refused("abc", "A1", "2024-05-08", granted(150_000_001, Some("R")));
    assert_eq!(rules(&refusal), ["cv.cap", "cv.recommended"]);
    book.loan("icbc", "L1", "2024-05-08", json!("closed"));
    book.loan("abc", "A1", "2024-05-08", granted(300_000_000, Some("R")));
    // A grant that nobody took is free again too.
    book.loan("abc", "A1", "2024-05-09", json!("withdrawn"));
    book.complete("boc", "B1", "2024-05-09", "commercial_value", 1);
    book.loan("boc", "B1", "2024-05-09", granted(300_000_000, Some("R")));
}

#[test]
fn a_reversal_comes_once_and_the_last_first() {
    let mut book = Book::default();
    book.lent("icbc", "L1", "2024-05-06", 1, 100);
    let first = book.loan("icbc", "L1", "2024-06-01", json!({ "repaid": { "principal_fen": 10 } }));
    let second = book.loan("icbc", "L1", "2024-06-02", json!({ "repaid": { "principal_fen": 10 } }));
    let reversal = |of: u64| json!({ "reversal": { "of": of, "reason": "entered twice" } });
    let refusal = book.refused("bank:icbc/li", "2024-06-01", reversal(first));
    assert_eq!(refusal, Refusal::RestsOn { seq: first, by: second });
    check(&refusal, "event 7 rests on event 6 and has to be reversed first");
    let refusal = book.refused("bank:icbc/li", "2024-06-01", reversal(second));
    check(&refusal, "effective_on is 2024-06-01, it has to be 2024-06-02");
    check(&book.refused("bank:abc/li", "2024-06-02", reversal(second)), "there is no event 7");
    check(&book.refused("bank:abc/li", "2024-06-02", reversal(99)), "there is no event 99");
    let by = book.done("bank:icbc/li", "2024-06-02", reversal(second));
    let refusal = book.refused("bank:icbc/li", "2024-06-02", reversal(second));
    assert_eq!(refusal, Refusal::AlreadyReversed { seq: second, by });
    check(&refusal, "event 7 was reversed by event 8");
    check(
        &book.refused("bank:icbc/li", "2024-06-02", reversal(by)),
        "event 8 can not be reversed, use the event once more",
    );
    book.done("bank:icbc/li", "2024-06-01", reversal(first));
    let empty = json!({ "reversal": { "of": 5, "reason": " " } });
    check(&book.refused("bank:icbc/li", "2024-05-06", empty), "reason is empty");
    // A rating is gone only after the loan that rests on it.
    check(
        &book.refused("platform/p", "2024-05-06", reversal(1)),
        "event 4 rests on event 1 and has to be reversed first",
    );
    for seq in [5, 4, 3, 2] {
        book.done("bank:icbc/li", "2024-05-06", reversal(seq));
    }
    book.done("platform/p", "2024-05-06", reversal(1));
    assert!(book.books.balances().values().all(|b| *b == 0));
    book.lent("icbc", "L1", "2024-05-06", 1, 100);
}

#[test]
fn districts_by_day() {
    let mut book = Book::default();
    for (loan, district, day, expect) in [
        ("L1", "500199", "2024-05-06", "500199 (no region of the city)"),
        ("L2", "500105", "2025-11-06", "500105 Jiangbei (abolished 2025-11-06, its ground is in 500157)"),
        ("L3", "500112", "2025-11-06", "500112 Yubei (abolished 2025-11-06, its ground is in 500157, 500109)"),
        ("L4", "500157", "2025-11-05", "500157 Liangjiang New Area (begins on 2025-11-06)"),
    ] {
        let refusal = book.loan_refused("icbc", loan, day, applied_in(district, "ordinary", 1));
        let found = expect.split(' ').next().expect("a code");
        assert!(matches!(&refusal, Refusal::District { .. }) && refusal.to_string().contains(found), "{refusal}");
        assert!(refusal.to_string().ends_with("allowed is a region of the city on the day"), "{refusal}");
    }
    for (loan, district, day) in
        [("L5", "500105", "2025-11-05"), ("L6", "500112", "2025-11-05"), ("L7", "500157", "2025-11-06")]
    {
        book.loan("icbc", loan, day, applied_in(district, "ordinary", 1));
    }
    // What was applied for in 江北 is granted in 两江新区 or not at all.
    book.rated("R", 9, "2025-11-01", 100);
    book.loan("icbc", "L8", "2025-11-05", applied_in("500105", "commercial_value", 9));
    book.loan("icbc", "L8", "2025-11-05", json!("completed"));
    let refusal = book.loan_refused("icbc", "L8", "2025-11-06", granted(100, Some("R")));
    assert_eq!(rules(&refusal), ["cv.district"]);
    let mut moved = granted(100, Some("R"));
    moved["granted"]["district"] = json!("500157");
    book.loan("icbc", "L8", "2025-11-06", moved);
}

#[test]
fn a_bank_meets_its_own_loans_only() {
    let mut book = Book::default();
    book.lent("icbc", "L1", "2024-05-06", 1, 100);
    let repaid = json!({ "repaid": { "principal_fen": 10 } });
    let others = book.refused("bank:abc/wu", "2024-06-01", of_loan("icbc", "L1", repaid.clone()));
    let absent = book.refused("bank:abc/wu", "2024-06-01", of_loan("abc", "L1", repaid.clone()));
    assert_eq!(others, absent);
    assert!(others.is_not_found());
    let refusal = book.refused("guarantor:g1/wu", "2024-06-01", of_loan("icbc", "L1", repaid));
    check(&refusal, "this office may not tell that of a loan, allowed are bank, platform, bureau");
    assert!(refusal.is_not_permitted());
    // Under one number two banks have two loans.
    book.lent("abc", "L1", "2024-06-01", 2, 70);
    assert!(
        book.books
            .get(&Key::Balance(serde_json::from_value(json!({ "bank": "abc", "loan": "L1" })).expect("a key")))
            .is_some()
    );
}

#[test]
fn a_request_is_entered_once() {
    let mut book = Book::default();
    let event = book.event("platform/p", "2024-05-06", issued("R1", 1, "2024-05-06", 100));
    book.books.append(&event).expect("the first");
    let later = Event { recorded_at: noon("2024-05-09"), ..event.clone() };
    assert_eq!(book.books.append(&later).expect_err("again"), Refusal::Repeated { seq: 1 });
    let other = Event { body: common::body(issued("R2", 1, "2024-05-06", 100)), ..event.clone() };
    assert_eq!(book.books.append(&other).expect_err("another"), Refusal::RequestConflict { seq: 1 });
    // Another office has numbers of its own.
    let bureau = Event { actor: common::actor("bureau/p"), ..other };
    book.books.append(&bureau).expect("another office's");
}

#[test]
fn closed_periods() {
    let mut book = Book::default();
    let period = |month: &str, did: &str| json!({ "period": { "month": month, "did": did } });
    book.lent("icbc", "L1", "2024-05-06", 1, 100);
    let refused = |book: &mut Book, day: &str, month: &str, did: &str, expect: &str| {
        check(&book.refused("bureau/b", day, period(month, did)), expect);
    };
    refused(&mut book, "2024-05-31", "2024-05", "closed", "month is 2024-05, it has to be before 2024-05");
    let refusal = book.refused("bank:icbc/b", "2024-06-01", period("2024-05", "closed"));
    check(&refusal, "this office may not tell that of a set of books, allowed are bureau");
    book.done("bureau/b", "2024-06-01", period("2024-05", "closed"));
    let repaid = json!({ "repaid": { "principal_fen": 10 } });
    let refusal = book.loan_refused("icbc", "L1", "2024-05-31", repaid.clone());
    check(&refusal, "effective_on is 2024-05-31, the ledger is closed up to the end of 2024-05");
    let reversal = json!({ "reversal": { "of": 5, "reason": "wrong" } });
    assert!(matches!(book.refused("bank:icbc/li", "2024-05-06", reversal), Refusal::ClosedPeriod { .. }));
    refused(&mut book, "2024-06-01", "2024-05", "closed", "month is 2024-05, it has to be after 2024-05");
    refused(&mut book, "2024-06-01", "2024-06", "reopened", "month is 2024-06, it has to be up to 2024-05");
    book.done("bureau/b", "2024-06-01", period("2024-05", "reopened"));
    book.loan("icbc", "L1", "2024-05-31", repaid);
    let refusal = book.refused("bureau/b", "2024-06-01", json!({ "reversal": { "of": 6, "reason": "wrong" } }));
    check(&refusal, "event 6 can not be reversed, use closing or reopening the period");
}

fn subsidy(number: &str, did: Value) -> Value {
    json!({ "subsidy": { "guarantor": "g1", "subsidy": number, "did": did } })
}

fn claimed(from: &str, to: &str, amount_fen: i64) -> Value {
    json!({ "claimed": { "guarantee": "G1", "from": from, "to": to, "amount_fen": amount_fen } })
}

#[test]
fn no_day_of_a_loan_is_subsidised_twice() {
    let mut book = Book::default();
    book.complete("icbc", "L1", "2022-01-04", "guaranteed", 1);
    let issued = json!({ "guarantee": { "guarantor": "g1", "guarantee": "G1", "did": { "issued": {
        "bank": "icbc", "loan": "L1", "enterprise": code(1), "amount_fen": 100_000_000, "fee_rate_ppm": 10_000,
        "from": "2022-01-04", "to": "2022-12-31", "batch": false,
    } } } });
    book.done("guarantor:g1/g", "2022-01-05", issued);
    let claim = |number: &str, from: &str, to: &str, fen: i64| subsidy(number, claimed(from, to, fen));
    let (g, day) = ("guarantor:g1/g", "2022-05-20");
    check(
        &book.refused(g, day, claim("S1", "2022-01-04", "2022-06-30", 1_300_001)),
        "amount_fen is 1300001, allowed is 1 to 1300000",
    );
    book.done(g, day, claim("S1", "2022-01-04", "2022-06-30", 500_000));
    let refusal = book.refused(g, day, claim("S2", "2022-06-30", "2022-12-31", 500_000));
    assert_eq!(rules(&refusal), ["gf.double"]);
    assert!(refusal.to_string().contains("guarantee_fee@2022-05-17"), "{refusal}");
    book.done(g, day, claim("S2", "2022-07-01", "2022-12-31", 500_000));
    let refusal = book.refused(g, day, claim("S3", "2022-07-01", "2023-01-01", 1));
    assert!(rules(&refusal).contains(&"gf.double".to_owned()), "{refusal}");
    // Too late for the window.
    let refusal = book.refused(g, "2022-05-31", claim("S4", "2022-01-04", "2022-01-05", 1));
    assert!(rules(&refusal).contains(&"gf.window".to_owned()), "{refusal}");
    check(
        &book.refused("bureau/g", day, subsidy("S1", json!("approved"))),
        "g is the person of maker, maker and checker have to be two persons",
    );
    let of_other_district = book.refused("district:500104/d", day, subsidy("S1", json!("approved")));
    check(&of_other_district, "there is no guarantee-fee subsidy S1");
    book.done("district:500103/d", day, subsidy("S1", json!("approved")));
    assert_eq!(
        book.refused("bureau/b", day, subsidy("S2", json!("paid"))).to_string(),
        "in state \"claimed\" \"pay\" is not allowed, allowed is approve"
    );
}

#[test]
fn maker_is_never_checker() {
    let mut book = Book::default();
    let fund = |maker: &str| json!({ "fund": { "fund": "compensation", "maker": maker, "did": { "paid_in": { "amount_fen": 100 } } } });
    assert!(matches!(book.refused("bureau/b", "2024-05-06", fund("b")), Refusal::SamePerson { .. }));
    let paid_in = book.done("bureau/b", "2024-05-06", fund("a"));
    let reversal = json!({ "reversal": { "of": paid_in, "reason": "wrong" } });
    assert!(matches!(book.refused("bureau/b", "2024-05-06", reversal.clone()), Refusal::SamePerson { .. }));
    book.done("bureau/c", "2024-05-06", reversal);
    let figure = |maker: &str, indicator: &str| {
        json!({ "reported": {
        "indicator": indicator, "district": "500103", "from": "2024-01-01", "to": "2024-03-31", "value": 7,
        "document": "渝中报〔2024〕3号", "maker": maker,
    } })
    };
    assert!(matches!(book.refused("bureau/b", "2024-05-06", figure("b", "trained")), Refusal::SamePerson { .. }));
    check(
        &book.refused("bureau/b", "2024-05-06", figure("a", "new_financing")),
        "indicator new_financing is reported by no plan",
    );
    check(
        &book.refused("district:500104/b", "2024-05-06", figure("a", "trained")),
        "there is no reported figure trained",
    );
    book.done("bureau/b", "2024-05-06", figure("a", "trained"));
    check(&book.refused("bureau/b", "2024-05-06", figure("a", "trained")), "reported figure trained is there already");
    let benefit = |did: Value| json!({ "benefit": { "benefit": "B1", "did": did } });
    let proposed = json!({ "proposed": {
        "tool": "interest_subsidy", "enterprise": code(1), "district": "500103", "amount_fen": 50_000, "from": "2024-01-01",
        "to": "2024-03-31", "document": "渝中小企〔2024〕1号",
    } });
    book.done("district:500103/m", "2024-05-06", benefit(proposed));
    assert!(matches!(
        book.refused("district:500103/m", "2024-05-06", benefit(json!("approved"))),
        Refusal::SamePerson { .. }
    ));
    book.done("bureau/c", "2024-05-07", benefit(json!("approved")));
    assert!(matches!(book.refused("bureau/m", "2024-05-07", benefit(json!("paid"))), Refusal::SamePerson { .. }));
    book.done("bureau/c", "2024-05-08", benefit(json!("paid")));
}
