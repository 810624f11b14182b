use super::*;
use crate::tests::{day, refusals, refused, yuan};

/// Borrower, size, credit line in fen, for business; what each authority does not pass.
#[test]
fn by_authority() {
    let rule = book().and_then(|b| b.rule_on(day("2024-05-06"))).expect("a rule");
    let (firm, shop, owner) = (Borrower::Enterprise, Borrower::IndividualBusiness, Borrower::Owner);
    let (below, line, above) = (999_999_999, 1_000_000_000, 1_000_000_001);
    for (borrower, size, credit_line, for_business, pboc, nfra) in [
        (firm, Some(Size::Micro), Some(below), true, "", ""),
        (firm, Some(Size::Small), Some(line), true, "if.credit_line", ""),
        (firm, Some(Size::Small), Some(above), true, "if.credit_line", "if.credit_line"),
        (firm, Some(Size::Medium), Some(below), true, "if.population", "if.population"),
        (firm, None, Some(below), true, "if.population", "if.population"),
        (firm, Some(Size::Small), None, true, "if.credit_line", "if.credit_line"),
        (shop, None, Some(below), true, "", ""),
        (owner, None, Some(below), false, "if.purpose", ""),
        (Borrower::AgriculturalEntity, None, Some(below), true, "if.population", "if.population"),
    ] {
        let case = Case { borrower, size, credit_line: credit_line.map(Fen::new), for_business };
        assert_eq!(refused(&classify(rule, Authority::Pboc, &case)).join(" "), pboc, "{case:?}");
        assert_eq!(refused(&classify(rule, Authority::Nfra, &case)).join(" "), nfra, "{case:?}");
    }
}

#[test]
fn the_line_is_tested_and_not_the_loan() {
    let rule = book().and_then(|b| b.rule_on(day("2024-05-06"))).expect("a rule");
    let credit_line = Some(yuan(12_000_000));
    let case = Case { borrower: Borrower::Enterprise, size: Some(Size::Small), credit_line, for_business: true };
    let verdict = classify(rule, Authority::Nfra, &case);
    let text = verdict.refusals().map(|f| f.text(crate::Lang::Zh)).collect::<Vec<_>>().join("\n");
    let expect = "单户授信：实际 12000000.00元，要求不超过 10000000.00元［if.credit_line，inclusive_finance@2018-01-01，普惠小微贷款统计口径（人民银行、银行业监管；非单一文件）］";
    assert_eq!(text, expect);
}

#[test]
fn files_that_are_refused() {
    refusals::<Terms>(
        RULES,
        &[
            (r#"authority = "pboc""#, r#"authority = "nfra""#, "rule of 2018-01-01: pboc has not one definition"),
            ("amount_yuan = 10_000_000", "amount_yuan = -1", "credit_line is -1, allowed is 1 to 1000000000"),
            ("business_only", "business", "unknown field `business`"),
        ],
    );
}
