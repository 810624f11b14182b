use super::*;
use crate::Mark;
use crate::tests::{day, refusals};

/// Caps in yuan of all and of 专精特新, each with its mark, by day.
#[test]
fn caps_by_day() {
    for (on, number, all, own) in [
        ("2019-01-01", "渝经信发〔2018〕92号", "3000000.00 official", "3000000.00 illustrative"),
        ("2023-12-29", "渝经信发〔2018〕92号", "3000000.00 official", "3000000.00 illustrative"),
        ("2023-12-30", "", "3000000.00 official", "10000000.00 official"),
        ("2030-01-01", "", "3000000.00 official", "10000000.00 official"),
    ] {
        let rule = rule_on(day(on)).expect(on);
        let cap = |label| {
            let cap = rule.cap(label, day(on));
            format!("{} {}", cap.value, cap.mark.name())
        };
        assert_eq!(rule.number().unwrap_or_default(), number, "{on}");
        assert_eq!([Label::None, Label::Innovative].map(cap), [all, all], "{on}");
        assert_eq!([Label::Specialised, Label::LittleGiant].map(cap), [own, own], "{on}");
    }
}

#[test]
fn days_without_a_rule() {
    let error = rule_on(day("2018-12-31")).expect_err("before the first rule");
    assert_eq!(error.to_string(), "no credit_line rule is in force on 2018-12-31, the first begins on 2019-01-01");
    assert!(error.is_not_found() && !error.is_invalid_input());
}

#[test]
fn what_is_not_public_is_marked() {
    let book = Book::from_toml(RULES).expect("the shipped rules");
    assert_eq!(book.rules().len(), 2);
    for rule in book.rules() {
        assert_eq!([rule.sales_share().mark, rule.taxes_share().mark], [Mark::Illustrative; 2]);
        assert_eq!(rule.cap(Label::None, rule.effective_from().value).mark, Mark::Official);
    }
    assert_eq!(book.rules()[0].effective_from().mark, Mark::Illustrative);
    assert_eq!(book.rules()[0].effective_until(), Some(book.rules()[1].effective_from().value));
}

const ONE: &str = r#"
[[rule]]
title = "t"
number = "n"
effective_from = { date = "2020-01-01", mark = "official", source = "s" }
effective_until = "2021-01-01"
[rule.terms]
cap = { amount_yuan = 100, mark = "official", source = "s" }
sales_share = { share_ppm = 1, mark = "illustrative", source = "s" }
taxes_share = { share_ppm = 1, mark = "illustrative", source = "s" }
[[rule.terms.specialised_cap]]
effective_from = "2020-06-01"
cap = { amount_yuan = 200, mark = "official", source = "s" }
"#;

#[test]
fn a_cap_with_days_of_its_own() {
    let book = Book::from_toml(ONE).expect("a rule");
    let cap = |on: &str| book.rule_on(day(on)).map(|r| r.cap(Label::Specialised, day(on)).value.to_string());
    assert_eq!(cap("2020-05-31").as_deref(), Ok("100.00"));
    assert_eq!(cap("2020-06-01").as_deref(), Ok("200.00"));
    assert_eq!(cap("2020-12-31").as_deref(), Ok("200.00"));
    assert!(cap("2021-01-01").is_err_and(|e| e.is_not_found()));
}

#[test]
fn files_that_are_refused() {
    refusals::<Terms>(
        ONE,
        &[
            ("amount_yuan = 100", "amount_yuan = 0", "cap is 0, allowed is 1 to 1000000000"),
            (
                "amount_yuan = 200",
                "amount_yuan = 10000000000",
                "specialised_cap is 10000000000, allowed is 1 to 1000000000",
            ),
            ("share_ppm = 1,", "share_ppm = -5,", "sales_share is -5, allowed is 1 to 100000000"),
            (r#"source = "s" }"#, r#"source = " " }"#, "effective_from has no source"),
            (
                r#"until = "2021-01-01""#,
                r#"until = "2020-01-01""#,
                "the rule holds from 2020-01-01 until 2020-01-01, which is empty or outside the rule",
            ),
            (
                r#"from = "2020-06-01""#,
                r#"from = "2019-12-31""#,
                "specialised_cap holds from 2019-12-31, which is empty or outside the rule",
            ),
            (
                r#"from = "2020-06-01""#,
                "from = \"2020-06-01\"\neffective_until = \"2021-01-02\"",
                "specialised_cap holds from 2020-06-01 until 2021-01-02, which is empty or outside the rule",
            ),
            ("title", "titel", "unknown field `titel`"),
            (r#"mark = "official""#, r#"mark = "sure""#, "unknown variant `sure`"),
            ("amount_yuan = 100", "amount_yuan = 100.5", "invalid type: floating point"),
            ("2020-01-01", "2020-02-30", "input is out of range"),
        ],
    );
    let twice = Book::from_toml(&format!("{ONE}{ONE}")).expect_err("two rules on one day");
    let expect = "credit_line: the rule from 2020-01-01 begins before that from 2020-01-01 has ended; \
                  earliest first, without overlap";
    assert_eq!(twice.to_string(), expect);
    assert_eq!(Book::from_toml("").expect_err("no rule").to_string(), "credit_line rules are empty");
}
