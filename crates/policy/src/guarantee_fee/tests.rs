use super::*;
use crate::tests::{day, refusals, refused, yuan};
use proptest::prelude::*;

fn rule() -> &'static Rule {
    book().and_then(|b| b.rule_on(day("2022-05-17"))).expect("a rule")
}

fn volume(small_micro_agricultural: i64) -> Volume {
    Volume {
        direct: yuan(100_000_000),
        batch: Fen::ZERO,
        small_micro_agricultural: Fen::new(small_micro_agricultural),
        small_loans: Fen::ZERO,
        first_time: Fen::ZERO,
        low_fee: Fen::ZERO,
        government: false,
    }
}

/// Small-micro and agricultural loans in fen of 100,000,000 yuan, the rate, and what is paid in yuan.
#[test]
fn tiers() {
    for (small, rate, paid) in [
        (0, 10_000, 1_000_000),
        (7_999_999_999, 10_000, 1_000_000),
        (8_000_000_000, 12_000, 1_200_000),
        (8_999_999_999, 12_000, 1_200_000),
        (9_000_000_000, 13_000, 1_300_000),
        (10_000_000_000, 13_000, 1_300_000),
    ] {
        let found = subsidy(rule(), &volume(small), Fen::ZERO).expect("a subsidy");
        assert_eq!((found.rate, found.paid), (Ppm::new(rate), yuan(paid)), "{small}");
    }
}

#[test]
fn batch_awards_and_cap() {
    let batch = Volume { direct: Fen::ZERO, batch: yuan(100_000_000), ..volume(0) };
    let found = subsidy(rule(), &batch, Fen::ZERO).expect("a subsidy");
    assert_eq!((found.counted, found.paid), (yuan(30_000_000), yuan(300_000)));
    let earned = Volume {
        small_loans: yuan(50_000_000),
        first_time: yuan(10_000_000),
        low_fee: yuan(80_000_000),
        government: true,
        ..volume(0)
    };
    let found = subsidy(rule(), &earned, Fen::ZERO).expect("a subsidy");
    assert_eq!(found.awards, [100_000, 20_000, 160_000].map(yuan));
    assert_eq!(found.paid, yuan(1_280_000));
    let not_enough = Volume { small_loans: Fen::new(4_999_999_999), ..earned };
    assert_eq!(subsidy(rule(), &not_enough, Fen::ZERO).expect("a subsidy").awards[0], Fen::ZERO);
    let private = Volume { government: false, ..earned };
    assert_eq!(subsidy(rule(), &private, Fen::ZERO).expect("a subsidy").awards, [Fen::ZERO; 3]);
    let great = Volume { direct: yuan(10_000_000_000), ..volume(0) };
    for (paid_before, paid) in [(0, 30_000_000), (29_999_999, 1), (30_000_000, 0), (40_000_000, 0)] {
        assert_eq!(subsidy(rule(), &great, yuan(paid_before)).expect("a subsidy").paid, yuan(paid));
    }
    let nothing = Volume { direct: Fen::ZERO, ..volume(0) };
    assert_eq!(subsidy(rule(), &nothing, Fen::ZERO).expect("a subsidy").paid, Fen::ZERO);
}

#[test]
fn volumes_that_can_not_be() {
    let found = |volume: Volume| subsidy(rule(), &volume, Fen::ZERO).expect_err("refused").to_string();
    let whole = "allowed is 0 to 10000000000";
    assert_eq!(found(volume(10_000_000_001)), format!("small-micro and agricultural loans is 10000000001, {whole}"));
    assert_eq!(found(Volume { low_fee: Fen::new(-1), ..volume(0) }), format!("loans with a low fee is -1, {whole}"));
    let negative = found(Volume { batch: Fen::new(-1), ..volume(0) });
    assert_eq!(negative, "batch guarantee is -1, allowed is 0 to 9223372036854775807");
    let over = Volume { direct: Fen::new(i64::MAX), batch: Fen::new(i64::MAX), ..volume(0) };
    assert_eq!(found(over), "guarantee-fee subsidy is beyond 9223372036854775807 fen");
}

fn case(applied_on: &str) -> Case {
    Case {
        applied_on: day(applied_on),
        amount: yuan(3_000_000),
        fee_rate: Ppm::new(8_000),
        from: day("2021-07-01"),
        to: day("2021-12-31"),
        subsidised: vec![],
    }
}

#[test]
fn windows_and_double_subsidies() {
    let had = |from, to| Case {
        subsidised: vec![(day("2021-01-01"), day("2021-01-31")), (day(from), day(to))],
        ..case("2022-05-30")
    };
    for (case, expect) in [
        (case("2022-05-30"), ""),
        (case("2022-05-31"), "gf.window"),
        (case("2025-05-30"), "gf.window"),
        (Case { amount: Fen::new(0), ..case("2022-05-30") }, "gf.amount"),
        (Case { fee_rate: Ppm::new(20_001), ..case("2022-05-30") }, "gf.fee_rate"),
        (Case { from: day("2020-12-31"), ..case("2022-05-30") }, "gf.year"),
        (Case { to: day("2024-01-01"), ..case("2022-05-30") }, "gf.year"),
        (Case { to: day("2021-06-30"), ..case("2022-05-30") }, "gf.double"),
        (had("2021-02-01", "2021-06-30"), ""),
        (had("2021-02-01", "2021-07-01"), "gf.double"),
        (had("2021-12-31", "2022-06-30"), "gf.double"),
        (had("2022-01-01", "2022-06-30"), ""),
        (had("2021-08-01", "2021-08-31"), "gf.double"),
        (had("2021-01-01", "2022-12-31"), "gf.double"),
    ] {
        assert_eq!(refused(&eligibility(rule(), &case)).join(" "), expect, "{case:?}");
    }
    let text =
        eligibility(rule(), &case("2022-05-31")).refusals().map(|f| f.to_string()).collect::<Vec<_>>().join("\n");
    assert_eq!(
        text,
        "last day of application: found 2022-05-31, allowed is at most 2022-05-30 [gf.window, guarantee_fee@2022-05-17, \
         担保费补贴和降费奖补，2021至2023年（标题未查到）（渝财金〔2022〕19号）]"
    );
}

#[test]
fn reguarantee() {
    for (loan, shared, fee_rate, paid) in [
        (5_000_000, 2_000_000, 3_000, 6_000),
        (5_000_000, 2_000_000, 3_001, 0),
        (5_000_001, 2_000_000, 5_000, 6_000),
        (10_000_000, 10_000_000, 5_000, 30_000),
        (10_000_000, 1_000_000, 5_001, 0),
        (10_000_001, 1_000_000, 1, 0),
    ] {
        let found = reguarantee_award(rule(), yuan(loan), yuan(shared), Ppm::new(fee_rate));
        assert_eq!(found, Ok(yuan(paid)), "{loan} {fee_rate}");
    }
    assert!(reguarantee_award(rule(), yuan(1), yuan(2), Ppm::new(1)).is_err_and(|e| e.is_invalid_input()));
}

/// 365 fen for 2021, one a day.
#[test]
fn what_is_asked_back() {
    let back = |ended_on| clawback(rule(), Fen::new(365), day("2021-01-01"), day("2021-12-31"), day(ended_on));
    for (ended_on, fen) in [
        ("2021-12-31", 0),
        ("2022-02-01", 0),
        ("2021-12-30", 1),
        ("2021-01-01", 364),
        ("2020-12-31", 365),
        ("2020-06-30", 365),
    ] {
        assert_eq!(back(ended_on), Ok(Fen::new(fen)), "{ended_on}");
    }
    let halves = |paid| clawback(rule(), Fen::new(paid), day("2021-01-01"), day("2021-01-02"), day("2021-01-01"));
    assert_eq!([1, 3, 5].map(halves), [0, 2, 2].map(|fen| Ok(Fen::new(fen))));
    assert!(clawback(rule(), Fen::new(1), day("2021-01-02"), day("2021-01-01"), day("2021-01-01")).is_err());
}

#[test]
fn files_that_are_refused() {
    refusals::<Terms>(
        RULES,
        &[
            ("share_from = { share_ppm = 0,", "share_from = { share_ppm = 1,", "tiers begin at a share of 0 and rise"),
            ("share_ppm = 900_000", "share_ppm = 800_000", "tiers begin at a share of 0 and rise"),
            ("amount_yuan = 10_000_000, ", "amount_yuan = 5_000_000, ", "steps of the re-guarantee rise"),
            ("year = 2023", "year = 2022", "windows stand by year, one a year"),
            (r#"date = "2022-05-30""#, r#"date = "2023-05-30""#, "the last day of a window lies in its year"),
            ("count = 2023", "count = 2020", "last_year is not before first_year"),
            ("rate_ppm = 13_000", "rate_ppm = 130_000", "rate is 130000, allowed is 0 to 100000"),
            ("last_day", "closes", "unknown field `closes`"),
        ],
    );
}

prop_compose! {
    fn any_volume()(direct in 0_i64..5_000_000_000_000, batch in 0_i64..5_000_000_000_000)
        (small in 0..=direct.saturating_add(batch), part in 0..=direct, direct in Just(direct), batch in Just(batch), government in any::<bool>())
        -> Volume {
        let part = Fen::new(part);
        Volume {
            direct: Fen::new(direct),
            batch: Fen::new(batch),
            small_micro_agricultural: Fen::new(small),
            small_loans: part,
            first_time: part,
            low_fee: part,
            government,
        }
    }
}

proptest! {
    #[test]
    fn paid_is_under_every_rate_and_cap(volume in any_volume(), before in 0_i64..4_000_000_000) {
        let found = subsidy(rule(), &volume, Fen::new(before))?;
        prop_assert!(found.paid >= Fen::ZERO);
        prop_assert!(found.paid.get() <= 3_000_000_000_i64.saturating_sub(before).max(0));
        // 1.3 % and three times 0.2 % are the most of what is counted.
        prop_assert!(i128::from(found.paid.get()).saturating_mul(1_000_000) <= i128::from(found.counted.get()).saturating_mul(19_000));
        prop_assert!(found.awards.iter().all(|a| *a >= Fen::ZERO));
    }

    #[test]
    fn more_small_loans_never_pay_less(volume in any_volume(), more in 0_i64..1_000_000_000_000) {
        let all = volume.direct.get().saturating_add(volume.batch.get());
        let small = volume.small_micro_agricultural.get().saturating_add(more).min(all);
        let with_more = Volume { small_micro_agricultural: Fen::new(small), ..volume };
        prop_assert!(subsidy(rule(), &with_more, Fen::ZERO)?.paid >= subsidy(rule(), &volume, Fen::ZERO)?.paid);
    }

    #[test]
    fn no_more_is_asked_back_than_was_paid(paid in 0_i64..i64::MAX, length in 0_u64..800, end in 0_u64..900) {
        let at = |days| day("2021-01-01").checked_add_days(chrono::Days::new(days)).expect("a day");
        let back = |end| clawback(rule(), Fen::new(paid), at(0), at(length), at(end));
        let found = back(end)?;
        prop_assert!(Fen::ZERO <= found && found <= Fen::new(paid));
        prop_assert!(back(end.saturating_add(1))? <= found);
    }
}
