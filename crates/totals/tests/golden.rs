//! A small ledger whose figures were worked out by hand, on paper: two banks, three enterprises, a renewal, a bridge loan, a
//! write-off with a recovery, a subsidy that is asked back in part, a compensation.
//!
//! All amounts of the comments are in yuan; the test has fen. The year is 2024 but for the guarantee, which is of 2022.
//!
//! | loan | bank | firm | district | asked | granted | rate | recommended | paid out |
//! |---|---|---|---|---|---|---|---|---|
//! | L1 | icbc | E1 | 500103 | 2,000,000 | 2,000,000 on 01-11 | 4.5 % | 3,000,000 | 2,000,000 on 01-11 |
//! | L2, renews L1 | icbc | E1 | 500103 | 2,500,000 | 2,000,000 on 12-20 | 4.0 % | 3,000,000 | 2,000,000 on 12-20 |
//! | L3 | abc | E2 | 500112 | 1,000,000 | 1,000,000 on 02-05 | 5.0 % | 1,200,000 | 600,000 on 02-05, 400,000 on 03-11 |
//! | L4, guaranteed, 2022 | abc | E3 | 500103 | 1,000,000 | 1,000,000 on 01-06 | 3.8 % | none | 1,000,000 on 01-06 |
//! | L5 | icbc | E2 | 500112 | 1,200,000 | declined on 06-05 | | | |
//! | L6 | icbc | E2 | 500112 | 100,000 | 100,000 on 11-04 | 6.0 % | none | 100,000 on 11-04 |

#[path = "../../ledger/tests/common/mod.rs"]
mod common;

use common::{Book, code};
use serde_json::{Value as Json, json};
use totals::{Books, Dimension, Figure, Query, Table, Value};

const ICBC: &str = "bank:icbc/li";
const ABC: &str = "bank:abc/wu";

fn rated(book: &mut Book, rating: &str, enterprise: u32, day: &str, grade: &str, recommended_fen: i64) {
    let mut issued = common::issued(rating, enterprise, day, recommended_fen);
    issued["rating"]["did"]["issued"]["grade"] = json!(grade);
    book.done("platform/p", day, issued);
}

/// An application with complete documents on a day.
fn asked(book: &mut Book, (bank, loan): (&str, &str), day: &str, (firm, district): (u32, &str), of: (&str, i64)) {
    let mut applied = common::applied_in(district, of.0, firm);
    applied["applied"]["requested_fen"] = json!(of.1);
    book.loan(bank, loan, day, applied);
}

fn granted(amount_fen: i64, rate_ppm: i64, rating: Option<&str>, renews: Json) -> Json {
    json!({ "granted": {
        "amount_fen": amount_fen, "annual_rate_ppm": rate_ppm, "term_months": 12, "rating": rating, "renews": renews,
        "district": null,
    } })
}

fn disbursed(amount_fen: i64) -> Json {
    json!({ "disbursed": { "amount_fen": amount_fen } })
}

fn guaranteed_in_2022(book: &mut Book) {
    asked(book, ("abc", "L4"), "2022-01-04", (3, "500103"), ("guaranteed", 100_000_000));
    book.loan("abc", "L4", "2022-01-04", json!("completed"));
    let guarantee = |did: Json| json!({ "guarantee": { "guarantor": "g1", "guarantee": "G1", "did": did } });
    let subsidy = |did: Json| json!({ "subsidy": { "guarantor": "g1", "subsidy": "S1", "did": did } });
    let issued = json!({ "issued": {
        "bank": "abc", "loan": "L4", "enterprise": code(3), "amount_fen": 100_000_000, "fee_rate_ppm": 10_000,
        "from": "2022-01-01", "to": "2022-12-31", "batch": false,
    } });
    book.done("guarantor:g1/g", "2022-01-04", guarantee(issued));
    book.loan("abc", "L4", "2022-01-06", granted(100_000_000, 38_000, None, Json::Null));
    book.loan("abc", "L4", "2022-01-06", disbursed(100_000_000));
    let claimed = json!({ "claimed": {
        "guarantee": "G1", "from": "2022-01-01", "to": "2022-12-31", "amount_fen": 1_300_000,
    } });
    book.done("guarantor:g1/g", "2022-05-20", subsidy(claimed));
    book.done("bureau/b", "2022-06-01", subsidy(json!("approved")));
    book.done("bureau/c", "2022-06-02", subsidy(json!("paid")));
    book.loan("abc", "L4", "2022-07-01", json!({ "repaid": { "principal_fen": 100_000_000 } }));
    book.done("guarantor:g1/g", "2022-07-02", guarantee(json!("released")));
    // Of 365 days, 182 of which the guarantee stood, 183 are left: 13,000 × 182 ÷ 365 = 6,482.19.
    let back = json!({ "clawed_back": { "amount_fen": 648_219, "maker": "m", "reason": "early_end" } });
    book.done("bureau/c", "2022-07-05", subsidy(back));
}

fn renewed(book: &mut Book) {
    rated(book, "R1", 1, "2024-01-08", "A", 300_000_000);
    asked(book, ("icbc", "L1"), "2024-01-08", (1, "500103"), ("commercial_value", 200_000_000));
    book.loan("icbc", "L1", "2024-01-08", json!("completed"));
    book.loan("icbc", "L1", "2024-01-11", granted(200_000_000, 45_000, Some("R1"), Json::Null));
    book.loan("icbc", "L1", "2024-01-11", disbursed(200_000_000));
    let instalments = json!([
        { "due_on": "2024-03-29", "principal_fen": 50_000_000 },
        { "due_on": "2024-12-20", "principal_fen": 150_000_000 },
    ]);
    book.loan("icbc", "L1", "2024-01-11", json!({ "scheduled": { "instalments": instalments } }));
    book.loan("icbc", "L1", "2024-03-29", json!({ "repaid": { "principal_fen": 50_000_000 } }));
}

fn lost(book: &mut Book) {
    rated(book, "R2", 2, "2024-02-05", "BBB", 120_000_000);
    asked(book, ("abc", "L3"), "2024-02-05", (2, "500112"), ("commercial_value", 100_000_000));
    book.loan("abc", "L3", "2024-02-05", json!("completed"));
    book.loan("abc", "L3", "2024-02-05", granted(100_000_000, 50_000, Some("R2"), Json::Null));
    book.loan("abc", "L3", "2024-02-05", disbursed(60_000_000));
    book.loan("abc", "L3", "2024-03-11", disbursed(40_000_000));
    let instalments = json!([{ "due_on": "2024-04-30", "principal_fen": 100_000_000 }]);
    book.loan("abc", "L3", "2024-03-11", json!({ "scheduled": { "instalments": instalments } }));
    let claim = |did: Json| json!({ "claim": { "bank": "abc", "claim": "C1", "did": did } });
    asked(book, ("icbc", "L5"), "2024-06-03", (2, "500112"), ("ordinary", 120_000_000));
    book.loan("icbc", "L5", "2024-06-05", json!({ "declined": { "reason": "rating_too_low" } }));
    let paid_in =
        json!({ "fund": { "fund": "compensation", "maker": "m", "did": { "paid_in": { "amount_fen": 10_000_000 } } } });
    book.done("bureau/b", "2024-08-01", paid_in);
    let claimed = json!({ "claimed": {
        "loan": "L3", "loss_fen": 1_500_000, "recovery_from": "2024-05-05", "fee_rate_ppm": null,
    } });
    book.done(ABC, "2024-08-05", claim(claimed));
    book.done("district:500112/d", "2024-08-06", claim(json!({ "first_reviewed": { "result": "passed" } })));
    book.done("bureau/b", "2024-08-07", claim(json!({ "second_reviewed": { "result": "passed" } })));
    // 80 % of the loss: 12,000; the quota has 2 % of 1,000,000 = 20,000.
    book.done("bureau/c", "2024-08-12", claim(json!("paid_out")));
    book.done(ABC, "2024-09-02", claim(json!({ "recovered": { "amount_fen": 200_000 } })));
    book.done("bureau/c", "2024-09-03", claim(json!({ "clawed_back": { "amount_fen": 100_000, "maker": "m" } })));
    book.loan("abc", "L3", "2024-10-31", json!({ "written_off": { "principal_fen": 70_000_000 } }));
    asked(book, ("icbc", "L6"), "2024-11-01", (2, "500112"), ("ordinary", 10_000_000));
    book.loan("icbc", "L6", "2024-11-01", json!("completed"));
    book.loan("icbc", "L6", "2024-11-04", granted(10_000_000, 60_000, None, Json::Null));
    book.loan("icbc", "L6", "2024-11-04", disbursed(10_000_000));
    book.loan("abc", "L3", "2024-11-15", json!({ "recovered": { "principal_fen": 10_000_000 } }));
}

fn bridged(book: &mut Book) {
    let bridge = |did: Json| json!({ "bridge": { "bank": "icbc", "bridge": "T1", "did": did } });
    let paid_in =
        json!({ "fund": { "fund": "bridge", "maker": "m", "did": { "paid_in": { "amount_fen": 200_000_000 } } } });
    book.done("bureau/b", "2024-12-02", paid_in);
    let applied = json!({ "applied": {
        "enterprise": code(1), "district": "500103", "kind": "sme", "amount_fen": 150_000_000, "old_loan": "L1",
        "old_loan_fen": 150_000_000, "working_days": 5,
    } });
    book.done(ICBC, "2024-12-16", bridge(applied));
    book.done(ICBC, "2024-12-16", bridge(json!("committed")));
    book.done("bureau/b", "2024-12-18", bridge(json!("released")));
    asked(book, ("icbc", "L2"), "2024-12-16", (1, "500103"), ("commercial_value", 250_000_000));
    book.loan("icbc", "L2", "2024-12-16", json!("completed"));
    let renews = json!({ "loan": "L1", "part_fen": 150_000_000 });
    book.loan("icbc", "L2", "2024-12-20", granted(200_000_000, 40_000, Some("R1"), renews));
    book.loan("icbc", "L2", "2024-12-20", disbursed(200_000_000));
    book.loan("icbc", "L1", "2024-12-20", json!({ "renewed": { "new_loan": "L2", "part_fen": 150_000_000 } }));
    book.done(ICBC, "2024-12-20", bridge(json!("old_loan_repaid")));
    book.done(ICBC, "2024-12-20", bridge(json!({ "new_loan_granted": { "new_loan": "L2" } })));
    book.done("bureau/b", "2024-12-23", bridge(json!({ "returned": { "amount_fen": 150_000_000 } })));
    // 0.01 % for each of three working days, the 19th, 20th and 23rd.
    book.done("bureau/b", "2024-12-23", bridge(json!({ "fee_charged": { "amount_fen": 45_000 } })));
}

fn books() -> Books {
    let mut book = Book::default();
    guaranteed_in_2022(&mut book);
    renewed(&mut book);
    lost(&mut book);
    bridged(&mut book);
    let mut books = Books::default();
    for p in book.books.entries() {
        books.push(p.entry.seq, p.entry.recorded_at, &p.event, &p.entry.postings).expect("a line of the ledger");
    }
    books.settle_above(1);
    books
}

fn query(from: &str, to: &str, by: &[Dimension]) -> Query {
    Query { by: by.to_vec(), ..Query::new(from.parse().expect("a day"), to.parse().expect("a day")) }
}

fn year(by: &[Dimension]) -> Table {
    books().table(&query("2024-01-01", "2024-12-31", by)).expect("an answer")
}

#[track_caller]
fn check(table: &Table, codes: &[&str], expect: &[(Figure, i128)]) {
    for (figure, fen) in expect {
        let found = if codes.is_empty() { table.of_all(*figure) } else { table.value(codes, *figure) };
        assert_eq!(found, Some(Value::Whole(*fen)), "{figure} of {codes:?}");
    }
}

/// A ratio as it was worked out: whether it is the same fraction.
#[track_caller]
fn check_ratio(table: &Table, figure: Figure, (numerator, denominator): (i128, i128)) {
    let Some(Value::Ratio { numerator: n, denominator: d }) = table.of_all(figure) else { panic!("{figure} is none") };
    assert_eq!(n * denominator, numerator * d, "{figure} is {n}/{d}");
}

#[test]
fn money_of_the_year() {
    use Figure::*;
    let table = year(&[]);
    check(
        &table,
        &[],
        &[
            // L1, L2, L3, L5, L6: 2,000,000 + 2,500,000 + 1,000,000 + 1,200,000 + 100,000.
            (AppliedCount, 5),
            (Applied, 680_000_000),
            (DeclinedCount, 1),
            (Declined, 120_000_000),
            (DeclinedRatingTooLow, 1),
            // L1, L2, L3, L6: 2,000,000 + 2,000,000 + 1,000,000 + 100,000.
            (GrantedCount, 4),
            (Granted, 510_000_000),
            (Disbursed, 510_000_000),
            (Payouts, 5),
            (FirmTimes, 4),
            // E1 and E2; E3 had its loan in 2022.
            (EnterprisesServed, 2),
            (FirstSeen, 2),
            // L2 repays what is left of L1: 2,000,000 - 500,000.
            (Refinanced, 150_000_000),
            (Renewed, 150_000_000),
            (Repaid, 50_000_000),
            (WrittenOff, 70_000_000),
            (Recovered, 10_000_000),
            // As a flow: 5,100,000 - 1,500,000. The bridge loan is not in it.
            (NetNewFinancing, 360_000_000),
            // As the change in balance: 5,100,000 - 500,000 - 1,500,000 - 700,000.
            (BalanceChange, 240_000_000),
            // L2 2,000,000, L3 1,000,000 - 700,000, L6 100,000; nothing stood at the end of 2023.
            (Balance, 240_000_000),
            (BorrowersWithBalance, 2),
        ],
    );
    // 2,000,000 × 4.5 % + 1,000,000 × 5 % + 2,000,000 × 4 % + 100,000 × 6 % = 226,000 of 5,100,000.
    check_ratio(&table, MeanRate, (226_000, 5_100_000));
    // Decisions after 3 (9th to 11th of January), 4 (17th to 20th of December), 0 and 1 working days; L5 was declined without
    // complete documents. Their middle lies between 1 and 3.
    check(&table, &[], &[(ApprovalCount, 4), (ApprovalUnknown, 0)]);
    check_ratio(&table, ApprovalMean, (8, 4));
    check_ratio(&table, ApprovalMedian, (2, 1));
    // |2 - 3| + |2 - 3| + |1 - 1.2| million of 3 + 3 + 1.2; L6 rests on no rating.
    check_ratio(&table, DeviationAbsolute, (220, 720));
    check_ratio(&table, DeviationSigned, (-220, 720));
}

#[test]
fn what_went_bad() {
    use Figure::*;
    let table = year(&[]);
    // L3 was due on 04-30: 245 days at the end of the year, with 1,000,000 - 700,000 still on the books.
    check(
        &table,
        &[],
        &[
            (Overdue, 30_000_000),
            (Overdue1To30, 0),
            (Overdue91To180, 0),
            (OverdueOver180, 30_000_000),
            (NonPerforming, 30_000_000),
            (WrittenOffStanding, 60_000_000),
            (NonPerformingWithWriteOffs, 90_000_000),
            // Less compensation that stands: 12,000 - 2,000 - 1,000.
            (NonPerformingAfterCompensation, 89_100_000),
        ],
    );
    check_ratio(&table, OverdueRatio, (300, 2_400));
    check_ratio(&table, NonPerformingRatio, (300, 2_400));
    check_ratio(&table, NonPerformingWithWriteOffsRatio, (900, 2_400 + 600));
    check_ratio(&table, NonPerformingAfterCompensationRatio, (891, 3_000));
    // At the end of July all of L3 was 92 days past due, nothing was written off.
    let july = books().table(&query("2024-07-01", "2024-07-31", &[])).expect("an answer");
    check(&july, &[], &[(Overdue91To180, 100_000_000), (NonPerforming, 100_000_000), (Balance, 250_000_000)]);
    // The day after it was due.
    let may = books().table(&query("2024-05-01", "2024-05-01", &[])).expect("an answer");
    check(&may, &[], &[(Overdue1To30, 100_000_000), (NonPerforming, 0)]);
}

#[test]
fn money_of_the_state() {
    use Figure::*;
    let table = year(&[]);
    check(
        &table,
        &[],
        &[
            (ClaimCount, 1),
            (Claimed, 1_500_000),
            (CompensatedCount, 1),
            (Compensated, 1_200_000),
            (CompensationRecovered, 200_000),
            (CompensationClawedBack, 100_000),
            // 2 % of what was paid out under the scheme: L1, L2 and L3, 5,000,000.
            (QuotaAccrued, 10_000_000),
            (QuotaUsed, 1_200_000 - 100_000),
            (QuotaRecovered, 200_000),
            (SubsidiesPaid, 0),
            (BridgeDeals, 1),
            (BridgeReleased, 150_000_000),
            (BridgeReturned, 150_000_000),
            (BridgeOutstanding, 0),
            (BridgeFees, 45_000),
        ],
    );
    let spring = books().table(&query("2022-01-01", "2022-06-30", &[])).expect("an answer");
    let paid = [(SubsidiesApproved, 1_300_000), (SubsidiesPaid, 1_300_000), (SubsidiesClawedBack, 0)];
    check(&spring, &[], &paid);
    check(&spring, &[], &[(GuaranteesStanding, 100_000_000), (Balance, 100_000_000), (FirstSeen, 1)]);
    let all = books().table(&query("2022-01-01", "2024-12-31", &[])).expect("an answer");
    check(&all, &[], &[(SubsidiesPaid, 1_300_000), (SubsidiesClawedBack, 648_219), (GuaranteesStanding, 0)]);
    check(&all, &[], &[(Disbursed, 610_000_000), (NetNewFinancing, 460_000_000), (BalanceChange, 240_000_000)]);
}

#[test]
fn by_bank_and_by_month() {
    use Figure::*;
    let table = year(&[Dimension::Bank]);
    // icbc: L1 and L2 of E1, L6 of E2. abc: L3 of E2, who stands in both rows.
    let icbc =
        [(Disbursed, 410_000_000), (NetNewFinancing, 260_000_000), (Balance, 210_000_000), (QuotaAccrued, 8_000_000)];
    check(&table, &["icbc"], &icbc);
    check(&table, &["icbc"], &[(EnterprisesServed, 2), (BorrowersWithBalance, 2), (BalanceChange, 210_000_000)]);
    let abc =
        [(Disbursed, 100_000_000), (NetNewFinancing, 100_000_000), (Balance, 30_000_000), (Compensated, 1_200_000)];
    check(&table, &["abc"], &abc);
    check(&table, &["abc"], &[(EnterprisesServed, 1), (BorrowersWithBalance, 1), (BalanceChange, 30_000_000)]);
    let at = |figure| table.figures.iter().position(|f| *f == figure).expect("a figure");
    assert_eq!([table.overlap[at(EnterprisesServed)], table.overlap[at(BorrowersWithBalance)]], [Some(1), Some(1)]);

    let table = year(&[Dimension::Month]);
    for (month, lent, balance) in [
        ("2024-01", 200_000_000, 200_000_000),
        ("2024-02", 60_000_000, 260_000_000),
        // 400,000 come, 500,000 go.
        ("2024-03", 40_000_000, 250_000_000),
        ("2024-10", 0, 180_000_000),
        ("2024-11", 10_000_000, 190_000_000),
        ("2024-12", 200_000_000, 240_000_000),
    ] {
        check(&table, &[month], &[(Disbursed, lent), (Balance, balance)]);
    }
    check(&table, &["2024-12"], &[(NetNewFinancing, 50_000_000), (BalanceChange, 50_000_000), (EnterprisesServed, 1)]);
}
