use super::*;
use crate::tests::day;
use proptest::prelude::*;

/// Working days of each month as the Python package chinese_calendar 1.11.0 (PyPI) counts them, `is_workday` over all
/// days.
const BY_MONTH: [(i32, [i64; 12]); 9] = [
    (2018, [22, 17, 22, 20, 22, 20, 22, 23, 21, 18, 22, 21]),
    (2019, [22, 17, 21, 22, 21, 19, 23, 22, 21, 19, 21, 22]),
    (2020, [17, 20, 22, 22, 19, 21, 23, 21, 23, 17, 21, 23]),
    (2021, [20, 17, 23, 22, 19, 21, 22, 22, 22, 17, 22, 23]),
    (2022, [21, 16, 23, 21, 20, 21, 21, 23, 21, 18, 22, 22]),
    (2023, [18, 20, 23, 20, 21, 21, 21, 23, 20, 19, 22, 21]),
    (2024, [22, 18, 21, 22, 21, 19, 23, 22, 21, 19, 21, 22]),
    (2025, [19, 19, 21, 22, 19, 20, 23, 21, 23, 18, 20, 23]),
    (2026, [21, 16, 22, 21, 19, 21, 23, 21, 22, 18, 21, 23]),
];

#[test]
fn months_as_another_package_counts_them() {
    for (year, expect) in BY_MONTH {
        for (month, expect) in (1..).zip(expect) {
            let first = NaiveDate::from_ymd_opt(year, month, 1).expect("a day");
            let days = first.iter_days().take_while(|d| d.month() == month);
            let found = days.filter(|d| is_working_day(*d).expect("a known year")).count();
            assert_eq!(i64::try_from(found), Ok(expect), "{year}-{month}");
        }
    }
}

/// All 3,287 days as `w` and `-`, by their digest in chinese_calendar 1.11.0.
#[test]
fn every_day_as_another_package_has_it() {
    let days = day("2018-01-01").iter_days().take_while(|d| *d <= day("2026-12-31"));
    let letters: String = days.map(|d| if is_working_day(d).expect("a known year") { 'w' } else { '-' }).collect();
    assert_eq!(letters.len(), 3_287);
    let digest = "sha256:b3eb361b22ef816cafad088319534ea04c2eb602b68e007890a2670588e8b0e3";
    assert_eq!(primitives::Digest::sha256(letters.as_bytes()).to_string(), digest);
}

/// From, to, and the count of chinese_calendar 1.11.0 over the days after the first, the last included.
#[test]
fn days_between() {
    for (from, to, expect) in [
        ("2024-12-26", "2025-05-10", 88),
        ("2026-04-27", "2026-11-01", 127),
        ("2023-12-12", "2023-12-31", 13),
        ("2023-03-23", "2023-08-02", 91),
        ("2020-01-20", "2020-02-10", 9),
        ("2024-02-05", "2024-02-29", 14),
        ("2019-04-26", "2019-05-06", 5),
        ("2018-12-28", "2019-01-02", 2),
        ("2025-09-26", "2025-10-13", 7),
        ("2026-02-13", "2026-03-02", 7),
    ] {
        assert_eq!(working_days_between(day(from), day(to)), Ok(expect), "{from} {to}");
    }
}

#[test]
fn changes_that_are_easily_missed() {
    for (on, works) in [
        ("2018-12-29", true),  // by the notice of 2019
        ("2018-12-31", false), // by the notice of 2019
        ("2019-05-02", false), // by the change of March 2019
        ("2019-05-05", true),
        ("2020-01-31", false), // by the prolonged Spring Festival
        ("2020-02-01", false), // was to be worked
        ("2020-02-02", false),
        ("2020-02-03", true),
        ("2024-02-09", true),  // New Year's Eve, no holiday before 2025
        ("2025-01-28", false), // New Year's Eve
        ("2025-05-02", false),
        ("2026-02-23", false),
        ("2026-09-20", true),
    ] {
        assert_eq!(is_working_day(day(on)), Ok(works), "{on}");
    }
}

#[test]
fn notices_say_where_they_come_from() {
    let notices = shipped().expect("the shipped notices").notices();
    assert_eq!(notices.iter().map(|n| n.year).collect::<Vec<_>>(), (2018..=2026).collect::<Vec<_>>());
    assert!(notices.iter().all(|n| n.mark == Mark::Recalled && n.number.starts_with("国办发明电〔")));
    let amended: Vec<i32> = notices.iter().filter(|n| n.amended_by.is_some()).map(|n| n.year).collect();
    assert_eq!(amended, [2019, 2020]);
}

#[test]
fn days_that_are_not_known() {
    let expect = "the working days of 2027 are not known, known are 2018 to 2026";
    let errors = [
        is_working_day(day("2027-01-04")).expect_err("2027"),
        working_days_between(day("2026-12-31"), day("2027-01-04")).expect_err("2027"),
        add_working_days(day("2026-12-30"), 2).expect_err("2027"),
    ];
    for error in errors {
        assert_eq!(error.to_string(), expect);
        assert!(error.is_not_found() && !error.is_invalid_input());
    }
    assert_eq!(add_working_days(day("2026-12-30"), 1), Ok(day("2026-12-31")));
    let error = working_days_between(day("2024-03-02"), day("2024-03-01")).expect_err("the wrong order");
    assert_eq!(error.to_string(), "working days: 2024-03-02 is after 2024-03-01");
}

const ONE: &str = r#"
[[year]]
year = 2020
title = "t"
number = "n"
mark = "recalled"
holiday = [{ name = "h", from = "2020-01-01", to = "2020-01-03" }]
working = ["2020-01-04"]
"#;

#[test]
fn refusals() {
    for (old, new, expect) in [
        (
            r#"to = "2020-01-03""#,
            r#"to = "2021-01-03""#,
            "h from 2020-01-01 to 2021-01-03 is empty or outside the year",
        ),
        (
            r#"to = "2020-01-03""#,
            r#"to = "2019-12-31""#,
            "h from 2020-01-01 to 2019-12-31 is empty or outside the year",
        ),
        ("2020-01-04", "2020-01-06", "2020-01-06 is to be worked and is no Saturday or Sunday of the year"),
        (
            r#"["2020-01-04""#,
            r#"["2020-01-04", "2020-01-04""#,
            "2020-01-04 is to be worked twice, or is a day off as well",
        ),
        (r#"to = "2020-01-03""#, r#"to = "2020-01-04""#, "2020-01-04 is to be worked twice, or is a day off as well"),
        ("}]", r#"}, { name = "i", from = "2020-01-02", to = "2020-01-02" }]"#, "2020-01-02 is a day off twice"),
    ] {
        assert!(ONE.contains(old), "{old}");
        let error = Calendar::from_toml(&ONE.replacen(old, new, 1)).expect_err(new);
        assert_eq!(error.to_string(), format!("working_days rule of 2020-01-01: {expect}"));
    }
    let gap = Calendar::from_toml(&format!("{ONE}{}", ONE.replace("2020", "2022"))).expect_err("a gap");
    assert_eq!(
        gap.to_string(),
        "working_days rule of 2022-01-01: the year before it in the file is 2020, expected is 2021"
    );
    assert_eq!(Calendar::from_toml("").expect_err("nothing").to_string(), "working_days rules are empty");
    let unknown = Calendar::from_toml(&ONE.replacen("title", "titel", 1)).expect_err("a key");
    assert!(unknown.to_string().starts_with("working_days rules can not be read"));
}

proptest! {
    /// The day that a limit ends on is the first to which its working days are counted.
    #[test]
    fn a_limit_counts_back_to_itself(start in 0_u64..3_000, n in 0_u32..120) {
        let from = day("2018-01-01").checked_add_days(chrono::Days::new(start)).expect("a day");
        let end = add_working_days(from, n)?;
        prop_assert_eq!(working_days_between(from, end)?, i64::from(n));
        if n > 0 {
            prop_assert!(is_working_day(end)?);
            let before = end.pred_opt().expect("a day");
            prop_assert_eq!(working_days_between(from, before)?, i64::from(n.saturating_sub(1)));
        }
    }
}
