//! Outcomes by hand, and beside a second count that walks each day by other sums.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![allow(clippy::print_stderr, reason = "a seed that nobody sees repeats nothing")]

mod common;

use chrono::{Days, NaiveDate};
use common::{Book, Random, code, granted, of_loan};
use ledger::outcomes::{BadReason, Definition, Outcome, Outcomes, Row};
use serde_json::{Value, json};
use std::collections::BTreeMap;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn outcomes(book: &Book) -> Outcomes {
    let mut outcomes = Outcomes::default();
    for posted in book.books.entries() {
        outcomes.push(posted.entry.seq, &posted.event);
    }
    outcomes
}

/// The one row of books, as of a day two years later.
fn row(book: &Book) -> Row {
    let mut rows = outcomes(book).rows(&Definition::usual(day("2026-03-01")));
    assert_eq!(rows.len(), 1);
    rows.remove(0)
}

fn scheduled(instalments: &[(&str, i64)]) -> Value {
    let of = |(due_on, fen): &(&str, i64)| json!({ "due_on": due_on, "principal_fen": fen });
    json!({ "scheduled": { "instalments": instalments.iter().map(of).collect::<Vec<_>>() } })
}

fn repaid(fen: i64) -> Value {
    json!({ "repaid": { "principal_fen": fen } })
}

/// Rated and lent 1,000 on 2024-03-01, due in two halves.
fn lent() -> Book {
    let mut book = Book::default();
    book.lent("icbc", "L1", "2024-03-01", 1, 1_000);
    book.loan("icbc", "L1", "2024-03-01", scheduled(&[("2024-06-30", 500), ("2024-12-31", 500)]));
    book
}

#[test]
fn paid_in_time_is_good_and_late_is_neither() {
    let mut book = lent();
    book.loan("icbc", "L1", "2024-06-30", repaid(500));
    book.loan("icbc", "L1", "2024-12-31", repaid(500));
    let found = row(&book);
    assert_eq!((found.outcome, found.days_past_due_max, found.bad), (Outcome::Good, 0, None));
    assert_eq!((found.enterprise, found.rated_on, found.grade.as_str()), (code(1), day("2024-03-01"), "A"));

    let mut book = lent();
    book.loan("icbc", "L1", "2024-09-27", repaid(500));
    book.loan("icbc", "L1", "2024-12-31", repaid(500));
    let found = row(&book);
    assert_eq!((found.outcome, found.days_past_due_max), (Outcome::Indeterminate, 88));
}

#[test]
fn ninety_days_a_write_off_a_claim_and_a_rescue_are_bad() {
    // Due on 06-30, so 90 days past due on 09-28.
    let found = row(&lent());
    assert_eq!((found.outcome, found.bad), (Outcome::Bad, Some((day("2024-09-28"), BadReason::PastDue))));

    let mut book = lent();
    book.loan("icbc", "L1", "2024-05-01", json!({ "written_off": { "principal_fen": 1_000 } }));
    assert_eq!(row(&book).bad, Some((day("2024-05-01"), BadReason::WriteOff)));

    let mut book = lent();
    let claimed = json!({ "claimed": {
        "loan": "L1", "loss_fen": 1_000, "recovery_from": "2024-03-10", "fee_rate_ppm": null,
    } });
    book.done("bank:icbc/li", "2024-06-20", json!({ "claim": { "bank": "icbc", "claim": "C1", "did": claimed } }));
    assert_eq!(row(&book).bad, Some((day("2024-06-20"), BadReason::Claim)));
    // One that was refused says nothing.
    let refused = json!({ "first_reviewed": { "result": "refused" } });
    book.done("bureau/wang", "2024-06-25", json!({ "claim": { "bank": "icbc", "claim": "C1", "did": refused } }));
    assert_eq!(row(&book).bad, Some((day("2024-09-28"), BadReason::PastDue)));

    let mut book = lent();
    book.loan("icbc", "L1", "2024-07-29", scheduled(&[("2025-06-30", 500), ("2025-12-31", 500)]));
    assert_eq!(row(&book).outcome, Outcome::Indeterminate, "28 days past due the day before");
    let mut book = lent();
    book.loan("icbc", "L1", "2024-07-31", scheduled(&[("2025-06-30", 500), ("2025-12-31", 500)]));
    assert_eq!(row(&book).bad, Some((day("2024-07-31"), BadReason::Restructured)));
}

#[test]
fn who_can_not_be_told_of_is_said_to_be_so() {
    let mut book = Book::default();
    book.rated("R1", 1, "2024-03-01", 300_000_000);
    assert_eq!(row(&book).outcome, Outcome::NoLoan);
    let young = |as_of| outcomes(&lent()).rows(&Definition::usual(day(as_of)))[0].outcome;
    assert_eq!(young("2025-02-28"), Outcome::Immature);
    assert_eq!(young("2025-03-01"), Outcome::Bad);

    let mut book = lent();
    book.rated("R2", 1, "2024-10-01", 300_000_000);
    let rows = outcomes(&book).rows(&Definition::usual(day("2026-03-01")));
    assert_eq!(rows[1].outcome, Outcome::BadBefore);
    // Another bank's loan of the same borrower, and another borrower's.
    let mut book = lent();
    book.loan("icbc", "L1", "2024-06-30", repaid(1_000));
    book.complete("abc", "M1", "2024-06-30", "ordinary", 1);
    book.loan("abc", "M1", "2024-06-30", granted(700, None));
    book.loan("abc", "M1", "2024-06-30", json!({ "disbursed": { "amount_fen": 700 } }));
    book.loan("abc", "M1", "2024-06-30", scheduled(&[("2024-07-01", 700)]));
    assert_eq!(row(&book).bad, Some((day("2024-09-29"), BadReason::PastDue)));
}

#[test]
fn what_was_reversed_did_not_happen() {
    let mut book = lent();
    let wrong = book.done(
        "bank:icbc/li",
        "2024-05-01",
        of_loan("icbc", "L1", json!({ "written_off": { "principal_fen": 1_000 } })),
    );
    book.done("bank:icbc/wang", "2024-05-01", json!({ "reversal": { "of": wrong, "reason": "another loan" } }));
    assert_eq!(row(&book).bad, Some((day("2024-09-28"), BadReason::PastDue)));
}

/// Days past due by hand: what was due before the day and is not covered, oldest first.
fn past_due(instalments: &BTreeMap<NaiveDate, i64>, paid: &BTreeMap<NaiveDate, i64>, on: NaiveDate) -> i64 {
    let covered: i64 = paid.range(..=on).map(|(_, fen)| fen).sum();
    let mut due = 0;
    for (day, fen) in instalments.range(..on) {
        due += fen;
        if due > covered {
            return (on - *day).num_days();
        }
    }
    0
}

#[test]
fn random_years_agree_with_a_count_of_days() {
    let seed: u64 = std::env::var("LEDGER_SEED").ok().and_then(|s| s.parse().ok()).unwrap_or(7);
    eprintln!("LEDGER_SEED={seed}");
    let mut random = Random::new(seed);
    let mut seen = BTreeMap::new();
    for _ in 0..300 {
        let mut book = Book::default();
        let start = day("2024-03-01");
        book.lent("icbc", "L1", "2024-03-01", 1, 1_200);
        let (mut instalments, mut at) = (BTreeMap::new(), start);
        for _ in 0..6 {
            at = at + Days::new(20 + random.below(60));
            instalments.insert(at, 200);
        }
        let texts: Vec<(String, i64)> = instalments.iter().map(|(day, fen)| (day.to_string(), *fen)).collect();
        let texts: Vec<(&str, i64)> = texts.iter().map(|(day, fen)| (day.as_str(), *fen)).collect();
        book.loan("icbc", "L1", "2024-03-01", scheduled(&texts));
        let (mut paid, mut left) = (BTreeMap::new(), 1_200);
        let mut on = start;
        while left > 0 && on < day("2025-06-01") {
            on = on + Days::new(1 + random.below(70));
            let fen = random.amount(1, 300).min(left);
            book.loan("icbc", "L1", &on.to_string(), repaid(fen));
            *paid.entry(on).or_insert(0) += fen;
            left -= fen;
        }
        let window = start.iter_days().skip(1).take(365);
        let (mut worst, mut bad) = (0, None);
        for day in window {
            let days = past_due(&instalments, &paid, day);
            worst = worst.max(days);
            if days >= 90 {
                bad = Some((day, BadReason::PastDue));
                break;
            }
        }
        let found = row(&book);
        assert_eq!((found.bad, found.days_past_due_max), (bad, worst));
        *seen.entry(found.outcome.to_string()).or_insert(0) += 1;
    }
    assert!(seen["bad"] > 20 && seen["indeterminate"] > 20, "{seen:?}");
}
