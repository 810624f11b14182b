use super::*;
use crate::tests::{day, refusals, refused, yuan};

fn case() -> Case {
    Case {
        tool: Kind::InterestSubsidy,
        amount: yuan(200_000),
        from: day("2024-01-01"),
        to: day("2024-12-31"),
        document: "渝中小企〔2024〕1号".to_owned(),
        maker: "zhang".to_owned(),
        checker: "li".to_owned(),
    }
}

#[test]
fn cases() {
    let rule = book().and_then(|b| b.rule_on(day("2024-05-06"))).expect("a rule");
    let text = str::to_owned;
    for (case, expect) in [
        (case(), ""),
        (Case { tool: Kind::NewEncouragedEnterprise, from: day("2024-12-31"), ..case() }, ""),
        (Case { amount: Fen::new(0), ..case() }, "bn.amount"),
        (Case { amount: Fen::new(-1), ..case() }, "bn.amount"),
        (Case { to: day("2023-12-31"), ..case() }, "bn.period"),
        (Case { document: text(" "), ..case() }, "bn.document"),
        (Case { checker: text(""), ..case() }, "bn.persons"),
        (Case { checker: text("zhang "), ..case() }, "bn.persons"),
        (Case { maker: text(""), checker: text(""), document: text(""), ..case() }, "bn.document bn.persons"),
    ] {
        assert_eq!(refused(&eligibility(rule, &case)).join(" "), expect, "{case:?}");
    }
}

#[test]
fn no_rule_before_the_notice() {
    let error = book().and_then(|b| b.rule_on(day("2018-06-24"))).expect_err("before the notice");
    assert_eq!(error.to_string(), "no benefit rule is in force on 2018-06-24, the first begins on 2018-06-25");
}

#[test]
fn files_that_are_refused() {
    refusals::<Terms>(
        RULES,
        &[
            (
                r#"["interest_subsidy""#,
                r#"["loan_subsidy""#,
                "benefit tool \"loan_subsidy\" is not known, known are interest_subsidy,",
            ),
            (r#"["interest_subsidy", "bill_discount", "new_encouraged_enterprise"]"#, "[]", "no benefit tool is named"),
            ("document_required", "documents_required", "unknown field `documents_required`"),
        ],
    );
}
