use super::*;

const DAY: NaiveDate = NaiveDate::from_ymd_opt(2025, 3, 31).expect("a day");
const WAN: i64 = 1_000_000;

fn industry(text: &str) -> Industry {
    text.parse().expect("an industry")
}

/// `staff revenue assets`, money in 万元, `-` where missing.
fn inputs(text: &str) -> SizeInputs {
    let mut values = text.split(' ').map(|v| v.parse::<i64>().ok());
    let mut next = || values.next().expect("three values");
    SizeInputs { staff: next(), revenue: next().map(|v| Fen::new(v * WAN)), assets: next().map(|v| Fen::new(v * WAN)) }
}

fn shown(size: Size) -> String {
    match size {
        Size::Class(class) => class.name_en().to_owned(),
        Size::Unclassified => "unclassified".to_owned(),
        Size::NoStandard => "no standard".to_owned(),
        Size::Unknown { missing, at_most } => {
            let names = [
                (missing.staff, "staff"),
                (missing.revenue, "revenue"),
                (missing.assets, "assets"),
                (missing.industry_group, "group"),
            ];
            let names: Vec<&str> = names.into_iter().filter_map(|(m, name)| m.then_some(name)).collect();
            format!("needs {}, at most {}", names.join("+"), at_most.map_or("large", SizeClass::name_en))
        }
    }
}

#[track_caller]
fn check(code: &str, values: &str, expect: &str) {
    assert_eq!(shown(size_of(industry(code), inputs(values), DAY)), expect, "{code} {values}");
}

/// The table as the document prints it: row, a code of it, limits of staff, revenue, assets (万元).
const PRINTED: &str = "
1 A0111 - 20000/500/50 -
2 C3511 1000/300/20 40000/2000/300 -
3 E4710 - 80000/6000/300 80000/5000/300
4 F5111 200/20/5 40000/5000/1000 -
5 F5211 300/50/10 20000/500/100 -
6 G5430 1000/300/20 30000/3000/200 -
7 G5920 200/100/20 30000/1000/100 -
8 G6010 1000/300/20 30000/2000/100 -
9 H6110 300/100/10 10000/2000/100 -
10 H6210 300/100/10 10000/2000/100 -
11 I6311 2000/100/10 100000/1000/100 -
12 I6513 300/100/10 10000/1000/50 -
13 K7010 - 200000/1000/100 10000/5000/2000
14 K7020 1000/300/100 5000/1000/500 -
15 L7211 300/100/10 - 120000/8000/100
16 M7320 300/100/10 - -
";

fn limits(text: &str) -> Option<[i64; 3]> {
    let values: Vec<i64> = text.split('/').filter_map(|v| v.parse().ok()).collect();
    values.try_into().ok()
}

/// Every row, every combination of indicators one below, at and one above each limit, present or missing.
#[test]
fn the_lowest_class_of_any_indicator_on_every_edge() {
    let mut cases = 0;
    for line in PRINTED.trim().lines() {
        let fields: Vec<&str> = line.split(' ').collect();
        let code = industry(fields[1]);
        assert_eq!(row_of(code), RowOf::Row(fields[0].parse().expect("a row")), "{line}");
        let units = [1, WAN, WAN];
        let listed: Vec<Option<[i64; 3]>> =
            (0..3).map(|i| limits(fields[2 + i]).map(|l| l.map(|v| v * units[i]))).collect();
        // Where an indicator is not listed, a value that would be micro must not matter.
        let values = |i: usize| -> Vec<Option<i64>> {
            let edges = listed[i].unwrap_or([0; 3]).into_iter().flat_map(|l| [(l - 1).max(0), l, l + 1]);
            edges.map(Some).chain([None]).collect()
        };
        for staff in values(0) {
            for revenue in values(1) {
                for assets in values(2) {
                    let given = [staff, revenue, assets];
                    // Every class that some completion of the missing indicators has.
                    let mut possible = std::collections::BTreeSet::new();
                    for fill in [0, i64::MAX] {
                        let class = |i: usize| {
                            let limits = listed[i]?;
                            let value = given[i].unwrap_or(fill);
                            Some(limits.iter().filter(|&&l| value >= l).count())
                        };
                        possible.insert((0..3).filter_map(class).min().expect("a listed indicator"));
                    }
                    let inputs = SizeInputs { staff, revenue: revenue.map(Fen::new), assets: assets.map(Fen::new) };
                    let names = ["micro", "small", "medium", "large"];
                    let highest = names[*possible.last().expect("one class")];
                    let found = shown(size_of(code, inputs, DAY));
                    match possible.len() {
                        1 => assert_eq!(found, highest, "{line} {inputs:?}"),
                        _ => assert!(found.ends_with(&format!("at most {highest}")), "{found} {line} {inputs:?}"),
                    }
                    cases += 1;
                }
            }
        }
    }
    assert_eq!(cases, 16 * 1000);
}

#[test]
fn missing_indicators() {
    check("C35", "- - -", "needs staff+revenue, at most large");
    check("C35", "19 - -", "micro");
    check("C35", "- 299 -", "micro");
    check("C35", "20 - -", "needs revenue, at most small");
    check("C35", "5000 - -", "needs revenue, at most large");
    check("C35", "- 2000 -", "needs staff, at most medium");
    check("C35", "5000 40000 -", "large");
    check("E47", "- 6000 -", "needs assets, at most medium");
    check("L72", "- - 99", "micro");
    check("M73", "- 5 5", "needs staff, at most large");
    check("A01", "- -3 -", "micro");
    check("C35", "-1 40000 -", "needs staff, at most large");
    check("K70", "5 5 5", "needs group, at most large");
    check("K701", "- 99 -", "micro");
}

#[test]
fn whether_an_enterprise_is_an_sme() {
    for (code, values, expect) in [
        ("C35", "5000 40000 -", Some(false)),
        ("C35", "999 40000 -", Some(true)),
        ("C35", "999 - -", Some(true)),
        ("C35", "1000 - -", None),
        ("P83", "5 5 5", None),
    ] {
        assert_eq!(size_of(industry(code), inputs(values), DAY).is_sme(), expect, "{code} {values}");
    }
}

/// The row of each division, `-` where there is none.
#[test]
fn divisions() {
    let rows = |range: std::ops::RangeInclusive<u8>, expect: RowOf| {
        for division in range {
            assert_eq!(row_of(industry(&format!("{division:02}"))), expect, "{division}");
        }
    };
    let mut next = 1;
    for (last, row) in [
        (5, 1),
        (46, 2),
        (50, 3),
        (51, 4),
        (52, 5),
        (53, 0),
        (58, 6),
        (59, 7),
        (60, 8),
        (61, 9),
        (62, 10),
        (64, 11),
        (65, 12),
        (69, 0),
        (70, 99),
        (72, 15),
        (82, 16),
        (84, 0),
        (90, 16),
        (97, 0),
    ] {
        rows(
            next..=last,
            match row {
                0 => RowOf::None,
                99 => RowOf::NeedsGroup,
                row => RowOf::Row(row),
            },
        );
        next = last + 1;
    }
    for (code, expect) in [
        ("701", RowOf::Row(13)),
        ("7020", RowOf::Row(14)),
        ("7030", RowOf::Row(16)),
        ("7040", RowOf::None),
        ("7090", RowOf::Row(16)),
    ] {
        assert_eq!(row_of(industry(code)), expect, "{code}");
    }
    for code in ["J66", "P83", "Q84", "S91", "T97", "G53"] {
        check(code, "5 5 5", "unclassified");
    }
}

#[test]
fn the_standard_is_dated() {
    let first = STANDARDS[0].from;
    assert_eq!(standard_on(first).map(|s| s.number), Some("工信部联企业〔2011〕300号"));
    assert_eq!(standard_on(first.pred_opt().expect("a day")), None);
    let before = size_of(industry("C35"), inputs("1 1 1"), first.pred_opt().expect("a day"));
    assert_eq!((shown(before).as_str(), before.is_sme()), ("no standard", None));
}
