use super::*;
use crate::calendar;
use crate::tests::{day, refusals, refused, yuan};
use proptest::prelude::*;

fn rule() -> &'static Rule {
    book().and_then(|b| b.rule_on(day("2024-05-06"))).expect("a rule")
}

/// Parts in fen, by Python's integers: largest remainder, the cut of the caps to the last column's party.
#[test]
fn waterfalls() {
    for (scheme, loss, size, before, available, expect) in [
        (Scheme::Guaranteed, 10_000_001, Size::Small, 0, None, &[1_500_000, 1_500_000, 2_000_000, 5_000_001][..]),
        (
            Scheme::Guaranteed,
            100_000_003,
            Size::Small,
            270_000_000,
            None,
            &[15_000_000, 15_000_000, 20_000_001, 50_000_002],
        ),
        (
            Scheme::Guaranteed,
            40_000_000,
            Size::Small,
            289_999_999,
            None,
            &[5_000_001, 5_000_000, 8_000_000, 21_999_999],
        ),
        (Scheme::Guaranteed, 40_000_000, Size::Small, 300_000_000, None, &[0, 0, 8_000_000, 32_000_000]),
        (Scheme::Guaranteed, 40_000_000, Size::Small, 400_000_000, None, &[0, 0, 8_000_000, 32_000_000]),
        (Scheme::Guaranteed, 40_000_000, Size::Medium, 0, None, &[0, 0, 8_000_000, 32_000_000]),
        (
            Scheme::Guaranteed,
            40_000_000,
            Size::Small,
            0,
            Some(10_000_001),
            &[5_000_001, 5_000_000, 8_000_000, 21_999_999],
        ),
        (Scheme::CommercialValue, 10_000_001, Size::Small, 0, None, &[8_000_001, 2_000_000]),
        (Scheme::CommercialValue, 40_000_000, Size::Small, 0, Some(10_000_001), &[10_000_001, 29_999_999]),
        (Scheme::CommercialValue, 40_000_000, Size::Small, 0, Some(0), &[0, 40_000_000]),
    ] {
        let found = compensate(rule(), scheme, Fen::new(loss), Some(size), Fen::new(before), available.map(Fen::new));
        let found = found.expect("a payout");
        assert_eq!(found.parts.iter().map(|p| p.1.get()).collect::<Vec<_>>(), expect, "{scheme} {loss} {before}");
    }
    let unknown = compensate(rule(), Scheme::Guaranteed, Fen::new(100), None, Fen::ZERO, None).expect("a payout");
    assert_eq!((unknown.government, unknown.excess), (Fen::ZERO, Fen::new(30)));
    let error =
        compensate(rule(), Scheme::Guaranteed, Fen::new(-1), None, Fen::ZERO, None).expect_err("a negative loss");
    assert_eq!(error.to_string(), "amount to be split is -1, allowed is 0 to 9223372036854775807");
}

#[test]
fn caps_are_thirty_in_a_hundred_of_the_loan_caps() {
    let waterfall = rule().terms().waterfall(Scheme::Guaranteed);
    for size in [Size::Small, Size::Micro] {
        let loan = waterfall.loan_cap(size).expect("a cap").value;
        let enterprise = waterfall.enterprise_cap(size).expect("a cap").value;
        assert_eq!(waterfall.government_part(loan), Ok(enterprise));
    }
    assert_eq!(waterfall.loan_cap(Size::Medium), None);
}

#[test]
fn quotas() {
    let quota = |accrued, paid, recovered, balance| Quota {
        accrued: Fen::new(accrued),
        paid: Fen::new(paid),
        recovered: Fen::new(recovered),
        balance: Fen::new(balance),
    };
    for (quota, unused, accrued) in [
        (quota(1_000, 0, 0, 50_000), 1_000, 1_000),
        (quota(1_000, 400, 0, 10_000), 400, 0),
        (quota(1_000, 300, 0, 10_000), 400, 100),
        (quota(1_000, 400, 400, 10_000), 400, 0),
        (quota(1_000, 1_200, 0, 50_000), 0, 0),
        (quota(1_000, 0, 0, 0), 0, 0),
        (quota(1_000, 0, 0, 24), 0, 0),
        (quota(1_000, 0, 0, 25), 1, 1),
    ] {
        assert_eq!(available(rule(), CapReading::Unused, quota), Ok(Fen::new(unused)), "{quota:?}");
        assert_eq!(available(rule(), CapReading::Accrued, quota), Ok(Fen::new(accrued)), "{quota:?}");
    }
    assert!(available(rule(), CapReading::Unused, quota(-1, 0, 0, 0)).is_err_and(|e| e.is_invalid_input()));
    assert_eq!(
        accrual(rule(), Fen::new(-1)).expect_err("negative").to_string(),
        "disbursement is -1, allowed is 0 to 9223372036854775807"
    );
    let refills = RULES.replace("recovery_refills = { value = false", "recovery_refills = { value = true");
    let refills = Book::from_toml(&refills).expect("a book");
    let refills = refills.rule_on(day("2024-05-06")).expect("a rule");
    assert_eq!(available(refills, CapReading::Accrued, quota(1_000, 400, 300, 10_000)), Ok(Fen::new(300)));
    assert_eq!(available(refills, CapReading::Accrued, quota(1_000, 400, 900, 10_000)), Ok(Fen::new(400)));
}

/// Last days by chinese_calendar 1.11.0.
#[test]
fn time_limits_by_version() {
    let calendar = calendar::shipped().expect("the shipped notices");
    for (on, expect) in [
        ("2022-01-20", ["2022-02-08", "2022-02-22", "2022-03-08"]),
        ("2024-09-20", ["2024-10-16", "2024-11-06", "2024-11-27"]),
    ] {
        let rule = book().and_then(|b| b.rule_on(day(on))).expect("a rule");
        let [first_review, second_review, transfer] = expect.map(day);
        assert_eq!(deadlines(rule, calendar, day(on)), Ok(Deadlines { first_review, second_review, transfer }));
    }
    assert!(deadlines(rule(), calendar, day("2026-12-01")).is_err_and(|e| e.is_not_found()));
}

fn claim(scheme: Scheme) -> Claim {
    Claim {
        on: day("2024-06-29"),
        scheme,
        loss: yuan(100_000),
        loan: yuan(400_000),
        size: Some(Size::Micro),
        recovery_from: day("2024-01-01"),
        loan_rate: Ppm::new(45_000),
        fee_rate: Some(Ppm::new(10_000)),
        available: Some(yuan(1)),
        compensated: yuan(49_999),
        disbursed: yuan(1_000_000),
    }
}

#[test]
fn claims() {
    let guaranteed = || claim(Scheme::Guaranteed);
    for (claim, expect) in [
        (guaranteed(), ""),
        (claim(Scheme::CommercialValue), ""),
        (Claim { loss: Fen::new(0), ..guaranteed() }, "rc.amount"),
        (Claim { loss: yuan(400_001), ..guaranteed() }, "rc.amount"),
        (Claim { size: Some(Size::Medium), ..guaranteed() }, "rc.kind"),
        (Claim { size: None, ..guaranteed() }, "rc.kind"),
        (Claim { size: Some(Size::Medium), fee_rate: None, ..claim(Scheme::CommercialValue) }, ""),
        (Claim { loan: yuan(500_000), ..guaranteed() }, ""),
        (Claim { loan: Fen::new(50_000_001), ..guaranteed() }, "rc.loan_cap"),
        (Claim { loan: yuan(10_000_000), size: Some(Size::Small), ..guaranteed() }, ""),
        (Claim { recovery_from: day("2024-01-02"), ..guaranteed() }, "rc.recovery"),
        (Claim { recovery_from: day("2024-03-31"), ..claim(Scheme::CommercialValue) }, ""),
        (Claim { recovery_from: day("2024-04-01"), ..claim(Scheme::CommercialValue) }, "rc.recovery"),
        (Claim { loan_rate: Ppm::new(56_551), ..guaranteed() }, "rc.loan_rate"),
        (Claim { fee_rate: Some(Ppm::new(20_001)), ..guaranteed() }, "rc.fee_rate"),
        (Claim { fee_rate: None, ..guaranteed() }, "rc.fee_rate"),
        (Claim { available: Some(Fen::ZERO), ..guaranteed() }, "rc.quota"),
        (Claim { available: None, ..guaranteed() }, ""),
        (Claim { compensated: yuan(50_000), ..guaranteed() }, "rc.breaker"),
        (Claim { compensated: yuan(1), disbursed: Fen::ZERO, ..guaranteed() }, "rc.breaker"),
        (Claim { compensated: Fen::ZERO, disbursed: Fen::ZERO, ..guaranteed() }, ""),
    ] {
        assert_eq!(refused(&eligibility(rule(), &claim)).join(" "), expect, "{claim:?}");
    }
}

#[test]
fn each_finding_names_its_own_document() {
    let verdict =
        eligibility(rule(), &Claim { compensated: yuan(50_000), loss: Fen::new(0), ..claim(Scheme::Guaranteed) });
    let documents: Vec<String> = verdict.refusals().map(|f| format!("{} {}", f.rule, f.document)).collect();
    let expect = [
        "rc.amount 小微企业担保贷款风险补偿（标题、文号和日期未查到）",
        "rc.breaker 商业价值信用贷款风险补偿管理办法（修订）",
    ];
    assert_eq!(documents, expect);
}

#[test]
fn files_that_are_refused() {
    refusals::<Terms>(
        RULES,
        &[
            (
                "share_ppm = 800_000",
                "share_ppm = 700_000",
                "rule of 2019-01-01: shares of commercial_value are 900000 ppm together, expected is 1000000",
            ),
            (r#"party = "district""#, r#"party = "city""#, "city has two shares of guaranteed"),
            (
                r#"{ value = "guarantor""#,
                r#"{ value = "city""#,
                "excess of guaranteed goes to city, expected is a party with a share",
            ),
            (
                r#"{ value = "bank""#,
                r#"{ value = "guarantor""#,
                "excess of commercial_value goes to guarantor, expected",
            ),
            (r#"size = "micro""#, r#"size = "small""#, "small has two caps of guaranteed"),
            (
                r#"scheme = "guaranteed""#,
                r#"scheme = "commercial_value""#,
                "commercial_value has 2 waterfalls, expected is 1",
            ),
            ("rate_ppm = 20_000", "rate_ppm = 0", "accrual_rate is 0, allowed is 1 to 1000000"),
            ("days = 180", "working_days = 180", "unknown field `working_days`"),
        ],
    );
}

proptest! {
    #[test]
    fn parts_add_up_under_every_cap(
        guaranteed: bool,
        loss in 0..=i64::MAX,
        small: bool,
        before in 0_i64..400_000_000,
        quota in prop::option::of(0_i64..400_000_000),
    ) {
        let (scheme, size) =
            (if guaranteed { Scheme::Guaranteed } else { Scheme::CommercialValue }, if small { Size::Small } else { Size::Micro });
        let paid = compensate(rule(), scheme, Fen::new(loss), Some(size), Fen::new(before), quota.map(Fen::new))?;
        prop_assert_eq!(paid.parts.iter().map(|p| i128::from(p.1.get())).sum::<i128>(), i128::from(loss));
        prop_assert!(paid.parts.iter().all(|p| p.1 >= Fen::ZERO));
        let public: i128 = paid.parts.iter().filter(|p| p.0.is_government()).map(|p| i128::from(p.1.get())).sum();
        prop_assert_eq!(public, i128::from(paid.government.get()));
        prop_assert!(quota.is_none_or(|q| paid.government.get() <= q));
        if guaranteed {
            let cap = if small { 300_000_000_i64 } else { 15_000_000 };
            prop_assert!(paid.government.get() <= cap.saturating_sub(before).max(0));
        }
        // The government never bears more than its share, to the fen of the largest remainder of each of its parties.
        let share = if guaranteed { 300_000 } else { 800_000 };
        let exact = Ppm::new(share).of(Fen::new(loss)).expect("a share").get();
        prop_assert!(paid.government.get() <= exact.saturating_add(2));
    }

    #[test]
    fn a_greater_loss_never_pays_less(loss in 0_i64..2_000_000_000, more in 0_i64..1_000_000, before in 0_i64..400_000_000) {
        let paid = |loss| compensate(rule(), Scheme::Guaranteed, Fen::new(loss), Some(Size::Small), Fen::new(before), None);
        // A fen may pass to another party with a larger remainder, one for each party of the government.
        prop_assert!(paid(loss.saturating_add(more))?.government.get() >= paid(loss)?.government.get().saturating_sub(2));
    }

    #[test]
    fn readings_of_the_cap(accrued in 0..=i64::MAX, paid in 0..=i64::MAX, recovered in 0..=i64::MAX, balance in 0..=i64::MAX) {
        let quota = Quota { accrued: Fen::new(accrued), paid: Fen::new(paid), recovered: Fen::new(recovered), balance: Fen::new(balance) };
        let unused = available(rule(), CapReading::Unused, quota)?;
        let strict = available(rule(), CapReading::Accrued, quota)?;
        let cap = Ppm::new(40_000).of(Fen::new(balance)).expect("a share");
        prop_assert!(Fen::ZERO <= strict && strict <= unused && unused <= cap);
        prop_assert!(unused.get() <= accrued.saturating_sub(paid).max(0));
    }

    #[test]
    fn accruals_grow_and_never_exceed_their_rate(disbursed in 0_i64..i64::MAX, more in 0_i64..1_000_000) {
        let quota = accrual(rule(), Fen::new(disbursed))?;
        prop_assert!(i128::from(quota.get()).saturating_mul(50) <= i128::from(disbursed));
        prop_assert!(accrual(rule(), Fen::new(disbursed.saturating_add(more)))? >= quota);
    }
}
