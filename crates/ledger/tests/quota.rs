//! The quota under both readings of its cap, without carrying forward, and what rests on it.

mod common;

use common::{Book, granted, of_loan};
use ledger::{Account, Refusal, Rules};
use policy::risk_compensation;
use serde_json::{Value, json};

fn of_claim(claim: &str, did: Value) -> Value {
    json!({ "claim": { "bank": "icbc", "claim": claim, "did": did } })
}

/// The shipped rules with a word of their text changed.
fn rules(from: &str, to: &str) -> Rules {
    let changed = risk_compensation::RULES.replace(from, to);
    assert_ne!(changed, risk_compensation::RULES);
    let risk_compensation = risk_compensation::Book::from_toml(&changed).expect("a rule file");
    Rules { risk_compensation, ..Rules::shipped().expect("rules").clone() }
}

/// 2,000,000 yuan lent, 1,500,000 repaid: 40,000 accrued, 20,000 under the cap.
fn lent(rules: Option<Rules>) -> Book {
    let mut book = Book { rules, ..Book::default() };
    book.lent("icbc", "L1", "2024-01-08", 1, 200_000_000);
    book.loan("icbc", "L1", "2024-03-01", json!({ "repaid": { "principal_fen": 150_000_000 } }));
    let paid_in =
        json!({ "fund": { "fund": "compensation", "maker": "m", "did": { "paid_in": { "amount_fen": 10_000_000 } } } });
    book.done("bureau/b", "2024-01-08", paid_in);
    book
}

fn paid(book: &mut Book, claim: &str, day: &str, loss_fen: i64) -> Result<i64, Refusal> {
    let claimed = json!({ "claimed": { "loan": "L1", "loss_fen": loss_fen, "recovery_from": "2024-03-01", "fee_rate_ppm": null } });
    book.tell("bank:icbc/li", day, of_claim(claim, claimed))?;
    book.tell("platform/p", day, of_claim(claim, json!({ "first_reviewed": { "result": "passed" } })))?;
    book.tell("bureau/b", day, of_claim(claim, json!({ "second_reviewed": { "result": "passed" } })))?;
    let posted = book.tell("bureau/b", day, of_claim(claim, json!("paid_out")))?;
    let quota = posted.entry.postings.iter().find(|p| matches!(p.account, Account::QuotaUsed(_)));
    Ok(quota.map_or(0, |p| p.amount_fen))
}

#[test]
fn both_readings_of_the_cap() {
    // The first loss of 12,500 yuan pays 80 %, the second one of 25,000 what the reading leaves.
    for (rules, second) in [(None, 2_000_000), (Some(rules("\"unused\"", "\"accrued\"")), 1_000_000)] {
        let mut book = lent(rules);
        assert_eq!(paid(&mut book, "C1", "2024-07-01", 1_250_000), Ok(1_000_000));
        assert_eq!(paid(&mut book, "C2", "2024-07-02", 2_500_000), Ok(second));
    }
}

#[test]
fn quota_that_is_not_carried_forward_ends_with_its_year() {
    let rules = rules("carry_forward = { value = true", "carry_forward = { value = false");
    let mut book = lent(Some(rules));
    assert_eq!(paid(&mut book, "C1", "2024-12-31", 1_250_000), Ok(1_000_000));
    let Err(Refusal::Rules(findings)) = paid(&mut book, "C2", "2025-01-01", 1_250_000) else { panic!("refused") };
    assert_eq!(findings.iter().map(|f| f.rule.to_string()).collect::<Vec<_>>(), ["rc.quota"]);
    // What is lent in the new year brings quota for it.
    book.complete("icbc", "L2", "2025-01-02", "commercial_value", 2);
    book.rated("R2", 2, "2025-01-02", 300_000_000);
    book.loan("icbc", "L2", "2025-01-02", granted(10_000_000, Some("R2")));
    book.loan("icbc", "L2", "2025-01-02", json!({ "disbursed": { "amount_fen": 10_000_000 } }));
    assert_eq!(paid(&mut book, "C2", "2025-01-03", 1_250_000), Ok(200_000));
}

#[test]
fn a_disbursement_that_a_payout_rests_on_is_not_reversed() {
    let mut book = lent(None);
    book.rated("R2", 2, "2024-04-01", 300_000_000);
    book.complete("icbc", "L2", "2024-04-01", "commercial_value", 2);
    book.loan("icbc", "L2", "2024-04-01", granted(100_000_000, Some("R2")));
    let disbursed = book.loan("icbc", "L2", "2024-04-01", json!({ "disbursed": { "amount_fen": 100_000_000 } }));
    // 60,000 accrued, 60,000 under the cap: 48,000 are paid, of which 20,000 would be left without the second loan.
    assert_eq!(paid(&mut book, "C1", "2024-07-01", 6_000_000), Ok(4_800_000));
    let reversal = json!({ "reversal": { "of": disbursed, "reason": "not paid out" } });
    let refusal = book.refused("bank:icbc/li", "2024-04-01", reversal);
    let Refusal::Quota { on, paid_fen, available_fen, .. } = &refusal else { panic!("{refusal}") };
    assert_eq!((on.to_string().as_str(), *paid_fen, *available_fen), ("2024-07-01", 4_800_000, 2_000_000));
}

#[test]
fn a_bridge_rests_on_the_repayment_of_the_old_loan() {
    let mut book = Book::default();
    let of_bridge = |did: Value| json!({ "bridge": { "bank": "icbc", "bridge": "T1", "did": did } });
    book.lent("icbc", "L1", "2024-01-08", 1, 100_000_000);
    let paid_in =
        json!({ "fund": { "fund": "bridge", "maker": "m", "did": { "paid_in": { "amount_fen": 100_000_000 } } } });
    book.done("bureau/b", "2024-01-08", paid_in);
    let applied = json!({ "applied": {
        "enterprise": common::code(1), "district": "500103", "kind": "sme", "amount_fen": 100_000_000, "old_loan": "L1",
        "old_loan_fen": 100_000_000, "working_days": 10,
    } });
    book.done("bank:icbc/li", "2024-12-02", of_bridge(applied));
    book.done("bank:icbc/li", "2024-12-02", of_bridge(json!("committed")));
    book.done("bureau/b", "2024-12-03", of_bridge(json!("released")));
    let refusal = book.refused("bank:icbc/li", "2024-12-03", of_bridge(json!("old_loan_repaid")));
    assert!(matches!(&refusal, Refusal::Differs { .. }), "{refusal}");
    let repaid = book.loan("icbc", "L1", "2024-12-03", json!({ "repaid": { "principal_fen": 100_000_000 } }));
    let told = book.done("bank:icbc/li", "2024-12-03", of_bridge(json!("old_loan_repaid")));
    let reversal = json!({ "reversal": { "of": repaid, "reason": "wrong" } });
    assert_eq!(book.refused("bank:icbc/li", "2024-12-03", reversal), Refusal::RestsOn { seq: repaid, by: told });
    book.complete("icbc", "L2", "2024-12-04", "ordinary", 1);
    let new_loan = of_bridge(json!({ "new_loan_granted": { "new_loan": "L2" } }));
    assert!(book.refused("bank:icbc/li", "2024-12-04", new_loan.clone()).is_not_found());
    let granted = book.loan("icbc", "L2", "2024-12-04", granted(100_000_000, None));
    let told = book.done("bank:icbc/li", "2024-12-04", new_loan);
    let reversal = json!({ "reversal": { "of": granted, "reason": "wrong" } });
    assert_eq!(book.refused("bank:icbc/li", "2024-12-04", reversal), Refusal::RestsOn { seq: granted, by: told });
    let of_other = of_loan("icbc", "L2", json!({ "disbursed": { "amount_fen": 1 } }));
    assert!(book.refused("bank:abc/li", "2024-12-04", of_other).is_not_found());
}
