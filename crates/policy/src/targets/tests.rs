use super::*;
use crate::Lang;
use crate::tests::{day, refusals};

/// The numbers of the notice of 2018-06-25, section 2 and 4 (五) to (九).
#[test]
fn the_notice() {
    let plan = book().and_then(|b| b.rule_on(day("2022-12-31"))).expect("the plan");
    for (code, over, expect) in [
        ("four_above_added", Over::Period, "10000"),
        ("four_above_total", Over::Level, "30000"),
        ("industry_above_scale", Over::Level, "10000"),
        ("specialised", Over::Level, "1000"),
        ("little_giant", Over::Level, "100"),
        ("hidden_champion", Over::Level, "50"),
        ("high_growth_fostered", Over::Year, "2000"),
        ("specialised_grown", Over::Year, "200"),
        ("little_giant_grown", Over::Year, "20"),
        ("hidden_champion_grown", Over::Year, "10"),
        ("new_financing", Over::Period, "100000000000.00 yuan"),
        ("social_capital", Over::Period, "30000000000.00 yuan"),
        ("reform_and_listing", Over::Period, "500"),
        ("trained_year", Over::Year, "20000"),
        ("trained", Over::Period, "100000"),
        ("building_parks", Over::Level, "150"),
        ("incubation_bases", Over::Level, "200"),
        ("feature_zones", Over::Level, "5"),
        ("park_tenants", Over::Level, "20000"),
        ("outbound_visits", Over::Period, "1000"),
        ("exhibitors", Over::Period, "300"),
    ] {
        let target = plan.terms().target(code).expect(code);
        let value = target.value();
        let found = (value.value.text(Lang::En), value.mark, target.over);
        assert_eq!(found, (expect.to_owned(), crate::Mark::Official, over), "{code}");
    }
    assert_eq!(plan.terms().targets().len(), 21);
    assert_eq!(plan.terms().plan_indicators().count(), 20);
    assert_eq!(plan.terms().target("gdp"), None);
    assert!(book().and_then(|b| b.rule_on(day("2023-01-01"))).is_err_and(|e| e.is_not_found()));
}

#[test]
fn a_later_plan_is_another_version() {
    let later = RULES[RULES.find("[[rule]]").expect("a rule")..]
        .replace("2023-01-01", "2028-01-01")
        .replace("2018-01-01", "2023-01-01");
    let both = Book::from_toml(&format!("{RULES}\n{later}")).expect("two plans");
    let id = |on: &str| both.rule_on(day(on)).map(|r| r.id().to_string());
    assert_eq!(id("2022-12-31").as_deref(), Ok("targets@2018-01-01"));
    assert_eq!(id("2023-01-01").as_deref(), Ok("targets@2023-01-01"));
}

#[test]
fn files_that_are_refused() {
    refusals::<Terms>(
        RULES,
        &[
            (
                r#"code = "four_above_total""#,
                r#"code = "four_above_added""#,
                "target \"four_above_added\" stands twice",
            ),
            (r#"code = "trained""#, r#"code = "Trained""#, "target \"Trained\" is no code: allowed are a-z, 0-9 and _"),
            (r#"unit = "yuan""#, r#"unit = "persons""#, "target \"new_financing\" has not the one value of its unit"),
            (
                "amount_yuan = 100_000_000_000",
                "amount_yuan = 100_000_000_000_000",
                "amount is 100000000000000, allowed is 1 to 10000000000000",
            ),
            ("count = 10_000,", "count = 0,", "count is 0, allowed is 1 to 1000000000"),
            (
                "over = \"level\"
reported",
                "over = \"month\"
reported",
                "time of a target \"month\" is not known, known are period, year, level",
            ),
        ],
    );
}
