//! Properties: days past due against a plain count, the cap over banks for any order of events, records over time.

mod common;

use chrono::{Days, NaiveDate};
use common::{Book, granted, of_loan, record};
use ledger::chain::{Broken, Head, Line, verify};
use ledger::event::{Category, Instalment};
use ledger::record::{BankStatus, Borrower, Move, Schedule};
use ledger::schedule::days_past_due;
use ledger::{Books, Event, Key, LoanRef, Memory, Record, Refusal, ReplayError, needs, reconcile};
use primitives::Fen;
use proptest::prelude::*;
use serde_json::json;

fn day(number: u64) -> NaiveDate {
    NaiveDate::from_ymd_opt(2024, 1, 1).expect("a day") + Days::new(number)
}

/// One day after the other: what is due in order, what was paid, and since when something is open.
fn counted(instalments: &[Instalment], moves: &[Move], on: NaiveDate) -> i64 {
    let paid = |until: NaiveDate| -> i64 { moves.iter().filter(|m| m.on <= until).map(|m| m.repaid_fen).sum() };
    let mut since = None;
    for of in instalments {
        let due_by_it: i64 = instalments.iter().filter(|i| i.due_on <= of.due_on).map(|i| i.principal_fen.get()).sum();
        if of.due_on < on && paid(on) < due_by_it {
            since = Some(since.map_or(of.due_on, |s: NaiveDate| s.min(of.due_on)));
        }
    }
    since.map_or(0, |s| (on - s).num_days())
}

proptest! {
    #[test]
    fn days_past_due_are_those_of_a_plain_count(
        dues in prop::collection::btree_map(0_u64..400, 1_i64..1_000, 1..12),
        paid in prop::collection::btree_map(0_u64..500, 0_i64..1_000, 0..12),
        on in 0_u64..500,
    ) {
        let instalments: Vec<Instalment> =
            dues.into_iter().map(|(d, fen)| Instalment { due_on: day(d), principal_fen: Fen::new(fen) }).collect();
        let moves: Vec<Move> =
            paid.into_iter().map(|(d, fen)| Move { on: day(d), lent_fen: 7, repaid_fen: fen, off_fen: 3 }).collect();
        let found = days_past_due(&instalments, &moves, day(on));
        prop_assert_eq!(found, counted(&instalments, &moves, day(on)));
        // Another day without a repayment is one more, if any is past due.
        if moves.iter().all(|m| m.on != day(on + 1)) && found > 0 {
            prop_assert_eq!(days_past_due(&instalments, &moves, day(on + 1)), found + 1);
        }
    }

    #[test]
    fn no_borrower_passes_the_cap_at_any_number_of_banks(steps in prop::collection::vec((0_usize..4, 0_i64..4, 1_i64..40, 0_u64..30), 1..40)) {
        let mut book = Book::default();
        let cap = 300_000_000;
        book.rated("R", 1, "2024-05-01", cap);
        let banks = ["icbc", "abc", "boc", "ccb"];
        let mut made = 0;
        for (bank, what, amount, later) in steps {
            let (bank, amount) = (banks[bank], amount * 10_000_000);
            let on = (NaiveDate::from_ymd_opt(2024, 5, 2).expect("a day") + Days::new(later)).to_string();
            match what {
                0 | 1 => {
                    made += 1;
                    let loan = format!("L{made}");
                    book.complete(bank, &loan, "2024-05-02", "commercial_value", 1);
                    let who = format!("bank:{bank}/li");
                    if book.tell(&who, &on, of_loan(bank, &loan, granted(amount, Some("R")))).is_ok() {
                        book.loan(bank, &loan, &on, json!({ "disbursed": { "amount_fen": amount } }));
                    }
                }
                _ => {
                    let who = format!("bank:{bank}/li");
                    let repaid = json!({ "repaid": { "principal_fen": amount } });
                    let _ = book.tell(&who, &on, of_loan(bank, &format!("L{}", 1 + amount / 10_000_000 % made.max(1)), repaid));
                }
            }
            // By the flows of the loans, on every day and not only at the end.
            for at in 0..32 {
                let on = NaiveDate::from_ymd_opt(2024, 5, 1).expect("a day") + Days::new(at);
                let owed: i64 = book.books.records().filter_map(|(_, record)| match record {
                    Record::Balance(b) => Some(b.moves.iter().filter(|m| m.on <= on).map(|m| m.lent_fen - m.repaid_fen).sum::<i64>()),
                    _ => None,
                }).sum();
                prop_assert!(owed <= cap, "{} on {}", owed, on);
            }
        }
    }
}

#[test]
fn a_borrowers_record_is_the_same_in_any_order_of_recording() {
    let sums = |days: [&str; 3]| {
        let mut book = Book::default();
        book.lent("icbc", "L1", "2024-05-06", 1, 100_000_000);
        book.recorded = Some(common::noon("2024-12-31"));
        for day in days {
            book.loan("icbc", "L1", day, json!({ "repaid": { "principal_fen": 1_000 } }));
        }
        match record(&book.books, &Key::Borrower(common::code(1))) {
            Some(Record::Borrower(borrower)) => (borrower, borrower.line.sums[Borrower::IN_USE]),
            other => panic!("{other:?}"),
        }
    };
    let first = sums(["2024-06-01", "2024-07-01", "2024-09-01"]);
    assert_eq!(first, sums(["2024-09-01", "2024-06-01", "2024-07-01"]));
    assert_eq!(first.1, 100_000_000 - 3_000);
}

#[test]
fn a_banks_view_that_differs_is_a_line() {
    let instalment = |due: u64, fen: i64| Instalment { due_on: day(due), principal_fen: Fen::new(fen) };
    let schedule = Schedule { last: 1, versions: vec![(day(0), vec![instalment(31, 50), instalment(60, 50)])] };
    let mut book = Book::default();
    book.lent("icbc", "L1", "2024-01-01", 1, 100);
    let at: LoanRef = serde_json::from_value(json!({ "bank": "icbc", "loan": "L1" })).expect("a loan");
    let Some(Record::Balance(balance)) = record(&book.books, &Key::Balance(at)) else { panic!("a balance") };
    let check = |month: &str, days_past_due: i64, category: Category, expect: Option<(i64, bool)>| {
        let status = BankStatus { last: 2, days_past_due, category };
        let found = reconcile(month.parse().expect("a month"), &status, &schedule, &balance);
        assert_eq!(found.map(|d| (d.ours, d.class_too_good)), expect, "{month} {days_past_due} {category}");
    };
    // Due on 1 February and 1 March, never repaid.
    check("2024-01", 0, Category::Normal, None);
    check("2023-12", 5, Category::Normal, None);
    check("2024-02", 28, Category::SpecialMention, None);
    check("2024-02", 28, Category::Normal, Some((28, true)));
    check("2024-02", 0, Category::Normal, Some((28, true)));
    check("2024-04", 89, Category::SpecialMention, None);
    check("2024-05", 120, Category::SpecialMention, Some((120, true)));
    check("2024-05", 119, Category::Loss, Some((120, false)));
}

#[test]
fn what_judging_reads_first_is_told_before() {
    let mut book = Book::default();
    book.lent("icbc", "L1", "2024-05-06", 1, 100);
    let event =
        book.event("bank:icbc/li", "2024-05-07", of_loan("icbc", "L1", json!({ "repaid": { "principal_fen": 1 } })));
    let keys = needs(&event);
    let entry = ledger::judge(&book.books, &event).expect("a repayment");
    let read_first = ["loan", "balance", "quota", "request"];
    for key in read_first {
        assert!(keys.iter().any(|k| k.to_text().starts_with(&format!("{{\"{key}\""))), "{key}");
    }
    let known = entry.changes.iter().filter(|c| keys.contains(&c.key)).count();
    assert!(known >= 4, "{known}");
}

/// Number, recorded time, digest of the entry and hash of a line.
type Rest = (u64, ledger::event::UnixMicros, [u8; 32], [u8; 32]);

fn lines(books: &Memory) -> (Vec<Vec<u8>>, Vec<Rest>) {
    let bytes = books.entries().iter().map(|p| p.event.to_bytes()).collect();
    let rest = books.entries().iter().map(|p| (p.entry.seq, p.entry.recorded_at, p.link.entry, p.link.hash)).collect();
    (bytes, rest)
}

#[test]
fn every_change_of_a_line_is_found_at_its_place() {
    let mut book = Book::default();
    book.lent("icbc", "L1", "2024-05-06", 1, 100);
    let (bytes, rest) = lines(&book.books);
    let check = |bytes: &[Vec<u8>], rest: &[Rest]| {
        let lines = bytes.iter().zip(rest).map(|(event, (seq, recorded_at, entry, hash))| Line {
            seq: *seq,
            recorded_at: *recorded_at,
            event,
            entry: *entry,
            hash: *hash,
        });
        verify(Head::default(), lines)
    };
    assert_eq!(check(&bytes, &rest), Ok(book.books.head()));
    for place in 0..bytes.len() {
        let seq = place as u64 + 1;
        for at in 0..bytes[place].len() {
            let mut changed = bytes.clone();
            changed[place][at] ^= 1;
            assert_eq!(check(&changed, &rest), Err(Broken::Hash { seq }));
        }
        for at in 0..32 {
            for which in 0..2 {
                let mut changed = rest.clone();
                let hash = if which == 0 { &mut changed[place].2 } else { &mut changed[place].3 };
                hash[at] ^= 0x80;
                assert_eq!(check(&bytes, &changed), Err(Broken::Hash { seq }));
            }
        }
        let mut changed = rest.clone();
        changed[place].1.0 += 1;
        assert_eq!(check(&bytes, &changed), Err(Broken::Hash { seq }));
        if seq < bytes.len() as u64 {
            let (mut fewer, mut fewer_rest) = (bytes.clone(), rest.clone());
            fewer.remove(place);
            fewer_rest.remove(place);
            assert_eq!(check(&fewer, &fewer_rest), Err(Broken::Number { found: seq + 1, expected: seq }));
        }
    }
}

#[test]
fn a_line_holds_on_to_the_one_before() {
    let told = |amount: i64| {
        let mut book = Book::default();
        book.rated("R", 1, "2024-05-06", amount);
        book.rated("R2", 2, "2024-05-06", 7);
        lines(&book.books)
    };
    let ((bytes, rest), (others, other_rest)) = (told(5), told(6));
    let line = |event, (seq, recorded_at, entry, hash): Rest| Line { seq, recorded_at, event, entry, hash };
    assert!(verify(Head::default(), [line(&others[0], other_rest[0]), line(&others[1], other_rest[1])]).is_ok());
    // The second lines tell the same, yet each follows its own first one.
    assert_eq!((&bytes[1], rest[1].2), (&others[1], other_rest[1].2));
    let mixed = [line(&others[0], other_rest[0]), line(&bytes[1], rest[1])];
    assert_eq!(verify(Head::default(), mixed), Err(Broken::Hash { seq: 2 }));
}

/// The hash of a first line by another program, `layout.py`, from the documentation of `chain`.
#[test]
fn the_layout_of_a_line_is_as_documented() {
    let mut book = Book::default();
    book.rated("R", 1, "2024-05-06", 5);
    let (bytes, rest) = lines(&book.books);
    let hex = |bytes: &[u8]| bytes.iter().map(|b| format!("{b:02x}")).collect::<String>();
    assert_eq!(
        primitives::Digest::sha256(&bytes[0]).to_string(),
        "sha256:d74938bc5a4ee784686e506c61dd99f008f7029d4dc360181b7bdfaf5050c3f9"
    );
    assert_eq!(hex(&rest[0].2), "5a3c014170ce2ea5e8d14fcec8ffa0ba4dc23f78754971fbc8505993c9c4d506");
    assert_eq!(hex(&rest[0].3), "44848e7c5fc3ef8c90de71babe5917457a74130c1b7be5df258c8911ea5506b1");
}

#[test]
fn a_replay_tells_where_it_ends() {
    let mut book = Book::default();
    book.lent("icbc", "L1", "2024-05-06", 1, 100);
    let (mut bytes, _) = lines(&book.books);
    assert_eq!(Memory::replay(&bytes).expect("as it was").state_digest(), book.books.state_digest());
    // Without the rating the grant is refused, with half of an event the reading ends.
    let without: Vec<_> = bytes[1..].to_vec();
    match Memory::replay(&without) {
        Err(ReplayError::Refused { seq: 3, source }) => {
            assert!(matches!(*source, Refusal::NotFound { .. }), "{source}")
        }
        other => panic!("{:?}", other.err()),
    }
    bytes[2].truncate(20);
    assert!(matches!(Memory::replay(&bytes), Err(ReplayError::Unreadable { seq: 3, .. })));
    assert!(Event::from_bytes(&bytes[2]).is_err());
}
