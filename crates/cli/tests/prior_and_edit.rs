//! A card as a prior, limits on a model's size, and edits by hand, through the commands.

mod common;

use common::{Place, names};
use scoring::{Attribute, Direction, Kind, Model, Table};

fn model(place: &Place, folder: &str) -> Model {
    Model::from_json(&place.bytes(&format!("{folder}/model.json"))).expect("a model")
}

fn figures(place: &Place, folder: &str) -> serde_json::Value {
    serde_json::from_str(&place.read(&format!("{folder}/validation.json"))).expect("JSON")
}

/// Few rows that the card has not seen.
fn with_few() -> Place {
    let place = Place::with_model();
    place.ok("demo-data --out few.csv --rows 250 --seed 5");
    place
}

#[test]
fn few_outcomes_are_fitted_to_a_card() {
    let place = with_few();
    let train = "train --data few.csv --target bad --bad 1 --config train.toml --prior model";
    let text = place.ok(&format!("{train} --out own --threads 1"));
    for word in ["prior card", "weight of the whole card", "years_in_business", "out-of-fold"] {
        assert!(text.contains(word), "no {word:?} in {text}");
    }
    assert!(place.ok("model check own").contains("golden rows   ok"));
    let (card, own) = (model(&place, "model"), model(&place, "own"));
    let record = own.file().origin.prior.as_ref().expect("a prior on record");
    assert_eq!(&record.digest, card.digest());
    assert_eq!(record.tables.len(), card.file().tables.len());
    assert!(record.slope > 0.4 && record.slope < 1.6, "the card is of the same population: {}", record.slope);
    for (a, b) in own.file().tables.iter().zip(&card.file().tables) {
        let attributes = |t: &Table| match t {
            Table::OneWay { bins, .. } => bins.iter().map(|b| b.attribute.clone()).collect::<Vec<Attribute>>(),
            Table::TwoWay(_) => Vec::new(),
        };
        assert_eq!(attributes(a), attributes(b), "the bins are the card's");
    }
    let show = place.ok("model show own --lang en");
    assert!(show.contains("prior card scorecard 1, sha256:") && show.contains("prior_card"), "{show}");
    assert!(place.read("own/card.md").contains("## Prior card 先验评分卡"));
    assert!(figures(&place, "own")["out_of_fold"]["auc"].as_f64().is_some_and(|a| a > 0.7), "{text}");
    let file = train.replace("--prior model", "--prior model/model.json");
    place.ok(&format!("{file} --out file --threads 2"));
    assert_eq!(
        place.bytes("own/model.json"),
        place.bytes("file/model.json"),
        "a folder or its file, one thread or two"
    );
    // It scores as any other model does.
    place.ok("score --model own --data made.csv --out s.csv");
    place.ok("validate --model own --data made.csv --target bad --bad 1 --out report");
}

#[test]
fn a_prior_that_does_not_fit_is_refused() {
    let place = with_few();
    let train = "train --data few.csv --target bad --bad 1 --out own";
    let cut: String =
        place.read("few.csv").lines().map(|l| l.split_once(',').map_or("", |p| p.1).to_owned() + "\n").collect();
    let head = cut.lines().next().expect("a heading").replace("debt_ratio", "debt");
    let (_, rows) = cut.split_once('\n').expect("rows");
    place.write("renamed.csv", format!("{head}\n{rows}"));
    place.refused(
        "train --data renamed.csv --target bad --bad 1 --out own --prior model",
        &["renamed.csv", "the prior card reads column \"debt_ratio\", which is not in the data"],
    );
    place.write("out.toml", "[columns]\nexclude = [\"debt_ratio\"]");
    place.refused(
        &format!("{train} --prior model --config out.toml"),
        &["reads column \"debt_ratio\", which columns.exclude names"],
    );
    place.refused(&format!("{train} --prior absent"), &["--prior absent"]);
    place.refused(&format!("{train} --prior few.csv"), &["--prior few.csv"]);
    place.refused(&format!("{train} --prior model --method boosted"), &["--method", "cannot be used with"]);
    let shipped = concat!(env!("CARGO_MANIFEST_DIR"), "/../../models/commercial-value/1");
    place.refused(&format!("{train} --prior {shipped}"), &["the prior card reads column", "commercial-value card"]);
}

#[test]
fn the_command_line_limits_a_model() {
    let place = Place::with_model();
    let train = "train --data made.csv --target bad --bad 1 --config train.toml";
    place.ok(&format!("{train} --out small --max-characteristics 3 --max-bins 4"));
    let small = model(&place, "small");
    assert_eq!(small.file().characteristics.len(), 3);
    for table in &small.file().tables {
        let Table::OneWay { characteristic, bins, .. } = table else { panic!("a scorecard") };
        let ordinary = |b: &&scoring::Bin| matches!(b.attribute, Attribute::Interval(_) | Attribute::Levels(_));
        assert!(bins.iter().filter(ordinary).count() <= 4, "{characteristic}");
    }
    let configuration = &small.file().origin.configuration;
    assert!(configuration.contains("characteristics_max = 3") && configuration.contains("bins = 4"), "{configuration}");
    let pairs = |folder: &str| -> Vec<[usize; 2]> {
        let side = |attributes: &[Attribute]| {
            attributes.iter().filter(|a| matches!(a, Attribute::Interval(_) | Attribute::Levels(_))).count()
        };
        let of = |t: &Table| match t {
            Table::TwoWay(pair) => Some([side(&pair.rows), side(&pair.columns)]),
            Table::OneWay { .. } => None,
        };
        model(&place, folder).file().tables.iter().filter_map(of).collect()
    };
    place.ok(&format!("{train} --method boosted --out none --max-pairs 0"));
    assert!(pairs("none").is_empty());
    place.ok(&format!("{train} --method boosted --out few --max-pairs 1 --max-pair-bins 3"));
    assert!(pairs("few").len() <= 1 && pairs("few").iter().flatten().all(|n| *n <= 3), "{:?}", pairs("few"));
    // A large loss leaves one table; what went is named with its cost, and what was not asked for is not spoken of.
    let text = place.ok(&format!("{train} --method boosted --out one --max-pairs 0 --prune-loss 1"));
    assert_eq!(model(&place, "one").file().tables.len(), 1);
    let gone = model(&place, "none").file().tables.len() - 1;
    assert!(text.contains(&format!("pruned         {gone} tables")), "{text}");
    let card = place.read("one/card.md");
    assert!(card.contains("## Pruned tables 剪枝") && card.contains("prune_loss"), "{card}");
    assert!(!place.read("none/card.md").contains("Pruned"));
    for (flag, range) in [
        ("--max-characteristics 0", "1..=10000"),
        ("--max-bins 101", "1..=100"),
        ("--max-pairs 201", "0..=200"),
        ("--max-pair-bins 33", "2..=32"),
        ("--prune-loss 1.5", "0 to 1 is allowed"),
        ("--prune-loss NaN", "0 to 1 is allowed"),
    ] {
        place.refused(&format!("{train} --out x {flag}"), &[range]);
    }
}

/// The inner edges of a number of the model.
fn edges(place: &Place, name: &str) -> Vec<f64> {
    let model = model(place, "model");
    model.edges(model.position(name).expect("a characteristic"))
}

/// Edits of each kind on the trained card.
fn edits(place: &Place) -> String {
    let years = edges(place, "years_in_business");
    format!(
        r#"
[[edit]]
table = "years_in_business"
do = "merge"
from = {}
to = {}
who = "Li Lei"
why = "one step"
date = 2026-11-30
[[edit]]
table = "tax_rating"
do = "points"
bin = "missing"
points = -7
who = "Li Lei"
why = "no reproach"
date = "2026-11-30"
[[edit]]
table = "revenue_change"
do = "direction"
direction = "rising"
who = "Han Meimei"
why = "policy"
date = 2026-12-01
[[edit]]
table = "industry"
do = "drop"
who = "Han Meimei"
why = "not wanted"
date = 2026-12-01
"#,
        years[0], years[2]
    )
}

#[test]
fn edits_make_another_model_and_tell_their_cost() {
    let place = Place::with_model();
    place.write("edits.toml", edits(&place));
    let before = place.bytes("model/model.json");
    let edit = "model edit model --edits edits.toml --data made.csv --target bad --bad 1";
    let text = place.ok(&format!("{edit} --time month --out edited"));
    for word in [
        "the last periods, held out",
        "1 years_in_business: 2 bins merged",
        "2 tax_rating: points of missing set",
        "3 revenue_change: made rising",
        "4 industry: table industry dropped",
        "all together",
        "slope",
        "not fitted anew",
        "no reviewer",
    ] {
        assert!(text.contains(word), "no {word:?} in {text}");
    }
    assert_eq!(place.bytes("model/model.json"), before, "the model that was edited stays");
    assert_eq!(names(&place.path("edited")), ["SHA256SUMS", "card.md", "golden.csv", "model.json", "validation.json"]);
    assert!(place.ok("model check edited").contains("golden rows   ok"));
    let (old, new) = (model(&place, "model"), model(&place, "edited"));
    let file = new.file();
    assert_eq!(file.model_version, "1-edited");
    assert_eq!(file.edits.len(), 4);
    assert!(file.edits.iter().all(|e| e.of.as_ref() == Some(old.digest()) && e.before.is_some() && e.after.is_some()));
    assert!(new.position("industry").is_none() && old.position("industry").is_some());
    let at = new.position("revenue_change").expect("there");
    assert_eq!(
        (file.characteristics[at].direction, file.characteristics[at].kind),
        (Some(Direction::Rising), Kind::Number)
    );
    assert_eq!(
        new.edges(new.position("years_in_business").expect("there")).len(),
        edges(&place, "years_in_business").len() - 1
    );
    let show = place.ok("model show edited --lang en");
    for word in
        ["edits:", "2026-12-01 Han Meimei: table industry dropped (not wanted)", "before", "of the model sha256:"]
    {
        assert!(show.contains(word), "no {word:?} in {show}");
    }
    assert!(place.read("edited/card.md").contains("## Edits 人工调整"));
    let steps = figures(&place, "edited");
    assert_eq!(steps["steps"].as_array().map(Vec::len), Some(5));
    assert_eq!(steps["edited_from"].as_str(), Some(old.digest().to_string().as_str()));
    // What the table says is what validate would.
    place.ok("score --model edited --data made.csv --out s.csv");
    place.ok("validate --model edited --data made.csv --target bad --bad 1 --out report");
}

/// On the rows that it is fitted to, a PD that is fitted anew has slope 1 and intercept 0.
#[test]
fn a_pd_is_fitted_anew_when_it_is_asked_for() {
    let place = Place::with_model();
    place.write("edits.toml", edits(&place));
    place.ok("demo-data --out next.csv --rows 3000 --seed 9");
    let edit = "model edit model --edits edits.toml --data next.csv --target bad --bad 1 --recalibrate";
    let text = place.ok(&format!("{edit} --out edited --version 2 --reviewer Wang"));
    assert!(text.contains("PD fitted anew") && text.contains("points stay") && !text.contains("no reviewer"), "{text}");
    let figures = figures(&place, "edited");
    let last = figures["steps"].as_array().and_then(|s| s.last()).expect("a step");
    let value = |name: &str| {
        last["figures"][name]
            .pointer("/applicable/value")
            .or(last["figures"][name].get("value"))
            .and_then(serde_json::Value::as_f64)
    };
    let (slope, intercept) = (value("calibration_slope"), value("calibration_intercept"));
    assert!(slope.is_some_and(|s| (s - 1.0).abs() < 0.02), "{last}");
    assert!(intercept.is_some_and(|i| i.abs() < 0.05), "{last}");
    let model = model(&place, "edited");
    assert_eq!((model.file().model_version.as_str(), model.file().edits.len()), ("2", 5));
    assert!(place.ok("model check edited").contains("reviewer      ok  Wang"));
}

#[test]
fn an_edit_that_can_not_be_made_is_refused_with_its_place() {
    let place = Place::with_model();
    let edit = "model edit model --edits e.toml --data made.csv --target bad --bad 1 --out edited";
    let entry = |fields: &str| format!("[[edit]]\n{fields}\nwho = \"Li\"\nwhy = \"x\"\ndate = 2026-11-30\n");
    for (fields, words) in [
        ("table = \"years\"\ndo = \"drop\"", &["e.toml", "edit 1, table \"years\"", "nearest"][..]),
        (
            "table = \"tax_rating\"\ndo = \"points\"\nbin = \"E\"\npoints = 1",
            &["edit 1, table \"tax_rating\"", "no bin \"E\"", "\"unseen\""],
        ),
        (
            "table = \"tax_rating\"\ndo = \"points\"\nbin = \"A\"\npoints = 2000000",
            &["2000000 points", "-1000000 to 1000000"],
        ),
        ("table = \"years_in_business\"\ndo = \"points\"\nbin = \"missing\"", &["bin and points are both needed"]),
        ("table = \"years_in_business\"\ndo = \"merge\"\nfrom = 0.123", &["0.123 is no edge"]),
        ("table = \"tax_rating\"\ndo = \"sell\"", &["unknown variant `sell`"]),
    ] {
        place.write("e.toml", entry(fields));
        place.refused(edit, words);
    }
    place.write("e.toml", "not toml");
    place.refused(edit, &["e.toml"]);
    place.write("e.toml", entry("table = \"tax_rating\"\ndo = \"drop\""));
    place.refused(&format!("{edit} --reviewer li"), &["--reviewer li", "\"Li\" made or edited"]);
    place.refused(&format!("{edit} --version 1"), &["--version 1"]);
    place.refused(&format!("{edit} --holdout 0.95"), &["0 to 0.9"]);
    place.refused(&edit.replace("--out edited", "--out model"), &["MODEL model lies in model"]);
    place.refused(&edit.replace("--target bad --bad 1", "--target bad --bad 7"), &["bad value \"7\""]);
    // Whoever edited it can not have reviewed it.
    place.ok(edit);
    place.edit_model("edited", |file| file.card.reviewer = Some("LI".into()));
    place.refused("model check edited", &["the reviewer \"LI\" edited the model"]);
    let example = place.ok("model edit --print-example");
    assert_eq!(training::read_edits(&example).expect("edits").len(), 5);
}
