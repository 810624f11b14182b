use super::*;
use crate::direction::keeps;
use proptest::prelude::*;
use scoring::{Attribute, Bin, Direction, Table};

/// A number that rises, a text, and a pair of two other numbers.
fn model() -> Model {
    let json = include_str!("test_model.json");
    Model::from_json(json.as_bytes()).expect("a model")
}

fn edits(text: &str) -> Vec<ModelEdit> {
    read_edits(text).expect("edits")
}

fn entry(fields: &str) -> String {
    format!("[[edit]]\n{fields}\nwho = \"Li Lei\"\nwhy = \"policy\"\ndate = 2026-11-30\n")
}

/// The model after one edit.
#[track_caller]
fn edited(fields: &str) -> Model {
    let models = apply_edits(&model(), &edits(&entry(fields)), "2").expect("edited");
    models.last().expect("one").clone()
}

#[track_caller]
fn refused(fields: &str, words: &[&str]) {
    let error = match read_edits(&entry(fields)) {
        Err(error) => error,
        Ok(edits) => apply_edits(&model(), &edits, "2").expect_err("refused"),
    };
    let text = error.to_string();
    for word in words {
        assert!(text.contains(word), "no {word:?} in: {text}");
    }
}

fn bins<'m>(model: &'m Model, name: &str) -> &'m [Bin] {
    let find = |t: &'m Table| match t {
        Table::OneWay { characteristic, bins, .. } if characteristic == name => Some(bins.as_slice()),
        _ => None,
    };
    model.file().tables.iter().find_map(find).expect("a table")
}

fn points(model: &Model, name: &str) -> Vec<i32> {
    bins(model, name).iter().map(|b| b.points).collect()
}

#[test]
fn bins_are_merged_at_their_mean_by_rows() {
    // 30 rows of -20 and 90 of 0 are -5 on average.
    let by_label = edited("table = \"age\"\ndo = \"merge\"\nbins = [\"< 2\", \"[2, 5)\"]");
    assert_eq!(points(&by_label, "age"), [-5, 20, 40, -8, -20]);
    let first = &bins(&by_label, "age")[0];
    assert_eq!((first.goods, first.bads), (90.0, 30.0));
    assert!((first.woe - bins(&model(), "age")[0].woe).abs() > 0.01, "the WoE is that of the counts");
    let by_edge = edited("table = \"age\"\ndo = \"merge\"\nto = 5");
    assert_eq!(by_edge.file().tables, by_label.file().tables);
    let set = edited("table = \"age\"\ndo = \"merge\"\nfrom = 5.0\npoints = 30");
    assert_eq!(points(&set, "age"), [-20, 0, 30, -8, -20]);
    let levels = edited("table = \"trade\"\ndo = \"merge\"\nbins = [\"retail\", \"food, inns\"]");
    assert_eq!(
        bins(&levels, "trade")[0].attribute,
        Attribute::Levels(["retail", "food", "inns"].map(String::from).into())
    );
}

#[test]
fn points_are_set_and_what_is_withheld_stays_the_lowest() {
    let model = edited("table = \"trade\"\ndo = \"points\"\nbin = \"inns\"\npoints = -50");
    assert_eq!(points(&model, "trade"), [10, -50, 0, -5, -50]);
    let record = model.file().edits.last().expect("on record");
    assert_eq!(record.before.as_deref(), Some("food, inns: -10"));
    assert_eq!(record.after.as_deref(), Some("food, inns: -50; not authorised: -50"));
    let cell = edited("table = \"debt*cash\"\ndo = \"points\"\nbin = [\"≥ 1\", \"missing\"]\npoints = -9");
    let Some(Table::TwoWay(pair)) = cell.file().tables.last() else { panic!("a pair") };
    assert_eq!(pair.points[1][2], -9);
}

#[test]
fn a_direction_is_forced_and_lifted() {
    let model = edited("table = \"debt\"\ndo = \"direction\"\ndirection = \"free\"");
    assert_eq!(model.file().characteristics[2].direction, Some(Direction::Free));
    let text = [
        entry("table = \"debt*cash\"\ndo = \"drop\""),
        entry("table = \"debt\"\ndo = \"direction\"\ndirection = \"falling\""),
    ];
    let models = apply_edits(&super::tests::model(), &edits(&text.concat()), "2").expect("edited");
    let last = models.last().expect("two");
    // 15 rows of 5 and 45 of 9 pool to 8.
    assert_eq!(points(last, "debt"), [8, 8, -12, 0, -12]);
    assert_eq!(last.file().edits[1].before.as_deref(), Some("< 0.5: 5; [0.5, 1): 9"));
}

#[test]
fn a_dropped_table_leaves_its_mean_behind() {
    let before = model();
    let after = edited("table = \"age\"\ndo = \"drop\"");
    assert_eq!(before.file().tables.len() - 1, after.file().tables.len());
    assert!(after.position("age").is_none());
    // -20 * 30 + 0 * 90 + 20 * 120 + 40 * 60 - 8 * 0 = 4200 over 300 rows.
    assert_eq!(after.file().base_points, before.file().base_points + 14);
    let pair = edited("table = \"debt*cash\"\ndo = \"drop\"");
    assert!(pair.position("debt").is_some() && pair.position("cash").is_none(), "debt has a table of its own");
}

#[test]
fn edits_are_on_record_in_their_order() {
    let text = [entry("table = \"age\"\ndo = \"merge\"\nto = 5"), entry("table = \"trade\"\ndo = \"drop\"")].concat();
    let before = model();
    let models = apply_edits(&before, &edits(&text), "1-edited").expect("edited");
    assert_eq!(models.len(), 2);
    let file = models[1].file();
    assert_eq!((file.model_version.as_str(), file.card.reviewer.as_deref()), ("1-edited", None));
    assert_eq!(file.edits.len(), before.file().edits.len() + 2);
    for e in &file.edits[before.file().edits.len()..] {
        assert_eq!(
            (e.who.as_str(), e.on.to_string().as_str(), &e.of),
            ("Li Lei", "2026-11-30", &Some(before.digest().clone()))
        );
    }
    let back = Model::from_json(file.to_json().expect("JSON").as_bytes()).expect("reads back");
    assert_eq!(back.file(), file);
}

/// Scores that were not there before have the PD of the scale, and a grade that none reached may be reached.
#[test]
fn pds_and_grades_follow_the_scores() {
    let before = model();
    let after = edited("table = \"trade\"\ndo = \"points\"\nbin = \"retail\"\npoints = 400");
    let high = after.score_range().1;
    assert!(high > before.score_range().1);
    let pd = after.pd(high).expect("a PD");
    assert!((pd / after.file().scale.pd(f64::from(high)) - 1.0).abs() < 1e-6, "{pd}");
    for score in before.score_range().0..=before.score_range().1 {
        assert_eq!(after.pd(score), before.pd(score), "the PD of a score stays");
    }
    assert_eq!(after.grade(high), 0);
    assert!(before.grade(before.score_range().1) > 0);
}

#[test]
fn what_is_wrong_is_refused_with_its_place() {
    refused("table = \"agee\"\ndo = \"drop\"", &["edit 1", "\"agee\"", "nearest of its 4 is \"age\""]);
    refused(
        "table = \"age\"\ndo = \"points\"\nbin = \"[2, 6)\"\npoints = 1",
        &["no bin \"[2, 6)\"", "\"[2, 5)\"", "missing"],
    );
    refused(
        "table = \"age\"\ndo = \"points\"\nbin = \"[2, 5)\"\npoints = 21",
        &["edit 1, table \"age\": bin \"[2, 5)\": 21 points, -20 to 20 are allowed", "rising"],
    );
    refused(
        "table = \"age\"\ndo = \"points\"\nbin = \"missing\"\npoints = 1000001",
        &["1000001 points", "-1000000 to 1000000"],
    );
    refused(
        "table = \"age\"\ndo = \"points\"\nbin = \"not authorised\"\npoints = 0",
        &["at most -20 are allowed", "withdraws"],
    );
    refused("table = \"age\"\ndo = \"merge\"\nbins = [\"< 2\", \"[5, 9)\"]", &["neighbouring intervals only"]);
    refused("table = \"age\"\ndo = \"merge\"\nbins = [\"< 2\", \"missing\"]", &["neighbouring intervals only"]);
    refused("table = \"age\"\ndo = \"merge\"\nbins = [\"< 2\"]", &["two bins at least"]);
    refused("table = \"age\"\ndo = \"merge\"\nfrom = 3.0", &["3 is no edge", "2, 5, 9"]);
    refused("table = \"age\"\ndo = \"merge\"\nto = 5.0\npoints = 99", &["rising any more"]);
    refused(
        "table = \"trade\"\ndo = \"merge\"\nbins = [\"retail\", \"unseen\"]",
        &["levels are merged with levels only", "unseen"],
    );
    refused("table = \"trade\"\ndo = \"direction\"\ndirection = \"rising\"", &["categories have no direction"]);
    refused(
        "table = \"debt\"\ndo = \"direction\"\ndirection = \"rising\"",
        &["\"debt*cash\"", "drop that table first"],
    );
    refused("table = \"debt*cash\"\ndo = \"merge\"\nbins = [\"a\", \"b\"]", &["is a pair", "nothing else"]);
    refused(
        "table = \"debt*cash\"\ndo = \"points\"\nbin = [\"≥ 1\", \"not authorised\"]\npoints = 3",
        &["follows by itself"],
    );
    refused("table = \"age\"\ndo = \"drop\"\npoints = 3", &["points has no place"]);
    refused("table = \"age\"\ndo = \"burn\"", &["edit 1, table \"age\"", "unknown variant `burn`"]);
    let text = "[[edit]]\ntable = \"age\"\ndo = \"drop\"\nwho = \" \"\nwhy = \"x\"\ndate = 2026-11-30";
    assert!(read_edits(text).expect_err("refused").to_string().contains("edit 1, table \"age\": who is empty"));
    let text = "[[edit]]\ntable = \"age\"\ndo = \"drop\"\nwho = \"a\"\nwhy = \"x\"\ndate = \"soon\"";
    assert!(read_edits(text).expect_err("refused").to_string().contains("date is soon"));
    assert!(
        read_edits("").is_err() && read_edits("edit = []").expect_err("refused").to_string().contains("no [[edit]]")
    );
    let all: String =
        ["age", "trade", "debt*cash", "debt"].map(|t| entry(&format!("table = \"{t}\"\ndo = \"drop\""))).concat();
    let error = apply_edits(&model(), &edits(&all), "2").expect_err("refused");
    assert_eq!(error.entry, 4);
    assert!(error.to_string().contains("only table"), "{error}");
}

#[test]
fn the_example_reads() {
    assert_eq!(edits(EXAMPLE).len(), 5);
}

/// A recalibrated PD has slope 1 and intercept 0 on the rows that it was fitted on.
#[test]
fn a_pd_is_fitted_anew() {
    let model = model();
    let scores: Vec<i32> = (0..600).map(|i| 560 + (i * 7) % 100).collect();
    let bad: Vec<bool> = scores
        .iter()
        .enumerate()
        .map(|(i, s)| {
            (crate::random::at(3, i as u64) % 1000) as f64 / 1000.0 < 1.0 / (1.0 + (f64::from(*s - 590) / 40.0).exp())
        })
        .collect();
    let on = Recalibration {
        scores: &scores,
        bad: &bad,
        who: "Li Lei",
        on: "2026-12-01".parse().expect("a day"),
        of: model.digest(),
    };
    let fitted = recalibrated(&model, &on).expect("fitted");
    let pd: Vec<f64> = scores.iter().map(|s| fitted.pd(*s).expect("a PD")).collect();
    let line = calibration_line(&pd, &bad, None).expect("a line");
    assert!((line.slope.value - 1.0).abs() < 0.02 && line.intercept.value.abs() < 0.05, "{line:?}");
    assert_eq!(fitted.file().tables, model.file().tables, "points stay");
    assert!(fitted.file().edits.last().is_some_and(|e| e.what.contains("600 rows")));
    let turned: Vec<bool> = bad.iter().map(|b| !b).collect();
    assert!(recalibrated(&model, &Recalibration { bad: &turned, ..on }).is_err());
}

proptest! {
    /// Whatever points a table has and whatever is forced, the result keeps the direction and the model holds together.
    #[test]
    fn a_forced_direction_is_kept(raw in prop::collection::vec(-60..60_i32, 4), which in 0_usize..4) {
        let mut file = model().file().clone();
        file.characteristics[0].direction = Some(Direction::Free);
        if let Table::OneWay { bins, .. } = &mut file.tables[0] {
            bins.iter_mut().zip(&raw).for_each(|(b, p)| b.points = *p);
            bins[4].points = -8;
            bins[5].points = -60;
        }
        let free = Model::from_file(file).expect("a model");
        let direction = ["rising", "falling", "peak", "valley"][which];
        let text = entry(&format!("table = \"age\"\ndo = \"direction\"\ndirection = \"{direction}\""));
        let models = apply_edits(&free, &edits(&text), "2").expect("edited");
        let forced = [Direction::Rising, Direction::Falling, Direction::Peak, Direction::Valley][which];
        prop_assert!(keeps(&points(&models[0], "age")[..4], forced));
        prop_assert_eq!(models[0].file().characteristics[0].direction, Some(forced));
    }
}
