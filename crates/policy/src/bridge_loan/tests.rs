use super::*;
use crate::calendar::{self, working_days_between};
use crate::tests::{day, refusals, refused, yuan};
use proptest::prelude::*;

fn rule(on: &str) -> &'static Rule {
    book().and_then(|b| b.rule_on(day(on))).expect("a rule")
}

fn case(on: &str) -> Case {
    Case {
        on: day(on),
        amount: yuan(10_000_000),
        old_loan: yuan(10_000_000),
        borrower: Kind::Sme,
        district: "500115".parse().expect("a code"),
        days: WorkingDays(15),
        commitment: true,
    }
}

#[test]
fn cases_by_day() {
    let yubei = || "500112".parse().expect("a code");
    let nanchuan = || "500119".parse().expect("a code");
    let big = |borrower, amount| move |c: Case| Case { borrower, amount: yuan(amount), old_loan: yuan(amount), ..c };
    for (case, expect) in [
        (case("2019-01-02"), ""),
        (Case { amount: Fen::new(0), ..case("2020-04-01") }, "br.amount"),
        (big(Kind::Sme, 30_000_000)(case("2020-04-01")), ""),
        (big(Kind::Sme, 30_000_001)(case("2020-04-01")), "br.cap"),
        (big(Kind::LargePrivate, 80_000_000)(case("2020-04-01")), ""),
        (big(Kind::LargePrivate, 80_000_001)(case("2020-04-01")), "br.cap"),
        (big(Kind::IndividualBusiness, 500_000)(case("2022-11-30")), "br.kind"),
        (big(Kind::IndividualBusiness, 500_000)(case("2022-12-01")), ""),
        (Case { amount: Fen::new(1_000_000_001), ..case("2024-05-06") }, "br.old_loan"),
        (Case { commitment: false, ..case("2024-05-06") }, "br.commitment"),
        (Case { days: WorkingDays(16), ..case("2024-05-06") }, "br.days"),
        (big(Kind::Owner, 3_000_000)(case("2024-05-06")), "br.kind"),
        (Case { district: yubei(), ..case("2025-11-05") }, ""),
        (Case { district: yubei(), ..case("2025-11-06") }, "br.district"),
        // 南川区 has caps of its own from November 2023.
        (Case { district: nanchuan(), ..big(Kind::Sme, 20_000_001)(case("2023-10-31")) }, ""),
        (Case { district: nanchuan(), ..big(Kind::Sme, 20_000_001)(case("2023-11-01")) }, "br.district_cap"),
        (Case { district: nanchuan(), ..big(Kind::Sme, 30_000_001)(case("2023-11-01")) }, "br.cap br.district_cap"),
        (Case { district: nanchuan(), ..big(Kind::Owner, 3_000_000)(case("2023-11-01")) }, ""),
        (Case { district: nanchuan(), ..big(Kind::Owner, 3_000_001)(case("2023-11-01")) }, "br.district_cap"),
        (Case { district: nanchuan(), ..big(Kind::IndividualBusiness, 299_999)(case("2023-11-01")) }, "br.loan_floor"),
        (Case { district: nanchuan(), ..big(Kind::IndividualBusiness, 300_000)(case("2023-11-01")) }, ""),
    ] {
        let verdict = eligibility(rule(&case.on.to_string()), &case);
        assert_eq!(refused(&verdict).join(" "), expect, "{case:?}");
    }
}

/// Version by release, amount in fen, release, return; days used and charged, fee in fen, overdue. Days by
/// chinese_calendar 1.11.0, fees by Python's integers.
#[test]
fn fees() {
    let calendar = calendar::shipped().expect("the shipped notices");
    for (amount, released, returned, used, charged, fen, overdue) in [
        // 7,560,000 yuan for 3 working days, as reported.
        (756_000_000, "2020-04-07", "2020-04-10", 3, 3, 226_800, false),
        // A return on the day of the release is charged a day.
        (756_000_000, "2020-04-07", "2020-04-07", 0, 1, 75_600, false),
        // Over a weekend, a month end, and the leap day.
        (100_000_000, "2020-05-29", "2020-06-01", 1, 1, 10_000, false),
        (100_000_000, "2024-02-28", "2024-03-01", 2, 2, 20_000, false),
        // 清明节: 4 to 6 April off, Sunday 7 April worked.
        (100_000_000, "2024-04-03", "2024-04-08", 2, 2, 20_000, false),
        // The 15th working day is in time, the 16th is not.
        (3_000_000_000, "2024-05-06", "2024-05-24", 15, 15, 4_500_000, false),
        (3_000_000_000, "2024-05-06", "2024-05-27", 16, 16, 4_800_000, true),
        // Halves go to the even fen.
        (5_000, "2020-04-07", "2020-04-08", 1, 1, 0, false),
        (15_000, "2020-04-07", "2020-04-08", 1, 1, 2, false),
        (100, "2024-05-06", "2024-05-24", 15, 15, 0, false),
        // Waived to 2023-06-30.
        (100_000_000, "2023-06-30", "2023-07-06", 4, 4, 0, false),
        (100_000_000, "2023-07-03", "2023-07-07", 4, 4, 40_000, false),
    ] {
        let found = fee(rule(released), calendar, Fen::new(amount), day(released), day(returned));
        let expect = Fee { used: WorkingDays(used), charged: WorkingDays(charged), fee: Fen::new(fen), overdue };
        assert_eq!(found, Ok(expect), "{amount} {released} {returned}");
    }
}

#[test]
fn a_district_cap_names_the_district_s_document() {
    let nanchuan = "500119".parse().expect("a code");
    let case = Case { amount: yuan(30_000_001), district: nanchuan, days: WorkingDays(16), ..case("2023-11-01") };
    let verdict = eligibility(rule("2023-11-01"), &case);
    let documents: Vec<&str> = verdict.refusals().map(|f| f.document.as_str()).collect();
    let city = "转贷应急周转资金（标题未查到）（渝财规〔2022〕11号）";
    // The city's cap, the district's, the old loan, and the time of use.
    assert_eq!(documents, [city, "南川区办法，2023年11月（标题未查到）", city, city]);
}

#[test]
fn last_days_and_refusals() {
    let calendar = calendar::shipped().expect("the shipped notices");
    let last = |on: &str| last_day(rule(on), calendar, day(on)).map(|d| d.to_string());
    assert_eq!(last("2024-05-06").as_deref(), Ok("2024-05-24"));
    assert_eq!(last("2024-09-27").as_deref(), Ok("2024-10-23"));
    assert!(last("2026-12-21").is_err_and(|e| e.is_not_found()));
    let fee = |amount, released, returned| {
        fee(rule("2024-05-06"), calendar, Fen::new(amount), day(released), day(returned))
            .expect_err("refused")
            .to_string()
    };
    assert_eq!(
        fee(-1, "2024-05-06", "2024-05-07"),
        "amount of the bridge loan is -1, allowed is 0 to 9223372036854775807"
    );
    assert_eq!(fee(1, "2024-05-06", "2024-05-05"), "working days: 2024-05-06 is after 2024-05-05");
    assert_eq!(fee(1, "2026-12-31", "2027-01-04"), "the working days of 2027 are not known, known are 2018 to 2026");
}

#[test]
fn files_that_are_refused() {
    refusals::<Terms>(
        RULES,
        &[
            (
                r#"["sme", "large_private"]"#,
                r#"["sme"]"#,
                "rule of 2019-01-02: borrowers and caps disagree: large_private has 1 caps",
            ),
            (r#"["sme", "large_private"]"#, r#"["sme", "large_private", "owner"]"#, "owner has 0 caps"),
            ("rate_ppm = 100", "rate_ppm = 10_001", "fee_per_working_day is 10001, allowed is 0 to 10000"),
            (
                r#"effective_from = "2023-11-01""#,
                r#"effective_from = "2023-06-30""#,
                "district_cap holds from 2023-06-30",
            ),
            (r#"district = "500119""#, r#"district = "50011""#, "is not six digits"),
            ("days_max", "days_most", "unknown field `days_most`"),
        ],
    );
}

proptest! {
    /// Never negative, growing with amount and time, and within half a fen of the exact fee.
    #[test]
    fn fees_grow_and_are_near(amount in 0_i64..10_000_000_000, more in 0_i64..1_000_000, start in 0_u64..200, length in 0_u64..60, longer in 0_u64..30) {
        let calendar = calendar::shipped()?;
        let at = |days: u64| day("2024-01-02").checked_add_days(chrono::Days::new(days)).expect("a day");
        let (from, to, later) = (at(start), at(start.saturating_add(length)), at(start.saturating_add(length).saturating_add(longer)));
        let rule = rule("2024-05-06");
        let cost = fee(rule, calendar, Fen::new(amount), from, to)?;
        prop_assert!(cost.fee >= Fen::ZERO);
        prop_assert_eq!(cost.used.0, working_days_between(from, to)?);
        prop_assert!(fee(rule, calendar, Fen::new(amount.saturating_add(more)), from, to)?.fee >= cost.fee);
        prop_assert!(fee(rule, calendar, Fen::new(amount), from, later)?.fee >= cost.fee);
        let exact = i128::from(amount).saturating_mul(100).saturating_mul(cost.charged.0.into());
        let off = i128::from(cost.fee.get()).saturating_mul(1_000_000).saturating_sub(exact);
        prop_assert!(off.abs() <= 500_000);
    }
}
