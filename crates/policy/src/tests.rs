//! What holds for all tools: marks, ids, words.

use crate::*;
use chrono::NaiveDate;
use primitives::{Fen, Ppm};
use proptest::prelude::*;
use std::collections::BTreeSet;

/// A day of a test.
pub(crate) fn day(text: &str) -> NaiveDate {
    text.parse().expect("a day")
}

/// An amount of a test.
pub(crate) fn yuan(yuan: i64) -> Fen {
    Fen::from_yuan(yuan).expect("an amount")
}

/// The rules that a case does not pass, and that each is said in both languages with what its mark demands.
pub(crate) fn refused(verdict: &Verdict) -> Vec<String> {
    for finding in verdict.findings() {
        for (lang, label) in [(Lang::Zh, "示例，非官方"), (Lang::En, "illustrative, not official")] {
            let text = finding.text(lang);
            assert_eq!(text.contains(label), finding.mark == Some(Mark::Illustrative), "{text}");
            assert!(text.contains(finding.rule.code()) && text.contains(&finding.version.to_string()), "{text}");
            assert!(text.contains(&finding.document), "{text}");
        }
    }
    assert_eq!(verdict.passed(), verdict.refusals().count() == 0);
    verdict.refusals().map(|f| f.rule.to_string()).collect()
}

/// One text of a shipped file put in place of another, and the end of the error with its causes.
pub(crate) fn refusals<T: Terms>(text: &str, cases: &[(&str, &str, &str)]) {
    Book::<T>::from_toml(text).expect("the text as it stands");
    for (old, new, expect) in cases {
        assert!(text.contains(old), "{old}");
        let error = Book::<T>::from_toml(&text.replacen(old, new, 1)).expect_err(new);
        let cause = std::error::Error::source(&error).map(|e| e.to_string()).unwrap_or_default();
        let text = format!("{error} {cause}");
        assert!(text.contains(expect), "{text}");
        assert!(text.starts_with(T::TOOL.code()), "{text}");
        assert!(error.is_invalid_input() && !error.is_not_found());
    }
}

const FILES: [(Tool, &str); 8] = [
    (Tool::CreditLine, credit_line::RULES),
    (Tool::CommercialValueLoan, commercial_value_loan::RULES),
    (Tool::BridgeLoan, bridge_loan::RULES),
    (Tool::GuaranteeFee, guarantee_fee::RULES),
    (Tool::RiskCompensation, risk_compensation::RULES),
    (Tool::Benefit, benefit::RULES),
    (Tool::InclusiveFinance, inclusive_finance::RULES),
    (Tool::Targets, targets::RULES),
];

/// Every marked value of every file is listed, and one that is not official is never printed as if it were.
#[test]
fn no_figure_looks_more_official_than_it_is() {
    let labels = |mark: Mark| [Lang::Zh, Lang::En].map(|lang| mark.label("", lang));
    for (tool, file) in FILES {
        let sheets = sheets(tool).expect("the shipped file");
        for mark in [Mark::Official, Mark::Recalled, Mark::Illustrative] {
            let written = file
                .lines()
                .filter(|l| !l.starts_with('#'))
                .map(|l| l.matches(&format!("mark = \"{}\"", mark.name())).count());
            let marked =
                |s: &Sheet| s.lines.iter().map(|l| l.mark).chain([s.effective_from.1]).filter(|m| *m == mark).count();
            assert_eq!(written.sum::<usize>(), sheets.iter().map(marked).sum::<usize>(), "{tool} {mark:?}");
        }
        for sheet in &sheets {
            for (lang, place) in [(Lang::Zh, 0), (Lang::En, 1)] {
                let text = sheet.text(lang);
                let doubtful = [Mark::Recalled, Mark::Illustrative];
                for mark in doubtful {
                    let label = &labels(mark)[place];
                    let expect = sheet.lines.iter().map(|l| l.mark).chain([sheet.effective_from.1]);
                    assert_eq!(text.matches(label).count(), expect.filter(|m| *m == mark).count(), "{text}");
                }
                for line in &sheet.lines {
                    let shown = line.text(lang);
                    assert!(text.contains(&format!("{}: {shown}\n", line.name)), "{shown}");
                    for mark in doubtful {
                        assert_eq!(shown.ends_with(&labels(mark)[place]), line.mark == mark, "{shown}");
                    }
                }
            }
        }
    }
}

/// Ids stand in stored events: one that was released is never taken away.
#[test]
fn ids_of_versions() {
    let expect = "credit_line@2019-01-01 credit_line@2023-12-30 \
        commercial_value_loan@2019-01-01 commercial_value_loan@2022-12-01 commercial_value_loan@2023-12-30 \
        bridge_loan@2019-01-02 bridge_loan@2020-04-01 bridge_loan@2022-12-01 bridge_loan@2023-07-01 \
        guarantee_fee@2022-05-17 risk_compensation@2019-01-01 risk_compensation@2023-12-30 \
        benefit@2018-06-25 inclusive_finance@2018-01-01 targets@2018-01-01";
    let shipped: Vec<Sheet> = FILES.iter().flat_map(|(tool, _)| sheets(*tool).expect("the shipped file")).collect();
    assert_eq!(shipped.iter().map(|s| s.version.to_string()).collect::<Vec<_>>().join(" "), expect);
    #[derive(serde::Serialize, serde::Deserialize)]
    struct Event {
        rule: VersionId,
    }
    for sheet in shipped {
        let id = sheet.version;
        assert_eq!(id.to_string().parse(), Ok(id));
        let stored = toml::to_string(&Event { rule: id }).expect("an event");
        assert_eq!(stored, format!("rule = \"{id}\"\n"));
        assert_eq!(toml::from_str::<Event>(&stored).expect("an event").rule, id);
        assert_eq!(crate::sheet(id), Ok(sheet));
    }
    let other = "credit_line@2019-01-02".parse().expect("an id");
    let error = credit_line::book().expect("the shipped file").find(other).expect_err("no such version");
    assert_eq!(error.to_string(), "there is no rule credit_line@2019-01-02");
    // The first day of another tool's version finds nothing here.
    let of_another = "bridge_loan@2019-01-01".parse().expect("an id");
    assert!(credit_line::book().expect("the shipped file").find(of_another).is_err_and(|e| e.is_not_found()));
}

#[test]
fn texts_that_are_no_ids() {
    for text in ["", "@", "bridge_loan@", "bridge_loan@2019-1-02", "bridge_loan@2019-02-30", "bridge_loan 2019-01-02"] {
        let error = text.parse::<VersionId>().expect_err(text);
        assert!(error.is_invalid_input(), "{error}");
    }
    let error = "loan@2019-01-02".parse::<VersionId>().expect_err("no such tool");
    assert!(error.to_string().starts_with("policy tool \"loan\" is not known, known are credit_line, "), "{error}");
}

fn words<C: Code + std::fmt::Display + std::str::FromStr<Err = Error> + std::fmt::Debug>() {
    let codes: BTreeSet<&str> = C::ALL.iter().map(|c| c.code()).collect();
    assert_eq!(codes.len(), C::ALL.len(), "two codes of {} are one", C::WHAT);
    for &word in C::ALL {
        assert_eq!(word.code().parse(), Ok(word));
        assert!(!word.name_zh().is_ascii() && word.name_en().is_ascii(), "{word}");
        assert!(word.code().bytes().all(|b| b.is_ascii_lowercase() || b == b'_' || b == b'.'), "{word}");
    }
}

#[test]
fn words_have_one_code_and_both_names() {
    words::<Tool>();
    words::<RuleId>();
    words::<Borrower>();
    words::<Size>();
    words::<Bank>();
    words::<Product>();
    words::<credit_line::Label>();
    words::<commercial_value_loan::Deviation>();
    words::<Districts>();
    words::<bridge_loan::Kind>();
    words::<guarantee_fee::AwardBase>();
    words::<risk_compensation::CapReading>();
    words::<risk_compensation::Scheme>();
    words::<risk_compensation::Party>();
    words::<benefit::Kind>();
    words::<inclusive_finance::Authority>();
    words::<targets::Over>();
    words::<targets::Measure>();
}

/// Parts by Python's `fractions`: floors, then one fen each to the largest remainders, the earlier first.
#[test]
fn splits_as_exact_fractions_give_them() {
    for (amount, shares, expect) in [
        (1, &[150_000, 150_000, 200_000, 500_000][..], &[0, 0, 0, 1][..]),
        (2, &[150_000, 150_000, 200_000, 500_000], &[0, 0, 1, 1]),
        (7, &[150_000, 150_000, 200_000, 500_000], &[1, 1, 1, 4]),
        (99, &[800_000, 200_000], &[79, 20]),
        (10, &[333_333, 333_333, 333_334], &[3, 3, 4]),
        (0, &[1_000_000], &[0]),
        (i64::MAX, &[500_000, 500_000], &[4_611_686_018_427_387_904, 4_611_686_018_427_387_903]),
    ] {
        let shares: Vec<Ppm> = shares.iter().map(|s| Ppm::new(*s)).collect();
        let parts = split::split(Fen::new(amount), &shares).expect("a split");
        assert_eq!(parts.iter().map(|p| p.get()).collect::<Vec<_>>(), expect, "{amount}");
    }
    for (amount, shares, expect) in [
        (-1, [500_000, 500_000], "amount to be split is -1, allowed is 0 to 9223372036854775807"),
        (1, [500_000, 499_999], "sum of the shares is 999999, allowed is 1000000 to 1000000"),
        (1, [1_000_001, -1], "share is 1000001, allowed is 0 to 1000000"),
    ] {
        let error = split::split(Fen::new(amount), &shares.map(Ppm::new)).expect_err(expect);
        assert_eq!(error.to_string(), expect);
    }
}

proptest! {
    #[test]
    fn splits_add_up_and_are_off_by_less_than_a_fen(amount in 0..=i64::MAX, cuts in prop::collection::vec(0..=1_000_000_i64, 0..6)) {
        let mut cuts = cuts;
        cuts.extend([0, 1_000_000]);
        cuts.sort_unstable();
        let shares: Vec<Ppm> = cuts.windows(2).map(|w| Ppm::new(w[1].saturating_sub(w[0]))).collect();
        let parts = split::split(Fen::new(amount), &shares)?;
        let sum: i128 = parts.iter().map(|p| i128::from(p.get())).sum();
        prop_assert_eq!(sum, i128::from(amount));
        for (part, share) in parts.iter().zip(&shares) {
            let down = share.of(Fen::new(amount)).expect("a share fits").get();
            prop_assert!(part.get() == down || part.get() == down.saturating_add(1));
        }
    }
}
