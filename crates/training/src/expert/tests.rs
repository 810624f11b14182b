//! A small card: what it builds, and every way in which it is refused.

use super::*;
use scoring::Model;
use scoring::commercial::LineCurve;

const CARD: &str = r#"
[model]
id = "small"
version = "1"
author = "A"
reviewer = "B"
population = "all"
bad_definition = "none"
limits = []
mark = "illustrative"
validity_months = 3
valid_from = "2026-01-01"

[grades]
names = ["A", "B", "C"]
score_from = [700, 400]

[coverage]
capped_below = 0.6
best_grade = "B"
not_ratable_below = 0.3

[ratable]
individual_business = false
size_unclassified = false
size_unknown = true
age_years_min = 1
excluded_industries = []

[line]
document = "none"
cap_yuan = 3_000_000
cap_specialised_yuan = 10_000_000
cap_mark = "official"
cap_source = "none"
sales_share = 0.1
taxes_share = 5.0
step_yuan = 10_000
growth_min = -0.5
growth_max = 0.3
score_zero = 400
score_full = 700

[[negative]]
code = "N01"
name_zh = "甲"
name_en = "first"
effect = "hard_stop"
sources = ["list"]
removal_zh = "移出"
removal_en = "removed"

[[negative]]
code = "N02"
name_zh = "乙"
name_en = "second"
effect = "cap"
best_grade = "B"
sources = ["list", "registry"]
removal_zh = "移出"
removal_en = "removed"

[[source]]
id = "registry"
name_zh = "登记"
name_en = "Registry"
stale_after_days = 90

[[indicator]]
id = "one"
name_zh = "一"
name_en = "One"

[[indicator.second]]
id = "up"
name_zh = "升"
name_en = "Up"
weight = 65.3
feature = [
    { column = "sales", weight = 60, edges = [10, 20], scores = [0, 55, 100], missing = 50, empty = 25 },
    { column = "odd", weight = 5.3, edges = [0], scores = [45, 12.5], missing = 50, empty = 25, special = { "-1" = 50 } },
]

[[indicator.second]]
id = "down"
name_zh = "降"
name_en = "Down"
weight = 34.7
feature = [{ column = "debt", weight = 34.7, edges = [0.5], scores = [100, 15], missing = 50, empty = 25 }]
"#;

fn known() -> Known {
    let feature = |column: &str, direction, bank_held| KnownFeature {
        column: column.into(),
        label_zh: format!("{column}中"),
        label_en: format!("{column} en"),
        direction,
        bank_held,
    };
    let hit = |code: &str, source: &str| KnownHit { code: code.into(), source: source.into() };
    Known {
        features: vec![
            feature("sales", Direction::Rising, false),
            feature("debt", Direction::Falling, false),
            feature("odd", Direction::Free, false),
            feature("loans", Direction::Falling, true),
        ],
        hits: vec![hit("N01", "list"), hit("N02", "list"), hit("N02", "registry")],
        sources: vec!["list".into(), "registry".into()],
    }
}

/// The model of the small card.
pub(crate) fn model() -> Model {
    Model::from_file(build_card(CARD, &known(), "test").expect("a card")).expect("it holds together")
}

fn points_of(file: &ModelFile, column: &str) -> Vec<i32> {
    let of = |t: &Table| match t {
        Table::OneWay { characteristic, bins, .. } if characteristic == column => {
            Some(bins.iter().map(|b| b.points).collect())
        }
        _ => None,
    };
    file.tables.iter().find_map(of).expect("a table")
}

#[test]
fn points_are_weight_times_score_by_ten() {
    let file = build_card(CARD, &known(), "test").expect("a card");
    // Intervals, special values, empty denominator, missing, not authorised.
    assert_eq!(points_of(&file, "sales"), [0, 330, 600, 150, 300, 0]);
    // 23.85, 6.625, 26.5 (a half goes up), 13.25, 26.5, 0.
    assert_eq!(points_of(&file, "odd"), [24, 7, 27, 13, 27, 0]);
    // 347, 52.05, 86.75, 173.5, 0.
    assert_eq!(points_of(&file, "debt"), [347, 52, 87, 174, 0]);
    let model = Model::from_file(file).expect("it holds together");
    assert_eq!(model.score_range(), (0, 600 + 27 + 347));
    let file = model.file();
    assert_eq!((file.base_points, file.pd.is_none(), file.edits.is_empty()), (0, true, true));
    assert_eq!(file.method, "expert_card");
    assert_eq!(file.card.valid_from.map(|d| d.to_string()).as_deref(), Some("2026-01-01"));
    assert_eq!(file.origin.configuration, CARD);
    assert_eq!(file.characteristics[0].label_zh, "sales中");
    let line = &file.commercial.as_ref().expect("a section").line;
    assert_eq!((line.caps[1].cap_fen, line.step_fen, line.sales_share_ppm), (1_000_000_000, 1_000_000, 100_000));
    assert_eq!(line.growth_ppm, [-500_000, 300_000]);
    assert_eq!(line.curve, LineCurve::Interpolated { score_zero: 400, score_full: 700 });
    let text = file.to_json().expect("JSON");
    assert_eq!(build_card(CARD, &known(), "test").expect("again").to_json().expect("JSON"), text);
}

#[test]
fn a_half_goes_up_whatever_the_binary_fraction() {
    for (weight, score, expect) in [(0.3, 15.0, 0), (0.1, 50.0, 1), (1.1, 50.0, 6), (0.7, 50.0, 4), (2.3, 45.0, 10)] {
        assert_eq!(points(weight, score), expect, "{weight} * {score} / 10");
    }
}

#[test]
fn a_ladder_stands_in_place_of_the_curve() {
    let text = CARD.replace("score_zero = 400\nscore_full = 700", "ladder = [1.0, 0.5, 0]");
    let file = build_card(&text, &known(), "test").expect("a card");
    let curve = &file.commercial.as_ref().expect("a section").line.curve;
    assert_eq!(*curve, LineCurve::Ladder { share_ppm: vec![1_000_000, 500_000, 0] });
    Model::from_file(file).expect("it holds together");
}

/// What comes of the card with one text in place of another.
fn changed(old: &str, new: &str) -> String {
    assert!(CARD.contains(old), "{old}");
    let built = build_card(&CARD.replacen(old, new, 1), &known(), "test").map_err(|e| e.to_string());
    let whole = built.and_then(|file| Model::from_file(file).map_err(|e| e.to_string()));
    whole.err().unwrap_or_else(|| panic!("{new:?} in place of {old:?} is a card"))
}

#[test]
fn what_is_wrong_is_named_with_place_value_and_range() {
    let check = |old: &str, new: &str, expect: &str| {
        let found = changed(old, new);
        assert!(found.contains(expect), "{new}: {found}");
    };
    check("author = \"A\"", "author = \" \"", "model.author: is empty");
    check("reviewer = \"B\"", "reviewer = \"A \"", "model.reviewer: \"A\" is the author");
    check("valid_from = \"2026-01-01\"", "valid_from = \"soon\"", "valid_from");
    check("valid_from", "valid_until = \"2025-12-31\"\nvalid_from", "is after valid_until");
    check("[ratable]", "[ratables]", "unknown field `ratables`");
    check("validity_months = 3", "validity_months = three", "line 11");
    check("names = [\"A\", ", "names = [", "2 names need 1 scores, here are 2");
    check("score_from = [700, 400]", "score_from = [400, 400]", "400 is followed by 400");
    check("id = \"down\"", "id = \"up\"", "the id \"up\" stands twice");
    // The negative list.
    check(
        "code = \"N01\"",
        "code = \"N0l\"",
        "negative \"N0l\": the catalogue has no such entry; the nearest is \"N01\"",
    );
    check("code = \"N01\"", "code = \"N02\"", "\"N01\" has no rule");
    check("[\"list\", \"registry\"]", "[\"list\"]", "negative \"N02\": hits come from \"registry\" too");
    check(
        "[\"list\", \"registry\"]",
        "[\"list\", \"registry\", \"lists\"]",
        "no source \"lists\"; the nearest name is \"list\"",
    );
    check("id = \"registry\"", "id = \"register\"", "no source \"register\"; the nearest name is \"registry\"");
    check(
        "effect = \"hard_stop\"",
        "effect = \"hard_stop\"\nbest_grade = \"B\"",
        "a cap, and nothing else, names a grade",
    );
    check("best_grade = \"B\"\nsources", "sources", "a cap, and nothing else, names a grade");
    check("effect = \"cap\"", "effect = \"stop\"", "unknown variant `stop`");
    check("excluded_industries = []", "excluded_industries = [\"701\"]", "no beginning of a GB/T 4754 code");
    let again = "[[source]]\nid = \"registry\"\nname_zh = \"\"\nname_en = \"\"\nstale_after_days = 1\n[[indicator]]";
    check("[[indicator]]", again, "source \"registry\": stands twice");
    // Weights.
    check("weight = 65.3", "weight = 65.4", "indicator \"up\": weighs 65.4, its features add up to 65.3");
    check("weight = 5.3", "weight = 5.30001", "\"odd\" weighs 5.30001, allowed is 0.001 to 100");
    check("weight = 60,", "weight = -60,", "\"sales\" weighs -60");
    check("weight = 60,", "weight = nan,", "\"sales\" weighs NaN");
    check(
        "weight = 34.7\nfeature = [{ column = \"debt\", weight = 34.7",
        "weight = 34\nfeature = [{ column = \"debt\", weight = 34",
        "add up to 99.3, not 100",
    );
    // Features.
    check(
        "column = \"debt\"",
        "column = \"dept\"",
        "indicator \"down\", feature \"dept\": the catalogue has no such feature; the nearest name is \"debt\"",
    );
    check("column = \"debt\"", "column = \"sales\"", "feature \"sales\": stands twice");
    check("column = \"debt\"", "column = \"loans\"", "bank_held = true under [model]");
    check("edges = [10, 20]", "edges = [20, 10]", "edges must rise: 20 is followed by 10");
    check("edges = [10, 20]", "edges = [10]", "1 edges make 2 bins, here are 3 scores");
    check("edges = [0.5]", "edges = [nan]", "the edge NaN is no number");
    check("edges = [0.5]", "edges = [inf]", "the edge inf is no number");
    check(
        "scores = [0, 55, 100]",
        "scores = [0, 55, 50]",
        "scores must rise as the catalogue says: 55 is followed by 50",
    );
    check("scores = [100, 15]", "scores = [15, 100]", "scores must fall as the catalogue says: 15 is followed by 100");
    check("scores = [100, 15]", "scores = [100.5, 15]", "the score 100.5 lies outside 0 to 100");
    check("scores = [100, 15]", "scores = [100, 15.0001]", "the score 15.0001 has more than three decimals");
    check("missing = 50", "missing = -1", "the score -1 lies outside 0 to 100");
    check("\"-1\" = 50", "\"M\" = 50", "the special value \"M\" is not a number");
    check("\"-1\" = 50", "\"-1\" = 50, \"-1.0\" = 40", "special value -1 stands twice");
    check("edges = [0.5],", "edge = [0.5],", "unknown field `edge`");
    // The line.
    check("cap_mark = \"official\"", "cap_mark = \"sure\"", "line.cap_mark: \"sure\" is neither");
    check("score_zero = 400\n", "", "line.score_zero: either score_zero and score_full are stated, or ladder alone");
    check("score_zero = 400", "ladder = [1.0, 0.5, 0]\nscore_zero = 400", "line.score_zero");
    check("score_zero = 400", "score_zero = 700", "score_zero 700 must lie below score_full 700");
    check(
        "score_zero = 400",
        "score_zero = 601",
        "over 99 points one point moves a line by up to 40000 of 3000000 yuan",
    );
    check("step_yuan = 10_000", "step_yuan = 40_000", "one point moves a line by up to 40000 of 3000000 yuan");
    check("step_yuan = 10_000", "step_yuan = 0", "step_fen");
    check("sales_share = 0.1", "sales_share = 1e9", "line.sales_share: 1000000000 lies outside -1 to 100");
    check("cap_yuan = 3_000_000", "cap_yuan = 9_000_000_000_000_000_000", "line.cap_yuan");
}

#[test]
fn a_bank_uses_what_it_holds() {
    let text = CARD
        .replace("column = \"debt\"", "column = \"loans\"")
        .replace("mark = \"ill", "bank_held = true\nmark = \"ill");
    assert!(build_card(&text, &known(), "test").is_ok());
}
