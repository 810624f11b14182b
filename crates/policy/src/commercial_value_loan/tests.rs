use super::*;
use crate::Lang;
use crate::tests::{day, refusals, refused, yuan};
use crate::{Mark, credit_line};
use proptest::prelude::*;

fn case(on: &str) -> Case {
    let on = day(on);
    Case {
        on,
        amount: yuan(1_000_000),
        in_use: yuan(2_000_000),
        recommended: Some(yuan(3_000_000)),
        borrower: Borrower::Enterprise,
        size: Some(Size::Small),
        label: Label::None,
        district: "500103".parse().expect("a code"),
        bank: Bank::CommercialBank,
        product: Product::PureCredit,
        annual_rate: Ppm::new(45_000),
        term: Months(36),
        rating: Some(Rating { grade: "BB".to_owned(), valid_from: on, valid_to: on, negative_hit: false }),
        renewal: false,
    }
}

fn look(case: &Case) -> Verdict {
    eligibility(book().and_then(|b| b.rule_on(case.on)).expect("a rule"), case)
}

#[test]
fn what_each_change_of_a_case_meets() {
    let c = || case("2024-05-06");
    let rating = |from: &str, to: &str, grade: &str, negative_hit| {
        Some(Rating { grade: grade.to_owned(), valid_from: day(from), valid_to: day(to), negative_hit })
    };
    for (case, expect) in [
        (c(), ""),
        (Case { amount: Fen::new(0), ..c() }, "cv.amount"),
        (Case { amount: Fen::new(-1), ..c() }, "cv.amount"),
        (Case { amount: Fen::new(100_000_001), recommended: None, ..c() }, "cv.cap"),
        (Case { in_use: yuan(2_500_000), recommended: Some(yuan(10_000_000)), ..c() }, "cv.cap"),
        (Case { in_use: Fen::new(i64::MAX), recommended: None, ..c() }, "cv.cap"),
        (Case { recommended: Some(Fen::new(299_999_999)), ..c() }, "cv.recommended"),
        (Case { label: Label::Specialised, amount: yuan(8_000_000), recommended: None, ..c() }, ""),
        (Case { label: Label::LittleGiant, amount: Fen::new(800_000_001), recommended: None, ..c() }, "cv.cap"),
        (Case { label: Label::Innovative, amount: yuan(8_000_000), recommended: None, ..c() }, "cv.cap"),
        (Case { borrower: Borrower::IndividualBusiness, size: None, ..c() }, ""),
        (Case { borrower: Borrower::Owner, size: None, ..c() }, "cv.kind"),
        (Case { size: None, ..c() }, "cv.size"),
        (Case { size: Some(Size::Large), ..c() }, "cv.size"),
        (Case { district: "510104".parse().expect("a code"), ..c() }, "cv.district"),
        (Case { bank: Bank::VillageTownBank, product: Product::Equipment, ..c() }, ""),
        (Case { annual_rate: Ppm::new(80_001), ..c() }, "cv.rate"),
        (Case { term: Months(37), ..c() }, "cv.term"),
        (Case { renewal: true, ..c() }, ""),
        (Case { rating: None, ..c() }, "cv.rating cv.grade"),
        (Case { rating: rating("2024-05-07", "2024-08-06", "A", false), ..c() }, "cv.rating"),
        (Case { rating: rating("2024-02-05", "2024-05-05", "A", false), ..c() }, "cv.rating"),
        (Case { rating: rating("2024-02-06", "2024-05-06", "B", false), ..c() }, "cv.grade"),
        (Case { rating: rating("2024-02-06", "2024-05-06", "A", true), ..c() }, "cv.negative"),
    ] {
        assert_eq!(refused(&look(&case)).join(" "), expect, "{case:?}");
    }
}

#[test]
fn rules_of_other_days() {
    let village = |on| Case { bank: Bank::VillageTownBank, ..case(on) };
    let chain = |on| Case { product: Product::SupplyChain, ..case(on) };
    for (case, version, expect) in [
        (village("2023-12-29"), "commercial_value_loan@2022-12-01", "cv.bank"),
        (village("2023-12-30"), "commercial_value_loan@2023-12-30", ""),
        (chain("2022-11-30"), "commercial_value_loan@2019-01-01", "cv.product"),
        (chain("2022-12-01"), "commercial_value_loan@2022-12-01", ""),
    ] {
        let verdict = look(&case);
        assert_eq!(refused(&verdict).join(" "), expect, "{case:?}");
        assert!(verdict.findings().iter().all(|f| f.version.to_string() == version));
    }
}

/// 江北区 and 渝北区 ended on 2025-11-06, the district 两江新区 began.
#[test]
fn districts_before_and_after_the_change_of_2025() {
    for (district, before, after) in [
        ("500105", "", "cv.district"),
        ("500112", "", "cv.district"),
        ("500157", "cv.district", ""),
        ("500109", "", ""),
    ] {
        let at = |on| Case { district: district.parse().expect("a code"), ..case(on) };
        assert_eq!(refused(&look(&at("2025-11-05"))).join(" "), before, "{district}");
        assert_eq!(refused(&look(&at("2025-11-06"))).join(" "), after, "{district}");
    }
    let verdict = look(&Case { district: "500112".parse().expect("a code"), ..case("2025-11-06") });
    let finding = verdict.refusals().next().expect("a refusal");
    assert_eq!(
        finding.text(Lang::Zh),
        "注册区县：实际 500112 渝北区（已撤销 2025-11-06，现为 500157, 500109），要求属于 全市各区县［cv.district，\
         commercial_value_loan@2023-12-30，中小企业商业价值信用贷款工作实施方案（修订）］"
    );
    assert!(finding.text(Lang::En).contains("500112 Yubei (abolished 2025-11-06, its ground is in 500157, 500109)"));
}

#[test]
fn a_refusal_names_rule_value_and_version() {
    let verdict = look(&Case { annual_rate: Ppm::new(96_000), ..case("2024-05-06") });
    let finding = verdict.refusals().next().expect("a refusal");
    assert_eq!(
        finding.text(Lang::En),
        "annual rate: found 9.6%, allowed is at most 8% (illustrative, not official) [cv.rate, \
         commercial_value_loan@2023-12-30, 中小企业商业价值信用贷款工作实施方案（修订）]"
    );
    assert_eq!(finding.mark, Some(Mark::Illustrative));
}

/// The caps of a loan are those of the recommended line, on each day on which either changes.
#[test]
fn caps_are_those_of_the_credit_line() {
    for on in ["2019-01-01", "2022-11-30", "2022-12-01", "2023-12-29", "2023-12-30", "2030-01-01"].map(day) {
        let loan = book().and_then(|b| b.rule_on(on)).expect("a rule").terms();
        let line = credit_line::rule_on(on).expect("a rule");
        for label in [Label::None, Label::Innovative, Label::Specialised, Label::LittleGiant] {
            let (loan, line) = (loan.cap(label), line.cap(label, on));
            assert_eq!((loan.value, loan.mark), (line.value, line.mark), "{on} {label}");
        }
    }
}

#[test]
fn files_that_are_refused() {
    refusals::<Terms>(
        RULES,
        &[
            ("working_days = 7", "working_days = 0", "rule of 2019-01-01: approval is 0, allowed is 1 to 250"),
            ("rate_ppm = 80_000", "rate_ppm = 800_000", "annual_rate_cap is 800000, allowed is 1 to 360000"),
            ("working_days = 7", "days = 7", "unknown field `days`, expected one of `working_days`, `mark`, `source`"),
            ("renewal_allowed", "renewals", "unknown field `renewals`"),
            ("working_days = 7, mark", "working_days = 7, working_days = 8, mark", "duplicate key"),
            (r#"mark = "official", source = "pure credit"#, r#"source = "pure credit"#, "missing field `mark`"),
            (r#"source = "pure credit, without collateral or guarantee""#, r#"source = """#, "products has no source"),
            (r#""2022-12-01""#, r#""2022-12-02""#, "begins before that from 2019-01-01 has ended"),
        ],
    );
}

/// Sums by hand: |90-100| + |100-100| + |0-50| over 250, and (190-250) over 250.
#[test]
fn deviations() {
    let loans = [(90, 100), (100, 100), (0, 50)].map(|(granted, line)| (Fen::new(granted), Fen::new(line)));
    assert_eq!(deviation(Deviation::Absolute, loans), Some(Ppm::new(240_000)));
    assert_eq!(deviation(Deviation::Signed, loans), Some(Ppm::new(-240_000)));
    assert_eq!(deviation(Deviation::Absolute, [(Fen::new(10), Fen::ZERO)]), None);
    // 1/3 and 2/3 of a part per million, and the halves between: 1.5 and 2.5 go to 2.
    for (granted, line, expect) in
        [(3_000_001, 3_000_000, 0), (3_000_002, 3_000_000, 1), (2_000_003, 2_000_000, 2), (2_000_005, 2_000_000, 2)]
    {
        assert_eq!(deviation(Deviation::Signed, [(Fen::new(granted), Fen::new(line))]), Some(Ppm::new(expect)));
    }
    let most = [(Fen::new(i64::MAX), Fen::new(1)); 2];
    assert_eq!(deviation(Deviation::Absolute, most), None);
}

proptest! {
    /// More in use or more to grant never makes a loan pass that did not.
    #[test]
    fn more_is_never_more_allowed(amount in 0_i64..600_000_000, in_use in 0_i64..600_000_000, more in 0_i64..600_000_000) {
        let with = |amount, in_use| {
            look(&Case { amount: Fen::new(amount), in_use: Fen::new(in_use), recommended: None, ..case("2024-05-06") }).passed()
        };
        let passes = with(amount, in_use);
        prop_assert_eq!(passes, amount > 0 && amount.saturating_add(in_use) <= 300_000_000);
        prop_assert!(passes || amount == 0 || !with(amount.saturating_add(more), in_use));
        prop_assert!(passes || !with(amount, in_use.saturating_add(more)));
    }

    #[test]
    fn the_signed_form_is_never_beyond_the_absolute(loans in prop::collection::vec((0_i64..1_000_000_000, 1_i64..1_000_000_000), 1..20)) {
        let loans: Vec<(Fen, Fen)> = loans.into_iter().map(|(g, r)| (Fen::new(g), Fen::new(r))).collect();
        let absolute = deviation(Deviation::Absolute, loans.iter().copied()).expect("a share").get();
        let signed = deviation(Deviation::Signed, loans.iter().copied()).expect("a share").get();
        prop_assert!(absolute >= 0 && signed.abs() <= absolute);
    }
}
