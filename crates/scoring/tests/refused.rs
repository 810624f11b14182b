//! Model files that are refused, and what is said; no file makes the reader panic.

mod common;

use common::{EXAMPLE, Random, check_rows, random_rows};
use proptest::prelude::*;
use scoring::{Error, Model, ModelFile, Table};

/// The example with one text replaced, and the error that this gives.
fn check(from: &str, to: &str, expect: &str) {
    assert!(EXAMPLE.contains(from), "{from:?} is not in the example");
    let text = EXAMPLE.replacen(from, to, 1);
    let found = Model::from_json(text.as_bytes()).map(|_| ()).map_err(|e| e.to_string());
    assert_eq!(found, Err(expect.to_owned()), "{from:?} -> {to:?}");
}

#[test]
fn other_formats() {
    check(
        r#""format": "shangzhi-model""#,
        r#""format": "pmml""#,
        r#"model file has format "pmml", expected "shangzhi-model""#,
    );
    check(r#""format": "shangzhi-model","#, "", r#"model file has format "", expected "shangzhi-model""#);
    let newer = "model file has format version 2, this program reads up to 1; update the program";
    check(r#""format_version": 1"#, r#""format_version": 2"#, newer);
    check(r#""format_version": 1"#, r#""format_version": 2, "unknown": {"a": [1]}"#, newer);
    check(
        r#""format_version": 1"#,
        r#""format_version": 0"#,
        "model file is inconsistent: format_version: is absent or 0, allowed are 1 to 1",
    );
    check(
        r#""format_version": 1,"#,
        "",
        "model file is inconsistent: format_version: is absent or 0, allowed are 1 to 1",
    );
    check(
        r#""format_version": 1"#,
        r#""format_version": -1"#,
        "model file can not be read: invalid value: integer `-1`, expected u32 at line 3 column 22",
    );
}

#[test]
fn broken_json() {
    let read = "model file can not be read: ";
    for (text, expect) in [
        ("", "EOF while parsing a value at line 1 column 0"),
        ("null", "invalid type: null, expected a model file at line 1 column 4"),
        ("[1, 2]", "invalid type: integer `1`, expected a string at line 1 column 2"),
        (&EXAMPLE[..1000], "EOF while parsing a list at line 20 column 103"),
    ] {
        let found = Model::from_json(text.as_bytes()).map(|_| ()).map_err(|e| e.to_string());
        assert_eq!(found, Err(format!("{read}{expect}")), "{text:?}");
    }
    let end = EXAMPLE.trim_end().len();
    for cut in (0..end).step_by(7).chain([end - 1]) {
        let found = Model::from_json(&EXAMPLE.as_bytes()[..cut]).map(|_| ());
        assert!(matches!(found, Err(Error::Unreadable { .. })), "{cut}: {found:?}");
    }
    let longer = Model::from_json(format!("{EXAMPLE}!").as_bytes()).map(|_| ()).map_err(|e| e.to_string());
    assert_eq!(longer, Err(format!("{read}trailing characters at line 57 column 1")));
}

#[test]
fn rules_of_the_format() {
    let rows = [
        // Fields.
        (
            r#""method""#,
            r#""unknown""#,
            "model file can not be read: unknown field `unknown`, expected one of `format`, `format_version`, `model_id`, `model_version`, `method`, `card`, `scale`, `base_points`, `characteristics`, `tables`, `pd`, `grades`, `coverage`, `reasons`, `commercial`, `edits`, `origin` at line 6 column 11",
        ),
        (
            r#""bins": ["#,
            r#""typo": 1, "bins": ["#,
            "model file can not be read: unknown field `typo`, expected one of `characteristic`, `iv`, `coefficient`, `standard_error`, `p_value`, `bins`, `pair`, `rows`, `columns`, `points` at line 17 column 12",
        ),
        (
            r#""bins": ["#,
            r#""points": [[1]], "bins": ["#,
            "model file can not be read: a table has either characteristic and bins, or pair, rows, columns and points at line 26 column 4",
        ),
        (
            r#""characteristic": "years","#,
            "",
            "model file can not be read: a table has either characteristic and bins, or pair, rows, columns and points at line 26 column 4",
        ),
        (
            r#"{"to": 1.0}"#,
            r#"{"to": 1.0, "till": 2.0}"#,
            "model file can not be read: unknown field `till`, expected `from` or `to` at line 18 column 53",
        ),
        (
            r#""interval": {"to": 1.0}"#,
            r#""range": {"to": 1.0}"#,
            "model file can not be read: unknown variant `range`, expected one of `interval`, `levels`, `special`, `missing`, `unseen`, `not_authorised` at line 18 column 30",
        ),
        (
            r#""points": -50,"#,
            r#""points": -50.5,"#,
            "model file can not be read: invalid type: floating point `-50.5`, expected i32 at line 18 column 64",
        ),
        (
            r#""base_points": 600"#,
            r#""base_points": 3000000000"#,
            "model file can not be read: invalid value: integer `3000000000`, expected i32 at line 9 column 27",
        ),
        (
            r#""woe": 0.0"#,
            r#""woe": null"#,
            "model file can not be read: invalid type: null, expected f64 at line 18 column 102",
        ),
        // Intervals.
        (
            r#"{"to": 1.0}"#,
            r#"{"to": 6.0}"#,
            r#"model file is inconsistent: table 1 over "years": interval 1 ends at 6 and interval 2 starts at 1: they must meet, in rising order"#,
        ),
        (
            r#"{"to": 1.0}"#,
            r#"{"to": 0.5}"#,
            r#"model file is inconsistent: table 1 over "years": interval 1 ends at 0.5 and interval 2 starts at 1: they must meet, in rising order"#,
        ),
        (
            r#"{"to": 1.0}"#,
            r#"{"to": null}"#,
            r#"model file is inconsistent: table 1 over "years": interval 1 ends at infinity and interval 2 starts at 1: they must meet, in rising order"#,
        ),
        (r#"{"to": 1.0}"#, r#"{"to": 1e999}"#, "model file can not be read: number out of range at line 18 column 47"),
        (r#"{"to": 1.0}"#, r#"{"to": NaN}"#, "model file can not be read: expected value at line 18 column 43"),
        (
            r#"{"to": 1.0}"#,
            r#"{"from": 0.0, "to": 1.0}"#,
            r#"model file is inconsistent: table 1 over "years": the intervals must reach from minus to plus infinity"#,
        ),
        (
            r#"{"from": 5.0}"#,
            r#"{"from": 5.0, "to": 9.0}"#,
            r#"model file is inconsistent: table 1 over "years": the intervals must reach from minus to plus infinity"#,
        ),
        (
            r#"{"from": 1.0, "to": 5.0}"#,
            r#"{"from": 1.0, "to": 1.0}"#,
            r#"model file is inconsistent: table 1 over "years": interval 2 ends at 1 and interval 3 starts at 5: they must meet, in rising order"#,
        ),
        (
            r#"{"interval": {"from": 5.0}}"#,
            r#""missing""#,
            r#"model file is inconsistent: table 1 over "years": bin missing stands twice"#,
        ),
        // Bins.
        (
            r#"{"special": [-1.0]}"#,
            r#""missing""#,
            r#"model file is inconsistent: table 1 over "years": bin missing stands twice"#,
        ),
        (
            r#"{"special": [-1.0]}"#,
            r#"{"special": [-1.0, -1]}"#,
            r#"model file is inconsistent: table 1 over "years": special value -1 stands twice"#,
        ),
        (
            r#"{"special": [-1.0]}"#,
            r#"{"special": [0.0, -0.0]}"#,
            r#"model file is inconsistent: table 1 over "years": special value -0 stands twice"#,
        ),
        (
            r#"{"special": [-1.0]}"#,
            r#"{"special": ["x"]}"#,
            r#"model file is inconsistent: table 1 over "years": special value "x" must be a finite number"#,
        ),
        (
            r#"{"special": [-1.0]}"#,
            r#"{"special": [null]}"#,
            "model file can not be read: a special value is a number or a text at line 21 column 40",
        ),
        (
            r#"{"special": [-1.0]}"#,
            r#"{"levels": ["x"]}"#,
            r#"model file is inconsistent: table 1 over "years": bin "x" does not fit: each value must be a finite number"#,
        ),
        (
            r#"{"special": [-1.0]}"#,
            r#""unseen""#,
            r#"model file is inconsistent: table 1 over "years": bin unseen belongs to text only"#,
        ),
        (
            r#""missing", "points""#,
            r#"{"special": [-2]}, "points""#,
            r#"model file is inconsistent: table 1 over "years": bin missing is absent"#,
        ),
        (
            r#""not_authorised", "points""#,
            r#"{"special": [-2]}, "points""#,
            r#"model file is inconsistent: table 1 over "years": bin not_authorised is absent"#,
        ),
        (
            r#"{"levels": ["retail"]}"#,
            r#"{"levels": ["retail", "catering"]}"#,
            r#"model file is inconsistent: table 2 over "industry": level "catering" stands twice"#,
        ),
        (
            r#"{"levels": ["retail"]}"#,
            r#"{"levels": ["retail", "retail"]}"#,
            r#"model file is inconsistent: table 2 over "industry": level "retail" stands twice"#,
        ),
        (
            r#"{"levels": ["retail"]}"#,
            r#"{"special": ["retail", "catering"]}"#,
            r#"model file is inconsistent: table 2 over "industry": level "catering" stands twice"#,
        ),
        (
            r#"{"levels": ["retail"]}"#,
            r#"{"special": ["a", "a"]}"#,
            r#"model file is inconsistent: table 2 over "industry": special value "a" stands twice"#,
        ),
        (
            r#"{"levels": ["retail"]}"#,
            r#"{"levels": [""]}"#,
            r#"model file is inconsistent: table 2 over "industry": a level is the empty text, which is missing"#,
        ),
        (
            r#"{"levels": ["retail"]}"#,
            r#"{"special": [""]}"#,
            r#"model file is inconsistent: table 2 over "industry": special value "" must be a text that is not empty"#,
        ),
        (
            r#"{"levels": ["retail"]}"#,
            r#"{"special": [3]}"#,
            r#"model file is inconsistent: table 2 over "industry": special value 3 must be a text that is not empty"#,
        ),
        (
            r#"{"levels": ["retail"]}"#,
            r#"{"interval": {}}"#,
            r#"model file is inconsistent: table 2 over "industry": bin "(-∞, +∞)" does not fit: each value must be a text that is not empty"#,
        ),
        (
            r#"{"levels": ["retail"]}"#,
            r#""unseen""#,
            r#"model file is inconsistent: table 2 over "industry": bin unseen stands twice"#,
        ),
        (
            r#""unseen""#,
            r#"{"levels": ["x"]}"#,
            r#"model file is inconsistent: table 2 over "industry": bin unseen is absent"#,
        ),
        // Numbers.
        (
            r#""points": -50,"#,
            r#""points": 1000001,"#,
            "model file is inconsistent: table 1: points 1000001 lie outside -1000000 to 1000000",
        ),
        (
            r#""points": -50,"#,
            r#""points": -2147483648,"#,
            "model file is inconsistent: table 1: points -2147483648 lie outside -1000000 to 1000000",
        ),
        (
            r#"{"attribute": "not_authorised", "points": -50"#,
            r#"{"attribute": "not_authorised", "points": -49"#,
            "model file is inconsistent: table 1: not_authorised has -49 points where another bin has -50: who withdraws a source must not gain by it",
        ),
        (
            r#"{"attribute": "unseen", "points": -10"#,
            r#"{"attribute": "unseen", "points": -31"#,
            "model file is inconsistent: table 2: not_authorised has -30 points where another bin has -31: who withdraws a source must not gain by it",
        ),
        (
            r#""base_points": 600"#,
            r#""base_points": 2147483647"#,
            "model file is inconsistent: tables: a score of 2147483717 does not fit 32 bits",
        ),
        (
            r#""base_points": 600"#,
            r#""base_points": -2147483648"#,
            "model file is inconsistent: tables: a score of -2147483728 does not fit 32 bits",
        ),
        (
            r#""goods": 0.0, "bads": 0.0"#,
            r#""goods": -1.0, "bads": 2.0"#,
            "model file is inconsistent: table 1: goods and bads must be finite and not negative",
        ),
        (
            r#""goods": 0.0, "bads": 0.0"#,
            r#""goods": 1e308, "bads": 1e308"#,
            "model file is inconsistent: table 1: goods and bads add up to inf, over 1e15",
        ),
        (
            r#""odds": 19.0"#,
            r#""odds": 0.0"#,
            "model file is inconsistent: scale: points 600, odds 0, pdo 50: all must be finite, odds and pdo over 0",
        ),
        (
            r#""pdo": 50.0"#,
            r#""pdo": -50.0"#,
            "model file is inconsistent: scale: points 600, odds 19, pdo -50: all must be finite, odds and pdo over 0",
        ),
        // Characteristics and tables.
        (
            r#""name": "industry""#,
            r#""name": "years""#,
            r#"model file is inconsistent: characteristics: "years" stands twice"#,
        ),
        (
            r#""name": "industry", "kind": "text""#,
            r#""name": "industry", "kind": "number""#,
            r#"model file is inconsistent: table 2 over "industry": bin "manufacturing, software" does not fit: each value must be a finite number"#,
        ),
        (
            r#""label_en": "Industry""#,
            r#""label_en": "Industry", "direction": "rising""#,
            r#"model file is inconsistent: characteristics: "industry" is a text and has a direction"#,
        ),
        (
            r#""characteristic": "years""#,
            r#""characteristic": "year""#,
            r#"model file is inconsistent: table 1: "year" is not among the characteristics"#,
        ),
        (
            r#""characteristic": "industry""#,
            r#""characteristic": "years""#,
            r#"model file is inconsistent: table 2 over "years": bin "manufacturing, software" does not fit: each value must be a finite number"#,
        ),
        (
            r#""characteristics": ["#,
            r#""characteristics": [{"name": "x", "kind": "text", "label_zh": "", "label_en": ""}, "#,
            r#"model file is inconsistent: characteristics: "x" has no table"#,
        ),
        // PD.
        (
            r#""grades""#,
            r#""pd": {"lowest_score": 5, "by_score": []}, "grades""#,
            "model file is inconsistent: pd: by_score is empty",
        ),
        (
            r#""grades""#,
            r#""pd": {"lowest_score": 5, "by_score": [0.5, 0.4, 0.41]}, "grades""#,
            "model file is inconsistent: pd: rises at score 7: a higher score must not be riskier",
        ),
        (
            r#""grades""#,
            r#""pd": {"lowest_score": 5, "by_score": [0.5, 0.0]}, "grades""#,
            "model file is inconsistent: pd: 0 at score 6 lies outside 0 to 1",
        ),
        (
            r#""grades""#,
            r#""pd": {"lowest_score": 5, "by_score": [1.0]}, "grades""#,
            "model file is inconsistent: pd: 1 at score 5 lies outside 0 to 1",
        ),
        // Grades, coverage, reasons, card.
        (
            r#"[{"name": "A", "score_from": 620}, {"name": "B", "score_from": 560}, {"name": "C"}]"#,
            "[]",
            "model file is inconsistent: grades: there is none",
        ),
        (
            r#""score_from": 560"#,
            r#""score_from": 621"#,
            r#"model file is inconsistent: grades: "B" has score_from 621: all but the last need a score_from, never above the grade before"#,
        ),
        (
            r#"{"name": "B", "score_from": 560}"#,
            r#"{"name": "B"}"#,
            r#"model file is inconsistent: grades: "B" has no score_from: all but the last need a score_from, never above the grade before"#,
        ),
        (
            r#"{"name": "C"}"#,
            r#"{"name": "C", "score_from": 3}"#,
            r#"model file is inconsistent: grades: the last grade "C" must have no score_from"#,
        ),
        (r#"{"name": "B", "#, r#"{"name": "A", "#, r#"model file is inconsistent: grades: "A" stands twice"#),
        (
            r#""score_from": 620"#,
            r#""score_from": 620, "pd_below": 0.0"#,
            r#"model file is inconsistent: grades: "A" has pd_below 0: must lie in 0 to 1 and not below the grade before"#,
        ),
        (
            r#""score_from": 620"#,
            r#""score_from": 620, "pd_below": 1.5"#,
            r#"model file is inconsistent: grades: "A" has pd_below 1.5: must lie in 0 to 1 and not below the grade before"#,
        ),
        (
            r#"620}, {"name": "B","#,
            r#"620, "pd_below": 0.1}, {"name": "B", "pd_below": 0.05,"#,
            r#"model file is inconsistent: grades: "B" has pd_below 0.05: must lie in 0 to 1 and not below the grade before"#,
        ),
        (
            r#""best_grade": "C""#,
            r#""best_grade": "D""#,
            r#"model file is inconsistent: coverage: no grade is named "D""#,
        ),
        (
            r#""minimum_share": 0.6"#,
            r#""minimum_share": 1.01"#,
            "model file is inconsistent: coverage: minimum_share 1.01 lies outside 0 to 1",
        ),
        (
            r#""minimum_share": 0.6"#,
            r#""minimum_share": -0.1"#,
            "model file is inconsistent: coverage: minimum_share -0.1 lies outside 0 to 1",
        ),
        (r#""limit": 4"#, r#""limit": 0"#, "model file is inconsistent: reasons: limit 0 lies outside 1 to 4"),
        (r#""limit": 4"#, r#""limit": 5"#, "model file is inconsistent: reasons: limit 5 lies outside 1 to 4"),
        (
            r#""limit": 4"#,
            r#""limit": 256"#,
            "model file can not be read: invalid value: integer `256`, expected u8 at line 40 column 49",
        ),
        (
            r#""author""#,
            r#""valid_from": "2026-02-02", "valid_until": "2026-02-01", "author""#,
            "model file is inconsistent: card: valid_from 2026-02-02 is after valid_until 2026-02-01",
        ),
        (
            r#""author""#,
            r#""valid_from": "2026-02-30", "author""#,
            "model file can not be read: input is out of range at line 7 column 151",
        ),
        // Origin.
        (
            r#""data": []"#,
            r#""data": [{"name": "x", "digest": "sha256:12", "rows": 1}]"#,
            r#"model file can not be read: digest "sha256:12" is not "sha256:" and 64 hexadecimal digits at line 46 column 48"#,
        ),
    ];
    for (from, to, expect) in rows {
        check(from, to, expect);
    }
}

/// The example with a table over both characteristics, after a change of it.
fn check_pair(change: impl FnOnce(&mut scoring::TwoWayTable), expect: &str) {
    let mut file = with_pair();
    let Some(Table::TwoWay(pair)) = file.tables.last_mut() else { panic!("the last table is a pair") };
    change(pair);
    let found = Model::from_file(file).map(|_| ()).map_err(|e| e.to_string());
    assert_eq!(found, Err(expect.to_owned()));
}

fn with_pair() -> ModelFile {
    let mut file = Model::from_json(EXAMPLE.as_bytes()).expect("the example").file().clone();
    let axis = |t: &Table| match t {
        Table::OneWay { bins, .. } => bins.iter().map(|b| b.attribute.clone()).collect::<Vec<_>>(),
        Table::TwoWay(_) => Vec::new(),
    };
    let (rows, columns) = (axis(&file.tables[0]), axis(&file.tables[1]));
    let points = (0..rows.len() as i32).map(|r| (0..columns.len() as i32).map(|c| -3 * r - c).collect()).collect();
    let pair = ["years".to_owned(), "industry".to_owned()];
    file.tables.push(Table::TwoWay(scoring::TwoWayTable { pair, rows, columns, points }));
    file
}

#[test]
fn pairs() {
    let model = Model::from_file(with_pair()).expect("a model");
    let r = &mut Random::new(9);
    check_rows(&model, &random_rows(model.file(), 100, r), r);
    let again = Model::from_json(model.file().to_json().expect("JSON").as_bytes()).expect("a model");
    assert_eq!(again.file(), model.file());

    check_pair(
        |p| drop(p.points.pop()),
        r#"model file is inconsistent: table 3 over ["years", "industry"]: points must be 6 lists of 6"#,
    );
    check_pair(
        |p| p.points[2].push(1),
        r#"model file is inconsistent: table 3 over ["years", "industry"]: points must be 6 lists of 6"#,
    );
    check_pair(
        |p| p.points[2][1] = i32::MIN,
        "model file is inconsistent: table 3: points -2147483648 lie outside -1000000 to 1000000",
    );
    // Along either axis: withdrawing the first source, and the second.
    check_pair(
        |p| p.points[5][2] = -1,
        "model file is inconsistent: table 3: not_authorised has -1 points where another bin has -2: who withdraws a source must not gain by it",
    );
    check_pair(
        |p| p.points[1][5] = 0,
        "model file is inconsistent: table 3: not_authorised has 0 points where another bin has -3: who withdraws a source must not gain by it",
    );
    check_pair(|p| p.pair[1] = "years".into(), r#"model file is inconsistent: table 3: "years" is paired with itself"#);
    check_pair(
        |p| p.pair[1] = "size".into(),
        r#"model file is inconsistent: table 3: "size" is not among the characteristics"#,
    );
    check_pair(
        |p| p.pair.reverse(),
        r#"model file is inconsistent: table 3 over "industry": bin "< 1" does not fit: each value must be a text that is not empty"#,
    );
    check_pair(
        |p| drop(p.columns.pop()),
        r#"model file is inconsistent: table 3 over ["years", "industry"]: points must be 6 lists of 5"#,
    );
}

#[test]
fn what_is_built_in_memory() {
    let check = |change: &dyn Fn(&mut ModelFile), expect: &str| {
        let mut file = with_pair();
        change(&mut file);
        let found = Model::from_file(file).map(|_| ()).map_err(|e| e.to_string());
        assert_eq!(found, Err(expect.to_owned()));
    };
    check(&|f| f.format = "x".into(), r#"model file has format "x", expected "shangzhi-model""#);
    check(&|f| f.format_version = 2, "model file has format version 2, this program reads up to 1; update the program");
    check(&|f| f.scale.odds = f64::INFINITY, "model file is inconsistent: scale: the number inf can not be written");
    check(&|f| f.tables.clear(), "model file is inconsistent: tables: 0 tables, 1 to 65536 are allowed");
    let with_first = |f: &mut ModelFile, change: &dyn Fn(&mut Option<f64>, &mut scoring::Bin)| {
        let Table::OneWay { iv, bins, .. } = &mut f.tables[0] else { panic!("the first table is over one") };
        change(iv, &mut bins[0]);
    };
    check(
        &|f| with_first(f, &|iv, _| *iv = Some(f64::NAN)),
        "model file is inconsistent: table 1: the number NaN can not be written",
    );
    check(
        &|f| with_first(f, &|_, bin| bin.woe = f64::NEG_INFINITY),
        "model file is inconsistent: table 1: the number -inf can not be written",
    );
    check(
        &|f| {
            with_first(f, &|_, bin| {
                bin.attribute = scoring::Attribute::Interval(scoring::Interval { from: None, to: Some(f64::NAN) })
            })
        },
        "model file is inconsistent: table 1: the number NaN can not be written",
    );
    check(
        &|f| f.tables = vec![f.tables[0].clone(); 65_537],
        "model file is inconsistent: tables: 65537 tables, 1 to 65536 are allowed",
    );
    check(
        &|f| {
            let bin = scoring::Bin {
                attribute: scoring::Attribute::Levels(vec![]),
                points: 0,
                goods: 0.0,
                bads: 0.0,
                woe: 0.0,
            };
            let Table::OneWay { bins, .. } = &mut f.tables[1] else { panic!("the second table is over one") };
            bins.resize(251, bin);
        },
        r#"model file is inconsistent: table 2 over "industry": 251 bins, at most 250 are allowed"#,
    );
    check(
        &|f| {
            let Table::OneWay { bins, .. } = &mut f.tables[0] else { panic!("the first table is over one") };
            let special = (0..251).map(|x| scoring::SpecialValue::Number(f64::from(x))).collect();
            bins[3].attribute = scoring::Attribute::Special(special);
        },
        r#"model file is inconsistent: table 1 over "years": over 250 special values"#,
    );
}

#[test]
fn a_digest_on_record() {
    let model = Model::from_json(EXAMPLE.as_bytes()).expect("the example");
    assert!(Model::from_json_with_digest(EXAMPLE.as_bytes(), model.digest()).is_ok());
    let other = primitives::Digest::sha256(b"");
    // Before anything is read: these bytes are no JSON.
    let found = Model::from_json_with_digest(b"{", &other).map(|_| ());
    assert!(matches!(&found, Err(Error::DigestMismatch { expected, .. }) if *expected == other), "{found:?}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_500, failure_persistence: None, ..ProptestConfig::default() })]

    /// Bytes are changed, cut and repeated: the file is refused or scores like a literal reading.
    #[test]
    fn damaged_files_never_panic(seed: u64, changes in 1_usize..4) {
        let r = &mut Random::new(seed);
        let mut bytes = Model::from_file(with_pair()).expect("a model").file().to_json().expect("JSON").into_bytes();
        for _ in 0..changes {
            let at = r.below(bytes.len());
            match r.below(6) {
                0 => bytes[at] = r.below(256) as u8,
                1 => bytes[at] = *r.pick(b"0123456789-.eE\"[]{},"),
                2 => drop(bytes.remove(at)),
                3 => bytes.insert(at, *r.pick(b"0123456789-.e")),
                4 => drop(bytes.drain(at..(at + r.below(60)).min(bytes.len()))),
                // A number becomes another one.
                _ => {
                    let digits: Vec<usize> = (0..bytes.len()).filter(|&i| bytes[i].is_ascii_digit()).collect();
                    if !digits.is_empty() {
                        bytes[*r.pick(&digits)] = *r.pick(b"0123456789");
                    }
                }
            }
            if bytes.is_empty() {
                break;
            }
        }
        if let Ok(model) = Model::from_json(&bytes) {
            let rows = random_rows(model.file(), 20, r);
            check_rows(&model, &rows, r);
            for row in &rows {
                let rating = model.assess(row).expect("a row");
                for reason in rating.reasons.iter() {
                    prop_assert!(!model.reason_code(&reason).is_empty());
                    prop_assert!(!model.reason_text(&reason, scoring::Language::Chinese).is_empty());
                }
            }
        }
    }
}
